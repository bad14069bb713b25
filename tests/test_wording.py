"""Text for people."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from dcc.parsing import whole_number
from dcc.wording import clip, sentence

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class ClipTests(SynchronousTestCase):
    """Quoting what a peer or a user wrote."""

    def test_plain_text_is_shown_in_quotes(self) -> None:
        self.assertEqual(clip("púrpura"), "'púrpura'")

    def test_long_text_is_cut_off_once_it_is_recognised(self) -> None:
        self.assertEqual(clip("x" * 40), f"'{'x' * 40}'")
        self.assertEqual(clip("x" * 41), f"'{'x' * 40}…'")

    def test_text_that_does_not_print_is_spelled_out(self) -> None:
        self.assertEqual(clip("a\nb"), r"'a\nb'")
        self.assertEqual(clip("\x1b[2J"), r"'\x1b[2J'")

    def test_a_deep_list_is_not_followed_to_its_bottom(self) -> None:
        deep: list[Any] = []
        for _level in range(100_000):
            deep = [deep]
        self.assertEqual(clip(deep), "'[[[[[[[...]]]]]]]'")
        while deep:  # taken apart level by level: the end of it would recurse too
            deep = deep.pop()

    @given(ANYTHING)
    @settings(deadline=None, derandomize=True)
    def test_anything_becomes_one_short_printable_line(self, value: object) -> None:
        text = clip(value)
        self.assertTrue(text.isprintable())
        self.assertLessEqual(len(text), 10 * 41 + 2)


class SentenceTests(SynchronousTestCase):
    """Lines as sentences."""

    def test_a_sentence_has_a_capital_letter_and_one_full_stop(self) -> None:
        self.assertEqual([sentence(text) for text in ("no answer", "él.", "")], ["No answer.", "Él.", "."])


class WholeNumberTests(SynchronousTestCase):
    """Reading what somebody has typed."""

    def test_a_number_is_read_with_both_ends_of_its_range(self) -> None:
        for text, number in (("1", 1), ("50", 50), ("007", 7), ("0", None), ("51", None)):
            self.assertEqual(whole_number(text, 1, 50), number, text)

    def test_text_that_is_no_number_is_not_read(self) -> None:
        for text in ("", " 1", "+1", "-1", "1.0", "1_0", "²", "١", "1\n", "1" * 5000):
            self.assertIsNone(whole_number(text, 0, 10**9), text[:9])
