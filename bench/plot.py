"""Draws the tables of runs: ``python -m bench plot FOLDER OUT`` makes SVG files in OUT of the JSON files in FOLDER.

The same figures make the same files, byte for byte. Text stays text, so that a file is small and can be searched.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from bench.table import Row

WIDTH, HEIGHT = 7.0, 4.0
"""Inches."""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Told apart by everybody: Okabe and Ito, "Color Universal Design", 2008."""
MARKERS = "osD^vPX"
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "drawcolorcanvas",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "lines.markersize": 4,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@dataclass(frozen=True)
class Target:
    """A line at what is to be reached."""

    value: float
    words: str


@dataclass(frozen=True)
class Plot:
    """One column of a table against another one.

    :ivar name: of the file that it makes.
    :ivar source: the benchmark whose table it is.
    :ivar x: a column; and what it is, with its unit.
    :ivar y: the same.
    :ivar series: columns; rows that have the same there are one line.
    :ivar keep: which rows are meant.
    """

    name: str
    source: str
    title: str
    x: tuple[str, str]
    y: tuple[str, str]
    series: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    log_x: bool = True
    log_y: bool = False
    keep: Callable[[Row], bool] = lambda _row: True


PLOTS = (
    Plot(
        "fanout-cost",
        "fanout",
        "Fan-out: CPU of the server for each delivered message, to the bare Python loop's",
        ("viewers", "viewers"),
        ("to Python", "times the bare loop"),
        ("wire", "paints/s"),
        (Target(1.25, "TCP, 1,000 viewers"), Target(1.35, "WebSocket, 1,000 viewers")),
        log_y=True,
    ),
    Plot(
        "fanout-latency",
        "fanout",
        "Fan-out: from a painter's write to a viewer's read",
        ("viewers", "viewers"),
        ("p99 ms", "p99, ms"),
        ("wire", "paints/s"),
        (Target(40, "1,000 viewers, 8,000 paints/s"), Target(500, "10,000 viewers, 1,000 paints/s")),
        log_y=True,
    ),
    Plot(
        "start",
        "start",
        "Start: from the command to the board on the port",
        ("placements", "placements in the record"),
        ("start s", "seconds"),
    ),
    Plot(
        "joins",
        "joins",
        "Join storm: until everybody has the board of 1000 x 1000",
        ("viewers", "viewers who join within a second"),
        ("all s", "seconds"),
        ("wire", "board"),
        (Target(5, "5,000 viewers"),),
    ),
)
PANELS = (
    ("rss MiB", "resident set, MiB"),
    ("descriptors", "open descriptors"),
    ("clients", "clients"),
    ("p99 ms", "painters' p99, ms"),
)
"""Of the soak: columns of its samples, and what they are."""


def draw(folder: Path, out: Path) -> list[Path]:
    """Draw every table that is there.

    :return: the files.
    :raises OSError: one cannot be read or written.
    """
    out.mkdir(parents=True, exist_ok=True)
    drawn = []
    with matplotlib.rc_context(STYLE):
        for plot in PLOTS:
            rows = [row for row in _rows(folder, plot.source) if plot.x[0] in row and plot.y[0] in row]
            if rows := list(filter(plot.keep, rows)):
                drawn.append(_save(_lines(plot, rows), out / f"{plot.name}.svg"))
        if rows := _rows(folder, "growth"):
            drawn.append(_save(_growth(rows), out / "growth.svg"))
        if (samples := folder / "soak-samples.json").exists():
            drawn.append(_save(_soak(json.loads(samples.read_text())["samples"]), out / "soak.svg"))
    return drawn


def _rows(folder: Path, source: str) -> list[Row]:
    path = folder / f"{source}.json"
    return list(json.loads(path.read_text())["rows"]) if path.exists() else []


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    return path


def _lines(plot: Plot, rows: list[Row]) -> Figure:
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes = figure.subplots()
    groups = _groups(rows, plot.series)
    for number, (name, group) in enumerate(groups):
        group.sort(key=lambda row: float(row[plot.x[0]]))
        _line(axes, number, [row[plot.x[0]] for row in group], [row[plot.y[0]] for row in group], name)
    _scale(axes, plot.log_x, plot.log_y, {row[plot.x[0]] for row in rows})
    for target in plot.targets:
        axes.axhline(target.value, color="#666666", linewidth=0.9, linestyle="--")
        axes.annotate(
            f"to reach: {target.value:g} ({target.words})",
            (0.995, target.value),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="right",
            color="#444444",
            fontsize=8,
        )
    axes.set(title=plot.title, xlabel=plot.x[1], ylabel=plot.y[1])
    if len(groups) > 1:
        figure.legend(loc="outside right upper", fontsize=8)
    return figure


def _line(axes: Axes, number: int, x: list[float], y: list[float], name: str = "") -> None:
    axes.plot(
        x, y, color=COLOURS[number % len(COLOURS)], marker=MARKERS[number % len(MARKERS)], label=name or "_unnamed"
    )


def _groups(rows: Iterable[Row], columns: tuple[str, ...]) -> list[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        name = ", ".join(_spell(row[column], column) for column in columns if column in row)
        groups.setdefault(name, []).append(row)
    return list(groups.items())


def _spell(value: Any, column: str) -> str:
    return value if isinstance(value, str) else f"{value:,} {column}"


def _scale(axes: Axes, log_x: bool, log_y: bool, ticks: set[float]) -> None:
    """Logarithmic where it is asked for, with numbers that people write; linear ones begin at nought."""
    if log_x and len(ticks) > 1:
        axes.set_xscale("log")
        axes.set_xticks(sorted(ticks), [_short(tick) for tick in sorted(ticks)])
        axes.minorticks_off()
    if log_y:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,g}"))
    else:
        axes.set_ylim(bottom=0)


def _short(number: float) -> str:
    for unit, letter in ((1e6, "M"), (1e3, "k")):
        if number >= unit:
            return f"{number / unit:g}{letter}"
    return f"{number:g}"


def _growth(rows: list[Row]) -> Figure:
    """A small plot of each thing that was measured as its work doubled."""
    groups = _groups(rows, ("what",))
    columns = 3
    lines = math.ceil(len(groups) / columns)
    figure = Figure(figsize=(WIDTH * 1.3, 2.3 * lines), layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False).flat
    for number, (axes, (name, group)) in enumerate(zip(panels, groups, strict=False)):
        _line(axes, number, [row["work"] for row in group], [row["cost"] for row in group])
        _scale(axes, True, False, {row["work"] for row in group[:: max(1, len(group) // 4)]})
        axes.set_title(name, fontsize=9)
        axes.set_xlabel(group[0]["of"], fontsize=8)
        axes.set_ylabel(group[0]["unit"], fontsize=8)
        axes.tick_params(labelsize=7)
    for axes in panels:
        axes.remove()
    return figure


def _soak(samples: list[Row]) -> Figure:
    figure = Figure(figsize=(WIDTH, 1.5 * len(PANELS)), layout="constrained")
    minutes = [sample["seconds"] / 60 for sample in samples]
    all_axes = figure.subplots(len(PANELS), 1, sharex=True)
    for number, (axes, (column, words)) in enumerate(zip(all_axes, PANELS, strict=True)):
        axes.plot(minutes, [sample[column] for sample in samples], color=COLOURS[number], linewidth=1.0)
        axes.set_ylim(bottom=0)
        axes.set_ylabel(words, fontsize=8)
    all_axes[-1].set_xlabel("minutes")
    all_axes[0].set_title("Soak: people come and go")
    return figure
