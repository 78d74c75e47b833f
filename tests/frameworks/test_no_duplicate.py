"""NoDuplicate beside real frameworks: what they rebind passes, mistakes do not."""

from __future__ import annotations

import pytest

for module in ("django", "pydantic", "sqlalchemy"):
    pytest.importorskip(module)

import pydantic
import sqlalchemy
from class_bodies import HEADS, verdict
from django.db import models
from pydantic import BaseModel, computed_field
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase

from metapatterns import (
    DuplicateNameError,
    NoDuplicateMeta,
    NoDuplicateMixin,
    combine_metaclasses,
)

from . import django_settings  # noqa: F401


@pytest.mark.parametrize("door", list(HEADS))
def test_hybrids(door: str) -> None:
    """A hybrid's setter and expression pass, two hybrids do not."""
    body = """
        @hybrid_property
        def x(self): ...
        @x.setter
        def x(self, value): ...
        @x.expression
        def x(cls): ...
        """
    names = {"hybrid_property": hybrid_property}

    assert verdict(door, body, **names) == ()
    assert verdict(door, body + body, **names) != ()


FRAMES = ["BaseModel, metaclass=Meta", "NoDuplicateMixin, BaseModel"]


@pytest.mark.parametrize("bases", FRAMES)
def test_pydantic(bases: str) -> None:
    """Computed fields with setters pass; two fields of one name do not."""
    names = {
        "__name__": "models",
        "BaseModel": BaseModel,
        "Field": pydantic.Field,
        "computed_field": computed_field,
        "NoDuplicateMixin": NoDuplicateMixin,
        "Meta": combine_metaclasses(NoDuplicateMeta, type(BaseModel)),
    }
    good = f"""
class M({bases}):
    a: int = Field(default=1)
    class Nested(BaseModel):
        a: int = 2
    @computed_field
    @property
    def b(self) -> int:
        return self.a
    @b.setter
    def b(self, value: int) -> None:
        self.a = value
"""
    exec(good, names)
    model = names["M"]()  # type: ignore[operator]
    model.b = 5
    assert model.model_dump() == {"a": 5, "b": 5}
    with pytest.raises(DuplicateNameError, match="'a'"):
        exec(f"{good}    a: int = Field(default=2)", names)


def test_sqlalchemy() -> None:
    """Columns that refer to themselves do not count as held elsewhere."""

    class Base(DeclarativeBase, NoDuplicateMixin):
        pass

    names = {"__name__": "tables", "Base": Base, "sa": sqlalchemy}
    good = """
class {}(Base):
    __tablename__ = "{}"
    id = sa.Column(sa.Integer, primary_key=True)
    other = sa.Column(sa.ForeignKey("first.id"))
"""
    exec(good.format("First", "first"), names)
    with pytest.raises(DuplicateNameError, match="'other'"):
        exec(
            good.format("Second", "second")
            + "    other = sa.Column(sa.ForeignKey('first.id'))",
            names,
        )


def test_django() -> None:
    """A model's fields and inner Meta pass once and not twice."""
    names = {
        "__name__": "shop",
        "models": models,
        "Meta": combine_metaclasses(NoDuplicateMeta, type(models.Model)),
    }
    good = """
class Item{}(models.Model, metaclass=Meta):
    name = models.CharField(max_length=5)
    class Meta:
        app_label = "shop"
"""
    exec(good.format(1), dict(names))
    for line in ("name = models.TextField()", "class Meta: pass"):
        with pytest.raises(DuplicateNameError):
            exec(good.format(2) + f"    {line}", dict(names))
