// The canvas's whole life: a slider over the history, and a play button.

import { byId, inputById, setAria } from "./elements.js";
import { NoAnswer } from "./link.js";
import { moment, number, text } from "./strings.js";

/** @import { Link } from "./link.js" */

const PLAY_MS = 20_000; // for all of the history

/**
 * @typedef {object} Owner
 * @property {(colours?: Uint8Array) => void} showPast without colours the history is closed
 * @property {(error: NoAnswer) => void} answerFailed
 */

export class Past {
	#bar = byId("past");
	#slider = inputById("moment");
	#button = byId("play");
	#label = /** @type {HTMLOutputElement} */ (byId("when"));
	/** @type {Link} */
	#link;
	/** @type {Owner} */
	#owner;
	#last = 0;
	/** @type {number | null} the sequence to ask for next */
	#wanted = null;
	#asking = false;
	/** @type {{ start: number, since: number } | null} from a sequence, in ms */
	#playing = null;

	/**
	 * @param {Link} link
	 * @param {Owner} owner
	 */
	constructor(link, owner) {
		this.#link = link;
		this.#owner = owner;
		this.#slider.oninput = () => {
			this.#play(null);
			this.#want(this.#slider.valueAsNumber);
		};
		this.#button.onclick = () => {
			const at = this.#slider.valueAsNumber;
			this.#play(this.#playing ? null : { start: at < this.#last ? at : 0, since: performance.now() });
		};
	}

	get isOpen() {
		return !this.#bar.hidden;
	}

	async open() {
		try {
			this.#last = (await this.#link.askHistory()).sequence;
			this.#slider.max = String(this.#last);
			this.#slider.value = this.#slider.max; // after the bound, which cuts a value
			this.#show(true);
			this.#slider.focus();
			this.#play(null);
			await this.#want(this.#last);
		} catch (error) {
			this.#failed(error);
		}
	}

	close() {
		this.#play(null);
		this.#wanted = null;
		this.#show(false);
		this.#owner.showPast();
	}

	/** @param {boolean} open */
	#show(open) {
		this.#bar.hidden = !open;
		setAria(byId("history"), "pressed", open);
	}

	/** @param {{ start: number, since: number } | null} how */
	#play(how) {
		this.#playing = how;
		const state = how ? "pause" : "play";
		this.#button.dataset.state = state;
		this.#button.title = text(state);
		if (how) this.#advance(how);
	}

	/**
	 * Asks for where the playing has got to by now.
	 * @param {{ start: number, since: number }} playing
	 */
	#advance({ start, since }) {
		const sequence = Math.floor(start + ((performance.now() - since) / PLAY_MS) * this.#last);
		this.#slider.value = String(sequence);
		if (sequence >= this.#last) this.#play(null);
		this.#want(Math.min(sequence, this.#last));
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
				this.#label.value = `${time} · ${number(past.sequence)} / ${number(this.#last)}`;
				setAria(this.#slider, "valuetext", this.#label.value);
				await new Promise(requestAnimationFrame); // the board has been drawn
				if (this.#playing) this.#advance(this.#playing);
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
