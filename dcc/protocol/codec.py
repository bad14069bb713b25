"""Decode payloads of either version. :mod:`dcc.protocol.frames` and WebSocket carry the payloads.

A payload that begins with ``{`` is a JSON object. A payload that begins with a byte below ``0x20`` is binary, and the
first byte is the opcode. The specification is ``docs/protocol.md``.
"""

from __future__ import annotations

from dcc import reasons
from dcc.errors import ProtocolError
from dcc.protocol import strict_json, version1, version2
from dcc.protocol.messages import ClientMessage, ServerMessage

_OPEN_BRACE = 0x7B
_OPCODES = 0x20


def decode_client(payload: bytes) -> ClientMessage:
    """Decode a message from a client.

    :raises ProtocolError: the payload is not a message of version 1 or 2.
    """
    if _is_json(payload):
        return version2.decode_command(strict_json.loads(payload))
    return version2.decode_paint(payload)


def decode_server(payload: bytes) -> ServerMessage:
    """Decode a message from a server.

    :raises ProtocolError: the payload is not a message of version 1 or 2.
    """
    if not _is_json(payload):
        return version2.decode_binary(payload)
    words = strict_json.loads(payload)
    if "comando" in words:
        return version2.decode_words(words)
    return version1.decode_reply(words)


def _is_json(payload: bytes) -> bool:
    if not payload:
        raise ProtocolError(reasons.EMPTY_MESSAGE)
    if payload[0] == _OPEN_BRACE:
        return True
    if payload[0] < _OPCODES:
        return False
    raise ProtocolError(reasons.NO_MESSAGE, byte=payload[0])
