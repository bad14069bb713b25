// Over the board: a shape in progress, a selection, a stamp, a chosen cell.

/** @import { Place } from "./codec_people.js" */
/** @import { Pen } from "./renderer.js" */
/** @import { Cell } from "./shapes.js" */

/**
 * What no server has. `colour` and `ground` are indices into the palette.
 * @typedef {object} Sketch
 * @property {Cell[]} [cells] in the colour
 * @property {Place | null} [filled] in the colour
 * @property {number} [colour]
 * @property {{ canvas: HTMLCanvasElement, place: Place } | null} [stamp]
 * @property {Place | null} [frame] around the selection or the stamp
 * @property {Cell} [mark] the cell to confirm
 */

const DASH = 4; // CSS pixels of a dash around a selection
const LEAST_MARK = 22; // CSS pixels of the frame around the cell to confirm, which may be small

/**
 * @param {Pen} pen
 * @param {Sketch} sketch
 * @param {string[]} values of the palette, "#rrggbb"
 */
export function drawSketch({ context, x, y, zoom, scale }, sketch, values) {
	const { cells = [], filled, colour = 0, stamp, frame, mark } = sketch;
	/** @type {(place: Place) => [left: number, top: number, width: number, height: number]} whole pixels: no seams */
	const box = ({ column, row, width, height }) => {
		const [left, top] = [Math.round(x(column)), Math.round(y(row))];
		return [left, top, Math.round(x(column + width)) - left, Math.round(y(row + height)) - top];
	};
	context.fillStyle = values[colour];
	for (const [column, row] of cells) context.fillRect(...box({ column, row, width: 1, height: 1 }));
	if (filled) context.fillRect(...box(filled));
	if (stamp) {
		context.imageSmoothingEnabled = false;
		context.drawImage(stamp.canvas, ...box(stamp.place));
	}
	if (mark) {
		const side = Math.max(zoom + 6 * scale, LEAST_MARK * scale);
		const [left, top] = [x(mark[0] + 0.5) - side / 2, y(mark[1] + 0.5) - side / 2];
		for (const [style, width] of /** @type {[string, number][]} */ ([
			["#fff", 5],
			["#000", 2],
		])) {
			context.strokeStyle = style;
			context.lineWidth = width * scale;
			context.strokeRect(left, top, side, side);
		}
	}
	if (!frame) return;
	const [left, top, width, height] = box(frame);
	context.lineWidth = 2 * scale;
	// White between black dashes: one of them is seen on every colour.
	for (const [style, dashes] of /** @type {[string, number[]][]} */ ([
		["#fff", []],
		["#000", [DASH * scale, DASH * scale]],
	])) {
		context.strokeStyle = style;
		context.setLineDash(dashes);
		context.strokeRect(left - scale, top - scale, width + 2 * scale, height + 2 * scale);
	}
	context.setLineDash([]);
}
