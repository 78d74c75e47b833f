"""Validator: what each hint accepts, compared with a checker written for the tests."""

# The older spellings are tested too, and names that are defined late or never.
# ruff: noqa: F722, F821, F841, PYI061, UP006, UP007, UP044, UP045

from __future__ import annotations

import codecs
import collections
import collections.abc as cabc
import dataclasses
import functools
import gc
import io
import numbers
import re
import sys
import tempfile
import textwrap
import threading
import types
import typing
import warnings
import weakref
import zipfile
from contextlib import nullcontext
from dataclasses import InitVar
from datetime import UTC, datetime, timezone
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NewType,
    NoReturn,
    Optional,
    Self,
    TypeVar,
    Union,
)

import annotated_types as at
import pytest
import typing_extensions
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, readable

from metapatterns import (
    Checked,
    ClassDefinitionError,
    FieldValueError,
    ValidatorMeta,
    ValidatorMixin,
    field,
    validated,
)


def holding(hint, **options):
    """A class with one field of this hint, and the options of its door."""
    return ValidatorMeta(
        "C", (), {"__module__": __name__, "__annotations__": {"x": hint}}, **options
    )


def accepts(hint, value, **options):
    """Ask all the ways in, which have to agree."""
    cls = holding(hint, **options)
    answers = []
    try:
        obj = cls(value)
        assert obj.x is value
        answers.append(True)
    except FieldValueError:
        answers.append(False)
    blank = cls.__new__(cls)
    try:
        blank.x = value
        answers.append(True)
    except FieldValueError:
        answers.append(False)

    class Plain:
        x = Checked(hint, strict=options.get("strict"))

    plain = Plain()
    try:
        plain.x = value
        answers.append(True)
    except FieldValueError:
        answers.append(False)
    assert len(set(answers)) == 1, (hint, value, answers)
    return answers[0]


# -- an independent oracle ----------------------------------------------------


def oracle(hint, value):
    """Say what a type checker would, by recursion over a few kinds of hints."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any or hint is object:
        return True
    if hint is None or hint is type(None):
        return value is None
    if hint is float:
        return isinstance(value, (int, float))
    if hint is complex:
        return isinstance(value, (int, float, complex))
    if origin in (Union, types.UnionType):
        return any(oracle(arg, value) for arg in args)
    if origin is Literal:
        return any(type(value) is type(arg) and value == arg for arg in args)
    if origin is Annotated:
        base, *metadata = args
        return oracle(base, value) and all(oracle_bound(m, value) for m in metadata)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        if len(args) == 2 and args[1] is ...:
            return all(oracle(args[0], item) for item in value)
        return len(args) == len(value) and all(map(oracle, args, value))
    if origin in (dict, cabc.Mapping):
        return isinstance(value, origin) and all(
            oracle(args[0], k) and oracle(args[1], v) for k, v in value.items()
        )
    if origin in (list, set, frozenset, cabc.Sequence, cabc.Collection):
        return isinstance(value, origin) and all(oracle(args[0], i) for i in value)
    return isinstance(value, hint)


def oracle_bound(bound, value):
    if isinstance(bound, at.Ge):
        return value >= bound.ge
    if isinstance(bound, at.Lt):
        return value < bound.lt
    return isinstance(bound, str) or len(value) >= bound.min_length


simple_hints = st.sampled_from(
    [
        int,
        str,
        float,
        complex,
        bool,
        bytes,
        None,
        Any,
        object,
        Literal[1, "a", None],
        Literal[True],
    ]
)
bounded = st.sampled_from(
    [
        Annotated[int, at.Ge(0), at.Lt(3)],
        Annotated[str, at.MinLen(1)],
        Annotated[list[int], at.MinLen(2)],
    ]
)
hashable_hints = st.sampled_from([int, str, float, Literal[1, "a"], Optional[int]])


def wider(hints):
    return st.one_of(
        hints.map(lambda h: list[h]),
        hints.map(lambda h: typing.List[h]),
        hashable_hints.map(lambda h: set[h]),
        hashable_hints.map(lambda h: frozenset[h]),
        hints.map(lambda h: cabc.Sequence[h]),
        hints.map(lambda h: typing.Collection[h]),
        st.tuples(hashable_hints, hints).map(lambda p: dict[p]),
        st.tuples(hashable_hints, hints).map(lambda p: cabc.Mapping[p]),
        hints.map(lambda h: tuple[h, ...]),
        st.tuples(hints, hints).map(lambda p: tuple[p]),
        hints.map(lambda h: Optional[h]),
        st.tuples(hints, hints).map(lambda p: Union[p]),
        hints.map(lambda h: Annotated[h, "a remark"]),
    )


hints = st.recursive(simple_hints | bounded, wider, max_leaves=4)
simple_values = st.sampled_from([0, 1, -1, 5, True, 1.5, 2j, "", "a", "ab", b"a", None])
values = st.recursive(
    simple_values,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.sets(simple_values, max_size=3),
        st.frozensets(simple_values, max_size=3),
        st.dictionaries(simple_values, inner, max_size=2),
    ),
    max_leaves=5,
)


@examples(4)
@given(hints, values)
def test_rules_agree_with_the_oracle(hint, value):
    """Any hint accepts just those values that a plain reading of it accepts."""
    assert accepts(hint, value) == oracle(hint, value)


def strict_oracle(hint, value):
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        return type(value) is list and all(strict_oracle(args[0], i) for i in value)
    if origin in (Union, types.UnionType):
        return any(strict_oracle(arg, value) for arg in args)
    return type(value) is hint


@examples(2)
@given(
    st.recursive(
        st.sampled_from([int, float, str, bool]),
        lambda h: h.map(lambda x: list[x]) | st.tuples(h, h).map(lambda p: Union[p]),
        max_leaves=3,
    ),
    values,
)
def test_strict_rules_agree_with_the_oracle(hint, value):
    """strict compares exact types, at every depth."""
    assert accepts(hint, value, strict=True) == strict_oracle(hint, value)


# -- kind by kind -------------------------------------------------------------


class Base: ...


class Derived(Base): ...


UserId = NewType("UserId", int)
Bound = TypeVar("Bound", bound=Base)
Quoted = TypeVar("Quoted", bound="Base")
Itself = "Itself"
Other, Another = "Another", "Other"
Either = TypeVar("Either", int, str)


@typing.runtime_checkable
class Closing(typing.Protocol):
    def close(self): ...


class File:
    def close(self): ...


class Names(typing.TypedDict):
    a: int


class Pair(typing.NamedTuple):
    a: int


class Box(typing.Generic[Either]): ...


T = TypeVar("T")
U = TypeVar("U")


class Bag(list, typing.Generic[T]):
    """A collection, of which nobody has said that its parameter is the items' type."""


class Table(dict, typing.Generic[T, U]): ...


Several = typing.TypeVarTuple("Several")
Usually = typing_extensions.TypeVar("Usually", default=str)


def alias(name, value, *parameters):
    return typing_extensions.TypeAliasType(name, value, type_params=parameters)


ListOf = alias("ListOf", list[T], T)
Whole = alias("Whole", int)
Swapped = alias("Swapped", dict[U, T], T, U)
Second = alias("Second", list[U], T, U)
Tagged = alias("Tagged", int, T)
Same = alias("Same", T, T)
Boxed = alias("Boxed", Box, T)
Row = alias("Row", tuple[int, typing.Unpack[Several]], Several)
ByText = alias("ByText", dict[T, Usually], T, Usually)
Nested = alias("Nested", Union[T, list["Nested[list[T]]"]], T)


Halfway = list["Late"]
Outer = list["Middle"]
Middle = dict[str, int]


class Index:
    """Metadata that happens to have a method of a constraint's name."""

    def ge(self, other): ...


def kept(*items):
    return iter(items)


UTC_TIME = datetime(2026, 1, 2, tzinfo=UTC)
LOCAL_TIME = UTC_TIME.replace(tzinfo=None)


