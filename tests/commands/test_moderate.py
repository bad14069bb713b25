"""``dcc moderate``: deeds on a record and on a running server, lines, and questions before a deed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcc import cli
from dcc.commands.moderate import SUBCOMMANDS
from dcc.core import actions
from dcc.core.actions import (
    ROLES,
    Action,
    AddAreas,
    AddKey,
    Announce,
    Area,
    Ban,
    Choice,
    Clear,
    Entry,
    Freeze,
    Group,
    NameMoment,
    Rectangle,
    RemoveAreas,
    RevokeKey,
    RollBack,
    SetCooldown,
    SetEntry,
    SetRest,
    Thaw,
    Unban,
)
from dcc.core.people import OPERATOR
from dcc.core.placements import Painter
from dcc.protocol.messages import Paint
from dcc.protocol.version2 import encode_command
from dcc.record.reader import Reader
from dcc.record.writer import Writer
from tests.support.commands import dcc
from tests.support.records import SIZE, Batch, stroke
from tests.support.server_process import Peer, ServerProcess
from tests.support.wire import HELLO_2

ANA = Painter(7, "Ana", "192.0.2.7:5000", True)
LUIS = Painter(8, "Luis", "192.0.2.8:5001", True)
START_MS = 1_700_000_000_000


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record for commands that undo each other, or do nothing: Ana has painted three cells, and Luis two of them."""
    return make_record(tmp_path_factory.mktemp("moderate"))


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """The same, of a test's own."""
    return make_record(tmp_path)


def make_record(folder: Path) -> Path:
    path = folder / "record.sqlite3"
    writer = Writer(path, SIZE)
    writer.append(*Batch([stroke((0, 2), (1, 2), (2, 2), by=ANA)], START_MS))
    writer.act(Painter(0, OPERATOR, "", True), NameMoment("Lesson 1"), b"", START_MS + 1000)
    writer.append(*Batch([stroke((1, 3), (3, 3), by=LUIS)], START_MS + 2000))
    writer.close()
    return path


def last_action(path: Path) -> Action:
    """The last action of a record."""
    with Reader(path) as reader:
        return list(reader.log())[-1].action


def board(path: Path) -> list[int]:
    """The first cells of the board."""
    with Reader(path) as reader:
        return list(reader.canvas_at(reader.last_sequence()).colours[:5])


# --- actions on a record -------------------------------------------------------------------------

DONE: dict[str, tuple[tuple[str, ...], Action, str]] = {
    "freeze": (("freeze",), Freeze(), "dcc moderate thaw"),
    "thaw": (("thaw",), Thaw(), "dcc moderate freeze"),
    "announce": (("announce", " Ten minutes "), Announce("Ten minutes"), "dcc moderate announce ''"),
    "announce nothing": (("announce", ""), Announce(""), ""),
    "moment": (("moment", "Lesson 3"), NameMoment("Lesson 3"), ""),
    "ban": (("ban", "Luis"), Ban("Luis", "", "a moderator decided so"), "dcc moderate unban Luis"),
    "unban": (("unban", "Luis"), Unban("Luis"), ""),
    "ban an address": (
        ("ban", "192.0.2.7", "--from-connecting", "--until", "2999-01-01T00:00Z", "--why", "vandalism"),
        Ban("", "192.0.2.7", "vandalism", True, 32_472_144_000_000),
        "dcc moderate unban 192.0.2.7",
    ),
    "ban an address of IPv6": (
        ("ban", "2001:db8::7"),
        Ban("", "2001:db8::/64", "a moderator decided so"),
        "dcc moderate unban 2001:db8::7",
    ),
    "unban an address of IPv6": (("unban", "2001:db8::7"), Unban("", "2001:db8::/64"), ""),
    "area": (
        ("area", "add", "my garden", "1,2", "3x4"),
        AddAreas((Area("my garden", Rectangle(1, 2, 3, 4), Group.EVERYBODY),)),
        "dcc moderate area remove 'my garden'",
    ),
    "area of some": (
        ("area", "add", "b", "0,0", "3x4", "--for", "Ana", "--for", "Luis"),
        AddAreas((Area("b", Rectangle(0, 0, 3, 4), ("Ana", "Luis")),)),
        "dcc moderate area remove b",
    ),
    "area of nobody": (
        ("area", "add", "c", "0,0", "3x4", "--for", "nobody"),
        AddAreas((Area("c", Rectangle(0, 0, 3, 4), Group.NOBODY),)),
        "dcc moderate area remove c",
    ),
    "remove areas": (("area", "remove", "b", "c"), RemoveAreas(("b", "c")), ""),
    "remove all areas": (("area", "remove", "--all", "--yes"), RemoveAreas(), ""),
    "rest": (("area", "rest", "moderators"), SetRest(Group.MODERATORS), ""),
    "rest for some": (("area", "rest", "Ana", "Luis", "Ana"), SetRest(("Ana", "Luis")), ""),
    "entry code": (("entry", "code", "tulip"), SetEntry(Entry.CODE, "tulip"), ""),
    "entry keys": (("entry", "keys"), SetEntry(Entry.KEYS), ""),
    "entry open": (("entry", "open"), SetEntry(Entry.OPEN), ""),
    "cooldown": (("cooldown", "30", "--charges", "10"), SetCooldown(30, 10), ""),
    "no cooldown": (("cooldown", "0"), SetCooldown(0), ""),
}


