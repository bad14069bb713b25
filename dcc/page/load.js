// Loads the parts of the page that are not there from the start.
//
// Older browsers, such as Firefox before version 155, keep the failure of an import: the same address fails again without a
// question to the server. A part that has failed is therefore imported from another address, which the server answers
// alike. So no module imports a part statically: the first address may stay broken, and another one makes another module.

/**
 * @typedef {object} Parts
 * @property {typeof import("./again.js")} again
 * @property {typeof import("./aim.js")} aim
 * @property {typeof import("./areas.js")} areas
 * @property {typeof import("./codec_layers.js")} codec_layers
 * @property {typeof import("./codec_people.js")} codec_people
 * @property {typeof import("./entry.js")} entry
 * @property {typeof import("./goto.js")} goto
 * @property {typeof import("./identity.js")} identity
 * @property {typeof import("./join.js")} join
 * @property {typeof import("./kept.js")} kept
 * @property {typeof import("./keyboard.js")} keyboard
 * @property {typeof import("./layers.js")} layers
 * @property {typeof import("./many_colours.js")} many_colours
 * @property {typeof import("./minimap.js")} minimap
 * @property {typeof import("./moderate.js")} moderate
 * @property {typeof import("./naming.js")} naming
 * @property {typeof import("./past.js")} past
 * @property {typeof import("./png.js")} png
 * @property {typeof import("./reasons_later.js")} reasons_later
 * @property {typeof import("./sharing.js")} sharing
 * @property {typeof import("./stamp_bar.js")} stamp_bar
 * @property {typeof import("./together.js")} together
 * @property {typeof import("./tracing.js")} tracing
 * @property {typeof import("./zlib.js")} zlib
 */

/** @type {Map<string, number>} how many addresses of a part have failed */
const failures = new Map();

/** The server does not give a part of the page. */
export class NotLoaded extends Error {}

/**
 * Loads a part, once. Rejects with NotLoaded; the next call tries again.
 * @template {keyof Parts} Name
 * @param {Name} name
 * @returns {Promise<Parts[Name]>}
 */
export async function load(name) {
	const failed = failures.get(name) ?? 0;
	try {
		return await import(`./${name}.js${failed ? `?${failed + 1}` : ""}`);
	} catch (error) {
		failures.set(name, failed + 1); // the same number for all that waited for the address
		if (!(error instanceof TypeError)) throw error; // a fault of the part
		throw new NotLoaded(name);
	}
}
