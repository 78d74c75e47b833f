"""
Measure, and print the tables with the goals met and missed.

``--save`` keeps the figures of this interpreter in ``benchmarks/results``, from which
the manual makes its page on speed.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from .groups import all_groups
from .harness import Table, measure
from .plots import draw
from .report import RESULTS, Run, as_markdown, goals_as_markdown, save

FULL = {"rounds": 61, "seconds": 0.002, "largest": 10_000}
QUICK = {"rounds": 1, "seconds": 0.0001, "largest": 100}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="only prove that it runs")
    parser.add_argument("--only", metavar="WORD", default="", help="titles with WORD")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures")
    parser.add_argument("--plots", metavar="FOLDER", type=Path, help="draw them")
    parser.add_argument("--save", action="store_true", help="keep them for the manual")
    args = parser.parse_args()
    if args.save and (args.quick or args.only):
        parser.error("--save keeps everything, measured with care")

    machine = f"{platform.system()} {platform.machine()}"
    run = Run(platform.python_version(), machine, [])
    for group in all_groups():
        if args.only.lower() in group.title.lower():
            table = measure(group, **(QUICK if args.quick else FULL))
            run.tables.append(table)
            print("\n".join(as_markdown([replace(run, tables=[table])])), flush=True)
    print("\n".join(["### Goals", "", *goals_as_markdown([run])]))
    if args.json:
        save(run, args.json)
    if args.save:
        save(run, RESULTS / f"{run.version}.json")
    if args.plots:
        draw([run], args.plots)
    elif args.quick:
        with tempfile.TemporaryDirectory() as folder:
            try_to_draw(replace(run, tables=one_of_each(run.tables)), Path(folder))


def one_of_each(tables: list[Table]) -> list[Table]:
    """One table with sizes and one with peers, which are drawn differently."""
    drawn = [table for table in tables if "Registry" in table.title]
    return list({bool(table.counting): table for table in drawn}.values())


def try_to_draw(run: Run, folder: Path) -> None:
    try:
        draw([run], folder)
    except ImportError:
        print("No plots: matplotlib is not installed.", file=sys.stderr)


if __name__ == "__main__":
    main()
