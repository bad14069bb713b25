"""``dcc forget``: old names and addresses leave a record."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from dcc.commands.arguments import add_store_option, parse_time, times_help, typed
from dcc.commands.parser import UsageError
from dcc.commands.progress import placements_bar
from dcc.language import _, ngettext, number
from dcc.record.forgetting import forget
from dcc.record.reader import Reader
from dcc.stdout import say


def add_arguments(parser: ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Forget names or addresses of people who painted last before a time, and in old entries of the log; the "
        "pixels and their times stay. What is in force stays too: keys, areas, bans. Stop the server first. No backup "
        "is left, since a backup would forget nothing: make one before, and delete it in time. The record gets a new "
        "checksum."
    )
    parser.add_argument(
        "--addresses", action="store_true", help=_("forget network addresses, also hashed ones, and networks")
    )
    parser.add_argument(
        "--names",
        nargs="*",
        metavar=_("NAME"),
        help=_("forget these names, or all names if none is given: of painters, and in keys, areas and bans"),
    )
    parser.add_argument(
        "--older-than",
        type=typed(parse_time),
        required=True,
        metavar=_("TIME"),
        help=times_help(),
    )
    add_store_option(parser)


def run(arguments: Namespace) -> int:
    """See :mod:`dcc.cli`."""
    if not arguments.addresses and arguments.names is None:
        raise UsageError(_("what should be forgotten? Give --addresses, --names, or both"))
    with Reader(arguments.store) as reader:
        before_ms, placements = arguments.older_than.find_ms(reader.log()), reader.last_sequence()
    with placements_bar(placements) as progress:
        found = forget(
            arguments.store, before_ms, addresses=arguments.addresses, names=arguments.names, progress=progress
        )
    painters = ngettext("{count} painter", "{count} painters", found.painters).format(count=number(found.painters))
    entries = ngettext("{count} entry of the log", "{count} entries of the log", found.actions)
    say(
        _("forgotten: of {painters}, in {entries}").format(
            painters=painters, entries=entries.format(count=number(found.actions))
        )
    )
    if found.copies:
        names = ", ".join(str(copy) for copy in found.copies)
        say(_("these copies of the record still have everything: {names}").format(names=names))
    return 0