@pytest.mark.parametrize(("words", "action", "undo"), DONE.values(), ids=DONE)
def test_a_command_records_its_action_and_says_how_to_undo_it(
    shared: Path, words: tuple[str, ...], action: Action, undo: str
) -> None:
    done = dcc("moderate", *words, store=shared)
    assert (done.status, done.errors) == (0, []), done
    assert last_action(shared) == action
    assert re.match(r"action \d+: ", done.lines[0])
    assert done.lines[1:] == ([f"to undo it: {undo}"] if undo else [])


def test_every_action_has_a_command() -> None:
    done = {type(action) for _words, action, _undo in DONE.values()}
    elsewhere = {AddKey, RevokeKey, actions.AddGrid, RollBack, Clear, actions.AddTemplate, actions.RemoveTemplate}
    assert done | elsewhere == set(ROLES)
    tested = {" ".join(words[:count]) for words, _action, _undo in DONE.values() for count in (1, 2)}
    others = {"who", "rollback", "clear", "area grid"}
    assert {command.name for command in SUBCOMMANDS} <= tested | others


def test_a_class_gets_a_grid_of_areas(record: Path, tmp_path: Path) -> None:
    names = tmp_path / "class.txt"
    names.write_text("Ana\nLuis\n")
    done = dcc("moderate", "area", "grid", str(names), "--area", "0,10,20x10", store=record)
    assert done.lines[1] == "to undo it: dcc moderate area remove Ana Luis"
    assert last_action(record) == AddAreas(
        (Area("Ana", Rectangle(0, 10, 10, 10), ("Ana",)), Area("Luis", Rectangle(10, 10, 10, 10), ("Luis",)))
    )


# --- roll back and clear -------------------------------------------------------------------------


def test_a_clear_is_done_at_once_and_undone_by_its_number(record: Path) -> None:
    assert board(record) == [2, 3, 2, 3, 0]
    done = dcc("moderate", "clear", "--area", "0,0,2x1", store=record)
    assert done.lines == ["action 2: cleared 0,0,2x1 (2 cells)", "to undo it: dcc moderate rollback --action 2"]
    assert board(record) == [0, 0, 2, 3, 0]
    undone = dcc("moderate", "rollback", "--action", "2", "--yes", store=record)
    assert undone.lines == [
        "2 placements are chosen; 2 cells would be painted",
        "action 3: rolled back what was painted by action 2 (2 cells)",
        "to undo it: dcc moderate rollback --action 3",
    ]
    assert board(record) == [2, 3, 2, 3, 0]
    assert dcc("verify", store=record).status == 0


