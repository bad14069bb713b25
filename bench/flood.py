"""Pixelflut clients that paint at a rate, or as fast as the server reads, and read nothing.

    python -m bench.flood PORT CONNECTIONS RATE

RATE: writes a second, of all clients together, each of :data:`LINES` lines; 0 for as fast as the server reads. Prints
"ready", waits for a line, paints until the next line, and prints JSON. The lines are made beforehand, so that the
clients cost little.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from random import Random

SIDE = 50
COLOURS = ("ffffff", "000000", "ff0000", "00ff00", "ffff00", "0000ff", "00ffff", "ff00ff")
LINES = 200
PIECES = 100
"""Different pieces of lines."""


def main() -> None:
    """See above."""
    port, count, rate = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    random = Random(1)
    pieces = [
        "".join(
            f"PX {random.randrange(SIDE)} {random.randrange(SIDE)} {random.choice(COLOURS)}\n" for _ in range(LINES)
        ).encode()
        for _ in range(PIECES)
    ]
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    print("ready", flush=True)
    sys.stdin.readline()
    sent = _at_rate(connections, pieces, rate) if rate else _flood(connections, memoryview(b"".join(pieces)))
    print(json.dumps({"bytes": sent}), flush=True)


def _at_rate(connections: list[socket.socket], pieces: list[bytes], rate: float) -> int:
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin, selectors.EVENT_READ)
    began, sent, writes = time.monotonic(), 0, 0
    while not selector.select(max(0.0, began + writes / rate - time.monotonic())):
        piece = pieces[writes % len(pieces)]
        connections[writes % len(connections)].sendall(piece)
        sent += len(piece)
        writes += 1
    return sent


def _flood(connections: list[socket.socket], data: memoryview) -> int:
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin, selectors.EVENT_READ)
    for connection in connections:
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_WRITE)
    sent = dict.fromkeys(connections, 0)
    while True:
        for key, _events in selector.select():
            connection = key.fileobj
            if not isinstance(connection, socket.socket):
                return sum(sent.values())
            try:
                sent[connection] += connection.send(data[sent[connection] % len(data) :])
            except BlockingIOError:
                pass
            except OSError as error:
                sys.exit(f"a connection was lost: {error}")


if __name__ == "__main__":
    main()
