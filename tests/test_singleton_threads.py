"""Singleton under threads and forks: one instance, no hang, no false cycle."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from crowd import FORKS
from interrupts import Interrupt, at_step, interrupt
from test_singleton import ALL, PROTOCOLS, Door, published

from metapatterns import SingletonCycleError, SingletonMeta, singleton_instance
from metapatterns.patterns.singleton import _construction, _single
from metapatterns.testing import reset_singleton, singleton_scope

PATIENCE = 120  # seconds; the machine may be busy with others


def together(*actions: Callable[[], Any]) -> list[Any]:
    """Run actions in threads, from one start; give results or exceptions."""
    start = threading.Barrier(len(actions))
    results: list[Any] = [None] * len(actions)

    def run(place: int, action: Callable[[], Any]) -> None:
        start.wait(PATIENCE)
        try:
            results[place] = action()
        except Exception as error:
            results[place] = error

    threads = [
        threading.Thread(target=run, args=each, daemon=True)
        for each in enumerate(actions)
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0, end - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    assert not _construction.under_way
    assert not _construction.waiting
    return results


def waits(thread: threading.Thread) -> bool:
    """Tell whether a thread waits for what another builds."""
    return any(each.owner == thread.ident for each in list(_construction.waiting))


@contextmanager
def giving_up() -> Iterator[None]:
    """Have a signal end what this thread does once it waits for another's construction."""
    me, done = threading.current_thread(), threading.Event()

    def give_up(*args: object) -> None:
        raise TimeoutError

    def alarm() -> None:
        while not waits(me):
            if done.wait(0.001):
                return
        assert me.ident is not None
        signal.pthread_kill(me.ident, signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, give_up)
    other = threading.Thread(target=alarm, daemon=True)
    other.start()
    try:
        with pytest.raises(TimeoutError):
            yield
    finally:
        done.set()
        other.join(PATIENCE)
        signal.signal(signal.SIGALRM, before)


def slow(door: Door, body: Callable[[Any], Any] = lambda self: None) -> Any:
    @door.decorate()
    class Slow(*door.bases, **door.keywords()):
        inits = 0

        def __init__(self) -> None:
            type(self).inits += 1
            self.ready = False
            time.sleep(0.02)
            body(self)
            self.ready = True

    return Slow


def quick(door: Door, body: Callable[[Any], Any] = lambda self: None) -> Any:
    @door.decorate()
    class Quick(*door.bases, **door.keywords()):
        inits = 0

        def __init__(self) -> None:
            type(self).inits += 1
            body(self)

    return Quick


@ALL
def test_32_threads_get_one_finished_instance(door: Door) -> None:
    """However many threads call first, ``__init__`` runs once and has returned."""
    C = slow(door)

    def call() -> tuple[int, bool]:
        instance = C()
        return id(instance), instance.ready

    results = together(*[call] * 32)

    assert set(results) == {(id(C()), True)}
    assert C.inits == 1


class Overtaken:
    """A lock; who asks for it first, waits until somebody else has come and gone."""

    def __init__(self, lock: Any, other: Callable[[], Any]) -> None:
        self.lock = lock
        self.others = [other]

    def __enter__(self) -> None:
        if self.others:
            together(self.others.pop())
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()


