"""A server is killed again and again while people paint; no pixel that a client saw may be lost.

    python -m tests.long.crashtest [--rounds N] [--seed N]

Each round starts a server on the same record, at times killing the server while it starts. Several clients paint on
real sockets as fast as the server answers, and the server ends at a random moment: by SIGKILL, by Ctrl+C and SIGKILL
while stopping, or by Ctrl+C alone. In every other round something happens to the record's file at a random moment: it
is moved and comes back, is moved or deleted for good, is replaced or overwritten by a backup, gets a hard link on which
a second server is tried, or loses its log. Meanwhile a moderator freezes and thaws the board, makes and removes areas,
bans everybody and forgives, rolls back and clears. The round compares everything that the clients received, and what
the moderator was answered as done, with a copy of the record, or of the new file that the server names in its last
line, and all clients go back to the next server with their boards.
"""

from __future__ import annotations

import re
import selectors
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from dcc.errors import RecordInUse
from dcc.record.maintenance import backup, verify
from dcc.record.reader import Reader
from dcc.record.writer import Writer
from tests.support.crash_clients import Client, Version1Client
from tests.support.crash_moderator import Moderator
from tests.support.crash_rounds import Rounds, run_from_command_line
from tests.support.server_process import PATIENCE_SECONDS, TWISTD, LineProcess

CLIENTS = 4

LONGEST_RUN_SECONDS = 0.25
LONGEST_STOP_SECONDS = 0.03
KILLED_WHILE_STARTING = 0.3
ENDINGS = ("kill", "kill", "kill", "kill while stopping", "kill while stopping", "stop")

HARMLESS = ("moved and back", "log deleted", "hard link")
"""Accidents after which nothing may be missing, however the server ends."""
HARMFUL = ("moved", "deleted", "deleted with its log", "replaced", "overwritten")
"""Accidents after which the server saves everything when it stops; a moved file is put back after a kill."""
WHILE_RUNNING = ("log deleted", "deleted", "deleted with its log", "replaced", "overwritten")
"""Accidents that only a running server can mend, since the only copy of something is open in the server."""