class Percentage(at.GroupedMetadata):
    """Metadata of a user's own, made of others."""

    def __iter__(self):
        yield at.Ge(0)
        yield at.Le(100)


CASES = [
    (type[Base], Derived, True),
    (type[Base], int, False),
    (type[Base], Derived(), False),
    (type[Any], int, True),
    (type, int, True),
    (type[int | str], bool, True),
    (type[int | str], bytes, False),
    (type[Bound], Derived, True),
    (type[Bound], int, False),
    (type[T], int, True),
    (type[Quoted], Derived, True),
    (type[Quoted], int, False),
    (type[Either], str, True),
    (type[Either], bytes, False),
    (type[list[int]], list, True),
    (type[list[int]], dict, False),
    (type[None], type(None), True),
    (type[None], None, False),
    (type[int | None], type(None), True),
    (typing.Callable[[int], str], len, True),
    (typing.Callable, 3, False),
    (cabc.Callable[..., int], Base, True),
    (UserId, 3, True),
    (UserId, "3", False),
    (Bound, Derived(), True),
    (Bound, 3, False),
    (Either, "x", True),
    (Either, b"x", False),
    (Closing, File(), True),
    (Closing, 3, False),
    (Pair, Pair(1), True),
    (Pair, (1,), False),
    (Box[int], Box(), True),
    (Box[int], 3, False),
    (Bag[int], Bag("x"), True),
    (Bag[int], ["x"], False),
    (Table[int, str], Table(x=1), True),
    (Table[int, str], {1: "x"}, False),
    (ListOf[int], [1], True),
    (ListOf[int], ["x"], False),
    (ListOf, ["x"], True),
    (Whole, 3, True),
    (Whole, "3", False),
    (Swapped[int, str], {"a": 1}, True),
    (Swapped[int, str], {1: "a"}, False),
    (Second[str, int], [1], True),
    (Second[str, int], ["a"], False),
    (Tagged[str], 1, True),
    (Tagged[str], "a", False),
    (Same[int], 1, True),
    (Same[int], "a", False),
    (Same, "a", True),
    (alias("Free", Either), "a", True),
    (alias("Free", Either), b"a", False),
    (Boxed[str], Box(), True),
    (Boxed[str], 3, False),
    (Row[str, bytes], (1, "a", b""), True),
    (Row[str, bytes], (1, "a", "b"), False),
    (ByText[int], {1: "a"}, True),
    (ByText[int], {1: 2}, False),
    (alias("Both", Swapped[list[T], T], T)[int], {1: [1]}, True),
    (alias("Both", Swapped[list[T], T], T)[int], {1: ["a"]}, False),
    (ListOf[Annotated[int, ["no hash"]]], [1], True),
    (ListOf[Annotated[int, ["no hash"]]], ["a"], False),
    (alias("Whole", list[Whole]), [1], True),
    (alias("Wholes", list[Whole]), [1], True),
    (alias("Wholes", list[Whole]), ["a"], False),
    (Nested[int], [[1], [[1]]], True),
    (Nested[int], [1], False),
    (type[Whole], bool, True),
    (type[Whole], str, False),
    ("Json", [1, {"a": None}], True),
    ("Json", [1, {"a": 1.5}], False),
    ("Outer", [{"a": 1}], True),
    ("Outer", [[]], False),
    (list["Outer"], [[{"a": 1}]], True),
    (list["Outer"], [[[]]], False),
    (list["int"], [1], True),
    (list["int"], ["x"], False),
    (Union[int, Literal["a"], list[str], None], ["x"], True),
    (Union[int, Literal["a"], list[str], None], "a", True),
    (Union[int, Literal["a"], list[str], None], None, True),
    (Union[int, Literal["a"], list[str], None], True, True),
    (Union[int, Literal["a"], list[str], None], [1], False),
    (Union[Annotated[Any, at.Ge(0)], str], "x", True),
    (Optional[Annotated[list[int], "a remark"]], ["x"], False),
    (Literal[1], True, False),
    (Literal[1], 1.0, False),
    (Literal[1000], int("1000"), True),
    (Final[int], 3, True),
    (Final[int], "3", False),
    (Final, "anything", True),
    (typing.LiteralString, "x", True),
    (typing.LiteralString, 3, False),
    (tuple[()], (), True),
    (tuple[()], (1,), False),
    (tuple, (1, "x"), True),
    (list, [1, "x"], True),
    (typing.Dict, {1: 2}, True),
    (collections.deque[int], collections.deque([1]), True),
    (collections.deque[int], collections.deque(["x"]), False),
    (collections.Counter[str], collections.Counter("ab"), True),
    (collections.Counter[str], collections.Counter([1]), False),
    (collections.Counter[str], collections.Counter(a="x"), False),
    (collections.defaultdict[str, int], collections.defaultdict(int, a=1), True),
    (collections.defaultdict[str, int], {"a": 1}, False),
    (collections.ChainMap[str, int], collections.ChainMap({"a": "x"}), False),
    (cabc.Sequence[int], range(3), True),
    (cabc.Sequence[str], "abc", True),
    (cabc.Sequence[int], "abc", False),
    (cabc.ItemsView[str, int], {"a": 1}.items(), True),
    (cabc.ItemsView[str, int], {"a": "x"}.items(), False),
    (cabc.KeysView[str], {"a": 1}.keys(), True),
    (cabc.Iterable[int], [1], True),
    (cabc.Iterable[int], ["x"], False),
    (cabc.Iterable[int], 3, False),
    (cabc.Iterable[Any], [object()], True),
    (cabc.Iterator[int], kept("not looked at"), True),
    (typing.Pattern[str], re.compile("x"), True),
    (types.SimpleNamespace, types.SimpleNamespace(), True),
    (Annotated[int, at.Gt(0), at.Le(5)], 5, True),
    (Annotated[int, at.Gt(0), at.Le(5)], 0, False),
    (Annotated[int, at.Interval(gt=0, lt=3)], 3, False),
    (Annotated[int, at.Interval(gt=0, lt=3)], 2, True),
    (Annotated[int, at.MultipleOf(3)], 9, True),
    (Annotated[int, at.MultipleOf(3)], 10, False),
    (Annotated[str, at.Len(1, 2)], "abc", False),
    (Annotated[str, at.Len(1, 2)], "ab", True),
    (Annotated[str, at.MaxLen(2)], "abc", False),
    (Annotated[str, at.Predicate(str.islower)], "a", True),
    (Annotated[str, at.Predicate(str.islower)], "A", False),
    (Annotated[float, at.Ge(0)], float("nan"), False),
    (Annotated[Any, at.Ge(0)], "no number", False),
    (list[Annotated[int, at.Ge(0)]], [1, -1], False),
    (Optional[Annotated[int, at.Ge(0)]], None, True),
    (typing_extensions.Annotated[int, "remark", at.Ge], 3, True),
    (Annotated[int, Index()], 3, True),
    (Annotated[int, types.SimpleNamespace(ge=0, le=None)], 3, True),
    (Annotated[int, types.SimpleNamespace(ge=0, le=None)], -1, False),
    (Annotated[int, Percentage()], 101, False),
    (Annotated[int, Percentage()], 100, True),
    (Annotated[int, at.Not(bool), functools.partial(bool)], 0, True),
    (Annotated[int, at.Not(bool), functools.partial(bool)], 1, True),
    (Annotated[int, at.Predicate(at.Not(bool))], 1, False),
    (Annotated[datetime, at.Timezone(None)], LOCAL_TIME, True),
    (Annotated[datetime, at.Timezone(None)], UTC_TIME, False),
    (Annotated[datetime, at.Timezone(...)], LOCAL_TIME, False),
    (Annotated[datetime, at.Timezone(...)], UTC_TIME, True),
    (Annotated[datetime, at.Timezone(UTC)], UTC_TIME, True),
    (Annotated[datetime, at.Timezone(timezone.max)], UTC_TIME, False),
    (Annotated[datetime, at.Timezone("UTC")], UTC_TIME, True),
    (Annotated[datetime, at.Timezone("Africa/Abidjan")], UTC_TIME, False),
    (typing.Tuple, (1, "x"), True),
    (typing.Tuple, [], False),
    (typing.Tuple[()], (1,), False),
    (typing.Type, int, True),
    (typing.Type, 3, False),
    (typing.Counter, collections.Counter([1]), True),
    (typing.Counter, {}, False),
]


