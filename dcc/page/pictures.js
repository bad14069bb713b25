// Pictures from files and from the clipboard, in the colours of a board: as the window has them (dcc/window/pictures.py).
// Loaded when a picture is wanted.

import { rgb, snap } from "./colours.js";
import { create } from "./elements.js";
import { learn } from "./strings.js";
import { clamp } from "./view.js";

/** @import { Colour } from "./codec.js" */
/** @import { Board } from "./shapes.js" */

learn({
	hiddenPixels: [
		"This browser hides the pixels of pictures from pages. Allow this page to read its canvas, and choose the picture again.",
		"Este navegador oculta a las páginas los píxeles de las imágenes. Permite que esta página lea su lienzo y elige la imagen otra vez.",
	],
	noPicture: [
		"This file is not a picture that the browser can read.",
		"El navegador no puede leer este archivo como imagen.",
	],
});

const NOISE = 8; // levels; less cannot turn a colour of the palette into another
const LARGEST = 2 ** 24; // pixels of a canvas on a telephone of Apple
const OPAQUE = 128; // least alpha of a pixel that is painted
const LOBES = 3; // of the filter after Lanczos, on each side
const FRACTION = 2 ** 22; // of the filter's weights, which are whole numbers as in Pillow

/** The browser gives the page other pixels than those of the picture, against fingerprinting. */
export class HiddenPixels extends Error {}

/**
 * Opens a picture. Rejects if the file holds no picture, or with HiddenPixels.
 * @param {Blob} file
 */
export async function openPicture(file) {
	const picture = await createImageBitmap(file);
	if (!readsPixels()) throw new HiddenPixels();
	return picture;
}

/** Whether pixels can be read from a canvas about as they are. Some browsers add a level of noise, others give noise alone. */
function readsPixels() {
	const context = contextOf(16, 16);
	const image = context.createImageData(16, 16);
	image.data.forEach((_, n) => {
		image.data[n] = n % 4 === 3 ? 255 : n * 37; // clear pixels may lose their colour
	});
	context.putImageData(image, 0, 0);
	const read = context.getImageData(0, 0, 16, 16).data;
	return image.data.every((level, n) => Math.abs(level - read[n]) <= NOISE);
}

/**
 * @param {number} width
 * @param {number} height
 */
function contextOf(width, height) {
	const canvas = create("canvas", { width, height });
	return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
}

/**
 * A picture in the colours of a palette, made smaller if it is too large for the board.
 * @param {ImageBitmap} picture
 * @param {Colour[]} palette
 * @param {Board} board
 * @param {number} most cells
 * @param {boolean} mixes whether colours between those of the palette are mixed (dithered)
 */
export function inColours(picture, palette, board, most, mixes) {
	const share = Math.min(1, Math.sqrt(LARGEST / (picture.width * picture.height)));
	const [width, height] = [picture.width, picture.height].map((length) => Math.floor(length * share));
	const context = contextOf(width, height);
	context.drawImage(picture, 0, 0, width, height);
	const { data } = context.getImageData(0, 0, width, height);
	return coloursOf({ width, height, data }, palette, board, most, mixes);
}

/** @typedef {{ width: number, height: number, data: Uint8ClampedArray }} Pixels red, green, blue and alpha */

/**
 * @param {Pixels} pixels
 * @param {Colour[]} palette
 * @param {Board} board
 * @param {number} most
 * @param {boolean} mixes
 * @returns {Board & { colours: Int16Array }} indices, -1 where a pixel is more than half clear
 */
export function coloursOf(pixels, palette, board, most, mixes) {
	const { width, height } = pixels;
	const share = Math.min(1, board.width / width, board.height / height, Math.sqrt(most / (width * height)));
	const size = { width: Math.max(1, Math.floor(width * share)), height: Math.max(1, Math.floor(height * share)) };
	const made = share < 1 ? resize(pixels, size) : pixels;
	return { ...size, colours: mixes ? dithered(made, palette) : snap(made.data, palette) };
}

/**
 * Makes a picture smaller with the filter after Lanczos, as Pillow does: first the rows, then the columns, on colours
 * times their alpha.
 * @param {Pixels} pixels
 * @param {Board} size
 * @returns {Pixels}
 */
function resize({ width, height, data }, size) {
	const product = data.slice();
	for (let n = 0; n < data.length; n++) if (n % 4 < 3) product[n] = Math.round((data[n] * data[n | 3]) / 255);
	const across = width === size.width ? product : filter(product, width, size.width, height, 4, 4 * width);
	const down = height === size.height ? across : filter(across, height, size.height, size.width, 4 * size.width, 4);
	for (let n = 0; n < down.length; n++) {
		const alpha = down[n | 3];
		if (n % 4 < 3 && alpha) down[n] = Math.min(255, Math.floor((255 * down[n]) / alpha));
	}
	return { ...size, data: down };
}

