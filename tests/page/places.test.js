// Places as people write them.

import assert from "node:assert/strict";
import test from "node:test";

import { readPlace } from "../../dcc/page/places.js";
import { load } from "./vectors.js";

const PLACES = load("places");
assert.ok(PLACES.length > 20);

for (const { text, place } of PLACES) {
	test(`"${text}" is ${place ? place.join(", ") : "no place"}`, () => {
		const [column, row, zoom] = place ?? [];
		assert.deepEqual(readPlace(text), place && { column, row, zoom });
	});
}
