// A board of ten by ten without a server: a fake link and a fake clock, with a log of paints and refusals.

import { Painting } from "../../dcc/page/painting.js";

export const WIDTH = 10;

/** As a server tells that takes one pixel at a time, and does not say how the charges stand. */
export const cooldown = (waitMs) => ({ kind: "cooldown", waitMs, charges: 0, most: 1, nextMs: 0, eachMs: 0 });
/** As a server tells whose charges gather: one a second, up to four. */
export const charges = (charges, nextMs) => ({ kind: "cooldown", waitMs: 0, charges, most: 4, nextMs, eachMs: 1000 });

export function room(width = WIDTH, height = width) {
	const made = { time: 1000, past: false, sent: [], refuse: [], refusals: [], shown: 0, forbids: () => null };
	const replica = { width, height, shown: new Uint8Array(width * height), unanswered: 0, others: [] };
	made.link = {
		state: "online",
		replica,
		paint(pixels, failed = () => {}) {
			const before = pixels.map(([cell]) => [cell, replica.shown[cell]]);
			made.sent.push(pixels);
			/** The server refuses a paint, or a part of the paint; `later` paints cover the cells. */
			made.refuse.push((refused = pixels, later = false) => {
				const cells = refused.map(([cell]) => cell);
				if (!later) for (const [cell, colour] of before) if (cells.includes(cell)) replica.shown[cell] = colour;
				failed(refused);
			});
			for (const [cell, colour] of pixels) replica.shown[cell] = colour;
			return pixels.map(([cell]) => cell);
		},
	};
	const owner = {
		isPast: () => made.past,
		show: () => made.shown++,
		refuse: (why) => made.refusals.push(why),
		partlyUndone: (...counts) => made.refusals.push(counts),
		forbids: (cell) => made.forbids(cell),
		forbidden: ({ code }, left) => made.refusals.push(code, left),
	};
	made.painting = new Painting(made.link, owner, () => made.time);
	return made;
}

/** Pixels of the second colour. */
export const one = (...places) => places.map((place) => [place, 1]);
