"""Who a client is, what moderators ask, and who is turned away."""

from __future__ import annotations

from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.defer import Deferred, succeed
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from dcc import reasons
from dcc.board.board import KEYS_WATCHED_SECONDS
from dcc.board.record import Selection
from dcc.core.actions import (
    Action,
    AddAreas,
    AddKey,
    Announce,
    Area,
    Ban,
    Choice,
    Entry,
    Freeze,
    Group,
    LogEntry,
    Rectangle,
    RevokeKey,
    SetEntry,
    Unban,
)
from dcc.core.canvas import Canvas, pack_pixels
from dcc.core.palette import AF06
from dcc.core.people import Role, digest_key
from dcc.core.placements import Painter, Placement
from dcc.errors import Refusal
from dcc.protocol.messages import (
    Act,
    ActionLog,
    AskAuthor,
    AskLog,
    AskPeople,
    AskPreview,
    Author,
    ClientMessage,
    Closing,
    Done,
    Failed,
    Guest,
    Hello,
    KeyHolder,
    PaintOne,
    People,
    Preview,
    Rejected,
    ServerMessage,
    Users,
    Welcome,
)
from dcc.record.memory import MemoryRecord
from tests.support.wire import (
    CANVAS_ID,
    ELSEWHERE,
    RED,
    WALL_CLOCK_SECONDS,
    FakeServer,
    HeldRecord,
    Peer,
    names,
    paint,
    pintar,
)

HERE = IPv4Address("TCP", "192.0.2.7", 5000)
MODERATORS_ONLY = reasons.MODERATORS_ONLY.tell({})
BANNED = reasons.BANNED.tell({"motivo": "scribbles"})
TURNED_AWAY = reasons.TURNED_AWAY.tell({"motivo": "scribbles"})


class StrokesRecord(HeldRecord):
    """Keeps the strokes, and answers questions about the last of them."""

    def last_placement(self, cell: int) -> Deferred[Placement | None]:
        """See :class:`dcc.board.record.Record`."""
        return succeed(Placement(len(self.batches), 1, self.batches[-1][-1].painter) if self.batches else None)


class PeopleTestCase(SynchronousTestCase):
    """A server with a key for each role: Olga owns, Mo moderates, Ada paints, Wim watches."""

    def setUp(self) -> None:
        self.record = StrokesRecord()
        self.server = FakeServer(record=self.record)
        self.act(
            *(
                AddKey(name, digest_key(name), role)
                for name, role in (("Olga", Role.OWN), ("Mo", Role.MODERATE), ("Ada", Role.PAINT), ("Wim", Role.WATCH))
            )
        )

    def act(self, *actions: Action) -> None:
        """Do actions as the operator, and record everything."""
        self.server.act(*actions)
        self.record.commit_all()

    def join(self, key: str = "", **words: object) -> Peer:
        """Connect somebody, and wait for the board."""
        peer = self.server.connect(StringTransport(peerAddress=HERE))
        peer.say(Hello(2, key=key, **words))  # type: ignore[arg-type]
        return peer

    def welcome(self, peer: Peer) -> Welcome:
        """Return the first message of a peer."""
        message = peer.receive()[0]
        assert isinstance(message, Welcome), message
        return message

    def answer(self, peer: Peer, message: ClientMessage) -> ServerMessage:
        """Ask, and return the last answer."""
        peer.receive()
        peer.say(message)
        return [each for each in peer.receive() if not isinstance(each, Users)][-1]

    def painter(self, peer: Peer) -> Painter:
        """Paint, and return who painted by the record."""
        peer.send(paint(1, (0, RED)))
        self.record.commit_all()
        return self.record.batches[-1][-1].painter


