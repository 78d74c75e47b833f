"""When each stage runs, on this interpreter, and what a pattern may rely on there."""

from __future__ import annotations

import abc
import ctypes
import enum
import gc
import inspect
import pickle
import sys
import threading
import types
import warnings
import weakref
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import pytest
import uncooperative
from events import Named, events, note
from uncooperative import (
    FRAMEWORKS,
    RECORDER,
    CallByName,
    CallTwice,
    Cooperative,
    Editing,
    HelperFirst,
    Metatype,
    OwnInstances,
    Plain,
    Recorder,
    RecorderMeta,
    State,
    WithMetatype,
    hand_written,
    mode_of,
)

from metapatterns import (
    ClassDefinitionError,
    KeywordClashError,
    LoggerMeta,
    MetaclassConflictError,
    RegistryMeta,
)
from metapatterns._pipeline import PatternMeta, Pipeline
from metapatterns._stages import Pattern
from metapatterns.errors import describe

T = TypeVar("T")

LISTED = pytest.mark.parametrize(
    "first", [True, False], ids=["framework first", "pattern first"]
)


# -- the order of the stages --------------------------------------------------


class Watching(Recorder):
    """Adopts a mapping that tells what the interpreter writes into it."""

    class Mapping(dict):
        def __setitem__(self, key: str, value: object) -> None:
            note("namespace", "write", key)
            super().__setitem__(key, value)

    def prepare(self, name, bases, namespace, options, /):
        super().prepare(name, bases, namespace, options)
        return self.Mapping(namespace)

    def release(self, namespace, /):
        note(self.name, "release", "")
        return dict(namespace)


class WatchingMeta(PatternMeta):
    _metapatterns_pattern = Watching("watching")


@pytest.mark.parametrize("first", [True, False], ids=["framework first", "ours first"])
def test_stages_keep_the_interpreters_order(first: bool) -> None:
    """Each stage runs once, between the steps of CPython that it is named after."""
    with events() as seen:

        class FrameworkMeta(Cooperative):
            pass

        class Resolved:
            def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
                note("base", "__mro_entries__", "")
                return (Base,)

        class Base:
            def __init_subclass__(cls, **kwargs: Any) -> None:
                note("base", "__init_subclass__", cls.__name__)
                super().__init_subclass__(**kwargs)

        def decorator(cls: type) -> type:
            note("decorator", "apply", cls.__name__)
            return cls

        M = hand_written(FrameworkMeta, first=first)

        @decorator
        class C(Resolved(), metaclass=M):  # type: ignore[misc]
            note("body", "run", "C")
            member = Named()

        C()

    assert seen == [
        ("base", "__mro_entries__", ""),
        ("framework", "__prepare__", "C"),
        ("recorder", "prepare", "C"),
        ("body", "run", "C"),
        ("recorder", "before", "C"),
        ("framework", "__new__", "C"),
        ("descriptor", "__set_name__", "C"),
        ("base", "__init_subclass__", "C"),
        ("framework", "__init__", "C"),
        ("recorder", "check", "C"),
        ("recorder", "created", "C"),
        ("decorator", "apply", "C"),
        ("recorder", "call", "C"),
        ("framework", "__call__", "C"),
    ]


def housekeeping() -> list[str]:
    """What this interpreter writes around a body with one annotated name."""
    if sys.version_info >= (3, 13):
        return [
            "__module__",
            "__qualname__",
            "__firstlineno__",
            "__annotations__",
            "__doc__",
            "x",
            "__static_attributes__",
        ]
    return ["__module__", "__qualname__", "__annotations__", "__doc__", "x"]


def test_body_runs_between_prepare_and_release() -> None:
    """A mapping adopted in ``prepare`` sees the body's writes and no later ones."""
    with events() as seen:

        class C(metaclass=WatchingMeta):
            """Documented."""

            x: int = 1

    assert seen == [
        ("watching", "prepare", "C"),
        *(("namespace", "write", key) for key in housekeeping()),
        ("watching", "release", ""),
        ("watching", "before", "C"),
        ("watching", "check", "C"),
        ("watching", "created", "C"),
    ]


def first_and_second(kind: type[Recorder]) -> Any:
    """Make a metaclass of two patterns of a kind."""

    class FirstMeta(PatternMeta):
        _metapatterns_pattern = kind("first")

    class SecondMeta(PatternMeta):
        _metapatterns_pattern = kind("second")

    class M(FirstMeta, SecondMeta):
        pass

    return M


def test_two_patterns_take_turns_stage_by_stage() -> None:
    """All patterns have checked before the first one acts on the outside."""
    M = first_and_second(Recorder)
    with events() as seen:

        class C(metaclass=M):
            pass

    assert [(who, what) for who, what, _ in seen] == [
        (who, stage)
        for stage in ("prepare", "before", "check", "created")
        for who in ("first", "second")
    ]


class Told(Recorder):
    """Says what it is told of the options."""

    def prepare(self, name, bases, namespace, options, /):
        note(self.name, "prepare", str(dict(options)))
        return namespace

    def before(self, name, bases, namespace, options, /):
        note(self.name, "before", str(dict(options)))


def test_each_pattern_is_told_its_own_options() -> None:
    """The keywords of another pattern in the same class are none of its business."""
    M = first_and_second(Told)
    for given in ({}, {"first_mode": 1}, {"first_mode": 1, "second_mode": 2}):
        with events() as seen:
            types.new_class("C", (), {"metaclass": M, **given})

        assert seen[:4] == [
            (who, stage, str({f"{who}_mode": given[f"{who}_mode"]} if own else {}))
            for stage in ("prepare", "before")
            for who in ("first", "second")
            for own in [f"{who}_mode" in given]
        ]


