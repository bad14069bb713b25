"""Damaged records: every reader says so in one line, or answers as if sound; ``dcc verify`` notices every change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.damage import (
    READERS,
    TABLES,
    Answer,
    NoUtf8,
    assert_one_line,
    change,
    make_record,
    put,
    read_all,
)

WRONG = {
    "NULL": None,
    "text": "damage",
    "no UTF-8": NoUtf8(b"\xff\xfe\x80"),
    "a lone surrogate": NoUtf8(b"\xed\xa0\x80"),
    "empty bytes": b"",
    "short bytes": b"\x01\x02\x03",
    "bytes": bytes(16),
    "below zero": -1,
    "huge": 2**63 - 1,
    "a fraction": 1.5,
    "not a number": float("nan"),
    "zero": 0,
    "control characters": "\x1b[2J\r\n\x9b\u202e",
    "deep": "[" * 100_000,
}

CHANGED = {
    "canvas.palette": '[["white", "#ffffff"], ["black", "#000000"], ["red", "#fe0000"]]',
    "canvas.secret": bytes(range(16)),
    "painters.proven": 1,
    "actions.sequence": 61,
    "actions.time_ms": 1_700_000_009_531,
    "actions.painter": 2,
    "actions.action": '{"accion":"descongelar"}',
    "actions.cells": 1,
    "painters.since_ms": 1_700_000_000_000,
    "painters.connection": 99,
    "painters.name": "Eva",
    "painters.address": "127.0.0.2:40001",
    "strokes.painter": 2,
    "strokes.after_ms": 12_345,
    "keyframes.width": 31,
    "keyframes.height": 21,
}
"""Values that only the checksum tells from right ones."""

_FIRST_TWO = "(SELECT sequence FROM strokes WHERE length(pixels) = 25 ORDER BY sequence LIMIT 2)"

ROWS = {
    "a stroke is missing": "DELETE FROM strokes WHERE sequence IN (SELECT sequence FROM strokes LIMIT 1 OFFSET 9)",
    "the first stroke is missing": "DELETE FROM strokes WHERE sequence = (SELECT min(sequence) FROM strokes)",
    "the last stroke is missing": "DELETE FROM strokes WHERE sequence = (SELECT max(sequence) FROM strokes)",
    "all strokes are missing": "DELETE FROM strokes",
    "there is a stroke before the first": "INSERT INTO strokes VALUES (-5, 1, 0, x'0000000000')",
    "there is a stroke after the last": "INSERT INTO strokes VALUES (232, 1, 0, x'0000000000')",
    "there is a stroke at the end of numbers": f"INSERT INTO strokes VALUES ({2**63 - 1}, 1, 0, x'0000000000')",
    "two strokes are swapped": f"""
        UPDATE strokes SET pixels = (
            SELECT pixels FROM strokes AS other
            WHERE other.sequence IN {_FIRST_TWO} AND other.sequence <> strokes.sequence
        ) WHERE sequence IN {_FIRST_TWO}
    """,
    "two painters are swapped": "UPDATE painters SET id = CASE id WHEN 2 THEN -3 WHEN 3 THEN -2 ELSE id END",
    "a painter is missing": "DELETE FROM painters WHERE id = 3",
    "all painters are missing": "DELETE FROM painters",
    "there is a painter without a stroke": "INSERT INTO painters VALUES (99, 0, 1, '', '', 0)",
    "there is no canvas": "DELETE FROM canvas",
    "there are two canvases": "INSERT INTO canvas SELECT * FROM canvas",
    "there is no row of checksums": "DELETE FROM checksums",
    "there are two rows of checksums": "INSERT INTO checksums SELECT * FROM checksums",
    "the blank board is missing": "DELETE FROM keyframes WHERE sequence = 0",
    "the grown board is missing": "DELETE FROM keyframes WHERE width = 33",
    "all kept boards are missing": "DELETE FROM keyframes",
    "a kept board has another number": "UPDATE keyframes SET sequence = sequence + 1 WHERE sequence > 0",
    "a board is kept before the first": "INSERT INTO keyframes VALUES (-1, 30, 20, x'00', x'00')",
    "a board is kept after the last": "UPDATE keyframes SET sequence = 9999 WHERE sequence = 231",
    "a pixel is hidden by a later one": """
        UPDATE strokes SET pixels = x'0100000001' || substr(pixels, 6)
        WHERE sequence = (SELECT min(sequence) FROM strokes WHERE sequence > 60)
    """,
    "a cell is outside": "UPDATE strokes SET pixels = x'ffffff0001' || substr(pixels, 6) WHERE painter = 2",
    "a colour is not in the palette": "UPDATE strokes SET pixels = x'01000000ff' WHERE length(pixels) = 5",
    "an action is missing": "DELETE FROM actions WHERE id = 2",
    "the first action is missing": "DELETE FROM actions WHERE id = 1",
    "the last action is missing": "DELETE FROM actions WHERE id = 5",
    "all actions are missing": "DELETE FROM actions",
    "there is an action before the first": "INSERT INTO actions SELECT 0, 0, 0, 7, action, 0 FROM actions LIMIT 1",
    "there is an action after the last": "INSERT INTO actions SELECT 6, 231, 0, 7, action, 0 FROM actions LIMIT 1",
    "two actions are swapped": "UPDATE actions SET action = (SELECT action FROM actions AS other"
    " WHERE other.id = 3 - actions.id) WHERE id < 3",
    "the painter of an action is missing": "DELETE FROM painters WHERE id = 7",
    "a table of actions is missing": "DROP TABLE actions",
    "a table is missing": "DROP TABLE strokes",
    "a column is missing": "ALTER TABLE keyframes DROP COLUMN checksum",
}

WRONG_LISTS = (
    "a stroke is missing",
    "the first stroke is missing",
    "the last stroke is missing",
    "all strokes are missing",
    "there is a stroke after the last",
    "there is a stroke at the end of numbers",
)
"""With these, ``dcc history`` would leave out a painter, or name one who never painted."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound record."""
    path = tmp_path_factory.mktemp("sound") / "record.sqlite3"
    make_record(path)
    return path


