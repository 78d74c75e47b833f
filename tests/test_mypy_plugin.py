"""The mypy plugin, in every way that mypy runs; ``typing_tests`` has what it infers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import redirect_stderr
from importlib.util import find_spec
from io import StringIO
from itertools import permutations
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

import metapatterns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

api = pytest.importorskip("mypy.api")
from mypy.plugin import Plugin
from mypy.version import __version__ as mypy_version

from metapatterns import _mypy, mypy_plugin
from metapatterns._doors import METACLASS, ROWS

SOURCE = Path(metapatterns.__file__).parents[1]

#: Where each module of a test begins.
PRELUDE = """
from __future__ import annotations
import abc
from typing import Any, Protocol, assert_type
from metapatterns import *
"""
PARTS = """
class LeftMeta(type):
    @property
    def left(cls) -> int:
        return 1

class RightMeta(type):
    def right(cls) -> str:
        return ""

class OtherMeta(type): ...
class Left(metaclass=LeftMeta):
    def __init__(self, size: int) -> None: ...
class Right(metaclass=RightMeta): ...
class Other(metaclass=OtherMeta): ...
"""


#: The names of modules that a test checks.
Modules = tuple[str, ...]
#: What is checked without edits is checked in one run, since mypy takes long to begin.
PROGRAMS = {"parts": PARTS}


def program(**modules: str) -> Modules:
    assert PROGRAMS.keys().isdisjoint(modules)
    PROGRAMS.update(modules)
    return tuple(modules)


class Project:
    """A folder of modules, and mypy's view of them."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.cache = cache
        self.edits = 0
        config = ["[mypy]", "strict = True", "plugins = metapatterns.mypy_plugin"]
        paths = [str(folder)]
        if SOURCE.name != "site-packages":
            paths.append(str(SOURCE))
        config += [f"mypy_path = {':'.join(paths)}"]
        config += ["[mypy-metapatterns.*]", "follow_imports = silent"]
        (folder / "mypy.ini").write_text("\n".join(config))
        self.write("parts", PARTS)

    def write(self, module: str, source: str) -> None:
        path = self.folder / f"{module}.py"
        path.write_text(PRELUDE + dedent(source))
        self.edits += 1  # the daemon looks at the size, and at the time in seconds
        os.utime(path, (self.edits, self.edits))

    def extend(self, module: str) -> None:
        with (self.folder / f"{module}.py").open("a") as file:
            file.write(f"\nchanged_{module} = 1\n")

    def options(self) -> list[str]:
        return [
            f"--config-file={self.folder / 'mypy.ini'}",
            "--no-error-summary",
            "--hide-error-context",
        ]

    def files(self) -> list[str]:
        return sorted(map(str, self.folder.glob("*.py")))

    def run(self, *options: str) -> str:
        """Run mypy here; return what it says, and what the plugin says beside it."""
        command = [*self.options(), f"--cache-dir={self.cache}", *options]
        with redirect_stderr(StringIO()) as beside:
            shown, crashed, _ = api.run([*command, *self.files()])
        assert "Traceback" not in crashed
        assert "INTERNAL ERROR" not in shown + crashed
        return str(shown + crashed + beside.getvalue())

    def check(self, *options: str) -> None:
        self.compare(self.run(*options))

    def compare(self, shown: str, *modules: str) -> None:
        """Hold mypy to the ``# error`` comments: so many lines, and no others."""
        reported: dict[tuple[str, int], str] = {}
        for line in shown.splitlines():
            if match := re.match(r"(.+?):(\d+): error: (.*)", line):
                place = Path(match[1]).stem, int(match[2])
                reported[place] = reported.get(place, "") + match[3]
            else:
                assert re.match(r".+?:\d+: note: ", line), shown
        expected: dict[tuple[str, int], str] = {}
        for path in map(Path, self.files()):
            for number, text in enumerate(path.read_text().splitlines(), 1):
                if match := re.search(r"# error(?:: (.*))?$", text):
                    expected[path.stem, number] = match[1] or ""
        if modules:
            reported = {at: said for at, said in reported.items() if at[0] in modules}
            expected = {at: word for at, word in expected.items() if at[0] in modules}
        assert reported.keys() == expected.keys(), shown
        for place, fragment in expected.items():
            assert fragment in reported[place], shown


