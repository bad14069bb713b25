"""Ten painters draw one picture: eight programs as the published activity describes them, and two windows.

The server is twistd's, from a built wheel in a new environment.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from PIL import Image

from dcc.core.palette import AF06
from tests.support.desk import Desk
from tests.support.picture import sunset
from tests.support.server_process import DCC, LineProcess, ServerProcess, Version1Process
from tests.test_packaging import install

VERSION_1_PAINTERS, WINDOWS = 8, 2
PAINTERS = VERSION_1_PAINTERS + WINDOWS


def rows_of(painter: int) -> range:
    """Every painter has every tenth row, so that each draws next to all others."""
    return range(painter, len(sunset()), PAINTERS)


def test_eight_programs_of_the_activity_and_two_windows_draw_one_picture(qtbot: object, tmp_path: Path) -> None:
    picture = sunset()
    installed = install()
    twistd = (str(installed.scripts / "twistd"), "--nodaemon", "--pidfile=", "dcc")
    with ServerProcess(command=twistd, cwd=installed.elsewhere) as server, Desk() as desk, ExitStack() as stack:
        windows = [desk.open(server.port) for _ in range(WINDOWS)]
        programs = [stack.enter_context(Version1Process(server.port)) for _ in range(VERSION_1_PAINTERS)]
        for painter, program in enumerate(programs):
            for row in rows_of(painter):
                for column, name in enumerate(picture[row]):
                    program.paint(row, column, name)  # x_pos is the row
        for painter, window in enumerate(windows, start=VERSION_1_PAINTERS):
            for row in rows_of(painter):
                desk.draw_row(window, row, picture[row])

        colours = bytes(AF06.index[name] for names in picture for name in names)
        values = [[AF06.colours[AF06.index[name]].value for name in names] for names in picture]
        by_column = {
            str(column): {str(row): names[column] for row, names in enumerate(picture)}
            for column in range(len(picture))
        }
        for program in programs:
            desk.until(lambda program=program: program.board() == by_column)
        for window in windows:
            desk.until(lambda window=window: window.link.replica.shown == colours)
            desk.move_away(window)
            desk.until_drawn(window)
            assert desk.picture(window) == values
        snapshot = tmp_path / "snapshot.png"
        with LineProcess([DCC, "snapshot", str(snapshot), f"127.0.0.1:{server.port}"]) as command:
            assert command.finish() == 0, command.output
        with Image.open(snapshot) as image:
            assert image.size == (50, 50)
            assert image.convert("RGB").tobytes() == bytes(channel for index in colours for channel in AF06[index].rgb)
        for program in programs:
            program.leave()
