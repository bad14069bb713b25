"""``python -m bench NAME [options]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench import (
    abuse,
    cluster,
    copies,
    fanout,
    frames,
    framing,
    growth,
    ingest,
    joins,
    machine,
    memory,
    page,
    pixelflut,
    record,
    rollback,
    rules,
    scale,
    soak,
    start,
    table,
    version1,
)
from bench.processes import BenchError, clients

BENCHMARKS = {
    "fanout": fanout,
    "version1": version1,
    "ingest": ingest,
    "record": record,
    "rollback": rollback,
    "rules": rules,
    "start": start,
    "memory": memory,
    "joins": joins,
    "growth": growth,
    "abuse": abuse,
    "copies": copies,
    "soak": soak,
    "page": page,
    "frames": frames,
    "pixelflut": pixelflut,
    "framing": framing,
    "cluster": cluster,
}


def main() -> None:
    """Run a benchmark, print its table, and write the table as text and JSON on request."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the server.")
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, module in BENCHMARKS.items():
        summary = (module.__doc__ or "").partition("\n")[0]
        sub = names.add_parser(name, help=summary.partition(": ")[2] or summary, description=module.__doc__)
        sub.add_argument("--out", type=Path, help="folder for NAME.txt and NAME.json")
        sub.add_argument("--python", action="store_true", help="clients in Python even where there is a compiler")
        module.add_options(sub)
    plot = names.add_parser(
        "plot", help="draw the tables in a folder", description="Draw the tables in a folder, as SVG."
    )
    plot.add_argument("folder", type=Path, help="with NAME.json files")
    plot.add_argument("into", type=Path, help="folder for the SVG files")
    scaling = names.add_parser("scale", help="simulate many servers", description=scale.__doc__)
    scale.add_options(scaling)
    options = parser.parse_args()
    if options.name == "plot":
        _plot(options.folder, options.into)
        return
    if options.name == "scale":
        _scale(options)
        return
    module = BENCHMARKS[options.name]
    heading = machine.heading()
    title = (module.__doc__ or "").partition("\n")[0]
    try:
        with clients(python=options.python) as processes:
            heading["clients"] = "in C" if processes.compiled else "in Python, which cost more than the server"
            rows = module.run(processes, options)
    except BenchError as error:
        sys.exit(f"bench {options.name}: {error}")
    print(table.text(heading, title, rows))
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / f"{options.name}.txt").write_text(table.text(heading, title, rows) + "\n", encoding="utf-8")
        table.save(options.out / f"{options.name}.json", heading, title, rows)


def _scale(options: argparse.Namespace) -> None:
    try:
        checked, beyond = scale.run(options)
    except BenchError as error:
        sys.exit(f"bench scale: {error}")
    except KeyError as error:
        sys.exit(f"bench scale: a table has no column {error}: measure again with this version")
    print(table.text({"seed": str(options.seed)}, "Measured and simulated", [*checked, *scale.summary(checked)]))
    print(table.text({}, "Beyond the measurements", beyond))
    outside = sum(row[""] == "outside" for row in checked)
    if outside:
        sys.exit(f"bench scale: {outside} checked figures are outside {scale.TOLERANCE:.0%}: trust nothing beyond")


def _plot(folder: Path, into: Path) -> None:
    try:
        from bench.plot import draw
    except ImportError as error:
        sys.exit(f"bench plot: {error.name} is not there: pip install 'drawcolorcanvas[web,cluster,bench]'")
    for path in draw(folder, into):
        print(path)


main()
