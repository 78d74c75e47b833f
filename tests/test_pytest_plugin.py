"""The pytest plugin, in test runs of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import metapatterns
from metapatterns.tools._audit import _modules

pytest_plugins = ["pytester"]

PLUGIN = "metapatterns.pytest_plugin"
#: Where the package is installed, pytest loads the plugin by itself.
LOAD = () if entry_points(group="pytest11", name="metapatterns") else ("-p", PLUGIN)
SOURCE = Path(metapatterns.__file__).parent.parent


@pytest.fixture
def run(pytester):
    """Run pytest with the plugin, within this process."""
    before = set(sys.modules)
    pytester.syspathinsert()

    def run(*arguments):
        return pytester.runpytest_inprocess(*LOAD, "-p", "no:cacheprovider", *arguments)

    yield run
    for name in set(sys.modules) - before:
        if name.startswith(("test_", "suite", "product")):
            del sys.modules[name]


# -- silent until used --------------------------------------------------------


def test_loads_nothing_until_it_is_used(pytester):
    """A run that uses nothing of it loads the plugin's own module and no more."""
    pytester.makepyfile(
        """
        import sys

        def test_nothing():
            loaded = {name for name in sys.modules if name.startswith("metapatterns")}
            assert loaded == {"metapatterns", "metapatterns.pytest_plugin"}

        def test_failure():
            raise TypeError("something else")
        """
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", PLUGIN],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment,
        cwd=pytester.path,
    )

    assert "1 failed, 1 passed" in done.stdout
    assert "- metapatterns -" not in done.stdout


def test_imports_only_the_standard_library():
    """Beside pytest, importing the plugin loads no other distribution."""
    code = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        f"import {PLUGIN}\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(new - sys.stdlib_module_names)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )

    assert done.stdout.strip() == "{'metapatterns'}"


# -- fixtures -----------------------------------------------------------------


def test_fixtures(pytester, run):
    """Each gives a test its own state, and the state of before is back afterwards."""
    pytester.makepyfile(
        """
        from metapatterns import RegistryMixin, SingletonMeta, registry_of

        class Config(metaclass=SingletonMeta):
            pass

        class Other(metaclass=SingletonMeta):
            pass

        class Exporter(RegistryMixin):
            pass

        first, other = Config(), Other()

        def test_scope(singleton_scope):
            assert Config() is first
            singleton_scope(Config)
            assert Config() is not first
            singleton_scope(Other)
            assert Other() is not other

        def test_override(override_singleton):
            fake = object()
            assert override_singleton(Config, fake) is fake
            assert Config() is fake

        def test_after():
            assert (Config(), Other()) == (first, other)

        def test_registry(registry_scope):
            class Early(Exporter, key="early"): ...
            registry_scope(Exporter)
            class Fake(Exporter, key="fake"): ...
            assert list(registry_of(Exporter)) == ["early", "fake"]

        def test_registry_after():
            assert list(registry_of(Exporter)) == ["early"]

        def test_reset(reset_singleton):
            global second
            assert reset_singleton(Config) is first
            second = Config()
            assert second is not first

        def test_reset_after():
            assert Config() not in (first, second)

        def test_refused(singleton_scope):
            singleton_scope(int)
        """
    )
    result = run()

    result.assert_outcomes(passed=7, failed=1)
    result.stdout.fnmatch_lines(["*TypeError: *int*"])


def test_fixtures_are_listed(pytester, run):
    """`pytest --fixtures` names them, with what they do."""
    result = run("--fixtures")

    result.stdout.fnmatch_lines_random(
        [
            "reset_singleton*",
            "singleton_scope*",
            "override_singleton*",
            "registry_scope*",
            "*Undo what the test registers.",
        ]
    )


# -- duplicate test methods ---------------------------------------------------

HIDING = """
class TestSuite:
    def test_one(self):
        assert 0, "this never runs"
    def test_one(self):
        pass
"""


