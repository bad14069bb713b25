// The search for a colour. dcc/core/search.py has the same; tests/vectors holds both to the same answers.

/** @param {string} text */
const plain = (text) => text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();

/**
 * Whether a colour has all the words of a query, each anywhere in its names or at the start of its value. Case and accents
 * do not count.
 * @param {string} query
 * @param {string} value "#rrggbb"
 * @param {string} names
 */
export function isFound(query, value, names) {
	const known = plain(names);
	const digits = value.slice(1).toLowerCase();
	const words = plain(query).split(/\s+/).filter(Boolean);
	return words.every((word) => known.includes(word) || digits.startsWith(word.replace(/^#/, "")));
}
