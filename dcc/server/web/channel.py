"""HTTP with our limits and headers, on top of twisted.web: what every answer has in common."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from twisted.internet import tcp
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from dcc import limits
from dcc.protocol.frames import PREFIX_BYTES

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
"""On every answer that does not say otherwise."""

Answered = TypeVar("Answered")


def answer(request: Any, body: bytes, content_type: bytes = TEXT) -> int:
    """Answer a request, now or later than it was rendered.

    :return: what a resource renders.
    """
    request.setHeader(b"Content-Type", content_type)
    request.setHeader(b"Content-Length", b"%d" % len(body))
    request.write(body)
    request.finish()
    return NOT_DONE_YET


def refuse(request: Any, status: HTTPStatus, reason: str) -> int:
    """Answer that this is not to be had, in one line."""
    request.setResponseCode(status.value, status.phrase.encode())
    return answer(request, _line(status, reason))


def _line(status: HTTPStatus, reason: str) -> bytes:
    return f"{status.value} {status.phrase}: {reason}\n".encode()


def turn_away(status: HTTPStatus, reason: str) -> bytes:
    """The answer to a connection, whatever it asks."""
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {TEXT.decode()}\r\nConnection: close\r\n"
    return head.encode() + b"Retry-After: 10\r\n\r\n" + _line(status, reason)


def answer_json(request: Any, words: dict[str, Any]) -> int:
    """Answer with a JSON object."""
    return answer(request, json.dumps(words, indent=1).encode() + b"\n", JSON)


def answer_later(request: Any, outcome: Deferred[Answered], show: Callable[[Answered], int]) -> int:
    """Answer as soon as something is there; when the peer goes before that, what it waits for is cancelled."""

    def failed(failure: Failure) -> None:
        if not failure.check(CancelledError):
            request.processingFailed(failure)

    request.notifyFinish().addErrback(lambda _gone: outcome.cancel())
    outcome.addCallback(show)
    outcome.addErrback(failed)
    return NOT_DONE_YET


def number(request: Any, name: bytes, default: int | None = None) -> int:
    """The whole number of a query's parameter.

    :raises ValueError: there is none, or not one.
    """
    values = request.args.get(name, [])
    if not values and default is not None:
        return default
    if len(values) != 1 or not values[0].isdigit() or len(values[0]) > limits.DECIMAL_DIGITS:
        raise ValueError(f"expected {name.decode()} as a whole number, once")
    return int(values[0])


class Page(Resource):
    """Answers to GET and HEAD; whatever else is asked of it gets a line of plain text."""

    def render(self, request: IRequest) -> Any:
        """Render it, where the method is one of these."""
        if request.method in (b"GET", b"HEAD"):
            return self.show(request)
        request.setHeader(b"Allow", b"GET, HEAD")
        return refuse(request, HTTPStatus.METHOD_NOT_ALLOWED, "GET and HEAD are")

    def show(self, request: Any) -> int:
        """Answer."""
        return refuse(request, HTTPStatus.NOT_FOUND, "there is nothing here")

    def getChild(self, path: bytes, request: IRequest) -> IResource:
        """Nothing, but what was put there."""
        return Page()


class StrictRequest(Request):
    """A request whose answer has what every answer says, and not who says it."""

    def write(self, data: bytes) -> None:
        """Send a piece of the answer, after its headers."""
        if not self.startedWriting:
            self.responseHeaders.removeHeader(b"Server")
            for name, value in STRICT_HEADERS.items():
                if not self.responseHeaders.hasHeader(name):
                    self.responseHeaders.setRawHeaders(name, [value])
        super().write(data)


class Channel(HTTPChannel):
    """One connection that speaks HTTP: requests without a body, each within a time."""

    transport: Any  # a socket, or TLS on top of one
    maxHeaders = limits.HTTP_HEADERS
    abortTimeout = int(limits.STALL_SECONDS)
    _was_spoken_to = False
    _refused = False
    _dropped = 0
    _full = False

    def hand_over(self) -> None:
        """The connection is a WebSocket from now on, and this channel hears no more of it."""

    def resetTimeout(self) -> None:
        """Not at every piece that trickles in: the time is for the whole request."""

    def dataReceived(self, data: bytes) -> None:
        """Take a piece of a request. After one that was refused half way nothing is, and not much is waited for."""
        if not self._was_spoken_to:
            self._was_spoken_to = True
            if not self._refused and b"\0" in data[:PREFIX_BYTES]:  # a length, of who waits for an answer to a frame
                self.refuse(HTTPStatus.BAD_REQUEST, "this port is for browsers; clients of the canvas have another one")
        if not self._refused:
            super().dataReceived(data)
            return
        self._dropped += len(data)
        if self._dropped > limits.HTTP_DROPPED_BYTES:
            self.transport.abortConnection()

    def rawDataReceived(self, data: bytes) -> None:
        """Take a piece of what is no line: of a body, which was refused, or of the requests to come."""
        if not self._refused:
            super().rawDataReceived(data)

    def allHeadersReceived(self) -> None:
        """Refuse a request with a body before the first byte of it is kept: nothing here takes one."""
        if self.length == 0:
            super().allHeadersReceived()
        elif self._command not in (b"GET", b"HEAD"):
            self.refuse(HTTPStatus.METHOD_NOT_ALLOWED, "GET and HEAD are")
        else:
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "requests here have no body")

    def headerReceived(self, line: bytes) -> bool:
        """Refuse a header whose name is none: Twisted would keep it for good."""
        if len(line.partition(b":")[0]) > limits.HTTP_HEADER_NAME_BYTES:
            self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too long")
            self.setRawMode()
            return False
        return bool(super().headerReceived(line))

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuse a line that is longer than all of a request may be."""
        self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too long")

    def refuse(self, status: HTTPStatus, reason: str) -> None:
        """Answer where there is no request yet."""
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
        if isinstance(self.transport, tcp.Connection) and not self.transport.TLS:
            # To close a socket with unread input would reset it, and the peer would lose the answer.
            self.transport.unregisterProducer()
            self.transport.loseWriteConnection()
            self.setTimeout(limits.GOODBYE_SECONDS)
        else:
            self.loseConnection()

    def timeoutConnection(self) -> None:
        """The peer was too slow."""
        if self._refused:
            self.transport.abortConnection()
        else:
            super().timeoutConnection()

    def pauseProducing(self) -> None:
        """The transport is full: requests that wait behind the one that filled it are not answered."""
        self._full = True
        super().pauseProducing()

    def resumeProducing(self) -> None:
        """The transport is empty."""
        self._full = False
        super().resumeProducing()

    def checkPersistence(self, request: Any, version: bytes) -> bool:
        """Whether there may be another request. Thousands that are sent at once, each with a large answer, would
        otherwise fill the memory.
        """
        if self._full:
            request.responseHeaders.setRawHeaders(b"Connection", [b"close"])
            return False
        return bool(super().checkPersistence(request, version))


class StrictSite(Site):
    """A site whose connections are :class:`Channel`."""

    noisy = False  # the console has lines of its own

    def __init__(self, root: Resource, reactor: IReactorTime) -> None:
        super().__init__(root, StrictRequest, timeout=limits.HTTP_REQUEST_SECONDS, reactor=reactor)
        self.protocol: Any = Channel  # Twisted's own is a proxy that may turn into HTTP/2

    def acceptableProtocols(self) -> list[bytes]:
        """HTTP/1.1 alone: WebSocket needs it."""
        return [b"http/1.1"]

    def log(self, request: Any) -> None:
        """No line for every request: whoever polls, or means harm, would fill the operator's disk."""
