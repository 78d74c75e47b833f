"""Traits: a base in C, with a metaclass that rewrites the whole body."""

from __future__ import annotations

from typing import Any

import pytest

traits = pytest.importorskip("traits.api", reason="Traits is not installed")

from .laws import FrameworkLaws


class TestHasTraits(FrameworkLaws):
    base = traits.HasTraits
    field = traits.Int

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Tank

        class Tank(base, **keywords):
            level = traits.Range(0, 10, 5)
            name = traits.Str
            double = traits.Property(observe="level")
            heard = traits.List(traits.Int)

            def _get_double(self) -> int:
                return self.level * 2

            def _level_changed(self, new: int) -> None:
                self.heard.append(new)

        return Tank

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None

    def build(self, cls: Any) -> Any:
        return cls(name="north")

    def use(self, instance: Any) -> None:
        instance.level = 7
        assert instance.double == 14
        assert instance.heard == [7]
        with pytest.raises(traits.TraitError):
            instance.level = 70

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls(level=2).trait_get("name", "level") == {"name": "", "level": 2}
        assert "level" in cls.class_trait_names()
