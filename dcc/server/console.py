"""What the server says on its console: the lines of the published activity, and a line for every fault.

Each line is an event of ``twisted.logger``, in the language of the process, with a name and fields for programs
(``docs/operations.md``). A storm of visitors or of faults gets a line each at first, and then a line every
:data:`SUMMARY_SECONDS` that counts the rest together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.endpoints import quoteStringArgument
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.logger import Logger, LogLevel

from dcc import reasons
from dcc.core.actions import KINDS, LogEntry
from dcc.core.token_bucket import TokenBucket
from dcc.errors import DccError
from dcc.language import N_, _, ngettext
from dcc.later import Later
from dcc.reasons import Reason
from dcc.telling import tell_action
from dcc.wording import one_line

VISITS_A_SECOND = 10.0
"""Arrivals and departures with lines of their own, in the long run, and ten times as many at once: a class of 40 that
comes, goes and comes again has all its lines; a loop that connects and closes would write megabytes a second."""

WARNINGS_A_SECOND = 1.0
"""The same for warnings of one kind."""

SUMMARY_SECONDS = 10.0
"""Time from one counting line to the next."""

_HINTS = {
    reasons.PROXY_HERE: N_(
        "A proxy sends its PROXY protocol to {option}, which does not expect it. "
        "Start dcc serve with {option} haproxy:tcp:{place}, or have the proxy send no such header."
    ),
    reasons.TLS_HERE: N_(
        "TLS comes to {option}, which has none. Start dcc serve with {option} "
        "ssl:{place}:privateKey=key.pem:certKey=cert.pem, or connect without TLS."
    ),
}
"""For the operator, about what only an option of the server or of a proxy helps against."""

_log = Logger(namespace="dcc")  # of the module: a logger of a class takes the name of the class, and lines get longer


class _Rest:
    """The events of one kind that have no line of their own."""

    def __init__(self, clock: IReactorTime, per_second: float) -> None:
        self._clock = clock
        self._room = TokenBucket(per_second, clock.seconds())
        self.came = self.went = 0
        self.last = ""
        self._since = 0.0
        self._timer = Later(clock)

    def has_room(self) -> bool:
        """Whether one more event may have a line."""
        now = self._clock.seconds()
        if self._room.wait(now) > 0:
            return False
        self._room.take(1, now)
        return True

    @property
    def is_waiting(self) -> bool:
        """Whether events wait to be summed up."""
        return self._timer.is_set

    def sum_up_soon(self, sum_up: Callable[[_Rest], None]) -> None:
        """Call a function within :data:`SUMMARY_SECONDS`."""
        if not self._timer.is_set:
            self._since = self._clock.seconds()
            self._timer.set(SUMMARY_SECONDS, sum_up, self)

    def end(self) -> int:
        """Wait no longer.

        :return: how many seconds the events took, at least one.
        """
        self._timer.cancel()
        return max(1, round(self._clock.seconds() - self._since))


class Console:
    """Says what happens to the server and to the clients."""

    def __init__(self, clock: IReactorTime | None = None, *, is_quiet: bool = False) -> None:
        """
        :param clock: counts storms together; without a clock every event has a line.
        :param is_quiet: no lines about visitors, unless at fault.
        """
        self._clock = clock
        self._is_quiet = is_quiet
        self._visits = None if clock is None else _Rest(clock, VISITS_A_SECOND)
        self._warnings: dict[str, _Rest] = {}
        self._spoken_otherwise: set[tuple[Reason, str]] = set()
        self._unseen: set[int] = set()  # clients whose arrival has no line

    # --- the start and the end -------------------------------------------------------------------

    def starting(self) -> None:
        """The ports are open, and clients are about to be let in."""
        self._state("starting", _("Starting server..."))

    def joining(self, log: str) -> None:
        """The server catches up with the log that it shares with others."""
        self._state("joining", _("Joining the servers of {log}...").format(log=log), log=log)

    def listening(self, where: str) -> None:
        """``where`` is ``host:port``, or another endpoint that the operator asked for."""
        self._state("listening", _("Server listening on {where}").format(where=where), where=where)
        self._state("accepting", _("Server accepting connections!"))
        self._state("how-to-stop", _("CTRL + C -> QUIT"))

    def not_listening(self, where: str, reason: str) -> None:
        """Programs that connect to the name of this machine do not reach the server."""
        line = _(
            "Programs that connect to the name of this machine do not get here: cannot listen on {where}: {reason}"
        )
        self._warn("not-listening", line.format(where=where, reason=reason), where=where)

    def serving_pages(self, link: str) -> None:
        """Browsers open ``link``."""
        self._state("page", _("Open in a browser: {link}").format(link=link), link=link)

    def serving_pages_on(self, where: str) -> None:
        """Browsers reach the pages through another server, which connects to ``where``."""
        self._state("page", _("Pages for browsers on {where}").format(where=where), where=where)

    def serving_pixelflut(self, where: str) -> None:
        """Pixelflut clients connect to ``where``."""
        self._state("pixelflut", _("Pixelflut on {where}").format(where=where), where=where)

    def ground(self, colour: str) -> None:
        """The cells of the new board have this colour, not the usual white."""
        self._state("ground", _("The ground of the board is {colour}.").format(colour=colour))

    def saving(self, path: Path | None) -> None:
        """The board is saved in ``path``; nowhere if there is none."""
        if path is None:
            line = _("Not saved: the board is forgotten when the server stops. Ctrl+C stops the server.")
            self._state("not-saving", line)
        else:
            line = _("Saved in {path}. Ctrl+C stops the server.").format(path=path)
            self._state("saving", line, path=str(path))

    def owner(self, line: str) -> None:
        """``line`` has the owner's key, and there is no output beside the log."""
        self._state("owner", line)

    def sheet(self, path: Path, count: int) -> None:
        """The keys of a class are in ``path``."""
        line = ngettext(
            "The sheet with {count} new key is {path}: print it, and hand out the slip.",
            "The sheet with {count} new keys is {path}: print it, and hand out the slips.",
            count,
        )
        self._state("sheet", line.format(count=count, path=path), path=str(path), count=count)

    def without_area(self, names: Sequence[str]) -> None:
        """There is no free area for people of a class."""
        line = _("There is no free area for {names}: who moderates can make room for them.")
        self._warn("no-area", line.format(names=", ".join(names)), count=len(names))

    def not_operable(self, error: DccError) -> None:
        """Commands on this machine cannot act through this server."""
        line = _("Commands with --store cannot reach this server: {error}").format(error=error)
        self._warn("not-operable", line)

    def cannot_begin(self, error: DccError) -> None:
        """What was asked for at the start cannot be recorded, and the server stops."""
        _emit(LogLevel.critical, "cannot-begin", str(error), {"code": error.code})

    def stopping(self) -> None:
        """Ctrl+C was pressed."""
        self._sum_up()
        self._state("stopping", _("Stopping"))

    def saved(self) -> None:
        """Everything that was accepted is in the file, and the file is closed."""
        self._state("saved", _("Everything is saved."))

    def ended_badly(self, error: DccError) -> None:
        """The record was closed, and is not where it was."""
        _emit(LogLevel.critical, "record-elsewhere", str(error), {"code": error.code})

    # --- visitors --------------------------------------------------------------------------------

    def arrived(self, client: int) -> None:
        """A client connected."""
        if self._is_quiet:
            return
        if self._visits is not None and not self._visits.has_room():
            self._unseen.add(client)
            self._visits.came += 1
            self._visits.sum_up_soon(self._sum_up_visits)
            return
        line = _("A new client has arrived with id {client}!")
        self._state("client-arrived", line.format(client=client), client=client)
        line = _("Listening to client {client}!")
        self._state("client-heard", line.format(client=client), client=client)

    def closing(self, client: int) -> None:
        """A client's connection has ended; :meth:`removed` is next."""
        if self._is_quiet:
            return
        if self._visits is not None and (client in self._unseen or not self._visits.has_room()):
            self._unseen.add(client)
            return
        line = _("Closing the connection with client {client}...")
        self._state("client-closing", line.format(client=client), client=client)

    def removed(self, client: int) -> None:
        """A client is forgotten."""
        if self._is_quiet:
            return
        if self._visits is not None and client in self._unseen:
            self._unseen.discard(client)
            self._visits.went += 1
            self._visits.sum_up_soon(self._sum_up_visits)
            return
        line = _("The socket of client {client} has been removed.")
        self._state("client-removed", line.format(client=client), client=client)

    def _sum_up_visits(self, rest: _Rest) -> None:
        line = _("{came} more clients came and {went} went in the last {seconds:g} s.")
        line = line.format(came=rest.came, went=rest.went, seconds=rest.end())
        self._say("more-clients", line, came=rest.came, went=rest.went)
        rest.came = rest.went = 0

    # --- actions ---------------------------------------------------------------------------------

    def acted(self, entry: LogEntry) -> None:
        """An action is recorded, whoever did it."""
        who = one_line(entry.painter.name)
        line = f"{who} {one_line(tell_action(entry))}."
        kind = KINDS[type(entry.action)]
        self._say("action", line, number=entry.number, client=entry.painter.connection, name=who, action=kind)

    # --- faults ----------------------------------------------------------------------------------

    def at_fault(self, client: int, address: str, error: DccError) -> None:
        """A client broke the protocol or was not let in."""
        line = _("Client {client} ({address}) is disconnected: {error}")
        line = line.format(client=client, address=address, error=error)
        self._warn_often("client-disconnected", line, client=client, address=address, code=error.code)

    def refused(self, client: int, address: str, error: DccError) -> None:
        """A client's paint is rejected."""
        line = _("A paint of client {client} ({address}) is refused: {error}")
        line = line.format(client=client, address=address, error=error)
        self._warn_often("paint-refused", line, client=client, address=address, code=error.code)

    def refused_more(self, client: int, address: str, count: int) -> None:
        """More paints of a client were rejected than had a line each."""
        line = _("{count} more paints of client {client} ({address}) were refused.")
        line = line.format(count=count, client=client, address=address)
        self._warn_often("paints-refused", line, client=client, address=address, count=count)

    def spoken_to_otherwise(self, reason: Reason, option: str, here: IAddress) -> None:
        """A connection speaks another protocol than the port expects; said once for all that follow.

        :param option: of the port.
        :param here: where the connection has reached the port.
        """
        if (reason, option) in self._spoken_otherwise or reason not in _HINTS:
            return
        self._spoken_otherwise.add((reason, option))
        place = "PORT"
        if isinstance(here, IPv4Address | IPv6Address):
            place = f"{here.port}:interface={quoteStringArgument(here.host)}"
        line = _(_HINTS[reason]).format(option=option, place=place)
        self._warn("another-protocol", line, code=reason.code, option=option)

    def too_many_from(self, address: str, most: int) -> None:
        """An address has as many connections as one address may have; said once for all that follow."""
        line = _("More connections from {address} are refused: it has {most} (--address-clients)")
        self._warn_often("address-full", line.format(address=address, most=most), address=address, limit=most)

    def refused_from(self, address: str, count: int) -> None:
        """An address has room again; says how many connections were refused."""
        line = _("{count} connections from {address} were refused.").format(count=count, address=address)
        self._warn_often("address-refused", line, address=address, count=count)

    def out_of_descriptors(self, most: int) -> None:
        """There is no room for another connection; said once."""
        line = _(
            "New connections are refused: this process may open {most} files, and the rest are reserved. "
            "Connected clients stay. To accept more, raise the limit (ulimit -n, or LimitNOFILE= of systemd)."
        )
        self._warn("no-room", line.format(most=most), limit=most)

    def has_descriptors(self) -> None:
        """There is room for connections again."""
        self._say("room-again", _("New connections are accepted again."))

    # --- lines -----------------------------------------------------------------------------------

    def _sum_up(self) -> None:
        """Count the rest together now."""
        if self._visits is not None and self._visits.is_waiting:
            self._sum_up_visits(self._visits)
        for rest in self._warnings.values():
            if rest.is_waiting:
                self._sum_up_warnings(rest)

    def _sum_up_warnings(self, rest: _Rest) -> None:
        count, rest.came = rest.came, 0
        line = ngettext(
            "{count} more warning of this kind in the last {seconds:g} s: {line}",
            "{count} more warnings of this kind in the last {seconds:g} s, the last one: {line}",
            count,
        )
        self._warn("more-warnings", line.format(count=count, seconds=rest.end(), line=rest.last), count=count)

    def _warn_often(self, event: str, line: str, **fields: object) -> None:
        """Warn of something that peers can bring about as often as they like."""
        if self._clock is not None:
            rest = self._warnings.get(event)
            if rest is None:
                rest = self._warnings[event] = _Rest(self._clock, WARNINGS_A_SECOND)
            if not rest.has_room():
                rest.came += 1
                rest.last = line
                rest.sum_up_soon(self._sum_up_warnings)
                return
        self._warn(event, line, **fields)

    def _warn(self, event: str, line: str, **fields: object) -> None:
        _emit(LogLevel.warn, event, line, fields)

    def _say(self, event: str, line: str, **fields: object) -> None:
        _emit(LogLevel.info, event, line, fields)

    def _state(self, event: str, line: str, **fields: object) -> None:
        """Say a line of the published activity, or one beside these: shown without a time."""
        _emit(LogLevel.info, event, line, fields, is_plain=True)


def _emit(level: LogLevel, event: str, line: str, fields: Mapping[str, object], *, is_plain: bool = False) -> None:
    # The line is an argument, not the format: what a peer sent may hold braces.
    _log.emit(level, "{line}", line=line, event=event, is_plain=is_plain, fields=fields)
