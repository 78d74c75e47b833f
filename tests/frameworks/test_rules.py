"""Rules that a framework showed first, on metaclasses without the framework."""

from __future__ import annotations

import ctypes
import gc
import sys
import weakref
from typing import Any, NamedTuple, TypedDict

import pytest
from uncooperative import Cooperative

from metapatterns import (
    FinalError,
    FinalMeta,
    MetaclassConflictError,
    ValidatorMeta,
    combine_metaclasses,
)

from .laws import FORMS, FrameworkLaws, each_form, each_pattern, metaclass_for

# -- what Python makes impossible ---------------------------------------------


class Movie(TypedDict):
    name: str


@each_form
@each_pattern
def test_typed_dicts_are_refused(pattern: Any, form: str) -> None:
    """A metaclass that builds instances of its own is an error that names it."""
    M = metaclass_for(form, (pattern.meta,), Movie)

    with pytest.raises(MetaclassConflictError) as caught:

        class Film(Movie, metaclass=M, total=False):
            year: int

    assert "Film" in str(caught.value)
    assert "typing._TypedDictMeta" in str(caught.value)
    assert pattern.meta.__name__ in str(caught.value)


@each_form
@each_pattern
def test_new_named_tuples_are_refused(pattern: Any, form: str) -> None:
    """``NamedTuple`` itself makes a plain class; a class made by it is a base."""
    with pytest.raises(TypeError, match="NamedTuple"):
        combine_metaclasses(pattern.meta, NamedTuple)

    (original,) = NamedTuple.__mro_entries__((NamedTuple,))
    M = metaclass_for(form, (pattern.meta,), original)
    with pytest.raises(MetaclassConflictError, match=pattern.meta.__name__):

        class Pair(NamedTuple, metaclass=M):
            x: int


class Point(NamedTuple):
    x: int
    y: int = 2


@each_pattern
def test_named_tuples_are_bases(pattern: Any) -> None:
    """A class that ``NamedTuple`` made is a base like any other."""
    if pattern.meta is ValidatorMeta:
        pytest.skip("a dataclass cannot construct a tuple, validated or not")

    class Place(Point, metaclass=pattern.meta):
        __slots__ = ()

        @property
        def total(self) -> int:
            return self.x + self.y

    place = Place(1)

    assert isinstance(Place, pattern.meta)
    assert (*place, place.total) == (1, 2, 3)
    assert place._replace(y=5) == (1, 5)
    assert place._asdict() == {"x": 1, "y": 2}


def test_two_layouts_are_refused() -> None:
    """Two metaclasses in C that both add to ``type`` name each other."""
    qt = pytest.importorskip("PySide6.QtCore", reason="PySide6 is not installed")

    with pytest.raises(MetaclassConflictError) as caught:
        combine_metaclasses(FinalMeta, qt.QObject, ctypes.Structure)

    assert "Shiboken.ObjectType" in str(caught.value)
    assert "PyCStructType" in str(caught.value)


# -- frames -------------------------------------------------------------------


class LooksUp(type):
    """Notes what it finds one frame up, at every stage."""

    seen: list[tuple[str, str, int, bool]] = []

    @classmethod
    def look(mcls, stage: str) -> None:
        frame = sys._getframe(2)
        mcls.seen.append(
            (
                stage,
                frame.f_code.co_filename,
                frame.f_lineno,
                frame.f_locals.get("secret") == 42
                and dict(frame.f_locals)["secret"] == 42
                and "secret" in frame.f_locals.copy()
                and frame.f_globals is globals(),
            )
        )

    @classmethod
    def __prepare__(mcls, name, bases, **kwargs):
        mcls.look("__prepare__")
        return {}

    def __new__(mcls, name, bases, namespace, **kwargs):
        mcls.look("__new__")
        return super().__new__(mcls, name, bases, namespace, **kwargs)

    def __init__(cls, name, bases, namespace, **kwargs):
        cls.look("__init__")
        super().__init__(name, bases, namespace, **kwargs)


class Looked(metaclass=LooksUp):
    pass


class Cooperating(metaclass=Cooperative):
    pass


@pytest.mark.parametrize("form", FORMS)
def test_frameworks_find_the_code_that_defines_a_class(form: str) -> None:
    """One frame up from a framework's hook is who wrote the class statement."""
    M = metaclass_for(form, (FinalMeta,), Looked)
    secret = 42
    LooksUp.seen.clear()

    class C(metaclass=M):
        line = sys._getframe(1).f_lineno

    assert secret == 42
    assert LooksUp.seen == [
        (stage, __file__, C.line, True)
        for stage in ("__prepare__", "__new__", "__init__")
    ]


def test_local_names_are_let_go() -> None:
    """That a framework may look at local names keeps none of them alive."""
    M = metaclass_for(FORMS[0], (FinalMeta,), Cooperating)

    class First(metaclass=M):
        pass

    class Second(metaclass=M):
        pass

    reference = weakref.ref(First)
    del First
    gc.collect()

    assert reference() is None
    assert Second.__name__ == "Second"


# -- setting attributes -------------------------------------------------------


class SetsInPython(type):
    def __setattr__(cls, name: str, value: object) -> None:
        super().__setattr__(name, value)


