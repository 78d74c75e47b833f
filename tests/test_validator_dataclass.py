"""Validator beside the standard library: the same class, made by both."""

import dataclasses
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from metapatterns import (
    FieldValueError,
    ValidatorMeta,
    ValidatorMixin,
    field,
    validated,
)

MISSING = dataclasses.MISSING
NAMES = ["a", "b", "c", "d"]


@dataclasses.dataclass(frozen=True)
class Declaration:
    """One line of a class body."""

    name: str
    default: object  # MISSING, an int, or "factory"
    init: bool = True
    kw_only: bool = False
    repr: bool = True
    compare: bool = True
    annotated: bool = True

    def value(self, make):
        plain = self.init and self.repr and self.compare and not self.kw_only
        if self.default == "factory":
            return make(default_factory=list, **self.flags())
        if plain:
            return self.default
        given = {} if self.default is MISSING else {"default": self.default}
        return make(**given, **self.flags())

    def flags(self):
        flags = {"init": self.init, "repr": self.repr, "compare": self.compare}
        return flags | ({"kw_only": True} if self.kw_only else {})


declarations = st.builds(
    Declaration,
    name=st.sampled_from(NAMES),
    default=st.sampled_from([MISSING, MISSING, 1, 2, "factory"]),
    init=st.sampled_from([True, True, True, False]),
    kw_only=st.sampled_from([False, False, True]),
    repr=st.sampled_from([True, True, False]),
    compare=st.sampled_from([True, True, False]),
)


@st.composite
def plans(draw):
    """A row of classes: the declarations of each, its bases, its options."""
    rows = []
    for number in range(draw(st.integers(1, 4))):
        body = draw(st.lists(declarations, max_size=3, unique_by=lambda d: d.name))
        count = draw(st.integers(0, min(2, number)))
        bases = tuple(draw(st.permutations(range(number)))[:count])
        rows.append((tuple(body), bases))
    options = draw(
        st.fixed_dictionaries(
            {
                "frozen": st.booleans(),
                "order": st.booleans(),
                "kw_only": st.booleans(),
            }
        )
    )
    return tuple(rows), options


def body_of(row, make):
    body = {"__module__": __name__, "__annotations__": {}}
    for declaration in row:
        hint = list if declaration.default == "factory" else int
        body["__annotations__"][declaration.name] = hint
        value = declaration.value(make)
        if value is not MISSING:
            body[declaration.name] = value
    return body


def build(plan, define, make):
    """Make the classes of a plan, or return the type of the error."""
    rows, options = plan
    made = []
    try:
        for number, (row, bases) in enumerate(rows):
            body = body_of(row, make)
            made.append(
                define(f"C{number}", tuple(made[b] for b in bases), body, options)
            )
    except TypeError as error:
        return made, "definition", error
    return made, None, None


def by_stdlib(name, bases, body, options):
    return dataclasses.dataclass(**options)(type(name, bases, body))


def by_metaclass(name, bases, body, options):
    return ValidatorMeta(name, bases, body, **options)


def by_slots(name, bases, body, options):
    return ValidatorMeta(name, bases, body, slots=len(bases) < 2, **options)


def by_mixin(name, bases, body, options):
    return type(name, bases or (ValidatorMixin,), body, **options)


def by_decorator(name, bases, body, options):
    return validated(**options)(type(name, bases, body))


def facts(cls):
    return [
        (
            f.name,
            f.type,
            f.default,
            f.default_factory,
            f.init,
            f.repr,
            f.compare,
            f.kw_only,
        )
        for f in dataclasses.fields(cls)
    ]


