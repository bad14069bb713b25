"""Backups and what is beside them: logs of other files, restoring, locks, and media that cannot be written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from dcc.core.canvas import pack_pixels
from dcc.errors import RecordError
from dcc.protocol.messages import Acknowledged
from dcc.record.emptying import LogEmptier
from dcc.record.maintenance import backup, resize, restore, verify
from dcc.record.reader import Reader
from dcc.record.writer import Writer
from tests.record.test_process import Painter
from tests.support.records import SIZE, PaintingWriter, assert_holds, random_batches, stroke
from tests.support.server_process import DCC, PATIENCE_SECONDS, TWISTD, LineProcess, ServerProcess


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a record that does not exist yet, in a folder of its own."""
    (tmp_path / "data").mkdir()
    return (tmp_path / "data" / "dcc.sqlite3").resolve()


def pixels(path: Path) -> bytes:
    """Read all pixels of a sound record."""
    assert verify(path).problems == ()
    with Reader(path) as reader:
        return b"".join(reader.pixels())


def names(path: Path) -> list[str]:
    """List the files beside a record."""
    return sorted(file.name for file in path.parent.iterdir())


def refused(path: Path) -> str:
    """Start a server, which must fail.

    :return: the line with the reason.
    """
    command = [*TWISTD, "--port", "0", "--lang", "en", "--store", f"sqlite:{path}"]
    with LineProcess(command) as server:
        assert server.finish() == 1, server.output
        (line,) = [line for line in server.lines if "dcc serve: " in line]
    return line.partition("dcc serve: ")[2]


def command(*words: str) -> tuple[int, str]:
    """Run ``dcc``.

    :return: the exit status and the output.
    """
    with LineProcess([DCC, "--lang", "en", *words]) as process:
        return process.finish(), process.output


def paint(server: ServerProcess, first: int, count: int) -> None:
    """Paint pixels on cells in a row."""
    with Painter(server.port) as painter:
        for cell in range(first, first + count):
            assert isinstance(painter.paint((cell, 1)), Acknowledged)


def row(first: int, count: int) -> bytes:
    """Return what :func:`paint` records."""
    return pack_pixels((cell, 1) for cell in range(first, first + count))


# --- a log that a killed server left ----------------------------------------------------------------


class Killed:
    """A record whose server was killed with a log that is not in the file yet.

    :ivar early: a backup of before.
    :ivar sneaky: a copy by ``cp`` of before, which has no mark of a backup.
    """

    def __init__(self, path: Path, folder: Path, *, emptied: bool) -> None:
        self.path, self.early, self.sneaky = path, folder / "early", folder / "sneaky"
        batches = random_batches(Random(5), 60)
        writer = PaintingWriter(path, SIZE)
        for batch in batches[:10]:
            writer.append(*batch)
        backup(path, self.early)
        LogEmptier(writer.place).empty()
        shutil.copyfile(path, self.sneaky)
        for batch in batches[10:50]:
            writer.append(*batch)
        if emptied:  # and begun anew
            writer.shorten_log()
        for batch in batches[50:]:
            writer.append(*batch)
        self.batches = batches
        killed = folder / "killed"
        killed.mkdir()
        for name in names(path):
            shutil.copyfile(path.with_name(name), killed / name)
        writer.close()
        for name in names(path):
            path.with_name(name).unlink()
        for file in killed.iterdir():
            if not file.name.endswith("-shm"):
                file.rename(path.with_name(file.name))


@pytest.mark.parametrize("emptied", [False, True])
def test_a_log_of_the_file_itself_is_taken(path: Path, tmp_path: Path, emptied: bool) -> None:
    killed = Killed(path, tmp_path, emptied=emptied)
    assert_holds(path, killed.batches)
    PaintingWriter(path).stop()
    assert_holds(path, killed.batches)
    assert names(path) == ["dcc.sqlite3"]


@pytest.mark.parametrize("copied", ["early", "sneaky", "another"])
@pytest.mark.parametrize("reader", [False, True])
def test_a_log_of_another_file_is_refused_and_nothing_is_changed(
    path: Path, tmp_path: Path, copied: str, reader: bool
) -> None:
    killed = Killed(path, tmp_path, emptied=True)
    other = PaintingWriter(tmp_path / "another", SIZE)
    other.append([stroke((1, 1))], 0)
    other.stop()
    shutil.copyfile(tmp_path / copied, path)
    before = path.read_bytes(), path.with_name("dcc.sqlite3-wal").read_bytes()
    with pytest.raises(RecordError, match=r"dcc\.sqlite3-wal is not the log of .*dcc\.sqlite3, but of a file"):
        (Reader if reader else Writer)(path)
    assert (path.read_bytes(), path.with_name("dcc.sqlite3-wal").read_bytes()) == before
    path.with_name("dcc.sqlite3-wal").rename(tmp_path / "aside")  # as the line says
    PaintingWriter(path).stop()
    assert verify(path).problems == ()
    assert killed.batches


