"""HTTP on top of twisted.web, with the limits and headers that all answers share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IAddress, IPushProducer, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET, Request, Site
from zope.interface import implementer

from dcc import limits
from dcc.errors import DccError
from dcc.later import Later
from dcc.reasons import Reason
from dcc.server.first_words import for_browsers
from dcc.server.turns import Turns
from dcc.server.twisted_internals import acknowledged_bytes, is_plain_socket
from dcc.server.web.hosts import Host, parse_authority

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

REQUESTS_A_TURN = 8
"""Requests answered in a turn: some 2 ms."""

PIECE_BYTES = 16 * 1024
"""An answer is handed to the connection in pieces of so many bytes, and the next piece only when the last one is gone:
a thousand readers of a picture hold a piece each, and the picture once."""

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

_ABSOLUTE_TARGET = re.compile(rb"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
"""The absolute form (RFC 9112, section 3.2.2)."""

_TAG = re.compile(rb'(?:W/)?("[^"]*")')
_QUALITY_0 = re.compile(rb"q=0(?:\.0*)?")


def answer(request: Any, body: bytes, content_type: bytes = TEXT) -> int:
    """Answer a request, now or later than it was rendered.

    :return: for a resource to render.
    """
    request.setHeader(b"Content-Type", content_type)
    request.setHeader(b"Content-Length", b"%d" % len(body))
    return _send(request, body)


def _send(request: Any, body: bytes) -> int:
    if len(body) > PIECE_BYTES or request.channel.is_full:
        _Transfer(request, body).begin()
    else:
        request.write(body)
        request.finish()
    return NOT_DONE_YET


@implementer(IPushProducer)
class _Transfer:
    """An answer on its way, piece by piece. The next request of the connection waits for the end."""

    def __init__(self, request: Any, body: bytes) -> None:
        self._request: Any = request
        self._rest = memoryview(body)
        self._is_paused = request.channel.is_full

    def begin(self) -> None:
        self._request.registerProducer(self, True)
        self._send()

    def _send(self) -> None:
        while self._rest and not self._is_paused:
            piece, self._rest = self._rest[:PIECE_BYTES], self._rest[PIECE_BYTES:]
            self._request.write(bytes(piece))  # may pause
        if not self._rest and not self._is_paused:
            request, self._request = self._request, None
            request.unregisterProducer()
            request.finish()

    def pauseProducing(self) -> None:
        self._is_paused = True

    def resumeProducing(self) -> None:
        self._is_paused = False
        if self._request is not None:
            self._send()

    def stopProducing(self) -> None:
        self._request, self._rest = None, memoryview(b"")  # each refers to the other


def has_same(request: Any, tag: bytes) -> bool:
    """Name the answer by an entity tag, and tell whether the client has the same (RFC 9110, section 13.1.2).

    A proxy that packs an answer makes the tag a weak one, ``W/"…"``, which is the same here.
    """
    request.setHeader(b"ETag", tag)
    theirs = b",".join(request.requestHeaders.getRawHeaders(b"If-None-Match", ()))
    return theirs.strip() == b"*" or tag in _TAG.findall(theirs)


def answer_same(request: Any) -> int:
    """Answer that the client has the same already."""
    request.setResponseCode(HTTPStatus.NOT_MODIFIED.value)
    return _send(request, b"")


def takes_gzip(request: Any) -> bool:
    """Whether the client takes an answer that is packed (RFC 9110, section 12.5.3)."""
    for part in b",".join(request.requestHeaders.getRawHeaders(b"Accept-Encoding", ())).lower().split(b","):
        coding, *parameters = [word.strip() for word in part.split(b";")]
        if coding in (b"gzip", b"x-gzip"):
            return not any(_QUALITY_0.fullmatch(parameter) for parameter in parameters)
    return False


def refuse(request: Any, status: HTTPStatus, reason: str | DccError) -> int:
    """Answer with an error: in one line, or as JSON with the code of the reason if the client asks for JSON."""
    request.setResponseCode(status.value, status.phrase.encode())
    if isinstance(reason, DccError) and wants_json(request):
        return answer_json(request, {"error": str(reason), "codigo": reason.code, "valores": dict(reason.values)})
    return answer(request, _line(status, str(reason)))


def wants_json(request: Any) -> bool:
    """Whether the client asks for JSON by name."""
    return JSON in (request.getHeader(b"Accept") or b"")


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
    """A request whose answer has the strict headers, and does not name the server.

    :ivar named_host: the host that the request names; nothing in HTTP/1.0 without one.
    :ivar authority: the same as it stands in the request, with the port.
    """

    channel: Any
    named_host: Host | None = None
    authority: bytes | None = None

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Take a request whose target may have the absolute form, which names the host too."""
        if match := _ABSOLUTE_TARGET.fullmatch(path):
            self.authority = match[1]
            path = match[2] if match[2].startswith(b"/") else b"/" + match[2]
        super().requestReceived(command, path, version)

    def process(self) -> None:
        """Answer, now or when it is this request's turn."""
        self.channel.site.turns.take(self, self._process)

    def connectionLost(self, reason: Failure) -> None:
        """Give up the turn: the client has left."""
        self.channel.site.turns.drop(self)
        super().connectionLost(reason)

    def _process(self) -> None:
        try:
            self._find_host()
        except ValueError as error:
            refuse(self, HTTPStatus.BAD_REQUEST, str(error))
            return
        refusal = self.channel.site.refusal(self)
        if refusal is None:
            super().process()
        else:
            refuse(self, *refusal)

    def _find_host(self) -> None:
        """Find the host (RFC 9112, section 3.2).

        :raises ValueError: none is named, several are, or the name is none.
        """
        named = self.requestHeaders.getRawHeaders(b"Host", [])
        if len(named) > 1 or (not named and self.clientproto != b"HTTP/1.0"):
            raise ValueError("send one header Host")
        if self.authority is None and named:
            self.authority = named[0]
        if self.authority is not None:
            self.named_host = parse_authority(self.authority)

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
    site: StrictSite
    is_full = False
    """Whether the transport is full."""
    _was_spoken_to = False
    _refused = False
    _dropped = 0

    def connectionMade(self) -> None:
        """Begin."""
        super().connectionMade()
        self._patience = Later(self.site.clock)  # while the transport is full
        self._acknowledged: int | None = None

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget the requests."""
        self._patience.cancel()
        super().connectionLost(reason)

    def client_address(self) -> IAddress:
        """Return the address that the request being answered comes from."""
        address: IAddress = self.transport.getPeer()
        return address

    def hand_over(self) -> IAddress:
        """Let go of the connection, which is a WebSocket from now on.

        :return: the client's address.
        """
        self._patience.cancel()
        return self.client_address()

    def resetTimeout(self) -> None:
        """Do nothing: the time limit is for the whole request, not for each piece of the request."""

    def dataReceived(self, data: bytes) -> None:
        """Handle a piece of a request. After a refusal, drop what comes, and abort if too much comes."""
        if not self._was_spoken_to:
            self._was_spoken_to = True
            if not self._refused and (reason := for_browsers(data)):
                self.site.spoken_to_otherwise(reason, self.transport.getHost())
                self.refuse(HTTPStatus.BAD_REQUEST, reason.text)
        if not self._refused:
            super().dataReceived(data)
            return
        self._dropped += len(data)
        if self._dropped > HTTP_DROPPED_BYTES:
            self.transport.abortConnection()

    def rawDataReceived(self, data: bytes) -> None:
        """Handle bytes that are no lines: of a refused body, or of the requests to come."""
        if self._refused:
            return
        super().rawDataReceived(data)
        if self.is_full:
            # While a request is answered and the transport is full, Twisted reads and keeps without a limit. Twisted
            # reads again when the request is done and the transport empty.
            self.transport.pauseProducing()

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
        """Note that the transport is full. Abort unless something of the answers is received within the stall timeout,
        however little.
        """
        self.is_full = True
        self._expect_progress()
        super().pauseProducing()

    def resumeProducing(self) -> None:
        """Note that the transport is empty."""
        self.is_full = False
        self._patience.cancel()
        super().resumeProducing()

    def _expect_progress(self) -> None:
        self._acknowledged = acknowledged_bytes(self.transport)
        self._patience.set(self.site.stall_seconds, self._look_for_progress)

    def _look_for_progress(self) -> None:
        # A transport is full until the kernel has room, and the kernel may hold megabytes for a slow line.
        if acknowledged_bytes(self.transport) != self._acknowledged:
            self._expect_progress()
        else:
            self.transport.abortConnection()


class StrictSite(Site):
    """A site whose connections are of class :class:`Channel`.

    :ivar clock: of all timers.
    :ivar stall_seconds: how long a client may receive nothing while data waits.
    :ivar turns: of all requests.
    """

    noisy = False  # the console has lines of its own

    def __init__(self, root: Resource, reactor: IReactorTime, stall_seconds: float = limits.STALL_SECONDS) -> None:
        super().__init__(root, StrictRequest, timeout=HTTP_REQUEST_SECONDS, reactor=reactor)
        self.protocol: Any = Channel  # Twisted's own is a proxy that may turn into HTTP/2
        self.clock = reactor
        self.stall_seconds = stall_seconds
        self.turns = Turns(reactor, REQUESTS_A_TURN)

    def stopFactory(self) -> None:
        """Leave no timer behind."""
        super().stopFactory()
        self.turns.rest()

    def refusal(self, request: StrictRequest) -> tuple[HTTPStatus, DccError | str] | None:
        """Tell why a request is not answered, if so."""
        return None

    def spoken_to_otherwise(self, reason: Reason, here: IAddress) -> None:
        """Note that a connection does not speak HTTP."""

    def acceptableProtocols(self) -> list[bytes]:
        """Offer HTTP/1.1 alone: WebSocket needs HTTP/1.1."""
        return [b"http/1.1"]

    def log(self, request: Any) -> None:
        """Log nothing: a line for every request would fill the operator's disk."""
