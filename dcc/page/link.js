// The connection to the server, which comes back by itself and resumes with what is held.

import { REQUEST_PIXELS, decode, encodePaint } from "./codec.js";
import { Replica } from "./replica.js";

// The wait before another attempt, and up to JITTER_MS more, so that not all come back at once.
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
const JITTER_MS = 1000;

const PATIENCE_MS = 30_000; // a connection that owes an answer and brings nothing for so long is given up

export const replica = new Replica();

export const link = {
	state: "connecting", // before the first connection; then "online" while paints are taken, or "away"
	retryAt: null, // when the next attempt is due, as performance.now()
	reason: "", // why the connection ended, in the server's words
};

let owner; // {name(), received(message, cells), linkChanged()}
let socket = null;
let inbox = Promise.resolve(); // messages are taken in their order, also while a board is being unpacked
let attempts = 0;
let request = -1;
const questions = new Map(); // request -> {resolve, reject}
let patience, retry;

export function start(itsOwner) {
	owner = itsOwner;
	connect();
}

export function connect() {
	if (socket) return;
	clearTimeout(retry);
	link.retryAt = null;
	const opened = (socket = new WebSocket(new URL("ws", location.href.replace("http", "ws"))));
	opened.binaryType = "arraybuffer";
	opened.onopen = greet;
	opened.onmessage = ({ data }) => (inbox = inbox.then(() => take(opened, data)));
	opened.onclose = () => lost(opened);
	expect();
	owner.linkChanged();
}

/** Says who this is; once more when the name has changed. */
export function greet() {
	if (socket?.readyState === WebSocket.OPEN) say(replica.hello(owner.name()));
}

/** Paints, only while online. Gives the cells that changed. */
export function send(pixels) {
	const changed = [];
	for (let start = 0; start < pixels.length; start += REQUEST_PIXELS) {
		const part = pixels.slice(start, start + REQUEST_PIXELS);
		socket.send(encodePaint(nextRequest(), part));
		changed.push(...replica.paint(request, part));
	}
	expect();
	return changed;
}

/** Asks about the history (`historia`) or a cell (`autor`). Rejects with the server's reason, or an empty one. */
export function ask(words) {
	return new Promise((resolve, reject) => {
		if (link.state !== "online") return reject(new Error());
		say({ ...words, solicitud: nextRequest() });
		questions.set(request, { resolve, reject });
		expect();
	});
}

function nextRequest() {
	return (request = (request + 1) >>> 0); // unsigned 32 bits
}

function say(words) {
	socket.send(JSON.stringify(words));
}

async function take(from, data) {
	try {
		const message = from === socket && (await decode(data, replica.cells));
		if (message && from === socket) receive(message);
	} catch (error) {
		console.error(error);
		link.reason = error.message;
		lost(from);
	}
}

function receive(message) {
	const question = questions.get(message.request);
	if (question) {
		questions.delete(message.request);
		if (message.kind === "rejected") question.reject(new Error(message.reason));
		else question.resolve(message);
	} else {
		if (message.kind === "closing") link.reason = message.reason ?? link.reason;
		owner.received(message, replica.receive(message));
		if (replica.live && link.state !== "online") {
			Object.assign(link, { state: "online", reason: "" });
			attempts = 0;
			owner.linkChanged();
		}
	}
	expect();
}

/** Starts the patience anew where something is owed. */
function expect() {
	clearTimeout(patience);
	const by = socket;
	if (by && (!replica.live || replica.unanswered || questions.size)) patience = setTimeout(() => lost(by), PATIENCE_MS);
}

function lost(closed) {
	if (closed !== socket) return;
	socket = null;
	expect();
	closed.close();
	if (link.state === "online") link.state = "away";
	owner.received({ kind: "lost" }, replica.disconnected());
	for (const { reject } of questions.values()) reject(new Error());
	questions.clear();
	const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts++) + Math.random() * JITTER_MS;
	link.retryAt = performance.now() + wait;
	retry = setTimeout(connect, wait);
	owner.linkChanged();
}
