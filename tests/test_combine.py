"""combine_metaclasses and auto_metaclass: which metaclass, and why there is none."""

from __future__ import annotations

import copy
import ctypes
import enum
import gc
import pickle
import sys
import threading
import types
import typing
import weakref
from abc import ABC, ABCMeta, abstractmethod

import cloudpickle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metapatterns import (
    FinalError,
    FinalMeta,
    MetaclassConflictError,
    auto_metaclass,
    combine_metaclasses,
)


class AlphaMeta(type):
    """Marks its classes, and hands on."""

    def __new__(mcls, name, bases, namespace, /, **kwargs):
        return super().__new__(mcls, name, bases, {**namespace, "alpha": 1}, **kwargs)


class BetaMeta(type):
    """Brings a namespace of its own, and hands on."""

    @classmethod
    def __prepare__(mcls, name, bases, /, **kwargs):
        return {**super().__prepare__(name, bases, **kwargs), "beta": 2}


class Alpha(metaclass=AlphaMeta):
    pass


class Beta(metaclass=BetaMeta):
    pass


class Shape(ABC, metaclass=combine_metaclasses(AlphaMeta, ABC)):
    size = 1


class Square(Shape):
    pass


# -- which metaclass ----------------------------------------------------------


def test_a_class_can_have_bases_of_every_part():
    """The combination resolves the conflict that Python reports for the bases."""
    with pytest.raises(TypeError, match="metaclass conflict"):
        type("Both", (Alpha, Beta), {})

    class Both(Alpha, Beta, metaclass=combine_metaclasses(Alpha, Beta)):
        pass

    assert isinstance(Both, AlphaMeta)
    assert isinstance(Both, BetaMeta)
    assert (Both.alpha, Both.beta) == (1, 2)


@given(
    st.lists(
        st.sampled_from([type, object, ABCMeta, ABC, AlphaMeta, Alpha, BetaMeta, Beta]),
        min_size=1,
        max_size=6,
    )
)
def test_the_combination_derives_from_each_part_and_asking_again_gives_it(parts):
    """Whatever is repeated or covered, each part is met, by one object."""
    combined = combine_metaclasses(*parts)

    metas = [part if issubclass(part, type) else type(part) for part in parts]
    assert all(issubclass(combined, meta) for meta in metas)
    assert combine_metaclasses(*parts) is combined
    assert combine_metaclasses(combined, *parts) is combined
    assert combine_metaclasses(*parts, combined) is combined


def test_one_part_left_is_returned_as_it_is():
    """Nothing is made where `type` and covered parts leave one metaclass."""

    class Derived(AlphaMeta):
        pass

    assert combine_metaclasses(AlphaMeta) is AlphaMeta
    assert combine_metaclasses(type, AlphaMeta, AlphaMeta) is AlphaMeta
    assert combine_metaclasses(AlphaMeta, Derived) is Derived
    assert combine_metaclasses(Derived, AlphaMeta, type) is Derived
    assert combine_metaclasses(type, object) is type


def test_the_order_of_unrelated_parts_is_kept():
    """Parts in Python stand in the MRO as they were given."""
    forwards = combine_metaclasses(AlphaMeta, BetaMeta)
    backwards = combine_metaclasses(BetaMeta, AlphaMeta)

    assert forwards.__mro__[1:3] == (AlphaMeta, BetaMeta)
    assert backwards.__mro__[1:3] == (BetaMeta, AlphaMeta)


@pytest.mark.parametrize(
    "order", [(ctypes.Structure, AlphaMeta), (AlphaMeta, ctypes.Structure)]
)
def test_a_metaclass_in_c_goes_where_cpython_needs_it(order):
    """The place of a part in C among the arguments does not decide."""
    if sys.version_info < (3, 13):
        # `ctypes` there ends the chain of `__new__` and has to be the first.
        with pytest.raises(MetaclassConflictError, match="AlphaMeta"):
            combine_metaclasses(*order)
        return

    class Point(ctypes.Structure, metaclass=combine_metaclasses(*order)):
        _fields_ = (("x", ctypes.c_int),)

    assert Point.alpha == 1
    assert bytes(Point(1)) == bytes(ctypes.c_int(1))


