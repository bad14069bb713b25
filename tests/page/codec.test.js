// The codec of the page against bytes written out here.

import assert from "node:assert/strict";
import test from "node:test";
import { deflateSync } from "node:zlib";

import { decode, encodePaint } from "../../dcc/page/codec.js";

const buffer = (...bytes) => new Uint8Array(bytes.flat()).buffer;
const u64 = (value) => [value, 0, 0, 0, 0, 0, 0, 0];

test("a paint request is written little-endian", () => {
	const bytes = [
		...new Uint8Array(
			encodePaint(0x01020304, [
				[0x0a0b0c0d, 7],
				[1, 255],
			]),
		),
	];
	assert.deepEqual(bytes, [3, 4, 3, 2, 1, 0x0d, 0x0c, 0x0b, 0x0a, 7, 1, 0, 0, 0, 255]);
});

test("a whole board is read, plain and packed", async () => {
	const expected = { kind: "wholeBoard", sequence: 9, colours: new Uint8Array([1, 2, 3, 4]) };
	assert.deepEqual(await decode(buffer(1, u64(9), 0, [1, 2, 3, 4]), 4), expected);
	assert.deepEqual(await decode(buffer(1, u64(9), 1, [...deflateSync(Buffer.from([1, 2, 3, 4]))]), 4), expected);
});

test("a packed board is read by an old browser too, and one that is too long or cut short is not", async (context) => {
	const { DecompressionStream } = globalThis;
	delete globalThis.DecompressionStream;
	context.after(() => {
		globalThis.DecompressionStream = DecompressionStream;
	});
	const packed = (length) => buffer(1, u64(9), 1, [...deflateSync(Buffer.alloc(length, 3))]);
	assert.deepEqual((await decode(packed(4), 4)).colours, new Uint8Array([3, 3, 3, 3]));
	await assert.rejects(decode(packed(3), 4), RangeError);
	await assert.rejects(decode(packed(1e6), 4), RangeError);
	await assert.rejects(decode(packed(4).slice(0, 14), 4), RangeError);
});

test("changes are read, and a sequence beyond 32 bits", async () => {
	const message = await decode(buffer(2, [1, 0, 0, 0, 1, 0, 0, 0], [5, 0, 0, 0, 7], [0, 1, 0, 0, 2]), 1000);
	assert.deepEqual(message, {
		kind: "changes",
		sequence: 2 ** 32 + 1,
		pixels: [
			[5, 7],
			[256, 2],
		],
	});
	assert.deepEqual(await decode(buffer(2, u64(1)), 4), { kind: "changes", sequence: 1, pixels: [] });
});

test("an acknowledgement and a board of the past are read", async () => {
	assert.deepEqual(await decode(buffer(4, [5, 0, 0, 0], u64(6)), 4), { kind: "acknowledged", request: 5 });
	const past = await decode(buffer(5, [8, 0, 0, 0], u64(3), u64(200), 0, [9]), 1);
	assert.deepEqual(past, { kind: "pastBoard", request: 8, sequence: 3, timeMs: 200, colours: new Uint8Array([9]) });
});

test("messages in JSON are read", async () => {
	const read = (words) => decode(JSON.stringify(words), 0);
	const welcome = {
		comando: "bienvenida",
		version: 2,
		id: 7,
		lienzo: "5f",
		ancho: 2,
		alto: 3,
		paleta: [["red", "#ff0000"]],
		secuencia: 4,
	};
	const palette = [{ name: "red", value: "#ff0000" }];
	const board = { kind: "welcome", canvasId: "5f", width: 2, height: 3, palette, sequence: 4 };
	assert.deepEqual(await read(welcome), { ...board, role: "pintar", name: "" });
	assert.deepEqual(await read({ ...welcome, rol: "moderar", nombre: "Ana" }), {
		...board,
		role: "moderar",
		name: "Ana",
	});
	const rejected = { comando: "rechazado", solicitud: 5, motivo: "full", pixeles: [], espera_ms: 40 };
	assert.deepEqual(await read(rejected), {
		kind: "rejected",
		request: 5,
		reason: "full",
		code: "",
		values: {},
		retryMs: 40,
	});
	assert.equal((await read({ ...rejected, espera_ms: undefined })).retryMs, null);
	const cooldown = { kind: "cooldown", waitMs: 0, charges: 0, most: 1, nextMs: 0, eachMs: 0 };
	assert.deepEqual(await read({ comando: "espera", espera_ms: 0 }), cooldown);
	assert.deepEqual(await read({ comando: "usuarios", conectados: 12 }), { kind: "users", connected: 12 });
	assert.deepEqual(await read({ cerrar: true, error: "too many" }), {
		kind: "closing",
		reason: "too many",
		code: "",
		values: {},
	});
	assert.equal((await read({ comando: "historia", solicitud: 5, secuencia: 30 })).sequence, 30);
	const author = { comando: "autor", solicitud: 7, nombre: null, id: 2, ms: 3, secuencia: 4 };
	assert.deepEqual(await read(author), {
		kind: "author",
		request: 7,
		name: null,
		clientId: 2,
		timeMs: 3,
		sequence: 4,
		isProven: false,
		address: null,
	});
	assert.equal(await read({ comando: "later" }), undefined);
});

for (const [what, payload, cells = 4] of [
	["no JSON", "{"],
	["no object", "null"],
	["a welcome without a palette", '{"comando": "bienvenida"}'],
	[
		"a welcome with an unknown role",
		'{"comando": "bienvenida", "ancho": 1, "alto": 1, "paleta": [["a", "#000000"]], "secuencia": 0, "lienzo": "5f", "rol": "rey"}',
	],
	["rules with an unknown entry", '{"comando": "reglas", "entrada": "ninguna"}'],
	["an area without a place", '{"comando": "reglas", "zonas": [{"nombre": "Ana"}]}'],
	["areas for nobody known", '{"comando": "reglas", "resto": "reyes"}'],
	["a guest that is no object", '{"comando": "gente", "solicitud": 1, "gente": [7]}'],
	["a preview cut short", buffer(6, [1, 0, 0, 0], u64(1), [0, 0])],
	["a preview of a cell outside of the board", buffer(6, [1, 0, 0, 0], u64(1), [1, 0, 0, 0], [4, 0, 0, 0, 1])],
	["nothing", buffer()],
	["an unknown opcode", buffer(9)],
	["changes cut short", buffer(2, u64(1), [1, 0, 0])],
	["changes whose last pixel is cut short", buffer(2, u64(1), [1, 0, 0, 0, 5, 2, 0])],
	["an answer cut short", buffer(4, 5)],
	["a plain board that is too short", buffer(1, u64(1), 0, [1, 2, 3])],
	["a plain board that is too long", buffer(1, u64(1), 0, [1, 2, 3, 4, 5])],
	["a packed board that is too long", buffer(1, u64(1), 1, [...deflateSync(Buffer.alloc(1e6))])],
	["a packed board that is cut short", buffer(1, u64(1), 1, [...deflateSync(Buffer.alloc(4)).subarray(0, 5)])],
]) {
	test(`refused: ${what}`, () => assert.rejects(decode(payload, cells)));
}
