"""zope.interface: specifications hang on classes; interfaces are no classes."""

from __future__ import annotations

from typing import Any

import pytest

interface = pytest.importorskip(
    "zope.interface", reason="zope.interface is not installed"
)

from zope.interface.verify import verifyObject

from metapatterns import combine_metaclasses

from .laws import FrameworkLaws, each_pattern


class IStore(interface.Interface):
    def get(key):
        """Get."""


class Store:
    def get(self, key: str) -> str:
        return key


class TestImplementer(FrameworkLaws):
    base = Store

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Shelf

        @interface.implementer(IStore)
        class Shelf(base, **keywords):
            pass

        return Shelf

    def use(self, instance: Any) -> None:
        assert IStore.providedBy(instance)
        assert verifyObject(IStore, instance)

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert IStore.implementedBy(cls)
        interface.classImplements(cls, interface.Interface)


@each_pattern
def test_interface_is_no_class(pattern: Any) -> None:
    """What acts as a metaclass without being a ``type`` is refused by name."""
    with pytest.raises(TypeError, match="InterfaceClass"):
        combine_metaclasses(pattern.meta, interface.Interface)
    with pytest.raises(TypeError, match="InterfaceClass"):
        combine_metaclasses(pattern.meta, interface.interface.InterfaceClass)
