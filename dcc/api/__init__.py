"""The shared board for programs.

    import dcc.api

    with dcc.api.connect("192.168.1.20") as canvas:
        canvas.paint([(10, 3, "red"), (11, 3, "blue")])
        print(canvas[10, 3])

``docs/programs.md`` has an example for everything.
"""

from dcc.api.asynchronous import AsyncCanvas, aconnect
from dcc.api.board import Author, Board, Change, History, Moment
from dcc.api.canvas import Canvas, connect
from dcc.api.errors import Error, OffBoard, OnCooldown, Refused, Unavailable, UnknownColour
from dcc.api.templates import Template
from dcc.core.palette import Colour, Palette

for _error in (Error, OffBoard, OnCooldown, Refused, Unavailable, UnknownColour):
    _error.__module__ = __name__  # as a traceback names them

__all__ = [
    "AsyncCanvas",
    "Author",
    "Board",
    "Canvas",
    "Change",
    "Colour",
    "Error",
    "History",
    "Moment",
    "OffBoard",
    "OnCooldown",
    "Palette",
    "Refused",
    "Template",
    "Unavailable",
    "UnknownColour",
    "aconnect",
    "connect",
]
