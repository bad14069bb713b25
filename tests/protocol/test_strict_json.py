"""JSON objects from untrusted peers."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from dcc.errors import ProtocolError
from dcc.protocol import strict_json
from dcc.protocol.strict_json import TOO_LARGE
from tests.support.wire import TableTestCase, each

NOT_AN_OBJECT: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not JSON at character 0"),
    "cut short": (b'{"a": 1', "not JSON at character 7"),
    "an object and more": (b'{"a": 1} x', "not JSON at character 9"),
    "two objects": (b"{}{}", "not JSON at character 2"),
    "single quotes": (b"{'a': 1}", "not JSON at character 1"),
    "a word too many": (b'{"a": 1 x}', "not JSON at character 8"),
    "a line break in a string": (b'{"a": "\n"}', "not JSON at character 7"),
    "a key without quotes": (b"{a: 1}", "not JSON at character 1"),
    "a list": (b"[1, 2]", "not a JSON object"),
    "a number": (b"17", "not a JSON object"),
    "null": (b"null", "not a JSON object"),
    "NaN": (b'{"a": NaN}', "NaN is not JSON"),
    "Infinity": (b'{"a": Infinity}', "Infinity is not JSON"),
    "minus Infinity": (b'{"a": -Infinity}', "-Infinity is not JSON"),
    "not UTF-8": (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
    "UTF-8 cut in a character": (b'{"a": "\xc3', "not UTF-8 at byte 7"),
    "UTF-8 that spells a surrogate": (b'{"a": "\xed\xa0\x80"}', "not UTF-8 at byte 7"),
    "UTF-16": ('{"a": 1}'.encode("utf-16-le"), "not JSON at character 1"),
    "a mark of the byte order first": (b'\xef\xbb\xbf{"a": 1}', "not JSON at character 0"),
    "nested 100,000 deep in lists": (b'{"a": ' + b"[" * 100_000, "JSON nested too deeply"),
    "nested 100,000 deep in objects": (b'{"a":' * 100_000, "JSON nested too deeply"),
}

INTEGERS: dict[str, tuple[str, int]] = {
    "zero": ("0", 0),
    "minus zero": ("-0", 0),
    "the most digits that are read": ("9" * 18, 10**18 - 1),
    "one digit more": ("1" + "0" * 18, TOO_LARGE),
    "the most digits below zero": ("-" + "9" * 18, -(10**18) + 1),
    "one digit more below zero": ("-" + "9" * 19, -TOO_LARGE),
    "ten thousand digits": ("7" * 10_000, TOO_LARGE),
    "ten thousand digits below zero": ("-" + "7" * 10_000, -TOO_LARGE),
}

NO_INTEGERS: dict[str, tuple[str, str]] = {
    "a float": ("3.0", "k is '3.0'; expected an integer"),
    "a float with an exponent": ("1e3", "k is '1000.0'; expected an integer"),
    "a float beyond all floats": ("1e999", "k is 'inf'; expected an integer"),
    "true": ("true", "k is 'True'; expected an integer"),
    "null": ("null", "k is 'None'; expected an integer"),
    "a list": ("[3]", "k is '[3]'; expected an integer"),
    "an object": ('{"a": 3}', "k is '{'a': 3}'; expected an integer"),
    "a list of many": (json.dumps(list(range(1000))), "k is '[0, 1, 2, 3, 4, 5, ...]'; expected an integer"),
    "a deep list": ("[" * 500 + "]" * 500, "k is '[[[[[[[...]]]]]]]'; expected an integer"),
}

NO_DECIMALS: dict[str, str] = {
    "empty": "",
    "a space": " ",
    "a space before": " 3",
    "a line break after": "3\n",
    "a plus": "+3",
    "two signs": "--3",
    "a sign alone": "-",
    "a float": "3.0",
    "hexadecimal": "0x10",
    "an underscore": "1_000",
    "letters": "tres",
    "other digits of Unicode": "٣",
}


class LoadsTests(TableTestCase):
    """Bytes to an object."""

    @each(NOT_AN_OBJECT)
    def test_a_payload_that_is_not_a_json_object_is_refused_with_the_place_of_the_fault(
        self, row: tuple[bytes, str]
    ) -> None:
        payload, line = row
        error = self.assertRaises(ProtocolError, strict_json.loads, payload)
        self.assertEqual(str(error), line)

    def test_the_last_value_of_a_repeated_key_holds(self) -> None:
        self.assertEqual(strict_json.loads(b'{"a": 1, "b": 2, "a": 3}'), {"a": 3, "b": 2})

    @each(INTEGERS)
    def test_an_integer_of_more_than_18_digits_counts_as_too_large(self, row: tuple[str, int]) -> None:
        digits, value = row
        self.assertEqual(strict_json.loads(b'{"k": %b}' % digits.encode()), {"k": value})

    @given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers(-(10**18) + 1, 10**18 - 1) | st.text()))
    @settings(deadline=None, derandomize=True)
    def test_reading_undoes_writing(self, words: dict[str, Any]) -> None:
        self.assertEqual(strict_json.loads(strict_json.dumps(words)), words)

    def test_objects_are_written_in_ascii_with_the_spaces_of_the_published_programs(self) -> None:
        self.assertEqual(strict_json.dumps({"a": 1, "ñ": "á"}), rb'{"a": 1, "\u00f1": "\u00e1"}')


class ValueTests(TableTestCase):
    """Typed access to an object's values."""

    def test_a_missing_key_is_named_unless_it_has_a_default(self) -> None:
        for get in (strict_json.text, strict_json.integer, strict_json.decimal):
            error = self.assertRaises(ProtocolError, get, {"other": 1}, "k")
            self.assertEqual(str(error), "k is missing")
        self.assertEqual(strict_json.text({}, "k", "x"), "x")
        self.assertEqual(strict_json.integer({}, "k", 5), 5)

    @each(NO_INTEGERS)
    def test_a_value_of_another_type_is_no_integer_and_is_shown_in_short(self, row: tuple[str, str]) -> None:
        value, line = row
        words = strict_json.loads(b'{"k": %b}' % value.encode())
        for get in (strict_json.integer, strict_json.decimal):
            error = self.assertRaises(ProtocolError, get, words, "k")
            self.assertEqual(str(error), line)

    def test_null_is_not_replaced_by_the_default(self) -> None:
        self.assertRaises(ProtocolError, strict_json.integer, {"k": None}, "k", 5)
        self.assertRaises(ProtocolError, strict_json.text, {"k": None}, "k", "x")

    def test_a_string_of_digits_is_no_integer_but_a_decimal(self) -> None:
        # Version 1 writes positions as strings.
        error = self.assertRaises(ProtocolError, strict_json.integer, {"k": "3"}, "k")
        self.assertEqual(str(error), "k is '3'; expected an integer")
        self.assertEqual(strict_json.decimal({"k": "3"}, "k"), 3)
        self.assertEqual(strict_json.decimal({"k": "-0042"}, "k"), -42)
        self.assertEqual(strict_json.decimal({"k": 3}, "k"), 3)

    @each(INTEGERS)
    def test_a_decimal_of_more_than_18_digits_counts_as_too_large(self, row: tuple[str, int]) -> None:
        digits, value = row
        self.assertEqual(strict_json.decimal({"k": digits}, "k"), value)

    @each(NO_DECIMALS)
    def test_a_decimal_is_nothing_but_a_sign_and_digits(self, value: str) -> None:
        self.assertRaises(ProtocolError, strict_json.decimal, {"k": value}, "k")

    def test_half_a_surrogate_pair_is_no_text(self) -> None:
        # JSON can spell half a pair and UTF-8 cannot: the text would fail later, on being written.
        words = strict_json.loads(rb'{"k": "a\ud83c"}')
        error = self.assertRaises(ProtocolError, strict_json.text, words, "k")
        self.assertEqual(str(error), r"k is 'a\ud83c'; expected a string")
        self.assertEqual(strict_json.text(strict_json.loads(rb'{"k": "\ud83c\udfa8"}'), "k"), "🎨")

    def test_a_fault_is_one_short_printable_line_whatever_the_peer_sent(self) -> None:
        for value in ("x" * 100_000, "a\nb\r\x1b[2J", "\u202e"):
            error = self.assertRaises(ProtocolError, strict_json.integer, {"k": value}, "k")
            self.assertTrue(str(error).isprintable(), str(error))
            self.assertLess(len(str(error)), 120)


