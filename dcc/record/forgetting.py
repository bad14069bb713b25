"""Forgetting old names and addresses in a record, for good: their bytes are no longer in the file.

The strokes and the actions stay, and so do their times. Names and addresses are part of the checksum, so the whole
checksum is computed anew; before that, the record is verified, since a new checksum would hide old damage.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from dcc.board.rules import Rules
from dcc.core.actions import (
    Action,
    AddAreas,
    AddGrid,
    AddKey,
    AddTemplate,
    Allowed,
    Ban,
    Group,
    RemoveAreas,
    RemoveTemplate,
    RevokeKey,
    RollBack,
    SetRest,
    Unban,
)
from dcc.core.placements import MILLISECONDS
from dcc.errors import RecordError, RecordInUse
from dcc.language import _
from dcc.record import actions as recorded
from dcc.record import database, logs, maintenance, replay, rows
from dcc.record.maintenance import Progress
from dcc.record.place import Place
from dcc.wording import clip

_NO_REASON = "-"
"""Instead of the reason for a ban, which may name somebody: a ban has a reason."""

_NAME, _NETWORK = "~", "2001:db8::"
"""How the words instead of names and networks begin; the addresses are nobody's (RFC 3849)."""


@dataclass(frozen=True)
class Forgotten:
    """What was forgotten.

    :ivar painters: how many rows of painters lost a name or an address.
    :ivar actions: how many actions lost a name or an address.
    :ivar copies: files beside the record that are copies of it, and still have everything.
    """

    painters: int
    actions: int
    copies: tuple[Path, ...]


def forget(
    path: str | Path, before_ms: int, *, addresses: bool, names: Collection[str] | None, progress: Progress
) -> Forgotten:
    """Forget names and addresses, while no server runs on the record. No backup is left.

    A painter's row is old if the painter's last stroke and last action are before the time. Names and networks of
    actions that are in force stay: keys, areas, bans.

    :param before_ms: in milliseconds since 1970-01-01 UTC.
    :param addresses: whether to forget addresses.
    :param names: which names; empty for all names, None for none.
    :param progress: takes how many placements were read, in parts.
    :raises RecordError: the file is no record, is in use, is damaged or cannot be written; nothing was changed.
    """
    path = database.resolve(path)
    database.check_there(path)
    try:
        place = Place(path)
    except RecordInUse:
        raise maintenance.in_use_by_server(path) from None
    try:
        problems = maintenance.verify(path).problems
        if problems:
            raise RecordError(
                _("{path} is damaged ({reason}); nothing was forgotten").format(path=path, reason=problems[0])
            )
        with database.faults_of(path):
            logs.check_belongs(path, place.descriptor)
            with closing(database.connect(place)) as connection:
                database.check_alone(connection, path)
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("BEGIN IMMEDIATE")
                task = _Task(connection, before_ms, addresses=addresses, names=names)
                done = Forgotten(task.forget_in_painters(), task.forget_in_actions(), _copies(path))
                replay.renew_checksums(connection, progress)
                connection.execute("COMMIT")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.execute("VACUUM")  # bytes in the free room of pages and in free pages
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                return done
    finally:
        place.close()


def _copies(path: Path) -> tuple[Path, ...]:
    kinds = ("schema-*", "before-*", "rescued-*")
    return tuple(sorted(copy for kind in kinds for copy in path.parent.glob(f"{path.name}.{kind}")))


