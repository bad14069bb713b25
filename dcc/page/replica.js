// The page's copy of the board: the board as the server told it, and on top the page's own paints that the server has
// not answered. A paint is shown at once. If the server acknowledges the paint, the message that shows it has come
// already; if the server rejects the paint, the colours below come to light. dcc/client/replica.py does the same, and
// tests/vectors/conversations.json holds both to it.

/** @import { Changes, Colour, News, Pixel, Welcome, WholeBoard } from "./codec.js" */

export class Replica {
	/** In cells; nothing before the first welcome. */
	width = 0;
	height = 0;
	/** @type {Colour[]} */
	palette = [];
	/** @type {Uint8Array} what every cell shows: an index into the palette */
	shown = new Uint8Array();
	canvasId = "";
	/** Of the last placement on the board. */
	sequence = 0;
	/** Whether the board is up to date: as of the sequence of this connection's welcome, or later. */
	live = false;

	/**
	 * The cells that others may have painted, by the last message or the loss of the connection; null for any.
	 * @type {number[] | null}
	 */
	others = [];

	/** @type {Uint8Array} as the server told the board */
	#colours = new Uint8Array();
	#holdsBoard = false;
	#welcomedAsOf = Number.POSITIVE_INFINITY; // the server's sequence then; no board fits before a welcome
	/** @type {Map<number, number[]>} the cells of each request without an answer */
	#requests = new Map();
	/** @type {Map<number, Map<number, number>>} cell -> request -> colour, the latest last */
	#ahead = new Map();
	/** @type {Set<string>} cell and request of those ahead that were in changes already */
	#arrived = new Set();

	/**
	 * Makes the greeting of a server, with the board that the page holds, if any.
	 * @param {string} nombre of the painter
	 */
	hello(nombre) {
		const held = this.#holdsBoard ? { lienzo: this.canvasId, desde: this.sequence } : {};
		return { comando: "nuevo", version: 2, ...held, ...(nombre && { nombre }) };
	}

	get cells() {
		return this.width * this.height;
	}

	/** How many requests the server has not answered. */
	get unanswered() {
		return this.#requests.size;
	}

	/**
	 * Takes a message; throws if the message does not fit to the board.
	 * @param {News} message
	 * @returns {number[] | null} the cells with a new shown colour; null for any
	 */
	apply(message) {
		this.others = [];
		switch (message.kind) {
			case "welcome":
				return this.#welcome(message);
			case "wholeBoard":
				return this.#replace(message);
			case "changes":
				return this.#change(message);
			case "rejected":
				this.others = this.#mistaken(this.#requests.get(message.request) ?? [], [message.request]);
				return this.#uncover(message.request);
			case "acknowledged":
				return this.#uncover(message.request);
		}
		return [];
	}

	/**
	 * Shows pixels on the way to the server.
	 * @param {number} request
	 * @param {Pixel[]} pixels
	 */
	paint(request, pixels) {
		const cells = pixels.map(([cell]) => cell);
		this.#requests.set(request, cells);
		for (const [cell, colour] of pixels) {
			const above = this.#ahead.get(cell) ?? new Map();
			this.#ahead.set(cell, above);
			above.delete(request);
			above.set(request, colour);
		}
		return this.#show(cells);
	}

	/** Takes back the paints without an answer. Each is in doubt; the server's board will show the recorded paints. */
	disconnected() {
		this.live = false;
		this.#welcomedAsOf = Number.POSITIVE_INFINITY;
		const cells = [...this.#ahead.keys()];
		this.others = this.#mistaken(cells, [...this.#requests.keys()]);
		this.#forgetPaints();
		return this.#show(cells);
	}

	/** @param {Welcome} message */
	#welcome({ canvasId, width, height, palette, sequence }) {
		this.live = false;
		this.#welcomedAsOf = sequence;
		const held = [this.canvasId, this.width, this.height, this.palette];
		if (JSON.stringify(held) === JSON.stringify([canvasId, width, height, palette])) return [];
		Object.assign(this, { canvasId, width, height, palette });
		this.#colours = new Uint8Array(this.cells);
		this.shown = new Uint8Array(this.cells);
		this.#holdsBoard = false;
		this.#forgetPaints();
		return null;
	}

	/** @param {WholeBoard} message */
	#replace({ sequence, colours }) {
		let most = 0; // in a plain loop: a large board has millions of cells, and a callback takes five times as long
		for (let cell = 0; cell < colours.length; cell++) if (colours[cell] > most) most = colours[cell];
		this.#check(colours.length === this.cells && most < this.palette.length);
		this.#colours = colours;
		this.shown.set(colours);
		this.#holdsBoard = true;
		this.others = null;
		this.#reach(sequence);
		this.#show(this.#ahead.keys());
		return null;
	}

	/** @param {Changes} message */
	#change({ sequence, pixels }) {
		const fits = pixels.every(([cell, colour]) => cell < this.cells && colour < this.palette.length);
		this.#check(this.#holdsBoard && fits);
		for (const [cell, colour] of pixels) this.#colours[cell] = colour;
		this.#reach(sequence);
		const cells = pixels.map(([cell]) => cell);
		this.others = this.#ahead.size ? pixels.filter((pixel) => !this.#isOwn(pixel)).map(([cell]) => cell) : cells;
		return this.#show(cells);
	}

	/**
	 * Whether a pixel of changes, which do not name the painter, is this page's: an unanswered request has the cell in
	 * that colour. Once for each request.
	 * @param {Pixel} pixel
	 */
	#isOwn([cell, colour]) {
		for (const [request, own] of this.#ahead.get(cell) ?? []) {
			const key = `${cell} ${request}`;
			if (own !== colour || this.#arrived.has(key)) continue;
			this.#arrived.add(key);
			return true;
		}
		return false;
	}

	/**
	 * The cells in which changes were taken for these requests, though others may have painted them: the requests came to
	 * nothing, or nobody knows.
	 * @param {number[]} cells
	 * @param {number[]} requests
	 */
	#mistaken(cells, requests) {
		return cells.filter((cell) => requests.some((request) => this.#arrived.has(`${cell} ${request}`)));
	}

	/** @param {boolean} fits */
	#check(fits) {
		if (!fits || this.#welcomedAsOf === Number.POSITIVE_INFINITY)
			throw new RangeError("not of the board of the welcome");
	}

	/** @param {number} sequence */
	#reach(sequence) {
		this.sequence = sequence;
		this.live ||= sequence >= this.#welcomedAsOf; // a large board may be that of a moment before
	}

	/** @param {number} request */
	#uncover(request) {
		const cells = this.#requests.get(request) ?? [];
		this.#requests.delete(request);
		for (const cell of cells) {
			this.#ahead.get(cell)?.delete(request);
			this.#arrived.delete(`${cell} ${request}`);
			if (this.#ahead.get(cell)?.size === 0) this.#ahead.delete(cell);
		}
		return this.#show(cells);
	}

	#forgetPaints() {
		this.#ahead.clear();
		this.#arrived.clear();
		this.#requests.clear();
	}

	/**
	 * Brings `shown` up to date for some cells; returns the changed cells.
	 * @param {Iterable<number>} cells
	 */
	#show(cells) {
		const changed = [];
		for (const cell of cells) {
			const above = this.#ahead.get(cell);
			const colour = above ? /** @type {number} */ ([...above.values()].at(-1)) : this.#colours[cell];
			if (this.shown[cell] === colour) continue;
			this.shown[cell] = colour;
			changed.push(cell);
		}
		return changed;
	}
}
