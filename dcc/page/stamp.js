// A picture to be placed on a board: a copied part of a board, or a picture in the board's colours. dcc/core/shapes.py
// has the same, and tests/vectors/tools.json has samples.

/** @import { Place } from "./codec_people.js" */
/** @import { Board, Cell } from "./shapes.js" */

/** In a stamp: a cell that is left as it is. */
export const TRANSPARENT = -1;

export class Stamp {
	/**
	 * @param {number} width
	 * @param {number} height
	 * @param {ArrayLike<number>} colours indices into the palette, row by row, or TRANSPARENT
	 */
	constructor(width, height, colours) {
		this.width = width;
		this.height = height;
		this.colours = colours;
	}

	/**
	 * Copies a part of a board, all of which has to be on the board.
	 * @param {ArrayLike<number>} colours
	 * @param {number} boardWidth
	 * @param {Place} place
	 */
	static copy(colours, boardWidth, { column, row, width, height }) {
		return Stamp.#make(width, height, (x, y) => colours[(row + y) * boardWidth + column + x]);
	}

	/**
	 * @param {number} width
	 * @param {number} height
	 * @param {(x: number, y: number) => number} colour
	 */
	static #make(width, height, colour) {
		const colours = Int16Array.from({ length: width * height }, (_, n) => colour(n % width, Math.floor(n / width)));
		return new Stamp(width, height, colours);
	}

	/**
	 * @param {number} x
	 * @param {number} y
	 */
	#at(x, y) {
		return this.colours[y * this.width + x];
	}

	/** Exchanges left and right. */
	mirrored() {
		return Stamp.#make(this.width, this.height, (x, y) => this.#at(this.width - 1 - x, y));
	}

	/** Exchanges top and bottom. */
	flipped() {
		return Stamp.#make(this.width, this.height, (x, y) => this.#at(x, this.height - 1 - y));
	}

	/** Turns by 90 degrees clockwise. */
	turned() {
		return Stamp.#make(this.height, this.width, (x, y) => this.#at(y, this.height - 1 - x));
	}

	/**
	 * Cells and colours of the stamp with its corner at a cell, as far as they are on the board, row by row.
	 * @param {Cell} corner
	 * @param {Board} board
	 * @returns {[Cell, number][]}
	 */
	pixels([left, top], board) {
		/** @type {[Cell, number][]} */
		const pixels = [];
		for (let y = Math.max(0, -top); y < Math.min(this.height, board.height - top); y++) {
			for (let x = Math.max(0, -left); x < Math.min(this.width, board.width - left); x++) {
				const colour = this.#at(x, y);
				if (colour !== TRANSPARENT) pixels.push([[left + x, top + y], colour]);
			}
		}
		return pixels;
	}
}