class _Task:
    """What is to be forgotten in one record."""

    def __init__(
        self, connection: sqlite3.Connection, before_ms: int, *, addresses: bool, names: Collection[str] | None
    ) -> None:
        self._connection = connection
        self._before_ms = before_ms
        self._addresses = addresses
        self._names = names
        log = list(recorded.read(connection, rows.Painters(connection)))
        rules = Rules(rows.read_sizes(connection)[-1][1])
        for entry in log:
            rules.apply(entry)
        self._bans = rules.bans(time.time() * MILLISECONDS)
        in_force: list[Action] = [AddAreas(rules.news.areas), SetRest(rules.news.rest)]
        in_force += [*self._bans, *rules.keys.values(), *rules.templates.in_force]
        self._stays = _Words()
        self._seen = _Words()
        for action in in_force:
            self._stays.note(action)
        for entry in log:
            self._seen.note(entry.action)
        self._stand_ins: dict[str, str] = {}
        self._free_names = (f"{_NAME}{number}" for number in count(1))
        self._free_networks = (f"{_NETWORK}{number:x}" for number in count(1))

    # --- painters --------------------------------------------------------------------------------

    def forget_in_painters(self) -> int:
        """Forget in the rows of painters; return in how many.

        :raises RecordError: a name is not in the record.
        """
        latest = dict(
            self._connection.execute(
                "SELECT painter, max(time_ms) FROM"
                " (SELECT painter, since_ms + after_ms AS time_ms FROM strokes JOIN painters ON painters.id = painter"
                "  UNION ALL SELECT painter, time_ms FROM actions) GROUP BY painter"
            )
        )
        changed, unknown = [], set(self._names or ()) - self._seen.names
        for number, known in rows.read_painters(self._connection):
            old = new = known.painter
            unknown.discard(old.name)
            if latest[number] >= self._before_ms:
                continue
            if self._addresses:
                new = replace(new, address="")
            if old.name and self._is_asked_for(old.name):
                new = replace(new, name="", is_proven=False)
            if new != old:
                changed.append((*rows.painter_values(new), number))
        if unknown:
            raise RecordError(_("nobody in the record is called {name}").format(name=clip(min(unknown))))
        self._connection.executemany(
            "UPDATE painters SET connection = ?, name = ?, address = ?, proven = ? WHERE id = ?", changed
        )
        return len(changed)

    def _is_asked_for(self, name: str) -> bool:
        return self._names is not None and (not self._names or name in self._names)

    # --- actions ---------------------------------------------------------------------------------

    def forget_in_actions(self) -> int:
        """Forget in the actions; return in how many."""
        changed = []
        for row in rows.read_actions(self._connection):
            if row.time_ms < self._before_ms:
                action = self._without(row.action)
                if action != row.action:
                    changed.append((recorded.spell(action), row.number))
        self._connection.executemany("UPDATE actions SET action = ? WHERE id = ?", changed)
        return len(changed)

    def _without(self, action: Action) -> Action:
        """Return an action without what is to be forgotten."""
        if isinstance(action, AddAreas):
            return AddAreas(
                tuple(
                    area._replace(name=self._name(area.name), allowed=self._allowed(area.allowed))
                    for area in action.areas
                )
            )
        if isinstance(action, AddGrid | RemoveAreas):
            return replace(action, names=tuple(map(self._name, action.names)))
        if isinstance(action, SetRest):
            return SetRest(self._allowed(action.allowed))
        if isinstance(action, AddKey | RevokeKey | AddTemplate | RemoveTemplate):
            return replace(action, name=self._name(action.name))
        if isinstance(action, Ban):
            return self._ban(action)
        if isinstance(action, Unban):
            return Unban(self._name(action.name), self._network(action.network))
        if isinstance(action, RollBack):
            choice = action.choice
            names, networks = tuple(map(self._name, choice.names)), tuple(map(self._network, choice.networks))
            return RollBack(replace(choice, names=names, networks=networks))
        return action

    def _allowed(self, allowed: Allowed) -> Allowed:
        return allowed if isinstance(allowed, Group) else tuple(map(self._name, allowed))

    def _name(self, name: str) -> str:
        """Return the same stand-in for the same name, so that the log still tells people and areas apart."""
        if not name or name in self._stays.names or _is_stand_in(name) or not self._is_asked_for(name):
            return name
        if name not in self._stand_ins:
            self._stand_ins[name] = next(free for free in self._free_names if free not in self._seen.names)
        return self._stand_ins[name]

    def _network(self, network: str) -> str:
        """Do the same for a network."""
        if not network or network in self._stays.networks or _is_stand_in(network) or not self._addresses:
            return network
        if network not in self._stand_ins:
            self._stand_ins[network] = next(free for free in self._free_networks if free not in self._seen.networks)
        return self._stand_ins[network]

    def _ban(self, ban: Ban) -> Ban:
        if ban in self._bans:
            return ban
        tells = self._addresses or not self._names or any(name in ban.why for name in self._names)
        why = _NO_REASON if tells else ban.why
        return replace(ban, name=self._name(ban.name), network=self._network(ban.network), why=why)


def _is_stand_in(word: str) -> bool:
    return re.fullmatch(rf"{_NAME}[0-9]+|{_NETWORK}[0-9a-f]+", word) is not None


class _Words:
    """The names and the networks in actions."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.networks: set[str] = set()

    def note(self, action: Action) -> None:
        """Take what is in an action."""
        if isinstance(action, AddAreas):
            for area in action.areas:
                self.names.add(area.name)
                self._note_allowed(area.allowed)
        elif isinstance(action, AddGrid | RemoveAreas):
            self.names.update(action.names)
        elif isinstance(action, SetRest):
            self._note_allowed(action.allowed)
        elif isinstance(action, AddKey | RevokeKey | AddTemplate | RemoveTemplate):
            self.names.add(action.name)
        elif isinstance(action, Ban | Unban):
            self.names.add(action.name)
            self.networks.add(action.network)
        elif isinstance(action, RollBack):
            self.names.update(action.choice.names)
            self.networks.update(action.choice.networks)

    def _note_allowed(self, allowed: Allowed) -> None:
        if not isinstance(allowed, Group):
            self.names.update(allowed)
