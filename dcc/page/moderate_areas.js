// The areas: drawn with the mouse or typed, a grid for a class, and the rest of the board.

import { NAME_CHARACTERS } from "./limits.js";
import { build, form, hint, isolate, labelled, namesIn, section, select } from "./moderate_parts.js";
import { number, text } from "./strings.js";

/** @import { Words } from "./codec.js" */
/** @import { Allowed, Area, People, Place } from "./codec_people.js" */
/** @import { Desk } from "./moderate_parts.js" */

const PLACES = /** @type {const} */ (["column", "row", "width", "height"]);
const GROUPS = ["todos", "moderadores", "nadie"];

/**
 * Who may draw somewhere: a group, or names.
 * @param {string} id
 */
function whoField(id) {
	const group = select(
		id,
		[...GROUPS, "some"].map((word) => [word, text(word)]),
	);
	const names = build("textarea", { id: `${id}Names`, rows: 3, spellcheck: false });
	const named = labelled("names", names);
	named.hidden = true;
	group.onchange = () => {
		named.hidden = group.value !== "some";
	};
	return {
		parts: [labelled("mayPaint", group), named],
		/** @returns {Allowed} */
		get: () => (group.value === "some" ? namesIn(names.value) : /** @type {Allowed} */ (group.value)),
		/** @param {Allowed} allowed */
		set(allowed) {
			group.value = Array.isArray(allowed) ? "some" : allowed;
			names.value = Array.isArray(allowed) ? allowed.join("\n") : "";
			named.hidden = group.value !== "some";
		},
	};
}

/** @param {Allowed} allowed */
export const whoMay = (allowed) => (Array.isArray(allowed) ? allowed.map(isolate).join(", ") : text(allowed));

/** @param {Area} area */
const writeArea = ({ name, place: { column, row, width, height }, allowed }) => ({
	nombre: name,
	columna: column,
	fila: row,
	ancho: width,
	alto: height,
	quien: allowed,
});

export class AreasTab {
	element = build("div", {});

