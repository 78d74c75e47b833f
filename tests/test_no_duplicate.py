"""NoDuplicate: which bodies are refused, which pass, and what is left behind."""

# Bodies that bind a name twice are what this is about.
# ruff: noqa: F811, PIE794

from __future__ import annotations

import abc
import collections
import copy
import enum
import gc
import pickle
import re
import sys
import textwrap
import threading
import types
import unittest
import weakref
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, ClassVar

import attrs
import pytest
from class_bodies import (
    FIRST_LINE,
    HEADS,
    LEGITIMATE,
    REFUSED,
    build,
    preamble,
    verdict,
)

from metapatterns import (
    ClassDefinitionError,
    DuplicateNameError,
    NoDuplicateMeta,
    NoDuplicateMixin,
    combine_metaclasses,
    no_duplicates,
)

DOORS = pytest.mark.parametrize("door", list(HEADS))
HOOKS = pytest.mark.parametrize("door", ["mixin", "decorator"])

TWICE = "def x(self): ...\ndef x(self): ..."


def at(name: str, first: int, second: int) -> tuple[str, int, int]:
    return name, FIRST_LINE + first - 1, FIRST_LINE + second - 1


# -- verdicts -----------------------------------------------------------------


@DOORS
@pytest.mark.parametrize("body", LEGITIMATE.values(), ids=LEGITIMATE)
def test_what_is_meant_passes(door: str, body: str) -> None:
    """No door refuses a body that binds a name again in order to use it."""
    assert verdict(door, body, **preamble()) == ()


@DOORS
@pytest.mark.parametrize(("body", "found"), REFUSED.values(), ids=REFUSED)
def test_what_is_lost_is_refused(door: str, body: str, found: Any) -> None:
    """Every door refuses a lost binding, with both lines."""
    assert verdict(door, body, **preamble()) == (at(*found),)


@DOORS
def test_verdict_is_the_same_again(door: str) -> None:
    """A refused class leaves nothing that would let the next one pass."""
    for _ in range(3):
        assert verdict(door, "@wrap\n" + TWICE, **preamble()) == (at("x", 2, 3),)
        assert verdict(door, LEGITIMATE["register"], **preamble()) == ()


def test_metaclass_stops_at_the_second_binding() -> None:
    """The metaclass raises at the statement that binds the name again."""
    reached: list[int] = []
    body = "x = 1\nreached.append(1)\nx = 2\nreached.append(2)\ny = 1\ny = 2"

    assert verdict("metaclass", body, reached=reached) == (at("x", 1, 3),)
    assert reached == [1]


@HOOKS
def test_hooks_report_all_duplicates(door: str) -> None:
    """Mixin and decorator list all duplicates of a body, in order and once."""
    body = "x = 1\ny = 1\ny = 2\nx = 2\nx = 3"
    repeated = "x = 1\ny = 1\ntry: len('')\nfinally:\n    x = 2\n    y = 2"

    found = (at("y", 2, 3), at("x", 1, 4), at("x", 4, 5))

    assert verdict(door, body) == found
    assert verdict(door, repeated) == (at("x", 1, 5), at("y", 2, 6))
    kept = LEGITIMATE["register"]
    assert verdict(door, f"{kept}\ny = 1\ny = 2", **preamble()) == (at("y", 5, 6),)


def test_metaclass_sees_the_branch_that_ran() -> None:
    """What ran under a condition and is lost is known to the metaclass only."""
    body = "if yes:\n    x = 1\nx = 2"

    assert verdict("metaclass", body, yes=True) == (at("x", 2, 3),)
    assert verdict("metaclass", body, yes=False) == ()
    for door in ("mixin", "decorator"):
        assert verdict(door, body, yes=True) == ()
        assert verdict(door, body.replace("\nx", "\nelse: y = 1\nx"), yes=True) == ()


def test_metaclass_knows_what_a_loop_left() -> None:
    """What a loop has bound instead of a function is no loss."""
    body = "@register\ndef x(self): ...\nfor n in 'ab':\n    x = n\nx = 1"

    assert verdict("metaclass", body, **preamble()) == ()


def test_metaclass_names_the_branch_that_ran() -> None:
    """Of two branches with a function each, the one that ran is named."""
    body = "if {}: \n    def x(s): ...\nelse:\n    def x(s): ...\ndef x(s): ..."

    assert verdict("metaclass", body.format("1 > sum([])")) == (at("x", 2, 5),)
    assert verdict("metaclass", body.format("1 < sum([])")) == (at("x", 4, 5),)


