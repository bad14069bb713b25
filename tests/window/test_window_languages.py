"""A server of one language and a window of the other: each refusal is shown in the window's language."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args

import pytest
from PyQt5.QtWidgets import QApplication
from twisted.internet.protocol import Factory

from dcc import reasons
from dcc.commands.draw import translate
from dcc.language import Language, speak
from dcc.protocol import version2
from dcc.protocol.frames import frame
from dcc.protocol.messages import Closing, Failed, Rejected
from dcc.reasons import OF_ENDS, OF_PAINTS, OF_QUESTIONS, Reason, Value
from dcc.wording import sentence
from tests.support.desk import Desk
from tests.support.server_process import ServerProcess
from tests.window.test_window import Strict

OTHER: dict[Language, Language] = {"es": "en", "en": "es"}


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    """Windows that are closed after the test."""
    with Desk() as desk:
        yield desk


@pytest.fixture(params=get_args(Language))
def language(request: pytest.FixtureRequest, qtbot: object) -> Iterator[Language]:
    """The window's language; the server speaks the other."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    speak(request.param)
    translate(application, request.param)
    yield request.param
    speak("en")
    translate(application, "en")


@contextmanager
def spoken_by_the_server(language: Language) -> Iterator[None]:
    """Speak the server's language within the block."""
    speak(OTHER[language])
    try:
        yield
    finally:
        speak(language)


def values_of(reason: Reason) -> dict[str, Value]:
    """Values that fit the text of a reason."""
    fields = [(name, form) for _text, name, form, _conversion in string.Formatter().parse(reason.text) if name]
    return {name: 3 if form else "7" for name, form in fields}


def wire_of(desk: Desk) -> tuple[Strict, Any]:
    """A server that says what a test tells it to, and its port."""
    server = Strict()
    return server, desk.reactor.listenTCP(0, Factory.forProtocol(lambda: server), interface="127.0.0.1")


def test_a_refused_paint_is_shown_in_the_language_of_the_window(desk: Desk, language: Language) -> None:
    server, port = wire_of(desk)
    window = desk.open(port.getHost().port)
    frames = {"en": "Not painted: {}.", "es": "No se pintó: {}."}
    for number, reason in enumerate(OF_PAINTS):
        values = values_of(reason)
        desk.click(window, number, 1)
        desk.until(lambda number=number: len(server.asked) == number + 1)
        with spoken_by_the_server(language):
            theirs = reason.tell(values)
        server.say(Rejected(server.asked[number].request, theirs, b"", code=reason.code, values=values))
        ours = frames[language].format(reason.tell(values))
        desk.until(lambda ours=ours: window.notice.text() == ours)
        assert theirs != reason.tell(values)
    port.stopListening()


def test_a_refused_question_is_shown_in_the_language_of_the_window(desk: Desk, language: Language) -> None:
    server, port = wire_of(desk)
    window = desk.open(port.getHost().port)
    for number, reason in enumerate(OF_QUESTIONS):
        values = values_of(reason)
        window._past.toggle()
        with spoken_by_the_server(language):
            theirs = reason.tell(values)
        server.say(Rejected(number, theirs, b"", code=reason.code, values=values))
        desk.until(lambda reason=reason, values=values: window.notice.text() == sentence(reason.tell(values)))
    port.stopListening()


@pytest.mark.parametrize("kind", [Closing, Failed])
def test_the_end_of_a_connection_is_told_in_the_language_of_the_window(
    desk: Desk, language: Language, kind: type[Closing] | type[Failed]
) -> None:
    said: list[bytes] = []

    class Refusing(Strict):
        """Ends each connection at once."""

        def connectionMade(self) -> None:
            assert self.transport is not None
            self.transport.write(said[0])
            self.transport.loseConnection()

    port = desk.reactor.listenTCP(0, Factory.forProtocol(Refusing), interface="127.0.0.1")
    frames = {"en": "The server says: {}. Trying again…", "es": "El servidor dice: {}. Reintentando…"}
    for reason in OF_ENDS:
        values = values_of(reason)
        with spoken_by_the_server(language):
            said[:] = [frame(version2.encode(kind(reason.tell(values), reason.code, values)))]
        window = desk.open(port.getHost().port, online=False)
        line = frames[language].format(reason.tell(values))
        desk.until(lambda window=window, line=line: window.empty.reason.text() == line)
        desk.close(window)
    port.stopListening()


def test_a_reason_that_the_window_does_not_know_is_shown_in_the_words_of_the_server(
    desk: Desk, language: Language
) -> None:
    server, port = wire_of(desk)
    window = desk.open(port.getHost().port)
    desk.click(window, 1, 1)
    desk.until(lambda: len(server.asked) == 1)
    server.say(Rejected(server.asked[0].request, "el tablero duerme", b"", code="siesta"))
    desk.until(lambda: "el tablero duerme" in window.notice.text())
    port.stopListening()


def test_a_real_server_is_understood_in_the_other_language(desk: Desk, language: Language) -> None:
    with ServerProcess("--single-client", "--store", "memory:", language=OTHER[language]) as server:
        first = desk.open(server.port)
        second = desk.open(server.port, online=False)
        full = reasons.SERVER_FULL.tell({"clientes": 1})
        desk.until(lambda: full in second.empty.reason.text())
        first._past.toggle()
        desk.until(lambda: first.notice.text() == sentence(reasons.NO_HISTORY.tell({})))
    with ServerProcess("--pixel-rate", "1", "--store", "memory:", language=OTHER[language]) as server:
        window = desk.open(server.port)
        desk.draw_line(window, (0, 0), (49, 0), (0, 49))
        too_fast = reasons.TOO_FAST.tell({"pixeles": 1})
        desk.until(lambda: too_fast in window.notice.text())


def test_a_window_without_a_server_advises_a_command_for_its_port(desk: Desk, language: Language) -> None:
    window = desk.open(9, online=False)  # "discard": nobody listens there
    desk.until(lambda: window.empty.hint.isVisible())
    here, command = window.empty.hint.text().split("\n")
    assert here == {"en": "To host a board here:", "es": "Para ofrecer aquí un tablero:"}[language]
    assert re.fullmatch(r"\S*dcc serve --port 9", command), command
