"""Text from outside in widgets, shown as it is.

Qt takes a text that looks like HTML for HTML, and would open the files that an ``<img>`` names: names of colours and
reasons come from a server.
"""

from __future__ import annotations

from html import escape

from PyQt5.QtCore import QDateTime, Qt
from PyQt5.QtWidgets import QLabel, QWidget


class Label(QLabel):
    """A label of plain text."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)


def moment(time_ms: int) -> str:
    """Write a time in the one format of the window: of a fixed width, since a slider runs through many.

    :param time_ms: milliseconds since 1970-01-01 UTC.
    """
    return QDateTime.fromMSecsSinceEpoch(time_ms).toString("yyyy-MM-dd HH:mm:ss")


def tool_tip(text: str) -> str:
    """Return what a tooltip takes to show a plain text."""
    looks_like_html = "<" in text or "&" in text
    return f"<span>{escape(text)}</span>" if looks_like_html else text


def set_tool_tip(widget: QWidget, text: str) -> None:
    """Set a tooltip of plain text."""
    widget.setToolTip(tool_tip(text))
