"""The error tree: what a caller catches, reads, pickles and copies."""

from __future__ import annotations

import builtins
import copy
import enum
import gc
import pickle
import traceback
import weakref
from typing import Any

import pytest

import metapatterns
from metapatterns import FinalMixin, errors, final
from metapatterns.errors import (
    ClassDefinitionError,
    DuplicateKeyError,
    DuplicateNameError,
    FieldFailure,
    FieldValueError,
    FinalError,
    KeywordClashError,
    MetaclassConflictError,
    PatternError,
    PluginLoadError,
    SingletonArgumentsError,
    SingletonCycleError,
    UnknownKeyError,
    describe,
)


class Leaf:
    pass


class Overrider:
    pass


FAILURES = (FieldFailure("age", "int", "'x'"), FieldFailure("name", "str", "3"))

#: One of each, with the attributes that it must keep and what it also is.
SAMPLES: list[tuple[PatternError, dict[str, Any], tuple[type, ...]]] = [
    (PatternError("plain"), {}, (Exception,)),
    (ClassDefinitionError("broken"), {}, (TypeError,)),
    (
        MetaclassConflictError("why", parts=["a.A", "b.B"]),
        {"parts": ("a.A", "b.B"), "explanation": "why"},
        (ClassDefinitionError, TypeError),
    ),
    (
        KeywordClashError("C", "key", ("the registry pattern", "b.B.__init__")),
        {"keyword": "key", "claimants": ("the registry pattern", "b.B.__init__")},
        (ClassDefinitionError, TypeError),
    ),
    (
        FinalError("Twig", Leaf),
        {"subclass": "Twig", "final": f"{__name__}.Leaf", "member": None},
        (ClassDefinitionError, TypeError),
    ),
    (
        FinalError("Twig", Leaf, "grow"),
        {"subclass": "Twig", "final": f"{__name__}.Leaf", "member": "grow"},
        (ClassDefinitionError, TypeError),
    ),
    (
        FinalError("Twig", Leaf, "grow", Overrider),
        {"subclass": "Twig", "final": f"{__name__}.Leaf", "member": "grow"},
        (ClassDefinitionError, TypeError),
    ),
    (
        DuplicateNameError("C", [("x", 1, 2), ("y", None, 4)], "file.py"),
        {
            "owner": "C",
            "duplicates": (("x", 1, 2), ("y", None, 4)),
            "filename": "file.py",
        },
        (ClassDefinitionError, TypeError),
    ),
    (
        DuplicateKeyError("registry of 'a.Root'", "csv", "a.A", "b.B"),
        {"key": "csv", "existing": "a.A", "new": "b.B"},
        (ValueError,),
    ),
    (
        UnknownKeyError("no 'cvs'", "cvs", ["csv"], {"a.Base": "abstract"}),
        {"key": "cvs", "known": ("csv",), "skipped": {"a.Base": "abstract"}},
        (KeyError, LookupError),
    ),
    (
        PluginLoadError("cannot import", "csv", ["json"]),
        {"key": "csv", "known": ("json",), "skipped": {}},
        (UnknownKeyError, KeyError, ImportError),
    ),
    (
        FieldValueError("Person", FAILURES),
        {"owner": "Person", "failures": FAILURES},
        (ValueError, TypeError),
    ),
    (
        SingletonCycleError(["a.A", "b.B", "a.A"]),
        {"chain": ("a.A", "b.B", "a.A")},
        (RuntimeError,),
    ),
    (
        SingletonArgumentsError("a.A", "app.py:3"),
        {"owner": "a.A", "first_call": "app.py:3"},
        (TypeError,),
    ),
]

EACH = pytest.mark.parametrize(
    ("error", "attributes", "kinds"),
    SAMPLES,
    ids=[f"{type(error).__name__}-{n}" for n, (error, _, _) in enumerate(SAMPLES)],
)


def test_every_error_has_a_sample() -> None:
    """No error of the package is missing from these tests."""
    public = {
        name
        for name in errors.__all__
        if issubclass(getattr(errors, name), BaseException)
    }

    assert {type(error).__name__ for error, _, _ in SAMPLES} == public


@EACH
def test_error_is_what_a_caller_would_catch(
    error: PatternError, attributes: dict[str, Any], kinds: tuple[type, ...]
) -> None:
    """Each error is a ``PatternError`` and the built-in of its kind."""
    assert isinstance(error, PatternError)
    for kind in kinds:
        assert isinstance(error, kind)
    assert vars(error) == attributes


@EACH
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_error_survives_pickle_and_copy(
    error: PatternError,
    attributes: dict[str, Any],
    kinds: tuple[type, ...],
    protocol: int,
) -> None:
    """Type, text, arguments and attributes come back, through each protocol."""
    for twin in (
        pickle.loads(pickle.dumps(error, protocol)),
        copy.copy(error),
        copy.deepcopy(error),
    ):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert twin.args == error.args
        assert vars(twin) == attributes


