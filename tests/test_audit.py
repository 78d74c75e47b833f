"""audit: what is wrong with the classes of a package, and nothing else."""

from __future__ import annotations

import builtins
import importlib
import itertools
import json
import re
import sys
import textwrap
import threading
import types
import zipfile
from pathlib import Path

import pytest
from class_bodies import FIRST_LINE, LEGITIMATE, PREAMBLE, REFUSED, preamble, verdict

from metapatterns.tools import CODES, AuditReport, Finding, audit
from metapatterns.tools._audit import _findings, _modules, _rules, _subjects
from metapatterns.tools._audit._watch import class_statements

numbers = itertools.count()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Write modules, given their source, under names that no other test has."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def write(*sources, more=()):
        root = f"audited_{next(numbers)}"
        folder = tmp_path / root
        files = {f"m{place}.py": source for place, source in enumerate(sources)}
        for name, source in {"__init__.py": "", **files, **dict(more)}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(source), encoding="utf-8")
        importlib.invalidate_caches()
        return root

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def found(report, *, messages=False):
    """The findings as (code, line) pairs."""
    if messages:
        return [finding.message for finding in report]
    return [(finding.code, finding.line) for finding in report]


def codes_of(root):
    report = audit(root, select=list(CODES))
    assert report.not_imported == {}
    return {finding.code for finding in report}


DUPLICATE = """
class Suite:
    def test_a(self): ...
    def test_a(self): ...
"""


# -- duplicates ---------------------------------------------------------------


def test_duplicates_while_importing(package):
    """A name that is bound twice is found at the second line, in the file."""
    root = package(DUPLICATE)
    report = audit(root)

    (finding,) = report.findings
    assert finding.code == "MP101"
    assert finding.line == 4
    assert finding.file == sys.modules[f"{root}.m0"].__file__
    assert finding.message == (
        "class 'Suite' binds 'test_a' again, and what line 3 bound is lost"
    )
    assert report.classes == 1


def test_duplicates_in_modules_that_are_imported_already(package):
    """A module that was imported before is read from its code, with equal verdict."""
    root = package(DUPLICATE + MEANT)
    fresh = audit(root)
    again = audit(root)
    by_module = audit(sys.modules[root])

    assert found(fresh) == [("MP101", 4)]
    assert again.findings == fresh.findings == by_module.findings
    assert again.classes == fresh.classes


MEANT = """
import functools, typing

kept = []

def keep(function):
    kept.append(function)

class Meant:
    @typing.overload
    def many(self, x: int) -> int: ...
    @typing.overload
    def many(self, x: str) -> str: ...
    def many(self, x): ...

    @keep
    def route(self): ...
    @keep
    def route(self): ...

    @property
    def size(self): ...
    @size.setter
    def size(self, value): ...

    if typing.TYPE_CHECKING:
        @typing.overload
        def checked(self, x: int) -> int: ...
        @typing.overload
        def checked(self, x: str) -> str: ...
        def checked(self, x): ...

    class Inner:
        def _(self): ...
        def _(self): ...
"""


@pytest.mark.parametrize("body", [*LEGITIMATE.values(), *REFUSED.values()])
def test_verdict_is_that_of_the_pattern(body, package):
    """What `no_duplicates` refuses is found, and nothing else, early and late."""
    body = body if isinstance(body, str) else body[0]
    head = PREAMBLE + "class C:\n"
    source = head + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n"
    shift = head.count("\n") + 1 - FIRST_LINE
    refused = sorted(
        second + shift for _, _, second in verdict("decorator", body, "", **preamble())
    )
    root = package(source)
    fresh = audit(root, select=["MP1"])

    assert [line for _, line in found(fresh)] == refused
    assert audit(root, select=["MP1"]).findings == fresh.findings


