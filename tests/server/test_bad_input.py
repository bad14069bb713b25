"""Bad input of every kind: the answer, a line in the log, no traceback, and neighbours draw on."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any

from dcc import limits
from dcc.core.canvas import Canvas, pack_pixels
from dcc.core.palette import AF06
from dcc.protocol.frames import frame
from dcc.protocol.messages import (
    Acknowledged,
    Changes,
    Closing,
    Failed,
    NamedBoard,
    Rejected,
    ServerMessage,
    Welcome,
    WholeBoard,
)
from tests.support.wire import (
    BLACK,
    CANVAS_ID,
    GREEN,
    HELLO_1,
    HELLO_2,
    RED,
    FakeServer,
    Peer,
    TableTestCase,
    each,
    log,
    names,
    paint,
    pintar,
)

NEW, V1, V2 = 0, 1, 2
"""Versions that a connection has chosen before the fault; 0 is none yet."""


@dataclass(frozen=True)
class Case:
    """A peer's messages, and the expected outcome.

    :ivar data: as it comes from the wire, frames and all.
    :ivar fault: the reason for the end of the connection, if any.
    :ivar refused: the reason for a rejected paint, if any.
    :ivar answers: other answers; ``"board"`` stands for the current board.
    """

    version: int
    data: bytes
    fault: str = ""
    refused: str = ""
    answers: list[ServerMessage | str] = field(default_factory=list)


def ends(version: int, payload: bytes, fault: str) -> Case:
    """A payload that ends the connection."""
    return Case(version, frame(payload), fault=fault)


def words(**values: Any) -> bytes:
    """A command in JSON."""
    return json.dumps(values).encode()


def pintar_of(x_pos: str = '"1"', y_pos: str = '"1"', colour: str = '"red"') -> bytes:
    """Return a version 1 paint with these pieces of JSON as values."""
    return f'{{"comando": "pintar", "x_pos": {x_pos}, "y_pos": {y_pos}, "nombre_color": {colour}}}'.encode()


def outside(column: int, row: int) -> str:
    """Why such a paint is refused."""
    return f"column {column}, row {row} is outside of the board of 50 x 50"


def wrong(key: str, value: str, expected: str = "an integer") -> str:
    """Why such a value is a fault."""
    return f"{key} is {value}; expected {expected}"


def binary(*pixels: tuple[int, int], surplus: bytes = b"", request: int = 9) -> bytes:
    """Return a version 2 paint, with bytes too many."""
    return b"\x03" + struct.pack("<I", request) + pack_pixels(pixels) + surplus


def length_fault(length: int) -> str:
    """Why a paint of so many bytes is none."""
    return f"a paint request of {length} bytes; expected 5 and 1 to 8192 pixels of 5"


def too_long(prefix: bytes) -> str:
    """Why a frame with such a prefix is not taken."""
    return f"a message of {int.from_bytes(prefix, 'little')} bytes is longer than the limit of 65536"


NOT_JSON = "not a JSON object, and no opcode: the first byte is "
TOO_LATE = "version 2 must be asked for in the first command of a connection"
ONLY_V2 = "a message of version 2 on a connection that did not ask for version 2"
ONLY_V1 = "a command of version 1 on a connection of version 2"
TOO_LARGE = 10**18
DIGITS = "7" * 10_000

FRAMES = {
    "an empty frame": ends(NEW, b"", "a message without content"),
    "an empty frame, version 1": ends(V1, b"", "a message without content"),
    "an empty frame, version 2": ends(V2, b"", "a message without content"),
    "one byte over the limit": Case(
        NEW,
        (limits.CLIENT_PAYLOAD_BYTES + 1).to_bytes(5, "little"),
        fault="a message of 65537 bytes is longer than the limit of 65536",
    ),
    "the longest length that five bytes say": Case(
        V2, b"\xff" * 5, fault="a message of 1099511627775 bytes is longer than the limit of 65536"
    ),
    "a length of which only the fifth byte says too much": Case(
        V1, b"\0\0\0\0\1", fault="a message of 4294967296 bytes is longer than the limit of 65536"
    ),
    "a length in the other byte order": Case(
        NEW, b"\0\0\0\0\x14" + HELLO_1, fault="a message of 85899345920 bytes is longer than the limit of 65536"
    ),
    "no frame but the payload": Case(NEW, HELLO_1, fault=too_long(HELLO_1[:5])),
    "HTTP, not as the first words": Case(V1, b"GET / HTTP/1.1\r\n\r\n", fault=too_long(b"GET /")),
    "a frame of the limit that is nothing": ends(NEW, b" " * limits.CLIENT_PAYLOAD_BYTES, NOT_JSON + "0x20"),
    "part of a prefix": Case(NEW, b"\x14\0\0\0"),
    "part of a payload": Case(V2, frame(HELLO_2)[:-1]),
}

PAYLOADS = {
    "text": ends(NEW, b"nuevo", NOT_JSON + "0x6e"),
    "a space before the brace": ends(NEW, b" {}", NOT_JSON + "0x20"),
    "a mark of the byte order before the brace": ends(NEW, b"\xef\xbb\xbf" + HELLO_1, NOT_JSON + "0xef"),
    "a list": ends(V1, b'[{"comando": "nuevo"}]', NOT_JSON + "0x5b"),
    "a string": ends(V1, b'"nuevo"', NOT_JSON + "0x22"),
    "a number": ends(V1, b"7", NOT_JSON + "0x37"),
    "null": ends(V1, b"null", NOT_JSON + "0x6e"),
    "high bytes": ends(V2, b"\xff\xfe\xfd", NOT_JSON + "0xff"),
    "a brace": ends(NEW, b"{", "not JSON at character 1"),
    "JSON cut short": ends(V2, b'{"comando": "nuevo"', "not JSON at character 19"),
    "JSON and more": ends(V1, b'{"comando": "nuevo"}\0', "not JSON at character 20"),
    "two objects": ends(V1, HELLO_1 + HELLO_1, "not JSON at character 20"),
    "single quotes": ends(NEW, b"{'comando': 'nuevo'}", "not JSON at character 1"),
    "a bad escape": ends(NEW, rb'{"comando": "\x41"}', "not JSON at character 13"),
    "no UTF-8": ends(NEW, b'{"comando": "\xff"}', "not UTF-8 at byte 13"),
    "UTF-8 longer than it need be": ends(NEW, b'{"comando": "\xc0\xae"}', "not UTF-8 at byte 13"),
    "UTF-8 of half a pair": ends(NEW, b'{"comando": "\xed\xa0\xbd"}', "not UTF-8 at byte 13"),
    "UTF-16": ends(NEW, HELLO_1.decode().encode("utf-16-le"), "not JSON at character 1"),
    "objects in objects": ends(NEW, b'{"a":' * 13_000, "JSON nested too deeply"),
    "lists in lists": ends(V2, b'{"a":' + b"[" * 65_000, "JSON nested too deeply"),
    "lists in lists, all closed": ends(V1, b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}", "JSON nested too deeply"),
    "NaN": ends(NEW, b'{"comando": NaN}', "NaN is not JSON"),
    "Infinity where nobody looks": ends(V2, b'{"comando": "nuevo", "x": -Infinity}', "-Infinity is not JSON"),
}

COMMANDS = {
    "no command": ends(NEW, b"{}", "comando is missing"),
    "an unknown command": ends(V1, words(comando="borrar"), "unknown command 'borrar'"),
    "an unknown command, version 2": ends(V2, words(comando="borrar"), "unknown command 'borrar'"),
    "a long command": ends(V1, words(comando="x" * 60_000), f"unknown command '{'x' * 40}…'"),
    "a command of several lines": ends(V1, words(comando="a\nb\x1b[2J"), r"unknown command 'a\nb\x1b[2J'"),
    "a command with a null byte": ends(V1, words(comando="nuevo\0"), r"unknown command 'nuevo\x00'"),
    "a command with braces": ends(V1, words(comando="{line}%s"), "unknown command '{line}%s'"),
    "half of a pair": ends(V1, rb'{"comando": "\ud83c"}', wrong("comando", r"'\ud83c'", "a string")),
    "a number for a command": ends(V1, words(comando=5), wrong("comando", "'5'", "a string")),
    "true for a command": ends(V1, words(comando=True), wrong("comando", "'True'", "a string")),
    "null for a command": ends(V2, words(comando=None), wrong("comando", "'None'", "a string")),
    "a list for a command": ends(NEW, words(comando=["nuevo"]), wrong("comando", "'['nuevo']'", "a string")),
    "an object for a command": ends(NEW, words(comando={"a": 1}), wrong("comando", "'{'a': 1}'", "a string")),
    "a deep list for a command": ends(
        NEW, b'{"comando": ' + b"[" * 900 + b"]" * 900 + b"}", wrong("comando", "'[[[[[[[...]]]]]]]'", "a string")
    ),
    "the server's own words": ends(V2, words(comando="rechazado", solicitud=1), "unknown command 'rechazado'"),
    "the server's own goodbye": ends(V1, b'{"cerrar": true}', "comando is missing"),
    "a command twice, the last one good": Case(V1, frame(b'{"comando": "?", "comando": "nuevo"}'), answers=["board"]),
    "a command twice, the last one bad": ends(V1, b'{"comando": "nuevo", "comando": "?"}', "unknown command '?'"),
    "keys that nobody knows": Case(
        V1, frame(b'{"comando": "nuevo", "x": {"y": [1, 2, {}]}, "n": %b}' % DIGITS.encode()), answers=["board"]
    ),
}

PINTARS = {
    "a column too far": Case(V1, frame(pintar_of(y_pos='"50"')), refused=outside(50, 1), answers=["board"]),
    "a row too far": Case(V1, frame(pintar_of(x_pos='"50"')), refused=outside(1, 50), answers=["board"]),
    "a column below zero": Case(V1, frame(pintar_of(y_pos='"-1"')), refused=outside(-1, 1), answers=["board"]),
    "a row below zero, as a number": Case(V1, frame(pintar_of(x_pos="-1")), refused=outside(1, -1), answers=["board"]),
    "ten thousand digits": Case(
        V1, frame(pintar_of(x_pos=f'"{DIGITS}"')), refused=outside(1, TOO_LARGE), answers=["board"]
    ),
    "ten thousand digits as a number": Case(
        V1, frame(pintar_of(y_pos=DIGITS)), refused=outside(TOO_LARGE, 1), answers=["board"]
    ),
    "ten thousand digits below zero": Case(
        V1, frame(pintar_of(y_pos=f'"-{DIGITS}"')), refused=outside(-TOO_LARGE, 1), answers=["board"]
    ),
    "sixty thousand digits": Case(
        V1, frame(pintar_of(x_pos="9" * 60_000)), refused=outside(1, TOO_LARGE), answers=["board"]
    ),
    "2 to the 32": Case(V1, frame(pintar_of(x_pos="4294967297")), refused=outside(1, 2**32 + 1), answers=["board"]),
    "2 to the 64": Case(
        V1, frame(pintar_of(x_pos='"18446744073709551617"')), refused=outside(1, TOO_LARGE), answers=["board"]
    ),
    "a colour that there is not": Case(
        V1, frame(pintar_of(colour='"rojo"')), refused="there is no colour 'rojo'", answers=["board"]
    ),
    "a colour in capitals": Case(
        V1, frame(pintar_of(colour='"RED"')), refused="there is no colour 'RED'", answers=["board"]
    ),
    "a colour without letters": Case(
        V1, frame(pintar_of(colour='""')), refused="there is no colour ''", answers=["board"]
    ),
    "a colour of several lines": Case(
        V1, frame(pintar_of(colour=r'"red\n"')), refused=r"there is no colour 'red\n'", answers=["board"]
    ),
    "a colour of forty thousand letters": Case(
        V1,
        frame(pintar_of(colour='"' + "r" * 40_000 + '"')),
        refused=f"there is no colour '{'r' * 40}…'",
        answers=["board"],
    ),
    "outside, as the first command": Case(
        NEW, frame(pintar_of(x_pos='"50"')), refused=outside(1, 50), answers=["board"]
    ),
    "a float": ends(V1, pintar_of(x_pos="1.0"), wrong("x_pos", "'1.0'")),
    "a float in a string": ends(V1, pintar_of(x_pos='"1.0"'), wrong("x_pos", "'1.0'")),
    "a float without end": ends(V1, pintar_of(y_pos="1e999"), wrong("y_pos", "'inf'")),
    "an exponent": ends(V1, pintar_of(y_pos="1e1"), wrong("y_pos", "'10.0'")),
    "NaN for a position": ends(V1, pintar_of(y_pos="NaN"), "NaN is not JSON"),
    "NaN in a string": ends(V1, pintar_of(y_pos='"NaN"'), wrong("y_pos", "'NaN'")),
    "true for a position": ends(V1, pintar_of(x_pos="true"), wrong("x_pos", "'True'")),
    "null for a position": ends(V1, pintar_of(x_pos="null"), wrong("x_pos", "'None'")),
    "a list for a position": ends(V1, pintar_of(x_pos="[1]"), wrong("x_pos", "'[1]'")),
    "an object for a position": ends(V1, pintar_of(x_pos="{}"), wrong("x_pos", "'{}'")),
    "nothing for a position": ends(V1, pintar_of(x_pos='""'), wrong("x_pos", "''")),
    "a space before a position": ends(V1, pintar_of(x_pos='" 1"'), wrong("x_pos", "' 1'")),
    "a plus before a position": ends(V1, pintar_of(x_pos='"+1"'), wrong("x_pos", "'+1'")),
    "a position in hexadecimal": ends(V1, pintar_of(x_pos='"0x1"'), wrong("x_pos", "'0x1'")),
    "a position in other digits": ends(V1, pintar_of(x_pos='"١"'), wrong("x_pos", "'١'")),
    "no position": ends(V1, words(comando="pintar", y_pos="1", nombre_color="red"), "x_pos is missing"),
    "no colour": ends(V1, words(comando="pintar", y_pos="1", x_pos="1"), "nombre_color is missing"),
    "a number for a colour": ends(V1, pintar_of(colour="2"), wrong("nombre_color", "'2'", "a string")),
    "null for a colour": ends(V1, pintar_of(colour="null"), wrong("nombre_color", "'None'", "a string")),
    "a list for a colour": ends(V1, pintar_of(colour='["red"]'), wrong("nombre_color", "'['red']'", "a string")),
    "half of a pair for a colour": ends(
        V1, pintar_of(colour=r'"\udc00"'), wrong("nombre_color", r"'\udc00'", "a string")
    ),
}

HELLOS = {
    "version 0": ends(NEW, words(comando="nuevo", version=0), "there is no version 0"),
    "version below zero": ends(NEW, words(comando="nuevo", version=-2), "there is no version -2"),
    "version of ten thousand digits below zero": ends(
        NEW, b'{"comando": "nuevo", "version": -%b}' % DIGITS.encode(), f"there is no version -{TOO_LARGE}"
    ),
    "version as a float": ends(NEW, words(comando="nuevo", version=2.0), wrong("version", "'2.0'")),
    "version as a string": ends(NEW, words(comando="nuevo", version="2"), wrong("version", "'2'")),
    "version true": ends(NEW, words(comando="nuevo", version=True), wrong("version", "'True'")),
    "version null": ends(NEW, words(comando="nuevo", version=None), wrong("version", "'None'")),
    "version in a list": ends(NEW, words(comando="nuevo", version=[2]), wrong("version", "'[2]'")),
    "a wrong version, version 1": ends(V1, words(comando="nuevo", version="2"), wrong("version", "'2'")),
    "a wrong version, version 2": ends(V2, words(comando="nuevo", version=0), "there is no version 0"),
    "version of ten thousand digits": Case(
        NEW, frame(b'{"comando": "nuevo", "version": %b}' % DIGITS.encode()), answers=["welcome", "whole"]
    ),
    "desde of ten thousand digits": Case(
        NEW,
        frame(
            b'{"comando": "nuevo", "version": 2, "lienzo": "%b", "desde": %b}' % (CANVAS_ID.encode(), DIGITS.encode())
        ),
        answers=["welcome", "whole"],
    ),
    "desde below zero": Case(
        NEW,
        frame(words(comando="nuevo", version=2, lienzo=CANVAS_ID, desde=-1)),
        answers=["welcome", "whole"],
    ),
    "desde as a string": ends(NEW, words(comando="nuevo", version=2, lienzo="a", desde="1"), wrong("desde", "'1'")),
    "desde null": ends(NEW, words(comando="nuevo", version=2, lienzo="a", desde=None), wrong("desde", "'None'")),
    "lienzo null": ends(
        NEW, words(comando="nuevo", version=2, lienzo=None, desde=1), wrong("lienzo", "'None'", "a string")
    ),
    "lienzo of sixty thousand letters": Case(
        NEW, frame(words(comando="nuevo", version=2, lienzo="a" * 60_000, desde=1)), answers=["welcome", "whole"]
    ),
    "a name of 33 letters": ends(
        NEW, words(comando="nuevo", version=2, nombre="ñ" * 33), "nombre has more than 32 characters"
    ),
    "a name that is a number": ends(
        NEW, words(comando="nuevo", version=2, nombre=5), wrong("nombre", "'5'", "a string")
    ),
    "a name of half a pair": ends(
        NEW, rb'{"comando": "nuevo", "version": 2, "nombre": "\ud83c"}', wrong("nombre", r"'\ud83c'", "a string")
    ),
}

BINARIES = {
    **{
        f"opcode {opcode:#04x}": ends(V2, bytes([opcode]) + bytes(9), f"unknown opcode {opcode:#04x}")
        for opcode in range(0x20)
        if opcode != 3
    },
    "an unknown opcode, version 1": ends(V1, bytes([9]), "unknown opcode 0x09"),
    "an unknown opcode alone": ends(V2, bytes([9]), "unknown opcode 0x09"),
    "the opcode alone": ends(V2, b"\x03", length_fault(1)),
    "part of a request number": ends(V2, b"\x03\0\0\0", length_fault(4)),
    "no pixel": ends(V2, binary(), length_fault(5)),
    "part of a pixel": ends(V2, binary(surplus=b"\0\0\0\0"), length_fault(9)),
    "a pixel and part of one": ends(V2, binary((1, RED), surplus=b"\0"), length_fault(11)),
    "a pixel too many": ends(V2, binary(*[(1, RED)] * 8193), length_fault(5 + 8193 * 5)),
    "as many pixels as a frame has": ends(V2, binary(*[(1, RED)] * 13_106), length_fault(5 + 13_106 * 5)),
    "the cell after the last": Case(
        V2,
        frame(binary((2500, RED))),
        refused="cell 2500 is outside of the board of 50 x 50",
        answers=[Rejected(9, "cell 2500 is outside of the board of 50 x 50", b"")],
    ),
    "the last cell that four bytes say": Case(
        V2,
        frame(binary((2**32 - 1, RED))),
        refused="cell 4294967295 is outside of the board of 50 x 50",
        answers=[Rejected(9, "cell 4294967295 is outside of the board of 50 x 50", b"")],
    ),
    "the colour after the last": Case(
        V2,
        frame(binary((7, 8))),
        refused="colour 8 is not in the palette of 8",
        answers=[Rejected(9, "colour 8 is not in the palette of 8", pack_pixels([(7, BLACK)]))],
    ),
    "one wrong pixel among 8192": Case(
        V2,
        frame(binary(*[(0, RED)] * 8191, (0, 255))),
        refused="colour 255 is not in the palette of 8",
        answers=[Rejected(9, "colour 255 is not in the palette of 8", pack_pixels([(0, 0)] * 8192))],
    ),
}

QUESTIONS = {
    "no number": ends(V2, words(comando="historia"), "solicitud is missing"),
    "a number of 33 bits": ends(
        V2, words(comando="autor", solicitud=2**32), "solicitud 4294967296 does not fit in 32 bits"
    ),
    "a number below zero": ends(V2, words(comando="historia", solicitud=-1), "solicitud -1 does not fit in 32 bits"),
    "a number that is a float": ends(V2, words(comando="historia", solicitud=1.5), wrong("solicitud", "'1.5'")),
    "a sequence that is a string": ends(
        V2, words(comando="historia", solicitud=1, secuencia="5"), wrong("secuencia", "'5'")
    ),
    "no row": ends(V2, words(comando="autor", solicitud=1, columna=1), "fila is missing"),
    "a row that is true": ends(V2, words(comando="autor", solicitud=1, columna=1, fila=True), wrong("fila", "'True'")),
    "a cell outside": Case(
        V2, frame(words(comando="autor", solicitud=1, columna=50, fila=0)), answers=[Rejected(1, outside(50, 0), b"")]
    ),
    "a cell far outside": Case(
        V2,
        frame(b'{"comando": "autor", "solicitud": 1, "columna": 1, "fila": -%b}' % DIGITS.encode()),
        answers=[Rejected(1, outside(1, -TOO_LARGE), b"")],
    ),
}

STATES = {
    "a binary paint before nuevo": ends(NEW, binary((0, RED)), ONLY_V2),
    "a binary paint in version 1": ends(V1, binary((0, RED)), ONLY_V2),
    "a question before nuevo": ends(NEW, words(comando="historia", solicitud=1), ONLY_V2),
    "a question in version 1": ends(V1, words(comando="autor", solicitud=1, columna=1, fila=1), ONLY_V2),
    "nuevo of version 2 in version 1": ends(V1, HELLO_2, TOO_LATE),
    "nuevo of version 1 in version 2": ends(V2, HELLO_1, ONLY_V1),
    "nuevo of version 1 by its number in version 2": ends(V2, words(comando="nuevo", version=1), ONLY_V1),
    "pintar in version 2": ends(V2, pintar(1, 1, "red"), ONLY_V1),
    "a wrong pintar in version 2": ends(V2, pintar(50, 1, "rojo"), ONLY_V1),
    "nuevo of version 2 again": Case(V2, frame(HELLO_2), answers=["welcome", "whole"]),
    "nuevo of version 1 again": Case(V1, frame(HELLO_1) * 2, answers=["board", "board"]),
    "cerrar and more": Case(V2, frame(b'{"comando": "cerrar"}') + frame(b"?"), answers=[Closing()]),
    "a fault and more": Case(V2, frame(b"?") + frame(binary((0, RED))) + frame(b"?"), fault=NOT_JSON + "0x3f"),
}


class BadInputTests(TableTestCase):
    """One peer sends it; another, of each version, draws before and after."""

    @each(FRAMES)
    def test_a_wrong_frame_costs_only_its_own_connection(self, case: Case) -> None:
        self.check(case)

    @each(PAYLOADS)
    def test_a_payload_that_is_no_json_costs_only_its_own_connection(self, case: Case) -> None:
        self.check(case)

    @each(COMMANDS)
    def test_a_wrong_command_costs_only_its_own_connection(self, case: Case) -> None:
        self.check(case)

    @each(PINTARS)
    def test_a_wrong_paint_of_version_1_costs_at_most_its_own_connection(self, case: Case) -> None:
        self.check(case)

    @each(HELLOS)
    def test_a_wrong_request_for_version_2_costs_only_its_own_connection(self, case: Case) -> None:
        self.check(case)

    @each(BINARIES)
    def test_a_wrong_paint_of_version_2_costs_at_most_its_own_connection(self, case: Case) -> None:
        self.check(case)

    @each(QUESTIONS)
    def test_a_wrong_question_costs_at_most_its_own_connection(self, case: Case) -> None:
        self.check(case)

    @each(STATES)
    def test_a_message_in_the_wrong_state_costs_only_its_own_connection(self, case: Case) -> None:
        self.check(case)

    def test_json_nested_100_000_deep_is_a_fault_like_any_other(self) -> None:
        self.patch(limits, "CLIENT_PAYLOAD_BYTES", 2**20)
        peer = FakeServer().connect()
        with log() as logged:
            peer.send(b'{"comando": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")
        self.assertEqual(peer.receive(), [Closing("JSON nested too deeply")])
        self.assertEqual((len(logged.lines), logged.has_traceback), (1, False))

    def check(self, case: Case) -> None:
        """Hold the case against a server with two neighbours."""
        server = FakeServer()
        older = server.join(version=1)
        peer = server.join(version=case.version) if case.version else server.connect()
        newer = server.join()
        self.draw(server, older, newer, 7, "black")
        peer.receive()
        before = bytes(server.board.canvas.colours)

        with log() as logged:
            peer.protocol.dataReceived(case.data)

        self.assertFalse(logged.has_traceback, logged.lines)
        self.assertEqual(logged.lines, self.lines_of(case))
        self.assertEqual(peer.receive(), self.answers_of(case, server))
        self.assertEqual(peer.was_closed, bool(case.fault) or Closing() in case.answers)
        self.assertFalse(peer.was_aborted)
        self.assertEqual(bytes(server.board.canvas.colours), before)
        if case.version == V2 and case.answers and not peer.was_closed:
            peer.send(paint(77, (11, GREEN)))
            self.assertEqual(peer.receive()[-1], Acknowledged(77, server.board.sequence))
            older.receive(), newer.receive()
        self.draw(server, older, newer, 8, "red")
        with log() as logged:
            peer.hang_up()
        self.assertEqual(len(logged.lines), 2)
        self.draw(server, older, newer, 9, "blue")

    def draw(self, server: FakeServer, older: Peer, newer: Peer, cell: int, colour: str) -> None:
        """Have both neighbours draw, and check their boards."""
        server.clock.advance(1)
        older.receive(), newer.receive()
        older.send(pintar(cell, 0, colour))
        [board] = older.receive()
        self.assertEqual(names(board)[cell, 0], colour)
        index = AF06.index[colour]
        self.assertEqual(newer.receive(), [Changes(server.board.sequence, pack_pixels([(cell, index)]))])
        newer.send(paint(5, (cell + 50, index)))
        sequence = server.board.sequence
        self.assertEqual(
            newer.receive(), [Changes(sequence, pack_pixels([(cell + 50, index)])), Acknowledged(5, sequence)]
        )
        server.clock.advance(limits.WHOLE_BOARDS_INTERVAL_SECONDS)
        [board] = older.receive()
        self.assertEqual(names(board)[cell, 1], colour)

    def lines_of(self, case: Case) -> list[str]:
        """Return the expected lines of the log."""
        if case.fault:
            return [f"Client 2 (127.0.0.1:50000) is disconnected: {case.fault}"]
        if case.refused:
            return [f"A paint of client 2 (127.0.0.1:50000) is refused: {case.refused}"]
        return []

    def answers_of(self, case: Case, server: FakeServer) -> list[ServerMessage]:
        """What the peer must be told."""
        board = server.board
        if case.fault:
            return [Failed(case.fault), Closing()] if case.version == V2 else [Closing(case.fault)]
        stand_ins: dict[object, ServerMessage] = {
            "board": _named(board.canvas),
            "welcome": Welcome(2, CANVAS_ID, 50, 50, AF06, board.sequence),
            "whole": WholeBoard(board.sequence, bytes(board.canvas.colours)),
        }
        return [stand_ins[answer] if isinstance(answer, str) else answer for answer in case.answers]


def _named(canvas: Canvas) -> NamedBoard:
    return NamedBoard(
        {(cell % canvas.width, cell // canvas.width): AF06[colour].name for cell, colour in enumerate(canvas.colours)}
    )
