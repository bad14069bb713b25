"""A board with people, rules, roll backs, restarts and kills against the simple model in tests/support/people_model.py.

The record is a real file. Hypothesis has people connect, paint and act, several at once; time pass; the server be
stopped, and be killed while it works. After every step the board, the log, and who may paint where are those of the
model.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport

from dcc.board.cooldowns import name_for_charges
from dcc.board.licence import Licence
from dcc.core import templates
from dcc.core.actions import (
    Action,
    AddAreas,
    AddKey,
    AddTemplate,
    Announce,
    Area,
    Ban,
    Choice,
    Clear,
    Entry,
    Freeze,
    Group,
    NameMoment,
    Rectangle,
    RemoveAreas,
    RemoveTemplate,
    RevokeKey,
    RollBack,
    SetCooldown,
    SetEntry,
    SetRest,
    Thaw,
    Unban,
)
from dcc.core.canvas import pack_pixels, unpack_pixels
from dcc.core.palette import AF06
from dcc.core.people import Person, Role, digest_key
from dcc.core.placements import Size
from dcc.core.templates import TemplatePixels
from dcc.errors import PixelRejected, ProtocolError
from dcc.protocol.messages import (
    Acknowledged,
    Act,
    AskPreview,
    Done,
    Hello,
    Paint,
    PaintOne,
    Preview,
    Rejected,
)
from dcc.record.maintenance import verify
from dcc.record.sqlite import SqliteRecord
from dcc.record.writer import Writer
from tests.support.people_model import OPERATOR, Charges, Model, Who
from tests.support.thread_clock import ThreadClock
from tests.support.wire import OPERATOR_PAINTER, OPERATOR_PERSON, FakeServer, Peer

WIDTH, HEIGHT = 4, 3
CODE = "sol"
BEGIN_SECONDS = 1_700_000_000
ROLES = {"Olga": Role.OWN, "Mo": Role.MODERATE, "Ada": Role.PAINT, "Eva": Role.PAINT, "Wim": Role.WATCH}
HOSTS = ("192.0.2.1", "192.0.2.2")
PEOPLE = {
    **{name: Who(name, HOSTS[0]) for name in ROLES},
    "one": Who("", HOSTS[0]),
    "other": Who("", HOSTS[1]),
    "told": Who("", HOSTS[1], knows_code=True),
    "old": Who("", HOSTS[0]),  # speaks version 1
}


class PaintOp(NamedTuple):
    """Somebody paints."""

    who: str
    pixels: list[tuple[int, int]]


class ActOp(NamedTuple):
    """Somebody acts."""

    who: str
    action: Action


Op = PaintOp | ActOp

NAMES = st.sampled_from([*ROLES])
CELLS = st.integers(0, WIDTH * HEIGHT - 1)
PLACES = st.builds(
    lambda column, row, width, height: Rectangle(column, row, min(width, WIDTH - column), min(height, HEIGHT - row)),
    st.integers(0, WIDTH - 1),
    st.integers(0, HEIGHT - 1),
    st.integers(1, WIDTH),
    st.integers(1, HEIGHT),
)
ALLOWED = st.one_of(st.sampled_from(Group), st.lists(NAMES, max_size=2, unique=True).map(tuple))
AREA_NAMES = st.sampled_from(["a", "b", "c"])
TARGETS = st.one_of(NAMES.map(lambda name: (name, "")), st.sampled_from(HOSTS).map(lambda host: ("", host)))
PAINTS = st.builds(
    PaintOp,
    st.sampled_from([*PEOPLE]),
    st.lists(st.tuples(CELLS, st.integers(0, len(AF06) - 1)), min_size=1, max_size=3),
)
MINUTES = st.integers(0, 3).map(lambda minutes: (BEGIN_SECONDS + minutes * 60) * 1000)
CHOICES = st.builds(
    Choice,
    names=st.one_of(st.just(()), st.lists(NAMES, min_size=1, max_size=2, unique=True).map(tuple)),
    networks=st.one_of(st.just(()), st.sampled_from(HOSTS).map(lambda host: (host,))),
    action=st.one_of(st.none(), st.integers(1, 12)),
    place=st.one_of(st.none(), PLACES),
    since_ms=st.one_of(st.none(), MINUTES),
    until_ms=st.one_of(st.none(), MINUTES),
)


def _template(name: str, place: Rectangle, shift: int) -> AddTemplate:
    """Make a template, perhaps not wholly on the board."""
    cells = place.width * place.height
    return AddTemplate(
        name, place._replace(row=place.row + shift), templates.spell(TemplatePixels(bytes(cells), b"\1" * cells))
    )


def actions(now_ms: int) -> st.SearchStrategy[Action]:
    """Actions that need no search."""
    until = st.one_of(st.none(), st.integers(1, 3).map(lambda minutes: now_ms + minutes * 60_000))
    return st.one_of(
        st.just(Freeze()),
        st.just(Thaw()),
        st.builds(lambda *area: AddAreas((Area(*area),)), AREA_NAMES, PLACES, ALLOWED),
        st.lists(AREA_NAMES, max_size=2, unique=True).map(lambda names: RemoveAreas(tuple(names))),
        ALLOWED.map(SetRest),
        st.builds(
            lambda target, connecting, end: Ban(*target, "scribbles", connecting, end), TARGETS, st.booleans(), until
        ),
        TARGETS.map(lambda target: Unban(*target)),
        st.sampled_from([SetEntry(Entry.OPEN), SetEntry(Entry.CODE, CODE), SetEntry(Entry.KEYS)]),
        st.builds(lambda name, end: AddKey(name, digest_key(name), ROLES[name], end), NAMES, until),
        NAMES.map(RevokeKey),
        st.one_of(st.none(), PLACES).map(Clear),
        st.just(Announce("Ten more minutes")),
        st.sampled_from(["first", "second"]).map(NameMoment),
        st.builds(_template, AREA_NAMES, PLACES, st.integers(0, 2)),
        AREA_NAMES.map(RemoveTemplate),
    )


ACTORS = st.sampled_from(["Mo", "Olga", "Mo", "Olga", "Mo", "Olga", "Ada", "one", "Wim"])


class PeopleMachine(RuleBasedStateMachine):
    """See the top of the module."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._files = (Path(self._folder.name) / f"{number}.sqlite3" for number in count())
        self._path = next(self._files)
        self._requests = count(1)
        self._seconds = BEGIN_SECONDS
        self._ports = count(5000)  # no two connections have the same
        self.model = Model(WIDTH, HEIGHT)
        self._open()

    # --- the server ------------------------------------------------------------------------------

    def _open(self) -> None:
        self.clock = ThreadClock()
        self.record = SqliteRecord(Writer(self._path, Size(WIDTH, HEIGHT), AF06), self.clock)
        self.server = FakeServer(record=self.record, clock=self.clock, wall_clock_seconds=self._seconds)
        self.board = self.server.board
        self.peers: dict[str, Peer] = {}
        self.connections: dict[str, int] = {}
        self.charges = Charges.after_restart(self.model, self.clock.seconds(), self.now_ms)
        self._unrecorded: list[tuple[Who, int]] = []  # who paid, and how many charges

    def _close(self) -> None:
        for peer in self.peers.values():
            peer.hang_up()
        self.clock.turn_until(self.board.settle())
        self.board.stop()
        self.clock.turn_until(self.record.close())

    def teardown(self) -> None:
        """Stop the server, and look at the file."""
        self._close()
        assert verify(self._path).problems == ()
        self._folder.cleanup()

    @property
    def now_ms(self) -> int:
        """The time."""
        return self._seconds * 1000

    def _peer(self, who: str) -> Peer | None:
        """Return the connection of somebody; None if the server sends the person away."""
        peer, person = self.peers.get(who), PEOPLE[who]
        if peer is None or peer.was_closed:
            self.connections[who] = port = next(self._ports)
            peer = self.server.connect(StringTransport(peerAddress=IPv4Address("TCP", person.host, port)))
            version = 1 if who == "old" else 2
            peer.say(Hello(version, key=person.name, code=CODE if person.knows_code else ""))
            self.peers[who] = peer
        elif person.knows_code:
            peer.say(Hello(2, code=CODE))  # counts if the board asks for a code now
        return None if peer.was_closed else peer

    # --- requests --------------------------------------------------------------------------------

    def _send(self, op: Op) -> tuple[Peer, int] | None:
        peer = self._peer(op.who)
        assert (peer is not None) == self.model.may_connect(PEOPLE[op.who], self.now_ms), op.who
        if peer is None:
            return None
        request = next(self._requests)
        if isinstance(op, ActOp):
            peer.say(Act(request, op.action))
        elif op.who == "old":
            for cell, colour in op.pixels:
                peer.say(PaintOne(cell % WIDTH, cell // WIDTH, AF06[colour].name))
        else:
            peer.say(Paint(request, pack_pixels(op.pixels)))
        return peer, request

    def _do(self, ops: list[Op]) -> tuple[list[Model], list[tuple[Peer, int, bool] | None]]:
        """Send requests without a turn of the loop, and do the same in the model.

        :return: the models from before the first and after each, and for each request whether it is to succeed.
        """
        before = self.model.copy()
        models, expected = [before], []
        self.ends = ends = [0]  # where the models after each request are
        for op in ops:
            sent = self._send(op)
            now, model = self.now_ms, models[-1].copy()
            succeeds = False
            if sent is not None:
                who, connection = PEOPLE[op.who], self.connections[op.who]
                who = replace(who, knows_code=who.knows_code and before.entry is Entry.CODE)
                if isinstance(op, ActOp):
                    may = before.may_act(who, op.action, now)
                    succeeds = may and model.act(who, op.action, now, connection)
                elif op.who == "old":  # a command for each pixel
                    for pixel in op.pixels:
                        if self._admits(before, who, [pixel]):
                            self._paint(model, who, [pixel], connection)
                            models.append(model.copy())
                else:
                    succeeds = self._admits(before, who, op.pixels) and self._paint(model, who, op.pixels, connection)
            models.append(model)
            ends.append(len(models) - 1)
            expected.append(None if sent is None or op.who == "old" else (*sent, succeeds))
        return models, expected

    def _admits(self, before: Model, who: Who, pixels: list[tuple[int, int]]) -> bool:
        """Whether a paint gets as far as the record; then it is paid for."""
        if not all(before.may_paint(who, cell, self.now_ms) for cell, _colour in pixels):
            return False
        return not self._pays(before, who) or self.charges.take(who, len(pixels), self.clock.seconds())

    def _pays(self, model: Model, who: Who) -> bool:
        return self.charges.cooldown.seconds > 0 and model.role(who, self.now_ms) < Role.MODERATE

    def _paint(self, model: Model, who: Who, pixels: list[tuple[int, int]], connection: int) -> bool:
        """Paint in the model; what the rules refuse by then was paid in vain."""
        pays = self._pays(self.model, who)
        painted = model.paint(who, pixels, self.now_ms, connection)
        if pays and not painted:
            self._unrecorded.append((who, len(pixels)))
        return painted

    def _settle(self) -> None:
        self.clock.turn_until(self.board.settle())
        for who, charges in self._unrecorded:
            self.charges.give_back(who, charges)
        self._unrecorded.clear()
        self.clock.advance(1)

    def _check_answers(self, expected: list[tuple[Peer, int, bool] | None]) -> None:
        answers: dict[tuple[int, int], bool] = {}
        for peer in {id(each[0]): each[0] for each in expected if each}.values():
            for message in peer.receive():
                if isinstance(message, Acknowledged | Done | Rejected):
                    answers[id(peer), message.request] = not isinstance(message, Rejected)
        for each in expected:
            if each is not None:
                peer, request, succeeds = each
                assert answers[id(peer), request] == succeeds, (request, succeeds)

    # --- rules of the machine --------------------------------------------------------------------

    @initialize()
    def hand_out_keys(self) -> None:
        """The operator gives everybody a key."""
        for name, role in ROLES.items():
            action = AddKey(name, digest_key(name), role)
            self.board.act(OPERATOR_PERSON, OPERATOR_PAINTER, action, lambda _outcome: None)
            assert self.model.act(OPERATOR, action, self.now_ms)
        self._settle()

    @rule(data=st.data())
    def several_at_once(self, data: st.DataObject) -> None:
        """People paint and act while the record is busy."""
        acts = st.builds(ActOp, ACTORS, actions(self.now_ms))
        ops = data.draw(st.lists(st.one_of(PAINTS, PAINTS, acts), min_size=1, max_size=6))
        models, expected = self._do(ops)
        self._settle()
        self.model = models[-1]
        self._check_answers(expected)

    @rule(data=st.data())
    def one_acts(self, data: st.DataObject) -> None:
        """Somebody does one action, so that the rules change in many ways."""
        op = ActOp(data.draw(ACTORS), data.draw(actions(self.now_ms)))
        models, expected = self._do([op])
        self._settle()
        self.model = models[-1]
        self._check_answers(expected)

    @rule(who=st.sampled_from(["Olga", "Olga", "Mo"]), seconds=st.sampled_from([0, 45, 100]), most=st.integers(1, 4))
    def change_the_pause(self, who: str, seconds: int, most: int) -> None:
        """Somebody changes the time from one pixel to the next."""
        models, expected = self._do([ActOp(who, SetCooldown(seconds, most))])
        self.clock.turn_until(self.board.settle())
        self.model = models[-1]
        if len(self.model.log) > len(models[0].log):
            self.charges.change(self.model.cooldown, self.clock.seconds())
        self._check_answers(expected)

    @rule(
        data=st.data(),
        who=st.sampled_from(["Mo", "Olga", "Mo", "Olga", "Ada"]),
        choice=CHOICES,
        meanwhile=st.lists(PAINTS, max_size=2),
    )
    def roll_back(self, data: st.DataObject, who: str, choice: Choice, meanwhile: list[PaintOp]) -> None:
        """Somebody previews a roll back, and does it."""
        last = len(self.model.placements)
        sequences = st.integers(1, last) if last else st.just(50)
        connections = st.lists(st.one_of(sequences, sequences, st.just(last + 50)), min_size=1, max_size=2, unique=True)
        if choice == Choice() or data.draw(st.booleans()):
            others = data.draw(st.sampled_from([choice, Choice()]))
            choice = replace(others, connections_of=tuple(data.draw(connections)))
        peer = self._peer(who)
        if peer is None:
            return
        may_look = self.model.role(PEOPLE[who], self.now_ms) >= Role.MODERATE
        request = next(self._requests)
        peer.receive()
        peer.say(AskPreview(request, choice))
        while not (answers := [each for each in peer.receive() if isinstance(each, Preview | Rejected)]):
            self.clock.turn()
        is_possible = self.model.has(choice)
        if may_look and is_possible:
            [preview] = answers
            assert isinstance(preview, Preview)
            assert dict(unpack_pixels(preview.pixels)) == self.model.rolled_back(choice)
            assert preview.placements == sum(self.model.chosen(choice))
        else:
            assert isinstance(answers[0], Rejected)
        # The placements are searched for while the others paint, and the roll back has its turn after them.
        action = RollBack(choice)
        sent = self._send(ActOp(who, action))
        assert sent is not None
        models, expected = self._do(list(meanwhile))
        may, model = self.model.may_act(PEOPLE[who], action, self.now_ms), models[-1]
        tops = {placed.cell: number for number, placed in enumerate(model.placements)}
        chosen, before = model.chosen(choice) if is_possible else [False] * len(model.placements), model.board
        succeeds = may and is_possible and model.act(PEOPLE[who], action, self.now_ms, self.connections[who])
        self._settle()
        self.model = model
        self._check_answers([*expected, (*sent, succeeds)])
        for cell, colour in enumerate(before):
            if cell not in tops or not chosen[tops[cell]]:
                assert self.board.canvas.colours[cell] == colour, "a cell of somebody else was rolled back"

    @rule(minutes=st.integers(1, 2))
    def time_passes(self, minutes: int) -> None:
        """Bans and keys come to their ends."""
        self._seconds += minutes * 60
        self.server.wall_clock_seconds = self._seconds
        self.clock.advance(minutes * 60)
        self._settle()

    @rule()
    def restart(self) -> None:
        """The server stops and starts."""
        self._close()
        self._open()

    @rule(data=st.data())
    def kill(self, data: st.DataObject) -> None:
        """The server is killed while it works: what was answered is there, in order, and perhaps some more."""
        acts = st.builds(ActOp, ACTORS, actions(self.now_ms))
        ops = data.draw(st.lists(st.one_of(PAINTS, acts), min_size=1, max_size=6))
        turns = data.draw(st.integers(0, 6))
        models, expected = self._do(ops)
        settled: list[object] = []
        self.board.settle().addBoth(settled.append)
        while not settled and turns:
            self.clock.turn()
            turns -= 1
        if not settled:
            self.clock.wait_for_result()  # no thread writes any more
        answered = 0
        for number, each in enumerate(expected, start=1):
            if each is not None and each[2] and _is_answered(each[0], each[1]):
                answered = number
        copy = next(self._files)
        for suffix in ("", "-wal"):
            if (source := Path(f"{self._path}{suffix}")).exists():
                shutil.copyfile(source, f"{copy}{suffix}")
        self._close()
        self._path = copy
        self._open()
        found = self.board.sequence, len(self._log())
        fitting = [model for model in models[self.ends[answered] :] if (len(model.placements), len(model.log)) == found]
        note(f"placements and actions {found}, answered {answered} of {ops}")
        assert fitting, "what the record has is no beginning of what was asked for, or lacks what was answered"
        self.model = fitting[0]
        self.charges = Charges.after_restart(self.model, self.clock.seconds(), self.now_ms)

    # --- invariants ------------------------------------------------------------------------------

    @invariant()
    def the_board_is_the_models(self) -> None:
        """Cell by cell, and as many placements."""
        assert self.board.sequence == len(self.model.placements)
        assert bytes(self.board.canvas.colours) == self.model.board

    @invariant()
    def the_log_is_the_models(self) -> None:
        """Entry by entry."""
        entries = [
            (
                entry.number,
                entry.sequence,
                entry.time_ms,
                entry.painter.name,
                entry.painter.is_proven,
                entry.action,
                entry.cells,
            )
            for entry in self._log()
        ]
        assert entries == [
            (number, each.sequence, each.time_ms, each.who.name, each.who.name != "", each.action, each.cells)
            for number, each in enumerate(self.model.log, start=1)
        ]

    @invariant()
    def the_templates_are_the_models(self) -> None:
        """The oldest first, as everybody is told them."""
        templates = self.board.rules.templates
        assert [*templates.in_force] == self.model.templates
        assert [(each.name, each.place) for each in self.board.rules.news.templates] == [
            (each.name, each.place) for each in self.model.templates
        ]

    def _log(self) -> list[Any]:
        pages, before = [], None
        while page := self.board.log_before(before):
            pages += page
            before = page[-1].number
        return pages[::-1]

    @invariant()
    def the_charges_are_the_models(self) -> None:
        """Of each person, whoever pays."""
        if self.charges.cooldown.seconds:
            for who in PEOPLE.values():
                name = name_for_charges(Person(who.name, host=who.host))
                left = self.charges.left(who, self.clock.seconds())
                assert self.board.cooldowns.news(name).charges == left, who

    @invariant()
    def those_may_paint_who_may_by_the_model(self) -> None:
        """Each person, in each cell."""
        for who in PEOPLE.values():
            host = Person(host=who.host)
            try:
                person = self.board.rules.identify(host, who.name, CODE if who.knows_code else "", self.now_ms)
            except ProtocolError:
                assert not self.model.may_connect(who, self.now_ms), who
                continue
            assert self.model.may_connect(who, self.now_ms), who
            licence = Licence(self.board.rules, person, self.board.now_ms)
            for cell in range(WIDTH * HEIGHT):
                assert _may(licence, cell) == self.model.may_paint(who, cell, self.now_ms), (who, cell)


def _may(licence: Licence, cell: int) -> bool:
    try:
        licence.permit(pack_pixels([(cell, 0)]))
    except PixelRejected:
        return False
    return True


def _is_answered(peer: Peer, request: int) -> bool:
    """Whether a peer has the answer to a request, or the request was refused."""
    return any(isinstance(message, Acknowledged | Done) and message.request == request for message in _received(peer))


def _received(peer: Peer) -> Iterator[Any]:
    kept = peer.__dict__.setdefault("kept", [])
    kept += peer.receive()
    return iter(kept)


def test_board_log_and_who_may_paint_are_those_of_the_model_after_every_step() -> None:
    run_machine(
        PeopleMachine,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            print_blob=True,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes minutes, and 25 steps can be read
            suppress_health_check=list(HealthCheck),
        ),
    )
