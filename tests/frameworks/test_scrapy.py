"""Scrapy: an item's metaclass builds a helper class before the class itself."""

from __future__ import annotations

from typing import Any

import pytest

scrapy = pytest.importorskip("scrapy", reason="Scrapy is not installed")

from .laws import FrameworkLaws


class TestItem(FrameworkLaws):
    base = scrapy.Item
    field = scrapy.Field

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Product

        class Product(base, **keywords):
            name = scrapy.Field()
            price = scrapy.Field(serializer=str)

        return Product

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None

    def build(self, cls: Any) -> Any:
        return cls(name="nail")

    def use(self, instance: Any) -> None:
        instance["price"] = 3
        assert dict(instance) == {"name": "nail", "price": 3}
        with pytest.raises(KeyError):
            instance["colour"] = "grey"

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert sorted(cls.fields) == ["name", "price"]
        assert cls(name="x").deepcopy()["name"] == "x"
