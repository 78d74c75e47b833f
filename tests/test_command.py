"""The command: ``python -m metapatterns``, run as users run it."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import logging
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib import metadata
from pathlib import Path

import pytest

import metapatterns
from metapatterns import __main__ as command
from metapatterns import registry_of, singleton_instance
from metapatterns._doors import as_text

SOURCE = Path(metapatterns.__file__).parent.parent
FILES = ("inventory.csv", "inventory.json", "inventory.sqlite")


def run(*arguments, path=(), code=0, **options):
    """Run the command in a process of its own, and demand its exit code."""
    places = [*map(str, path), str(SOURCE)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
    done = subprocess.run(
        [sys.executable, "-m", "metapatterns", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env=environment | options.pop("env", {}),
        **options,
    )
    assert done.returncode == code, done
    return done


def install(folder, directory, text):
    """Put a distribution with this METADATA (``None``: without any) on a path."""
    place = folder / f"{directory}.dist-info"
    place.mkdir(parents=True)
    if isinstance(text, str):
        (place / "METADATA").write_text(text, encoding="utf-8")
    elif text is not None:
        (place / "METADATA").write_bytes(text)


def rows_of(folder):
    """Read the three files back, each as ``{name: (version, summary, requires)}``."""
    with (folder / "inventory.csv").open(encoding="utf-8", newline="") as file:
        from_csv = [
            (row["name"], row["version"], row["summary"], int(row["requires"]))
            for row in csv.DictReader(file)
        ]
    loaded = json.loads((folder / "inventory.json").read_text(encoding="utf-8"))
    from_json = [tuple(row.values()) for row in loaded]
    with closing(sqlite3.connect(folder / "inventory.sqlite")) as database:
        from_sqlite = database.execute(
            "SELECT name, version, summary, requires FROM distribution ORDER BY rowid"
        ).fetchall()
    return from_csv, from_json, from_sqlite


# -- the table ----------------------------------------------------------------


@pytest.mark.parametrize("arguments", [(), ("list",)])
def test_table(arguments):
    """The table of doors is printed, with a command and without."""
    done = run(*arguments)

    assert done.stdout == as_text() + "\n"
    assert done.stderr == ""
    for door in ("LoggerMeta", "RegistryMixin", "validated"):
        assert door in done.stdout


@pytest.mark.parametrize("arguments", [("--help",), ("demo", "--help"), ("list", "-h")])
def test_help(arguments):
    """Help is printed on request, and is no error."""
    done = run(*arguments)

    assert done.stdout.startswith("usage: python -m metapatterns")
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("--nonsense",),
        ("list", "more"),
        ("demo", "more"),
        ("demo", "--output"),
        ("demo", "--out", "x"),
        ("demo", "--output", ""),
        ("demo", "line\nline"),
    ],
    ids=repr,
)
def test_wrong_arguments(arguments, tmp_path):
    """One line on standard error, exit code 2, and nothing done."""
    done = run(*arguments, code=2, cwd=tmp_path)

    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("python -m metapatterns")
    assert "error: " in done.stderr
    assert list(tmp_path.iterdir()) == []


# -- the demo -----------------------------------------------------------------


def test_demo_takes_stock_of_this_environment(tmp_path):
    """The three files agree, and hold what `importlib.metadata` knows."""
    folder = tmp_path / "new" / "folder"
    done = run("demo", "--output", folder)
    from_csv, from_json, from_sqlite = rows_of(folder)

    assert sorted(path.name for path in folder.iterdir()) == list(FILES)
    assert from_csv == from_json == from_sqlite
    for name, version, summary, requires in from_sqlite:
        found = metadata.distribution(name)
        assert found.version == version
        assert found.metadata.get("Summary", "") == summary
        assert len(found.requires or ()) == requires
    names = {re.sub(r"[-_.]+", "-", name).lower() for name, *_ in from_sqlite}
    assert {"pytest", "hypothesis"} <= names
    assert f"holds {len(from_sqlite)} distributions" in done.stdout
    for name in FILES:
        assert str(folder / name) in done.stdout
    for cls in ("CsvExporter", "JsonExporter", "SqliteExporter"):
        assert f"metapatterns._demo.{cls}: wrote" in done.stdout
    most = max(requires for *_, requires in from_sqlite)
    assert re.search(rf"^ +{most}  ", done.stdout, re.MULTILINE)
    assert done.stderr == ""


def test_demo_names_its_temporary_folder(tmp_path):
    """Without `--output` a new folder is made each time, and printed."""
    environment = {"TMPDIR": str(tmp_path)}
    first, second = (run("demo", env=environment) for _ in range(2))

    folders = list(tmp_path.glob("metapatterns-*"))
    assert len(folders) == 2
    for done in (first, second):
        assert any(str(folder) in done.stdout for folder in folders)
    for folder in folders:
        assert sorted(path.name for path in folder.iterdir()) == list(FILES)


def test_demo_replaces_the_files_of_an_earlier_run(tmp_path):
    """Running it twice gives what running it once gives, whatever lay there."""
    for name in FILES:
        (tmp_path / name).write_text("not what it says " * 9999, encoding="utf-8")
    run("demo", "--output", tmp_path)
    first = rows_of(tmp_path)
    run("demo", "--output", tmp_path)

    assert rows_of(tmp_path) == first


def test_demo_and_broken_distributions(tmp_path):
    """What lacks a name or a version is left out and said so; the rest is written."""
    path = tmp_path / "site"
    awkward = 'Commas, "quotes", tabs\t and ünïcödé 漢字'
    good = f"Name: Good.One\nVersion: 1.0\nSummary: {awkward}\nRequires-Dist: a\n"
    install(path, "good-1.0", good)
    install(path, "no_metadata-1.0", None)
    install(path, "empty-1.0", "")
    install(path, "no_name-1.0", "Version: 1.0\n")
    install(path, "no_version-1.0", "Name: no-version\n")
    install(path, "blank_name-1.0", "Name: \nVersion: 1.0\n")
    install(path, "binary-1.0", b"Name: \xff\xfe\nVersion: 1.0\n")
    other = tmp_path / "other"
    install(other, "good_one-0.9", "Name: good_one\nVersion: 0.9\n")
    install(other, "bare-1.0", "Name: bare\nVersion: 1.0\n")
    done = run("demo", "--output", tmp_path / "out", path=[path, other])
    files = rows_of(tmp_path / "out")

    assert files[0] == files[1] == files[2]
    rows = {row[0]: row[1:] for row in files[0]}
    assert rows["Good.One"] == ("1.0", awkward, 1)
    assert rows["bare"] == ("1.0", "", 0)
    assert "漢字" in (tmp_path / "out" / "inventory.json").read_text(encoding="utf-8")
    assert not {"no-version", "good_one", "None"} & rows.keys()
    assert done.stdout.count("left out a broken distribution") == 6
    assert "left out a second Good.One, 0.9" in done.stdout
    assert "Distribution.version: expected str" in done.stdout
    left_out = int(re.search(r"(\d+) were left out", done.stdout)[1])
    assert left_out >= 7
    assert done.stderr == ""


@pytest.mark.parametrize("kind", ["file", "below a file", "line", "long"])
def test_demo_cannot_make_the_folder(kind, tmp_path):
    """A folder that cannot be is an error in one line, with exit code 2."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    output = {
        "file": tmp_path / "file",
        "below a file": tmp_path / "file" / "folder",
        "line": tmp_path / "a\nb" / ("x" * 300),
        "long": tmp_path / ("x" * 5000),
    }[kind]
    done = run("demo", "--output", output, code=2)

    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "error: cannot write to " in done.stderr
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_demo_cannot_write_the_database(tmp_path):
    """What the database says is reported like any other refusal."""
    (tmp_path / "inventory.sqlite-journal").mkdir()
    done = run("demo", "--output", tmp_path, code=2)

    assert len(done.stderr.splitlines()) == 1
    assert "inventory.sqlite'" in done.stderr


