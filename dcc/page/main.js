// What the controls do and what is seen.

import { wantsBlack } from "./colours.js";
import * as history from "./history.js";
import { listenToKeys, listenToPointers } from "./input.js";
import { ask, connect, greet, link, replica, send, start } from "./link.js";
import * as screen from "./screen.js";
import { colourName, moment, number, text, translate } from "./strings.js";
import { Strokes, line } from "./strokes.js";
import * as overlay from "./template.js";
import { DRAWING_ZOOM, View, clamp } from "./view.js";

const NOTICE_MS = 6000; // enough to read a line twice
const REST_MS = 300; // of the view, until the address follows it
const TICK_MS = 250; // for what counts
const SAVED_PIXELS = 2048; // about the side of a saved picture
const REACH = 16; // around a template's corner, in which it is taken hold of
const GAP = 8; // around the board
const TOOLS = ["draw", "move", "pick", "who"];
const FIELDS = ["column", "row", "width"];

const $ = (id) => document.getElementById(id);
const put = (id, words) => ($(id).textContent = words);
const create = (name, properties) => Object.assign(document.createElement(name), properties);
const { template } = overlay;
const viewOnly = new URLSearchParams(location.search).get("view") === "only";
const view = new View();
const strokes = new Strokes();
const timers = {};
let tool;
let toolChosen = false; // until then the first touch chooses to move
let colour = 1;
let grid = false;
let hovered = null; // the cell under the mouse
let cursor = null; // the keyboard's cell, while that is in use
let cooldown = false; // whether this server takes a pixel at a time, and then has one wait
let waitUntil = 0; // as performance.now(): when paints are taken again
let uncounted = true;
let frame = 0;

function later(name, ms, deed) {
	clearTimeout(timers[name]);
	timers[name] = setTimeout(deed, ms);
}

// --- What is seen

function redraw() {
	frame ||= requestAnimationFrame(draw);
}

function draw() {
	frame = 0;
	if (!replica.cells) return;
	const cell = cursor ?? hovered;
	const here = cell && view.holds(cell);
	const aimed = here && (cursor || (tool !== "move" && view.zoom >= DRAWING_ZOOM));
	const seen = template.file && template.visible && !viewOnly && !history.isOpen() && template;
	screen.draw(view, { grid, template: seen, framed: seen && placing(), cursor: aimed && cell });
	put("where", here ? describe(cell) : "");
}

const placeOf = ([column, row]) => row * replica.width + column;

function describe(cell, what = colourName(replica.palette[replica.shown[placeOf(cell)]].name)) {
	return text("cell", { column: cell[0], row: cell[1], what });
}

function layout() {
	const [width, height] = screen.resize();
	const [top, bottom] = ["header", "footer"].map((bar) => document.querySelector(bar).offsetHeight || GAP);
	view.setFree(GAP, top, width - 2 * GAP, height - top - bottom);
	redraw();
}

function viewMoved() {
	later("link", REST_MS, () => window.history.replaceState(null, "", location.pathname + location.search + view.hash));
	redraw();
}

function say(words) {
	put("notice", words);
	later("notice", NOTICE_MS, () => say(""));
}

const rests = () => performance.now() < waitUntil;

