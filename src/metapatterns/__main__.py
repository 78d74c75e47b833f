"""The command: ``python -m metapatterns``."""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Reports wrong arguments in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        line = " ".join(message.split())
        self.exit(2, f"{self.prog}: error: {line}\n")


def build_parser() -> Parser:
    parser = Parser(
        prog="python -m metapatterns",
        description="Class-level patterns, each as a metaclass, a mixin and a decorator.",
        epilog="Without a command, the table of patterns is printed.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(metavar="command")
    listing = commands.add_parser(
        "list",
        help="print the patterns, their doors, stages and limits",
        description="Print the table of patterns, their doors, stages and limits.",
    )
    listing.set_defaults(run=print_table)
    demo = commands.add_parser(
        "demo",
        help="take stock of the installed distributions, with the patterns",
        description="Write an inventory of the installed distributions as CSV, JSON and"
        " SQLite, and print what the database holds. Files of an earlier run are"
        " replaced.",
        allow_abbrev=False,
    )
    demo.add_argument(
        "--output",
        metavar="FOLDER",
        help="where to write the three files (default: a new temporary folder)",
    )
    demo.set_defaults(run=run_demo, fail=demo.error)
    parser.set_defaults(run=print_table)
    return parser


def folder(output: str | None) -> Path:
    """Return the folder to write to, made if need be."""
    if output is None:
        return Path(tempfile.mkdtemp(prefix="metapatterns-"))
    if not output:
        raise ValueError("the name is empty")
    path = Path(output)
    path.mkdir(parents=True, exist_ok=True)
    return path


def print_table(arguments: argparse.Namespace) -> None:
    from ._doors import as_text

    print(as_text())


def run_demo(arguments: argparse.Namespace) -> None:
    from ._demo import CannotWriteError, run

    try:
        output = folder(arguments.output)
    except (OSError, ValueError) as error:
        arguments.fail(f"cannot write to {arguments.output!r}: {error}")
    try:
        run(output)
    except CannotWriteError as error:
        arguments.fail(str(error))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; return the exit code."""
    arguments = build_parser().parse_args(argv)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough.  Python would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
