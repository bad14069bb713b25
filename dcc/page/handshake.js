// Why a WebSocket was refused. A page learns no reason from the WebSocket itself, so the page asks by HTTP.

import { refusal } from "./codec.js";

/** @import { Refusal } from "./codec.js" */

const BEHIND_PROXY = [502, 503, 504]; // the proxy is there, the server is not

/**
 * Makes the question, for the address of a WebSocket.
 * @param {URL} address by http: or https:
 * @returns {() => Promise<Refusal | null>} nothing if no reason is known
 */
export function handshakeQuestion(address) {
	let passed = 0; // answers in turn that the server would take a WebSocket
	return async () => {
		/** @type {Response} */
		let answer;
		try {
			const headers = { Accept: "application/json", "X-Dcc-Origin": location.origin };
			answer = await fetch(address, { cache: "no-store", headers });
		} catch {
			return null; // nobody answers
		}
		const words = await answer.text().then(
			(text) => parse(text),
			() => null,
		);
		passed = answer.ok && words ? passed + 1 : 0;
		if (typeof words?.codigo === "string") return refusal(words, String(words.error));
		if (BEHIND_PROXY.includes(answer.status)) return own("behind", { status: answer.status });
		// The server may have started between handshake and question, but not twice.
		return passed > 1 ? own("noUpgrade") : null;
	};
}

/** @param {string} text */
function parse(text) {
	// A server without room for another connection answers before it has read what the page asks for.
	const full = /^503 Service Unavailable: (.+)/.exec(text);
	if (full) return { codigo: "", error: full[1] };
	try {
		const words = JSON.parse(text);
		return words && typeof words === "object" ? words : null;
	} catch {
		return null;
	}
}

/**
 * A reason found by the page.
 * @param {string} code
 * @param {import("./codec.js").Values} values
 * @returns {Refusal}
 */
const own = (code, values = {}) => ({ reason: "", code, values });
