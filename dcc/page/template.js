// A picture to trace: from the painter's disk, laid over the board in the board's colours, kept in this browser by canvas.

import { snap, words } from "./colours.js";
import { CANVAS_SIDE_CELLS } from "./limits.js";
import { openPicture } from "./pictures.js";
import { clamp } from "./view.js";

/** @import { Replica } from "./replica.js" */
/** @import { Cell } from "./shapes.js" */
/** @import { Point } from "./view.js" */

/**
 * @typedef {{ file: ArrayBuffer | Blob, column: number, row: number, width: number, visible: boolean, opacity?: number }}
 *   Kept
 */

export class Template {
	/** @type {ArrayBuffer | null} as chosen; not as a Blob, which private windows of Safari keep nowhere */
	file = null;
	column = 0;
	row = 0;
	width = 0;
	height = 0;
	visible = true;
	opacity = 0.5; // 0 to 1
	canvas = document.createElement("canvas"); // in the board's colours, a pixel a cell
	/** Cells on the board without the template's colour yet, and all cells of the template on the board. */
	left = 0;
	total = 0;

	/** @type {ImageBitmap | undefined} the picture in the file */
	#source;
	/** @type {ArrayLike<number>} the wanted colour of each cell, -1 for any */
	#colours = [];
	/** @type {Replica} */
	#replica;

	/** @param {Replica} replica */
	constructor(replica) {
		this.#replica = replica;
	}

	/**
	 * Takes a picture and puts its middle near a point of the board. Rejects if the file holds no picture.
	 * @param {File} file
	 * @param {Point} middle
	 */
	async choose(file, middle) {
		const source = await this.#take(file);
		const { width, height } = this.#replica;
		this.place({ width: Math.round(source.width * Math.min(1, width / source.width, height / source.height)) });
		/** @type {(middle: number, length: number, room: number) => number} */
		const within = (middle, length, room) => Math.round(clamp(middle - length / 2, 0, room - length));
		this.place({ column: within(middle[0], this.width, width), row: within(middle[1], this.height, height) });
		this.save();
	}

	/** @param {Blob} file */
	async #take(file) {
		const source = await openPicture(file);
		this.#source = source;
		Object.assign(this, { file: await file.arrayBuffer(), width: 0 }); // so that the canvas is made anew
		return source;
	}

	/**
	 * Changes the place, the width, or how the picture is seen; the height follows.
	 * @param {{ width?: number, column?: number, row?: number, visible?: boolean, opacity?: number }} changes
	 */
	place({ width = this.width, ...rest }) {
		const clamped = clamp(width, 1, CANVAS_SIDE_CELLS);
		const resized = clamped !== this.width;
		Object.assign(this, rest, { width: clamped });
		if (resized && this.#source) this.#make(this.#source);
		this.count();
	}

	/** @param {ImageBitmap} source */
	#make(source) {
		const { canvas, width } = this;
		const { palette } = this.#replica;
		const height = clamp(Math.round((width * source.height) / source.width), 1, CANVAS_SIDE_CELLS);
		Object.assign(canvas, { width, height });
		this.height = height;
		const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
		context.imageSmoothingEnabled = width < source.width; // enlarged, the picture stays pixels
		context.imageSmoothingQuality = "high";
		context.drawImage(source, 0, 0, width, height);
		const image = context.getImageData(0, 0, width, height);
		const colours = snap(image.data, palette);
		const shades = words(palette);
		const pixels = new Uint32Array(image.data.buffer);
		colours.forEach((colour, pixel) => {
			pixels[pixel] = shades[colour];
		});
		context.putImageData(image, 0, 0);
		this.#colours = colours;
	}

	/**
	 * The colour that the template wants in a cell, or -1; nothing beside the template.
	 * @param {Cell} cell
	 */
	wants([column, row]) {
		const [x, y] = [column - this.column, row - this.row];
		if (this.file && x >= 0 && y >= 0 && x < this.width && y < this.height) return this.#colours[y * this.width + x];
	}

	count() {
		const { width, height, shown } = this.#replica;
		this.left = this.total = 0;
		const bottom = Math.min(height, this.row + this.height);
		const right = Math.min(width, this.column + this.width);
		for (let row = Math.max(0, this.row); row < bottom; row++) {
			for (let column = Math.max(0, this.column); column < right; column++) {
				const wanted = this.wants([column, row]) ?? -1;
				if (wanted >= 0) this.total++;
				if (wanted >= 0 && wanted !== shown[row * width + column]) this.left++;
			}
		}
	}

	remove() {
		this.file = null;
		this.save();
	}

	save() {
		const { file, column, row, width, visible, opacity } = this;
		return inStore((store) => store.put({ file, column, row, width, visible, opacity }, this.#replica.canvasId));
	}

	/** Takes the template kept for this canvas, if any. */
	async restore() {
		this.file = null;
		/** @type {Kept | undefined} */
		const kept = await inStore((store) => store.get(this.#replica.canvasId));
		if (!kept?.file) return;
		const { file, ...where } = kept;
		await this.#take(new Blob([file]));
		this.place(where);
	}
}

/**
 * Keeps or finds something. Without a store, as in some private windows, a template lasts as long as the page.
 * @param {(store: IDBObjectStore) => IDBRequest} deed
 * @returns {Promise<any>}
 */
function inStore(deed) {
	/** @type {Promise<any>} */
	const done = new Promise((resolve, reject) => {
		const opening = indexedDB.open("dcc");
		opening.onupgradeneeded = () => opening.result.createObjectStore("templates");
		opening.onerror = reject;
		opening.onsuccess = () => {
			const request = deed(opening.result.transaction("templates", "readwrite").objectStore("templates"));
			request.onsuccess = () => resolve(request.result);
			request.onerror = reject;
		};
	});
	return done.catch(() => undefined);
}
