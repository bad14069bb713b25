"""The cooldown of a person: charges that gather, and no way around it."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from dcc import reasons
from dcc.board.cooldowns import NO_COOLDOWN, Cooldowns, name_for_charges
from dcc.core.actions import AddKey, SetCooldown
from dcc.core.addresses import hash_address, household
from dcc.core.people import Person, Role, digest_key
from dcc.core.placements import Painter
from dcc.errors import PixelRejected, RecordError, StillResting, TooFast
from dcc.protocol.messages import Acknowledged, Changes, ClientMessage, Cooldown, Hello, PaintOne, Rejected
from dcc.server.addresses import spell_address, spell_host
from tests.support.wire import (
    GREEN,
    RED,
    FakeServer,
    HeldRecord,
    Peer,
    TableTestCase,
    each,
    log,
    names,
    paint,
)

SECONDS, MOST = 10, 3
SECRET = b"secret of a canvas"
ADA = "=Ada"
HERE = IPv4Address("TCP", "192.0.2.7", 5000)
ELSEWHERE = IPv4Address("TCP", "192.0.2.8", 5000)
NOW_MS = 1_700_000_000_000
SOCKET, SOCKET_HOST = spell_address(UNIXAddress(None)), spell_host(UNIXAddress(None))


class ChargesTests(TableTestCase):
    """Three charges at most, one each ten seconds."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.cooldowns = Cooldowns(self.clock.seconds, SECRET)
        self.cooldowns.set(SECONDS, MOST)

    def told(self, charges: int, next_ms: int, wait_ms: int = 0) -> Cooldown:
        """Return the news."""
        return Cooldown(wait_ms, charges, MOST, next_ms, SECONDS * 1000)

    def test_somebody_new_has_the_most_charges(self) -> None:
        self.assertEqual(self.cooldowns.news(ADA), self.told(3, 0))

    def test_a_pixel_takes_a_charge_and_one_comes_back_each_time(self) -> None:
        self.cooldowns.take(ADA, 2)
        self.assertEqual(self.cooldowns.news(ADA), self.told(1, 10_000))
        self.clock.advance(4)
        self.cooldowns.take(ADA, 1)
        self.assertEqual(self.cooldowns.news(ADA), self.told(0, 6_000, 6_000))
        for passed, news in ((6, self.told(1, 10_000)), (19, self.told(2, 1_000)), (1, self.told(3, 0))):
            self.clock.advance(passed)
            self.assertEqual(self.cooldowns.news(ADA), news)

    def test_no_more_than_the_most_gather(self) -> None:
        self.cooldowns.take(ADA, 1)
        self.clock.advance(1000)
        self.cooldowns.take(ADA, 3)
        self.assertRaises(StillResting, self.cooldowns.take, ADA, 1)

    def test_a_paint_of_several_pixels_waits_for_a_charge_for_each(self) -> None:
        self.cooldowns.take(ADA, 2)
        error = self.assertRaises(StillResting, self.cooldowns.take, ADA, 3)
        self.assertEqual((error.code, error.wait), (reasons.COOLDOWN.code, 20))
        self.assertEqual(self.cooldowns.news(ADA), self.told(1, 10_000))
        self.clock.advance(error.wait)
        self.cooldowns.take(ADA, 3)

    def test_a_painter_that_waits_as_long_as_told_need_not_wait_again(self) -> None:
        self.cooldowns.set(7, 4)
        for step in range(1, 200):
            try:
                self.cooldowns.take(ADA, 1)
            except StillResting as error:
                self.clock.advance(error.wait)
                self.cooldowns.take(ADA, 1)
            self.clock.advance(step / 97)

    def test_more_pixels_than_ever_gather_are_refused_and_waiting_does_not_help(self) -> None:
        error = self.assertRaises(PixelRejected, self.cooldowns.take, ADA, 4)
        self.assertNotIsInstance(error, TooFast)
        self.assertEqual(
            (error.code, error.values), (reasons.TOO_MANY_CELLS.code, {"cargas": MOST, "segundos": SECONDS})
        )
        self.cooldowns.set(SECONDS, 1)
        error = self.assertRaises(PixelRejected, self.cooldowns.take, ADA, 2)
        self.assertEqual(error.code, reasons.ONE_CELL.code)

    def test_people_have_charges_of_their_own(self) -> None:
        self.cooldowns.take(ADA, 3)
        self.cooldowns.take("=Bo", 3)
        self.cooldowns.take("Ada", 3)  # an address, whatever it looks like

    def test_charges_that_were_not_used_come_back(self) -> None:
        self.cooldowns.take(ADA, 3)
        self.cooldowns.give_back(ADA, 2)
        self.assertEqual(self.cooldowns.news(ADA), self.told(2, 10_000))

    def test_nobody_gains_more_than_the_most_by_pixels_that_come_back(self) -> None:
        self.cooldowns.take(ADA, 1)
        self.clock.advance(1000)
        self.cooldowns.give_back(ADA, 1)
        self.assertEqual(self.cooldowns.news(ADA), self.told(3, 0))

    def test_without_a_cooldown_nothing_is_refused_or_remembered(self) -> None:
        self.cooldowns.set(0, 1)
        self.cooldowns.take(ADA, 8192)
        self.assertEqual(self.cooldowns.news(ADA), NO_COOLDOWN)
        self.cooldowns.set(SECONDS, MOST)
        self.assertEqual(self.cooldowns.news(ADA), self.told(3, 0))

    def test_a_shorter_cooldown_shortens_the_wait_and_a_longer_one_gives_nothing_away(self) -> None:
        self.cooldowns.take(ADA, 3)
        self.cooldowns.set(2, 1)
        self.assertEqual(self.cooldowns.news(ADA).wait_ms, 2000)
        self.cooldowns.set(100, 1)
        self.assertEqual(self.cooldowns.news(ADA).wait_ms, 2000)

    def test_people_with_the_most_charges_are_forgotten(self) -> None:
        for number in range(1000):
            self.cooldowns.take(f"={number}", 1)
        self.clock.advance(SECONDS)
        for number in range(1000, 1510):
            self.cooldowns.take(f"={number}", 1)
        self.assertLessEqual(self.cooldowns.remembered, 511)

    @each({"addresses": str, "hashed addresses": lambda address: hash_address(SECRET, address)})
    def test_people_of_other_servers_with_the_most_charges_are_forgotten(self, show: Callable[[str], str]) -> None:
        for number in range(1000):
            self.cooldowns.recall([(Painter(1, "", show(f"192.0.2.{number}")), NOW_MS, 1)], NOW_MS)
            self.clock.advance(SECONDS)
        self.assertLessEqual(self.cooldowns.remembered, 2)


