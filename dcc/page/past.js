// The canvas's whole life: a slider over the history with its named moments, and what plays the history.

import { byId, create, inputById, loadStyle, setAria } from "./elements.js";
import { NoAnswer } from "./link.js";
import { MomentMarks, momentAt, nextMoment } from "./past_moments.js";
import { Playback, SPEEDS } from "./playback.js";
import { learn, moment, number, text } from "./strings.js";

/** @import { NamedMoment } from "./codec.js" */
/** @import { Link } from "./link.js" */

learn({
	again: ["Play from the beginning", "Reproducir desde el principio"],
	loop: ["In a loop", "En bucle"],
	speed: ["Speed", "Velocidad"],
	momentBefore: ["Previous named moment (,)", "Momento con nombre anterior (,)"],
	momentAfter: ["Next named moment (.)", "Momento con nombre siguiente (.)"],
	afterMoment: ["after {name}", "después de {name}"],
});

/** Paths of icons, as those of index.html. */
const ICONS = {
	again: "M7 5v14M19 5l-9 7 9 7z",
	momentBefore: "M15 5l-7 7 7 7",
	momentAfter: "M9 5l7 7-7 7",
	loop: "M4 12V9a3 3 0 0 1 3-3h12M16 3l3 3-3 3M20 12v3a3 3 0 0 1-3 3H5M8 21l-3-3 3-3",
};

/**
 * @typedef {object} Owner
 * @property {(colours?: Uint8Array) => void} showPast without colours the history is closed
 * @property {(error: NoAnswer) => void} answerFailed
 */

export class Past {
	#bar = byId("past");
	#slider = inputById("moment");
	#button = byId("play");
	#playback = new Playback(() => performance.now());
	#marks = new MomentMarks((sequence) => this.#go(sequence));
	#before = iconButton("momentBefore", () => this.#step(-1));
	#after = iconButton("momentAfter", () => this.#step(1));
	/** @type {NamedMoment[]} */
	#moments = [];
	#label = /** @type {HTMLOutputElement} */ (byId("when"));
	/** @type {Link} */
	#link;
	/** @type {Owner} */
	#owner;
	#last = 0;
	/** @type {number | null} the sequence to ask for next */
	#wanted = null;
	#asking = false;

