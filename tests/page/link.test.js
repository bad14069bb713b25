// The connection to the server: on a fake socket and a fake clock.

import assert from "node:assert/strict";
import test from "node:test";

import { Link, NoAnswer } from "../../dcc/page/link.js";

const WELCOME = {
	comando: "bienvenida",
	version: 2,
	id: 1,
	lienzo: "5f",
	ancho: 2,
	alto: 1,
	paleta: [
		["white", "#ffffff"],
		["black", "#000000"],
	],
	secuencia: 0,
};
const bytes = (...numbers) => new Uint8Array(numbers.flat()).buffer;
const u32 = (value) => [value, 0, 0, 0];
const u64 = (value) => [value, 0, 0, 0, 0, 0, 0, 0];
const BOARD = bytes(1, u64(0), 0, [0, 0]);

class FakeSocket {
	readyState = 0;
	sent = [];
	closed = false;

	send(data) {
		this.sent.push(typeof data === "string" ? JSON.parse(data) : [...new Uint8Array(data)]);
	}

	close() {
		this.closed = true;
	}

	open() {
		this.readyState = 1;
		this.onopen();
	}

	/** Brings messages, and waits until the link has taken all. */
	async bring(...messages) {
		for (const message of messages) {
			this.onmessage({ data: message instanceof ArrayBuffer ? message : JSON.stringify(message) });
		}
		await new Promise((resolve) => setImmediate(() => setImmediate(() => setTimeout(resolve))));
	}
}

/** A link with a log of calls to the owner, on a clock moved by the test. */
class Room {
	time = 0;
	random = 0;
	sockets = [];
	told = [];
	name = "Ada";
	proof = {};
	reason = null; // for which the server takes no WebSocket
	asked = 0;
	#timers = new Map();

	constructor() {
		this.link = new Link(
			{
				name: () => this.name,
				proof: () => this.proof,
				received: ({ kind }, cells) => this.told.push([kind, cells]),
				lost: (cells) => this.told.push(["lost", cells]),
				changed: () => this.told.push(this.link.state),
			},
			{
				open: () => {
					this.sockets.push(new FakeSocket());
					return this.socket;
				},
				why: async () => {
					this.asked++;
					return this.reason;
				},
				now: () => this.time,
				setTimeout: (deed, ms) => {
					const timer = Symbol("timer");
					this.#timers.set(timer, { at: this.time + ms, deed });
					return timer;
				},
				clearTimeout: (timer) => this.#timers.delete(timer),
				random: () => this.random,
			},
		);
		this.link.connect();
	}

	get socket() {
		return this.sockets.at(-1);
	}

	get pending() {
		return this.#timers.size;
	}

