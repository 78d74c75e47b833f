"""Every pair of patterns, in both orders, and all of them at once."""

from __future__ import annotations

import abc
import enum
import itertools
import pickle
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import attrs
import doors
import pytest
from doors import DECORATOR, DOORS, KINDS, METACLASS, MIXIN, Door, Site, plain, together

from metapatterns import (
    SingletonMeta,
    SingletonMixin,
    ValidatorMeta,
    ValidatorMixin,
    combine_metaclasses,
    singleton,
    validated,
)
from metapatterns._doors import ASYMMETRIES
from metapatterns.testing import singleton_scope

T = TypeVar("T")

ORDERED_PAIRS = [
    (first, second)
    for first, second in itertools.product(DOORS, repeat=2)
    if first.subject is not second.subject
]
PAIRS = pytest.mark.parametrize(
    ("first", "second"),
    [pytest.param(*pair, id=f"{pair[0]}+{pair[1]}") for pair in ORDERED_PAIRS],
)
METACLASS_PAIRS = pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(*pair, id=f"{pair[0].pattern}+{pair[1].pattern}")
        for pair in ORDERED_PAIRS
        if pair[0].kind == pair[1].kind == METACLASS
    ],
)
EACH_KIND = pytest.mark.parametrize("kind", KINDS)
BOTH_WAYS = pytest.mark.parametrize("backwards", [False, True])


@pytest.fixture(autouse=True)
def fresh_registries() -> Iterator[None]:
    yield
    doors.forget()


def hand_written(*parts: type) -> type:
    """``class M(First, Second)``."""

    class M(*parts):  # type: ignore[misc]
        pass

    return M


def opened(parts: Iterable[Door]) -> dict[str, Mapping[str, Any]]:
    """Options under which classes with all these patterns may have subclasses."""
    return {door.pattern: door.subject.open for door in parts if door.kind != DECORATOR}


def all_of(kind: str, *, backwards: bool = False) -> list[Door]:
    found = [door for door in DOORS if door.kind == kind]
    return found[::-1] if backwards else found


def assert_kept(parts: Iterable[Door], cls: type) -> None:
    for door in parts:
        assert door.subject.holds(cls), door


def assert_refused(door: Door, site: Callable[[], Site]) -> None:
    """The pattern of `door` refuses what breaks its rule, at this site."""
    if door.subject.breach is None:
        return
    assert door.subject.error is not None
    with pytest.raises(door.subject.error):
        door.subject.breach(site)
    doors.forget()


def reaches_subclasses(door: Door) -> bool:
    return (door.pattern, door.kind, "inherited") not in ASYMMETRIES


# -- two of them --------------------------------------------------------------


@PAIRS
def test_both_act_on_one_class(first: Door, second: Door) -> None:
    """Two patterns on one class, through any two doors, both hold."""
    cls = together(first, second).define()

    assert_kept((first, second), cls)


@PAIRS
def test_both_refuse_what_each_refuses(first: Door, second: Door) -> None:
    """Beside another pattern, each breach is the same error as alone."""
    for door, other in ((first, second), (second, first)):
        if other.opens:
            assert_refused(
                door,
                lambda door=door, other=other: together(
                    first,
                    second,
                    options=opened([other]),
                ),
            )


@PAIRS
def test_one_is_added_below_the_other(first: Door, second: Door) -> None:
    """A subclass brings a second pattern to a hierarchy that has one."""
    if not (first.opens and reaches_subclasses(first)):
        return
    root = first.open().define("Root")
    meta = combine_metaclasses(second.subject.metaclass, root)
    cls = together(second, bases=(root,), metaclass=meta).define("Child")

    assert_kept((first, second), cls)


@METACLASS_PAIRS
def test_hand_written_metaclass(first: Door, second: Door) -> None:
    """``class M(A, B)`` needs nothing in its body, in either order."""
    M = hand_written(first.subject.metaclass, second.subject.metaclass)
    cls = plain(metaclass=M).define()

    assert_kept((first, second), cls)
    for door, other in ((first, second), (second, first)):
        options = other.subject.open
        assert_refused(door, lambda options=options: plain(metaclass=M, **options))


