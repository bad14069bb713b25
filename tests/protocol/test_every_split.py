"""Cuts in a client's stream change neither the answers nor the board nor the log."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from dcc.protocol.frames import frame
from tests.support.wire import CANVAS_ID, GOODBYE, HELLO_1, HELLO_2, FakeServer, TableTestCase, each, log, paint, pintar

RESUME = b'{"comando": "nuevo", "version": 2, "lienzo": "%b", "desde": 1, "nombre": "Ada"}' % CANVAS_ID.encode()

CONVERSATIONS: dict[str, bytes] = {
    "version 1": b"".join(
        map(
            frame,
            [
                HELLO_1,
                pintar(1, 0, "red"),
                pintar(9, 9, "red"),
                pintar(2, 1, "gris"),
                HELLO_1,
                pintar(0, 1, "blue"),
                GOODBYE,
                pintar(0, 0, "black"),
            ],
        )
    ),
    "version 2": b"".join(
        map(
            frame,
            [
                HELLO_2,
                paint(1, (0, 1), (5, 2)),
                paint(2, (0, 1), (6, 2)),
                paint(3, (4, 250)),
                b'{"comando": "historia", "solicitud": 4}',
                b'{"comando": "autor", "solicitud": 5, "columna": 9, "fila": 9}',
                RESUME,
                paint(6, (1, 3)),
                GOODBYE,
                HELLO_2,
            ],
        )
    ),
    "ends with words of no command": frame(HELLO_2)
    + frame(paint(1, (0, 1)))
    + frame(b'{"comando": "?"}')
    + frame(HELLO_2),
    "ends with an empty frame": frame(HELLO_1) + frame(b"") + frame(HELLO_1),
    "ends with a frame too long": frame(HELLO_1) + b"\x01\x00\x01\x00\x00" + frame(HELLO_1),
    "ends in the middle of a frame": frame(HELLO_1) + frame(pintar(1, 1, "red"))[:-1],
}


@dataclass(frozen=True)
class Result:
    """Everything observable of a conversation."""

    answers: bytes
    board: bytes
    was_closed: bool
    lines: tuple[str, ...]


def hold(pieces: list[bytes]) -> Result:
    """Send the pieces to a new server."""
    with log() as logged:
        server = FakeServer(3, 2)
        peer = server.connect()
        for piece in pieces:
            peer.protocol.dataReceived(piece)
    return Result(peer.transport.value(), bytes(server.board.canvas.colours), peer.was_closed, tuple(logged.lines))


def cut(data: bytes, *places: int) -> list[bytes]:
    """Cut data at the given places."""
    return [data[start:end] for start, end in pairwise([0, *places, len(data)])]


class SplitTests(TableTestCase):
    """Recorded conversations, cut in every way."""

    @each(CONVERSATIONS)
    def test_a_conversation_cut_anywhere_is_the_same_as_in_one_piece(self, data: bytes) -> None:
        # In two at every byte, in three around every prefix, and byte by byte.
        whole = hold([data])
        self.assertNotEqual(whole.answers, b"")
        for place in range(1, len(data)):
            self.assertEqual(hold(cut(data, place)), whole, f"cut at byte {place}")
        for place in range(1, len(data) - 5):
            self.assertEqual(hold(cut(data, place, place + 5)), whole, f"cut at bytes {place} and {place + 5}")
        self.assertEqual(hold(cut(data, *range(1, len(data)))), whole, "byte by byte")

    def test_the_conversations_paint_are_refused_and_end_as_intended(self) -> None:
        results = {name: hold([data]) for name, data in CONVERSATIONS.items()}
        self.assertEqual(results["version 1"].board, bytes([0, 2, 0, 5, 0, 0]))
        self.assertEqual(results["version 2"].board, bytes([1, 3, 0, 0, 0, 2]))
        self.assertEqual(results["version 1"].answers[-16:], b'{"cerrar": true}')
        self.assertEqual(len([line for line in results["version 1"].lines if "refused" in line]), 2)
        self.assertEqual([result.was_closed for result in results.values()], [True, True, True, True, True, False])
