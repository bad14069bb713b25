"""Payloads to messages and back. Pure; :mod:`dcc.protocol.frames` and WebSocket carry the payloads.

A payload that begins with ``{`` is a JSON object; one whose first byte is below ``0x20`` is binary and
that byte is its opcode. ``docs/protocol.md`` is the text that this is written against.
"""

from __future__ import annotations

from dcc import reasons
from dcc.errors import ProtocolError
from dcc.protocol import strict_json, version1, version2
from dcc.protocol.messages import ClientMessage, ServerMessage

_OPEN_BRACE = 0x7B
_OPCODES = 0x20


def decode_client(payload: bytes) -> ClientMessage:
    """Read what a client sent.

    :raises ProtocolError: it is not a command of either version.
    """
    if _is_json(payload):
        return version2.decode_command(strict_json.loads(payload))
    return version2.decode_paint(payload)


def decode_server(payload: bytes) -> ServerMessage:
    """Read what a server of either version sent.

    :raises ProtocolError: it is not a message of either version.
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
