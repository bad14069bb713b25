"""``dcc forget``: old names and addresses leave the file for good, and nothing else changes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dcc import cli
from dcc.core.actions import (
    Action,
    AddAreas,
    AddKey,
    Area,
    Ban,
    Choice,
    Group,
    LogEntry,
    NameMoment,
    Rectangle,
    RemoveAreas,
    RevokeKey,
    RollBack,
    SetRest,
    Unban,
)
from dcc.core.people import Role, digest_key
from dcc.core.placements import Painter
from dcc.record.maintenance import backup, verify
from dcc.record.reader import Reader, RecordedStroke
from tests.support.records import SIZE, PaintingWriter, stroke

OLD = Painter(1, "Oldina", "198.51.100.77:4001")
LASTING = Painter(2, "Lastina", "198.51.100.78:4002", is_proven=True)
NEW = Painter(3, "Newton", "203.0.113.9:4003", is_proven=True)
HASHED = Painter(4, "Hashina", "~0123456789abcdef")
CORNER, HILL = Rectangle(0, 0, 5, 5), Rectangle(5, 5, 5, 5)

OLD_ACTIONS: tuple[Action, ...] = (
    AddKey("Gonzalo", digest_key("a"), Role.PAINT),
    AddKey("Kepler", digest_key("b"), Role.OWN),
    RevokeKey("Gonzalo"),
    AddAreas((Area("Gonzalo", CORNER, ("Gonzalo", "Kepler")), Area("hill", HILL, ("Areana",)))),
    RemoveAreas(("Gonzalo",)),
    Ban("", "198.51.100.0/24", "Oldina shouted"),
    Unban("", "198.51.100.0/24"),
    Ban("", "192.0.2.66", "stays"),
    Ban("Bandit", "", "also stays"),
    SetRest(("Restino",)),
    SetRest(Group.EVERYBODY),
    NameMoment("Lesson 1"),
    RollBack(Choice(names=("Gonzalo",), networks=("198.51.100.0/24",))),
)
FORGOTTEN_NAMES = (b"Oldina", b"Gonzalo", b"Restino", b"Hashina")
FORGOTTEN_ADDRESSES = (b"198.51.100.77", b"~0123456789abcdef", b"198.51.100.0")
KEPT = (b"Lastina", b"Newton", b"198.51.100.78", b"203.0.113.9", b"Kepler", b"Areana", b"192.0.2.66", b"Bandit")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A record with old and new strokes and actions; its moderator did the last action lately."""
    path = tmp_path / "record.sqlite3"
    writer = PaintingWriter(path, SIZE)
    writer.append([stroke((1, 1), by=OLD), stroke((2, 2), by=LASTING), stroke((3, 3), by=HASHED)], 1000)
    for action in OLD_ACTIONS:
        writer.act(NEW, action, b"", 2000)
    writer.keep_board()
    writer.append([stroke((4, 4), by=LASTING), stroke((5, 5), by=NEW)], 1_700_000_000_000)
    writer.act(NEW, Ban("Latelia", "", "new"), b"", 1_700_000_000_000)
    writer.act(NEW, Unban("Latelia", ""), b"", 1_700_000_000_000)
    writer.stop()
    return path


def read(path: Path) -> tuple[list[LogEntry], list[RecordedStroke]]:
    """Return the log and the strokes of a record, which is sound."""
    assert verify(path).problems == ()
    with Reader(path) as reader:
        return list(reader.log()), list(reader.strokes())


def forget(path: Path, *words: str) -> int:
    """Run the command."""
    return cli.main(["forget", *words, "--store", str(path), "--lang", "en"])


def everything_beside(path: Path) -> bytes:
    """Return the bytes of all files in the folder of a record."""
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


