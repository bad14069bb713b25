// The messages about how often cells were painted, and by whom (docs/protocol.md): read when a layer is shown.

import { integer, string, unpack } from "./codec.js";

/** @typedef {{ kind: "heatMap", request: number, sequence: number, since: number, times: Uint8Array }} HeatMap */
/** @typedef {{ name: string, clientId: number, isProven: boolean }} PaintedBy */
/**
 * @typedef {object} PaintersMap
 * @property {"paintersMap"} kind
 * @property {number} request
 * @property {number} sequence
 * @property {number} since
 * @property {PaintedBy[]} painters
 * @property {Uint8Array} numbers
 */

/**
 * @param {DataView<ArrayBuffer>} data
 * @param {number} cells of the board
 * @returns {Promise<HeatMap | PaintersMap>}
 */
export async function read(data, cells) {
	const request = data.getUint32(1, true);
	const [sequence, since] = [5, 13].map((at) => Number(data.getBigUint64(at, true)));
	if (data.getUint8(0) === 7)
		return { kind: "heatMap", request, sequence, since, times: await unpack(data, 21, cells) };
	const end = 25 + data.getUint32(21, true);
	const words = JSON.parse(new TextDecoder().decode(new Uint8Array(data.buffer, 25, end - 25)));
	const painters = words.pintores.map((/** @type {unknown[]} */ [name, clientId, isProven]) => ({
		name: string({ name }, "name"),
		clientId: integer({ clientId }, "clientId"),
		isProven: isProven === true,
	}));
	return { kind: "paintersMap", request, sequence, since, painters, numbers: await unpack(data, end, cells) };
}
