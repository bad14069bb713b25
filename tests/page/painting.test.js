// Painting, and the times at which no paint is taken: on a fake link and a fake clock.

import assert from "node:assert/strict";
import test from "node:test";

import { charges, cooldown, one, room } from "./room.js";

test("a pixel is painted, and one that is there already is not", () => {
	const { painting, sent, link, shown, ...made } = room();
	assert.ok(painting.paint([[13, 2]]));
	assert.ok(painting.paint([[13, 2]]));
	assert.deepEqual(sent, [[[13, 2]], []]);
	assert.equal(link.replica.shown[13], 2);
	assert.deepEqual(made.refusals, []);
});

test("what is painted until the next beginning is undone as one, and undo says when there is nothing", () => {
	const { painting, sent, refusals } = room();
	painting.begin();
	painting.paint(one(1));
	painting.paint(one(2));
	painting.begin();
	painting.paint(one(3));
	painting.undo();
	painting.undo();
	assert.deepEqual(sent.slice(3), [
		[[3, 0]],
		[
			[1, 0],
			[2, 0],
		],
	]);
	assert.deepEqual(refusals, []);
	painting.undo();
	assert.deepEqual(refusals, ["nothing"]);
	painting.paint(one(1));
	painting.forget();
	painting.undo();
	assert.deepEqual(refusals, ["nothing", "nothing"]);
});

