"""framing: a frame in small pieces, against the bare cost of the calls and the cost of the whole frame.

The cost of the calls is measured with the minimum of any receiver: store the piece, and compare the length. The aim is
at most three times the cost of the whole frame on top: "of the aim" is at most 1. Beside stands the time of Twisted's
``Int32StringReceiver`` for the same pieces.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from twisted.protocols.basic import Int32StringReceiver

from bench.processes import BenchError, Clients
from bench.table import Row
from dcc.protocol.frames import PREFIX_BYTES, FrameDecoder, frame

AIM = 3
"""Times the whole frame."""


class _Keeper:
    """The minimum of a receiver, called as ours is."""

    def __init__(self, size: int) -> None:
        self._buffer = bytearray()
        self._wanted = PREFIX_BYTES + size

    def feed(self, data: bytes) -> None:
        """As :meth:`FrameDecoder.receive`."""
        self._buffer += data

    def next_payload(self) -> bytes | None:
        """As :meth:`FrameDecoder.next_payload`."""
        return None if len(self._buffer) < self._wanted else bytes(self._buffer[PREFIX_BYTES:])


class _Rival(Int32StringReceiver):
    """Store the payloads."""

    def __init__(self, size: int) -> None:
        self.MAX_LENGTH = size
        self.payload = b""

    def stringReceived(self, string: bytes) -> None:
        """Store a payload."""
        self.payload = string


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--bytes", type=int, nargs="+", default=[64 * 1024, 128 * 1024], help="payloads")
    parser.add_argument("--pieces", type=int, nargs="+", default=[16_384, 1024, 128, 16, 1], help="bytes in each")
    parser.add_argument("--repeat", type=int, default=9, help="runs of each, interleaved; the fastest counts")


def run(_clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for each size of frame and of piece."""
    rows = []
    for size in options.bytes:
        whole = 0.0
        for piece in (PREFIX_BYTES + size, *options.pieces):
            ours, calls, rival = _measure(size, piece, options.repeat)
            whole = whole or ours
            rows.append(
                {
                    "payload": size,
                    "piece": piece,
                    "us": 1e6 * ours,
                    "calls us": 1e6 * calls,
                    "of the aim": ours / (calls + AIM * whole),
                    "Twisted us": 1e6 * rival,
                    "to Twisted": ours / rival,
                }
            )
    return rows


def _measure(size: int, piece: int, repeat: int) -> tuple[float, float, float]:
    """Return the seconds for a frame in pieces: ours, the bare calls, and Twisted's."""
    payload = bytes(size)
    our_pieces, their_pieces = _cut(frame(payload), piece), _cut(size.to_bytes(4, "big") + payload, piece)

    def decode(decoder: FrameDecoder | _Keeper) -> None:
        receive, next_payload = decoder.receive, decoder.next_payload
        for data in our_pieces:
            receive(data)
            got = next_payload()
        if got != payload:
            raise BenchError("the frame did not come out")

    def decode_rival() -> None:
        rival: Any = _Rival(size)
        receive = rival.dataReceived
        for data in their_pieces:
            receive(data)
        if rival.payload != payload:
            raise BenchError("the rival's frame did not come out")

    works = (lambda: decode(FrameDecoder(size)), lambda: decode(_Keeper(size)), decode_rival)
    runs = [[_seconds(work) for work in works] for _run in range(repeat)]
    # The fastest run counts: other work of the machine only makes runs slower.
    ours, calls, rival = map(min, zip(*runs, strict=True))
    return ours, calls, rival


def _cut(data: bytes, piece: int) -> list[bytes]:
    return [data[start : start + piece] for start in range(0, len(data), piece)]


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
