// The tools: from presses to pixels, on a fake link.

import assert from "node:assert/strict";
import test from "node:test";

import { Drawing, MOST_PIXELS } from "../../dcc/page/drawing.js";
import { Selection } from "../../dcc/page/selection.js";
import { filledRectangle, line, MAX_FILL, pencil, rectangle } from "../../dcc/page/shapes.js";
import { Stamp } from "../../dcc/page/stamp.js";
import { cooldown, room } from "./room.js";

/** A room with tools, and with everything that was said. */
function desk(width, height) {
	const made = room(width, height);
	made.said = [];
	const say = (key, values = {}) => made.said.push([key, ...Object.values(values)].join(" "));
	const { replica } = made.link;
	made.drawing = new Drawing(made.painting, replica, { changed() {}, say });
	made.selection = new Selection(made.drawing, made.painting, replica, {
		changed() {},
		say,
		colours: () => made.colours ?? replica.shown,
		draw: (stamp) => stamp,
		middle: () => [5, 5],
	});
	made.drawing.selection = made.selection;
	made.replica = replica;
	return made;
}

/** The cells in a colour, in order. */
const painted = ({ replica }, colour = 1) =>
	[...replica.shown.keys()]
		.filter((place) => replica.shown[place] === colour)
		.map((place) => [place % replica.width, Math.floor(place / replica.width)]);

const sorted = (cells) => [...cells].sort((one, other) => one[1] - other[1] || one[0] - other[0]);

function drag({ drawing }, ...cells) {
	drawing.press(cells[0]);
	for (const cell of cells.slice(1)) drawing.drag(cell);
	drawing.release();
}

/** Presses Enter at both ends. */
function byKeys({ drawing }, start, ...path) {
	drawing.pressKey(start, true);
	for (const cell of path) drawing.follow(cell);
	drawing.pressKey(path.at(-1), true);
}

for (const size of [1, 3, 5]) {
	test(`the pencil of size ${size} joins far points, and the stroke is undone as one`, () => {
		const made = desk();
		made.drawing.chooseSize(size);
		drag(made, [0, 0], [3, 0], [3, 3]);
		const path = [...line([0, 0], [3, 0], 1, made.replica), ...line([3, 0], [3, 3], 1, made.replica)];
		assert.deepEqual(painted(made), sorted(pencil(path, size, made.replica)));
		made.drawing.undo();
		assert.deepEqual(painted(made), []);
		made.drawing.redo();
		assert.deepEqual(painted(made), sorted(pencil(path, size, made.replica)));
	});
}

const SHAPES = {
	line: (start, end, board) => line(start, end, 2, board),
	rectangle: (start, end, board) => rectangle(start, end, 2, board),
	filled: filledRectangle,
};

for (const [tool, cells] of Object.entries(SHAPES)) {
	for (const draw of [drag, byKeys]) {
		test(`${tool}: seen while it is drawn, painted at its end, ${draw.name}`, () => {
			const made = desk();
			const { drawing, replica } = made;
			drawing.choose(tool);
			drawing.chooseSize(2);
			draw(made, [2, 2], [9, 12], [7, 4]);
			const expected = sorted(cells([2, 2], [7, 4], replica));
			assert.deepEqual(painted(made), expected);
			drawing.undo();
			drawing.press([2, 2]);
			drawing.drag([7, 4]);
			assert.deepEqual(painted(made), []);
			const { cells: seen, filled } = drawing.sketch;
			assert.deepEqual(sorted(seen ?? filledRectangle([2, 2], [7, 4], replica)), expected);
			if (filled) assert.deepEqual(filled, { column: 2, row: 2, width: 6, height: 3 });
			drawing.cancel();
			assert.equal(drawing.sketch, null);
			drawing.drag([8, 8]);
			drawing.release();
			assert.deepEqual(painted(made), []);
		});
	}
}

test("a second finger leaves a shape, and keeps what a pencil has painted", () => {
	const made = desk();
	drag(made, [0, 0], [1, 0]);
	made.drawing.press([0, 5]);
	made.drawing.interrupt();
	made.drawing.drag([5, 5]);
	made.drawing.choose("filled");
	made.drawing.press([0, 7]);
	made.drawing.interrupt();
	made.drawing.release();
	assert.deepEqual(painted(made), [
		[0, 0],
		[1, 0],
		[0, 5],
	]);
});