@pytest.mark.parametrize("target", ["suite", "suite.test_hiding"])
def test_duplicates_fail_the_run(pytester, run, target):
    """A package is imported as a whole, whichever of its tests are selected."""
    suite = pytester.mkpydir("suite")
    (suite / "test_hiding.py").write_text(HIDING)
    (suite / "test_fine.py").write_text("def test_two(): pass")
    everything = run("--metapatterns-audit", target)
    selected = run("--metapatterns-audit", target, "suite/test_fine.py", "-k", "two")

    everything.assert_outcomes(passed=2, failed=1)
    selected.assert_outcomes(passed=1, failed=1)
    for result in (everything, selected):
        result.stdout.fnmatch_lines(
            [
                f"*_ metapatterns-audit?{target}? _*",
                "*test_hiding.py:5: MP101 class 'TestSuite' binds 'test_one' again, *",
                "1 finding in 1 class",
            ]
        )
        assert result.ret == 1


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
@pytest.mark.parametrize("target", [".", "test_hiding.py", "tests"])
def test_duplicates_in_a_folder(pytester, run, mode, target):
    """Tests that are in no package are named by their folder, or their file."""
    folder = pytester.mkdir("tests") if target == "tests" else pytester.path
    (folder / "test_hiding.py").write_text(HIDING)
    result = run("--metapatterns-audit", target, f"--import-mode={mode}")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*MP101 class 'TestSuite' *"])


def test_no_duplicates(pytester, run):
    """The run passes where there are none, or a line says that they are meant."""
    noted = HIDING.replace(
        "test_one(self):\n        pass", "test_one(self):  # noqa\n        pass"
    )
    suite = pytester.mkpydir("suite")
    (suite / "test_noted.py").write_text(noted)
    pytester.makepyfile(test_outside=HIDING)
    result = run("--metapatterns-audit=suite", "--metapatterns-audit", "json", "-v")

    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*metapatterns-audit?suite,json? PASSED*"])


def test_duplicates_with_unittest(pytester, run):
    """A `TestCase` hides tests as any class does."""
    pytester.mkpydir("suite")
    body = HIDING.replace("TestSuite", "Suite(TestCase)")
    Path(pytester.path, "suite", "test_case.py").write_text(
        "from unittest import TestCase\n" + body
    )

    run("--metapatterns-audit=suite").assert_outcomes(passed=1, failed=1)


def test_packages_that_cannot_be_imported(pytester, run):
    """A misspelt package fails the run in one line."""
    pytester.makepyfile("def test(): pass")
    result = run("--metapatterns-audit=nowhere_at_all")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["cannot import 'nowhere_at_all': ModuleNotFoundError: No module named *"]
    )


def test_an_audit_that_breaks(pytester, run, monkeypatch):
    """An error of another kind keeps its traceback."""
    pytester.makepyfile("def test(): pass")
    monkeypatch.setattr(_modules, "names_below", lambda package: 1 / 0)
    result = run("--metapatterns-audit=json")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError*"])


@pytest.mark.skipif(sys.platform == "emscripten", reason="no process starts here")
def test_duplicates_with_xdist(pytester, run):
    """The item runs once where tests are spread over processes."""
    pytest.importorskip("xdist")
    suite = pytester.mkpydir("suite")
    (suite / "test_hiding.py").write_text(HIDING)
    pytester.makeconftest("")
    result = run("--metapatterns-audit=suite", "-n2", "-p", "xdist")

    result.assert_outcomes(passed=1, failed=1)


# -- metaclass conflicts ------------------------------------------------------

CLASSES = """
import abc, types

class M(type):
    def __new__(mcls, name, bases, namespace):
        return super().__new__(mcls, name, bases, namespace)

class A(metaclass=M): pass
"""


