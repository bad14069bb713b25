"""``dcc log``, ``dcc key list`` and named moments: what the record tells of its actions, also while a server runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dcc import cli
from dcc.board.rules import Rules
from dcc.commands.log import KINDS
from dcc.core import actions, templates
from dcc.core.actions import (
    ROLES,
    Action,
    AddAreas,
    AddGrid,
    AddKey,
    AddTemplate,
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
    RemoveTemplate,
    RevokeKey,
    RollBack,
    SetCooldown,
    SetEntry,
    SetRest,
    Thaw,
    Unban,
)
from dcc.core.canvas import pack_pixels
from dcc.core.people import OPERATOR, Role, digest_key
from dcc.core.placements import Painter
from dcc.core.templates import TemplatePixels
from dcc.record.writer import Writer
from tests.support.records import SIZE, Batch, stroke

THE_OPERATOR = Painter(0, OPERATOR, "", True)
OLGA = Painter(3, "Olga", "192.0.2.7:5000", True)
NOBODY = Painter(4, "x\x1b[2J\u202e", "192.0.2.8:5001")
START_MS = 1_700_000_000_000
PLACE = Rectangle(1, 2, 3, 4)

TOLD: dict[str, tuple[Action, str]] = {
    "freeze": (Freeze(), "froze the board"),
    "thaw": (Thaw(), "thawed the board"),
    "an area": (
        AddAreas((Area("garden", PLACE, Group.EVERYBODY),)),
        "made the area 'garden' at 1,2,3x4; there everybody may paint",
    ),
    "an area of some": (
        AddAreas((Area("garden", PLACE, ("Ana", "Luis")),)),
        "made the area 'garden' at 1,2,3x4; there only 'Ana', 'Luis' may paint",
    ),
    "an area of nobody": (
        AddAreas((Area("garden", PLACE, ()),)),
        "made the area 'garden' at 1,2,3x4; there nobody may paint",
    ),
    "areas of a class": (
        AddAreas(tuple(Area(f"p{n}", PLACE, (f"p{n}",)) for n in range(40))),
        "made 40 areas: 'p0', 'p1', 'p2', 'p3', 'p4', …",
    ),
    "a grid": (AddGrid(("Ana",)), "made 1 area: 'Ana'"),
    "an area goes": (RemoveAreas(("garden",)), "removed the area 'garden'"),
    "areas go": (RemoveAreas(("a", "b")), "removed 2 areas: 'a', 'b'"),
    "all areas go": (RemoveAreas(), "removed all areas"),
    "rest": (SetRest(Group.MODERATORS), "decided that outside of the areas only moderators may paint"),
    "ban": (Ban("Luis", "", "vandalism"), "banned 'Luis' from painting: vandalism"),
    "ban from connecting": (
        Ban("", "192.0.2.0/24", "why", True, START_MS),
        "banned '192.0.2.0/24' from connecting until TIME: why",
    ),
    "unban": (Unban(network="192.0.2.7"), "ended the ban of '192.0.2.7'"),
    "announce": (Announce("Ten minutes"), "announced: Ten minutes"),
    "no announcement": (Announce(""), "took the announcement away"),
    "moment": (NameMoment("Lesson 3"), "named the moment 'Lesson 3'"),
    "a template": (
        AddTemplate("cat", PLACE, templates.spell(TemplatePixels(bytes(12), b"\1" * 12))),
        "published the template 'cat' at 1,2,3x4",
    ),
    "a template goes": (RemoveTemplate("cat"), "removed the template 'cat'"),
    "entry open": (SetEntry(Entry.OPEN), "opened painting to everybody"),
    "entry code": (SetEntry(Entry.CODE, "tulip"), "opened painting to those who say the code 'tulip'"),
    "entry keys": (SetEntry(Entry.KEYS), "opened painting to people with a key alone"),
    "no cooldown": (SetCooldown(0), "took the pause between pixels away"),
    "cooldown": (SetCooldown(30), "set a pause of 30 s between pixels"),
    "charges": (SetCooldown(30, 10), "set a pause of 30 s between pixels; up to 10 pixels gather"),
    "key": (AddKey("Ana", digest_key("a"), Role.MODERATE), "gave 'Ana' a key: moderates"),
    "key with an end": (AddKey("Ana", digest_key("a"), Role.WATCH, START_MS), "gave 'Ana' a key: watches until TIME"),
    "revoke": (RevokeKey("Ana"), "took back the key of 'Ana'"),
    "roll back": (
        RollBack(Choice(("Ana",), ("192.0.2.7",), (17,), None, PLACE, START_MS, START_MS)),
        "rolled back what was painted by 'Ana' from '192.0.2.7' by who made the placements 17 in 1,2,3x4 since TIME "
        "until TIME (2 cells)",
    ),
    "undo": (RollBack(Choice(action=3)), "rolled back what was painted by action 3 (2 cells)"),
    "clear": (Clear(), "cleared the board (2 cells)"),
    "clear a part": (Clear(PLACE), "cleared 1,2,3x4 (2 cells)"),
}

Run = Callable[..., list[str]]


@pytest.fixture
def make(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Make a record of actions, a second after each other; the rest runs a command on it and returns its lines."""

    def record(*done: tuple[Painter, Action]) -> Run:
        writer = Writer(tmp_path / "record.sqlite3", SIZE)
        for number, (painter, action) in enumerate(done):
            pixels = pack_pixels([(0, 1), (1, 1)]) if isinstance(action, RollBack | Clear) else b""
            writer.act(painter, action, pixels, START_MS + 1000 * number)
            if isinstance(action, NameMoment):
                writer.append(*Batch([stroke((5, 2))], START_MS + 1000 * number + 500))
        writer.close()
        return run

    def run(*words: str, status: int = 0) -> list[str]:
        assert cli.main([*words, "--store", str(tmp_path / "record.sqlite3")]) == status
        said = capsys.readouterr()
        return (said.err if status else said.out).splitlines()

    return record


