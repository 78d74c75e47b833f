"""
Measure contenders against one another in one process, round by round.

Machines are noisy and differ, so a time in nanoseconds says little.  Every
round takes one sample of each contender, right after one another and in an order
that changes; a ratio is the median, over the rounds, of the ratio of two samples
of one round.  What runs in one thread is measured in CPU time, which leaves out
what the machine gives to other programs; a sample is the shortest of several runs.
"""

from __future__ import annotations

import gc
import random
import statistics
import textwrap
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

#: Where there is no clock for a thread, wall time has to do.
cpu_time = getattr(time, "thread_time", time.perf_counter)
#: Other programs take caches from a run, and time where no clock leaves that out: of
#: several short runs, the shortest had most of the machine.
TRIES = 5 if hasattr(time, "thread_time") else 10

FLOOR, TUTORIAL, BY_HAND, OURS, PEER, PEER_IN_C = KINDS = (
    "floor",
    "tutorial",
    "by hand",
    "metapatterns",
    "peer",
    "peer in C",
)

Sample = Callable[[], float]
#: Told how many seconds a sample may take, returns what takes one.
Work = Callable[[float], Sample]


class Fault(str):
    """What a probe found and the goals cannot accept: a row with it is not a rival."""

    __slots__ = ()


@dataclass(frozen=True)
class Contender:
    name: str
    kind: str
    #: Makes what is measured, for a size if the group has sizes.  Imports what it
    #: needs, so that a peer may be missing.
    make: Callable[..., Any]


@dataclass(frozen=True)
class Goal:
    """The most that a lane may cost in another; a kind stands for each lane of it."""

    lane: str
    at_most: float
    than: str


@dataclass(frozen=True)
class Group:
    """One operation, and who does it; the first contender is the baseline."""

    title: str
    contenders: Sequence[Contender]
    #: What to repeat, given what a contender made.
    work: Callable[[Any], Work]
    #: What the result lacks, given what a contender made; the floor is not asked.
    probe: Callable[[Any], Iterable[str]] = lambda made: ()
    goals: Sequence[Goal] = ()
    unit: str = "ns"
    #: Each contender is measured at each size, against itself at the first.
    sizes: Sequence[int] = ()
    counting: str = ""
    #: The most rounds that make sense, where a sample takes long or never varies.
    rounds: int = 1000
    #: Why the figures are what they are, for the manual.
    remark: str = ""


@dataclass(frozen=True)
class Row:
    name: str
    kind: str
    size: int | None = None
    figure: float | None = None
    ratio: float | None = None
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def lane(self) -> str:
        return lane(self.name, self.size)


@dataclass(frozen=True)
class Verdict:
    goal: Goal
    #: None where one of the two was not measured.
    ratio: float | None
    #: Which of a kind the ratio is of, or to: the worst.
    worst: str

    @property
    def met(self) -> bool | None:
        return None if self.ratio is None else self.ratio <= self.goal.at_most


@dataclass(frozen=True)
class Table:
    title: str
    unit: str
    counting: str
    remark: str
    rows: list[Row]
    verdicts: list[Verdict]


def lane(name: str, size: int | None) -> str:
    return name if size is None else f"{name} @ {size}"


# -- what is repeated ---------------------------------------------------------


def repeated(statement: str, /, unrolled: int = 10, **names: Any) -> Work:
    """
    Time a statement in loops that have code objects of their own.

    CPython specialises each instruction for the classes that it meets, so contenders
    that share code would spoil each other's figures.  The statement stands there
    several times, which makes the loop itself cheap.  There are several such loops,
    since one may lie in an unlucky place.
    """
    body = textwrap.indent(f"{statement}\n" * unrolled, " " * 8)
    source = f"def run(loops, {', '.join(names)}):\n    for _ in loops:\n{body}"

    def written() -> Callable[..., None]:
        namespace: dict[str, Any] = {}
        exec(source, namespace)
        run: Callable[..., None] = namespace["run"]
        return run

    def once(run: Callable[..., None], loops: int) -> float:
        start = cpu_time()
        run(range(loops), **names)
        return float(cpu_time() - start)

    def ready(seconds: float) -> Sample:
        runs = [written() for _ in range(TRIES)]
        loops = 1
        while min(once(run, loops) for run in runs) < seconds / TRIES:
            loops *= 2
        return lambda: min(once(run, loops) for run in runs) * 1e9 / (loops * unrolled)

    return ready


