"""explain: who brings which metaclass, what runs, and what would solve a conflict."""

from __future__ import annotations

import ctypes
import enum
import gc
import json
import os
import pickle
import re
import subprocess
import sys
import time
import typing
import weakref
from abc import ABC, ABCMeta, abstractmethod
from functools import cache, wraps
from typing import Any

import pytest
from strategies import readable

from metapatterns import (
    FinalMeta,
    FinalMixin,
    LoggerMeta,
    LoggerMixin,
    MetaclassConflictError,
    RegistryMeta,
    SingletonMeta,
    auto_metaclass,
    combine_metaclasses,
    final,
    singleton,
)
from metapatterns.tools import Explanation, explain
from metapatterns.tools._explain import _trial

TRIED = pytest.mark.skipif(
    sys.platform == "emscripten", reason="a child process is where classes are tried"
)


class AlphaMeta(type):
    def __new__(mcls, name, bases, namespace, /, **kwargs):
        return super().__new__(mcls, name, bases, {**namespace, "alpha": 1}, **kwargs)


class BetaMeta(type):
    @classmethod
    def __prepare__(mcls, name, bases, /, **kwargs):
        return {"beta": 2}

    def __init__(cls, name, bases, namespace, /, **kwargs):
        type.__init__(cls, name, bases, namespace)


class Alpha(metaclass=AlphaMeta):
    pass


class AlphaChild(Alpha):
    pass


class Beta(metaclass=BetaMeta):
    pass


class Outer:
    class Inner(metaclass=BetaMeta):
        pass


class Weekday(enum.Enum):
    MONDAY = 1


class Leaf(metaclass=FinalMeta):
    pass


class Closing(metaclass=FinalMeta, final=False):
    pass


class ImpostorMeta:
    """Acts as a metaclass and is no ``type``."""

    def __init__(self, name, bases, namespace):
        self.__name__ = name
        self.__module__ = __name__


IMPOSTOR = ImpostorMeta("IMPOSTOR", (), {})


class Builder(type):
    """Builds a plain class, whoever asks."""

    def __new__(mcls, name, bases, namespace):
        return type.__new__(Builder, name, (), namespace)


class Built(metaclass=Builder):
    pass


class Movie(typing.TypedDict):
    title: str


SOLVABLE = [
    (Alpha,),
    (Alpha, AlphaChild),
    (AlphaChild, Alpha),
    (Alpha, Beta),
    (Alpha, Outer.Inner),
    (AlphaChild, Beta, ABC),
    (ABC, FinalMeta),
    (Alpha, FinalMeta, LoggerMeta),
    (AlphaMeta,),
    (AlphaMeta, BetaMeta),
    (SingletonMeta, RegistryMeta),
    (FinalMeta,),
    (ABC, ABCMeta),
    (Closing, Alpha),
    (enum.Enum, SingletonMeta),
    (enum.Enum, ABC),
    (enum.Enum, Outer),
    (Movie,),
    (int, ABC),
    (dict, Alpha),
    (ctypes.Structure, ABC, RegistryMeta),
    (object, Alpha, Beta),
    (IMPOSTOR,),
    ("collections.abc:Mapping", FinalMeta),
    ("builtins:int", Alpha),
    (f"{__name__}:Outer.Inner", Alpha),
]


@cache
def explained(*targets: Any) -> Explanation:
    """Explain each list of targets once: a class is tried out in processes."""
    return explain(*targets)


def names_of(targets: tuple[Any, ...]) -> dict[str, Any]:
    """What must be in scope: what is not imported by the solution itself."""
    return {it.__name__: it for it in targets if not isinstance(it, str)}


@pytest.mark.parametrize("targets", SOLVABLE, ids=readable)
def test_the_solution_works_when_it_is_run(targets):
    """What is printed under "Write" makes a class that has every target."""
    explanation = explained(*targets)
    namespace = {"__name__": "written", "Inner": Outer.Inner, "Outer": Outer}
    namespace |= names_of(targets)

    exec(explanation.solution, namespace)

    made = namespace[explanation.line.split("(")[0].split()[1]]
    things = [
        namespace[it] if isinstance(it, str) and it in namespace else it
        for it in targets
    ]
    for thing in things:
        if isinstance(thing, type) and thing is not Movie:
            assert (
                isinstance(made, thing)
                if issubclass(thing, type)
                else issubclass(made, thing)
            )
    for line in explanation.solution.splitlines():
        assert line in str(explanation)