class IdentityTests(PeopleTestCase):
    """Who a client is."""

    def test_a_key_gives_a_proven_name_and_a_role(self) -> None:
        for name, role in (("Olga", Role.OWN), ("Mo", Role.MODERATE), ("Ada", Role.PAINT), ("Wim", Role.WATCH)):
            welcome = self.welcome(self.join(name))
            self.assertEqual((welcome.name, welcome.role), (name, role))

    def test_the_record_has_the_proven_name_and_not_the_claimed_one(self) -> None:
        self.assertEqual(self.painter(self.join("Ada", name="Mo")), Painter(1, "Ada", "192.0.2.7:5000", True))

    def test_a_claimed_name_proves_nothing(self) -> None:
        peer = self.join(name="Mo")
        welcome = self.welcome(peer)
        self.assertEqual((welcome.name, welcome.role), ("", Role.PAINT))
        self.assertEqual(self.painter(peer), Painter(1, "Mo", "192.0.2.7:5000", False))

    def test_a_name_that_a_proxy_has_signed_in_is_proven_on_both_versions(self) -> None:
        commands: dict[int, bytes] = {1: pintar(0, 0, "red"), 2: paint(1, (0, RED))}
        for version, command in commands.items():
            peer = self.server.connect(StringTransport(peerAddress=HERE))
            peer.protocol.client.sign_in("Zoe")
            peer.say(Hello(version, name="Mo"))
            peer.send(command)
            self.record.commit_all()
            painter = self.record.batches[-1][-1].painter
            self.assertEqual((painter.name, painter.is_proven), ("Zoe", True))

    def test_a_signed_in_name_has_the_role_of_its_key(self) -> None:
        peer = self.server.connect()
        peer.protocol.client.sign_in("Mo")
        peer.say(Hello(2))
        self.assertEqual(self.welcome(peer).role, Role.MODERATE)

    def test_another_nuevo_finds_out_anew(self) -> None:
        self.act(SetEntry(Entry.CODE, "sol"))
        peer = self.join()
        self.assertEqual(self.welcome(peer).role, Role.WATCH)
        for hello, role in (
            (Hello(2, code="sol"), Role.PAINT),
            (Hello(2, key="Mo"), Role.MODERATE),
            (Hello(2), Role.WATCH),
        ):
            peer.say(hello)
            self.assertEqual(self.welcome(peer).role, role)

    def test_a_client_that_only_watches_paints_nothing_and_is_no_user(self) -> None:
        painter, watcher = self.join(), self.join("Mo", only_watches=True)
        self.assertEqual(self.welcome(watcher).role, Role.WATCH)
        self.server.clock.advance(1)
        self.assertEqual(self.server.board.users, Users(1))
        rejected = self.answer(watcher, Act(1, Freeze()))
        assert isinstance(rejected, Rejected)
        self.assertEqual(rejected.reason, MODERATORS_ONLY)
        watcher.send(paint(1, (0, RED)))
        [rejected] = watcher.receive()
        self.assertEqual(rejected.reason, reasons.ONLY_WATCHING.tell({}))
        painter.hang_up()
        self.server.clock.advance(1)
        self.assertEqual(self.server.board.users, Users(0))
        watcher.say(Hello(2))
        self.server.clock.advance(1)
        self.assertEqual(self.server.board.users, Users(1))
        watcher.hang_up()
        self.server.clock.advance(1)
        self.assertEqual(self.server.board.users, Users(0))

    def test_a_watcher_is_told_of_changes_as_everybody(self) -> None:
        painter, watcher = self.join(), self.join(only_watches=True)
        watcher.receive()
        self.painter(painter)
        self.assertEqual(watcher.receive()[0].pixels, pack_pixels([(0, RED)]))

    def test_the_record_keeps_of_an_address_what_the_operator_wants(self) -> None:
        self.server.board.keep_address = lambda address: f"~{len(address)}"
        self.assertEqual(self.painter(self.join()).address, "~14")
        people = self.answer(self.join("Mo"), AskPeople(1))
        assert isinstance(people, People)
        self.assertEqual([guest.address for guest in people.guests], ["192.0.2.7"] * 2)

    def test_a_connection_leaves_nothing_behind(self) -> None:
        for peer in (self.join(), self.join("Ada"), self.join(only_watches=True)):
            peer.hang_up()
        self.assertEqual(list(self.server.board.presence), [])


