"""Singleton: one instance for each class, through every door."""

from __future__ import annotations

import abc
import collections
import contextlib
import copy
import dataclasses
import enum
import functools
import gc
import inspect
import os
import pickle
import re
import subprocess
import sys
import textwrap
import types
import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, get_type_hints, runtime_checkable
from unittest import mock

import attrs
import cloudpickle
import pytest
import typing_extensions
from hypothesis import given
from hypothesis import strategies as st

import metapatterns
from metapatterns import (
    ClassDefinitionError,
    FinalMeta,
    SingletonArgumentsError,
    SingletonCycleError,
    SingletonMeta,
    SingletonMixin,
    ValidatorMixin,
    combine_metaclasses,
    singleton,
    singleton_instance,
)
from metapatterns.testing import override_singleton, reset_singleton, singleton_scope

T = TypeVar("T")


@dataclass(frozen=True)
class Door:
    """What a class statement says to come through one door."""

    name: str
    bases: tuple[type, ...] = ()
    metaclass: type | None = None

    def __str__(self) -> str:
        return self.name

    def keywords(self, **options: Any) -> dict[str, Any]:
        words: dict[str, Any] = {}
        if self.metaclass is not None:
            words["metaclass"] = self.metaclass
        if self.name != "decorator":
            words |= {f"singleton_{name}": value for name, value in options.items()}
        return words

    def decorate(self, **options: Any) -> Callable[[Any], Any]:
        return singleton(**options) if self.name == "decorator" else lambda cls: cls


DOORS = [
    Door("metaclass", metaclass=SingletonMeta),
    Door("mixin", (SingletonMixin,)),
    Door("decorator"),
]
BESIDE = Door("beside", metaclass=combine_metaclasses(SingletonMeta, abc.ABCMeta))
ALL = pytest.mark.parametrize("door", DOORS, ids=str)
HOOKS = pytest.mark.parametrize("door", DOORS[1:], ids=str)
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def counting(door: Door, **options: Any) -> Any:
    """Define a class that counts its ``__init__`` and takes two arguments."""

    @door.decorate(**options)
    class Counting(*door.bases, **door.keywords(**options)):
        inits = 0

        def __init__(self, host: object = "local", *, port: object = 80) -> None:
            type(self).inits += 1
            self.host = host
            self.port = port

    return Counting


def published(cls: type) -> type:
    """Let :mod:`pickle` find a class that a function made."""
    cls.__module__ = __name__
    cls.__qualname__ = "Pickled"
    globals()["Pickled"] = cls
    return cls


# -- one instance -------------------------------------------------------------


@ALL
def test_calls_give_one_instance_initialised_once(door: Door) -> None:
    """Every call of the class gives the same object, and ``__init__`` runs once."""
    C = counting(door)
    first = C("a")

    assert C() is first
    assert C("a") is first
    assert (C.inits, first.host, type(first)) == (1, "a", C)


@ALL
def test_a_class_without_a_constructor(door: Door) -> None:
    """A class that defines nothing is a singleton, and takes no arguments."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        pass

    with pytest.raises(TypeError, match=r"C\(\) takes no arguments"):
        C(1)
    assert singleton_instance(C) is None
    assert C() is C()
    for args, kwargs in [((1,), {}), (([],), {}), ((), {"x": 1})]:
        with pytest.raises(TypeError) as caught:
            C(*args, **kwargs)
        assert type(caught.value) is TypeError


@ALL
def test_a_subclass_has_its_own_instance(door: Door) -> None:
    """Parent and subclass never share, in whichever order they are built."""
    for child_first in (True, False):
        Base = counting(door)

        class Child(Base):
            def __init__(self) -> None:
                super().__init__("child")

        class Silent(Base):
            pass

        order = [Child, Base] if child_first else [Base, Child]
        made = {cls: cls() for cls in [*order, Silent]}

        assert all(type(made[cls]) is cls and cls() is made[cls] for cls in made)
        assert made[Child].host == "child"


@ALL
def test_new_is_as_good_a_constructor_as_init(door: Door) -> None:
    """``__new__`` alone, and with ``__init__``, see the arguments, once."""

    @door.decorate()
    class OnlyNew(*door.bases, **door.keywords()):
        calls = 0

        def __new__(cls, value: int = 0) -> Any:
            cls.calls += 1
            self = super().__new__(cls)
            self.value = value
            return self

    @door.decorate()
    class Both(*door.bases, **door.keywords()):
        def __new__(cls, value: int) -> Any:
            self = super().__new__(cls)
            self.made = [value]
            return self

        def __init__(self, value: int) -> None:
            self.made.append(value)

    class Child(Both):
        def __new__(cls, value: int) -> Any:
            return super().__new__(cls, value)

    assert OnlyNew(3) is OnlyNew(3)
    assert (OnlyNew().value, OnlyNew.calls) == (3, 1)
    assert Both(4).made == Both(4).made == [4, 4]
    assert Child(5) is Child()
    assert Child().made == [5, 5]


@ALL
def test_cooperative_multiple_inheritance(door: Door) -> None:
    """Every ``__init__`` along the MRO runs once, for one instance."""
    events: list[str] = []

    class Left:
        def __init__(self, **rest: Any) -> None:
            events.append("left")
            super().__init__(**rest)

    @door.decorate()
    class Middle(*door.bases, **door.keywords()):
        def __init__(self, **rest: Any) -> None:
            events.append("middle")
            super().__init__(**rest)

    class C(Left, Middle):
        def __init__(self) -> None:
            events.append("c")
            super().__init__()

    assert C() is C()
    assert events == ["c", "left", "middle"]


@ALL
@pytest.mark.parametrize("hostile", ["falsy", "unhashable", "eq", "slots"])
def test_hostile_instances(door: Door, hostile: str) -> None:
    """Instances may be falsy, unhashable, slotted, or raise when compared."""

    def refuse(*_: object) -> Any:
        raise RuntimeError

    body: dict[str, Any] = {
        "falsy": {"__bool__": lambda self: False, "__len__": lambda self: 0},
        "unhashable": {"__hash__": None},
        "eq": {"__eq__": refuse, "__hash__": refuse},
        "slots": {"__slots__": ("value",)},
    }[hostile]
    C: Any = door.decorate()(
        types.new_class("C", door.bases, door.keywords(), lambda ns: ns.update(body))
    )

    assert C() is C()
    assert hostile != "slots" or not hasattr(C(), "__dict__")


@ALL
@pytest.mark.parametrize("base", [dict, list, int, str, tuple, Exception, set])
def test_builtin_bases(door: Door, base: type) -> None:
    """What C makes and initialises is made and initialised once as well."""

    @door.decorate()
    class C(*door.bases, base, **door.keywords()):
        pass

    first = C()

    assert C() is first
    assert isinstance(first, base)


@ALL
def test_an_initialised_list_is_not_cleared_by_a_later_call(door: Door) -> None:
    """``list.__init__`` would empty the instance if it ran again."""

    @door.decorate()
    class C(*door.bases, list, **door.keywords()):
        pass

    C([1, 2])

    assert C() == [1, 2]


@ALL
def test_abstract_classes_stay_uninstantiable(door: Door) -> None:
    """An abstract class refuses and keeps nothing; a concrete subclass builds."""
    keywords = door.keywords()
    if door.metaclass is not None:
        keywords["metaclass"] = combine_metaclasses(door.metaclass, abc.ABCMeta)
    else:
        keywords["metaclass"] = abc.ABCMeta

    @door.decorate()
    class Base(*door.bases, **keywords):
        @abc.abstractmethod
        def __call__(self) -> int: ...

    class Child(Base):
        def __call__(self) -> int:
            return 5

    with pytest.raises(TypeError, match="abstract"):
        Base()
    assert singleton_instance(Base) is None
    assert Child() is Child()
    assert Child()() == 5


@pytest.mark.parametrize("order", [1, -1])
def test_hand_written_with_abcmeta(order: int) -> None:
    """A metaclass of both, in either order, keeps both meanings."""

    class M(*(SingletonMeta, abc.ABCMeta)[::order]):
        pass

    class C(metaclass=M):
        pass

    assert C() is C()
    assert C.register(int) is int
    assert isinstance(1, C)


@ALL
def test_generic_aliases_build_the_same_instance(door: Door) -> None:
    """``Box[int]()`` calls the origin, which has one instance."""

    @door.decorate()
    class Box(*door.bases, Generic[T], **door.keywords()):
        pass

    assert Box[int]() is Box[str]() is Box()


@ALL
def test_dynamic_class_creation(door: Door) -> None:
    """Classes made by ``type()`` and ``new_class`` are singletons."""
    Base = counting(door)

    for cls in (
        type("Made", (Base,), {}),
        type(Base)("Made", (Base,), {}),
        types.new_class("Made", (Base,)),
    ):
        assert cls() is cls()
        assert type(cls()) is cls
        assert cls() is not Base()


@ALL
def test_a_parent_may_build_in_init_subclass(door: Door) -> None:
    """A subclass called by its parent's hook is not taken for the parent."""
    made: list[Any] = []

    @door.decorate()
    class Base(*door.bases, **door.keywords()):
        def __init_subclass__(cls) -> None:
            super().__init_subclass__()
            assert Base() is Base()
            made.append(cls())

    base = Base()
    assert Base() is base

    class Child(Base):
        pass

    assert Base() is Base() is base
    assert made == [Child()]
    assert type(made[0]) is Child
    assert base is not made[0]

    @dataclass(slots=True)
    class Twice(Base):
        x: int = 1

    assert type(made[-1]) is Twice
    assert made[-1] is Twice() is not made[-2]
    assert Base() is base


@pytest.mark.xfail(strict=True, reason="nothing is told of `type.__new__` by name")
def test_a_class_past_the_pipeline_is_not_its_parent() -> None:
    """``type.__new__`` by name leaves a class that never hands out its parent's."""

    class Base(metaclass=SingletonMeta):
        pass

    base = Base()
    assert Base() is base
    Child: Any = type.__new__(SingletonMeta, "Child", (Base,), {})

    assert type(Child()) is Child
    assert Child() is Child()
    assert Child() is not base


