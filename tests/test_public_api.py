"""What the package shows: names, documentation, keywords, the table of doors."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import metapatterns
from metapatterns import _doors, patterns
from metapatterns._doors import (
    ASYMMETRIES,
    DECORATOR,
    LAWS,
    METACLASS,
    MIXIN,
    ROWS,
    Row,
)
from metapatterns._hooks import PatternMixin
from metapatterns._pipeline import PatternMeta
from metapatterns._stages import Pattern

SOURCE = Path(metapatterns.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))

#: What must not be imported before it is used.
HEAVY = (
    "_weakrefset",
    "collections",
    "copyreg",
    "dataclasses",
    "functools",
    "importlib.metadata",
    "inspect",
    "logging",
    "re",
    "threading",
    "types",
    "typing",
    "typing_extensions",
)
#: The one dependency, ourselves, and what the standard library has from 3.14 on.
OWN = ("typing_extensions", "metapatterns", "annotationlib")
HEADINGS = (
    "Args",
    "Stage",
    "Class keywords",
    "Attributes",
    "Returns",
    "Yields",
    "Raises",
    "Inheritance",
    "Composition",
    "Threads",
    "Doors",
    "You do not need this when",
    "Source",
    "Example",
)


def pattern_classes() -> Iterator[tuple[str, type, Pattern]]:
    """Each metaclass and mixin of the package, and its pattern."""
    for name in metapatterns.__all__:
        thing = getattr(metapatterns, name)
        if not isinstance(thing, type):
            continue
        if issubclass(thing, PatternMeta) and "_metapatterns_pattern" in vars(thing):
            yield METACLASS, thing, vars(thing)["_metapatterns_pattern"]
        elif issubclass(thing, PatternMixin) and "_metapatterns_mixin" in vars(thing):
            yield MIXIN, thing, vars(thing)["_metapatterns_mixin"]


PATTERN_CLASSES = list(pattern_classes())
EACH_CLASS = pytest.mark.parametrize(
    ("door", "cls", "pattern"),
    PATTERN_CLASSES,
    ids=[cls.__name__ for _, cls, _ in PATTERN_CLASSES],
)


# -- names --------------------------------------------------------------------


def test_all_is_sorted_and_complete() -> None:
    """``__all__`` lists each public name once, in order, and ``dir()`` shows them."""
    assert metapatterns.__all__ == sorted(set(metapatterns.__all__))
    # pytest adds names with an "@" to what it rewrites, such as a plugin's package.
    public = {name for name in dir(metapatterns) if not name.startswith(("_", "@"))}
    submodules = {module.name for module in pkgutil.iter_modules(metapatterns.__path__)}

    assert public - submodules - {"annotations", "TYPE_CHECKING"} == set(
        metapatterns.__all__
    )


@pytest.mark.parametrize(
    "name",
    [
        module.name
        for module in pkgutil.iter_modules(patterns.__path__)
        if not module.name.startswith("_")
    ],
)
def test_a_star_import_of_a_pattern_gives_its_public_names(name: str) -> None:
    """The module of a pattern names what it is for."""
    names: dict[str, object] = {}
    exec(f"from metapatterns.patterns.{name} import *", names)
    del names["__builtins__"]

    assert names
    assert names == {name: getattr(metapatterns, name) for name in names}


@pytest.mark.parametrize("name", metapatterns.__all__)
def test_every_name_loads(name: str) -> None:
    """Each name is there, is the one of its home module, and is documented."""
    thing = getattr(metapatterns, name)

    assert getattr(thing, "__name__", name) == name
    assert thing.__doc__
    assert thing.__doc__ != object.__doc__


def test_misspelt_name_is_an_attribute_error() -> None:
    """A name that is not there fails as in any module."""
    with pytest.raises(AttributeError, match="no attribute 'SingletonMetta'"):
        _ = metapatterns.SingletonMetta


def test_star_import_gives_all() -> None:
    """``from metapatterns import *`` binds the names of ``__all__``."""
    namespace: dict[str, Any] = {}
    exec("from metapatterns import *", namespace)

    assert set(metapatterns.__all__) <= set(namespace)


@pytest.mark.parametrize(
    "module",
    [
        module.name
        for module in pkgutil.walk_packages(metapatterns.__path__, "metapatterns.")
        if "._" not in module.name
    ],
)
def test_star_import_of_a_module_gives_what_it_lists(module: str) -> None:
    """Each public module has the names that it lists, and a list of its own ones."""
    if module == "metapatterns.mypy_plugin":
        pytest.importorskip("mypy")
    namespace: dict[str, Any] = {}
    exec(f"from {module} import *", namespace)

    theirs = {
        name
        for name in metapatterns.__all__
        if getattr(metapatterns, name).__module__ == module
    }
    assert theirs <= set(namespace)


def test_package_is_typed() -> None:
    """The marker of PEP 561 is shipped."""
    assert (SOURCE / "py.typed").exists()


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; before = set(sys.modules); {statement}; print(*sys.modules)"
    shown = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            f"import sys; sys.path[:0] = {sys.path!r}; {code}",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    return set(shown.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import metapatterns",
        *(
            f"from metapatterns import {cls.__name__}"
            for _, cls, pattern in PATTERN_CLASSES
            # A validated class is a dataclass, and :mod:`dataclasses` is heavy.
            if cls.__name__.endswith("Meta") and pattern.name != "validator"
        ),
    ],
)
def test_import_is_light(statement: str) -> None:
    """Nothing heavy is imported before something needs it."""
    assert loaded_by(statement).isdisjoint(HEAVY)


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix()
)
def test_module_imports_no_framework(path: Path) -> None:
    """The library needs the standard library, and a plugin what it plugs into."""
    place = path.relative_to(SOURCE).as_posix()
    plugged = {tool for tool in ("mypy", "pytest") if tool in place}
    plugged |= {"rich"} if path.stem == "_terminal" else set()  # the extra `cli`
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for name in names:
            top = name.partition(".")[0]
            assert top in {*OWN, *sys.stdlib_module_names, *plugged}


# -- documentation ------------------------------------------------------------


@pytest.mark.parametrize("name", metapatterns.__all__)
def test_headings_keep_their_order(name: str) -> None:
    """The headings of a docstring are the known ones, in one order."""
    doc = inspect.cleandoc(getattr(metapatterns, name).__doc__)
    found = [
        line[:-1]
        for line in doc.splitlines()
        if line.endswith(":") and line[:-1] in HEADINGS
    ]

    assert found == sorted(found, key=HEADINGS.index)


@EACH_CLASS
def test_docstring_says_where_when_and_when_not(
    door: str, cls: type, pattern: Pattern
) -> None:
    """A metaclass's reference has the parts that a reader chooses by."""
    doc = cls.__doc__ or ""
    assert ".. versionadded::" in doc
    assert "Example:" in doc
    if door == METACLASS:
        for heading in ("Stage", "Doors", "Inheritance"):
            assert f"{heading}:" in doc, heading
    for word in pattern.keywords:
        if door == METACLASS:
            assert word in doc, word


