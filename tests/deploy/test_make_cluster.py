"""``make cluster``: its program starts a canvas of several servers, and leaves nothing behind but the canvas."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dcc.protocol import codec
from dcc.protocol.messages import Acknowledged, WholeBoard
from tests.deploy.proxies import DEPLOY
from tests.support.engine import free_ports
from tests.support.server_process import LineProcess, Peer
from tests.support.websocket import get
from tests.support.wire import HELLO_2, RED, paint

TOOL = DEPLOY.parent / "tools" / "cluster"

PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


@contextmanager
def cluster(folder: Path, http: int, port: int, path: str = PATH) -> Iterator[LineProcess]:
    """Run the program, as make does."""
    words = [sys.executable, str(TOOL), "--http", str(http), "--port", str(port), "--folder", str(folder / "cluster")]
    with LineProcess(words, {"DCC_LANG": "en", "PATH": path}, folder) as process:
        try:
            yield process
        finally:
            if process.process.poll() is None:
                process.interrupt()
                process.finish()


def children(process: LineProcess) -> dict[str, int]:
    """Return the processes that a process has started, each by a word of its command."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text()
        except OSError:  # it has ended
            continue
        if parent == process.process.pid:
            name = next(
                word for word in ("node1", "node2", "node3", "server1", "server2", "haproxy") if word in command
            )
            found[name] = int(folder.name)
    return found


def last_of(peer: Peer, kind: type) -> object:
    """Return the next message of a kind."""
    return next(each for each in map(codec.decode_server, iter(peer.receive, b"")) if isinstance(each, kind))


def test_it_shows_the_link_serves_a_canvas_and_leaves_no_process_but_the_canvas(tmp_path: Path) -> None:
    http, port = free_ports(2)
    with cluster(tmp_path, http, port) as process:
        process.wait_for(rf"Open in a browser: +http://127\.0\.0\.1:{http}/$", 3)  # each server says so too
        process.wait_for(rf"draw 127\.0\.0\.1:{port}$")
        process.wait_for(rf"owns the canvas: http://127\.0\.0\.1:{http}/#clave=")
        assert b"<canvas" in get(http, "/")[2]
        with Peer(port) as peer, Peer(port) as other:  # on the one server, and on the other
            peer.send(HELLO_2)
            peer.send(paint(1, (5, RED)))
            acknowledged = last_of(peer, Acknowledged)
            assert isinstance(acknowledged, Acknowledged)
            other.send(HELLO_2)
            board = last_of(other, WholeBoard)
            assert isinstance(board, WholeBoard)
        started = children(process)
        assert len(started) == 6
        process.interrupt()
        assert process.finish() == 0
        assert process.output.count("Everything is saved.") == 2
        assert [name for name, pid in started.items() if Path(f"/proc/{pid}").exists()] == []

    with cluster(tmp_path, http, port) as process:
        process.wait_for(r"Ctrl\+C stops all")
        with Peer(port) as peer:
            peer.send(HELLO_2)
            board = last_of(peer, WholeBoard)
            assert isinstance(board, WholeBoard)
            assert board.colours[5] == RED
        assert "owns the canvas" not in process.output


@pytest.mark.parametrize("name", ["node2", "server1", "haproxy"])
def test_the_end_of_one_process_ends_the_others_with_a_line_that_names_the_process(name: str, tmp_path: Path) -> None:
    with cluster(tmp_path, *free_ports(2)) as process:
        process.wait_for(r"Ctrl\+C stops all")
        started = children(process)
        os.kill(started[name], signal.SIGKILL)
        assert process.finish() == 1
        assert f"tools/cluster: {name} ended with status -9, and the others are stopped" in process.output
        assert [each for each, pid in started.items() if Path(f"/proc/{pid}").exists()] == []
        assert "Traceback" not in process.output


def test_a_port_in_use_is_said_in_one_line_with_another_one(tmp_path: Path) -> None:
    (http,) = free_ports(1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with cluster(tmp_path, http, port) as process:
            assert process.finish() == 1
    assert process.output == (
        f"tools/cluster: port {port}: Address already in use. Choose another: make cluster PORT=45744"
    )


def test_a_second_run_does_not_touch_the_files_of_the_first(tmp_path: Path) -> None:
    with cluster(tmp_path, *free_ports(2)) as first:
        first.wait_for(r"Ctrl\+C stops all")
        with cluster(tmp_path, *free_ports(2)) as second:
            assert second.finish() == 1
        assert second.lines == [
            f"tools/cluster: {tmp_path}/cluster is in use by another run, or by processes of a killed one"
        ]


def test_a_missing_balancer_is_said_in_one_line_with_what_to_install(tmp_path: Path) -> None:
    with cluster(tmp_path, *free_ports(2), path=str(tmp_path)) as process:
        assert process.finish() == 1
    assert process.lines == ["tools/cluster: haproxy is not installed: apt-get install haproxy"]
