"""msgspec: structs are made by a metaclass written in C, with keywords of its own."""

from __future__ import annotations

from typing import Any

import pytest

msgspec = pytest.importorskip("msgspec", reason="msgspec is not installed")

from .laws import FrameworkLaws, SingletonMixin


class TestStruct(FrameworkLaws):
    base = msgspec.Struct
    unfit = (SingletonMixin,)  # no base of a struct may define `__new__`

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Event

        class Event(base, tag="event", eq=True, omit_defaults=True, **keywords):
            name: str
            size: int = 1

            @property
            def double(self) -> int:
                return self.size * 2

            @double.setter
            def double(self, value: int) -> None:
                self.size = value // 2

        return Event

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None

    def build(self, cls: Any) -> Any:
        return cls("boot")

    def use(self, instance: Any) -> None:
        instance.double = 6
        raw = msgspec.json.encode(instance)
        assert raw == b'{"type":"event","name":"boot","size":3}'
        assert msgspec.json.decode(raw, type=type(instance)) == instance

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls.__struct_fields__ == ("name", "size")
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"type": "event", "name": 1}, cls)