def test_state_is_there_from_check_on() -> None:
    """``check`` and ``created`` find the state on the class itself."""

    class Looking(Recorder):
        def check(self, cls: type, state: State, /) -> None:
            assert vars(cls)[self.slot] is state

    class LookingMeta(PatternMeta):
        _metapatterns_pattern = Looking("looking")

    class C(metaclass=LookingMeta, looking_mode=3):
        pass

    assert vars(C)["_abc_metapatterns_looking"].mode == 3


# -- frameworks, in both listing orders ---------------------------------------


@LISTED
@pytest.mark.parametrize("framework", FRAMEWORKS, ids=repr)
def test_stages_run_once_beside_any_framework(framework: Any, first: bool) -> None:
    """Whatever a framework's metaclass does, each stage runs once for a statement."""
    M = hand_written(framework.meta, first=first)
    with events() as seen:

        class C(*framework.bases, metaclass=M, **dict(framework.keywords)):
            pass

    assert isinstance(C, M)
    assert [event for event in seen if event[0] == "recorder"] == [
        ("recorder", stage, "C") for stage in ("prepare", "before", "check", "created")
    ]
    uncooperative.Caching.made.clear()


@LISTED
@pytest.mark.parametrize("framework", FRAMEWORKS, ids=repr)
def test_framework_runs_as_without_pattern(framework: Any, first: bool) -> None:
    """A framework's own hooks see what they see without the pattern, as often."""

    def statement(meta: type) -> list[tuple[str, str, str]]:
        uncooperative.Caching.made.clear()
        with events() as seen:

            class C(*framework.bases, metaclass=meta, **dict(framework.keywords)):
                if framework.name != "Enum":
                    dropped = 1

            class D(C, metaclass=meta):
                pass

            if framework.name != "Enum":
                D()
        return [event for event in seen if event[0] == "framework"]

    M = hand_written(framework.meta, first=first)

    assert statement(M) == statement(framework.meta)


@LISTED
@pytest.mark.parametrize("meta", [Cooperative, CallByName, CallTwice])
def test_call_is_answered_once_however_a_framework_calls(
    meta: type, first: bool
) -> None:
    """One call of a class is one call for the pattern, whoever is listed first."""
    M = hand_written(meta, first=first)

    class C(metaclass=M):
        pass

    class D(C):
        pass

    with events() as seen:
        C()
        D()

    assert [event[2] for event in seen if event[0] == "recorder"] == ["C", "D"]


@LISTED
def test_framework_that_builds_something_else_is_named(first: bool) -> None:
    """An instance of another metaclass is an error that names both sides."""
    M = hand_written(OwnInstances, first=first)

    with pytest.raises(MetaclassConflictError) as caught:

        class C(metaclass=M):
            pass

    assert "OwnInstances" in str(caught.value)
    assert "RecorderMeta" in str(caught.value)
    assert any("OwnInstances" in part for part in caught.value.parts)


class Answering(type):
    """Answers with something that no metaclass of the chain made."""

    def __new__(mcls, name, bases, namespace, /, **kwargs):
        return 1


class Above(type):
    """Hands on."""

    def __new__(mcls, name, bases, namespace, /, **kwargs):
        return super().__new__(mcls, name, bases, namespace, **kwargs)


@LISTED
@pytest.mark.parametrize(
    ("meta", "made_by"), [(OwnInstances, "OwnInstances"), (Answering, "int")]
)
def test_the_error_says_who_built_what(meta: type, made_by: str, first: bool) -> None:
    """It names the class, what was asked for, the culprit, its answer and the loss."""
    listed = (Above, meta) if made_by == meta.__name__ else (meta, Above)
    M = hand_written(type("Both", listed, {}), first=first)

    with pytest.raises(MetaclassConflictError) as caught:
        M("C", (), {})

    text = str(caught.value)
    assert text.startswith(f"class 'C': the metaclass '{describe(M)}' was asked for")
    assert f"{meta.__name__}' built an instance of" in text
    assert f"{made_by}' instead, without uncooperative.RecorderMeta;" in text
    assert f"a class that '{meta.__module__}.{meta.__name__}' does not build" in text
    assert caught.value.parts[1] == f"{meta.__module__}.{meta.__name__}"
    assert caught.value.explanation.startswith(f"{M.__name__}: no. Reason (builder): ")


def test_a_users_metaclass_that_builds_something_else_is_named() -> None:
    """Where no framework is about, the metaclass of the user's own is the culprit."""

    class Mine(RecorderMeta):
        def __new__(mcls, name, bases, namespace, /, **kwargs):
            return 1

    with pytest.raises(MetaclassConflictError, match="Mine' built an instance of 'int"):
        Mine("C", (), {})


@LISTED
def test_class_that_a_framework_returns_again_is_not_made_again(first: bool) -> None:
    """A class from a framework's cache went through the stages the first time."""
    uncooperative.Caching.made.clear()
    M = hand_written(uncooperative.Caching, first=first)

    class Once(metaclass=M):
        pass

    original = Once
    state = vars(Once)[RECORDER.slot]
    with events() as seen:

        class Once(metaclass=M):  # type: ignore[no-redef]
            pass

    assert Once is original
    assert vars(Once)[RECORDER.slot] is state
    assert not [event for event in seen if event[1] in ("check", "created")]
    uncooperative.Caching.made.clear()


@LISTED
def test_helper_class_of_a_framework_stays_out(first: bool) -> None:
    """A class that a framework builds on the way is not taken for the user's."""
    M = hand_written(HelperFirst, first=first)

    class C(metaclass=M):
        pass

    assert RECORDER.slot in vars(C)
    assert RECORDER.slot not in vars(C.helper)


@LISTED
def test_framework_edits_its_own_copy_of_the_namespace(first: bool) -> None:
    """The mapping that a caller of ``M(...)`` passes in is not the pipeline's to edit."""
    M = hand_written(Editing, first=first)
    theirs = {"dropped": 1, "kept": 2}

    C = M("C", (), theirs)

    assert theirs == {"dropped": 1, "kept": 2}
    assert C.edited_again == 2
    assert not hasattr(C, "dropped")

    RecorderMeta("D", (), theirs := {"__module__": __name__})

    assert theirs == {"__module__": __name__}


