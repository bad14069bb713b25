"""Paints and changes over a connection that is lost in the middle, with a server that the test writes by hand."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import dcc.api
from dcc import reasons
from dcc.api.board import Change, Look
from dcc.api.feed import Feed
from dcc.core.canvas import pack_pixels, unpack_pixels
from dcc.core.palette import AF06
from dcc.protocol import codec, version1, version2
from dcc.protocol.frames import FrameDecoder, frame
from dcc.protocol.messages import (
    Acknowledged,
    Changes,
    ClientMessage,
    Closing,
    Paint,
    Rejected,
    ServerMessage,
    Welcome,
    WholeBoard,
)
from dcc.reasons import Reason, Value
from tests.support.server_process import PATIENCE_SECONDS
from tests.support.wire import CANVAS_ID

WHITE, BLACK, RED = range(3)
WIDTH, HEIGHT = 4, 2


class Session:
    """The server's side of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._decoder = FrameDecoder(1 << 16)

    def read(self) -> ClientMessage:
        """Return the client's next message."""
        while (payload := self._decoder.next_payload()) is None:
            data = self._socket.recv(4096)
            assert data, "the client has left"
            self._decoder.feed(data)
        return codec.decode_client(payload)

    def say(self, *messages: ServerMessage) -> None:
        """Send messages."""
        self._socket.sendall(b"".join(frame(version2.encode(message)) for message in messages))

    def say_version_1(self, colours: bytes) -> None:
        """Send a board as a server of version 1."""
        board = version1.BoardEncoder(WIDTH, HEIGHT, AF06).encode(WholeBoard(0, colours))
        self._socket.sendall(frame(board))

    def greet(self, sequence: int, colours: bytes) -> None:
        """Take the greeting, and answer with a board."""
        self.read()
        self.say(Welcome(1, CANVAS_ID, WIDTH, HEIGHT, AF06, sequence), WholeBoard(sequence, colours))

    def paint(self) -> Paint:
        """Return the client's next message, a paint."""
        paint = self.read()
        assert isinstance(paint, Paint)
        return paint


@contextmanager
def serving(*sessions: Callable[[Session], None]) -> Iterator[str]:
    """Serve connections, one after the other; each is cut off when its function returns."""
    failures: list[BaseException] = []

    def serve() -> None:
        try:
            for session in sessions:
                connection, _peer = listening.accept()
                connection.settimeout(PATIENCE_SECONDS)
                with connection:
                    session(Session(connection))
        except BaseException as error:
            failures.append(error)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE_SECONDS)
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        thread.join(PATIENCE_SECONDS)
    assert not failures, failures


def test_only_what_the_board_does_not_show_is_painted_again() -> None:
    def cut_off(session: Session) -> None:
        session.greet(0, bytes(8))
        assert list(unpack_pixels(session.paint().pixels)) == [(0, RED), (1, RED)]

    def go_on(session: Session) -> None:
        session.greet(1, bytes([RED, WHITE]) + bytes(6))
        paint = session.paint()
        assert list(unpack_pixels(paint.pixels)) == [(1, RED)]
        session.say(Changes(2, paint.pixels), Acknowledged(paint.request, 2))
        session.read()  # the goodbye

    with serving(cut_off, go_on) as address, dcc.api.connect(address) as canvas:
        changes = canvas.changes()
        canvas.paint([(0, 0, "red"), (1, 0, "red")])
        assert (canvas[0, 0], canvas[1, 0]) == ("red", "red")
    assert list(changes) == []


def test_a_paint_that_the_board_shows_is_not_painted_again() -> None:
    def cut_off(session: Session) -> None:
        session.greet(0, bytes(8))
        session.paint()

    def go_on(session: Session) -> None:
        session.greet(1, bytes([RED]) + bytes(7))
        assert not isinstance(session.read(), Paint)

    with serving(cut_off, go_on) as address, dcc.api.connect(address) as canvas:
        canvas[0, 0] = "red"


def test_of_several_pixels_of_a_cell_the_last_is_looked_for() -> None:
    def cut_off(session: Session) -> None:
        session.greet(0, bytes(8))
        session.paint()

    def go_on(session: Session) -> None:
        session.greet(2, bytes([BLACK]) + bytes(7))
        paint = session.paint()
        assert list(unpack_pixels(paint.pixels)) == [(1, RED)]
        session.say(Changes(3, paint.pixels), Acknowledged(paint.request, 3))
        session.read()

    with serving(cut_off, go_on) as address, dcc.api.connect(address) as canvas:
        canvas.paint([(0, 0, "red"), (0, 0, "black"), (1, 0, "black"), (1, 0, "red")])


OF_A_MOMENT: dict[Reason, dict[str, Value]] = {
    reasons.SERVER_FULL: {"clientes": 1},
    reasons.ADDRESS_FULL: {"conexiones": 1},
    reasons.NO_ROOM: {},
}