@pytest.mark.parametrize("size", [1, 300])
@pytest.mark.parametrize(
    ("condition", "is_told"),
    [
        ("typing.TYPE_CHECKING", False),
        ("TYPE_CHECKING", False),
        ("not TYPE_CHECKING", True),
        ("typing.TYPE_CHECKING and typing", False),
        ("not typing.TYPE_CHECKING", True),
        ("typing", True),
    ],
)
def test_what_only_type_checkers_read(condition, is_told, size, package):
    """A branch for type checkers never ran, however long the body is."""
    lines = [
        "import typing",
        "from typing import TYPE_CHECKING",
        "class C:",
        f"    if {condition}:",
        "        def many(self, x: int) -> int: ...",
        "        def many(self, x: str) -> str: ...",
        *(f"        def name_{number}(self): ..." for number in range(size)),
        "    x = 1",
        "    for turn in range(3):",
        "        if turn: x = turn",
        "    y = None",
        "    y = 1",
    ]
    expected = [("MP101", 6)] if is_told else []

    assert found(audit(package("\n".join(lines)))) == expected


def test_several_classes_of_one_name(package):
    """Where a module defines a name twice, the body of the class is looked at."""
    source = """
    class A:
        def one(self): ...
        def one(self): ...

    class A:
        def two(self): ...

    class B:
        x = 1
    class B:
        y = 1
        y = 2
    """
    root = package(source)
    importlib.import_module(f"{root}.m0")

    lines = found(audit(root))
    assert ("MP101", 4) not in lines
    if sys.version_info >= (3, 13):  # classes know where their statement is
        assert ("MP101", 13) in lines


def test_classes_in_functions_are_seen_while_importing(package):
    """A class that a function makes is looked at when the module calls it."""
    source = """
    def make():
        class Local:
            x = 1
            x = 2
        return Local
    make()
    make()
    """
    report = audit(package(source))

    assert found(report) == [("MP101", 5)]
    assert report.classes == 2


def test_names_that_are_no_classes_any_more(package):
    """Reading a finished module passes over what its statements did not leave."""
    source = """
    class Gone: ...
    del Gone
    class Shadowed:
        class Inner: ...
    Shadowed = 3  # which has no attributes of its own
    class Number:
        class Inner: ...
        del Inner
    class Borrowed: ...
    from collections import OrderedDict as Borrowed
    class Outer:
        class Inner:
            x = 1
            x = 2
    class Renamed:
        def f(self): ...
    Renamed.__module__ = "elsewhere"
    class Moved: ...
    Moved.__module__ = "elsewhere"
    """
    root = package(source)
    importlib.import_module(f"{root}.m0")
    report = audit(root)

    assert found(report) == [("MP101", 15)]
    assert report.classes == 4  # Number, Outer, Inner, Renamed


@pytest.mark.parametrize("given", [3, None, ["json"]], ids=repr)
def test_what_is_no_module_is_refused(given):
    """Only modules and their names can be audited; the error shows what it was."""
    with pytest.raises(TypeError, match=re.escape(repr(given))):
        audit(given)


def test_no_module_is_refused():
    """An audit of nothing would say that all is well."""
    with pytest.raises(TypeError, match="needs a module"):
        audit()


