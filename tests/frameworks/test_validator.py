"""Validator beside frameworks: annotations are theirs, Checked is ours."""

import enum

import pytest
from uncooperative import FrameworkMeta

from metapatterns import (
    Checked,
    Converted,
    FieldValueError,
    ValidatorMeta,
    ValidatorMixin,
    assign,
)


def pair(meta, first):
    """A hand-written combination, in both orders."""
    bases = (ValidatorMeta, meta) if first else (meta, ValidatorMeta)
    return type(ValidatorMeta)("Both", bases, {})


@pytest.mark.parametrize("first", [True, False])
def test_pydantic(first):
    """pydantic validates its fields, freezes, and keeps Checked private attributes."""
    pydantic = pytest.importorskip("pydantic")
    Both = pair(type(pydantic.BaseModel), first)

    class M(pydantic.BaseModel, metaclass=Both, frozen=True):
        x: int
        _age = Checked(int)

    m = M(x="3")
    assert m.x == 3
    with pytest.raises(pydantic.ValidationError):
        m.x = 4
    with pytest.raises(pydantic.ValidationError):
        M(x="x")
    m._age = 3
    assert m._age == 3
    with pytest.raises(FieldValueError):
        m._age = "x"
    assert m.model_dump() == {"x": 3}
    with pytest.warns(UserWarning, match="nothing is checked"):

        class Loud(pydantic.BaseModel, metaclass=Both, strict=True):
            x: int

    with pytest.raises(pydantic.ValidationError):
        Loud(x="3")


@pytest.mark.parametrize("door", ["meta", "meta last", "mixin"])
def test_sqlalchemy(door):
    """Mapped columns are SQLAlchemy's, its constructor sets Checked attributes."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

    class Base(DeclarativeBase):
        pass

    if door == "mixin":
        metaclass, bases = type(Base), (ValidatorMixin, Base)
    else:
        metaclass, bases = pair(type(Base), door == "meta"), (Base,)
    body = {
        "__module__": __name__,
        "__tablename__": "users",
        "__annotations__": {"id": Mapped[int], "name": Mapped[str]},
        "id": mapped_column(primary_key=True),
        "note": Checked(str, default=""),
    }
    User = metaclass("User", bases, body)
    user = User(id=1, name="ann", note="x")
    assert user.note == "x"
    with pytest.raises(FieldValueError):
        User(id=1, note=3)
    engine = sqlalchemy.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(user)
        session.commit()
        assert session.get(User, 1).name == "ann"
        with pytest.raises(FieldValueError):
            assign(user, note=4)
    engine.dispose()


@pytest.fixture(scope="module")
def django_model():
    """Django's Model, under the settings that all these tests share."""
    pytest.importorskip("django", reason="Django is not installed")
    from django.db import models

    from . import django_settings  # noqa: F401 - Django is set up by importing it

    return models


@pytest.mark.parametrize("first", [True, False])
def test_django(django_model, first):
    """Model fields are Django's, Checked attributes are checked beside them."""
    models = django_model
    Both = pair(type(models.Model), first)

    class Article(models.Model, metaclass=Both):
        title = models.CharField(max_length=10)
        score = Checked(int, default=0)

        class Meta:
            app_label = f"validator{first}"

    article = Article(title="x")
    assert article.score == 0
    with pytest.raises(FieldValueError):
        article.score = "high"
    assert [f.name for f in Article._meta.fields] == ["id", "title"]


@pytest.mark.parametrize("first", [True, False])
def test_enum(first):
    """Members stay members; a Checked attribute of theirs is checked."""
    Both = pair(type(enum.Enum), first)

    class Color(enum.Enum, metaclass=Both):
        RED = 1
        weight = Converted(int, default="0")

    assert list(Color) == [Color.RED]
    assert Color(1) is Color.RED
    assert Color.RED.weight == 0
    with pytest.raises(FieldValueError):
        Color.RED.weight = "heavy"


def test_fields_of_a_validated_base_stay_checked():
    """A framework's class may derive from a validated one."""

    class Base(metaclass=ValidatorMeta):
        x: int

    Both = pair(FrameworkMeta, True)

    class C(Base, metaclass=Both):
        pass

    obj = C(1)
    with pytest.raises(FieldValueError):
        obj.x = "x"
    assign(obj, x=4)
    assert obj.x == 4
