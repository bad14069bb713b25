"""What can go wrong. Each error is a line in plain words, and all are an :class:`Error`."""

from __future__ import annotations

from dcc.errors import DccError


class Error(DccError):
    """Something that the program, the person or the server has to know.

    :ivar code: the kind of fault, see ``docs/protocol.md``.
    """


class Unavailable(Error):
    """There is no server at the address, it was lost for longer than the timeout, or it has sent the program away."""


class Refused(Error):
    """The rules of the board do not permit it. Nothing was painted; of a very large paint perhaps the first part."""


class OnCooldown(Refused):
    """The pause from one pixel to the next is not over. Nothing was painted; ``canvas.wait()`` waits.

    :ivar wait: seconds until the pixels can be painted.
    """

    wait = 0.0


class UnknownColour(Error, ValueError):
    """The palette has no colour of that name."""


class OffBoard(Error, IndexError):
    """The board has no such cell."""
