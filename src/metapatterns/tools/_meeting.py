"""Whether classes can be bases of one class, and what to write if they can."""

from __future__ import annotations

import sys
from abc import ABCMeta
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any

import metapatterns

from .._doors import DECORATOR, MIXIN, ROWS
from .._pipeline import Pipeline, is_foreign
from .._stages import linearise
from ..combine import combination
from ..errors import MetaclassConflictError, describe
from ..patterns.final import refuse_final_bases
from ._code import calls_super, code_of
from ._hooks import NO, UNKNOWN, YES, other_builder
from ._targets import targets_of
from ._trial import outcome, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ._targets import Target

METACLASSES, ORDER, LAYOUT = "unrelated metaclasses", "order", "layout"
REFUSED = "refused"
CHAIN, BUILDER, IMPOSTOR, CLOSED = "chain in C", "builder", "no metaclass", "closed"

#: Flags of a type object: it may be a base; it was made by a class statement.
BASETYPE, HEAPTYPE = 1 << 10, 1 << 9
POINTER = object.__basicsize__ // 2
WIDTH = 96
#: So many bases have too many orders to try.
MANY = 7
COMBINERS = ("auto_metaclass", "combine_metaclasses")


@dataclass(frozen=True)
class Reason:
    """Why there is no class with these bases: what kind of reason, and a sentence."""

    kind: str
    text: str


