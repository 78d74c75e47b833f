"""Threads that meet in the places where a class, an instance or a logger begins."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import logging
import random
import sys
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import doors
import pytest
from crowd import PATIENCE, THREADS, storm
from doors import DECORATOR, DOORS, METACLASS, MIXIN, Door, Site, plain

from metapatterns import (
    DuplicateKeyError,
    DuplicateNameError,
    FieldValueError,
    FinalError,
    LoggerMeta,
    RegistryMeta,
    SingletonArgumentsError,
    SingletonCycleError,
    SingletonMeta,
    ValidatorMeta,
    combine_metaclasses,
    registry_of,
    singleton_instance,
)
from metapatterns.patterns.singleton import _construction
from metapatterns.testing import override_singleton, reset_singleton, singleton_scope

Round = tuple[Sequence[Callable[[], Any]], Callable[[list[Any]], None]]


@pytest.fixture(autouse=True)
def fresh_registries() -> Iterator[None]:
    yield
    doors.forget()


def through(*patterns: str, kinds: Sequence[str] = doors.KINDS) -> Any:
    chosen = [d for d in DOORS if d.pattern in patterns and d.kind in kinds]
    return pytest.mark.parametrize("door", chosen, ids=str)


def singles(door: Door, *constructors: Callable[[Any], None]) -> list[Any]:
    """Singleton classes that count their instances and finish what they begin."""

    def one(construct: Callable[[Any], None]) -> Any:
        def __init__(self: Any) -> None:
            cls.inits += 1
            self.ready = False
            construct(self)
            self.ready = True

        cls: Any = door.on().define("C", {"__init__": __init__, "inits": 0})
        return cls

    return [one(construct) for construct in constructors]


def nothing(self: object) -> None:
    pass


def at_rest() -> bool:
    return not _construction.under_way and not _construction.waiting


# -- singleton ----------------------------------------------------------------


@through("singleton")
def test_first_construction(door: Door) -> None:
    """All who call first get one object, initialised once and finished."""

    def begin(number: int) -> Round:
        (C,) = singles(door, nothing)

        def call() -> tuple[int, bool]:
            instance = C()
            return id(instance), instance.ready

        def check(results: list[Any]) -> None:
            assert set(results) == {(id(singleton_instance(C)), True)}
            assert C.inits == 1
            assert at_rest()

        return [call], check

    storm(60, begin)


@through("singleton")
def test_first_construction_with_arguments(door: Door) -> None:
    """Of two calls that differ, one builds; the other is told, whoever was first."""

    def begin(number: int) -> Round:
        def __init__(self: Any, text: str) -> None:
            self.text = text

        C: Any = door.on().define("C", {"__init__": __init__})

        def check(results: list[Any]) -> None:
            (winner,) = {text for text in results if isinstance(text, str)}
            for place, result in enumerate(results):
                if "ab"[place % 2] == winner:
                    assert result == winner
                else:
                    assert isinstance(result, SingletonArgumentsError)

        return [lambda: C("a").text, lambda: C("b").text], check

    storm(40, begin)


@through("singleton")
def test_nested_and_crossing_construction(door: Door) -> None:
    """In any net of classes without a cycle, each is built once, and none refused."""
    chance = random.Random(6)

    def begin(number: int) -> Round:
        classes: list[Any] = []

        def needing(needs: list[int]) -> Callable[[Any], None]:
            def construct(self: Any) -> None:
                self.needs = [classes[other]() for other in needs]

            return construct

        for place in range(7):
            below = chance.sample(range(place), min(place, chance.randrange(4)))
            classes += singles(door, needing(below))

        def check(results: list[Any]) -> None:
            for place, result in enumerate(results):
                assert result is singleton_instance(classes[-1 - place % 7])
                assert all(need.ready for need in result.needs)
            assert all(cls.inits == 1 for cls in classes)
            assert at_rest()

        return classes[::-1], check

    storm(30, begin)


@through("singleton")
def test_nets_with_cycles_end(door: Door) -> None:
    """Who runs into a cycle is told; what could be built is whole; nothing hangs."""
    chance = random.Random(6)

    def begin(number: int) -> Round:
        classes: list[Any] = []

        def needing(needs: list[int]) -> Callable[[Any], None]:
            def construct(self: Any) -> None:
                for other in needs:
                    classes[other]()

            return construct

        needs = [chance.sample(range(5), chance.randrange(1, 3)) for _ in range(5)]
        needs[4] = []  # something to build at the end of some ways
        for each in needs:
            classes += singles(door, needing(each))

        def check(results: list[Any]) -> None:
            for place, result in enumerate(results):
                if isinstance(result, SingletonCycleError):
                    assert result.chain[0] == result.chain[-1]
                else:
                    assert result is singleton_instance(classes[place % 5])
                    assert result.ready
            assert singleton_instance(classes[4]) is not None or classes[4].inits == 0
            assert at_rest()

        return classes, check

    storm(30, begin)


@through("singleton")
def test_failing_constructors(door: Door) -> None:
    """Each failure reaches the one who built; the first success is everybody's."""

    def begin(number: int) -> Round:
        failures = itertools.count()

        def fail(self: Any) -> None:
            if next(failures) < number % 6:
                raise LookupError

        (C,) = singles(door, fail)

        def check(results: list[Any]) -> None:
            failed = [each for each in results if isinstance(each, LookupError)]
            assert len(failed) == number % 6
            assert {id(each) for each in results if each not in failed} == {id(C())}
            assert C.inits == len(failed) + 1
            assert at_rest()

        return [C], check

    storm(40, begin)


