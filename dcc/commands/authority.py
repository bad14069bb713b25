"""Where the commands of moderators and owners do their work: on a running server, or on the record itself.

1. With ``--server`` the commands speak to a server, with a key of the user.
2. Otherwise ``--store`` names the record. If no server has the record, the commands act on it as the operator.
3. If a server has the record, the commands speak to the server with the operator's key. The server has written the
   key beside the record: a user with write access to the record's file owns the canvas.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from twisted.internet.defer import Deferred, succeed

from dcc.board.board import Board
from dcc.client.address import parse_any_address, parse_invitation
from dcc.client.conversation import Conversation
from dcc.client.endpoint import Server
from dcc.client.identity import Identity
from dcc.client.link import Link
from dcc.client.reactor_thread import ReactorThread
from dcc.client.templates import Template
from dcc.commands.arguments import (
    add_key_option,
    add_store_option,
    add_tls_options,
    chosen_identity,
    chosen_server,
    typed,
)
from dcc.commands.parser import UsageError
from dcc.core import actions
from dcc.core.actions import Action, Choice, LogEntry
from dcc.core.canvas import Canvas
from dcc.core.people import OPERATOR, Person
from dcc.core.placements import MILLISECONDS, Painter
from dcc.errors import DccError, RecordInUse
from dcc.language import _
from dcc.operator_file import read_operator
from dcc.protocol.messages import Done, KeyHolder, People, Preview
from dcc.record import database
from dcc.record.sqlite import SqliteRecord
from dcc.record.writer import Writer
from dcc.stdout import complain, say_printable
from dcc.telling import tell_action


class Authority(Protocol):
    """Does actions, and answers what moderators ask.

    :ivar page: the address of the server's page, up to the last ``/``; None if there is none, or it is not known.
    :ivar address: of the server, for people; None without one.
    """

    page: str | None
    address: str | None

    def act(self, action: Action) -> Done:
        """Do an action.

        :raises Refusal: it is not allowed, or not possible; nothing is done.
        :raises DccError: the server or the record fails.
        """

    def preview(self, choice: Choice) -> Preview:
        """Find out what a roll back would paint; raises as :meth:`act`."""

    def people(self) -> People:
        """Tell the people, the bans and the keys; raises as :meth:`act`."""

    def log(self) -> Iterator[LogEntry]:
        """Yield every action, the latest last; raises as :meth:`act`."""

    def painter_of(self, column: int, row: int) -> int | None:
        """Find the last placement on a cell: its sequence, or None; raises as :meth:`act`."""

    def board(self) -> Canvas:
        """Return a copy of the board as of now."""

    def templates(self) -> list[Template]:
        """Return the shared templates, the oldest first."""


def add_authority_options(parser: ArgumentParser) -> None:
    """Add the options that :func:`authority` reads."""
    add_store_option(parser)
    parser.add_argument(
        "--server",
        dest="address",
        type=typed(parse_invitation),
        metavar=_("HOST[:PORT]"),
        help=_("do it on this server with your own key, instead of on the record here as its operator"),
    )
    add_key_option(parser)
    add_tls_options(parser)


def do(host: Authority, action: Action, undo: str = "") -> None:
    """Do an action, and tell its number and how to undo it.

    :param undo: a command; what the action has painted is rolled back otherwise.
    :raises DccError: see :meth:`Authority.act`.
    """
    action = actions.read(actions.write(action))  # as a server reads it: one check and one spelling for every way
    done = host.act(action)
    entry = LogEntry(done.number, done.sequence, int(time.time() * MILLISECONDS), _PAINTER, action, done.cells)
    say_printable(_("action {number}: {told}").format(number=done.number, told=tell_action(entry)))
    if done.cells:
        undo = f"dcc moderate rollback --action {done.number}"
    if undo:
        say_printable(_("to undo it: {command}").format(command=undo))


@contextmanager
def authority(arguments: Namespace, *, needs_key: bool = True) -> Iterator[Authority]:
    """Open what the command line names.

    :param needs_key: whether a server is asked for what only moderators may do.
    :raises DccError: it cannot be reached, or may not be used.
    """
    if arguments.address is None:
        if arguments.key_file or arguments.tls or arguments.ca:
            raise UsageError(_("--key-file, --tls and --ca go with --server HOST"))
        path = database.resolve(arguments.store)
        database.check_there(path)
        with ReactorThread() as thread, _on_record(thread, path) as found:
            yield found
        return
    identity, server = chosen_identity(arguments), chosen_server(arguments)
    if needs_key and not identity.key:
        raise UsageError(_("--server needs your key: --key-file FILE, or a link with a key in place of HOST"))
    with ReactorThread() as thread, _on_server(thread, server, identity, None) as found:
        yield found


@contextmanager
def _on_record(thread: ReactorThread, path: Path) -> Iterator[Authority]:
    try:
        writer = thread.call(lambda: Writer(path))
    except RecordInUse:
        operator = read_operator(path)
        server = Server(parse_any_address(operator.address))
        with _on_server(thread, server, Identity(key=operator.key), operator.page) as found:
            yield found
        return
    if writer.backup is not None:
        line = _("{path} was updated from an older version; the old file is kept as {backup}")
        complain(f"dcc: {line.format(path=path, backup=writer.backup)}")
    on_record = _OnRecord(thread, writer)
    try:
        yield on_record
    finally:
        on_record.close()


@contextmanager
def _on_server(thread: ReactorThread, server: Server, identity: Identity, page: str | None) -> Iterator[Authority]:
    with Conversation(thread, server, identity) as conversation:
        yield _OnServer(conversation, str(server.address), page)


def _every_action(page_before: Callable[[int | None], tuple[LogEntry, ...]]) -> Iterator[LogEntry]:
    """Yield every action, the latest last.

    :param page_before: returns a page of actions before the one with a number, the latest first.
    """
    pages: list[tuple[LogEntry, ...]] = []
    before: int | None = None
    while page := page_before(before):
        pages.append(page)
        before = page[-1].number
    for page in reversed(pages):
        yield from reversed(page)


class _OnServer:
    """See :class:`Authority`."""

    def __init__(self, conversation: Conversation, address: str, page: str | None) -> None:
        self._conversation = conversation
        self.address: str | None = address
        self.page = page

    def act(self, action: Action) -> Done:
        """See :class:`Authority`."""
        return self._conversation.ask(lambda link: link.act(action))

    def preview(self, choice: Choice) -> Preview:
        """See :class:`Authority`."""
        return self._conversation.ask(lambda link: link.ask_preview(choice))

    def people(self) -> People:
        """See :class:`Authority`."""
        return self._conversation.ask(Link.ask_people)

    def log(self) -> Iterator[LogEntry]:
        """See :class:`Authority`."""
        return _every_action(lambda before: self._conversation.ask(lambda link: link.ask_log(before)).entries)

    def painter_of(self, column: int, row: int) -> int | None:
        """See :class:`Authority`."""
        return self._conversation.ask(lambda link: link.ask_author(column, row)).sequence

    def board(self) -> Canvas:
        """See :class:`Authority`."""
        return self._conversation.ask(_copy_of_board)

    def templates(self) -> list[Template]:
        """See :class:`Authority`."""
        return self._conversation.ask(Link.ask_templates)


def _copy_of_board(link: Link) -> Deferred[Canvas]:
    canvas = link.replica.canvas
    assert canvas is not None  # of a link that was live
    return succeed(_copy(canvas))


def _copy(canvas: Canvas) -> Canvas:
    return Canvas(canvas.width, canvas.height, canvas.palette, bytes(canvas.colours))


_THE_OPERATOR = Person(name=OPERATOR, is_operator=True)
_PAINTER = Painter(0, OPERATOR, "", is_proven=True)


class _OnRecord:
    """See :class:`Authority`. A board without clients does it all, as in a server."""

    page: str | None = None
    address: str | None = None

    def __init__(self, thread: ReactorThread, writer: Writer) -> None:
        """:param writer: just opened."""
        self._thread = thread
        self._record = SqliteRecord(writer, thread.reactor)
        self._board = thread.call(lambda: Board(self._record, thread.reactor, time.time))

    def close(self) -> None:
        """Close the record."""
        self._thread.wait(self._board.settle)
        self._thread.call(self._board.stop)
        self._thread.wait(self._record.close)

    def act(self, action: Action) -> Done:
        """See :class:`Authority`."""
        acted: Deferred[LogEntry] = Deferred()

        def answer(outcome: LogEntry | DccError) -> None:
            if isinstance(outcome, DccError):
                acted.errback(outcome)
            else:
                acted.callback(outcome)

        def begin() -> Deferred[LogEntry]:
            self._board.act(_THE_OPERATOR, _PAINTER, action, answer)
            return acted

        entry = self._thread.wait(begin)
        return Done(0, entry.number, entry.sequence + entry.cells, entry.cells)

    def preview(self, choice: Choice) -> Preview:
        """See :class:`Authority`."""
        found = self._thread.wait(lambda: self._record.select(choice))
        return Preview(0, found.sequence, found.placements, found.pixels)

    def people(self) -> People:
        """See :class:`Authority`. Nobody is here."""
        return self._thread.call(self._people)

    def _people(self) -> People:
        rules = self._board.rules
        keys = tuple(KeyHolder(key.name, key.role, key.until_ms) for key in rules.keys.values())
        return People(0, (), rules.bans(self._board.now_ms()), rules.code, (), keys)

    def log(self) -> Iterator[LogEntry]:
        """See :class:`Authority`."""
        return _every_action(lambda before: self._thread.call(lambda: self._board.log_before(before)))

    def painter_of(self, column: int, row: int) -> int | None:
        """See :class:`Authority`."""
        canvas = self._board.canvas
        if column >= canvas.width or row >= canvas.height:
            return None
        placement = self._thread.wait(lambda: self._record.last_placement(row * canvas.width + column))
        return None if placement is None else placement.sequence

    def board(self) -> Canvas:
        """See :class:`Authority`."""
        return self._thread.call(lambda: _copy(self._board.canvas))

    def templates(self) -> list[Template]:
        """See :class:`Authority`."""
        return self._thread.call(self._templates)

    def _templates(self) -> list[Template]:
        found, width = self._board.rules.templates, self._board.canvas.width
        return [Template(each.number, found.find(each.number), each.author, width) for each in found.news]
