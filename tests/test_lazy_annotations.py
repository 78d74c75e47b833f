"""
Annotations that name what is defined later, or never: as text, and unevaluated.

Each test compiles its source with ``from __future__ import annotations``, and, where
annotations are evaluated when somebody asks (PEP 649, Python 3.14), without.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import sys
import types
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

import pytest

from metapatterns import (
    ClassDefinitionError,
    FieldValueError,
    registry_of,
    singleton_instance,
)
from metapatterns.tools._explain._ways import defines_only_hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LAZY = sys.version_info >= (3, 14)
TEXT = "from __future__ import annotations"
PRELUDE = """
import dataclasses, enum, typing
from abc import ABC
from metapatterns import *
"""
DOORS = {
    "meta": "class C(metaclass={0}Meta{1}):",
    "mixin": "class C({0}Mixin{1}):",
    "decorator": "@{2}\nclass C:",
}


@pytest.fixture(params=["text", "lazy"] if LAZY else ["text"])
def run(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Run source as a module; what is run afterwards goes on in the same one."""
    module = types.ModuleType("lazily")
    sys.modules["lazily"] = module

    def run(source: str) -> types.ModuleType:
        future = TEXT if request.param == "text" else ""
        lines = f"{future}\n{PRELUDE}{dedent(source)}"
        code = compile(lines, "lazily.py", "exec", dont_inherit=True)
        exec(code, vars(module))
        return module

    yield run
    del sys.modules["lazily"]


def statement(
    door: str, pattern: str, decorator: str, body: str, rest: str = ""
) -> str:
    head = DOORS[door].format(pattern, rest, decorator)
    return f"{head}\n{indent(dedent(body), '    ')}"


each_door = pytest.mark.parametrize("door", DOORS)


@pytest.fixture(params=["module", "function"])
def place(request: pytest.FixtureRequest) -> Callable[[str, str], str]:
    """Put a class and what it names into a module, or into a function that ends."""

    def put(first: str, then: str) -> str:
        source = f"{first}\n{then}\n"
        if request.param == "module":
            return source
        body = indent(f"{source}return C, Later", "    ")
        return f"def make():\n{body}\nC, Later = make()\n"

    return put


# -- validator ----------------------------------------------------------------

LATER = "class Later: pass"
FIELDS = """
one: Later
union: Later | int
other: int | Later | None
many: list[Later | int]
each: dict[str, Later] | None
"""


@each_door
def test_fields_may_name_what_is_defined_later(run: Any, place: Any, door: str) -> None:
    """Names in annotations are looked up when the first instance is constructed."""
    module = run(place(statement(door, "Validator", "validated", FIELDS), LATER))
    cls, later = module.C, module.Later()
    instance = cls(later, later, later, [later, 1], {"a": later})
    assert cls(later, 1, 1, [], None).union == 1

    with pytest.raises(FieldValueError) as caught:
        cls(1, "", "", [""], {"a": 1})
    assert [(failure.field, failure.expected) for failure in caught.value.failures] == [
        ("one", "Later"),
        ("union", "Later | int"),
        ("other", "int | Later | None"),
        ("many", "list[Later | int]"),
        ("each", "dict[str, Later] | None"),
    ]
    with pytest.raises(FieldValueError):
        instance.union = ""
    assert instance.union is later


@each_door
def test_an_own_constructor_meets_names_defined_later(
    run: Any, place: Any, door: str
) -> None:
    """A user's ``__init__`` assigns to fields whose types were not known before."""
    own = f"{FIELDS}kind: type[Later | int]\ndef __init__(self, **values):\n"
    own += "    for name in values: setattr(self, name, values[name])"
    module = run(place(statement(door, "Validator", "validated", own), LATER))
    later = module.Later()
    good = {
        "one": later,
        "union": 1,
        "other": None,
        "many": [later],
        "each": {"": later},
        "kind": module.Later,
    }
    module.C(**good)
    for name in good:
        with pytest.raises(FieldValueError, match=name):
            module.C(**{**good, name: 1.5})


@each_door
def test_what_is_not_defined_yet_is_named_as_it_was_written(
    run: Any, door: str
) -> None:
    """A value that comes too early is refused, naming the annotation."""
    own = "x: list[Later | int]\ndef __init__(self, x): self.x = x"
    cls = run(statement(door, "Validator", "validated", own)).C

    with pytest.raises(ClassDefinitionError, match=r"'(list\[)?Later \| int\]?' names"):
        cls([1])


@each_door
def test_what_cannot_be_hashed_may_stand_beside_a_late_name(
    run: Any, door: str
) -> None:
    """A hint that is made of both is looked up when the name is defined."""
    body = "x: list[Later | list[typing.Annotated[int, []]]]"
    module = run(f"{statement(door, 'Validator', 'validated', body)}\n{LATER}")
    assert module.C([[1], module.Later()]).x[0] == [1]
    with pytest.raises(FieldValueError):
        module.C([[""]])


