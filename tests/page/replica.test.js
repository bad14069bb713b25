// The page's copy of the board: painting ahead, and taking back.

import assert from "node:assert/strict";
import test from "node:test";

import { Replica } from "../../dcc/page/replica.js";

const PALETTE = ["white", "black", "red"].map((name) => ({ name, value: "#000000" }));
const WELCOME = { kind: "welcome", canvasId: "5f", width: 3, height: 2, palette: PALETTE, sequence: 4 };
const board = (sequence, ...colours) => ({ kind: "wholeBoard", sequence, colours: new Uint8Array(colours) });
const changes = (sequence, ...pixels) => ({ kind: "changes", sequence, pixels });
const answer = (kind, request) => ({ kind, request });

function welcomed() {
	const replica = new Replica();
	assert.equal(replica.apply(WELCOME), null);
	assert.equal(replica.live, false);
	assert.equal(replica.apply(board(4, 0, 1, 2, 0, 0, 0)), null);
	assert.equal(replica.live, true);
	return replica;
}

test("a greeting tells what is held, once something is", () => {
	assert.deepEqual(new Replica().hello("Ana"), { comando: "nuevo", version: 2, nombre: "Ana" });
	const replica = welcomed();
	replica.apply(changes(6, [0, 2]));
	assert.deepEqual(replica.hello(""), { comando: "nuevo", version: 2, lienzo: "5f", desde: 6 });
});

test("changes name the cells that look different now", () => {
	const replica = welcomed();
	assert.deepEqual(replica.apply(changes(7, [0, 0], [1, 2], [5, 1])), [1, 5]);
	assert.deepEqual([...replica.shown], [0, 2, 2, 0, 0, 1]);
});

test("changes before a board are refused", () => {
	const replica = new Replica();
	replica.apply(WELCOME);
	assert.throws(() => replica.apply(changes(1)));
});

test("a paint is seen at once, and stays when it is acknowledged", () => {
	const replica = welcomed();
	assert.deepEqual(
		replica.paint(1, [
			[0, 2],
			[1, 1],
		]),
		[0],
	);
	assert.deepEqual(replica.apply(changes(6, [0, 2], [1, 1])), []);
	assert.deepEqual(replica.apply(answer("acknowledged", 1)), []);
	assert.equal(replica.unanswered, 0);
	assert.equal(replica.shown[0], 2);
});

test("a rejected paint shows what others painted below it meanwhile", () => {
	const replica = welcomed();
	replica.paint(1, [[0, 2]]);
	assert.deepEqual(replica.apply(changes(5, [0, 1])), []);
	assert.equal(replica.shown[0], 2);
	assert.deepEqual(replica.apply(answer("rejected", 1)), [0]);
	assert.equal(replica.shown[0], 1);
});

test("of several paints on their way the last is seen; taking one back uncovers the one before", () => {
	const replica = welcomed();
	replica.paint(1, [[0, 1]]);
	replica.paint(2, [[0, 2]]);
	assert.deepEqual(replica.apply(answer("rejected", 2)), [0]);
	assert.equal(replica.shown[0], 1);
	replica.apply(answer("rejected", 1));
	assert.equal(replica.shown[0], 0);
});

test("a whole board keeps what is on its way on top", () => {
	const replica = welcomed();
	replica.paint(1, [[0, 2]]);
	replica.apply(board(9, 1, 1, 1, 1, 1, 1));
	assert.deepEqual([...replica.shown], [2, 1, 1, 1, 1, 1]);
});

test("a lost connection takes back what is in doubt, and a welcome to the same board keeps the rest", () => {
	const replica = welcomed();
	replica.paint(1, [[0, 2]]);
	assert.deepEqual(replica.disconnected(), [0]);
	assert.equal(replica.live, false);
	assert.equal(replica.unanswered, 0);
	assert.deepEqual(replica.apply(structuredClone(WELCOME)), []);
	assert.equal(replica.live, false);
	replica.apply(changes(5));
	assert.equal(replica.live, true);
	assert.deepEqual([...replica.shown], [0, 1, 2, 0, 0, 0]);
});

for (const [what, change] of Object.entries({
	canvas: { canvasId: "60" },
	width: { width: 2, height: 3 },
	palette: { palette: [...PALETTE, { name: "blue", value: "#0000ff" }] },
})) {
	test(`a welcome to another ${what} forgets all`, () => {
		const replica = welcomed();
		replica.paint(1, [[0, 2]]);
		assert.equal(replica.apply({ ...WELCOME, ...change }), null);
		assert.deepEqual([...replica.shown], [0, 0, 0, 0, 0, 0]);
		assert.equal(replica.hello("").desde, undefined);
		assert.equal(replica.unanswered, 0);
	});
}
