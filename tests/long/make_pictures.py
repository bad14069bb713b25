"""Makes the pictures of the README, from real windows on a real server.

python -m tests.long.make_pictures docs/images
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from itertools import chain, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication

from dcc.commands.draw import translate
from dcc.core.canvas import pack_pixels
from dcc.core.palette import AF06
from dcc.protocol import codec, version2
from dcc.protocol.messages import Acknowledged, Hello, Paint
from dcc.window.window import Window
from tests.support.desk import WHEEL_NOTCH, Desk
from tests.support.picture import sunset
from tests.support.server_process import DCC, LineProcess, Peer, ServerProcess, Version1Process

STROKE = 6
"""Cells painted at a time by a painter of the film."""


def main(folder: Path) -> None:
    """Draw the picture in two windows and a program of the activity; save a picture of the first window."""
    application = QApplication(["make_pictures"])
    translate(application, "es")
    picture = sunset()
    with ServerProcess() as server, Desk() as desk, Version1Process(server.port) as program:
        windows = [desk.open(server.port) for _ in range(2)]
        for window in windows:
            window.resize(720, 788)
        desk.until(lambda: all(window.board.height() > 600 for window in windows))
        for row, names in enumerate(picture):
            if row % 3:
                desk.draw_row(windows[row % 3 - 1], row, names)
            else:
                for column, name in enumerate(names):
                    program.paint(row, column, name)
        whole = bytes(AF06.index[name] for names in picture for name in names)
        window = windows[0]
        desk.until(lambda: window.link.replica.shown == whole)
        desk.until(lambda: window.status.users.text().startswith("3"))
        desk.press(window, Qt.Key.Key_7)
        desk.hover(window, 33, 40)
        save(window, folder / "window.png")
        desk.press(window, Qt.Key.Key_G)
        for _ in range(2):
            desk.turn_wheel(window, window.board.point_of(14, 18), WHEEL_NOTCH)
        desk.hover(window, 14, 18)
        save(window, folder / "window_zoomed.png")
        program.leave()


def film(folder: Path) -> None:
    """Let seven painters draw the picture at once, each with a colour; make a time-lapse of the record."""
    cells: dict[int, list[tuple[int, int]]] = {}
    for cell, name in enumerate(name for names in sunset() for name in names):
        cells.setdefault(AF06.index[name], []).append((cell, AF06.index[name]))
    with TemporaryDirectory() as temporary, ExitStack() as stack:
        record = Path(temporary, "drawing.sqlite3")
        server = stack.enter_context(ServerProcess("--store", f"sqlite:{record}"))
        strokes = []
        for pixels in cells.values():
            painter = stack.enter_context(Peer(server.port))
            painter.send(version2.encode_command(Hello(2)))
            strokes.append([(painter, pixels[start : start + STROKE]) for start in range(0, len(pixels), STROKE)])
        for request, (painter, pixels) in enumerate(filter(None, chain.from_iterable(zip_longest(*strokes)))):
            painter.send(version2.encode_command(Paint(request, pack_pixels(pixels))))
            while not isinstance(codec.decode_server(painter.receive()), Acknowledged):
                pass
        server.stop()
        words = ["timelapse", str(folder / "timelapse.gif"), "--seconds", "6", "--scale", "6", "--store", str(record)]
        with LineProcess([DCC, *words]) as command:
            assert command.finish() == 0, command.output


def save(window: Window, path: Path) -> None:
    """The whole window."""
    image = window.grab().toImage()
    assert image.save(str(path), "PNG"), f"{path} cannot be written"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    film(Path(sys.argv[1]))