@ALL
def test_a_constructor_that_raises_keeps_nothing(door: Door) -> None:
    """After a failure the next call builds, and the failed object is gone."""
    failures = [True, False]

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __init__(self) -> None:
            assert singleton_instance(type(self)) is None
            if failures.pop(0):
                raise LookupError

    with pytest.raises(LookupError):
        C()
    assert singleton_instance(C) is None
    assert C() is singleton_instance(C)


@ALL
def test_a_factory_of_other_objects_is_handed_through(door: Door) -> None:
    """What is no instance of the class is returned and not kept."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __new__(cls) -> Any:
            return object()

    assert C() is not C()
    assert singleton_instance(C) is None


@HOOKS
def test_a_factory_of_a_subclass_initialises_once(door: Door) -> None:
    """``__new__`` may give an instance of a subclass; Python initialises it too."""

    @door.decorate()
    class Base(*door.bases, **door.keywords()):
        def __new__(cls) -> Any:
            return super().__new__(Child)

    class Child(Base):
        inits = 0

        def __init__(self) -> None:
            type(self).inits += 1

    assert Base() is Base()
    assert type(Base()) is Child
    assert Child.inits == 1


@ALL
def test_an_init_set_later_runs_once(door: Door) -> None:
    """``@dataclass`` above the door, or anybody, may set ``__init__`` afterwards."""

    @dataclass
    @door.decorate()
    class C(*door.bases, **door.keywords()):
        values: list[int] = field(default_factory=list)

    C().values.append(1)
    assert C().values == [1]

    C.__init__ = lambda self: self.values.clear()
    assert C().values == [1]
    assert C() is C()


@ALL
@pytest.mark.parametrize("tool", ["dataclass", "attrs"])
@pytest.mark.parametrize("above", [True, False])
def test_slots_rebuilds_have_a_fresh_slot(door: Door, tool: str, above: bool) -> None:
    """The second class of one statement is a singleton with the same options."""
    rebuild: Callable[[Any], Any] = (
        dataclass(slots=True) if tool == "dataclass" else attrs.define
    )
    decorate = door.decorate(args="ignore")
    outer, inner = (rebuild, decorate) if above else (decorate, rebuild)

    @outer
    @inner
    class C(*door.bases, **door.keywords(args="ignore")):
        x: int = 1

    first = C(5)

    assert C(6) is first is C()
    assert first.x == 5
    assert type(first) is C


@ALL
def test_slots_rebuild_after_the_first_class_was_built(door: Door) -> None:
    """A class built anew does not inherit what the first one had built."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        x: int = 1

    first = C()
    D = dataclass(slots=True)(C)

    assert D(7) is D()
    assert D().x == 7
    assert C() is first


@ALL
def test_gc_collects_dropped_classes(door: Door) -> None:
    """Nothing outside the class keeps it or its instance."""
    C = counting(door)
    instance = C("x")
    pickle.dumps(None)
    references = weakref.ref(C), weakref.ref(instance)

    del C, instance
    gc.collect()

    assert [reference() for reference in references] == [None, None]


def test_no_public_name_is_added() -> None:
    """Only dunders and ``_abc_`` names appear on users' classes."""

    class Bare:
        pass

    for door in DOORS:

        @door.decorate()
        class C(*door.bases, **door.keywords()):
            pass

        C()
        added = set(dir(C())) - set(dir(Bare()))
        assert {name for name in added if not name.startswith("_")} == set()


def test_a_class_own_call_is_its_own() -> None:
    """``C.__call__`` is the method of the class's body, not the factory."""

    class C(metaclass=SingletonMeta):
        def __call__(self) -> int:
            return 3

    assert C.__call__ is vars(C)["__call__"]
    assert C()() == 3
    assert inspect.signature(C()).return_annotation == "int"


# -- other metaclasses --------------------------------------------------------


def test_a_users_own_call_stays_in_front() -> None:
    """
    ``__call__`` of a metaclass derived from SingletonMeta sees every call.

    And the first call is where the class was called.
    """
    calls: list[int] = []

    class M(SingletonMeta):
        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            calls.append(1)
            return super().__call__(*args, **kwargs)

    class C(metaclass=M):
        def __init__(self, x: int = 0) -> None:
            pass

    line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
    first = C()
    assert C() is first
    assert len(calls) == 2
    with pytest.raises(SingletonArgumentsError) as caught:
        C(5)
    assert caught.value.first_call == f"{__file__}:{line}"


@pytest.mark.parametrize("chains", [True, False])
@pytest.mark.parametrize("order", [1, -1])
def test_beside_a_frameworks_call(chains: bool, order: int) -> None:
    """A foreign ``__call__``, chaining or not, listed first or last, runs once."""
    calls: list[int] = []

    class Framework(type):
        def __call__(cls, *args: Any) -> Any:
            calls.append(1)
            if chains:
                return super().__call__(*args)
            return type.__call__(cls, *args)

    class M(*(Framework, SingletonMeta)[::order]):
        pass

    class C(metaclass=M):
        def __init__(self, x: int = 0) -> None:
            pass

    class Sub(C):
        def __init__(self) -> None:
            C()
            super().__init__()

    class Own(C):
        def __init__(self) -> None:
            Own()

    assert C() is C()
    assert Sub() is Sub() is not C()
    assert len(calls) == 2
    with pytest.raises(SingletonArgumentsError):
        C(1)
    with pytest.raises(SingletonCycleError):
        Own()


def test_beside_a_call_that_hands_on_other_arguments() -> None:
    """Where a framework makes something else of each call, calls are compared."""

    class Framework(type):
        def __call__(cls, *words: str) -> Any:
            return super().__call__(len(words))

    class C(metaclass=combine_metaclasses(SingletonMeta, Framework)):
        def __init__(self, count: int) -> None:
            self.count = count

    instance = C("a", "b")

    assert instance.count == 2
    assert C() is C("a", "b") is instance
    for words in ("a", "c"), ("a",):
        with pytest.raises(SingletonArgumentsError):
            C(*words)


def test_a_parents_hook_may_build_what_it_is_told_of() -> None:
    """The instance that ``__init_subclass__`` builds is the class's one."""

    class Base:
        built: list[Any] = []

        def __init_subclass__(cls) -> None:
            Base.built.append(cls())

    class C(Base, metaclass=SingletonMeta):
        pass

    assert Base.built == [C()]


def test_beside_a_framework_a_hook_builds_by_the_inherited_rules() -> None:
    """What ``__init_subclass__`` builds there is kept, and options are the parent's."""

    class FrameworkMeta(type):
        def __new__(mcls, *args: Any, **kwargs: Any) -> Any:
            return super().__new__(mcls, *args, **kwargs)

    M: Any = combine_metaclasses(SingletonMeta, FrameworkMeta)

    class Base(metaclass=M, singleton_args="ignore"):
        built: list[Any] = []

        def __init__(self, word: str) -> None:
            self.word = word

        def __init_subclass__(cls) -> None:
            assert Base("again") is Base() is base
            Base.built += [cls("first"), cls("second")]

    base = Base("zero")
    assert Base() is base

    class Child(Base):
        pass

    @dataclass(slots=True, eq=False)
    class Slotted(Base):
        word: str

    class Orphan:
        def __init_subclass__(cls) -> None:
            with pytest.raises(SingletonArgumentsError):
                [cls(word) for word in ("first", "second")]

    class Adopted(Orphan, metaclass=M):
        def __init__(self, word: str) -> None:
            pass

    built = dict.fromkeys(Base.built)
    assert [type(one).__name__ for one in built] == ["Child", "Slotted", "Slotted"]
    assert [one.word for one in built] == ["first"] * 3
    assert Child("third") in built
    assert Slotted("third") in built
    assert Base() is base
    assert Adopted("first") is singleton_instance(Adopted)


@pytest.mark.parametrize("order", [1, -1])
def test_enumerations_pass_through(order: int) -> None:
    """The members of an Enum are unique already; a call looks one up."""
    M: Any = combine_metaclasses(*(SingletonMeta, enum.EnumMeta)[::order])

    class Base(enum.Enum, metaclass=M):
        pass

    class Color(Base):
        RED = 1
        BLUE = 2

    Made = Base("Made", names="A B")

    assert (Color(1), Color(2)) == (Color.RED, Color.BLUE)
    assert [member.name for member in Made] == ["A", "B"]
    assert pickle.loads(pickle.dumps(published_member(Color))) is Color.RED
    assert copy.deepcopy(Color.RED) is Color.RED


def test_members_of_a_decorated_enumeration_travel_as_themselves() -> None:
    """An enumeration has as many instances as members, also through the decorator."""

    @singleton
    class Color(enum.Enum):
        RED = 1
        BLUE = 2

    published(Color)

    for member in Color:
        assert Color(member.value) is member
        assert copy.copy(member) is copy.deepcopy(member) is member
        for protocol in PROTOCOLS:
            assert pickle.loads(pickle.dumps(member, protocol)) is member
    assert {"__copy__", "__deepcopy__"}.isdisjoint(vars(Color))


def test_enumerations_in_a_scope_stay_as_they_are() -> None:
    """A scope gives an enumeration no hooks for copies: it has its own."""
    M: Any = combine_metaclasses(SingletonMeta, enum.EnumMeta)

    class Base(enum.Enum, metaclass=M):
        pass

    class Color(Base):
        RED = 1

    before = set(vars(Color))
    with singleton_scope(Color):
        assert Color(1) is Color.RED
        assert pickle.loads(pickle.dumps(published_member(Color))) is Color.RED
        assert set(vars(Color)) - before <= {"_abc_metapatterns_singleton_early"}


