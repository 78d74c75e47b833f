"""Validator: fields, doors, options and what users put around them."""

from __future__ import annotations

import abc
import copy
import dataclasses
import functools
import gc
import inspect
import io
import json
import operator
import pickle
import pydoc
import re
import sys
import threading
import traceback
import types
import typing
import warnings
import weakref
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from unittest import mock

import pytest
from strategies import readable
from uncooperative import FrameworkMeta

from metapatterns import (
    Checked,
    ClassDefinitionError,
    Converted,
    FieldFailure,
    FieldValueError,
    FinalMeta,
    RegistryMeta,
    UnknownKeyError,
    ValidatorMeta,
    ValidatorMixin,
    assign,
    combine_metaclasses,
    field,
    registry_of,
    validated,
)

T = TypeVar("T")


def by_metaclass(name, body, bases=(), /, **options):
    namespace = {"__module__": __name__, "__qualname__": name, **body}
    for base in bases:
        if isinstance(base, ValidatorMeta):
            return type(base)(name, bases, namespace, **options)
    return ValidatorMeta(name, bases, namespace, **options)


def by_mixin(name, body, bases=(), /, **options):
    namespace = {"__module__": __name__, "__qualname__": name, **body}
    if not any(issubclass(base, ValidatorMixin) for base in bases):
        bases = (*bases, ValidatorMixin)
    return type(name, bases, namespace, **options)


def by_decorator(name, body, bases=(), /, **options):
    namespace = {"__module__": __name__, "__qualname__": name, **body}
    if "validator_checker" in options:
        options["checker"] = options.pop("validator_checker")
    cls = type(name, bases, namespace)
    return validated(**options)(cls) if options else validated(cls)


DOORS = [by_metaclass, by_mixin, by_decorator]


def body_of(cls):
    """What a class was made of, for another one."""
    return {k: v for k, v in vars(cls).items() if k not in ("__dict__", "__weakref__")}


@pytest.fixture(params=DOORS, ids=lambda door: door.__name__)
def door(request):
    return request.param


def mark_xfail(request, reason):
    """Pin what a door cannot do."""
    request.applymarker(pytest.mark.xfail(strict=True, reason=reason))


def fields(**annotations):
    return {"__annotations__": annotations}


# -- checking -----------------------------------------------------------------


def test_assignment_is_checked_and_refusal_keeps_the_old_value(door):
    """A bad value is refused with its field; the old value stays."""
    cls = door("Person", fields(name=str, age=int))
    person = cls("Ann", 41)
    with pytest.raises(FieldValueError) as caught:
        person.age = "old"
    assert str(caught.value) == "Person.age: expected int, got 'old' (str)"
    assert caught.value.owner == "Person"
    assert caught.value.failures == (FieldFailure("age", "int", "'old' (str)"),)
    assert person.age == 41
    person.age = 42
    assert person == cls("Ann", 42)
    assert isinstance(caught.value, (ValueError, TypeError))


def test_all_bad_fields_of_a_construction_are_reported(door):
    """One error lists every bad argument, in the order of the fields."""
    cls = door("Person", fields(name=str, age=int, tags=list[str]))
    with pytest.raises(FieldValueError) as caught:
        cls(1, tags=["a", 2], age="x")
    assert [failure.field for failure in caught.value.failures] == [
        "name",
        "age",
        "tags",
    ]
    restored = pickle.loads(pickle.dumps(caught.value))
    assert restored.failures == caught.value.failures
    assert copy.copy(caught.value).failures == caught.value.failures


def test_wrong_arguments_are_pythons_own_error(door):
    """Missing and unexpected arguments raise TypeError with the normal text."""
    cls = door("Person", fields(name=str))
    with pytest.raises(TypeError, match=r"Person\.__init__\(\) missing 1 required"):
        cls()
    with pytest.raises(TypeError, match="unexpected keyword argument 'nmae'"):
        cls(nmae=1)
    with pytest.raises(TypeError, match="takes 2 positional arguments but 3"):
        cls("a", "b")


def test_reinitialising_with_a_bad_value_changes_nothing(door):
    """Everything is looked at before anything is stored."""
    cls = door("Point", fields(x=int, y=int))
    point = cls(1, 2)
    with pytest.raises(FieldValueError):
        point.__init__(5, "y")
    assert (point.x, point.y) == (1, 2)


def test_bad_defaults_are_refused_at_definition(door):
    """Defaults are checked, all of them at once, when the class is defined."""
    with pytest.raises(FieldValueError) as caught:
        door("C", {**fields(a=int, b=int, c=str), "a": "x", "b": 1, "c": None})
    assert [failure.field for failure in caught.value.failures] == ["a", "c"]
    assert caught.value.owner == "C"
    with pytest.raises(FieldValueError, match=r"^D\.b: expected int, got 'x'"):
        door("D", {**fields(a=int, b=int), "b": "x"})


def test_fields_that_take_anything(door):
    """Whatever is assigned is kept, in place of the default as well."""
    obj = door("C", {**fields(x=Any, y=object), "y": None})(1)
    for value in (None, "x", Ellipsis, [], obj, type(obj)):
        obj.x = obj.y = value
        assert obj.x is obj.y is value


@pytest.mark.parametrize("bad", [[1, "x"], field(default=[None]), field(default="x")])
def test_bad_defaults_of_every_kind(door, bad):
    """A mutable default and the default of field() are checked as well."""
    with pytest.raises(FieldValueError):
        door("C", {**fields(a=list[int]), "a": bad})


def test_bad_defaults_of_a_plain_dataclass_are_refused(door):
    """A default that nobody has checked yet is checked with the class that does."""

    @dataclasses.dataclass
    class Plain:
        x: int = "bad"

    for body in ({}, fields(y=int)):
        with pytest.raises(FieldValueError, match=r"Sub\.x: expected int"):
            door("Sub", body, (Plain,))
    assert door("Sub", {"x": 1}, (Plain,))().x == 1
    with pytest.raises(FieldValueError, match=r"Plain\.x: expected int"):
        validated(Plain)


def test_a_refused_class_leaves_nothing():
    """After a refusal no class is kept and no other pattern knows of it."""

    class Meta(RegistryMeta, ValidatorMeta):
        pass

    class Root(metaclass=Meta):
        pass

    with pytest.raises(FieldValueError):

        class Bad(Root):
            x: int = "bad"

    gc.collect()
    assert Root.__subclasses__() == []
    from metapatterns import registry_of

    assert list(registry_of(Root)) == []


@pytest.mark.parametrize("hint", [int, typing.TypeGuard[int]], ids=["value", "hint"])
def test_a_class_that_the_decorator_refuses_is_as_it_was(hint):
    """What it had is there, what was put on it is gone, and it may be asked again."""

    class Theirs:
        nothing: str | None = None
        tags: list[str] = field(default_factory=list)
        items: list[int] = []
        x: hint = "bad"

        def __init__(self):
            pass

    before = dict(vars(Theirs))
    with pytest.raises((FieldValueError, ClassDefinitionError)):
        validated(Theirs)

    assert dict(vars(Theirs)) == before
    assert hash(Theirs())
    Theirs.x = 3
    cls = validated(checker=lambda value, hint: value in (3, None, []))(Theirs)
    with pytest.raises(FieldValueError):
        cls().x = 4


def test_a_mock_in_place_of_a_constructor():
    """What ``super()`` reaches past a mock is the constructor of the base."""

    class Base(ValidatorMixin):
        x: int

    class Sub(Base):
        def __init__(self):
            super().__init__(1)

        def again(self, x):
            super().__init__(x)

    with mock.patch.object(Sub, "__init__", return_value=None) as init:
        sub = Sub()
        sub.again(2)
        with pytest.raises(FieldValueError):
            sub.again("bad")
    assert (sub.x, init.call_count, Sub().x) == (2, 1, 1)


def test_an_unannotated_override_is_a_new_default(door):
    """``x = 5`` in a subclass is the field's default there, checked and a field."""
    base = door("Base", {**fields(x=int, y=int), "x": 1, "y": 2})
    sub = door("Sub", {"x": 5}, (base,))
    assert sub() == sub(5, 2)
    assert sub().x == 5
    assert base().x == 1
    assert [f.default for f in dataclasses.fields(sub)] == [5, 2]
    with pytest.raises(FieldValueError):
        sub().x = "no"
    with pytest.raises(FieldValueError, match=r"Bad.x: expected int, got 'no'"):
        door("Bad", {"x": "no"}, (base,))


def test_mutable_defaults_are_copied(door):
    """Each instance has its own copy, all the way down."""
    inner = [1]
    cls = door("C", {**fields(a=list[list[int]], b=dict), "a": [inner], "b": {}})
    first, second = cls(), cls()
    first.a[0].append(2)
    first.b["x"] = 1
    assert (second.a, second.b) == ([[1]], {})
    assert inner == [1]
    assert cls().a == [[1]]


@pytest.mark.parametrize("declared", [False, True])
@pytest.mark.parametrize("text", [False, True])
def test_what_is_no_field_of_instances_shares_its_default(door, text, declared):
    """As in a dataclass, class variables and what only the constructor takes do."""

    def declare(value):
        return field(default=value) if declared else value

    common, given, seen = {}, [1], []
    hints = {"common": ClassVar[dict], "given": dataclasses.InitVar[list]}
    if text:
        hints = {"common": "ClassVar[dict]", "given": "dataclasses.InitVar[list]"}
    body = {
        **fields(x=int, **hints),
        "common": declare(common),
        "given": declare(given),
        "__post_init__": lambda self, given: seen.append(given),
    }
    cls = door("C", body)
    assert cls.common is common
    assert [f.name for f in dataclasses.fields(cls)] == ["x"]
    assert cls(1).common is common
    assert seen[0] is given
    with pytest.raises(FieldValueError, match=r"C\.given: expected .*list.*, got 'no'"):
        cls(1, "no")


def test_class_variables_in_place_of_what_bases_have(door):
    """They show what the base shows, now and later, or a field's default, uncopied."""
    plain = type("Plain", (), {"x": 5})
    cls = door("C", fields(x=ClassVar[int]), (plain,))
    plain.x = 6
    assert cls.x == 6

    base = door("Base", {**fields(y=list), "y": [1]})
    sub = door("Sub", fields(y=ClassVar[list]), (base,))
    assert sub.y == [1]
    assert sub().y is sub.y
    assert dataclasses.fields(sub) == ()


def test_default_factories_are_checked_when_they_are_used(door):
    """What a factory makes is checked like an argument."""
    cls = door("C", {**fields(a=int), "a": field(default_factory=lambda: "x")})
    assert cls(3).a == 3
    with pytest.raises(FieldValueError, match=r"C.a: expected int, got 'x'"):
        cls()


def test_unset_and_deleted_fields(door):
    """A deleted field falls back on its default, or is a missing attribute."""
    cls = door("C", {**fields(a=int, b=int, c=list), "b": 7, "c": []})
    obj = cls(1, 2)
    del obj.a, obj.b, obj.c
    assert obj.b == 7
    obj.c.append(1)
    assert obj.c == [1]
    with pytest.raises(
        AttributeError, match="'C' object has no attribute 'a'"
    ) as caught:
        _ = obj.a
    assert (caught.value.name, caught.value.obj) == ("a", obj)
    with pytest.raises(AttributeError, match=r"^'C' object has no attribute 'a'$"):
        del obj.a
    assert not hasattr(cls.__new__(cls), "a")


def test_values_from_before_the_class_was_validated(door):
    """What an instance's dictionary has under a field's name is the value."""
    cls = door("C", {**fields(x=int), "x": 1})
    obj = cls.__new__(cls)
    vars(obj)["x"] = 3
    assert (obj.x, obj.x) == (3, 3)
    assert "x" not in vars(obj)
    obj.x = 4
    del obj.x
    assert obj.x == 1

    class Shared(dict):
        """A dictionary whose values another thread moves at the same moment."""

        def get(self, name, default):
            return self.pop(name, default)

    obj.__dict__ = Shared(x=5)
    assert (obj.x, obj.x) == (5, 5)


def test_values_from_before_are_deleted(door):
    """A field that was deleted has no value, whatever the dictionary had for it."""
    cls = door("C", fields(x=int))
    obj = cls.__new__(cls)
    vars(obj)["x"] = 3
    del obj.x
    assert not hasattr(obj, "x")
    vars(obj)["x"] = 3
    obj.x = 5
    del obj.x
    assert not hasattr(obj, "x")
    with pytest.raises(AttributeError, match=r"^'C' object has no attribute 'x'$"):
        del obj.x


def test_slots_are_unset(door):
    """A deleted field has no value there either, and an error that says so."""
    cls = door("C", {**fields(x=int), "__slots__": ("x",)})
    obj = cls(1)
    del obj.x
    with pytest.raises(AttributeError, match=r"^'C' object has no attribute 'x'$"):
        _ = obj.x
    with pytest.raises(AttributeError, match=r"^'C' object has no attribute 'x'$"):
        del obj.x


def test_values_from_before_are_kept_by_a_refused_assign(door):
    """They are there again, also where the class looks at what it replaces."""

    def __setattr__(self, name, value):
        getattr(self, name)
        object.__setattr__(self, name, value)

    cls = door("C", {**fields(x=int, y=int), "__setattr__": __setattr__})
    obj = cls.__new__(cls)
    vars(obj).update(x=3, y=4)
    with pytest.raises(FieldValueError):
        assign(obj, x=5, y="bad")
    assert (obj.x, obj.y) == (3, 4)


def test_values_from_before_in_a_dictionary_for_each_thread(door):
    """It is the one that the object shows."""
    cls = door("Local", fields(x=int), (threading.local,))
    obj = cls(1)
    del obj.x
    obj.__dict__["x"] = 3
    assert obj.x == 3


def test_unset_fields_without_a_default(door):
    """Neither what a factory would make, nor a base's property, is shown."""
    plain = type("Plain", (), {"y": property(lambda self: 0)})
    cls = door(
        "C", {**fields(y=int, x=list), "x": field(default_factory=list)}, (plain,)
    )
    obj = cls(1)
    del obj.x, obj.y
    assert not hasattr(obj, "x")
    assert not hasattr(obj, "y")


def test_an_unset_field_shows_the_nearest_default(door):
    """A class that declares the field again without a default shows its base's."""
    base = door("Base", {**fields(x=int), "x": 1})
    sub = door("Sub", {**fields(x=int), "x": field(init=False)}, (base,))
    assert sub.__new__(sub).x == 1


# -- messages -----------------------------------------------------------------


class Hostile:
    def __repr__(self):
        raise RuntimeError("no repr for you")


class Nameless(type):
    @property
    def __name__(cls):
        raise RuntimeError("no name")


class Odd(metaclass=Nameless):
    pass


@pytest.mark.parametrize(
    "value",
    [Hostile(), "x" * 10**6, list(range(10**5)), {"a": [Hostile()]}, Odd(), Odd],
    ids=["repr", "str", "list", "dict", "instance", "class"],
)
def test_messages_are_bounded_and_survive_hostile_values(door, value):
    """Whatever the value is or does, the message is short and there is one."""
    cls = door("C", fields(a=int))
    with pytest.raises(FieldValueError) as caught:
        cls(value)
    assert str(caught.value).startswith("C.a: expected int, got ")
    assert len(str(caught.value)) < 400


class Said:
    """Has a ``repr`` of so many characters."""

    def __init__(self, length):
        self.length = length

    def __repr__(self):
        return "r" * self.length


