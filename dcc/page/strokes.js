// Lines without gaps, and taking back one's own.

const STROKES_KEPT = 100; // more than anybody remembers

/** The cells from one to another, both included, each touching the next. */
export function* line([column, row], [toColumn, toRow]) {
	const steps = Math.max(Math.abs(toColumn - column), Math.abs(toRow - row));
	for (let n = 0; n <= steps; n++) {
		const part = n / (steps || 1);
		yield [Math.round(column + (toColumn - column) * part), Math.round(row + (toRow - row) * part)];
	}
}

export class Strokes {
	#strokes = []; // each a Map of cell -> {before, after}
	#open = false;

	/** A cell of the stroke that is being drawn; the first one begins it. */
	add(cell, before, after) {
		if (!this.#open) this.#strokes = [...this.#strokes, new Map()].slice(-STROKES_KEPT);
		this.#open = true;
		const stroke = this.#strokes.at(-1);
		stroke.set(cell, { before: stroke.get(cell)?.before ?? before, after });
	}

	end() {
		this.#open = false;
	}

	/** The pixels that take back the last stroke: only where the board still shows it. */
	undo(shown) {
		this.end();
		const stroke = [...(this.#strokes.pop() ?? [])];
		return stroke.filter(([cell, { after }]) => shown[cell] === after).map(([cell, { before }]) => [cell, before]);
	}

	clear() {
		this.#strokes = [];
		this.end();
	}
}
