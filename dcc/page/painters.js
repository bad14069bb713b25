// The layer of who painted each cell last, in colours by painter. The colours are those of dcc/core/painted_by.py.

import { words } from "./colours.js";
import { create } from "./elements.js";
import { NoAnswer } from "./link.js";
import { sayUnanswered } from "./notices.js";
import { learn, number, text } from "./strings.js";

/** @import { Board } from "./codec.js" */
/** @import { PaintersMap } from "./codec_layers.js" */
/** @import { Link } from "./link.js" */
/** @import { Pen } from "./renderer.js" */

learn({
	painters: ["Painters", "Pintores"],
	paintersTitle: ["Who painted each cell last, and how many", "Quién pintó cada celda por último, y cuántas"],
	paintersSince: [
		"Who painted each cell last, and how many, of the latest {placements} pixels",
		"Quién pintó cada celda por último, y cuántas, de los últimos {placements} píxeles",
	],
	otherPainters: ["others", "otros"],
});

export const AGAIN_MS = 5000; // between two questions while people paint: changes do not name their painters

/** Of the painters with most cells; then of all others. */
export const COLOURS = [
	"#e69f00",
	"#56b4e9",
	"#009e73",
	"#f0e442",
	"#0072b2",
	"#d55e00",
	"#cc79a7",
	"#999933",
	"#882255",
	"#44aa99",
	"#332288",
	"#88ccee",
];
export const OTHERS = "#9a9a9a";
export const NOBODY = "#26282c";

export class Painters {
	title = text("painters");
	legend = create("div", {});
	/** @type {HTMLCanvasElement | null} a pixel a cell; only while the layer is shown */
	#overlay = null;
	#timer = 0;
	#sequence = -1; // of the answer
	#shown = 0; // times; an answer to an earlier time is no longer wanted
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
		this.#redraw = redraw;
		this.#close = close;
	}

	saw() {}

	forget() {}

	/** @param {Board} board */
	show(board) {
		this.#shown++;
		this.#sequence = -1;
		this.legend.replaceChildren(create("p", { textContent: text("counting") }));
		return this.#ask(board);
	}

	/** @param {Board} board */
	async #ask(board) {
		const shown = this.#shown;
		try {
			const { state, replica } = this.#link;
			if (this.#sequence < 0 || (state === "online" && replica.sequence !== this.#sequence)) {
				const answer = await this.#link.ask({ comando: "pintores" });
				if (shown === this.#shown) this.#take(answer, board);
			}
		} catch (error) {
			if (!(error instanceof NoAnswer)) throw error;
			if (shown === this.#shown && this.#sequence < 0) {
				sayUnanswered(error.refusal);
				this.#close();
			}
		}
		if (shown === this.#shown) this.#timer = setTimeout(() => this.#ask(board), AGAIN_MS);
	}

	/**
	 * @param {PaintersMap} answer
	 * @param {Board} board
	 */
	#take({ sequence, since, painters, numbers }, { width, height }) {
		this.#sequence = sequence;
		const overlay = create("canvas", { width, height });
		const context = /** @type {CanvasRenderingContext2D} */ (overlay.getContext("2d"));
		const image = context.createImageData(width, height);
		const pixels = new Uint32Array(image.data.buffer);
		const colours = words([NOBODY, ...COLOURS, OTHERS].map((value) => ({ name: "", value })));
		const counts = new Uint32Array(colours.length);
		const last = colours.length - 1;
		for (let cell = 0; cell < numbers.length; cell++) {
			const index = Math.min(numbers[cell], last);
			pixels[cell] = colours[index];
			counts[index]++;
		}
		context.putImageData(image, 0, 0);
		this.#overlay = overlay;
		const named = painters.slice(0, COLOURS.length).map(({ name, clientId, isProven }, n) => {
			const shown = name ? `${name}${isProven ? " ✓" : ""}` : text("unnamed", { id: clientId });
			return entry(COLOURS[n], shown, counts[n + 1]);
		});
		if (counts[last]) named.push(entry(OTHERS, text("otherPainters"), counts[last]));
		const title = text(since ? "paintersSince" : "paintersTitle", { placements: number(sequence - since) });
		const list = create("ul", {});
		list.append(...named);
		const line = named.length ? title : text("empty");
		this.legend.replaceChildren(create("p", { textContent: line }), list);
		this.#redraw();
	}

	leave() {
		this.#shown++;
		clearTimeout(this.#timer);
		this.#overlay = null;
	}

	/** @param {Pen} pen */
	draw({ context, x, y, zoom }) {
		if (!this.#overlay) return;
		context.imageSmoothingEnabled = zoom < 1;
		context.drawImage(this.#overlay, x(0), y(0), this.#overlay.width * zoom, this.#overlay.height * zoom);
	}
}

/**
 * A line of the legend.
 * @param {string} colour
 * @param {string} name
 * @param {number} cells
 */
function entry(colour, name, cells) {
	const item = create("li", {});
	const chip = create("canvas", { width: 1, height: 1 });
	const context = /** @type {CanvasRenderingContext2D} */ (chip.getContext("2d"));
	context.fillStyle = colour;
	context.fillRect(0, 0, 1, 1);
	item.append(chip, create("bdi", { textContent: name }), " ", create("small", { textContent: number(cells) }));
	return item;
}
