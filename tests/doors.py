"""How each pattern is put on a class through each door, as data for the tests."""

from __future__ import annotations

import logging
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from events import EVENTS, Named

from metapatterns import (
    DuplicateKeyError,
    DuplicateNameError,
    FieldValueError,
    FinalError,
    FinalMeta,
    FinalMixin,
    LoggerMeta,
    LoggerMixin,
    NoDuplicateMeta,
    NoDuplicateMixin,
    Registry,
    RegistryMeta,
    RegistryMixin,
    SingletonArgumentsError,
    SingletonMeta,
    SingletonMixin,
    ValidatorMeta,
    ValidatorMixin,
    combine_metaclasses,
    final,
    logged,
    no_duplicates,
    registry_of,
    singleton,
    singleton_instance,
    validated,
)
from metapatterns._doors import DECORATOR, KINDS, METACLASS, MIXIN

__all__ = ["DECORATOR", "DOORS", "KINDS", "METACLASS", "MIXIN", "Door", "Site", "plain"]


def unchanged(cls: type) -> type:
    return cls


@dataclass(frozen=True)
class Site:
    """Where a class statement is to stand: its bases, keywords and decorator."""

    bases: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    decorate: Callable[[type], type] = unchanged

    def define(self, name: str = "C", body: Mapping[str, Any] | None = None) -> type:
        # `_own`: a body that says nothing could be that of an unpickler.
        own = {"__module__": __name__, "__qualname__": name, "_own": True}
        namespace = {**own, **(body or {})}
        return self.decorate(
            types.new_class(
                name,
                self.bases,
                dict(self.keywords),
                lambda prepared: prepared.update(namespace),
            )
        )


def plain(*bases: Any, **keywords: Any) -> Site:
    """A class statement that says nothing of any pattern."""
    return Site(bases, keywords)


@dataclass(frozen=True)
class Subject:
    """
    A pattern: its doors, and what a test needs to know of it.

    ``open`` are the options under which whole hierarchies may grow, ``base`` those
    of a class whose children follow the rule in full.  ``breach`` breaks the rule, at
    sites; if a class statement does, it is that of ``refused``, before which the
    events are forgotten.  ``facts`` takes from the error what must be the same
    through every door.
    ``holds`` tells that a class follows the pattern.  ``option`` is one valid option
    and ``override`` another value; ``shows`` tells, of a class statement at a site,
    that the first is in force.  ``bad`` is an option that every door refuses.
    ``constructs``: writes constructors, as ``@dataclass`` does.
    """

    name: str
    metaclass: type[type]
    mixin: type
    decorator: Callable[..., Any]
    holds: Callable[[type], bool]
    option: Mapping[str, Any]
    override: Mapping[str, Any]
    shows: Callable[[Callable[[], Site]], bool]
    bad: Mapping[str, Any]
    breach: Callable[[Callable[[], Site]], object] | None = None
    error: type[Exception] | None = None
    facts: Callable[[Any], object] = str
    refused: str = ""
    open: Mapping[str, Any] = field(default_factory=dict)
    base: Mapping[str, Any] = field(default_factory=dict)
    adds: frozenset[str] = frozenset()
    constructs: bool = False
    decorated_classes_are_open: bool = True
    decorator_options: bool = True
    words: Callable[[str], str] = str


@dataclass(frozen=True)
class Door:
    """One pattern through one door."""

    subject: Subject
    kind: str

    def __str__(self) -> str:
        return f"{self.subject.name}-{self.kind}"

    @property
    def pattern(self) -> str:
        return self.subject.name

    @property
    def opens(self) -> bool:
        """Whether a class that came through this door may have subclasses."""
        return self.kind != DECORATOR or self.subject.decorated_classes_are_open

    def on(
        self,
        /,
        *bases: Any,
        options: Mapping[str, Any] = {},
        first: bool = False,
        **keywords: Any,
    ) -> Site:
        """
        The site of a class with the pattern; `keywords` are other hooks'.

        `first` lists a mixin before the other bases instead of after them.
        """
        subject = self.subject
        if self.kind == METACLASS:
            classes = types.resolve_bases(bases)
            meta = combine_metaclasses(subject.metaclass, *classes)
            return Site(bases, {"metaclass": meta, **options, **keywords})
        if self.kind == MIXIN:
            if not any(issubclass_of(base, subject.mixin) for base in bases):
                mixins = (subject.mixin,)
                bases = (*mixins, *bases) if first else (*bases, *mixins)
            return Site(bases, {**options, **keywords})
        words = {subject.words(word): value for word, value in options.items()}
        decorate = subject.decorator(**words) if words else subject.decorator
        return Site(bases, keywords, decorate)

    def open(self, /, *bases: Any, **more: Any) -> Site:
        """As :meth:`on`, for a class on which hierarchies may grow."""
        if self.kind == DECORATOR:
            return self.on(*bases, **more)
        return self.on(*bases, options=self.subject.open, **more)

    def base(self, /, *bases: Any, **more: Any) -> Site:
        """As :meth:`on`, for a class whose children follow the rule in full."""
        if self.kind == DECORATOR:
            return self.on(*bases, **more)
        return self.on(*bases, options=self.subject.base, **more)