@LISTED
def test_metatype_of_a_framework_is_a_conflict_that_python_reports(first: bool) -> None:
    """Two metatypes need a common one, which a class statement can name."""
    with pytest.raises(TypeError, match="metaclass conflict"):
        hand_written(WithMetatype, first=first)

    class Both(Metatype, Pipeline):
        pass

    parts = (WithMetatype, RecorderMeta) if first else (RecorderMeta, WithMetatype)
    M = Both("M", parts, {})
    with events() as seen:

        class C(metaclass=M):
            pass

    assert [event for event in seen if event[0] == "recorder"] == [
        ("recorder", stage, "C") for stage in ("prepare", "before", "check", "created")
    ]


@LISTED
def test_enum_and_protocol_keep_their_meaning(first: bool) -> None:
    """Members, lookups and protocol checks are as without the pattern."""
    M = hand_written(enum.EnumType, first=first)

    class Colour(enum.Enum, metaclass=M):
        RED = 1
        BLUE = 2

    assert Colour(1) is Colour.RED
    assert list(Colour) == [Colour.RED, Colour.BLUE]

    P = hand_written(type(Protocol), first=first)

    class Closes(Protocol, metaclass=P):
        def close(self) -> None: ...

    class File:
        def close(self) -> None: ...

    import typing

    assert isinstance(File(), typing.runtime_checkable(Closes))
    assert not isinstance(Plain(), Closes)


@LISTED
def test_abstract_methods_and_generics_keep_their_meaning(first: bool) -> None:
    """``ABCMeta`` still refuses an abstract class, ``Generic`` still subscripts."""
    M = hand_written(abc.ABCMeta, first=first)

    class Shape(Generic[T], metaclass=M):
        @abc.abstractmethod
        def area(self) -> float: ...

    with pytest.raises(TypeError, match="abstract"):
        Shape()

    class Square(Shape[int]):
        def area(self) -> float:
            return 1.0

    assert Square().area() == 1.0
    assert Shape.register(int) is int
    assert issubclass(int, Shape)


class LooksAround(type):
    """Keeps the names that its caller's function has, as some frameworks do."""

    def __init__(cls, name, bases, namespace, /, **kwargs):
        super().__init__(name, bases, namespace, **kwargs)
        names = sys._getframe(1).f_locals
        copied = names.copy()
        assert len(copied) == len(names) == len(list(names))
        cls.seen = copied


@LISTED
def test_framework_finds_the_names_around_the_statement(first: bool) -> None:
    """One frame up are the function that asked for the class, and its names."""

    class Local:
        pass

    local = Local()

    class C(metaclass=hand_written(LooksAround, first=first)):
        pass

    assert C.seen["local"] is local
    assert C.seen["Local"] is Local
    assert C.seen["first"] is first


class Complains(type):
    """Warns about the line of its caller, as frameworks do of what is outdated."""

    def __init__(cls, name, bases, namespace, /, **kwargs):
        super().__init__(name, bases, namespace, **kwargs)
        warnings.warn(f"{name} is outdated", stacklevel=2)


@LISTED
def test_framework_warns_about_the_line_of_the_statement(first: bool) -> None:
    """A warning about what is one frame up names the class statement's own line."""
    metaclass = hand_written(Complains, first=first)
    line = sys._getframe().f_lineno + 3
    with pytest.warns(UserWarning, match="C is outdated") as caught:

        class C(metaclass=metaclass):
            pass

    assert [(each.filename, each.lineno) for each in caught] == [(__file__, line)]


@LISTED
def test_names_around_the_statement_are_not_kept(first: bool) -> None:
    """Nothing that a function holds lives on because a class was made in it."""

    def run() -> weakref.ref[Plain]:
        local = Plain()

        class C(metaclass=hand_written(LooksAround, first=first)):
            seen = None

        C.seen = None
        return weakref.ref(local)

    assert run()() is None


# -- a pattern of one's own ---------------------------------------------------


class Bare(Pattern):
    """Acts at no stage."""

    name = "bare"
    keywords = ("bare_word",)


class Chaining(Pattern):
    """Acts at every stage as a pattern does that says nothing of its own."""

    name = "chaining"
    keywords = ("chaining_word",)

    def read(self, name, options, /):
        return super().read(name, options)

    def renamed(self, bases, kwargs, /):
        return super().renamed(bases, kwargs)

    def prepare(self, name, bases, namespace, options, /):
        return super().prepare(name, bases, namespace, options)

    def release(self, namespace, /):
        return super().release(namespace)

    def before(self, name, bases, namespace, options, /):
        return super().before(name, bases, namespace, options)

    def rebuilt(self, state, name, bases, namespace, /):
        return super().rebuilt(state, name, bases, namespace)

    def check(self, cls, state, /):
        super().check(cls, state)

    def created(self, cls, state, /):
        super().created(cls, state)

    def call(self, cls, construct, args, kwargs, /):
        return super().call(cls, construct, args, kwargs)


@LISTED
def test_what_a_stage_does_by_default_changes_nothing(first: bool) -> None:
    """A pattern may leave out each stage, or call what it overrides."""

    class BareMeta(PatternMeta):
        _metapatterns_pattern = Bare()

    class ChainingMeta(PatternMeta):
        _metapatterns_pattern = Chaining()

        def __call__(cls, /, *args: Any) -> Any:
            raise AssertionError("the front answers")

    parts = (CallByName, ChainingMeta, BareMeta)

    class M(*(parts if first else (ChainingMeta, CallByName, BareMeta))):
        pass

    @dataclass(slots=True)
    class C(metaclass=M, bare_word=1, chaining_word=2):
        x: int = 0

    assert C(3) == C(x=3) != C()
    assert vars(C)[Bare().slot] == {"bare_word": 1}
    assert vars(C)[Chaining().slot] == {"chaining_word": 2}


