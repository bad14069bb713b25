// The layer of how often each cell was painted, as the server counts it, and with what has come since. The steps and
// their colours are those of dcc/core/heat.py.

import { words } from "./colours.js";
import { create } from "./elements.js";
import { NoAnswer } from "./link.js";
import { sayUnanswered } from "./notices.js";
import { AGAIN_MS } from "./painters.js";
import { learn, number, text } from "./strings.js";

/** @import { Board, Changes } from "./codec.js" */
/** @import { HeatMap } from "./codec_layers.js" */
/** @import { Link } from "./link.js" */
/** @import { Pen } from "./renderer.js" */

learn({
	heat: ["Heat map", "Mapa de calor"],
	heatTitle: ["How often each cell was painted", "Cuántas veces se pintó cada celda"],
	heatSince: [
		"How often each cell was painted, by the latest {placements} pixels",
		"Cuántas veces se pintó cada celda, con los últimos {placements} píxeles",
	],
	heatMost: [
		"Most often: column {column}, row {row}, {times} times.",
		"La más pintada: columna {column}, fila {row}, {times} veces.",
	],
	heatOnce: ["No cell was painted more than once.", "Ninguna celda se pintó más de una vez."],
	never: ["never", "nunca"],
	counting: ["Counting…", "Contando…"],
});

const MOST = 255; // a byte a cell; stands for more too

/** Lowest count of each step. */
export const STEPS = [0, 1, 2, 4, 8, 16, 32, 64, 128];
export const COLOURS = [
	"#000004",
	"#4b0c6b",
	"#781c6d",
	"#a52c60",
	"#cf4446",
	"#ed6925",
	"#fb9a06",
	"#f7d03c",
	"#fcffa4",
];

/**
 * The index of the step of a count.
 * @param {number} times
 */
export const stepOf = (times) => Math.min(32 - Math.clz32(times), STEPS.length - 1);

export class Heat {
	title = text("heat");
	legend = create("div", {});
	/** @type {HTMLCanvasElement | null} a pixel a cell; only while the layer is shown */
	#overlay = null;
	/** @type {Uint8Array | null} nothing before the answer */
	#times = null;
	/** @type {Changes[] | null} that came since the question, while it is open */
	#early = null;
	#again = 0;
	#sequence = 0; // counted up to here
	#counted = 0; // placements, if not all of them
	#last = 0;
	#shown = 0; // questions; only the answer to the last one counts
	/** @type {Link} */
	#link;
	/** @type {() => void} */
	#redraw;
	/** @type {() => void} */
	#close;

	/**
	 * @param {Link} link
	 * @param {() => void} redraw
	 * @param {() => void} close shows no layer
	 */
	constructor(link, redraw, close) {
		this.#link = link;
		this.#close = close;
		this.#redraw = redraw;
	}

	/** @param {Changes} message */
	saw(message) {
		this.#early?.push(message);
		if (this.#times) this.#count(message);
	}

	/**
	 * Counts what the server has not counted.
	 * @param {Changes} message
	 */
	#count({ sequence, pixels: all }) {
		const context = this.#overlay?.getContext("2d");
		if (!context || !this.#times || sequence <= this.#sequence) return;
		const pixels = all.slice(-(sequence - this.#sequence));
		this.#sequence = sequence;
		const before = this.#last;
		for (const [cell] of pixels) {
			const times = Math.min(MOST, this.#times[cell] + 1);
			this.#times[cell] = times;
			if (times > this.#times[this.#last]) this.#last = cell;
			context.fillStyle = COLOURS[stepOf(times)];
			context.fillRect(cell % context.canvas.width, Math.floor(cell / context.canvas.width), 1, 1);
		}
		if (before !== this.#last || pixels.some(([cell]) => cell === before)) this.#tell();
		this.#redraw();
	}

	forget() {}

	/** @param {Board} board */
	show(board) {
		this.#overlay = null;
		this.#times = null;
		this.#shown++;
		this.legend.replaceChildren(create("p", { textContent: text("counting") }));
		return this.#ask(board);
	}

	/** @param {Board} board */
	async #ask(board) {
		const shown = this.#shown;
		const known = this.#link.replica.sequence;
		this.#early = [];
		try {
			/** @type {HeatMap} */
			const answer = await this.#link.ask({ comando: "calor" });
			if (shown !== this.#shown) return;
			this.#take(answer, board);
			// The answer to an earlier asker: what came until the question is missing.
			if (answer.sequence < known) this.#again = setTimeout(() => this.#ask(board), AGAIN_MS);
		} catch (error) {
			if (!(error instanceof NoAnswer)) throw error;
			if (shown !== this.#shown) return;
			this.#early = null;
			if (this.#times) return;
			sayUnanswered(error.refusal);
			this.#close();
		}
	}

	/**
	 * @param {HeatMap} answer
	 * @param {Board} board
	 */
	#take({ times, since, sequence }, { width, height }) {
		const overlay = create("canvas", { width, height });
		this.#overlay = overlay;
		this.#times = times;
		this.#sequence = sequence;
		this.#counted = since ? sequence - since : 0;
		this.#last = 0;
		const context = /** @type {CanvasRenderingContext2D} */ (overlay.getContext("2d"));
		const image = context.createImageData(width, height);
		const pixels = new Uint32Array(image.data.buffer);
		const colours = words(COLOURS.map((value) => ({ name: "", value })));
		for (let cell = 0; cell < times.length; cell++) {
			pixels[cell] = colours[stepOf(times[cell])];
			if (times[cell] > times[this.#last]) this.#last = cell;
		}
		context.putImageData(image, 0, 0);
		for (const message of this.#early ?? []) this.#count(message);
		this.#early = null;
		this.#tell();
		this.#redraw();
	}

	leave() {
		this.#shown++;
		clearTimeout(this.#again);
		this.#overlay = this.#times = this.#early = null;
	}

	#tell() {
		const [times, width] = [this.#times?.[this.#last] ?? 0, this.#overlay?.width ?? 1];
		const title = this.#counted ? text("heatSince", { placements: number(this.#counted) }) : text("heatTitle");
		const steps = create("ul", {});
		for (let step = 0; step <= stepOf(times); step++) {
			const item = create("li", { textContent: step ? range(step) : text("never") });
			const chip = create("canvas", { width: 1, height: 1 });
			const context = /** @type {CanvasRenderingContext2D} */ (chip.getContext("2d"));
			context.fillStyle = COLOURS[step];
			context.fillRect(0, 0, 1, 1);
			item.prepend(chip);
			steps.append(item);
		}
		const [column, row] = [this.#last % width, Math.floor(this.#last / width)];
		const shown = times === MOST ? `${number(MOST)}+` : number(times);
		const one = text(times ? "heatOnce" : "empty");
		const most = times > 1 ? text("heatMost", { column, row, times: shown }) : one;
		this.legend.replaceChildren(create("p", { textContent: title }), steps, create("p", { textContent: most }));
	}

	/** @param {Pen} pen */
	draw({ context, x, y, zoom }) {
		if (!this.#overlay || !this.#times) return;
		context.imageSmoothingEnabled = zoom < 1;
		context.drawImage(this.#overlay, x(0), y(0), this.#overlay.width * zoom, this.#overlay.height * zoom);
	}
}

/** @param {number} step */
function range(step) {
	const [least, next] = [STEPS[step], STEPS[step + 1]];
	if (!next) return `${number(least)}+`;
	return least === next - 1 ? number(least) : `${number(least)}–${number(next - 1)}`;
}
