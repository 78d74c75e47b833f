"""
Copies and pickles of a singleton: the same object, or its state in a new process.

A pickle is loaded in two steps.  First the object: the one there is, or a blank
that every load shares until it is filled.  Then its state, once, and only into
the blank: what lives already is never overwritten.
"""

from __future__ import annotations

import sys
from abc import ABCMeta

from ..._classes import class_of, set_attribute
from ..._values import is_tuple
from ...errors import describe
from ._construction import LOCK, Construction, claim, release
from ._guards import blank, is_singleton
from ._single import NOTHING, own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..._values import State


def __copy__(self: Any) -> Any:
    hook = hook_after(self, "__copy__", __copy__)
    return self if hook is None else hook(self)


def __deepcopy__(self: Any, memo: dict[int, Any], /) -> Any:
    hook = hook_after(self, "__deepcopy__", __deepcopy__)
    return self if hook is None else hook(self, memo)


def __reduce_ex__(self: object, protocol: Any, /) -> Any:
    owner, function = following(self, "__reduce_ex__", __reduce_ex__)
    if owner is not object:
        reduced = function(self, protocol)
    else:
        owner, function = following(self, "__reduce__", None)
        if owner is not object:
            reduced = function(self)
        else:
            # Protocols below 2 cannot do slots; their tuples fit every protocol.
            reduced = object.__reduce_ex__(self, 2)
    if is_users_own(owner, function) or not is_tuple(reduced):
        return reduced
    make, args, state, items, pairs = (*reduced, None, None, None)[:5]
    contents = (type(self), state, items and list(items), pairs and list(pairs))
    return find_or_blank, (type(self), make, args), contents, None, None, fill


def following(self: object, name: str, ours: Any) -> tuple[type, Any]:
    """Who defines `name` next after `ours`, and how."""
    passed = ours is None
    for base in type(self).__mro__:
        function = vars(base).get(name)
        if function is ours and not passed:
            passed = True
        elif passed and function is not None and function is not ours:
            return base, function
    return object, None


def hook_after(self: object, name: str, ours: Any) -> Any:
    owner, function = following(self, name, ours)
    return function if is_users_own(owner, function) else None


def is_users_own(owner: type, function: Any) -> bool:
    """
    Tell a hook that the user wrote from one that comes with what the class is.

    The latter is written in C, in the standard library, or in a framework's
    class, which has a metaclass of its own and is no singleton.
    """
    made_by = type(owner)
    return (
        hasattr(function, "__code__")
        and owner.__module__.partition(".")[0] not in sys.stdlib_module_names
        and (
            made_by in (type, ABCMeta)
            or "_metapatterns_plan" in vars(made_by)
            or is_singleton(owner)
        )
    )


def is_to_be_kept(cls: type, instance: object) -> bool:
    """Tell what a call would keep; a pickle may be of when `cls` was a singleton."""
    return is_singleton(cls) and cls in class_of(instance).__mro__


def find_or_blank(cls: type, make: Any, args: tuple[Any, ...]) -> Any:
    import copyreg

    if not is_singleton(cls):
        return make(*args)
    single = own(cls)
    keep_identity(cls)  # which no call of it may have done here
    made: object = NOTHING
    while True:
        with LOCK:
            # What a call of the class made is still to be filled.
            if single.settled() and single.built.instance is not made:
                return single.built.instance
            if single.blank is NOTHING:
                single.blank = made
            if single.blank is not NOTHING:
                return single.blank
        # Meanwhile another load may begin, and may end.
        if make is copyreg.__newobj__:  # type: ignore[attr-defined]
            made = blank(args[0], args[1:], {})
        elif make is copyreg.__newobj_ex__:  # type: ignore[attr-defined]
            made = blank(*args)
        else:
            made = make(*args)
            if not is_to_be_kept(cls, made):
                return made


def fill(instance: Any, contents: tuple[type, Any, Any, Any]) -> None:
    cls, *rest = contents
    if not is_to_be_kept(cls, instance):
        restore(instance, *rest)
        return
    single = own(cls)
    while single.blank is instance:
        if single.built.instance is instance:  # made by a call of the class
            single.blank = NOTHING
            restore(instance, *rest)
            return
        construction = Construction(single, cls)
        try:
            if claim(construction):
                try:
                    restore(instance, *rest)
                    single.publish(instance, None)
                finally:
                    single.blank = NOTHING
        finally:
            try:
                release(construction)
            except BaseException:  # of a signal, which came between
                release(construction)
                raise
    if single.built.instance is not instance:
        from pickle import UnpicklingError

        raise UnpicklingError(
            f"{describe(cls)!r} is a singleton and was built while a pickle of it was"
            " being loaded; load the pickle again"
        )


def restore(instance: Any, state: State, items: Any, pairs: Any) -> None:
    """Do what :mod:`pickle` does with the parts of a reduced object."""
    if items:
        instance.extend(items)
    for key, value in pairs or ():
        instance[key] = value
    if hasattr(instance, "__setstate__"):
        if state is not None:
            instance.__setstate__(state)
        return
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    if attributes:
        instance.__dict__.update(attributes)
    for name, value in (slots or {}).items():
        setattr(instance, name, value)


def is_enumeration(cls: type) -> bool:
    """
    Tell whether calling `cls` looks a member up, instead of making one.

    The members of an enumeration are unique already, and ``Color(1)`` and
    ``Color(2)`` are two of them.  ``_member_map_``, in the class or in one of
    its parents, is what tells.
    """
    return hasattr(cls, "_member_map_") and any(
        "_member_map_" in vars(base) for base in cls.__mro__
    )


def keep_identity(cls: type) -> None:
    """Give `cls` these hooks, unless it has or inherits them, or has its own."""
    members = vars(cls)
    # A protocol would take them for members of its own.
    if members.get("_is_protocol") or is_enumeration(cls):
        return
    for name, hook in HOOKS.items():
        if name not in members and getattr(cls, name, None) is not hook:
            set_attribute(cls, name, hook)


HOOKS: dict[str, Any] = {
    "__copy__": __copy__,
    "__deepcopy__": __deepcopy__,
    "__reduce_ex__": __reduce_ex__,
}
