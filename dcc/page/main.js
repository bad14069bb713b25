// Wires the page together: the link to the server, what the board shows, and what pointers, keys and buttons do.

import * as controls from "./controls.js";
import { byId, create, inputById, put, setAria } from "./elements.js";
import { handshakeQuestion } from "./handshake.js";
import { listenToKeys, listenToPointers } from "./input.js";
import { Link } from "./link.js";
import * as notices from "./notices.js";
import { Painting } from "./painting.js";
import { Past } from "./past.js";
import { Renderer } from "./renderer.js";
import { colourName, moment, number, text, translate } from "./strings.js";
import { cellsBetween } from "./strokes.js";
import { HiddenPixels, Template } from "./template.js";
import { clamp, DRAWING_ZOOM, View } from "./view.js";

/** @import { Tool } from "./controls.js" */
/** @import { Drag } from "./input.js" */
/** @import { NoAnswer } from "./link.js" */
/** @import { Cell } from "./strokes.js" */
/** @import { Point } from "./view.js" */

const REST_MS = 300; // of the view, until the address follows the view
const TICK_MS = 250; // for counts and countdowns
const SAVED_PIXELS = 2048; // about the side of a saved picture
const REACH = 16; // around a template's corner, in which the corner is taken hold of
const GAP = 8; // around the board

const viewOnly = new URLSearchParams(location.search).get("view") === "only";
const now = () => performance.now();

const link = new Link(
	{
		name: () => inputById("name").value,
		received(message, cells) {
			painting.apply(message);
			if (message.kind === "users") {
				put("users", text("users", { count: number(message.connected) }));
				document.body.dataset.counted = "";
			}
			if (message.kind === "welcome" && !cells) openBoard();
			if (message.kind === "rejected") notices.sayRejected(message);
			if (painting.rests) tick();
			show(cells);
		},
		lost(cells) {
			painting.disconnected();
			show(cells);
		},
		changed() {
			notices.showState(link);
			tick();
		},
	},
	{
		open: () => new WebSocket(new URL("ws", location.href.replace("http", "ws"))),
		why: handshakeQuestion(new URL("ws", location.href)),
		now,
		setTimeout: (deed, ms) => setTimeout(deed, ms),
		clearTimeout: (timer) => clearTimeout(timer),
		random: Math.random,
	},
);
/** For tests and the curious: the page's copy of the board. */
export const { replica } = link;
const view = new View();
const painting = new Painting(
	link,
	view,
	{
		isPast: () => past.isOpen,
		show,
		partlyUndone: (left) => notices.say(text("partlyUndone", { left: number(left) })),
		refuse: (key) => notices.say(key === "nothing" ? text(key) : text("refused", { why: text(key) })),
	},
	now,
);
const template = new Template(replica);
const past = new Past(link, { showPast, answerFailed });
const board = /** @type {HTMLCanvasElement} */ (byId("board"));
const renderer = new Renderer(board);

/** @type {Promise<typeof import("./png.js")>} loaded once there is a board, so that saving works offline too */
let saving;

/** The state of the page besides the board. */
const shown = {
	/** @type {Tool} */
	tool: viewOnly ? "move" : "draw",
	toolChosen: false, // until then the first touch chooses to move
	grid: false,
	/** @type {Cell | null} the cell under the mouse */
	hovered: null,
	/** @type {Cell | null} the keyboard's cell, while the keyboard is in use */
	cursor: null,
	uncounted: true, // the template's pixels to do
	frame: 0,
	addressTimer: 0,
};

// --- What is seen

function redraw() {
	shown.frame ||= requestAnimationFrame(draw);
}

function draw() {
	shown.frame = 0;
	if (!replica.cells) return;
	const cell = shown.cursor ?? shown.hovered;
	const here = cell && view.holds(cell) ? cell : null;
	const aims = shown.cursor || (shown.tool !== "move" && view.zoom >= DRAWING_ZOOM);
	const seen = template.file && template.visible && !viewOnly && !past.isOpen ? template : null;
	const framed = controls.isPlacing();
	renderer.draw(view, { grid: shown.grid, template: seen, framed, cursor: aims ? here : null, edge: viewOnly });
	put("where", here ? describe(here) : "");
}

/** @param {Cell} cell */
const placeOf = ([column, row]) => row * replica.width + column;

/**
 * @param {Cell} cell
 * @param {string} what
 */
function describe(cell, what = colourName(replica.palette[replica.shown[placeOf(cell)]].name)) {
	return text("cell", { column: cell[0], row: cell[1], what });
}

