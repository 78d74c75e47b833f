"""What an audit finds, how a line says that it is meant, and how findings print."""

from __future__ import annotations

import ast
import json
import linecache
import re
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Each code with what it stands for, and whether it is on unless it is selected.
CODES: dict[str, tuple[str, bool]] = {
    "MP101": ("a class body binds a name twice, and the first binding is lost", True),
    "MP201": ("a class derives from a final class", True),
    "MP202": ("a class hides a final method", True),
    "MP301": ("instances share a mutable value and change it through self", True),
    "MP401": ("a hook does not call super(), and silences another base's", True),
    "MP402": ("a hook takes **kwargs and drops them: typos pass in silence", True),
    "MP403": ("a hook does not call super(): a base beside it would not run", False),
    "MP501": ("a singleton written by hand, which threads may build twice", True),
}
DEFAULT = frozenset(code for code, (_, is_on) in CODES.items() if is_on)
NOQA = re.compile(
    r"#\s*noqa(?P<codes>\s*:\s*[A-Z]+\d+(?:[\s,]+[A-Z]+\d+)*)?", re.IGNORECASE
)

#: What type checkers report too, and are told to let pass in their own way.
CHECKED = ("MP201", "MP202")
TYPE_IGNORE = re.compile(r"#\s*(type|pyright|ty|pyrefly):\s*ignore")


@dataclass(frozen=True, order=True)
class Finding:
    """
    One thing that is wrong.

    Attributes:
        file: The source file.
        line: The line in it.
        code: What kind of finding it is, one of ``CODES``.
        message: One sentence.
    """

    file: str
    line: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{shown(self.file)}:{self.line}: {self.code} {self.message}"


@dataclass(frozen=True)
class AuditReport:
    """
    The findings of an audit, in the order of files and lines.

    Attributes:
        findings: One :class:`Finding` for each thing that is wrong.
        classes: How many classes were looked at.
        not_imported: The modules that could not be imported, and why.
    """

    findings: tuple[Finding, ...]
    classes: int
    not_imported: dict[str, str] = field(default_factory=dict[str, str])

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __str__(self) -> str:
        return self.as_text()

    def as_text(self) -> str:
        """Return a line for each finding, and one that counts them."""
        return "\n".join([*map(str, self.findings), self.summary()])

    def summary(self) -> str:
        """Return what was looked at and found, as one sentence."""
        text = f"{counted(len(self), 'finding')} in {counted(self.classes, 'class')}"
        if self.not_imported:
            text += f"; {counted(len(self.not_imported), 'module')} not imported"
        return text

    def as_json(self) -> str:
        """Return one JSON object with the fields of the report."""
        return json.dumps(asdict(self), indent=2)

    def as_github(self) -> str:
        """Return the commands that make a GitHub workflow annotate the lines."""
        return "\n".join(
            f"::error file={escaped(shown(found.file), ',:')},line={found.line},"
            f"title={found.code}::{escaped(found.message)}"
            for found in self.findings
        )


def counted(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun}{'es' if noun.endswith('s') else 's'}"


def shown(file: str) -> str:
    """Return a path as seen from the working directory, if it is below that."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return file


def escaped(text: str, more: str = "") -> str:
    for letter in "%\r\n" + more:
        text = text.replace(letter, f"%{ord(letter):02X}")
    return text


def chosen(select: Iterable[str] | None, ignore: Iterable[str]) -> frozenset[str]:
    """
    Return the codes to look for.

    Raises:
        ValueError: One of the given codes, or beginnings of codes, is unknown; or
            the selection is empty, and no mistake would be found.
    """
    selected = DEFAULT if select is None else expanded(select)
    if not selected:
        raise ValueError(f"no code is selected; the codes are {', '.join(CODES)}")
    return selected - expanded(ignore)


def expanded(given: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for word in (given,) if isinstance(given, str) else given:
        codes = {code for code in CODES if word and code.startswith(word.upper())}
        if not codes:
            raise ValueError(f"unknown code {word!r}; the codes are {', '.join(CODES)}")
        found |= codes
    return frozenset(found)


def is_meant(finding: Finding) -> bool:
    """Tell whether the statement says so: ``# noqa``, or ``# noqa: MP101``."""
    lines = linecache.getlines(finding.file)
    return any(
        says_so(line, finding.code)
        for number in head_around(finding.file, finding.line)
        for line in lines[number - 1 : number]
    )


def says_so(line: str, code: str) -> bool:
    if code in CHECKED and TYPE_IGNORE.search(line):
        return True
    said = NOQA.search(line)
    if said is None or said["codes"] is None:
        return said is not None
    codes = re.findall(r"[A-Z]+\d+", said["codes"].upper())
    return any(code.startswith(it) for it in codes)


def head_around(file: str, line: int) -> range:
    """The lines of the innermost statement, or of its head, around a line."""
    heads = [head for head in statement_heads(file) if line in head]
    return max(heads, key=lambda head: head.start, default=range(line, line + 1))


@lru_cache(maxsize=4)
def statement_heads(file: str) -> list[range]:
    lines = linecache.getlines(file)
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return []
    return [
        range(part.lineno, last_of_head(part, lines) + 1)
        for part in ast.walk(tree)
        if isinstance(part, ast.stmt)
    ]


def last_of_head(statement: ast.stmt, lines: list[str]) -> int:
    body: list[ast.stmt] = getattr(statement, "body", [])
    if not body:
        return statement.end_lineno or statement.lineno
    first = body[0].lineno
    for decorator in getattr(body[0], "decorator_list", []):
        first = min(first, int(decorator.lineno))
    before = lines[first - 1].encode()[: body[0].col_offset]
    return first if before.strip() else first - 1
