"""The mypy plugin, in every way that mypy runs; ``typing_tests`` has what it infers."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
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


class Project:
    """A folder of modules, and mypy's view of them."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.cache = cache
        self.prelude = PRELUDE
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
        self.edits += 1  # the daemon looks at the size, and at the time in seconds
        path.write_text(f"{self.prelude}{dedent(source)}#{' ' * self.edits}\n")

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
        """Run mypy here; return what it says."""
        command = [*self.options(), f"--cache-dir={self.cache}", *options]
        shown, crashed, _ = api.run([*command, *self.files()])
        assert "Traceback" not in crashed
        assert "INTERNAL ERROR" not in shown + crashed
        return str(shown + crashed)

    def check(self, *options: str) -> None:
        self.compare(self.run(*options))

    def compare(self, shown: str) -> None:
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
        assert reported.keys() == expected.keys(), shown
        for place, fragment in expected.items():
            assert fragment in reported[place], shown


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What mypy knows of the standard library and of this package, found once."""
    first = Project(tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("cache"))
    first.check()
    return first.cache


@pytest.fixture
def project(tmp_path: Path, cache: Path) -> Iterator[Project]:
    """A project of a test's own: mypy would take an equal module from another's."""
    own = shutil.copytree(cache, tmp_path / "cache")
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
    import main
    class Holder:
        held: main.C
    class Also(main.C): ...
    class Inline(Holder, metaclass=main.Both): ...
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


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_combination_is_exact(project: Project, spelling: str) -> None:
    """However it is written, a combination has the attributes of every part."""
    if spelling == "import cycle":
        project.write("cycle", CYCLE)
    project.write("main", dedent(SPELLINGS[spelling]) + dedent(USES))

    project.check()


def test_scopes(project: Project) -> None:
    """Functions and classes may combine, and what they make stays theirs."""
    project.write(
        "main",
        """
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
        """,
    )

    project.check()


def test_other_modules(project: Project) -> None:
    """A combination is imported and exported like any class."""
    project.write(
        "home", "from parts import *\nBoth = combine_metaclasses(Left, Right)\n"
    )
    project.write("export", "from home import Both as Renamed\n__all__ = ['Renamed']\n")
    project.write(
        "main",
        """
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

    project.check()


@pytest.mark.parametrize(
    "spelling", ["assigned", "combine_metaclasses", "auto_metaclass"]
)
@pytest.mark.parametrize("names", ["earlier later", "zebra antelope"])
@pytest.mark.parametrize("by_name", [True, False], ids=["by name", "by module"])
def test_modules_that_need_each_other(
    project: Project, names: str, by_name: bool, spelling: str
) -> None:
    """Parts that mypy comes to later are waited for, by subclasses too."""
    first, second = names.split()
    parts = f"{'' if by_name else f'{second}.'}OneMeta, RightMeta"
    assigned = spelling == "assigned"
    project.write(
        first,
        f"""
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
    )
    project.write(
        second,
        f"""
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
    )

    project.check()


