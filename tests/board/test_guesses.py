"""Wrong keys and codes, by address."""

from __future__ import annotations

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from dcc import reasons
from dcc.board.guesses import ADDRESSES, AT_ONCE, EACH_SECONDS, Guesses
from dcc.core.actions import AddKey, Entry, SetEntry
from dcc.core.people import Role, digest_key
from dcc.errors import ProtocolError
from dcc.protocol.messages import AskPeople, Closing, Failed, Hello, People, Welcome
from tests.support.wire import FakeServer, log

HERE = IPv4Address("TCP", "192.0.2.7", 5000)
ELSEWHERE = IPv4Address("TCP", "192.0.2.8", 5000)

UNKNOWN, WRONG = reasons.UNKNOWN_KEY.tell({}), reasons.WRONG_CODE.tell({})


def wait(seconds: int) -> str:
    """The reason for not looking at a guess."""
    return reasons.TOO_MANY_GUESSES.tell({"segundos": seconds})


class GuessesTests(SynchronousTestCase):
    """The table of addresses."""

    def test_a_hundred_at_once_and_then_one_each_ten_seconds(self) -> None:
        guesses = Guesses()
        for _ in range(AT_ONCE):
            guesses.check("a", 0)
            guesses.add("a", 0)
        error = self.assertRaises(ProtocolError, guesses.check, "a", 0)
        self.assertEqual(error.values, {"segundos": EACH_SECONDS})
        guesses.check("a", EACH_SECONDS)
        guesses.add("a", EACH_SECONDS)
        error = self.assertRaises(ProtocolError, guesses.check, "a", EACH_SECONDS + 0.5)
        self.assertEqual(error.values, {"segundos": EACH_SECONDS})
        guesses.check("b", 0)

    def test_many_addresses_are_not_remembered_for_ever(self) -> None:
        guesses = Guesses()
        for number in range(ADDRESSES + 5):
            guesses.add(str(number), 0)
        guesses.add("7", 0)
        self.assertEqual(len(guesses.counts), ADDRESSES)
        self.assertEqual((guesses.counts[0], guesses.counts[-1]), (("5", 1), ("7", 2)))


class GuessingTests(SynchronousTestCase):
    """A server with a key and a code."""

    def setUp(self) -> None:
        self.server = FakeServer()
        self.server.act(AddKey("Mo", digest_key("mo"), Role.MODERATE), SetEntry(Entry.CODE, "Sol y sombra"))

    def outcome(self, hello: Hello, address: IAddress = HERE) -> str:
        """Say hello, and return the reason for the end; empty if welcome."""
        peer = self.server.connect(StringTransport(peerAddress=address))
        peer.say(hello)
        messages = peer.receive()
        if isinstance(messages[0], Welcome):
            peer.hang_up()
            return ""
        [failed, closing] = messages
        assert isinstance(failed, Failed)
        self.assertEqual((closing, peer.was_closed), (Closing(), True))
        return failed.error

    def guess(self, times: int, address: IAddress = HERE) -> None:
        """Guess wrong keys and codes."""
        for number in range(times):
            hello = Hello(2, key="guess") if number % 2 else Hello(2, code="guess")
            self.assertEqual(self.outcome(hello, address), UNKNOWN if number % 2 else WRONG)

    def test_wrong_keys_and_codes_are_slowed_by_address_and_right_codes_too_until_the_wait_is_over(self) -> None:
        self.guess(AT_ONCE)
        for hello in (Hello(2, key="guess"), Hello(2, code="guess"), Hello(2, code="sol y sombra")):
            self.assertEqual(self.outcome(hello), wait(10))
        self.assertEqual(self.outcome(Hello(2, code="sol y sombra"), ELSEWHERE), "")
        self.server.clock.advance(EACH_SECONDS)
        self.assertEqual(self.outcome(Hello(2, code=" SOL Y SOMBRA ")), "")

    def test_a_class_behind_one_address_comes_with_the_word_of_last_week_and_mistypes_the_new_one(self) -> None:
        self.guess(2 * 40)
        self.assertEqual(self.outcome(Hello(2, code="sol y sombra")), "")

    def test_a_right_key_and_whoever_tells_nothing_need_not_wait_for_the_guesses_of_a_neighbour(self) -> None:
        self.guess(AT_ONCE)
        self.assertEqual(self.outcome(Hello(2, key="mo")), "")
        self.assertEqual(self.outcome(Hello(2)), "")

    def test_a_code_that_nobody_asks_for_is_no_guess(self) -> None:
        self.guess(AT_ONCE)
        self.server.act(SetEntry(Entry.OPEN))
        self.assertEqual(self.outcome(Hello(2, code="guess")), "")

    def test_the_machines_of_one_network_of_ipv6_guess_together(self) -> None:
        for number in range(AT_ONCE):
            self.guess(1, IPv6Address("TCP", f"2001:db8::{number + 1:x}", 5000))
        self.assertEqual(self.outcome(Hello(2, key="guess"), IPv6Address("TCP", "2001:db8::ff", 5000)), wait(10))
        self.assertEqual(self.outcome(Hello(2, key="guess"), IPv6Address("TCP", "2001:db8:0:1::1", 5000)), UNKNOWN)

    def test_moderators_are_told_and_the_operator_has_a_line(self) -> None:
        with log() as logged:
            self.guess(3)
            self.guess(1, ELSEWHERE)
        self.assertEqual(
            logged.warnings[1],
            f"Client 2 (192.0.2.7:5000) is disconnected: {UNKNOWN}",
        )
        peer = self.server.connect()
        peer.say(Hello(2, key="mo"), AskPeople(1))
        people = peer.receive()[-1]
        assert isinstance(people, People)
        self.assertEqual(people.guesses, (("192.0.2.7", 3), ("192.0.2.8", 1)))

    def test_a_wrong_key_counts_nobody_as_a_user(self) -> None:
        self.guess(2)
        self.server.clock.advance(1)
        self.assertEqual(self.server.board.users.connected, 0)
