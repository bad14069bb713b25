// What the page says, in English and Spanish; {words} are filled in.

const STRINGS = {
	board: ["Board: arrows move the cursor, space paints, ? lists the keys", "Tablero: las flechas mueven el cursor, espacio pinta, ? muestra las teclas"],
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
	lost: ["No connection: drawing has to wait.", "Sin conexión: para dibujar hay que esperar."],
	refused: ["{why}: nothing was drawn.", "{why}: no se dibujó nada."],
	past: ["This is the past", "Esto es el pasado"],
	early: ["Too early", "Es muy pronto"],
	next: ["Next try in {time}.", "Próximo intento en {time}."],
	retry: ["Try now", "Intentar ahora"],
	rejected: ["Not taken: {reason}", "No se aceptó: {reason}"],
	wait: ["You can paint again in {time}", "Podrás volver a pintar en {time}"],
	closer: ["Closer, so that you hit the cell you mean.", "Más cerca, para que aciertes en la celda."],
	cell: ["Column {column}, row {row}: {what}", "Columna {column}, fila {row}: {what}"],
	nothing: ["Nothing of yours is left to undo.", "No queda nada tuyo que deshacer."],
	unnamed: ["painter {id}", "pintor {id}"],
	nobody: ["nobody has painted here", "nadie ha pintado aquí"],
	noAnswer: ["The server did not answer.", "El servidor no respondió."],
	close: ["Close", "Cerrar"],
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
	helpLook: ["The wheel zooms; the middle button, or space and drag, moves; two fingers do both. The page’s address leads others to what you see.", "La rueda acerca; el botón central, o espacio y arrastrar, mueve; dos dedos hacen ambas cosas. La dirección de la página lleva a otros a lo que ves."],
	arrows: ["move the cursor (Shift: ten cells)", "mover el cursor (Mayús: diez celdas)"],
	space: ["Space", "Espacio"],
	paint: ["paint", "pintar"],
	colours: ["choose a colour", "elegir un color"],
};

const COLOURS = { white: "blanco", black: "negro", red: "rojo", green: "verde", yellow: "amarillo", blue: "azul", cyan: "cian" };

const language = /^es\b/i.test(navigator.language) ? "es" : "en";

export function text(key, values = {}) {
	return STRINGS[key][language === "es" ? 1 : 0].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function colourName(name) {
	return language === "es" && Object.hasOwn(COLOURS, name) ? COLOURS[name] : name;
}

export function number(value) {
	return value.toLocaleString(language);
}

export function moment(ms) {
	return new Date(ms).toLocaleString(language, { dateStyle: "medium", timeStyle: "medium" });
}

/** Fills in the markup's texts, by their ids where they have no other name, and labels. */
export function translate() {
	document.documentElement.lang = language;
	for (const element of document.querySelectorAll("[data-text], [data-key]")) {
		const words = text(element.dataset.text || element.id);
		const { key } = element.dataset;
		if (key) element.title = `${words} (${key})`;
		element.prepend(words);
	}
	for (const element of document.querySelectorAll("[data-label]")) element.ariaLabel = text(element.dataset.label);
}
