"""The clients of a wire that are in step: told together.

A client is in step if the client has the board as last announced and the server owes the client nothing else: nearly
every client, nearly always. The audience sends all of them the same bytes, straight to their sockets, and notes nothing
for each: what they have is what the audience was told. To visit a thousand sessions, whose state is in no CPU cache,
would cost half as much again as the sending.

A client that is owed a message of its own, or does not take a message whole, steps out. The session goes on from there,
and the outbox has the client step in again when all is said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from dcc.board.board import Board, Viewer
from dcc.board.session import Session
from dcc.protocol.messages import RulesNews, ServerMessage, Users

Encode = Callable[[int, ServerMessage], bytes]
"""Turns a version and a message into what goes over the wire."""

_VERSION = 2
"""Version of every client in step. Version 1 gets whole boards, which few sockets take at once."""


class Member(Viewer, Protocol):
    """A client's outbox, which can be in step.

    :ivar session: the client's conversation.
    """

    session: Session

    def send_rest(self, data: bytes, sent: int) -> None:
        """Step out, and send the bytes after the first ``sent``, which the socket has taken."""


class Audience:
    """The clients in step, of one wire.

    :ivar wire: ``tcp`` or ``websocket``.
    :ivar encode: encodes a message for this wire.
    :ivar bytes_sent: bytes sent to clients in step.
    """

    def __init__(self, board: Board, wire: str, encode: Encode) -> None:
        """Make an audience before the first client joins the board, so that the board tells the audience first."""
        self.wire = wire
        self.encode = encode
        self.bytes_sent = 0
        self._board = board
        self._sequence = board.announced
        self._rules: RulesNews = board.rules_news
        self._users: Users = board.users
        self._in_step: dict[Member, Callable[[bytes], int]] = {}
        board.watch(self)

    def step_in(self, member: Member, send: Callable[[bytes], int]) -> None:
        """Tell a member from now on, if the member has what the others have.

        :param send: sends to the member's socket without waiting, and returns how many bytes the socket took.
        """
        if member.session.is_up_to_date(self._sequence, self._rules, self._users):
            self._in_step[member] = send
            self._board.unwatch(member)

    def step_out(self, member: Member) -> None:
        """Tell a member no longer; do nothing if the member is not in step."""
        if self._in_step.pop(member, None) is not None:
            member.session.mark_sent(self._sequence, self._rules, self._users)
            self._board.watch(member)

    def board_changed(self) -> None:
        """See :class:`dcc.board.board.Viewer`."""
        board = self._board
        while self._sequence < board.announced:  # twice if a whole board comes first
            news = board.catch_up(self._sequence)
            self._sequence = news.sequence
            self._tell(news)
        if self._rules is not board.rules_news:
            self._rules = board.rules_news
            self._tell(board.rules_news)
        if self._users is not board.users:
            self._users = board.users
            self._tell(board.users)

    def _tell(self, message: ServerMessage) -> None:
        if not self._in_step:
            return
        data = self.encode(_VERSION, message)
        length = len(data)
        cut_short = []
        for member, send in self._in_step.items():
            try:
                sent = send(data)
            except OSError:  # full or lost: the transport finds out
                sent = 0
            if sent != length:
                cut_short.append((member, sent))
        self.bytes_sent += length * len(self._in_step)
        for member, sent in cut_short:
            member.send_rest(data, sent)
