"""
Change one thing in a module, see whether a test fails: ``nox -s mutation -- combine``.

The mutants are those of cosmic-ray (conditions, loops, comparisons) and mutmut
(arguments, assignments, values).  Their own runners are too slow or put functions
of theirs between ours, which read the stack and signatures.  So ``swapping`` tries
all tests that reach the change, in a fork of a process that has collected them, and
what is left is imported here as a whole module, in a fork of a process that has
imported all but the package.  ``mutants.toml`` says which mutants cannot be told from
the original, with the reason.  ``.mutation`` has the mutants that were killed; delete
it once a test has become weaker.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import re
import resource
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from itertools import repeat
from multiprocessing import Pool
from typing import TYPE_CHECKING, Any

import pytest
from mutants import SOURCE, TABLE, mutants_of
from swapping import JOBS, Swapping, fork

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutants import Mutant

ROOT = SOURCE.parents[1]
#: The mutants that a test has noticed once, so that a run goes on where one ended.
KILLED = ROOT / ".mutation"
WORDS = "mutants", "killed", "equivalent", "surviving", "undecided"
#: The tests of a file may take so many times what they take without a mutant, in
#: seconds of the processor, and these seconds more to be imported.
PATIENCE, IMPORT = 4, 20
MEMORY = 4 << 30
#: pytest would find the module of a plugin itself, to rewrite its assertions.
ALONE = "-pno:cacheprovider", "-pno:xdist", "--assert=plain", "-xqs", "--tb=short"
#: They ask another process, which has no mutant, or take too long.
SKIPPED = "-k", "not (" + " or ".join(TABLE["skipped"]) + ")"
#: Which tests, if not all.
TESTS = os.environ.get("TESTS", "").split()
#: What the tests import beside the package, imported once.
PRELOADED = "hypothesis.stateful hypothesis.strategies sybil attrs cloudpickle"


class Module:
    """A module, the mutants of it that are not decided, and what became of the rest."""

    def __init__(
        self, path: Path, every: list[Mutant], wanted: re.Pattern[str]
    ) -> None:
        self.path, self.source = path, path.read_text()
        where = path.relative_to(SOURCE).with_suffix("")
        self.name = str(where.parent if where.name == "__init__" else where)
        mutants = [mutant for mutant in every if wanted.search(str(mutant))]
        rows = [row for row in TABLE["equivalent"] if row["module"] == self.name]
        for row in rows:
            if not any(mutant.is_in(row) for mutant in every):
                sys.exit(f"mutants.toml: no mutant of {self.name} is {row}")
        real = [mutant for mutant in mutants if not any(map(mutant.is_in, rows))]
        KILLED.mkdir(exist_ok=True)
        self.record = (KILLED / self.name.replace("/", "-")).open("a+")
        self.record.seek(0)
        known = set(self.record.read().split())
        self.left = {m.digest: m for m in real if m.digest not in known}
        equivalent, killed = len(mutants) - len(real), len(real) - len(self.left)
        self.count = Counter(mutants=len(mutants), equivalent=equivalent, killed=killed)

    def decide(self, mutant: Mutant, fate: str) -> None:
        del self.left[mutant.digest]
        self.count[fate] += 1
        if fate == "killed":
            print(mutant.digest, file=self.record, flush=True)
        else:
            print(f"{fate}: {self.name}: {mutant}", flush=True)

    def score(self) -> str:
        real = self.count["mutants"] - self.count["equivalent"]
        listed = ", ".join(f"{self.count[word]} {word}" for word in WORDS)
        rate = f"{self.count['killed'] / real:.1%}" if real else "nothing to kill"
        return f"{self.name}: {listed}: {rate}"


# -- quickly ------------------------------------------------------------------


def try_quickly(modules: list[Module]) -> dict[str, dict[str, float]]:
    """Decide most mutants; return the test files that reach a module, and seconds."""
    pipe, end = os.pipe()
    pid = fork(lambda: swap(modules, end))
    os.close(end)
    by_path = {str(module.path): module for module in modules}
    files: dict[str, dict[str, float]] = {}
    for line in os.fdopen(pipe):
        match json.loads(line):
            case [path, digest, fate] if fate != "later":
                module = by_path[path]
                module.decide(module.left[digest], fate)
            case dict() as said:
                files = said
    if os.waitpid(pid, 0)[1]:
        sys.exit("the tests fail without a mutant")
    return files


def swap(modules: list[Module], end: int) -> int:
    def tell(what: Any) -> None:
        os.write(end, json.dumps(what).encode() + b"\n")

    plugin = Swapping(
        [
            (module.path, module.source, list(module.left.values()))
            for module in modules
        ],
        lambda path, mutant, fate: tell((str(path), mutant.digest, fate)),
        tell,
    )
    return int(pytest.main([*ALONE, *SKIPPED, *TESTS], [plugin]))


# -- as a whole ---------------------------------------------------------------


class Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self.text = text

    def get_code(self, fullname: str) -> Any:
        return compile(self.text, self.path, "exec", dont_inherit=True)


class Finder:
    """Finds the mutant in place of the module."""

    def __init__(self, path: Path, text: str) -> None:
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        self.is_package = parts[-1] == "__init__"
        self.name = ".".join(parts[:-1] if self.is_package else parts)
        self.path, self.text = path, text

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name != self.name:
            return None
        return spec_from_file_location(
            name,
            self.path,
            loader=Loader(name, str(self.path), self.text),
            submodule_search_locations=[str(self.path.parent)] * self.is_package
            or None,
        )


def run_tests(path: Path, text: str, files: dict[str, float]) -> int:
    """Run the tests on a mutant until one fails, in a process of this one's own."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.meta_path.insert(0, Finder(path, text))
    for file, seconds in files.items():
        signal.setitimer(signal.ITIMER_PROF, PATIENCE * seconds + IMPORT)
        if code := pytest.main([*ALONE, *SKIPPED, file]):
            return int(code)
    return 0


