"""``dcc.api`` against real servers: painting, reading, waiting, and what goes wrong."""

from __future__ import annotations

import asyncio
import gc
import math
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest

import dcc.api
from dcc.api.engine import reactor_thread
from dcc.core import templates
from dcc.core.actions import Action, AddKey, AddTemplate, Freeze, Rectangle, RemoveTemplate, Thaw
from dcc.core.people import Role, digest_key
from dcc.core.templates import TemplatePixels
from dcc.protocol import codec
from dcc.protocol.messages import Act, Done, Hello
from dcc.protocol.version2 import encode_command
from dcc.record.writer import Writer
from tests.support.certificates import authority, local_endpoint
from tests.support.commands import dcc as command
from tests.support.people import OPERATOR_PAINTER, TIME_MS
from tests.support.server_process import DCC, PATIENCE_SECONDS, LineProcess, Peer, ServerProcess, WebServer
from tests.support.version1_server import Servidor

SERVE = (DCC, "serve")
KEYS = {"Ada": "ada" + "2" * 23, "Owner": "owner" + "2" * 21}


class Room:
    """A server whose board the tests of a module share, each with cells of its own.

    :ivar address: as programs give it.
    :ivar store: the record.
    """

    def __init__(self, server: ServerProcess, store: Path) -> None:
        self.server = server
        self.address = f"127.0.0.1:{server.port}"
        self.store = store

    def connect(self, **options: Any) -> dcc.api.Canvas:
        """Connect a program."""
        return dcc.api.connect(self.address, **options)

    def act(self, action: Action) -> None:
        """Do an action, as the owner, and wait until it is in force."""
        with Peer(self.server.port) as owner:
            for message in (Hello(2, key=KEYS["Owner"]), Act(1, action)):
                owner.send(encode_command(message))
            while not isinstance(codec.decode_server(owner.receive()), Done):
                pass


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    path = tmp_path_factory.mktemp("room") / "board.sqlite3"
    writer = Writer(path)
    for name, role in (("Ada", Role.PAINT), ("Owner", Role.OWN)):
        writer.act(OPERATOR_PAINTER, AddKey(name, digest_key(KEYS[name]), role), b"", TIME_MS)
    writer.close()
    with WebServer("--store", f"sqlite:{path}", command=SERVE, language="en") as server:
        yield Room(server, path)


@pytest.fixture
def canvas(room: Room) -> Iterator[dcc.api.Canvas]:
    with room.connect(name="Ada") as canvas:
        yield canvas


# --- painting and reading -------------------------------------------------------------------------


def test_a_paint_is_on_the_board_for_everybody_when_it_returns(room: Room, canvas: dcc.api.Canvas) -> None:
    canvas.paint([(0, 0, "red"), (1, 0, "blue")])
    canvas[2, 0] = "green"
    with room.connect() as other:
        for board in (canvas, other):
            assert [board[column, 0] for column in range(3)] == ["red", "blue", "green"]


def test_a_paint_larger_than_a_request_is_painted_whole(canvas: dcc.api.Canvas) -> None:
    rows = range(30, 50)
    pixels = [(column, row, "cyan") for row in rows for column in range(50)] * 9
    assert len(pixels) > 8192
    canvas.paint(pixels)
    assert {canvas[column, row] for row in rows for column in range(50)} == {"cyan"}


def test_nothing_is_painted_by_no_pixels(canvas: dcc.api.Canvas) -> None:
    before = canvas.history().placements
    canvas.paint([])
    assert canvas.history().placements == before


COLOURS: dict[str, Any] = {
    "a name": "red",
    "in any case": "Red",
    "its value": "#FF0000",
    "a value near it": "#e01010",
    "red, green and blue": (240, 10, 5),
    "of numpy": np.array([240, 10, 5], np.uint8),
    "a colour of the palette": dcc.api.Colour("red", "#ff0000"),
}


@pytest.mark.parametrize("colour", COLOURS.values(), ids=COLOURS)
def test_a_colour_can_be_given_as(colour: Any, canvas: dcc.api.Canvas) -> None:
    canvas.paint([(0, 1, "white"), (np.int64(0), np.int64(1), colour)])
    assert canvas[0, 1] == "red"


