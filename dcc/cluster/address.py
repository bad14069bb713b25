"""``nats://HOST[:PORT][,HOST[:PORT]…]/NAME``: the nodes of an engine, and the name of a canvas in the engine."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dcc.errors import DccError
from dcc.language import _
from dcc.parsing import PORTS, show_address, split_address, whole_number
from dcc.wording import clip

DEFAULT_PORT = 4222
"""Of NATS, for clients."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
"""Becomes a part of the names of streams and subjects, which allow no dots, spaces and wildcards."""

_SCHEMES = {"nats": False, "tls": True}

_EXAMPLE = "nats://10.0.0.1,10.0.0.2,10.0.0.3/classroom"


@dataclass(frozen=True)
class ClusterAddress:
    """Where the log of a canvas is.

    :ivar nodes: host and port of each node, as typed; any of them leads to all.
    :ivar name: of the canvas in the engine.
    :ivar is_tls: whether the connection must be encrypted.
    """

    nodes: tuple[tuple[str, int], ...]
    name: str
    is_tls: bool = False

    @classmethod
    def parse(cls, text: str) -> ClusterAddress:
        """Read an address.

        :raises DccError: the text is none.
        """
        scheme, separator, rest = text.partition("://")
        if not separator or scheme.lower() not in _SCHEMES:
            raise DccError(
                _("{text}: expected nats://HOST[:PORT][,HOST…]/NAME or tls://…, such as {example}").format(
                    text=clip(text), example=_EXAMPLE
                )
            )
        listed, _slash, name = rest.partition("/")
        if "@" in listed:  # the text may hold a password, and is not shown
            raise DccError(_("no names or passwords in the address of the cluster: use --cluster-credentials FILE"))
        if not _NAME.fullmatch(name):
            raise DccError(
                _("{text}: after the hosts comes /NAME, of 1 to 32 letters, digits, - and _, such as {example}").format(
                    text=clip(text), example=_EXAMPLE
                )
            )
        nodes = tuple(_parse_node(each, text) for each in listed.split(","))
        return cls(tuple(dict.fromkeys(nodes)), name, _SCHEMES[scheme.lower()])

    def url(self, node: tuple[str, int]) -> str:
        """Return the URL of one node."""
        return f"{'tls' if self.is_tls else 'nats'}://{show_address(*node)}"

    @property
    def presence_subject(self) -> str:
        """Where the servers of the canvas say how they are: a subject that keeps nothing."""
        return f"dcc.{self.name}.presence"

    def __str__(self) -> str:
        nodes = ",".join(show_address(*node) for node in self.nodes)
        return f"{'tls' if self.is_tls else 'nats'}://{nodes}/{self.name}"


def _parse_node(text: str, whole: str) -> tuple[str, int]:
    split = split_address(text)
    if split is None:
        raise DccError(
            _("{text}: {host} is not HOST or HOST:PORT, with an IPv6 address in brackets").format(
                text=clip(whole), host=clip(text)
            )
        )
    host, digits = split
    if digits is None:
        return host, DEFAULT_PORT
    port = whole_number(digits, PORTS[0], PORTS[-1])
    if port is None:
        raise DccError(
            _("{text}: a port is a number from {least} to {most}").format(
                text=clip(digits), least=PORTS[0], most=PORTS[-1]
            )
        )
    return host, port
