"""Rules that follow from recorded actions: who somebody is, and what everybody may do."""

from __future__ import annotations

from itertools import count

from dcc import limits, reasons
from dcc.board.rules import Rules
from dcc.core import templates
from dcc.core.actions import (
    Action,
    AddAreas,
    AddGrid,
    AddKey,
    AddTemplate,
    Announce,
    Area,
    Ban,
    Choice,
    Clear,
    Entry,
    Freeze,
    Group,
    LogEntry,
    NameMoment,
    Rectangle,
    RemoveAreas,
    RemoveTemplate,
    RevokeKey,
    RollBack,
    SetCooldown,
    SetEntry,
    SetRest,
    Thaw,
    Unban,
)
from dcc.core.canvas import pack_pixels
from dcc.core.people import OPERATOR, Person, Role, digest_key
from dcc.core.placements import Painter, Size
from dcc.core.templates import TemplatePixels
from dcc.errors import PixelRejected, ProtocolError, Refusal
from dcc.protocol.messages import TemplateNews
from tests.support.wire import TableTestCase, each

NOW_MS, LATER_MS = 1000, 2000
OPERATOR_PERSON = Person(OPERATOR, is_operator=True)
PIXEL = pack_pixels([(0, 1)])


def template(name: str, column: int = 0, *colours: int) -> AddTemplate:
    """Return a template of one row; of colour 1 where no colours are given."""
    row = bytes(colours or [1])
    return AddTemplate(name, Rectangle(column, 0, len(row), 1), templates.spell(TemplatePixels(row, b"\1" * len(row))))


class RulesTestCase(TableTestCase):
    """Rules with a key for each role: Olga owns, Mo moderates, Ada paints, Wim watches."""

    def setUp(self) -> None:
        self.rules = Rules(Size(8, 8), colours=8)
        self.numbers = count(1)
        for name, role in (("Olga", Role.OWN), ("Mo", Role.MODERATE), ("Ada", Role.PAINT), ("Wim", Role.WATCH)):
            self.act(AddKey(name, digest_key(name), role))

    def act(self, action: Action, person: Person = OPERATOR_PERSON) -> None:
        """Do an action as the board does."""
        action = self.rules.resolve(action)
        self.rules.check(action, person, NOW_MS)
        self.rules.apply(
            LogEntry(next(self.numbers), 0, NOW_MS, Painter(0, person.name, "", bool(person.name)), action)
        )

    def person(self, name: str) -> Person:
        """Identify the holder of a key, or somebody without a key."""
        return self.rules.identify(Person(host="192.0.2.7"), name, "", NOW_MS)

    def refusal(self, person: Person, now_ms: int = NOW_MS) -> str:
        """Try to paint, and return the code of the refusal; nothing if the person may paint."""
        try:
            self.rules.permit(self.rules.standing(person, now_ms), PIXEL)
        except PixelRejected as error:
            return error.code
        return ""


