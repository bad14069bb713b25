"""Bans by name and by network."""

from __future__ import annotations

from dcc.board.bans import Bans, network_to_ban
from dcc.core.actions import Ban, Unban
from dcc.core.people import Person
from tests.support.wire import TableTestCase, each

NOW_MS, LATER_MS = 1000, 2000


class BanTests(TableTestCase):
    """Who is banned."""

    def setUp(self) -> None:
        self.bans = Bans()

    def test_nobody_is_banned_at_first(self) -> None:
        self.assertIsNone(self.bans.of(Person("Ada", host="192.0.2.7"), NOW_MS))
        self.assertEqual(self.bans.in_force(NOW_MS), ())

    def test_a_ban_by_name_concerns_the_proven_name_alone(self) -> None:
        ban = Ban("Ada", "", "spam")
        self.bans.add(ban)
        self.assertIs(self.bans.of(Person("Ada"), NOW_MS), ban)
        self.assertIsNone(self.bans.of(Person("Bob"), NOW_MS))
        self.assertIsNone(self.bans.of(Person(), NOW_MS))

    @each(
        {
            "the address": ("192.0.2.7", "192.0.2.7", True),
            "its neighbour": ("192.0.2.7", "192.0.2.8", False),
            "the first of a network": ("192.0.2.0/24", "192.0.2.0", True),
            "the last of a network": ("192.0.2.0/24", "192.0.2.255", True),
            "beside a network": ("192.0.2.0/24", "192.0.3.0", False),
            "everybody": ("0.0.0.0/0", "203.0.113.9", True),
            "the same 64 bits": ("2001:db8::7", "2001:db8::1:2:3:4", True),
            "other 64 bits": ("2001:db8::7", "2001:db8:0:1::7", False),
            "a wider network of IPv6": ("2001:db8::/32", "2001:db8:ffff::1", True),
            "another version": ("0.0.0.0/0", "2001:db8::7", False),
            "a Unix socket": ("0.0.0.0/0", "", False),
            "somebody whom a proxy does not name": ("0.0.0.0/0", "unknown", False),
        }
    )
    def test_a_ban_by_network_concerns_its_addresses(self, row: tuple[str, str, bool]) -> None:
        banned, host, expected = row
        self.bans.add(Ban("", network_to_ban(banned), "spam"))
        self.assertIs(self.bans.of(Person(host=host), NOW_MS) is not None, expected)

    def test_a_ban_by_network_spares_people_with_a_proven_name(self) -> None:
        self.bans.add(Ban("", "192.0.2.0/24", "spam"))
        self.assertIsNone(self.bans.of(Person("Ada", host="192.0.2.7"), NOW_MS))

    def test_the_narrowest_ban_is_told(self) -> None:
        self.bans.add(Ban("", "192.0.0.0/16", "wide"))
        self.bans.add(Ban("", "192.0.2.7", "narrow"))
        found = self.bans.of(Person(host="192.0.2.7"), NOW_MS)
        assert found is not None
        self.assertEqual(found.why, "narrow")

    @each(
        {
            "a name": Ban("Ada", "", "spam", until_ms=LATER_MS),
            "a network": Ban("", "192.0.2.7", "spam", until_ms=LATER_MS),
        }
    )
    def test_a_ban_ends_at_its_time(self, ban: Ban) -> None:
        self.bans.add(ban)
        person = Person(ban.name, host=ban.network)
        self.assertIsNotNone(self.bans.of(person, LATER_MS - 1))
        self.assertIsNone(self.bans.of(person, LATER_MS))
        self.assertEqual(self.bans.in_force(LATER_MS), ())

    @each(
        {
            "a name": (Ban("Ada", "", "spam"), Unban("Ada")),
            "a network": (Ban("", "192.0.2.7", "x"), Unban("", "192.0.2.7/32")),
        }
    )
    def test_a_ban_that_is_lifted_is_over(self, row: tuple[Ban, Unban]) -> None:
        ban, unban = row
        self.bans.add(ban)
        self.assertTrue(self.bans.has(unban, NOW_MS))
        self.bans.remove(unban)
        self.assertFalse(self.bans.has(unban, NOW_MS))
        self.assertEqual(self.bans.in_force(NOW_MS), ())

    def test_lifting_a_ban_that_is_not_there_changes_nothing(self) -> None:
        self.bans.add(Ban("Ada", "", "spam"))
        self.bans.remove(Unban("Bob"))
        self.bans.remove(Unban("", "192.0.2.7"))
        self.assertEqual(len(self.bans.in_force(NOW_MS)), 1)
