"""Audit: what is wrong with the classes of a package."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..._values import plain_text, shorten, told
from .._importing import why_not_imported
from ._findings import CODES, AuditReport, Finding, chosen, is_meant
from ._modules import (
    finished_classes,
    is_function_left,
    is_within,
    names_below,
)
from ._rules import RULES, duplicate_names
from ._subjects import Subject
from ._watch import class_statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from types import CodeType, FunctionType, ModuleType

    #: Told how many modules are done, how many there are, and which is next.
    Progress = Callable[[int, int, str], None]

__all__ = ["CODES", "AuditReport", "Finding", "audit"]


def audit(
    *modules: str | ModuleType,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    progress: Progress | None = None,
) -> AuditReport:
    """
    Import modules, and report what is wrong with their classes.

    A package stands for its submodules as well, all but ``__main__``.  Classes are
    looked at as they are created, and in modules that are imported already, as
    their code says.  A line that ends in ``# noqa: MP101`` is left out, and so is
    one that ends in ``# noqa``.

    Args:
        modules: Modules, or their names.
        select: The codes to look for, or beginnings of them, such as ``"MP1"``.
            The default is all but ``MP403``.
        ignore: The codes to leave out.
        progress: Called before each module with the number of modules that are
            done, how many there are, and its name.

    Returns:
        The findings, in the order of files and lines.

    Raises:
        ImportError: One of the modules cannot be imported.  Submodules that
            cannot are listed in the report.
        TypeError: There is no module, or what is given is none.
        ValueError: A code is unknown.

    You do not need this when:
        A linter reads the code: ruff's F811, B006 and RUF012 find some of it
        before anything runs, and import nothing.

    Example:
        >>> from metapatterns.tools import audit
        >>> print(audit("json"))
        0 findings in 3 classes

    .. versionadded:: 0.1
    """
    if not modules:
        raise TypeError("audit needs a module, or the name of one")
    codes = chosen(select, ignore)
    packages = [named(module) for module in modules]
    audit = Audit(codes, lambda body: is_within(packages, body))
    with audit.watching():
        names = {name: None for target in modules for name in names_below(target)}
        for done, name in enumerate(names):
            if progress is not None:
                progress(done, len(names), name)
            audit.load(name)
    return audit.report()


def named(module: object) -> str:
    given = plain_text(module)
    name = plain_text(told(module, "__name__")) if given is None else given
    if name is None:
        raise TypeError(f"audit takes modules and their names, not {shorten(module)}")
    return name


class Audit:
    """
    The classes of some modules, and what is wrong with them.

    Args:
        codes: What to look for.
        covers: Told the function of a class's body, whether to look at the class.
    """

    def __init__(
        self, codes: frozenset[str], covers: Callable[[FunctionType], bool]
    ) -> None:
        self.codes = codes
        self.covers = covers
        self.subjects: list[Subject] = []
        self.duplicates: list[Finding] = []
        self.imported_before: frozenset[str] = frozenset(sys.modules)
        self.not_imported: dict[str, str] = {}

    def watching(self) -> AbstractContextManager[None]:
        """Look at every class that is created in a block."""
        return class_statements(self.see)

    def see(self, body: FunctionType, made: object) -> None:
        if isinstance(made, type) and self.covers(body):
            self.add(Subject(made, body.__code__, body.__globals__))

    def add(
        self, subject: Subject, is_kept: Callable[[CodeType], bool] | None = None
    ) -> None:
        self.subjects.append(subject)
        if "MP101" in self.codes:
            # Now, as long as what a decorator has kept is kept.
            self.duplicates += duplicate_names(subject, is_kept)

    def load(self, name: str) -> None:
        """Import a module, or read the code of one that was imported before."""
        if name in self.imported_before and name in sys.modules:
            module = sys.modules[name]
            for cls, body in finished_classes(module):
                self.add(Subject(cls, body, vars(module)), is_function_left)
        elif (why := why_not_imported(name)) is not None:
            self.not_imported[name] = why

    def report(self) -> AuditReport:
        found = set(self.duplicates)
        rules = [RULES[code] for code in self.codes & RULES.keys()]
        for subject in self.subjects:  # in their order, so that a file is read once
            for rule in rules:
                found.update(rule(subject))
        return AuditReport(
            tuple(sorted(one for one in found if not is_meant(one))),
            len(self.subjects),
            self.not_imported,
        )
