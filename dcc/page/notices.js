// What the page says beside the board: how the link stands, notices, countdowns.

import { byId, create, put } from "./elements.js";
import { isForTheHost, tell } from "./reasons.js";
import { number, text } from "./strings.js";

/** @import { Refusal } from "./codec.js" */
/** @import { Link } from "./link.js" */
/** @import { Painting } from "./painting.js" */
/** @import { Template } from "./template.js" */

const NOTICE_MS = 6000; // enough to read a line twice

/** @type {number | undefined} */
let silence;

/** @param {string} words */
export function say(words) {
	put("notice", words);
	clearTimeout(silence);
	silence = setTimeout(() => put("notice", ""), NOTICE_MS);
}

/** @param {string} words */
const sentence = (words) => words && `${words[0].toUpperCase()}${words.slice(1)}.`;

/** @param {Refusal} refusal of a paint */
export const sayRejected = (refusal) => say(text("rejected", { reason: tell(refusal) }));

/** @param {Refusal | null} refusal of a question; nothing if the connection was lost */
export const sayUnanswered = (refusal) => say(refusal ? sentence(tell(refusal)) : text("noAnswer"));

/**
 * The time that is left: "7 s", and from a minute on "4:07".
 * @param {number} moment in the milliseconds of performance.now()
 */
function left(moment) {
	const seconds = Math.ceil((moment - performance.now()) / 1000);
	return {
		time: seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`,
	};
}

/**
 * Brings what is counted and counted down up to date.
 * @param {Link} link
 * @param {Painting} painting
 * @param {Template} template
 */
export function refresh(link, painting, template) {
	put("left", text("left", { left: number(template.left), total: number(template.total) }));
	byId("banner").hidden = link.state === "online" || !link.failed;
	showWhy(link.refusal, link.replica.cells > 0);
	put("next", link.retryAt ? text("next", left(link.retryAt)) : text("connecting"));
	document.body.classList.toggle("resting", painting.rests);
	put("prompt", painting.rests ? text("wait", left(painting.waitUntil)) : text("palette"));
}

/**
 * Says why there is no connection: what visitors need, and apart from that what the host can do.
 * @param {Refusal | null} refusal
 * @param {boolean} paused whether there is a board, on which drawing has to wait
 */
function showWhy(refusal, paused) {
	const forHost = isForTheHost(refusal);
	const why = refusal ? sentence(tell(refusal)) : "";
	const words = forHost ? text("hostOnly") : why || (paused ? "" : text("noServer"));
	put("lost", paused ? `${text("lost")} ${words}` : words);
	byId("host").hidden = !forHost;
	if (!forHost || byId("fix").textContent === why) return;
	const option = String(refusal?.values.opcion ?? "");
	const parts = option ? why.split(option) : [why];
	byId("fix").replaceChildren(
		...parts.flatMap((part, n) => (n ? [create("code", { textContent: option }), part] : [part])),
	);
}

/** @param {Link} link */
export function showState({ state, failed }) {
	const seen = state === "connecting" && failed ? "away" : state; // as the banner says
	document.body.dataset.link = seen;
	put("state", text(seen));
	byId("users").hidden = seen !== "online";
}
