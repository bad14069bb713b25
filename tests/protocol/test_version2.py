"""Version 2: commands in JSON, pixels in binary."""

from __future__ import annotations

import json
import zlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from dcc import limits
from dcc.core import packing
from dcc.core.canvas import pack_pixels, unpack_pixels
from dcc.core.palette import AF06, Colour, Palette
from dcc.errors import ProtocolError
from dcc.protocol import codec, version2
from dcc.protocol.messages import (
    Acknowledged,
    AskAuthor,
    AskHistory,
    Author,
    Changes,
    ClientMessage,
    Closing,
    Cooldown,
    Failed,
    Goodbye,
    Hello,
    History,
    Ignored,
    NamedBoard,
    Paint,
    PaintOne,
    PastBoard,
    Rejected,
    ServerMessage,
    Users,
    Welcome,
    WholeBoard,
)
from tests.support.wire import TableTestCase, each

U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**64 - 1)
INTEGERS = st.integers(-(10**18) + 1, 10**18 - 1)
PIXELS = st.lists(st.tuples(U32, st.integers(0, 255)), max_size=20).map(pack_pixels)
NAMES = st.text(max_size=limits.NAME_CHARACTERS)
PALETTES = st.lists(st.text(max_size=8), min_size=1, max_size=10, unique=True).map(
    lambda names: Palette(tuple(Colour(name, f"#{number:06x}") for number, name in enumerate(names)))
)
SIDES = st.integers(1, limits.CANVAS_SIDE_CELLS)
CODES = st.text(min_size=1)
VALUES = st.dictionaries(st.text(), INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | st.text())

FROM_A_CLIENT: st.SearchStrategy[ClientMessage] = st.one_of(
    st.just(Hello()),
    st.builds(Hello, st.integers(2, 1000), st.none(), st.none(), NAMES),
    st.builds(Hello, st.just(2), st.text(max_size=limits.CANVAS_ID_CHARACTERS), INTEGERS, NAMES),
    st.builds(PaintOne, INTEGERS, INTEGERS, st.text()),
    st.builds(Paint, U32, PIXELS.filter(bool)),
    st.builds(AskHistory, U32, st.none() | INTEGERS),
    st.builds(AskAuthor, U32, INTEGERS, INTEGERS),
    st.just(Goodbye()),
)

FROM_A_SERVER: st.SearchStrategy[ServerMessage] = st.one_of(
    st.builds(Welcome, INTEGERS, st.text(), SIDES, SIDES, PALETTES, INTEGERS),
    st.builds(WholeBoard, U64, st.binary()),
    st.builds(Changes, U64, PIXELS),
    st.builds(Acknowledged, U32, U64),
    st.builds(Rejected, INTEGERS, st.text(), PIXELS, st.none() | INTEGERS),
    st.builds(Cooldown, INTEGERS),
    st.builds(History, U32, INTEGERS, st.none() | INTEGERS, st.none() | INTEGERS),
    st.builds(PastBoard, U32, U64, U64, st.binary()),
    st.builds(Author, U32, INTEGERS, INTEGERS, st.none() | st.text(), *[st.none() | INTEGERS] * 3),
    st.builds(Users, INTEGERS),
    st.builds(Failed, st.text()),
    st.builds(Closing, st.text()),
    st.builds(Rejected, INTEGERS, st.text(), PIXELS, st.none() | INTEGERS, CODES, VALUES),
    st.builds(Failed, st.text(), CODES, VALUES),
    st.builds(Closing, st.text(min_size=1), CODES, VALUES),
)


