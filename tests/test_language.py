"""The two languages: every text in the code is in the Spanish catalogue, and the compiled one is the written one."""

from __future__ import annotations

import gettext
import io
import os
import string
import unittest
from pathlib import Path
from unittest import mock

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import dcc
from dcc.language import _, locale_language, speak

PACKAGE = Path(dcc.__file__).parent
CATALOGUES = PACKAGE / "locale"
SPANISH = CATALOGUES / "es" / "LC_MESSAGES"
STALE = "; run: make translations"


def read(path: Path) -> Catalog:
    """A catalogue as it is written."""
    return read_po(io.BytesIO(path.read_bytes()), locale="es")


def texts_in_code() -> set[str]:
    """What the code passes to ``_()``."""
    found = extract_from_dir(PACKAGE, keywords={"_": None, "Reason": (2,)})
    return {text for _path, _line, text, _comments, _context in found}


def fields(text: str) -> set[str]:
    """The replacement fields of a text, with their format."""
    return {
        f"{name}:{form}" for _literal, name, form, _conversion in string.Formatter().parse(text) if name is not None
    }


class CatalogueTests(unittest.TestCase):
    """The files in ``dcc/locale``."""

    def test_every_text_is_translated(self) -> None:
        """And none is left of what is no longer in the code."""
        spanish = {message.id: message for message in read(SPANISH / "dcc.po") if message.id}
        texts = texts_in_code()
        self.assertGreater(len(texts), 50)
        self.assertEqual(set(spanish), texts, "texts in the code and in dcc.po differ" + STALE)
        missing = [text for text, message in spanish.items() if not message.string or message.fuzzy]
        self.assertEqual(missing, [], "not translated: write them in dcc.po, then run: make translations")

    def test_the_template_is_of_this_code(self) -> None:
        """``dcc.pot`` is what a translator of another language begins with."""
        template = {message.id for message in read(CATALOGUES / "dcc.pot") if message.id}
        self.assertEqual(template, texts_in_code(), "texts in the code and in dcc.pot differ" + STALE)

    def test_translations_have_the_same_fields(self) -> None:
        """A field that is missing is information that is lost; one too many is a KeyError."""
        for message in read(SPANISH / "dcc.po"):
            with self.subTest(text=message.id):
                self.assertEqual(fields(message.string or message.id), fields(message.id))

    def test_the_compiled_catalogue_is_the_written_one(self) -> None:
        """The server reads ``dcc.mo``."""
        with (SPANISH / "dcc.mo").open("rb") as file:
            compiled = gettext.GNUTranslations(file)
        for message in read(SPANISH / "dcc.po"):
            if message.id:
                self.assertEqual(compiled.gettext(message.id), message.string, "dcc.mo is older than dcc.po" + STALE)


class LanguageTests(unittest.TestCase):
    """Which of them is spoken."""

    def test_speak(self) -> None:
        """The language of the process can be changed and changed back."""
        self.addCleanup(speak, "en")
        for language, text in (("es", "Iniciando servidor..."), ("en", "Starting server...")):
            speak(language)
            self.assertEqual(_("Starting server..."), text)

    def test_language_of_the_locale(self) -> None:
        """English in an English locale, else Spanish; read in the order in which gettext reads it."""
        table = [
            ({}, "es"),
            ({"LANG": "C.UTF-8"}, "es"),
            ({"LANG": "es_CL.UTF-8"}, "es"),
            ({"LANG": "de_DE.UTF-8"}, "es"),
            ({"LANG": "en_US.UTF-8"}, "en"),
            ({"LANG": "en"}, "en"),
            ({"LANG": "es_CL", "LC_MESSAGES": "en_GB"}, "en"),
            ({"LC_MESSAGES": "en_GB", "LC_ALL": "es_ES"}, "es"),
            ({"LC_ALL": "es_ES", "LANGUAGE": "en:es"}, "en"),
            ({"LC_ALL": "", "LANG": "en_US"}, "en"),
        ]
        for variables, language in table:
            with self.subTest(variables=variables), mock.patch.dict(os.environ, variables, clear=True):
                self.assertEqual(locale_language(), language)
