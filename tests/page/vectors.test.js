// The page does what the vectors of tests/vectors say; pytest runs the same for the programs in Python.

import assert from "node:assert/strict";
import test from "node:test";

import { decode, encodePaint } from "../../dcc/page/codec.js";
import { readsBlack, snap } from "../../dcc/page/colours.js";
import { coloursOf } from "../../dcc/page/pictures.js";
import { Replica } from "../../dcc/page/replica.js";
import { cellsBetween, fill, filledRectangle, line, pencil, rectangle } from "../../dcc/page/shapes.js";
import { readPixels, SharedTemplate } from "../../dcc/page/shared_template.js";
import { Stamp } from "../../dcc/page/stamp.js";
import { Strokes } from "../../dcc/page/strokes.js";
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
			const others = replica.others && [...new Set(replica.others)].sort((a, b) => a - b);
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

const placeOf = ([column, row, width, height]) => ({ column, row, width, height });
const stampOf = ({ width, height, colours }) => new Stamp(width, height, colours);
const wordsOf = ({ width, height, colours }) => ({ width, height, colours: [...colours] });

/** For each tool of tests/vectors/tools.json what the page makes of what is given. */
const TOOLS = {
	pencil: (given) => ({ cells: pencil(given.path, given.size, given) }),
	line: (given) => ({ cells: line(given.from, given.to, given.size, given) }),
	rectangle: (given) => ({ cells: rectangle(given.from, given.to, given.size, given) }),
	filled_rectangle: (given) => ({ cells: filledRectangle(given.from, given.to, given) }),
	fill(given) {
		const forbidden = new Set(given.forbidden.map(String));
		const mayPaint = (cell) => !forbidden.has(String(cell));
		const { cells, isCut } = fill(given.colours, given, given.from, mayPaint, given.most);
		return { cells, cut: isCut };
	},
	copy: (given) => ({ stamp: wordsOf(Stamp.copy(given.colours, given.width, placeOf(given.place))) }),
	turn({ stamp }) {
		const [mirrored, flipped, turned] = ["mirrored", "flipped", "turned"].map((how) => wordsOf(stampOf(stamp)[how]()));
		return { mirrored, flipped, turned };
	},
	place: (given) => ({
		pixels: stampOf(given.stamp)
			.pixels(given.at, given)
			.map(([cell, colour]) => [...cell, colour]),
	}),
};

for (const [tool, vectors] of Object.entries(load("tools"))) {
	test(`${tool}: the cells are those of the vectors`, () => {
		assert.ok(vectors.length > 2);
		for (const vector of vectors) {
			const made = TOOLS[tool](vector);
			for (const [key, value] of Object.entries(made)) assert.deepEqual(value, vector[key], JSON.stringify(vector));
		}
	});
}

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

test("what is missing of a shared template is that of the vectors", async () => {
	const vectors = load("shared_templates");
	assert.ok(vectors.length > 10);
	for (const { place, data, missing, next, ...board } of vectors) {
		const colours = await readPixels(data, place.width * place.height);
		const template = new SharedTemplate({ number: 1, name: "a", place, author: "" }, colours);
		const found = [];
		template.eachMissing(board, null, (column, row, colour) => {
			found.push([row * board.width + column, colour]);
		});
		assert.deepEqual(found, missing);
		template.count(board);
		assert.equal(template.left, missing.length);
		for (const [after, only, expected] of next) {
			const pixel = template.next(board, [after % board.width, Math.floor(after / board.width)], only);
			assert.deepEqual(pixel && [pixel.row * board.width + pixel.column, pixel.colour], expected);
		}
	}
});

test("a shared template whose pixels cannot be read is refused", async () => {
	for (const data of ["", "?", "AAAA", "eNpjZGBkBAAACwAE", "eNpjZGBiBCFGIAIAAFEACw=="])
		await assert.rejects(readPixels(data, 5), data);
});

test("pictures have the colours of the vectors, made smaller and mixed", () => {
	const { palette, pictures } = load("pictures");
	assert.ok(pictures.length > 2);
	for (const { width, height, pixels, board, most, ...expected } of pictures) {
		const data = new Uint8ClampedArray(payloadOf(pixels));
		const colours = palette.map((value) => ({ name: value, value }));
		const size = { width: board[0], height: board[1] };
		for (const how of ["nearest", "mixed"]) {
			const made = coloursOf({ width, height, data }, colours, size, most, how === "mixed");
			assert.deepEqual(wordsOf(made), expected[how], `${width} x ${height}, ${how}`);
		}
	}
});

test("black or white is read better as in the vector", () => {
	for (const [name, values] of Object.entries(load("contrast"))) {
		for (const value of values) assert.equal(readsBlack(value), name === "black", value);
	}
});
