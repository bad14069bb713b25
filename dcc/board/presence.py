"""Who is here: the conversations of a board, by person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from dcc.core.people import Person
from dcc.core.placements import Painter


class Waking(Protocol):
    """Sends the messages of a conversation."""

    def wake(self) -> None:
        """Ask for the next message, if any."""


class Present(Protocol):
    """A conversation, from its first command to its end.

    :ivar person: who it is.
    :ivar painter: the same as recorded.
    """

    person: Person
    painter: Painter

    def tell_cooldown(self) -> bool:
        """Owe the peer the news of its cooldown.

        :return: whether to wake the sender.
        """


class Presence:
    """The conversations of one board, each with the sender of its messages.

    A person may have several conversations, which share the person's charges. A conversation that ended has to leave,
    since it is in a reference cycle until then.
    """

    def __init__(self) -> None:
        self._of: dict[str, dict[Present, Waking]] = {}

    def enter(self, who: str, conversation: Present, sender: Waking) -> None:
        """Add a conversation.

        :param who: the person, as :func:`dcc.board.cooldowns.name_for_charges` calls the person.
        """
        self._of.setdefault(who, {})[conversation] = sender

    def leave(self, who: str, conversation: Present) -> None:
        """Remove a conversation; do nothing without it."""
        conversations = self._of.get(who)
        if conversations is not None and conversations.pop(conversation, None) is not None and not conversations:
            del self._of[who]

    def tell_cooldown(self, who: str | None, besides: Present | None = None) -> None:
        """Tell the conversations of a person how long the person has to wait.

        :param who: None for everybody.
        :param besides: a conversation that is told elsewhere.
        """
        for conversations in list(self._of.values()) if who is None else [self._of.get(who, {})]:
            for conversation, sender in list(conversations.items()):
                if conversation is not besides and conversation.tell_cooldown():
                    sender.wake()

    def __iter__(self) -> Iterator[Present]:
        """Go through all conversations."""
        return (conversation for conversations in self._of.values() for conversation in conversations)
