// The dialog that leads to a cell: loaded when somebody wants to go there.

import { create, loadStyle, setAria } from "./elements.js";
import { readPlace } from "./places.js";
import { learn, text } from "./strings.js";

/** @import { Place } from "./places.js" */
/** @import { Replica } from "./replica.js" */

learn({
	place: ["Column, row, or a link", "Columna, fila, o un enlace"],
	go: ["Go", "Ir"],
	noPlace: ["Write two numbers, such as 12,5.", "Escribe dos números, como 12,5."],
	offBoard: ["That is not on the board. {bounds}", "Eso no está en el tablero. {bounds}"],
	bounds: ["Columns from 0 to {columns}, rows from 0 to {rows}.", "Columnas de 0 a {columns}, filas de 0 a {rows}."],
});

export class GoTo {
	#dialog = create("dialog", { className: "asking" });
	#field = create("input", { id: "place", autocomplete: "off", placeholder: "12,5", required: true });
	#wrong = create("p", { id: "wrongPlace" });
	#minimap = create("input", { id: "minimapShown", type: "checkbox" });
	/** @type {Replica} */
	#replica;
	/** @type {(place: Place) => void} */
	#go;
	#isWanted;

	/**
	 * @param {Replica} replica
	 * @param {typeof import("./minimap.js")} minimap
	 * @param {(place: Place) => void} go to a cell of the board
	 * @param {() => void} redraw
	 */
	constructor(replica, { isWanted, want }, go, redraw) {
		this.#replica = replica;
		this.#isWanted = isWanted;
		this.#go = go;
		const form = create("form", { method: "dialog" });
		const label = create("label", { textContent: text("place") });
		label.append(this.#field);
		this.#wrong.setAttribute("role", "alert");
		this.#field.setAttribute("aria-describedby", "wrongPlace");
		const switched = create("label", { className: "check", textContent: text("showMinimap") });
		switched.prepend(this.#minimap);
		this.#minimap.oninput = () => {
			want(this.#minimap.checked);
			redraw();
		};
		const buttons = create("div", { className: "row" });
		const close = create("button", { type: "button", textContent: text("close") });
		close.onclick = () => this.#dialog.close();
		buttons.append(close, create("button", { textContent: text("go"), className: "main" }));
		form.append(create("h2", { textContent: text("goto") }), label, this.#wrong, switched, buttons);
		form.onsubmit = (event) => {
			event.preventDefault();
			this.#submit();
		};
		setAria(this.#dialog, "label", text("goto"));
		this.#dialog.append(form);
		document.body.append(this.#dialog);
	}

	get #bounds() {
		return text("bounds", { columns: this.#replica.width - 1, rows: this.#replica.height - 1 });
	}

	async open() {
		await loadStyle("panel.css");
		this.#say(this.#bounds, false);
		this.#minimap.checked = this.#isWanted();
		if (!this.#dialog.open) this.#dialog.showModal();
		this.#field.focus();
		this.#field.select();
	}

	/**
	 * @param {string} words
	 * @param {boolean} isWrong
	 */
	#say(words, isWrong) {
		this.#wrong.textContent = words;
		this.#wrong.className = isWrong ? "wrong" : "hint";
		if (isWrong) this.#field.select();
	}

	#submit() {
		const place = readPlace(this.#field.value);
		const { width, height } = this.#replica;
		if (!place) this.#say(text("noPlace"), true);
		else if (place.column < 0 || place.row < 0 || place.column >= width || place.row >= height)
			this.#say(text("offBoard", { bounds: this.#bounds }), true);
		else {
			this.#dialog.close();
			this.#go(place);
		}
	}
}
