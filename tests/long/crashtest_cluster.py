"""Servers and the nodes of their engine are killed again and again while people paint on all servers.

    python -m tests.long.crashtest_cluster [--rounds N] [--seed N]

Three nodes of NATS JetStream and three servers share a canvas. Each round kills servers and nodes by SIGKILL at random
moments: one, several, a majority of the nodes, everything. The victims return at random moments. Some are killed again
while starting, and some servers return without a copy. The log keeps few entries, so servers make snapshots all the
time, and fetch one if they return too late. People on a killed server go on at another server at once, with
their board. At the end of a round everything runs again, and all copies must become the same, with the same sequence,
checksum and history. Every acknowledged paint must be there once, and no refused paint. Each board shown must be
that of its sequence in the history.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.cluster_server import ClusterServer
from tests.support.crash_rounds import Rounds, run_from_command_line
from tests.support.crowd import SERVERS, Crowd

NODES = 3

LOG_KEEP = 100
"""So few that snapshots are made all the time, and that a server now and then returns too late for the log, or is left
behind while it looks for another node. With 40 nearly all are too late, and none catches up."""

LONGEST_RUN_SECONDS = 1.0
LONGEST_AWAY_SECONDS = 0.5
KILLED_WHILE_STARTING = 0.3
WITHOUT_A_COPY = 0.1


@dataclass(frozen=True)
class Event:
    """Something that happens to a victim at a time of the monotonic clock."""

    when: float
    what: str
    victim: int  # nodes first, then servers


class Crashtest(Rounds):
    """Rounds with the same engine and the same copies."""

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(seed)
        self._crowd = Crowd(folder, self._random, NODES, "--log-keep", str(LOG_KEEP))
        self.counts = self._crowd.counts

    def begin(self) -> None:
        """Start all servers."""
        self._crowd.begin()

    def close(self) -> None:
        """Kill everything."""
        self._crowd.close()

    def stop(self) -> None:
        """Stop all servers in order, and compare their copies a last time."""
        self._crowd.stop()

    def round(self) -> None:
        """Kill and start, with people on all servers."""
        crowd = self._crowd
        crowd.begin_round()
        plan = self._plan()
        while plan or not crowd.all_serve():
            while plan and time.monotonic() >= plan[0].when:
                self._happen(plan.pop(0))
            crowd.turn(crowd.painters)
        crowd.end_round()

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
                when += random.uniform(0, 1.2 * self._crowd.start_seconds)
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
                self._crowd.engine.launch(event.victim)
            else:
                self._crowd.engine.kill(event.victim)
            return
        server = self._crowd.servers[event.victim - NODES]
        if event.what != "start":
            server.kill()
        elif not server.runs:  # a start that came before the engine's own may have been tried again already
            self._start(server)

    def _start(self, server: ClusterServer) -> None:
        others = sum(each.path.exists() for each in self._crowd.servers if each is not server)
        if others and self._random.random() < WITHOUT_A_COPY:
            self.counts["returned without a copy"] += 1
            server.remove_copy()
        server.launch()


if __name__ == "__main__":
    run_from_command_line("python -m tests.long.crashtest_cluster", __doc__.splitlines()[0], Crashtest, rounds=15)
