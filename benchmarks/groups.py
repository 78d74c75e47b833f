"""What is measured: each group's contenders do the same work."""

from __future__ import annotations

import itertools
import logging
import threading
from abc import ABCMeta
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from metapatterns import (
    FinalMeta,
    LoggerMeta,
    NoDuplicateMeta,
    RegistryMeta,
    SingletonMeta,
    ValidatorMeta,
    combine_metaclasses,
    registry_of,
)

from .harness import Action, Group
from .tutorials import DictRegistryMeta, LockedSingletonMeta, Typed


def all_groups() -> Iterator[Group]:
    yield from singleton_groups()
    yield from creation_groups()
    yield from registry_groups()
    yield from validator_groups()
    yield logger_group()


# -- singleton ----------------------------------------------------------------


def singleton_groups() -> Iterator[Group]:
    class Locked(metaclass=LockedSingletonMeta):
        pass

    class Ours(metaclass=SingletonMeta):
        pass

    yield Group(
        "Singleton: a call once built, no parameters",
        {"double-checked lock": Locked, "SingletonMeta": Ours},
        {"SingletonMeta": 0.70},
    )

    class LockedWith(metaclass=LockedSingletonMeta):
        def __init__(self, path, size=1):
            pass

    class OursWith(metaclass=SingletonMeta):
        def __init__(self, path, size=1):
            pass

    yield Group(
        "Singleton: a call once built, with its parameters",
        {
            "double-checked lock": lambda: LockedWith("a", size=2),
            "SingletonMeta": lambda: OursWith("a", size=2),
        },
        {"SingletonMeta": 0.85},
    )
    yield Group(
        "Singleton: first construction by 32 threads",
        {
            "double-checked lock": lambda: contended(LockedSingletonMeta),
            "SingletonMeta": lambda: contended(SingletonMeta),
        },
        {"SingletonMeta": 1.10},
    )


