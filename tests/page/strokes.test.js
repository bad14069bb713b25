// Taking back one's own.

import assert from "node:assert/strict";
import test from "node:test";

import { Strokes } from "../../dcc/page/strokes.js";

test("strokes are taken back one by one, the last first", () => {
	const strokes = new Strokes();
	strokes.add(1, 0, 5);
	strokes.add(2, 0, 5);
	strokes.end();
	strokes.add(2, 5, 6);
	strokes.end();
	assert.deepEqual(strokes.undo([0, 5, 6]).pixels, [[2, 5]]);
	assert.deepEqual(strokes.undo([0, 5, 5]).pixels, [
		[1, 0],
		[2, 0],
	]);
	assert.deepEqual(strokes.undo([0, 0, 0]).pixels, []);
});

test("only what the board still shows is taken back", () => {
	const strokes = new Strokes();
	strokes.add(1, 0, 5);
	strokes.add(2, 0, 5);
	assert.deepEqual(strokes.undo([0, 5, 7]).pixels, [[1, 0]]);
});

test("a cell that a stroke passes twice goes back to what was there before the stroke", () => {
	const strokes = new Strokes();
	strokes.add(1, 3, 5);
	strokes.add(1, 4, 5);
	assert.deepEqual(strokes.undo([0, 5]).pixels, [[1, 3]]);
});

test("strokes on another board are forgotten", () => {
	const strokes = new Strokes();
	strokes.add(1, 3, 5);
	strokes.clear();
	assert.deepEqual(strokes.undo([0, 5]).pixels, []);
});

test("a stroke is taken back a pixel at a time where no more are allowed, and other painters' pixels are passed over", () => {
	const strokes = new Strokes();
	for (const cell of [0, 1, 2, 3]) strokes.add(cell, 0, 5);
	const undo = (...shown) => {
		const { pixels, left } = strokes.undo(shown, 1);
		return [pixels, left];
	};
	assert.deepEqual(undo(5, 5, 7, 5), [[[3, 0]], 2]);
	assert.deepEqual(undo(5, 5, 7, 0), [[[1, 0]], 1]);
	assert.deepEqual(undo(5, 0, 7, 0), [[[0, 0]], 0]);
	assert.deepEqual(undo(0, 0, 7, 0), [[], 0]);
});

test("cells of others cost no more than what they have in common with each stroke", (context) => {
	const strokes = new Strokes();
	for (let cell = 0; cell < 100; cell++) {
		strokes.end();
		strokes.add(cell, 0, 5);
	}
	const taken = context.mock.method(Map.prototype, "delete");
	strokes.lose(Array.from({ length: 10_000 }, (_, n) => n + 50));
	assert.equal(taken.mock.callCount(), 50);
	assert.equal(strokes.kept[0].flat().length, 50);
});