/**
 * Filters all lines of a picture along one axis.
 * @param {Uint8ClampedArray} from
 * @param {number} length of a line
 * @param {number} wanted length
 * @param {number} lines
 * @param {number} step from a pixel of a line to the next
 * @param {number} stride from a line to the next
 */
function filter(from, length, wanted, lines, step, stride) {
	const to = new Uint8ClampedArray(4 * wanted * lines);
	// Along rows the lines get shorter; along columns they only get fewer pixels.
	const [toStep, toStride] = step === 4 ? [4, 4 * wanted] : [step, stride];
	for (let at = 0; at < wanted; at++) {
		const { first, weights } = weightsOf(length, wanted, at);
		for (let line = 0; line < lines; line++) {
			for (let part = 0; part < 4; part++) {
				let sum = FRACTION / 2;
				const start = line * stride + first * step + part;
				for (let n = 0; n < weights.length; n++) sum += from[start + n * step] * weights[n];
				to[line * toStride + at * toStep + part] = Math.floor(sum / FRACTION);
			}
		}
	}
	return to;
}

/**
 * @param {number} length
 * @param {number} wanted
 * @param {number} at
 */
function weightsOf(length, wanted, at) {
	const scale = length / wanted;
	const [middle, reach] = [(at + 0.5) * scale, LOBES * scale];
	const first = Math.max(0, Math.floor(middle - reach + 0.5));
	const end = Math.min(length, Math.floor(middle + reach + 0.5));
	const raw = Array.from({ length: end - first }, (_, n) => lanczos((n + first - middle + 0.5) / scale));
	const sum = raw.reduce((all, weight) => all + weight);
	return {
		first,
		weights: raw.map((weight) => Math.sign(weight) * Math.floor(Math.abs((weight / sum) * FRACTION) + 0.5)),
	};
}

/** @param {number} x */
const lanczos = (x) => (x >= -LOBES && x < LOBES ? sinc(x) * sinc(x / LOBES) : 0);
/** @param {number} x */
const sinc = (x) => (x ? Math.sin(x * Math.PI) / (x * Math.PI) : 1);

/**
 * Mixes the colours of the palette: the error of each pixel is passed on to the neighbours (Floyd and Steinberg), in
 * numbers of 32 bits and in the order of additions of dcc/images/quantize.py, which says why.
 * @param {Pixels} pixels
 * @param {Colour[]} palette
 */
function dithered({ width, height, data }, palette) {
	const { fround } = Math;
	const shades = palette.map(({ value }) => rgb(value));
	const squares = shades.map(([red, green, blue]) => red * red + green * green + blue * blue);
	const colours = new Int16Array(width * height);
	let above = new Float32Array(3 * (width + 2)); // the errors, with a margin
	for (let row = 0; row < height; row++) {
		const errors = new Float32Array(3 * (width + 2));
		for (let column = 0; column < width; column++) {
			const [pixel, here] = [4 * (row * width + column), 3 * (column + 1)];
			const wanted = [0, 1, 2].map((part) => {
				let level = fround(data[pixel + part] + above[here - 3 + part]);
				level = fround(level + fround(5 * above[here + part]));
				level = fround(level + fround(7 * errors[here - 3 + part]));
				return clamp(fround(level + fround(3 * above[here + 3 + part])), 0, 255);
			});
			const distances = shades.map(
				(shade, n) => squares[n] - 2 * (shade[0] * wanted[0] + shade[1] * wanted[1] + shade[2] * wanted[2]),
			);
			const choice = distances.indexOf(Math.min(...distances));
			const isOpaque = data[pixel + 3] >= OPAQUE;
			colours[row * width + column] = isOpaque ? choice : -1;
			if (isOpaque)
				wanted.forEach((level, part) => {
					errors[here + part] = fround(level - shades[choice][part]) / 16;
				});
		}
		above = errors;
	}
	return colours;
}

/**
 * Draws colours, a pixel a cell.
 * @param {Board & { colours: ArrayLike<number> }} stamp
 * @param {Uint32Array} shades of the palette, words of an ImageData's memory
 */
export function draw({ width, height, colours }, shades) {
	const context = contextOf(width, height);
	const image = context.createImageData(width, height);
	const pixels = new Uint32Array(image.data.buffer);
	for (let n = 0; n < pixels.length; n++) pixels[n] = colours[n] < 0 ? 0 : shades[colours[n]];
	context.putImageData(image, 0, 0);
	return context.canvas;
}