	/**
	 * @param {Link} link
	 * @param {Owner} owner
	 */
	constructor(link, owner) {
		this.#link = link;
		this.#owner = owner;
		this.#slider.oninput = () => {
			this.#rest();
			this.#want(this.#slider.valueAsNumber);
		};
		this.#button.onclick = () => this.#toggle();
		const track = create("div", { id: "track" });
		this.#slider.replaceWith(track);
		track.append(this.#marks.element, this.#slider);
		const loop = iconButton("loop", () => {
			this.#playback.loops = !this.#playback.loops;
			setAria(loop, "pressed", this.#playback.loops);
		});
		setAria(loop, "pressed", false);
		const speed = create("select", { id: "speed", title: text("speed") });
		setAria(speed, "label", text("speed"));
		speed.append(
			...SPEEDS.map((value) => create("option", { value: String(value), textContent: `${number(value)}×` })),
		);
		speed.value = "1";
		speed.onchange = () => {
			this.#playback.speed = Number(speed.value);
		};
		const again = iconButton("again", () => this.#play(0));
		const playing = create("div", { id: "playing" });
		playing.append(again, this.#before, this.#after, loop, speed);
		byId("now").before(playing);
		document.addEventListener("keydown", (event) => this.#key(event), { capture: true });
	}

	/**
	 * Takes the keys of the history before the board does.
	 * @param {KeyboardEvent} event
	 */
	#key(event) {
		const target = /** @type {Element} */ (event.target);
		if (!this.isOpen || event.ctrlKey || event.metaKey || event.altKey || target.closest("dialog, textarea")) return;
		if (target.closest("input:not([type=range], [type=radio], [type=checkbox])")) return;
		/** @type {Record<string, () => void>} */
		const keys = { Escape: () => this.close(), ",": () => this.#step(-1), ".": () => this.#step(1) };
		if (!target.closest("button, select, label")) keys[" "] = () => this.#toggle();
		const deed = keys[event.key];
		if (!deed) return;
		event.preventDefault();
		event.stopPropagation();
		if (!event.repeat) deed();
	}

	get isOpen() {
		return !this.#bar.hidden;
	}

	async open() {
		try {
			const [{ sequence, moments }] = await Promise.all([this.#link.askHistory(), loadStyle("past.css")]);
			this.#last = sequence;
			this.#moments = moments;
			this.#before.hidden = this.#after.hidden = !moments.length;
			this.#slider.max = String(this.#last);
			this.#slider.value = this.#slider.max; // after the bound, which cuts a value
			this.#show(true);
			this.#marks.set(moments, sequence);
			this.#slider.focus();
			this.#rest();
			await this.#want(this.#last);
		} catch (error) {
			this.#failed(error);
		}
	}

	close() {
		this.#rest();
		this.#wanted = null;
		if (this.#bar.contains(document.activeElement)) byId("history").focus(); // what had the focus goes
		this.#show(false);
		this.#owner.showPast();
	}

	/** @param {boolean} open */
	#show(open) {
		this.#bar.hidden = !open;
		setAria(byId("history"), "pressed", open);
	}

	#toggle() {
		if (this.#playback.isPlaying) this.#rest();
		else this.#play(this.#slider.valueAsNumber);
	}

	/** @param {number} sequence to begin with */
	#play(sequence) {
		this.#playback.play(sequence, this.#last);
		this.#showState();
		this.#advance();
	}

	#rest() {
		this.#playback.stop();
		this.#showState();
	}

	#showState() {
		const state = this.#playback.isPlaying ? "pause" : "play";
		this.#button.dataset.state = state;
		this.#button.title = text(state);
		this.#label.setAttribute("aria-live", state === "play" ? "polite" : "off"); // each board would be read out
	}

	/** Asks for where the playing has got to by now. */
	#advance() {
		const sequence = this.#playback.advance();
		this.#slider.value = String(sequence);
		if (!this.#playback.isPlaying) this.#rest();
		this.#want(sequence);
	}

	/** @param {-1 | 1} step to the named moment before or after */
	#step(step) {
		if (this.#moments.length) this.#go(nextMoment(this.#moments, this.#slider.valueAsNumber, step, this.#last));
	}

	/** @param {number} sequence */
	#go(sequence) {
		this.#rest();
		this.#slider.value = String(sequence);
		this.#want(sequence);
	}

	/** @param {number} sequence */
	async #want(sequence) {
		this.#wanted = sequence;
		if (this.#asking) return;
		this.#asking = true;
		try {
			while (this.#wanted !== null) {
				const answer = this.#link.askPastBoard(this.#wanted);
				this.#wanted = null;
				const past = await answer;
				if (!this.isOpen) break;
				this.#owner.showPast(past.colours);
				const time = past.timeMs ? moment(past.timeMs) : "–"; // before the first placement there is none
				const named = momentAt(this.#moments, past.sequence);
				const { name = "", sequence = 0 } = named ?? {};
				const place = named && [sequence === past.sequence ? name : text("afterMoment", { name })];
				const count = `${number(past.sequence)} / ${number(this.#last)}`;
				this.#label.value = [time, ...(place ?? []), count].join(" · ");
				this.#marks.show(named);
				setAria(this.#slider, "valuetext", this.#label.value);
				await new Promise(requestAnimationFrame); // the board has been drawn
				if (this.#playback.isPlaying) this.#advance();
			}
		} catch (error) {
			this.close();
			this.#failed(error);
		} finally {
			this.#asking = false;
		}
	}

	/** @param {unknown} error */
	#failed(error) {
		if (!(error instanceof NoAnswer)) throw error;
		this.#owner.answerFailed(error);
	}
}

/**
 * @param {keyof typeof ICONS} key of its words and of its icon
 * @param {() => void} onclick
 */
function iconButton(key, onclick) {
	const button = create("button", { id: key, className: "icon", title: text(key), onclick });
	setAria(button, "label", text(key));
	const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	icon.setAttribute("viewBox", "0 0 24 24");
	const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
	path.setAttribute("d", ICONS[key]);
	icon.append(path);
	button.append(icon);
	return button;
}
