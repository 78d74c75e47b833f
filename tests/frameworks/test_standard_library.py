"""Metaclasses of the standard library: ABC, Enum, Protocol, ctypes, and none."""

from __future__ import annotations

import abc
import ctypes
import enum
import functools
import typing
from typing import Any, Generic, Protocol, TypeVar

import pytest

from .laws import (
    BINDING_TWICE,
    FrameworkLaws,
    SingletonMixin,
    each_form,
    each_pattern,
    metaclass_for,
    two_nested_classes,
)

T = TypeVar("T")


class TestABC(FrameworkLaws):
    base = abc.ABC

    def root(self, *bases: type, **keywords: Any) -> Any:
        class Root(*bases, **keywords):
            @property
            @abc.abstractmethod
            def side(self) -> float: ...

            @side.setter
            @abc.abstractmethod
            def side(self, value: float) -> None: ...

            @classmethod
            @abc.abstractmethod
            def unit(cls) -> Any: ...

        return Root

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Shape

        class Shape(base, **keywords):
            def __init__(self, side: float = 2.0) -> None:
                self._side = side

            @property
            def side(self) -> float:
                return self._side

            @side.setter
            def side(self, value: float) -> None:
                self._side = value

            @classmethod
            def unit(cls) -> Any:
                return cls(1.0)

            @functools.singledispatchmethod
            def scale(self, factor: object) -> float:
                raise TypeError

            @scale.register
            def _(self, factor: int) -> float:
                return self.side * factor

            @scale.register
            def _(self, factor: str) -> float:
                return self.side * float(factor)

            @typing.overload
            def grow(self, by: int) -> int: ...
            @typing.overload
            def grow(self, by: str) -> str: ...
            def grow(self, by):
                return by

        return Shape

    def use(self, instance: Any) -> None:
        instance.side = 3.0
        assert instance.side == 3.0
        assert instance.scale("2") == instance.scale(2) == 6.0

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls.register(int) is int
        assert isinstance(1, cls)
        assert not isinstance("", cls)


class TestPlainABC(FrameworkLaws):
    """Without the decorators whose registries no pickle carries."""

    base = abc.ABC

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Rod

        class Rod(base, **keywords):
            def __init__(self) -> None:
                self.length = 3

        return Rod

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls.register(int) is int
        assert isinstance(1, cls)


class Members(FrameworkLaws):
    """What all enumerations have in common."""

    enforces_abstract = False
    looks_up = True
    unfit = (SingletonMixin,)  # its `__new__` makes it a data type to `Enum`

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None  # members make an enumeration final

    def bodies_that_bind_twice(self) -> Any:
        # 3.11 warns of nested classes that they become members.
        return (body for body in BINDING_TWICE if body is not two_nested_classes)


class TestEnum(Members):
    base = enum.Enum

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Colour

        class Colour(base, **keywords):
            _ignore_ = ["hue"]
            hue = 1
            hue = hue + 0
            RED = hue
            BLUE = 2
            CRIMSON = 1

            @property
            def pretty(self) -> str:
                return self.name.title()

            @enum.member
            def CALLED() -> str:
                return "called"

        return Colour

    def build(self, cls: Any) -> Any:
        return cls(1)

    def use(self, instance: Any) -> None:
        assert instance.name == "RED"
        assert instance.value == 1
        assert instance.pretty == "Red"

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert [member.name for member in cls] == ["RED", "BLUE", "CALLED"]
        assert cls(2) is cls["BLUE"] is cls.BLUE
        assert cls.CRIMSON is cls.RED
        assert len(cls) == 3
        assert cls.RED in cls
        assert not hasattr(cls, "hue")
        with pytest.raises(ValueError, match="9"):
            cls(9)


class TestIntFlag(Members):
    base = enum.IntFlag

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Access
        keywords.setdefault("boundary", enum.KEEP)

        class Access(base, **keywords):
            READ = enum.auto()
            WRITE = enum.auto()
            BOTH = READ | WRITE

        return Access

    def build(self, cls: Any) -> Any:
        return cls(1)

    def work(self, cls: Any) -> None:
        assert cls._boundary_ is enum.KEEP
        assert cls(8 | 1) == 9
        assert cls.READ | cls.WRITE is cls.BOTH
        assert cls.BOTH & cls.READ is cls.READ
        assert list(cls.BOTH) == [cls.READ, cls.WRITE]
        assert ~cls.READ & cls.BOTH is cls.WRITE


class TestStrEnum(Members):
    base = enum.StrEnum

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Unit

        class Unit(base, **keywords):
            METRE = enum.auto()
            SECOND = "s"

        return Unit

    def build(self, cls: Any) -> Any:
        return cls("s")

    def work(self, cls: Any) -> None:
        assert cls.METRE == "metre"
        assert f"{cls('s')}" == "s"
        assert cls("s") is cls.SECOND


@typing.runtime_checkable
class Closing(Protocol):
    def close(self) -> str: ...


class TestProtocol(FrameworkLaws):
    base = Closing

    def define(self, base: type, /, **keywords: Any) -> Any:
        global File

        class File(base, **keywords):
            def close(self) -> str:
                return "closed"

        return File

    def use(self, instance: Any) -> None:
        assert instance.close() == "closed"
        assert isinstance(instance, Closing)

    @each_form
    @each_pattern
    def test_protocol_itself_has_the_metaclass(self, pattern: Any, form: str) -> None:
        """A protocol keeps its members, and its checks by structure."""
        M = metaclass_for(form, (pattern.meta,), Closing)

        @typing.runtime_checkable
        class Measuring(Protocol, metaclass=M, **pattern.root_options):
            length: int

            def measure(self) -> int: ...

        class Explicit(Measuring, **pattern.root_options):
            pass

        class Rod:
            length = 3

            def measure(self) -> int:
                return self.length

        assert isinstance(Rod(), Measuring)
        assert not isinstance(TestProtocol(), Measuring)
        assert isinstance(Explicit(), Measuring)
        with pytest.raises(TypeError, match="instantiate"):
            Measuring()


class TestGeneric(FrameworkLaws):
    base = Generic

    def root(self, *bases: Any, **keywords: Any) -> Any:
        bases = tuple(Generic[T] if base is Generic else base for base in bases)
        return super().root(*bases, **keywords)

    def define(self, base: Any, /, **keywords: Any) -> Any:
        global Box
        bases = (Generic[T],) if base is Generic else (base, Generic[T])

        class Box(*bases, **keywords):
            def __init__(self, item: object = 1) -> None:
                self.item = item

        return Box

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls[int](3).item == 3
        assert cls.__parameters__ == (T,)
        assert isinstance(cls[str]("a"), cls)


class TestStructure(FrameworkLaws):
    base = ctypes.Structure
    enforces_abstract = False
    pickles = True

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Point

        class Point(base, **keywords):
            _fields_ = [("x", ctypes.c_int32), ("y", ctypes.c_double)]

        return Point

    def build(self, cls: Any) -> Any:
        return cls(1, 2.5)

    def use(self, instance: Any) -> None:
        cls = type(instance)
        assert ctypes.sizeof(cls) == 16
        assert (cls.x.offset, cls.y.offset) == (0, 8)
        again = cls.from_buffer_copy(bytes(instance))
        assert (again.x, again.y) == (1, 2.5)
        assert len((cls * 3)()) == 3
        assert ctypes.pointer(instance).contents.x == 1