def test_metaclass_tells_what_a_branch_declared_from_a_value() -> None:
    """What a descriptor took the place of is not what the branch with a value bound."""
    body = (
        "if yes:\n    @property\n    def x(s): ...\nelse:\n    x = 1\n    y = x\nx = 2"
    )

    assert verdict("metaclass", body, yes=True) == (at("x", 3, 7),)
    assert verdict("metaclass", body, yes=False) == ()


def test_metaclass_knows_the_class_whose_body_says_no_name() -> None:
    """A body may delete the name that the interpreter has bound in it."""
    assert verdict("metaclass", "del __qualname__\nx = 1\nx = 2") == (at("x", 2, 3),)


@pytest.mark.parametrize(
    "body",
    [
        "x = 1\nlocals()['x'] = 2",
        "locals()['x'] = 1\nvars()['x'] = 2",
        "locals()['x'] = 1\nx = 2",
        "locals()['x'] = 1\nx = 2\n_ = 1\n_ = 2",
        "def x(self): ...\nlocals().__setitem__('x', 2)",
    ],
)
def test_metaclass_sees_dynamic_writes(body: str) -> None:
    """A write through ``locals()`` is a binding, to the metaclass only."""
    assert verdict("metaclass", body) == (at("x", 1, 2),)
    assert verdict("mixin", body) == ()
    assert verdict("decorator", body) == ()


@pytest.mark.parametrize(
    "body",
    [
        "x = 1\nlocals()['x'] += 1",
        "x = 1\nlocals()['x'] = locals()['x'] + 1",
        "for name in 'aab': locals()[name] = name",
        "helper(locals())",
        "helper(locals())\nx = 1",
        "exec(\"vars = ns; vars['x'] = 1; vars['x'] = 2\", {'ns': locals()})",
    ],
)
def test_dynamic_writes_that_are_meant_pass(body: str) -> None:
    """Writes in a loop, from the old value, or by a helper are let be."""

    def helper(namespace: Any) -> None:
        namespace["x"] = 1
        namespace["x"] = 2

    assert verdict("metaclass", body, helper=helper) == ()


def test_global_names_are_none_of_the_class() -> None:
    """A name that a body declares global is not bound in it."""
    for door in HEADS:
        assert verdict(door, "global x\nx = 1\nx = 2") == ()


@DOORS
def test_long_bodies(door: str) -> None:
    """Jumps and names beyond what one byte holds are followed."""
    many = "\n".join(f"a{i} = {i}" for i in range(400))
    branch = textwrap.indent(many, "    ")

    assert verdict(door, f"if yes:\n{branch}\n    x = 1\nelse:\n    x = 2", yes=1) == ()
    assert verdict(door, f"{many}\nx = 1\nx = 2") == (at("x", 401, 402),)


# -- options ------------------------------------------------------------------


@DOORS
@pytest.mark.parametrize(
    "body",
    [
        "x = 1\nx = 2",
        "x = []\nx = ()",
        "x = 1\ndef x(self): ...",
        "x = Field()\nx = 1",
        "x = Field()\nx = int('1')",
    ],
)
def test_definitions_leave_plain_values(door: str, body: str) -> None:
    """In "definitions" mode, values of built-in types are left alone."""
    assert verdict(door, body, "duplicates='definitions'", **preamble()) == ()


def test_definitions_know_what_a_call_gave() -> None:
    """The metaclass sees the value, and None is a plain one."""
    body = "def x(self): ...\nx = print()"

    assert verdict("metaclass", body, "duplicates='definitions'") == ()


@DOORS
@pytest.mark.parametrize(
    "body",
    [
        TWICE,
        "class x: ...\nclass x: ...",
        "x = Field()\nx = Field()",
        "x = Field()\nx = Field()\nx = 1",
        "x = property(int)\nx = property(str)",
        "x = len\nx = len",
    ],
)
def test_definitions_still_count(door: str, body: str) -> None:
    """In "definitions" mode, what a class declares is still refused."""
    found = verdict(door, body, "duplicates='definitions'", **preamble())

    assert found == (at("x", 1, 2),)


@DOORS
def test_allowed_names(door: str) -> None:
    """Names listed in ``duplicates_allow`` may be bound at will."""
    body = "x = 1\nx = 2\ny = 1\ny = 2"

    assert verdict(door, body, "duplicates_allow=('x', 'y')") == ()
    assert verdict(door, body, "duplicates_allow=['x']") == (at("y", 3, 4),)


