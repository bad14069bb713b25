"""A client of version 1 after the published activity's description, on its own: a blocking socket, a prefix of 5 bytes,
reads of at most 128, a thread that listens. The program shares no code with this project, and shows that the server
works with such programs.

    python version1_process.py HOST PORT

sends ``nuevo`` at its start and then obeys lines from standard input::

    pintar X_POS Y_POS COLOUR   paint one pixel
    tablero                     write the current board, as one line of JSON
    cerrar                      say goodbye and end, like a closed window

The program writes ``recibido N`` for the Nth board. After the server's goodbye the program writes ``cierre JSON`` and
ends; the exit status is 1 if a connection ended without a goodbye.
"""

import json
import os
import socket
import sys
import threading


def decir(linea):
    """Print a line in one write: two threads print, and the parts of a line must stay together."""
    sys.stdout.write(linea + "\n")
    sys.stdout.flush()


class Cliente:
    """A connection to a server."""

    def __init__(self, host: str, port: int) -> None:
        self.tablero: dict[str, dict[str, str]] = {}
        self.recibidos = 0
        self.socket_cliente = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket_cliente.connect((host, port))
        self.hilo = threading.Thread(target=self.escuchar_servidor, daemon=True)
        self.hilo.start()

    def enviar_a_servidor(self, comando: dict[str, str]) -> None:
        """Send a command."""
        mensaje = json.dumps(comando).encode("utf-8")
        self.socket_cliente.sendall(len(mensaje).to_bytes(5, byteorder="little") + mensaje)

    def escuchar_servidor(self) -> None:
        """Take boards until the server says goodbye."""
        while True:
            largo = int.from_bytes(self.leer(5), byteorder="little")
            respuesta = json.loads(self.leer(largo).decode("utf-8"))
            if "cerrar" in respuesta:
                decir(f"cierre {json.dumps(respuesta)}")
                os._exit(0)  # also out of the main thread, which waits for a line
            self.tablero = respuesta
            self.recibidos += 1
            decir(f"recibido {self.recibidos}")

    def leer(self, largo: int) -> bytes:
        """Read a number of bytes, at most 128 at a time."""
        leidos = bytearray()
        while len(leidos) < largo:
            parte = self.socket_cliente.recv(min(128, largo - len(leidos)))
            if not parte:
                decir("the server closed without a goodbye")
                os._exit(1)
            leidos += parte
        return bytes(leidos)


def main() -> None:
    """See above."""
    cliente = Cliente(sys.argv[1], int(sys.argv[2]))
    cliente.enviar_a_servidor({"comando": "nuevo"})
    for linea in sys.stdin:
        orden, *datos = linea.split()
        if orden == "pintar":
            x_pos, y_pos, nombre_color = datos
            cliente.enviar_a_servidor(
                {"comando": "pintar", "x_pos": x_pos, "y_pos": y_pos, "nombre_color": nombre_color}
            )
        elif orden == "tablero":
            decir(f"tablero {json.dumps(cliente.tablero)}")
        else:
            cliente.enviar_a_servidor({"comando": "cerrar"})
    cliente.hilo.join()


if __name__ == "__main__":
    main()
