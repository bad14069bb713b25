"""A few thousand inputs of the fuzzer, and a test of the fuzzer's judge. ``make fuzz`` runs longer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from dcc.core.palette import AF06
from dcc.errors import DccError
from dcc.protocol import version2
from dcc.protocol.frames import frame
from dcc.protocol.messages import (
    Acknowledged,
    Changes,
    Closing,
    Failed,
    ServerMessage,
    Welcome,
    WholeBoard,
)
from tests.long.fuzz import HEIGHT, WIDTH, Judge, fuzz
from tests.support.conversations import Mutator, load_corpus, load_inputs, save_inputs
from tests.support.wire import CANVAS_ID

INPUTS = 3000

BOARD_1 = b"{%b}" % b", ".join(
    b'"%d": {%b}' % (column, b", ".join(b'"%d": "white"' % row for row in range(HEIGHT))) for column in range(WIDTH)
)
WELCOME = Welcome(7, CANVAS_ID, WIDTH, HEIGHT, AF06, 0)
WHOLE = WholeBoard(5, bytes(WIDTH * HEIGHT))
HEAD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n"


def of_2(*messages: ServerMessage) -> bytes:
    """What a server of version 2 says on TCP."""
    return b"".join(frame(version2.encode(message)) for message in messages)


LEGAL = {
    "nothing": ("tcp", b""),
    "version 1": ("tcp", frame(BOARD_1) + frame(b'{"cerrar": true}')),
    "version 2": ("tcp", of_2(WELCOME, WHOLE, Acknowledged(1, 5), Failed("no"), Closing("no"))),
    "cut short": ("tcp", of_2(WELCOME, WHOLE)[:-1]),
    "who comes back": ("tcp", of_2(WELCOME, Changes(9, b"\1\0\0\0\2"))),
    "HTTP": ("http", b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"),
    "WebSocket": ("websocket", HEAD + b"\x81\x10" + b'{"cerrar": true}' + b"\x88\x02\x03\xe8"),
}

ILLEGAL = {
    "no frame": ("tcp", b"HTTP/1.1 200 OK\r\n\r\n" + bytes(100)),
    "no JSON": ("tcp", frame(b"{")),
    "an unknown opcode": ("tcp", frame(b"\x1f")),
    "before the welcome": ("tcp", of_2(WHOLE)),
    "a board of version 1 in version 2": ("tcp", of_2(WELCOME) + frame(BOARD_1)),
    "version 2 in version 1": ("tcp", frame(BOARD_1) + of_2(WHOLE)),
    "half a board": ("tcp", of_2(WELCOME, WholeBoard(5, bytes(WIDTH)))),
    "a colour that there is not": ("tcp", of_2(WELCOME, WholeBoard(5, b"\x08" * WIDTH * HEIGHT))),
    "a cell that there is not": ("tcp", of_2(WELCOME, WHOLE, Changes(6, b"\xff\xff\0\0\1"))),
    "acknowledged too soon": ("tcp", of_2(WELCOME, WHOLE, Acknowledged(1, 6))),
    "after the goodbye": ("tcp", of_2(WELCOME, WHOLE, Closing(), WHOLE)),
    "after the reason of a goodbye": ("tcp", of_2(WELCOME, WHOLE, Failed("no"), WHOLE)),
    "a fault of the server": ("http", b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"),
    "a longer body": ("http", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nyes"),
    "JSON in a binary message": ("websocket", HEAD + b"\x82\x10" + b'{"cerrar": true}'),
    "a masked frame": ("websocket", HEAD + b"\x81\x80" + bytes(4)),
    "after the closing frame": ("websocket", HEAD + b"\x88\x02\x03\xe8\x8a\x00"),
}


def test_an_input_that_nobody_would_send_costs_at_most_its_own_connection() -> None:
    seed = Random().randrange(2**32)
    print(f"seed {seed}")
    counts = fuzz(INPUTS, seed)
    assert counts["inputs"] == INPUTS
    # It is not all turned away at the door.
    for kind in ("Acknowledged", "Rejected", "NamedBoard", "Failed", "HTTP 101", "HTTP 200", "HTTP 400"):
        assert counts[kind] > 10, counts


@pytest.mark.parametrize("name", LEGAL)
def test_the_judge_accepts_what_a_server_may_say_cut_short_or_not(name: str) -> None:
    wire, data = LEGAL[name]
    Judge(Counter()).judge(wire, data)


@pytest.mark.parametrize("name", ILLEGAL)
def test_the_judge_notices_what_a_server_may_not_say(name: str) -> None:
    wire, data = ILLEGAL[name]
    with pytest.raises((AssertionError, DccError)):
        Judge(Counter()).judge(wire, data)


def test_a_seed_makes_the_same_inputs_again_and_files_keep_them(tmp_path: Path) -> None:
    inputs, again = (
        [mutator.next_input() for _ in range(500)] for mutator in (Mutator(load_corpus(), Random(1)) for _ in range(2))
    )
    assert inputs == again
    save_inputs(tmp_path / "inputs.json", inputs)
    assert load_inputs(tmp_path / "inputs.json") == inputs
    assert {each.wire for each in inputs} == {"tcp", "websocket", "http"}
    assert len({each.pieces for each in inputs}) > 450
