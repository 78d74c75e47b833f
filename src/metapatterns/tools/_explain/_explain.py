"""Explain what brings which metaclass, what runs, and what would solve a conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._classes import class_of, linearise
from ...errors import describe
from .._hooks import class_overrides, metaclass_overrides
from ._explanation import BaseReport, Explanation, TargetReport
from ._meeting import Meeting
from ._targets import Target, targets_of
from ._ways import advice, alternatives, line, solution

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["explain"]


def explain(*targets: Any) -> Explanation:
    """
    Explain what classes and metaclasses bring, and whether one class can have them.

    Args:
        targets: Classes, metaclasses, or strings ``"module:Class"``.

    Returns:
        An :class:`~metapatterns.tools.Explanation`: print it, or ask it for
        ``solution``, ``mermaid()`` or ``to_dict()``.  Where a metaclass is
        written in Python, its code object is read; where it is written in C the
        answer is ``unknown``.  Whether a framework refuses the class is tried out:
        it is made in a child process, which is forked for that and takes all
        traces with it.  Where the system cannot fork, only ``__prepare__`` is asked.

    Raises:
        ImportError: A string names nothing that can be imported.
        TypeError: A target is no class, or there is none.

    You do not need this when:
        The bases have one metaclass between them: ``type(Base)`` names it.

    Source:
        The rules are those of the Python data model, "Determining the appropriate
        metaclass"; the solver is that of :func:`~metapatterns.combine_metaclasses`.

    Example:
        >>> from abc import ABC
        >>> from metapatterns import FinalMeta
        >>> from metapatterns.tools import explain
        >>> print(explain(ABC, FinalMeta).line)
        class Both(ABC, metaclass=auto_metaclass(FinalMeta)): ...
        >>> explain("builtins:int", "builtins:str").reason.kind
        'layout'

    .. versionadded:: 0.1
    """
    if not targets:
        raise TypeError("explain needs a class or a metaclass")
    found = targets_of(targets)
    meeting = Meeting(found)
    overrides = {
        describe(part): tuple(metaclass_overrides(part))
        for part in meeting.parts
        if part is not type
    }
    things = tuple(base.thing for base in meeting.bases)
    below = tuple(class_overrides(linearise(things)))
    return Explanation(
        targets=tuple(report(target) for target in found),
        overrides=overrides | ({"bases": below} if below else {}),
        abstract=meeting.enforces_abstract(),
        reason=meeting.reason,
        line=line(meeting),
        solution=solution(meeting),
        alternatives=tuple(alternatives(meeting)),
        advice=tuple(advice(meeting)),
        tried=meeting.tried,
        _graph=tuple(dict.fromkeys(edges(meeting))),
    )


def report(target: Target) -> TargetReport:
    bases = getattr(target.thing, "__bases__", ())
    return TargetReport(
        expression=target.expression,
        is_metaclass=target.is_metaclass,
        itself=base_report(target.thing),
        bases=tuple(base_report(base) for base in bases if base is not object),
    )


def base_report(cls: Any) -> BaseReport:
    metaclass = class_of(cls)
    chain = [it for it in getattr(cls, "__mro__", (cls,)) if type(it) is metaclass]
    return BaseReport(name_of(cls), describe(metaclass), name_of(chain[-1]))


def name_of(cls: Any) -> str:
    if isinstance(cls, type):
        return describe(cls)
    return f"{cls.__module__}.{cls.__name__}"  # made by what only acts as a metaclass


def edges(meeting: Meeting) -> Iterator[tuple[str, str, str]]:
    """What the graph shows: who derives from whom, and who is whose instance."""
    for target in meeting.bases:
        yield name_of(target.thing), describe(class_of(target.thing)), "-.->"
    for part in meeting.parts:
        for meta in part.__mro__[:-1]:
            for base in meta.__bases__:
                if base is not object:
                    yield describe(meta), describe(base), "-->"
    if (made := line(meeting)) is not None and len(meeting.targets) > 1:
        for part in meeting.parts:
            yield made.splitlines()[0], describe(part), "-.->"
