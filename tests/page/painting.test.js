// Painting, and the times at which no paint is taken: on a fake link and a fake clock.

import assert from "node:assert/strict";
import test from "node:test";

import { Painting } from "../../dcc/page/painting.js";
import { View } from "../../dcc/page/view.js";

const WIDTH = 10;

/** As a server tells that takes one pixel at a time, and does not say how the charges stand. */
const cooldown = (waitMs) => ({ kind: "cooldown", waitMs, charges: 0, most: 1, nextMs: 0, eachMs: 0 });
/** As a server tells whose charges gather: one a second, up to four. */
const charges = (charges, nextMs) => ({ kind: "cooldown", waitMs: 0, charges, most: 4, nextMs, eachMs: 1000 });

/** A board of ten by ten at ten pixels a cell, with a log of paints and refusals. */
function room() {
	const made = { time: 1000, past: false, sent: [], refusals: [], shown: 0, forbids: () => null };
	const replica = { width: WIDTH, shown: new Uint8Array(WIDTH * WIDTH), unanswered: 0 };
	made.link = {
		state: "online",
		replica,
		paint(pixels) {
			made.sent.push(pixels);
			for (const [cell, colour] of pixels) replica.shown[cell] = colour;
			return pixels.map(([cell]) => cell);
		},
	};
	const view = new View();
	view.setBoard(WIDTH, WIDTH);
	view.setFree(0, 0, 100, 100);
	const owner = {
		isPast: () => made.past,
		show: () => made.shown++,
		refuse: (why) => made.refusals.push(why),
		partlyUndone: (left) => made.refusals.push(left),
		forbids: (cell) => made.forbids(cell),
		forbidden: ({ code }) => made.refusals.push(code),
	};
	made.painting = new Painting(made.link, view, owner, () => made.time);
	return made;
}

test("a cell is painted in the chosen colour, and a cell of that colour or off the board is not", () => {
	const made = room();
	const { painting, sent, link } = made;
	painting.colour = 2;
	painting.paint([
		[3, 1],
		[3, 1],
		[-1, 0],
		[0, 10],
	]);
	painting.paint([[3, 1]]);
	assert.deepEqual(sent, [
		[
			[13, 2],
			[13, 2],
		],
		[],
	]);
	assert.equal(link.replica.shown[13], 2);
	assert.equal(made.shown, 2);
});

test("far points of a stroke are joined by a line, and the stroke is undone as one", () => {
	const { painting, sent } = room();
	const stroke = painting.stroke([5, 5]);
	stroke.move([
		[35, 5],
		[35, 25],
	]);
	stroke.end();
	painting.undo();
	assert.deepEqual(sent.slice(0, 3), [
		[[0, 1]],
		[
			[1, 1],
			[2, 1],
			[3, 1],
		],
		[
			[13, 1],
			[23, 1],
		],
	]);
	assert.deepEqual(sent[3], [
		[0, 0],
		[1, 0],
		[2, 0],
		[3, 0],
		[13, 0],
		[23, 0],
	]);
});

test("single cells are strokes of their own, and undo says when there is none", () => {
	const { painting, sent, refusals } = room();
	painting.paintOne([1, 0]);
	painting.paintOne([2, 0]);
	painting.undo();
	painting.undo();
	assert.deepEqual(sent.slice(2), [[[2, 0]], [[1, 0]]]);
	assert.deepEqual(refusals, []);
	painting.undo();
	assert.deepEqual(refusals, ["nothing"]);
	painting.paintOne([1, 0]);
	painting.forget();
	painting.undo();
	assert.deepEqual(refusals, ["nothing", "nothing"]);
});

test("what was undone is done again, except where others have painted since", () => {
	const { painting, sent, refusals, link } = room();
	painting.paint([
		[1, 0],
		[2, 0],
	]);
	painting.undo();
	painting.redo();
	assert.deepEqual(sent[2], sent[0]);
	link.replica.others = [1];
	painting.apply({ kind: "changes", sequence: 1, pixels: [[1, 1]] });
	painting.undo();
	assert.deepEqual(sent[3], [[2, 0]]);
	painting.redo();
	assert.deepEqual(sent[4], [[2, 1]]);
	painting.redo();
	assert.deepEqual(refusals, ["nothingMore"]);
});

