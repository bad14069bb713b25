"""The two languages: every text in the code is in the Spanish catalogue, and the compiled one is the written one."""

from __future__ import annotations

import ast
import errno
import gettext
import io
import os
import re
import string
import unittest
from pathlib import Path
from typing import get_args
from unittest import mock

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import dcc
from dcc.language import Language, _, number, speak, speak_chosen, spoken, system_reason, take_option

PACKAGE = Path(dcc.__file__).parent
CATALOGUES = PACKAGE / "locale"
SPANISH = CATALOGUES / "es" / "LC_MESSAGES"
STALE = "; run: make translations"


def read(path: Path) -> Catalog:
    """A catalogue as it is written."""
    return read_po(io.BytesIO(path.read_bytes()), locale="es")


def texts_in_code() -> set[str | tuple[str, ...]]:
    """What the code passes to ``_()`` and its relatives; a text with a plural is a pair."""
    found = extract_from_dir(PACKAGE, keywords={"_": None, "N_": None, "ngettext": (1, 2), "Reason": (2,)})
    return {text for _path, _line, text, _comments, _context in found}


def versions(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """A text, or its singular and its plural."""
    return (text,) if isinstance(text, str) else tuple(text)


def fields(text: str) -> set[str]:
    """The replacement fields of a text, with their format."""
    braces = {
        f"{name}:{form}" for _literal, name, form, _conversion in string.Formatter().parse(text) if name is not None
    }
    return braces | set(re.findall(r"%(?:\(\w+\))?[sdr]", text))


class CatalogueTests(unittest.TestCase):
    """The files in ``dcc/locale``."""

    def test_every_text_is_translated_and_no_other_is_left(self) -> None:
        spanish = {message.id: message for message in read(SPANISH / "dcc.po") if message.id}
        texts = texts_in_code()
        self.assertGreater(len(texts), 50)
        self.assertEqual(set(spanish), texts, "texts in the code and in dcc.po differ" + STALE)
        missing = [text for text, message in spanish.items() if not all(versions(message.string)) or message.fuzzy]
        self.assertEqual(missing, [], "not translated: write them in dcc.po, then run: make translations")

    def test_the_template_for_another_language_has_the_texts_of_this_code(self) -> None:
        template = {message.id for message in read(CATALOGUES / "dcc.pot") if message.id}
        self.assertEqual(template, texts_in_code(), "texts in the code and in dcc.pot differ" + STALE)

    def test_no_text_is_within_an_f_string(self) -> None:
        """On Python before 3.12, where an f-string is one token, the texts in it are not found."""
        hidden = [
            f"{path}:{inner.lineno}"
            for path in PACKAGE.rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.JoinedStr)
            for inner in ast.walk(node)
            if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id in ("_", "ngettext")
        ]
        self.assertEqual(hidden, [])

    def test_a_translation_has_the_fields_of_its_text(self) -> None:
        for message in read(SPANISH / "dcc.po"):
            every = {field for text in versions(message.id) for field in fields(text)}
            for text in versions(message.string or message.id):
                with self.subTest(text=message.id):
                    self.assertLessEqual(fields(text), every)  # one too many is a KeyError
            with self.subTest(text=message.id):
                self.assertEqual(fields(versions(message.string or message.id)[-1]), fields(versions(message.id)[-1]))

    def test_the_compiled_catalogue_is_the_written_one(self) -> None:
        with (SPANISH / "dcc.mo").open("rb") as file:
            compiled = gettext.GNUTranslations(file)
        for message in read(SPANISH / "dcc.po"):
            if message.id:
                texts = versions(message.id)
                said = (
                    tuple(compiled.ngettext(*texts, count) for count in (1, 2))
                    if len(texts) == 2
                    else (compiled.gettext(texts[0]),)
                )
                self.assertEqual(said, versions(message.string), "dcc.mo is older than dcc.po" + STALE)


UNNAMED = "what the program speaks if nothing names a language"