class Programs:
    """All of ``PROGRAMS``, and what mypy says of them where it knows nothing yet."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.project = Project(folder, cache)
        for module, source in PROGRAMS.items():
            self.project.write(module, source)
        self.shown = self.project.run()

    def check(self, modules: Modules) -> None:
        self.project.compare(self.shown, *modules)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    return Programs(
        tmp_path_factory.mktemp("programs"), tmp_path_factory.mktemp("mypy")
    )


@pytest.fixture
def project(tmp_path: Path, programs: Programs) -> Iterator[Project]:
    """
    A project of a test's own: mypy would take an equal module from another's.

    What mypy knows of the standard library and of this package is there already.
    """
    own = shutil.copytree(programs.project.cache, tmp_path / "cache")
    yield Project(tmp_path, own)
    shutil.rmtree(own, ignore_errors=True)  # where a test has not


# -- where a combination can stand --------------------------------------------

SPELLINGS = {
    "inline": """
        from parts import *
        class C(Left, Right, metaclass=combine_metaclasses(Left, Right)): ...
    """,
    "assigned": """
        from parts import *
        Both = combine_metaclasses(LeftMeta, RightMeta)
        class C(Left, Right, metaclass=Both): ...
    """,
    "renamed": """
        from parts import *
        from metapatterns.combine import combine_metaclasses as together
        class C(Left, Right, metaclass=together(Left, Right)): ...
    """,
    "by module": """
        import metapatterns
        from parts import *
        class C(Left, Right, metaclass=metapatterns.combine_metaclasses(Left, Right)):
            ...
    """,
    "several lines": """
        from parts import *
        class C(
            Left,
            Right,
            metaclass=combine_metaclasses(
                Left,
                Right,
                name="Both",
            ),
        ): ...
    """,
    "nested call": """
        from parts import *
        class C(
            Left, Right,
            metaclass=combine_metaclasses(
                combine_metaclasses(Left, Right), LeftMeta, type
            ),
        ): ...
    """,
    "type of a class": """
        from parts import *
        class C(Left, Right, metaclass=combine_metaclasses(type(Left), type(Right))):
            ...
    """,
    "nested and assigned": """
        from parts import *
        Both = combine_metaclasses(combine_metaclasses(Left, Right), abc.ABC)
        class C(Left, Right, metaclass=Both): ...
    """,
    "parts of one name": """
        import parts
        from parts import Left, Right, Other
        class LeftMeta(type):
            def other(cls) -> int: return 1
        One = combine_metaclasses(LeftMeta, Right)
        class C(Left, Right, metaclass=combine_metaclasses(parts.LeftMeta, Right)): ...
        class D(metaclass=One): ...
        assert_type(D.other(), int)
        D.left  # error: has no attribute
    """,
    "alias of a part": """
        from parts import *
        Aliased = LeftMeta
        class C(Left, Right, metaclass=combine_metaclasses(Aliased, Right)): ...
    """,
    "covered part": """
        from parts import *
        class Both(LeftMeta, RightMeta): ...
        class C(Left, Right, metaclass=combine_metaclasses(LeftMeta, Both)): ...
    """,
    "auto": """
        from parts import *
        class C(Left, Right, metaclass=auto_metaclass): ...
    """,
    "auto with a part": """
        from parts import *
        class C(Left, metaclass=auto_metaclass(RightMeta)): ...
    """,
    "parts that follow": """
        from parts import *
        def later() -> None:
            assert_type(C.left, int)
        class L(Left, metaclass=LeftMeta): ...
        Both = combine_metaclasses(L, Right)
        class C(L, Right, metaclass=Both): ...
    """,
    "import cycle": """
        import cycle
        from parts import *
        Both = combine_metaclasses(Left, Right)
        class C(Left, Right, metaclass=Both):
            other: cycle.Holder
    """,
}
CYCLE = """
    import import_cycle
    class Holder:
        held: import_cycle.C
    class Also(import_cycle.C): ...
    class Inline(Holder, metaclass=import_cycle.Both): ...
    assert_type(Also.left, int)
    assert_type(Inline.right(), str)
"""
USES = """
    assert_type(C(1), C)
    assert_type(C.left, int)
    assert_type(C.right(), str)
    C("a")  # error: incompatible type
    C.missing  # error: has no attribute
    class Below(C): ...
    assert_type(Below.left, int)
    class Third(C, Other): ...  # error: conflict
