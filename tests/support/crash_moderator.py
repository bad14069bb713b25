"""A moderator who acts while servers are killed, and checks what was answered as done."""

from __future__ import annotations

from pathlib import Path
from random import Random

from dcc.board.rules import Rules
from dcc.core.actions import (
    Action,
    AddAreas,
    AddKey,
    Announce,
    Area,
    Ban,
    Choice,
    Clear,
    Freeze,
    Group,
    LogEntry,
    NameMoment,
    Rectangle,
    RemoveAreas,
    RollBack,
    Thaw,
    Unban,
)
from dcc.core.people import Role, digest_key, spell_key
from dcc.protocol import codec
from dcc.protocol.messages import Act, Done, Hello, Rejected, RulesNews
from dcc.record.reader import Reader
from dcc.record.writer import Writer
from tests.support.crash_clients import SIZE, Client
from tests.support.people import OPERATOR_PAINTER

EVERYBODY_HERE = "127.0.0.1"

MOST_AREAS = 3
"""Closed to the painters at a time, of some tenth of the board each."""


class Moderator(Client):
    """Does one action after another, and remembers what was answered as done.

    :ivar rules: what the record says; the next server must say the same.
    """

    key = spell_key(bytes(16))

    def __init__(self, random: Random) -> None:
        super().__init__("Mo", random)
        self.rules = Rules(SIZE)
        self.done: list[tuple[Action, Done]] = []  # in this round
        self.refused = 0  # actions so far
        self._asked: Action | None = None
        self._made = 0  # areas and moments so far
        self._is_welcome = self._has_acted = False

    def give_key(self, path: Path) -> None:
        """Give the moderator a key in a new record."""
        writer = Writer(path, SIZE)
        try:
            entry, _strokes = writer.act(OPERATOR_PAINTER, AddKey(self.name, digest_key(self.key), Role.OWN), b"", 0)
        finally:
            writer.close()
        self.rules = Rules(SIZE)
        self.rules.apply(entry)

    def hello(self) -> None:
        """Show the key."""
        self.done, self._asked, self._is_welcome, self._has_acted = [], None, False, False
        self.send(Hello(2, self._canvas_id, self._sequence, key=self.key))

    def paint_on(self) -> None:
        """Do the next action, once the one before is answered."""
        if self._asked is None and self._is_welcome:
            self._has_acted = True
            self._asked = self._next()
            self.send(Act(0, self._asked))

    def _next(self) -> Action:
        """Choose an action that is possible."""
        rules, news = self.rules, self.rules.news
        self._made += 1
        if news.is_frozen:
            return Thaw()
        if rules.bans(0):
            return Unban(network=EVERYBODY_HERE)
        if len(news.areas) > MOST_AREAS:
            return RemoveAreas()
        column, row = self.random.randrange(SIZE.width), self.random.randrange(SIZE.height)
        place = Rectangle(column, row, min(8, SIZE.width - column), min(8, SIZE.height - row))
        return self.random.choice(
            (
                Freeze(),
                Ban("", EVERYBODY_HERE, "so"),
                AddAreas((Area(f"area {self._made}", place, Group.MODERATORS),)),
                Announce(f"number {self._made}"),
                NameMoment(f"moment {self._made}"),
                RollBack(Choice(networks=(EVERYBODY_HERE,), place=place)),
                RollBack(Choice(names=(self.name,))),
                Clear(place),
            )
        )

    def take(self, payload: bytes) -> None:
        """Take the answer to an action."""
        message = codec.decode_server(payload)
        match message:
            case RulesNews():
                assert self._has_acted or message == self.rules.news, "other rules than before"
            case Done():
                assert self._asked is not None, "an answer without an action"
                assert message.sequence <= self._sequence, "done before it was shown"
                self.done.append((self._asked, message))
                entry = LogEntry(message.number, message.sequence, 0, OPERATOR_PAINTER, self._asked, message.cells)
                self.rules.apply(entry)
                self._asked = None
            case Rejected():
                self.refused += 1
                self._asked = None
            case _:
                super().take(payload)
                self._is_welcome = True

    def check_log(self, reader: Reader) -> None:
        """Make sure that what was answered as done is in the record, once, and at most one action more."""
        entries = list(reader.log())
        by_number = {entry.number: entry for entry in entries}
        for action, done in self.done:
            entry = by_number[done.number]
            assert (entry.action, entry.cells) == (action, done.cells), "done, and recorded otherwise"
            assert entry.sequence + entry.cells == done.sequence, "done, and recorded elsewhere"
        rules = Rules(SIZE)
        for entry in entries:
            rules.apply(entry)
        surplus = rules.version - self.rules.version
        assert surplus in (0, self._asked is not None), "done twice, or never asked for"
        assert surplus or rules.news == self.rules.news, "other rules than were answered"
        self.rules = rules
