"""Singletons: calls once built, and the first construction."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from metapatterns import SingletonMeta, SingletonMixin, singleton

from ..harness import PEER, Contender, Fault, Goal, Group, Work, repeated, reported
from ..tutorials import LockedSingletonMeta, NewSingleton, OwnLockSingletonMeta
from ..ways import Way, by_hand, floor, ours, peer, tutorial

THREADS = 32


def decorated_by_singleton_decorator() -> Way:
    from singleton_decorator import singleton as decorate

    return Way(decorate=decorate)


def pysingleton() -> Way:
    from pysingleton import PySingleton

    return Way(metaclass=PySingleton)


def singletons() -> Way:
    from singletons import Singleton

    return Way(metaclass=Singleton)


def py_tooling() -> Way:
    from pyTooling.MetaClasses import ExtendedType

    return Way(metaclass=ExtendedType, singleton=True)


LOCKED = tutorial("double-checked lock", lambda: Way(metaclass=LockedSingletonMeta))
OWN_LOCK = by_hand(
    "lock and attribute per class", lambda: Way(metaclass=OwnLockSingletonMeta)
)
META = ours("SingletonMeta", lambda: Way(metaclass=SingletonMeta))
DOORS = (
    META,
    ours("SingletonMixin", lambda: Way(SingletonMixin)),
    ours("@singleton", lambda: Way(decorate=singleton)),
)
RIVALS = (
    tutorial("`__new__` and an attribute", lambda: Way(NewSingleton)),
    OWN_LOCK,
    by_hand("@functools.cache", lambda: Way(decorate=functools.cache)),
    peer("singletons", singletons),
    peer("pyTooling", py_tooling),
    peer("python-singleton-metaclasses", pysingleton),
    peer("singleton-decorator", decorated_by_singleton_decorator),
)
ALL = (LOCKED, floor("plain class, a new instance", Way), *DOORS, *RIVALS)


def groups() -> Iterator[Group]:
    yield Group(
        "Singleton: a call once built, no parameters",
        ALL,
        lambda way: repeated("one()", one=way.build()),
        probe=shortcomings,
        goals=[
            Goal("SingletonMeta", 0.70, LOCKED.name),
            Goal("SingletonMeta", 1.00, PEER),
        ],
        remark="The mixin and the decorator cannot keep Python from calling `__init__`"
        " each time, so they hand it a stand-in. A decorator that puts a function in the"
        " place of the class is quick, and leaves nothing to subclass or to test with"
        " `isinstance`.",
    )
    yield Group(
        "Singleton: a call once built, with its parameters",
        ALL,
        built_with_parameters,
        probe=shortcomings,
        goals=[
            Goal("SingletonMeta", 0.85, LOCKED.name),
            Goal("SingletonMeta", 1.00, PEER),
        ],
        remark="The library compares the arguments with those of the first call, and"
        " refuses others; the rest drop them silently.",
    )
    yield Group(
        "Singleton: the first construction",
        (LOCKED, OWN_LOCK, *DOORS, *(rival for rival in RIVALS if rival.kind == PEER)),
        lambda way: reported(lambda: contended(way, classes=1)),
        probe=shortcomings,
        goals=[Goal("SingletonMeta", 1.10, LOCKED.name)],
        unit="ms",
        rounds=25,
        remark=f"Wall time from the start of {THREADS} threads to the last answer. The"
        " constructor waits for 5 ms, as one that opens a file does.",
    )
    yield Group(
        "Singleton: two classes built at once",
        [at_once(contender) for contender in (LOCKED, OWN_LOCK, *DOORS)],
        reported,
        goals=[Goal("SingletonMeta @ 2", 1.20, "SingletonMeta @ 1")],
        unit="ms",
        sizes=(1, 2),
        counting="classes",
        rounds=25,
        remark="As above, the threads divided among the classes. One lock for all"
        " builds unrelated singletons one after the other.",
    )


def built_with_parameters(way: Way) -> Work:
    one = way.build(__init__=takes_parameters)
    one("a", size=2)
    return repeated("one('a', size=2)", one=one)


def takes_parameters(self: Any, path: str, size: int = 1) -> None:
    pass


def at_once(contender: Contender) -> Contender:
    def make(classes: int) -> Callable[[], float]:
        way = contender.make()
        return lambda: contended(way, classes)

    return Contender(contender.name, contender.kind, make)


def contended(way: Way, classes: int) -> float:
    """Return the milliseconds until all threads have the instance of their class."""
    made = [way.build(__init__=lambda self: time.sleep(0.005)) for _ in range(classes)]
    started: list[float] = []
    barrier = threading.Barrier(THREADS, lambda: started.append(time.perf_counter()))
    in_threads(lambda number: (barrier.wait(), made[number % classes]()))
    return (time.perf_counter() - started[0]) * 1e3


def in_threads(act: Callable[[int], object]) -> None:
    threads = [threading.Thread(target=act, args=(each,)) for each in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def shortcomings(way: Way) -> Iterator[str]:
    """Build in many threads, and ask for what a singleton should hold."""
    inits: list[object] = []

    def slow_init(self: Any) -> None:
        time.sleep(0.005)
        inits.append(self)

    made = way.build(__init__=slow_init)
    instances: list[object] = []
    at_once = threading.Barrier(THREADS)
    in_threads(lambda number: (at_once.wait(), instances.append(made())))
    if (different := len({id(each) for each in instances})) > 1:
        yield Fault(f"{different} instances in {THREADS} threads")
    elif len(inits) > 1:
        yield Fault(f"`__init__` ran {len(inits)} times")
    if not isinstance(made, type):
        yield Fault("leaves no class")
    other = way.build(__init__=takes_parameters)
    try:
        kept = other("a") is other("b")
    except TypeError:
        return
    yield "ignores other arguments" if kept else "an instance for each argument"