@each_door
def test_conditional_annotations_declare_fields(run: Any, door: str) -> None:
    """Only the branch that ran has declared something."""
    body = """
    if True:
        x: Later
    else:
        y: int
    for _ in range(2):
        z: int = 3
    """
    module = run(statement(door, "Validator", "validated", body) + "\n" + LATER)
    fields = [field.name for field in dataclasses.fields(module.C)]

    assert fields == ["x", "z"]
    with pytest.raises(FieldValueError):
        module.C(1)


def test_slots_leave_out_what_is_no_field(run: Any) -> None:
    """``ClassVar`` and ``InitVar`` get no slot, though nothing is evaluated yet."""
    module = run(
        """
        class C(metaclass=ValidatorMeta, slots=True):
            shared: typing.ClassVar[int] = 3
            x: Later
            y: Later | None = None
            given: dataclasses.InitVar[int] = 4

        class Later: pass
        """
    )
    assert len(module.C.__slots__) == 2
    assert not hasattr(module.C(module.Later()), "__dict__")
    assert module.C.shared == 3


@pytest.mark.parametrize("slots", [False, True])
@each_door
def test_dataclass_beside_it(run: Any, door: str, slots: bool) -> None:
    """``@dataclass`` reads the annotations again, and the class is still checked."""
    lines = statement(door, "Validator", "validated", "x: int\ny: Later = None")
    over = f"@dataclasses.dataclass(slots={slots})"
    if door == "decorator":
        head, _, rest = lines.partition("\n")
        lines = f"{head}\n{over}\n{rest}"
    else:
        lines = f"{over}\n{lines}"
    module = run(f"{lines}\n{LATER}")

    instance = module.C(1, module.Later())
    with pytest.raises(FieldValueError):
        module.C(1, 2)
    with pytest.raises(FieldValueError):
        instance.y = 2
    assert copy.copy(instance) == instance
    assert pickle.loads(pickle.dumps(module.C(1, module.Later()))).x == 1


@each_door
def test_subclasses_add_names(run: Any, door: str) -> None:
    """A subclass's annotations are looked up beside those of its bases."""
    lines = statement(door, "Validator", "validated", "x: Later")
    sub = "class D(C):\n    y: Later | None\n    x = None"
    if door == "decorator":
        sub = f"@validated\n{sub}"
    module = run(f"{lines}\n{sub.replace('x = None', 'z: list[Later]')}\n{LATER}")
    later = module.Later()

    assert module.D(later, None, [later]).x is later
    with pytest.raises(FieldValueError) as caught:
        module.D(1, 1, 1)
    assert [failure.field for failure in caught.value.failures] == ["x", "y", "z"]


def test_a_field_of_its_type_s_name(run: Any) -> None:
    """``date: date`` means the class outside, though another name is missing."""
    module = run(
        """
        from datetime import date
        @dataclasses.dataclass
        class C(ValidatorMixin):
            date: date
            other: Later | None = None

        class Later: pass
        """
    )
    assert module.C(module.date(2020, 1, 1)).other is None
    with pytest.raises(FieldValueError, match="date"):
        module.C(1)


def test_the_constructor_has_the_fields_annotations(run: Any) -> None:
    """They are evaluated when they are asked for, as those of a dataclass are."""
    body = "x: int\ny: Later | int | None = None\nz: dataclasses.InitVar[Later] = None"
    body += "\ndef __post_init__(self, z): pass"
    lines = statement("meta", "Validator", "validated", body)
    plain = lines.replace("C(metaclass=ValidatorMeta)", "D")
    module = run(f"{lines}\n@dataclasses.dataclass\n{plain}")

    if LAZY:
        import annotationlib

        for kind in (annotationlib.Format.STRING, annotationlib.Format.FORWARDREF):
            found, plain = (
                str(inspect.signature(cls, annotation_format=kind))
                for cls in (module.C, module.D)
            )
            assert found == plain.replace("lazily.D", "lazily.C")
    run(LATER)
    plain = str(inspect.signature(module.D))
    assert str(inspect.signature(module.C)) == plain
    assert module.C(1, module.Later(), module.Later()).x == 1
    assert str(inspect.signature(module.C)) == plain


NEW_SYNTAX = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="PEP 695 is of Python 3.12"
)


