// The search for a colour.

import assert from "node:assert/strict";
import test from "node:test";

import { isFound } from "../../dcc/page/search.js";
import { load } from "./vectors.js";

test("a colour is found as in the vectors", () => {
	const searches = load("search");
	assert.ok(searches.length > 10);
	for (const search of searches) {
		assert.equal(isFound(search.query, search.value, search.names), search.found, JSON.stringify(search));
	}
});
