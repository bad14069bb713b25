"""``dcc log``: what moderators and owners did, from the record."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from dcc.commands.arguments import add_store_option, parse_time, times_help, typed
from dcc.core import actions
from dcc.core.actions import (
    AddAreas,
    AddGrid,
    AddKey,
    AddTemplate,
    Announce,
    Ban,
    Clear,
    Freeze,
    LogEntry,
    NameMoment,
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
from dcc.core.placements import Painter
from dcc.language import _
from dcc.record.reader import Reader
from dcc.stdout import say, say_printable
from dcc.telling import tell_action
from dcc.times import show_time
from dcc.wording import clip

KINDS: dict[type, str] = {
    Freeze: "freeze",
    Thaw: "thaw",
    AddAreas: "area",
    AddGrid: "area",
    RemoveAreas: "area",
    SetRest: "area",
    Ban: "ban",
    Unban: "unban",
    Announce: "announce",
    NameMoment: "moment",
    AddTemplate: "template",
    RemoveTemplate: "template",
    SetEntry: "entry",
    SetCooldown: "cooldown",
    AddKey: "key",
    RevokeKey: "key",
    RollBack: "rollback",
    Clear: "clear",
}
"""The kinds of actions, by the commands that do them."""


def add_arguments(parser: ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "List what moderators and owners did, the latest last, also while a server runs. The first column is the "
        "number of the action."
    )
    parser.add_argument(
        "--name", action="append", default=[], metavar=_("NAME"), help=_("only by this person; may be given again")
    )
    parser.add_argument(
        "--kind",
        action="append",
        default=[],
        choices=sorted(set(KINDS.values())),
        metavar=_("KIND"),
        help=_("only this kind, may be given again: {kinds}").format(kinds=", ".join(sorted(set(KINDS.values())))),
    )
    parser.add_argument(
        "--since",
        type=typed(parse_time),
        metavar=_("TIME"),
        help=_("only from then on: {times}").format(times=times_help()),
    )
    parser.add_argument("--json", action="store_true", help=_("print JSON, an object per line"))
    add_store_option(parser)


def run(arguments: Namespace) -> int:
    """See :mod:`dcc.cli`."""
    with Reader(arguments.store) as reader:
        is_wanted = _filter(arguments, reader)
        show = _words if arguments.json else _line
        is_empty = True
        for entry in filter(is_wanted, reader.log()):
            is_empty = False
            say_printable(show(entry))
    if is_empty and not arguments.json:
        say(_("there is nothing of that kind in the log"))
    return 0


def _filter(arguments: Namespace, reader: Reader) -> Callable[[LogEntry], bool]:
    since_ms = 0 if arguments.since is None else arguments.since.find_ms(reader.log())

    def is_wanted(entry: LogEntry) -> bool:
        return (
            entry.time_ms >= since_ms
            and (not arguments.name or entry.painter.name in arguments.name)
            and (not arguments.kind or KINDS[type(entry.action)] in arguments.kind)
        )

    return is_wanted


def _line(entry: LogEntry) -> str:
    return f"{entry.number:>5}  {show_time(entry.time_ms)}  {_who(entry.painter)} {tell_action(entry)}"


def _who(painter: Painter) -> str:
    if painter.is_proven:
        return painter.name
    return f"{clip(painter.name)} ({painter.address})" if painter.name else painter.address


def _words(entry: LogEntry) -> str:
    painter = entry.painter
    return json.dumps(
        {
            "number": entry.number,
            "time_ms": entry.time_ms,
            "kind": KINDS[type(entry.action)],
            "name": painter.name,
            "proven": painter.is_proven,
            "connection": painter.connection,
            "address": painter.address,
            "sequence": entry.sequence,
            "cells": entry.cells,
            "action": actions.write(entry.action),
        }
    )
