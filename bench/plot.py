"""Draws the tables of runs: ``python -m bench plot FOLDER OUT`` makes SVG files in OUT of the JSON files in FOLDER.

The same figures make the same files, byte for byte. Text stays text, so that a file is small and searchable.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from bench.table import Row

WIDTH, HEIGHT = 7.0, 4.0
"""Inches."""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Told apart by everybody: Okabe and Ito, "Color Universal Design", 2008."""
MARKERS = "osD^vPX"
WORDS = {"window": "on their way each"}
"""Longer names for columns with terse names."""
STROKES = ("-", "--", "-.")
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "drawcolorcanvas",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
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
    """A line at a target."""

    value: float
    words: str


@dataclass(frozen=True)
class Plot:
    """A column of a table against another column.

    :ivar name: of the file to draw.
    :ivar source: the name of the benchmark.
    :ivar x: a column; and its label, with the unit.
    :ivar y: the same.
    :ivar series: one or two columns; rows with equal values form a line. The last column chooses the colour, the first
        of two the stroke.
    :ivar rivals: other columns against the same x, and their labels.
    :ivar keep: a filter for the rows.
    """

    name: str
    source: str
    title: str
    x: tuple[str, str]
    y: tuple[str, str]
    series: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    rivals: tuple[tuple[str, str], ...] = ()
    log_x: bool = True
    log_y: bool = False
    keep: Callable[[Row], bool] = lambda _row: True


PLOTS = (
    Plot(
        "fanout-cost",
        "fanout",
        "Fan-out: the server's CPU for each delivered message",
        ("viewers", "viewers"),
        ("to Python", "times the bare Python loop"),
        ("wire", "paints/s"),
        (Target(1.25, "TCP, 1,000 viewers"), Target(1.35, "WebSocket, 1,000 viewers")),
        log_y=True,
    ),
    Plot(
        "fanout-latency",
        "fanout",
        "Fan-out: from a painter's write to a viewer's read",
        ("viewers", "viewers"),
        ("p99 ms", "p99 in ms"),
        ("wire", "paints/s"),
        (Target(40, "1,000 viewers, 8,000 paints/s"), Target(500, "10,000 viewers, 1,000 paints/s")),
        log_y=True,
    ),
    Plot(
        "version1",
        "version1",
        "Version 1: the server's CPU for each paint, 50 a second",
        ("clients", "published clients"),
        ("ms/paint", "ms a paint"),
        ("server",),
        log_y=True,
        keep=lambda row: bool(row["paints/s"] == 50),
    ),
    Plot(
        "ingest",
        "ingest",
        "Ingest: durable single-pixel paints",
        ("painters", "painters"),
        ("paints/s", "paints a second"),
        ("window",),
        log_y=True,
        keep=lambda row: bool(row["pixels"] == 1 and row["rate"] == "full"),
    ),
    Plot(
        "start",
        "start",
        "Start: from the command to the board on the port",
        ("placements", "placements in the record"),
        ("start s", "seconds"),
        rivals=(("interpreter s", "an interpreter that only imports"),),
    ),
)
PANELS = (
    ("rss MiB", "resident set, MiB"),
    ("descriptors", "open descriptors"),
    ("clients", "clients"),
    ("p99 ms", "painters' p99, ms"),
)
"""Columns of the soak's samples, and their labels."""


def draw(folder: Path, out: Path) -> list[Path]:
    """Draw every table in a folder.

    :return: the files.
    :raises OSError: a file cannot be read or written.
    """
    out.mkdir(parents=True, exist_ok=True)
    drawn = []
    with matplotlib.rc_context(STYLE):
        for plot in PLOTS:
            rows = [row for row in _rows(folder, plot.source) if plot.x[0] in row and plot.y[0] in row]
            if rows := list(filter(plot.keep, rows)):
                drawn.append(_save(_lines(plot, rows), out / f"{plot.name}.svg"))
        if rows := _rows(folder, "joins"):
            drawn.append(_save(_joins(rows), out / "joins.svg"))
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
    colours, strokes = (
        list(dict.fromkeys(row[column] for column in columns for row in rows))
        for columns in (plot.series[-1:], plot.series[:-1])
    )
    for name, group in groups:
        group.sort(key=lambda row: float(row[plot.x[0]]))
        number = colours.index(group[0][plot.series[-1]]) if colours else 0
        stroke = strokes.index(group[0][plot.series[0]]) if strokes else 0
        x, y = ([row[column] for row in group] for column in (plot.x[0], plot.y[0]))
        _line(axes, number, x, y, STROKES[stroke % len(STROKES)], name)
    _scale(axes, plot.log_x, plot.log_y, {row[plot.x[0]] for row in rows})
    for column, words in plot.rivals:
        rival = sorted((row[plot.x[0]], row[column]) for row in rows)
        axes.plot(*zip(*rival, strict=True), color="#666666", linestyle="--", label=words)
    for target, gap in zip(plot.targets, (1, 3), strict=False):
        label = f"to reach: {target.value:g} ({target.words})"
        axes.axhline(target.value, color="#444444", linewidth=1.1, linestyle=(0, (1, gap)), label=label)
    axes.set(xlabel=plot.x[1], ylabel=plot.y[1])
    _head(figure, plot.title)
    if len(groups) > 1 or plot.rivals:
        figure.legend(loc="outside right upper", fontsize=8)
    return figure


