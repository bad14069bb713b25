"""The lines of Figure 3 of the activity, in Spanish as published and in English, found in the output of a program.

Accents, capitals and punctuation do not count: the words do.
"""

from __future__ import annotations

import re
import unicodedata

STARTING = ("Iniciando servidor...", "Starting server...")
LISTENING = ("Servidor escuchando en {where}", "Server listening on {where}")
ACCEPTING = ("Servidor aceptando conexiones!", "Server accepting connections!")
HOW_TO_QUIT = ("CTRL + C -> SALIR", "CTRL + C -> QUIT")
ARRIVED = ("Ha llegado un nuevo cliente con id {client}!", "A new client has arrived with id {client}!")
HEARING = ("Escuchando a cliente {client}!", "Listening to client {client}!")
CLOSING = ("Cerrando conexión con el cliente {client}...", "Closing the connection with client {client}...")
REMOVED = (
    "Se ha eliminado el socket del cliente {client}.",
    "The socket of client {client} has been removed.",
)
STOPPING = ("Forzando cierre de servidor!", "Stopping")

AT_START = (STARTING, LISTENING, ACCEPTING, HOW_TO_QUIT)

Line = tuple[str, str]
"""A line in Spanish and in English."""


def plain(text: str) -> str:
    """Reduce a line to its words and numbers, without accents and capitals."""
    letters = unicodedata.normalize("NFD", text.casefold())
    return " ".join(re.findall(r"[^\W_]+", "".join(letter for letter in letters if not unicodedata.combining(letter))))


def find(line: Line, output: list[str]) -> list[str]:
    """Find a line in the output of a program.

    :return: for each line found, its id of a client, or the empty string.
    """
    found = []
    for text in line:
        before, _field, after = text.partition("{")
        after = after.partition("}")[2]
        value = r" (\w+)" if "{client}" in text else "()"
        pattern = re.compile(rf"\b{plain(before)}{value}{' ' + plain(after) if plain(after) else ''}\b")
        found += [match[1] for each in output if (match := pattern.search(plain(each)))]
    return found
