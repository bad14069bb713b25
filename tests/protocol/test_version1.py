"""Version 1, the published activity: its own messages, and ours."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from dcc.core.palette import AF06, Colour, Palette
from dcc.errors import ProtocolError
from dcc.protocol import codec, strict_json, version1
from dcc.protocol.messages import Closing, Goodbye, Hello, NamedBoard, PaintOne, WholeBoard
from dcc.protocol.version1 import BoardEncoder
from tests.support.wire import TableTestCase, each

COMMANDS = {
    "nuevo": (b'{"comando": "nuevo"}', Hello()),
    "cerrar": (b'{"comando": "cerrar"}', Goodbye()),
    "pintar": (
        b'{"comando": "pintar", "x_pos": "3", "y_pos": "10", "nombre_color": "red"}',
        PaintOne(column=10, row=3, colour="red"),
    ),
}

LENIENT = {
    "without spaces": (b'{"comando":"nuevo"}', Hello()),
    "with more spaces": (b'{ "comando" :\n\t"nuevo" }', Hello()),
    "keys that nobody knows": (b'{"comando": "nuevo", "id": 4, "x": [{}]}', Hello()),
    "positions as numbers": (
        b'{"comando": "pintar", "x_pos": 3, "y_pos": 10, "nombre_color": "red"}',
        PaintOne(10, 3, "red"),
    ),
    "positions outside of every board": (
        b'{"comando": "pintar", "x_pos": "-1", "y_pos": "4000000000", "nombre_color": "red"}',
        PaintOne(4_000_000_000, -1, "red"),
    ),
    "a colour that there may not be": (
        '{"comando": "pintar", "x_pos": "0", "y_pos": "0", "nombre_color": "púrpura"}'.encode(),
        PaintOne(0, 0, "púrpura"),
    ),
    "letters escaped": (rb'{"comando": "n\u0075evo"}', Hello()),
    "version 1 by its number": (b'{"comando": "nuevo", "version": 1, "nombre": 5}', Hello()),
}

FAULTS = {
    "no command": (b"{}", "comando is missing"),
    "no command but others": (b'{"x_pos": "3"}', "comando is missing"),
    "a command that is a number": (b'{"comando": 1}', "comando is '1'; expected a string"),
    "a command that is null": (b'{"comando": null}', "comando is 'None'; expected a string"),
    "an unknown command": (b'{"comando": "borrar"}', "unknown command 'borrar'"),
    "a command of a server": (b'{"comando": "bienvenida"}', "unknown command 'bienvenida'"),
    "a command in capitals": (b'{"comando": "NUEVO"}', "unknown command 'NUEVO'"),
    "no column": (b'{"comando": "pintar", "x_pos": "3", "nombre_color": "red"}', "y_pos is missing"),
    "no row": (b'{"comando": "pintar", "y_pos": "3", "nombre_color": "red"}', "x_pos is missing"),
    "no colour": (b'{"comando": "pintar", "x_pos": "3", "y_pos": "3"}', "nombre_color is missing"),
    "a position that is a float": (
        b'{"comando": "pintar", "x_pos": 3.0, "y_pos": "3", "nombre_color": "red"}',
        "x_pos is '3.0'; expected an integer",
    ),
    "a colour that is a number": (
        b'{"comando": "pintar", "x_pos": "3", "y_pos": "3", "nombre_color": 2}',
        "nombre_color is '2'; expected a string",
    ),
}

NO_BOARDS: dict[str, tuple[dict[str, Any], str]] = {
    "empty": ({}, "not a board: it has no cells"),
    "without rows": ({"0": {}}, "not a board: it has no cells"),
    "a number for rows": ({"0": 5}, "not a board: '0' holds no rows"),
    "a number for a colour": ({"0": {"0": 5}}, "not a board: '5' is no colour"),
    "a word for a column": ({"x": {"0": "red"}}, "not a board: 'x' is no position"),
    "a word for a row": ({"0": {"y": "red"}}, "not a board: 'y' is no position"),
    "a column below zero": ({"-1": {"0": "red"}}, "not a board: '-1' is no position"),
    "a column beyond all boards": ({"4096": {"0": "red"}}, "not a board: '4096' is no position"),
    "a digit of another script": ({"²": {"0": "red"}}, "not a board: '²' is no position"),
}


class CommandTests(TableTestCase):
    """From a client."""

    @each(COMMANDS)
    def test_commands_are_read_and_written_byte_for_byte_as_published(self, row: tuple[bytes, Any]) -> None:
        payload, message = row
        self.assertEqual(version1.decode_command(strict_json.loads(payload)), message)
        self.assertEqual(codec.decode_client(payload), message)
        self.assertEqual(version1.encode_command(message), payload)

    @each(LENIENT)
    def test_other_spellings_of_a_command_are_accepted(self, row: tuple[bytes, Any]) -> None:
        payload, message = row
        self.assertEqual(codec.decode_client(payload), message)

    @each(FAULTS)
    def test_a_wrong_command_is_refused_with_one_line(self, row: tuple[bytes, str]) -> None:
        payload, line = row
        error = self.assertRaises(ProtocolError, codec.decode_client, payload)
        self.assertEqual(str(error), line)

    def test_y_pos_is_the_column_and_x_pos_the_row(self) -> None:
        # The published window draws the outer key, ``y_pos``, from left to right.
        message = codec.decode_client(COMMANDS["pintar"][0])
        self.assertEqual((message.column, message.row), (10, 3))

    @given(st.builds(PaintOne, st.integers(-(10**17), 10**17), st.integers(-(10**17), 10**17), st.text()))
    @settings(deadline=None, derandomize=True)
    def test_decoding_undoes_encoding_of_any_paint(self, message: PaintOne) -> None:
        self.assertEqual(codec.decode_client(version1.encode_command(message)), message)


PALETTE = Palette((Colour("white", "#ffffff"), Colour('a "red" ñ', "#ff0000"), Colour("green", "#00ff00")))


def object_of(width: int, height: int, colours: bytes, palette: Palette) -> dict[str, dict[str, str]]:
    """Build a board's JSON object cell by cell."""
    return {
        str(column): {str(row): palette[colours[row * width + column]].name for row in range(height)}
        for column in range(width)
    }


