"""Where CPython wants a metaclass that is written in C, among others."""

from __future__ import annotations

from abc import ABCMeta

from ._explaining import explained
from ._values import told
from .errors import MetaclassConflictError, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._stages import Namespace

BuiltinFunctionType = type(len)
SETTERS = ("__setattr__", "__delattr__")
#: Flag of a type object: others may derive from it.
BASETYPE = 1 << 10


def arrange(parts: tuple[type, ...], body: Namespace | None = None) -> tuple[type, ...]:
    """
    Order metaclasses so that one class, with this `body`, can derive from all.

    A part that another one derives from is dropped (CPython issue 108946).  A
    part in C that adds nothing to the layout of ``type`` goes first: CPython
    accepts its ``__new__`` and its ``__setattr__`` along ``__base__`` only,
    which is then the first base.  A part in C with a layout of its own goes
    last: CPython finds it from anywhere, and it never hands on to a ``__new__``
    that follows it.  Only a part that calls ``type.__setattr__`` by name follows
    even that, if it has nothing else to do when a class is made: CPython refuses
    such a call past a setter in C.
    """
    parts = tuple(
        part
        for part in parts
        if not any(other is not part and part in other.__mro__ for other in parts)
    )
    parts = tuple(sorted(parts, key=_place_in_c))
    if any(
        _has_layout(meta) and _sets_in_c(meta)
        for part in parts
        for meta in _foreign(part.__mro__)
    ):
        parts = tuple(sorted(parts, key=_only_sets_past_c))
    bodies = [body or {}, *(vars(meta) for part in parts for meta in part.__mro__)]
    if any(hasattr(body.get(name), "__code__") for body in bodies for name in SETTERS):
        parts = tuple(map(_let_setters_pass, parts))
    return parts


def _place_in_c(part: type) -> int:
    for meta in _foreign(part.__mro__):
        if _creates_in_c(meta) or _sets_in_c(meta):
            return 1 if _has_layout(meta) else -1
    return 0


def _only_sets_past_c(part: type) -> bool:
    members = [item for meta in _foreign(part.__mro__) for item in vars(meta).items()]
    return not any(name in ("__new__", "__init__") for name, _ in members) and any(
        name in SETTERS and _names_type(member) for name, member in members
    )


def _names_type(setter: object) -> bool:
    names = getattr(getattr(setter, "__code__", None), "co_names", ())
    return "type" in names and "super" not in names


def _creates_in_c(meta: type) -> bool:
    return isinstance(vars(meta).get("__new__"), BuiltinFunctionType)


def _sets_in_c(meta: type) -> bool:
    own = [vars(meta).get(name) for name in SETTERS]
    return any(getattr(setter, "__objclass__", None) is meta for setter in own)


def _has_layout(meta: Any) -> bool:
    plain: Any = type
    return bool(told(meta, "__basicsize__") != told(plain, "__basicsize__"))


def _let_setters_pass(part: type) -> type:
    """
    Put a class between a metaclass in C and a ``__setattr__`` in Python.

    If the C slot has no ``__setattr__`` that shows, ``super().__setattr__`` is
    that of ``type``, which CPython refuses to call past the slot.  An empty
    class in Python gets the slot that goes with the method.
    """
    if not _creates_in_c(part) or _sets_in_c(part) or is_closed(part):
        return part
    known: type
    for known in type.__subclasses__(part):
        if "_metapatterns_passes" in vars(known):
            return known
    namespace = {"__module__": part.__module__, "_metapatterns_passes": True}
    return type(part)(part.__name__, (part,), namespace)


def is_closed(cls: type) -> bool:
    """Tell whether a class is written in C and takes no subclass."""
    return not cls.__flags__ & BASETYPE


def _foreign(mro: tuple[type, ...]) -> list[type]:
    """The metaclasses along an MRO that are not ours."""
    return [
        meta
        for meta in mro
        if meta not in (type, object) and "_metapatterns_plan" not in vars(meta)
    ]


def refuse_unreached(mcls: type) -> None:
    """Refuse a metaclass of which one part, in C, keeps another from running."""
    if (pair := unreached(mcls.__mro__)) is not None:
        in_c, meta = map(describe, pair)
        raise MetaclassConflictError(
            f"{mcls.__name__!r}: {in_c!r} is written in C, ends the chain of '__new__'"
            f" and has to come before {meta!r}, which would never run; let one class"
            " hold an object of the other",
            parts=[in_c, meta],
            explain=explained(*pair),
        )


def unreached(mro: tuple[type, ...]) -> tuple[type, type] | None:
    """Find a metaclass in C along an MRO, and one that it keeps from running."""
    in_c: type | None = None
    for meta in _foreign(mro):
        new = vars(meta).get("__new__")
        if in_c and new and meta is not ABCMeta:  # for which the pipeline stands in
            return in_c, meta
        if _creates_in_c(meta):
            in_c = meta
    return None
