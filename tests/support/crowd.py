"""People on several servers of one canvas, in one thread: servers stop and start while all paint on."""

from __future__ import annotations

import selectors
import time
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import TypeVar

from dcc.record.database import connect_to_read
from dcc.record.maintenance import verify
from dcc.record.reader import Reader
from dcc.record.rows import read_bookmark
from tests.support.cluster_painters import PAINT_SECONDS, History, OldPainter, Painter
from tests.support.cluster_server import ClusterServer
from tests.support.crash_clients import SIZE, Client
from tests.support.engine import Engine
from tests.support.server_process import PATIENCE_SECONDS

SERVERS = 3
PAINTERS = 6

AClient = TypeVar("AClient", bound=Client)


class Crowd:
    """An engine, servers with their copies, and painters on all of them.

    :ivar counts: counts of events so far, by name.
    """

    def __init__(self, folder: Path, random: Random, nodes: int, *options: str) -> None:
        """
        :param nodes: of the engine.
        :param options: of every server.
        """
        self.counts: Counter[str] = Counter()
        self.engine = Engine(nodes)
        address = str(self.engine.address("crowd"))
        self.servers = [ClusterServer(folder / f"copy{number}.sqlite3", address, *options) for number in range(SERVERS)]
        self.painters = [Painter(f"painter {number}", Random(random.random())) for number in range(PAINTERS)]
        self.start_seconds = 1.0
        self._old = [OldPainter(Random(random.random())) for _server in self.servers]
        self._random = random
        self._sequence = 0
        self._selector = selectors.DefaultSelector()

    def begin(self) -> None:
        """Begin the canvas with one server, and have the others fetch it."""
        began = time.monotonic()
        first, *others = self.servers
        first.launch("--canvas", f"{SIZE.width}x{SIZE.height}")
        self.until(lambda: first.port is not None)
        self.start_seconds = time.monotonic() - began
        for server in others:
            server.launch()
        self.until(self.all_serve)
        self._leave()  # a round notes the connections made in that round

    def close(self) -> None:
        """Kill everything."""
        for server in self.servers:
            server.kill()
        self.engine.close()

    def stop(self) -> None:
        """Stop all servers in order, and compare their copies a last time."""
        self._leave()
        for server in self.servers:
            server.stop()
        self._compare_copies()

    def begin_round(self) -> None:
        """Let people come, who forget what they received before."""
        for painter in self.painters:
            painter.begin_round()
        for server, client in zip(self.servers, self._old, strict=True):
            assert server.port is not None
            client.connect(server.port)
            self._selector.register(client.socket, selectors.EVENT_READ, client)

    def end_round(self) -> None:
        """Wait until everything is answered, shown and recorded everywhere, compare all of it, and let people leave.

        :raises AssertionError: something was lost, doubled, or differs.
        """
        self._end()
        self._check()
        self._leave()

    # --- turns -----------------------------------------------------------------------------------

    def turn(self, painting: Collection[Painter] = ()) -> None:
        """Look after the servers, and let the clients read and paint for a moment.

        :param painting: those who paint on.
        """
        for server in self.servers:
            if missing := server.look():
                self.counts[f"started again, without {missing}"] += 1
                server.launch()
        serving = [server for server in self.servers if server.port is not None]
        for painter in self.painters:
            if painter.server is None and serving:
                with suppress(ConnectionError):
                    self.connect(painter, self._random.choice(serving))
            elif painter.server is not None and painter in painting:
                with suppress(ConnectionError):  # seen when reading
                    painter.paint_on()
        for key, _events in self._selector.select(PAINT_SECONDS):
            self._read(key.data)

    def connect(self, painter: Painter, server: ClusterServer) -> None:
        """Connect a painter to a server that serves.

        :raises ConnectionError: the server is gone.
        """
        painter.visit(server)
        self._selector.register(painter.socket, selectors.EVENT_READ, painter)

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

    def until(self, is_done: Callable[[], bool], painting: Collection[Painter] = ()) -> None:
        """Turn until a state is reached.

        :param painting: those who paint on.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_done():
            assert time.monotonic() < deadline, "the servers do not come to one end"
            self.turn(painting)

    def until_painted(self) -> None:
        """Have everybody paint until each has one more acknowledgement."""
        before = {painter: painter.acknowledgements for painter in self.painters}
        self.until(lambda: all(each.acknowledgements > before[each] for each in self.painters), self.painters)

    def _connected(self, kind: type[AClient]) -> list[AClient]:
        """Return the connected clients of a kind."""
        return [key.data for key in self._selector.get_map().values() if isinstance(key.data, kind)]

    def all_serve(self) -> bool:
        """Whether every server serves."""
        return all(server.port is not None for server in self.servers)

    def _leave(self) -> None:
        for key in [*self._selector.get_map().values()]:
            self._selector.unregister(key.fileobj)
            key.data.socket.close()
        for painter in self.painters:
            painter.server = None

    # --- the end of a round ----------------------------------------------------------------------

    def _end(self) -> None:
        """Wait for all answers, for one more acknowledgement each, and for the last board everywhere.

        Clients of version 1 leave first: only a goodbye tells that all their paints are answered.
        """
        for client in self._connected(OldPainter):
            client.say_goodbye()
        self.until(lambda: not self._connected(OldPainter))
        self.until_painted()
        self.until(lambda: all(painter.server is not None and painter.is_answered for painter in self.painters))
        self.until(self._is_same_everywhere)

    def _is_same_everywhere(self) -> bool:
        shown = {painter.sequence for painter in self.painters}
        if len(shown) > 1 or not self.all_serve():
            return False
        extents = set()
        for server in self.servers:
            with Reader(server.path) as reader:
                extents.add((reader.position(), reader.last_sequence()))
        return len(extents) == 1 and shown == {sequence for _position, sequence in extents}

    def _check(self) -> None:
        """Compare what was shown and answered with the copies."""
        history, *others = [History(server.path, self._sequence) for server in self.servers]
        assert all(other.strokes == history.strokes for other in others), "the copies differ"
        for painter in self.painters:
            for visit in painter.visits:
                self.counts.update(visit.check(history))
            for sequence, board in painter.shown.items():
                assert history.boards.get(sequence) == board, f"the board of {sequence} was shown otherwise"
            self.counts["boards shown"] += len(painter.shown)
        with Reader(self.servers[0].path) as reader:
            for client in self._old:
                client.check(reader, self._sequence)
        self._compare_copies()
        with closing(connect_to_read(self.servers[0].path)) as connection:
            bookmark = read_bookmark(connection)
        assert bookmark is not None
        self.counts["entries that the newest snapshot has"] = bookmark.snapshot
        self._sequence = self.counts["pixels"] = history.sequence

    def _compare_copies(self) -> None:
        checked = [verify(server.path) for server in self.servers]
        assert not any(each.problems for each in checked), checked
        assert len({(each.sequence, each.checksum) for each in checked}) == 1, checked