function layout() {
	const [width, height] = renderer.resize();
	if (viewOnly) view.setFree(0, 0, width, height);
	else {
		const [top, bottom] = ["header", "footer"].map((bar) => bars(bar).offsetHeight || GAP);
		const panel = byId("panel");
		const sheet = panel.offsetWidth > width / 2 ? panel.offsetHeight + 2 * GAP : 0; // at the bottom of a telephone
		view.setFree(GAP, top, width - 2 * GAP, height - top - Math.max(bottom, sheet));
	}
	redraw();
}

/** @param {string} name */
const bars = (name) => /** @type {HTMLElement} */ (document.querySelector(name));

function viewMoved() {
	clearTimeout(shown.addressTimer);
	shown.addressTimer = setTimeout(
		() => history.replaceState(null, "", location.pathname + location.search + view.hash),
		REST_MS,
	);
	redraw();
}

function tick() {
	if (shown.uncounted) template.count();
	shown.uncounted = false;
	notices.refresh(link, painting, template);
}

function openBoard() {
	saving ??= import("./png.js");
	document.body.dataset.board = "";
	if (past.isOpen) past.close();
	renderer.setBoard(replica);
	painting.forget();
	view.setBoard(replica.width, replica.height);
	view.hash = location.hash;
	controls.showPalette(replica.palette, chooseColour);
	chooseColour(Math.min(painting.colour, replica.palette.length - 1));
	template.restore().then(templateChanged, templateFailed);
}

/**
 * Draws some changed cells, or all cells.
 * @param {number[] | null} cells
 */
function show(cells) {
	if (!past.isOpen) renderer.update(replica.shown, cells);
	shown.uncounted = true;
	redraw();
}

/** @param {Uint8Array} colours */
function showPast(colours = replica.shown) {
	byId("drawing").hidden = past.isOpen;
	renderer.update(colours, null);
	redraw();
}

/** @param {NoAnswer} error */
function answerFailed({ refusal }) {
	notices.sayUnanswered(refusal);
}

// --- Tools

const drawsLines = () => shown.tool === "draw" && view.zoom >= DRAWING_ZOOM && !painting.hasCooldown;

/**
 * Does to a single cell what a tool does.
 * @param {Tool} tool
 * @param {Cell} cell
 * @param {Point} point of the screen
 */
function use(tool, cell, point) {
	if (tool === "draw" && view.zoom < DRAWING_ZOOM) {
		view.comeCloser(point);
		viewMoved();
		notices.say(text("closer"));
	} else if (!view.holds(cell)) return;
	else if (tool === "draw") painting.paintOne(cell);
	else if (tool === "pick") {
		const wanted = template.visible ? (template.wants(cell) ?? -1) : -1;
		chooseColour(wanted >= 0 ? wanted : replica.shown[placeOf(cell)]);
	} else if (tool === "who") {
		link.askAuthor(...cell).then(({ name, clientId, timeMs }) => {
			const painter = timeMs !== null && `${name || text("unnamed", { id: clientId })}, ${moment(timeMs)}`;
			notices.say(describe(cell, painter || text("nobody")));
		}, answerFailed);
	}
}

/** @param {Tool} tool */
function chooseTool(tool) {
	shown.tool = tool;
	controls.showTool(tool);
	redraw();
}

/** @param {number} index */
function chooseColour(index) {
	if (controls.showColour(index)) painting.colour = index;
}

/** @param {Cell} cell */
const middleOf = ([column, row]) => view.toScreen([column + 0.5, row + 0.5]);

/**
 * @param {Point} step
 * @param {boolean} paints
 */
function moveCursor([columns, rows], paints) {
	const from = shown.cursor ?? shown.hovered ?? view.cellAt(view.middle);
	/** @type {Cell} */
	const cursor = [clamp(from[0] + columns, 0, replica.width - 1), clamp(from[1] + rows, 0, replica.height - 1)];
	shown.cursor = cursor;
	view.reveal(cursor);
	if (paints && drawsLines()) painting.paint(cellsBetween(from, cursor));
	put("spoken", describe(cursor));
	viewMoved();
}

function useCursor() {
	if (!shown.cursor) return;
	use(shown.tool === "move" ? "draw" : shown.tool, shown.cursor, middleOf(shown.cursor));
	put("spoken", describe(shown.cursor));
}

// --- The template

function templateChanged() {
	tick();
	controls.showTemplate(template);
	redraw();
}

/** @param {unknown} error */
function templateFailed(error) {
	notices.say(text(error instanceof HiddenPixels ? "hiddenPixels" : "noPicture"));
	templateChanged();
}

/**
 * @param {Point} point
 * @returns {Drag | null}
 */
