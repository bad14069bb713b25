"""Where the rules of a server let this client paint.

The server checks every paint again. Here the rules serve to bound a fill, and to leave out the cells of a stroke that
are for others: one wrong cell would have the whole request refused. ``dcc/page/rights.js`` does the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from dcc import reasons
from dcc.client.replica import Replica
from dcc.core.actions import Allowed, Area, Entry, is_allowed
from dcc.core.people import Role
from dcc.protocol.messages import RulesNews
from dcc.reasons import Reason, Values


class Rights:
    """What the rules of now let the client of a replica do."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._as_of: tuple[RulesNews, Role, str, int] | None = None
        self._map: bytearray | None = None

    def refusal(self, cells: Sequence[int]) -> tuple[Reason, Values] | None:
        """Tell why the first of some cells that may not be painted may not be; None if all may."""
        replica = self._replica
        rules = replica.rules
        if replica.role is Role.WATCH:
            needs_code = not replica.name and rules.entry is Entry.CODE
            return (reasons.NEEDS_CODE if needs_code else reasons.ONLY_WATCHING), {}
        if rules.is_frozen and replica.role < Role.MODERATE:
            return reasons.FROZEN, {}
        allowed = self.map()
        if allowed is None:
            return None
        cell = next((cell for cell in cells if not allowed[cell]), None)
        if cell is None:
            return None
        area = self._area_at(cell)
        return (reasons.FOREIGN_REST, {}) if area is None else (reasons.FOREIGN_AREA, {"zona": area.name})

    def map(self) -> bytearray | None:
        """Return 1 for each cell that may be painted, and 0 for each other; None if all may be painted, as far as areas
        decide.
        """
        replica = self._replica
        canvas, rules = replica.canvas, replica.rules
        if canvas is None:
            return None
        as_of = rules, replica.role, replica.name, id(canvas)
        if self._as_of != as_of:
            self._as_of, self._map = as_of, None
            if not all(self._is_allowed(each) for each in (rules.rest, *(area.allowed for area in rules.areas))):
                self._map = self._draw(canvas.width, canvas.height)
        return self._map

    def _draw(self, width: int, height: int) -> bytearray:
        rules = self._replica.rules
        drawn = bytearray([self._is_allowed(rules.rest)]) * (width * height)
        for area in rules.areas:
            column, row, across, down = area.place
            line = bytes([self._is_allowed(area.allowed)]) * across
            for start in range(row * width + column, (row + down) * width + column, width):
                drawn[start : start + across] = line
        return drawn

    def _is_allowed(self, allowed: Allowed) -> bool:
        return is_allowed(allowed, self._replica.name, self._replica.role)

    def _area_at(self, cell: int) -> Area | None:
        """Return the area on top of a cell."""
        assert self._replica.canvas is not None
        row, column = divmod(cell, self._replica.canvas.width)
        for area in reversed(self._replica.rules.areas):
            if area.place.holds(column, row):
                return area
        return None
