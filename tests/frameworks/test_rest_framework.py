"""Django REST framework: serializers collect their declared fields."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("rest_framework", reason="Django REST framework is not installed")

from rest_framework import serializers

from . import django_settings  # noqa: F401
from .laws import FrameworkLaws


class TestSerializer(FrameworkLaws):
    base = serializers.Serializer
    field = serializers.CharField

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Letter

        class Letter(base, **keywords):
            to = serializers.CharField(max_length=8)
            stamps = serializers.IntegerField(default=1)
            shout = serializers.SerializerMethodField()

            class Meta:
                read_only_fields = ("shout",)

            def get_shout(self, letter: Any) -> str:
                return letter["to"].upper()

            def validate_to(self, value: str) -> str:
                return value.strip()

            def create(self, validated_data: Any) -> Any:
                return dict(validated_data)

        return Letter

    def build(self, cls: Any) -> Any:
        return cls(data={"to": "ada"})

    def use(self, instance: Any) -> None:
        assert instance.is_valid(raise_exception=True)
        assert instance.save() == {"to": "ada", "stamps": 1}
        assert instance.data == {"to": "ada", "stamps": 1, "shout": "ADA"}

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert list(cls._declared_fields) == ["to", "stamps", "shout"]
        many = cls(data=[{"to": "a"}, {"to": "b"}], many=True)
        assert isinstance(many, serializers.ListSerializer)
        assert many.is_valid()
        assert [letter["to"] for letter in many.data] == ["a", "b"]
