"""HTTP on top of twisted.web, with the limits and headers that all answers share."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from dcc import limits
from dcc.protocol.frames import PREFIX_BYTES
from dcc.server.twisted_internals import is_plain_socket

HTTP_REQUEST_SECONDS = 20.0
"""Longest time for a request, from its first byte or from the answer before it to the last byte, even if bytes trickle
in all the time."""

HTTP_HEADERS = 100
"""Most headers of a request: browsers send some 20, with everything that proxies add some 40."""

HTTP_HEADER_NAME_BYTES = 128
"""Longest name of a header: known headers have up to 40 bytes, and twisted.web caches the first 10,000 header names
forever."""

HTTP_DROPPED_BYTES = 1024 * 1024
"""Most bytes to read and drop after a refused request, while the sender reads the answer."""

TEXT = b"text/plain; charset=utf-8"
JSON = b"application/json"

STRICT_HEADERS = {
    # Nothing but what this server serves, no code within a page, and no page within somebody else's.
    b"Content-Security-Policy": b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    b"X-Content-Type-Options": b"nosniff",
    b"Referrer-Policy": b"no-referrer",
    b"Cache-Control": b"no-cache",
}
"""Headers of every answer that sets no other value."""

Answered = TypeVar("Answered")


def answer(request: Any, body: bytes, content_type: bytes = TEXT) -> int:
    """Answer a request, now or later than it was rendered.

    :return: for a resource to render.
    """
    request.setHeader(b"Content-Type", content_type)
    request.setHeader(b"Content-Length", b"%d" % len(body))
    request.write(body)
    request.finish()
    return NOT_DONE_YET


def refuse(request: Any, status: HTTPStatus, reason: str) -> int:
    """Answer with an error, in one line."""
    request.setResponseCode(status.value, status.phrase.encode())
    return answer(request, _line(status, reason))


def _line(status: HTTPStatus, reason: str) -> bytes:
    return f"{status.value} {status.phrase}: {reason}\n".encode()


def refusal_answer(status: HTTPStatus, reason: str) -> bytes:
    """Return the answer to a refused connection, whatever the connection asks."""
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {TEXT.decode()}\r\nConnection: close\r\n"
    return head.encode() + b"Retry-After: 10\r\n\r\n" + _line(status, reason)


def answer_json(request: Any, words: dict[str, Any]) -> int:
    """Answer with a JSON object."""
    return answer(request, json.dumps(words, indent=1).encode() + b"\n", JSON)


def answer_later(request: Any, outcome: Deferred[Answered], show: Callable[[Answered], int]) -> int:
    """Answer as soon as the outcome is there; cancel the outcome if the client leaves before."""

    def failed(failure: Failure) -> None:
        if not failure.check(CancelledError):
            request.processingFailed(failure)

    request.notifyFinish().addErrback(lambda _gone: outcome.cancel())
    outcome.addCallback(show)
    outcome.addErrback(failed)
    return NOT_DONE_YET


def number(request: Any, name: bytes, default: int | None = None) -> int:
    """Return the whole number of a query's parameter.

    :raises ValueError: the parameter is missing, given twice, or no whole number.
    """
    values = request.args.get(name, [])
    if not values and default is not None:
        return default
    if len(values) != 1 or not values[0].isdigit() or len(values[0]) > limits.DECIMAL_DIGITS:
        raise ValueError(f"{name.decode()} must be given once, as a whole number")
    return int(values[0])


class Page(Resource):
    """Answers GET and HEAD; any other method gets a line of plain text."""

    def render(self, request: IRequest) -> Any:
        """Answer, or refuse the method."""
        if request.method in (b"GET", b"HEAD"):
            return self.show(request)
        request.setHeader(b"Allow", b"GET, HEAD")
        return refuse(request, HTTPStatus.METHOD_NOT_ALLOWED, "use GET or HEAD")

    def show(self, request: Any) -> int:
        """Answer GET or HEAD."""
        return refuse(request, HTTPStatus.NOT_FOUND, "no such page")

    def getChild(self, path: bytes, request: IRequest) -> IResource:
        """Return the page for every path without a page of its own."""
        return Page()


class StrictRequest(Request):
    """A request whose answer has the strict headers, and does not name the server."""

    def write(self, data: bytes) -> None:
        """Send a piece of the answer, after its headers."""
        if not self.startedWriting:
            self.responseHeaders.removeHeader(b"Server")
            for name, value in STRICT_HEADERS.items():
                if not self.responseHeaders.hasHeader(name):
                    self.responseHeaders.setRawHeaders(name, [value])
        super().write(data)


class Channel(HTTPChannel):
    """A connection for HTTP: requests without a body, each within a time limit."""

    transport: Any  # a socket, or TLS on top of one
    maxHeaders = HTTP_HEADERS
    abortTimeout = int(limits.STALL_SECONDS)
    _was_spoken_to = False
    _refused = False
    _dropped = 0
    _full = False

    def hand_over(self) -> None:
        """Let go of the connection, which is a WebSocket from now on."""

    def resetTimeout(self) -> None:
        """Do nothing: the time limit is for the whole request, not for each piece of the request."""

    def dataReceived(self, data: bytes) -> None:
        """Handle a piece of a request. After a refusal, drop what comes, and abort if too much comes."""
        if not self._was_spoken_to:
            self._was_spoken_to = True
            if not self._refused and b"\0" in data[:PREFIX_BYTES]:  # the length of a frame
                self.refuse(HTTPStatus.BAD_REQUEST, "this port is for browsers; connect canvas clients to the TCP port")
        if not self._refused:
            super().dataReceived(data)
            return
        self._dropped += len(data)
        if self._dropped > HTTP_DROPPED_BYTES:
            self.transport.abortConnection()

    def rawDataReceived(self, data: bytes) -> None:
        """Handle bytes that are no lines: of a refused body, or of the requests to come."""
        if not self._refused:
            super().rawDataReceived(data)

    def allHeadersReceived(self) -> None:
        """Refuse a request with a body, before the first byte of the body is kept."""
        if self.length == 0:
            super().allHeadersReceived()
        elif self._command not in (b"GET", b"HEAD"):
            self.refuse(HTTPStatus.METHOD_NOT_ALLOWED, "use GET or HEAD")
        else:
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "send no body")

    def headerReceived(self, line: bytes) -> bool:
        """Refuse a header with a long name, which Twisted would cache forever."""
        if len(line.partition(b":")[0]) > HTTP_HEADER_NAME_BYTES:
            reason = f"a header's name may have {HTTP_HEADER_NAME_BYTES} bytes"
            self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, reason)
            self.setRawMode()
            return False
        return bool(super().headerReceived(line))

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuse a line that is longer than a whole request may be."""
        self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"a line may have {self.MAX_LENGTH} bytes")

    def refuse(self, status: HTTPStatus, reason: str) -> None:
        """Answer with an error before there is a request."""
        self._refused = True
        body = _line(status, reason)
        headers = STRICT_HEADERS | {
            b"Content-Type": TEXT,
            b"Content-Length": b"%d" % len(body),
            b"Connection": b"close",
        }
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers[b"Allow"] = b"GET, HEAD"
        self.writeHeaders(b"HTTP/1.1", b"%d" % status.value, status.phrase.encode(), headers.items())
        self.transport.write(body)
        if is_plain_socket(self.transport):
            # If a socket with unread input is closed, the kernel resets the connection, and the answer is lost.
            self.transport.unregisterProducer()
            self.transport.loseWriteConnection()
            self.setTimeout(limits.GOODBYE_SECONDS)
        else:
            self.loseConnection()

    def timeoutConnection(self) -> None:
        """End a connection that was too slow."""
        if self._refused:
            self.transport.abortConnection()
        else:
            super().timeoutConnection()

    def pauseProducing(self) -> None:
        """Note that the transport is full: no request is answered until the transport is empty."""
        self._full = True
        super().pauseProducing()

    def resumeProducing(self) -> None:
        """Note that the transport is empty."""
        self._full = False
        super().resumeProducing()

    def checkPersistence(self, request: Any, version: bytes) -> bool:
        """Whether another request may follow: not while the transport is full. Otherwise thousands of requests at once,
        each with a large answer, would fill the memory.
        """
        if self._full:
            request.responseHeaders.setRawHeaders(b"Connection", [b"close"])
            return False
        return bool(super().checkPersistence(request, version))


class StrictSite(Site):
    """A site whose connections are of class :class:`Channel`."""

    noisy = False  # the console has lines of its own

    def __init__(self, root: Resource, reactor: IReactorTime) -> None:
        super().__init__(root, StrictRequest, timeout=HTTP_REQUEST_SECONDS, reactor=reactor)
        self.protocol: Any = Channel  # Twisted's own is a proxy that may turn into HTTP/2

    def acceptableProtocols(self) -> list[bytes]:
        """Offer HTTP/1.1 alone: WebSocket needs HTTP/1.1."""
        return [b"http/1.1"]

    def log(self, request: Any) -> None:
        """Log nothing: a line for every request would fill the operator's disk."""
