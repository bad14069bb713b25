"""The help of every command in docs/operations.md: ``python -m tests.support.command_reference FILE``.

The document holds each help between two comments, such as ``<!-- dcc draw --help -->`` and ``<!-- end -->``. This
program writes the blocks anew; tests/test_documents.py fails if a block is stale.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from tests.support.server_process import DCC, PATIENCE_SECONDS

_BLOCK = re.compile(r"<!-- (?P<command>dcc(?: [a-z]+)?) --help -->\n(?P<body>.*?)<!-- end -->", re.DOTALL)

_COLUMNS = 100
"""Width of the help in the document: no line wraps in a code block on a usual screen."""


@cache
def help_of(command: str) -> str:
    """Run a command such as ``dcc draw`` with ``--help``, in English."""
    ran = subprocess.run(
        [DCC, *command.split()[1:], "--help"],
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
        env=os.environ | {"DCC_LANG": "en", "LC_ALL": "en_US.UTF-8", "LANGUAGE": "", "COLUMNS": str(_COLUMNS)},
        check=True,
    )
    return "\n".join(line.rstrip() for line in ran.stdout.strip().splitlines())


def blocks(document: str) -> dict[str, str]:
    """Return the help that a document shows, by command."""
    found = _BLOCK.finditer(document)
    return {match["command"]: match["body"].removeprefix("```text\n").removesuffix("```\n") for match in found}


def written_anew(document: str) -> str:
    """Return the document with every block as the commands print it today."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(help_of, blocks(document)))
    return _BLOCK.sub(
        lambda match: f"<!-- {match['command']} --help -->\n```text\n{help_of(match['command'])}\n```\n<!-- end -->",
        document,
    )


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(written_anew(path.read_text(encoding="utf-8")), encoding="utf-8")
