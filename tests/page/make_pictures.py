"""Makes the pictures of the page in the README, and of a lesson, from a real browser on a real server.

PYTHONPATH=. python tests/page/make_pictures.py docs/images

The keys in the pictures of the lesson are of a canvas that is deleted at the end.
"""

from __future__ import annotations

import html
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import gettempdir

from people import Painter
from PIL import Image

from dcc.core.actions import Group, RemoveAreas, SetRest
from dcc.core.canvas import pack_pixels
from dcc.core.palette import AF06
from dcc.protocol import version2
from dcc.protocol.messages import Hello, Paint
from tests.support import pupils
from tests.support.chromium import Chromium, ChromiumTab
from tests.support.picture import SIDE, sunset
from tests.support.server_process import DCC, LineProcess, Peer, WebServer

TERMINAL = """<!doctype html><meta charset="utf-8"><style>
    body { margin: 0; background: #16181d }
    pre { width: 92ch; margin: 0; padding: 14px 18px; color: #cfd3da; white-space: pre-wrap; word-break: break-all;
          font: 15px/17px "DejaVu Sans Mono", monospace; letter-spacing: calc(9px - 1ch) }
    .s1, .prompt { color: #fff; font-weight: bold }
    .s97-40 { color: #fff; background: #000; white-space: pre }
</style>
"""
"""What stands before the output of a terminal."""


def main(folder: Path) -> None:
    """Draw the picture, and save a screenshot of a desk and of a telephone."""
    colours = [AF06.index[name] for names in sunset() for name in names]
    with WebServer(language="en") as server, Chromium() as chromium, Peer(server.port) as painter:
        painter.send(version2.encode_command(Hello(2)))
        painter.send(version2.encode_command(Paint(0, pack_pixels(enumerate(colours)))))
        desk = chromium.open(server.url, language="en")
        phone = chromium.open(server.url, dark=True, size=(390, 780), touch=True)
        for tab in (desk, phone):
            tab.until_board(lambda board: board.colours == bytes(colours))
            tab.until(lambda tab=tab: tab.text("users").startswith("3"))
        desk.type("5")
        desk.hover(33, 40)
        desk.save_screenshot(folder / "page.png")
        phone.tap("pencil")
        phone.type("7")
        middle, corner = phone.point(SIDE / 2 - 6, 24), phone.point(SIDE / 2 - 12, 18)
        phone.touch([middle, middle], [corner, (2 * corner[0] - middle[0], 2 * corner[1] - middle[1])])
        phone.press("grid")
        phone.save_screenshot(folder / "page-phone.png")


class Lesson(LineProcess):
    """A lesson in a terminal, begun as docs/lesson.md says. Ctrl+C is pressed as the block ends.

    :ivar port: the TCP port.
    :ivar shown: what the terminal shows at the start, without the command.
    :ivar owner: the owner's link.
    """

    port = 45743

    def __init__(self, folder: Path) -> None:
        """:param folder: of the class."""
        (folder / "names.txt").write_text("\n".join(pupils.DRAWINGS), encoding="utf-8")
        command = f"{DCC} serve --class names.txt"
        super().__init__(["script", "-qefc", command, "/dev/null"], {"DCC_LANG": "en"}, folder)
        self.wait_for("hand out the slips")
        self.shown = self.output
        self.owner = self.wait_for(r"(http\S+#clave=\w+)")[1]
        self.url = self.owner.partition("#")[0]

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            self.tell("\x03")
            assert self.finish() == 0, self.output
        self.close()


@contextmanager
def new_folder() -> Iterator[Path]:
    """Make a folder for the class, whose path is shown, and delete it at the end."""
    folder = Path(gettempdir(), "class")
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def lesson(pictures: Path) -> None:
    """Hold a lesson: the terminal at the start, the sheet, the projector, and the panel before a roll back."""
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder())
        chromium = stack.enter_context(Chromium())
        hosted = stack.enter_context(Lesson(folder))
        terminal = folder / "terminal.html"
        terminal.write_text(TERMINAL + terminal_html(hosted.shown), encoding="utf-8")
        save(chromium.open(terminal.as_uri(), size=(1000, 1000), online=False), pictures / "lesson-start.png", "pre")
        sheet = folder / "names-sheet.html"
        save(chromium.open(sheet.as_uri(), size=(800, 1000), online=False), pictures / "lesson-sheet.png", "body")

        projector = chromium.open(f"{hosted.url}?view=only&join", size=(1920, 1080))
        projector.until(lambda: projector.of_module("main", "module.rights.rules.areas.length") == len(pupils.DRAWINGS))
        areas = projector.of_module("main", "module.rights.rules.areas")
        corners = {area["name"]: (area["place"]["column"], area["place"]["row"]) for area in areas}
        keys = dict(re.findall(r"<bdi>(.*?)</bdi>.*?#clave=(\w+)", sheet.read_text(encoding="utf-8")))
        painters = {name: stack.enter_context(Painter(hosted, key=key)) for name, key in keys.items()}
        for name, painter in painters.items():
            left, top = corners[name]
            for colour, cells in pupils.painted(name).items():
                assert painter.paint([(left + column, top + row) for column, row in cells], colour) == ""
        own = stack.enter_context(Painter(hosted, key=hosted.owner.partition("=")[2]))
        count = sum(len(cells) for name in pupils.DRAWINGS for cells in pupils.painted(name).values())
        projector.until_board(lambda board: len(board.colours) - board.colours.count(0) == count)
        save(projector, pictures / "lesson-projector.png")

        own.act(RemoveAreas(), SetRest(Group.EVERYBODY))
        assert painters[pupils.SCRIBBLER].paint(pupils.SCRIBBLE, AF06.index["red"]) == ""
        assert painters["Greta"].paint(pupils.REPAIR, AF06.index["green"]) == ""
        tab = chromium.open(hosted.owner)
        tab.press("moderate")
        tab.until(lambda: tab.driver.find_elements("css selector", "#people li"))
        tab.click(*pupils.SCRIBBLE[0])
        tab.until(lambda: tab.text("rollBack").startswith("Roll back"))
        save(tab, pictures / "lesson-rollback.png")


def terminal_html(output: str) -> str:
    """Show what a terminal would show after the command."""
    styled = re.sub(
        r"\x1b\[([\d;]+)m(.*?)\x1b\[0m",
        lambda match: f'<span class="s{match[1].replace(";", "-")}">{match[2]}</span>',
        html.escape(output.strip()).replace("\r", ""),
    )
    return f'<pre><span class="prompt">$ dcc serve --class names.txt</span>\n{styled}</pre>'


def save(tab: ChromiumTab, path: Path, part: str = "") -> None:
    """Save a small picture of a page.

    :param part: the element that is shown, the upper left corner of the page; otherwise all that is in view.
    """
    image = tab.screenshot().convert("RGB")
    if part:
        box = tab.driver.find_element("css selector", part).rect
        image = image.crop((0, 0, round(box["x"] + box["width"]), round(box["y"] + box["height"])))
    image.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    lesson(Path(sys.argv[1]))