def test_modules_without_code():
    """A module that no loader can compile has nothing to read."""
    made = types.ModuleType("made")
    sys.modules["made"] = made
    try:
        assert audit(made) == AuditReport((), 0)
        assert audit("made", sys) == AuditReport((), 0)
    finally:
        del sys.modules["made"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 695 is of Python 3.12")
def test_generic_classes(package):
    """The body of a generic class is found inside its type parameters' scope."""
    root = package("class Box[T]:\n    x = 1\n    x = 2\n")
    importlib.import_module(f"{root}.m0")

    assert found(audit(root)) == [("MP101", 3)]


# -- final --------------------------------------------------------------------

FINAL = """
from typing import final

@final
class Leaf: ...

class Twig(Leaf): ...

class Base:
    @final
    def run(self): ...
    @property
    @final
    def size(self): ...

class Over(Base):
    x = 1
    def run(self): ...
    size = 3

class Below(Over): ...

class Mixin:
    def run(self): ...

class Both(Mixin, Base): ...
class BelowBoth(Both): ...
class Extra: ...
class BelowBothToo(Both, Extra): ...
class Fine(Base, Mixin): ...
class Known(Leaf): ...  # type: ignore[misc]
class Other(Leaf): ...  # pyright: ignore
"""


def test_final_classes_and_methods(package):
    """Marks of `typing.final` hold; each breach is told once, where it begins."""
    report = audit(package(FINAL))
    lines = [text.strip() for text in FINAL.splitlines()]

    at = {finding.line: finding for finding in report}
    assert {lines[line - 1]: found.code for line, found in at.items()} == {
        "class Twig(Leaf): ...": "MP201",
        "size = 3": "MP202",
        "def run(self): ...": "MP202",
        "class Both(Mixin, Base): ...": "MP202",
    }
    assert "'Twig' cannot subclass final class" in report.findings[0].message


ALIASES = """
from typing import final
def elsewhere(self): ...
class Base:
    @final
    def run(self): ...
    @final
    def go(self): ...
    @final
    def walk(self): ...
class Over(Base):
    def other(self): ...
    run = other
    go = elsewhere  # type: ignore[misc]
    walk = other  # type: ignore[misc]
def put(cls):
    cls.run = elsewhere
    return cls
@put
class Late(Base): ...
"""


@pytest.mark.parametrize("late", [False, True])
def test_final_methods_hidden_by_what_has_another_name(package, late):
    """The line that binds the name is told, and is the one that may excuse it."""
    root = package(ALIASES)
    if late:
        importlib.import_module(f"{root}.m0")
    lines = ALIASES.splitlines()

    at = [(finding.code, lines[finding.line - 1]) for finding in audit(root)]
    assert at == [("MP202", "    run = other"), ("MP202", "class Late(Base): ...")]


# -- hooks --------------------------------------------------------------------

HOOKS = """
import functools

class Silent:
    def __init_subclass__(cls): ...

class Hearing:
    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)

class Both(Silent, Hearing): ...
class Below(Both): ...
class Fine(Hearing, Silent): ...
class Alone(Silent, Exception): ...

class Meta(type):
    def __new__(mcls, name, bases, namespace):
        return type.__new__(mcls, name, bases, namespace)

class Other(type):
    @functools.lru_cache
    def __call__(cls): ...
    def __new__(mcls, name, bases, namespace):
        return super().__new__(mcls, name, bases, namespace)

class Joined(Meta, Other): ...

class Quiet(Hearing):
    def __init_subclass__(cls): ...

class Listening:
    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)

class Through(Quiet, Listening): ...

class Native(type):
    __new__ = type.__new__

class WithNative(Native, Other): ...
"""


def test_hooks_that_silence_others(package):
    """A hook that skips `super()` is told where another base's would have run."""
    report = audit(package(HOOKS))
    lines = HOOKS.splitlines()

    assert [(f.code, lines[f.line - 1]) for f in report] == [
        ("MP401", "class Both(Silent, Hearing): ..."),
        ("MP401", "class Joined(Meta, Other): ..."),
        ("MP401", "class Through(Quiet, Listening): ..."),
    ]
    assert "__init_subclass__ of" in report.findings[0].message


def test_hooks_that_might_silence_others(package):
    """The mere possibility is reported when it is selected."""
    root = package(HOOKS)

    assert audit(root, ignore=["MP401"]).findings == ()
    assert [code for code, _ in found(audit(root, select=["MP403"]))] == ["MP403"] * 3


def test_keywords_that_are_dropped(package):
    """`**kwargs` that nothing reads are told, unless another hook wants them."""
    source = """
    class Swallow:
        def __init_subclass__(cls, **kwargs):
            super().__init_subclass__()

    class Used:
        def __init_subclass__(cls, **kwargs):
            super().__init_subclass__(**kwargs)

    class Inner:
        def __init_subclass__(cls, *args, **kwargs):
            return [lambda: kwargs]

    class Forbid:
        def __init_subclass__(cls, **kwargs):
            raise TypeError

    class Meta(type):
        def __new__(mcls, name, bases, namespace, **kwargs):
            return super().__new__(mcls, name, bases, namespace)

    class ForInit(type):
        def __new__(mcls, name, bases, namespace, **kwargs):
            return super().__new__(mcls, name, bases, namespace)
        def __init__(cls, name, bases, namespace, *, option=None):
            super().__init__(name, bases, namespace)

    class Wide(type):
        def __new__(mcls, name, bases, namespace, **kwargs):
            return super().__new__(mcls, name, bases, namespace)
        def __init__(cls, name, bases, namespace, **kwargs):
            super().__init__(name, bases, namespace)

    class Narrow(type):
        def __new__(mcls, name, bases, namespace, **kwargs):
            return super().__new__(mcls, name, bases, namespace)
        def __init__(cls, name, bases, namespace):
            super().__init__(name, bases, namespace)
    """
    assert found(audit(package(source))) == [
        ("MP402", 3),
        ("MP402", 19),
        ("MP402", 35),
    ]


def test_members_that_are_no_functions(package):
    """Hooks that are C, wrapped in a circle or no functions are let pass."""
    source = """
    def circle(*args): ...
    circle.__wrapped__ = circle

    class A:
        __init_subclass__ = circle
    class B:
        __init_subclass__ = classmethod(print)
    """
    assert codes_of(package(source)) == set()


def test_fronts_of_the_pipeline_are_nobodys_hooks(package):
    """Metaclasses of this package join others without a finding."""
    source = """
    from metapatterns import RegistryMeta, SingletonMeta
    class Other(type):
        def __new__(mcls, name, bases, namespace, **kwargs):
            return super().__new__(mcls, name, bases, namespace, **kwargs)
    class Joined(RegistryMeta, Other): ...
    class Three(SingletonMeta, RegistryMeta, Other): ...
    class Exporter(metaclass=Joined): ...
    """
    assert codes_of(package(source)) == set()


# -- shared values ------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "is_told"),
    [
        ("x = []\ndef m(self): self.x.append(1)", True),
        ("x: list = []\ndef m(self): self.x.append(1)", True),
        ("x = {}\ndef m(self): self.x['a'] = 1", True),
        ("x = {}\ndef m(this): del this.x['a']", True),
        ("x = y = set()\ndef m(self): self.x.add(1)", True),
        ("x = []\ndef m(self): len(self.x)\ndef n(self): self.x.sort()", True),
        ("x = []\ndef m(self): return self.x[0]", False),
        ("x = []\ndef m(self): other.x.append(1)", False),
        ("x = []\ndef m(self): self.y.x.append(1)", False),
        ("x = []\ndef m(self): self.x.index(1); append(1)", False),
        ("x = []\ndef m(self): self.x = []; self.x.append(1)", False),
        ("x = []\n@classmethod\ndef m(cls): cls.x.append(1)", False),
        ("x = []\n@staticmethod\ndef m(self): self.x.append(1)", False),
        ("x = []\ndef m(self): self.x.append(1)\ndef n(self): C.x.clear()", False),
        ("x: ClassVar[list] = []\ndef m(self): self.x.append(1)", False),
        ("x: ClassVar[list] = []\ny = []\ndef m(self): self.x.append(1)", False),
        ("ALL = []\ndef m(self): self.ALL.append(1)", False),
        ("_cache = {}\ndef m(self): self._cache[1] = 2", False),
        ("registry = {}\ndef m(self): self.registry[1] = 2", False),
        ("x = []\ndef __new__(cls): cls.x.append(1)", False),
        ("x = ()\ndef m(self): self.x.append(1)", False),
        (
            "x = {}\ndef m(self, k):\n if k not in self.x: self.x[k] = f(k)\n return self.x[k]",
            False,
        ),
        (
            "x = {}\ndef m(self, k):\n try: return self.x[k]\n except KeyError: self.x[k] = 1",
            False,
        ),
        ("x = {}\ndef m(self, k):\n y = self.x[k] = f(k)\n return self.x[k]", False),
        ("x = {}\ndef m(self, k):\n if k not in self.x: self.x[k] = 1", True),
        ("x = {}\ndef m(self, k):\n self.x[k] = self.x[k] + 1", True),
        ("x = {}\ndef m(self, k):\n self.x[k] += 1\n return self.x[k]", True),
        (
            "x = {}\ndef m(self, k):\n self.x[k] = 1\n del self.x[k]\n return self.x[k]",
            True,
        ),
        (
            "x = {}\ndef m(self, k):\n self.x[k] = 1\n self.x.clear()\n return self.x[k]",
            True,
        ),
        (
            "x = {}\ndef m(self, k):\n self.x[k] = 1\ndef n(self, k): return self.x[k]",
            True,
        ),
        ("x, (y, z) = [], ([], 3)\ndef m(): ...", False),
        ("x = []\ndef m(*args): args[0].x.append(1)", False),
    ],
)
def test_shared_values(body, is_told, package):
    """A mutable value of the class that a method changes through `self` is told."""
    source = "from typing import ClassVar\nclass C:\n" + textwrap.indent(body, "    ")

    assert codes_of(package(source)) == ({"MP301"} if is_told else set())


