"""What ``dcc doctor`` looks at. Each examination yields its findings in the order in which a person reads them."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import platform
import shutil
import socket
import sqlite3
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from packaging.requirements import Requirement
from packaging.version import Version

from dcc import __version__
from dcc.client import endpoint, script
from dcc.client.address import Address
from dcc.client.identity import Identity
from dcc.core.placements import MILLISECONDS
from dcc.errors import DccError, RecordError
from dcc.language import N_, _, ngettext, number, system_reason
from dcc.parsing import show_address, split_address
from dcc.protocol.messages import ServerMessage
from dcc.record import maintenance
from dcc.record.reader import Reader
from dcc.wording import clip

_DISTRIBUTION = "drawcolorcanvas"

_FREE_BYTES = 100_000_000
"""Room below which a disk is nearly full: some hours of busy painting."""

_OPEN_FILES = 4096
"""Limit below which a room of a few thousand viewers is turned away. Debian's default hard limit is higher."""

_CLOCK_SECONDS = 5.0
"""Most difference of two clocks that nobody minds; an answer may take some of the time."""

_DAY_SECONDS = 86_400

_CERTIFICATE_SECONDS = 14 * _DAY_SECONDS
"""Time left below which a certificate should have been renewed: usual tools renew 30 days before the end."""

_HTTPS_PORT = 443

_ANSWER_SECONDS = 15.0
_ANSWER_BYTES = 65_536

_USED_BY = {
    "client": N_("dcc draw"),
    "images": N_("dcc paint, snapshot, export, timelapse, heatmap"),
    "web": N_("dcc serve --http and --share"),
    "tls": N_("ssl: endpoints and --tls"),
    "video": N_("dcc timelapse OUT.mp4"),
    "cluster": N_("dcc serve --cluster"),
}
"""What needs each extra. Other extras are for developers."""

_LOADED = {"client": "PyQt5.QtWidgets", "images": "PIL.Image", "tls": "OpenSSL.SSL", "video": "av"}
"""Modules with libraries of the system behind them: an installed package may still fail to load."""


class Severity(Enum):
    """How bad a finding is."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    :ivar about: what was examined, for programs.
    :ivar text: for people; of a fault it says what to do.
    """

    about: str
    severity: Severity
    text: str

    def to_json(self) -> dict[str, str]:
        """Return the finding for ``--json``."""
        return {"about": self.about, "severity": self.severity.value, "text": self.text}


def _ok(about: str, text: str) -> Finding:
    return Finding(about, Severity.OK, text)


def _note(about: str, text: str) -> Finding:
    return Finding(about, Severity.NOTE, text)


def _wrong(about: str, text: str) -> Finding:
    return Finding(about, Severity.WRONG, text)


# --- packages ------------------------------------------------------------------------------------


def packages() -> Iterator[Finding]:
    """Look for missing, outdated and broken packages."""
    versions = f"dcc {__version__}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    yield _ok("versions", versions)
    try:
        requirements = [Requirement(text) for text in importlib.metadata.requires(_DISTRIBUTION) or ()]
    except importlib.metadata.PackageNotFoundError:
        yield _wrong("packages", _("dcc itself is not installed: pip install drawcolorcanvas"))
        return
    for extra in ("", *_USED_BY):
        yield from packages_of(requirements, extra)


