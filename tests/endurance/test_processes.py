"""What crosses from process to process, and what happens when one begins or ends."""

from __future__ import annotations

import abc
import importlib
import importlib.util
import os
import pickle
import subprocess
import sys
import textwrap
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import doors
import pytest
from crowd import FACTOR, FIGURES, FORKS, PATIENCE, rounds
from doors import DOORS, Door

from metapatterns import (
    FieldValueError,
    LoggerMeta,
    NoDuplicateMeta,
    RegistryMeta,
    SingletonMeta,
    ValidatorMeta,
    combine_metaclasses,
    singleton_instance,
)
from metapatterns.testing import reset_singleton

TESTS = Path(doors.__file__).parent
EVERY = pytest.mark.parametrize("door", DOORS, ids=str)


@pytest.fixture(autouse=True)
def fresh_registries() -> Iterator[None]:
    yield
    doors.forget()


def run(
    script: str, tmp_path: Path, *args: str, given: bytes | None = None
) -> tuple[bytes, str]:
    """
    Run a script in a fresh interpreter; return what it printed and its complaints.

    It ends itself, with all its stacks, if it hangs.
    """
    watchdog = (
        "import faulthandler, sys\n"
        f"faulthandler.dump_traceback_later({PATIENCE}, exit=True)\n"
    )
    path = tmp_path / "script.py"
    path.write_text(watchdog + textwrap.dedent(script))
    package = importlib.util.find_spec("metapatterns")
    assert package is not None
    assert package.origin is not None
    home = Path(package.origin).parent.parent
    places = [str(tmp_path), str(TESTS), str(home)]
    unmeasured = {
        name: os.environ[name] for name in os.environ if not name.startswith("COVERAGE")
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", str(path), *args],
        check=False,
        capture_output=True,
        input=given,
        timeout=PATIENCE * 2,
        env={**unmeasured, "PYTHONPATH": os.pathsep.join(places)},
    )
    complaints = done.stderr.decode()
    FIGURES["processes"] += 1
    assert done.returncode == 0, complaints
    return done.stdout, complaints


SUBJECTS = """
from doors import DOORS

def subject(door):
    site = door.open()
    body = {"__module__": __name__, "__annotations__": {"x": int}, "x": 1}
    cls = site.define(f"{door.pattern}_{door.kind}", body)
    return cls

for door in DOORS:
    globals()[f"{door.pattern}_{door.kind}"] = subject(door)

NAMES = [f"{door.pattern}_{door.kind}" for door in DOORS]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a module that holds a class for each door."""
    (tmp_path / "subjects.py").write_text(SUBJECTS)
    return tmp_path


# -- fork, spawn, forkserver --------------------------------------------------

FORK = pytest.mark.skipif(not FORKS, reason="no fork here")


@FORK
def test_fork_in_the_midst_of_everything(home: Path) -> None:
    """A child forked at any moment can do all that its parent's threads were doing."""
    run(
        f"""
        import itertools, os, signal, threading, time, traceback
        import doors
        from doors import DOORS, DECORATOR, plain
        from metapatterns import LoggerMeta, Registry, RegistryMeta, SingletonMeta

        faulthandler.register(signal.SIGALRM, chain=True)
        sys.setswitchinterval(1e-6)
        numbers = itertools.count()
        shapes = Registry("shapes")
        roots = [
            door.open().define("Root") for door in DOORS
            if door.opens and door.pattern != "validator"
        ]
        class Logged(metaclass=LoggerMeta, logger_factory=lambda name: [name]):
            pass

        def once():
            number = next(numbers)
            shapes.register(f"k{{number}}")(lambda: None)
            for root in roots:
                site = plain(root)
                if hasattr(type(root), "__getitem__"):
                    site = plain(root, key=f"k{{number}}")
                cls = site.define(f"C{{number}}")
                cls()
            child = plain(Logged).define("Child")
            assert child.logger is child.logger
            cls = SingletonMeta("S", (), {{}})
            assert cls() is cls()
            cls = DOORS[-2].on().define("V", {{"__annotations__": {{"x": int}}}})
            assert cls(1).x == 1

        go_on = True
        def work():
            while go_on:
                once()
        threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range({rounds(12)}):
            time.sleep(0.002)
            pid = os.fork()
            if pid == 0:
                signal.alarm({PATIENCE})  # faulthandler's thread is not here
                try:
                    for _ in range(2):
                        once()
                except BaseException:
                    # Past the buffer, whose lock a thread of the parent may hold.
                    os.write(2, traceback.format_exc().encode())
                    os._exit(1)
                os._exit(0)
            _, status = os.waitpid(pid, 0)
            assert status == 0, status
        go_on = False
        for thread in threads:
            thread.join()
        """,
        home,
    )
    FIGURES["forks"] += rounds(12)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pools(home: Path, method: str) -> None:
    """Objects go to workers and come back: singletons as the one, the rest as equals."""
    out, _ = run(
        """
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        import subjects

        def visit(objects):
            for obj in objects:
                obj.x += 1
            return objects

        def look(obj):
            return type(obj).__name__, obj.x, type(obj) is getattr(
                subjects, type(obj).__name__
            )

        def main(method):
            if method not in multiprocessing.get_all_start_methods():
                print("missing")
                return
            context = multiprocessing.get_context(method)
            objects = [getattr(subjects, name)() for name in subjects.NAMES]
            expected = [(name, 1, True) for name in subjects.NAMES]
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                assert list(pool.map(look, objects)) == expected
                back = pool.submit(visit, objects).result()
                assert list(pool.map(type, objects)) == [type(each) for each in objects]
            with context.Pool(1) as pool:
                assert pool.map(look, objects) == expected
            for before, after in zip(objects, back, strict=True):
                assert type(after) is type(before)
                if "singleton" in type(before).__name__:
                    assert after is before and after.x == 1
                else:
                    assert after.x == 2

        if __name__ == "__main__":
            main(sys.argv[1])
        """,
        home,
        method,
    )
    if out.strip() == b"missing":
        pytest.skip(f"no {method} here")


