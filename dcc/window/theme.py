"""How the window looks: its few colours, its spacing, its icon.

The surroundings of a drawing are light grey without a hue, as in most image editors, so that the colours of the drawing
look the same everywhere; in a dark scheme they are dark grey. Every text has a contrast of at least 4.5 : 1 with its
background (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

import sys
from typing import NamedTuple

from PyQt5.QtCore import QRectF, QSettings, Qt
from PyQt5.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PyQt5.QtWidgets import QApplication, QStyleFactory

from dcc.core.palette import AF06, Colour
from dcc.core.perception import reads_black


class Hues(NamedTuple):
    """The colours of the window, ``#rrggbb`` each.

    :ivar faint: for what cannot be used.
    """

    backdrop: str
    panel: str
    raised: str
    line: str
    ink: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    good: str
    warning: str
    warning_panel: str
    warning_line: str
    bad: str


LIGHT = Hues(
    backdrop="#d9dce1",
    panel="#f6f7f9",
    raised="#ffffff",
    line="#c4c9d1",
    ink="#1b222d",
    muted="#566070",
    faint="#a9b0ba",
    accent="#1f55d0",
    on_accent="#ffffff",
    good="#157347",
    warning="#8a4b00",
    warning_panel="#fff1cc",
    warning_line="#e6c15c",
    bad="#b3261e",
)
DARK = Hues(
    backdrop="#1a1c20",
    panel="#25282d",
    raised="#31353b",
    line="#4a5059",
    ink="#eceef1",
    muted="#aab2bd",
    faint="#6b737e",
    accent="#8ab0ff",
    on_accent="#10182a",
    good="#63d19a",
    warning="#ffcf70",
    warning_panel="#43350f",
    warning_line="#7d6420",
    bad="#ff9d94",
)

hues = LIGHT
"""The colours now; :func:`apply` chooses."""

GAP = 8
"""Space between widgets in logical pixels; larger spaces are multiples."""


def _style(now: Hues) -> str:
    return f"""
QMainWindow, QDialog {{ background: {now.panel}; }}
QMenuBar {{ background: {now.panel}; border-bottom: 1px solid {now.line}; padding: 2px 4px; }}
QMenuBar::item {{ padding: 4px 10px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {now.accent}; color: {now.on_accent}; }}
#qt_menubar_ext_button {{ background: {now.muted}; border-radius: 4px; }}
QToolTip {{ background: {now.ink}; color: {now.panel}; border: none; padding: 4px 6px; }}
QStatusBar {{ background: {now.panel}; border-top: 1px solid {now.line}; }}
QStatusBar::item {{ border: none; }}
#prompt {{ color: {now.ink}; font-weight: 600; border: 1px solid transparent; border-radius: 8px; padding: 1px 10px; }}
#prompt[resting="true"] {{ background: {now.warning_panel}; color: {now.warning}; border-color: {now.warning_line}; }}
#muted {{ color: {now.muted}; }}
#empty {{ background: {now.backdrop}; }}
#card {{ background: {now.raised}; border: 1px solid {now.line}; border-radius: 12px; }}
#card_title {{ color: {now.ink}; font-size: 15pt; font-weight: 600; }}
#card_hint {{ background: {now.panel}; border: 1px solid {now.line}; border-radius: 6px; padding: 6px 10px;
    color: {now.ink}; }}
#card QPushButton {{ background: {now.raised}; color: {now.ink}; border: 1px solid {now.line}; border-radius: 6px;
    padding: 6px 14px; }}
#card QPushButton:hover, #card QPushButton:focus {{ border-color: {now.accent}; }}
#banner {{ background: {now.warning_panel}; color: {now.warning}; border: none;
    border-bottom: 1px solid {now.warning_line}; padding: 7px 14px; font-weight: 600; }}
#banner[insists="true"] {{ background: {now.warning}; color: {now.panel}; }}
#bulletin {{ background: {now.raised}; color: {now.ink}; border-bottom: 1px solid {now.line}; padding: 6px 12px;
    font-weight: 600; }}
#legend {{ background: {now.raised}; color: {now.ink}; border: 1px solid {now.line}; border-radius: 8px; }}
#notice {{ background: {now.ink}; color: {now.panel}; border-radius: 8px; padding: 8px 14px; }}
#tools {{ background: {now.panel}; border: none; border-right: 1px solid {now.line}; spacing: 1px; padding: 2px; }}
#tools QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 1px 2px; background: transparent; }}
#tools QToolButton:hover {{ border-color: {now.line}; background: {now.raised}; }}
#tools #qt_toolbar_ext_button {{ background: {now.muted}; }}
#tools QToolButton:checked {{ border-color: {now.accent}; background: {now.raised}; }}
#tools QToolButton:focus {{ border-color: {now.accent}; }}
#tools QToolButton::menu-indicator {{ image: none; }}
#confirm {{ background: {now.accent}; color: {now.on_accent}; border: none; border-radius: 8px; padding: 8px 22px;
    font-weight: 600; }}
