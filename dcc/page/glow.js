// The layer of the latest changes: everything else is veiled, and the veil comes back as a change gets older.

import { create } from "./elements.js";
import { GLOW_MS, Recent } from "./recent.js";
import { learn, number, text } from "./strings.js";

/** @import { Board, Changes } from "./codec.js" */
/** @import { Pen } from "./renderer.js" */

learn({
	glow: ["Latest changes", "Cambios recientes"],
	glowingOne: ["1 cell changed in the last 5 minutes.", "1 celda cambió en los últimos 5 minutos."],
	glowing: [
		"{cells} cells changed in the last 5 minutes. The newest are brightest.",
		"{cells} celdas cambiaron en los últimos 5 minutos. Las más nuevas brillan más.",
	],
	glowingNone: ["No changes so far. They glow as they come.", "Sin cambios hasta ahora. Brillarán al llegar."],
});

const VEIL = 0xd0808080; // as bytes of an image: grey, and a fifth of the board's own colours
const STEPS = 16; // of the veil's coming back
const TICK_MS = 1000;
const RING_MS = 2000; // around a change that has just come
const RINGS = 500; // with more, rings would tell nothing

export class Glow {
	title = text("glow");
	legend = create("p", {});
	#recent = new Recent();
	/** @type {HTMLCanvasElement | null} a pixel a cell; only while the layer is shown */
	#veil = null;
	#image = new ImageData(1, 1);
	#pixels = new Uint32Array(1); // the memory of the image
	#width = 1;
	#timer = 0;
	#isCalm = matchMedia("(prefers-reduced-motion: reduce)");
	/** @type {() => void} */
	#redraw;

	/** @param {() => void} redraw */
	constructor(redraw) {
		this.#redraw = redraw;
	}

	/** @param {Changes} message */
	saw({ pixels }) {
		const cells = pixels.map(([cell]) => cell);
		this.#recent.add(cells, performance.now());
		if (!this.#veil || !cells.length) return;
		// The whole veil once a second; until then these cells alone, whose rows are put on it.
		let [first, last] = [cells[0], cells[0]];
		for (const cell of cells) {
			this.#pixels[cell] = veilAt(0);
			first = Math.min(first, cell);
			last = Math.max(last, cell);
		}
		this.#put(Math.floor(first / this.#width), Math.floor(last / this.#width));
	}

	/** The board was replaced. */
	forget() {
		this.#recent.clear();
	}

	/** @param {Board} board */
	show({ width, height }) {
		this.#veil = create("canvas", { width, height });
		this.#image = new ImageData(width, height);
		this.#pixels = new Uint32Array(this.#image.data.buffer);
		this.#width = width;
		this.#timer = setInterval(() => this.#paint(), TICK_MS);
		this.#paint();
	}

	leave() {
		clearInterval(this.#timer);
		this.#veil = null;
		this.#image = new ImageData(1, 1);
		this.#pixels = new Uint32Array(1);
	}

	#paint() {
		const now = performance.now();
		const pixels = this.#pixels.fill(VEIL);
		const cells = new Set();
		for (const seen of this.#recent.glowing(now)) {
			const veil = veilAt((now - seen.at) / GLOW_MS);
			for (const cell of seen.cells) {
				pixels[cell] = veil;
				cells.add(cell);
			}
		}
		this.#put(0, this.#image.height - 1);
		const key = ["glowingNone", "glowingOne"][cells.size] ?? "glowing";
		const words = text(key, { cells: number(cells.size) });
		if (this.legend.textContent !== words) this.legend.textContent = words;
	}

	/**
	 * Puts changed rows on the veil.
	 * @param {number} first
	 * @param {number} last
	 */
	#put(first, last) {
		const context = this.#veil?.getContext("2d");
		context?.putImageData(this.#image, 0, 0, 0, first, this.#width, last - first + 1);
		this.#redraw();
	}

	/** @param {Pen} pen */
	draw({ context, x, y, zoom, scale }) {
		const veil = this.#veil;
		if (!veil) return;
		context.imageSmoothingEnabled = false;
		context.drawImage(veil, x(0), y(0), veil.width * zoom, veil.height * zoom);
		if (this.#isCalm.matches) return;
		const now = performance.now();
		const fresh = this.#recent.glowing(now).filter(({ at }) => now - at < RING_MS);
		let rings = 0;
		context.strokeStyle = "#ffb000";
		for (const { at, cells } of fresh.reverse()) {
			const age = (now - at) / RING_MS;
			context.globalAlpha = 1 - age;
			context.lineWidth = 2 * scale;
			const out = (2 + 6 * age) * scale;
			for (const cell of cells.subarray(0, RINGS - rings)) {
				const [column, row] = [cell % this.#width, Math.floor(cell / this.#width)];
				context.strokeRect(x(column) - out, y(row) - out, zoom + 2 * out, zoom + 2 * out);
			}
			rings += cells.length;
			if (rings >= RINGS) break;
		}
		context.globalAlpha = 1;
		if (fresh.length) this.#redraw();
	}
}

/**
 * The veil over a change of some age.
 * @param {number} age from 0, just now, to 1
 */
function veilAt(age) {
	const step = Math.floor(age * STEPS) / STEPS;
	return ((Math.round((VEIL >>> 24) * step) << 24) | (VEIL & 0xffffff)) >>> 0;
}