test("Space held leads the pencil, Enter paints a cell, and a press of the mouse ends what keys began", () => {
	const made = desk();
	const { drawing } = made;
	drawing.pressKey([1, 1], false);
	drawing.follow([3, 1]);
	drawing.releaseKey();
	drawing.follow([3, 4]);
	drawing.pressKey([5, 5], true);
	assert.deepEqual(painted(made), [
		[1, 1],
		[2, 1],
		[3, 1],
		[5, 5],
	]);
	drawing.choose("line");
	drawing.pressKey([0, 9], false);
	drawing.releaseKey();
	drawing.follow([9, 9]);
	assert.equal(drawing.sketch.cells.length, 10);
	drag(made, [0, 8], [2, 8]);
	assert.equal(painted(made).length, 7);
});

test("a fill is bounded by lines and by what this page may not paint", () => {
	const made = desk();
	const { drawing } = made;
	made.forbids = ([column]) => (column > 6 ? { reason: "", code: "zona-ajena", values: {} } : null);
	drawing.choose("rectangle");
	drag(made, [1, 1], [9, 4]);
	assert.deepEqual(made.refusals, ["zona-ajena", 8]);
	drawing.choose("fill");
	made.painting.colour = 2;
	drawing.press([3, 2]);
	assert.deepEqual(painted(made, 2), filledRectangle([2, 2], [6, 3], made.replica));
	assert.deepEqual(made.said, []);
	drawing.press([8, 2]);
	assert.deepEqual(made.refusals.slice(2), ["zona-ajena", null]);
	drawing.press([-1, 2]);
	drawing.undo();
	assert.deepEqual(painted(made, 2), []);
});

test("a fill that is cut says so", () => {
	const made = desk(120, 120);
	made.drawing.choose("fill");
	made.drawing.press([60, 60]);
	assert.equal(painted(made).length, MAX_FILL);
	assert.deepEqual(made.said, [`fillEnds ${MAX_FILL}`]);
});

test("too many cells for once are not painted in part", () => {
	const made = desk(400, 300);
	made.drawing.choose("filled");
	drag(made, [-5, -5], [399, 299]);
	assert.deepEqual([painted(made), made.said], [[], [`tooMany 120000 ${MOST_PIXELS}`]]);
});

test("on a board with a cooldown a cell is chosen and confirmed, and tools of several pixels rest", () => {
	const made = desk();
	const { drawing, painting, said } = made;
	drawing.choose("line");
	drawing.chooseSize(4);
	painting.apply(cooldown(0));
	drawing.rulesChanged();
	assert.deepEqual([drawing.tool, drawing.size, drawing.drags], ["pencil", 1, false]);
	for (const tool of ["line", "rectangle", "filled", "fill"]) assert.equal(drawing.choose(tool), false);
	drawing.chooseSize(2);
	made.selection.paste();
	assert.deepEqual(
		said,
		["line", "rectangle", "filled", "fill", "largerPencil", "paste"].map((tool) => `restsHere ${tool}`),
	);
	assert.equal(drawing.tool, "pencil");
	drawing.confirm();
	drag(made, [2, 3]);
	drag(made, [4, 3]);
	assert.deepEqual([drawing.chosen, drawing.isDeciding, painted(made)], [[4, 3], true, []]);
	assert.deepEqual(drawing.sketch.cells, [[4, 3]]);
	drawing.cancel();
	assert.equal(drawing.chosen, null);
	drag(made, [4, 3]);
	drawing.confirm();
	assert.deepEqual([drawing.chosen, painted(made)], [null, [[4, 3]]]);
	painting.apply(cooldown(500));
	drag(made, [5, 3]);
	drag(made, [5, 3]);
	assert.deepEqual([drawing.chosen, painted(made), made.refusals], [[5, 3], [[4, 3]], ["early"]]);
	made.time += 500;
	drag(made, [5, 3]);
	assert.equal(painted(made).length, 2);
});

test("a lost connection leaves nothing of the cooldown behind", () => {
	const made = desk();
	const { drawing, painting } = made;
	painting.apply(cooldown(60_000));
	drawing.rulesChanged();
	drag(made, [2, 3]);
	painting.disconnected();
	drawing.rulesChanged();
	assert.deepEqual([drawing.chosen, drawing.isDeciding, drawing.sketch], [null, false, null]);
	assert.ok(drawing.choose("filled"));
	drag(made, [2, 3], [3, 3]);
	assert.equal(painted(made).length, 2);
});

test("a cell that this page may not paint is not chosen", () => {
	const made = desk();
	made.painting.apply(cooldown(0));
	made.forbids = () => ({ reason: "", code: "congelado", values: {} });
	drag(made, [2, 3]);
	drag(made, [-1, 3]);
	assert.deepEqual([made.drawing.chosen, made.refusals], [null, ["congelado", null]]);
});

// --- Selection and stamp

