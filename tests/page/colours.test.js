// Pictures in the colours of a palette.

import assert from "node:assert/strict";
import test from "node:test";

import { readsBlack, snap, words } from "../../dcc/page/colours.js";

const PALETTE = ["#ffffff", "#000000", "#ff0000", "#00ff00", "#ffff00", "#0000ff"].map((value) => ({
	name: value,
	value,
}));

test("a palette as words has its bytes in an ImageData's order", () => {
	const bytes = new Uint8Array(words([{ value: "#102030" }]).buffer);
	assert.deepEqual([...bytes], [0x10, 0x20, 0x30, 255]);
});

test("a picture in a palette's own colours stays as it is", () => {
	const bytes = new Uint8ClampedArray(words(PALETTE).buffer);
	assert.deepEqual([...snap(bytes, PALETTE)], [0, 1, 2, 3, 4, 5]);
});

test("other colours become the nearest, and clear pixels none", () => {
	const pixels = [
		[250, 250, 240, 255],
		[60, 0, 0, 255],
		[230, 40, 30, 200],
		[20, 30, 220, 128],
		[255, 0, 0, 127],
		[240, 220, 40, 255],
	];
	assert.deepEqual([...snap(new Uint8ClampedArray(pixels.flat()), PALETTE)], [0, 1, 2, 5, -1, 4]);
});

test("digits are black on light colours and white on dark ones", () => {
	assert.deepEqual(
		PALETTE.map(({ value }) => readsBlack(value)),
		[true, false, true, true, true, false],
	);
});