def test_shared_values_and_bases(package):
    """A base that sets the attribute on the instance makes the value a default."""
    source = """
    class Base:
        def __init__(self):
            self.items = []
    class C(Base):
        items = []
        def add(self, x):
            self.items.append(x)
    """
    assert codes_of(package(source)) == set()


@pytest.mark.parametrize(
    ("use", "is_told"),
    [("Live.items.clear()", False), ("Alive.items", True), ("Live.items_", True)],
)
def test_shared_values_that_the_module_uses_through_the_class(use, is_told, package):
    """Who names the class means that the value is the class's."""
    source = f"""
    class Live:
        items = []
        def start(self):
            self.items.append(self)

    def stop():
        {use}
    """
    assert codes_of(package(source)) == ({"MP301"} if is_told else set())


# -- singletons ---------------------------------------------------------------

NEW = """
class S:
    _it = None
    def __new__(cls):
        if cls._it is None:
            cls._it = super().__new__(cls)
        return cls._it
"""


@pytest.mark.parametrize(
    ("source", "is_told"),
    [
        (NEW, True),
        (NEW.replace("cls._it", "S._it"), True),
        (NEW.replace("if cls._it is None", "if not hasattr(cls, '_it')"), True),
        (
            NEW.replace(
                "cls._it = super().__new__(cls)",
                "it = object.__new__(cls)\n            cls._it = it",
            ),
            True,
        ),
        (NEW + "S()", False),
        (NEW.replace("_it", "__it"), True),
        (NEW.replace("_it", "__it") + "S()", False),
        (NEW.replace("    def", "    @staticmethod\n    def"), True),
        (NEW.replace("super().__new__(cls)", "1"), False),
        (NEW.replace("if cls._it is None", "if True"), False),
        (NEW.replace("cls._it = super()", "other._it = super()"), False),
        (NEW.replace("        if", "        with cls.guard:\n          if"), False),
        (NEW.replace("        if", "        cls.guard.acquire()\n        if"), False),
        (NEW.replace("        if", "        cls._lock(1)\n        if"), False),
        (NEW.replace("__new__(cls):", "__new__(*args):"), False),
        (NEW.replace("(cls)", "(cls, key)").replace("cls._it = ", "x = y = "), False),
        (
            """
class M(type):
    made = {}
    def __call__(cls, *args):
        if cls not in cls.made:
            cls.made[cls] = super().__call__(*args)
        return cls.made[cls]
""",
            True,
        ),
        (
            """
class M(type):
    made = {}
    def __call__(cls, key):
        if key not in cls.made:
            cls.made[key] = super().__call__(key)
        return cls.made[key]
""",
            False,
        ),
        (
            """
class M(type):
    def __call__(cls, *args):
        if not hasattr(cls, "_table"):
            cls._table = cls.build()
        return super().__call__(*args)
""",
            False,
        ),
    ],
)
def test_singletons_by_hand(source, is_told, package):
    """A constructor that looks and then builds, without a lock, is told."""
    assert codes_of(package(source)) == ({"MP501"} if is_told else set())


