// Shares a link: by the share sheet of a telephone, otherwise by the clipboard, otherwise by hand.

import { create, loadStyle, setAria } from "./elements.js";
import { say } from "./notices.js";
import { learn, text } from "./strings.js";

learn({
	linkCopied: ["Link copied: {link}", "Enlace copiado: {link}"],
	copyByHand: ["Copy this link:", "Copia este enlace:"],
});

/**
 * To be called while a press of the user is handled: browsers allow all of this at no other time.
 * @param {string} link
 */
export async function share(link) {
	if (navigator.share && matchMedia("(pointer: coarse)").matches) {
		try {
			return await navigator.share({ url: link, title: document.title });
		} catch (error) {
			if (error instanceof DOMException && error.name === "AbortError") return; // the user's wish
		}
	}
	if ((await copy(link)) || copyAsBefore(link)) say(text("linkCopied", { link }));
	else await showByHand(link);
}

/** @param {string} link */
async function copy(link) {
	try {
		await navigator.clipboard.writeText(link);
		return true;
	} catch {
		return false; // at an address without encryption there is no such clipboard
	}
}

/**
 * The way of older pages, which browsers allow at every address.
 * @param {string} link
 */
function copyAsBefore(link) {
	const focused = document.activeElement;
	const field = create("input", { className: "unseen", value: link });
	document.body.append(field);
	field.select(); // Safari copies nothing without a selected text
	field.oncopy = (event) => {
		event.clipboardData?.setData("text/plain", link);
		event.preventDefault();
	};
	const isCopied = document.execCommand("copy");
	field.remove();
	if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
	return isCopied;
}

/** @param {string} link */
async function showByHand(link) {
	await loadStyle("panel.css");
	const dialog = create("dialog", { className: "asking", onclose: () => dialog.remove() });
	const form = create("form", { method: "dialog" });
	const field = create("input", { id: "link", value: link, readOnly: true });
	const label = create("label", { textContent: text("copyByHand") });
	label.append(field);
	form.append(label, create("button", { textContent: text("close") }));
	setAria(dialog, "label", text("copyLink"));
	dialog.append(form);
	document.body.append(dialog);
	dialog.showModal();
	field.select();
}
