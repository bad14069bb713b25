"""What the server says on its console: the lines of the published activity, and a line for every fault.

``twisted.logger`` logs each as one line, in the language of the process.
"""

from __future__ import annotations

from pathlib import Path

from twisted.logger import Logger, LogLevel

from dcc.errors import DccError
from dcc.language import _

_log = Logger(namespace="dcc")  # of the module: a logger of a class takes the name of the class, and lines get longer


class Console:
    """Says what happens to the server and to the clients."""

    def starting(self) -> None:
        """The ports are about to open."""
        self._say(_("Starting server..."))

    def listening(self, where: str) -> None:
        """``where`` is ``host:port``, or another endpoint that the operator asked for."""
        self._say(_("Server listening on {where}").format(where=where))
        self._say(_("Server accepting connections!"))
        self._say(_("CTRL + C -> QUIT"))

    def serving_pages(self, link: str) -> None:
        """Browsers open ``link``."""
        self._say(_("Open in a browser: {link}").format(link=link))

    def serving_pages_on(self, where: str) -> None:
        """Browsers reach the pages through another server, which connects to ``where``."""
        self._say(_("Pages for browsers on {where}").format(where=where))

    def saving(self, path: Path | None) -> None:
        """The board is saved in ``path``; nowhere if there is none."""
        if path is None:
            self._say(_("Not saved: the board is forgotten when the server stops. Ctrl+C stops the server."))
        else:
            self._say(_("Saved in {path}. Ctrl+C stops the server.").format(path=path))

    def stopping(self, *, is_saved: bool) -> None:
        """Ctrl+C was pressed."""
        self._say(_("Stopping; everything is saved") if is_saved else _("Stopping"))

    def ended_badly(self, error: DccError) -> None:
        """The record was closed, and is not where it was."""
        self._say(str(error), LogLevel.critical)

    def arrived(self, client: int) -> None:
        """A client connected."""
        self._say(_("A new client has arrived with id {client}!").format(client=client))
        self._say(_("Listening to client {client}!").format(client=client))

    def closing(self, client: int) -> None:
        """A client's connection has ended."""
        self._say(_("Closing the connection with client {client}...").format(client=client))

    def removed(self, client: int) -> None:
        """A client is forgotten."""
        self._say(_("The socket of client {client} has been removed.").format(client=client))

    def at_fault(self, client: int, address: str, error: DccError) -> None:
        """A client broke the protocol or was not let in."""
        self._say(
            _("Client {client} ({address}) is disconnected: {error}").format(
                client=client, address=address, error=error
            ),
            LogLevel.warn,
        )

    def refused(self, client: int, address: str, error: DccError) -> None:
        """A client's paint is rejected."""
        self._say(
            _("A paint of client {client} ({address}) is refused: {error}").format(
                client=client, address=address, error=error
            ),
            LogLevel.warn,
        )

    def refused_more(self, client: int, address: str, count: int) -> None:
        """More paints of a client were rejected than had a line each."""
        self._say(
            _("{count} more paints of client {client} ({address}) were refused.").format(
                count=count, client=client, address=address
            ),
            LogLevel.warn,
        )

    def too_many_from(self, address: str, most: int) -> None:
        """An address has as many connections as one address may have; said once for all that follow."""
        self._say(
            _("More connections from {address} are refused: it has {most} (--address-clients)").format(
                address=address, most=most
            ),
            LogLevel.warn,
        )

    def refused_from(self, address: str, count: int) -> None:
        """An address has room again; says how many connections were refused."""
        self._say(
            _("{count} connections from {address} were refused.").format(count=count, address=address),
            LogLevel.warn,
        )

    def out_of_descriptors(self, most: int) -> None:
        """There is no room for another connection; said once."""
        self._say(
            _(
                "New connections are refused: this process may open {most} files, and the rest are reserved. "
                "Connected clients stay. To accept more, raise the limit (ulimit -n, or LimitNOFILE= of systemd)."
            ).format(most=most),
            LogLevel.warn,
        )

    def has_descriptors(self) -> None:
        """There is room for connections again."""
        self._say(_("New connections are accepted again."))

    def _say(self, line: str, level: LogLevel = LogLevel.info) -> None:
        # The line is an argument, not the format: what a peer sent may hold braces.
        _log.emit(level, "{line}", line=line)
