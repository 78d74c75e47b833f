"""A pattern that records its stages, and metaclasses that do as they please."""

from __future__ import annotations

import ctypes
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from events import note

from metapatterns._pipeline import PatternMeta
from metapatterns._stages import Pattern

if TYPE_CHECKING:
    from metapatterns._stages import Namespace, Options


class State:
    def __init__(self, mode: object) -> None:
        self.mode = mode


class Recorder(Pattern):
    """Acts at every stage and does nothing but say so."""

    def __init__(self, name: str = "recorder") -> None:
        self.name = name
        self.keywords = (f"{name}_mode",)
        super().__init__()

    def prepare(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Options,
        /,
    ) -> Namespace:
        note(self.name, "prepare", name)
        return namespace

    def before(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Options,
        /,
    ) -> State:
        note(self.name, "before", name)
        return State(options.get(self.keywords[0]))

    def rebuilt(
        self, state: State, name: str, bases: tuple[type, ...], namespace: Namespace, /
    ) -> State:
        note(self.name, "rebuilt", name)
        return state

    def check(self, cls: type, state: State, /) -> None:
        note(self.name, "check", cls.__name__)

    def created(self, cls: type, state: State, /) -> None:
        note(self.name, "created", cls.__name__)

    def call(
        self,
        cls: type,
        construct: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        /,
    ) -> object:
        note(self.name, "call", cls.__name__)
        return construct(*args, **kwargs)


RECORDER = Recorder()


class RecorderMeta(PatternMeta):
    """A pattern's metaclass in the shape of the package's own."""

    _metapatterns_pattern = RECORDER

    def __call__(cls, /, *args: Any, **kwargs: Any) -> Any:
        return RECORDER.call(cls, super().__call__, args, kwargs)


def mode_of(cls: type) -> object:
    """The option that the recorder resolved for a class."""
    return vars(cls)[RECORDER.slot].mode


# -- metaclasses, each with a habit -------------------------------------------


class Cooperative(type):
    """Defines every hook and chains each of them."""

    @classmethod
    def __prepare__(mcls, name, bases, /, **kwargs):
        note("framework", "__prepare__", name)
        return super().__prepare__(name, bases, **kwargs)

    def __new__(mcls, name, bases, namespace, /, **kwargs):
        note("framework", "__new__", name)
        return super().__new__(mcls, name, bases, namespace, **kwargs)

    def __init__(cls, name, bases, namespace, /, **kwargs):
        note("framework", "__init__", name)
        super().__init__(name, bases, namespace, **kwargs)

    def __call__(cls, /, *args, **kwargs):
        note("framework", "__call__", cls.__name__)
        return super().__call__(*args, **kwargs)


class NewByName(type):
    """Ends the chain of ``__new__`` at ``type``."""

    def __new__(mcls, name, bases, namespace, /, **kwargs):
        note("framework", "__new__", name)
        return type.__new__(mcls, name, bases, namespace, **kwargs)


class InitByName(type):
    """Ends the chain of ``__init__`` at ``type``, as SQLAlchemy does."""

    def __init__(cls, name, bases, namespace, /, **kwargs):
        note("framework", "__init__", name)
        type.__init__(cls, name, bases, namespace)


class CallByName(type):
    """Ends the chain of ``__call__`` at ``type``."""

    def __call__(cls, /, *args, **kwargs):
        note("framework", "__call__", cls.__name__)
        return type.__call__(cls, *args, **kwargs)


class CallTwice(type):
    """Builds two instances at each call and hands out the second."""

    def __call__(cls, /, *args, **kwargs):
        note("framework", "__call__", cls.__name__)
        super().__call__(*args, **kwargs)
        return super().__call__(*args, **kwargs)


class SpecialDict(dict):
    pass


class OwnNamespace(type):
    """Hands out a mapping of its own, insists on it, and asks nobody else."""

    @classmethod
    def __prepare__(mcls, name, bases, /, **kwargs):
        note("framework", "__prepare__", name)
        return SpecialDict(prepared=True)

    def __new__(mcls, name, bases, namespace, /, **kwargs):
        note("framework", f"__new__ with {type(namespace).__name__}", name)
        return super().__new__(mcls, name, bases, dict(namespace), **kwargs)


