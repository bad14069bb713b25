"""One peer's session with the server, as a state machine: messages in, messages out.

Rules:

1. The first command chooses the version: ``nuevo`` with a version of 2 or more speaks version 2, every other command
   speaks version 1. The version cannot be changed afterwards.
2. Legal messages:

   ============================  ==================  ====================  ====================
   from the client               before a version    in version 1          in version 2
   ============================  ==================  ====================  ====================
   ``nuevo`` of version 2        chooses version 2   a fault               another welcome
   ``nuevo``, ``pintar``         chooses version 1   a board               a fault
   opcode 0x03, questions,       a fault             a fault               an answer
   ``accion``
   ``cerrar``                    the goodbye         the goodbye           the goodbye
   ============================  ==================  ====================  ====================

3. A command that chooses the version finds out who the peer is: by a key, by a name that a proxy has told, otherwise by
   the address. A wrong key and a ban from connecting are faults. Each ``nuevo`` of version 2 finds out anew.
4. A fault and ``cerrar`` end the session: earlier requests are answered first, then the goodbye follows. Later messages
   of the peer are ignored.

Messages are not queued. The sender asks for the next message (:meth:`Session.next_message`) when the peer can take
more. Therefore a slow peer gets one message about all missed changes, and costs no memory meanwhile.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto

from dcc import limits, reasons
from dcc.board.board import Board
from dcc.board.conversation import Conversation, Sender
from dcc.board.session_version1 import Version1
from dcc.board.session_version2 import Version2
from dcc.board.throttle import PaintThrottle
from dcc.core.people import Person
from dcc.core.placements import Painter
from dcc.errors import DccError, PixelRejected, ProtocolError
from dcc.protocol.messages import (
    Act,
    AskAuthor,
    AskHeat,
    AskHistory,
    AskLog,
    AskPainters,
    AskPeople,
    AskPreview,
    AskTemplate,
    ClientMessage,
    Closing,
    Failed,
    Goodbye,
    Hello,
    Paint,
    PaintOne,
    RulesNews,
    ServerMessage,
    Users,
)


class State(Enum):
    """The state of a session."""

    OPEN = auto()
    CLOSING = auto()
    """Messages of the peer are ignored; answers and the goodbye are still to be sent."""
    CLOSED = auto()
    """The goodbye was sent, or the connection was lost."""


class Session:
    """See the rules above.

    :ivar client_id: 1, 2, 3, …; never used again while the server runs.
    :ivar version: 1 or 2; 1 until the peer has chosen; 0 for Pixelflut.
    """

    __slots__ = (
        "__weakref__",
        "_address",
        "_board",
        "_conversation",
        "_goodbye",
        "_person",
        "_source",
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
        source: str = "",
        host: str = "",
    ) -> None:
        """
        :param address: the network address of the peer, for the record.
        :param host: the same without a port, for the rules; empty on a Unix socket.
        :param source: takes turns with other sources in asking the record, see :class:`.Questions`.
        :param throttle: the limits on the peer's paints.
        :param takes_version_1: whether the board is small enough for version 1.
        """
        self.client_id = client_id
        self.version = 1
        self._board = board
        self._address = address
        self._source = source
        self._person = Person(host=host)
        self._throttle = throttle
        self._takes_version_1 = takes_version_1
        self._state = State.OPEN
        self._conversation: Conversation | None = None
        self._goodbye = _GOODBYE

    def set_address(self, address: str, source: str, host: str) -> None:
        """Set the peer's address and source, once a proxy has told. Call before the first message is handled."""
        self._address = address
        self._source = source
        self._person = replace(self._person, host=host)

    def sign_in(self, name: str) -> None:
        """Take the proven name that a proxy has told; empty without one. Call before the first message is handled."""
        self._person = replace(self._person, name=name)

    # --- messages from the peer ------------------------------------------------------------------

    def handle(self, message: ClientMessage, sender: Sender) -> PixelRejected | None:
        """Handle one message.

        :param sender: joins the board with the peer's first command. Only pending requests keep a reference to the
            sender, so the session and the sender are in no lasting reference cycle.
        :return: the reason for which a paint changes nothing, if the peer is at fault.
        :raises ProtocolError: the message is not legal in this state. Pass the error to :meth:`end`.
        """
        if not self.is_open:
            return None
        match message:
            case Goodbye():
                self.end()
                sender.wake()
            case Hello() if message.version >= 2:
                self._greet(message, sender)
            case Hello() | PaintOne():
                return self._speak_version_1(sender).answer(message, sender)
            case Paint():
                return self._spoken_version_2().paint(message, sender)
            case AskHistory() | AskAuthor() | AskHeat() | AskPainters() | AskPreview():
                self._spoken_version_2().ask(message, sender, self._source)
            case Act():
                self._spoken_version_2().act(message, sender, self._source)
            case AskPeople() | AskLog() | AskTemplate():
                self._spoken_version_2().ask_list(message, sender)
        return None

    def _speak_version_1(self, sender: Sender) -> Version1:
        conversation = self._conversation
        if isinstance(conversation, Version2):
            raise ProtocolError(reasons.NOT_VERSION_1)
        if not isinstance(conversation, Version1):
            if not self._takes_version_1:
                canvas = self._board.canvas
                raise ProtocolError(reasons.BOARD_TOO_LARGE, ancho=canvas.width, alto=canvas.height)
            person = self._board.identify(self._person)
            self._conversation = conversation = Version1(self._board, self._painter(), self._throttle)
            conversation.be(person, "", sender)
            self._board.join(sender)
        return conversation

    def _greet(self, hello: Hello, sender: Sender) -> None:
        conversation = self._conversation
        if isinstance(conversation, Version1):
            raise ProtocolError(reasons.VERSION_2_LATE)
        self.version = 2  # a refusal is told in version 2
        person = replace(self._person, only_watches=hello.only_watches)
        person = self._board.identify(person, hello.key, hello.code)
        if not isinstance(conversation, Version2):
            self._conversation = conversation = Version2(self._board, self._painter(), self._throttle)
            self._board.join(sender, is_user=not person.only_watches)
        else:
            self._board.count(sender, is_user=not person.only_watches)
        conversation.be(person, hello.name, sender)
        conversation.greet(hello, sender)

    def _spoken_version_2(self) -> Version2:
        if not isinstance(self._conversation, Version2):
            raise ProtocolError(reasons.NOT_VERSION_2)
        return self._conversation

    def _painter(self) -> Painter:
        return Painter(self.client_id, "", self._board.keep_address(self._address))

    def turned_away(self) -> ProtocolError | None:
        """Tell why the peer may no longer be connected, if so; see :attr:`.Board.people_changed`."""
        conversation, board = self._conversation, self._board
        return None if conversation is None else board.rules.turned_away(conversation.person, board.now_ms())

    def end(self, error: DccError | None = None) -> None:
        """End the session, after the answers to earlier requests. Wake the sender next.

        :param error: the reason to tell the peer, if any.
        """
        if not self.is_open:
            return
        self._state = State.CLOSING
        if error is not None:  # the error is not kept: its traceback refers to this session
            self._goodbye = Closing(str(error), error.code, error.values)

    def lost(self) -> None:
        """Stop all work for the peer, since the connection was lost."""
        self._state = State.CLOSED
        if self._conversation is not None:
            self._conversation.lost()

    # --- messages to the peer --------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether messages of the peer are handled."""
        return self._state is State.OPEN

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be sent."""
        return self._state is State.CLOSED

    @property
    def owed(self) -> int:
        """The number of commands without an answer, plus the number of answers not yet sent."""
        return self._conversation.owed if self._conversation is not None else 0

    @property
    def has_backlog(self) -> bool:
        """Whether too many answers are owed to read on from the peer."""
        return self.owed >= limits.REPLIES_OWED and self.is_open

    @property
    def is_quiet(self) -> bool:
        """Whether the peer is owed nothing except the news for all clients of version 2."""
        return self.version == 2 and self.is_open and not self.owed

    def is_up_to_date(self, sequence: int, rules: RulesNews, users: Users) -> bool:
        """Return whether the peer has the board as of a sequence, these rules, and these users."""
        conversation = self._conversation
        return isinstance(conversation, Version2) and conversation.is_up_to_date(sequence, rules, users)

    def mark_sent(self, sequence: int, rules: RulesNews, users: Users) -> None:
        """Note the state that the audience has sent to the peer. Only peers of version 2 join an audience."""
        if isinstance(self._conversation, Version2):
            self._conversation.mark_sent(sequence, rules, users)

    def next_message(self) -> ServerMessage | None:
        """Take the next message to the peer, if any."""
        if self._state is State.OPEN:
            return self._conversation.next_message() if self._conversation is not None else None
        if self._state is State.CLOSED:
            return None
        if self._conversation is not None and self._conversation.owed:
            return self._conversation.next_message()
        return self._next_goodbye()

    def _next_goodbye(self) -> Failed | Closing:
        goodbye = self._goodbye
        if self.version == 2 and goodbye.error:  # version 2 has the reason in a message of its own
            self._goodbye = _GOODBYE
            return Failed(goodbye.error, goodbye.code, goodbye.values)
        self._state = State.CLOSED
        return goodbye


_GOODBYE = Closing()
"""Shared by all sessions that end without a reason."""
