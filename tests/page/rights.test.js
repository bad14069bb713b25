// What the rules let a page do: as dcc/board/areas.py and dcc/board/rules.py decide on the server.

import assert from "node:assert/strict";
import test from "node:test";

import { Rights } from "../../dcc/page/rights.js";

const RULES = { kind: "rulesNews", entry: "abierta", isFrozen: false, rest: "todos", areas: [], announcement: "" };
const area = (name, column, width, allowed) => ({ name, place: { column, row: 0, width, height: 2 }, allowed });

/** Somebody on a board with rules. */
function somebody(role, name, rules) {
	const rights = new Rights();
	rights.apply({ kind: "welcome", role, name });
	rights.apply({ ...RULES, ...rules });
	return rights;
}
const codeOf = (rights, column, row = 0) => rights.refusal([column, row])?.code ?? null;

test("without rules everybody paints everywhere", () => {
	const rights = new Rights();
	rights.apply({ kind: "welcome", role: "pintar", name: "" });
	assert.equal(codeOf(rights, 5), null);
	assert.deepEqual([rights.mayModerate, rights.onlyWatches, rights.needsCode], [false, false, false]);
});

for (const [who, role, name, expected] of [
	["a pupil", "pintar", "Ana", [null, "zona-ajena", "zona-ajena", "zona-ajena", null, "resto-ajeno"]],
	["somebody unknown", "pintar", "", ["zona-ajena", "zona-ajena", "zona-ajena", "zona-ajena", null, "resto-ajeno"]],
	["a moderator", "moderar", "Eva", [null, null, null, "zona-ajena", null, null]],
	["an owner", "administrar", "Eva", [null, null, null, "zona-ajena", null, null]],
]) {
	test(`${who} may paint in some areas, and the upper of two areas counts`, () => {
		const areas = [
			area("Ana", 0, 2, ["Ana"]),
			area("Ben", 1, 1, ["Ben"]),
			area("M", 2, 1, "moderadores"),
			area("N", 3, 1, "nadie"),
			area("all", 4, 1, "todos"),
		];
		const rights = somebody(role, name, { areas, rest: "moderadores" });
		assert.deepEqual(
			[0, 1, 2, 3, 4, 5].map((column) => codeOf(rights, column)),
			expected,
		);
		assert.equal(rights.areaAt([1, 1])?.name, "Ben");
		assert.equal(rights.areaAt([1, 2]), undefined);
	});
}

test("a frozen board is for moderators, and a watcher is told what is missing", () => {
	assert.equal(codeOf(somebody("pintar", "Ana", { isFrozen: true }), 0), "congelado");
	assert.equal(codeOf(somebody("moderar", "Eva", { isFrozen: true }), 0), null);
	assert.equal(codeOf(somebody("mirar", "", { entry: "codigo" }), 0), "falta-codigo");
	assert.equal(codeOf(somebody("mirar", "", { entry: "claves" }), 0), "solo-mirar");
	assert.equal(codeOf(somebody("mirar", "Ana", { entry: "codigo" }), 0), "solo-mirar");
});

test("a changed entry asks for the role again, but not of those with a proven name, and not twice", () => {
	for (const [role, name, entry, isStale] of [
		["pintar", "", "claves", true],
		["pintar", "", "codigo", true],
		["pintar", "Ana", "claves", false],
		["mirar", "", "claves", false],
		["pintar", "", "abierta", false],
	]) {
		const rights = new Rights();
		rights.apply({ kind: "welcome", role, name });
		assert.equal(rights.apply({ ...RULES, entry }), isStale, `${role} ${entry}`);
		assert.equal(rights.apply({ ...RULES, entry, isFrozen: true }), false);
	}
});

test("rules outlast another greeting, and not another connection", () => {
	const rights = somebody("pintar", "", { isFrozen: true });
	rights.apply({ kind: "welcome", role: "pintar", name: "" });
	assert.ok(rights.isFrozen);
	rights.disconnected();
	assert.ok(rights.isFrozen);
	rights.apply({ kind: "welcome", role: "pintar", name: "" });
	assert.ok(!rights.isFrozen);
});