# -- a user's own metaclass ---------------------------------------------------


def test_users_metaclass_defines_every_hook() -> None:
    """Own ``__prepare__``, ``__new__``, ``__init__`` and ``__call__`` run once each."""

    class Mine(RecorderMeta):
        @classmethod
        def __prepare__(mcls, name, bases, /, **kwargs):
            note("mine", "__prepare__", name)
            return super().__prepare__(name, bases, **kwargs)

        def __new__(mcls, name, bases, namespace, /, **kwargs):
            note("mine", "__new__", name)
            return super().__new__(mcls, name, bases, namespace, **kwargs)

        def __init__(cls, name, bases, namespace, /, **kwargs):
            note("mine", "__init__", name)
            super().__init__(name, bases, namespace, **kwargs)

        def __call__(cls, *args, **kwargs):
            note("mine", "__call__", cls.__name__)
            return super().__call__(*args, **kwargs)

    class Deeper(Mine):
        pass

    for meta in (Mine, Deeper):
        with events() as seen:

            class C(metaclass=meta, recorder_mode=1):
                pass

            C()

        assert [(who, what) for who, what, _ in seen] == [
            ("mine", "__prepare__"),
            ("recorder", "prepare"),
            ("recorder", "before"),
            ("mine", "__new__"),
            ("mine", "__init__"),
            ("recorder", "check"),
            ("recorder", "created"),
            ("mine", "__call__"),
            ("recorder", "call"),
        ]


def test_users_metaclass_sees_the_keyword_it_names() -> None:
    """A hook that names a pattern's keyword receives it; the pattern does too."""
    heard: dict[str, object] = {}

    class Naming(RecorderMeta):
        @classmethod
        def __prepare__(mcls, name, bases, /, recorder_mode=None, **kwargs):
            heard["__prepare__"] = recorder_mode
            return super().__prepare__(
                name, bases, recorder_mode=recorder_mode, **kwargs
            )

        def __new__(mcls, name, bases, namespace, /, recorder_mode=None, **kwargs):
            heard["__new__"] = recorder_mode
            return super().__new__(
                mcls, name, bases, namespace, recorder_mode=recorder_mode, **kwargs
            )

        def __init__(cls, name, bases, namespace, /, recorder_mode=None, **kwargs):
            heard["__init__"] = recorder_mode
            super().__init__(name, bases, namespace, **kwargs)

    class Deeper(Naming):
        pass

    for meta in (Naming, Deeper):
        heard.clear()

        class C(metaclass=meta, recorder_mode="loud"):
            pass

        assert heard == dict.fromkeys(("__prepare__", "__new__", "__init__"), "loud")
        assert mode_of(C) == "loud"


def test_users_metaclass_passes_on_another_value() -> None:
    """The value that a user's ``__new__`` hands to ``super()`` is the one that counts."""

    class Doubling(RecorderMeta):
        def __new__(mcls, name, bases, namespace, /, recorder_mode=1, **kwargs):
            return super().__new__(
                mcls, name, bases, namespace, recorder_mode=recorder_mode * 2, **kwargs
            )

    class C(metaclass=Doubling, recorder_mode=4):
        pass

    class D(metaclass=Doubling):
        pass

    assert mode_of(C) == 8
    assert mode_of(D) == 2


def test_users_metaclass_may_swallow_a_keyword() -> None:
    """A keyword that a user's ``__new__`` names and keeps has reached the pattern."""

    class Keeping(RecorderMeta):
        def __new__(mcls, name, bases, namespace, /, recorder_mode=None, **kwargs):
            return super().__new__(mcls, name, bases, namespace, **kwargs)

    class C(metaclass=Keeping, recorder_mode=4):
        pass

    assert mode_of(C) == 4


def test_users_metaclass_takes_keywords_of_its_own() -> None:
    """A user's metaclass adds keywords, beside ours and beside a base's."""

    class Labelled(RecorderMeta):
        def __new__(mcls, name, bases, namespace, /, *, label=None, **kwargs):
            cls = super().__new__(mcls, name, bases, namespace, **kwargs)
            cls.label = label
            return cls

        def __init__(cls, name, bases, namespace, /, *, label=None, **kwargs):
            super().__init__(name, bases, namespace, **kwargs)

    class Base:
        def __init_subclass__(cls, /, colour=None, **kwargs):
            super().__init_subclass__(**kwargs)
            cls.colour = colour

    class C(Base, metaclass=Labelled, label=1, colour=2, recorder_mode=3):
        pass

    assert (C.label, C.colour, mode_of(C)) == (1, 2, 3)


def test_users_metaclass_edits_the_namespace() -> None:
    """What a user's ``__prepare__`` and ``__new__`` put in ends on the class."""

    class Injecting(RecorderMeta):
        @classmethod
        def __prepare__(mcls, name, bases, /, **kwargs):
            return {"from_prepare": 1}

        def __new__(mcls, name, bases, namespace, /, **kwargs):
            namespace["from_new"] = 2
            return super().__new__(mcls, name, bases, namespace, **kwargs)

    class C(metaclass=Injecting):
        pass

    assert (C.from_prepare, C.from_new) == (1, 2)


