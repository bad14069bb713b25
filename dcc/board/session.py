"""One peer's session with the server, as a state machine: messages in, messages out.

The rules:

1. The first command chooses the version: ``nuevo`` with a version of 2 or more speaks version 2, every other command
   speaks version 1. The version cannot be changed afterwards.
2. What may follow:

   ============================  ==================  ====================  ====================
   the client says               before a version    in version 1          in version 2
   ============================  ==================  ====================  ====================
   ``nuevo`` of version 2        chooses version 2   a fault               welcomed again
   ``nuevo``, ``pintar``         chooses version 1   answered: a board     a fault
   opcode 0x03, questions        a fault             a fault               answered
   ``cerrar``                    the goodbye         the goodbye           the goodbye
   ============================  ==================  ====================  ====================

3. A fault, and ``cerrar``, end the session: what was asked before is answered first, then comes the goodbye, and
   whatever the peer sends after that is not read.

What is to be said is not queued but asked for (:meth:`Session.next_message`), when the peer can take it. So a slow peer
gets one message about everything that it missed, and costs no memory meanwhile.
"""

from __future__ import annotations

from enum import Enum, auto

from dcc import limits, reasons
from dcc.board.board import Board
from dcc.board.conversation import Sender
from dcc.board.session_version1 import Version1
from dcc.board.session_version2 import Version2
from dcc.board.throttle import PaintThrottle
from dcc.core.placements import Painter
from dcc.errors import DccError, PixelRejected, ProtocolError
from dcc.protocol.messages import (
    AskAuthor,
    AskHistory,
    ClientMessage,
    Closing,
    Failed,
    Goodbye,
    Hello,
    Paint,
    PaintOne,
    ServerMessage,
    Users,
)


class State(Enum):
    """Where a session is."""

    OPEN = auto()
    CLOSING = auto()
    """Nothing more is read; answers and the goodbye are still to come."""
    CLOSED = auto()
    """The goodbye was said, or the connection is gone."""