WRONG: dict[str, tuple[Callable[[dcc.api.Canvas], object], type[Exception], str]] = {
    "a column too far": (
        lambda canvas: canvas.paint([(0, 2, "red"), (50, 2, "red")]),
        dcc.api.OffBoard,
        "column 50, row 2 is outside of the board of 50 x 50",
    ),
    "a negative row": (lambda canvas: canvas[0, -1], IndexError, "column 0, row -1 is outside of the board of 50 x 50"),
    "a misspelt colour": (
        lambda canvas: canvas.paint([(0, 2, "red"), (1, 2, "magneta")]),
        dcc.api.UnknownColour,
        "there is no colour 'magneta'; did you mean 'magenta'?",
    ),
    "another colour": (
        lambda canvas: canvas.paint([(0, 2, "red"), (1, 2, "teal")]),
        ValueError,
        "there is no colour 'teal'; the palette has white, black, red, green, yellow, blue, cyan, magenta",
    ),
    "no colour": (
        lambda canvas: canvas.paint([(0, 2, (1, 2, 256))]),
        dcc.api.UnknownColour,
        "'(1, 2, 256)' is no colour; expected a name, \"#ff8000\", or red, green and blue, whole numbers from 0 to 255",
    ),
    "a colour from 0 to 1": (
        lambda canvas: canvas.paint([(0, 2, (1.0, 0.5, 0.0))]),  # type: ignore[list-item]
        dcc.api.UnknownColour,
        "'(1.0, 0.5, 0.0)' is no colour; expected a name, \"#ff8000\", or red, green and blue, "
        "whole numbers from 0 to 255",
    ),
    "a value of three digits": (
        lambda canvas: canvas.paint([(0, 2, "#f00")]),
        dcc.api.UnknownColour,
        "'#f00' is no colour; expected a name, \"#ff8000\", or red, green and blue, whole numbers from 0 to 255",
    ),
    "a part of a cell": (
        lambda canvas: canvas.paint([(0.5, 2, "red")]),  # type: ignore[list-item]
        TypeError,
        "'(0.5, 2)' is no place: expected two whole numbers, column and row",
    ),
    "a column alone": (
        lambda canvas: canvas.__setitem__(0, "red"),  # type: ignore[call-overload]
        TypeError,
        "'0' is no place: expected two whole numbers, column and row",
    ),
    "a place of three numbers": (
        lambda canvas: canvas.__setitem__((0, 2, 1), "red"),  # type: ignore[call-overload]
        TypeError,
        "'(0, 2, 1)' is no place: expected two whole numbers, column and row",
    ),
    "a part of a placement": (lambda canvas: canvas.history(1.5), TypeError, "'1.5': expected a whole number"),  # type: ignore[call-overload]
    "a wait for a text": (lambda canvas: canvas.wait("2"), TypeError, "'2': expected a whole number"),  # type: ignore[arg-type]
    "a pixel without a colour": (
        lambda canvas: canvas.paint([(0, 2)]),  # type: ignore[list-item]
        TypeError,
        "'(0, 2)' is no pixel: expected column, row and colour, such as (10, 3, 'red')",
    ),
    "an author off the board": (
        lambda canvas: canvas.author(0, 50),
        dcc.api.OffBoard,
        "column 0, row 50 is outside of the board of 50 x 50",
    ),
}