@pytest.mark.parametrize("name", FILES)
def test_demo_cannot_write_a_file(name, tmp_path):
    """A file that cannot be written is named in one line, with exit code 2."""
    (tmp_path / name).mkdir()
    done = run("demo", "--output", tmp_path, code=2)

    assert len(done.stderr.splitlines()) == 1
    assert f"error: cannot write {str(tmp_path / name)!r}" in done.stderr


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_demo_may_not_write(tmp_path):
    """A folder without permission is an error in one line, with exit code 2."""
    tmp_path.chmod(0o500)
    done = run("demo", "--output", tmp_path, code=2)

    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_demo_cannot_write_even_as_root():
    """A folder that takes no files is an error in one line, with exit code 2."""
    done = run("demo", "--output", "/proc", code=2)

    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_names_that_standard_output_cannot_show(tmp_path):
    """Where the terminal has no such letter, it is escaped."""
    folder = tmp_path / "ünïcödé"
    done = run("demo", "--output", folder, env={"PYTHONIOENCODING": "ascii"})

    assert r"\xfcn\xefc\xf6d\xe9" in done.stdout
    assert done.stderr == ""
    assert len(list(folder.iterdir())) == 3


# -- the same, within this process --------------------------------------------


def test_main_prints_the_table(capsys):
    """`main` returns the exit code and prints."""
    assert command.main([]) == 0
    assert command.main(["list"]) == 0
    assert capsys.readouterr().out == 2 * (as_text() + "\n")


