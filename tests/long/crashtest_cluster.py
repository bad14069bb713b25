"""Servers and the nodes of their engine are killed again and again while people paint on all servers.

    python -m tests.long.crashtest_cluster [--rounds N] [--seed N]

Three nodes of NATS JetStream and three servers share a canvas. Each round kills servers and nodes by SIGKILL at random
moments: one, several, a majority of the nodes, everything. The victims return at random moments. Some are killed again
while starting, and some servers return without a copy. People on a killed server go on at another server at once, with
their board. At the end of a round everything runs again, and all copies must become the same, with the same sequence,
checksum and history. Every acknowledged paint must be there once, and no refused paint. Each board shown must be
that of its sequence in the history.
"""

from __future__ import annotations

import argparse
import re
import selectors
import shutil
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeVar

from dcc import reasons
from dcc.core.canvas import PIXEL_BYTES, pack_pixels
from dcc.protocol import codec
from dcc.protocol.messages import Changes, Goodbye, Paint, Rejected, ServerMessage, WholeBoard
from dcc.record.maintenance import verify
from dcc.record.reader import Reader
from tests.long.crashtest import IN_FLIGHT, SIZE, Client, Version1Client
from tests.support.engine import Engine
from tests.support.server_process import PATIENCE_SECONDS, TWISTD, LineProcess

NODES = SERVERS = 3
PAINTERS = 6
LONGEST_STROKE = 8

PAINT_SECONDS = 0.01
"""Between two paints of one client: enough to have some in flight at each kill, and few enough to check."""

LONGEST_RUN_SECONDS = 2.0
LONGEST_AWAY_SECONDS = 1.0
KILLED_WHILE_STARTING = 0.3
WITHOUT_A_COPY = 0.1

AWAY = (reasons.LOG_AWAY.code, reasons.SERVER_STOPS.code)
"""Codes of refusals that the kills are the cause of."""

AClient = TypeVar("AClient", bound=Client)


class Painter(Client):
    """A client of version 2 that goes from server to server, and remembers everything received in a round.

    The painter's name in the record is another one on each connection.

    :ivar server: to which the client is connected; nothing after a loss.
    """

    def __init__(self, name: str, random: Random) -> None:
        super().__init__(name, random)
        self.server: Server | None = None
        self.shown: dict[int, int] = {}  # a checksum of each board, by sequence
        self.visits: list[Visit] = []
        self.next_paint = 0.0
        self._label, self._connections = name, 0

    def visit(self, server: Server) -> None:
        """Join a server, coming back with the last board."""
        assert server.port is not None
        self._connections += 1
        self.name = f"{self._label}.{self._connections}"
        self.connect(server.port)
        self.visits.append(Visit(self.name, self.sent, self.answers))
        self.server = server

    def paint_on(self) -> None:
        """Send a paint, if there is room for one and the time has come."""
        if len(self.sent) - len(self.answers) < IN_FLIGHT and time.monotonic() >= self.next_paint:
            self.next_paint = time.monotonic() + PAINT_SECONDS
            self.paint()

    def paint(self) -> None:
        """Send a paint."""
        length = self.random.randint(1, LONGEST_STROKE)
        self.sent.append(pack_pixels(self.random_pixel() for _ in range(length)))
        self.send(Paint(len(self.sent), self.sent[-1]))

    def take(self, payload: bytes) -> None:
        """Handle a payload."""
        message: ServerMessage = codec.decode_server(payload)
        if isinstance(message, Rejected):
            assert message.code in AWAY, message.reason
            self._answered(message.request, None)
            return
        super().take(payload)
        if isinstance(message, WholeBoard | Changes):
            board = zlib.crc32(self._colours)
            assert self.shown.setdefault(self._sequence, board) == board, "two boards of one sequence"

    @property
    def sequence(self) -> int:
        """The sequence of the last board."""
        return self._sequence

    @property
    def acknowledgements(self) -> int:
        """How many paints were acknowledged in this round."""
        return sum(sequence is not None for visit in self.visits for sequence in visit.answers.values())

    @property
    def is_answered(self) -> bool:
        """Whether nothing is in flight."""
        return len(self.answers) == len(self.sent)


class OldPainter(Version1Client):
    """A client of the published activity, for a round or until its server is killed.

    :ivar is_leaving: whether the client has said goodbye, which is answered after all paints.
    """

    def hello(self) -> None:
        """Ask for the board."""
        self.is_leaving = False
        super().hello()

    def say_goodbye(self) -> None:
        """Paint no more."""
        self.is_leaving = True
        with suppress(ConnectionError):  # seen when reading
            self.send(Goodbye())