@pytest.mark.parametrize(("hint", "value", "expected"), CASES, ids=readable)
def test_each_kind_of_hint(hint, value, expected):
    """One example of each kind, accepted or refused."""
    assert accepts(hint, value) is expected


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (hint, value)
        for hint, value, expected in CASES
        if not expected and not isinstance(value, cabc.MappingView)  # cannot be copied
    ],
    ids=readable,
)
def test_a_default_is_looked_at_by_each_kind_of_hint(hint, value):
    """A bad one is refused when the class is made, not with the first instance."""
    body = {"__module__": __name__, "__annotations__": {"x": hint}}
    with pytest.raises(FieldValueError, match=r"^C\.x: expected "):
        ValidatorMeta("C", (), {**body, "x": field(default=value)})


def test_a_protocol_has_no_exact_type():
    """strict asks for what a protocol asks, since no value is of that very type."""

    @typing.runtime_checkable
    class Sized(typing.Protocol):
        def __len__(self): ...

    assert accepts(Sized, "text", strict=True)
    assert not accepts(list[Sized], [3], strict=True)


class Text(str):
    __slots__ = ()


class Numbers(list): ...


STRICT = [
    (Either, True),
    (TypeVar("Whole number", bound=int), True),
    (UserId, True),
    (Final[int], True),
    (typing.LiteralString, Text("x")),
    (Optional[int], True),
    (Annotated[int, at.Ge(0)], True),
    (Annotated[list[int], at.MinLen(1)], [True]),
    ("int", True),
    (Whole, True),
    (ListOf[int], [True]),
    (Nested[int], [Numbers([1])]),
    (list["int"], [True]),
    ("Json", [[True]]),
    (list[int], Numbers([1])),
    (typing.List, Numbers([1])),
    (list[int], [True]),
    (tuple[int, ...], (True,)),
    (tuple[int, str], (True, "x")),
    (tuple[int], Pair(1)),
    (dict[int, int], {True: 1}),
    (dict[int, int], {1: True}),
    (cabc.Mapping[int, int], {1: True}),
    (cabc.ItemsView[int, int], {1: True}.items()),
    (collections.Counter[int], collections.Counter([True])),
    (collections.Counter[str], collections.Counter(a=True)),
    (cabc.Iterable[int], [True]),
]


@pytest.mark.parametrize(("hint", "value"), STRICT, ids=readable)
def test_strict_reaches_into_every_kind_of_hint(hint, value):
    """What stands inside a hint, or behind a name, is compared exactly as well."""
    assert accepts(hint, value)
    assert not accepts(hint, value, strict=True)


@pytest.mark.parametrize(
    ("hint", "value", "bad"),
    [
        (cabc.Hashable, frozenset(), []),
        (cabc.Set[int], frozenset(), []),
        (Optional[cabc.Set], frozenset(), []),
        (numbers.Integral, 3, 1.5),
        (Union[str, numbers.Integral], 3, 1.5),
    ],
    ids=readable,
)
def test_an_abstract_class_has_no_exact_type(hint, value, bad):
    """strict asks for an instance there, since no value is of that very type."""
    assert accepts(hint, value, strict=True)
    assert not accepts(hint, bad, strict=True)


def test_views_of_a_dictionary_have_no_exact_type():
    """strict takes those of any mapping, and looks at their items strictly."""
    assert accepts(cabc.KeysView[int], {1: 1}.keys(), strict=True)
    assert accepts(cabc.ItemsView[int, int], {1: 1}.items(), strict=True)
    assert not accepts(cabc.ItemsView[int, int], {1: True}.items(), strict=True)


def test_strict_self_is_the_very_class():
    """Where types are exact, ``Self`` means no subclass."""

    class Node(ValidatorMixin, strict=True):
        next: Self | None = None

    class Sub(Node): ...

    assert Node(Node()).next == Node()
    with pytest.raises(FieldValueError):
        Node(Sub())


TEXT_HINTS = (typing.TextIO, typing.IO[str])
BINARY_HINTS = (typing.BinaryIO, typing.IO[bytes])
FILE_HINTS = (typing.IO, typing.IO[Any], typing.IO[typing.AnyStr])


class OwnText(typing.TextIO): ...


class OwnBinary(typing.BinaryIO): ...


class OwnFile(typing.IO[bytes]): ...


class Readers:
    """Has the methods of a file, or lacks one of them."""

    def __init__(self, *, without=""):
        for name in {"read", "readline", "write", "close"} - {without}:
            setattr(self, name, print)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    "file",
    [io.StringIO(), OwnText(), io.TextIOWrapper(io.BytesIO())],
    ids=lambda file: type(file).__name__,
)
def test_text_files(file, strict):
    """What io has for text is a TextIO, an IO[str] and an IO, and no BinaryIO."""
    for hint in TEXT_HINTS + FILE_HINTS:
        assert accepts(hint, file, strict=strict)
    for hint in BINARY_HINTS:
        assert not accepts(hint, file, strict=strict)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    "file",
    [io.BytesIO(), OwnBinary(), io.BufferedReader(io.BytesIO()), io.RawIOBase()],
    ids=lambda file: type(file).__name__,
)
def test_binary_files(file, strict):
    """What io has for bytes is a BinaryIO, an IO[bytes] and an IO, and no TextIO."""
    for hint in BINARY_HINTS + FILE_HINTS:
        assert accepts(hint, file, strict=strict)
    for hint in TEXT_HINTS:
        assert not accepts(hint, file, strict=strict)


@pytest.mark.parametrize("hint", FILE_HINTS, ids=readable)
def test_what_io_has_is_a_file_without_all_methods(hint):
    """An IO is what derives from IOBase: that says more than its methods do."""
    assert not hasattr(io.IOBase(), "write")
    assert accepts(hint, io.IOBase())


@pytest.mark.parametrize(
    ("mode", "buffering"), [("wb", 0), ("wb", -1), ("w+b", -1), ("w", -1)]
)
def test_files_on_a_disk(tmp_path, mode, buffering):
    """What open() returns is a file of the kind that its mode says, buffered or not."""
    with (tmp_path / "file").open(mode, buffering) as file:
        assert accepts(typing.BinaryIO, file) is ("b" in mode)
        assert accepts(typing.TextIO, file) is ("b" not in mode)


@pytest.mark.parametrize("hint", TEXT_HINTS + BINARY_HINTS + FILE_HINTS, ids=readable)
def test_what_wraps_a_file_is_one(hint):
    """What passes on a file's methods may be of either kind: nothing there says."""
    recoded = codecs.StreamReaderWriter(
        io.BytesIO(), codecs.getreader("utf-8"), codecs.getwriter("utf-8")
    )
    with (
        tempfile.NamedTemporaryFile() as named,
        tempfile.SpooledTemporaryFile() as kept,
    ):
        for file in (named, kept, recoded, Readers()):
            assert accepts(hint, file)


@pytest.mark.parametrize("hint", TEXT_HINTS + BINARY_HINTS + FILE_HINTS, ids=readable)
def test_what_is_no_file(hint, tmp_path):
    """Neither a path, nor a class of files, an archive or what lacks a method is one."""
    for value in (None, "path", b"path", tmp_path, io.StringIO, io.BytesIO, OwnFile):
        assert not accepts(hint, value)
    for name in ("readline", "write", "close"):
        assert not accepts(hint, Readers(without=name))
    with zipfile.ZipFile(io.BytesIO(), "w") as archive:
        assert not accepts(hint, archive)