@pytest.mark.parametrize("parts", [(FinalMeta, ABC), (ABC, FinalMeta)])
def test_abstract_base_classes_and_c_structures_meet_a_pattern(parts):
    """ABCMeta works beside a part in C that keeps its `__new__` from running."""

    class Point(
        ctypes.Structure, metaclass=combine_metaclasses(*parts, ctypes.Structure)
    ):
        _fields_ = (("x", ctypes.c_int),)

    Point.register(int)

    assert isinstance(1, Point)
    assert Point(3).x == 3
    with pytest.raises(FinalError):
        type("Sub", (Point,), {})


class SetsByName(type):
    """Sets attributes as SQLAlchemy's metaclass does."""

    def __setattr__(cls, name, value):
        type.__setattr__(cls, name, value)


class SetsByNameAtOnce(SetsByName):
    def __init__(cls, name, bases, namespace):
        super().__init__(name, bases, namespace)
        cls.initialised = True


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("patterns", [(), (FinalMeta,)])
@pytest.mark.parametrize("base", [ctypes.Structure, ctypes.Union])
def test_a_setter_that_calls_that_of_type_follows_one_in_c(base, patterns, order):
    """The order is found in which CPython lets ``type.__setattr__`` be called."""
    M = combine_metaclasses(*(*patterns, SetsByName, base)[::order])

    class Point(base, metaclass=M):
        _fields_ = (("x", ctypes.c_int),)

    Point.y = 1

    assert (Point(1).x, Point.y) == (1, 1)
    assert isinstance(Point, SetsByName)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="there `ctypes` goes first")
def test_a_part_that_would_be_passed_over_stays_where_it_runs():
    """After a part in C a metaclass's ``__init__`` would be lost, so it comes before."""
    M = combine_metaclasses(ctypes.Structure, SetsByNameAtOnce)

    assert M.__mro__.index(SetsByNameAtOnce) < M.__mro__.index(type(ctypes.Structure))


def test_the_name_can_be_chosen_and_says_the_parts_by_default():
    """`name=` names the metaclass; two names are two requests."""
    named = combine_metaclasses(AlphaMeta, BetaMeta, name="Gamma")

    assert named.__name__ == "Gamma"
    assert combine_metaclasses(AlphaMeta, BetaMeta).__name__ == "AlphaMeta_BetaMeta"
    assert combine_metaclasses(AlphaMeta, BetaMeta) is not named


# -- ways to make a class of it -----------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda meta: meta("Made", (Alpha, Beta), {}),
        lambda meta: types.new_class("Made", (Alpha, Beta), {"metaclass": meta}),
        lambda meta: type("Made", (meta("Base", (Alpha, Beta), {}),), {}),
    ],
    ids=["call", "new_class", "subclass by type()"],
)
def test_each_way_to_make_a_class_works(make):
    """A class statement is only one of the routes to a class."""
    made = make(combine_metaclasses(AlphaMeta, BetaMeta))

    assert isinstance(made, AlphaMeta)
    assert isinstance(made, BetaMeta)
    assert made.__module__ in {__name__, "types"}


def test_instances_pickle_and_copy_as_ever():
    """The class is found by its name, so its instances pickle at every protocol."""
    square = Square()
    square.size = 4

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(square, protocol)).size == 4
    assert copy.deepcopy(square).size == 4


def test_a_class_travels_by_value():
    """cloudpickle carries a class and its combination without their module."""

    class Local(metaclass=combine_metaclasses(AlphaMeta, BetaMeta)):
        value = 7

    code = cloudpickle.dumps(Local)
    assert pickle.loads(code).value == 7


@pytest.mark.parametrize("name", [None, "Both"])
def test_a_combination_that_an_unpickler_makes_is_the_one_that_is_there(name):
    """By value, a pickle has no more of one than its name, its parts and its module."""
    made = combine_metaclasses(FinalMeta, ABC, name=name)

    again = types.new_class(
        made.__name__,
        made.__bases__,
        {"metaclass": type(made)},
        lambda namespace: namespace.update(__module__=made.__module__),
    )
    assert again is made


def test_metatypes_are_combined_as_well():
    """A framework's metaclass may have a metaclass of its own."""

    class Metatype(type):
        def twice(cls):
            return cls.__name__ * 2

    class TypedMeta(type, metaclass=Metatype):
        pass

    combined = combine_metaclasses(TypedMeta, FinalMeta, name="Mixed")

    assert combined.twice() == "MixedMixed"
    leaf = combined("Leaf", (), {})
    with pytest.raises(FinalError):
        type("Twig", (leaf,), {})


