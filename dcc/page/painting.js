// Painting: strokes, undo and redo, and the times at which the server takes no paint.

import { cellsBetween, Strokes } from "./strokes.js";

/** @import { Cooldown, News, Pixel, Refusal } from "./codec.js" */
/** @import { Link } from "./link.js" */
/** @import { Cell } from "./strokes.js" */
/** @import { Point, View } from "./view.js" */

/**
 * @typedef {object} Owner
 * @property {() => boolean} isPast whether the past is shown
 * @property {(cells: number[]) => void} show after a change of cells
 * @property {(left: number) => void} partlyUndone as far as the cooldown lets: so many pixels of the stroke are left
 * @property {(cell: Cell) => Refusal | null} forbids why a cell may not be painted
 * @property {(why: Refusal) => void} forbidden says why some cells were left out
 * @property {(key: "nothing" | "nothingMore" | "away" | "past" | "early") => void} refuse says why nothing was painted
 */

export class Painting {
	/** An index into the palette. */
	colour = 1;
	/** @type {(Cooldown & { since: number }) | null} as the server last told the cooldown, if there is one */
	#cooldown = null;
	#spent = 0; // charges for paints without an answer
	#pausedUntil = 0; // by a rejection

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

	/** Whether the server takes only as many pixels as the painter has charges. */
	get hasCooldown() {
		return this.#cooldown !== null;
	}

	/** The most charges that gather. */
	get most() {
		return this.#cooldown?.most ?? Number.POSITIVE_INFINITY;
	}

	/** How many pixels can be painted now, with the part of the next one that has gathered. */
	get gathered() {
		if (!this.#cooldown) return Number.POSITIVE_INFINITY;
		const { since, waitMs, charges, most, nextMs, eachMs } = this.#cooldown;
		const passed = this.#now() - since;
		if (!eachMs) return passed < waitMs ? 0 : 1; // a server that does not tell charges
		const next = nextMs || eachMs;
		const more = passed < next ? 1 - (next - passed) / eachMs : 1 + (passed - next) / eachMs;
		return Math.min(most, charges + (nextMs ? Math.max(0, more) : 0)) - this.#spent;
	}

	/** How much of the next charge has gathered, 0 to 1; 1 if there is nothing to wait for. */
	get part() {
		const { gathered, most } = this;
		if (!this.#cooldown || gathered >= most) return 1;
		const { since, waitMs, eachMs } = this.#cooldown;
		return eachMs ? Math.max(0, gathered) % 1 : Math.min(1, (this.#now() - since) / waitMs);
	}

	/** When paints are taken again, in the milliseconds of `now`. */
	get waitUntil() {
		if (!this.#cooldown) return this.#pausedUntil;
		const { since, waitMs, eachMs } = this.#cooldown;
		const missing = 1 - this.gathered;
		const charged = eachMs ? this.#now() + Math.max(0, missing) * eachMs : since + waitMs;
		return Math.max(charged, this.#pausedUntil);
	}

	get rests() {
		return this.#now() < this.waitUntil;
	}

	/**
	 * Takes from a message how long to wait, and which cells others have painted.
	 * @param {News} message
	 */
	apply(message) {
		if (message.kind === "cooldown") {
			this.#pausedUntil = 0;
			this.#cooldown = message.most ? { ...message, since: this.#now() } : null; // an owner may end it
		} else if (message.kind === "rejected" && message.retryMs !== null) {
			this.#pausedUntil = this.#now() + message.retryMs;
		} else if (message.kind === "changes") {
			this.#strokes.lose(this.#link.replica.others);
		}
		if (!this.#link.replica.unanswered) this.#spent = 0;
	}

	/** The connection is gone, and the cooldown with it. */
	disconnected() {
		this.#cooldown = null;
		this.#spent = this.#pausedUntil = 0;
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
		/** @type {Refusal | null} */
		let forbidden = null;
		for (const cell of cells) {
			const place = cell[1] * replica.width + cell[0];
			const before = replica.shown[place];
			if (!this.#view.holds(cell) || before === this.colour) continue;
			const why = this.#owner.forbids(cell);
			forbidden ??= why;
			if (why) continue;
			if (pixels.length + 1 > this.gathered) {
				this.#owner.refuse("early");
				break;
			}
			this.#strokes.add(place, before, this.colour);
			pixels.push([place, this.colour]);
		}
		if (forbidden) this.#owner.forbidden(forbidden);
		this.#send(pixels);
	}

	/** @param {Pixel[]} pixels */
	#send(pixels) {
		if (this.#cooldown) this.#spent += pixels.length;
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
		this.#go("undo", "nothing");
	}

	redo() {
		this.#go("redo", "nothingMore");
	}

	/**
	 * @param {"undo" | "redo"} step
	 * @param {"nothing" | "nothingMore"} none
	 */
	#go(step, none) {
		if (this.#refuses()) return;
		// A stroke of many pixels may be older than the cooldown, which lets fewer pixels through.
		const most = Math.floor(this.gathered);
		const { pixels, left } = this.#strokes[step](this.#link.replica.shown, most);
		if (left) this.#owner.partlyUndone(left);
		if (!pixels.length) this.#owner.refuse(none);
		this.#send(pixels);
	}
}