@METACLASS_PAIRS
def test_keywords_of_both_in_one_statement(first: Door, second: Door) -> None:
    """The class keywords of two patterns part by themselves."""
    M = hand_written(first.subject.metaclass, second.subject.metaclass)
    for door, other in ((first, second), (second, first)):
        options = {**other.subject.open, **door.subject.option}
        root = plain(metaclass=M, **options).define("Root")

        assert door.subject.shows(lambda root=root: plain(root))
        doors.forget()


@METACLASS_PAIRS
def test_combined_metaclass_is_one(first: Door, second: Door) -> None:
    """``combine_metaclasses`` gives what the hand-written metaclass does, once."""
    M = combine_metaclasses(first.subject.metaclass, second.subject.metaclass)

    assert M is combine_metaclasses(first.subject.metaclass, second.subject.metaclass)
    assert_kept((first, second), plain(metaclass=M).define())


@METACLASS_PAIRS
@pytest.mark.parametrize("flavour", ["abc", "generic", "protocol", "enum"])
def test_pair_in_company(first: Door, second: Door, flavour: str) -> None:
    """Two patterns go with ``ABCMeta``, ``Generic``, ``Protocol`` and ``EnumType``."""
    assert_company(flavour, (first, second))


@PAIRS
@pytest.mark.parametrize(
    "rebuild", [dataclass(slots=True), attrs.define], ids=["dataclass", "attrs"]
)
def test_pair_survives_a_rebuild(first: Door, second: Door, rebuild: Any) -> None:
    """A class built a second time keeps both patterns."""
    site = together(first, second, options=opened([first, second]))
    undecorated = Site(site.bases, site.keywords)
    body = {"__annotations__": {"x": int}, "x": 1}
    cls = site.decorate(rebuild(undecorated.define(body=body)))

    assert cls().x == 1
    assert_kept((first, second), cls)


# -- all of them --------------------------------------------------------------


@EACH_KIND
@BOTH_WAYS
def test_all_act_on_one_class(kind: str, backwards: bool) -> None:
    """All patterns at once, through one kind of door, hold."""
    parts = all_of(kind, backwards=backwards)

    assert_kept(parts, together(*parts).define())


@EACH_KIND
@BOTH_WAYS
def test_all_refuse_what_each_refuses(kind: str, backwards: bool) -> None:
    """In the company of all the others, each breach is the same error as alone."""
    parts = all_of(kind, backwards=backwards)
    for door in parts:
        others = [other for other in parts if other is not door and other.opens]
        assert_refused(
            door,
            lambda door=door, others=others: together(
                *(part for part in parts if part in others or part is door),
                options=opened(others),
            ),
        )


@BOTH_WAYS
def test_all_by_hand(backwards: bool) -> None:
    """One metaclass derived from all of ours by hand, with all keywords at once."""
    parts = all_of(METACLASS, backwards=backwards)
    M = hand_written(*(door.subject.metaclass for door in parts))
    options: dict[str, Any] = {}
    for door in parts:
        options |= door.subject.open
    root = plain(metaclass=M, **options).define("Root")

    assert_kept(parts, plain(root).define("Child"))


@pytest.mark.parametrize("kinds", list(itertools.permutations(KINDS)), ids="-".join)
def test_all_with_mixed_doors(kinds: tuple[str, ...]) -> None:
    """The patterns share one class, each through a door of another kind."""
    subjects = list(dict.fromkeys(door.pattern for door in DOORS))
    parts = [
        next(door for door in DOORS if (door.pattern, door.kind) == (pattern, kind))
        for pattern, kind in zip(subjects, itertools.cycle(kinds), strict=False)
    ]

    assert_kept(parts, together(*parts).define())


@BOTH_WAYS
@pytest.mark.parametrize("flavour", ["abc", "generic", "protocol", "enum"])
def test_all_in_company(flavour: str, backwards: bool) -> None:
    """All patterns at once go with the standard library's class machinery."""
    assert_company(flavour, all_of(METACLASS, backwards=backwards))


@pytest.mark.parametrize("name", sorted({door.pattern for door in DOORS}))
def test_all_doors_of_one_pattern(name: str) -> None:
    """One pattern through all of its doors on one class acts once."""
    parts = [door for door in DOORS if door.pattern == name]

    assert_kept(parts, together(*parts).define())
    assert_kept(parts, together(*parts[::-1]).define())


