// Undo and redo while others paint, with thousands of random steps.
//
// 1. Where every paint is told, or every third undo refused, at once, undo and redo are those of a model.
// 2. Where paints are under way, refused, or lost with the connection, undo and redo put back only colours that the cell
//    has had since another painter last painted it, as far as the page was told.

import assert from "node:assert/strict";
import test from "node:test";

import { Painting } from "../../dcc/page/painting.js";
import { Replica } from "../../dcc/page/replica.js";
import { chance, SEED } from "./chance.js";

const CELLS = 6;
const COLOURS = 4;
const PALETTE = ["white", "black", "red", "blue"].map((name) => ({ name, value: "#000000" }));
const ROUNDS = 1000;
const STEPS = 60;

/** A server with a log of all paints, and a page that is told late, in order. */
class World {
	/** @type {{ cell: number, colour: number, request: number | null }[]} of others without a request */
	log = [];
	/** @type {{ request: number, pixels: [number, number][] }[]} on the way to the server */
	requests = [];
	/** @type {{ kind: string }[]} on the way to the page */
	messages = [];
	told = 0; // how much of the log is in messages
	heard = 0; // how much of the log the page has
	number = 0; // of the last request
	/** @type {"undo" | "redo" | null} what is being done */
	step = null;
	/** @type {[number, number][]} what the last undo or redo has sent */
	taken = [];
	/** @type {number[][]} for each cell the colours since another painter was there, in order */
	since = Array.from({ length: CELLS }, () => [0]);
	/** @type {boolean[]} whether this page has painted there since */
	own = new Array(CELLS).fill(false);
	/** Paints of others that the page cannot tell from its own of these requests, which are under way. */
	doubts = [];
	/** @type {Map<number, { request: number, pixels: [number, number][], failed: (pixels: any) => void }>} without an answer */
	open = new Map();

	constructor(below) {
		this.below = below;
		this.replica = new Replica();
		this.link = { state: "online", replica: this.replica, paint: (pixels, failed) => this.send(pixels, failed) };
		const owner = {
			isPast: () => false,
			show() {},
			refuse() {},
			partlyUndone() {},
			forbids: () => null,
			forbidden() {},
		};
		this.painting = new Painting(this.link, owner, () => 0);
		this.welcome();
	}

	welcome(whole = true) {
		this.hear({
			kind: "welcome",
			canvasId: "5f",
			width: CELLS,
			height: 1,
			palette: PALETTE,
			sequence: this.log.length,
		});
		if (whole) {
			const colours = new Uint8Array(CELLS);
			for (const { cell, colour } of this.log) colours[cell] = colour;
			this.note(this.log.slice(this.heard));
			this.hear({ kind: "wholeBoard", sequence: this.log.length, colours });
		} else {
			const missed = this.log.slice(this.replica.sequence);
			this.note(missed);
			this.hear({
				kind: "changes",
				sequence: this.log.length,
				pixels: missed.map(({ cell, colour }) => [cell, colour]),
			});
		}
		this.told = this.heard = this.log.length;
		this.link.state = "online";
	}

	hear(message, refused = null) {
		this.replica.apply(message);
		refused?.failed(refused.pixels);
		this.painting.apply(message);
	}

	/** Takes note of paints that the page hears of now. */
	note(paints) {
		for (const { cell, colour, request } of paints) {
			const ahead = this.ahead(cell);
			const like = ahead.filter(([, own]) => own === colour);
			const requests = new Set(like.map(([number]) => number));
			const paint = { cell, colour, requests, later: ahead.map(([, own]) => own), from: this.since[cell].length };
			if (request !== null) this.mine(cell, colour);
			else if (like.length) this.doubts.push(paint);
			else this.others(paint);
		}
	}

	mine(cell, colour) {
		this.since[cell].push(colour);
		this.own[cell] = true;
	}

	/** Another painter has painted a cell: below what was under way, and before the colours from an index on. */
	others({ cell, colour, later, from }) {
		const colours = [...later, ...this.since[cell].slice(from)];
		this.since[cell] = [colour, ...colours];
		this.own[cell] = colours.length > 0;
		this.doubts = this.doubts.filter((doubt) => doubt.cell !== cell || doubt.from > from);
		for (const doubt of this.doubts) if (doubt.cell === cell) doubt.from += 1 + later.length - from;
	}

	/** The colours of a cell that are under way, with their requests. */
	ahead(cell) {
		return [...this.open.values()].flatMap(({ request, pixels }) =>
			pixels.filter(([at]) => at === cell).map(([, colour]) => [request, colour]),
		);
	}

	/** The page paints. */
	send(pixels, failed = () => {}) {
		if (this.step) {
			this.taken = pixels;
			for (const [cell, colour] of pixels) {
				assert.ok(this.own[cell], `${this.step} in a cell of others: ${cell}`);
				assert.ok(this.since[cell].includes(colour), `${this.step} passes over others: ${colour} in ${cell}`);
			}
		}
		if (!pixels.length) return [];
		const sent = { request: ++this.number, pixels, failed };
		this.requests.push(sent);
		this.open.set(sent.request, sent);
		for (const [cell, colour] of pixels) {
			this.mine(cell, colour);
			for (const doubt of this.doubts)
				if (doubt.cell === cell && doubt.colour === colour) doubt.requests.add(sent.request);
		}
		return this.replica.paint(sent.request, pixels);
	}

