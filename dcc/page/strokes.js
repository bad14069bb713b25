// Lines without gaps, and undo. dcc/client/line.py and dcc/client/strokes.py do the same.

import { STROKES_KEPT } from "./limits.js";

/** @import { Pixel } from "./codec.js" */

/** @typedef {[column: number, row: number]} Cell */

/**
 * The cells from one to another, both included, each the neighbour of the cell before (Bresenham). If the straight line
 * passes exactly between two cells, the cell further from the start is chosen, in every direction.
 * @param {Cell} start
 * @param {Cell} end
 */
export function cellsBetween([column, row], [toColumn, toRow]) {
	const [across, down] = [Math.abs(toColumn - column), -Math.abs(toRow - row)];
	/** @type {Cell[]} */
	const cells = [[column, row]];
	let error = across + down;
	while (column !== toColumn || row !== toRow) {
		const doubled = 2 * error;
		if (doubled >= down) {
			error += down;
			column += Math.sign(toColumn - column);
		}
		if (doubled <= across) {
			error += across;
			row += Math.sign(toRow - row);
		}
		cells.push([column, row]);
	}
	return cells;
}

export class Strokes {
	/** @type {Map<number, { before: number, after: number }>[]} each by cell */
	#strokes = [];
	#open = false;

	/**
	 * Adds a cell to the stroke that is being drawn; the first cell begins the stroke.
	 * @param {number} cell
	 * @param {number} before
	 * @param {number} after
	 */
	add(cell, before, after) {
		if (!this.#open) this.#strokes = [...this.#strokes, new Map()].slice(-STROKES_KEPT);
		this.#open = true;
		const stroke = this.#strokes[this.#strokes.length - 1];
		stroke.set(cell, { before: stroke.get(cell)?.before ?? before, after });
	}

	end() {
		this.#open = false;
	}

	/**
	 * Lists the pixels that undo the last stroke: cells still showing the stroke.
	 * @param {ArrayLike<number>} shown
	 * @param {number} most that may be undone at once; the last ones, and the others stay to be undone
	 * @returns {{ pixels: Pixel[], left: number }} with the number of the pixels that stay
	 */
	undo(shown, most = Number.POSITIVE_INFINITY) {
		this.end();
		const stroke = [...(this.#strokes.pop() ?? [])].filter(
			([cell, { before, after }]) => shown[cell] === after && before !== after,
		);
		const left = Math.max(0, stroke.length - most);
		if (left) this.#strokes.push(new Map(stroke.slice(0, left)));
		/** @type {Pixel[]} */
		const pixels = stroke.slice(left).map(([cell, { before }]) => [cell, before]);
		return { pixels, left };
	}

	clear() {
		this.#strokes = [];
		this.end();
	}
}
