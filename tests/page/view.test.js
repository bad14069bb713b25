// What the screen shows of the board.

import assert from "node:assert/strict";
import test from "node:test";

import { View } from "../../dcc/page/view.js";

function view(width, height) {
	const made = new View();
	made.setBoard(width, height);
	made.setFree(10, 60, 1000, 600);
	return made;
}

test("the whole board is fitted in whole pixels a cell, in the middle of the free part", () => {
	const fitted = view(50, 50);
	assert.equal(fitted.zoom, 12);
	assert.deepEqual(fitted.toScreen([25, 25]), [510, 360]);
	assert.deepEqual(fitted.cellAt([510, 360]), [25, 25]);
	assert.equal(fitted.hash, "");
	fitted.setFree(0, 0, 500, 500);
	assert.equal(fitted.zoom, 10);
	assert.equal(view(2000, 2000).zoom, 0.3);
});

test("zooming keeps what is at the pointer", () => {
	const zoomed = view(2000, 1000);
	for (const factor of [3, 7, 0.4, 1.3]) {
		const before = zoomed.toBoard([700, 200]);
		zoomed.zoomAt(factor, [700, 200]);
		for (const [axis, at] of zoomed.toBoard([700, 200]).entries()) assert.ok(Math.abs(at - before[axis]) < 1e-9);
	}
	assert.equal(zoomed.fitted, false);
});

test("the zoom stays within its bounds", () => {
	const zoomed = view(2000, 1000);
	zoomed.zoomAt(1e9, [500, 300]);
	assert.equal(zoomed.zoom, 64);
	zoomed.zoomAt(1e-9, [500, 300]);
	assert.equal(zoomed.zoom, 0.25);
	zoomed.comeCloser([500, 300]);
	assert.equal(zoomed.zoom, 12);
});

test("panning follows the hand, and never loses the board", () => {
	const panned = view(50, 50);
	panned.panBy(24, -12);
	assert.deepEqual([panned.x, panned.y], [23, 26]);
	panned.panBy(1e6, -1e6);
	assert.deepEqual([panned.x, panned.y], [0, 50]);
});

test("a cell is revealed where it is out of sight", () => {
	const revealed = view(2000, 1000);
	revealed.hash = "#100,100,10";
	revealed.reveal([140, 110]);
	assert.equal(revealed.hash, "#100,100,10");
	revealed.reveal([160, 110]);
	assert.equal(revealed.hash, "#160,110,10");
});

test("a link leads back to a view, and nonsense to the whole board", () => {
	const linked = view(50, 40);
	linked.hash = "#7,9,16.25";
	assert.equal(linked.hash, "#7,9,16.25");
	assert.deepEqual([linked.x, linked.y], [7.5, 9.5]);
	linked.hash = "#99999,9,900";
	assert.equal(linked.hash, "#50,9,64");
	for (const nonsense of ["", "#", "#1", "#1,", "#1,2,", "#a,b,c", "#1,2,0", "#1,2,-3", "#-1,2", "#1,2,3,4"]) {
		linked.hash = nonsense;
		assert.equal(linked.fitted, true, nonsense);
	}
});

for (const [text, large, small] of [
	["#10,10", "#10,10,12", "#10,10,30"],
	["#0,0", "#0,0,12", "#0,0,30"],
	["#10%2c10", "#10,10,12", "#10,10,30"],
	["#10%2C10%2C5", "#10,10,5", "#10,10,5"],
	["#10,10,0.5", "#10,10,0.5", "#10,10,0.5"],
	["#9,9,900", "#9,9,64", "#9,9,64"],
]) {
	test(`${text} leads to a cell, close enough to draw unless the link says otherwise`, () => {
		for (const [side, expected] of [
			[1000, large],
			[20, small],
		]) {
			const linked = view(side, side);
			linked.hash = text;
			assert.equal(linked.hash, expected, side);
		}
	});
}

test("a cell is on the board or beside it", () => {
	const small = view(3, 2);
	const cells = [
		[0, 0],
		[2, 1],
		[3, 0],
		[0, 2],
		[-1, 0],
		[0, -1],
	];
	assert.deepEqual(
		cells.map((cell) => small.holds(cell)),
		[true, true, false, false, false, false],
	);
});

test("going to a cell comes close enough to draw, and leaves a board alone that is in sight", () => {
	const small = view(50, 40);
	small.goTo({ column: 7, row: 9, zoom: null });
	assert.equal(small.hash, "");
	const large = view(2000, 1000);
	large.goTo({ column: 1999, row: 9, zoom: null });
	assert.equal(large.hash, "#1999,9,12");
	large.zoomAt(2, large.middle);
	large.goTo({ column: 3, row: 4, zoom: null });
	assert.equal(large.hash, "#3,4,24");
	large.goTo({ column: 3, row: 4, zoom: 0.5 });
	assert.equal(large.hash, "#3,4,0.5");
});

test("the view knows what part of the board is seen, and whether that is all of it", () => {
	const large = view(2000, 1000);
	assert.equal(large.showsAll, true);
	large.hash = "#1000,500,10";
	assert.deepEqual(large.seen, [950.5, 470.5, 100, 60]);
	assert.equal(large.showsAll, false);
	large.centre(-5, 990);
	assert.deepEqual([large.x, large.y], [0, 990]);
	const small = view(50, 40);
	small.hash = "#25,20,10";
	assert.equal(small.showsAll, true);
	small.hash = "#25,20,16";
	assert.equal(small.showsAll, false);
});
