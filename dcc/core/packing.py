"""Compress whole boards and decompress them within a bound, for the wire and for the record.

A coding is one byte: :data:`PLAIN` for uncompressed colours, :data:`ZLIB` for a zlib stream (RFC 1950).
"""

from __future__ import annotations

import zlib

PLAIN, ZLIB = 0, 1

_LEVEL = 1
"""The fastest level: a drawing is mostly runs, found by every level, and painters wait for the compression."""


def compress(colours: bytes | bytearray) -> bytes:
    """Compress the colours of a board, in about 10 ns a cell."""
    return zlib.compress(colours, _LEVEL)


def decompress(packed: bytes, most: int) -> bytes:
    """Decompress the colours of a board.

    :param most: longest result, in bytes. No more than one byte beyond this length is decompressed.
    :raises ValueError: ``packed`` is not one complete zlib stream, or holds more than ``most`` bytes.
    """
    stream = zlib.decompressobj()
    try:
        colours = stream.decompress(packed, most + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if len(colours) > most or not stream.eof or stream.unused_data:
        raise ValueError(f"cut short, followed by other bytes, or more than {most} bytes")
    return colours


def pack(colours: bytes) -> tuple[int, bytes]:
    """Pack a board in the shorter coding.

    :return: the coding and the packed board.
    """
    packed = compress(colours)
    return (ZLIB, packed) if len(packed) < len(colours) else (PLAIN, colours)


def unpack(coding: int, packed: bytes, most: int) -> bytes:
    """Undo :func:`pack`.

    :param most: longest result of :data:`ZLIB`, in bytes.
    :raises ValueError: the coding is unknown, or :func:`decompress` fails.
    """
    if coding == PLAIN:
        return packed
    if coding != ZLIB:
        raise ValueError("an unknown coding")
    return decompress(packed, most)
