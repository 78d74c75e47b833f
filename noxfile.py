"""
Every check of this project: ``python -m nox`` runs them all, ``nox -l`` lists them.

Arguments after ``--`` reach the tool inside: ``nox -s tests-3.13 -- -k final``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import nox

nox.needs_version = ">=2025.11.12"
nox.options.default_venv_backend = "virtualenv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False  # skipped, and said so
# Each environment imports a small part of what it holds: Python compiles that part.
os.environ["PIP_NO_COMPILE"] = "1"
ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml("pyproject.toml")
SUPPORTED = nox.project.python_versions(PYPROJECT)
PYTHONS = nox.project.python_versions(PYPROJECT, max_version="3.16")
FREE_THREADED = ["3.14t", "3.15t"]  # what the tests need has no wheels for 3.13t


def is_found(version: str) -> bool:
    """Tell whether this interpreter starts: a shim may stand where none is."""
    python = shutil.which(f"python{version}")
    if python is None:
        return False
    trial = subprocess.run([python, "-c", ""], check=False, stderr=subprocess.DEVNULL)
    return trial.returncode == 0


FRAMEWORK_TESTS = (
    "tests/frameworks",
    "tests/test_logger.py",
    "tests/test_singleton.py",
)
#: Forks a child for each pair of bases, which takes ten times as long when measured.
FORKING = "tests/frameworks/test_tools.py"
#: The last release of each line that is younger than two years; `mypy_plugin.KNOWN`
#: names the first line and the last.
MYPY_LINES = [
    "1.14.1",
    "1.15.0",
    "1.16.1",
    "1.17.1",
    "1.18.2",
    "1.19.1",
    "1.20.2",
    "2.0.0",
    "2.1.0",
    "2.2.0",
    "2.3.1",
    "2.4.1",
]

#: Its version numbers begin with CPython's.
PYODIDE = "pyodide@314.0.7"

#: Tests run in a process for each core; the blocks of a page one after another.
PARALLEL = ("-n=auto", "--dist=worksteal")
PAGES = ("README.md", "docs", "src")
#: No test may be left, where a part was asked for.
NONE_OR_ALL = (0, 5)
#: Each test of the mypy plugin runs mypy, so one interpreter has to do.
ONCE = {True: (), False: ("--ignore=tests/test_mypy_plugin.py",)}
FOUND = [version for version in PYTHONS if is_found(version)]
#: Frameworks have no wheels for a Python that is not out yet.
RELEASED = [version for version in FOUND if version in SUPPORTED]
OUTERMOST = [*RELEASED[:1], *RELEASED[1:][-1:]]
MEASURED = [*FOUND[:1], *FOUND[1:][-1:]]

nox.options.sessions = [
    "lint",
    "typing",
    "typing_public",
    "tests",
    "frameworks",
    "coverage",
    "wasm",
    "docs",
    "package",
    *(f"benchmarks-{version}" for version in OUTERMOST[-1:]),
]


def group(name: str) -> tuple[str, ...]:
    return nox.project.dependency_groups(PYPROJECT, name)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    session.install(*group("lint"))

    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")


@nox.session
def typing(session: nox.Session) -> None:
    """Check types, for the oldest and the newest Python supported."""
    session.install("-e", ".[cli]", *group("typing"))

    for version in SUPPORTED[0], SUPPORTED[-1]:
        session.run("mypy", f"--python-version={version}")
        session.run("pyright", f"--pythonversion={version}")
    session.run("python", "-m", "typing_tests.run", *session.posargs)


@nox.session
def typing_public(session: nox.Session) -> None:
    """Demand a type for every public symbol, and that types and code agree."""
    session.install(".[cli]", *group("typing"))

    session.run("python", "-m", "typing_tests.complete")


@nox.session
@nox.parametrize("mypy", MYPY_LINES)
def typing_mypy_lines(session: nox.Session, mypy: str) -> None:
    """Run the plugin in every release line of mypy that is younger than two years."""
    session.install("-e", ".", *group("typing"))
    session.install(f"mypy=={mypy}")

    session.run("python", "-m", "typing_tests.run", "plugin")
    session.run("pytest", "tests/test_mypy_plugin.py", *PARALLEL, *session.posargs)


@nox.session(python=[*PYTHONS, *FREE_THREADED])
def tests(session: nox.Session) -> None:
    """Run the tests, and every example in documentation and docstrings."""
    session.install("-e", ".", *group("tests"))

    pytest = pytest_of(session)
    tests = "tests", *PARALLEL, *ONCE[session.python == FOUND[-1]]
    session.run(*pytest, *tests, *session.posargs, success_codes=NONE_OR_ALL)
    session.run(*pytest, *PAGES, *session.posargs, success_codes=NONE_OR_ALL)


def pytest_of(session: nox.Session) -> tuple[str, ...]:
    """Measure coverage on the oldest and the newest Python, which have all branches."""
    if session.python not in MEASURED:
        session.env["HYPOTHESIS_PROFILE"] = "quick"  # the outermost are thorough
        return ("pytest",)
    session.env["COVERAGE_FILE"] = f".coverage.{session.name}"
    session.run("coverage", "erase")  # what an earlier run left
    return "coverage", "run", "-m", "pytest"


@nox.session
def wasm(session: nox.Session) -> None:
    """Run the tests on CPython in WebAssembly, where no thread and no process starts."""
    node = install_wasm(session, *group("tests"))
    session.run(*node, "pytest", *session.posargs, *ONCE[False], external=True)


def install_wasm(session: nox.Session, *requirements: str) -> tuple[str, ...]:
    """Install CPython in WebAssembly; return the command that runs a module on it."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        session.skip("node and npm, which run CPython in WebAssembly, are not found")
    home = Path(session.virtualenv.location) / "wasm"
    npm = "npm", "install", "--no-audit", "--no-fund", f"--prefix={home}", PYODIDE
    session.run_install(*npm, external=True, silent=True)
    pyodide = home / "node_modules/pyodide"
    build = json.loads((pyodide / "pyodide-lock.json").read_text())["info"]
    packages = home / "packages"
    session.install(
        "--upgrade",
        f"--target={packages}",
        f"--python-version={build['python']}",
        f"--platform=pyemscripten_{build['abi_version']}_{build['arch']}",
        "--only-binary=:all:",
        *PYPROJECT["project"]["dependencies"],
        *requirements,
    )
    session.install("--upgrade", f"--target={packages}", "--no-deps", "-e", ".")

    # Python code that recurses takes the stack of node, which aborts when that is full.
    node = "node", "--stack-size=6000", "tests/wasm/run.mjs"
    return *node, str(pyodide), str(packages), str(ROOT)