@pytest.mark.parametrize(
    "targets",
    [it for it in SOLVABLE if not any(isinstance(part, str) for part in it)],
    ids=readable,
)
def test_as_they_are_means_what_python_says(targets):
    """``compatible`` is whether a class statement with nothing more succeeds."""
    bases = tuple(
        it for it in targets if not (isinstance(it, type) and issubclass(it, type))
    )
    metas = [it for it in targets if isinstance(it, type) and issubclass(it, type)]
    explanation = explained(*targets)

    keywords = {"metaclass": metas[0]} if metas else {}
    try:
        assert len(metas) < 2
        exec("class New(*bases, **keywords): ...", locals())
    except (TypeError, AssertionError):
        assert not explanation.compatible
    else:
        assert explanation.compatible


REFUSED = [
    ((int, str), "layout", "int and str"),
    ((ctypes.Structure, dict), "layout", "dict"),
    ((bool,), "closed", "bool"),
    ((IMPOSTOR, Alpha), "no metaclass", "ImpostorMeta"),
    ((ImpostorMeta, Alpha), "no metaclass", "ImpostorMeta"),
    ((Built, FinalMeta), "builder", "Builder"),
    ((Movie, ABC), "builder", "_TypedDictMeta"),
    ((Weekday, Outer), "refused", "cannot extend"),
    ((Leaf, Outer), "refused", "FinalError"),
    (
        (
            combine_metaclasses(AlphaMeta, BetaMeta),
            combine_metaclasses(BetaMeta, AlphaMeta),
        ),
        "order",
        "disagree",
    ),
]


@pytest.mark.parametrize(("targets", "kind", "said"), REFUSED, ids=readable)
def test_what_cannot_meet_says_why(targets, kind, said):
    """No solution is printed where there is none, and the reason names the culprit."""
    explanation = explained(*targets)

    assert explanation.reason.kind == kind
    assert said in explanation.reason.text
    assert explanation.solution is explanation.line is None
    assert "Write:" not in str(explanation)
    assert "hold the other" in str(explanation)


def test_orders_of_bases_that_disagree():
    """Bases that no order can line up are refused; others are put in order."""
    Forwards = type("Forwards", (Outer, FinalMixin), {})
    Backwards = type("Backwards", (FinalMixin, Outer), {})

    assert explain(Forwards, Backwards).reason.kind == "order"
    many = [type(f"Many{number}", (), {}) for number in range(7)]
    assert (
        explain(many[0], type("Last", (many[0],), {}), *many[1:]).reason.kind == "order"
    )
    explanation = explain(Alpha, AlphaChild)
    assert explanation.reason.kind == "order"
    assert explanation.line == "class Both(AlphaChild): ..."


def test_any_number_of_bases_is_put_in_order():
    """However many there are, those that others derive from are left out."""
    names = "Container Collection Iterable Sized Sequence MutableSequence Set Mapping"
    targets = [f"collections.abc:{name}" for name in names.split()]
    explanation = explain(*targets)
    namespace = {}

    exec(explanation.solution, namespace)

    made = namespace["All"]
    assert [it.__name__ for it in made.__bases__] == [
        "MutableSequence",
        "Set",
        "Mapping",
    ]
    assert explanation.reason.kind == "order"
    assert "Container is listed before collections.abc.Collection" in (
        explanation.reason.text
    )
    imported = explanation.solution.splitlines()[0]
    assert imported == "from collections.abc import Mapping, MutableSequence, Set"


def test_what_a_combination_refuses_names_its_parts():
    """The metaclass that was made to try it is nobody's, and is not blamed."""
    text = explain(Weekday, ABC).reason.text

    assert text.startswith(
        "the combination of enum.EnumType and abc.ABCMeta refuses them: TypeError: "
    )


def test_orders_that_disagree_are_named():
    """Of many bases, the two whose orders disagree are named, with what they order."""
    One, Two, Third = (type(name, (), {}) for name in ("One", "Two", "Third"))
    Forwards = type("Forwards", (One, Two), {})
    Backwards = type("Backwards", (Two, One), {})
    text = explain(Third, Forwards, Outer, Backwards).reason.text

    for name in ("One", "Two", "Forwards", "Backwards"):
        assert f"{__name__}.{name}" in text
    assert "Third" not in text
    assert "Outer" not in text


def test_a_chain_that_ends_in_c():
    """A metaclass in C that keeps another one from running is a reason of its own."""
    if sys.version_info >= (3, 13):
        assert explain(ctypes.Structure, Alpha).solution
        return
    assert explain(ctypes.Structure, Alpha).reason.kind == "chain in C"


class SetsByName(type):
    def __setattr__(cls, name, value):
        type.__setattr__(cls, name, value)


class Guarded(metaclass=SetsByName): ...


