// zlib (RFC 1950, RFC 1951) for browsers without CompressionStream and DecompressionStream: Safari before 16.4, Firefox
// before 113. The checksum of a stream from the server is left alone: the connection has checksums of its own.

const STORED_BYTES = 65_535; // the most in a block that is not packed
const MOST_BITS = 15; // of a code
/** The order in which a block tells the lengths of the codes for lengths. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const LENGTHS = ranges(28, 4, 3);
LENGTHS[28] = [258, 0];
const DISTANCES = ranges(30, 2, 1);

/**
 * The first value of each code and its extra bits, which grow by one with every `group` codes.
 * @param {number} codes
 * @param {number} group
 * @param {number} first
 */
function ranges(codes, group, first) {
	/** @type {[base: number, bits: number][]} */
	const found = [];
	for (let code = 0, base = first; code < codes; code++) {
		const bits = Math.max(0, Math.floor(code / group) - 1);
		found.push([base, bits]);
		base += 2 ** bits;
	}
	return found;
}

/**
 * A table from the next 15 bits of a stream to symbol * 16 + length of the code.
 * @param {ArrayLike<number>} lengths by symbol
 */
function makeTable(lengths) {
	const table = new Uint16Array(1 << MOST_BITS);
	let code = 0;
	for (let length = 1; length <= MOST_BITS; length++, code <<= 1) {
		for (let symbol = 0; symbol < lengths.length; symbol++) {
			if (lengths[symbol] !== length) continue;
			let reversed = 0;
			for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
			for (let at = reversed; at < table.length; at += 1 << length) table[at] = symbol * 16 + length;
			code++;
		}
	}
	return table;
}

/**
 * Unpacks a zlib stream. Throws a RangeError if the stream is damaged, cut short, or longer than the room.
 * @param {Uint8Array} packed
 * @param {Uint8Array} room
 * @returns {number} how many bytes of the room are filled
 */
export function inflate(packed, room) {
	let at = 2; // after the header
	let held = 0; // bits of the stream, the next lowest
	let bits = 0;
	let filled = 0;

	/** @param {number} count */
	const need = (count) => {
		for (; bits < count; bits += 8) held |= (packed[at++] ?? 0) << bits;
		if (at > packed.length + 4) throw new RangeError("a stream that is cut short");
	};
	/** @param {number} count */
	const take = (count) => {
		need(count);
		const value = held & ((1 << count) - 1);
		held >>>= count;
		bits -= count;
		return value;
	};
	/** @param {Uint16Array} table */
	const symbol = (table) => {
		need(MOST_BITS);
		const found = table[held & (table.length - 1)];
		if (!found) throw new RangeError("no such code");
		held >>>= found & 15;
		bits -= found & 15;
		return found >> 4;
	};
	/** @param {number} count */
	const check = (count) => {
		if (filled + count > room.length) throw new RangeError("a stream that is too long");
	};
	const copyStored = () => {
		take(bits & 7);
		const length = take(16);
		take(16); // the same, inverted
		at -= bits >> 3; // whole bytes that were read ahead
		held = bits = 0;
		check(length);
		room.set(packed.subarray(at, at + length), filled);
		at += length;
		filled += length;
		need(0);
	};
	const readTables = () => {
		const [literals, distances, codes] = [take(5) + 257, take(5) + 1, take(4) + 4];
		const codeLengths = new Uint8Array(19);
		for (let n = 0; n < codes; n++) codeLengths[ORDER[n]] = take(3);
		const table = makeTable(codeLengths);
		const lengths = new Uint8Array(literals + distances);
		for (let n = 0; n < lengths.length; ) {
			const code = symbol(table);
			const [value, times] =
				code < 16
					? [code, 1]
					: code === 16
						? [lengths[n - 1], 3 + take(2)]
						: [0, code === 17 ? 3 + take(3) : 11 + take(7)];
			lengths.fill(value, n, n + times);
			n += times;
		}
		return [makeTable(lengths.subarray(0, literals)), makeTable(lengths.subarray(literals))];
	};
	const fixedTables = () => {
		const lengths = new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280);
		return [makeTable(lengths), makeTable(new Uint8Array(30).fill(5))];
	};
	/** @param {Uint16Array[]} tables */
	const copyCoded = ([literals, distances]) => {
		for (let code = symbol(literals); code !== 256; code = symbol(literals)) {
			if (code < 256) {
				check(1);
				room[filled++] = code;
				continue;
			}
			const [base, extra] = LENGTHS[code - 257] ?? [0, 0];
			const length = base + take(extra);
			const [far, farther] = DISTANCES[symbol(distances)] ?? [filled + 1, 0];
			const distance = far + take(farther);
			check(length);
			if (distance > filled) throw new RangeError("a distance before the start");
			for (const end = filled + length; filled < end; filled++) room[filled] = room[filled - distance];
		}
	};

	for (let last = 0; !last; ) {
		last = take(1);
		const kind = take(2);
		if (kind === 0) copyStored();
		else if (kind === 1) copyCoded(fixedTables());
		else if (kind === 2) copyCoded(readTables());
		else throw new RangeError("no such kind of block");
	}
	return filled;
}

/**
 * Makes a zlib stream that packs nothing.
 * @param {Uint8Array} plain
 */
export function store(plain) {
	const blocks = Math.max(1, Math.ceil(plain.length / STORED_BYTES));
	const bytes = new Uint8Array(2 + 5 * blocks + plain.length + 4);
	const view = new DataView(bytes.buffer);
	view.setUint16(0, 0x7801);
	for (let block = 0, at = 2; block < blocks; block++) {
		const part = plain.subarray(block * STORED_BYTES, (block + 1) * STORED_BYTES);
		bytes[at] = Number(block === blocks - 1);
		view.setUint16(at + 1, part.length, true);
		view.setUint16(at + 3, ~part.length, true);
		bytes.set(part, at + 5);
		at += 5 + part.length;
	}
	let [a, b] = [1, 0]; // Adler-32
	for (const byte of plain) {
		a = (a + byte) % 65_521;
		b = (b + a) % 65_521;
	}
	view.setUint32(bytes.length - 4, b * 65_536 + a);
	return bytes;
}