def test_a_roll_back_shows_what_it_would_do_and_asks(record: Path, tmp_path: Path) -> None:
    picture = tmp_path / "then.png"
    words = ("moderate", "rollback", "--name", "Ana", "--preview", str(picture))
    shown = "3 placements are chosen; 2 cells would be painted"
    refused = "dcc moderate: nothing was done"
    assert dcc(*words, store=record) == (
        1, [shown], [f"{refused}: there is no terminal to ask on; --yes does it without asking"],
    )  # fmt: skip
    with Image.open(picture) as image:
        assert (image.size, np.asarray(image)[0, :5].tolist()) == ((30, 20), [0, 3, 0, 3, 0])
    assert dcc(*words, store=record, answer="no\n") == (1, [shown], [f"Roll back? [y/N] {refused}"])
    assert board(record) == [2, 3, 2, 3, 0]
    done = dcc(*words, store=record, answer="y\n")
    assert (done.status, done.lines[0]) == (0, shown)
    assert done.lines[1] == "action 2: rolled back what was painted by 'Ana' (2 cells)"
    assert board(record) == [0, 3, 0, 3, 0]


CHOSEN: dict[str, tuple[tuple[str, ...], Choice]] = {
    "people": (("--name", "Ana", "Luis"), Choice(("Ana", "Luis"))),
    "addresses and people": (
        ("--address", "192.0.2.7", "10.0.0.0/8", "--name", "Ana"),
        Choice(("Ana",), ("192.0.2.7", "10.0.0.0/8")),
    ),
    "who painted a cell": (("--at", "1,0"), Choice(connections_of=(4,))),
    "who painted cells": (("--at", "0,0", "3,0"), Choice(connections_of=(1, 5))),
    "a part": (("--area", "0,0,4x1"), Choice(place=Rectangle(0, 0, 4, 1))),
    "since a moment": (("--since", "@Lesson 1"), Choice(since_ms=START_MS + 1000)),
    "until a moment": (("--until", "@Lesson 1"), Choice(until_ms=START_MS + 1000)),
    "until a time": (("--until", "2023-11-14T22:13:20Z"), Choice(until_ms=START_MS)),
    "somebody somewhere": (
        ("--name", "Ana", "--area", "2,0,1x1", "--since", "2023-11-14"),
        Choice(("Ana",), place=Rectangle(2, 0, 1, 1), since_ms=1_699_920_000_000),
    ),
}


@pytest.mark.parametrize(("words", "choice"), CHOSEN.values(), ids=CHOSEN)
def test_placements_are_chosen_by_people_place_and_time(tmp_path: Path, words: tuple[str, ...], choice: Choice) -> None:
    record = make_record(tmp_path)
    assert dcc("moderate", "rollback", *words, "--yes", store=record).status == 0
    assert last_action(record) == RollBack(choice)


# --- what is refused -----------------------------------------------------------------------------

REFUSED = {
    "thaw of no freeze": (("thaw",), "the board is not frozen"),
    "an area off the board": (("area", "add", "x", "25,15", "10x10"), "the area x is not on the board of 30 x 20"),
    "an unknown area": (("area", "remove", "x"), "there is no x"),
    "a ban that is not there": (("unban", "Eva"), "nobody is banned by that name or address"),
    "a moment twice": (("moment", "Lesson 1"), "the name Lesson 1 is taken"),
    "a clear of nothing": (("clear", "--area", "5,5,2x2"), "no cell would change"),
    "a clear off the board": (("clear", "--area", "29,0,2x2"), "the area 29,0 2x2 is not on the board of 30 x 20"),
    "a roll back of nobody": (("rollback", "--name", "Eva", "--yes"), "no cell would change"),
    "a roll back of no action": (("rollback", "--action", "99", "--yes"), "there is no action 99"),
    "a cell that nobody painted": (("rollback", "--at", "9,9"), "nobody has painted column 9, row 9"),
    "a cell off the board": (("rollback", "--at", "30,0"), "nobody has painted column 30, row 0"),
    "a moment that is not there": (("rollback", "--since", "@x"), "there is no moment @x; the latest are @Lesson 1"),
    "all areas without a question": (("area", "remove", "--all"), "nothing was done: there is no terminal to ask on"),
    "who without a server": (("who",), "nobody is here: no server runs on "),
}