def test_a_backup_copied_over_the_record_of_a_killed_server_is_refused_in_one_line(path: Path, tmp_path: Path) -> None:
    saved = tmp_path / "monday"
    with ServerProcess("--store", str(path), language="en") as server:
        paint(server, 0, 5)
        backup(path, saved)
        paint(server, 5, 5)
        server.process.kill()
        server.finish()
        server.interrupted = True
        shutil.copyfile(saved, path)
        line = refused(path)
        assert line.startswith(f"{path}-wal is not the log of {path}, but of a file that was there before.")
        status, output = command("restore", str(saved), "--store", str(path))
        assert (status, output.splitlines()[0]) == (0, f"restored {path} from {saved}")
        assert pixels(path) == row(0, 5)
        server.process.returncode = 0


def test_a_backup_beside_a_left_over_log_is_refused(path: Path, tmp_path: Path) -> None:
    writer = PaintingWriter(path, SIZE)
    writer.append([stroke((1, 1))], 0)
    writer.stop()
    for suffix in ("-wal", "-journal"):
        left_over = tmp_path / f"copy{suffix}"
        left_over.write_bytes(b"old")
        status, output = command("backup", str(tmp_path / "copy"), "--store", str(path))
        assert (status, output) == (
            1,
            f"dcc backup: {left_over} is left from another file and would spoil {tmp_path / 'copy'}; "
            "choose another name",
        )
        assert (left_over.read_bytes(), (tmp_path / "copy").exists()) == (b"old", False)
        left_over.unlink()


def test_two_backups_to_one_name_at_once_make_one_whole_file(path: Path, tmp_path: Path) -> None:
    writer = PaintingWriter(path, SIZE)
    batches = random_batches(Random(6), 30)
    for batch in batches:
        writer.append(*batch)
    for number in range(10):
        target = tmp_path / f"copy{number}"
        start = threading.Barrier(4)
        outcomes: list[str] = []

        def copy(target: Path = target, start: threading.Barrier = start, outcomes: list[str] = outcomes) -> None:
            start.wait(PATIENCE_SECONDS)
            try:
                backup(path, target)
            except RecordError as error:
                outcomes.append(str(error))
            else:
                outcomes.append("")

        threads = [threading.Thread(target=copy) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
        assert sorted(outcomes) == ["", *[f"{target} is there already; choose another name"] * 3]
        assert_holds(target, batches)
    assert [file.name for file in tmp_path.iterdir() if "unfinished" in file.name] == []
    writer.stop()


# --- restoring --------------------------------------------------------------------------------------


def test_a_restored_record_is_the_backup_and_the_record_before_is_kept(path: Path, tmp_path: Path) -> None:
    killed = Killed(path, tmp_path, emptied=True)
    kept = restore(killed.early, path)
    assert kept is not None
    assert_holds(path, killed.batches[:10])
    assert_holds(kept, killed.batches)  # the log went into the file
    assert names(path) == sorted(["dcc.sqlite3", kept.name])
    assert_holds(killed.early, killed.batches[:10])
    writer = PaintingWriter(path)
    writer.append(*killed.batches[10])
    writer.stop()
    assert_holds(path, killed.batches[:11])


def test_a_restore_keeps_a_stray_log_under_another_name(path: Path, tmp_path: Path) -> None:
    killed = Killed(path, tmp_path, emptied=True)
    shutil.copyfile(killed.sneaky, path)
    kept = restore(killed.early, path)
    assert kept is not None
    assert_holds(path, killed.batches[:10])
    assert names(path) == sorted(["dcc.sqlite3", kept.name, "dcc.sqlite3-wal.stray"])


def test_a_record_that_is_gone_is_restored_too(path: Path, tmp_path: Path) -> None:
    killed = Killed(path, tmp_path, emptied=True)
    path.unlink()
    assert restore(killed.early, path) is None
    assert_holds(path, killed.batches[:10])


@pytest.mark.parametrize("what", ["noise", "torn", "missing", "itself"])
def test_what_is_no_sound_backup_is_not_restored(path: Path, tmp_path: Path, what: str) -> None:
    killed = Killed(path, tmp_path, emptied=False)
    whole = killed.early.read_bytes()
    (tmp_path / "noise").write_bytes(b"noise" * 1000)
    (tmp_path / "torn").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RecordError):
        restore(path if what == "itself" else tmp_path / what, path)
    assert names(path) == ["dcc.sqlite3", "dcc.sqlite3-wal"] or names(path) == [
        "dcc.sqlite3",
        "dcc.sqlite3-shm",
        "dcc.sqlite3-wal",
    ]
    assert_holds(path, killed.batches)


