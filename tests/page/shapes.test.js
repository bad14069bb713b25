// The cells of the tools, against slow definitions: tests/core/test_shapes.py holds the window to the same.

import assert from "node:assert/strict";
import test from "node:test";

import { cellsBetween, fill, filledRectangle, line, pencil, rectangle, SIZES } from "../../dcc/page/shapes.js";
import { Stamp, TRANSPARENT } from "../../dcc/page/stamp.js";
import { chance, SEED } from "./chance.js";

const ROUNDS = 400;

/** Runs a test with many random boards. */
const property = (name, check) =>
	test(`${name}; seed ${SEED}`, () => {
		for (let round = 0; round < ROUNDS; round++) {
			const below = chance(SEED + round);
			const board = { width: 1 + below(12), height: 1 + below(12) };
			const place = () => [below(24) - 6, below(24) - 6];
			check({ below, board, place, size: SIZES[below(SIZES.length)] });
		}
	});

const all = ({ width, height }) => Array.from({ length: width * height }, (_, n) => [n % width, Math.floor(n / width)]);
const names = (cells) => cells.map(String).sort();
/** Whether a cell is under a square pencil, whose middle is half a cell further where its side is even. */
const isUnder = (cell, middle, size) =>
	cell.every((at, axis) => Math.abs(at - middle[axis] - (size % 2 ? 0 : 0.5)) <= (size - 1) / 2);

property("a pencil paints what is under it on the board, each cell once", ({ below, board, place, size }) => {
	const path = Array.from({ length: below(7) }, place);
	const slow = all(board).filter((cell) => path.some((middle) => isUnder(cell, middle, size)));
	assert.deepEqual(names(pencil(path, size, board)), names(slow));
});

property("a line has in each step the cell nearest to the straight line", ({ board, place }) => {
	const [start, end] = [place(), place()];
	const cells = cellsBetween(start, end);
	const steps = Math.max(...start.map((from, axis) => Math.abs(end[axis] - from)));
	assert.equal(cells.length, steps + 1);
	cells.forEach((cell, step) => {
		cell.forEach((at, axis) => {
			const exact = start[axis] * (steps - step) + end[axis] * step; // in parts of a cell, so many as there are steps
			assert.ok(2 * Math.abs(at * steps - exact) <= steps, `${cell} from ${start} to ${end}`);
		});
	});
	const onBoard = new Set(names(all(board)));
	assert.deepEqual(
		line(start, end, 1, board),
		cells.filter((cell) => onBoard.has(String(cell))),
	);
});

property("a rectangle is its border drawn with the pencil, from any corner", ({ board, place, size }) => {
	const [start, end] = [place(), place()];
	const [left, right] = [start[0], end[0]].sort((a, b) => a - b);
	const [top, bottom] = [start[1], end[1]].sort((a, b) => a - b);
	const border = [];
	for (let x = left; x <= right; x++)
		for (let y = top; y <= bottom; y++) if (x === left || x === right || y === top || y === bottom) border.push([x, y]);
	const cells = rectangle(start, end, size, board);
	assert.deepEqual(names(cells), names(pencil(border, size, board)));
	assert.deepEqual(rectangle([end[0], start[1]], [start[0], end[1]], size, board), cells);
	assert.deepEqual(
		filledRectangle(start, end, board),
		all(board).filter(([x, y]) => left <= x && x <= right && top <= y && y <= bottom),
	);
});

property("a fill is the smallest closed set around its start, and a cut fill its beginning", ({ below, board }) => {
	const cells = all(board);
	const colours = cells.map(() => below(2));
	const forbidden = new Set(Array.from({ length: below(10) }, () => below(cells.length)));
	const start = below(cells.length);
	const placeOf = ([x, y]) => y * board.width + x;
	const isOpen = (place) => colours[place] === colours[start] && !forbidden.has(place);
	/** Joins neighbours again and again, until nothing changes. */
	const slow = new Set(isOpen(start) ? [start] : []);
	for (let before = -1; before < slow.size; ) {
		before = slow.size;
		for (const [x, y] of cells) {
			const isNext = [
				[x - 1, y],
				[x + 1, y],
				[x, y - 1],
				[x, y + 1],
			].some(([column, row]) => column >= 0 && column < board.width && slow.has(placeOf([column, row])));
			if (isNext && isOpen(placeOf([x, y]))) slow.add(placeOf([x, y]));
		}
	}
	const mayPaint = (cell) => !forbidden.has(placeOf(cell));
	const filled = fill(colours, board, cells[start], mayPaint);
	assert.deepEqual(names(filled.cells), names([...slow].map((place) => cells[place])));
	assert.equal(filled.isCut, false);
	const most = 1 + below(20);
	const cut = fill(colours, board, cells[start], mayPaint, most);
	assert.deepEqual(cut, { cells: filled.cells.slice(0, most), isCut: slow.size > most });
});

property("a stamp that is mirrored, flipped or turned has each cell where it belongs", ({ below, board, place }) => {
	const [width, height] = [1 + below(9), 1 + below(9)];
	const colours = Array.from({ length: width * height }, () => below(5) + TRANSPARENT);
	const stamp = new Stamp(width, height, colours);
	const at = (each, x, y) => each.colours[y * each.width + x];
	for (const [x, y] of all(stamp)) {
		assert.equal(at(stamp.mirrored(), width - 1 - x, y), at(stamp, x, y));
		assert.equal(at(stamp.flipped(), x, height - 1 - y), at(stamp, x, y));
		assert.equal(at(stamp.turned(), height - 1 - y, x), at(stamp, x, y));
	}
	const [left, top] = place();
	const onBoard = new Set(names(all(board)));
	const slow = all(stamp)
		.map(([x, y]) => [[left + x, top + y], at(stamp, x, y)])
		.filter(([cell, colour]) => colour !== TRANSPARENT && onBoard.has(String(cell)));
	assert.deepEqual(stamp.pixels([left, top], board), slow);
});
