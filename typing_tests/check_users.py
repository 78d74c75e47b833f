"""What users build on top: metaclasses of their own, stacks, generics, protocols."""

from __future__ import annotations

import abc
import logging
from typing import (
    Any,
    Generic,
    Protocol,
    TypeVar,
    assert_type,
    dataclass_transform,
)

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
    ValidatorMixin,
    field,
    logged,
    no_duplicates,
    registry_of,
    singleton,
)

T = TypeVar("T")

# -- a subclass of our metaclass: class keyword of its own --------------------


class TaggingMeta(RegistryMeta):
    def __new__(
        mcls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        /,
        *,
        tag: str = "",
        **kwargs: Any,
    ) -> TaggingMeta:
        return super().__new__(mcls, name, bases, namespace, **kwargs)

    @property
    def tag(cls) -> str:
        return ""


class Tagged(metaclass=TaggingMeta, tag="b", key="tagged"):
    def __init__(self, size: int) -> None: ...


assert_type(Tagged(1), Tagged)
assert_type(Tagged.tag, str)
assert_type(Tagged["tagged"], type[Tagged])
Tagged("a")  # error

# -- a subclass of our metaclass: `__call__` of its own -----------------------


class CountingMeta(SingletonMeta):
    calls = 0

    def __call__(cls: type[T], *args: Any, **kwargs: Any) -> T:
        made: T = type.__call__(cls, *args, **kwargs)
        return made


class Counted(metaclass=CountingMeta):
    def __init__(self, size: int) -> None: ...


assert_type(Counted(1), Counted)
assert_type(Counted.calls, int)
Counted("a")  # error

# -- a subclass of our metaclass: every pattern's -----------------------------


class UsersFinal(FinalMeta):
    pass


class UsersLogger(LoggerMeta):
    pass


class UsersNoDuplicate(NoDuplicateMeta):
    pass


class UsersRegistry(RegistryMeta):
    pass


class UsersSingleton(SingletonMeta):
    pass


class Sealed(metaclass=UsersFinal):
    def __init__(self, size: int) -> None: ...


class Logging(metaclass=UsersLogger):
    def __init__(self, size: int) -> None: ...


class Unique(metaclass=UsersNoDuplicate, duplicates_allow=("x",)):
    def __init__(self, size: int) -> None: ...


class Root(metaclass=UsersRegistry, registry_on_duplicate="replace"):
    def __init__(self, size: int) -> None: ...


class Single(metaclass=UsersSingleton, singleton_args="ignore"):
    def __init__(self, size: int) -> None: ...


assert_type(Sealed(1), Sealed)
assert_type(Logging(1), Logging)
assert_type(Unique(1), Unique)
assert_type(Root(1), Root)
assert_type(Single(1), Single)
assert_type(Logging.logger, logging.Logger)
assert_type(Root["root"], type[Root])
Sealed("a")  # error
Logging("a")  # error
Unique("a")  # error
Root("a")  # error
Single("a")  # error

# -- a subclass of our metaclass: fields below ValidatorMeta ------------------


class UsersValidator(ValidatorMeta):
    pass


@dataclass_transform(field_specifiers=(field,))
class RepeatedValidator(ValidatorMeta):
    pass


class Fields(metaclass=UsersValidator):
    x: int


class RepeatedFields(metaclass=RepeatedValidator):
    x: int


assert_type(Fields(1).x, int)  # false alarm in mypy pyright
assert_type(RepeatedFields(1).x, int)
Fields("a")  # error
RepeatedFields("a")  # error

# -- stacked metaclasses: in one order and the other --------------------------


class Forward(RegistryMeta, SingletonMeta, NoDuplicateMeta, LoggerMeta, abc.ABCMeta):
    pass


class Backward(abc.ABCMeta, LoggerMeta, NoDuplicateMeta, SingletonMeta, RegistryMeta):
    pass


class AsForward(metaclass=Forward, singleton_args="ignore", key="a"):
    def __init__(self, size: int) -> None: ...


class AsBackward(metaclass=Backward, duplicates="all"):
    def __init__(self, size: int) -> None: ...


class Closing(FinalMeta, RegistryMeta):
    pass


class Closed(metaclass=Closing, final=False, key="closed"):
    pass


assert_type(AsForward(1), AsForward)
assert_type(AsBackward(1), AsBackward)
assert_type(AsForward["a"], type[AsForward])
assert_type(Closed["closed"], type[Closed])
AsForward("a")  # error
AsBackward("a")  # error

# -- stacked mixins: constructor and keywords ---------------------------------


class Mixed(SingletonMixin, RegistryMixin, LoggerMixin, NoDuplicateMixin):
    def __init__(self, size: int) -> None:
        self.logger.info("made")


class Below(Mixed, key="below", singleton_args="ignore"):
    pass


class MixedFields(ValidatorMixin, LoggerMixin, FinalMixin, final=False):
    x: int


assert_type(Mixed(1), Mixed)
assert_type(Below(1), Below)
assert_type(registry_of(Mixed)["below"], type[Mixed])
assert_type(MixedFields(1).x, int)
Mixed("a")  # error
Below("a")  # error
MixedFields("a")  # error

# -- stacked decorators: constructor ------------------------------------------


@singleton
@logged(name="app")
@no_duplicates
class Decorated:
    def __init__(self, size: int) -> None: ...


assert_type(Decorated(1), Decorated)
Decorated("a")  # error

# -- Generic bases: inference and lookup --------------------------------------


class Codec(RegistryMixin, Generic[T]):
    def __init__(self, value: T) -> None:
        self.value = value


class IntCodec(Codec[int], key="int"):
    pass


class Store(Generic[T], metaclass=SingletonMeta):
    def __init__(self, content: T) -> None:
        self.content = content

    def get(self) -> T:
        return self.content


class IntStore(Store[int]):
    pass


assert_type(Codec("a"), Codec[str])
assert_type(IntCodec(1).value, int)
assert_type(IntStore(1).get(), int)
IntCodec("a")  # error


def first(codec: type[Codec[T]], value: T) -> T:
    return codec(value).value


assert_type(first(IntCodec, 1), int)

# -- a registry of Protocols: lookup ------------------------------------------


class Runs(Protocol):
    def run(self) -> int: ...


class Job(RegistryMixin):
    def run(self) -> int:
        return 1


class Night(Job, key="night"):
    pass


def start(runs: Runs) -> int:
    return runs.run()


runners: Registry[type[Runs]] = Registry()


@runners.register
class Day:
    def __init__(self, hours: int) -> None: ...

    def run(self) -> int:
        return 1


assert_type(start(registry_of(Job).create("night")), int)
assert_type(runners["Day"]().run(), int)
assert_type([runner().run() for runner in runners.values()], list[int])
assert_type(Day(1), Day)
start(registry_of(Job)["night"])  # error
runners["Day"].walk()  # error
Day("a")  # error

# -- type[T]: functions of classes --------------------------------------------


def built(cls: type[T], *args: Any) -> T:
    return cls(*args)


assert_type(built(Tagged, 1), Tagged)
assert_type(built(Mixed, 1), Mixed)
assert_type(built(Decorated, 1), Decorated)
everything: list[Mixed] = [built(cls, 1) for cls in (Below, Mixed)]
