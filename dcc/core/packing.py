"""A whole board as few bytes, and back, within a bound: for the wire and for the record alike.

A coding is one byte: :data:`PLAIN` is the colours as they are, :data:`ZLIB` a zlib stream of them (RFC 1950).
"""

from __future__ import annotations

import zlib

PLAIN, ZLIB = 0, 1

_LEVEL = 1
"""The fastest: a drawing is nearly all runs, which every level finds, and painters wait meanwhile."""


def compress(colours: bytes | bytearray) -> bytes:
    """Compress the colours of a board. Takes some 10 ns a cell."""
    return zlib.compress(colours, _LEVEL)


def decompress(packed: bytes, most: int) -> bytes:
    """Decompress the colours of a board.

    :param most: bytes that the result may have; memory never exceeds this bound by much.
    :raises ValueError: ``packed`` is no zlib stream, is cut short, or has more than ``most`` bytes in it.
    """
    stream = zlib.decompressobj()
    try:
        colours = stream.decompress(packed, most + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if not stream.eof or len(colours) > most:
        raise ValueError(f"cut short, or more than {most} bytes")
    return colours


def pack(colours: bytes) -> tuple[int, bytes]:
    """Choose the shorter coding of a board.

    :return: the coding, and the board in that coding.
    """
    packed = compress(colours)
    return (ZLIB, packed) if len(packed) < len(colours) else (PLAIN, colours)


def unpack(coding: int, packed: bytes, most: int) -> bytes:
    """Undo :func:`pack`.

    :param most: bytes that the result may have.
    :raises ValueError: an unknown coding, or see :func:`decompress`.
    """
    if coding == PLAIN:
        return packed
    if coding != ZLIB:
        raise ValueError("an unknown coding")
    return decompress(packed, most)
