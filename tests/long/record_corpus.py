"""Records the corpus of :mod:`tests.long.fuzz`: the bytes of real clients to a real server.

    python -m tests.long.record_corpus

Window, page, scripts, a client of the published activity, a stranger and a monitor each connect through a tap that
keeps their bytes.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from PIL import Image
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication

from dcc.client.link import LinkState
from dcc.core.actions import (
    Action,
    AddAreas,
    AddGrid,
    AddKey,
    AddTemplate,
    Announce,
    Area,
    Ban,
    Choice,
    Clear,
    Entry,
    Freeze,
    Group,
    NameMoment,
    Rectangle,
    RemoveAreas,
    RemoveTemplate,
    RevokeKey,
    RollBack,
    SetCooldown,
    SetEntry,
    SetRest,
    Thaw,
    Unban,
)
from dcc.core.people import Role
from dcc.protocol import codec, version2
from dcc.protocol.frames import FrameDecoder
from dcc.protocol.messages import (
    Act,
    AskHeat,
    AskHistory,
    AskLog,
    AskPainters,
    AskPeople,
    AskPreview,
    AskTemplate,
    Closing,
    Goodbye,
    Hello,
)
from tests.support.chromium import Chromium
from tests.support.conversations import CANVAS_ID, CORPUS, Conversation, save_corpus
from tests.support.desk import CTRL, Desk
from tests.support.server_process import DCC, Peer, Version1Process, WebServer
from tests.support.websocket import BINARY, TEXT, Connection, ask

SIZE = (16, 12)


class Tap:
    """Passes connections on to a server, and keeps the bytes of the clients; stops as the block ends.

    :ivar port: of the tap, on 127.0.0.1.
    :ivar heard: the bytes of each connection, in the order of connecting.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard: list[bytearray] = []
        self._servers: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Cut every connection off."""
        for server in self._servers:
            if server.fileno() != -1:
                server.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Tap:
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._server_port))
            self._servers.append(server)
            self.heard.append(bytearray())
            for source, sink, heard in ((client, server, self.heard[-1]), (server, client, bytearray())):
                threading.Thread(target=_pass_on, args=(source, sink, heard), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket, heard: bytearray) -> None:
    try:
        while data := source.recv(65536):
            heard += data
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # a side has closed


def read_tcp(client: str, data: bytes) -> Conversation:
    """Return the messages sent on TCP."""
    decoder = FrameDecoder(2**20)
    decoder.feed(data)
    return Conversation(client, "tcp", tuple(iter(decoder.next_payload, None)))


def read_web(client: str, data: bytes) -> Conversation:
    """Return the messages sent on HTTP or WebSocket."""
    requests = re.findall(rb".*?\r\n\r\n", data, re.DOTALL)
    for number, request in enumerate(requests):
        if b"upgrade: websocket" in request.lower():
            assert number == 0, "a WebSocket on a connection that was used before"
            return Conversation(client, "websocket", (request, *_messages(data[len(request) :])))
    return Conversation(client, "http", tuple(requests))


def _messages(data: bytes) -> list[bytes]:
    """Return the messages in a browser's frames, all shorter than 64 KiB and not fragmented."""
    messages = []
    while data:
        length, start = data[1] & 0x7F, 2
        if length == 126:
            length, start = int.from_bytes(data[2:4], "big"), 4
        mask, payload = data[start : start + 4], data[start + 4 : start + 4 + length]
        if data[0] & 0xF in (TEXT, BINARY):
            messages.append(bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload)))
        data = data[start + 4 + length :]
    return messages


def use_version_1(port: int) -> None:
    """Paint as the published activity does, and say goodbye."""
    with Version1Process(port) as client:
        client.paint(3, 10, "red")
        client.wait_for_boards(2)
        client.paint(11, 15, "magenta")
        client.paint(99, 0, "red")
        client.wait_for_boards(4)
        client.leave()


def use_everything(port: int) -> None:
    """Ask each question, and try each action, as a stranger: nothing of what the fuzzer sends may change the rules."""
    here, now = Rectangle(1, 2, 3, 4), 1_700_000_000_000
    choice = Choice(("Ana",), ("192.0.2.0/24",), (3,), 2, here, now, now + 1)
    actions: tuple[Action, ...] = (
        *(Freeze(), Thaw(), AddAreas((Area("north", here, ("Ana",)), Area("south", here, Group.EVERYBODY)))),
        *(AddGrid(("Ana", "Eva"), here), RemoveAreas(("north",)), SetRest(Group.MODERATORS)),
        *(Ban("Eva", "", "spam", until_ms=now), Ban("", "192.0.2.7", "spam", True), Unban("Eva"), Announce("Hello")),
        *(NameMoment("first"), AddTemplate("sun", here, "eJwDAAAAAAE="), RemoveTemplate("sun")),
        *(SetEntry(Entry.CODE, "sunflower"), SetCooldown(5, 3), AddKey("Eva", "0" * 64, Role.MODERATE, now)),
        *(RevokeKey("Eva"), RollBack(choice), Clear(here)),
    )
    questions = (AskHistory(1), AskHeat(2), AskPainters(3), AskTemplate(4, 1), AskPeople(5), AskLog(6), AskLog(7, 3))
    acts = [Act(10 + number, action) for number, action in enumerate(actions)]
    for messages in (questions, (*acts, AskPreview(8, choice)), (*questions, AskPreview(9, Choice(action=1)), *acts)):
        with Peer(port) as peer:
            for message in (Hello(2, name="Ana", code="sunflower"), *messages, Goodbye()):
                peer.send(version2.encode_command(message))
            while codec.decode_server(peer.receive()) != Closing():
                pass


