// The room for the board between the bars.

import { byId } from "./elements.js";

const GAP = 8; // around the board, in CSS pixels

let aside = 0; // what the tools take at the left, also while the history hides them

/**
 * @param {string} name of the element, of which there is one
 * @returns {HTMLElement}
 */
export const bar = (name) => /** @type {HTMLElement} */ (document.querySelector(name));

/**
 * Measures the bars, and tells the panels how much the bars leave.
 * @param {number} width of the window in CSS pixels, as all that follows
 * @param {number} height
 * @param {object} state
 * @param {boolean} state.hasBoard otherwise the banner is a card in the middle
 * @param {number} state.layers height of the layers' panel, if it is at the bottom
 * @param {[number, number]} state.moderation what the moderators' panel covers at the right and at the bottom
 * @returns {{ left: number, top: number, width: number, height: number }}
 */
export function findRoom(width, height, { hasBoard, layers, moderation: [right, below] }) {
	const [header, footer, tools, panel] = [bar("header"), bar("footer"), byId("tools"), byId("panel")];
	const isSeen = getComputedStyle(footer).visibility === "visible" || !hasBoard;
	const bottom = (isSeen && footer.offsetHeight) || GAP;
	document.body.style.setProperty("--bars", `${header.offsetHeight + bottom}px`); // what is left is for the layers' panel
	document.body.style.setProperty("--actions", `${byId("actions").offsetWidth}px`);
	const bands = [byId("band").offsetHeight, hasBoard ? byId("banner").offsetHeight : 0].filter(Boolean);
	const top = bands.reduce((sum, band) => sum + band + GAP, header.offsetHeight);
	const isAside = getComputedStyle(tools).position === "fixed";
	if (tools.offsetWidth) aside = isAside ? tools.offsetWidth + GAP : 0;
	const sheet = panel.offsetWidth > width / 2 ? panel.offsetHeight + 2 * GAP : 0; // at the bottom of a telephone
	const isBeside = footer.offsetWidth < width / 2; // a telephone held sideways
	const played = byId("past").offsetHeight;
	const own = isBeside ? played + (played && GAP) + GAP : bottom;
	const covered = Math.max(own + layers, sheet, below);
	const beside = Math.max(right, isBeside ? footer.offsetWidth : 0);
	const left = GAP + aside;
	return { left, top, width: width - left - GAP - beside, height: height - top - covered };
}
