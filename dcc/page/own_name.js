// The painter's own name: kept for this site, and asked for once, as the first pixel is painted.

import { inputById } from "./elements.js";
import { load, NotLoaded } from "./load.js";

const KEY = "dcc.name"; // in the browser's store; empty for who wants to stay unnamed
const RELEASES = ["pointerup", "pointercancel"];

export class OwnName {
	#field = inputById("name"); // in the help
	/** @type {Storage | null} */
	#store;
	/** @type {() => void} */
	#changed;
	#isAsked = false;
	#isPressed = false; // a pointer

	/**
	 * @param {Storage | null} store none in browsers that keep nothing for a page
	 * @param {() => void} changed the server is to know the name
	 */
	constructor(store, changed) {
		this.#store = store;
		this.#changed = changed;
		this.#field.value = store?.getItem(KEY) ?? "";
		this.#field.onchange = () => {
			changed();
			this.keep();
		};
		for (const event of ["pointerdown", ...RELEASES]) {
			const listen = () => {
				this.#isPressed = event === "pointerdown";
			};
			window.addEventListener(event, listen, { capture: true });
		}
	}

	get value() {
		return this.#field.value;
	}

	/** @param {string} name for the next time */
	keep(name = this.value) {
		this.#field.value = name;
		try {
			this.#store?.setItem(KEY, name);
		} catch {} // there is no room
	}

	/** Asks for the name unless there was an answer before; at the end of the stroke, which the question could disturb. */
	async askOnce() {
		if (this.#isAsked || this.value || this.#store?.getItem(KEY) === "") return;
		this.#isAsked = true;
		if (this.#isPressed)
			await new Promise((resolve) => {
				for (const end of RELEASES) window.addEventListener(end, resolve, { once: true });
			});
		try {
			const { Naming } = await load("naming");
			const naming = new Naming((name) => {
				this.keep(name);
				if (name) this.#changed();
			});
			this.#field.addEventListener("change", () => naming.close());
			await naming.ask();
		} catch (error) {
			if (!(error instanceof NotLoaded)) throw error;
			this.#isAsked = false; // offline: with the next pixel
		}
	}
}
