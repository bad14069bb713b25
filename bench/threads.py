"""The rival of version 1: a server after the published activity's description, sharing no code with ours.

    threads.py each|once

Blocking sockets, a thread that accepts, a thread for each client. ``pintar`` changes the board under a lock, and then
the whole board goes to everyone as JSON after five bytes of length, for every paint; ``nuevo`` is answered with the
board, ``cerrar`` with a goodbye. ``each``: one function turns the board into JSON and sends the JSON to a client, like
the activity's own function; ``once``: the JSON is made once for all clients, an obvious improvement. Nothing is kept on
a disk.

Says "port N".
"""

from __future__ import annotations

import json
import resource
import socket
import sys
import threading
from contextlib import suppress

SIDE = 50
PREFIX_BYTES = 5
PIECE_BYTES = 128


class Server:
    """Keeps the board, and the sockets of the clients."""

    def __init__(self, listener: socket.socket, *, encodes_once: bool) -> None:
        self._listener = listener
        self._encodes_once = encodes_once
        self._board = {str(y): {str(x): "white" for x in range(SIDE)} for y in range(SIDE)}
        self._clients: list[socket.socket] = []
        self._lock = threading.Lock()

    def accept(self) -> None:
        """Give each client a thread, for ever."""
        while True:
            client, _address = self._listener.accept()
            with self._lock:
                self._clients.append(client)
            threading.Thread(target=self._listen, args=(client,), daemon=True).start()

    def _listen(self, client: socket.socket) -> None:
        """Serve a client until the client leaves."""
        with suppress(OSError):
            while True:
                length = int.from_bytes(_read(client, PREFIX_BYTES), "little")
                command = json.loads(_read(client, length))
                with self._lock:
                    if command["comando"] == "pintar":
                        self._board[command["y_pos"]][command["x_pos"]] = command["nombre_color"]
                        self._show_everyone()
                    elif command["comando"] == "nuevo":
                        client.sendall(_frame(self._board))
                    else:
                        client.sendall(_frame({"cerrar": True}))
                        break
        with self._lock:
            self._clients.remove(client)
        client.close()

    def _show_everyone(self) -> None:
        frame = _frame(self._board)
        for client in self._clients:
            with suppress(OSError):  # the client's own thread finds out
                client.sendall(frame if self._encodes_once else _frame(self._board))


def _read(client: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        piece = client.recv(min(PIECE_BYTES, length - len(data)))
        if not piece:
            raise ConnectionResetError
        data += piece
    return data


def _frame(message: object) -> bytes:
    payload = json.dumps(message).encode()
    return len(payload).to_bytes(PREFIX_BYTES, "little") + payload


def main() -> None:
    """See above."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print("port", listener.getsockname()[1], flush=True)
    Server(listener, encodes_once=sys.argv[1] == "once").accept()


if __name__ == "__main__":
    main()
