// Chance that can be had again: the seed is in the name of each test that uses it, and DCC_SEED sets the seed.

export const SEED = Number(process.env.DCC_SEED ?? Math.floor(Math.random() * 2 ** 32));

/**
 * Numbers from 0 up to a limit, without it (Mulberry32).
 * @param {number} seed
 */
export function chance(seed = SEED) {
	let state = seed >>> 0;
	return (/** @type {number} */ limit) => {
		state = (state + 0x6d2b79f5) >>> 0;
		let bits = Math.imul(state ^ (state >>> 15), state | 1);
		bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
		return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * limit);
	};
}
