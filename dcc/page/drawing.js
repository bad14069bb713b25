// The tools: from presses on the board to pixels for the server. dcc/window/drawing.py does the same.
//
// 1. The pencil paints along the pointer. A line or a rectangle is seen while it is drawn, and counts at the release;
//    Escape leaves it.
// 2. Fill paints the connected cells of one colour, bounded by what this page may not paint.
// 3. On a board with a cooldown a press chooses a cell, and a second press or the button paints the cell. Tools of
//    several pixels rest.
// 4. Selection and stamp are in selection.js, loaded with their tool.

import { cellsBetween, cellsOf, fill, line, MAX_FILL, pencil, placeBetween, rectangle, SIZES } from "./shapes.js";

/** @import { Place } from "./codec_people.js" */
/** @import { Painting } from "./painting.js" */
/** @import { Replica } from "./replica.js" */
/** @import { Selection } from "./selection.js" */
/** @import { Cell } from "./shapes.js" */
/** @import { Sketch } from "./sketch.js" */

/** @typedef {"pencil" | "line" | "rectangle" | "filled" | "fill" | "select" | "move" | "pick" | "who"} Tool */

/**
 * Most pixels of a shape or a stamp: the burst that a server takes from a client by default. More pixels wait for the
 * server's rate, for longer than people expect of one stroke.
 */
export const MOST_PIXELS = 100_000;

/** @type {Tool[]} tools that paint where they are pressed or dragged */
const PAINTS = ["pencil", "line", "rectangle", "filled", "fill"];
/** @type {Tool[]} tools for which one press of a key begins, and another ends */
const TWO_ENDS = ["line", "rectangle", "filled", "select"];
/** @type {Tool[]} */
const MORE_THAN_A_PIXEL = ["line", "rectangle", "filled", "fill"];

/**
 * @typedef {object} Owner
 * @property {() => void} changed tool, size, sketch
 * @property {(key: string, values?: Record<string, unknown>) => void} say one of the texts, with numbers and keys as values
 */

export class Drawing {
	/** @type {Tool} */
	tool = "pencil";
	/** The side of the pencil's square, in cells. */
	size = 1;
	/** @type {Cell | null} the cell to confirm, on a board with a cooldown */
	chosen = null;
	/** @type {Selection | null} loaded with the tool */
	selection = null;

	/** @type {Cell | null} of a shape in progress */
	#start = null;
	/** @type {Cell | null} of a shape or stroke in progress */
	#last = null;
	#byKey = false; // a key began what is in progress
	/** @type {Tool} */
	#before = "pencil"; // the tool to come back to, after a colour is picked
	/** @type {Painting} */
	#painting;
	/** @type {Replica} */
	#replica;
	/** @type {Owner} */
	#owner;

	/**
	 * @param {Painting} painting
	 * @param {Replica} replica
	 * @param {Owner} owner
	 */
	constructor(painting, replica, owner) {
		this.#painting = painting;
		this.#replica = replica;
		this.#owner = owner;
	}

	// --- What is chosen

	/**
	 * Chooses a tool; leaves a shape in progress.
	 * @param {Tool} tool
	 * @returns {boolean} whether the tool does not rest
	 */
	choose(tool) {
		if (MORE_THAN_A_PIXEL.includes(tool) && this.rests(tool)) return false;
		if (this.tool !== "pick") this.#before = this.tool;
		this.#leave();
		this.selection?.drop();
		this.tool = tool;
		this.#owner.changed();
		return true;
	}

