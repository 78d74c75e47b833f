"""MongoEngine: a metaclass that builds companion classes; documents without a server."""

from __future__ import annotations

from typing import Any

import pytest

mongoengine = pytest.importorskip("mongoengine", reason="MongoEngine is not installed")

from .laws import FrameworkLaws


class TestDocument(FrameworkLaws):
    base = mongoengine.Document
    field = mongoengine.StringField

    def root(self, *bases: type, **keywords: Any) -> Any:
        class Root(*bases, **keywords):
            meta = {"abstract": True}

        return Root

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Ship

        class Ship(base, **keywords):
            meta = {"collection": "ships", "indexes": ["name"]}
            name = mongoengine.StringField(required=True, max_length=5)
            crew = mongoengine.ListField(mongoengine.IntField())

            @mongoengine.queryset_manager
            def big(cls, queryset):
                return queryset.filter(crew__size=9)

        return Ship

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None

    def build(self, cls: Any) -> Any:
        return cls(name="argo", crew=[1, 2])

    def use(self, instance: Any) -> None:
        instance.validate()
        assert instance.to_mongo().to_dict() == {"name": "argo", "crew": [1, 2]}

    def work(self, cls: Any) -> None:
        super().work(cls)
        again = cls._from_son({"name": "far too long", "crew": []})
        with pytest.raises(mongoengine.ValidationError, match="too long"):
            again.validate()
        assert cls._get_collection_name() == "ships"
        assert issubclass(cls.DoesNotExist, mongoengine.DoesNotExist)