@ALL
@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
def test_a_first_call_that_is_overtaken(
    door: Door, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The instance is one, if another thread comes between, of a class or a copy."""

    class Silent:
        def __init_subclass__(cls) -> None:
            pass

    Base = slow(door)
    C: Any = Base
    if not told and door.metaclass is None:
        C = type("Untold", (Silent, Base), {})
    elif not told:
        C = type.__new__(door.metaclass, "Untold", (Base,), {})
    C.inits = 0
    others: list[Any] = []
    lock = Overtaken(_single.LOCK, lambda: others.append(C()))
    with monkeypatch.context() as patched:
        patched.setattr(_single, "LOCK", lock)
        first = C()

    assert others == [first]
    assert type(first) is C
    assert C.inits == 1


@ALL
def test_waiters_retry_when_the_constructor_raises(door: Door) -> None:
    """Each failure goes to the thread that built; the others try again."""
    failures = [True, True, True, False]

    def body(self: Any) -> None:
        if failures.pop(0):
            raise LookupError

    C = slow(door, body)
    results = together(*[C] * 8)
    failed = [result for result in results if isinstance(result, LookupError)]

    assert len(failed) == 3
    assert {id(result) for result in results if result not in failed} == {id(C())}
    assert C.inits == 4


@ALL
def test_unrelated_singletons_build_in_parallel(door: Door) -> None:
    """Two constructors can wait for each other's thread in the middle."""
    meeting = threading.Barrier(2)

    def meet(self: Any) -> None:
        meeting.wait(PATIENCE)

    A, B = slow(door, meet), slow(door, meet)

    assert together(A, B) == [A(), B()]


@ALL
def test_a_constructor_may_build_on_a_thread_that_it_waits_for(door: Door) -> None:
    """No lock is held, nor inherited, while a constructor runs."""
    B = slow(door)

    def delegate(self: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            self.b = pool.submit(B).result(PATIENCE)

    A = slow(door, delegate)

    assert together(A, B, A)[0].b is B()


@ALL
@pytest.mark.parametrize("length", [2, 3, 5])
def test_cycles_across_threads_raise_and_never_hang(door: Door, length: int) -> None:
    """Threads that build what the next one needs are told, and none waits on."""
    classes: list[Any] = []
    meeting = threading.Barrier(length)

    def needing(place: int) -> Any:
        def body(self: Any) -> None:
            if self.inits == 1:
                meeting.wait(PATIENCE)
            classes[(place + 1) % length]()

        return slow(door, body)

    classes += [needing(place) for place in range(length)]
    results = together(*classes)

    assert all(isinstance(result, SingletonCycleError) for result in results)
    assert {len(result.chain) for result in results} == {length + 1}
    assert all(result.chain[0] == result.chain[-1] for result in results)
    assert all(singleton_instance(cls) is None for cls in classes)


@ALL
@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="no alarm here")
def test_a_wait_that_a_signal_ends_is_in_no_cycle(
    door: Door,
) -> None:
    """Who has given up waiting waits for nobody, whatever it builds afterwards."""
    building, go, ended = threading.Event(), threading.Event(), threading.Event()
    outcome: list[Any] = []

    def first_body(self: Any) -> None:
        building.set()
        go.wait(PATIENCE)
        self.other = Second()

    def second_body(self: Any) -> None:
        go.set()
        while not waits(other) and not ended.is_set():
            time.sleep(0.001)

    def build_first() -> None:
        try:
            outcome.append(First().other)
        except SingletonCycleError as error:
            outcome.append(error)
        ended.set()

    First, Second = slow(door, first_body), slow(door, second_body)
    other = threading.Thread(target=build_first, daemon=True)
    other.start()
    assert building.wait(PATIENCE)
    with giving_up():
        First()
    second = Second()
    other.join(PATIENCE)

    assert outcome == [second]


@ALL
@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="no alarm here")
def test_waits_that_end_early_leave_nothing(door: Door) -> None:
    """Who waits and gives up, again and again, while another builds: nothing grows."""
    building, go = threading.Event(), threading.Event()

    def body(self: Any) -> None:
        building.set()
        go.wait(PATIENCE)

    def objects() -> int:
        gc.collect()
        kind = _construction.Construction
        return sum(type(each) is kind for each in gc.get_objects())

    C = slow(door, body)
    other = threading.Thread(target=C, daemon=True)
    other.start()
    assert building.wait(PATIENCE)
    count = objects()
    try:
        for _ in range(3):
            with giving_up():
                C()
        count_afterwards = objects()
    finally:
        go.set()
        other.join(PATIENCE)

    assert count_afterwards == count
    assert C.inits == 1


