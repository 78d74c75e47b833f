"""graphene: options travel as ``Meta`` or as class keywords, through one metaclass."""

from __future__ import annotations

from typing import Any

import pytest

graphene = pytest.importorskip("graphene", reason="graphene is not installed")

from .laws import FrameworkLaws


class TestObjectType(FrameworkLaws):
    base = graphene.ObjectType
    field = graphene.String

    def root(self, *bases: type, **keywords: Any) -> Any:
        class Root(*bases, **keywords):
            class Meta:
                abstract = True

        return Root

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Query

        class Query(base, description="All of it", **keywords):
            hello = graphene.String(name=graphene.String(default_value="you"))

            def resolve_hello(self, info: Any, name: str) -> str:
                return f"hello {name}"

        return Query

    def use(self, instance: Any) -> None:
        assert instance.resolve_hello(None, "x") == "hello x"

    def work(self, cls: Any) -> None:
        super().work(cls)
        schema = graphene.Schema(query=cls)
        assert schema.execute('{ hello(name: "ada") }').data == {"hello": "hello ada"}
        assert cls._meta.description == "All of it"