def test_a_combination_says_what_it_is():
    """``help()`` on a combination names its parts."""
    made = combine_metaclasses(AlphaMeta, BetaMeta)

    assert made.__doc__ == (
        f"Combines '{__name__}.AlphaMeta' and '{__name__}.BetaMeta'."
    )


def test_asking_again_makes_nothing():
    """One request is one call of the metatype, which may be a framework's."""
    calls = []

    class Metatype(type):
        def __new__(metatype, name, bases, namespace):
            calls.append(name)
            return super().__new__(metatype, name, bases, namespace)

    counted = Metatype("CountedMeta", (type,), {})
    combined = combine_metaclasses(counted, AlphaMeta)

    assert combine_metaclasses(counted, AlphaMeta) is combined
    assert calls == ["CountedMeta", "CountedMeta_AlphaMeta"]


def test_a_combination_lives_as_long_as_its_classes():
    """The cache keeps neither the combination nor its parts alive."""

    def make():
        class Part(type):
            pass

        made = combine_metaclasses(Part, BetaMeta)
        return weakref.ref(Part), weakref.ref(made), weakref.ref(made("C", (), {}))

    refs = make()
    gc.collect()  # the class and its metaclass
    gc.collect()  # the part, which the cache's entry held until then

    assert [ref() for ref in refs] == [None, None, None]


def test_threads_that_ask_at_once_get_one_object():
    """One request is one metaclass, however many threads make it."""
    barrier = threading.Barrier(16)
    results = []

    class Part(type):
        pass

    def ask():
        barrier.wait(10)
        results.append(combine_metaclasses(Part, BetaMeta))

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(results) == 16
    assert len(set(map(id, results))) == 1


# -- refusals -----------------------------------------------------------------


class ImpostorMeta:
    """Acts as a metaclass and is no `type`."""

    def __init__(self, name, bases, namespace):
        self.name = name


@pytest.mark.parametrize(
    "part",
    [
        None,
        3,
        "AlphaMeta",
        lambda name, bases, namespace: None,
        typing.NamedTuple,
        list[int],
        typing.Generic[typing.TypeVar("T")],
        ImpostorMeta("I", (), {}),
    ],
    ids=["none", "int", "str", "function", "named tuple", "alias", "generic", "fake"],
)
def test_what_is_no_class_is_refused_by_name(part):
    """A part that is neither a metaclass nor a class is a TypeError naming it."""
    with pytest.raises(TypeError, match=r"^combine_metaclasses takes") as caught:
        combine_metaclasses(AlphaMeta, part)

    assert type(part).__name__ in str(caught.value)
    assert repr(part)[:40] in str(caught.value)
    with pytest.raises(TypeError, match=r"^auto_metaclass takes .* is neither"):
        auto_metaclass(part)


def test_a_metaclass_that_is_no_type_is_refused_by_name():
    """What acts as a metaclass without deriving from `type` cannot be combined."""
    with pytest.raises(TypeError, match=r"ImpostorMeta.*without deriving from 'type'"):
        combine_metaclasses(AlphaMeta, ImpostorMeta)


def test_no_part_at_all_is_refused():
    """There is no metaclass of nothing."""
    with pytest.raises(TypeError, match="needs a metaclass or a class"):
        combine_metaclasses()


def test_orders_that_disagree_are_named():
    """The error names the pair at fault and every part, with modules."""
    forwards = combine_metaclasses(AlphaMeta, BetaMeta)
    backwards = combine_metaclasses(BetaMeta, AlphaMeta)

    with pytest.raises(MetaclassConflictError) as caught:
        combine_metaclasses(forwards, FinalMeta, backwards)

    error = caught.value
    assert "AlphaMeta_BetaMeta' and 'metapatterns.combine.BetaMeta_AlphaMeta'" in str(
        error
    )
    assert "disagree" in str(error)
    assert error.parts == (
        "metapatterns.combine.AlphaMeta_BetaMeta",
        "metapatterns.patterns.final.FinalMeta",
        "metapatterns.combine.BetaMeta_AlphaMeta",
    )
    assert pickle.loads(pickle.dumps(error)).parts == error.parts


class ForwardsMeta(AlphaMeta, BetaMeta):
    pass


class BackwardsMeta(BetaMeta, AlphaMeta):
    pass


class Forwards(metaclass=ForwardsMeta):
    pass


class Further(Forwards):
    pass


class Backwards(metaclass=BackwardsMeta):
    pass