@pytest.mark.parametrize("base", [ctypes.Structure, ctypes.Union])
def test_an_order_is_found_past_a_setter_in_c(base):
    """What is written by hand for a setter of this kind is found on each version."""
    assert explain(base, Guarded).solution
    assert explain(Guarded, base).solution


# -- what is said ---------------------------------------------------------------


def test_it_says_where_a_metaclass_comes_from():
    """Each base's metaclass is named, with the ancestor that brought it."""
    (target,) = explain(AlphaChild).targets

    assert target.itself.metaclass == f"{__name__}.AlphaMeta"
    assert target.itself.brought_by == f"{__name__}.Alpha"
    assert [base.name for base in target.bases] == [f"{__name__}.Alpha"]
    assert f"metaclass {__name__}.AlphaMeta, from {__name__}.Alpha" in str(
        explain(AlphaChild)
    )
    assert "as any class has" in str(explain(int))


class Forwarding(type):
    """Hooks that hand on in every way that is told apart."""

    @classmethod
    def __prepare__(mcls, name, bases, /, **kwargs):
        held = super().__prepare__
        return held(name, bases, **kwargs)

    def __new__(mcls, name, bases, namespace, /, *args, extra=None, **kwargs):
        if extra:
            return super(Forwarding, mcls).__new__(mcls, name, bases, namespace)
        make = super().__new__
        return make(mcls, str(name), tuple(bases), namespace, *args, **kwargs)

    def mro(cls):
        return [cls, *super().mro()[1:]]

    def __call__(cls, /, *args, **kwargs):
        return super().__call__(*args, **kwargs)


class Swallowing(type):
    @classmethod
    def __prepare__(mcls, name, bases, /, **kwargs):
        return kwargs["namespace"]

    def __new__(mcls, name, bases, namespace, **kwargs):
        mcls.configure(**kwargs)
        return type.__new__(mcls, name, bases, namespace)

    def __init__(cls, *args, **kwargs):
        import abc

        abc.ABCMeta.__init__(cls, *args)


def facts(target: type) -> dict[str, tuple[str, str, str | None]]:
    overrides = explain(target).overrides[f"{__name__}.{target.__name__}"]
    return {
        it.stage: (it.forwards_keywords, it.calls_super, it.calls_by_name)
        for it in overrides
    }


def test_it_reads_whether_a_hook_hands_on():
    """Keywords and ``super()`` are read from the code of each hook, in MRO order."""
    assert facts(Forwarding) == {
        "__prepare__": ("yes", "yes", None),
        "__new__": ("yes", "yes", None),
        "mro": ("-", "yes", None),
        "__call__": ("-", "yes", None),
    }
    assert facts(Swallowing) == {
        "__prepare__": ("unknown", "no", None),
        "__new__": ("no", "no", "type.__new__"),
        "__init__": ("no", "no", "abc.ABCMeta.__init__"),
    }


def test_each_override_has_its_file_and_line():
    """Where a hook is can be looked up; one in C says so."""
    (new,) = explain(AlphaMeta).overrides[f"{__name__}.AlphaMeta"]

    assert (new.file, new.line) == (__file__, AlphaMeta.__new__.__code__.co_firstlineno)
    assert f"{new.line}" in str(explain(AlphaMeta))
    (in_c, *_) = explain(ctypes.Structure).overrides.popitem()[1]
    assert (in_c.file, in_c.line) == (None, None)
    assert (in_c.forwards_keywords, in_c.calls_super) == ("unknown", "unknown")
    call = {it.stage: it for it in explain(Movie).overrides["typing._TypedDictMeta"]}[
        "__call__"
    ]
    assert (call.forwards_keywords, call.calls_super, call.where) == (
        "-",
        "unknown",
        "in C",
    )


