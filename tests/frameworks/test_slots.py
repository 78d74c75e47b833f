"""``@dataclass(slots=True)`` and attrs: one class statement, two classes."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import pytest

attrs = pytest.importorskip("attrs", reason="attrs is not installed")

from metapatterns import FieldValueError, ValidatorMeta

from .laws import FrameworkLaws


class TestDataclass(FrameworkLaws):
    base = object
    builds_twice = True

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Point

        @dataclasses.dataclass(slots=True, order=True)
        class Point(base, **keywords):
            x: int
            y: int = 2

            @property
            def total(self) -> int:
                return self.x + self.y

            @total.setter
            def total(self, value: int) -> None:
                self.y = value - self.x

        return Point

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None

    def build(self, cls: Any) -> Any:
        return cls(1)

    def use(self, instance: Any) -> None:
        instance.total = 10
        assert dataclasses.asdict(instance) == {"x": 1, "y": 9}
        assert "__slots__" in vars(type(instance))

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls(1) < cls(2)
        assert dataclasses.replace(cls(1), y=5) == cls(1, 5)


class TestAttrs(FrameworkLaws):
    base = object
    builds_twice = True
    unfit = (ValidatorMeta,)

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Pair

        @attrs.define
        class Pair(base, **keywords):
            x: int = attrs.field(converter=int)
            y: int = attrs.field(default=2)

            @x.validator
            def _positive(self, attribute: Any, value: int) -> None:
                if value < 0:
                    raise ValueError(value)

            @functools.cached_property
            def total(self) -> int:
                return self.x + self.y

        return Pair

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None

    def build(self, cls: Any) -> Any:
        return cls("1")

    def use(self, instance: Any) -> None:
        assert instance.total == 3
        assert attrs.asdict(instance) == {"x": 1, "y": 2}
        with pytest.raises(ValueError, match="-1"):
            instance.x = -1

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls(1) == cls("1")
        assert attrs.evolve(cls(1), y=5).total == 6

    def test_two_owners_of_the_annotations_are_refused(self) -> None:
        """What declares a field elsewhere is no default for a validated one."""
        with pytest.raises(FieldValueError, match=r"Pair\.x"):
            self.define(object, metaclass=ValidatorMeta)