@ALL
def test_a_cycle_that_one_side_avoids_leaves_both(door: Door) -> None:
    """Whoever is told may go on without; the one that waited then gets its turn."""
    classes: dict[str, Any] = {}
    meeting = threading.Barrier(2)

    def body_of(other: str) -> Callable[[Any], None]:
        def body(self: Any) -> None:
            meeting.wait(PATIENCE)
            try:
                self.other = classes[other]()
            except SingletonCycleError:
                self.other = None

        return body

    classes |= {"a": slow(door, body_of("b")), "b": slow(door, body_of("a"))}
    a, b = together(classes["a"], classes["b"])

    assert {a.other, b.other} in ({None, a}, {None, b})


@ALL
def test_a_race_is_never_called_a_cycle(door: Door) -> None:
    """Many threads through one diamond of classes: all build, none is refused."""
    for _ in range(5):
        D = slow(door)
        B, C = slow(door, lambda self, D=D: D()), slow(door, lambda self, D=D: D())

        def top(self: Any, B: Any = B, C: Any = C) -> None:
            B()
            C()

        A = slow(door, top)
        results = together(*[A, B, C, D] * 6)

        assert {id(result) for result in results} == {id(c()) for c in (A, B, C, D)}
        assert A.inits == B.inits == C.inits == D.inits == 1


@ALL
def test_reset_while_others_construct(door: Door) -> None:
    """A reset takes what is published; a construction under way goes on."""
    begun, go = threading.Event(), threading.Event()

    def body(self: Any) -> None:
        begun.set()
        go.wait(PATIENCE)

    C = slow(door, body)

    def reset() -> Any:
        begun.wait(PATIENCE)
        dropped = reset_singleton(C)
        go.set()
        return dropped

    built, dropped = together(C, reset)

    assert dropped is None
    assert built is C()
    assert C.inits == 1


@ALL
def test_resets_and_calls_at_random(door: Door) -> None:
    """No instance is initialised twice, whatever is reset around it."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __init__(self) -> None:
            self.inits = getattr(self, "inits", 0) + 1

    def call() -> set[int]:
        return {C().inits for _ in range(500)}

    def reset() -> set[int]:
        return {(reset_singleton(C) or C()).inits for _ in range(500)}

    assert together(call, reset, call, reset) == [{1}] * 4


@ALL
def test_a_scope_leaves_calls_that_began_before_alone(door: Door) -> None:
    """They finish with the slot that they found, and it is there afterwards."""
    begun, go = threading.Event(), threading.Event()

    def body(self: Any) -> None:
        begun.set()
        go.wait(PATIENCE)

    C = slow(door, body)

    def scope() -> Any:
        begun.wait(PATIENCE)
        with singleton_scope(C):
            go.set()
            return C()

    outer, inner = together(C, scope)

    assert outer is not inner
    assert C() is outer


@ALL
def test_threads_that_unpickle_share_one_object(door: Door) -> None:
    """Loads of one pickle into an empty slot give one object, filled."""
    for protocol in PROTOCOLS:
        C = published(slow(door))
        data = pickle.dumps(C(), protocol)
        reset_singleton(C)
        results = together(*[lambda data=data: pickle.loads(data)] * 8)

        assert {id(result) for result in results} == {id(C())}
        assert C().ready


@ALL
def test_a_thread_waits_for_the_one_that_unpickles(door: Door) -> None:
    """A state is restored once, and whoever loads the pickle finds it restored."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        blanks = restored = 0

        def __new__(cls) -> Any:
            cls.blanks += 1
            if loading:
                loading.wait(PATIENCE)
            return super().__new__(cls)

        def __getstate__(self) -> Any:
            return 1

        def __setstate__(self, state: Any) -> None:
            end = time.monotonic() + PATIENCE
            while not _construction.waiting and time.monotonic() < end:
                time.sleep(0.001)
            type(self).restored += 1
            self.state = state

    loading: threading.Barrier | None = None
    data = pickle.dumps(published(C)())
    reset_singleton(C)
    loading = threading.Barrier(2)

    one, other = together(*[lambda: pickle.loads(data)] * 2)

    assert one is other is C()
    assert one.state == C.restored == 1
    assert C.blanks == 3