def test_every_kind_of_action_is_told() -> None:
    assert {type(action) for action, _told in TOLD.values()} == set(ROLES) == set(KINDS)


@pytest.mark.parametrize(("action", "told"), TOLD.values(), ids=TOLD)
def test_an_action_is_a_line_that_people_read(make: Callable[..., Run], action: Action, told: str) -> None:
    [line] = make((OLGA, action))("log")
    shown = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d", "TIME", line)
    assert shown == f"    1  TIME  Olga {told}"


@pytest.mark.parametrize(("action", "_told"), TOLD.values(), ids=TOLD)
def test_an_action_is_an_object_that_programs_read(make: Callable[..., Run], action: Action, _told: str) -> None:
    words = json.loads(make((OLGA, action))("log", "--json")[0])
    assert actions.read(words.pop("action")) == action
    assert words == {
        "number": 1,
        "time_ms": START_MS,
        "kind": KINDS[type(action)],
        "name": "Olga",
        "proven": True,
        "connection": 3,
        "address": "192.0.2.7:5000",
        "sequence": 0,
        "cells": 2 if isinstance(action, RollBack | Clear) else 0,
    }


def test_the_log_can_be_asked_for_a_person_a_kind_and_a_time(make: Callable[..., Run]) -> None:
    run = make(
        (THE_OPERATOR, Freeze()), (OLGA, Thaw()), (OLGA, NameMoment("Lesson 3")), (OLGA, Freeze()), (NOBODY, Thaw())
    )
    table = {
        (): [1, 2, 3, 4, 5],
        ("--name", "Olga"): [2, 3, 4],
        ("--name", "Olga", "--name", "dcc"): [1, 2, 3, 4],
        ("--kind", "freeze"): [1, 4],
        ("--kind", "freeze", "--kind", "moment"): [1, 3, 4],
        ("--since", "@Lesson 3"): [3, 4, 5],
        ("--since", "2023-11-14T22:13:21Z"): [2, 3, 4, 5],
        ("--name", "Olga", "--kind", "freeze", "--since", "@Lesson 3"): [4],
        ("--name", "Nobody"): [],
    }
    for words, numbers in table.items():
        assert [json.loads(line)["number"] for line in run("log", "--json", *words)] == numbers, words
    assert run("log", "--name", "Nobody") == ["there is nothing of that kind in the log"]