@dataclass(frozen=True)
class Visit:
    """What a client has asked on one connection.

    :ivar sent: packed pixels.
    :ivar answers: the sequence of each request's last pixel; None if it was refused.
    """

    name: str
    sent: list[bytes]
    answers: dict[int, int | None]

    def check(self, history: History) -> Counter[str]:
        """Make sure that the history has what was acknowledged, once, and nothing that was refused.

        :return: counts.
        """
        recorded = history.by_painter.get(self.name, {})
        possible = [pixels for request, pixels in enumerate(self.sent, 1) if self.answers.get(request, 0) is not None]
        rest = iter(possible)
        assert all(pixels in rest for pixels in recorded.values()), "doubled, out of order, or refused and recorded"
        acknowledged = {
            sequence: self.sent[request - 1] for request, sequence in self.answers.items() if sequence is not None
        }
        assert acknowledged.items() <= recorded.items(), "acknowledged, and lost"
        return Counter(
            {
                "paints sent": len(self.sent),
                "paints acknowledged": len(acknowledged),
                "paints refused": len(self.answers) - len(acknowledged),
                "paints recorded": len(recorded),
            }
        )


class History:
    """What a copy has of one round.

    :ivar by_painter: pixels by the sequence of the last one, by the painter's name.
    :ivar boards: a checksum of each board, by sequence.
    """

    def __init__(self, path: Path, since: int) -> None:
        self.by_painter: dict[str, dict[int, bytes]] = {}
        self.strokes: list[tuple[int, str, bytes]] = []
        with Reader(path) as reader:
            canvas = reader.canvas_at(since)
            self.boards = {since: zlib.crc32(canvas.colours)}
            for stroke in reader.strokes(since):
                canvas.apply(stroke.pixels)
                since += len(stroke.pixels) // PIXEL_BYTES
                assert stroke.sequence == since, "a sequence is missing, or was used twice"
                self.boards[since] = zlib.crc32(canvas.colours)
                self.strokes.append((since, stroke.painter.name, stroke.pixels))
                self.by_painter.setdefault(stroke.painter.name, {})[since] = stroke.pixels
        self.sequence = since


class Server:
    """A server with its copy, which somebody kills.

    :ivar port: for programs, once the server serves.
    """

    def __init__(self, path: Path, address: str) -> None:
        self.path = path
        self.port: int | None = None
        self._command = [*TWISTD, "--port", "0", "--lang", "en", "--store", f"sqlite:{path}", "--cluster", address]
        self._process: LineProcess | None = None

    def launch(self, *options: str) -> None:
        """Start, and wait for nothing."""
        assert self._process is None
        self._process = LineProcess([*self._command, *options])

    def look(self) -> bool:
        """Look whether the server serves.

        :return: whether the server has not started, since its engine is away.
        """
        process = self._process
        if process is None:
            return False
        has_ended = process.process.poll() is not None
        if self.port is None and (match := re.search(r"127\.0\.0\.1:(\d+)$", process.output, re.MULTILINE)):
            self.port = int(match[1])
        if has_ended:
            assert self.port is None and "repair" not in process.output, process.output
            self.kill()
        return has_ended

    def kill(self) -> None:
        """Kill the server."""
        process, self._process, self.port = self._process, None, None
        if process is not None:
            process.close()
            assert "Traceback" not in process.output, process.output

    def stop(self) -> None:
        """Stop in order."""
        process, self._process, self.port = self._process, None, None
        if process is not None:
            process.interrupt()
            assert process.finish() == 0, process.output
            process.close()
            assert "Traceback" not in process.output, process.output

    @property
    def runs(self) -> bool:
        """Whether there is a process."""
        return self._process is not None


@dataclass(frozen=True)
class Event:
    """Something that happens to a victim at a time of the monotonic clock."""

    when: float
    what: str
    victim: int  # nodes first, then servers


