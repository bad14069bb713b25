// The whole board in a corner, with a frame around what is seen: loaded as soon as the board is larger than the view.

import { byId, create, loadStyle, setAria } from "./elements.js";
import { learn, text } from "./strings.js";
import { clamp } from "./view.js";

/** @import { View } from "./view.js" */

learn({
	minimapKeys: ["Minimap: arrows move the view", "Minimapa: las flechas mueven la vista"],
	hideMinimap: ["Hide the minimap", "Ocultar el minimapa"],
	showMinimap: ["Show the minimap", "Mostrar el minimapa"],
});

const SIDE = 160; // CSS pixels of the longer side
const SMALL_SIDE = 104; // on a telephone
const LEAST_FRAME = 6; // CSS pixels: to be found
const PLACE = "dcc.minimap"; // in the browser's store
const ROOM = 2; // the free part of the screen is so many times as high and as wide: a smaller one is left to the board
const STEP = 0.5; // of the view, for an arrow key

const isSmall = matchMedia("(max-width: 860px), (max-height: 500px)");

/** @type {boolean | null} what the user has chosen; without a choice telephones leave the room to the board */
let chosen = null;
try {
	const kept = localStorage.getItem(PLACE);
	chosen = kept && JSON.parse(kept);
} catch {} // browsers that keep nothing

export const isWanted = () => chosen ?? !isSmall.matches;

/** @param {boolean} isShown */
export function want(isShown) {
	chosen = isShown;
	try {
		localStorage.setItem(PLACE, String(isShown));
	} catch {}
}

/** @type {Record<string, [right: number, down: number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Minimap {
	#box = create("div", { id: "minimap", hidden: true });
	#canvas = create("canvas", { id: "map", tabIndex: 0 });
	/** @type {View} */
	#view;
	/** @type {HTMLCanvasElement} */
	#picture;
	/** @type {() => void} */
	#moved;

	/**
	 * @param {View} view
	 * @param {HTMLCanvasElement} picture of the board, a pixel a cell
	 * @param {() => void} moved after a move of the view
	 */
	constructor(view, picture, moved) {
		this.#view = view;
		this.#picture = picture;
		this.#moved = moved;
		const hide = create("button", { id: "hideMinimap", type: "button", title: `${text("hideMinimap")} (V)` });
		hide.innerHTML = '<svg viewBox="0 0 24 24"><path d="M6 6l12 12M18 6L6 18"/></svg>';
		setAria(hide, "label", text("hideMinimap"));
		hide.onclick = () => {
			want(false);
			byId("board").focus({ preventScroll: true });
			moved();
		};
		this.#canvas.setAttribute("role", "application");
		setAria(this.#canvas, "label", text("minimapKeys"));
		this.#listen();
		this.#box.append(this.#canvas, hide);
		loadStyle("where.css").then(() => byId("zoom").append(this.#box), undefined);
	}

	#listen() {
		const canvas = this.#canvas;
		canvas.onpointerdown = (event) => {
			if (event.button) return;
			canvas.setPointerCapture(event.pointerId);
			this.#lead(event);
		};
		canvas.onpointermove = (event) => {
			if (canvas.hasPointerCapture(event.pointerId)) this.#lead(event);
		};
		canvas.onkeydown = (event) => {
			const step = ARROWS[event.key];
			if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
			event.preventDefault();
			const [, , width, height] = this.#view.seen;
			this.#view.centre(this.#view.x + step[0] * width * STEP, this.#view.y + step[1] * height * STEP);
			this.#moved();
		};
	}

	/**
	 * Brings the part of the board under the pointer into the middle.
	 * @param {PointerEvent} event
	 */
	#lead({ offsetX, offsetY }) {
		const cells = this.#picture.width / this.#canvas.clientWidth;
		this.#view.centre(offsetX * cells, offsetY * cells);
		this.#moved();
	}

	/** Draws the map, in a frame of the page's own drawing. */
	draw() {
		const { width, height } = this.#picture;
		const scale = (isSmall.matches ? SMALL_SIDE : SIDE) / Math.max(width, height);
		const [across, down] = [width, height].map((cells) => Math.max(24, Math.round(cells * scale)));
		const { seen, zoom, showsAll } = this.#view;
		const hasRoom = seen[2] * zoom >= ROOM * across && seen[3] * zoom >= ROOM * down;
		this.#box.hidden = showsAll || !hasRoom || !isWanted();
		if (this.#box.hidden) return;
		const canvas = this.#canvas;
		const ratio = devicePixelRatio;
		Object.assign(canvas.style, { width: `${across}px`, height: `${down}px` });
		Object.assign(canvas, { width: Math.round(across * ratio), height: Math.round(down * ratio) });
		const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
		context.scale(ratio, ratio);
		context.imageSmoothingEnabled = width > canvas.width;
		context.drawImage(this.#picture, 0, 0, across, down);
		const [left, top, columns, rows] = seen;
		/** @type {(from: number, length: number, cells: number, side: number) => [number, number]} */
		const part = (from, length, cells, side) => {
			const start = clamp((from * side) / cells, 0, side - LEAST_FRAME);
			return [start, clamp(((from + length) * side) / cells, start + LEAST_FRAME, side) - start];
		};
		const [x, wide] = part(left, columns, width, across);
		const [y, tall] = part(top, rows, height, down);
		for (const [style, line] of /** @type {[string, number][]} */ ([
			["#fff", 4],
			["#000", 2],
		])) {
			context.strokeStyle = style;
			context.lineWidth = line;
			context.strokeRect(x + 1, y + 1, wide - 2, tall - 2);
		}
	}
}
