"""What several commands share: arguments for the server, the record, times, cells, areas and scales."""

from __future__ import annotations

import os
import re
import stat
import time
import unicodedata
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from dcc import limits, parsing
from dcc.client.address import DEFAULT_ADDRESS, Invitation, parse_invitation
from dcc.client.endpoint import Server, system_trust, trust_in
from dcc.client.identity import Identity
from dcc.commands.parser import UsageError
from dcc.core.actions import LogEntry, NameMoment, Rectangle
from dcc.core.people import OPERATOR, is_key, is_name
from dcc.core.placements import LATEST_MS, MILLISECONDS
from dcc.errors import DccError, NamesError
from dcc.language import _, system_reason
from dcc.names import load_names
from dcc.record.reader import Reader
from dcc.record.store import DEFAULT_STORE, parse_store
from dcc.stdout import complain
from dcc.wording import clip

STANDARD_OUTPUT = "-"

_KEY_FILE_BYTES = 4096
"""Read bytes of a file with a key: the longest link and more."""

_Value = TypeVar("_Value")

_AGO = re.compile(r"-?([0-9]{1,9})([smhd])")
_AHEAD = re.compile(r"\+?([0-9]{1,9})([smhd])")
_ISO_TIME = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[T ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?(?:(Z|[+-]\d\d)(?::?(\d\d))?)?)?",
    re.ASCII | re.IGNORECASE,
)
_ISO_DAY = r"\d{4}-?\d\d-?\d\d"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

HERE = Invitation(DEFAULT_ADDRESS)
"""The server of a command line that names none."""

_NAMES_SHOWN = 5
"""Names in a line: a class has 40."""

_MOMENTS_SHOWN = 5
"""Named moments in an error: those of the last lessons."""


def typed(read: Callable[[str], _Value]) -> Callable[[str], _Value]:
    """Make a ``type`` for argparse of a function that refuses a text with a :class:`~dcc.errors.DccError`."""

    @wraps(read)
    def read_argument(text: str) -> _Value:
        try:
            return read(text)
        except DccError as error:
            raise ArgumentTypeError(str(error)) from None

    return read_argument


# --- the server ----------------------------------------------------------------------------------


def add_server_arguments(parser: ArgumentParser, default: Invitation | None = HERE) -> None:
    """Add ``HOST[:PORT]``, ``unix:PATH`` or a link, the last word of a command, and TLS; :func:`chosen_server` reads
    them.

    :param default: without an address on the command line.
    """
    words = _("the server; unix:PATH for a Unix socket, or a link to its page")
    parser.add_argument(
        "address",
        type=typed(parse_invitation),
        nargs="?",
        default=default,
        metavar=_("HOST[:PORT]"),
        help=words if default is None else f"{words} [{default}]",
    )
    add_tls_options(parser)


def parse_server(text: str) -> Invitation:
    """Read the address of a server that stands where another word could stand.

    :raises UsageError: the text is no address.
    """
    try:
        return parse_invitation(text)
    except DccError as error:
        raise UsageError(str(error)) from None


def add_tls_options(parser: ArgumentParser) -> None:
    """Add ``--tls`` and ``--ca``."""
    parser.add_argument("--tls", action="store_true", help=_("use TLS and verify the server's name"))
    parser.add_argument(
        "--ca",
        type=_trust_in_file,
        metavar=_("FILE"),
        help=_("use TLS, and trust the certificates in this file (PEM) instead of the system's"),
    )


def add_key_option(parser: ArgumentParser) -> None:
    """Add ``--key-file``; :func:`chosen_identity` reads it."""
    parser.add_argument(
        "--key-file",
        type=typed(read_key_file),
        metavar=_("FILE"),
        help=_("a file with your key, or with the link that you were given; keep it readable to yourself alone"),
    )


def read_key_file(path: str) -> str:
    """Read the key in a file, which holds the key alone or a link with it.

    :raises DccError: the file cannot be read, or holds no key.
    """
    try:
        with open(path, "rb") as file:
            data, mode = file.read(_KEY_FILE_BYTES), os.fstat(file.fileno()).st_mode
    except OSError as error:
        raise DccError(f"{path}: {system_reason(error)}") from None
    text = data.decode("utf-8-sig", "replace").strip()
    if not is_key(text):
        with suppress(DccError):
            text = parse_invitation(text).key
    if not is_key(text):
        raise DccError(_("{path}: neither a key nor a link with a key").format(path=path))
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO) and stat.S_ISREG(mode):
        line = _("warning: others on this machine can read the key in {path}; chmod 600 {path}")
        complain(line.format(path=path))
    return text


