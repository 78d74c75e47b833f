"""SQLAlchemy: both ways of making a declarative base, and mapped dataclasses."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

sa = pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed")

from sqlalchemy import orm
from sqlalchemy.ext.hybrid import hybrid_property

from .laws import Checked, FrameworkLaws, SingletonMixin


class Connected(FrameworkLaws):
    """A database in memory for each test."""

    @pytest.fixture(autouse=True)
    def connect(self) -> Any:
        self.engine = sa.create_engine("sqlite://")
        yield
        self.engine.dispose()


class Mapped(Connected):
    """What the ways of making a base have in common."""

    field = orm.mapped_column
    unfit = (SingletonMixin,)  # rows are made by `__new__`, without a call

    def root(self, *bases: type, **keywords: Any) -> Any:
        class Root(*bases, **keywords):
            __abstract__ = True

        return Root

    def define(self, base: Any, /, **keywords: Any) -> Any:
        global User, Address
        base.registry.dispose()
        base.metadata.clear()

        class User(base, **keywords):
            __tablename__ = "user"

            id = sa.Column(sa.Integer, primary_key=True)
            name = sa.Column(sa.String)
            addresses = orm.relationship("Address", back_populates="user")
            level = Checked(int, default=1)

            @hybrid_property
            def shout(self) -> str:
                return self.name + "!"

            @shout.inplace.setter
            def _shout_setter(self, value: str) -> None:
                self.name = value.rstrip("!")

            @shout.expression
            def shout(cls):
                return cls.name + "!"

            @orm.validates("name")
            def check_name(self, key: str, value: str) -> str:
                return value.strip()

            @orm.declared_attr.directive
            def __table_args__(cls) -> Any:
                return {"comment": cls.__name__}

        class Address(self.base):
            __tablename__ = "address"

            id = sa.Column(sa.Integer, primary_key=True)
            user_id = sa.Column(sa.ForeignKey("user.id"))
            user = orm.relationship("User", back_populates="addresses")

        User.Address = Address
        return User

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return self.define(base, **keywords)

    def build(self, cls: Any) -> Any:
        return cls(name=" ada ")

    def use(self, instance: Any) -> None:
        cls = type(instance)
        cls.metadata.drop_all(self.engine)
        cls.metadata.create_all(self.engine)
        with orm.Session(self.engine) as session:
            instance.addresses = [cls.Address()]
            session.add(instance)
            session.commit()
            assert instance.name == "ada"
            assert instance.addresses[0].user is instance
            found = session.scalars(sa.select(cls).where(cls.shout == "ada!")).all()
            assert found == [instance]
            session.expunge_all()
        with orm.Session(self.engine) as session:
            loaded = session.get(cls, 1)
            assert type(loaded) is cls
            assert loaded is not instance
            assert [type(address) for address in loaded.addresses] == [cls.Address]

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls.__table__.comment == cls.__name__
        assert sa.inspect(cls).relationships.keys() == ["addresses"]


class Base(orm.DeclarativeBase):
    pass


class TestDeclarativeBase(Mapped):
    base = Base


class TestDeclarativeBaseFunction(Mapped):
    base = orm.declarative_base()


class BaseAsDataclass(orm.MappedAsDataclass, orm.DeclarativeBase):
    pass


class TestMappedAsDataclass(Connected):
    base = BaseAsDataclass

    def root(self, *bases: type, **keywords: Any) -> Any:
        class Root(*bases, **keywords):
            __abstract__ = True

        return Root

    def define(self, base: Any, /, **keywords: Any) -> Any:
        global Item
        base.registry.dispose()
        base.metadata.clear()

        class Item(base, kw_only=True, repr=False, **keywords):
            __tablename__ = "item"
            limit: ClassVar[int] = 3

            id: orm.Mapped[int] = orm.mapped_column(primary_key=True, init=False)
            name: orm.Mapped[str] = orm.mapped_column(default="nail")

        return Item

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None

    def build(self, cls: Any) -> Any:
        return cls(name="screw")

    def use(self, instance: Any) -> None:
        cls = type(instance)
        cls.metadata.drop_all(self.engine)
        cls.metadata.create_all(self.engine)
        with orm.Session(self.engine) as session:
            session.add(instance)
            session.commit()
            assert session.scalar(sa.select(cls.name)) == "screw"
            session.expunge_all()
            assert "Item" in repr(instance)
            assert "screw" not in repr(instance)

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls().name == "nail"
        with pytest.raises(TypeError):
            cls("positional")
