// What the layers of what has happened keep, without a browser.

import assert from "node:assert/strict";
import test from "node:test";

import { STEPS, stepOf } from "../../dcc/page/heat.js";
import { GLOW_MS, Recent } from "../../dcc/page/recent.js";

test("changes glow for five minutes, the latest last", () => {
	const recent = new Recent();
	recent.add([1, 2], 1000);
	recent.add([], 2000);
	recent.add(new Set([2, 3]), 61_000);
	const cells = (now) => recent.glowing(now).map((seen) => [...seen.cells]);
	assert.equal(GLOW_MS, 300_000);
	assert.deepEqual(cells(61_000), [
		[1, 2],
		[2, 3],
	]);
	assert.deepEqual(cells(301_000), [[2, 3]]);
	recent.clear();
	assert.deepEqual(cells(301_000), []);
});

test("old changes are dropped though nobody looks at the layer", () => {
	const recent = new Recent();
	for (let second = 0; second < 1000; second++) recent.add([second], second * 1000);
	assert.equal(recent.glowing(700_000).length, 300);
});

test("a flood of changes is cut from its beginning", () => {
	const recent = new Recent();
	for (let message = 0; message < 12; message++) recent.add(new Uint32Array(100_000).fill(message), message);
	const kept = recent.glowing(20);
	assert.equal(kept.length, 10);
	assert.equal(kept[0].cells[0], 2);
});

test("a count belongs to the last step that it reaches", () => {
	for (let times = 0; times < 256; times++)
		assert.equal(stepOf(times), STEPS.filter((least) => least <= times).length - 1, `${times}`);
});