def use_scripts(port: int, folder: Path) -> None:
    """Paint an image, and save the board."""
    image = Image.new("RGB", (8, 6), "#00ffff")
    image.putpixel((2, 3), (255, 0, 0))
    image.save(folder / "image.png")
    for words in (
        ["paint", str(folder / "image.png"), "--at", "2,1"],
        ["snapshot", str(folder / "board.png")],
    ):
        subprocess.run([DCC, *words, f"127.0.0.1:{port}"], check=True)


def use_window(tap: Tap) -> None:
    """Draw, undo, look at the past, ask for the painter of a cell, lose the connection and come back."""
    with Desk() as desk:
        window = desk.open(tap.port)
        desk.press(window, Qt.Key.Key_3)
        desk.draw_line(window, (1, 1), (9, 7))
        desk.click(window, 15, 11)
        desk.until_answered(window)
        desk.press(window, Qt.Key.Key_Z, CTRL)
        desk.until_answered(window)
        desk.hover(window, 4, 4)
        desk.press(window, Qt.Key.Key_W)
        desk.until(lambda: "Column" in window.notice.text())
        desk.press(window, Qt.Key.Key_H)
        desk.until(lambda: window.history.isVisible() and bool(window.history.moment.text()))
        window.history.slider.setValue(2)
        desk.until(lambda: window.history.moment.text().startswith("2"))
        desk.press(window, Qt.Key.Key_H)
        tap.cut()
        desk.until(lambda: window.link.state is LinkState.AWAY)
        desk.until_online(window)
        desk.click(window, 0, 11)
        desk.until_answered(window)


def use_page(tap: Tap) -> None:
    """The same in a browser."""
    with Chromium() as chromium:
        tab = chromium.open(f"http://127.0.0.1:{tap.port}/")
        tab.drag((1, 2), (12, 9))
        tab.type("4")
        tab.click(0, 0)
        tab.until_answered()
        tab.type("Ctrl+z")
        tab.until_answered()
        tab.press("help")
        tab.element("name").send_keys("Ana")
        tab.driver.find_element("css selector", "dialog button").click()
        tab.press("who")
        tab.click(3, 2)
        tab.until(lambda: tab.text("notice").startswith("Column 3, row 2: "))
        tab.press("history")
        tab.until(lambda: tab.text("when") != "")
        tab.type("ARROW_LEFT", "ARROW_LEFT")
        tab.press("now")
        tap.cut()
        tab.until(lambda: len(tap.heard) > 1 and tab.script("return document.body.dataset.link !== 'online'"))
        tab.until_online()
        tab.click(5, 5)
        tab.until_answered()
        chromium.close_tabs()


def use_http(port: int) -> None:
    """Send the requests of scripts and monitors, on the same connection."""
    with Connection(port) as connection:
        _status, headers, _body = ask(connection, "/board.png?scale=2")
        ask(connection, "/board.png?scale=2", f"If-None-Match: {headers['etag']}")
        for target in ("/api/info", "/api/pixel?column=3&row=4", "/healthz", "/metrics"):
            ask(connection, target)
        ask(connection, "/", method="HEAD")


def main() -> None:
    """Record all, and write the corpus anew."""
    application = QApplication([])
    conversations = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store, canvas = f"sqlite:{folder}/dcc.sqlite3", "x".join(map(str, SIZE))
        with WebServer("--store", store, "--canvas", canvas, language="en") as server:
            for client, use in (
                ("version 1", lambda tap: use_version_1(tap.port)),
                ("stranger", lambda tap: use_everything(tap.port)),
                ("scripts", lambda tap: use_scripts(tap.port, folder)),
                ("window", use_window),
            ):
                with Tap(server.port) as tap:
                    use(tap)
                    conversations += [read_tcp(client, bytes(heard)) for heard in tap.heard]
            for client, use in (("page", use_page), ("monitor", lambda tap: use_http(tap.port))):
                with Tap(server.web_port) as tap:
                    use(tap)
                    conversations += [read_web(client, bytes(heard)) for heard in tap.heard if heard]
            with Connection(server.web_port) as connection:
                canvas_id = json.loads(ask(connection, "/api/info")[2])["canvas"].encode()
    application.quit()
    save_corpus(
        [
            Conversation(each.client, each.wire, tuple(text.replace(canvas_id, CANVAS_ID) for text in each.messages))
            for each in conversations
        ]
    )
    for each in conversations:
        print(f"{each.client:10} {each.wire:10} {len(each.messages):3} messages")
    print(f"{CORPUS}: {CORPUS.stat().st_size} bytes")


if __name__ == "__main__":
    main()