	/** Puts everything that the page does not know yet into a message. */
	tell() {
		if (this.told === this.log.length) return;
		const paints = this.log.slice(this.told);
		this.told = this.log.length;
		const pixels = paints.map(({ cell, colour }) => [cell, colour]);
		this.messages.push({ kind: "changes", sequence: this.told, pixels });
		const answered = new Set(paints.map(({ request }) => request).filter((request) => request !== null));
		for (const request of answered) this.messages.push({ kind: "acknowledged", request });
	}

	/** What may happen. */
	deeds = {
		paint: () => {
			if (this.below(2)) this.painting.begin();
			this.painting.paint(this.pixels());
		},
		undo: () => this.go("undo"),
		redo: () => this.go("redo"),
		others: () => {
			for (const [cell, colour] of this.pixels()) this.log.push({ cell, colour, request: null });
		},
		record: () => {
			const taken = this.requests.shift();
			for (const [cell, colour] of taken?.pixels ?? []) this.log.push({ cell, colour, request: taken.request });
		},
		refuse: () => {
			const refused = this.requests.shift();
			if (!refused) return;
			this.tell();
			this.messages.push({ kind: "rejected", request: refused.request, retryMs: null });
		},
		tell: () => this.tell(),
		deliver: () => {
			const message = this.messages.shift();
			if (!message) return;
			if (message.kind === "changes") {
				this.note(this.log.slice(this.heard, message.sequence));
				this.heard = message.sequence;
				return this.hear(message);
			}
			const sent = this.open.get(message.request);
			this.answered(message.request);
			this.hear(message, message.kind === "rejected" ? sent : null);
		},
		lose: () => {
			if (this.below(6)) return;
			this.link.state = "away";
			const recorded = this.below(this.requests.length + 1);
			for (let n = 0; n < recorded; n++) this.deeds.record();
			this.requests = [];
			this.messages = [];
			const lost = [...this.open.values()];
			for (const request of this.open.keys()) this.answered(request);
			this.replica.disconnected();
			for (const { pixels, failed } of lost) failed(pixels);
			this.painting.disconnected();
			for (let n = this.below(3); n > 0; n--) this.deeds.others();
			this.welcome(this.below(2) === 0);
		},
	};

	answered(request) {
		this.open.delete(request);
		for (const doubt of this.doubts) doubt.requests.delete(request);
		for (;;) {
			const doubt = this.doubts.find(({ requests }) => !requests.size);
			if (!doubt) return;
			this.others(doubt);
		}
	}

	go(step) {
		this.step = step;
		this.taken = [];
		this.painting[step]();
		this.step = null;
	}

	/** A few random pixels, each of another cell. */
	pixels() {
		const pixels = new Map();
		for (let n = this.below(3); n >= 0; n--) pixels.set(this.below(CELLS), this.below(COLOURS));
		return [...pixels];
	}
}

test(`undo and redo never pass over what others have painted since, whatever is under way; seed ${SEED}`, () => {
	let taken = 0;
	for (let round = 0; round < ROUNDS; round++) {
		const below = chance(SEED + round);
		const world = new World(below);
		const done = [];
		const names = Object.keys(world.deeds);
		try {
			for (let step = 0; step < STEPS; step++) {
				done.push(names[below(names.length)]);
				world.deeds[done.at(-1)]();
				if (/do$/.test(done.at(-1))) taken += world.taken.length;
			}
		} catch (error) {
			error.message += ` (round ${round}: ${done.join(" ")})`;
			throw error;
		}
	}
	assert.ok(taken > ROUNDS, `only ${taken} pixels were undone and redone`);
});

test(`undo and redo are those of a model where every paint is told or refused at once; seed ${SEED}`, () => {
	for (let round = 0; round < ROUNDS; round++) {
		const below = chance(SEED + round);
		const world = new World(below);
		const settle = () => {
			for (const deed of ["record", "tell", "deliver", "deliver"]) world.deeds[deed]();
		};
		/** @type {Map<number, [number, number]>[]} for each stroke the colours of its cells before and after */
		const [done, undone] = [[], []];
		const board = new Array(CELLS).fill(0);
		/** What the model takes: the last stroke of which something is there and changes. */
		const take = (from, side) => {
			while (from.length) {
				const taken = new Map([...from.pop()].filter(([cell, pair]) => board[cell] === pair[side]));
				if (taken.size) return taken;
			}
			return new Map();
		};
		const step = (name, from, to, side) => {
			const taken = take(from, side);
			world.go(name);
			assert.deepEqual(new Map(world.taken), new Map([...taken].map(([cell, pair]) => [cell, pair[1 - side]])));
			const isRefused = below(3) === 0;
			if (taken.size) (isRefused ? from : to).push(taken);
			if (isRefused) return ["refuse", "deliver"].map((deed) => world.deeds[deed]());
			for (const [cell, pair] of taken) board[cell] = pair[1 - side];
			settle();
		};
		const deeds = [
			() => {
				const pixels = world.pixels().filter(([cell, colour]) => board[cell] !== colour);
				if (!pixels.length) return;
				world.painting.begin();
				world.painting.paint(pixels);
				done.push(new Map(pixels.map(([cell, colour]) => [cell, [board[cell], colour]])));
				undone.length = 0;
				for (const [cell, colour] of pixels) board[cell] = colour;
				settle();
			},
			() => {
				const before = world.log.length;
				world.deeds.others();
				for (const { cell, colour } of world.log.slice(before)) {
					board[cell] = colour;
					for (const stroke of [...done, ...undone]) stroke.delete(cell);
				}
				settle();
			},
			() => step("undo", done, undone, 1),
			() => step("redo", undone, done, 0),
		];
		for (let n = 0; n < STEPS; n++) {
			deeds[below(deeds.length)]();
			assert.deepEqual([...world.replica.shown], board, `round ${round}`);
		}
	}
});
