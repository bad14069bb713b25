// Wires the page together: the link to the server, what the board shows, and what pointers, keys and buttons do.

import { listenToClipboard } from "./clipboard.js";
import * as controls from "./controls.js";
import { Drawing } from "./drawing.js";
import { byId, create, put, setAria } from "./elements.js";
import { Hand } from "./hand.js";
import { handshakeQuestion } from "./handshake.js";
import { listenToKeys, listenToPointers } from "./input.js";
import { bar, findRoom } from "./layout.js";
import { Link } from "./link.js";
import { load, NotLoaded } from "./load.js";
import * as notices from "./notices.js";
import { OwnName } from "./own_name.js";
import { Painting } from "./painting.js";
import { GRID_ZOOM, Renderer } from "./renderer.js";
import { Rights } from "./rights.js";
import { drawSketch } from "./sketch.js";
import { colourName, moment, number, text, translate } from "./strings.js";
import { DRAWING_ZOOM, View } from "./view.js";

/** @import { Tool } from "./drawing.js" */
/** @import { NoAnswer } from "./link.js" */
/** @import { Place } from "./places.js" */
/** @import { Pen } from "./renderer.js" */
/** @import { Cell } from "./shapes.js" */

const REST_MS = 300; // of the view, until the address follows the view
const TICK_MS = 250; // for counts and countdowns
const SAVED_PIXELS = 2048; // about the side of a saved picture
const EARLY = 100; // changes that are kept for the layers, which may not be loaded
const FINAL = /^(?:clave-|codigo-|expulsado)/; // the codes of refusals of a person, not of a moment

const wishes = new URLSearchParams(location.search);
const viewOnly = wishes.get("view") === "only";
const joins = viewOnly && wishes.has("join");
const now = () => performance.now();

// Browsers that keep nothing for a page throw at the mere name of the store.
/** @type {Storage | null} */
let store = null;
try {
	store = localStorage;
} catch {}
const rights = new Rights();
const ownName = new OwnName(store, () => link.greet());

/** @type {import("./identity.js").Identity | null} loaded for those who have a key or a code */
let identity = null;

async function loadIdentity() {
	const { Identity } = await load("identity");
	identity ??= new Identity(location.pathname, store);
	return identity;
}

/**
 * Takes a key or a code out of the address, at once: the address may be seen on a projector.
 * @returns {string} what was taken
 */