def shortest(run: Sample) -> float:
    return min(run() for _ in range(TRIES))


def reported(sample: Sample) -> Work:
    """Let what is measured report the figure itself."""
    return lambda seconds: sample


# -- rounds -------------------------------------------------------------------


def measure(group: Group, *, rounds: int, seconds: float, largest: int) -> Table:
    """Measure a group; `seconds` is for one sample, `largest` bounds the sizes."""
    sizes = [size for size in group.sizes if size <= largest] or [None]
    rows: list[Row] = []
    samples: dict[str, Sample] = {}
    for size in sizes:
        for contender in group.contenders:
            row, sample = opened(group, contender, size, seconds)
            rows.append(row)
            if sample is not None:
                samples[row.lane] = sample
    figures = run_rounds(samples, min(rounds, group.rounds))
    baseline = group.contenders[0].name
    closed = [
        close(row, figures, lane(row.name, sizes[0]) if group.sizes else baseline)
        for row in rows
    ]
    verdicts = [judge(goal, closed, figures) for goal in group.goals]
    return Table(
        group.title, group.unit, group.counting, group.remark, closed, verdicts
    )


def opened(
    group: Group, contender: Contender, size: int | None, seconds: float
) -> tuple[Row, Sample | None]:
    """Make and probe a contender; a peer that fails is a row that says so."""
    row = Row(contender.name, contender.kind, size)
    try:
        made = contender.make() if size is None else contender.make(size)
        found = [] if contender.kind == FLOOR else list(group.probe(made))
        sample = group.work(made)(seconds)
    except ImportError:
        return replace(row, faults=["not installed"]), None
    except Exception as error:
        if contender.kind not in (PEER, PEER_IN_C):
            raise
        return replace(row, faults=[f"fails: {error}"]), None
    faults = [str(note) for note in found if isinstance(note, Fault)]
    notes = [note for note in found if not isinstance(note, Fault)]
    return replace(row, faults=faults, notes=notes), sample


def run_rounds(samples: dict[str, Sample], rounds: int) -> dict[str, list[float]]:
    figures: dict[str, list[float]] = {name: [] for name in samples}
    order = list(samples)
    shuffle = random.Random(0).shuffle
    gc.collect()
    gc.freeze()  # collecting between samples looks at their garbage only
    try:
        for _ in range(rounds):
            shuffle(order)
            for name in order:
                gc.collect()
                gc.disable()
                figures[name].append(samples[name]())
                gc.enable()
    finally:
        gc.enable()
        gc.unfreeze()
    return figures


def close(row: Row, figures: dict[str, list[float]], baseline: str) -> Row:
    if row.lane not in figures:
        return row
    figure = statistics.median(figures[row.lane])
    return replace(row, figure=figure, ratio=ratio(figures, row.lane, baseline))


def ratio(figures: dict[str, list[float]], one: str, other: str) -> float | None:
    if one not in figures or other not in figures:
        return None
    pairs = zip(figures[one], figures[other], strict=True)
    return statistics.median(a / b for a, b in pairs)


def judge(goal: Goal, rows: list[Row], figures: dict[str, list[float]]) -> Verdict:
    """Take the worst ratio that a goal speaks of."""

    def lanes(name: str) -> list[str]:
        if name not in KINDS:
            return [name]
        return [row.lane for row in rows if row.kind == name and not row.faults]

    found = [
        (cost, one if goal.lane in KINDS else other)
        for one in lanes(goal.lane)
        for other in lanes(goal.than)
        if (cost := ratio(figures, one, other)) is not None
    ]
    return Verdict(goal, *max(found, default=(None, goal.than)))
