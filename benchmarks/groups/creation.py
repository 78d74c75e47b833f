"""Making a class: each pattern through each door, and combinations."""

from __future__ import annotations

import itertools
import logging
import typing
from abc import ABCMeta
from collections.abc import Iterator
from typing import Any

from metapatterns import (
    FinalMeta,
    FinalMixin,
    LoggerMeta,
    LoggerMixin,
    NoDuplicateMeta,
    NoDuplicateMixin,
    Registry,
    RegistryMeta,
    RegistryMixin,
    SingletonMeta,
    SingletonMixin,
    ValidatorMeta,
    combine_metaclasses,
    final,
    logged,
    no_duplicates,
    registry_of,
    singleton,
)

from ..harness import (
    Contender,
    Fault,
    Goal,
    Group,
    Work,
    cpu_time,
    repeated,
    reported,
    shortest,
)
from ..tutorials import (
    DictRegistry,
    DictRegistryMeta,
    HandWrittenFinal,
    HandWrittenLogger,
    LockedSingletonMeta,
    OwnLockSingletonMeta,
    TutorialFinalMeta,
    TutorialLoggerMeta,
    TutorialNoDuplicateMeta,
)
from ..ways import Way, by_hand, floor, ours, peer, tutorial, written
from . import singleton as singletons

EMPTY = type("EmptyMeta", (type,), {})
FLOORS = (
    floor("type", Way),
    floor("an empty metaclass", lambda: Way(metaclass=EMPTY)),
    floor("ABCMeta", lambda: Way(metaclass=ABCMeta)),
)


def groups() -> Iterator[Group]:
    for pattern, contenders, goals, probe in PATTERNS:
        registers = pattern == "registry"
        yield Group(
            f"Making a class: {pattern}",
            (*FLOORS, *contenders),
            with_new_names if registers else defining,
            probe=probe,
            goals=goals,
            remark=REGISTERING if registers else "",
        )
    yield from combinations()


REGISTERING = (
    "What is registered has a base, which costs something without any pattern. The"
    " tutorials put the class into a dict and are done; the library asks whether it is"
    " abstract, whether its key is taken, and where it comes from, under a lock."
)


def defining(way: Way) -> Work:
    return repeated("define()", unrolled=1, define=way.define)


# -- probes -------------------------------------------------------------------


def not_final(way: Way) -> Iterator[str]:
    try:
        type("Sub", (way.define(),), {})
    except TypeError:
        return
    yield Fault("can be subclassed")


def not_single(way: Way) -> Iterator[str]:
    made = way.define()
    if made() is not made():
        yield Fault("more than one instance")


def no_logger(way: Way) -> Iterator[str]:
    made = way.define()
    found = [
        value for value in vars(made).values() if isinstance(value, logging.Logger)
    ]
    logger = found[0] if found else made.logger
    expected = f"{made.__module__}.{made.__qualname__}"
    if logger.name != expected:
        yield f"named {logger.name}"
    if found and not hasattr(made, "logger"):
        yield "private: `self.__log`"


def passes_duplicates(way: Way) -> Iterator[str]:
    try:
        define_twice(way)
    except TypeError:
        pass
    else:
        yield Fault("takes a duplicate")
    try:
        define_property(way)
    except TypeError:
        yield Fault("refuses a property's setter")


def define_twice(way: Way) -> None:
    decorate = way.decorate or (lambda cls: cls)

    @decorate
    class Made(*way.bases, **way.keywords):
        def area(self) -> int:
            return 1

        def area(self) -> int:  # noqa: F811 - the point
            return 2


def define_property(way: Way) -> None:
    decorate = way.decorate or (lambda cls: cls)

    @decorate
    class Made(*way.bases, **way.keywords):
        @property
        def area(self) -> int:
            return 1

        @area.setter
        def area(self, value: int) -> None:
            pass


def not_registered(way: Way) -> Iterator[str]:
    """Ask through `way.found`, which its maker has left there."""
    made = way.define()
    if way.found(made.__name__) is not made:
        yield Fault("not registered")
    try:
        way.define()
    except Exception:
        pass
    else:
        yield "a second class of a name replaces the first"
    way.forget(made.__name__)


# -- registries ---------------------------------------------------------------


def way_into(found: Any, forget: Any, *bases: type, **options: Any) -> Way:
    way = Way(*bases, **options)
    way.found, way.forget = found, forget
    return way


def registry_meta() -> Way:
    root = RegistryMeta("Root", (), {})
    return way_into(root.__getitem__, registry_of(root).unregister, root)


def registry_mixin() -> Way:
    root = type("Root", (RegistryMixin,), {})
    registry = registry_of(root)
    return way_into(registry.__getitem__, registry.unregister, root)


def registry_decorator() -> Way:
    registry = Registry()
    return way_into(
        registry.__getitem__, registry.unregister, decorate=registry.register
    )


def tutorial_registry() -> Way:
    root = DictRegistryMeta("Root", (), {})
    return way_into(root.__getitem__, root.registry.pop, root)


def init_subclass_registry() -> Way:
    root = type("Root", (DictRegistry,), {})
    return way_into(root.registry.__getitem__, root.registry.pop, root)


def auto_registry() -> Way:
    from autoregistry import Registry

    class Root(Registry):
        pass

    return way_into(
        Root.__getitem__, lambda name: Root.__registry__.pop(name.lower()), Root
    )


def class_registry() -> Way:
    from class_registry import ClassRegistry
    from class_registry.base import AutoRegister

    registry = ClassRegistry("__name__")
    return way_into(registry.get_class, registry.unregister, AutoRegister(registry))


