"""The vectors hold for the Python side; ``tests/page/vectors.test.js`` runs the same vectors for the page."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
from PyQt5.QtGui import QColor
from twisted.trial.unittest import SynchronousTestCase

from dcc.client.identity import Identity
from dcc.client.replica import Replica
from dcc.client.strokes import Strokes
from dcc.client.templates import Template
from dcc.core.actions import AddTemplate, Rectangle
from dcc.core.canvas import pack_pixels
from dcc.core.palette import Colour
from dcc.core.perception import reads_black
from dcc.core.shapes import cells_between
from dcc.errors import DccError
from dcc.images import quantize
from dcc.protocol import codec, version2
from dcc.protocol.messages import Hello
from dcc.window.theme import contrasting
from tests.support.wire import TableTestCase, each
from tests.vectors import make
from tests.vectors.notation import load, message_of, message_words, payload_of

CONVERSATIONS = load("conversations")
CELLS_OF_STROKES = 4


def label(vector: dict[str, Any]) -> str:
    """A name for a message's test."""
    message = vector.get("message") or {"kind": vector["refused"]}
    return f"{vector['from']} {message['kind']}"


def labelled(vectors: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Vectors by unique names."""
    return {f"{number} {label(vector)}": vector for number, vector in enumerate(vectors)}


class MessageTests(TableTestCase):
    """Payloads and messages."""

    @each(labelled(load("examples") + load("messages")))
    def test_a_payload_is_read_as_the_message_or_refused(self, vector: dict[str, Any]) -> None:
        decode = codec.decode_client if vector["from"] == "client" else codec.decode_server
        payload = payload_of(vector["payload"])
        if "refused" in vector:
            with self.assertRaises(DccError):
                decode(payload)
            return
        message = decode(payload)
        self.assertEqual(message_words(message), vector["message"])
        self.assertEqual(message_of(vector["message"]), message)
        if vector["from"] == "client":
            written = version2.encode_command(message)
            self.assertEqual(written, payload)

    def test_the_examples_are_those_of_the_protocol_document(self) -> None:
        self.assertEqual(load("examples"), make.examples(), "run: python -m tests.vectors.make")


class ConversationTests(TableTestCase):
    """From messages to the board on the screen."""

    @each({vector["name"]: vector["steps"] for vector in CONVERSATIONS["conversations"]})
    def test_conversation(self, steps: list[dict[str, Any]]) -> None:
        replica = Replica()
        for step in steps:
            changed: set[int] | None = set()
            if "hello" in step:
                said = version2.encode_command(replica.hello(Identity(step["hello"])))
                self.assertEqual(said, payload_of(step["says"]))
            elif "paint" in step:
                changed = replica.paint(step["paint"]["request"], pack_pixels(map(tuple, step["paint"]["pixels"])))
            elif "lost" in step:
                changed = replica.disconnected()
            else:
                message = message_of(step.get("server") or CONVERSATIONS["welcome"] | step["welcome"])
                if step.get("refused"):
                    with self.assertRaises(DccError):
                        replica.apply(message)
                else:
                    changed = replica.apply(message)
            actual = {
                "changed": None if changed is None else sorted(changed),
                "shown": list(replica.shown),
                "live": replica.is_live,
                "unanswered": replica.unanswered,
                "sequence": replica.sequence,
                "others": None if replica.others is None else sorted(replica.others),
            }
            expected = {key: value for key, value in step.items() if key in actual}
            self.assertEqual({key: actual[key] for key in expected}, expected, str(step))


class StrokeTests(TableTestCase):
    """Undo and redo."""

    @each({vector["name"]: vector["steps"] for vector in load("strokes")})
    def test_undo(self, steps: list[dict[str, Any]]) -> None:
        shown, strokes = bytearray(CELLS_OF_STROKES), Strokes()
        for step in steps:
            pixels = [
                (cell, colour) for cell, colour in step.get("stroke") or step.get("others") or step.get("board", [])
            ]
            if "stroke" in step:
                strokes.begin()
                for pixel in pixels:
                    strokes.add([pixel], shown)
                    shown[pixel[0]] = pixel[1]
            elif "clear" in step:
                strokes.forget()
            elif "others" in step:
                strokes.lose(cell for cell, _colour in pixels)
            elif "undo" in step:
                pixels = strokes.undo(shown)
                self.assertEqual(pixels, [tuple(pixel) for pixel in step["undo"]])
            elif "redo" in step:
                pixels = strokes.redo(shown)
                self.assertEqual(pixels, [tuple(pixel) for pixel in step["redo"]])
            for cell, colour in pixels:
                shown[cell] = colour


class GeometryTests(SynchronousTestCase):
    """Lines, and the other tools."""

    def test_a_line_has_the_cells_of_the_vector(self) -> None:
        vectors = load("lines")
        self.assertEqual(len(vectors["lines"]), 625)
        for column, row, steps in vectors["lines"]:
            moves = [vectors["directions"][int(step)] for step in steps]
            cells = [*itertools.accumulate(moves, lambda at, move: (at[0] + move[0], at[1] + move[1]), initial=(0, 0))]
            self.assertEqual(cells_between((0, 0), (column, row)), cells)

    def test_a_tool_paints_the_cells_of_the_vector(self) -> None:
        vectors = load("tools")
        self.assertGreater(sum(map(len, vectors.values())), 150)
        self.assertEqual(vectors, make.tools())

    def test_what_is_missing_of_a_shared_template(self) -> None:
        vectors = load("shared_templates")
        self.assertGreater(len(vectors), 10)
        for vector in vectors:
            published = AddTemplate("a", Rectangle(**vector["place"]), vector["data"])
            template = Template(1, published, "", vector["width"])
            self.assertEqual([list(pixel) for pixel in template.missing(vector["shown"])], vector["missing"])
            self.assertEqual(template.count_missing(vector["shown"]), len(vector["missing"]))
            for after, only, found in vector["next"]:
                pixel = template.next_missing(vector["shown"], after, only)
                self.assertEqual(pixel, found and tuple(found))
                rest = [each for each in vector["missing"] if only in (None, each[1])]
                self.assertEqual(found, next((each for each in rest if each[0] > after), (rest or [None])[0]))

    def test_a_stamp_of_a_picture(self) -> None:
        vectors = load("pictures")
        self.assertGreater(len(vectors["pictures"]), 2)
        self.assertEqual(vectors, json.loads(json.dumps(make.pictures())))


class ColourTests(SynchronousTestCase):
    """Nearest colours, and black or white on a colour."""

    def test_the_nearest_colour_is_that_of_the_vector_alone_and_in_an_image(self) -> None:
        vectors = load("nearest")
        image = np.frombuffer(bytes.fromhex(vectors["colours"]), np.uint8).reshape(-1, 3)
        self.assertGreater(len(image), 4096)
        for vector in vectors["palettes"]:
            palette, expected = make.palette_of(tuple(vector["palette"])), bytes.fromhex(vector["nearest"])
            alone = bytes(palette.nearest((int(red), int(green), int(blue))) for red, green, blue in image)
            self.assertEqual(alone, expected)
            self.assertEqual(quantize.nearest(image, palette).tobytes(), expected)

    def test_black_or_white_is_read_better_as_in_the_vector(self) -> None:
        for name, values in load("contrast").items():
            for value in values:
                self.assertEqual(reads_black(Colour("", value).rgb), name == "black", value)
                self.assertEqual(contrasting(value), QColor(name), value)


class NotationTests(SynchronousTestCase):
    """The vectors' own notation."""

    def test_a_message_is_written_and_read_back(self) -> None:
        message = Hello(2, "5f", 3, "Ana")
        self.assertEqual(message_of(message_words(message)), message)