class Session:
    """See the rules above.

    :ivar client_id: counts 1, 2, 3, … while the server runs.
    :ivar version: 1 or 2; 1 until the peer has chosen.
    """

    __slots__ = (
        "__weakref__",
        "_address",
        "_board",
        "_conversation",
        "_goodbye",
        "_reason_owed",
        "_state",
        "_takes_version_1",
        "_throttle",
        "client_id",
        "version",
    )

    def __init__(
        self,
        board: Board,
        client_id: int,
        address: str,
        throttle: PaintThrottle,
        *,
        takes_version_1: bool,
    ) -> None:
        """
        :param address: where the peer connects from, for the record.
        :param throttle: how fast the peer may paint.
        :param takes_version_1: whether the board is small enough for version 1.
        """
        self.client_id = client_id
        self.version = 1
        self._board = board
        self._address = address
        self._throttle = throttle
        self._takes_version_1 = takes_version_1
        self._state = State.OPEN
        self._conversation: Version1 | Version2 | None = None
        self._goodbye = _GOODBYE
        self._reason_owed = False  # version 2 is told why before the goodbye

    def set_address(self, address: str) -> None:
        """Set where the peer connects from, once a proxy has told. Call before anything of the peer is handled."""
        self._address = address

    # --- what the peer says ----------------------------------------------------------------------

    def handle(self, message: ClientMessage, sender: Sender) -> PixelRejected | None:
        """Take one message.

        :param sender: joins the board with the peer's first command. The session keeps no reference to the sender,
            except until a request is answered: so the two are in no reference cycle.
        :return: why a paint changes nothing through its sender's fault.
        :raises ProtocolError: the message is not legal here. Pass the error to :meth:`end`.
        """
        if not self.is_open:
            return None
        match message:
            case Goodbye():
                self.end()
                sender.wake()
            case Hello() if message.version >= 2:
                self._speak_version_2(sender).greet(message, sender)
            case Hello() | PaintOne():
                return self._speak_version_1(sender).answer(message, sender)
            case Paint():
                return self._spoken_version_2().paint(message, sender)
            case AskHistory() | AskAuthor():
                self._spoken_version_2().ask(message, sender)
        return None

    def _speak_version_1(self, sender: Sender) -> Version1:
        conversation = self._conversation
        if isinstance(conversation, Version2):
            raise ProtocolError(reasons.NOT_VERSION_1)
        if conversation is None:
            canvas = self._board.canvas
            if not self._takes_version_1:
                raise ProtocolError(reasons.BOARD_TOO_LARGE, ancho=canvas.width, alto=canvas.height)
            self._board.join(sender)
            self._conversation = conversation = Version1(self._board, self._painter(), self._throttle)
        return conversation

    def _speak_version_2(self, sender: Sender) -> Version2:
        conversation = self._conversation
        if isinstance(conversation, Version1):
            raise ProtocolError(reasons.VERSION_2_LATE)
        if conversation is None:
            self.version = 2
            self._board.join(sender)
            self._conversation = conversation = Version2(self._board, self._painter(), self._throttle)
        return conversation

    def _spoken_version_2(self) -> Version2:
        if not isinstance(self._conversation, Version2):
            raise ProtocolError(reasons.NOT_VERSION_2)
        return self._conversation

    def _painter(self) -> Painter:
        return Painter(self.client_id, "", self._address)

    def end(self, error: DccError | None = None) -> None:
        """End the session, after the answers to what was asked; ``error`` says why. Wake the sender next."""
        if not self.is_open:
            return
        self._state = State.CLOSING
        if error is not None:  # which is not kept itself: its traceback refers to everything here
            self._goodbye = Closing(str(error), error.code, error.values)
            self._reason_owed = self.version == 2

    def lost(self) -> None:
        """Stop what is under way for the peer: the connection is gone."""
        self._state = State.CLOSED
        if self._conversation is not None:
            self._conversation.lost()

    # --- what the peer is told -------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether the peer is still listened to."""
        return self._state is State.OPEN

    @property
    def is_over(self) -> bool:
        """Whether the goodbye was said."""
        return self._state is State.CLOSED

    @property
    def owed(self) -> int:
        """How many commands wait for their answer, or their answer for the peer."""
        return self._conversation.owed if self._conversation is not None else 0

    @property
    def has_backlog(self) -> bool:
        """Whether so much is owed that the peer is better not read from for a while."""
        return self.owed >= limits.REPLIES_OWED and self.is_open

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to say but what everybody of version 2 is told."""
        return self.version == 2 and self.is_open and not self.owed

    def is_up_to_date(self, sequence: int, users: Users) -> bool:
        """Whether the peer has the board as of that sequence, and was told of those users."""
        conversation = self._conversation
        return isinstance(conversation, Version2) and conversation.is_up_to_date(sequence, users)

    def mark_sent(self, sequence: int, users: Users) -> None:
        """Note what the peer was sent by its audience, which only a peer of version 2 is in."""
        if isinstance(self._conversation, Version2):
            self._conversation.mark_sent(sequence, users)

    def next_message(self) -> ServerMessage | None:
        """What the peer is to be told next, if anything."""
        if self._state is State.OPEN:
            return self._conversation.next_message() if self._conversation is not None else None
        if self._state is State.CLOSED:
            return None
        if self._conversation is not None and self._conversation.owed:
            return self._conversation.next_message()
        return self._next_goodbye()

    def _next_goodbye(self) -> Failed | Closing:
        goodbye = self._goodbye
        if self._reason_owed:
            self._reason_owed = False
            self._goodbye = _GOODBYE
            return Failed(goodbye.error, goodbye.code, goodbye.values)
        self._state = State.CLOSED
        return goodbye


_GOODBYE = Closing()
"""One for all who leave without a reason."""