def finish(pid: int, deadline: float) -> str | None:
    """Say what became of a mutant, once its tests have ended or were too slow."""
    found, status, _ = os.wait4(pid, os.WNOHANG)
    if not found and time.monotonic() < deadline:
        return None
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # with what it has started
    if not found:
        os.wait4(pid, 0)
        return "undecided"  # it hangs, or others keep the machine busy
    return "killed" if status else "surviving"


def fates(module: Module, files: dict[str, float]) -> Iterator[tuple[Mutant, str]]:
    waiting = list(reversed(module.left.values()))
    seconds = PATIENCE * sum(files.values()) + IMPORT * len(files)
    running: dict[int, tuple[Mutant, float]] = {}
    while waiting or running:
        while waiting and len(running) < JOBS:
            mutant = waiting.pop()
            pid = fork(lambda text=mutant.text: run_tests(module.path, text, files))
            running[pid] = mutant, time.monotonic() + PATIENCE * seconds
        time.sleep(0.02)
        for pid, (mutant, deadline) in list(running.items()):
            if (fate := finish(pid, deadline)) is not None:
                del running[pid]
                yield mutant, fate


def mutants_in(path: Path) -> list[Mutant]:
    return list(mutants_of(path.read_text()))


def main(names: list[str]) -> None:
    os.environ["HYPOTHESIS_PROFILE"] = "mutation"
    os.chdir(ROOT)
    for name in PRELOADED.split():
        importlib.import_module(name)
    assert "metapatterns" not in sys.modules
    gc.freeze()
    wanted = re.compile(os.environ.get("MUTANTS", ""))  # in what is printed of one
    paths = {
        path: None
        for name in names or TABLE["modules"]
        for path in sorted((*SOURCE.glob(f"{name}.py"), *SOURCE.glob(f"{name}/*.py")))
    }
    with Pool(JOBS) as pool:
        mutants = pool.map(mutants_in, paths, chunksize=1)
    modules = list(map(Module, paths, mutants, repeat(wanted)))
    files = try_quickly(modules)
    for module in modules:
        for mutant, fate in fates(module, files.get(str(module.path), {})):
            module.decide(mutant, fate)
        print(module.score(), flush=True)


main(sys.argv[1:])