test("what was undone is done again, except where others have painted since", () => {
	const { painting, sent, refusals, link } = room();
	painting.paint(one(1, 2));
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
	painting.paint(one(1));
	link.state = "online";
	made.past = true;
	painting.paint(one(1));
	made.past = false;
	painting.apply(cooldown(500));
	painting.undo();
	assert.deepEqual([sent, refusals], [[], ["away", "past", "early"]]);
	made.time += 500;
	painting.paint(one(1));
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
	painting.paint(one(1, 2, 3));
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

test("a charge that is there can be spent, however the clock goes on meanwhile", () => {
	const made = room();
	let time = 1000;
	Object.defineProperty(made, "time", { get: () => time++ });
	made.painting.apply({ ...charges(1, 0), most: 1 });
	assert.equal(made.painting.rests, false);
	assert.ok(made.painting.paint(one(1)));
	assert.deepEqual(made.refusals, []);
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
	made.painting.paint(one(1, 2, 3));
	assert.deepEqual(made.sent, [[[1, 1]]]);
	assert.deepEqual(made.refusals, ["zona-ajena", 2]);
	assert.equal(made.painting.paint(one(4)), false);
	assert.deepEqual(made.refusals.slice(2), ["zona-ajena", null]);
});

test("a long stroke from before a cooldown is undone a pixel at a time, and says what is left", () => {
	const made = room();
	const { painting, sent, refusals } = made;
	painting.paint(one(1, 2, 3));
	painting.apply(cooldown(0));
	for (let n = 0; n < 4; n++) painting.undo();
	assert.deepEqual(sent.slice(1), [[[3, 0]], [[2, 0]], [[1, 0]], []]);
	assert.deepEqual(refusals, [[1, 2], [1, 1], "nothing"]);
	assert.deepEqual([...made.link.replica.shown.subarray(0, 5)], [0, 0, 0, 0, 0]);
});

test("an undo takes as many pixels as charges have gathered, and says how many", () => {
	const { painting, sent, refusals } = room();
	painting.paint(one(1, 2, 3, 4, 5));
	painting.apply(charges(3, 400));
	painting.undo();
	assert.equal(sent[1].length, 3);
	assert.deepEqual(refusals, [[3, 2]]);
});

test("an undo that the server refuses can be done again, as can a redo", () => {
	const { painting, sent, refuse, refusals } = room();
	painting.paint(one(1, 2, 3));
	painting.undo();
	refuse[1]();
	painting.undo();
	assert.deepEqual(sent[2], sent[1]);
	painting.redo();
	refuse[3]();
	painting.redo();
	assert.deepEqual(sent[4], sent[3]);
	painting.undo();
	assert.deepEqual(sent[5], sent[1]);
	assert.deepEqual(refusals, []);
});

test("of an undo that the server refuses in parts, those parts are undone again as one", () => {
	const { painting, sent, refuse } = room();
	painting.paint(one(1, 2, 3, 4));
	painting.undo();
	refuse[1]([[2, 0]]);
	refuse[1]([[4, 0]]);
	painting.undo();
	assert.deepEqual(sent[2], [
		[2, 0],
		[4, 0],
	]);
});

test("what others have painted since a refused undo is left alone", () => {
	const { painting, sent, refuse, link } = room();
	painting.paint(one(1, 2));
	painting.undo();
	link.replica.unanswered = 1;
	link.replica.others = [2];
	painting.apply({ kind: "changes", sequence: 1, pixels: [[2, 1]] });
	refuse[1]();
	painting.undo();
	assert.deepEqual(sent[2], [[1, 0]]);
});

test("a refused undo comes back below what was painted since, and to its place among other undos", () => {
	const { painting, sent, refuse, link } = room();
	for (const cell of [1, 2, 3]) {
		painting.begin();
		painting.paint(one(cell));
	}
	painting.undo();
	painting.undo();
	painting.begin();
	painting.paint(one(4));
	refuse[3]();
	refuse[4]();
	assert.deepEqual([...link.replica.shown.subarray(0, 5)], [0, 1, 1, 1, 1]);
	for (let n = 0; n < 4; n++) painting.undo();
	assert.deepEqual(sent.slice(6), [[[4, 0]], [[3, 0]], [[2, 0]], [[1, 0]]]);
});

test("others' pixels are not undone after a refused undo, though a new stroke has ended redo since", () => {
	const { painting, sent, refuse, refusals, link } = room();
	painting.paint(one(1));
	painting.undo();
	painting.begin();
	painting.paint(one(2));
	link.replica.unanswered = 2;
	link.replica.others = [1];
	painting.apply({ kind: "changes", sequence: 1, pixels: [[1, 1]] });
	refuse[1]();
	painting.undo();
	painting.undo();
	assert.deepEqual(sent.slice(3), [[[2, 0]], []]);
	assert.deepEqual(refusals, ["nothing"]);
});

test("an undo and the redo after it are both refused, and the stroke can be undone", () => {
	const { painting, sent, refuse } = room();
	painting.paint(one(1));
	painting.undo();
	painting.redo();
	refuse[1](undefined, true);
	refuse[2]([[1, 1]], true);
	painting.undo();
	assert.deepEqual(sent[3], [[1, 0]]);
});

test("a refused redo comes back to be done again, but for a stroke since", () => {
	const { painting, sent, refuse, refusals } = room();
	painting.paint(one(1));
	painting.undo();
	painting.redo();
	painting.begin();
	painting.paint(one(2));
	refuse[2]();
	painting.redo();
	assert.deepEqual(sent.slice(4), [[]]);
	assert.deepEqual(refusals, ["nothingMore"]);
});

const zone = ([column]) => (column > 1 ? { reason: "", code: "zona-ajena", values: { zona: "Ana" } } : null);

test("cells that may not be painted now stay to be undone, and the reason is said", () => {
	const made = room();
	const { painting, sent, refusals } = made;
	painting.paint(one(1, 2, 3));
	made.forbids = zone;
	painting.undo();
	assert.deepEqual(refusals, ["zona-ajena", 2]);
	painting.undo();
	assert.deepEqual(refusals.slice(2), ["zona-ajena", null]);
	made.forbids = () => null;
	painting.undo();
	assert.deepEqual(sent.slice(1), [
		[[1, 0]],
		[],
		[
			[2, 0],
			[3, 0],
		],
	]);
	made.forbids = zone;
	painting.redo();
	painting.redo();
	assert.deepEqual(sent.slice(4), [[[1, 1]], []]);
});

test("a stroke of which nothing may be painted now is passed over, and undone later", () => {
	const made = room();
	const { painting, sent } = made;
	painting.paint(one(1));
	painting.begin();
	painting.paint(one(2));
	made.forbids = zone;
	painting.undo();
	made.forbids = () => null;
	painting.undo();
	assert.deepEqual(sent.slice(2), [[[1, 0]], [[2, 0]]]);
});
