"""A client as students write them for the published activity, which makes one mistake on demand.

    python student_client.py PORT [MISTAKE...]

Without a window: lines on standard input say what a person does. ``pintar COLUMN ROW COLOUR`` is a click, ``marcada
COLOUR`` a click on the black cell that the board shows and did not show before, ``cerrar`` closes the window. The
program shares no code with this project; tests/check/test_client.py has the list of mistakes.
"""

import json
import os
import pickle
import socket
import sys
import threading

errores = set(sys.argv[2:])


class Cliente:
    """The connection, and the board that the window shows."""

    def __init__(self):
        self.tablero = {}
        self.cambio = threading.Condition()
        self.pintadas = set()
        if "never-connects" in errores:
            threading.Event().wait()
        self.socket_cliente = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        threading.Thread(target=self.escuchar_servidor, daemon=True).start()
        if "dies-at-once" in errores:
            os._exit(1)
        if "no-nuevo" not in errores:
            self.enviar_a_servidor({"comando": "hola" if "says-hola" in errores else "nuevo"})
        if "nuevo-twice" in errores:
            self.enviar_a_servidor({"comando": "nuevo"})
        while "floods" in errores:
            self.enviar_a_servidor({"comando": "nuevo"})

    def enviar_a_servidor(self, comando):
        """Send a command."""
        if "pickle" in errores:
            mensaje = pickle.dumps(comando)
        elif "str-of-dict" in errores:
            mensaje = str(comando).encode("utf-8")
        elif "dumps-twice" in errores:
            mensaje = json.dumps(json.dumps(comando)).encode("utf-8")
        else:
            mensaje = json.dumps(comando).encode("utf-8")
        largo = len(mensaje) + (5 if "length-with-prefix" in errores else 0)
        if "getsizeof" in errores:
            largo = sys.getsizeof(mensaje)
        prefijo = largo.to_bytes(self.bytes_largo(), "big" if "big-endian" in errores else "little")
        self.socket_cliente.sendall((b"" if "no-prefix" in errores else prefijo) + mensaje)

    def bytes_largo(self):
        """The size of the prefix."""
        return 4 if "prefix-of-4" in errores else 6 if "prefix-of-6" in errores else 5

    def escuchar_servidor(self):
        """Read boards until the server says goodbye."""
        while True:
            respuesta = json.loads(self.recibir().decode("utf-8"))
            if "cerrar" in respuesta and "ignores-goodbye" not in errores:
                break
            with self.cambio:
                self.tablero = respuesta
                self.cambio.notify_all()
        if "stays-after-goodbye" in errores:
            threading.Event().wait()
        os._exit(0)

    def recibir(self):
        """Read a message."""
        if "one-recv" in errores:
            return self.socket_cliente.recv(4096)[5:]
        if "no-prefix" in errores:
            return self.hasta_el_fin()
        prefijo = self.socket_cliente.recv(5) if "recv-prefix-once" in errores else self.leer(self.bytes_largo())
        largo = int.from_bytes(prefijo, "big" if "big-endian" in errores else "little")
        if "chunks-of-128" in errores:
            mensaje = b""
            while len(mensaje) < largo:
                mensaje += self.socket_cliente.recv(128) or self.fallar()
            return mensaje[:largo]
        if "forgets-last-chunk" in errores:
            return self.leer(largo // 128 * 128)
        return self.leer(largo)

    def hasta_el_fin(self):
        """Read a message without a length: until its braces are closed."""
        mensaje, abiertas = b"", 0
        while not mensaje or abiertas:
            letra = self.socket_cliente.recv(1) or self.fallar()
            abiertas += (letra == b"{") - (letra == b"}")
            mensaje += letra
        return mensaje

    def leer(self, largo):
        """Read a number of bytes, at most 128 at a time."""
        leidos = b""
        while len(leidos) < largo:
            leidos += self.socket_cliente.recv(min(128, largo - len(leidos))) or self.fallar()
        return leidos

    def fallar(self):
        """The server is gone without a goodbye."""
        os._exit(1)

    def pintar(self, columna, fila, color):
        """A click on a cell."""
        if "no-paint" in errores:
            return
        x_pos, y_pos = (columna, fila) if "swaps-axes" in errores else (fila, columna)
        comando = {"comando": "pintar", "x_pos": str(x_pos), "y_pos": str(y_pos), "nombre_color": color}
        if "integers" in errores:
            comando |= {"x_pos": x_pos, "y_pos": y_pos}
        if "short-keys" in errores:
            comando = {"comando": "pintar", "x": str(x_pos), "y": str(y_pos), "color": color}
        if "spanish-colours" in errores:
            comando["nombre_color"] = {"red": "rojo", "green": "verde"}[color]
        self.enviar_a_servidor(comando)
        if "paints-twice" in errores:
            self.enviar_a_servidor(comando)

    def pintar_marcada(self, color):
        """Click on the black cell as soon as the window shows another one than before."""
        with self.cambio:
            self.cambio.wait_for(lambda: self.marcadas() - self.pintadas)
            columna, fila = next(iter(self.marcadas() - self.pintadas))
            self.pintadas.add((columna, fila))
        self.pintar(columna, fila, color)

    def marcadas(self):
        """The black cells, as (column, row) on the screen."""
        celdas = {(int(y), int(x)) for y, fila in self.tablero.items() for x, c in fila.items() if c == "black"}
        return {celda[::-1] for celda in celdas} if "draws-swapped" in errores else celdas


if __name__ == "__main__":
    cliente = Cliente()
    for linea in sys.stdin:
        orden, *datos = linea.split()
        if orden == "pintar":
            cliente.pintar(int(datos[0]), int(datos[1]), datos[2])
        elif orden == "marcada":
            # In a thread: a window takes other clicks while none of its cells is black.
            threading.Thread(target=cliente.pintar_marcada, args=(datos[0],), daemon=True).start()
        elif "no-goodbye" in errores:
            os._exit(0)
        else:
            cliente.enviar_a_servidor({"comando": "cerrar"})
