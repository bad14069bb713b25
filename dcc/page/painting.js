// Painting: strokes, undo and redo, and the times at which the server takes no paint.

import { Strokes } from "./strokes.js";

/** @import { Cooldown, News, Pixel, Refusal } from "./codec.js" */
/** @import { Link } from "./link.js" */
/** @import { Cell } from "./shapes.js" */

/**
 * @typedef {object} Owner
 * @property {() => boolean} isPast whether the past is shown
 * @property {(cells: number[]) => void} show after a change of cells
 * @property {(count: number, left: number) => void} partlyUndone as far as the cooldown lets: so many pixels, and so many
 *   of the stroke are left
 * @property {(cell: Cell) => Refusal | null} forbids why a cell may not be painted
 * @property {(why: Refusal, left: number | null) => void} forbidden says why so many cells were left out; all without a
 *   number
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
	/** @type {Owner} */
	#owner;
	/** @type {() => number} */
	#now;

	/**
	 * @param {Link} link
	 * @param {Owner} owner
	 * @param {() => number} now
	 */
	constructor(link, owner, now) {
		this.#link = link;
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
		const toWait = missing > 0 ? this.#now() + missing * eachMs : 0; // not a moment of now, which may be over already
		const charged = eachMs ? toWait : since + waitMs;
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
		}
		this.#loseStrokes();
		if (this.#link.replica.unanswered) return;
		this.#spent = 0;
		this.#strokes.settle();
	}

	/** The connection is gone, and the cooldown with it. */
	disconnected() {
		this.#cooldown = null;
		this.#spent = this.#pausedUntil = 0;
		this.#loseStrokes();
	}

	/** Takes out of the strokes what others may have painted. */
	#loseStrokes() {
		const { others } = this.#link.replica;
		if (others) this.#strokes.lose(others);
		else this.#strokes.clear();
	}

	/** The board was replaced: no stroke can be undone. */
	forget() {
		this.#strokes.clear();
	}

	/** The strokes that can be undone, and done again, to be kept elsewhere for a while. */
	get strokes() {
		return this.#strokes.kept;
	}

	set strokes(strokes) {
		this.#strokes.kept = strokes;
	}

	#refuses() {
		const why = this.#link.state !== "online" ? "away" : this.#owner.isPast() ? "past" : this.rests ? "early" : null;
		if (why) this.#owner.refuse(why);
		return why !== null;
	}

	/**
	 * Why the rules let this page paint nothing in a cell; nothing if they do.
	 * @param {Cell} cell
	 */
	forbids(cell) {
		return this.#owner.forbids(cell);
	}

	/**
	 * Says that the rules let this page paint nothing in a cell, if so.
	 * @param {Cell} cell
	 */
	mayPaint(cell) {
		const why = this.#owner.forbids(cell);
		if (why) this.#owner.forbidden(why, null);
		return !why;
	}

	/** Begins a stroke: pixels that are painted from now on belong together. */
	begin() {
		this.#strokes.end();
	}

	/**
	 * Paints the pixels that change something, where this page may paint.
	 * @param {Pixel[]} wanted
	 * @returns {boolean} whether the others at least were sent
	 */
	paint(wanted) {
		if (this.#refuses()) return false;
		const { shown, width } = this.#link.replica;
		/** @type {Pixel[]} */
		const pixels = [];
		/** @type {Refusal | null} */
		let forbidden = null;
		let left = 0;
		for (const pixel of wanted) {
			const [place, colour] = pixel;
			if (shown[place] === colour) continue;
			const why = this.forbids([place % width, Math.floor(place / width)]);
			forbidden ??= why;
			if (why) left++;
			else pixels.push(pixel);
		}
		if (forbidden) this.#owner.forbidden(forbidden, pixels.length ? left : null);
		const most = Math.floor(this.gathered);
		if (pixels.length > most) this.#owner.refuse("early");
		const taken = pixels.slice(0, most);
		for (const [place, colour] of taken) this.#strokes.add(place, shown[place], colour);
		this.#send(taken);
		return !forbidden || pixels.length > 0;
	}

	/**
	 * @param {Pixel[]} pixels
	 * @param {(pixels: Pixel[]) => void} [failed] see `Link.paint`
	 */
	#send(pixels, failed) {
		if (this.#cooldown) this.#spent += pixels.length;
		this.#owner.show(this.#link.paint(pixels, failed));
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
		const { shown, width } = this.#link.replica;
		/** @type {Refusal | null} */
		let why = null;
		/** @param {number} cell */
		const allows = (cell) => {
			const refusal = this.forbids([cell % width, Math.floor(cell / width)]);
			why ??= refusal;
			return !refusal;
		};
		const { pixels, left, forbidden, failed } = this.#strokes[step](shown, most, allows);
		if (why && forbidden) this.#owner.forbidden(why, pixels.length ? forbidden : null);
		else if (!pixels.length) this.#owner.refuse(none);
		if (left) this.#owner.partlyUndone(pixels.length, left);
		this.#send(pixels, failed);
	}
}
