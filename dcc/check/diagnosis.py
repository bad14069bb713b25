"""Faults of a frame: the size of the prefix, the byte order, the length, the JSON.

The reader is lenient: after a wrong frame the conversation goes on in the program's own dialect, so that a second
mistake is found as well.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Literal

from dcc.errors import ProtocolError
from dcc.language import _
from dcc.protocol import strict_json
from dcc.protocol.frames import PREFIX_BYTES, frame

PAYLOAD_BYTES = 1024 * 1024
"""Longest believable message: a prefix above is a misread one. A board has 35 KB."""

_PREFIXES = range(17)
"""Sizes of prefixes that are looked for: up to 16 bytes."""

_BYTES_OBJECT, _TEXT_OBJECT = 33, 49
"""What ``sys.getsizeof`` adds to the length of a ``bytes`` and of a ``str`` on 64-bit CPython."""

_PICKLES = (b"\x80\x03", b"\x80\x04", b"\x80\x05")
"""First bytes of ``pickle.dumps``, by protocol."""


@dataclass(frozen=True)
class Dialect:
    """How a program writes the length before a message."""

    prefix_bytes: int = PREFIX_BYTES
    order: Literal["little", "big"] = "little"
    is_exact: bool = True

    def frame(self, payload: bytes) -> bytes:
        """Put the length before a payload."""
        if self == RIGHT:
            return frame(payload)
        return (len(payload).to_bytes(self.prefix_bytes, self.order) if self.prefix_bytes else b"") + payload

    def __str__(self) -> str:
        if not self.prefix_bytes:
            return _("no length at all")
        order = _("little endian") if self.order == "little" else _("big endian")
        return _("a length of {count} bytes, {order}").format(count=self.prefix_bytes, order=order)


RIGHT = Dialect()


class Difference(Exception):
    """A rule is broken.

    :ivar came: what came, in a sentence.
    :ivar cause: the likely cause and the remedy, if more is known than the rule says.
    :ivar frame: the bytes to show.
    :ivar mark: which of the bytes differ: start and end.
    :ivar rule: the broken rule, if another than the one that was being checked.
    :ivar is_ours: the check sent the bytes, and not the program.
    """

    def __init__(
        self,
        came: str,
        cause: str = "",
        frame: bytes = b"",
        mark: tuple[int, int] = (0, 0),
        rule: str = "",
        is_ours: bool = False,
    ) -> None:
        super().__init__(came)
        self.came = came
        self.cause = cause
        self.frame = frame
        self.mark = mark
        self.rule = rule
        self.is_ours = is_ours


@dataclass(frozen=True)
class Form:
    """A frame that came.

    :ivar frame: all of its bytes.
    :ivar payload: the message; empty if none was recognised.
    :ivar dialect: how the length was written.
    :ivar faults: the broken rules by name.
    """

    frame: bytes
    payload: bytes
    dialect: Dialect = RIGHT
    faults: dict[str, Difference] = field(default_factory=dict)


def read_form(data: bytes, dialect: Dialect = RIGHT, is_all: bool = False) -> Form | None:
    """Read the frame at the beginning of the bytes.

    :param dialect: how the program writes frames, as far as known.
    :param is_all: nothing more will come.
    :return: None if more bytes are needed, or if the bytes are no frame at all.
    """
    if dialect == RIGHT:
        if len(data) < PREFIX_BYTES and not is_all:
            return None
        length = int.from_bytes(data[:PREFIX_BYTES], "little")
        end = PREFIX_BYTES + length
        if length <= PAYLOAD_BYTES:
            if len(data) < end and not is_all:
                return None
            payload = data[PREFIX_BYTES:end]
            if len(data) >= end and _is_object(payload):
                return Form(data[:end], payload)
    start = _start(data)
    if start is None:
        is_complete = is_all or len(data) >= PREFIX_BYTES + int.from_bytes(data[:PREFIX_BYTES], "little")
        return (
            Form(data, b"", dialect, {"json": _not_json(data, min(len(data), PREFIX_BYTES))}) if is_complete else None
        )
    object_end = _object_end(data, start)
    if object_end is not None:
        return _judge(data[:object_end], start, dialect)
    # The rest may be on its way, however little the length says.
    return _unfinished(data, start) if is_all else None


def _is_object(payload: bytes) -> bool:
    try:
        strict_json.loads(payload)
    except ProtocolError:
        return False
    return True


def _start(data: bytes) -> int | None:
    """Find where the message begins, after the prefix."""
    for start in _PREFIXES:
        if data[start : start + 1] == b"{" or data[start : start + 2] == b'"{' or data[start : start + 2] in _PICKLES:
            # A length of 123, or one with the byte of a quotation mark, is no beginning of a message.
            if start < PREFIX_BYTES and data[PREFIX_BYTES : PREFIX_BYTES + 2] in (b'{"', b"{'", b'"{'):
                return PREFIX_BYTES
            return start
    return None


def _object_end(data: bytes, start: int) -> int | None:
    """Find the end of the JSON object that begins at ``start``."""
    text = data[start:].decode("utf-8", "surrogateescape")
    try:
        _value, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return start + len(text[:end].encode("utf-8", "surrogateescape"))


def _judge(whole: bytes, start: int, dialect: Dialect) -> Form:
    """Compare the prefix with the JSON text that follows."""
    prefix, payload = whole[:start], whole[start:]
    faults: dict[str, Difference] = {}
    if payload[:1] != b"{":
        cause = _(
            "json.dumps was probably called twice: on the object, and again on the text that the first call gave. "
            "Call json.dumps once."
        )
        faults["json"] = Difference(
            _("a JSON string that holds an object, instead of the object"), cause, whole, (start, start + 1)
        )
        return Form(whole, b"", dialect, faults)
    if start == 0:
        faults["prefix-size"] = Difference(
            _("the message came without a length before it"),
            _("Before each message send its length: len(message).to_bytes(5, 'little')."),
            whole,
            (0, 1),
        )
        return Form(whole, payload, Dialect(0), faults)
    little, big = int.from_bytes(prefix, "little"), int.from_bytes(prefix, "big")
    order: Literal["little", "big"] = "little"
    is_exact = True
    if start != PREFIX_BYTES:
        faults["prefix-size"] = Difference(
            _("the length took {count} bytes").format(count=start),
            _("Change the number in to_bytes({count}, …) to 5, and read 5 bytes in recv as well.").format(count=start),
            whole,
            (0, start),
        )
    if big == len(payload) != little:
        order = "big"
        faults["byte-order"] = Difference(
            _("the length {length} was written big endian: the byte of highest value first").format(
                length=len(payload)
            ),
            "",
            whole,
            (0, start),
        )
    elif little != len(payload):
        order = "little" if little <= big else "big"
        is_exact = False
        faults["length"] = _wrong_length(whole, start, min(little, big))
    return Form(whole, payload, Dialect(start, order, is_exact), faults)


def _wrong_length(whole: bytes, start: int, said: int) -> Difference:
    payload = whole[start:]
    characters = len(payload.decode("utf-8", "replace"))
    came = _("the length says {said}, and the message has {bytes} bytes ({characters} characters)").format(
        said=said, bytes=len(payload), characters=characters
    )
    if said == characters != len(payload):
        cause = _("The length counts characters. First encode the text, then take len() of the bytes: ñ is 2 bytes.")
    elif said == len(payload) + start:
        cause = _("The length counts its own {count} bytes too. Count the message alone.").format(count=start)
    elif said - len(payload) in (_BYTES_OBJECT, _TEXT_OBJECT):
        cause = _("sys.getsizeof tells how much memory the object takes. Use len() of the bytes.")
    else:
        cause = _("Take len() of exactly the bytes that are sent, after encode().")
    return Difference(came, cause, whole, (0, start))


def _unfinished(data: bytes, start: int) -> Form:
    """Judge a message that is no complete JSON object though nothing more came."""
    dialect = Dialect(start) if start != PREFIX_BYTES else RIGHT
    return Form(data, b"", dialect, {"json": _not_json(data, start)})


def _not_json(data: bytes, start: int) -> Difference:
    payload = data[start:]
    if payload[:2] in _PICKLES:
        return Difference(
            _("the message was serialised with pickle"),
            _("Use json.dumps(…).encode() and json.loads(…): a program in another language cannot read pickle."),
            data,
            (start, start + 2),
        )
    if payload[:2] == b"{'":
        return Difference(
            _("a text with single quotes, which is how str() shows a dictionary"),
            _("Use json.dumps(…) instead of str(…): JSON has double quotes."),
            data,
            (start + 1, start + 2),
        )
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError as error:
        return Difference(
            _("the message is not UTF-8 text"),
            _("Encode the text of json.dumps with encode('utf-8')."),
            data,
            (start + error.start, start + error.end),
        )
    try:
        strict_json.loads(payload)
        came = _("the message is no JSON object")
    except ProtocolError as error:
        came = str(error)
    return Difference(came, "", data, (start, min(start + 1, len(data))))