def chosen_identity(arguments: Namespace, name: str = "") -> Identity:
    """Return who the user is, by the key file and the link of the command line.

    :param name: that the user claims.
    :raises DccError: there are two keys.
    """
    invitation: Invitation = arguments.address
    if invitation.key and arguments.key_file:
        raise UsageError(_("both the link and --key-file have a key; leave one out"))
    return Identity(
        name,
        arguments.key_file or invitation.key,
        invitation.code,
        invitation.only_watches,
    )


def add_name_option(parser: ArgumentParser) -> None:
    """Add ``--name``, the painter's name; :attr:`Namespace.name` is empty without it."""
    parser.add_argument(
        "--name",
        type=typed(_parse_name),
        default="",
        metavar=_("NAME"),
        help=_("your name (shown when someone asks who painted a pixel), up to {most} characters").format(
            most=limits.NAME_CHARACTERS
        ),
    )


def _parse_name(text: str) -> str:
    if len(text) > limits.NAME_CHARACTERS:
        raise DccError(_("{text}: at most {most} characters").format(text=clip(text), most=limits.NAME_CHARACTERS))
    return text


def chosen_server(arguments: Namespace) -> Server:
    """Return the server that the command line names.

    :raises DccError: TLS is not installed.
    """
    invitation: Invitation = arguments.address
    trust = arguments.ca
    if (arguments.tls or invitation.needs_tls) and trust is None:
        trust = system_trust()
    return Server(invitation.address, trust)


def _trust_in_file(path: str) -> Any:
    try:
        return trust_in(Path(path).read_bytes())
    except OSError as error:
        raise ArgumentTypeError(f"{path}: {system_reason(error)}") from None
    except ValueError:
        raise ArgumentTypeError(_("{path}: no certificate in PEM form can be read").format(path=path)) from None


def parse_name(text: str) -> str:
    """Read the proven name of a person, or the name of an area or of a moment.

    :raises DccError: it may not be a name.
    """
    name = unicodedata.normalize("NFC", text)
    if not is_name(name):
        raise DccError(
            _("{text} is no name: 1 to {most} visible characters, without spaces at the ends").format(
                text=clip(text), most=limits.NAME_CHARACTERS
            )
        )
    return name


def parse_person(text: str) -> str:
    """Read the proven name of a person.

    :raises DccError: it may not be the name of a person.
    """
    name = parse_name(text)
    if name == OPERATOR:
        raise DccError(_("the name {name} belongs to the operator").format(name=name))
    return name


def read_names_file(path: str) -> list[str]:
    """Read a file of names.

    :raises DccError: see :func:`dcc.names.load_names`.
    """
    try:
        return load_names(path)
    except NamesError as error:
        raise DccError(f"{path}: {error}") from None


def listed(names: Sequence[str]) -> str:
    """Return names for a line: the first of them, if they are many."""
    return ", ".join([*map(clip, names[:_NAMES_SHOWN]), *(["…"] if len(names) > _NAMES_SHOWN else [])])


# --- the record ----------------------------------------------------------------------------------


def add_store_option(parser: ArgumentParser) -> None:
    """Add ``--store``, as ``dcc serve`` has; :attr:`Namespace.store` is the path of the record."""
    parser.add_argument(
        "--store",
        type=typed(record_path),
        default=record_path(DEFAULT_STORE),
        metavar=_("STORE"),
        help=_("the board's record: sqlite:PATH as for dcc serve, or a PATH alone [{default}]").format(
            default=DEFAULT_STORE
        ),
    )


def record_path(text: str) -> str:
    """Return the path of the record that a store keeps.

    :raises DccError: no store has such a name, or the store keeps no record.
    """
    path = parse_store(text).path
    if path is None:
        raise DccError(_("memory: keeps no record; run the server with --store sqlite:PATH"))
    return path


def when_help(number: str, default: str = "") -> str:
    """Say what :func:`parse_when` reads.

    :param number: what a number means for this option.
    :param default: what the option is if left out.
    """
    return _("{times}, or {number}").format(times=times_help(), number=number) + (f" [{default}]" if default else "")


def times_help() -> str:
    """Say what :func:`parse_time` reads."""
    return _(
        "a time such as 2026-03-14T15:09 (local, or with an offset such as +01:00), 2h for two hours ago, @NAME for a "
        "named moment"
    )


