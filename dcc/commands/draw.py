"""``dcc draw``: a window with a board to draw on."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import qt5reactor
from PyQt5.QtCore import QLibraryInfo, QLocale, QMessageLogContext, Qt, QtMsgType, QTranslator, qInstallMessageHandler
from PyQt5.QtWidgets import QApplication
from twisted.internet.endpoints import quoteStringArgument
from twisted.internet.error import ReactorNotRunning

from dcc import limits
from dcc.client import settings
from dcc.client.address import DEFAULT_ADDRESS, AnyAddress, Invitation, UnixAddress
from dcc.client.endpoint import Server
from dcc.client.identity import Identity
from dcc.client.keyring import Keyring, usual_path
from dcc.client.own_name import OwnName
from dcc.client.recent import RecentServers
from dcc.client.resolver import DaemonResolver
from dcc.commands.arguments import (
    add_key_option,
    add_name_option,
    add_server_arguments,
    chosen_identity,
    chosen_server,
)
from dcc.errors import DccError
from dcc.language import Language, _, spoken
from dcc.monotonic import wait_monotonically
from dcc.stdout import complain
from dcc.window import theme
from dcc.window.start import StartWindow
from dcc.window.window import Window


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Open a window and draw. Without a server the window asks for one. A key that the server accepts is remembered "
        "for the next time, in {path}."
    ).format(path="~/.config/dcc/keys.json")
    add_name_option(parser)
    add_key_option(parser)
    add_server_arguments(parser, default=None)


def run(arguments: argparse.Namespace) -> int:
    """Show the window until the user closes the window, or presses Ctrl+C in the terminal.

    :raises DccError: there is no screen, or TLS is impossible.
    """
    if sys.platform.startswith("linux") and not any(
        os.environ.get(variable) for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        raise DccError(_("there is no screen to open a window on: neither DISPLAY nor WAYLAND_DISPLAY is set"))
    # Qt ends the program at an exception in a slot of ours, unless there is a hook; this hook prints the traceback.
    sys.excepthook = lambda *error: sys.__excepthook__(*error)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_EnableHighDpiScaling)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_UseHighDpiPixmaps)
    # A desktop scaled by 1.5 is not rounded to 2: the board is drawn in the screen's own pixels anyway.
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = _open_screen()
    # The reactor takes over the existing application, and has to be installed before its import.
    qt5reactor.install()
    from twisted.internet import reactor

    loop: Any = reactor
    wait_monotonically(loop)
    loop.installNameResolver(DaemonResolver(loop))
    theme.apply(application, theme.is_system_dark(application))
    translate(application, spoken())
    windows = Windows(loop, arguments)
    windows.begin()
    loop.run()
    return 0


class Windows:
    """The window on the screen: one that asks for a server, or one with a board.

    :ivar shown: that window.
    """

    def __init__(self, reactor: Any, arguments: argparse.Namespace) -> None:
        """:param arguments: of the command line; ``address`` is None without one."""
        self.shown: StartWindow | Window
        self._reactor = reactor
        self._arguments = arguments
        self._recent = RecentServers(settings.folder() / "servers.json")

    def begin(self) -> None:
        """Show the first window.

        :raises DccError: see :func:`make_window`.
        """
        if self._arguments.address is None:
            self.ask()
        else:
            self.draw()

    def ask(self) -> None:
        """Ask for a server."""
        here = Invitation(DEFAULT_ADDRESS)
        self.shown = window = StartWindow(self._recent.read(), here, shlex.join([*_program(), "serve", "--share"]))
        window.chosen.connect(self._choose)
        window.closed.connect(lambda: _stop(self._reactor))
        window.show()

    def _choose(self, invitation: Invitation) -> None:
        asking = self.shown
        before, self._arguments.address = self._arguments.address, invitation
        try:
            self.draw()
        except DccError as error:
            self._arguments.address = before
            assert isinstance(asking, StartWindow)
            asking.refuse(str(error))
        else:
            asking.close()
            asking.deleteLater()

    def draw(self) -> None:
        """Show the board of the chosen server.

        :raises DccError: see :func:`make_window`.
        """
        server = chosen_server(self._arguments)
        invitation = self._arguments.address._replace(needs_tls=server.trust is not None)
        identity = remembered_identity(self._arguments)
        self.shown = window = make_window(self._reactor, server, identity, invitation)
        stopping = self._reactor.addSystemEventTrigger("before", "shutdown", window.leave)
        window.closed.connect(lambda: _stop(self._reactor))
        window.joined.connect(lambda: self._keep(invitation))
        window.elsewhere_wanted.connect(lambda: self._leave(window, stopping))
        window.show()

    def _leave(self, window: Window, stopping: Any) -> None:
        window.closed.disconnect()
        self._reactor.removeSystemEventTrigger(stopping)
        self.ask()
        window.close()
        window.leave().addBoth(lambda _left: window.deleteLater())

    def _keep(self, invitation: Invitation) -> None:
        try:
            self._recent.keep(invitation)
        except DccError as error:
            complain(f"dcc draw: {error}")


def _open_screen() -> QApplication:
    """Make Qt's application. Without a screen, print a line with the reason and end the process.

    Qt aborts in this case, after messages with the reasons and a last, fatal message.
    """
    said: list[str] = []

    def hear(kind: QtMsgType, _context: QMessageLogContext, text: str | None) -> None:
        if kind == QtMsgType.QtFatalMsg:
            line = _("no window can be opened: {reasons} (see DISPLAY, WAYLAND_DISPLAY and QT_QPA_PLATFORM)")
            print(f"dcc draw: {line.format(reasons='; '.join(said))}", file=sys.stderr, flush=True)
            os._exit(1)
        said.append((text or "").strip())

    qInstallMessageHandler(hear)
    application = QApplication(["dcc draw"])
    qInstallMessageHandler(None)
    for line in said:
        print(f"dcc draw: {line}", file=sys.stderr)
    return application


def remembered_identity(arguments: argparse.Namespace) -> Identity:
    """Return who the user is: by the command line, otherwise by the key that the server accepted the last time.

    Without a readable file of remembered keys, the window opens all the same.

    :raises DccError: see :func:`chosen_identity`.
    """
    identity = chosen_identity(arguments, arguments.name)
    server, keyring = str(arguments.address), Keyring(usual_path())

    def keep(key: str) -> None:
        try:
            keyring.keep(server, key)
        except DccError as error:
            complain(f"dcc draw: {error}")

    identity.keep = keep
    own_name = OwnName(settings.folder() / "name.json")

    def keep_name(name: str) -> None:
        try:
            own_name.keep(name)
        except DccError as error:
            complain(f"dcc draw: {error}")

    identity.keep_name = keep_name
    if not identity.name:
        kept = own_name.read()
        identity.name, identity.asks_name = kept or "", kept is None
    if not identity.key:
        try:
            identity.key = keyring.key_for(server)
        except DccError as error:
            complain(f"dcc draw: {error}")
    return identity


def make_window(
    reactor: Any, server: Server, identity: Identity | None = None, invitation: Invitation | None = None
) -> Window:
    """Make a window for a server.

    :param invitation: with the page of the server, and with the place to show.
    :raises DccError: see :meth:`~dcc.client.endpoint.Server.endpoint`.
    """
    advice = "" if server.trust is not None else advice_to_serve(server.address)
    return Window(reactor, server.endpoint(reactor), invitation or Invitation(server.address), identity, advice)


def advice_to_serve(address: AnyAddress) -> str:
    """Say which command hosts a board at an address, here or on the other machine, ready to be copied."""
    if isinstance(address, UnixAddress):
        endpoint = f"unix:{quoteStringArgument(address.path)}"
        return _("To host a board here:") + "\n" + shlex.join([*_program(), "serve", "--port", endpoint])
    port = [] if address.port == limits.DEFAULT_PORT else ["--port", str(address.port)]
    if not _is_this_machine(address.host):
        return _("To host a board there:") + "\n" + shlex.join(["dcc", "serve", "--share", *port])
    # A server listens on 127.0.0.1 by default.
    interface = [] if address.host in ("127.0.0.1", "localhost") else ["--interface", address.host]
    return _("To host a board here:") + "\n" + shlex.join([*_program(), "serve", *interface, *port])


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _program() -> list[str]:
    """Return the words by which a shell finds this program."""
    if shutil.which("dcc") is not None:
        return ["dcc"]
    for path in (Path(sys.argv[0]), Path(sys.executable).with_name("dcc")):
        if path.name == "dcc" and path.exists():
            return [str(path)]
    return [sys.executable, "-m", "dcc.cli"]


def translate(application: QApplication, language: Language) -> None:
    """Have Qt's own texts and dates in this language, which the process speaks."""
    if QLocale.system().name()[:2] != language:
        QLocale.setDefault(QLocale(language))
    for translator in application.findChildren(QTranslator):
        application.removeTranslator(translator)
        translator.deleteLater()
    translator = QTranslator(application)
    if language != "en" and translator.load(f"qtbase_{language}", QLibraryInfo.location(QLibraryInfo.TranslationsPath)):
        application.installTranslator(translator)


def _stop(reactor: Any) -> None:
    with suppress(ReactorNotRunning):  # stopped already by Ctrl+C
        reactor.stop()
