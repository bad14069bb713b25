"""Pixelflut clients that send as fast as the server reads, and read nothing.

    python -m bench.flood PORT CONNECTIONS

Prints "ready", waits for a line, floods until the next line, and prints JSON. The lines are made beforehand, so that
the clients cost little.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
from random import Random

SIDE = 50
COLOURS = ("ffffff", "000000", "ff0000", "00ff00", "ffff00", "0000ff", "00ffff", "ff00ff")
LINES = 20_000


def main() -> None:
    """See above."""
    port, count = map(int, sys.argv[1:])
    random = Random(1)
    lines = [f"PX {random.randrange(SIDE)} {random.randrange(SIDE)} {random.choice(COLOURS)}\n" for _ in range(LINES)]
    data = memoryview("".join(lines).encode())
    selector = selectors.DefaultSelector()
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    for connection in connections:
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_WRITE)
    sent = dict.fromkeys(connections, 0)
    print("ready", flush=True)
    sys.stdin.readline()
    selector.register(sys.stdin, selectors.EVENT_READ)
    while True:
        for key, _events in selector.select():
            connection = key.fileobj
            if not isinstance(connection, socket.socket):
                print(json.dumps({"bytes": sum(sent.values())}), flush=True)
                return
            try:
                sent[connection] += connection.send(data[sent[connection] % len(data) :])
            except BlockingIOError:
                pass
            except OSError as error:
                sys.exit(f"a connection was lost: {error}")


if __name__ == "__main__":
    main()