@through("singleton")
def test_reset_scope_and_override_while_others_call(door: Door) -> None:
    """Nobody ever sees an object that is unfinished, or initialised twice."""
    (C,) = singles(door, nothing)

    class Stub:
        ready = True

    def call() -> bool:
        return all(C().ready for _ in range(20))

    def reset() -> bool:
        dropped = reset_singleton(C)
        return dropped is None or dropped.ready

    def scope() -> bool:
        with singleton_scope(C):
            return bool(C().ready)

    def override() -> bool:
        with override_singleton(C, Stub):
            return bool(C().ready)

    def begin(number: int) -> Round:
        def check(results: list[Any]) -> None:
            assert all(result is True for result in results), results
            assert at_rest()

        disturb = [reset] if number % 2 else [reset, scope, override]
        return [call, *disturb, call], check

    storm(40, begin)


@through("singleton")
def test_subclasses_made_while_the_parent_is_called(door: Door) -> None:
    """A subclass never hands out its parent's object, however new it is."""
    (C,) = singles(door, nothing)

    def begin(number: int) -> Round:
        def subclass() -> bool:
            child: Any = plain(C).define("Child")
            return type(child()) is child and child() is child()

        def check(results: list[Any]) -> None:
            assert all(result is True for result in results), results

        return [lambda: type(C()) is C, subclass], check

    storm(25, begin)


def on_one_ident(monkeypatch: pytest.MonkeyPatch, *turns: Callable[[Any], Any]) -> Any:
    """
    Run stacks that hand over to one another, as greenlets do.

    They are threads that run one at a time and that the library takes for one.
    """
    monkeypatch.setattr(_construction, "get_ident", lambda: 6)
    gates = [threading.Semaphore(0) for _ in turns]
    results: list[Any] = [None] * len(turns)

    def run(place: int) -> None:
        gates[place].acquire(timeout=20)

        def switch(to: int) -> None:
            gates[to].release()
            assert gates[place].acquire(timeout=20), "nobody hands back"

        try:
            results[place] = turns[place](switch)
        except Exception as error:
            results[place] = error
        for gate in gates:
            gate.release()

    stacks = [
        threading.Thread(target=run, args=(place,), daemon=True)
        for place in range(len(turns))
    ]
    for stack in stacks:
        stack.start()
    gates[0].release()
    for stack in stacks:
        stack.join(20)
        assert not stack.is_alive()
    return results


