// The dialog that asks for a name and the code of the room.

import { create, loadStyle } from "./elements.js";
import { NAME_CHARACTERS } from "./limits.js";
import { learn, text } from "./strings.js";

learn({
	codeTitle: ["Join in", "Participa"],
	codeWord: ["Code of the room", "Código de la sala"],
	codeName: ["Your name", "Tu nombre"],
	codeJoin: ["Start drawing", "Empezar a dibujar"],
	codeWatch: ["Just watch", "Solo mirar"],
});

export class CodeDialog {
	#dialog = create("dialog", { className: "asking" });
	#name = create("input", { id: "codeName", maxLength: NAME_CHARACTERS });
	#code = create("input", { id: "code", maxLength: NAME_CHARACTERS, autocomplete: "off", required: true });
	#wrong = create("p", { id: "wrongCode", className: "wrong" });
	#join = create("button", { id: "join", textContent: text("codeJoin"), className: "main" });

	/** @param {(name: string, code: string) => void} told */
	constructor(told) {
		const form = create("form", { method: "dialog" });
		const title = create("h2", { id: "codeTitle", textContent: text("codeTitle") });
		const watch = create("button", { type: "button", textContent: text("codeWatch"), onclick: () => this.close() });
		const buttons = create("div", { className: "row" });
		buttons.append(watch, this.#join);
		const [name, code] = ["codeName", "codeWord"].map((key) => create("label", { textContent: text(key) }));
		name.append(this.#name);
		code.append(this.#code);
		this.#code.spellcheck = false;
		this.#wrong.setAttribute("role", "alert");
		form.append(title, code, name, this.#wrong, buttons);
		form.onsubmit = (event) => {
			event.preventDefault(); // the answer of the server closes the dialog
			this.#join.disabled = true;
			told(this.#name.value.trim(), this.#code.value);
		};
		this.#dialog.setAttribute("aria-labelledby", "codeTitle");
		this.#dialog.append(form);
		document.body.append(this.#dialog);
	}

	/**
	 * @param {string} name as known so far
	 * @param {string} wrong what was wrong with the code before
	 */
	async open(name, wrong) {
		await loadStyle("panel.css");
		this.#join.disabled = false;
		this.#wrong.textContent = wrong && `${wrong[0].toUpperCase()}${wrong.slice(1)}.`;
		this.#name.value ||= name;
		if (!this.#dialog.open) this.#dialog.showModal();
		this.#code.focus();
		this.#code.select();
	}

	close() {
		this.#dialog.close();
	}
}