@NEW_SYNTAX
def test_parameters_and_aliases_may_name_what_is_defined_later(run: Any) -> None:
    """PEP 695 evaluates bounds, constraints and aliases when they are asked for."""
    module = run(
        """
        type Many = list[Later]

        class C[T: Later, U: (Later, int), V](metaclass=ValidatorMeta):
            bound: T
            one_of: U
            any: V
            many: Many
            kind: type[T]
        """
    )
    with pytest.raises(ClassDefinitionError, match="not defined by now"):
        module.C(1, 2, 3, [4], int)
    later = run(LATER).Later
    module.C(later(), 1, object(), [later()], later)
    with pytest.raises(FieldValueError) as caught:
        module.C(1, "", 1, [1], int)
    names = [failure.field for failure in caught.value.failures]
    assert names == ["bound", "one_of", "many", "kind"]


@NEW_SYNTAX
def test_defaults_wait_for_what_an_alias_names(run: Any) -> None:
    """They are looked at with the first instance, when the names are defined."""
    module = run(
        """
        type Many = list[Later]
        type By[T] = dict[T, Many]

        class C(metaclass=ValidatorMeta):
            many: Many = [1]
            by: By[int] | None = {1: [2]}
            last: tuple[Many, ...] = ([3],)
        """
    )
    later = run(LATER).Later()
    module.C([later], {1: [later]}, ([later],))
    with pytest.raises(FieldValueError) as caught:
        module.C()
    names = [failure.field for failure in caught.value.failures]
    assert names == ["many", "by", "last"]


@pytest.mark.parametrize("name", ["Later", "space.Later"])
@NEW_SYNTAX
def test_an_assignment_meets_parameters_defined_later(run: Any, name: str) -> None:
    """What a bound means is looked up at the first value, where that is earlier."""
    module = run(
        f"""
        import types
        space = types.SimpleNamespace()
        class C[T: {name}](metaclass=ValidatorMeta):
            x: T
            kind: type[T]
            def __init__(self, x, kind):
                self.x = x
                self.kind = kind
        """
    )
    with pytest.raises(ClassDefinitionError, match="'T' names something"):
        module.C(1, int)
    later = run(LATER + "\nspace.Later = Later").Later
    module.C(later(), later)
    with pytest.raises(FieldValueError):
        module.C(later(), int)
    with pytest.raises(FieldValueError):
        module.C(1, later)


# -- the stages ---------------------------------------------------------------


def test_what_the_interpreter_writes_into_a_body(run: Any) -> None:
    """A mapping adopted in ``prepare`` sees names that are nobody's, in this order."""
    written: list[str] = []

    class Noting(dict[str, Any]):
        def __setitem__(self, name: str, value: object) -> None:
            written.append(name)
            super().__setitem__(name, value)

    class FrameworkMeta(type):
        @classmethod
        def __prepare__(mcls, name: str, bases: Any, /, **kwargs: Any) -> Any:
            return Noting()

    run("").FrameworkMeta = FrameworkMeta
    run(
        """
        class C(metaclass=combine_metaclasses(NoDuplicateMeta, FrameworkMeta)):
            if True:
                x: Never = 1
            y: Never | int
            def method(self): return __class__
        """
    )
    lazily = "__annotations__" not in written
    assert lazily == (LAZY and "__annotate_func__" in written)
    at_the_end = {"__static_attributes__", "__classdictcell__", "__classcell__"}
    assert [name for name in written if name not in at_the_end] == [
        "__module__",
        "__qualname__",
        *["__firstlineno__"] * (sys.version_info >= (3, 13)),
        *["__annotations__"] * (not lazily),
        "x",
        "method",
        *["__annotate_func__"] * lazily,
    ]


# -- every pattern ------------------------------------------------------------

PATTERNS = {
    "final": ("Final", "final"),
    "logger": ("Logger", "logged"),
    "no_duplicate": ("NoDuplicate", "no_duplicates"),
    "registry": ("Registry", "Registry().register('c')"),
    "singleton": ("Singleton", "singleton"),
    "validator": ("Validator", "validated"),
}
BODY = """
if True:
    x: Never = None
else:
    y: int
class Inner:
    z: Never | int
def method(self, given: Never = None) -> Never:
    return __class__
def __init__(self, given: Never = None): pass
"""


@each_door
@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_pattern_wants_names_to_be_defined(
    run: Any, pattern: str, door: str
) -> None:
    """A class is made, used, described and copied, whatever its annotations name."""
    lines = statement(door, *PATTERNS[pattern], BODY)
    cls = run(lines).C
    plain = run(lines.replace(lines.partition("\n    ")[0], "class D:")).D

    assert cls().method() is cls
    assert copy.copy(cls()).method() is cls
    assert pickle.loads(pickle.dumps(cls())).method() is cls
    if LAZY:
        import annotationlib

        for one, other in (
            (cls, plain),
            (cls.method, plain.method),
            (cls.__init__, plain.__init__),
        ):
            assert annotationlib.get_annotations(
                one, format=annotationlib.Format.STRING
            ) == annotationlib.get_annotations(
                other, format=annotationlib.Format.STRING
            )
    else:
        assert cls.__annotations__ == plain.__annotations__
        assert cls.__init__.__annotations__ == plain.__init__.__annotations__


