"""A whole board with clients of both versions against a simple model of it: a list of placements.

Hypothesis has clients come, go, come back with what they hold, paint, paint wrongly, stop reading and read
on, while commits succeed and fail. After every step each client must hold just what the model says it can
hold; when everything has come to rest, all of them hold the model's board, and every request is answered.
"""

from __future__ import annotations

from collections import Counter, deque

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from twisted.trial.unittest import SynchronousTestCase

from dcc.core.canvas import pack_pixels, unpack_pixels
from dcc.core.palette import AF06
from dcc.protocol import version2
from dcc.protocol.messages import (
    Acknowledged,
    Changes,
    Closing,
    Goodbye,
    Hello,
    NamedBoard,
    Paint,
    PaintOne,
    Rejected,
    ServerMessage,
    Users,
    Welcome,
    WholeBoard,
)
from tests.support.wire import CANVAS_ID, FakeServer, HeldRecord, Peer

WIDTH, HEIGHT = 4, 3
CELLS = WIDTH * HEIGHT
NEVER = 1e9

Pixels = list[tuple[int, int]]

CELL = st.integers(0, CELLS - 1)
COLOUR = st.integers(0, len(AF06) - 1)
GOOD_PIXELS = st.lists(st.tuples(CELL, COLOUR), min_size=1, max_size=4)
BAD_PIXEL = st.one_of(st.tuples(st.just(CELLS), COLOUR), st.tuples(CELL, st.just(len(AF06))))


class Model:
    """What the board is to be.

    :ivar placements: all that were recorded, in their order; the sequence is how many.
    :ivar waiting: paints not recorded yet: client, request, pixels.
    """

    def __init__(self) -> None:
        self.placements: Pixels = []
        self.waiting: deque[tuple[Client, int, Pixels]] = deque()

    def board(self, sequence: int | None = None) -> bytes:
        """The colours as of a sequence, or as they are."""
        colours = bytearray(CELLS)
        for cell, colour in self.placements[:sequence]:
            colours[cell] = colour
        return bytes(colours)


class Client:
    """A client with the state of its messages."""

    version: int

    def __init__(self, server: FakeServer, model: Model) -> None:
        self.model = model
        self.peer: Peer = server.connect()
        self.is_paused = False
        self.has_left = False

    def look(self) -> None:
        """Take what came."""
        for message in self.peer.receive():
            assert not self.peer.was_aborted
            if isinstance(message, Closing):
                assert self.has_left, message
                assert message == Closing()
                assert self.owes_nothing, "the goodbye came before an answer"
            else:
                self.take(message)

    def take(self, message: ServerMessage) -> None:
        """Take one message."""
        raise NotImplementedError

    @property
    def owes_nothing(self) -> bool:
        """Whether every request of the client has an answer."""
        raise NotImplementedError

    def recorded(self, request: int, sequence: int) -> None:
        """A paint of this client is recorded."""

    def not_recorded(self, request: int) -> None:
        """A paint of this client was not recorded."""


