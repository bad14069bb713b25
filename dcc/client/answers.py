"""The answers that a client waits for.

1. A server answers one question at a time. A question therefore waits here until the question before is answered.
2. Actions do not wait for questions.
3. A lost connection is the end of all of them: nothing is asked again by itself, since an action may have been done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from dcc import reasons
from dcc.errors import Refusal, ServerUnavailable
from dcc.language import _
from dcc.protocol.messages import (
    ActionLog,
    Author,
    Done,
    HeatMap,
    History,
    PaintersMap,
    PastBoard,
    People,
    Preview,
    Question,
    Rejected,
    ServerMessage,
    SharedTemplate,
)

_Answer = (
    Done
    | Preview
    | People
    | ActionLog
    | History
    | PastBoard
    | HeatMap
    | PaintersMap
    | Author
    | SharedTemplate
    | Rejected
)


class Answers:
    """Keeps questions apart, and gives each answer to its asker."""

    def __init__(self, send: Callable[[Question], None]) -> None:
        """:param send: sends a question; called only while there is a connection."""
        self._send = send
        self._questions: deque[Question] = deque()  # the first is on the wire
        self._expected: dict[int, Deferred[Any]] = {}

    def ask(self, question: Question) -> None:
        """Send a question as soon as the questions before are answered; see :meth:`expect`."""
        self._questions.append(question)
        if len(self._questions) == 1:
            self._send(question)

    def expect(self, request: int) -> Deferred[Any]:
        """Wait for the answer to a request.

        :return: fires with the answer; fails with Refusal if the server refuses, with ServerUnavailable if the
            connection is lost before. A cancelled answer is dropped as it comes.
        """
        answer: Deferred[Any] = Deferred()
        self._expected[request] = answer
        return answer

    def take(self, message: ServerMessage) -> bool:
        """Take a message.

        :return: whether the message was expected, and has reached its asker.
        """
        if not isinstance(message, _Answer):
            return False
        if self._questions and self._questions[0].request == message.request:
            self._questions.popleft()
            if self._questions:
                self._send(self._questions[0])
        answer = self._expected.pop(message.request, None)
        if answer is None:
            return False
        if not answer.called:  # otherwise it was cancelled
            answer.callback(_refusal(message) if isinstance(message, Rejected) else message)
        return True

    def lost(self) -> None:
        """Give up all answers: the connection is lost."""
        self._questions.clear()
        expected, self._expected = self._expected, {}
        for answer in expected.values():
            if not answer.called:
                answer.errback(ServerUnavailable(_("the connection was lost before the answer")))


def _refusal(message: Rejected) -> Failure:
    refusal = Refusal(reasons.tell(message.code, message.values, message.reason))
    refusal.code, refusal.values = message.code or refusal.code, message.values
    return Failure(refusal)
