"""``python -m benchmarks``: print the tables, and the goals met and missed."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from dataclasses import asdict
from pathlib import Path

from .groups import all_groups
from .harness import as_markdown, measure


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only prove that it runs")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--only", metavar="WORD", default="", help="titles with WORD")
    args = parser.parse_args()
    rounds, seconds = (2, 0.0005) if args.quick else (41, 0.01)

    print(f"## CPython {platform.python_version()}, {rounds} rounds\n")
    results = {}
    for group in all_groups():
        if args.only.lower() not in group.title.lower():
            continue
        rows = measure(group, rounds=rounds, seconds=seconds)
        results[group.title] = [asdict(row) for row in rows]
        print("\n".join(as_markdown(group, rows)))
    if args.json:
        found = {"python": sys.version, "groups": results}
        Path(args.json).write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