"""


COMBINATIONS = {
    spelling: program(**{spelling.replace(" ", "_"): dedent(source) + dedent(USES)})
    for spelling, source in SPELLINGS.items()
}
COMBINATIONS["import cycle"] += program(cycle=CYCLE)


@pytest.mark.parametrize("modules", COMBINATIONS.values(), ids=COMBINATIONS)
def test_combination_is_exact(programs: Programs, modules: Modules) -> None:
    """However it is written, a combination has the attributes of every part."""
    programs.check(modules)


SCOPES = program(
    scopes="""
    from parts import *

    def make() -> type[Any]:
        Both = combine_metaclasses(Left, Right)
        class Named(Left, Right, metaclass=Both): ...
        class Inline(Left, Right, metaclass=combine_metaclasses(Left, Right)): ...
        assert_type(Named.left, int)
        assert_type(Inline.right(), str)
        Inline.missing  # error: has no attribute
        return Named

    class Outer:
        Both = combine_metaclasses(Left, Right)
        class Inner(Left, Right, metaclass=Both): ...
        def method(self) -> None:
            class Local(Left, Right, metaclass=combine_metaclasses(Left, Right)): ...
            assert_type(Local.left, int)
            Local.missing  # error: has no attribute

    assert_type(Outer.Inner.left, int)
    class Taken(Left, Right, metaclass=Outer.Both): ...
    assert_type(Taken.right(), str)
    """
)


def test_scopes(programs: Programs) -> None:
    """Functions and classes may combine, and what they make stays theirs."""
    programs.check(SCOPES)


OTHER_MODULES = program(
    home="""
    from parts import *
    Both = combine_metaclasses(Left, Right)
    """,
    export="""
    from home import Both as Renamed
    __all__ = ['Renamed']
    """,
    importer="""
    import export
    from parts import *
    from export import Renamed
    class C(Left, Right, metaclass=Renamed): ...
    class D(Left, Right, metaclass=export.Renamed): ...
    class E(C, D): ...
    assert_type(E.left, int)
    C.missing  # error: has no attribute
    """,
)


def test_other_modules(programs: Programs) -> None:
    """A combination is imported and exported like any class."""
    programs.check(OTHER_MODULES)


def need_each_other(
    first: str, second: str, spelling: str, *, by_name: bool
) -> Modules:
    """Write two modules, in whose names is the order that mypy takes them in."""
    parts = f"{'' if by_name else f'{second}.'}OneMeta, RightMeta"
    assigned = spelling == "assigned"
    return program(
        **{
            first: f"""
            from parts import *
            {f"from {second} import OneMeta" if by_name else f"import {second}"}
            class ZeroMeta(type):
                @property
                def zero(cls) -> int: return 1
            {f"Both = combine_metaclasses({parts})" if assigned else ""}
            class C(metaclass={"Both" if assigned else f"{spelling}({parts})"}): ...
            assert_type(C.zero, int)
            C.missing  # error: has no attribute
            """,
            second: f"""
            import {first}
            class OneMeta({first}.ZeroMeta):
                @property
                def one(cls) -> int: return 1
            class D({first}.C): ...
            class E(D): ...
            assert_type(D.zero, int)
            assert_type(E.right(), str)
            E.missing  # error: has no attribute
            """,
        }
    )


NEED_EACH_OTHER = {
    f"{first}, {spelling}, {'by name' if by_name else 'by module'}": need_each_other(
        f"{first}_{spelling}_{by_name}",
        f"{second}_{spelling}_{by_name}",
        spelling,
        by_name=by_name,
    )
    for first, second in (("earlier", "later"), ("zebra", "antelope"))
    for spelling in ("assigned", "combine_metaclasses", "auto_metaclass")
    for by_name in (True, False)
}


@pytest.mark.parametrize("modules", NEED_EACH_OTHER.values(), ids=NEED_EACH_OTHER)
def test_modules_that_need_each_other(programs: Programs, modules: Modules) -> None:
    """Parts that mypy comes to later are waited for, by subclasses too."""
    programs.check(modules)


EQUAL_COMBINATIONS = program(
    first="""
    from parts import *
    class Cfirst(Left, Right, metaclass=combine_metaclasses(Left, Right)): ...
    """,
    second="""
    from parts import *
    class Csecond(Left, Right, metaclass=combine_metaclasses(Left, Right)): ...
    """,
    meeting="""
    from first import Cfirst
    from second import Csecond
    from parts import *
    class Meeting(Cfirst, Csecond): ...
    class Below(Meeting): ...
    class Again(Csecond, Cfirst): ...
    class AndAgain(Cfirst, Csecond): ...
    class Both(Below, AndAgain): ...
    class Third(Below, Other): ...  # error: conflict
    class Here(Cfirst, metaclass=combine_metaclasses(Left, Right)): ...
    assert_type(Below.left, int)
    """,
)


def test_equal_combinations_are_one(programs: Programs) -> None:
    """As at run time: classes of two modules meet, and their subclasses do."""
    programs.check(EQUAL_COMBINATIONS)


# -- what Python would refuse -------------------------------------------------


CONFLICTS = program(
    conflicts="""
    from parts import *
    class TooFew(Left, Right, Other, metaclass=combine_metaclasses(Left, Right)): ...  # error
    class Third(Left, Right, metaclass=combine_metaclasses(Left, Other)): ...  # error: conflict
    class Two(Left, Right): ...  # error: conflict
    class NoClass(metaclass=combine_metaclasses(LeftMeta, 3)): ...  # error
    class Missing(metaclass=combine_metaclasses(LeftMeta, Absent)): ...  # error
    class One(Right, metaclass=combine_metaclasses(Left)): ...  # error: conflict
    """
)


def test_conflicts_are_reported(programs: Programs) -> None:
    """A conflict that the combination does not solve is one for mypy too."""
    programs.check(CONFLICTS)


ORDERS_THAT_DISAGREE = program(
    orders_that_disagree="""
    from parts import *
    class One(LeftMeta, RightMeta): ...
    class Two(RightMeta, LeftMeta): ...
    Both = combine_metaclasses(One, Two)  # error: No metaclass can derive from "One" and "Two"
    class C(metaclass=combine_metaclasses(One, Two)): ...  # error: orders
    """
)


def test_orders_that_disagree(programs: Programs) -> None:
    """Parts whose own bases come in two orders are named."""
    programs.check(ORDERS_THAT_DISAGREE)


MEANT_TWICE = program(
    meant_twice="""
    from parts import *
    Both = combine_metaclasses(Left, Right)
    Both = combine_metaclasses(Left, Other)  # error: Cannot assign to a type
    class C(metaclass=Both): ...
    assert_type(C.right(), str)
    class D(E): ...  # error
    class E(D): ...
    """
)


def test_a_name_that_is_meant_twice(programs: Programs) -> None:
    """A name stands for the first combination, as names of classes do."""
    programs.check(MEANT_TWICE)


CIRCLES = program(
    circles="""
    from parts import *
    One = combine_metaclasses(Two, LeftMeta)  # error
    Two = combine_metaclasses(One, RightMeta)
    class C(metaclass=One): ...  # error: Invalid metaclass
    class D(metaclass=combine_metaclasses(D, LeftMeta)): ...
    Both = combine_metaclasses(LeftMeta, RightMeta)
    class E(F): ...  # error
    class F(E): ...
    """
)


def test_circles(programs: Programs) -> None:
    """What would be made of itself is an error, and keeps mypy no longer than without."""
    programs.check(CIRCLES)


LATE_CONFLICT = program(
    conflicting="""
    from parts import *
    import orders
    class ZeroMeta(type): ...
    Both = combine_metaclasses(orders.OneMeta, orders.TwoMeta)  # error: orders
    class C(metaclass=Both): ...  # error: Invalid metaclass
    class D(metaclass=combine_metaclasses(orders.OneMeta, orders.TwoMeta)): ...  # error: orders
    """,
    orders="""
    import conflicting
    from parts import *
    class OneMeta(conflicting.ZeroMeta, RightMeta): ...
    class TwoMeta(RightMeta, conflicting.ZeroMeta): ...
    class E(conflicting.C): ...
    """,
)


def test_conflict_that_shows_late(programs: Programs) -> None:
    """What was waited for may conflict; that is one error, and no more."""
    programs.check(LATE_CONFLICT)


METACLASSES_OF_PARTS_THAT_CONFLICT = program(
    metaclasses_of_parts_that_conflict="""
    class Above(type): ...
    class Beside(type): ...
    class One(type, metaclass=Above): ...
    class Two(type, metaclass=Beside): ...
    class C(metaclass=combine_metaclasses(One, Two)): ...  # error: theirs conflict
    """
)


def test_metaclasses_of_parts_that_conflict(programs: Programs) -> None:
    """Metaclasses have metaclasses, which have to agree too."""
    programs.check(METACLASSES_OF_PARTS_THAT_CONFLICT)


MEMBERS_THAT_DISAGREE = program(
    members_that_disagree="""
    from parts import *
    class WordMeta(type):
        def left(cls, word: str) -> str:
            return word
    class Word(metaclass=WordMeta): ...
    Both = combine_metaclasses(LeftMeta, WordMeta)  # error: incompatible
    class C(metaclass=combine_metaclasses(Left, Word)): ...  # error: incompatible
    class D(Left, metaclass=auto_metaclass(Word)): ...  # error: incompatible
    class WideMeta(type):
        kind: int = 1
        def go(cls, x: object) -> int: return 1
    class NarrowMeta(type):
        kind: int = 1
        def go(cls, x: int) -> int: return x
    class NamedMeta(type):
        kind: str = ""
    class FalseMeta(type):
        def __bool__(cls) -> bool: return False
    class E(metaclass=combine_metaclasses(WideMeta, NarrowMeta)): ...
    class F(metaclass=combine_metaclasses(NarrowMeta, WideMeta)): ...  # error: "go"
    class G(metaclass=combine_metaclasses(WideMeta, NamedMeta)): ...  # error: "kind"
    class H(metaclass=combine_metaclasses(RegistryMeta, FalseMeta)): ...
    """
)


def test_members_that_disagree(programs: Programs) -> None:
    """Two parts that mean different things by one name are reported."""
    programs.check(MEMBERS_THAT_DISAGREE)


METACLASSES = [row.name for row in ROWS if row.door == METACLASS]
PAIRS = program(
    pairs="\n".join(
        f"class C{number}(metaclass=combine_metaclasses({first}, {second})): ..."
        for number, (first, second) in enumerate(
            permutations([*METACLASSES, "abc.ABCMeta"], 2)
        )
    )
)


def test_our_members_agree(programs: Programs) -> None:
    """Two patterns, or one and ABCMeta, mean the same by a name, in both orders."""
    programs.check(PAIRS)


PARTS_THAT_CANNOT_BE_READ = program(
    parts_that_cannot_be_read="""
    from parts import *
    metas: list[type] = [LeftMeta, RightMeta]
    kind: type = LeftMeta
    class C(metaclass=combine_metaclasses(*metas)): ...  # error: Dynamic metaclass
    class D(metaclass=combine_metaclasses(kind, Left)): ...  # error: Dynamic
    class E(metaclass=combine_metaclasses(type("X", (), {}), Left)): ...  # error: Dynamic
    Star = combine_metaclasses(*metas)
    class F(metaclass=Star): ...  # error: Invalid metaclass
    @auto_metaclass
    class G(Left): ...
    class H(metaclass=combine_metaclasses(RegistryMeta, type(Protocol))): ...  # error: Dynamic
    class Runs(Protocol):
        def run(self) -> int: ...
    class I(Runs, metaclass=combine_metaclasses(RegistryMeta, Runs)):
        def run(self) -> int: return 1
    assert_type(I().run(), int)
    """
)


def test_parts_that_cannot_be_read(programs: Programs) -> None:
    """What is not written out stays what it is to mypy: a dynamic metaclass."""
    programs.check(PARTS_THAT_CANNOT_BE_READ)


UNKNOWN_TYPES_ARE_NOT_REPORTED = program(
    unknown_types_are_not_reported="""
    # mypy: allow-subclassing-any
    from parts import *
    from absent import Unseen  # type: ignore[import-not-found]
    class C(Left, metaclass=combine_metaclasses(Left, Unseen)): ...
    class Derived(Unseen): ...
    class D(Left, metaclass=combine_metaclasses(Left, Derived)): ...
    assert_type(C.whatever, Any)
    assert_type(C(1), C)
    """
)


def test_unknown_types_are_not_reported(programs: Programs) -> None:
    """A part from a module that mypy cannot see makes the class lenient, no more."""
    programs.check(UNKNOWN_TYPES_ARE_NOT_REPORTED)


NOTHING_TO_COMBINE = program(
    nothing_to_combine="""
    from parts import *
    class Plain: ...
    class C(metaclass=combine_metaclasses(Plain, type)): ...
    class D(Plain, metaclass=auto_metaclass): ...
    class E(C, D, Left): ...
    assert_type(E.left, int)
    Nothing = combine_metaclasses(Plain, C)
    class F(Left, metaclass=Nothing): ...
    assert_type(F.left, int)
    """
)


def test_nothing_to_combine(programs: Programs) -> None:
    """Plain classes combine to ``type``, as at run time."""
    programs.check(NOTHING_TO_COMBINE)


# -- what follows from a metaclass --------------------------------------------


FINAL_CLASSES = program(
    final_classes="""
    open_or_not = bool(input())
    class Meta(FinalMeta, abc.ABCMeta): ...
    class Leaf(metaclass=Meta): ...
    class Open(metaclass=combine_metaclasses(FinalMeta, abc.ABCMeta), final=False):
        ...
    class Closed(Open): ...
    class Methods(FinalMixin, final="methods"): ...
    class Below(Methods): ...
    class Shut(Below, final=True): ...
    class Unclear(FinalMixin, final=open_or_not): ...
    @final
    class Marked(metaclass=FinalMeta, final="methods"): ...
    class A(Leaf): ...  # error: final
    class B(Closed): ...  # error: final
    class C(Below): ...
    class D(Shut): ...  # error: final
    class E(Unclear): ...
    class F(Marked): ...  # error: final
    """
)


def test_final_classes(programs: Programs) -> None:
    """Through every way to FinalMeta a class is final, unless it says otherwise."""
    programs.check(FINAL_CLASSES)


LOGGERS = program(
    loggers="""
    import logging
    class Base(metaclass=combine_metaclasses(LoggerMeta, abc.ABCMeta)): ...
    class Below(Base): ...
    class Own(metaclass=LoggerMeta):
        logger = 1
    class Log(Base, logger_attribute="log"): ...
    class Mixed(LoggerMixin, logger_attribute="log"): ...
    class Plain(LoggerMixin): ...
    class Made(metaclass=LoggerMeta, logger_factory=lambda name: name): ...
    def name() -> str: return "log"
    class Computed(metaclass=LoggerMeta, logger_attribute=name()): ...
    class Unsaid(metaclass=LoggerMeta, logger_attribute=None, logger_factory=None): ...
    @logged
    class Bare: ...
    @logged(attribute=None, factory=None)
    class Silent: ...
    @logged(attribute="log", factory=print)
    class Called: ...
    assert_type(Below().logger, logging.Logger)
    assert_type(Own().logger, int)
    assert_type(Log().log, logging.Logger)
    assert_type(Log().logger, logging.Logger)
    assert_type(Mixed().log, logging.Logger)
    assert_type(Plain().logger, logging.Logger)
    assert_type(Made().logger, Any)
    assert_type(Unsaid().logger, logging.Logger)
    assert_type(Bare().logger, logging.Logger)
    assert_type(Silent().logger, logging.Logger)
    assert_type(Called().log, Any)
    Computed().logger  # error: has no attribute
    Base().logger.shout()  # error: has no attribute
    """
)


def test_loggers(programs: Programs) -> None:
    """The logger is known on instances, under its name, unless the class has one."""
    programs.check(LOGGERS)


DATACLASS_TRANSFORM_GOES_DOWN = program(
    dataclass_transform_goes_down="""
    class Meta(ValidatorMeta, abc.ABCMeta): ...
    class C(metaclass=Meta):
        x: int
    class D(metaclass=combine_metaclasses(ValidatorMeta, SingletonMeta)):
        x: int
    C(1), D(1)
    C("a")  # error: incompatible type
    D()  # error: Missing
    """
)


def test_dataclass_transform_goes_down(programs: Programs) -> None:
    """Fields make the constructor under a metaclass derived from ValidatorMeta."""
    programs.check(DATACLASS_TRANSFORM_GOES_DOWN)


FROZEN_FIELDS = program(
    frozen_fields="""
    class Derived(ValidatorMeta): ...
    class C(metaclass=ValidatorMeta, frozen=True):
        x: int
        def move(self) -> None:
            self.x += 1  # error: frozen
    class Below(C, frozen=True):
        y: int
    class D(metaclass=Derived, frozen=True):
        x: int
    class E(metaclass=combine_metaclasses(ValidatorMeta, abc.ABCMeta), frozen=True):
        x: int
    class Open(metaclass=ValidatorMeta, frozen=False):
        x: int
    def local() -> None:
        class Local(metaclass=ValidatorMeta, frozen=True):
            x: int
        Local(1).x = 2  # error: frozen
    C(1).x = 2  # error: frozen
    Below(1, 2).x = 2  # error: frozen
    Below(1, 2).y = 2  # error: read-only
    D(1).x = 2  # error: frozen
    E(1).x = 2  # error: frozen
    Open(1).x = 2
    assert_type(C(1).x, int)
    """
)


def test_frozen_fields(programs: Programs) -> None:
    """Fields that ValidatorMeta froze are not assigned to, where PEP 681 lets them."""
    programs.check(FROZEN_FIELDS)


# -- how mypy runs ------------------------------------------------------------

LIBRARY = """
    from parts import *
    Both = combine_metaclasses(Left, Right)
    class Base(Left, Right, metaclass=combine_metaclasses(Left, Right)): ...
    class Closed(metaclass=combine_metaclasses(FinalMeta, LoggerMeta)): ...
    class Frozen(metaclass=ValidatorMeta, frozen=True):
        x: int