def test_a_metaclass_that_answers_everything_makes_no_enumeration() -> None:
    """What its classes seem to have does not tell what they are."""

    class AnswersAll(SingletonMeta):
        def __getattr__(cls, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return {}

    class C(metaclass=AnswersAll):
        pass

    assert copy.copy(C()) is copy.deepcopy(C()) is C()


def published_member(Color: Any) -> Any:
    published(Color)
    return Color.RED


@pytest.mark.parametrize("order", [1, -1])
def test_protocols_keep_their_members(order: int) -> None:
    """The hooks for copies do not become members of a protocol."""
    M: Any = combine_metaclasses(*(SingletonMeta, type(Protocol))[::order])

    class P(Protocol, metaclass=M):
        def run(self) -> int: ...

    class C(P):
        def run(self) -> int:
            return 1

    class Other:
        def run(self) -> int:
            return 2

    assert C() is C()
    assert copy.copy(C()) is C()
    assert isinstance(Other(), runtime_checkable(P))


@ALL
def test_pydantic_models(door: Door) -> None:
    """A framework's constructor, signature and copy hooks keep one instance."""
    pydantic = pytest.importorskip("pydantic", reason="pydantic is not installed")
    keywords = door.keywords()
    if door.metaclass is not None:
        keywords["metaclass"] = combine_metaclasses(
            door.metaclass, type(pydantic.BaseModel)
        )

    @door.decorate()
    class Model(*door.bases, pydantic.BaseModel, **keywords):
        x: int = 0

    first = Model(x="5")
    published(Model)

    assert first.x == 5
    assert Model() is first
    assert copy.copy(first) is copy.deepcopy(first) is first
    assert all(pickle.loads(pickle.dumps(first, p)) is first for p in PROTOCOLS)
    assert list(inspect.signature(Model).parameters) == ["x"]
    data = pickle.dumps(first)
    with singleton_scope(Model):
        loaded = pickle.loads(data)
        assert loaded is Model() is not first
        assert loaded.x == 5


# -- arguments ----------------------------------------------------------------


@ALL
def test_the_same_arguments_however_written(door: Door) -> None:
    """Arguments are compared under the constructor's names, with its defaults."""
    C = counting(door)
    first = C("local", port=80)

    assert C("local") is C(host="local") is C(port=80) is C(port=80.0) is first


@ALL
def test_other_arguments_are_refused(door: Door) -> None:
    """The refusal names class and first call, and prints no value."""
    C = counting(door)
    line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
    C("s3cret")

    for args, kwargs in [
        (("0ther",), {}),
        (("s3cret",), {"port": 1}),
    ]:
        with pytest.raises(SingletonArgumentsError) as caught:
            C(*args, **kwargs)
        assert caught.value.first_call == f"{__file__}:{line}"
        assert caught.value.owner.endswith("Counting")
        assert "s3cret" not in str(caught.value)
        assert "0ther" not in str(caught.value)


@ALL
def test_first_call_through_an_alias(door: Door) -> None:
    """Who calls ``Box[int]`` called first, and not what stands between in `typing`."""

    @door.decorate()
    class Box(*door.bases, Generic[T], **door.keywords()):
        def __init__(self, content: int) -> None:
            pass

    line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
    Box[int](1)

    with pytest.raises(SingletonArgumentsError) as caught:
        Box(2)
    assert caught.value.first_call == f"{__file__}:{line}"


@ALL
def test_arguments_that_the_constructor_does_not_take(door: Door) -> None:
    """They are a TypeError, as they are before there is an instance."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __init__(self, a: int, b: int = 0, *, c: int = 0) -> None:
            pass

    @door.decorate()
    class K(*door.bases, **door.keywords()):
        def __init__(self, *, a: int) -> None:
            pass

    C(1)
    K(a=1)

    for _ in range(3):
        for cls, args, kwargs, text in [
            (C, (1, 0, 5), {}, r"too many|built singleton C\(\) takes from 0 to 2 "),
            (C, (1, 2, 5), {"c": 1}, r"too many|built singleton C\(\) takes from 0"),
            (C, (1,), {"unknown": 1}, "unexpected keyword argument 'unknown'"),
            (C, (1,), {"a": 1}, "multiple values for argument 'a'"),
            (C, (), {"b": 1}, "missing a required argument: 'a'"),
            (K, (1,), {}, r"too many|built singleton K\(\) takes 0 positional "),
            (K, (1,), {"a": 1}, r"too many|built singleton K\(\) takes 0 positional "),
        ]:
            with pytest.raises(TypeError, match=text) as caught:
                cls(*args, **kwargs)
            assert type(caught.value) is TypeError
        assert C(1) is C(a=1) is C(1, 0, c=0) is C()
        assert K(a=1) is K(a=True) is K()


@ALL
def test_a_bad_call_is_no_error_where_arguments_do_not_matter(door: Door) -> None:
    """``warn`` and ``ignore`` hold for calls that the constructor does not take."""
    C = counting(door, args="warn")
    first = C("a")

    with pytest.warns(RuntimeWarning, match="other arguments"):
        assert C(1, 2, 3) is first
    with pytest.warns(RuntimeWarning, match="other arguments"):
        assert C(unknown=1) is first


@ALL
@pytest.mark.parametrize("forwards", ["__new__", "__init__"])
def test_arguments_are_named_by_the_function_that_names_them(
    door: Door, forwards: str
) -> None:
    """Of a constructor in two functions, one of which takes anything, the other."""

    def anything(self: Any, *args: Any, **kwargs: Any) -> Any:
        if forwards == "__new__":
            return object.__new__(self)
        return None

    def naming(self: Any, q: int, r: int = 0) -> Any:
        if forwards == "__init__":
            return object.__new__(self)
        return None

    functions = {"__new__": naming, "__init__": naming, forwards: anything}
    C: Any = door.decorate()(
        types.new_class(
            "C", tuple(door.bases), door.keywords(), lambda body: body.update(functions)
        )
    )
    first = C(1)

    for _ in range(3):
        assert C(q=1) is C(1, 0) is C(1, r=0) is C(True) is C() is first
        for args, kwargs in [((2,), {}), ((), {"q": 2}), ((1,), {"r": 1})]:
            with pytest.raises(SingletonArgumentsError):
                C(*args, **kwargs)
        for args, kwargs in [((1, 0, 0), {}), ((), {"z": 1}), ((), {"r": 0})]:
            with pytest.raises(TypeError) as caught:
                C(*args, **kwargs)
            assert type(caught.value) is TypeError


def test_arguments_are_named_by_a_metaclass_that_names_them() -> None:
    """A ``__call__`` in front that says what it takes is the constructor's signature."""

    class M(SingletonMeta):
        def __call__(cls, a: Any, b: int = 0) -> Any:
            return super().__call__(a, b=b)

    class C(metaclass=M):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            pass

    first = C([1])

    for _ in range(3):
        assert C([1]) is C(a=[1]) is C([1], 0) is C([1], b=False) is first
        with pytest.raises(SingletonArgumentsError):
            C([2])
        with pytest.raises(TypeError, match="positional arguments"):
            C(1, 2, 3)


@pytest.mark.parametrize("order", [1, -1])
def test_arguments_are_named_by_the_metaclass_beside(order: int) -> None:
    """A ``__call__`` that says what it takes is asked, not the constructor behind it."""

    class Framework(type):
        def __call__(cls, a: Any, b: int = 0) -> Any:
            return super().__call__(a)

    class M(*(SingletonMeta, Framework)[::order]):
        pass

    class Anything(metaclass=M):
        def __init__(self, *args: Any) -> None:
            pass

    class Renamed(metaclass=M):
        def __init__(self, x: Any) -> None:
            pass

    for C in Anything, Renamed:
        first = C([1])
        for _ in range(3):
            assert C(a=[1]) is C([1], False) is C(b=0, a=[1]) is first
            with pytest.raises(SingletonArgumentsError):
                C(a=[2])
            with pytest.raises(TypeError, match="argument") as caught:
                C(x=[1])
            assert type(caught.value) is TypeError
        assert list(inspect.signature(C).parameters) == ["a", "b"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_metaclass_that_takes_anything_names_nothing(order: int) -> None:
    """Arguments then have the constructor's names; a call that takes none says so."""

    class Anything(type):
        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            return super().__call__(*args, **kwargs)

    class Nothing(type):
        def __call__(cls) -> Any:
            return super().__call__()

    class First(type):
        def __call__(cls, a: int, *rest: int) -> Any:
            return super().__call__(a)

    class C(metaclass=types.new_class("M", (SingletonMeta, Anything)[::order])):
        def __init__(self, x: int = 0) -> None:
            self.x = x

    class D(metaclass=types.new_class("M", (SingletonMeta, Nothing)[::order])):
        def __init__(self, x: int = 0) -> None:
            pass

    class E(metaclass=types.new_class("M", (SingletonMeta, First)[::order])):
        def __init__(self, x: int = 0) -> None:
            pass

    assert C(x=1) is C(1) is C()
    assert C().x == 1
    assert D() is D()
    assert E(1) is E(a=1) is E()
    for cls, names in [(C, ["x"]), (D, []), (E, ["a", "rest"])]:
        assert list(inspect.signature(cls).parameters) == names


def test_arguments_of_a_base_in_c_are_compared_as_given() -> None:
    """Where nothing says what a constructor calls them, they are what the call says."""

    class Options(dict, metaclass=SingletonMeta):
        pass

    options = Options(first=[1])

    assert Options(first=[1]) is options
    for other in ({"first": [2]}, {"second": [1]}):
        with pytest.raises(SingletonArgumentsError):
            Options(**other)


def test_arguments_that_only_a_metaclass_can_take() -> None:
    """One argument, said twice, is compared as it was said, if a metaclass drops one."""

    class Dropping(type):
        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            return super().__call__(*args)

    class C(metaclass=combine_metaclasses(SingletonMeta, Dropping)):
        def __init__(self, a: object) -> None:
            self.a = a

    first = C(1, a=[])

    assert C(1, a=[]) is first
    for args, a in (((2,), []), ((1,), [1])):
        with pytest.raises(SingletonArgumentsError):
            C(*args, a=a)


@ALL
def test_a_metaclass_in_front_may_hand_on_other_arguments(door: Door) -> None:
    """What reaches the constructor is named by it, whatever a call before it takes."""

    class Front(door.metaclass or type):  # type: ignore[misc]
        def __call__(cls, a: Any, c: Any = None) -> Any:
            return super().__call__(a) if c is None else super().__call__(a, b=c)

    class C(*door.bases, **{**door.keywords(), "metaclass": Front}):
        def __init__(self, a: int, b: int = 0) -> None:
            self.b = b

    first = door.decorate()(C)(1)

    for _ in range(3):
        assert C(1) is C(1, c=0) is first
        with pytest.raises(SingletonArgumentsError):
            C(1, c=5)
    assert list(inspect.signature(C).parameters) == ["a", "c"]


@ALL
def test_both_functions_have_to_take_the_arguments(door: Door) -> None:
    """What ``__new__`` takes and ``__init__`` does not is no call of the class."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __new__(cls, a: int, b: int = 0) -> Any:
            return super().__new__(cls)

        def __init__(self, x: int, b: int = 0) -> None:
            pass

    first = C(1)

    for _ in range(3):
        assert C(1) is C(1, 0) is C(1, b=0) is first
        for kwargs in ({"a": 1}, {"x": 1}):
            with pytest.raises(TypeError, match=r"unexpected|missing") as caught:
                C(**kwargs)
            assert type(caught.value) is TypeError
        with pytest.raises(SingletonArgumentsError):
            C(2)


@ALL
def test_a_decorated_constructor_has_the_parameters_that_it_shows(door: Door) -> None:
    """What `functools.wraps` says of a function counts, not the one put before it."""

    def logged(init: Any) -> Any:
        @functools.wraps(init)
        def before(self: Any, value: Any) -> None:
            init(self, value)

        return before

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        @logged
        def __init__(self, host: str) -> None:
            pass

    assert C("a") is C("a") is C(host="a")
    for args, kwargs in [(("b",), {}), ((), {"host": "b"})]:
        with pytest.raises(SingletonArgumentsError):
            C(*args, **kwargs)


@ALL
def test_every_kind_of_parameter(door: Door) -> None:
    """Positional-only, underscored and keyword-only parameters follow the rule."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __init__(self, a: int, /, _b: int = 2, *, __c: int = 3) -> None:
            pass

    first = C(1)

    for _ in range(3):
        assert C(1) is C(1, 2) is C(1, _b=2, _C__c=3) is C() is first
        for args, kwargs in [((2,), {}), ((1, 3), {}), ((1,), {"_b": 3})]:
            with pytest.raises(SingletonArgumentsError):
                C(*args, **kwargs)
        for args, kwargs in [((), {"_b": 2}), ((), {"a": 1}), ((1, 2, 3), {})]:
            with pytest.raises(TypeError) as caught:
                C(*args, **kwargs)
            assert type(caught.value) is TypeError

    @door.decorate()
    class OnlySelf(*door.bases, **door.keywords()):
        def __init__(self, /, a: int) -> None:
            pass

    @door.decorate()
    class OnlyNamed(*door.bases, **door.keywords()):
        def __init__(self, *, a: int) -> None:
            pass

    for D in OnlySelf, OnlyNamed:
        first = D(a=1)
        for _ in range(3):
            assert D(a=True) is D() is first
            with pytest.raises(SingletonArgumentsError):
                D(a=2)


@pytest.mark.parametrize("extra", [True, False])
def test_arguments_that_a_metaclass_changes(extra: bool) -> None:
    """Where the constructor gets other arguments, the calls' own are compared."""

    class Framework(type):
        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            return super().__call__(*(args if extra else ()), 5)

    class M(SingletonMeta, Framework):
        pass

    class C(metaclass=M):
        def __new__(cls, *args: Any) -> Any:
            return super().__new__(cls)

    class D(metaclass=M):
        def __init__(self, x: int) -> None: ...

    assert C("a") is C("a")
    if not extra:
        first = D("a", more=1)
        for _ in range(3):
            assert D("a", more=True) is D() is first
            with pytest.raises(SingletonArgumentsError):
                D("b", more=1)
        reset_singleton(D)
        assert D() is D()


@ALL
def test_variadic_parameters_beside_named_ones(door: Door) -> None:
    """Named parameters count as before, however an argument for them is written."""

    @door.decorate()
    class Positions(*door.bases, **door.keywords()):
        def __init__(self, a: int, *rest: int, b: int = 3) -> None:
            pass

    @door.decorate()
    class Names(*door.bases, **door.keywords()):
        def __init__(self, a: int, **rest: int) -> None:
            pass

    first = Positions(1, 2)
    assert Positions(1, 2.0, b=3) is first  # type: ignore[arg-type]
    for args in (9, 2), (1, 9), (1, 2, 3), (1,):
        with pytest.raises(SingletonArgumentsError):
            Positions(*args)

    other = Names(1, b=2)
    assert Names(a=1, b=2) is Names(b=2, a=1) is other
    for kwargs in {"a": 9, "b": 2}, {"a": 1, "b": 9}, {"a": 1, "c": 2}:
        with pytest.raises(SingletonArgumentsError):
            Names(**kwargs)


@ALL
def test_variadic_arguments_are_compared_one_by_one(door: Door) -> None:
    """``*args`` and ``**kwargs`` follow the same rule, each value for itself."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __init__(self, *args: object, **kwargs: object) -> None:
            pass

    nan = float("nan")
    first = C(nan, [1], key=nan)

    assert C(nan, [1], key=nan) is first
    for args, kwargs in [
        ((nan,), {"key": nan}),
        ((nan, [1]), {}),
        ((nan, [2]), {"key": nan}),
    ]:
        with pytest.raises(SingletonArgumentsError):
            C(*args, **kwargs)


@ALL
def test_an_equality_that_says_no_bool_means_different(door: Door) -> None:
    """Only ``True`` from ``==`` makes two objects the same argument."""

    class Says:
        def __init__(self, answer: Any) -> None:
            self.answer = answer

        def __eq__(self, other: object) -> Any:
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        __hash__ = object.__hash__

    for answer in ("yes", 1, [1], NotImplemented, ValueError()):
        for first in (Says(answer), 1):
            C = counting(door)
            C(first)
            assert C(first) is C()
            with pytest.raises(SingletonArgumentsError):
                C(Says(answer))
    C = counting(door)
    assert C(Says(True)) is C(Says(True))


@ALL
def test_args_ignore_and_warn(door: Door) -> None:
    """``ignore`` hands out in silence; ``warn`` does too, with a warning."""
    C = counting(door, args="ignore")
    assert C("a") is C("b") is C(1, 2, 3)

    C = counting(door, args="warn")
    first = C("a")
    line = inspect.currentframe().f_lineno + 2  # type: ignore[union-attr]
    with pytest.warns(RuntimeWarning, match="other arguments") as caught:
        assert C("b") is first
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert C("a") is C() is first


@ALL
def test_a_warning_is_given_once_for_a_line(door: Door) -> None:
    """Each module remembers what has been said of it, as Python's own warnings do."""
    C = counting(door, args="warn")
    C("a")
    module: dict[str, Any] = {"__name__": "calling", "C": C}

    for expected in (1, 0):
        with warnings.catch_warnings(record=True) as caught:
            warnings.resetwarnings()
            if not expected:
                warnings.filterwarnings("ignore", module="calling")
            exec("for _ in range(3): C('b')", module)
        assert len(caught) == expected
    assert module["__warningregistry__"]


@ALL
def test_options_are_inherited_and_overridden(door: Door) -> None:
    """A subclass takes its parent's option, or says its own."""
    Base = counting(door, args="ignore")

    class Child(Base):
        pass

    @door.decorate(args="error")
    class Strict(Base, **door.keywords(args="error")):
        pass

    assert Child(1) is Child(2)
    Strict(1)
    with pytest.raises(SingletonArgumentsError):
        Strict(2)


@ALL
@pytest.mark.parametrize("bad", ["raise", None, True, [], 0])
def test_a_bad_option_is_refused(door: Door, bad: object) -> None:
    """Any other value is a ClassDefinitionError that names class and values."""
    with pytest.raises(ClassDefinitionError, match=r"'Counting'.*'warn'"):
        counting(door, args=bad)


@ALL
@given(
    first=st.lists(st.integers(0, 2), max_size=2),
    later=st.lists(st.integers(0, 2), max_size=2),
)
def test_the_rule_agrees_with_inspect(
    door: Door, first: list[int], later: list[int]
) -> None:
    """A call is accepted if it says nothing, or binds to the same arguments."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __init__(self, a: int = 0, b: int = 1) -> None:
            pass

    def bound(args: list[int]) -> dict[str, Any]:
        arguments = inspect.signature(lambda a=0, b=1: None).bind(*args)
        arguments.apply_defaults()
        return arguments.arguments

    instance = C(*first)
    if not later or bound(first) == bound(later):
        assert C(*later) is instance
    else:
        with pytest.raises(SingletonArgumentsError):
            C(*later)


# -- signatures ---------------------------------------------------------------


@ALL
def test_signatures_are_the_constructors(door: Door) -> None:
    """``inspect.signature`` shows what it would without the pattern."""

    class Init:
        def __init__(self, a: int, *, b: str = "") -> None: ...

    class New:
        def __new__(cls, a: int, *, b: str = "") -> Any: ...

    class Both(Init, New):
        pass

    class Overridden(New):
        def __init__(self, c: int) -> None: ...

    class Nothing:
        pass

    for base in (Init, New, Both, Overridden, Nothing):

        @door.decorate()
        class C(*door.bases, base, **door.keywords()):
            pass

        expected = inspect.signature(base)
        assert inspect.signature(C) == expected
        if base in (Init, Nothing):
            C(*([1] if expected.parameters else []))
            assert inspect.signature(C) == expected
            assert inspect.signature(C.__init__) == inspect.signature(base.__init__)


def test_signatures_of_classes_in_c() -> None:
    """A class in C says what it says without the pattern, if anything."""

    def shown(cls: type) -> inspect.Signature | None:
        try:
            return inspect.signature(cls)
        except ValueError:
            return None

    class Helper:
        def __init__(self, of: int) -> None:
            pass

    for bases in (
        *((base,) for base in (dict, list, int, float, Exception, enumerate)),
        (list, Helper),
        (dict, Helper),
    ):
        C = types.new_class("C", bases, {"metaclass": SingletonMeta})
        plain = types.new_class("C", bases)

        assert shown(C) == shown(plain)

    class Unreadable:
        __doc__ = "Unreadable(size[, ...])\n--\n\nSpelled as some extensions do."

    class C(Unreadable, metaclass=SingletonMeta):
        pass

    assert not hasattr(C, "__signature__")
    assert C() is C()

    class Loose(metaclass=SingletonMeta):
        def __init__(*args: int) -> None: ...

    assert list(inspect.signature(Loose).parameters) == ["args"]


@HOOKS
def test_instances_have_a_signature_of_their_own(door: Door) -> None:
    """What the constructor takes is not said of what it makes."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __init__(self, a: int = 0) -> None:
            pass

        def __call__(self, called: int) -> None:
            pass

    assert list(inspect.signature(C).parameters) == ["a"]
    assert list(inspect.signature(C()).parameters) == ["called"]
    with pytest.raises(AttributeError, match="__signature__"):
        C().__signature__  # noqa: B018


@ALL
def test_a_class_own_signature_wins(door: Door) -> None:
    """A ``__signature__`` in the class or a base is left alone."""
    theirs = inspect.signature(lambda own: 0)

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        __signature__ = theirs

    assert inspect.signature(C) == theirs


def test_a_metaclass_own_call_signature_is_respected() -> None:
    """A ``__call__`` that names parameters says what the class takes."""

    class M(SingletonMeta):
        def __call__(cls, special: int) -> Any:
            return super().__call__()

    class C(metaclass=M):
        pass

    assert list(inspect.signature(C).parameters) == ["special"]
    assert inspect.signature(M) is not None
    assert not hasattr(C(1), "__signature__")


# -- copies and pickles -------------------------------------------------------


@ALL
def test_copies_and_pickles_are_the_instance(door: Door) -> None:
    """Identity holds through every protocol, and live state is not touched."""
    C = published(counting(door))
    instance = C("a")
    data = [pickle.dumps([instance, instance], protocol) for protocol in PROTOCOLS]
    instance.host = "changed"

    assert copy.copy(instance) is copy.deepcopy([instance])[0] is instance
    for each in data:
        assert pickle.loads(each)[1] is instance
    assert instance.host == "changed"


@ALL
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_empty_slot_is_filled_from_a_pickle(door: Door, protocol: int) -> None:
    """Where there is no instance, the pickle's is it: state, cycles and all."""
    C = published(counting(door))
    instance = C("a")
    instance.me = [instance]
    data = pickle.dumps(instance, protocol)
    reset_singleton(C)
    loaded = pickle.loads(data)

    assert loaded is C() is C("any", port="thing") is not instance
    assert loaded.me == [loaded]
    assert (loaded.host, C.inits) == ("a", 1)


@ALL
def test_identity_of_what_no_call_has_finished(door: Door) -> None:
    """
    What is under construction, was unpickled, or was put there by a test, copies
    as itself, although no call of its class has returned.
    """
    seen: list[object] = []

    @door.decorate()
    class Itself(*door.bases, **door.keywords()):
        def __init__(self) -> None:
            seen[:] = [self, copy.copy(self), copy.deepcopy(self)]

    assert [Itself()] * 3 == seen

    data = pickle.dumps(published(counting(door))())
    C = published(counting(door))  # as in another process
    loaded = pickle.loads(data)
    assert copy.copy(loaded) is copy.deepcopy(loaded) is loaded is C()

    D = counting(door)
    given = object.__new__(D)
    with override_singleton(D, given):
        assert copy.copy(D()) is copy.deepcopy(D()) is given


@ALL
def test_slots_state_and_containers_travel(door: Door) -> None:
    """Slots, list items and dict items are restored once, and after a reset again."""

    @door.decorate()
    class Slotted(*door.bases, **door.keywords()):
        __slots__ = ("x",)

        def __init__(self) -> None:
            self.x = 1

        def __repr__(self) -> str:
            return f"Slotted({self.x})"

    @door.decorate()
    class Items(*door.bases, list, **door.keywords()):
        pass

    @door.decorate()
    class Pairs(*door.bases, collections.OrderedDict, **door.keywords()):
        pass

    @door.decorate()
    class Number(*door.bases, int, **door.keywords()):
        pass

    @door.decorate()
    class Counts(*door.bases, collections.Counter, **door.keywords()):
        pass

    @door.decorate()
    class Error(*door.bases, Exception, **door.keywords()):
        pass

    makers: list[Callable[[], Any]] = [
        Slotted,
        lambda: Items([1, 2]),
        lambda: Pairs(a=1),
        lambda: Number(7),
        lambda: Counts("aab"),
        lambda: Error("text"),
    ]
    for make in makers:
        instance = make()
        C = published(type(instance))
        for protocol in PROTOCOLS:
            data = pickle.dumps(instance, protocol)
            assert pickle.loads(data) is instance
            with singleton_scope(C):
                for _ in range(2):
                    loaded = pickle.loads(data)
                    assert loaded is C() is not instance
                    assert repr(loaded) == repr(instance)
                    assert reset_singleton(C) is loaded


@ALL
def test_the_users_pickle_hooks_win(door: Door) -> None:
    """``__reduce__``, ``__reduce_ex__``, state and argument hooks are the user's."""

    @door.decorate()
    class Reduce(*door.bases, **door.keywords()):
        def __reduce__(self) -> Any:
            return (str, ("reduced",))

    @door.decorate()
    class ReduceEx(*door.bases, **door.keywords()):
        def __reduce_ex__(self, protocol: Any) -> Any:
            return (str, ("reduced",))

    @door.decorate()
    class Named(*door.bases, **door.keywords()):
        def __reduce__(self) -> str:
            return "NAMED"

    class HelperEx:
        def __reduce_ex__(self, protocol: Any) -> Any:
            return (str, (f"{type(self).__name__} {protocol}",))

    @door.decorate()
    class InheritsEx(*door.bases, HelperEx, **door.keywords()):
        pass

    class Helper:
        def __reduce__(self) -> Any:
            return (str, ("reduced",))

        def __copy__(self) -> Any:
            return "copied", type(self)

        def __deepcopy__(self, memo: Any) -> Any:
            return "copied", type(self), type(memo)

    @door.decorate()
    class Inherits(*door.bases, Helper, **door.keywords()):
        pass

    @door.decorate()
    class Super(*door.bases, **door.keywords()):
        def __reduce_ex__(self, protocol: Any) -> Any:
            return super().__reduce_ex__(protocol)

    for cls in (Reduce, ReduceEx, Inherits):
        assert pickle.loads(pickle.dumps(cls())) == "reduced"
    for protocol in PROTOCOLS:
        data = pickle.dumps(InheritsEx(), protocol)
        assert pickle.loads(data) == f"InheritsEx {protocol}"
    assert copy.copy(Inherits()) == ("copied", Inherits)
    assert copy.deepcopy(Inherits()) == ("copied", Inherits, dict)
    global NAMED
    NAMED = Named()
    assert pickle.loads(pickle.dumps(NAMED)) is NAMED
    published(Super)
    assert isinstance(pickle.loads(pickle.dumps(Super())), Super)


NAMED: Any = None


@ALL
def test_hooks_may_ask_those_that_they_override(door: Door) -> None:
    """Along any number of subclasses ``super()`` leads to the instance itself."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        pass

    class Child(C):
        def __copy__(self) -> Any:
            return "child", super().__copy__()

        def __deepcopy__(self, memo: Any) -> Any:
            return "child", super().__deepcopy__(memo)

    class GrandChild(Child):
        def __copy__(self) -> Any:
            return "grandchild", super().__copy__()

        def __deepcopy__(self, memo: Any) -> Any:
            return "grandchild", super().__deepcopy__(memo)

    C()
    one = GrandChild()

    assert copy.copy(one) == copy.deepcopy(one) == ("grandchild", ("child", one))


@ALL
def test_a_copy_of_what_knows_how_to_copy_itself(door: Door) -> None:
    """What comes with a base that is written in C is not the user's own hook."""

    @door.decorate()
    class C(*door.bases, collections.deque, **door.keywords()):
        pass

    assert copy.copy(C("ab")) is copy.deepcopy(C()) is C()


@ALL
def test_state_hooks_are_called(door: Door) -> None:
    """``__getstate__``, ``__setstate__`` and ``__getnewargs_ex__`` do their work."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __new__(cls, *, word: str = "") -> Any:
            self = super().__new__(cls)
            self.word = word
            return self

        def __init__(self, *, word: str = "") -> None:
            self.log = ["init"]

        def __getnewargs_ex__(self) -> Any:
            return (), {"word": self.word}

        def __getstate__(self) -> Any:
            return ["state"]

        def __setstate__(self, state: Any) -> None:
            self.log = state

    published(C)
    data = pickle.dumps(C(word="w"))
    assert pickle.loads(data).log == ["init"]
    reset_singleton(C)
    assert pickle.loads(data) is C()
    assert (C().word, C().log) == ("w", ["state"])


@ALL
def test_a_pickle_overtaken_by_a_call_says_so(door: Door) -> None:
    """If the class is called while its pickle loads, the load fails, not the rule."""
    C = published(counting(door))
    instance = C()
    instance.__dict__["child"] = Calls()
    data = pickle.dumps(instance)
    reset_singleton(C)

    with pytest.raises(pickle.UnpicklingError, match="load the pickle again"):
        pickle.loads(data)
    assert pickle.loads(data) is C()


class Calls:
    def __setstate__(self, state: Any) -> None:
        globals()["Pickled"]()

    def __getstate__(self) -> Any:
        return 1


@ALL
def test_a_state_that_needs_its_own_instance_is_a_cycle(door: Door) -> None:
    """A ``__setstate__`` that calls its class is told so, and leaves an empty slot."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __getstate__(self) -> Any:
            return 1

        def __setstate__(self, state: Any) -> None:
            C()

    data = pickle.dumps(published(C)())
    reset_singleton(C)
    with pytest.raises(SingletonCycleError) as caught:
        pickle.loads(data)

    assert [name[-7:] for name in caught.value.chain] == ["Pickled", "Pickled"]
    assert singleton_instance(C) is None
    assert C() is C()


@ALL
def test_a_state_that_cannot_be_restored_keeps_nothing(door: Door) -> None:
    """A failing ``__setstate__`` leaves an empty slot."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __getstate__(self) -> Any:
            return 1

        def __setstate__(self, state: Any) -> None:
            raise LookupError

    published(C)
    data = pickle.dumps(C())
    reset_singleton(C)
    with pytest.raises(LookupError):
        pickle.loads(data)
    assert singleton_instance(C) is None
    assert C() is C()


def test_a_fresh_process_restores(tmp_path: Any) -> None:
    """Another process gets the state without a call of the constructor."""
    (tmp_path / "shared.py").write_text(
        textwrap.dedent(
            """
            from metapatterns import SingletonMeta, SingletonMixin, singleton

            class Body:
                def __init__(self, x=0):
                    print("init")
                    self.x = x

            class A(Body, metaclass=SingletonMeta): pass
            class B(SingletonMixin, Body): pass
            @singleton
            class C(Body): pass
            """
        )
    )
    code = """
import pickle, shared, sys
if len(sys.argv) > 1:
    with open("data", "rb") as file:
        a, b, c = pickle.load(file)
    assert a is shared.A() and b is shared.B() and c is shared.C()
    print(a.x, b.x, c.x)
else:
    with open("data", "wb") as file:
        pickle.dump((shared.A(1), shared.B(2), shared.C(3)), file)
"""
    run = [sys.executable, "-c", code]
    source = str(Path(metapatterns.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": f"{source}{os.pathsep}{tmp_path}"}
    options: dict[str, Any] = {
        "cwd": tmp_path,
        "env": environment,
        "text": True,
        "capture_output": True,
    }
    assert subprocess.run(run, check=True, **options).stdout.split() == ["init"] * 3
    assert subprocess.run([*run, "load"], check=True, **options).stdout.split() == [
        "1",
        "2",
        "3",
    ]


@ALL
def test_classes_travel_by_value(door: Door) -> None:
    """cloudpickle carries the class and its options, and no instance or lock."""
    C = counting(door, args="ignore")
    C("a")
    D = pickle.loads(cloudpickle.dumps(C))

    assert D("x") is D("y")
    assert D().host in ("a", "x")


@ALL
@pytest.mark.parametrize("built", [True, False], ids=["built", "unbuilt"])
def test_a_class_that_travels_by_value_and_comes_back(door: Door, built: bool) -> None:
    """Its pickle, loaded where the class is, leaves the one instance alone."""
    C = counting(door)
    if built:
        C()
    data = cloudpickle.dumps(C)
    instance = C()
    returned = cloudpickle.dumps([instance, C])

    assert pickle.loads(data) is C
    assert singleton_instance(C) is C() is instance
    assert pickle.loads(returned) == [instance, C]
    assert singleton_instance(C) is C() is instance
    assert C.inits == 1


@ALL
def test_each_class_comes_back_as_itself(door: Door) -> None:
    """A pickle by value of one class leaves alone what another has built."""
    one, other = (counting(door), counting(door))
    data = [cloudpickle.dumps(cls) for cls in (one, other)]
    instances = [one(), other()]

    assert list(map(pickle.loads, data)) == [one, other]
    assert [one(), other()] == instances


@ALL
def test_a_class_that_has_travelled_leaves_nothing(door: Door) -> None:
    """What a pickle by value needs to know of a class goes when the class goes."""

    def travel() -> None:
        cls: Any = counting(door)
        assert pickle.loads(cloudpickle.dumps(cls)) is cls

    def references() -> int:
        gc.collect()
        return sum(type(each) is weakref.ref for each in gc.get_objects())

    travel()
    before = references()
    for _ in range(20):
        travel()
    assert references() < before + 20


@ALL
def test_a_class_that_comes_back_when_it_is_gone(door: Door) -> None:
    """It is made anew from its pickle, with its options, and builds its own instance."""
    C = counting(door, args="ignore")
    C()
    data, gone = cloudpickle.dumps(C), weakref.ref(C)
    del C
    gc.collect()
    assert gone() is None

    again = pickle.loads(data)

    assert singleton_instance(again) is None
    assert again("a") is again("b") is pickle.loads(data)()
    assert again().host == "a"


# -- cycles -------------------------------------------------------------------


@ALL
def test_cycles_are_named(door: Door) -> None:
    """A class that needs itself, alone or through others, is told the chain."""
    classes: dict[str, Any] = {}

    def define(name: str, needs: str) -> None:
        @door.decorate()
        class C(*door.bases, **door.keywords()):
            __qualname__ = name

            def __init__(self) -> None:
                classes[needs]()

        classes[name] = C

    for name, needs in ["AB", "BC", "CA", "SS"]:
        define(name, needs)

    for start, expected in [("A", "ABCA"), ("S", "SS")]:
        with pytest.raises(SingletonCycleError) as caught:
            classes[start]()
        assert "".join(name[-1] for name in caught.value.chain) == expected
        assert " -> " in str(caught.value)
        assert singleton_instance(classes[start]) is None


# -- functions ----------------------------------------------------------------


def test_a_class_that_is_no_singleton() -> None:
    """The functions refuse anything else with a TypeError that names it."""
    for stranger in (int, 5, SingletonMeta, FinalMeta):
        for function in (singleton_instance, reset_singleton):
            shown = re.escape(repr(stranger))
            with pytest.raises(TypeError, match=f"^{shown} is no singleton class"):
                function(stranger)  # type: ignore[type-var]
        with pytest.raises(TypeError), singleton_scope(stranger):  # type: ignore[arg-type]
            pass
        with pytest.raises(TypeError), override_singleton(stranger, 1):  # type: ignore[arg-type]
            pass
    with pytest.raises(TypeError, match="takes a class"):
        singleton(5)  # type: ignore[call-overload]


@ALL
def test_reset_returns_what_it_dropped(door: Door) -> None:
    """After a reset the next call builds, with any arguments."""
    C = counting(door)
    first = C("a")

    assert singleton_instance(C) is first
    assert reset_singleton(C) is first
    assert reset_singleton(C) is None
    assert C("b") is not first
    assert C.inits == 2


@ALL
def test_scopes_nest_and_give_back(door: Door) -> None:
    """Each scope starts empty; its end restores, also after an exception."""
    C, D = counting(door, args="ignore"), counting(door)
    outer = C("outer")

    with pytest.raises(LookupError), singleton_scope(C, D):  # noqa: PT012
        inner = C("inner")
        assert inner is not outer
        D("only here")
        with singleton_scope(C):
            assert C() is not inner
        assert C("ignored") is inner
        raise LookupError

    assert C() is outer
    assert singleton_instance(D) is None


@pytest.mark.parametrize("door", [*DOORS[:2], BESIDE], ids=str)
@pytest.mark.parametrize("builds", [True, False])
def test_a_class_keeps_its_options_whatever_a_hook_did(
    door: Door, builds: bool
) -> None:
    """A parent's hook may build, reset and ask; later calls go by what is given."""
    seen: list[object] = []

    class Base(*door.bases, **door.keywords()):
        def __init_subclass__(cls, **kwargs: Any) -> None:
            with singleton_scope(cls):
                seen.append(singleton_instance(cls))
            if builds:
                seen.append(cls(0))
            super().__init_subclass__(**kwargs)

    class C(Base, singleton_args="ignore"):
        def __init__(self, x: int) -> None:
            self.x = x

    assert C(1) is C(2)
    assert seen == [None, C()][: 1 + builds]
    assert C(3).x == (0 if builds else 1)


@ALL
def test_overrides_take_instances_and_factories(door: Door) -> None:
    """A stand-in of any class is handed out, whatever the arguments."""
    C = counting(door)
    real = C("a")

    class Fake(C):
        def __init__(self) -> None:
            self.fake = True

    class Callable_:
        def __call__(self) -> int:
            return 1

    stand_in = Callable_()
    with override_singleton(C, stand_in) as given:
        assert given is stand_in is C("x", "y", z=1)
    with override_singleton(C, lambda: 7):
        assert C() == 7
    with override_singleton(C, Fake) as fake:
        fake.fake = "kept"
        assert C() is fake
        assert fake.fake == "kept"
    with pytest.raises(LookupError), override_singleton(C, failing):
        pass
    assert C() is real
    assert C.inits == 1


def failing() -> None:
    raise LookupError


@ALL
def test_decorating_twice(door: Door) -> None:
    """A class that is a singleton already is returned; an option is refused."""
    C = counting(door)

    before = dict(vars(C))
    assert singleton(C) is C
    assert dict(vars(C)) == before
    with pytest.raises(ClassDefinitionError, match="already"):
        singleton(args="warn")(C)


def test_doors_mixed_in_one_hierarchy() -> None:
    """Under a metaclass's singleton the other doors only hand on."""

    @singleton
    class Decorated:
        def __init__(self, x: int = 0) -> None:
            self.x = x

    Decorated(1)

    class Both(Decorated, metaclass=SingletonMeta):
        pass

    def make(cls: Any, *args: Any) -> Any:
        return super(All, cls).__new__(cls)

    class All(Both, SingletonMixin):
        __new__ = make

    assert Both(2) is Both()
    assert All(3) is All()
    assert (Both().x, All().x, Decorated().x) == (2, 3, 1)
    assert All.__new__ is make
    with pytest.raises(SingletonArgumentsError):
        Both(9)


@HOOKS
def test_init_of_another_object_is_not_swallowed(door: Door) -> None:
    """Only the instance is protected; an object made past ``__new__`` is not."""
    C = counting(door)
    C("a")
    other = object.__new__(C)
    other.__init__("b")

    assert other.host == "b"
    assert C().host == "a"


@HOOKS
def test_init_by_name_leaves_the_instance_alone(door: Door) -> None:
    """``__init__``, called on the instance, does nothing through these doors."""
    C = counting(door)
    C("a").__init__("b")

    assert (C().host, C.inits) == ("a", 1)


@HOOKS
def test_a_rebuild_keeps_a_guarded_new(door: Door) -> None:
    """A ``__new__`` of the user's is guarded once, also in the second class."""

    @dataclass(slots=True)
    @door.decorate()
    class C(*door.bases, **door.keywords()):
        x: int = 0

        def __new__(cls, x: int = 0) -> Any:
            return object.__new__(cls)

    assert C(4) is C()
    assert C().x == 4


@HOOKS
def test_init_of_a_stranger(door: Door) -> None:
    """The guard of an inherited ``__init__`` refuses what has no place for it."""

    class Plain:
        def __init__(self) -> None: ...

    @door.decorate()
    class C(*door.bases, Plain, **door.keywords()):
        pass

    C()
    with pytest.raises(TypeError, match="which is none"):
        C.__init__(5)


@HOOKS
def test_excess_arguments_fail_as_they_do_in_python(door: Door) -> None:
    """A user's ``__new__`` that passes arguments on to ``object`` is told so."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            return super().__new__(cls, *args, **kwargs)

    for args, kwargs in [((1,), {}), ((), {"x": 1})]:
        with pytest.raises(TypeError, match=r"object\.__new__"):
            C(*args, **kwargs)
    assert C() is C()


@HOOKS
def test_arguments_go_on_to_every_new(door: Door) -> None:
    """Positions and keywords reach the ``__new__`` of each base, as they were given."""
    seen: list[Any] = []

    class Plain:
        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            seen.append((args, kwargs))
            return super().__new__(cls)

    @door.decorate()
    class Inheriting(*door.bases, Plain, **door.keywords()):
        pass

    class Calling(Inheriting):
        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            return super().__new__(cls, *args, **kwargs)

    Inheriting(1, x=2)
    Calling(3, x=4)

    assert seen == [((1,), {"x": 2}), ((3,), {"x": 4})]


def test_a_new_that_was_assigned_is_called_as_python_calls_it() -> None:
    """A function that was set as ``__new__`` gets the class once, and is described."""

    class C:
        pass

    def make(cls: type[C], name: str) -> C:
        instance = object.__new__(cls)
        instance.name = name  # type: ignore[attr-defined]
        return instance

    C.__new__ = make  # type: ignore[method-assign,assignment]
    singleton(C)

    assert C("a") is C()  # type: ignore[call-arg]
    assert C().name == "a"  # type: ignore[attr-defined]
    assert str(inspect.signature(C)) == "(name: 'str') -> 'C'"


@HOOKS
def test_an_init_that_is_a_descriptor_is_bound_as_python_binds_it(door: Door) -> None:
    """It is told of the instance and of the class that the instance is of."""
    bound: list[Any] = []

    class Init:
        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            return lambda: bound.append((instance, owner))

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        __init__ = Init()  # type: ignore[assignment]

    instance = C()

    assert bound == [(instance, C)]


@HOOKS
def test_what_stands_before_an_init_looks_like_it(door: Door) -> None:
    """Its names, documentation and annotations are those that its author wrote."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __init__(self, host: str = "local") -> None:
            """Remember the host."""
            self.host = host

    written = C.__init__
    C()

    assert C.__init__ is not written
    assert inspect.unwrap(C.__init__) is written
    for name in ("__module__", "__qualname__", "__doc__"):
        assert getattr(C.__init__, name) == getattr(written, name)
    assert get_type_hints(C.__init__) == {"host": str, "return": type(None)}

    @door.decorate()
    class D(*door.bases, **door.keywords()):
        def __init__(self, host="local"):  # type: ignore[no-untyped-def]
            pass

    D()
    assert D.__init__.__annotations__ == {}


@HOOKS
def test_a_constructor_of_no_module_keeps_its_parameters(door: Door) -> None:
    """What a program has made may name no module; it is the user's all the same."""
    exec("def __init__(self, a, b=2): self.a = a", made := {"__name__": None})

    C: Any = door.decorate()(
        types.new_class(
            "C",
            door.bases,
            door.keywords(),
            lambda body: body.update(__init__=made["__init__"]),
        )
    )

    assert C(1) is C(a=1) is C(1, b=2)
    assert list(inspect.signature(C).parameters) == ["a", "b"]
    assert C.__init__.__module__ is None


@HOOKS
def test_an_init_that_finds_itself_in_its_class(door: Door) -> None:
    """A constructor that is made from the fields is there behind the singleton's."""

    @door.decorate()
    class C(*door.bases, ValidatorMixin, **door.keywords()):
        x: int = 0

    assert C(x=1) is C()
    assert C().x == 1


@HOOKS
def test_a_scope_that_opens_in_a_constructor(door: Door) -> None:
    """The call that began before the scope initialises its instance once."""
    opened = contextlib.ExitStack()

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        inits = 0

        def __init__(self) -> None:
            type(self).inits += 1
            opened.enter_context(singleton_scope(C))

    with opened:
        first = C()

    assert C() is first
    assert C.inits == 1


@HOOKS
def test_a_scope_that_opens_while_arguments_are_compared(door: Door) -> None:
    """What a call hands out is not initialised, also by an ``__init__`` set since."""
    opened = contextlib.ExitStack()

    class Argument:
        def __eq__(self, other: object) -> bool:
            opened.enter_context(singleton_scope(C))
            return True

        __hash__ = None  # type: ignore[assignment]

    C = counting(door)
    first = C(Argument())
    C.__init__ = lambda self, host: pytest.fail("initialised again")

    with opened:
        assert C(Argument()) is first


@HOOKS
def test_a_dropped_instance_is_freed(door: Door) -> None:
    """Nothing holds an instance that was reset, with an ``__init__`` or without."""

    @door.decorate()
    class Plain(*door.bases, **door.keywords()):
        pass

    for C in (Plain, counting(door)):
        alive = weakref.ref(C())
        reset_singleton(C)
        gc.collect()
        assert alive() is None


def test_a_silent_sibling_leaves_the_parents_new() -> None:
    """A subclass that no hook was told of is a singleton through its parent's."""

    class Silent:
        def __init_subclass__(cls) -> None:
            pass

    for door in DOORS[1:]:
        Base = counting(door)

        class C(Silent, Base):
            pass

        assert C() is C()
        assert type(C()) is C
        assert C() is not Base()


def steps_of(cls: Any, *args: Any, **kwargs: Any) -> int:
    """Count the functions written in Python that a call of `cls` runs."""
    names: list[str] = []

    def profile(frame: types.FrameType, event: str, _: object) -> None:
        if event == "call":
            names.append(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        cls(*args, **kwargs)
    finally:
        sys.setprofile(before)
    return len(names)


def by_new(cls: Any, a: Any, b: Any = 2, *, c: Any = 3) -> Any:
    return object.__new__(cls)


def by_init(self: Any, a: Any, b: Any = 2, /, *, c: Any = 3) -> None:
    return None


@pytest.mark.parametrize("function", [by_new, by_init])
def test_a_call_like_the_first_costs_two_steps(function: Any) -> None:
    """
    No argument, or those of the first call, are recognised by the class's own function.

    It is found by one more, which is all that runs, however long the parameters are.
    """
    name = "__new__" if function is by_new else "__init__"
    C: Any = SingletonMeta("C", (), {name: function})
    one, two = object(), object()
    first = C(one, two)

    assert C() is C(one, two) is C(one, two, c=3) is first
    assert steps_of(C) == steps_of(C, one, two, c=3) == 2 < steps_of(C, one, two)

    reset_singleton(C)
    C(one, c=two)
    assert steps_of(C, one, 2, c=two) == 2


def test_a_call_of_a_class_without_a_constructor_costs_one_step() -> None:
    """There is nothing to compare, and the instance is handed out by C."""

    class C(metaclass=SingletonMeta):
        pass

    assert C() is C()
    assert steps_of(C) == 1


def test_a_refused_subclass_leaves_its_parent_fast() -> None:
    """A subclass that is refused, or made in two goes, does not slow its parent."""

    class Parent(metaclass=SingletonMeta):
        pass

    class Refusing:
        def __init_subclass__(cls) -> None:
            raise LookupError

    class Insisting(type(Parent)):  # type: ignore[misc]
        def __new__(mcls, name, bases, namespace, /, **kwargs):  # type: ignore[no-untyped-def]
            kwargs["singleton_args"] = "ignore"
            return super().__new__(mcls, name, bases, namespace, **kwargs)

    first = Parent()
    with pytest.raises(LookupError):
        type("Refused", (Parent, Refusing), {})
    Insisting("Twice", (Parent,), {})
    gc.collect()

    assert Parent() is first
    assert type(Parent.__call__) is not types.MethodType


def test_a_subclass_that_was_made_leaves_its_parent_fast() -> None:
    """Beside another metaclass, too, a parent is slow only while one is made."""

    class Parent(metaclass=combine_metaclasses(SingletonMeta, abc.ABCMeta)):
        pass

    first = Parent()

    class Child(Parent):
        pass

    assert Parent() is first
    assert type(Parent.__call__) is not types.MethodType
    assert Child() is not first


@ALL
def test_a_copy_of_an_overridden_class_is_not_overridden(door: Door) -> None:
    """A stand-in is that of one class, also if a copy is asked for it first."""
    C = counting(door)

    with override_singleton(C, stand_in := C()):
        copied = type(C)("Copied", C.__bases__, dict(vars(C)))
        assert singleton_instance(copied) is None
        assert C() is stand_in


@ALL
def test_a_pickle_hook_may_have_any_name(door: Door) -> None:
    """A ``__reduce__`` that is a function of another name is called as one."""

    def as_text(self: object) -> tuple[Any, ...]:
        return str, ("reduced",)

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        __reduce__ = as_text

    assert [pickle.loads(pickle.dumps(C(), number)) for number in PROTOCOLS] == [
        "reduced"
    ] * len(PROTOCOLS)


def test_an_override_of_no_singleton_builds_nothing() -> None:
    """A class that is no singleton is refused before the factory is called."""
    calls: list[int] = []

    with pytest.raises(TypeError), override_singleton(int, lambda: calls.append(1)):
        pass

    assert calls == []


@ALL
def test_a_metaclass_that_calls_all_its_classes_equal(door: Door) -> None:
    """Classes are told apart by identity, whatever their metaclass says of ``==``."""

    class Same(type):
        def __eq__(cls, other: object) -> bool:
            return True

        def __hash__(cls) -> int:
            return 1

    class Base(metaclass=Same):
        pass

    words = door.keywords()
    if door.metaclass is not None:
        words["metaclass"] = combine_metaclasses(SingletonMeta, Same)

    @door.decorate()
    class A(*door.bases, Base, **words):
        pass

    first = A()
    copied = type(A)("Copied", A.__bases__, dict(vars(A)))

    class B(A):
        pass

    assert type(B()) is B
    assert A() is first
    assert singleton_instance(copied) is None


@ALL
@pytest.mark.parametrize("first", [(), (1,), (None,)], ids=str)
def test_none_is_an_argument(door: Door, first: tuple[object, ...]) -> None:
    """It is one like others, and not taken for one that is left out."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __init__(self, a: object = 1, b: object = 2) -> None: ...

    one = C(*first)

    assert C() is C(*first) is C(a=first[0] if first else 1) is one
    if first == (None,):
        assert C(None) is one
    else:
        with pytest.raises(SingletonArgumentsError):
            C(None)
    with pytest.raises(SingletonArgumentsError):
        C(*first, b=None)


def test_a_root_past_the_pipeline_is_a_singleton_class() -> None:
    """It may be asked for its instance, and reset."""
    cls = type.__new__(SingletonMeta, "C", (), {})

    assert singleton_instance(cls) is None
    assert reset_singleton(cls) is None
    assert singleton_instance(cls) is not cls() is singleton_instance(cls)


@ALL
def test_arguments_that_are_ignored_are_not_kept(door: Door) -> None:
    """Where no later call is compared with the first, that one's arguments may go."""

    class Argument: ...

    @door.decorate(args="ignore")
    class C(*door.bases, **door.keywords(args="ignore")):
        def __init__(self, argument: object) -> None: ...

    argument = Argument()
    gone = weakref.ref(argument)
    C(argument)
    del argument
    gc.collect()

    assert gone() is None


# -- wrappers and mocks -------------------------------------------------------


def deprecated_above(cls: Any) -> Any:
    return typing_extensions.deprecated("old")(cls)


def traced_above(cls: Any) -> Any:
    """Put functions that tell nobody what they call before ``__new__`` and a hook."""
    new, hook = cls.__new__, cls.__init_subclass__.__func__

    def __new__(cls: Any, *args: Any, **kwargs: Any) -> Any:
        return new(cls, *args, **kwargs)

    def __init_subclass__(cls: Any, **kwargs: Any) -> None:
        hook(cls, **kwargs)

    cls.__new__ = __new__
    cls.__init_subclass__ = classmethod(__init_subclass__)
    return cls


@HOOKS
@pytest.mark.parametrize("wrap", [deprecated_above, traced_above])
@pytest.mark.parametrize("own_new", [True, False], ids=["own-new", "no-new"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_decorator_that_wraps_new(door: Door, wrap: Any, own_new: bool) -> None:
    """One that stands above the singleton changes nothing, for subclasses either."""
    Counting = counting(door)
    if own_new:

        @door.decorate()
        class Counting(*door.bases, **door.keywords()):
            inits = 0

            def __new__(cls, host: str = "", **kwargs: object) -> Any:
                return super().__new__(cls)

            def __init__(self, host: str = "", **kwargs: object) -> None:
                type(self).inits += 1
                self.host = host

    Counting = wrap(Counting)

    class Sub(Counting):
        inits = 0

    class OwnNew(Counting):
        inits = 0

        def __new__(cls, *args: object, **kwargs: object) -> Any:
            return super().__new__(cls)

    for cls in (Counting, Sub, OwnNew):
        assert cls("a") is cls() is cls("a")
        assert (type(cls()), cls.inits, cls().host) == (cls, 1, "a")
        reset_singleton(cls)
        assert copy.copy(cls("b")) is pickle.loads(cloudpickle.dumps(cls())) is cls()


@HOOKS
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_pickle_of_a_class_with_a_wrapped_new(door: Door) -> None:
    """Loading it does not call the class."""
    C = published(deprecated_above(counting(door)))
    data = pickle.dumps(C("a", port=1))
    reset_singleton(C)

    loaded = pickle.loads(data)

    assert (loaded.host, loaded.port, C.inits) == ("a", 1, 1)
    assert C() is loaded


@HOOKS
def test_a_wrapper_of_init_below_a_copied_class(door: Door) -> None:
    """Slots make another class, and a decorator above wraps its ``__init__``."""

    @door.decorate()
    @dataclass(slots=True)
    class C(*door.bases, **door.keywords()):
        x: int = 0

    C(3)
    reset_singleton(C)
    init = C.__init__
    calls = []

    def traced(self: Any, *args: Any, **kwargs: Any) -> None:
        calls.append(args)
        init(self, *args, **kwargs)

    C.__init__ = traced

    assert C(5) is C() is C()
    assert (C().x, calls) == (5, [(5,)])


@ALL
@pytest.mark.parametrize("used", [True, False], ids=["used", "unused"])
def test_methods_that_look_like_those_of_a_base(door: Door, used: bool) -> None:
    """``functools.wraps`` does not make a singleton's methods of a subclass's own."""

    @door.decorate()
    class Base(*door.bases, **door.keywords()):
        def __new__(cls) -> Any:
            return super().__new__(cls)

        def __init__(self) -> None:
            self.runs = 0

    if used:
        Base()

    class ByNew(Base):
        @functools.wraps(Base.__new__)
        def __new__(cls) -> Any:
            return super().__new__(cls)

    class ByInit(Base):
        @functools.wraps(Base.__init__)
        def __init__(self) -> None:
            super().__init__()
            self.runs += 1

    assert ByNew() is ByNew()
    assert ByInit() is ByInit()
    assert ByInit().runs == 1


@ALL
@pytest.mark.parametrize("used", [True, False], ids=["used", "unused"])
def test_an_init_that_is_instrumented(door: Door, used: bool) -> None:
    """What is put before ``__init__`` of a class in use runs once for an instance."""
    C = counting(door)
    if used:
        C()
        reset_singleton(C)
    init, calls = C.__init__, []

    @functools.wraps(init)
    def traced(self: Any, *args: Any, **kwargs: Any) -> None:
        calls.append(args)
        init(self, *args, **kwargs)

    C.__init__ = traced

    assert C("a") is C("a") is C()
    assert (calls, C().host) == ([("a",)], "a")


@ALL
@pytest.mark.parametrize("autospec", [True, False], ids=["autospec", "mock"])
@pytest.mark.parametrize("used", [True, False], ids=["used", "unused"])
def test_an_init_that_is_mocked(door: Door, autospec: bool, used: bool) -> None:
    """A mock in place of ``__init__`` is called once, and goes when it is to go."""
    C = counting(door)
    if used:
        C()
        reset_singleton(C)
    options = {"autospec": True} if autospec else {}
    with mock.patch.object(C, "__init__", return_value=None, **options) as init:
        assert C() is C() is C()
        assert init.call_count == 1
        reset_singleton(C)

    assert C("a") is C()
    assert (C().host, C.inits) == ("a", 1 + used)


# -- a class that is or was no singleton --------------------------------------


@ALL
def test_a_pickle_of_a_class_that_was_a_singleton(door: Door) -> None:
    """It is an object like others, and leaves the class as it is."""
    data = pickle.dumps(published(counting(door))("a", port=1))

    class Config:
        def __init__(self, host: str) -> None:
            self.host = host

    published(Config)
    first, second = Config("x"), Config("y")
    loaded = pickle.loads(data)

    assert (type(loaded), vars(loaded)) == (Config, {"host": "a", "port": 1})
    assert copy.copy(first) is not first
    assert pickle.loads(pickle.dumps(second)).host == "y"
    assert not [name for name in vars(Config) if "metapatterns" in name]


class OtherMeta(type):
    """A metaclass that has nothing to do with patterns."""


def something_else() -> str:
    return "something else"


@HOOKS
@pytest.mark.parametrize("base", [(), (ValidatorMixin,)], ids=["plain", "mixed"])
def test_a_reduce_of_a_class_with_a_metaclass(door: Door, base: Any) -> None:
    """A hook of the class's own is heeded, whatever the metaclass of the class."""

    @door.decorate()
    class C(*door.bases, *base, metaclass=OtherMeta):
        def __reduce__(self) -> Any:
            return something_else, ()

    data = pickle.dumps(published(C)())
    for _ in range(2):
        assert pickle.loads(data) == "something else"
        reset_singleton(C)

    assert type(C()) is C


class Framework(metaclass=OtherMeta):
    """Pickles its instances as what they are not."""

    def __reduce__(self) -> Any:
        return something_else_with_room, ()


class Room(list):
    """Takes whatever a pickle has."""


def something_else_with_room() -> Room:
    return Room()


@HOOKS
def test_a_framework_whose_pickles_hold_something_else(door: Door) -> None:
    """A class keeps what is no instance of it as little as when it is called."""

    @door.decorate()
    class C(*door.bases, Framework):
        pass

    data = pickle.dumps(published(C)())
    reset_singleton(C)

    assert pickle.loads(data) == Room()
    assert singleton_instance(C) is None
    assert type(C()) is C
    assert pickle.loads(data) is C()


@HOOKS
def test_the_guard_is_a_static_method_as_any_new(door: Door) -> None:
    """``instance.__new__(cls)`` is ``cls.__new__(cls)``, and no class but ours may use it."""

    @door.decorate()
    class C(*door.bases):
        pass

    class Plain:
        pass

    assert C().__new__(C) is C.__new__(C) is C()
    with pytest.raises(TypeError, match=r"Plain.* is none"):
        C().__new__(Plain)


@HOOKS
def test_a_class_that_is_rebuilt_after_it_was_used(door: Door) -> None:
    """A copy, by ``@dataclass(slots=True)``, takes along what guards its ``__init__``."""

    class Base:
        inits = 0

        def __init__(self) -> None:
            type(self).inits += 1

    @door.decorate()
    class C(*door.bases, Base):
        size: int

    C()
    copied: Any = dataclasses.dataclass(slots=True, init=False)(C)
    built = copied()

    assert copied is not C
    assert copied() is copied() is built
    assert type(built) is copied
    assert (C.inits, copied.inits) == (1, 2)