# -- where there is no source -------------------------------------------------


def test_without_source(package, monkeypatch):
    """Rules that read source stay silent without it; the others do not."""
    code = FINAL + DUPLICATE + NEW + "    x = []\n    def m(self): self.x.append(1)\n"
    root = package(f"exec(compile({code!r}, 'nowhere.py', 'exec'))")

    assert codes_of(root) == {"MP101", "MP201", "MP202"}
    monkeypatch.setattr(_subjects.linecache, "getlines", lambda file: ["not python ("])
    _subjects.statements.cache_clear()
    assert _subjects.statements("broken.py") == {}


def test_line_of_a_decorated_class(package):
    """A finding points at the statement, and not at its decorators."""
    source = """
    from typing import final
    @final
    class Leaf: ...
    def decorate(cls): return cls
    @decorate
    @decorate
    class Twig(Leaf): ...
    class Noted(Leaf): ...
    """
    assert found(audit(package(source))) == [("MP201", 8), ("MP201", 9)]


# -- codes --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comment", "is_told"),
    [
        ("# noqa", False),
        ("# NOQA", False),
        ("#noqa:MP101", False),
        ("# noqa: F811, mp101", False),
        ("# noqa: MP1", False),
        ("# why  # noqa: F811 MP101", False),
        ("# noqa: F811", True),
        ("# noqa: MP102", True),
        ("# type: ignore", True),
        ("# no", True),
    ],
)
def test_noqa(comment, is_told, package):
    """A line says that a finding is meant, with its code or with none."""
    source = f"class C:\n    def a(self): ...\n    def a(self): ...  {comment}\n"

    assert len(audit(package(source))) == is_told