def test_files_inside_other_hints():
    """Unions and containers of files hold what a field of that kind takes."""
    text, binary = io.StringIO(), io.BytesIO()
    assert accepts(Optional[typing.TextIO], text)
    assert accepts(Optional[typing.TextIO], None)
    assert not accepts(Optional[typing.TextIO], binary)
    assert accepts(list[typing.TextIO], [text])
    assert not accepts(list[typing.TextIO], [text, binary])
    assert accepts(Union[str, typing.IO[bytes]], binary)
    assert not accepts(Union[str, typing.IO[bytes]], text)


def test_classes_of_files():
    """type[TextIO] takes the classes of what a TextIO field takes by its class."""
    assert accepts(type[typing.TextIO], io.StringIO)
    assert accepts(type[typing.TextIO], OwnText)
    assert not accepts(type[typing.TextIO], io.BytesIO)
    assert accepts(type[typing.BinaryIO], io.FileIO)
    assert accepts(type[typing.BinaryIO], io.BytesIO)
    assert not accepts(type[typing.BinaryIO], io.StringIO)
    assert accepts(type[typing.IO], io.IOBase)
    assert accepts(type[typing.IO], OwnFile)
    assert not accepts(type[typing.IO], str)


def test_a_class_below_those_for_files_is_itself():
    """A field of a class that derives from TextIO takes its instances, and no other."""
    assert accepts(OwnText, OwnText())
    assert not accepts(OwnText, io.StringIO())


@pytest.mark.parametrize(
    ("hint", "kind"),
    [
        (list[Any], list),
        (list[Annotated[Any, "a remark"]], list),
        (tuple[object, ...], tuple),
        (dict[Any, Any], dict),
        (cabc.Iterable[Any], list),
        (list[Union[int, Any]], list),
    ],
    ids=readable,
)
def test_items_that_may_be_anything_are_not_looked_at(hint, kind):
    """A container of them is accepted without being iterated."""

    def refuse(self):
        raise RuntimeError("not to be iterated")

    lazy = type("Lazy", (kind,), {"__iter__": refuse, "items": refuse})
    assert accepts(hint, lazy())


def test_a_predicate_may_warn_of_its_caller():
    """Such a warning is shown, wherever in a hint the predicate stands."""

    def warn(value):
        warnings.warn("soon refused", stacklevel=2)
        return True

    cls = holding(list[Annotated[int, at.Predicate(warn)]])
    with pytest.warns(UserWarning, match="soon refused"):
        cls([1])


def test_iterators_are_not_used_up():
    """Items are looked at only where looking takes nothing away."""
    items = iter([1, "x"])
    assert holding(cabc.Iterable[int])(items).x is items
    assert list(items) == [1, "x"]


@pytest.mark.parametrize(
    "hint",
    [
        typing.NoReturn,
        Names,
        type("Loose", (typing.Protocol,), {"_is_protocol": True}),
        typing.TypeGuard[int],
        alias("Guard", typing.TypeGuard[int]),
        3,
        typing.Concatenate,
        "list[int",
        "'Names' | None",
        list["'Names' | None"],
        tuple[typing.Unpack[tuple[int, ...]]],
        tuple[(int, *tuple[str, ...])],
    ],
    ids=readable,
)
def test_other_hints_are_refused_with_a_way_out(hint):
    """What cannot be tested is an error at definition that says what to write."""
    with pytest.raises(ClassDefinitionError) as caught:
        holding(hint)
    assert "C.x" in str(caught.value)
    assert "field(check=...)" in str(caught.value)
    assert "validator_checker=" in str(caught.value)


def test_a_check_stands_for_a_hint_that_cannot_be_tested():
    """field(check=...) decides alone there."""

    class C(ValidatorMixin):
        x: typing.NoReturn = field(check=lambda v: v == 1)
        y: Missing = field(check=lambda v: v == 2)

    class Own(C):
        y: list[Missing] = field(check=lambda v: v == 2)

        def __init__(self, x, y):
            self.x = x
            self.y = y

    for cls in (C, Own):
        assert cls(1, 2).y == 2
        for bad in ((2, 2), (1, 1)):
            with pytest.raises(FieldValueError):
                cls(*bad)


@pytest.mark.parametrize("own", [False, True])
def test_a_check_beside_a_name_that_comes_late(own):
    """Both are asked, from the first instance on, where the name is defined by then."""

    def define():
        class C(ValidatorMixin):
            x: list[Late] = field(default=[1], check=lambda v: len(v) < 2)
            y: Late = field(default=None, check=bool)
            if own:

                def __init__(self, x, y):
                    self.x = x
                    self.y = y

        class Late: ...

        return C, Late

    cls, late = define()
    obj = cls([late()], late())
    for bad in (([1], late()), ([late()] * 2, late()), ([], 1)):
        with pytest.raises(FieldValueError):
            cls(*bad)
    with pytest.raises(
        FieldValueError, match=r"^C\.y: expected Late that bool accepts"
    ):
        obj.y = 1
    if not own:
        with pytest.raises(FieldValueError) as caught:
            cls()
        assert [failure.field for failure in caught.value.failures] == ["x", "y"]


def test_hostile_values_are_refused_not_raised():
    """A value whose class lies or raises is refused like any other."""

    class Liar:
        @property
        def __class__(self):
            raise RuntimeError("what class?")

    class NotEqual:
        def __eq__(self, other):
            raise RuntimeError("no")

        __hash__ = None

    for hint in (
        int,
        list[int],
        Optional[str],
        Annotated[int, at.Ge(0)],
        dict[str, int],
    ):
        cls = holding(hint)
        with pytest.raises(FieldValueError):
            cls(Liar())
        with pytest.raises(FieldValueError):
            cls.__new__(cls).x = Liar()
    with pytest.raises(FieldValueError):
        holding(Literal[1])(NotEqual())
    for hint in (Any, object, Union[int, Any]):
        assert accepts(hint, Liar())


def test_hints_nest_as_deep_as_anyone_writes():
    """Containers in containers, 100 deep, where a function takes 20 loops in a row."""
    hint, good, bad = int, 1, "x"
    for depth in range(100):
        hint, good, bad = (
            (dict[str, hint], {"k": good}, {"k": bad})
            if depth % 3 == 0
            else (list[hint], [good], [bad])
        )
    assert accepts(hint, good)
    assert not accepts(hint, bad)


# -- which item it is ---------------------------------------------------------


def refusals(hint, value, **options):
    """What is said of a value that is refused, by all the ways in, which have to agree."""
    with pytest.raises(FieldValueError) as caught:
        holding(hint, **options)(value)

    class Plain:
        x = Checked(hint, strict=options.get("strict"))

    with pytest.raises(FieldValueError) as caught_too:
        Plain().x = value
    [failure], [other] = caught.value.failures, caught_too.value.failures
    assert failure == other
    return failure.got


def item_refused(hint, value, **options):
    """What is said of an item, if anything is."""
    return refusals(hint, value, **options).partition(", in which ")[2]


