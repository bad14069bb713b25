// Keys and codes: from links, kept by canvas, forgotten when refused.

import assert from "node:assert/strict";
import test from "node:test";

import { Identity } from "../../dcc/page/identity.js";

class Store {
	#kept = new Map();

	getItem(name) {
		return this.#kept.get(name) ?? null;
	}

	setItem(name, value) {
		this.#kept.set(name, value);
	}
}

test("a key from a link is said, kept once the server has taken it, and found again", () => {
	const store = new Store();
	const first = new Identity("/", store);
	assert.deepEqual(first.words, {});
	first.take("#clave=abc");
	assert.deepEqual(first.words, { clave: "abc" });
	assert.deepEqual(new Identity("/", store).words, {});
	first.accepted("canvas");
	assert.deepEqual(new Identity("/", store).words, { clave: "abc" });
	assert.deepEqual(new Identity("/other/", store).words, {});
});

test("a code is kept like a key, and a link without either changes nothing", () => {
	const store = new Store();
	const identity = new Identity("/", store);
	identity.take("#codigo=sol%20y%20luna");
	identity.take("");
	assert.deepEqual(identity.words, { codigo: "sol y luna" });
	identity.accepted("canvas");
	assert.deepEqual(new Identity("/", store).words, { codigo: "sol y luna" });
});

test("what the server refuses is forgotten", () => {
	const store = new Store();
	const identity = new Identity("/", store);
	identity.take("#clave=abc");
	identity.accepted("canvas");
	assert.equal(identity.refused("canvas"), false);
	assert.deepEqual(identity.words, {});
	assert.deepEqual(new Identity("/", store).words, {});
});

test("a refused key of a link leaves the kept key of the canvas alone", () => {
	const store = new Store();
	const before = new Identity("/", store);
	before.take("#clave=good");
	before.accepted("canvas");
	const identity = new Identity("/", store);
	identity.take("#clave=wrong");
	assert.equal(identity.refused("canvas"), false);
	assert.deepEqual(identity.words, {});
	assert.deepEqual(new Identity("/", store).words, { clave: "good" });
});

test("a server with another canvas gets the key of that canvas, and no key is forgotten", () => {
	const store = new Store();
	for (const [canvas, key] of [
		["monday", "m"],
		["tuesday", "t"],
	]) {
		const identity = new Identity("/", store);
		identity.take(`#clave=${key}`);
		identity.accepted(canvas);
	}
	const identity = new Identity("/", store);
	assert.deepEqual(identity.words, { clave: "t" });
	assert.equal(identity.refused("monday"), true);
	assert.deepEqual(identity.words, { clave: "m" });
	identity.accepted("monday");
	assert.equal(identity.refused("wednesday"), true);
	assert.deepEqual(identity.words, {});
	assert.equal(new Identity("/", store).refused("tuesday"), true);
});

test("a browser that keeps nothing, or something strange, is no fault", () => {
	const store = new Store();
	store.setItem("dcc.identity /", "null");
	for (const each of [null, store]) {
		const identity = new Identity("/", each);
		identity.take("#clave=abc");
		identity.accepted("canvas");
		assert.deepEqual(identity.words, { clave: "abc" });
	}
});
