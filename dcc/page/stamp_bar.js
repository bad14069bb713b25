// What is done with a selection and with a stamp: the bar of the tool, copies and pictures. Loaded with the tool, or with
// the first picture.

import { words } from "./colours.js";
import { MOST_PIXELS } from "./drawing.js";
import { byId, create, setAria } from "./elements.js";
import { say } from "./notices.js";
import { draw, HiddenPixels, inColours, openPicture } from "./pictures.js";
import { Selection } from "./selection.js";
import { Stamp } from "./stamp.js";
import { learn, text } from "./strings.js";

/** @import { Drawing } from "./drawing.js" */
/** @import { Painting } from "./painting.js" */
/** @import { Replica } from "./replica.js" */
/** @import { View } from "./view.js" */

learn({
	copy: ["Copy", "Copiar"],
	cut: ["Cut", "Cortar"],
	paste: ["Paste", "Pegar"],
	erase: ["Erase", "Borrar"],
	mirror: ["Mirror", "Reflejar"],
	flip: ["Flip", "Voltear"],
	turn: ["Turn clockwise", "Girar a la derecha"],
	drop: ["Leave it", "Dejarlo"],
	picture: ["Picture…", "Imagen…"],
	mix: ["Mix colours", "Mezclar colores"],
	moveAPart: ["Move a part", "Mover una parte"],
	copied: ["{width} × {height} cells are copied.", "Se copiaron {width} × {height} celdas."],
	selectFirst: ["Select a part of the board first (S).", "Selecciona antes una parte del tablero (S)."],
	nothingToPaste: [
		"There is nothing to paste: copy a part of the board, or a picture, first.",
		"No hay nada que pegar: copia antes una parte del tablero, o una imagen.",
	],
	placeIt: [
		"Drag it to its place. Enter paints it, Escape leaves it.",
		"Arrástralo a su sitio. Intro lo pinta, Escape lo deja.",
	],
	placeByHand: ["Drag it to its place, then choose “Paint it”.", "Arrástralo a su sitio y elige luego «Pintarlo»."],
});

/** Icons, keys, and when a button is there: beside a selection, beside a stamp, or beside neither. */
export const BUTTONS = {
	copy: ["M8 8h12v12H8zM16 8V4H4v12h4", "Ctrl+C", ["place"]],
	cut: ["M4 4l12 12M16 8L4 20M18 16a2.5 2.5 0 1 0 .1 0M18 3a2.5 2.5 0 1 0 .1 0", "Ctrl+X", ["place"]],
	erase: ["M9 20l-5-5L15 4l6 6-10 10zM8 11l6 6M9 20h11", "Del", ["place"]],
	mirror: ["M12 3v18M9 7v10H3zM15 7v10h6z", "Shift+H", ["place", "stamp"]],
	flip: ["M3 12h18M7 9h10V3zM7 15h10v6z", "Shift+V", ["place", "stamp"]],
	turn: ["M18 4v5h-5M18 9a7.5 7.5 0 1 0 1 6", "Shift+T", ["place", "stamp"]],
	paste: ["M8 5H5v16h14V5h-3M8 3h8v4H8zM8 12h8M8 16h5", "Ctrl+V", ["place", "none"]],
	drop: ["M6 6l12 12M18 6L6 18", "Esc", ["stamp"]],
};

export class StampBar {
	#mixes = create("input", { type: "checkbox", id: "mix" });
	#bar = byId("bar");
	/** @type {[HTMLElement, string[]][]} with the states in which each is seen */
	#parts = [];
	/** @type {Drawing} */
	#drawing;
	/** @type {Replica} */
	#replica;

