"""Clients of a server on a Unix socket."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from dcc.client.address import Address, UnixAddress, parse_any_address
from dcc.commands.draw import advice_to_serve
from dcc.errors import DccError
from tests.support.server_process import DCC, PATIENCE_SECONDS, TWISTD, LineProcess

CLOSING_WINDOW = str(Path(__file__).parents[1] / "support" / "closing_window.py")


def run(*words: str, cwd: Path) -> tuple[int, str]:
    """Run ``dcc``; return its exit status and what it said."""
    ended = subprocess.run(
        [DCC, *words],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
    )
    return ended.returncode, ended.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a space in its name, and a server on ``dcc.sock`` there."""
    folder = tmp_path_factory.mktemp("two words")
    command = [*TWISTD, "--port", f"unix:{folder}/dcc.sock", "--store", "memory:", "--canvas", "4x3"]
    with LineProcess(command) as server:
        server.wait_for(r"CTRL \+ C")
        yield folder
        server.interrupt()
        assert server.finish() == 0


def test_paint_and_snapshot_reach_a_unix_socket_by_any_path(folder: Path) -> None:
    Image.new("RGB", (4, 3), (255, 0, 0)).save(folder / "red.png")
    assert run("paint", "red.png", f"unix:{folder}/dcc.sock", cwd=folder) == (0, "dcc paint: painted 12 pixels\n")
    for address in ("unix:dcc.sock", "unix:./dcc.sock", f"unix:../{folder.name}/dcc.sock"):
        assert run("snapshot", "board.png", address, cwd=folder) == (0, "")
        with Image.open(folder / "board.png") as image:
            assert image.convert("RGB").getcolors() == [(12, (255, 0, 0))]


def test_the_window_reaches_a_unix_socket(folder: Path) -> None:
    environment = {"QT_QPA_PLATFORM": "offscreen", "DCC_LANG": "es"}
    with LineProcess([sys.executable, CLOSING_WINDOW, f"unix:{folder}/dcc.sock", "En línea"], environment) as window:
        assert window.finish() == 0, window.output
        assert "Traceback" not in window.output


def test_a_path_that_leads_to_no_server_is_a_line_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(f"{tmp_path}/dead.sock")
    (tmp_path / "loop").symlink_to("loop")
    table = [
        ("unix:none.sock", "No such file or directory"),
        ("unix:file", "not a socket"),
        ("unix:.", "not a socket"),
        ("unix:file/dcc.sock", "Not a directory"),
        ("unix:loop", "Too many levels of symbolic links"),
        ("unix:dead.sock", "The connection was refused: no server listens there"),
    ]
    for address, reason in table:
        for words in (["snapshot", "out.png"], ["paint", "red.png"]):
            Image.new("RGB", (1, 1)).save(tmp_path / "red.png")
            ended = run(*words, address, cwd=tmp_path)
            assert ended == (1, f"dcc {words[0]}: server {address}: {reason}\n")


def test_a_path_that_no_socket_can_have_is_an_error_of_usage(tmp_path: Path) -> None:
    table = [
        ("unix:", "argument HOST[:PORT]: 'unix:': expected unix:PATH, such as unix:/run/dcc/dcc.sock"),
        ("unix:" + "ñ" * 54, "a path of 108 bytes, and that of a Unix socket has at most 107; try a relative one"),
    ]
    for address, reason in table:
        status, said = run("snapshot", "out.png", address, cwd=tmp_path)
        assert (status, said.count("\n")) == (2, 1)
        assert reason in said


@pytest.mark.tls
def test_there_is_no_tls_on_a_unix_socket(tmp_path: Path) -> None:
    assert run("snapshot", "out.png", "--tls", "unix:dcc.sock", cwd=tmp_path) == (
        1,
        "dcc snapshot: no certificate can be for a Unix socket: leave out --tls and --ca\n",
    )


def test_an_address_is_a_host_or_a_unix_socket_and_is_shown_as_typed() -> None:
    table = {
        "unix:/run/dcc.sock": UnixAddress("/run/dcc.sock"),
        "unix:two words:1.sock": UnixAddress("two words:1.sock"),
        "unix.example.org": Address("unix.example.org", 45743),
        "example.org:1": Address("example.org", 1),
    }
    for text, address in table.items():
        assert parse_any_address(text) == address
        assert parse_any_address(str(address)) == address
    with pytest.raises(DccError):
        parse_any_address("two words")


def test_the_window_says_how_to_host_a_board_on_a_unix_socket() -> None:
    assert advice_to_serve(UnixAddress("a b:c.sock")).endswith(r" serve --port 'unix:a b\:c.sock'")