def packages_of(requirements: list[Requirement], extra: str) -> Iterator[Finding]:
    """Look at the packages of an extra; an empty name is for those that everything needs."""
    wanted = [
        each
        for each in requirements
        if each.marker is None or (extra and each.marker.evaluate({"extra": extra}))
        if (each.marker is not None) == bool(extra)
    ]
    missing, outdated = [], []
    for each in wanted:
        try:
            version = importlib.metadata.version(each.name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(each.name)
            continue
        if not each.specifier.contains(Version(version), prereleases=True):
            outdated.append(f"{each.name} {version} ({each.specifier})")
    about = f"packages {extra}".rstrip()
    command = f"pip install --upgrade '{_DISTRIBUTION}[{extra}]'" if extra else f"pip install --upgrade {_DISTRIBUTION}"
    if outdated and not (extra and missing):  # an extra of which a part is missing is not in use
        yield _wrong(
            about, _("too old: {packages}. To update: {command}").format(packages=", ".join(outdated), command=command)
        )
    if missing:
        if not extra:
            yield _wrong(
                about,
                _("missing: {packages}. To install: {command}").format(packages=", ".join(missing), command=command),
            )
        else:
            yield _note(
                about,
                _("{uses}: not installed ({packages}). To install: {command}").format(
                    uses=_(_USED_BY[extra]), packages=", ".join(missing), command=command
                ),
            )
    elif extra in _LOADED and (reason := _why_not_loaded(_LOADED[extra])) is not None:
        yield _wrong(
            about,
            _("{uses}: installed, but cannot be loaded ({reason})").format(uses=_(_USED_BY[extra]), reason=reason),
        )
    elif not outdated and extra:
        yield _ok(about, _("{uses}: installed").format(uses=_(_USED_BY[extra])))


def _why_not_loaded(module: str) -> str | None:
    try:
        importlib.import_module(module)
    except ImportError as error:
        return str(error)
    return None


# --- this machine --------------------------------------------------------------------------------


def record(store: str) -> Iterator[Finding]:
    """Check a record from end to end, whether its file can be written, and whether its times are past."""
    path = Path(store).resolve()
    if not path.exists():
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size:
            line = _("{log} is there without {path}; move both together").format(log=log, path=path)
            yield _wrong("record", line)
        else:
            yield _note("record", _("there is no record {path} yet; dcc serve makes one").format(path=path))
        return
    try:
        found = maintenance.verify(path)
        for problem in found.problems:
            yield _wrong("record", f"{path}: {problem}")
        if not found.problems:
            placements = ngettext("{count} placement", "{count} placements", found.sequence)
            line = _("the record {path} is sound: {placements}")
            yield _ok("record", line.format(path=path, placements=placements.format(count=number(found.sequence))))
            with Reader(path) as reader:
                yield from _times(reader)
    except RecordError as error:
        yield _wrong("record", str(error))
    for place in (path, path.parent):
        if not os.access(place, os.W_OK):
            line = _("{path} cannot be written by this user; a server has to run as the user that owns the record")
            yield _note("record", line.format(path=place))


def _times(reader: Reader) -> Iterator[Finding]:
    last_ms = reader.span().last_ms
    if last_ms is not None and last_ms / MILLISECONDS > time.time() + _CLOCK_SECONDS:
        yield _wrong(
            "clock",
            _(
                "the last placement is of {time}, which is in the future: set this machine's clock (timedatectl says "
                "whether it is kept right)"
            ).format(time=time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(last_ms / MILLISECONDS))),
        )


