"""Forked children: they wait for no thread that has stayed behind in the parent."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
import types
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cloudpickle
import pytest
from crowd import FORKS

from metapatterns import (
    DuplicateKeyError,
    LoggerMeta,
    LoggerMixin,
    PluginLoadError,
    Registry,
    RegistryMeta,
    RegistryMixin,
    _forks,
    combine,
    combine_metaclasses,
    logged,
    registry_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(not FORKS, reason="no fork here")

PATIENCE = 120  # seconds; the machine may be busy with others


def child(
    act: Callable[[], object], meanwhile: Callable[[], object] = lambda: None
) -> bool:
    """
    Fork, and tell whether `act` returned something true there, in time.

    The parent does something else `meanwhile`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:  # pragma: no cover
        done = False
        try:
            done = bool(act())
        finally:
            os._exit(0 if done else 1)
    meanwhile()
    end = time.monotonic() + PATIENCE
    while (status := os.waitpid(pid, os.WNOHANG))[0] == 0:
        if time.monotonic() > end:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            pytest.fail("the child hangs")
        time.sleep(0.01)
    return status[1] == 0


class Pause:
    """Where a thread stops until the test lets it go on, and a child never does."""

    def __init__(self) -> None:
        self.reached, self.over = threading.Event(), threading.Event()
        self.process = os.getpid()

    def __call__(self) -> None:
        if os.getpid() == self.process and not self.over.is_set():
            self.reached.set()
            self.over.wait(PATIENCE)

    @contextmanager
    def inside(self, act: Callable[[], object]) -> Iterator[None]:
        """Run a block while another thread stops inside `act`."""
        thread = threading.Thread(target=act, daemon=True)
        thread.start()
        assert self.reached.wait(PATIENCE)
        try:
            yield
        finally:
            self.over.set()
            thread.join(PATIENCE)
        assert not thread.is_alive()


def by_metaclass(**options: Any) -> Any:
    class C(metaclass=LoggerMeta, **options):
        pass

    return C


def by_mixin(**options: Any) -> Any:
    class C(LoggerMixin, **options):
        pass

    return C


def by_decorator(logger_factory: Any) -> Any:
    @logged(factory=logger_factory)
    class C:
        pass

    return C


@pytest.mark.parametrize("door", [by_metaclass, by_mixin, by_decorator])
def test_logger_factory_under_way(door: Callable[..., Any]) -> None:
    """A child makes a logger whose factory another thread had not left."""
    pause = Pause()

    def factory(name: str) -> list[str]:
        pause()
        return [name]

    C = door(logger_factory=factory)
    Sub = type(C)("Sub", (C,), {})

    with pause.inside(lambda: C.logger):
        assert child(lambda: C.logger is C().logger and Sub.logger)
    assert C.logger is C().logger


def test_logger_factory_that_forks() -> None:
    """The forking thread's own hold on a factory is the child's as well."""
    results: list[bool] = []

    def factory(name: str) -> list[str]:
        if not results:
            results.append(True)
            results.append(child(lambda: C.logger == [name]))
        return [name]

    C = by_metaclass(logger_factory=factory)

    assert C.logger is C.logger
    assert results == [True, True]


def test_combination_in_the_midst_of_another() -> None:
    """A child combines metaclasses while another thread was keeping a combination."""
    pause = Pause()

    class TheirMeta(type):
        pass

    def keep() -> None:
        with combine._made._lock:
            pause()

    with pause.inside(keep):
        assert child(lambda: combine_metaclasses(LoggerMeta, TheirMeta))
    assert issubclass(combine_metaclasses(LoggerMeta, TheirMeta), TheirMeta)


def stand_alone() -> Any:
    registry: Registry[Any] = Registry()
    registry.register("old")(int)
    return registry


def of_metaclass() -> Any:
    root = RegistryMeta("Root", (), {})
    registry_of(root).register("old")(int)
    return registry_of(root)


def of_mixin() -> Any:
    root = types.new_class("Root", (RegistryMixin,))
    registry_of(root).register("old")(int)
    return registry_of(root)


def works(registry: Any) -> bool:
    registry.register("new")(str)
    registry.lazy("lazy", "collections:OrderedDict")
    registry.refresh()
    assert registry["lazy"]().keys() == set()
    registry.unregister("lazy")
    assert list(registry) == ["old", "new"]
    return registry["new"] is str and registry["old"] is int


DOORS = pytest.mark.parametrize("make", [stand_alone, of_metaclass, of_mixin])


@DOORS
def test_registry_in_the_midst_of_a_change(make: Callable[[], Any]) -> None:
    """A child reads and changes a registry that another thread was changing."""
    pause, registry = Pause(), make()

    def change() -> None:
        with registry._catalogue.lock:
            pause()

    with pause.inside(change):
        assert child(lambda: works(registry))
    assert works(registry)