def test_select_and_ignore(package):
    """Codes are chosen by their beginnings, and an unknown one is an error."""
    root = package(DUPLICATE, NEW)

    assert codes_of(root) == {"MP101", "MP501"}
    assert [code for code, _ in found(audit(root, select="MP1"))] == ["MP101"]
    assert [code for code, _ in found(audit(root, ignore=["mp1"]))] == ["MP501"]
    assert audit(root, select=["MP"], ignore="MP").findings == ()
    for wrong in ("X", "", "MP999"):
        with pytest.raises(ValueError, match="unknown code"):
            audit(root, select=[wrong])
        with pytest.raises(ValueError, match="the codes are MP101"):
            audit(root, ignore=[wrong])


# -- modules ------------------------------------------------------------------


def test_packages_and_their_modules(package):
    """Submodules count, at any depth; `__main__` does not; other packages neither."""
    more = {
        "sub/__init__.py": "import json.tool\n" + DUPLICATE,
        "sub/deep.py": DUPLICATE,
        "__main__.py": "raise SystemExit(3)",
    }
    root = package(DUPLICATE, more=more)
    steps = []
    report = audit(root, progress=lambda *step: steps.append(step))

    assert {Path(finding.file).name for finding in report} == {
        "m0.py",
        "__init__.py",
        "deep.py",
    }
    names = [root, f"{root}.m0", f"{root}.sub", f"{root}.sub.deep"]
    assert steps == [(done, 4, name) for done, name in enumerate(names)]


def test_modules_that_cannot_be_imported(package):
    """A target must be importable; a submodule that is not is listed with a reason."""
    root = package("import nowhere_at_all", "raise SystemExit(3)", "1 /\\\n 0")
    report = audit(root)

    assert report.not_imported == {
        f"{root}.m0": "ModuleNotFoundError: No module named 'nowhere_at_all'",
        f"{root}.m1": "SystemExit: 3",
        f"{root}.m2": "ZeroDivisionError: division by zero",
    }
    assert str(report) == "0 findings in 0 classes; 3 modules not imported"
    for name in (f"{root}.m0", "nowhere_at_all", "", "..x"):
        with pytest.raises(ImportError, match="cannot import") as caught:
            audit(name)
        assert len(str(caught.value).splitlines()) == 1


def test_an_interrupt_interrupts(package):
    """Control-C while a module is imported ends the audit, and the watching."""
    with pytest.raises(KeyboardInterrupt):
        audit(package("raise KeyboardInterrupt"))
    assert type(builtins.__build_class__).__name__ == "builtin_function_or_method"


def test_a_folder_without_init_below(package, monkeypatch):
    """A folder that only looks like a package is passed over."""
    root = package(DUPLICATE, more={"sub/__init__.py": "", "sub/deep.py": DUPLICATE})
    importlib.import_module(root)
    finder = types.SimpleNamespace(find_spec=lambda *_: None)
    monkeypatch.setattr(_modules, "PathFinder", finder)

    assert len(audit(root)) == 1


# -- reports ------------------------------------------------------------------


def test_report(package, monkeypatch, tmp_path):
    """A report prints as text, as JSON and as commands for GitHub."""
    root = package(DUPLICATE)
    report = audit(root)
    monkeypatch.chdir(tmp_path)
    place = Path(root, "m0.py")
    message = "class 'Suite' binds 'test_a' again, and what line 3 bound is lost"

    assert str(report) == f"{place}:4: MP101 {message}\n1 finding in 1 class"
    assert json.loads(report.as_json()) == {
        "findings": [
            {
                "file": str(tmp_path / place),
                "line": 4,
                "code": "MP101",
                "message": message,
            }
        ],
        "classes": 1,
        "not_imported": {},
    }
    assert report.as_github() == f"::error file={place},line=4,title=MP101::{message}"
    assert len(report) == 1