test("nothing is painted offline, in the past, or before the end of a pause", () => {
	const made = room();
	const { painting, link, sent, refusals } = made;
	link.state = "away";
	painting.paintOne([1, 0]);
	link.state = "online";
	made.past = true;
	painting.paintOne([1, 0]);
	made.past = false;
	painting.apply(cooldown(500));
	painting.undo();
	assert.deepEqual([sent, refusals], [[], ["away", "past", "early"]]);
	made.time += 500;
	painting.paintOne([1, 0]);
	assert.equal(sent.length, 1);
});

test("a cooldown lasts as long as the connection, and a rejection without a time sets no pause", () => {
	const { painting } = room();
	painting.apply({ kind: "rejected", request: 0, retryMs: null });
	assert.deepEqual([painting.hasCooldown, painting.rests], [false, false]);
	painting.apply({ kind: "rejected", request: 0, retryMs: 40 });
	assert.deepEqual([painting.hasCooldown, painting.rests], [false, true]);
	painting.apply(cooldown(0));
	assert.deepEqual([painting.hasCooldown, painting.rests], [true, false]);
	painting.apply(cooldown(10));
	painting.disconnected();
	assert.deepEqual([painting.hasCooldown, painting.rests], [false, false]);
});

test("charges gather up to the most, and a paint takes one for each pixel at once", () => {
	const made = room();
	const { painting, sent, refusals, link } = made;
	painting.apply(charges(2, 400));
	assert.deepEqual([painting.most, Math.floor(painting.gathered), painting.rests], [4, 2, false]);
	link.replica.unanswered = 1;
	painting.paint([
		[1, 0],
		[2, 0],
		[3, 0],
	]);
	assert.deepEqual(sent, [
		[
			[1, 1],
			[2, 1],
		],
	]);
	assert.deepEqual(refusals, ["early"]);
	assert.deepEqual([painting.rests, painting.waitUntil], [true, made.time + 400]);
	made.time += 400;
	assert.deepEqual([painting.gathered, painting.rests], [1, false]);
	made.time += 500;
	assert.equal(painting.gathered, 1.5);
	link.replica.unanswered = 0;
	painting.apply(charges(1, 500));
	made.time += 10_000;
	assert.equal(painting.gathered, 4);
});

test("a pause that an owner takes away is over", () => {
	const { painting } = room();
	painting.apply(charges(0, 400));
	assert.ok(painting.rests);
	painting.apply({ ...cooldown(0), most: 0 });
	assert.deepEqual([painting.rests, painting.hasCooldown, painting.gathered], [false, false, Number.POSITIVE_INFINITY]);
});

test("cells of others are left out of a stroke, and the reason is said", () => {
	const made = room();
	made.forbids = ([column]) => (column > 1 ? { reason: "", code: "zona-ajena", values: { zona: "Ana" } } : null);
	made.painting.paint([
		[1, 0],
		[2, 0],
		[3, 0],
	]);
	assert.deepEqual(made.sent, [[[1, 1]]]);
	assert.deepEqual(made.refusals, ["zona-ajena"]);
});

test("a long stroke from before a cooldown is undone a pixel at a time, and says what is left", () => {
	const made = room();
	const { painting, sent, refusals } = made;
	painting.paint([
		[1, 0],
		[2, 0],
		[3, 0],
	]);
	painting.apply(cooldown(0));
	for (let n = 0; n < 4; n++) painting.undo();
	assert.deepEqual(sent.slice(1), [[[3, 0]], [[2, 0]], [[1, 0]], []]);
	assert.deepEqual(refusals, [2, 1, "nothing"]);
	assert.deepEqual([...made.link.replica.shown.subarray(0, 5)], [0, 0, 0, 0, 0]);
});