class RoundTripTests(SynchronousTestCase):
    """Random messages and random payloads."""

    @given(FROM_A_CLIENT)
    @settings(deadline=None, derandomize=True)
    def test_a_server_decodes_what_a_client_encodes(self, message: ClientMessage) -> None:
        self.assertEqual(codec.decode_client(version2.encode_command(message)), message)

    @given(FROM_A_SERVER)
    @settings(deadline=None, derandomize=True)
    def test_a_client_decodes_what_a_server_encodes(self, message: ServerMessage) -> None:
        self.assertEqual(codec.decode_server(version2.encode(message)), message)

    @given(st.binary(max_size=60))
    @settings(deadline=None, derandomize=True)
    def test_any_bytes_are_a_message_or_a_protocol_error_on_either_side(self, payload: bytes) -> None:
        self._read_or_refuse(payload)

    @given(st.integers(0, 7), st.binary(max_size=60))
    @settings(deadline=None, derandomize=True)
    def test_any_bytes_after_an_opcode_are_a_message_or_a_protocol_error(self, opcode: int, rest: bytes) -> None:
        self._read_or_refuse(bytes([opcode]) + rest)

    def _read_or_refuse(self, payload: bytes) -> None:
        for decode in (codec.decode_client, codec.decode_server):
            try:
                decode(payload)
            except ProtocolError as error:
                self.assertTrue(str(error).isprintable())


class KindTests(TableTestCase):
    """The first byte of a payload."""

    @each({"empty": b"", "a space": b" {}", "a list": b"[1]", "a letter": b"nuevo", "high": b"\xff\xfe"})
    def test_a_payload_that_begins_with_neither_a_brace_nor_an_opcode_is_refused(self, payload: bytes) -> None:
        self.assertRaises(ProtocolError, codec.decode_client, payload)
        self.assertRaises(ProtocolError, codec.decode_server, payload)

    def test_the_reason_names_the_first_byte_of_such_a_payload(self) -> None:
        for payload, line in (
            (b"", "a message without content"),
            (b" {}", "not a JSON object, and no opcode: the first byte is 0x20"),
        ):
            error = self.assertRaises(ProtocolError, codec.decode_client, payload)
            self.assertEqual(str(error), line)


HELLOS: dict[str, tuple[dict[str, Any], Hello]] = {
    "fresh": ({"version": 2}, Hello(2)),
    "resuming": ({"version": 2, "lienzo": "5f0c", "desde": 1234}, Hello(2, "5f0c", 1234)),
    "with a name": ({"version": 2, "nombre": "Ada"}, Hello(2, name="Ada")),
    "with the longest name": ({"version": 2, "nombre": "ñ" * 32}, Hello(2, name="ñ" * 32)),
    "of a version to come": ({"version": 9, "color": "?"}, Hello(9)),
    "of a version beyond all numbers": ({"version": 10**30}, Hello(10**18)),
    "a canvas without a sequence": ({"version": 2, "lienzo": "5f0c"}, Hello(2)),
    "a sequence without a canvas": ({"version": 2, "desde": 5}, Hello(2)),
    "a sequence below zero": ({"version": 2, "lienzo": "a", "desde": -7}, Hello(2, "a", -7)),
    "a canvas with a long name": ({"version": 2, "lienzo": "a" * 9999, "desde": 1}, Hello(2, "a" * 64, 1)),
}

NO_HELLOS: dict[str, tuple[dict[str, Any], str]] = {
    "version 0": ({"version": 0}, "there is no version 0"),
    "version below zero": ({"version": -2}, "there is no version -2"),
    "version as a float": ({"version": 2.0}, "version is '2.0'; expected an integer"),
    "version as a string": ({"version": "2"}, "version is '2'; expected an integer"),
    "version as true": ({"version": True}, "version is 'True'; expected an integer"),
    "version null": ({"version": None}, "version is 'None'; expected an integer"),
    "a name too long": ({"version": 2, "nombre": "x" * 33}, "nombre has more than 32 characters"),
    "a name that is a number": ({"version": 2, "nombre": 5}, "nombre is '5'; expected a string"),
    "a canvas that is a number": ({"version": 2, "lienzo": 5, "desde": 1}, "lienzo is '5'; expected a string"),
    "a sequence that is a string": (
        {"version": 2, "lienzo": "a", "desde": "1"},
        "desde is '1'; expected an integer",
    ),
    "a sequence that is a float": (
        {"version": 2, "lienzo": "a", "desde": 1.5},
        "desde is '1.5'; expected an integer",
    ),
}

