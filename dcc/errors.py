"""Faults from outside this program.

Each fault carries one line in plain words: the fault and, if possible, the next step. A fault is raised at its place
and caught once, at the edge: a peer's fault ends or answers the peer, a user's fault ends the command with one line and
an exit status. Every other exception is our own fault and keeps its traceback.

Each fault has a stable code, for the wire and the metrics: the code of its :class:`~dcc.reasons.Reason`, or the code of
its class if no peer is told about the fault.
"""

from __future__ import annotations

from typing import ClassVar

from dcc.reasons import Reason, Value, Values


class DccError(Exception):
    """A fault from outside; ``str()`` returns the line for people, in the language of this process.

    :ivar code: names the kind of fault for programs.
    :ivar values: the values in the line, by their names on the wire.
    """

    kind: ClassVar[str] = "error"

    def __init__(self, why: Reason | str, **values: Value) -> None:
        """
        :param why: a reason for ``values``; or the line itself.
        :raises LookupError: a value of the reason is missing.
        """
        super().__init__(why if isinstance(why, str) else why.tell(values))
        self.code = self.kind if isinstance(why, str) else why.code
        self.values: Values = values


class ProtocolError(DccError):
    """A peer broke the protocol: its connection ends, and no other."""

    kind = "protocolo"


class FrameTooLong(ProtocolError):
    """A length prefix announced more than the receiver takes."""


class PixelRejected(DccError):
    """A paint changes nothing, for example because a cell or a colour is not on the board."""

    kind = "pixel"


class TooFast(PixelRejected):
    """A paint that its sender may repeat later.

    :ivar wait: seconds until then.
    """

    def __init__(self, why: Reason | str, wait: float, **values: Value) -> None:
        super().__init__(why, **values)
        self.wait = wait


class StillResting(TooFast):
    """The same, by the rules of the game: the painter's cooldown is not over."""


class PaletteError(DccError):
    """A palette, or a file of a palette, cannot be used."""

    kind = "paleta"


class RecordError(DccError):
    """The record could not be written or read as asked."""

    kind = "registro"


class RecordInUse(RecordError):
    """Another process writes to the record."""

    kind = "registro-en-uso"


class RecordInDoubt(RecordError):
    """The disk failed, and the fate of a batch is unknown.

    Nothing of the batch is on the board. As soon as the disk works again the batch is removed from the record; only if
    the server ends before the removal can the batch reappear.
    """


class ServerUnavailable(DccError):
    """A script could not reach the server, lost the server, or was sent away."""

    kind = "servidor"


class OutputError(DccError):
    """Standard output cannot be written; its buffer still holds the data."""

    kind = "salida"


class ImageError(DccError):
    """An image cannot be read, drawn or written as asked."""

    kind = "imagen"
