"""``python -m metapatterns explain``, ``record`` and ``audit``, as users run them."""

from __future__ import annotations

import importlib
import io
import json
import os
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import pytest

import metapatterns
from metapatterns import __main__ as command
from metapatterns.tools import _terminal
from metapatterns.tools._importing import why_not_imported

SOURCE = Path(metapatterns.__file__).parent.parent
WRONG = """
class Suite:
    def test_a(self): ...
    def test_a(self): ...
"""

#: A module that puts something else in its own place.
ODD = """
import sys
class Odd:
    def __getattr__(self, name):
        raise RuntimeError(name)
    def test_a(self): ...
    def test_a(self): ...
sys.modules[__name__] = Odd()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working directory with modules, which are forgotten afterwards."""
    (tmp_path / "told_wrong.py").write_text(WRONG)
    (tmp_path / "told_right.py").write_text("print('hello')\nclass Right: ...\n")
    (tmp_path / "told_broken.py").write_text("1 /\\\n 0\n")
    (tmp_path / "told_odd.py").write_text(ODD)
    (tmp_path / "told_asking.py").write_text("input()\nclass Asking: ...\n")
    (tmp_path / "told_stopped.py").write_text("raise KeyboardInterrupt\n")
    package = tmp_path / "told_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "missing.py").write_text("import nowhere_at_all\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("told_")]:
        del sys.modules[name]


