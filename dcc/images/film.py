"""Moving pictures of a board, written frame by frame: GIF, WebP, animated PNG, MP4.

Pillow keeps every frame of an animation in memory until the last, and a film of a large board has gigabytes of frames.
Therefore Pillow compresses single pictures, and this module writes the few bytes around them. A frame is the rectangle
of its changes; unchanged pixels are transparent if the palette has an index to spare.
"""

from __future__ import annotations

import struct
import zlib
from abc import ABC, abstractmethod
from io import BytesIO
from typing import IO, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

from dcc import limits
from dcc.core.palette import Palette
from dcc.errors import ImageError
from dcc.images.files import flat_palette
from dcc.language import _

Board = NDArray[np.uint8]
"""Indices into the palette, height x width cells."""


class Film(Protocol):
    """A writer of boards, one a frame, each shown equally long.

    :cvar longest_side: in pixels.
    """

    longest_side: ClassVar[int]

    def __init__(self, file: IO[bytes], palette: Palette, scale: int, frames_per_second: int) -> None:
        """
        :param file: at its beginning, seekable.
        :param scale: pixels a cell.
        """

    def add(self, board: Board) -> None:
        """Add the next frame."""

    def close(self) -> None:
        """Write the rest of the file."""


class _Changes(ABC):
    """A film whose frames are painted over each other.

    Equal frames become a single longer frame; each is written as soon as a different frame follows.
    """

    longest_side: ClassVar[int] = limits.SAVED_SIDE_PIXELS

    def __init__(self, file: IO[bytes], palette: Palette, scale: int, frames_per_second: int) -> None:
        """See :class:`Film`."""
        self.file = file
        self.palette = palette
        self.scale = scale
        self.frames_per_second = frames_per_second
        self.transparent = len(palette) if len(palette) < limits.PALETTE_COLOURS else None
        colours = flat_palette(palette)
        self.colours = colours if self.transparent is None else colours + colours[:3]
        self._shown: Board | None = None
        self._next: tuple[Board, int, int] | None = None  # the changes, and their place
        self._since = self._frames = 0  # number of its first frame, and of all frames so far

    def add(self, board: Board) -> None:
        """See :class:`Film`."""
        if self._shown is None:
            self._begin(board.shape[1] * self.scale, board.shape[0] * self.scale)
            self._next = board.copy(), 0, 0
        else:
            changed = board != self._shown
            if changed.any():
                self._write_next()
                self._next = self._cut(board, changed)
        self._shown = board.copy()
        self._frames += 1

    def close(self) -> None:
        """See :class:`Film`."""
        self._write_next()
        self._end()

    def _cut(self, board: Board, changed: NDArray[np.bool_]) -> tuple[Board, int, int]:
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        # At even cells, since WebP counts in pairs of pixels.
        top, left = int(rows[0]) & ~1, int(columns[0]) & ~1
        box = np.s_[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
        part = board[box].copy()
        if self.transparent is not None:
            part[~changed[box]] = self.transparent
        return part, left, top

    def _write_next(self) -> None:
        if self._next is None:
            return
        part, left, top = self._next
        self._write(enlarge(part, self.scale), left * self.scale, top * self.scale, self._since, self._frames)
        self._since = self._frames

    def _milliseconds(self, since: int, until: int, unit: int = 1) -> int:
        """Return the duration of a range of frames, in whole units of ``unit`` milliseconds, without drift."""
        per_frame = 1000 / unit / self.frames_per_second
        return round(until * per_frame) - round(since * per_frame)

    @abstractmethod
    def _begin(self, width: int, height: int) -> None:
        """Write the head of the file; sizes in pixels."""

    @abstractmethod
    def _write(self, part: Board, left: int, top: int, since: int, until: int) -> None:
        """Write a part of the picture, in pixels, shown from frame ``since`` to frame ``until``."""

    @abstractmethod
    def _end(self) -> None:
        """Write the end of the file."""


class Gif(_Changes):
    """GIF89a (https://www.w3.org/Graphics/GIF/spec-gif89a.txt), repeated for ever (the NETSCAPE2.0 extension)."""

    def _begin(self, width: int, height: int) -> None:
        bits = max(1, (len(self.colours) // 3 - 1).bit_length())  # the colour table has 2 ** bits entries
        self.file.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF0 | bits - 1, 0, 0))
        self.file.write(self.colours.ljust(3 * 2**bits, b"\0"))
        self.file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")

    def _write(self, part: Board, left: int, top: int, since: int, until: int) -> None:
        image = Image.fromarray(part, "P")
        image.putpalette(self.colours)
        words = {
            "duration": 10 * self._milliseconds(since, until, unit=10),
            "disposal": 1,
        }  # 1: the next is painted over it
        if self.transparent is not None:
            words["transparency"] = self.transparent
        for data in GifImagePlugin.getdata(image, (left, top), **words):
            self.file.write(data)

    def _end(self) -> None:
        self.file.write(b";")


class WebP(_Changes):
    """Animated WebP, lossless, repeated for ever (https://developers.google.com/speed/webp/docs/riff_container)."""

    longest_side: ClassVar[int] = 16_383  # of a frame; the format counts in 14 bits

    def _begin(self, width: int, height: int) -> None:
        self._rgba = np.full((len(self.colours) // 3, 4), 255, np.uint8)
        self._rgba[:, :3] = np.frombuffer(self.colours, np.uint8).reshape(-1, 3)
        if self.transparent is not None:
            self._rgba[self.transparent] = 0
        self.file.write(b"RIFF\0\0\0\0WEBP")
        has_animation_and_alpha = 0x12
        self._chunk(b"VP8X", struct.pack("<I", has_animation_and_alpha) + _u24(width - 1) + _u24(height - 1))
        self._chunk(b"ANIM", bytes(6))

    def _write(self, part: Board, left: int, top: int, since: int, until: int) -> None:
        still = BytesIO()
        Image.fromarray(self._rgba[part], "RGBA").save(still, "WEBP", lossless=True, quality=_WEBP_EFFORT, method=0)
        picture = still.getvalue()[12:]  # without the RIFF around it
        height, width = part.shape
        where = _u24(left // 2) + _u24(top // 2) + _u24(width - 1) + _u24(height - 1)
        self._chunk(b"ANMF", where + _u24(self._milliseconds(since, until)) + b"\0" + picture)

    def _end(self) -> None:
        length = self.file.tell()
        self.file.seek(4)
        self.file.write(struct.pack("<I", length - 8))

    def _chunk(self, name: bytes, data: bytes) -> None:
        self.file.write(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2))


_WEBP_EFFORT = 25
"""Out of 100: more effort takes many times as long and makes drawings hardly smaller."""


def _u24(number: int) -> bytes:
    return number.to_bytes(3, "little")


class Apng(_Changes):
    """Animated PNG, repeated for ever (https://www.w3.org/TR/png-3/)."""

    def _begin(self, width: int, height: int) -> None:
        self._chunks = self._pictures = 0
        self.file.write(b"\x89PNG\r\n\x1a\n")
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))  # 8 bits, palette
        self._control_at = self.file.tell()
        self._chunk(b"acTL", bytes(8))
        self._chunk(b"PLTE", self.colours)
        if self.transparent is not None:
            self._chunk(b"tRNS", b"\xff" * self.transparent + b"\0")

    def _write(self, part: Board, left: int, top: int, since: int, until: int) -> None:
        height, width = part.shape
        is_first = not self._pictures
        dispose_none, blend = 0, 0 if is_first or self.transparent is None else 1
        words = self._number(), width, height, left, top, until - since, self.frames_per_second, dispose_none, blend
        self._chunk(b"fcTL", struct.pack(">IIIIIHHBB", *words))
        rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: 0, none
        rows[:, 1:] = part
        data = zlib.compress(rows.tobytes())
        if is_first:
            self._chunk(b"IDAT", data)
        else:
            self._chunk(b"fdAT", struct.pack(">I", self._number()) + data)
        self._pictures += 1

    def _end(self) -> None:
        self._chunk(b"IEND", b"")
        self.file.seek(self._control_at)
        self._chunk(b"acTL", struct.pack(">II", self._pictures, 0))

    def _number(self) -> int:
        """Return the number of the next control or data chunk."""
        self._chunks += 1
        return self._chunks - 1

    def _chunk(self, name: bytes, data: bytes) -> None:
        self.file.write(struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)))