@dataclass(frozen=True)
class When:
    """A moment of a record: a placement, a time, or a named moment. One of the three is given.

    :ivar sequence: of the last placement to see.
    :ivar time_ms: milliseconds since 1970-01-01 UTC.
    :ivar name: of the moment.
    """

    sequence: int | None = None
    time_ms: int | None = None
    name: str = ""

    def find(self, reader: Reader) -> int:
        """Return the sequence of the last placement by then.

        :raises DccError: there is no placement of that number, or no moment of that name.
        """
        if self.name:
            return self._named(reader.log()).sequence
        if self.time_ms is not None:
            return reader.sequence_at(self.time_ms)
        assert self.sequence is not None
        last = reader.last_sequence()
        if self.sequence > last:
            raise DccError(
                _("there is no placement {number} yet, the last is {last}").format(number=self.sequence, last=last)
            )
        return self.sequence

    def find_ms(self, log: Iterable[LogEntry]) -> int:
        """Return the time, in milliseconds since 1970-01-01 UTC; not for a placement.

        :param log: every action of the record, read only for a named moment.
        :raises DccError: there is no moment of that name.
        """
        if self.time_ms is not None:
            return self.time_ms
        return self._named(log).time_ms

    def actions(self, reader: Reader) -> Iterator[LogEntry]:
        """Yield the actions by then: for a named moment those before its naming, otherwise those that hold for the next
        placement.

        :raises DccError: see :meth:`find`.
        """
        if self.name:
            return reader.log(until=self._named(reader.log()).number)
        sequence = self.find(reader)
        return (entry for entry in reader.log() if entry.sequence <= sequence)

    def _named(self, log: Iterable[LogEntry]) -> LogEntry:
        moments = {entry.action.name: entry for entry in log if isinstance(entry.action, NameMoment)}
        if self.name not in moments:
            known = ", ".join(f"@{name}" for name in list(moments)[-_MOMENTS_SHOWN:])
            line = _("there is no moment @{name}").format(name=self.name)
            raise DccError(line + (_("; the latest are {names}").format(names=known) if known else ""))
        return moments[self.name]


def parse_when(text: str) -> When:
    """Read the number of a placement, or what :func:`parse_time` reads.

    :raises DccError: the text is none of them.
    """
    if text.isascii() and text.isdecimal() and len(text) <= limits.DECIMAL_DIGITS:
        return When(sequence=int(text))
    return parse_time(
        text,
        _(
            "{text}: expected a time such as 2026-03-14T15:09, 2h for two hours ago, @NAME for a named moment, "
            "or the number of a placement"
        ),
    )


def parse_time(text: str, expected: str = "") -> When:
    """Read a time in ISO 8601, how long ago, or the name of a moment after ``@``.

    :param expected: the line for a text that is none of them.
    :raises DccError: the text is none of them.
    """
    if text.startswith("@") and is_name(text[1:]):
        return When(name=text[1:])
    if match := _AGO.fullmatch(text):
        ago = int(match[1]) * _SECONDS[match[2]]
        return When(time_ms=int((time.time() - ago) * MILLISECONDS))
    time_ms = _iso_ms(text)
    if time_ms is None:
        expected = expected or _(
            "{text}: expected a time such as 2026-03-14T15:09, 2h for two hours ago, or @NAME for a named moment"
        )
        raise DccError(expected.format(text=clip(text)))
    return When(time_ms=time_ms)


def parse_end(text: str) -> int:
    """Read when something ends: a time in ISO 8601, or how long from now. A day alone ends with its last moment.

    :return: milliseconds since 1970-01-01 UTC.
    :raises DccError: the text is neither, or the time is past.
    """
    now_ms = int(time.time() * MILLISECONDS)
    if match := _AHEAD.fullmatch(text):
        end_ms: int | None = now_ms + int(match[1]) * _SECONDS[match[2]] * MILLISECONDS
    elif re.fullmatch(_ISO_DAY, text, re.ASCII):
        start_ms = _iso_ms(text)
        end_ms = None if start_ms is None else start_ms + _SECONDS["d"] * MILLISECONDS
    else:
        end_ms = _iso_ms(text)
    if end_ms is None or end_ms >= LATEST_MS:
        raise DccError(
            _("{text}: expected a time such as 2026-03-14T15:09, a day such as 2026-03-14, or 2h").format(
                text=clip(text)
            )
        )
    if end_ms <= now_ms:
        raise DccError(_("{text}: this time is past").format(text=clip(text)))
    return end_ms