def test_every_hook_is_told_what_the_statement_says() -> None:
    """A framework's hooks, and each level of a user's own, get all but our keywords."""

    def telling(base: type, who: str) -> Any:
        class Telling(base):  # type: ignore[misc,valid-type]
            @classmethod
            def __prepare__(mcls, name, bases, /, **kwargs):
                told.append((who, "prepare", name, bases, kwargs))
                return super().__prepare__(name, bases, **kwargs)

            def __new__(mcls, name, bases, namespace, /, **kwargs):
                told.append((who, "new", name, bases, namespace["x"], kwargs))
                return super().__new__(mcls, name, bases, namespace, **kwargs)

            def __init__(cls, name, bases, namespace, /, **kwargs):
                told.append((who, "init", name, bases, namespace["x"], kwargs))
                super().__init__(name, bases, namespace, **kwargs)

        return Telling

    class Base:
        def __init_subclass__(cls, /, colour=None):
            super().__init_subclass__()

    class Ours(RecorderMeta, telling(type, "theirs")):  # type: ignore[misc]
        pass

    Mine = telling(telling(Ours, "mine"), "deeper")
    told: list[tuple[object, ...]] = []

    class C(Base, metaclass=Mine, recorder_mode=1, colour=2):
        x = 3

    levels = "deeper", "mine", "theirs"
    assert told == [
        *((who, "prepare", "C", (Base,), {"colour": 2}) for who in levels),
        *((who, "new", "C", (Base,), 3, {"colour": 2}) for who in levels),
        *((who, "init", "C", (Base,), 3, {"colour": 2}) for who in levels),
    ]


def test_own_prepare_of_a_user_hands_on_what_it_knows() -> None:
    """Keywords that a user's ``__prepare__`` passes on end at ours."""

    class Theirs(type):
        @classmethod
        def __prepare__(mcls, name, bases, /, **kwargs):
            return {"seen": kwargs}

        def __new__(mcls, name, bases, namespace, /, **kwargs):
            return super().__new__(mcls, name, bases, namespace)

        def __init__(cls, name, bases, namespace, /, **kwargs):
            super().__init__(name, bases, namespace)

    class Ours(RecorderMeta, Theirs):
        pass

    class Mine(Ours):
        @classmethod
        def __prepare__(mcls, name, bases, /, *, recorder_mode, **kwargs):
            return super().__prepare__(
                name, bases, recorder_mode=recorder_mode, **kwargs
            )

    class C(metaclass=Mine, recorder_mode=1, colour=2):
        pass

    assert C.seen == {"colour": 2}


def test_users_metaclass_initialises_only() -> None:
    """With a ``__init__`` and no other hook it is called, with the body as written."""

    class Mine(LoggerMeta):
        def __init__(cls, name, bases, namespace, /):
            super().__init__(name, bases, namespace)
            cls.told = name, bases, {word for word in namespace if word[0] != "_"}

    class C(metaclass=Mine):
        x = 1

    assert C.told == ("C", (), {"x"})


class Decorated:
    """A method that was decorated by an object, which binds as it likes."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __get__(self, instance: object, owner: type) -> Any:
        note("decorated", "__get__", owner.__name__)
        return self.function


def test_users_metaclass_decorates_its_hooks() -> None:
    """A ``__new__`` that is no plain function binds to the metaclass of the class."""

    class Mine(RecorderMeta):
        @Decorated
        def __new__(mcls, name, bases, namespace, /):
            return RecorderMeta.__new__(mcls, name, bases, namespace)

    class Deeper(Mine):
        def __new__(mcls, name, bases, namespace, /):
            return super().__new__(mcls, name, bases, namespace)

    with events() as seen:
        C = Deeper("C", (), {})

    assert mode_of(C) is None
    assert ("decorated", "__get__", "Deeper") in seen


def test_users_metaclass_has_a_hook_for_metaclasses() -> None:
    """A metaclass derived from ours may take keywords in a class statement of its own."""

    class Coloured(RecorderMeta):
        def __init_subclass__(mcls, /, colour=None, **kwargs):
            super().__init_subclass__(**kwargs)
            mcls.colour = colour

    class M(Coloured, colour=1):
        pass

    assert M.colour == 1


def test_users_metaclass_is_told_by_new_to_prepare_alone() -> None:
    """`M.__new__`, called by name, makes a class and does not initialise it."""

    class Mine(RecorderMeta):
        def __init__(cls, name, bases, namespace, /, **kwargs):
            raise AssertionError(name)

    assert mode_of(Mine.__new__(Mine, "C", (), {}, recorder_mode=1)) == 1


def test_users_metaclass_renames_the_class() -> None:
    """The keywords of the statement hold, whatever the class is called in the end."""

    class Renaming(RecorderMeta):
        def __new__(mcls, name, bases, namespace, /, recorder_mode=None, **kwargs):
            return super().__new__(
                mcls, f"My{name}", bases, namespace, recorder_mode=recorder_mode
            )

    class C(metaclass=Renaming, recorder_mode=4):
        pass

    assert C.__name__ == "MyC"
    assert mode_of(C) == 4


def test_users_metaclass_passes_on_the_same_value() -> None:
    """What is handed on as it came is no news, and the pattern is not asked again."""

    class Passing(RecorderMeta):
        def __new__(mcls, name, bases, namespace, /, recorder_mode=None, **kwargs):
            return super().__new__(
                mcls, name, bases, namespace, recorder_mode=recorder_mode, **kwargs
            )

    with events() as seen:

        class C(metaclass=Passing, recorder_mode=4):
            pass

    assert seen.count(("recorder", "before", "C")) == 1


def test_users_metaclass_is_named_with_the_class_for_what_it_passes_on() -> None:
    """A changed value that the pattern refuses is refused with the class's name."""

    class Adding(RegistryMeta):
        def __new__(mcls, name, bases, namespace, /, aliases=(), key=None, **kwargs):
            return super().__new__(
                mcls, name, bases, namespace, aliases=3, key=key, **kwargs
            )

    class Keying(RegistryMeta):
        def __new__(mcls, name, bases, namespace, /, key=None, **kwargs):
            return super().__new__(mcls, name, bases, namespace, key=3, **kwargs)

    for meta in (Adding, Keying):
        with pytest.raises(ClassDefinitionError, match="class 'C': "):
            meta("C", (), {})


def test_users_metaclass_is_called_without_bases() -> None:
    """``M(name, None, {})``, as older helpers write it, is between M and its ``__new__``."""

    class Temporary(RecorderMeta):
        __init__ = type.__init__

        def __new__(mcls, name, bases, namespace, /, **kwargs):
            told.append((name, bases, namespace, kwargs))
            return type.__new__(mcls, name, (), namespace)

    told: list[tuple[object, ...]] = []
    Temporary("C", None, {"x": 1}, word=2)

    assert told == [("C", None, {"x": 1}, {"word": 2})]


