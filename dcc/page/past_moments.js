// The named moments of a history: marks over the slider, and the way from one to the next.

import { create } from "./elements.js";

/** @import { NamedMoment } from "./codec.js" */

const THUMB = 16; // CSS pixels: the middle of the slider's thumb never reaches the ends

/**
 * The sequence of the named moment before or after a sequence; the ends of the history count as moments.
 * @param {NamedMoment[]} moments in the order of their sequences
 * @param {number} sequence
 * @param {-1 | 1} step
 * @param {number} last sequence of the history
 */
export function nextMoment(moments, sequence, step, last) {
	const all = [0, ...moments.map((moment) => moment.sequence), last];
	return step > 0 ? (all.find((at) => at > sequence) ?? last) : (all.reverse().find((at) => at < sequence) ?? 0);
}

/**
 * The latest named moment at a sequence or before.
 * @param {NamedMoment[]} moments
 * @param {number} sequence
 */
export const momentAt = (moments, sequence) => moments.filter((moment) => moment.sequence <= sequence).pop();

export class MomentMarks {
	/** Above the slider. For the pointer: with keys, and for screen readers, there are buttons and the slider's text. */
	element = create("div", { id: "marks" });
	/** @type {NamedMoment[]} */
	#moments = [];
	/** @type {(sequence: number) => void} */
	#choose;

	/** @param {(sequence: number) => void} choose */
	constructor(choose) {
		this.#choose = choose;
		this.element.setAttribute("aria-hidden", "true");
		new ResizeObserver(() => requestAnimationFrame(() => this.#thin())).observe(this.element);
	}

	/**
	 * @param {NamedMoment[]} moments
	 * @param {number} last sequence of the history
	 */
	set(moments, last) {
		this.#moments = moments;
		this.element.hidden = !moments.length;
		const marks = moments.map(({ name, sequence }) => {
			const mark = create("span", { title: name, onclick: () => this.#choose(sequence) });
			const part = last ? Math.min(1, sequence / last) : 0;
			mark.style.left = `calc(${THUMB / 2}px + ${part} * (100% - ${THUMB}px))`;
			mark.append(create("bdi", { textContent: name }));
			return mark;
		});
		this.element.replaceChildren(...marks);
		this.#thin();
	}

	/**
	 * Sets the name apart that the shown board has, or comes after.
	 * @param {NamedMoment | undefined} moment
	 */
	show(moment) {
		const place = moment ? this.#moments.indexOf(moment) : -1;
		[...this.element.children].forEach((mark, n) => {
			mark.classList.toggle("shown", n === place);
		});
		this.#thin();
	}

	/** Leaves names out that would cover others: those of the shown moment and of early ones stay. */
	#thin() {
		const { right: end } = this.element.getBoundingClientRect();
		const names = [...this.element.querySelectorAll("bdi")];
		names.sort((one, other) => Number(isShown(other)) - Number(isShown(one)));
		/** @type {DOMRect[]} */
		const kept = [];
		for (const name of names) {
			name.hidden = false;
			name.style.right = "";
			let box = name.getBoundingClientRect();
			if (box.right > end) {
				name.style.right = "0";
				box = name.getBoundingClientRect();
			}
			name.hidden = kept.some(({ left, right }) => box.left < right + 4 && left < box.right + 4);
			if (!name.hidden) kept.push(box);
		}
	}
}

/** @param {Element} name */
const isShown = (name) => name.parentElement?.classList.contains("shown");
