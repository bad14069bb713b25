"""Files of names: what is read, and what is said of a file that cannot be used."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from dcc import limits
from dcc.core.people import is_name
from dcc.errors import NamesError
from dcc.names import load_names, read_names

READ = {
    "one line each": (b"Ada\nGrace\n", ["Ada", "Grace"]),
    "without a last line end": (b"Ada\nGrace", ["Ada", "Grace"]),
    "lines of Windows": (b"Ada\r\nGrace\r\n", ["Ada", "Grace"]),
    "lines of an old Mac": (b"Ada\rGrace\r", ["Ada", "Grace"]),
    "empty lines": (b"\n\nAda\n \t\n\nGrace\n\n", ["Ada", "Grace"]),
    "spaces and tabs at the ends": (b"  Ada \t\n\tGrace Hopper\n", ["Ada", "Grace Hopper"]),
    "a byte order mark": (codecs.BOM_UTF8 + "Núria\nZoë".encode(), ["Núria", "Zoë"]),
    "UTF-16 of Windows": (codecs.BOM_UTF16_LE + "Núria\r\nZoë\r\n".encode("utf-16-le"), ["Núria", "Zoë"]),
    "UTF-16 of big machines": (codecs.BOM_UTF16_BE + "Núria".encode("utf-16-be"), ["Núria"]),
    "letters with separate marks": ("Nu\u0301ria".encode(), ["Núria"]),
    "names from right to left": ("מרים\nفاطمة".encode(), ["מרים", "فاطمة"]),
    "the longest name": (("ñ" * 32).encode(), ["ñ" * 32]),
    "as many names as a board has areas": (
        "\n".join(str(number) for number in range(limits.AREAS)).encode(),
        [str(number) for number in range(limits.AREAS)],
    ),
}

REFUSED = {
    "nothing": (b"", "no names: write one on each line"),
    "empty lines alone": (b"\n \r\n\t\n", "no names: write one on each line"),
    "a name twice": (b"Ada\n\nGrace\nAda \n", "line 4: the name Ada is in line 1 already"),
    "a name twice in two forms": ("Núria\nNu\u0301ria".encode(), "line 2: the name Núria is in line 1 already"),
    "a name too long": (
        b"Ada\n" + b"x" * 33,
        "line 2: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' has 33 characters, at most 32",
    ),
    "the operator's name": (b"Ada\ndcc", "line 2: the name dcc belongs to the operator"),
    "one name too many": (
        "\n".join(str(number) for number in range(limits.AREAS + 1)).encode(),
        "4,097 names, at most 4,096",
    ),
    "another encoding": ("Ada\nNúria".encode("latin-1"), "line 2: the file is not in UTF-8: save it as UTF-8 text"),
    "UTF-16 cut in a character": (
        codecs.BOM_UTF16_LE + "Ada".encode("utf-16-le")[:-1],
        "line 1: the file is not in UTF-8: save it as UTF-8 text",
    ),
    **{
        what: (
            f"Ada\nGr{character}ace".encode(),
            f"line 2: a character that nobody sees, {shown}: type the name anew",
        )
        for what, character, shown in (
            ("a tab between two columns", "\t", "U+0009"),
            ("an escape", "\x1b", "U+001B"),
            ("a NUL", "\0", "U+0000"),
            ("a space of no width", "\u200b", "U+200B (ZERO WIDTH SPACE)"),
            ("a joiner of no width", "\u200d", "U+200D (ZERO WIDTH JOINER)"),
            ("a second byte order mark", "\ufeff", "U+FEFF (ZERO WIDTH NO-BREAK SPACE)"),
            ("a mark of writing direction", "\u202e", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
            ("an isolated direction", "\u2067", "U+2067 (RIGHT-TO-LEFT ISOLATE)"),
            ("a line separator", "\u2028", "U+2028 (LINE SEPARATOR)"),
            ("a form feed", "\f", "U+000C"),
            ("a space that does not break", "\u00a0", "U+00A0 (NO-BREAK SPACE)"),
            ("a soft hyphen", "\u00ad", "U+00AD (SOFT HYPHEN)"),
        )
    },
}


@pytest.mark.parametrize(("data", "names"), READ.values(), ids=READ)
def test_the_names_of_a_file_are_read(data: bytes, names: list[str]) -> None:
    assert read_names(data) == names
    assert all(map(is_name, names))


@pytest.mark.parametrize(("data", "line"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_used_is_refused_with_the_line_at_fault(data: bytes, line: str) -> None:
    with pytest.raises(NamesError) as refused:
        read_names(data)
    assert str(refused.value) == line


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    too_long = tmp_path / "film.mp4"
    too_long.write_bytes(bytes(2**20 + 1))
    for path, reason in (
        (tmp_path / "none.txt", "no such file"),
        (tmp_path, "directory"),
        (too_long, "longer than 1,048,576 bytes: not a list of names"),
    ):
        with pytest.raises(NamesError) as refused:
            load_names(str(path))
        assert reason in str(refused.value).lower()
