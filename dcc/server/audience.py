"""The clients of one wire that are in step: told together.

In step is who has the board as it was last announced and is owed nothing else: nearly everybody, nearly always.
All of them are sent the same bytes, straight to their sockets. Nothing is noted for each meanwhile, since what they
have is what the audience was told: to visit a thousand conversations, whose state is in nobody's cache, would cost
half as much again as the sending.

Who is to be told something of its own, or does not take a message whole, steps out; its session goes on from there,
and its outbox has it step in again when all is said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from dcc.board.board import Board, Viewer
from dcc.board.session import Session
from dcc.protocol.messages import ServerMessage, Users

Encode = Callable[[int, ServerMessage], bytes]
"""From a version and a message to what goes over the wire."""

_VERSION = 2
"""Of everybody in step. Version 1 is told in whole boards, which few sockets take at once."""


class Member(Viewer, Protocol):
    """Who can be in step.

    :ivar session: its conversation.
    """

    session: Session

    def send_rest(self, data: bytes, sent: int) -> None:
        """Step out, and send what follows the first ``sent`` bytes, which its socket has taken."""


class Audience:
    """See above.

    :ivar wire: what carries it: ``tcp`` or ``websocket``.
    :ivar encode: what goes over this wire for a message.
    :ivar bytes_sent: to those in step.
    """

    def __init__(self, board: Board, wire: str, encode: Encode) -> None:
        """Make one before the first client is connected: who steps in has been told after it was."""
        self.wire = wire
        self.encode = encode
        self.bytes_sent = 0
        self._board = board
        self._sequence = board.announced
        self._users: Users = board.users
        self._in_step: dict[Member, Callable[[bytes], int]] = {}
        board.watch(self)

    def step_in(self, member: Member, send: Callable[[bytes], int]) -> None:
        """Tell this one from now on, if it has what the others have.

        :param send: to its socket, without waiting; gives how many bytes it took.
        """
        if member.session.is_up_to_date(self._sequence, self._users):
            self._in_step[member] = send
            self._board.unwatch(member)

    def step_out(self, member: Member) -> None:
        """Tell it no more; nothing happens where it is not in step."""
        if self._in_step.pop(member, None) is not None:
            member.session.mark_sent(self._sequence, self._users)
            self._board.watch(member)

    def board_changed(self) -> None:
        """See :class:`dcc.board.board.Viewer`."""
        board = self._board
        while self._sequence < board.announced:  # twice where a board comes first
            news = board.catch_up(self._sequence)
            self._sequence = news.sequence
            self._tell(news)
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
            except OSError:  # full, or lost: its transport finds out which
                sent = 0
            if sent != length:
                cut_short.append((member, sent))
        self.bytes_sent += length * len(self._in_step)
        for member, sent in cut_short:
            member.send_rest(data, sent)
