// What a tab keeps while its page is loaded anew: the chosen colour, the strokes that can be undone, and the board. With the
// board the page goes on as after a lost connection: the server tells which cells others have painted meanwhile.

/** @import { Painting } from "./painting.js" */
/** @import { Held, Replica } from "./replica.js" */
/** @import { KeptStrokes } from "./strokes.js" */

const MOST_CELLS = 2 ** 20; // browsers keep some five million characters for a site
const FIRST = 0x100; // of the characters for colours: none of them is escaped in JSON
const PLACE = `dcc.kept ${location.pathname}`; // in the browser's store; servers behind one proxy share the store

/** @typedef {{ canvasId: string, colour: number, board: Held | null, strokes: KeptStrokes }} State strokes with their board */

/** @param {Uint8Array} colours */
const written = (colours) => Array.from(colours, (colour) => String.fromCharCode(FIRST + colour)).join("");

/** @param {string} text */
const read = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0) - FIRST);

export class Kept {
	/** @type {Replica} */
	#replica;
	/** @type {Painting} */
	#painting;
	/** @type {State | null} of the page before, until there is a board */
	#before = null;

	/**
	 * @param {Replica} replica
	 * @param {Painting} painting
	 */
	constructor(replica, painting) {
		this.#replica = replica;
		this.#painting = painting;
		try {
			const { board, ...state } = JSON.parse(sessionStorage.getItem(PLACE) ?? "");
			this.#before = { ...state, board: board && { ...board, colours: read(board.colours) } };
			sessionStorage.removeItem(PLACE); // later it would be out of date
		} catch {} // there is nothing, or the browser keeps nothing
	}

	/** Keeps as much as the browser takes. */
	keep() {
		const { canvasId, held, cells } = this.#replica;
		const { colour, strokes } = this.#painting;
		const hasBoard = held && cells <= MOST_CELLS && strokes.some(({ length }) => length);
		const board = hasBoard ? { ...held, colours: written(held.colours) } : null;
		for (const more of [{ board, strokes: board ? strokes : [[], []] }, {}]) {
			try {
				return sessionStorage.setItem(PLACE, JSON.stringify({ canvasId, colour, ...more }));
			} catch {} // there is no room
		}
	}

	/**
	 * Takes the board of the page before.
	 * @returns {boolean} whether there is one
	 */
	resume() {
		const board = this.#before?.board;
		if (board) this.#replica.resume(board);
		return Boolean(board);
	}

	/** Takes the colour and the strokes of the page before, if they are of the board that is here. */
	goOn() {
		const before = this.#before;
		this.#before = null;
		if (before?.canvasId !== this.#replica.canvasId) return;
		this.#painting.colour = before.colour;
		if (before.board) this.#painting.strokes = before.strokes;
	}
}
