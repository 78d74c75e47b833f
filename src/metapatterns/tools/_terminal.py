"""What a terminal gets beyond plain text: colour, and a bar while it waits."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import TextIO

    from ._audit._audit import Progress
    from ._audit._findings import AuditReport

BOLD, RED, PLAIN = "\033[1m", "\033[31m", "\033[0m"


def takes_colour(stream: TextIO) -> bool:
    """Tell whether a stream is a terminal whose user has nothing against colour."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and stream.isatty()


def coloured(report: AuditReport) -> str:
    """Return an audit's text with the places bold and the codes red."""
    lines: list[str] = []
    for line, found in zip(str(report).splitlines(), report, strict=False):
        place, _, message = line.partition(f" {found.code} ")
        lines.append(f"{BOLD}{place}{PLAIN} {RED}{found.code}{PLAIN} {message}")
    return "\n".join([*lines, report.summary()])


@contextmanager
def progress_on(stream: TextIO) -> Generator[Progress | None]:
    """Draw a bar on a terminal, if there is the library that does it."""
    if not stream.isatty():
        yield None
        return
    try:
        from rich.console import Console
        from rich.progress import Progress as Bar
    except ImportError:
        yield None
        return
    with Bar(console=Console(file=stream), transient=True) as bar:
        task = bar.add_task("", total=None)

        def step(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=name)

        yield step