def registrable() -> Way:
    from registrable import Registrable

    class Root(Registrable):
        pass

    return way_into(
        Root.by_name,
        Registrable._registry[Root].pop,
        Root,
        decorate=lambda cls: Root.register(cls.__name__)(cls),
    )


def catalogue() -> Way:
    import catalogue

    registry = catalogue.Registry([f"metapatterns-{next(numbers)}"])
    return way_into(
        registry.get,
        lambda name: catalogue._remove([*registry.namespace, name]),
        decorate=lambda cls: registry.register(cls.__name__, func=cls),
    )


numbers = itertools.count()


def with_new_names(way: Way, number: int = 20) -> Work:
    """Run class statements whose names a registry does not know; it forgets them."""
    names = [f"Made{each}" for each in range(number)]
    lines = ["def define(bases, keywords, decorate):"]
    for name in names:
        if way.decorate is not None:
            lines.append("    @decorate")
        lines += [
            f"    class {name}(*bases, **keywords):",
            "        size = 1",
            "        def area(self) -> int:",
            "            return self.size",
        ]
    define = written("\n".join(lines))

    def run() -> float:
        start = cpu_time()
        define(way.bases, way.keywords, way.decorate)
        spent = cpu_time() - start
        for name in names:
            way.forget(name)
        return spent * 1e9 / number

    return reported(lambda: shortest(run))


# -- a logger -----------------------------------------------------------------


def autologging() -> Way:
    from autologging import logged

    return Way(decorate=logged)


# -- the table of patterns ----------------------------------------------------

PATTERNS: tuple[tuple[str, tuple[Contender, ...], list[Goal], Any], ...] = (
    (
        "final",
        (
            tutorial("tutorial's metaclass", lambda: Way(metaclass=TutorialFinalMeta)),
            by_hand("`__init_subclass__`", lambda: Way(HandWrittenFinal)),
            ours("FinalMeta", lambda: Way(metaclass=FinalMeta)),
            ours("FinalMixin", lambda: Way(FinalMixin)),
            ours("@final", lambda: Way(decorate=final)),
            peer("typing.final", lambda: Way(decorate=typing.final)),
        ),
        [Goal("FinalMeta", 1.30, "type")],
        not_final,
    ),
    (
        "singleton",
        (
            tutorial("double-checked lock", lambda: Way(metaclass=LockedSingletonMeta)),
            by_hand(
                "lock and attribute per class",
                lambda: Way(metaclass=OwnLockSingletonMeta),
            ),
            ours("SingletonMeta", lambda: Way(metaclass=SingletonMeta)),
            ours("SingletonMixin", lambda: Way(SingletonMixin)),
            ours("@singleton", lambda: Way(decorate=singleton)),
            peer("singletons", singletons.singletons),
            peer("pyTooling", singletons.py_tooling),
        ),
        [Goal("SingletonMeta", 1.35, "type")],
        not_single,
    ),
    (
        "logger",
        (
            tutorial("tutorial's metaclass", lambda: Way(metaclass=TutorialLoggerMeta)),
            by_hand("`__init_subclass__`", lambda: Way(HandWrittenLogger)),
            ours("LoggerMeta", lambda: Way(metaclass=LoggerMeta)),
            ours("LoggerMixin", lambda: Way(LoggerMixin)),
            ours("@logged", lambda: Way(decorate=logged)),
            peer("autologging", autologging),
        ),
        [Goal("LoggerMeta", 1.35, "type")],
        no_logger,
    ),
    (
        "no duplicate",
        (
            tutorial(
                "tutorial's metaclass", lambda: Way(metaclass=TutorialNoDuplicateMeta)
            ),
            ours("NoDuplicateMeta", lambda: Way(metaclass=NoDuplicateMeta)),
            ours("NoDuplicateMixin", lambda: Way(NoDuplicateMixin)),
            ours("@no_duplicates", lambda: Way(decorate=no_duplicates)),
        ),
        [Goal("NoDuplicateMeta", 1.70, "type")],
        passes_duplicates,
    ),
    (
        "registry",
        (
            floor("type, with a base", lambda: Way(type("Base", (), {}))),
            tutorial("tutorial's metaclass", tutorial_registry),
            by_hand("`__init_subclass__`", init_subclass_registry),
            ours("RegistryMeta", registry_meta),
            ours("RegistryMixin", registry_mixin),
            ours("@Registry.register", registry_decorator),
            peer("autoregistry", auto_registry),
            peer("class-registry", class_registry),
            peer("registrable", registrable),
            peer("catalogue", catalogue),
        ),
        [Goal("RegistryMeta", 1.30, "type")],
        not_registered,
    ),
)

# -- combinations -------------------------------------------------------------

STACKS = (
    (RegistryMeta, ABCMeta),
    (RegistryMeta, LoggerMeta, SingletonMeta, ABCMeta),
    (
        RegistryMeta,
        LoggerMeta,
        SingletonMeta,
        NoDuplicateMeta,
        FinalMeta,
        ValidatorMeta,
        ABCMeta,
    ),
)


def combinations() -> Iterator[Group]:
    for parts in STACKS:
        names = ", ".join(part.__name__ for part in parts)
        yield Group(
            f"Making a class: {len(parts)} metaclasses combined",
            (
                by_hand("class M(A, B, ...)", lambda parts=parts: by_hand_of(parts)),
                floor("type", Way),
                ours(
                    "combine_metaclasses",
                    lambda parts=parts: Way(metaclass=combine_metaclasses(*parts)),
                ),
            ),
            defining,
            goals=[Goal("combine_metaclasses", 1.05, "class M(A, B, ...)")],
            remark=f"The parts: {names}.",
        )


def by_hand_of(parts: tuple[type, ...]) -> Way:
    return Way(metaclass=type(parts[0])("ByHand", parts, {}))
