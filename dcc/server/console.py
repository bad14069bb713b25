"""What the server says on its console: the lines of the published activity, and one for every fault.

Each is logged with ``twisted.logger``, as one line, in the language of the process.
"""

from __future__ import annotations

from twisted.logger import Logger, LogLevel

from dcc.errors import DccError
from dcc.language import _


class Console:
    """Says what happens to the server and to its clients."""

    _log = Logger(namespace="dcc")

    def starting(self) -> None:
        """Before the port is opened."""
        self._say(_("Starting server..."))

    def listening(self, where: str) -> None:
        """``where`` is ``host:port``, or what else the operator asked for."""
        self._say(_("Server listening on {where}").format(where=where))
        self._say(_("Server accepting connections!"))
        self._say(_("CTRL + C -> QUIT"))

    def serving_pages(self, where: str) -> None:
        """``where`` is the link for browsers."""
        self._say(_("Draw in a browser: {where}").format(where=where))

    def stopping(self) -> None:
        """Asked to stop."""
        self._say(_("Forcing the server to close!"))

    def arrived(self, client: int) -> None:
        """A client connected."""
        self._say(_("A new client has arrived with id {client}!").format(client=client))
        self._say(_("Listening to client {client}!").format(client=client))

    def closing(self, client: int) -> None:
        """A client's connection is at its end."""
        self._say(_("Closing the connection with client {client}...").format(client=client))

    def removed(self, client: int) -> None:
        """A client is forgotten."""
        self._say(_("The socket of client {client} has been removed.").format(client=client))

    def at_fault(self, client: int, address: str, error: DccError) -> None:
        """A client did what costs it its connection, or was not let in."""
        self._say(
            _("Client {client} ({address}) is sent away: {error}").format(client=client, address=address, error=error),
            LogLevel.warn,
        )

    def refused(self, client: int, address: str, error: DccError) -> None:
        """A client's paint changes nothing."""
        self._say(
            _("A paint of client {client} ({address}) is refused: {error}").format(
                client=client, address=address, error=error
            ),
            LogLevel.warn,
        )

    def refused_more(self, client: int, address: str, count: int) -> None:
        """How many more paints of a client were refused than had a line each."""
        self._say(
            _("{count} more paints of client {client} ({address}) were refused.").format(
                count=count, client=client, address=address
            ),
            LogLevel.warn,
        )

    def too_many_from(self, address: str, most: int) -> None:
        """Another connection from an address that has as many as it may; said once for all that follow."""
        self._say(
            _("More connections from {address} are turned away: it has {most} (--address-clients)").format(
                address=address, most=most
            ),
            LogLevel.warn,
        )

    def turned_away_from(self, address: str, count: int) -> None:
        """How many there were, when it has fewer again."""
        self._say(
            _("{count} connections from {address} were turned away.").format(count=count, address=address),
            LogLevel.warn,
        )

    def out_of_descriptors(self, most: int) -> None:
        """There is no room for another connection; said once."""
        self._say(
            _(
                "New connections are turned away: this process may have {most} files open, and needs the rest itself. "
                "Whoever is connected stays. To take more, raise its limit (ulimit -n, or LimitNOFILE= of systemd)."
            ).format(most=most),
            LogLevel.warn,
        )

    def has_descriptors(self) -> None:
        """There is room again."""
        self._say(_("New connections are taken again."))

    def _say(self, line: str, level: LogLevel = LogLevel.info) -> None:
        # The line is an argument, not the format: what a peer sent may hold braces.
        self._log.emit(level, "{line}", line=line)