# -- by value -----------------------------------------------------------------


@EVERY
def test_by_value_into_a_fresh_interpreter(door: Door, tmp_path: Path) -> None:
    """A class of no module, used or not, follows its pattern where it arrives."""
    if door.opens:
        body = {"__module__": "__main__", "__annotations__": {"x": int}, "x": 1}
        cls: Any = door.open().define("Travels", body)
        child: Any = doors.plain(cls).define("Child", {"__module__": "__main__"})
        payload = [cls, child, cls(), child()]
    else:
        cls = door.on().define("Travels", {"__module__": "__main__", "x": 1})
        payload = [cls, cls, cls(), cls()]
    if door.pattern == "registry" and door.kind == doors.DECORATOR:
        payload.append(doors.SHAPES[0])
    run(
        f"""
        import pickle
        import doors

        data = sys.stdin.buffer.read()
        cls, child, instance, other, *shapes = pickle.loads(data)
        if shapes:
            doors.SHAPES[:] = shapes
        door = doors.DOORS[{DOORS.index(door)}]
        assert type(instance) is cls and type(other) is child
        assert instance.x == other.x == 1
        assert door.subject.holds(cls)
        if cls is not child and not (
            door.kind == "decorator" and door.pattern in
            ("registry", "no_duplicate", "validator")
        ):
            assert door.subject.holds(child)
        if door.pattern == "singleton":
            assert cls() is instance and child() is other
        if door.pattern == "validator":
            from metapatterns import FieldValueError
            try:
                cls("one")
            except FieldValueError:
                pass
            else:
                raise AssertionError("unchecked")
        """,
        tmp_path,
        given=cloudpickle.dumps(payload),
    )


def own_metaclass() -> Any:
    class OwnSingletonMeta(SingletonMeta):
        def __new__(
            mcls: Any, name: str, bases: Any, namespace: Any, /, **kwargs: Any
        ) -> Any:
            namespace = {**namespace, "seen": 1}
            return super().__new__(mcls, name, bases, namespace, **kwargs)

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            return super().__call__(*args, **kwargs)

    return OwnSingletonMeta


@pytest.mark.parametrize(
    "meta",
    [
        own_metaclass(),
        combine_metaclasses(SingletonMeta, abc.ABC),
        combine_metaclasses(SingletonMeta, RegistryMeta, LoggerMeta, NoDuplicateMeta),
    ],
    ids=["own", "abstract", "combined"],
)
def test_metaclass_by_value(meta: Any, tmp_path: Path) -> None:
    """A metaclass of no module does there what it did here, and still does it here."""
    cls = meta("Travels", (), {"__module__": "__main__"})
    data = cloudpickle.dumps([cls, cls()])
    assert pickle.loads(data) == [cls, cls()]
    later = meta("Later", (), {"__module__": "__main__"})
    assert later() is later()
    run(
        """
        import pickle

        cls, instance = pickle.loads(sys.stdin.buffer.read())
        meta = type(cls)
        assert cls() is instance
        later = meta("Later", (), {"__module__": "__main__"})
        assert later() is later()
        assert hasattr(later, "seen") is (meta.__name__ == "OwnSingletonMeta")
        """,
        tmp_path,
        given=data,
    )


