// What the views of the moderators' panel are made of.

import { create, setAria } from "./elements.js";
import { text } from "./strings.js";

/** @import { Words } from "./codec.js" */
/** @import { Place } from "./codec_people.js" */
/** @import { Link } from "./link.js" */
/** @import { Rights } from "./rights.js" */
/** @import { View } from "./view.js" */

/**
 * What the panel does for its views.
 * @typedef {object} Desk
 * @property {Link} link
 * @property {Rights} rights
 * @property {View} view
 * @property {() => void} redraw
 * @property {(words: Words) => Promise<any>} ask
 * @property {(action: Words, said: string | ((done: any) => string), undo?: (done: any) => Words | null) => Promise<any>} act
 *   does an action, says so, and offers to undo it; nothing if the server refuses
 * @property {(words: string) => void} say
 * @property {(take: ((place: Place) => void) | null, hint?: string) => void} drawPlace lets a part of the board be drawn
 * @property {(person: Person) => void} look at what somebody has painted
 * @property {(name: string) => void} show a view
 */
/**
 * Somebody to be found: by a proven name, an address, or a placement of the same connection.
 * @typedef {object} Person
 * @property {string} name
 * @property {boolean} isProven
 * @property {string} address empty if not kept
 * @property {number | null} sequence of a placement
 * @property {string} about when and where
 * @property {boolean} [bans] whether the ban is wanted at once
 */
/**
 * A view of the panel. `shown` is called each time it is shown; `change` after changed rules.
 * @typedef {object} Tab
 * @property {HTMLElement} element
 * @property {() => void} [shown]
 * @property {() => void} [hidden]
 * @property {() => void} [change]
 */

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Partial<HTMLElementTagNameMap[Name]> & { label?: string, data?: string }} properties
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function build(name, { label, data, ...properties }, ...children) {
	const element = create(name, /** @type {Partial<HTMLElementTagNameMap[Name]>} */ (properties));
	if (label) setAria(element, "label", label);
	if (data) element.dataset.name = data;
	element.append(...children);
	return element;
}

/**
 * A name among the words of a sentence, whatever the direction of its writing.
 * @param {string} name
 */
export const isolate = (name) => `\u2068${name}\u2069`;

/**
 * Somebody in a list: the name, whether it is proven, and the address.
 * @param {{ name: string, isProven: boolean, address?: string, clientId?: number | null }} person
 */
export function showPerson({ name, isProven, address, clientId }) {
	const shown = name || (clientId ? text("unnamed", { id: clientId }) : address || text("somebody"));
	const element = build("span", { className: "person" }, build("bdi", { textContent: shown }));
	if (isProven) element.append(build("span", { className: "proven", title: text("proven"), textContent: "✓" }));
	else if (name) element.append(build("small", { textContent: text("unproven") }));
	if (address && shown !== address) element.append(build("small", { className: "address", textContent: address }));
	return element;
}

/**
 * @param {string} key of the label
 * @param {HTMLElement} field
 */
export const labelled = (key, field) => build("label", {}, build("span", { textContent: text(key) }), field);

/**
 * A choice of one among several.
 * @param {string} id
 * @param {[value: string, words: string][]} options
 */
export function select(id, options) {
	return build("select", { id }, ...options.map(([value, words]) => build("option", { value, textContent: words })));
}

/**
 * @param {string} title
 * @param {(Node | string)[]} children
 */
export const section = (title, ...children) => build("section", {}, build("h3", { textContent: title }), ...children);

/**
 * @param {string} words
 */
export const hint = (words) => build("p", { className: "hint", textContent: words });

/**
 * A form that does something and does not leave the page.
 * @param {() => unknown} submit
 * @param {(Node | string)[]} children
 */
export function form(submit, ...children) {
	const element = build("form", {}, ...children);
	element.onsubmit = (event) => {
		event.preventDefault();
		submit();
	};
	return element;
}

/**
 * Names in a text, one a line; without empty lines and what nobody sees at the ends.
 * @param {string} words
 */
export function namesIn(words) {
	const lines = words.split(/[\r\n]+/).map((line) => line.replace(/^[\s\uFEFF]+|[\s\uFEFF]+$/g, "").normalize());
	return lines.filter((line) => line);
}