def assert_company(flavour: str, parts: Iterable[Door]) -> None:
    options: dict[str, Any] = {}
    for door in parts:
        options |= door.subject.open
    metas = [door.subject.metaclass for door in parts]
    COMPANY[flavour](metas, options)


def with_abc(metas: list[type], options: dict[str, Any]) -> None:
    for order in ((*metas, abc.ABCMeta), (abc.ABCMeta, *metas)):

        class Abstract(metaclass=hand_written(*order), **options):  # type: ignore[misc]
            @abc.abstractmethod
            def method(self) -> int: ...

        with pytest.raises(TypeError, match="abstract"):
            Abstract()

        class Concrete(Abstract):
            def method(self) -> int:
                return 1

        assert Concrete().method() == 1
        assert Abstract.register(int) is int
        assert issubclass(int, Abstract)


def with_generic(metas: list[type], options: dict[str, Any]) -> None:
    class Box(Generic[T], metaclass=hand_written(*metas), **options):  # type: ignore[misc]
        pass

    class Crate(Box[int]):
        pass

    assert isinstance(Crate(), Box)
    assert typing.get_args(Box[int]) == (int,)


def with_protocol(metas: list[type], options: dict[str, Any]) -> None:
    for order in ((*metas, type(Protocol)), (type(Protocol), *metas)):

        @typing.runtime_checkable
        class Closes(Protocol, metaclass=hand_written(*order), **options):  # type: ignore[misc]
            def close(self) -> None: ...

        class File:
            def close(self) -> None:
                pass

        assert isinstance(File(), Closes)
        assert not isinstance(object(), Closes)

        class Explicit(Closes):
            def close(self) -> None:
                pass

        assert isinstance(Explicit(), Closes)


class ByMixins(ValidatorMixin, SingletonMixin, frozen=True):
    __slots__ = ("x",)
    x: int


class ByMixinAndMetaclass(
    SingletonMixin, metaclass=ValidatorMeta, frozen=True, slots=True
):
    x: int


@validated(frozen=True)
@singleton
class ByDecorators:
    __slots__ = ("x",)
    x: int


class ByMetaclasses(
    metaclass=combine_metaclasses(SingletonMeta, ValidatorMeta), frozen=True, slots=True
):
    x: int


@pytest.mark.parametrize(
    "cls", [ByMixins, ByMixinAndMetaclass, ByDecorators, ByMetaclasses]
)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_frozen_singleton_with_slots_is_loaded(cls: Any, protocol: int) -> None:
    """Where there is no instance yet, as in a new process, the pickle brings it."""
    with singleton_scope(cls):
        data = pickle.dumps(cls(5), protocol)
    with singleton_scope(cls):
        loaded = pickle.loads(data)
        assert loaded is cls()
        assert loaded.x == 5


class Shade(enum.Enum):
    DARK = 1


def with_enum(metas: list[type], options: dict[str, Any]) -> None:
    for order in ((*metas, enum.EnumType), (enum.EnumType, *metas)):

        class Colour(enum.Enum, metaclass=hand_written(*order), **options):  # type: ignore[misc]
            RED = 1
            BLUE = 2
            AZURE = 2  # noqa: PIE796  # an alias

        assert Colour(1) is Colour.RED
        assert Colour["BLUE"] is Colour.AZURE
        assert list(Colour) == [Colour.RED, Colour.BLUE]
        assert len(Colour) == 2
        assert Colour.RED in Colour
        assert Colour.RED.name == "RED"
        with pytest.raises(ValueError, match="3"):
            Colour(3)
    assert pickle.loads(pickle.dumps(Shade.DARK)) is Shade.DARK


COMPANY = {
    "abc": with_abc,
    "generic": with_generic,
    "protocol": with_protocol,
    "enum": with_enum,
}


def test_both_kinds_of_hooks_leave_one_another_alone() -> None:
    """Mixins of all patterns under a metaclass of all patterns act once each."""
    metas = all_of(METACLASS)
    mixins = all_of(MIXIN)
    cls = together(*metas, *mixins).define()

    assert_kept(metas, cls)
