"""The window's two languages: every text in the code is in the Spanish catalogue, written and compiled."""

from __future__ import annotations

import ast
import string
import unittest
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from PyQt5.QtCore import QTranslator

import dcc.window

PACKAGE = Path(dcc.window.__file__).parent
CATALOGUE = PACKAGE / "translations" / "dcc_es.ts"
STALE = "run: make translations"


def texts_in_code() -> set[tuple[str, str]]:
    """Every text with its context, which Qt takes from the class."""
    return {pair for path in PACKAGE.glob("*.py") for pair in _texts(ast.parse(path.read_text("utf-8")), "")}


def _texts(node: ast.AST, context: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.ClassDef):
        context = node.name
    match node:
        case ast.Call(func=ast.Attribute(attr="tr"), args=[ast.Constant(value=str(text))]):
            yield context, text
        case ast.Call(func=ast.Attribute(attr="tr")):
            raise AssertionError(f"line {node.lineno}: the texts are found by reading the code, so they stand in it")
        case ast.Call(
            func=ast.Name(id="QT_TRANSLATE_NOOP"), args=[ast.Constant(value=str(given)), ast.Constant(value=str(text))]
        ):
            yield given, text
    for child in ast.iter_child_nodes(node):
        yield from _texts(child, context)


def catalogue() -> dict[tuple[str, str], str]:
    """The written translations; an empty one where it is missing or in doubt."""
    translations = {}
    for context in ElementTree.parse(CATALOGUE).iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            assert translation is not None
            done = "type" not in translation.attrib and translation.text
            translations[context.findtext("name", ""), message.findtext("source", "")] = done or ""
    return translations


def fields(text: str) -> set[str | None]:
    """The replacement fields of a text."""
    return {name for _literal, name, _form, _conversion in string.Formatter().parse(text)}


class WindowTextTests(unittest.TestCase):
    """The files in ``dcc/window/translations``."""

    def test_every_text_is_translated(self) -> None:
        """And none is left of what is no longer in the code."""
        texts, translations = texts_in_code(), catalogue()
        self.assertGreater(len(texts), 50)
        self.assertEqual(set(translations), texts, STALE)
        self.assertEqual([pair for pair, translation in translations.items() if not translation], [])

    def test_the_fields_are_those_of_the_text(self) -> None:
        """A text that is filled in has the same places in both languages."""
        for (_context, text), translation in catalogue().items():
            self.assertEqual(fields(translation), fields(text), text)

    def test_the_compiled_catalogue_is_the_written_one(self) -> None:
        """As Qt reads it."""
        translator = QTranslator()
        self.assertTrue(translator.load(str(CATALOGUE.with_suffix(".qm"))))
        for (context, text), translation in catalogue().items():
            self.assertEqual(translator.translate(context, text.encode()), translation, STALE)
