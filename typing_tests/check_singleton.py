"""Singleton: constructors stay checked, through every door."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Generic, TypeVar, assert_type

from metapatterns import (
    SingletonMeta,
    SingletonMixin,
    singleton,
    singleton_instance,
)
from metapatterns.testing import (
    override_singleton,
    reset_singleton,
    singleton_scope,
)

T = TypeVar("T")


def made(cls: type[T]) -> T:
    return cls()


# -- SingletonMeta: constructor -----------------------------------------------


class Config(metaclass=SingletonMeta):
    def __init__(self, path: str = "", *, debug: bool = False) -> None:
        self.path = path


class Child(Config):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size


assert_type(Config(), Config)
assert_type(Config("a", debug=True).path, str)
assert_type(Child(3).size, int)
Config(1)  # error
Config("a", "b")  # error
Config(verbose=True)  # error
Config("a").missing  # error
Child()  # error
Child("a")  # error

# -- SingletonMeta: constructor of a class without `__init__` -----------------


class Bare(metaclass=SingletonMeta):
    pass


class ByNew(metaclass=SingletonMeta):
    def __new__(cls, size: int) -> ByNew:
        return super().__new__(cls)


assert_type(Bare(), Bare)
assert_type(ByNew(1), ByNew)
Bare(1)  # error
ByNew("a")  # error
ByNew()  # error

# -- SingletonMeta: generic class ---------------------------------------------


class Box(Generic[T], metaclass=SingletonMeta):
    def __init__(self, content: T) -> None:
        self.content = content


assert_type(Box(1), Box[int])
assert_type(Box("a").content, str)
assert_type(Box[int](1), Box[int])
Box[int]("a")  # error

# -- SingletonMeta: the class as Callable and type[T] -------------------------

make: Callable[[str], Config] = Config
assert_type(made(Config), Config)
wrong: Callable[[int], Config] = Config  # error
other: Callable[[], Child] = Child  # error

# -- SingletonMeta: functools.partial of the class ----------------------------

partly = functools.partial(Config, debug=True)
assert_type(partly(), Config)  # inexact in ty

# -- SingletonMeta: class keywords --------------------------------------------


class Lenient(metaclass=SingletonMeta, singleton_args="ignore"):
    pass


class Typo(
    metaclass=SingletonMeta,
    singleton_args="sometimes",  # error, missed by mypy plugin ty pyrefly
):
    pass


class Below(Lenient, singleton_args=1):  # error, missed by mypy plugin ty pyrefly
    pass


# -- SingletonMixin: constructor ----------------------------------------------


class Cache(SingletonMixin, singleton_args="ignore"):
    def __init__(self, size: int) -> None:
        self.size = size


class Plain(SingletonMixin):
    pass


class New(SingletonMixin):
    def __new__(cls, size: int) -> New:
        return super().__new__(cls)


class Crate(SingletonMixin, Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content


assert_type(Cache(3), Cache)
assert_type(Cache(3).size, int)
assert_type(Plain(), Plain)
assert_type(New(1), New)
assert_type(Crate("a").content, str)
assert_type(made(Plain), Plain)
size_of: Callable[[int], Cache] = Cache
Cache()  # error
Cache("a")  # error
Plain(1)  # error
New("a")  # error
wrong_size: Callable[[str], Cache] = Cache  # error

# -- SingletonMixin: class keywords -------------------------------------------


class Odd(SingletonMixin, singleton_args="sometimes"):  # error
    pass


class BelowCache(Cache, singleton_args=1):  # error
    pass


# -- singleton: constructor ---------------------------------------------------


@singleton
class Bank:
    def __init__(self, size: int = 0) -> None:
        self.size = size


@singleton(args="warn")
class Called:
    def __init__(self, size: int) -> None:
        self.size = size


@singleton()
class Empty:
    pass


class BelowBank(Bank):
    pass


@singleton
class Jar(Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content


assert_type(Bank(1), Bank)
assert_type(Called(1).size, int)
assert_type(Empty(), Empty)
assert_type(BelowBank().size, int)
assert_type(Jar("a").content, str)
assert_type(made(Bank), Bank)
bank: Callable[[int], Bank] = Bank
Bank("a")  # error
Called()  # error
Empty(1)  # error
BelowBank("a")  # error
wrong_bank: Callable[[str], Bank] = Bank  # error

# -- singleton: options -------------------------------------------------------


@singleton(args="sometimes")  # error
class Unsure:
    pass


@singleton(mode="warn")  # error
class Unknown:
    pass


@singleton  # error
def no_class() -> None: ...


# -- singleton_instance: argument and result ----------------------------------

assert_type(singleton_instance(Config), Config | None)
assert_type(singleton_instance(Bank), Bank | None)
assert_type(reset_singleton(Cache), Cache | None)
with singleton_scope(Config, Cache), override_singleton(Config, Child) as instance:
    assert_type(instance, Any)
singleton_instance(Config("a"))  # error
singleton_scope(Config())  # error
