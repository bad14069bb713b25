// The messages about people, rules and actions (docs/protocol.md), which a page of a server without rules never needs.

import { integer, optional, role, string } from "./codec.js";

/** @import { Pixel, Role, Words } from "./codec.js" */

/** @typedef {{ column: number, row: number, width: number, height: number }} Place */
/** @typedef {"todos" | "moderadores" | "nadie" | string[]} Allowed  Who may paint: a group, or people by their proven names. */
/** @typedef {{ name: string, place: Place, allowed: Allowed }} Area */
/**
 * @typedef {object} RulesNews
 * @property {"rulesNews"} kind
 * @property {"abierta" | "codigo" | "claves"} entry
 * @property {boolean} isFrozen
 * @property {Allowed} rest for the cells outside of all areas
 * @property {Area[]} areas from below to the top
 * @property {string} announcement
 * @property {TemplateNews[]} templates what people paint together, the oldest first
 */
/** @typedef {{ number: number, name: string, place: Place, author: string }} TemplateNews */
/** @typedef {{ kind: "sharedTemplate", request: number, number: number, template: { name: string, place: Place, data: string } }} SharedTemplate */
/** @typedef {{ kind: "done", request: number, number: number, sequence: number, cells: number }} Done */
/** @typedef {{ kind: "preview", request: number, sequence: number, placements: number, pixels: Pixel[] }} Preview */
/** @typedef {{ clientId: number, name: string, isProven: boolean, role: Role, address: string }} Guest */
/** @typedef {{ name: string, network: string, fromConnecting: boolean, untilMs: number | null, why: string }} Ban */
/** @typedef {{ name: string, role: Role, untilMs: number | null }} KeyHolder */
/**
 * @typedef {object} People
 * @property {"people"} kind
 * @property {number} request
 * @property {Guest[]} guests
 * @property {Ban[]} bans
 * @property {string} code
 * @property {[address: string, times: number][]} guesses
 * @property {KeyHolder[]} keys
 */
/** @typedef {{ connection: number, name: string, address: string, isProven: boolean }} Painter */
/**
 * @typedef {object} Entry
 * @property {number} number
 * @property {number} sequence
 * @property {number} timeMs
 * @property {Painter} painter
 * @property {Words} action
 * @property {number} cells
 */
/** @typedef {{ kind: "actionLog", request: number, entries: Entry[] }} ActionLog */

const ENTRIES = ["abierta", "codigo", "claves"];
const GROUPS = ["todos", "moderadores", "nadie"];

/**
 * @param {Words} words
 * @returns {RulesNews | SharedTemplate | Done | People | ActionLog}
 */
export function read(words) {
	switch (words.comando) {
		case "reglas":
			return rulesNews(words);
		case "plantilla":
			return {
				kind: "sharedTemplate",
				request: integer(words, "solicitud"),
				number: integer(words, "numero"),
				template: { name: string(words, "nombre"), place: readPlace(words), data: string(words, "datos") },
			};
		case "hecho":
			return {
				kind: "done",
				request: integer(words, "solicitud"),
				number: integer(words, "numero"),
				sequence: integer(words, "secuencia"),
				cells: optional(integer, words, "celdas") ?? 0,
			};
		case "gente":
			return people(words);
		default:
			return {
				kind: "actionLog",
				request: integer(words, "solicitud"),
				entries: list(words, "acciones").map((entry) => ({
					number: integer(entry, "numero"),
					sequence: integer(entry, "secuencia"),
					timeMs: integer(entry, "ms"),
					painter: {
						connection: integer(entry, "id"),
						name: string(entry, "nombre"),
						address: optional(string, entry, "direccion") ?? "",
						isProven: entry.probado === true,
					},
					action: Object(entry.que),
					cells: optional(integer, entry, "celdas") ?? 0,
				})),
			};
	}
}

/**
 * @param {DataView<ArrayBuffer>} data
 * @param {number} cells of the board
 * @returns {Preview}
 */
export function readPreview(data, cells) {
	/** @type {Pixel[]} */
	const pixels = [];
	for (let at = 17; at < data.byteLength; at += 5) pixels.push([data.getUint32(at, true), data.getUint8(at + 4)]);
	if (pixels.some(([cell]) => cell >= cells)) throw new RangeError("a cell outside of the board");
	const placements = data.getUint32(13, true);
	const sequence = Number(data.getBigUint64(5, true));
	return { kind: "preview", request: data.getUint32(1, true), sequence, placements, pixels };
}

/**
 * @param {Words} words
 * @param {string} key
 * @returns {Words[]}
 */
function list(words, key) {
	const value = words[key] ?? [];
	if (Array.isArray(value) && value.every((each) => each && typeof each === "object")) return value;
	throw new RangeError(`${key} is no list of objects`);
}

/**
 * @param {unknown} value
 * @returns {Allowed}
 */
function allowed(value) {
	if (Array.isArray(value)) return value.map(String);
	if (GROUPS.includes(String(value))) return /** @type {Allowed} */ (value);
	throw new RangeError("quien is nobody known");
}

/**
 * @param {Words} words
 * @returns {Place}
 */
export const readPlace = (words) => ({
	column: integer(words, "columna"),
	row: integer(words, "fila"),
	width: integer(words, "ancho"),
	height: integer(words, "alto"),
});

/**
 * @param {Words} words
 * @returns {Area}
 */
export const readArea = (words) => ({
	name: string(words, "nombre"),
	place: readPlace(words),
	allowed: allowed(words.quien ?? "todos"),
});

/**
 * @param {Words} words
 * @returns {RulesNews}
 */
function rulesNews(words) {
	const entry = words.entrada ?? "abierta";
	if (!ENTRIES.includes(entry)) throw new RangeError("entrada is nothing known");
	return {
		kind: "rulesNews",
		entry,
		isFrozen: words.congelado === true,
		rest: allowed(words.resto ?? "todos"),
		areas: list(words, "zonas").map(readArea),
		announcement: optional(string, words, "anuncio") ?? "",
		templates: list(words, "plantillas").map((template) => ({
			number: integer(template, "numero"),
			name: string(template, "nombre"),
			place: readPlace(template),
			author: optional(string, template, "autor") ?? "",
		})),
	};
}

/**
 * @param {Words} words
 * @returns {People}
 */
const people = (words) => ({
	kind: "people",
	request: integer(words, "solicitud"),
	guests: list(words, "gente").map((guest) => ({
		clientId: integer(guest, "id"),
		name: string(guest, "nombre"),
		isProven: guest.probado === true,
		role: role(guest),
		address: optional(string, guest, "direccion") ?? "",
	})),
	bans: list(words, "vetos").map((ban) => ({
		name: optional(string, ban, "nombre") ?? "",
		network: optional(string, ban, "direccion") ?? "",
		fromConnecting: ban.entrar === true,
		untilMs: optional(integer, ban, "hasta_ms"),
		why: optional(string, ban, "motivo") ?? "",
	})),
	code: optional(string, words, "codigo") ?? "",
	guesses: list(words, "intentos").map((guess) => [string(guess, "direccion"), integer(guess, "veces")]),
	keys: list(words, "claves").map((holder) => ({
		name: string(holder, "nombre"),
		role: role(holder),
		untilMs: optional(integer, holder, "hasta_ms"),
	})),
});
