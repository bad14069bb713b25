"""The log of ``dcc serve``: observers that turn the events of ``twisted.logger`` into lines.

1. The lines of the published activity are exactly as published: without a time and without a name.
2. Every other line for the operator has the time in front, and a warning has the word for a warning.
3. Events of Twisted are left out, except warnings and errors. Our own faults have their traceback.
4. In JSON each event is an object on a line of its own, see ``docs/operations.md``.
5. A line may hold the words of a peer: what would steer a terminal or a viewer is escaped.

Under ``twistd`` the same events go to the log of twistd.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal, get_args

from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent
from zope.interface import implementer

from dcc.language import _, ngettext
from dcc.server.output import Descriptor, LogFile, Output
from dcc.wording import printable, printable_json

Format = Literal["text", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)

LINK_REPEATED_AFTER_LINES = 20
"""Lines after which a terminal shows the link again: a terminal of 24 lines always has the link in sight."""

_OWN = "dcc"
"""Namespace of the console. Information from the namespaces below is Twisted's: a class of Twisted logs with the name
of our subclass, such as a line for each browser that keeps its connection and is timed out."""

_PRINTED = ("stdout", "stderr")
"""Namespaces of what code prints while the log is on."""

_YELLOW, _RED, _PLAIN = "\x1b[33m", "\x1b[31m", "\x1b[0m"

_TIME_OF_DAY, _DATE_AND_TIME = "%H:%M:%S", "%Y-%m-%d %H:%M:%S"


def concerns_operator(event: LogEvent) -> bool:
    """Whether an event is for the operator: ours, a warning, or an error."""
    level = event.get("log_level", LogLevel.info)
    if level >= LogLevel.warn or "log_failure" in event:
        return True
    name = str(event.get("log_namespace", ""))
    return level >= LogLevel.info and (name == _OWN or name in _PRINTED)


@implementer(ILogObserver)
class TextLog:
    """Writes events as lines for people."""

    def __init__(self, write: Callable[[str], object], *, is_terminal: bool = False, has_dates: bool = False) -> None:
        """
        :param is_terminal: whether warnings are coloured, and the link is repeated.
        :param has_dates: whether every line begins with date and time, as in a file.
        """
        self._write = write
        self._is_terminal = is_terminal
        self._has_colours = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._has_dates = has_dates
        self._link: str | None = None
        self._lines_since_link = 0

    def __call__(self, event: LogEvent) -> None:
        """Write an event."""
        if not concerns_operator(event):
            return
        text = self._line(event)
        if self._is_terminal:
            text += self._repeated_link(event, text)
        self._write(text)

    def _line(self, event: LogEvent) -> str:
        message, level = printable(_message(event)), event.get("log_level", LogLevel.info)
        if level >= LogLevel.error:
            message = self._coloured(_RED, _("Error:")) + " " + message
        elif level >= LogLevel.warn:
            message = self._coloured(_YELLOW, _("Warning:")) + " " + message
        if self._has_dates or not event.get("is_plain", False):
            form = _DATE_AND_TIME if self._has_dates else _TIME_OF_DAY
            message = f"{datetime.fromtimestamp(event['log_time']):{form}} {message}"
        traceback = "".join(printable(line) + "\n" for line in _traceback(event).split("\n")[:-1])
        return f"{message}\n{traceback}"

    def _coloured(self, colour: str, word: str) -> str:
        return f"{colour}{word}{_PLAIN}" if self._has_colours else word

    def _repeated_link(self, event: LogEvent, text: str) -> str:
        if event.get("event") == "page":
            self._link = text
        self._lines_since_link = 0 if self._link is text else self._lines_since_link + text.count("\n")
        if self._link is None or self._lines_since_link < LINK_REPEATED_AFTER_LINES:
            return ""
        self._lines_since_link = 0
        return self._link


@implementer(ILogObserver)
class JsonLog:
    """Writes events as JSON, an object on each line."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def __call__(self, event: LogEvent) -> None:
        """Write an event."""
        if not concerns_operator(event):
            return
        entry = {
            "time": _utc(event["log_time"]),
            "level": event.get("log_level", LogLevel.info).name,
            "event": event.get("event") or event.get("log_namespace", ""),
            "message": _message(event),
            **event.get("fields", {}),
        }
        if traceback := _traceback(event):
            entry["traceback"] = traceback
        self._write(printable_json(entry) + "\n")


def _message(event: LogEvent) -> str:
    """Return the line of an event; of a failure without words, the error."""
    message = formatEvent(event)
    failure = event.get("log_failure")
    if failure is None:
        return message
    return ": ".join(filter(None, (message, f"{failure.type.__name__}: {failure.getErrorMessage()}")))


def _traceback(event: LogEvent) -> str:
    failure = event.get("log_failure")
    return "" if failure is None else failure.getTraceback().rstrip("\n") + "\n"


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _tell_dropped_in_text(count: int) -> str:
    return (
        ngettext(
            "{count} line is missing here: the output took no more.",
            "{count} lines are missing here: the output took no more.",
            count,
        ).format(count=count)
        + "\n"
    )


def _tell_dropped_in_json(count: int) -> str:
    message = _tell_dropped_in_text(count).rstrip("\n")
    now = _utc(datetime.now().timestamp())
    entry = {"time": now, "level": "warn", "event": "lines-dropped", "message": message, "count": count}
    return printable_json(entry) + "\n"


def _tell_dropped(form: Format) -> Callable[[int], str]:
    return _tell_dropped_in_json if form == "json" else _tell_dropped_in_text


def file_log(path: Path, form: Format) -> tuple[ILogObserver, Output]:
    """Open a log file.

    :raises DccError: the file cannot be written.
    """
    output = Output(LogFile(path.absolute()), _tell_dropped(form))
    return JsonLog(output.write) if form == "json" else TextLog(output.write, has_dates=True), output


class StandardOutput:
    """Standard output of ``dcc serve``: a text stream that never blocks; nothing happens if there is none."""

    def __init__(self, form: Format) -> None:
        stream = sys.__stdout__
        self._output: Output | None = None
        self._encoding, self._is_terminal = "utf-8", False
        if stream is not None:
            self._encoding = "utf-8" if form == "json" else stream.encoding  # RFC 8259, section 8.1
            self._is_terminal = stream.isatty()
            self._output = Output(Descriptor(stream.fileno()), _tell_dropped(form), self._encoding)
        self.observer: ILogObserver = (
            JsonLog(self._put) if form == "json" else TextLog(self._put, is_terminal=self._is_terminal)
        )

    def _put(self, text: str) -> None:
        if self._output is not None:
            self._output.write(text)

    def write(self, text: str) -> None:
        """Write whole lines.

        :raises UnicodeEncodeError: the encoding of the output lacks a character.
        """
        text.encode(self._encoding)
        self._put(text)

    def flush(self) -> None:
        """Wait until everything is written, but not long."""
        if self._output is not None:
            self._output.flush()

    def isatty(self) -> bool:
        """Whether the output is a terminal."""
        return self._is_terminal