function takeProof() {
	const { hash, pathname, search } = location;
	if (!/^#(?:clave|codigo)=/.test(hash)) return "";
	history.replaceState(null, "", pathname + search);
	return hash;
}

const proof = takeProof();

const link = new Link(
	{
		name: () => ownName.value,
		proof: () => ({ ...((!viewOnly || joins) && identity?.words), ...(viewOnly && { mirar: true }) }),
		received(message, cells) {
			painting.apply(message);
			if (message.kind === "cooldown") drawing.rulesChanged();
			if (rights.apply(message) && !viewOnly) link.greet();
			if (message.kind === "welcome") identity?.accepted(message.canvasId);
			if (message.kind === "welcome" || message.kind === "rulesNews") showRights();
			if (message.kind === "closing" && FINAL.test(message.code)) {
				link.leave(); // at once: what was refused is not to be sent again
				attempt(async () => (await loadAdmission()).ended(message));
			}
			if (message.kind === "users") {
				put("users", text("users", { count: number(message.connected) }));
				document.body.dataset.counted = "";
			}
			if (message.kind === "welcome" && !cells) openBoard();
			if (message.kind === "changes" && layers) layers.saw(message);
			else if (message.kind === "changes" && early.length < EARLY) early.push(message);
			if (message.kind === "acknowledged" && !rights.name) ownName.askOnce();
			if (message.kind === "rejected") notices.sayRejected(message);
			if (painting.rests) tick();
			show(cells);
		},
		lost(cells) {
			painting.disconnected();
			drawing.rulesChanged();
			rights.disconnected();
			show(cells);
		},
		changed() {
			notices.showState(link);
			join?.change();
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
export { drawing, rights, shortcuts };

const view = new View();
const painting = new Painting(
	link,
	{
		isPast: () => past?.isOpen ?? false,
		show,
		partlyUndone: (count, left) => notices.say(text("partlyUndone", { count: number(count), left: number(left) })),
		forbids: (cell) => rights.refusal(cell),
		forbidden: (why, left) => (left ? notices.sayLeftOut(why, left) : notices.sayRejected(why)),
		refuse: (key) => notices.say(key.startsWith("nothing") ? text(key) : text("refused", { why: text(key) })),
	},
	now,
);
const drawing = new Drawing(painting, replica, { changed: showDrawing, say: sayKey });
const hand = new Hand(view, drawing, replica, {
	redraw,
	viewMoved,
	tell: (cell) => put("spoken", describe(cell)),
	say: (key) => !viewOnly && !rights.onlyWatches && sayKey(key),
	look,
	chooseMove: () => chooseTool("move"),
});
const board = /** @type {HTMLCanvasElement} */ (byId("board"));
const renderer = new Renderer(board);

/** @type {import("./past.js").Past | null} loaded once there is a board */
let past = null;
/** @type {import("./tracing.js").Tracing | null} the template, loaded likewise */
let tracing = null;
/** @type {import("./together.js").Together | null} loaded with the first shared template */
let together = null;
/** @type {import("./layers.js").Layers | null} what has happened, likewise */
let layers = null;
/** @type {import("./codec.js").Changes[]} those that come before the layers are loaded */
const early = [];
/** @type {import("./areas.js").Areas | null} loaded with the first rules */
let areas = null;
/** @type {import("./moderate.js").Moderation | null} loaded when a moderator opens the panel */
let moderation = null;
/** @type {import("./entry.js").Admission | null} loaded where the room has a code, or the server refuses something */
let admission = null;
/** @type {import("./stamp_bar.js").StampBar | null} loaded with the tool that selects */
let stamps = null;
/** @type {import("./aim.js").Aim | null} loaded once there is a board, likewise */
let aim = null;
/** @type {import("./many_colours.js").ManyColours | null} loaded with a large palette */
let manyColours = null;
/** @type {import("./again.js").Again | null} loaded with the first cooldown */
let again = null;
/** @type {import("./minimap.js").Minimap | null} loaded once the board is larger than the view */
let minimap = null;
/** @type {import("./goto.js").GoTo | null} loaded when somebody wants to go somewhere */
let goTo = null;
/** @type {import("./join.js").Join | null} the projector's view */
let join = null;
/** @type {import("./kept.js").Kept | null} for the next time that the page is loaded in this tab */
let kept = null;

/** The state of the page besides the board. */
const shown = {
	grid: false,
	uncounted: true, // the template's pixels to do
	inset: 0, // CSS pixels that bars cover at the top
	askedCode: false, // of the room
	frame: 0,
	isSame: false, // nothing but cells has changed since the last frame
	addressTimer: 0,
	restTimer: 0,
	/** @type {Tool | null} what was last asked for, and may still be on its way */
	tool: null,
	saved: "", // the address of the last saved picture
};

// --- What is seen

function redraw() {
	shown.isSame = false;
	redrawCells();
}

function redrawCells() {
	shown.frame ||= requestAnimationFrame(draw);
}

function draw() {
	shown.frame = 0;
	if (!replica.cells) return;
	const cell = hand.cursor ?? hand.hovered;
	const here = cell && view.holds(cell) ? cell : null;
	const aims = hand.cursor || (drawing.tool !== "move" && view.zoom >= DRAWING_ZOOM);
	const template = tracing?.template;
	const seen = template?.file && template.visible && !viewOnly && !past?.isOpen ? template : null;
	const framed = tracing?.isPlacing ?? false;
	const { isSame } = shown;
	shown.isSame = true;
	clearTimeout(shown.restTimer);
	const overlays = {
		grid: shown.grid,
		template: seen,
		framed,
		cursor: aims ? here : null,
		layers: past?.isOpen
			? []
			: [layers, together, aim, areas, moderation, { draw: drawShape }].flatMap((layer) =>
					layer ? [layer.draw.bind(layer)] : [],
				),
		inset: shown.inset,
	};
	if (renderer.draw(view, overlays, isSame)) shown.restTimer = setTimeout(redraw, REST_MS);
	const area = here && rights.areaAt(here);
	if (minimap) minimap.draw();
	else if (!viewOnly && replica.live && !view.showsAll) loadMinimap().catch(() => {});
	const none = replica.sequence || !replica.live || past?.isOpen ? "" : text("empty");
	put("where", here ? [describe(here), ...(area ? [area.name] : [])].join(" · ") : none);
}

/** @param {Pen} pen */
function drawShape(pen) {
	const { sketch } = drawing;
	if (sketch)
		drawSketch(
			pen,
			sketch,
			replica.palette.map(({ value }) => value),
		);
}

/** @param {Cell} cell */
const placeOf = ([column, row]) => row * replica.width + column;

/**
 * @param {Cell} cell
 * @param {string} what the colour that is shown, which may be of the past
 */
function describe(cell, what = colourName(replica.palette[renderer.colours[placeOf(cell)]].name)) {
	return text("cell", { column: cell[0], row: cell[1], what });
}

function layout() {
	const [width, height] = renderer.resize();
	if (join) view.setFree(...join.free(width, height));
	else if (viewOnly) view.setFree(0, 0, width, height);
	else {
		const room = findRoom(width, height, {
			hasBoard: Boolean(replica.cells),
			layers: layers?.covers ?? 0,
			moderation: moderation?.covers(width, height) ?? [0, 0],
		});
		shown.inset = room.top;
		view.setFree(room.left, room.top, room.width, room.height);
	}
	redraw();
}

function viewMoved() {
	clearTimeout(shown.addressTimer);
	shown.addressTimer = setTimeout(
		() => history.replaceState(null, "", location.pathname + location.search + view.hash),
		REST_MS,
	);
	redraw();
}

function tick() {
	if (shown.uncounted) {
		tracing?.count();
		together?.count();
		if (together?.chosen) redraw();
	}
	shown.uncounted = false;
	if (painting.rests) redraw(); // the ring at the pointer
	notices.refresh(link, painting, rights);
	controls.showConfirm(drawing, painting);
	if (again) again.tick(painting, link.state === "online");
	else if (painting.hasCooldown && !viewOnly && link.state === "online") loadAgain().catch(() => {});
}

// --- Parts of the page that are loaded later

/**
 * Does what somebody waits for, and says so if a part of the page cannot be loaded for it.
 * @param {() => unknown} deed
 */
async function attempt(deed) {
	try {
		await deed();
	} catch (error) {
		if (!(error instanceof NotLoaded)) throw error;
		notices.sayUnanswered(null);
	}
}

async function loadPast() {
	const { Past } = await load("past");
	past ??= new Past(link, { showPast, answerFailed });
	return past;
}

/** Loads what shows the colours at hand. */
async function loadColours() {
	const [{ Aim }, { isLarge, ManyColours }] = await Promise.all([load("aim"), load("many_colours")]);
	aim ??= new Aim(painting, replica);
	if (isLarge(replica.palette)) manyColours ??= new ManyColours(chooseColour, () => board.focus());
	manyColours?.setPalette(replica.palette);
	manyColours?.note(painting.colour);
	redraw();
}

async function loadAgain() {
	const { Again } = await load("again");
	again ??= new Again();
}

async function loadMinimap() {
	const { Minimap } = await load("minimap");
	if (minimap) return;
	minimap = new Minimap(view, renderer.picture, viewMoved);
	redraw();
}

/** Shows or hides the minimap, and says where it is if there is nothing to see of it. */
async function toggleMinimap() {
	const { isWanted, want } = await load("minimap");
	want(!isWanted());
	if (isWanted() && view.showsAll) notices.say(text("minimapLater"));
	redraw();
}

async function loadLayers() {
	const { Layers } = await load("layers");
	layers ??= new Layers(link, { redraw, layout });
	for (const message of early.splice(0)) layers.saw(message);
	return layers;
}

/** @param {import("./layers.js").Key} [key] */
async function toggleLayer(key) {
	if (past?.isOpen) past.close(); // the layers are over the present board
	(await loadLayers()).toggle(key);
}

async function loadTracing() {
	const { Tracing } = await load("tracing");
	tracing ??= new Tracing(replica, view, redraw);
	return tracing;
}

async function loadKept() {
	const { Kept } = await load("kept");
	kept ??= new Kept(replica, painting);
	return kept;
}

function openBoard() {
	if (!viewOnly) loadKept().catch(() => {}); // offline: nothing is kept
	load("png").catch(() => {}); // so that saving works offline too
	load("reasons_later").catch(() => {}); // then a refusal is told in the server's words
	load("sharing").catch(() => {}); // a press is over soon, and with it the leave to share
	document.body.dataset.board = "";
	if (past?.isOpen) past.close();
	loadPast().catch(() => {}); // loaded again when wanted; likewise the layers and the template
	early.length = 0;
	layers?.forget();
	loadLayers().catch(() => {});
	renderer.setBoard(replica);
	painting.forget();
	kept?.goOn();
	drawing.forget();
	view.setBoard(replica.width, replica.height);
	view.hash = location.hash;
	controls.showPalette(replica.palette, chooseColour);
	loadColours().catch(() => {});
	chooseColour(Math.min(painting.colour, replica.palette.length - 1));
	loadTracing().then(
		(loaded) => loaded.restore(),
		() => {},
	);
}

// --- Who this is, and what the rules let this page do

/** Brings what depends on the role and on the rules up to date. */
function showRights() {
	if (rights.onlyWatches && drawing.tool !== "who") chooseTool("move");
	notices.showRights(rights);
	if (!rights.mayModerate) moderation?.close();
	moderation?.change();
	areas?.change();
	join?.change();
	if (rights.rules.areas.length && !areas) loadAreas().catch(() => {}); // tried again with the next rules
	together?.change();
	if (rights.rules.templates.length && !together && !viewOnly) loadTogether().catch(() => {});
	if (!rights.onlyWatches) admission?.close();
	else if (rights.needsCode && !viewOnly && !shown.askedCode) deeds.sayCode();
	shown.askedCode ||= rights.needsCode;
	layout();
}

async function loadAreas() {
	const { Areas } = await load("areas");
	areas ??= new Areas(rights, replica);
	areas.change();
	redraw();
}

async function loadTogether() {
	await loadTracing(); // whose panel it is
	const { Together } = await load("together");
	together ??= new Together(link, rights, {
		redraw,
		colour: () => painting.colour,
		from: () => hand.cursor ?? view.cellAt(view.middle),
		lead(cell, colour) {
			chooseColour(colour);
			leadTo({ column: cell[0], row: cell[1], zoom: null });
		},
	});
	together.change();
}

async function loadAdmission() {
	const { Admission } = await load("entry");
	admission ??= new Admission(link, await loadIdentity(), ownName);
	return admission;
}

async function loadStamps() {
	const { StampBar } = await load("stamp_bar");
	stamps ??= new StampBar(drawing, painting, replica, view, { changed: showDrawing, colours: () => renderer.colours });
	return stamps;
}

/** @param {(stamps: import("./stamp_bar.js").StampBar) => unknown} deed done at once if they are loaded */
const withStamps = (deed) => void attempt(async () => deed(stamps ?? (await loadStamps())));

async function loadModeration() {
	const { Moderation } = await load("moderate");
	moderation ??= new Moderation(link, rights, view, {
		redraw,
		layout,
		chooseWho: () => chooseTool("who"),
	});
	return moderation;
}

/**
 * Draws some changed cells, or all cells.
 * @param {number[] | null} cells
 */
function show(cells) {
	if (!past?.isOpen) renderer.update(replica.shown, cells);
	shown.uncounted = true;
	if (cells) redrawCells();
	else redraw();
}

/** @param {Uint8Array} colours */
function showPast(colours = replica.shown) {
	byId("drawing").hidden = past?.isOpen ?? false;
	if (past?.isOpen) layers?.close();
	renderer.update(colours, null);
	redraw();
}

/** @param {NoAnswer} error */
function answerFailed({ refusal }) {
	notices.sayUnanswered(refusal);
}

// --- Tools

/**
 * @param {Tool} tool
 * @param {Cell} cell
 */
function look(tool, cell) {
	if (tool === "pick") {
		const template = tracing?.template;
		const wanted = template?.visible ? (template.wants(cell) ?? -1) : -1;
		const shared = together?.wants(cell) ?? -1;
		const over = past?.isOpen ? [] : [wanted, shared]; // the past has no layers
		chooseColour([...over, renderer.colours[placeOf(cell)]].find((colour) => colour >= 0) ?? 0);
		drawing.picked();
	} else if (tool === "who") {
		if (rights.mayModerate) return void attempt(async () => (await loadModeration()).inspect(cell));
		link.askAuthor(...cell).then(({ name, clientId, timeMs, isProven }) => {
			const named = name && (isProven ? `${name} ✓` : name);
			const painter = timeMs !== null && `${named || text("unnamed", { id: clientId })}, ${moment(timeMs)}`;
			notices.say(describe(cell, painter || text("nobody")));
		}, answerFailed);
	}
}

/**
 * Chooses a tool once it is loaded, unless another one was asked for meanwhile.
 * @param {Tool} tool
 */
async function chooseTool(tool) {
	controls.openMenu(false);
	shown.tool = tool;
	if (tool === "select" && !stamps) await loadStamps();
	if (shown.tool === tool) drawing.choose(tool);
}

/** Shows what is chosen, and what is about to be painted. */
function showDrawing() {
	controls.showDrawing(drawing, painting);
	stamps?.show();
	redraw();
}

/**
 * @param {string} key
 * @param {Record<string, unknown>} [values] numbers, and keys of texts
 */
function sayKey(key, values = {}) {
	const told = Object.entries(values).map(([name, value]) => [
		name,
		typeof value === "number" ? number(value) : text(String(value)),
	]);
	notices.say(text(key, Object.fromEntries(told)));
}

/** @param {number} index */
function chooseColour(index) {
	if (!controls.showColour(index)) return;
	painting.colour = index;
	manyColours?.note(index);
	redraw();
}

/** @param {Place} place on the board */
function leadTo(place) {
	view.goTo(place);
	hand.lead([place.column, place.row]);
	board.focus();
}

// --- Controls

async function save() {
	const scale = Math.max(1, Math.floor(SAVED_PIXELS / Math.max(replica.width, replica.height)));
	const picture = await (await load("png")).makePng(renderer.colours, replica, scale);
	URL.revokeObjectURL(shown.saved); // not of this one, which the browser has yet to read
	shown.saved = URL.createObjectURL(picture);
	create("a", { href: shown.saved, download: "board.png" }).click();
}

/** @type {Record<string, () => unknown>} */
const deeds = {
	undo: () => drawing.undo(),
	redo: () => drawing.redo(),
	confirm: () => drawing.confirm(),
	smaller: () => drawing.chooseSize(drawing.size - 1),
	larger: () => drawing.chooseSize(drawing.size + 1),
	grid() {
		shown.grid = !shown.grid;
		setAria(byId("grid"), "pressed", shown.grid);
		if (shown.grid && view.zoom < GRID_ZOOM) notices.say(text("gridLater"));
	},
	template: async () => {
		(await loadTracing()).toggle();
		together?.look();
	},
	done: () => tracing?.toggle(),
	remove: () => tracing?.remove(),
	history: async () => {
		notices.say("");
		const loaded = await loadPast();
		return loaded.isOpen ? loaded.close() : loaded.open();
	},
	layers: () => toggleLayer(),
	now: () => past?.close(),
	save,
	fullscreen: () =>
		document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen(),
	help: () => {
		notices.say("");
		byId("title").autofocus = true; // in HTML, foreign frames complain
		/** @type {HTMLDialogElement} */ (byId("helping")).showModal();
		Promise.all([load("keyboard"), load("stamp_bar")]).then(
			([{ drawKeyboard }, { BUTTONS }]) => drawKeyboard(bar("dl"), BUTTONS),
			() => {}, // offline: the list says the same
		);
	},
	sayCode: async () => (await loadAdmission()).open(),
	retry: () => link.connect(),
	in: () => view.zoomAt(Math.SQRT2, view.middle),
	out: () => view.zoomAt(Math.SQRT1_2, view.middle),
	fit: () => view.fit(),
	goto: async () => {
		const [{ GoTo }, minimap] = await Promise.all([load("goto"), load("minimap")]);
		goTo ??= new GoTo(replica, minimap, leadTo, redraw);
		return goTo.open();
	},
	copyLink: async () => {
		const { share } = await load("sharing");
		return share(location.origin + location.pathname + location.search + view.hash);
	},
};
for (const name of controls.TOOLS) {
	deeds[name] = () => {
		hand.hasChosen = true;
		const chosen = chooseTool(name);
		if (hand.cursor && name === "who") look(name, hand.cursor);
		return chosen;
	};
}
for (const [id, deed] of Object.entries(deeds)) {
	deeds[id] = () => {
		attempt(deed);
		viewMoved();
	};
}

if (!document.fullscreenEnabled) {
	delete deeds.fullscreen; // telephones of Apple
	byId("fullscreen").hidden = true;
}
translate(document);
const shortcuts = controls.connectButtons(deeds);
/** What only moderators do: no key of theirs does anything for others. */
const moderate = {
	/** @type {() => Promise<unknown>} */
	O: async () => (await loadModeration()).toggle(),
	C: async () => (await loadModeration()).freeze(),
};
for (const [key, deed] of Object.entries(moderate)) shortcuts[key] = () => void (rights.mayModerate && attempt(deed));
byId("moderate").onclick = shortcuts.O;
shortcuts.F1 = shortcuts["?"];
shortcuts.V = () => attempt(toggleMinimap);
shortcuts.N = () => together?.next();
shortcuts["/"] = () => manyColours?.search();
shortcuts["Ctrl+Shift+Z"] = shortcuts["Ctrl+Y"];
shortcuts.Escape = () => {
	controls.openMenu(false);
	drawing.cancel();
};
/** What is done with a selection or a stamp, by the keys of the window. */
const changes = /** @type {const} */ ({ "Shift+H": "mirrored", "Shift+V": "flipped", "Shift+T": "turned" });
for (const [key, how] of Object.entries(changes))
	shortcuts[key] = () => withStamps(({ selection }) => selection.change(how));
shortcuts.Delete = () => withStamps(({ selection }) => selection.erase());
for (const key of controls.LAYER_KEYS) shortcuts[key] = () => attempt(() => toggleLayer(key));
for (let digit = 1; digit <= 9; digit++) shortcuts[digit] = () => chooseColour(digit - 1);

listenToPointers(board, view, {
	press(point, event) {
		board.classList.remove("reached");
		controls.openMenu(false);
		if (moderation?.isDrawing) return moderation.drag(point);
		if (tracing?.isPlacing && tracing.template.file) return tracing.drag(point);
		return hand.press(point, event);
	},
	tap: (point, event) => hand.tap(point, event),
	hover: (point, event) => hand.hover(point, event),
	viewMoved,
});
if (!viewOnly) {
	listenToClipboard(document.body, {
		copy: (data) => withStamps((loaded) => loaded.copy(data)),
		cut: (data) => withStamps((loaded) => loaded.cut(data)),
		paste: (file) => withStamps((loaded) => loaded.paste(file)),
	});
	listenToKeys(board, shortcuts, {
		arrow: (step) => hand.arrow(step),
		press: (isEnter) => hand.key(isEnter),
		release: () => drawing.releaseKey(),
	});
	board.onfocus = () => {
		const isByKey = board.matches(":focus-visible");
		board.classList.toggle("reached", isByKey);
		if (replica.cells && isByKey) hand.arrow([0, 0]);
	};
	// A click on a control leaves the keys to the board: arrows would choose another colour, and Space press the button.
	for (const each of [bar("header"), byId("drawing"), byId("zoom")]) {
		each.onclick = ({ target, detail }) => {
			const isByPointer = detail > 0; // not the keys, which go on from the control
			if (isByPointer && /** @type {Element} */ (target).closest("button, label")) board.focus();
		};
	}
}
document.documentElement.classList.toggle("view-only", viewOnly);
// A finger moves the board until a tool is chosen, and the button has to say so.
chooseTool(viewOnly || matchMedia("(pointer: coarse)").matches ? "move" : "pencil");
// Not at once: what the observer changes may be observed.
const observer = new ResizeObserver(() => requestAnimationFrame(layout));
for (const element of [board, bar("footer"), ...["actions", "panel", "past", "band", "banner"].map(byId)])
	observer.observe(element);
window.onhashchange = () => {
	const told = takeProof();
	if (told) attempt(async () => (await loadAdmission()).tell(told));
	view.hash = location.hash;
	redraw();
};
setInterval(tick, TICK_MS);
if (joins) {
	const { Join } = await load("join");
	join = new Join(link, rights, () => identity?.key ?? "");
}
// A page that is put away may come back as it was. Meanwhile its connection would count as a person.
window.onpagehide = () => {
	link.leave(); // before keeping, so that an undo without an answer is kept as not done
	kept?.keep();
};
window.onpageshow = ({ persisted }) => persisted && link.connect();
window.ononline = () => link.check();
document.onvisibilitychange = () => {
	if (document.visibilityState === "visible") link.check();
};
if (proof || store?.getItem(`dcc.identity ${location.pathname}`)) (await loadIdentity()).take(proof);
try {
	if (!viewOnly && sessionStorage.length && (await loadKept()).resume()) {
		openBoard();
		show(null);
		layout();
	}
} catch {} // browsers that keep nothing
link.connect();
