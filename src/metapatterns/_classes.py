"""What finished classes say of themselves, and how to write on them past a metaclass."""

from __future__ import annotations

from abc import ABCMeta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

WrapperDescriptorType = type(type.__setattr__)

#: ``Py_TPFLAGS_IMMUTABLETYPE``: nothing can be set on such a type, as on all static ones.
IMMUTABLE_TYPE = 1 << 8

# `type` and `super` under names of our own: of what those return for a value that may be
# anything, type checkers want to know more than anybody can.
if TYPE_CHECKING:

    def class_of(value: object, /) -> type[Any]: ...
    def past(owner: type, value: object, /) -> Any: ...

else:
    class_of, past = type, super


def set_attribute(cls: type, name: str, value: object, /) -> None:
    """Set a class attribute, past a ``__setattr__`` that a metaclass may have."""
    try:
        type.__setattr__(cls, name, value)
    except TypeError:  # a metaclass written in C insists on its own
        in_c(type(cls), "__setattr__", setattr)(cls, name, value)


def delete_attribute(cls: type, name: str, /) -> None:
    """Delete a class attribute, past a ``__delattr__`` that a metaclass may have."""
    try:
        type.__delattr__(cls, name)
    except TypeError:
        in_c(type(cls), "__delattr__", delattr)(cls, name)


def is_immutable(cls: type, /) -> bool:
    """Tell whether nothing can be set on a class, since it is one of C's own."""
    # Through `type`: a metaclass may answer with anything.
    return bool(type.__dict__["__flags__"].__get__(cls) & IMMUTABLE_TYPE)


def in_c(
    metaclass: type, method: str, otherwise: Callable[..., None]
) -> Callable[..., Any]:
    """Find the method that a metaclass written in C insists on."""
    for meta in metaclass.__mro__[: metaclass.__mro__.index(type)]:
        own: Any = vars(meta).get(method)
        if isinstance(own, WrapperDescriptorType):
            return own
    return otherwise  # it is there, and does not show


def is_framework(meta: type) -> bool:
    """Tell whether a metaclass that is not ours may have its own view of a class."""
    # These two leave annotations, class keywords and construction alone.
    return meta is not ABCMeta and not (
        issubclass(meta, ABCMeta) and meta.__name__ == "_ProtocolMeta"
    )


def has_framework(mcls: type) -> bool:
    """Tell whether a finished metaclass is, or derives from, a framework's."""
    return any(
        meta not in (type, object)
        and "_metapatterns_plan" not in vars(meta)
        and is_framework(meta)
        for meta in mcls.__mro__
    )


def nearest(slot: str, ancestors: tuple[type, ...], /) -> Any:
    """Return the state that the first of these keeps under `slot`, or ``None``."""
    for ancestor in ancestors:
        if (state := ancestor.__dict__.get(slot)) is not None:
            return state
    return None


def inherited(slot: str, bases: tuple[type, ...], /) -> Any:
    """Return the nearest base's state under `slot`, or ``None``."""
    return nearest(slot, linearise(bases))


def linearise(bases: tuple[type, ...], /) -> tuple[type, ...]:
    """
    Return the MRO that a class with these bases is going to have behind itself.

    This is C3, as :meth:`type.mro` does it; ``()`` where there is no such
    order, since the class statement is then about to fail by itself.
    """
    if len(bases) == 1 and isinstance(bases[0], type):
        return bases[0].__mro__
    if not all(isinstance(base, type) for base in bases):
        return ()
    rows = [list(base.__mro__) for base in bases]
    rows.append(list(bases))
    order: list[type] = []
    while rows := [row for row in rows if row]:
        for head in (row[0] for row in rows):
            if not any(head in row[1:] for row in rows):
                break
        else:
            return ()
        order.append(head)
        rows = [row[1:] if row[0] is head else row for row in rows]
    return tuple(order)


def parameters(hook: object, /, beyond: int = 1) -> frozenset[str]:
    """The names, `beyond` the first few, that a Python hook takes as keywords."""
    code = getattr(getattr(hook, "__func__", hook), "__code__", None)
    if code is None:
        return frozenset()
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return frozenset(names[max(code.co_posonlyargcount, beyond) :])
