"""Final: what a final class and a final method refuse, and what they let pass."""

from __future__ import annotations

import abc
import functools
import gc
import operator
import pickle
import subprocess
import sys
import textwrap
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import attrs
import pytest
from doors import DECORATOR, DOORS, METACLASS, Door, plain
from events import events, note
from strategies import readable
from uncooperative import NewByName

from metapatterns import (
    ClassDefinitionError,
    FinalError,
    FinalMeta,
    FinalMixin,
    combine_metaclasses,
    final,
)

T = TypeVar("T")

FINAL_DOORS = [door for door in DOORS if door.pattern == "final"]
ALL = pytest.mark.parametrize("door", FINAL_DOORS, ids=str)
#: The doors that take `final=`, and so can leave a class open.
OPENING = pytest.mark.parametrize(
    "door", [door for door in FINAL_DOORS if door.kind != DECORATOR], ids=str
)
MARKS = pytest.mark.parametrize("mark", [final, typing.final], ids=["ours", "typing's"])


# -- final classes ------------------------------------------------------------


@ALL
def test_subclass_is_refused(door: Door) -> None:
    """A class statement that names a final class fails and says so."""
    leaf = door.on().define("Leaf")

    with pytest.raises(FinalError) as caught:

        class Twig(leaf):
            pass

    error = caught.value
    assert (error.subclass, error.final, error.member) == ("Twig", "doors.Leaf", None)
    assert "'Twig' cannot subclass final class 'doors.Leaf'" in str(error)
    assert isinstance(error, TypeError)


@ALL
def test_final_base_is_found_anywhere(door: Door) -> None:
    """A final class counts wherever it stands among the bases."""
    leaf = door.on().define("Leaf")

    class Other:
        pass

    for bases in ((leaf, Other), (Other, leaf)):
        with pytest.raises(FinalError):
            types.new_class("Twig", bases)


@ALL
def test_final_class_may_derive_from_anything(door: Door) -> None:
    """The rule looks down the hierarchy, never up."""
    for base in (dict, Exception, Generic[T], abc.ABC):
        cls = door.on(base).define()

        with pytest.raises(FinalError):
            types.new_class("Twig", (cls,))


def as_function(name: str, bases: Any, namespace: Any, **kwargs: Any) -> type:
    return type(name, bases, namespace, **kwargs)


ROUTES: dict[str, Callable[[type], object]] = {
    "new_class": lambda leaf: types.new_class("Twig", (leaf,)),
    "type()": lambda leaf: type("Twig", (leaf,), {}),
    "type(leaf)()": lambda leaf: type(leaf)("Twig", (leaf,), {}),
    "__new__": lambda leaf: type(leaf).__new__(type(leaf), "Twig", (leaf,), {}),
    "metaclass": lambda leaf: types.new_class(
        "Twig", (leaf,), {"metaclass": combine_metaclasses(leaf, NewByName)}
    ),
    "function": lambda leaf: types.new_class(
        "Twig", (leaf,), {"metaclass": as_function}
    ),
}


@ALL
@pytest.mark.parametrize("route", ROUTES)
def test_every_route_is_closed(door: Door, route: str) -> None:
    """However a subclass is made, it is refused."""
    leaf = door.on().define("Leaf")

    with pytest.raises(FinalError):
        ROUTES[route](leaf)

    gc.collect()
    assert leaf.__subclasses__() == []


def test_body_of_a_refused_subclass_does_not_run() -> None:
    """The metaclass refuses before a line of the body has run."""

    class Leaf(metaclass=FinalMeta):
        pass

    with events() as seen, pytest.raises(FinalError):

        class Twig(Leaf):
            note("body", "run", "Twig")

    assert seen == []


