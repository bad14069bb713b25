// At the cell under the pointer: the colour that a press would paint, as a frame that leaves the cell's own colour to be
// seen; or how long to wait for it.

/** @import { Painting } from "./painting.js" */
/** @import { Pen } from "./renderer.js" */
/** @import { Replica } from "./replica.js" */

const LEAST_RADIUS = 11; // CSS pixels of the ring, which is seen around the smallest cells
const RING = 3; // CSS pixels

/** Tools that paint nothing. */
const LOOKS = ["move", "pick", "who", "select"];

export class Aim {
	/** @type {Painting} */
	#painting;
	/** @type {Replica} */
	#replica;

	/**
	 * @param {Painting} painting
	 * @param {Replica} replica
	 */
	constructor(painting, replica) {
		this.#painting = painting;
		this.#replica = replica;
	}

	/** @param {Pen} pen */
	draw({ context, x, y, zoom, scale, cell }) {
		if (!cell || LOOKS.includes(document.body.dataset.tool ?? "")) return;
		const [column, row] = cell;
		const [left, top] = [Math.round(x(column)), Math.round(y(row))];
		if (!this.#painting.rests) {
			const line = Math.max(Math.round(zoom / 4), 2 * scale);
			context.strokeStyle = this.#replica.palette[this.#painting.colour].value;
			context.lineWidth = line;
			context.strokeRect(left + line / 2, top + line / 2, zoom - line, zoom - line);
			return;
		}
		const radius = Math.max(zoom, LEAST_RADIUS * scale);
		for (const [style, width, part] of /** @type {[string, number, number][]} */ ([
			["#000c", RING + 2, 1],
			["#fff6", RING, 1],
			["#fff", RING, this.#painting.part],
		])) {
			context.beginPath();
			context.arc(left + zoom / 2, top + zoom / 2, radius, -Math.PI / 2, (part * 2 - 0.5) * Math.PI);
			context.strokeStyle = style;
			context.lineWidth = width * scale;
			context.stroke();
		}
	}
}
