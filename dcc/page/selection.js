// The selected part of the board, and the stamp that is placed before it is painted: with Enter or the button, or with a
// press beside the stamp. Loaded with the tool. dcc/window/drawing.py does the same.

import { cellsOf, holds, placeBetween } from "./shapes.js";
import { Stamp } from "./stamp.js";

/** @import { Place } from "./codec_people.js" */
/** @import { Drawing } from "./drawing.js" */
/** @import { Painting } from "./painting.js" */
/** @import { Replica } from "./replica.js" */
/** @import { Cell } from "./shapes.js" */
/** @import { Sketch } from "./sketch.js" */

/** The colour that a cut leaves. Servers do not tell the colour of the blank board, which is mostly this. */
const GROUND = 0;

/**
 * @typedef {object} Owner
 * @property {() => void} changed
 * @property {() => ArrayLike<number>} colours those that are shown: now, or of a moment in the past
 * @property {(key: string, values?: Record<string, unknown>) => void} say
 * @property {(stamp: Stamp) => HTMLCanvasElement} draw a pixel a cell
 * @property {() => Cell} middle the cell in the middle of what is seen
 */

export class Selection {
	/** @type {Place | null} the selected part */
	place = null;
	/** @type {Stamp | null} to be placed */
	stamp = null;
	/** @type {Stamp | null} what was copied */
	clipboard = null;

	/** @type {Cell} the corner of the stamp */
	#at = [0, 0];
	/** @type {Cell | null} of the stamp: the cell under the pointer, from the corner */
	#heldAt = null;
	/** @type {Place | null} where the stamp was */
	#lifted = null;
	/** @type {HTMLCanvasElement | null} the picture of the stamp, which is moved again and again */
	#canvas = null;
	/** @type {Cell | null} of the part that is being drawn */
	#start = null;
	/** @type {Cell | null} */
	#last = null;
	/** @type {Drawing} */
	#drawing;
	/** @type {Painting} */
	#painting;
	/** @type {Replica} */
	#replica;
	/** @type {Owner} */
	#owner;

	/**
	 * @param {Drawing} drawing
	 * @param {Painting} painting
	 * @param {Replica} replica
	 * @param {Owner} owner
	 */
	constructor(drawing, painting, replica, owner) {
		this.#drawing = drawing;
		this.#painting = painting;
		this.#replica = replica;
		this.#owner = owner;
	}

	// --- The pointer, and the keys in its place

	/** @param {Cell} cell */
	press(cell) {
		if (!this.stamp && this.place && holds(this.place, cell)) this.#lift();
		if (this.stamp) return this.#pressStamp(this.stamp, cell);
		this.place = null;
		this.#start = this.#last = cell;
		this.#owner.changed();
	}

