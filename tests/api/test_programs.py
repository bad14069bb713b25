"""The programs of docs/programs, and the examples of docs/programs.md, each against a real server."""

from __future__ import annotations

import doctest
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import dcc.api
from dcc.core import templates
from dcc.core.actions import AddTemplate, Rectangle
from dcc.core.templates import TemplatePixels
from tests.support.people import make_record
from tests.support.server_process import DCC, PATIENCE_SECONDS, LineProcess, ServerProcess

DOCS = Path(__file__).parent.parent.parent / "docs"
PROGRAMS = {path.stem: path for path in sorted((DOCS / "programs").glob("*.py"))}

SERVE = (DCC, "serve")


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with ServerProcess(command=SERVE, language="en") as server:
        yield server


def names(canvas: dcc.api.Canvas) -> dict[tuple[int, int], str]:
    """The cells that are not white."""
    places = [(column, row) for row in range(canvas.height) for column in range(canvas.width)]
    return {place: canvas[place] for place in places if canvas[place] != "white"}


def sine(canvas: dcc.api.Canvas, run: Callable[[], LineProcess]) -> None:
    run().finish()
    painted = names(canvas)
    assert {column for column, _row in painted} == set(range(50))
    assert set(painted.values()) == {"red"}
    assert painted.keys() >= {(0, 25), (12, 1), (25, 25), (37, 49)}


def life(canvas: dcc.api.Canvas, run: Callable[[], LineProcess]) -> None:
    glider = [(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)]
    canvas.paint([(column, row, "black") for column, row in glider])
    run().finish()
    assert sorted(names(canvas)) == sorted((column + 5, row + 5) for column, row in glider)


def clock(canvas: dcc.api.Canvas, run: Callable[[], LineProcess]) -> None:
    changes = canvas.changes()
    program = run()
    tips = set()
    while len(tips) < 2:
        column, row, colour = next(changes)
        if colour == "blue" and (column - 20) ** 2 + (row - 20) ** 2 > 150:
            tips.add((column, row))
    program.interrupt()
    program.finish()


def keeper(canvas: dcc.api.Canvas, run: Callable[[], LineProcess]) -> None:
    changes = canvas.changes()
    program = run()
    picture = {}
    while len(picture) < 64:
        column, row, colour = next(changes)
        picture[column, row] = colour
    assert picture[5, 5] == "yellow" and picture[12, 11] == "red"
    canvas.paint([(5, 5, "black"), (0, 0, "black"), (12, 11, "yellow")])
    assert {next(changes), next(changes)} == {(5, 5, "yellow"), (12, 11, "red")}
    assert canvas[0, 0] == "black"
    program.interrupt()
    program.finish()


def maze(canvas: dcc.api.Canvas, run: Callable[[], LineProcess]) -> None:
    run().finish()
    ways = {(x, y) for x in range(50) for y in range(50) if canvas[x, y] == "white"}
    seen, front = {(1, 1)}, [(1, 1)]
    while front:
        x, y = front.pop()
        near = {(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)} & ways - seen
        seen |= near
        front += near
    assert seen == ways and len(ways) > 1000


def rainbow(canvas: dcc.api.Canvas, run: Callable[[], LineProcess]) -> None:
    run().finish()
    assert {"red", "yellow", "green", "cyan", "blue", "magenta"} <= set(names(canvas).values())
    assert all(len({canvas[column, row] for row in range(50)}) == 1 for column in range(50))