@EACH_CLASS
def test_docstring_says_that_keywords_can_clash(
    door: str, cls: type, pattern: Pattern
) -> None:
    """Whoever takes class keywords names the error of a keyword that is taken."""
    _, _, section = inspect.cleandoc(cls.__doc__ or "").partition("\nRaises:\n")
    section, _, _ = section.partition("\n\n")

    assert pattern.keywords
    assert "    KeywordClashError: " in section


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_docstring_of_every_door_says_when_not(row: Row) -> None:
    """Each door says what is plainer and may be enough; a method's object says it."""
    thing = getattr(metapatterns, row.name.partition(".")[0])

    assert "You do not need this when:\n" in inspect.cleandoc(thing.__doc__)


@EACH_CLASS
def test_keywords_are_read_as_keywords(door: str, cls: type, pattern: Pattern) -> None:
    """Words, types and defaults share a line, which the manual reads as one entry."""
    _, _, section = inspect.cleandoc(cls.__doc__ or "").partition("Class keywords:\n")
    section, _, _ = section.partition("\nRaises:")
    heads = [line for line in section.splitlines() if re.match(r" {4}\S", line)]

    found = [
        re.match(r" {4}(\w+(?:, \w+)*)(?: \(.+\))?:(?: |$)", head) for head in heads
    ]
    assert all(found), heads
    named = {word for match in found if match for word in match[1].split(", ")}
    assert named.issuperset({*pattern.keywords} - {"slots"})


