"""Whether classes lay out their instances in ways that exclude each other."""

from __future__ import annotations

import sys
from struct import calcsize
from typing import TYPE_CHECKING, Any

from ...errors import describe

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Flag of a type object: it was made by a class statement.
HEAPTYPE = 1 << 9
POINTER = calcsize("P")


def layout_clash(bases: Iterable[Any]) -> str | None:
    """Say which two bases have layouts in C that no class can have at once."""
    best: Any = None
    for base in bases:
        solid = solid_base(base) if isinstance(base, type) else None
        if solid is None or (best and issubclass(best[0], solid)):
            continue
        if best is None or issubclass(solid, best[0]):
            best = solid, base
        else:
            return (
                f"{describe(best[1])} and {describe(base)} have layouts in memory that"
                f" exclude each other, those of {describe(best[0])} and {describe(solid)}"
            )
    return None


def solid_base(cls: type) -> type:
    """The nearest ancestor that adds to the layout, as CPython determines it."""
    base: Any = cls.__base__
    if base is None:
        return cls
    plain: Any = cls
    size = plain.__basicsize__
    if sys.version_info < (3, 12) and not (plain.__itemsize__ or base.__itemsize__):
        # Until then a class statement's own references were part of the layout.
        for offset in ("__weakrefoffset__", "__dictoffset__"):
            added = getattr(plain, offset) and not getattr(base, offset)
            at_the_end = getattr(plain, offset) + POINTER == size
            if added and at_the_end and plain.__flags__ & HEAPTYPE:
                size -= POINTER
    if (size, plain.__itemsize__) != (base.__basicsize__, base.__itemsize__):
        return cls
    return solid_base(base)