def test_how_much_is_said_of_a_value(door):
    """60 characters of an object, three levels, 200 in all, 120 of an exception."""

    def check(value):
        raise ValueError("e" * 150)

    cls = door("C", fields(a=int))

    def got(value):
        with pytest.raises(FieldValueError) as caught:
            cls(value)
        return caught.value.failures[0].got

    assert got("x" * 58) == f"'{'x' * 58}' (str)"
    assert "..." in got("x" * 59)
    assert got(Said(60)) == f"{'r' * 60} (Said)"
    assert "..." in got(Said(61))
    assert got([[[[1]]]]) == "[[[[...]]]] (list)"
    assert got([["x"]]) == "[['x']] (list)"
    whole = ["x" * 46] * 4
    assert got(whole) == f"{whole!r} (list)"
    longer = [*whole[:3], "x" * 47]
    assert got(longer) == f"{repr(longer)[:197]}... (list)"
    with pytest.raises(FieldValueError) as caught:
        door("D", {**fields(a=Any), "a": field(check=check)})(1)
    assert caught.value.failures[0].got.endswith(f"raised ValueError: {'e' * 120}")
    with pytest.raises(FieldValueError, match=r"^E\.a: expected str, got .*\bint\b"):
        door("E", fields(a=str))(10**5000)  # some Pythons refuse to print it


def test_how_much_is_said_of_a_hint():
    """A hint is shown in up to 200 characters."""

    class Owner:
        pass

    def expected(length):
        checked = Checked(typing.Literal["x" * length])
        checked.__set_name__(Owner, "a")
        with pytest.raises(FieldValueError) as caught:
            checked.__set__(Owner(), 1)
        return caught.value.failures[0].expected

    said = [expected(length) for length in range(150, 210)]
    assert max(map(len, said)) == 200
    assert [text for text in said if len(text) == 200 and not text.endswith("...")]


def test_secret_values_are_shown_nowhere(door):
    """Neither messages, causes nor the repr show a secret field's value."""

    def check(value):
        raise ValueError(f"leaks {value}")

    cls = door(
        "Login",
        {
            **fields(name=str, password=str, pin=str),
            "password": field(secret=True),
            "pin": field(default="", secret=True, check=lambda v: v == "" or check(v)),
        },
    )
    obj = cls("ann", "hunter2")
    assert "hunter2" not in repr(obj)
    assert [f.repr for f in dataclasses.fields(cls)] == [True, False, False]
    for bad in (lambda: cls("ann", 12345), lambda: cls("ann", "x", "12345")):
        with pytest.raises(FieldValueError) as caught:
            bad()
        error = caught.value
        assert "12345" not in str(error)
        assert "a secret value" in str(error)
        assert error.__cause__ is None
    with pytest.raises(FieldValueError) as caught:
        obj.pin = "12345"
    assert "12345" not in str(caught.value)
    assert caught.value.__cause__ is None


SECRET = "hunter2"


def leak(value):
    """Refuse a value in the most talkative way."""
    try:
        {}[value]
    except KeyError as error:
        raise ValueError(f"not {value}") from error


def leak_by_error_of_ours(value):
    raise FieldValueError("Inner", [FieldFailure("x", "better", repr(value))])


def look_up(value):
    return registry_of(RegistryMeta("Root", (), {}))[value]


def all_said(error):
    """What anybody could read of an error, its chain and its pickle included."""
    said = [pickle.dumps(error).decode("latin1"), repr(vars(error))]
    said += traceback.format_exception(error)
    while error is not None:
        said += [str(error), repr(error), repr(error.args)]
        said += getattr(error, "__notes__", [])
        error = error.__cause__ or error.__context__
    return "".join(said)


@pytest.mark.parametrize("refuse", [leak, leak_by_error_of_ours, look_up])
@pytest.mark.parametrize("kind", ["check", "converter", "check after conversion"])
def test_what_is_raised_about_a_secret_is_not_shown(door, kind, refuse):
    """The text, cause and context of what a check or converter raises stay inside."""

    def allow_default(value):
        return value if value == "" else refuse(value)

    declared = {
        "check": field(default="", check=lambda v: allow_default(v) == "", secret=True),
        "converter": Converted(allow_default, default="", secret=True),
        "check after conversion": Converted(
            str, default="", check=lambda v: allow_default(v) == "", secret=True
        ),
    }[kind]
    cls = door("Login", {**fields(pin=str), "pin": declared})
    by_hand = door(
        "ByHand",
        {
            **fields(pin=str),
            "pin": declared,
            "__init__": lambda self, pin: setattr(self, "pin", pin),
        },
    )

    def set_it(self, name, value):
        object.__setattr__(self, name, value)

    hooked = door("H", {**fields(pin=str), "pin": declared, "__setattr__": set_it})
    obj = cls()
    for attempt in (
        lambda: cls(SECRET),
        lambda: by_hand(SECRET),
        lambda: hooked(SECRET),
        lambda: setattr(obj, "pin", SECRET),
        lambda: assign(obj, pin=SECRET),
        lambda: dataclasses.replace(obj, pin=SECRET),
    ):
        with pytest.raises(FieldValueError, match="got a secret value") as caught:
            attempt()
        assert "which raised" in str(caught.value)
        assert SECRET not in all_said(caught.value)


def test_secret_defaults_are_not_shown(door):
    """Signatures, ``repr`` and errors of the definition are silent on defaults."""
    cls = door(
        "Login",
        {**fields(pin=str, n=int), "pin": field(default=SECRET, secret=True), "n": 1},
    )
    checked = Checked(str, default=SECRET, secret=True)

    assert str(inspect.signature(cls)) == "(pin: str = <secret>, n: int = 1) -> None"
    assert SECRET not in pydoc.render_doc(cls)
    assert SECRET not in repr(dataclasses.fields(cls)) + repr(checked.field)
    assert "Field(name='n'" in repr(dataclasses.fields(cls))
    assert (cls().pin, cls("x").pin, cls(pin=SECRET).pin) == (SECRET, "x", SECRET)
    for bad in (
        lambda: door("C", {**fields(a=int), "a": field(default=SECRET, secret=True)}),
        lambda: door("C", {**fields(a=int), "a": field(default=[SECRET], secret=True)}),
        lambda: door("C", {"pin": [SECRET]}, (cls,)),
        lambda: Converted(leak, default=SECRET, secret=True),
        lambda: door(
            "C",
            {**fields(a=str), "a": field(default=SECRET, check=leak, secret=True)},
        ),
    ):
        with pytest.raises(FieldValueError) as caught:
            bad()
        assert SECRET not in all_said(caught.value)


def test_secrets_in_containers_and_of_init_only_fields(door):
    """Neither a container's bad item nor an init-only value is shown."""
    cls = door(
        "C",
        {
            **fields(a=list[str], b=dict[str, int], c=dataclasses.InitVar[int]),
            "a": field(secret=True),
            "b": field(secret=True),
            "c": field(secret=True),
            "__post_init__": lambda self, c: None,
        },
    )
    with pytest.raises(FieldValueError) as caught:
        cls([SECRET, 1], {SECRET: SECRET}, SECRET)
    assert len(caught.value.failures) == 3
    assert SECRET not in all_said(caught.value)
    assert SECRET not in repr(cls([SECRET], {SECRET: 1}, 1))


@pytest.mark.parametrize("again", [{}, {"pin": SECRET}])
def test_a_secret_field_declared_again_stays_secret(door, again):
    """A subclass has to declare it in full to make it anything else."""
    base = door("Base", {**fields(pin=str), "pin": field(default="", secret=True)})
    sub = door("Sub", {**fields(pin=str), **again}, (base,))
    bare = door(
        "Bare",
        fields(pin=str),
        (door("B", {**fields(pin=str), "pin": field(secret=True)}),),
    )
    assert repr(sub(SECRET)) == repr(sub()) == "Sub()"
    assert repr(bare(SECRET)) == "Bare()"
    with pytest.raises(FieldValueError) as caught:
        sub([SECRET])
    assert SECRET not in all_said(caught.value)
    for declared in (field(default=""), Checked(str, default=""), Converted(str)):
        told = door("Told", {**fields(pin=str), "pin": declared}, (base,))
        assert repr(told("x")) == "Told(pin='x')"


def test_a_secret_of_the_constructor_declared_again(door):
    """It gets no default, and stays secret."""
    hints = fields(pin=dataclasses.InitVar[str])
    post = {"__post_init__": lambda self, pin: None}
    base = door("Base", {**hints, **post, "pin": field(secret=True)})
    sub = door("Sub", hints, (base,))

    with pytest.raises(TypeError, match=r"missing 1 required positional .* 'pin'"):
        sub()
    with pytest.raises(FieldValueError) as caught:
        sub([SECRET])
    assert SECRET not in all_said(caught.value)


def test_plain_attributes_of_bases_and_secret_fields(door):
    """A default that comes from a plain base is kept, and so is the secrecy."""
    base = door("Base", {**fields(pin=str), "pin": field(secret=True)})
    plain = type("Plain", (), {"pin": "0000"})
    for bases in ((plain, base), (base, plain)):
        sub = door("Sub", fields(pin=str), bases)
        assert (sub().pin, repr(sub())) == ("0000", "Sub()")


@pytest.mark.parametrize("secret", [True, False])
def test_a_setattr_that_raises_refuses_the_field(door, secret):
    """In a construction it is reported as what a check raises is."""

    def refuse(self, name, value):
        raise LookupError(f"no {value}")

    cls = door("C", {**fields(a=str), "a": field(secret=secret), "__setattr__": refuse})
    got = "a secret value" if secret else rf"'{SECRET}' \(str\)"
    said = rf"^C\.a: expected str, got {got}, which raised LookupError"
    with pytest.raises(FieldValueError, match=said) as caught:
        cls(SECRET)
    assert (SECRET in all_said(caught.value)) is not secret


def test_errors_of_ours_that_a_converter_raises(door):
    """They refuse the field as any exception does, and say which field it was."""
    point = door("Point", fields(x=int))
    cls = door(
        "Line",
        {
            **fields(start=object, end=object, key=object),
            "start": Converted(lambda given: point(*given), default=(0,)),
            "end": field(default=None, check=lambda v: v is None or point("bad")),
            "key": Converted(lambda given: given and look_up(given), default=""),
        },
    )
    with pytest.raises(FieldValueError) as caught:
        cls(("a",), 1, "k")
    assert [f.field for f in caught.value.failures] == ["start", "end", "key"]
    assert "Line.start: expected what" in str(caught.value)
    assert "raised FieldValueError: Point.x: expected int, got 'a'" in str(caught.value)
    assert "raised UnknownKeyError" in caught.value.failures[2].got
    obj = cls()
    for name, bad in {"start": ("a",), "end": 1, "key": "k"}.items():
        with pytest.raises(FieldValueError, match=f"^Line.{name}: ") as caught:
            setattr(obj, name, bad)
        assert isinstance(caught.value.__cause__, (FieldValueError, UnknownKeyError))


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def test_exceptions_without_a_text(door):
    """A check may raise what cannot be printed."""

    def check(value):
        raise Unprintable

    cls = door("C", {**fields(a=int), "a": field(check=check)})
    with pytest.raises(FieldValueError, match="raised Unprintable without a text"):
        cls(1)


def test_field_check_and_what_it_raises(door):
    """A false result refuses, as the annotation does; an exception is the cause."""

    def positive(value):
        if value < 0:
            raise LookupError("below zero")
        return value != 0

    cls = door("C", {**fields(a=int), "a": field(check=positive)})
    assert cls(3).a == 3
    with pytest.raises(
        FieldValueError, match="int that positive accepts, got 0"
    ) as zero:
        cls(0)
    assert zero.value.__cause__ is None
    with pytest.raises(FieldValueError, match=r"got 1\.5 \(float\)$"):
        cls(1.5)
    obj = cls(1)
    for bad in (lambda: cls(-1), lambda: setattr(obj, "a", -1)):
        said = r"got -1 \(int\), which raised LookupError: below zero"
        with pytest.raises(FieldValueError, match=said) as caught:
            bad()
        assert isinstance(caught.value.__cause__, LookupError)
    both = {name: field(check=positive) for name in "ab"}
    with pytest.raises(FieldValueError) as caught:
        door("D", {**fields(a=int, b=int), **both})(-1, -1)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"check": 3}, r"check takes a function, not 3 \(int\)"),
        ({"check": 3, "secret": True}, "check takes a function, not a secret value"),
        ({"strict": 1}, "strict takes True, False or None, not 1"),
        ({"secret": 1}, "secret takes True or False, not 1"),
        ({"nonsense": 1}, "unexpected keyword argument 'nonsense'"),
    ],
)
def test_bad_options_of_field(options, said):
    """An option that ``field`` cannot have is a TypeError that says what it takes."""
    with pytest.raises(TypeError, match=said):
        field(**options)


def test_one_declaration_for_several_fields(door):
    """Each has its own name and annotation."""
    one = field(default=0, check=lambda value: value != 1)
    cls = door("C", {**fields(a=int, b=float), "a": one, "b": one})
    assert [(f.name, f.default) for f in dataclasses.fields(cls)] == [
        ("a", 0),
        ("b", 0),
    ]
    for bad, said in {(1, 0): "a: expected int", (0, 1): "b: expected float"}.items():
        with pytest.raises(
            FieldValueError, match=rf"^C\.{said} that .* accepts, got 1"
        ):
            cls(*bad)


def test_checks_without_a_name(door):
    """A message tells of them by their class."""
    check = functools.partial(operator.lt, 0)
    cls = door("C", {**fields(a=int), "a": field(check=check)})
    with pytest.raises(FieldValueError, match=r"int that .*partial.* accepts, got 0"):
        cls(0)


# -- it is a dataclass --------------------------------------------------------


def test_a_validated_class_is_a_dataclass(door):
    """fields, asdict, replace, match, repr, eq and params are those of a dataclass."""
    cls = door("P", {**fields(x=int, y=list[int]), "y": [1]})
    obj = cls(1)
    assert dataclasses.is_dataclass(cls)
    assert dataclasses.asdict(obj) == {"x": 1, "y": [1]}
    assert dataclasses.replace(obj, x=2) == cls(2)
    assert repr(obj) == "P(x=1, y=[1])"
    match obj:
        case cls(a, b):
            assert (a, b) == (1, [1])
    assert cls.__dataclass_params__.init
    assert not cls.__dataclass_params__.frozen
    assert cls.__hash__ is None
    assert cls.__doc__ is None
    with pytest.raises(FieldValueError):
        dataclasses.replace(obj, x="two")


def test_signature_shows_the_real_parameters(door):
    """inspect.signature gives names, kinds, annotations and defaults; help works."""
    cls = door(
        "P",
        {**fields(x=int, y=list, z=str), "y": [], "z": field(default="", kw_only=True)},
    )
    text = "(x: int, y: list = <factory>, *, z: str = '') -> None"
    assert str(inspect.signature(cls)) == text
    assert str(inspect.signature(cls.__init__)).startswith("(self, x: int")
    cls(1)
    assert str(inspect.signature(cls)) == text
    assert cls.__init__.__qualname__ == "P.__init__"
    assert cls.__init__.__module__ == __name__
    import pydoc

    assert "class P" in pydoc.render_doc(cls)
    assert typing.get_type_hints(cls) == {"x": int, "y": list, "z": str}


def test_no_docstring_is_written(door):
    """None is made of the parameters of a base, which may be hard to print."""

    def __init__(self, x):
        pass

    __init__.__defaults__ = (Hostile(),)
    base = type("Base", (), {"__init__": __init__})
    assert door("C", fields(y=int), (base,)).__doc__ is None


def test_own_init_wins_and_is_checked_through_assignment(door):
    """A user's __init__ stays; what it assigns is checked; subclasses keep it."""

    def __init__(self, text):
        self.x = text

    cls = door("C", {**fields(x=int), "__init__": __init__})
    assert cls.__init__ is __init__
    assert cls(3).x == 3
    with pytest.raises(FieldValueError):
        cls("3")
    sub = door("Sub", {}, (cls,))
    with pytest.raises(FieldValueError):
        sub("3")