def test_main_prints_into_any_stream():
    """Standard output may be replaced by what is no file."""
    with contextlib.redirect_stdout(io.StringIO()) as stream:
        assert command.main([]) == 0

    assert stream.getvalue() == as_text() + "\n"


def test_main_runs_the_demo_twice(tmp_path, capsys, monkeypatch):
    """The demo can run again in one process, into another folder."""
    from metapatterns import _demo

    install(tmp_path / "site", "nameless-1.0", "Version: 1.0\n")
    install(tmp_path / "site", "a-1.0", "Name: twin\nVersion: 1.0\n")
    install(tmp_path / "site", "b-1.0", "Name: Twin\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    for name in ("first", "second"):
        assert command.main(["demo", "--output", str(tmp_path / name)]) == 0
        assert singleton_instance(_demo.Settings).output == tmp_path / name
        assert f"{name}{os.sep}inventory.sqlite holds" in capsys.readouterr().out

    assert rows_of(tmp_path / "first") == rows_of(tmp_path / "second")
    assert logging.getLogger("metapatterns._demo").handlers == []


def test_main_without_output(tmp_path, capsys, monkeypatch):
    """The temporary folder is where the platform keeps such things."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert command.main(["demo"]) == 0
    assert str(tmp_path) in capsys.readouterr().out


@pytest.mark.parametrize("output", ["", "file", "folder"])
def test_main_refuses(output, tmp_path, capsys, monkeypatch):
    """Whatever cannot be written ends the program with exit code 2."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "inventory.csv").mkdir(parents=True)

    with pytest.raises(SystemExit) as caught:
        command.main(["demo", "--output", output])

    assert caught.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["list"], ["demo", "--output", "out"]])
def test_a_reader_that_stops_reading(arguments, tmp_path, monkeypatch, capsys):
    """`... | head` is no error."""
    monkeypatch.chdir(tmp_path)
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        code = command.main(arguments)
        monkeypatch.undo()

    assert code == 0
    assert capsys.readouterr().err == ""


def test_the_exporters_are_what_the_demo_says():
    """Abstract base, Enum and registry hold together."""
    from metapatterns import _demo

    exporters = registry_of(_demo.Exporter)

    assert list(exporters) == ["csv", "json", "sqlite"]
    assert _demo.Exporter["json"] is _demo.JsonExporter
    assert _demo.JsonExporter["COMPACT"].value is None
    with pytest.raises(TypeError, match="abstract"):
        _demo.TextExporter()
    with pytest.raises(metapatterns.FieldValueError):
        _demo.Distribution(name=" ", version="1", summary="", requires=0)


def test_importing_the_command_loads_no_pattern():
    """The table and wrong arguments need no pattern, and load none."""
    code = (
        "import sys, metapatterns.__main__ as command\n"
        "command.main(['list'])\n"
        "print(any(name.startswith('metapatterns.patterns') for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )

    assert done.stdout.endswith("\nFalse\n")
