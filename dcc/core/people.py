"""People: roles, identity, and the spelling of keys.

A person is known by a proven name (a key, or a proxy that signs people in), otherwise by a network address. A name that
a client only claims is a label, and proves nothing.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b32encode
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from dcc import limits

KEY_BYTES = 16
"""Of randomness in a key: 128 bits cannot be guessed, however many connections try."""

OPERATOR = "dcc"
"""The name of what is done at the command line on the server's own machine. No key has this name."""


class Role(IntEnum):
    """What somebody may do; each role may do what the roles below may do."""

    WATCH = 0
    PAINT = 1
    MODERATE = 2
    OWN = 3

    @property
    def word(self) -> str:
        """The word of the protocol."""
        return _WORDS[self]

    @classmethod
    def of_word(cls, word: str) -> Role:
        """Return the role of a word of the protocol.

        :raises ValueError: no role has that word.
        """
        return cls(_WORDS.index(word))


_WORDS = ("mirar", "pintar", "moderar", "administrar")


@dataclass(frozen=True)
class Person:
    """Somebody who is connected, as the rules see a person.

    :ivar name: the proven name; empty without one.
    :ivar key: the digest of the key that proved the name; empty if a proxy did, or nobody.
    :ivar host: the network address, without a port; empty on a Unix socket.
    :ivar knows_code: whether the client has told the word of the room.
    :ivar only_watches: whether the client wants to watch alone.
    :ivar is_operator: whether the client has shown that it may write the record's file.
    """

    name: str = ""
    key: str = ""
    host: str = ""
    knows_code: bool = False
    only_watches: bool = False
    is_operator: bool = False


# --- keys ----------------------------------------------------------------------------------------


def spell_key(random: bytes) -> str:
    """Spell a key: 26 letters and digits of base32 (RFC 4648) in lower case, without ``0``, ``1``, ``8`` and ``9``.

    :param random: 16 bytes.
    """
    return b32encode(random).decode("ascii").rstrip("=").lower()


def digest_key(key: str) -> str:
    """Return what is kept of a key: SHA-256 in hexadecimal, of the key without spaces and in lower case."""
    return sha256("".join(key.split()).lower().encode()).hexdigest()


def is_key(text: str) -> bool:
    """Whether a text has the form of :func:`spell_key`; spaces, and the case of letters, do not count."""
    return re.fullmatch("[a-z2-7]{26}", "".join(text.split()).lower()) is not None


def is_digest(text: str) -> bool:
    """Whether a text has the form of :func:`digest_key`."""
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


# --- names ---------------------------------------------------------------------------------------


def is_name(text: str) -> bool:
    """Whether a text may be the proven name of a person, or the name of an area or of a moment.

    1 to 32 printable characters in the composed form (NFC of Unicode), without spaces at the ends. Characters that
    nobody sees, such as a byte order mark, a space of no width or a mark of writing direction, are not printable: they
    would make two names that look alike.
    """
    return (
        0 < len(text) <= limits.NAME_CHARACTERS
        and text.isprintable()
        and text == text.strip()
        and unicodedata.is_normalized("NFC", text)
    )