NO_QUESTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "without a number": ({"comando": "historia"}, "solicitud is missing"),
    "a number below zero": ({"comando": "historia", "solicitud": -1}, "solicitud -1 does not fit in 32 bits"),
    "a number too large": (
        {"comando": "historia", "solicitud": 2**32},
        "solicitud 4294967296 does not fit in 32 bits",
    ),
    "a sequence that is null": (
        {"comando": "historia", "solicitud": 1, "secuencia": None},
        "secuencia is 'None'; expected an integer",
    ),
    "without a column": ({"comando": "autor", "solicitud": 1, "fila": 2}, "columna is missing"),
    "without a row": ({"comando": "autor", "solicitud": 1, "columna": 2}, "fila is missing"),
    "a column that is a string": (
        {"comando": "autor", "solicitud": 1, "columna": "2", "fila": 2},
        "columna is '2'; expected an integer",
    ),
}


class CommandTests(TableTestCase):
    """A client's messages in JSON."""

    @each(HELLOS)
    def test_nuevo_of_version_2_or_later_is_read_and_unknown_keys_are_ignored(
        self, row: tuple[dict[str, Any], Hello]
    ) -> None:
        words, message = row
        self.assertEqual(codec.decode_client(json.dumps({"comando": "nuevo", **words}).encode()), message)

    @each(NO_HELLOS)
    def test_nuevo_with_a_value_of_a_wrong_type_or_length_is_refused(self, row: tuple[dict[str, Any], str]) -> None:
        words, line = row
        error = self.assertRaises(
            ProtocolError, codec.decode_client, json.dumps({"comando": "nuevo", **words}).encode()
        )
        self.assertEqual(str(error), line)

    @each(NO_QUESTIONS)
    def test_a_question_with_a_value_that_is_missing_or_wrong_is_refused(self, row: tuple[dict[str, Any], str]) -> None:
        words, line = row
        error = self.assertRaises(ProtocolError, codec.decode_client, json.dumps(words).encode())
        self.assertEqual(str(error), line)

    def test_an_older_server_reads_nuevo_of_version_2_as_a_plain_nuevo(self) -> None:
        # Version 1 ignores the keys that ask for version 2.
        words = json.loads(version2.encode_command(Hello(2, "5f0c", 3, "Ada")))
        self.assertEqual(words["comando"], "nuevo")


def paint_of(pixels: int, surplus: bytes = b"") -> bytes:
    """Return a paint request with a number of pixels."""
    return b"\x03" + bytes(4) + bytes(5 * pixels) + surplus


class PaintTests(TableTestCase):
    """Opcode 0x03."""

    def test_a_paint_request_is_little_endian(self) -> None:
        message = Paint(0x01020304, pack_pixels([(0x0A0B0C0D, 7)]))
        payload = bytes.fromhex("03 04030201 0d0c0b0a 07")
        self.assertEqual(version2.encode_command(message), payload)
        self.assertEqual(codec.decode_client(payload), message)
        self.assertEqual(list(unpack_pixels(message.pixels)), [(0x0A0B0C0D, 7)])

    def test_a_request_may_have_as_many_pixels_as_the_limit(self) -> None:
        message = codec.decode_client(paint_of(limits.REQUEST_PIXELS))
        self.assertEqual(len(message.pixels), 5 * limits.REQUEST_PIXELS)

    def test_the_longest_request_is_within_the_payload_limit(self) -> None:
        self.assertLess(len(paint_of(limits.REQUEST_PIXELS)), limits.CLIENT_PAYLOAD_BYTES)

    @each(
        {
            "the opcode alone": b"\x03",
            "part of a request number": b"\x03\x00\x00\x00",
            "no pixel": paint_of(0),
            "part of a pixel": paint_of(0, b"1234"),
            "a pixel and part of one": paint_of(1, b"1"),
            "a pixel too many": paint_of(limits.REQUEST_PIXELS + 1),
        }
    )
    def test_a_request_of_a_wrong_length_is_refused_with_the_lengths_that_are_right(self, payload: bytes) -> None:
        error = self.assertRaises(ProtocolError, codec.decode_client, payload)
        self.assertEqual(str(error), f"a paint request of {len(payload)} bytes; expected 5 and 1 to 8192 pixels of 5")

    def test_every_other_opcode_of_a_client_is_unknown(self) -> None:
        for opcode in range(0x20):
            if opcode != version2.PAINT:
                error = self.assertRaises(ProtocolError, codec.decode_client, bytes([opcode]) + paint_of(1)[1:])
                self.assertEqual(str(error), f"unknown opcode {opcode:#04x}")