@ALL
def test_a_pickle_may_load_itself(door: Door) -> None:
    """A load inside the load of one pickle gives the object that is being filled."""

    @door.decorate()
    class C(*door.bases, **door.keywords()):
        def __new__(cls) -> Any:
            self = super().__new__(cls)
            if nested:
                self.inner = nested.pop()()
            return self

    nested: list[Callable[[], Any]] = []
    data = pickle.dumps(published(C)())
    reset_singleton(C)
    nested.append(lambda: pickle.loads(data))

    loaded = pickle.loads(data)

    assert loaded is C()


def test_singletons_do_not_need_forks() -> None:
    """Where the platform cannot tell of forks, there are none to look after."""
    program = (
        "import os; del os.register_at_fork\n"
        "from metapatterns import SingletonMeta\n"
        "class C(metaclass=SingletonMeta): pass\n"
        "assert C() is C()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@ALL
@pytest.mark.skipif(not FORKS, reason="no fork here")
def test_a_child_forked_during_construction_can_build(door: Door) -> None:
    """The parent's other threads do not exist in the child: theirs is dropped."""
    begun, go = threading.Event(), threading.Event()

    def body(self: Any) -> None:
        begun.set()
        go.wait(PATIENCE)

    C = slow(door, body)
    thread = threading.Thread(target=C, daemon=True)
    thread.start()
    begun.wait(PATIENCE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:  # pragma: no cover
        go.set()
        os._exit(0 if C() is C() and C.inits == 2 else 1)
    go.set()
    end = time.monotonic() + PATIENCE
    while (status := os.waitpid(child, os.WNOHANG))[0] == 0:
        if time.monotonic() > end:
            os.kill(child, 9)
            os.waitpid(child, 0)
            pytest.fail("the child hangs")
        time.sleep(0.01)
    thread.join(PATIENCE)

    assert not thread.is_alive()
    assert status[1] == 0
    assert C.inits == 1


@pytest.mark.skipif(not FORKS, reason="no fork here")
def test_a_constructor_that_forks_goes_on_in_the_child() -> None:
    """The forking thread's own construction is the child's as well."""
    pid: list[int] = []

    class C(metaclass=SingletonMeta):
        def __init__(self) -> None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                pid.append(os.fork())

    instance = C()
    if pid[0] == 0:  # pragma: no cover
        os._exit(0 if C() is instance else 1)

    assert os.waitpid(pid[0], 0)[1] == 0


def test_in_an_event_loop() -> None:
    """Construction is one step of a coroutine, so tasks cannot interleave in it."""

    class C(metaclass=SingletonMeta):
        def __init__(self) -> None:
            time.sleep(0.001)

    async def call() -> Any:
        await asyncio.sleep(0)
        return C()

    async def main() -> list[Any]:
        here = [call() for _ in range(5)]
        there = [asyncio.to_thread(C) for _ in range(5)]
        return await asyncio.gather(*here, *there)

    assert set(asyncio.run(main())) == {C()}


def test_a_finalizer_may_ask_for_a_singleton() -> None:
    """Code that a collection runs inside the short lock does not block itself."""

    class C(metaclass=SingletonMeta):
        pass

    with _construction.LOCK:
        instance = C()

    assert together(C) == [instance]


@ALL
def test_an_interrupt_at_any_step_leaves_nothing(door: Door) -> None:
    """Whoever is interrupted, in the library as well, has not claimed the class."""
    for number in itertools.count():
        C = quick(door)
        with suppress(Interrupt), at_step(number, interrupt) as reached:
            C()

        assert not _construction.under_way
        assert not _construction.waiting
        assert C() is C()
        if not reached:
            break


@ALL
def test_an_interrupted_load_leaves_nothing(door: Door) -> None:
    """A pickle whose load was interrupted can be loaded again."""
    C = published(quick(door))
    C().state = 1
    data = pickle.dumps(C())
    for number in itertools.count():
        reset_singleton(C)
        with suppress(Interrupt), at_step(number, interrupt) as reached:
            pickle.loads(data)

        assert not _construction.under_way
        assert not _construction.waiting
        loaded = pickle.loads(data)
        assert loaded is C()
        assert loaded.state == C.inits == 1
        if not reached:
            break


@ALL
def test_a_finalizer_at_any_step_may_ask_for_the_same(door: Door) -> None:
    """It gets the one instance, or is told of the cycle; there is no second one."""
    for number in itertools.count():
        C = quick(door)
        asked: list[Any] = []

        def ask(cls: Any = C, asked: list[Any] = asked) -> None:
            try:
                asked.append(cls())
            except SingletonCycleError:
                asked.append(None)

        with at_step(number, ask) as reached:
            instance = C()

        assert C.inits == 1
        assert asked in ([instance], [None], [])
        if not reached:
            break


@ALL
def test_a_finalizer_at_any_step_may_wait_for_another_thread(door: Door) -> None:
    """It keeps nothing from the thread that builds what it asks for."""

    def ask_at(number: int) -> bool:
        begun, asked = threading.Event(), threading.Event()

        def body(self: Any) -> None:
            begun.set()
            asked.wait(PATIENCE)

        Other = quick(door, body)
        got: list[Any] = []

        def ask() -> None:
            asked.set()
            got.append(Other())

        builder = threading.Thread(target=Other, daemon=True)
        builder.start()
        begun.wait(PATIENCE)
        C = quick(door)
        with at_step(number, ask) as reached:
            C()
        asked.set()
        builder.join(PATIENCE)

        assert Other.inits == 1
        assert got in ([Other()], [])
        return bool(reached)

    for number in itertools.count():
        [reached] = together(lambda number=number: ask_at(number))
        if reached is not True:
            break
    assert reached is False


@ALL
def test_whoever_has_the_lock_may_wait(door: Door) -> None:
    """As a finalizer does that runs inside: the thread it waits for needs the lock."""
    begun, asked = threading.Event(), threading.Event()

    def body(self: Any) -> None:
        begun.set()
        asked.wait(PATIENCE)

    Other = quick(door, body)

    def ask() -> Any:
        begun.wait(PATIENCE)
        with _construction.LOCK:
            asked.set()
            return Other()

    first, second = together(Other, ask)
    assert first is second


def test_who_has_waited_waits_no_more() -> None:
    """Whoever asks for it, before it has run again, is not led to what has ended."""
    made: list[object] = []

    class Inner(metaclass=SingletonMeta):
        def __init__(self) -> None:
            thread.start()
            assert began.wait(10)
            time.sleep(0.2)  # until the other thread waits for this

    class Outer(metaclass=SingletonMeta):
        def __init__(self) -> None:
            began.set()
            self.inner = Inner()

    began = threading.Event()
    thread = threading.Thread(target=lambda: made.append(Outer()))
    interval = sys.getswitchinterval()
    sys.setswitchinterval(10)  # so that the other one does not run in between
    try:
        Inner()
        outer = Outer()
    finally:
        sys.setswitchinterval(interval)
    thread.join(10)

    assert made == [outer]
    assert outer.inner is Inner()


@pytest.mark.skipif(not FORKS, reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_inside_a_constructor() -> None:
    """The child goes on with it, and its other threads wait for that."""
    made: list[object] = []

    class Forking(metaclass=SingletonMeta):
        def __init__(self) -> None:
            self.child = os.fork()
            if self.child == 0:
                signal.alarm(30)  # rather than hang
                self.thread = threading.Thread(target=lambda: made.append(Forking()))
                self.thread.start()
                self.thread.join(0.3)
                self.waits = self.thread.is_alive()

    one = Forking()
    if one.child == 0:
        code = 1
        try:
            one.thread.join(10)
            code = 0 if one.waits and made == [one] else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(one.child, 0)[1]) == 0
    assert made == []


@pytest.fixture(autouse=True)
def _nobody_is_left_waiting() -> Iterator[None]:
    """Whatever a test did, no construction is under way or waited for after it."""
    yield
    assert not _construction.waiting
    assert not _construction.under_way
