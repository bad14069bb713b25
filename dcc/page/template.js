// A picture to draw along: from one's own disk, laid over the board in its colours, kept in this browser by canvas.

import { snap, words } from "./colours.js";
import { replica } from "./link.js";
import { clamp } from "./view.js";

const SIDE_CELLS = 4096; // no board is larger

export const template = {
	file: null, // as it was chosen
	column: 0,
	row: 0,
	width: 0,
	height: 0,
	visible: true,
	canvas: new OffscreenCanvas(1, 1), // in the board's colours, a pixel a cell
	left: 0, // how many of its cells on the board do not show its colour yet
	total: 0, // how many there are
};

let source; // the picture in the file
let colours = []; // what each cell is to show, -1 for anything

/** Takes a picture and puts its middle near a point of the board. Rejects where the file holds none. */
export async function choose(file, x, y) {
	await take(file);
	place({ width: Math.round(source.width * Math.min(1, replica.width / source.width, replica.height / source.height)) });
	const within = (middle, length, room) => Math.round(clamp(middle - length / 2, 0, room - length));
	place({ column: within(x, template.width, replica.width), row: within(y, template.height, replica.height) });
	save();
}

async function take(file) {
	source = await createImageBitmap(file);
	Object.assign(template, { file, width: 0 }); // so that it is made anew
}

/** Changes where it lies, how wide it is, or how it is seen; the height follows. */
export function place({ width = template.width, ...rest }) {
	width = clamp(width, 1, SIDE_CELLS);
	const resized = width !== template.width;
	Object.assign(template, rest, { width });
	if (resized) make();
	count();
}

function make() {
	const { canvas, width } = template;
	const height = clamp(Math.round((width * source.height) / source.width), 1, SIDE_CELLS);
	Object.assign(canvas, { width, height });
	template.height = height;
	const context = canvas.getContext("2d", { willReadFrequently: true });
	context.imageSmoothingEnabled = width < source.width; // enlarged, it stays pixels
	context.imageSmoothingQuality = "high";
	context.drawImage(source, 0, 0, width, height);
	const image = context.getImageData(0, 0, width, height);
	colours = snap(image.data, replica.palette);
	const palette = words(replica.palette);
	new Uint32Array(image.data.buffer).forEach((_, pixel, pixels) => (pixels[pixel] = palette[colours[pixel]]));
	context.putImageData(image, 0, 0);
}

/** The colour that it wants in a cell, or -1; nothing where it does not lie. */
export function wants(column, row) {
	const [x, y] = [column - template.column, row - template.row];
	if (template.file && x >= 0 && y >= 0 && x < template.width && y < template.height) return colours[y * template.width + x];
}

export function count() {
	template.left = template.total = 0;
	const bottom = Math.min(replica.height, template.row + template.height);
	const right = Math.min(replica.width, template.column + template.width);
	for (let row = Math.max(0, template.row); row < bottom; row++) {
		for (let column = Math.max(0, template.column); column < right; column++) {
			const wanted = wants(column, row);
			if (wanted >= 0) template.total++;
			if (wanted >= 0 && wanted !== replica.shown[row * replica.width + column]) template.left++;
		}
	}
}

export function remove() {
	template.file = null;
	save();
}

export function save() {
	const { canvas, ...kept } = template;
	return inStore((store) => store.put(kept, replica.canvas));
}

/** Takes what was kept for this canvas, if anything. */
export async function restore() {
	template.file = null;
	const { file, column, row, width, visible } = (await inStore((store) => store.get(replica.canvas))) ?? {};
	if (!file) return;
	await take(file);
	place({ column, row, width, visible });
}

function inStore(deed) {
	return new Promise((resolve, reject) => {
		const opening = indexedDB.open("dcc");
		opening.onupgradeneeded = () => opening.result.createObjectStore("templates");
		opening.onerror = reject;
		opening.onsuccess = () => {
			const request = deed(opening.result.transaction("templates", "readwrite").objectStore("templates"));
			request.onsuccess = () => resolve(request.result);
			request.onerror = reject;
		};
	});
}
