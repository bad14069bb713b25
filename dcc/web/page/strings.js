// What the page says, in English and Spanish; {words} are filled in.

const STRINGS = {
	board: ["The board: arrows move the cursor, space paints, ? lists the keys", "El tablero: las flechas mueven el cursor, espacio pinta, ? muestra las teclas"],
	tools: ["Tools", "Herramientas"],
	draw: ["Draw", "Dibujar"],
	move: ["Move", "Mover"],
	pick: ["Pick a colour", "Tomar un color"],
	who: ["Who painted this?", "¿Quién pintó esto?"],
	undo: ["Undo my last stroke", "Deshacer mi último trazo"],
	grid: ["Grid", "Cuadrícula"],
	template: ["Template", "Plantilla"],
	history: ["History", "Historia"],
	save: ["Save as PNG", "Guardar como PNG"],
	fullscreen: ["Full screen", "Pantalla completa"],
	help: ["Help", "Ayuda"],
	in: ["Closer", "Acercar"],
	out: ["Further away", "Alejar"],
	fit: ["Whole board", "Todo el tablero"],
	palette: ["Choose a colour:", "Elige un color:"],
	connecting: ["Connecting…", "Conectando…"],
	online: ["Online", "En línea"],
	away: ["Offline", "Sin conexión"],
	users: ["{count} here", "{count} aquí"],
	noServer: ["The server cannot be reached.", "No se pudo conectar con el servidor."],
	lost: ["Connection lost: drawing has to wait.", "Se perdió la conexión: para dibujar hay que esperar."],
	notOnline: ["Not connected: nothing was drawn.", "Sin conexión: no se dibujó nada."],
	next: ["Next try in {seconds} s.", "Próximo intento en {seconds} s."],
	retry: ["Try now", "Intentar ahora"],
	past: ["This is the past: nothing was drawn.", "Esto es el pasado: no se dibujó nada."],
	rejected: ["Not taken: {reason}", "No se aceptó: {reason}"],
	wait: ["Paint again in {seconds} s", "Podrás pintar en {seconds} s"],
	closer: ["Closer, so that you hit the cell you mean.", "Más cerca, para que aciertes en la celda."],
	cell: ["Column {column}, row {row}: {what}", "Columna {column}, fila {row}: {what}"],
	nothing: ["Nothing of yours is left to undo.", "No queda nada tuyo que deshacer."],
	unnamed: ["painter {id}", "pintor {id}"],
	nobody: ["nobody has painted here", "nadie ha pintado aquí"],
	noAnswer: ["The server did not answer.", "El servidor no respondió."],
	close: ["Close", "Cerrar"],
	done: ["Done", "Listo"],
	templateText: ["A picture of yours to draw along. It stays in this browser.", "Una imagen tuya para dibujar encima. No sale de este navegador."],
	choose: ["Choose a picture…", "Elegir una imagen…"],
	visible: ["Show it", "Mostrarla"],
	column: ["Column", "Columna"],
	row: ["Row", "Fila"],
	width: ["Width", "Ancho"],
	templateHint: ["Drag it to move it, its corner to scale it.", "Arrástrala para moverla; su esquina cambia el tamaño."],
	left: ["{left} of {total} pixels to do", "Faltan {left} de {total} píxeles"],
	remove: ["Remove", "Quitar"],
	noPicture: ["No picture can be read in this file.", "No se puede leer una imagen en este archivo."],
	play: ["Play", "Reproducir"],
	pause: ["Pause", "Pausa"],
	moment: ["Moment", "Momento"],
	now: ["Back to now", "Volver al presente"],
	name: ["Your name, for who asks who painted", "Tu nombre, para quien pregunte quién pintó"],
	helpDraw: ["Click or drag to draw; with a finger, choose “Draw” first.", "Haz clic o arrastra para dibujar; con un dedo, elige antes «Dibujar»."],
	helpLook: ["The wheel zooms; the middle button, or space and drag, moves the board; two fingers do both. The page’s address leads others to what you see.", "La rueda acerca y aleja; el botón central, o espacio y arrastrar, mueve el tablero; dos dedos hacen ambas cosas. La dirección de la página lleva a otros a lo que ves."],
	arrowKeys: ["move the cursor (Shift: ten cells)", "mover el cursor (Mayús: diez celdas)"],
	spaceBar: ["Space", "Espacio"],
	spaceKey: ["paint", "pintar"],
	colourKeys: ["choose a colour; previous, next", "elegir un color; anterior, siguiente"],
};

const COLOURS = new Map([
	["white", "blanco"],
	["black", "negro"],
	["red", "rojo"],
	["green", "verde"],
	["yellow", "amarillo"],
	["blue", "azul"],
	["cyan", "cian"],
]);

/** Spanish where the browser asks for it first, else English. */
export const language = /^es\b/i.test(navigator.language) ? "es" : "en";

export function text(key, values = {}) {
	return STRINGS[key][language === "es" ? 1 : 0].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function colourName(name) {
	return (language === "es" && COLOURS.get(name)) || name;
}

export function number(value) {
	return value.toLocaleString(language);
}

/** A moment in ms UTC, in the reader's own time zone. */
export function moment(ms) {
	return new Date(ms).toLocaleString(language, { dateStyle: "medium", timeStyle: "medium" });
}

/** Fills in what the markup leaves open: texts, by the id where there is no name of one, and labels. */
export function translate() {
	document.documentElement.lang = language;
	for (const element of document.querySelectorAll("[data-text], [data-key]")) {
		const words = text(element.dataset.text || element.id);
		const { key } = element.dataset;
		if (key) element.title = `${words} (${key})`;
		if (!element.firstElementChild) element.textContent = words;
		else element.prepend(Object.assign(document.createElement("span"), { textContent: words }));
	}
	for (const element of document.querySelectorAll("[data-label]")) element.ariaLabel = text(element.dataset.label);
}
