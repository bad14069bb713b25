// Packing and unpacking without the browser's help.

import assert from "node:assert/strict";
import test from "node:test";
import { constants, deflateSync, inflateSync } from "node:zlib";

import { inflate, store } from "../../dcc/page/zlib.js";

let seed = 7;
const chance = (below) => {
	seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
	return Math.floor((seed / 2 ** 31) * below);
};
const KINDS = {
	"one colour": () => 0,
	"a few colours": () => chance(8),
	"all colours": () => chance(256),
	"a repeated pattern": (_, n) => (n >> 5) % 7,
};

for (const [kind, make] of Object.entries(KINDS)) {
	test(`a board of ${kind} is unpacked, whatever the level and kind of packing`, () => {
		for (const length of [1, 2, 300, 70_000, 1_000_000]) {
			const plain = Uint8Array.from({ length }, make);
			for (const options of [{ level: 0 }, { level: 1 }, { level: 9 }, { strategy: constants.Z_FIXED }]) {
				const room = new Uint8Array(length);
				assert.equal(inflate(deflateSync(plain, options), room), length);
				assert.equal(Buffer.compare(room, plain), 0);
			}
		}
	});
}

test("a stream longer than the board is refused, and one that is shorter fills less", () => {
	for (const level of [0, 9]) {
		const packed = deflateSync(new Uint8Array(500), { level });
		assert.throws(() => inflate(packed, new Uint8Array(499)), RangeError);
		assert.equal(inflate(packed, new Uint8Array(600)), 500);
	}
});

test("a damaged stream ends with an error or with other colours, never without an end", () => {
	const plain = Uint8Array.from({ length: 3000 }, () => chance(8));
	const packed = deflateSync(plain);
	for (let round = 0; round < 2000; round++) {
		const damaged = Uint8Array.from(packed).subarray(0, round % 2 ? packed.length : 2 + chance(packed.length));
		damaged[2 + chance(damaged.length - 2)] ^= 1 << chance(8);
		try {
			assert.ok(inflate(damaged, new Uint8Array(3000)) <= 3000);
		} catch (error) {
			assert.ok(error instanceof RangeError, error.stack);
		}
	}
});

test("what is stored is unpacked by others, over the bounds of blocks", () => {
	for (const length of [0, 1, 65_535, 65_536, 200_000]) {
		const plain = Uint8Array.from({ length }, () => chance(256));
		assert.equal(Buffer.compare(inflateSync(store(plain)), plain), 0);
	}
});
