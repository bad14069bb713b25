// Painting: strokes, undo, and the times at which the server takes no paint.

import { cellsBetween, Strokes } from "./strokes.js";

/** @import { News, Pixel } from "./codec.js" */
/** @import { Link } from "./link.js" */
/** @import { Cell } from "./strokes.js" */
/** @import { Point, View } from "./view.js" */

/**
 * @typedef {object} Owner
 * @property {() => boolean} isPast whether the past is shown
 * @property {(cells: number[]) => void} show after a change of cells
 * @property {(left: number) => void} partlyUndone as far as the cooldown lets: so many pixels of the stroke are left
 * @property {(key: "nothing" | "away" | "past" | "early") => void} refuse says why nothing was painted
 */

export class Painting {
	/** An index into the palette. */
	colour = 1;
	/** Whether the server takes one pixel at a time, with a pause after each. */
	hasCooldown = false;
	/** When paints are taken again, in the milliseconds of `now`. */
	waitUntil = 0;

	#strokes = new Strokes();
	/** @type {Link} */
	#link;
	/** @type {View} */
	#view;
	/** @type {Owner} */
	#owner;
	/** @type {() => number} */
	#now;

	/**
	 * @param {Link} link
	 * @param {View} view
	 * @param {Owner} owner
	 * @param {() => number} now
	 */
	constructor(link, view, owner, now) {
		this.#link = link;
		this.#view = view;
		this.#owner = owner;
		this.#now = now;
	}

	get rests() {
		return this.#now() < this.waitUntil;
	}

	/**
	 * Takes from a message how long to wait.
	 * @param {News} message
	 */
	apply(message) {
		if (message.kind === "cooldown") {
			this.hasCooldown = true;
			this.waitUntil = this.#now() + message.waitMs;
		} else if (message.kind === "rejected" && message.retryMs !== null) {
			this.waitUntil = this.#now() + message.retryMs;
		}
	}

	/** The connection is gone, and the cooldown with it. */
	disconnected() {
		this.hasCooldown = false;
		this.waitUntil = 0;
	}

	/** The board was replaced: no stroke can be undone. */
	forget() {
		this.#strokes.clear();
	}

	#refuses() {
		const why = this.#link.state !== "online" ? "away" : this.#owner.isPast() ? "past" : this.rests ? "early" : null;
		if (why) this.#owner.refuse(why);
		return why !== null;
	}

	/** @param {Cell[]} cells */
	paint(cells) {
		if (this.#refuses()) return;
		const { replica } = this.#link;
		/** @type {Pixel[]} */
		const pixels = [];
		for (const cell of cells) {
			const place = cell[1] * replica.width + cell[0];
			const before = replica.shown[place];
			if (!this.#view.holds(cell) || before === this.colour) continue;
			this.#strokes.add(place, before, this.colour);
			pixels.push([place, this.colour]);
		}
		this.#owner.show(this.#link.paint(pixels));
	}

	/** @param {Cell} cell */
	paintOne(cell) {
		this.paint([cell]);
		this.#strokes.end();
	}

	/**
	 * Begins a stroke with a pointer.
	 * @param {Point} point
	 */
	stroke(point) {
		let last = this.#view.cellAt(point);
		this.paint([last]);
		return {
			/** @param {Point[]} points */
			move: (points) => {
				for (const at of points) {
					const next = this.#view.cellAt(at);
					this.paint(cellsBetween(last, next));
					last = next;
				}
			},
			end: () => this.#strokes.end(),
		};
	}

	undo() {
		if (this.#refuses()) return;
		// A stroke of many pixels is older than the cooldown, which lets one pixel through.
		const most = this.hasCooldown ? 1 : undefined;
		const { pixels, left } = this.#strokes.undo(this.#link.replica.shown, most);
		if (left) this.#owner.partlyUndone(left);
		if (!pixels.length) this.#owner.refuse("nothing");
		this.#owner.show(this.#link.paint(pixels));
	}
}