def test_plain_bases_with_an_init_are_not_silenced(door):
    """A class that declares no field keeps the __init__ it inherits."""

    class Base:
        def __init__(self, a):
            self.a = a

    assert door("C", {}, (Base,))(4).a == 4


def test_super_init_reaches_the_generated_constructor(door):
    """super().__init__ from a subclass's own constructor is the fused one."""
    base = door("Base", fields(x=int))

    class Sub(base):
        y: int

        def __init__(self, x, y):
            super().__init__(x)
            self.y = y

    assert Sub(1, 2).x == 1
    with pytest.raises(FieldValueError):
        Sub("1", 2)


def test_a_subclass_that_adds_nothing_keeps_what_its_base_has(door):
    """Methods and the constructor are inherited, not generated anew."""
    body = {"__repr__": lambda self: "mine", "__hash__": lambda self: 7}
    base = door("Base", {**fields(x=int), **body})
    sub = door("Sub", {"extra": 1}, (base,))

    assert (repr(sub(1)), hash(sub(1))) == ("mine", 7)
    assert sub.__init__.__qualname__ == "Base.__init__"
    assert (sub(1) == sub(1), sub(1) == base(1)) == (True, False)
    with pytest.raises(FieldValueError, match=r"Sub\.x: "):
        sub("x")


def test_options_of_a_subclass_that_adds_nothing(door):
    """frozen and order hold for it as for any other class."""
    frozen = door("Sub", {}, (door("F", fields(x=int), frozen=True),), frozen=True)
    ordered = door("Sub", {}, (door("O", fields(x=int)),), order=True)
    both = door("Sub", {}, (door("B", fields(x=int), order=True),), order=True)

    assert ordered(1) < ordered(2)
    assert both(1) < both(2)
    for attempt in (lambda: setattr(frozen(1), "note", 2), lambda: frozen("x")):
        with pytest.raises((dataclasses.FrozenInstanceError, FieldValueError)):
            attempt()


def test_a_class_without_fields_is_a_dataclass(door):
    """It is constructed, shown and compared as one."""
    cls = door("Empty", {})
    assert dataclasses.fields(cls) == ()
    assert repr(cls()) == "Empty()"
    assert cls() == cls()


def test_a_subclass_that_adds_nothing_to_a_plain_dataclass_is_checked(door):
    """What the base's constructor would take unchecked is refused."""
    plain = dataclasses.dataclass(type("Plain", (), fields(x=int, y=int)))
    sub = door("Sub", {}, (plain,))
    assert sub(1, 2).x == 1
    with pytest.raises(FieldValueError, match=r"Sub\.x") as caught:
        sub("x", "y")
    assert len(caught.value.failures) == 2


def test_fields_beside_an_own_new(door):
    """A class that makes its instances itself is constructed and checked as usual."""

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    cls = door("C", {**fields(x=int), "__new__": __new__})
    assert cls(x=3).x == 3
    with pytest.raises(FieldValueError):
        cls("x")


def test_a_constructor_that_is_no_function(door):
    """Any ``__init__`` in the class body is the user's."""
    init = functools.partialmethod(lambda self, a, b: setattr(self, "x", a + b), 1)
    cls = door("C", {**fields(x=int), "__init__": init})
    assert cls(2).x == 3
    with pytest.raises(FieldValueError):
        cls(0.5)


def test_post_init_and_initvars(door):
    """InitVars are checked, passed to __post_init__ and not kept."""
    seen = []

    def __post_init__(self, scale):
        seen.append((self.x, scale))
        self.x *= scale

    cls = door(
        "C",
        {
            **fields(x=int, scale=dataclasses.InitVar[dataclasses.InitVar[int]]),
            "scale": 2,
            "__post_init__": __post_init__,
        },
    )
    assert cls(3).x == 6
    assert seen == [(3, 2)]
    with pytest.raises(FieldValueError, match=r"C.scale: expected int"):
        cls(3, "x")
    assert len(seen) == 1
    assert not [f for f in dataclasses.fields(cls) if f.name == "scale"]


@pytest.mark.parametrize("first", ["init only", "converted", "property", "descriptor"])
def test_fields_behind_one_that_is_kept_in_another_way(door, first):
    """They are checked whenever they are assigned, as without it."""
    hint, value = {
        "init only": (dataclasses.InitVar[int], 1),
        "converted": (Checked[int], Checked(int, default=1)),
        "property": (int, property(lambda self: 1, lambda self, value: None)),
        "descriptor": (int, Kept()),
    }[first]
    body = {**fields(a=hint, b=int), "a": value, "b": 2}
    sub = door("Sub", {}, (door("C", body | {"__post_init__": lambda *_: None}),))
    for cls in (*sub.__bases__[:1], sub):
        obj = cls(1, 3)
        with pytest.raises(FieldValueError, match=rf"^{cls.__name__}\.b: expected int"):
            obj.b = "x"
        assert obj.b == 3


def test_fields_behind_inherited_ones(door):
    """What a subclass adds is checked whenever it is assigned."""
    base = door("Base", fields(a=int))
    obj = door("Sub", fields(b=int), (base,))(1, 2)
    with pytest.raises(FieldValueError, match=r"^Sub\.b: expected int, got 'x'"):
        obj.b = "x"
    assert obj.b == 2


def test_a_property_that_a_base_is_given_later(door):
    """Its subclasses inherit it in place of the field, as any attribute."""
    base = door("Base", fields(x=int))
    sub = door("Sub", {**fields(y=int), "y": 1}, (base,))
    obj = sub(1)
    with pytest.raises(FieldValueError, match=r"^Sub\.x: expected int"):
        obj.x = "x"
    base.x = property(lambda self: "mine")
    assert obj.x == "mine"


def test_an_accessor_elsewhere_is_no_field(door):
    """A class that borrows it, and those below, have what they declare themselves."""
    cls = door("C", fields(x=int))
    plain = type("Plain", (), {"x": vars(cls)["x"]})
    sub = door("Sub", fields(x=str), (plain,))
    obj = sub("text")
    with pytest.raises(FieldValueError, match=r"^Sub\.x: expected str, got 1"):
        obj.x = 1
    assert obj.x == "text"


def test_a_subclass_may_add_post_init(door):
    """A __post_init__ in a subclass without fields is called."""
    base = door("Base", fields(x=int))
    seen = []
    sub = door("Sub", {"__post_init__": lambda self: seen.append(self.x)}, (base,))
    sub(1)
    base(2)
    assert seen == [1]


def test_classvar_kw_only_and_init_false(door):
    """ClassVar is no field, KW_ONLY marks the rest, init=False is no parameter."""
    cls = door(
        "C",
        {
            **fields(
                count=ClassVar[int],
                a=int,
                _=dataclasses.KW_ONLY,
                b=int,
                c=int,
                d=int,
                e=list,
            ),
            "count": "anything",
            "c": field(default=3, init=False),
            "d": field(init=False),
            "e": field(default_factory=list, init=False),
        },
    )
    assert str(inspect.signature(cls)) == "(a: int, *, b: int) -> None"
    assert not hasattr(cls, "_")
    obj = cls(1, b=2)
    assert (obj.c, obj.e) == (3, [])
    assert not hasattr(obj, "d")
    obj.d = 4
    with pytest.raises(FieldValueError):
        obj.d = "4"
    assert cls.count == "anything"


def test_a_default_before_a_required_field_is_refused(door):
    """What cannot be a parameter list is an error that names both fields."""
    with pytest.raises(TypeError, match=r"^C: .* 'b' follows default argument 'a'"):
        door("C", {**fields(a=int, b=int), "a": 1})
    door("C", {**fields(a=int, b=int), "a": 1}, kw_only=True)(b=3)


@pytest.mark.parametrize(
    "name", ["self", "type", "isinstance", "_v0", "object", "value"]
)
def test_field_names_never_collide_with_generated_code(door, name):
    """Any identifier may name a field."""
    cls = door("C", fields(**{name: int}, other=list[int]))
    obj = cls(**{name: 1}, other=[2])
    assert getattr(obj, name) == 1
    with pytest.raises(FieldValueError) as caught:
        cls(**{name: "x"}, other=["y"])
    assert len(caught.value.failures) == 2
    with pytest.raises(FieldValueError):
        setattr(obj, name, "x")


def test_names_that_a_constructor_uses_for_itself_may_name_fields(door):
    """Whatever its code calls, or keeps, may be the name of a field."""
    hints = {"x": int, "many": list[int], "pair": tuple[int, str], "any": Any}
    code = door("C", fields(**hints)).__init__.__code__
    names = {*code.co_names, *code.co_varnames} - hints.keys()
    names = {name for name in names if not name.startswith("_checked_")}
    cls = door("D", fields(**dict.fromkeys(names, int), **hints))
    given = {**dict.fromkeys(names, 1), "x": 2, "many": [3], "pair": (4, "")}
    assert dataclasses.asdict(cls(**given, any=5)) == {**given, "any": 5}
    with pytest.raises(FieldValueError) as caught:
        cls(**dict.fromkeys((*names, *hints), "x"))
    assert len(caught.value.failures) == len(names) + 3


@pytest.mark.parametrize("name", ["not an identifier", "class", "x=1): import os #"])
def test_no_other_text_becomes_code(door, name):
    """A name that is no identifier is refused before code is written."""
    said = rf"^C: {re.escape(repr(name))} cannot name a field"
    with pytest.raises(ClassDefinitionError, match=said):
        door("C", {"__annotations__": {name: int}})
    silent = dataclasses.dataclass(init=False, repr=False, eq=False)
    with pytest.raises(ClassDefinitionError, match=r"D: .* cannot name a field"):
        validated(silent(type("D", (), {"__annotations__": {name: int}})))


def test_fields_whose_storage_would_collide_are_refused(door):
    """A field with the name under which another's value is kept is an error."""
    with pytest.raises(ClassDefinitionError, match=r"^C: the field '_checked_x'"):
        door("C", fields(x=int, _checked_x=int))
    obj = door("D", fields(x=int, _x=int))(1, 2)
    assert (obj.x, obj._x) == (1, 2)


# -- options ------------------------------------------------------------------


def test_frozen(door):
    """Frozen instances refuse assignment and deletion, and are hashable."""
    cls = door("C", fields(x=int), frozen=True)
    obj = cls(1)
    for attempt in (
        lambda: setattr(obj, "x", 2),
        lambda: setattr(obj, "new", 2),
        lambda: delattr(obj, "x"),
        lambda: assign(obj, x=2),
    ):
        with pytest.raises(dataclasses.FrozenInstanceError, match=r"field '(x|new)'$"):
            attempt()
    assert obj.x == 1
    assert hash(obj) == hash(cls(1))
    assert cls.__dataclass_params__.frozen
    with pytest.raises(FieldValueError):
        cls("x")
    with pytest.raises(FieldValueError):
        object.__setattr__(obj, "x", "bad")
    object.__setattr__(obj, "x", 3)
    assert obj.x == 3


def test_frozen_follows_the_rules_of_dataclasses(door):
    """frozen is inherited; frozen from thawed, and thawed from frozen, are refused."""
    frozen = door("F", fields(x=int), frozen=True)
    thawed = door("T", fields(x=int))

    @dataclasses.dataclass(frozen=True)
    class Plain(frozen):
        y: int

    assert Plain(1, 2).y == 2
    if door is not by_decorator:
        sub = door("Sub", fields(y=int), (frozen,))
        with pytest.raises(dataclasses.FrozenInstanceError):
            sub(1, 2).y = 3
    with pytest.raises(
        ClassDefinitionError, match=r"^G: frozen is False here and True in its base F; "
    ):
        door("G", fields(y=int), (frozen,), frozen=False)
    with pytest.raises(ClassDefinitionError, match=r"^G: frozen is False here"):
        door("G", {}, (frozen,), frozen=False)
    assert door("G", {}, (thawed,), frozen=False)(1).x == 1
    with pytest.raises(
        ClassDefinitionError, match=r"^H: frozen is True here and False in its base T; "
    ):
        door("H", fields(y=int), (thawed,), frozen=True)


def test_what_dataclasses_refuses_is_a_bad_definition(door):
    """The error names the class, whatever the reason is, and has it as its cause."""
    body = {**fields(x=ClassVar[list]), "x": field(default_factory=list)}
    with pytest.raises(ClassDefinitionError, match=r"^C: field x cannot") as caught:
        door("C", body)
    assert type(caught.value.__cause__) is TypeError


def test_what_lies_behind_frozen_classes_is_reached():
    """An attribute of a subclass's own is set as the bases of all of them have it."""
    seen = []

    class Base:
        def __setattr__(self, name, value):
            seen.append(name)
            super().__setattr__(name, value)

        def __delattr__(self, name):
            seen.append(f"del {name}")
            super().__delattr__(name)

    @validated(frozen=True)
    class A(Base):
        x: int = 1

    @validated(frozen=True)
    class B(Base):
        y: int = 2

    class C(A, B):
        pass

    obj = C()
    obj.note = "fine"
    assert obj.note == "fine"
    del obj.note
    assert seen == ["note", "del note"]
    for name in "xy":
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(obj, name, 3)


def test_order_and_kw_only(door):
    """order gives comparisons, kw_only keyword parameters."""
    cls = door("C", fields(x=int), order=True)
    assert cls(1) < cls(2)
    cls = door("K", fields(x=int), kw_only=True)
    assert str(inspect.signature(cls)) == "(*, x: int) -> None"
    with pytest.raises(TypeError):
        cls(1)


def test_options_come_from_the_nearest_ancestor():
    """It is the one that stands first in the MRO, also where a base comes in between."""
    Far = validated(type("Far", (), fields(a=int)))
    Near = validated(strict=True)(type("Near", (), fields(b=int)))
    Between = type("Between", (Far,), {})

    cls = validated(type("C", (Between, Near, Far), fields(c=int)))

    assert cls.__mro__[1:4] == (Between, Near, Far)
    with pytest.raises(FieldValueError):
        cls(a=1, b=1, c=True)


def test_strict(door):
    """strict wants the exact type, in the class or in one field."""

    class Int(int):
        pass

    loose = door("L", {**fields(a=int, b=float, c=int), "c": field(strict=True)})
    assert loose(True, 1, 1).b == 1
    assert type(loose(True, 1, 1).b) is int
    with pytest.raises(FieldValueError):
        loose(1, 1, True)
    strict = door(
        "S",
        {**fields(a=int, b=list[float], c=int), "c": field(strict=False)},
        strict=True,
    )
    strict(1, [1.5], True)
    for bad in ((True, [], 1), (Int(1), [], 1), (1, [1], 1)):
        with pytest.raises(FieldValueError):
            strict(*bad)


def test_validator_checker(door):
    """A checker decides for all fields, whatever the hints are."""
    seen = []

    def checker(value, hint):
        seen.append((value, hint))
        return value != "bad"

    cls = door("C", fields(a=int, b=typing.NoReturn), validator_checker=checker)
    assert cls("good", 1).a == "good"
    assert seen == [("good", int), (1, typing.NoReturn)]
    with pytest.raises(FieldValueError, match=r"C.b"):
        cls(1, "bad")


@pytest.mark.parametrize(
    "options",
    [{"frozen": 1}, {"strict": None}, {"validator_checker": 3}, {"order": "yes"}],
)
def test_bad_options_are_refused(door, options):
    """An option with an impossible value is a definition error naming it."""
    ((word, value),) = options.items()
    word = word.removeprefix("validator_")
    said = rf"^class 'C': (validator_)?{word} takes .*, not {value!r}$"
    with pytest.raises(ClassDefinitionError, match=said):
        door("C", fields(x=int), **options)