def mirror(canvas: dcc.api.Canvas, run: Callable[[], LineProcess]) -> None:
    changes = canvas.changes()
    program = run()
    column = 0
    answer: list[dcc.api.Change] = []
    reader = threading.Thread(target=lambda: answer.append(next(changes)), daemon=True)
    reader.start()
    while not answer:  # as soon as the program watches
        canvas.paint([(column % 25, 3, "red" if column // 25 % 2 else "blue")])
        column += 1
        reader.join(0.05)
    assert answer[0].row == 3 and 25 <= answer[0].column < 50
    program.interrupt()
    program.finish()


def count(canvas: dcc.api.Canvas, run: Callable[[], LineProcess]) -> None:
    canvas.paint([(0, 0, "red"), (1, 0, "red"), (2, 0, "blue")])
    program = run()
    program.finish()
    assert [line.split() for line in program.lines] == [["white", "2497"], ["red", "2"], ["blue", "1"]]


def stamp(canvas: dcc.api.Canvas, run: Callable[[], LineProcess]) -> None:
    canvas.paint([(0, 0, "red"), (9, 4, "blue"), (10, 0, "green")])
    run().finish()
    assert names(canvas) == {
        (0, 0): "red",
        (9, 4): "blue",
        (10, 0): "green",
        (40, 40): "red",
        (49, 44): "blue",
    }


def walk(canvas: dcc.api.Canvas, run: Callable[[], LineProcess]) -> None:
    run().finish()
    assert len(names(canvas)) > 10


CHECKS: dict[str, Callable[[dcc.api.Canvas, Callable[[], LineProcess]], None]] = {
    check.__name__: check for check in (sine, life, clock, keeper, maze, rainbow, mirror, count, stamp, walk)
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_the_documents_does_what_it_says(name: str, server: ServerProcess, tmp_path: Path) -> None:
    address = f"127.0.0.1:{server.port}"
    running: list[LineProcess] = []

    def run() -> LineProcess:
        running.append(LineProcess([sys.executable, str(PROGRAMS[name]), address], cwd=tmp_path))
        return running[0]

    with dcc.api.connect(address) as canvas:
        canvas.paint([(column, row, "white") for column in range(50) for row in range(50)])
        try:
            CHECKS[name](canvas, run)
        finally:
            running[0].close()
    status, said = running[0].process.returncode, running[0].output
    if running[0].interrupted:
        assert said.splitlines()[-1] == "KeyboardInterrupt"
    else:
        assert status == 0, said


def test_there_are_ten_programs_each_under_15_lines() -> None:
    assert len(PROGRAMS) == 10
    for path in PROGRAMS.values():
        assert len([line for line in path.read_text().splitlines() if line.strip()]) < 15, path
    text = (DOCS / "programs.md").read_text()
    assert "Ten small programs" in text


def test_the_examples_of_the_document_say_what_they_show(tmp_path: Path) -> None:
    colours, painted = bytes([2, 0, 0, 2, 2, 2, 2, 2, 0, 2, 2, 0]), bytes([1, 0, 0, 1, 1, 1, 1, 1, 0, 1, 1, 0])
    heart = AddTemplate("heart", Rectangle(30, 20, 4, 3), templates.spell(TemplatePixels(colours, painted)))
    store = make_record(tmp_path / "board.sqlite3", {}, heart)
    with ServerProcess("--store", store, command=SERVE, language="en") as server:
        address = f"127.0.0.1:{server.port}"
        text = (
            (DOCS / "programs.md")
            .read_text()
            .replace('"192.168.1.20', f'"{address}')
            .replace(f"{address}:1", "127.0.0.1:1")
            .replace("```", "")
        )
        examples = doctest.DocTestParser().get_doctest(text, {}, "programs.md", None, None)
        assert len(examples.examples) > 25
        is_over = threading.Event()

        def paint() -> None:  # somebody else, for the loops
            with dcc.api.connect(address) as other:
                for cell in range(1000):
                    if is_over.wait(0.02):
                        break
                    other[cell % 50, 30 + cell // 50] = "magenta"

        painting = threading.Thread(target=paint)
        painting.start()
        said: list[str] = []
        try:
            ran = doctest.DocTestRunner(verbose=False).run(examples, out=said.append)
        finally:
            is_over.set()
            painting.join(PATIENCE_SECONDS)
        assert ran.failed == 0, "".join(said)


def test_the_first_lines_of_the_document_are_a_program(server: ServerProcess) -> None:
    block = (DOCS / "programs.md").read_text().partition("```python\n")[2].partition("```")[0]
    assert len([line for line in block.splitlines() if line]) == 3
    exec(block.replace("192.168.1.20", f"127.0.0.1:{server.port}"), {})
    with dcc.api.connect(f"127.0.0.1:{server.port}") as canvas:
        assert (canvas[10, 3], canvas[11, 3]) == ("red", "red")
