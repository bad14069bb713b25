"""Standard output, with its faults (a full disk, for example) as errors of the user and not of the program."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dcc.errors import OutputError


def say(line: str) -> None:
    """Print a line.

    :raises OutputError: the line cannot be written.
    """
    with _faults():
        print(line)


def write(data: bytes | memoryview) -> None:
    """Write bytes, all of them.

    :raises OutputError: the bytes cannot be written.
    """
    if sys.stdout is None:
        raise OutputError("cannot write standard output: it is closed")
    rest = memoryview(data)
    with _faults():
        while rest:  # unbuffered output may take a part
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
        raise OutputError(f"cannot write standard output: {error.strerror or error}") from None
