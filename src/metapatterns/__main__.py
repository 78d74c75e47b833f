"""The command: ``python -m metapatterns``."""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import (
    ExitStack,
    contextmanager,
    redirect_stderr,
    redirect_stdout,
    suppress,
)
from pathlib import Path
from typing import TYPE_CHECKING

from ._values import told

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from typing import NoReturn, TypeAlias

    Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


class Arguments(argparse.Namespace):
    """What a command was given, the way to refuse it, and the exit code."""

    fail: Callable[[str], NoReturn]
    code: int = 0


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
    add_explain(commands)
    add_record(commands)
    add_audit(commands)
    parser.set_defaults(run=print_table)
    return parser


def add_explain(commands: Commands) -> None:
    explain = commands.add_parser(
        "explain",
        help="say which metaclass comes from where, and what solves a conflict",
        description="Say of classes and metaclasses which metaclass each of them brings"
        " and from where, which hooks run in which order and hand on to the next, and"
        " whether one class can have them all as bases. If not: why, and the shortest"
        " line that solves it. The exit code is 0 whatever the answer is, and 2 if a"
        " target is not found.",
        epilog="example: %(prog)s abc:ABC enum:Enum",
        allow_abbrev=False,
    )
    explain.add_argument(
        "targets", nargs="+", metavar="module:Class", help="a class or a metaclass"
    )
    explain.add_argument(
        "--format",
        choices=("text", "json", "mermaid"),
        default="text",
        help="text (the default), JSON, or a Mermaid drawing of the metaclasses",
    )
    explain.set_defaults(run=run_explain, fail=explain.error)


def add_record(commands: Commands) -> None:
    record = commands.add_parser(
        "record",
        help="print what really happens while a module's classes are created",
        description="Import a module, and print as a tree what ran while its classes"
        " were created: __prepare__, the body, every __new__, __set_name__,"
        " __init_subclass__, __init__ and the decorators; who defined it, on which"
        " class, in which order and how long it took.",
        epilog="example: %(prog)s --filter Colour my_package.colours",
        allow_abbrev=False,
    )
    record.add_argument("module", help="the module; it must not be imported already")
    record.add_argument(
        "--filter", metavar="CLASS", help="show this class instead, wherever it is"
    )
    record.set_defaults(run=run_record, fail=record.error)


def add_audit(commands: Commands) -> None:
    from .tools._audit._findings import CODES

    codes = [
        f"  {code}  {sentence}{'' if is_on else ' (only if selected)'}"
        for code, (sentence, is_on) in CODES.items()
    ]
    audit = commands.add_parser(
        "audit",
        help="report mistakes in the classes of a package",
        description="Import modules, and packages with everything below them, while\n"
        "class creation is watched, and report what is wrong with their classes.\n"
        "Exit code 1: there are findings. 2: a module cannot be imported.\n"
        "A finding is left out where its line ends in '# noqa: CODE' or '# noqa'.",
        epilog="\n".join(["codes:", *codes, "", "example: %(prog)s --ignore MP3 json"]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    audit.add_argument("modules", nargs="+", metavar="module", help="module or package")
    audit.add_argument(
        "--select", metavar="CODES", help="these codes, or beginnings of them, only"
    )
    audit.add_argument("--ignore", metavar="CODES", default="", help="all but these")
    audit.add_argument(
        "--format",
        choices=("text", "json", "github"),
        default="text",
        help="text (the default), JSON, or annotations in a GitHub workflow",
    )
    audit.set_defaults(run=run_audit, fail=audit.error)


def folder(output: str | None) -> Path:
    """Return the folder to write to, made if need be."""
    if output is None:
        return Path(tempfile.mkdtemp(prefix="metapatterns-"))
    if not output:
        raise ValueError("the name is empty")
    path = Path(output)
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def open_streams() -> Generator[None]:
    """Put something that can be written to in the place of streams that are closed."""
    with ExitStack() as stack:
        nowhere = stack.enter_context(
            Path(os.devnull).open("w", errors="backslashreplace")
        )
        if sys.stdout is None:
            stack.enter_context(redirect_stdout(nowhere))
        if sys.stderr is None:
            stack.enter_context(redirect_stderr(nowhere))
        yield


@contextmanager
def apart() -> Generator[None]:
    """Keep what modules print out of the answer; what they ask, nobody answers."""
    before = sys.stdin
    with redirect_stdout(sys.stderr), Path(os.devnull).open() as nothing:
        sys.stdin = nothing
        try:
            yield
        finally:
            sys.stdin = before


def print_table(arguments: Arguments) -> None:
    from ._doors import as_text

    print(as_text())


def run_demo(arguments: Arguments) -> None:
    from ._demo import CannotWriteError, run

    try:
        output = folder(arguments.output)
    except (OSError, ValueError) as error:
        arguments.fail(f"cannot write to {arguments.output!r}: {error}")
    try:
        run(output)
    except CannotWriteError as error:
        arguments.fail(str(error))


def run_explain(arguments: Arguments) -> None:
    from .tools import explain

    try:
        with apart():
            explanation = explain(*arguments.targets)
    except (ImportError, TypeError) as error:
        arguments.fail(str(error))
    if arguments.format == "json":
        import json

        print(json.dumps(explanation.to_dict(), indent=2))
    elif arguments.format == "mermaid":
        print(explanation.mermaid())
    else:
        print(explanation)


def run_record(arguments: Arguments) -> None:
    from .tools import record_class_creation
    from .tools._importing import why_not_imported

    name = arguments.module
    if name in sys.modules:
        arguments.fail(f"{name!r} is imported already, by this command itself")
    kept: str | Callable[[str], bool]
    kept = arguments.filter or (lambda cls: cls.startswith(f"{name}."))
    with apart(), record_class_creation(kept) as recording:
        why = why_not_imported(name)
    if why is not None:
        arguments.fail(f"cannot import {name!r}: {why}")
    print(recording)


def run_audit(arguments: Arguments) -> None:
    from .tools import audit
    from .tools._terminal import coloured, progress_on, takes_colour

    select = None if arguments.select is None else words(arguments.select)
    try:
        with progress_on(sys.stderr) as progress, apart():
            report = audit(
                *arguments.modules,
                select=select,
                ignore=words(arguments.ignore),
                progress=progress,
            )
    except (ImportError, ValueError) as error:
        arguments.fail(str(error))
    # Before it is printed, since the reader may stop reading.
    arguments.code = 1 if report.findings else 0
    for name, why in report.not_imported.items():
        print(f"not imported: {name}: {why}", file=sys.stderr)
    if arguments.format == "json":
        print(report.as_json())
    elif arguments.format == "github":
        if report.findings:
            print(report.as_github())
    else:
        print(coloured(report) if takes_colour(sys.stdout) else report)


def words(given: str) -> list[str]:
    return [word for word in given.replace(",", " ").split() if word]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; return the exit code."""
    with open_streams():
        return exit_code(argv)


def exit_code(argv: Sequence[str] | None) -> int:
    arguments = build_parser().parse_args(argv, namespace=Arguments())
    if (reconfigure := told(sys.stdout, "reconfigure")) is not None:
        reconfigure(errors="backslashreplace")
    try:
        arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough.  Python would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # 1 would say that there are findings
        with suppress(OSError):
            print(f"cannot write: {error}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except KeyboardInterrupt:
        return 130  # as a shell has it
    return arguments.code


if __name__ == "__main__":
    raise SystemExit(main())
