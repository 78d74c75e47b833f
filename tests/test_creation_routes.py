"""Every way to make a class is a way through the stages."""

from __future__ import annotations

import enum
import types
from collections.abc import Callable
from typing import Any

import pytest
import six
import uncooperative
from events import events
from uncooperative import (
    FRAMEWORKS,
    RECORDER,
    Caching,
    OwnInstances,
    RecorderMeta,
    hand_written,
    mode_of,
)

from metapatterns import MetaclassConflictError

Route = Callable[[type, tuple[type, ...], dict[str, Any]], type]

LISTED = pytest.mark.parametrize(
    "first", [True, False], ids=["framework first", "pattern first"]
)


# -- the routes: each makes a class C of a metaclass, with bases and keywords --


def class_statement(meta, bases, keywords):
    class C(*bases, metaclass=meta, **keywords):
        pass

    return C


def new_class(meta, bases, keywords):
    return types.new_class("C", bases, {"metaclass": meta, **keywords})


def new_class_of_a_base(meta, bases, keywords):
    base = types.new_class("Base", bases, {"metaclass": meta, **keywords})
    return types.new_class("C", (base,), keywords)


def subclass_statement(meta, bases, keywords):
    class Base(*bases, metaclass=meta, **keywords):
        pass

    class C(Base, **keywords):
        pass

    return C


def call_of_the_metaclass(meta, bases, keywords):
    return meta("C", bases, meta.__prepare__("C", bases, **keywords), **keywords)


def call_of_type_of_a_class(meta, bases, keywords):
    base = types.new_class("Base", bases, {"metaclass": meta, **keywords})
    namespace = meta.__prepare__("C", (base,), **keywords)
    return type(base)("C", (base,), namespace, **keywords)


def call_of_new(meta, bases, keywords):
    namespace = meta.__prepare__("C", bases, **keywords)
    return meta.__new__(meta, "C", bases, namespace, **keywords)


def call_of_new_by_a_lesser_metaclass(meta, bases, keywords):
    base = types.new_class("Base", bases, {"metaclass": meta, **keywords})
    namespace = meta.__prepare__("C", (base,), **keywords)
    return type.__new__(type, "C", (base,), namespace, **keywords)


def call_of_type(meta, bases, keywords):
    base = types.new_class("Base", bases, {"metaclass": meta, **keywords})
    return type("C", (base,), {}, **keywords)


def function_as_metaclass(meta, bases, keywords):
    base = types.new_class("Base", bases, {"metaclass": meta, **keywords})

    def make(name, bases, namespace, **kwargs):
        return type(name, bases, dict(namespace), **kwargs)

    class C(base, metaclass=make, **keywords):
        pass

    return C


def function_that_calls_the_metaclass(meta, bases, keywords):
    def make(name, bases, namespace, **kwargs):
        return meta(name, bases, meta.__prepare__(name, bases, **kwargs), **kwargs)

    class C(*bases, metaclass=make, **keywords):
        pass

    return C


def six_with_metaclass(meta, bases, keywords):
    class C(six.with_metaclass(meta, *bases), **keywords):
        pass

    return C


def six_add_metaclass(meta, bases, keywords):
    @six.add_metaclass(meta)
    class C(*bases):
        pass

    return C


def with_metaclass_of_old(meta, bases, keywords):
    """The shape of six before 1.4: a temporary class and a derived metaclass."""

    class metaclass(meta):
        __call__ = type.__call__
        __init__ = type.__init__

        def __new__(mcls, name, this_bases, namespace):
            if this_bases is None:
                return type.__new__(mcls, name, (), namespace)
            return meta(name, bases, namespace)

    class C(metaclass("temporary", None, {})):
        pass

    return C


def with_metaclass_of_six_1_9(meta, bases, keywords):
    """A temporary class made past every ``__new__``, whose metaclass is ``type``'s."""

    class metaclass(meta):
        def __new__(mcls, name, this_bases, namespace):
            return meta(name, bases, namespace)

    class C(type.__new__(metaclass, "temporary", (), {})):
        pass

    return C


def with_metaclass_of_a_bare_type(meta, bases, keywords):
    """The shape of six since 1.10, and of Django's, SQLAlchemy's and Jinja's copies."""

    class metaclass(type):
        def __new__(mcls, name, this_bases, namespace):
            return meta(name, bases, namespace)

        @classmethod
        def __prepare__(mcls, name, this_bases):
            return meta.__prepare__(name, bases)

    class C(type.__new__(metaclass, "temporary", (), {})):
        pass

    return C


ROUTES: tuple[Route, ...] = (
    class_statement,
    subclass_statement,
    new_class,
    new_class_of_a_base,
    call_of_the_metaclass,
    call_of_type_of_a_class,
    call_of_new,
    call_of_new_by_a_lesser_metaclass,
    call_of_type,
    function_as_metaclass,
    function_that_calls_the_metaclass,
    six_with_metaclass,
    six_add_metaclass,
    with_metaclass_of_old,
    with_metaclass_of_six_1_9,
    with_metaclass_of_a_bare_type,
)

#: These derive a metaclass, ask that for C, and ask the original for C inside.
DERIVING = (with_metaclass_of_old, with_metaclass_of_six_1_9)