class IdentityTests(RulesTestCase):
    """Who somebody is."""

    @each({"Olga": Role.OWN, "Mo": Role.MODERATE, "Ada": Role.PAINT, "Wim": Role.WATCH})
    def test_a_key_gives_its_role(self, role: Role) -> None:
        name = next(name for name, key in self.rules.keys.items() if key.role is role)
        person = self.person(name)
        self.assertEqual((person.name, self.rules.role(person, NOW_MS)), (name, role))

    @each({"unknown": "Eve", "of nobody": " ", "a digest": digest_key("Olga")})
    def test_a_wrong_key_is_refused(self, key: str) -> None:
        error = self.assertRaises(ProtocolError, self.rules.identify, Person(), key, "", NOW_MS)
        self.assertEqual(error.code, reasons.UNKNOWN_KEY.code)

    def test_a_key_ends_at_its_time(self) -> None:
        self.act(AddKey("Tom", digest_key("Tom"), Role.PAINT, LATER_MS))
        tom = self.person("Tom")
        self.assertEqual(self.refusal(tom), "")
        self.assertEqual(self.rules.standing(tom, NOW_MS).until_ms, LATER_MS)
        self.assertEqual(self.refusal(tom, LATER_MS), reasons.ONLY_WATCHING.code)
        over = self.rules.turned_away(tom, LATER_MS)
        assert over is not None
        self.assertEqual(over.code, reasons.EXPIRED_KEY.code)

    def test_a_revoked_key_ends_at_once(self) -> None:
        ada = self.person("Ada")
        self.act(RevokeKey("Ada"))
        self.assertEqual(self.refusal(ada), reasons.ONLY_WATCHING.code)
        self.assertIsNotNone(self.rules.turned_away(ada, NOW_MS))
        self.assertRaises(ProtocolError, self.person, "Ada")

    def test_a_new_key_of_the_same_name_does_not_revive_the_old_one(self) -> None:
        ada = self.person("Ada")
        self.act(RevokeKey("Ada"))
        self.act(AddKey("Ada", digest_key("new"), Role.OWN))
        self.assertIs(self.rules.role(ada, NOW_MS), Role.WATCH)

    def test_a_name_signed_in_elsewhere_has_the_role_of_its_key(self) -> None:
        self.assertIs(self.rules.role(Person("Mo"), NOW_MS), Role.MODERATE)
        self.assertIs(self.rules.role(Person("Zoe"), NOW_MS), Role.PAINT)

    def test_the_operator_has_the_key_of_this_run(self) -> None:
        self.rules.operator = digest_key("run")
        person = self.rules.identify(Person(), "run", "", NOW_MS)
        self.assertTrue(person.is_operator)
        self.assertIs(self.rules.role(person, NOW_MS), Role.OWN)

    def test_without_an_operators_key_nobody_is_the_operator(self) -> None:
        self.assertRaises(ProtocolError, self.rules.identify, Person(), "\0", "", NOW_MS)

    def test_who_wants_to_watch_only_watches(self) -> None:
        self.assertEqual(self.refusal(Person(only_watches=True)), reasons.ONLY_WATCHING.code)


class EntryTests(RulesTestCase):
    """Who may paint at all."""

    @each({"open": (Entry.OPEN, ""), "code": (Entry.CODE, reasons.NEEDS_CODE.code), "keys": (Entry.KEYS, "solo-mirar")})
    def test_somebody_without_a_key(self, row: tuple[Entry, str]) -> None:
        entry, expected = row
        self.act(SetEntry(entry, "sol" if entry is Entry.CODE else ""))
        self.assertEqual(self.refusal(self.person("")), expected)
        self.assertEqual(self.refusal(self.person("Ada")), "")

    @each({"as it is": "sol", "in capitals": " SOL "})
    def test_the_code_lets_paint(self, code: str) -> None:
        self.act(SetEntry(Entry.CODE, "sol"))
        self.assertEqual(self.refusal(self.rules.identify(Person(), "", code, NOW_MS)), "")

    def test_a_wrong_code_is_refused(self) -> None:
        self.act(SetEntry(Entry.CODE, "sol"))
        error = self.assertRaises(ProtocolError, self.rules.identify, Person(), "", "luna", NOW_MS)
        self.assertEqual(error.code, reasons.WRONG_CODE.code)

    def test_a_code_where_none_is_asked_for_does_not_matter(self) -> None:
        self.assertEqual(self.refusal(self.rules.identify(Person(), "", "luna", NOW_MS)), "")

    def test_who_knew_the_code_watches_once_keys_are_asked_for(self) -> None:
        self.act(SetEntry(Entry.CODE, "sol"))
        person = self.rules.identify(Person(), "", "sol", NOW_MS)
        self.act(SetEntry(Entry.KEYS))
        self.assertEqual(self.refusal(person), reasons.ONLY_WATCHING.code)


