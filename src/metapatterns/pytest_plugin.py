"""
The pytest plugin: test fixtures, duplicate test methods, metaclass conflicts.

It is found by pytest where this package is installed, and does nothing until it is
used: by a test that asks for one of its fixtures, by ``--metapatterns-audit``, or by
a metaclass conflict, whose report it explains.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from contextlib import AbstractContextManager
    from types import FunctionType

OPTION = "--metapatterns-audit"
CONFLICT = "metaclass conflict:"

# -- fixtures -----------------------------------------------------------------


@pytest.fixture
def reset_singleton() -> Iterator[Callable[[type], Any]]:
    """
    Drop the instance of a singleton class, now and when the test ends.

    Called with the class; returns the instance that was dropped.
    """
    from .testing import reset_singleton

    with ExitStack() as ended:

        def reset(cls: type[Any], /) -> Any:
            dropped = reset_singleton(cls)
            ended.callback(reset_singleton, cls)
            return dropped

        yield reset


@pytest.fixture
def singleton_scope() -> Iterator[Callable[..., None]]:
    """
    Give the test its own instances of singleton classes.

    Called with the classes, which have no instance from there on; when the test
    ends, they have those of before.
    """
    from .testing import singleton_scope

    with ExitStack() as ended:
        yield entering(singleton_scope, ended)


@pytest.fixture
def override_singleton() -> Iterator[Callable[[type, Any], Any]]:
    """
    Give a singleton class another instance until the test ends.

    Called with the class and an instance or a factory; returns the instance.
    """
    from .testing import override_singleton

    with ExitStack() as ended:
        yield entering(override_singleton, ended)


@pytest.fixture
def registry_scope() -> Iterator[Callable[..., None]]:
    """
    Undo what the test registers.

    Called with root classes or registries; from there on, every change to them
    lasts until the test ends.
    """
    from .testing import registry_scope

    with ExitStack() as ended:
        yield entering(registry_scope, ended)


def entering(
    scope: Callable[..., AbstractContextManager[Any]], ended: ExitStack
) -> Callable[..., Any]:
    return lambda *args: ended.enter_context(scope(*args))


# -- duplicate test methods ---------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("metapatterns").addoption(
        OPTION,
        action="append",
        default=[],
        metavar="PACKAGE",
        help="fail if a class in this package, module or folder binds a name twice: of"
        " two test methods with one name, the first never runs. May be repeated.",
    )


def pytest_configure(config: pytest.Config) -> None:
    targets = config.getoption(OPTION)
    if targets:
        plugin = Duplicates(targets, config.invocation_params.dir)
        config.pluginmanager.register(plugin, "metapatterns-audit")


class Duplicates:
    """Watches the classes that are collected, and adds an item that reports them."""

    def __init__(self, targets: list[str], directory: Path) -> None:
        from .tools._audit._audit import Audit

        self.targets = targets
        #: Test modules in no package have names that depend on how they are imported.
        self.paths: list[Path] = [
            path for target in targets if is_plain(path := directory / target)
        ]
        self.packages: list[str] = [
            target for target in targets if directory / target not in self.paths
        ]
        self.audit: Audit = Audit(frozenset({"MP101"}), self.covers)

    def covers(self, body: FunctionType) -> bool:
        from .tools._audit._modules import is_within

        file = Path(body.__code__.co_filename)
        return is_within(self.packages, body) or any(
            file.is_relative_to(path) for path in self.paths
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        with self.audit.watching():
            return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        # Last, so that no selection of tests leaves it out.
        name = f"{OPTION.strip('-')}[{','.join(self.targets)}]"
        # pytest annotates none of the keywords that it hands on, here and below.
        made = AuditItem.from_parent(session, name=name, plugin=self)  # pyright: ignore[reportUnknownMemberType]
        items.append(made)


def is_plain(path: Path) -> bool:
    """Tell whether a path is a file, or a folder that is no package."""
    return path.is_file() or (path.is_dir() and not (path / "__init__.py").exists())


class AuditItem(pytest.Item):
    """Imports what was not collected, and fails where there are duplicates."""

    def __init__(self, *, plugin: Duplicates, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # pyright: ignore[reportUnknownMemberType]
        self.plugin = plugin

    def runtest(self) -> None:
        from .tools._audit._modules import names_below

        audit = self.plugin.audit
        with audit.watching():
            for package in self.plugin.packages:
                for name in names_below(package):
                    audit.load(name)
        report = audit.report()
        if report.findings:
            raise DuplicatesFoundError(report.as_text())

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None
    ) -> Any:
        if isinstance(excinfo.value, (DuplicatesFoundError, ImportError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.name


class DuplicatesFoundError(Exception):
    """What the item raises; its text is the audit's."""


# -- metaclass conflicts ------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    explain_in(report, call)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[
    None, pytest.CollectReport, pytest.CollectReport
]:
    report = yield
    explain_in(report, getattr(report, "call", None))
    return report


def explain_in(report: Any, call: Any) -> None:
    """Add an explanation under the traceback of a metaclass conflict."""
    if call is None or call.excinfo is None or not report.failed:
        return
    error = call.excinfo.value
    if not isinstance(error, TypeError) or not hasattr(report.longrepr, "addsection"):
        return
    if text := explanation_of(error):
        report.longrepr.addsection("metapatterns", text)


def explanation_of(error: Any) -> str | None:
    if str(error).startswith(CONFLICT):
        from .tools._explain._conflicts import explanation

        return explanation(error)
    errors = sys.modules.get(f"{__package__}.errors")  # there, if one is raised
    if errors is None or not isinstance(error, errors.MetaclassConflictError):
        return None
    return str(error.explanation) if error.explanation != str(error) else None
