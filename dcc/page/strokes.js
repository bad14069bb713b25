// Undo and redo. dcc/client/strokes.py does the same.

import { STROKES_KEPT } from "./limits.js";

/** @import { Pixel } from "./codec.js" */

/** @typedef {Map<number, [before: number, after: number]>} Stroke by cell */
/** @typedef {[cell: number, colours: [before: number, after: number]][][][]} KeptStrokes done, and undone */

export class Strokes {
	/** @type {Stroke[]} */
	#done = [];
	/** @type {Stroke[]} */
	#undone = [];
	#open = false;

	/**
	 * Adds a cell to the stroke that is being drawn; the first cell begins the stroke.
	 * @param {number} cell
	 * @param {number} before
	 * @param {number} after
	 */
	add(cell, before, after) {
		if (!this.#open) this.#done = [...this.#done, new Map()].slice(-STROKES_KEPT);
		this.#open = true;
		this.#undone = [];
		const stroke = this.#done[this.#done.length - 1];
		stroke.set(cell, [stroke.get(cell)?.[0] ?? before, after]);
	}

	end() {
		this.#open = false;
	}

	/**
	 * Takes cells out of all strokes: another painter has painted them.
	 * @param {Iterable<number>} cells
	 */
	lose(cells) {
		const lost = new Set(cells);
		for (const stroke of [...this.#done, ...this.#undone]) {
			const [few, many] = stroke.size < lost.size ? [stroke, lost] : [lost, stroke];
			for (const cell of few.keys()) if (many.has(cell)) stroke.delete(cell);
		}
	}

	/**
	 * Lists the pixels that undo the last stroke of which something is still seen.
	 * @param {ArrayLike<number>} shown
	 * @param {number} most that may be undone at once; the last ones, and the others stay to be undone
	 * @returns {{ pixels: Pixel[], left: number }} with the number of the pixels that stay
	 */
	undo(shown, most = Number.POSITIVE_INFINITY) {
		return this.#go(this.#done, this.#undone, shown, most, 1);
	}

	/**
	 * Does again what was undone last, like `undo`.
	 * @param {ArrayLike<number>} shown
	 * @param {number} most
	 * @returns {{ pixels: Pixel[], left: number }}
	 */
	redo(shown, most = Number.POSITIVE_INFINITY) {
		return this.#go(this.#undone, this.#done, shown, most, 0);
	}

	/**
	 * @param {Stroke[]} from
	 * @param {Stroke[]} to
	 * @param {ArrayLike<number>} shown
	 * @param {number} most
	 * @param {0 | 1} side which colour of a cell is to be on the board
	 * @returns {{ pixels: Pixel[], left: number }}
	 */
	#go(from, to, shown, most, side) {
		this.end();
		while (from.length) {
			const still = [...(from.pop() ?? [])].filter(
				([cell, colours]) => shown[cell] === colours[side] && colours[0] !== colours[1],
			);
			if (!still.length) continue;
			const left = Math.max(0, still.length - most);
			if (left) from.push(new Map(still.slice(0, left)));
			const taken = still.slice(left);
			to.push(new Map(taken));
			return { pixels: taken.map(([cell, colours]) => [cell, colours[1 - side]]), left };
		}
		return { pixels: [], left: 0 };
	}

	/** @returns {KeptStrokes} all strokes, as JSON can keep them */
	get kept() {
		return [this.#done, this.#undone].map((strokes) => strokes.map((stroke) => [...stroke]));
	}

	set kept([done, undone]) {
		this.#done = done.map((stroke) => new Map(stroke));
		this.#undone = undone.map((stroke) => new Map(stroke));
		this.end();
	}

	clear() {
		this.#done = [];
		this.#undone = [];
		this.end();
	}
}
