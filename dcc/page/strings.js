// What the page says, in English and Spanish; {names} are filled in. One vocabulary with the window (docs/style.md).

import { setAria } from "./elements.js";

/** @type {Record<string, [english: string, spanish: string]>} */
const STRINGS = {
	board: [
		"Board: arrows move the cursor, space paints, ? lists the keys",
		"Tablero: las flechas mueven el cursor, espacio pinta, ? muestra las teclas",
	],
	tools: ["Tools", "Herramientas"],
	pencil: ["Pencil", "Lápiz"],
	line: ["Line", "Línea"],
	rectangle: ["Rectangle", "Rectángulo"],
	filled: ["Filled rectangle", "Rectángulo relleno"],
	fill: ["Fill", "Rellenar"],
	select: ["Select", "Seleccionar"],
	others: ["More tools", "Más herramientas"],
	size: ["Pencil size", "Tamaño del lápiz"],
	smaller: ["Smaller pencil", "Lápiz más pequeño"],
	larger: ["Larger pencil", "Lápiz más grande"],
	move: ["Move", "Mover"],
	pick: ["Pick a colour", "Tomar un color"],
	who: ["Who painted this cell?", "¿Quién pintó esta celda?"],
	undo: ["Undo", "Deshacer"],
	redo: ["Redo", "Rehacer"],
	grid: ["Grid", "Cuadrícula"],
	template: ["Template", "Plantilla"],
	history: ["History", "Historia"],
	layerKeys: ["latest changes, heat map, painters", "cambios recientes, mapa de calor, pintores"],
	layers: ["What has happened", "Qué ha pasado"],
	save: ["Save as PNG", "Guardar como PNG"],
	fullscreen: ["Full screen", "Pantalla completa"],
	help: ["Help", "Ayuda"],
	in: ["Zoom in", "Acercar"],
	out: ["Zoom out", "Alejar"],
	fit: ["Whole board", "Todo el tablero"],
	copyLink: ["Copy link", "Copiar enlace"],
	goto: ["Go to a cell", "Ir a una celda"],
	palette: ["Choose a colour:", "Elige un color:"],
	connecting: ["Connecting…", "Conectando…"],
	online: ["Online", "En línea"],
	away: ["Offline", "Sin conexión"],
	users: ["{count} online", "{count} en línea"],
	lost: ["Offline: drawing is paused.", "Sin conexión: el dibujo está en pausa."],
	unreached: ["Not connected yet", "Aún sin conexión"],
	noServer: [
		"The server does not answer. Perhaps the server is stopped, or this device is in another network.",
		"El servidor no responde. Quizás está detenido, o este dispositivo está en otra red.",
	],
	hostOnly: [
		"There is nothing for you to do: the host of this canvas has to change a setting. This page goes on trying.",
		"No tienes que hacer nada: quien aloja este lienzo debe cambiar un ajuste. Esta página lo sigue intentando.",
	],
	forHost: ["For the host", "Para quien aloja el lienzo"],
	refused: ["{why}: nothing was drawn.", "{why}: no se dibujó nada."],
	past: ["This is the past", "Esto es el pasado"],
	early: ["Too early", "Es muy pronto"],
	next: ["Next try in {time}.", "Próximo intento en {time}."],
	retry: ["Try now", "Intentar ahora"],
	rejected: ["Not painted: {reason}.", "No se pintó: {reason}."],
	noAnswer: ["The server did not answer.", "El servidor no respondió."],
	wait: ["You can paint again in {time}", "Podrás volver a pintar en {time}"],
	largerPencil: ["A larger pencil", "Un lápiz más grande"],
	restsHere: [
		"{tool}: rests here, since this board takes a pixel at a time with a pause after it.",
		"{tool}: aquí descansa, pues este tablero acepta los píxeles de uno en uno, con una pausa tras cada uno.",
	],
	chooseCell: ["Choose a cell", "Elige una celda"],
	paintIt: ["Paint it", "Pintarlo"],
	fillEnds: [
		"The fill ends after {most} cells; fill again to go on.",
		"El relleno termina a las {most} celdas; rellena otra vez para seguir.",
	],
	tooMany: [
		"{count} cells are too many for once, at most {most}: nothing was drawn.",
		"{count} celdas son demasiadas para una vez, como mucho {most}: no se pintó nada.",
	],
	leftOutOne: ["One cell was left out: {reason}.", "Quedó fuera una celda: {reason}."],
	leftOut: ["{count} cells were left out: {reason}.", "Quedaron fuera {count} celdas: {reason}."],
	choosePencil: ["Choose the pencil to draw.", "Elige el lápiz para dibujar."],
	closer: ["Zoomed in. Tap again to paint.", "Vista acercada. Toca otra vez para pintar."],
	cell: ["Column {column}, row {row}: {what}", "Columna {column}, fila {row}: {what}"],
	nothing: ["There is nothing of yours to undo.", "No hay nada tuyo que deshacer."],
	nothingMore: ["There is nothing to do again.", "No hay nada que rehacer."],
	partlyUndone: [
		"Pixels undone: {count}, to go: {left}. This server sets a pause between pixels.",
		"Píxeles deshechos: {count}, quedan: {left}. Este servidor pide una pausa entre píxeles.",
	],
	unnamed: ["painter {id}", "pintor {id}"],
	nobody: ["nobody has painted here", "nadie ha pintado aquí"],
	empty: ["Nobody has painted yet.", "Nadie ha pintado todavía."],
	icy: ["The board is frozen.", "El tablero está congelado."],
	close: ["Close", "Cerrar"],
	column: ["Column", "Columna"],
	row: ["Row", "Fila"],
	width: ["Width", "Ancho"],
	play: ["Play", "Reproducir"],
	pause: ["Pause", "Pausa"],
	moment: ["Moment", "Momento"],
	now: ["Back to now", "Volver al presente"],
	name: [
		"Your name (shown when someone asks who painted a pixel)",
		"Tu nombre (se muestra a quien pregunta quién pintó un píxel)",
	],
	helpDraw: [
		"Click or drag to draw; with a finger, choose “Pencil” first.",
		"Haz clic o arrastra para dibujar; con un dedo, elige antes «Lápiz».",
	],
	helpLook: [
		"Zoom with the wheel, move the view with the middle button or with space and drag; two fingers do both. “Copy link” shares this view.",
		"Acerca con la rueda, mueve la vista con el botón central o con espacio y arrastrar; dos dedos hacen ambas cosas. «Copiar enlace» comparte esta vista.",
	],
	helpTouch: [
		"Choose “Pencil”, then tap or drag to draw. Two fingers zoom and move the view; with “Move” one finger moves it. “Copy link” shares this view.",
		"Elige «Lápiz» y luego toca o arrastra para dibujar. Dos dedos acercan y mueven la vista; con «Mover» basta un dedo para moverla. «Copiar enlace» comparte esta vista.",
	],
	arrows: ["move the cursor (Shift: ten cells)", "mover el cursor (Mayús: diez celdas)"],
	space: ["Space", "Espacio"],
	paint: ["paint", "pintar"],
	escape: ["leave what is being drawn", "dejar lo que se está dibujando"],
	colours: ["choose a colour", "elegir un color"],
	nextToDo: ["next missing pixel of what we draw together", "siguiente píxel que falta de lo que dibujamos juntos"],
	minimap: ["show or hide the minimap", "mostrar u ocultar el minimapa"],
	gridLater: [
		"The grid is seen on larger cells: zoom in.",
		"La cuadrícula se ve con celdas más grandes: acerca la vista.",
	],
	minimapLater: [
		"The minimap is seen when the board is larger than the view.",
		"El minimapa se ve cuando el tablero es más grande que la vista.",
	],
	search: ["Search colours", "Buscar colores"],
	moderate: ["Moderate", "Moderar"],
	gathered: ["{charges} of {most} pixels", "{charges} de {most} píxeles"],
	gathering: ["{charges} of {most} pixels, one more in {time}", "{charges} de {most} píxeles, uno más en {time}"],
	frozen: ["Frozen: only moderators draw for now.", "Congelado: por ahora solo dibujan los moderadores."],
	watching: ["You are watching.", "Estás mirando."],
	watchingKeys: [
		"Here people draw with a link of their own. Open yours to draw.",
		"Aquí se dibuja con un enlace propio. Abre el tuyo para dibujar.",
	],
	watchingCode: ["To draw, say the code of the room.", "Para dibujar, di el código de la sala."],
	sayCode: ["Say the code…", "Decir el código…"],
	keyRefused: ["Your link no longer works", "Tu enlace ya no funciona"],
	withoutKey: ["Go on without a key", "Seguir sin clave"],
	turnedAway: ["You cannot connect", "No puedes conectarte"],
};

