// A board as a PNG (ISO/IEC 15948), made of the board's own colours: a browser that resists fingerprinting adds noise to
// what a page reads from a canvas.

import { rgb } from "./colours.js";
import { load } from "./load.js";

/** @import { Colour } from "./codec.js" */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const INDEXED = 3;
const AS_ABOVE = 2; // the filter of a row that is told as the difference from the row above

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
	let rest = byte;
	for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
	return rest;
});

/**
 * @param {string} kind
 * @param {Uint8Array} content
 */
function chunk(kind, content) {
	const bytes = new Uint8Array(12 + content.length);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, content.length);
	for (let n = 0; n < 4; n++) bytes[4 + n] = kind.charCodeAt(n);
	bytes.set(content, 8);
	let rest = 0xffffffff;
	for (const byte of bytes.subarray(4, -4)) rest = CRC[(rest ^ byte) & 255] ^ (rest >>> 8);
	view.setUint32(8 + content.length, ~rest);
	return bytes;
}

/** @param {Uint8Array<ArrayBuffer>} plain */
async function deflate(plain) {
	if (!globalThis.CompressionStream) return (await load("zlib")).store(plain);
	const stream = new Blob([plain]).stream().pipeThrough(new CompressionStream("deflate"));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * @param {Uint8Array} colours of the cells, as indices into the palette
 * @param {{ width: number, height: number, palette: Colour[] }} board
 * @param {number} scale each cell is a square of so many pixels
 */
export async function makePng(colours, { width, height, palette }, scale) {
	const header = new DataView(new ArrayBuffer(13));
	header.setUint32(0, width * scale);
	header.setUint32(4, height * scale);
	header.setUint8(8, 8); // bits a pixel
	header.setUint8(9, INDEXED);
	const rowBytes = 1 + width * scale;
	const pixels = new Uint8Array(rowBytes * height * scale);
	for (let row = 0; row < height; row++) {
		const start = rowBytes * row * scale;
		for (let column = 0, at = start + 1; column < width; column++, at += scale)
			pixels.fill(colours[row * width + column], at, at + scale);
		for (let copy = 1; copy < scale; copy++) pixels[start + copy * rowBytes] = AS_ABOVE; // by nothing
	}
	const parts = [
		new Uint8Array(SIGNATURE),
		chunk("IHDR", new Uint8Array(header.buffer)),
		chunk("PLTE", new Uint8Array(palette.flatMap(({ value }) => rgb(value)))),
		chunk("IDAT", await deflate(pixels)),
		chunk("IEND", new Uint8Array()),
	];
	return new Blob(parts, { type: "image/png" });
}
