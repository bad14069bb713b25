// The tools as cells: what a pencil, a line, a rectangle and a fill paint. dcc/core/shapes.py does the same, and
// tests/vectors/tools.json has samples. Every function lists the cells in the order of painting, each once, and leaves
// out the cells outside of the board.

/** @import { Place } from "./codec_people.js" */

/** @typedef {[column: number, row: number]} Cell */
/** @typedef {{ width: number, height: number }} Board in cells */

/** The sides of the pencil's square in cells. */
export const SIZES = [1, 2, 3, 4, 5];
/** Most cells of one fill. */
export const MAX_FILL = 10_000;

/**
 * The cells from one to another, both included, each the neighbour of the cell before (Bresenham). If the straight line
 * passes exactly between two cells, the cell further from the start is chosen, in every direction. Also outside of a
 * board.
 * @param {Cell} start
 * @param {Cell} end
 */
export function cellsBetween([column, row], [toColumn, toRow]) {
	const [across, down] = [Math.abs(toColumn - column), -Math.abs(toRow - row)];
	/** @type {Cell[]} */
	const cells = [[column, row]];
	let error = across + down;
	while (column !== toColumn || row !== toRow) {
		const doubled = 2 * error;
		if (doubled >= down) {
			error += down;
			column += Math.sign(toColumn - column);
		}
		if (doubled <= across) {
			error += across;
			row += Math.sign(toRow - row);
		}
		cells.push([column, row]);
	}
	return cells;
}

/**
 * The cells under a square pencil that goes along a path. A square of an even side reaches one cell further right and
 * down.
 * @param {Cell[]} path
 * @param {number} size
 * @param {Board} board
 */
export function pencil(path, size, { width, height }) {
	const [before, after] = [Math.floor((size - 1) / 2), Math.floor(size / 2)];
	/** @type {Cell[]} */
	const cells = [];
	const seen = new Set();
	for (const [column, row] of path) {
		for (let y = Math.max(row - before, 0); y <= Math.min(row + after, height - 1); y++) {
			for (let x = Math.max(column - before, 0); x <= Math.min(column + after, width - 1); x++) {
				const place = y * width + x;
				if (!seen.has(place)) cells.push([x, y]);
				seen.add(place);
			}
		}
	}
	return cells;
}

/** @type {(start: Cell, end: Cell, size: number, board: Board) => Cell[]} */
export const line = (start, end, size, board) => pencil(cellsBetween(start, end), size, board);

/**
 * A rectangle's outline between two opposite corners: the pencil goes round clockwise from the corner at the top left.
 * @param {Cell} start
 * @param {Cell} end
 * @param {number} size
 * @param {Board} board
 */
export function rectangle(start, end, size, board) {
	const [left, top, right, bottom] = sides(start, end);
	const path = [...cellsBetween([left, top], [right, top]), ...cellsBetween([right, top], [right, bottom])];
	if (bottom > top) path.push(...cellsBetween([right, bottom], [left, bottom]));
	if (right > left) path.push(...cellsBetween([left, bottom], [left, top]));
	return pencil(path, size, board);
}

/**
 * All cells between two opposite corners, row by row.
 * @param {Cell} start
 * @param {Cell} end
 * @param {Board} board
 */
export function filledRectangle(start, end, board) {
	const place = placeBetween(start, end, board);
	return place ? cellsOf(place) : [];
}

/**
 * @param {Place} place
 * @returns {Cell[]} row by row
 */
export function cellsOf({ column, row, width, height }) {
	return Array.from({ length: width * height }, (_, n) => [column + (n % width), row + Math.floor(n / width)]);
}

/**
 * The part of the board between two opposite corners; nothing beside the board.
 * @param {Cell} start
 * @param {Cell} end
 * @param {Board} board
 * @returns {Place | null}
 */
export function placeBetween(start, end, board) {
	const [left, top, right, bottom] = sides(start, end);
	const [column, row] = [Math.max(left, 0), Math.max(top, 0)];
	const width = Math.min(right, board.width - 1) - column + 1;
	const height = Math.min(bottom, board.height - 1) - row + 1;
	return width > 0 && height > 0 ? { column, row, width, height } : null;
}

/**
 * @param {Place} place
 * @param {Cell} cell
 */
export const holds = ({ column, row, width, height }, [x, y]) =>
	x >= column && y >= row && x < column + width && y < row + height;

/**
 * @param {Cell} start
 * @param {Cell} end
 */
const sides = (start, end) => [
	Math.min(start[0], end[0]),
	Math.min(start[1], end[1]),
	Math.max(start[0], end[0]),
	Math.max(start[1], end[1]),
];

/**
 * The connected cells that have the colour of the start, the nearest first. Cells are connected by the sides; the
 * neighbours of a cell come in the order right, below, left, above. So a fill that is cut is a diamond around the start.
 * @param {ArrayLike<number>} colours row by row
 * @param {Board} board
 * @param {Cell} start
 * @param {(cell: Cell) => boolean} mayPaint a cell that may not be painted bounds the fill as another colour does
 * @param {number} most
 * @returns {{ cells: Cell[], isCut: boolean }} with whether further cells would belong to the fill
 */
export function fill(colours, { width, height }, start, mayPaint, most = MAX_FILL) {
	if (!mayPaint(start)) return { cells: [], isCut: false };
	const first = start[1] * width + start[0];
	const cells = [start];
	const seen = new Set([first]);
	for (let n = 0; n < cells.length; n++) {
		const [column, row] = cells[n];
		for (const [x, y] of [
			[column + 1, row],
			[column, row + 1],
			[column - 1, row],
			[column, row - 1],
		]) {
			const place = y * width + x;
			const isOut = x < 0 || y < 0 || x >= width || y >= height;
			if (isOut || seen.has(place) || colours[place] !== colours[first]) continue;
			seen.add(place);
			if (!mayPaint([x, y])) continue;
			if (cells.length === most) return { cells, isCut: true };
			cells.push([x, y]);
		}
	}
	return { cells, isCut: false };
}
