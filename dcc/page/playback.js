// Where the playing of a history has got to: a time line over placements, at several speeds, in a loop or not.

const PLAY_MS = 20_000; // for all of a long history at speed 1: long enough to follow, short enough to watch
const LEAST_RATE = 25 / 1000; // placements a millisecond: a short history is over sooner

/** Times the usual speed. */
export const SPEEDS = [0.25, 0.5, 1, 2, 4];

export class Playback {
	/** Whether the end is followed by the beginning. */
	loops = false;

	#now;
	#speed = 1;
	#last = 0;
	#start = 0;
	/** @type {number | null} in milliseconds; nothing while it rests */
	#since = null;

	/** @param {() => number} now in milliseconds */
	constructor(now) {
		this.#now = now;
	}

	get isPlaying() {
		return this.#since !== null;
	}

	get speed() {
		return this.#speed;
	}

	/** Goes on from the same place at another speed. */
	set speed(speed) {
		if (this.isPlaying) this.play(this.#at(), this.#last);
		this.#speed = speed;
	}

	/**
	 * Plays, from the beginning if the place is the end.
	 * @param {number} start the sequence to begin with
	 * @param {number} last the last sequence
	 */
	play(start, last) {
		this.#last = last;
		this.#start = start < last ? start : 0;
		this.#since = this.#now();
	}

	stop() {
		this.#since = null;
	}

	#at() {
		const passed = this.#now() - /** @type {number} */ (this.#since);
		return this.#start + Math.floor(passed * this.#speed * Math.max(LEAST_RATE, this.#last / PLAY_MS));
	}

	/** The sequence to show now, while it plays. The end is always shown, and stops a playing without a loop. */
	advance() {
		const sequence = Math.min(this.#at(), this.#last);
		if (sequence === this.#last) {
			if (this.loops) this.play(0, this.#last);
			else this.stop();
		}
		return sequence;
	}
}
