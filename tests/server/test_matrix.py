"""Who may do what, on each wire, as the table in tests/support/matrix.py says: a real server, and real sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from dcc.core.actions import KINDS, ROLES, Action, AddKey
from dcc.core.canvas import pack_pixels
from dcc.core.people import Role, digest_key
from dcc.protocol import codec, version2
from dcc.protocol.messages import (
    Acknowledged,
    Act,
    ClientMessage,
    Closing,
    Done,
    Failed,
    Hello,
    NamedBoard,
    Paint,
    PaintOne,
    Rejected,
    ServerMessage,
)
from dcc.reasons import MODERATORS_ONLY, NOT_VERSION_2, OWNERS_ONLY
from tests.support.matrix import CODE, GUESTS, KEYS, NOBODY, SITUATIONS, Guest, Situation, trial
from tests.support.server_process import Peer, WebServer
from tests.support.websocket import BINARY, TEXT, WebSocket, message

OPERATOR = Guest("the operator", Role.OWN, "operator")
HEADER = "X-Forwarded-User"
COLOURS = ("red", "green")


class TcpWire:
    """Version 2 on TCP."""

    def __init__(self, server: WebServer, guest: Guest) -> None:
        self._peer = Peer(server.port)

    def send(self, payload: bytes) -> None:
        """Send a payload."""
        self._peer.send(payload)

    def receive(self) -> bytes:
        """Wait for a payload."""
        return self._peer.receive()

    def close(self) -> None:
        """Close the connection."""
        self._peer.socket.close()


class WebSocketWire(TcpWire):
    """Version 2 on WebSocket, as behind a proxy that signs people in."""

    def __init__(self, server: WebServer, guest: Guest) -> None:
        headers = [f"{HEADER}: {guest.name}"] if guest.is_signed_in else []
        self._socket = WebSocket(server.web_port, "X-Forwarded-For: 127.0.0.1", *headers)

    def send(self, payload: bytes) -> None:
        """See :class:`TcpWire`."""
        self._socket.send(message(payload))

    def receive(self) -> bytes:
        """See :class:`TcpWire`."""
        while True:
            opcode, payload = self._socket.read_frame()
            if opcode in (TEXT, BINARY):
                return payload

    def close(self) -> None:
        """See :class:`TcpWire`."""
        self._socket.close()


WIRES: dict[str, type[TcpWire]] = {"tcp": TcpWire, "websocket": WebSocketWire}


class Client:
    """A client of version 2 that waits for each answer."""

    def __init__(self, server: WebServer, wire: type[TcpWire], guest: Guest, key: str = "") -> None:
        self._requests = count(1)
        self._wire = wire(server, guest)
        self.say(
            Hello(
                2,
                name="Mo",  # proves nothing
                key=key or ("" if guest.is_signed_in else guest.name),
                code=CODE if guest.tells_code else "",
                only_watches=guest.only_watches,
            )
        )

    def say(self, message: ClientMessage) -> None:
        """Send a message."""
        self._wire.send(version2.encode_command(message))

    def answer(self, request: int) -> ServerMessage:
        """Wait for the answer to a request."""
        while True:
            answer = codec.decode_server(self._wire.receive())
            assert not isinstance(answer, Failed | Closing), answer
            if isinstance(answer, Acknowledged | Done | Rejected) and answer.request == request:
                return answer

    def act(self, action: Action) -> str:
        """Do an action; return the code of the refusal."""
        request = next(self._requests)
        self.say(Act(request, action))
        answer = self.answer(request)
        assert isinstance(answer, Done | Rejected)
        return answer.code if isinstance(answer, Rejected) else ""

    def paint(self, colour: int) -> str:
        """Paint the first cell; return the code of the refusal."""
        request = next(self._requests)
        self.say(Paint(request, pack_pixels([(0, colour)])))
        answer = self.answer(request)
        return answer.code if isinstance(answer, Rejected) else ""

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()


class Board:
    """A server with a record, a key for each role, and the operator at work.

    :ivar operator: may do everything.
    """

    def __init__(self, server: WebServer, operator: Client) -> None:
        self.server = server
        self.operator = operator
        self.names = (f"name {number}" for number in count())

    def do(self, *actions: Action) -> None:
        """Do actions, all of them possible."""
        for action in actions:
            assert self.operator.act(action) == "", action

    def join(self, wire: str, guest: Guest) -> Client:
        """Connect a guest."""
        return Client(self.server, WIRES[wire], guest)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """The server of all tests here."""
    record: Path = tmp_path_factory.mktemp("matrix") / "dcc.sqlite3"
    options = (
        "--store",
        f"sqlite:{record}",
        "--canvas",
        "4x4",
        "--trusted-proxy",
        "127.0.0.1",
        "--user-header",
        HEADER,
    )
    with WebServer(*options) as server:
        key = json.loads(record.with_name("dcc.sqlite3.operator").read_text())["clave"]
        operator = Client(server, TcpWire, OPERATOR, key)
        board = Board(server, operator)
        board.do(*(AddKey(name, digest_key(name), role) for name, role in KEYS.items()))
        yield board
        operator.close()


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("kind", ROLES, ids=lambda kind: KINDS[kind])
def test_each_action_is_done_or_refused_by_the_role_on_each_wire_of_version_2(
    board: Board, kind: type[Action], wire: str
) -> None:
    least = ROLES[kind]
    refusal = OWNERS_ONLY.code if least is Role.OWN else MODERATORS_ONLY.code
    for guest in GUESTS:
        if guest.is_signed_in and wire != "websocket":
            continue
        tried = trial(kind, next(board.names))
        board.do(*tried.before)
        assert board.operator.paint(2) == ""  # something to clear and to roll back
        client = board.join(wire, guest)
        role = Role.PAINT if guest.role is None else guest.role
        code = client.act(tried.action)
        client.close()
        assert code == ("" if role >= least else refusal), guest.title
        board.do(*(tried.else_undo if code else tried.undo))


@pytest.mark.parametrize("kind", ROLES, ids=lambda kind: KINDS[kind])
def test_no_action_is_done_on_version_1(board: Board, kind: type[Action]) -> None:
    tried = trial(kind, next(board.names))
    for greeting in ([b'{"comando": "nuevo"}'], []):
        with Peer(board.server.port) as old:
            for payload in (*greeting, version2.encode_command(Act(1, tried.action))):
                old.send(payload)
            assert codec.decode_server(old.receive_rest()[-1]).code == NOT_VERSION_2.code  # type: ignore[union-attr]


@pytest.fixture
def situation(board: Board, request: pytest.FixtureRequest) -> Iterator[Situation]:
    """A state of the board for the test, ended after the test."""
    situation: Situation = request.param
    board.do(*situation.before)
    yield situation
    board.do(*situation.after)


each_situation: Callable[..., pytest.MarkDecorator] = lambda: pytest.mark.parametrize(  # noqa: E731
    "situation", SITUATIONS, ids=lambda situation: situation.title.replace("`", ""), indirect=True
)


@pytest.mark.parametrize("wire", WIRES)
@each_situation()
def test_each_person_may_paint_or_not_on_each_wire_of_version_2(board: Board, situation: Situation, wire: str) -> None:
    assert len(situation.codes) == len(GUESTS)
    for guest, code in zip(GUESTS, situation.codes, strict=True):
        if guest.is_signed_in and wire != "websocket":
            continue
        client = board.join(wire, guest)
        assert client.paint(1) == code, guest.title
        client.close()


@each_situation()
def test_a_client_of_version_1_paints_as_somebody_without_a_key(board: Board, situation: Situation) -> None:
    code = situation.codes[GUESTS.index(NOBODY)]
    with Peer(board.server.port) as old:
        old.send(version2.encode_command(Hello()))
        shown = [codec.decode_server(old.receive())]
        for colour in COLOURS:
            old.send(version2.encode_command(PaintOne(0, 0, colour)))
            shown.append(codec.decode_server(old.receive()))
    first, *others = [board.names[0, 0] for board in shown if isinstance(board, NamedBoard)]
    assert others == ([first, first] if code else [*COLOURS])
