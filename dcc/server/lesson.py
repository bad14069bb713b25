"""A lesson: a key and an area for each name in a file, and the sheet to hand out (``dcc serve --class FILE``).

1. After the start, each name in the file has a key. Names that have one keep it, and so nothing changes at a restart.
2. At the first start the whole board becomes a grid of areas, one for each name; outside of the areas only moderators
   paint; and who has no key watches. A later start changes none of it.
3. A name that is added to the file gets the next free area of the grid: nobody's area moves, since everybody's picture
   is where it is. Without a free area the operator is told.
4. The sheet is written before the keys are recorded, since keys cannot be read from the record. A sheet with keys that
   were not recorded after all is harmless. No sheet is overwritten.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dcc.board.areas import grid
from dcc.board.rules import Rules
from dcc.core.actions import Action, AddAreas, AddKey, Area, Entry, Group, Rectangle, SetEntry, SetRest
from dcc.core.people import KEY_BYTES, Role, digest_key, spell_key
from dcc.sheet import Slip


@dataclass(frozen=True)
class Plan:
    """What a start does for a class.

    :ivar slips: for those without a key.
    :ivar actions: to record, in order.
    :ivar without_area: those for whom the grid has no free area.
    """

    slips: tuple[Slip, ...]
    actions: tuple[Action, ...]
    without_area: tuple[str, ...]


def plan(names: Sequence[str], rules: Rules, board: Rectangle) -> Plan:
    """Find out what a start has to do.

    :param names: each once, and at least one.
    :param board: the whole board.
    :raises Refusal: the board has no room for an area for each name.
    """
    slips = tuple(Slip(name, spell_key(os.urandom(KEY_BYTES))) for name in names if name not in rules.keys)
    keys = [AddKey(slip.name, digest_key(slip.key), Role.PAINT) for slip in slips]
    areas = rules.news.areas
    if len(slips) == len(names) and not areas:  # the first start
        whole = AddAreas(grid(tuple(names), board))
        # The entry comes first, and nobody paints before it.
        return Plan(slips, (SetEntry(Entry.KEYS), SetRest(Group.MODERATORS), whole, *keys), ())
    there = {area.name for area in areas}
    missing = tuple(slip.name for slip in slips if slip.name not in there)
    further = _free_areas(areas, missing, board)
    without_area = missing[len(further) :]
    return Plan(slips, ((AddAreas(further),) if further else ()) + tuple(keys), without_area)


def _free_areas(areas: Sequence[Area], names: Sequence[str], board: Rectangle) -> tuple[Area, ...]:
    """Return areas for as many of the names as have room, in the grid that the areas of single people stand in."""
    own = next((area.place for area in areas if area.allowed == (area.name,)), None)
    if own is None:
        return ()
    width, height = own.width, own.height
    taken = {
        (column, row)
        for _name, place, _allowed in areas
        for column in range(place.column // width, (place.column + place.width - 1) // width + 1)
        for row in range(place.row // height, (place.row + place.height - 1) // height + 1)
    }
    free = (
        Rectangle(column * width, row * height, width, height)
        for row in range(board.height // height)
        for column in range(board.width // width)
        if (column, row) not in taken
    )
    return tuple(Area(name, place, (name,)) for name, place in zip(names, free, strict=False))


def sheet_path(names_file: Path) -> Path:
    """Return where to write the next sheet: ``names-sheet.html`` beside ``names.txt``, then ``names-sheet-2.html``."""
    number = 1
    while True:
        mark = "" if number == 1 else f"-{number}"
        path = names_file.with_name(f"{names_file.stem}-sheet{mark}.html")
        if not path.exists():
            return path
        number += 1
