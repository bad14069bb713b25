"""A server of version 1 after the published activity's description, on its own: blocking sockets, a thread a client, a
board of 50 by 50, sent whole to everybody after every paint. The program shares no code with this project, and shows
that our clients work with such servers.

    python version1_server.py

writes ``escuchando PORT`` and then every received command, a line of JSON each. At the end of its standard input the
program says goodbye to every client and ends.
"""

import contextlib
import json
import socket
import sys
import threading

LADO = 50


class Servidor:
    """Keeps the board and the sockets of the clients."""

    def __init__(self) -> None:
        self.tablero = {str(y): {str(x): "white" for x in range(LADO)} for y in range(LADO)}
        self.clientes: list[socket.socket] = []
        self.candado = threading.Lock()
        self.socket_servidor = socket.create_server(("127.0.0.1", 0))
        print("escuchando", self.socket_servidor.getsockname()[1], flush=True)
        threading.Thread(target=self.aceptar_clientes, daemon=True).start()

    def aceptar_clientes(self) -> None:
        """A thread for each client."""
        while True:
            cliente, _direccion = self.socket_servidor.accept()
            with self.candado:
                self.clientes.append(cliente)
            threading.Thread(target=self.escuchar_cliente, args=(cliente,), daemon=True).start()

    def escuchar_cliente(self, cliente: socket.socket) -> None:
        """Serve a client until its goodbye."""
        with contextlib.suppress(ConnectionError):
            self.obedecer(cliente)
        with self.candado:
            self.clientes.remove(cliente)
            cliente.close()

    def obedecer(self, cliente: socket.socket) -> None:
        """Obey a client's commands until the goodbye.

        :raises ConnectionError: the client is gone.
        """
        while True:
            largo = int.from_bytes(self.leer(cliente, 5), byteorder="little")
            comando = json.loads(self.leer(cliente, largo).decode("utf-8"))
            print(json.dumps(comando), flush=True)
            with self.candado:
                if comando["comando"] == "pintar":
                    self.tablero[comando["y_pos"]][comando["x_pos"]] = comando["nombre_color"]
                    self.enviar_a_todos(self.tablero)
                elif comando["comando"] == "nuevo":
                    self.enviar(cliente, self.tablero)
                else:
                    self.enviar(cliente, {"cerrar": True})
                    return

    def leer(self, cliente: socket.socket, largo: int) -> bytes:
        """Read a number of bytes, at most 128 at a time."""
        leidos = bytearray()
        while len(leidos) < largo:
            parte = cliente.recv(min(128, largo - len(leidos)))
            if not parte:
                raise ConnectionError
            leidos += parte
        return bytes(leidos)

    def enviar(self, cliente: socket.socket, respuesta: object) -> None:
        """Send an answer."""
        mensaje = json.dumps(respuesta).encode("utf-8")
        cliente.sendall(len(mensaje).to_bytes(5, byteorder="little") + mensaje)

    def enviar_a_todos(self, respuesta: object) -> None:
        """Send the same to everybody; a client that is gone is removed by its own thread."""
        for cliente in self.clientes:
            with contextlib.suppress(ConnectionError):
                self.enviar(cliente, respuesta)


if __name__ == "__main__":
    servidor = Servidor()
    sys.stdin.read()
    with servidor.candado:
        servidor.enviar_a_todos({"cerrar": True})
