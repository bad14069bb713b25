"""The servers of a canvas, as one of them sees the others: how many users there are over all.

A server says its state every second if the number of its users has changed, otherwise every few seconds. What the
others say counts until they are silent for a while.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Protocol

from dcc.board.board import Board
from dcc.cluster.server_state import GONE_SECONDS, ServerState
from dcc.later import Later
from dcc.record.cluster import ClusterRecord
from dcc.record.sqlite import Reactor

SAID_SECONDS = 1.0
"""How often the state is looked at, and said if the number of users has changed; as often as viewers are told."""


class Saying(Protocol):
    """The part of :class:`dcc.cluster.presence.Presence` that is used here."""

    def say(self, state: ServerState) -> None:
        """Say a state, now and again and again."""

    def close(self) -> None:
        """Say and hear no more."""


class Together:
    """The other servers of a board."""

    def __init__(
        self,
        board: Board,
        record: ClusterRecord,
        reactor: Reactor,
        make_presence: Callable[[Callable[[ServerState], None]], Saying],
    ) -> None:
        """:param make_presence: takes what is called, in any thread, with each state that is heard."""
        self._board = board
        self._record = record
        self._reactor = reactor
        self._name = socket.gethostname()
        self._id = os.urandom(8).hex()
        self._others: dict[str, tuple[ServerState, float]] = {}
        self._said: ServerState | None = None
        self._next = Later(reactor)
        self._presence = make_presence(lambda state: reactor.callFromThread(self._heard, state))
        self._look()

    def _heard(self, state: ServerState) -> None:
        if state.server != self._id:
            self._others[state.server] = state, self._reactor.seconds()
            self._count()

    def _look(self) -> None:
        board, record = self._board, self._record
        state = ServerState(self._id, self._name, board.users_here, record.position, board.sequence, board.fault)
        if state != self._said:
            self._said = state
            self._presence.say(state)
        self._count()
        self._next.set(SAID_SECONDS, self._look)

    def _count(self) -> None:
        gone = self._reactor.seconds() - GONE_SECONDS
        self._others = {server: heard for server, heard in self._others.items() if heard[1] > gone}
        self._board.count_elsewhere(sum(state.users for state, _since in self._others.values()))

    def stop(self) -> None:
        """Say and hear no more. Blocks for a moment."""
        self._next.cancel()
        self._presence.close()
