// The vectors of tests/vectors for JavaScript; tests/vectors/notation.py says how they are written.

import { readFileSync } from "node:fs";

export const load = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8"));

/** A payload in the form of WebSocket. */
export function payloadOf(words) {
	if (typeof words === "string")
		return Uint8Array.from(words.match(/[\da-f]{2}/g) ?? [], (byte) => Number.parseInt(byte, 16)).buffer;
	return Object.keys(words).join() === "text" ? words.text : JSON.stringify(words);
}

/** A message of a server in the form of the page's codec: `failed` becomes `closing`. */
export function messageOf(vector) {
	const { kind, error, palette, colours, times, numbers, ...message } = { ...vector };
	if (kind === "failed" || kind === "closing") return { ...message, kind: "closing", reason: error };
	if (palette) message.palette = palette.map(([name, value]) => ({ name, value }));
	if (colours) message.colours = new Uint8Array(colours);
	if (times) message.times = new Uint8Array(times);
	if (numbers) message.numbers = new Uint8Array(numbers);
	return { ...message, kind };
}
