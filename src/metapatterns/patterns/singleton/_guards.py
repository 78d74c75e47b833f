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

#: Where a class has the guard of its ``__new__``, and all the guards that were put on
#: it, of which there may be none: others may stand before these, as ``@deprecated`` does.
NEW = "_abc_metapatterns_singleton_new"
GUARDS = "_abc_metapatterns_singleton_guards"


def guard_new(answer: Answer, original: Any = None) -> Any:
    """
    Make a ``__new__`` that puts `answer` before `original`.

    The first guard that a class has, or inherits, answers for it; any other was
    reached from that by ``super()``, and hands on.
    """

    def __new__(cls: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not is_first(cls) or is_answered_by_metaclass(cls):
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

    def is_first(cls: type) -> bool:
        return getattr(cls, NEW, None) is __new__

    def behind(cls: Any, /, *args: Any, **kwargs: Any) -> Any:
        if original is not None:
            return original.__get__(None, cls)(cls, *args, **kwargs)
        following = after(cls, "__new__", __new__)
        if following is not object.__new__:
            return following(cls, *args, **kwargs)
        if is_first(cls) and (args or kwargs):
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
    if is_guard(current):
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
            bind = getattr(original, "__get__", None)  # a mock has none
            function = original if bind is None else bind(self, type(self))
        function(*args, **kwargs)

    __init__._metapatterns_original = original  # type: ignore[attr-defined]
    put(cls, "__init__", dress(__init__, current, behind))
    return True


def is_built(instance: object) -> bool:
    return any(built_by(base).instance is instance for base in type(instance).__mro__)


def is_answered_by_metaclass(cls: type) -> bool:
    return has_singletons(type(cls))


def is_singleton(cls: type) -> bool:
    has_state = any(SLOT in vars(base) for base in cls.__mro__)
    return has_state or is_answered_by_metaclass(cls)


def has_singletons(metaclass: type) -> bool:
    plan = vars(metaclass).get("_metapatterns_plan")
    return plan is not None and SLOT in dict(plan.slots)


def after(cls: type, name: str, guard: Any, instance: object = None) -> Any:
    """What ``super()`` would find in the class that was given `guard`."""
    for base in cls.__mro__:
        if guard in vars(base).get(GUARDS, ()):
            return getattr(past(base, cls if instance is None else instance), name)
    raise TypeError(f"{name} of a singleton was called for {cls!r}, which is none")


#: From Python 3.14 on, annotations are evaluated when somebody asks for them.
ANNOTATIONS = "__annotate__" if hasattr(is_built, "__annotate__") else "__annotations__"


def dress(guard: Any, original: Any, behind: Any) -> Any:
    """Let `guard` look like what it stands before."""
    guard._metapatterns_guard, guard._metapatterns_behind = guard, behind
    if original is None:
        return guard
    for name in ("__module__", "__qualname__", "__doc__", ANNOTATIONS):
        if hasattr(original, name):
            setattr(guard, name, getattr(original, name))
    guard.__wrapped__ = original
    return guard


def is_guard(function: Any) -> bool:
    # `functools.wraps` copies what a function has, and a mock has everything.
    return getattr(function, "_metapatterns_guard", None) is function


def put(cls: type, name: str, guard: Any) -> None:
    set_attribute(cls, name, staticmethod(guard) if name == "__new__" else guard)
    set_attribute(cls, GUARDS, (*vars(cls).get(GUARDS, ()), guard))


def guard(cls: type, answer: Answer) -> None:
    """Guard ``cls.__new__``, unless it comes from a class that has been here."""
    holder = next(base for base in cls.__mro__ if "__new__" in vars(base))
    if GUARDS in vars(holder):
        set_attribute(cls, GUARDS, vars(cls).get(GUARDS, ()))
        return
    new = guard_new(answer, vars(cls).get("__new__"))
    put(cls, "__new__", new)
    set_attribute(cls, NEW, new)


def blank(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Make an instance without ``__init__``, as unpickling does."""
    first = getattr(cls, NEW, None)
    new = cls.__new__ if first is None else first._metapatterns_behind
    return new(cls, *args, **kwargs)
