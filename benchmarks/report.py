"""The tables, from one run or from several, as Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .harness import FLOOR, OURS, Goal, Row, Table, Verdict, lane

RESULTS = Path(__file__).parent / "results"
EMPTY = "-"


@dataclass(frozen=True)
class Run:
    """What was measured with one interpreter."""

    python: str
    machine: str
    tables: list[Table]

    @property
    def version(self) -> str:
        return self.python.rpartition(".")[0]

    def table(self, title: str) -> Table | None:
        return next((each for each in self.tables if each.title == title), None)


def save(run: Run, file: Path) -> None:
    file.write_text(json.dumps(asdict(run), indent=1) + "\n", encoding="utf-8")


def load(file: Path) -> Run:
    found = json.loads(file.read_text(encoding="utf-8"))
    return Run(**found | {"tables": [table_of(each) for each in found["tables"]]})


def load_all() -> list[Run]:
    """Load what is kept for the manual, the oldest interpreter first."""
    runs = [load(file) for file in RESULTS.glob("*.json")]
    return sorted(runs, key=lambda run: [int(part) for part in run.version.split(".")])


def table_of(found: dict[str, Any]) -> Table:
    rows = [Row(**each) for each in found["rows"]]
    verdicts = [
        Verdict(**each | {"goal": Goal(**each["goal"])}) for each in found["verdicts"]
    ]
    return Table(**found | {"rows": rows, "verdicts": verdicts})


# -- tables -------------------------------------------------------------------


def as_markdown(
    runs: Sequence[Run], plots: Mapping[str, str] = MappingProxyType({})
) -> Iterator[str]:
    """Yield the lines of every table; `plots` has the addresses by title."""
    for title in titles(runs):
        yield from section(title, tables_of(title, runs), plots.get(title))


def goals_as_markdown(runs: Sequence[Run]) -> Iterator[str]:
    """Yield one table with all goals, beside what was measured."""
    for run in runs:
        yield f"- CPython {run.python} on {run.machine}"
    yield ""
    yield f"| operation | goal |{'|'.join(f' {run.version} ' for run in runs)}|"
    yield f"| --- | --- |{' --- |' * len(runs)}"
    for title in titles(runs):
        for goal, outcomes in goals(tables_of(title, runs)):
            cells = [outcomes.get(run.version, EMPTY) for run in runs]
            yield f"| {title} | {goal} | {' | '.join(cells)} |"


def titles(runs: Sequence[Run]) -> list[str]:
    return list(dict.fromkeys(each.title for run in runs for each in run.tables))


def tables_of(title: str, runs: Sequence[Run]) -> dict[str, Table]:
    return {
        run.version: table for run in runs if (table := run.table(title)) is not None
    }


def section(title: str, tables: dict[str, Table], plot: str | None) -> Iterator[str]:
    yield f"### {title}"
    yield ""
    counting = next(iter(tables.values())).counting
    yield from (by_size if counting else by_contender)(tables)
    yield ""
    if plot is not None:
        yield f"![{title}]({plot})"
        yield ""
    for goal, outcomes in goals(tables):
        results = ", ".join(f"{on} {outcome}" for on, outcome in outcomes.items())
        yield f"- goal: {goal}: {results}"
    for line in (*quicker(tables), *remarks(tables)):
        yield f"- {line}"
    yield ""


def by_contender(tables: dict[str, Table]) -> Iterator[str]:
    unit = next(iter(tables.values())).unit
    columns = [f"{version}, {unit} | ratio" for version in tables]
    yield f"| contender | {' | '.join(columns)} | probes |"
    yield f"| --- |{' ---: | ---: |' * len(tables)} --- |"
    names = dict.fromkeys(row.name for each in tables.values() for row in each.rows)
    for name in names:
        rows = [row_of(table, name) for table in tables.values()]
        cells = [f"{number(row)} | {times(row)}" for row in rows]
        yield f"| {titled(rows)} | {' | '.join(cells)} | {findings(rows)} |"


def by_size(tables: dict[str, Table]) -> Iterator[str]:
    first = next(iter(tables.values()))
    sizes = list(dict.fromkeys(row.size for row in first.rows))
    heads = " | ".join(f"{size:,}".replace(",", " ") for size in sizes)
    yield f"In {first.unit}, by the number of {first.counting}."
    yield ""
    yield f"| contender | Python | {heads} | last to first |"
    yield f"| --- | --- |{' ---: |' * (len(sizes) + 1)}"
    for name in dict.fromkeys(row.name for row in first.rows):
        for version, table in tables.items():
            rows = [row_of(table, name, size) for size in sizes]
            cells = " | ".join(number(row) for row in rows)
            yield f"| {titled(rows)} | {version} | {cells} | {times(rows[-1])} |"


def row_of(table: Table, name: str, size: int | None = None) -> Row | None:
    wanted = lane(name, size)
    return next((row for row in table.rows if row.lane == wanted), None)


def titled(rows: Sequence[Row | None]) -> str:
    row = next(row for row in rows if row is not None)
    return f"**{row.name}**" if row.kind == OURS else f"{row.name} ({row.kind})"


def number(row: Row | None) -> str:
    if row is None or row.figure is None:
        return EMPTY
    return f"{row.figure:.0f}" if row.figure >= 100 else f"{row.figure:.3g}"


def times(row: Row | None) -> str:
    return EMPTY if row is None or row.ratio is None else f"{row.ratio:.2f}"


def findings(rows: Sequence[Row | None]) -> str:
    """What the probes found, faults first."""
    found = [row for row in rows if row is not None]
    # Names of hooks are code: Markdown would take their underscores for emphasis.
    faults = dict.fromkeys(
        re.sub(r"`?(__\w+__)`?", r"`\1`", each) for row in found for each in row.faults
    )
    notes = dict.fromkeys(each for row in found for each in row.notes)
    return "; ".join([*(f"**{each}**" for each in faults), *notes])


# -- what stands below a table ------------------------------------------------


def goals(tables: dict[str, Table]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each goal of a group, and its outcome on each interpreter."""
    first = next(iter(tables.values()))
    for place, model in enumerate(first.verdicts):
        goal = model.goal
        outcomes = {
            version: outcome(table.verdicts[place], goal.at_most)
            for version, table in tables.items()
        }
        yield f"{goal.lane} <= {goal.at_most:.2f}x {goal.than}", outcomes


