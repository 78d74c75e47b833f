"""Class hierarchies as plans: pure data, readable when shrunk, built by any door."""

from __future__ import annotations

import abc
import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import attrs
from hypothesis import settings
from hypothesis import strategies as st

T = TypeVar("T")


def examples(share: float, **more: Any) -> settings:
    """Settings with a share of the profile's examples, or a multiple."""
    number = round(share * settings().max_examples)
    return settings(max_examples=number, deadline=None, **more)


#: Stands in a row of bases for the root, which carries the pattern.
ROOT = -1

Event = tuple[str, str, str]
Define = Callable[[str, tuple[Any, ...], dict[str, Any], dict[str, Any]], type]


@dataclass(frozen=True)
class ClassPlan:
    """One class: its bases by number, and what it brings along."""

    bases: tuple[int, ...]
    kind: str = "plain"
    hook: bool = False
    descriptors: int = 0
    constructor: bool = False


@dataclass(frozen=True)
class Plan:
    """A hierarchy under one root, to be built with a pattern or without."""

    classes: tuple[ClassPlan, ...]
    flavour: str = "plain"

    @property
    def inner(self) -> frozenset[int]:
        """The classes that others derive from."""
        return frozenset(base for row in self.classes for base in row.bases)

    def build(self, root: Define, member: Define, leaf: Define) -> Hierarchy:
        """Build with one function for the root, inner classes, and leaves each."""
        events: list[Event] = []
        classes = {ROOT: root("Root", *ROOTS[self.flavour]())}
        inner = self.inner
        for number, row in enumerate(self.classes):
            keywords = {
                f"k{other}": number
                for other, above in enumerate(self.classes)
                if above.hook and self.derives(number, other)
            }
            define = member if number in inner else leaf
            bases = tuple(classes[base] for base in row.bases)
            cls = define(f"C{number}", bases, body(number, row, events), keywords)
            classes[number] = DECORATORS[row.kind](cls)
        return Hierarchy(classes, events)

    def derives(self, number: int, other: int) -> bool:
        return any(
            base == other or (base != ROOT and self.derives(base, other))
            for base in self.classes[number].bases
        )


@dataclass(frozen=True)
class Hierarchy:
    """The classes that were built, and what their hooks saw."""

    classes: Mapping[int, type]
    events: list[Event]


class Noting:
    """A descriptor that notes each time that it is named."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events

    def __set_name__(self, owner: type, name: str) -> None:
        self.events.append(("__set_name__", owner.__name__, name))


def body(number: int, row: ClassPlan, events: list[Event]) -> dict[str, Any]:
    name = f"C{number}"
    namespace: dict[str, Any] = {
        "__module__": __name__,
        "__qualname__": f"plan.<locals>.{name}",
        "__doc__": f"Class {number}.",
    }
    if row.kind == "slots":
        namespace["__slots__"] = ()
    for place in range(row.descriptors):
        namespace[f"d{number}_{place}"] = Noting(events)
    if row.constructor:

        def __init__(self: object, first: int = 0, *, second: str = "") -> None:
            pass

        namespace["__init__"] = __init__
    if row.hook:

        def __init_subclass__(cls: type, /, **kwargs: Any) -> None:
            given = kwargs.pop(f"k{number}", None)
            events.append((f"{name}.__init_subclass__", cls.__name__, f"{given}"))
            base = next(base for base in cls.__mro__ if vars(base).get("mark") is mark)
            super(base, cls).__init_subclass__(**kwargs)

        mark = namespace["mark"] = object()
        namespace["__init_subclass__"] = classmethod(__init_subclass__)
    return namespace


def plain_root() -> tuple[tuple[Any, ...], dict[str, Any], dict[str, Any]]:
    return (), {"__module__": __name__}, {}


def abstract_root() -> tuple[tuple[Any, ...], dict[str, Any], dict[str, Any]]:
    @abc.abstractmethod
    def method(self: object) -> None: ...

    return (abc.ABC,), {"__module__": __name__, "method": method}, {}


def generic_root() -> tuple[tuple[Any, ...], dict[str, Any], dict[str, Any]]:
    return (Generic[T],), {"__module__": __name__}, {}


ROOTS = {"plain": plain_root, "abstract": abstract_root, "generic": generic_root}

DECORATORS: dict[str, Callable[[type], type]] = {
    "plain": lambda cls: cls,
    "slots": lambda cls: cls,
    "slots dataclass": dataclass(slots=True),
    "attrs": attrs.define,
}


@st.composite
def plans(draw: st.DrawFn, max_classes: int = 6, max_bases: int = 3) -> Plan:
    """Draw a hierarchy that Python accepts: a row without a C3 order is repaired."""
    scaffold = {ROOT: type("Root", (), {})}
    rows: list[ClassPlan] = []
    for number in range(draw(st.integers(1, max_classes))):
        bases = tuple(
            draw(st.permutations([*range(number), ROOT]))[
                : draw(st.integers(0, max_bases))
            ]
        )
        while True:
            try:
                scaffold[number] = type(
                    f"C{number}", tuple(scaffold[base] for base in bases), {}
                )
                break
            except TypeError:
                bases = bases[:-1]
        rows.append(
            ClassPlan(
                bases,
                draw(st.sampled_from(sorted(DECORATORS, reverse=True))),
                draw(st.booleans()),
                draw(st.integers(0, 2)),
                draw(st.booleans()),
            )
        )
    return Plan(tuple(rows), draw(st.sampled_from(sorted(ROOTS, reverse=True))))


def identifiers() -> st.SearchStrategy[str]:
    """Names that a class body may bind, outside the interpreter's own."""
    letters = st.characters(categories=["Lu", "Ll", "Lo"], exclude_characters="_")
    return (
        st.text(letters, min_size=1, max_size=8)
        .filter(str.isidentifier)
        .filter(lambda name: not keyword.iskeyword(name))
    )


def namespaces() -> st.SearchStrategy[dict[str, Any]]:
    """Bodies of plain values under names that nobody else uses."""
    values = st.one_of(st.none(), st.integers(), st.text(max_size=4))
    return st.dictionaries(identifiers(), values, max_size=5)


def readable(value: object) -> str:
    """Return the name of a parameter for a test's own: the same in each process."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", str(value))