def test_wrapped_and_odd_hooks_are_read_as_far_as_they_go():
    """A hook behind a wrapper is found; a hook without parameters builds nothing."""

    def wrapper(function):
        @wraps(function)
        def wrapped(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapped

    class Odd(type):
        @wrapper
        def __init__(cls, name, bases, namespace, **kwargs):
            super().__init__(name, bases, namespace, **kwargs)

    class Variadic(type):
        def __new__(*args):
            return type.__new__(*args)

    class Naming(type):
        def __new__(mcls, name, bases, namespace):
            return type.__new__(mcls, name, bases, namespace)

    assert (
        explain(Odd).overrides[f"{__name__}.{Odd.__qualname__}"][0].forwards_keywords
        == "yes"
    )
    assert explain(type("Sub", (Variadic,), {})).compatible
    assert explain(type("Sub", (Naming,), {})).compatible


def test_patterns_are_seen_through():
    """A pattern's metaclass shows its stages, and a user's own hooks beside them."""

    class UsersMeta(SingletonMeta):
        def __new__(mcls, name, bases, namespace, **kwargs):
            return super().__new__(mcls, name, bases, namespace, **kwargs)

    (overrides,) = explain(UsersMeta).overrides.values()

    assert (overrides[0].stage, overrides[0].owner) == (
        "__new__",
        f"{__name__}.{UsersMeta.__qualname__}",
    )
    assert overrides[0].file == __file__
    assert all(it.stage.startswith("singleton: ") for it in overrides[1:])
    assert "final: before" in {
        it.stage for it in explain(FinalMixin).overrides["bases"]
    }
    assert "_pipeline" not in str([it.owner for it in overrides])


def test_hooks_of_the_bases_are_shown():
    """``__init_subclass__`` runs as well when the class is made."""

    class Hooked:
        def __init_subclass__(cls, **kwargs):
            super().__init_subclass__(**kwargs)

    (hook,) = explain(Hooked).overrides["bases"]

    assert (hook.stage, hook.forwards_keywords, hook.calls_super) == (
        "__init_subclass__",
        "yes",
        "yes",
    )
    assert "The bases run" in str(explain(Hooked))


class Cooperating:
    def __new__(cls):
        return super().__new__(cls)


class Stopping:
    def __new__(cls):
        return object.__new__(cls)


@pytest.mark.parametrize(
    ("targets", "answer"),
    [
        ((ABC,), "yes"),
        ((ABCMeta,), "yes"),
        ((ABC, Cooperating), "yes"),
        ((Alpha,), "no"),
        ((ABC, int), "no"),
        ((ABC, Exception), "no"),
        ((ABC, Stopping), "unknown"),
    ],
    ids=readable,
)
def test_it_says_whether_abstract_methods_are_enforced(targets, answer):
    """The answer is what happens to a class with an abstract method left."""
    explanation = explain(*targets)
    namespace = {
        "__name__": "written",
        "__builtins__": __builtins__,
        **names_of(targets),
    }
    exec(explanation.solution, namespace)
    made = namespace[explanation.line.split("(")[0].split()[1]]
    abstract = type(made)(
        "Abstract", (made,), {"method": abstractmethod(lambda self: None)}
    )

    assert explanation.abstract[0] == answer
    if answer == "yes":
        with pytest.raises(TypeError, match="abstract"):
            abstract()
    elif answer == "no":
        abstract()


def test_mixins_and_decorators_that_would_avoid_it():
    """A pattern among the metaclasses has lighter doors, and these lines work."""
    explanation = explain(ABC, FinalMeta)

    assert len(explanation.alternatives) == 2
    for code in explanation.alternatives:
        namespace = {"__name__": "written"}
        exec(code, namespace)
        assert issubclass(namespace["Both"], ABC)
        with pytest.raises(TypeError):
            type("Sub", (namespace["Both"],), {})
        assert code.splitlines()[-1] in str(explanation)
    assert [
        code.splitlines()[-2] for code in explain(Movie, FinalMeta).alternatives
    ] == ["@final"]
    assert len(explain(Alpha, RegistryMeta).alternatives) == 1
    assert explain(Alpha, Beta, FinalMeta).alternatives == ()
    assert (
        explain(FinalMeta, AlphaMeta)
        .alternatives[0]
        .endswith("class Both(FinalMixin, metaclass=AlphaMeta): ...")
    )
    mixed = type("Mixed", (FinalMixin,), {"__module__": __name__}, final=False)
    (with_mixin, _) = explain(mixed, FinalMeta, BetaMeta).alternatives
    assert with_mixin.endswith("class All(Mixed, metaclass=BetaMeta): ...")
    assert "FinalMixin or final" in str(explain(Closing, Alpha))
    assert "__init_subclass__ of a base class" in str(explain(Alpha, ABC))


# -- forms ----------------------------------------------------------------------


EVERY = [
    *SOLVABLE,
    *(row[0] for row in REFUSED),
    (Forwarding, Swallowing, FinalMeta, enum.Enum),
]


@pytest.mark.parametrize("targets", EVERY, ids=readable)
def test_every_form_of_it(targets):
    """Text fits 100 columns; the dictionary is JSON; the rest is well-formed."""
    explanation = explained(*targets)

    assert max(map(len, str(explanation).splitlines())) <= 100
    facts = explanation.to_dict()
    assert json.loads(json.dumps(facts)) == facts
    assert facts["compatible"] is explanation.compatible
    html = explanation._repr_html_()
    assert html.count("<tr>") == html.count("</tr>") > 0
    assert "<locals>" not in html
    first, *lines = explanation.mermaid().splitlines()
    assert first == "flowchart BT"
    assert all(line.startswith("    n") for line in lines)


ODD_NAMES = [
    'Box["T"]',
    "make.<locals>.Meta",
    "Pair[int, str]",
    "it's",
    "`code`",
    "a#b;",
    "a]b",
    "{x}|y|",
    "two\nlines",
    "%% no comment",
    "<br>&amp;",
    "back\\slash",
    "na\xefve \u2713",
    "end",
]


def test_odd_names_in_a_drawing():
    """Whatever a class is called, its label is one quoted text that says so."""
    odd = [
        type("Odd", (type,), {"__qualname__": name, "__module__": "m"})
        for name in ODD_NAMES
    ]
    drawing = explain(*odd).mermaid()
    labels = re.findall(r'^    n\d+\["([^"<>`\\]*)"\]$', drawing, re.MULTILINE)
    arrows = re.findall(r"^    n\d+ \S+ n\d+$", drawing, re.MULTILINE)
    said = [re.sub(r"#(\d+);", lambda it: chr(int(it[1])), one) for one in labels]

    assert len(labels) + len(arrows) == len(drawing.splitlines()) - 1
    assert {f"m.{name}" for name in ODD_NAMES} <= {*said}


def test_long_lists_of_bases_are_broken():
    """A statement that does not fit is written over several lines, and works."""
    many = [type(f"AClassWithQuiteALongName{number}", (), {}) for number in range(6)]
    explanation = explain(*many, Alpha, Beta)
    namespace = {it.__name__: it for it in (*many, Alpha, Beta)}

    exec(explanation.solution, namespace)

    assert namespace["All"].__bases__ == (*many, Alpha, Beta)
    assert max(map(len, str(explanation).splitlines())) <= 100


def test_long_imports_are_broken():
    """An import that does not fit is written over several lines, and works."""
    names = "ThreadingUDPServer ThreadingTCPServer StreamRequestHandler ForkingMixIn"
    explanation = explain(*(f"socketserver:{name}" for name in names.split()), Outer)
    namespace = {"Outer": Outer}

    exec(explanation.solution, namespace)

    assert "from socketserver import (\n" in explanation.solution
    assert max(map(len, str(explanation).splitlines())) <= 100


def test_local_and_clashing_names():
    """What cannot be imported is written as it is called where it was made."""
    Both = type("Both", (), {"__qualname__": "f.<locals>.Both"})

    assert explain(Both, int).line == "class Both_(Both, int): ..."
    assert explain(Both, int).solution == explain(Both, int).line
    made = type("Made", (), {"__module__": None})
    assert explain(made).solution == "class New(Made): ..."


@pytest.mark.parametrize(
    "target",
    [None, 3, int.__add__, lambda name, bases, namespace: None, object()],
    ids=["none", "int", "slot", "function", "object"],
)
def test_what_is_no_class_is_refused_by_name(target):
    """A target that is no class is a TypeError that names it."""
    with pytest.raises(TypeError, match=type(target).__name__):
        explain(Alpha, target)


def test_a_string_that_names_no_class_is_refused_by_it():
    """What was written is shown, and not the object that it names."""
    with pytest.raises(TypeError, match="'os:getcwd', of type 'builtin_function"):
        explain("os:getcwd")


def test_no_target_is_refused():
    """There is nothing to explain about nothing."""
    with pytest.raises(TypeError, match="needs a class"):
        explain()


def test_what_stands_for_bases_is_resolved():
    """Objects with ``__mro_entries__`` are the bases that they stand for."""
    assert [it.expression for it in explain(typing.NamedTuple, list[int]).targets] == [
        "NamedTuple",
        "list",
    ]
    assert explain(typing.Iterable[int]).targets[0].itself.name == (
        "collections.abc.Iterable"
    )
    assert explain(Movie, Movie).targets == explain(Movie).targets


@pytest.mark.parametrize(
    ("alias", "solution"),
    [
        (typing.Iterable[int], "from collections.abc import Iterable\n\nclass New(Iterable): ..."),
        (typing.List, "from typing import List\n\nclass New(List): ..."),  # noqa: UP006
        ("typing:List", "from typing import List\n\nclass New(List): ..."),
        (typing.List[int], "class New(list): ..."),  # noqa: UP006
        (typing.NamedTuple, "from typing import NamedTuple\n\nclass New(NamedTuple): ..."),
        ("builtins:int", "class New(int): ..."),
    ],
    ids=readable,
)  # fmt: skip
@TRIED
def test_an_alias_is_one_base(alias, solution):
    """What an alias adds to the bases for itself is neither shown nor written."""
    explanation = explain(alias)

    assert len(explanation.targets) == 1
    assert explanation.compatible
    assert explanation.advice == ()
    assert explanation.solution == solution
    exec(solution, {})


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("nonsense", "write 'module:Class'"),
        (":C", "write 'module:Class'"),
        ("no_such_module_here:C", "ModuleNotFoundError"),
        ("collections:Nothing", "has no 'Nothing'"),
        ("dict", "write 'builtins:dict'"),
        ("explains_by_exiting:C", "SystemExit"),
    ],
)
def test_bad_strings_say_what_could_not_be_imported(target, why, tmp_path, monkeypatch):
    """One line says which target could not be imported, and why."""
    (tmp_path / "explains_by_exiting.py").write_text("raise SystemExit('two\\nlines')")
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(ImportError, match=why) as caught:
        explain(target)

    assert "\n" not in str(caught.value)
    assert repr(target) in str(caught.value)