def issubclass_of(base: object, mixin: type) -> bool:
    return isinstance(base, type) and issubclass(base, mixin)


# -- final --------------------------------------------------------------------


def subclass_final(site: Callable[[], Site]) -> object:
    here = site()

    @here.decorate
    class Leaf(*here.bases, **here.keywords):
        pass

    EVENTS.clear()

    class Twig(Leaf):
        named = Named()

    return Twig


def is_marked_final(cls: type) -> bool:
    return "__final__" in vars(cls)


def is_open(site: Callable[[], Site]) -> bool:
    try:
        subclass_final(site)
    except FinalError:
        return False
    return True


# -- logger -------------------------------------------------------------------


def has_own_logger(cls: Any) -> bool:
    return cls.logger is logging.getLogger(f"{cls.__module__}.{cls.__qualname__}")


# -- no_duplicate -------------------------------------------------------------


def bind_twice(site: Callable[[], Site]) -> object:
    here = site()
    EVENTS.clear()

    @here.decorate
    class Twice(*here.bases, **here.keywords):
        named = Named()

        def method(self) -> int:
            return 1

        def method(self) -> int:  # noqa: F811
            return 2

    return Twice


def may_bind_twice(site: Callable[[], Site]) -> bool:
    try:
        bind_twice(site)
    except DuplicateNameError:
        return False
    return True


def is_checked_for_duplicates(cls: type) -> bool:
    return "_abc_metapatterns_no_duplicate" in vars(cls)


# -- registry -----------------------------------------------------------------

#: The registry of the decorator door, until the next test.
SHAPES = [Registry("shapes")]


def forget() -> None:
    """Drop what the decorator door has registered."""
    SHAPES[:] = [Registry("shapes")]


def register(cls: Any, /) -> Any:
    return SHAPES[0].register(cls)


def has_registry(cls: type) -> bool:
    try:
        registry_of(cls)
    except TypeError:
        return False
    return True


def take_key_twice(site: Callable[[], Site]) -> object:
    here = site()

    @here.decorate
    class Root(*here.bases, **here.keywords):
        pass

    members = plain(Root) if has_registry(Root) else site()

    for _ in range(2):
        EVENTS.clear()

        @members.decorate
        class Taken(*members.bases, **members.keywords):
            named = Named()

    return Taken


def may_take_key_twice(site: Callable[[], Site]) -> bool:
    try:
        take_key_twice(site)
    except DuplicateKeyError:
        return False
    return True


def is_registered(cls: type) -> bool:
    if cls in SHAPES[0].values():
        return True
    roots = [base for base in cls.__mro__ if has_registry(base)]
    return bool(roots) and (
        cls is roots[-1] or any(cls in registry_of(root).values() for root in roots)
    )


# -- singleton ----------------------------------------------------------------


def call_twice(site: Callable[[], Site]) -> object:
    here = site()

    @here.decorate
    class Single(*here.bases, **here.keywords):
        def __init__(self, number: int) -> None:
            pass

    for number in (1, 2):
        Single(number)
    return Single


def may_call_twice(site: Callable[[], Site]) -> bool:
    try:
        call_twice(site)
    except SingletonArgumentsError:
        return False
    return True


def is_single(cls: Any) -> bool:
    return cls() is cls() is singleton_instance(cls)


# -- validator ----------------------------------------------------------------


def give_bad_default(site: Callable[[], Site]) -> object:
    here = site()
    EVENTS.clear()

    @here.decorate
    class Defaulted(*here.bases, **here.keywords):
        named: ClassVar = Named()
        number: int = "one"  # type: ignore[assignment]

    return Defaulted