"""
PROGRAM = """
    from library import *
    class C(Base, metaclass=Both): ...
    class D(Closed): ...  # error: final
    assert_type(C.left, int)
    assert_type(C.right(), str)
    Closed().logger.info("made")
    C.missing  # error: has no attribute
    Frozen(1).x = 2  # error: frozen
"""


def test_warm_runs(project: Project) -> None:
    """From the cache come the same results, whichever module has changed."""
    project.write("library", LIBRARY)
    project.write("main", PROGRAM)
    project.check()
    for module in "main", "library", "parts":
        project.extend(module)
        project.check()
        project.check()


def test_changed_part(project: Project) -> None:
    """A part that changes changes what is known of the combinations elsewhere."""
    project.write("library", LIBRARY)
    project.write("main", PROGRAM)
    project.check()
    project.write("parts", PARTS.replace("-> int", "-> str").replace("return 1", "..."))
    shown = project.run()

    assert 'Expression is of type "str", not "int"' in shown
    assert '"type[C]" has no attribute "missing"' in shown


def test_cold_run(project: Project) -> None:
    """Without a cache mypy comes to the same results."""
    project.write("library", LIBRARY)
    project.write("main", PROGRAM)

    project.check("--no-incremental", "--python-version=3.12")


def test_cache_in_files(project: Project) -> None:
    """The cache is read again in its other format as well."""
    project.write("library", LIBRARY)
    project.write("main", PROGRAM)

    project.check("--no-sqlite-cache")
    project.check("--no-sqlite-cache")


def told(options: str, number: int) -> Modules:
    program_here = PROGRAM.replace("library", f"library_{number}")
    if "misc" in options:
        program_here = re.sub("  # error: (final|frozen)", "", program_here)
    return program(
        **{
            f"library_{number}": f"# mypy: {options}\n{dedent(LIBRARY)}",
            f"program_{number}": f"# mypy: {options}\n{dedent(program_here)}",
        }
    )


OPTIONS = {
    options: told(options, number)
    for number, options in enumerate(
        [
            "allow-redefinition",
            "local-partial-types",
            'disallow-any-expr, disable-error-code="misc"',
        ]
    )
}


@pytest.mark.parametrize("modules", OPTIONS.values(), ids=OPTIONS)
def test_options(programs: Programs, modules: Modules) -> None:
    """What else mypy is told to do makes no difference."""
    programs.check(modules)


# On a busy machine mypy does not wait until its workers have ended.
@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_parallel_run(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Workers come to the results of one process, from nothing and from the cache."""
    begin, now = time.time(), time.time
    # mypy gives its workers three seconds to start, on a busy machine as well.
    monkeypatch.setattr(time, "time", lambda: begin + (now() - begin) / 100)
    monkeypatch.chdir(project.folder)  # where mypy keeps the workers' addresses
    project.write("library", LIBRARY)
    project.write("main", PROGRAM)
    alone = project.run()
    shutil.rmtree(project.cache)
    together = [project.run("-n2")]
    if "unrecognized arguments: -n2" in together[0]:
        pytest.skip("this mypy has no workers")
    for module in "main", "library", "parts":
        project.extend(module)
        together.append(project.run("-n2"))

    project.compare(alone)
    for shown in together:
        assert sorted(shown.splitlines()) == sorted(alone.splitlines())
    assert capfd.readouterr() == ("", "")  # workers say here what goes wrong in them


