"""The rules that decide whether somebody may paint, or may do an action, now: for every version and every wire.

A paint is checked in this order, so that a paint with a wrong cell or colour is refused for the fault instead of a
wait:

1. The board has each cell and each colour.
2. The person may paint here: is not banned, has the role, the board is not frozen, each cell is in an area for the
   person.
3. The painter is below the rate limit of pixels: its own limit, and the limit shared by its address.
4. On a board with a cooldown, the painter has a charge for each pixel.

:class:`Rules` are what the recorded actions made of them. An action changes the rules when the record delivers it. So
the rules of a moment follow from the record alone, also after a restart, and on every server of a canvas.
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from dcc import limits, reasons
from dcc.board.areas import Areas, grid
from dcc.board.bans import Bans, is_ahead, network_to_ban
from dcc.board.templates import Templates
from dcc.core.actions import (
    ROLES,
    Action,
    AddAreas,
    AddGrid,
    AddKey,
    AddTemplate,
    Announce,
    Ban,
    Clear,
    Entry,
    Freeze,
    LogEntry,
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
from dcc.core.people import OPERATOR, Person, Role, digest_key
from dcc.core.placements import MILLISECONDS, Size
from dcc.errors import PixelRejected, ProtocolError, Refusal
from dcc.protocol.messages import RulesNews
from dcc.reasons import Reason, Values


@dataclass(frozen=True)
class Standing:
    """What a person may paint, until the rules change.

    :ivar version: of the rules from which this follows.
    :ivar until_ms: from then on it no longer holds, in milliseconds since 1970-01-01 UTC: a ban or a key ends.
    :ivar refusal: why the person may not paint at all; None if the person may.
    :ivar values: the values of the refusal.
    :ivar allowed: see :meth:`.Areas.allowed`.
    """

    version: int
    until_ms: float
    refusal: Reason | None = None
    values: Values = field(default_factory=dict)
    allowed: bytes | None = None


class Rules:
    """What people may do on a board. Times are in milliseconds since 1970-01-01 UTC.

    :ivar version: grows with each action.
    :ivar news: what everybody is told; another object after each change of that.
    :ivar operator: the digest of the operator's key of this run; empty without one.
    :ivar seconds: from one charge of a painter to the next; 0 for no cooldown.
    :ivar charges: how many pixels a painter can gather.
    :ivar code: the word of the room; empty without one.
    :ivar keys: by name.
    :ivar moments: the sequences of the named moments, by name.
    :ivar templates: the shared templates.
    """

    def __init__(self, size: Size, colours: int = limits.PALETTE_COLOURS) -> None:
        """:param colours: how many the palette has; only new templates are checked for that."""
        self.version = 0
        self.news = RulesNews()
        self.operator = ""
        self.seconds = 0
        self.charges = 1
        self.code = ""
        self.keys: dict[str, AddKey] = {}
        self.moments: dict[str, int] = {}
        self.templates = Templates(size, colours)
        self._size = size
        self._key_of: dict[str, AddKey] = {}  # by digest
        self._areas = Areas(size)
        self._bans = Bans()

    # --- people ----------------------------------------------------------------------------------

    def identify(self, person: Person, key: str, code: str, now_ms: float) -> Person:
        """Find out who somebody is, from what a client has told.

        :param person: as the wire knows the person: the host, and the name that a proxy has told.
        :raises ProtocolError: the key or the code is wrong, or the person may not connect.
        """
        if key:
            person = self._holder_of(digest_key(key), person)
        elif code and self.news.entry is Entry.CODE:
            if not hmac.compare_digest(_folded(code), _folded(self.code)):
                raise ProtocolError(reasons.WRONG_CODE)
            person = replace(person, knows_code=True)
        turned_away = self.turned_away(person, now_ms)
        if turned_away is not None:
            raise turned_away
        return person

    def _holder_of(self, digest: str, person: Person) -> Person:
        if digest == self.operator:
            return replace(person, name=OPERATOR, is_operator=True)
        key = self._key_of.get(digest)
        if key is None:
            raise ProtocolError(reasons.UNKNOWN_KEY)
        return replace(person, name=key.name, key=digest)

    def role(self, person: Person, now_ms: float) -> Role:
        """Return what somebody may do at most, apart from bans and areas."""
        if person.is_operator:
            return Role.OWN
        if person.only_watches:
            return Role.WATCH
        if person.key:
            key = self._key_of.get(person.key)
            return key.role if key is not None and is_ahead(key.until_ms, now_ms) else Role.WATCH
        if person.name:
            key = self.keys.get(person.name)
            return key.role if key is not None and is_ahead(key.until_ms, now_ms) else Role.PAINT
        entry = self.news.entry
        return Role.PAINT if entry is Entry.OPEN or (entry is Entry.CODE and person.knows_code) else Role.WATCH

    def turned_away(self, person: Person, now_ms: float) -> ProtocolError | None:
        """Tell why somebody may not be connected, if so: a ban, or a key that is no more."""
        if person.key:
            key = self._key_of.get(person.key)
            if key is None:
                return ProtocolError(reasons.UNKNOWN_KEY)
            if not is_ahead(key.until_ms, now_ms):
                return ProtocolError(reasons.EXPIRED_KEY)
        ban = self._bans.of(person, now_ms)
        if ban is None or not ban.from_connecting:
            return None
        if ban.until_ms is None:
            return ProtocolError(reasons.TURNED_AWAY, motivo=ban.why)
        return ProtocolError(reasons.TURNED_AWAY_UNTIL, motivo=ban.why, hasta=_spell_time(ban.until_ms))

    def bans(self, now_ms: float) -> tuple[Ban, ...]:
        """Return every ban in force."""
        return self._bans.in_force(now_ms)

    # --- painting --------------------------------------------------------------------------------

    def standing(self, person: Person, now_ms: float) -> Standing:
        """Find out what somebody may paint."""
        role, ban, key = self.role(person, now_ms), self._bans.of(person, now_ms), self.keys.get(person.name)
        ends = [each.until_ms for each in (ban, key) if each is not None and each.until_ms is not None]
        until_ms = min((end for end in ends if end > now_ms), default=math.inf)
        refusal, values = self._refusal(person, role, ban)
        allowed = self._areas.allowed(person.name, role) if refusal is None else None
        return Standing(self.version, until_ms, refusal, values, allowed)

    def _refusal(self, person: Person, role: Role, ban: Ban | None) -> tuple[Reason | None, Values]:
        if ban is not None:
            return _banned(ban)
        if role is Role.WATCH:
            needs_code = self.news.entry is Entry.CODE and not person.name and not person.only_watches
            return (reasons.NEEDS_CODE if needs_code else reasons.ONLY_WATCHING), {}
        if self.news.is_frozen and role < Role.MODERATE:
            return reasons.FROZEN, {}
        return None, {}

    def permit(self, standing: Standing, pixels: bytes) -> None:
        """Check that somebody may paint pixels.

        :param standing: of the present version, and not over.
        :param pixels: packed, on the board.
        :raises PixelRejected: the person may not paint, or may not paint in one of the cells.
        """
        if standing.refusal is not None:
            raise PixelRejected(standing.refusal, **standing.values)
        if standing.allowed is not None:
            self._areas.permit(standing.allowed, pixels)

    # --- actions ---------------------------------------------------------------------------------

    def resolve(self, action: Action) -> Action:
        """Return an action as it is recorded: a grid as areas, an address of IPv6 as the network that it stands for.

        :raises Refusal: the names of a grid do not fit on its part of the board.
        """
        match action:
            case AddGrid():
                return AddAreas(grid(action.names, action.place or Rectangle(0, 0, *self._size)))
            case Ban() | Unban() if action.network:
                return replace(action, network=network_to_ban(action.network))
            case _:
                return action

    def check(self, action: Action, person: Person, now_ms: float) -> None:
        """Check that somebody may do an action, and that the action is possible now.

        :param action: resolved.
        :raises Refusal: otherwise.
        """
        least = ROLES[type(action)]
        if self.role(person, now_ms) < least:
            raise Refusal(reasons.OWNERS_ONLY if least is Role.OWN else reasons.MODERATORS_ONLY)
        ban = self._bans.of(person, now_ms)
        if ban is not None:  # otherwise a banned moderator would lift the ban
            reason, values = _banned(ban)
            raise Refusal(reason, **values)
        match action:
            case Freeze() if self.news.is_frozen:
                raise Refusal(reasons.ALREADY_FROZEN)
            case Thaw() if not self.news.is_frozen:
                raise Refusal(reasons.NOT_FROZEN)
            case AddAreas():
                self._areas.check(action.areas)
            case RemoveAreas():
                _check_known(action.names, [area.name for area in self._areas.all])
            case Ban():
                self._check_ban(action, person, now_ms)
            case Unban() if not self._bans.has(action, now_ms):
                raise Refusal(reasons.NOT_BANNED)
            case NameMoment() if action.name in self.moments:
                raise Refusal(reasons.NAME_TAKEN, nombre=action.name)
            case AddTemplate():
                self.templates.check(action)
            case RemoveTemplate():
                _check_known((action.name,), self.templates.names)
            case AddKey() if action.name == OPERATOR:
                raise Refusal(reasons.RESERVED_NAME, nombre=action.name)
            case AddKey() if action.name in self.keys:
                raise Refusal(reasons.NAME_TAKEN, nombre=action.name)
            case AddKey() if action.digest in self._key_of:  # one key would have two names
                raise Refusal(reasons.WRONG_VALUE, clave="huella", valor=action.digest)
            case RevokeKey():
                _check_known((action.name,), self.keys)
                if not person.is_operator and self._is_last_owner(action.name, now_ms):
                    raise Refusal(reasons.LAST_OWNER, nombre=action.name)
            case Clear() if action.place is not None:
                self._areas.check_place(action.place)
            case RollBack() if action.choice.place is not None:
                self._areas.check_place(action.choice.place)
            case _:
                pass

    def _check_ban(self, ban: Ban, person: Person, now_ms: float) -> None:
        if ban.name == OPERATOR:
            raise Refusal(reasons.RESERVED_NAME, nombre=ban.name)
        if ban.name and ban.name == person.name:
            raise Refusal(reasons.OWN_BAN)
        if person.is_operator:
            return
        if self._is_last_owner(ban.name, now_ms):
            raise Refusal(reasons.LAST_OWNER, nombre=ban.name)
        if ban.name in self._owners(now_ms) and self.role(person, now_ms) < Role.OWN:
            raise Refusal(reasons.OWNER_BAN, nombre=ban.name)

    def _owners(self, now_ms: float) -> list[str]:
        return [key.name for key in self.keys.values() if key.role is Role.OWN and is_ahead(key.until_ms, now_ms)]

    def _is_last_owner(self, name: str, now_ms: float) -> bool:
        return self._owners(now_ms) == [name]

    def apply(self, entry: LogEntry) -> None:
        """Take an action that is recorded, whoever did it. The rules do not check it again."""
        self.version += 1
        action = entry.action
        match action:
            case Freeze() | Thaw():
                self.news = replace(self.news, is_frozen=isinstance(action, Freeze))
            case AddAreas():
                self._areas.add(action.areas)
                self.news = replace(self.news, areas=self._areas.all)
            case RemoveAreas():
                self._areas.remove(action.names)
                self.news = replace(self.news, areas=self._areas.all)
            case SetRest():
                self._areas.rest = action.allowed
                self.news = replace(self.news, rest=action.allowed)
            case Announce():
                self.news = replace(self.news, announcement=action.text)
            case SetEntry():
                self.code = action.code
                self.news = replace(self.news, entry=action.entry)
            case SetCooldown():
                self.seconds, self.charges = action.seconds, action.charges
            case Ban():
                self._bans.add(action)
            case Unban():
                self._bans.remove(action)
            case NameMoment():
                self.moments[action.name] = entry.sequence
            case AddTemplate():
                self.templates.add(entry, action)
                self.news = replace(self.news, templates=self.templates.news)
            case RemoveTemplate():
                self.templates.remove(action.name)
                self.news = replace(self.news, templates=self.templates.news)
            case AddKey():
                self.keys[action.name] = self._key_of[action.digest] = action
            case RevokeKey():
                key = self.keys.pop(action.name, None)
                if key is not None:
                    self._key_of.pop(key.digest, None)  # a record by other hands may have a key twice
            case AddGrid() | RollBack() | Clear():
                pass  # a grid is recorded as areas; the others change pixels alone


def _banned(ban: Ban) -> tuple[Reason, Values]:
    if ban.until_ms is None:
        return reasons.BANNED, {"motivo": ban.why}
    return reasons.BANNED_UNTIL, {"motivo": ban.why, "hasta": _spell_time(ban.until_ms)}


def _check_known(names: Iterable[str], known: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            raise Refusal(reasons.UNKNOWN_NAME, nombre=name)


def _folded(code: str) -> bytes:
    return code.strip().casefold().encode()


def _spell_time(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / MILLISECONDS, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
