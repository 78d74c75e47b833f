"""Which item of a container is refused: looked for once the whole has been."""

from __future__ import annotations

import typing
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..._values import cut, shorten, told
from ...errors import ClassDefinitionError
from ._fields import shown
from ._hints import FINALS, ITERABLES, UNIONS, iterated, meaning_of, rule_for

if TYPE_CHECKING:
    from ._names import Scope


def refused_part(hint: Any, value: object, scope: Scope, strict: bool) -> str:
    """Say which item is refused, and where it is; nothing if the whole is at fault."""
    try:
        found = culprit(hint, value, scope, strict)
    except Exception:  # of the value, which may not like to be looked at again
        return ""
    if found is None:
        return ""
    way, item = found
    return f", in which {cut(path(way), 120)} is {shown(item, secret=False)}"


def path(way: Iterable[str]) -> str:
    """Join what leads to an item from the outside in: ``[1] of a key of [2][3]``."""
    steps: list[str] = []
    for step in way:
        if step.startswith("[") and steps and steps[-1].startswith("["):
            steps[-1] += step
        else:
            steps.append(step)
    return " of ".join(reversed(steps))


def culprit(
    hint: Any, value: Any, scope: Scope, strict: bool
) -> tuple[list[str], object] | None:
    """Find the first item that a hint refuses, however deep, and the way to it."""
    for part in parts_of(hint_of_container(hint, value, scope), value):
        accepts = rule_for(part.hint, scope, strict).accepts
        for key, item in part.items:
            try:
                if accepts(item):
                    continue
            except ClassDefinitionError:  # a name that only its function knew
                raise
            except Exception:
                return [part.step(key)], item
            way, found = culprit(part.hint, item, scope, strict) or ([], item)
            return [part.step(key), *way], found
    return None


def hint_of_container(hint: Any, value: object, scope: Scope) -> Any:
    """Return what a hint says of containers like `value`, if that is one thing."""
    hint = meaning_of(hint, scope)
    if (supertype := told(hint, "__supertype__")) is not None:  # NewType
        return hint_of_container(supertype, value, scope)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated or origin in FINALS:
        return hint_of_container(args[0], value, scope)
    if origin in UNIONS:
        meant = [hint_of_container(arg, value, scope) for arg in args]
        meant = [each for each in meant if each is not None]
        return meant[0] if len(meant) == 1 else None
    return hint if isinstance(origin, type) and isinstance(value, origin) else None


class Part(NamedTuple):
    """Items that one hint is about, each with its key or index."""

    hint: Any
    items: Iterable[tuple[object, object]]
    #: What each of them is called where no key leads to it.
    name: str = ""

    def step(self, key: object) -> str:
        return self.name or f"[{shorten(key, 60)}]"


def parts_of(hint: Any, value: Any) -> list[Part]:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    hints = iterated(origin, args)
    if len(hints) == 2:
        keys = ((key, key) for key in value)
        return [Part(hints[0], keys, "a key"), Part(hints[1], value.items())]
    if origin is tuple and not hints and len(args) == len(value):
        return [Part(arg, [(place, value[place])]) for place, arg in enumerate(args)]
    is_kept: bool = isinstance(value, Collection)
    if origin in ITERABLES and is_kept:
        hints = args
    is_in_order: bool = isinstance(value, Sequence)
    name = "" if is_in_order else "an item"
    return [Part(inner, enumerate(value), name) for inner in hints]
