// The projector's view: the board as large as possible, and beside it how to join in.

import { byId, create, loadStyle } from "./elements.js";
import { learn, text } from "./strings.js";

/** @import { Link } from "./link.js" */
/** @import { Rights } from "./rights.js" */

learn({
	joinIn: ["Join in", "Participa"],
	joinCode: ["Code", "Código"],
	joinPicture: ["QR code of the link", "Código QR del enlace"],
	backSoon: ["Back soon", "Ya volvemos"],
});

const GAP = 8; // CSS pixels beside the board
const ASK_MS = 10_000; // a moderator may change the code at any time, of which nobody is told

export class Join {
	#panel = create("aside", { id: "joining" });
	#code = create("p", { id: "roomCode", hidden: true });
	#away = create("p", { id: "backSoon", hidden: true, textContent: text("backSoon") });
	/** @type {Link} */
	#link;
	/** @type {Rights} */
	#rights;
	/** @type {() => string} */
	#key;
	#asking = false;

	/**
	 * @param {Link} link
	 * @param {Rights} rights
	 * @param {() => string} key
	 */
	constructor(link, rights, key) {
		this.#link = link;
		this.#rights = rights;
		this.#key = key;
		const picture = create("img", { src: "join.svg", alt: text("joinPicture") });
		picture.onerror = () => picture.remove();
		const address = create("p", { id: "address" });
		fetch("api/join").then(async (answer) => {
			const { link } = await answer.json();
			address.textContent = String(link).replace(/^https?:\/\/|\/$/g, "");
		});
		const label = create("span", { textContent: text("joinCode") });
		this.#code.append(label, create("bdi", {}));
		this.#panel.append(create("h2", { textContent: text("joinIn") }), picture, address, this.#code);
		this.#away.setAttribute("role", "status");
		document.body.append(this.#panel, this.#away);
		document.documentElement.classList.add("joining");
		setInterval(() => this.change(), ASK_MS);
	}

	/** Shows whether the server is there, and the code as it is now. */
	async change() {
		this.#away.hidden = !this.#link.failed || this.#link.state === "online";
		const hasCode = this.#rights.rules.entry === "codigo";
		if (!hasCode) this.#code.hidden = true;
		if (!hasCode || !this.#key() || this.#asking) return;
		this.#asking = true;
		const { code } = await this.#link.ask({ comando: "gente" }).catch(() => ({ code: "" })); // the next answer may have it
		this.#asking = false;
		this.#code.hidden = !code;
		if (this.#code.lastElementChild) this.#code.lastElementChild.textContent = code;
	}

	/**
	 * The part of the screen for the board: what the panel beside or below leaves.
	 * @param {number} width
	 * @param {number} height
	 * @returns {[x: number, y: number, width: number, height: number]}
	 */
	free(width, height) {
		const box = this.#panel.getBoundingClientRect();
		const band = byId("band");
		const top = band.offsetHeight && band.offsetTop + band.offsetHeight + GAP;
		return box.left > 0 ? [GAP, top, box.left - 2 * GAP, height - top] : [GAP, top, width - 2 * GAP, box.top - top];
	}
}

await loadStyle("panel.css");