def test_what_a_child_does_is_to_free_what_others_hold() -> None:
    """A lock that the forking thread holds itself, or nobody, stays the same."""
    pause, registry = Pause(), stand_alone()
    catalogue = registry._catalogue
    C = by_metaclass(logger_factory=list)

    def change() -> None:
        with catalogue.lock:
            pause()

    with pause.inside(change):
        held = catalogue.lock
        _forks.tell_all()
        assert catalogue.lock is not held
        assert works(registry)
    lock = catalogue.lock
    with lock:
        _forks.tell_all()
    _forks.tell_all()

    assert catalogue.lock is lock
    assert C.logger is C.logger


def test_what_is_gone_meanwhile_is_not_told() -> None:
    """One that dies while others are told of a fork is left alone."""

    class Thing:
        def __init__(self) -> None:
            self.others: list[Thing] = []

        def in_child(self) -> None:
            told.append(self)
            self.others.clear()

    told: list[Thing] = []
    first, second = Thing(), Thing()
    _forks.survive(first)
    _forks.survive(second)
    first.others.append(second)
    del second

    _forks.tell_all()
    assert told == [first]


def test_without_forks_there_is_nothing_to_survive() -> None:
    """Where Python cannot fork, as on Windows, all the rest works."""
    script = (
        "import os\n"
        "del os.fork, os.register_at_fork\n"
        "from metapatterns import LoggerMeta, RegistryMixin, SingletonMeta\n"
        "class Single(metaclass=SingletonMeta): pass\n"
        "class Root(RegistryMixin): pass\n"
        "class Logged(metaclass=LoggerMeta, logger_factory=str): pass\n"
        "assert Single() is Single()\n"
        "assert Logged.logger == '__main__.Logged'\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_calls_import_no_module_of_the_library() -> None:
    """
    What a class was made with is enough to call it, and to call it again.

    A module that another thread is importing at the moment of a fork can never be
    imported in the child: CPython leaves the lock of the module locked there.
    """
    script = """
import sys
from metapatterns import (
    LoggerMeta, LoggerMixin, RegistryMeta, RegistryMixin, SingletonArgumentsError,
    SingletonMeta, SingletonMixin, ValidatorMeta, ValidatorMixin, singleton, validated
)

def body(**namespace):
    return {"__module__": __name__, **namespace}

def init(self, number):
    self.number = number

singles = [
    SingletonMeta("S", (), body(__init__=init)),
    type("S", (SingletonMixin,), body(__init__=init)),
    singleton(type("S", (), body(__init__=init))),
]
fields = body(__annotations__={"number": int})
classes = [
    *singles,
    ValidatorMeta("V", (), dict(fields)),
    type("V", (ValidatorMixin,), dict(fields)),
    validated(type("V", (), dict(fields))),
    RegistryMeta("R", (), body(__init__=init)),
    type("R", (RegistryMixin,), body(__init__=init)),
    LoggerMeta("L", (), body(__init__=init)),
    type("L", (LoggerMixin,), body(__init__=init)),
]
known = set(sys.modules)
for cls in classes:
    assert cls(1).number == cls(1).number == 1
for cls in singles:
    try:
        cls(2)
    except SingletonArgumentsError:
        continue
    raise AssertionError(cls)
new = {name for name in set(sys.modules) - known if name.startswith("metapatterns")}
assert not new, new
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_registry_with_an_import_that_forks(tmp_path: Any) -> None:
    """What the forking thread is loading, the child's thread is loading as well."""
    registry: Registry[Any] = Registry()
    results: list[bool] = []
    helper: Any = types.ModuleType("forking_plugin_fork_")

    def asked_again() -> bool:
        with pytest.raises(PluginLoadError, match="looked up by the import"):
            registry["it"]
        return True

    helper.fork = lambda: results.append(child(asked_again))
    (tmp_path / "forking_plugin_.py").write_text(
        "import forking_plugin_fork_\nforking_plugin_fork_.fork()\nclass It: pass\n"
    )
    registry.lazy("it", "forking_plugin_:It")

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        patch.setitem(sys.modules, helper.__name__, helper)
        assert registry["it"].__module__ == "forking_plugin_"
        del sys.modules["forking_plugin_"]
    assert results == [True]


def test_registry_with_a_slow_key_function() -> None:
    """A key that is being computed in another thread holds up no child."""
    pause = Pause()

    def key(thing: Any) -> str:
        pause()
        return str(thing.__name__)

    registry: Registry[Any] = Registry(key=key)

    with pause.inside(lambda: registry.register(len)):
        assert child(lambda: registry.register(max) and list(registry) == ["max"])
    assert list(registry) == ["len"]


@DOORS
def test_registry_with_a_slow_import(make: Callable[[], Any], tmp_path: Any) -> None:
    """An import under way in another thread is none of the child's loads."""
    pause, registry = Pause(), make()
    (tmp_path / "slow_plugin_.py").write_text(
        "import slow_plugin_pause_\nslow_plugin_pause_.pause()\nclass Slow: pass\n"
    )
    helper: Any = types.ModuleType("slow_plugin_pause_")
    helper.pause = pause
    registry.lazy("slow", "slow_plugin_:Slow")
    loading = registry._catalogue.loading

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        patch.setitem(sys.modules, "slow_plugin_pause_", helper)
        with pause.inside(lambda: registry["slow"]):
            assert len(loading) == 1
            assert child(
                lambda: (
                    registry._catalogue.loading == set()
                    and registry.unregister("slow") is None
                    and works(registry)
                )
            )
        assert registry["slow"].__module__ == "slow_plugin_"
        del sys.modules["slow_plugin_"]
    assert registry._catalogue.loading == set()


# -- a process that has never seen the class ----------------------------------


def arrives(make: Callable[[], Any], act: Callable[[bytes], object]) -> bool:
    """Pickle by value, and tell whether `act` got on with it in a process that lacks it."""
    read, write = os.pipe()

    def there() -> object:
        os.close(write)
        with os.fdopen(read, "rb") as file:
            return act(file.read())

    def here() -> None:
        os.close(read)
        with os.fdopen(write, "wb") as file:
            file.write(cloudpickle.dumps(make()))

    return child(there, here)


def member_of(door: Any) -> Any:
    """Make a class that has a key, an alias and a sibling in its registry."""
    root = types.new_class("Root", *door, lambda namespace: None)
    for name in "One", "Two":
        words = {"key": name.casefold(), "aliases": [name[0]]}
        body = {"__annotations__": {"size": int}, "__qualname__": f"f.<locals>.{name}"}
        made = types.new_class(
            name, (root,), words, lambda ns, body=body: ns.update(body)
        )
    return made


OPTIONS = {"registry_entry_points": "tests.formats"}
BY_VALUE = pytest.mark.parametrize(
    "door",
    [((), {"metaclass": RegistryMeta, **OPTIONS}), ((RegistryMixin,), OPTIONS)],
    ids=["metaclass", "mixin"],
)


@pytest.fixture
def plug(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install an entry point."""
    info = tmp_path / "plug-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plug\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[tests.formats]\njson = json:JSONDecoder")
    monkeypatch.syspath_prepend(tmp_path)


@BY_VALUE
def test_registry_of_a_class_that_arrives(door: Any, plug: None) -> None:
    """It has its names there, beside what is installed there, and its sibling not."""

    def act(data: bytes) -> bool:
        Two = pickle.loads(data)
        registry = registry_of(Two.__base__)
        assert registry["two"] is registry["T"] is Two
        assert set(registry) == {"two", "json"}
        with pytest.raises(DuplicateKeyError, match=r"registry of '.*Root'"):
            type(Two)("Other", (Two.__base__,), {}, key="two")
        return True

    assert arrives(lambda: member_of(door), act)


@BY_VALUE
def test_registry_of_a_class_that_arrives_twice(door: Any) -> None:
    """What became of its key since the first time stays so."""

    def act(data: bytes) -> bool:
        Two = pickle.loads(data)
        registry = registry_of(Two.__base__)
        registry.unregister("two")
        assert pickle.loads(data) is Two
        return "two" not in registry

    assert arrives(lambda: member_of(door), act)


@BY_VALUE
def test_registry_of_a_class_that_arrives_and_is_rebuilt(door: Any) -> None:
    """A second class that slots build has all names of the one that arrived."""

    def act(data: bytes) -> bool:
        Two = dataclass(slots=True)(pickle.loads(data))
        registry = registry_of(Two.__base__)
        return registry["two"] is registry["T"] is Two

    assert arrives(lambda: member_of(door), act)


@BY_VALUE
def test_registry_of_a_class_that_arrives_and_takes_no_part(door: Any) -> None:
    """A class that is not to be registered is not, also when slots build it anew."""

    def make() -> Any:
        root = member_of(door).__base__
        body = {"__annotations__": {"size": int}, "__qualname__": "f.<locals>.Out"}
        return types.new_class(
            "Out", (root,), {"register": False}, lambda ns: ns.update(body)
        )

    def act(data: bytes) -> bool:
        Out = dataclass(slots=True)(pickle.loads(data))
        return Out not in dict(registry_of(Out.__base__)).values()

    assert arrives(make, act)


@BY_VALUE
def test_registry_of_a_class_that_arrives_without_a_place(door: Any) -> None:
    """A class that was made empty, to be filled, and never was, has no key anywhere."""

    def make() -> Any:
        root = member_of(door).__base__
        return types.new_class(
            "Empty", (root,), {}, lambda ns: ns.update(__module__="elsewhere_")
        )

    def act(data: bytes) -> bool:
        Empty = pickle.loads(data)
        return Empty not in dict(registry_of(Empty.__base__)).values()

    assert arrives(make, act)
