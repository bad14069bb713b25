"""The examination of a client: a server that tells a person what to do in the window, and judges what arrives.

Whether a window shows a board is judged without a camera. The board has one black cell, the person is asked to paint
the cell, and only a window that shows the board tells where the cell is.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dcc.check.diagnosis import RIGHT, Difference, Form
from dcc.check.examination import Examination, NotJudged, Outcome, Told
from dcc.check.program import Address
from dcc.check.rules import client_rules
from dcc.check.wire import Closed, Conversation, Flood, Limits, Silence, Trouble
from dcc.core.canvas import Canvas
from dcc.core.palette import AF06
from dcc.errors import DccError, ProtocolError
from dcc.language import _, system_reason
from dcc.protocol import strict_json
from dcc.protocol.messages import Closing, WholeBoard
from dcc.protocol.version1 import BoardEncoder, encode_closing

_SIDE = 50

_FIRST = (3, 10)
"""Column and row of the first paint: two different numbers, so that swapped axes show."""

_MARKS = ((30, 12), (8, 33), (17, 44))
"""The black cells, a new one each time: a window that shows an old board leads to an old cell."""

_PIECES_BYTES = (1, 127, 128, 129)
_SINGLE_BYTES = 8
"""So many pieces have one byte: the prefix, and the first bytes of the message."""

_COMMANDS = 50
"""Most commands that a client may send unasked."""

_READING = ("reads-board", "pieces", "two-at-once")
"""A client that fails one of these has lost its place among the bytes."""

Cell = tuple[int, int]


@dataclass(frozen=True)
class Instruction:
    """What a person shall do.

    :ivar kind: ``start``, ``paint``, ``paint-marked``, ``close`` or ``start-again``, for programs that obey.
    :ivar column: where to paint; None if the board shows it.
    :ivar row: likewise.
    """

    kind: str
    text: str
    colour: str = ""
    column: int | None = None
    row: int | None = None


class ClientExamination(Examination):
    """Waits for a client, and speaks to it as a server does."""

    flood_rule = "one-command"

    def __init__(self, address: Address, limits: Limits, told: Told, ask: Callable[[Instruction], None]) -> None:
        """
        :param address: where to listen; port 0 is any free one.
        :param ask: tells the person what to do.
        :raises DccError: the port cannot be opened.
        """
        super().__init__(client_rules(), told)
        self._limits = limits
        self._ask = ask
        try:
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
            self._listener = socket.create_server(address, family=family)
        except OSError as error:
            raise DccError(
                _("cannot listen on {host}:{port}: {error}. Choose another port with --address HOST:PORT").format(
                    host=address[0], port=address[1], error=system_reason(error)
                )
            ) from None
        self.port = int(self._listener.getsockname()[1])
        self._host = address[0]
        self._conversation: Conversation | None = None
        self._outgoing = RIGHT
        self._form: Form | None = None
        self._canvas = Canvas(_SIDE, _SIDE, AF06)
        self._encoder = BoardEncoder(_SIDE, _SIDE, AF06)
        self._pintar: Form | None = None
        self._words: dict[str, Any] = {}
        self._mark: Cell | None = None
        self._marked: Cell | None = None
        self._number = 0
        self._seen: set[bytes] = set()  # commands of this connection; each is asked for once
        self._repeated: Form | None = None
        self._is_gone = ""

    def end(self) -> None:
        """See :class:`Examination`."""
        self._listener.close()
        if self._conversation is not None:
            self._conversation.close()

    # --- what all checks use -----------------------------------------------------------------------

    def _accept(self) -> Conversation:
        self._listener.settimeout(self._limits.person)
        try:
            connection, _address = self._listener.accept()
        except TimeoutError:
            raise Silence(_("no client connected for {seconds:g} s").format(seconds=self._limits.person)) from None
        return Conversation(connection, self._limits.step, outgoing=self._outgoing)

    @property
    def _client(self) -> Conversation:
        return self._need_client()

    def _need_client(self) -> Conversation:
        if self._conversation is None or self._is_gone:
            raise NotJudged(self._is_gone or _("the client is not connected"))
        return self._conversation

    def _receive(self, seconds: float) -> Form:
        """Receive a command, and note what is wrong with its frame.

        :raises Closed: the client is gone.
        """
        try:
            form = self._client.receive(seconds)
        except Closed as closed:
            self._is_gone = str(closed)
            raise
        for name, difference in form.faults.items():
            self.find(name, difference)
        self._client.incoming = form.dialect
        if form.dialect.is_exact and form.payload:
            self._outgoing = self._client.outgoing = form.dialect
        if "json" in form.faults:
            raise NotJudged(_("needs the check {name}").format(name="json"))
        return form

    def _command(self, word: str, seconds: float) -> Form:
        """Receive commands until one is ``word``; repeated ones are noted.

        :raises Difference: another command came.
        """
        for _number in range(_COMMANDS):
            form = self._receive(seconds)
            if form.payload in self._seen:
                self._repeated = form
                continue
            self._seen.add(form.payload)
            words = _words(form)
            if words.get("comando") == word:
                return form
            raise Difference(
                _("the command {command} came").format(
                    command=strict_json.dumps({"": words.get("comando")}).decode()[5:-1]
                ),
                frame=form.frame,
                mark=(0, 0),
            )
        raise Flood(_("the same command came {count} times").format(count=_COMMANDS))

    def _board(self, mark: Cell | None = None) -> bytes:
        """The board with one black cell, or with none, in a frame."""
        colours = bytearray(_SIDE * _SIDE)
        if mark is not None:
            column, row = mark
            colours[row * _SIDE + column] = AF06.index["black"]
        return self._client.outgoing.frame(self._encoder.encode(WholeBoard(0, bytes(colours))))

    def _paint_marked(self, pieces: Sequence[bytes]) -> Cell:
        """Send a board in pieces, and have the black cell painted.

        :return: column and row that were painted.
        """
        for piece in pieces:
            self._client.send_bytes(piece)
            if len(pieces) > 1:
                time.sleep(self._limits.pause)
        self._ask(
            Instruction(
                "paint-marked",
                _("Your window shows one black cell. Paint that cell in green. (If it shows none, wait.)"),
                "green",
            )
        )
        try:
            form = self._command("pintar", self._limits.person)
        except (Silence, Closed) as trouble:
            raise Difference(_("the black cell was not painted: {trouble}").format(trouble=trouble)) from None
        try:
            words = _words(form)
            cell = strict_json.decimal(words, "y_pos"), strict_json.decimal(words, "x_pos")
        except ProtocolError as error:
            raise Difference(str(error), frame=form.frame) from None
        # Known swaps are told once, and undone for the other checks.
        swaps = [name for name in ("paint-axes", "board-axes") if self.outcome(name) is Outcome.FAILED]
        return cell[::-1] if len(swaps) == 1 else cell

    def _next_mark(self) -> Cell:
        self._number += 1
        return _MARKS[self._number - 1]

    # --- the checks --------------------------------------------------------------------------------

    def check_connects(self) -> None:
        """Wait for the client."""
        self._ask(
            Instruction(
                "start",
                _("Start your client, with host {host} and port {port}.").format(host=self._host, port=self.port),
            )
        )
        self._conversation = self._accept()

    def check_nuevo(self) -> None:
        """Receive the first command, which also tells how the client writes, and answer with the board."""
        form = self._command("nuevo", self._limits.step)
        self._form = form
        self._client.send_bytes(self._board())

    def _need_message(self) -> None:
        if self._form is None:
            raise NotJudged(_("needs the check {name}").format(name="nuevo"))

    def check_prefix_size(self) -> None:
        """Found in the first message."""
        self._need_message()

    def check_byte_order(self) -> None:
        """Found in the first message."""
        self._need_message()

    def check_length(self) -> None:
        """Found in the first message."""
        self._need_message()

    def check_json(self) -> None:
        """Found in the first message."""
        self._need_message()

    def check_paint(self) -> None:
        """Have a told cell painted."""
        column, row = _FIRST
        self._ask(
            Instruction(
                "paint",
                _(
                    "In your window, paint the cell in column {column}, row {row} in red. Columns count from 0 at the "
                    "left, rows from 0 at the top."
                ).format(column=column, row=row),
                "red",
                column,
                row,
            )
        )
        self._pintar = self._command("pintar", self._limits.person)

    def check_paint_form(self) -> None:
        """Judge the keys of pintar."""
        assert self._pintar is not None
        frame = self._pintar.frame
        self._words = words = _words(self._pintar)
        for key in ("x_pos", "y_pos", "nombre_color"):
            if key not in words:
                raise Difference(_("the key {key} is missing").format(key=key), frame=frame)
            if not isinstance(words[key], str):
                start = frame.find(b'"' + key.encode())
                raise Difference(
                    _("the value of {key} is {value}, without quotes").format(key=key, value=words[key]),
                    frame=frame,
                    mark=(start, start + len(key) + 2),
                )
        for key in ("x_pos", "y_pos"):
            if not words[key].isdecimal():
                raise Difference(_("the value of {key} is no number").format(key=key), frame=frame)

    def check_paint_colour(self) -> None:
        """Judge the colour of pintar."""
        assert self._pintar is not None
        colour = self._words["nombre_color"]
        if colour not in AF06.index:
            start = self._pintar.frame.find(strict_json.dumps({"": colour})[5:-1])
            raise Difference(
                _('"{colour}" is none of the eight English names of colours').format(colour=colour),
                frame=self._pintar.frame,
                mark=(max(start, 0), max(start, 0) + len(colour) + 2),
            )

    def check_paint_axes(self) -> None:
        """Judge the cell of pintar."""
        assert self._pintar is not None
        cell = int(self._words["y_pos"]), int(self._words["x_pos"])
        if cell == _FIRST:
            return
        column, row = cell
        came = _("x_pos {row} and y_pos {column} came, for column {wanted_column} and row {wanted_row}").format(
            column=column, row=row, wanted_column=_FIRST[0], wanted_row=_FIRST[1]
        )
        if cell != _FIRST[::-1]:
            raise Difference(came, _("Another cell than the asked one was painted: look how the click becomes a cell."))
        raise Difference(came, frame=self._pintar.frame)

    def check_one_command(self) -> None:
        """Look for what came twice: now, and while the other checks waited."""
        self._look_for_repeated()

    def _look_for_repeated(self) -> None:
        if self._repeated is None:
            with contextlib.suppress(Silence, Closed):
                form = self._receive(self._limits.probe)
                if form.payload in self._seen:
                    self._repeated = form
        if self._repeated is not None:
            raise Difference(_("the same command came twice"), frame=self._repeated.frame)

    def check_reads_board(self) -> None:
        """Send a board in one piece, and have its black cell painted."""
        self._mark = self._next_mark()
        self._marked = self._paint_marked([self._board(self._mark)])
        if self._marked not in (self._mark, self._mark[::-1]):
            raise Difference(_came_elsewhere(self._marked, self._mark))

    def check_board_axes(self) -> None:
        """Judge where that cell was."""
        if self._mark is None or self._marked is None:
            raise NotJudged(_("needs the check {name}").format(name="reads-board"))
        if self._marked == self._mark[::-1]:
            raise Difference(_came_elsewhere(self._marked, self._mark))
        if self._marked != self._mark:
            raise NotJudged(_("needs the check {name}").format(name="reads-board"))

    def check_pieces(self) -> None:
        """Send a board in many small pieces, and have its black cell painted."""
        mark = self._next_mark()
        self._judge_marked(self._paint_marked(_cut(self._board(mark))), mark)

    def check_two_at_once(self) -> None:
        """Send two boards in one piece, and have the black cell of the second painted."""
        old, mark = _MARKS[self._number - 1], self._next_mark()
        self._judge_marked(self._paint_marked([self._board(old) + self._board(mark)]), mark)

    def _judge_marked(self, marked: Cell, mark: Cell) -> None:
        if marked != mark:
            raise Difference(_came_elsewhere(marked, mark))

    def check_goodbye(self) -> None:
        """Have the window closed."""
        self._need_client()
        self._ask(Instruction("close", _("Close the window of your client.")))
        self._command("cerrar", self._limits.person)

    def check_goodbye_ends(self) -> None:
        """Answer, and wait for the end; a client that no longer reads cannot pass."""
        for name in _READING:
            if self.outcome(name) is Outcome.FAILED:
                raise NotJudged(_("needs the check {name}").format(name=name))
        self._say_goodbye()

    def _say_goodbye(self) -> None:
        self._client.send(encode_closing(Closing()))
        try:
            for _number in range(_COMMANDS):
                form = self._client.receive()
                if form.payload not in self._seen:
                    raise Difference(_("another message came after cerrar"), frame=form.frame)
        except Closed:
            self._is_gone = _("the client is gone")
            return
        except Silence:
            raise Difference(
                _("the connection stayed open for {seconds:g} s").format(seconds=self._limits.step)
            ) from None
        except Trouble as trouble:
            raise Difference(_("the connection stayed open: {trouble}").format(trouble=trouble)) from None

    def check_server_goodbye(self) -> None:
        """Have the client started again, and tell it to go."""
        self._client_closed()
        self._ask(
            Instruction(
                "start-again",
                _("Start your client once more, and leave it open. (The last check: it will be told to close.)"),
            )
        )
        try:
            self._conversation = self._accept()
        except Silence as silence:
            raise NotJudged(str(silence)) from None
        self._is_gone, self._seen = "", set()
        self._command("nuevo", self._limits.step)
        self._client.send_bytes(self._board())
        self._say_goodbye()

    def _client_closed(self) -> None:
        if self._conversation is not None:
            self._conversation.close()


def _words(form: Form) -> dict[str, Any]:
    try:
        return strict_json.loads(form.payload)
    except ProtocolError as error:
        raise Difference(str(error), frame=form.frame) from None


def _came_elsewhere(came: Cell, wanted: Cell) -> str:
    return _(
        "the black cell is in column {wanted_column}, row {wanted_row}; pintar came for column {column}, row {row}"
    ).format(wanted_column=wanted[0], wanted_row=wanted[1], column=came[0], row=came[1])


def _cut(data: bytes) -> list[bytes]:
    """Cut a frame into pieces of the sizes that matter."""
    pieces = [data[number : number + 1] for number in range(_SINGLE_BYTES)]
    rest = data[_SINGLE_BYTES:]
    for size in _PIECES_BYTES[1:]:
        pieces.append(rest[:size])
        rest = rest[size:]
    return [*pieces, rest]