class Mp4:
    """H.264 in MP4, in the form for every browser and telephone. The colours are nearly the palette's."""

    longest_side: ClassVar[int] = limits.SAVED_SIDE_PIXELS

    def __init__(self, file: IO[bytes], palette: Palette, scale: int, frames_per_second: int) -> None:
        """See :class:`Film`.

        :raises ImageError: PyAV is not installed.
        """
        try:
            import av
        except ModuleNotFoundError:
            raise ImageError(_("an MP4 file needs av: pip install 'drawcolorcanvas[video]'; or make a .webp")) from None
        self._av = av
        self._container = av.open(file, "w", format="mp4")
        # A short look-ahead, since its frames wait in memory. Players expect this colour matrix.
        options = {"crf": "18", "x264-params": "rc-lookahead=10:colorprim=bt709:transfer=bt709:colormatrix=bt709"}
        self._stream = self._container.add_stream("h264", rate=frames_per_second, options=options)
        self._stream.pix_fmt = "yuv420p"
        self._rgb = np.array([colour.rgb for colour in palette], np.uint8)
        self._scale = scale
        self._frames = 0

    def add(self, board: Board) -> None:
        """See :class:`Film`."""
        part = enlarge(board, self._scale)
        height, width = part.shape
        # Colour has half the resolution, so both sides are made even by doubling the last row and column.
        part = np.pad(part, ((0, height % 2), (0, width % 2)), "edge")
        if not self._frames:
            self._stream.height, self._stream.width = part.shape
        frame = self._av.VideoFrame.from_ndarray(self._rgb[part], "rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
        frame.pts = self._frames
        self._frames += 1
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """See :class:`Film`."""
        self._container.mux(self._stream.encode(None))
        self._container.close()


def enlarge(board: Board, scale: int) -> Board:
    """Make each cell a square of pixels."""
    return board.repeat(scale, axis=0).repeat(scale, axis=1)