class PaintingTests(RulesTestCase):
    """Freeze and bans; areas have tests of their own."""

    def test_moderators_paint_on_a_frozen_board(self) -> None:
        self.act(Freeze())
        self.assertEqual(
            [self.refusal(self.person(name)) for name in ("Olga", "Mo", "Ada", "")],
            ["", "", reasons.FROZEN.code, reasons.FROZEN.code],
        )
        self.act(Thaw())
        self.assertEqual(self.refusal(self.person("Ada")), "")

    def test_a_ban_from_painting_lets_watch(self) -> None:
        self.act(Ban("Ada", "", "spam"))
        ada = self.person("Ada")
        self.assertEqual(self.refusal(ada), reasons.BANNED.code)
        self.assertIsNone(self.rules.turned_away(ada, NOW_MS))

    def test_a_ban_from_connecting_turns_away(self) -> None:
        ada = self.person("Ada")
        self.act(Ban("Ada", "", "spam", from_connecting=True, until_ms=LATER_MS))
        away = self.rules.turned_away(ada, NOW_MS)
        assert away is not None
        self.assertEqual((away.code, away.values["motivo"]), (reasons.TURNED_AWAY_UNTIL.code, "spam"))
        self.assertIsNone(self.rules.turned_away(ada, LATER_MS))

    def test_the_end_of_a_ban_is_known_ahead(self) -> None:
        self.act(Ban("", "192.0.2.0/24", "spam", until_ms=LATER_MS))
        standing = self.rules.standing(self.person(""), NOW_MS)
        self.assertEqual((standing.until_ms, standing.refusal), (LATER_MS, reasons.BANNED_UNTIL))
        self.assertEqual(self.refusal(self.person(""), LATER_MS), "")

    def test_each_action_makes_another_version(self) -> None:
        before = self.rules.version
        self.act(Announce("hello"))
        self.assertGreater(self.rules.version, before)

    @each(
        {
            "an announcement": (Announce("hi"), True),
            "a template": (template("cat"), True),
            "a ban": (Ban("Ada", "", "x"), False),
            "a moment": (NameMoment("m"), False),
        }
    )
    def test_people_are_told_what_concerns_everybody(self, row: tuple[Action, bool]) -> None:
        action, is_news = row
        before = self.rules.news
        self.act(action)
        self.assertIs(self.rules.news is not before, is_news)