class Crashtest(Rounds):
    """Rounds on the same record."""

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(seed)
        self._folder = folder
        self._path = folder / "dcc.sqlite3"
        self._command = [*TWISTD, "--port", "0", "--lang", "en", "--store", f"sqlite:{self._path}"]
        self._clients = [
            *(Client(f"client {number}", Random(self._random.random())) for number in range(1, CLIENTS)),
            Version1Client(Random(self._random.random())),
        ]
        self._moderator = Moderator(Random(self._random.random()))
        self._moderator.give_key(self._path)
        self._everybody = [*self._clients, self._moderator]
        self._sequence = 0
        self._start_seconds = 0.5

    def round(self) -> None:
        """Run a server to its end, with clients."""
        while self._random.random() < KILLED_WHILE_STARTING:
            self._start_and_kill()
        began = time.monotonic()
        with LineProcess(self._command) as server:
            port = int(server.wait_for(r"127\.0\.0\.1:(\d+)$")[1])
            self._start_seconds = time.monotonic() - began
            for client in self._everybody:
                client.connect(port)
            saved = self._run(server)
        if saved is not None:
            self._go_on_with(*saved)
        self._check()

    def _start_and_kill(self) -> None:
        """Start a server, and kill it while it starts."""
        with LineProcess(self._command) as server:
            self._wait(self._random.uniform(0, 1.2 * self._start_seconds))
            server.process.kill()
        self.counts["killed while starting"] += 1

    def _wait(self, seconds: float) -> None:
        """Wait a random time: the moment of the kill is the subject of the test."""
        with selectors.DefaultSelector() as selector:
            selector.select(seconds)

    def _run(self, server: LineProcess) -> tuple[Path, bool] | None:
        """Let the clients paint until the server is gone, soon.

        :return: the new file that the server saved everything in, and whether it has the history; None for no new file.
        """
        accident = self._random.choice((*HARMLESS, *HARMFUL)) if self._random.random() < 0.5 and self._backup() else ""
        ending = self._random.choice(ENDINGS)
        if accident in WHILE_RUNNING:
            ending = "stop"
        self.counts[ending] += 1
        self.last = f"{accident or 'no accident'}, {ending}"
        if accident:
            self.counts[f"file: {accident}"] += 1
        stop_at = time.monotonic() + self._random.uniform(0, LONGEST_RUN_SECONDS)
        kill_at = stop_at + (self._random.uniform(0, LONGEST_STOP_SECONDS) if ending != "kill" else 0)
        actions: list[tuple[float, Callable[[], None]]] = []
        if ending != "kill":
            actions.append((stop_at, server.interrupt))
        if ending != "stop":
            actions.append((kill_at, server.process.kill))
        happens_at = self._random.uniform(time.monotonic(), stop_at)
        if accident:
            actions.append((happens_at, lambda: self._happen(accident)))
        if accident == "moved and back":
            actions.append((self._random.uniform(happens_at, stop_at), self._move_back))
        actions.sort(key=lambda action: action[0])
        with selectors.DefaultSelector() as selector:
            for client in self._everybody:
                selector.register(client.socket, selectors.EVENT_READ, client)
            while selector.get_map():
                while actions and time.monotonic() >= actions[0][0]:
                    actions.pop(0)[1]()
                wait = actions[0][0] - time.monotonic() if actions else PATIENCE_SECONDS
                for key, _events in selector.select(max(0.0, wait)):
                    client = key.data
                    try:
                        data = client.socket.recv(65536)
                        client.receive(data)
                        if data:
                            client.paint_on()
                    except ConnectionError:
                        data = b""
                    if not data:
                        selector.unregister(client.socket)
                        client.socket.close()
        for _when, action in actions:
            action()
        status = server.finish()
        assert "Traceback" not in server.output, server.output
        saved = re.search(r"(Everything|The board) is saved in (\S+?)[;,] ", server.output)
        if ending == "stop":
            assert status == (1 if accident in HARMFUL else 0), server.output
            assert (saved is not None) == (accident in HARMFUL), server.output
        if accident == "moved" and saved is None:
            self._move_back()
        self.counts["saved in a new file"] += saved is not None
        return (Path(saved[2]), saved[1] == "Everything") if saved is not None else None

    # --- accidents -------------------------------------------------------------------------------

    def _backup(self) -> bool:
        """Back up the record of the last round.

        :return: whether there is one.
        """
        if self._path.exists():
            (self._folder / "backup").unlink(missing_ok=True)
            backup(self._path, self._folder / "backup")
        return self._path.exists()

    def _happen(self, accident: str) -> None:
        log = self._path.with_name(f"{self._path.name}-wal")
        match accident:
            case "moved" | "moved and back":
                (self._folder / "away").mkdir()
                for file in self._folder.glob("dcc.sqlite3*"):
                    file.rename(self._folder / "away" / file.name)
            case "deleted":
                self._path.unlink()
            case "deleted with its log":
                self._path.unlink()
                log.unlink()
            case "log deleted":
                log.unlink()
            case "replaced":
                shutil.copy(self._folder / "backup", self._folder / "new")
                (self._folder / "new").replace(self._path)
            case "overwritten":
                shutil.copyfile(self._folder / "backup", self._path)
            case "hard link":
                link = self._folder / "link.sqlite3"
                link.hardlink_to(self._path)
                try:
                    Writer(link).close()
                except RecordInUse:
                    pass
                else:
                    raise AssertionError("a second writer opened the record by another name")
                link.unlink()

    def _move_back(self) -> None:
        for file in (self._folder / "away").iterdir():
            file.rename(self._path.with_name(file.name))
        (self._folder / "away").rmdir()

    def _go_on_with(self, saved: Path, is_whole: bool) -> None:
        """Put the file that the server saved in the place of the record."""
        for file in self._folder.glob("dcc.sqlite3*"):
            if file != saved:
                file.unlink()
        saved.rename(self._path)
        shutil.rmtree(self._folder / "away", ignore_errors=True)
        if not is_whole:
            self.counts["saved without the history"] += 1
            with Reader(self._path) as reader:
                for client in self._everybody:
                    client.check_board(reader)
                    client.sent, client.answers = [], {}
                self._sequence = reader.last_sequence()
            self._moderator.done = []
            self._moderator.give_key(self._path)

    def _check(self) -> None:
        """Compare with a copy, so that the next server recovers the record."""
        copy = self._folder / "copy"
        copy.mkdir()
        for name in ("dcc.sqlite3", "dcc.sqlite3-wal"):
            if (self._folder / name).exists():
                shutil.copy(self._folder / name, copy / name)
        path = copy / "dcc.sqlite3"
        with Reader(path) as reader:
            strokes = list(reader.strokes(self._sequence))
            for client in self._clients:
                client.check(reader, self._sequence)
                kept = [stroke.pixels for stroke in strokes if stroke.painter.name == client.name]
                possible = iter(client.expected())  # what was in flight at the goodbye may be refused without an answer
                assert all(pixels in possible for pixels in kept), "recorded otherwise than painted"
                assert len(kept) >= client.acknowledged, "acknowledged, and lost"
                self.counts["paints sent"] += len(client.sent)
                self.counts["paints acknowledged"] += client.acknowledged
                self.counts["paints refused"] += len(client.answers) - client.acknowledged
                self.counts["paints recorded"] += len(kept)
            self._moderator.check(reader, self._sequence)
            self._moderator.check_log(reader)
            self.counts["actions done"] += len(self._moderator.done)
            self.counts["actions refused"] = self._moderator.refused
            assert reader.last_sequence() >= self._sequence, "the sequence went back"
            self._sequence = reader.last_sequence()
        problems = verify(path).problems
        assert not problems, problems
        self.counts["pixels"] = self._sequence
        shutil.rmtree(copy)


if __name__ == "__main__":
    run_from_command_line("python -m tests.long.crashtest", __doc__.splitlines()[0], Crashtest, rounds=25)