def asked_by_list(*parts):
    combine_metaclasses(*parts)


def asked_by_bases(*parts):
    metas = [part for part in parts if issubclass(part, type)]
    bases = tuple(part for part in parts if not issubclass(part, type))
    auto_metaclass(*metas)("Both", bases, {})


@pytest.mark.parametrize("ask", [asked_by_list, asked_by_bases])
def test_the_message_alone_is_enough(ask):
    """It names who brings which metaclass, the pair, the reason, and what to write."""
    with pytest.raises(MetaclassConflictError) as caught:
        ask(FinalMeta, Further, Alpha, Backwards)

    said = str(caught.value).replace(f"{__name__}.", "")
    assert "'metapatterns.patterns.final.FinalMeta' (asked for as it is)" in said
    assert "'ForwardsMeta' (brought by 'Further', which has it from 'Forwards')" in said
    assert "'BackwardsMeta' (brought by 'Backwards')" in said
    assert (
        "'ForwardsMeta' and 'BackwardsMeta' cannot meet, since neither derives from the"
        " other and their orders disagree, as 'ForwardsMeta' has 'AlphaMeta' before"
        " 'BetaMeta', and 'BackwardsMeta' has 'BetaMeta' before 'AlphaMeta'" in said
    )
    assert said.endswith(
        "write 'class BackwardsMeta(AlphaMeta, BetaMeta): ...' instead, or"
        " 'class C(Further): ...' and let its objects hold one of 'Backwards'"
    )


class DeepMeta(BackwardsMeta):
    pass


class DeeperMeta(ForwardsMeta):
    pass


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        (
            (BackwardsMeta, DeeperMeta),
            (
                "write 'class BackwardsMeta(AlphaMeta, BetaMeta): ...' instead, or"
                " 'class C(metaclass=BackwardsMeta): ...' and let its objects hold one of"
                " a class that has 'DeeperMeta'"
            ),
        ),
        (
            (DeepMeta, DeeperMeta),
            (
                "write 'class C(metaclass=DeepMeta): ...' and let its objects hold one of"
                " a class that has 'DeeperMeta'"
            ),
        ),
        (
            (AlphaMeta, DeepMeta, combine_metaclasses(AlphaMeta, BetaMeta)),
            (
                "write 'combine_metaclasses(BetaMeta, AlphaMeta)' instead, or"
                " 'class C(metaclass=DeepMeta): ...' and let its objects hold one of a"
                " class that has 'metapatterns.combine.AlphaMeta_BetaMeta'"
            ),
        ),
    ],
    ids=["statement of the first", "statement of neither", "combination"],
)
def test_the_line_to_write_agrees_with_the_others(parts, line):
    """Where one part's own statement is at fault, the message shows it mended."""
    with pytest.raises(MetaclassConflictError) as caught:
        combine_metaclasses(*parts)

    assert str(caught.value).replace(f"{__name__}.", "").endswith(line)


def test_what_the_line_says_works():
    """The statement that the message proposes has no conflict."""

    class MendedMeta(AlphaMeta, BetaMeta):
        pass

    assert issubclass(combine_metaclasses(ForwardsMeta, MendedMeta), BetaMeta)


def test_orders_that_disagree_in_a_ring():
    """Of three parts, any two of which can meet, no pair is blamed."""

    class GammaMeta(type):
        pass

    ring = [AlphaMeta, BetaMeta, GammaMeta]
    parts = [
        type("P", pair, {}) for pair in zip(ring, ring[1:] + ring[:1], strict=True)
    ]

    with pytest.raises(MetaclassConflictError, match="since the orders of") as caught:
        combine_metaclasses(*parts)

    assert "neither" not in str(caught.value)
    assert issubclass(combine_metaclasses(*parts[:2]), GammaMeta)


def test_what_is_covered_does_not_count_as_who_brought_it():
    """A class whose metaclass another part covers has not brought that part."""
    with pytest.raises(MetaclassConflictError) as caught:
        combine_metaclasses(Forwards, DeeperMeta, Backwards)

    assert "DeeperMeta' (asked for as it is)" in str(caught.value)
    assert "Forwards'" not in str(caught.value)