@pytest.fixture
def daemon(project: Project) -> Iterator[Callable[[], str]]:
    status = project.folder / "daemon.json"
    client = [sys.executable, "-m", "mypy.dmypy", f"--status-file={status}"]

    def dmypy(*command: str) -> str:
        done = subprocess.run(
            [*client, *command],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert not done.stderr, done.stderr
        return done.stdout

    dmypy("start", "--", *project.options(), f"--cache-dir={project.folder / 'cache'}")
    try:
        yield lambda: dmypy("check", *project.files())
    finally:
        dmypy("stop")


def test_daemon(project: Project, daemon: Callable[[], str]) -> None:
    """The daemon follows edits of every module, there and back."""
    project.write("library", LIBRARY)
    project.write("main", PROGRAM)
    project.compare(daemon())

    project.write("main", PROGRAM + "    C.right()\n    C.left.missing  # error\n")
    project.compare(daemon())
    project.write("library", LIBRARY + "    another = 1\n")
    project.compare(daemon())

    project.write("parts", PARTS.replace("def right", "def wrong"))
    shown = daemon()
    assert '"type[C]" has no attribute "right"' in shown
    project.write("parts", PARTS)
    project.compare(daemon())

    project.write(
        "parts", PARTS.replace("class RightMeta(type)", "class RightMeta(Far)")
    )
    project.write("far", "class Far(type): ...")
    edited = project.folder / "parts.py"
    edited.write_text(
        edited.read_text().replace("class Left", "from far import Far\nclass Left", 1)
    )
    project.compare(daemon())
    project.write("main", PROGRAM + "    C.far()  # error\n")
    project.compare(daemon())
    project.write("far", "class Far(type):\n    def far(cls) -> int: return 1\n")
    assert '"far"' not in daemon()
    project.write("far", "class Far(type): ...")
    project.compare(daemon())
    project.write("main", PROGRAM)

    project.write("library", LIBRARY.replace("(FinalMeta, LoggerMeta)", "(LoggerMeta)"))
    shown = daemon()
    assert "final class" not in shown
    project.write("library", LIBRARY)
    project.compare(daemon())

    project.write("library", LIBRARY.replace("Left, Right)", "Left, Other)"))
    assert "conflict" in daemon()
    project.write("library", LIBRARY)
    project.compare(daemon())


FROZEN = """
    import dataclasses
    class Ours(metaclass=ValidatorMeta, frozen=True):
        x: int
    @dataclasses.dataclass(frozen=True)
    class Standard:
        x: int
"""
ASSIGNING = """
    from library import Ours, Standard
    Ours(1).x = 2  # error: frozen
    Standard(1).x = 2  # error: read-only
"""


def test_frozen_in_the_daemon(project: Project, daemon: Callable[[], str]) -> None:
    """The daemon sees that a class is frozen by now when it sees it of a dataclass."""
    project.write("library", FROZEN)
    project.write("main", ASSIGNING)
    project.compare(daemon())
    project.write("library", FROZEN.replace("True", "False"))
    assert not daemon()

    project.write("library", FROZEN)
    shown = daemon()
    assert ("is frozen" in shown) == ("is read-only" in shown)
    project.write("main", f"{ASSIGNING}    edited = True\n")
    project.compare(daemon())


# -- when it cannot work ------------------------------------------------------


@pytest.mark.parametrize(
    "version", ["1.13.0", "2.99.1", "3.0.0+dev.1a2b", "unheard-of"]
)
def test_unknown_version(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A mypy that the plugin does not know gets none, and one line."""
    made = mypy_plugin.plugin(version)
    shown = capsys.readouterr().err

    assert made is Plugin
    assert shown.count("\n") == 1
    assert version in shown


WORKER = """
import mypy.build_worker.worker
from metapatterns import mypy_plugin
mypy_plugin.plugin("1.13.0")
"""


@pytest.mark.skipif(not find_spec("mypy.build_worker"), reason="this mypy has none")
def test_unknown_version_in_a_worker() -> None:
    """The workers of a parallel run do not repeat the line."""
    command = [sys.executable, "-c", WORKER]
    worker = subprocess.run(command, capture_output=True, text=True, check=True)

    assert not worker.stderr


def test_run_with_an_unknown_version(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run in such a mypy goes on, and says once that the plugin is not used."""
    monkeypatch.setattr(mypy_plugin, "KNOWN", ((0, 1), (0, 2)))
    project.write("library", LIBRARY)
    project.write("main", PROGRAM)
    *shown, said = project.run().splitlines()

    assert said.startswith("metapatterns.mypy_plugin is not used: it knows mypy 0.1 to")
    assert "metapatterns.mypy_plugin" not in "\n".join(shown)
    assert sum("Dynamic metaclass not supported" in line for line in shown) == 2
    assert any('Invalid metaclass "Both"' in line for line in shown)


def test_known_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The mypy at hand is one that the plugin knows, and it says nothing."""
    made = mypy_plugin.plugin(mypy_version)

    assert made is _mypy.MetapatternsPlugin
    assert not capsys.readouterr().err


def test_what_does_not_load(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mypy that has moved what the plugin needs goes on without it."""
    monkeypatch.setitem(sys.modules, "metapatterns._mypy", None)
    made = mypy_plugin.plugin(mypy_version)

    assert made is Plugin
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "part",
    [
        "_calls.parts_of_call",
        "settle",
        "compare_members",
        "refuse_assignment",
    ],
)
def test_unexpected_error(
    project: Project, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """An error of the plugin's own ends the plugin, with one line, and not the run."""

    def fail(*arguments: object) -> None:
        raise LookupError("something has moved")

    monkeypatch.setattr(f"metapatterns._mypy.{part}", fail)
    project.write("library", LIBRARY)
    project.write("main", PROGRAM)
    *shown, said = project.run().splitlines()

    assert said.startswith("metapatterns.mypy_plugin stops here")
    assert "metapatterns.mypy_plugin" not in "\n".join(shown)
    assert "main.py" in shown[-1]
