// The moderators' panel: its frame, the actions on the whole board, and what it draws on the board.

import { byId, loadStyle, setAria } from "./elements.js";
import { NoAnswer } from "./link.js";
import { AreasTab } from "./moderate_areas.js";
import { BoardTab } from "./moderate_board.js";
import { LogTab } from "./moderate_log.js";
import { build } from "./moderate_parts.js";
import { BansTab, PeopleTab } from "./moderate_people.js";
import "./moderate_strings.js";
import { tell } from "./reasons.js";
import { RollBack } from "./roll_back.js";
import { moment, text } from "./strings.js";
import { clamp } from "./view.js";

/** @import { Words } from "./codec.js" */
/** @import { Place } from "./codec_people.js" */
/** @import { Drag } from "./input.js" */
/** @import { Link } from "./link.js" */
/** @import { Desk, Person, Tab } from "./moderate_parts.js" */
/** @import { Pen } from "./renderer.js" */
/** @import { Rights } from "./rights.js" */
/** @import { Cell } from "./shapes.js" */
/** @import { Point, View } from "./view.js" */

const TABS = ["board", "people", "areas", "bans", "log"];

/**
 * @typedef {object} Owner
 * @property {() => void} redraw
 * @property {() => void} layout after the panel came or went
 * @property {() => void} chooseWho so that a click on the board asks who painted
 */

export class Moderation {
	/** Whether a drag on the board draws a rectangle. */
	isDrawing = false;

	#panel = build("section", { id: "moderation", className: "panel", hidden: true, label: text("moderate") });
	#list = build("div", { className: "tabs", label: text("tabs") });
	#said = build("p", { id: "said" });
	#page = build("div", { id: "page", tabIndex: 0 });
	/** @type {Record<string, Tab>} */
	#tabs;
	#rollBack;
	#at = "people";
	/** @type {((place: Place) => void) | null} */
	#take = null;
	/** @type {Place | null} */
	#drawn = null;
	/** @type {Link} */
	#link;
	/** @type {Rights} */
	#rights;
	/** @type {View} */
	#view;
	/** @type {Owner} */
	#owner;