def test_metatypes_that_cannot_meet():
    """The conflict may be one level up; then the metaclasses are who brings it."""
    one = ForwardsMeta("OneMeta", (type,), {"__module__": "one"})
    other = BackwardsMeta("OtherMeta", (type,), {"__module__": "other"})

    with pytest.raises(MetaclassConflictError) as caught:
        combine_metaclasses(one, other)

    assert "ForwardsMeta' (brought by 'one.OneMeta')" in str(caught.value)
    assert "BackwardsMeta' (brought by 'other.OtherMeta')" in str(caught.value)


class Refusing(type):
    """A metatype that forbids its metaclasses to be combined."""

    error = TypeError("this one stands alone")

    def __new__(metatype, name, bases, namespace):
        if len(bases) > 1:
            raise metatype.error
        return super().__new__(metatype, name, bases, namespace)


AloneMeta = Refusing("AloneMeta", (type,), {"__module__": "alone"})


@pytest.mark.parametrize("parts", [(AloneMeta, AlphaMeta), (BetaMeta, AloneMeta)])
def test_a_metatype_that_refuses_is_quoted(parts):
    """What a framework says against a combination is the reason, and the cause."""
    with pytest.raises(MetaclassConflictError) as caught:
        combine_metaclasses(*parts)

    assert "neither derives from the other and this one stands alone" in str(
        caught.value
    )
    assert caught.value.__cause__ is Refusing.error


def test_the_pair_is_the_one_that_is_refused():
    """Of more than two parts, those that can meet are not said to be at fault."""
    with pytest.raises(MetaclassConflictError) as caught:
        combine_metaclasses(AlphaMeta, BetaMeta, AloneMeta)

    said = str(caught.value).replace(f"{__name__}.", "")
    assert "'AlphaMeta' and 'alone.AloneMeta' cannot meet" in said
    assert "and this one stands alone" in said


def test_the_pair_is_that_of_the_reason():
    """Who else cannot meet is not said to disagree about somebody else's order."""
    with pytest.raises(MetaclassConflictError) as caught:
        combine_metaclasses(AloneMeta, ABCMeta, ForwardsMeta, BackwardsMeta)

    said = str(caught.value).replace(f"{__name__}.", "")
    assert "'ForwardsMeta' and 'BackwardsMeta' cannot meet" in said


def test_a_conflict_that_a_metatype_reports_is_left_alone(monkeypatch):
    """An error that says it all already is not wrapped in another."""
    conflict = MetaclassConflictError("says it all", parts=["a", "b"])
    monkeypatch.setattr(Refusing, "error", conflict)

    with pytest.raises(MetaclassConflictError) as caught:
        combine_metaclasses(AloneMeta, AlphaMeta)

    assert caught.value is conflict


def test_two_layouts_in_c_are_refused_by_name():
    """Where Python has no class for two parts in C, both are named."""
    qt = pytest.importorskip("PySide6.QtCore", reason="PySide6 is not installed")

    with pytest.raises(MetaclassConflictError, match="ObjectType") as caught:
        combine_metaclasses(qt.QObject, ctypes.Structure)

    assert "PyCStructType' (brought by '_ctypes.Structure')" in str(caught.value)
    assert "ObjectType' (brought by 'PySide6.QtCore.QObject'" in str(caught.value)
    assert "and let its objects hold one of" in str(caught.value)


def test_a_framework_that_builds_another_class_is_named():
    """A class without its pattern is never handed out."""

    class Record(typing.TypedDict):
        x: int

    with pytest.raises(MetaclassConflictError, match=r"_TypedDictMeta.*FinalMeta"):
        combine_metaclasses(FinalMeta, Record)("Row", (), {})


def test_a_star_import_gives_the_public_names():
    """The module names what it is for."""
    names: dict[str, object] = {}
    exec("from metapatterns.combine import *", names)

    assert {*names} - {"__builtins__"} == {
        "CombinedMeta",
        "auto_metaclass",
        "combine_metaclasses",
    }


# -- auto_metaclass -----------------------------------------------------------


def test_auto_metaclass_works_the_combination_out_of_the_bases():
    """The form without a list is the combination of the bases' metaclasses."""

    class Both(Alpha, Beta, metaclass=auto_metaclass):
        pass

    assert type(Both) is combine_metaclasses(AlphaMeta, BetaMeta)
    assert (Both.alpha, Both.beta) == (1, 2)
    assert type(auto_metaclass("Made", (Alpha,), {})) is AlphaMeta


