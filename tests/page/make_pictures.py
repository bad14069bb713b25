"""Makes the pictures of the page in the README, of a real browser on a real server.

PYTHONPATH=. python tests/page/make_pictures.py docs/images
"""

from __future__ import annotations

import sys
from pathlib import Path

from dcc.core.canvas import pack_pixels
from dcc.core.palette import AF06
from dcc.protocol import version2
from dcc.protocol.messages import Hello, Paint
from tests.support.chromium import Chromium
from tests.support.picture import SIDE, sunset
from tests.support.server_process import Peer, WebServer


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
        phone.tap("draw")
        phone.type("7")
        middle, corner = phone.point(SIDE / 2 - 6, 24), phone.point(SIDE / 2 - 12, 18)
        phone.touch([middle, middle], [corner, (2 * corner[0] - middle[0], 2 * corner[1] - middle[1])])
        phone.press("grid")
        phone.save_screenshot(folder / "page-phone.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
