"""From pixels to paints for the server, with undo and redo.

Cells that the user may not paint are left out, and a line says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dcc.client.link import Link
from dcc.client.rights import Rights
from dcc.client.strokes import Strokes
from dcc.core.actions import Rectangle
from dcc.language import _, ngettext, number
from dcc.protocol.messages import Acknowledged, Rejected, ServerMessage
from dcc.window.board_widget import BoardWidget
from dcc.window.overlay import Notice

MOST_PIXELS = 100_000
"""Most pixels of a shape or a stamp: the burst that a server takes from a client by default. More pixels would wait for
the server's rate for longer than people wait."""

_Step = Callable[[Sequence[int], int | None, Sequence[int] | None], list[tuple[int, int]]]
"""Undo or redo; see :class:`.Strokes`."""


class Painting:
    """What the user paints on one board.

    :ivar rights: where the user may paint.
    """

    def __init__(
        self,
        link: Link,
        board: BoardWidget,
        notice: Notice,
        may_draw: Callable[[], bool],
        gathered: Callable[[], int],
    ) -> None:
        """
        :param may_draw: whether the server takes paints now; says why if not.
        :param gathered: how many pixels a server with a cooldown takes now, if it has answered all paints.
        """
        self.rights = Rights(link.replica)
        self.may_draw = may_draw
        self._gathered = gathered
        self._link = link
        self._board = board
        self._notice = notice
        self._strokes = Strokes()

    @property
    def has_cooldown(self) -> bool:
        """Whether the board takes a pixel at a time."""
        return self._link.replica.has_cooldown

    # --- undo ------------------------------------------------------------------------------------------------

    def undo(self) -> None:
        """Undo the last stroke, except where others have painted since."""
        done, left = self._go(self._strokes.undo, _("There is nothing of yours to undo."))
        if left:
            self._notice.show_text(
                ngettext(
                    "{count} pixel undone, {left} to go. This server sets a pause between pixels.",
                    "{count} pixels undone, {left} to go. This server sets a pause between pixels.",
                    done,
                ).format(count=number(done), left=number(left))
            )

    def redo(self) -> None:
        """Do the last undone stroke again, except where others have painted since."""
        done, left = self._go(self._strokes.redo, _("There is nothing to do again."))
        if left:
            self._notice.show_text(
                ngettext(
                    "{count} pixel done again, {left} to go. This server sets a pause between pixels.",
                    "{count} pixels done again, {left} to go. This server sets a pause between pixels.",
                    done,
                ).format(count=number(done), left=number(left))
            )

    def _go(self, step: _Step, nothing: str) -> tuple[int, int]:
        """Undo or redo.

        :return: how many pixels were painted, and how many of their stroke are left because of a cooldown.
        """
        if not self.may_draw():
            return 0, 0
        if refused := self.rights.refusal([]):  # whatever the cell
            self._say_refused(refused[0].tell(refused[1]))
            return 0, 0
        most = None
        if self.has_cooldown:  # a stroke may be from before: the server was started anew with other options
            most = max(1, self._gathered() - self._link.replica.unanswered_pixels)
        pixels = step(self._link.replica.shown, most, self.rights.map())
        forbidden = self._strokes.forbidden
        if pixels:
            self._strokes.sent(self._send(pixels))
        elif not forbidden:
            self._notice.show_text(nothing)
        if refused := self.rights.refusal(forbidden):
            reason = refused[0].tell(refused[1])
            if pixels:
                self._say_left_out(len(forbidden), reason)
            else:
                self._say_refused(reason)
        return len(pixels), self._strokes.left

    def received(self, message: ServerMessage) -> None:
        """Take from a message which cells belong to no stroke any longer, and which undo or redo was refused."""
        self._painted_by_others()
        match message:
            case Acknowledged(request):
                self._strokes.accepted(request)
            case Rejected(request):
                self._strokes.refused(request)

    def disconnected(self) -> None:
        """Take note of a lost connection, and with it of all unanswered requests."""
        self._painted_by_others()
        self._strokes.lost()

    def _painted_by_others(self) -> None:
        others = self._link.replica.others
        if others is None:
            self._strokes.forget()
        else:
            self._strokes.lose(others)

    def forget(self) -> None:
        """Forget the strokes: the board was replaced."""
        self._strokes.forget()

    # --- painting --------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Begin a stroke, which is undone as one."""
        self._strokes.begin()

    def paint(self, pixels: list[tuple[int, int]]) -> bool:
        """Paint pixels that change something, where the user may paint.

        :return: whether the others at least were sent.
        """
        if not self.may_draw():
            return False
        shown = self._link.replica.shown
        pixels = [(cell, colour) for cell, colour in pixels if shown[cell] != colour]
        if refused := self.rights.refusal([cell for cell, _colour in pixels]):
            reason, allowed = refused[0].tell(refused[1]), self.rights.map()
            own = [] if allowed is None else [(cell, colour) for cell, colour in pixels if allowed[cell]]
            if not own or self.rights.refusal([cell for cell, _colour in own]):
                self._say_refused(reason)
                return False
            self._say_left_out(len(pixels) - len(own), reason)
            pixels = own
        if pixels:
            self._strokes.add(pixels, shown)
            self._send(pixels)
        return True

    def is_too_large(self, place: Rectangle) -> bool:
        """Say that a part of the board has too many cells, if it has."""
        cells = place.width * place.height
        if cells > MOST_PIXELS:
            self._notice.show_text(
                _("{count} cells are too many for once, at most {most}: nothing was drawn.").format(
                    count=number(cells), most=number(MOST_PIXELS)
                )
            )
        return cells > MOST_PIXELS

    def refuses(self, cell: int) -> bool:
        """Say that the user may not paint a cell, if so."""
        refused = self.rights.refusal([cell])
        if refused:
            self._say_refused(refused[0].tell(refused[1]))
        return bool(refused)

    def _say_left_out(self, count: int, reason: str) -> None:
        self._notice.show_text(
            ngettext("{count} cell was left out: {reason}.", "{count} cells were left out: {reason}.", count).format(
                count=number(count), reason=reason
            )
        )

    def _say_refused(self, reason: str) -> None:
        self._notice.show_text(_("Not painted: {reason}.").format(reason=reason))

    def _send(self, pixels: list[tuple[int, int]]) -> list[int]:
        """Paint and show pixels.

        :return: the numbers of the requests.
        """
        requests = self._link.paint(pixels)
        self._board.show_changes(cell for cell, _colour in pixels)
        return requests
