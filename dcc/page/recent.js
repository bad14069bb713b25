// The changes that this page has seen lately, for the layer in which they glow. dcc/window/recent.py does the same.

const KEPT_CELLS = 1_000_000; // of the latest changes: a flood is cut from its beginning

/** How long a change glows, in milliseconds. */
export const GLOW_MS = 300_000;

/** Changed cells of one message, and when they came. */
/** @typedef {{ at: number, cells: Uint32Array }} Seen */

export class Recent {
	/** @type {Seen[]} the latest last */
	#seen = [];
	#cells = 0;

	/**
	 * @param {Iterable<number>} cells
	 * @param {number} now in milliseconds
	 */
	add(cells, now) {
		const seen = { at: now, cells: Uint32Array.from(cells) };
		this.#forgetOld(now); // here too: the layer may never be shown
		if (!seen.cells.length) return;
		this.#seen.push(seen);
		this.#cells += seen.cells.length;
		while (this.#cells > KEPT_CELLS && this.#seen.length > 1) this.#drop();
	}

	clear() {
		this.#seen = [];
		this.#cells = 0;
	}

	/**
	 * The changes that glow now, the latest last.
	 * @param {number} now
	 */
	glowing(now) {
		this.#forgetOld(now);
		return this.#seen;
	}

	/** @param {number} now */
	#forgetOld(now) {
		while (this.#seen.length && now - this.#seen[0].at >= GLOW_MS) this.#drop();
	}

	#drop() {
		this.#cells -= /** @type {Seen} */ (this.#seen.shift()).cells.length;
	}
}