def run(*arguments, code=0, **options):
    """Run the command in a process of its own, and demand its exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "metapatterns", *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        **options,
    )
    assert done.returncode == code, done
    return done


# -- help and errors ----------------------------------------------------------


@pytest.mark.parametrize("name", ["explain", "record", "audit"])
def test_help_teaches(name):
    """Help says what the command does, and has an example."""
    done = run(name, "--help")

    assert done.stdout.startswith(f"usage: python -m metapatterns {name}")
    assert f"example: python -m metapatterns {name} " in done.stdout
    assert done.stderr == ""


def test_help_lists_the_commands_and_the_codes():
    """The overview names each command, and that of `audit` each code."""
    overview = run("--help").stdout

    for name in ("list", "demo", "explain", "record", "audit"):
        assert f"\n    {name} " in overview
    assert "MP403" in run("audit", "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["explain", "nowhere_at_all:C"], "No module named 'nowhere_at_all'"),
        (["explain", "told_broken:C"], "ZeroDivisionError: division by zero"),
        (["explain", "told_right:Wrong"], "has no 'Wrong'"),
        (["explain", "told_right"], "module:Class"),
        (["explain", "abc.ABC"], "write 'abc:ABC'"),
        (["explain", "told_right.py"], "module:Class"),
        (["explain", "told_right.py:Right"], "this is a path"),
        (["explain", "told_right:Rihgt"], "did you mean 'Right'?"),
        (["explain", "told_rihgt:Right"], "did you mean 'told_right'?"),
        (["explain", "json.decodr:JSONDecoder"], "did you mean 'decoder'?"),
        (["explain", "told_odd:Odd"], "has no 'Odd'"),
        (["explain", "told_asking:Asking"], "EOFError"),
        (["explain", "os:getcwd"], "is none of them"),
        (["explain"], "required"),
        (["explain", "abc:ABC", "--format", "x"], "invalid choice"),
        (["record", "nowhere_at_all"], "No module named 'nowhere_at_all'"),
        (["record", "told_broken"], "ZeroDivisionError: division by zero"),
        (["record", "sys"], "imported already"),
        (["record", "./told_right.py"], "as in 'told_right'"),
        (["audit", "told/right.py"], "as in 'told.right'"),
        (["audit", "../told_right.py"], "as in 'told_right'"),
        (["audit", "/"], "as in 'package.module'"),
        (["audit", "told_asking"], "EOFError"),
        (["audit", "told_rihgt"], "did you mean 'told_right'?"),
        (["audit", "nowhere_at_all"], "No module named 'nowhere_at_all'"),
        (["audit", "told_right", "told_broken"], "ZeroDivisionError"),
        (["audit", "."], "write the module's whole name"),
        (["audit", ""], "write the module's whole name"),
        (["record", ".told_right"], "write the module's whole name"),
        (["explain", ".told_right:Right"], "write the module's whole name"),
        (["audit", "told_right", "--select", ""], "no code is selected"),
        (["audit", "told_right", "--select", "X1"], "unknown code 'X1'"),
        (["audit", "told_right", "--ignore", "X1,MP1"], "unknown code 'X1'"),
    ],
    ids=str,
)
def test_bad_targets(folder, capsys, arguments, why):
    """One line says what could not be done and why; the exit code is 2."""
    with pytest.raises(SystemExit) as caught:
        command.main(arguments)

    assert caught.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    line = printed.err.splitlines()[-1]
    assert line.startswith(f"python -m metapatterns {arguments[0]}: error: ")
    assert why in line
    assert set(printed.err.splitlines()) <= {"hello", line}


def test_a_module_of_another_platform_is_not_what_was_meant(monkeypatch):
    """A name that is spelt right and cannot be imported is no hint."""
    monkeypatch.setitem(sys.modules, "colorsys", None)
    why = why_not_imported("colorsys")

    assert why.startswith("ModuleNotFoundError: ")
    assert "did you mean" not in why


def test_a_hint_does_without_what_cannot_be_listed(tmp_path, monkeypatch):
    """An archive on the path that is gone is no error of its own."""
    archive = tmp_path / "gone.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("from_archive.py", "")
    monkeypatch.syspath_prepend(archive)
    assert why_not_imported("from_archive") is None
    del sys.modules["from_archive"]
    archive.unlink()
    importlib.invalidate_caches()

    why = why_not_imported("colorsis")

    assert why.startswith("ModuleNotFoundError: ")
    assert "did you mean 'colorsys'?" in why


# -- explain ------------------------------------------------------------------


def test_explain(capsys):
    """Text that solves the conflict, JSON for programs, and a drawing."""
    assert command.main(["explain", "abc:ABC", "enum:Enum"]) == 0
    text = capsys.readouterr().out
    assert command.main(["explain", "abc:ABC", "--format", "json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert command.main(["explain", "abc:ABC", "--format", "mermaid"]) == 0
    drawing = capsys.readouterr().out

    assert "class Both(ABC, Enum, metaclass=auto_metaclass): ..." in text
    assert facts["compatible"] is True
    assert drawing.startswith("flowchart")


def test_explain_finds_modules_in_the_working_directory(folder):
    """What a module prints is kept apart from the answer."""
    done = run("explain", "told_right:Right", cwd=folder)

    assert "told_right.Right" in done.stdout
    assert "hello" not in done.stdout
    assert done.stderr == "hello\n"


# -- record -------------------------------------------------------------------


def test_record(folder, capsys):
    """The classes of the module are shown, or the one that is asked for."""
    (folder / "told_story.py").write_text(
        "import enum\nclass A: ...\nclass B(enum.Enum):\n    RED = 1\n"
    )
    assert command.main(["record", "told_story"]) == 0
    everything = capsys.readouterr().out
    del sys.modules["told_story"]
    assert command.main(["record", "told_story", "--filter", "B"]) == 0
    one = capsys.readouterr().out

    assert "class told_story.A, metaclass type" in everything
    assert "class told_story.B, metaclass enum.EnumType" in everything
    assert "told_story.A" not in one
    assert "__set_name__" in one


# -- audit --------------------------------------------------------------------


def test_audit(folder, capsys):
    """Findings are exit code 1, none are 0, and each is a line."""
    assert command.main(["audit", "told_wrong"]) == 1
    wrong = capsys.readouterr()
    assert command.main(["audit", "told_right"]) == 0
    right = capsys.readouterr()

    assert wrong.out == (
        "told_wrong.py:4: MP101 class 'Suite' binds 'test_a' again, and what line 3"
        " bound is lost\n1 finding in 1 class\n"
    )
    assert wrong.err == ""
    assert (right.out, right.err) == ("0 findings in 1 class\n", "hello\n")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--select", "MP1"], 1),
        (["--select", "mp201, MP1"], 1),
        (["--select", "MP2"], 0),
        (["--ignore", "MP101,MP2"], 0),
        (["--select", "MP101", "--ignore", "MP2"], 1),
    ],
    ids=str,
)
def test_audit_codes(folder, options, code):
    """Codes are separated by commas or blanks, in any case."""
    assert command.main(["audit", "told_wrong", *options]) == code


@pytest.mark.parametrize(
    ("targets", "answer"),
    [(["abc:ABC"], "yes"), (["builtins:int", "builtins:str"], "no. Reason (layout)")],
    ids=["yes", "no"],
)
def test_explain_has_an_answer(targets, answer, capsys):
    """That classes cannot meet is an answer: the exit code is 0, as for those that can."""
    assert command.main(["explain", *targets]) == 0
    assert f": {answer}" in capsys.readouterr().out


def test_audit_formats(folder, capsys):
    """JSON is one document, and GitHub's commands are lines."""
    assert command.main(["audit", "told_wrong", "--format", "json"]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert command.main(["audit", "told_wrong", "--format", "github"]) == 1
    lines = capsys.readouterr().out.splitlines()

    assert [finding["code"] for finding in facts["findings"]] == ["MP101"]
    assert lines[0].startswith("::error file=told_wrong.py,line=4,title=MP101::class")
    assert len(lines) == 1


def test_audit_for_github_without_findings(folder, capsys):
    """Where nothing is found, a workflow is given no line, not even an empty one."""
    assert command.main(["audit", "told_right", "--format", "github"]) == 0
    assert capsys.readouterr().out == ""


def test_audit_of_a_package_with_a_broken_module(folder, capsys):
    """A submodule that cannot be imported is told apart from the findings."""
    assert command.main(["audit", "told_package"]) == 0
    printed = capsys.readouterr()

    assert printed.out == "0 findings in 0 classes; 1 module not imported\n"
    assert printed.err == (
        "not imported: told_package.missing: ModuleNotFoundError: No module named"
        " 'nowhere_at_all'\n"
    )


@pytest.fixture(params=[1, 300], ids=["a line", "more than a buffer"])
def duplicates(folder, request):
    """The name of a module with so many findings."""
    body = "a = 1\n    a = 2\n"
    classes = [f"class C{number}:\n    {body}" for number in range(request.param)]
    (folder / f"told_{request.param}.py").write_text("".join(classes))
    return f"told_{request.param}"


def test_audit_and_a_reader_that_stops_reading(duplicates, monkeypatch, capsys):
    """`... | head` changes nothing about the exit code."""
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        code = command.main(["audit", duplicates])
        monkeypatch.undo()

    assert code == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_process_whose_reader_stops_reading_is_quiet(folder, duplicates, form):
    """Nothing is said of a broken pipe, in any format, not at the end either."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as stream:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "metapatterns",
                "audit",
                duplicates,
                "--format",
                form,
            ],
            stdout=stream,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            cwd=folder,
        )

    assert (done.returncode, done.stderr) == (1, b"")


def test_a_module_that_replaces_itself(folder, capsys):
    """Whatever stands for a module, its classes are looked at."""
    assert command.main(["audit", "told_odd"]) == 1

    assert "told_odd.py:7: MP101" in capsys.readouterr().out


def test_what_modules_ask_is_not_answered(folder, monkeypatch):
    """Input is empty while modules are imported, and is back afterwards."""
    answers = io.StringIO("an answer")
    monkeypatch.setattr(sys, "stdin", answers)
    with pytest.raises(SystemExit):
        command.main(["record", "told_asking"])

    assert sys.stdin is answers
    assert answers.read() == "an answer"


def test_an_interrupt_is_quiet(folder):
    """Ctrl-C ends the command with the code that shells use, and says nothing."""
    done = run("audit", "told_stopped", code=130, cwd=folder)

    assert done.stdout == done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
def test_output_that_cannot_be_written(folder):
    """It is no finding: one line says so, and the exit code is 2."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "metapatterns", "audit", "told_wrong"],
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            check=False,
        )

    assert done.returncode == 2
    assert done.stderr.startswith("cannot write: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["audit", "told_right"], 0),
        (["audit", "told_wrong"], 1),
        (["audit", "told_package"], 0),
        (["audit", "nowhere_at_all"], 2),
        (["explain", "told_right:Right"], 0),
        (["record", "told_right"], 0),
        (["demo", "--output", "out"], 0),
        (["list", "more"], 2),
        ([], 0),
    ],
    ids=str,
)
@pytest.mark.skipif(os.name == "nt", reason="closes streams as a shell does")
def test_a_stream_that_is_closed(folder, arguments, code, closed):
    """The exit code stays what it is, and nobody is told of an error within."""
    script = f'exec "$0" -m metapatterns "$@" {closed}'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable, *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        cwd=folder,
    )

    assert done.returncode == code, done
    assert "Traceback" not in done.stderr
    if closed == ">&-":
        assert ("error: " in done.stderr) is (code == 2)
    if closed == "2>&-":
        assert bool(done.stdout) is (code != 2)


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_main_without_a_stream(folder, name, monkeypatch):
    """Where a process has no such stream, it has none afterwards either."""
    monkeypatch.setattr(sys, name, None)

    assert command.main(["audit", "told_wrong"]) == 1
    assert getattr(sys, name) is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
