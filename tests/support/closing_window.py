"""``dcc draw HOST:PORT``, with a user who closes the window as soon as a text appears on the title or the status bar.

python closing_window.py HOST:PORT TEXT
"""

import sys
from typing import Any

from PyQt5.QtCore import QTimer

from dcc.cli import main
from dcc.commands import draw

LOOK_MS = 20


def watched_window(*arguments: Any) -> Any:
    """The window, watched."""
    window = make_window(*arguments)
    timer = QTimer(window)

    def look() -> None:
        if sys.argv[2] in (window.status.connection.text(), window.empty.title.text()):
            timer.stop()
            print(sys.argv[2], flush=True)
            window.close()

    timer.timeout.connect(look)
    timer.start(LOOK_MS)
    return window


if __name__ == "__main__":
    make_window = draw.make_window
    draw.make_window = watched_window
    sys.exit(main(["draw", sys.argv[1]]))