@EACH
def test_error_is_made_anew_from_its_text(
    error: PatternError, attributes: dict[str, Any], kinds: tuple[type, ...]
) -> None:
    """Enum, from Python 3.12 on, raises ``type(error)(str(error))`` instead."""
    twin = type(error)(str(error))

    assert str(twin) == str(error)
    assert twin.args == error.args
    assert type(twin.args[0]) is str or not attributes
    assert vars(twin) == attributes


def test_error_raised_while_an_enum_is_made() -> None:
    """A refusal by a mixin of an enumeration arrives as it was raised."""

    class Base:
        @final
        def method(self) -> None: ...

    with pytest.raises(FinalError, match="cannot override final method") as caught:

        class Colour(FinalMixin, Base, enum.Enum):
            RED = 1

            def method(self) -> None: ...

    assert (caught.value.subclass, caught.value.member) == ("Colour", "method")


@EACH
def test_notes_survive_pickle(
    error: PatternError, attributes: dict[str, Any], kinds: tuple[type, ...]
) -> None:
    """What ``add_note`` put on an error travels with it."""
    noted = copy.copy(error)
    noted.add_note("while importing plugins")

    assert pickle.loads(pickle.dumps(noted)).__notes__ == ["while importing plugins"]


@EACH
def test_error_prints_its_message(
    error: PatternError, attributes: dict[str, Any], kinds: tuple[type, ...]
) -> None:
    """The text is the message itself, unquoted, under the public name."""
    (line,) = traceback.format_exception_only(error)

    assert line.strip() == f"metapatterns.{type(error).__name__}: {error}"
    assert str(error) == error.args[0]
    assert type(error).__module__ == "metapatterns"


@EACH
def test_subclass_of_an_error_pickles(
    error: PatternError, attributes: dict[str, Any], kinds: tuple[type, ...]
) -> None:
    """A user's error derived from ours, with another constructor, works as well."""
    derived = Derived.of(type(error))
    mine = derived.__new__(derived, *error.args)
    vars(mine).update(attributes)

    twin = copy.copy(mine)

    assert type(twin) is derived
    assert str(twin) == str(error)
    assert vars(twin) == attributes


class Derived:
    @staticmethod
    def of(kind: type) -> Any:
        def __init__(self: object) -> None:
            raise AssertionError("not called again")

        return type(f"My{kind.__name__}", (kind,), {"__init__": __init__})


def test_messages_name_the_parties() -> None:
    """Each message says who broke what, with whom, and the way out."""
    expected = {
        KeywordClashError: ["'C'", "'key'", "the registry pattern", "b.B", "rename"],
        DuplicateNameError: ["'C'", "file.py", "'x'", "line 1", "line 2", "rename"],
        DuplicateKeyError: [
            "registry of 'a.Root'",
            "'csv'",
            "a.A",
            "b.B",
            "another key",
            " on_duplicate='replace'",
        ],
        FieldValueError: ["Person.age", "expected int", "got 'x'", "Person.name"],
        SingletonCycleError: ["a.A -> b.B -> a.A", "later"],
        SingletonArgumentsError: ["'a.A'", "app.py:3", "singleton_args"],
        FinalError: ["'Twig'", "Leaf"],
    }
    for error, _, _ in SAMPLES:
        for part in expected.get(type(error), []):
            assert part in str(error)


def test_field_failures_compare_and_hash() -> None:
    """Failures with the same text are equal, and print for people."""
    first, second = FieldFailure("a", "int", "'x'"), FieldFailure("a", "int", "'x'")

    assert first == second
    assert hash(first) == hash(second)
    assert first != FieldFailure("a", "int", "'y'")
    assert first != ("a", "int", "'x'")
    assert repr(first) == """FieldFailure('a', 'int', "'x'")"""
    assert str(first) == "a: expected int, got 'x'"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(first, protocol)) == first


def test_errors_keep_no_class_alive() -> None:
    """An error names classes by text, so that a refused class can go."""

    class Gone:
        pass

    error = FinalError("Twig", Gone, "member", Gone)
    reference = weakref.ref(Gone)
    del Gone
    gc.collect()

    assert reference() is None
    assert "Gone" in str(error)


def test_describe_asks_no_metaclass() -> None:
    """A class is named as ``type`` knows it, whatever its metaclass answers."""

    class Lying(type):
        def __getattribute__(cls, name: str) -> Any:
            return "lie"

    class Honest(metaclass=Lying):
        pass

    assert describe(Honest).endswith("test_describe_asks_no_metaclass.<locals>.Honest")
    assert describe(int) == "int"
    assert describe(Leaf) == f"{__name__}.Leaf"


def test_no_error_shadows_a_builtin() -> None:
    """``from metapatterns import *`` hides no name of :mod:`builtins`."""
    assert not set(metapatterns.__all__) & set(dir(builtins))
