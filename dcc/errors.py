"""The faults that somebody outside this program causes.

Each carries one line in plain words that says what was wrong and, where that helps, what to do. A fault is raised where
it is found and caught once, at the edge: a peer's fault ends or answers that peer, a user's fault ends the command with
one line and an exit status. Every other exception is our own fault and keeps its traceback.

Each fault has a code that never changes, for the wire and the metrics: that of its :class:`~dcc.reasons.Reason`, or
that of its class where no peer is told of the fault.
"""

from __future__ import annotations

from typing import ClassVar

from dcc.reasons import Reason, Value, Values


class DccError(Exception):
    """A fault from outside; ``str()`` of it is the line to show, in the language of this process.

    :ivar code: names the kind of fault for programs.
    :ivar values: the values in the line, by their names on the wire.
    """

    kind: ClassVar[str] = "error"

    def __init__(self, why: Reason | str, **values: Value) -> None:
        """
        :param why: a reason with its values; or the line itself.
        :raises LookupError: a value of the reason is missing.
        """
        super().__init__(why if isinstance(why, str) else why.tell(values))
        self.code = self.kind if isinstance(why, str) else why.code
        self.values: Values = values


class ProtocolError(DccError):
    """A peer sent what is not the protocol: its connection ends, and only that."""

    kind = "protocolo"


class FrameTooLong(ProtocolError):
    """A length prefix announced more than the receiver takes."""


class PixelRejected(DccError):
    """A paint changes nothing, such as one that names a cell or a colour that the board does not have."""

    kind = "pixel"


class TooFast(PixelRejected):
    """A paint that its sender may make later.

    :ivar wait: in so many seconds.
    """

    def __init__(self, why: Reason | str, wait: float, **values: Value) -> None:
        super().__init__(why, **values)
        self.wait = wait


class StillResting(TooFast):
    """The same, by the rules of the game: the painter's cooldown is not over."""


class PaletteError(DccError):
    """A palette, or a file of one, cannot be used."""

    kind = "paleta"


class RecordError(DccError):
    """The record could not take or give what was asked of it."""

    kind = "registro"


class RecordInUse(RecordError):
    """Another process writes to the record."""

    kind = "registro-en-uso"


class RecordInDoubt(RecordError):
    """The disk failed so that nobody can tell what it has of a batch.

    Nothing of the batch is on the board. As soon as the disk works again the batch is taken out of the record; only if
    the server ends before that may the batch turn out to be there.
    """


class ServerUnavailable(DccError):
    """A script could not reach the server, lost it, or was sent away by it."""

    kind = "servidor"


class OutputError(DccError):
    """Standard output cannot be written. What is buffered for it still is."""

    kind = "salida"


class ImageError(DccError):
    """An image cannot be read, drawn or written as asked."""

    kind = "imagen"
