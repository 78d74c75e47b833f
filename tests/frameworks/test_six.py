"""The other ways of saying ``metaclass=``: six and ``types.new_class``."""

from __future__ import annotations

import types
from typing import Any

import pytest

six = pytest.importorskip("six", reason="six is not installed")

from .laws import FrameworkLaws


class Plain:
    pass


class TestWithMetaclass(FrameworkLaws):
    base = Plain

    def define(self, base: type, /, metaclass: Any = None, **keywords: Any) -> Any:
        global Six

        if keywords:  # six has no place for them
            keywords["metaclass"] = metaclass or type(base)
        elif metaclass is not None:
            base = six.with_metaclass(metaclass, base)

        class Six(base, **keywords):
            def work(self) -> int:
                return 6

        return Six

    def use(self, instance: Any) -> None:
        assert instance.work() == 6
        assert type(instance).__mro__[1] is not type(instance)


class TestNewClass(FrameworkLaws):
    base = Plain

    def define(self, base: type, /, **keywords: Any) -> Any:
        global New

        def body(namespace: dict[str, Any]) -> None:
            namespace.update(__module__=__name__, answer=lambda self: 7)

        New = types.new_class("New", (base,), keywords, body)
        return New

    def use(self, instance: Any) -> None:
        assert instance.answer() == 7


class TestAddMetaclass(FrameworkLaws):
    base = Plain

    def define(self, base: type, /, metaclass: Any = None, **keywords: Any) -> Any:
        global Added

        if keywords:  # six has no place for them
            keywords["metaclass"] = metaclass or type(base)

        class Added(base, **keywords):
            def work(self) -> int:
                return 6

        if metaclass is not None and not keywords:
            Added = six.add_metaclass(metaclass)(Added)
        return Added

    def use(self, instance: Any) -> None:
        assert instance.work() == 6
