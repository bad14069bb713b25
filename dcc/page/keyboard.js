// The help as a picture of the keys: a keyboard, and on each key the icon of the button that it presses. The list of keys
// below says the same in words, for screen readers too.

import { LAYER_KEYS } from "./controls.js";
import { byId, create, loadStyle } from "./elements.js";
import { learn, text } from "./strings.js";

learn({
	momentBeforeKey: ["History: previous named moment", "Historia: momento con nombre anterior"],
	momentAfterKey: ["History: next named moment", "Historia: momento con nombre siguiente"],
	freezeKey: ["Freeze the board, or let it go on", "Congelar el tablero, o dejarlo seguir"],
});

const ROWS = ["1234567890-+", "QWERTYUIOP[]", "ASDFGHJKL", "ZXCVBNM,.?/"];

/**
 * Of keys without a button: paths of their icons.
 * @type {Record<string, string>}
 */
const ICONS = {
	E: "M12 3v4M12 17v4M3 12h4M17 12h4M12 9a3 3 0 1 0 .1 0",
	Q: "M4 20V13h4v7M10 20V8h4v12M16 20V4h4v16",
	U: "M9 5a3 3 0 1 0 .1 0M3 19c1-6 11-6 12 0M16 6a3 3 0 1 1 0 6M17 14c3 0 4 2 4 5",
	V: "M3 5h18v14H3zM12 12h7v5h-7z",
	N: "M4 12h10M10 7l5 5-5 5M17 9h4v6h-4z",
	"/": "M10.5 4a6.5 6.5 0 1 0 .1 0M15.5 15.5L21 21",
	",": "M15 5l-7 7 7 7",
	".": "M9 5l7 7-7 7",
	C: "M12 3v18M4 7.5l16 9M20 7.5l-16 9",
};

/** @typedef {{ words: string, icon?: Node, held: string, swatch?: string }} Use */

/** @param {string} icon the path */
function draw(icon) {
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	svg.setAttribute("viewBox", "0 0 24 24");
	const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
	path.setAttribute("d", icon);
	svg.append(path);
	return svg;
}

/** @typedef {typeof import("./stamp_bar.js").BUTTONS} Buttons */

/**
 * What each key does now: there may be buttons that only some people have.
 * @param {Buttons} buttons of a selection and a stamp
 */
function uses(buttons) {
	/** @type {Map<string, Use[]>} */
	const found = new Map();
	/** @type {(keys: string, does: Omit<Use, "held">) => void} */
	const add = (keys, does) => {
		const parts = /^(.*\+)?(.+)$/.exec(keys) ?? [];
		const key = parts[2];
		const held = (parts[1] ?? "").replaceAll("+", " ").trim();
		found.set(key, [...(found.get(key) ?? []), { ...does, held }]);
	};
	for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-key]"))) {
		const icon = /** @type {Element | undefined} */ (button.querySelector("svg")?.cloneNode(true));
		icon?.setAttribute("viewBox", "0 0 24 24"); // smaller than on its button
		if (!button.hidden) add(String(button.dataset.key), { words: String(button.textContent), icon });
	}
	const names = text("layerKeys").split(", ");
	LAYER_KEYS.forEach((key, n) => {
		add(key, { words: names[n], icon: draw(ICONS[key]) });
	});
	const others = { V: "minimap", N: "nextToDo", "/": "search", ",": "momentBeforeKey", ".": "momentAfterKey" };
	for (const [key, name] of Object.entries(others)) add(key, { words: text(name), icon: draw(ICONS[key]) });
	if (!byId("moderate").hidden) add("C", { words: text("freezeKey"), icon: draw(ICONS.C) });
	for (const [name, [icon, key]] of Object.entries(buttons))
		if (!document.getElementById(name)) add(String(key), { words: text(name), icon: draw(String(icon)) }); // not loaded
	const swatches = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#palette span"));
	[...swatches].slice(0, 9).forEach((swatch, n) => {
		add(String(n + 1), { words: text("colours"), swatch: swatch.style.background });
	});
	return found;
}

/**
 * Draws the keyboard anew.
 * @param {Element} before the list of keys
 * @param {Buttons} buttons of a selection and a stamp
 */
export async function drawKeyboard(before, buttons) {
	await loadStyle("keyboard.css");
	const keyboard = create("div", { id: "keyboard" });
	keyboard.setAttribute("aria-hidden", "true");
	const used = uses(buttons);
	for (const row of ROWS) {
		const keys = [...row].map((key) => {
			const all = used.get(key) ?? [];
			const cap = create("kbd", { className: all.length ? "used" : "" });
			cap.append(create("b", { textContent: key }));
			cap.title = all.map(({ words, held }) => (held ? `${held} + ${key}: ${words}` : words)).join("\n");
			for (const { icon, held, swatch } of all.sort((one, other) => one.held.length - other.held.length)) {
				const mark = create("span", { textContent: held, className: held && "held" });
				if (icon) mark.append(icon);
				if (swatch) mark.style.borderBottom = `6px solid ${swatch}`;
				cap.append(mark);
			}
			return cap;
		});
		const line = create("div", {});
		line.append(...keys);
		keyboard.append(line);
	}
	document.getElementById("keyboard")?.remove();
	before.before(keyboard);
}
