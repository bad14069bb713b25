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
	assert.deepEqual(refusals, [2, 1, "nothing"]);
	assert.deepEqual([...made.link.replica.shown.subarray(0, 5)], [0, 0, 0, 0, 0]);
});