	#name = build("input", { id: "areaName", maxLength: NAME_CHARACTERS, required: true, autocomplete: "off" });
	#fields = PLACES.map((name) =>
		build("input", {
			id: `area-${name}`,
			type: "number",
			required: true,
			min: name === "column" || name === "row" ? "0" : "1",
		}),
	);
	#who = whoField("areaWho");
	#new;
	#begin = build("button", { id: "drawArea", className: "main", textContent: text("drawArea") });
	#list = build("ul", { className: "list", id: "areas" });
	#removeAll = build("button", { id: "removeAreas", textContent: text("removeAll") });
	#names = build("textarea", { id: "gridNames", rows: 5, spellcheck: false, required: true });
	#rest = whoField("restWho");
	#keys = build("button", { type: "button", id: "namesOfKeys", textContent: text("namesOfKeys") });
	/** @type {Desk} */
	#desk;

	/** @param {Desk} desk */
	constructor(desk) {
		this.#desk = desk;
		const cancel = build("button", { type: "button", textContent: text("cancel"), onclick: () => this.#close() });
		const places = PLACES.map((name, n) => labelled(name, this.#fields[n]));
		this.#new = form(
			() => this.#make(),
			labelled("areaName", this.#name),
			build("div", { className: "pairs" }, ...places),
			...this.#who.parts,
			build(
				"div",
				{ className: "row" },
				cancel,
				build("button", { id: "makeArea", className: "main", textContent: text("makeArea") }),
			),
		);
		this.#new.id = "newArea";
		this.#new.hidden = true;
		this.#new.oninput = () => desk.redraw();
		this.#begin.onclick = () => this.#draw();
		this.#removeAll.onclick = () => this.#remove(desk.rights.rules.areas, true);
		this.#keys.onclick = () => this.#fillNames();
		const grid = form(
			() => this.#makeGrid(),
			hint(text("gridText")),
			labelled("names", this.#names),
			build(
				"div",
				{ className: "row" },
				this.#keys,
				build("button", { id: "makeGrid", textContent: text("makeGrid") }),
			),
		);
		const rest = form(
			() => this.#setRest(),
			...this.#rest.parts,
			build("button", { id: "setRest", textContent: text("keep") }),
		);
		this.element.append(
			this.#begin,
			this.#new,
			this.#list,
			this.#removeAll,
			section(text("grid_"), grid),
			section(text("rest"), rest),
		);
	}

	/**
	 * The area that is being made, to be shown on the board.
	 * @returns {Place | null}
	 */
	get place() {
		if (this.#new.hidden || !this.#fields.every(({ validity, value }) => value && validity.valid)) return null;
		const [column, row, width, height] = this.#fields.map(({ valueAsNumber }) => valueAsNumber);
		return { column, row, width, height };
	}

	shown() {
		this.#rest.set(this.#desk.rights.rules.rest);
		this.#keys.hidden = !this.#desk.rights.owns;
	}

	hidden() {
		this.#close();
	}

	change() {
		const { areas } = this.#desk.rights.rules;
		this.#list.replaceChildren(...[...areas].reverse().map((area) => this.#row(area)));
		this.#list.hidden = !areas.length;
		this.#removeAll.hidden = areas.length < 2;
	}

	/** @param {Area} area */
	#row(area) {
		const { name, place, allowed } = area;
		const isOfName = Array.isArray(allowed) && allowed.length === 1 && allowed[0] === name;
		const where = `${place.column}, ${place.row} · ${place.width} × ${place.height}`;
		const remove = build("button", { className: "remove", textContent: text("removeArea") });
		remove.onclick = () => this.#remove([area], false);
		return build(
			"li",
			{},
			build("span", { className: "person" }, build("bdi", { textContent: name })),
			remove,
			build("small", { textContent: isOfName ? where : `${where} · ${whoMay(allowed)}` }),
		);
	}

	#draw() {
		this.#new.hidden = false;
		this.#begin.hidden = true;
		this.#name.focus();
		this.#desk.drawPlace((place) => {
			for (const [n, name] of PLACES.entries()) this.#fields[n].value = String(place[name]);
			this.#name.focus();
			this.#desk.redraw();
		}, text("drawHint"));
	}

	#close() {
		this.#new.reset();
		this.#who.set("todos");
		this.#new.hidden = true;
		this.#begin.hidden = false;
		this.#desk.drawPlace(null);
	}

	async #make() {
		const { place } = this;
		if (!place) return;
		const area = { name: this.#name.value.trim().normalize(), place, allowed: this.#who.get() };
		if (await this.#add({ accion: "zonas", zonas: [writeArea(area)] }, [area.name])) {
			this.#close();
			this.#begin.focus();
		}
	}

	#makeGrid() {
		const names = namesIn(this.#names.value);
		return this.#add({ accion: "cuadricula", nombres: names }, names);
	}

	/**
	 * @param {Words} action
	 * @param {string[]} names
	 */
	#add(action, names) {
		const said = text("madeAreas", { count: number(names.length) });
		return this.#desk.act(action, said, () => ({ accion: "quitar-zonas", nombres: names }));
	}

	/**
	 * @param {Area[]} areas
	 * @param {boolean} isAll
	 */
	#remove(areas, isAll) {
		return this.#desk.act(
			{ accion: "quitar-zonas", ...(!isAll && { nombres: areas.map(({ name }) => name) }) },
			text("removed", { count: number(areas.length) }),
			() => ({ accion: "zonas", zonas: areas.map(writeArea) }),
		);
	}

	#setRest() {
		const before = this.#desk.rights.rules.rest;
		return this.#desk.act({ accion: "resto", quien: this.#rest.get() }, text("done"), () => ({
			accion: "resto",
			quien: before,
		}));
	}

	async #fillNames() {
		/** @type {People} */
		const { keys } = await this.#desk.ask({ comando: "gente" });
		const painters = keys.filter(({ role }) => role === "pintar").map(({ name }) => name);
		this.#names.value = painters.join("\n");
	}
}
