"""Commands of moderators and owners in processes of their own, for tests: beside a server, and without one.

with ServerProcess("--store", f"sqlite:{path}") as server:
assert dcc("moderate", "freeze", store=path).lines == ["action 2: froze the board", …]
"""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.support.server_process import DCC, PATIENCE_SECONDS


class Ended(NamedTuple):
    """How a command ended.

    :ivar lines: of standard output.
    :ivar errors: of standard error.
    """

    status: int
    lines: list[str]
    errors: list[str]


def dcc(*words: str, store: Path | None = None, answer: str | None = None) -> Ended:
    """Run ``dcc`` to its end.

    :param store: the record; nothing if the words name a server.
    :param answer: what a person types at a terminal; without it there is no terminal.
    """
    command = [DCC, *words, *(["--store", str(store)] if store else [])]
    environment = os.environ | {"DCC_LANG": "en", "TZ": "UTC"}
    if answer is None:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS,
            env=environment,
        )  # fmt: skip
    else:
        ours, theirs = pty.openpty()
        try:
            os.write(ours, answer.encode())
            done = subprocess.run(
                command, stdin=theirs, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS, env=environment
            )
        finally:
            os.close(ours)
            os.close(theirs)
    assert "Traceback" not in done.stderr, done.stderr
    return Ended(done.returncode, done.stdout.splitlines(), done.stderr.splitlines())