/**
 * Adds the texts of a part of the page that is loaded later.
 * @param {typeof STRINGS} strings
 */
export const learn = (strings) => void Object.assign(STRINGS, strings);

/** @type {Record<string, string>} */
const COLOURS = {
	white: "blanco",
	black: "negro",
	red: "rojo",
	green: "verde",
	yellow: "amarillo",
	blue: "azul",
	cyan: "cian",
};

/** Spanish in a Spanish browser, English in every other. */
export const language = /^es\b/i.test(globalThis.navigator?.language ?? "") ? "es" : "en";

/**
 * @param {string} text
 * @param {Record<string, unknown>} values
 */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

/**
 * @param {string} key
 * @param {Record<string, unknown>} [values]
 */
export const text = (key, values = {}) => fill(STRINGS[key][language === "es" ? 1 : 0], values);

/** @param {string} name */
export function colourName(name) {
	return language === "es" && Object.hasOwn(COLOURS, name) ? COLOURS[name] : name;
}

/** @param {number} value */
export function number(value) {
	return value.toLocaleString(language);
}

/** @param {number} ms since 1970 */
export function moment(ms) {
	return new Date(ms).toLocaleString(language, { dateStyle: "medium", timeStyle: "medium" });
}

/**
 * Fills in the texts of the markup, by id for an element without `data-text`, and the labels; but for the parts that a
 * module fills in later.
 * @param {ParentNode} root
 */
export function translate(root) {
	document.documentElement.lang = language;
	/** @type {(what: string) => NodeListOf<HTMLElement>} */
	const all = (what) => root.querySelectorAll(`[data-${what}]:not([data-later] *)`);
	for (const element of [...all("text"), ...all("key")]) {
		const words = text(element.dataset.text || element.id);
		const { key } = element.dataset;
		if (key) element.title = `${words} (${key})`;
		element.prepend(words);
	}
	for (const element of all("label")) setAria(element, "label", text(String(element.dataset.label)));
}