@st.composite
def series_of_boards(draw: st.DrawFn) -> tuple[int, int, list[bytes]]:
    """Draw boards of one size, in the order of sending."""
    width, height = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    cells = width * height
    board = st.lists(st.integers(0, len(PALETTE) - 1), min_size=cells, max_size=cells).map(bytes)
    return width, height, draw(st.lists(board, min_size=1, max_size=4))


class BoardTests(TableTestCase):
    """From a server."""

    def test_the_outer_keys_of_a_board_are_columns_and_the_inner_keys_rows(self) -> None:
        # With the spaces that the published server writes.
        board = WholeBoard(7, bytes([0, 1, 2, 0, 0, 5]))
        self.assertEqual(
            BoardEncoder(3, 2, AF06).encode(board),
            b'{"0": {"0": "white", "1": "white"}, "1": {"0": "black", "1": "white"}, "2": {"0": "red", "1": "blue"}}',
        )

    def test_a_new_board_of_the_activity_is_written_as_by_the_json_module(self) -> None:
        expected = {str(column): {str(row): "white" for row in range(50)} for column in range(50)}
        self.assertEqual(BoardEncoder(50, 50, AF06).encode(WholeBoard(0, bytes(2500))), json.dumps(expected).encode())

    @given(series_of_boards())
    @settings(deadline=None, derandomize=True, max_examples=50)
    def test_cached_columns_of_one_board_never_show_in_the_next_board(
        self, series: tuple[int, int, list[bytes]]
    ) -> None:
        width, height, boards = series
        encoder = BoardEncoder(width, height, PALETTE)
        for sequence, colours in enumerate(boards):
            payload = encoder.encode(WholeBoard(sequence, colours))
            self.assertEqual(payload, json.dumps(object_of(width, height, colours, PALETTE)).encode())

    @given(series_of_boards())
    @settings(deadline=None, derandomize=True, max_examples=50)
    def test_a_client_reads_names_of_colours_from_any_board(self, series: tuple[int, int, list[bytes]]) -> None:
        width, height, [colours, *_rest] = series
        message = codec.decode_server(BoardEncoder(width, height, PALETTE).encode(WholeBoard(0, colours)))
        self.assertEqual(
            message,
            NamedBoard({(n % width, n // width): PALETTE[colour].name for n, colour in enumerate(colours)}),
        )

    @each(NO_BOARDS)
    def test_an_object_that_is_neither_board_nor_goodbye_is_refused_with_one_line(
        self, row: tuple[dict[str, Any], str]
    ) -> None:
        words, line = row
        error = self.assertRaises(ProtocolError, codec.decode_server, json.dumps(words).encode())
        self.assertEqual(str(error), line)


class ClosingTests(SynchronousTestCase):
    """The goodbye of a server."""

    def test_a_goodbye_is_read_and_written_byte_for_byte_as_published(self) -> None:
        self.assertEqual(version1.encode_closing(Closing()), b'{"cerrar": true}')
        self.assertEqual(codec.decode_server(b'{"cerrar": true}'), Closing())

    def test_a_reason_stands_in_the_goodbye_in_ascii(self) -> None:
        payload = version1.encode_closing(Closing("el tablero está lleno"))
        self.assertEqual(payload, rb'{"cerrar": true, "error": "el tablero est\u00e1 lleno"}')
        self.assertEqual(codec.decode_server(payload), Closing("el tablero está lleno"))

    def test_any_object_with_the_key_cerrar_is_a_goodbye(self) -> None:
        # The published window takes such an object for one.
        self.assertEqual(codec.decode_server(b'{"cerrar": 1, "error": 5, "0": {}}'), Closing())