@pytest.mark.parametrize("define", [by_metaclass, by_slots, by_mixin, by_decorator])
@examples(1.6)
@given(plan=plans(), data=st.data())
def test_same_class_as_the_standard_library(define, plan, data):
    """Fields, signature, repr, order, hash and asdict are those of a dataclass."""
    theirs, their_stage, _ = build(plan, by_stdlib, dataclasses.field)
    ours, our_stage, error = build(plan, define, field)
    if define is by_slots and "lay-out conflict" in str(error):
        return
    assert (our_stage, len(ours)) == (their_stage, len(theirs)), error
    for cls, other in zip(ours, theirs, strict=True):
        assert facts(cls) == facts(other)
        assert str(inspect.signature(cls)) == str(inspect.signature(other))
        assert cls.__match_args__ == other.__match_args__
        assert (cls.__hash__ is None) == (other.__hash__ is None)
        params, wanted = cls.__dataclass_params__, other.__dataclass_params__
        assert repr(params) == repr(wanted)
        given_values = {
            name: [3] if p.annotation is list else data.draw(st.integers(0, 3))
            for name, p in inspect.signature(other).parameters.items()
            if p.default is p.empty or data.draw(st.booleans())
        }
        one, two = cls(**given_values), other(**given_values)
        for f in dataclasses.fields(other):
            here, there = getattr(one, f.name, MISSING), getattr(two, f.name, MISSING)
            assert here == there
        if all(hasattr(two, f.name) for f in dataclasses.fields(other)):
            assert repr(one) == repr(two)
            assert dataclasses.asdict(one) == dataclasses.asdict(two)
            assert one == cls(**given_values)
            if plan[1]["order"]:
                assert (one <= cls(**given_values)) is True
        for f in dataclasses.fields(other):
            if f.init:
                with pytest.raises(FieldValueError):
                    cls(**{**given_values, f.name: "bad"})
            if not plan[1]["frozen"]:
                with pytest.raises(FieldValueError):
                    setattr(one, f.name, "bad")


@examples(0.8)
@given(
    plan=plans(),
    doors=st.lists(
        st.sampled_from([by_stdlib, by_metaclass, by_mixin, by_decorator]),
        min_size=4,
        max_size=4,
    ),
)
def test_doors_and_plain_dataclasses_mix(plan, doors):
    """Classes of one hierarchy, made through different doors, have the same fields."""
    rows, options = plan
    expected, stage, _ = build(plan, by_stdlib, dataclasses.field)
    if stage:
        return
    made = []
    for number, (row, bases) in enumerate(rows):
        parents = tuple(made[b] for b in bases)
        define = doors[number]
        if any(isinstance(p, ValidatorMeta) for p in parents):
            define = by_metaclass
        elif any(issubclass(p, ValidatorMixin) for p in parents):
            define = by_mixin
        elif define is by_mixin:
            parents = (*parents, ValidatorMixin)
        elif any(hasattr(p, d.name) for p in parents for d in row):
            define = by_decorator  # `@dataclass` would read an accessor as a default
        body = body_of(row, field if define is not by_stdlib else dataclasses.field)
        try:
            made.append(define(f"C{number}", parents, body, options))
        except TypeError as error:
            if "MRO" in str(error) or "order" in str(error):  # the mixin's place
                return
            raise
    for cls, other in zip(made, expected, strict=True):
        assert facts(cls) == facts(other)
        assert str(inspect.signature(cls)) == str(inspect.signature(other))


@examples(0.8)
@given(
    first=st.lists(
        st.tuples(st.sampled_from(NAMES), st.integers()),
        unique_by=lambda p: p[0],
        min_size=1,
    ),
    second=st.dictionaries(
        st.sampled_from(NAMES), st.integers() | st.just("bad"), max_size=4
    ),
)
@pytest.mark.parametrize("define", [by_metaclass, by_slots, by_mixin, by_decorator])
def test_overrides_without_annotation(define, first, second):
    """An unannotated value is a new default for a field, and a plain one elsewhere."""
    names = [name for name, _ in first]
    base = define(
        "Base",
        (),
        {
            "__module__": __name__,
            "__annotations__": dict.fromkeys(names, int),
            **dict(first),
        },
        {},
    )
    bad = [name for name in names if second.get(name) == "bad"]
    try:
        sub = define("Sub", (base,), {"__module__": __name__, **second}, {})
    except FieldValueError as error:
        refused = [failure.field for failure in error.failures]
    else:
        refused = []
    assert refused == bad
    if bad:
        return
    assert {f.name: f.default for f in dataclasses.fields(sub)} == {
        name: second.get(name, default) for name, default in first
    }
    assert base() == base(**dict(first))
    for name, value in second.items():
        assert getattr(sub(), name) == value
