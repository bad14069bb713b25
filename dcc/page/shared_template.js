// A shared template: the pixels that a moderator has published for everybody to paint, and what of them is missing on the
// board. dcc/client/templates.py has the same functions; tests/vectors/shared_templates.json holds both to the same answers.

import { inflated } from "./codec.js";

/** @import { TemplateNews } from "./codec_people.js" */

/** The board as far as a template looks at it. @typedef {{ width: number, height: number, shown: ArrayLike<number> }} Board */

/**
 * Reads the spelling of a template's pixels (docs/protocol.md).
 * @param {string} data
 * @param {number} cells
 * @returns {Promise<Int16Array>} the wanted colour of each cell, -1 for any; rejects what cannot be read
 */
export async function readPixels(data, cells) {
	const packed = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
	const both = await inflated(packed, 2 * cells);
	return Int16Array.from(both.subarray(0, cells), (colour, cell) => (both[cells + cell] ? colour : -1));
}

export class SharedTemplate {
	/** How many cells do not show the wanted colour, and how many there are; as of the last count. */
	left = 0;
	total = 0;

	/**
	 * @param {TemplateNews} news
	 * @param {Int16Array} colours the wanted colour of each cell of the template, -1 for any
	 */
	constructor({ number, name, place, author }, colours) {
		this.number = number;
		this.name = name;
		this.author = author;
		this.place = place;
		this.colours = colours;
		this.total = colours.reduce((count, colour) => count + (colour >= 0 ? 1 : 0), 0);
		this.left = this.total;
	}

	/** How much is done, in whole percent; 100 only if nothing is missing. */
	get share() {
		return Math.floor(((this.total - this.left) * 100) / this.total);
	}

	/**
	 * The colour that the template wants in a cell of the board, or -1 for any, also beside the template.
	 * @param {number} column
	 * @param {number} row
	 */
	wants(column, row) {
		const { place } = this;
		const [x, y] = [column - place.column, row - place.row];
		return x >= 0 && y >= 0 && x < place.width && y < place.height ? this.colours[y * place.width + x] : -1;
	}

	/**
	 * Calls a function for each missing cell, row by row, until it returns true.
	 * @param {Board} board
	 * @param {number | null} only one colour, or any
	 * @param {(column: number, row: number, colour: number) => boolean | void} deed
	 */
	eachMissing({ width, height, shown }, only, deed) {
		const { place, colours } = this;
		const [rows, columns] = [Math.min(place.height, height - place.row), Math.min(place.width, width - place.column)];
		for (let y = 0; y < rows; y++) {
			const start = (place.row + y) * width + place.column;
			for (let x = 0; x < columns; x++) {
				const colour = colours[y * place.width + x];
				if (colour < 0 || shown[start + x] === colour || (only !== null && colour !== only)) continue;
				if (deed(place.column + x, place.row + y, colour)) return;
			}
		}
	}

	/** @param {Board} board */
	count(board) {
		this.left = 0;
		this.eachMissing(board, null, () => {
			this.left++;
		});
	}

	/**
	 * The first missing cell after a cell, row by row, and from the beginning if there is none; nothing if none is missing.
	 * @param {Board} board
	 * @param {readonly [column: number, row: number]} after
	 * @param {number | null} only one colour, or any
	 * @returns {{ column: number, row: number, colour: number } | null}
	 */
	next(board, [afterColumn, afterRow], only) {
		/** @type {{ column: number, row: number, colour: number } | null} */
		let first = null;
		/** @type {{ column: number, row: number, colour: number } | null} */
		let found = null;
		this.eachMissing(board, only, (column, row, colour) => {
			first ??= { column, row, colour };
			if (row < afterRow || (row === afterRow && column <= afterColumn)) return false;
			found = { column, row, colour };
			return true;
		});
		return found ?? first;
	}
}
