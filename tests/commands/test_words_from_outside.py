"""Names, addresses and colours as strangers chose them, on a terminal and in other encodings."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from dcc import cli
from dcc.core.palette import Colour, Palette
from dcc.core.placements import Painter, Size
from dcc.record.writer import Writer
from dcc.wording import printable
from tests.support.records import Batch, stroke
from tests.support.server_process import DCC, PATIENCE_SECONDS

HARMFUL = {
    "clear the screen": "\x1b[2J",
    "title of the window": "\x1b]0;owned\x07",
    "8-bit control sequence": "\x9b31m",
    "a second line": "x\n2026-01-01 00:00:00+00:00  red  'Ana'",
    "back to the beginning of the line": "x\rsound: nothing wrong",
    "right to left": "\u202egnp.exe",
    "a page's separator": "a\u2028b\u2029c",
    "nothing": "\x00",
}


@pytest.mark.parametrize("text", HARMFUL.values(), ids=HARMFUL)
def test_words_from_outside_do_nothing_to_a_terminal(tmp_path: Path, text: str) -> None:
    path = tmp_path / "record.sqlite3"
    writer = Writer(path, Size(9, 9), Palette((Colour("white", "#ffffff"), Colour(text, "#ff0000"))))
    for painter in (Painter(1, text, text), Painter(2, "", text)):
        writer.append(*Batch([stroke((1, 1), by=painter)], 10**12))
    writer.close()
    store = str(path)
    for words, expected in (
        (["history", "1,0"], 2),
        (["history", "1,0", "--json"], 2),
        (["stats"], 13),
        (["verify"], 1),
        (["stats", "--store", str(tmp_path / text.replace("\0", "") / "missing")], 1),
    ):
        printed = io.StringIO()
        with redirect_stdout(printed), redirect_stderr(printed):
            cli.main([words[0], "--store", store, *words[1:], "--lang", "en"])
        lines = printed.getvalue().split("\n")
        assert [line for line in lines if not line.isprintable()] == []
        assert len(lines) == expected + 1, lines


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
def test_no_command_stumbles_over_names_that_the_output_cannot_show(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "漢字.sqlite3"
    writer = Writer(path, Size(9, 9), Palette((Colour("白", "#ffffff"), Colour("赤い", "#ff0000"))))
    writer.append(*Batch([stroke((1, 1), by=Painter(1, "山田太郎", "10.0.0.1:5000"))], 10**12))
    writer.close()
    store = ("--store", str(path))
    for words in (
        ("history", "1,0", *store),
        ("stats", *store),
        ("verify", *store),
        ("export", str(tmp_path / "漢.png"), *store),
        ("stats", "--store", str(tmp_path / "無")),
        ("--help", "--lang", "es"),
        ("stats", "--help", "--lang", "es"),
        ("serve", "--help", "--lang", "es"),
    ):
        done = subprocess.run(
            [DCC, *words],
            env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            timeout=PATIENCE_SECONDS,
        )
        printed = (done.stdout + done.stderr).decode(encoding)
        assert done.returncode == (1 if str(tmp_path / "無") in words else 0), printed
        assert "Traceback" not in printed
        if words[0] in ("history", "stats") and words[1:] == store:
            assert ("山田太郎" in printed) == (encoding == "utf-8")
            assert ("\\u5c71\\u7530" in printed) == (encoding != "utf-8")


def test_printable_text_stays_as_it_is() -> None:
    assert printable("púrpura 漢字") == "púrpura 漢字"
    assert printable("a\x1b\n\u202eb") == r"a\x1b\n\u202eb"