@pytest.mark.parametrize("option", ["frozen", "order", "kw_only"])
def test_options_and_a_dataclass_below(option):
    """An option that the class's ``@dataclass`` was not given comes too late."""
    plain = dataclasses.dataclass(type("D", (), fields(x=int)))
    with pytest.raises(ClassDefinitionError, match=r"D is a dataclass already"):
        validated(**{option: True})(plain)
    assert validated(plain)(1).x == 1
    if option != "kw_only":
        same = dataclasses.dataclass(**{option: True})(type("D", (), fields(x=int)))
        assert validated(**{option: True})(same)(1).x == 1


def test_options_are_inherited_and_can_be_overridden():
    """A subclass has its base's options unless it says otherwise."""

    class Base(metaclass=ValidatorMeta, strict=True, kw_only=True, order=True):
        x: int

    class Same(Base):
        y: int

    class Other(Base, strict=False, kw_only=False):
        y: int

    with pytest.raises(FieldValueError):
        Same(x=1, y=True)
    assert Other(True, x=1).y is True
    with pytest.raises(FieldValueError):
        Other(1, x=True)
    assert Same(x=1, y=1) < Same(x=1, y=2)


# -- slots --------------------------------------------------------------------


def test_slots_without_a_second_class():
    """slots=True gives slots, one class, and working super()."""
    made = []

    class Meta(ValidatorMeta):
        def __init__(cls, *args, **kwargs):
            made.append(cls)
            super().__init__(*args, **kwargs)

    class C(metaclass=Meta, slots=True):
        x: int
        y: list[int] = []
        n: ClassVar[int] = 1

        def me(self):
            return __class__

    assert made == [C]
    obj = C(1)
    assert not hasattr(obj, "__dict__")
    assert obj.me() is C
    with pytest.raises(AttributeError):
        obj.new = 1
    with pytest.raises(FieldValueError):
        obj.y = ["x"]
    with pytest.raises(TypeError):
        weakref.ref(obj)

    class D(C):
        x: int = 5
        z: int = 6

    assert not hasattr(D(), "__dict__")
    assert D.__slots__ == ("_checked_z",)
    assert D().x == 5


@pytest.mark.parametrize("door", [by_mixin, by_decorator])
def test_slots_true_needs_the_metaclass(door):
    """The hook doors meet a class that exists already."""
    with pytest.raises(ClassDefinitionError, match="metaclass=ValidatorMeta"):
        door("C", fields(x=int), slots=True)


@pytest.mark.parametrize(
    "slots", [("x", "extra"), ["x", "extra"], {"x": "doc", "extra": ""}]
)
def test_users_slots_keep_working(door, slots):
    """__slots__ in the body, in any form, hold the checked values."""
    cls = door("C", {**fields(x=int), "__slots__": slots})
    obj = cls(1)
    obj.extra = 2
    assert (obj.x, obj.extra) == (1, 2)
    assert not hasattr(obj, "__dict__")
    with pytest.raises(FieldValueError):
        obj.x = "x"
    assert obj.x == 1
    assert door("D", {**fields(name=int), "__slots__": "name"})(3).name == 3


def test_slots_of_fields_with_defaults():
    """The metaclass takes them by the fields' names, inherited fields included."""

    class C(metaclass=ValidatorMeta):
        __slots__ = {"extra": "More.", "x": "Where it is."}
        x: int = 1

    class Sub(C):
        __slots__ = ("extra", "x", "y")
        x = 5
        y: int = 2

    class Open(metaclass=ValidatorMeta):
        x: int

    class Slotted(Open):
        __slots__ = "x"  # noqa: PLC0205 - what Python allows
        x = 5

    assert C.__slots__ == {"_checked_x": "Where it is.", "extra": "More."}
    assert Sub.__slots__ == ("extra", "_checked_y")
    assert (C().x, Sub().x, Sub().y, Slotted().x) == (1, 5, 2, 5)
    assert Slotted.__slots__ == ("_checked_x",)
    assert not hasattr(Sub(), "__dict__")
    assert vars(Slotted(3)) == {}


@pytest.mark.parametrize("given", [("extra",), {"extra": "More."}])
def test_slots_beside_slots_true(given):
    """The fields' slots come on top of those in the body."""

    class C(metaclass=ValidatorMeta, slots=True):
        __slots__ = given
        x: int

    obj = C(1)
    obj.extra = 2
    assert (obj.x, obj.extra) == (1, 2)
    assert not hasattr(obj, "__dict__")
    assert list(C.__slots__) == ["extra", "_checked_x"]
    assert not isinstance(given, dict) or C.__slots__["extra"] == "More."


@pytest.mark.parametrize(
    "hint",
    [
        ClassVar,
        ClassVar[int],
        dataclasses.InitVar,
        dataclasses.InitVar[int],
        pytest.param(dataclasses.KW_ONLY, id="KW_ONLY"),
        "ClassVar",
        "ClassVar[dict[str, int]]",
        "typing.ClassVar[typing.Any]",
        " ClassVar [int]",
        "dataclasses.KW_ONLY",
    ],
    ids=str,
)
def test_slots_true_is_for_fields(hint):
    """What ``dataclasses`` makes no field of gets no slot."""
    body = {**fields(x=int, other=hint), "__post_init__": lambda self, *_: None}
    cls = by_metaclass("C", body, slots=True)
    assert cls.__slots__ == ("_checked_x",)


HOOKS = ["__getstate__", "__setstate__", "__reduce__", "__reduce_ex__"]


@pytest.mark.parametrize("slots", [(), ("x",)], ids=["open", "slots"])
@pytest.mark.parametrize("place", ["class", "base", "sibling"])
@pytest.mark.parametrize("hook", HOOKS)
def test_users_pickling_hooks(door, hook, place, slots):
    """What a class or any of its bases says of pickles is not replaced."""
    called = []
    own = {hook: lambda self, *_: called.append(hook)}
    base = type("Base", (), {"__slots__": (), **own})
    body = {**fields(x=int), **({"__slots__": slots} if slots else {})}
    if place == "class":
        cls = door("C", {**body, **own})
    elif place == "base":
        cls = door("C", body, (base,))
    else:
        parent = door("C", body)
        cls = type(parent)("Sub", (parent, base), {})
    getattr(cls(1), hook)(*[0] * (hook != "__getstate__"))
    assert called == [hook]


# -- users' own members -------------------------------------------------------


def test_users_setattr_sees_public_names_only(door):
    """A user's __setattr__ is called with the fields' names, once each."""
    seen = []

    def __setattr__(self, name, value):
        seen.append(name)
        object.__setattr__(self, name, value.strip() if name == "a" else value)

    cls = door("C", {**fields(a=str, b=int), "__setattr__": __setattr__})
    obj = cls(" a ", 1)
    obj.b = 2
    assert seen == ["a", "b", "b"]
    assert obj.a == "a"
    with pytest.raises(FieldValueError) as caught:
        cls(a="x", b="x")
    assert caught.value.failures[0].field == "b"
    with pytest.raises(FieldValueError):
        assign(obj, a=" z ", b="x")
    assert (obj.a, obj.b) == ("a", 2)
    assign(obj, a=" z ")
    assert obj.a == "z"


def test_what_a_users_setattr_raises_is_reported_with_the_rest(door):
    """A constructor lists the field beside those that have a bad value."""

    def __setattr__(self, name, value):
        if name == "b":
            raise LookupError("no such day")
        object.__setattr__(self, name, value)

    cls = door("C", {**fields(a=str, b=int), "__setattr__": __setattr__})
    with pytest.raises(FieldValueError) as caught:
        cls(1, 32)
    assert [(failure.field, failure.got) for failure in caught.value.failures] == [
        ("a", "1 (int)"),
        ("b", "32 (int), which raised LookupError: no such day"),
    ]


def test_a_subclass_with_setattr_also_sees_public_names_only(door):
    """It does so even through super().__init__ of a class made before."""
    base = door("Base", fields(x=int))
    assert base(1).x == 1
    seen = []

    def __setattr__(self, name, value):
        seen.append(name)
        object.__setattr__(self, name, value)

    def __init__(self, x):
        base.__init__(self, x)

    sub = door("Sub", {"__setattr__": __setattr__, "__init__": __init__}, (base,))
    obj = sub(2)
    obj.x = 3
    assert seen == ["x", "x"]
    assert obj.x == 3
    assert base(5).x == 5
    with pytest.raises(FieldValueError):
        sub("x")


def test_users_getattr_does_not_see_the_storage(door):
    """__getattr__ is asked for the field, not for where it is kept."""
    seen = []

    def __getattr__(self, name):
        seen.append(name)
        raise AttributeError(name)

    cls = door("C", {**fields(x=int), "__getattr__": __getattr__})
    obj = cls(1)
    assert obj.x == 1
    assert seen == []
    del obj.x
    assert not hasattr(obj, "x")
    assert seen == ["x"]


def test_users_getattribute_does_not_see_the_storage(door):
    """It is asked for the field, not for where it is kept."""
    seen = []

    def __getattribute__(self, name):
        seen.append(name)
        return object.__getattribute__(self, name)

    cls = door("C", {**fields(x=int), "__getattribute__": __getattribute__})
    obj = cls(1)
    obj.x = 2
    assign(obj, x=3)
    assert obj.x == 3
    del obj.x
    assert not hasattr(obj, "x")
    assert seen == ["x", "x"]


def test_users_property_under_an_annotation(door):
    """A property keeps the values; its setter sees no refused one."""
    seen = []

    def fset(self, value):
        seen.append(value)
        self._x = value

    own = property(lambda self: self._x, fset, doc="Mine.")
    cls = door("C", {**fields(x=int), "x": own})
    with pytest.raises(FieldValueError, match=r"^C\.x: expected int"):
        cls.__new__(cls).x = "x"
    obj = cls(1)
    with pytest.raises(FieldValueError, match=r"^C\.x: expected int"):
        obj.x = "x"
    assert obj.x == 1
    assert seen == [1]
    assert cls.x.__doc__ == "Mine."
    assign(obj, x=4)
    assert obj.x == 4
    with pytest.raises(ClassDefinitionError, match=r"^D\.x: .* give it a setter"):
        door("D", {**fields(x=int), "x": property(lambda self: 1)})


def test_a_property_in_a_subclass_overrides_the_field(door):
    """It stays the user's, and the constructor goes through it."""
    base = door("Base", fields(x=int))

    def fset(self, value):
        self.__dict__["kept"] = value * 2

    sub = door(
        "Sub", {"x": property(lambda self: self.__dict__["kept"], fset)}, (base,)
    )
    assert sub(2).x == 4
    assert base(2).x == 2


@pytest.mark.parametrize("own", [False, True])
def test_a_property_in_a_subclass_is_checked_from_the_start(door, own):
    """Its setter sees no refused value, before the first instance and without one."""
    base = door("Base", fields(x=int))

    def fget(self):
        return self.__dict__["kept"]

    def fset(self, value):
        self.__dict__["kept"] = value

    def __init__(self, x):
        self.x = x

    body = {"x": property(fget, fset), **({"__init__": __init__} if own else {})}
    sub = door("Sub", body, (base,))
    bare = sub.__new__(sub)

    for act in (
        lambda: setattr(bare, "x", "2"),
        lambda: sub("2"),
        lambda: setattr(sub(2), "x", "2"),
        lambda: setattr(bare, "x", "2"),
    ):
        with pytest.raises(FieldValueError, match=r"^Sub\.x: expected int, got '2'"):
            act()
    bare.x = 3
    assert (bare.x, sub(2).x, vars(bare)) == (3, 2, {"kept": 3})


def test_a_field_implements_an_abstract_property(door):
    """It does so in the class that declares it."""

    class Base(abc.ABC):
        @property
        @abc.abstractmethod
        def x(self): ...

    if door is by_metaclass:
        cls = combine_metaclasses(ValidatorMeta, abc.ABCMeta)(
            "C", (Base,), fields(x=int)
        )
    elif door is by_mixin:
        cls = abc.ABCMeta("C", (Base, ValidatorMixin), fields(x=int))
    else:
        cls = validated(abc.ABCMeta("C", (Base,), fields(x=int)))
    assert cls(1).x == 1


def test_abstract_methods_are_enforced(door):
    """ABCs work through every door; a field implements an abstract property."""

    class Base(abc.ABC):
        @property
        @abc.abstractmethod
        def x(self): ...

        @abc.abstractmethod
        def f(self): ...

    if door is by_metaclass:
        meta = combine_metaclasses(ValidatorMeta, abc.ABCMeta)
        cls = meta("C", (Base,), fields(x=int))
        done = meta("D", (cls,), {"f": lambda self: 1})
    elif door is by_mixin:
        cls = abc.ABCMeta("C", (Base, ValidatorMixin), fields(x=int))
        done = abc.ABCMeta("D", (cls,), {"f": lambda self: 1})
    else:
        cls = validated(abc.ABCMeta("C", (Base,), fields(x=int)))
        done = abc.ABCMeta("D", (cls,), {"f": lambda self: 1})
    with pytest.raises(TypeError, match="abstract"):
        cls(1)
    assert done(3).x == 3
    with pytest.raises(FieldValueError):
        done("x")


class Named(Protocol):
    name: str


@pytest.mark.parametrize("kind", ["meta", "mixin", "decorator"])
def test_protocols_are_implemented_and_left_alone(kind):
    """A class that implements a protocol is checked; the protocol is none of ours."""
    if kind == "meta":

        class Impl(Named, metaclass=combine_metaclasses(ValidatorMeta, type(Named))):
            name: str
    elif kind == "mixin":

        class Impl(Named, ValidatorMixin):
            name: str
    else:

        @validated
        class Impl(Named):
            name: str

    assert Impl("a").name == "a"
    with pytest.raises(FieldValueError):
        Impl(1)
    assert not dataclasses.is_dataclass(Named)


def test_a_protocol_made_by_the_metaclass_stays_one():
    """Its annotations are members to implement, not fields."""
    both = combine_metaclasses(ValidatorMeta, type(Protocol))

    @typing.runtime_checkable
    class Sized(Protocol, metaclass=both):
        size: int

    assert not dataclasses.is_dataclass(Sized)

    class Box(Sized):
        size: int

    assert isinstance(Box(3), Sized)
    with pytest.raises(FieldValueError):
        Box("3")


@pytest.mark.parametrize("copied", [False, True])
def test_a_protocol_that_is_a_dataclass_is_left_alone(copied):
    """Classes that implement it are checked, if they are validated themselves."""

    @dataclasses.dataclass
    @validated
    class Sized(Protocol):
        size: int

    if copied:
        Sized = type(Sized)("Sized", Sized.__bases__, body_of(Sized))

    class Box(Sized, ValidatorMixin):
        size: int

    class Plain(Sized):
        pass

    with pytest.raises(FieldValueError):
        Box("3")
    plain = Plain.__new__(Plain)
    plain.size = "3"
    assert vars(plain) == {"size": "3"}


def test_unknown_options_of_the_decorator():
    """A misspelt option is a TypeError that names it."""
    with pytest.raises(TypeError, match="no option frozn"):
        validated(frozn=True)


def test_generic_classes(door):
    """A type variable accepts what its bound accepts."""
    N = TypeVar("N", bound=int)
    cls = door("Box", {**fields(item=N, items=list[T])})
    assert cls(1, ["x"]).item == 1
    with pytest.raises(FieldValueError):
        cls("x", [])

    class G(Generic[T], metaclass=ValidatorMeta, slots=True):
        item: T

    assert G[int](3).item == 3


# -- inheritance --------------------------------------------------------------


