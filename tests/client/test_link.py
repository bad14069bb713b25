"""A client's connection: it greets, falls back to version 1, comes back by itself, and says why it is away."""

from __future__ import annotations

from typing import Any

from twisted.internet import error
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from dcc import limits, reasons
from dcc.client.identity import Identity
from dcc.client.link import Link, LinkState
from dcc.core.actions import Freeze, Thaw
from dcc.core.palette import AF06
from dcc.errors import ServerUnavailable
from dcc.limits import RECONNECT_LONGEST_SECONDS
from dcc.protocol.messages import (
    Acknowledged,
    Changes,
    Closing,
    Failed,
    Goodbye,
    Hello,
    Paint,
    PaintOne,
    Rejected,
    ServerMessage,
    Welcome,
    WholeBoard,
)
from tests.support.script_wire import Wire
from tests.support.wire import CANVAS_ID, FakeServer

A_WHILE = 2 * RECONNECT_LONGEST_SECONDS


class Listener:
    """Notes what a link tells.

    :ivar states: every state with its reason.
    :ivar messages: every message with the cells that it changed.
    """

    def __init__(self) -> None:
        self.states: list[tuple[LinkState, str]] = []
        self.messages: list[tuple[ServerMessage, set[int] | None]] = []

    def link_changed(self, state: LinkState, reason: str) -> None:
        """See :class:`dcc.client.link.LinkListener`."""
        self.states.append((state, reason))

    def link_received(self, message: ServerMessage, cells: set[int] | None) -> None:
        """See :class:`dcc.client.link.LinkListener`."""
        self.messages.append((message, cells))


class LinkTestCase(SynchronousTestCase):
    """A link to a server core on a fake wire."""

    def start(self, version: int = 2) -> None:
        """Connect, and be shown the board."""
        self.server = FakeServer()
        self.wire = Wire(self.server, version)
        self.listener = Listener()
        self.link = Link(self.server.clock, self.wire, self.listener, Identity("Ada"))
        self.link.start()
        self.wire.carry()

    def come_back(self) -> None:
        """Wait for the next attempt."""
        self.server.clock.advance(A_WHILE)
        self.wire.carry()

    def shown(self, column: int, row: int) -> int:
        """The colour of a cell on the client's screen."""
        return self.link.replica.shown[row * 50 + column]


class GreetingTests(LinkTestCase):
    """How a conversation begins."""

    def test_it_asks_for_version_2_and_is_online_with_the_board(self) -> None:
        self.start()
        self.assertEqual(self.wire.sent, [Hello(2, name="Ada")])
        self.assertEqual(self.listener.states, [(LinkState.GREETING, ""), (LinkState.ONLINE, "")])
        self.assertEqual(
            [(type(message), cells) for message, cells in self.listener.messages[:2]],
            [(Welcome, None), (WholeBoard, None)],
        )

    def test_with_a_server_of_version_1_it_goes_on_in_version_1(self) -> None:
        """A paint is one command a pixel, and is shown when a board shows it."""
        self.start(version=1)
        self.assertEqual((self.link.state, self.link.replica.version), (LinkState.ONLINE, 1))
        self.assertEqual(self.link.paint([(3 * 50 + 10, 2), (3 * 50 + 11, 4)]), [])
        self.assertEqual(self.shown(10, 3), 0)
        self.wire.carry()
        self.assertEqual(self.wire.sent[1:], [PaintOne(10, 3, "red"), PaintOne(11, 3, "yellow")])
        self.assertEqual((self.shown(10, 3), self.shown(11, 3)), (2, 4))
        self.assertEqual(self.listener.messages[-1][1], {3 * 50 + 11})


