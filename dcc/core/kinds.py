"""What kind of file some bytes are, by the marks that formats begin with: for the line that refuses the file."""

from __future__ import annotations

import re
from typing import NamedTuple

from dcc.language import N_, _

HEAD_BYTES = 1024
"""Bytes that :func:`kind_of` looks at: an SVG file may begin with comments."""

_ISO_MEDIA = rb"(?s)....ftyp"
"""A box of the ISO base media file format (ISO/IEC 14496-12); the brand follows."""


class Kind(NamedTuple):
    """A kind of file.

    :ivar name: for people, in the language of this process, with its article.
    :ivar picture: Pillow's name of a format of pictures that we read, or empty.
    """

    name: str
    picture: str = ""


_KINDS = [
    (re.compile(mark), name, picture[0] if picture else "")
    for mark, name, *picture in (
        (rb"\x89PNG\r\n\x1a\n", N_("a PNG picture"), "PNG"),
        (rb"\xff\xd8\xff", N_("a JPEG picture"), "JPEG"),
        (rb"GIF8[79]a", N_("a GIF picture"), "GIF"),
        (rb"(?s)RIFF....WEBP", N_("a WebP picture"), "WEBP"),
        (rb"BM(?s:....)\0\0\0\0", N_("a BMP picture"), "BMP"),
        (rb"II\*\0|MM\0\*", N_("a TIFF picture"), "TIFF"),
        (_ISO_MEDIA + rb"(hei[cxms]|hev[cxms]|mif1|msf1)", N_("a HEIC photo")),
        (_ISO_MEDIA + rb"(avif|avis)", N_("an AVIF picture")),
        (_ISO_MEDIA, N_("a video")),
        (rb"\x1a\x45\xdf\xa3", N_("a video")),
        (rb"\xff\x0a|\0\0\0\x0cJXL ", N_("a JPEG XL picture")),
        (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", N_("a JPEG 2000 picture")),
        (rb"%!PS|\xc5\xd0\xd3\xc6", N_("a PostScript or EPS file")),
        (rb"%PDF", N_("a PDF file")),
        (rb"8BPS", N_("a Photoshop drawing")),
        (rb"gimp xcf", N_("a GIMP drawing")),
        (rb"(?s)...\0\xe0\xa5", N_("an Aseprite drawing")),
        (rb"\0\0[\x01\x02]\0", N_("an icon")),
        (rb"qoif", N_("a QOI picture")),
        (rb"DDS ", N_("a DDS picture")),
        (rb"ASEF|JASC-PAL|GIMP Palette|(?s:RIFF....PAL )", N_("a palette")),
        (rb"bplist", N_("a palette or another list of Apple's")),
        (rb"PK\x03\x04", N_("a ZIP archive, as drawings and palettes of Krita and Procreate are")),
        (rb"\x1f\x8b|7z\xbc\xaf|Rar!|\xfd7zXZ", N_("an archive")),
        (rb"SQLite format 3\0", N_("a record or another SQLite file")),
        (rb"(?is)(\xef\xbb\xbf)?\s*(<\?xml.*|<!--.*|<!doctype )?<?svg", N_("an SVG drawing")),
        (rb"(?is)(\xef\xbb\xbf)?\s*(<!--.*)?<(!doctype )?html", N_("a web page")),
        (rb"(\xef\xbb\xbf)?\s*<", N_("an XML file")),
        (rb"(\xef\xbb\xbf)?\s*[\[{]", N_("a JSON file")),
    )
]


def kind_of(data: bytes) -> Kind | None:
    """Return the kind of a file; nothing if no mark is known.

    :param data: the file from its beginning, at least :data:`HEAD_BYTES` of a longer file.
    """
    head = data[:HEAD_BYTES]
    return next((Kind(_(name), picture) for mark, name, picture in _KINDS if mark.match(head)), None)