function dragTemplate(point) {
	const { column, row, width, height } = template;
	const corner = view.toScreen([column + width, row + height]);
	const from = view.toBoard(point);
	const resizes = Math.hypot(point[0] - corner[0], point[1] - corner[1]) < REACH;
	if (!resizes && template.wants(view.cellAt(point)) === undefined) return null;
	return {
		move(points) {
			const to = view.toBoard(points[points.length - 1]);
			const [dx, dy] = [Math.round(to[0] - from[0]), Math.round(to[1] - from[1])];
			template.place(resizes ? { width: width + dx } : { column: column + dx, row: row + dy });
			templateChanged();
		},
		end: () => void template.save(),
	};
}

controls.connectTemplate(
	(changes) => {
		template.place(changes);
		template.save();
		templateChanged();
	},
	async (file) => {
		await template.choose(file, [view.x, view.y]).then(templateChanged, templateFailed);
	},
);

// --- Controls

async function save() {
	const scale = Math.max(1, Math.floor(SAVED_PIXELS / Math.max(replica.width, replica.height)));
	const picture = await (await saving).makePng(renderer.colours, replica, scale);
	create("a", { href: URL.createObjectURL(picture), download: "board.png" }).click();
}

/** @type {Record<string, () => unknown>} */
const deeds = {
	undo: () => painting.undo(),
	grid() {
		shown.grid = !shown.grid;
		setAria(byId("grid"), "pressed", shown.grid);
	},
	template: controls.toggleTemplate,
	done: controls.toggleTemplate,
	remove() {
		template.remove();
		templateChanged();
	},
	history: () => (past.isOpen ? past.close() : past.open()),
	now: () => past.close(),
	save,
	fullscreen: () =>
		document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen(),
	help: () => document.querySelector("dialog")?.showModal(),
	retry: () => link.connect(),
	in: () => view.zoomAt(Math.SQRT2, view.middle),
	out: () => view.zoomAt(Math.SQRT1_2, view.middle),
	fit: () => view.fit(),
};
for (const name of controls.TOOLS) {
	deeds[name] = () => {
		shown.toolChosen = true;
		chooseTool(name);
		if (shown.cursor && name !== "draw") use(name, shown.cursor, middleOf(shown.cursor));
	};
}
for (const [id, deed] of Object.entries(deeds)) {
	deeds[id] = () => {
		deed();
		viewMoved();
	};
}

if (!document.fullscreenEnabled) {
	delete deeds.fullscreen; // telephones of Apple
	byId("fullscreen").hidden = true;
}
translate();
const shortcuts = controls.connectButtons(deeds);
for (let digit = 1; digit <= 9; digit++) shortcuts[digit] = () => chooseColour(digit - 1);

listenToPointers(board, view, {
	press(point, event) {
		if (event.pointerType === "touch" && !shown.toolChosen) chooseTool("move");
		if (template.file && controls.isPlacing()) return dragTemplate(point);
		return drawsLines() && !event.altKey ? painting.stroke(point) : null;
	},
	tap: (point, event) => use(event.altKey ? "pick" : shown.tool, view.cellAt(point), point),
	hover(point, event) {
		shown.hovered = point && event.pointerType !== "touch" ? view.cellAt(point) : null;
		shown.cursor = null;
		redraw();
	},
	viewMoved,
});
if (!viewOnly) {
	listenToKeys(board, shortcuts, moveCursor, useCursor);
	board.onfocus = () => {
		if (replica.cells && board.matches(":focus-visible")) moveCursor([0, 0], false);
	};
}
document.documentElement.classList.toggle("view-only", viewOnly);
chooseTool(shown.tool);
// Not at once: what the observer changes may be observed.
const observer = new ResizeObserver(() => requestAnimationFrame(layout));
for (const element of [board, bars("footer"), byId("panel")]) observer.observe(element);
window.onhashchange = () => {
	view.hash = location.hash;
	redraw();
};
setInterval(tick, TICK_MS);
// Browsers that keep nothing for a page throw at the mere name of the store.
try {
	inputById("name").value = localStorage.getItem("dcc.name") ?? "";
} catch {}
inputById("name").onchange = () => {
	link.greet();
	try {
		localStorage.setItem("dcc.name", inputById("name").value);
	} catch {}
};
// A page that is put away may come back as it was. Meanwhile its connection would count as a person.
window.onpagehide = () => link.leave();
window.onpageshow = ({ persisted }) => persisted && link.connect();
window.ononline = () => link.check();
document.onvisibilitychange = () => {
	if (document.visibilityState === "visible") link.check();
};
link.connect();
