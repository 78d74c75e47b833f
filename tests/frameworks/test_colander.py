"""colander: schema nodes whose ``__new__`` builds by the order of the body."""

from __future__ import annotations

from typing import Any

import pytest

colander = pytest.importorskip("colander", reason="colander is not installed")

from .laws import FrameworkLaws


class TestSchema(FrameworkLaws):
    base = colander.Schema
    field = colander.Mapping

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Address

        class Address(base, **keywords):
            street = colander.SchemaNode(colander.String())
            number = colander.SchemaNode(colander.Int(), missing=1)

            @colander.instantiate(colander.Sequence(), missing=())
            class names(colander.SequenceSchema):
                name = colander.SchemaNode(colander.String())

        return Address

    def use(self, instance: Any) -> None:
        assert [child.name for child in instance.children] == [
            "street",
            "number",
            "names",
        ]
        assert instance.deserialize({"street": "a", "number": "7"}) == {
            "street": "a",
            "number": 7,
            "names": (),
        }
        with pytest.raises(colander.Invalid):
            instance.deserialize({})