class NamelessMeta(type):
    """Raises where it is asked for a name, or for what it does not have."""

    @property
    def __name__(cls):
        raise RuntimeError("no name")

    def __getattr__(cls, name):
        raise RuntimeError(name)


class Nameless(metaclass=NamelessMeta):
    pass


@pytest.mark.parametrize("target", [Nameless, f"{__name__}:Nameless"], ids=readable)
def test_a_class_whose_metaclass_tells_nothing(target):
    """A class is named by what Python knows of it, whatever its metaclass answers."""
    explanation = explain(target)

    assert [it.itself.name for it in explanation.targets] == [f"{__name__}.Nameless"]
    assert explanation.line == "class New(Nameless): ..."
    assert f"from {__name__} import Nameless" in explanation.solution


def test_a_module_that_is_any_object(monkeypatch):
    """What stands for a module may have no names to look among."""
    monkeypatch.setitem(sys.modules, "explains_nothing", object())

    with pytest.raises(ImportError, match=r"'explains_nothing' has no 'C'$"):
        explain("explains_nothing:C")


# -- in errors ------------------------------------------------------------------


def refusals():
    A, B = (
        combine_metaclasses(AlphaMeta, BetaMeta),
        combine_metaclasses(BetaMeta, AlphaMeta),
    )
    yield lambda: combine_metaclasses(A, B)
    yield lambda: combine_metaclasses(A("X", (), {}), B("Y", (), {}))
    yield lambda: auto_metaclass("C", (A("X", (), {}), B("Y", (), {})), {})
    yield lambda: combine_metaclasses(FinalMeta, Movie)("Film", (Movie,), {})


