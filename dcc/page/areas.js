// Draws the areas of the board: a quiet outline and the name of each, and a veil over whatever is for others.

import { holds } from "./shapes.js";

/** @import { Replica } from "./replica.js" */
/** @import { Pen } from "./renderer.js" */
/** @import { Rights } from "./rights.js" */

const VEIL = "#80808048"; // grey changes no hue
const LABEL = 13; // CSS pixels
const LEAST_LABEL = 26; // CSS pixels of width for a name of some letters
const PAD = 5;
const PROJECTED = 1.8; // how much larger the names are at a projector, where they have room: to be read from the last row

export class Areas {
	/** @type {Rights} */
	#rights;
	/** @type {Replica} */
	#replica;
	/** @type {HTMLCanvasElement | null} a pixel a cell; nothing if no cell is for others */
	#veil = null;
	#hasNoPointer = matchMedia("(hover: none)").matches;

	/**
	 * @param {Rights} rights
	 * @param {Replica} replica
	 */
	constructor(rights, replica) {
		this.#rights = rights;
		this.#replica = replica;
	}

	/** Takes changed rules. */
	change() {
		const { rules, onlyWatches } = this.#rights;
		const { width, height } = this.#replica;
		const places = [{ allowed: rules.rest, place: { column: 0, row: 0, width, height } }, ...rules.areas];
		this.#veil = null;
		if (onlyWatches || places.every(({ allowed }) => this.#rights.isAmong(allowed))) return;
		this.#veil = Object.assign(document.createElement("canvas"), { width, height });
		const context = /** @type {CanvasRenderingContext2D} */ (this.#veil.getContext("2d"));
		context.fillStyle = VEIL;
		for (const { allowed, place } of places) {
			context.clearRect(place.column, place.row, place.width, place.height);
			if (!this.#rights.isAmong(allowed)) context.fillRect(place.column, place.row, place.width, place.height);
		}
	}

	/** @param {Pen} pen */
	draw({ context, x, y, zoom, scale, inset, cell }) {
		const { rules, name } = this.#rights;
		const { width, height } = context.canvas;
		if (this.#veil) {
			context.imageSmoothingEnabled = false;
			context.drawImage(this.#veil, x(0), y(0), this.#veil.width * zoom, this.#veil.height * zoom);
		}
		const largest = document.documentElement.classList.contains("joining") ? PROJECTED : 1;
		context.textBaseline = "middle";
		for (const { name: label, place, allowed } of rules.areas) {
			const [left, top, right, bottom] = [
				x(place.column),
				y(place.row),
				x(place.column + place.width),
				y(place.row + place.height),
			];
			if (right < 0 || bottom < 0 || left > width || top > height) continue;
			const isOwn = Array.isArray(allowed) && name !== "" && allowed.includes(name);
			for (const [style, line] of /** @type {[string, number][]} */ (
				isOwn
					? [
							["#fff", 5],
							["#1f55d0", 3],
						]
					: [
							["#fffa", 2.5],
							["#000a", 1],
						]
			)) {
				const inside = (line * scale) / 2;
				context.strokeStyle = style;
				context.lineWidth = line * scale;
				context.strokeRect(left + inside, top + inside, right - left - 2 * inside, bottom - top - 2 * inside);
			}
			// A name would cover what is being drawn beneath.
			if (cell ? holds(place, cell) : isOwn && this.#hasNoPointer && document.body.dataset.tool === "pencil") continue;
			this.#label(
				context,
				label,
				isOwn,
				[scale, largest],
				[
					Math.max(left, 0),
					Math.max(top, Math.min(inset * scale, bottom - (LABEL + 2 * PAD) * scale * largest)),
					Math.min(right, width),
					bottom,
				],
			);
		}
	}

	/**
	 * Writes a name in the corner of what is seen of an area, if there is room.
	 * @param {CanvasRenderingContext2D} context
	 * @param {string} label
	 * @param {boolean} isOwn
	 * @param {[scale: number, largest: number]} sizes how much larger than usual it may be
	 * @param {number[]} room
	 */
	#label(context, label, isOwn, [scale, largest], [left, top, right, bottom]) {
		if (right - left < LEAST_LABEL * scale || bottom - top < (LABEL + PAD) * scale * largest) return;
		context.font = `600 ${LABEL * scale}px system-ui, sans-serif`;
		const usual = context.measureText(label).width + 2 * PAD * scale;
		const text = scale * Math.min(Math.max((right - left) / usual, 1), largest);
		context.font = `600 ${LABEL * text}px system-ui, sans-serif`;
		const [pad, tall] = [PAD * text, (LABEL + PAD) * text];
		const most = right - left - 2 * pad;
		const shown = fitting(context, label, most);
		context.fillStyle = isOwn ? "#1f55d0" : "#f6f7f9d9";
		context.fillRect(left, top, context.measureText(shown).width + 2 * pad, tall);
		context.fillStyle = isOwn ? "#fff" : "#1b222d";
		context.fillText(shown, left + pad, top + tall / 2);
	}
}

/**
 * As much of a text as has room, with a sign that there is more.
 * @param {CanvasRenderingContext2D} context
 * @param {string} words
 * @param {number} most
 */
function fitting(context, words, most) {
	if (context.measureText(words).width <= most) return words;
	const letters = [...words];
	while (letters.length > 1 && context.measureText(`${letters.join("")}…`).width > most) letters.pop();
	return `${letters.join("")}…`;
}
