"""Frames: a length of 5 bytes, then the payload, wherever the pieces break."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from dcc.errors import FrameTooLong, ProtocolError
from dcc.protocol.frames import FrameDecoder, frame

LIMIT = 100


def decode(pieces: list[bytes], limit: int = LIMIT) -> list[bytes]:
    """The payloads of a stream that comes in these pieces."""
    decoder = FrameDecoder(limit)
    payloads = []
    for piece in pieces:
        decoder.feed(piece)
        payloads += iter(decoder.next_payload, None)
    return payloads


class FrameTests(SynchronousTestCase):
    """One frame, written and read."""

    def test_prefix_is_five_bytes_little_endian(self) -> None:
        """The length comes first, its lowest byte first."""
        self.assertEqual(frame(b"ab"), b"\x02\x00\x00\x00\x00ab")
        self.assertEqual(frame(bytes(0x10203))[:5], b"\x03\x02\x01\x00\x00")

    def test_payload_comes_out_as_it_went_in(self) -> None:
        """Reading undoes writing, also for nothing and for bytes that look like a prefix."""
        for payload in (b"", b"\x00", b"\x05\x00\x00\x00\x00", bytes(range(LIMIT))):
            self.assertEqual(decode([frame(payload)]), [payload])

    def test_payload_is_of_immutable_bytes(self) -> None:
        """It stays what it was when more pieces come."""
        decoder = FrameDecoder(LIMIT)
        decoder.feed(frame(b"first"))
        payload = decoder.next_payload()
        decoder.feed(frame(b"other"))
        self.assertIs(type(payload), bytes)
        self.assertEqual(payload, b"first")

    def test_nothing_until_the_last_byte(self) -> None:
        """A frame that lacks one byte gives nothing yet."""
        data = frame(b"hello")
        self.assertEqual(decode([data[:-1]]), [])
        self.assertEqual(decode([data[:-1], data[-1:]]), [b"hello"])


class LimitTests(SynchronousTestCase):
    """The longest payload that is taken."""

    def test_limit_itself_is_taken(self) -> None:
        """A payload of exactly the limit is no fault."""
        self.assertEqual(decode([frame(bytes(LIMIT))]), [bytes(LIMIT)])

    def test_one_more_is_refused_as_soon_as_the_prefix_is_read(self) -> None:
        """Not a byte of the payload has to come before that."""
        decoder = FrameDecoder(LIMIT)
        decoder.feed((LIMIT + 1).to_bytes(5, "little"))
        error = self.assertRaises(FrameTooLong, decoder.next_payload)
        self.assertEqual(str(error), "a message of 101 bytes is longer than the 100 that are taken")
        self.assertIsInstance(error, ProtocolError)

    def test_longest_length_that_can_be_said(self) -> None:
        """All five bytes count: a length beyond 32 bits is not taken for a small one."""
        for prefix in (b"\xff\xff\xff\xff\xff", b"\x00\x00\x00\x00\x01"):
            decoder = FrameDecoder(LIMIT)
            decoder.feed(prefix)
            self.assertRaises(FrameTooLong, decoder.next_payload)

    def test_four_bytes_of_a_prefix_say_nothing(self) -> None:
        """Whether it is too long is known with the fifth."""
        decoder = FrameDecoder(LIMIT)
        decoder.feed(b"\xff\xff\xff\xff")
        self.assertIsNone(decoder.next_payload())
        decoder.feed(b"\x00")
        self.assertRaises(FrameTooLong, decoder.next_payload)

    def test_frames_before_a_refused_one_are_given(self) -> None:
        """What came before the fault is not lost with it."""
        decoder = FrameDecoder(LIMIT)
        decoder.feed(frame(b"good") + frame(bytes(LIMIT + 1)))
        self.assertEqual(decoder.next_payload(), b"good")
        self.assertRaises(FrameTooLong, decoder.next_payload)

    def test_limit_may_change_between_frames(self) -> None:
        """A client takes more once it knows the board."""
        decoder = FrameDecoder(LIMIT)
        decoder.feed(frame(b"small"))
        self.assertEqual(decoder.next_payload(), b"small")
        decoder.limit = LIMIT + 1
        decoder.feed(frame(bytes(LIMIT + 1)))
        self.assertEqual(decoder.next_payload(), bytes(LIMIT + 1))


@st.composite
def cut_streams(draw: st.DrawFn) -> tuple[list[bytes], list[bytes]]:
    """Payloads, and their frames cut into pieces, some of them empty."""
    payloads = draw(st.lists(st.binary(max_size=LIMIT), max_size=8))
    data = b"".join(map(frame, payloads))
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=20)))
    edges = [0, *cuts, len(data)]
    return payloads, [data[start:end] for start, end in pairwise(edges)]


class CuttingTests(SynchronousTestCase):
    """Where the pieces break makes no difference."""

    @given(cut_streams())
    @settings(deadline=None, derandomize=True)
    def test_any_cutting(self, stream: tuple[list[bytes], list[bytes]]) -> None:
        """However a stream is cut, the same payloads come out."""
        payloads, pieces = stream
        self.assertEqual(decode(pieces), payloads)

    def test_byte_by_byte(self) -> None:
        """The smallest pieces that there are."""
        payloads = [b"one", b"", b"\x03\x00\x00\x00\x00", bytes(LIMIT)]
        data = b"".join(map(frame, payloads))
        self.assertEqual(decode([data[n : n + 1] for n in range(len(data))]), payloads)

    def test_glued(self) -> None:
        """A thousand frames in one piece."""
        payloads = [b"%d" % number for number in range(1000)]
        self.assertEqual(decode([b"".join(map(frame, payloads))]), payloads)