/** Two cells in a row, and one below the first, which are selected. */
function selected() {
	const made = desk();
	drag(made, [2, 2], [3, 2]);
	drag(made, [2, 3]);
	made.drawing.choose("select");
	drag(made, [2, 2], [4, 3]);
	assert.deepEqual(made.selection.place, { column: 2, row: 2, width: 3, height: 2 });
	return made;
}

test("what is copied is what is shown, such as a moment in the past", () => {
	const made = selected();
	made.colours = new Uint8Array(100).fill(7);
	assert.deepEqual([...made.selection.copy().colours], [7, 7, 7, 7, 7, 7]);
});

test("a click selects nothing, and a selection ends at the board's edge", () => {
	const made = selected();
	drag(made, [8, 8], [14, 12]);
	assert.deepEqual(made.selection.place, { column: 8, row: 8, width: 2, height: 2 });
	drag(made, [0, 0]);
	assert.equal(made.selection.place, null);
	made.selection.copy();
	assert.deepEqual(made.said, ["selectFirst"]);
});

test("a copy is pasted in the middle, mirrored, moved by keys, and painted by Enter", () => {
	const made = selected();
	const { selection, drawing } = made;
	selection.copy();
	drawing.choose("pencil");
	selection.paste();
	assert.deepEqual([drawing.tool, drawing.isPlacing, made.said], ["select", true, ["placeIt"]]);
	selection.change("mirrored");
	assert.deepEqual(drawing.sketch.frame, { column: 4, row: 4, width: 3, height: 2 });
	selection.step([2, 3]);
	assert.equal(painted(made).length, 3);
	drawing.pressKey([0, 0], true);
	assert.deepEqual(painted(made).slice(3), [
		[7, 7],
		[8, 7],
		[8, 8],
	]);
	assert.deepEqual([drawing.isPlacing, selection.place], [false, { column: 6, row: 7, width: 3, height: 2 }]);
});

test("a selection is moved by dragging, leaves the ground behind, and is undone as one", () => {
	const made = selected();
	const { selection, drawing } = made;
	const before = painted(made);
	drag(made, [3, 3], [4, 4]);
	selection.change("turned");
	assert.deepEqual(painted(made), before);
	assert.deepEqual(drawing.sketch.frame, { column: 3, row: 3, width: 2, height: 3 });
	assert.deepEqual(drawing.sketch.filled, { column: 2, row: 2, width: 3, height: 2 });
	drawing.press([9, 9]);
	drawing.release();
	assert.deepEqual(painted(made), [
		[3, 3],
		[4, 3],
		[4, 4],
	]);
	drawing.undo();
	assert.deepEqual(painted(made), before);
});

test("a moved part is put down before its ground is left, so that nothing of the part is ever lost", () => {
	const made = selected();
	made.drawing.press([3, 3]);
	made.drawing.drag([3, 5]);
	made.drawing.release();
	made.drawing.confirm();
	const colours = made.sent.at(-1).map(([, colour]) => colour);
	assert.deepEqual(colours, [1, 1, 1, 0, 0, 0]);
});

test("a cut leaves the ground, and Escape leaves first the stamp and then the selection", () => {
	const made = selected();
	const { selection, drawing } = made;
	selection.cut();
	assert.deepEqual(painted(made), []);
	selection.paste();
	drawing.cancel();
	assert.deepEqual([drawing.isPlacing, painted(made)], [false, []]);
	drawing.press([0, 0]);
	drawing.drag([3, 3]);
	drawing.cancel();
	drawing.release();
	assert.equal(selection.place, null);
	drag(made, [0, 0], [1, 1]);
	drawing.cancel();
	assert.equal(selection.place, null);
});

test("a stamp paints nothing in its clear cells, nor beside the board", () => {
	const made = desk();
	made.selection.paste(new Stamp(2, 2, [1, -1, 2, 3]));
	made.selection.step([5, 5]);
	made.drawing.confirm();
	assert.deepEqual(made.sent, [[[99, 1]]]);
});

test("a stamp that cannot be painted stays, and undo leaves it", () => {
	const made = desk();
	const { drawing, selection, link } = made;
	drag(made, [0, 0]);
	selection.paste(new Stamp(1, 1, [2]));
	link.state = "away";
	drawing.confirm();
	assert.deepEqual([drawing.isPlacing, made.refusals], [true, ["away"]]);
	link.state = "online";
	drawing.undo();
	assert.deepEqual([drawing.isPlacing, painted(made)], [false, [[0, 0]]]);
});

test("another board has neither selection nor copy", () => {
	const made = selected();
	made.selection.copy();
	made.drawing.forget();
	made.selection.paste();
	assert.deepEqual([made.selection.place, made.selection.stamp, made.said], [null, null, ["nothingToPaste"]]);
});
