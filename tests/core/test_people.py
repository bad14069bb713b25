"""Roles, keys and names of people."""

from __future__ import annotations

from dcc import limits
from dcc.core.people import KEY_BYTES, Role, digest_key, is_digest, is_name, spell_key
from tests.support.wire import TableTestCase, each


class RoleTests(TableTestCase):
    """What somebody may do."""

    def test_each_role_may_do_what_the_roles_below_may_do(self) -> None:
        self.assertEqual(sorted(Role), [Role.WATCH, Role.PAINT, Role.MODERATE, Role.OWN])

    def test_each_role_has_a_word_of_its_own(self) -> None:
        self.assertEqual([Role.of_word(role.word) for role in Role], list(Role))

    @each({"nothing": "", "a space": "mirar ", "English": "own", "a number": "0", "null": None})
    def test_no_other_word_is_a_role(self, word: str) -> None:
        self.assertRaises(ValueError, Role.of_word, word)


class KeyTests(TableTestCase):
    """The spelling of keys, and what is kept of them."""

    def test_a_key_has_26_characters_that_are_hard_to_mistake(self) -> None:
        key = spell_key(bytes(range(KEY_BYTES)))
        self.assertEqual(len(key), 26)
        self.assertLessEqual(set(key), set("abcdefghijklmnopqrstuvwxyz234567"))

    def test_every_bit_counts(self) -> None:
        keys = {spell_key((1 << bit).to_bytes(KEY_BYTES, "big")) for bit in range(8 * KEY_BYTES)}
        self.assertEqual(len(keys), 8 * KEY_BYTES)

    @each({"capitals": "ABCD EFGH", "spaces around": " abcdefgh\n", "spaces between": "abcd efgh"})
    def test_spaces_and_capitals_of_a_typed_key_do_not_count(self, typed: str) -> None:
        self.assertEqual(digest_key(typed), digest_key("abcdefgh"))

    def test_a_digest_is_recognised_by_its_form(self) -> None:
        self.assertTrue(is_digest(digest_key("a")))
        for text in ("", "a" * 63, "A" * 64, "g" * 64, "a" * 65):
            self.assertFalse(is_digest(text), text)


class NameTests(TableTestCase):
    """What may stand for a person, an area or a moment."""

    @each(
        {
            "Latin": "Ada",
            "two words with an accent": "Ana María",
            "Arabic": "محمد",
            "Chinese": "李雷",
            "an apostrophe": "O'Neill",
            "a digit": "7",
            "the longest": "x" * limits.NAME_CHARACTERS,
            "an emoji": "🦊",
        }
    )
    def test_names_of_all_scripts_are_names(self, name: str) -> None:
        self.assertTrue(is_name(name))

    @each(
        {
            "nothing": "",
            "a space": " ",
            "a space before": " Ada",
            "a space behind": "Ada ",
            "too long": "x" * (limits.NAME_CHARACTERS + 1),
            "a line end": "Ada\n",
            "a tab": "A\tda",
            "zero": "Ada\0",
            "an escape": "Ada\x1b[2J",
            "a byte order mark": "\ufeffAda",
            "a space of no width": "A\u200bda",
            "a joiner": "A\u200dda",
            "from right to left": "Ada\u202etxt",
            "an isolate": "Ada\u2066",
            "a separator of lines": "Ada\u2028",
            "a space that does not break": "Ada\u00a0Lovelace",
            "half of a pair": "Ada\ud800",
            "a private character": "Ada\ue000",
            "an accent of its own": "Ana Mari\u0301a",
        }
    )
    def test_what_does_not_show_or_shows_like_another_name_is_no_name(self, name: str) -> None:
        self.assertFalse(is_name(name))
