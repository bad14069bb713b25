"""Standard output, and lines of standard error. A failure to write, such as on a full disk, is the user's fault to
mend, not ours.

Names, addresses and other words from outside may hold anything, also line ends and the escapes of a terminal. Lines
with such words are made printable here, and characters that the output cannot encode are spelled out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper

from dcc.errors import OutputError
from dcc.language import _, system_reason
from dcc.wording import printable


def prepare() -> None:
    """Have standard output spell out characters that its encoding lacks, as standard error does."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Print lines of our own.

    :raises OutputError: a line cannot be written.
    """
    with _faults():
        print(text)


def say_printable(*lines: str) -> None:
    """Print lines with words from outside, such as names.

    :raises OutputError: a line cannot be written.
    """
    for line in lines:
        say(printable(line))


def complain(line: str) -> None:
    """Print a line on standard error, with words from outside or without."""
    print(printable(line), file=sys.stderr)


def write(data: bytes) -> None:
    """Write all of these bytes.

    :raises OutputError: they cannot be written.
    """
    if sys.stdout is None:
        raise OutputError(_("cannot write standard output: it is closed"))
    rest = memoryview(data)
    with _faults():
        while rest:  # an unbuffered output may take a part
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.buffer.flush()


def flush() -> None:
    """Write buffered output.

    :raises OutputError: the output cannot be written.
    """
    with _faults():
        if sys.stdout is not None:  # None if closed before the program began
            sys.stdout.flush()


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # the reader has read enough
        raise
    except OSError as error:
        raise OutputError(_("cannot write standard output: {reason}").format(reason=system_reason(error))) from None
