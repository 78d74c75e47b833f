"""What a metaclass costs afterwards: attributes, methods, new instances."""

from __future__ import annotations

from collections.abc import Iterator

from metapatterns import (
    FinalMeta,
    LoggerMeta,
    NoDuplicateMeta,
    RegistryMeta,
    SingletonMeta,
    ValidatorMeta,
    combine_metaclasses,
)

from ..harness import OURS, Contender, Goal, Group, Work, repeated
from ..ways import Way, ours, written
from .creation import FLOORS

PATTERNS = (
    FinalMeta,
    SingletonMeta,
    RegistryMeta,
    LoggerMeta,
    NoDuplicateMeta,
    ValidatorMeta,
)
METAS: tuple[Contender, ...] = (
    *(ours(meta.__name__, lambda meta=meta: Way(metaclass=meta)) for meta in PATTERNS),
    ours("all six combined", lambda: Way(metaclass=combine_metaclasses(*PATTERNS))),
)
OPERATIONS = {
    "read an attribute": "instance.size",
    "set an attribute": "instance.size = 1",
    "call a method": "instance.area()",
    "read an attribute of the class": "Made.limit",
    "make an instance": "Made(1)",
}
#: A call of theirs builds once.
NO_INSTANCES = ("SingletonMeta", "all six combined")


def groups() -> Iterator[Group]:
    for operation, statement in OPERATIONS.items():
        makes = statement == "Made(1)"
        metas = [each for each in METAS if not (makes and each.name in NO_INSTANCES)]
        yield Group(
            f"Attributes: {operation}",
            (*FLOORS, *metas),
            lambda way, statement=statement: on_instance(way, statement),
            goals=[Goal(OURS, 1.05, "an empty metaclass")],
            remark=INSTANCES if makes else "",
        )


INSTANCES = (
    "CPython 3.13 has a short cut for classes whose metaclass is `type` itself, so that"
    " there any other metaclass, also an empty one, makes instances dearer. Mixins and"
    " decorators keep the short cut."
)


def on_instance(way: Way, statement: str) -> Work:
    made = way.build(
        limit=9,
        __init__=written("def __init__(self, size): self.size = size"),
        area=written("def area(self): return self.size"),
    )
    return repeated(statement, Made=made, instance=made(1))
