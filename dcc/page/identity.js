// Who the page says it is: a key or the code of the room, from the link, kept for the canvas in this browser.

/** @typedef {{ key: string, code: string }} Proof */
/** @typedef {{ last: string, of: Record<string, Proof> }} Kept by the id of the canvas; the last one is that of the server */
/** @typedef {Pick<Storage, "getItem" | "setItem">} Store */

export class Identity {
	key = "";
	code = "";
	/** The key or the code came with the link, and has not been kept yet. */
	#isNew = false;
	/** @type {Kept} */
	#kept = { last: "", of: {} };
	#place = "";
	/** @type {Store | null} */
	#store;

	/**
	 * @param {string} path of the page; servers behind one proxy share the browser's store
	 * @param {Store | null} store nothing in a browser that keeps nothing
	 */
	constructor(path, store) {
		this.#place = `dcc.identity ${path}`;
		this.#store = store;
		try {
			const kept = JSON.parse(store?.getItem(this.#place) ?? "");
			if (kept && typeof kept.of === "object") this.#kept = kept;
		} catch {}
		this.#load(this.#kept.last);
	}

	/** @param {string} canvas */
	#load(canvas) {
		const { key = "", code = "" } = this.#kept.of[canvas] ?? {};
		Object.assign(this, { key, code });
	}

	/**
	 * Takes the key or the code in the end of a link.
	 * @param {string} hash empty without one
	 */
	take(hash) {
		const words = new URLSearchParams(hash.slice(1));
		if (hash) this.tell({ key: words.get("clave") ?? "", code: words.get("codigo") ?? "" });
	}

	/** @param {Partial<Proof>} proof */
	tell({ key = this.key, code = this.code }) {
		Object.assign(this, { key: key.trim(), code: code.trim() });
		this.#isNew = true;
	}

	/** The words for the greeting. */
	get words() {
		return { ...(this.key && { clave: this.key }), ...(this.code && { codigo: this.code }) };
	}

	/**
	 * Keeps what the server has taken.
	 * @param {string} canvas
	 */
	accepted(canvas) {
		const { key, code } = this;
		const before = this.#kept.of[canvas];
		this.#isNew = false;
		if (this.#kept.last === canvas && before?.key === key && before.code === code) return;
		if (!key && !code && !before) return;
		this.#kept.last = canvas;
		this.#kept.of[canvas] = { key, code };
		this.#save();
	}

	/**
	 * Forgets what the server has refused; unless the server has another canvas than the one for which it was kept: then
	 * takes what is kept for that canvas, if anything.
	 * @param {string} canvas of the server; empty if not known
	 * @returns {boolean} whether there is nothing wrong with the key or the code
	 */
	refused(canvas) {
		if (!this.#isNew && canvas && canvas !== this.#kept.last) {
			this.#kept.last = canvas;
			this.#load(canvas);
			this.#save();
			return true;
		}
		if (!this.#isNew) {
			delete this.#kept.of[this.#kept.last];
			this.#save();
		}
		Object.assign(this, { key: "", code: "" });
		this.#isNew = false;
		return false;
	}

	#save() {
		try {
			this.#store?.setItem(this.#place, JSON.stringify(this.#kept));
		} catch {}
	}
}