class PaintTests(LinkTestCase):
    """Painting in version 2."""

    def test_a_paint_is_shown_at_once_and_acknowledged(self) -> None:
        """The answer comes after the change that shows it."""
        self.start()
        self.assertEqual(self.link.paint([(7, 3)]), [0])
        self.assertEqual(self.shown(7, 0), 3)
        self.listener.messages.clear()
        self.wire.carry()
        self.assertEqual([type(message) for message, _cells in self.listener.messages], [Changes, Acknowledged])
        self.assertEqual(self.link.replica.unanswered, 0)
        self.assertEqual(self.server.board.canvas.colours[7], 3)

    def test_many_pixels_go_in_requests_that_a_server_takes(self) -> None:
        self.start()
        pixels = [(cell % 2500, cell % 8) for cell in range(limits.REQUEST_PIXELS + 3)]
        self.assertEqual(self.link.paint(pixels), [0, 1])
        self.wire.carry()
        self.assertEqual(
            [len(message.pixels) // 5 for message in self.wire.sent if isinstance(message, Paint)],
            [limits.REQUEST_PIXELS, 3],
        )
        self.assertEqual(self.link.replica.unanswered, 0)
        self.assertEqual(self.link.replica.shown, self.server.board.canvas.colours)

    def test_nothing_can_be_painted_while_it_is_away(self) -> None:
        self.start()
        self.wire.cut()
        with self.assertRaises(ServerUnavailable):
            self.link.paint([(0, 1)])
        with self.assertRaises(ServerUnavailable):
            Link(Clock(), Wire(None), Listener()).paint([(0, 1)])


class PaceTests(LinkTestCase):
    """Paints of more pixels than one request takes."""

    BURST = 100_000  # pixels that the server takes at once; afterwards 10,000 a second

    def paints(self) -> list[int]:
        """The numbers of the requests that have reached the server, in order."""
        return [message.request for message in self.wire.sent if isinstance(message, Paint)]

    def large(self, requests: int, colour: int = 3) -> list[tuple[int, int]]:
        """Pixels for a number of requests."""
        return [(cell % 2500, colour) for cell in range(requests * limits.REQUEST_PIXELS)]

    def refusals(self) -> list[str]:
        """The codes of the refusals that the listener was told."""
        return [message.code for message, _cells in self.listener.messages if isinstance(message, Rejected)]

    def test_its_requests_go_out_one_at_a_time_each_after_the_answer_to_the_one_before(self) -> None:
        self.start()
        self.assertEqual(self.link.paint(self.large(3)), [0, 1, 2])
        self.assertEqual((self.shown(0, 0), self.link.replica.unanswered), (3, 3))
        for sent in ([0], [0, 1], [0, 1, 2]):
            self.wire.to_server()
            self.assertEqual(self.paints(), sent)
            self.assertFalse(self.wire.to_server())
            self.wire.to_client()
        self.assertEqual(self.link.replica.unanswered, 0)

    def test_later_paints_wait_behind_it_in_order(self) -> None:
        """So the last paint of a cell is the one that stays."""
        self.start()
        self.link.paint(self.large(2))
        self.link.paint([(7, 4)])
        self.link.paint(self.large(2, 5))
        self.link.paint([(7, 6)])
        self.assertEqual(self.shown(7, 0), 6)
        self.wire.to_server()
        self.assertEqual(self.paints(), [0])
        self.wire.carry()
        self.assertEqual(self.paints(), [0, 1, 2, 3, 4, 5])
        self.assertEqual(list(self.server.board.canvas.colours[6:9]), [5, 6, 5])
        self.link.paint([(7, 1)])
        self.link.paint([(7, 2)])
        self.wire.to_server()
        self.assertEqual(self.paints()[6:], [6, 7])  # nothing waits any more: both at once

    def test_what_is_refused_for_the_rate_goes_out_again_and_nobody_hears_of_it(self) -> None:
        self.start()
        requests = self.link.paint(self.large(20))
        self.link.paint([(7, 6)])
        self.wire.carry()
        taken = len(self.paints()) - 1
        self.assertTrue(self.BURST / limits.REQUEST_PIXELS <= taken < 14, taken)
        self.assertEqual(self.link.replica.unanswered, 21 - taken)
        self.assertEqual(self.shown(7, 0), 6)
        for _second in range(8):
            self.server.clock.advance(1)
            self.wire.carry()
        self.assertEqual(list(dict.fromkeys(self.paints())), [*requests, 20])
        self.assertEqual((self.refusals(), self.link.replica.unanswered), ([], 0))
        self.assertEqual(self.server.board.canvas.colours[6:9], bytes([3, 6, 3]))

    def test_a_small_paint_that_is_refused_for_the_rate_is_told(self) -> None:
        self.start()
        for _request in range(14):
            self.link.paint(self.large(1))
        self.wire.carry()
        self.assertEqual(self.refusals(), [reasons.TOO_FAST.code])
        self.assertEqual(self.link.replica.unanswered, 0)

    def test_every_other_refusal_is_told_and_what_waits_goes_on(self) -> None:
        self.start()
        self.link.paint(self.large(3))
        self.server.act(Freeze())
        self.wire.carry()
        self.assertEqual(self.refusals(), [reasons.FROZEN.code] * 3)
        self.assertEqual((self.shown(0, 0), self.link.replica.unanswered), (0, 0))
        self.server.act(Thaw())
        self.assertEqual(self.link.paint([(7, 6)]), [3])
        self.wire.carry()
        self.assertEqual(self.server.board.canvas.colours[7], 6)

    def test_a_lost_connection_drops_what_waits(self) -> None:
        """The pixels are not shown any more, and nothing of them is sent on the next connection."""
        self.start()
        self.link.paint(self.large(20))
        self.wire.carry()  # what is left rests
        self.wire.cut()
        self.assertEqual(self.link.replica.unanswered, 0)
        before = len(self.paints())
        self.come_back()
        self.server.clock.advance(A_WHILE)
        self.wire.carry()
        self.assertEqual(len(self.paints()), before)
        self.link.paint([(7, 6)])
        self.wire.carry()
        self.assertEqual((len(self.paints()), self.server.board.canvas.colours[7]), (before + 1, 6))

    def test_a_stop_drops_what_waits(self) -> None:
        self.start()
        self.link.paint(self.large(20))
        self.wire.carry()
        before = len(self.paints())
        self.link.stop()
        self.wire.carry()
        self.server.clock.advance(A_WHILE)
        self.assertEqual((len(self.paints()), self.wire.sent[-1]), (before, Goodbye()))


class ComingBackTests(LinkTestCase):
    """After a connection that was lost."""

    def test_it_comes_back_with_what_it_holds_and_is_sent_what_came_after(self) -> None:
        self.start()
        self.link.paint([(7, 3)])
        self.wire.carry()
        self.wire.cut()
        self.assertEqual(self.link.state, LinkState.AWAY)
        other = self.server.join()
        other.say(Paint(0, b"\x08\0\0\0\x05"))
        self.listener.messages.clear()
        self.come_back()
        self.assertEqual(self.wire.sent[-1], Hello(2, CANVAS_ID, 1, "Ada"))
        self.assertEqual(self.link.state, LinkState.ONLINE)
        self.assertEqual([type(message) for message, _cells in self.listener.messages[:2]], [Welcome, Changes])
        self.assertEqual((self.shown(7, 0), self.shown(8, 0)), (3, 5))

    def test_a_paint_that_did_not_arrive_is_not_shown_any_more(self) -> None:
        self.start()
        self.link.paint([(7, 3)])
        self.wire.to_server()
        self.link.paint([(8, 3)])
        self.wire.cut()
        self.assertEqual((self.shown(7, 0), self.shown(8, 0)), (0, 0))
        self.come_back()
        self.assertEqual((self.shown(7, 0), self.shown(8, 0)), (3, 0))

    def test_a_server_that_was_not_there_is_found_when_it_is(self) -> None:
        self.start()
        self.wire.cut()
        self.wire.server = None
        for _ in range(3):
            self.come_back()
        refused = (LinkState.AWAY, "The connection was refused: no server listens there")
        self.assertEqual(self.listener.states[3:], [refused] * 3)
        self.wire.server = self.server
        self.come_back()
        self.assertEqual(self.link.state, LinkState.ONLINE)

    def test_a_server_that_sends_it_away_is_asked_less_and_less_often(self) -> None:
        """Like an absent server; a welcome gives new hope."""
        self.start()
        self.server.clients.max_clients = 0
        self.wire.cut()
        attempts = []
        for _ in range(600):
            greetings = len(self.listener.states)
            self.server.clock.advance(0.1)
            self.wire.carry()
            attempts.append(len(self.listener.states) > greetings)
        self.assertTrue(sum(attempts[:100]) > sum(attempts[-100:]) >= 0)
        self.assertTrue(3 <= sum(attempts) <= 20, sum(attempts))
        self.assertIn((LinkState.AWAY, "the server is full (limit: 0)"), self.listener.states)
        self.server.clients.max_clients = None
        self.come_back()
        self.assertEqual(self.link.state, LinkState.ONLINE)

    def test_the_reason_is_the_servers_where_it_gives_one(self) -> None:
        self.start()
        self.wire.say(Failed("the disk is full"), Closing())
        self.wire.carry()
        self.assertEqual(self.listener.states[-1], (LinkState.AWAY, "the disk is full"))

    def test_a_server_that_does_not_speak_the_protocol_is_left(self) -> None:
        """With the fault; later messages stay unread."""
        self.start()
        self.wire.protocol.dataReceived(b"SSH-2.0-OpenSSH_9.2\r\n")
        self.wire.say(WholeBoard(0, bytes([1]) * 2500))
        self.wire.carry()
        state, reason = self.listener.states[-1]
        self.assertEqual(state, LinkState.AWAY)
        self.assertTrue(reason.startswith("the server does not speak the protocol: "), reason)
        self.assertEqual(self.shown(0, 0), 0)


class StopTests(LinkTestCase):
    """Leaving."""

    def test_it_says_goodbye_and_stays_away(self) -> None:
        self.start()
        stopped = self.link.stop()
        self.wire.carry()
        self.successResultOf(stopped)
        self.assertEqual(self.wire.sent[-1], Goodbye())
        self.assertEqual(self.server.factory.protocols, {})
        connections = len(self.wire.sent)
        self.come_back()
        self.assertEqual(len(self.wire.sent), connections)
        self.assertEqual(self.listener.states[-1], (LinkState.STOPPED, ""))

    def test_it_can_be_stopped_while_it_is_away(self) -> None:
        self.start()
        self.wire.cut()
        self.successResultOf(self.link.stop())
        self.come_back()
        self.assertEqual(len(self.wire.sent), 1)
        self.assertEqual(self.server.clock.getDelayedCalls(), [])


@implementer(IStreamClientEndpoint)
class Unreachable:
    """Fails to connect."""

    def __init__(self, reason: Exception) -> None:
        self._reason = reason

    def connect(self, factory: Any) -> Deferred[Any]:
        """See ``IStreamClientEndpoint``."""
        return fail(self._reason)


class ReasonTests(SynchronousTestCase):
    """Why there is no connection, in words for people."""

    def test_the_usual_reasons_have_words_of_their_own(self) -> None:
        for reason, words in (
            (error.ConnectionRefusedError(), "The connection was refused: no server listens there"),
            (error.DNSLookupError(), "There is no host of this name"),
            (error.TimeoutError(), "There is no answer"),
            (error.TCPTimedOutError(), "There is no answer"),
            (error.NoRouteError(), "There is no route to this host"),
            (OSError(24, "Too many open files"), "[Errno 24] Too many open files"),
        ):
            listener, clock = Listener(), Clock()
            link = Link(clock, Unreachable(reason), listener)
            link.start()
            self.assertEqual(listener.states, [(LinkState.CONNECTING, words)])
            self.successResultOf(link.stop())


class PaletteTests(LinkTestCase):
    """What a server calls its colours."""

    def test_the_palette_is_the_servers(self) -> None:
        self.start()
        assert self.link.replica.canvas is not None
        self.assertEqual(self.link.replica.canvas.palette, AF06)
