// What moderators have done, the latest first; what was painted by it can be undone.

import { NoAnswer } from "./link.js";
import { whoMay } from "./moderate_areas.js";
import { build, hint, isolate, showPerson } from "./moderate_parts.js";
import { moment, number, text } from "./strings.js";

/** @import { Words } from "./codec.js" */
/** @import { ActionLog, Entry } from "./codec_people.js" */
/** @import { Desk } from "./moderate_parts.js" */

const LISTED_NAMES = 5;

export class LogTab {
	element = build("div", {});
	#list = build("ol", { className: "list", id: "log" });
	#none = hint(text("noActions"));
	#more = build("button", { id: "earlier", textContent: text("more") });
	#before = 0;
	/** @type {Desk} */
	#desk;

	/** @param {Desk} desk */
	constructor(desk) {
		this.#desk = desk;
		this.#more.onclick = () => this.#look(this.#before);
		this.element.append(this.#list, this.#none, this.#more);
	}

	shown() {
		this.#list.replaceChildren();
		return this.#look(null);
	}

	/** @param {number | null} before the number of an action */
	async #look(before) {
		try {
			/** @type {ActionLog} */
			const { entries } = await this.#desk.ask({ comando: "diario", ...(before !== null && { antes: before }) });
			if (before === null) this.#list.replaceChildren();
			this.#list.append(...entries.map((entry) => this.#row(entry)));
			this.#before = entries[entries.length - 1]?.number ?? 0;
			this.#none.hidden = this.#list.childElementCount > 0;
			this.#more.hidden = this.#before <= 1;
		} catch (error) {
			if (!(error instanceof NoAnswer)) throw error;
			this.#desk.say(text("noAnswer"));
		}
	}

	/** @param {Entry} entry */
	#row(entry) {
		const { number: count, timeMs, painter, action, cells } = entry;
		const row = build(
			"li",
			{},
			showPerson(painter),
			build("small", { textContent: moment(timeMs) }),
			build("p", { textContent: describe(action, cells) }),
		);
		if (cells) {
			const undo = build("button", { className: "undoRoll", textContent: text("undoRoll") });
			undo.onclick = async () => {
				undo.disabled = true;
				await this.#desk.act({ accion: "deshacer", elegir: { numero: count } }, text("redone"));
				await this.shown();
			};
			row.append(undo);
		}
		return row;
	}
}

/** @param {unknown} names */
function list(names) {
	const all = Array.isArray(names) ? names.map((name) => isolate(String(name?.nombre ?? name))) : [];
	return all.length > LISTED_NAMES
		? `${all.slice(0, LISTED_NAMES).join(", ")}… (${number(all.length)})`
		: all.join(", ");
}

/**
 * Says what an action did.
 * @param {Words} action
 * @param {number} cells
 */
function describe(action, cells) {
	const { accion, elegir = {} } = action;
	const chosen = [list(elegir.nombres), list(elegir.direcciones)].filter((names) => names).join(", ");
	const values = {
		name: isolate(String(action.nombre ?? "")),
		names: accion === "resto" ? whoMay(action.quien) : list(action.zonas ?? action.nombres) || text("allAreas"),
		who:
			accion === "deshacer"
				? elegir.numero
					? text("ofAction", { number: number(elegir.numero) })
					: chosen || text("somebody")
				: isolate(String(action.nombre ?? action.direccion ?? "")),
		why: isolate(String(action.motivo ?? "")),
		text: isolate(String(action.texto ?? "")),
		entry: accion === "entrada" ? text(action.entrada) : "",
		role: accion === "clave" ? text(action.rol) : "",
		seconds: number(Number(action.segundos ?? 0)),
		charges: number(Number(action.cargas ?? 1)),
		cells: number(cells),
	};
	const kind = accion === "anunciar" && !action.texto ? "callar" : accion;
	return text(`did_${kind}`, values);
}
