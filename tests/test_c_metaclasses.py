"""Metaclasses written in C: each pattern beside whatever CPython allows them."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from c_metaclasses import set_on_type, written_in_c
from uncooperative import Cooperative

from metapatterns import (
    FinalError,
    FinalMeta,
    MetaclassConflictError,
    RegistryMeta,
    SingletonMeta,
    combine_metaclasses,
    registry_of,
)
from metapatterns._classes import delete_attribute, set_attribute

KINDS = {
    "plain": {},
    "room": {"room": 8},
    "setter": {"sets": True},
    "room and setter": {"room": 8, "sets": True},
    "hidden setter": {"sets": True, "shows": False},
    "room and hidden setter": {"room": 8, "sets": True, "shows": False},
}
EVERY_KIND = pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)


class Passing(type):
    """Sees every assignment to its classes, and hands on."""

    def __setattr__(cls, name: str, value: object) -> None:
        super().__setattr__(name, value)


@EVERY_KIND
@pytest.mark.parametrize("order", [1, -1])
def test_patterns_hold_beside_a_metaclass_in_c(options: Any, order: int) -> None:
    """Nothing that a part in C does with its classes keeps a pattern from them."""
    parts = (RegistryMeta, SingletonMeta, FinalMeta, written_in_c("M", **options))
    M: Any = combine_metaclasses(*parts[::order])

    class Root(metaclass=M, final=False):
        pass

    class Leaf(Root, final=True):
        pass

    assert list(registry_of(Root)) == ["Leaf"]
    assert Leaf() is Leaf()
    with pytest.raises(FinalError):
        type("Sub", (Leaf,), {})


@EVERY_KIND
def test_attributes_are_set_and_deleted_past_a_setter_in_c(options: Any) -> None:
    """A slot that CPython lets nobody pass is used, whether its method shows or not."""
    cls: Any = written_in_c("M", **options)("C", (), {})

    set_attribute(cls, "x", 1)
    assert cls.x == 1
    delete_attribute(cls, "x")
    assert not hasattr(cls, "x")


@pytest.mark.parametrize(
    "base", [type, written_in_c("C"), written_in_c("S", sets=True)]
)
def test_attributes_are_set_and_deleted_past_a_setter_in_python(base: Any) -> None:
    """What a metaclass says of attributes is for its users; a state is kept anyhow."""

    class Refusing(base):  # type: ignore[misc]
        def __setattr__(cls, *named: object) -> None:
            raise AttributeError

        def __delattr__(cls, *named: object) -> None:
            raise AttributeError

    cls: Any = Refusing("C", (), {})

    set_attribute(cls, "x", 1)
    assert cls.x == 1
    delete_attribute(cls, "x")
    assert not hasattr(cls, "x")


@EVERY_KIND
def test_a_setter_in_the_body_passes_one_in_c(options: Any) -> None:
    """So does ``super().__setattr__`` of a metaclass that a user derives from both."""

    class M(FinalMeta, written_in_c("M", **options)):  # type: ignore[misc]
        def __setattr__(cls, name: str, value: object) -> None:
            super().__setattr__(name, value)

    cls: Any = M("C", (), {})
    cls.x = 1

    assert cls.x == 1


@EVERY_KIND
def test_a_setter_in_python_passes_one_in_c(options: Any) -> None:
    """``super().__setattr__`` of a part in Python works before a slot of one in C."""
    M: Any = combine_metaclasses(Passing, FinalMeta, written_in_c("M", **options))

    class C(metaclass=M):
        pass

    C.x = 1

    assert C.x == 1


class Watching(type):
    """Sees every assignment to its classes, and has other business with ``type``."""

    seen: ClassVar[list[str]] = []

    def __setattr__(cls, name: str, value: object) -> None:
        Watching.seen.append(name)
        super().__setattr__(name, value)

    def mro(cls) -> list[type]:
        return type.mro(cls)


class Asking(type):
    """Names ``type`` in a setter that hands on nevertheless."""

    def __setattr__(cls, name: str, value: object) -> None:
        assert isinstance(cls, type)
        Watching.seen.append(name)
        super().__setattr__(name, value)


class Setting(type):
    """Sets attributes without a word of ``type`` or ``super``."""

    def __setattr__(cls, name: str, value: object) -> None:
        Watching.seen.append(name)
        set_on_type(cls, name, id(value))


class Setter:
    """A method without code that can be looked at."""

    def __get__(self, cls: Any, owner: object) -> Any:
        def set_on(name: str, value: object) -> None:
            Watching.seen.append(name)
            set_on_type(cls, name, id(value))

        return set_on


class Described(type):
    __setattr__: Any = Setter()


@EVERY_KIND
@pytest.mark.parametrize("part", [Watching, Asking, Setting, Described])
def test_a_setter_in_python_sees_what_is_set(part: Any, options: Any) -> None:
    """It comes before a slot in C that hands nothing on, if CPython can have it so."""
    M: Any = combine_metaclasses(part, FinalMeta, written_in_c("M", **options))
    C = M("C", (), {})
    Watching.seen.clear()
    C.x = 1

    assert C.x == 1
    assert Watching.seen == (["x"] if options != KINDS["setter"] else [])


class ByName(type):
    """Calls the setter of ``type`` itself, past whatever follows."""

    def __setattr__(cls, name: str, value: object) -> None:
        type.__setattr__(cls, name, value)


@EVERY_KIND
def test_the_order_is_that_of_the_call(options: Any) -> None:
    """No part in Python is moved unless one in C cannot go without."""
    part = written_in_c("M", **options)
    order = combine_metaclasses(ByName, Passing, FinalMeta, part).__mro__
    moved = bool(options.get("room") and part.__setattr__ is not type.__setattr__)

    assert (order.index(ByName) > order.index(Passing)) is moved
    assert order.index(Passing) < order.index(FinalMeta)


@EVERY_KIND
def test_nothing_comes_between_where_setters_pass(options: Any) -> None:
    """A part in Python, and one in C that shows its setter, are the bases themselves."""
    part = written_in_c("M", **options)
    bases = combine_metaclasses(Passing, FinalMeta, part).__bases__

    assert {Passing, FinalMeta} < set(bases)
    assert (part in bases) is ("__setattr__" in vars(part))


def test_a_part_that_takes_no_subclass_is_named() -> None:
    """Nor does a setter in another part make it one that does."""
    closed = written_in_c("M", closed=True)

    with pytest.raises(MetaclassConflictError, match=r"extension\.M") as caught:
        combine_metaclasses(Passing, FinalMeta, closed)

    assert "extension.M" in caught.value.parts


def test_combinations_share_what_lets_setters_pass() -> None:
    """For one part in C there is at most one class in between, whatever it meets."""
    part = written_in_c("M", room=8, sets=True, shows=False)

    class Users(part):
        """Derives from it as well, and is nothing to the combinations."""

    made = [
        combine_metaclasses(Passing, pattern, part)
        for pattern in (FinalMeta, SingletonMeta, RegistryMeta)
    ]

    users, between = type.__subclasses__(part)
    assert users is Users
    assert all(issubclass(combined, between) for combined in made)


@pytest.mark.parametrize("pattern", [(), (FinalMeta,)])
def test_a_part_that_would_never_run_is_named(pattern: tuple[type, ...]) -> None:
    """A metaclass in C that goes first ends the chain for those that follow."""
    parts = (Cooperative, *pattern, written_in_c("M"))

    with pytest.raises(MetaclassConflictError, match=r"'extension\.M'.*Cooperative"):
        combine_metaclasses(*parts)


def test_a_part_that_would_never_run_is_named_by_a_class_statement() -> None:
    """A combination written by hand is refused as the computed one is."""
    C = written_in_c("M")

    with pytest.raises(
        MetaclassConflictError, match=r"'extension\.M'.*Cooperative"
    ) as caught:

        class M(Cooperative, FinalMeta, C):
            pass

    assert caught.value.parts == ("extension.M", "uncooperative.Cooperative")
    assert "extension.M" in caught.value.explanation
    assert caught.value.explanation != str(caught.value)


def test_two_layouts_are_refused_by_name() -> None:
    """CPython has no class for two parts in C that both need room."""
    parts = (written_in_c("One", room=8), written_in_c("Other", room=16))

    with pytest.raises(MetaclassConflictError, match="cannot meet") as caught:
        combine_metaclasses(*parts)

    assert caught.value.parts == ("extension.One", "extension.Other")