#: These take no class keywords.
MUTE = (
    six_with_metaclass,
    six_add_metaclass,
    with_metaclass_of_old,
    with_metaclass_of_six_1_9,
    with_metaclass_of_a_bare_type,
)

ALONE = uncooperative.Framework("no framework", type)


def attempt(route: Route, meta: type, framework: Any) -> tuple[Any, list[Any]]:
    """Take a route: the class, or the exception's type, and what happened to C."""
    Caching.made.clear()
    with events() as seen:
        try:
            made: Any = route(meta, framework.bases, dict(framework.keywords))
        except Exception as error:
            made = error
    Caching.made.clear()
    return made, [event for event in seen if event[2] == "C"]


@LISTED
@pytest.mark.parametrize("framework", [ALONE, *FRAMEWORKS], ids=repr)
@pytest.mark.parametrize("route", ROUTES)
def test_route_runs_each_stage_once(route: Route, framework: Any, first: bool) -> None:
    """Whatever makes the class, its stages run once, and the framework's as before."""
    M = RecorderMeta
    if framework is not ALONE:
        M = hand_written(framework.meta, first=first)
    plain, theirs = attempt(route, framework.meta, framework)
    made, seen = attempt(route, M, framework)
    ours = [what for who, what, _ in seen if who == "recorder"]

    if isinstance(plain, Exception):
        # The framework does not work this way at all.
        assert isinstance(made, Exception)
        return
    assert not isinstance(made, Exception), made
    assert [event for event in seen if event[0] == "framework"] == theirs
    assert made.__name__ == "C"
    assert type(made) is M
    assert RECORDER.slot in vars(made)
    if route in DERIVING:
        # Two metaclasses are asked for C, so two look at what it is going to be.
        ours.remove("before")
    assert [stage for stage in ours if stage != "prepare"] == [
        "before",
        "check",
        "created",
    ]


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in MUTE])
def test_route_hands_keywords_to_the_pattern(route: Route) -> None:
    """A pattern's class keyword arrives along each route that takes keywords."""
    framework = uncooperative.Framework(
        "keyword", type, keywords={"recorder_mode": "quiet"}
    )
    made, _ = attempt(route, RecorderMeta, framework)

    assert mode_of(made) == "quiet"


@LISTED
@pytest.mark.parametrize("route", ROUTES)
def test_foreign_result_is_never_silent(route: Route, first: bool) -> None:
    """A framework that returns an instance of its own metaclass is named."""
    M = hand_written(OwnInstances, first=first)
    framework = uncooperative.Framework("own", OwnInstances)
    made, _ = attempt(route, M, framework)

    assert isinstance(made, MetaclassConflictError)
    assert "OwnInstances" in str(made)
    assert "RecorderMeta" in str(made)


@LISTED
def test_functional_api_of_enum(first: bool) -> None:
    """``Colour("Name", "A B")`` goes through the stages, which see no keywords."""
    M = hand_written(enum.EnumType, first=first)

    class Base(enum.Enum, metaclass=M):
        pass

    with events() as seen:
        Colour = Base("Colour", "RED BLUE")

    assert [what for _, what, name in seen if name == "Colour"][-3:] == [
        "before",
        "check",
        "created",
    ]
    assert Colour(2) is Colour.BLUE
    assert RECORDER.slot in vars(Colour)


@LISTED
@pytest.mark.parametrize("kind", [enum.IntEnum, enum.StrEnum, enum.Flag, enum.IntFlag])
def test_kinds_of_enum(kind: type, first: bool) -> None:
    """Mixed-in data types and flags keep their members and their arithmetic."""
    M = hand_written(enum.EnumType, first=first)

    class E(kind, metaclass=M):
        A = enum.auto()
        B = enum.auto()

    assert [member.name for member in E] == ["A", "B"]
    assert E(E.A.value) is E.A
    if issubclass(kind, enum.Flag):
        assert (E.A | E.B) & E.B is E.B


def test_type_new_called_by_name_stays_outside() -> None:
    """``type.__new__(M, ...)`` is the one route past the stages, as documented."""
    with events() as seen:
        cls = type.__new__(RecorderMeta, "C", (), {})

    assert type(cls) is RecorderMeta
    assert seen == []


def test_winner_is_found_among_the_bases() -> None:
    """Calling a lesser metaclass makes an instance of the most derived one."""

    class Derived(RecorderMeta):
        pass

    class Base(metaclass=Derived):
        pass

    with events() as seen:
        cls = RecorderMeta("C", (Base,), {}, recorder_mode=1)
        other = RecorderMeta.__new__(RecorderMeta, "D", (Base,), {}, recorder_mode=1)

    assert type(cls) is type(other) is Derived
    assert mode_of(cls) == mode_of(other) == 1
    assert [event[1:] for event in seen] == [
        (stage, name) for name in "CD" for stage in ("before", "check", "created")
    ]


def test_conflict_of_metaclasses_is_pythons() -> None:
    """Bases with unrelated metaclasses fail as they do without us."""

    class OtherMeta(type):
        pass

    class A(metaclass=RecorderMeta):
        pass

    class B(metaclass=OtherMeta):
        pass

    with events() as seen:
        for make in (type, RecorderMeta, OtherMeta):
            with pytest.raises(TypeError, match="metaclass conflict"):
                make("C", (A, B), {})

    assert ("recorder", "created", "C") not in seen