	/** Comes back to the tool before: a colour was picked. */
	picked() {
		if (this.tool === "pick") this.choose(this.#before);
	}

	/**
	 * Chooses the size of the pencil; does nothing beyond the sizes.
	 * @param {number} size
	 */
	chooseSize(size) {
		if (!SIZES.includes(size) || (size > 1 && this.rests("largerPencil"))) return;
		this.size = size;
		this.#owner.changed();
	}

	/** Takes note of other rules, or of none: a board may have got a cooldown, or lost one. */
	rulesChanged() {
		if (this.#painting.hasCooldown) {
			if (MORE_THAN_A_PIXEL.includes(this.tool)) this.tool = "pencil";
			this.size = 1;
			this.#leave();
			this.selection?.drop();
		} else this.chosen = null;
		this.#owner.changed();
	}

	/**
	 * Says that something rests, if it does.
	 * @param {string} what the key of its name
	 */
	rests(what) {
		if (this.#painting.hasCooldown) this.#owner.say("restsHere", { tool: what });
		return this.#painting.hasCooldown;
	}

	/** Whether a press does something with the tool, and does not move the view. */
	get draws() {
		return this.isPlacing || this.tool === "select" || PAINTS.includes(this.tool);
	}

	/** Whether a drag draws; a tap does each time that a press draws. */
	get drags() {
		return this.isPlacing || this.tool === "select" || (this.draws && this.tool !== "fill" && !this.#choosesCells);
	}

	/** Whether a press on cells that are too small to hit one brings them closer instead. */
	get needsCloseLook() {
		return !this.isPlacing && (this.tool === "pencil" || this.tool === "fill");
	}

	/** Whether a stamp is held. */
	get isPlacing() {
		return Boolean(this.selection?.stamp);
	}

	/** Whether there is something to confirm. */
	get isDeciding() {
		return this.isPlacing || this.chosen !== null;
	}

	/** Whether a key began what is in progress. */
	get isByKey() {
		return this.#byKey;
	}

	get #choosesCells() {
		return this.tool === "pencil" && this.#painting.hasCooldown;
	}

	// --- The pointer

	/**
	 * Begins to draw at a cell, which may be outside of the board.
	 * @param {Cell} cell
	 */
	press(cell) {
		if (this.#byKey) this.cancel();
		if (this.isPlacing || this.tool === "select") this.selection?.press(cell);
		else if (this.#choosesCells) this.#choose(cell);
		else if (this.tool === "pencil") {
			this.#painting.begin();
			this.#last = cell;
			this.#paint(pencil([cell], this.size, this.#replica));
		} else if (this.tool === "fill") this.#fill(cell);
		else {
			this.#start = this.#last = cell;
			this.#owner.changed();
		}
	}

	/**
	 * Goes on to a cell.
	 * @param {Cell} cell
	 */
	drag(cell) {
		if (this.isPlacing || this.tool === "select") return this.selection?.drag(cell);
		const last = this.#last;
		if (!last || (last[0] === cell[0] && last[1] === cell[1])) return;
		this.#last = cell;
		if (this.#start) this.#owner.changed();
		else this.#paint(pencil(cellsBetween(last, cell).slice(1), this.size, this.#replica));
	}

	/** Ends what the press began, and paints a shape. */
	release() {
		if (this.isPlacing || this.tool === "select") this.selection?.release();
		const [start, last] = [this.#start, this.#last];
		this.#leave();
		if (start && last && !this.#isTooLarge(start, last)) {
			this.#painting.begin();
			this.#paint(this.#shape(start, last));
		}
		this.#owner.changed();
	}

	/** Leaves what the press began: the press was the first finger of two. */
	interrupt() {
		this.selection?.interrupt();
		this.#leave();
		this.#owner.changed();
	}

	/** Paints the stamp, or the chosen cell. */
	confirm() {
		if (this.isPlacing) return this.selection?.paint();
		const { chosen } = this;
		if (!chosen) return;
		this.#painting.begin();
		if (this.#paint([chosen])) this.chosen = null;
		this.#owner.changed();
	}

	/** Leaves the shape in progress; otherwise the stamp, the chosen cell, or the selection. */
	cancel() {
		if (this.#start) this.#leave();
		else if (this.chosen && !this.isPlacing) this.chosen = null;
		else this.selection?.cancel();
		this.#byKey = false;
		this.#owner.changed();
	}

	undo() {
		if (this.#start || this.isPlacing) this.cancel();
		else this.#painting.undo();
	}

	redo() {
		if (this.#start || this.isPlacing) this.cancel();
		else this.#painting.redo();
	}

	/** Forgets what belongs to the board: another board is there. */
	forget() {
		this.#leave();
		this.chosen = null;
		this.selection?.forget();
		this.#owner.changed();
	}

	#leave() {
		this.#start = this.#last = null;
		this.#byKey = false;
	}

	// --- Keys in place of the pointer

	/**
	 * Space or Enter at a cell. For the pencil Space is held; for a shape one press begins, and another ends.
	 * @param {Cell} cell
	 * @param {boolean} isEnter
	 */
	pressKey(cell, isEnter) {
		if (isEnter && this.isPlacing) this.confirm();
		else if (this.#byKey) this.releaseKey(true);
		else {
			this.press(cell);
			this.#byKey = true;
			if (isEnter) this.releaseKey();
		}
	}

	/**
	 * Ends what a key began.
	 * @param {boolean} again whether the key was pressed for a second time
	 */
	releaseKey(again = false) {
		if (!this.#byKey || (!again && !this.isPlacing && TWO_ENDS.includes(this.tool))) return;
		this.#byKey = false;
		this.release();
	}

	/**
	 * The cursor of the keyboard is at another cell.
	 * @param {Cell} cell
	 */
	follow(cell) {
		if (this.#byKey) this.drag(cell);
	}

	// --- Painting

	/** @param {Cell} cell */
	#choose(cell) {
		if (!this.#isOnBoard(cell)) return;
		if (this.chosen && this.chosen[0] === cell[0] && this.chosen[1] === cell[1]) return this.confirm();
		if (!this.#painting.mayPaint(cell)) return;
		this.chosen = cell;
		this.#owner.changed();
	}

	/** @param {Cell} cell */
	#fill(cell) {
		const { shown } = this.#replica;
		const { colour } = this.#painting;
		if (!this.#isOnBoard(cell) || shown[this.#placeOf(cell)] === colour) return;
		if (!this.#painting.mayPaint(cell)) return;
		const { cells, isCut } = fill(shown, this.#replica, cell, (at) => !this.#painting.forbids(at));
		this.#painting.begin();
		if (this.#paint(cells) && isCut) this.#owner.say("fillEnds", { most: MAX_FILL });
	}

	/** @param {Cell[]} cells */
	#paint(cells) {
		return this.#painting.paint(cells.map((cell) => [this.#placeOf(cell), this.#painting.colour]));
	}

	/**
	 * @param {Cell} start
	 * @param {Cell} end
	 */
	#shape(start, end) {
		if (this.tool === "line") return line(start, end, this.size, this.#replica);
		if (this.tool === "rectangle") return rectangle(start, end, this.size, this.#replica);
		const place = placeBetween(start, end, this.#replica);
		return place ? cellsOf(place) : [];
	}

	/**
	 * Says that a filled rectangle has too many cells, if it has.
	 * @param {Cell} start
	 * @param {Cell} end
	 */
	#isTooLarge(start, end) {
		const place = placeBetween(start, end, this.#replica);
		return this.tool === "filled" && place !== null && this.isTooLarge(place);
	}

	/**
	 * Says that a part of the board has too many cells, if it has.
	 * @param {Place} place
	 */
	isTooLarge({ width, height }) {
		const count = width * height;
		if (count > MOST_PIXELS) this.#owner.say("tooMany", { count, most: MOST_PIXELS });
		return count > MOST_PIXELS;
	}

	/** @param {Cell} cell */
	#isOnBoard([column, row]) {
		return column >= 0 && row >= 0 && column < this.#replica.width && row < this.#replica.height;
	}

	/** @param {Cell} cell */
	#placeOf([column, row]) {
		return row * this.#replica.width + column;
	}

	/**
	 * What is about to be painted.
	 * @returns {Sketch | null}
	 */
	get sketch() {
		const { colour } = this.#painting;
		if (this.isPlacing || this.tool === "select") return this.selection?.sketch ?? null;
		if (this.chosen) return { cells: [this.chosen], colour, mark: this.chosen };
		if (!this.#start || !this.#last) return null;
		if (this.tool !== "filled") return { cells: this.#shape(this.#start, this.#last), colour };
		return { filled: placeBetween(this.#start, this.#last, this.#replica), colour };
	}
}
