"""The page in a frame of another site, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support.chromium import Chromium
from tests.support.server_process import WebServer


class School(BaseHTTPRequestHandler):
    """Answers with a page that shows another page."""

    framed = ""

    def do_GET(self) -> None:
        """Answer."""
        body = f'<!doctype html><title>School</title><iframe src="{self.framed}" width=900 height=600></iframe>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def school() -> Iterator[str]:
    """A site of another origin."""
    site = ThreadingHTTPServer(("127.0.0.1", 0), School)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{site.server_port}"
    site.shutdown()
    site.server_close()


def test_a_page_is_shown_in_the_frame_of_an_embedding_site_and_of_no_other(chromium: Chromium, school: str) -> None:
    with WebServer("--embed", school) as open_server, WebServer() as closed_server:
        for server, is_shown in ((open_server, True), (closed_server, False)):
            School.framed = server.url
            chromium.open(school, online=False)
            driver = chromium.driver
            driver.switch_to.frame(0)
            names = driver.execute_script("return [...document.querySelectorAll('canvas')].length")
            assert (driver.execute_script("return document.URL") == server.url, names > 0) == (is_shown, is_shown)
            driver.switch_to.default_content()
    chromium.close_tabs()
    [complaint] = chromium.take_errors()
    assert "frame-ancestors 'none'" in complaint
