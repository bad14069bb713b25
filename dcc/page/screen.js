// Puts the board on the screen: the rows of its ImageData that have changed go to a canvas of its size, and once a frame
// at most the visible part of that to the canvas that is seen.

import { words } from "./colours.js";

const GRID_ZOOM = 8; // below this the lines would be all there is to see
const HANDLE = 14; // CSS pixels: side of the corner that scales a template

const screen = document.getElementById("board");
const context = screen.getContext("2d");
const board = new OffscreenCanvas(1, 1);
const boardContext = board.getContext("2d", { alpha: false });
const changedRows = new Set();
let image;
let pixels; // the memory of the image, a word a cell
let palette; // words

export function setBoard({ width, height, palette: colours }) {
	Object.assign(board, { width, height });
	image = boardContext.createImageData(width, height);
	pixels = new Uint32Array(image.data.buffer);
	palette = words(colours);
}

/** Takes over these cells of the colours, or all of them. */
export function update(colours, cells) {
	if (cells) {
		for (const cell of cells) {
			pixels[cell] = palette[colours[cell]];
			changedRows.add(Math.floor(cell / board.width));
		}
	} else {
		colours.forEach((colour, cell) => (pixels[cell] = palette[colour]));
		for (let row = 0; row < board.height; row++) changedRows.add(row);
	}
}

function flush() {
	for (const row of changedRows) boardContext.putImageData(image, 0, 0, 0, row, board.width, 1);
	changedRows.clear();
}

/** Gives the size in CSS pixels. */
export function resize() {
	const size = [screen.clientWidth, screen.clientHeight];
	[screen.width, screen.height] = size.map((length) => Math.round(length * devicePixelRatio));
	return size;
}

/** A template is `framed` while it can be taken hold of. */
export function draw(view, { grid, template, framed, cursor }) {
	flush();
	const { width, height } = screen;
	const scale = devicePixelRatio;
	const zoom = view.zoom * scale;
	const [originX, originY] = view.toScreen(0, 0).map((length) => Math.round(length * scale));
	const x = (column) => originX + column * zoom;
	const y = (row) => originY + row * zoom;
	const visible = (origin, length, cells) =>
		[Math.floor(-origin / zoom), Math.ceil((length - origin) / zoom)].map((cell) => Math.min(cells, Math.max(0, cell)));
	const [left, right] = visible(originX, width, board.width);
	const [top, bottom] = visible(originY, height, board.height);
	const [columns, rows] = [right - left, bottom - top];

	context.clearRect(0, 0, width, height);
	context.imageSmoothingEnabled = zoom < 1; // crisp, unless there are more cells than pixels
	if (columns && rows) context.drawImage(board, left, top, columns, rows, x(left), y(top), columns * zoom, rows * zoom);
	if (template) {
		context.globalAlpha = 0.5;
		context.drawImage(template.canvas, x(template.column), y(template.row), template.width * zoom, template.height * zoom);
		context.globalAlpha = 1;
	}
	if (grid && view.zoom >= GRID_ZOOM) {
		context.fillStyle = "#8888";
		for (let column = left; column <= right; column++) context.fillRect(Math.round(x(column)), y(top), 1, rows * zoom);
		for (let row = top; row <= bottom; row++) context.fillRect(x(left), Math.round(y(row)), columns * zoom, 1);
	}
	const outline = (colour, column, row, columns = 1, rows = 1) => {
		context.lineWidth = 2 * scale;
		for (const [style, out] of [["#fff", 2 * scale], [colour, 0]]) {
			context.strokeStyle = style;
			context.strokeRect(x(column) - out, y(row) - out, columns * zoom + 2 * out, rows * zoom + 2 * out);
		}
	};
	if (framed) {
		outline("#05d", template.column, template.row, template.width, template.height);
		const side = HANDLE * scale;
		context.fillStyle = "#05d";
		context.fillRect(x(template.column + template.width) - side / 2, y(template.row + template.height) - side / 2, side, side);
	}
	if (cursor) outline("#000", ...cursor);
}

/** The board as a PNG, each cell a square of so many pixels. */
export function picture(scale) {
	flush();
	const canvas = new OffscreenCanvas(board.width * scale, board.height * scale);
	const context = canvas.getContext("2d");
	context.imageSmoothingEnabled = false;
	context.drawImage(board, 0, 0, canvas.width, canvas.height);
	return canvas.convertToBlob();
}