class Crashtest:
    """Rounds with the same engine and the same copies.

    :ivar counts: counts of events so far, by name.
    :ivar last: what happened in the last round.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.last = ""
        self._random = Random(seed)
        self._engine = Engine(NODES)
        address = str(self._engine.address("crashtest"))
        self._servers = [Server(folder / f"copy{number}.sqlite3", address) for number in range(SERVERS)]
        self._painters = [Painter(f"painter {number}", Random(self._random.random())) for number in range(PAINTERS)]
        self._old = [OldPainter(Random(self._random.random())) for _server in self._servers]
        self._sequence = 0
        self._start_seconds = 1.0
        self._selector = selectors.DefaultSelector()

    def begin(self) -> None:
        """Begin the canvas with one server, and have the others fetch it."""
        began = time.monotonic()
        first, *others = self._servers
        first.launch("--canvas", f"{SIZE.width}x{SIZE.height}")
        self._until(lambda: first.port is not None)
        self._start_seconds = time.monotonic() - began
        for server in others:
            server.launch()
        self._until(self._all_serve)
        self._leave()  # a round notes the connections made in that round

    def close(self) -> None:
        """Kill everything."""
        for server in self._servers:
            server.kill()
        self._engine.close()

    def stop(self) -> None:
        """Stop all servers in order, and compare their copies a last time."""
        self._leave()
        for server in self._servers:
            server.stop()
        self._compare_copies()

    def round(self) -> None:
        """Kill and start, with people on all servers.

        :raises AssertionError: something was lost, doubled, or differs.
        """
        for painter in self._painters:
            painter.visits, painter.shown = [], {}
        for server, client in zip(self._servers, self._old, strict=True):
            assert server.port is not None
            client.connect(server.port)
            self._selector.register(client.socket, selectors.EVENT_READ, client)
        plan = self._plan()
        while plan or not self._all_serve():
            while plan and time.monotonic() >= plan[0].when:
                self._happen(plan.pop(0))
            self._turn(self._painters)
        self._end()
        self._check()
        self._leave()
        self.counts["rounds"] += 1

    # --- kills -----------------------------------------------------------------------------------

    def _plan(self) -> list[Event]:
        """Choose the victims of a round, and when they are killed and return."""
        random, now = self._random, time.monotonic()
        node, server = random.randrange(NODES), NODES + random.randrange(SERVERS)
        nodes, servers = range(NODES), range(NODES, NODES + SERVERS)
        choices: dict[str, list[int]] = {
            "a server": [server],
            "a node": [node],
            "a server and a node": [server, node],
            "two servers": random.sample(servers, 2),
            "all servers": [*servers],
            "a majority of the nodes": random.sample(nodes, 2),
            "all nodes": [*nodes],
            "everything": [*nodes, *servers],
        }
        name = random.choice([*choices])
        self.counts[f"killed: {name}"] += 1
        events = []
        together = random.random() < 0.5
        at = now + random.uniform(0, LONGEST_RUN_SECONDS)
        for victim in choices[name]:
            when = at if together else now + random.uniform(0, LONGEST_RUN_SECONDS)
            events.append(Event(when, "kill", victim))
            when += random.uniform(0, LONGEST_AWAY_SECONDS)
            events.append(Event(when, "start", victim))
            while random.random() < KILLED_WHILE_STARTING:
                when += random.uniform(0, 1.2 * self._start_seconds)
                events.append(Event(when, "kill while starting", victim))
                events.append(Event(when, "start", victim))
        self.last = f"{name}, {'together' if together else 'one by one'}"
        return sorted(events, key=lambda event: event.when)

    def _happen(self, event: Event) -> None:
        kind = "node" if event.victim < NODES else "server"
        if event.what != "start":
            self.counts[f"{kind}: {event.what}"] += 1
        if kind == "node":
            if event.what == "start":
                self._engine.launch(event.victim)
            else:
                self._engine.kill(event.victim)
            return
        server = self._servers[event.victim - NODES]
        if event.what != "start":
            server.kill()
        elif not server.runs:  # a start that came before the engine's own may have been tried again already
            self._start(server)

    def _start(self, server: Server) -> None:
        others = sum(each.path.exists() for each in self._servers if each is not server)
        if others and self._random.random() < WITHOUT_A_COPY:
            self.counts["returned without a copy"] += 1
            for path in server.path.parent.glob(server.path.name + "*"):
                path.unlink()
        server.launch()

    # --- turns -----------------------------------------------------------------------------------

    def _turn(self, painting: Collection[Painter] = ()) -> None:
        """Look after the servers, and let the clients read and paint for a moment.

        :param painting: those who paint on.
        """
        for server in self._servers:
            if server.look():
                self.counts["started again, without its engine"] += 1
                self._start(server)
        serving = [server for server in self._servers if server.port is not None]
        for painter in self._painters:
            if painter.server is None and serving:
                try:
                    painter.visit(self._random.choice(serving))
                except ConnectionError:
                    continue
                self._selector.register(painter.socket, selectors.EVENT_READ, painter)
            elif painter.server is not None and painter in painting:
                with suppress(ConnectionError):  # seen when reading
                    painter.paint_on()
        for key, _events in self._selector.select(PAINT_SECONDS):
            self._read(key.data)

    def _read(self, client: Client) -> None:
        try:
            data = client.socket.recv(65536)
            client.receive(data)
            if data and isinstance(client, OldPainter) and not client.is_leaving:
                client.paint_on()
        except ConnectionError:
            data = b""
        if not data:
            self._selector.unregister(client.socket)
            client.socket.close()
            if isinstance(client, Painter):
                client.server = None

    def _until(self, is_done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_done():
            assert time.monotonic() < deadline, "the servers do not come to one end"
            self._turn()

    def _connected(self, kind: type[AClient]) -> list[AClient]:
        """Return the connected clients of a kind."""
        return [key.data for key in self._selector.get_map().values() if isinstance(key.data, kind)]

    def _all_serve(self) -> bool:
        return all(server.port is not None for server in self._servers)

    def _leave(self) -> None:
        for key in [*self._selector.get_map().values()]:
            self._selector.unregister(key.fileobj)
            key.data.socket.close()
        for painter in self._painters:
            painter.server = None

    # --- the end of a round ----------------------------------------------------------------------

    def _end(self) -> None:
        """Wait for all answers, for one more acknowledgement each, and for the last board everywhere.

        Clients of version 1 leave first: only a goodbye tells that all their paints are answered.
        """
        for client in self._connected(OldPainter):
            client.say_goodbye()
        self._until(lambda: not self._connected(OldPainter))
        before = {painter: painter.acknowledgements for painter in self._painters}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while lacking := [painter for painter in self._painters if painter.acknowledgements == before[painter]]:
            assert time.monotonic() < deadline, "the servers take no paint"
            self._turn(lacking)
        self._until(lambda: all(painter.server is not None and painter.is_answered for painter in self._painters))
        self._until(self._is_same_everywhere)

    def _is_same_everywhere(self) -> bool:
        shown = {painter.sequence for painter in self._painters}
        if len(shown) > 1:
            return False
        extents = set()
        for server in self._servers:
            with Reader(server.path) as reader:
                extents.add((reader.position(), reader.last_sequence()))
        return len(extents) == 1 and shown == {sequence for _position, sequence in extents}

    def _check(self) -> None:
        """Compare what was shown and answered with the copies."""
        history, *others = [History(server.path, self._sequence) for server in self._servers]
        assert all(other.strokes == history.strokes for other in others), "the copies differ"
        for painter in self._painters:
            for visit in painter.visits:
                self.counts.update(visit.check(history))
            for sequence, board in painter.shown.items():
                assert history.boards.get(sequence) == board, f"the board of {sequence} was shown otherwise"
            self.counts["boards shown"] += len(painter.shown)
        with Reader(self._servers[0].path) as reader:
            for client in self._old:
                client.check(reader, self._sequence)
        self._compare_copies()
        self._sequence = self.counts["pixels"] = history.sequence

    def _compare_copies(self) -> None:
        checked = [verify(server.path) for server in self._servers]
        assert not any(each.problems for each in checked), checked
        assert len({(each.sequence, each.checksum) for each in checked}) == 1, checked


def crashtest(rounds: int, seed: int) -> Counter[str]:
    """Run a number of rounds.

    :return: counts of events, by name.
    :raises AssertionError: something was lost; the message names a folder with the copies.
    """
    folder = Path(tempfile.mkdtemp(prefix="dcc-crashtest-"))
    test = Crashtest(folder, seed)
    try:
        test.begin()
        for _ in range(rounds):
            test.round()
        test.stop()
    except BaseException:
        print(f"in round {test.counts['rounds'] + 1} ({test.last}) with seed {seed}; the copies are in {folder}")
        raise
    finally:
        test.close()
    shutil.rmtree(folder)
    return test.counts


def main() -> None:
    """Run from a command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.long.crashtest_cluster", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seed", type=int, default=Random().randrange(2**32))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    began = time.monotonic()
    for name, count in crashtest(options.rounds, options.seed).items():
        print(f"{count:10,}  {name}")
    print(f"{time.monotonic() - began:10,.0f}  seconds")


if __name__ == "__main__":
    main()