@through("singleton")
def test_greenlets_build_side_by_side(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stacks of one thread that build different singletons do not meet in a cycle."""
    switches: list[Callable[[int], None]] = []
    A, B = singles(door, lambda self: switches[0](1), nothing)

    def first(switch: Callable[[int], None]) -> Any:
        switches.append(switch)
        return A()

    def second(switch: Callable[[int], None]) -> Any:
        return B()

    assert on_one_ident(monkeypatch, first, second) == [A(), B()]
    assert at_rest()


@through("singleton")
def test_greenlet_that_asks_for_what_another_builds_is_refused(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting would stop both, so the one that asks is told, and the other finishes."""
    switches: list[Callable[[int], None]] = []
    A, B = singles(door, lambda self: switches[0](1), lambda self: A())

    def first(switch: Callable[[int], None]) -> Any:
        switches.append(switch)
        return A()

    def second(switch: Callable[[int], None]) -> Any:
        return B()

    built, refused = on_one_ident(monkeypatch, first, second)

    assert built is A()
    assert isinstance(refused, SingletonCycleError)
    assert B().ready
    assert at_rest()


@through("singleton")
def test_constructor_that_runs_an_event_loop(door: Door) -> None:
    """Tasks inside are told of the cycle, and of nothing that is none."""
    outcomes: list[Any] = []

    async def ask(cls: Any) -> Any:
        await asyncio.sleep(0)
        return cls()

    def construct(self: Any) -> None:
        async def main() -> list[Any]:
            asked = [ask(C) for C in (B, A, B, A)]
            return await asyncio.gather(*asked, return_exceptions=True)

        outcomes[:] = asyncio.run(main())

    A, B = singles(door, construct, nothing)
    A()

    assert outcomes[0] is outcomes[2] is B()
    assert all(isinstance(each, SingletonCycleError) for each in outcomes[1::2])
    assert at_rest()


@through("singleton")
def test_generators_and_contexts_that_outlive_a_constructor(door: Door) -> None:
    """A generator that a constructor began is nobody's construction when it goes on."""

    def walk() -> Iterator[Any]:
        yield B()
        yield A()

    def construct(self: Any) -> None:
        self.steps = walk()
        next(self.steps)

    A, B = singles(door, construct, nothing)
    a = A()

    assert next(a.steps) is a
    assert at_rest()


# -- registry -----------------------------------------------------------------


@through("registry", kinds=[METACLASS, MIXIN])
def test_registration_while_others_iterate(door: Door) -> None:
    """Snapshots are whole, in order, and grow by what each thread adds."""

    def begin(number: int) -> Round:
        root = door.on().define("Root")
        registry = registry_of(root)
        names = itertools.count()

        def add() -> list[str]:
            made = [f"k{next(names)}" for _ in range(8)]
            for key in made:
                cls = plain(root, key=key, aliases=(f"{key}-too",)).define(key)
                assert registry[key] is registry[f"{key}-too"] is cls
                assert key in list(registry)
            return made

        def read() -> int:
            seen = 0
            for _ in range(10):
                snapshot = list(registry.items())
                assert all(cls.__name__ == key for key, cls in snapshot)
                staying = sum(key.startswith("k") for key, _ in snapshot)
                assert staying >= seen
                seen = staying
            return seen

        def remove() -> None:
            key = f"gone{next(names)}"
            plain(root, key=key).define(key)
            registry.unregister(key)

        def check(results: list[Any]) -> None:
            failed = [each for each in results if isinstance(each, Exception)]
            assert not failed, failed
            keys = list(registry)
            for made in results[:: len(actions)]:
                assert [key for key in keys if key in made] == made
            assert not [key for key in keys if key.startswith("gone")]
            assert len(keys) == 8 * len(results[:: len(actions)])

        actions = [add, read, remove] if number % 2 else [add, read]
        return actions, check

    storm(12, begin)


@through("registry", kinds=[METACLASS, MIXIN])
def test_weak_registration_while_classes_go(door: Door) -> None:
    """Entries of collected classes vanish while others read and register."""
    root = door.on(options={"registry_weak": True}).define("Root")
    registry = registry_of(root)
    names = itertools.count()

    def come_and_go() -> None:
        for _ in range(5):
            key = f"k{next(names)}"
            cls = plain(root).define(key)
            assert registry[key] is cls
            del cls

    def read() -> bool:
        return all(cls.__name__ == key for key, cls in registry.items())

    def begin(number: int) -> Round:
        def check(results: list[Any]) -> None:
            assert all(result in (None, True) for result in results), results
            if number % 10 == 0:
                gc.collect()
                assert list(registry) == []

        return [come_and_go, read], check

    storm(20, begin)


@through("registry")
def test_one_key_for_many_definitions(door: Door) -> None:
    """Of different definitions that want a key at once one gets it, and wholly."""

    def begin(number: int) -> Round:
        doors.forget()
        if door.kind == DECORATOR:
            site, registry = door.on(), doors.SHAPES[0]
        else:
            root = door.on().define("Root")
            site, registry = plain(root), registry_of(root)

        def define() -> Any:
            module = f"module_{threading.get_ident()}"
            return site.define("Taken", {"__module__": module})

        def check(results: list[Any]) -> None:
            (winner,) = [each for each in results if isinstance(each, type)]
            assert dict(registry) == {"Taken": winner}
            for each in results:
                assert each is winner or isinstance(each, DuplicateKeyError)

        return [define], check

    storm(25, begin)


@through("registry", kinds=[METACLASS, MIXIN])
def test_key_that_is_taken_at_the_last_moment(door: Door) -> None:
    """A class that one of its registries refuses stands in none of them."""
    rivals: list[type] = []

    def take(cls: type) -> bool:
        if cls.__name__ == "Late":
            rivals.append(plain(middle, key="Late").define("Rival"))
        return False

    first, middle = door.on().define("First"), door.on().define("Middle")
    aside = door.on(options={"registry_skip": lambda cls: True}).define("Aside")
    last = door.on(options={"registry_skip": take}).define("Last")
    with pytest.raises(DuplicateKeyError):
        plain(first, aside, middle, last).define("Late")

    assert dict(registry_of(middle)) == {"Late": rivals[0]}
    for root in (first, aside, last):
        assert dict(registry_of(root)) == {}


@through("registry")
def test_one_definition_many_times(door: Door) -> None:
    """A definition that is run again replaces itself, whoever runs it."""

    def begin(number: int) -> Round:
        doors.forget()
        if door.kind == DECORATOR:
            site, registry = door.on(), doors.SHAPES[0]
        else:
            root = door.on().define("Root")
            site, registry = plain(root), registry_of(root)

        def check(results: list[Any]) -> None:
            assert all(isinstance(each, type) for each in results), results
            assert list(registry) == ["Again"]
            assert registry["Again"] in results

        return [lambda: site.define("Again")], check

    storm(25, begin)


def test_plugin_that_many_ask_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A promised class is imported once; all who look it up get that one."""
    monkeypatch.syspath_prepend(tmp_path)
    host: Any = types.ModuleType("plugin_host")
    monkeypatch.setitem(sys.modules, "plugin_host", host)

    def begin(number: int) -> Round:
        host.Root, host.imports = RegistryMeta("Root", (), {}), 0
        name = f"promised_{number}"
        (tmp_path / f"{name}.py").write_text(
            "import plugin_host, time\n"
            "plugin_host.imports += 1\n"
            "time.sleep(0.001)\n"
            "class Plugin(plugin_host.Root):\n"
            "    pass\n"
        )
        registry = registry_of(host.Root)
        registry.lazy("Plugin", f"{name}:Plugin")

        def check(results: list[Any]) -> None:
            assert set(results) == {sys.modules.pop(name).Plugin}
            assert host.imports == 1
            assert not registry.failures

        return [lambda: registry["Plugin"], lambda: host.Root["Plugin"]], check

    storm(10, begin)


# -- logger -------------------------------------------------------------------


@through("logger")
@pytest.mark.parametrize("factory", [False, True])
def test_first_use_of_loggers(door: Door, factory: bool) -> None:
    """Each class gets one logger of its own; a factory is asked once for each."""

    def begin(number: int) -> Round:
        made: list[str] = []

        def make(name: str) -> object:
            made.append(name)
            return [name]

        options = {"logger_factory": make} if factory else {}
        root: Any = door.on(options=options).define("Root")
        child: Any = plain(root).define("Child")

        def check(results: list[Any]) -> None:
            for cls, found in ((root, results[::3]), (child, results[1::3])):
                assert {id(each) for each in found} == {id(cls.logger)}
            assert root.logger is not child.logger
            if factory:
                assert sorted(made) == [f"{doors.__name__}.{n}" for n in CLASSES]

        asked = [
            lambda: root.logger,
            lambda: child.logger,
            lambda: root().logger,
        ]
        return asked, check

    storm(30, begin)


CLASSES = ("Child", "Root")

# -- validator ----------------------------------------------------------------


@through("validator")
def test_first_construction_of_a_validated_class(door: Door) -> None:
    """While the constructor is compiled all are checked, and none is lost."""
    module = types.ModuleType("late_names")
    sys.modules["late_names"] = module

    def begin(number: int) -> Round:
        vars(module).pop("Node", None)
        hints = {"value": "int", "next": "Node | None", "all": "list[Node]"}
        body = {
            "__module__": "late_names",
            "__annotations__": hints,
            "next": None,
            "all": [],
        }
        cls: Any = door.on().define("Node", body)
        module.Node = cls  # type: ignore[attr-defined]

        def good() -> int:
            node = cls(1, cls(2))
            node.all = [node, node.next]
            return node.value + node.next.value

        def bad() -> int:
            with pytest.raises(FieldValueError) as caught:
                cls("one", 2, [3])
            return len(caught.value.failures)

        def assigned() -> bool:
            node = cls(1)
            for value in (2, [node], object()):
                with contextlib.suppress(FieldValueError):
                    node.next = value
            return node.next is None

        def check(results: list[Any]) -> None:
            expected = [3, 3, True]
            for place, result in enumerate(results):
                assert result == expected[place % 3], (place, result)

        return [good, bad, assigned], check

    try:
        storm(20, begin)
    finally:
        del sys.modules["late_names"]


@through("validator")
def test_constructor_that_was_found_before_it_was_compiled(door: Door) -> None:
    """Who held what stands for it gets what another thread has made meanwhile."""
    cls: Any = door.on().define("C", {"__annotations__": {"x": int}})
    found = vars(cls)["__init__"]
    cls(1)
    instance = cls.__new__(cls)

    assert found is not vars(cls)["__init__"]
    found.__get__(instance, cls)(5)
    assert instance.x == 5


@through("validator")
def test_names_of_a_function_that_returns(door: Door) -> None:
    """What the function around a class defines late is found by every thread."""

    def begin(number: int) -> Round:
        site = door.on()

        @site.decorate
        class Tree(*site.bases, **site.keywords):  # type: ignore[misc]
            leaf: "Leaf"  # noqa: UP037
            more: "list[Leaf]" = []  # noqa: UP037

        class Leaf:
            pass

        def good() -> bool:
            return isinstance(Tree(Leaf(), [Leaf()]).leaf, Leaf)

        def bad() -> int:
            with pytest.raises(FieldValueError) as caught:
                Tree(1, [2])
            return len(caught.value.failures)

        Tree(Leaf())  # the frame is there at the first construction

        def check(results: list[Any]) -> None:
            for place, result in enumerate(results):
                assert result == (True, 2)[place % 2], result

        return [good, bad], check

    storm(15, begin)


# -- any door -----------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_one_statement_in_many_threads(door: Door) -> None:
    """One class statement that threads run at once makes sound, separate classes."""
    site = door.open()
    if door.opens and door.kind != DECORATOR:
        site = plain(door.open().define("Root"))

    def begin(number: int) -> Round:
        doors.forget()

        def check(results: list[Any]) -> None:
            assert all(isinstance(each, type) for each in results), results
            assert len(set(results)) == len(results)
            if door.pattern != "registry":
                assert all(door.subject.holds(each) for each in results)
            else:
                assert any(door.subject.holds(each) for each in results)

        return [lambda: site.define("One")], check

    storm(15, begin)


@through("no_duplicate", "final", "validator")
def test_refusals_beside_good_classes(door: Door) -> None:
    """Of statements that run at once the bad one is refused, and no other."""

    def begin(number: int) -> Round:
        def breach() -> str:
            with pytest.raises((DuplicateNameError, FinalError, FieldValueError)):
                door.subject.breach(door.on)  # type: ignore[misc]
            return "refused"

        def check(results: list[Any]) -> None:
            refused, *good = results
            assert refused == "refused"
            assert all(door.subject.holds(each) for each in good)

        return [breach, *[lambda: door.on().define("Good")] * (THREADS - 1)], check

    storm(8, begin)


@through("no_duplicate")
def test_body_that_another_thread_is_still_running(door: Door) -> None:
    """What another thread has bound, and will lose as well, saves no duplicate."""
    halfway, go = threading.Event(), threading.Event()

    def define(pause: Callable[[], object]) -> str:
        site = door.on()
        try:

            @site.decorate
            class Twice(*site.bases, **site.keywords):  # type: ignore[misc]
                def method(self) -> int:
                    return 1

                pause()

                def method(self) -> int:  # noqa: F811
                    return 2

        except DuplicateNameError:
            return "refused"
        return "missed"

    def stop() -> None:
        halfway.set()
        go.wait(PATIENCE)

    results: list[str] = []
    other = threading.Thread(target=lambda: results.append(define(stop)), daemon=True)
    other.start()
    assert halfway.wait(PATIENCE)
    results.append(define(int))
    go.set()
    other.join(PATIENCE)

    assert results == ["refused"] * 2


def test_one_combination_for_all_who_ask() -> None:
    """Threads that ask for the same metaclasses get the same combination."""

    def begin(number: int) -> Round:
        class Theirs(type):
            pass

        parts = (SingletonMeta, RegistryMeta, LoggerMeta, ValidatorMeta, Theirs)

        def check(results: list[Any]) -> None:
            assert len({id(each) for each in results}) == 1, results

        return [lambda: combine_metaclasses(*parts)], check

    storm(25, begin)


def test_all_patterns_on_one_class() -> None:
    """A class with every metaclass is built, called and logged by all at once."""
    metas = [
        door.subject.metaclass
        for door in DOORS
        if door.kind == METACLASS and door.pattern != "final"
    ]

    def begin(number: int) -> Round:
        meta = combine_metaclasses(*metas)
        site = Site((), {"metaclass": meta, "kw_only": True})
        cls: Any = site.define("All", {"__annotations__": {"x": int}, "x": 1})

        def member() -> Any:
            key = f"m{threading.get_ident()}"
            child: Any = plain(cls, key=key).define("Member")
            return child() is child() and registry_of(cls)[key] is child

        def use() -> Any:
            cls.logger.debug("never shown")
            return cls().x == 1 and cls() is cls()

        def check(results: list[Any]) -> None:
            assert all(result is True for result in results), results
            assert cls.logger is logging.getLogger(f"{cls.__module__}.All")

        return [use, member], check

    storm(10, begin)
