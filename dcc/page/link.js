// The connection to the server. A lost connection is made again, and resumes with the board that the page holds.

import { decode, encodePaint } from "./codec.js";
import { RECONNECT_FIRST_SECONDS, RECONNECT_LONGEST_SECONDS, REQUEST_PIXELS } from "./limits.js";
import { Replica } from "./replica.js";

/** @import { Acknowledged, Answer, Author, History, News, PastBoard, Pixel, Refusal, Rejected, Words } from "./codec.js" */

const JITTER_MS = 1000; // added to each wait at random, so that not all pages come back at once
const PATIENCE_MS = 30_000; // a connection that owes an answer and brings nothing for so long is given up
const QUIET_MS = 90_000; // the same for a connection that owes nothing: a server says something every 30 s
const SLOWEST_BYTES_A_MS = 32; // a page sees nothing of a message before all of it is here, so a board gets more time
const CHECK_MS = 5000; // the same after a sleep, which few connections outlive

/** The code of a paint above the server's rate of pixels. */
const TOO_FAST = "demasiado-rapido";

/** The refusal for a message beyond the page's understanding. */
const UNREADABLE = { reason: "", code: "unreadable", values: {} };

/** Why a question has no answer: a refusal of the server, or nothing if the connection was lost. */
export class NoAnswer extends Error {
	/** @param {Refusal | null} refusal */
	constructor(refusal) {
		super(refusal?.reason);
		this.refusal = refusal;
	}
}

/**
 * Hears from the link: `received` a message, with the cells changed by the message (null for any); `lost` the connection,
 * with the cells whose paints were taken back; `changed` one of `state`, `retryAt`, `refusal`.
 * @typedef {object} Owner
 * @property {() => string} name
 * @property {() => Words} proof the words of the greeting that prove who this is
 * @property {(message: News, cells: number[] | null) => void} received
 * @property {(cells: number[]) => void} lost
 * @property {() => void} changed
 */
/**
 * @typedef {object} Outside
 * @property {() => WebSocket} open
 * @property {() => Promise<Refusal | null>} why the server takes no WebSocket, if known
 * @property {() => number} now in milliseconds
 * @property {(deed: () => void, ms: number) => number} setTimeout
 * @property {(timer: number | undefined) => void} clearTimeout
 * @property {() => number} random from 0 to 1
 */

/** @typedef {(pixels: Pixel[]) => void} Failed hears of a request that was refused, or lost with the connection */
/**
 * A request to paint. A part of a larger paint is `alone` on the way. A `patient` request, which is such a part or had to
 * wait, is sent again if it is above the server's rate.
 * @typedef {{ request: number, pixels: Pixel[], alone: boolean, patient: boolean, failed: Failed }} Paint
 */

/**
 * Whether a message is more than the answer to a question.
 * @param {News | Answer} message
 * @returns {message is News}
 */
const isNews = (message) =>
	![
		"history",
		"pastBoard",
		"heatMap",
		"paintersMap",
		"author",
		"done",
		"preview",
		"people",
		"actionLog",
		"sharedTemplate",
	].includes(message.kind);

export class Link {
	replica = new Replica();
	/** @type {"connecting" | "online" | "away"} connecting before the first board; online while paints are taken */
	state = "connecting";
	/** @type {number | null} when the next attempt is due */
	retryAt = null;
	/** Whether the last connection, or the last attempt at one, has come to an end. */
	failed = false;
	/** @type {Refusal | null} why the connection ended */
	refusal = null;

	/** @type {Owner} */
	#owner;
	/** @type {Outside} */
	#outside;
	/** @type {WebSocket | null} */
	#socket = null;
	#inbox = Promise.resolve(); // messages are taken in their order, also while a board is being unpacked
	#attempts = 0;
	#checking = false; // whether the connection has been asked for a sign of life
	#explained = false; // whether the refusal is the answer to a question why
	#request = -1;
	/** @type {Paint[]} not sent yet, in order */
	#waiting = [];
	/** @type {Map<number, Paint>} sent, without an answer */
	#sent = new Map();
	/** @type {number | undefined} until the rate allows the next paint */
	#pause;
	/** @type {Map<number, { resolve: (answer: any) => void, reject: (why: NoAnswer) => void }>} */
	#questions = new Map();
	/** @type {{ solicitud: number }[]} without an answer: the first is on the wire, the others wait */
	#turns = [];
	/** @type {number | undefined} */
	#patience;
	/** @type {number | undefined} */
	#retry;

