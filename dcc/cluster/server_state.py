"""What a server says of itself, as a value and as bytes.

The form is JSON: ``servidor``, a random word for each start; ``nombre``, of the machine; ``usuarios``, how many are
connected; ``posicion`` and ``secuencia``, how far its copy goes; ``falla``, why it takes no paints, or null.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from dcc.wording import one_line

SAID_SECONDS = 3.0
"""How often a server says its state: a count of users may be so old."""

GONE_SECONDS = 10.0
"""After which a server that says nothing no longer counts: it has missed three times."""

_LONGEST_BYTES = 4096


@dataclass(frozen=True)
class ServerState:
    """What a server says of itself.

    :ivar server: a random word for each start.
    :ivar name: of the machine.
    :ivar users: how many are connected to the server.
    :ivar position: of the last entry that the server has.
    :ivar sequence: of the last placement that the server has.
    :ivar fault: why the server takes no paints; None while it does.
    """

    server: str
    name: str
    users: int
    position: int
    sequence: int
    fault: str | None = None

    def encode(self) -> bytes:
        """Spell the state."""
        words = {
            "servidor": self.server,
            "nombre": self.name,
            "usuarios": self.users,
            "posicion": self.position,
            "secuencia": self.sequence,
            "falla": self.fault,
        }
        return json.dumps(words).encode()

    @classmethod
    def decode(cls, payload: bytes) -> ServerState | None:
        """Read a state; None if the bytes are none."""
        if len(payload) > _LONGEST_BYTES:
            return None
        try:
            words = json.loads(payload)
            texts = words["servidor"], words["nombre"]
            numbers = words["usuarios"], words["posicion"], words["secuencia"]
            fault = words.get("falla")
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            return None
        if not all(type(text) is str for text in texts) or not all(
            type(number) is int and 0 <= number < 2**63 for number in numbers
        ):
            return None
        server, name = map(one_line, texts)
        return cls(server, name, *numbers, one_line(fault) if isinstance(fault, str) else None)
