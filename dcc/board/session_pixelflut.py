"""Pixelflut: paints without an answer, and questions about the board, over the rules that hold for everybody.

1. The pixels of one read are painted together, as one stroke. A question is answered after the earlier paints, and
   shows the effect.
2. A pixel outside of the board is left out, and also a pixel with an alpha value below 128.
3. Somebody who paints too fast is read more slowly. A forbidden pixel is left out; the others of the read are
   painted. A board with a cooldown takes as many pixels as the painter has charges.
4. A refusal is a line ``ERROR``, at most one of a kind a second: most clients never read, and a flood of refusals would
   be a reason to drop them.
5. A client is known by the address, as in version 1, and counts as a user from the first command on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dcc import limits, reasons
from dcc.board.board import Board
from dcc.board.commits import Outcome
from dcc.board.conversation import Conversation, Sender
from dcc.board.session import Session
from dcc.board.throttle import PaintThrottle
from dcc.core.canvas import PIXEL_BYTES, pack_cells
from dcc.core.placements import Painter
from dcc.core.shades import NOTHING, Shades
from dcc.errors import DccError, PixelRejected, ProtocolError
from dcc.language import _
from dcc.protocol.messages import Lines
from dcc.protocol.pixelflut import (
    LINE_BYTES,
    AskHelp,
    AskPixel,
    AskSize,
    Command,
    Offset,
    Paints,
    Question,
    TooLong,
    Unknown,
)
from dcc.wording import clip, one_line

REPEATED_SECONDS = 1.0
"""Shortest time between two lines ``ERROR`` of a kind."""

_ANSWER_BYTES = 64
"""Bytes of waiting answers that count as one answer that is owed: reading pauses at 4 KiB."""

_Asked = tuple[Question, tuple[int, int]]
"""A question, and the offset of its time."""

_OF_AREAS = (reasons.FOREIGN_AREA.code, reasons.FOREIGN_REST.code)
"""Refusals of one pixel, which leave the others of a stroke alone."""


class Pixelflut(Conversation):
    """See the rules above."""

    __slots__ = ("_now", "_offset", "_said", "_shades", "_told")

    def __init__(
        self, board: Board, painter: Painter, throttle: PaintThrottle, shades: Shades, now: Callable[[], float]
    ) -> None:
        """:param now: a monotonic clock, in seconds."""
        super().__init__(board, painter, throttle)
        self._shades = shades
        self._now = now
        self._offset = (0, 0)
        self._said = ""  # not sent yet
        self._told: dict[str, float] = {}  # when a kind of refusal was told last

    def handle(self, commands: Iterable[Command], sender: Sender) -> list[PixelRejected]:
        """Handle the commands of one read.

        :return: the reasons for which pixels were left out, each once.
        :raises ProtocolError: a line is too long; the commands before it are handled.
        """
        refusals: dict[str, PixelRejected] = {}
        pixels = b""
        questions: list[_Asked] = []
        for command in commands:
            match command:
                case Paints():
                    self._ask(questions, sender)
                    questions = []
                    pixels += self._pack(command)
                case Offset(column, row):
                    self._offset = column, row
                case TooLong(length):
                    self._paint(pixels, refusals, sender)
                    self._ask(questions, sender)
                    raise ProtocolError(reasons.FRAME_TOO_LONG, bytes=length, limite=LINE_BYTES)
                case _:
                    self._paint(pixels, refusals, sender)
                    pixels = b""
                    questions.append((command, self._offset))
        self._paint(pixels, refusals, sender)
        self._ask(questions, sender)
        if self._said:
            sender.wake()
        return list(refusals.values())

    # --- paints ----------------------------------------------------------------------------------

    def _pack(self, paints: Paints) -> bytes:
        """Pack the pixels that are on the board and not transparent."""
        width, height = self._board.canvas.width, self._board.canvas.height
        columns, rows = paints.columns, paints.rows
        colours = self._shades.indices(paints.colours)
        if self._offset != (0, 0):
            right, down = self._offset
            columns, rows = [column + right for column in columns], [row + down for row in rows]
        if max(columns) < width and max(rows) < height and NOTHING not in colours:
            cells = [row * width + column for column, row in zip(columns, rows, strict=True)]
            return pack_cells(cells, bytes(colours))
        kept = [
            (row * width + column, colour)
            for column, row, colour in zip(columns, rows, colours, strict=True)
            if column < width and row < height and colour != NOTHING
        ]
        return pack_cells([cell for cell, _colour in kept], bytes(colour for _cell, colour in kept))

    def _paint(self, pixels: bytes, refusals: dict[str, PixelRejected], sender: Sender) -> None:
        step = limits.REQUEST_PIXELS * PIXEL_BYTES
        for start in range(0, len(pixels), step):
            try:
                self._paint_part(pixels[start : start + step], refusals, sender)
            except PixelRejected as error:
                self._refuse(error, refusals)

    def _paint_part(self, pixels: bytes, refusals: dict[str, PixelRejected], sender: Sender) -> None:
        """:raises PixelRejected: nothing of it may be painted."""
        permitted = self._permitted(pixels, refusals)
        admitted = self._afforded(permitted, refusals)
        if not admitted:
            return
        rests = self._admit(admitted, may_wait=False)

        def answered(outcome: Outcome) -> None:
            if isinstance(outcome, DccError):
                self._give_back(rests, admitted)
                self._tell(outcome)
                sender.wake()

        self._request(admitted, answered, sender)

    def _permitted(self, pixels: bytes, refusals: dict[str, PixelRejected]) -> bytes:
        """Leave out the pixels in areas of others.

        :raises PixelRejected: the painter may not paint at all.
        """
        try:
            self._licence.permit(pixels)
        except PixelRejected as error:
            if error.code not in _OF_AREAS:
                raise
            self._refuse(error, refusals)
        else:
            return pixels
        kept = []
        for start in range(0, len(pixels), PIXEL_BYTES):
            pixel = pixels[start : start + PIXEL_BYTES]
            try:
                self._licence.permit(pixel)
            except PixelRejected as error:
                self._refuse(error, refusals)
            else:
                kept.append(pixel)
        return b"".join(kept)

    def _afforded(self, pixels: bytes, refusals: dict[str, PixelRejected]) -> bytes:
        """Leave out the pixels that the painter has no charges for; all, if there are none."""
        cooldowns = self._board.cooldowns
        if not pixels or not cooldowns.seconds or not self._licence.rests:
            return pixels
        length = cooldowns.news(self._who).charges * PIXEL_BYTES
        if length < len(pixels):
            self._refuse(PixelRejected(reasons.COOLDOWN, segundos=cooldowns.seconds), refusals)
        return pixels[: max(0, length)]

    def _refuse(self, error: PixelRejected, refusals: dict[str, PixelRejected]) -> None:
        if error.code not in refusals:
            refusals[error.code] = error.with_traceback(None)  # see Conversation
            self._tell(error)

    def _tell(self, error: DccError) -> None:
        """Say why something is refused, unless it was said a moment ago."""
        now = self._now()
        if now - self._told.get(error.code, -REPEATED_SECONDS) >= REPEATED_SECONDS:
            self._told[error.code] = now
            self._said += f"ERROR {one_line(str(error))}\n"

    def _request(self, pixels: bytes, answered: Callable[[Outcome], None], sender: Sender) -> None:
        """See :class:`Conversation`. Nobody tells this peer of changes, so each answer wakes the sender, which ends a
        pause in reading, and goes on to the goodbye.
        """

        def answered_and_told(outcome: Outcome) -> None:
            answered(outcome)
            sender.wake()

        super()._request(pixels, answered_and_told, sender)

    # --- questions -------------------------------------------------------------------------------

    def _ask(self, questions: list[_Asked], sender: Sender) -> None:
        """Answer questions, after the paints before them."""
        if not questions:
            return
        if self._unanswered:
            self._request(b"", lambda _outcome: self._answer(questions), sender)
        else:
            self._answer(questions)

    def _answer(self, questions: list[_Asked]) -> None:
        canvas = self._board.canvas
        help_is_wanted = True
        for question, (right, down) in questions:
            match question:
                case AskPixel(column, row):
                    self._said += self._pixel(column, row, right, down)
                case AskSize():
                    self._said += f"SIZE {canvas.width} {canvas.height}\n"
                case AskHelp():
                    if help_is_wanted:  # a hundred in one read are answered once
                        self._said += self._help()
                    help_is_wanted = False
                case Unknown(line):
                    self._tell(ProtocolError(reasons.UNKNOWN_COMMAND, comando=clip(line)))

    def _pixel(self, column: int, row: int, right: int, down: int) -> str:
        """Answer with the place as it was asked for, without the offset."""
        canvas = self._board.canvas
        try:
            cell = canvas.cell(column + right, row + down)
        except PixelRejected as error:
            return f"ERROR {error}\n"
        return f"PX {column} {row} {canvas.palette[canvas.colours[cell]].value[1:].lower()}\n"

    def _help(self) -> str:
        canvas, cooldowns = self._board.canvas, self._board.cooldowns
        lines = [
            _("DrawColorCanvas, a board of {width} x {height}. A command on each line:").format(
                width=canvas.width, height=canvas.height
            ),
            _("SIZE: how large the board is"),
            _("PX x y: the colour of a pixel"),
            _("PX x y rrggbb[aa]: paint a pixel, in the nearest colour of the board"),
            _("OFFSET x y: move all later PX by this much"),
        ]
        if cooldowns.seconds:
            line = _("This board has a cooldown: a pixel every {seconds} s, at most {most} at a time, the rest is lost")
            lines.append(line.format(seconds=cooldowns.seconds, most=cooldowns.most))
        return "".join(f"HELP {line}\n" for line in lines)

    # --- messages to the peer --------------------------------------------------------------------

    @property
    def owed(self) -> int:
        """See :class:`Conversation`."""
        return self._unanswered - (-len(self._said) // _ANSWER_BYTES)

    def next_message(self) -> Lines | None:
        """See :class:`Conversation`."""
        if not self._said:
            return None
        said, self._said = self._said, ""
        return Lines(said)


class PixelflutSession(Session):
    """The session of a Pixelflut client: the same states, and no versions."""

    __slots__ = ()

    def handle_commands(
        self, commands: Iterable[Command], shades: Shades, now: Callable[[], float], sender: Sender
    ) -> list[PixelRejected]:
        """Handle the commands of one read.

        :param now: a monotonic clock, in seconds.
        :return: the reasons for which pixels were left out, each once.
        :raises ProtocolError: a line is too long, or the peer may not connect. Pass the error to :meth:`end`.
        """
        if not self.is_open:
            return []
        self.version = 0
        conversation = self._conversation
        if not isinstance(conversation, Pixelflut):
            person = self._board.identify(self._person)
            self._conversation = conversation = Pixelflut(self._board, self._painter(), self._throttle, shades, now)
            conversation.be(person, "", sender)
            self._board.count(sender, is_user=True)
        return conversation.handle(commands, sender)