@pytest.fixture(scope="module")
def answers(sound: Path) -> dict[str, Answer]:
    """What readers answer of the sound record."""
    found = dict(read_all(sound))
    assert all(answer.status == 0 for answer in found.values()), found
    assert "nobody" not in found["history"].said
    return found


@pytest.fixture
def record(sound: Path, tmp_path: Path) -> Path:
    """A copy of the record, to be damaged."""
    return Path(shutil.copy(sound, tmp_path / sound.name))


COLUMNS = [(table, column) for table, columns in TABLES.items() for column in columns]


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_wrong_value_is_damage_to_whoever_needs_it_and_to_verify(
    record: Path, answers: dict[str, Answer], table: str, column: str, kind: str
) -> None:
    value = WRONG[kind]
    put(record, table, column, {"painters": 13, "strokes": 4, "keyframes": 2, "actions": 2}.get(table, 0), value)
    is_possible = (column in ("name", "address", "id") and type(value) is str) or (
        column in ("after_ms", "since_ms", "connection", "time_ms", "proven", "cells") and value == 0
    )
    for name, answer in read_all(record):
        if answer.status:
            assert_one_line(name, answer)
            assert name == "verify" or "damaged" in answer.said, (name, answer)
        else:
            assert name != "verify", "not noticed"
            assert is_possible or name == "backup" or answer == answers[name], (name, answer)


@pytest.mark.parametrize("column", CHANGED)
def test_a_changed_value_that_only_the_checksum_can_tell_is_noticed(record: Path, column: str) -> None:
    table, _dot, name = column.partition(".")
    put(record, table, name, 0, CHANGED[column])
    answer = READERS["verify"](record)
    assert_one_line("verify", answer)


@pytest.mark.parametrize("statement", ROWS)
def test_missing_other_and_swapped_rows_are_noticed(record: Path, statement: str) -> None:
    before = record.read_bytes()
    change(record, ROWS[statement])
    assert record.read_bytes() != before
    for name, answer in read_all(record):
        if statement in WRONG_LISTS and name == "history":
            assert answer.status == 1, "a painter may be missing in the list"
        if answer.status:
            assert_one_line(name, answer)
            assert name == "verify" or "damaged" in answer.said, (name, answer)
        else:
            assert name != "verify", "not noticed"


def test_the_place_of_the_damage_is_between_two_kept_boards(record: Path) -> None:
    change(record, "UPDATE strokes SET after_ms = after_ms + 1 WHERE sequence = 100")
    change(record, "UPDATE strokes SET after_ms = after_ms + 1 WHERE sequence BETWEEN 70 AND 80")
    said = str(READERS["verify"](record).said)
    assert said == f"dcc verify: {record}: placements 63 to 118 differ from their checksum\n"