class AskingTests(PeopleTestCase):
    """What moderators alone are told."""

    def test_who_is_here_is_told_in_the_order_of_their_coming_with_addresses(self) -> None:
        mo, _ada, _somebody, old, local = (
            self.join("Mo"),
            self.join("Ada", name="x"),
            self.join(name="Olga"),
            self.server.connect(StringTransport(peerAddress=HERE)),
            self.server.connect(StringTransport(peerAddress=UNIXAddress("/run/dcc.sock"))),
        )
        old.say(Hello())
        local.say(Hello(2))
        self.server.connect()  # has not said anything
        self.act(SetEntry(Entry.CODE, "sol"), Ban("", "198.51.100.0/24", "scribbles"))
        people = self.answer(mo, AskPeople(7))
        self.assertEqual(
            people,
            People(
                7,
                (
                    Guest(1, "Mo", True, Role.MODERATE, "192.0.2.7"),
                    Guest(2, "Ada", True, Role.PAINT, "192.0.2.7"),
                    Guest(3, "Olga", False, Role.WATCH, "192.0.2.7"),
                    Guest(4, "", False, Role.WATCH, "192.0.2.7"),
                    Guest(5, "", False, Role.WATCH, ""),
                ),
                (Ban("", "198.51.100.0/24", "scribbles"),),
                "sol",
            ),
        )

    def test_owners_are_told_who_has_a_key(self) -> None:
        people = self.answer(self.join("Olga"), AskPeople(7))
        assert isinstance(people, People)
        self.assertEqual(people.keys[1:3], (KeyHolder("Mo", Role.MODERATE, None), KeyHolder("Ada", Role.PAINT, None)))

    def test_a_projector_is_told_the_word_of_the_room(self) -> None:
        self.act(SetEntry(Entry.CODE, "sol"))
        projector = self.join("Mo", only_watches=True)
        people = self.answer(projector, AskPeople(7))
        assert isinstance(people, People)
        self.assertEqual(people.code, "sol")
        for question in (AskLog(1), AskPreview(1, Choice(("Ada",)))):
            self.assertIsInstance(self.answer(projector, question), Rejected)

    def test_others_are_told_nothing(self) -> None:
        for key in ("", "Ada", "Wim"):
            peer = self.join(key)
            for question in (AskPeople(7), AskLog(7), AskPreview(7, Choice(("Ada",)))):
                answer = self.answer(peer, question)
                assert isinstance(answer, Rejected)
                self.assertEqual((answer.request, answer.reason, answer.pixels), (7, MODERATORS_ONLY, b""))

    def test_a_list_that_a_slow_peer_takes_after_its_key_was_revoked_is_not_told(self) -> None:
        for question in (AskPeople(7), AskLog(7)):
            self.act(RevokeKey("Mo"), AddKey("Mo", digest_key("Mo"), Role.MODERATE))
            peer = self.server.connect(StringTransport(peerAddress=HERE))
            peer.protocol.client.sign_in("Mo")
            peer.say(Hello(2))
            peer.receive()
            peer.pause()
            peer.say(question)
            self.act(RevokeKey("Mo"), AddKey("Mo", digest_key("new"), Role.PAINT))
            peer.resume()
            [answer] = [each for each in peer.receive() if not isinstance(each, Users)]
            assert isinstance(answer, Rejected), answer
            self.assertEqual((answer.request, answer.reason), (7, MODERATORS_ONLY))

    def test_a_wrong_action_and_a_wrong_choice_are_rejected_and_end_nothing(self) -> None:
        peer = self.join("Mo")
        peer.receive()
        peer.send(b'{"comando": "accion", "solicitud": 1, "accion": "volar"}', b'{"comando": "elegir", "solicitud": 2}')
        rejected = peer.receive()
        self.assertEqual(
            [(message.request, message.reason) for message in rejected if isinstance(message, Rejected)],
            [(1, "there is no action 'volar'"), (2, reasons.NOTHING_CHOSEN.tell({}))],
        )

    def test_the_log_is_told_in_pages_the_latest_first(self) -> None:
        for number in range(120):
            self.act(Announce(str(number)))
        peer, numbers, before = self.join("Mo"), [], None
        while True:
            page = self.answer(peer, AskLog(1, before))
            assert isinstance(page, ActionLog)
            if not page.entries:
                break
            numbers += [entry.number for entry in page.entries]
            before = numbers[-1]
            self.assertLessEqual(len(page.entries), 50)
        self.assertEqual(numbers, list(range(124, 0, -1)))

    def test_a_page_of_the_log_with_many_areas_is_short(self) -> None:
        for number in range(4):
            areas = tuple(Area(f"{number} {each}", Rectangle(0, 0, 1, 1), Group.NOBODY) for each in range(1000))
            self.act(AddAreas(areas))
        server = self.server.board
        self.assertEqual([entry.number for entry in server.log_before(None)][:4], [8, 7, 6, 5])
        self.act(AddAreas(tuple(Area(f"4 {each}", Rectangle(0, 0, 1, 1), Group.NOBODY) for each in range(96))))
        self.assertEqual([entry.number for entry in server.log_before(None)][-1], 1)
        self.act(*(Ban(str(number), "", "scribbles") for number in range(2)))
        self.assertEqual(len(server.log_before(None)), 11)

    def test_a_preview_is_a_question(self) -> None:
        peer = self.join("Mo")
        peer.receive()
        peer.say(AskPreview(1, Choice(("Ada",))), AskPeople(2), AskPreview(3, Choice(("Ada",))))
        self.assertEqual([type(message) for message in peer.receive()], [People, Rejected])
        choice, selected = self.record.selections.pop()
        selected.callback(Selection(choice, 9, 40, pack_pixels([(2, RED)])))
        self.assertEqual(peer.receive(), [Preview(1, 9, 40, pack_pixels([(2, RED)]))])

    def test_a_preview_that_is_not_possible_is_rejected_with_its_reason(self) -> None:
        peer = self.join("Mo")
        peer.receive()
        peer.say(AskPreview(1, Choice(action=7)))
        self.record.selections.pop()[1].errback(Refusal(reasons.NO_SUCH_ACTION, numero=7))
        self.assertEqual(peer.receive(), [Rejected(1, "there is no action 7", b"")])

    def test_who_painted_a_cell_is_told_to_everybody_and_the_address_to_moderators(self) -> None:
        self.painter(self.join("Ada"))
        time_ms = 1
        everybody = Author(5, 0, 0, "Ada", 1, time_ms, 1, is_proven=True)
        self.assertEqual(self.answer(self.join("Wim"), AskAuthor(5, 0, 0)), everybody)
        moderators = Author(5, 0, 0, "Ada", 1, time_ms, 1, True, "192.0.2.7")
        self.assertEqual(self.answer(self.join("Mo"), AskAuthor(5, 0, 0)), moderators)


