// The page's elements, by their ids in index.html.

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
	const element = document.getElementById(id);
	if (!element) throw new Error(`index.html has no ${id}`);
	return element;
}

/** @param {string} id */
export const inputById = (id) => /** @type {HTMLInputElement} */ (byId(id));

/**
 * Sets the text of an element. An equal text stays untouched, or a screen reader might repeat the text.
 * @param {string} id
 * @param {string} words
 */
export function put(id, words) {
	const element = byId(id);
	if (element.textContent !== words) element.textContent = words;
}

/**
 * Sets an ARIA attribute. Firefox has the properties of the same meaning only since version 119.
 * @param {Element} element
 * @param {"expanded" | "label" | "pressed" | "valuetext"} name
 * @param {string | boolean} value
 */
export const setAria = (element, name, value) => element.setAttribute(`aria-${name}`, String(value));

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Partial<HTMLElementTagNameMap[Name]>} properties
 * @returns {HTMLElementTagNameMap[Name]}
 */
export const create = (name, properties) => Object.assign(document.createElement(name), properties);

/**
 * Loads a style, once. A style that the server does not give is left out, and loaded the next time.
 * @param {string} href
 */
export async function loadStyle(href) {
	if (document.querySelector(`link[href="${href}"]`)) return;
	await new Promise((resolve) => {
		const link = create("link", { rel: "stylesheet", href, onload: resolve });
		link.onerror = () => {
			link.remove();
			resolve(null);
		};
		document.head.append(link);
	});
}
