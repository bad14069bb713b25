// Draws the board: rows of the ImageData that have changed go to a canvas of the board's size, and the visible part of
// that canvas goes to the canvas on the screen. Where the processor draws, a smooth picture of a whole screen takes most of
// a frame. So only changed cells are drawn anew if nothing else has changed, and a view on its way is drawn without
// smoothing.

import { words } from "./colours.js";

/** @import { Colour } from "./codec.js" */
/** @import { Cell } from "./shapes.js" */
/** @import { Template } from "./template.js" */
/** @import { View } from "./view.js" */

export const GRID_ZOOM = 8; // below this zoom the lines would cover the cells
const MOST_CLIPPED = 64; // cells that are drawn each alone: of more cells the outline takes longer than the whole screen
const MOVING_MS = 300; // a view that was another so shortly before is on its way
const HANDLE = 14; // CSS pixels: side of the corner that resizes a template

/**
 * Drawn over the board. A template is `framed` while the pointer can move the template.
 * @typedef {object} Overlays
 * @property {boolean} grid
 * @property {Template | null} template
 * @property {boolean} framed
 * @property {Cell | null} cursor
 * @property {((pen: Pen) => void)[]} layers drawn on top by others
 * @property {number} inset CSS pixels at the top of the screen that bars cover
 */
/**
 * What a layer draws with: lengths in pixels of the screen, of which `scale` are a CSS pixel and `zoom` a cell.
 * @typedef {object} Pen
 * @property {CanvasRenderingContext2D} context
 * @property {(column: number) => number} x
 * @property {(row: number) => number} y
 * @property {number} zoom
 * @property {number} scale
 * @property {number} inset
 * @property {Cell | null} cell that is pointed at
 */

export class Renderer {
	/** @type {HTMLCanvasElement} */
	#screen;
	#context;
	#board = document.createElement("canvas");
	#boardContext = /** @type {CanvasRenderingContext2D} */ (this.#board.getContext("2d", { alpha: false }));
	#image = new ImageData(1, 1);
	#pixels = new Uint32Array(1); // the memory of the image, a word a cell
	#palette = new Uint32Array(); // words
	/** @type {Uint8Array} */
	#colours = new Uint8Array();
	/** @type {Set<number>} */
	#changedRows = new Set();
	/** @type {number[] | null} since the last drawing; null for any */
	#changedCells = null;
	#drawn = { view: "", at: 0 };

	/** @param {HTMLCanvasElement} screen */
	constructor(screen) {
		this.#screen = screen;
		this.#context = /** @type {CanvasRenderingContext2D} */ (screen.getContext("2d"));
	}

