"""Windows of ``dcc draw`` in the test's own process, worked with mouse and keys.

    with Desk() as desk:
        window = desk.open(server.port)
        desk.click(window, column=3, row=4)
        desk.until(lambda: desk.colour(window, 3, 4) == "#000000")

The windows are on a Qt reactor of their own, beside the global one, which Twisted's test cases use. Nothing
here sleeps: it lets Qt and the sockets work until a condition holds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from ctypes import CDLL, c_void_p
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qt5reactor
from PyQt5 import sip
from PyQt5.QtCore import QLibraryInfo, QPoint, QPointF, Qt
from PyQt5.QtGui import QImage, QTouchDevice, QWheelEvent
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication

from dcc.client.address import Address, Invitation
from dcc.client.endpoint import Server
from dcc.client.identity import Identity
from dcc.client.link import LinkState
from dcc.client.resolver import DaemonResolver
from dcc.commands.draw import make_window
from dcc.core.palette import AF06
from dcc.window import theme
from dcc.window.window import Window
from tests.support.server_process import PATIENCE_SECONDS

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NO_KEY, ALT, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier

WHEEL_NOTCH = 120

_TURN_MS = 5
"""How long Qt and the sockets work between two looks at a condition."""


@cache
def qt_reactor() -> Any:
    """The reactor of all windows of this process; an application has to be there."""
    reactor = qt5reactor.QtReactor()
    reactor.installNameResolver(DaemonResolver(reactor))  # no threads that the end of the tests would wait for
    reactor.runReturn(installSignalHandlers=False)
    return reactor


@cache
def touch_screen() -> QTouchDevice:
    """A touch screen of this process. PyQt5 leaves out Qt's function for it, ``QWindowSystemInterface``'s."""
    screen = QTouchDevice()
    screen.setType(QTouchDevice.DeviceType.TouchScreen)
    screen.setCapabilities(QTouchDevice.CapabilityFlag.Position)
    library = Path(QLibraryInfo.location(QLibraryInfo.LibraryLocation.LibrariesPath), "libQt5Gui.so.5")
    CDLL(str(library))._ZN22QWindowSystemInterface19registerTouchDeviceEPK12QTouchDevice(
        c_void_p(sip.unwrapinstance(screen))
    )
    return screen


class Desk:
    """Opens windows and works with them; they are closed as the block ends.

    :ivar reactor: theirs.
    """

    def __init__(self) -> None:
        """There has to be an application; pytest-qt's ``qtbot`` makes one, and fails a test on whose slots raise."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application)
        self.reactor = qt_reactor()
        self._windows: list[Window] = []

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_error: object) -> None:
        for window in self._windows:
            self.close(window)
            window.deleteLater()

    def open(
        self,
        port: int,
        *,
        host: str = "127.0.0.1",
        trust: Any = None,
        key: str = "",
        online: bool = True,
        invitation: Invitation | None = None,
        identity: Identity | None = None,
    ) -> Window:
        """Open a window on a server.

        :param invitation: with the server's page and the place to show.
        :param trust: see :class:`~dcc.client.endpoint.Server`.
        :param key: of the user; none if empty.
        :param online: whether to wait for the board.
        :param identity: of the user, in place of the key.
        """
        window = make_window(
            self.reactor, Server(Address(host, port), trust), identity or Identity(key=key), invitation
        )
        self._windows.append(window)
        window.show()
        assert QTest.qWaitForWindowExposed(window, int(PATIENCE_SECONDS * 1000))
        if online:
            self.until_online(window)
        return window

    def close(self, window: Window) -> None:
        """Close a window, and wait until it has said goodbye."""
        left: list[None] = []
        window.close()
        window.leave().addCallback(left.append)
        self.until(lambda: bool(left))

    def until(self, condition: Callable[[], bool]) -> None:
        """Let everything work until the condition holds.

        :raises AssertionError: it took too long.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "it took too long"
            QTest.qWait(_TURN_MS)

    def until_online(self, window: Window) -> None:
        """Wait for the board, and until everything in the window has its place."""
        self.until(lambda: window.link.state is LinkState.ONLINE)
        QApplication.sendPostedEvents()
        QApplication.processEvents()

    def until_drawn(self, window: Window) -> None:
        """Wait until the screen is as it would be if it were drawn anew."""
        self.until(lambda: self.screen(window) == window.board.grab().toImage())

    def until_answered(self, window: Window) -> None:
        """Wait until the server has answered all that was painted (version 2)."""
        self.until(lambda: window.link.replica.unanswered == 0)

    # --- mouse and keys ------------------------------------------------------------------------------------

    def click(self, window: Window, column: int, row: int, modifier: Any = NO_KEY) -> None:
        """Click a cell."""
        QTest.mouseClick(window.windowHandle(), LEFT, modifier, self._point(window, column, row))

    def drag(self, window: Window, *points: QPoint, button: Any = LEFT) -> None:
        """Press a button at the first point of the board widget, move over the others, let it go at the last."""
        # Through the window, not the widget: so Qt makes of it what it makes of a mouse.
        handle, (first, *others) = window.windowHandle(), [window.board.mapTo(window, point) for point in points]
        QTest.mousePress(handle, button, NO_KEY, first)
        for point in others:
            QTest.mouseMove(handle, point)
        QTest.mouseRelease(handle, button, NO_KEY, others[-1])

    def draw_line(self, window: Window, *cells: tuple[int, int]) -> None:
        """Drag from cell to cell."""
        self.drag(window, *(window.board.point_of(*cell) for cell in cells))

    def draw_row(self, window: Window, row: int, names: list[str]) -> None:
        """Choose each colour of the activity by its key, and drag over the cells that have it."""
        column = 0
        for name, run in groupby(names):
            length = len(list(run))
            self.press(window, Qt.Key.Key_1 + AF06.index[name])
            self.draw_line(window, (column, row), (column + length - 1, row))
            column += length

    def hover(self, window: Window, column: int, row: int) -> None:
        """Move the pointer to a cell, from the pixel beside: Qt takes no move to where the pointer was last.

        A window that opens slowly may have forgotten where that is.
        """
        point = self._point(window, column, row)
        for near in (point + QPoint(1, 0), point):
            QTest.mouseMove(window.windowHandle(), near)

    def move_away(self, window: Window) -> None:
        """Move the pointer off the board."""
        QTest.mouseMove(window.windowHandle(), QPoint(1, 1))
        self.until(lambda: window.board.hovered == -1)

    def _point(self, window: Window, column: int, row: int) -> QPoint:
        return window.board.mapTo(window, window.board.point_of(column, row))

    def turn_wheel(self, window: Window, at: QPoint, angle: int) -> None:
        """Turn the wheel so far away from the hand, in eighths of a degree."""
        event = QWheelEvent(
            QPointF(at),
            QPointF(window.board.mapToGlobal(at)),
            QPoint(),
            QPoint(0, angle),
            Qt.MouseButton.NoButton,
            NO_KEY,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(window.board, event)

    def press(self, window: Window, key: Any, modifier: Any = NO_KEY) -> None:
        """Press a key in a window and let it go."""
        window.activateWindow()  # shortcuts are those of the active one
        self.until(window.isActiveWindow)
        QTest.keyClick(window.board, key, modifier)

    # --- what is seen ---------------------------------------------------------------------------------------

    def screen(self, window: Window) -> QImage:
        """The board on the screen: the pixels drawn there, without drawing anew."""
        screen = window.windowHandle().screen()
        corner, size = window.board.mapTo(window, QPoint()), window.board.size()
        pixmap = screen.grabWindow(int(window.winId()), corner.x(), corner.y(), size.width(), size.height())
        return pixmap.toImage()

    def colour(self, window: Window, column: int, row: int) -> str:
        """What a cell looks like on the screen, ``#rrggbb``."""
        return self.screen(window).pixelColor(window.board.point_of(column, row)).name()

    def picture(self, window: Window) -> list[list[str]]:
        """What every cell looks like on the screen, row by row; all of them have to be in view."""
        view = window.board.view
        assert view is not None
        screen = self.screen(window)
        return [
            [screen.pixelColor(window.board.point_of(column, row)).name() for column in range(view.columns)]
            for row in range(view.rows)
        ]