def test_nothing_is_restored_or_resized_under_a_running_server(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.sqlite3"
    with ServerProcess("--store", str(path), language="en") as server:
        paint(server, 0, 5)
        backup(path, tmp_path / "copy")
        os.link(path, link)
        for name in (path, link):
            line = f"{name} is in use by a server; stop it first"
            assert command("restore", str(tmp_path / "copy"), "--store", str(name)) == (1, f"dcc restore: {line}")
            with pytest.raises(RecordError, match="is in use by a server; stop it first"):
                resize(name, 200, 200)
        paint(server, 5, 5)
    assert pixels(path) == row(0, 10)


# --- the one writer ---------------------------------------------------------------------------------


@pytest.fixture
def others(path: Path, tmp_path: Path) -> Iterator[list[Path]]:
    """Give further names of a record: the name itself, a hard link and a symbolic link."""
    hard, symbolic = tmp_path / "hard.sqlite3", tmp_path / "symbolic.sqlite3"
    yield [path, hard, symbolic]


def test_a_second_server_is_refused_whatever_the_name_and_whatever_is_deleted(path: Path, others: list[Path]) -> None:
    with ServerProcess("--store", str(path), language="en") as server:
        paint(server, 0, 5)
        os.link(path, others[1])
        others[2].symlink_to(path)
        for file in path.parent.iterdir():
            if file.name.endswith("-lock"):  # looks stale
                file.unlink()
        for name in others:
            assert refused(name) == f"{name.resolve()} is in use by another server"
        paint(server, 5, 5)
    assert pixels(path) == row(0, 10)


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        (f"INSERT INTO strokes VALUES (3, 1, 0, x'{pack_pixels([(3, 3)]).hex()}')", [(1, 1), (2, 2), (3, 3)]),
        ("DELETE FROM strokes WHERE sequence = 2", [(1, 1)]),
        ("UPDATE checksums SET sequence = 3", [(1, 1), (2, 2)]),
    ],
)
def test_a_program_that_writes_into_the_record_is_noticed_before_anything_more_is_acknowledged(
    path: Path, statement: str, left: list[tuple[int, int]]
) -> None:
    writer = PaintingWriter(path, SIZE)
    for pixel in ((1, 1), (2, 2)):
        writer.append([stroke(pixel)], 0)
    shell = sqlite3.connect(path, isolation_level=None)
    shell.execute(statement)
    shell.close()
    for _ in range(2):
        with pytest.raises(RecordError, match="another program wrote into the record"):
            writer.append([stroke((4, 4))], 0)
    writer.close()
    with Reader(path) as reader:  # what the other program wrote is left alone
        assert b"".join(reader.pixels()) == pack_pixels(left)


# --- media that cannot be written -------------------------------------------------------------------


@pytest.fixture
def medium() -> Iterator[Path]:
    """Name a record in a folder that everybody may read, and remove the folder at the end."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder).resolve() / "dcc.sqlite3"
        os.seteuid(os.getuid())
        os.chmod(folder, 0o755)


def protect(path: Path) -> None:
    """Make a record and its folder read-only for this process, also for the superuser's."""
    for file in path.parent.iterdir():
        file.chmod(0o444)
    path.parent.chmod(0o555)
    if os.getuid() == 0:
        os.seteuid(65534)


def test_a_record_on_a_read_only_medium_can_be_read(medium: Path) -> None:
    writer = PaintingWriter(medium, SIZE)
    batches = random_batches(Random(6), 30)
    for batch in batches:
        writer.append(*batch)
    writer.stop()
    assert medium.read_bytes()[18:20] == b"\x02\x02"  # not a backup, but a file as a server leaves it
    protect(medium)
    assert_holds(medium, batches)
    assert names(medium) == ["dcc.sqlite3"]


def test_a_record_with_a_log_on_a_read_only_medium_says_what_to_do(medium: Path, tmp_path: Path) -> None:
    Killed(medium, tmp_path, emptied=True)
    protect(medium)
    with pytest.raises(RecordError, match=r"its newest placements are in dcc\.sqlite3-wal.*Copy both files"):
        Reader(medium)
