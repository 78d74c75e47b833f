"""
Change one thing in a module, see whether a test fails: ``nox -s mutation -- combine``.

The mutants are those of cosmic-ray (conditions, loops, comparisons) and mutmut
(arguments, assignments, values).  Their own runners are too slow or put functions
of theirs between ours, which read the stack and signatures; so each mutant is a
whole module here, imported in a fork of a process that has imported the rest.
``mutants.toml`` says which tests a module has to satisfy, and which mutants cannot
be told from the original, with the reason.  ``.mutation`` has the mutants that were
killed; delete it once a test has become weaker.
"""

from __future__ import annotations

import ast
import difflib
import gc
import hashlib
import importlib
import os
import re
import resource
import signal
import sys
import time
import tomllib
import traceback
from collections import Counter
from contextlib import suppress
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, NamedTuple

import libcst
import libcst.metadata
import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from mutmut.mutation import mutators

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HOME = Path(__file__).parent
ROOT = HOME.parent.parent
SOURCE = ROOT / "src/metapatterns"
#: The mutants that a test has noticed once, so that a run goes on where one ended.
KILLED = ROOT / ".mutation"
TABLE: dict[str, Any] = tomllib.loads((HOME / "mutants.toml").read_text())
WORDS = "mutants", "killed", "equivalent", "surviving", "undecided"
JOBS = os.cpu_count() or 1
#: A mutant may take so many times what the tests take, in seconds of the processor,
#: and as many times those by the clock.
PATIENCE = 4
MEMORY = 4 << 30
#: pytest would find the module of a plugin itself, to rewrite its assertions.
ALONE = "-pno:cacheprovider", "-pno:xdist", "--assert=plain"
#: They ask another process, which has no mutant.
SKIPPED = "-k", "not (" + " or ".join(TABLE["skipped"]) + ")"
#: What the tests import beside the package, imported once.
PRELOADED = "hypothesis.stateful hypothesis.strategies sybil attrs cloudpickle"

# -- what is changed ----------------------------------------------------------


class Mutant(NamedTuple):
    where: str
    before: str
    after: str
    line: int
    text: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def is_in(self, row: dict[str, str]) -> bool:
        """Tell whether a row of the table means this; without `after`, any change."""
        return (
            row["in"] == self.where
            and row["before"] == self.before
            and row.get("after", self.after) == self.after
        )

    def __str__(self) -> str:
        return f"{self.where}, line {self.line}\n  - {self.before}\n  + {self.after}"