DEEP = [[[1], [2, "x"]]]
ITEMS = [
    (list[int], [1, "a", "b"], "[1] is 'a' (str)"),
    (typing.List[int], ["a"], "[0] is 'a' (str)"),
    (collections.deque[int], collections.deque([1, "a"]), "[1] is 'a' (str)"),
    (cabc.Sequence[int], ("a",), "[0] is 'a' (str)"),
    (cabc.Iterable[int], ["a"], "[0] is 'a' (str)"),
    (cabc.Iterable[int], {"a"}, "an item is 'a' (str)"),
    (cabc.Container[int], {"a": 1}, "an item is 'a' (str)"),
    (set[int], {"a"}, "an item is 'a' (str)"),
    (cabc.KeysView[int], {"a": 1}.keys(), "an item is 'a' (str)"),
    (tuple[int, ...], (1, "a"), "[1] is 'a' (str)"),
    (tuple[int, str], (1, 2), "[1] is 2 (int)"),
    (tuple[int, str], ("a", 2), "[0] is 'a' (str)"),
    (tuple[int, str], (1, "a", 2), ""),
    (tuple[()], (1,), ""),
    (dict[str, int], {"a": 1, "b": "x"}, "['b'] is 'x' (str)"),
    (dict[str, int], {"a": "x", 1: 1}, "a key is 1 (int)"),
    (cabc.Mapping[str, int], {"a": "x"}, "['a'] is 'x' (str)"),
    (collections.Counter[str], collections.Counter(a="x"), "['a'] is 'x' (str)"),
    (cabc.ItemsView[str, int], {"a": "x"}.items(), "[1] of an item is 'x' (str)"),
    (Optional[list[int]], ["a"], "[0] is 'a' (str)"),
    (Union[dict[str, int], list[int], int], ["a"], "[0] is 'a' (str)"),
    (Union[int, None], "a", ""),
    (Union[list[int], list[str]], [b""], ""),
    (Annotated[list[int], "a remark"], ["a"], "[0] is 'a' (str)"),
    (Annotated[list[int], at.MinLen(2)], [1], ""),
    (Final[list[int]], ["a"], "[0] is 'a' (str)"),
    (NewType("Ages", list[int]), ["a"], "[0] is 'a' (str)"),
    (Annotated["list[int]", "a remark"], ["a"], "[0] is 'a' (str)"),
    (NewType("Quoted", "list[int]"), ["a"], "[0] is 'a' (str)"),
    (Optional["list[int]"], ["a"], "[0] is 'a' (str)"),
    (list[int], 5, ""),
    (list[int], ("a",), ""),
    (list[list[list[int]]], DEEP, "[0][1][1] is 'x' (str)"),
    (dict[str, list[int]], {"k": [1, "x"]}, "['k'][1] is 'x' (str)"),
    (list[set[int]], [{1}, {"x"}], "an item of [1] is 'x' (str)"),
    (list[dict[tuple[int, str], int]], [{(1, 2): 3}], "[1] of a key of [0] is 2 (int)"),
    (frozenset[frozenset[int]], {frozenset("x")}, ""),
    (set[frozenset[int]], {frozenset("x")}, "an item of an item is 'x' (str)"),
    (list[Literal[1, 2]], [1, 3], "[1] is 3 (int)"),
    (list["int"], ["a"], "[0] is 'a' (str)"),
    ("list[int]", ["a"], "[0] is 'a' (str)"),
    (list[Optional[list["Text"]]], [None, ["a", 1]], "[1][1] is 1 (int)"),
]
Text = str


@pytest.mark.parametrize(("hint", "value", "said"), ITEMS, ids=repr)
def test_the_first_item_that_is_refused_is_named(hint, value, said):
    """Of a container, it is said which item is refused, and where; never a wrong one."""
    assert item_refused(hint, value) == said


@examples(2)
@given(
    st.lists(st.tuples(st.sampled_from("ldt"), st.integers(0, 3)), min_size=1).map(
        lambda steps: steps[:6]
    )
)
def test_an_item_is_found_wherever_it_is(steps):
    """One bad item is named by the way to it, however deep it is."""
    hint, good, bad, way = int, 1, "x", ""
    for kind, place in steps:
        others = [good] * 4
        items = [*others[:place], bad, *others[place:]]
        if kind == "d":
            hint = dict[int, hint]
            good, bad = dict(enumerate(others)), dict(enumerate(items))
        else:
            hint = list[hint] if kind == "l" else tuple[hint, ...]
            make = list if kind == "l" else tuple
            good, bad = make(others), make(items)
        way = f"[{place}]{way}"
    assert item_refused(hint, bad) == f"{way} is 'x' (str)"


def test_items_are_held_to_what_strict_says():
    """The item that is named is one that the field's own test refuses."""
    nested = list[list[float]]
    assert item_refused(list[float], [1.0, 1], strict=True) == "[1] is 1 (int)"
    assert item_refused(nested, [[1.0, 1]], strict=True) == "[0][1] is 1 (int)"

    class C(ValidatorMixin, strict=True):
        lax: list[float] = field(strict=False)
        own: list[Self] = field(default_factory=list)

    assert C([1]).lax == [1]
    with pytest.raises(FieldValueError, match=r"in which \[0\] is 'a' \(str\)$"):
        C(["a"])
    with pytest.raises(FieldValueError, match=r"in which \[1\] is 1 \(int\)$"):
        C([], [C([]), 1])


def test_an_item_whose_test_raises_is_named():
    """What an item's test raised is told beside the item, and not for one further in."""

    def check(value):
        return value[0] == 1

    hint = list[Annotated[list[int], at.Predicate(check)]]
    assert item_refused(hint, [[1], [], ["x"]]) == (
        "[1] is [] (list), which raised IndexError: list index out of range"
    )


def test_items_are_said_in_few_words():
    """A long way, a long key and a large item are cut short."""
    hint, value = int, "x" * 1000
    lengths = []
    for _ in range(4):
        hint, value = dict[str, hint], {"k" * 1000: value}
        way, _, item = item_refused(hint, value).partition(" is ")
        lengths.append(len(way))
        assert len(item) < 70
    assert lengths == [62, 120, 120, 120]


def test_containers_that_change_their_mind_are_refused_as_a_whole():
    """Nothing is said of an item of what has none when it is asked again."""

    class Fickle(list):
        def __init__(self, then):
            self.then = [iter(["x"]), then]

        def __iter__(self):
            return self.then.pop(0)

    def gone():
        raise LookupError
        yield

    for then in (gone(), iter(()), iter([1])):
        with pytest.raises(FieldValueError) as caught:
            holding(list[int])(Fickle(then))
        assert "in which" not in str(caught.value)


def test_a_list_in_itself_is_refused():
    """However deep a value is, there is an end to looking for the item."""
    ring = []
    ring.append(ring)
    with pytest.raises(FieldValueError, match=r"raised RecursionError"):
        holding("Json")(ring)
    deep = b""
    for _ in range(50):
        deep = [deep]
    assert item_refused("Json", deep).endswith("... is b'' (bytes)")


def test_nothing_is_said_of_items_that_others_judge():
    """Secret items stay secret, and what another checker means is not known."""
    got = []

    class Secret(ValidatorMixin):
        x: list[int] = field(secret=True)
        y: Checked[list[int]] = Checked(list[int], secret=True)

    class Told(ValidatorMixin, validator_checker=lambda value, hint: value == ["a"]):
        x: list[int]

    for make in (lambda: Secret(["s"], [1]), lambda: Secret([1], ["s"])):
        with pytest.raises(FieldValueError) as caught:
            make()
        got += [failure.got for failure in caught.value.failures]
    with pytest.raises(FieldValueError) as caught:
        Told([1, "a"])
    got += [failure.got for failure in caught.value.failures]

    assert Told(["a"]).x == ["a"]
    assert got == ["a secret value", "a secret value", "[1, 'a'] (list)"]


def test_an_item_of_a_type_that_only_a_function_knew():
    """A name that means nothing any more accuses no item."""

    def make():
        class C(ValidatorMixin):
            x: list[Optional[Late]]

        class Late: ...

        return C, Late

    cls, late = make()
    assert cls([late(), None])
    with pytest.raises(FieldValueError) as caught:
        cls([late(), 3])
    assert "[0]" not in str(caught.value)


# -- names that come late -----------------------------------------------------


def test_a_late_name_may_stand_for_something_unknown():
    """What turns out, at the first value, to have no test is refused by name."""

    def define():
        global LATE
        LATE = 3

    class C(metaclass=ValidatorMeta):
        early: Any = field(default_factory=define)
        size: LATE = field(default=1)

    with pytest.raises(
        ClassDefinitionError, match=r"^C: .*'LATE' stands for 3, for which no"
    ):
        C()


