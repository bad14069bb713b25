// What the rules of the server let this page do. The server checks everything again; here the rules serve to say so
// before, and to leave out the cells of a stroke that are for others.

/** @import { News, Refusal, Role } from "./codec.js" */
/** @import { Allowed, Area, RulesNews } from "./codec_people.js" */
/** @import { Cell } from "./shapes.js" */

/** @type {Omit<RulesNews, "kind">} of a server that tells none */
const NONE = { entry: "abierta", isFrozen: false, rest: "todos", areas: [], announcement: "", templates: [] };

/** @type {Record<string, Role>} of whoever has no proven name, by the entry; with a code it depends on the greeting */
const ROLE_OF_ALL = { abierta: "pintar", claves: "mirar" };

export class Rights {
	/** @type {Role} */
	role = "pintar";
	/** Proven; empty without one. */
	name = "";
	rules = NONE;
	#isNew = true; // the connection

	/** Another connection may be to a server of other rules, or of none. */
	disconnected() {
		this.#isNew = true;
	}

	/**
	 * Takes what the server tells.
	 * @param {News} message
	 * @returns {boolean} whether the role may be another one now, which only a new greeting tells
	 */
	apply(message) {
		if (message.kind === "welcome") {
			this.role = message.role;
			this.name = message.name;
			if (this.#isNew) this.rules = NONE; // told after the board
			this.#isNew = false;
		} else if (message.kind === "rulesNews") {
			const { entry } = this.rules;
			this.rules = message;
			return message.entry !== entry && !this.name && this.role !== ROLE_OF_ALL[message.entry];
		}
		return false;
	}

	get mayModerate() {
		return this.role === "moderar" || this.owns;
	}

	get owns() {
		return this.role === "administrar";
	}

	get onlyWatches() {
		return this.role === "mirar";
	}

	/** Whether the word of the room would let this page paint. */
	get needsCode() {
		return this.onlyWatches && !this.name && this.rules.entry === "codigo";
	}

	get isFrozen() {
		return this.rules.isFrozen && !this.mayModerate;
	}

	/** @param {Allowed} allowed */
	isAmong(allowed) {
		if (Array.isArray(allowed)) return this.mayModerate || allowed.includes(this.name);
		return allowed === "todos" || (allowed === "moderadores" && this.mayModerate);
	}

	/**
	 * The area on top of a cell, if any.
	 * @param {Cell} cell
	 * @returns {Area | undefined}
	 */
	areaAt([column, row]) {
		const { areas } = this.rules;
		for (let n = areas.length - 1; n >= 0; n--) {
			const { place } = areas[n];
			const [x, y] = [column - place.column, row - place.row];
			if (x >= 0 && y >= 0 && x < place.width && y < place.height) return areas[n];
		}
	}

	/**
	 * Why nothing may be painted in a cell, with the codes of the server; nothing if something may.
	 * @param {Cell} cell
	 * @returns {Refusal | null}
	 */
	refusal(cell) {
		/** @type {(code: string, values?: Record<string, string>) => Refusal} */
		const refuse = (code, values = {}) => ({ reason: "", code, values });
		if (this.onlyWatches) return refuse(this.needsCode ? "falta-codigo" : "solo-mirar");
		if (this.isFrozen) return refuse("congelado");
		const area = this.areaAt(cell);
		if (this.isAmong(area?.allowed ?? this.rules.rest)) return null;
		return area ? refuse("zona-ajena", { zona: area.name }) : refuse("resto-ajeno");
	}
}
