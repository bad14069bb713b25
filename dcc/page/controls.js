// The buttons, their keys, and the palette.

import { readsBlack } from "./colours.js";
import { byId, create, put, setAria } from "./elements.js";
import { colourName, text } from "./strings.js";

/** @import { Colour } from "./codec.js" */
/** @import { Drawing, Tool } from "./drawing.js" */
/** @import { Painting } from "./painting.js" */

/** @type {Tool[]} */
export const TOOLS = ["move", "pencil", "line", "rectangle", "filled", "fill", "select", "pick", "who"];

/** Of the layers of what has happened, beside the button for all of them. */
export const LAYER_KEYS = /** @type {const} */ (["E", "Q", "U"]);

/**
 * @param {string} keys
 * @param {string} what
 * @param {Node | null} [icon] of the button, which touch screens show instead of the keys
 */
function listKeys(keys, what, icon) {
	const term = create("dt", { className: icon ? "icon" : "" });
	if (icon) term.append(icon.cloneNode(true));
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
	listKeys("/", text("search"));
	listKeys("V", text("minimap"));
	listKeys("N", text("nextToDo"));
	listKeys(LAYER_KEYS.join(" "), text("layerKeys"));
	for (const id of new Set([...TOOLS, ...Object.keys(deeds)])) {
		const button = byId(id);
		const deed = deeds[id];
		button.onclick = () => void deed();
		const { key } = button.dataset;
		if (!key) continue;
		shortcuts[key] = () => void deed();
		listKeys(key, String(button.textContent), button.querySelector("svg"));
	}
	listKeys("Esc", text("escape"));
	byId("others").onclick = () => openMenu(byId("others").getAttribute("aria-expanded") === "false");
	return shortcuts;
}

/**
 * Opens or closes the menu that has the tools a narrow screen has no room for.
 * @param {boolean} isOpen
 */
export const openMenu = (isOpen) => setAria(byId("others"), "expanded", isOpen);

/**
 * Shows what is chosen.
 * @param {Drawing} drawing
 * @param {Painting} painting
 */
export function showDrawing(drawing, painting) {
	const { tool, size } = drawing;
	if (document.body.dataset.tool !== tool) {
		document.body.dataset.tool = tool;
		for (const other of TOOLS) setAria(byId(other), "pressed", other === tool);
		const others = byId("others");
		const isThere = byId("more").contains(byId(tool));
		const shown = byId(isThere ? tool : "rectangle");
		others.classList.toggle("chosen", isThere);
		others.title = isThere ? `${text("others")}: ${shown.firstChild?.textContent}` : text("others");
		setAria(others, "label", others.title);
		others.replaceChildren(...[...shown.children].map((icon) => icon.cloneNode(true)));
	}
	put("size", String(size));
	showConfirm(drawing, painting);
}

/**
 * Shows whether there is something to confirm, and whether it is time.
 * @param {Drawing} drawing
 * @param {Painting} painting
 */
export function showConfirm({ isDeciding, tool }, { hasCooldown, rests }) {
	const confirm = /** @type {HTMLButtonElement} */ (byId("confirm"));
	confirm.hidden = !isDeciding && (!hasCooldown || tool === "select");
	byId("bar").hidden = confirm.hidden && tool !== "select";
	confirm.disabled = !isDeciding || rests;
	put("confirm", text(isDeciding ? "paintIt" : "chooseCell"));
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
	byId("ink").style.fill = /** @type {HTMLElement} */ (label.lastElementChild).style.background;
	return true;
}
