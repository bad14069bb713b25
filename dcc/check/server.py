"""The examination of a server."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from dcc.check import console
from dcc.check.diagnosis import RIGHT, Dialect, Difference, Form
from dcc.check.examination import Examination, NotJudged, Outcome, Told
from dcc.check.program import Address, Program
from dcc.check.rules import server_rules
from dcc.check.wire import Closed, Conversation, Flood, Limits, Silence, Trouble
from dcc.core.palette import AF06
from dcc.errors import ProtocolError
from dcc.language import _, system_reason
from dcc.protocol import codec
from dcc.protocol.messages import Closing, Goodbye, Hello, NamedBoard, PaintOne
from dcc.protocol.version1 import encode_command

Clients = Literal["auto", "one", "many"]

SIDE_CELLS = 50
"""Columns and rows of the published board."""

_NUEVO = encode_command(Hello())
_CERRAR = encode_command(Goodbye())

_COLUMN, _ROW = 10, 3
"""The cell of the first paint: of two different numbers, so that swapped axes show."""

_OTHER_ROW = 20
"""The eight colours are painted from here on, one row for each check."""

_COMMANDS = 3
"""Commands of the first conversation that are answered with a board."""

_EXTRA_FRAMES = 40
"""Most boards that are read in a row: more than twice the commands of any conversation."""

_TRACEBACK_LINES = 20

_SHOWN_IDS = 5

_LONG_BYTES = (127, 128, 129, 384)
"""Lengths around the chunks of 128 bytes with which the published programs read."""

_PIECES_BYTES = (127, 128, 129)

_ONE_BY_ONE = b'{"comando":"nuevo"}'

_DIALECTS = (Dialect(5, "big"), Dialect(4), Dialect(4, "big"), Dialect(6), Dialect(6, "big"), Dialect(8), Dialect(0))
"""In these a server is spoken to that does not answer, to find out how it reads."""

_TAINTING = ("long-message", "pieces", "two-at-once", "not-blocked", "left-without-goodbye", "bad-input")
"""A program that fails one of these may be left in a bad state, and is started anew for the checks that follow."""

Names = Mapping[tuple[int, int], str]
"""Colours by (column, row)."""


@dataclass
class Story:
    """The first whole conversation: nuevo, pintar, nuevo, cerrar; and what came after each.

    :ivar before: the board before the paint.
    :ivar boards: all boards that came.
    :ivar colour: what was painted.
    :ivar paint_trouble: what came instead of the answer to pintar.
    :ivar goodbye: what came instead of a right goodbye.
    :ivar ending: what came after the goodbye instead of the end.
    :ivar starts: how often the program had been started.
    """

    before: Names = field(default_factory=dict)
    boards: list[Names] = field(default_factory=list)
    answer: Names | None = None
    after: Names | None = None
    colour: str = ""
    paint_trouble: Trouble | Difference | None = None
    after_trouble: Trouble | Difference | None = None
    goodbye: Trouble | Difference | None = None
    ending: Trouble | Difference | None = None
    starts: int = 0


class ServerExamination(Examination):
    """Speaks to a server as its clients do."""

    flood_rule = "one-answer"

    def __init__(
        self,
        address: Address,
        limits: Limits,
        told: Told,
        *,
        program: Program | None = None,
        clients: Clients = "auto",
        side: int = SIDE_CELLS,
    ) -> None:
        """
        :param program: what to start; without one the server runs already.
        :param clients: how many clients the server must serve at a time; ``auto`` finds out.
        """
        console_rules = ("console-", "stop-", "unique-ids")
        rules = [rule for rule in server_rules() if program or not rule.name.startswith(console_rules)]
        super().__init__(rules, told)
        self._address = address
        self._limits = limits
        self._program = program
        self._clients = clients
        self._side = side
        self._first: socket.socket | None = None
        self._outgoing = RIGHT
        self._incoming = RIGHT
        self._form: Form | None = None
        self._story = Story()
        self._printed = 0
        self._forgiven: set[str] = set()
        self._starts = 0

    # --- what all checks use -----------------------------------------------------------------------

    def begin(self) -> None:
        """See :class:`Examination`."""
        self._printed = self._program.count if self._program else 0

    def explanation(self) -> list[str]:
        """See :class:`Examination`: the last traceback."""
        if self._program is None:
            return []
        lines = self._program.output()
        new = lines[max(0, len(lines) - (self._program.count - self._printed)) :]
        starts = [number for number, line in enumerate(new) if line.startswith(("Traceback", "Exception in thread"))]
        return new[starts[-1] :][-_TRACEBACK_LINES:] if starts else []

    def end(self) -> None:
        """See :class:`Examination`."""
        if self._first is not None:
            self._first.close()
        if self._program is not None:
            self._program.kill()

    def _open(self, outgoing: Dialect | None = None, step: float | None = None) -> Conversation:
        """Connect.

        :raises Closed: nobody listens.
        """
        step = step or self._limits.step
        connection, self._first = self._first, None
        if connection is None:
            try:
                connection = socket.create_connection(self._address, step)
            except OSError as error:
                raise Closed(_("no connection: {error}").format(error=system_reason(error))) from None
        return Conversation(connection, step, self._incoming, self._outgoing if outgoing is None else outgoing)

    def _start(self) -> None:
        assert self._program is not None
        if self._first is not None:
            self._first.close()
        self._starts += 1
        self._address, self._first = self._program.start(self._limits.start)

    def _message(self, conversation: Conversation, seconds: float | None = None) -> NamedBoard | Closing:
        """Receive a message, and note what is wrong with its frame.

        :raises Difference: it is neither a board nor a goodbye.
        """
        form = conversation.receive(seconds)
        for name, difference in form.faults.items():
            if name != "json":
                self.find(name, difference)
        if form.dialect != RIGHT:
            self._incoming = conversation.incoming = form.dialect
        if "json" in form.faults:
            raise _at("json", form.faults["json"])
        try:
            message = codec.decode_server(form.payload)
        except ProtocolError as error:
            raise Difference(str(error), frame=form.frame) from None
        if not isinstance(message, NamedBoard | Closing):
            raise Difference(_('the message is neither a board nor {"cerrar": true}'), frame=form.frame)
        return message

    def _board(self, conversation: Conversation, seconds: float | None = None) -> Names:
        """Receive a board.

        :raises Closed: a goodbye came.
        """
        message = self._message(conversation, seconds)
        if isinstance(message, Closing):
            told = f": {message.error}" if message.error else ""
            raise Closed(_("cerrar came instead of a board") + told)
        return message.names

    def _ask(self, conversation: Conversation) -> Names:
        """Send nuevo, and receive the board."""
        conversation.send(_NUEVO)
        return self._board(conversation)

    def _await(self, conversation: Conversation, wanted: Names) -> None:
        """Receive boards until one has all of the wanted colours.

        :raises Difference: none has.
        """
        latest: Names | None = None
        for _number in range(_EXTRA_FRAMES):
            try:
                latest = self._board(conversation)
            except Silence:
                break
            if all(latest.get(cell) == colour for cell, colour in wanted.items()):
                return
        if latest is None:
            raise Difference(_("no board came"))
        missing = ", ".join(
            _('board["{y}"]["{x}"] is {colour} and not {wanted}').format(
                y=column, x=row, colour=latest.get((column, row)), wanted=colour
            )
            for (column, row), colour in wanted.items()
            if latest.get((column, row)) != colour
        )
        raise Difference(missing)

    def _paint(self, conversation: Conversation, column: int, row: int, colour: str) -> None:
        conversation.send(encode_command(PaintOne(column, row, colour)))

    def _leave(self, conversation: Conversation) -> None:
        """Say goodbye, and wait for the end as far as the server knows how to."""
        known = self.outcome("goodbye"), self.outcome("goodbye-ends")
        limit = self._limits.step if Outcome.PASSED in known else self._limits.probe
        with conversation:
            if known[0] is Outcome.FAILED:
                return
            with contextlib.suppress(Closed, Silence, Difference):
                conversation.send(_CERRAR)
                for _number in range(_EXTRA_FRAMES):
                    if isinstance(self._message(conversation, limit), Closing):
                        break
                if known[1] is not Outcome.FAILED:
                    conversation.receive(limit)

    def _joined(self) -> tuple[Conversation, Names]:
        """Connect and get the board; again while a server for one client still thinks of the last one.

        :raises Trouble: the server does not answer.
        """
        deadline = time.monotonic() + self._limits.step
        while True:
            conversation: Conversation | None = None
            try:
                conversation = self._open()
                return conversation, self._ask(conversation)
            except Closed:
                if conversation is not None:
                    conversation.break_off()
                if time.monotonic() > deadline:
                    raise
                time.sleep(self._limits.pause)
            except (Trouble, Difference):
                if conversation is not None:
                    conversation.break_off()
                raise

    @contextlib.contextmanager
    def _client(self) -> Iterator[tuple[Conversation, Names]]:
        """A client that has its board, of a server that works; it leaves with a goodbye.

        A program that an earlier check has brought down is started again.

        :raises NotJudged: the server answers nobody since then.
        """
        conversation, names = self._revived()
        try:
            yield conversation, names
        except BaseException:
            conversation.break_off()
            raise
        self._leave(conversation)

    def _revived(self) -> tuple[Conversation, Names]:
        is_tainted = any(self.outcome(name) is Outcome.FAILED for name in _TAINTING if name not in self._forgiven)
        try:
            if is_tainted and self._program is not None:
                self._forgiven.update(name for name in _TAINTING if name in self.results)
                self._start()
            return self._joined()
        except (Closed, Silence, Difference):
            if self._program is None:
                raise NotJudged(_("the server no longer answers")) from None
        try:
            self._start()
            return self._joined()
        except (Closed, Silence, Difference):
            raise NotJudged(_("the server no longer answers, and does not start again")) from None

    def _need_length(self) -> None:
        """Do without checks that a server cannot pass that reads no length before a message."""
        if not self._outgoing.prefix_bytes:
            raise NotJudged(_("needs the check {name}").format(name="prefix-size"))

    # --- start -------------------------------------------------------------------------------------

    def check_listens(self) -> None:
        """Start the program, or connect."""
        if self._program is not None:
            self._start()
        else:
            self._first = _connected(self._address, self._limits.step)

    def check_nuevo(self) -> None:
        """Send nuevo, and find out how the server writes, and if need be how it reads."""
        try:
            with self._open() as conversation:
                conversation.send(_NUEVO)
                self._learn(conversation)
                self._leave_after_first(conversation)
            return
        except Flood:
            raise
        except Trouble as trouble:
            first = Difference(str(trouble))
        dialect = self._probe()
        if dialect is None:
            raise first
        rule = "prefix-size" if dialect.prefix_bytes != RIGHT.prefix_bytes else "byte-order"
        came = _("the server answers a message only if it is sent with {dialect}").format(dialect=dialect)
        self._outgoing = dialect
        size = _(
            "Where your server reads, in escuchar_cliente: first read the 5 bytes of the length, then the message."
        )
        order = _("Where your server reads, in escuchar_cliente: write int.from_bytes(…, 'little') and not 'big'.")
        shown, mark = RIGHT.frame(_NUEVO), (0, RIGHT.prefix_bytes)
        self.find(rule, Difference(came, size if rule == "prefix-size" else order, shown, mark, is_ours=True))
        if dialect.order == "big":
            self.find("byte-order", Difference(came, order, shown, mark, is_ours=True))

    def _learn(self, conversation: Conversation) -> None:
        self._form = form = conversation.receive()
        for name, difference in form.faults.items():
            self.find(name, difference)
        self._incoming = conversation.incoming = form.dialect

    def _leave_after_first(self, conversation: Conversation) -> None:
        """Say goodbye without a judgement: that comes later."""
        with contextlib.suppress(Closed, Silence):
            conversation.send(_CERRAR)
            conversation.receive(self._limits.probe)

    def _probe(self) -> Dialect | None:
        """Find the dialect in which the server reads."""
        for dialect in _DIALECTS:
            try:
                if self._program is not None:
                    self._start()  # the message before may have stopped it
                with self._open(dialect, self._limits.probe) as conversation:
                    conversation.send(_NUEVO)
                    self._learn(conversation)
                    if self._form is not None and self._form.payload:
                        self._leave_after_first(conversation)
                        return dialect
            except (Trouble, Difference):
                continue
        return None

    def check_prefix_size(self) -> None:
        """Found in the answer to nuevo."""
        self._need_answer()

    def check_byte_order(self) -> None:
        """Found in the answer to nuevo."""
        self._need_answer()

    def check_length(self) -> None:
        """Found in the answer to nuevo."""
        self._need_answer()

    def check_json(self) -> None:
        """Found in the answer to nuevo."""
        self._need_answer()

    def _need_answer(self) -> None:
        if self._form is None:
            raise NotJudged(_("needs the check {name}").format(name="nuevo"))

    def check_board(self) -> None:
        """Judge the keys and colours of the first board."""
        assert self._form is not None
        frame = self._form.frame
        try:
            message = codec.decode_server(self._form.payload)
        except ProtocolError as error:
            raise Difference(str(error), frame=frame) from None
        if not isinstance(message, NamedBoard):
            raise Difference(_("a message that is no board"), frame=frame)
        _judge_board(message.names, self._side, frame)

    # --- one client --------------------------------------------------------------------------------

    def check_bytes_not_characters(self) -> None:
        """Send a message with characters of two bytes."""
        words = json.dumps({"comando": "nuevo", "nota": "ñandú"}, ensure_ascii=False)
        with self._client() as (conversation, _names):
            payload = words.encode("utf-8")
            conversation.send(payload)
            try:
                self._board(conversation)
            except Trouble as trouble:
                whole = self._outgoing.frame(payload)
                start = whole.index("ñ".encode())
                mark = (start, start + len("ñandú".encode()))
                raise Difference(str(trouble), frame=whole, mark=mark, is_ours=True) from None

    def check_paint_answered(self) -> None:
        """Have the first whole conversation, which the next checks judge as well."""
        with self._revived()[0] as conversation:
            self._tell_story(conversation)
        _raise(self._story.paint_trouble)

    def _tell_story(self, conversation: Conversation) -> None:
        story = self._story
        story.starts = self._starts
        self._drain(conversation)
        story.boards.clear()
        story.before = self._ask(conversation)
        story.boards.append(story.before)
        self._drain(conversation)
        story.colour = "red" if story.boards[-1].get((_COLUMN, _ROW)) != "red" else "blue"
        try:
            self._paint(conversation, _COLUMN, _ROW, story.colour)
            story.answer = self._board(conversation)
            story.boards.append(story.answer)
            self._drain(conversation)
        except Flood:
            raise
        except (Trouble, Difference) as trouble:
            story.paint_trouble = trouble
        try:
            story.after = self._ask(conversation)
            story.boards.append(story.after)
        except Flood:
            raise
        except (Trouble, Difference) as trouble:
            story.after_trouble = trouble
        self._end_story(conversation)

    def _drain(self, conversation: Conversation) -> None:
        """Take boards that nobody asked for."""
        with contextlib.suppress(Silence, Closed):
            for _number in range(_EXTRA_FRAMES):
                self._story.boards.append(self._board(conversation, self._limits.pause))
            self.flooded(_("boards come without end"))

    def _end_story(self, conversation: Conversation) -> None:
        story = self._story
        try:
            conversation.send(_CERRAR)
            while not isinstance(message := self._message(conversation), Closing):
                story.boards.append(message.names)
                if len(story.boards) > _EXTRA_FRAMES:
                    self.flooded(_("boards come without end"))  # slower than _drain waits
                    return
        except (Trouble, Difference) as trouble:
            story.goodbye = trouble
            return
        try:
            form = conversation.receive()
            story.ending = Difference(_("another message came after cerrar"), frame=form.frame)
        except Closed:
            pass
        except Silence:
            story.ending = Difference(
                _("the connection stayed open for {seconds:g} s").format(seconds=self._limits.step)
            )
        except Trouble as trouble:
            story.ending = Difference(_("the connection stayed open: {trouble}").format(trouble=trouble))

    def check_one_answer(self) -> None:
        """Count the boards of the story; a board unlike the one before may be somebody else's paint."""
        self._need_story()
        boards = self._story.boards
        extra = len(boards) - _COMMANDS
        repeated = sum(one == other for one, other in itertools.pairwise(boards))
        if extra > 0 and repeated > 1:
            raise Difference(
                _("{count} boards came for {commands} commands").format(count=len(boards), commands=_COMMANDS)
            )
        if self._story.paint_trouble is None:
            _raise(self._story.after_trouble)

    def _need_story(self) -> None:
        if not self._story.boards:
            raise NotJudged(_("needs the check {name}").format(name="paint-answered"))

    def _changed(self) -> dict[tuple[int, int], str]:
        self._need_story()
        before, after = self._story.before, self._story.boards[-1]
        return {cell: colour for cell, colour in after.items() if before.get(cell) != colour}

    def check_paint_applied(self) -> None:
        """Look for the cell that has changed, in its place or with x and y swapped."""
        changed = self._changed()
        if self._story.paint_trouble is not None and not changed:
            raise NotJudged(_("needs the check {name}").format(name="paint-answered"))
        if not changed:
            raise Difference(_("no cell of the board has changed"))
        for cell in ((_COLUMN, _ROW), (_ROW, _COLUMN)):
            if changed.get(cell) == self._story.colour and (len(changed) == 1 or self._program is None):
                return
        raise Difference(_("these cells have changed: {cells}").format(cells=_cells(changed)))

    def check_paint_axes(self) -> None:
        """Look where the pixel is."""
        changed = self._changed()
        if changed.get((_ROW, _COLUMN)) == self._story.colour and (_COLUMN, _ROW) not in changed:
            raise Difference(_('board["{y}"]["{x}"] was painted').format(y=_ROW, x=_COLUMN))
        if (_COLUMN, _ROW) not in changed:
            raise NotJudged(_("needs the check {name}").format(name="paint-applied"))

    def check_paint_shown(self) -> None:
        """Look whether the first answer had the pixel, or only a later one."""
        assert self._story.answer is not None
        came = self._story.answer.get((_COLUMN, _ROW))
        if came != self._story.colour:
            raise Difference(
                _('the answer still has {old} at board["{y}"]["{x}"]; the next board has {new}').format(
                    old=came, y=_COLUMN, x=_ROW, new=self._story.colour
                )
            )

    def check_eight_colours(self) -> None:
        """Paint each colour, over another one."""
        with self._client() as (conversation, _names):
            names = [colour.name for colour in AF06]
            wanted: dict[tuple[int, int], str] = {}
            for column, colour in enumerate(names):
                wanted[column, _OTHER_ROW] = colour
                for each in ("black" if colour == "white" else "white", colour):
                    self._paint(conversation, column, _OTHER_ROW, each)
                    if self.outcome("paint-answered") is Outcome.PASSED:
                        self._board(conversation)
            conversation.send(_NUEVO)
            self._await(conversation, wanted)

    def check_goodbye(self) -> None:
        """Judge the answer to cerrar of the story."""
        if not self._story.boards:
            with self._client() as (conversation, _names):
                self._end_story(conversation)
        _raise(self._story.goodbye)

    def check_goodbye_ends(self) -> None:
        """Judge the end of the story."""
        _raise(self._story.ending)

    def check_place_freed(self) -> None:
        """Connect again."""
        if self._program is not None and (status := self._program.status()) is not None:
            self._first = None
            raise Difference(_("the program has ended (status {status})").format(status=status))
        conversation, _names = self._joined()
        self._leave(conversation)

    def check_board_kept(self) -> None:
        """Look for the painted pixel of the story."""
        with self._client() as (_conversation, names):
            changed = self._changed()
            if self._story.starts != self._starts:
                raise NotJudged(_("the program had to be started again"))
            lost = {cell: names.get(cell, "") for cell, colour in changed.items() if names.get(cell) != colour}
            if len(lost) == len(changed):
                raise Difference(_("the next client sees {cells}").format(cells=_cells(lost)))

    def check_long_message(self) -> None:
        """Send messages of certain lengths, each at once."""
        for length in _LONG_BYTES:
            with self._client() as (conversation, _names):
                conversation.send(_padded(length))
                try:
                    self._board(conversation)
                except Trouble as trouble:
                    raise Difference(
                        _("after a message of {bytes} bytes: {trouble}").format(bytes=length, trouble=trouble)
                    ) from None

    def check_pieces(self) -> None:
        """Send messages cut in pieces of several sizes."""
        self._need_length()
        for size, payload in ((1, _ONE_BY_ONE), *((size, _padded(3 * size + 1)) for size in _PIECES_BYTES)):
            with self._client() as (conversation, _names):
                whole = self._outgoing.frame(payload)
                try:
                    for start in range(0, len(whole), size):
                        conversation.send_bytes(whole[start : start + size])
                        time.sleep(self._limits.pause)
                    self._board(conversation)
                except Trouble as trouble:
                    raise Difference(
                        _("after a message in pieces of size {bytes}: {trouble}").format(bytes=size, trouble=trouble),
                        frame=whole,
                        mark=(size, min(2 * size, len(whole))),
                        is_ours=True,
                    ) from None

    def check_two_at_once(self) -> None:
        """Send two paints in one piece."""
        with self._client() as (conversation, names):
            wanted = {
                (column, _OTHER_ROW + 1): "green" if names.get((column, _OTHER_ROW + 1)) != "green" else "cyan"
                for column in (0, 1)
            }
            frames = [
                self._outgoing.frame(encode_command(PaintOne(column, row, colour)))
                for (column, row), colour in wanted.items()
            ]
            conversation.send_bytes(b"".join(frames))
            try:
                self._await_or_ask(conversation, wanted)
            except (Trouble, Difference) as trouble:
                mark = (len(frames[0]), len(frames[0]) + RIGHT.prefix_bytes)
                raise Difference(str(trouble), frame=b"".join(frames), mark=mark, is_ours=True) from None

    def _await_or_ask(self, conversation: Conversation, wanted: Names) -> None:
        """Wait for a board with the wanted colours; a server whose answers do not show them is asked once more."""
        if self.outcome("paint-shown") is not Outcome.PASSED:
            conversation.send(_NUEVO)
        self._await(conversation, wanted)

    def _board_or_ask(self, conversation: Conversation) -> None:
        """Wait for the answer to a paint; a server that does not answer pintar is asked for a board."""
        if self.outcome("paint-answered") is not Outcome.PASSED:
            conversation.send(_NUEVO)
        self._board(conversation)

    # --- several clients ---------------------------------------------------------------------------

    def check_second_client(self) -> None:
        """Connect while another is connected."""
        if self._clients == "one":
            raise NotJudged(_("the server is for one client at a time (--clients one)"))
        with self._client():
            try:
                with self._open() as other:
                    self._ask(other)
                    self._leave(other)
            except (Closed, Silence) as trouble:
                if self._clients == "many":
                    raise Difference(_("the second client: {trouble}").format(trouble=trouble)) from None
                raise NotJudged(
                    _(
                        "the server takes one client at a time, as in the first part. For the second part this is a "
                        "mistake: check with --clients many"
                    )
                ) from None

    def check_not_blocked(self) -> None:
        """Have a client send half a message while another asks."""
        self._need_length()
        half = self._outgoing.frame(_padded(max(_LONG_BYTES)))[: max(_LONG_BYTES) // 2]
        with self._client() as (slow, _names), self._client() as (other, _others):
            slow.send_bytes(half)
            time.sleep(self._limits.pause)
            try:
                self._ask(other)
            except Trouble as trouble:
                raise Difference(
                    _("the other client, meanwhile: {trouble}").format(trouble=trouble), frame=half, is_ours=True
                ) from None
            slow.send_bytes(self._outgoing.frame(_padded(max(_LONG_BYTES)))[len(half) :])

    def check_paint_to_all(self) -> None:
        """Paint, and look at the other client's board."""
        cell = (_COLUMN, _OTHER_ROW + 2)
        with self._client() as (other, _others), self._client() as (painter, names):
            colour = "red" if names.get(cell) != "red" else "blue"
            self._paint(painter, *cell, colour)
            try:
                self._await(other, {cell: colour} if self.outcome("paint-shown") is Outcome.PASSED else {})
            except (Trouble, Difference) as trouble:
                raise Difference(_("the client that did not paint: {trouble}").format(trouble=trouble)) from None

    def check_left_without_goodbye(self) -> None:
        """Have clients die, by a close and by a reset."""
        is_many = self.outcome("second-client") is Outcome.PASSED
        for how, end in (
            (_("a client closed its socket"), Conversation.close),
            (_("a client was killed"), Conversation.break_off),
        ):
            dying, names = self._revived()
            if not is_many:
                end(dying)
                self._check_served(how)
                continue
            with self._client() as (other, _others):
                end(dying)
                time.sleep(self._limits.pause)  # for the server to see the end
                cell = (_COLUMN, _OTHER_ROW + 3)
                for colour in ("red", "blue", "green"):  # the first send to a dead socket can still succeed
                    if names.get(cell) != colour:
                        self._paint(other, *cell, colour)
                        try:
                            self._board_or_ask(other)
                        except (Trouble, Difference) as trouble:
                            raise Difference(
                                _("{how}, and then another that painted: {trouble}").format(how=how, trouble=trouble)
                            ) from None
            self._check_served(how)

    def _check_served(self, how: str) -> None:
        try:
            conversation, _names = self._joined()
        except (Closed, Silence) as trouble:
            raise Difference(_("{how}, and then a new client: {trouble}").format(how=how, trouble=trouble)) from None
        self._leave(conversation)

    def check_bad_input(self) -> None:
        """Send what no client of the activity sends."""
        outside = encode_command(PaintOne(10 * self._side, 10 * self._side, "red"))
        for how, payload in (
            (_("text that is not JSON"), b"hola, servidor"),
            (_("JSON that is a list"), b"[1, 2, 3]"),
            (_("an unknown command"), b'{"comando": "borrar"}'),
            (_("a command without its keys"), b'{"comando": "pintar"}'),
            (_("a cell outside the board"), outside),
            (_("an empty message"), b""),
        ):
            conversation, _names = self._revived()
            with contextlib.suppress(Trouble, Difference):
                conversation.send(payload)
                self._message(conversation, self._limits.probe)
            conversation.close()
            self._check_served(how)

    # --- console and end ---------------------------------------------------------------------------

    def check_console_prints(self) -> None:
        """Look for any output."""
        assert self._program is not None
        if not self._program.wait(lambda: bool(self._output()), self._limits.step):
            raise Difference(_("the program printed nothing"))

    def _output(self) -> list[str]:
        assert self._program is not None
        return self._program.output()

    def _wait_for(self, lines: Sequence[console.Line], is_there: Callable[[console.Line], bool]) -> None:
        """Wait for lines on the console.

        :raises Difference: one did not come.
        """
        assert self._program is not None
        self._program.wait(lambda: all(is_there(line) for line in lines), self._limits.step)
        missing = [line[0] for line in lines if not is_there(line)]
        if missing:
            came = _("these lines are missing: {lines}").format(lines=" · ".join(missing))
            raise Difference(came + self._program.last_lines())

    def check_console_start(self) -> None:
        """Look for the first four lines."""
        self._wait_for(console.AT_START, lambda line: bool(console.find(line, self._output())))

    def check_console_arrival(self) -> None:
        """Connect, and look for the lines."""
        with self._client():
            self._wait_for(
                (console.ARRIVED, console.HEARING),
                lambda line: bool(console.find(line, self._output())),
            )

    def check_unique_ids(self) -> None:
        """Have clients come and go, and compare the ids."""
        many = self.outcome("second-client") is Outcome.PASSED
        with contextlib.ExitStack() as stack:
            if many:  # the first leaves while the second stays: then len(clients) counts again
                leaving, _names = self._revived()
                stack.enter_context(self._client())
                self._leave(leaving)
            else:
                with self._client():
                    pass
            before = len(console.find(console.ARRIVED, self._output()))
            stack.enter_context(self._client())
            assert self._program is not None
            self._program.wait(lambda: len(console.find(console.ARRIVED, self._output())) > before, self._limits.probe)
        ids = console.find(console.ARRIVED, self._output())
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise Difference(
                _("these ids were given to more than one client: {ids}").format(ids=", ".join(twice[:_SHOWN_IDS]))
            )

    def check_console_leave(self) -> None:
        """Leave, and look for the lines with the id that arrived."""
        with self._client():
            pass
        newest = console.find(console.ARRIVED, self._output())[-1]
        self._wait_for((console.CLOSING, console.REMOVED), lambda line: newest in console.find(line, self._output()))

    def check_stop_goodbye(self) -> None:
        """Press Ctrl+C while a client is there."""
        assert self._program is not None
        conversation, _names = self._revived()
        with conversation:
            self._program.press_ctrl_c()
            while not isinstance(self._message(conversation), Closing):
                pass

    def check_stop_ends(self) -> None:
        """Press Ctrl+C, unless that was done already, and wait."""
        assert self._program is not None
        self._stop()
        if not self._program.ended(self._limits.step):
            raise Difference(
                _("the program still ran after {seconds:g} s").format(seconds=self._limits.step)
                + self._program.last_lines()
            )

    def _stop(self) -> None:
        """Press Ctrl+C, if the check before has not."""
        assert self._program is not None
        if self.outcome("stop-goodbye") is Outcome.NOT_JUDGED and self._program.status() is None:
            self._program.press_ctrl_c()

    def check_console_stop(self) -> None:
        """Look for the line."""
        self._wait_for((console.STOPPING,), lambda line: bool(console.find(line, self._output())))


def _connected(address: Address, seconds: float) -> socket.socket:
    try:
        return socket.create_connection(address, seconds)
    except OSError as error:
        raise Closed(
            _("no connection to {host}:{port}: {error}").format(
                host=address[0], port=address[1], error=system_reason(error)
            )
        ) from None


def _at(rule: str, difference: Difference) -> Difference:
    return Difference(difference.came, difference.cause, difference.frame, difference.mark, rule)


def _raise(trouble: Exception | None) -> None:
    if trouble is not None:
        raise trouble


def _padded(length: int) -> bytes:
    """Write nuevo with spaces, so that the message has this length: JSON ignores them."""
    return _NUEVO[:-1] + b" " * (length - len(_NUEVO)) + b"}"


def _cells(cells: Names) -> str:
    shown = [
        _('board["{y}"]["{x}"] = {colour}').format(y=column, x=row, colour=colour)
        for (column, row), colour in sorted(cells.items())
    ]
    return ", ".join(shown[:5]) + (" …" if len(shown) > 5 else "")


def _judge_board(names: Names, side: int, frame: bytes) -> None:
    wanted = {(column, row) for column in range(side) for row in range(side)}
    if missing := sorted(wanted - names.keys()):
        column, row = missing[0]
        raise Difference(
            _('{count} cells are missing, the first is board["{y}"]["{x}"]').format(
                count=len(missing), y=column, x=row
            ),
            frame=frame,
        )
    if extra := sorted(names.keys() - wanted):
        column, row = extra[0]
        raise Difference(
            _('{count} cells too many, the first is board["{y}"]["{x}"]').format(count=len(extra), y=column, x=row),
            frame=frame,
        )
    unknown = sorted({colour for colour in names.values() if colour not in AF06.index})
    if unknown:
        start = max(frame.find(json.dumps(unknown[0]).encode()), 0)
        raise Difference(
            _('"{colour}" is none of the eight English names of colours').format(colour=unknown[0]),
            frame=frame,
            mark=(start, start + len(unknown[0]) + 2),
        )
