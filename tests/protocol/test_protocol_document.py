"""Runs the examples, the conversations and the table of limits in ``docs/protocol.md``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

from twisted.trial.unittest import SynchronousTestCase

from dcc import limits
from dcc.core import actions, painted_by, placements
from dcc.core.canvas import Canvas, pack_pixels
from dcc.core.palette import AF06, Colour, Palette
from dcc.protocol import codec, messages, version2
from dcc.protocol.messages import ClientMessage, Ignored, Lines, NamedBoard, PastBoard, ServerMessage, WholeBoard
from dcc.protocol.version1 import BoardEncoder
from dcc.record.memory import MemoryRecord
from tests.support.wire import FakeServer, TableTestCase, each, payloads_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"
CANVAS_ID = "5f0c3a1e"

_BLOCK = re.compile(r"^```(example|conversation)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BYTES = re.compile(r"(?P<byte>[0-9a-f]{2})|'(?P<text>[^']*)'")
_ACTION = re.compile(r"^\| `([a-z-]+)` \| ([^|]*) \| `([a-z]+)` \|", re.MULTILINE)
_LIMIT = re.compile(r"^\| `([A-Z0-9_]+)` \| ([0-9]+) \|", re.MULTILINE)


def blocks(kind: str) -> list[str]:
    """Return the blocks of a kind, in the order of the document."""
    return [text for found, text in _BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")) if found == kind]


def to_bytes(notation: str) -> bytes:
    """Read hexadecimal digits in pairs, and text in quotes."""
    rest = _BYTES.sub("", notation)
    assert not rest.strip(), f"not bytes: {rest.strip()}"
    return b"".join(
        bytes.fromhex(match["byte"]) if match["byte"] else match["text"].encode() for match in _BYTES.finditer(notation)
    )


def to_message(notation: str) -> Any:
    """Read a message in the notation of the document."""

    def palette(*colours: str) -> Palette:
        return Palette(tuple(Colour(*colour.split()) for colour in colours))

    own = {"bytes": bytes, "pixels": lambda *pairs: pack_pixels(pairs), "palette": palette}
    words = own | vars(placements) | vars(painted_by) | vars(actions) | vars(messages)
    return eval(notation, {"__builtins__": {}}, words)


def encode(sender: str, message: Any) -> bytes:
    """Encode a message with our codecs."""
    if sender == "client":
        return version2.encode_command(message)
    if isinstance(message, NamedBoard):
        width, height = (max(place[axis] for place in message.names) + 1 for axis in (0, 1))
        colours = [AF06.index[message.names[column, row]] for row in range(height) for column in range(width)]
        return BoardEncoder(width, height, AF06).encode(WholeBoard(0, bytes(colours)))
    return version2.encode(message)


EXAMPLES = {block.partition("\n")[0]: block for block in blocks("example")}


class ExampleTests(TableTestCase):
    """Examples of messages."""

    @each(EXAMPLES)
    def test_an_example_decodes_to_its_message_and_encodes_to_its_bytes(self, block: str) -> None:
        head, _newline, notation = block.partition("\n")
        sender, _colon, text = head.partition(": ")
        self.assertIn(sender, ("client", "server"))
        message = to_message(text)
        [payload] = payloads_of(to_bytes(notation))
        decode = codec.decode_client if sender == "client" else codec.decode_server
        self.assertEqual(decode(payload), message)
        written = encode(sender, message)
        if isinstance(message, WholeBoard | PastBoard):
            self.assertEqual(codec.decode_server(written), message)  # zlib's bytes are one form of several
            self.assertEqual(len(written) < len(message.colours), len(payload) < len(message.colours))
        else:
            self.assertEqual(written, payload)

    def test_every_message_of_either_side_has_an_example(self) -> None:
        shown = {block.split("(")[0] for block in EXAMPLES}
        expected = {f"client: {kind.__name__}" for kind in get_args(ClientMessage)}
        expected |= {f"server: {kind.__name__}" for kind in {*get_args(ServerMessage)} - {Ignored, Lines}}
        self.assertEqual(shown, expected)

    def test_no_two_examples_have_the_same_first_line(self) -> None:
        # The table of examples would keep only one of the two.
        self.assertEqual(len(EXAMPLES), len(blocks("example")))


class ConversationTests(TableTestCase):
    """Whole conversations, with a server whose board is 3 by 2."""

    @each(dict(zip(("version 1", "version 2"), blocks("conversation"), strict=True)))
    def test_our_server_answers_as_the_document_says(self, block: str) -> None:
        server = FakeServer(record=MemoryRecord(CANVAS_ID, Canvas(3, 2, AF06)))
        peer = server.connect()
        expected: list[bytes] = []
        for part in re.split(r"^(?=[<>])", block, flags=re.MULTILINE)[1:]:
            payload = to_bytes(part[1:])
            if part.startswith("<"):
                expected.append(payload)
                continue
            self.assertEqual(peer.payloads(), expected)
            expected = []
            peer.send(payload)
        self.assertEqual(peer.payloads(), expected)
        self.assertTrue(peer.was_closed)


class ActionTests(SynchronousTestCase):
    """The table of actions."""

    def test_the_actions_in_the_document_have_the_words_and_the_least_roles_of_the_program(self) -> None:
        table = _ACTION.findall(DOCUMENT.read_text(encoding="utf-8"))
        self.assertEqual(
            [(word, role) for word, _keys, role in table],
            [(actions.KINDS[kind], actions.ROLES[kind].word) for kind in actions.KINDS],
        )


class LimitTests(SynchronousTestCase):
    """The table of limits."""

    def test_the_limits_in_the_document_are_those_of_the_program(self) -> None:
        table = _LIMIT.findall(DOCUMENT.read_text(encoding="utf-8"))
        self.assertGreater(len(table), 10)
        for name, value in table:
            self.assertEqual(int(value), getattr(limits, name), name)