def test_auto_metaclass_puts_what_it_is_given_first():
    """`auto_metaclass(M)` adds M to what the bases bring, in front."""

    class Abstract(Alpha, ABC, metaclass=auto_metaclass(FinalMeta), final=False):
        @abstractmethod
        def area(self): ...

    assert type(Abstract).__mro__[1] is FinalMeta
    assert isinstance(Abstract, AlphaMeta)
    with pytest.raises(TypeError, match="abstract"):
        Abstract()


def test_auto_metaclass_asks_the_combination_for_the_namespace():
    """`__prepare__` runs as the combination has it, with the class keywords."""

    class Colour(enum.Flag, metaclass=auto_metaclass(FinalMeta), boundary=enum.KEEP):
        RED = 1
        BLUE = 2

    assert Colour(3) == Colour.RED | Colour.BLUE
    assert int(Colour(8).value) == 8
    assert repr(auto_metaclass(FinalMeta, Alpha)) == "auto_metaclass(FinalMeta, Alpha)"


def test_auto_metaclass_reports_the_same_conflict():
    """What cannot be combined is the same error through either form."""
    left = combine_metaclasses(AlphaMeta, BetaMeta)("Left", (), {})
    right = combine_metaclasses(BetaMeta, AlphaMeta)("Right", (), {})

    with pytest.raises(MetaclassConflictError, match="disagree") as caught:

        class Both(left, right, metaclass=auto_metaclass):
            pass

    assert "Left" in caught.value.explanation


class Hostile:
    """Answers nothing that is asked of it, and equals everything."""

    __hash__ = None

    def __eq__(self, other):
        return True

    def __bool__(self):
        raise LookupError

    def __repr__(self):
        raise LookupError


@pytest.mark.parametrize(
    "name", [5, "", b"Both", Hostile()], ids=lambda it: type(it).__name__
)
def test_a_name_that_is_none(name):
    """A combination's name is a string with something in it, and the error says so."""
    with pytest.raises(TypeError, match="name") as caught:
        combine_metaclasses(AlphaMeta, BetaMeta, name=name)

    assert not isinstance(caught.value, MetaclassConflictError)
    if not isinstance(name, Hostile):
        assert f"{name!r} is no name" in str(caught.value)


def test_a_class_that_takes_a_name_and_bases():
    """A class may have parameters that are called as those of metaclasses are."""

    class Strand:
        def __init__(self, length, name=None, bases=()):
            pass

    assert combine_metaclasses(AlphaMeta, Strand) is AlphaMeta


@pytest.mark.parametrize(
    "base", [5, "base", types, None, Hostile()], ids=lambda it: type(it).__name__
)
def test_auto_metaclass_names_a_base_that_is_no_class(base):
    """What is no class and no metaclass's object cannot be a base; the error names it."""
    said = [f"class 'Child': {base!r}"] if not isinstance(base, Hostile) else []
    said.append(f"of type '{type(base).__name__}', is no class")
    for make in (
        lambda: types.new_class("Child", (base,), {"metaclass": auto_metaclass}),
        lambda: auto_metaclass("Child", (base,), {}),
    ):
        with pytest.raises(TypeError) as caught:
            make()
        assert all(part in str(caught.value) for part in said)


def test_auto_metaclass_names_a_base_whose_class_acts_as_a_metaclass():
    """The base is none of Python's classes, and why that is so is what helps."""
    with pytest.raises(TypeError, match=r"ImpostorMeta.*without deriving from 'type'"):
        types.new_class(
            "Child", (ImpostorMeta("I", (), {}),), {"metaclass": auto_metaclass}
        )


def test_auto_metaclass_hands_on_all_that_a_namespace_depends_on():
    """`__prepare__` gets the name, the bases and the class keywords."""

    class PreparedMeta(type):
        @classmethod
        def __prepare__(mcls, *args, **kwargs):
            return {"asked": (args, kwargs)}

        def __new__(mcls, name, bases, namespace, **kwargs):
            return super().__new__(mcls, name, bases, namespace)

        def __init__(cls, *args, **kwargs):
            pass

    class Prepared(metaclass=PreparedMeta):
        pass

    class Child(Prepared, Alpha, metaclass=auto_metaclass, word=1):
        pass

    assert Child.asked == (("Child", (Prepared, Alpha)), {"word": 1})


def test_auto_metaclass_takes_parts_and_nothing_else():
    """A keyword that it does not know is refused, and not forgotten."""
    with pytest.raises(TypeError, match=r"^auto_metaclass takes .* no 'name', 'final'"):
        auto_metaclass(FinalMeta, name="Both", final=True)