@pytest.mark.parametrize("name", [None, "Both"])
@pytest.mark.parametrize("first", [True, False], ids=["imported", "to-import"])
def test_combination_by_value(
    name: str | None, first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the one that the other process has, or makes for a base of the class."""
    (tmp_path / "combined_base_.py").write_text(
        "from abc import ABC\n"
        "from metapatterns import RegistryMeta, combine_metaclasses\n"
        f"class Base(metaclass=combine_metaclasses(RegistryMeta, ABC, name={name!r})):\n"
        "    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "combined_base_", raising=False)
    base = importlib.import_module("combined_base_").Base
    cls = type(base)("Travels", (base,), {"__module__": "__main__"}, key="travels")
    run(
        f"""
        import pickle

        if {first}:
            import combined_base_
        cls, instance = pickle.loads(sys.stdin.buffer.read())
        from combined_base_ import Base
        assert type(instance) is cls
        assert type(cls) is type(Base)
        assert Base["travels"] is cls
        """,
        tmp_path,
        given=cloudpickle.dumps([cls, cls()]),
    )


def test_subclass_without_fields_by_value(tmp_path: Path) -> None:
    """What is assigned on one that adds nothing is checked in the other process, too."""

    class Base(metaclass=ValidatorMeta):
        x: int = 1

    class Sub(Base):
        pass

    run(
        """
        import pickle

        from metapatterns import FieldValueError

        Sub = pickle.loads(sys.stdin.buffer.read())
        try:
            Sub.x = "no number"
        except FieldValueError:
            pass
        else:
            raise AssertionError(vars(Sub))
        """,
        tmp_path,
        given=cloudpickle.dumps(Sub),
    )


# -- from one version to the next ---------------------------------------------

VERSIONED = pytest.mark.parametrize(
    "door",
    [door for door in DOORS if door.pattern in ("singleton", "validator")],
    ids=str,
)


@pytest.fixture
def version(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Define a class anew, as the next release of its module does."""

    def define(site: doors.Site, module: str = "released", **body: Any) -> Any:
        monkeypatch.setitem(sys.modules, module, types.ModuleType(module))
        given = {**body, "__module__": module}
        cls = site.define("Released", given)
        sys.modules[module].Released = cls  # type: ignore[attr-defined]
        return cls

    return define


HINTS = {"x": int, "y": int}
PROTOCOLS = pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))


@PROTOCOLS
@VERSIONED
def test_field_that_is_new(
    door: Door, version: Callable[..., Any], protocol: int
) -> None:
    """An older pickle has the defaults of the fields that it does not know."""
    if door.pattern == "validator":
        old = version(door.open(), __annotations__=HINTS)(1, 2)
    else:
        old = version(door.open(), x=1, y=2)()
        old.x = 1
    data = pickle.dumps(old, protocol)
    hints = {**HINTS, "z": int, "all": list}
    new = version(door.open(), __annotations__=hints, x=0, y=2, z=3, all=[])
    loaded = pickle.loads(data)

    assert type(loaded) is new
    assert (loaded.x, loaded.y, loaded.z, loaded.all) == (1, 2, 3, [])
    if door.pattern == "singleton":
        assert new() is loaded


@PROTOCOLS
@VERSIONED
def test_field_that_is_gone(
    door: Door, version: Callable[..., Any], protocol: int
) -> None:
    """An older pickle may have more than the class now declares."""
    if door.pattern == "validator":
        old = version(door.open(), __annotations__=HINTS)(1, 2)
    else:
        old = version(door.open())()
        old.x, old.y = 1, 2
    data = pickle.dumps(old, protocol)
    version(door.open(), __annotations__={"x": int}, x=0)
    loaded = pickle.loads(data)

    assert loaded.x == 1
    if door.pattern == "validator":
        assert loaded == type(loaded)(1)
        with pytest.raises(FieldValueError):
            loaded.x = "one"