def must_be_exact(site: Callable[[], Site]) -> bool:
    here = site()

    @here.decorate
    class Number(*here.bases, **here.keywords):
        number: int = 1

    try:
        Number(number=True)  # type: ignore[call-arg]
    except FieldValueError:
        return True
    return False


def is_validated(cls: type) -> bool:
    return "_abc_metapatterns_validator" in vars(cls)


SUBJECTS = [
    Subject(
        "final",
        FinalMeta,
        FinalMixin,
        final,
        breach=subclass_final,
        error=FinalError,
        facts=lambda error: (error.subclass, error.final, error.member, str(error)),
        holds=is_marked_final,
        open={"final": "methods"},
        base={"final": False},
        option={"final": "methods"},
        override={"final": True},
        shows=is_open,
        refused="Twig",
        bad={"final": "sometimes"},
        decorated_classes_are_open=False,
        decorator_options=False,
    ),
    Subject(
        "logger",
        LoggerMeta,
        LoggerMixin,
        logged,
        holds=has_own_logger,
        option={"logger_name": "shared"},
        override={"logger_name": "other"},
        shows=lambda site: site().define().logger.name == "shared",
        bad={"logger_attribute": "two words"},
        adds=frozenset({"logger"}),
        words=lambda word: word.removeprefix("logger_"),
    ),
    Subject(
        "no_duplicate",
        NoDuplicateMeta,
        NoDuplicateMixin,
        no_duplicates,
        breach=bind_twice,
        error=DuplicateNameError,
        facts=lambda error: (error.owner, error.duplicates, str(error)),
        refused="Twice",
        holds=is_checked_for_duplicates,
        option={"duplicates_allow": ("method",)},
        override={"duplicates_allow": ()},
        shows=may_bind_twice,
        bad={"duplicates": "sometimes"},
        words=lambda word: word.removeprefix("duplicates_"),
    ),
    Subject(
        "registry",
        RegistryMeta,
        RegistryMixin,
        register,
        breach=take_key_twice,
        error=DuplicateKeyError,
        facts=lambda error: (error.key, error.existing, error.new),
        refused="Taken",
        holds=is_registered,
        option={"registry_on_duplicate": "replace"},
        override={"registry_on_duplicate": "error"},
        shows=may_take_key_twice,
        bad={"registry_on_duplicate": "sometimes"},
        decorator_options=False,
    ),
    Subject(
        "singleton",
        SingletonMeta,
        SingletonMixin,
        singleton,
        breach=call_twice,
        error=SingletonArgumentsError,
        facts=lambda error: (error.owner, error.first_call, str(error)),
        holds=is_single,
        option={"singleton_args": "ignore"},
        override={"singleton_args": "error"},
        shows=may_call_twice,
        bad={"singleton_args": "sometimes"},
        words=lambda word: word.removeprefix("singleton_"),
    ),
    Subject(
        "validator",
        ValidatorMeta,
        ValidatorMixin,
        validated,
        breach=give_bad_default,
        error=FieldValueError,
        facts=lambda error: (error.owner, error.failures, str(error)),
        refused="Defaulted",
        holds=is_validated,
        option={"strict": True},
        override={"strict": False},
        shows=must_be_exact,
        bad={"strict": "sometimes"},
        constructs=True,
        words=lambda word: word.removeprefix("validator_"),
    ),
]

DOORS = [Door(subject, kind) for subject in SUBJECTS for kind in KINDS]


def together(
    *parts: Door,
    bases: tuple[Any, ...] = (),
    options: Mapping[str, Mapping[str, Any]] = {},
    metaclass: type | None = None,
) -> Site:
    """
    One class statement with several doors, in the order given.

    `options` are looked up by pattern, `metaclass` stands in for the combination
    of those that the parts and bases bring.
    """
    keywords: dict[str, Any] = {}
    decorators = []
    mixins = []
    metas = []
    for door in parts:
        given = dict(options.get(door.pattern, {}))
        if door.kind == DECORATOR:
            decorators.append(door.on(options=given).decorate)
            continue
        keywords |= given
        if door.kind == MIXIN:
            mixins.append(door.subject.mixin)
        else:
            metas.append(door.subject.metaclass)

    def decorate(cls: type) -> type:
        for decorator in decorators:
            cls = decorator(cls)
        return cls

    if metas:
        keywords["metaclass"] = metaclass or combine_metaclasses(
            *metas, *types.resolve_bases(bases)
        )
    return Site((*mixins, *bases), keywords, decorate)
