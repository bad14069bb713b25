// What a key or a code needs beside being sent: the dialog that asks for the code, and what follows from a refusal.

import { create, loadStyle } from "./elements.js";
import { NAME_CHARACTERS } from "./limits.js";
import { isOfKey, tell } from "./reasons.js";
import { learn, text } from "./strings.js";

/** @import { Refusal } from "./codec.js" */
/** @import { Identity } from "./identity.js" */
/** @import { Link } from "./link.js" */
/** @import { OwnName } from "./own_name.js" */

learn({
	codeTitle: ["Join in", "Participa"],
	codeWord: ["Code of the room", "Código de la sala"],
	codeName: ["Your name", "Tu nombre"],
	codeJoin: ["Start drawing", "Dibujar"],
	codeWatch: ["Just watch", "Solo mirar"],
});

export class Admission {
	#dialog = create("dialog", { className: "asking" });
	#name = create("input", { id: "codeName", maxLength: NAME_CHARACTERS });
	#code = create("input", { id: "code", maxLength: NAME_CHARACTERS, autocomplete: "off", required: true });
	#wrong = create("p", { id: "wrongCode", className: "wrong" });
	#join = create("button", { id: "join", textContent: text("codeJoin"), className: "main" });

	/** @type {Link} */
	#link;
	/** @type {Identity} */
	#identity;
	/** @type {OwnName} */
	#ownName;

	/**
	 * @param {Link} link
	 * @param {Identity} identity
	 * @param {OwnName} ownName
	 */
	constructor(link, identity, ownName) {
		this.#link = link;
		this.#identity = identity;
		this.#ownName = ownName;
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
			ownName.keep(this.#name.value.trim());
			identity.tell({ code: this.#code.value });
			this.greetAnew();
		};
		this.#dialog.setAttribute("aria-labelledby", "codeTitle");
		this.#dialog.append(form);
		document.body.append(this.#dialog);
	}

	/**
	 * Takes a link that was opened in the same page.
	 * @param {string} hash
	 */
	tell(hash) {
		this.#identity.take(hash);
		this.greetAnew();
	}

	/** Makes another connection, with the key and the code as they are now. */
	greetAnew() {
		this.#link.leave();
		this.#link.connect();
	}

	/**
	 * Takes the end of a connection. What the server has refused is not sent again.
	 * @param {Refusal} refusal
	 */
	async ended(refusal) {
		const ofCode = refusal.code === "codigo-erroneo";
		if (!ofCode && !isOfKey(refusal)) return;
		const answer = await fetch("api/info", { cache: "no-store" }).then(
			(found) => found.json(),
			() => ({}), // the server has gone
		);
		const isOfAnother = this.#identity.refused(String(answer.canvas ?? ""));
		if (isOfAnother || ofCode) this.#link.connect();
		if (!isOfAnother && ofCode) this.open(tell(refusal));
	}

	/** @param {string} wrong what was wrong with the code before */
	async open(wrong = "") {
		await loadStyle("panel.css");
		this.#join.disabled = false;
		this.#wrong.textContent = wrong && `${wrong[0].toUpperCase()}${wrong.slice(1)}.`;
		this.#name.value ||= this.#ownName.value;
		if (!this.#dialog.open) this.#dialog.showModal();
		this.#code.focus();
		this.#code.select();
	}

	close() {
		this.#dialog.close();
	}
}
