"""
Measure contenders against one another in one process, round by round.

Machines are noisy and differ, so a time in nanoseconds says little.  Every
round times each contender once, right after one another; a row's figure is the
median, over the rounds, of the contender's time divided by the baseline's.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Action = Callable[[], object]


@dataclass(frozen=True)
class Group:
    """Contenders for one operation; the first is the baseline, at 1.00."""

    title: str
    contenders: dict[str, Action]
    #: What design asks for: the contender, and the most it may cost.
    goals: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    contender: str
    nanoseconds: float
    ratio: float
    goal: float | None


def measure(group: Group, *, rounds: int, seconds: float) -> list[Row]:
    """Time the contenders of a group; `seconds` is for one contender's round."""
    loops = {name: loops_for(act, seconds) for name, act in group.contenders.items()}
    times: dict[str, list[float]] = {name: [] for name in group.contenders}
    for _ in range(rounds):
        for name, act in group.contenders.items():
            times[name].append(timed(act, loops[name]))
    baseline = times[next(iter(times))]
    return [
        Row(
            name,
            statistics.median(of_one) * 1e9,
            statistics.median(a / b for a, b in zip(of_one, baseline, strict=True)),
            group.goals.get(name),
        )
        for name, of_one in times.items()
    ]


def timed(act: Action, loops: int) -> float:
    """Return the seconds that one call takes, out of `loops` in a row."""
    repeat = range(loops)
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        for _ in repeat:
            act()
        return (time.perf_counter() - start) / loops
    finally:
        gc.enable()


def loops_for(act: Action, seconds: float) -> int:
    loops = 1
    while timed(act, loops) * loops < seconds:
        loops *= 2
    return loops


def as_markdown(group: Group, rows: list[Row]) -> Iterator[str]:
    yield f"### {group.title}"
    yield ""
    yield "| contender | ns | ratio | goal |"
    yield "| --- | ---: | ---: | --- |"
    for row in rows:
        goal = "" if row.goal is None else f"<= {row.goal:.2f}: {verdict(row)}"
        yield f"| {row.contender} | {row.nanoseconds:.0f} | {row.ratio:.2f} | {goal} |"
    yield ""


def verdict(row: Row) -> str:
    return "met" if row.goal is not None and row.ratio <= row.goal else "missed"