def test_an_expression_of_late_names_may_raise():
    """What cannot be evaluated when its names are there is said with the reason."""
    cls = holding(list["LATER / 0"])
    globals()["LATER"] = 1
    try:
        with pytest.raises(ClassDefinitionError, match=r"/ 0' \(division by zero\)"):
            cls([1])
    finally:
        del globals()["LATER"]


@pytest.mark.parametrize("meaning", [None, typing.NoReturn])
@pytest.mark.parametrize(("length", "shown"), [(200, 200), (201, 197)])
def test_long_names_that_mean_nothing_later(length, shown, meaning):
    """Of an annotation, up to 200 characters are shown then, too."""
    name = "n" * length
    body = {"__module__": __name__, "__annotations__": {"x": name}}
    cls = ValidatorMeta("C", (), body)
    blank = cls.__new__(cls)
    if meaning is not None:
        globals()[name] = meaning
    try:
        with pytest.raises(ClassDefinitionError) as caught:
            blank.x = 3
    finally:
        globals().pop(name, None)
    dots = "..." if shown < length else ""
    said = "names" if meaning is None else "stands"
    start = f"C: the annotation '{'n' * shown}{dots}' {said} "
    assert str(caught.value).startswith(start)


DOORS = ["metaclass", "mixin", "decorator"]


@pytest.mark.parametrize("door", DOORS)
def test_names_of_the_function_around(door):
    """Local classes, defined before or after, are found; the class itself too."""

    class Before: ...

    if door == "metaclass":

        class Node(metaclass=ValidatorMeta, slots=True):
            a: Before
            b: list[After]
            c: Node | None = None
            d: Optional[Self] = None
    elif door == "mixin":

        class Node(ValidatorMixin):
            a: Before
            b: list[After]
            c: Node | None = None
            d: Optional[Self] = None
    else:

        @validated
        class Node:
            a: Before
            b: list[After]
            c: Node | None = None
            d: Optional[Self] = None

    with pytest.raises(
        ClassDefinitionError, match=r"'list\[After\]'.*not defined by now"
    ):
        Node(Before(), [])

    class After: ...

    node = Node(Before(), [After()])
    assert Node(Before(), [], node, node).c is node
    for bad in (
        (1, []),
        (Before(), [1]),
        (Before(), [], 1),
        (Before(), [], None, 1),
    ):
        with pytest.raises(FieldValueError):
            Node(*bad)
    with pytest.raises(FieldValueError):
        node.b = [Before()]


@pytest.mark.parametrize(
    ("module", "around", "found"),
    [
        ("elsewhere", "outer.<locals>.caller.<locals>", True),
        ("elsewhere", "outer.<locals>", False),
        ("elsewhere", "other.<locals>", False),
        (__name__, "outer.<locals>.caller.<locals>", False),
    ],
)
def test_names_of_other_functions_mean_nothing(module, around, found):
    """Only what the functions around the class statement define is looked up."""
    source = """
    def outer(define):
        def caller(Thing):
            return define()
        return caller(Inner)
    class Inner: ...
    """
    space = {"__name__": "elsewhere"}
    exec(textwrap.dedent(source), space)

    def define():
        body = {
            "__module__": module,
            "__qualname__": f"{around}.C",
            "__annotations__": {"x": Final["Thing"]},
        }
        return ValidatorMeta("C", (), body)

    cls = space["outer"](define)
    if not found:
        with pytest.raises(ClassDefinitionError, match="'Thing' names something"):
            cls(space["Inner"]())
        return
    cls(space["Inner"]())
    with pytest.raises(FieldValueError):
        cls(3)


def test_the_innermost_function_counts():
    """Where a name means several things around a class, the nearest one counts."""
    Thing, Other, Base = int, int, str
    assert (Thing, Other, Base) == (int, int, str)

    def inner(Thing):
        class C(ValidatorMixin):
            x: Thing
            y: Other
            z: Base

        return C, (Thing, Other, Base)

    cls, _ = inner(str)
    assert cls("text", 1, "text").x == "text"
    with pytest.raises(FieldValueError) as caught:
        cls(3, "text", Derived())
    assert len(caught.value.failures) == 3


def test_a_function_that_goes_on_later():
    """A generator may define what is missing after somebody has tried in vain."""

    def steps():
        class C(ValidatorMixin):
            x: Late

        yield C

        class Late: ...

        yield Late

    going = steps()
    cls = next(going)
    with pytest.raises(ClassDefinitionError, match="'Late'"):
        cls(1)
    late = next(going)
    assert isinstance(cls(late()).x, late)
    with pytest.raises(FieldValueError):
        cls(1)


def test_names_that_the_class_itself_brings():
    """Its own name, what its body defines and its type parameters mean something."""
    body = {
        "__module__": "nowhere",
        "__type_params__": (TypeVar("P", bound=int),),
        "Inner": Base,
        "__annotations__": {
            "a": Final["P"],
            "b": Final["Inner"],
            "c": Optional["Named"],
            "d": Final["int"],
        },
    }
    cls = ValidatorMeta("Named", (), body)
    assert cls(True, Derived(), cls(1, Base(), None, 1), 1).a is True
    with pytest.raises(FieldValueError) as caught:
        cls("x", 1, 1, "x")
    assert len(caught.value.failures) == 4


def test_accessors_work_before_the_first_construction():
    """Setting a field with a late name on a bare instance works as well."""

    class C(ValidatorMixin):
        x: Later = None

        def __init__(self):
            pass

    obj = C()
    with pytest.raises(ClassDefinitionError, match="'Later'"):
        obj.x = 3

    class Later: ...

    obj.x = later = Later()
    assert obj.x is later
    with pytest.raises(FieldValueError):
        obj.x = 3


def test_late_names_that_stand_for_something_untestable():
    """The error comes at first use, and says the same."""

    class C(ValidatorMixin):
        x: Odd

    Odd = typing.NoReturn
    with pytest.raises(ClassDefinitionError, match=r"field\(check=\.\.\.\)"):
        C(1)


def test_forward_references_inside_hints():
    """Quoted names in evaluated hints are late as well."""
    cls = ValidatorMeta(
        "Tree",
        (),
        {
            "__module__": __name__,
            "__annotations__": {
                "children": list["Tree"],
                "kinds": type["Tree"] | None,
                "marks": dict[str, typing.Optional["Tree"]],
            },
        },
    )
    leaf = cls([], None, {})
    assert cls([leaf], cls, {"a": leaf, "b": None}).children == [leaf]
    with pytest.raises(FieldValueError) as caught:
        cls([1], int, {"a": 1})
    assert len(caught.value.failures) == 3