def test_names_in_the_log_do_nothing_to_a_terminal(make: Callable[..., Run]) -> None:
    for line in make((NOBODY, Freeze()))("log") + make((NOBODY, Freeze()))("log", "--json"):
        assert line.isprintable() and "\x1b" not in line


def test_the_keys_of_a_record_are_listed_without_the_keys(make: Callable[..., Run]) -> None:
    run = make(
        (THE_OPERATOR, AddKey("Ana", digest_key("a"), Role.OWN)),
        (THE_OPERATOR, AddKey("Bartholomew", digest_key("b"), Role.PAINT, START_MS)),
        (THE_OPERATOR, AddKey("Luis", digest_key("c"), Role.PAINT)),
        (THE_OPERATOR, RevokeKey("Luis")),
    )
    lines = run("key", "list")
    assert lines[0] == "Ana          owns"
    assert lines[1].startswith("Bartholomew  paints, ended 2023-11-1")
    assert [json.loads(line) for line in run("key", "list", "--json")] == [
        {"name": "Ana", "role": "own", "until_ms": None},
        {"name": "Bartholomew", "role": "paint", "until_ms": START_MS},
    ]
    assert len(lines) == 2 and digest_key("a") not in "".join(lines)


def test_a_record_without_actions_says_so(make: Callable[..., Run]) -> None:
    run = make()
    assert run("log") == ["there is nothing of that kind in the log"]
    assert run("key", "list") == ["nobody has a key"]
    assert run("log", "--json") == run("key", "list", "--json") == []


# --- moments as times ----------------------------------------------------------------------------


def test_a_named_moment_is_a_time_of_the_history(make: Callable[..., Run], tmp_path: Path) -> None:
    run = make(*((OLGA, NameMoment(name)) for name in ("start", "Lesson 3", "end")))
    for words in (
        ("export", str(tmp_path / "out.png"), "--at", "@Lesson 3"),
        ("timelapse", str(tmp_path / "out.gif"), "--from", "@Lesson 3", "--to", "@end", "--seconds", "1", "--fps", "2"),
        ("log", "--since", "@start"),
    ):
        run(*words)
    assert run("timelapse", str(tmp_path / "x.gif"), "--from", "@end", "--to", "@start", status=1) == [
        "dcc timelapse: --from is later than --to"
    ]


def test_a_moment_that_does_not_exist_is_a_line_with_the_latest_that_do(
    make: Callable[..., Run], tmp_path: Path
) -> None:
    run = make(*((OLGA, NameMoment(f"Lesson {number}")) for number in range(1, 9)))
    known = "@Lesson 4, @Lesson 5, @Lesson 6, @Lesson 7, @Lesson 8"
    assert run("export", str(tmp_path / "out.png"), "--at", "@Lesson 9", status=1) == [
        f"dcc export: there is no moment @Lesson 9; the latest are {known}"
    ]
    assert make()("log", "--since", "@x", status=1)[0].startswith("dcc log: there is no moment @x")
    with pytest.raises(SystemExit):
        run("export", "out.png", "--at", "@")


def test_the_log_of_a_lesson_is_what_the_rules_follow_from(make: Callable[..., Run]) -> None:
    run = make(*((THE_OPERATOR, action) for action in (Freeze(), SetCooldown(5, 2), NameMoment("end"))))
    rules = Rules(SIZE)
    for line in run("log", "--json"):
        words = json.loads(line)
        rules.apply(
            actions.LogEntry(words["number"], words["sequence"], 0, THE_OPERATOR, actions.read(words["action"]))
        )
    assert (rules.news.is_frozen, rules.seconds, rules.charges, rules.moments) == (True, 5, 2, {"end": 0})
