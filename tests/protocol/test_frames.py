"""Frames, however the stream is cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from dcc.errors import FrameTooLong, ProtocolError
from dcc.protocol.frames import FrameDecoder, frame

LIMIT = 100


def decode(pieces: list[bytes], limit: int = LIMIT) -> list[bytes]:
    """Return the payloads of a stream that arrives in pieces."""
    decoder = FrameDecoder(limit)
    payloads = []
    for piece in pieces:
        decoder.feed(piece)
        payloads += iter(decoder.next_payload, None)
    return payloads


class FrameTests(SynchronousTestCase):
    """Framing and decoding."""

    def test_a_prefix_has_five_bytes_in_little_endian_order(self) -> None:
        self.assertEqual(frame(b"ab"), b"\x02\x00\x00\x00\x00ab")
        self.assertEqual(frame(bytes(0x10203))[:5], b"\x03\x02\x01\x00\x00")

    def test_decoding_undoes_framing_even_of_payloads_that_look_like_a_prefix(self) -> None:
        for payload in (b"", b"\x00", b"\x05\x00\x00\x00\x00", bytes(range(LIMIT))):
            self.assertEqual(decode([frame(payload)]), [payload])

    def test_a_payload_is_unchanged_by_later_pieces(self) -> None:
        decoder = FrameDecoder(LIMIT)
        decoder.feed(frame(b"first"))
        payload = decoder.next_payload()
        decoder.feed(frame(b"other"))
        self.assertIs(type(payload), bytes)
        self.assertEqual(payload, b"first")

    def test_a_frame_without_its_last_byte_gives_no_payload(self) -> None:
        data = frame(b"hello")
        self.assertEqual(decode([data[:-1]]), [])
        self.assertEqual(decode([data[:-1], data[-1:]]), [b"hello"])


class LimitTests(SynchronousTestCase):
    """The longest accepted payload."""

    def test_a_payload_as_long_as_the_limit_is_accepted(self) -> None:
        self.assertEqual(decode([frame(bytes(LIMIT))]), [bytes(LIMIT)])

    def test_a_payload_one_byte_longer_is_refused_as_soon_as_its_prefix_is_read(self) -> None:
        decoder = FrameDecoder(LIMIT)
        decoder.feed((LIMIT + 1).to_bytes(5, "little"))
        error = self.assertRaises(FrameTooLong, decoder.next_payload)
        self.assertEqual(str(error), "a message of 101 bytes is longer than the limit of 100")
        self.assertIsInstance(error, ProtocolError)

    def test_all_five_bytes_of_a_prefix_count(self) -> None:
        # A length beyond 32 bits must not pass for a small one.
        for prefix in (b"\xff\xff\xff\xff\xff", b"\x00\x00\x00\x00\x01"):
            decoder = FrameDecoder(LIMIT)
            decoder.feed(prefix)
            self.assertRaises(FrameTooLong, decoder.next_payload)

    def test_four_bytes_of_a_prefix_are_not_judged(self) -> None:
        decoder = FrameDecoder(LIMIT)
        decoder.feed(b"\xff\xff\xff\xff")
        self.assertIsNone(decoder.next_payload())
        decoder.feed(b"\x00")
        self.assertRaises(FrameTooLong, decoder.next_payload)

    def test_frames_before_a_refused_frame_are_decoded(self) -> None:
        decoder = FrameDecoder(LIMIT)
        decoder.feed(frame(b"good") + frame(bytes(LIMIT + 1)))
        self.assertEqual(decoder.next_payload(), b"good")
        self.assertRaises(FrameTooLong, decoder.next_payload)

    def test_the_limit_may_change_between_frames(self) -> None:
        # A client accepts more once the size of the board is known.
        decoder = FrameDecoder(LIMIT)
        decoder.feed(frame(b"small"))
        self.assertEqual(decoder.next_payload(), b"small")
        decoder.limit = LIMIT + 1
        decoder.feed(frame(bytes(LIMIT + 1)))
        self.assertEqual(decoder.next_payload(), bytes(LIMIT + 1))


@st.composite
def cut_streams(draw: st.DrawFn) -> tuple[list[bytes], list[bytes]]:
    """Draw payloads, and the frames of the payloads cut into pieces, empty pieces included."""
    payloads = draw(st.lists(st.binary(max_size=LIMIT), max_size=8))
    data = b"".join(map(frame, payloads))
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=20)))
    edges = [0, *cuts, len(data)]
    return payloads, [data[start:end] for start, end in pairwise(edges)]


class CuttingTests(SynchronousTestCase):
    """Streams in pieces."""

    @given(cut_streams())
    @settings(deadline=None, derandomize=True)
    def test_a_stream_cut_anywhere_gives_the_same_payloads(self, stream: tuple[list[bytes], list[bytes]]) -> None:
        payloads, pieces = stream
        self.assertEqual(decode(pieces), payloads)

    def test_a_stream_in_single_bytes_gives_the_same_payloads(self) -> None:
        payloads = [b"one", b"", b"\x03\x00\x00\x00\x00", bytes(LIMIT)]
        data = b"".join(map(frame, payloads))
        self.assertEqual(decode([data[n : n + 1] for n in range(len(data))]), payloads)

    def test_a_thousand_frames_in_one_piece_give_a_thousand_payloads(self) -> None:
        payloads = [b"%d" % number for number in range(1000)]
        self.assertEqual(decode([b"".join(map(frame, payloads))]), payloads)
