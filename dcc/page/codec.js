// The wire protocol, version 2 (docs/protocol.md): payloads to messages and back. Messages are those of
// dcc/protocol/messages.py, with what the page needs of each. A cell is row * width + column.

import { CANVAS_SIDE_CELLS, PALETTE_COLOURS } from "./limits.js";
import { load } from "./load.js";

/** @import { HeatMap, PaintersMap } from "./codec_layers.js" */
/** @import { ActionLog, Done, People, Preview, RulesNews, SharedTemplate } from "./codec_people.js" */

/** @typedef {[cell: number, colour: number]} Pixel */
/** @typedef {{ name: string, value: string }} Colour  The value is "#rrggbb". */
/** @typedef {Record<string, string | number>} Values */
/**
 * Why something was refused: `reason` in the server's language, for a `code` that the page does not know.
 * @typedef {{ reason: string, code: string, values: Values }} Refusal
 */
/** @typedef {{ canvasId: string, width: number, height: number, palette: Colour[] }} Board */
/** @typedef {"mirar" | "pintar" | "moderar" | "administrar"} Role */
/** @typedef {Board & { kind: "welcome", sequence: number, role: Role, name: string }} Welcome  The name is proven, or empty. */
/** @typedef {{ kind: "wholeBoard", sequence: number, colours: Uint8Array }} WholeBoard */
/** @typedef {{ kind: "changes", sequence: number, pixels: Pixel[] }} Changes */
/** @typedef {{ kind: "acknowledged", request: number }} Acknowledged */
/** @typedef {Refusal & { kind: "rejected", request: number, retryMs: number | null }} Rejected */
/** @typedef {{ kind: "cooldown", waitMs: number, charges: number, most: number, nextMs: number, eachMs: number }} Cooldown */
/** @typedef {{ kind: "users", connected: number }} Users */
/** @typedef {Refusal & { kind: "closing" }} Closing  Also before the end, with the reason. */
/** @typedef {{ name: string, sequence: number }} NamedMoment */
/** @typedef {{ kind: "history", request: number, sequence: number, moments: NamedMoment[] }} History */
/** @typedef {{ kind: "pastBoard", request: number, sequence: number, timeMs: number, colours: Uint8Array }} PastBoard */
/**
 * @typedef {object} Author
 * @property {"author"} kind
 * @property {number} request
 * @property {string | null} name
 * @property {number | null} clientId
 * @property {number | null} timeMs
 * @property {number | null} sequence
 * @property {boolean} isProven
 * @property {string | null} address for moderators alone
 */
/** @typedef {Welcome | WholeBoard | Changes | Acknowledged | Rejected | Cooldown | Users | Closing | RulesNews} News */
/** @typedef {History | PastBoard | HeatMap | PaintersMap | Author | Done | Preview | People | ActionLog | SharedTemplate} Answer */

const PIXEL_BYTES = 5; // u32 cell, u8 colour

/**
 * @param {number} request
 * @param {Pixel[]} pixels
 */
export function encodePaint(request, pixels) {
	const data = new DataView(new ArrayBuffer(5 + pixels.length * PIXEL_BYTES));
	data.setUint8(0, 3);
	data.setUint32(1, request, true);
	pixels.forEach(([cell, colour], n) => {
		data.setUint32(5 + n * PIXEL_BYTES, cell, true);
		data.setUint8(9 + n * PIXEL_BYTES, colour);
	});
	return data.buffer;
}

/**
 * Reads a payload; nothing if only a later version knows the message.
 * @param {string | ArrayBuffer} payload
 * @param {number} cells of the board
 * @returns {Promise<News | Answer | undefined>} rejects what is not the protocol, or does not fit the board
 */
export async function decode(payload, cells) {
	return typeof payload === "string" ? decodeWords(JSON.parse(payload)) : decodeBinary(new DataView(payload), cells);
}

/**
 * @param {DataView<ArrayBuffer>} data
 * @param {number} cells
 * @returns {Promise<News | Answer>}
 */
async function decodeBinary(data, cells) {
	/** @param {number} at */
	const u32 = (at) => data.getUint32(at, true);
	/** @param {number} at */
	const u64 = (at) => Number(data.getBigUint64(at, true));
	switch (data.getUint8(0)) {
		case 1:
			return { kind: "wholeBoard", sequence: u64(1), colours: await unpack(data, 9, cells) };
		case 2: {
			/** @type {Pixel[]} */
			const pixels = [];
			for (let at = 9; at < data.byteLength; at += PIXEL_BYTES) pixels.push([u32(at), data.getUint8(at + 4)]);
			return { kind: "changes", sequence: u64(1), pixels };
		}
		case 4:
			u64(5); // the sequence, which has to be there
			return { kind: "acknowledged", request: u32(1) };
		case 5: {
			const colours = await unpack(data, 21, cells);
			return { kind: "pastBoard", request: u32(1), sequence: u64(5), timeMs: u64(13), colours };
		}
		case 6:
			return (await load("codec_people")).readPreview(data, cells);
		case 7:
		case 8:
			return (await load("codec_layers")).read(data, cells);
	}
	throw new RangeError("unknown opcode");
}

/**
 * Unpacks a board, plain (0) or zlib (1), of exactly `cells` cells; never more, however long the stream.
 * @param {DataView<ArrayBuffer>} data
 * @param {number} at the place of the coding
 * @param {number} cells
 */
