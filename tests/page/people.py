"""Painters and owners without a browser, for tests of what the page shows of people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from dcc.core.actions import Action, AddKey
from dcc.core.canvas import pack_pixels
from dcc.core.people import Role, digest_key, spell_key
from dcc.protocol import codec, version2
from dcc.protocol.messages import Acknowledged, Act, Done, Hello, Paint, Rejected, Welcome
from tests.support.server_process import Peer, WebServer


def key_of(name: str) -> str:
    """Return the same key for the same name."""
    return spell_key(name.encode().ljust(16, b".")[:16])


class Host(Protocol):
    """A server.

    :ivar port: the TCP port on 127.0.0.1.
    """

    port: int


class Painter(Peer):
    """Somebody who paints, and does actions, over TCP.

    :ivar welcome: the answer to the greeting.
    """

    def __init__(self, server: Host, name: str = "", key: str = "") -> None:
        super().__init__(server.port)
        self._request = 0
        self.send(version2.encode_command(Hello(2, name=name, key=key)))
        self.welcome: Welcome = self.until(lambda message: isinstance(message, Welcome))

    def until(self, condition: Callable[[Any], bool]) -> Any:
        """Receive messages up to one that meets a condition."""
        while not condition(message := codec.decode_server(self.receive())):
            pass
        return message

    def _answer(self) -> Any:
        return self.until(
            lambda message: isinstance(message, Acknowledged | Rejected | Done) and message.request == self._request
        )

    def paint(self, cells: Iterable[tuple[int, int]], colour: int) -> str:
        """Paint cells, and return the code of the refusal; empty if there was none."""
        self._request += 1
        width = self.welcome.width
        pixels = pack_pixels((row * width + column, colour) for column, row in cells)
        self.send(version2.encode_command(Paint(self._request, pixels)))
        answer = self._answer()
        return answer.code if isinstance(answer, Rejected) else ""

    def act(self, *actions: Action) -> None:
        """Do actions."""
        for action in actions:
            self._request += 1
            self.send(version2.encode_command(Act(self._request, action)))
            answer = self._answer()
            assert isinstance(answer, Done), answer

    def add_keys(self, *names: str, role: Role = Role.PAINT) -> None:
        """Give people their keys."""
        self.act(*(AddKey(name, digest_key(key_of(name)), role) for name in names))


def owner_key(server: WebServer) -> str:
    """Return the owner's key, which a server prints at its first start."""
    return server.wait_for(r"#clave=(\w+)")[1]


def owner(server: WebServer) -> Painter:
    """Open a connection of the owner."""
    return Painter(server, key=owner_key(server))
