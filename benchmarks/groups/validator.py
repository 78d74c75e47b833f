"""Checked fields: reads, writes, construction, and making the class."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from .. import models
from ..harness import (
    BY_HAND,
    FLOOR,
    OURS,
    PEER,
    PEER_IN_C,
    TUTORIAL,
    Contender,
    Fault,
    Goal,
    Group,
    repeated,
)
from ..models import FIVE_SCALARS, GOOD, Fields

FIRST = "tutorial's descriptor"
CONTENDERS: dict[str, tuple[str, Callable[[Fields], Any]]] = {
    FIRST: (TUTORIAL, models.tutorial),
    "plain class, unchecked": (FLOOR, models.plain),
    "plain slots, unchecked": (FLOOR, models.plain_slots),
    "dataclass, unchecked": (FLOOR, models.dataclass),
    "a property for each": (BY_HAND, models.properties),
    "ValidatorMeta": (OURS, models.with_metaclass),
    "ValidatorMeta, slots=True": (OURS, models.with_metaclass_and_slots),
    "ValidatorMixin": (OURS, models.with_mixin),
    "@validated": (OURS, models.with_decorator),
    "attrs": (PEER, models.with_attrs),
    "traitlets": (PEER, models.with_traitlets),
    "param": (PEER, models.with_param),
    "beartype": (PEER, models.with_beartype),
    "typeguard": (PEER, models.with_typeguard),
    "pydantic": (PEER_IN_C, models.with_pydantic),
    "traits": (PEER_IN_C, models.with_traits),
    "atom": (PEER_IN_C, models.with_atom),
    "msgspec": (PEER_IN_C, models.with_msgspec),
}
SETS = {"int": 0.60, "str": 0.60, "Optional": 0.60, "list[int]": 0.35, "int >= 0": 0.50}
READ = 0.60 if sys.version_info < (3, 12) else 0.30
REMARKS = {
    "int": "atom and traits check in a slot that is written in C; merely calling a"
    " Python function costs about as much as all they do. typeguard and msgspec do not"
    " look at assignments.",
    "list[int]": "Each item is checked. The library keeps the list that it is given;"
    " traitlets, traits, atom and pydantic make one of their own.",
}


def declared(fields: Fields) -> list[Contender]:
    """The contenders, each with a class of these fields."""
    return [
        Contender(name, kind, lambda make=make: make(fields))
        for name, (kind, make) in CONTENDERS.items()
    ]


def groups() -> Iterator[Group]:
    for kind, goal in SETS.items():
        fields = {"field": kind}
        yield Group(
            f"Validator: set a field ({kind})",
            declared(fields),
            lambda model, fields=fields, kind=kind: repeated(
                "instance.field = value",
                instance=model(**models.values(fields)),
                value=GOOD[kind],
            ),
            probe=lambda model, fields=fields: faults(
                models.unchecked_when_set(model, fields)
            ),
            goals=[
                Goal("ValidatorMeta", goal, FIRST),
                Goal("ValidatorMeta", 1.00, PEER),
            ],
            remark=REMARKS.get(kind, ""),
        )
    yield Group(
        "Validator: get a field",
        declared({"field": "int"}),
        lambda model: repeated("instance.field", instance=model(field=1)),
        goals=[
            Goal("ValidatorMeta", READ, FIRST),
            Goal("ValidatorMeta, slots=True", READ, FIRST),
        ],
        remark="Those that check in `__setattr__`, or in C, keep the value where any"
        " attribute is. A property is a function, which CPython inlines from 3.12 on.",
    )
    for title, fields, goals in (
        (
            "five fields (int and str)",
            FIVE_SCALARS,
            [
                Goal("ValidatorMeta, slots=True", 1.75, "plain slots, unchecked"),
                Goal("ValidatorMeta, slots=True", 0.30, FIRST),
                Goal("ValidatorMeta, slots=True", 1.00, PEER),
                Goal("ValidatorMeta, slots=True", 1.00, "pydantic"),
            ],
        ),
        (
            "one field of each kind",
            models.ONE_OF_EACH,
            [Goal("ValidatorMeta, slots=True", 1.00, PEER)],
        ),
    ):
        yield Group(
            f"Validator: construct, {title}",
            declared(fields),
            lambda model, fields=fields: constructing(model, fields),
            probe=lambda model, fields=fields: faults(
                models.unchecked_when_made(model, fields)
            ),
            goals=goals,
            remark=construction_remark(fields),
        )
    yield from creation()


def constructing(model: Any, fields: Fields) -> Any:
    arguments = ", ".join(f"{name}={name}" for name in fields)
    return repeated(f"Model({arguments})", Model=model, **models.values(fields))


def construction_remark(fields: Fields) -> str:
    if fields is FIVE_SCALARS:
        return "msgspec checks when it decodes, and not when it constructs."
    return ""


def faults(unchecked: Iterator[str]) -> Iterator[str]:
    for kind in unchecked:
        yield Fault(f"{kind} unchecked")


# -- making the class ---------------------------------------------------------

SCHOOLED = "@dataclass and three times type"


def creation() -> Iterator[Group]:
    def and_three_more(fields: Fields) -> Any:
        for _ in range(3):
            models.annotated(fields, None)
        return models.dataclass(fields)

    makers = {SCHOOLED: (FLOOR, and_three_more)} | CONTENDERS
    contenders = [
        Contender(name, kind, lambda make=make: tried(make))
        for name, (kind, make) in makers.items()
        if kind in (OURS, PEER, PEER_IN_C) or make in (and_three_more, models.dataclass)
    ]
    yield Group(
        "Validator: make a class of five fields",
        contenders,
        lambda make: repeated("make(five)", unrolled=1, make=make, five=FIVE_SCALARS),
        goals=[Goal("ValidatorMeta", 1.00, SCHOOLED)],
        remark="`@dataclass` compiles the source of each method. The library changes"
        " code that is compiled already, and writes `__init__` at the first"
        " construction.",
    )
    yield Group(
        "Validator: make a class of five fields and its first instance",
        contenders,
        lambda make: repeated(
            "make(five)(**values)",
            unrolled=1,
            make=make,
            five=FIVE_SCALARS,
            values=models.values(FIVE_SCALARS),
        ),
    )


def tried(make: Callable[[Fields], Any]) -> Callable[[Fields], Any]:
    make(FIVE_SCALARS)  # a peer that is not installed says so here
    return make
