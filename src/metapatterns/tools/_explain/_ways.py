"""What to write so that one class has several bases, and what else would do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import metapatterns

from ..._classes import class_of
from ..._doors import DECORATOR, MIXIN, ROWS
from ..._pipeline import Pipeline, is_foreign
from ...errors import describe
from .._code import code_of
from ._meeting import BUILDER, IMPOSTOR, METACLASSES, Meeting, most_derived, needed
from ._targets import targets_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ._targets import Target

WIDTH = 96
COMBINERS = ("auto_metaclass", "combine_metaclasses")


def line(meeting: Meeting) -> str | None:
    """The class statement that has all the targets, if one does."""
    if not meeting.solvable:
        return None
    bases = needed(meeting.bases)
    arguments = [base.expression for base in bases]
    metas = needed(
        [
            meta
            for meta in meeting.metas
            if not any(issubclass(type(base.thing), meta.thing) for base in bases)
        ]
    )
    if meeting.metaclass_from:
        parts = ", ".join(part.expression for part in meeting.metaclass_from)
        arguments += [f"metaclass=combine_metaclasses({parts})"]
    elif len(metas) == 1 and metas[0].thing is most_derived(meeting.parts):
        arguments += [f"metaclass={metas[0].expression}"]
    elif metas:
        maker = "auto_metaclass" if bases else "combine_metaclasses"
        listed = ", ".join(meta.expression for meta in metas)
        arguments += [f"metaclass={maker}({listed})"]
    elif meeting.reason is not None and meeting.reason.kind == METACLASSES:
        arguments += ["metaclass=auto_metaclass"]
    return statement(meeting.name, arguments)


def solution(meeting: Meeting) -> str | None:
    """The class statement, after the imports that it needs."""
    code = line(meeting)
    return None if code is None else with_imports(code, meeting.targets)


def alternatives(meeting: Meeting) -> Iterator[str]:
    """Class statements that use lighter doors of the patterns among the targets."""
    doors = [meta for meta in meeting.metas if is_pattern(meta.thing)]
    if not doors or meeting.reason is None or meeting.reason.kind == IMPOSTOR:
        return
    rest = tuple(target for target in meeting.targets if target not in doors)
    without = Meeting(rest)
    if rest and without.reason is not None:
        return
    names = [
        pattern.name
        for meta in doors
        for pattern in meta.thing._metapatterns_plan.patterns
    ]
    present = {
        cls.__name__
        for base in without.bases
        for cls in getattr(base.thing, "__mro__", ())
        if "_metapatterns_mixin" in vars(cls)
    }
    mixins = [
        row.name
        for row in ROWS
        if row.pattern in names and row.door == MIXIN and row.name not in present
    ]
    decorators = [
        row.name
        for row in ROWS
        if row.pattern in names and row.door == DECORATOR and "." not in row.name
    ]
    own = [base.expression for base in without.bases]
    metaclass = [f"metaclass={meta.expression}" for meta in without.metas]
    lighter = targets_of(getattr(metapatterns, name) for name in mixins)
    mixed = Meeting((*lighter, *rest))
    if (
        meeting.reason.kind != BUILDER
        and mixed.reason is None
        and mixed.accepts_members()
    ):
        code = statement(meeting.name, [*mixins, *own, *metaclass])
        yield with_imports(code, rest, mixins)
    if len(decorators) == len(names) and without.accepts(decorators):
        code = statement(meeting.name, [*own, *metaclass])
        code = "\n".join([*(f"@{name}" for name in decorators), code])
        yield with_imports(code, rest, decorators)


def advice(meeting: Meeting) -> Iterator[str]:
    """Sentences about what a body needs, and about other ways than a metaclass."""
    if meeting.demand is not None:
        yield f"{meeting.demand.rstrip('.')}."
    if not meeting.tried:
        yield "No class was made to try it out, so a framework may still refuse."
    if meeting.reason is None:
        return
    for base in meeting.bases:
        plan = getattr(class_of(base.thing), "_metapatterns_plan", None)
        for pattern in plan.patterns if plan else ():
            doors = [
                row.name
                for row in ROWS
                if row.pattern == pattern.name and row.door in (MIXIN, DECORATOR)
            ]
            yield (
                f"{base.expression} follows the {pattern.name} pattern by metaclass;"
                f" {' or '.join(doors)} would bring no metaclass to combine."
            )
    for part in meeting.minimal():
        if defines_only_hooks(part):
            yield (
                f"{describe(part)} does nothing that __init_subclass__ of a base class"
                " could not do, without a metaclass."
            )
    if not meeting.solvable:
        yield "Otherwise let one object hold the other, instead of being both."


# -- text -----------------------------------------------------------------------


def statement(name: str, arguments: list[str]) -> str:
    return broken(f"class {name}(", arguments, "): ...")


def broken(head: str, items: list[str], tail: str) -> str:
    """Write a list on one line, or where that is too long, an item on each."""
    line = f"{head}{', '.join(items)}{tail}"
    if len(line) <= WIDTH:
        return line
    if not tail:  # an import has brackets only if it needs them
        head, tail = f"{head}(", ")"
    return "\n".join([head, *(f"    {item}," for item in items), tail])


def with_imports(
    line: str, targets: Iterable[Target], names: Iterable[str] = ()
) -> str:
    written = {*re.findall(r"\w+", line)}
    lines = [it.imports for it in targets if it.imports and it.root in written]
    ours = [*names, *(name for name in COMBINERS if name in line)]
    lines += [f"from metapatterns import {name}" for name in ours]
    imported: dict[str, list[str]] = {}
    for known in dict.fromkeys(lines):
        module, _, name = known.partition(" import ")
        imported.setdefault(module, []).append(name)
    lines = [broken(f"{it} import ", sorted(imported[it]), "") for it in imported]
    return "\n".join([*lines, *[""] * bool(lines), line])


def is_pattern(meta: type) -> bool:
    """Tell whether a metaclass is nothing but patterns of this package."""
    return (
        isinstance(meta, Pipeline)
        and bool(meta._metapatterns_plan.patterns)
        and not any(is_foreign(part) for part in meta.__mro__)
        and not any(
            part._metapatterns_plan.own
            for part in meta.__mro__
            if isinstance(part, Pipeline)
        )
    )


def defines_only_hooks(meta: type) -> bool:
    """Tell whether a metaclass in Python acts while a class is made, and only then."""
    housekeeping = {"__module__", "__qualname__", "__doc__", "__firstlineno__"}
    housekeeping |= {"__static_attributes__", "__classcell__", "__annotations__"}
    housekeeping |= {"__annotate_func__", "__annotations_cache__"}
    own = vars(meta).keys() - housekeeping
    return (
        meta.__bases__ == (type,)
        and bool(own)
        and own <= {"__new__", "__init__"}
        and all(code_of(vars(meta)[name]) is not None for name in own)
    )
