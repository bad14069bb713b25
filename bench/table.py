"""Results as text for people and as JSON for programs."""

from __future__ import annotations

import itertools
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def median(runs: Sequence[Row]) -> Row:
    """Merge the rows of several equal runs: the median of differing numbers, otherwise the last value."""
    row = dict(runs[-1])
    for key, value in row.items():
        if any(run[key] != value for run in runs) and isinstance(value, int | float):
            row[key] = statistics.median(run[key] for run in runs)
    return row


def text(heading: dict[str, str], title: str, rows: Sequence[Row]) -> str:
    """Return the heading, and a line for each row; the columns are the keys. Rows with other keys begin a new table."""
    lines = [f"{key}: {value}" for key, value in heading.items()]
    lines += ["", title]
    for _columns, some in itertools.groupby(rows, list):
        lines += ["", *_lines(list(some))]
    return "\n".join(lines)


def _lines(rows: Sequence[Row]) -> list[str]:
    lines = []
    columns = list(rows[0])
    cells = [columns, *([_spell(row[column]) for column in columns] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    for number, line in enumerate(cells):
        lines.append("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
        if number == 0:
            lines.append("  ".join("-" * width for width in widths))
    return lines


def save(path: Path, heading: dict[str, str], title: str, rows: Sequence[Row]) -> None:
    """Write the same as JSON."""
    path.write_text(json.dumps({"title": title, **heading, "rows": list(rows)}, indent=2) + "\n", encoding="utf-8")


def _spell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