@nox.session(python=[*PYTHONS, *FREE_THREADED])
def endurance(session: nox.Session) -> None:
    """Abuse threads, processes and classes a hundred times longer; print the figures."""
    session.install("-e", ".", *group("tests"))
    session.env["METAPATTERNS_ENDURANCE"] = "100"

    session.run("pytest", "tests/endurance", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Demand that the interpreters together reach every line and branch."""
    session.install(*group("coverage"))

    session.run("coverage", "combine")
    session.run("coverage", "report", *session.posargs)


@nox.session(python=OUTERMOST)
def frameworks(session: nox.Session) -> None:
    """Run the tests against real frameworks, oldest and newest Python found."""
    session.install("-e", ".", *group("frameworks"))

    if session.posargs:
        session.run("pytest", *PARALLEL, *session.posargs)
        return
    # Tests of loggers and pages of the manual that use frameworks skip elsewhere.
    session.run(*pytest_of(session), *PARALLEL, *FRAMEWORK_TESTS, f"--ignore={FORKING}")
    session.run("pytest", *PARALLEL, FORKING)
    session.run("pytest", "docs/how-to")


@nox.session
def mutation(session: nox.Session) -> None:
    """Change one thing at a time: does a test fail?  In the modules that you name."""
    session.install("-e", ".", *group("mutation"))

    session.run("python", "tests/mutation/run.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a dead reference is an error."""
    session.install("-e", ".", *group("docs"))

    html = ROOT / "docs/_build/html"
    options = "-nWET", "--keep-going", *session.posargs
    session.run("sphinx-build", *options, "docs", str(html))


@nox.session(python=OUTERMOST)
def benchmarks(session: nox.Session) -> None:
    """Measure beside the peers; without arguments, only prove that all still runs."""
    session.install(".", *group("benchmarks"))

    session.run("python", "-m", "benchmarks", *(session.posargs or ["--quick"]))


@nox.session
def benchmarks_wasm(session: nox.Session) -> None:
    """Measure attribute access on CPython in WebAssembly; keep it for the manual."""
    options = "--only=attributes", "--json=benchmarks/results/3.14.json"
    node = install_wasm(session)
    session.run(*node, "benchmarks", *(session.posargs or options), external=True)


@nox.session
def package(session: nox.Session) -> None:
    """Build what is published, install the wheel, and test that."""
    session.install(*group("package"), *group("tests"))
    dist = session.create_tmp()
    shutil.rmtree(dist)
    session.env.pop("TMPDIR", None)  # tests that run pytest must not find our conftest

    session.run("python", "-m", "build", f"--outdir={dist}", silent=True)
    (wheel,) = Path(dist).glob("*.whl")
    session.install(str(wheel))
    session.run("python", "-I", "-c", CHECK_INSTALLED, PYPROJECT["project"]["version"])
    session.env["HYPOTHESIS_PROFILE"] = "quick"  # the sessions before were thorough
    session.run("pytest", "tests", *PARALLEL, *session.posargs, *ONCE[False])
    session.run("pytest", "README.md", "docs", *session.posargs)


CHECK_INSTALLED = """
import importlib.metadata, pathlib, sys
import metapatterns

home = pathlib.Path(metapatterns.__file__).parent
assert home.parent.name == "site-packages", home
assert (home / "py.typed").is_file(), "py.typed is missing"
assert importlib.metadata.version("metapatterns") == sys.argv[1]

names = {}
exec("from metapatterns import *", names)
del names["__builtins__"]
assert sorted(names) == metapatterns.__all__, names.keys() ^ {*metapatterns.__all__}
"""