@DOORS
@pytest.mark.parametrize(
    "words",
    [
        "duplicates='some'",
        "duplicates=['all']",
        "duplicates=EqualToAll()",
        "duplicates_allow='x'",
        "duplicates_allow=3",
        "duplicates_allow=(1, 'x')",
    ],
)
def test_bad_options_are_refused(door: str, words: str) -> None:
    """An option that is none of the documented values names class, rule and value."""
    value = re.escape(words.partition("=")[2])
    rule = rf"'C': \w+ takes .*, not {value}$"
    with pytest.raises(ClassDefinitionError, match=rule):
        build(door, "x = 1", words, EqualToAll=EqualToAll)


def test_bad_options_in_a_call_are_refused() -> None:
    """What no class statement goes before is told the name of the class as well."""
    with pytest.raises(ClassDefinitionError, match=r"'Called': duplicates takes"):
        NoDuplicateMeta("Called", (), {}, duplicates="some")


class EqualToAll:
    def __repr__(self) -> str:
        return "EqualToAll()"

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("base", [NoDuplicateMixin, NoDuplicateMeta("B", (), {})])
def test_options_are_inherited_one_by_one(base: Any) -> None:
    """A subclass has its base's options and may override each of them."""

    class Base(base, duplicates="definitions", duplicates_allow=("x",)):
        pass

    class Child(Base):
        y = 1
        y = 2

        def x(self) -> None: ...
        def x(self) -> None: ...

    class Narrow(Base, duplicates_allow=()):
        y = 1
        y = 2

    with pytest.raises(DuplicateNameError, match="'y'"):

        class Strict(Child, duplicates="all"):
            def x(self) -> None: ...
            def x(self) -> None: ...

            y = 1
            y = 2

    with pytest.raises(DuplicateNameError, match="'x'"):

        class NarrowChild(Narrow):
            def x(self) -> None: ...
            def x(self) -> None: ...


def test_decorator_forms() -> None:
    """The decorator works with and without parentheses and keeps the class."""

    class Plain:
        x = 1

    assert no_duplicates(Plain) is Plain
    assert no_duplicates()(Plain) is Plain
    with pytest.raises(TypeError, match="takes a class"):
        no_duplicates(3)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="prefix"):
        no_duplicates(prefix=3)  # type: ignore[call-overload]


# -- errors -------------------------------------------------------------------


@DOORS
def test_error_says_who_what_and_where(door: str) -> None:
    """The error names class, name, both lines, the file and a way out."""
    with pytest.raises(DuplicateNameError) as caught:
        build(door, TWICE)

    error = caught.value
    assert isinstance(error, TypeError)
    assert "'C' in bodies.py binds 'x' at line 3 and again at line 4" in str(error)
    for other in (copy.copy(error), *round_trips(error)):
        assert str(other) == str(error)
        assert vars(other) == vars(error)