@pytest.mark.parametrize("number", range(4))
def test_errors_carry_an_explanation(number):
    """Each conflict's error explains itself, when it is read, copied or pickled."""
    refuse = list(refusals())[number]
    with pytest.raises(MetaclassConflictError) as caught:
        refuse()
    error = caught.value
    twin = pickle.loads(pickle.dumps(error))

    assert "Reason (" in error.explanation
    assert twin.explanation == error.explanation == caught.value.explanation
    assert set(vars(twin)) == {"parts", "explanation"}
    with pytest.raises(AttributeError, match="misspelt"):
        _ = error.misspelt


def test_an_error_keeps_nothing_alive():
    """Once a class is gone, the message is what is left of the explanation."""

    def refuse():
        Other = type("Other", (type,), {"__slots__": ()})
        one, two = (
            combine_metaclasses(AlphaMeta, Other),
            combine_metaclasses(Other, AlphaMeta),
        )
        try:
            combine_metaclasses(one, two)
        except MetaclassConflictError as error:
            return error.with_traceback(None), weakref.ref(Other)

    error, reference = refuse()
    error.__context__ = error.__cause__ = None
    for _ in range(3):
        gc.collect()

    assert reference() is None
    assert error.explanation == str(error)


def test_an_impostor_among_the_bases_is_explained():
    """``auto_metaclass`` meets what is no metaclass, and the error explains that."""
    with pytest.raises(TypeError):
        auto_metaclass("C", (IMPOSTOR, Alpha), {})


def test_the_tools_load_on_first_use():
    """Every public name is there, and a misspelt one is an attribute error."""
    from metapatterns import tools

    assert set(tools.__all__) <= set(dir(tools))
    assert all(hasattr(tools, name) for name in tools.__all__)
    with pytest.raises(AttributeError, match="explian"):
        _ = tools.explian


def test_a_metaclass_that_overrides_nothing():
    """An empty metaclass is said to run nothing of its own."""

    class Empty(type):
        pass

    assert "nothing of its own" in str(explain(Empty))


# -- what is tried out ----------------------------------------------------------


