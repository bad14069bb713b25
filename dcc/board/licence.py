"""What a person may paint, remembered from one paint to the next."""

from __future__ import annotations

import math
from collections.abc import Callable

from dcc.board.rules import Rules, Standing
from dcc.core.people import Person, Role

_NO_VERSION = -1


class Licence:
    """What one person may paint on a board: worked out anew when the rules change, or a ban or a key ends.

    :ivar rests: whether a cooldown is for this person, as of the last :meth:`permit` or :meth:`renew`.
    """

    __slots__ = ("_is_limited", "_now_ms", "_person", "_rules", "_standing", "_version", "rests")

    def __init__(self, rules: Rules, person: Person, now_ms: Callable[[], int]) -> None:
        """:param now_ms: returns the time in milliseconds since 1970-01-01 UTC."""
        self.rests = True
        self._rules = rules
        self._person = person
        self._now_ms = now_ms
        self._standing: Standing | None = None
        self._version = _NO_VERSION  # of the rules, if the standing has no end of its own
        self._is_limited = False  # whether the rules have to look at each paint

    def permit(self, pixels: bytes) -> None:
        """Check that the person may paint pixels.

        :param pixels: packed, on the board.
        :raises PixelRejected: otherwise.
        """
        if self._version != self._rules.version:
            self.renew()
        if self._is_limited:
            assert self._standing is not None
            self._rules.permit(self._standing, pixels)

    def renew(self) -> None:
        """Take what the rules say now."""
        rules, now_ms, standing = self._rules, self._now_ms(), self._standing
        if standing is None or standing.version != rules.version or standing.until_ms <= now_ms:
            self._standing = standing = rules.standing(self._person, now_ms)
            self._is_limited = standing.refusal is not None or standing.allowed is not None
            self.rests = rules.role(self._person, now_ms) < Role.MODERATE
        self._version = standing.version if standing.until_ms == math.inf else _NO_VERSION
