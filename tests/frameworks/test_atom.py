"""Atom: C members, slots, and a metaclass with a layout of class data of its own."""

from __future__ import annotations

from typing import Any

import pytest

atom = pytest.importorskip("atom.api", reason="Atom is not installed")

from .laws import FrameworkLaws


class TestAtom(FrameworkLaws):
    base = atom.Atom
    field = atom.Int
    enforces_abstract = False

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Valve

        class Valve(base, **keywords):
            flow = atom.Int(1)
            tag = atom.Str()
            heard = atom.List()

            def _default_tag(self) -> str:
                return "main"

            def _observe_flow(self, change: Any) -> None:
                if change["type"] == "update":
                    self.heard.append(change["value"])

        return Valve

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None

    def use(self, instance: Any) -> None:
        instance.flow = 1
        instance.flow = 4
        assert instance.heard == [4]
        assert instance.tag == "main"
        with pytest.raises(TypeError):
            instance.flow = "fast"

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert sorted(cls.members()) == ["flow", "heard", "tag"]
        assert cls(flow=3).flow == 3
        with pytest.raises(AttributeError):
            cls().unknown = 1