class Picky:
    """Refuses by its own rules what Python allows."""

    made: list[str] = []

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        Picky.made.append(cls.__name__)
        sys.stdout.write("noise")
        if cls.__bases__ != (Picky,) and cls.__bases__[0] is not Picky:
            raise ValueError("Picky comes first.")


class Demanding:
    def __init_subclass__(cls):
        if not hasattr(cls, "label"):
            raise ValueError("no label")


class FirstMeta(type):
    def __new__(mcls, name, bases, namespace):
        if mcls.__mro__[1] is not FirstMeta and mcls is not FirstMeta:
            raise ValueError("FirstMeta comes first")
        return super().__new__(mcls, name, bases, namespace)


class First(metaclass=FirstMeta):
    def __init_subclass__(cls):
        if cls.__bases__[0] is First and len(cls.__bases__) > 1:
            raise ValueError("First comes last")


@TRIED
def test_no_trace_is_left(capfd):
    """The class is made elsewhere: nothing is registered or printed here."""
    before = Picky.__subclasses__()
    explanation = explain(Picky, Outer)

    assert explanation.compatible
    assert explanation.tried
    assert Picky.made == []
    assert Picky.__subclasses__() == before
    assert capfd.readouterr() == ("", "")


@TRIED
def test_an_order_that_is_not_refused_is_found():
    """Where a framework refuses one order of the bases, another is tried."""
    explanation = explain(Outer, Picky)

    assert explanation.reason.kind == "refused"
    assert "Picky comes first" in explanation.reason.text
    assert "..\n" not in str(explanation)
    assert explanation.line == "class Both(Picky, Outer): ..."


class Asking:
    def __init_subclass__(cls, /, **kwargs):
        super().__init_subclass__(**kwargs)


class Choosy(Asking):
    def __init_subclass__(cls, /, **kwargs):
        super().__init_subclass__(**kwargs)
        if len(cls.__bases__) > 1:
            raise TypeError("no other base")


class Unwilling(Choosy, metaclass=AlphaMeta):
    def __init_subclass__(cls, /, **kwargs):
        super().__init_subclass__(**kwargs)


@final
class Last:
    pass


@singleton
class Only:
    pass


class Terminal(LoggerMixin, FinalMixin):
    pass


class Grim(type):
    def __init__(cls, name, bases, namespace):
        super().__init__(name, bases, namespace)
        if len(bases) > 1:
            raise TypeError("no other base")


class Grave(Asking, metaclass=Grim):
    pass


@pytest.mark.parametrize(
    ("targets", "who"),
    [
        ((Choosy, Outer), f"{__name__}.Choosy"),
        ((Outer, Choosy), f"{__name__}.Choosy"),
        ((Asking, Unwilling, Outer), f"{__name__}.Choosy"),
        ((Choosy, Alpha), f"{__name__}.Choosy"),
        ((Choosy, Alpha, Beta), f"{__name__}.Choosy"),
        ((Last, Outer), f"{__name__}.Last"),
        ((Last, Alpha), f"{__name__}.Last"),
        ((Only, Last), f"{__name__}.Last"),
        ((Outer, Terminal), "metapatterns.patterns.final.FinalMixin"),
        ((Terminal, Alpha), "metapatterns.patterns.final.FinalMixin"),
        ((Leaf, Outer), "metapatterns.patterns.final.FinalMeta"),
        ((Grave, Outer), f"{__name__}.Grim"),
        ((Grave, Choosy), f"{__name__}.Choosy"),
    ],
    ids=readable,
)
@TRIED
def test_who_refuses_is_named(targets, who):
    """Whose rule it is is said: that of the base whose hook raised, or of a metaclass."""
    reason = explain(*targets).reason

    assert reason.kind in ("refused", "order")
    assert reason.text.startswith(f"{who} refuses them: ")
    assert "\n" not in reason.text


@TRIED
def test_no_class_is_tried_twice(tmp_path):
    """Of the orders that come to the same class, one is tried."""
    tried = tmp_path / "tried"

    class RefusingMeta(type):
        def __init__(cls, name, bases, namespace):
            with tried.open("a") as file:
                print(*cls.__bases__, *type(cls).__mro__, file=file)
            if len(bases) > 2:
                raise ValueError("too many")

    refusing = RefusingMeta("Refusing", (), {})
    tried.unlink()
    explanation = explain(refusing, Alpha, AlphaMeta("Second", (), {}))
    attempts = tried.read_text().splitlines()
    attempts = [it for it in attempts if "Second" in it and "Refusing" in it]

    assert explanation.reason.kind == "refused"
    assert len(attempts) == 6 * 2  # orders of three bases, and of two metaclasses
    assert len(set(attempts)) == len(attempts)