@pytest.mark.parametrize("reverse", [False, True])
def test_all_patterns_together_want_no_names_to_be_defined(
    run: Any, reverse: bool
) -> None:
    """A class that is everything at once may name what does not exist."""
    metas = [f"{PATTERNS[pattern][0]}Meta" for pattern in PATTERNS]
    metas = [*metas, "ABC"][:: -1 if reverse else 1]
    cls = run(
        f"class C(metaclass=combine_metaclasses({', '.join(metas)})):"
        f"\n{indent(dedent(BODY), '    ')}"
    ).C

    assert cls() is cls()
    assert cls.logger.name.endswith("C")


@each_door
def test_singletons_compare_arguments_without_their_annotations(
    run: Any, door: str
) -> None:
    """A later call is bound to the signature, whatever the annotations name."""
    body = "def __init__(self, x: Never, *rest: Never | int, y: Never = 2): pass"
    cls = run(statement(door, "Singleton", "singleton", body)).C

    one = cls([1], 2)
    assert cls([1], 2, y=2) is one
    with pytest.raises(TypeError, match="argument"):
        cls([1], 2, y=3)
    assert list(inspect.signature(cls).parameters) == ["x", "rest", "y"]
    assert singleton_instance(cls) is one


def test_a_registry_of_what_names_nothing(run: Any) -> None:
    """Members of every kind are registered as they are."""
    module = run(
        """
        class Root(RegistryMixin):
            x: Never
        class Plain(Root, key="plain"):
            y: Never.more
        @dataclasses.dataclass(slots=True)
        class Rebuilt(Root, key="rebuilt"):
            z: Never | None = None

        standalone = Registry()
        @standalone.register("function")
        def function(x: Never) -> Never: return x
        @standalone.register("tuple")
        class Pair(typing.NamedTuple):
            x: Never
        @standalone.register("typed")
        class Typed(typing.TypedDict):
            x: Never
        """
    )
    assert dict(registry_of(module.Root)) == {
        "plain": module.Plain,
        "rebuilt": module.Rebuilt,
    }
    assert registry_of(module.Root).create("rebuilt").z is None
    assert module.standalone.create("function", 1) == 1
    assert list(module.standalone) == ["function", "tuple", "typed"]


def test_members_of_an_enumeration(run: Any) -> None:
    """Annotations in an enumeration's body are no members, and no names bound."""
    cls = run(
        """
        class C(
            enum.Enum,
            metaclass=combine_metaclasses(enum.Enum, RegistryMeta, NoDuplicateMeta),
        ):
            A = 1
            B = 2
            x: Never
        """
    ).C
    assert [member.name for member in cls] == ["A", "B"]


@pytest.mark.parametrize("door", ["meta", "mixin"])
@pytest.mark.parametrize("hint", ["Never", "list[Never] | None"])
def test_a_framework_s_field_is_no_logger(run: Any, door: str, hint: str) -> None:
    """An annotation declares a field of a framework's, whatever type it names."""
    meta = door == "meta"
    bases = "metaclass=Both" if meta else "LoggerMixin, metaclass=FrameworkMeta"
    module = run(
        f"""
        class FrameworkMeta(type):
            def __new__(mcls, *args, **kwargs):
                return super().__new__(mcls, *args, **kwargs)

        class Both(LoggerMeta, FrameworkMeta): pass
        class C({bases}):
            logger: {hint}
        class D({bases}):
            logger: typing.ClassVar[{hint}]
        """
    )
    assert not hasattr(module.C, "logger")
    assert module.D.logger.name == "lazily.D"


@pytest.mark.skipif(not LAZY, reason="PEP 649 is of Python 3.14")
def test_an_annotate_function_declares_a_framework_s_field() -> None:
    """One that a class body made by a program brings counts as well."""
    from metapatterns import LoggerMeta

    class FrameworkMeta(type):
        def __new__(mcls, *args, **kwargs):
            return super().__new__(mcls, *args, **kwargs)

    class Both(LoggerMeta, FrameworkMeta):
        pass

    def annotate(kind):
        if kind > 1:
            raise NotImplementedError(kind)
        return {"logger": int}

    assert not hasattr(Both("C", (), {"__annotate__": annotate}), "logger")


def test_annotations_hide_no_metaclass_s_hooks(run: Any) -> None:
    """A metaclass that has annotations and hooks acts while a class is made, no more."""
    module = run(
        """
        class M(type):
            x: Never
            def __new__(mcls, *args): return super().__new__(mcls, *args)
        """
    )
    assert defines_only_hooks(module.M)