@OPENING
def test_subclass_made_while_the_class_is_made(door: Door) -> None:
    """A subclass that a parent's ``__init_subclass__`` makes is refused as well."""

    class Parent:
        def __init_subclass__(cls, /, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            if cls.__name__ == "Leaf":
                types.new_class("Twig", (cls,))

    with pytest.raises(FinalError):
        door.on(Parent, first=True).define("Leaf")
    gc.collect()
    assert Parent.__subclasses__() == []


@ALL
def test_marks_tell_what_is_final(door: Door) -> None:
    """``__final__`` is what :func:`typing.final` sets, and false where open."""
    assert door.on().define().__final__ is True
    if door.kind != DECORATOR:
        for mode in (False, "methods"):
            assert door.on(options={"final": mode}).define().__final__ is False


def test_class_marked_by_typing_is_final_to_every_door() -> None:
    """``typing.final`` on a base is enforced on what the doors make."""

    @typing.final
    class Leaf:
        pass

    for door in FINAL_DOORS:
        with pytest.raises(FinalError):
            door.on(Leaf).define("Twig")


@OPENING
def test_open_class_has_final_subclasses(door: Door) -> None:
    """``final=False`` opens one class; what derives from it is final again."""
    root = door.on(options={"final": False}).define("Root")
    leaf = plain(root).define("Leaf")

    with pytest.raises(FinalError):
        plain(leaf).define("Twig")

    middle = plain(root, final=False).define("Middle")
    plain(middle).define("Other")


@OPENING
def test_methods_leave_the_hierarchy_open(door: Door) -> None:
    """``final="methods"`` is inherited, until a class below says otherwise."""
    root = door.on(options={"final": "methods"}).define("Root")
    deep = plain(plain(root).define("Middle")).define("Deep")
    leaf = plain(deep, final=True).define("Leaf")

    with pytest.raises(FinalError):
        plain(leaf).define("Twig")
    opened = plain(deep, final=False).define("Opened")
    with pytest.raises(FinalError):
        plain(plain(opened).define("Closed")).define("Twig")


class Equal:
    """Equal to everything, or an error, whatever it is compared with."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def __eq__(self, other: object) -> bool:
        if self.error is not None:
            raise self.error
        return True

    __hash__ = None  # type: ignore[assignment]


@OPENING
@pytest.mark.parametrize(
    "value",
    [1, 0, None, "method", "", (), object(), 1.0, "True", Equal(), Equal(OSError())],
)
def test_option_is_one_of_three(door: Door, value: object) -> None:
    """Any other value is refused, whatever it says that it equals."""
    site = door.on(options={"final": value})
    ways = [lambda: site.define("Wrong")]
    if door.kind == METACLASS:  # which a call reaches without `__prepare__`
        ways.append(lambda: FinalMeta("Wrong", (), {}, final=value))
    for define in ways:
        with pytest.raises(ClassDefinitionError) as caught:
            define()

        assert str(caught.value) == (
            f"class 'Wrong': final takes True, False or 'methods', not {value!r}"
        )


def test_bad_option_is_refused_before_the_body_runs() -> None:
    """A class statement that cannot succeed through the metaclass has no effects."""
    ran: list[str] = []

    with pytest.raises(ClassDefinitionError, match="final takes"):

        class Wrong(metaclass=FinalMeta, final=3):  # type: ignore[call-overload]
            ran.append("body")

    assert not ran


def test_mixin_and_metaclass_together_act_once() -> None:
    """With both doors on one class the metaclass's keyword is the one."""

    class Root(FinalMixin, metaclass=FinalMeta, final=False):
        pass

    class Leaf(Root):
        pass

    with pytest.raises(FinalError):

        class Twig(Leaf):
            pass


def test_decorator_on_a_class_that_is_final_already() -> None:
    """``@final`` above a metaclass or mixin tells type checkers and changes nothing."""

    @final
    class A(metaclass=FinalMeta):
        pass

    @final
    class B(FinalMixin):
        pass

    @final
    @final
    class C:
        pass

    for cls in (A, B, C):
        with pytest.raises(FinalError):
            type("Twig", (cls,), {})


def test_decorator_finds_its_own_hook_again() -> None:
    """A class that is final already gets nothing more, however often it is marked."""

    @final
    class C:
        pass

    class D(FinalMixin):
        pass

    for cls in (C, D):
        before = dict(vars(cls))
        final(cls)

        assert dict(vars(cls)) == before


@OPENING
def test_decorator_closes_an_open_class(door: Door) -> None:
    """``@final`` on a class of an open hierarchy makes that one final."""
    root = door.on(options={"final": "methods"}).define("Root")
    leaf = final(plain(root).define("Leaf"))

    assert leaf.__final__ is True
    with pytest.raises(FinalError):
        plain(leaf).define("Twig")
    plain(root).define("Other")


def test_decorated_class_keeps_its_own_hook() -> None:
    """A class method ``__init_subclass__`` of the class is not lost."""
    seen = []

    class Parent:
        def __init_subclass__(cls, **kwargs: Any) -> None:
            seen.append(cls.__name__)
            super().__init_subclass__(**kwargs)

    @final
    class Leaf(Parent):
        def __init_subclass__(cls, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)

    with pytest.raises(FinalError):
        type("Twig", (Leaf,), {})
    assert seen == ["Leaf"]


@ALL
def test_final_class_works_as_before(door: Door) -> None:
    """Instances, pickles and subclass checks of a final class are as ever."""
    cls = door.on().define(body={"value": 3})

    assert cls().value == 3
    assert isinstance(cls(), cls)
    assert cls.__subclasses__() == []


# -- final methods ------------------------------------------------------------


def members(mark: Callable[[Any], Any]) -> dict[str, Any]:
    """One final member of each kind."""

    def function(self: object) -> int:
        return 1

    def fresh() -> Any:
        return types.FunctionType(function.__code__, globals(), "function")

    return {
        "method": mark(fresh()),
        "property below": property(mark(fresh())),
        "property above": mark(property(fresh())),
        "setter": property(fresh(), mark(fresh())),
        "deleter": property(fresh(), None, mark(fresh())),
        "class method below": classmethod(mark(fresh())),
        "class method above": mark(classmethod(fresh())),
        "static method below": staticmethod(mark(fresh())),
        "static method above": mark(staticmethod(fresh())),
        "cached property below": functools.cached_property(mark(fresh())),
        "cached property above": mark(functools.cached_property(fresh())),
        "abstract": abc.abstractmethod(mark(fresh())),
        "partial method": functools.partialmethod(mark(fresh())),
        "single dispatch": functools.singledispatchmethod(mark(fresh())),
        "property in a class method": classmethod(property(mark(fresh()))),
        "cached property in a static method": staticmethod(
            functools.cached_property(mark(fresh()))
        ),
        "property of a subclass": Property(mark(fresh())),
        "partial in a property": property(functools.partial(mark(fresh()))),
        "partial in a single dispatch": functools.singledispatchmethod(
            functools.partialmethod(mark(fresh()))
        ),
        "slotted wrapper": Slotted(Slotted(mark(fresh()))),
    }


class Property(property):
    pass


class Slotted:
    """A wrapper that a user wrote, without a ``__dict__``."""

    __slots__ = ("__wrapped__",)

    def __init__(self, function: Any) -> None:
        self.__wrapped__ = function


MARKED = pytest.mark.parametrize(
    ("mark", "kind"),
    [
        pytest.param(mark, kind, id=f"{mark.__module__}-{kind}")
        for mark in (final, typing.final)
        for kind in members(mark)
        # `typing.final` gives up in silence on what takes no attributes.
        if not (mark is typing.final and kind == "property above")
    ],
)


@OPENING
@MARKED
def test_override_is_refused(door: Door, mark: Any, kind: str) -> None:
    """A final member of any kind cannot be bound again below."""
    member = members(mark)[kind]
    root = door.on(options={"final": "methods"}).define("Root", {"member": member})
    middle = plain(root).define("Middle")

    for value in (lambda self: 2, property(lambda self: 2), 3, None):
        with pytest.raises(FinalError) as caught:
            plain(middle).define("Child", {"member": value})

        error = caught.value
        assert (error.subclass, error.final, error.member) == (
            "Child",
            "doors.Root",
            "member",
        )
        assert "cannot override final method 'member' of 'doors.Root'" in str(error)


@ALL
@MARKS
def test_final_method_of_any_base_is_enforced(door: Door, mark: Any) -> None:
    """A plain class with final methods is enough; the subclass brings the pattern."""

    class Base:
        @mark
        def method(self) -> int:
            return 1

    with pytest.raises(FinalError, match="final method 'method'"):
        door.on(Base).define("Child", {"method": lambda self: 2})

    assert door.on(Base).define("Child")().method() == 1


@ALL
def test_shadow_of_a_mixin_is_refused(door: Door) -> None:
    """A base listed earlier must not hide a later base's final method."""

    class Base:
        @final
        def method(self) -> int:
            return 1

    class Shadow:
        def method(self) -> int:
            return 2

    with pytest.raises(FinalError) as caught:
        door.on(Shadow, Base).define("Child")

    error = caught.value
    assert (error.subclass, error.member) == ("Child", "method")
    assert error.final.endswith("Base")
    assert "cannot shadow" in str(error)
    assert "Shadow" in str(error)
    door.on(Base, Shadow).define("Child")


@ALL
@pytest.mark.parametrize(
    ("member", "body"),
    [
        ("method", {"__slots__": "method"}),
        ("method", {"__slots__": ("other", "method")}),
        ("method", {"__slots__": {"method": "Its text."}}),
        ("__hash__", {"__eq__": lambda self, other: True}),
    ],
    ids=["slot", "slots", "slots with texts", "equality"],
)
def test_members_that_python_makes_hide_too(
    door: Door, member: str, body: dict[str, Any]
) -> None:
    """A slot, and the ``__hash__`` that goes with an ``__eq__``, hide final methods."""

    class Base:
        __slots__ = ()

        @final
        def method(self) -> int:
            return 1

        @final
        def __hash__(self) -> int:
            return 1

    with pytest.raises(FinalError) as caught:
        door.on(Base).define("Child", body)

    assert (caught.value.subclass, caught.value.member) == ("Child", member)
    for slots in (("other",), iter(["other"])):
        assert door.on(Base).define("Child", {"__slots__": slots}).other


@ALL
def test_other_members_may_be_overridden(door: Door) -> None:
    """What nobody marked is not enforced, ``object``'s methods included."""

    class Base:
        def method(self) -> int:
            return 1

        final_looking = types.SimpleNamespace(__final__=False)

    body = {"method": lambda self: 2, "final_looking": 1, "__eq__": lambda s, o: True}
    cls = door.on(Base).define("Child", body)

    assert cls().method() == 2


@ALL
def test_members_that_answer_everything_are_not_final(door: Door) -> None:
    """A member whose ``__getattr__`` invents attributes is not taken for final."""

    class Anything:
        def __getattr__(self, name: str) -> Any:
            return True

    class Base:
        member = Anything()

    door.on(Base).define("Child", {"member": 1})


@ALL
def test_looking_for_marks_runs_no_code_of_the_members(door: Door) -> None:
    """Nothing that a member's class defines runs while it is looked at."""
    asked: list[str] = []

    class Nosy:
        def __getattribute__(self, name: str) -> Any:
            asked.append(name)
            return object.__getattribute__(self, name)

        @property
        def func(self) -> Any:
            asked.append("func")

        @property
        def __final__(self) -> bool:
            asked.append("__final__")
            return True

    class Base:
        member = Nosy()
        accessor = property(Nosy())

    asked.clear()
    door.on(Base).define("Child", {"member": 1, "accessor": 2})

    assert asked == []


@ALL
def test_members_that_wrap_themselves_are_looked_at_once(door: Door) -> None:
    """Wrappers that lead back to themselves, and empty ones, end the search."""
    ring = functools.partial(print)
    ring.__setstate__((ring, (), {}, {}))
    around = property()
    around.__init__(around, around)  # type: ignore[misc]
    final_at_last = property(ring, lambda self, value: None)
    assert final_at_last.fset is not None
    final(final_at_last.fset)
    base = type(
        "Base",
        (),
        {"ring": ring, "around": around, "empty": Slotted.__new__(Slotted)},
    )

    door.on(base).define("Child", {"ring": 1, "around": 2, "empty": 3})

    with pytest.raises(FinalError):
        door.on(type("Base", (), {"m": final_at_last})).define("Child", {"m": 1})


@ALL
def test_final_class_that_a_member_wraps_is_no_mark(door: Door) -> None:
    """A factory of a final class is not itself final."""

    @final
    class Leaf:
        pass

    class Base:
        make = functools.partial(Leaf)

    door.on(Base).define("Child", {"make": None})


def test_what_a_class_hides_in_the_same_hierarchy_was_looked_at_with_it() -> None:
    """A base that follows the pattern vouches for its own line, and for no other."""

    class Base(FinalMixin, final="methods"):
        @final
        def method(self) -> int:
            return 1

    class Other(FinalMixin, final="methods"):
        def method(self) -> int:
            return 2

    with pytest.raises(FinalError, match="Other"):
        type("Both", (Other, Base), {})


@ALL
def test_what_a_class_without_the_pattern_hides(door: Door) -> None:
    """The first class that follows it looks at what its bases have hidden, too."""

    class Base:
        @final
        def method(self) -> int:
            return 1

    class Hides(Base):
        def method(self) -> int:
            return 2

    with pytest.raises(FinalError, match="Hides"):
        door.on(Hides).define("Child")


@ALL
def test_final_nested_class_may_be_rebound(door: Door) -> None:
    """A final class as an attribute is no final attribute."""

    class Base:
        @final
        class Meta:
            pass

    door.on(Base).define("Child", {"Meta": None})


@ALL
def test_private_names_of_two_classes_do_not_meet(door: Door) -> None:
    """A mangled name is another name, so a final one hides nothing."""

    class Base:
        @final
        def __method(self) -> int:
            return 1

    site = door.on(Base)

    @site.decorate
    class Child(*site.bases, **site.keywords):
        def __method(self) -> int:
            return 2


def test_final_returns_what_it_marks() -> None:
    """As a decorator of methods ``final`` hands back the same object."""

    def function() -> None:
        pass

    assert final(function) is function
    assert function.__final__ is True
    accessor = property(function)
    assert final(accessor) is accessor
    assert final(3) == 3


def test_class_that_a_property_wraps_stays_open() -> None:
    """Marking an accessor marks its functions, and no class that makes the value."""

    class Value:
        pass

    def replace(self: object, value: object) -> None:
        pass

    final(property(Value))
    final(property(Value, replace))  # type: ignore[arg-type]

    assert not hasattr(Value, "__final__")
    assert replace.__final__ is True


def test_a_star_import_gives_the_public_names() -> None:
    """The module names what it is for."""
    names: dict[str, object] = {}
    exec("from metapatterns.patterns.final import *", names)

    assert {*names} - {"__builtins__"} == {"FinalMeta", "FinalMixin", "final"}


def test_what_cannot_be_marked_is_refused() -> None:
    """A property of functions that take no attributes cannot be made final."""
    with pytest.raises(TypeError, match=r"final cannot mark <property.*def or lambda"):
        final(property(operator.attrgetter("name")))

    setter = property(operator.attrgetter("name"), lambda self, value: None)
    assert final(setter) is setter
    assert setter.fset.__final__ is True  # type: ignore[union-attr]


# -- in company ---------------------------------------------------------------


def test_protocol_asks_for_no_mark() -> None:
    """A protocol's implementations need no ``__final__``."""

    @typing.runtime_checkable
    class Closes(
        Protocol,
        metaclass=combine_metaclasses(FinalMeta, Protocol),
        final="methods",
    ):
        def close(self) -> None: ...

    class File:
        def close(self) -> None:
            pass

    assert isinstance(File(), Closes)
    assert not isinstance(object(), Closes)


def test_final_protocol_is_final() -> None:
    """A protocol made final has no subclasses, and is still a protocol."""

    @typing.runtime_checkable
    class Closes(Protocol, metaclass=combine_metaclasses(FinalMeta, Protocol)):
        def close(self) -> None: ...

    class File:
        def close(self) -> None:
            pass

    assert isinstance(File(), Closes)
    with pytest.raises(FinalError):

        class Twig(Closes):
            pass


@ALL
@pytest.mark.parametrize(
    "rebuild", [dataclass(slots=True), attrs.define, attrs.frozen], ids=readable
)
def test_rebuilt_class_is_final_and_not_refused(door: Door, rebuild: Any) -> None:
    """The second class of a slots rebuild replaces a final one and is final."""
    body = {"__annotations__": {"x": int}, "x": 1}
    above = rebuild(door.on().define("Leaf", body))
    site = door.on()
    below = site.decorate(
        rebuild(
            types.new_class("Leaf", site.bases, site.keywords, lambda n: n.update(body))
        )
    )

    for leaf in (above, below):
        assert leaf().x == 1
        with pytest.raises(FinalError):
            plain(leaf).define("Twig")


@OPENING
@pytest.mark.parametrize(
    "rebuild", [dataclass(slots=True), attrs.define], ids=["dataclass", "attrs"]
)
def test_rebuilt_class_stays_open(door: Door, rebuild: Any) -> None:
    """``final=False`` survives a rebuild, which loses the keyword."""
    root = rebuild(door.on(options={"final": False}).define("Root"))

    assert root.__final__ is False
    leaf = plain(root).define("Leaf")
    with pytest.raises(FinalError):
        plain(leaf).define("Twig")


@OPENING
def test_rebuild_enforces_final_methods(door: Door) -> None:
    """A final method of a slots dataclass is final below it."""

    @dataclass(slots=True)
    class Base(*door.open().bases, **door.open().keywords):  # type: ignore[misc]
        x: int = 1

        @final
        def method(self) -> int:
            return self.x

    with pytest.raises(FinalError):

        class Child(Base):
            def method(self) -> int:
                return 2


@ALL
def test_generic_alias_of_a_final_class_is_refused_as_a_base(door: Door) -> None:
    """``Leaf[int]`` is no way around; it may be subscripted, not subclassed."""
    leaf = door.on(Generic[T]).define("Leaf", {"__orig_bases__": (Generic[T],)})

    with pytest.raises(FinalError):

        class Twig(leaf[int]):  # type: ignore[misc]
            pass


CLOUD = """
    import cloudpickle, sys
    from metapatterns import FinalMeta, FinalMixin, final

    class Meta(metaclass=FinalMeta):
        def method(self): return 1

    class Mixin(FinalMixin):
        def method(self): return 1

    @final
    class Decorated:
        def method(self): return 1

    class Open(metaclass=FinalMeta, final=False):
        @final
        def method(self): return 1

    sys.stdout.buffer.write(cloudpickle.dumps((Meta, Mixin, Decorated, Open)))
"""
READ = """
    import pickle, sys
    from metapatterns import FinalError

    *leaves, opened = pickle.load(sys.stdin.buffer)
    for leaf in leaves:
        assert leaf().method() == 1
        try:
            type("Twig", (leaf,), {})
        except FinalError:
            continue
        raise AssertionError(leaf)
    type("Leaf", (opened,), {})
    try:
        type("Child", (opened,), {"method": 1})
    except FinalError:
        print("fine")
"""


def run(source: str, given: bytes = b"") -> bytes:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)],
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_classes_travel_by_value() -> None:
    """cloudpickle rebuilds a class in another process, as final as it was."""
    pytest.importorskip("cloudpickle")

    assert run(READ, run(CLOUD)).strip() == b"fine"


def test_errors_pickle() -> None:
    """A refusal raised in a worker arrives with its attributes."""

    class Leaf(metaclass=FinalMeta):
        pass

    with pytest.raises(FinalError) as caught:
        type("Twig", (Leaf,), {})
    twin = pickle.loads(pickle.dumps(caught.value))

    assert (twin.subclass, twin.final, twin.member, str(twin)) == (
        "Twig",
        caught.value.final,
        None,
        str(caught.value),
    )


def test_mark_is_all_that_a_class_gets() -> None:
    """The mark, and the slot of the state, are the only names on a final class."""

    class Leaf(metaclass=FinalMeta):
        pass

    class Twin:
        pass

    assert set(dir(Leaf)) - set(dir(Twin)) == {
        "__final__",
        "_abc_metapatterns_final",
    }
