// What a palette needs that is too large for a glance: the colours chosen last, and a search. Loaded with such a palette.

import { byId, create, loadStyle, put, setAria } from "./elements.js";
import { isFound } from "./search.js";
import { colourName, learn, text } from "./strings.js";

/** @import { Colour } from "./codec.js" */

learn({
	recent: ["Colours chosen last", "Últimos colores elegidos"],
	found: ["{count} colours found", "{count} colores encontrados"],
	searching: ["Search…", "Buscar…"],
	noneFound: ["No colour of this name.", "No hay un color con ese nombre."],
});

const RECENT = 8; // as in the window

export class ManyColours {
	#box = create("div", { id: "atHand" });
	#recent = create("div", { id: "recent" });
	#field = create("input", { id: "search", type: "search", autocomplete: "off", placeholder: text("searching") });
	/** @type {Colour[]} */
	#palette = [];
	/** @type {number[]} the latest first */
	#chosen = [];
	/** @type {(index: number) => void} */
	#choose;

	/**
	 * @param {(index: number) => void} choose
	 * @param {() => void} leave to the board
	 */
	constructor(choose, leave) {
		this.#choose = choose;
		loadStyle("where.css");
		this.#recent.setAttribute("role", "group");
		setAria(this.#recent, "label", text("recent"));
		setAria(this.#field, "label", text("search"));
		this.#field.title = `${text("search")} (/)`;
		this.#field.spellcheck = false;
		this.#field.oninput = () => this.#show();
		this.#field.onkeydown = ({ key }) => {
			const [found] = key === "Enter" && this.#field.value ? this.#found() : [];
			if (found !== undefined) choose(found);
			if (key !== "Escape" && found === undefined) return;
			this.#field.value = "";
			this.#show();
			leave();
		};
		this.#box.append(this.#recent, this.#field, create("span", { id: "found", className: "unseen" }));
		/** @type {HTMLElement} */ (this.#box.lastElementChild).setAttribute("role", "status");
		byId("palette").before(this.#box);
	}

	/**
	 * Takes another palette.
	 * @param {Colour[]} palette
	 */
	setPalette(palette) {
		this.#palette = palette;
		this.#chosen = [];
		this.#recent.replaceChildren();
		this.#field.value = "";
		this.#box.hidden = !isLarge(palette);
	}

	/** Goes to the search. */
	search() {
		this.#field.focus();
	}

	/**
	 * Keeps a chosen colour at hand. A colour that is there keeps its place.
	 * @param {number} index
	 */
	note(index) {
		if (this.#chosen.includes(index)) return;
		this.#chosen = [index, ...this.#chosen].slice(0, RECENT);
		const swatches = this.#chosen.map((each) => {
			const { name, value } = this.#palette[each];
			const onclick = () => this.#choose(each);
			const swatch = create("button", { type: "button", title: colourName(name), onclick });
			setAria(swatch, "label", swatch.title);
			const colour = create("span", {});
			colour.style.background = value;
			swatch.append(colour);
			return swatch;
		});
		this.#recent.replaceChildren(...swatches);
	}

	#found() {
		return [...this.#palette.keys()].filter((index) => {
			const { name, value } = this.#palette[index];
			return isFound(this.#field.value, value, `${name} ${colourName(name)}`);
		});
	}

	#show() {
		const found = this.#found();
		const labels = /** @type {HTMLElement[]} */ ([...byId("palette").children]);
		for (const [index, label] of labels.entries()) label.hidden = !found.includes(index);
		const words = found.length ? text("found", { count: found.length }) : text("noneFound");
		put("found", this.#field.value ? words : "");
		byId("found").classList.toggle("unseen", found.length > 0);
	}
}

/** @param {Colour[]} palette */
export const isLarge = (palette) => palette.length > 16; // as in the window