def test_users_metaclass_takes_bases_as_it_likes() -> None:
    """A call with bases that are no tuple is the metaclass's own to make sense of."""

    class Listing(RecorderMeta):
        def __new__(mcls, name, bases, namespace, /, **kwargs):
            return super().__new__(mcls, name, tuple(bases), namespace, **kwargs)

    class Base(metaclass=RecorderMeta):
        pass

    C = Listing("C", [Base], {}, recorder_mode=1)

    assert C.__mro__ == (C, Base, object)
    assert mode_of(C) == 1
    with pytest.raises(TypeError, match="must be tuple, not list"):
        RecorderMeta("C", [Base], {})


@pytest.mark.parametrize("meta", [RecorderMeta, LoggerMeta, RegistryMeta])
@pytest.mark.parametrize("bases", [(1,), (Plain, 1), (object, Plain)], ids=str)
def test_bases_that_python_refuses(bases: tuple[Any, ...], meta: type[type]) -> None:
    """What is wrong with the bases is said as `type` says it."""
    with pytest.raises(TypeError) as pythons:
        type("C", bases, {})

    with pytest.raises(TypeError) as caught:
        meta("C", bases, {})

    assert str(caught.value) == str(pythons.value)


# -- the module of a class ----------------------------------------------------


@pytest.mark.parametrize("names", [{}, {"__name__": "theirs"}])
def test_module_is_the_one_that_asks(names: dict[str, str]) -> None:
    """A class and a metaclass made by a call come from the module that calls."""
    C, N = eval("M('C', (), {}), type(M)('N', (M,), {})", {"M": RecorderMeta, **names})

    assert C.__module__ == N.__module__ == names.get("__name__", "builtins")


# -- keywords -----------------------------------------------------------------


def test_keyword_that_nobody_takes_is_pythons_error() -> None:
    """The pipeline swallows only what a pattern declares."""
    with pytest.raises(TypeError, match="takes no keyword arguments"):

        class C(metaclass=RecorderMeta, recorder_mode=1, unheard_of=2):
            pass


class LookingMeta(type):
    """Looks at its caller, as frameworks do that resolve names."""

    seen: ClassVar[list[Any]] = []

    def __new__(mcls, name: str, bases: Any, namespace: Any, /, **kwargs: Any) -> Any:
        frame = sys._getframe(1)
        code, outside = frame.f_code, frame.f_locals is frame.f_globals
        mcls.seen.append(
            (code.co_name, code.co_qualname, outside, "here" in frame.f_locals)
        )
        return super().__new__(mcls, name, bases, namespace, **kwargs)


def test_a_framework_that_looks_at_its_caller() -> None:
    """It sees what it would without a pattern: the code that asks, and its names."""
    M = hand_written(LookingMeta, first=True)
    here = 1
    names = {"M": M, "__name__": "elsewhere", "here": here}

    class C(metaclass=M): ...

    exec("class C(metaclass=M): ...", names)
    exec("def f():\n here = 2\n class C(metaclass=M): ...\nf()", names)

    name = "test_a_framework_that_looks_at_its_caller"
    assert LookingMeta.seen == [
        (name, name, False, True),
        ("<module>", "<module>", True, True),
        ("f", "f", False, True),
    ]


def test_names_around_a_class_are_not_kept() -> None:
    """A framework may look at them; an object that goes is not held by that it might."""

    class Local: ...

    local = Local()
    gone = weakref.ref(local)
    M = hand_written(type("Rival", (type,), {"__new__": rival_in_new}), first=True)
    M("C", (), {})
    del local
    gc.collect()

    assert gone() is None


def test_keyword_of_a_frameworks_hook_clashes() -> None:
    """A keyword that a pattern and a framework both name is an error naming both."""

    class Rival(type):
        def __new__(mcls, name, bases, namespace, /, *, recorder_mode=0, **kwargs):
            return super().__new__(mcls, name, bases, namespace, **kwargs)

    for first in (True, False):
        M = hand_written(Rival, first=first)

        class Fine(metaclass=M):
            pass

        with pytest.raises(KeywordClashError) as caught:

            class C(metaclass=M, recorder_mode=1):
                pass

        assert caught.value.keyword == "recorder_mode"
        assert str(caught.value).startswith("class 'C': ")
        assert "recorder" in caught.value.claimants[0]
        assert "Rival.__new__" in caught.value.claimants[1]
        with pytest.raises(KeywordClashError, match=r"^class 'Called': "):
            M("Called", (), {}, recorder_mode=1)


def rival_in_prepare(mcls, name, bases, recorder_mode=0):
    return {}


def rival_in_new(mcls, name, bases, namespace, recorder_mode=0):
    return type.__new__(mcls, name, bases, namespace)


def rival_in_init(cls, name, bases, namespace, recorder_mode=0):
    type.__init__(cls, name, bases, namespace)


@pytest.mark.parametrize(
    ("hook", "function"),
    [
        ("__prepare__", classmethod(rival_in_prepare)),
        ("__new__", rival_in_new),
        ("__init__", rival_in_init),
    ],
)
def test_keyword_of_a_hook_may_follow_by_position(hook: str, function: Any) -> None:
    """What comes after the arguments that Python gives is a keyword, marked or not."""
    Rival = type("Rival", (type,), {hook: function})
    M = hand_written(Rival, first=True)
    M("Fine", (), {})

    with pytest.raises(KeywordClashError, match=f"Rival.{hook}"):

        class C(metaclass=M, recorder_mode=1):
            pass


