"""A client's copy of the board: the server's board, with the client's unanswered paints on top."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from dcc.client.identity import Identity
from dcc.client.replica import UNKNOWN_COLOUR, Replica
from dcc.core.canvas import pack_pixels
from dcc.core.palette import AF06, Palette
from dcc.errors import DccError, ProtocolError
from dcc.protocol.messages import (
    Acknowledged,
    Changes,
    Cooldown,
    Hello,
    NamedBoard,
    Rejected,
    ServerMessage,
    Users,
    Welcome,
    WholeBoard,
)

WIDTH, HEIGHT = 3, 2
CELLS = WIDTH * HEIGHT
WELCOME = Welcome(1, "a", WIDTH, HEIGHT, AF06, 0)


def changes(sequence: int, *pixels: tuple[int, int]) -> Changes:
    """From the server."""
    return Changes(sequence, pack_pixels(pixels))


class ReplicaTestCase(SynchronousTestCase):
    """A replica that has been greeted, and holds a white board as of 0."""

    def setUp(self) -> None:
        """Make the replica."""
        self.replica = Replica()
        self.replica.apply(WELCOME)
        self.replica.apply(WholeBoard(0, bytes(CELLS)))

    def shown(self) -> list[int]:
        """The colours."""
        return list(self.replica.shown)


class Version2Tests(ReplicaTestCase):
    """Changes, and paints ahead of changes."""

    def test_a_board_from_before_the_welcome_is_not_live_until_changes_catch_up(self) -> None:
        replica = Replica()
        replica.apply(Welcome(1, "a", WIDTH, HEIGHT, AF06, 7))
        replica.apply(WholeBoard(5, bytes(CELLS)))
        self.assertFalse(replica.is_live)
        replica.apply(Changes(7, b""))
        self.assertTrue(replica.is_live)

    def test_it_is_live_once_its_board_is_here_and_not_with_the_welcome_alone(self) -> None:
        replica = Replica()
        self.assertFalse(replica.is_live)
        replica.apply(WELCOME)
        self.assertFalse(replica.is_live)
        replica.apply(WholeBoard(0, bytes(CELLS)))
        self.assertTrue(replica.is_live)

    def test_changes_name_only_the_cells_that_look_different_afterwards(self) -> None:
        self.assertEqual(self.replica.apply(changes(3, (1, 2), (2, 0), (1, 4))), {1})
        self.assertEqual(self.shown(), [0, 4, 0, 0, 0, 0])
        self.assertEqual(self.replica.sequence, 3)

    def test_a_paint_is_shown_ahead_and_stays_when_it_is_acknowledged(self) -> None:
        self.assertEqual(self.replica.paint(0, pack_pixels([(1, 2), (3, 2)])), {1, 3})
        self.assertEqual(self.replica.apply(changes(1, (1, 5))), set())  # somebody else's, from before ours
        self.assertEqual(self.replica.apply(changes(3, (1, 2), (3, 2))), set())
        self.assertEqual(self.replica.apply(Acknowledged(0, 3)), set())
        self.assertEqual(self.shown(), [0, 2, 0, 2, 0, 0])
        self.assertEqual(self.replica.unanswered, 0)

    def test_a_rejected_paint_uncovers_what_others_painted_and_our_other_paint(self) -> None:
        self.replica.paint(0, pack_pixels([(1, 2), (2, 2), (3, 2)]))
        self.replica.paint(1, pack_pixels([(2, 6)]))
        self.replica.apply(changes(1, (3, 5)))
        self.assertEqual(self.replica.apply(Rejected(0, "no", b"")), {1, 3})
        self.assertEqual(self.shown(), [0, 0, 6, 5, 0, 0])

    def test_a_cooldown_ends_with_the_connection(self) -> None:
        self.assertFalse(self.replica.has_cooldown)
        self.assertEqual(self.replica.apply(Cooldown(0)), set())
        self.assertTrue(self.replica.has_cooldown)
        self.replica.disconnected()
        self.assertFalse(self.replica.has_cooldown)

    def test_a_lost_connection_takes_back_the_unanswered_paints(self) -> None:
        self.replica.paint(0, pack_pixels([(1, 2)]))
        self.assertEqual(self.replica.disconnected(), {1})
        self.assertEqual(self.shown(), [0] * CELLS)
        self.assertFalse(self.replica.is_live)

    def test_it_resumes_with_the_board_it_holds_and_is_live_with_the_changes_since(self) -> None:
        self.assertEqual(Replica().hello(Identity("Ada")), Hello(2, name="Ada"))
        self.replica.apply(changes(4, (1, 2)))
        self.replica.disconnected()
        self.assertEqual(self.replica.hello(Identity()), Hello(2, "a", 4))
        self.assertEqual(self.replica.apply(WELCOME), set())
        self.assertFalse(self.replica.is_live)
        self.replica.apply(changes(5, (2, 3)))
        self.assertTrue(self.replica.is_live)
        self.assertEqual(self.shown(), [0, 2, 3, 0, 0, 0])

    def test_a_welcome_with_another_id_size_or_palette_is_another_board(self) -> None:
        for welcome in (
            Welcome(1, "b", WIDTH, HEIGHT, AF06, 0),
            Welcome(1, "a", HEIGHT, WIDTH, AF06, 0),
            Welcome(1, "a", WIDTH, HEIGHT, Palette(AF06.colours[:3]), 0),
        ):
            self.setUp()
            self.assertIsNone(self.replica.apply(welcome))
            self.assertFalse(self.replica.is_live)
            self.assertEqual(self.replica.hello(Identity()), Hello(2))
            with self.assertRaises(ProtocolError):
                self.replica.apply(changes(1, (0, 1)))

    def test_boards_and_changes_that_do_not_fit_the_welcome_are_refused(self) -> None:
        for message in (
            WholeBoard(1, bytes(CELLS - 1)),
            WholeBoard(1, bytes([8]) + bytes(CELLS - 1)),
            changes(1, (CELLS, 0)),
            changes(1, (0, 8)),
        ):
            with self.assertRaises(DccError):
                self.replica.apply(message)
        for message in (WholeBoard(1, bytes(CELLS)), changes(1, (0, 1))):
            with self.assertRaises(ProtocolError):
                Replica().apply(message)

    def test_the_number_of_users_is_the_one_that_the_server_said(self) -> None:
        self.assertEqual(self.replica.apply(Users(7)), set())
        self.assertEqual(self.replica.users, 7)


class Version1Tests(SynchronousTestCase):
    """Boards of colours by name."""

    def test_a_named_board_gives_the_size_and_every_cell_its_place(self) -> None:
        replica = Replica()
        names = {(column, row): "white" for column in range(WIDTH) for row in range(HEIGHT)} | {(2, 1): "red"}
        self.assertIsNone(replica.apply(NamedBoard(names)))
        self.assertTrue(replica.is_live)
        self.assertEqual(list(replica.shown), [0, 0, 0, 0, 0, 2])
        self.assertEqual(replica.apply(NamedBoard(names | {(0, 1): "blue"})), {3})
        self.assertEqual(replica.hello(Identity()), Hello(2))

    def test_an_unknown_colour_of_a_version_1_server_keeps_its_name(self) -> None:
        replica = Replica()
        replica.apply(NamedBoard({(0, 0): "white", (1, 0): "turquoise"}))
        assert replica.canvas is not None
        colour = replica.canvas.palette[replica.shown[1]]
        self.assertEqual((colour.name, colour.value), ("turquoise", UNKNOWN_COLOUR))


@dataclass
class Server:
    """The server's side of a conversation, as simple as can be.

    :ivar board: every cell's colour.
    :ivar on_its_way: messages sent and not yet received.
    """

    board: list[int] = field(default_factory=lambda: [0] * CELLS)
    sequence: int = 0
    on_its_way: list[ServerMessage] = field(default_factory=list)

    def place(self, *pixels: tuple[int, int]) -> None:
        """Somebody painted."""
        for cell, colour in pixels:
            self.board[cell] = colour
        self.sequence += len(pixels)
        self.on_its_way.append(changes(self.sequence, *pixels))


PIXEL = st.tuples(st.integers(0, CELLS - 1), st.integers(0, 7))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ours"), st.lists(PIXEL, min_size=1, max_size=4)),
        st.tuples(st.just("theirs"), st.lists(PIXEL, min_size=1, max_size=4)),
        st.tuples(st.just("accept"), st.just([])),
        st.tuples(st.just("reject"), st.just([])),
        st.tuples(st.just("arrive"), st.just([])),
    ),
    max_size=40,
)


class ModelTests(SynchronousTestCase):
    """Any order of paints, answers and arrivals."""

    @given(STEPS)
    def test_it_shows_the_board_with_its_own_unanswered_paints_on_top_at_every_moment(
        self, steps: list[tuple[str, list[tuple[int, int]]]]
    ) -> None:
        replica, server = Replica(), Server()
        replica.apply(WELCOME)
        replica.apply(WholeBoard(0, bytes(CELLS)))
        below = [0] * CELLS  # what has arrived
        waiting: list[tuple[int, list[tuple[int, int]]]] = []  # at the server
        ahead: dict[int, list[tuple[int, int]]] = {}  # not answered as far as the replica knows
        screen = list(replica.shown)

        def arrive() -> None:
            message = server.on_its_way.pop(0)
            told = replica.apply(message)
            if isinstance(message, Changes):
                for offset in range(0, len(message.pixels), 5):
                    below[int.from_bytes(message.pixels[offset : offset + 4], "little")] = message.pixels[offset + 4]
            elif isinstance(message, Acknowledged | Rejected):
                del ahead[message.request]
            look(told)

        def look(told: set[int] | None) -> None:
            expected = list(below)
            for pixels in ahead.values():
                for cell, colour in pixels:
                    expected[cell] = colour
            self.assertEqual(list(replica.shown), expected)
            different = {cell for cell in range(CELLS) if screen[cell] != expected[cell]}
            self.assertEqual(told, different)
            screen[:] = expected

        for request, (word, pixels) in enumerate(steps):
            if word == "ours":
                ahead[request] = pixels
                waiting.append((request, pixels))
                look(replica.paint(request, pack_pixels(pixels)))
            elif word == "theirs":
                server.place(*pixels)
            elif word == "arrive" and server.on_its_way:
                arrive()
            elif word == "accept" and waiting:
                number, painted = waiting.pop(0)
                server.place(*painted)
                server.on_its_way.append(Acknowledged(number, server.sequence))
            elif word == "reject" and waiting:
                number, _painted = waiting.pop(0)
                server.on_its_way.append(Rejected(number, "no", b""))
        while server.on_its_way:
            arrive()
        if not waiting:
            self.assertEqual(list(replica.shown), server.board)
