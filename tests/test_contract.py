"""The laws that every pattern keeps through every door."""

from __future__ import annotations

import abc
import copy
import enum
import gc
import importlib
import inspect
import pickle
import pydoc
import sys
import threading
import types
import typing
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import attrs
import doors
import pytest
from doors import DECORATOR, DOORS, METACLASS, MIXIN, Door, Site, plain
from events import events, note
from hypothesis import HealthCheck, given
from strategies import Plan, examples, namespaces, plans
from uncooperative import RECORDER, Recorder, RecorderMeta

from metapatterns import ClassDefinitionError, KeywordClashError
from metapatterns._doors import ASYMMETRIES, LAWS, ROWS
from metapatterns._hooks import PatternMixin, decorate
from metapatterns._pipeline import PatternMeta

T = TypeVar("T")

#: The laws that some test here holds the doors to.
TESTED: set[str] = set()
#: The rows of ``ASYMMETRIES`` that some test here demands to fail.
DEMANDED: set[tuple[str, str, str]] = set()

MODERATE = examples(1, suppress_health_check=list(HealthCheck))


def law(
    identifier: str, where: Callable[[Door], object] = lambda door: True
) -> pytest.MarkDecorator:
    """Run a test for each door; those that ``ASYMMETRIES`` lists must fail it."""
    TESTED.add(identifier)
    return pytest.mark.parametrize(
        "door",
        [
            pytest.param(door, id=str(door), marks=expectation(door, identifier))
            for door in DOORS
            if where(door)
        ],
    )


def expectation(door: Door, identifier: str) -> list[pytest.MarkDecorator]:
    row = (door.pattern, door.kind, identifier)
    if row not in ASYMMETRIES:
        return []
    DEMANDED.add(row)
    return [pytest.mark.xfail(strict=True, reason=ASYMMETRIES[row])]


def opens(door: Door) -> bool:
    return door.opens


def breaches(door: Door) -> bool:
    return door.subject.breach is not None


def refuses_classes(door: Door) -> bool:
    return bool(door.subject.refused)


def reaches_subclasses(door: Door) -> bool:
    return (door.pattern, door.kind, "inherited") not in ASYMMETRIES


def hands_down_options(door: Door) -> bool:
    return door.opens and takes_options(door) and reaches_subclasses(door)


def takes_options(door: Door) -> bool:
    return door.kind != DECORATOR or door.subject.decorator_options


@pytest.fixture(autouse=True)
def fresh_registries() -> Iterator[None]:
    yield
    doors.forget()


class Base:
    """A sibling base that takes any class keyword."""

    given: dict[str, Any]

    def __init_subclass__(subclass, /, **kwargs: Any) -> None:
        subclass.given = kwargs
        super().__init_subclass__()


class Silent:
    """A sibling base that ends the chain."""

    def __init_subclass__(cls, /, **kwargs: Any) -> None:
        pass


# -- what stays as it was -----------------------------------------------------

MODULE = '''
"""Made for a test."""
from doors import DOORS, Door

site = DOORS[{index}].on()


@site.decorate
class Subject(*site.bases, **site.keywords):
    """A subject."""

    number: int = 1

    def method(self) -> int:
        return self.number

    class Inner:
        pass
'''