@pytest.mark.parametrize(
    "word", ["name", "bases", "namespace", "cls", "mcls", "self", "kwargs", "metatype"]
)
def test_leading_parameters_leave_their_names_free(word: str) -> None:
    """A class keyword may be called like a parameter of our own functions."""

    class Base:
        def __init_subclass__(subclass, /, **kwargs: Any) -> None:
            subclass.given = kwargs

    class C(Base, metaclass=RecorderMeta, **{word: 1}):
        pass

    D = types.new_class("D", (C,), {word: 2})
    E = RecorderMeta("E", (C,), {}, **{word: 3})
    F = RecorderMeta.__new__(RecorderMeta, "F", (C,), {}, **{word: 4})

    assert [cls.given for cls in (C, D, E, F)] == [{word: n} for n in (1, 2, 3, 4)]


def test_what_a_hook_calls_its_class_takes_no_keyword() -> None:
    """Python fills the first parameter of a hook, so its name is no rival to a word."""

    class Base(metaclass=RecorderMeta):
        def __init_subclass__(recorder_mode, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)

    class C(Base, recorder_mode=1):
        pass

    assert mode_of(C) == 1


# -- what stays as it was -----------------------------------------------------


def test_metaclass_defines_no_data_descriptor() -> None:
    """A data descriptor on a metaclass would hide a class's own attribute."""
    for meta in (PatternMeta, RecorderMeta, hand_written(Cooperative, first=True)):
        for level in meta.__mro__[: meta.__mro__.index(type)]:
            for name, member in vars(level).items():
                assert not hasattr(type(member), "__set__"), (level, name)
                assert not hasattr(type(member), "__delete__"), (level, name)


def test_metaclass_has_no_mro_method() -> None:
    """An own ``mro()`` would slow each attribute access on 3.14 and later."""
    assert RecorderMeta.mro is type.mro


def test_signatures_show_names() -> None:
    """A metaclass shows the three parameters that making a class takes."""
    names = list(inspect.signature(RecorderMeta).parameters)

    assert names[:3] == ["name", "bases", "namespace"]


def test_classes_and_metaclasses_are_collected() -> None:
    """Nothing outside keeps a dropped class, nor a dropped metaclass, alive."""

    def drop() -> list[weakref.ref[Any]]:
        class M(RecorderMeta):
            def __call__(cls, *args, **kwargs):
                return super().__call__(*args, **kwargs)

        N = hand_written(CallByName, first=True)

        class C(metaclass=M):
            pass

        class D(metaclass=N):
            pass

        return [weakref.ref(thing) for thing in (M, N, C, D, C(), D())]

    references = drop()
    gc.collect()

    assert [reference() for reference in references] == [None] * 6


@pytest.mark.parametrize("stage", ["prepare", "before", "check"])
def test_refused_class_is_gone(stage: str) -> None:
    """A class refused at any stage is in no ``__subclasses__()`` once collected."""

    def refuse(self: Pattern, *args: object) -> None:
        raise ClassDefinitionError("no")

    Refusing = type("Refusing", (Recorder,), {stage: refuse})

    class RefusingMeta(PatternMeta):
        _metapatterns_pattern = Refusing("refusing")

    class BothMeta(RecorderMeta, RefusingMeta):
        pass

    class MirroredMeta(RefusingMeta, RecorderMeta):
        pass

    class Base:
        pass

    for meta in (RefusingMeta, BothMeta, MirroredMeta):
        with events() as seen, pytest.raises(ClassDefinitionError):

            class C(Base, metaclass=meta):
                pass

        gc.collect()
        assert Base.__subclasses__() == []
        assert ("recorder", "created", "C") not in seen


def test_failure_inside_the_chain_leaves_the_thread_clean() -> None:
    """After a framework's metaclass raised, the next class is made as usual."""

    class Raising(type):
        def __new__(mcls, name, bases, namespace, /, **kwargs):
            if name == "Bad":
                raise ValueError(name)
            return super().__new__(mcls, name, bases, namespace, **kwargs)

    M = hand_written(Raising, first=True)
    with pytest.raises(ValueError, match="Bad"):
        M("Bad", (), {})
    with events() as seen:
        M.__new__(M, "Bad2", (), {})
        type("Bad3", (), {})

    assert [event[1:] for event in seen] == [
        ("before", "Bad2"),
        ("check", "Bad2"),
        ("created", "Bad2"),
    ]


def test_class_made_while_another_is_made() -> None:
    """A framework that makes a class by ``M(...)`` on the way gets a driven class."""

    class Nesting(type):
        def __new__(mcls, name, bases, namespace, /, **kwargs):
            cls = super().__new__(mcls, name, bases, namespace, **kwargs)
            if not name.endswith("Part"):
                cls.part = mcls(f"{name}Part", (), {})
                cls.bare = type(f"{name}BarePart", (cls.part,), {})
            return cls

    for first in (True, False):
        M = hand_written(Nesting, first=first)
        with events() as seen:

            class C(metaclass=M):
                pass

        for cls in (C, C.part, C.bare):
            assert RECORDER.slot in vars(cls)
            for stage in ("before", "check", "created"):
                assert seen.count(("recorder", stage, cls.__name__)) == 1


@LISTED
def test_class_that_a_framework_rebuilds_keeps_its_keywords(first: bool) -> None:
    """A framework may build the class a second time on its way; that one counts."""

    class Slotting(type):
        def __new__(mcls, name, bases, namespace, /, **kwargs):
            cls = super().__new__(mcls, name, bases, namespace, **kwargs)
            return cls if "__slots__" in namespace else dataclass(slots=True)(cls)

    M = hand_written(Slotting, first=first)
    with events() as seen:

        class C(metaclass=M, recorder_mode="loud"):
            x: int = 1

    assert C.__slots__ == ("x",)
    assert C().x == 1
    assert mode_of(C) == "loud"
    for stage in ("check", "created"):
        assert seen.count(("recorder", stage, "C")) == 1