def contended(metaclass: type) -> None:
    """Let 32 threads ask for the first instance of a class at once."""
    one = metaclass("One", (), {"__init__": lambda self: sum(range(2000))})
    barrier = threading.Barrier(32)

    def build() -> None:
        barrier.wait()
        one()

    threads = [threading.Thread(target=build) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# -- making a class -----------------------------------------------------------

GOALS = {
    "RegistryMeta": 1.30,
    "FinalMeta": 1.30,
    "SingletonMeta": 1.35,
    "LoggerMeta": 1.35,
    "NoDuplicateMeta": 1.70,
}


def creation_groups() -> Iterator[Group]:
    metas: dict[str, type] = {"type": type, "an empty metaclass": empty_metaclass()}
    ours = (FinalMeta, SingletonMeta, LoggerMeta, NoDuplicateMeta)
    metas |= {meta.__name__: meta for meta in ours}
    contenders: dict[str, Action] = {
        name: partial(make_class, meta) for name, meta in metas.items()
    }
    contenders["RegistryMeta"] = registering()
    yield Group("Making a class", contenders, GOALS)

    def with_dataclass() -> None:
        @dataclass
        class Point:
            x: int
            y: int = 0

        for _ in range(3):
            make_class(type)

    def with_validator() -> None:
        class Point(metaclass=ValidatorMeta):
            x: int
            y: int = 0

    yield Group(
        "Making a validated class",
        {
            "@dataclass and three times type": with_dataclass,
            "Validator": with_validator,
        },
        {"Validator": 1.00},
    )
    for parts in (
        (RegistryMeta, ABCMeta),
        (RegistryMeta, LoggerMeta, SingletonMeta, ABCMeta),
    ):
        by_hand = type(parts[0])("ByHand", parts, {})
        combined = combine_metaclasses(*parts)
        yield Group(
            f"Making a class of {len(parts)} metaclasses",
            {
                "class M(A, B, ...)": partial(make_root, by_hand),
                "combine_metaclasses": partial(make_root, combined),
            },
            {"combine_metaclasses": 1.05},
        )


def empty_metaclass() -> type:
    return type("EmptyMeta", (type,), {})


def make_class(metaclass: type) -> None:
    class Made(metaclass=metaclass):
        size = 1

        def area(self) -> int:
            return self.size


def make_root(metaclass: type) -> None:
    class Made(metaclass=metaclass):
        pass


def registering() -> Action:
    class Root(metaclass=RegistryMeta, registry_on_duplicate="replace"):
        pass

    def make_member() -> None:
        class Made(Root):
            size = 1

            def area(self) -> int:
                return self.size

    return make_member


# -- registry -----------------------------------------------------------------


def registry_groups() -> Iterator[Group]:
    class Tutorial(metaclass=DictRegistryMeta):
        pass

    class Root(metaclass=RegistryMeta):
        pass

    for number in range(100):
        type(f"K{number}", (Tutorial,), {})
        type(f"K{number}", (Root,), {})
    registry = registry_of(Root)
    yield Group(
        "Registry: a lookup among 100",
        {
            "a dict behind __getitem__": lambda: Tutorial["K50"],
            "RegistryMeta": lambda: Root["K50"],
            "registry_of": lambda: registry["K50"],
        },
        {"RegistryMeta": 1.10},
    )
    yield Group(
        "Registry: one more class, where there are",
        {"100": growing(100), "10 000": growing(10_000)},
        {"10 000": 1.15},
    )


def growing(size: int) -> Action:
    class Root(metaclass=RegistryMeta):
        pass

    members = [type(f"K{number}", (Root,), {}) for number in range(size)]
    registry = registry_of(Root)
    numbers = itertools.count(size)

    def add_one() -> None:
        name = f"K{next(numbers)}"
        type(name, (Root,), {})
        registry.unregister(name)

    add_one.keep = members  # type: ignore[attr-defined]
    return add_one


# -- validator ----------------------------------------------------------------


def validator_groups() -> Iterator[Group]:
    at_least_0 = bound_of(0)

    class Tutorial:
        number = Typed(int)
        maybe = Typed((int, type(None)))
        several = Typed(list)

    class Ours(metaclass=ValidatorMeta):
        number: int = 0
        maybe: int | None = None
        several: list[int] = []  # noqa: RUF012 - copied for each instance
        bounded: Annotated[int, at_least_0] = 0

    class Bounded(Typed):
        def __set__(self, instance: Any, value: Any) -> None:
            if value < 0:
                raise ValueError(value)
            super().__set__(instance, value)

    class Items(Typed):
        def __set__(self, instance: Any, value: Any) -> None:
            if not all(isinstance(item, int) for item in value):
                raise ValueError(value)
            super().__set__(instance, value)

    Tutorial.bounded = Bounded(int)  # type: ignore[attr-defined]
    Tutorial.bounded.__set_name__(Tutorial, "bounded")  # type: ignore[attr-defined]
    Tutorial.several = Items(list)
    Tutorial.several.__set_name__(Tutorial, "several")
    theirs, ours = Tutorial(), Ours()
    items = [1, 2, 3]
    goals = {"number": 0.60, "maybe": 0.60, "several": 0.35, "bounded": 0.50}
    for name, goal in goals.items():
        value = items if name == "several" else 3
        yield Group(
            f"Validator: set a checked field ({name})",
            {
                "tutorial": setter(theirs, name, value),
                "ValidatorMeta": setter(ours, name, value),
            },
            {"ValidatorMeta": goal},
        )
    theirs.number = 1
    yield Group(
        "Validator: get a checked field",
        {"tutorial": lambda: theirs.number, "ValidatorMeta": lambda: ours.number},
        {"ValidatorMeta": 0.60},
    )
    yield construction_group()


def bound_of(bound: int) -> Any:
    """A bound as ``annotated-types`` spells it: an object with a ``ge``."""
    return type("Ge", (), {"ge": bound})()


def setter(instance: Any, name: str, value: object) -> Callable[[], object]:
    namespace: dict[str, Any] = {"instance": instance, "value": value}
    exec(f"def assign_it():\n    instance.{name} = value", namespace)
    action: Callable[[], object] = namespace["assign_it"]
    return action


def construction_group() -> Group:
    class Plain:
        __slots__ = ("a", "b", "c", "d", "e")

        def __init__(self, a: int, b: int, c: int, d: str, e: str) -> None:
            self.a = a
            self.b = b
            self.c = c
            self.d = d
            self.e = e

    class Tutorial:
        a, b, c = Typed(int), Typed(int), Typed(int)
        d, e = Typed(str), Typed(str)

        def __init__(self, a: int, b: int, c: int, d: str, e: str) -> None:
            self.a, self.b, self.c = a, b, c
            self.d, self.e = d, e

    class Ours(metaclass=ValidatorMeta, slots=True):
        a: int
        b: int
        c: int
        d: str
        e: str

    return Group(
        "Validator: construct with five checked fields",
        {
            "plain slots, unchecked": lambda: Plain(1, 2, 3, "d", "e"),
            "tutorial": lambda: Tutorial(1, 2, 3, "d", "e"),
            "ValidatorMeta": lambda: Ours(1, 2, 3, "d", "e"),
        },
        {"ValidatorMeta": 1.75},
    )


# -- logger -------------------------------------------------------------------


def logger_group() -> Group:
    class Plain:
        logger = logging.getLogger("plain")

    class Ours(metaclass=LoggerMeta):
        pass

    plain, ours = Plain(), Ours()
    return Group(
        "Logger: read self.logger",
        {"a class attribute": lambda: plain.logger, "LoggerMeta": lambda: ours.logger},
    )