	/** @param {{ width: number, height: number, palette: Colour[] }} board */
	setBoard({ width, height, palette }) {
		Object.assign(this.#board, { width, height });
		this.#image = this.#boardContext.createImageData(width, height);
		this.#pixels = new Uint32Array(this.#image.data.buffer);
		this.#palette = words(palette);
	}

	/**
	 * Takes over some cells of the colours, or all cells.
	 * @param {Uint8Array} colours
	 * @param {number[] | null} cells
	 */
	update(colours, cells) {
		const [pixels, palette, { width, height }] = [this.#pixels, this.#palette, this.#board];
		this.#colours = colours;
		if (cells) {
			for (const cell of cells) {
				pixels[cell] = palette[colours[cell]];
				this.#changedRows.add(Math.floor(cell / width));
			}
			const changed = this.#changedCells?.concat(cells) ?? [];
			if (changed.length > MOST_CLIPPED) this.#changedCells = null;
			else if (this.#changedCells) this.#changedCells = changed;
		} else {
			this.#changedCells = null;
			for (let cell = 0; cell < colours.length; cell++) pixels[cell] = palette[colours[cell]];
			for (let row = 0; row < height; row++) this.#changedRows.add(row);
		}
	}

	/** The board as it was last drawn, a pixel a cell. */
	get picture() {
		return this.#board;
	}

	/** The colours on the screen: now or of a moment in the past. */
	get colours() {
		return this.#colours;
	}

	#flush() {
		for (const row of this.#changedRows)
			this.#boardContext.putImageData(this.#image, 0, 0, 0, row, this.#board.width, 1);
		this.#changedRows.clear();
	}

	/** @returns {[width: number, height: number]} in CSS pixels */
	resize() {
		const { clientWidth, clientHeight } = this.#screen;
		this.#screen.width = Math.round(clientWidth * devicePixelRatio);
		this.#screen.height = Math.round(clientHeight * devicePixelRatio);
		return [clientWidth, clientHeight];
	}

	/**
	 * @param {View} view
	 * @param {Overlays} overlays
	 * @param {boolean} isSame whether nothing but cells has changed since the last drawing
	 * @returns {boolean} whether the picture is rough, and to be drawn again when the view is at rest
	 */
	draw(view, { grid, template, framed, cursor, layers, inset }, isSame) {
		this.#flush();
		const [context, board, scale] = [this.#context, this.#board, devicePixelRatio];
		const cells = isSame ? this.#changedCells : null;
		this.#changedCells = [];
		const { width, height } = this.#screen;
		const zoom = view.zoom * scale;
		const [originX, originY] = view.toScreen([0, 0]).map((length) => Math.round(length * scale));
		/** @param {number} column */
		const x = (column) => originX + column * zoom;
		/** @param {number} row */
		const y = (row) => originY + row * zoom;
		/** @type {(origin: number, length: number, cells: number) => number[]} */
		const visible = (origin, length, cells) =>
			[Math.floor(-origin / zoom), Math.ceil((length - origin) / zoom)].map((cell) =>
				Math.min(cells, Math.max(0, cell)),
			);
		const [left, right] = visible(originX, width, board.width);
		const [top, bottom] = visible(originY, height, board.height);
		const [columns, rows] = [right - left, bottom - top];

		const drawn = { view: [originX, originY, zoom, width, height].join(), at: performance.now() };
		const moves = drawn.view !== this.#drawn.view && drawn.at - this.#drawn.at < MOVING_MS;
		this.#drawn = drawn;
		context.save();
		if (cells) {
			const path = new Path2D();
			for (const cell of cells) {
				const [column, row] = [cell % board.width, Math.floor(cell / board.width)];
				const [from, to] = [Math.floor(x(column)) - 1, Math.ceil(x(column + 1)) + 1]; // smoothing reaches further
				const [above, below] = [Math.floor(y(row)) - 1, Math.ceil(y(row + 1)) + 1];
				path.rect(from, above, to - from, below - above);
			}
			context.clip(path);
		}
		context.clearRect(0, 0, width, height);
		context.imageSmoothingEnabled = zoom < 1 && !moves; // crisp, unless there are more cells than pixels
		if (columns && rows)
			context.drawImage(board, left, top, columns, rows, x(left), y(top), columns * zoom, rows * zoom);
		context.lineWidth = 1; // an edge, since the ground may have the board's colours
		context.strokeStyle = "#8888";
		context.strokeRect(originX - 0.5, originY - 0.5, board.width * zoom + 1, board.height * zoom + 1);
		if (template) {
			context.globalAlpha = template.opacity;
			context.drawImage(
				template.canvas,
				x(template.column),
				y(template.row),
				template.width * zoom,
				template.height * zoom,
			);
			context.globalAlpha = 1;
		}
		if (grid && view.zoom >= GRID_ZOOM) {
			context.fillStyle = "#8888";
			for (let column = left; column <= right; column++)
				context.fillRect(Math.round(x(column)), y(top), 1, rows * zoom);
			for (let row = top; row <= bottom; row++) context.fillRect(x(left), Math.round(y(row)), columns * zoom, 1);
		}
		for (const layer of layers) layer({ context, x, y, zoom, scale, inset, cell: cursor });
		/** @type {(colour: string, column: number, row: number, columns?: number, rows?: number) => void} */
		const outline = (colour, column, row, columns = 1, rows = 1) => {
			context.lineWidth = 2 * scale;
			for (const [style, out] of /** @type {[string, number][]} */ ([
				["#fff", 2 * scale],
				[colour, 0],
			])) {
				context.strokeStyle = style;
				context.strokeRect(x(column) - out, y(row) - out, columns * zoom + 2 * out, rows * zoom + 2 * out);
			}
		};
		if (template && framed) {
			outline("#05d", template.column, template.row, template.width, template.height);
			const side = HANDLE * scale;
			context.fillStyle = "#05d";
			context.fillRect(
				x(template.column + template.width) - side / 2,
				y(template.row + template.height) - side / 2,
				side,
				side,
			);
		}
		if (cursor) outline("#000", ...cursor);
		context.restore();
		return zoom < 1 && moves;
	}
}