class BinaryTests(TableTestCase):
    """A server's binary messages."""

    def test_binary_messages_are_little_endian(self) -> None:
        for message, text in (
            (Changes(0x0102030405060708, pack_pixels([(1, 2)])), "02 0807060504030201 01000000 02"),
            (Changes(5, b""), "02 0500000000000000"),
            (Acknowledged(6, 5), "04 06000000 0500000000000000"),
            (WholeBoard(5, bytes([1, 2, 3])), "01 0500000000000000 00 010203"),
        ):
            self.assertEqual(version2.encode(message), bytes.fromhex(text))
            self.assertEqual(codec.decode_server(bytes.fromhex(text)), message)

    def test_a_board_is_compressed_if_that_makes_it_shorter(self) -> None:
        payload = version2.encode(WholeBoard(5, bytes(2500)))
        self.assertEqual(payload[:10], bytes.fromhex("01 0500000000000000 01"))
        self.assertEqual(zlib.decompress(payload[10:]), bytes(2500))
        self.assertLess(len(payload), 60)
        past = version2.encode(PastBoard(1, 5, 9, bytes(2500)))
        self.assertEqual(past[:22], bytes.fromhex("05 01000000 0500000000000000 0900000000000000 01"))
        self.assertEqual(codec.decode_server(past), PastBoard(1, 5, 9, bytes(2500)))
        ahead = PastBoard(1, 5, 9, bytes(2500), packing.pack(bytes(2500)))
        self.assertEqual(version2.encode(ahead), past)
        self.assertIn(b"as it is", version2.encode(PastBoard(1, 5, 9, bytes(2500), (1, b"as it is"))))

    def test_a_board_of_4096_by_4096_is_decompressed_and_not_a_cell_more(self) -> None:
        most = limits.CANVAS_SIDE_CELLS**2
        payload = version2.encode(WholeBoard(5, bytes(most)))
        self.assertEqual(len(codec.decode_server(payload).colours), most)
        self.assertRaises(ProtocolError, codec.decode_server, version2.encode(WholeBoard(5, bytes(most + 1))))

    @each(
        {
            "an unknown opcode": "1f 0500000000000000",
            "painters cut before their coding": "08 01000000 0500000000000000 0000000000000000 02000000 7b7d",
            "painters of a wrong kind": "08 01000000 0500000000000000 0000000000000000 0e000000"
            + b'{"pintores":5}'.hex()
            + "00",
            "counts cut before their coding": "07 01000000 0500000000000000 0000000000000000",
            "packed counts that are none": "07 01000000 0500000000000000 0000000000000000 01 010203",
            "opcode 0": "00",
            "a paint": "03 06000000 01000000 02",
            "a board cut before its coding": "01 0500000000000000",
            "a board of an unknown coding": "01 0500000000000000 02 010203",
            "a packed board that is none": "01 0500000000000000 01 010203",
            "a packed board cut short": "01 0500000000000000 01 789c",
            "a packed board and a byte": "01 0500000000000000 01 7801636060000000030001 00",
            "changes cut in the sequence": "02 05000000000000",
            "changes cut in a pixel": "02 0500000000000000 01000000",
            "an answer cut short": "04 06000000 05000000000000",
            "an answer with a byte too many": "04 06000000 0500000000000000 00",
            "a past board cut short": "05 01000000 0500000000000000 0900000000000000",
        }
    )
    def test_a_binary_message_that_cannot_be_read_is_named_by_opcode_and_length(self, text: str) -> None:
        payload = bytes.fromhex(text)
        error = self.assertRaises(ProtocolError, codec.decode_server, payload)
        self.assertEqual(
            str(error),
            f"a binary message that cannot be read: opcode {payload[0]:#04x}, {len(payload)} bytes",
        )


WELCOME: dict[str, Any] = {
    "comando": "bienvenida",
    "version": 2,
    "id": 7,
    "lienzo": "5f0c",
    "ancho": 50,
    "alto": 40,
    "paleta": [[colour.name, colour.value] for colour in AF06],
    "secuencia": 1300,
}
REJECTED: dict[str, Any] = {"comando": "rechazado", "solicitud": 5, "motivo": "no", "pixeles": [[3, 1]]}

