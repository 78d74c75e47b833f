"""pydantic: validation, dumps and schemas, with and without class keywords."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

import pytest

pydantic = pytest.importorskip("pydantic", reason="pydantic is not installed")

from .laws import FrameworkLaws, each_form, each_pattern, metaclass_for

T = TypeVar("T")


class TestModel(FrameworkLaws):
    base = pydantic.BaseModel
    field = pydantic.PrivateAttr

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Order

        class Order(base, **keywords):
            model_config = pydantic.ConfigDict(validate_assignment=True)
            limit: ClassVar[int] = 10
            _seen: int = pydantic.PrivateAttr(default=0)

            name: str
            amount: int = pydantic.Field(default=1, ge=0)

            @pydantic.computed_field
            @property
            def total(self) -> int:
                return self.amount * 2

            @total.setter
            def total(self, value: int) -> None:
                self.amount = value // 2

            @cached_property
            def label(self) -> str:
                return f"{self.name} x {self.amount}"

            @pydantic.field_validator("name")
            @classmethod
            def strip(cls, value: str) -> str:
                return value.strip()

            @pydantic.model_validator(mode="after")
            def see(self):
                self._seen += 1
                return self

        return Order

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None  # pydantic decides what may be assigned

    def build(self, cls: Any) -> Any:
        return cls(name=" nail ", amount="3")

    def use(self, instance: Any) -> None:
        assert instance.model_dump() == {"name": "nail", "amount": 3, "total": 6}
        instance.total = 10
        assert instance.amount == 5
        assert instance.label == "nail x 5"
        with pytest.raises(pydantic.ValidationError):
            instance.amount = -1

    def work(self, cls: Any) -> None:
        super().work(cls)
        again = cls.model_validate_json('{"name": "bolt"}')
        assert (type(again), again.amount) == (cls, 1)
        assert again == cls(name="bolt")
        assert again.model_copy(update={"amount": 4}).amount == 4
        schema = cls.model_json_schema(mode="serialization")
        assert list(schema["properties"]) == ["name", "amount", "total"]
        with pytest.raises(pydantic.ValidationError):
            cls.model_validate({"amount": 1})

    @each_form
    @each_pattern
    def test_local_names_are_found(self, pattern: Any, form: str) -> None:
        """pydantic looks one frame up for what a local model refers to."""
        M = metaclass_for(form, (pattern.meta,), self.base)

        class Part(pydantic.BaseModel):
            size: int

        class Whole(pydantic.BaseModel, metaclass=M, **pattern.root_options):
            part: Part

        assert Whole(part={"size": "3"}).part.size == 3


class TestModelWithKeywords(FrameworkLaws):
    base = pydantic.BaseModel

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Fixed

        class Fixed(base, frozen=True, extra="forbid", title="Of stone", **keywords):
            name: str = "rock"

        return Fixed

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None

    def use(self, instance: Any) -> None:
        assert hash(instance) == hash(type(instance)())
        with pytest.raises(pydantic.ValidationError, match="frozen"):
            instance.name = "sand"

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls.model_config["title"] == "Of stone"
        with pytest.raises(pydantic.ValidationError, match="extra"):
            cls(colour="grey")


class TestGenericModel(FrameworkLaws):
    base = pydantic.BaseModel

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Page

        class Page(base, Generic[T], **keywords):
            items: list[T] = []

        return Page

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None

    def use(self, instance: Any) -> None:
        assert instance.model_dump() == {"items": []}

    def work(self, cls: Any) -> None:
        super().work(cls)
        if vars(cls).get("__final__"):
            return  # `Page[int]` is a subclass
        assert cls[int](items=["1"]).items == [1]
        assert cls[int] is cls[int]
        assert isinstance(cls[int], type(cls))
