"""``dcc export --areas``: each area as a picture of its own, under a name that is harmless as the name of a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dcc import cli
from dcc.commands.file_names import file_names
from dcc.core.actions import Action, AddAreas, Area, Group, NameMoment, Rectangle, RemoveAreas
from dcc.core.people import OPERATOR, is_name
from dcc.core.placements import Painter
from dcc.record.writer import Writer
from tests.support.records import SIZE, Batch, stroke

OPERATOR_PAINTER = Painter(0, OPERATOR, "", True)
NAMES = {
    "Ana": "Ana",
    "Núria Puig": "Núria Puig",
    "名": "名",
    "..": "%2E%2E",
    ".": "%2E",
    ".bashrc": "%2Ebashrc",
    "a/b": "a%2Fb",
    "../../etc/passwd": "%2E.%2F..%2Fetc%2Fpasswd",
    "a\\b": "a%5Cb",
    "C:": "C%3A",
    "what?*": "what%3F%2A",
    '"<|>"': "%22%3C%7C%3E%22",
    "-rf": "%2Drf",
    "~root": "%7Eroot",
    "end.": "end%2E",
    "con": "%63on",
    "AUX.txt": "%41UX.txt",
    "com¹": "%63om¹",
    "console": "console",
    "100%": "100%25",
    "a%2Fb": "a%252Fb",
}
TOGETHER = {
    "case": (["ana", "Ana", "ANA"], ["ana", "Ana (2)", "ANA (3)"]),
    "a number already": (["ana", "Ana (2)", "ANA"], ["ana", "Ana (2)", "ANA (3)"]),
    "a letter of two": (["Straße", "STRASSE"], ["Straße", "STRASSE (2)"]),
    "a ligature": (["fi", "ﬁ"], ["fi", "ﬁ (2)"]),
}


@pytest.mark.parametrize(("name", "expected"), NAMES.items(), ids=map(repr, NAMES))
def test_the_name_of_an_area_is_harmless_as_the_name_of_a_file(name: str, expected: str) -> None:
    assert is_name(name)
    assert file_names([name]) == [expected]


@pytest.mark.parametrize(("names", "expected"), TOGETHER.values(), ids=TOGETHER)
def test_names_that_some_file_system_takes_for_one_file_get_numbers(names: list[str], expected: list[str]) -> None:
    assert file_names(names) == expected


@given(st.lists(st.text(min_size=1, max_size=32).filter(is_name), unique=True, max_size=8))
def test_all_names_are_different_files_in_the_folder(names: list[str]) -> None:
    found = file_names(names)
    assert len({name.casefold() for name in found}) == len(names)
    for name in found:
        assert os.path.basename(name) == name and name not in ("", ".", "..")
        assert len(f"{name}.png".encode()) <= 255


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def record(tmp_path: Path) -> Writer:
    """A record to add to."""
    return Writer(tmp_path / "record.sqlite3", SIZE)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on the record: its exit status, and what it said on standard error."""

    def ended(*words: str) -> tuple[int, str]:
        status = cli.main([*words, "--store", str(tmp_path / "record.sqlite3"), "--lang", "en"])
        return status, capsys.readouterr().err

    return ended


def act(writer: Writer, action: Action) -> None:
    writer.act(OPERATOR_PAINTER, action, b"", 10**12)


def pixels(path: Path) -> list[list[int]]:
    with Image.open(path) as image:
        return [[int(colour) for colour in row] for row in np.asarray(image)]


def test_each_area_of_a_moment_is_a_picture_of_its_part(record: Writer, run: Run, tmp_path: Path) -> None:
    areas = Area("Ana", Rectangle(0, 0, 2, 2), ("Ana",)), Area("a/b", Rectangle(1, 1, 3, 1), Group.NOBODY)
    act(record, AddAreas(areas))
    record.append(*Batch([stroke((0, 2), (31, 3), (32, 4))], 10**12))
    act(record, NameMoment("Lesson 1"))
    act(record, RemoveAreas(("Ana",)))
    record.append(*Batch([stroke((0, 5), (33, 5))], 10**12))
    record.close()
    folder = tmp_path / "new" / "areas"
    assert run("export", "--areas", str(folder)) == (0, f"dcc export: {folder}: 1 area\n")
    assert os.listdir(folder) == ["a%2Fb.png"]
    assert pixels(folder / "a%2Fb.png") == [[3, 4, 5]]
    # As of placement 3 the next one already lacks the area; the moment was named before.
    assert run("export", "--areas", str(tmp_path / "3"), "--at", "3")[0] == 0
    assert os.listdir(tmp_path / "3") == ["a%2Fb.png"]
    assert run("export", "--areas", str(folder), "--at", "@Lesson 1")[0] == 0
    assert sorted(os.listdir(folder)) == ["Ana.png", "a%2Fb.png"]
    assert pixels(folder / "Ana.png") == [[2, 0], [0, 3]]
    assert run("export", "--areas", str(folder), "--scale", "3")[0] == 0
    with Image.open(folder / "a%2Fb.png") as image:
        assert image.size == (9, 3)


def test_what_cannot_be_exported_is_one_line(record: Writer, run: Run, tmp_path: Path) -> None:
    act(record, AddAreas((Area("Ana", Rectangle(0, 0, 2, 2), Group.NOBODY),)))
    record.append(*Batch([stroke((0, 2))], 10**12))
    act(record, RemoveAreas())
    record.close()
    (tmp_path / "file").touch()
    assert run("export", "--areas", str(tmp_path / "x")) == (1, "dcc export: the board has no areas at that moment\n")
    for words in (("export",), ("export", "out.png", "--areas", "x")):
        assert run(*words) == (2, "dcc export: give either OUT.png or --areas FOLDER\n")
    assert run("export", "--areas", str(tmp_path / "file"), "--at", "0")[0] == 1
