"""``dcc draw``: a window onto a board, to draw on it."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from importlib import resources
from typing import Any

import qt5reactor
from PyQt5.QtCore import QLibraryInfo, QMessageLogContext, Qt, QtMsgType, QTranslator, qInstallMessageHandler
from PyQt5.QtWidgets import QApplication
from twisted.internet.error import ReactorNotRunning

from dcc import limits
from dcc.client.endpoint import Server, add_server_arguments, chosen_server
from dcc.client.resolver import DaemonResolver
from dcc.errors import DccError
from dcc.language import Language, speak, spoken
from dcc.window import theme
from dcc.window.window import Window
from dcc.wording import clip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.add_argument("--name", type=_parse_name, default="", help="how you want to be listed, up to 32 characters")
    add_server_arguments(parser)


def _parse_name(text: str) -> str:
    if len(text) > limits.NAME_CHARACTERS:
        raise argparse.ArgumentTypeError(f"{clip(text)}: at most {limits.NAME_CHARACTERS} characters")
    return text


def run(arguments: argparse.Namespace) -> int:
    """Show the window until it is closed, or Ctrl+C is pressed in the terminal.

    :raises DccError: there is no screen, or TLS is asked for and cannot be.
    """
    if sys.platform.startswith("linux") and not any(
        os.environ.get(variable) for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        raise DccError("there is no screen to open a window on: neither DISPLAY nor WAYLAND_DISPLAY is set")
    # Qt ends the program at an exception in one of our slots, unless there is a hook; this one writes the traceback.
    sys.excepthook = lambda *error: sys.__excepthook__(*error)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_EnableHighDpiScaling)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_UseHighDpiPixmaps)
    # A desktop scaled by 1.5 is not rounded to 2: the board is drawn in the screen's own pixels all the same.
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = _open_screen()
    # The reactor takes over the application that is there, and has to be installed before it is imported.
    qt5reactor.install()
    from twisted.internet import reactor

    loop: Any = reactor
    loop.installNameResolver(DaemonResolver(loop))
    theme.apply(application)
    translate(application, spoken())
    window = make_window(loop, chosen_server(arguments), arguments.name)
    window.closed.connect(lambda: _stop(loop))
    loop.addSystemEventTrigger("before", "shutdown", window.leave)
    window.show()
    loop.run()
    return 0


def _open_screen() -> QApplication:
    """Qt's application; where there is no screen for it, a line that says why, and the end of the process.

    Qt knows no other way than to abort: it tells the reasons one by one, and a last text before it does.
    """
    said: list[str] = []

    def hear(kind: QtMsgType, _context: QMessageLogContext, text: str | None) -> None:
        if kind == QtMsgType.QtFatalMsg:
            where = "see DISPLAY, WAYLAND_DISPLAY and QT_QPA_PLATFORM"
            print(f"dcc draw: no window can be opened: {'; '.join(said)} ({where})", file=sys.stderr, flush=True)
            os._exit(1)
        said.append((text or "").strip())

    qInstallMessageHandler(hear)
    application = QApplication(["dcc draw"])
    qInstallMessageHandler(None)
    for line in said:
        print(f"dcc draw: {line}", file=sys.stderr)
    return application


def make_window(reactor: Any, server: Server, name: str = "") -> Window:
    """A window for the server there.

    :raises DccError: see :meth:`~dcc.client.endpoint.Server.endpoint`.
    """
    return Window(reactor, server.endpoint(reactor), str(server.address), name)


def translate(application: QApplication, language: Language) -> None:
    """Have the program's texts, and Qt's own, in this language. The texts stand in the code in English."""
    speak(language)
    if language == "en":
        return
    folder = resources.files("dcc.window") / "translations"
    for name, path in (
        (f"qtbase_{language}", QLibraryInfo.location(QLibraryInfo.TranslationsPath)),
        (f"dcc_{language}", str(folder)),
    ):
        translator = QTranslator(application)
        if translator.load(name, path):
            application.installTranslator(translator)


def _stop(reactor: Any) -> None:
    with suppress(ReactorNotRunning):  # it stops already: Ctrl+C was pressed
        reactor.stop()
