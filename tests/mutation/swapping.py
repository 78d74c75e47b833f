"""
Try mutants in tests that are imported and collected already.

Where a mutant differs in the body of a function, it is that function's code that is
exchanged, in a fork.  So a mutant costs a fork and the tests that reach the changed
statement, until one of them fails.  Code that has run while the tests were imported
has left something behind which the mutant would have made otherwise: of what such a
mutant survives nothing is said here.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import time
import traceback
from bisect import bisect
from collections import Counter, defaultdict
from contextlib import suppress
from functools import partial
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from pkgutil import walk_packages
from tempfile import NamedTemporaryFile
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import pytest
from coverage import Coverage
from mutants import SOURCE, innermost_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mutants import Mutant

#: A test may take so many times what it takes without a mutant, and these seconds
#: more: of the processor, and then by the clock, for a machine that is busy.
PATIENCE = 10
SECONDS, WALL = 5, 20
#: So many seconds of tests a mutant has to survive; the short tests come first.
BUDGET = int(os.environ.get("BUDGET", "30"))
JOBS = os.cpu_count() or 1

#: CO_OPTIMIZED: neither a module nor the body of a class.
OF_FUNCTION = 0x1


# -- code ---------------------------------------------------------------------


def exchanged(old: CodeType, new: CodeType) -> dict[CodeType, CodeType] | None:
    """Say which function's code becomes which, or None if more than that differs."""
    found: dict[CodeType, CodeType] = {}

    def walk(old: CodeType, new: CodeType) -> bool:
        if old == new:
            return True
        if old.co_flags & OF_FUNCTION:
            found[old] = new
            for inner, other in zip(inside(old), inside(new), strict=False):
                if inner.co_name == other.co_name:
                    walk(inner, other)
            return old.co_freevars == new.co_freevars
        return (
            len(inside(old)) == len(inside(new))
            and shallow(old) == shallow(new)
            and all(map(walk, inside(old), inside(new)))
        )

    return found if walk(old, new) else None


def inside(code: CodeType) -> list[CodeType]:
    return [const for const in code.co_consts if isinstance(const, CodeType)]


def shallow(code: CodeType) -> tuple[Any, ...]:
    """Return what a module or a class body does, without what its functions do."""
    values = [
        (type(const), const)
        for const in code.co_consts
        if not isinstance(const, CodeType)
    ]
    return code.co_code, code.co_names, values


# -- tests --------------------------------------------------------------------


class Tests:
    """What is known of the tests: which pass, how long they take, what they reach."""

    def __init__(self) -> None:
        self.seconds: dict[int, float] = {}
        self.forking: set[int] = set()
        self.reached: dict[str, dict[int, list[int]]] = {}

    def of(self, path: Path, lines: range) -> list[int]:
        reached = self.reached.get(str(path), {})
        found = {test for line in lines for test in reached.get(line, ())}
        # What a child reaches, nobody has seen.
        by_length = sorted(found | self.forking, key=self.seconds.__getitem__)
        total = accumulate(map(self.seconds.__getitem__, by_length))
        return by_length[: bisect(list(total), BUDGET)]


