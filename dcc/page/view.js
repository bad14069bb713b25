// Which part of the board the screen shows: lengths on the screen in CSS pixels, on the board in cells, zoom in pixels a
// cell.

import { readPlace } from "./places.js";

/** @import { Place } from "./places.js" */
/** @import { Cell } from "./shapes.js" */

/** @typedef {[x: number, y: number]} Point */

const MOST_ZOOM = 64;

/** Below this zoom a cell is too small to be hit: a tap zooms in instead of painting. */
export const DRAWING_ZOOM = 4;
const CLOSE_ZOOM = 12;

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
export const clamp = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));

export class View {
	/** What is in the middle of the free part of the screen. */
	x = 0;
	y = 0;
	zoom = 1;
	/** Whether the whole board is kept in sight: until somebody moves the view. */
	fitted = true;

	#board = [1, 1];
	#free = [0, 0, 1, 1]; // x, y, width, height

	/**
	 * @param {number} width
	 * @param {number} height
	 */
	setBoard(width, height) {
		this.#board = [width, height];
		this.#keep();
	}

	/**
	 * Sets the part of the screen that no panel covers.
	 * @param {number} x
	 * @param {number} y
	 * @param {number} width
	 * @param {number} height
	 */
	setFree(x, y, width, height) {
		this.#free = [x, y, Math.max(1, width), Math.max(1, height)];
		this.#keep();
	}

	#keep() {
		if (this.fitted) this.fit();
		else this.#moveTo(this.x, this.y);
	}

	get #room() {
		return Math.min(this.#free[2] / this.#board[0], this.#free[3] / this.#board[1], MOST_ZOOM);
	}

	/** Shows the whole board; in whole pixels a cell if the board has room, for cells of equal size. */
	fit() {
		this.zoom = this.#room >= 1 ? Math.floor(this.#room) : this.#room;
		this.#moveTo(this.#board[0] / 2, this.#board[1] / 2);
		this.fitted = true;
	}

	/**
	 * Multiplies the zoom; the cell at this point of the screen stays at the point.
	 * @param {number} factor
	 * @param {Point} point
	 */
	zoomAt(factor, [x, y]) {
		const [column, row] = this.toBoard([x, y]);
		this.zoom = clamp(this.zoom * factor, Math.min(1, this.#room) / 2, MOST_ZOOM);
		const [middleX, middleY] = this.middle;
		this.#moveTo(column - (x - middleX) / this.zoom, row - (y - middleY) / this.zoom);
	}

	/** @param {Point} point */
	comeCloser(point) {
		this.zoomAt(CLOSE_ZOOM / this.zoom, point);
	}

	/**
	 * @param {number} dx
	 * @param {number} dy
	 */
	panBy(dx, dy) {
		this.#moveTo(this.x - dx / this.zoom, this.y - dy / this.zoom);
	}

	/**
	 * Moves a point of the board into the middle.
	 * @param {number} x
	 * @param {number} y
	 */
	centre(x, y) {
		this.#moveTo(x, y);
	}

	/**
	 * What the free part of the screen shows, in cells; also beside the board.
	 * @returns {[x: number, y: number, width: number, height: number]}
	 */
	get seen() {
		const [, , width, height] = this.#free.map((length) => length / this.zoom);
		return [this.x - width / 2, this.y - height / 2, width, height];
	}

	/** Whether the free part of the screen shows the whole board. */
	get showsAll() {
		const [x, y, width, height] = this.seen;
		const [columns, rows] = this.#board;
		return this.fitted || (x <= 0 && y <= 0 && x + width >= columns && y + height >= rows);
	}

	/**
	 * Moves to a cell that is not in the free part.
	 * @param {Cell} cell
	 */
	reveal([column, row]) {
		const [x, y] = [column + 0.5, row + 0.5];
		const off = Math.max(Math.abs(x - this.x) / this.#free[2], Math.abs(y - this.y) / this.#free[3]);
		if (off * this.zoom > 0.5) this.#moveTo(x, y);
	}

	/**
	 * @param {number} x
	 * @param {number} y
	 */
	#moveTo(x, y) {
		this.x = clamp(x, 0, this.#board[0]);
		this.y = clamp(y, 0, this.#board[1]);
		this.fitted = false;
	}

	/** @returns {Point} */
	get middle() {
		const [x, y, width, height] = this.#free;
		return [x + width / 2, y + height / 2];
	}

	/**
	 * @param {Point} point
	 * @returns {Point} in cells
	 */
	toBoard([x, y]) {
		return [this.x + (x - this.middle[0]) / this.zoom, this.y + (y - this.middle[1]) / this.zoom];
	}

	/**
	 * @param {Point} place in cells
	 * @returns {Point}
	 */
	toScreen([column, row]) {
		return [this.middle[0] + (column - this.x) * this.zoom, this.middle[1] + (row - this.y) * this.zoom];
	}

	/**
	 * The cell at a point of the screen; perhaps outside of the board.
	 * @param {Point} point
	 * @returns {Cell}
	 */
	cellAt(point) {
		const [column, row] = this.toBoard(point);
		return [Math.floor(column), Math.floor(row)];
	}

	/** @param {Cell} cell */
	holds([column, row]) {
		return column >= 0 && row >= 0 && column < this.#board[0] && row < this.#board[1];
	}

	/** `#column,row,zoom` for a link, with `column` and `row` of a cell; nothing for the whole board. */
	get hash() {
		return this.fitted ? "" : `#${Math.floor(this.x)},${Math.floor(this.y)},${+this.zoom.toFixed(2)}`;
	}

	/** A link by hand may leave the zoom out: close enough to draw. Any other text shows the whole board. */
	set hash(text) {
		const place = readPlace(text);
		if (place && place.column >= 0 && place.row >= 0) this.#show(place, Math.max(CLOSE_ZOOM, Math.floor(this.#room)));
		else this.fit();
	}

	/**
	 * Leads to a cell, close enough to draw unless the place says otherwise. A board whose cells are all in sight, and large
	 * enough to draw, stays where it is.
	 * @param {Place} place
	 */
	goTo(place) {
		const draws = this.zoom >= DRAWING_ZOOM;
		if (!this.fitted || !draws || place.zoom) this.#show(place, draws ? this.zoom : CLOSE_ZOOM);
	}

	/**
	 * @param {Place} place
	 * @param {number} zoom if the place has none
	 */
	#show(place, zoom) {
		this.zoom = Math.min(MOST_ZOOM, place.zoom ?? zoom);
		this.#moveTo(place.column + 0.5, place.row + 0.5);
	}
}
