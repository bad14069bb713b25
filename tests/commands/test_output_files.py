"""Files that the commands write: every command on every kind of bad and odd target."""

from __future__ import annotations

import io
import os
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcc import cli
from dcc.core.palette import AF06
from dcc.core.placements import Size
from dcc.errors import ImageError
from dcc.images.files import whole_file
from dcc.images.film import Apng, Film, Gif, Mp4, WebP
from dcc.record.writer import Writer
from tests.support.records import PaintingWriter, stroke
from tests.support.server_process import DCC, PATIENCE_SECONDS, ServerProcess

COMMANDS = {
    "export": (["export"], ".png"),
    "heatmap": (["heatmap"], ".png"),
    **{
        f"timelapse {kind}": (["timelapse", "--seconds", "1", "--fps", "2"], f".{kind}")
        for kind in ("gif", "webp", "png", "mp4")
    },
}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with a painting."""
    path = tmp_path_factory.mktemp("record") / "record.sqlite3"
    writer = PaintingWriter(path)
    writer.append([stroke((0, 2), (1, 3), (2, 4))], 1_700_000_000_000)
    writer.stop()
    return path


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """Let no file of this process become longer, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def bad_targets(folder: Path, ending: str) -> dict[str, str]:
    """Make targets that cannot be written; return the reason for each."""
    (folder / "file").touch()
    (folder / f"folder{ending}").mkdir()
    (folder / f"loop{ending}").symlink_to(f"loop{ending}")
    (folder / f"astray{ending}").symlink_to("none/picture")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(f"{folder}/socket{ending}")
    return {
        f"none/picture{ending}": "No such file or directory",
        f"file/picture{ending}": "Not a directory",
        f"folder{ending}": "Is a directory",
        f"loop{ending}": "Too many levels of symbolic links",
        f"astray{ending}": "No such file or directory",
        f"socket{ending}": "No such device or address",
        "x" * 300 + ending: "File name too long",
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_a_bad_target_is_one_line_and_leaves_no_file(
    command: str, record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, ending = COMMANDS[command]
    targets = bad_targets(tmp_path, ending)
    before = sorted(os.listdir(tmp_path))
    for target, reason in targets.items():
        path = str(tmp_path / target)
        assert cli.main([*words, path, "--store", str(record)]) == 1
        assert capsys.readouterr() == ("", f"dcc {words[0]}: cannot write {path}: {reason}\n")
    assert sorted(os.listdir(tmp_path)) == before


def test_a_bad_target_of_a_backup_is_one_line_too(
    record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    targets = bad_targets(tmp_path, ".sqlite3")
    before = sorted(os.listdir(tmp_path))
    for target in targets:
        assert cli.main(["backup", str(tmp_path / target), "--store", str(record)]) == 1
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1), err
        assert err.startswith("dcc backup: "), err
    assert sorted(os.listdir(tmp_path)) == before


def test_a_bad_target_of_a_snapshot_is_one_line_too(tmp_path: Path) -> None:
    with ServerProcess() as server:
        for target, reason in list(bad_targets(tmp_path, ".png").items())[-4:]:
            words = [DCC, "snapshot", str(tmp_path / target), f"127.0.0.1:{server.port}"]
            ended = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS)
            line = f"dcc snapshot: cannot write {tmp_path / target}: {reason}\n"
            assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", line)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_replaced_hands_on_its_mode_and_its_owner(command: str, record: Path, tmp_path: Path) -> None:
    words, ending = COMMANDS[command]
    picture, link = tmp_path / f"picture{ending}", tmp_path / f"link{ending}"
    picture.touch()
    picture.chmod(0o604)
    owner = (65534, 65534) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(picture, *owner)
    link.symlink_to(picture.name)
    assert cli.main([*words, str(link), "--store", str(record)]) == 0
    status = picture.stat()
    assert (status.st_mode & 0o7777, status.st_uid, status.st_gid) == (0o604, *owner)
    assert link.is_symlink()
    assert status.st_size > 0


@pytest.mark.parametrize("command", COMMANDS)
def test_a_named_pipe_gets_the_whole_picture_and_stays(command: str, record: Path, tmp_path: Path) -> None:
    words, ending = COMMANDS[command]
    pipe, file = tmp_path / f"pipe{ending}", tmp_path / f"file{ending}"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert cli.main([*words, str(pipe), "--store", str(record)]) == 0
    reader.join(PATIENCE_SECONDS)
    assert cli.main([*words, str(file), "--store", str(record)]) == 0
    assert read == [file.read_bytes()]
    assert pipe.is_fifo()


def test_a_link_to_standard_output_gets_the_picture(record: Path, tmp_path: Path) -> None:
    (tmp_path / "out.png").symlink_to("/dev/stdout")
    words = [DCC, "export", str(tmp_path / "out.png"), "--store", str(record)]
    ended = subprocess.run(words, capture_output=True, timeout=PATIENCE_SECONDS)
    assert (ended.returncode, ended.stderr) == (0, b"")
    with Image.open(io.BytesIO(ended.stdout)) as image:
        assert image.size == (50, 50)
    assert (tmp_path / "out.png").is_symlink()


def test_the_longest_name_of_a_file_is_written(record: Path, tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".png")
    assert cli.main(["export", str(path), "--store", str(record)]) == 0
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("kind", [Gif, WebP, Apng, Mp4])
def test_a_film_that_fills_the_disk_is_one_line_and_leaves_no_file(
    kind: type[Film], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    random = np.random.default_rng(1)
    path = tmp_path / "film"
    with pytest.raises(ImageError) as caught, disk_of(5000), whole_file(str(path)) as file:
        film = kind(file, AF06, 1, 20)
        for _frame in range(40):
            film.add(random.integers(0, len(AF06), (200, 200), np.uint8))
        film.close()
    assert str(caught.value) == f"cannot write {path}: File too large"
    assert os.listdir(tmp_path) == []
    assert capfd.readouterr() == ("", "")


def test_a_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    """By a process without the rights of the superuser, who may write everything."""
    tmp_path.chmod(0o777)
    path = tmp_path / "picture.png"
    path.write_bytes(b"before")
    path.chmod(0o444)
    program = (
        "import os, sys\n"
        "from dcc.images.files import whole_file\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "try:\n"
        "    with whole_file(sys.argv[1]) as file: file.write(b'after')\n"
        "except Exception as error: print(error)\n"
    )
    for parent in list(path.parents)[:3]:
        parent.chmod(parent.stat().st_mode | 0o011)
    ended = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, encoding="utf-8")
    assert (ended.stdout, ended.stderr) == (f"cannot write {path}: Permission denied\n", "")
    assert path.read_bytes() == b"before"


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "mp4"])
def test_a_film_of_16384_pixels_is_made_or_refused_with_the_scale_that_fits(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record, path = tmp_path / "record.sqlite3", tmp_path / f"film.{kind}"
    Writer(record, Size(256, 1)).close()
    words = ["timelapse", str(path), "--store", str(record), "--seconds", "1", "--fps", "1", "--scale"]
    status = cli.main([*words, "64"])
    said = capsys.readouterr().err
    if kind == "webp":
        assert (status, said) == (1, "dcc timelapse: a picture of 16384 x 64 is too large; at most --scale 63\n")
        assert cli.main([*words, "63"]) == 0
    else:
        assert (status, said) == (0, "")
    assert path.stat().st_size > 0