LATE_HINTS = {
    "Late": (lambda name: name, lambda late: late()),
    "list[Late]": (lambda name: list[name], lambda late: [late()]),
    "list[Halfway]": (lambda name: list["Halfway"], lambda late: [[late()]]),
    "dict[Late, int]": (lambda name: dict[name, int], lambda late: {late(): 1}),
    "dict[int, Late]": (lambda name: dict[int, name], lambda late: {1: late()}),
    "tuple[Late, int]": (lambda name: tuple[name, int], lambda late: (late(), 1)),
    "tuple[Late, ...]": (lambda name: tuple[name, ...], lambda late: (late(),)),
    "Optional[Late]": (lambda name: Optional[name], lambda late: late()),
    "Optional[list[Late]]": (lambda name: Optional[list[name]], lambda late: [late()]),
    "type[Late]": (lambda name: type[name], lambda late: late),
    "cabc.Iterable[Late]": (lambda name: cabc.Iterable[name], lambda late: [late()]),
    "Annotated[Late, at.Predicate(bool)]": (
        lambda name: Annotated[name, at.Predicate(bool)],
        lambda late: late(),
    ),
    "TypeVar(B, bound=Late)": (
        lambda name: TypeVar("B", bound=name),
        lambda late: late(),
    ),
    "type[TypeVar(B, bound=Late)]": (
        lambda name: type[TypeVar("B", bound=name)],
        lambda late: late,
    ),
    "alias(list[Late])": (lambda name: alias("A", list[name]), lambda late: [late()]),
    "alias(dict[Late, T], T)[int]": (
        lambda name: alias("A", dict[name, T], T)[int],
        lambda late: {late(): 1},
    ),
    "alias(alias(list[Late]))": (
        lambda name: alias("A", alias("B", list[name])),
        lambda late: [late()],
    ),
    "type[alias(Late)]": (lambda name: type[alias("A", name)], lambda late: late),
    'NewType("N", Late)': (lambda name: NewType("N", name), lambda late: late()),
    "type[Union[Late, int]]": (
        lambda name: type[Union[name, int]],
        lambda late: late,
    ),
    "Counter[Late]": (
        lambda name: collections.Counter[name],
        lambda late: collections.Counter([late()]),
    ),
    "ItemsView[int, Late]": (
        lambda name: cabc.ItemsView[int, name],
        lambda late: {1: late()}.items(),
    ),
}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("dotted", [False, True])
@pytest.mark.parametrize(
    ("make_hint", "wrap"), LATE_HINTS.values(), ids=LATE_HINTS.keys()
)
def test_names_of_a_function_that_has_returned(make_hint, wrap, dotted, strict):
    """What it defined after the class is found, wherever in a hint it is named."""

    def define():
        space = types.SimpleNamespace()
        name = "space.Late" if dotted else "Late"
        around = f"{define.__qualname__}.<locals>.C"
        body = {
            "__module__": __name__,
            "__qualname__": around,
            "__annotations__": {"x": make_hint(name)},
        }
        cls = ValidatorMeta("C", (), body, strict=strict)
        with pytest.raises(ClassDefinitionError, match=r"^C: .* not defined by now"):
            cls(wrap(Base))

        class Late: ...

        space.Late = Late
        return cls, Late

    cls, late = define()

    class Sub(late): ...

    value = wrap(late)
    exact = strict and not isinstance(value, type)
    blank = cls.__new__(cls)
    for give in (functools.partial(setattr, blank, "x"), cls):
        give(value)
        with pytest.raises(FieldValueError):
            give(wrap(Base))
        with pytest.raises(FieldValueError) if exact else nullcontext():
            give(wrap(Sub))
    assert isinstance(blank.x, type(value))


@pytest.mark.parametrize("door", DOORS)
def test_what_a_name_means_to_the_first_instance_holds(door):
    """Assignments know it as well, when the function around is gone."""

    def define():
        if door == "metaclass":

            class C(metaclass=ValidatorMeta):
                x: Late
        elif door == "mixin":

            class C(ValidatorMixin):
                x: Late
        else:

            @validated
            class C:
                x: Late

        class Late: ...

        return C(Late()), Late

    obj, late = define()
    obj.x = value = late()
    with pytest.raises(FieldValueError, match=r"^C\.x: expected Late, got 1 \(int\)"):
        obj.x = 1
    assert obj.x is value


@pytest.mark.parametrize(
    ("make_hint", "wrap"),
    [
        pytest.param(*case, id=hint)
        for hint, case in LATE_HINTS.items()
        if "View" not in hint  # a view cannot be copied, as a default is
    ],
)
def test_defaults_wait_for_names_too(make_hint, wrap):
    """A default is looked at with the first instance where a name comes late."""

    def define():
        body = {
            "__module__": __name__,
            "__qualname__": f"{define.__qualname__}.<locals>.C",
            "__annotations__": {"x": make_hint("Late")},
            "x": wrap(Base),
        }
        cls = ValidatorMeta("C", (), body)

        class Late: ...

        return cls, Late

    cls, late = define()
    with pytest.raises(FieldValueError, match=r"^C\.x: "):
        cls()
    assert isinstance(cls(wrap(late)).x, type(wrap(late)))


def test_a_name_that_is_in_use_twice():
    """That a hint could not be tested for one field is said for the next as well."""
    hints = {"x": list["NoReturn"], "y": list["NoReturn"]}
    body = {"__annotations__": hints, "x": field(check=bool), "NoReturn": NoReturn}
    with pytest.raises(
        ClassDefinitionError, match=r"C\.y: no test is known for NoReturn"
    ):
        ValidatorMeta("C", (), {"__module__": __name__, **body})


def test_names_are_looked_up_by_two_threads_at_once():
    """Neither disturbs the other."""
    here = threading.Barrier(2, timeout=10)

    class Meeting(type):
        def __instancecheck__(cls, value):
            if value is None:
                here.wait()
            return type(value) is cls

    class Met(metaclass=Meeting): ...

    def meet():
        here.wait()
        return Met

    body = {"__module__": __name__, "__annotations__": {"x": list["meet_here()"]}}
    cls = ValidatorMeta("C", (), body)
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(cls([Met()])), daemon=True)
        for _ in range(2)
    ]
    globals()["meet_here"] = meet
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    finally:
        del globals()["meet_here"]
    assert len(made) == 2


def test_defaults_are_checked_by_names_of_the_function_around():
    """What is defined before the class is known at once."""

    class Local: ...

    with pytest.raises(FieldValueError, match=r"C\.x: expected Local, got 3"):

        class C(ValidatorMixin):
            x: Local = 3


Json = Union[None, int, str, list["Json"], dict[str, "Json"]]
RecursiveJson = alias("RecursiveJson", "Json")
ByKey = alias("ByKey", dict[T, "Json"], T)


class Unprintable:
    ge = 0

    def __repr__(self):
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (None, "None"),
        (type(None), "None"),
        (typing.List[int], "List[int]"),
        (typing_extensions.TypeIs[int], "TypeIs[int]"),
        (typing.Callable[["Late"], "Later"], "Callable[[Late], Later]"),
        (dict[str, typing.ForwardRef("typing.Sized")], "dict[str, Sized]"),
        (typing.ForwardRef("typing.Sized"), "typing.Sized"),
        ("typing.Sized", "typing.Sized"),
        (list[Literal["x" * 183]], f"list[Literal['{'x' * 183}']]"),
        (list[Literal["x" * 184]], f"list[Literal['{'x' * 183}..."),
    ],
    ids=readable,
)
def test_hints_in_messages(hint, text):
    """A hint is shown as one would write it, up to 200 characters of it."""
    checked = type("Anything", (), {"__name__": "f", "__call__": lambda *_: False})()
    body = {"__annotations__": {"x": hint}, "x": field(check=checked)}
    with pytest.raises(FieldValueError) as caught:
        ValidatorMeta("C", (), {"__module__": __name__, **body})("bad")
    expected = caught.value.failures[0].expected
    assert expected == f"{text} that f accepts"


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        (Names, "known for Names (TypedDict does not support"),
        ("list[int", "known for 'list[int' ('[' was never closed);"),
        (list["1 / 0"], "known for '1 / 0' (division by zero);"),
        (type["1 / 0"], "known for '1 / 0' (division by zero);"),
        (alias("Broken", "1 / 0"), "known for '1 / 0' (division by zero);"),
        (type[Literal[3]], "known for type[Literal];"),
        (type["3"], "known for type[3];"),
        (TypeVar("Never", bound=NoReturn), "known for NoReturn;"),
        (typing.TypeGuard[int], "known for TypeGuard[int];"),
        (tuple[(int, *tuple[str, ...])], "known for *tuple[str, ...];"),
        ("Itself", "known for 'Itself' (maximum recursion"),
        (list["Itself"], "known for 'Itself' (it stands for itself);"),
        (type["Itself"], "known for 'Itself' (it stands for itself);"),
        (list["Other"], "known for 'Other' (it stands for itself);"),
        (type["Other"], "known for 'Other' (it stands for itself);"),
        ("1" * 200, f"known for {'1' * 200};"),
        ("1" * 201, f"known for {'1' * 197}...;"),
    ],
)
def test_why_a_hint_is_refused(hint, said):
    """The message shows the part that cannot be tested, briefly, and the reason."""
    with pytest.raises(ClassDefinitionError) as caught:
        holding(hint)
    assert said in str(caught.value)


