"""Where CPython wants a metaclass that is written in C, among others."""

from __future__ import annotations

from abc import ABCMeta

from .errors import MetaclassConflictError, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BuiltinFunctionType = type(len)


def arrange(parts: tuple[type, ...]) -> tuple[type, ...]:
    """
    Order metaclasses so that one class can derive from all of them.

    A part that another one derives from is dropped (CPython issue 108946).  A
    part in C that adds nothing to the layout of ``type`` goes first: CPython
    accepts its ``__new__`` along ``__base__`` only, which is then the first
    base.  A part in C with a layout of its own goes last: CPython finds it
    from anywhere, and it never hands on to a ``__new__`` that follows it.
    """
    parts = tuple(
        part
        for part in parts
        if not any(other is not part and part in other.__mro__ for other in parts)
    )
    return tuple(sorted(parts, key=_place_in_c))


def _place_in_c(part: type) -> int:
    plain: Any = type
    for meta in _foreign(part):
        if isinstance(vars(meta).get("__new__"), BuiltinFunctionType):
            return 1 if meta.__basicsize__ > plain.__basicsize__ else -1
    return 0


def _foreign(mcls: type) -> list[Any]:
    """The metaclasses among the ancestors of `mcls` that are not ours."""
    return [
        meta
        for meta in mcls.__mro__
        if meta not in (type, object) and "_metapatterns_plan" not in vars(meta)
    ]


def refuse_unreached(mcls: type) -> None:
    """Refuse a metaclass of which one part, in C, keeps another from running."""
    in_c: Any = None
    for meta in _foreign(mcls):
        new = vars(meta).get("__new__")
        if in_c and new and meta is not ABCMeta:  # for which the pipeline stands in
            raise MetaclassConflictError(
                f"{mcls.__name__!r}: {describe(in_c)!r} is written in C, ends the chain"
                f" of '__new__' and has to come before {describe(meta)!r}, which would"
                " never run; let one class hold an object of the other",
                parts=[describe(in_c), describe(meta)],
            )
        if isinstance(new, BuiltinFunctionType):
            in_c = meta
