"""A template of 200 x 200 finished by four people and a script together: the progress agrees everywhere."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import dcc.api
from dcc.core.palette import AF06
from dcc.window.window import Window
from tests.commands.test_paint import picture
from tests.support.chromium import Chromium
from tests.support.commands import dcc as command
from tests.support.desk import Desk
from tests.support.server_process import PATIENCE_SECONDS, WebServer

SIDE, CLEAR, WHITE = 200, 255, 0


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    with Desk() as desk:
        yield desk


class Person:
    """Somebody who paints with a program of their own, and sees what the others paint."""

    def __init__(self, address: str) -> None:
        self.canvas = dcc.api.connect(address)
        self.changes = self.canvas.changes()
        [self.template] = self.canvas.templates()

    def until_left(self, count: int) -> None:
        """Wait for the others' pixels, until so many are missing."""
        while len(self.template.missing()) != count:
            next(self.changes)


def at_once(*deeds: Callable[[], None]) -> None:
    """Do everything at the same time."""
    errors: list[BaseException] = []

    def guarded(deed: Callable[[], None]) -> None:
        try:
            deed()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()
    assert not errors, errors


def test_a_template_is_finished_by_four_people_and_a_script_and_the_progress_agrees(desk: Desk, tmp_path: Path) -> None:
    chance = np.random.default_rng(200)
    colours = chance.integers(0, len(AF06), (SIDE, SIDE), np.uint8)
    colours[chance.random((SIDE, SIDE)) < 0.1] = CLEAR
    picture(colours).save(tmp_path / "mural.png")
    total, done = int((colours != CLEAR).sum()), int((colours == WHITE).sum())  # of a white board
    record = tmp_path / "board.sqlite3"
    with (
        WebServer("--store", f"sqlite:{record}", "--canvas", "230x220", language="en") as server,
        Chromium() as browser,
    ):
        added = command(
            "template", "add", str(tmp_path / "mural.png"), "--name", "mural", "--at", "15,10", store=record
        )
        assert added.status == 0, added.errors
        address = f"127.0.0.1:{server.port}"
        listed = ("template", "list", "--json", "--server", address)
        tab = browser.open(server.url)
        window: Window = desk.open(server.port)
        desk.until(lambda: bool(window.link.replica.rules.templates))
        window.together.choose(window.link.replica.rules.templates[0].number)
        people = [Person(address) for _ in range(3)]
        tab.press("template")
        tab.until(lambda: tab.script("return document.querySelector('#together small').textContent") != "")
        tab.script("document.querySelectorAll('#together input')[1].click()")
        tab.until(lambda: not tab.attribute("togetherOptions", "hidden"))

        def agrees(left: int) -> None:
            """All see that so many pixels are missing."""
            at_once(*(lambda person=person: person.until_left(left) for person in people))  # type: ignore[misc]
            told = f"{total - left:,} of {total:,} pixels, {(total - left) * 100 // total} %"
            tab.until(lambda: tab.script("return document.querySelector('#together small').textContent") == told)
            desk.until(lambda: window.together.progress.text() == f"mural: {(total - left) * 100 // total} %")
            desk.until(lambda: window.board.template.left == left)
            [words] = map(json.loads, command(*listed).lines)
            assert (words["done"], words["all"]) == (total - left, total)

        agrees(total - done)

        # The fourth paints in the page by keys alone, the others with programs, some of the same pixels.
        tab.press("template")
        tab.element("board").click()  # a pixel of the click may be one of the template
        for _pixel in range(5):
            tab.type("n", " ")
        tab.until_answered()
        tab.press("template")
        [words] = map(json.loads, command(*listed).lines)
        left = total - words["done"]
        assert total - done - 6 <= left <= total - done - 4
        agrees(left)
        missing = people[0].template.missing()
        parts = [missing[start : start + 9000] for start in (500, 9000, 17_500)]
        at_once(*(lambda each=each: each[0].canvas.paint(each[1]) for each in zip(people, parts, strict=True)))  # type: ignore[misc]
        left -= len({(column, row) for part in parts for column, row, _colour in part})
        agrees(left)

        # Somebody spoils some of it; a script does the rest, while a person goes on.
        column, row, colour = parts[0][0]
        people[1].canvas[column, row] = "red" if colour != "red" else "blue"
        agrees(left + 1)
        rest = people[2].template.missing()[-200:]
        at_once(
            lambda: people[2].canvas.paint(rest),
            lambda: _help(address),
        )
        agrees(0)
        for person in people:
            person.canvas.close()


def _help(address: str) -> None:
    helped = command("paint", "--template", "mural", address)
    assert helped.status == 0, helped.errors