def test_github_escapes():
    """What GitHub's commands give a meaning to is escaped."""
    finding = Finding("a,b:c%.py", 1, "MP101", "100%\nsure, it is: so")

    assert AuditReport((finding,), 1).as_github() == (
        "::error file=a%2Cb%3Ac%25.py,line=1,title=MP101::100%25%0Asure, it is: so"
    )


def test_every_code_is_told_of():
    """Each code has a sentence, and the rules yield no other."""
    assert set(CODES) == {"MP101", *_rules.RULES}
    assert all(isinstance(sentence, str) for sentence, _ in CODES.values())


# -- watching -----------------------------------------------------------------


def test_watching_leaves_nothing_behind():
    """However many watch, and in whichever order they end, the built-in is back."""
    real = builtins.__build_class__
    first, second = [], []
    one = class_statements(lambda *told: first.append(told))
    two = class_statements(lambda *told: second.append(told))
    one.__enter__()
    two.__enter__()

    class Both: ...

    one.__exit__(None, None, None)

    class Late: ...

    two.__exit__(None, None, None)

    class After: ...

    assert builtins.__build_class__ is real
    assert [made for _, made in first] == [Both]
    assert [made for _, made in second] == [Both, Late]
    assert After


def test_somebody_else_watches_too(monkeypatch):
    """A function that others put around ours stays, and ours is quiet from then on."""
    real = builtins.__build_class__
    told = []
    with class_statements(lambda _, made: told.append(made)):
        ours = builtins.__build_class__

        def theirs(*args, **kwargs):
            return ours(*args, **kwargs)

        builtins.__build_class__ = theirs

        class Seen: ...

    try:
        assert builtins.__build_class__ is theirs

        class Unseen: ...

        with class_statements(lambda _, made: told.append(made)):

            class Again: ...

        assert builtins.__build_class__ is theirs
    finally:
        builtins.__build_class__ = real

    assert told == [Seen, Again]
    assert Unseen


def test_watching_hides_no_frame():
    """A metaclass that looks for its caller finds the statement's names."""
    seen = []

    class Meta(type):
        def __new__(mcls, name, bases, namespace):
            seen.append(sys._getframe(1).f_globals["__name__"])
            return super().__new__(mcls, name, bases, namespace)

    with class_statements(lambda *_: None):

        class C(metaclass=Meta): ...

    assert seen == [__name__]
    assert C


def test_watching_and_errors():
    """A class statement that fails tells nobody, and its error is its own."""
    told = []
    with class_statements(lambda *made: told.append(made)):
        with pytest.raises(ZeroDivisionError):

            class C:
                1 / 0  # noqa: B018

        def not_a_class(*args, **kwargs):
            return 3

        class Three(metaclass=not_a_class): ...

    assert [made for _, made in told] == [3]


def test_what_is_no_class_is_not_looked_at(package):
    """A metaclass may be a function that makes anything."""
    source = "class C(metaclass=lambda *args: 3):\n    x = 1\n    x = 2\n"

    assert audit(package(source)) == AuditReport((), 0)


