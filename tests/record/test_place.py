"""The record's file is moved, deleted, replaced or overwritten under a running server, as operators do."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from unittest.mock import patch
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from dcc.core.canvas import pack_pixels
from dcc.errors import RecordError, RecordLogGone
from dcc.protocol.messages import Acknowledged, Rejected
from dcc.record import place, rescue
from dcc.record.emptying import LogEmptier
from dcc.record.maintenance import backup, verify
from dcc.record.place import read_alone
from dcc.record.reader import Reader
from dcc.record.replay import Keyframe
from tests.record.test_process import Painter
from tests.support.records import SIZE, PaintingWriter, stroke
from tests.support.server_process import PATIENCE_SECONDS, WebServer

BEFORE = [(cell, 1 + cell % 7) for cell in range(50)]
AFTER = [(cell, 1 + cell % 7) for cell in range(50, 100)]


class Desk:
    """A folder with a record, and a server on it.

    :ivar path: of the record.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "data"
        self.folder.mkdir()
        self.path = self.folder / "dcc.sqlite3"
        self.elsewhere = folder / "elsewhere"
        self.elsewhere.mkdir()

    def serve(self) -> WebServer:
        """Start a server, whose working directory is nobody's."""
        return WebServer("--store", f"sqlite:{self.path}", language="en", cwd=self.elsewhere)

    def move(self) -> None:
        """Move everything of the record into another folder."""
        for file in self.folder.iterdir():
            file.rename(self.elsewhere / file.name)

    def move_back(self) -> None:
        """Move everything back."""
        for file in self.elsewhere.iterdir():
            file.rename(self.folder / file.name)


def rename(desk: Desk) -> None:
    """Rename the file alone."""
    desk.path.rename(desk.folder / "old.sqlite3")


def move_file(desk: Desk) -> None:
    """Move the file alone into another folder."""
    desk.path.rename(desk.elsewhere / "dcc.sqlite3")


def delete(desk: Desk) -> None:
    """Delete the file alone."""
    desk.path.unlink()


def delete_all(desk: Desk) -> None:
    """Delete the file and all that belongs to it."""
    for file in desk.folder.iterdir():
        file.unlink()


def replace_by_backup(desk: Desk) -> None:
    """Move a backup onto the file."""
    shutil.copy(desk.elsewhere / "backup", desk.elsewhere / "copy")
    (desk.elsewhere / "copy").rename(desk.path)


def overwrite(desk: Desk) -> None:
    """Copy a backup onto the file."""
    shutil.copyfile(desk.elsewhere / "backup", desk.path)


def overwrite_without_log(desk: Desk) -> None:
    """Delete the log, and copy a backup onto the file."""
    desk.path.with_name("dcc.sqlite3-wal").unlink()
    shutil.copyfile(desk.elsewhere / "backup", desk.path)


def overwrite_with_noise(desk: Desk) -> None:
    """Write something else into the file."""
    desk.path.write_bytes(bytes(range(256)) * 64)


def truncate(desk: Desk) -> None:
    """Make the file empty."""
    os.truncate(desk.path, 0)


def rename_folder(desk: Desk) -> None:
    """Rename the folder."""
    desk.folder.rename(desk.folder.with_name("renamed"))


def delete_folder(desk: Desk) -> None:
    """Delete the folder."""
    shutil.rmtree(desk.folder)