def test_fields_of_a_plain_dataclass_parent_are_checked(door):
    """A validated subclass checks what it inherits, the parent does not."""

    @dataclasses.dataclass
    class Plain:
        x: int
        y: list = dataclasses.field(default_factory=list)

    sub = door("Sub", {**fields(z=int), "z": 0}, (Plain,))
    assert sub(1, z=3) == sub(1, [], 3)
    with pytest.raises(FieldValueError) as caught:
        sub("1", {}, "3")
    assert len(caught.value.failures) == 3
    obj = sub(1)
    with pytest.raises(FieldValueError):
        obj.x = "x"
    assert Plain("unchecked").x == "unchecked"


def test_names_that_a_plain_dataclass_parent_uses(door):
    """An inherited annotation means what it does where it was written."""
    plain = type("Plain", (), {"__module__": "elsewhere", **fields(x="Here")})
    module = types.ModuleType("elsewhere")
    module.Here = str
    sys.modules["elsewhere"] = module
    try:
        for body in ({}, fields(y=int)):
            sub = door("Sub", body, (dataclasses.dataclass(plain),))
            given = [1] * len(dataclasses.fields(sub))
            with pytest.raises(FieldValueError, match=r"^Sub\.x: expected Here, got 1"):
                sub(*given)
            assert sub("text", *given[1:]).x == "text"
    finally:
        del sys.modules["elsewhere"]


def test_a_dataclass_whose_annotations_are_gone(door):
    """Its fields say what they hold, also where a library has put them aside."""
    plain = dataclasses.dataclass(type("Plain", (), fields(x="int")))
    del plain.__annotations__
    sub = door("Sub", {}, (plain,))
    assert sub(1).x == 1
    with pytest.raises(FieldValueError, match=r"^Sub\.x: expected int, got 'x'"):
        sub("x")


def test_slotted_plain_dataclass_parents(door):
    """A parent's slots hold the checked values."""

    @dataclasses.dataclass(slots=True)
    class Plain:
        x: int

    sub = door("Sub", {**fields(y=int), "__slots__": ("y",)}, (Plain,))
    obj = sub(1, 2)
    assert not hasattr(obj, "__dict__")
    with pytest.raises(FieldValueError):
        obj.x = "x"
    assert obj == sub(1, 2)


def test_redeclared_field_without_default_takes_the_bases(door):
    """As in a dataclass, an annotation alone keeps the inherited default."""
    base = door("Base", {**fields(x=int, y=list), "x": 1, "y": [1]})
    sub = door("Sub", fields(x=bool | int, y=list[int]), (base,))
    assert (sub().x, sub().y) == (1, [1])
    obj = sub()
    for attempt in (lambda: sub(y=["a"]), lambda: setattr(obj, "y", ["a"])):
        with pytest.raises(FieldValueError, match=r"^Sub\.y: expected list\[int\]"):
            attempt()


def test_multiple_inheritance_follows_the_table():
    """Where the MRO and the order of fields disagree, the field's hint counts."""

    class Base(metaclass=ValidatorMeta):
        x: int

    class A(Base):
        a: int = 0

    class B(Base):
        x: str

    class C(A, B):
        pass

    hint = next(f.type for f in dataclasses.fields(C) if f.name == "x")
    good, bad = (1, "x") if hint in (int, "int") else ("x", 1)
    assert C(good).x == good
    with pytest.raises(FieldValueError):
        C(bad)
    with pytest.raises(FieldValueError):
        C(good).x = bad


def test_doors_mix_in_one_hierarchy():
    """Each class of a hierarchy may use another door."""

    @validated
    class A:
        a: int = 1

    class B(A, ValidatorMixin):
        b: int = 2

    class C(B, metaclass=ValidatorMeta):
        c: int = 3

    assert repr(C()).endswith("C(a=1, b=2, c=3)")
    with pytest.raises(FieldValueError) as caught:
        C("1", "2", "3")
    assert len(caught.value.failures) == 3
    assert validated(C) is C
    with pytest.raises(ClassDefinitionError):
        validated(frozen=True)(C)


@pytest.mark.parametrize("door", DOORS)
def test_a_default_behind_a_field_without_one(door):
    """A field takes the attribute that the next base has, as in a plain dataclass."""

    class Plain:
        x = 5

    Base = door("Base", {"__annotations__": {"x": int}})
    C = door("C", {"__annotations__": {"x": int}}, (Base, Plain))

    assert C().x == 5
    assert C(3).x == 3


class Seen:
    """Shows one value on the class and another on instances."""

    def __get__(self, obj, owner):
        return 7 if obj is None else "other"


class Unseen:
    """Is no attribute of the class."""

    def __get__(self, obj, owner):
        if obj is None:
            raise AttributeError
        return "other"


@pytest.mark.parametrize("behind", [False, True])
def test_defaults_of_plain_bases(door, behind):
    """A field starts from what the base shows, as in a dataclass; it is copied."""
    declared = field(default_factory=list, check=lambda v: v != [0])
    body = {"many": [1], "seen": Seen(), "unseen": Unseen(), "declared": declared}
    bases = (type("Plain", (), body),)
    hints = fields(many=list[int], declared=list[int], seen=int)
    if behind:
        bases = (door("Base", fields(many=list, declared=list, seen=int)), *bases)
    first = door("First", hints, bases)
    second = door("Second", fields(many=list, declared=list[str], seen=int), bases)

    assert (first().many, first().declared, first().seen) == ([1], [], 7)
    assert first().many is not first().many
    assert first().declared is not first().declared
    assert first(declared=[1]).declared == [1]
    with pytest.raises(FieldValueError, match=r"First\.declared: expected list\[int\]"):
        first(declared=["x"])
    with pytest.raises(FieldValueError, match=r"First\.declared"):
        first(declared=[0])
    with pytest.raises(
        FieldValueError, match=r"Second\.declared: expected list\[str\]"
    ):
        second(declared=[1])
    with pytest.raises(TypeError, match=r"missing 1 required .* 'unseen'"):
        door("Third", fields(unseen=int), bases[-1:])()


def test_a_class_with_slots_is_copied():
    """Who builds a class again from what it holds gets one that works, slots and all."""

    class C(metaclass=ValidatorMeta, slots=True):
        x: int = 1

    Copy = type(C)("C", C.__bases__, dict(vars(C)))

    assert Copy(3).x == 3
    assert not hasattr(Copy(), "__dict__")
    with pytest.raises(FieldValueError):
        Copy().x = "x"


@pytest.mark.parametrize("door", DOORS)
def test_a_constructor_elsewhere_is_none(door):
    """``__init__``, put into a class that it was not made for, is no attribute there."""
    C = door("C", {"__annotations__": {"x": int}})

    class Other:
        build = vars(C)["__init__"]

    with pytest.raises(AttributeError, match="__init__"):
        _ = Other().build
    assert C(3).x == 3


@pytest.mark.parametrize("late", [False, True])
def test_a_constructor_that_was_looked_up_before(door, late):
    """What stood there before the first instance works afterwards, however bound."""
    C = door("C", fields(x=int))
    looked_up = vars(C)["__init__"]
    blank = C.__new__(C)
    if late:
        C(1)
    for bind in (
        lambda: looked_up.__get__(blank),
        lambda: looked_up.__get__(blank, C),
        lambda: functools.partial(looked_up.__get__(None, C), blank),
    ):
        bind()(3)
        assert blank.x == 3
        with pytest.raises(FieldValueError):
            bind()("x")
        del blank.x
    assert vars(C)["__init__"] is not looked_up


def test_a_constructor_is_one_function(door):
    """Who looks twice sees the same; with the first instance the class has it."""
    C = door("C", fields(x=int))
    looked_up = C.__init__
    assert C.__init__ is looked_up
    C(1)
    assert C.__init__ is vars(C)["__init__"]


@pytest.mark.parametrize("late", [False, True])
def test_the_parameters_of_a_constructor_bound_to_its_class(door, late):
    """They are the constructor's own, since ``inspect`` on 3.13 binds so."""
    C = door("C", fields(x=int))
    looked_up = vars(C)["__init__"]
    if late:
        C(1)
    bound = looked_up.__get__(C, type(C))
    assert str(inspect.signature(bound)) == "(x: int) -> None"


# -- @dataclass and attrs on top and below ------------------------------------


@pytest.mark.parametrize("door", [ValidatorMeta, ValidatorMixin, validated])
def test_type_checkers_are_told_what_declares_a_field(door):
    """PEP 681 has the doors say it at run time, too."""
    told = door.__dataclass_transform__
    assert told["field_specifiers"] == (field, Checked, Converted)


def test_dataclass_on_top(door):
    """@dataclass on top keeps checks, fields' defaults and the constructor."""
    plain = door(
        "C",
        {
            **fields(x=int, y=list[int], z=str),
            "y": [1],
            "z": field(default="s", secret=True),
        },
    )
    cls = dataclasses.dataclass(plain)
    assert cls is plain
    obj = cls(1)
    assert (obj.x, obj.y, obj.z) == (1, [1], "s")
    with pytest.raises(FieldValueError):
        obj.y = ["x"]
    with pytest.raises(FieldValueError):
        cls("x")
    defaults = {f.name: f.default for f in dataclasses.fields(cls)}
    assert defaults == {"x": dataclasses.MISSING, "y": dataclasses.MISSING, "z": "s"}


def test_fields_with_dataclass_on_top(door, request):
    """They are as declared from the start; @dataclass reads accessors for defaults."""
    if door is not by_metaclass:
        mark_xfail(request, "only a metaclass sees assignments on a class")
    # Before 3.15, a docstring is written from the signature, and that uses the class.
    body = {**fields(x=int, y=int), "y": 2, "__doc__": "Mine."}
    cls = dataclasses.dataclass(door("C", body))
    defaults = [each.default for each in dataclasses.fields(cls)]
    assert defaults == [dataclasses.MISSING, 2]


@pytest.mark.parametrize("option", ["strict", "frozen", "order"])
def test_the_decorator_takes_options_beside_the_class(option):
    """``validated(cls, frozen=True)`` is ``validated(frozen=True)(cls)``."""
    cls = validated(type("C", (), fields(x=float)), **{option: True})
    assert (option == "order") is ("__lt__" in vars(cls))
    if option == "strict":
        with pytest.raises(FieldValueError):
            cls(1)
    if option == "frozen":
        with pytest.raises(dataclasses.FrozenInstanceError):
            cls(1.0).x = 2.0


@pytest.mark.parametrize("body", [{}, {**fields(y=int), "y": 2}], ids=["", "y"])
@pytest.mark.parametrize("doc", [None, "Mine."])
def test_subclass_of_a_class_with_dataclass_on_top(door, doc, body):
    """The wrong defaults that @dataclass read do not reach subclasses."""
    base = dataclasses.dataclass(door("C", {**fields(x=int), "x": 1, "__doc__": doc}))
    sub = door("Sub", body, (base,))
    assert sub() == sub(*[1, 2][: len(dataclasses.fields(sub))])


@pytest.mark.parametrize("above", [False, True])
@pytest.mark.parametrize("below", [False, True])
def test_keyword_only_fields_with_dataclass_on_top(door, below, above):
    """A field is one where either declaration says so, init-only ones included."""
    body = {
        **fields(x=int, k=dataclasses.InitVar[int], z=str),
        "k": 0,
        "z": field(default="", kw_only=True),
        "__post_init__": lambda self, k: None,
    }
    first = door("C", body, kw_only=below)
    cls = dataclasses.dataclass(kw_only=above)(first)
    sub = door("Sub", {**fields(n=int), "n": 1}, (cls,), kw_only=False)
    text = "x: int, k: dataclasses.InitVar[int] = 0"
    text = f"(*, {text}" if below or above else f"({text}, *"
    assert str(inspect.signature(cls)) == f"{text}, z: str = '') -> None"
    assert inspect.signature(sub).parameters["z"].kind is inspect.Parameter.KEYWORD_ONLY


def test_dataclass_on_top_of_a_class_whose_annotations_are_gone(door):
    """A field that it finds no more is checked as before."""
    cls = door("C", {**fields(x=int, y=int), "y": 2})
    del cls.__annotations__["x"]
    cls = dataclasses.dataclass(cls)
    assert (cls(1).x, cls(1).y) == (1, 2)
    with pytest.raises(FieldValueError, match=r"^C\.x: expected int, got 'x'"):
        cls("x")


