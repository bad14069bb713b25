// Asks for the painter's name, once, beside the palette, after the first painted pixel.

import { byId, create, loadStyle } from "./elements.js";
import { bar } from "./layout.js";
import { NAME_CHARACTERS } from "./limits.js";
import { learn, text } from "./strings.js";

learn({
	nameAsk: ["Your name?", "¿Tu nombre?"],
	nameWhy: ["Shown when someone asks who painted a pixel.", "Se muestra a quien pregunta quién pintó un píxel."],
	nameKeep: ["Save", "Guardar"],
	nameNone: ["Stay unnamed", "Seguir sin nombre"],
});

export class Naming {
	#form = create("form", { id: "naming", className: "panel" });
	#field = create("input", { id: "ownName", maxLength: NAME_CHARACTERS });
	/** @type {(name: string) => void} */
	#keep;

	/** @param {(name: string) => void} keep takes the name; an empty one to stay unnamed */
	constructor(keep) {
		this.#keep = keep;
		const label = create("label", { htmlFor: "ownName", textContent: text("nameAsk") });
		const why = create("span", { id: "nameWhy", textContent: text("nameWhy") });
		this.#field.title = text("nameWhy");
		this.#field.setAttribute("aria-describedby", "nameWhy");
		this.#field.setAttribute("autocomplete", "nickname");
		const save = create("button", { id: "nameKeep", className: "main", textContent: text("nameKeep") });
		const none = create("button", { id: "nameNone", type: "button", textContent: text("nameNone") });
		none.onclick = () => this.#answer("");
		this.#form.append(label, this.#field, save, none, why);
		this.#form.onsubmit = (event) => {
			event.preventDefault();
			this.#answer(this.#field.value.trim());
		};
		this.#form.onkeydown = (event) => {
			if (event.key === "Escape") this.#answer("");
		};
	}

	/** Asks, without taking the focus from the board: a stroke may go on. */
	async ask() {
		await loadStyle("naming.css");
		byId("drawing").append(this.#form);
		document.body.dataset.naming = "";
		const { bottom } = bar("header").getBoundingClientRect();
		this.#form.classList.toggle("over", this.#form.getBoundingClientRect().top < bottom);
		byId("spoken").textContent = text("nameAsk"); // the field is after the palette
	}

	/** Takes the question back, for instance when the name is told elsewhere. */
	close() {
		this.#form.remove();
		delete document.body.dataset.naming;
	}

	/** @param {string} name */
	#answer(name) {
		this.close();
		byId("board").focus({ preventScroll: true });
		this.#keep(name);
	}
}