def test_errors_that_cannot_be_written(folder):
    """Where not even the errors can be written, the exit code is not that of findings."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "metapatterns", "audit", "told_wrong"],
            stdout=full,
            stderr=full,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            cwd=folder,
            check=False,
        )

    assert done.returncode != 1


@pytest.mark.parametrize("name", ["audit", "record", "explain"])
def test_output_in_any_encoding(folder, name, monkeypatch):
    """What an encoding lacks is written as an escape."""
    (folder / "told_gross.py").write_text(
        WRONG.replace("Suite", "Gr\xf6\xdfe"), "utf-8"
    )
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    target = "told_gross:Gr\xf6\xdfe" if name == "explain" else "told_gross"
    done = run(name, target, code=int(name == "audit"), cwd=folder)

    assert "Gr\\xf6\\xdfe" in done.stdout
    assert done.stdout.isascii()


# -- terminals ----------------------------------------------------------------


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def environment(monkeypatch):
    """Without the settings of the terminal that runs the tests."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("settings", "is_coloured"),
    [
        ({}, True),
        ({"TERM": "xterm"}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
    ids=repr,
)
def test_colour(folder, environment, settings, is_coloured):
    """Colour is for terminals, and never where NO_COLOR is set."""
    for name, value in settings.items():
        environment.setenv(name, value)
    environment.setattr(sys, "stdout", Terminal())
    assert command.main(["audit", "told_wrong"]) == 1
    text = sys.stdout.getvalue()

    assert ("\033[" in text) is is_coloured
    for sequence in (_terminal.BOLD, _terminal.RED, _terminal.PLAIN):
        text = text.replace(sequence, "")
    assert text.splitlines()[0].startswith("told_wrong.py:4: MP101 class 'Suite'")


@pytest.mark.parametrize("name", ["FORCE_COLOR", "CLICOLOR_FORCE", "TERM"])
def test_no_colour_in_a_pipe(folder, environment, name):
    """What is no terminal gets plain text, whatever else is asked for."""
    environment.setenv(name, "1")
    assert "\033[" not in run("audit", "told_wrong", code=1, cwd=folder).stdout


def test_a_bar_on_a_terminal(folder, environment):
    """A terminal is shown which module is next, and nothing remains of it."""
    pytest.importorskip("rich")
    environment.setenv("TERM", "xterm")
    environment.setattr(sys, "stderr", Terminal())
    assert command.main(["audit", "told_wrong"]) == 1

    assert "told_wrong" in sys.stderr.getvalue()


def test_steps_of_a_bar(folder, environment):
    """The library that draws is told how far the audit is."""
    steps = []

    class Bar:
        def __init__(self, **options):
            assert options["transient"] is True

        def __enter__(self):
            return self

        def __exit__(self, *error):
            steps.append("over")

        def add_task(self, text, total):
            return "task"

        def update(self, task, *, completed, total, description):
            steps.append((task, completed, total, description))

    console = types.SimpleNamespace(Console=lambda file: file)
    environment.setitem(sys.modules, "rich", types.ModuleType("rich"))
    environment.setitem(sys.modules, "rich.console", console)
    environment.setitem(
        sys.modules, "rich.progress", types.SimpleNamespace(Progress=Bar)
    )
    environment.setattr(sys, "stderr", Terminal())
    assert command.main(["audit", "told_wrong", "told_right"]) == 1

    assert steps == [
        ("task", 0, 2, "told_wrong"),
        ("task", 1, 2, "told_right"),
        "over",
    ]


def test_no_bar_without_the_library(folder, environment):
    """Without the optional extra, output is plain."""
    environment.setitem(sys.modules, "rich.console", None)
    environment.setattr(sys, "stderr", Terminal())
    assert command.main(["audit", "told_wrong"]) == 1

    assert sys.stderr.getvalue() == ""