@TRIED
def test_metaclasses_in_another_order_than_the_bases():
    """Bases and metaclasses may have to be in different orders."""
    explanation = explain(First, Alpha)
    namespace = {"First": First, "Alpha": Alpha}

    assert explanation.reason.kind == "unrelated metaclasses"
    exec(explanation.solution, namespace)
    assert namespace["Both"].__bases__ == (Alpha, First)
    assert issubclass(type(namespace["Both"]), FirstMeta)
    assert "combine_metaclasses(First, Alpha)" in explanation.line


@TRIED
def test_what_a_base_asks_of_any_body_is_told():
    """A base that refuses an empty body is no reason against the others."""
    explanation = explain(Demanding, Alpha)

    assert explanation.compatible
    assert explanation.line == "class Both(Demanding, Alpha): ..."
    assert explanation.advice == (
        "Demanding alone refuses an empty body: ValueError: no label.",
    )


@TRIED
def test_doors_that_a_framework_refuses_are_not_offered():
    """A mixin is no way out where it is refused as well."""
    for refusing in (enum.EnumMeta, typing.Protocol):
        offered = explain(refusing, FinalMeta).alternatives
        assert [code.splitlines()[-2] for code in offered] == ["@final"]
    assert explain(Demanding, enum.EnumMeta, FinalMeta).alternatives == ()


@TRIED
def test_mixins_that_no_member_can_have_are_not_offered():
    """An alternative for an enumeration works for one that has members."""
    namespace = {}
    for meta, count in ((SingletonMeta, 1), (LoggerMeta, 2)):
        offered = explain(meta, enum.Enum).alternatives
        assert len(offered) == count
        for code in offered:
            exec(code.replace("...", "ONE = 1"), namespace)
            assert namespace["Both"].ONE.value == 1


def test_bases_of_one_name_are_told_apart():
    """The second of two classes with one name is imported under another."""
    explanation = explain("string:Formatter", "logging:Formatter", "argparse:Action")
    namespace = {"__name__": "written"}

    exec(explanation.solution, namespace)

    assert [it.__module__ for it in namespace["All"].__bases__] == [
        "string",
        "logging",
        "argparse",
    ]
    assert explanation.line == "class All(Formatter, Formatter2, Action): ..."


@TRIED
def test_a_class_is_tried_where_the_streams_are_closed():
    """A process without input, output and errors is told what any other is."""
    code = (
        "import os, sys\n"
        "from metapatterns.tools import explain\n"
        "for stream in (0, 1, 2):\n"
        "    os.close(stream)\n"
        "sys.stdin = sys.stdout = sys.stderr = None\n"
        "os._exit(3 if explain('builtins:int').tried else 4)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert done.returncode == 3


def test_without_a_child_process_only_prepare_is_asked(monkeypatch):
    """Where a system does not fork, the text says that nothing was tried."""
    monkeypatch.delattr(_trial.os, "fork")
    explanation = explain(Outer, Picky)

    assert not explanation.tried
    assert explanation.compatible
    assert "No class was made" in str(explanation)
    assert explain(Weekday, Outer).reason.kind == "refused"


def test_a_child_that_hangs_is_given_up(monkeypatch):
    """A class that is never finished, or ends the process, is not known about."""

    class Hanging:
        def __init_subclass__(cls):
            time.sleep(60)

    class Killing:
        def __init_subclass__(cls):
            os._exit(0)

    monkeypatch.setattr(_trial, "SECONDS", 1)

    assert not explain(Hanging).tried
    assert not explain(Killing).tried


@TRIED
def test_what_the_child_does(monkeypatch):
    """It goes silent, writes what it was told, and ends whatever happens."""
    done = []
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    monkeypatch.setattr(_trial.os, "fork", lambda: 0)
    monkeypatch.setattr(_trial.os, "dup2", lambda *to: done.append(to[1]))
    monkeypatch.setattr(_trial.os, "_exit", sys.exit)
    monkeypatch.setattr(_trial.os, "write", lambda to, text: done.append((to, text)))
    monkeypatch.setattr(_trial.signal, "signal", lambda *to: done.append(to[0]))
    monkeypatch.setattr(_trial.signal, "alarm", done.append)
    with pytest.raises(SystemExit):
        _trial.outcome(lambda: 1 / 0)
    sys.stdout.close()

    number, seconds, *streams, (to, text) = done
    assert (number, seconds) == (_trial.signal.SIGALRM, _trial.SECONDS)
    assert streams == [0, 1, 2]
    assert text == b"ZeroDivisionError: division by zero."
    os.close(to)