	/**
	 * @param {Drawing} drawing
	 * @param {Painting} painting
	 * @param {Replica} replica
	 * @param {View} view
	 * @param {{ changed: () => void, colours: () => Uint8Array }} owner
	 */
	constructor(drawing, painting, replica, view, owner) {
		this.#drawing = drawing;
		this.#replica = replica;
		const byHand = matchMedia("(hover: none)").matches;
		this.selection = new Selection(drawing, painting, replica, {
			...owner,
			say: (key, values = {}) => say(text(byHand && key === "placeIt" ? "placeByHand" : key, values)),
			draw: (stamp) => draw(stamp, words(replica.palette)),
			middle: () => view.cellAt(view.middle),
		});
		drawing.selection = this.selection;
		/** @type {Record<string, () => unknown>} */
		const deeds = {
			// The event has the clipboard. Safari makes none without a selected text.
			copy: () => document.execCommand("copy") || this.copy(null),
			cut: () => document.execCommand("cut") || this.cut(null),
			erase: () => this.selection.erase(),
			mirror: () => this.selection.change("mirrored"),
			flip: () => this.selection.change("flipped"),
			turn: () => this.selection.change("turned"),
			paste: () => this.#askClipboard(),
			drop: () => drawing.cancel(),
		};
		for (const [name, [icon, key, states]] of Object.entries(BUTTONS)) {
			const button = create("button", { id: name, title: `${text(name)} (${key})`, onclick: deeds[name] });
			button.dataset.key = String(key);
			button.innerHTML = `<svg><path d="${icon}"/></svg>`;
			setAria(button, "label", text(name));
			this.#parts.push([button, /** @type {string[]} */ (states)]);
		}
		const file = create("input", { type: "file", accept: "image/*", id: "stampFile", className: "unseen" });
		file.onchange = () => {
			if (file.files?.[0]) this.paste(file.files[0]);
			file.value = "";
		};
		const picture = create("label", { className: "button", textContent: text("picture") });
		picture.append(file);
		const mix = create("label", { className: "button", textContent: text("mix") });
		mix.append(this.#mixes);
		this.#parts.push([picture, ["none"]], [mix, ["none"]]);
		this.#bar.prepend(...this.#parts.map(([element]) => element));
		this.show();
	}

	/** Shows what can be done now. */
	show() {
		const { stamp, place } = this.selection;
		const state = this.#drawing.tool !== "select" ? "" : stamp ? "stamp" : place ? "place" : "none";
		for (const [element, states] of this.#parts) element.hidden = !states.includes(state);
	}

	/** @param {DataTransfer | null} data */
	copy(data) {
		this.#offer(this.selection.copy(), data);
	}

	/** @param {DataTransfer | null} data */
	cut(data) {
		this.#offer(this.selection.cut(), data);
	}

	/**
	 * Puts what was copied on the clipboard, for other pages and programs. The words take the place of an older picture;
	 * a page of a secure context adds the picture.
	 * @param {Stamp | null} copied
	 * @param {DataTransfer | null} data
	 */
	#offer(copied, data) {
		if (!copied) return;
		const told = text("copied", { width: copied.width, height: copied.height });
		say(told);
		data?.setData("text/plain", told);
		if (!globalThis.ClipboardItem || !navigator.clipboard?.write) return;
		const picture = draw(copied, words(this.#replica.palette));
		/** @type {Promise<Blob>} */
		const made = new Promise((resolve, reject) => {
			picture.toBlob((blob) => (blob ? resolve(blob) : reject()));
		});
		navigator.clipboard.write([new ClipboardItem({ "image/png": made })]).catch(() => {}); // the words are there
	}

	/** The button has no event with the clipboard: the browser asks the user. */
	async #askClipboard() {
		let file = null;
		try {
			for (const item of await navigator.clipboard.read()) {
				const type = item.types.find((each) => each.startsWith("image/"));
				if (type) file = await item.getType(type);
			}
		} catch {} // without leave, or without a secure context, there is what was copied here
		return this.paste(file);
	}

	/**
	 * Has a picture to be placed, or without one what was copied on the board.
	 * @param {Blob | null} file
	 */
	async paste(file) {
		if (!file) return this.selection.paste();
		if (this.#drawing.rests("paste")) return;
		try {
			const { palette, width, height } = this.#replica;
			const picture = await openPicture(file);
			const made = inColours(picture, palette, { width, height }, MOST_PIXELS, this.#mixes.checked);
			this.selection.paste(new Stamp(made.width, made.height, made.colours));
		} catch (error) {
			say(text(error instanceof HiddenPixels ? "hiddenPixels" : "noPicture"));
		}
	}
}
