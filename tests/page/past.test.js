// The history's playing and its named moments, without a browser.

import assert from "node:assert/strict";
import test from "node:test";

import { momentAt, nextMoment } from "../../dcc/page/past_moments.js";
import { Playback } from "../../dcc/page/playback.js";

function playback() {
	const clock = { now: 1000 };
	return { clock, play: new Playback(() => clock.now) };
}

test("a long history is played in 20 seconds, and stops at its end", () => {
	const { clock, play } = playback();
	play.play(0, 10_000);
	clock.now += 5000;
	assert.equal(play.advance(), 2500);
	clock.now += 15_000;
	assert.equal(play.advance(), 10_000);
	assert.equal(play.isPlaying, false);
});

test("a short history is played at 25 placements a second", () => {
	const { clock, play } = playback();
	play.play(0, 50);
	clock.now += 1000;
	assert.equal(play.advance(), 25);
});

test("another speed goes on from the same place", () => {
	const { clock, play } = playback();
	play.play(0, 10_000);
	clock.now += 4000;
	play.speed = 4;
	assert.equal(play.advance(), 2000);
	clock.now += 1000;
	assert.equal(play.advance(), 4000);
	play.speed = 0.25;
	clock.now += 4000;
	assert.equal(play.advance(), 4500);
});

test("a loop shows the end and goes on from the beginning", () => {
	const { clock, play } = playback();
	play.loops = true;
	play.play(9000, 10_000);
	clock.now += 3000;
	assert.equal(play.advance(), 10_000);
	assert.equal(play.isPlaying, true);
	clock.now += 2000;
	assert.equal(play.advance(), 1000);
});

test("playing from the end begins anew, and an empty history is over at once", () => {
	const { play } = playback();
	play.play(10, 10);
	assert.equal(play.advance(), 0);
	assert.equal(play.isPlaying, true);
	play.play(0, 0);
	assert.equal(play.advance(), 0);
	assert.equal(play.isPlaying, false);
});

const MOMENTS = [
	{ name: "blank", sequence: 0 },
	{ name: "start", sequence: 5 },
	{ name: "half", sequence: 50 },
	{ name: "same", sequence: 50 },
];

test("the way from moment to moment ends at both ends of the history", () => {
	const forward = [0, 5, 49, 50, 100].map((at) => nextMoment(MOMENTS, at, 1, 100));
	assert.deepEqual(forward, [5, 50, 50, 100, 100]);
	const back = [100, 51, 50, 5, 0].map((at) => nextMoment(MOMENTS, at, -1, 100));
	assert.deepEqual(back, [50, 50, 5, 0, 0]);
});

test("a board has the name of the latest moment before", () => {
	assert.equal(momentAt(MOMENTS, 4)?.name, "blank");
	assert.equal(momentAt(MOMENTS, 60)?.name, "same");
	assert.equal(momentAt([], 60), undefined);
	assert.equal(momentAt(MOMENTS.slice(1), 4), undefined);
});
