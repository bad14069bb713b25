// The question why a server takes no WebSocket: to a real HTTP server.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import test from "node:test";

import { handshakeQuestion } from "../../dcc/page/handshake.js";

globalThis.location = { origin: "https://canvas.example" };

/** A server with one answer after the other, the last for good, and the question to the server. */
async function serve(context, ...answers) {
	const asked = [];
	const server = createServer((request, response) => {
		asked.push(request.headers);
		const [status, body] = answers.length > 1 ? answers.shift() : answers[0];
		response.writeHead(status).end(body);
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	context.after(() => server.close());
	return { asked, why: handshakeQuestion(new URL(`http://127.0.0.1:${server.address().port}/ws`)) };
}

const FOREIGN = {
	error: "ajena",
	codigo: "origen-ajeno",
	valores: { origen: "https://canvas.example", host: "127.0.0.1:8080", opcion: "--origin https://canvas.example" },
};

test("the server's reason is told with its code and its values", async (context) => {
	const { asked, why } = await serve(context, [403, JSON.stringify(FOREIGN)]);
	assert.deepEqual(await why(), { reason: "ajena", code: "origen-ajeno", values: FOREIGN.valores });
	assert.equal(asked[0].accept, "application/json");
	assert.equal(asked[0]["x-dcc-origin"], "https://canvas.example");
});

for (const [what, status, body, expected] of [
	["a full server", 503, "503 Service Unavailable: the server is full\n", { reason: "the server is full", code: "" }],
	["a proxy without its server", 502, "<html>Bad Gateway", { reason: "", code: "behind", values: { status: 502 } }],
	["a proxy whose server is slow", 504, "", { reason: "", code: "behind", values: { status: 504 } }],
	["a page instead of the answer", 200, "<html>", null],
	["no such place", 404, "null", null],
	["an answer without a code", 403, '{"error": "no"}', null],
	["a code of the wrong type", 403, '{"codigo": 5}', null],
]) {
	test(`${what} is told from all others`, async (context) => {
		const { why } = await serve(context, [status, body]);
		assert.deepEqual(await why(), expected && { values: {}, ...expected });
		assert.equal((await why())?.code, expected?.code); // also the second time
	});
}

test("a WebSocket that gets lost though the server would take it is the proxy's doing, from the second time on", async (context) => {
	const fine = [200, "{}"];
	const { why } = await serve(context, fine, [403, JSON.stringify(FOREIGN)], fine, fine);
	const codes = [];
	for (let n = 0; n < 4; n++) codes.push((await why())?.code);
	assert.deepEqual(codes, [undefined, "origen-ajeno", undefined, "noUpgrade"]);
});

test("where nobody answers there is no reason", async () => {
	const server = createServer();
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address();
	await new Promise((resolve) => server.close(resolve));
	assert.equal(await handshakeQuestion(new URL(`http://127.0.0.1:${port}/ws`))(), null);
});