@pytest.mark.parametrize(("do", "error", "line"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_one_line_and_paints_nothing(
    do: Callable[[dcc.api.Canvas], object], error: type[Exception], line: str, canvas: dcc.api.Canvas
) -> None:
    with pytest.raises(error) as refused:
        do(canvas)
    assert str(refused.value) == line
    assert canvas[0, 2] == "white"


def test_the_image_is_the_board_for_pillow_and_numpy(canvas: dcc.api.Canvas) -> None:
    canvas.paint([(3, 4, "magenta")])
    image = canvas.image()
    assert (image.mode, image.size, image.getpixel((3, 4))) == ("RGB", (50, 50), (255, 0, 255))
    array = np.asarray(image)
    assert array.shape == (50, 50, 3)
    assert array[4, 3].tolist() == [255, 0, 255]


# --- changes --------------------------------------------------------------------------------------


def test_changes_are_what_others_paint_in_their_order(room: Room, canvas: dcc.api.Canvas) -> None:
    with room.connect() as other:
        changes = canvas.changes()
        other.paint([(9, 5, "red"), (8, 5, "blue")])
        canvas.paint([(7, 5, "red"), (9, 5, "black")])
        other.paint([(6, 5, "green"), (9, 5, "yellow")])
        assert [next(changes) for _ in range(3)] == [(8, 5, "blue"), (6, 5, "green"), (9, 5, "yellow")]


def test_a_slow_loop_gets_the_latest_colour_of_each_cell(room: Room, canvas: dcc.api.Canvas) -> None:
    with room.connect() as other:
        changes = canvas.changes()
        for colour in ("red", "blue", "green"):
            other.paint([(0, 6, colour)])
        other.paint([(1, 6, "red")])
        canvas.author(0, 6)  # is answered after the changes
        assert [next(changes), next(changes)] == [(0, 6, "green"), (1, 6, "red")]


def test_changes_end_with_the_canvas(room: Room) -> None:
    with room.connect() as canvas:
        changes = canvas.changes()
    assert list(changes) == []


def test_a_paint_that_is_refused_is_no_change(room: Room, canvas: dcc.api.Canvas) -> None:
    with room.connect(key=KEYS["Owner"]) as owner:
        changes = canvas.changes()
        room.act(Freeze())
        try:
            with pytest.raises(dcc.api.Refused) as refused:
                canvas.paint([(0, 7, "red")])
            owner.paint([(1, 7, "red")])
        finally:
            room.act(Thaw())
        assert str(refused.value) == "the board is frozen: only moderators paint until it is thawed"
        assert refused.value.code == "congelado"
        assert canvas[0, 7] == "white"
        assert next(changes) == (1, 7, "red")


# --- the past -------------------------------------------------------------------------------------


def test_the_history_has_the_board_of_each_placement_and_its_author(room: Room) -> None:
    with room.connect(key=KEYS["Ada"]) as canvas:
        canvas.paint([(0, 8, "red")])
        placement = canvas.history().placements
        canvas.paint([(0, 8, "blue")])
        history = canvas.history()
        assert history.placements == placement + 1
        assert history.first is not None and history.last is not None and history.first <= history.last
        moment = canvas.history(np.int64(placement))
        assert (moment[0, 8], moment.placements, moment.image().getpixel((0, 8))) == ("red", placement, (255, 0, 0))
        author = canvas.author(0, 8)
        assert author == dcc.api.Author(0, 8, "Ada", True, history.last, placement + 1)
        assert canvas.author(49, 29) is None


# --- addresses and identity -----------------------------------------------------------------------


def test_a_link_leads_to_the_board_with_its_key(room: Room) -> None:
    assert isinstance(room.server, WebServer)
    tail = f"#clave={KEYS['Ada']}&puerto={room.server.port}"
    page = f"127.0.0.1:{room.server.web_port}"
    for link in (
        f"http://{page}/{tail}",
        f"ws://{page}/ws{tail}",
        f"dcc://{room.address}/#clave={KEYS['Ada']}",
        f"dcc:{room.address}#clave={KEYS['Ada']}",
    ):
        with dcc.api.connect(link) as canvas:
            canvas[0, 9] = "red"
            author = canvas.author(0, 9)
            assert author is not None and author.name == "Ada" and author.is_proven


UNUSABLE: dict[str, tuple[str, dict[str, Any], str]] = {
    "no address": ("a b", {}, "'a b': expected HOST or HOST:PORT, such as 192.168.1.20:45743 or [::1]:8080"),
    "a key cut short": ("localhost", {"key": "abc"}, "the key is not whole: a key has 26 letters and digits"),
    "two keys": (
        f"dcc:localhost#clave={KEYS['Ada']}",
        {"key": KEYS["Ada"]},
        "both the link and key= have a key; leave one out",
    ),
    "a long name": ("localhost", {"name": "x" * 33}, f"'{'x' * 33}': at most 32 characters"),
    "a time before now": ("localhost", {"timeout": -1}, "timeout=-1: expected seconds, from 0 up"),
    "a text for a time": ("localhost", {"timeout": "5"}, "timeout='5': expected seconds, from 0 up"),
    "no number for a time": ("localhost", {"timeout": math.nan}, "timeout=nan: expected seconds, from 0 up"),
    "no file": ("localhost", {"ca": "/nowhere.pem"}, "/nowhere.pem: No such file or directory"),
    "nobody there": (
        "127.0.0.1:1",
        {},
        "server 127.0.0.1:1: The connection was refused: no server listens there",
    ),
}


@pytest.mark.parametrize(("address", "options", "line"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_cannot_be_connected_to_is_one_line(address: str, options: dict[str, Any], line: str) -> None:
    with pytest.raises(dcc.api.Error) as refused:
        dcc.api.connect(address, **options)
    assert str(refused.value) == line


@pytest.mark.parametrize("word", ("server", "key", "code", "name"))
def test_a_number_in_place_of_a_text_is_one_line(word: str) -> None:
    with pytest.raises(TypeError) as refused:
        dcc.api.connect(**{word: 1234})  # type: ignore[arg-type]
    assert str(refused.value) == f"{word}=1234: expected a text in quotes"


def test_a_wrong_key_is_refused_at_once(room: Room) -> None:
    with pytest.raises(dcc.api.Unavailable, match="nobody has this key, or no longer: ask for a new link"):
        room.connect(key="z" * 26)


def test_a_server_that_is_full_at_the_first_connection_is_one_line() -> None:
    with ServerProcess("--max-clients", "1", command=SERVE, language="en") as server:
        address = f"127.0.0.1:{server.port}"
        with dcc.api.connect(address), pytest.raises(dcc.api.Unavailable, match=r"the server is full \(limit: 1\)"):
            dcc.api.connect(address)


def test_a_server_of_version_1_is_refused_in_one_line() -> None:
    port = Servidor().socket_servidor.getsockname()[1]
    with pytest.raises(dcc.api.Unavailable, match="the server speaks version 1, and programs need version 2"):
        dcc.api.connect(f"127.0.0.1:{port}")


@pytest.mark.tls
def test_tls_is_asked_for_or_comes_with_a_link() -> None:
    with ServerProcess("--port", local_endpoint(), command=SERVE, language="en") as server:
        for address, options in (
            (f"127.0.0.1:{server.port}", {"ca": authority().file}),
            (f"https://127.0.0.1/#puerto={server.port}", {"ca": authority().file}),
        ):
            with dcc.api.connect(address, **options) as canvas:
                canvas[0, 0] = "red"
        with pytest.raises(dcc.api.Unavailable, match="signed by an authority that is not trusted here"):
            dcc.api.connect(f"127.0.0.1:{server.port}", tls=True)
        with pytest.raises(dcc.api.Unavailable, match="perhaps only one side uses TLS"):
            dcc.api.connect(f"127.0.0.1:{server.port}")


# --- cooldown and rate ----------------------------------------------------------------------------


def test_a_cooldown_is_an_error_that_wait_waits_for() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(ServerProcess("--cooldown", "1", "--charges", "2", command=SERVE, language="en"))
        canvas = stack.enter_context(dcc.api.connect(f"127.0.0.1:{server.port}"))
        canvas.wait(2)
        canvas.paint([(0, 0, "red"), (1, 0, "red")])
        with pytest.raises(dcc.api.OnCooldown) as refused:
            canvas.paint([(2, 0, "red")])
        assert str(refused.value) == "too soon: a pause of 1 s follows each cell"
        assert 0 < refused.value.wait <= 1
        canvas.wait()
        canvas[2, 0] = "red"
        canvas.wait(2)
        canvas.paint([(3, 0, "red"), (4, 0, "red")])
        with pytest.raises(dcc.api.Refused, match="at most 2 cells at a time: one more comes every 1 s"):
            canvas.wait(3)
        assert [canvas[column, 0] for column in range(6)] == ["red"] * 5 + ["white"]


def test_the_rate_of_a_server_is_waited_for() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(ServerProcess("--pixel-rate", "100", command=SERVE, language="en"))
        canvas = stack.enter_context(dcc.api.connect(f"127.0.0.1:{server.port}"))
        canvas.paint([(0, 0, "red")] * 1100)
        canvas.paint([(1, 0, "red")])
        assert canvas[1, 0] == "red"


# --- lost connections -----------------------------------------------------------------------------


def test_a_restart_of_the_server_is_survived_by_paints_and_changes(tmp_path: Path) -> None:
    words = ("--store", str(tmp_path / "board.sqlite3"))
    with ServerProcess(*words, command=SERVE, language="en") as first:
        canvas = dcc.api.connect(f"127.0.0.1:{first.port}")
        changes = canvas.changes()
        canvas[0, 0] = "red"
    with ServerProcess(*words, port=first.port, command=SERVE, language="en"):
        with dcc.api.connect(f"127.0.0.1:{first.port}") as other:
            other.paint([(5, 5, "blue")])
        canvas[1, 0] = "red"
        assert [canvas[0, 0], canvas[1, 0], canvas[5, 5]] == ["red", "red", "blue"]
        assert next(changes) == (5, 5, "blue")
        canvas.close()


def test_a_server_that_stays_away_is_an_error_after_the_timeout() -> None:
    with ServerProcess(command=SERVE, language="en") as server:
        canvas = dcc.api.connect(f"127.0.0.1:{server.port}", timeout=0.5)
    for do in (lambda: canvas.paint([(0, 0, "red")]), canvas.wait, canvas.history):
        with pytest.raises(dcc.api.Unavailable, match=rf"^server 127\.0\.0\.1:{server.port}: connection lost: "):
            do()
    canvas.close()
    with pytest.raises(dcc.api.Unavailable, match="the connection is closed"):
        canvas.paint([(0, 0, "red")])


def test_somebody_who_is_banned_is_told_wherever_they_wait(tmp_path: Path) -> None:
    store = tmp_path / "board.sqlite3"
    with ServerProcess("--store", str(store), command=SERVE, language="en") as server:
        canvas = dcc.api.connect(f"127.0.0.1:{server.port}")
        changes = canvas.changes()
        banned = command("moderate", "ban", "127.0.0.1", "--from-connecting", "--why", "spam", store=store)
        assert banned.status == 0, banned.errors
        line = "you may not connect any more: spam"
        with pytest.raises(dcc.api.Unavailable, match=line):
            next(changes)
        with pytest.raises(dcc.api.Unavailable, match=line):
            canvas.paint([(0, 0, "red")])


# --- threads, and the end of the program ----------------------------------------------------------


def test_several_threads_paint_on_one_canvas(canvas: dcc.api.Canvas) -> None:
    def paint(row: int) -> None:
        for column in range(20):
            canvas[column, row] = "blue"

    threads = [threading.Thread(target=paint, args=(row,)) for row in range(20, 26)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert {canvas[column, row] for column in range(20) for row in range(20, 26)} == {"blue"}


def test_a_canvas_that_nobody_has_any_more_says_goodbye(room: Room) -> None:
    canvas = room.connect()
    client = int(room.server.wait_for(r"arrived with id (\d+)", len(arrived(room)))[1])
    changes = canvas.changes()
    del canvas, changes
    gc.collect()
    room.server.wait_for(f"socket of client {client} has been removed")


def test_a_loop_over_the_changes_of_a_canvas_that_nobody_else_has_goes_on(room: Room) -> None:
    changes = room.connect().changes()
    gc.collect()
    with room.connect() as other:
        other[0, 17] = "red"
    assert next(changes) == (0, 17, "red")


def test_so_it_does_in_asyncio(room: Room) -> None:
    async def follow() -> None:
        changes = (await dcc.api.aconnect(room.address)).changes()
        gc.collect()
        async with dcc.api.aconnect(room.address) as other:
            await other.paint([(1, 17, "red")])
        assert await anext(changes) == (1, 17, "red")

    asyncio.run(follow())


def arrived(room: Room) -> list[str]:
    """The lines about clients who came."""
    return [line for line in room.server.lines if "has arrived" in line]


ENDINGS = {
    "at the end of the program": "canvas.paint([(0, 10, 'red')])",
    "with an error": "raise SystemExit(0)",
    "in a thread that waits": (
        "import threading; threading.Thread(target=lambda: list(canvas.changes()), daemon=True).start()"
    ),
}


@pytest.mark.parametrize("last", ENDINGS.values(), ids=ENDINGS)
def test_a_program_that_closes_nothing_ends(last: str, room: Room) -> None:
    program = f"import dcc.api\ncanvas = dcc.api.connect({room.address!r})\n{last}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS
    )
    assert (done.returncode, done.stderr) == (0, "")


WAITS = {
    "for changes": "next(canvas.changes())",
    "for the cooldown": "canvas.paint([(0, 0, 'red')]); canvas.wait()",
    "in asyncio": "import asyncio; asyncio.run(wait())",
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_ctrl_c_ends_a_wait(wait: str) -> None:
    with ServerProcess("--cooldown", "1000", command=SERVE, language="en") as server:
        address = f"127.0.0.1:{server.port}"
        program = (
            f"import dcc.api\ncanvas = dcc.api.connect({address!r})\n"
            f"async def wait():\n async with dcc.api.aconnect({address!r}) as canvas:\n"
            "  async for change in canvas.changes(): pass\n"
            f"print('ready', flush=True)\n{wait}\n"
        )
        with LineProcess([sys.executable, "-c", program]) as waiting:
            waiting.wait_for("ready")
            server.wait_for("Listening to client", 2 if "asyncio" in wait else 1)
            waiting.interrupt()
            assert waiting.finish() == -signal.SIGINT
            assert waiting.lines[-1] == "KeyboardInterrupt"


def test_a_fork_has_a_thread_of_its_own(room: Room) -> None:
    program = f"""
import os, dcc.api
with dcc.api.connect({room.address!r}) as canvas:
    canvas[0, 11] = "red"
child = os.fork()
with dcc.api.connect({room.address!r}) as canvas:
    canvas[1 if child else 2, 11] = "red"
if child:
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    subprocess.run([sys.executable, "-c", program], timeout=PATIENCE_SECONDS, check=True)
    with room.connect() as canvas:
        assert [canvas[column, 11] for column in range(4)] == ["red", "red", "red", "white"]


# --- what programs see of this --------------------------------------------------------------------


def test_the_package_needs_no_extra(room: Room) -> None:
    program = f"""
import sys
for name in ("PIL", "numpy", "OpenSSL", "cryptography", "PyQt5", "autobahn"):
    sys.modules[name] = None
import dcc.api
with dcc.api.connect({room.address!r}) as canvas:
    canvas[0, 12] = "red"
    try:
        canvas.image()
    except dcc.api.Error as error:
        print(error)
    try:
        dcc.api.connect({room.address!r}, tls=True)
    except dcc.api.Error as error:
        print(error)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    image, tls = ran.stdout.splitlines()
    assert image == "image() needs Pillow: pip install 'drawcolorcanvas[images]'"
    assert tls.endswith("pip install 'drawcolorcanvas[tls]'")


def test_a_program_may_run_the_reactor_of_twisted_beside_a_canvas(room: Room) -> None:
    program = f"""
import dcc.api
from twisted.internet import reactor
with dcc.api.connect({room.address!r}) as canvas:
    reactor.callLater(0, canvas.paint, [(0, 16, "red")])
    reactor.callLater(0, reactor.stop)
    reactor.run()
    print(canvas[0, 16])
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert ran.stdout == "red\n", ran.stderr


def test_no_signature_names_a_type_of_twisted() -> None:
    seen = 0
    for name in dcc.api.__all__:
        public = getattr(dcc.api, name)
        methods = [public, *(vars(public).values() if isinstance(public, type) else ())]
        for method in methods:
            function = getattr(method, "fget", method)
            if callable(function) and not getattr(function, "__name__", "_").startswith("_"):
                hints = get_type_hints(function, localns={"Image": object})
                assert "twisted" not in repr(hints), (name, hints)
                seen += len(hints)
    assert seen > 40


def test_an_error_shows_nothing_of_the_inside(canvas: dcc.api.Canvas) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import dcc.api; dcc.api.connect('127.0.0.1:1')"], capture_output=True, encoding="utf-8"
    )
    assert "twisted" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("dcc.api.Unavailable: server 127.0.0.1:1: ")


# --- templates ------------------------------------------------------------------------------------


def test_templates_are_told_with_what_is_missing_now(room: Room) -> None:
    colours, painted = bytes([2, 0, 5]), bytes([1, 0, 1])
    data = templates.spell(TemplatePixels(colours, painted))
    with room.connect() as canvas:
        assert canvas.templates() == []
        changes = canvas.changes()
        room.act(AddTemplate("flag", Rectangle(20, 16, 3, 1), data))
        while not (found := canvas.templates()):
            pass
        [flag] = found
        assert (flag.name, flag.at, flag.size, flag.author) == ("flag", (20, 16), (3, 1), "Owner")
        assert flag.missing() == [(20, 16, "red"), (22, 16, "blue")]
        assert np.asarray(flag.image()).tolist() == [[[255, 0, 0, 255], [255, 255, 255, 0], [0, 0, 255, 255]]]
        canvas.paint(flag.missing()[:1])
        assert flag.missing() == [(22, 16, "blue")]
        with room.connect() as other:
            other.paint([(22, 16, "blue"), (20, 16, "black")])
        assert {next(changes), next(changes)} == {(22, 16, "blue"), (20, 16, "black")}
        assert flag.missing() == [(20, 16, "red")]
        [alone] = room.connect().templates()
        gc.collect()
        canvas.paint(flag.missing())
        while alone.missing():  # of a canvas that nothing else holds, too, what is missing now
            pass
        canvas.paint([(20, 16, "black")])
        room.act(RemoveTemplate("flag"))
        while canvas.templates():
            pass
        assert flag.missing() == [(20, 16, "red")], "what is known of a template that was removed stays"


# --- asyncio --------------------------------------------------------------------------------------


def test_asyncio_programs_do_the_same(room: Room) -> None:
    async def paint_and_look() -> None:
        async with dcc.api.aconnect(room.address, name="Ada") as canvas:
            changes = canvas.changes()
            other = await dcc.api.aconnect(room.address)
            await other.paint([(0, 13, "red")])
            assert await anext(changes) == (0, 13, "red")
            await canvas.wait()
            await canvas.paint([(1, 13, "blue")])
            placements = (await canvas.history()).placements
            assert (await canvas.history(placements - 1))[1, 13] == "white"
            author = await canvas.author(1, 13)
            assert author is not None and author.name == "Ada"
            assert (canvas[1, 13], canvas.image().getpixel((1, 13))) == ("blue", (0, 0, 255))
            assert await canvas.templates() == []
            with pytest.raises(dcc.api.OffBoard):
                await canvas.paint([(50, 0, "red")])
            await other.close()
        assert [change async for change in changes] == []
        with pytest.raises(dcc.api.Unavailable):
            await canvas.paint([(0, 0, "red")])

    asyncio.run(paint_and_look())


def test_a_loop_of_asyncio_goes_on_while_a_canvas_waits(room: Room) -> None:
    async def wait_for_oneself() -> dcc.api.Change:
        async with dcc.api.aconnect(room.address) as canvas, dcc.api.aconnect(room.address) as other:
            changes = canvas.changes()

            async def read() -> dcc.api.Change:
                return await anext(changes)

            reading = asyncio.ensure_future(read())
            await asyncio.sleep(0)
            await other.paint([(0, 14, "red")])
            return await reading

    assert asyncio.run(wait_for_oneself()) == (0, 14, "red")


def test_changes_are_told_from_the_call_on_and_not_from_a_moment_later(room: Room) -> None:
    """Otherwise a program that looks at the board next could miss a change between the two."""

    async def follow() -> None:
        async with dcc.api.aconnect(room.address) as canvas:
            is_free = threading.Event()
            reactor_thread().reactor.callFromThread(is_free.wait, PATIENCE_SECONDS)
            threading.Timer(0.05, is_free.set).start()
            canvas.changes()
            assert is_free.is_set()

    asyncio.run(follow())


def test_a_cancelled_task_stops_waiting(room: Room) -> None:
    async def cancel() -> None:
        async with dcc.api.aconnect(room.address) as canvas:
            changes = canvas.changes()
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(anext(changes), 0.01)
            await canvas.paint([(0, 15, "red")])

    asyncio.run(cancel())