def round_trips(value: Any) -> list[Any]:
    return [
        pickle.loads(pickle.dumps(value, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]


@DOORS
def test_refused_class_is_gone(door: str) -> None:
    """A refused class is in no ``__subclasses__`` and has run no sibling's hook."""
    seen: list[type] = []

    class Sibling:
        def __init_subclass__(cls, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            seen.append(cls)

    head = HEADS[door].format("" if door == "decorator" else ", Sibling")
    head = head.replace("class C:", "class C(Sibling):").replace(
        "metaclass=NoDuplicateMeta, Sibling", "Sibling, metaclass=NoDuplicateMeta"
    )
    source = f"{head}\n" + textwrap.indent(TWICE, "    ")
    names = {"__name__": "bodies", "Sibling": Sibling, **globals_of_doors()}
    with pytest.raises(DuplicateNameError):
        exec(source, names)

    gc.collect()
    assert len(seen) == (door == "decorator")
    seen.clear()
    gc.collect()
    assert Sibling.__subclasses__() == []


def globals_of_doors() -> dict[str, Any]:
    return {
        "NoDuplicateMeta": NoDuplicateMeta,
        "NoDuplicateMixin": NoDuplicateMixin,
        "no_duplicates": no_duplicates,
    }


# -- finding the body ---------------------------------------------------------


@HOOKS
def test_body_is_found_through_other_metaclasses(door: str) -> None:
    """A Python frame between the statement and the hook is looked past."""
    words = "metaclass=abc.ABCMeta" if door == "mixin" else ""

    assert verdict(door, TWICE, words, abc=abc) == (at("x", 1, 2),)


def test_nested_classes_are_bodies_of_their_own() -> None:
    """A class inside a class, a function or a loop is found and named."""

    class Outer:
        with pytest.raises(DuplicateNameError) as caught:

            class Inner(NoDuplicateMixin):
                x = 1
                x = 2

    assert Outer.caught.value.owner == "Inner"
    for _ in range(2):
        with pytest.raises(DuplicateNameError):

            @no_duplicates
            class Looped:
                x = 1
                x = 2


def test_namesakes_are_told_apart() -> None:
    """Of several classes of one name in a function, each has its own body."""

    class Same(NoDuplicateMixin):
        x = 1

    with pytest.raises(DuplicateNameError):

        class Same(NoDuplicateMixin):
            x = 1
            x = 2

    @no_duplicates
    class Same:
        x = 1

    made = type("Same", (NoDuplicateMixin,), {"__qualname__": Same.__qualname__})
    assert made.__name__ == "Same"


@pytest.mark.parametrize("kind", ["", "@property", "@staticmethod", "@classmethod"])
def test_decorator_applied_later(kind: str) -> None:
    """A plain call finds the body where that is certain, else it checks nothing."""
    source = (
        f"class C:\n    {kind}\n    def x(self): ...\n    {kind}\n    def x(self): ...\n"
        "class D:\n    y = 1\n"
        "def make():\n    class D:\n        def x(s): ...\n        def x(s): ...\n"
        "    return D\n"
        "{}"
    )
    for call in ("no_duplicates(C)", "no_duplicates(make())"):
        with pytest.raises(DuplicateNameError):
            exec(source.format(call), {"__name__": "late", **globals_of_doors()})
    exec(source.format("no_duplicates(D)"), {"__name__": "late", **globals_of_doors()})
    # Without functions, only the line that Python 3.13 keeps is certain.
    knows_lines = sys.version_info >= (3, 13)
    source = "class C:\n    x = 1\n    x = 2\nno_duplicates(C)"
    with pytest.raises(DuplicateNameError) if knows_lines else nullcontext():
        exec(source, {"__name__": "late", **globals_of_doors()})


def test_class_of_the_same_name_elsewhere() -> None:
    """A class that was made by other means is not taken for a statement's."""

    def make() -> None:
        names = {"__module__": "late", "__qualname__": "C", "f": lambda self: 0}
        no_duplicates(type("C", (), names))

    source = "make()\nclass C:\n    x = 1\n    x = 2\nmake()"
    exec(source, {"__name__": "late", "make": make})


@HOOKS
def test_what_no_statement_made_is_not_checked(door: str) -> None:
    """Without a body of their own, classes pass."""
    namespace = {"__module__": __name__, "x": 1}
    bases = (NoDuplicateMixin,) if door == "mixin" else ()
    decorate = no_duplicates if door == "decorator" else lambda cls: cls

    decorate(type("Made", bases, dict(namespace)))
    decorate(types.new_class("Made", bases, exec_body=lambda ns: ns.update(namespace)))


@HOOKS
@pytest.mark.parametrize("line", ["__qualname__ = 'D'", "__module__ = 'd'"])
def test_body_that_renames_itself_is_not_checked(door: str, line: str) -> None:
    """A class that took another name cannot be found, and passes."""
    assert verdict(door, f"{line}\nx = 1\nx = 2") == ()


@DOORS
def test_body_that_says_its_module(door: str) -> None:
    """What the interpreter has bound first is no definition that is lost."""
    assert verdict(door, "__module__ = __name__\nx = 1") == ()
    assert verdict(door, "__module__ = __name__\nx = 1\nx = 2") == (at("x", 2, 3),)


@DOORS
def test_exec_without_module_name(door: str) -> None:
    """A body run in globals without ``__name__`` is checked all the same."""
    source = HEADS[door].format("") + "\n    x = 1\n    x = 2"

    with pytest.raises(DuplicateNameError):
        exec(source, globals_of_doors())


@DOORS
def test_overloads_of_another_body_count_for_nothing(door: str) -> None:
    """What stood in the same place before, as in a notebook, is another function."""
    assert verdict(door, "@overload\ndef x(self): ...\nx = 2", **preamble()) == ()

    body = "@property\ndef x(self): ...\nx = 2"
    assert verdict(door, body, **preamble()) == (at("x", 2, 3),)


@DOORS
def test_overload_is_a_name_and_no_text(door: str) -> None:
    """A decorator that is given the word keeps no function."""
    body = '@tag("overload")\ndef x(self): ...\nx = 2'
    names = preamble() | {"tag": lambda _: lambda function: function}

    assert verdict(door, body, **names) == (at("x", 2, 3),)


@DOORS
def test_deferred_annotations(door: str) -> None:
    """``from __future__ import annotations`` changes nothing."""
    head = "from __future__ import annotations\n" + HEADS[door].format("")
    good = f"{head}\n    x: int = 1\n    y: Undefined"
    names = {"__name__": "bodies", **globals_of_doors()}
    exec(good, dict(names))
    with pytest.raises(DuplicateNameError):
        exec(f"{good}\n    x: Undefined = 2", dict(names))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 695 is of Python 3.12")
@DOORS
def test_generic_classes(door: str) -> None:
    """The body of a PEP 695 class sits one code object deeper, and is found."""
    head = HEADS[door].format("").replace("class C", "class C[T]")
    source = f"{head}\n    def x[U](self, a: U) -> T: ...\n"
    names = {"__name__": "bodies", **globals_of_doors()}
    exec(source, dict(names))
    for line in ("def x(self): ...", "def x[U](self): ..."):
        with pytest.raises(DuplicateNameError):
            exec(f"{source}    {line}", dict(names))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 695 is of Python 3.12")
@DOORS
@pytest.mark.parametrize(
    "line", ["type x = y", "def x[T: y](self): ...", "class x[T: y]: ..."]
)
def test_lazy_names_keep_nothing(door: str, line: str) -> None:
    """What evaluates its names later holds the namespace, and is lost all the same."""
    body = f"y = int\n{line}\n{line}"

    assert verdict(door, body, "duplicates='definitions'") == (at("x", 2, 3),)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 695 is of Python 3.12")
@DOORS
@pytest.mark.parametrize(
    "body",
    [
        "@overload\ndef x[T](self, a: T) -> T: ...\ndef x(self, a): ...",
        "@overload\ndef __x[T](self, a: T) -> T: ...\ndef __x[T](self, a): ...",
        "@register\ndef x[T](self): ...\n@register\ndef x[T](self): ...",
    ],
)
def test_generic_functions_are_functions(door: str, body: str) -> None:
    """Overloads and registered functions pass with type parameters as without."""
    kept: list[object] = []

    def register(function: object) -> object:
        kept.append(function)
        return function

    names = preamble() | {"register": register}
    assert verdict(door, body, **names) == ()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 695 is of Python 3.12")
@DOORS
@pytest.mark.parametrize(
    "use",
    [
        "def f[T](self, a: x): ...",
        "def f[T](self) -> x: ...",
        "class A[T](x): ...",
        "class A[T](metaclass=type(x)): ...",
    ],
)
def test_generic_statements_read_names(door: str, use: str) -> None:
    """
    A name that an annotation or a base of a generic statement reads is not lost.

    From Python 3.14 on, annotations are read when somebody asks for them (PEP 649).
    """
    names = {
        "__name__": "bodies",
        "typing": types.SimpleNamespace(x=dict),
        **globals_of_doors(),
    }

    def run(use: str) -> None:
        body = f"class x: ...\n{use}\nclass x: ..."
        source = f"{HEADS[door].format('')}\n" + textwrap.indent(body, "    ")
        exec(compile(source, "f", "exec", dont_inherit=True), dict(names))

    later = sys.version_info >= (3, 14) and use.startswith("def")
    with pytest.raises(DuplicateNameError) if later else nullcontext():
        run(use)
    with pytest.raises(DuplicateNameError):
        run(use.replace("x", "typing.x"))


@DOORS
def test_rebuilt_classes_are_checked_once(door: str) -> None:
    """A class that ``slots=True`` builds anew passes if its first build did."""
    for rebuild in (dataclass(slots=True), attrs.define):
        body = "x: int = 1\n@property\ndef y(self): ...\n@y.setter\ndef y(self, v): ..."
        source = f"@rebuild\n{HEADS[door].format('')}\n" + textwrap.indent(body, "    ")
        names = {"__name__": "bodies", "rebuild": rebuild, **globals_of_doors()}
        exec(compile(source, "f", "exec", dont_inherit=True), names)
        assert names["C"]().x == 1  # type: ignore[operator]
        with pytest.raises(DuplicateNameError):
            exec(f"{source}\n    x: int = 2", dict(names))


@pytest.mark.parametrize("mode", ["all", "definitions"])
def test_decorator_above_a_rebuild(mode: Any) -> None:
    """The decorator may stand above what rebuilds a class, or takes fields out of it."""
    with pytest.raises(DuplicateNameError):

        @no_duplicates(duplicates=mode)
        @dataclass(slots=True)
        class Point:
            x: int = dataclass_field(default=1)
            x: int = dataclass_field(default=2)

    with pytest.raises(DuplicateNameError):

        @no_duplicates(duplicates=mode)
        @dataclass
        class Line:
            x: int = dataclass_field()
            x: int = dataclass_field()


# -- the namespace ------------------------------------------------------------


class Recording(dict[str, Any]):
    """A namespace as frameworks prepare it, with attributes and a rule."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []

    def __setitem__(self, name: str, value: Any) -> None:
        self.order.append(name)
        super().__setitem__(name, value)


class Merging(dict[str, Any]):
    """A namespace that keeps all functions of one name."""

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self and callable(value):
            value = [self[name], value]
        super().__setitem__(name, value)


class Refusing(dict[str, Any]):
    """A namespace with an error of its own."""

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self:
            raise LookupError(name)
        super().__setitem__(name, value)


class Slotted(dict[str, Any]):
    __slots__ = ("mark",)


def missing() -> Any:
    raise KeyError


def defaulting() -> collections.defaultdict[str, Any]:
    return collections.defaultdict(missing)


NAMESPACES = [
    dict,
    collections.OrderedDict,
    collections.UserDict,
    defaulting,
    Recording,
    Slotted,
]


def metaclass_preparing(prepare: Any, seen: list[Any]) -> Any:
    class Framework(type):
        @classmethod
        def __prepare__(mcls, name: str, bases: Any, **kwargs: Any) -> Any:
            prepared = prepare()
            seen.append(prepared)
            return prepared

        def __new__(mcls, name: str, bases: Any, namespace: Any) -> Any:
            seen.append(namespace)
            namespace["x"] = "the framework's"
            namespace["x"] = "again"
            return super().__new__(mcls, name, bases, dict(namespace))

    return combine_metaclasses(NoDuplicateMeta, Framework)


@pytest.mark.parametrize("prepare", NAMESPACES)
def test_every_kind_of_namespace_is_watched(prepare: Any) -> None:
    """Whatever mapping a framework prepares, the second binding raises."""
    meta = metaclass_preparing(prepare, [])

    with pytest.raises(DuplicateNameError):

        class C(metaclass=meta):
            x = 1
            x = 2


@pytest.mark.parametrize("prepare", NAMESPACES)
def test_framework_gets_its_own_namespace(prepare: Any) -> None:
    """``__new__`` is handed what ``__prepare__`` returned, of exactly its type."""
    seen: list[Any] = []
    meta = metaclass_preparing(prepare, seen)

    class C(metaclass=meta):
        x = 1
        kept = locals()

    prepared, handed = seen
    assert type(handed) is type(prepared) is type(prepare())
    assert C.__dict__["x"] == "again"
    if prepare is not dict:
        assert handed is prepared
    if prepare is Recording:
        assert handed.order.count("x") == 3


def test_names_that_were_there_before_may_be_bound() -> None:
    """What a framework puts in its namespace beforehand is a default."""
    for kind in (dict, collections.OrderedDict, Recording):

        def prepare(kind: Any = kind) -> Any:
            namespace = kind()
            namespace["x"] = "default"
            namespace["y"] = "default"
            return namespace

        class C(metaclass=metaclass_preparing(prepare, [])):
            y = 1
            del y

        assert not hasattr(C, "y")


def test_missing_names_stay_the_namespaces_affair() -> None:
    """A namespace that answers for missing names does so while it is watched."""

    def prepare() -> Any:
        return collections.defaultdict(int)

    class C(metaclass=metaclass_preparing(prepare, [])):
        y = undefined_name  # type: ignore[name-defined]  # noqa: F821

    assert C.y == 0


def test_merging_namespace_is_let_do_so() -> None:
    """A namespace that keeps both functions loses none."""

    class C(metaclass=metaclass_preparing(Merging, [])):
        def f(self) -> None: ...
        def f(self) -> None: ...

    assert len(C.f) == 2  # type: ignore[arg-type]
    with pytest.raises(DuplicateNameError):

        class D(metaclass=metaclass_preparing(Merging, [])):
            x = 1
            x = 2


class Holder:
    known: ClassVar[list[int]] = [1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (NAMESPACES, lambda: 1),
        (Holder.known, Holder()),
        (sys.path, types.SimpleNamespace(module=sys)),
    ],
    ids=["globals", "class", "module"],
)
def test_what_the_surroundings_know_is_not_merged(old: object, new: object) -> None:
    """A value whose module or class knows the old one does not hold it itself."""
    with pytest.raises(DuplicateNameError):

        class C(metaclass=metaclass_preparing(Recording, [])):
            x = old
            x = new


def test_refusing_namespace_comes_second() -> None:
    """Where the framework's namespace refuses as well, ours is the error."""
    with pytest.raises(DuplicateNameError) as caught:

        class C(metaclass=metaclass_preparing(Refusing, [])):
            x = 1
            x = 2

    assert caught.value.__cause__ is None


def test_namespace_that_cannot_be_watched_is_left_alone() -> None:
    """A mapping that neither changes its class nor is copied is not watched."""

    class Sealed(dict[str, Any]):
        def __init_subclass__(cls, **kwargs: Any) -> None:
            raise TypeError("no subclasses")

    class C(metaclass=metaclass_preparing(Sealed, [])):
        x = 1
        x = 2


@pytest.mark.parametrize("prepare", NAMESPACES)
def test_captured_namespace_is_harmless(prepare: Any) -> None:
    """``locals()`` kept from a body can be written to later, twice."""

    class C(metaclass=metaclass_preparing(prepare, [])):
        kept = locals()
        x = 1

    kept: Any = C.kept
    kept["x"] = 2
    kept["x"] = 3
    exec("x = 4\nx = 5", {}, kept)
    assert kept["x"] == 5


@pytest.mark.parametrize("prepare", NAMESPACES)
def test_body_that_raises_leaves_nothing(prepare: Any) -> None:
    """After an error in a body, the namespace is free and collectable."""
    seen: list[Any] = []
    meta = metaclass_preparing(prepare, seen)
    with pytest.raises(ZeroDivisionError):

        class C(metaclass=meta):
            x = 1 / 0

    seen[0]["x"] = 1
    seen[0]["x"] = 2
    assert seen[0]["x"] == 2


def test_namespace_types_are_not_kept_alive() -> None:
    """Watching keeps no framework's mapping type alive."""

    def use() -> weakref.ref[type]:
        class Mapping(dict[str, Any]):
            pass

        meta = metaclass_preparing(Mapping, [])

        class C(metaclass=meta):
            x = 1

        class D(metaclass=meta):
            x = 1

        return weakref.ref(Mapping)

    gone = use()
    gc.collect()
    gc.collect()

    assert gone() is None


def test_plain_calls_are_not_bodies() -> None:
    """``M(name, bases, namespace)`` has no body and passes."""
    cls = NoDuplicateMeta("C", (), {"x": 1})

    assert cls.__dict__["x"] == 1
    assert type(cls)("D", (cls,), {"x": 2}).__dict__["x"] == 2


def test_exec_body_is_a_body() -> None:
    """The function given to ``types.new_class`` is checked as a body is."""

    def twice(namespace: Any, other: Any = None) -> Any:
        value = 1
        namespace["x"] = value
        namespace["y"] = value
        namespace["x"] = 2
        return namespace

    def meant(namespace: Any) -> None:
        namespace["x"] = 1
        namespace["x"] = namespace["x"] + 1
        namespace["y"] = 1
        for name in "yyz":
            namespace[name] = 2
        namespace.update(x=3)

    def asked(namespace: Any) -> None:
        namespace["x"] = 1
        namespace.get("x")
        namespace["x"] = 2

    def shown(namespace: Any) -> None:
        value = 1
        namespace["x"] = value
        dict.get(namespace, value)
        namespace["x"] = 2

    for body in (meant, asked, shown, lambda namespace: namespace):
        types.new_class("C", (), {"metaclass": NoDuplicateMeta}, body)
    with pytest.raises(DuplicateNameError) as caught:
        types.new_class("C", (), {"metaclass": NoDuplicateMeta}, twice)
    assert caught.value.owner == "C"


def test_keys_that_are_no_names() -> None:
    """Keys that are not strings are none of the pattern's affair."""

    def body(namespace: Any) -> None:
        namespace[1] = 1
        namespace[1] = 2
        del namespace[1]

    types.new_class("C", (), {"metaclass": NoDuplicateMeta}, body)


# -- bodies that run more than once -------------------------------------------


class Interrupted(Exception):
    pass


AGAIN = """
def define(during):
    {head}
        {wrap}
        def x(self): ...
        during()
        {wrap}
        def x(self): ...
    return C
"""


def again(door: str, wrap: str) -> Callable[[Callable[[], object]], type]:
    head = textwrap.indent(HEADS[door].format(""), "    ").lstrip()
    module = preamble() | {
        "NoDuplicateMeta": NoDuplicateMeta,
        "NoDuplicateMixin": NoDuplicateMixin,
        "no_duplicates": no_duplicates,
    }
    exec(AGAIN.format(head=head, wrap=wrap), module)
    define: Callable[[Callable[[], object]], type] = module["define"]
    return define


def interrupt() -> None:
    raise Interrupted


@DOORS
@pytest.mark.parametrize("wrap", ["", "@wrap"])
def test_a_traceback_of_an_earlier_run_hides_nothing(door: str, wrap: str) -> None:
    """What an unfinished run of the body has bound does not pass for registered."""
    define = again(door, wrap)
    kept = []
    for _ in range(2):
        with pytest.raises(Interrupted) as caught:
            define(interrupt)
        kept.append(caught.value)

    with pytest.raises(DuplicateNameError):
        define(int)


@DOORS
def test_a_run_within_a_run_hides_nothing(door: str) -> None:
    """A body that defines the class again on its way is checked, inside and out."""
    define = again(door, "")

    def inside() -> None:
        with pytest.raises(DuplicateNameError):
            define(int)

    with pytest.raises(DuplicateNameError):
        define(inside)


@HOOKS
def test_functions_registered_at_every_run_pass(door: str) -> None:
    """Beside unfinished runs, too, a function that a decorator keeps is not lost."""
    define = again(door, "@register")
    with pytest.raises(Interrupted) as caught:
        define(interrupt)

    assert define(int).__name__ == "C"
    assert caught.value is not None


# -- in company ---------------------------------------------------------------


def test_enum_of_every_flavour() -> None:
    """Enum's namespace, members and housekeeping work under the guard."""
    meta = combine_metaclasses(NoDuplicateMeta, enum.EnumMeta)

    class Color(enum.Enum, metaclass=meta):
        _ignore_ = ["Color", "i"]
        Color = vars()
        for i in range(3):
            Color[f"c{i}"] = i
        RED = enum.auto()

        @enum.property
        def shade(self) -> str:
            return "light"

        @shade.setter
        def shade(self, value: str) -> None: ...

    class Flag(enum.IntFlag, metaclass=meta):
        A = enum.auto()
        B = enum.auto()
        AB = A | B

    class Text(enum.StrEnum, metaclass=meta):
        def _generate_next_value_(name: str, *_: Any) -> str:
            return name.upper()

        one = enum.auto()

    assert [member.name for member in Color] == ["c0", "c1", "c2", "RED"]
    assert Flag.AB is Flag.A | Flag.B
    assert Text.one == "ONE"
    with pytest.raises(DuplicateNameError):

        class Twice(enum.Enum, metaclass=meta):
            RED = 1
            RED = 2


@pytest.mark.skipif(sys.version_info < (3, 11), reason="nonmember")
def test_enum_mixin() -> None:
    """The mixin door works on an Enum, whose members are no plain values."""

    class Base(NoDuplicateMixin, enum.Enum):
        @classmethod
        def first(cls) -> Any:
            return next(iter(cls))

    class Good(Base):
        A = 1
        b = enum.nonmember(2)

    assert Good.first() is Good.A
    with pytest.raises(DuplicateNameError):

        class Bad(Base):
            A = 1

            def f(self) -> None: ...
            def f(self) -> None: ...


def test_suites() -> None:
    """A test method whose earlier body would never run is found."""

    class Suite(NoDuplicateMixin, unittest.TestCase):
        def test_a(self) -> None: ...

    with pytest.raises(DuplicateNameError, match="test_a"):

        class Other(Suite):
            def test_a(self) -> None: ...
            @unittest.skip("later")
            def test_a(self) -> None: ...


def test_hypothesis_tests() -> None:
    """Wrappers that refer to themselves do not count as holding what is lost."""
    body = """
        @given(st.integers())
        def test_a(self, x): ...
        @given(st.integers())
        def test_a(self, x): ...
        """
    import hypothesis
    from hypothesis import strategies

    for door in HEADS:
        found = verdict(door, body, given=hypothesis.given, st=strategies)
        assert found == (at("test_a", 2, 4),)


def test_state_is_pickled_with_a_class_of_options() -> None:
    """What is kept on the class is the options, and pickles."""

    class C(metaclass=NoDuplicateMeta, duplicates="definitions"):
        pass

    state = vars(C)["_abc_metapatterns_no_duplicate"]
    assert all(copied == state for copied in round_trips(state))


ROUNDS = 10  # enough for the threads to take turns in the middle of a body


def test_threads_create_classes_side_by_side() -> None:
    """Each body is judged by itself, however many run at once."""
    found: list[Any] = []
    barrier = threading.Barrier(8)

    def run(number: int) -> None:
        body = TWICE if number % 2 else LEGITIMATE["property"]
        barrier.wait(20)
        for _ in range(ROUNDS):
            found.extend((number % 2, verdict(door, body)) for door in HEADS)

    threads = [threading.Thread(target=run, args=(i,), daemon=True) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a thread hangs"

    assert len(found) == 8 * ROUNDS * 3
    assert all(bool(duplicates) == bool(odd) for odd, duplicates in found)
