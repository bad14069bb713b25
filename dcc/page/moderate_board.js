// The actions on the whole board: freeze, announce, start over; and for owners who may draw, and how often.

import { ANNOUNCEMENT_CHARACTERS, NAME_CHARACTERS } from "./limits.js";
import { build, form, hint, isolate, labelled, section } from "./moderate_parts.js";
import { moment, number, text } from "./strings.js";

/** @import { Words } from "./codec.js" */
/** @import { People } from "./codec_people.js" */
/** @import { Desk } from "./moderate_parts.js" */

const ENTRIES = ["abierta", "codigo", "claves"];

export class BoardTab {
	element = build("div", {});

	#freeze = build("button", { id: "freeze", className: "main" });
	#text = build("input", { id: "announceText", maxLength: ANNOUNCEMENT_CHARACTERS, required: true });
	#takeAway = build("button", { type: "button", id: "takeAway", textContent: text("takeAway") });
	#moment = build("input", { id: "momentName", maxLength: NAME_CHARACTERS, required: true });
	#owned = build("div", { id: "owned" });
	#entries = ENTRIES.map((value) => build("input", { type: "radio", name: "entry", id: `entry-${value}`, value }));
	#code = build("input", { id: "setCode", maxLength: NAME_CHARACTERS, autocomplete: "off", spellcheck: false });
	#seconds = build("input", { id: "cooldownSeconds", type: "number", min: "0", value: "0", required: true });
	#charges = build("input", { id: "cooldownCharges", type: "number", min: "1", value: "1", required: true });
	/** @type {Desk} */
	#desk;

	/** @param {Desk} desk */
	constructor(desk) {
		this.#desk = desk;
		this.#freeze.onclick = () => {
			const { isFrozen } = desk.rights.rules;
			const [deed, inverse] = isFrozen ? ["descongelar", "congelar"] : ["congelar", "descongelar"];
			desk.act({ accion: deed }, text("done"), () => ({ accion: inverse }));
		};
		this.#takeAway.onclick = () => this.#announce("");
		const announce = form(
			() => this.#announce(this.#text.value.trim()),
			hint(text("announceText")),
			this.#text,
			build(
				"div",
				{ className: "row" },
				this.#takeAway,
				build("button", { id: "doAnnounce", textContent: text("announce") }),
			),
		);
		this.#text.setAttribute("aria-label", text("announce"));
		const keep = build("button", { type: "button", id: "nameMoment", textContent: text("nameMoment") });
		keep.onclick = () => this.#moment.reportValidity() && this.#nameMoment();
		const startOver = form(
			() => this.#startOver(),
			hint(text("startOverText")),
			labelled("momentName", this.#moment),
			build("div", { className: "row" }, keep, build("button", { id: "startOver", textContent: text("startOver") })),
		);
		this.#buildOwned();
		this.element.append(
			this.#freeze,
			hint(text("freezeText")),
			section(text("announce"), announce),
			section(text("startOver"), startOver),
			this.#owned,
		);
	}

	#buildOwned() {
		const code = labelled("theCode", this.#code);
		const radios = this.#entries.map((input) => {
			input.onchange = () => {
				code.hidden = input.value !== "codigo";
				this.#code.required = !code.hidden;
			};
			return build("label", { className: "radio" }, input, text(input.value));
		});
		const entry = form(
			() => this.#setEntry(),
			...radios,
			code,
			build("button", { id: "setEntry", textContent: text("keep") }),
		);
		const cooldown = form(
			() => this.#setCooldown(),
			labelled("cooldownSeconds", this.#seconds),
			labelled("cooldownCharges", this.#charges),
			build("button", { id: "setCooldown", textContent: text("keep") }),
		);
		this.#owned.append(section(text("entry"), entry), section(text("cooldown"), cooldown));
	}

	async shown() {
		const { rights } = this.#desk;
		this.#text.value = rights.rules.announcement;
		this.#moment.value ||= moment(Date.now()).slice(0, NAME_CHARACTERS);
		this.#owned.hidden = !rights.owns;
		if (!rights.owns) return;
		for (const input of this.#entries) {
			input.checked = input.value === rights.rules.entry;
			if (input.checked) input.dispatchEvent(new Event("change"));
		}
		/** @type {People} */
		const { code } = await this.#desk.ask({ comando: "gente" }).catch(() => ({ code: "" })); // then it is typed anew
		this.#code.value ||= code;
	}

	change() {
		const { isFrozen, announcement } = this.#desk.rights.rules;
		this.#freeze.textContent = text(isFrozen ? "thaw" : "freeze");
		this.#takeAway.hidden = !announcement;
	}

	/** @param {string} words */
	#announce(words) {
		const before = this.#desk.rights.rules.announcement;
		this.#text.value = words;
		return this.#desk.act({ accion: "anunciar", texto: words }, text("done"), () => ({
			accion: "anunciar",
			texto: before,
		}));
	}

	/** @returns {Promise<any>} */
	#nameMoment() {
		const name = this.#moment.value.trim().normalize();
		return this.#desk.act({ accion: "momento", nombre: name }, text("named", { name: isolate(name) }));
	}

	async #startOver() {
		if (!(await this.#nameMoment())) return;
		this.#moment.value = "";
		await this.#desk.act(
			{ accion: "limpiar" },
			({ cells }) => text("cleared", { cells: number(cells) }),
			({ number }) => ({ accion: "deshacer", elegir: { numero: number } }),
		);
	}

	#setEntry() {
		const entry = this.#entries.find((input) => input.checked)?.value ?? "abierta";
		/** @type {Words} */
		const words = { accion: "entrada", entrada: entry };
		if (entry === "codigo") words.codigo = this.#code.value.trim().normalize();
		return this.#desk.act(words, text("done"));
	}

	#setCooldown() {
		const [segundos, cargas] = [this.#seconds.valueAsNumber, this.#charges.valueAsNumber];
		return this.#desk.act({ accion: "pausa", segundos, cargas }, text("done"));
	}
}
