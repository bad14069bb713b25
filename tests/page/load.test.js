// The parts of the page that are loaded later.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

const PAGE = new URL("../../dcc/page/", import.meta.url);
const sources = readdirSync(PAGE)
	.filter((name) => name.endsWith(".js"))
	.map((name) => readFileSync(new URL(name, PAGE), "utf8"));

/** All that a pattern finds in the page. */
const found = (pattern) => new Set(sources.flatMap((source) => [...source.matchAll(pattern)].map(([, name]) => name)));

test("no part that may get a second address is imported by a first address too", () => {
	const parts = found(/\bload\("(\w+)"\)/g);
	const imported = found(/^(?:import|export)\b[^;]*?"\.\/(\w+)\.js"/gm);
	assert.ok(parts.has("goto") && imported.has("link"));
	assert.deepEqual(
		[...parts].filter((part) => imported.has(part)),
		[],
	);
	assert.deepEqual([...found(/\bawait import\("(.*?)"\)/g)], [], "by load() alone");
});
