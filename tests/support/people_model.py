"""What people may do and what the board shows then, as simply as it can be said: lists, and loops over them.

Nothing here is quick, remembers anything, or has more than one place for a rule. tests/board/test_people_model.py holds
the program to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dcc.core.actions import (
    ROLES,
    Action,
    AddAreas,
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
from dcc.core.people import Role

GROUND = 0


@dataclass(frozen=True)
class Who:
    """Somebody.

    :ivar name: of a key; empty without one.
    :ivar host: where from.
    :ivar knows_code: whether the word of the room is told.
    """

    name: str
    host: str
    knows_code: bool = False


OPERATOR = Who("dcc", "")


@dataclass(frozen=True)
class Placed:
    """A placement.

    :ivar connection: names the connection that painted it.
    :ivar action: the number of the action that painted it; 0 for a paint.
    """

    cell: int
    colour: int
    who: Who
    time_ms: int
    connection: int
    action: int = 0


@dataclass(frozen=True)
class Logged:
    """An action in the log."""

    sequence: int
    time_ms: int
    who: Who
    action: Action
    cells: int


@dataclass
class Model:
    """All that there is to know of a board."""

    width: int
    height: int
    placements: list[Placed] = field(default_factory=list)
    log: list[Logged] = field(default_factory=list)

    def copy(self) -> Model:
        """Return a model that goes its own way."""
        return replace(self, placements=list(self.placements), log=list(self.log))

    # --- what the log says -----------------------------------------------------------------------

    def _last(self, *kinds: type[Action]) -> Action | None:
        return next((entry.action for entry in reversed(self.log) if isinstance(entry.action, kinds)), None)

    @property
    def is_frozen(self) -> bool:
        """Whether only moderators paint."""
        return isinstance(self._last(Freeze, Thaw), Freeze)

    @property
    def entry(self) -> Entry:
        """Who may paint at all."""
        last = self._last(SetEntry)
        return last.entry if isinstance(last, SetEntry) else Entry.OPEN

    @property
    def cooldown(self) -> SetCooldown:
        """The pause from one pixel of somebody to the next."""
        last = self._last(SetCooldown)
        return last if isinstance(last, SetCooldown) else SetCooldown(0)

    @property
    def areas(self) -> list[Area]:
        """From below to the top."""
        areas: list[Area] = []
        for entry in self.log:
            if isinstance(entry.action, AddAreas):
                areas += entry.action.areas
            elif isinstance(entry.action, RemoveAreas):
                names = entry.action.names
                areas = [area for area in areas if names and area.name not in names]
        return areas

    @property
    def keys(self) -> dict[str, AddKey]:
        """Every key, by name."""
        keys: dict[str, AddKey] = {}
        for entry in self.log:
            if isinstance(entry.action, AddKey):
                keys[entry.action.name] = entry.action
            elif isinstance(entry.action, RevokeKey):
                del keys[entry.action.name]
        return keys

    @property
    def templates(self) -> list[AddTemplate]:
        """The oldest first."""
        templates: list[AddTemplate] = []
        for entry in self.log:
            if isinstance(entry.action, AddTemplate):
                templates.append(entry.action)
            elif isinstance(entry.action, RemoveTemplate):
                templates = [each for each in templates if each.name != entry.action.name]
        return templates

    def bans(self, now_ms: int) -> list[Ban]:
        """Every ban in force."""
        bans: list[Ban] = []
        for entry in self.log:
            action = entry.action
            if isinstance(action, Ban | Unban):
                bans = [ban for ban in bans if (ban.name, ban.network) != (action.name, action.network)]
            if isinstance(action, Ban):
                bans.append(action)
        return [ban for ban in bans if ban.until_ms is None or ban.until_ms > now_ms]

    # --- people ----------------------------------------------------------------------------------

    def role(self, who: Who, now_ms: int) -> Role:
        """What somebody may do at most."""
        if who == OPERATOR:
            return Role.OWN
        if who.name:
            key = self.keys.get(who.name)
            return key.role if key is not None and (key.until_ms is None or key.until_ms > now_ms) else Role.WATCH
        is_open = self.entry is Entry.OPEN or (self.entry is Entry.CODE and who.knows_code)
        return Role.PAINT if is_open else Role.WATCH

    def ban_of(self, who: Who, now_ms: int) -> Ban | None:
        """The ban that concerns somebody."""
        for ban in self.bans(now_ms):
            if (ban.name == who.name) if who.name else (ban.network == who.host):
                return ban
        return None

    def may_connect(self, who: Who, now_ms: int) -> bool:
        """Whether somebody may be connected."""
        ban = self.ban_of(who, now_ms)
        has_key = not who.name or (who.name in self.keys and self._lasts(self.keys[who.name], now_ms))
        return has_key and not (ban is not None and ban.from_connecting)

    @staticmethod
    def _lasts(key: AddKey, now_ms: int) -> bool:
        return key.until_ms is None or key.until_ms > now_ms

    def may_paint(self, who: Who, cell: int, now_ms: int) -> bool:
        """Whether somebody may paint a cell."""
        role = self.role(who, now_ms)
        if role is Role.WATCH or self.ban_of(who, now_ms) is not None:
            return False
        if self.is_frozen and role < Role.MODERATE:
            return False
        last = self._last(SetRest)
        allowed = last.allowed if isinstance(last, SetRest) else Group.EVERYBODY
        for area in self.areas:
            if self.is_in(area.place, cell):
                allowed = area.allowed
        if allowed is Group.NOBODY:
            return False
        if role >= Role.MODERATE or allowed is Group.EVERYBODY:
            return True
        return isinstance(allowed, tuple) and who.name != "" and who.name in allowed

    def is_in(self, place: Rectangle, cell: int) -> bool:
        """Whether a cell is in a part of the board."""
        column, row = cell % self.width, cell // self.width
        return place.column <= column < place.column + place.width and place.row <= row < place.row + place.height

    # --- the board -------------------------------------------------------------------------------

    @property
    def board(self) -> bytes:
        """The colours."""
        colours = bytearray([GROUND]) * (self.width * self.height)
        for placed in self.placements:
            colours[placed.cell] = placed.colour
        return bytes(colours)

    def has(self, choice: Choice) -> bool:
        """Whether the action and the placements that a choice names are there."""
        return (choice.action or 0) <= len(self.log) and max(choice.connections_of, default=0) <= len(self.placements)

    def chosen(self, choice: Choice) -> list[bool]:
        """Whether each placement is chosen."""
        return [self._is_chosen(choice, placed) for placed in self.placements]

    def _is_chosen(self, choice: Choice, placed: Placed) -> bool:
        who = placed.who
        by = (
            (who.name != "" and who.name in choice.names)
            or (who.name == "" and who.host in choice.networks)
            or any(self.placements[sequence - 1].connection == placed.connection for sequence in choice.connections_of)
        )
        return (
            (by or not (choice.names or choice.networks or choice.connections_of))
            and (choice.action is None or placed.action == choice.action)
            and (choice.place is None or self.is_in(choice.place, placed.cell))
            and (choice.since_ms is None or placed.time_ms >= choice.since_ms)
            and (choice.until_ms is None or placed.time_ms <= choice.until_ms)
        )

    def rolled_back(self, choice: Choice) -> dict[int, int]:
        """What a roll back paints: colours by cell."""
        painted = {}
        chosen = self.chosen(choice)
        for cell in range(self.width * self.height):
            here = [number for number, placed in enumerate(self.placements) if placed.cell == cell]
            if here and chosen[here[-1]]:
                below = [self.placements[number].colour for number in here if not chosen[number]]
                painted[cell] = below[-1] if below else GROUND
        return painted

    # --- doing -----------------------------------------------------------------------------------

    def paint(self, who: Who, pixels: list[tuple[int, int]], now_ms: int, connection: int) -> bool:
        """Paint, if that is allowed; whether it was."""
        if not all(self.may_paint(who, cell, now_ms) for cell, _colour in pixels):
            return False
        self.placements += [Placed(cell, colour, who, now_ms, connection) for cell, colour in pixels]
        return True

    def may_act(self, who: Who, action: Action, now_ms: int) -> bool:
        """Whether somebody may do such an action."""
        return self.role(who, now_ms) >= ROLES[type(action)] and self.ban_of(who, now_ms) is None

    def act(self, who: Who, action: Action, now_ms: int, connection: int = 0) -> bool:
        """Do an action, if that is allowed and possible; whether it was."""
        if not self.may_act(who, action, now_ms) or not self._is_possible(who, action, now_ms):
            return False
        painted: dict[int, int] = {}
        if isinstance(action, RollBack):
            painted = self.rolled_back(action.choice)
        elif isinstance(action, Clear):
            painted = {
                cell: GROUND
                for cell, colour in enumerate(self.board)
                if colour != GROUND and (action.place is None or self.is_in(action.place, cell))
            }
        if isinstance(action, RollBack | Clear) and not painted:
            return False
        self.log.append(Logged(len(self.placements), now_ms, who, action, len(painted)))
        number = len(self.log)
        self.placements += [
            Placed(cell, colour, who, now_ms, connection, number) for cell, colour in sorted(painted.items())
        ]
        return True

    def _is_possible(self, who: Who, action: Action, now_ms: int) -> bool:
        owners = [key.name for key in self.keys.values() if key.role is Role.OWN and self._lasts(key, now_ms)]
        match action:
            case Freeze():
                return not self.is_frozen
            case Thaw():
                return self.is_frozen
            case AddAreas(areas):
                names = [area.name for area in (*self.areas, *areas)]
                return len(set(names)) == len(names)
            case RemoveAreas(names):
                return set(names) <= {area.name for area in self.areas}
            case Ban(name):
                if who == OPERATOR or not name:
                    return True
                may_ban_owners = self.role(who, now_ms) is Role.OWN
                return name != who.name and owners != [name] and (may_ban_owners or name not in owners)
            case Unban(name, network):
                return any((ban.name, ban.network) == (name, network) for ban in self.bans(now_ms))
            case NameMoment(name):
                return all(entry.action != action for entry in self.log)
            case AddTemplate(name, place):
                fits = place.column + place.width <= self.width and place.row + place.height <= self.height
                return fits and all(each.name != name for each in self.templates)
            case RemoveTemplate(name):
                return any(each.name == name for each in self.templates)
            case AddKey(name):
                return name not in self.keys
            case RevokeKey(name):
                return name in self.keys and (who == OPERATOR or owners != [name])
            case RollBack(choice):
                return self.has(choice)
            case Announce() | SetRest() | SetEntry() | SetCooldown() | Clear():
                return True
        raise AssertionError(action)


@dataclass
class Charges:
    """The pixels that people may still paint while there is a pause. Times are in seconds.

    :ivar cooldown: the pause now.
    :ivar full_at: when somebody has all charges again, by name or address.
    """

    cooldown: SetCooldown
    full_at: dict[str, float] = field(default_factory=dict)

    @classmethod
    def after_restart(cls, model: Model, now: float, now_ms: int) -> Charges:
        """The charges as the record tells: whoever painted lately waits as if the pause of now had been there."""
        charges = cls(model.cooldown)
        seconds, most = charges.cooldown.seconds, charges.cooldown.charges
        for placed in model.placements:
            ago = (now_ms - placed.time_ms) / 1000
            if ago <= seconds * most:
                charges.full_at[_payer(placed.who)] = charges._full_at(placed.who, now - ago) + seconds
        charges.full_at = {who: min(full_at, now + seconds * most) for who, full_at in charges.full_at.items()}
        return charges

    def _full_at(self, who: Who, now: float) -> float:
        return max(now, self.full_at.get(_payer(who), now))

    def left(self, who: Who, now: float) -> int:
        """How many pixels somebody may paint."""
        missing = (self._full_at(who, now) - now) / self.cooldown.seconds
        return int(self.cooldown.charges - missing)

    def take(self, who: Who, pixels: int, now: float) -> bool:
        """Pay for pixels; whether somebody could."""
        if self.left(who, now) < pixels:
            return False
        self.full_at[_payer(who)] = self._full_at(who, now) + pixels * self.cooldown.seconds
        return True

    def give_back(self, who: Who, pixels: int) -> None:
        """Pay back."""
        self.full_at[_payer(who)] -= pixels * self.cooldown.seconds

    def change(self, cooldown: SetCooldown, now: float) -> None:
        """Change the pause: nobody waits longer than with no charge at all; without a pause all is forgotten."""
        latest = now + cooldown.seconds * cooldown.charges
        self.cooldown = cooldown
        self.full_at = {who: min(at, latest) for who, at in self.full_at.items()} if cooldown.seconds else {}


def _payer(who: Who) -> str:
    return f"={who.name}" if who.name else who.host
