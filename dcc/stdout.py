"""Standard output. That it cannot be written, such as to a full disk, is no fault of ours."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dcc.errors import OutputError


def say(line: str) -> None:
    """Print a line.

    :raises OutputError: it cannot be.
    """
    with _faults():
        print(line)


def write(data: bytes | memoryview) -> None:
    """Write bytes, all of them.

    :raises OutputError: they cannot be.
    """
    if sys.stdout is None:
        raise OutputError("cannot write standard output: it is closed")
    rest = memoryview(data)
    with _faults():
        while rest:  # unbuffered, it may take a part
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.buffer.flush()


def flush() -> None:
    """Write what is buffered.

    :raises OutputError: it cannot be.
    """
    with _faults():
        if sys.stdout is not None:  # it is None where it was closed before the program began
            sys.stdout.flush()


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # whoever reads has read enough
        raise
    except OSError as error:
        raise OutputError(f"cannot write standard output: {error.strerror or error}") from None