@pytest.mark.parametrize(
    "statement",
    [
        "class X(A, abc.ABC): pass",
        "class X(\n        A,\n        abc.ABC,\n    ):\n        pass",
        "@print\n    class X(A, abc.ABC): pass",
        "class X(A, metaclass=abc.ABCMeta, key=1): pass",
        "class X(A, abc.Nothing if 0 else abc.ABC, abc.ABC): pass",
        "type('X', (A, abc.ABC), {})",
        "types.new_class('X', (A, abc.ABC))",
        "abc.ABCMeta('X', (A, abc.ABC), {})",
        "M('X', (abc.ABC,), {})",
        "import typing\n    class X(A, typing.Sequence[int]): pass",
        "bases = [A, abc.ABC]\n    class X(*bases): pass",
        "parts = A, abc.ABC\n    class X(*parts): pass",
    ],
)
def test_explanation_of_a_conflict(pytester, run, statement):
    """The report of a test names the metaclasses under the traceback."""
    pytester.makepyfile(CLASSES + f"def test():\n    {statement}\n")
    result = run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *TypeError: metaclass conflict: *",
            "-* metapatterns -*",
            "*unrelated metaclasses*",
        ]
    )


def test_explanation_of_a_conflict_of_our_own(pytester, run):
    """What ``combine_metaclasses`` refuses is explained in the report as well."""
    pytester.makepyfile(
        """
        import pytest
        from metapatterns import MetaclassConflictError, combine_metaclasses

        class A(type): pass
        class B(type): pass
        class X(A, B): pass
        class Y(B, A): pass

        def test():
            combine_metaclasses(X, Y)

        def test_without():
            raise MetaclassConflictError("of my own")
        """
    )
    result = run()

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "E *MetaclassConflictError: *",
            "-* metapatterns -*",
            "X, Y in one class: no.*",
        ]
    )
    assert result.stdout.str().count("- metapatterns -") == 1


def test_explanation_while_collecting(pytester, run):
    """A conflict at the top of a test module is explained too."""
    pytester.makepyfile(CLASSES + "class X(A, abc.ABC): pass\n")
    result = run("--metapatterns-audit=.")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["-* metapatterns -*", "*A brings*"])


@pytest.mark.parametrize(
    "statement",
    [
        "bases = 3\n    class X(*iter(parts)): pass",
        "type('X', parts, {})",
        "raise TypeError('metaclass conflict: of my own')",
        "both = iter(parts)\n    class X(*both): pass",
        "exec('class X(*parts): pass', {'parts': parts, '__name__': 'x'})",
    ],
)
def test_conflicts_that_nobody_can_explain(pytester, run, statement):
    """Where the bases cannot be read, the report is as it was."""
    pytester.makepyfile(CLASSES + f"parts = A, abc.ABC\ndef test():\n    {statement}\n")
    result = run()

    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("-* metapatterns -*")


def test_conflicts_that_are_expected(pytester, run):
    """A test that passes, is skipped or is expected to fail has nothing added."""
    pytester.makepyfile(
        CLASSES
        + """
import pytest

def test_raises():
    with pytest.raises(TypeError):
        class X(A, abc.ABC): pass

@pytest.mark.xfail
def test_expected():
    class X(A, abc.ABC): pass

def test_skipped():
    pytest.skip()
"""
    )
    result = run("-rA", "--xfail-tb")

    result.assert_outcomes(passed=1, xfailed=1, skipped=1)
    result.stdout.no_fnmatch_line("-* metapatterns -*")


def test_explanation_in_other_styles(pytester, run):
    """With `--tb=native` there is room for the explanation, with `--tb=no` none."""
    pytester.makepyfile(CLASSES + "def test():\n    class X(A, abc.ABC): pass\n")

    run("--tb=native").stdout.fnmatch_lines(["-* metapatterns -*"])
    run("--tb=no").stdout.no_fnmatch_line("-* metapatterns -*")


def test_source_that_was_edited(pytester):
    """What is no Python any more is passed over."""
    from metapatterns.tools._explain import _conflicts

    assert list(_conflicts.expressions("class (", 1)) == []
    assert _conflicts.explanation(TypeError()) is None