@pytest.mark.parametrize(("words", "line"), REFUSED.values(), ids=REFUSED)
def test_a_refused_action_is_one_line_and_changes_nothing(shared: Path, words: tuple[str, ...], line: str) -> None:
    before = last_action(shared)
    refused = dcc("moderate", *words, store=shared)
    assert (refused.status, refused.lines, len(refused.errors)) == (1, [], 1), refused
    assert refused.errors[0].startswith(f"dcc moderate: {line}")
    assert last_action(shared) == before


WRONG = {
    "nothing": ((), None),
    "an unknown command": (("burn",), "argument COMMAND: invalid choice: 'burn'"),
    "half a command": (("area",), "argument COMMAND: invalid choice: 'area'"),
    "no choice": (("rollback",), "choose people, an area, or a time"),
    "no area": (("area", "remove"), "which areas? Give their names, or --all"),
    "areas and all": (("area", "remove", "x", "--all"), "which areas? Give their names, or --all"),
    "a group and a name": (("area", "rest", "nobody", "Ana"), "'nobody' stands alone, without names"),
    "no size": (("area", "add", "x", "1,1", "4"), "argument WIDTHxHEIGHT: '4': expected WIDTHxHEIGHT, such as 200x120"),
    "no cell": (("area", "add", "x", "1", "4x4"), "argument X,Y: '1': expected column and row, such as 10,5"),
    "an area without a size": (("clear", "--area", "1,1,0x4"), "argument --area: '1,1,0x4': expected column, row and"),
    "a name of an area": (("area", "add", "a\u200bb", "1,1", "4x4"), "argument NAME: 'a\\u200bb' is no name"),
    "a name to ban": (("ban", ""), "argument NAME|ADDRESS: '' is no name: 1 to 32 visible characters"),
    "the operator": (("ban", "dcc"), "argument NAME|ADDRESS: the name dcc belongs to the operator"),
    "no address": (("rollback", "--address", "Ana"), "argument --address: 'Ana' is no address and no network"),
    "an end that is past": (("ban", "Ana", "--until", "2001-02-03"), "argument --until: '2001-02-03': this time is"),
    "a long reason": (("ban", "Ana", "--why", "x" * 201), "argument --why: 'xxx"),
    "two lines": (("announce", "a\nb"), "argument TEXT: 'a\\nb': expected one line of at most 200 characters"),
    "a code of spaces": (("entry", "code", "  "), "argument WORD: '  ' is no name"),
    "no pause": (("cooldown", "-1"), None),
    "a pause of a fraction": (("cooldown", "0.5"), "argument SECONDS: '0.5': expected a number from 0 to 999999999"),
    "no charges": (("cooldown", "5", "--charges", "0"), "argument --charges: '0': expected a number from 1 to 8192"),
    "no action": (("rollback", "--action", "x"), "argument --action: 'x': expected a number from 1 to 999999999"),
    "a placement for a time": (("rollback", "--since", "17"), "argument --since: '17': expected a time such as"),
    "no picture": (
        ("rollback", "--preview", "x.jpg"),
        "argument --preview: 'x.jpg': expected a name that ends",
    ),
    "no names": (("area", "grid", "/nowhere"), "argument FILE: /nowhere: No such file or directory"),
    "a key without its server": (("freeze", "--tls"), "--key-file, --tls and --ca go with --server HOST"),
    "a server without a key": (("freeze", "--server", "127.0.0.1"), "--server needs your key: --key-file FILE, or"),
}


@pytest.mark.parametrize(("words", "line"), WRONG.values(), ids=WRONG)
def test_a_wrong_command_line_is_one_line_and_status_2(
    shared: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], line: str | None
) -> None:
    try:
        status: object = cli.main(
            ["moderate", *words, *(["--store", str(shared)] if words[1:] else []), "--lang", "en"]
        )
    except SystemExit as usage:
        status = usage.code
    said = capsys.readouterr()
    if line is None and not words:
        assert status == 0 and said.out.startswith("usage: dcc moderate ")
        return
    assert (status, said.out, said.err.count("\n")) == (2, "", 1), said
    error = said.err.rstrip("\n")
    assert error.isprintable()
    assert re.sub(r"^dcc moderate( [a-z]+){0,2}: ", "", error).startswith(line or "")