class PersonTests(TableTestCase):
    """Who shares charges."""

    @each(
        {
            "a name": (Person("Ada", host="192.0.2.7"), "=Ada"),
            "an address": (Person(host="192.0.2.7"), "192.0.2.7"),
            "IPv6": (Person(host="2001:db8:1:2:3::4"), "2001:db8:1:2::/64"),
            "IPv4 in IPv6": (Person(host="::ffff:192.0.2.7"), "192.0.2.7"),
            "a Unix socket": (Person(), ""),
            "nobody that a proxy names": (Person(host="unknown"), "unknown"),
        }
    )
    def test_name_for_charges(self, row: tuple[Person, str]) -> None:
        person, name = row
        self.assertEqual(name_for_charges(person), name)

    def test_a_household_is_its_own_household(self) -> None:
        for host in ("192.0.2.7", "unknown", ""):
            self.assertEqual(household(host), host)


class RestartTests(TableTestCase):
    """What the record knows of who painted lately."""

    def recalled(self, *painted: tuple[Painter, int, int]) -> Cooldowns:
        """Return the cooldowns of a server that has just started; each painted seconds ago, and so many pixels."""
        cooldowns = Cooldowns(Clock().seconds, SECRET)
        cooldowns.set(SECONDS, MOST)
        cooldowns.recall([(painter, NOW_MS - ago * 1000, pixels) for painter, ago, pixels in painted], NOW_MS)
        return cooldowns

    @each(
        {
            "a proven name": (Painter(1, "Ada", "192.0.2.7:5", True), Person("Ada", host="192.0.2.99")),
            "a claimed name": (Painter(1, "Ada", "192.0.2.7:5"), Person(host="192.0.2.7")),
            "IPv6": (Painter(1, "", "[2001:db8:1:2:3::4]:5"), Person(host="2001:db8:1:2::9")),
            "an address without a port": (Painter(1, "", "192.0.2.7"), Person(host="192.0.2.7")),
            "a hashed address": (Painter(1, "", hash_address(SECRET, "192.0.2.7")), Person(host="192.0.2.7")),
            "a hashed address of IPv6": (
                Painter(1, "", hash_address(SECRET, "2001:db8:1:2:3::4")),
                Person(host="2001:db8:1:2::9"),
            ),
            "a hashed IPv4 address within an IPv6 one": (
                Painter(1, "", hash_address(SECRET, "::ffff:192.0.2.7")),
                Person(host="192.0.2.7"),
            ),
            "a Unix socket": (Painter(1, "", SOCKET), Person(host=SOCKET_HOST)),
            "a Unix socket, hashed": (Painter(1, "", hash_address(SECRET, SOCKET)), Person(host=SOCKET_HOST)),
            "somebody whom a proxy does not name": (Painter(1, "", "unknown"), Person(host="unknown")),
            "somebody whom a proxy does not name, hashed": (
                Painter(1, "", hash_address(SECRET, "unknown")),
                Person(host="unknown"),
            ),
        }
    )
    def test_somebody_who_painted_before_a_restart_waits_on(self, row: tuple[Painter, Person]) -> None:
        painter, person = row
        cooldowns = self.recalled((painter, 12, 2), (painter, 4, 1))
        cooldowns.meet(person)
        # Two charges were gone 12 s ago, and one more 4 s ago: 30 - 12 s are left to the most.
        self.assertEqual(cooldowns.news(name_for_charges(person)), Cooldown(0, 1, MOST, 8_000, SECONDS * 1000))

    def test_others_are_new(self) -> None:
        cooldowns = self.recalled(
            (Painter(1, "Ada", "192.0.2.7:5", True), 1, 3), (Painter(2, "", hash_address(SECRET, "192.0.2.9")), 1, 3)
        )
        for person in (Person(host="192.0.2.7"), Person("Bo"), Person(host="192.0.2.8")):
            cooldowns.meet(person)
            self.assertEqual(cooldowns.news(name_for_charges(person)).charges, MOST)

    def test_placements_without_an_address_are_of_nobody(self) -> None:
        """With ``--addresses none``; otherwise whoever comes by a Unix socket would wait for all of them."""
        cooldowns = self.recalled((Painter(1, "Ada", ""), 1, 3))
        self.assertEqual(cooldowns.news(name_for_charges(Person())).charges, MOST)

    def test_a_clock_that_was_set_back_makes_nobody_wait_longer_than_ever(self) -> None:
        cooldowns = self.recalled((Painter(1, "Ada", "", True), -3600, 8192))
        self.assertEqual(cooldowns.news(ADA).wait_ms, SECONDS * 1000)


