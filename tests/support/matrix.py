"""Who may do what, as one table: tests/server/test_matrix.py asks a real server, docs/people.md shows the table.

The roles of the actions come from :data:`dcc.core.actions.ROLES`. Who may paint is written here once more, by hand, so
that the program cannot be wrong and the table with it.
"""

from __future__ import annotations

from typing import NamedTuple

from dcc.core import templates
from dcc.core.actions import (
    KINDS,
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
from dcc.core.people import Role, digest_key
from dcc.core.templates import TemplatePixels

CODE = "sol"
"""The word of the room."""

CELL = Rectangle(0, 0, 1, 1)
"""Where everybody tries to paint."""

# --- people --------------------------------------------------------------------------------------


class Guest(NamedTuple):
    """Somebody who connects.

    :ivar title: for the table.
    :ivar role: of the key, on every board; None if the role depends on the board.
    :ivar name: of the key; empty without one.
    :ivar tells_code: whether the client tells the word of the room.
    :ivar only_watches: whether the client wants to watch alone.
    :ivar is_signed_in: whether a proxy has told the name, instead of a key.
    """

    title: str
    role: Role | None = None
    name: str = ""
    tells_code: bool = False
    only_watches: bool = False
    is_signed_in: bool = False


NOBODY = Guest("no key")
GUESTS = (
    NOBODY,
    Guest("no key, the code", tells_code=True),
    Guest("signed in by a proxy", name="Zoe", is_signed_in=True),
    Guest("key `mirar`", Role.WATCH, "Wim"),
    Guest("key `pintar`", Role.PAINT, "Ada"),
    Guest("key `moderar`", Role.MODERATE, "Mo"),
    Guest("key `administrar`", Role.OWN, "Olga"),
    Guest("key `moderar`, watching link", Role.WATCH, "Mo", only_watches=True),
)
KEYS = {guest.name: guest.role for guest in GUESTS if guest.role is not None and not guest.only_watches}

# --- painting ------------------------------------------------------------------------------------


class Situation(NamedTuple):
    """A state of the board, and who may paint then.

    :ivar before: makes the state.
    :ivar after: ends the state.
    :ivar codes: for each guest, the code of the refusal; empty if the guest may paint.
    """

    title: str
    before: tuple[Action, ...]
    after: tuple[Action, ...]
    codes: tuple[str, ...]


def _area(allowed: Group | tuple[str, ...]) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
    return (AddAreas((Area("area", CELL, allowed),)),), (RemoveAreas(("area",)),)


def _ban(**target: str) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
    name, network = target.get("name", ""), target.get("network", "")
    return (Ban(name, network, "scribbles"),), (Unban(name, network),)


_OPEN = (SetEntry(Entry.OPEN),)
_FREE = (SetRest(Group.EVERYBODY),)
_W = "solo-mirar"

# For each guest, in the order of GUESTS.
SITUATIONS = (
    Situation("entry `abierta`", _OPEN, (), ("", "", "", _W, "", "", "", _W)),
    Situation(
        "entry `codigo`",
        (SetEntry(Entry.CODE, CODE),),
        _OPEN,
        ("falta-codigo", "", "", _W, "", "", "", _W),
    ),
    Situation("entry `claves`", (SetEntry(Entry.KEYS),), _OPEN, (_W, _W, "", _W, "", "", "", _W)),
    Situation(
        "the board is frozen",
        (Freeze(),),
        (Thaw(),),
        ("congelado", "congelado", "congelado", _W, "congelado", "", "", _W),
    ),
    Situation("area of `todos`", *_area(Group.EVERYBODY), ("", "", "", _W, "", "", "", _W)),
    Situation(
        "area of `moderadores`",
        *_area(Group.MODERATORS),
        ("zona-ajena", "zona-ajena", "zona-ajena", _W, "zona-ajena", "", "", _W),
    ),
    Situation(
        "area of `nadie`",
        *_area(Group.NOBODY),
        ("zona-ajena", "zona-ajena", "zona-ajena", _W, "zona-ajena", "zona-ajena", "zona-ajena", _W),
    ),
    Situation(
        "area of the names Ada (key `pintar`) and Zoe (signed in)",
        *_area(("Ada", "Zoe")),
        ("zona-ajena", "zona-ajena", "", _W, "", "", "", _W),
    ),
    Situation(
        "area of another name",
        *_area(("Eve",)),
        ("zona-ajena", "zona-ajena", "zona-ajena", _W, "zona-ajena", "", "", _W),
    ),
    Situation(
        "outside of all areas, for `moderadores`",
        (SetRest(Group.MODERATORS),),
        _FREE,
        ("resto-ajeno", "resto-ajeno", "resto-ajeno", _W, "resto-ajeno", "", "", _W),
    ),
    Situation(
        "outside of all areas, for `nadie`",
        (SetRest(Group.NOBODY),),
        _FREE,
        ("resto-ajeno", "resto-ajeno", "resto-ajeno", _W, "resto-ajeno", "resto-ajeno", "resto-ajeno", _W),
    ),
    Situation(
        "the area of one's own on a board that is else for `nadie`",
        (SetRest(Group.NOBODY), AddAreas((Area("area", CELL, ("Ada",)),))),
        (RemoveAreas(("area",)), *_FREE),
        ("zona-ajena", "zona-ajena", "zona-ajena", _W, "", "", "", _W),
    ),
    Situation("a ban of this address", *_ban(network="127.0.0.1"), ("vetado", "vetado", "", _W, "", "", "", _W)),
    Situation("a ban of the name Ada", *_ban(name="Ada"), ("", "", "", _W, "vetado", "", "", _W)),
    Situation("a ban of the name Mo", *_ban(name="Mo"), ("", "", "", _W, "", "vetado", "", "vetado")),
)

# --- actions -------------------------------------------------------------------------------------


class Trial(NamedTuple):
    """An action that is possible, for whoever may do it.

    :ivar before: makes it possible, by the operator.
    :ivar action: what is tried.
    :ivar undo: what the operator does after the action was done.
    :ivar else_undo: what the operator does after the action was refused.
    """

    before: tuple[Action, ...]
    action: Action
    undo: tuple[Action, ...] = ()
    else_undo: tuple[Action, ...] = ()


def trial(kind: type[Action], name: str) -> Trial:
    """Return an action of a kind, and what belongs to it.

    :param name: not used before.
    """
    areas = AddAreas((Area(name, CELL, Group.EVERYBODY),))
    template = AddTemplate(name, CELL, templates.spell(TemplatePixels(b"\1", b"\1")))
    no_template = RemoveTemplate(name)
    without, key, ban, unban = (
        RemoveAreas((name,)),
        AddKey(name, digest_key(name), Role.PAINT),
        Ban(name, "", "scribbles"),
        Unban(name, ""),
    )
    trials: dict[type[Action], Trial] = {
        Freeze: Trial((), Freeze(), (Thaw(),)),
        Thaw: Trial((Freeze(),), Thaw(), (), (Thaw(),)),
        AddAreas: Trial((), areas, (without,)),
        AddGrid: Trial((), AddGrid((name,), CELL), (without,)),
        RemoveAreas: Trial((areas,), without, (), (without,)),
        SetRest: Trial((), SetRest(Group.EVERYBODY)),
        Ban: Trial((), ban, (unban,)),
        Unban: Trial((ban,), unban, (), (unban,)),
        Announce: Trial((), Announce(name)),
        NameMoment: Trial((), NameMoment(name)),
        AddTemplate: Trial((), template, (no_template,)),
        RemoveTemplate: Trial((template,), no_template, (), (no_template,)),
        SetEntry: Trial((), SetEntry(Entry.OPEN)),
        SetCooldown: Trial((), SetCooldown(0)),
        AddKey: Trial((), key, (RevokeKey(name),)),
        RevokeKey: Trial((key,), RevokeKey(name), (), (RevokeKey(name),)),
        RollBack: Trial((), RollBack(Choice(place=CELL))),
        Clear: Trial((), Clear(CELL)),
    }
    assert trials.keys() == ROLES.keys(), "an action without a trial"
    return trials[kind]


# --- the document --------------------------------------------------------------------------------


def _table(titles: list[str], rows: list[list[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def actions_table() -> str:
    """Return the table of actions and roles."""
    rows = [[f"`{KINDS[kind]}`", *("yes" if role >= least else "–" for role in Role)] for kind, least in ROLES.items()]
    return _table(["action", *(f"`{role.word}`" for role in Role)], rows)


def painting_table() -> str:
    """Return the table of situations and people."""
    rows = [[each.title, *(f"`{code}`" if code else "yes" for code in each.codes)] for each in SITUATIONS]
    return _table(["", *(guest.title for guest in GUESTS)], rows)
