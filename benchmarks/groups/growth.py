"""What grows with the number of classes, combinations, ancestors or fields."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Callable, Iterator
from typing import Any

from metapatterns import (
    FinalMeta,
    LoggerMeta,
    NoDuplicateMeta,
    RegistryMeta,
    SingletonMeta,
    ValidatorMeta,
    combine_metaclasses,
)

from .. import models
from ..harness import (
    Contender,
    Goal,
    Group,
    Sample,
    Work,
    cpu_time,
    repeated,
    reported,
    shortest,
)
from ..ways import Way, by_hand, floor, ours, written

#: The keywords of a root, and of the classes below it.
OPTIONS: dict[type, tuple[dict[str, Any], dict[str, Any]]] = {
    FinalMeta: ({"final": False}, {"final": False}),
    SingletonMeta: ({}, {}),
    LoggerMeta: ({}, {}),
    NoDuplicateMeta: ({}, {}),
    RegistryMeta: ({"registry_on_duplicate": "replace"}, {}),
    ValidatorMeta: ({}, {}),
}


def groups() -> Iterator[Group]:
    ours = [meta.__name__ for meta in OPTIONS]
    yield Group(
        "Growth: one more class beside others",
        of_each(siblings),
        defining,
        goals=[Goal(f"{name} @ 10000", 1.15, f"{name} @ 100") for name in ours],
        sizes=(10, 100, 1_000, 10_000),
        counting="classes",
    )
    yield Group(
        "Growth: one more class below others",
        of_each(chain),
        defining,
        goals=[Goal(f"{name} @ 50", 5.0, f"{name} @ 10") for name in ours],
        sizes=(1, 5, 10, 25, 50),
        counting="ancestors",
        remark="A cost that is linear grows by 5 at most from 10 ancestors to 50.",
    )
    yield from combinations()
    yield from fields()


# -- classes ------------------------------------------------------------------


def of_each(
    family: Callable[[Way, dict[str, Any], int], list[type]],
) -> list[Contender]:
    """The metaclasses, each with a family of classes that exists already."""

    def member(root: Way, options: dict[str, Any]) -> Callable[[int], Any]:
        def make(size: int) -> tuple[Way, list[type]]:
            classes = family(root, options, size)
            return Way(classes[-1], **options), classes

        return make

    return [
        floor("type", member(Way(), {})),
        *(
            ours(meta.__name__, member(Way(metaclass=meta, **of_root), below))
            for meta, (of_root, below) in OPTIONS.items()
        ),
    ]


def siblings(root: Way, options: dict[str, Any], size: int) -> list[type]:
    base = root.build("Root")
    below = Way(base, **options)
    return [*(below.build(f"K{number}") for number in range(size)), base]


def chain(root: Way, options: dict[str, Any], size: int) -> list[type]:
    classes = [root.build("K0", area=written("def area(self): pass"))]
    for number in range(1, size):
        area = written("def area(self): pass")
        classes.append(Way(classes[-1], **options).build(f"K{number}", area=area))
    return classes


def defining(made: tuple[Way, list[type]]) -> Work:
    way, classes = made
    return repeated("define()", unrolled=1, define=way.define, kept=classes)


# -- combinations -------------------------------------------------------------

Combine = Callable[[type, type], type]


def combinations() -> Iterator[Group]:
    sizes = (10, 50, 200)
    yield Group(
        "Growth: one more combination beside others",
        [
            by_hand("class M(A, B)", combining(by_name)),
            ours("combine_metaclasses", combining(combine_metaclasses)),
        ],
        reported,
        goals=[Goal("combine_metaclasses @ 200", 1.15, "combine_metaclasses @ 10")],
        sizes=sizes,
        counting="combinations",
    )
    yield Group(
        "Growth: a combination that exists, asked for again",
        [ours("combine_metaclasses", asking_again)],
        lambda work: work,
        goals=[Goal("combine_metaclasses @ 200", 1.15, "combine_metaclasses @ 10")],
        sizes=sizes,
        counting="combinations",
    )


def by_name(first: type, second: type) -> type:
    made: type = type(first)("M", (first, second), {})
    return made


def parts() -> tuple[type, type]:
    """Two metaclasses that no combination has seen."""
    first = type(RegistryMeta)("A", (RegistryMeta,), {})
    return first, type("B", (ABCMeta,), {})


def combining(combine: Combine, batch: int = 5) -> Callable[[int], Sample]:
    def make(size: int) -> Sample:
        kept = [combine(*parts()) for _ in range(size)]

        def sample() -> float:
            assert len(kept) == size
            pairs = [parts() for _ in range(batch)]
            start = cpu_time()
            for pair in pairs:
                combine(*pair)
            return (cpu_time() - start) * 1e9 / batch

        return lambda: shortest(sample)

    return make


def asking_again(size: int) -> Work:
    pairs = [parts() for _ in range(size)]
    kept = [combine_metaclasses(*pair) for pair in pairs]
    first, second = pairs[0]
    return repeated(
        "combine(first, second)",
        combine=combine_metaclasses,
        first=first,
        second=second,
        kept=kept,
    )


# -- fields -------------------------------------------------------------------


def fields() -> Iterator[Group]:
    contenders = [
        floor("dataclass, unchecked", models.dataclass),
        ours("ValidatorMeta", models.with_metaclass),
        ours("ValidatorMeta, slots=True", models.with_metaclass_and_slots),
        ours("ValidatorMixin", models.with_mixin),
        ours("@validated", models.with_decorator),
    ]
    slots = "ValidatorMeta, slots=True"
    for title, work, flat, remark in (
        ("a class with fields", making, [each.name for each in contenders[1:]], ""),
        ("an instance with fields", constructing, [slots], DICTS),
    ):
        yield Group(
            f"Growth: {title}, per field",
            [with_fields(each) for each in contenders],
            work,
            goals=[Goal(f"{name} @ 500", 1.15, f"{name} @ 50") for name in flat],
            sizes=(5, 50, 500),
            counting="fields",
            rounds=15,
            remark=remark,
        )


DICTS = (
    "A dict of so many names outgrows what the instances of a class share, which costs"
    " the dataclass as much. Slots have no such limit."
)


def with_fields(contender: Contender) -> Contender:
    def make(size: int) -> tuple[Any, models.Fields]:
        return contender.make, {f"field_{number}": "int" for number in range(size)}

    return Contender(contender.name, contender.kind, make)


def making(made: tuple[Any, models.Fields]) -> Work:
    make, fields = made
    return per_field(
        repeated("make(fields)", unrolled=1, make=make, fields=fields), fields
    )


def constructing(made: tuple[Any, models.Fields]) -> Work:
    make, fields = made
    numbers = range(len(fields))
    return per_field(
        repeated("Model(*numbers)", Model=make(fields), numbers=numbers), fields
    )


def per_field(work: Work, fields: models.Fields) -> Work:
    def ready(seconds: float) -> Sample:
        sample = work(seconds)
        return lambda: sample() / len(fields)

    return ready