@pytest.mark.parametrize(("reason", "values"), OF_A_MOMENT.items(), ids=[each.code for each in OF_A_MOMENT])
def test_a_server_that_is_full_for_a_moment_is_asked_again(reason: Reason, values: dict[str, Value]) -> None:
    """It may still count the connection that was lost."""

    def cut_off(session: Session) -> None:
        session.greet(0, bytes(8))
        session.paint()

    def refuse(session: Session) -> None:
        session.read()
        session.say(Closing(reason.tell(values), reason.code, values))

    def go_on(session: Session) -> None:
        session.greet(1, bytes(7) + bytes([BLACK]))
        paint = session.paint()
        session.say(Changes(2, paint.pixels), Acknowledged(paint.request, 2))
        session.read()

    with serving(cut_off, refuse, go_on) as address, dcc.api.connect(address) as canvas:
        changes = canvas.changes()
        canvas[0, 0] = "red"
        assert canvas[0, 0] == "red"
        assert next(changes) == Change(3, 1, "black")


def test_a_server_that_comes_back_with_version_1_is_one_line() -> None:
    def cut_off(session: Session) -> None:
        session.greet(0, bytes(8))
        session.paint()

    def go_on(session: Session) -> None:
        session.read()
        session.say_version_1(bytes(8))

    with serving(cut_off, go_on) as address, dcc.api.connect(address) as canvas:
        with pytest.raises(dcc.api.Unavailable, match="the server speaks version 1, and programs need version 2"):
            canvas[0, 0] = "red"
        with pytest.raises(dcc.api.Unavailable, match="the server speaks version 1, and programs need version 2"):
            next(canvas.changes())


OTHERS = pack_pixels([(3, BLACK)])
OWN = pack_pixels([(0, RED)])
OVER = pack_pixels([(0, BLACK)])
BLACK_CHANGE, OVER_CHANGE = Change(3, 0, "black"), Change(0, 0, "black")

NEWS: dict[str, tuple[list[bytes], list[Change]]] = {
    "beside it": ([OTHERS + OWN], [BLACK_CHANGE]),
    "before it": ([OTHERS, OWN], [BLACK_CHANGE]),
    "below it": ([OVER + OTHERS + OWN], [BLACK_CHANGE]),
    "below it, earlier": ([OVER + OTHERS, OWN], [BLACK_CHANGE]),
    "over it": ([OWN + OVER + OTHERS], [BLACK_CHANGE, OVER_CHANGE]),
    "over it, later": ([OWN + OTHERS, OVER], [BLACK_CHANGE, OVER_CHANGE]),
}


@pytest.mark.parametrize(("news", "expected"), NEWS.values(), ids=NEWS)
def test_an_own_paint_is_no_change_when_others_paint(news: list[bytes], expected: list[Change]) -> None:
    def paint(session: Session) -> None:
        session.greet(0, bytes(8))
        paint = session.paint()
        session.say(*(Changes(9, pixels) for pixels in news), Acknowledged(paint.request, 9))
        session.read()

    with serving(paint) as address, dcc.api.connect(address) as canvas:
        changes = canvas.changes()
        canvas[0, 0] = "red"
    assert list(changes) == expected


def test_what_others_painted_meanwhile_comes_and_own_paints_do_not() -> None:
    def paint(session: Session) -> None:
        session.greet(0, bytes(8))
        paint = session.paint()
        session.say(Changes(1, paint.pixels), Acknowledged(paint.request, 1))

    def go_on(session: Session) -> None:
        session.greet(9, bytes([RED, WHITE, BLACK]) + bytes(5))
        session.read()

    with serving(paint, go_on) as address, dcc.api.connect(address) as canvas:
        changes = canvas.changes()
        canvas[0, 0] = "red"
        assert next(changes) == Change(2, 0, "black")


def test_a_refused_paint_of_a_cell_that_somebody_else_has_painted_is_their_change() -> None:
    def refuse(session: Session) -> None:
        session.greet(0, bytes(8))
        paint = session.paint()
        session.say(Changes(1, bytes([0, 0, 0, 0, BLACK])), Rejected(paint.request, "no", bytes([0, 0, 0, 0, BLACK])))
        session.read()

    with serving(refuse) as address, dcc.api.connect(address) as canvas:
        changes = canvas.changes()
        try:
            canvas[0, 0] = "red"
        except dcc.api.Refused as error:
            assert str(error) == "no"
        assert next(changes) == Change(0, 0, "black")


def test_a_larger_board_is_new_as_a_whole() -> None:
    feed = Feed(lambda: None)
    feed.begin(Look(2, 1, AF06, bytes([RED, WHITE])))
    feed.take(None, Look(2, 1, AF06, bytes([RED, RED])))
    assert feed.read() == [Change(1, 0, "red")]
    feed.take(None, Look(2, 2, AF06, bytes([RED, RED, WHITE, WHITE])))
    assert feed.read() == [(0, 0, "red"), (1, 0, "red"), (0, 1, "white"), (1, 1, "white")]
    assert feed.read() == []