@pytest.fixture
def module(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[types.ModuleType]:
    """A module on disk with one class that came through the door."""
    name = f"subjects_{door.pattern}_{door.kind}"
    source = MODULE.format(index=DOORS.index(door))
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield importlib.import_module(name)
    sys.modules.pop(name, None)


@law("identity")
def test_class_keeps_its_identity(door: Door, module: types.ModuleType) -> None:
    """What a class is called, documents and declares is what its statement says."""
    cls = module.Subject

    assert cls.__name__ == cls.__qualname__ == "Subject"
    assert cls.__module__ == module.__name__
    assert cls.__doc__ == "A subject."
    assert inspect.get_annotations(cls, eval_str=True) == {"number": int}
    assert cls.method.__qualname__ == "Subject.method"
    assert cls.Inner.__qualname__ == "Subject.Inner"
    assert "class Subject" in inspect.getsource(cls)
    assert inspect.getsource(cls.method).lstrip().startswith("def method")
    assert inspect.getmodule(cls) is module


@law("identity")
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_class_pickles_by_reference(
    door: Door, module: types.ModuleType, protocol: int
) -> None:
    """A class and its instances pickle as those of a plain class do."""
    cls = module.Subject

    assert pickle.loads(pickle.dumps(cls, protocol)) is cls
    assert copy.copy(cls) is copy.deepcopy(cls) is cls
    instance = pickle.loads(pickle.dumps(cls(), protocol))
    assert type(instance) is cls
    assert instance.method() == 1


@law("identity")
@MODERATE
@given(body=namespaces())
def test_body_stays_as_it_is(door: Door, body: dict[str, Any]) -> None:
    """Whatever names a body binds are on the class, with their values."""
    cls = door.on().define(body=body)

    assert {name: vars(cls)[name] for name in body} == body
    assert all(getattr(cls(), name) == value for name, value in body.items())
    doors.forget()


@law("public-names")
def test_no_public_name_is_added(door: Door) -> None:
    """A class shows the names of its body and of its other bases, and no more."""
    body = {"x": 1, "_y": 2}
    names = {
        name
        for site in (door.on(), door.open())
        for name in set(dir(site.define(body=body)))
        - set(dir(plain().define(body=body)))
    }

    assert {name for name in names if not name.startswith("_")} <= door.subject.adds
    if door.kind != MIXIN:
        return
    public = {name for name in dir(door.subject.mixin) if not name.startswith("_")}
    assert public <= door.subject.adds


@law("signature")
def test_signature_is_the_constructors(door: Door) -> None:
    """Tools that ask for a class's parameters see those of ``__init__``."""

    def __init__(self: object, first: int, second: str = "b", *, third: float) -> None:
        pass

    def __new__(cls: type, /, size: int = 3) -> Any:
        return object.__new__(cls)

    for body in ({"__init__": __init__}, {"__new__": __new__}, {}):
        other = plain().define(body=body)
        expected = inspect.signature(other)
        cls = door.on().define(body=body)

        assert inspect.signature(cls).parameters == expected.parameters
        if expected.parameters:
            assert shown_by_help(cls) == shown_by_help(other) != ""


def shown_by_help(cls: type) -> str:
    """The line that says how a class is called."""
    start = f" |  {cls.__name__}("
    lines = pydoc.render_doc(cls).splitlines()
    return next((line for line in lines if line.startswith(start)), "")


@law("signature", opens)
def test_signature_of_a_subclass_is_its_own(door: Door) -> None:
    """A subclass that overrides the constructor shows its own parameters."""

    def __init__(self: object, first: int) -> None:
        pass

    def other(self: object, second: str = "b") -> None:
        pass

    root = door.open().define("Root", {"__init__": __init__})
    child = plain(root).define("Child", {"__init__": other})
    heir = plain(root).define("Heir")

    assert list(inspect.signature(child).parameters) == ["second"]
    assert list(inspect.signature(heir).parameters) == ["first"]


@law("slots")
def test_slots_stay_slots(door: Door) -> None:
    """A class that declares ``__slots__`` gets no ``__dict__`` through the door."""
    cls = door.open().define(body={"__slots__": ("a",)})
    instance = cls()
    instance.a = 1

    assert not hasattr(instance, "__dict__")
    with pytest.raises(AttributeError):
        instance.b = 2


def test_decorators_return_the_same_class() -> None:
    """A decorator hands back the class object that it was given."""
    for door in DOORS:
        if door.kind == DECORATOR:
            cls = plain().define()
            assert door.on().decorate(cls) is cls


DECORATORS = [
    # `final` marks methods, and a `Registry` takes anything.
    door
    for door in DOORS
    if door.kind == DECORATOR and door.pattern not in ("final", "registry")
]


@pytest.mark.parametrize("door", DECORATORS, ids=str)
def test_decorator_takes_classes_only(door: Door) -> None:
    """Anything but a class is refused by name."""
    for thing in (len, 3, "C"):
        with pytest.raises(TypeError, match="decorator takes a class"):
            door.on().decorate(thing)  # type: ignore[arg-type]


@pytest.mark.parametrize("cls", [int, object, type])
@pytest.mark.parametrize(
    "door",
    # A `Registry` sets nothing on its members.
    [it for it in DOORS if it.kind == DECORATOR and it.pattern != "registry"],
    ids=str,
)
def test_decorator_wants_a_class_that_can_be_changed(door: Door, cls: type) -> None:
    """One of C's own types is refused by name, with the way out."""
    before = dict(vars(cls))

    with pytest.raises(
        ClassDefinitionError, match=rf"^'{cls.__name__}' .* decorate a subclass of it"
    ):
        door.on().decorate(cls)
    assert dict(vars(cls)) == before
    assert isinstance(door.on(cls).define(), type)


@pytest.mark.parametrize("door", DECORATORS, ids=str)
def test_options_are_given_once(door: Door) -> None:
    """A class that follows the pattern is left alone, or refused with options."""
    word = door.subject.words(next(iter(door.subject.option)))
    metaclass = next(
        other
        for other in DOORS
        if other.subject is door.subject and other.kind == METACLASS
    )
    for first in (door, metaclass):
        cls = first.on().define()
        assert door.on().decorate(cls) is cls
        with pytest.raises(ClassDefinitionError, match=rf"already; give {word} where"):
            door.on(options=door.subject.option).decorate(cls)


# -- class keywords and sibling hooks -----------------------------------------


@law("foreign-keywords")
def test_foreign_keywords_reach_the_next_hook(door: Door) -> None:
    """A keyword that is not the pattern's reaches the sibling that takes it."""
    for first in (True, False):
        cls = door.on(Base, first=first, colour="red", table=True).define()

        assert cls.given == {"colour": "red", "table": True}


@law("foreign-keywords")
def test_keyword_that_nobody_takes_is_refused(door: Door) -> None:
    """The pattern swallows no keyword, and leaves the refusal to Python."""
    with pytest.raises(TypeError, match="keyword argument"):
        door.on(unheard_of=1).define()


def words_of(door: Door) -> tuple[str, ...]:
    return next(
        row.keywords
        for row in ROWS
        if (row.pattern, row.door) == (door.pattern, METACLASS)
    )


def rival(word: str) -> type:
    """A base whose hook takes the keyword `word` and passes it on to nobody."""
    namespace: dict[str, Any] = {"__name__": __name__}
    exec(
        f"class Rival:\n"
        f"    def __init_subclass__(cls, *, {word}=None, **kwargs):\n"
        f"        cls.heard = {word}\n"
        f"        super().__init_subclass__(**kwargs)\n",
        namespace,
    )
    return namespace["Rival"]


def assert_clash(door: Door, *, first: bool) -> None:
    for word in words_of(door):
        site = door.on(rival(word), first=first, **{word: "x"})
        if door.kind == DECORATOR:
            assert site.define().heard == "x"
            continue
        with pytest.raises(KeywordClashError) as caught:
            site.define()

        assert caught.value.keyword == word
        assert door.pattern in caught.value.claimants[0]
        assert "Rival.__init_subclass__" in caught.value.claimants[1]
        assert "'C'" in str(caught.value)


@law("keyword-clash")
def test_keyword_of_a_sibling_hook_clashes(door: Door) -> None:
    """A keyword that a base's hook names as well is an error naming both."""
    assert_clash(door, first=True)


@law("keyword-taken")
def test_keyword_is_not_taken_by_a_base_listed_first(door: Door) -> None:
    """The order of the bases does not decide who gets a keyword."""
    assert_clash(door, first=False)


@law("positional-only")
@pytest.mark.parametrize(
    "word", ["name", "cls", "self", "bases", "namespace", "mcls", "subclass", "kwargs"]
)
def test_leading_parameters_leave_their_names_free(door: Door, word: str) -> None:
    """A class keyword may have the name of any leading parameter of ours."""
    assert door.on(Base, **{word: 1}).define().given == {word: 1}


@law("positional-only")
@pytest.mark.parametrize("word", ["cls", "self", "args", "kwargs", "instance"])
def test_constructors_may_use_any_parameter_name(door: Door, word: str) -> None:
    """An instance's constructor may have a parameter called like one of ours."""
    namespace: dict[str, Any] = {}
    exec(f"def __init__(this, *, {word}):\n    this.given = {word}", namespace)
    cls = door.on().define(body={"__init__": namespace["__init__"]})

    assert cls(**{word: 5}).given == 5


@law("hooks-once", opens)
def test_own_hook_of_the_class_runs_once(door: Door) -> None:
    """A class's own ``__init_subclass__`` is asked once for each subclass."""
    seen: list[str] = []

    class Parent:
        def __init_subclass__(cls, /, **kwargs: Any) -> None:
            seen.append(f"Parent sees {cls.__name__}")
            super().__init_subclass__(**kwargs)

    site = door.open(Parent)

    @site.decorate
    class Root(*site.bases, **site.keywords):  # type: ignore[misc]
        def __init_subclass__(cls, /, *, mode: str, **kwargs: Any) -> None:
            seen.append(f"Root sees {cls.__name__}, {mode}")
            super().__init_subclass__(**kwargs)

    class Child(Root, mode="a"):
        pass

    class Heir(Child, mode="b"):
        pass

    assert seen == [
        "Parent sees Root",
        "Root sees Child, a",
        "Parent sees Child",
        "Root sees Heir, b",
        "Parent sees Heir",
    ]


def hierarchy(door: Door, plan: Plan) -> tuple[Any, Any]:
    """Build a plan twice: through the door, and plainly."""

    def by_door(name: str, bases: Any, body: Any, keywords: Any) -> type:
        return door.open(*bases, **keywords).define(name, body)

    def by_plain(name: str, bases: Any, body: Any, keywords: Any) -> type:
        return plain(*types.resolve_bases(bases), **keywords).define(
            name, {**body, **original(bases)}
        )

    def original(bases: Any) -> dict[str, Any]:
        resolved = types.resolve_bases(bases)
        return {} if resolved is bases else {"__orig_bases__": bases}

    if door.kind != DECORATOR:
        driven = plan.build(by_door, by_plain, by_plain)
    elif door.opens:
        driven = plan.build(by_door, by_door, by_door)
    else:
        driven = plan.build(by_plain, by_plain, by_door)
    return driven, plan.build(by_plain, by_plain, by_plain)


@law("hooks-once")
@MODERATE
@given(plan=plans())
def test_hierarchy_is_as_without_the_pattern(door: Door, plan: Plan) -> None:
    """Hooks, order, names and signatures of any hierarchy are as without a pattern."""
    driven, control = hierarchy(door, plan)

    assert driven.events == control.events
    for number, expected in control.classes.items():
        cls = driven.classes[number]
        ours = [base for base in cls.__mro__ if not is_ours(base)]
        assert [base.__name__ for base in ours] == [
            base.__name__ for base in expected.__mro__
        ]
        for name in ("__name__", "__qualname__", "__module__", "__doc__"):
            assert getattr(cls, name) == getattr(expected, name)
        if not door.subject.constructs:
            parameters = inspect.signature(expected).parameters
            assert inspect.signature(cls).parameters == parameters
        added = {name for name in set(dir(cls)) - set(dir(expected)) if name[0] != "_"}
        assert added <= door.subject.adds
        assert set(dir(expected)) <= set(dir(cls))
    doors.forget()


def is_ours(cls: type) -> bool:
    return cls.__module__.startswith("metapatterns")


@law("inherited", lambda door: door.opens and door.kind != DECORATOR)
@MODERATE
@given(plan=plans())
def test_pattern_holds_all_over_a_hierarchy(door: Door, plan: Plan) -> None:
    """Each class under the root follows the pattern, whatever stands beside it."""
    driven, _ = hierarchy(door, plan)
    root = driven.classes[-1]

    for cls in driven.classes.values():
        if issubclass(cls, root) and cls is not root and not inspect.isabstract(cls):
            assert door.subject.holds(cls)
    doors.forget()


# -- options ------------------------------------------------------------------


@law("options-inherited", hands_down_options)
def test_options_are_inherited_and_overridden(door: Door) -> None:
    """An option of the base is in force below, until a subclass says otherwise."""
    subject = door.subject
    root = door.on(options=subject.option).define("Root")
    child = plain(root).define("Child")

    assert subject.shows(lambda: plain(root))
    assert subject.shows(lambda: plain(child))
    assert not subject.shows(lambda: again(door, child, subject.override))


def again(door: Door, base: type, options: Any) -> Site:
    """A subclass that gives options of its own, through the same door."""
    if door.kind == DECORATOR:
        return door.on(base, options=options)
    return plain(base, **options)


@law("bad-option", takes_options)
def test_bad_option_is_refused(door: Door) -> None:
    """A bad option names the class where there is one, the option and the value."""
    bad = door.subject.bad
    with pytest.raises(ClassDefinitionError) as caught:
        door.on(options=bad).define("Wrong")

    (word, value), *_ = bad.items()
    assert door.kind == DECORATOR or "'Wrong'" in str(caught.value)
    assert door.subject.words(word) in str(caught.value)
    assert repr(value) in str(caught.value)


# -- errors -------------------------------------------------------------------


def breach_of(door: Door, site: Callable[[], Site]) -> Exception:
    subject = door.subject
    assert subject.breach is not None
    assert subject.error is not None
    with pytest.raises(subject.error) as caught:
        subject.breach(site)
    return caught.value.with_traceback(None)


@law("same-error", breaches)
def test_error_is_the_same_through_every_door(door: Door) -> None:
    """One broken rule is one error, with the same attributes and text."""
    reference = next(
        other
        for other in DOORS
        if other.subject is door.subject and other.kind == METACLASS
    )
    expected = breach_of(reference, reference.on)
    doors.forget()
    error = breach_of(door, door.on)

    assert type(error) is type(expected) is door.subject.error
    assert door.subject.facts(error) == door.subject.facts(expected)


@law("same-error", breaches)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_error_pickles_and_copies(door: Door, protocol: int) -> None:
    """An error crosses processes with its text and its attributes."""
    error = breach_of(door, door.on)

    for twin in (
        pickle.loads(pickle.dumps(error, protocol)),
        copy.copy(error),
        copy.deepcopy(error),
    ):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert door.subject.facts(twin) == door.subject.facts(error)


# -- refusal ------------------------------------------------------------------


@law("atomic", breaches)
def test_refused_class_leaves_no_trace(door: Door) -> None:
    """After a refusal nothing refers to the class that was refused."""

    class Parent:
        pass

    breach_of(door, lambda: door.on(Parent))
    doors.forget()
    gc.collect()

    assert Parent.__subclasses__() == []


@law("atomic", takes_options)
def test_class_with_a_bad_option_leaves_no_trace(door: Door) -> None:
    """A bad option leaves no class behind."""

    class Parent:
        pass

    with pytest.raises(ClassDefinitionError):
        door.on(Parent, options=door.subject.bad).define("Wrong")
    gc.collect()

    assert Parent.__subclasses__() == []


@law("atomic")
def test_failure_of_a_sibling_leaves_no_trace(door: Door) -> None:
    """When another hook raises, the class is gone, and the next one is fine."""

    class Fragile:
        def __init_subclass__(cls, /, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            if cls.__name__ == "Bad":
                raise LookupError("Bad")

    for first in (True, False):
        with pytest.raises(LookupError):
            door.on(Fragile, first=first).define("Bad")
        gc.collect()
        assert Fragile.__subclasses__() == []
        good = door.on(Fragile, first=first).define("Good")
        assert door.subject.holds(good)
        del good
        doors.forget()
        gc.collect()


class RecorderMixin(PatternMixin):
    _metapatterns_mixin = RECORDER
    __slots__ = ()


class Reading(Recorder):
    """Takes an iterator for an option, and keeps what it gave."""

    def read(self, name: str, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        note(self.name, "read", name)
        return {word: list(value) for word, value in options.items()}


READING = Reading("reading")


class ReadingMeta(PatternMeta):
    _metapatterns_pattern = READING


class ReadingMixin(PatternMixin):
    _metapatterns_mixin = READING
    __slots__ = ()


def test_every_door_reads_options_before_all_other_stages() -> None:
    """What can be read once is read once, and every stage sees what was in it."""
    words = {"reading_mode": iter("m"), "metaclass": ReadingMeta}
    for site in (
        plain(**words),
        plain(ReadingMixin, reading_mode=iter("m")),
        Site(decorate=lambda cls: decorate(cls, READING, {"reading_mode": iter("m")})),
    ):
        with events() as seen:
            cls = site.define("Told")
        assert vars(cls)[READING.slot].mode == ["m"]
        stages = [
            what for who, what, name in seen if (who, name) == ("reading", "Told")
        ]
        assert stages[-4:] == ["read", "before", "check", "created"]
        assert stages.count("read") == 1


def test_mixin_leaves_a_class_to_the_metaclass_of_its_pattern() -> None:
    """However many doors a class has, it goes through a pattern's stages once."""
    with events() as seen:

        class Both(RecorderMixin, metaclass=RecorderMeta):
            pass

    stages = ["prepare", "before", "check", "created"]
    assert seen == [("recorder", stage, "Both") for stage in stages]


def test_class_that_is_built_again_is_told_apart() -> None:
    """A pattern learns, under the class's name, that it has seen the class before."""
    for site in (plain(metaclass=RecorderMeta), plain(RecorderMixin)):
        C = site.define("C")
        with events() as seen:
            dataclass(slots=True)(C)
        stages = ["rebuilt", "check", "created"]
        assert seen == [("recorder", stage, "C") for stage in stages]


def test_decorator_leaves_a_class_to_the_metaclass_of_its_pattern() -> None:
    """Also one of which the metaclass was not told, as of ``type.__new__`` by name."""
    cls = type.__new__(RecorderMeta, "Untold", (), {})

    with events() as seen:
        assert decorate(cls, RECORDER) is cls
    assert seen == []
    with pytest.raises(ClassDefinitionError, match="already"):
        decorate(cls, RECORDER, {"recorder_mode": 1})


def beside_recorder(door: Door, *, first: bool) -> Site:
    """The door with another pattern before it or after it."""
    if door.kind == METACLASS:
        parts = [RecorderMeta, door.subject.metaclass]
        meta = type(RecorderMeta)("M", tuple(parts if first else reversed(parts)), {})
        return plain(metaclass=meta)
    if door.kind == MIXIN:
        mixins = [RecorderMixin, door.subject.mixin]
        return plain(*(mixins if first else reversed(mixins)))
    mine = door.on().decorate
    if first:
        return Site(decorate=lambda cls: mine(decorate(cls, RECORDER)))
    return Site(decorate=lambda cls: decorate(mine(cls), RECORDER))


@law("atomic-across", refuses_classes)
def test_refusal_leaves_nothing_in_another_pattern(door: Door) -> None:
    """What one pattern refuses, no other pattern has acted upon."""
    for first in (True, False):
        with events() as seen:
            breach_of(door, lambda first=first: beside_recorder(door, first=first))

        assert ("recorder", "created", door.subject.refused) not in seen
        doors.forget()


@law("refused-early", refuses_classes)
def test_refused_class_never_exists(door: Door) -> None:
    """None of the hooks of a refused class runs."""

    class Watching:
        def __init_subclass__(cls, /, **kwargs: Any) -> None:
            note("hook", "__init_subclass__", cls.__name__)
            super().__init_subclass__(**kwargs)

    with events() as seen:
        breach_of(door, lambda: door.on(Watching))

    assert seen == []


@law("unsilenced", reaches_subclasses)
def test_sibling_that_ends_the_chain_does_not_silence(door: Door) -> None:
    """A base listed first that swallows ``__init_subclass__`` changes nothing."""
    if not door.opens:
        leaf = door.on().define("Leaf")
        with pytest.raises(door.subject.error):
            plain(Silent, leaf).define("Twig")
        return
    root = door.base().define("Root")
    assert door.subject.holds(plain(Silent, root).define())
    if breaches(door):
        breach_of(door, lambda: plain(Silent, root))


@law("inherited", lambda door: door.opens and breaches(door))
def test_rule_holds_for_subclasses(door: Door) -> None:
    """A subclass that names no door is held to the rule of its base."""
    root = door.base().define("Root")

    breach_of(door, lambda: plain(root))


# -- a class that is built twice ----------------------------------------------

REBUILDS = pytest.mark.parametrize(
    "rebuild",
    [dataclass(slots=True), attrs.define, attrs.frozen],
    ids=["dataclass", "attrs.define", "attrs.frozen"],
)


@law("rebuild")
@REBUILDS
def test_rebuilt_class_follows_the_pattern(door: Door, rebuild: Any) -> None:
    """The second class takes the first one's place."""
    body = {"__annotations__": {"x": int}, "x": 1}
    site = door.open()
    if door.kind == DECORATOR:
        cls = site.decorate(rebuild(plain().define("C", body)))
    else:
        cls = rebuild(site.define("C", body))

    assert door.subject.holds(cls)
    assert cls().x == 1


@law("rebuild-above", lambda door: door.kind == DECORATOR)
@REBUILDS
def test_class_rebuilt_above_the_door_follows_the_pattern(
    door: Door, rebuild: Any
) -> None:
    """The decorator that builds the class again may stand above ours."""
    body = {"__annotations__": {"x": int}, "x": 1}
    cls = rebuild(door.on().define("C", body))

    assert door.subject.holds(cls)
    assert cls().x == 1


@law("rebuild", hands_down_options)
@REBUILDS
def test_rebuilt_class_keeps_its_options(door: Door, rebuild: Any) -> None:
    """The keywords that the rebuild loses are in force all the same."""
    cls = rebuild(door.on(options=door.subject.option).define("Root"))

    assert door.subject.shows(lambda: plain(cls))


@law("reload")
def test_module_reloads(door: Door, module: types.ModuleType) -> None:
    """Reloading a module makes its class anew, as good as the first."""
    first = module.Subject
    importlib.reload(module)

    assert module.Subject is not first
    assert door.subject.holds(module.Subject)
    assert module.Subject().method() == 1


# -- in company ---------------------------------------------------------------


@law("abc")
@pytest.mark.parametrize("first", [True, False])
def test_abstract_methods_count(door: Door, first: bool) -> None:
    """An abstract class cannot be called, a concrete one can."""

    @abc.abstractmethod
    def method(self: object) -> None: ...

    cls = door.open(abc.ABC, first=first).define("Abstract", {"method": method})

    with pytest.raises(TypeError, match="abstract"):
        cls()
    assert inspect.isabstract(cls)
    assert cls.register(int) is int
    assert issubclass(int, cls)
    if door.opens:
        child = plain(cls).define("Child", {"method": lambda self: 1})
        assert child().method() == 1


@law("generic")
@pytest.mark.parametrize("first", [True, False])
def test_generic_class_subscripts(door: Door, first: bool) -> None:
    """A generic class takes parameters, and so does what derives from it."""
    site = door.open(Generic[T], first=first)

    @site.decorate
    class Box(*site.bases, **site.keywords):  # type: ignore[misc]
        pass

    assert Box[int].__origin__ is Box
    assert isinstance(Box[int](), Box)
    if door.opens:

        class Crate(Box[int]):
            pass

        assert typing.get_args(Crate.__orig_bases__[0]) == (int,)
        assert isinstance(Crate(), Box)


@law("protocol")
def test_protocol_keeps_its_members(door: Door) -> None:
    """A protocol asks for the members of its body, and for nothing of ours."""
    site = door.open(Protocol)

    @typing.runtime_checkable
    @site.decorate
    class Closes(*site.bases, **site.keywords):  # type: ignore[misc]
        def close(self) -> None: ...

    class File:
        def close(self) -> None:
            pass

    assert isinstance(File(), Closes)
    assert issubclass(File, Closes)
    assert not isinstance(object(), Closes)
    if door.opens:

        class Explicit(Closes):
            def close(self) -> None:
                pass

        assert isinstance(Explicit(), Closes)


@law("enum")
def test_enum_keeps_members_and_lookups(door: Door) -> None:
    """Members are made once, and found by value and by name."""
    site = door.on(enum.Enum, first=True)

    @site.decorate
    class Colour(*site.bases, **site.keywords):  # type: ignore[misc]
        RED = 1
        BLUE = 2
        AZURE = 2

    assert Colour(1) is Colour.RED
    assert Colour["BLUE"] is Colour.AZURE
    assert list(Colour) == [Colour.RED, Colour.BLUE]
    assert len(Colour) == 2
    assert Colour.RED in Colour
    assert pickle.loads(pickle.dumps(abc.ABC)) is abc.ABC
    with pytest.raises(ValueError, match="3"):
        Colour(3)


class OtherMeta(type):
    """A metaclass that knows of nobody."""


class Other(metaclass=OtherMeta):
    pass


@law("any-metaclass")
def test_class_with_another_metaclass(door: Door) -> None:
    """The door needs no metaclass made for the occasion."""
    if door.kind == METACLASS:
        site = plain(Other, metaclass=door.subject.metaclass)
    else:
        site = door.on(Other)
    cls = site.define()

    assert type(cls) is OtherMeta
    assert door.subject.holds(cls)


# -- threads and memory -------------------------------------------------------


@law("threads")
def test_classes_are_made_in_many_threads(door: Door) -> None:
    """One statement run by 16 threads at once is 16 classes, each sound."""
    start = threading.Barrier(16)
    made: list[type] = []
    site = door.on()
    if door.opens and door.kind != DECORATOR:
        site = plain(door.open().define("Root"))

    def define(number: int) -> None:
        start.wait()
        made.append(site.define(f"C{number}"))

    threads = [
        threading.Thread(target=define, args=(number,), daemon=True)
        for number in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert not any(thread.is_alive() for thread in threads)
    assert len(made) == 16
    assert all(door.subject.holds(cls) for cls in made)


@law("collected")
def test_dropped_class_is_collected(door: Door) -> None:
    """Nothing outside a hierarchy keeps its classes alive, used or not."""

    def drop() -> list[weakref.ref[Any]]:
        root = door.open().define("Root")
        classes = [root]
        if door.opens:
            classes.append(plain(root).define("Child"))
        for cls in classes:
            cls()
            door.subject.holds(cls)
        return [weakref.ref(cls) for cls in classes]

    references = drop()
    doors.forget()
    gc.collect()

    assert [reference() for reference in references] == [None] * len(references)


# -- a user's own metaclass ---------------------------------------------------

METACLASSES = pytest.mark.parametrize(
    "door", [door for door in DOORS if door.kind == METACLASS], ids=str
)


@METACLASSES
def test_users_metaclass_defines_every_hook(door: Door) -> None:
    """A metaclass derived from ours runs its own hooks once, and the pattern holds."""

    class Mine(door.subject.metaclass):  # type: ignore[misc,name-defined]
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

        def __call__(cls, /, *args, **kwargs):
            note("mine", "__call__", cls.__name__)
            return super().__call__(*args, **kwargs)

    for options in ({}, door.subject.option):
        with events() as seen:
            cls = plain(metaclass=Mine, **options).define()
            cls()

        assert [what for _, what, _ in seen] == [
            "__prepare__",
            "__new__",
            "__init__",
            "__call__",
        ]
        assert options or door.subject.holds(cls)


@METACLASSES
def test_users_metaclass_changes_a_keyword(door: Door) -> None:
    """The value that a user's ``__new__`` passes on is the one in force."""
    (word, value), *_ = door.subject.option.items()
    namespace: dict[str, Any] = {"base": door.subject.metaclass, "value": value}
    exec(
        f"class Forcing(base):\n"
        f"    def __new__(mcls, name, bases, namespace, /, {word}=None, **kwargs):\n"
        f"        return super().__new__(\n"
        f"            mcls, name, bases, namespace, {word}=value, **kwargs\n"
        f"        )\n",
        namespace,
    )

    root = plain(metaclass=namespace["Forcing"]).define("Root")

    assert door.subject.shows(lambda: plain(root))


@METACLASSES
def test_metaclass_hides_nothing_on_classes(door: Door) -> None:
    """No metaclass has a data descriptor, which would beat a class's own names."""
    meta = door.subject.metaclass
    for level in meta.__mro__[: meta.__mro__.index(type)]:
        for name, member in vars(level).items():
            assert not hasattr(type(member), "__set__"), name
            assert not hasattr(type(member), "__delete__"), name


@METACLASSES
def test_names_on_a_metaclass_give_way_to_the_classes_own(door: Door) -> None:
    """A class that defines a name which our metaclass has gets its own."""
    meta = door.subject.metaclass
    public = [
        name
        for level in meta.__mro__[: meta.__mro__.index(type)]
        for name in vars(level)
        if not name.startswith("_")
    ]
    body = dict.fromkeys(public, "own")
    cls = door.on().define(body=body)

    assert all(getattr(cls, name) == "own" for name in public)


# -- the table ----------------------------------------------------------------


def test_every_law_is_tested() -> None:
    """No law is only words."""
    assert set(LAWS) == TESTED


def test_every_asymmetry_is_demanded() -> None:
    """Each row of ``ASYMMETRIES`` is a strict expectation of some test."""
    assert set(ASYMMETRIES) == DEMANDED


def test_every_row_is_a_door() -> None:
    """The table and the tests know the same patterns and doors."""
    assert {(row.pattern, row.door) for row in ROWS} == {
        (door.pattern, door.kind) for door in DOORS
    }