export async function unpack(data, at, cells) {
	const coding = data.getUint8(at);
	if (coding > 1) throw new RangeError("unknown coding");
	const packed = new Uint8Array(data.buffer, at + 1);
	if (coding) return inflated(packed, cells);
	const colours = new Uint8Array(cells);
	colours.set(packed); // a RangeError if the board is longer
	if (packed.length !== cells) throw new RangeError("a board that is cut short");
	return colours;
}

/**
 * Unpacks a zlib stream of exactly so many bytes; never more, however long the stream.
 * @param {Uint8Array<ArrayBuffer>} packed
 * @param {number} length
 */
export async function inflated(packed, length) {
	const colours = new Uint8Array(length);
	let filled = 0;
	if (globalThis.DecompressionStream) {
		const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
		for (let piece = await reader.read(); piece.value; piece = await reader.read()) {
			colours.set(piece.value, filled);
			filled += piece.value.length;
		}
	} else filled = (await load("zlib")).inflate(packed, colours);
	if (filled !== length) throw new RangeError("a board that is cut short");
	return colours;
}

/** @typedef {Record<string, any>} Words */

/**
 * @param {Words} words
 * @param {string} key
 * @returns {number}
 */
export function integer(words, key) {
	const value = words[key];
	if (typeof value === "number" && Number.isSafeInteger(value)) return value;
	throw new RangeError(`${key} is no integer`);
}

/**
 * @param {Words} words
 * @param {string} key
 * @returns {string}
 */
export function string(words, key) {
	const value = words[key];
	if (typeof value === "string") return value;
	throw new RangeError(`${key} is no string`);
}

/**
 * @template Value
 * @param {(words: Words, key: string) => Value} read
 * @param {Words} words
 * @param {string} key
 */
export const optional = (read, words, key) => ((words[key] ?? null) === null ? null : read(words, key));

/**
 * The reason in a message; an unreadable code or value is as if the server had sent none.
 * @param {Words} words
 * @param {string} text
 * @returns {Refusal}
 */
export function refusal({ codigo, valores }, text) {
	if (typeof codigo !== "string") return { reason: text, code: "", values: {} };
	const values = Object.entries(valores && typeof valores === "object" ? valores : {});
	return {
		reason: text,
		code: codigo,
		values: Object.fromEntries(values.filter(([, value]) => ["string", "number"].includes(typeof value))),
	};
}

/** @type {Role[]} each may do what the roles before it may do */
const ROLES = ["mirar", "pintar", "moderar", "administrar"];

/**
 * @param {Words} words
 * @returns {Role}
 */
export function role({ rol = "pintar" }) {
	if (ROLES.includes(rol)) return rol;
	throw new RangeError("rol is no role");
}

/**
 * @param {Words} words
 * @returns {Promise<News | Answer | undefined>}
 */
async function decodeWords(words) {
	if (words.cerrar) return { kind: "closing", ...refusal(words, typeof words.error === "string" ? words.error : "") };
	switch (words.comando) {
		case "bienvenida":
			return welcome(words);
		case "rechazado": {
			const why = refusal(words, string(words, "motivo"));
			return {
				kind: "rejected",
				request: integer(words, "solicitud"),
				...why,
				retryMs: optional(integer, words, "espera_ms"),
			};
		}
		case "espera":
			return {
				kind: "cooldown",
				waitMs: integer(words, "espera_ms"),
				charges: optional(integer, words, "cargas") ?? 0,
				most: optional(integer, words, "tope") ?? 1,
				nextMs: optional(integer, words, "siguiente_ms") ?? 0,
				eachMs: optional(integer, words, "cada_ms") ?? 0,
			};
		case "usuarios":
			return { kind: "users", connected: integer(words, "conectados") };
		case "error":
			return { kind: "closing", ...refusal(words, string(words, "error")) };
		case "historia":
			return {
				kind: "history",
				request: integer(words, "solicitud"),
				sequence: integer(words, "secuencia"),
				moments: (words.momentos ?? []).map((/** @type {unknown[]} */ [name, sequence]) => ({
					name: string({ name }, "name"),
					sequence: integer({ sequence }, "sequence"),
				})),
			};
		case "autor":
			return {
				kind: "author",
				request: integer(words, "solicitud"),
				name: optional(string, words, "nombre"),
				clientId: optional(integer, words, "id"),
				timeMs: optional(integer, words, "ms"),
				sequence: optional(integer, words, "secuencia"),
				isProven: words.probado === true,
				address: optional(string, words, "direccion"),
			};
		case "reglas":
		case "plantilla":
		case "hecho":
		case "gente":
		case "diario":
			return (await load("codec_people")).read(words);
	}
}

/**
 * @param {Words} words
 * @returns {Welcome}
 */
function welcome(words) {
	const [width, height] = [integer(words, "ancho"), integer(words, "alto")];
	if (!(Math.min(width, height) >= 1 && Math.max(width, height) <= CANVAS_SIDE_CELLS))
		throw new RangeError("no size of a board");
	if (!Array.isArray(words.paleta) || !words.paleta.length || words.paleta.length > PALETTE_COLOURS)
		throw new RangeError("no palette");
	const palette = words.paleta.map(([name, value]) => ({ name: String(name), value: String(value) }));
	if (!palette.every(({ value }) => /^#[\da-f]{6}$/i.test(value))) throw new RangeError("no colour");
	return {
		kind: "welcome",
		canvasId: string(words, "lienzo"),
		width,
		height,
		palette,
		sequence: integer(words, "secuencia"),
		role: role(words),
		name: optional(string, words, "nombre") ?? "",
	};
}