def _head(figure: Figure, title: str) -> None:
    figure.suptitle(title, x=0.01, ha="left", fontsize=10)


def _line(axes: Axes, number: int, x: list[float], y: list[float], stroke: str = "-", name: str = "") -> None:
    axes.plot(
        x,
        y,
        stroke,
        color=COLOURS[number % len(COLOURS)],
        marker=MARKERS[number % len(MARKERS)],
        label=name or "the server",
    )


def _groups(rows: Iterable[Row], columns: tuple[str, ...]) -> list[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        name = ", ".join(_spell(row[column], column) for column in columns if column in row)
        groups.setdefault(name, []).append(row)
    return list(groups.items())


def _spell(value: Any, column: str) -> str:
    return value if isinstance(value, str) else f"{value:,} {WORDS.get(column, column)}"


def _scale(axes: Axes, log_x: bool, log_y: bool, ticks: set[float]) -> None:
    """Make an axis logarithmic on request, with numbers as people write them; let a linear axis begin at zero."""
    if log_x and len(ticks) > 1:
        axes.set_xscale("log")
        axes.set_xticks(sorted(ticks), [_short(tick) for tick in sorted(ticks)])
        axes.minorticks_off()
    if log_y:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_ylim(bottom=0)


def _short(number: float) -> str:
    for unit, letter in ((1e6, "M"), (1e3, "k")):
        if number >= unit:
            return f"{number / unit:g}{letter}"
    return f"{number:g}"


def _growth(rows: list[Row]) -> Figure:
    """Draw the cost of each kind of work as the work doubles, as a multiple of the first cost."""
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes = figure.subplots()
    ticks = set()
    for number, (name, group) in enumerate(_groups(rows, ("what",))):
        x = [row["work"] / group[0]["work"] for row in group]
        stroke = STROKES[number // len(COLOURS) % len(STROKES)]
        _line(axes, number, x, [row["to the first"] for row in group], stroke, f"{name} ({group[0]['unit']})")
        ticks |= set(x)
    _scale(axes, True, False, ticks)
    _head(figure, "What a unit of work costs as there is more and more of it")
    axes.set(
        xlabel="times the work of the first point",
        ylabel="times the cost of the first point",
    )
    figure.legend(loc="outside lower center", ncols=2, fontsize=8)
    return figure


def _joins(rows: list[Row]) -> Figure:
    figure = Figure(figsize=(WIDTH, 0.6 + 0.55 * len(rows)), layout="constrained")
    axes = figure.subplots()
    places = range(len(rows))
    for number, (column, words) in enumerate((("all s", "the server"), ("bare s", "a bare loop with the same bytes"))):
        places_here = [place + 0.36 * number for place in places]
        axes.barh(places_here, [row[column] for row in rows], 0.34, color=COLOURS[number], label=words)
    axes.set_yticks(
        [place + 0.18 for place in places],
        [f"{row['viewers']:,} by {row['wire']}, {row['board']}" for row in rows],
    )
    axes.invert_yaxis()
    axes.axvline(rows[0]["to reach"], color="#666666", linewidth=0.9, linestyle=":")
    axes.annotate(
        f"to reach: {rows[0]['to reach']:g} s",
        (rows[0]["to reach"], 0.02),
        xycoords=("data", "axes fraction"),
        xytext=(-3, 0),
        textcoords="offset points",
        ha="right",
        color="#444444",
        fontsize=8,
    )
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("seconds until everybody has the board of 1000 x 1000")
    _head(figure, "Join storm: all connect within a second")
    figure.legend(loc="outside right upper", fontsize=8)
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
    _head(figure, "Soak: people come and go")
    return figure
