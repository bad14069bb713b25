// The page's copy of the board: what the server told it, and on top its own paints that are on their way. They are shown
// at once, until the server answers: when it acknowledges one, the message that shows it has come already; when it
// rejects one, what is below comes to light. Messages in, cells whose shown colour changed out, `null` for any of them.

export class Replica {
	/** In cells, and colours as {name, value}; nothing before the first welcome. */
	width = 0;
	height = 0;
	palette = [];
	/** What every cell shows: an index into the palette. */
	shown = new Uint8Array();
	/** Names the canvas, and what the board is as of. */
	canvas = null;
	sequence = 0;
	/** Whether the board is up to date with the connection that there is. */
	live = false;

	#colours = new Uint8Array(); // as the server told it
	#holdsBoard = false;
	#requests = new Map(); // those without an answer -> their cells
	#ahead = new Map(); // cell -> Map of request -> colour, the latest last

	/** How to greet a server. */
	hello(nombre) {
		const held = this.#holdsBoard ? { lienzo: this.canvas, desde: this.sequence } : {};
		return { comando: "nuevo", version: 2, nombre, ...held };
	}

	get cells() {
		return this.width * this.height;
	}

	get unanswered() {
		return this.#requests.size;
	}

	/** Throws where the message does not fit to what came before. */
	receive(message) {
		if (message.kind === "welcome") return this.#welcome(message);
		if (message.kind === "board") return this.#replace(message);
		if (message.kind === "changes") return this.#change(message);
		return this.#uncover(message.request); // acknowledged or rejected
	}

	paint(request, pixels) {
		const cells = pixels.map(([cell]) => cell);
		this.#requests.set(request, cells);
		for (const [cell, colour] of pixels) {
			const above = this.#ahead.get(cell) ?? new Map();
			this.#ahead.set(cell, above);
			above.delete(request);
			above.set(request, colour);
		}
		return this.#show(cells);
	}

	/** What was on its way is in doubt, and shown again when the server does. */
	disconnected() {
		this.live = false;
		const cells = [...this.#ahead.keys()];
		this.#forgetPaints();
		return this.#show(cells);
	}

	#welcome({ canvas, width, height, palette }) {
		this.live = false;
		const held = [this.canvas, this.width, this.height, this.palette];
		if (JSON.stringify(held) === JSON.stringify([canvas, width, height, palette])) return [];
		Object.assign(this, { canvas, width, height, palette });
		this.#colours = new Uint8Array(this.cells);
		this.shown = new Uint8Array(this.cells);
		this.#holdsBoard = false;
		this.#forgetPaints();
		return null;
	}

	#replace({ sequence, colours }) {
		this.#colours = colours;
		this.shown.set(colours);
		this.sequence = sequence;
		this.#holdsBoard = this.live = true;
		this.#show(this.#ahead.keys());
		return null;
	}

	#change({ sequence, pixels }) {
		if (!this.#holdsBoard) throw new RangeError("changes of a board that was never sent");
		for (const [cell, colour] of pixels) this.#colours[cell] = colour;
		this.sequence = sequence;
		this.live = true;
		return this.#show(pixels.map(([cell]) => cell));
	}

	#uncover(request) {
		const cells = this.#requests.get(request) ?? [];
		this.#requests.delete(request);
		for (const cell of cells) {
			this.#ahead.get(cell)?.delete(request);
			if (this.#ahead.get(cell)?.size === 0) this.#ahead.delete(cell);
		}
		return this.#show(cells);
	}

	#forgetPaints() {
		this.#ahead.clear();
		this.#requests.clear();
	}

	/** Makes `shown` true for these cells; gives those that were not. */
	#show(cells) {
		const changed = [];
		for (const cell of cells) {
			const above = this.#ahead.get(cell);
			const colour = above ? [...above.values()].at(-1) : this.#colours[cell];
			if (this.shown[cell] === colour) continue;
			this.shown[cell] = colour;
			changed.push(cell);
		}
		return changed;
	}
}