def mutants_of(source: str) -> Iterator[Mutant]:
    seen = {meaning(source)}
    for text in (*by_cosmic_ray(source), *by_mutmut(source)):
        try:
            compile(text, "<mutant>", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        if (dump := meaning(text)) not in seen:
            seen.add(dump)
            yield described(source, text)


def by_cosmic_ray(source: str) -> Iterator[str]:
    nodes = list(ast_nodes(get_ast(source)))
    for name in operator_names():
        operator = get_operator(name)
        if name not in TABLE["cosmic-ray"]:
            continue
        count = sum(len(list(operator().mutation_positions(node))) for node in nodes)
        for occurrence in range(count):
            yield mutate_code(source, operator(), occurrence)


def by_mutmut(source: str) -> Iterator[str]:
    tree = libcst.metadata.MetadataWrapper(libcst.parse_module(source))
    text = source.encode()
    for node, span in tree.resolve(libcst.metadata.ByteSpanPositionProvider).items():
        for kind, operator in mutators.mutation_operators:
            if isinstance(node, kind) and operator.__name__ in TABLE["mutmut"]:
                for changed in operator(node):
                    code = tree.module.code_for_node(changed).strip().encode()
                    rest = text[span.start + span.length :]
                    yield (text[: span.start] + code + rest).decode()


class Running(ast.NodeTransformer):
    """What is left of a module when it runs: no annotations, no docstrings."""

    def visit(self, node: Any) -> Any:
        for name in "annotation", "returns":
            if hasattr(node, name):
                setattr(node, name, None)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return ast.Pass()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return self.generic_visit(ast.Module(node.orelse, []))
        if (
            isinstance(node, ast.Assign)
            and ast.unparse(node.targets) == "TYPE_CHECKING"
        ):
            return None
        if isinstance(node, ast.FunctionDef) and ast.unparse(node.body) == "...":
            return None
        return self.generic_visit(node)


def meaning(source: str) -> str:
    return ast.dump(Running().visit(ast.parse(source)))


def described(source: str, text: str) -> Mutant:
    old, new = source.splitlines(), text.splitlines()
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    changes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    start, end = changes[0][1], changes[-1][2]
    before, after = old[start:end], new[changes[0][3] : changes[-1][4]]
    return Mutant(
        definition(source, start + 1), flat(before), flat(after), start + 1, text
    )


def flat(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)


def definition(source: str, line: int) -> str:
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            assert node.end_lineno
            if node.lineno <= line <= node.end_lineno:
                names.append(node.name)
    return ".".join(names) or "the module"


# -- what is run --------------------------------------------------------------


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
        self.asked = False

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name != self.name:
            return None
        self.asked = True
        return spec_from_file_location(
            name,
            self.path,
            loader=Loader(name, str(self.path), self.text),
            submodule_search_locations=[str(self.path.parent)] * self.is_package
            or None,
        )


def run_tests(path: Path, text: str, tests: list[str], seconds: int) -> int:
    """Run the tests on a mutant until one fails, in a process of this one's own."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    sys.meta_path.insert(0, finder := Finder(path, text))
    for test in tests:
        if code := pytest.main(["-xq", *ALONE, "--tb=no", *SKIPPED, test]):
            return int(code)
    if not finder.asked:
        print(f"no test has imported {finder.name}")
    return int(not finder.asked)


def start(path: Path, text: str, tests: list[str], seconds: int, log: Path) -> int:
    sys.stdout.flush()
    if pid := os.fork():
        return pid
    code = 1
    try:
        os.setpgrp()
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        code = run_tests(path, text, tests, seconds)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        sys.stdout.flush()
        os._exit(code)


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


def fates(
    path: Path, mutants: Iterable[Mutant], tests: list[str], seconds: int
) -> Iterator[tuple[Mutant, str]]:
    waiting = list(reversed(list(mutants)))
    running: dict[int, tuple[Mutant, float]] = {}
    while waiting or running:
        while waiting and len(running) < JOBS:
            mutant = waiting.pop()
            pid = start(path, mutant.text, tests, seconds, Path(os.devnull))
            busy = max(1, os.getloadavg()[0] / JOBS)
            running[pid] = mutant, time.monotonic() + PATIENCE * seconds * busy
        time.sleep(0.02)
        for pid, (mutant, deadline) in list(running.items()):
            if (fate := finish(pid, deadline)) is not None:
                del running[pid]
                yield mutant, fate


def examine(module: str, wanted: re.Pattern[str]) -> Counter[str]:
    """Try the mutants of a module, print those that survive, and count them all."""
    path = SOURCE / f"{module}.py"
    if not path.is_file():
        path = SOURCE / module / "__init__.py"
    source = path.read_text()
    tests = [f"tests/{name}.py" for name in TABLE["tests"][module]]
    seconds = seconds_for(path, source, tests)
    mutants = [mutant for mutant in mutants_of(source) if wanted.search(str(mutant))]
    rows = [row for row in TABLE["equivalent"] if row["module"] == module]
    real = [mutant for mutant in mutants if not any(map(mutant.is_in, rows))]
    count = Counter(mutants=len(mutants), equivalent=len(mutants) - len(real))
    KILLED.mkdir(exist_ok=True)
    with (KILLED / module.replace("/", "-")).open("a+") as record:
        record.seek(0)
        known = set(record.read().split())
        left = [mutant for mutant in real if mutant.digest not in known]
        count["killed"] = len(real) - len(left)
        for mutant, fate in fates(path, left, tests, seconds):
            count[fate] += 1
            if fate == "killed":
                print(mutant.digest, file=record, flush=True)
            else:
                print(f"{fate}: {mutant}", flush=True)
    return count


def seconds_for(path: Path, source: str, tests: list[str]) -> int:
    """Demand that the tests pass without a mutant; return how long they may take."""
    with NamedTemporaryFile() as log:
        pid = start(path, source, tests, 3600, Path(log.name))
        _, status, usage = os.wait4(pid, 0)
        if status:
            sys.exit(f"{path}: the tests fail without a mutant\n{log.read().decode()}")
    return int(PATIENCE * (usage.ru_utime + usage.ru_stime)) + 5


def main(modules: list[str]) -> None:
    os.environ["HYPOTHESIS_PROFILE"] = "mutation"
    os.chdir(ROOT)
    for name in PRELOADED.split():
        importlib.import_module(name)
    assert "metapatterns" not in sys.modules
    gc.freeze()
    wanted = re.compile(os.environ.get("MUTANTS", ""))  # in what is printed of one
    for module in modules or TABLE["tests"]:
        count = examine(module, wanted)
        real = count["mutants"] - count["equivalent"]
        listed = ", ".join(f"{count[word]} {word}" for word in WORDS)
        score = f"{count['killed'] / real:.1%}" if real else "nothing to kill"
        print(f"{module}: {listed}: {score}", flush=True)


main(sys.argv[1:])