	/** Lets time pass, and calls the timers that are due. */
	pass(ms) {
		this.time += ms;
		for (const [timer, { at, deed }] of this.#timers) {
			if (at <= this.time && this.#timers.delete(timer)) deed();
		}
	}

	async join() {
		this.socket.open();
		await this.socket.bring(WELCOME, BOARD);
		this.told = [];
	}
}

async function joined() {
	const room = new Room();
	await room.join();
	return room;
}

test("the link greets, and is online once the board is live", async () => {
	const room = new Room();
	assert.deepEqual([room.link.state, room.socket.binaryType], ["connecting", "arraybuffer"]);
	room.socket.open();
	assert.deepEqual(room.socket.sent, [{ comando: "nuevo", version: 2, nombre: "Ada" }]);
	await room.socket.bring(WELCOME);
	assert.equal(room.link.state, "connecting");
	await room.socket.bring(BOARD);
	assert.equal(room.link.state, "online");
	assert.deepEqual(room.told, ["connecting", ["welcome", null], ["wholeBoard", null], "online"]);
	assert.equal(room.pending, 1); // the wait for a sign of life
});

test("a new name is told to the server while there is a connection", async () => {
	const room = await joined();
	room.name = "Bea";
	room.link.greet();
	assert.deepEqual(room.socket.sent.at(-1), { comando: "nuevo", version: 2, lienzo: "5f", desde: 0, nombre: "Bea" });
	room.socket.onclose();
	room.link.greet();
	assert.equal(room.socket.sent.length, 2);
});

test("a lost connection is made again with the board that is held", async () => {
	const room = await joined();
	await room.socket.bring(bytes(2, u64(3), u32(1), 1));
	room.socket.onclose();
	assert.equal(room.link.state, "away");
	room.pass(500);
	assert.equal(room.sockets.length, 2);
	room.socket.open();
	assert.deepEqual(room.socket.sent[0], { comando: "nuevo", version: 2, lienzo: "5f", desde: 3, nombre: "Ada" });
	await room.socket.bring({ ...WELCOME, secuencia: 3 });
	assert.equal(room.link.state, "away");
	await room.socket.bring(bytes(2, u64(3)));
	assert.equal(room.link.state, "online");
	assert.deepEqual([...room.link.replica.shown], [0, 1]);
});

test("the waits double up to ten seconds, and begin anew after a success", async () => {
	const room = new Room();
	const waits = [];
	for (let attempt = 0; attempt < 8; attempt++) {
		room.socket.onclose();
		waits.push(room.link.retryAt - room.time);
		room.pass(waits.at(-1) - 1);
		assert.equal(room.sockets.length, attempt + 1);
		room.pass(1);
		assert.equal(room.sockets.length, attempt + 2);
		assert.equal(room.link.retryAt, null);
	}
	assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
	await room.join();
	room.socket.onclose();
	assert.equal(room.link.retryAt - room.time, 500);
});

test("a server that takes the connection and sends it away again is asked less and less often", async () => {
	const room = new Room();
	for (const wait of [500, 1000, 2000]) {
		room.socket.open();
		await room.socket.bring({ cerrar: true, error: "full" });
		room.socket.onclose();
		assert.equal(room.link.retryAt - room.time, wait);
		room.pass(wait);
	}
});

test("up to a second of chance is added to each wait", () => {
	const room = new Room();
	room.random = 0.75;
	room.socket.onclose();
	assert.equal(room.link.retryAt, 1250);
});

test("trying now takes the place of the attempt that is due", () => {
	const room = new Room();
	room.socket.onclose();
	room.link.connect();
	room.link.connect();
	assert.equal(room.sockets.length, 2);
	room.pass(10_000);
	assert.equal(room.sockets.length, 2);
});

test("the server's reason is kept until the link is online again", async () => {
	const room = await joined();
	const refusal = { reason: "lleno", code: "lleno", values: { clientes: 2 } };
	await room.socket.bring(
		{ comando: "error", error: "lleno", codigo: "lleno", valores: { clientes: 2 } },
		{ cerrar: true },
	);
	room.socket.onclose();
	assert.deepEqual(room.link.refusal, { kind: "closing", ...refusal });
	room.link.connect();
	await room.join();
	assert.equal(room.link.refusal, null);
});

for (const [what, message] of Object.entries({
	"no message": bytes(99),
	"a board that is cut short": bytes(1, u64(1), 0, [0]),
	"a colour beyond the palette": bytes(1, u64(1), 0, [0, 2]),
	"changes of a cell beyond the board": bytes(2, u64(1), u32(2), 1),
})) {
	test(`${what} ends the connection with a reason of the page's own`, async (context) => {
		context.mock.method(console, "warn", () => {});
		const room = await joined();
		const { socket } = room;
		await socket.bring(message, { comando: "usuarios", conectados: 3 });
		assert.equal(socket.closed, true);
		assert.deepEqual([room.link.state, room.link.refusal.code], ["away", "unreadable"]);
		assert.deepEqual(room.told, [["lost", []], "away"]);
		assert.equal(console.warn.mock.callCount(), 1);
	});
}

test("a message of an earlier connection is not taken", async () => {
	const room = await joined();
	const [old] = room.sockets;
	old.onclose();
	room.told = [];
	await old.bring({ comando: "usuarios", conectados: 3 });
	old.onclose();
	assert.deepEqual(room.told, []);
});

const pixels = (count) => Array.from({ length: count }, (_, n) => [n % 2, 1]);
const acknowledged = (request) => bytes(4, u32(request), u64(1));
const rejected = (solicitud, codigo, espera_ms) => ({
	comando: "rechazado",
	solicitud,
	motivo: "no",
	codigo,
	pixeles: [],
	...(espera_ms !== undefined && { espera_ms }),
});
const tooFast = (request, ms) => rejected(request, "demasiado-rapido", ms);
/** The numbers of the sent requests, and how many pixels each has. */
const sentBy = ({ socket }) =>
	socket.sent.filter(Array.isArray).map(({ 1: request, length }) => [request, (length - 5) / 5]);

test("paints go out in requests of at most 8192 pixels, each after the answer to the last, and are shown at once", async () => {
	const room = await joined();
	const changed = room.link.paint(pixels(8193));
	assert.deepEqual(changed, [0, 1]);
	assert.deepEqual([room.link.replica.unanswered, room.socket.sent.length], [2, 2]);
	assert.deepEqual(room.socket.sent[1].slice(0, 10), [3, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
	assert.equal(room.socket.sent[1].length, 5 + 8192 * 5);
	await room.socket.bring(acknowledged(0));
	assert.deepEqual(room.socket.sent[2], [3, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
	assert.equal(room.link.replica.unanswered, 1);
});

test("what is painted behind a large paint waits, and then goes out together", async () => {
	const room = await joined();
	room.link.paint(pixels(10_000));
	room.link.paint(pixels(1));
	room.link.paint(pixels(2));
	await room.socket.bring(acknowledged(0));
	assert.deepEqual(sentBy(room).slice(1), [[1, 10_000 - 8192]]);
	await room.socket.bring(acknowledged(1));
	assert.deepEqual(sentBy(room).slice(2), [
		[2, 1],
		[3, 2],
	]);
});

test("small paints go out at once, as long as no more than 8192 pixels have no answer", async () => {
	const room = await joined();
	for (const count of [4096, 4095, 1, 1]) room.link.paint(pixels(count));
	assert.equal(sentBy(room).length, 3);
	await room.socket.bring(acknowledged(0));
	assert.equal(sentBy(room).length, 4);
});

test("a part of a large paint that is too fast is sent again when the server says, and nobody hears of it", async () => {
	const room = await joined();
	room.link.paint(pixels(8193));
	room.link.paint(pixels(2));
	await room.socket.bring(acknowledged(0));
	room.told = [];
	await room.socket.bring(tooFast(1, 700));
	room.pass(699);
	assert.deepEqual([sentBy(room).length, room.told, [...room.link.replica.shown]], [2, [], [1, 1]]);
	room.pass(1);
	assert.deepEqual(sentBy(room).slice(2), [[1, 1]]);
	await room.socket.bring(acknowledged(1), tooFast(2, 300));
	room.pass(300);
	assert.deepEqual(sentBy(room).slice(3), [
		[2, 2],
		[2, 2],
	]);
	await room.socket.bring(acknowledged(2));
	assert.deepEqual([room.link.replica.unanswered, room.pending], [0, 1]);
});

test("requests that wait go out in their order after several were too fast", async () => {
	const room = await joined();
	room.link.paint(pixels(8193));
	for (const count of [2, 3]) room.link.paint(pixels(count));
	await room.socket.bring(acknowledged(0), acknowledged(1), tooFast(2, 100), tooFast(3, 200));
	room.link.paint(pixels(4));
	room.pass(100);
	assert.equal(sentBy(room).length, 4);
	room.pass(100);
	assert.deepEqual(sentBy(room).slice(4), [
		[2, 2],
		[3, 3],
		[4, 4],
	]);
});

test("a paint of one request that is too fast is told", async () => {
	const room = await joined();
	const failed = [];
	room.link.paint(pixels(2), (refused) => failed.push(refused));
	room.told = [];
	await room.socket.bring(tooFast(0, 700));
	assert.deepEqual(room.told, [["rejected", [0, 1]]]);
	assert.deepEqual(failed, [pixels(2)]);
	room.pass(700);
	assert.equal(sentBy(room).length, 1);
});

test("a part of a large paint that is refused for good is told, and the next part goes out", async () => {
	const room = await joined();
	const failed = [];
	room.link.paint(pixels(8193), (refused) => failed.push(refused.length));
	await room.socket.bring(rejected(0, "congelado"));
	assert.deepEqual([failed, sentBy(room).length], [[8192], 2]);
	assert.deepEqual(room.told, [["rejected", [1]]]);
	await room.socket.bring(rejected(1, "demasiado-rapido"));
	assert.deepEqual(failed, [8192, 1]); // a server that does not say when
});

test("a lost connection drops what waits, and whoever painted hears of each request", async () => {
	const room = await joined();
	const failed = [];
	const paint = (count) => room.link.paint(pixels(count), (lost) => failed.push(lost.length));
	paint(8193);
	paint(2);
	await room.socket.bring(tooFast(0, 20_000));
	room.socket.onclose();
	assert.deepEqual(failed, [8192, 1, 2]);
	assert.deepEqual(room.told, [["lost", [0, 1]], "away"]);
	room.pass(500);
	await room.join();
	room.pass(20_000);
	assert.deepEqual([sentBy(room), [...room.link.replica.shown]], [[], [0, 0]]);
});

test("a server that is waited for owes nothing", async () => {
	const room = await joined();
	room.link.paint(pixels(8193));
	await room.socket.bring(tooFast(0, 60_000));
	room.pass(59_999);
	assert.equal(room.link.state, "online");
	room.pass(1);
	assert.equal(sentBy(room).length, 2);
	room.pass(30_000);
	assert.equal(room.link.state, "away");
});

test("a lost connection takes back the paints that were not answered", async () => {
	const room = await joined();
	room.link.paint([[1, 1]]);
	room.socket.onclose();
	assert.deepEqual(room.told, [["lost", [1]], "away"]);
});

test("a question is answered, or rejected with the server's reason", async () => {
	const room = await joined();
	const history = room.link.askHistory();
	assert.deepEqual(room.socket.sent.at(-1), { comando: "historia", solicitud: 0 });
	await room.socket.bring({ comando: "historia", solicitud: 0, secuencia: 30, desde_ms: null, hasta_ms: null });
	assert.equal((await history).sequence, 30);
	const past = room.link.askPastBoard(7);
	assert.deepEqual(room.socket.sent.at(-1), { comando: "historia", secuencia: 7, solicitud: 1 });
	await room.socket.bring(bytes(5, u32(1), u64(7), u64(9), 0, [1, 0]));
	assert.deepEqual([...(await past).colours], [1, 0]);
	const author = room.link.askAuthor(1, 0);
	assert.deepEqual(room.socket.sent.at(-1), { comando: "autor", columna: 1, fila: 0, solicitud: 2 });
	const rejected = assert.rejects(
		author,
		(error) => error instanceof NoAnswer && error.refusal.code === "sin-historia",
	);
	await room.socket.bring({ comando: "rechazado", solicitud: 2, motivo: "no", codigo: "sin-historia", pixeles: [] });
	await rejected;
	assert.deepEqual(room.told, []);
	assert.equal(room.pending, 1); // the wait for a sign of life
});

test("questions wait for their turn, actions do not", async () => {
	const room = await joined();
	const { link, socket } = room;
	const sent = () => socket.sent.slice(1).map(({ comando, solicitud }) => [comando, solicitud]);
	const heat = assert.rejects(link.ask({ comando: "calor" }), (error) => error.refusal.code === "sin-historia");
	const author = link.askAuthor(1, 0);
	const past = link.askPastBoard(7);
	link.ask({ comando: "accion", accion: "congelar" }).catch(() => {});
	const atOnce = [
		["calor", 0],
		["accion", 3],
	];
	assert.deepEqual(sent(), atOnce);
	await socket.bring({ comando: "rechazado", solicitud: 3, motivo: "no", codigo: "no", pixeles: [] });
	assert.deepEqual(sent(), atOnce);
	await socket.bring({ comando: "rechazado", solicitud: 0, motivo: "no", codigo: "sin-historia", pixeles: [] });
	await heat;
	assert.deepEqual(sent().slice(2), [["autor", 1]]);
	await socket.bring({ comando: "autor", solicitud: 1, columna: 1, fila: 0, nombre: null, id: null, ms: null });
	assert.equal((await author).timeMs, null);
	assert.deepEqual(sent().slice(3), [["historia", 2]]);
	await socket.bring(bytes(5, u32(2), u64(7), u64(9), 0, [1, 0]));
	assert.equal((await past).sequence, 7);
});

test("questions that wait are given up with the connection", async () => {
	const room = await joined();
	const asked = [room.link.ask({ comando: "calor" }), room.link.askHistory()].map((each) => assert.rejects(each));
	room.socket.onclose();
	await Promise.all(asked);
	room.link.connect();
	await room.join();
	room.link.askHistory().catch(() => {});
	assert.deepEqual(room.socket.sent.slice(1), [{ comando: "historia", solicitud: 2 }]);
});

test("a question without a connection, or whose connection is lost, is rejected without a reason", async () => {
	const withoutReason = (error) => error instanceof NoAnswer && error.refusal === null;
	const room = await joined();
	const asked = assert.rejects(room.link.askHistory(), withoutReason);
	room.socket.onclose();
	await asked;
	await assert.rejects(room.link.askHistory(), withoutReason);
});

test("a server that owes an answer and says nothing for thirty seconds is given up", async () => {
	const room = await joined();
	room.pass(89_999);
	assert.equal(room.link.state, "online"); // nothing is owed
	room.link.paint([[1, 1]]);
	room.pass(29_999);
	await room.socket.bring({ comando: "usuarios", conectados: 3 });
	room.pass(29_999);
	assert.equal(room.link.state, "online");
	room.pass(1);
	assert.deepEqual([room.link.state, room.socket.closed], ["away", true]);
});

test("a connection that is never opened is given up", () => {
	const room = new Room();
	room.pass(30_000);
	assert.equal(room.socket.closed, true);
	assert.equal(room.link.retryAt, 30_500);
});

const settled = () => new Promise((resolve) => setImmediate(resolve));
const FOREIGN = { reason: "no", code: "origen-ajeno", values: { opcion: "--origin https://a.example" } };

test("a handshake that fails is explained, as long as the explanation holds", async () => {
	const room = new Room();
	room.reason = FOREIGN;
	room.socket.onclose();
	await settled();
	assert.deepEqual([room.link.refusal, room.told.at(-1)], [FOREIGN, "connecting"]);
	room.reason = null;
	room.pass(500);
	assert.equal(room.link.refusal, FOREIGN);
	room.socket.onclose();
	await settled();
	assert.equal(room.link.refusal, null);
	room.link.connect();
	await room.join();
	assert.deepEqual([room.link.refusal, room.link.failed, room.asked], [null, false, 2]);
});

test("the end of an open connection needs no question why, and its reason outlives handshakes without one", async () => {
	const room = await joined();
	await room.socket.bring({ comando: "error", error: "se detiene", codigo: "cierre" }, { cerrar: true });
	room.socket.onclose();
	room.pass(500);
	assert.equal(room.asked, 0);
	room.socket.onclose();
	await settled();
	assert.deepEqual([room.asked, room.link.refusal.code], [1, "cierre"]);
});

test("an explanation that comes too late is dropped", async () => {
	const room = new Room();
	let explain;
	room.reason = new Promise((resolve) => {
		explain = () => resolve(FOREIGN);
	});
	room.socket.onclose();
	room.pass(500);
	await room.join();
	explain();
	await settled();
	assert.deepEqual([room.link.refusal, room.told], [null, []]);
});

test("a connection that is checked is given up after five silent seconds, and kept after a welcome", async () => {
	const room = await joined();
	const welcome = async () => room.socket.bring({ ...WELCOME }, bytes(2, u64(0)));
	room.link.check();
	assert.deepEqual(room.socket.sent.at(-1), { comando: "nuevo", version: 2, lienzo: "5f", desde: 0, nombre: "Ada" });
	room.pass(4999);
	await welcome();
	assert.deepEqual([room.link.state, room.pending], ["online", 1]);
	room.link.check();
	await room.socket.bring({ comando: "usuarios", conectados: 3 }); // perhaps from before the sleep
	room.pass(4999);
	assert.equal(room.link.state, "online");
	room.pass(1);
	assert.deepEqual([room.link.state, room.socket.closed], ["away", true]);
});

test("a check connects at once where there is no connection, and gives up one that does not open", () => {
	const room = new Room();
	room.socket.onclose();
	room.link.check();
	assert.equal(room.sockets.length, 2);
	room.link.check();
	room.pass(5000);
	assert.equal(room.socket.closed, true);
	assert.equal(room.link.retryAt - room.time, 500);
});

test("a check leaves a board alone that is on its way", async () => {
	const room = new Room();
	room.socket.open();
	await room.socket.bring(WELCOME);
	room.link.check();
	room.pass(29_999);
	assert.deepEqual([room.socket.closed, room.socket.sent.length], [false, 1]);
});

test("a page that is put away leaves the server, and comes back only when called", async () => {
	const room = await joined();
	room.link.leave();
	assert.deepEqual([room.socket.closed, room.pending, room.link.state], [true, 0, "away"]);
	room.pass(1e6);
	assert.equal(room.sockets.length, 1);
	room.link.connect();
	room.socket.open();
	await room.socket.bring(WELCOME, bytes(2, u64(0)));
	assert.equal(room.link.state, "online");
});

test("a page that is put away while it waits for the next attempt makes none", () => {
	const room = new Room();
	room.socket.onclose();
	room.link.leave();
	room.pass(1e6);
	assert.equal(room.sockets.length, 1);
});

test("a server that owes nothing is given up after three missing signs of life", async () => {
	const room = await joined();
	room.pass(89_999);
	await room.socket.bring({ comando: "usuarios", conectados: 3 });
	room.pass(89_999);
	assert.equal(room.link.state, "online");
	room.pass(1);
	assert.deepEqual([room.link.state, room.socket.closed], ["away", true]);
});

test("a large board gets the time that a slow line needs", async () => {
	const room = new Room();
	room.socket.open();
	await room.socket.bring({ ...WELCOME, ancho: 4096, alto: 4096 });
	room.pass(30_000 + (4096 * 4096) / 32 - 1); // at 256 kbit/s
	assert.equal(room.socket.closed, false);
	room.pass(1);
	assert.equal(room.socket.closed, true);
});
