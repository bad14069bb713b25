"""The port that ``make autobahn`` runs the Autobahn suite against."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from tests.long.autobahn import echo_site
from tests.support.websocket import BINARY, CLOSE, TEXT, WebSocket, frame


class EchoTests(TestCase):
    timeout = 120

    async def test_text_and_binary_messages_and_the_closing_frame_are_sent_back(self) -> None:
        port = reactor.listenTCP(0, echo_site(), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        number = port.getHost().port

        def talk() -> list[tuple[int, bytes]]:
            with WebSocket(number) as peer:
                for sent in (frame(TEXT, b"hola"), frame(BINARY, b"\x00" * 70_000), frame(CLOSE, b"\x03\xe8")):
                    peer.send(sent)
                return [peer.read_frame() for _frame in range(3)]

        self.assertEqual(await deferToThread(talk), [(TEXT, b"hola"), (BINARY, b"\x00" * 70_000), (CLOSE, b"\x03\xe8")])
