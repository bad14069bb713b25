"""What ``dcc serve`` prints past the log: with ``--share`` the link for the room, large and plain, and its QR code; the
line with the owner's key.
"""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Protocol

from dcc.core.actions import Entry
from dcc.language import _

_BOLD, _WHITE_ON_BLACK, _PLAIN = "\x1b[1m", "\x1b[97;40m", "\x1b[0m"


class Out(Protocol):
    """A text stream: standard output, or what takes its place."""

    def write(self, text: str, /) -> object:
        """Write whole lines.

        :raises UnicodeEncodeError: the encoding of the output lacks a character.
        """

    def flush(self) -> object:
        """Write what is buffered."""

    def isatty(self) -> bool:
        """Whether the output is a terminal."""


def show_share(out: Out | None, address: str, link: str | None, entry: Entry, *, is_open: bool) -> None:
    """Print how others join, past the log: a terminal gets no time and name before each line.

    :param out: standard output; nothing if there is none.
    :param address: of the port for canvas clients.
    :param link: of the page; nothing if there is no page.
    :param entry: who may paint.
    :param is_open: whether other machines can reach the page, or without a page the port.
    """
    if out is None:
        return
    is_terminal = out.isatty()
    with suppress(OSError, UnicodeEncodeError):  # the log has the link too
        out.write("\n".join(_lines(address, link, entry, is_open, is_terminal)) + "\n")
        out.flush()


def show_owner(out: Out, title: str, secret: str) -> None:
    """Print the owner's key, past the log: a log is kept, and read by others.

    :param title: what the key is for.
    :param secret: the key, or the link with the key; a terminal gets it on a line of its own, not broken in two.
    """
    with suppress(OSError, UnicodeEncodeError):
        out.write(f"\n{title}\n\n    {_BOLD}{secret}{_PLAIN}\n\n" if out.isatty() else f"{title} {secret}\n")
        out.flush()


def _lines(address: str, link: str | None, entry: Entry, is_open: bool, is_terminal: bool) -> list[str]:
    if is_open and entry is Entry.OPEN:
        title = _("Others join here; anybody who can reach this address can paint:")
    elif is_open and entry is Entry.CODE:
        title = _("Others join here; whoever says the code can paint, and everybody else watches:")
    elif is_open:
        title = _("Others join here; whoever has a key can paint, and everybody else watches:")
    else:
        title = _(
            "Only this computer can join here: there is no network, or --interface, --port or --http lets no others in."
        )
    lines = ["", title, ""]
    shown = link or f"dcc draw {address}"
    lines += ["    " + (f"{_BOLD}{shown}{_PLAIN}" if is_terminal else shown), ""]
    if link is None:
        lines += [_("For a page in their browsers: pip install 'drawcolorcanvas[web]'"), ""]
    elif is_terminal:
        code = _qr_code(link)
        lines += code or [_("For a QR code here: pip install 'drawcolorcanvas[web]'")]
        lines.append("")
    return lines


def _qr_code(link: str) -> list[str]:
    """Draw a QR code, white on black whatever the terminal's colours; nothing without the library."""
    try:
        import segno
    except ImportError:
        return []
    drawn = io.StringIO()
    segno.make(link, micro=False).terminal(drawn, compact=True)
    return [f"{_WHITE_ON_BLACK}{line}{_PLAIN}" for line in drawn.getvalue().splitlines()]