/** As "7 s", and from a minute on "4:07". */
function until(moment) {
	const seconds = Math.ceil((moment - performance.now()) / 1000);
	return { time: seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, 0)}` };
}

/** Keeps up what counts. */
function tick() {
	if (uncounted) overlay.count();
	uncounted = false;
	put("left", text("left", { left: number(template.left), total: number(template.total) }));
	$("banner").hidden = link.state === "online" || (link.state === "connecting" && !link.retryAt);
	put("lost", `${text("lost")} ${link.reason}`);
	put("next", link.retryAt ? text("next", until(link.retryAt)) : text("connecting"));
	document.body.classList.toggle("resting", rests());
	put("prompt", rests() ? text("wait", until(waitUntil)) : text("palette"));
}

// --- The link

function received(message, cells) {
	const { kind, waitMs } = message;
	if (kind === "users") put("users", text("users", { count: number(message.connected) }));
	if (kind === "welcome" && !cells) openBoard();
	if (kind === "rejected") say(text("rejected", message));
	if (kind === "cooldown") cooldown = true;
	if (kind === "lost") [cooldown, waitUntil] = [false, 0];
	if (waitMs >= 0) {
		waitUntil = performance.now() + waitMs;
		tick();
	}
	show(cells);
}

function linkChanged() {
	document.body.dataset.link = link.state;
	put("state", text(link.state));
	$("users").hidden = link.state !== "online";
	tick();
}

function openBoard() {
	if (history.isOpen()) history.close();
	screen.setBoard(replica);
	strokes.clear();
	view.setBoard(replica.width, replica.height);
	view.hash = location.hash;
	$("palette").replaceChildren(...replica.palette.map(swatch));
	chooseColour(Math.min(colour, replica.palette.length - 1));
	overlay.restore().then(templateChanged);
}

/** These cells show something else now, or all may. */
function show(cells) {
	if (!history.isOpen()) screen.update(replica.shown, cells);
	uncounted = true;
	redraw();
}

// --- Painting

/** Says why nothing can be painted now, if so. */
function refuses() {
	const why = link.state !== "online" ? "away" : history.isOpen() ? "past" : rests() && "early";
	if (why) say(text("refused", { why: text(why) }));
	return why;
}

const drawsLines = () => tool === "draw" && view.zoom >= DRAWING_ZOOM && !cooldown;

function paint(cells) {
	if (refuses()) return;
	const pixels = [];
	for (const cell of cells) {
		const place = placeOf(cell);
		const before = replica.shown[place];
		if (!view.holds(cell) || before === colour) continue;
		strokes.add(place, before, colour);
		pixels.push([place, colour]);
	}
	show(send(pixels));
}

function stroke(point) {
	let last = view.cellAt(...point);
	const move = (points) => {
		for (const at of points) {
			const next = view.cellAt(...at);
			paint(line(last, next));
			last = next;
		}
	};
	move([point]);
	return { move, end: () => strokes.end() };
}

function undo() {
	if (refuses()) return;
	const pixels = strokes.undo(replica.shown);
	if (!pixels.length) say(text("nothing"));
	show(send(pixels));
}

/** What a tool does to a single cell. */
function use(tool, cell, point) {
	if (tool === "draw" && view.zoom < DRAWING_ZOOM) {
		view.comeCloser(...point);
		viewMoved();
		say(text("closer"));
	} else if (!view.holds(cell)) return;
	else if (tool === "draw") {
		paint([cell]);
		strokes.end();
	} else if (tool === "pick") {
		const wanted = template.visible ? overlay.wants(...cell) : -1;
		chooseColour(wanted >= 0 ? wanted : replica.shown[placeOf(cell)]);
	} else if (tool === "who") {
		ask({ comando: "autor", columna: cell[0], fila: cell[1] }).then(({ name, id, time }) => {
			const painter = `${name || text("unnamed", { id })}, ${moment(time)}`;
			say(describe(cell, time === null ? text("nobody") : painter));
		}, answerFailed);
	}
}

const answerFailed = ({ message }) => say(message || text("noAnswer"));

function chooseTool(name) {
	tool = document.body.dataset.tool = name;
	for (const other of TOOLS) $(other).ariaPressed = other === name;
	redraw();
}

function swatch({ name, value }, index) {
	const label = create("label", { title: colourName(name) });
	Object.assign(label.style, { background: value, color: wantsBlack(value) ? "#000" : "#fff" });
	const onchange = () => chooseColour(index);
	label.append(index < 9 ? index + 1 : "", create("input", { type: "radio", name: "colour", ariaLabel: label.title, onchange }));
	return label;
}

function chooseColour(index) {
	const label = $("palette").children[index];
	if (!label) return;
	colour = index;
	label.control.checked = true;
	label.scrollIntoView({ block: "nearest" });
	put("colour", label.title);
}

// --- The template

const placing = () => template.file && !$("panel").hidden;

function templateChanged() {
	tick();
	$("placing").hidden = !template.file;
	for (const field of FIELDS) $(field).value = template[field];
	$("visible").checked = template.visible;
	redraw();
}

function place(changes) {
	overlay.place(changes);
	templateChanged();
}

function dragTemplate(point) {
	const { column, row, width, height } = template;
	const corner = view.toScreen(column + width, row + height);
	const from = view.toBoard(...point);
	const scales = Math.hypot(point[0] - corner[0], point[1] - corner[1]) < REACH;
	if (!scales && overlay.wants(...from.map(Math.floor)) === undefined) return null;
	return {
		move(points) {
			const [dx, dy] = view.toBoard(...points.at(-1)).map((to, axis) => Math.round(to - from[axis]));
			place(scales ? { width: width + dx } : { column: column + dx, row: row + dy });
		},
		end: overlay.save,
	};
}

for (const field of [...FIELDS, "visible"]) {
	$(field).oninput = ({ target }) => {
		if (!target.value || !target.validity.valid) return;
		place({ [field]: field === "visible" ? target.checked : target.valueAsNumber });
		overlay.save();
	};
}
$("file").onchange = async () => {
	await overlay.choose($("file").files[0], view.x, view.y).catch(() => say(text("noPicture")));
	$("file").value = "";
	templateChanged();
};

function toggleTemplate() {
	$("panel").hidden = !$("panel").hidden;
	$("template").ariaPressed = !$("panel").hidden;
}

// --- Controls

function showPast(colours = replica.shown) {
	$("drawing").hidden = history.isOpen();
	screen.update(colours);
	redraw();
}

const controls = {
	undo,
	grid() {
		$("grid").ariaPressed = grid = !grid;
	},
	template: toggleTemplate,
	done: toggleTemplate,
	remove() {
		overlay.remove();
		templateChanged();
	},
	history: () => (history.isOpen() ? history.close() : history.open({ showPast, answerFailed })),
	now: history.close,
	async save() {
		const scale = Math.max(1, Math.floor(SAVED_PIXELS / Math.max(replica.width, replica.height)));
		create("a", { href: URL.createObjectURL(await screen.picture(scale)), download: "canvas.png" }).click();
	},
	fullscreen: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
	help: () => document.querySelector("dialog").showModal(),
	retry: connect,
	in: () => view.zoomAt(Math.SQRT2, ...view.middle),
	out: () => view.zoomAt(Math.SQRT1_2, ...view.middle),
	fit: () => view.fit(),
};
for (const name of TOOLS) {
	controls[name] = () => {
		toolChosen = true;
		chooseTool(name);
		if (cursor && name !== "draw") use(name, cursor);
	};
}
const shortcuts = {};
for (let digit = 1; digit <= 9; digit++) shortcuts[digit] = () => chooseColour(digit - 1);

function listKeys(keys, what) {
	document.querySelector("dl").append(create("dt", { textContent: keys }), create("dd", { textContent: what }));
}

translate();
listKeys("← ↑ → ↓", text("arrows"));
listKeys(text("space"), text("paint"));
listKeys("1 … 9", text("colours"));
for (const [id, deed] of Object.entries(controls)) {
	const { dataset, textContent } = $(id);
	const act = () => {
		deed();
		viewMoved();
	};
	$(id).onclick = act;
	if (!dataset.key) continue;
	shortcuts[dataset.key] = act;
	listKeys(dataset.key, textContent);
}

function moveCursor([columns, rows], paints) {
	const from = cursor ?? hovered ?? view.cellAt(...view.middle);
	cursor = [clamp(from[0] + columns, 0, replica.width - 1), clamp(from[1] + rows, 0, replica.height - 1)];
	view.reveal(...cursor);
	if (paints && drawsLines()) paint(line(from, cursor));
	put("spoken", describe(cursor));
	viewMoved();
}

function useCursor() {
	if (!cursor) return;
	use(tool === "move" ? "draw" : tool, cursor, view.toScreen(cursor[0] + 0.5, cursor[1] + 0.5));
	put("spoken", describe(cursor));
}

listenToPointers($("board"), view, {
	press(point, event) {
		if (event.pointerType === "touch" && !toolChosen) chooseTool("move");
		if (placing()) return dragTemplate(point);
		return drawsLines() && !event.altKey ? stroke(point) : null;
	},
	tap: (point, event) => use(event.altKey ? "pick" : tool, view.cellAt(...point), point),
	hover(point, event) {
		hovered = point && event.pointerType !== "touch" ? view.cellAt(...point) : null;
		cursor = null;
		redraw();
	},
	viewMoved,
});
if (!viewOnly) {
	listenToKeys($("board"), shortcuts, moveCursor, useCursor);
	$("board").onfocus = () => replica.cells && $("board").matches(":focus-visible") && moveCursor([0, 0]);
}
document.body.classList.toggle("view-only", viewOnly);
chooseTool(viewOnly ? "move" : "draw");
for (const element of [$("board"), document.querySelector("footer")]) new ResizeObserver(layout).observe(element);
window.onhashchange = () => {
	view.hash = location.hash;
	redraw();
};
setInterval(tick, TICK_MS);
start({ name: () => $("name").value, received, linkChanged });
$("name").value = localStorage.getItem("dcc.name") ?? "";
$("name").onchange = () => {
	localStorage.setItem("dcc.name", $("name").value);
	greet();
};