class Swapping:
    """The plugin that runs no test but to try a mutant."""

    def __init__(
        self,
        mutants: list[tuple[Path, str, list[Mutant]]],
        tell: Callable[[Path, Mutant, str], None],
        tell_files: Callable[[dict[str, dict[str, float]]], None],
    ) -> None:
        self.mutants, self.tell, self.tell_files = mutants, tell, tell_files
        self.early: dict[str, set[int]] = {}
        self.functions: dict[CodeType, list[FunctionType]] = defaultdict(list)
        self.killers: Counter[int] = Counter()
        self.sound: dict[int, bool] = {}
        self.failed = False
        self.importing = cover()
        self.importing.start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for module in walk_packages([str(SOURCE)], "metapatterns."):
            if not module.name.endswith("__main__"):
                import_module(module.name)  # it would be imported where it is used
        self.importing.stop()
        data = self.importing.get_data()
        self.early = {
            path: set(data.lines(path) or ()) for path in data.measured_files()
        }
        for thing in gc.get_objects():
            if (
                type(thing) is FunctionType
                and "metapatterns" in thing.__code__.co_filename
            ):
                self.functions[thing.__code__].append(thing)
        self.items = session.items

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        tests = self.measured()
        self.tell_files(
            {str(path): self.files(path, tests) for path, *_ in self.mutants}
        )
        for path, source, mutants in self.mutants:
            for mutant, fate in self.fates(path, source, mutants, tests):
                self.tell(path, mutant, fate)
        return True

    # -- without a mutant

    def measured(self) -> Tests:
        with NamedTemporaryFile() as file:
            _, status = os.waitpid(fork(lambda: self.measure(file.name)), 0)
            if status:
                raise pytest.UsageError("the tests cannot be measured")
            tests: Tests = pickle.load(file)
        return tests

    def measure(self, target: str) -> int:
        tests, cover_tests = Tests(), cover()
        forked = []
        os.register_at_fork(after_in_parent=lambda: forked.append(True))
        cover_tests.start()
        numbers = range(len(self.items))
        for number, following in zip(numbers, (*numbers[1:], None), strict=True):
            cover_tests.switch_context(str(number))
            forked.clear()
            started = time.perf_counter()
            if self.passes(number, following):
                tests.seconds[number] = time.perf_counter() - started
                if forked:
                    tests.forking.add(number)
        cover_tests.stop()
        data = cover_tests.get_data()
        for path in data.measured_files():
            tests.reached[path] = {
                line: [
                    int(context)
                    for context in contexts
                    if context and int(context) in tests.seconds
                ]
                for line, contexts in data.contexts_by_lineno(path).items()
            }
        with Path(target).open("wb") as file:
            pickle.dump(tests, file)
        return 0

    def passes(self, number: int, following: int | None) -> bool:
        item = self.items[number]
        nextitem = None if following is None else self.items[following]
        self.failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
        return not self.failed

    def files(self, path: Path, tests: Tests) -> dict[str, float]:
        """
        Return the seconds of files of tests, the one that reaches most first.

        Short ones that run no line of the module come last: they may look at it.
        """
        seconds: Counter[str] = Counter()
        reach: Counter[str] = Counter()
        for number, taken in tests.seconds.items():
            seconds[str(self.items[number].path)] += taken
        for lines in tests.reached.get(str(path), {}).values():
            reach.update({str(self.items[number].path) for number in lines})
        left, found = float(BUDGET), {}
        for file in sorted(
            seconds,
            key=lambda file: (-reach[file] / (1 + seconds[file]), seconds[file]),
        ):
            if seconds[file] <= left:
                left -= seconds[file]
                found[file] = seconds[file]
        return found

    # -- with one

    def fates(
        self, path: Path, source: str, mutants: list[Mutant], tests: Tests
    ) -> Iterator[tuple[Mutant, str]]:
        old = compiled(path, source)
        waiting = list(reversed(mutants))
        running: dict[int, tuple[Mutant, dict[CodeType, CodeType], int, bool]] = {}
        while waiting or running:
            while waiting and len(running) < JOBS:
                mutant = waiting.pop()
                change = exchanged(old, compiled(path, mutant.text))
                lines = innermost_statement(source, mutant.line)
                if change is None:
                    yield mutant, "later"
                    continue
                is_early = not self.early.get(str(path), set()).isdisjoint(lines)
                chosen = tests.of(path, lines)
                chosen.sort(key=lambda test: -self.killers[test])
                pipe, end = os.pipe()
                pid = fork(partial(self.survives, change, chosen, tests, end))
                os.close(end)
                running[pid] = mutant, change, pipe, is_early
            if not running:
                break
            pid, status = os.wait()
            mutant, change, pipe, is_early = running.pop(pid)
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)  # what it has started
            with os.fdopen(pipe, "rb") as file:
                said = file.read()
            if os.WIFSIGNALED(status):
                yield mutant, "killed"  # also by the clock: the test would not end
            elif not status:
                yield mutant, "later" if is_early else "surviving"
            elif said and self.is_killer(int(said), change, tests):
                yield mutant, "killed"
            else:
                yield mutant, "later"

    def is_killer(
        self, test: int, change: dict[CodeType, CodeType], tests: Tests
    ) -> bool:
        """Tell whether a test that failed after others is one that sees the change."""
        if test not in self.sound:
            self.sound[test] = self.passes_alone(test, {}, tests)
        if not self.sound[test] or self.passes_alone(test, change, tests):
            return False
        self.killers[test] += 1
        return True

    def passes_alone(
        self, test: int, change: dict[CodeType, CodeType], tests: Tests
    ) -> bool:
        pid = fork(lambda: self.survives(change, [test], tests, None))
        return os.waitpid(pid, 0)[1] == 0

    def survives(
        self,
        change: dict[CodeType, CodeType],
        chosen: list[int],
        tests: Tests,
        pipe: int | None,
    ) -> int:
        for old, new in change.items():
            for function in self.functions[old]:
                function.__code__ = new
        for number, following in zip(chosen, (*chosen, None)[1:], strict=True):
            limit = PATIENCE * tests.seconds[number]
            signal.setitimer(signal.ITIMER_PROF, limit + SECONDS)
            signal.setitimer(signal.ITIMER_REAL, limit + WALL)
            if not self.passes(number, following):
                if pipe is not None:
                    os.write(pipe, str(number).encode())
                return 1
        return 0


def fork(work: Callable[[], int]) -> int:
    """Let a process of its own do this, quietly unless it is to be LOUD."""
    sys.stdout.flush()
    if pid := os.fork():
        return pid
    code = 1
    try:
        os.setpgrp()
        if "LOUD" not in os.environ:
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 1)
            os.dup2(null, 2)
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        sys.stdout.flush()
        os._exit(code)


def cover() -> Coverage:
    return Coverage(data_file=None, config_file=False, include=[f"{SOURCE}/*"])


def compiled(path: Path, text: str) -> CodeType:
    code: CodeType = compile(text, str(path), "exec", dont_inherit=True)
    return code
