"""The clock of the machine is set while programs wait: each waits as long as it should, no longer and no shorter.

Each program runs in a process of its own, in which ``time.time()`` is off by as much as a file says.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from PIL import Image

from dcc.protocol import codec
from dcc.protocol.messages import (
    Acknowledged,
    Changes,
    Closing,
    Rejected,
    ServerMessage,
    WholeBoard,
)
from dcc.record.reader import Reader
from tests.support.server_process import DCC, SCRIPTS, LineProcess, Peer, ServerProcess
from tests.support.wire import GREEN, HELLO_1, HELLO_2, RED, paint

HOUR = 3600
YEARS = 10 * 365 * 24 * HOUR
BACK = [pytest.param(-20, id="20 s"), pytest.param(-HOUR, id="1 h")]
AHEAD = [pytest.param(HOUR, id="1 h"), pytest.param(YEARS, id="10 years")]

LATE_SECONDS = 15
"""How long a peer waits for what comes within two seconds. Less than the 20 s by which a clock is set back."""

MACHINE_CLOCK = str(Path(__file__).parents[1] / "support" / "machine_clock.py")


class MachineClock:
    """The clock of the machine, as one process sees it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "offset"
        self.set(0)

    def set(self, seconds: float) -> None:
        """Set how far the clock is off, at once for all who look."""
        new = self._file.with_suffix(".new")
        new.write_text(str(seconds))
        os.replace(new, self._file)

    def command(self, program: str | Path, *arguments: str) -> list[str]:
        """Return the words that run a program of this Python with this clock."""
        return [sys.executable, MACHINE_CLOCK, str(self._file), str(program), *arguments]

    def serve(self, *options: str) -> ServerProcess:
        """Start a server with this clock."""
        return ServerProcess(*options, command=self.command(SCRIPTS / "twistd", "--nodaemon", "--pidfile=", "dcc"))


@pytest.fixture
def clock(tmp_path: Path) -> MachineClock:
    """A clock that is right until a test sets it."""
    return MachineClock(tmp_path)


@contextmanager
def connect(server: ServerProcess) -> Iterator[Peer]:
    """A peer that does not wait for long."""
    with Peer(server.port) as peer:
        peer.socket.settimeout(LATE_SECONDS)
        yield peer


@contextmanager
def join(server: ServerProcess) -> Iterator[Peer]:
    """A peer of version 2 with the board."""
    with connect(server) as peer:
        peer.send(HELLO_2)
        receive(peer, WholeBoard)
        yield peer


def receive(peer: Peer, *kinds: type[ServerMessage]) -> ServerMessage:
    """Return the next message of one of these kinds."""
    while not isinstance(message := codec.decode_server(peer.receive()), kinds):
        pass
    return message


def answer(peer: Peer, request: int, *pixels: tuple[int, int]) -> ServerMessage:
    """Paint, and return the answer."""
    peer.send(paint(request, *pixels))
    return receive(peer, Acknowledged, Rejected)


def paint_until_taken(peer: Peer) -> list[int]:
    """Paint a pixel again and again until the server takes it, and return the waits that the server told."""
    waits = []
    while isinstance(message := answer(peer, len(waits), (0, RED)), Rejected):
        assert message.retry_ms is not None
        waits.append(message.retry_ms)
    return waits


@pytest.mark.parametrize("step", BACK)
def test_a_clock_set_back_makes_nobody_wait_longer(clock: MachineClock, step: float) -> None:
    with (
        clock.serve("--pixel-rate", "100", "--hello-timeout", "2", "--stall-timeout", "1") as server,
        join(server) as painter,
        join(server) as viewer,
        connect(server) as silent,
        connect(server) as old,  # the last, since it has two seconds for its greeting
    ):
        old.send(HELLO_1)
        before = old.receive()
        assert isinstance(answer(painter, 0, *[(0, RED)] * 1040), Acknowledged)  # 0.4 s in debt
        receive(viewer, Changes)
        clock.set(step)
        waits = paint_until_taken(painter)
        assert waits == sorted(waits, reverse=True)
        assert all(wait < 1000 for wait in waits)
        receive(viewer, Changes)
        with join(server) as newcomer:
            answer(newcomer, 0, (1, GREEN))
        receive(viewer, Changes)
        assert [old.receive() for _ in range(2)] != [before, before]
        assert isinstance(receive(silent, Closing), Closing)