def _iso_ms(text: str) -> int | None:
    """Read a time in ISO 8601; None for another text."""
    try:
        moment = _parse_iso(text).astimezone(timezone.utc)
        return (moment - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError, OSError):
        return None


def _parse_iso(text: str) -> datetime:
    """Read a time in ISO 8601. ``datetime.fromisoformat`` reads other forms with each version of Python.

    :raises ValueError: the text is no time.
    """
    match = _ISO_TIME.fullmatch(text)
    if match is None:
        raise ValueError
    *day, hour, minute, second, fraction, zone, offset_minute = match.groups(default="")
    clock = ":".join(part or "00" for part in (hour, minute, second))
    if zone and zone not in "zZ":
        zone += f":{offset_minute or '00'}"
    zone = re.sub("[zZ]", "+00:00", zone)  # Python 3.10 does not know the Z
    return datetime.fromisoformat(f"{'-'.join(day)}T{clock}.{fraction[:6]:0<6}{zone}")


# --- the board -----------------------------------------------------------------------------------


def parse_area(text: str) -> Rectangle:
    """Read ``X,Y,WxH``.

    :raises DccError: the text is no part of a board.
    """
    area = parsing.parse_area(text)
    if area is None:
        raise DccError(_("{text}: expected column, row and size, such as 10,5,64x48").format(text=clip(text)))
    return Rectangle(*area)


def parse_cell(text: str) -> tuple[int, int]:
    """Read ``X,Y``, a column and a row.

    :raises DccError: the text is no cell.
    """
    cell = parsing.parse_cell(text)
    if cell is None:
        raise DccError(_("{text}: expected column and row, such as 10,5").format(text=clip(text)))
    return cell


def parse_size(text: str) -> tuple[int, int]:
    """Read ``WIDTHxHEIGHT``.

    :raises DccError: the text is no size.
    """
    size = parsing.parse_size(text)
    if size is None:
        raise DccError(_("{text}: expected WIDTHxHEIGHT, such as 200x120").format(text=clip(text)))
    return size


def number_up_to(most: int) -> Callable[[str], int]:
    """Make a ``type`` for argparse: a whole number from 1 to ``most``."""
    return number_from(1, most)


def number_from(least: int, most: int) -> Callable[[str], int]:
    """Make a ``type`` for argparse: a whole number from ``least`` to ``most``, of at most nine digits."""

    def read(text: str) -> int:
        number = parsing.whole_number(text, least, most)
        if number is None:
            raise DccError(
                _("{text}: expected a number from {least} to {most}").format(text=clip(text), least=least, most=most)
            )
        return number

    return typed(read)


# --- pictures ------------------------------------------------------------------------------------


def add_placing_options(parser: ArgumentParser) -> None:
    """Add where an image goes, how wide, and in which mixture of colours; ``at`` is None unless given."""
    parser.add_argument(
        "--at",
        type=typed(parse_cell),
        metavar="X,Y",
        help=_("column and row of the image's upper left corner [{default}]").format(default="0,0"),
    )
    parser.add_argument(
        "--width",
        type=number_up_to(limits.CANVAS_SIDE_CELLS),
        metavar="N",
        help=_("width in cells, the height in proportion [the image's own; a larger image is fitted to the board]"),
    )
    parser.add_argument(
        "--dither", action="store_true", help=_("mix the board's colours: better for photos, worse for drawings")
    )


def add_png_arguments(parser: ArgumentParser, *, is_needed: bool = True) -> None:
    """Add the file that a picture goes to, and its scale.

    :param is_needed: whether the file has to be given; :attr:`Namespace.out` is None without it.
    """
    parser.add_argument(
        "out",
        nargs=None if is_needed else "?",
        type=typed(parse_png),
        metavar=_("OUT.png"),
        help=_("the file to write; - writes to standard output"),
    )
    parser.add_argument(
        "--scale",
        type=number_up_to(limits.SAVED_SIDE_PIXELS),
        default=1,
        metavar="N",
        help=_("width of a cell in pixels [{default}]").format(default=1),
    )


def parse_png(text: str) -> str:
    """Read the path of a PNG file, or ``-``.

    :raises DccError: the name has another ending.
    """
    if text != STANDARD_OUTPUT and Path(text).suffix.lower() != ".png":
        raise DccError(_("{text}: expected a name that ends in .png, or - for standard output").format(text=clip(text)))
    return text