@LISTED
def test_subclass_that_a_framework_rebuilds_keeps_its_keywords(first: bool) -> None:
    """So it may with a class whose base went through the stages, under the same name."""

    class Rebuilding(type):
        def __new__(mcls, name, bases, namespace, /, **kwargs):
            cls = super().__new__(mcls, name, bases, dict(namespace), **kwargs)
            return mcls(name, bases, namespace) if namespace.pop("twice", 0) else cls

    M = hand_written(Rebuilding, first=first)
    Base = M("C", (), {})
    C = M("C", (Base,), {"twice": True}, recorder_mode="loud")

    assert C.__mro__ == (C, Base, object)
    assert (mode_of(Base), mode_of(C)) == (None, "loud")


@LISTED
def test_framework_that_asks_the_metaclass_again(first: bool) -> None:
    """A ``__new__`` may call that of the class's metaclass, with words of its own."""

    class Retrying(type):
        def __new__(mcls, name, bases, namespace, /, *, again=False, **kwargs):
            if not again:
                return mcls.__new__(mcls, name, bases, namespace, again=True, **kwargs)
            return super().__new__(mcls, name, bases, namespace, **kwargs)

        def __init__(cls, name, bases, namespace, /, **kwargs):
            super().__init__(name, bases, namespace)

    class Base:
        def __init_subclass__(cls, /, colour=None, **kwargs):
            super().__init_subclass__(**kwargs)
            cls.colour = colour

    M = hand_written(Retrying, first=first)
    with events() as seen:

        class C(Base, metaclass=M, colour=1, recorder_mode="loud"):
            pass

    assert C.__bases__ == (Base,)
    assert (C.colour, mode_of(C)) == (1, "loud")
    for stage in ("before", "check", "created"):
        assert seen.count(("recorder", stage, "C")) == 1


@LISTED
def test_class_made_on_the_way_to_a_rebuilt_one(first: bool) -> None:
    """A class that a framework makes in between does not end the making of the other."""

    class Preparing(type):
        def __new__(mcls, name, bases, namespace, /, **kwargs):
            if "stop" not in namespace:
                mcls(f"{name}Part", (), {"stop": True})
                return mcls(name, bases, {**namespace, "stop": True})
            return super().__new__(mcls, name, bases, namespace, **kwargs)

    M = hand_written(Preparing, first=first)

    class C(metaclass=M, recorder_mode="loud"):
        pass

    assert mode_of(C) == "loud"


@LISTED
def test_abstract_base_beside_a_metaclass_in_c(first: bool) -> None:
    """Where a metaclass in C ends the chain, ``ABCMeta`` still has what it needs."""
    parts = (type(ctypes.Structure), abc.ABCMeta)

    class M(*(parts if first else parts[::-1]), RecorderMeta):  # type: ignore[misc]
        pass

    class C(ctypes.Structure, metaclass=M):
        pass

    assert C.register(int) is int
    assert issubclass(int, C)
    assert RECORDER.slot in vars(C)


@LISTED
def test_class_holds_what_it_would_without_the_pattern(first: bool) -> None:
    """A class beside a framework gets the pattern's state, and nothing else."""

    def body(meta: type[type]) -> set[str]:
        class C(metaclass=meta):
            pass

        return set(vars(C))

    M = hand_written(Cooperative, first=first)

    assert body(M) - {RECORDER.slot} == body(Cooperative)


@LISTED
def test_namesake_made_by_a_parents_hook(first: bool) -> None:
    """A subclass of the same name, made while the class is made, is its own class."""

    class Parent:
        def __init_subclass__(cls, /, **kwargs):
            super().__init_subclass__(**kwargs)
            if RECORDER.slot not in vars(cls).get("marker", ()):
                body = {"marker": {RECORDER.slot}}
                below.extend([make("C", (cls,), body) for make in (type, type(cls))])

    below: list[type] = []
    M = hand_written(Cooperative, first=first)

    class C(Parent, metaclass=M, recorder_mode="loud"):
        pass

    assert mode_of(C) == "loud"
    assert [mode_of(cls) for cls in below] == [None, None]


def test_own_call_stays_in_front() -> None:
    """A ``__call__`` that the user writes beside a framework's is asked first."""

    class M(CallByName, RecorderMeta):
        def __call__(cls, /, *args, **kwargs):
            note("mine", "__call__", cls.__name__)
            return super().__call__(*args, **kwargs)

    class C(metaclass=M):
        pass

    with events() as seen:
        C()

    assert [who for who, _, _ in seen] == ["mine", "recorder", "framework"]


def test_classes_are_made_in_many_threads() -> None:
    """One definition in 16 threads is 16 classes, each driven once."""
    M = hand_written(Cooperative, first=True)
    start = threading.Barrier(16)
    made: list[type] = []

    def define() -> None:
        start.wait()

        class C(metaclass=M, recorder_mode=threading.get_ident()):
            pass

        made.append(C)

    threads = [threading.Thread(target=define, daemon=True) for _ in range(16)]
    with events() as seen:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    assert not any(thread.is_alive() for thread in threads)
    assert len({mode_of(cls) for cls in made}) == 16
    for stage in ("prepare", "before", "check", "created"):
        assert seen.count(("recorder", stage, "C")) == 16


class Pickled(metaclass=RecorderMeta):
    pass


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_classes_and_metaclasses_pickle_by_reference(protocol: int) -> None:
    """Pickling finds a class, its metaclass and its instances by name."""
    for thing in (Pickled, RecorderMeta):
        assert pickle.loads(pickle.dumps(thing, protocol)) is thing
    assert type(pickle.loads(pickle.dumps(Pickled(), protocol))) is Pickled


def test_duplicate_parts_are_dropped() -> None:
    """A metaclass that another base covers may be listed too, before or after it."""

    class Derived(RecorderMeta):
        pass

    class M(RecorderMeta, Derived):  # a plain metaclass has no order here
        pass

    class N(Derived, RecorderMeta):
        pass

    assert M.__mro__[1:] == N.__mro__[1:] == Derived.__mro__