class Meeting:
    """The bases and metaclasses of one class to be, and what comes of them."""

    def __init__(self, targets: tuple[Target, ...]) -> None:
        self.targets: tuple[Target, ...] = targets
        self.bases: tuple[Target, ...] = tuple(
            target for target in targets if not target.is_metaclass
        )
        self.metas: tuple[Target, ...] = tuple(
            target for target in targets if target.is_metaclass
        )
        self.parts: tuple[type, ...] = tuple(
            dict.fromkeys(
                [
                    *(target.thing for target in self.metas),
                    *(type(target.thing) for target in self.bases),
                ]
            )
        )
        self.solvable: bool = True
        #: Whether the class was made, in a process of its own.
        self.tried: bool = True
        #: What one of the bases asks of every class below it.
        self.demand: str | None = None
        self.reason: Reason | None = self._reason()

    def _reason(self) -> Reason | None:
        if (reason := self._foreign_reason()) is not None:
            return self._unsolvable(reason)
        mixed_up = self._put_in_order()
        if mixed_up and not self.solvable:
            return mixed_up
        if (clash := layout_clash([base.thing for base in self.bases])) is not None:
            return self._unsolvable(Reason(LAYOUT, clash))
        unrelated = None
        try:
            winner = self._metaclass_for(self.bases)
        except MetaclassConflictError as error:
            return self._unsolvable(self._refused(error))
        if most_derived(self.parts) is None:
            unrelated = Reason(
                METACLASSES,
                f"{listed(self._brought(part) for part in self._minimal())}, none of"
                " which derives from the other, so Python finds no metaclass for the"
                " class",
            )
        if (builder := other_builder(winner)) is not None:
            return self._unsolvable(
                Reason(
                    BUILDER,
                    f"{describe(builder)} builds a class of its own, whatever metaclass"
                    " it is asked for: the other's part would be lost",
                )
            )
        refused = self._tried()
        return refused if not self.solvable else unrelated or refused or mixed_up

    def _metaclass_for(self, order: tuple[Target, ...]) -> type:
        """The metaclass, as Python or the solver of `combine_metaclasses` has it."""
        things = [target.thing for target in self.metas]
        parts = tuple(dict.fromkeys([*things, *(type(it.thing) for it in order)]))
        return most_derived(parts) or combination(parts)

    def _brought(self, part: type) -> str:
        for base in self.bases:
            if type(base.thing) is part:
                return f"{base.expression} brings {describe(part)}"
        return f"{describe(part)} is asked for"

    def _unsolvable(self, reason: Reason) -> Reason:
        self.solvable = False
        return reason

    def _tried(self) -> Reason | None:
        """Make the class, in the order given or else in any that works."""
        why = self._refusal(self.bases)
        if not why:
            return None
        for base in self.bases:
            # What a base asks of every class below it, the others cannot help.
            alone = self._attempt((base,), type(base.thing))
            if alone == why and self._may_ask_for_body(base.thing):
                self.demand = f"{base.expression} alone refuses an empty body: {why}"
                return None
        metaclass = describe(self._metaclass_for(self.bases))
        reason = Reason(REFUSED, f"{metaclass} refuses them: {why}")
        for order in permutations(self.bases) if len(self.bases) < MANY else ():
            things = tuple(base.thing for base in order)
            if linearise(things) and self._refusal(order) == "":
                self.bases = order
                return reason
        return self._unsolvable(reason)

    def _refusal(self, order: tuple[Target, ...]) -> str:
        return self._attempt(needed(order), self._metaclass_for(order))

    def accepts(self, decorators: list[str]) -> bool:
        """Tell whether our decorators add no refusal to those of the bases."""
        bases, metaclass = needed(self.bases), self._metaclass_for(self.bases)
        plain, decorated = (
            self._attempt(bases, metaclass, names) for names in ([], decorators)
        )
        return plain == decorated

    def _attempt(
        self,
        bases: tuple[Target, ...],
        metaclass: Any,
        decorators: Iterable[str] = (),
    ) -> str:
        """Why there is no class with these bases, or nothing, as far as is known."""
        names: dict[str, Any] = {
            "__name__": "__main__",
            "bases": [base.written for base in bases],
            "metaclass": metaclass,
        }

        def make() -> None:
            exec(f"class {self.name}(*bases, metaclass=metaclass): ...", names)
            for name in decorators:
                getattr(metapatterns, name)(names[self.name])

        why = outcome(make)
        if why is None:
            self.tried = False
            return self._early_refusal([base.thing for base in bases], metaclass)
        return why

    def _early_refusal(self, bases: Iterable[Any], metaclass: Any) -> str:
        """What ``__prepare__`` says, before there is a body."""
        prepare = getattr(metaclass, "__prepare__", type.__prepare__)
        return refusal(lambda: prepare(self.name, tuple(bases)))

    def _may_ask_for_body(self, base: Any) -> bool:
        """Tell whether what a base refuses may be the body, and not any subclass."""
        return not (
            refusal(lambda: refuse_final_bases(self.name, (base,)))
            or self._early_refusal((base,), type(base))
        )

    def _foreign_reason(self) -> Reason | None:
        if most_derived(self.parts) is None:
            for part in self.parts:
                if not issubclass(part, type):
                    return Reason(
                        IMPOSTOR,
                        f"{describe(part)} acts as a metaclass without deriving from"
                        " 'type': Python cannot combine it with any other",
                    )
        for base in self.bases:
            if isinstance(base.thing, type) and not base.thing.__flags__ & BASETYPE:
                return Reason(
                    CLOSED,
                    f"{describe(base.thing)} is written in C and takes no subclass",
                )
        return None

    def _put_in_order(self) -> Reason | None:
        things = tuple(base.thing for base in self.bases)
        if len(things) < 2 or linearise(things):
            return None
        for order in permutations(self.bases) if len(self.bases) < MANY else ():
            if linearise(tuple(base.thing for base in order)):
                self.bases = order
                early, late = next(
                    (one, other)
                    for position, one in enumerate(things)
                    for other in things[position + 1 :]
                    if wants_before(other, one, tuple(base.thing for base in order))
                )
                return Reason(
                    ORDER,
                    f"{describe(early)} is listed before {describe(late)}, and has to"
                    " come after it",
                )
        return self._unsolvable(disagreement(things))

    def _refused(self, error: MetaclassConflictError) -> Reason:
        parts = self._minimal()
        if not linearise(parts):
            return disagreement(parts)
        clash = layout_clash(parts)
        return Reason(CHAIN, str(error)) if clash is None else Reason(LAYOUT, clash)

    def _minimal(self) -> tuple[type, ...]:
        """The parts that no other part derives from."""
        return tuple(
            part
            for part in self.parts
            if not any(
                other is not part and issubclass(other, part) for other in self.parts
            )
        )

    # -- what to write --------------------------------------------------------

    @property
    def name(self) -> str:
        name = {1: "New", 2: "Both"}.get(len(self.targets), "All")
        while any(target.expression == name for target in self.targets):
            name += "_"
        return name

    def line(self) -> str | None:
        """The class statement that has all the targets, if one does."""
        if not self.solvable:
            return None
        bases = needed(self.bases)
        arguments = [base.expression for base in bases]
        metas = needed(
            [
                meta
                for meta in self.metas
                if not any(issubclass(type(base.thing), meta.thing) for base in bases)
            ]
        )
        if len(metas) == 1 and metas[0].thing is most_derived(self.parts):
            arguments += [f"metaclass={metas[0].expression}"]
        elif metas:
            maker = "auto_metaclass" if bases else "combine_metaclasses"
            listed = ", ".join(meta.expression for meta in metas)
            arguments += [f"metaclass={maker}({listed})"]
        elif self.reason is not None and self.reason.kind == METACLASSES:
            arguments += ["metaclass=auto_metaclass"]
        return statement(self.name, arguments)

    def solution(self) -> str | None:
        """The class statement, after the imports that it needs."""
        line = self.line()
        return None if line is None else with_imports(line, self.targets)

    def alternatives(self) -> Iterator[str]:
        """Class statements that use lighter doors of the patterns among the targets."""
        doors = [meta for meta in self.metas if is_pattern(meta.thing)]
        if not doors or self.reason is None or self.reason.kind == IMPOSTOR:
            return
        rest = tuple(target for target in self.targets if target not in doors)
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
        if self.reason.kind != BUILDER and Meeting((*lighter, *rest)).reason is None:
            line = statement(self.name, [*mixins, *own, *metaclass])
            yield with_imports(line, rest, mixins)
        if len(decorators) == len(names) and without.accepts(decorators):
            line = statement(self.name, [*own, *metaclass])
            line = "\n".join([*(f"@{name}" for name in decorators), line])
            yield with_imports(line, rest, decorators)

    def advice(self) -> Iterator[str]:
        """Sentences about what a body needs, and about other ways than a metaclass."""
        if self.demand is not None:
            yield f"{self.demand}."
        if not self.tried:
            yield "No class was made to try it out, so a framework may still refuse."
        if self.reason is None:
            return
        for base in self.bases:
            plan = getattr(type(base.thing), "_metapatterns_plan", None)
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
        for part in self._minimal():
            if defines_only_hooks(part):
                yield (
                    f"{describe(part)} does nothing that __init_subclass__ of a base class"
                    " could not do, without a metaclass."
                )
        if not self.solvable:
            yield "Otherwise let one object hold the other, instead of being both."

    def enforces_abstract(self) -> tuple[str, str]:
        """Whether a class with abstract methods left refuses to make instances."""
        if not any(issubclass(part, ABCMeta) for part in self.parts):
            return NO, "no metaclass here derives from abc.ABCMeta"
        for owner in linearise(tuple(base.thing for base in self.bases)):
            new = vars(owner).get("__new__")
            if new is None or owner is object:
                continue
            code = code_of(new)
            if code is None:
                return NO, f"{describe(owner)}.__new__ is written in C and does not ask"
            if not calls_super(code, "__new__"):
                return UNKNOWN, f"{describe(owner)}.__new__ does not call super()"
        return YES, "object.__new__ refuses a class with abstract methods left"


