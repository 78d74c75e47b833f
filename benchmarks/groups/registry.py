"""Registries: lookups, and what one more class costs as the registry grows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from metapatterns import Registry, RegistryMeta, RegistryMixin, registry_of

from ..harness import (
    Fault,
    Goal,
    Group,
    Sample,
    Work,
    cpu_time,
    repeated,
    reported,
    shortest,
)
from ..tutorials import DictRegistry, DictRegistryMeta
from ..ways import by_hand, ours, peer, tutorial


@dataclass(frozen=True)
class Catalogue:
    """A registry of classes, its members, and how it is used."""

    add: Callable[[str], type]
    #: The statement that looks `key` up in `registry`.
    lookup: str
    registry: Any
    drop: Callable[[str], object]


def filled(catalogue: Catalogue, size: int) -> Catalogue:
    for number in range(size):
        catalogue.add(f"K{number}")
    return catalogue


def subclassing(root: type) -> Callable[[str], type]:
    metaclass = type(root)
    return lambda name: metaclass(name, (root,), {})


# -- the contenders -----------------------------------------------------------


def tutorial_registry(size: int = 100) -> Catalogue:
    root = DictRegistryMeta("Root", (), {})
    add = subclassing(root)
    return filled(Catalogue(add, "registry[key]", root, root.registry.pop), size)


def init_subclass_registry(size: int = 100) -> Catalogue:
    root = type("Root", (DictRegistry,), {})
    add = subclassing(root)
    members = root.registry
    return filled(Catalogue(add, "registry[key]", members, members.pop), size)


def registry_meta(size: int = 100) -> Catalogue:
    root = RegistryMeta("Root", (), {})
    drop = registry_of(root).unregister
    return filled(Catalogue(subclassing(root), "registry[key]", root, drop), size)


def registry_mixin(size: int = 100) -> Catalogue:
    root = type("Root", (RegistryMixin,), {})
    registry = registry_of(root)
    add = subclassing(root)
    return filled(Catalogue(add, "registry[key]", registry, registry.unregister), size)


def registry_decorator(size: int = 100) -> Catalogue:
    registry: Registry[type] = Registry()

    def add(name: str) -> type:
        return registry.register(type(name, (), {}))

    return filled(Catalogue(add, "registry[key]", registry, registry.unregister), size)


def auto_registry(size: int = 100) -> Catalogue:
    from autoregistry import Registry

    class Root(Registry):
        pass

    def drop(name: str) -> None:
        del Root.__registry__[name.lower()]

    return filled(Catalogue(subclassing(Root), "registry[key]", Root, drop), size)


def class_registry(size: int = 100) -> Catalogue:
    from class_registry import ClassRegistry
    from class_registry.base import AutoRegister

    registry = ClassRegistry("__name__")
    add = subclassing(AutoRegister(registry))
    lookup = "registry.get_class(key)"
    return filled(Catalogue(add, lookup, registry, registry.unregister), size)


def registrable(size: int = 100) -> Catalogue:
    from registrable import Registrable

    class Root(Registrable):
        pass

    def add(name: str) -> type:
        return Root.register(name)(type(name, (Root,), {}))

    members = Registrable._registry[Root]
    return filled(Catalogue(add, "registry.by_name(key)", Root, members.pop), size)


def catalogue_of_spacy(size: int = 100) -> Catalogue:
    import catalogue

    registry = catalogue.Registry([f"metapatterns-{next(numbers)}"])

    def add(name: str) -> type:
        return registry.register(name, func=type(name, (), {}))

    def drop(name: str) -> None:
        catalogue._remove([*registry.namespace, name])

    return filled(Catalogue(add, "registry.get(key)", registry, drop), size)


def plugin_manager(size: int = 100) -> Catalogue:
    import pluggy

    manager = pluggy.PluginManager("metapatterns")

    def add(name: str) -> type:
        cls = type(name, (), {})
        manager.register(cls, name)
        return cls

    def drop(name: str) -> None:
        manager.unregister(name=name)

    return filled(Catalogue(add, "registry.get_plugin(key)", manager, drop), size)


numbers = itertools.count()

TUTORIAL = tutorial("a dict behind `__getitem__`", tutorial_registry)
META = ours("RegistryMeta", registry_meta)
CONTENDERS = (
    TUTORIAL,
    by_hand("`__init_subclass__` and a dict", init_subclass_registry),
    META,
    ours("RegistryMixin", registry_mixin),
    ours("Registry.register", registry_decorator),
    peer("autoregistry", auto_registry),
    peer("class-registry", class_registry),
    peer("registrable", registrable),
    peer("catalogue", catalogue_of_spacy),
    peer("pluggy", plugin_manager),
)
GROWING = CONTENDERS[:7]
SIZES = (10, 100, 1_000, 10_000)


# -- the groups ---------------------------------------------------------------


def groups() -> Iterator[Group]:
    yield Group(
        "Registry: a lookup among 100",
        CONTENDERS,
        lookup,
        probe=shortcomings,
        goals=[
            Goal("RegistryMeta", 1.10, TUTORIAL.name),
            Goal("RegistryMeta", 0.20, "autoregistry"),
        ],
        remark="A lookup on the class goes through a method of its metaclass, which is"
        " Python; `registry_of` gives a mapping, which is asked directly.",
    )
    yield Group(
        "Registry: a lookup, as the registry grows",
        GROWING,
        lookup,
        goals=[Goal("RegistryMeta @ 10000", 1.10, "RegistryMeta @ 100")],
        sizes=SIZES,
        counting="classes",
    )
    yield Group(
        "Registry: one more class, as the registry grows",
        GROWING,
        lambda catalogue: reported(registering(catalogue)),
        goals=[Goal("RegistryMeta @ 10000", 1.15, "RegistryMeta @ 100")],
        sizes=SIZES,
        counting="classes",
    )


def lookup(catalogue: Catalogue) -> Work:
    return repeated(catalogue.lookup, registry=catalogue.registry, key="K5")


def registering(catalogue: Catalogue, batch: int = 20) -> Sample:
    """Report what one of several new classes costs; they are dropped again."""

    def sample() -> float:
        names = [f"New{each}" for each in range(batch)]
        start = cpu_time()
        for name in names:
            catalogue.add(name)
        spent = cpu_time() - start
        for name in names:
            catalogue.drop(name)
        return spent * 1e9 / batch

    return lambda: shortest(sample)


def shortcomings(catalogue: Catalogue) -> Iterator[str]:
    """Ask for the class that was added, a key twice, and a key that is not there."""

    def find(key: str) -> object:
        return eval(catalogue.lookup, {"registry": catalogue.registry, "key": key})

    added = catalogue.add("Added")
    if find("Added") is not added:
        yield Fault("does not find what was added")
    try:
        catalogue.add("Added")
    except Exception:
        pass
    else:
        yield "a second class of a name replaces the first"
    catalogue.drop("Added")
    try:
        missing = find("K55x")
    except Exception as error:
        if "K55" not in str(error).replace("'K55x'", ""):
            yield "a miss suggests nothing"
    else:
        yield f"a miss gives {missing}"
