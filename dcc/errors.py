"""Faults with a cause outside this program: in a peer, a user, an operator, a disk.

Each fault carries one line of plain text: the cause and, if useful, the remedy. The finder raises the fault, and the
edge catches it once: a peer's fault answers the peer or ends the connection, and a user's fault ends the command with
one line and an exit status. Every other exception is a bug and keeps its traceback.

Each fault has a code that never changes, for the wire and for the metrics: the code of its
:class:`~dcc.reasons.Reason`, or the ``kind`` of its class if no peer is told.
"""

from __future__ import annotations

from typing import ClassVar

from dcc.reasons import Reason, Value, Values


class DccError(Exception):
    """A fault from outside. ``str(error)`` is the line to show, in the language of this process.

    :cvar kind: the code of faults without a reason.
    :ivar code: the kind of fault, for programs.
    :ivar values: the values in the line, by their names on the wire.
    """

    kind: ClassVar[str] = "error"

    def __init__(self, why: Reason | str, **values: Value) -> None:
        """
        :param why: a reason, whose values follow by name; or the line.
        :raises LookupError: a value of the reason is missing.
        """
        super().__init__(why if isinstance(why, str) else why.tell(values))
        self.code = self.kind if isinstance(why, str) else why.code
        self.values: Values = values


class ProtocolError(DccError):
    """A peer broke the protocol. The peer's connection ends; others are not affected."""

    kind = "protocolo"


class FrameTooLong(ProtocolError):
    """A length prefix announced more bytes than the receiver's limit."""


class PixelRejected(DccError):
    """A paint changes nothing, for example because the board has no such cell or colour."""

    kind = "pixel"


class Refusal(DccError):
    """A person may not do an action, or the action is not possible; nothing is done."""

    kind = "permiso"


class TooFast(PixelRejected):
    """A paint changes nothing now, but can succeed later.

    :ivar wait: seconds until then.
    """

    def __init__(self, why: Reason | str, wait: float, **values: Value) -> None:
        super().__init__(why, **values)
        self.wait = wait


class StillResting(TooFast):
    """The painter's cooldown is not over: no misuse, but a rule of the game."""


class PaletteError(DccError):
    """A palette, or a file of one, cannot be used."""

    kind = "paleta"


class NamesError(DccError):
    """A file of names cannot be used."""

    kind = "nombres"


class RecordError(DccError):
    """The record cannot be written or read.

    :ivar advice: a sentence for the operator alone, with the path and the next step; empty if the line says enough.
    """

    kind = "registro"
    advice = ""


class RecordInUse(RecordError):
    """Another process is writing to the record."""

    kind = "registro-en-uso"


class RecordLogGone(RecordError):
    """The write-ahead log of the record was deleted or moved, the file itself was not: nothing is lost yet."""


class RecordInDoubt(RecordError):
    """The disk failed, and whether a batch is recorded is unknown.

    The board shows nothing of the batch. As soon as the disk works again, the batch is removed from the record. Only
    if the server ends earlier can the batch still be in the record at the next start. With a common log of several
    servers: the log was lost, or the server stops, before the batch was read back; the log may have the batch.
    """


class RecordLate(RecordError):
    """Another server's action or paint came first; nothing was recorded. To be checked again, and asked for again."""


class ServerUnavailable(DccError):
    """A script could not reach the server, lost the connection, or was sent away."""

    kind = "servidor"


class OutputError(DccError):
    """Standard output cannot be written. The buffer still holds the rest, which the catcher has to drop."""

    kind = "salida"


class ImageError(DccError):
    """An image cannot be read, drawn or written as requested."""

    kind = "imagen"
