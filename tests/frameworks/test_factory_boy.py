"""factory_boy: calling the class returns an object of another one."""

from __future__ import annotations

from typing import Any

import pytest

factory = pytest.importorskip("factory", reason="factory_boy is not installed")

from .laws import FrameworkLaws, LoggerMixin


class User:
    def __init__(self, name: str, mail: str) -> None:
        self.name = name
        self.mail = mail


class TestFactory(FrameworkLaws):
    base = factory.Factory
    unfit = (LoggerMixin,)  # each attribute of a factory is a declaration
    enforces_abstract = False
    builds_instances = False

    def root(self, *bases: type, **keywords: Any) -> Any:
        class Root(*bases, **keywords):
            class Meta:
                abstract = True

        return Root

    def define(self, base: type, /, **keywords: Any) -> Any:
        global UserFactory

        class UserFactory(base, **keywords):
            class Meta:
                model = User

            name = factory.Sequence("user{}".format)
            mail = factory.LazyAttribute(lambda user: f"{user.name}@example.org")

            class Params:
                short = factory.Trait(mail="")

        return UserFactory

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None

    def use(self, instance: Any) -> None:
        assert type(instance) is User
        assert instance.mail == f"{instance.name}@example.org"

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls.build(short=True).mail == ""
        assert len({user.name for user in cls.build_batch(3)}) == 3
