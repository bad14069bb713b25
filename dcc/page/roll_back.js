// What somebody has painted, on the board and in numbers; and what to do about it: roll back, ban.

import { words } from "./colours.js";
import { setAria } from "./elements.js";
import { ANNOUNCEMENT_CHARACTERS } from "./limits.js";
import { NoAnswer } from "./link.js";
import { build, form, hint, isolate, labelled, section, select, showPerson } from "./moderate_parts.js";
import { number, text } from "./strings.js";

/** @import { Pixel, Words } from "./codec.js" */
/** @import { Place } from "./codec_people.js" */
/** @import { Desk, Person } from "./moderate_parts.js" */
/** @import { Pen } from "./renderer.js" */

const VEIL = 0xb8808080; // as bytes of an image: grey, and a quarter of the board's own colours
const OUTLINED = 20_000; // cells; with more an outline takes too long, and tells nothing
const OUTLINE_ZOOM = 3;
const AGAIN_MS = 3000; // between two looks at what somebody is painting
const MINUTES_MS = 10 * 60 * 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export class RollBack {
	element = build("div", {});
	/** @type {Place | null} the drawn part of the board */
	place = null;

	#who = build("div", { className: "who" });
	#about = hint("");
	#whose = select("whose", []);
	#range = select("range", []);
	#count = build("p", { id: "chosen" });
	#now = build("button", { id: "asNow", textContent: text("asNow") });
	#after = build("button", { id: "asAfter", textContent: text("asAfter") });
	#roll = build("button", { id: "rollBack", className: "main" });
	#banned = build("p", { className: "who" });
	#from = select("banFrom", [
		["", text("fromPainting")],
		["entrar", text("fromConnecting")],
	]);
	#until = select("banFor", [
		[String(HOUR_MS), text("anHour")],
		[String(DAY_MS), text("aDay")],
		["", text("forGood")],
	]);
	#why = build("input", {
		id: "banWhy",
		required: true,
		maxLength: ANNOUNCEMENT_CHARACTERS,
		value: text("banReason"),
	});
	#ban;

	/** @type {Person | null} */
	#person = null;
	/** @type {Pixel[]} what a roll back would paint */
	#pixels = [];
	#showsAfter = false;
	/** @type {HTMLCanvasElement | null} over the board, a pixel a cell */
	#overlay = null;
	#cells = new Set();
	#asked = 0; // questions; only the answer to the last one counts
	#timer = 0;
	/** @type {Desk} */
	#desk;

	/** @param {Desk} desk */
	constructor(desk) {
		this.#desk = desk;
		const back = build("button", { id: "back", textContent: `‹ ${text("back")}`, onclick: () => desk.show("people") });
		this.#now.onclick = () => this.#showAfter(false);
		this.#after.onclick = () => this.#showAfter(true);
		this.#roll.onclick = () => this.#rollBack();
		this.#whose.onchange = () => this.#ask();
		this.#range.onchange = () => this.#chooseRange();
		const look = build("div", { className: "switch", label: text("look") }, this.#now, this.#after);
		look.setAttribute("role", "group");
		this.#count.setAttribute("role", "status");
		this.#ban = form(
			() => this.#doBan(),
			this.#banned,
			build("div", { className: "pairs" }, labelled("banFrom", this.#from), labelled("banFor", this.#until)),
			labelled("banWhy", this.#why),
			build("button", { id: "doBan", className: "danger", textContent: text("doBan") }),
		);
		this.element.append(
			build("div", { className: "found" }, back, this.#who),
			this.#about,
			labelled("whose", this.#whose),
			labelled("range", this.#range),
			this.#count,
			look,
			this.#roll,
			section(text("banTitle"), this.#ban),
		);
	}

	/** @param {Person} person */
	look(person) {
		const { name, isProven, address, sequence } = person;
		this.#person = person;
		this.place = null;
		this.#showsAfter = false;
		this.#who.replaceChildren(showPerson(person));
		this.#about.textContent = person.about;
		this.#about.hidden = !person.about;
		/** @type {[string, string][]} */
		const whose = [];
		if (isProven) whose.push(["name", text("ofName", { name: isolate(name) })]);
		else {
			if (sequence !== null) whose.push(["connection", text("ofConnection")]);
			if (isAddress(address)) whose.push(["address", text("ofAddress", { address })]);
		}
		fill(this.#whose, whose);
		/** @type {HTMLElement} */ (this.#whose.parentElement).hidden = whose.length < 2;
		fill(this.#range, [
			["all", text("all")],
			["minutes", text("lastMinutes")],
			...this.#desk.rights.rules.areas.map(
				(area, n) => /** @type {[string, string]} */ ([`area ${n}`, text("inArea", { name: isolate(area.name) })]),
			),
			["drawn", text("inDrawn")],
		]);
		const target = isProven ? isolate(name) : text("banAddress", { address });
		const hasTarget = isProven || isAddress(address);
		this.#banned.textContent = hasTarget ? target : text("banNobody");
		for (const field of this.#ban.elements) /** @type {HTMLInputElement} */ (field).disabled = !hasTarget;
		this.#forget();
		this.#ask();
	}

	shown() {
		if (!this.#person?.bans) return;
		this.#ban.scrollIntoView();
		requestAnimationFrame(() => this.#from.focus());
	}

	hidden() {
		this.#asked++; // the answer is no longer wanted
		clearTimeout(this.#timer);
		this.#forget();
	}

	#forget() {
		this.#pixels = [];
		this.#cells.clear();
		this.#overlay = null;
		this.#roll.disabled = true;
		this.#roll.textContent = text("rollBack", { cells: "…" });
		this.#count.textContent = text("counting");
	}

	#chooseRange() {
		this.place = null;
		this.#desk.drawPlace(null);
		if (this.#range.value !== "drawn") return this.#ask();
		this.#desk.drawPlace((place) => {
			this.place = place;
			this.#ask();
		}, text("partHint"));
	}

	/** @returns {Words} */
	get #choice() {
		const { name, address, sequence } = /** @type {Person} */ (this.#person);
		const range = this.#range.value;
		const area = range.startsWith("area ") && this.#desk.rights.rules.areas[Number(range.slice(5))];
		const part = area ? area.place : this.place;
		return {
			...(this.#whose.value === "name" && { nombres: [name] }),
			...(this.#whose.value === "address" && { direcciones: [address] }),
			...(this.#whose.value === "connection" && { de: [sequence] }),
			...(range === "minutes" && { desde_ms: Date.now() - MINUTES_MS }),
			...(part && { zona: { columna: part.column, fila: part.row, ancho: part.width, alto: part.height } }),
		};
	}

	/** Asks what there is to roll back, and again later: somebody may be painting just now. */
	async #ask() {
		clearTimeout(this.#timer);
		const asked = ++this.#asked;
		if (!this.#whose.value) {
			this.#count.textContent = text("noneChosen");
			return;
		}
		try {
			const { placements, pixels } = await this.#desk.ask({ comando: "elegir", ...this.#choice });
			if (asked !== this.#asked) return;
			this.#pixels = pixels;
			this.#count.textContent = pixels.length
				? text("chosen", {
						placements: number(placements),
						cells: number(pixels.length),
					})
				: text("noneChosen");
			this.#roll.disabled = !pixels.length;
			this.#roll.textContent = text("rollBack", { cells: number(pixels.length) });
			this.#paint();
		} catch (error) {
			if (!(error instanceof NoAnswer)) throw error;
			if (asked !== this.#asked) return;
			this.#forget();
			this.#count.textContent = text("noAnswer");
		}
		this.#timer = setTimeout(() => this.#ask(), AGAIN_MS);
	}

	async #rollBack() {
		this.#roll.disabled = true;
		await this.#desk.act(
			{ accion: "deshacer", elegir: this.#choice },
			({ cells }) => text("rolledBack", { cells: number(cells) }),
			({ number }) => ({ accion: "deshacer", elegir: { numero: number } }),
		);
		this.#ask();
	}

	async #doBan() {
		const { name, isProven, address } = /** @type {Person} */ (this.#person);
		const target = isProven ? { nombre: name } : { direccion: address };
		const lasts = Number(this.#until.value);
		await this.#desk.act(
			{
				accion: "vetar",
				...target,
				motivo: this.#why.value.trim(),
				...(this.#from.value && { entrar: true }),
				...(lasts && { hasta_ms: Date.now() + lasts }),
			},
			text("banned", { who: isolate(isProven ? name : address) }),
			() => ({ accion: "perdonar", ...target }),
		);
	}

	// --- On the board

	/** @param {boolean} after */
	#showAfter(after) {
		this.#showsAfter = after;
		this.#paint();
	}

	#paint() {
		setAria(this.#now, "pressed", !this.#showsAfter);
		setAria(this.#after, "pressed", this.#showsAfter);
		const { width, height, palette } = this.#desk.link.replica;
		const overlay = Object.assign(document.createElement("canvas"), { width, height });
		const context = /** @type {CanvasRenderingContext2D} */ (overlay.getContext("2d"));
		const image = context.createImageData(width, height);
		const pixels = new Uint32Array(image.data.buffer).fill(VEIL);
		const colours = words(palette);
		this.#cells = new Set();
		for (const [cell, colour] of this.#pixels) {
			pixels[cell] = this.#showsAfter ? colours[colour] : 0;
			this.#cells.add(cell);
		}
		context.putImageData(image, 0, 0);
		this.#overlay = this.#pixels.length ? overlay : null;
		this.#desk.redraw();
	}

	/** @param {Pen} pen */
	draw({ context, x, y, zoom, scale }) {
		const overlay = this.#overlay;
		if (!overlay) return;
		context.imageSmoothingEnabled = false;
		context.drawImage(overlay, x(0), y(0), overlay.width * zoom, overlay.height * zoom);
		if (zoom < OUTLINE_ZOOM * scale || this.#cells.size > OUTLINED) return;
		context.beginPath();
		for (const cell of this.#cells) {
			const [column, row] = [cell % overlay.width, Math.floor(cell / overlay.width)];
			const [left, top, right, bottom] = [x(column), y(row), x(column + 1), y(row + 1)];
			/** @type {[number, boolean, number, number, number, number][]} */
			const sides = [
				[cell - 1, column > 0, left, top, left, bottom],
				[cell + 1, column < overlay.width - 1, right, top, right, bottom],
				[cell - overlay.width, true, left, top, right, top],
				[cell + overlay.width, true, left, bottom, right, bottom],
			];
			for (const [other, isBeside, ...line] of sides) {
				if (isBeside && this.#cells.has(other)) continue;
				context.moveTo(line[0], line[1]);
				context.lineTo(line[2], line[3]);
			}
		}
		context.lineCap = "square";
		for (const [style, width] of /** @type {[string, number][]} */ ([
			["#fff", 4],
			["#d0107a", 2],
		])) {
			context.strokeStyle = style;
			context.lineWidth = width * scale;
			context.stroke();
		}
		context.lineCap = "butt";
	}
}

/**
 * Replaces the options of a choice, and chooses the first.
 * @param {HTMLSelectElement} field
 * @param {[value: string, words: string][]} options
 */
function fill(field, options) {
	field.replaceChildren(...select("", options).children);
	field.selectedIndex = 0;
}

/**
 * Whether the server takes this as an address: a record may keep only a sign of an address, or none.
 * @param {string} address
 */
const isAddress = (address) => address !== "" && !address.startsWith("~");