def test_frozen_dataclass_on_top(door):
    """@dataclass(frozen=True) on top is honoured."""
    cls = dataclasses.dataclass(frozen=True)(
        door("C", {**fields(x=int, y=int), "y": 3})
    )
    obj = cls(1)
    assert (obj.x, obj.y) == (1, 3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        obj.x = 2
    with pytest.raises(FieldValueError):
        cls("x")


def test_frozen_dataclass_on_top_of_a_class_that_was_looked_at(door):
    """The constructor that was seen is not the one that fits now."""
    first = door("C", {**fields(x=int), "__doc__": "Mine."})
    assert str(inspect.signature(first)) == "(x: int) -> None"
    cls = dataclasses.dataclass(frozen=True)(first)
    blank = cls.__new__(cls)
    cls.__init__(blank, 1)
    assert (blank.x, cls(2).x) == (1, 2)


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("used", [False, True])
def test_slots_dataclass_on_top(door, frozen, used, request):
    """@dataclass(slots=True) builds a second class that checks as well."""
    first = door(
        "C",
        {
            **fields(x=int, y=list[int], z=int),
            "x": 5,
            "y": [1],
            "z": Checked(int, default=4),
        },
    )
    if used:
        if door is by_decorator:
            mark_xfail(request, "the copy of a class that was used is a plain copy")
        first()
    cls = dataclasses.dataclass(slots=True, frozen=frozen)(first)
    assert cls is not first
    obj = cls()
    assert (obj.x, obj.y, obj.z) == (5, [1], 4)
    assert not hasattr(obj, "__dict__")
    with pytest.raises(FieldValueError):
        cls("x")
    with pytest.raises(FieldValueError):
        cls(1, [], "z")
    if not frozen:
        for name in "xz":
            with pytest.raises(FieldValueError, match=rf"^C\.{name}: expected int"):
                setattr(obj, name, "x")
    assert str(inspect.signature(cls)).startswith("(x: int = 5")


def test_a_users_constructor_in_a_copy(door):
    """It stays the user's, also once the copy's fields were assigned to."""

    def __init__(self, x):
        self.x = x + 1

    first = door("C", {**fields(x=int), "__init__": __init__})
    cls = dataclasses.dataclass(slots=True)(first)
    obj = cls(1)
    with pytest.raises(FieldValueError, match=r"^C\.x: expected int, got 'x'"):
        assign(obj, x="x")
    assert (obj.x, cls(2).x) == (2, 3)
    assert vars(cls)["__init__"] is __init__


def test_the_constructor_of_a_copy_is_looked_at(door):
    """Who asks the class that ``slots=True`` builds for its signature changes nothing."""
    cls = dataclasses.dataclass(slots=True)(door("C", fields(x=int)))
    assert str(inspect.signature(cls)) == "(x: int) -> None"
    assert cls(1).x == 1
    with pytest.raises(FieldValueError):
        cls("x")


def test_validated_above_dataclass():
    """The decorator checks the fields of a class that is a dataclass already."""

    @validated
    @dataclasses.dataclass(frozen=True, slots=True)
    class C:
        x: int
        y: list[int] = dataclasses.field(default_factory=list)

    assert C(1).y == []
    with pytest.raises(FieldValueError) as caught:
        C("x", "y")
    assert len(caught.value.failures) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        C(1).x = 2
    with pytest.raises(ClassDefinitionError, match="already"):
        validated(frozen=True)(dataclasses.dataclass(type("D", (), fields(x=int))))


@pytest.mark.parametrize("slots", [True, False])
def test_attrs_on_top_is_not_silent(door, slots):
    """attrs on top checks through the accessors, or fails loudly."""
    attrs = pytest.importorskip("attrs")
    cls = attrs.define(slots=slots)(door("C", fields(x=int)))
    assert cls(1).x == 1
    if not (slots and door is by_decorator):
        with pytest.raises(FieldValueError):
            cls("x")


@pytest.mark.parametrize("slots", [True, False])
def test_attrs_frozen_on_top(door, slots):
    """A ``__setattr__`` put on top is for others than the constructor."""
    attrs = pytest.importorskip("attrs")
    cls = attrs.frozen(slots=slots)(door("C", {**fields(x=int), "x": 1}))
    assert cls(2).x == 2
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        cls(2).x = 3
    with pytest.raises(FieldValueError):
        cls("x")


@pytest.mark.parametrize("slots", [True, False])
def test_fields_of_another_library(door, slots):
    """They are refused with the way out, and the way out works."""
    attrs = pytest.importorskip("attrs")
    body = {**fields(x=int), "x": attrs.field(default=3)}
    with pytest.raises(
        FieldValueError, match=r"C\.x: .* got .*\) as the default; .*put @validated"
    ):
        door("C", body)

    cls = validated(attrs.define(slots=slots)(type("C", (), body)))
    assert cls().x == 3
    obj = cls(x=4)
    for attempt in (lambda: cls(x="bad"), lambda: setattr(obj, "x", "bad")):
        with pytest.raises(FieldValueError):
            attempt()
    assert obj.x == 4


def elsewhere(**namespace):
    """A value of a class that another library defines."""
    return type("Value", (), {"__module__": "another.library", **namespace})()


@pytest.mark.parametrize(
    ("default", "advised"),
    [
        (elsewhere(), True),
        (elsewhere(__module__=3), True),
        (elsewhere(__module__=__name__), False),
        (Path(), False),
        (Decimal(1), False),
        (io.StringIO(), False),
        (json.JSONDecoder(), False),
        ("x", False),
    ],
    ids=readable,
)
def test_only_what_may_be_another_library_s_field_is_taken_for_one(
    door, default, advised
):
    """No value of the standard library's or of the same module declares a field."""
    with pytest.raises(FieldValueError, match=r"^C\.x: expected int, got ") as caught:
        door("C", {**fields(x=int), "x": default})
    assert ("if this declares a field" in str(caught.value)) is advised


@pytest.mark.parametrize(
    "declare", [field, dataclasses.field], ids=["metapatterns", "dataclasses"]
)
def test_what_is_declared_by_field_is_no_field_of_another_library(door, declare):
    """The advice that was followed is not given again."""
    with pytest.raises(FieldValueError, match=r"got .*\)$"):
        door("C", {**fields(x=int), "x": declare(default=elsewhere())})


def test_a_bad_default_of_a_dataclass_is_no_field_of_another_library():
    """What another library declared is above @validated already."""
    plain = dataclasses.dataclass(type("C", (), {**fields(x=int), "x": elsewhere()}))
    with pytest.raises(FieldValueError, match=r"got .*\)$"):
        validated(plain)


def test_plain_dataclass_declares_a_field_again(door):
    """A field keeps its rule and its default in a plain dataclass below."""
    base = door(
        "Base",
        {
            **fields(a=int, b=Any, c=int, d=list[int], e=Any),
            "c": 3,
            "d": [4],
            "e": 5,
        },
    )
    names = {"__annotations__": dict(base.__annotations__), "__module__": __name__}
    cls = dataclasses.dataclass(type(base)("Sub", (base,), names))

    assert dataclasses.astuple(cls(1, 2)) == (1, 2, 3, [4], 5)
    assert cls(1, 2).d is not cls(1, 2).d
    for missing, name in (((), "a"), ((1,), "b")):
        said = rf"^Sub(\.__init__\(\)|:) missing .*argument.* '{name}'"
        with pytest.raises(TypeError, match=said):
            cls(*missing)
    with pytest.raises(FieldValueError, match=r"Sub\.a: expected int, got 'x'"):
        cls("x", 2)


def test_a_late_default_in_a_plain_dataclass_below(door):
    """A default that could not be checked before is refused when it is used."""
    base = door("Base", {**fields(x="DefinedLate"), "x": 3})
    names = {"__annotations__": {"x": "DefinedLate"}, "__module__": __name__}
    cls = dataclasses.dataclass(type(base)("Sub", (base,), names))
    globals()["DefinedLate"] = str
    try:
        with pytest.raises(FieldValueError, match=r"Sub\.x: .*got 3"):
            cls()
        assert cls("text").x == "text"
    finally:
        del globals()["DefinedLate"]


# -- Checked and Converted ----------------------------------------------------


class Plain:
    age = Checked(int, check=lambda v: v >= 0)
    size: Any = Converted(int, default="5")
    tags = Checked(list[str], default=[])


def test_descriptors_work_in_plain_classes():
    """No pattern is needed; each instance has its own values."""
    obj = Plain()
    assert isinstance(Plain.age, Checked)
    with pytest.raises(AttributeError, match="'Plain' object has no attribute 'age'"):
        _ = obj.age
    obj.age = 3
    obj.tags.append("x")
    assert (obj.age, obj.size, obj.tags, Plain().tags) == (3, 5, ["x"], [])
    with pytest.raises(FieldValueError, match=r"Plain\.age: expected int .* got 'x'"):
        obj.age = "x"
    with pytest.raises(FieldValueError, match="ValueError: invalid literal"):
        obj.size = "x"
    obj.size = "7"
    assert (obj.age, obj.size) == (3, 7)
    del obj.age
    with pytest.raises(AttributeError, match="'Plain' object has no attribute 'age'"):
        del obj.age
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(obj, protocol)).size == 7


def test_bad_values_that_a_factory_of_a_descriptor_makes():
    """They are refused where they are wanted, and the message names the class."""

    class C:
        x = Checked(int, default_factory=str)

    with pytest.raises(FieldValueError, match=r"^C\.x: expected int, got '' \(str\)"):
        _ = C().x


def test_what_a_descriptor_says_of_its_functions():
    """A message names what converts and what looks at the result."""

    def positive(value):
        return value > 0

    class C:
        x = Converted(int, check=positive)

    said = r"^C\.x: expected what int converts and positive accepts, got '-1' \(str\)$"
    with pytest.raises(FieldValueError, match=said):
        C().x = "-1"
    assert str(Converted.__parameters__) == "(~S, ~T)"


def test_descriptors_in_slotted_classes():
    """A slot of the storage's name is used; without one the error says so."""

    class Slotted:
        __slots__ = ("_checked_a",)
        a = Checked(int)
        b = Checked(int)

    obj = Slotted()
    obj.a = 1
    assert obj.a == 1
    with pytest.raises(
        AttributeError, match=r"Slotted' has no room for 'b': add '_checked_b'"
    ):
        obj.b = 1
    del obj.a
    assert not hasattr(obj, "a")


def test_bad_declarations_of_descriptors():
    """Bad defaults, hints and converters are refused where they are written."""
    with pytest.raises(FieldValueError, match=r"^Checked\.\?: expected int, got 'x'"):
        Checked(int, default="x")
    with pytest.raises(FieldValueError):
        Checked(list[int], default=["x"])
    with pytest.raises(ClassDefinitionError, match="no test is known"):
        Checked(typing.NoReturn)
    with pytest.raises(TypeError, match=r"takes a function, not 3 \(int\)"):
        Converted(3)
    with pytest.raises(TypeError, match="Converted takes no option strict"):
        Converted(int, strict=True)
    with pytest.raises(TypeError):
        Checked(int, nonsense=1)


def test_descriptors_resolve_names_late():
    """A name in Checked may be defined after the class."""

    class Node:
        next = Checked("Node | None", default=None)
        other = Checked("list[Late]")

    node = Node()
    node.next = Node()
    with pytest.raises(FieldValueError):
        node.next = 3
    with pytest.raises(ClassDefinitionError, match="not defined by now"):
        node.other = []

    class Late:
        pass

    node.other = [Late()]
    with pytest.raises(FieldValueError):
        node.other = [1]


def test_descriptors_as_fields(door):
    """Annotated descriptors are fields, and stay descriptors."""
    cls = door(
        "C",
        {
            **fields(a=Checked[int], b=Converted[str, int], c=Checked[str]),
            "a": Checked(int),
            "b": Converted(int, default="5"),
        },
        kw_only=True,
    )
    obj = cls(a=1, c="c")
    assert (obj.a, obj.b, obj.c) == (1, 5, "c")
    assert isinstance(cls.a, Checked)
    with pytest.raises(FieldValueError) as caught:
        cls(a="x", b="y", c=3)
    assert [f.field for f in caught.value.failures] == ["a", "b", "c"]
    assign(obj, a=2, b="9")
    assert (obj.a, obj.b) == (2, 9)
    with pytest.raises(FieldValueError):
        assign(obj, a=3, b="no")
    assert (obj.a, obj.b) == (2, 9)


@pytest.mark.parametrize("options", [{}, {"frozen": True}])
def test_descriptors_may_set_their_own_way(door, options):
    """The ``__set__`` of a subclass runs in constructors and in assign(), too."""

    class Stripped(Checked[str]):
        def __init__(self):
            super().__init__(str, check=str.isalpha)

        def __set__(self, obj, value):
            super().__set__(obj, value.strip())

    body = {**fields(a=str, b=int), "a": Stripped(), "b": 0}
    cls = door("C", body, **options)

    assert cls(" x ").a == "x"
    with pytest.raises(FieldValueError) as caught:
        cls(" 1 ", "y")
    assert [f.field for f in caught.value.failures] == ["a", "b"]
    if not options:
        obj = cls("x")
        assign(obj, a=" y ", b=1)
        assert (obj.a, obj.b) == ("y", 1)
        with pytest.raises(FieldValueError):
            assign(obj, a=" z ", b="no")
        assert (obj.a, obj.b) == ("y", 1)


class Deletable:
    """Can be deleted and not set, which makes it a data descriptor as well."""

    def __get__(self, obj, owner=None):
        return 42

    def __delete__(self, obj):
        raise NotImplementedError


@pytest.mark.parametrize(
    ("answer", "said"),
    [(property(lambda self: 42), "no setter"), (Deletable(), "__set__")],
    ids=["property", "descriptor"],
)
def test_read_only_descriptor_over_a_field(door, answer, said):
    """As in a dataclass: its constructor cannot set it, one of one's own need not."""
    base = door("Base", {**fields(a=int), "a": 1})

    with pytest.raises(AttributeError, match=said):
        door("C", {"a": answer}, (base,))()

    own = door("D", {"a": answer, "__init__": lambda self: None}, (base,))
    assert own().a == 42


def test_field_without_annotation(door):
    """field(...) that nothing annotates is an error, in a subclass too."""
    base = door("Base", fields(a=int))
    for name in ("a", "b"):
        for given in (field(default=1), dataclasses.field(default=1)):
            for body in ({}, fields(c=int)):
                with pytest.raises(
                    ClassDefinitionError,
                    match=rf"^C: '{name}' is a field but has no type annotation; write"
                    rf" {name}: <its type> = field\(...\)$",
                ):
                    door("C", {**body, name: given}, (base,))


def test_descriptors_may_be_subclassed(door):
    """A subclass of Checked works, and is told its class and its name."""

    class Told(Converted[Any, Any]):
        def __set_name__(self, owner, name):
            self.told = owner.__name__
            super().__set_name__(owner, name)

    class Positive(Checked[int], Told):
        def __init__(self, **options):
            super().__init__(int, check=lambda v: v > 0, **options)

    cls = door("C", {**fields(a=int), "a": Positive()})
    assert cls(1).a == 1
    assert (cls.a.name, cls.a.told) == ("a", "C")
    with pytest.raises(FieldValueError):
        cls(0)


def test_a_subclass_made_before_its_base_has_fields():
    """``__set_name__`` may make one: it has its own fields, and its base's come later."""
    made = []

    class Maker:
        def __set_name__(self, owner, name):
            made.append(type(owner)("Below", (owner,), {"__annotations__": {"y": int}}))

    class Outer(metaclass=ValidatorMeta):
        x: int
        maker = Maker()

    [below] = made
    assert below(y=1).y == Outer(x=1).x == 1
    for refused in (lambda: below(y="1"), lambda: Outer(x="1")):
        with pytest.raises(FieldValueError):
            refused()


def test_a_plain_dataclass_may_use_descriptors():
    """@dataclass reads the descriptor as the default; it means its own."""

    @dataclasses.dataclass
    class C:
        b: int = Checked(int, default=4)
        a: int = Checked(int)

    assert C(1, 2).b == 1
    assert C(a=3).b == 4
    with pytest.raises(TypeError, match=r"^C: missing argument 'a'"):
        C()


def test_descriptors_of_a_plain_dataclass_below(door):
    """Its fields are as a validated class would have them: defaults, secrets and all."""
    many = Checked(list, default_factory=list)

    @dataclasses.dataclass
    class Plain:
        a: int = Checked(int, secret=True)
        b: int = Converted(int, default="4")
        c: list = many
        d: int = Checked(int, default=5, secret=True)

    adds = {**fields(e=int), "e": 6}
    below = door("Below", {}, (Plain,)), door("Below", adds, (Plain,))
    for cls in (*below, validated(Plain)):
        obj = cls(1)
        assert (obj.a, obj.b, obj.c, obj.d) == (1, 4, [], 5)
        assert obj.c is not cls(1).c
        assert str(inspect.signature(cls).parameters["d"].default) == "<secret>"
        with pytest.raises(TypeError, match=r"missing 1 required .* 'a'"):
            cls()
        with pytest.raises(
            FieldValueError, match=r"\.a: .*a secret value.*\.c: "
        ) as no:
            cls("x", "9", 1)
        assert len(no.value.failures) == 2
        with pytest.raises(FieldValueError, match=rf"^{cls.__name__}\.b: "):
            obj.b = "x"


def test_descriptors_are_copied_with_the_class():
    """What a framework copies from a class body is the one descriptor that it was."""
    checked = Checked(int)

    assert copy.deepcopy({"x": checked})["x"] is checked


# -- assign and assignment on the class ---------------------------------------


def test_assign_is_all_or_nothing(door):
    """All bad values are reported, none of the good ones is stored."""
    cls = door("C", {**fields(a=int, b=int, c=int), "c": 0})
    obj = cls(1, 2)
    with pytest.raises(FieldValueError) as caught:
        assign(obj, a=5, b="x", c=None)
    assert len(caught.value.failures) == 2
    assert caught.value.owner == "C"
    assert (obj.a, obj.b, obj.c) == (1, 2, 0)
    assign(obj, a=5, b=6)
    assert (obj.a, obj.b) == (5, 6)
    with pytest.raises(TypeError, match="no checked field 'z'"):
        assign(obj, a=9, z=1)
    assert obj.a == 5
    assign(Plain(), age=3)


def test_assign_rolls_back_when_a_setter_raises(door):
    """An exception of the user's own setter undoes what was assigned before."""

    def fset(self, value):
        if value == 13:
            raise RuntimeError("unlucky")
        self._x = value

    cls = door("C", {**fields(a=int, x=int), "x": property(lambda self: self._x, fset)})
    obj = cls(1, 2)
    del obj.a
    with pytest.raises(RuntimeError):
        assign(obj, a=5, x=13)
    assert not hasattr(obj, "a")
    assert obj.x == 2


def test_assign_leaves_unset_fields_unset(door):
    """A refused assignment to several fields sets none that had no value."""
    body = fields(x=int, y=int, z=Checked[int])
    body |= {"x": field(init=False), "z": Checked(int, init=False), "u": Checked(int)}
    obj = door("C", body)(1)
    with pytest.raises(FieldValueError):
        assign(obj, x=1, z=2, u=3, y="x")
    assert not any(hasattr(obj, name) for name in "xzu")
    assert obj.y == 1


