"""nginx, HAProxy and Caddy with the files of ``deploy/``: a browser and a TCP client draw behind each, and the limits
of an address hold for each visitor.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dcc.server.listening import own_address
from tests.deploy.proxies import Caddy, HAProxy, Nginx, Proxy
from tests.support.chromium import Chromium
from tests.support.server_process import PATIENCE_SECONDS, Peer, ServerProcess
from tests.support.websocket import Connection, get, message, opening
from tests.support.wire import HELLO_1, HELLO_2, RED, paint

PROXIES = [Nginx, HAProxy, Caddy]
OF_TCP = [Nginx, HAProxy]

OWN = own_address()
"""This machine's address in its network: the limits do not count 127.0.0.1 and its neighbours."""


def serve(proxy: Proxy, *options: str) -> ServerProcess:
    """Start a server behind a proxy, as the comments in the proxy's file say."""
    words = [*proxy.server_options, *options]
    return ServerProcess(*words, language="en")


class Visitor(Connection):
    """A connection to a port from an address of this machine."""

    def __init__(self, port: int, address: str) -> None:
        self.host = f"127.0.0.1:{port}"
        self.rest = b""
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS, (address, 0))

    def upgrade(self, *headers: str) -> bytes:
        """Ask for a WebSocket.

        :return: the first line of the answer.
        """
        self.send(opening(self.host, *headers))
        return self.read_until(b"\r\n\r\n").split(b"\r\n")[0]


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    """A browser for all proxies."""
    with Chromium() as chromium:
        yield chromium


@pytest.mark.parametrize("kind", PROXIES)
def test_a_browser_and_a_tcp_client_draw_together_behind_the_proxy(kind: type[Proxy], browser: Chromium) -> None:
    with kind() as proxy, serve(proxy, "--canvas", "20x10"), Peer(proxy.port) as peer:
        peer.send(HELLO_2)
        while peer.receive()[0] != 1:
            pass
        tab = browser.open(f"http://127.0.0.1:{proxy.web_port}/")
        tab.click(3, 4)
        while (changes := peer.receive())[0] != 2:
            pass
        assert int.from_bytes(changes[9:13], "little") == 4 * 20 + 3
        peer.send(paint(1, (5 * 20 + 7, RED)))
        tab.until_board(lambda board: board.colour(7, 5) == "red")
        browser.close_tabs()
    assert browser.take_errors() == []


@pytest.mark.parametrize("kind", PROXIES)
def test_the_limit_of_an_address_holds_for_each_visitor_behind_the_proxy(kind: type[Proxy]) -> None:
    with kind() as proxy, serve(proxy, "--address-clients", "2"), ExitStack() as stack:

        def join(address: str, *headers: str) -> bytes:
            return stack.enter_context(Visitor(proxy.web_port, address)).upgrade(*headers)

        assert b" 101 " in join(OWN)
        assert b" 101 " in join(OWN)
        assert b" 503 " in join(OWN)
        assert b" 503 " in join(OWN, "X-Forwarded-For: 192.0.2.7")
        assert b" 503 " in join(OWN, "Forwarded: for=192.0.2.7")
        assert b" 101 " in join("127.0.0.3")


@pytest.mark.parametrize("kind", PROXIES)
def test_each_visitor_is_known_by_an_address_of_its_own_whatever_it_claims(kind: type[Proxy]) -> None:
    claims = ("X-Forwarded-For: 192.0.2.77", "Forwarded: for=192.0.2.77")
    with kind() as proxy, serve(proxy) as server:
        for address in ("127.0.0.2", "127.0.0.3"):
            with Visitor(proxy.web_port, address) as visitor:
                assert b" 101 " in visitor.upgrade(*claims)
                visitor.send(message(HELLO_2) + message(paint(1, (10**6, RED))))
                server.wait_for(rf"\({re.escape(address)}\b.* is refused")
        assert "192.0.2.77" not in server.output


@pytest.mark.parametrize("kind", OF_TCP)
def test_the_limit_of_an_address_holds_for_each_program_behind_the_proxy(kind: type[Proxy]) -> None:
    with kind() as proxy, serve(proxy, "--address-clients", "2"), ExitStack() as stack:

        def join(address: str) -> dict[str, object]:
            peer = stack.enter_context(Peer(proxy.port, source=address))
            peer.send(HELLO_1)
            answer: dict[str, object] = json.loads(peer.receive())
            return answer

        assert "0" in join(OWN)
        assert "0" in join(OWN)
        assert join(OWN)["codigo"] == "direccion-llena"
        assert "0" in join("127.0.0.3")


@pytest.mark.parametrize("kind", PROXIES)
def test_the_proxy_keeps_the_metrics_and_large_requests_to_itself(kind: type[Proxy]) -> None:
    with kind() as proxy, serve(proxy):
        assert get(proxy.web_port, "/healthz")[0] == 200
        assert get(proxy.web_port, "/metrics")[0] == 403
        assert get(proxy.server_web_port, "/metrics")[0] == 200


@pytest.mark.parametrize("kind", PROXIES)
def test_a_viewer_comes_back_by_itself_after_a_new_start_of_the_server(
    kind: type[Proxy], browser: Chromium, tmp_path: Path
) -> None:
    record = ("--store", str(tmp_path / "record.sqlite3"))
    with kind() as proxy:
        with serve(proxy, *record):
            tab = browser.open(f"http://127.0.0.1:{proxy.web_port}/")
        with serve(proxy, *record), Peer(proxy.port) as peer:
            peer.send(HELLO_2)
            peer.send(paint(1, (5, RED)))
            tab.until_board(lambda board: board.colour(5, 0) == "red")
            browser.close_tabs()
    browser.take_errors()  # such as the proxy's 502 in between