LOSSES = (rename, move_file, Desk.move, delete, delete_all, replace_by_backup, rename_folder, delete_folder)
OVERWRITINGS = (overwrite, overwrite_without_log, overwrite_with_noise, truncate)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A folder with nothing in it yet."""
    return Desk(tmp_path)


def paint(painter: Painter, pixels: list[tuple[int, int]]) -> list[object]:
    """Paint pixels, one after the other.

    :return: the answers.
    """
    return [painter.paint(pixel) for pixel in pixels]


def health(server: WebServer) -> tuple[int, str]:
    """Ask the server for its health.

    :return: the status and the text.
    """
    try:
        with urlopen(f"http://127.0.0.1:{server.web_port}/healthz") as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def rescued(server: WebServer) -> Path:
    """Read the name of the new file in the last line of a server that has ended."""
    match = re.search(r"#critical\] .* saved in (\S+?)[;,] ", server.output)
    assert match is not None, server.output
    return Path(match[1])


def ended(server: WebServer) -> int:
    """Press Ctrl+C.

    :return: the exit status.
    """
    server.interrupt()
    status = server.finish()
    assert "Traceback" not in server.output, server.output
    return status


def recorded(path: Path) -> bytes:
    """Read all pixels of a sound record."""
    assert verify(path).problems == ()
    with Reader(path) as reader:
        return b"".join(reader.pixels())


def run(desk: Desk, accident: Callable[[Desk], object]) -> tuple[WebServer, str]:
    """Paint 50 pixels, have an accident, try to paint 50 more, and stop.

    :return: the server, which has ended, and the reason for refusing.
    """
    server = desk.serve()
    try:
        with Painter(server.port) as painter:
            for answer in paint(painter, BEFORE[:40]):
                assert isinstance(answer, Acknowledged)
            backup(desk.path, desk.elsewhere / "backup")
            for answer in paint(painter, BEFORE[40:]):
                assert isinstance(answer, Acknowledged)
            accident(desk)
            reasons = set()
            for answer in paint(painter, AFTER):
                assert isinstance(answer, Rejected), answer
                reasons.add(answer.reason)
            (reason,) = reasons
            assert health(server) == (503, f"503 Service Unavailable: {reason}\n")
        server.wait_for(re.escape(f"The record takes no paints: {reason}. "))
        assert ended(server) == 1
    finally:
        server.close()
    return server, reason


@pytest.mark.parametrize("accident", LOSSES, ids=lambda accident: accident.__name__)
def test_a_file_that_is_lost_refuses_paints_and_is_written_anew_at_the_stop(
    desk: Desk, accident: Callable[[Desk], object]
) -> None:
    server, reason = run(desk, accident)
    how = "replaced or overwritten" if accident is replace_by_backup else "moved or deleted"
    assert reason == f"the record's file was {how} while the server ran"
    path = rescued(server)
    assert path.parent == (desk.folder if desk.folder.exists() else desk.elsewhere)
    assert recorded(path) == pack_pixels(BEFORE)
    assert not desk.path.with_name("dcc.sqlite3-wal").exists()
    if accident is replace_by_backup:
        assert recorded(desk.path) == pack_pixels(BEFORE[:40])


@pytest.mark.parametrize("accident", OVERWRITINGS, ids=lambda accident: accident.__name__)
def test_a_file_that_is_overwritten_refuses_paints_and_the_board_is_saved_at_the_stop(
    desk: Desk, accident: Callable[[Desk], object]
) -> None:
    server, reason = run(desk, accident)
    assert reason == "the record's file was replaced or overwritten while the server ran"
    path = rescued(server)
    assert verify(path).problems == ()
    with Reader(path) as reader:
        board = reader.canvas_at(reader.last_sequence())
    assert [board.colours[cell] for cell, _colour in BEFORE + AFTER] == [colour for _cell, colour in BEFORE] + [0] * 50
    if accident in (overwrite, overwrite_without_log):  # the backup is as it was
        assert desk.path.read_bytes() == (desk.elsewhere / "backup").read_bytes()
        assert recorded(path)[: 5 * 40] == pack_pixels(BEFORE[:40])


def move_and_back(desk: Desk) -> Iterator[None]:
    """Move all files away and back."""
    desk.move()
    yield
    desk.move_back()


def rename_folder_and_back(desk: Desk) -> Iterator[None]:
    """Rename the folder and rename it back."""
    rename_folder(desk)
    yield
    desk.folder.with_name("renamed").rename(desk.folder)


def rename_and_back(desk: Desk) -> Iterator[None]:
    """Rename the file alone and rename it back."""
    rename(desk)
    yield
    (desk.folder / "old.sqlite3").rename(desk.path)


def replace_and_back(desk: Desk) -> Iterator[None]:
    """Put another file in place, and then the old one again."""
    rename(desk)
    desk.path.write_bytes(b"another")
    yield
    (desk.folder / "old.sqlite3").rename(desk.path)


@pytest.mark.parametrize(
    "accident",
    [move_and_back, rename_and_back, rename_folder_and_back, replace_and_back],
    ids=lambda accident: accident.__name__,
)
def test_a_file_that_comes_back_takes_paints_again(desk: Desk, accident: Callable[[Desk], Iterator[None]]) -> None:
    """No paint finds out about the loss: the server looks by itself."""
    with desk.serve() as server, Painter(server.port) as painter:
        paint(painter, BEFORE)
        steps = accident(desk)
        next(steps)
        server.wait_for("The record takes no paints: the record's file was (moved|replaced)")
        assert health(server)[0] == 503
        next(steps, None)
        assert all(isinstance(answer, Acknowledged) for answer in paint(painter, AFTER))
        server.wait_for("The record takes paints again")
        assert health(server)[0] == 200
    assert recorded(desk.path) == pack_pixels(BEFORE + AFTER)


@pytest.mark.parametrize(
    ("moment", "names"),
    [
        ("painting", ["-wal"]),
        ("painting", ["-shm", "-wal"]),
        ("idle", ["-shm"]),
        ("idle", ["-wal"]),
        ("stopping", ["-wal"]),
        ("stopping", ["-shm", "-wal"]),
    ],
)
def test_a_log_that_is_deleted_is_made_anew_and_nothing_is_lost(desk: Desk, names: list[str], moment: str) -> None:
    with desk.serve() as server, Painter(server.port) as painter:
        paint(painter, BEFORE)
        for name in names:
            desk.path.with_name(desk.path.name + name).unlink()
        if moment == "idle":
            server.wait_for("was deleted while the server runs; nothing is lost")
        if moment != "stopping":
            assert all(isinstance(answer, Acknowledged) for answer in paint(painter, AFTER))
    assert recorded(desk.path) == pack_pixels(BEFORE + AFTER * (moment != "stopping"))
    assert [file.name for file in desk.folder.iterdir()] == ["dcc.sqlite3"]


def delete_log(log: Path) -> None:
    """Delete the log."""
    log.unlink()


def rename_log(log: Path) -> None:
    """Give the log another name."""
    log.rename(log.with_name("old"))


def replace_log(log: Path) -> None:
    """Move a copy onto the log."""
    shutil.copy(log, log.with_name("copy"))
    log.with_name("copy").rename(log)


def delete_index(log: Path) -> None:
    """Delete the index of the log."""
    log.with_name("dcc.sqlite3-shm").unlink()


@pytest.mark.parametrize("change", [delete_log, rename_log, replace_log, delete_index])
def test_the_next_commit_notices_a_log_that_goes_away_after_a_long_time(
    desk: Desk, change: Callable[[Path], None]
) -> None:
    """Then the log itself is no longer looked at, only the time of the last change in its folder."""
    with patch.object(place, "_CLOCK_STEP_NS", 0):
        writer = PaintingWriter(desk.path, SIZE)
        for _number in range(2):
            writer.append([stroke((1, 1))], 0)
        (desk.folder / "another").touch()
        writer.append([stroke((2, 2))], 0)
        change(desk.path.with_name("dcc.sqlite3-wal"))
        for _number in range(2):
            with pytest.raises(RecordLogGone):
                writer.append([stroke((3, 3))], 0)
        writer.renew_log()
        writer.append([stroke((4, 4))], 0)
        writer.stop()
    assert recorded(desk.path) == pack_pixels([(1, 1), (1, 1), (2, 2), (4, 4)])


def test_a_copy_of_the_file_alone_is_soon_up_to_date(desk: Desk) -> None:
    """Nobody paints or asks meanwhile, and the server goes on."""
    with desk.serve() as server, Painter(server.port) as painter:
        paint(painter, BEFORE)
        copy = desk.elsewhere / "copy"
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while read_alone(desk.path).sequence < len(BEFORE):
            assert time.monotonic() < give_up_at
        shutil.copyfile(desk.path, copy)
        assert recorded(copy) == pack_pixels(BEFORE)
        paint(painter, AFTER)
    assert recorded(desk.path) == pack_pixels(BEFORE + AFTER)


def test_a_database_shell_that_empties_the_log_is_in_nobodys_way(desk: Desk) -> None:
    with desk.serve() as server, Painter(server.port) as painter:
        paint(painter, BEFORE)
        shell = sqlite3.connect(desk.path)
        assert shell.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
        shell.close()
        assert all(isinstance(answer, Acknowledged) for answer in paint(painter, AFTER))
    assert recorded(desk.path) == pack_pixels(BEFORE + AFTER)


def test_a_server_that_is_killed_while_its_file_is_elsewhere_has_lost_nothing(desk: Desk) -> None:
    server = desk.serve()
    try:
        with Painter(server.port) as painter:
            paint(painter, BEFORE)
            desk.move()
            assert isinstance(painter.paint((200, 1)), Rejected)
    finally:
        server.close()
    assert server.process.returncode == -signal.SIGKILL
    desk.move_back()
    assert recorded(desk.path) == pack_pixels(BEFORE)


@pytest.mark.parametrize("what", ["backup", "noise"])
def test_a_record_whose_history_is_overwritten_is_saved_with_its_board(desk: Desk, what: str) -> None:
    """The history is in the file alone, and too long for the memory of SQLite."""
    random = Random(4)
    writer = PaintingWriter(desk.path, SIZE)

    def paint_much() -> None:
        pixels = [(random.randrange(600), random.randrange(8)) for _number in range(8000)]
        writer.append([stroke(*pixels)], 1_700_000_000_000)

    for number in range(120):
        paint_much()
        if number == 30:
            backup(desk.path, desk.elsewhere / "backup")
    emptier = LogEmptier(writer.place)
    emptier.empty()
    emptier.close()
    writer.shorten_log()
    paint_much()
    (desk.elsewhere / "noise").write_bytes(bytes(range(256)) * 64)
    shutil.copyfile(desk.elsewhere / what, desk.path)
    with pytest.raises(RecordError, match="replaced or overwritten"):
        writer.append([stroke((1, 1))], 0)
    board = bytes(writer.canvas.colours)
    with pytest.raises(RecordError, match=r"The board is saved in \S+, without a part of its history") as ended:
        rescue.close(writer, Keyframe.of(writer.sequence, writer.canvas))
    match = re.search(r"saved in (\S+),", str(ended.value))
    assert match is not None
    saved = Path(match[1])
    assert verify(saved).problems == ()
    with Reader(saved) as reader:
        assert reader.canvas_id != writer.canvas_id
        assert bytes(reader.canvas_at(reader.last_sequence()).colours) == board
        assert (reader.last_sequence() > 31 * 8000) == (what == "backup")
    assert desk.path.read_bytes() == (desk.elsewhere / what).read_bytes()