def test_equal_combinations_are_one(project: Project) -> None:
    """As at run time: classes of two modules meet, and their subclasses do."""
    for module in "first", "second":
        project.write(
            module,
            f"""
            from parts import *
            class C{module}(
                Left, Right, metaclass=combine_metaclasses(Left, Right)
            ): ...
            """,
        )
    project.write(
        "main",
        """
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

    project.check()


# -- what Python would refuse -------------------------------------------------


def test_conflicts_are_reported(project: Project) -> None:
    """A conflict that the combination does not solve is one for mypy too."""
    project.write(
        "main",
        """
        from parts import *
        class TooFew(Left, Right, Other, metaclass=combine_metaclasses(Left, Right)): ...  # error
        class Third(Left, Right, metaclass=combine_metaclasses(Left, Other)): ...  # error: conflict
        class Two(Left, Right): ...  # error: conflict
        class NoClass(metaclass=combine_metaclasses(LeftMeta, 3)): ...  # error
        class Missing(metaclass=combine_metaclasses(LeftMeta, Absent)): ...  # error
        class One(Right, metaclass=combine_metaclasses(Left)): ...  # error: conflict
        """,
    )

    project.check()


def test_orders_that_disagree(project: Project) -> None:
    """Parts whose own bases come in two orders are named."""
    project.write(
        "main",
        """
        from parts import *
        class One(LeftMeta, RightMeta): ...
        class Two(RightMeta, LeftMeta): ...
        Both = combine_metaclasses(One, Two)  # error: No metaclass can derive from "One" and "Two"
        class C(metaclass=combine_metaclasses(One, Two)): ...  # error: orders
        """,
    )

    project.check()


def test_metaclasses_of_parts_that_conflict(project: Project) -> None:
    """Metaclasses have metaclasses, which have to agree too."""
    project.write(
        "main",
        """
        class Above(type): ...
        class Beside(type): ...
        class One(type, metaclass=Above): ...
        class Two(type, metaclass=Beside): ...
        class C(metaclass=combine_metaclasses(One, Two)): ...  # error: theirs conflict
        """,
    )

    project.check()


def test_members_that_disagree(project: Project) -> None:
    """Two parts that mean different things by one name are reported."""
    project.write(
        "main",
        """
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
        """,
    )

    project.check()


def test_parts_that_cannot_be_read(project: Project) -> None:
    """What is not written out stays what it is to mypy: a dynamic metaclass."""
    project.write(
        "main",
        """
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
        """,
    )

    project.check()


def test_unknown_types_are_not_reported(project: Project) -> None:
    """A part from a module that mypy cannot see makes the class lenient, no more."""
    project.write(
        "main",
        """
        # mypy: allow-subclassing-any
        from parts import *
        from absent import Unseen  # type: ignore[import-not-found]
        class C(Left, metaclass=combine_metaclasses(Left, Unseen)): ...
        class Derived(Unseen): ...
        class D(Left, metaclass=combine_metaclasses(Left, Derived)): ...
        assert_type(C.whatever, Any)
        assert_type(C(1), C)
        """,
    )

    project.check()


def test_nothing_to_combine(project: Project) -> None:
    """Plain classes combine to ``type``, as at run time."""
    project.write(
        "main",
        """
        from parts import *
        class Plain: ...
        class C(metaclass=combine_metaclasses(Plain, type)): ...
        class D(Plain, metaclass=auto_metaclass): ...
        class E(C, D, Left): ...
        assert_type(E.left, int)
        Nothing = combine_metaclasses(Plain, C)
        class F(Left, metaclass=Nothing): ...
        assert_type(F.left, int)
        """,
    )

    project.check()


# -- what follows from a metaclass --------------------------------------------


def test_final_classes(project: Project) -> None:
    """Through every way to FinalMeta a class is final, unless it says otherwise."""
    project.write(
        "main",
        """
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
        """,
    )

    project.check()


def test_loggers(project: Project) -> None:
    """The logger is known on instances, under its name, unless the class has one."""
    project.write(
        "main",
        """
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
        @logged
        class Bare: ...
        @logged(attribute="log", factory=print)
        class Called: ...
        assert_type(Below().logger, logging.Logger)
        assert_type(Own().logger, int)
        assert_type(Log().log, logging.Logger)
        assert_type(Log().logger, logging.Logger)
        assert_type(Mixed().log, logging.Logger)
        assert_type(Plain().logger, logging.Logger)
        assert_type(Made().logger, Any)
        assert_type(Bare().logger, logging.Logger)
        assert_type(Called().log, Any)
        Computed().logger  # error: has no attribute
        Base().logger.shout()  # error: has no attribute
        """,
    )

    project.check()


def test_dataclass_transform_goes_down(project: Project) -> None:
    """Fields make the constructor under a metaclass derived from ValidatorMeta."""
    project.write(
        "main",
        """
        class Meta(ValidatorMeta, abc.ABCMeta): ...
        class C(metaclass=Meta):
            x: int
        class D(metaclass=combine_metaclasses(ValidatorMeta, SingletonMeta)):
            x: int
        C(1), D(1)
        C("a")  # error: incompatible type
        D()  # error: Missing
        """,
    )

    project.check()


def test_frozen_fields(project: Project) -> None:
    """Fields that ValidatorMeta froze are not assigned to, where PEP 681 lets them."""
    project.write(
        "main",
        """
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
        """,
    )

    project.check()


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


@pytest.mark.parametrize(
    "options",
    [
        "allow-redefinition",
        "local-partial-types",
        'disallow-any-expr, disable-error-code="misc"',
    ],
)
def test_options(project: Project, options: str) -> None:
    """What else mypy is told to do makes no difference."""
    project.prelude = f"# mypy: {options}{PRELUDE}"
    program = PROGRAM
    if "misc" in options:
        program = re.sub("  # error: (final|frozen)", "", PROGRAM)
    project.write("library", LIBRARY)
    project.write("main", program)

    project.check()


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
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    part: str,
) -> None:
    """An error of the plugin's own ends the plugin, and not the run."""

    def fail(*arguments: object) -> None:
        raise LookupError("something has moved")

    monkeypatch.setattr(f"metapatterns._mypy.{part}", fail)
    project.write("library", LIBRARY)
    project.write("main", PROGRAM)
    shown = project.run()
    said = capsys.readouterr().err

    assert said.startswith("metapatterns.mypy_plugin stops here")
    assert said.count("\n") == 1
    assert "main.py" in shown
