"""A client that is somebody: keys, codes, actions, and what moderators ask, against a real server core."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from dcc.client.identity import Identity
from dcc.client.link import Link, LinkState
from dcc.core.actions import (
    Action,
    AddAreas,
    AddKey,
    Announce,
    Area,
    Choice,
    Entry,
    Freeze,
    Group,
    LogEntry,
    Rectangle,
    RevokeKey,
    SetCooldown,
    SetEntry,
    Thaw,
)
from dcc.core.people import Role, digest_key
from dcc.errors import DccError, Refusal, ServerUnavailable
from dcc.protocol.messages import AskAuthor, AskLog, AskPeople, Cooldown, Hello, RulesNews
from tests.client.test_link import LinkTestCase, Listener
from tests.support.script_wire import Wire
from tests.support.wire import FakeServer

KEY, OTHER_KEY = "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba"


class PeopleTestCase(LinkTestCase):
    """A server on which Ada moderates with a key.

    :ivar kept: each key that the client was told to remember; empty for one to forget.
    """

    def setUp(self) -> None:
        self.server = FakeServer()
        self.kept: list[str] = []
        self.do(AddKey("Ada", digest_key(KEY), Role.MODERATE))

    def do(self, action: Action) -> None:
        """Do an action at the command line of the server."""
        [entry] = self.server.act(action)
        self.assertIsInstance(entry, LogEntry)

    def connect(self, key: str = "", code: str = "", *, version: int = 2) -> None:
        """Connect, and be shown the board, or sent away."""
        self.wire = Wire(self.server, version)
        self.listener = Listener()
        identity = Identity("claimed", key, code, keep=self.kept.append)
        self.link = Link(self.server.clock, self.wire, self.listener, identity)
        self.link.start()
        self.wire.carry()
        self.server.clock.advance(1)  # rules are told once a second
        self.wire.carry()

    def answer(self, asked: Deferred[Any]) -> Any:
        """Carry everything; the answer."""
        self.wire.carry()
        return self.successResultOf(asked)

    def refusal(self, asked: Deferred[Any]) -> DccError:
        """Carry everything; why there is no answer."""
        self.wire.carry()
        error = self.failureResultOf(asked).value
        assert isinstance(error, DccError)
        return error


class KeyTests(PeopleTestCase):
    """Who a client is."""

    def test_the_holder_of_a_key_has_its_name_and_role_and_the_key_is_remembered(self) -> None:
        self.connect(KEY)
        self.assertEqual((self.link.state, self.link.replica.name), (LinkState.ONLINE, "Ada"))
        self.assertEqual((self.link.replica.role, self.kept), (Role.MODERATE, [KEY]))

    def test_without_a_key_nobody_is_proven_and_nothing_is_remembered(self) -> None:
        self.connect()
        self.assertEqual((self.link.replica.name, self.link.replica.role), ("", Role.PAINT))
        self.assertEqual(self.kept, [])

    def test_a_refused_key_is_said_in_plain_words_forgotten_and_not_told_again(self) -> None:
        self.connect(OTHER_KEY)
        self.assertEqual(self.kept, [""])
        self.come_back()
        self.assertIn((LinkState.AWAY, "nobody has this key, or no longer: ask for a new link"), self.listener.states)
        self.assertEqual([each.key for each in self.wire.sent if isinstance(each, Hello)], [OTHER_KEY, ""])
        self.assertEqual(self.link.state, LinkState.ONLINE)

    def test_a_key_revoked_meanwhile_is_forgotten_too(self) -> None:
        self.connect(KEY)
        self.do(RevokeKey("Ada"))
        self.wire.carry()
        self.assertEqual((self.link.state, self.kept), (LinkState.AWAY, [KEY, ""]))
        self.come_back()
        self.assertEqual((self.link.state, self.link.replica.name), (LinkState.ONLINE, ""))

    def test_a_wrong_code_is_not_told_again(self) -> None:
        self.do(SetEntry(Entry.CODE, "tulip"))
        self.connect(code="rose")
        self.come_back()
        self.assertEqual([each.code for each in self.wire.sent if isinstance(each, Hello)], ["rose", ""])
        self.assertEqual((self.link.state, self.link.replica.role), (LinkState.ONLINE, Role.WATCH))

    def test_somebody_can_become_another_without_a_new_window(self) -> None:
        self.do(SetEntry(Entry.CODE, "tulip"))
        self.connect()
        self.assertEqual((self.link.replica.role, self.link.replica.rules.entry), (Role.WATCH, Entry.CODE))
        for key, code, name, role in (("", "Tulip ", "", Role.PAINT), (KEY, "", "Ada", Role.MODERATE)):
            self.link.introduce(key, code)
            self.wire.carry()
            self.come_back()
            self.assertEqual((self.link.state, self.link.replica.name), (LinkState.ONLINE, name))
            self.assertEqual(self.link.replica.role, role)

    def test_neither_key_nor_code_is_in_a_log(self) -> None:
        shown = repr(Identity("Ada", KEY, "tulip"))
        self.assertNotIn(KEY, shown)
        self.assertNotIn("tulip", shown)


class ActionTests(PeopleTestCase):
    """What moderators do and ask."""

    def test_an_action_is_answered_to_its_asker_alone_once_it_is_in_force(self) -> None:
        self.connect(KEY)
        self.listener.messages.clear()
        done = self.answer(self.link.act(Freeze()))
        self.assertEqual((done.number, done.cells, self.server.board.rules.news.is_frozen), (2, 0, True))
        self.server.clock.advance(1)
        self.wire.carry()
        self.assertEqual([type(message) for message, _cells in self.listener.messages], [RulesNews])
        self.assertTrue(self.link.replica.rules.is_frozen)

    def test_a_refused_action_says_why_with_the_code(self) -> None:
        self.connect(KEY)
        refusal = self.refusal(self.link.act(Thaw()))
        self.assertIsInstance(refusal, Refusal)
        self.assertEqual((refusal.code, str(refusal)), ("no-congelado", "the board is not frozen"))
        self.connect()
        self.assertEqual(self.refusal(self.link.act(Freeze())).code, "solo-moderadores")

    def test_many_questions_at_once_are_sent_one_at_a_time_and_each_is_answered(self) -> None:
        self.connect(KEY)
        self.link.paint([(7, 3)])
        asked = [
            self.link.ask_author(7, 0),
            self.link.ask_people(),
            self.link.ask_log(),
            self.link.ask_history(),
            self.link.ask_log(before=1),
        ]
        self.wire.to_server()
        questions = [each for each in self.wire.sent if isinstance(each, AskAuthor | AskPeople | AskLog)]
        self.assertEqual([type(each) for each in questions], [AskAuthor])
        author = self.refusal(asked[0])  # the record of this server is memory, which keeps no history
        self.assertEqual(author.code, "sin-historia")
        people, log = self.successResultOf(asked[1]), self.successResultOf(asked[2])
        self.assertEqual([(guest.name, guest.is_proven) for guest in people.guests], [("Ada", True)])
        self.assertEqual([type(entry.action) for entry in log.entries], [AddKey])
        self.assertEqual(self.failureResultOf(asked[3]).value.code, "sin-historia")
        self.assertEqual(self.successResultOf(asked[4]).entries, ())

    def test_a_refused_question_does_not_hold_up_the_next(self) -> None:
        self.connect()
        refused, answered = self.link.ask_people(), self.link.ask_history()
        self.assertEqual(self.refusal(refused).code, "solo-moderadores")
        self.assertEqual(self.failureResultOf(answered).value.code, "sin-historia")

    def test_a_lost_connection_fails_what_was_asked_and_what_waited_and_nothing_is_asked_again(self) -> None:
        self.connect(KEY)
        asked = [self.link.act(Freeze()), self.link.ask_people(), self.link.ask_log()]
        self.wire.lose()
        self.wire.cut()
        for each in asked:
            self.failureResultOf(each, ServerUnavailable)
        self.come_back()
        self.assertFalse(self.server.board.rules.news.is_frozen)
        self.assertEqual([each for each in self.wire.sent if isinstance(each, AskPeople)], [])
        self.assertEqual(len(self.answer(self.link.ask_people()).guests), 1)

    def test_an_answer_that_nobody_waits_for_any_more_goes_to_nobody(self) -> None:
        self.connect(KEY)
        asked = self.link.ask_people()
        asked.cancel()
        self.failureResultOf(asked)
        self.listener.messages.clear()
        self.assertEqual(len(self.answer(self.link.ask_log()).entries), 1)
        self.assertEqual(self.listener.messages, [])

    def test_away_and_with_a_server_of_version_1_there_is_an_error_and_no_exception(self) -> None:
        self.connect(version=1)
        for asked in (self.link.act(Freeze()), self.link.ask_people(), self.link.ask_preview(Choice(("Ada",)))):
            error = self.failureResultOf(asked, ServerUnavailable).value
            self.assertEqual(str(error), "the server speaks version 1, which has no moderators")
        self.assertEqual(str(self.failureResultOf(self.link.ask_history()).value), "this server keeps no history")
        self.wire.cut()
        self.assertEqual(str(self.failureResultOf(self.link.act(Freeze())).value), "not connected")


class NewsTests(PeopleTestCase):
    """What a client is told of the rules."""

    def test_the_rules_are_those_of_now_and_none_while_away(self) -> None:
        area = Area("garden", Rectangle(1, 2, 3, 4), Group.NOBODY)
        self.connect()
        self.assertEqual(self.link.replica.rules, RulesNews())
        for action in (AddAreas((area,)), Announce("hello"), Freeze()):
            self.do(action)
        self.server.clock.advance(2)
        self.wire.carry()
        self.assertEqual(self.link.replica.rules, RulesNews(is_frozen=True, areas=(area,), announcement="hello"))
        self.wire.cut()
        self.assertEqual(self.link.replica.rules, RulesNews())

    def test_the_charges_are_told_and_the_end_of_the_cooldown(self) -> None:
        self.do(SetCooldown(10, 3))
        self.connect()
        self.assertEqual(self.link.replica.cooldown, Cooldown(0, 3, 3, 0, 10_000))
        self.link.paint([(1, 2), (2, 2)])
        self.wire.carry()
        self.assertEqual(self.link.replica.cooldown, Cooldown(0, 1, 3, 10_000, 10_000))
        self.do(SetCooldown(0))
        self.wire.carry()
        self.assertFalse(self.link.replica.has_cooldown)
