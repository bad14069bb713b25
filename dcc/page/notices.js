// What the page says beside the board: how the link stands, notices, countdowns.

import { byId, create, put } from "./elements.js";
import { isForTheHost, isOfKey, tell } from "./reasons.js";
import { number, text } from "./strings.js";

/** @import { Refusal } from "./codec.js" */
/** @import { Link } from "./link.js" */
/** @import { Painting } from "./painting.js" */
/** @import { Rights } from "./rights.js" */

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

/**
 * @param {Refusal} refusal of some cells of a paint
 * @param {number} count
 */
export const sayLeftOut = (refusal, count) =>
	say(text(count === 1 ? "leftOutOne" : "leftOut", { count: number(count), reason: tell(refusal) }));

/** @param {Refusal | null} refusal of a question; nothing if the connection was lost */
export const sayUnanswered = (refusal) => say(refusal ? sentence(tell(refusal)) : text("noAnswer"));

/**
 * The time that is left: "7 s", and from a minute on "4:07".
 * @param {number} moment in the milliseconds of performance.now()
 */
export function left(moment) {
	const seconds = Math.ceil((moment - performance.now()) / 1000);
	return {
		time: seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`,
	};
}

/**
 * Brings what is counted and counted down up to date.
 * @param {Link} link
 * @param {Painting} painting
 * @param {Rights} rights
 */
export function refresh(link, painting, { isFrozen }) {
	byId("banner").hidden = link.state === "online" || !link.failed;
	showWhy(link.refusal, link.replica.cells > 0 && !link.isStopped);
	put("next", link.retryAt ? text("next", left(link.retryAt)) : link.isStopped ? "" : text("connecting"));
	document.body.classList.toggle("resting", painting.rests || isFrozen);
	const calm = text(isFrozen ? "icy" : "palette");
	put("prompt", painting.rests ? text("wait", left(painting.waitUntil)) : calm);
	showCharges(painting);
}

/** @param {Painting} painting */
function showCharges({ most, gathered, part, waitUntil, hasCooldown }) {
	byId("chip").classList.toggle("waits", hasCooldown);
	byId("ring").setAttribute("stroke-dasharray", `${Math.round(part * 100)} 100`);
	const gather = most > 1 && hasCooldown;
	byId("charges").hidden = !gather;
	if (!gather) return;
	const charges = Math.max(0, Math.floor(gathered));
	const counts = { charges: number(charges), most: number(most), ...left(waitUntil) };
	put("count", `${counts.charges}/${counts.most}`);
	byId("charges").title = text("gathered", counts);
}

/**
 * Shows the name, the rights of this page, and the announcement.
 * @param {Rights} rights
 */
export function showRights({ name, onlyWatches, needsCode, mayModerate, rules }) {
	put("me", name);
	byId("nameless").hidden = name !== "";
	document.body.classList.toggle("watching", onlyWatches);
	put("reason", text(needsCode ? "watchingCode" : "watchingKeys"));
	byId("sayCode").hidden = !needsCode;
	byId("moderate").hidden = !mayModerate;
	byId("band").hidden = !rules.isFrozen && !rules.announcement;
	byId("frozen").hidden = !rules.isFrozen;
	const announcement = byId("announcement");
	announcement.hidden = !rules.announcement;
	const words = /** @type {HTMLElement} */ (announcement.firstElementChild);
	if (words.textContent !== rules.announcement) words.textContent = rules.announcement;
}

/** @type {Record<string, string>} */
const headings = {
	"clave-desconocida": "keyRefused",
	"clave-caducada": "keyRefused",
	expulsado: "turnedAway",
	"expulsado-hasta": "turnedAway",
};

/**
 * Says why there is no connection: what visitors need, and apart from that what the host can do.
 * @param {Refusal | null} refusal
 * @param {boolean} paused whether there is a board, on which drawing has to wait
 */
function showWhy(refusal, paused) {
	const forHost = isForTheHost(refusal);
	put("heading", text(headings[refusal?.code ?? ""] ?? "unreached"));
	put("retry", text(refusal && isOfKey(refusal) ? "withoutKey" : "retry"));
	const why = refusal ? sentence(tell(refusal)) : "";
	const words = forHost ? text("hostOnly") : why || (paused ? "" : text("noServer"));
	const isScreen = document.documentElement.classList.contains("view-only"); // where nobody draws
	const lost = isScreen ? `${text("away")}.` : text("lost");
	put("lost", paused ? `${lost} ${words}` : words);
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