CASES = {
    "addresses": (["--addresses"], FORGOTTEN_ADDRESSES, FORGOTTEN_NAMES),
    "names": (["--names"], FORGOTTEN_NAMES, FORGOTTEN_ADDRESSES),
    "both": (["--addresses", "--names"], FORGOTTEN_ADDRESSES + FORGOTTEN_NAMES, ()),
    "one name": (
        ["--names", "Gonzalo"],
        (b"Gonzalo",),
        (*FORGOTTEN_ADDRESSES, b"Oldina shouted", b"Restino", b"Hashina"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_bytes_of_what_was_forgotten_are_in_no_file(path: Path, case: str) -> None:
    words, gone, left = CASES[case]
    before = everything_beside(path)
    assert all(text in before for text in (*gone, *left, *KEPT, b"Latelia"))
    assert forget(path, *words, "--older-than", "2020-01-01") == 0
    after = everything_beside(path)
    assert [text for text in gone if text in after] == []
    assert [text for text in (*left, *KEPT, b"Latelia") if text not in after] == []


def test_strokes_times_and_rules_in_force_stay_and_the_log_still_tells_people_apart(path: Path) -> None:
    _log, strokes = read(path)
    assert forget(path, "--addresses", "--names", "--older-than", "2020-01-01") == 0
    log, after = read(path)
    assert [(one.sequence, one.time_ms, one.pixels, one.painter.connection) for one in after] == [
        (one.sequence, one.time_ms, one.pixels, one.painter.connection) for one in strokes
    ]
    assert [one.painter for one in after] == [Painter(1, "", ""), LASTING, Painter(4, "", ""), LASTING, NEW]
    assert [entry.action for entry in log] == [
        AddKey("~1", digest_key("a"), Role.PAINT),
        AddKey("Kepler", digest_key("b"), Role.OWN),
        RevokeKey("~1"),
        AddAreas((Area("~1", CORNER, ("~1", "Kepler")), Area("hill", HILL, ("Areana",)))),
        RemoveAreas(("~1",)),
        Ban("", "2001:db8::1", "-"),
        Unban("", "2001:db8::1"),
        Ban("", "192.0.2.66", "stays"),
        Ban("Bandit", "", "also stays"),
        SetRest(("~2",)),
        SetRest(Group.EVERYBODY),
        NameMoment("Lesson 1"),
        RollBack(Choice(names=("~1",), networks=("2001:db8::1",))),
        Ban("Latelia", "", "new"),
        Unban("Latelia", ""),
    ]


def test_a_record_that_has_forgotten_goes_on_as_before(path: Path) -> None:
    assert forget(path, "--addresses", "--names", "--older-than", "2020-01-01") == 0
    writer = PaintingWriter(path)
    writer.append([stroke((6, 6), by=OLD)], 1_700_000_000_001)
    writer.stop()
    log, strokes = read(path)
    assert (len(log), strokes[-1].painter) == (len(OLD_ACTIONS) + 2, OLD)
    assert forget(path, "--addresses", "--names", "--older-than", "2020-01-01") == 0  # nothing is left to forget
    assert read(path) == (log, strokes)


def test_copies_that_still_have_everything_are_named(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = path.with_name("record.sqlite3.before-20260101-000000")
    backup(path, copy)
    assert forget(path, "--addresses", "--older-than", "2020-01-01") == 0
    said = capsys.readouterr().out
    assert said.splitlines() == [
        "forgotten: of 2 painters, in 3 entries of the log",
        f"these copies of the record still have everything: {copy}",
    ]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "dcc forget: what should be forgotten? Give --addresses, --names, or both"),
        (["--names", "Nobody"], "dcc forget: nobody in the record is called 'Nobody'"),
        (["--names", "Oldina", "\u202eNobody"], "dcc forget: nobody in the record is called '\\u202eNobody'"),
    ],
)
def test_a_line_says_what_cannot_be_forgotten_and_nothing_changes(
    path: Path, capsys: pytest.CaptureFixture[str], words: list[str], line: str
) -> None:
    before = path.read_bytes()
    assert forget(path, *words, "--older-than", "2020-01-01") in (1, 2)
    assert capsys.readouterr().err.startswith(line)
    assert path.read_bytes() == before


def test_a_running_server_is_not_disturbed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writer = PaintingWriter(path)
    assert forget(path, "--addresses", "--older-than", "2020-01-01") == 1
    assert capsys.readouterr().err == f"dcc forget: {path} is in use by a server; stop it first\n"
    writer.stop()


def test_damage_is_not_blessed_with_a_new_checksum(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE actions SET time_ms = 3 WHERE id = 1")
    before = path.read_bytes()
    assert forget(path, "--addresses", "--older-than", "2020-01-01") == 1
    assert "is damaged (placements " in capsys.readouterr().err
    assert path.read_bytes() == before
