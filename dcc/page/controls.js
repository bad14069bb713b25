// The buttons, their keys, and the palette.

import { readsBlack } from "./colours.js";
import { byId, create, put, setAria } from "./elements.js";
import { colourName, text } from "./strings.js";

/** @import { Colour } from "./codec.js" */

/** @typedef {"draw" | "move" | "pick" | "who"} Tool */
/** @type {Tool[]} */
export const TOOLS = ["draw", "move", "pick", "who"];

/** Of the layers of what has happened, beside the button for all of them. */
export const LAYER_KEYS = /** @type {const} */ (["E", "Q", "U"]);

/**
 * @param {string} keys
 * @param {string} what
 */
function listKeys(keys, what) {
	const term = create("dt", {});
	for (const part of keys.length > 1 ? keys.split(/([+ …])/) : [keys])
		if (part) term.append(keys.length > 1 && /[+ …]/.test(part) ? part : create("kbd", { textContent: part }));
	document.querySelector("dl")?.append(term, create("dd", { textContent: what }));
}

/**
 * Gives every button its deed, and lists the keys in the help.
 * @param {Record<string, () => unknown>} deeds by the buttons' ids
 * @returns {Record<string, () => void>} the deeds by key
 */
export function connectButtons(deeds) {
	/** @type {Record<string, () => void>} */
	const shortcuts = {};
	listKeys("← ↑ → ↓", text("arrows"));
	listKeys(text("space"), text("paint"));
	listKeys("1 … 9", text("colours"));
	listKeys("Ctrl+Y", text("redo"));
	listKeys(LAYER_KEYS.join(" "), text("layerKeys"));
	for (const [id, deed] of Object.entries(deeds)) {
		const button = byId(id);
		button.onclick = () => void deed();
		const { key } = button.dataset;
		if (!key) continue;
		shortcuts[key] = () => void deed();
		listKeys(key, String(button.textContent));
	}
	return shortcuts;
}

/** @param {Tool} tool */
export function showTool(tool) {
	document.body.dataset.tool = tool;
	for (const other of TOOLS) setAria(byId(other), "pressed", other === tool);
}

/**
 * @param {Colour[]} palette
 * @param {(index: number) => void} choose
 */
export function showPalette(palette, choose) {
	const swatches = palette.map(({ name, value }, index) => {
		const label = create("label", { title: colourName(name) });
		const swatch = create("span", { textContent: index < 9 ? String(index + 1) : "" });
		Object.assign(swatch.style, { background: value, color: readsBlack(value) ? "#000" : "#fff" });
		const onchange = () => choose(index);
		const input = create("input", { type: "radio", name: "colour", onchange });
		setAria(input, "label", label.title);
		label.append(input, swatch);
		return label;
	});
	byId("palette").replaceChildren(...swatches);
}

/**
 * Marks the swatch of a colour.
 * @param {number} index
 * @returns {boolean} whether the palette has the colour
 */
export function showColour(index) {
	const label = /** @type {HTMLLabelElement | undefined} */ (byId("palette").children[index]);
	if (!label) return false;
	/** @type {HTMLInputElement} */ (label.control).checked = true;
	label.scrollIntoView({ block: "nearest" });
	put("colour", label.title);
	return true;
}