RULE = [
    # environment                                          --lang  language
    ({}, None, UNNAMED),
    ({"LANG": "C"}, None, UNNAMED),
    ({"LANG": "POSIX"}, None, UNNAMED),
    ({"LANG": "C.UTF-8"}, None, UNNAMED),
    ({"LANG": ""}, None, UNNAMED),
    ({"LC_ALL": "C.UTF-8", "LANG": "es_CL.UTF-8"}, None, UNNAMED),
    ({"LANG": "es_CL.UTF-8"}, None, "es"),
    ({"LANG": "es"}, None, "es"),
    ({"LANG": "es_ES@euro"}, None, "es"),
    ({"LANG": "en_US.UTF-8"}, None, "en"),
    ({"LANG": "de_DE.UTF-8"}, None, "en"),
    ({"LANG": "est_EE"}, None, "en"),
    ({"LANG": "es_CL", "LC_MESSAGES": "en_GB"}, None, "en"),
    ({"LC_MESSAGES": "en_GB", "LC_ALL": "es_ES"}, None, "es"),
    ({"LC_ALL": "es_ES", "LANGUAGE": "en:es"}, None, "en"),
    ({"LC_ALL": "en_US", "LANGUAGE": "ca:es:en"}, None, "es"),
    ({"LC_ALL": "", "LANG": "es_CL"}, None, "es"),
    ({"DCC_LANG": "en", "LANG": "es_CL"}, None, "en"),
    ({"DCC_LANG": "es", "LANG": "C"}, None, "es"),
    ({"DCC_LANG": "", "LANG": "es_CL"}, None, "es"),
    ({"DCC_LANG": "en", "LANG": "es_CL"}, "es", "es"),
    ({"DCC_LANG": "nonsense"}, "es", "es"),
    ({"LANG": "es_CL"}, "en", "en"),
]


class LanguageTests(unittest.TestCase):
    """Which language is spoken."""

    def setUp(self) -> None:
        self.addCleanup(speak, "en")

    def test_a_process_can_change_its_language_and_change_it_back(self) -> None:
        for language, text in (("es", "Iniciando servidor..."), ("en", "Starting server...")):
            speak(language)
            self.assertEqual(_("Starting server..."), text)
            self.assertEqual(spoken(), language)

    def test_numbers_have_the_separators_of_the_language(self) -> None:
        table = [
            (0, "0", "0"),
            (2500, "2,500", "2500"),
            (65_536, "65,536", "65.536"),
            (11.7, "11.7", "11,7"),
            (60.0, "60", "60"),
            (1_000_000, "1,000,000", "1.000.000"),
        ]
        for value, english, spanish in table:
            speak("en")
            self.assertEqual(number(value), english)
            speak("es")
            self.assertEqual(number(value), spanish)

    def test_option_then_variable_then_locale_decide_over_the_language(self) -> None:
        for variables, option, expected in RULE:
            for without_language in get_args(Language):  # the server's, and that of every other command
                language = without_language if expected == UNNAMED else expected
                with (
                    self.subTest(variables=variables, option=option, without_language=without_language),
                    mock.patch.dict(os.environ, variables, clear=True),
                ):
                    self.assertEqual(speak_chosen(option, without_language), language)
                    self.assertEqual(spoken(), language)

    def test_an_unknown_language_is_refused_in_the_language_of_the_other_rules(self) -> None:
        table = [
            ({"DCC_LANG": "fr", "LANG": "en_US"}, None, "DCC_LANG 'fr': expected es or en"),
            ({"DCC_LANG": "fr", "LANG": "es_CL"}, None, "DCC_LANG 'fr': se espera es o en"),
            ({"DCC_LANG": "es", "LANG": "en_US"}, "ES", "--lang 'ES': se espera es o en"),
            ({"DCC_LANG": "en", "LANG": "es_CL"}, "fr", "--lang 'fr': expected es or en"),
            ({}, "", "--lang '': expected es or en"),
        ]
        for variables, option, line in table:
            with self.subTest(variables=variables), mock.patch.dict(os.environ, variables, clear=True):
                with self.assertRaises(ValueError) as caught:
                    speak_chosen(option)
                self.assertEqual(str(caught.exception), line)

    def test_the_option_is_found_anywhere_before_the_dashes(self) -> None:
        table: list[tuple[str, str | None, str]] = [
            ("stats", None, "stats"),
            ("--lang es stats", "es", "stats"),
            ("stats --lang es --top 3", "es", "stats --top 3"),
            ("stats --lang=en", "en", "stats"),
            ("--lang es stats --lang en", "en", "stats"),
            ("stats --lang", "", "stats"),
            ("draw -- --lang es", None, "draw -- --lang es"),
            ("draw --language es", None, "draw --language es"),
        ]
        for line, value, rest in table:
            with self.subTest(line):
                self.assertEqual(take_option(line.split()), (value, rest.split()))


class SystemReasonTests(unittest.TestCase):
    def tearDown(self) -> None:
        speak("en")

    def test_the_usual_reasons_of_the_system_come_in_the_language_of_the_process(self) -> None:
        missing = OSError(errno.ENOENT, os.strerror(errno.ENOENT), "x")
        self.assertEqual(system_reason(missing), "No such file or directory")
        speak("es")
        self.assertEqual(system_reason(missing), "No existe el archivo o el directorio")

    def test_other_reasons_come_in_the_words_of_the_system(self) -> None:
        speak("es")
        self.assertEqual(system_reason(OSError(errno.ESPIPE, os.strerror(errno.ESPIPE))), os.strerror(errno.ESPIPE))
        self.assertEqual(system_reason(OSError("no number")), "no number")