def test_assignment_on_the_class_is_checked():
    """The metaclass refuses a bad value and keeps checking after a good one."""

    class C(metaclass=ValidatorMeta):
        x: int = 1
        y: Checked[int] = Checked(int, default=2)

    for name in "xy":
        with pytest.raises(FieldValueError, match=f"C.{name}: expected int"):
            setattr(C, name, "bad")
        setattr(C, name, 5)
        with pytest.raises(FieldValueError):
            setattr(C(1, 1), name, "bad")
    blank = C.__new__(C)
    assert (blank.x, blank.y) == (5, 5)
    C.other = "fine"


def test_assignment_on_a_class_that_adds_nothing():
    """An inherited field is checked as well, and the value is this class's."""

    class Base(metaclass=ValidatorMeta):
        x: int = 1

    class Sub(Base):
        pass

    with pytest.raises(FieldValueError, match=r"^Sub\.x: expected int, got 'bad'"):
        Sub.x = "bad"
    Sub.x = 5
    assert (Sub.__new__(Sub).x, Base.__new__(Base).x) == (5, 1)

    past = type.__new__(ValidatorMeta, "Past", (Base,), {})
    past.x = "of a class that was made past the pattern"
    assert past.__new__(past).x == past.x


def test_what_was_assigned_on_the_class_is_taken_back():
    """``del C.x`` brings the declared default back; what is not there is an error."""

    class C(metaclass=ValidatorMeta):
        x: int = 1

    blank = C.__new__(C)
    C.x = 5
    assert blank.x == 5
    del C.x
    assert blank.x == 1
    with pytest.raises(AttributeError):
        del C.missing


def test_what_is_no_field_is_assigned_on_the_class_unchecked():
    """Class variables, init-only fields and what declares anew are Python's matter."""

    class C(metaclass=ValidatorMeta):
        n: ClassVar[int] = 1
        k: dataclasses.InitVar[int] = 2
        x: int = 3
        y: int = 4

    C.n = C.k = "any"
    assert (C.n, C.k) == ("any", "any")
    C.x = 5
    C.x = property(lambda self: "mine")
    assert C.__new__(C).x == "mine"
    del C.x
    assert not hasattr(C, "x")
    C.y = declared = field(default=6)
    assert vars(C)["y"] is declared


def test_class_attributes_set_by_a_hook_are_defaults():
    """``__init_subclass__`` may give a field a default, as the class body may."""

    class Base(metaclass=ValidatorMeta):
        x: int = 1

        def __init_subclass__(cls, default=5):
            cls.x = default

    class Sub(Base):
        pass

    assert (Sub().x, Base().x) == (5, 1)
    with pytest.raises(FieldValueError, match=r"Bad\.x: expected int, got 'no'"):

        class Bad(Base, default="no"):
            pass


def test_a_descriptors_default_is_replaced_in_one_class():
    """A value assigned in a subclass replaces a default, or what makes it, there."""

    class Base(metaclass=ValidatorMeta):
        x: Checked[int] = Checked(int, default=1)
        y: Checked[list[int]] = Checked(list[int], default_factory=list)

    class Sub(Base):
        pass

    Sub.x, Sub.y = 5, [6]
    assert (Sub.__new__(Sub).x, Sub.__new__(Sub).y) == (5, [6])
    assert (Base.__new__(Base).x, Base.__new__(Base).y) == (1, [])


@pytest.mark.parametrize("door", [by_mixin, by_decorator])
@pytest.mark.xfail(strict=True, reason="only a metaclass sees assignments on a class")
def test_assignment_on_the_class_in_hook_doors(door):
    """Pins what the hook doors cannot do."""
    cls = door("C", fields(x=int))
    with pytest.raises(FieldValueError):
        cls.x = "bad"


# -- copying, pickling, collecting --------------------------------------------


class MetaPoint(metaclass=ValidatorMeta):
    x: int
    y: list[int] = []


class SlotPoint(metaclass=ValidatorMeta, slots=True):
    x: int
    y: list[int] = []


class FrozenSlotPoint(metaclass=ValidatorMeta, slots=True, frozen=True):
    x: int
    y: list[int] = []


class MixinPoint(ValidatorMixin, frozen=True):
    __slots__ = ("x", "y")
    x: int
    y: list[int]


@validated
class DecoratedPoint:
    x: int
    y: list[int] = field(default_factory=list)


class ClosedPoint(MetaPoint):
    __slots__ = ()


class OpenSlotPoint(SlotPoint):
    __slots__ = ("__dict__", "__weakref__")


@dataclasses.dataclass(slots=True)
class RebuiltMetaPoint(metaclass=ValidatorMeta):
    x: int
    y: list[int]


@dataclasses.dataclass(slots=True)
class RebuiltMixinPoint(ValidatorMixin):
    x: int
    y: list[int]


POINTS = [
    RebuiltMetaPoint,
    RebuiltMixinPoint,
    MetaPoint,
    SlotPoint,
    FrozenSlotPoint,
    MixinPoint,
    DecoratedPoint,
    ClosedPoint,
    OpenSlotPoint,
]


@pytest.mark.parametrize("cls", POINTS)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(cls, protocol):
    """Instances pickle through every protocol, slots and frozen included."""
    obj = cls(1, [2])
    if cls is OpenSlotPoint:
        obj.note = "kept"
    copied = pickle.loads(pickle.dumps(obj, protocol))
    assert copied == obj
    assert getattr(copied, "note", None) == getattr(obj, "note", None)


@pytest.mark.parametrize("cls", POINTS)
def test_copy(cls):
    """copy shares the parts, deepcopy does not."""
    obj = cls(1, [2])
    assert copy.copy(obj) == obj
    assert copy.copy(obj).y is obj.y
    assert copy.deepcopy(obj) == obj
    assert copy.deepcopy(obj).y is not obj.y


def plain_release(*words):
    def define(body):
        body = {"__module__": __name__, **body}
        return dataclasses.dataclass(**options)(type("Released", (), body))

    options = dict.fromkeys(words, True)
    return pytest.param(define, id=f"dataclass {'+'.join(words)}")


def validated_release(door, *words):
    def define(body):
        return door("Released", {**body, **slots}, **options)

    options, slots = dict.fromkeys(words, True), {}
    if door is not by_metaclass and options.pop("slots", False):
        slots["__slots__"] = ("x", "y")
    return pytest.param(define, id=f"{door.__name__} {'+'.join(words)}")


CHOICES = [(), ("frozen",), ("slots",), ("frozen", "slots")]
VALIDATED = [validated_release(door, *words) for door in DOORS for words in CHOICES]
RELEASES = [*(plain_release(*words) for words in CHOICES), *VALIDATED]


@pytest.fixture
def release(monkeypatch):
    """Make a class the one that pickles know as ``Released``, from now on."""

    def release(cls):
        monkeypatch.setattr(sys.modules[__name__], "Released", cls, raising=False)
        return cls

    return release


def pickles_of(obj):
    """By all protocols; those below 2 refuse slots where a class has no hooks."""
    refused = vars(type(obj)).get("__slots__") and not hasattr(obj, "__setstate__")
    protocols = range(2 if refused else 0, pickle.HIGHEST_PROTOCOL + 1)
    return [pickle.dumps(obj, protocol) for protocol in protocols]


@pytest.mark.parametrize("after", VALIDATED)
@pytest.mark.parametrize("before", RELEASES)
def test_pickles_of_the_class_as_it_was(before, after, release):
    """Values stay when a class is validated, or is given slots, is frozen, or no more."""
    body = fields(x=int, y=list)
    data = pickles_of(release(before(body))(1, [2]))
    new = release(after(body))(1, [2])
    for each in data:
        obj = pickle.loads(each)
        assert obj == new
        assert getattr(obj, "__dict__", None) == getattr(new, "__dict__", None)
        assert all(pickle.loads(again) == new for again in pickles_of(obj))
        assert copy.copy(obj) == copy.deepcopy(obj) == new


def test_pickles_of_a_class_with_fewer_fields(door, release):
    """A field that came later, behind the others, has its default."""
    (before,) = plain_release("frozen", "slots").values
    data = pickles_of(release(before(fields(x=int)))(1))
    release(door("Released", {**fields(x=int, y=int), "y": 5}))
    for each in data:
        obj = pickle.loads(each)
        assert (obj.x, obj.y) == (1, 5)


@pytest.mark.parametrize("slots", [False, True])
@pytest.mark.parametrize("before", RELEASES)
def test_pickles_of_before_a_field_was_converted(before, slots, release):
    """What was kept is kept as it is: it is not converted again."""

    def converter(value):
        raise ValueError("converted again")

    body = fields(x=int, y=list)
    data = pickles_of(release(before(body))(1, [2]))
    body["y"] = Converted(converter)
    release(by_metaclass("Released", body, slots=slots, frozen=True))
    for each in data:
        obj = pickle.loads(each)
        assert (obj.x, obj.y) == (1, [2])
        assert pickle.loads(pickle.dumps(obj)).y == [2]


@pytest.mark.parametrize("converted", [False, True])
def test_pickles_of_what_held_an_older_value(door, converted, release):
    """The value that could be read is kept, whichever came first."""
    body = fields(x=int, y=int)
    cls = release(door("Released", body))
    obj = cls.__new__(cls)
    vars(obj)["x"] = 0
    obj.x, obj.y = 1, 2
    vars(obj)["y"] = 0
    data = pickles_of(obj)
    if converted:
        release(door("Released", {**body, "x": Checked(int), "y": Checked(int)}))
    for each in data:
        loaded = pickle.loads(each)
        assert (loaded.x, loaded.y) == (1, 2)


def test_copies_of_what_held_an_older_value_beside_a_slot(door):
    """The value in the slot is the one that could be read."""
    cls = door("C", {**fields(x=int), "__slots__": ("x", "__dict__")})
    obj = cls(1)
    vars(obj)["x"] = 0
    assert copy.copy(obj).x == 1


@pytest.mark.parametrize("frozen", [False, True])
def test_pickles_of_attributes_that_are_no_fields(door, frozen, release):
    """They go into the dictionary; where there is none, into their slots."""

    def later(**more):
        release(door("Released", {**fields(x=int), **more}, frozen=frozen))

    obj = release(door("Released", fields(x=int)))(1)
    obj.note = "kept"
    vars(obj)[0] = "a name that is no text"
    assert vars(copy.copy(obj)) == vars(obj)
    del vars(obj)[0]
    data = pickles_of(obj)
    later(note=property(lambda self: "of the class"))
    assert all(vars(pickle.loads(each))["note"] == "kept" for each in data)
    later(__slots__=("x", "note"))
    assert all(pickle.loads(each).note == "kept" for each in data)
    later(__slots__=("x",))
    for each in data:
        with pytest.raises(AttributeError, match="'note'"):
            pickle.loads(each)


def test_pickles_of_slots_that_are_properties_by_now(door, release):
    """A setter is called with what was in a slot, as it is for any class."""

    def setter(self, value):
        vars(self)["_note"] = value

    obj = release(door("Released", {**fields(x=int), "__slots__": ("x", "note")}))(1)
    obj.note = "kept"
    data = pickles_of(obj)
    note = property(lambda self: self._note, setter)
    release(door("Released", {**fields(x=int), "note": note}))
    assert all(pickle.loads(each).note == "kept" for each in data)


def test_a_users_setstate_may_go_on_to_ours(door, release):
    """``super().__setstate__`` puts the values where they are looked for."""
    body = {**fields(x=int), "__slots__": ("x",)}

    class Released(door("Parent", body, frozen=True)):
        __slots__ = ("seen",)
        __qualname__ = "Released"

        def __setstate__(self, state):
            object.__setattr__(self, "seen", True)
            super().__setstate__(state)

    for each in pickles_of(release(Released)(1)):
        obj = pickle.loads(each)
        assert (obj.x, obj.seen) == (1, True)


@pytest.mark.parametrize("hook", ["__setstate__", "__reduce_ex__"])
def test_one_pickling_hook_of_the_users_and_slots(door, hook, release):
    """The other is there, so that every protocol works, in a frozen class too."""

    def __setstate__(self, state):
        for name, value in state[1].items():
            object.__setattr__(self, name, value)

    def __reduce_ex__(self, protocol):
        return object.__reduce_ex__(self, 2)

    body = {**fields(x=int), "__slots__": ("x",), hook: locals()[hook]}
    obj = release(door("Released", body, frozen=True))(1)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(obj, protocol)).x == 1


def test_a_state_from_before_is_put_where_a_new_one_is(door):
    """What a plain class had under a field's name is nowhere but in the field."""
    cls = door("C", fields(x=int, y=list[int]))
    obj = cls.__new__(cls)
    obj.__setstate__({"x": 1, "y": [2], "other": 3})
    new = cls(1, [2])
    new.other = 3
    assert vars(obj) == vars(new)


def test_a_hook_behind_ours_is_given_the_state(door):
    """A base that stands after a validated one restores the state as it wants."""

    class Other:
        def __setstate__(self, state):
            vars(self).update(state, restored=True)

    root = door("Root", fields(x=int))
    copied = copy.copy(door("Sub", {}, (root, Other))(1))
    assert (copied.x, copied.restored) == (1, True)


@pytest.mark.parametrize("use_first", [False, True])
def test_cloudpickle_by_value(door, use_first):
    """A class carried by value constructs and checks on arrival."""
    cloudpickle = pytest.importorskip("cloudpickle")
    cls = door("C", {**fields(x=int, y=list[int]), "y": [1], "__module__": "__main__"})
    if use_first:
        cls(1)
    data = cloudpickle.dumps((cls, cls(3)) if use_first else (cls, None))
    copied, obj = pickle.loads(data)
    assert copied(2).y == [1]
    with pytest.raises(FieldValueError):
        copied("x")
    again = copied(2)
    with pytest.raises(FieldValueError):
        again.x = "x"
    if obj is not None:
        assert obj.x == 3


@pytest.mark.parametrize("door", [by_metaclass, by_decorator])
def test_a_protocol_travels_by_value(door):
    """A protocol carried by value comes alone, and stays one that checks nothing."""
    cloudpickle = pytest.importorskip("cloudpickle")
    of_protocols = type(typing.Protocol)
    if door is by_metaclass:
        of_protocols = combine_metaclasses(ValidatorMeta, of_protocols)

    class P(typing.Protocol, metaclass=of_protocols):
        x: int

    if door is by_decorator:
        validated(P)
    data, gone = cloudpickle.dumps(P), weakref.ref(P)
    del P
    gc.collect()
    assert gone() is None

    again = pickle.loads(data)
    sub = door("Sub", fields(y=int), (again,))

    with pytest.raises(TypeError):
        again()
    assert sub(1).y == 1
    with pytest.raises(FieldValueError):
        sub("x")


def test_dropped_classes_are_collected(door):
    """Nothing keeps a class alive that nobody uses."""
    cls = door("C", fields(x=int, y="list[Undefined]"))
    sub = door("Sub", fields(z=int), (cls,)) if door is not by_decorator else cls
    with pytest.raises(ClassDefinitionError):
        cls(1, [])
    refs = [weakref.ref(cls), weakref.ref(sub)]
    del cls, sub
    gc.collect()
    assert [ref() for ref in refs] == [None, None]