#confirm:disabled {{ background: {now.line}; color: {now.muted}; }}
#confirm:focus {{ border: 2px solid {now.ink}; padding: 6px 20px; }}
#start, #start QScrollArea, #start QScrollArea > QWidget > QWidget {{ background: {now.panel}; }}
#heading {{ color: {now.ink}; font-weight: 600; }}
#fault {{ color: {now.bad}; }}
#server {{ background: {now.raised}; color: {now.ink}; border: 1px solid {now.line}; border-radius: 6px;
    padding: 8px 12px; text-align: left; }}
#server:hover, #server:focus {{ border-color: {now.accent}; }}
#key {{ background: {now.raised}; border: 1px solid {now.line}; border-bottom: 2px solid {now.line}; border-radius: 5px;
    padding: 2px 8px; color: {now.ink}; }}
"""


def apply(application: QApplication, is_dark: bool = False) -> None:
    """Give every window of the program the same look on every desktop; windows take it that are made from now on."""
    global hues
    hues = DARK if is_dark else LIGHT
    application.setStyle(QStyleFactory.create("Fusion"))
    palette = QPalette()
    for role, colour in (
        (QPalette.Window, hues.panel),
        (QPalette.WindowText, hues.ink),
        (QPalette.Base, hues.raised),
        (QPalette.AlternateBase, hues.panel),
        (QPalette.Text, hues.ink),
        (QPalette.BrightText, hues.ink),
        (QPalette.Button, hues.raised),
        (QPalette.ButtonText, hues.ink),
        (QPalette.Highlight, hues.accent),
        (QPalette.HighlightedText, hues.on_accent),
        (QPalette.ToolTipBase, hues.ink),
        (QPalette.ToolTipText, hues.panel),
        (QPalette.PlaceholderText, hues.muted),
        (QPalette.Link, hues.accent),
        (QPalette.Light, hues.raised),
        (QPalette.Mid, hues.line),
    ):
        palette.setColor(role, QColor(colour))
    for role in (QPalette.WindowText, QPalette.Text, QPalette.ButtonText):
        palette.setColor(QPalette.Disabled, role, QColor(hues.muted))
    application.setPalette(palette)
    application.setStyleSheet(_style(hues))
    application.setWindowIcon(QIcon(emblem(64)))


def is_system_dark(application: QApplication) -> bool:
    """Return whether the desktop asks for a dark scheme. Call before :func:`apply`.

    Desktops tell in one of three ways: by the portal (interface ``org.freedesktop.portal.Settings``: 1 is dark, 2
    light, 0 no preference), by the registry of Windows, and by the palette that Qt was given.
    """
    if sys.platform == "win32":
        path = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"
        return QSettings(path, QSettings.NativeFormat).value("AppsUseLightTheme", 1) in (0, "0")
    if sys.platform == "linux" and (said := _portal_scheme()):
        return said == _PORTAL_DARK
    palette = application.palette()
    return palette.color(QPalette.Window).lightness() < palette.color(QPalette.WindowText).lightness()


_PORTAL_DARK = 1

_PORTAL_MS = 500
"""Longest wait for the portal, which answers in a few milliseconds, or is not there."""


def _portal_scheme() -> int:
    """Ask the desktop portal for the colour scheme; 0 without a portal or a preference."""
    try:
        from PyQt5.QtDBus import QDBusConnection, QDBusMessage, QDBusVariant
    except ImportError:
        return 0
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return 0
    name, path, interface = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop", "Settings"
    question = QDBusMessage.createMethodCall(name, path, f"org.freedesktop.portal.{interface}", "Read")
    question.setArguments(["org.freedesktop.appearance", "color-scheme"])
    said: object = next(iter(bus.call(question, timeout=_PORTAL_MS).arguments()), 0)
    while isinstance(said, QDBusVariant):  # "Read" packs the value twice
        said = said.variant()
    return said if isinstance(said, int) else 0  # an error has a text


def contrasting(value: str) -> QColor:
    """Choose black or white, the colour with more contrast on this ``#rrggbb``."""
    return QColor(Qt.GlobalColor.black if reads_black(Colour("", value).rgb) else Qt.GlobalColor.white)


def emblem(side: int) -> QPixmap:
    """Draw the program's emblem, ``side`` pixels wide: eight colours around a blank cell."""
    order = (2, 4, 3, 7, 0, 6, 1, 5, 0)
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.Antialiasing)
    pitch = side / 3
    for place, colour in enumerate(order):
        row, column = divmod(place, 3)
        painter.setPen(QColor(hues.line) if colour == 0 else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(AF06[colour].value))
        cell = QRectF(column * pitch, row * pitch, pitch, pitch).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(cell, pitch / 6, pitch / 6)
    painter.end()
    return pixmap
