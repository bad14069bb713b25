"""The page's files, read from the package and held in memory."""

from __future__ import annotations

import gzip
import hashlib
import sys
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any

from dcc.server.web.channel import STRICT_HEADERS, Page, answer, answer_same, has_same, takes_gzip
from dcc.server.web.origins import Origin, spell_origin

if sys.version_info >= (3, 11):
    from importlib.resources.abc import Traversable
else:
    from importlib.abc import Traversable

CONTENT_TYPES = {
    ".css": b"text/css; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
    ".ico": b"image/x-icon",
    ".js": b"text/javascript; charset=utf-8",
    ".json": b"application/json",
    ".png": b"image/png",
    ".svg": b"image/svg+xml",
    ".webmanifest": b"application/manifest+json",
}
"""Content types by the end of a file's name; no other file is served."""

INDEX = "index.html"


def _policy(embedders: str) -> bytes:
    """Return the content security policy with those who may show the page in a frame."""
    return STRICT_HEADERS[b"Content-Security-Policy"].replace(
        b"frame-ancestors 'none'", b"frame-ancestors " + embedders.encode("ascii")
    )


FRAMED_POLICY = _policy("*")


class File(Page):
    """One file. A browser asks each time whether the file has changed, and mostly gets only a 304."""

    def __init__(self, content: bytes, content_type: bytes, policy: bytes) -> None:
        """:param policy: the content security policy."""
        super().__init__()
        self._content_type = content_type
        self._policy = policy
        self._plain = content, _tag(content)
        # Without the time, so that the same file has the same tag after a restart.
        packed = gzip.compress(content, mtime=0)
        self._packed = (packed, _tag(packed)) if len(packed) < len(content) else None

    def show(self, request: Any) -> int:
        """Answer with the file, packed if the browser takes gzip."""
        content, tag = self._plain
        if self._packed is not None:
            request.setHeader(b"Vary", b"Accept-Encoding")
            if takes_gzip(request):
                content, tag = self._packed
                request.setHeader(b"Content-Encoding", b"gzip")
        # A view without controls may stand in the pages of other sites: there is nothing that a visitor could be
        # tricked into clicking.
        is_view = request.args.get(b"view") == [b"only"]
        request.setHeader(b"Content-Security-Policy", FRAMED_POLICY if is_view else self._policy)
        if has_same(request, tag):
            request.responseHeaders.removeHeader(b"Content-Encoding")
            return answer_same(request)
        return answer(request, content, self._content_type)


def put_files(root: Page, embedders: Sequence[Origin]) -> None:
    """Put every file of the page where its name says, and the index at the root.

    :param embedders: sites that may show the page in a frame.
    """
    policy = _policy(" ".join(map(spell_origin, embedders)) or "'none'")
    for path, file in _walk(resources.files("dcc") / "page", ()):
        name = path[-1]
        content_type = CONTENT_TYPES.get(name[name.rfind(".") :])
        if content_type is not None:
            page = File(file.read_bytes(), content_type, policy)
            put(root, path, page)
            if path == (INDEX,):
                put(root, ("",), page)


def put(root: Page, path: tuple[str, ...], page: Page) -> None:
    """Put a page at a path, below folders that have no page of their own."""
    for name in path[:-1]:
        folder = root.children.get(name.encode())
        if folder is None:
            folder = Page()
            root.putChild(name.encode(), folder)
        root = folder
    root.putChild(path[-1].encode(), page)


def _walk(folder: Traversable, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, (*path, entry.name))
        else:
            yield (*path, entry.name), entry


def _tag(content: bytes) -> bytes:
    return b'"%b"' % hashlib.sha256(content).hexdigest()[:32].encode()
