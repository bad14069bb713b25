// What has happened, as layers over the board: one at a time, each with its legend.

import { byId, create, loadStyle, setAria } from "./elements.js";
import { Glow } from "./glow.js";
import { Heat } from "./heat.js";
import { Painters } from "./painters.js";
import { learn, text } from "./strings.js";

/** @import { Changes } from "./codec.js" */
/** @import { Link } from "./link.js" */
/** @import { Pen } from "./renderer.js" */

learn({ layersOff: ["Close", "Cerrar"] });

/** Below this height of the window the board keeps its room, and the panel lies over the board. */
const LOW = 500;

/** By the key of each, which the window has too. */
/** @typedef {"E" | "Q" | "U"} Key */

export class Layers {
	#all;
	/** @type {Key | null} */
	#shown = null;
	/** @type {Key} */
	#last = "E";
	#panel = create("section", { id: "happened", className: "panel", hidden: true });
	#legend = create("div", { id: "legend" });
	/** @type {Map<Key, HTMLButtonElement>} */
	#buttons = new Map();
	/** @type {Link} */
	#link;
	/** @type {() => void} */
	#layout;

	/**
	 * @param {Link} link
	 * @param {{ redraw: () => void, layout: () => void }} owner
	 */
	constructor(link, { redraw, layout }) {
		this.#link = link;
		this.#layout = layout;
		const close = () => this.close();
		/** @type {Record<Key, Glow | Heat | Painters>} */
		this.#all = { E: new Glow(redraw), Q: new Heat(link, redraw, close), U: new Painters(link, redraw, close) };
		setAria(this.#panel, "label", text("layers"));
		const choice = create("div", { className: "switch" });
		for (const key of this.#keys) {
			const button = create("button", { textContent: this.#all[key].title, title: `${this.#all[key].title} (${key})` });
			button.onclick = () => this.toggle(key);
			setAria(button, "pressed", false);
			this.#buttons.set(key, button);
			choice.append(button);
		}
		const off = create("button", { id: "layersOff", textContent: "×", title: text("layersOff") });
		setAria(off, "label", text("layersOff"));
		off.onclick = () => this.toggle(this.#last);
		this.#panel.append(choice, off, this.#legend);
		/** @type {HTMLElement} */ (document.querySelector("footer")).append(this.#panel);
		new ResizeObserver(() => requestAnimationFrame(layout)).observe(this.#panel);
	}

	get #keys() {
		return /** @type {Key[]} */ (Object.keys(this.#all));
	}

	/** CSS pixels over the bars at the bottom that the panel covers. */
	get covers() {
		return innerHeight < LOW || this.#panel.hidden ? 0 : this.#panel.offsetHeight;
	}

	/**
	 * Takes what everybody has painted.
	 * @param {Changes} message
	 */
	saw(message) {
		for (const key of this.#keys) this.#all[key].saw(message);
	}

	/** Shows none, for instance while the past is shown. */
	close() {
		if (this.#shown) this.#show(null);
	}

	/** Takes another board. */
	forget() {
		this.close();
		for (const key of this.#keys) this.#all[key].forget();
	}

	/**
	 * Shows a layer, or none if it is shown.
	 * @param {Key} [key] the layer of the last time without
	 */
	async toggle(key) {
		await loadStyle("layers.css");
		if (!key) this.#show(this.#shown ? null : this.#last);
		else this.#show(this.#shown === key ? null : key);
	}

	/** @param {Key | null} key */
	#show(key) {
		if (this.#shown) this.#all[this.#shown].leave();
		const hadFocus = !key && this.#panel.contains(document.activeElement);
		this.#shown = key;
		this.#panel.hidden = !key;
		setAria(byId("layers"), "pressed", key !== null);
		if (hadFocus) byId("layers").focus(); // what had the focus is gone
		for (const [other, button] of this.#buttons) setAria(button, "pressed", other === key);
		if (key) {
			this.#last = key;
			this.#all[key].show(this.#link.replica);
			this.#legend.replaceChildren(this.#all[key].legend);
		}
		this.#layout();
	}

	/** @param {Pen} pen */
	draw(pen) {
		if (this.#shown) this.#all[this.#shown].draw(pen);
	}
}
