"""Param: a metaclass with ``__setattr__`` and ``__init__`` of its own."""

from __future__ import annotations

from typing import Any

import pytest

param = pytest.importorskip("param", reason="Param is not installed")

from .laws import FrameworkLaws


class TestParameterized(FrameworkLaws):
    base = param.Parameterized
    field = param.Number

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Motor

        class Motor(base, **keywords):
            speed = param.Number(1, bounds=(0, 10))
            mode = param.Selector(objects=["on", "off"])
            heard = param.List()

            @param.depends("speed", watch=True)
            def hear(self) -> None:
                self.heard.append(self.speed)

        return Motor

    def build(self, cls: Any) -> Any:
        return cls(mode="off")

    def use(self, instance: Any) -> None:
        instance.speed = 4
        assert instance.heard == [4]
        with pytest.raises(ValueError, match="speed"):
            instance.speed = 40

    def work(self, cls: Any) -> None:
        super().work(cls)
        cls.speed = 2
        assert cls().speed == 2
        assert cls.param.speed.bounds == (0, 10)
        with pytest.raises(ValueError, match="speed"):
            cls.speed = 40