class ActionTests(RulesTestCase):
    """What is refused, beside the role."""

    @each(
        {
            "freeze twice": ([Freeze()], Freeze(), "Mo", reasons.ALREADY_FROZEN),
            "thaw what is not frozen": ([], Thaw(), "Mo", reasons.NOT_FROZEN),
            "an area off the board": (
                [],
                AddAreas((Area("a", Rectangle(7, 7, 2, 1), Group.NOBODY),)),
                "Mo",
                reasons.AREA_OUTSIDE,
            ),
            "two areas of a name": ([AddGrid(("a",))], AddGrid(("a",)), "Mo", reasons.NAME_TAKEN),
            "remove an unknown area": ([], RemoveAreas(("a",)), "Mo", reasons.UNKNOWN_NAME),
            "ban oneself": ([], Ban("Mo", "", "x"), "Mo", reasons.OWN_BAN),
            "ban the last owner": ([], Ban("Olga", "", "x"), "Mo", reasons.LAST_OWNER),
            "ban an owner": (
                [AddKey("Otto", digest_key("Otto"), Role.OWN)],
                Ban("Otto", "", "x"),
                "Mo",
                reasons.OWNER_BAN,
            ),
            "ban the operator": ([], Ban(OPERATOR, "", "x"), "Olga", reasons.RESERVED_NAME),
            "lift no ban": ([], Unban("Ada"), "Mo", reasons.NOT_BANNED),
            "lift a ban of no address": ([], Unban("", "192.0.2.7"), "Mo", reasons.NOT_BANNED),
            "a moment of a taken name": ([NameMoment("m")], NameMoment("m"), "Mo", reasons.NAME_TAKEN),
            "a template of a taken name": ([template("cat")], template("cat"), "Mo", reasons.NAME_TAKEN),
            "a template off the board": ([], template("cat", 7, 1, 1), "Mo", reasons.TEMPLATE_OUTSIDE),
            "a template with a colour too many": ([], template("cat", 0, 7, 8), "Mo", reasons.NO_SUCH_COLOUR),
            "a template too many": (
                [template(str(number)) for number in range(limits.TEMPLATES)],
                template("cat"),
                "Mo",
                reasons.TOO_MANY_TEMPLATES,
            ),
            "remove an unknown template": ([], RemoveTemplate("cat"), "Mo", reasons.UNKNOWN_NAME),
            "remove a template twice": (
                [template("cat"), RemoveTemplate("cat")],
                RemoveTemplate("cat"),
                "Mo",
                reasons.UNKNOWN_NAME,
            ),
            "a template of a painter": ([], template("cat"), "Ada", reasons.MODERATORS_ONLY),
            "a second key of a name": ([], AddKey("Ada", digest_key("x"), Role.PAINT), "Olga", reasons.NAME_TAKEN),
            "a key that somebody else has": (
                [],
                AddKey("Eve", digest_key("Ada"), Role.PAINT),
                "Olga",
                reasons.WRONG_VALUE,
            ),
            "lift the ban of oneself": ([Ban("Mo", "", "x")], Unban("Mo"), "Mo", reasons.BANNED),
            "roll back while banned": (
                [Ban("Mo", "", "x", until_ms=LATER_MS)],
                RollBack(Choice(("Ada",))),
                "Mo",
                reasons.BANNED_UNTIL,
            ),
            "a key for the operator": ([], AddKey(OPERATOR, digest_key("x"), Role.OWN), "Olga", reasons.RESERVED_NAME),
            "revoke an unknown key": ([], RevokeKey("Eve"), "Olga", reasons.UNKNOWN_NAME),
            "revoke the last owner": ([], RevokeKey("Olga"), "Olga", reasons.LAST_OWNER),
            "clear off the board": ([], Clear(Rectangle(0, 0, 9, 1)), "Mo", reasons.AREA_OUTSIDE),
            "roll back off the board": (
                [],
                RollBack(Choice(place=Rectangle(0, 0, 9, 1))),
                "Mo",
                reasons.AREA_OUTSIDE,
            ),
        }
    )
    def test_what_is_not_possible_is_refused_and_changes_nothing(
        self, row: tuple[list[Action], Action, str, reasons.Reason]
    ) -> None:
        before, action, name, reason = row
        for each_before in before:
            self.act(each_before)
        version = self.rules.version
        refusal = self.assertRaises(Refusal, self.act, action, self.person(name))
        self.assertEqual(refusal.code, reason.code)
        self.assertEqual(self.rules.version, version)

    def test_an_owner_who_is_one_of_two_can_be_revoked(self) -> None:
        self.act(AddKey("Otto", digest_key("Otto"), Role.OWN))
        self.act(RevokeKey("Olga"), self.person("Olga"))
        self.assertNotIn("Olga", self.rules.keys)

    def test_an_owner_whose_key_is_over_does_not_count(self) -> None:
        self.act(AddKey("Otto", digest_key("Otto"), Role.OWN, NOW_MS))
        refusal = self.assertRaises(Refusal, self.act, RevokeKey("Olga"), self.person("Olga"))
        self.assertEqual(refusal.code, reasons.LAST_OWNER.code)

    def test_a_record_with_one_key_for_two_names_can_be_read(self) -> None:
        for number, action in enumerate(
            (AddKey("Eve", digest_key("Ada"), Role.PAINT), RevokeKey("Ada"), RevokeKey("Eve")), start=1
        ):
            self.rules.apply(LogEntry(number, 0, NOW_MS, Painter(0, OPERATOR, "", True), action))
        self.assertRaises(ProtocolError, self.person, "Ada")

    def test_the_operator_may_revoke_the_last_owner(self) -> None:
        self.act(RevokeKey("Olga"))
        self.assertNotIn("Olga", self.rules.keys)

    def test_a_grid_is_recorded_as_areas(self) -> None:
        action = self.rules.resolve(AddGrid(("a", "b")))
        self.assertIsInstance(action, AddAreas)

    def test_templates_are_told_with_number_and_author_and_a_removed_one_is_no_longer_found(self) -> None:
        cat, dog = template("cat"), template("dog", 2, 3, 4)
        self.act(cat, self.person("Mo"))
        self.act(dog)
        told = self.rules.news.templates
        self.assertEqual(
            told,
            (
                TemplateNews(5, "cat", Rectangle(0, 0, 1, 1), "Mo"),
                TemplateNews(6, "dog", Rectangle(2, 0, 2, 1), OPERATOR),
            ),
        )
        self.assertEqual([self.rules.templates.find(each.number) for each in told], [cat, dog])
        self.act(RemoveTemplate("cat"))
        self.act(template("cat", 1))
        self.assertEqual([(each.number, each.name) for each in self.rules.news.templates], [(6, "dog"), (8, "cat")])
        refusal = self.assertRaises(Refusal, self.rules.templates.find, 5)
        self.assertEqual(refusal.code, reasons.NO_SUCH_TEMPLATE.code)

    def test_cooldown_and_moments_are_kept(self) -> None:
        self.act(SetCooldown(30, 10))
        self.act(NameMoment("Lesson 3"))
        self.act(SetRest(Group.MODERATORS))
        self.assertEqual((self.rules.seconds, self.rules.charges, self.rules.moments), (30, 10, {"Lesson 3": 0}))
