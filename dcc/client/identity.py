"""How a client introduces itself: a name that it claims, a key that proves a name, the code of the room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from dcc import reasons

_OF_KEYS = frozenset(reason.code for reason in (reasons.UNKNOWN_KEY, reasons.EXPIRED_KEY))
"""Refusals after which the same key would be refused again, and would count as another guess."""


@dataclass
class Identity:
    """What a client tells of itself in ``nuevo``. A refused key or code is forgotten, and not told again.

    :ivar name: for others, at most 32 characters; proves nothing.
    :ivar key: as it was handed out; empty without one.
    :ivar code: the word of the room; empty if unknown.
    :ivar only_watches: the client will not paint.
    :ivar asks_name: whether the user has never been asked for the name.
    :ivar keep_name: takes the name that the user gives, empty to stay unnamed, to be remembered.
    :ivar keep: takes an accepted key, to be remembered, and an empty text after a refusal.
    """

    name: str = ""
    key: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    only_watches: bool = False
    asks_name: bool = False
    keep_name: Callable[[str], None] | None = field(default=None, repr=False)
    keep: Callable[[str], None] | None = field(default=None, repr=False)

    def accepted(self) -> None:
        """Take note that a server has accepted the key."""
        if self.key and self.keep is not None:
            self.keep(self.key)

    def refused(self, code: str) -> None:
        """Take note of the code of the reason for the end of a connection."""
        if code in _OF_KEYS and self.key:
            self.key = ""
            if self.keep is not None:
                self.keep("")
        elif code == reasons.WRONG_CODE.code:
            self.code = ""
