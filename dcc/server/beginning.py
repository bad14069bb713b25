"""What a start does to the rules: the settings of the command line, the owner's first key, and the keys of a class.

1. Everything is asked for before the first client is let in, and so comes first in the record.
2. Settings that the record has already are not recorded again.
3. A canvas without an owner's key gets one, which is told once and cannot be read again.
4. If anything of this is not recorded, the server stops: it would let people paint who may not.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain, count
from pathlib import Path

from twisted.internet.defer import Deferred, FirstError, gatherResults
from twisted.python.failure import Failure

from dcc.board.board import Board
from dcc.core.actions import Action, AddKey, LogEntry, Rectangle, SetCooldown, SetEntry
from dcc.core.people import KEY_BYTES, OPERATOR, Person, Role, digest_key, spell_key
from dcc.core.placements import Painter
from dcc.errors import DccError, Refusal
from dcc.language import _
from dcc.server.lesson import plan, sheet_path
from dcc.server.options import Options
from dcc.sheet import write_sheet

_SELF = Person(OPERATOR, is_operator=True)
_PAINTER = Painter(0, OPERATOR, "", True)


@dataclass
class News:
    """What the operator is told when all is recorded.

    :ivar owner_key: of a canvas that had no owner; nothing otherwise.
    :ivar sheet: where the keys of a class were written; nothing if there are no new ones.
    :ivar new_keys: how many.
    :ivar without_area: people of the class for whom there is no free area.
    """

    owner_key: str | None = None
    sheet: Path | None = None
    new_keys: int = 0
    without_area: tuple[str, ...] = ()


def begin(board: Board, options: Options, address: str, link: str | None) -> Deferred[News]:
    """Do what a start has to do.

    :param address: of the server, for people.
    :param link: to the page; nothing if there is none.
    :return: fails with DccError if something could not be recorded.
    :raises DccError: the sheet cannot be written, or the board is too small for the class.
    """
    news = News()
    actions = [*_settings(board, options)]
    if options.class_file is not None:
        whole = Rectangle(0, 0, board.canvas.width, board.canvas.height)
        try:
            prepared = plan(options.class_names, board.rules, whole)
        except Refusal as refusal:
            raise DccError(f"--class {options.class_file}: {refusal}") from None
        actions += prepared.actions
        news.new_keys, news.without_area = len(prepared.slips), prepared.without_area
        if prepared.slips:
            news.sheet = sheet_path(options.class_file)
            write_sheet(news.sheet, prepared.slips, address, link, datetime.now())
    if not any(key.role is Role.OWN for key in board.rules.keys.values()):
        news.owner_key = spell_key(os.urandom(KEY_BYTES))
        taken = {*board.rules.keys, *options.class_names}
        actions.append(AddKey(_owner_name(taken), digest_key(news.owner_key), Role.OWN))
    return _record(board, actions).addCallback(lambda _ignored: news)


def _settings(board: Board, options: Options) -> Iterator[Action]:
    rules = board.rules
    if options.entry is not None and options.entry != SetEntry(rules.news.entry, rules.code):
        yield options.entry
    seconds = rules.seconds if options.cooldown_seconds is None else options.cooldown_seconds
    charges = rules.charges if options.charges is None else options.charges
    if (seconds, charges) != (rules.seconds, rules.charges):
        yield SetCooldown(seconds, charges)


def _owner_name(taken: Container[str]) -> str:
    name = _("owner")
    return next(each for each in chain((name,), (f"{name} {number}" for number in count(2))) if each not in taken)


def _record(board: Board, actions: Iterable[Action]) -> Deferred[None]:
    """Have actions recorded, one after the other, before all that is asked for from now on."""
    recorded: list[Deferred[LogEntry]] = []
    for action in actions:
        outcome: Deferred[LogEntry] = Deferred()
        board.act(_SELF, _PAINTER, action, partial(_answer, outcome))
        recorded.append(outcome)
    return gatherResults(recorded, consumeErrors=True).addCallbacks(lambda _entries: None, _first)


def _first(failure: Failure) -> Failure:
    failure.trap(FirstError)
    error = failure.value
    assert isinstance(error, FirstError)
    return error.subFailure


def _answer(outcome: Deferred[LogEntry], entry: LogEntry | DccError) -> None:
    if isinstance(entry, DccError):
        outcome.errback(entry)
    else:
        outcome.callback(entry)
