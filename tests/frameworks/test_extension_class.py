"""ExtensionClass: a metaclass in C that has an ``mro`` and calls ``__class_init__``."""

from __future__ import annotations

from typing import Any

import pytest

extension = pytest.importorskip(
    "ExtensionClass", reason="ExtensionClass is not installed"
)

from .laws import FrameworkLaws, SingletonMixin


class TestBase(FrameworkLaws):
    base = extension.Base
    unfit = (SingletonMixin,)  # a `__new__` before the one in C is not safe

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Folder

        class Folder(base, **keywords):
            made: list[str] = []

            def __class_init__(cls) -> None:
                cls.made.append(cls.__name__)

            def __of__(self, parent: Any) -> Any:
                return (self, parent)

        return Folder

    def use(self, instance: Any) -> None:
        holder = type("Holder", (extension.Base,), {"item": instance})()
        assert holder.item == (instance, holder)

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls.made == ["Folder"]
        assert cls.inheritedAttribute("__new__") is extension.Base.__new__