def test_hints_that_cannot_be_printed():
    """The message names the kind of hint instead."""
    cls = holding(Annotated[int, Unprintable()])
    with pytest.raises(FieldValueError, match=r"C\.x: expected a _AnnotatedAlias"):
        cls(-1)


def test_names_of_an_alias_in_a_descriptor():
    """A name in an alias's value is looked up where the class is."""

    class C:
        table = Checked(ByKey[int])

    obj = C()
    obj.table = {1: None}
    assert obj.table == {1: None}
    with pytest.raises(FieldValueError, match=r"^C\.table"):
        obj.table = {1: object()}


def test_what_a_name_means_to_the_first_value_of_a_descriptor_holds():
    """It may come to mean something else, and is not looked up again."""

    class C:
        x = Checked("Renamed")

    obj = C()
    try:
        for globals()["Renamed"] in (int, str):
            obj.x = 1
            with pytest.raises(FieldValueError, match=r"^C\.x: expected Renamed"):
                obj.x = "text"
    finally:
        del globals()["Renamed"]


def test_late_names_in_descriptors_and_type():
    """Self, and names inside ``type[...]``, wait for the class as well."""

    class C:
        own = Checked(Optional[Self], default=None)
        kind = Checked(type[Self])
        late = Checked(type["Late"])
        wrong = Checked(list["Wrong"])

    obj = C()
    obj.own = C()
    obj.kind = C
    for name, bad in (("own", 3), ("kind", int), ("kind", obj)):
        with pytest.raises(FieldValueError):
            setattr(obj, name, bad)
    with pytest.raises(ClassDefinitionError, match=r"not defined by now"):
        obj.late = int

    class Late: ...

    Wrong = typing.NoReturn
    obj.late = Late
    with pytest.raises(FieldValueError):
        obj.late = int
    with pytest.raises(ClassDefinitionError, match="no test is known"):
        obj.wrong = [1]
    assert Wrong is typing.NoReturn
    for hint in (type[3], "type[", list["list["]):
        with pytest.raises(ClassDefinitionError):
            Checked(hint).__set_name__(C, "x")


def test_recursive_types():
    """A type may refer to itself; so may the value, without a hang."""

    class C(ValidatorMixin):
        x: Json
        y: RecursiveJson = None

    assert C({"a": [1, {"b": None}]}, [[1]]).y == [[1]]
    with pytest.raises(FieldValueError):
        C({"a": [1, {"b": 1.5}]})
    with pytest.raises(FieldValueError):
        C(1, [[1.5]])
    loop = []
    loop.append(loop)
    with pytest.raises(FieldValueError):
        C(loop)


def test_recursive_types_of_a_function():
    """A type in a function that refers to itself is known once that has returned."""

    def make():
        Json = Union[None, str, list["Json"], dict[str, "Other"]]
        Other = Union[int, list["Json"]]

        class C(ValidatorMixin):
            x: Json
            y: list[Json] | None = None
            z: type[Json] = str

        return C

    cls = make()
    assert cls(["a", [{"b": 1, "c": [None]}]], [None]).z is str
    for bad in ([1], [{"b": None}], [{"c": [1]}]):
        with pytest.raises(FieldValueError):
            cls(bad)
    with pytest.raises(FieldValueError):
        cls(None, [1])


if sys.version_info >= (3, 12):
    exec(
        """
type Tree[T] = T | list[Tree[T]]
type Ints = list[int]
type Nest[T] = T | list[Nest[list[T]]]
type Broken = 1 / 0
class Generic312[T: int](ValidatorMixin):
    x: T
    y: "list[T]"
    z: Tree[str] = ""
    w: Ints = []
    v: Nest[int] = 0
""".replace("from __future__", "")
    )

    def test_aliases_and_parameters_of_312():
        """PEP 695: aliases, recursive and generic ones, and bounded parameters."""
        cls = globals()["Generic312"]
        assert cls(1, [2], [["a"]], [1]).x == 1
        with pytest.raises(FieldValueError) as caught:
            cls("1", ["2"], [[1]], ["x"], [1])
        assert len(caught.value.failures) == 5
        assert cls(1, [], v=[[1], [[[1]]]]).v == [[1], [[[1]]]]
        for nested in ([1.5], [[1.5]], [[[1]]]):
            with pytest.raises(FieldValueError):
                cls(1, [], v=nested)
        nest = globals()["Nest"][float]
        assert accepts(nest, [[1]])
        assert accepts(nest, [[1.0]], strict=True)
        assert not accepts(nest, [[1]], strict=True)

    def test_an_alias_that_cannot_be_evaluated():
        """It is refused with the reason, as an annotation would be."""
        with pytest.raises(ClassDefinitionError, match=r"'Broken' \(division by zero"):
            holding(list[globals()["Broken"]])


def test_names_in_an_alias_with_parameters():
    """What a generic alias names is looked up as what stands in the annotation."""
    cls = holding(ByKey[int])
    assert cls({1: [None]}).x == {1: [None]}
    for bad in ({"a": None}, {1: [1.5]}):
        with pytest.raises(FieldValueError):
            cls(bad)


def test_a_field_may_have_the_name_of_its_type():
    """In ``date: date = None`` the annotation means the class outside."""
    date = Base

    class C(ValidatorMixin):
        date: date | None = None
        other: date | None = None

    class Sub(C):
        date = None
        more: date | None = None

    @dataclasses.dataclass
    class Plain:
        date: date | None = None
        other: date | None = None

    class Below(Plain, ValidatorMixin):
        pass

    for cls in (C, Sub, Below, validated(Plain)):
        assert cls(Base(), Base()).date is not None
        with pytest.raises(FieldValueError) as caught:
            cls(1, 2)
        assert len(caught.value.failures) == 2
    with pytest.raises(FieldValueError):
        Sub(None, None, 1)


def test_a_function_around_is_let_go():
    """What a function holds goes with it, once all names mean something."""

    def make():
        class Local: ...

        held = Local()

        class C(ValidatorMixin):
            x: Local

        return C, weakref.ref(held)

    cls, held = make()
    gc.collect()
    assert held() is None
    with pytest.raises(FieldValueError):
        cls(1)


def test_a_function_around_is_let_go_where_a_check_decides():
    """A name that never comes keeps it no longer than until the first instance."""

    def make():
        class Local: ...

        held = Local()

        class C(ValidatorMixin):
            x: Missing = field(check=bool)
            y: Local

        return C, Local(), weakref.ref(held)

    cls, local, held = make()
    cls(1, local)
    gc.collect()
    assert held() is None
    with pytest.raises(FieldValueError):
        cls(1, 1)


@pytest.mark.parametrize("inherited", [False, True])
def test_a_function_around_is_let_go_with_the_first_instance(inherited):
    """It is kept until then where a name comes late, in a plain base as well."""

    def make():
        class Local: ...

        held = Local()

        if inherited:

            @dataclasses.dataclass
            class Plain:
                x: Late

            class C(Plain, ValidatorMixin): ...
        else:

            class C(ValidatorMixin):
                x: Late

        class Late: ...

        return C, Late, weakref.ref(held)

    cls, late, held = make()
    with pytest.raises(FieldValueError):
        cls(1)
    cls(late())
    gc.collect()
    assert held() is None
    with pytest.raises(FieldValueError):
        cls(1)


def test_initvar_with_a_late_name():
    """InitVar is recognised in text, and its name resolved late."""

    class C(ValidatorMixin):
        x: int
        extra: InitVar[Sometime]

        def __post_init__(self, extra):
            self.x += extra.n

    class Sometime:
        n = 2

    assert C(1, Sometime()).x == 3
    with pytest.raises(FieldValueError, match="extra"):
        C(1, 3)