# --- on a running server -------------------------------------------------------------------------


def test_a_vandal_is_found_by_a_cell_rolled_back_and_turned_away(tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite3"
    with ServerProcess("--store", f"sqlite:{record}", "--canvas", "30x20") as server:
        with Peer(server.port, source="127.0.0.3") as vandal, Peer(server.port, source="127.0.0.2") as painter:
            for number, peer in enumerate((painter, vandal), 2):
                peer.send(HELLO_2)
                cells = [0, 1] if peer is painter else [1, 2, 3]
                pixels = b"".join(cell.to_bytes(4, "little") + bytes([number]) for cell in cells)
                peer.send(encode_command(Paint(1, pixels)))
                while peer.receive()[:1] != b"\x04":
                    pass
            here = dcc("moderate", "who", store=record).lines
            assert here[0] == "2 are here"
            assert [line.split(", ")[1:] for line in here[1:]] == [["paints", "127.0.0.3"], ["paints", "127.0.0.2"]]
            done = dcc("moderate", "rollback", "--at", "2,0", "--yes", store=record)
            assert done.lines[0] == "3 placements are chosen; 3 cells would be painted"
            assert board(record) == [2, 2, 0, 0, 0]
            dcc("moderate", "ban", "127.0.0.3", "--from-connecting", "--why", "vandalism", store=record)
            rest = vandal.receive_rest()
            assert b"vandalism" in b"".join(rest)
            assert dcc("moderate", "who", store=record).lines[-2:] == [
                "banned",
                "  '127.0.0.3' from connecting: vandalism",
            ]
        with Peer(server.port, source="127.0.0.3") as vandal:
            vandal.send(HELLO_2)
            assert b"vandalism" in b"".join(vandal.receive_rest())
        words = [json.loads(line)["kind"] for line in dcc("log", "--json", store=record).lines]
        assert words == ["key", "rollback", "ban"]


def test_a_moderator_moderates_from_elsewhere(tmp_path: Path) -> None:
    record, key = tmp_path / "record.sqlite3", tmp_path / "key"
    with ServerProcess("--store", f"sqlite:{record}", "--canvas", "30x20") as server:
        key.touch(0o600)
        key.write_text(dcc("key", "add", "Olga", "--role", "moderate", store=record).lines[0].split("\t")[1])
        at = ("--server", f"127.0.0.1:{server.port}", "--key-file", str(key))
        assert dcc("moderate", "moment", "start", *at).lines == ["action 3: named the moment 'start'"]
        with Peer(server.port) as painter:
            painter.send(HELLO_2)
            painter.send(encode_command(Paint(1, b"\x05\0\0\0\x02")))
            while painter.receive()[:1] != b"\x04":
                pass
        picture = tmp_path / "then.png"
        chosen = ("--since", "@start", "--preview", str(picture))
        done = dcc("moderate", "rollback", *chosen, *at, answer="y\n")
        assert done.lines[1].startswith("action 4: rolled back what was painted since ")
        with Image.open(picture) as image:
            assert not np.asarray(image).any()
        assert dcc("moderate", "cooldown", "5", *at).errors == ["dcc moderate: only owners of the canvas may do this"]
        [_count, olga] = dcc("moderate", "who", *at).lines
        assert olga.endswith("  Olga, moderates, 127.0.0.1")
    gone = dcc("moderate", "freeze", *at)
    assert (gone.status, gone.lines) == (1, [])
    assert gone.errors[0].startswith(f"dcc moderate: server 127.0.0.1:{server.port}: The connection was refused")


def test_a_record_that_another_program_holds_is_a_line(tmp_path: Path) -> None:
    record = make_record(tmp_path)
    writer = Writer(record)
    try:
        refused = dcc("moderate", "freeze", store=record)
    finally:
        writer.close()
    assert (refused.status, refused.lines, len(refused.errors)) == (1, [], 1)
    assert f"{record}.operator" in refused.errors[0]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands in this process speak English, and clocks show UTC."""
    monkeypatch.setenv("DCC_LANG", "en")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
