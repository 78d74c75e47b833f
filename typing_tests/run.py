"""
Hold every type checker to what the files of this folder expect of it.

Each line of them has one outcome in each checker.  A line without a comment is
accepted by all of them.  These comments say otherwise::

    Config(1)  # error                       every checker reports an error
    Config(1)  # error, missed by ty         every checker but ty reports one
    Config(1)  # false alarm in mypy         nothing is wrong, and mypy reports it
    assert_type(x, int)  # inexact in mypy   mypy infers another type

On a line of its own a comment speaks of the next line.  An outcome that no comment
expects fails, and so does a comment that nothing bears out.  ``# -- subject --...``
begins a section, which has its place in a table of the manual; ``Door: question`` is
what it is called there.

``python -m typing_tests.run`` checks with all of them, ``... run mypy ty`` with two,
and ``... run table`` writes the tables of the manual.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "how-to" / "type-checking.md"
FILES = sorted(HERE.glob("check_*.py"))


# -- checkers -----------------------------------------------------------------


class Checker(NamedTuple):
    title: str
    command: tuple[str, ...]
    #: Finds the file name and the line of each error in the output.
    error: str


MYPY = "mypy", "--strict", "--no-error-summary", "--cache-dir=.mypy_cache/typing"
MYPY_ERROR = r"^(.+?):(\d+): error: "

CHECKERS = {
    "mypy": Checker("mypy", (*MYPY, "--config-file="), MYPY_ERROR),
    "plugin": Checker(
        "mypy with the plugin",
        (*MYPY, f"--config-file={HERE / 'plugin.ini'}"),
        MYPY_ERROR,
    ),
    "pyright": Checker(
        "pyright",
        ("pyright", f"--project={HERE}", f"--pythonpath={sys.executable}"),
        r"^ *(.+?):(\d+):\d+ - error: ",
    ),
    "ty": Checker(
        "ty",
        ("ty", "check", "--output-format=concise", f"--python={sys.executable}"),
        r"^(.+?):(\d+):\d+: error\[",
    ),
    "pyrefly": Checker(
        "pyrefly",
        (
            "pyrefly",
            "check",
            f"--config={HERE / 'pyrefly.toml'}",
            "--output-format=min-text",
            f"--python-interpreter-path={sys.executable}",
        ),
        r"^ *ERROR (.+?):(\d+):",
    ),
}

Place = tuple[str, int]


def errors_of(checker: Checker, files: Iterable[Path]) -> dict[Place, str]:
    """Run a checker; return the first error that it reports for each line."""
    tool, *options = checker.command
    shown = subprocess.run(
        [Path(sys.executable).with_name(tool), *options, *files],
        cwd=HERE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    errors: dict[Place, str] = {}
    for line in shown.stdout.splitlines():
        if match := re.match(checker.error, line):
            place = Path(match[1]).name, int(match[2])
            errors.setdefault(place, line[match.end() :].strip())
    if shown.returncode > 1 or bool(shown.returncode) != bool(errors):
        raise SystemExit(f"{tool} failed:\n{shown.stdout}{shown.stderr}")
    return errors


# -- expectations -------------------------------------------------------------

COMMENT = re.compile(
    r"# (?P<verb>error, missed by|error|false alarm in|inexact in)(?P<names>[\w ]*)$"
)
SECTION = re.compile(r"# -- (?P<title>.+?) -*$")

MISSED = "missed"
EXACT = "exact"


class Line(NamedTuple):
    """What is expected of one line that carries a comment."""

    path: Path
    number: int
    section: str
    #: Who reports an error here.
    reporters: frozenset[str]
    #: Who is wrong here, in one way or another.
    deviants: dict[str, str]


def read(path: Path) -> Iterator[Line]:
    section = ""
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if match := SECTION.match(text):
            section = match["title"]
        if match := COMMENT.search(text):
            verb, named = match["verb"], frozenset(match["names"].split())
            if named - CHECKERS.keys() or bool(named) == (verb == "error"):
                raise SystemExit(f"{path.name}:{number}: of which checkers?")
            if verb in ("error", "error, missed by"):
                reporters, deviation = frozenset(CHECKERS) - named, MISSED
            else:
                reporters, deviation = named, verb.removesuffix(" in")
            deviants = dict.fromkeys(named, deviation)
            place = number + text.lstrip().startswith("#")
            yield Line(path, place, section, reporters, deviants)


def sections(path: Path) -> list[str]:
    matches = map(SECTION.match, path.read_text(encoding="utf-8").splitlines())
    return [match["title"] for match in matches if match]


def disagreements(name: str, errors: dict[Place, str]) -> Iterator[str]:
    """Yield a sentence for each line that a checker sees in another way."""
    expected = {
        (line.path.name, line.number)
        for path in FILES
        for line in read(path)
        if name in line.reporters
    }
    for place in sorted(expected ^ errors.keys()):
        where = f"typing_tests/{place[0]}:{place[1]}"
        if place in expected:
            yield f"{where}: {name} reports no error here"
        else:
            yield f"{where}: {name} is not expected to say: {errors[place]}"


# -- the tables of the manual -------------------------------------------------


class Row(NamedTuple):
    """What the checkers make of one section."""

    door: str
    question: str
    verdicts: list[str]


def read_rows() -> Iterator[Row]:
    for path in FILES:
        wrong: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for line in read(path):
            for name, deviation in line.deviants.items():
                wrong[line.section, name].add(deviation)
        for section in sections(path):
            door, _, question = section.partition(": ")
            is_code = " " not in door or "(" in door
            verdicts = [
                ", ".join(sorted(wrong[section, name])) or EXACT for name in CHECKERS
            ]
            yield Row(f"`{door}`" if is_code else door, question, verdicts)


def as_markdown() -> str:
    """Return two tables: a row for each section, and one for each door without any."""
    titles = [checker.title for checker in CHECKERS.values()]
    differing: list[list[str]] = []
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for door, question, verdicts in read_rows():
        if set(verdicts) == {EXACT}:
            alike[door].append(question)
        else:
            differing.append([door, question, *verdicts])
    return (
        "### Where one of them is not exact\n\n"
        + table(["Door", "What is checked", *titles], differing)
        + "\n### Where all of them are exact\n\n"
        + table(
            ["Door", "What is checked"],
            [[door, "; ".join(questions)] for door, questions in alike.items()],
        )
    )


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def page() -> str:
    """Return the page of the manual, with the tables of today."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split("<!-- typing_tests: table -->\n")
    after = rest.split("<!-- end of the table -->\n")[1]
    return (
        f"{before}<!-- typing_tests: table -->\n\n{as_markdown()}\n"
        f"<!-- end of the table -->\n{after}"
    )


def main(names: list[str]) -> int:
    if names == ["table"]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if unknown := set(names) - CHECKERS.keys():
        raise SystemExit(f"no such checker: {', '.join(sorted(unknown))}")
    failed = int(page() != PAGE.read_text(encoding="utf-8"))
    if failed:
        print(f"{PAGE.name} is out of date: python -m typing_tests.run table")
    for name in names or CHECKERS:
        problems = list(disagreements(name, errors_of(CHECKERS[name], FILES)))
        print(*problems, sep="\n", end="\n" if problems else "")
        print(f"{name}: {len(problems) or 'no'} disagreement(s)")
        failed += bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
