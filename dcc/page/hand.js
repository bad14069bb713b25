// What pointers and keys do on the board with the chosen tool.

import { clamp, DRAWING_ZOOM } from "./view.js";

/** @import { Drawing, Tool } from "./drawing.js" */
/** @import { Board, Cell } from "./shapes.js" */
/** @import { Point, View } from "./view.js" */

const KEY_PAN = 48; // CSS pixels for an arrow with the tool that moves the board

/**
 * @typedef {object} Owner
 * @property {() => void} redraw
 * @property {() => void} viewMoved
 * @property {(cell: Cell) => void} tell of the keyboard's cell
 * @property {(key: "closer" | "choosePencil") => void} say
 * @property {(tool: Tool, cell: Cell) => void} look at a cell, with a tool that does not paint
 * @property {() => void} chooseMove the first touch moves the board, if the pencil is there without having been chosen
 */

export class Hand {
	/** @type {Cell | null} the cell under the mouse */
	hovered = null;
	/** @type {Cell | null} the keyboard's cell, while the keyboard is in use */
	cursor = null;
	/** Whether a tool was chosen. */
	hasChosen = false;

	/** @type {View} */
	#view;
	/** @type {Drawing} */
	#drawing;
	/** @type {Board} */
	#board;
	/** @type {Owner} */
	#owner;

	/**
	 * @param {View} view
	 * @param {Drawing} drawing
	 * @param {Board} board
	 * @param {Owner} owner
	 */
	constructor(view, drawing, board, owner) {
		this.#view = view;
		this.#drawing = drawing;
		this.#board = board;
		this.#owner = owner;
	}

	// --- Pointers

	/**
	 * Begins a drag; nothing if a drag is to move the view.
	 * @param {Point} point
	 * @param {PointerEvent} event
	 */
	press(point, { altKey, pointerType }) {
		const drawing = this.#drawing;
		// Tools other than the pencil do not come by themselves: a panel or a picture has brought them.
		if (pointerType === "touch" && !this.hasChosen && drawing.tool === "pencil") this.#owner.chooseMove();
		if (altKey || !drawing.drags || this.#isFar) return null;
		drawing.press(this.#view.cellAt(point));
		return {
			/** @param {Point[]} points */
			move: (points) => {
				for (const at of points) drawing.drag(this.#view.cellAt(at));
			},
			end: () => drawing.release(),
			cancel: () => drawing.interrupt(),
		};
	}

	/**
	 * @param {Point} point
	 * @param {PointerEvent} event
	 */
	tap(point, { altKey }) {
		const { tool } = this.#drawing;
		if (altKey) this.#look("pick", this.#view.cellAt(point));
		else if (tool === "move") this.#owner.say("choosePencil");
		else if (!this.#drawing.draws) this.#look(tool, this.#view.cellAt(point));
		else if (!this.#comesCloser(point)) {
			this.#drawing.press(this.#view.cellAt(point));
			this.#drawing.release();
		}
	}

	/**
	 * @param {Point | null} point
	 * @param {PointerEvent} event
	 */
	hover(point, { pointerType }) {
		if (this.#drawing.isByKey) return;
		this.hovered = point && pointerType !== "touch" ? this.#view.cellAt(point) : null;
		this.cursor = null;
		this.#owner.redraw();
	}

	/**
	 * @param {Tool} tool
	 * @param {Cell} cell
	 */
	#look(tool, cell) {
		if (this.#view.holds(cell)) this.#owner.look(tool, cell);
	}

	get #isFar() {
		return this.#drawing.needsCloseLook && this.#view.zoom < DRAWING_ZOOM;
	}

	/**
	 * Comes closer instead of painting, where the cells are too small to hit one.
	 * @param {Point} point
	 */
	#comesCloser(point) {
		if (!this.#isFar) return false;
		this.#view.comeCloser(point);
		this.#owner.viewMoved();
		this.#owner.say("closer");
		return true;
	}

	// --- Keys

	/** @param {Point} step in cells */
	arrow([columns, rows]) {
		if (this.#drawing.isPlacing) return this.#drawing.selection?.step([columns, rows]);
		if (this.#drawing.tool === "move") this.#view.panBy(-columns * KEY_PAN, -rows * KEY_PAN);
		else {
			const [column, row] = this.cursor ?? this.hovered ?? this.#view.cellAt(this.#view.middle);
			const { width, height } = this.#board;
			this.lead([clamp(column + columns, 0, width - 1), clamp(row + rows, 0, height - 1)]);
		}
		this.#owner.viewMoved();
	}

	/**
	 * Puts the keyboard's cell somewhere.
	 * @param {Cell} cell
	 */
	lead(cell) {
		this.cursor = cell;
		this.#view.reveal(cell);
		this.#drawing.follow(cell);
		this.#owner.tell(cell);
		this.#owner.viewMoved();
	}

	/**
	 * Space or Enter.
	 * @param {boolean} isEnter
	 */
	key(isEnter) {
		const { cursor } = this;
		const { tool, draws, isPlacing } = this.#drawing;
		if (isEnter && (!cursor || isPlacing)) this.#drawing.confirm();
		else if (!cursor) return;
		else if (!draws) this.#look(tool, cursor);
		else if (!this.#comesCloser(this.#view.toScreen([cursor[0] + 0.5, cursor[1] + 0.5])))
			this.#drawing.pressKey(cursor, isEnter);
		if (cursor) this.#owner.tell(cursor);
	}
}