class TurnedAwayTests(PeopleTestCase):
    """The ends of connections."""

    def ended(self, peer: Peer) -> str:
        """Return why a peer's connection ended; empty if it did not."""
        failed = [
            message.error for message in peer.receive() if isinstance(message, Failed | Closing) and message.error
        ]
        self.assertEqual(bool(failed), peer.was_closed)
        return failed[0] if failed else ""

    def test_a_revoked_key_ends_all_its_connections_at_once_and_no_other(self) -> None:
        tabs, other = [self.join("Ada"), self.join("Ada")], self.join("Mo")
        self.act(RevokeKey("Ada"))
        self.assertEqual([self.ended(tab) for tab in tabs], [reasons.UNKNOWN_KEY.tell({})] * 2)
        self.assertEqual(self.ended(other), "")

    def test_a_key_that_comes_to_its_end_ends_its_connections(self) -> None:
        until_ms = int(WALL_CLOCK_SECONDS * 1000) + 60_000
        self.act(
            AddKey("Eve", digest_key("Eve"), Role.PAINT, until_ms),
            AddKey("Eva", digest_key("Eva"), Role.PAINT, until_ms + 1),
        )
        eve, eva = self.join("Eve"), self.join("Eva")
        for seconds in (59, 1):
            self.assertEqual(self.ended(eve), "")
            self.server.wall_clock_seconds += seconds
            self.server.clock.advance(seconds)
        self.assertEqual(self.ended(eve), reasons.EXPIRED_KEY.tell({}))
        self.assertEqual(self.ended(eva), "")
        self.server.wall_clock_seconds += 0.001
        self.server.clock.advance(0.001)
        self.assertEqual(self.ended(eva), reasons.EXPIRED_KEY.tell({}))

    def test_a_key_ends_with_the_clock_of_the_machine_also_if_that_is_set_ahead(self) -> None:
        self.act(AddKey("Eve", digest_key("Eve"), Role.PAINT, int(WALL_CLOCK_SECONDS * 1000) + 10**15))
        eve = self.join("Eve")
        self.server.wall_clock_seconds += 10**12
        self.server.clock.advance(KEYS_WATCHED_SECONDS)
        self.assertEqual(self.ended(eve), reasons.EXPIRED_KEY.tell({}))

    def test_an_action_counts_whatever_goes_wrong_when_it_is_told(self) -> None:
        def follower(_entry: LogEntry) -> None:
            raise ZeroDivisionError

        self.server.board.on_action.append(follower)
        mo = self.join("Mo")
        mo.say(Act(1, Freeze()))
        self.record.commit_all()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(mo.receive()[-1], Done(1, 5, 0, 0))
        self.assertTrue(self.server.board.rules.news.is_frozen)

    def test_a_ban_from_connecting_ends_the_connections_of_both_versions_and_lets_nobody_in(self) -> None:
        def old() -> Peer:
            peer = self.server.connect(StringTransport(peerAddress=HERE))
            peer.say(Hello())
            return peer

        peers, ada, local = [self.join(), old()], self.join("Ada"), self.server.join()
        ban = Ban("", "192.0.2.0/24", "scribbles", from_connecting=True)
        self.act(ban)
        for peer in (*peers, self.join(), old()):
            self.assertEqual(self.ended(peer), TURNED_AWAY)
        self.assertEqual([self.ended(ada), self.ended(local)], ["", ""])
        self.act(Unban("", "192.0.2.0/24"))
        self.assertEqual(self.ended(self.join()), "")

    def test_a_ban_from_painting_ends_no_connection_and_is_told_at_the_next_paint(self) -> None:
        peer, old = self.join("Ada"), self.server.join(version=1)
        self.act(Ban("Ada", "", "scribbles"), Ban("", "127.0.0.1", "scribbles"))
        peer.receive()
        peer.send(paint(1, (0, RED)))
        self.assertEqual(peer.receive()[-1], Rejected(1, BANNED, pack_pixels([(0, 0)])))
        old.say(PaintOne(0, 0, "red"))
        self.assertEqual([names(board) for board in old.receive()], [{}])
        self.assertEqual((self.ended(peer), self.record.batches), ("", []))

    def test_a_paint_that_waits_is_not_recorded_for_somebody_who_is_turned_away(self) -> None:
        peer = self.join("Ada")
        peer.send(paint(1, (0, RED)), paint(2, (1, RED)))
        self.server.act(RevokeKey("Ada"))
        peer.send(paint(3, (2, RED)))
        self.record.commit_all()
        self.assertEqual(self.server.board.sequence, 2)
        self.assertEqual(len(self.record.batches), 2)

    def test_a_server_that_starts_with_rules_tells_them_and_turns_people_away(self) -> None:
        class EarlierRecord(MemoryRecord):
            """A record with actions from before the start."""

            def log(self) -> list[LogEntry]:
                """See :class:`dcc.board.record.Record`."""
                actions: list[Action] = [Freeze(), AddKey("Mo", digest_key("Mo"), Role.MODERATE)]
                return [LogEntry(number, 0, 1, ELSEWHERE, action) for number, action in enumerate(actions, start=1)]

        record = EarlierRecord(CANVAS_ID, Canvas(5, 5, AF06))
        server = FakeServer(record=record)
        peer = server.connect()
        peer.say(Hello(2), AskPeople(1))
        received = peer.receive()
        self.assertTrue(received[2].is_frozen)
        self.assertIsInstance(received[-1], Rejected)
        peer.say(Hello(2, key="Mo"))
        self.assertEqual(self.welcome(peer).role, Role.MODERATE)
