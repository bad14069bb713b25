// Colours as an eye sees them, and pictures in the colours of a palette. dcc/core/perception.py has the same functions
// and the reason for each number; tests/vectors holds both to the same answers.

/** @import { Colour } from "./codec.js" */

/** @typedef {[number, number, number]} Triple */

/**
 * "#rrggbb" as red, green and blue, 0 to 255 each.
 * @param {string} value
 * @returns {Triple}
 */
export function rgb(value) {
	const number = Number.parseInt(value.slice(1), 16);
	return [number >> 16, (number >> 8) & 255, number & 255];
}

/**
 * Each colour of a palette as one word of an ImageData's memory.
 * @param {Colour[]} palette
 */
export function words(palette) {
	return new Uint32Array(new Uint8Array(palette.flatMap(({ value }) => [...rgb(value), 255])).buffer);
}

/** From a level of sRGB to the amount of light, 0 to 1. */
const LIGHT = Array.from({ length: 256 }, (_, level) =>
	level <= 10 ? level / 255 / 12.92 : ((level / 255 + 0.055) / 1.055) ** 2.4,
);
const TO_CONES = [
	[0.4122214708, 0.5363325363, 0.0514459929],
	[0.2119034982, 0.6806995451, 0.1073969566],
	[0.0883024619, 0.2817188376, 0.6299787005],
];
const TO_LAB = [
	[0.2104542553, 0.793617785, -0.0040720468],
	[1.9779984951, -2.428592205, 0.4505937099],
	[0.0259040371, 0.7827717662, -0.808675766],
];
const LAB_STEPS = [2 ** 16, 2 ** 17, 2 ** 17];
const EQUAL_CONTRAST = Math.sqrt(1.05 * 0.05) - 0.05;

/**
 * @param {number[][]} matrix
 * @param {number[]} vector
 */
const times = (matrix, [x, y, z]) => matrix.map((row) => row[0] * x + row[1] * y + row[2] * z);

/**
 * A colour in OKLab, in whole steps.
 * @param {Triple} colour
 */
function oklab(colour) {
	const light = colour.map((level) => LIGHT[level]);
	const lab = times(TO_LAB, times(TO_CONES, light).map(Math.cbrt));
	return lab.map((part, axis) => Math.floor(part * LAB_STEPS[axis] + 0.5));
}

/**
 * Whether black text on this colour has more contrast than white text (WCAG 2.2).
 * @param {string} value
 */
export function readsBlack(value) {
	const [red, green, blue] = rgb(value).map((level) => LIGHT[level]);
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue > EQUAL_CONTRAST;
}

/**
 * The bytes of an ImageData as indices of the nearest colours of the palette, the first of equally near ones; -1 where a
 * pixel is more than half clear.
 * @param {Uint8ClampedArray} bytes
 * @param {Colour[]} palette
 */
export function snap(bytes, palette) {
	const shades = palette.map(({ value }) => oklab(rgb(value)));
	/** @type {Map<number, number>} most pictures repeat their colours */
	const known = new Map();
	return new Int16Array(bytes.length / 4).map((_, pixel) => {
		const [red, green, blue, alpha] = bytes.subarray(pixel * 4, pixel * 4 + 4);
		if (alpha < 128) return -1;
		const key = (red << 16) | (green << 8) | blue;
		let index = known.get(key);
		if (index === undefined) {
			const [lightness, a, b] = oklab([red, green, blue]);
			const distances = shades.map((shade) => (shade[0] - lightness) ** 2 + (shade[1] - a) ** 2 + (shade[2] - b) ** 2);
			index = distances.indexOf(Math.min(...distances));
			known.set(key, index);
		}
		return index;
	});
}
