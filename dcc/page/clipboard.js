// What comes in by the clipboard, or as a file that is dropped, and what is copied. A page that is not of a secure
// context is told of the clipboard by events alone.

import { FIELDS } from "./input.js";

/**
 * @typedef {object} Owner
 * @property {(data: DataTransfer) => void} copy
 * @property {(data: DataTransfer) => void} cut
 * @property {(file: File | null) => void} paste a picture, or what was copied on the board
 */

/**
 * @param {DataTransfer | null} data
 * @returns {File | null} the first picture
 */
const pictureIn = (data) => [...(data?.files ?? [])].find(({ type }) => type.startsWith("image/")) ?? null;

/**
 * Whether the keys of the clipboard belong to the board: no field has the focus, and no text is selected.
 * @param {Event} event
 */
function isFree({ target }) {
	const inField = target instanceof Element && target.closest(FIELDS);
	return !inField && (getSelection()?.isCollapsed ?? true);
}

/**
 * @param {HTMLElement} element that files are dropped on
 * @param {Owner} owner
 */
export function listenToClipboard(element, owner) {
	/** @type {["copy", "cut"]} */
	const names = ["copy", "cut"];
	for (const name of [...names, "paste"]) {
		// Safari asks in advance whether there is something to do without a selected text.
		document.addEventListener(`before${name}`, (event) => isFree(event) && event.preventDefault());
	}
	for (const name of names) {
		document.addEventListener(name, (event) => {
			if (!event.clipboardData || !isFree(event)) return;
			event.preventDefault();
			owner[name](event.clipboardData);
		});
	}
	document.addEventListener("paste", (event) => {
		if (!isFree(event)) return;
		event.preventDefault();
		owner.paste(pictureIn(event.clipboardData));
	});
	element.ondragover = (event) => event.preventDefault();
	element.ondrop = (event) => {
		event.preventDefault();
		const picture = pictureIn(event.dataTransfer);
		if (picture) owner.paste(picture);
	};
}
