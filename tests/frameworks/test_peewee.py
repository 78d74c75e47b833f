"""peewee: models whose metaclass edits the body and has a ``__repr__`` and ``len``."""

from __future__ import annotations

from typing import Any

import pytest

peewee = pytest.importorskip("peewee", reason="peewee is not installed")

from .laws import FrameworkLaws

DATABASE = peewee.SqliteDatabase(":memory:")


@pytest.fixture(autouse=True)
def closed() -> Any:
    yield
    DATABASE.close()


class TestModel(FrameworkLaws):
    base = peewee.Model
    field = peewee.CharField

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Note

        class Note(base, **keywords):
            text = peewee.CharField()
            stars = peewee.IntegerField(default=0)
            parent = peewee.ForeignKeyField("self", null=True, backref="replies")

            class Meta:
                database = DATABASE

            @property
            def short(self) -> str:
                return self.text[:3]

            @short.setter
            def short(self, value: str) -> None:
                self.text = value

        return Note

    def build(self, cls: Any) -> Any:
        return cls(text="hello")

    def use(self, instance: Any) -> None:
        cls = type(instance)
        cls.create_table()
        assert instance.save() == 1
        assert instance.short == "hel"
        assert cls.select(cls.text).tuples()[0] == ("hello",)
        cls.drop_table()

    def work(self, cls: Any) -> None:
        super().work(cls)
        cls.create_table()
        first = cls.create(text="a", stars=3)
        cls.create(text="b", parent=first)
        assert [note.text for note in cls.select().order_by(cls.text)] == ["a", "b"]
        assert cls.get(cls.stars == 3) == first
        assert [note.text for note in first.replies] == ["b"]
        assert len(cls) == 2
        assert cls[first.id] == first
        with pytest.raises(cls.DoesNotExist):
            cls.get(cls.text == "none")
        cls.drop_table()