class Client1(Client):
    """Counts boards.

    :ivar commands: number of commands sent.
    :ivar boards: how many came.
    """

    version = 1

    def __init__(self, server: FakeServer, model: Model) -> None:
        super().__init__(server, model)
        self.commands = self.boards = 0
        self.board = b""
        self.nuevo()

    def nuevo(self) -> None:
        """Ask for the board."""
        self.commands += 1
        self.peer.say(Hello())

    def pintar(self, cell: int, colour: str, is_good: bool) -> None:
        """Paint one cell."""
        self.commands += 1
        if is_good:
            self.model.waiting.append((self, 0, [(cell, AF06.index[colour])]))
        self.peer.say(PaintOne(cell % WIDTH, cell // WIDTH, colour))

    def take(self, message: ServerMessage) -> None:
        """It is a board, and the newest."""
        assert isinstance(message, NamedBoard), message
        self.boards += 1
        self.board = bytes(AF06.index[message.names[cell % WIDTH, cell // WIDTH]] for cell in range(len(message.names)))
        assert self.board == self.model.board()

    @property
    def owes_nothing(self) -> bool:
        """A board for every command; those that others' paints made come on top."""
        return self.boards >= self.commands


class Client2(Client):
    """Keeps a board of its own.

    :ivar held: its colours, as of ``sequence``; nothing before the first.
    :ivar sent: requests without an answer.
    :ivar due: what the answers to some of them must be: a sequence, or nothing for a rejection.
    """

    version = 2

    def __init__(self, server: FakeServer, model: Model, before: Client2 | None) -> None:
        super().__init__(server, model)
        self.sequence = -1
        self.held: bytearray | None = None
        self.sent: dict[int, Pixels] = {}
        self.due: dict[int, int | None] = {}
        self.last_request = 0
        self.users = 0
        self.welcomes_due = 0
        self.is_caught_up = False
        if before is not None and before.held is not None:
            self.sequence, self.held = before.sequence, bytearray(before.held)
        self.nuevo()

    def nuevo(self) -> None:
        """Ask for the changes after the held board."""
        self.welcomes_due += 1
        self.is_caught_up = False
        resumes = self.held is not None
        self.peer.say(Hello(2, CANVAS_ID, self.sequence) if resumes else Hello(2))

    def paint(self, pixels: Pixels, is_good: bool) -> None:
        """Paint some cells."""
        self.last_request += 1
        self.sent[self.last_request] = pixels
        if is_good:
            self.model.waiting.append((self, self.last_request, pixels))
        else:
            self.due[self.last_request] = None
        self.peer.send(version2.encode_command(Paint(self.last_request, pack_pixels(pixels))))

    def recorded(self, request: int, sequence: int) -> None:
        """An acknowledgement is due."""
        self.due[request] = sequence

    def not_recorded(self, request: int) -> None:
        """A rejection is due."""
        self.due[request] = None

    def take(self, message: ServerMessage) -> None:
        """Check the board against the model at the board's sequence."""
        model = self.model
        match message:
            case Welcome():
                # Several ``nuevo`` while nothing was taken have one answer.
                assert self.welcomes_due
                self.welcomes_due = 0
                assert (message.canvas_id, message.width, message.height) == (CANVAS_ID, WIDTH, HEIGHT)
            case WholeBoard():
                self.held = bytearray(message.colours)
                self.reach(message.sequence)
            case Changes():
                assert self.held is not None
                for cell, colour in unpack_pixels(message.pixels):
                    self.held[cell] = colour
                self.reach(message.sequence)
            case Acknowledged():
                assert self.due.pop(message.request) == message.sequence <= self.sequence
                del self.sent[message.request]
            case Rejected():
                assert self.due.pop(message.request) is None
                board = model.board()
                cells = [cell for cell, _colour in self.sent.pop(message.request) if cell < CELLS]
                assert list(unpack_pixels(message.pixels)) == [(cell, board[cell]) for cell in cells]
            case Users():
                self.users = message.connected
            case _:
                raise AssertionError(message)

    def reach(self, sequence: int) -> None:
        """The board is as of that sequence now."""
        assert not self.welcomes_due, "the board came before the welcome"
        assert sequence >= self.sequence or not self.is_caught_up, "the sequence went back"
        self.sequence = sequence
        self.is_caught_up = True
        assert self.held == self.model.board(sequence)

    @property
    def owes_nothing(self) -> bool:
        """Every request is answered."""
        return not self.sent and not self.welcomes_due and self.is_caught_up


class BoardMachine(RuleBasedStateMachine):
    """The steps for Hypothesis."""

    clients1 = Bundle("clients1")
    clients2 = Bundle("clients2")
    gone = Bundle("gone")

    def __init__(self) -> None:
        super().__init__()
        self.record = HeldRecord(WIDTH, HEIGHT)
        self.server = FakeServer(record=self.record, stall_seconds=NEVER)
        self.model = Model()
        self.connected: list[Client] = []
        self.done = Counter[str]()

    # --- coming and going ------------------------------------------------------------------------

    @rule(target=clients1)
    def come_1(self) -> Client1:
        """A version 1 client."""
        return self.welcome(Client1(self.server, self.model))

    @rule(target=clients2)
    def come_2(self) -> Client2:
        """A version 2 client that holds nothing."""
        return self.welcome(Client2(self.server, self.model, None))

    @rule(target=clients2, before=consumes(gone))
    def come_back(self, before: Client2) -> Client2:
        """A version 2 client with the board from before the connection was lost."""
        return self.welcome(Client2(self.server, self.model, before))

    def welcome(self, client: Client) -> Client:
        """Connect."""
        self.connected.append(client)
        return client

    @rule(client=consumes(clients1))
    def lose_1(self, client: Client1) -> None:
        """Cut the connection."""
        self.lose(client)

    @rule(target=gone, client=consumes(clients2))
    def lose_2(self, client: Client2) -> Client2:
        """Cut the connection; the client may come back."""
        self.lose(client)
        return client

    def lose(self, client: Client) -> None:
        """Leave."""
        client.look()
        if client in self.connected:
            self.connected.remove(client)
            client.peer.hang_up()

    @rule(client=st.one_of(clients1, clients2))
    def leave(self, client: Client) -> None:
        """It says goodbye, and waits for the server's."""
        if self.may_send(client):
            client.has_left = True
            client.peer.say(Goodbye())

    # --- painting --------------------------------------------------------------------------------

    def may_send(self, client: Client) -> bool:
        """Whether the server reads from the client."""
        return client in self.connected and not client.has_left and client.peer.is_read_from

    @rule(client=clients1, cell=CELL, colour=COLOUR)
    def pintar(self, client: Client1, cell: int, colour: int) -> None:
        """A paint of version 1."""
        if self.may_send(client):
            client.pintar(cell, AF06[colour].name, is_good=True)

    @rule(client=clients1, wrong=st.sampled_from([(CELLS, "red"), (0, "rojo")]))
    def pintar_wrongly(self, client: Client1, wrong: tuple[int, str]) -> None:
        """A paint of version 1 that changes nothing."""
        if self.may_send(client):
            client.pintar(*wrong, is_good=False)

    @rule(client=clients2, pixels=GOOD_PIXELS)
    def paint(self, client: Client2, pixels: Pixels) -> None:
        """A paint of version 2."""
        if self.may_send(client):
            client.paint(pixels, is_good=True)

    @rule(client=clients2, pixels=GOOD_PIXELS, wrong=BAD_PIXEL)
    def paint_wrongly(self, client: Client2, pixels: Pixels, wrong: tuple[int, int]) -> None:
        """A paint of version 2 that changes nothing."""
        if self.may_send(client):
            client.paint([*pixels, wrong], is_good=False)

    @rule(client=st.one_of(clients1, clients2))
    def nuevo(self, client: Client1 | Client2) -> None:
        """It asks for the board again."""
        if self.may_send(client):
            client.look()
            client.nuevo()

    # --- the record, the wire, time -----------------------------------------------------------------

    @precondition(lambda self: self.record.is_committing)
    @rule()
    def commit(self) -> None:
        """The batch under way is recorded."""
        batch = self.take_batch()
        for client, request, pixels in batch:
            self.model.placements += pixels
            client.recorded(request, len(self.model.placements))
        self.record.commit()
        self.done["commits"] += 1

    @rule(pixels=GOOD_PIXELS)
    def commit_elsewhere(self, pixels: Pixels) -> None:
        """Record a batch of another server, between or during own batches."""
        self.model.placements += pixels
        self.record.commit_elsewhere(*pixels)
        self.done["commits"] += 1

    @precondition(lambda self: self.record.is_committing)
    @rule(pixels=GOOD_PIXELS)
    def commit_before_elsewhere(self, pixels: Pixels) -> None:
        """The batch under way is recorded, and another server's after it, before the answer comes."""
        for client, request, own in self.take_batch():
            self.model.placements += own
            client.recorded(request, len(self.model.placements))
        self.model.placements += pixels
        self.record.commit(*pixels)
        self.done["commits"] += 2

    @precondition(lambda self: self.record.is_committing)
    @rule()
    def refuse(self) -> None:
        """The batch under way is not recorded."""
        for client, request, _pixels in self.take_batch():
            client.not_recorded(request)
        self.record.refuse()

    def take_batch(self) -> list[tuple[Client, int, Pixels]]:
        """Return the batch under way: the first paints."""
        batch = [self.model.waiting.popleft() for _stroke in self.record.batches[-1]]
        assert [stroke.pixels for stroke in self.record.batches[-1]] == [pack_pixels(pixels) for *_who, pixels in batch]
        return batch

    @rule(client=st.one_of(clients1, clients2))
    def stop_reading(self, client: Client) -> None:
        """Fill the transport."""
        if client in self.connected and not client.peer.was_closed:
            client.is_paused = True
            client.peer.pause()

    @rule(client=st.one_of(clients1, clients2), one_message=st.booleans())
    def read_on(self, client: Client, one_message: bool) -> None:
        """Empty the transport; or fill the transport again with the next message."""
        if client in self.connected and client.is_paused and not client.peer.was_closed:
            if one_message:
                client.peer.resume_for_one_message()
            else:
                client.is_paused = False
                client.peer.resume()

    @rule(seconds=st.sampled_from([0.0, 0.3, 1.0]))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.server.clock.advance(seconds)

    # --- what must hold -----------------------------------------------------------------------------

    @invariant()
    def everybody_holds_what_the_model_says(self) -> None:
        """Each client checks every message as it comes."""
        for client in list(self.connected):
            client.look()
            if client.has_left and client.peer.was_closed:
                self.connected.remove(client)
                client.peer.hang_up()

    def teardown(self) -> None:
        """Everything comes to rest: everybody reads, everything is recorded."""
        for client in self.connected:
            if client.is_paused:
                client.peer.resume()
        self.everybody_holds_what_the_model_says()
        while self.record.is_committing:
            self.commit()
            self.everybody_holds_what_the_model_says()
        assert not self.model.waiting
        self.server.clock.advance(2)
        self.everybody_holds_what_the_model_says()
        assert self.server.board.canvas.colours == self.model.board()
        for client in self.connected:
            assert client.peer.is_read_from
            assert not client.has_left, "a client that said goodbye waits for it still"
            assert client.owes_nothing
            if isinstance(client, Client1):
                assert client.board == self.model.board()
                assert client.boards <= client.commands + self.done["commits"]
            elif isinstance(client, Client2):
                assert client.held == self.model.board()
                assert client.sequence == len(self.model.placements)
        assert all(client.users == len(self.connected) for client in self.connected if isinstance(client, Client2))
        for client in self.connected:
            client.peer.hang_up()
        self.server.board.stop()
        assert not self.server.clock.getDelayedCalls(), "a call was left behind"


class ModelTests(SynchronousTestCase):
    """The machine, run."""

    def test_sixty_runs_agree_with_the_model_step_by_step(self) -> None:
        run_machine(
            BoardMachine,
            settings=settings(max_examples=60, stateful_step_count=60, deadline=None, derandomize=True),
        )