class ReasonTests(TableTestCase):
    """Codes of reasons, and the values in their texts."""

    def test_an_empty_code_and_no_values_are_left_out(self) -> None:
        self.assertEqual(strict_json.reason("", {}), {})
        self.assertEqual(strict_json.reason("lleno", {}), {"codigo": "lleno"})
        self.assertEqual(strict_json.reason("lleno", {"clientes": 1}), {"codigo": "lleno", "valores": {"clientes": 1}})

    @each(
        {
            "neither": ({}, ("", {})),
            "a code alone": ({"codigo": "lleno"}, ("lleno", {})),
            "both": ({"codigo": "a", "valores": {"n": 1, "x": 0.5, "s": "b"}}, ("a", {"n": 1, "x": 0.5, "s": "b"})),
            "a code that is a number": ({"codigo": 5, "valores": {"n": 1}}, ("", {})),
            "values without a code": ({"valores": {"n": 1}}, ("", {})),
            "values that are a list": ({"codigo": "a", "valores": [1]}, ("a", {})),
            "values of other types": (
                {"codigo": "a", "valores": {"n": None, "b": True, "l": [], "s": "b"}},
                ("a", {"s": "b"}),
            ),
        }
    )
    def test_a_code_that_is_no_string_and_a_value_that_is_neither_number_nor_string_are_ignored(
        self, row: tuple[dict[str, Any], tuple[str, dict[str, Any]]]
    ) -> None:
        words, expected = row
        self.assertEqual(strict_json.read_reason(words), expected)


class FuzzTests(SynchronousTestCase):
    """Random payloads."""

    @given(st.binary(max_size=60))
    @settings(deadline=None, derandomize=True)
    def test_any_bytes_are_an_object_or_a_protocol_error(self, payload: bytes) -> None:
        try:
            words = strict_json.loads(payload)
        except ProtocolError:
            return
        self.assertIsInstance(words, dict)
