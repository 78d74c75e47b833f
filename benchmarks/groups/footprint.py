"""What a class weighs, what an instance weighs, and what an import costs."""

from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator

from ..harness import Goal, Group, reported
from ..models import FIVE_SCALARS, values
from ..ways import floor, ours, peer, peer_in_c
from .attributes import METAS
from .creation import FLOORS
from .validator import declared

IMPORTS = (
    floor("import enum", lambda: "import enum"),
    *(
        ours(f"{kind}Meta", lambda kind=kind: f"from metapatterns import {kind}Meta")
        for kind in "Singleton Registry Final NoDuplicate Logger Validator".split()
    ),
    ours("import metapatterns", lambda: "import metapatterns"),
    floor("import abc", lambda: "import abc"),
    floor("import dataclasses", lambda: "import dataclasses"),
    floor("import logging", lambda: "import logging"),
    peer("attrs", lambda: "import attrs"),
    peer("autoregistry", lambda: "import autoregistry"),
    peer("traitlets", lambda: "import traitlets"),
    peer_in_c("pydantic", lambda: "from pydantic import BaseModel"),
)
#: What no pattern may bring along before it is used; the validator may.
HEAVY = (
    "typing functools logging inspect dataclasses threading typing_extensions".split()
)
CHILD = """\
import sys, time
sys.path[:] = {path!r}
start = time.process_time()
{statement}
spent = time.process_time() - start
print(spent * 1e3, *sorted(sys.modules.keys() & {heavy!r}))
"""


def groups() -> Iterator[Group]:
    yield Group(
        "Footprint: a cold import",
        IMPORTS,
        lambda statement: reported(lambda: imported(statement)[0]),
        probe=brought_along,
        goals=[
            Goal("SingletonMeta", 1.50, "import enum"),
            Goal("RegistryMeta", 1.50, "import enum"),
        ],
        unit="ms",
        rounds=15,
        remark="CPU time in a new process; compiled files are there.",
    )
    yield Group(
        "Footprint: a class",
        (*FLOORS, *METAS),
        lambda way: reported(lambda: weight_of(way.build)),
        unit="bytes",
        rounds=3,
    )
    yield Group(
        "Footprint: an instance with five fields",
        declared(FIVE_SCALARS),
        lambda model: reported(
            lambda: weight_of(lambda: model(**values(FIVE_SCALARS)))
        ),
        unit="bytes",
        rounds=3,
        remark="What `tracemalloc` sees: C extensions that allocate past Python's"
        " allocator are not fully counted.",
    )


def imported(statement: str) -> tuple[float, list[str]]:
    child = CHILD.format(path=sys.path, statement=statement, heavy=set(HEAVY))
    found = subprocess.run(
        [sys.executable, "-I", "-c", child], check=True, capture_output=True
    )
    spent, *heavy = found.stdout.decode().split()
    return float(spent), heavy


def brought_along(statement: str) -> Iterator[str]:
    if heavy := imported(statement)[1]:
        yield f"brings {', '.join(heavy)}"


def weight_of(make: Callable[[], object], number: int = 200) -> float:
    """Return the bytes that one of many takes."""
    make()  # what the first one leaves behind is not its weight
    kept: list[object] = [None] * number
    gc.collect()
    tracemalloc.start()
    try:
        for each in range(number):
            kept[each] = make()
        return tracemalloc.get_traced_memory()[0] / number
    finally:
        tracemalloc.stop()
