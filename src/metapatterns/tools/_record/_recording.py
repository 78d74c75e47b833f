"""What a recording holds: steps inside steps, and the tree that they draw."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..._values import shorten
from ...errors import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WIDTH = 100


@dataclass(eq=False)
class Step:
    """
    One thing that happened.

    Attributes:
        what: ``"class"``, ``"body"``, ``"decorator"``, or the name of a hook.
        owner: Who defines it: a class, or for decorators a function.
        on: The class that it happened to.
        where: File and line, or ``""`` where it is written in C.
        nanoseconds: How long it took, with all that happened inside.
        own_nanoseconds: How long it took by itself.
        own_seconds: The same, in seconds.
        raised: Whether it ended in an exception.
        metaclass: Of a class: its metaclass.
        children: What happened inside, in order.
    """

    what: str
    owner: str = ""
    on: str = ""
    where: str = ""
    nanoseconds: int = 0
    own_nanoseconds: int = 0
    raised: bool = False
    metaclass: str = ""
    children: list[Step] = field(default_factory=list["Step"])

    @property
    def own_seconds(self) -> float:
        return self.own_nanoseconds / 1e9

    def walk(self) -> Iterator[Step]:
        """Yield this step and all that happened inside, in order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def __str__(self) -> str:
        if self.what == "class":
            text = f"class {self.on}"
            if self.metaclass:
                text += f", metaclass {self.metaclass}"
        elif self.what == "body":
            text = f"body  {self.where}"
        else:
            text = f"{self.what}  {self.owner}"
        return f"{text}  (raised)" if self.raised else text

    def to_dict(self) -> dict[str, Any]:
        """Return the same as dictionaries, lists, text and numbers; times in seconds."""
        return {
            "what": self.what,
            "owner": self.owner,
            "on": self.on,
            "where": self.where,
            "seconds": self.nanoseconds / 1e9,
            "own_seconds": self.own_seconds,
            "raised": self.raised,
            "metaclass": self.metaclass,
            "children": [child.to_dict() for child in self.children],
        }


class ClassRecording:
    """What :func:`record_class_creation` saw; ``str()`` draws it as a tree."""

    def __init__(self, keeps: Callable[[str], bool]) -> None:
        self._keeps = keeps
        self._steps: list[Step] = []

    @property
    def steps(self) -> list[Step]:
        """The outermost steps, in order, each with what happened inside."""
        return list(self._kept(self._steps))

    def _kept(self, steps: list[Step]) -> Iterator[Step]:
        for step in steps:
            if self._keeps(step.on):
                yield self._copy(step)
            else:
                yield from self._kept(step.children)

    def _below(self, steps: list[Step]) -> Iterator[Step]:
        """What happened inside, to the class that is kept."""
        for step in steps:
            if self._keeps(step.on):
                yield self._copy(step)
            else:
                yield from self._below(step.children)

    def _copy(self, step: Step) -> Step:
        """A step without what is not kept inside; that it took time stays true."""
        inside = list(self._below(step.children))
        return replace(step, nanoseconds=taken(step), children=inside)

    def __iter__(self) -> Iterator[Step]:
        for step in self.steps:
            yield from step.walk()

    def filter(self, name: str) -> ClassRecording:
        """Return a recording of one class, by its name with or without its module."""
        kept = ClassRecording(keeper(name))
        kept._steps = self._steps
        return kept

    def to_dict(self) -> dict[str, Any]:
        """Return everything as dictionaries, lists, text and numbers, for JSON."""
        return {"steps": [step.to_dict() for step in self.steps]}

    def tree(self, *, times: bool = True) -> str:
        """Draw the tree, with each step's own time or without."""
        lines = [line for step in self.steps for line in drawn(step, times)]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.tree() or "no class was made"


def taken(step: Step) -> int:
    """Add up the own times of a step and of all that happened inside."""
    return step.own_nanoseconds + sum(map(taken, step.children))


def keeper(
    chosen: type | str | Callable[[str], bool] | None,
) -> Callable[[str], bool]:
    if chosen is None:
        return lambda name: True
    if isinstance(chosen, type):
        chosen = describe(chosen)
    if isinstance(chosen, str):
        wanted = chosen.replace(":", ".")
        return lambda name: name == wanted or name.endswith(f".{wanted}")
    if not callable(chosen):
        raise TypeError(
            "filter takes a class, its name, or a function of a class's name, not"
            f" {shorten(chosen)}"
        )
    return chosen


# -- drawing --------------------------------------------------------------------


def drawn(
    step: Step, times: bool, around: str = "", first: str = "", rest: str = ""
) -> Iterator[str]:
    time = f"  {duration(step.own_nanoseconds)}" if times else ""
    room = WIDTH - len(time)
    text = f"{first}{step}"
    if step.on != around and step.what not in ("class", "body"):
        text += f"  of {step.on}"
    if len(text) > room:
        text = f"{text[: room - 1]}\u2026"
    yield f"{text:<{room}}{time}" if times else text
    for child in step.children:
        last = child is step.children[-1]
        corner, line = (
            ("\u2514\u2500 ", "   ") if last else ("\u251c\u2500 ", "\u2502  ")
        )
        yield from drawn(child, times, step.on, rest + corner, rest + line)


def duration(nanoseconds: int) -> str:
    """Write a time in seconds, milliseconds or microseconds, in ten columns."""
    for unit, size in (("s", 10**9), ("ms", 10**6)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:7.1f} {unit:<2}"
    return f"{nanoseconds / 1000:7.1f} \u00b5s"
