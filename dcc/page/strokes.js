// Undo and redo. dcc/client/strokes.py does the same. Cells whose undo or redo the server refuses move back.

import { STROKES_KEPT } from "./limits.js";

/** @import { Pixel } from "./codec.js" */

/** @typedef {Map<number, [before: number, after: number]>} Cells the colours by cell */
/** @typedef {{ order: number, cells: Cells }} Stroke or a part of one; a later stroke has a higher order */
/** @typedef {[cell: number, colours: [before: number, after: number]][][][]} KeptStrokes done, and undone */
/**
 * What is to be painted, how many pixels stay for the next step, and because they may not be painted now; `failed` takes
 * back what was not painted.
 * @typedef {{ pixels: Pixel[], left: number, forbidden: number, failed: (pixels: Pixel[]) => void }} Step
 */

export class Strokes {
	/** @type {Stroke[]} */
	#done = [];
	/** @type {Stroke[]} */
	#undone = [];
	/** @type {Stroke[]} moved by an undo or a redo that the server may not have answered */
	#moved = [];
	#last = 0; // the order of the last stroke
	#open = false;

	/**
	 * Adds a cell to the stroke that is being drawn; the first cell begins the stroke.
	 * @param {number} cell
	 * @param {number} before
	 * @param {number} after
	 */
	add(cell, before, after) {
		if (!this.#open) {
			this.#done = [...this.#done, { order: ++this.#last, cells: new Map() }].slice(-STROKES_KEPT);
			this.#undone = [];
		}
		this.#open = true;
		const { cells } = this.#done[this.#done.length - 1];
		cells.set(cell, [cells.get(cell)?.[0] ?? before, after]);
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
		for (const { cells } of [...this.#done, ...this.#undone, ...this.#moved]) {
			const [few, many] = cells.size < lost.size ? [cells, lost] : [lost, cells];
			for (const cell of few.keys()) if (many.has(cell)) cells.delete(cell);
		}
	}

	/**
	 * Lists the pixels that undo the last stroke of which something is still seen and may be painted.
	 * @param {ArrayLike<number>} shown
	 * @param {number} most that may be undone at once; the last ones, and the others stay to be undone
	 * @param {(cell: number) => boolean} allows whether a cell may be painted now; otherwise the cell stays to be undone
	 */
	undo(shown, most = Number.POSITIVE_INFINITY, allows = () => true) {
		return this.#go(1, shown, most, allows);
	}

	/**
	 * Does again what was undone last, like `undo`.
	 * @param {ArrayLike<number>} shown
	 * @param {number} most
	 * @param {(cell: number) => boolean} allows
	 */
	redo(shown, most = Number.POSITIVE_INFINITY, allows = () => true) {
		return this.#go(0, shown, most, allows);
	}

	/**
	 * @param {0 | 1} side which colour of a cell is to be on the board: 1 to undo, 0 to do again
	 * @param {ArrayLike<number>} shown
	 * @param {number} most
	 * @param {(cell: number) => boolean} allows
	 * @returns {Step}
	 */
	#go(side, shown, most, allows) {
		this.end();
		const from = side ? this.#done : this.#undone;
		let forbidden = 0;
		for (let place = from.length - 1; place >= 0; place--) {
			const { order, cells } = from[place];
			/** @type {[cell: number, colours: [number, number]][]} */
			const still = [];
			/** @type {Cells} */
			const rest = new Map();
			for (const [cell, colours] of cells) {
				const seen = shown[cell] === colours[side] && colours[0] !== colours[1];
				if (!allows(cell)) {
					rest.set(cell, colours);
					if (seen) forbidden++;
				} else if (seen) still.push([cell, colours]);
			}
			const left = Math.max(0, still.length - most);
			for (const [cell, colours] of still.slice(0, left)) rest.set(cell, colours);
			from[place].cells = rest;
			if (!rest.size) from.splice(place, 1);
			if (!still.length) continue;
			const moved = { order, cells: new Map(still.slice(left)) };
			this.#put({ order, cells: new Map(moved.cells) }, side);
			this.#moved.push(moved);
			const last = this.#last;
			return {
				pixels: [...moved.cells].map(([cell, colours]) => [cell, colours[1 - side]]),
				left,
				forbidden,
				failed: (pixels) => {
					if (side || last === this.#last) this.#moveBack(moved, side, pixels); // a new stroke ends redo
				},
			};
		}
		return { pixels: [], left: 0, forbidden, failed() {} };
	}

	/**
	 * Puts a stroke into its place: the last stroke is undone first, and the first undone stroke is done again first.
	 * @param {Stroke} stroke
	 * @param {0 | 1} side 1 among the undone strokes
	 */
	#put(stroke, side) {
		const strokes = side ? this.#undone : this.#done;
		let place = strokes.length;
		while (place && (side ? -1 : 1) * (strokes[place - 1].order - stroke.order) > 0) place--;
		strokes.splice(place, 0, stroke);
	}

	/**
	 * Moves cells back, but for those that another step has moved back by itself.
	 * @param {Stroke} moved
	 * @param {0 | 1} side
	 * @param {Pixel[]} pixels
	 */
	#moveBack(moved, side, pixels) {
		const { order, cells } = moved;
		const [here, there] = side ? [this.#undone, this.#done] : [this.#done, this.#undone];
		const parts = here.filter((other) => other.order === order);
		const later = this.#moved.slice(this.#moved.indexOf(moved) + 1).filter((other) => other.order === order);
		const known = there.find((other) => other.order === order);
		const stroke = known ?? { order, cells: new Map() };
		for (const [cell] of pixels) {
			const colours = cells.get(cell);
			if (!colours) continue;
			cells.delete(cell);
			const back = later.find((other) => other.cells.has(cell));
			if (back) back.cells.delete(cell);
			else {
				for (const part of parts) part.cells.delete(cell);
				stroke.cells.set(cell, colours);
			}
		}
		if (!known && stroke.cells.size) this.#put(stroke, side ? 0 : 1);
	}

	/** The server has answered everything: nothing moves back any more. */
	settle() {
		this.#moved = [];
	}

	/** @returns {KeptStrokes} all strokes, as JSON can keep them */
	get kept() {
		return [this.#done, this.#undone].map((strokes) => strokes.map(({ cells }) => [...cells]));
	}

	set kept([done, undone]) {
		this.clear();
		this.#done = done.map((stroke) => ({ order: ++this.#last, cells: new Map(stroke) }));
		this.#undone = [...undone].reverse().map((stroke) => ({ order: ++this.#last, cells: new Map(stroke) }));
		this.#undone.reverse();
	}

	clear() {
		for (const { cells } of this.#moved) cells.clear();
		this.#done = [];
		this.#undone = [];
		this.#moved = [];
		this.end();
	}
}