# -- class keywords -----------------------------------------------------------


def test_keyword_sets_are_disjoint() -> None:
    """No word means one thing to one pattern and another to another."""
    owners: dict[str, str] = {}
    for _, _, pattern in PATTERN_CLASSES:
        for word in pattern.keywords:
            assert owners.setdefault(word, pattern.name) == pattern.name, word


def declared_keywords(cls: type, method: str) -> tuple[str, ...] | None:
    """The keyword-only parameters of a method, read from the source of its class."""
    tree = ast.parse(Path(inspect.getsourcefile(cls) or "").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
            for inner in ast.walk(node):
                if isinstance(inner, ast.FunctionDef) and inner.name == method:
                    return tuple(argument.arg for argument in inner.args.kwonlyargs)
    return None


@EACH_CLASS
def test_typed_keywords_are_the_run_time_ones(
    door: str, cls: type, pattern: Pattern
) -> None:
    """What type checkers are told a class statement takes is what it takes."""
    method = "__new__" if door == METACLASS else "__init_subclass__"
    declared = declared_keywords(cls, method)

    if not pattern.keywords and declared is None:
        return
    assert declared is not None
    assert sorted(declared) == sorted(pattern.keywords)


@EACH_CLASS
def test_door_defines_no_hook_at_run_time(
    door: str, cls: type, pattern: Pattern
) -> None:
    """The pipeline runs the stages; the doors only declare."""
    tree = ast.parse(Path(inspect.getsourcefile(cls) or "").read_text())
    node = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name == cls.__name__
    )
    defined = {inner.name for inner in node.body if isinstance(inner, ast.FunctionDef)}

    assert not defined & {"__new__", "__init__", "__prepare__", "__init_subclass__"}
    assert "mro" not in vars(cls)


# -- the table of doors -------------------------------------------------------


def test_table_knows_every_door() -> None:
    """Each metaclass and mixin has its row, with its keywords, and no row is stale."""
    rows = {(row.door, row.name): row.keywords for row in ROWS if row.door != DECORATOR}

    assert rows == {
        (door, cls.__name__): pattern.keywords for door, cls, pattern in PATTERN_CLASSES
    }


def test_table_names_public_objects() -> None:
    """What a row names can be imported from the package."""
    for row in ROWS:
        owner, _, attribute = row.name.partition(".")
        thing = getattr(metapatterns, owner)
        assert owner in metapatterns.__all__
        assert not attribute or hasattr(thing, attribute)


def test_every_pattern_has_three_doors() -> None:
    """The rows of each pattern are a metaclass, a mixin and a decorator."""
    for pattern in _doors.PATTERNS:
        doors = [row.door for row in ROWS if row.pattern == pattern]
        assert doors == [METACLASS, MIXIN, DECORATOR]


def test_table_reads_well_in_a_terminal() -> None:
    """The text has every name and no line of more than 100 columns."""
    text = _doors.as_text()

    assert max(map(len, text.splitlines())) <= 100
    assert all(row.name in text for row in ROWS)
    assert all(word in text for row in ROWS for word in row.keywords)


def test_table_is_markdown() -> None:
    """Each line of the two tables has as many cells as its header."""
    doors, weaker = _doors.as_markdown().strip().split("\n\n")

    for table, count in ((doors, len(ROWS)), (weaker, len(ASYMMETRIES))):
        lines = table.splitlines()
        assert len(lines) == count + 2
        assert {line.count("|") for line in lines} == {lines[0].count("|")}


def test_table_keeps_its_underscores() -> None:
    """Markdown gets the names of hooks as code, and does not set them in bold."""
    tables = _doors.as_markdown()

    assert "`__init_subclass__`" in tables
    assert "__" not in re.sub(r"`[^`]*`", "", tables)


def test_laws_are_sentences() -> None:
    """Laws and reasons read as text."""
    for sentence in LAWS.values():
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    for reason in ASYMMETRIES.values():
        assert reason == reason.strip()


def test_table_loads_alone() -> None:
    """The table is data: it loads no pattern."""
    module = importlib.import_module("metapatterns._doors")
    loaded = loaded_by("import metapatterns._doors")

    assert module is _doors
    assert not {name for name in loaded if name.startswith("metapatterns.patterns")}