# -- bases ----------------------------------------------------------------------


def most_derived(parts: Iterable[type]) -> type | None:
    """The part that derives from all, which is what Python looks for."""
    parts = tuple(parts)
    for part in parts:
        if all(issubclass(part, other) for other in parts):
            return part
    return None


def needed(targets: Iterable[Target]) -> tuple[Target, ...]:
    """The targets that no other one derives from."""
    targets = tuple(targets)
    return tuple(
        target
        for target in targets
        if not any(
            other is not target and target.thing in getattr(other.thing, "__mro__", ())
            for other in targets
        )
    )


def disagreement(things: Iterable[type]) -> Reason:
    names = listed(describe(thing) for thing in things)
    return Reason(ORDER, f"the bases of {names} come in orders that disagree")


def wants_before(one: type, other: type, order: tuple[type, ...]) -> bool:
    return order.index(one) < order.index(other)


def layout_clash(bases: Iterable[Any]) -> str | None:
    """Say which two bases have layouts in C that no class can have at once."""
    best: Any = None
    for base in bases:
        solid = solid_base(base) if isinstance(base, type) else None
        if solid is None or (best and issubclass(best[0], solid)):
            continue
        if best is None or issubclass(solid, best[0]):
            best = solid, base
        else:
            return (
                f"{describe(best[1])} and {describe(base)} have layouts in memory that"
                f" exclude each other, those of {describe(best[0])} and {describe(solid)}"
            )
    return None


def solid_base(cls: type) -> type:
    """The nearest ancestor that adds to the layout, as CPython determines it."""
    base: Any = cls.__base__
    if base is None:
        return cls
    plain: Any = cls
    size = plain.__basicsize__
    if sys.version_info < (3, 12) and not (plain.__itemsize__ or base.__itemsize__):
        # Until then a class statement's own references were part of the layout.
        for offset in ("__weakrefoffset__", "__dictoffset__"):
            added = getattr(plain, offset) and not getattr(base, offset)
            at_the_end = getattr(plain, offset) + POINTER == size
            if added and at_the_end and plain.__flags__ & HEAPTYPE:
                size -= POINTER
    if (size, plain.__itemsize__) != (base.__basicsize__, base.__itemsize__):
        return cls
    return solid_base(base)


# -- text -----------------------------------------------------------------------


def listed(names: Iterable[str]) -> str:
    return " and ".join(names)


def statement(name: str, arguments: list[str]) -> str:
    line = f"class {name}({', '.join(arguments)}): ..."
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"class {name}(", *(f"    {it}," for it in arguments), "): ..."])


def with_imports(
    line: str, targets: Iterable[Target], names: Iterable[str] = ()
) -> str:
    lines = [target.imports for target in targets if target.imports]
    ours = [*names, *(name for name in COMBINERS if name in line)]
    lines += [f"from metapatterns import {name}" for name in ours]
    imported: dict[str, list[str]] = {}
    for known in dict.fromkeys(lines):
        module, _, name = known.partition(" import ")
        imported.setdefault(module, []).append(name)
    lines = [f"{it} import {', '.join(sorted(imported[it]))}" for it in imported]
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
