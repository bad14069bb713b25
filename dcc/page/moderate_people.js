// The people who are here, and those who are banned.

import { NoAnswer } from "./link.js";
import { build, hint, isolate, section, showPerson } from "./moderate_parts.js";
import { moment, number, text } from "./strings.js";

/** @import { Words } from "./codec.js" */
/** @import { Ban, Guest, People } from "./codec_people.js" */
/** @import { Desk } from "./moderate_parts.js" */

const AGAIN_MS = 4000; // between two looks at who is here

/** Asks who is here as long as it is shown. A list in use, by the focus within, stays as it is. */
class Watched {
	element = build("div", {});
	/** @type {Desk} */
	desk;
	#timer = 0;
	#last = "";

	/** @param {Desk} desk */
	constructor(desk) {
		this.desk = desk;
	}

	shown() {
		this.#last = "";
		this.look();
	}

	hidden() {
		clearTimeout(this.#timer);
		this.#timer = -1;
	}

	change() {}

	async look() {
		clearTimeout(this.#timer);
		const timer = setTimeout(() => this.look(), AGAIN_MS);
		this.#timer = timer;
		try {
			/** @type {People} */
			const people = await this.desk.ask({ comando: "gente" });
			if (this.#timer !== timer) return;
			const told = JSON.stringify({ ...people, request: 0 });
			if (told === this.#last || this.#isInUse) return;
			this.#last = told;
			this.show(people);
		} catch (error) {
			if (!(error instanceof NoAnswer)) throw error; // asked again soon
		}
	}

	get #isInUse() {
		const { activeElement } = document;
		return this.#last !== "" && this.element.contains(activeElement) && activeElement?.matches(":focus-visible");
	}

	/** @param {People} _people */
	show(_people) {}
}

export class PeopleTab extends Watched {
	#title = build("h3", {});
	#list = build("ul", { className: "list", id: "people" });

	/** @param {Desk} desk */
	constructor(desk) {
		super(desk);
		this.element.append(hint(text("clickCell")), this.#title, this.#list);
	}

	/** @param {People} people */
	show({ guests }) {
		this.#title.textContent = text("here", { count: number(guests.length) });
		/** @type {Map<string, Guest[]>} people with a proven name once, however many windows they have open */
		const people = new Map();
		for (const guest of guests) {
			const who = guest.isProven ? guest.name : `#${guest.clientId}`;
			people.set(who, [...(people.get(who) ?? []), guest]);
		}
		this.#list.replaceChildren(
			...[...people.values()].map(([guest, ...others]) => this.#row(guest, others.length + 1)),
		);
	}

	/**
	 * @param {Guest} guest
	 * @param {number} times
	 */
	#row(guest, times) {
		const { name, isProven, address, role } = guest;
		const isMe = isProven && name === this.desk.rights.name;
		const does = isMe ? text("you") : text(role);
		const how = times > 1 ? `${does} · × ${number(times)}` : does;
		const row = build("li", {}, showPerson(guest), build("small", { textContent: how }));
		const buttons = build("div", { className: "row" });
		/** @param {boolean} bans */
		const look = (bans) => this.desk.look({ name, isProven, address, sequence: null, about: "", bans });
		buttons.append(build("button", { className: "find", textContent: text("find"), onclick: () => look(false) }));
		if (!isMe && role !== "administrar")
			buttons.append(build("button", { className: "ban", textContent: text("ban"), onclick: () => look(true) }));
		row.append(buttons);
		return row;
	}
}

export class BansTab extends Watched {
	/** @param {People} people */
	show({ bans, guesses }) {
		const list = build("ul", { className: "list", id: "bans" }, ...bans.map((ban) => this.#row(ban)));
		this.element.replaceChildren(bans.length ? list : hint(text("noBans")));
		if (!guesses.length) return;
		const rows = [...guesses].reverse().map(([address, times]) =>
			build(
				"li",
				{},
				build("bdi", { textContent: address }),
				build("small", {
					textContent: text("times", { times: number(times) }),
				}),
			),
		);
		this.element.append(section(text("guesses"), build("ul", { className: "list" }, ...rows)));
	}

	/** @param {Ban} ban */
	#row(ban) {
		const who = ban.name || ban.network;
		const target = ban.name ? { nombre: ban.name } : { direccion: ban.network };
		/** @type {Words} */
		const again = {
			accion: "vetar",
			...target,
			motivo: ban.why,
			...(ban.fromConnecting && { entrar: true }),
			...(ban.untilMs !== null && { hasta_ms: ban.untilMs }),
		};
		const lift = build("button", { className: "lift", textContent: text("lift") });
		lift.onclick = async () => {
			lift.blur();
			await this.desk.act({ accion: "perdonar", ...target }, text("lifted", { who: isolate(who) }), () => again);
			this.look();
		};
		const how = [
			text(ban.fromConnecting ? "fromConnecting" : "fromPainting"),
			ban.untilMs === null ? text("forGood") : text("until", { time: moment(ban.untilMs) }),
		].join(" · ");
		return build(
			"li",
			{},
			build("span", { className: "person" }, build("bdi", { textContent: who })),
			build("small", { textContent: how }),
			build("p", {}, build("bdi", { textContent: ban.why })),
			lift,
		);
	}
}
