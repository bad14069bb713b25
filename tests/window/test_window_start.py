"""A window without a server, the last servers, and the colours of the desktop."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication

from dcc.client.address import Address, Invitation
from dcc.client.recent import KEPT, RecentServers
from dcc.commands import draw
from dcc.language import Language, speak
from dcc.window import theme
from dcc.window.start import StartWindow
from dcc.window.window import Window
from tests.support.desk import LEFT, Desk
from tests.support.server_process import ServerProcess

KEY = "ABCDE-FGHJK-MNPQR-STVWX-YZ0123"


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    """Where the windows are."""
    with Desk() as desk:
        yield desk


@pytest.fixture
def windows(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], draw.Windows]]:
    """``dcc draw`` with an address or without one."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    made: list[draw.Windows] = []

    def begin(address: Invitation | None) -> draw.Windows:
        arguments = argparse.Namespace(address=address, name="", key_file=None, tls=False, ca=None)
        made.append(draw.Windows(desk.reactor, arguments))
        made[-1].begin()
        return made[-1]

    yield begin
    for each in made:
        if isinstance(each.shown, Window):
            each.shown.closed.disconnect()
            desk.close(each.shown)
        else:
            each.shown.closed.disconnect()
            each.shown.close()


def started(windows: draw.Windows) -> StartWindow:
    """The window that asks."""
    assert isinstance(windows.shown, StartWindow)
    return windows.shown


def drawing(windows: draw.Windows) -> Window:
    """The window with a board."""
    assert isinstance(windows.shown, Window)
    return windows.shown


@pytest.mark.parametrize("link", ["dcc://127.0.0.1:{port}", "http://127.0.0.1:8080/#puerto={port}", "127.0.0.1:{port}"])
def test_a_link_that_is_typed_opens_the_board_and_is_offered_the_next_time(
    link: str, windows: Callable[[Any], draw.Windows], desk: Desk
) -> None:
    with ServerProcess() as server:
        program = windows(None)
        asking = started(program)
        QTest.keyClicks(asking.field, link.format(port=server.port))
        QTest.keyClick(asking.field, Qt.Key.Key_Return)
        desk.until_online(drawing(program))
        drawing(program).elsewhere_wanted.emit()
        again = started(program)
        assert again.servers[0].text() == f"127.0.0.1:{server.port}"
        QTest.mouseClick(again.servers[0], LEFT)
        desk.until_online(drawing(program))


def test_a_text_that_is_no_link_is_refused_in_the_window_with_what_to_do(
    windows: Callable[[Any], draw.Windows],
) -> None:
    asking = started(windows(None))
    for text, fault in (("", "Paste a link"), ("a b", "expected HOST or HOST:PORT"), ("dcc://x:0", "cannot be read")):
        asking.field.setText(text)
        QTest.mouseClick(asking.join, LEFT)
        assert asking.fault.isVisible() and fault in asking.fault.text()


def test_a_card_without_a_server_has_buttons_to_try_now_and_to_go_elsewhere(
    windows: Callable[[Any], draw.Windows], desk: Desk
) -> None:
    with ServerProcess() as server:
        port = server.port
    program = windows(Invitation(Address("127.0.0.1", port)))
    window = drawing(program)
    desk.until(lambda: window.empty.try_now.isVisible())
    with ServerProcess(port=port):
        QTest.mouseClick(window.empty.try_now, LEFT)
        desk.until_online(window)
    desk.until(lambda: window.banner.isVisible())
    assert window.banner.geometry().bottom() < window.board.mapTo(window, window.board.rect().topLeft()).y()


def test_the_last_servers_are_kept_without_their_keys(tmp_path: Path) -> None:
    recent = RecentServers(tmp_path / "dcc" / "servers.json")
    assert recent.read() == []
    for port in range(1, KEPT + 3):
        recent.keep(Invitation(Address("::1", port), KEY, "sunflower", needs_tls=port == 3))
    recent.keep(Invitation(Address("::1", 5)))
    ports = [server.address.port for server in recent.read() if isinstance(server.address, Address)]
    assert ports == [5, 8, 7, 6, 4, 3]
    assert recent.read()[-1] == Invitation(Address("::1", 3), needs_tls=True)
    kept = (tmp_path / "dcc" / "servers.json").read_text()
    assert KEY not in kept and "sunflower" not in kept
    (tmp_path / "dcc" / "servers.json").write_text('{"broken"')
    assert recent.read() == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_words_in_the_empty_field_are_not_cut(language: Language, desk: Desk) -> None:
    speak(language)
    try:
        window = StartWindow([], Invitation(Address("127.0.0.1", 45743)), "dcc serve --share")
    finally:
        speak("en")
    window.show()
    field, room = window.field, 2 * theme.GAP + 8  # text margins, and the frame
    desk.until(lambda: field.width() - room >= field.fontMetrics().horizontalAdvance(field.placeholderText()))
    window.close()


# --- light and dark -----------------------------------------------------------------------------------


def contrast(one: str, other: str) -> float:
    """See WCAG 2.2, relative luminance."""

    def luminance(value: str) -> float:
        channels = [int(value[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("hues", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_each_text_is_read_on_each_ground(hues: theme.Hues) -> None:
    for ground in (hues.panel, hues.raised):
        for text in (hues.ink, hues.muted, hues.bad, hues.good):
            assert contrast(text, ground) >= 4.5, (text, ground)
    assert contrast(hues.on_accent, hues.accent) >= 4.5
    assert contrast(hues.warning, hues.warning_panel) >= 4.5
    assert contrast(hues.accent, hues.panel) >= 3


@pytest.mark.parametrize("is_dark", [True, False])
def test_a_window_is_as_dark_as_the_desktop_asks(is_dark: bool, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    try:
        theme.apply(application, is_dark)  # as a desktop that hands Qt its palette
        assert theme.is_system_dark(application) == is_dark
        with ServerProcess() as server:
            window = desk.open(server.port)
            desk.until_drawn(window)
            seen = window.grab().toImage().pixelColor(window.width() - 4, window.height() - 3).name()
            assert contrast(seen, "#000000" if is_dark else "#ffffff") < 2
    finally:
        theme.apply(application)
