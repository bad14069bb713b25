"""The table of reasons, and their texts in the language of a client."""

from __future__ import annotations

import re
import string
import unittest

from dcc import errors, reasons
from dcc.language import speak
from dcc.reasons import REASONS, Reason, tell


class ReasonTests(unittest.TestCase):
    """Codes, texts and values."""

    def tearDown(self) -> None:
        speak("en")

    def test_every_reason_stands_in_the_table_under_a_code_of_its_own(self) -> None:
        defined = [value for value in vars(reasons).values() if isinstance(value, Reason)]
        self.assertEqual(len({reason.code for reason in defined}), len(defined))
        self.assertEqual(set(REASONS.values()), set(defined))

    def test_codes_and_names_of_values_are_plain_words(self) -> None:
        for reason in REASONS.values():
            with self.subTest(reason.code):
                self.assertRegex(reason.code, r"\A[a-z0-9]+(-[a-z0-9]+)*\Z")
                for _text, name, _form, _conversion in string.Formatter().parse(reason.text):
                    self.assertTrue(name is None or re.fullmatch("[a-z]+", name), name)

    def test_an_error_has_the_code_and_the_values_of_its_reason(self) -> None:
        error = errors.StillResting(reasons.COOLDOWN, 2.5, segundos=10)
        self.assertEqual((error.code, error.values, error.wait), ("pausa", {"segundos": 10}, 2.5))
        self.assertEqual(str(error), "too soon: a pause of 10 s follows each cell")

    def test_an_error_without_a_reason_has_the_code_of_its_class(self) -> None:
        for kind in vars(errors).values():
            if isinstance(kind, type) and issubclass(kind, errors.DccError):
                self.assertRegex(kind.kind, "^[a-z-]+$")
        error = errors.RecordError("the file is gone")
        self.assertEqual((str(error), error.code, error.values), ("the file is gone", "registro", {}))

    def test_a_client_says_a_reason_in_its_own_language(self) -> None:
        values = {"celda": 9, "ancho": 3, "alto": 2}
        theirs = "la celda 9 está fuera del tablero de 3 x 2"
        self.assertEqual(tell("celda-fuera", values, theirs), "cell 9 is outside of the board of 3 x 2")
        speak("es")
        self.assertNotEqual(tell("celda-fuera", values, "?"), "cell 9 is outside of the board of 3 x 2")
        self.assertIn("9", tell("celda-fuera", values, "?"))

    def test_a_reason_that_cannot_be_said_is_shown_in_the_words_of_the_server(self) -> None:
        for code, values in (
            ("", {}),
            ("unheard-of", {"celda": 9}),
            ("celda-fuera", {"celda": 9}),
            ("opcode-desconocido", {"opcode": "much"}),
        ):
            with self.subTest(code=code, values=values):
                self.assertEqual(tell(code, values, "the words of the server"), "the words of the server")

    def test_a_reason_of_others_has_no_characters_that_steer_a_screen(self) -> None:
        self.assertEqual(tell("", {}, "\x1b[2Jno\u202e\nway"), "[2Jno way")
        self.assertEqual(tell("color-desconocido", {"color": "\x1b[31mred"}, "?"), "there is no colour [31mred")