@PROTOCOLS
@VERSIONED
def test_class_that_was_plain(
    door: Door, version: Callable[..., Any], protocol: int
) -> None:
    """What was pickled before the class had the pattern keeps its values."""
    old = version(doors.plain())()
    old.x = 5
    data = pickle.dumps(old, protocol)
    new = version(door.open(), __annotations__={"x": int, "y": int}, x=1, y=2)
    loaded = pickle.loads(data)

    assert (loaded.x, loaded.y) == (5, 2)
    if door.pattern == "validator":
        loaded.x = 6
        assert (loaded.x, vars(loaded).get("x")) == (6, None)
        with pytest.raises(FieldValueError):
            loaded.x = "six"
    else:
        assert isinstance(loaded, new)


@PROTOCOLS
@VERSIONED
def test_module_that_was_renamed(
    door: Door,
    version: Callable[..., Any],
    protocol: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An alias in ``sys.modules`` is all that an older pickle needs."""
    body: dict[str, Any] = {"__annotations__": {"x": int}, "x": 1}
    old = version(door.open(), **body)()
    old.x = 5
    data = pickle.dumps(old, protocol)
    new = version(door.open(), "renamed", **body)
    monkeypatch.setitem(sys.modules, "released", sys.modules["renamed"])
    loaded = pickle.loads(data)

    assert type(loaded) is new
    assert loaded.x == 5
    assert pickle.loads(pickle.dumps(loaded, protocol)).x == 5


@pytest.mark.parametrize(
    "door", [door for door in DOORS if door.pattern == "singleton"], ids=str
)
def test_singleton_with_a_state_of_its_own(
    door: Door, version: Callable[..., Any]
) -> None:
    """A ``__setstate__`` that came later reads what was written before it."""
    old = version(door.open())()
    old.x = 5
    data = pickle.dumps(old)

    def __setstate__(self: Any, state: dict[str, Any]) -> None:
        self.__dict__.update(state, y=2)

    new = version(door.open(), __setstate__=__setstate__)
    loaded = pickle.loads(data)

    assert loaded is new() is singleton_instance(new)
    assert (loaded.x, loaded.y) == (5, 2)
    assert reset_singleton(new) is loaded


# -- the end of an interpreter, and interpreters within -----------------------


@pytest.mark.parametrize("busy", [False, True])
def test_interpreter_that_ends_is_silent(home: Path, busy: bool) -> None:
    """Nothing complains at shutdown, also while daemon threads go on constructing."""
    script = f"""
        import itertools, threading, time
        import doors, subjects
        from doors import DOORS, plain

        kept = [getattr(subjects, name)() for name in subjects.NAMES]

        class Late:
            def __del__(self):
                for obj in kept:
                    type(obj)().x

        late = Late()
        late.itself = late

        def work(door):
            for number in itertools.count():
                cls = door.open().define(f"C{{number}}", {{"x": 1}})
                cls()
                doors.forget()

        if {busy}:
            for door in DOORS:
                threading.Thread(target=work, args=(door,), daemon=True).start()
            time.sleep(0.1)
    """
    for _ in range(rounds(1) if FACTOR == 1 else FACTOR // 4):
        _, complaints = run(script, home)

        assert complaints == ""


def test_interpreters_within(home: Path) -> None:
    """Each sub-interpreter has patterns, registries and singletons of its own."""
    if not any(map(importlib.util.find_spec, ("_interpreters", "_xxsubinterpreters"))):
        pytest.skip("this Python has no sub-interpreters")
    out, complaints = run(
        f"""
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters

        import subjects
        here = [getattr(subjects, name)() for name in subjects.NAMES]
        for obj in here:
            obj.x = 5

        code = '''
        import sys
        sys.path[:] = {{path!r}}
        import doors, subjects
        from doors import DOORS
        for door in DOORS:
            cls = getattr(subjects, f"{{{{door.pattern}}}}_{{{{door.kind}}}}")
            assert door.subject.holds(cls), door
            assert cls().x == 1
            assert cls() is cls() or door.pattern != "singleton"
        print("sound", flush=True)
        '''
        import textwrap
        code = textwrap.dedent(code).format(path=sys.path)
        for _ in range({rounds(2) if FACTOR == 1 else FACTOR}):
            identity = interpreters.create()
            failure = interpreters.run_string(identity, code)
            assert failure is None, failure
            interpreters.destroy(identity)
        assert all(obj.x == 5 for obj in here)
        """,
        home,
    )

    assert out.split().count(b"sound") == (rounds(2) if FACTOR == 1 else FACTOR)
    assert complaints == ""
