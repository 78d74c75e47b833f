"""WTForms: a metaclass whose ``__call__`` and ``__setattr__`` work on the class."""

from __future__ import annotations

from typing import Any

import pytest

wtforms = pytest.importorskip("wtforms", reason="WTForms is not installed")

from .laws import FrameworkLaws


class TestForm(FrameworkLaws):
    base = wtforms.Form
    field = wtforms.StringField

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Login

        class Login(base, **keywords):
            name = wtforms.StringField(validators=[wtforms.validators.Length(max=5)])
            age = wtforms.IntegerField(default=18)

            def validate_name(self, field: Any) -> None:
                if field.data == "root":
                    raise wtforms.ValidationError("not you")

        return Login

    def build(self, cls: Any) -> Any:
        return cls(data={"name": "ada"})

    def use(self, instance: Any) -> None:
        assert instance.validate(), instance.errors
        assert instance.data == {"name": "ada", "age": 18}
        assert 'name="name"' in str(instance.name())

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert not cls(data={"name": "root"}).validate()
        cls.email = wtforms.StringField()
        assert list(cls(data={"email": "x"}).data) == ["name", "age", "email"]
        del cls.email
        assert "email" not in cls().data
