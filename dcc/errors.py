"""The faults that somebody outside this program causes.

Each carries one line in plain words that says what was wrong and, where it helps, what to do. They
are raised where the fault is found and caught once, at the edge: a peer's fault ends or answers that
peer, a user's fault ends the command with one line and an exit status. Every other exception is our
own fault and keeps its traceback.
"""

from __future__ import annotations


class DccError(Exception):
    """A fault from outside; ``str()`` of it is the line to show."""


class ProtocolError(DccError):
    """A peer sent what is not the protocol: its connection ends, and only that."""


class FrameTooLong(ProtocolError):
    """A length prefix announced more than the receiver takes."""


class PixelRejected(DccError):
    """A paint changes nothing, such as one that names a cell or a colour that the board does not have."""


class TooFast(PixelRejected):
    """A paint that its sender may make later.

    :ivar wait: in so many seconds.
    """

    def __init__(self, line: str, wait: float) -> None:
        super().__init__(line)
        self.wait = wait


class StillResting(TooFast):
    """The same, by the rules of the game: the painter's cooldown is not over."""


class PaletteError(DccError):
    """A palette, or a file of one, cannot be used."""


class RecordError(DccError):
    """The record could not take or give what was asked of it."""


class RecordInUse(RecordError):
    """Another process writes to it."""


class RecordInDoubt(RecordError):
    """The disk failed so that nobody can tell what it has of a batch.

    Nothing of it is on the board. As soon as the disk works again it is taken out of the record; only if the
    server ends before that may it turn out to be there.
    """


class ServerUnavailable(DccError):
    """A script could not reach the server, lost it, or was sent away by it."""


class OutputError(DccError):
    """Standard output cannot be written. What is buffered for it still is."""


class ImageError(DccError):
    """An image cannot be read, drawn or written as asked."""
