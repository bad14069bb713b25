// Colours as values, and pictures in the colours of a palette.

/** "#rrggbb" as [red, green, blue], 0 to 255. */
const rgb = (value) => [1, 3, 5].map((at) => parseInt(value.slice(at, at + 2), 16));

/** Each colour of a palette as one word of an ImageData's memory. */
export function words(palette) {
	return new Uint32Array(new Uint8Array(palette.flatMap(({ value }) => [...rgb(value), 255])).buffer);
}

/** Whether black is read better on it than white (WCAG 2, nearly). */
export function wantsBlack(value) {
	const [red, green, blue] = rgb(value).map((part) => (part / 255) ** 2.2);
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18;
}

/** How different two colours look, roughly ("redmean", https://www.compuphase.com/cmetric.htm). */
function difference([red, green, blue], [red2, green2, blue2]) {
	const mean = (red + red2) / 512;
	return (2 + mean) * (red - red2) ** 2 + 4 * (green - green2) ** 2 + (3 - mean) * (blue - blue2) ** 2;
}

/** The bytes of an ImageData as indices into the palette, the nearest; -1 where it is more than half clear. */
export function snap(bytes, palette) {
	const colours = palette.map(({ value }) => rgb(value));
	const known = new Map(); // most pictures repeat their colours
	return new Int16Array(bytes.length / 4).map((_, pixel) => {
		const [red, green, blue, alpha] = bytes.subarray(pixel * 4, pixel * 4 + 4);
		const key = (red << 16) | (green << 8) | blue;
		if (alpha < 128) return -1;
		if (!known.has(key)) {
			const differences = colours.map((colour) => difference(colour, [red, green, blue]));
			known.set(key, differences.indexOf(Math.min(...differences)));
		}
		return known.get(key);
	});
}