def disk(store: str) -> Iterator[Finding]:
    """Look for room for the record, and for a backup of it."""
    path = Path(store).resolve()
    folder = next(each for each in path.parents if each.exists())
    free = shutil.disk_usage(folder).free
    size = path.stat().st_size if path.is_file() else 0
    megabytes = _("{count} MB").format(count=number(free // 1_000_000))
    if free < _FREE_BYTES:
        line = _("the disk of {folder} is nearly full, {free} are left: make room, or move the record to another disk")
        yield _wrong("disk", line.format(folder=folder, free=megabytes))
    elif free < size:
        line = _("the disk of {folder} has no room for a backup: {free} are left")
        yield _note("disk", line.format(folder=folder, free=megabytes))
    else:
        yield _ok("disk", _("the disk of {folder} has room: {free}").format(folder=folder, free=megabytes))


def open_files() -> Iterator[Finding]:
    """Look at the limit of open files, which is the limit of connections."""
    if sys.platform == "win32":
        return
    import resource

    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= _OPEN_FILES:
        most = _("no limit") if hard == resource.RLIM_INFINITY else number(hard)
        yield _ok("open files", _("open files of a process: {most}").format(most=most))
    else:
        yield _note(
            "open files",
            _(
                "a process may open {most} files, and each client is one. For more clients raise the limit "
                "(ulimit -Hn, or LimitNOFILE= of systemd)"
            ).format(most=number(hard)),
        )


# --- a server ------------------------------------------------------------------------------------


class _Visit:
    """A :class:`dcc.client.script.Work` that looks at the board once.

    :ivar line: what was seen.
    """

    line = ""

    def begin(self, script: script.Script) -> None:
        """See :class:`dcc.client.script.Work`."""
        replica = script.link.replica
        assert replica.canvas is not None  # while the board is live
        self.line = _("{width}x{height}, protocol version {version}").format(
            width=replica.canvas.width, height=replica.canvas.height, version=replica.version
        )
        script.finish()

    def message_received(self, message: ServerMessage) -> None:
        """See :class:`dcc.client.script.Work`; the first board is enough."""


def server(where: endpoint.Server, *, is_named: bool) -> Iterator[Finding]:
    """Join a board as any client does.

    :param is_named: whether the user named the server; none has to run otherwise.
    """
    visit = _Visit()
    try:
        script.run(where, visit, Identity())
    except DccError as error:
        if is_named:
            yield _wrong("server", str(error))
        else:
            yield _note("server", _("no server was looked at: {error}").format(error=error))
        return
    yield _ok("server", _("the server at {address} answers: {board}").format(address=where.address, board=visit.line))
    if where.trust is not None and isinstance(where.address, Address):
        yield _holds_until(where.address.host, _end_of_certificate(*where.address))


def _end_of_certificate(host: str, port: int) -> float:
    """Return the end of a certificate that was just verified, in seconds since 1970-01-01 UTC."""
    from cryptography import x509  # of the extra for TLS

    pem = ssl.get_server_certificate((host, port), timeout=_ANSWER_SECONDS)
    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc.timestamp()


def _holds_until(host: str, end: float) -> Finding:
    date = time.strftime("%Y-%m-%d", time.gmtime(end))
    left = end - time.time()
    if left < _CERTIFICATE_SECONDS:
        line = ngettext(
            "the certificate of {host} ends on {date}, in {days} day; renew it",
            "the certificate of {host} ends on {date}, in {days} days; renew it",
            int(left // _DAY_SECONDS),
        )
        days = number(int(left // _DAY_SECONDS))
        return _wrong("certificate", line.format(host=host, date=date, days=days))
    return _ok("certificate", _("the certificate of {host} is good until {date}").format(host=host, date=date))


# --- the page, as browsers reach it --------------------------------------------------------------


def parse_page(text: str) -> str:
    """Read the address of a page; return the address with a slash at its end.

    :raises ValueError: the text is no such address; the error is a line for the user.
    """
    try:
        parts = urlsplit(text)
        is_fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_fine = False
    if not is_fine:
        raise ValueError(_("{text}: expected an address such as https://canvas.example.org/").format(text=clip(text)))
    return parts._replace(path=parts.path.rstrip("/") + "/", query="", fragment="").geturl()


def page(url: str) -> Iterator[Finding]:
    """Ask for the page as a browser does: through the proxy, with the certificate in front."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        try:
            end = _end_of_page_certificate(parts)
        except DccError as error:
            yield _wrong("certificate", str(error))
            return
        yield _holds_until(str(parts.hostname), end)
    try:
        health = _get(url + "healthz")
    except DccError as error:
        yield _wrong("page", _("{url} cannot be reached: {error}").format(url=url, error=error))
        return
    if health.status != 200:
        text = health.text.strip() or _("status {status}").format(status=health.status)
        yield _wrong("page", f"{url}: {text}")
    else:
        yield _ok("page", _("{url} answers").format(url=url))
    yield from _clock(health.headers)
    yield from _connection(url, parts)


def _connection(url: str, parts: SplitResult) -> Iterator[Finding]:
    """Ask the server whether a browser's connection would be accepted, see "Why not" in docs/protocol.md."""
    origin = f"{parts.scheme}://{parts.netloc}"
    try:
        answer = _get(url + "ws", {"Accept": "application/json", "X-Dcc-Origin": origin})
    except DccError as error:
        yield _wrong("connection", str(error))
        return
    words: dict[str, Any] = {}
    try:
        words = dict(json.loads(answer.text))
    except (ValueError, TypeError):
        yield _wrong(
            "connection",
            _("{url} is not answered by dcc (status {status}): does the proxy pass on every path?").format(
                url=url + "ws", status=answer.status
            ),
        )
        return
    if answer.status != 200:
        yield _wrong("connection", str(words.get("error", answer.status)))
        return
    yield _ok("connection", _("browsers may connect from {origin}").format(origin=origin))
    seen = str(words.get("direccion", ""))
    host, _port = split_address(seen) or (seen, None)
    if _is_loopback(host) and not _is_loopback(str(parts.hostname)):
        line = _(
            "the server takes everybody behind the proxy for {address}: start dcc serve with --trusted-proxy {address}"
        )
        yield _wrong("visitors", line.format(address=host))
    else:
        yield _ok("visitors", _("the server sees this machine as {address}").format(address=host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _clock(headers: Any) -> Iterator[Finding]:
    """Compare the clock of the server or of its proxy with the clock here."""
    try:
        theirs = parsedate_to_datetime(headers["Date"]).timestamp()
    except (TypeError, ValueError):
        return
    ahead = time.time() - theirs
    if abs(ahead) > _CLOCK_SECONDS + 1:  # the header has whole seconds
        line = _("the clocks of this machine and of the server differ by {seconds} s; set the wrong one (timedatectl)")
        yield _wrong("clock", line.format(seconds=number(round(abs(ahead)))))
    else:
        yield _ok("clock", _("the clocks of this machine and of the server agree"))


def _end_of_page_certificate(parts: SplitResult) -> float:
    """Verify a certificate, and return its end in seconds since 1970-01-01 UTC.

    :raises DccError: there is no certificate, or none that this machine trusts.
    """
    host, port = str(parts.hostname), parts.port or _HTTPS_PORT
    try:
        with (
            socket.create_connection((host, port), timeout=_ANSWER_SECONDS) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as encrypted,
        ):
            certificate = encrypted.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        reason = error.verify_message
        raise DccError(_("the certificate of {host}: {reason}").format(host=host, reason=reason)) from None
    except OSError as error:
        line = _("{address} cannot be reached with TLS: {reason}")
        raise DccError(line.format(address=show_address(host, port), reason=_failure(error))) from None
    return ssl.cert_time_to_seconds(str(certificate["notAfter"]))


def _failure(error: OSError) -> str:
    """Say why there was no connection. OpenSSL has numbers of its own, which are not those of the system."""
    if not isinstance(error, ssl.SSLError):
        return system_reason(error)
    if error.reason == "WRONG_VERSION_NUMBER":  # OpenSSL's view of any other protocol
        return _("no TLS is spoken there; is the address http:// instead of https://?")
    return (error.reason or str(error)).replace("_", " ").lower()


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Any
    text: str


def _get(url: str, headers: dict[str, str] | None = None) -> _Answer:
    """Ask for a resource; an error status is an answer too.

    :raises DccError: there was no answer.
    """
    request = urllib.request.Request(url, headers=headers or {})
    try:
        try:
            answer = urllib.request.urlopen(request, timeout=_ANSWER_SECONDS)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return _Answer(answer.status, answer.headers, answer.read(_ANSWER_BYTES).decode(errors="replace"))
    except urllib.error.URLError as error:
        reason = error.reason
        raise DccError(_failure(reason) if isinstance(reason, OSError) else str(reason)) from None
    except OSError as error:
        raise DccError(system_reason(error)) from None
    except ValueError as error:  # an answer that is no HTTP
        raise DccError(str(error)) from None