def test_threads_may_construct_first_together(door):
    """Thirty-two first constructions at once all work."""
    cls = door("C", {**fields(x=int, y=list[int]), "y": []})
    barrier = threading.Barrier(32)
    made, failed = [], []

    def run(number):
        barrier.wait(10)
        try:
            made.append(cls(number).x)
            cls("bad")
        except FieldValueError:
            failed.append(number)

    threads = [threading.Thread(target=run, args=(n,), daemon=True) for n in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert sorted(made) == sorted(failed) == list(range(32))


def test_other_patterns_combine():
    """Validator stands beside other patterns, in both orders."""
    for bases in ((ValidatorMeta, FinalMeta), (FinalMeta, ValidatorMeta)):
        meta = type(ValidatorMeta)("M", bases, {})

        class C(metaclass=meta, frozen=True, final=True):
            x: int

        assert C(1).x == 1
        with pytest.raises(FieldValueError):
            C("x")
        with pytest.raises(TypeError):
            type("D", (C,), {})


def test_accessors_are_named_after_their_field(door):
    """A profiler shows the class and the field whose test takes the time."""
    cls = door("C", fields(x=int, y=list[int]))
    for name in "xy":
        accessor = vars(cls)[name]
        for function in (accessor.fget, accessor.fset):
            assert function.__qualname__ == f"C.{name}"
            assert function.__module__ == __name__


def test_named_tuples_are_refused():
    """Nobody assigns their items; a class that merely looks like one is none."""
    with pytest.raises(ClassDefinitionError, match="Pair is a named tuple"):
        validated(typing.NamedTuple("Pair", [("a", int)]))
    like_ast = by_decorator("Node", {**fields(x=int), "_fields": ("x",)})
    assert like_ast(1).x == 1
    assert by_decorator("Row", fields(x=object), (tuple,))((1, 2)).x == (1, 2)


def test_functions_around_are_unchanged(door):
    """Name, qualname, module, docstring and annotations stay as they were."""
    body = {**fields(x=int), "__doc__": "Mine.", "f": lambda self: self.x}
    cls = door("C", body)
    assert (cls.__name__, cls.__qualname__, cls.__module__) == ("C", "C", __name__)
    assert cls.__doc__ == "Mine."
    assert cls.__annotations__ == {"x": int}
    assert cls(2).f() == 2
    public = {name for name in dir(cls) if not name.startswith("_")}
    assert public == {"x", "f"}


def test_bases_that_take_arguments_in_new(door):
    """A class without fields leaves the arguments to a base's ``__new__``."""
    cls = door("Count", fields(unit=ClassVar[str]), (int,))
    assert cls(3) + 1 == 4


def test_frozen_subclasses_that_merely_derive():
    """As in a dataclass, they may have attributes of their own, and no more."""

    @validated(frozen=True)
    class Base:
        x: int

    class Sub(Base):
        size = Checked(int)

    sub = Sub(1)
    sub.note = "fine"
    del sub.note
    assign(sub, size=2)
    assert sub.size == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        assign(sub, size=3, x=2)
    assert sub.size == 2
    for attempt in (lambda: setattr(sub, "x", 2), lambda: delattr(sub, "x")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            attempt()
    assert sub.x == 1


def test_attributes_assigned_in_c_keep_their_storage(door):
    """A base whose ``__setattr__`` is written in C stores in its own way."""
    cls = door("Local", {**fields(x=int), "x": 1}, (threading.local,))
    local = cls()
    local.x = 2
    seen = []

    def run():
        seen.append(local.x)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert (local.x, seen) == (2, [1])
    with pytest.raises(FieldValueError):
        local.x = "x"
    assign(local, x=3)
    assert local.x == 3
    del local.x
    assert local.x == 1


def test_slots_that_are_assigned_in_c_are_copied(door):
    """What such a base does with an assignment, it does in copies as well."""
    body = {**fields(x=int), "__slots__": ("x",)}
    local = copy.copy(door("Local", body, (threading.local,))(1))
    assert local.x == 1
    with pytest.raises(FieldValueError):
        local.x = "x"


def test_what_python_cannot_copy_is_still_refused(door):
    """Of what a base in C holds there is no state, and nothing pretends that there is."""
    with pytest.raises(TypeError, match=r"^cannot pickle 'Local' object"):
        copy.copy(door("Local", fields(x=int), (threading.local,))(1))


# -- beside a framework's metaclass -------------------------------------------


def pair(meta, first):
    """A hand-written combination, in both orders."""
    bases = (ValidatorMeta, meta) if first else (meta, ValidatorMeta)
    return type(ValidatorMeta)("Both", bases, {})


@pytest.mark.parametrize("first", [True, False])
def test_keywords_and_annotations_are_the_frameworks(first):
    """The framework gets its keywords, its annotations and its construction."""
    Both = pair(FrameworkMeta, first)

    class C(metaclass=Both, frozen=True, strict=3):
        __slots__ = ("x",)
        x: int
        size = Checked(int)

    assert C.seen == (True, 3, {"x": "int"})
    assert C.__slots__ == ("x",)
    assert C.__init__ is object.__init__
    assert not hasattr(C, "__dataclass_fields__")
    obj = C()
    obj.x = "unchecked"
    with pytest.raises(FieldValueError):
        obj.size = "x"
    with pytest.raises(FieldValueError):
        C.size = "x"
    with pytest.raises(ClassDefinitionError, match="validator_checker"):

        class D(metaclass=Both, validator_checker=isinstance):
            pass


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("slots", [False, True])
def test_a_dataclass_beside_a_framework_travels_by_value(first, slots):
    """On arrival its fields are the framework's, as they were, and those below."""
    cloudpickle = pytest.importorskip("cloudpickle")
    body = {**fields(x=int), "__module__": "__main__", "size": Checked(int)}
    cls = dataclasses.dataclass(slots=slots)(pair(FrameworkMeta, first)("C", (), body))
    for base in (cls, pickle.loads(cloudpickle.dumps(cls))):
        sub = type(base)("Sub", (base,), {})
        obj = sub(x="unchecked")
        assert obj.x == "unchecked"
        with pytest.raises(FieldValueError):
            obj.size = "x"


@pytest.mark.parametrize(
    "option",
    [{"frozen": True}, {"slots": True}, {"strict": True}, {"checker": isinstance}],
    ids=str,
)
def test_options_of_the_decorator_are_nobodys_beside_a_framework(option):
    """There they do nothing and no framework is given them, so they are refused."""
    Plain = FrameworkMeta("Plain", (), {"size": Checked(int)})

    with pytest.raises(
        ClassDefinitionError, match=f"'Plain': {next(iter(option))} has"
    ):
        validated(**option)(Plain)
    names = ("frozen", "kw_only", "order", "slots", "strict")
    assert validated(checker=None, **dict.fromkeys(names, False))(Plain) is Plain


@pytest.mark.parametrize("first", [True, False])
def test_frameworks_may_pass_their_keywords_on(first):
    """What a framework hands on to ``__init_subclass__`` arrives there."""

    class Passing(type):
        def __new__(mcls, name, bases, namespace, **kwargs):
            return super().__new__(mcls, name, bases, namespace, **kwargs)

        def __init__(cls, name, bases, namespace, **kwargs):
            super().__init__(name, bases, namespace)

    class Base(metaclass=pair(Passing, first)):
        def __init_subclass__(cls, frozen=None, **kwargs):
            super().__init_subclass__(**kwargs)
            cls.given = frozen

    class C(Base, frozen=3):
        pass

    assert C.given == 3


@pytest.mark.parametrize("door", ["meta", "mixin", "decorator"])
def test_unchecked_annotations_warn_once(door):
    """A class there with annotations and no Checked warns; its subclasses do not."""
    if door == "meta":
        meta, bases = pair(FrameworkMeta, True), ()
    else:
        meta, bases = FrameworkMeta, (ValidatorMixin,) if door == "mixin" else ()

    def define(name, bases, **body):
        cls = meta(name, bases, {"__module__": __name__, **body})
        return validated(cls) if door == "decorator" else cls

    said = f"'Loud': nothing is checked, .*'{meta.__name__}' brings"
    with pytest.warns(UserWarning, match=said) as caught:
        loud = define("Loud", bases, __annotations__={"x": int})
    line = define.__code__.co_firstlineno + (2 if door == "decorator" else 1)
    assert [(w.filename, w.lineno) for w in caught] == [(__file__, line)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        define("Below", (loud,), __annotations__={"y": int})
        define("Quiet", bases, __annotations__={"x": int}, a=Checked(int))
        define("Empty", bases)
        define("Constants", bases, __annotations__={"x": "ClassVar[int]", "_y": int})


@pytest.mark.parametrize("first", [True, False])
def test_a_base_that_is_checked_warns_of_nothing_in_advance(first):
    """What a framework's class adds to the annotations of a validated one is said."""
    base = by_metaclass("Base", fields(x=int))
    with pytest.warns(UserWarning, match="'Sub': nothing is checked"):
        pair(FrameworkMeta, first)("Sub", (base,), fields(y=int))


def test_a_warning_about_code_that_is_not_there_points_at_the_caller():
    """Where no code of the class's module is running, it is who makes the class."""
    namespace = {"__module__": "elsewhere", "__annotations__": {"x": int}}

    def define():
        return pair(FrameworkMeta, True)("Loud", (), namespace)

    with pytest.warns(UserWarning, match="'Loud'.*nothing is checked") as caught:
        define()
    line = define.__code__.co_firstlineno + 1
    assert [(w.filename, w.lineno) for w in caught] == [(__file__, line)]


# -- what is rare -------------------------------------------------------------


class Kept:
    """A data descriptor of a user's."""

    def __get__(self, obj, owner=None):
        return self if obj is None else obj.__dict__["kept"]

    def __set__(self, obj, value):
        obj.__dict__["kept"] = value


def test_users_descriptor_under_an_annotation(door):
    """A data descriptor that the body puts under a field keeps the values."""
    cls = door("C", {**fields(x=int), "x": Kept()})
    obj = cls(1)
    assert (obj.x, obj.__dict__["kept"]) == (1, 1)
    with pytest.raises(FieldValueError):
        cls("x")


def test_assign_knows_fields_only(door):
    """What is for the constructor alone, or nothing, cannot be assigned."""
    body = {**fields(k=dataclasses.InitVar[int]), "__post_init__": lambda self, k: None}
    obj = door("C", body)(1)
    for name in ("k", "other"):
        with pytest.raises(TypeError, match=f"^C has no checked field '{name}'"):
            assign(obj, **{name: 1})


def test_assign_reports_what_a_check_raises(door):
    """An exception of a check refuses the value, as everywhere."""
    obj = door("C", {**fields(x=int), "x": field(check=lambda x: 1 / x)})(1)
    with pytest.raises(FieldValueError, match="ZeroDivisionError"):
        assign(obj, x=0)
    assert obj.x == 1


def test_a_check_that_raises_refuses_the_default(door):
    """An exception of a check refuses a default when the class is defined."""
    with pytest.raises(FieldValueError, match="ZeroDivisionError") as caught:
        door("C", {**fields(x=int), "x": field(default=0, check=lambda x: 1 / x)})
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_mutable_default_of_a_plain_field(door):
    """``dataclasses.field(default=[])`` is copied, where dataclasses refuses it."""
    plain = dataclasses.field()
    plain.default = [1]
    cls = door("C", {**fields(x=list[int]), "x": plain})
    assert cls().x == [1]
    assert cls().x is not cls().x


def test_converted_annotation_needs_a_converter(door):
    """``Converted[...]`` alone says nothing of how to convert."""
    with pytest.raises(ClassDefinitionError, match=r"\[str, int\] without a Conv"):
        door("C", fields(x=Converted[str, int]))


def test_long_hints_are_cut_in_messages(door):
    """A message stays short whatever the annotation."""
    cls = door("C", fields(x=typing.Literal[tuple(range(200))]))
    with pytest.raises(FieldValueError) as caught:
        cls(-1)
    assert len(str(caught.value)) < 300


def test_attribute_of_a_plain_base_shows_through(door):
    """As in a dataclass, what a base has is what an unset field shows."""
    plain = type("Plain", (), {})
    obj = door("C", fields(x=int), (plain,))(1)
    plain.x = 2
    del obj.x
    assert obj.x == 2


def test_property_of_a_plain_base_is_no_default(door):
    """A field that hides a base's property has no default, and works."""
    plain = type("Plain", (), {"x": property(lambda self: 0)})
    cls = door("C", fields(x=int), (plain,))
    assert cls(1).x == 1
    with pytest.raises(TypeError):
        cls()


def test_init_only_fields_get_no_slot():
    """``slots=True`` makes slots of what instances keep."""

    def __post_init__(self, k):
        self.x += k

    body = {**fields(x=int, k=dataclasses.InitVar[int]), "__post_init__": __post_init__}
    cls = by_metaclass("C", body, slots=True)
    assert cls(1, 2).x == 3
    assert cls.__slots__ == ("_checked_x",)


def test_setattr_below_a_users_constructor(door):
    """A constructor of the user's own is left alone by a later ``__setattr__``."""
    seen = []

    def __setattr__(self, name, value):
        seen.append(name)
        super(sub, self).__setattr__(name, value)

    def __init__(self, x):
        self.x = x + 1

    base = door("Base", {**fields(x=int), "__init__": __init__})
    sub = door("Sub", {"__setattr__": __setattr__}, (base,))
    assert (sub(1).x, base(1).x) == (2, 2)
    assert seen == ["x"]


def test_late_names_of_what_cannot_be_tested(door):
    """A name that turns out to stand for no testable type is an error by then."""
    cls = door("C", fields(x="LateUntestable"))
    globals()["LateUntestable"] = typing.TypedDict("LateUntestable", {})
    try:
        with pytest.raises(ClassDefinitionError, match="LateUntestable"):
            cls({})
    finally:
        del globals()["LateUntestable"]


@pytest.mark.parametrize("own_init", [False, True])
def test_plain_copy_of_a_class(own_init):
    """A class made anew from another's namespace checks, without its keywords."""

    def __init__(self, x):
        self.x = x

    body = fields(x=int) | ({"__init__": __init__} if own_init else {})
    first = by_metaclass("C", body, strict=True)
    sub = by_metaclass("Sub", {}, (first,))
    copied = ValidatorMeta("C", (), body_of(first))
    assert copied(1).x == 1
    for cls in (first, copied, sub, ValidatorMeta("Sub", (first,), body_of(sub))):
        with pytest.raises(FieldValueError):
            cls(True)


def test_a_property_in_a_copy_of_a_class():
    """It keeps the values there, as well, and sees no refused one."""

    def fset(self, value):
        self.kept = value

    own = property(lambda self: self.kept, fset)
    first = by_metaclass("C", {**fields(x=int), "x": own})
    copied = ValidatorMeta("D", (), body_of(first))
    obj = copied(1)
    for attempt in (lambda: setattr(obj, "x", "x"), lambda: copied("x")):
        with pytest.raises(FieldValueError, match=r"^D\.x: "):
            attempt()
    assert (obj.x, vars(obj)) == (1, {"kept": 1})
    assert vars(first(2)) == {"kept": 2}


def test_message_shows_the_name_of_a_forward_reference(door):
    """A reference is shown as its author would write it."""
    with pytest.raises(FieldValueError, match="expected int, got 'x'"):
        door("C", fields(x=typing.ForwardRef("int")))("x")


def test_assign_unsets_what_a_property_has_kept(door):
    """What was unset is unset again, through the property's own deleter."""

    def fdel(self):
        del self.kept

    keeper = property(
        lambda self: self.kept, lambda self, value: vars(self).update(kept=value), fdel
    )

    def __setattr__(self, name, value):
        if name == "y":
            raise RuntimeError("refused")
        object.__setattr__(self, name, value)

    body = {**fields(x=int, y=int), "x": keeper, "__setattr__": __setattr__}
    cls = door("C", body)
    obj = cls.__new__(cls)
    with pytest.raises(RuntimeError):
        assign(obj, x=1, y=2)
    assert not hasattr(obj, "kept")
