"""What the error for metaclasses that cannot meet says: who, why, what to write."""

from __future__ import annotations

from itertools import combinations

from ._classes import linearise
from ._layout import unreached
from .errors import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

COMBINE = f"{__name__.partition('.')[0]}.combine"


def obstacle(parts: tuple[type, ...]) -> str | None:
    """Say what keeps a class from deriving from all `parts`, as far as it shows."""
    order = linearise(parts)
    if order:
        if (pair := unreached(order)) is None:
            return None
        in_c, hidden = map(quoted, pair)
        return (
            f"{in_c} is written in C, ends the chain of '__new__' and has to come"
            f" before {hidden}, which would never run"
        )
    return disagreement_of(parts)


def disagreement_of(parts: tuple[type, ...]) -> str:
    """Say how parts that no order can line up disagree."""
    if (found := disagreement(parts)) is None:
        return "the orders of their bases disagree"
    one, other, first, second = map(quoted, found)
    return (
        f"their orders disagree, as {one} has {first} before {second}, and {other}"
        f" has {second} before {first}"
    )


def disagreement(parts: tuple[type, ...]) -> tuple[type, type, type, type] | None:
    """Find two parts, and two ancestors that stand in one order in each."""
    for one, other in combinations(parts, 2):
        theirs = other.__mro__
        shared = [ancestor for ancestor in one.__mro__ if ancestor in theirs]
        for first, second in combinations(shared, 2):
            if theirs.index(second) < theirs.index(first):
                return one, other, first, second
    return None


def refusal(
    parts: tuple[type, ...],
    pair: tuple[type, ...],
    reason: str,
    sources: tuple[type, ...],
) -> str:
    """Say who brought which of `parts`, why `pair` cannot meet, and what to write."""
    brought = [f"{quoted(part)} ({bringer(part, sources)})" for part in parts]
    neither = "neither derives from the other and " if len(pair) == 2 else ""
    return (
        f"no metaclass can derive from all of {listed(brought)}:"
        f" {listed(map(quoted, pair))} cannot meet, since {neither}{reason};"
        f" {way_out(pair, sources)}"
    )


def bringer(part: type, sources: Iterable[type]) -> str:
    source = source_of(part, sources)
    if source is None:
        return "asked for as it is"
    kin = [base for base in source.__mro__ if type(base) is type(source)]
    if kin[-1] is source:
        return f"brought by {quoted(source)}"
    return f"brought by {quoted(source)}, which has it from {quoted(kin[-1])}"


def source_of(part: type, sources: Iterable[type]) -> type | None:
    """The class that brings a metaclass; ``None`` if that is given by itself."""
    stand_in = "_metapatterns_passes" in vars(part)
    meant = part.__base__ if stand_in else part
    given = list(sources)
    if any(source is meant for source in given):
        return None
    return next((source for source in given if type(source) is meant), None)


def way_out(pair: tuple[type, ...], sources: Iterable[type]) -> str:
    kept, held = pair[0], pair[-1]
    source = source_of(kept, sources)
    head = f"metaclass={kept.__name__}" if source is None else source.__name__
    source = source_of(held, sources)
    of = f"a class that has {quoted(held)}" if source is None else quoted(source)
    hold = f"'class C({head}): ...' and let its objects hold one of {of}"
    if (line := put_in_order(pair)) is None:
        return f"write {hold}"
    return f"write {line!r} instead, or {hold}"


def put_in_order(pair: tuple[type, ...]) -> str | None:
    """The statement of one part that would agree with the other, if that is simple."""
    if (found := disagreement(pair)) is None:
        return None
    one, other, first, second = found
    for part, early, late in ((other, first, second), (one, second, first)):
        bases = list(part.__bases__)
        if early in bases and late in bases:
            bases.remove(early)
            bases.insert(bases.index(late), early)
            names = ", ".join(base.__name__ for base in bases)
            if part.__module__ == COMBINE:
                return f"combine_metaclasses({names})"
            return f"class {part.__name__}({names}): ..."
    return None


def quoted(cls: type) -> str:
    return repr(describe(cls))


def listed(texts: Iterable[str]) -> str:
    *texts, last = texts
    return f"{', '.join(texts)} and {last}" if texts else last
