// Places on the board as people write them, and as the end of a link. dcc/core/places.py reads the same; tests/vectors
// holds both to the same answers.

/** @typedef {{ column: number, row: number, zoom: number | null }} Place perhaps outside of the board */

const PLACE = /^\s*\(?\s*(-?[0-9]{1,9})\s*(?:[,;x]|\s)\s*(-?[0-9]{1,9})(?:,([0-9]{1,4}(?:\.[0-9]*)?))?\s*\)?\s*$/i;

/**
 * Reads "12,30", "12 30", "(12, 30)" or a link that ends in "#12,30" or "#12,30,16", whose third number is the zoom; other words
 * of a link may stand before, such as "#puerto=5000&12,30".
 * @param {string} text
 * @returns {Place | null}
 */
export function readPlace(text) {
	const match = PLACE.exec(text.replace(/.*[#&]/, "").replaceAll(/%2C/gi, ","));
	const zoom = match?.[3] === undefined ? null : Number(match[3]);
	return match && zoom !== 0 ? { column: Number(match[1]), row: Number(match[2]), zoom } : null;
}