@pytest.mark.parametrize("first", [True, False])
def test_setters_in_python_pass_through_those_in_c(first: bool) -> None:
    """A ``__setattr__`` in Python works beside a C slot without a method."""
    qt = pytest.importorskip("PySide6.QtCore", reason="PySide6 is not installed")
    parts = (SetsInPython, FinalMeta, qt.QObject)
    M = combine_metaclasses(*(parts if first else reversed(parts)))

    class Gauge(qt.QObject, metaclass=M):
        changed = qt.Signal()

    Gauge.extra = 1

    assert Gauge.extra == 1
    assert Gauge.staticMetaObject.indexOfSignal("changed()") > 0
    assert combine_metaclasses(*parts) is combine_metaclasses(*parts)


def test_setter_in_the_body_of_a_metaclass_passes_too() -> None:
    """The rule holds for a metaclass that is written by hand."""
    qt = pytest.importorskip("PySide6.QtCore", reason="PySide6 is not installed")

    class M(FinalMeta, type(qt.QObject)):
        def __setattr__(cls, name: str, value: object) -> None:
            super().__setattr__(name, value)

        def __delattr__(cls, name: str) -> None:
            super().__delattr__(name)

    class Gauge(qt.QObject, metaclass=M):
        pass

    Gauge.extra = 1
    del Gauge.extra

    assert not hasattr(Gauge, "extra")


class Refusing(type):
    def __setattr__(cls, name: str, value: object) -> None:
        raise AttributeError(name)


def test_state_goes_past_a_setter_in_python_to_that_in_c() -> None:
    """The library's own writes reach the class, the user's are still refused."""
    M = combine_metaclasses(Refusing, FinalMeta, ctypes.Structure)

    class Pixel(ctypes.Structure, metaclass=M, final=False):
        pass

    class Dot(Pixel):
        pass

    with pytest.raises(FinalError):
        type("Sub", (Dot,), {})
    if sys.version_info >= (3, 13):  # before, CPython puts the setter in C first
        with pytest.raises(AttributeError):
            Dot.extra = 1


def test_validated_structures_stay_checked_on_the_class() -> None:
    """A metaclass in C that has its own setter gets what the pattern lets pass."""
    M = combine_metaclasses(ValidatorMeta, ctypes.Structure)

    class Pixel(ctypes.Structure, metaclass=M):
        pass

    Pixel._fields_ = [("x", ctypes.c_int)]

    assert bytes(Pixel(1)) == b"\x01\0\0\0"


# -- metaclasses that answer for everything -----------------------------------


class AnswersAll(type):
    """A metatype: its metaclasses have each attribute that they are asked for."""

    def __getattr__(cls, name: str) -> int:
        if name.startswith("__"):
            raise AttributeError(name)
        return 5

    def __instancecheck__(cls, instance: object) -> bool:
        return True


class Obliging(type, metaclass=AnswersAll):
    """A metaclass of such a metatype, which answers for its classes as well."""

    def __getattr__(cls, name: str) -> int:
        if name.startswith("__"):
            raise AttributeError(name)
        return 5

    def __eq__(cls, other: object) -> bool:
        return cls is other

    def __hash__(cls) -> int:
        return 3

    def __bool__(cls) -> bool:
        return False


class Obliged(metaclass=Obliging):
    pass


class TestObliging(FrameworkLaws):
    """A metatype of its own, ``__getattr__`` and ``__bool__`` on the metaclass."""

    base = Obliged

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Answer

        class Answer(base, **keywords):
            pass

        return Answer


class TakesPlaces(type):
    """Names its parameters as it likes, chains nothing, and has a keyword."""

    __prepare__ = staticmethod(lambda name, bases, table=None: {"prepared": table})

    def __new__(cls, name, bases, attrs, table=None):
        return type.__new__(cls, name, bases, attrs)

    def __init__(cls, name, bases, attrs, table=None):
        type.__init__(cls, name, bases, attrs)
        cls.table = table


class Placed(metaclass=TakesPlaces):
    pass


class TestUncooperative(FrameworkLaws):
    """Hooks by name, and one of them is a plain function."""

    base = Placed

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Table

        class Table(base, table="t", **keywords):
            pass

        return Table

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls.table == cls.prepared == "t"


class BuiltTwice(type):
    """Builds each class twice, and keeps the first in the second."""

    def __new__(mcls, name, bases, namespace, **kwargs):
        first = super().__new__(mcls, name, bases, dict(namespace), **kwargs)
        second = super().__new__(mcls, name, bases, namespace, **kwargs)
        second.first = first
        return second


class Doubled(metaclass=BuiltTwice):
    pass


class TestBuiltTwice(TestUncooperative):
    """A framework that builds a class of its own first."""

    base = Doubled

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Twin

        class Twin(base, **keywords):
            pass

        return Twin

    def work(self, cls: Any) -> None:
        assert type(cls.first) is type(cls)


# -- members that are not what they seem --------------------------------------


class Stand:
    """Stands for something that is not there yet, and says so to each question."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        raise LookupError(name)


def test_members_are_looked_at_and_not_asked() -> None:
    """A member of a base that raises at each attribute hides nothing final."""

    class Base(metaclass=FinalMeta, final="methods"):
        engine = Stand()

    class Derived(Base):
        engine = None

    assert Derived.engine is None


def test_final_class_as_a_member_may_be_replaced() -> None:
    """The mark says what may subclass a class, not who may hold another one."""

    class Closed(metaclass=FinalMeta):
        pass

    class Base(metaclass=FinalMeta, final="methods"):
        kind: type = Closed

    class Derived(Base):
        kind = int

    assert Derived.kind is int
