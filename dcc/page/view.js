// Which part of the board the screen shows: lengths there in CSS pixels, on the board in cells, zoom in pixels a cell.

const MOST_ZOOM = 64;

/** Below this zoom a cell is too small to be hit: a tap comes closer instead of painting. */
export const DRAWING_ZOOM = 4;
const CLOSE_ZOOM = 12;

export const clamp = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));

export class View {
	/** What is in the middle of the free part of the screen. */
	x = 0;
	y = 0;
	zoom = 1;
	/** Whether the whole board is kept in sight: until somebody moves. */
	fitted = true;

	#board = [1, 1];
	#free = [0, 0, 1, 1]; // x, y, width, height

	setBoard(width, height) {
		this.#board = [width, height];
		this.#keep();
	}

	/** The part of the screen that no panel covers. */
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

	/** The whole board; in whole pixels a cell where there is room, so that all look alike. */
	fit() {
		this.zoom = this.#room >= 1 ? Math.floor(this.#room) : this.#room;
		this.#moveTo(this.#board[0] / 2, this.#board[1] / 2);
		this.fitted = true;
	}

	/** A factor on the zoom; what is at this point of the screen stays there. */
	zoomAt(factor, x, y) {
		const [column, row] = this.toBoard(x, y);
		this.zoom = clamp(this.zoom * factor, Math.min(1, this.#room) / 2, MOST_ZOOM);
		const [middleX, middleY] = this.middle;
		this.#moveTo(column - (x - middleX) / this.zoom, row - (y - middleY) / this.zoom);
	}

	comeCloser(x, y) {
		this.zoomAt(CLOSE_ZOOM / this.zoom, x, y);
	}

	panBy(dx, dy) {
		this.#moveTo(this.x - dx / this.zoom, this.y - dy / this.zoom);
	}

	/** Moves to a cell that is not in the free part. */
	reveal(column, row) {
		const [x, y] = [column + 0.5, row + 0.5];
		const off = Math.max(Math.abs(x - this.x) / this.#free[2], Math.abs(y - this.y) / this.#free[3]);
		if (off * this.zoom > 0.5) this.#moveTo(x, y);
	}

	#moveTo(x, y) {
		this.x = clamp(x, 0, this.#board[0]);
		this.y = clamp(y, 0, this.#board[1]);
		this.fitted = false;
	}

	get middle() {
		const [x, y, width, height] = this.#free;
		return [x + width / 2, y + height / 2];
	}

	toBoard(x, y) {
		return [this.x + (x - this.middle[0]) / this.zoom, this.y + (y - this.middle[1]) / this.zoom];
	}

	toScreen(column, row) {
		return [this.middle[0] + (column - this.x) * this.zoom, this.middle[1] + (row - this.y) * this.zoom];
	}

	/** The [column, row] at a point of the screen; it may be outside of the board. */
	cellAt(x, y) {
		return this.toBoard(x, y).map(Math.floor);
	}

	holds([column, row]) {
		return column >= 0 && row >= 0 && column < this.#board[0] && row < this.#board[1];
	}

	/** `#column,row,zoom` for a link, or nothing for the whole board. */
	get hash() {
		return this.fitted ? "" : `#${Math.floor(this.x)},${Math.floor(this.y)},${+this.zoom.toFixed(2)}`;
	}

	set hash(text) {
		const [column, row, zoom] = (/^#(\d+),(\d+),(\d+\.?\d*)$/.exec(text) ?? []).slice(1).map(Number);
		if (!zoom) return this.fit();
		this.zoom = Math.min(MOST_ZOOM, zoom);
		this.#moveTo(column + 0.5, row + 0.5);
	}
}
