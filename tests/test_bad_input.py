"""Whatever an option, a key or a value is: it works, or a clear error and no trace."""

from __future__ import annotations

import dataclasses
import functools
import gc
import inspect
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from doors import DECORATOR, DOORS, METACLASS, SHAPES, Door, forget
from hostile import HOSTILE, Hostility, junk
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from strategies import examples

from metapatterns import (
    Checked,
    ClassDefinitionError,
    Converted,
    DuplicateKeyError,
    FieldValueError,
    PatternError,
    Registry,
    RegistryMeta,
    RegistryMixin,
    SingletonArgumentsError,
    SingletonMeta,
    UnknownKeyError,
    ValidatorMeta,
    ValidatorMixin,
    assign,
    auto_metaclass,
    class_attribute,
    combine_metaclasses,
    field,
    registry_of,
    singleton_instance,
)

#: More than any message here needs, and less than any long value.
ENOUGH = 2000
FEW = examples(0.3, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(autouse=True)
def start_afresh():
    forget()
    yield
    forget()


def with_each_hostile_value(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test with one after another; pytest would look at them itself."""

    @functools.wraps(test)
    def run(**given: Any) -> None:
        for what, value in HOSTILE.items():
            forget()
            try:
                test(**given, value=value)
            except BaseException as error:
                error.add_note(f"with the hostile value {what!r}")
                raise

    signature = inspect.signature(test)
    kept = [word for word in signature.parameters.values() if word.name != "value"]
    run.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
    return run


def must_be_short(error: Exception) -> None:
    assert len(str(error)) < ENOUGH
    assert not isinstance(error, Hostility)


@contextmanager
def allowing(*errors: type[Exception]) -> Iterator[None]:
    """Let these errors pass, if they are short and can be shown."""
    try:
        yield
    except errors as error:
        must_be_short(error)


# -- options ------------------------------------------------------------------


@dataclass(frozen=True)
class Option:
    """One class keyword: what it takes, and of what kind that is."""

    name: str
    kind: str
    valid: tuple[Any, ...]
    beside: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def name_of(cls: type) -> str:
    return cls.__name__


def never(*args: object) -> bool:
    return False


def always(*args: object) -> bool:
    return True


FLAG = ("flag", (True, False))
OPTIONS = {
    "final": [Option("final", "choice", (True, False, "methods"))],
    "logger": [
        Option("logger_name", "text or function", ("app", name_of, None)),
        Option("logger_attribute", "identifier", ("log", "_log", None)),
        Option("logger_factory", "function", (str, None)),
    ],
    "no_duplicate": [
        Option("duplicates", "choice", ("all", "definitions")),
        Option("duplicates_allow", "names", ((), ("a",), ["a"], {"a"})),
    ],
    "registry": [
        Option("key", "text", ("k", "", "ﬁ", "\u202ek", None)),
        Option("aliases", "names", ((), ["b"]), {"key": "k"}),
        Option("register", "flag or None", (True, False, None)),
        Option("registry_key", "function", (name_of, None)),
        Option("registry_skip", "function", (never, None)),
        Option("registry_on_duplicate", "choice", ("error", "replace")),
        Option("registry_case_insensitive", *FLAG),
        Option("registry_entry_points", "text", ("no.such.group", None)),
        Option("registry_weak", *FLAG),
        Option("registry_keyword", "text", ("id", "key")),
    ],
    "singleton": [Option("singleton_args", "choice", ("error", "warn", "ignore"))],
    "validator": [
        *(Option(word, *FLAG) for word in ("frozen", "kw_only", "order", "strict")),
        Option("slots", *FLAG),
        Option("validator_checker", "function", (always, None)),
    ],
}
GIVEN = [
    pytest.param(door, option, id=f"{door}-{option}")
    for door in DOORS
    if door.kind != DECORATOR or door.subject.decorator_options
    for option in OPTIONS[door.pattern]
    # The mixin and the decorator find the class made, slots and all.
    if option.name != "slots" or door.kind == METACLASS
]


def parent_of(door: Door) -> Any:
    """A class below which others may grow; of a registry, a root."""
    return door.base().define("Parent")


def facts_of(*parents: Any) -> Any:
    """What a refused subclass must leave as it was."""
    return [dict(vars(parent)) for parent in parents], list(SHAPES[0].items())


def test_every_option_is_in_the_table():
    """The table of options lists the keywords of all patterns, and no others."""
    for door in DOORS:
        known = [option.name for option in OPTIONS[door.pattern]]
        pattern = vars(door.subject.metaclass)["_metapatterns_pattern"]
        assert sorted(known) == sorted(pattern.keywords)


@pytest.mark.parametrize(("door", "option"), GIVEN)
def test_every_valid_value_is_taken(door, option):
    """An option takes every value of its kind, a ``str`` subclass in place of a string."""

    class Text(str):
        __slots__ = ()

    for value in option.valid:
        for said in {value, Text(value)} if type(value) is str else [value]:
            options = {option.name: said, **option.beside}
            assert isinstance(door.on(options=options).define(), type)


@pytest.mark.parametrize(("door", "option"), GIVEN)
@FEW
@given(value=junk())
def test_an_option_takes_a_value_or_refuses_it(door, option, value):
    """A bad value is a ``ClassDefinitionError``, short, whatever the value's hooks do."""
    with allowing(ClassDefinitionError):
        door.on(options={option.name: value}).define()


@pytest.mark.parametrize(("door", "option"), GIVEN)
def test_a_refused_option_is_named_as_the_door_spells_it(door, option):
    """The message speaks of the word that was written, with a prefix or without."""
    written = option.name
    if door.kind == DECORATOR:
        written = door.subject.words(written)
    with pytest.raises(ClassDefinitionError, match=rf"'Refused': .*\b{written}\b"):
        door.on(options={option.name: object()}).define("Refused")


@pytest.mark.parametrize(("door", "option"), GIVEN)
def test_a_refused_option_leaves_no_trace(door, option):
    """After a refusal the parent is as before, without a subclass, and still usable."""
    parents = []
    for what, value in HOSTILE.items():
        forget()
        bases = (parent_of(door),) if door.kind != DECORATOR else ()
        before = facts_of(*bases)
        try:
            door.on(*bases, options={option.name: value}).define("Refused")
        except ClassDefinitionError as error:
            must_be_short(error)
        else:
            continue  # it is good for something
        assert facts_of(*bases) == before, what
        parents += bases
    if door.kind != METACLASS:
        gc.collect()  # the class was there, and nothing holds it
    for parent in parents:
        assert parent.__subclasses__() == []
        door.on(parent).define("Accepted")


# -- registries ---------------------------------------------------------------


def registries() -> list[Any]:
    class Root(RegistryMixin):
        pass

    class Member(Root):
        pass

    class Other(metaclass=RegistryMeta):
        pass

    class Below(Other):
        pass

    plain, loose = Registry("plain"), Registry(weak=True, case_insensitive=True)
    plain.register("Member")(Member)
    loose.register("Member", aliases=["m"])(Member)
    found = [registry_of(it) for it in (Root, Member, Other)]
    return [plain, loose, *found, Below]


def contents(registry: Any) -> Any:
    if isinstance(registry, type):
        registry = registry_of(registry)
    return [(key, registry.entry(key).aliases) for key in registry]


ASK: dict[str, Callable[[Any, Any], object]] = {
    "[]": lambda registry, key: registry[key],
    "in": lambda registry, key: key in registry,
}
ASK_MAPPING: dict[str, Callable[[Any, Any], object]] = {
    "get": lambda registry, key: registry.get(key),
    "entry": lambda registry, key: registry.entry(key),
    "create": lambda registry, key: registry.create(key),
    "unregister": lambda registry, key: registry.unregister(key),
}


@with_each_hostile_value
def test_what_is_no_key_finds_nothing(value):
    """A look-up of what is no key is an ``UnknownKeyError`` or a plain no."""
    for registry in registries():
        asks = ASK if isinstance(registry, type) else {**ASK, **ASK_MAPPING}
        for ask in asks.values():
            before = contents(registry)
            with allowing(UnknownKeyError):
                assert not ask(registry, value)
            assert contents(registry) == before


def test_what_equals_a_key_without_being_one():
    """Only ``[]`` of a whole registry asks a key that is no string to compare itself."""

    class Impostor:
        asked = 0

        def __hash__(self):
            return hash("Member")

        def __eq__(self, other):
            self.asked += 1
            return True

    plain = registries()[0]
    impostor = Impostor()
    assert impostor not in plain
    assert plain.get(impostor) is None
    with pytest.raises(UnknownKeyError):
        plain.entry(impostor)
    assert impostor.asked == 0


def test_keys_are_kept_as_plain_strings():
    """A key or alias of a ``str`` subclass is kept, and compared, as a plain string."""
    hooks = dict.fromkeys(
        ("__eq__", "__hash__", "casefold"), HOSTILE["string"].casefold
    )
    key, alias = (type("Text", (str,), hooks)(text) for text in ("Key", "alias"))
    for fold in (False, True):
        registry = Registry(case_insensitive=fold)
        registry.register(key, aliases=[alias])(1)
        assert registry.get(key) == registry.get(alias) == registry["alias"] == 1
        assert key in registry

        class Root(RegistryMixin, registry_case_insensitive=fold):
            pass

        class Member(Root, key=key, aliases=[alias]):
            pass

        assert registry_of(Root).entry(key).aliases == ("alias",)
        for mapping in (registry, registry_of(Root)):
            assert {type(known) for known in mapping} == {str}


@FEW
@given(text=st.text(st.characters(), max_size=8), fold=st.booleans())
def test_any_string_is_a_key(text, fold):
    """Any string is a key: nothing but the case is folded, and no other form finds it."""
    registry = Registry("texts", case_insensitive=fold)
    registry.register(text)(0)
    assert registry[text] == 0
    assert list(registry) == [text.casefold() if fold else text]
    assert ("ﬁ" in registry) is (text == "ﬁ" or (fold and text.casefold() == "fi"))
    with pytest.raises(UnknownKeyError):
        registry[f"{text}!"]


CHANGES: dict[str, tuple[Callable[[Any, Any], object], tuple[type[Exception], ...]]] = {
    "register": (lambda r, v: r.register(v), ()),
    "key": (lambda r, v: r.register("k", aliases=v)(int), ()),
    "replace": (lambda r, v: r.register("k", replace=v)(int), ()),
    "address": (lambda r, v: r.lazy("k", v), (ValueError,)),
    "lazy key": (lambda r, v: r.lazy(v, "a:b"), (ValueError,)),
    "lazy aliases": (lambda r, v: r.lazy("k", "a:b", aliases=v), (ValueError,)),
    "discover": (lambda r, v: r.discover(v), (ValueError, ModuleNotFoundError)),
}


@pytest.mark.parametrize("change", CHANGES)
@with_each_hostile_value
def test_a_registry_takes_an_entry_or_refuses_it(change, value):
    """Registering with bad words is a ``TypeError`` or the like, and changes nothing."""
    act, others = CHANGES[change]
    for registry in registries()[:4]:
        before = contents(registry)
        try:
            act(registry, value)
        except (TypeError, *others) as error:
            must_be_short(error)
            assert contents(registry) == before
        else:
            assert all(repr(registry.entry(key)) for key in registry)


RULES = ("key", "on_duplicate", "case_insensitive", "entry_points", "weak")


@FEW
@given(name=junk(), option=st.sampled_from(RULES), value=junk())
def test_a_registry_takes_an_option_or_refuses_it(name, option, value):
    """A bad name or option of a registry is a ``TypeError`` or ``ValueError``, short."""
    with allowing(TypeError):
        Registry(name)
    with allowing(TypeError, ValueError):
        Registry("r", **{option: value})


class ConcurrentRegistry(RuleBasedStateMachine):
    """
    Threads change a registry all at once, each under keys of its own.

    So each thread's part has to be what a dictionary would be after its steps, in
    their order, and what all see meanwhile some value of the right kind.
    """

    THREADS = 3
    steps = st.lists(
        st.tuples(
            st.sampled_from(["put", "replace", "drop", "lazy"]), st.integers(0, 4)
        ),
        min_size=1,
        max_size=8,
    )

    @initialize(fold=st.booleans(), weak=st.booleans())
    def start(self, fold, weak):
        self.registry = Registry("shared", case_insensitive=fold, weak=weak)
        self.models = [{} for _ in range(self.THREADS)]
        self.wrong = []

    @rule(plans=st.lists(steps, min_size=THREADS, max_size=THREADS))
    def change(self, plans):
        """All threads take their steps at the same time; one more reads."""
        barrier = threading.Barrier(self.THREADS + 1)

        def guarded(work, *args):
            barrier.wait()
            try:
                work(*args)
            except BaseException as error:
                self.wrong.append(error)

        threads = [
            threading.Thread(
                target=guarded, args=(self.take, number, plan), daemon=True
            )
            for number, plan in enumerate(plans)
        ]
        threads.append(threading.Thread(target=guarded, args=(self.read,), daemon=True))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()

    def take(self, number, plan):
        model = self.models[number]
        for what, place in plan:
            key, alias = f"t{number}_{place}", f"a{number}_{place}"
            if what == "drop":
                if key not in model:
                    assert self.registry.get(key) is None
                    continue
                assert self.registry.unregister(alias) is not None
                del model[key]
                continue
            if what == "lazy" and key not in model:
                self.registry.lazy(key, "json:JSONDecoder", aliases=[alias])
                model[key] = self.registry[alias]
                continue
            # Twice one name would be one definition, made again.
            value = type(key, (), {"__qualname__": f"take.<locals>.{key}"})
            if what == "put" and key in model:
                with pytest.raises(DuplicateKeyError):
                    self.registry.register(key, aliases=[alias])(value)
                continue
            self.registry.register(key, aliases=[alias], replace=True)(value)
            model[key] = value

    def read(self):
        for _ in range(5):
            for key, value in self.registry.items():
                assert value.__name__ in (key, "JSONDecoder")
            assert len(self.registry) <= 5 * self.THREADS

    @invariant()
    def agrees(self):
        """Keys, order, aliases and values are those of the dictionaries."""
        assert self.wrong == []
        assert len(self.registry) == sum(map(len, self.models))
        for number, model in enumerate(self.models):
            own = {k: v for k, v in self.registry.items() if k.startswith(f"t{number}")}
            assert list(own.items()) == list(model.items())
            for key, value in model.items():
                alias = key.replace("t", "a")
                assert self.registry[alias] is self.registry[key] is value
                assert self.registry.entry(key).aliases == (alias,)


def test_threads_change_a_registry_as_they_would_a_dictionary():
    """Under changes by several threads, each finds what it put, in its order."""
    run_state_machine_as_test(
        ConcurrentRegistry,
        settings=examples(0.25, stateful_step_count=8),
    )


# -- values -------------------------------------------------------------------


class Person(ValidatorMixin):
    age: int
    tags: list[str] | None = None
    extra: dict[str, type[int]] | tuple[int, str] = (1, "")
    name: str = field(default="a", check=str.islower)


@pytest.mark.parametrize("name", ["age", "tags", "extra", "name"])
@FEW
@given(value=junk())
def test_a_field_takes_a_value_or_refuses_it(name, value):
    """A refused value is a short ``FieldValueError``; the object keeps the old one."""
    person = Person(1, [], (2, "b"))
    before = [person.age, person.tags, person.extra]
    acts: list[Callable[[], object]] = [
        lambda: setattr(person, name, value),
        lambda: assign(person, **{name: value, "age": 1}),
        lambda: Person(**{"age": 1, name: value}),
    ]
    for act in acts:
        try:
            act()
        except FieldValueError as error:
            must_be_short(error)
            now = [person.age, person.tags, person.extra]
            assert all(one is other for one, other in zip(before, now, strict=True))
        else:
            break


@pytest.mark.parametrize("option", ["check", "strict", "secret"])
@with_each_hostile_value
def test_a_field_takes_an_option_or_refuses_it(option, value):
    """What is no function, or no flag, is a short ``TypeError`` of the declaration."""
    for declare in (field, lambda **given: Checked(int, **given)):
        with allowing(TypeError):
            declare(**{option: value})
    if option != "strict":
        with allowing(TypeError):
            Converted(int, **{option: value})


#: `dataclasses` and `typing` ask these for their class themselves.
ASKED = ("all", "__class__", "rude")


@with_each_hostile_value
def test_what_is_no_hint_is_refused(value):
    """A hint without a meaning is a short error of the definition."""
    with allowing(TypeError):
        Converted(value)
    if any(value is HOSTILE[what] for what in ASKED):
        return
    with allowing(ClassDefinitionError):
        Checked(value)
    for meta, bases in ((type, (ValidatorMixin,)), (ValidatorMeta, ())):
        with allowing(ClassDefinitionError):
            meta("C", bases, {"__annotations__": {"a": value}})
        with allowing(FieldValueError, ValueError, RecursionError):
            meta("C", bases, {"__annotations__": {"a": int}, "a": value})


def test_defaults_that_contain_themselves():
    """A default that contains itself is copied, checked and shown like any other."""
    default: list[Any] = []
    default.append(default)

    class Loop(ValidatorMixin):
        items: list = default
        again: list[list] = field(default_factory=lambda: default)

    loop = Loop()
    assert loop.items is not default
    assert loop.items[0] is loop.items
    with pytest.raises(FieldValueError, match="expected list"):
        loop.items = {"self": default}


def test_a_default_that_builds_its_own_class():
    """A factory that recurses is a ``RecursionError``, and the class is as before."""

    class Node(ValidatorMixin):
        child: Any = field(default_factory=lambda: Node())  # noqa: PLW0108

    with pytest.raises(RecursionError):
        Node()
    assert Node(None).child is None
    assert Node(Node(None)).child.child is None


@with_each_hostile_value
def test_a_singleton_compares_any_arguments(value):
    """A later call gets the instance or a short error; what is there stays."""

    class Single(metaclass=SingletonMeta):
        def __init__(self, first: object, *, second: object = None) -> None:
            pass

    single = Single(value)
    assert Single(value) is Single() is single
    with pytest.raises(SingletonArgumentsError) as caught:
        Single(value, second=value)
    assert len(str(caught.value)) < ENOUGH
    assert singleton_instance(Single) is single


@pytest.mark.parametrize("signature", [1, "nonsense", inspect.Signature()])
def test_a_signature_that_cannot_be_read(signature):
    """A constructor without a readable signature has its arguments compared as written."""

    def __init__(self, first=1):
        pass

    __init__.__signature__ = signature
    Single: Any = SingletonMeta("Single", (), {"__init__": __init__})
    single = Single(1)
    assert Single(1) is single
    with pytest.raises((SingletonArgumentsError, TypeError), match="singleton"):
        Single(2)


@pytest.mark.parametrize("door", DOORS, ids=str)
@with_each_hostile_value
def test_what_is_no_class_is_refused(door, value):
    """Each function that wants a class says so of anything else, in a ``TypeError``."""
    takes = [registry_of, singleton_instance, combine_metaclasses, auto_metaclass]
    if door.kind == DECORATOR and door.pattern not in ("final", "registry"):
        takes.append(door.subject.decorator)
    for function in takes:
        with pytest.raises(TypeError) as caught:
            function(value)
        assert len(str(caught.value)) < ENOUGH
    with allowing(TypeError):
        combine_metaclasses(RegistryMeta, name=value)
    with allowing(TypeError):
        class_attribute(value)


# -- names --------------------------------------------------------------------

NAMES = [
    "class",
    "",
    "a b",
    "1",
    "ﬁ",
    "fi",
    "\u202eabc",
    "é",
    "e\u0301",
    "\ud800",
    "\0",
]


@pytest.mark.parametrize("door", DOORS, ids=str)
@FEW
@given(name=st.sampled_from(NAMES) | st.text(st.characters(), max_size=6))
def test_a_class_may_have_any_name_that_type_takes(door, name):
    """A class by ``type(name, ...)`` keeps its name, or is refused as ``type`` does it."""
    forget()
    try:
        type(name, (), {})
    except ValueError as error:
        with pytest.raises(type(error)):
            door.on().define(name)
    else:
        assert door.on().define(name).__name__ == name


@pytest.mark.parametrize("door", DOORS, ids=str)
@FEW
@given(name=st.sampled_from(NAMES) | st.text(st.characters(), max_size=6))
def test_a_class_may_have_members_of_any_name(door, name):
    """A member whose name no source text can say is kept like any other."""
    forget()
    try:
        type("C", (), {name: 1})
    except ValueError:
        return
    assert vars(door.on().define("C", {name: 1}))[name] == 1


def test_errors_of_the_documented_types_only():
    """What is refused as an option is a ``TypeError`` and a ``PatternError``."""
    assert issubclass(ClassDefinitionError, TypeError)
    assert issubclass(ClassDefinitionError, PatternError)
