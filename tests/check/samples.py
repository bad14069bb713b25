"""The samples of ``dcc check`` in docs/activity.md: ``python -m tests.check.samples`` writes them.

A sample stands between ``<!-- check server MISTAKE -->`` and ``<!-- end -->``. The tests of both sides fail if a
sample is stale.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from dcc.check.examination import Result
from dcc.check.report import Text

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "activity.md"

_SAMPLE = re.compile(
    r"<!-- check (?P<side>server|client) (?P<mistake>[\w-]+) -->\n(?P<text>.*?)<!-- end -->", re.DOTALL
)


def samples(side: str) -> dict[str, str]:
    """Return the samples of a side in the document, by mistake."""
    found = _SAMPLE.finditer(DOCUMENT.read_text(encoding="utf-8"))
    return {match["mistake"]: match["text"] for match in found if match["side"] == side}


def sample(results: Sequence[Result]) -> str:
    """Write the details of the failed checks as the document has them, with the default limits."""
    text = Text(is_coloured=False).details(results).strip()
    text = re.sub(r"for (2|3) s", lambda match: f"for {'5' if match[1] == '2' else '120'} s", text)
    text = re.sub(r'File "[^"]*"', 'File "servidor.py"', text)
    text = re.sub(r"(?m)^ *\^+\n", "", text)  # each Python marks another part of the line, or none
    return f"```text\n{text}\n```\n"


def _write() -> None:
    from tests.check import test_client, test_server

    def anew(match: re.Match[str]) -> str:
        examine = test_server.examine if match["side"] == "server" else test_client.examine
        text = sample(examine(match["mistake"]))
        return f"<!-- check {match['side']} {match['mistake']} -->\n{text}<!-- end -->"

    DOCUMENT.write_text(_SAMPLE.sub(anew, DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    _write()
