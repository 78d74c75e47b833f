"""marshmallow: schemas register themselves, in ``__init__``, and load and dump."""

from __future__ import annotations

from typing import Any

import pytest

marshmallow = pytest.importorskip("marshmallow", reason="marshmallow is not installed")

from marshmallow import fields

from .laws import FrameworkLaws


class TestSchema(FrameworkLaws):
    base = marshmallow.Schema
    field = fields.String

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Pet

        class Pet(base, **keywords):
            class Meta:
                ordered = True

            name = fields.String(required=True)
            age = fields.Integer(load_default=1)
            friends = fields.List(fields.Nested(lambda: Pet(only=("name",))))

            @marshmallow.validates("name")
            def check_name(self, value: str, **kwargs: Any) -> None:
                if not value:
                    raise marshmallow.ValidationError("empty")

            @marshmallow.post_load
            def make(self, data: Any, **kwargs: Any) -> Any:
                return (data["name"], data["age"])

        return Pet

    def use(self, instance: Any) -> None:
        assert instance.load({"name": "rex", "age": "3"}) == ("rex", 3)
        assert instance.dump({"name": "rex"}) == {"name": "rex"}
        with pytest.raises(marshmallow.ValidationError, match="empty"):
            instance.load({"name": ""})

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert list(cls._declared_fields) == ["name", "age", "friends"]
        assert cls(many=True).dump([{"name": "a"}]) == [{"name": "a"}]
