// The wire protocol, version 2 (docs/protocol.md), as objects with a `kind`. A cell is row * width + column; pixels are
// pairs [cell, colour].

const PIXEL_BYTES = 5; // u32 cell, u8 colour

/** Most pixels that a server takes in one request. */
export const REQUEST_PIXELS = 8192;

export function encodePaint(request, pixels) {
	const data = new DataView(new ArrayBuffer(5 + pixels.length * PIXEL_BYTES));
	data.setUint8(0, 3);
	data.setUint32(1, request, true);
	pixels.forEach(([cell, colour], n) => {
		data.setUint32(5 + n * PIXEL_BYTES, cell, true);
		data.setUint8(9 + n * PIXEL_BYTES, colour);
	});
	return data.buffer;
}

/** A message, or nothing where a later version says it. Rejects what does not fit to the protocol or a board of `cells`. */
export async function decode(payload, cells) {
	return typeof payload === "string" ? decodeWords(JSON.parse(payload)) : decodeBinary(new DataView(payload), cells);
}

async function decodeBinary(data, cells) {
	const u32 = (at) => data.getUint32(at, true);
	const u64 = (at) => Number(data.getBigUint64(at, true));
	switch (data.getUint8(0)) {
		case 1:
			return { kind: "board", sequence: u64(1), colours: await unpack(data, 9, cells) };
		case 2: {
			const pixels = [];
			for (let at = 9; at < data.byteLength; at += PIXEL_BYTES) pixels.push([u32(at), data.getUint8(at + 4)]);
			return { kind: "changes", sequence: u64(1), pixels };
		}
		case 4:
			return { kind: "acknowledged", request: u32(1) };
		case 5:
			return { kind: "past", request: u32(1), sequence: u64(5), time: u64(13), colours: await unpack(data, 21, cells) };
	}
	throw new RangeError("unknown opcode");
}

/** A board, plain (0) or zlib (1), into exactly so many cells; never more, whatever the stream holds. */
async function unpack(data, at, cells) {
	let stream = new Blob([new Uint8Array(data.buffer, at + 1)]).stream();
	if (data.getUint8(at)) stream = stream.pipeThrough(new DecompressionStream("deflate"));
	const colours = new Uint8Array(cells);
	const reader = stream.getReader();
	let filled = 0;
	for (let piece; (piece = (await reader.read()).value); filled += piece.length) {
		colours.set(piece, filled); // a RangeError where it is longer
	}
	if (filled !== cells) throw new RangeError("a board that is cut short");
	return colours;
}

function decodeWords(words) {
	const request = words.solicitud;
	switch (words.cerrar ? "error" : words.comando) {
		case "bienvenida":
			return {
				kind: "welcome",
				canvas: words.lienzo,
				width: words.ancho,
				height: words.alto,
				palette: words.paleta.map(([name, value]) => ({ name, value })),
			};
		case "rechazado":
			return { kind: "rejected", request, reason: words.motivo, waitMs: words.espera_ms };
		case "espera":
			return { kind: "cooldown", waitMs: words.espera_ms };
		case "usuarios":
			return { kind: "users", connected: words.conectados };
		case "error":
			return { kind: "closing", reason: words.error };
		case "historia":
			return { kind: "history", request, last: words.secuencia };
		case "autor":
			return { kind: "author", request, name: words.nombre, id: words.id, time: words.ms };
	}
}