def outcome(verdict: Verdict, shown: float) -> str:
    """Tell how a goal fared; a limit that differs from the one shown is named."""
    if verdict.ratio is None:
        return "not measured"
    rival = "" if verdict.worst == verdict.goal.than else f" ({verdict.worst})"
    limit = verdict.goal.at_most
    bound = "" if limit == shown else f" of {limit:.2f}"
    return f"{verdict.ratio:.2f}{bound}{rival} {'met' if verdict.met else '**missed**'}"


def quicker(tables: dict[str, Table]) -> Iterator[str]:
    """Name who does the same work in less than the library's first door."""
    for version, table in tables.items():
        door = next((row for row in table.rows if row.kind == OURS), None)
        rivals = {row.kind for row in table.rows} - {FLOOR, OURS}
        if door is None or door.ratio is None or table.counting or not rivals:
            continue
        ahead = [
            f"{row.name} {row.ratio / door.ratio:.2f}x"
            for row in table.rows
            if row.kind != FLOOR and row is not door and not row.faults
            if row.ratio is not None and row.ratio < 0.97 * door.ratio
        ]
        if ahead:
            yield f"less than {door.name} on {version}: {', '.join(ahead)}"


def remarks(tables: dict[str, Table]) -> Iterator[str]:
    if remark := next(iter(tables.values())).remark:
        yield remark