	/**
	 * @param {Link} link
	 * @param {Rights} rights
	 * @param {View} view
	 * @param {Owner} owner
	 */
	constructor(link, rights, view, owner) {
		this.#link = link;
		this.#rights = rights;
		this.#view = view;
		this.#owner = owner;
		/** @type {Desk} */
		const desk = {
			link,
			rights,
			view,
			redraw: owner.redraw,
			ask: (words) => link.ask(words),
			act: (...action) => this.#act(...action),
			say: (words) => this.#say(words),
			drawPlace: (take, words) => this.#drawPlace(take, words),
			look: (person) => this.#look(person),
			show: (name) => this.#show(name),
		};
		this.#rollBack = new RollBack(desk);
		this.#tabs = {
			board: new BoardTab(desk),
			people: new PeopleTab(desk),
			areas: new AreasTab(desk),
			bans: new BansTab(desk),
			log: new LogTab(desk),
			found: this.#rollBack,
		};
		this.#build();
	}

	#build() {
		this.#list.setAttribute("role", "tablist");
		for (const name of TABS) {
			const tab = build("button", {
				id: `tab-${name}`,
				data: name,
				textContent: text(`${name}_tab`),
				onclick: () => this.#show(name),
			});
			tab.setAttribute("role", "tab");
			tab.setAttribute("aria-controls", "page");
			this.#list.append(tab);
		}
		this.#list.onkeydown = ({ key }) => {
			const step = { ArrowRight: 1, ArrowLeft: TABS.length - 1 }[key];
			if (!step) return;
			this.#show(TABS[(Math.max(0, TABS.indexOf(this.#at)) + step) % TABS.length]);
			byId(`tab-${this.#at}`).focus();
		};
		this.#said.setAttribute("role", "status");
		this.#page.setAttribute("role", "tabpanel");
		const close = build("button", { id: "closeModeration", label: text("close"), textContent: "✕" });
		close.onclick = () => this.close();
		const head = build("div", { className: "row" }, build("h2", { textContent: text("moderate") }), close);
		this.#panel.append(head, this.#list, this.#said, this.#page);
		document.querySelector("main")?.append(this.#panel);
		document.addEventListener("keydown", (event) => {
			if (event.key !== "Escape" || !this.isOpen || document.querySelector("dialog[open]")) return;
			if (this.isDrawing) this.#drawPlace(null);
			else if (this.#at === "found") this.#show("people");
			else this.close();
		});
	}

	get isOpen() {
		return !this.#panel.hidden;
	}

	async toggle() {
		if (this.isOpen) this.close();
		else {
			await this.#open();
			byId(`tab-${this.#at}`).focus();
		}
	}

	async #open() {
		if (this.isOpen) return;
		await loadStyle("panel.css");
		this.#panel.hidden = false;
		document.body.dataset.moderating = "";
		setAria(byId("moderate"), "pressed", true);
		this.#owner.chooseWho(); // as the panel says, a click on a cell shows who painted it
		this.#show(this.#at === "found" ? "people" : this.#at);
		this.#owner.layout();
	}

	close() {
		if (!this.isOpen) return;
		if (this.#panel.contains(document.activeElement)) byId("moderate").focus();
		this.#drawPlace(null);
		this.#tabs[this.#at].hidden?.();
		this.#panel.hidden = true;
		delete document.body.dataset.moderating;
		setAria(byId("moderate"), "pressed", false);
		this.#owner.layout();
	}

	/** @param {string} name */
	#show(name) {
		if (name !== this.#at) this.#tabs[this.#at].hidden?.();
		this.#drawPlace(null);
		this.#at = name;
		for (const tab of /** @type {NodeListOf<HTMLElement>} */ (this.#list.childNodes)) {
			const isChosen = tab.dataset.name === (name === "found" ? "people" : name);
			tab.setAttribute("aria-selected", String(isChosen));
			tab.tabIndex = isChosen ? 0 : -1;
		}
		this.#page.setAttribute("aria-labelledby", `tab-${name === "found" ? "people" : name}`);
		this.#page.replaceChildren(this.#tabs[name].element);
		this.#page.scrollTop = 0;
		this.#tabs[name].shown?.();
		this.#tabs[name].change?.();
		this.#owner.redraw();
	}

	/** Takes changed rules, or another role. */
	change() {
		if (this.isOpen) this.#tabs[this.#at].change?.();
	}

	/**
	 * How much of the screen the panel covers: at the right, or at the bottom of a small screen.
	 * @param {number} width
	 * @param {number} height
	 * @returns {[number, number]}
	 */
	covers(width, height) {
		const box = this.#panel.getBoundingClientRect(); // all 0 while hidden
		if (!box.width) return [0, 0];
		return box.left > 0 ? [width - box.left, 0] : [0, height - box.top];
	}

	// --- What the server is asked

	/**
	 * @param {Words} action
	 * @param {string | ((done: any) => string)} said
	 * @param {(done: any) => Words | null} [undo]
	 */
	async #act(action, said, undo) {
		try {
			const done = await this.#link.ask({ comando: "accion", ...action });
			const inverse = undo?.(done);
			this.#say(
				typeof said === "string" ? said : said(done),
				inverse ? () => this.#act(inverse, text("redone")) : null,
			);
			this.change();
			return done;
		} catch (error) {
			this.#failed(error);
		}
	}

	/** @param {unknown} error */
	#failed(error) {
		if (!(error instanceof NoAnswer)) throw error;
		const reason = error.refusal ? tell(error.refusal) : text("lost").replace(/\.$/, "");
		this.#say(text("failed", { reason: reason[0].toUpperCase() + reason.slice(1) }), null, true);
	}

	/**
	 * @param {string} words
	 * @param {(() => unknown) | null} [undo]
	 */
	#say(words, undo = null, isWrong = false) {
		this.#said.textContent = words;
		this.#said.classList.toggle("wrong", isWrong);
		if (!undo) return;
		const button = build("button", { id: "undoAction", textContent: text("undoThis") });
		button.onclick = () => {
			button.disabled = true;
			undo();
		};
		this.#said.append(" ", button);
	}

	/** Freezes or thaws the board. */
	async freeze() {
		await this.#open();
		const { isFrozen } = this.#rights.rules;
		const [deed, inverse] = isFrozen ? ["descongelar", "congelar"] : ["congelar", "descongelar"];
		await this.#act({ accion: deed }, text("done"), () => ({ accion: inverse }));
	}

	/**
	 * Shows who painted a cell.
	 * @param {Cell} cell
	 */
	async inspect([column, row]) {
		await this.#open();
		try {
			const author = await this.#link.askAuthor(column, row);
			if (author.timeMs === null) return this.#say(text("emptyCell", { column, row }));
			this.#look({
				name: author.name ?? "",
				isProven: author.isProven,
				address: author.address ?? "",
				sequence: author.sequence,
				about: text("paintedAt", { column, row, time: moment(author.timeMs) }),
			});
		} catch (error) {
			this.#failed(error);
		}
	}

	/** @param {Person} person */
	#look(person) {
		this.#say("");
		this.#rollBack.look(person);
		this.#show("found");
		this.#page.focus({ preventScroll: true });
	}

	// --- On the board

	/**
	 * @param {((place: Place) => void) | null} take nothing to stop
	 * @param {string} [words] what to do
	 */
	#drawPlace(take, words = "") {
		this.#take = take;
		this.#drawn = null;
		if (this.isDrawing && !take && this.#said.className === "hint") this.#say("");
		this.isDrawing = take !== null;
		document.body.classList.toggle("outlining", this.isDrawing);
		if (take) this.#say(words);
		this.#said.classList.toggle("hint", this.isDrawing);
		this.#owner.redraw();
	}

	/**
	 * Begins a rectangle on the board.
	 * @param {Point} point
	 * @returns {Drag}
	 */
	drag(point) {
		const { width, height } = this.#link.replica;
		/** @param {Point} at */
		const cellAt = (at) => {
			const [column, row] = this.#view.cellAt(at);
			return [clamp(column, 0, width - 1), clamp(row, 0, height - 1)];
		};
		const start = cellAt(point);
		/** @param {Point} to */
		const reach = (to) => {
			const end = cellAt(to);
			const [column, row] = [Math.min(start[0], end[0]), Math.min(start[1], end[1])];
			this.#drawn = {
				column,
				row,
				width: Math.abs(start[0] - end[0]) + 1,
				height: Math.abs(start[1] - end[1]) + 1,
			};
			this.#owner.redraw();
		};
		reach(point);
		return {
			move: (points) => reach(points[points.length - 1]),
			end: () => {
				const [take, drawn] = [this.#take, this.#drawn];
				this.#drawPlace(null);
				if (drawn) take?.(drawn);
			},
		};
	}

	/** @param {Pen} pen */
	draw(pen) {
		if (!this.isOpen) return;
		if (this.#at === "found") this.#rollBack.draw(pen);
		const place = this.#drawn ?? (this.#at === "areas" ? /** @type {AreasTab} */ (this.#tabs.areas).place : null);
		const part = place ?? (this.#at === "found" ? this.#rollBack.place : null);
		if (!part) return;
		const { context, x, y, zoom, scale } = pen;
		context.lineWidth = 2 * scale;
		for (const [style, dash] of /** @type {[string, number[]][]} */ ([
			["#fff", []],
			["#d0107a", [6 * scale, 4 * scale]],
		])) {
			context.strokeStyle = style;
			context.setLineDash(dash);
			context.strokeRect(x(part.column), y(part.row), part.width * zoom, part.height * zoom);
		}
		context.setLineDash([]);
	}
}
