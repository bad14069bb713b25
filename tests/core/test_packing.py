"""Whole boards in few bytes."""

from __future__ import annotations

import zlib

from dcc.core import packing
from tests.support.wire import TableTestCase, each

BOARD = bytes(range(8)) * 30
RUNS = bytes(1000)


class PackingTests(TableTestCase):
    """Packing, and unpacking within a bound."""

    def test_unpacking_undoes_packing_in_either_coding(self) -> None:
        for colours, coding in ((b"\x01\x02\x03", packing.PLAIN), (RUNS, packing.ZLIB)):
            packed = packing.pack(colours)
            self.assertEqual(packed[0], coding)
            self.assertEqual(packing.unpack(*packed, len(colours)), colours)

    def test_a_board_that_compression_would_not_shorten_stays_plain(self) -> None:
        self.assertEqual(packing.pack(b"\x07"), (packing.PLAIN, b"\x07"))
        self.assertEqual(packing.pack(b""), (packing.PLAIN, b""))

    def test_a_compressed_board_is_a_zlib_stream(self) -> None:
        self.assertEqual(zlib.decompress(packing.compress(bytearray(BOARD))), BOARD)

    def test_a_board_as_long_as_the_bound_is_decompressed_and_a_longer_board_refused(self) -> None:
        packed = packing.compress(RUNS)
        self.assertEqual(packing.decompress(packed, len(RUNS)), RUNS)
        self.assertRaises(ValueError, packing.decompress, packed, len(RUNS) - 1)

    @each(
        {
            "nothing": b"",
            "another format": BOARD,
            "a stream without its checksum": packing.compress(BOARD)[:-4],
            "a stream with a wrong checksum": packing.compress(BOARD)[:-1] + b"?",
            "a stream and a byte": packing.compress(BOARD) + b"\0",
            "two streams": packing.compress(BOARD) * 2,
        }
    )
    def test_anything_but_one_complete_stream_is_refused(self, packed: bytes) -> None:
        self.assertRaises(ValueError, packing.decompress, packed, 10_000)

    def test_an_unknown_coding_is_refused(self) -> None:
        self.assertRaises(ValueError, packing.unpack, 2, packing.compress(BOARD), len(BOARD))
