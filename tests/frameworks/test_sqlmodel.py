"""SQLModel: two frameworks' metaclasses in one, with ``table=`` of its own."""

from __future__ import annotations

from typing import Any

import pytest

sqlmodel = pytest.importorskip("sqlmodel", reason="SQLModel is not installed")

from .laws import FrameworkLaws


class TestSQLModel(FrameworkLaws):
    base = sqlmodel.SQLModel

    @pytest.fixture(autouse=True)
    def connect(self) -> Any:
        self.engine = sqlmodel.create_engine("sqlite://")
        yield
        self.engine.dispose()

    def define(self, base: Any, /, **keywords: Any) -> Any:
        global Hero
        sqlmodel.SQLModel.metadata.clear()
        sqlmodel.SQLModel._sa_registry.dispose()

        class Hero(base, table=True, **keywords):
            id: int | None = sqlmodel.Field(default=None, primary_key=True)
            name: str = sqlmodel.Field(index=True)

        return Hero

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None

    def build(self, cls: Any) -> Any:
        return cls(name="owl")

    def use(self, instance: Any) -> None:
        cls = type(instance)
        cls.metadata.drop_all(self.engine)
        cls.metadata.create_all(self.engine)
        with sqlmodel.Session(self.engine) as session:
            session.add(instance)
            session.commit()
            found = session.exec(sqlmodel.select(cls).where(cls.name == "owl")).one()
            assert found.model_dump() == {"id": 1, "name": "owl"}
            session.expunge_all()

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls.__tablename__ == "hero"
        with pytest.raises(ValueError, match="name"):
            cls.model_validate({})
