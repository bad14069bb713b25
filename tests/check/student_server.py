"""A server as students write them for the published activity, which makes one mistake on demand.

    python student_server.py [--one] [--port PORT] [MISTAKE...]

The right program stands in :class:`Servidor`: blocking sockets, a thread for each client (``--one``: one client after
another), the lines of Figure 3, port 0 unless told otherwise. Each mistake is a word that the program looks for where
a student makes it; tests/check/test_server.py has the list. The program shares no code with this project.
"""

import json
import os
import pickle
import socket
import sys
import threading
import time

COLORES = ["white", "black", "red", "green", "yellow", "blue", "cyan", "magenta"]

uno = "--one" in sys.argv
puerto = int(sys.argv[sys.argv.index("--port") + 1]) if "--port" in sys.argv else 0
errores = set(sys.argv[1:])


def decir(linea):
    """Print a line of Figure 3."""
    if "prints-nothing" not in errores:
        print(linea + "\n", end="", flush=True)  # in one write: threads print


class Desconectado(Exception):
    """The client is gone."""


class Servidor:
    """The board, and the clients."""

    def __init__(self):
        self.candado = threading.Lock()
        self.clientes = {}
        self.proximo = 1
        self.tablero = self.crear_tablero()
        if "no-start-line" not in errores:
            decir("Iniciando servidor...")
        if "dies-at-start" in errores:
            raise ValueError("parametros.json")
        self.socket_servidor = socket.socket()
        self.socket_servidor.bind(("127.0.0.1", puerto))
        if "never-listens" not in errores:
            self.socket_servidor.listen()
        decir(f"Servidor escuchando en 127.0.0.1:{self.socket_servidor.getsockname()[1]}")
        decir("Servidor aceptando conexiones!")
        decir("CTRL + C -> SALIR")

    def crear_tablero(self):
        """A white board."""
        lado = 49 if "board-of-49" in errores else 50
        blanco = "blanco" if "spanish-colours" in errores else "white"
        return {str(y): {str(x): blanco for x in range(lado)} for y in range(lado)}

    def aceptar(self):
        """Accept clients for ever."""
        while True:
            cliente, _ = self.socket_servidor.accept()
            if "accepts-once" in errores and self.proximo > 1:
                continue
            id_cliente = len(self.clientes) + 1 if "ids-again" in errores else self.proximo
            self.proximo += 1
            if uno or "accepting-thread-listens" in errores:
                self.atender(id_cliente, cliente)
            else:
                hilo = threading.Thread(target=self.atender, args=(id_cliente, cliente), daemon=True)
                hilo.start()
            if "ends-after-first" in errores and uno:
                os._exit(0)

    def atender(self, id_cliente, cliente):
        """Serve a client from its arrival to its end."""
        if "no-arrival-line" not in errores:
            decir(f"Ha llegado un nuevo cliente con id {id_cliente}!")
        decir(f"Escuchando a cliente {id_cliente}!")
        with self.candado:
            self.clientes[id_cliente] = cliente
        try:
            self.escuchar_cliente(id_cliente, cliente)
        except (Desconectado, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            if "dies-of-bad-input" in errores and not isinstance(error, (Desconectado, OSError)):
                os._exit(3)
            if "keeps-dead-clients" in errores and isinstance(error, Desconectado):
                return
            if "dies-of-leaving" in errores and isinstance(error, (Desconectado, OSError)):
                os._exit(4)
        if "socket-stays-open" in errores:
            self.guardado = [*getattr(self, "guardado", []), self.clientes.pop(id_cliente)]
            return
        if "no-leave-line" not in errores:
            decir(f"Cerrando conexión con el cliente {id_cliente}...")
        with self.candado:
            self.clientes.pop(id_cliente, None)
            cliente.close()
        decir(f"Se ha eliminado el socket del cliente {id_cliente}.")

    def escuchar_cliente(self, id_cliente, cliente):
        """Read commands and answer."""
        tablero = self.crear_tablero() if "board-each" in errores else self.tablero
        self.resto = b""
        while True:
            comando = self.recibir(cliente)
            if "never-answers" in errores:
                continue
            palabra = comando["comando"]
            if palabra == "nuevo":
                if "nuevo-unanswered" not in errores:
                    self.enviar(cliente, self.obtener_tablero(tablero))
            elif palabra == "pintar":
                self.pintar(tablero, cliente, comando)
            elif palabra == "cerrar":
                if "goodbye-unanswered" in errores:
                    return
                if "goodbye-as-command" in errores:
                    self.enviar(cliente, {"comando": "cerrar"})
                else:
                    self.enviar(cliente, {"cerrar": True})
                if "goes-on-after-goodbye" not in errores:
                    return
            if "floods" in errores:
                while True:
                    self.enviar(cliente, self.obtener_tablero(tablero))

    def pintar(self, tablero, cliente, comando):
        """Paint a cell, and send the board."""
        x, y, color = comando["x_pos"], comando["y_pos"], comando["nombre_color"]
        if "answers-before-painting" in errores:
            self.responder(cliente, tablero)
        if color not in COLORES or ("no-cyan" in errores and color == "cyan"):
            pass
        elif "swaps-axes" in errores:
            tablero[x][y] = color
        elif "paints-row" in errores:
            tablero[y] = dict.fromkeys(tablero[y], color)
        elif "off-by-one" in errores:
            tablero[y][str((int(x) + 1) % 50)] = color
        elif "paints-nothing" not in errores and y in tablero and x in tablero[y]:
            tablero[y][x] = color
        if "answers-before-painting" not in errores:
            self.responder(cliente, tablero)

    def responder(self, cliente, tablero):
        """Send the board after a paint."""
        respuesta = self.obtener_tablero(tablero)
        if "paint-unanswered" in errores:
            return
        if "answers-twice" in errores:
            self.enviar(cliente, respuesta)
        if uno or "answers-painter-only" in errores:
            self.enviar(cliente, respuesta)
            return
        with self.candado:
            for otro in list(self.clientes.values()):
                if "not-to-painter" in errores and otro is cliente:
                    continue
                try:
                    self.enviar(otro, respuesta)
                except OSError:
                    if "keeps-dead-clients" in errores:
                        raise

    def obtener_tablero(self, tablero):
        """The board as it is sent."""
        return {y: dict(fila) for y, fila in list(tablero.items())}

    def recibir(self, cliente):
        """Read a message."""
        if "one-recv" in errores:
            datos = cliente.recv(4096)
            if not datos:
                raise Desconectado
            return json.loads(datos[5:].decode("utf-8"))
        if "no-prefix" in errores:
            return json.loads(cliente.recv(4096).decode("utf-8") or self.fallar())
        if "recv-prefix-once" in errores:
            prefijo = cliente.recv(5)
            if not prefijo:
                raise Desconectado
        else:
            prefijo = self.leer(cliente, 4 if "prefix-of-4" in errores else 6 if "prefix-of-6" in errores else 5)
        grande = "big-endian" in errores or "reads-big-endian" in errores
        largo = int.from_bytes(prefijo, "big" if grande else "little")
        if "recv-length-once" in errores:
            mensaje = cliente.recv(largo)
        elif "chunks-of-128" in errores:
            mensaje = b""
            while len(mensaje) < largo:
                mensaje += cliente.recv(128) or self.fallar()
            mensaje = mensaje[:largo]
        elif "forgets-last-chunk" in errores:
            mensaje = b""
            while len(mensaje) < largo:
                mensaje += cliente.recv(min(128, largo - len(mensaje))) or self.fallar()
            if largo > 128:
                mensaje = mensaje[: largo // 128 * 128]
        elif "counts-characters" in errores:
            mensaje = b""
            while len(mensaje.decode("utf-8", "ignore")) < largo:
                mensaje += cliente.recv(1) or self.fallar()
        elif "locks-while-reading" in errores:
            with self.candado:
                mensaje = self.leer(cliente, largo)
        else:
            mensaje = self.leer(cliente, largo)
        return json.loads(mensaje.decode("ascii" if "ascii" in errores else "utf-8"))

    def fallar(self):
        """The client is gone."""
        raise Desconectado

    def leer(self, cliente, largo):
        """Read a number of bytes, at most 128 at a time."""
        leidos = b""
        while len(leidos) < largo:
            leidos += cliente.recv(min(128, largo - len(leidos))) or self.fallar()
        return leidos

    def enviar(self, cliente, respuesta):
        """Send an answer."""
        if "pickle" in errores:
            mensaje = pickle.dumps(respuesta)
        elif "str-of-dict" in errores:
            mensaje = str(respuesta).encode("utf-8")
        elif "dumps-twice" in errores:
            mensaje = json.dumps(json.dumps(respuesta)).encode("utf-8")
        else:
            mensaje = json.dumps(respuesta).encode("utf-8")
        largo = len(mensaje)
        if "length-with-prefix" in errores:
            largo += 5
        if "getsizeof" in errores:
            largo = sys.getsizeof(mensaje)
        bytes_largo = 4 if "prefix-of-4" in errores else 6 if "prefix-of-6" in errores else 5
        if "writes-prefix-of-4" in errores:
            bytes_largo = 4
        orden = "big" if "big-endian" in errores or "writes-big-endian" in errores else "little"
        prefijo = b"" if "no-prefix" in errores else largo.to_bytes(bytes_largo, orden)
        bytes_ahora = 0
        if "on-a-loaded-machine" in errores:  # the system gives the processor to others, before a message or within
            bytes_ahora = 1000 if "within" in errores else 0
            cliente.sendall((prefijo + mensaje)[:bytes_ahora])
            time.sleep(0.03)
        cliente.sendall((prefijo + mensaje)[bytes_ahora:])

    def terminar(self):
        """Ctrl+C."""
        if "no-stop-line" not in errores:
            decir("Forzando cierre de servidor!")
        with self.candado:
            for cliente in self.clientes.values():
                if "stop-without-goodbye" not in errores:
                    self.enviar(cliente, {"cerrar": True})
                cliente.close()
        if "stop-hangs" in errores:
            threading.Thread(target=threading.Event().wait).start()
            return
        os._exit(0)


if __name__ == "__main__":
    servidor = Servidor()
    threading.Thread(target=servidor.aceptar, daemon=True).start()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        servidor.terminar()