class HelperFirst(type):
    """Builds a second class, under a name of its own, before the one it returns."""

    def __new__(mcls, name, bases, namespace, /, **kwargs):
        note("framework", "__new__", name)
        helper = super().__new__(mcls, f"{name}Helper", bases, dict(namespace))
        cls = super().__new__(mcls, name, bases, namespace, **kwargs)
        cls.helper = helper
        return cls


class OwnInstances(type):
    """Builds instances of itself, whatever it was asked for, as TypedDict does."""

    def __new__(mcls, name, bases, namespace, /, **kwargs):
        note("framework", "__new__", name)
        return type.__new__(OwnInstances, name, bases, namespace)


class Caching(type):
    """Returns the class that it already made under a name."""

    made: dict[tuple[type, str], type] = {}

    def __new__(mcls, name, bases, namespace, /, **kwargs):
        note("framework", "__new__", name)
        known = Caching.made.get((mcls, name))
        if known is None:
            known = super().__new__(mcls, name, bases, namespace, **kwargs)
            Caching.made[mcls, name] = known
        return known


class Editing(type):
    """Rewrites the namespace that it is handed."""

    def __new__(mcls, name, bases, namespace, /, **kwargs):
        note("framework", "__new__", name)
        namespace.pop("dropped", None)
        namespace["edited"] = namespace["edited_again"] = 1
        namespace["edited_again"] = 2
        return super().__new__(mcls, name, bases, namespace, **kwargs)


class TakesKeyword(type):
    """Has a class keyword of its own and lets nobody else see it."""

    def __new__(mcls, name, bases, namespace, /, *, table=False, **kwargs):
        note("framework", f"__new__ table={table}", name)
        return super().__new__(mcls, name, bases, namespace, **kwargs)

    def __init__(cls, name, bases, namespace, /, *, table=False, **kwargs):
        super().__init__(name, bases, namespace, **kwargs)


class FrameworkMeta(type):
    """A framework that claims the words of dataclasses and looks at annotations."""

    def __new__(mcls, name, bases, namespace, frozen=None, strict=None, **kwargs):
        cls = super().__new__(mcls, name, bases, namespace, **kwargs)
        cls.seen = (frozen, strict, dict(namespace.get("__annotations__", {})))
        return cls

    def __init__(cls, name, bases, namespace, **kwargs):
        super().__init__(name, bases, namespace)


class Guarded(type):
    """Refuses every assignment to its classes."""

    def __setattr__(cls, name, value):
        raise AttributeError(f"{cls.__name__} is closed")


class Metatype(type):
    """The class of a framework's metaclass: not `type`, and not ours."""

    def __call__(mcls, *args, **kwargs):
        note("framework", "metatype", str(args[0]) if args else "")
        return super().__call__(*args, **kwargs)


class WithMetatype(type, metaclass=Metatype):
    pass


class Structured(ctypes.Structure):
    """A base whose metaclass is written in C."""


class Plain:
    """A base whose metaclass is ``type``."""


@dataclass(frozen=True)
class Framework:
    """A metaclass, the bases its classes need, and what they say in their body."""

    name: str
    meta: type[type]
    bases: tuple[type, ...] = (Plain,)
    keywords: Mapping[str, Any] = ()  # type: ignore[assignment]

    def __repr__(self) -> str:
        return self.name


HABITS = (
    Cooperative,
    NewByName,
    InitByName,
    CallByName,
    OwnNamespace,
    HelperFirst,
    Caching,
    Editing,
    Guarded,
)

FRAMEWORKS = (
    *(Framework(meta.__name__, meta) for meta in HABITS),
    Framework("TakesKeyword", TakesKeyword, keywords={"table": True}),
    Framework("ctypes", type(ctypes.Structure), (ctypes.Structure,)),
    Framework("Enum", enum.EnumType, (enum.Enum,)),
)


def hand_written(framework: type[type], *, first: bool) -> type[type]:
    """``class M(FrameworkMeta, RecorderMeta)``, or the other way about."""
    if first:

        class M(framework, RecorderMeta):  # type: ignore[misc,valid-type]
            pass

        return M

    class N(RecorderMeta, framework):  # type: ignore[misc,valid-type]
        pass

    return N
