"""Standard output. A failure to write, such as on a full disk, is the user's fault to mend, not ours."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dcc.errors import OutputError
from dcc.language import _, system_reason


def say(line: str) -> None:
    """Print a line.

    :raises OutputError: the line cannot be written.
    """
    with _faults():
        print(line)


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
