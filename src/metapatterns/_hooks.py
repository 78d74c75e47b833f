"""
What the mixin and decorator doors share: the same stages, on a class that is.

A mixin is told of each subclass by ``__init_subclass__`` (PEP 487), a decorator
is handed its class; both find the class made already, so ``prepare`` is past
and ``before`` edits the class instead of its namespace.
"""

from __future__ import annotations

from _collections_abc import MutableMapping

from ._classes import (
    delete_attribute,
    has_framework,
    is_immutable,
    past,
    set_attribute,
)
from ._stages import NO_OPTIONS, Pattern, Stages, keep
from ._values import is_class, kind_of
from .errors import ClassDefinitionError, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, ClassVar, TypeVar

    from ._stages import Options

    CT = TypeVar("CT", bound=type[Any])


#: Where the hook that a decorator puts on a class has the one that was there.
OWN = "_metapatterns_own"

#: By patterns, and whether they stand beside a framework: as few as there are uses.
_stages: dict[tuple[Any, ...], Stages] = {}


class ClassNamespace(MutableMapping[str, "Any"]):
    """A class's own attributes, as the mapping that ``before`` edits."""

    def __init__(self, cls: type) -> None:
        self._cls: type = cls

    def __getitem__(self, name: str) -> Any:
        if name == "__qualname__":  # `type` has taken it out of the namespace
            return self._cls.__qualname__
        return vars(self._cls)[name]

    def __setitem__(self, name: str, value: object) -> None:
        set_attribute(self._cls, name, value)

    def __delitem__(self, name: str) -> None:
        delete_attribute(self._cls, name)

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(vars(self._cls)))

    def __len__(self) -> int:
        return len(vars(self._cls))


class PatternMixin:
    """
    The base of every mixin of this package.

    However many of them a class derives from, this one hook runs the stages of
    all, so that one pattern's refusal leaves nothing in another.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        #: In the body of each mixin: the pattern that it brings.
        _metapatterns_mixin: ClassVar[Pattern]

    def __init_subclass__(cls, /, **kwargs: Any) -> None:
        if "_metapatterns_mixin" in vars(cls):
            super().__init_subclass__(**kwargs)
            return
        stages = stages_of_mixins(cls)
        options, kwargs = stages.split(cls.__name__, cls.__bases__, kwargs)
        options = stages.read(cls.__name__, options)
        states = stages.before(
            cls.__name__, cls.__bases__, ClassNamespace(cls), options
        )
        super().__init_subclass__(**kwargs)
        keep(cls, states)
        stages.finish(cls, states)


def stages_of_mixins(cls: type) -> Stages:
    carried = patterns_of_metaclass(cls)
    patterns = [
        pattern
        for base in cls.__mro__
        if (pattern := vars(base).get("_metapatterns_mixin")) is not None
        and pattern.name not in carried
    ]
    key = (*patterns, has_framework(type(cls)))
    if key not in _stages:
        _stages[key] = Stages(patterns, foreign=key[-1])
    return _stages[key]


def patterns_of_metaclass(cls: type) -> set[str]:
    """The patterns that the metaclass of `cls` brings, and no other door repeats."""
    plan = vars(type(cls)).get("_metapatterns_plan")
    return {pattern.name for pattern in plan.patterns} if plan is not None else set()


def decorate(cls: CT, pattern: Pattern, options: Options = NO_OPTIONS, /) -> CT:
    """Take a finished class through a pattern's stages; return the same class."""
    if not is_class(cls):
        raise TypeError(
            f"the {pattern.name} decorator takes a class, not {kind_of(cls)}"
        )
    if is_immutable(cls):
        raise ClassDefinitionError(
            f"{describe(cls)!r} is a type on which nothing can be set, and the"
            f" {pattern.name} decorator has to; decorate a subclass of it"
        )
    if pattern.slot in vars(cls) or pattern.name in patterns_of_metaclass(cls):
        if options:
            raise ClassDefinitionError(
                f"{describe(cls)!r} follows the {pattern.name} pattern already;"
                f" give {', '.join(sorted(options))} where it does so first"
            )
        return cls
    stages = Stages([pattern], foreign=has_framework(type(cls)))
    options = stages.read(cls.__name__, options)
    before = dict(vars(cls))
    try:
        namespace = ClassNamespace(cls)
        states = stages.before(cls.__name__, cls.__bases__, namespace, options)
        keep(cls, states)
        stages.finish(cls, states)
    except BaseException:
        put_back(cls, before)
        raise
    return cls


def put_back(cls: type, attributes: dict[str, Any]) -> None:
    """Give a class that was refused the attributes that it had."""
    for name in tuple(vars(cls)):
        if name not in attributes:
            delete_attribute(cls, name)
    for name, value in attributes.items():
        if vars(cls).get(name, cls) is not value:
            set_attribute(cls, name, value)


def on_subclass(cls: type, react: Callable[[type], object], /) -> None:
    """
    Call ``react(subclass)`` for each later subclass of `cls`, ahead of its hooks.

    The class that owns the hook is looked up at each call, since a class that
    ``@dataclass(slots=True)`` builds anew takes the hook with it.  That siblings
    along the MRO are still reached is CPython issue 138010.
    """
    own = vars(cls).get("__init_subclass__")

    def __init_subclass__(subclass: type, /, **kwargs: Any) -> None:
        react(subclass)
        if own is not None:
            own.__get__(None, subclass)(**kwargs)
            return
        owners = (
            base
            for base in subclass.__mro__
            if leads_to(vars(base).get("__init_subclass__"), __init_subclass__)
        )
        past(next(owners, cls), subclass).__init_subclass__(**kwargs)

    vars(__init_subclass__)[OWN] = own
    hook: classmethod[Any, ..., None] = classmethod(__init_subclass__)
    set_attribute(cls, "__init_subclass__", hook)


def leads_to(hook: Any, function: object) -> bool:
    """Tell whether a hook is `function`, or another decorator's in front of it."""
    while hook is not None:
        hook = getattr(hook, "__func__", hook)
        if hook is function:
            return True
        # Not by `getattr`: a mock has everything.
        held: Any = getattr(hook, "__dict__", {})
        hook = held.get("__wrapped__", held.get(OWN))
    return False
