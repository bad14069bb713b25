// The page does what the vectors of tests/vectors say; pytest runs the same for the programs in Python.

import assert from "node:assert/strict";
import test from "node:test";

import { decode, encodePaint } from "../../dcc/page/codec.js";
import { readsBlack, snap } from "../../dcc/page/colours.js";
import { Replica } from "../../dcc/page/replica.js";
import { cellsBetween, Strokes } from "../../dcc/page/strokes.js";
import { load, messageOf, payloadOf } from "./vectors.js";

const MESSAGES = [...load("examples"), ...load("messages")];

for (const [number, { from, payload, message, refused }] of MESSAGES.entries()) {
	if (from !== "server") continue;
	test(`message ${number}: ${refused ? `refused, ${refused}` : message.kind}`, async () => {
		const cells = (message?.colours ?? message?.times ?? message?.numbers)?.length ?? 6;
		if (refused) return assert.rejects(decode(payloadOf(payload), cells));
		const decoded = await decode(payloadOf(payload), cells);
		if (["namedBoard", "ignored"].includes(message.kind)) return assert.equal(decoded, undefined);
		const expected = messageOf(message);
		assert.deepEqual(decoded, Object.fromEntries(Object.keys(decoded).map((key) => [key, expected[key]])));
		assert.ok(Object.keys(decoded).length > 1);
	});
}

test("paints are written as in the vectors", () => {
	const paints = MESSAGES.filter(({ from, message }) => from === "client" && message?.kind === "paint");
	assert.ok(paints.length > 1);
	for (const { payload, message } of paints) {
		assert.deepEqual(encodePaint(message.request, message.pixels), payloadOf(payload));
	}
});

const { welcome, conversations } = load("conversations");

for (const { name, steps } of conversations) {
	test(`conversation: ${name}`, () => {
		const replica = new Replica();
		for (const step of steps) {
			let changed = [];
			if ("hello" in step) assert.deepEqual(replica.hello(step.hello), step.says);
			else if ("paint" in step) changed = replica.paint(step.paint.request, step.paint.pixels);
			else if ("lost" in step) changed = replica.disconnected();
			else {
				const message = messageOf(step.server ?? { ...welcome, ...step.welcome });
				if (step.refused) assert.throws(() => replica.apply(message), JSON.stringify(step));
				else changed = replica.apply(message);
			}
			const { shown, live, unanswered, sequence } = replica;
			const others = [...new Set(replica.others)].sort((a, b) => a - b);
			const actual = {
				changed: changed?.sort((a, b) => a - b) ?? null,
				shown: [...shown],
				live,
				unanswered,
				sequence,
				others,
			};
			const expected = Object.keys(actual).filter((key) => key in step);
			for (const key of expected) assert.deepEqual(actual[key], step[key], `${key} after ${JSON.stringify(step)}`);
		}
	});
}

for (const { name, steps } of load("strokes")) {
	test(`undo: ${name}`, () => {
		const shown = new Uint8Array(4);
		const strokes = new Strokes();
		for (const { stroke, others, board, undo, redo, clear } of steps) {
			for (const [cell, colour] of stroke ?? []) {
				strokes.add(cell, shown[cell], colour);
				shown[cell] = colour;
			}
			strokes.end();
			if (clear) strokes.clear();
			if (others) strokes.lose(others.map(([cell]) => cell));
			if (undo) assert.deepEqual(strokes.undo(shown).pixels, undo);
			if (redo) assert.deepEqual(strokes.redo(shown).pixels, redo);
			for (const [cell, colour] of others ?? board ?? undo ?? redo ?? []) shown[cell] = colour;
		}
	});
}

test("a line has the cells of the vector", () => {
	const { directions, lines } = load("lines");
	assert.equal(lines.length, 625);
	for (const [column, row, steps] of lines) {
		const cells = [[0, 0]];
		for (const step of steps) cells.push(cells.at(-1).map((at, axis) => at + directions[step][axis]));
		assert.deepEqual(cellsBetween([0, 0], [column, row]), cells, `to ${column}, ${row}`);
	}
});

test("the nearest colour is that of the vector", () => {
	const { colours, palettes } = load("nearest");
	const bytes = colours.match(/.{6}/g).flatMap((rgb) => [...new Uint8Array(payloadOf(rgb)), 255]);
	assert.ok(bytes.length > 4 * 4096);
	for (const { palette, nearest } of palettes) {
		const indices = snap(
			new Uint8ClampedArray(bytes),
			palette.map((value) => ({ name: value, value })),
		);
		assert.deepEqual([...indices], [...new Uint8Array(payloadOf(nearest))]);
	}
});

test("black or white is read better as in the vector", () => {
	for (const [name, values] of Object.entries(load("contrast"))) {
		for (const value of values) assert.equal(readsBlack(value), name === "black", value);
	}
});
