"""The parts of the documents that the program itself knows: ``python -m tests.support.reference FILE...`` writes them.

A generated part stands between two comments: the help of a command between ``<!-- dcc draw --help -->`` and
``<!-- end -->``, the table of reasons after ``<!-- reasons -->``, who may do what after
``<!-- actions -->`` and ``<!-- painting -->``. tests/test_documents.py fails if a part is stale.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from dcc.reasons import REASONS
from tests.support import matrix
from tests.support.server_process import DCC, PATIENCE_SECONDS

_PART = re.compile(
    r"<!-- (?P<name>dcc(?: [a-z]+){0,3} --help|reasons|actions|painting) -->\n(?P<text>.*?)<!-- end -->", re.DOTALL
)

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


def parts(document: str) -> dict[str, str]:
    """Return the generated parts of a document, by the name in the comment before them."""
    return {match["name"]: match["text"] for match in _PART.finditer(document)}


def _without_formats(text: str) -> str:
    """Leave only the names in the placeholders of a text."""
    return re.sub(r":[^{}]*\}", "}", text)


def generated(name: str) -> str:
    """Return a part as it is today."""
    if name == "reasons":
        rows = [f"| `{reason.code}` | {_without_formats(reason.text)} |\n" for reason in REASONS.values()]
        return "".join(["\n| `codigo` | text, in English |\n|---|---|\n", *rows, "\n"])
    if name in ("actions", "painting"):
        return f"\n{matrix.actions_table() if name == 'actions' else matrix.painting_table()}\n"
    return f"```text\n{help_of(name.removesuffix(' --help'))}\n```\n"


def written_anew(document: str) -> str:
    """Return a document with every generated part as it is today."""
    with ThreadPoolExecutor() as pool:  # most of the time goes into starting Python once for each command
        list(pool.map(generated, parts(document)))
    return _PART.sub(lambda match: f"<!-- {match['name']} -->\n{generated(match['name'])}<!-- end -->", document)


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_text(written_anew(path.read_text(encoding="utf-8")), encoding="utf-8")