class SharedTests(SynchronousTestCase):
    """One person with several connections to a server."""

    def setUp(self) -> None:
        self.server = FakeServer()
        self.server.act(
            SetCooldown(SECONDS, MOST),
            AddKey("Ada", digest_key("ada"), Role.PAINT),
            AddKey("Mo", digest_key("mo"), Role.MODERATE),
        )

    def join(self, key: str = "", address: IAddress = HERE) -> Peer:
        """Connect somebody."""
        peer = self.server.connect(StringTransport(peerAddress=address))
        peer.say(Hello(2, key=key))
        return peer

    def answer(self, peer: Peer, request: int = 1) -> Acknowledged | Rejected:
        """Paint a pixel, and return the answer."""
        peer.receive()
        peer.send(paint(request, (request, RED)))
        return next(message for message in peer.receive() if isinstance(message, Acknowledged | Rejected))

    def paint_out(self, peer: Peer) -> None:
        """Use all charges."""
        for request in range(1, MOST + 1):
            self.assertIsInstance(self.answer(peer, request), Acknowledged)
        self.assertIsInstance(self.answer(peer), Rejected)

    def test_the_charges_are_told_after_the_board_and_after_each_acknowledgement(self) -> None:
        peer = self.join()
        self.assertEqual(peer.receive()[2], Cooldown(0, MOST, MOST, 0, 10_000))
        peer.send(paint(1, (0, RED)), paint(2, (1, RED)))
        messages = [message for message in peer.receive() if not isinstance(message, Changes)]
        self.assertEqual(
            messages,
            [
                Acknowledged(1, 1),
                Cooldown(0, 2, MOST, 10_000, 10_000),
                Acknowledged(2, 2),
                Cooldown(0, 1, MOST, 20_000 - 10_000, 10_000),
            ],
        )

    def test_nobody_gains_by_connecting_anew(self) -> None:
        peer = self.join()
        self.paint_out(peer)
        for _ in range(20):
            peer.hang_up()
            peer = self.join()
            self.assertIsInstance(self.answer(peer), Rejected)
        self.server.clock.advance(SECONDS)
        self.assertIsInstance(self.answer(peer), Acknowledged)

    def test_nobody_gains_by_twenty_tabs(self) -> None:
        tabs = [self.join() for _ in range(20)]
        answers = [self.answer(tab) for _ in range(3) for tab in tabs]
        self.assertEqual(sum(isinstance(answer, Acknowledged) for answer in answers), MOST)

    def test_nobody_gains_by_a_second_wire_or_by_version_1(self) -> None:
        self.paint_out(self.join())
        old = self.server.connect(StringTransport(peerAddress=HERE))
        old.say(Hello(), PaintOne(49, 49, "green"))
        self.assertEqual([name for board in old.receive() for name in names(board).values()].count("green"), 0)

    def test_a_key_has_the_same_charges_from_everywhere_and_others_at_that_address_have_their_own(self) -> None:
        self.paint_out(self.join("ada"))
        self.assertIsInstance(self.answer(self.join("ada", ELSEWHERE)), Rejected)
        self.assertIsInstance(self.answer(self.join()), Acknowledged)

    def test_all_connections_of_a_person_are_told_and_nobody_else(self) -> None:
        one, other, another, old = self.join("ada"), self.join("ada", ELSEWHERE), self.join(), self.server.connect()
        old.say(Hello())
        for peer in (one, other, another, old):
            peer.receive()
        one.send(paint(1, (0, RED)))
        news = Cooldown(0, 2, MOST, 10_000, 10_000)
        self.assertIn(news, other.receive())
        self.assertEqual([type(message) for message in another.receive()], [Changes])
        self.assertEqual(len(old.receive()), 1)

    def test_a_tab_that_takes_nothing_is_told_once_when_it_takes_something_again(self) -> None:
        one, other = self.join(), self.join()
        other.receive()
        other.pause()
        for _ in range(10):
            self.server.clock.advance(SECONDS)
            self.assertIsInstance(self.answer(one), Acknowledged)
        other.resume()
        told = [message for message in other.receive() if isinstance(message, Cooldown)]
        self.assertEqual([message.charges for message in told], [2])

    def test_moderators_have_no_cooldown_and_are_told_none(self) -> None:
        peer = self.join("mo")
        peer.send(paint(1, *[(cell, GREEN) for cell in range(2000)]))
        peer.send(paint(2, (0, RED)))
        self.assertEqual([message for message in peer.receive() if isinstance(message, Cooldown | Rejected)], [])

    def test_the_operator_has_no_line_for_a_cooldown_but_a_count(self) -> None:
        peer = self.join()
        with log() as logged:
            self.paint_out(peer)
        self.assertEqual(logged.warnings, [])
        self.assertEqual(self.server.board.rejections, {"pausa": 1})

    def test_without_a_cooldown_there_is_no_message_about_one(self) -> None:
        peer = FakeServer().join()
        peer.send(paint(1, (0, RED), (1, RED)))
        self.assertEqual([type(message) for message in peer.receive()], [Changes, Acknowledged])

    def test_the_charges_are_told_after_a_paint_from_before_the_cooldown(self) -> None:
        record = HeldRecord()
        self.server = FakeServer(record=record)
        peer = self.server.join()
        self.server.act(SetCooldown(SECONDS, 1))
        peer.send(paint(1, (0, RED)))
        record.commit()
        record.commit()
        kinds = [type(message) for message in peer.receive() if not isinstance(message, Changes)]
        self.assertEqual(kinds[-3:], [Cooldown, Acknowledged, Cooldown])

    def test_a_paint_that_is_not_recorded_costs_nothing_on_either_version(self) -> None:
        record = HeldRecord()
        self.server = FakeServer(record=record)
        self.server.act(SetCooldown(SECONDS, 1))
        record.commit()
        paints: list[Callable[[Peer], None]] = [
            lambda peer: peer.send(paint(1, (0, RED))),
            lambda peer: peer.say(PaintOne(0, 0, "red")),
        ]
        for address, version, send in ((HERE, 2, paints[0]), (ELSEWHERE, 1, paints[1])):
            peer = self.server.connect(StringTransport(peerAddress=address))
            hello: ClientMessage = Hello(version)
            peer.say(hello)
            send(peer)
            record.refuse(RecordError(reasons.DISK_FULL))
            send(peer)
            self.assertTrue(record.is_committing)
            record.commit()
            send(peer)
            self.assertFalse(record.is_committing)
