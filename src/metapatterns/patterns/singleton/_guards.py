"""
A class's ``__new__`` and ``__init__``, guarded: what stands in for a metaclass.

Python answers ``C()`` with ``C.__new__`` and, if that returns an instance of C,
with its ``__init__``.  So the guarded ``__new__`` does all of it, the guarded
``__init__`` included, and the latter does nothing to what is built already.
"""

from __future__ import annotations

from _thread import _local

from ..._classes import class_of, past, set_attribute
from ._single import SLOT, built_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Answer = Callable[
        [type, Callable[..., Any], tuple[Any, ...], dict[str, Any]], object
    ]


class Handed(_local):
    """What this thread's ``__new__`` has just returned, for ``__init__`` to leave."""

    instance: object = None

    def __reduce__(self) -> str:
        # A class that travels by value takes its guards along, and they this.
        return "HANDED"


HANDED = Handed()


def guard_new(answer: Answer, original: Any = None) -> Any:
    """
    Make a ``__new__`` that puts `answer` before `original`.

    The function that ``cls.__new__`` leads to is the one that Python called; any
    other was reached from it by ``super()``, and hands on.
    """

    def __new__(cls: Any, /, *args: Any, **kwargs: Any) -> Any:
        if cls.__new__ is not __new__ or is_answered_by_metaclass(cls):
            return behind(cls, *args, **kwargs)

        def construct(*args: Any, **kwargs: Any) -> Any:
            guard_init(cls)
            instance = behind(cls, *args, **kwargs)
            made = class_of(instance)
            if cls in made.__mro__:
                guard_init(made)
                made.__init__(instance, *args, **kwargs)
            return instance

        instance = answer(cls, construct, args, kwargs)
        if cls in type(instance).__mro__ and guard_init(type(instance)):
            HANDED.instance = instance
        return instance

    def behind(cls: Any, /, *args: Any, **kwargs: Any) -> Any:
        if original is not None:
            return original.__get__(None, cls)(cls, *args, **kwargs)
        following = after(cls, "__new__", __new__)
        if following is not object.__new__:
            return following(cls, *args, **kwargs)
        if cls.__new__ is __new__ and (args or kwargs):
            # `object.__new__` lets pass what is meant for `__init__`, unless
            # another `__new__`, like ours, is in the way.
            if cls.__init__ is object.__init__:
                raise TypeError(f"{cls.__name__}() takes no arguments")
            return following(cls)
        return following(cls, *args, **kwargs)

    return dress(__new__, getattr(original, "__func__", original), behind)


def guard_init(cls: type[Any]) -> bool:
    """Guard ``cls.__init__``, whoever set it and when; tell whether there is one."""
    current = cls.__init__
    if hasattr(current, "_metapatterns_behind"):
        return True
    if current is object.__init__:
        return False
    original = vars(cls).get("__init__")

    def __init__(self: object, /, *args: Any, **kwargs: Any) -> None:
        if HANDED.instance is self:
            HANDED.instance = None
        elif not is_built(self):
            behind(self, *args, **kwargs)

    def behind(self: object, /, *args: Any, **kwargs: Any) -> None:
        if original is None:
            function = after(type(self), "__init__", __init__, self)
        else:
            function = original.__get__(self, type(self))
        function(*args, **kwargs)

    __init__._metapatterns_original = original  # type: ignore[attr-defined]
    set_attribute(cls, "__init__", dress(__init__, current, behind))
    return True


def is_built(instance: object) -> bool:
    return any(built_by(base).instance is instance for base in type(instance).__mro__)


def is_answered_by_metaclass(cls: type) -> bool:
    return has_singletons(type(cls))


def has_singletons(metaclass: type) -> bool:
    plan = vars(metaclass).get("_metapatterns_plan")
    return plan is not None and SLOT in dict(plan.slots)


def after(cls: type, name: str, guard: Any, instance: object = None) -> Any:
    """What ``super()`` would find in the class that holds `guard`."""
    for base in cls.__mro__:
        member = vars(base).get(name)
        if getattr(member, "__func__", member) is guard:
            return getattr(past(base, cls if instance is None else instance), name)
    raise TypeError(f"{name} of a singleton was called for {cls!r}, which is none")


#: From Python 3.14 on, annotations are evaluated when somebody asks for them.
ANNOTATIONS = "__annotate__" if hasattr(is_built, "__annotate__") else "__annotations__"


def dress(guard: Any, original: Any, behind: Any) -> Any:
    """Let `guard` look like what it stands before."""
    guard._metapatterns_behind = behind
    if original is None:
        return guard
    for name in ("__module__", "__qualname__", "__doc__", ANNOTATIONS):
        if hasattr(original, name):
            setattr(guard, name, getattr(original, name))
    guard.__wrapped__ = original
    return guard


def guard(cls: type, answer: Answer) -> None:
    """Guard ``cls.__new__``, unless a guard is what it leads to already."""
    if not hasattr(cls.__new__, "_metapatterns_behind"):
        new = guard_new(answer, vars(cls).get("__new__"))
        set_attribute(cls, "__new__", staticmethod(new))


def blank(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Make an instance without ``__init__``, as unpickling does."""
    new = cls.__new__
    return getattr(new, "_metapatterns_behind", new)(cls, *args, **kwargs)