	/**
	 * @param {Stamp} stamp
	 * @param {Cell} cell
	 */
	#pressStamp({ width, height }, cell) {
		const [column, row] = this.#at;
		if (holds({ column, row, width, height }, cell)) this.#heldAt = [cell[0] - column, cell[1] - row];
		else this.paint();
	}

	/** @param {Cell} cell */
	drag(cell) {
		if (this.stamp && this.#heldAt) this.#at = [cell[0] - this.#heldAt[0], cell[1] - this.#heldAt[1]];
		else if (this.#start) this.#last = cell;
		this.#owner.changed();
	}

	release() {
		const [start, last] = [this.#start, this.#last];
		this.interrupt();
		if (!start || !last) return;
		const isClick = start[0] === last[0] && start[1] === last[1]; // which selects nothing
		this.place = isClick ? null : placeBetween(start, last, this.#replica);
	}

	interrupt() {
		this.#heldAt = this.#start = this.#last = null;
	}

	/**
	 * Moves the stamp by cells.
	 * @param {Cell} step
	 */
	step([columns, rows]) {
		this.#at = [this.#at[0] + columns, this.#at[1] + rows];
		this.#owner.changed();
	}

	/** Leaves the part that is being drawn; otherwise the stamp, or the selection. */
	cancel() {
		if (this.#start) this.interrupt();
		else if (this.stamp) this.drop();
		else this.place = null;
	}

	/** Leaves the stamp. */
	drop() {
		this.stamp = this.#canvas = this.#lifted = null;
		this.interrupt();
	}

	forget() {
		this.drop();
		this.place = this.clipboard = null;
	}

	// --- What is done with the selection and the stamp

	/** Copies the stamp or the selection. */
	copy() {
		const copied = this.stamp ?? this.#selected();
		if (copied) this.clipboard = copied;
		return copied;
	}

	/** Copies the selection, and paints its place in the board's first colour. */
	cut() {
		if (!this.stamp && this.#drawing.rests("cut")) return null;
		const copied = this.copy();
		if (this.stamp) this.drop();
		else if (copied) this.erase();
		this.#owner.changed();
		return copied;
	}

	/** Paints the selection in the board's first colour. */
	erase() {
		if (!this.place || this.#drawing.isTooLarge(this.place) || this.#drawing.rests("erase")) return;
		this.#painting.begin();
		this.#painting.paint(cellsOf(this.place).map((cell) => [this.#placeOf(cell), GROUND]));
	}

	/**
	 * Has a stamp to be placed, in the middle of what is seen of the board.
	 * @param {Stamp | null} stamp
	 */
	paste(stamp = this.clipboard) {
		if (this.#drawing.rests("paste")) return;
		if (!stamp) return this.#owner.say("nothingToPaste");
		this.#drawing.choose("select");
		const [column, row] = this.#owner.middle();
		const { width, height } = this.#replica;
		/** @type {(middle: number, length: number, room: number) => number} */
		const within = (middle, length, room) =>
			Math.min(Math.max(middle - Math.floor(length / 2), 0), Math.max(room - length, 0));
		this.#hold(stamp, [within(column, stamp.width, width), within(row, stamp.height, height)], null);
	}

	/**
	 * Mirrors, flips or turns the stamp; a selection becomes a stamp first. The upper left corner stays.
	 * @param {"mirrored" | "flipped" | "turned"} how
	 */
	change(how) {
		if (!this.stamp) this.#lift();
		if (!this.stamp) return;
		this.stamp = this.stamp[how]();
		this.#canvas = null;
		this.#owner.changed();
	}

	/** @returns {Stamp | null} */
	#selected() {
		if (!this.place) this.#owner.say("selectFirst");
		if (!this.place || this.#drawing.isTooLarge(this.place)) return null;
		return Stamp.copy(this.#owner.colours(), this.#replica.width, this.place);
	}

	/** Makes a stamp of the selection. */
	#lift() {
		const selected = this.#selected();
		if (!selected || !this.place || this.#drawing.rests("moveAPart")) return;
		this.#hold(selected, [this.place.column, this.place.row], this.place);
	}

	/**
	 * @param {Stamp} stamp
	 * @param {Cell} at
	 * @param {Place | null} lifted
	 */
	#hold(stamp, at, lifted) {
		Object.assign(this, { stamp, place: null });
		this.#canvas = null;
		this.#at = at;
		this.#lifted = lifted;
		this.#owner.say("placeIt");
		this.#owner.changed();
	}

	/**
	 * Paints the stamp. A lifted part leaves the ground behind, except where it is put down. The stamp is painted first: if
	 * the connection is lost meanwhile, some of the part is there twice, and nothing is gone.
	 */
	paint() {
		const { stamp } = this;
		if (!stamp) return;
		/** @type {Map<number, number>} */
		const wanted = new Map();
		for (const [cell, colour] of stamp.pixels(this.#at, this.#replica)) wanted.set(this.#placeOf(cell), colour);
		for (const cell of this.#lifted ? cellsOf(this.#lifted) : []) {
			const place = this.#placeOf(cell);
			if (!wanted.has(place)) wanted.set(place, GROUND);
		}
		this.#painting.begin();
		if (this.#painting.paint([...wanted])) {
			const [column, row] = this.#at;
			const far = /** @type {Cell} */ ([column + stamp.width - 1, row + stamp.height - 1]);
			this.place = placeBetween(this.#at, far, this.#replica);
			this.drop();
		}
		this.#owner.changed();
	}

	/** @param {Cell} cell */
	#placeOf([column, row]) {
		return row * this.#replica.width + column;
	}

	/** @returns {Sketch} */
	get sketch() {
		if (this.stamp) {
			const [column, row] = this.#at;
			const place = { column, row, width: this.stamp.width, height: this.stamp.height };
			this.#canvas ??= this.#owner.draw(this.stamp);
			return { filled: this.#lifted, colour: GROUND, stamp: { canvas: this.#canvas, place }, frame: place };
		}
		if (!this.#start || !this.#last) return { frame: this.place };
		return { frame: placeBetween(this.#start, this.#last, this.#replica) };
	}
}
