"""``dcc template``, on a record and on a running server, and ``dcc paint --template``, which helps."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tqdm import tqdm

from dcc import cli, limits
from dcc.commands.painting import Helping
from dcc.core import templates
from dcc.core.actions import Action, AddAreas, AddKey, AddTemplate, Area, Group, Rectangle, RemoveTemplate, SetCooldown
from dcc.core.canvas import PIXEL_BYTES, unpack_pixels
from dcc.core.people import Role, digest_key
from dcc.core.templates import TemplatePixels
from dcc.errors import DccError
from dcc.protocol.messages import Hello, Paint
from tests.commands.test_paint import picture
from tests.support.commands import dcc
from tests.support.people import make_record
from tests.support.script_wire import ScriptTestCase, Wire
from tests.support.server_process import ServerProcess
from tests.support.wire import BLACK, GREEN, RED, FakeServer, Peer, paint

CLEAR = 255
"""A transparent pixel of a picture."""


def template(name: str, place: Rectangle, colours: bytes) -> AddTemplate:
    """Return a template with a transparent cell for each :data:`CLEAR`."""
    painted = bytes(colour != CLEAR for colour in colours)
    data = templates.spell(TemplatePixels(bytes(0 if colour == CLEAR else colour for colour in colours), painted))
    return AddTemplate(name, place, data)


# --- the commands --------------------------------------------------------------------------------


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    """A picture of 3 x 2 pixels: red, none, green; black three times."""
    path = tmp_path / "cat.png"
    picture(np.array([[RED, CLEAR, GREEN], [BLACK, BLACK, BLACK]], np.uint8)).save(path)
    return path


def test_a_template_is_published_listed_and_removed_on_a_record(cat: Path, tmp_path: Path) -> None:
    record = tmp_path / "board.sqlite3"
    make_record(record, {})

    def template_command(*words: str) -> list[str]:
        ended = dcc("template", *words, store=record)
        assert (ended.status, ended.errors) == (0, [])
        return ended.lines

    assert template_command("list") == ["there is no template"]
    assert template_command("list", "--json") == []
    assert template_command("add", str(cat), "--name", "my cat", "--at", "10,5") == [
        "action 1: published the template 'my cat' at 10,5,3x2",
        "to undo it: dcc template remove 'my cat'",
    ]
    assert template_command("list") == ["'my cat' at 10,5,3x2: 0 of 5 pixels done (0%), by 'dcc'"]
    [words] = map(json.loads, template_command("list", "--json"))
    place = {"column": 10, "row": 5, "width": 3, "height": 2}
    assert words == {"number": 1, "name": "my cat", **place, "author": "dcc", "done": 0, "all": 5}
    assert template_command("remove", "my cat") == ["action 2: removed the template 'my cat'"]
    assert template_command("list") == ["there is no template"]
    assert len(dcc("log", "--kind", "template", store=record).lines) == 2
    assert dcc("verify", store=record).status == 0


REFUSED = {
    "a taken name": (("add", "CAT", "--name", "taken"), "the name taken is taken"),
    "a place off the board": (("add", "CAT", "--name", "a", "--at", "48,0"), "does not fit"),
    "a place beside the board": (("add", "CAT", "--name", "a", "--at", "50,0"), "--at 50,0 is outside of the board"),
    "nothing to paint": (("add", "NOTHING", "--name", "a"), "the pixels of the template cannot be read, or there are"),
    "no picture": (("add", "TEXT", "--name", "a"), "TEXT"),
    "an unknown name": (("remove", "a"), "there is no a"),
}


@pytest.mark.parametrize(("words", "line"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_one_line(words: tuple[str, ...], line: str, cat: Path, tmp_path: Path) -> None:
    taken = template("taken", Rectangle(0, 0, 1, 1), bytes([RED]))
    record = tmp_path / "board.sqlite3"
    make_record(record, {}, taken)
    Image.new("RGBA", (2, 2)).save(tmp_path / "nothing.png")
    (tmp_path / "text.png").write_text("no picture")
    files = {"CAT": str(cat), "NOTHING": str(tmp_path / "nothing.png"), "TEXT": str(tmp_path / "text.png")}
    ended = dcc("template", *(files.get(word, word) for word in words), store=record)
    assert (ended.status, ended.lines) == (1, [])
    [error] = ended.errors
    assert error.startswith("dcc template: ") and files.get(line, line) in error


def test_a_picture_of_too_many_colours_is_refused_before_it_is_sent() -> None:
    noise = np.random.default_rng(1).integers(0, 256, 300 * 300, np.uint8).tobytes()
    for colours in (noise, bytes(limits.TEMPLATE_CELLS + 1)):
        with pytest.raises(DccError, match="the template is too large: at most 1048576 cells, and 45000 bytes"):
            templates.spell(TemplatePixels(colours, b"\1" * len(colours)))


def test_a_moderator_publishes_on_a_running_server_and_everybody_lists_and_helps(cat: Path, tmp_path: Path) -> None:
    roles = {"Mo": Role.MODERATE, "Ada": Role.PAINT}
    keys = {name: (tmp_path / f"{name}.key", name[0].lower() * 26) for name in roles}
    for file, key in keys.values():
        file.write_text(key)
        file.chmod(0o600)
    given = (AddKey(name, digest_key(keys[name][1]), role) for name, role in roles.items())
    store = make_record(tmp_path / "board.sqlite3", {}, *given)
    with ServerProcess("--store", store) as server:
        address = f"127.0.0.1:{server.port}"
        words = ("template", "add", str(cat), "--name", "cat", "--at", "1,1", "--server", address)
        refused = dcc(*words, "--key-file", str(keys["Ada"][0]))
        assert (refused.status, refused.errors) == (1, ["dcc template: only moderators may do this"])
        assert dcc(*words, "--key-file", str(keys["Mo"][0])).status == 0
        listed = ("template", "list", "--server", address)
        assert dcc(*listed).lines == ["'cat' at 1,1,3x2: 0 of 5 pixels done (0%), by 'Mo'"]
        helped = dcc("paint", "--template", "cat", address)
        assert (helped.status, helped.errors) == (0, ["dcc paint: painted 5 pixels"])
        assert dcc(*listed).lines == ["'cat' at 1,1,3x2: 5 of 5 pixels done (100%), by 'Mo'"]
        unknown = dcc("paint", "--template", "dog", address)
        assert (unknown.status, unknown.errors) == (1, ["dcc paint: there is no template 'dog'; there are 'cat'"])
        assert dcc("template", "remove", "cat", store=tmp_path / "board.sqlite3").status == 0


WRONG_LINES = {
    "nothing to paint": ((), "what to paint? Give an IMAGE, or --template NAME"),
    "a place": (("--template", "a", "--at", "1,1"), "--at, --width and --dither go with an IMAGE"),
    "a width": (("--template", "a", "--width", "3"), "--at, --width and --dither go with an IMAGE"),
    "both": (("--template", "a", "cat.png", "127.0.0.1"), "--template NAME goes without an IMAGE"),
    "no address": (("--template", "a", "127.0.0.1:x"), "127.0.0.1:x"),
}


@pytest.mark.parametrize(("words", "line"), WRONG_LINES.values(), ids=WRONG_LINES)
def test_a_wrong_command_line_is_told(words: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(("paint", *words)) == 2
    assert line in capsys.readouterr().err


# --- helping -------------------------------------------------------------------------------------


class HelpingTests(ScriptTestCase):
    """A script that helps with a template of 5 x 2, red above a transparent cell and green ones."""

    COLOURS = bytes([RED] * 5 + [CLEAR] + [GREEN] * 4)
    CELLS = (*range(33, 38), *range(64, 68))
    """Of the board, in the order of the template."""

    def setUp(self) -> None:
        self.server = FakeServer(30, 20)
        self.act(template("cat", Rectangle(3, 1, 5, 2), self.COLOURS))
        self.wire = Wire(self.server)
        self.work = Helping("cat", tqdm(disable=True))

    def act(self, action: Action) -> None:
        """Do an action, and have everybody told."""
        self.server.act(action)
        self.server.clock.advance(1)

    def moderator(self) -> Peer:
        """Connect somebody who paints without a pause."""
        self.act(AddKey("Mo", digest_key("Mo"), Role.MODERATE))
        peer = self.server.connect()
        peer.say(Hello(2, key="Mo"))
        return peer

    def painted(self) -> list[list[int]]:
        """The cells of each request that was carried."""
        return [
            sorted(cell for cell, _colour in unpack_pixels(message.pixels))
            for message in self.wire.sent
            if isinstance(message, Paint)
        ]

    def assert_finished(self) -> None:
        """The board has the template, and the script has ended well."""
        self.assertIsNone(self.successResultOf(self.ended))
        wanted = bytes(colour for colour in self.COLOURS if colour != CLEAR)
        self.assertEqual(bytes(self.server.board.canvas.colours[cell] for cell in self.CELLS), wanted)

    def test_only_what_is_missing_is_painted(self) -> None:
        self.server.join().send(paint(1, (33, RED), (65, GREEN), (64, BLACK)))
        self.start(self.wire, self.server, self.work)
        self.wire.carry()
        self.assert_finished()
        self.assertEqual(self.painted(), [[34, 35, 36, 37, 64, 66, 67]])
        self.assertEqual(self.work.summary, "painted 7 pixels; 2 already matched")

    def test_a_finished_template_needs_no_help(self) -> None:
        for _helper in range(2):
            self.wire.sent.clear()
            self.start(self.wire, self.server, Helping("cat", tqdm(disable=True)))
            self.wire.carry()
            self.assert_finished()
        self.assertEqual(self.painted(), [])

    def test_between_cooldowns_it_passes_over_what_others_have_painted_and_repairs_what_they_have_spoilt(self) -> None:
        other = self.moderator()
        self.act(SetCooldown(10, 2))
        with contextlib.redirect_stderr(io.StringIO()):
            self.start(self.wire, self.server, self.work)
            self.wire.carry()
            [first] = [message for message in self.wire.sent if isinstance(message, Paint)]
            self.assertEqual(len(first.pixels), 2 * PIXEL_BYTES)
            own = {cell for cell, _colour in unpack_pixels(first.pixels)}
            others = [cell for cell in self.CELLS if cell not in own]
            wanted = dict(zip(self.CELLS, bytes(each for each in self.COLOURS if each != CLEAR), strict=True))
            other.send(paint(1, *((cell, wanted[cell]) for cell in others[1:]), (min(own), BLACK)))
            for _second in range(25):
                self.wire.carry()
                self.server.clock.advance(1)
            self.wire.carry()
        self.assert_finished()
        last = [cell for cells in self.painted()[1:] for cell in cells]
        self.assertEqual(sorted(last), sorted([others[0], min(own)]))

    def test_it_ends_as_soon_as_others_have_finished_the_template(self) -> None:
        other = self.moderator()
        self.act(SetCooldown(3600, 1))
        with contextlib.redirect_stderr(io.StringIO()):
            self.start(self.wire, self.server, self.work)
            self.wire.carry()
            self.assertNoResult(self.ended)
            other.send(paint(1, *((cell, RED) for cell in self.CELLS[:5]), *((cell, GREEN) for cell in self.CELLS[5:])))
            self.wire.carry()
        self.assert_finished()

    def test_cells_for_others_are_left_to_them(self) -> None:
        self.act(AddAreas((Area("roof", Rectangle(0, 0, 30, 2), Group.MODERATORS),)))
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.start(self.wire, self.server, self.work)
            self.wire.carry()
        self.assertIsNone(self.successResultOf(self.ended))
        self.assertEqual(self.painted(), [[64, 65, 66, 67]])
        self.assertEqual(said.getvalue(), "dcc paint: 5 pixels are left to others\n")

    def test_a_template_that_is_not_there_or_is_taken_away_is_an_error(self) -> None:
        self.start(self.wire, self.server, Helping("dog", tqdm(disable=True)))
        self.wire.carry()
        self.server.clock.advance(2)
        self.wire.carry()
        self.assert_fails(DccError, "there is no template 'dog'; there are 'cat'")
        self.act(SetCooldown(3600, 1))
        with contextlib.redirect_stderr(io.StringIO()):
            self.start(self.wire, self.server, self.work)
            self.wire.carry()
            self.act(RemoveTemplate("cat"))
            self.server.clock.advance(2)
            self.wire.carry()
        self.assert_fails(DccError, "the template 'cat' was taken away")

    def test_without_any_template_it_waits_until_the_server_has_told_that(self) -> None:
        self.act(RemoveTemplate("cat"))
        server = FakeServer(30, 20, clock=self.server.clock)
        self.wire.server = server
        self.start(self.wire, server, self.work)
        self.wire.carry()
        self.assertNoResult(self.ended)
        server.clock.advance(2)
        self.wire.carry()
        self.assert_fails(DccError, "there is no template 'cat'")

    def test_after_a_lost_connection_it_goes_on(self) -> None:
        self.start(self.wire, self.server, self.work)
        self.wire.to_server()
        self.wire.to_client()
        self.wire.cut()
        self.server.clock.advance(limits.RECONNECT_LONGEST_SECONDS)
        self.wire.carry()
        self.assert_finished()
