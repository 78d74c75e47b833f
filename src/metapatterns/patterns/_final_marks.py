"""The mark of ``@final`` on members: to set it, and to find it, whatever wraps it."""

from __future__ import annotations

from .._classes import class_of
from .._values import shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any


def mark(member: Any) -> None:
    """Set ``__final__`` as :func:`typing.final` does, or on what a property wraps."""
    parts = list(layers(member))
    for part in parts:
        try:
            part.__final__ = True
        except (AttributeError, TypeError):
            continue
        return
    if len(parts) > 1:
        raise TypeError(
            f"final cannot mark {shorten(member)}: neither it nor a function that it"
            " wraps takes attributes; let it wrap one written with def or lambda"
        )


def is_final(member: object) -> bool:
    """Tell whether ``@final`` marks a member or a function that it wraps."""
    if type(member) in NEVER_MARKED:
        return False
    if type(member) is FUNCTION and not member.__dict__:
        return False
    return any(stored(part, "__final__") is True for part in layers(member))


def layers(member: object) -> Iterable[Any]:
    """A member and, from the outside in, all functions that it wraps."""
    found = [member]
    for part in found:
        if issubclass(type(part), type):
            continue  # its mark says what may subclass it, not who may replace it
        yield part
        for name in WRAPPED:
            inner = stored(part, name)
            if inner is not None and not any(inner is known for known in found):
                found.append(inner)


def stored(part: object, name: str) -> Any:
    """Read what an object keeps under a name, without running a line of its class."""
    for base in MRO(type(part)):
        slot: Any = MEMBERS(base).get(name)
        if isinstance(slot, IN_C):
            try:
                return slot.__get__(part)
            except Exception:  # an empty slot, or what an extension raises
                return None
    values = None if name == "__dict__" else stored(part, "__dict__")
    return GET(values, name) if isinstance(values, dict) else None


IN_C: tuple[Any, ...] = (type(property.fget), class_of(vars(type)["__dict__"]))
FUNCTION: type[Any] = type(is_final)
#: What most class attributes are, and cannot keep a mark or wrap a function.
NEVER_MARKED: frozenset[type[Any]] = frozenset(
    (
        *(str, int, bool, float, tuple, list, dict, set, frozenset, type(None)),
        *map(class_of, (len, str.join, str.__len__, vars(dict)["fromkeys"])),
        *IN_C,
    )
) - {FUNCTION}  # which PyPy has for methods of built-in classes, too
#: Where properties, class methods, partial and dispatching ones keep a function.
WRAPPED = ("__func__", "__wrapped__", "fget", "fset", "fdel", "func", "dispatcher")
GET: Callable[[Any, str], Any] = vars(dict)["get"]
MRO: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
MEMBERS: Callable[[type], Mapping[str, Any]] = type.__dict__["__dict__"].__get__