def test_audits_in_threads(package):
    """Two audits at a time do not see each other's packages, and end cleanly."""
    roots = [package(DUPLICATE), package(NEW)]
    reports = {}
    start = threading.Barrier(2)

    def run(root):
        start.wait(30)
        reports[root] = audit(root)

    threads = [
        threading.Thread(target=run, args=(root,), daemon=True) for root in roots
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()

    assert [found(reports[root])[0][0] for root in roots] == ["MP101", "MP501"]
    assert type(builtins.__build_class__).__name__ == "builtin_function_or_method"


def test_a_package_in_a_zip_file(tmp_path, monkeypatch):
    """Its modules are found, also if the import system was told to look anew."""
    root = f"audited_{next(numbers)}"
    archive = tmp_path / "packages.zip"
    with zipfile.ZipFile(archive, "w") as files:
        for name, source in {"__init__": "", "m0": DUPLICATE}.items():
            files.writestr(f"{root}/{name}.py", source)
    monkeypatch.syspath_prepend(str(archive))
    importlib.import_module(root)
    importlib.invalidate_caches()

    assert "MP101" in codes_of(root)
    del sys.modules[root], sys.modules[f"{root}.m0"]


# -- what other people wrote --------------------------------------------------


@pytest.mark.parametrize("name", ["asyncio", "collections", "email", "enum", "logging"])
def test_no_false_alarm_in_the_standard_library(name):
    """The standard library's well kept packages have nothing to report."""
    report = audit(name)

    assert report.classes
    assert report.findings == ()


def test_packages_without_init(tmp_path, monkeypatch):
    """A namespace package stands for those below it; a package's folders may be data."""
    body = "class C:\n    x = 1\n    x = 2\n"
    for path in (
        "spread/inner/deep",
        "spread/inner",
        "spread/not-a-name",
        "whole/data",
    ):
        (tmp_path / path).mkdir(parents=True, exist_ok=True)
        (tmp_path / path / "module.py").write_text(body)
    (tmp_path / "whole" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    report = audit("spread", "whole")

    assert [Path(found.file).parent.name for found in report] == ["deep", "inner"]
    assert report.not_imported == {}
    for name in [
        it for it in sys.modules if it.partition(".")[0] in ("spread", "whole")
    ]:
        del sys.modules[name]


HEADS = """
from typing import final
def plain(function): return function
@final
class F: ...
class A(
    F,
):  # noqa: MP201
    def one(self): ...
    def one(
        self,
    ):  # noqa: MP101
        pass
    def two(self): ...
    @plain
    def two(self): ...  # noqa: F811, MP101 since
    three = 1
    three = [
        2,
    ]  # noqa
    def four(self): ...
    def four(
        self,
    ):
        return 1  # noqa
    class five: ...
    class five: ...  # noqa: MP1
    def six(self): ...
    def six(  # noqa: MP2
        self,
    ): ...
    @plain
    def seven(self): ...
    def eight(self): ...
    def eight(self):
        @plain  # noqa
        def inner(): ...
class B(F
    ): x = 1  # noqa: MP201
"""


def test_a_statement_of_several_lines_says_so_on_any_of_its_head(tmp_path, monkeypatch):
    """The comment may stand on each line of a statement, or of its head; not below."""
    (tmp_path / "meant_lines.py").write_text(HEADS)
    monkeypatch.syspath_prepend(str(tmp_path))
    report = audit("meant_lines")

    assert [it.message.split()[3] for it in report] == ["'four'", "'six'", "'eight'"]
    assert {it.code for it in report} == {"MP101"}


def test_a_comment_where_the_source_does_not_parse(monkeypatch):
    """Without statements, the line alone can say so."""
    lines = ["class (\n", "x = 1  # noqa\n"]
    monkeypatch.setattr(_findings.linecache, "getlines", lambda file: lines)
    _findings.statement_heads.cache_clear()

    assert _findings.is_meant(Finding("unparsed.py", 2, "MP101", ""))
    assert not _findings.is_meant(Finding("unparsed.py", 1, "MP101", ""))
    _findings.statement_heads.cache_clear()


RACES = """
class Tried(type):
    kept = {}
    def __call__(cls, *args):
        try:
            return cls.kept[cls]
        except KeyError:
            cls.kept[cls] = made = super().__call__(*args)
            return made
class Got:
    kept = {}
    def __new__(cls):
        found = cls.kept.get(cls)
        if found is None:
            found = cls.kept[cls] = super().__new__(cls)
        return found
class Unasked:
    kept = None
    def __new__(cls):
        cls.kept = super().__new__(cls)
        return cls.kept
"""


def test_singletons_that_ask_in_other_ways(tmp_path, monkeypatch):
    """An instance is also looked for by `try`, and before the `if`."""
    (tmp_path / "asked_races.py").write_text(RACES)
    monkeypatch.syspath_prepend(str(tmp_path))

    assert [(it.code, it.line) for it in audit("asked_races")] == [
        ("MP501", 4),
        ("MP501", 12),
    ]


def test_a_final_property_is_found_where_it_is_hidden(tmp_path, monkeypatch):
    """The line is that of the property, and not of its class."""
    (tmp_path / "hidden_property.py").write_text(
        "from typing import final\n"
        "class A:\n    @property\n    @final\n    def x(self): ...\n"
        "class B(A):\n    y = 1\n    @property\n    def x(self): ...\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    assert [(it.code, it.line) for it in audit("hidden_property")] == [("MP202", 9)]