HISTORY: dict[str, Any] = {"comando": "historia", "solicitud": 1, "secuencia": 5}

NO_WORDS: dict[str, dict[str, Any]] = {
    "a command that is null": {"comando": None},
    "a welcome without an id": {key: value for key, value in WELCOME.items() if key != "id"},
    "a welcome without a palette": {key: value for key, value in WELCOME.items() if key != "paleta"},
    "a palette that is a number": {**WELCOME, "paleta": 5},
    "a palette of numbers": {**WELCOME, "paleta": [5]},
    "a palette without colours": {**WELCOME, "paleta": []},
    "a palette of too many": {**WELCOME, "paleta": [[str(n), "#000000"] for n in range(257)]},
    "a palette with a name twice": {**WELCOME, "paleta": [["red", "#ff0000"]] * 2},
    "a palette with no value": {**WELCOME, "paleta": [["red"]]},
    "a palette with a wrong value": {**WELCOME, "paleta": [["red", "red"]]},
    "a board without columns": {**WELCOME, "ancho": 0},
    "a board that is too wide": {**WELCOME, "ancho": 4097},
    "a board that is too high": {**WELCOME, "alto": 4097},
    "a height that is a float": {**WELCOME, "alto": 40.0},
    "a rejection without a reason": {**REJECTED, "motivo": None},
    "pixels that are a number": {**REJECTED, "pixeles": 5},
    "pixels that are numbers": {**REJECTED, "pixeles": [5]},
    "pixels that are floats": {**REJECTED, "pixeles": [[1.0, 2]]},
    "pixels that are negative": {**REJECTED, "pixeles": [[-1, 2]]},
    "pixels of a colour too large": {**REJECTED, "pixeles": [[1, 256]]},
    "a cooldown without a time": {"comando": "espera"},
    "a cooldown of half a millisecond": {"comando": "espera", "espera_ms": 0.5},
    "users that are a word": {"comando": "usuarios", "conectados": "doce"},
    "an error that is a number": {"comando": "error", "error": 5},
    "a history without a sequence": {"comando": "historia", "solicitud": 1},
    "moments that are a number": {**HISTORY, "momentos": 5},
    "moments that are numbers": {**HISTORY, "momentos": [5]},
    "a moment without a sequence": {**HISTORY, "momentos": [["start"]]},
    "a moment whose name is a number": {**HISTORY, "momentos": [[5, 5]]},
    "a moment before the first": {**HISTORY, "momentos": [["start", -1]]},
    "an author without a cell": {"comando": "autor", "solicitud": 1},
    "an author with a name that is a number": {
        "comando": "autor",
        "solicitud": 1,
        "columna": 1,
        "fila": 1,
        "nombre": 5,
    },
}


class WordTests(TableTestCase):
    """A server's messages in JSON."""

    def test_an_unknown_comando_is_ignored(self) -> None:
        # Later servers may send new kinds of message.
        self.assertEqual(codec.decode_server(b'{"comando": "fiesta", "hora": 5}'), Ignored("fiesta"))

    def test_unknown_keys_are_ignored(self) -> None:
        self.assertEqual(
            codec.decode_server(json.dumps({**WELCOME, "clima": "sol"}).encode()),
            Welcome(7, "5f0c", 50, 40, AF06, 1300),
        )

    def test_a_welcome_to_a_board_of_4096_by_4096_is_read(self) -> None:
        message = codec.decode_server(json.dumps({**WELCOME, "ancho": 4096, "alto": 4096}).encode())
        self.assertEqual((message.width, message.height), (4096, 4096))

    @each(NO_WORDS)
    def test_a_message_with_a_value_that_is_missing_or_wrong_is_refused(self, words: dict[str, Any]) -> None:
        self.assertRaises(ProtocolError, codec.decode_server, json.dumps(words).encode())

    def test_encoding_a_message_that_no_version_2_server_sends_is_a_bug(self) -> None:
        for message in (NamedBoard({(0, 0): "red"}), Ignored("fiesta")):
            self.assertRaises(TypeError, version2.encode, message)
