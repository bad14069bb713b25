"""A sheet to print: a slip for each person, with the name, the key as a link, and the QR code of the link.

One HTML file without anything from elsewhere. Slips stand four to a row, between cut lines, and need no colours.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path

from dcc import limits
from dcc.errors import DccError
from dcc.language import _, ngettext, spoken, system_reason

_MODE = 0o600
"""Whoever reads the sheet can paint as everybody on it."""

_STYLE = """
  @page { margin: 10mm }
  body { margin: 0; color: #000; background: #fff; font: 10pt/1.35 system-ui, "Segoe UI", Roboto, Arial, sans-serif }
  header { max-width: 180mm; padding: 4mm 2mm 5mm }
  h1 { margin: 0 0 1mm; font-size: 14pt }
  p { margin: 0 0 1mm }
  ul { display: grid; grid-template-columns: repeat(4, 1fr); margin: 0; padding: 0; list-style: none;
       border-top: 1px dashed #000; border-left: 1px dashed #000 }
  li { min-width: 0; padding: 3mm; text-align: center; break-inside: avoid;
       border-right: 1px dashed #000; border-bottom: 1px dashed #000 }
  h2 { margin: 0; font-size: 12pt; overflow-wrap: anywhere }
  svg { display: block; width: 32mm; max-width: 100%; height: auto; margin: 1.5mm auto }
  code { display: block; margin-top: 1mm; font: 7pt/1.3 ui-monospace, Consolas, monospace; overflow-wrap: anywhere }
"""


@dataclass(frozen=True)
class Slip:
    """What one person is handed.

    :ivar key: as :func:`dcc.core.people.spell_key` spells it.
    """

    name: str
    key: str = field(repr=False)


def link_with_key(page: str, key: str, port: int = limits.DEFAULT_PORT) -> str:
    """Return the link that opens a page with a key. Browsers send no part after ``#`` to any server.

    :param page: the address of the page, up to the last ``/``.
    :param port: for other clients, which take the link in place of an address.
    """
    return f"{page}#clave={key}" + ("" if port == limits.DEFAULT_PORT else f"&puerto={port}")


def write_sheet(path: Path, slips: Sequence[Slip], address: str, page: str | None, made: datetime) -> None:
    """Write a sheet into a new file that only its owner can read.

    :param address: of the server, for people.
    :param page: the address of the page for browsers; None if there is none: then the slips have the keys alone.
    :param made: now, in local time.
    :raises DccError: the file is there already, or cannot be written. Keys cannot be read from anywhere else, so no
        sheet is ever overwritten.
    """
    text = sheet(slips, address, page, made)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    except OSError as error:
        raise DccError(f"{path}: {system_reason(error)}") from None
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise DccError(f"{path}: {system_reason(error)}") from None


def sheet(slips: Sequence[Slip], address: str, page: str | None, made: datetime) -> str:
    """Return the HTML of a sheet; see :func:`write_sheet`."""
    title = _("Keys for the canvas at {address}").format(address=page or address)
    count = ngettext("{count} key", "{count} keys", len(slips)).format(count=len(slips))
    advice = _(
        "For whoever leads the group, and for nobody else: cut along the dashed lines, and hand each person the slip "
        "with the own name. Whoever holds a slip paints under that name. Keep what is left where others cannot read it."
    )
    how = _("Scan the code, or type the address.") if page else _("Type: dcc draw {address}").format(address=address)
    body = "\n".join(_slip(slip, page, how) for slip in slips)
    return f"""<!doctype html>
<html lang="{spoken()}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
<p>{escape(count)} · {made:%Y-%m-%d %H:%M}</p>
<p>{escape(advice)}</p>
</header>
<ul>
{body}
</ul>
</body>
</html>
"""


def _slip(slip: Slip, page: str | None, how: str) -> str:
    if page is None:
        inside = f"<p>{escape(how)}</p><code>{escape(slip.key)}</code>"
    else:
        link = link_with_key(page, slip.key)
        inside = f"{qr_code(link)}<p>{escape(how)}</p><code>{escape(link)}</code>"
    return f"<li><h2><bdi>{escape(slip.name)}</bdi></h2>{inside}</li>"


def qr_code(text: str) -> str:
    """Return a QR code as SVG within HTML; nothing without the library, which comes with the extra ``web``."""
    try:
        import segno
    except ImportError:
        return ""
    drawn = io.BytesIO()
    code = segno.make(text, micro=False)
    code.save(
        drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=2, dark="#000", light="#fff", nl=False
    )
    return drawn.getvalue().decode()