	/**
	 * @param {Owner} owner
	 * @param {Outside} outside
	 */
	constructor(owner, outside) {
		this.#owner = owner;
		this.#outside = outside;
	}

	/** Whether there is no connection, and none is going to be made. */
	get isStopped() {
		return this.#socket === null && this.retryAt === null;
	}

	/** Connects at once, unless there is a connection. */
	connect() {
		if (this.#socket) return;
		this.#outside.clearTimeout(this.#retry);
		this.retryAt = null;
		const socket = this.#outside.open();
		let opened = false;
		this.#socket = socket;
		socket.binaryType = "arraybuffer";
		socket.onopen = () => {
			opened = true;
			this.greet();
		};
		socket.onmessage = ({ data }) => {
			this.#inbox = this.#inbox.then(() => this.#take(socket, data));
		};
		socket.onclose = () => {
			if (!opened && socket === this.#socket) this.#explain();
			this.#lost(socket);
		};
		this.#expect();
		this.#owner.changed();
	}

	/**
	 * Makes sure of the connection, for instance after a sleep: a server that stays silent is soon given up. Connects at
	 * once if there is no connection.
	 */
	check() {
		this.#attempts = 0;
		if (this.isStopped) return;
		if (!this.#socket) return this.connect();
		if (this.#socket.readyState === 1 && !this.replica.live) return; // a board is on its way, which may take long
		this.#checking = true;
		this.greet(); // the welcome is the sign of life
		this.#expect();
	}

	/** Ends the connection, and makes no other by itself. */
	leave() {
		if (this.#socket) this.#lost(this.#socket);
		this.#outside.clearTimeout(this.#retry);
		this.retryAt = null;
		this.#owner.changed();
	}

	async #explain() {
		const refusal = await this.#outside.why();
		if (this.state === "online" || (!refusal && !this.#explained)) return;
		this.refusal = refusal;
		this.#explained = refusal !== null;
		this.#owner.changed();
	}

	/** Greets the server; again after a change of the name. */
	greet() {
		if (this.#socket?.readyState === 1)
			this.#say({ ...this.replica.hello(this.#owner.name()), ...this.#owner.proof() });
	}

	/**
	 * Paints, only while online. All pixels are shown at once, and at most REQUEST_PIXELS are on the way: after 13,107 at
	 * once the server of a small board would send the whole board, and whose pixels are on it nobody could tell.
	 * @param {Pixel[]} pixels
	 * @param {Failed} failed
	 * @returns the changed cells
	 */
	paint(pixels, failed = () => {}) {
		const changed = [];
		const alone = pixels.length > REQUEST_PIXELS;
		for (let start = 0; start < pixels.length; start += REQUEST_PIXELS) {
			const part = pixels.slice(start, start + REQUEST_PIXELS);
			const request = this.#nextRequest();
			this.#waiting.push({ request, pixels: part, alone, patient: alone, failed });
			changed.push(...this.replica.paint(request, part));
		}
		this.#send();
		for (const waiting of this.#waiting) waiting.patient = true;
		return changed;
	}

	#send() {
		while (this.#pause === undefined && this.#waiting.length && this.#hasRoom(this.#waiting[0])) {
			const next = /** @type {Paint} */ (this.#waiting.shift());
			this.#sent.set(next.request, next);
			this.#socket?.send(encodePaint(next.request, next.pixels));
		}
		this.#expect();
	}

	/** @param {Paint} next */
	#hasRoom(next) {
		const sent = [...this.#sent.values()];
		const count = sent.reduce((sum, { pixels }) => sum + pixels.length, next.pixels.length);
		return !sent.length || (count <= REQUEST_PIXELS && !next.alone && !sent[0].alone);
	}

	/**
	 * @param {Paint} early
	 * @param {number} ms
	 */
	#sendLater(early, ms) {
		this.#waiting.push(early);
		this.#waiting.sort((one, other) => one.request - other.request);
		this.#outside.clearTimeout(this.#pause);
		this.#pause = this.#outside.setTimeout(() => {
			this.#pause = undefined;
			this.#send();
		}, ms);
	}

	/** @returns {Promise<History>} how far back the board goes; rejects with NoAnswer, as do the others */
	askHistory() {
		return this.ask({ comando: "historia" });
	}

	/**
	 * @param {number} secuencia
	 * @returns {Promise<PastBoard>}
	 */
	askPastBoard(secuencia) {
		return this.ask({ comando: "historia", secuencia });
	}

	/**
	 * @param {number} columna
	 * @param {number} fila
	 * @returns {Promise<Author>}
	 */
	askAuthor(columna, fila) {
		return this.ask({ comando: "autor", columna, fila });
	}

	/**
	 * Asks, or does an action. Servers answer one question at a time, and refuse others meanwhile: a question waits until
	 * those before are answered. An action does not wait.
	 * @param {Words} words
	 * @returns {Promise<any>} the answer
	 */
	ask(words) {
		return new Promise((resolve, reject) => {
			if (this.state !== "online") return reject(new NoAnswer(null));
			const solicitud = this.#nextRequest();
			const question = { ...words, solicitud };
			this.#questions.set(solicitud, { resolve, reject });
			if (words.comando === "accion" || this.#turns.push(question) === 1) this.#say(question);
			this.#expect();
		});
	}

	#nextRequest() {
		this.#request = (this.#request + 1) >>> 0; // unsigned 32 bits
		return this.#request;
	}

	/** @param {object} words */
	#say(words) {
		this.#socket?.send(JSON.stringify(words));
	}

	/**
	 * @param {WebSocket} from
	 * @param {string | ArrayBuffer} data
	 */
	async #take(from, data) {
		try {
			const message = from === this.#socket && (await decode(data, this.replica.cells));
			if (message && from === this.#socket) this.#receive(message);
		} catch (error) {
			if (from !== this.#socket) return;
			console.warn(error);
			this.refusal = UNREADABLE;
			this.#lost(from);
		}
	}

	/** @param {News | Answer} message */
	#receive(message) {
		const question = "request" in message && this.#questions.get(message.request);
		if (question) {
			this.#questions.delete(message.request);
			if (this.#turns[0]?.solicitud === message.request) {
				this.#turns.shift();
				if (this.#turns.length) this.#say(this.#turns[0]);
			}
			if (message.kind === "rejected") question.reject(new NoAnswer(message));
			else question.resolve(message);
		} else if (isNews(message)) {
			if (message.kind === "closing" && message.reason) {
				this.refusal = message;
				this.#explained = false;
			}
			if (message.kind === "welcome") this.#checking = false;
			if (message.kind === "acknowledged" || message.kind === "rejected") this.#answered(message);
			else this.#owner.received(message, this.replica.apply(message));
			if (this.replica.live && this.state !== "online") {
				this.state = "online";
				this.refusal = null;
				this.failed = false;
				this.#attempts = 0;
				this.#owner.changed();
			}
		}
		this.#expect();
	}

	/** @param {Acknowledged | Rejected} message */
	#answered(message) {
		const paint = this.#sent.get(message.request);
		this.#sent.delete(message.request);
		const refused = message.kind === "rejected" ? message : null;
		if (paint?.patient && refused?.code === TOO_FAST && refused.retryMs !== null) {
			return this.#sendLater(paint, refused.retryMs);
		}
		const cells = this.replica.apply(message);
		if (refused) paint?.failed(paint.pixels);
		this.#owner.received(message, cells);
		this.#send();
	}

	/** Starts the patience anew. */
	#expect() {
		this.#outside.clearTimeout(this.#patience);
		const socket = this.#socket;
		if (!socket) return;
		const { live, cells } = this.replica;
		const quiet = live && !this.#sent.size && !this.#questions.size;
		// A cell takes a byte at most.
		const patience = (quiet ? QUIET_MS : PATIENCE_MS) + Math.floor(cells / SLOWEST_BYTES_A_MS);
		this.#patience = this.#outside.setTimeout(() => this.#lost(socket), this.#checking ? CHECK_MS : patience);
	}

	/** @param {WebSocket} closed */
	#lost(closed) {
		if (closed !== this.#socket) return;
		this.#socket = null;
		this.#checking = false;
		this.failed = true;
		this.#expect();
		closed.close();
		if (this.state === "online") this.state = "away";
		const lost = [...this.#sent.values(), ...this.#waiting];
		this.#outside.clearTimeout(this.#pause);
		this.#pause = undefined;
		this.#waiting = [];
		this.#sent.clear();
		const cells = this.replica.disconnected();
		for (const { pixels, failed } of lost) failed(pixels);
		this.#owner.lost(cells);
		for (const { reject } of this.#questions.values()) reject(new NoAnswer(null));
		this.#questions.clear();
		this.#turns.length = 0;
		const seconds = Math.min(RECONNECT_LONGEST_SECONDS, RECONNECT_FIRST_SECONDS * 2 ** this.#attempts++);
		const wait = seconds * 1000 + this.#outside.random() * JITTER_MS;
		this.retryAt = this.#outside.now() + wait;
		this.#retry = this.#outside.setTimeout(() => this.connect(), wait);
		this.#owner.changed();
	}
}
