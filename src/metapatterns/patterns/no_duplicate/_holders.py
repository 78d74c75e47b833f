"""
Whether a function is still in use somewhere, once its name is bound anew.

A decorator that registers what it is given (``@registry.register``,
``singledispatchmethod``) keeps the function for itself, so nothing is lost when
the next one takes the name.
"""

from __future__ import annotations

import gc
import sys
from types import FrameType, FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from types import CodeType
    from typing import Any

#: How many of the objects that hang on one value are looked at.
ENOUGH = 5_000
#: PyPy does not tell what its collector looks at.
TRACKED = hasattr(gc, "is_tracked")


def parts(value: object, /, *, short_of: object = None) -> Iterator[Any]:
    """Yield an object and all that hangs on it, short of classes and modules."""
    found = [value]
    known = {id(value), id(short_of)}
    for part in found:
        yield part
        for child in gc.get_referents(part) if len(found) <= ENOUGH else ():
            if id(child) not in known and leads_on(child):
                known.add(id(child))
                found.append(child)


def leads_on(child: object) -> bool:
    return (
        gc.is_tracked(child)
        and not isinstance(child, (type, type(sys)))
        and not (type(child) is dict and "__builtins__" in child)
    )


def hangs_on(part: object, value: object, /) -> bool:
    return any(part is found for found in parts(value))


def is_held(namespace: Mapping[str, Any], name: str, function: CodeType, /) -> bool:
    """
    Tell whether more than a namespace holds the function made from a code object.

    Wrappers and what they wrap may refer to one another.  So this does what the
    garbage collector does: it takes the references among them away, and looks
    which of them are held from outside nevertheless, and what those lead to.
    """
    if not TRACKED or not gc.is_tracked(namespace[name]):
        return False
    # Bodies that are evaluated later, such as aliases', refer to the namespace.
    found = list(parts(namespace[name], short_of=namespace))
    left = {id(part) for part in found}
    held = held_from_outside(found, namespace)
    for part in held:
        if part is found[0] or getattr(part, "__code__", None) is function:
            return True
        children = [child for child in gc.get_referents(part) if id(child) in left]
        left.difference_update(map(id, children))  # of each, once
        held += children
    return False


if "free-threading" in sys.version:  # pragma: no cover - of another build

    def held_from_outside(
        found: list[Any], namespace: Mapping[str, Any], /
    ) -> list[Any]:
        """
        List the objects to which others refer, but for a namespace.

        The references to functions are not counted here, so it takes a look at all
        that the collector knows.
        """
        inner = {id(part) for part in (*found, found, namespace)}
        mark = object()  # the tuple of the arguments has it as well
        holders = gc.get_referrers(*found, mark)
        referents = [
            set(map(id, gc.get_referents(holder)))
            for holder in holders
            if id(holder) not in inner
        ]
        outer = set[int]().union(*(ids for ids in referents if id(mark) not in ids))
        return [part for part in found if id(part) in outer]

else:

    def held_from_outside(found: list[Any], _: Mapping[str, Any], /) -> list[Any]:
        """List the objects to which others refer, but for the namespace of the first."""
        inner = references_among(found)
        inner[id(found[0])] += 1  # the namespace's
        # A new object at the end tells how many of the references are ours.
        *counts, ours = [sys.getrefcount(part) for part in (*found, object())]
        return [
            part
            for part, count in zip(found, counts, strict=True)
            if count - ours > inner[id(part)] + 1
        ]


def references_among(found: list[Any]) -> dict[int, int]:
    """Count the references that objects have to one another, by the id of each."""
    inner = {id(part): 0 for part in found}
    for part in found:
        for child in gc.get_referents(part):
            if id(child) in inner:
                inner[id(child)] += 1
    return inner


def is_alive(function: CodeType, name: str, body: CodeType, /) -> bool:
    """
    Tell whether a function made from a code object is left, once a body has run.

    Another run of the body that goes on, in a thread or around this one, or whose
    traceback is kept, still binds the name to a function of its own.
    """
    if not functions_of(function):
        return False
    gc.collect()  # a function that is lost may refer to itself
    left = len(functions_of(function))
    bound = [run.f_locals[name] for run in runs_of(body) if name in run.f_locals]
    return left > sum(
        any(is_made_from(function, part) for part in parts(value)) for value in bound
    )


def functions_of(code: CodeType) -> list[object]:
    return [holder for holder in gc.get_referrers(code) if is_made_from(code, holder)]


def is_made_from(code: CodeType, holder: object) -> bool:
    return isinstance(holder, FunctionType) and holder.__code__ is code


def runs_of(body: CodeType) -> Collection[FrameType]:
    """The frames in which a body runs, or has run and been left by an exception."""
    # The collector does not know the frames that run.
    frames = [held for held in gc.get_referrers(body) if isinstance(held, FrameType)]
    for current in sys._current_frames().values():
        frame: FrameType | None = current
        while frame is not None:
            frames.append(frame)
            frame = frame.f_back
    return {frame for frame in frames if frame.f_code is body}
