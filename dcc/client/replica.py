"""A client's copy of the board: the board as the server told it, and on top the client's own unanswered paints.

Pure: messages in, cells whose colour changed out.

A paint is shown at once, and stays on top until the server answers. If the server acknowledges the paint, the message
with the new colours has already come, so nothing changes on the screen. If the server rejects the paint, the colours
below come to light again. Version 1 has no answers: a paint is seen when a board shows the new colour.

The page in the browser has the same replica (``dcc/page/replica.js``); ``tests/vectors/conversations.json`` compares.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from dcc.client.identity import Identity
from dcc.core.canvas import PIXEL_BYTES, Canvas, unpack_pixels
from dcc.core.palette import AF06, Colour, Palette
from dcc.core.people import Role
from dcc.errors import ProtocolError
from dcc.language import _
from dcc.protocol.messages import (
    Acknowledged,
    Changes,
    Cooldown,
    Hello,
    NamedBoard,
    Rejected,
    RulesNews,
    ServerMessage,
    Users,
    Welcome,
    WholeBoard,
)

UNKNOWN_COLOUR = "#808080"
"""The value shown for a colour of a version 1 server that has a name and no known value."""


class Replica:
    """The board on a client's screen.

    :ivar version: the version that the server speaks, or 0 before the server's answer.
    :ivar canvas: the board as the server told it; None before the first welcome.
    :ivar shown: ``canvas`` with this client's own paints on top, ``width * height`` palette indices.
    :ivar sequence: the sequence of ``canvas`` (version 2).
    :ivar users: how many clients are connected, if the server says so.
    :ivar role: what this client may do here, as of the welcome; ``WATCH`` before it.
    :ivar name: the proven name of this client; empty without one.
    :ivar rules: what people may do here now.
    :ivar others: the cells that others may have painted, by the last message of version 2 or by the loss of the
        connection; None for any.
    :ivar cooldown: the last news of this painter's cooldown, as of its coming; None on a board without one.
    """

    def __init__(self) -> None:
        self.version = 0
        self.client_id: int | None = None
        self.canvas: Canvas | None = None
        self.shown = bytearray()
        self.sequence = 0
        self.users: int | None = None
        self.role = Role.WATCH
        self.name = ""
        self.rules = RulesNews()
        self.cooldown: Cooldown | None = None
        self.others: set[int] | None = set()
        self._canvas_id: str | None = None
        self._holds_board = False
        self._welcomed_as_of = 0  # the server's sequence in the last welcome
        self._caught_up = False  # whether a board or changes have reached that sequence since
        self._requests: dict[int, bytes] = {}
        self._ahead: dict[int, dict[int, int]] = {}  # cell -> request -> colour, the latest last
        self._arrived: set[tuple[int, int]] = set()  # cell and request: of those ahead, in changes already

    def hello(self, identity: Identity) -> Hello:
        """Make the greeting of a server, with the board held by this replica, if any."""
        canvas_id = since = None
        if self._canvas_id is not None and self._holds_board:
            canvas_id, since = self._canvas_id, self.sequence
        return Hello(2, canvas_id, since, identity.name, identity.key, identity.code, identity.only_watches)

    def apply(self, message: ServerMessage) -> set[int] | None:
        """Take a message.

        :return: the cells whose shown colour changed; None if every cell may have changed, or the size or the palette.
        :raises DccError: the message does not fit the board of the welcome.
        """
        self.others = set()
        match message:
            case Welcome():
                return self._welcome(message)
            case WholeBoard():
                self._replace(message)
                self.others = None
                return None
            case Changes():
                return self._change(message)
            case Rejected():
                self.others = self._mistaken({message.request})
                return self._uncover(message.request)
            case Acknowledged():
                return self._uncover(message.request)
            case NamedBoard():
                return self._take_names(message)
            case Users():
                self.users = message.connected
            case Cooldown():
                self.cooldown = message if message.most else None
            case RulesNews():
                self.rules = message
        return set()

    def paint(self, request: int, pixels: bytes) -> set[int]:
        """Show packed pixels, sent to the server as ``request``.

        :return: the cells with a new shown colour.
        """
        self._requests[request] = pixels
        changed = set()
        for cell, colour in unpack_pixels(pixels):
            above = self._ahead.setdefault(cell, {})
            above.pop(request, None)
            above[request] = colour
            changed.add(cell)
        return self._show(changed)

    def disconnected(self) -> set[int]:
        """Take back the unanswered paints of a lost connection. The server's board will show the recorded paints.

        :return: the cells with a new shown colour.
        """
        self.version = 0
        self.users = None
        self.role = Role.WATCH
        self.name = ""
        self.rules = RulesNews()
        self.cooldown = None
        cells = set(self._ahead)
        self.others = self._mistaken(self._requests.keys())
        self._ahead.clear()
        self._arrived.clear()
        self._requests.clear()
        return self._show(cells)

    @property
    def is_live(self) -> bool:
        """Whether the board is here, as of the sequence of the welcome or later."""
        return self.version == 1 or (self.version == 2 and self._holds_board and self._caught_up)

    @property
    def knows_rules(self) -> bool:
        """Whether the rules and the list of templates are here: a server tells them before the number of users."""
        return self.users is not None or self.rules != RulesNews()

    @property
    def has_cooldown(self) -> bool:
        """Whether painters wait between two pixels."""
        return self.cooldown is not None

    @property
    def unanswered(self) -> int:
        """How many requests the server has not answered."""
        return len(self._requests)

    @property
    def unanswered_pixels(self) -> int:
        """How many pixels the unanswered requests have."""
        return sum(map(len, self._requests.values())) // PIXEL_BYTES

    # --- version 2 -------------------------------------------------------------------------------

    def _welcome(self, welcome: Welcome) -> set[int] | None:
        self.version = 2
        self._caught_up = False
        self._welcomed_as_of = welcome.sequence
        self.client_id = welcome.client_id
        self.role, self.name = welcome.role, welcome.name
        same = (
            self.canvas is not None
            and welcome.canvas_id == self._canvas_id
            and (welcome.width, welcome.height) == (self.canvas.width, self.canvas.height)
            and welcome.palette == self.canvas.palette
        )
        if same:
            return set()
        self._start(Canvas(welcome.width, welcome.height, welcome.palette), welcome.canvas_id)
        return None

    def _start(self, canvas: Canvas, canvas_id: str | None) -> None:
        self.canvas = canvas
        self.shown = bytearray(canvas.colours)
        self._canvas_id = canvas_id
        self._holds_board = False
        self._ahead.clear()
        self._arrived.clear()
        self._requests.clear()

    def _replace(self, board: WholeBoard) -> None:
        canvas = self._known_canvas()
        if len(board.colours) != len(canvas.colours) or max(board.colours) >= len(canvas.palette):
            raise ProtocolError(_("a board that does not fit to its welcome"))
        canvas.colours[:] = board.colours
        self.shown[:] = board.colours
        self._holds_board = True
        self._reach(board.sequence)
        self._show(self._ahead)

    def _change(self, changes: Changes) -> set[int]:
        canvas = self._known_canvas()
        if not self._holds_board:
            raise ProtocolError(_("changes of a board that was never sent"))
        canvas.check(changes.pixels)  # PixelRejected ends the connection, as a ProtocolError does
        canvas.apply(changes.pixels)
        self._reach(changes.sequence)
        cells = {cell for cell, _colour in unpack_pixels(changes.pixels)}
        self.others = self._not_own(changes.pixels) if self._ahead else cells
        return self._show(cells)

    def _not_own(self, pixels: bytes) -> set[int]:
        """Return the cells of changes that are not this client's: changes do not name their painters.

        A pixel is this client's own if an unanswered request has the cell in that colour, once for each request.
        """
        others = set()
        for cell, colour in unpack_pixels(pixels):
            for request, own in self._ahead.get(cell, {}).items():
                if own == colour and (cell, request) not in self._arrived:
                    self._arrived.add((cell, request))
                    break
            else:
                others.add(cell)
        return others

    def _mistaken(self, requests: Collection[int]) -> set[int]:
        """Return the cells in which changes were taken for those of some requests, which failed or are in doubt."""
        return {cell for cell, request in self._arrived if request in requests}

    def _reach(self, sequence: int) -> None:
        self.sequence = sequence
        if sequence >= self._welcomed_as_of:  # a large board may be from a moment before the welcome
            self._caught_up = True

    def _uncover(self, request: int) -> set[int]:
        pixels = self._requests.pop(request, b"")
        cells = set()
        for cell, _colour in unpack_pixels(pixels):
            above = self._ahead.get(cell, {})
            above.pop(request, None)
            self._arrived.discard((cell, request))
            if not above:
                self._ahead.pop(cell, None)
            cells.add(cell)
        return self._show(cells)

    def _show(self, cells: Iterable[int]) -> set[int]:
        """Bring ``shown`` up to date for some cells.

        :return: the changed cells.
        """
        canvas, shown = self.canvas, self.shown
        changed: set[int] = set()
        if canvas is None:
            return changed
        for cell in cells:
            above = self._ahead.get(cell)
            colour = next(reversed(above.values())) if above else canvas.colours[cell]
            if shown[cell] != colour:
                shown[cell] = colour
                changed.add(cell)
        return changed

    def _known_canvas(self) -> Canvas:
        if self.canvas is None or self.version != 2:
            raise ProtocolError(_("a board before its welcome"))
        return self.canvas

    # --- version 1 -------------------------------------------------------------------------------

    def _take_names(self, board: NamedBoard) -> set[int] | None:
        self.version = 1
        self.role = Role.PAINT
        width = max(column for column, _row in board.names) + 1
        height = max(row for _column, row in board.names) + 1
        canvas = self.canvas
        if canvas is None or self._canvas_id is not None or (width, height) != (canvas.width, canvas.height):
            canvas = Canvas(width, height, AF06)
        unknown = dict.fromkeys(name for name in board.names.values() if name not in canvas.palette.index)
        if unknown:
            colours = (*canvas.palette, *(Colour(name, UNKNOWN_COLOUR) for name in unknown))
            canvas = Canvas(width, height, Palette(colours))
        fresh = canvas is not self.canvas
        if fresh:
            self._start(canvas, None)
        index = canvas.palette.index
        for (column, row), name in board.names.items():
            canvas.colours[row * width + column] = index[name]
        changed = {cell for cell, (old, new) in enumerate(zip(self.shown, canvas.colours, strict=True)) if old != new}
        self.shown[:] = canvas.colours
        return None if fresh else changed
