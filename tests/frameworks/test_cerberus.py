"""Cerberus: a metaclass whose ``__init__`` reads the methods' docstrings."""

from __future__ import annotations

from typing import Any

import pytest

cerberus = pytest.importorskip("cerberus", reason="Cerberus is not installed")

from .laws import FrameworkLaws


class TestValidator(FrameworkLaws):
    base = cerberus.Validator

    def define(self, base: type, /, **keywords: Any) -> Any:
        global OddValidator

        class OddValidator(base, **keywords):
            def _validate_odd(self, constraint, field, value):
                """{'type': 'boolean'}"""
                if constraint and not value & 1:
                    self._error(field, "even")

            def _normalize_coerce_half(self, value):
                return value // 2

        return OddValidator

    def build(self, cls: Any) -> Any:
        return cls({"n": {"odd": True}, "m": {"coerce": "half"}})

    def use(self, instance: Any) -> None:
        assert instance.validate({"n": 3})
        assert not instance.validate({"n": 4})
        assert instance.normalized({"m": 8}) == {"m": 4}

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert "odd" in cls.validation_rules