@pytest.mark.parametrize("step", BACK)
def test_a_clock_set_back_makes_no_cooldown_longer(clock: MachineClock, step: float) -> None:
    with clock.serve("--cooldown", "2") as server, join(server) as painter:
        answer(painter, 9, (9, RED))
        clock.set(step)
        waits = paint_until_taken(painter)
        assert waits
        assert all(wait <= 2000 for wait in waits)


def test_a_clock_set_back_keeps_no_stalled_viewer(clock: MachineClock) -> None:
    with (
        clock.serve("--stall-timeout", "2", "--canvas", "256x256") as server,
        Peer(server.port, receive_buffer=4096) as stalled,
    ):
        for _ in range(10):
            stalled.send(HELLO_1)  # each is answered with more than a megabyte
        stalled.receive()
        clock.set(-HOUR)
        server.wait_for("Se ha eliminado el socket del cliente 1")


@pytest.mark.parametrize("step", AHEAD)
def test_a_clock_set_ahead_ends_no_wait_early(clock: MachineClock, step: float) -> None:
    with (
        clock.serve("--pixel-rate", "10", "--hello-timeout", "600") as server,
        connect(server) as silent,
        join(server) as painter,
    ):
        answer(painter, 0, *[(0, RED)] * 8192)
        clock.set(step)
        rejected = answer(painter, 1, (0, GREEN))
        assert isinstance(rejected, Rejected)
        assert rejected.retry_ms is not None
        assert rejected.retry_ms > 600_000
        silent.send(HELLO_2)
        receive(silent, WholeBoard)


@pytest.mark.parametrize("step", AHEAD)
def test_a_clock_set_ahead_ends_no_cooldown(clock: MachineClock, step: float) -> None:
    with clock.serve("--cooldown", "1000") as server, join(server) as painter:
        answer(painter, 9, (9, RED))
        clock.set(step)
        rejected = answer(painter, 0, (0, RED))
        assert isinstance(rejected, Rejected)
        assert rejected.retry_ms is not None
        assert rejected.retry_ms > 900_000


def test_a_clock_set_back_stops_no_script(clock: MachineClock, tmp_path: Path) -> None:
    Image.new("RGB", (2, 1), (255, 0, 0)).save(tmp_path / "red.png")
    with ServerProcess("--cooldown", "1") as server:
        words = ("paint", str(tmp_path / "red.png"), f"127.0.0.1:{server.port}", "--lang", "en")
        with LineProcess(clock.command(DCC, *words)) as script:
            script.wait_for("accepts a pixel every")
            for hours in range(1, 200):  # again and again, so that some step falls into a pause
                clock.set(-hours * HOUR)
                with suppress(subprocess.TimeoutExpired):
                    script.process.wait(0.1)
                    break
            assert script.process.poll() == 0, script.output


def test_a_record_keeps_the_times_of_a_clock_that_was_set_back(clock: MachineClock, tmp_path: Path) -> None:
    store = str(tmp_path / "dcc.sqlite3")
    with clock.serve("--store", store) as server, join(server) as painter:
        answer(painter, 0, (0, RED))
        clock.set(-HOUR)
        answer(painter, 1, (1, GREEN))
    with Reader(store) as reader:
        first, second = reader.strokes()
    assert -HOUR <= (second.time_ms - first.time_ms) / 1000 < -HOUR + 600
    assert subprocess.run([DCC, "verify", "--store", store], capture_output=True, check=False).returncode == 0


def test_a_clock_set_back_keeps_no_window_from_coming_back(clock: MachineClock) -> None:
    with ServerProcess() as server:
        command = clock.command(DCC, "draw", f"127.0.0.1:{server.port}")
        with LineProcess(command, {"QT_QPA_PLATFORM": "offscreen"}) as window:
            server.wait_for("nuevo cliente")
            server.stop()
            clock.set(-HOUR)
            with ServerProcess(port=server.port) as again:
                again.wait_for("nuevo cliente")
            window.process.terminate()
