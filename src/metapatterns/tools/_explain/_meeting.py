"""Whether classes can be bases of one class, and what to write if they can."""

from __future__ import annotations

from abc import ABCMeta
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import TYPE_CHECKING, Any

import metapatterns

from ..._classes import class_of, linearise
from ..._conflict import disagreement_of, listed
from ..._layout import is_closed
from ...combine import combination
from ...errors import MetaclassConflictError, describe
from ...patterns.final import refuse_final_bases
from ...patterns.singleton._identity import is_enumeration
from .._code import calls_super, code_of
from .._hooks import NO, UNKNOWN, YES, other_builder
from ._layouts import layout_clash
from ._trial import outcome, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    from ._targets import Target

    Targets: TypeAlias = tuple[Target, ...]

METACLASSES, ORDER, LAYOUT = "unrelated metaclasses", "order", "layout"
REFUSED = "refused"
CHAIN, BUILDER, IMPOSTOR, CLOSED = "chain in C", "builder", "no metaclass", "closed"

#: So many bases have too many orders to try, with their metaclasses' or without.
MANY = 7
FEW = 4


@dataclass(frozen=True)
class Reason:
    """Why there is no class with these bases: what kind of reason, and a sentence."""

    kind: str
    text: str


class Meeting:
    """The bases and metaclasses of one class to be, and what comes of them."""

    def __init__(self, targets: Targets) -> None:
        self.targets: Targets = targets
        self.bases: Targets = tuple(
            target for target in targets if not target.is_metaclass
        )
        self.metas: Targets = tuple(target for target in targets if target.is_metaclass)
        parts = metaclasses_of((*self.metas, *self.bases))
        self.parts: tuple[type[Any], ...] = parts or (type,)
        #: The targets in the order of their metaclasses, if the usual one does not do.
        self.metaclass_from: Targets = ()
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
            winner = self._metaclass_for(self._usual(self.bases))
        except MetaclassConflictError as error:
            return self._unsolvable(self._refused(error))
        if most_derived(self.parts) is None:
            unrelated = Reason(
                METACLASSES,
                f"{listed(self._brought(part) for part in self.minimal())}; none of"
                " these derives from all others, so Python finds no metaclass for the"
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

    def _metaclass_for(self, order: Targets) -> type:
        """The metaclass, as Python or the solver of `combine_metaclasses` has it."""
        parts = metaclasses_of(order)
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
        metaclass = self._metaclass_for(self._usual(self.bases))
        refused = self._attempt(needed(self.bases), metaclass)
        if not refused:
            return None
        why, _, base_at_fault = refused.partition("\n")
        names = [describe(part) for part in self.minimal()]
        who = f"the combination of {listed(names)}" if len(names) > 1 else names[0]
        reason = Reason(REFUSED, f"{base_at_fault or who} refuses them: {why}")
        for base in self.bases:
            # What a base asks of every class below it, the others cannot help.
            if self._attempt((base,), type(base.thing)) == refused:
                if not self._may_ask_for_body(base.thing):
                    return self._unsolvable(reason)
                self.demand = f"{base.expression} alone refuses an empty body: {why}"
                return None
        orders = self._different(self._orders())
        next(orders, None)  # the one that is refused
        for bases, parts, metaclass in orders:
            if not self._attempt(needed(bases), metaclass):
                if most_derived(self.parts) is None and parts != self._usual(bases):
                    self.metaclass_from = parts
                self.bases = bases
                return reason
        return self._unsolvable(reason)

    def _orders(self) -> Iterator[tuple[Targets, Targets]]:
        """Orders of the bases, and of what brings the metaclasses; likely ones first."""
        many = len(self.targets)
        orders = [
            order
            for order in (permutations(self.bases) if many < MANY else ())
            if linearise(tuple(base.thing for base in order))
        ]
        yield from ((order, self._usual(order)) for order in orders)
        if most_derived(self.parts) is None and many < FEW:
            for order in orders:
                for parts in permutations(self.targets):
                    yield order, parts

    def _different(
        self, orders: Iterable[tuple[Targets, Targets]]
    ) -> Iterator[tuple[Targets, Targets, type]]:
        """Those of some orders that lead to different classes, with the metaclass."""
        met: dict[tuple[int, ...], type] = {}  # holds on to what the ids are of
        for bases, parts in orders:
            metaclass = self._metaclass_for(parts)
            key = (id(metaclass), *(id(base.thing) for base in needed(bases)))
            if key not in met:
                met[key] = metaclass
                yield bases, parts, metaclass

    def _usual(self, bases: Targets) -> Targets:
        return (*self.metas, *bases)

    def accepts(self, decorators: list[str]) -> bool:
        """Tell whether our decorators add no refusal to those of the bases."""
        bases = needed(self.bases)
        metaclass = self._metaclass_for(self._usual(self.bases))
        plain = self._attempt(bases, metaclass)
        return plain == self._attempt(bases, metaclass, decorators)

    def accepts_members(self) -> bool:
        """Tell whether the class can have a member, if it is to be an enumeration."""
        if not any(is_enumeration(base.thing) for base in self.bases):
            return True
        metaclass = self._metaclass_for(self._usual(self.bases))
        return not self._attempt(needed(self.bases), metaclass, body="MEMBER = 1")

    def _attempt(
        self,
        bases: Targets,
        metaclass: Any,
        decorators: Iterable[str] = (),
        body: str = "...",
    ) -> str:
        """What `refusal` says of a class with these bases, as far as is known."""
        names: dict[str, Any] = {
            "__name__": "__main__",
            "bases": [base.written for base in bases],
            "metaclass": metaclass,
        }

        def make() -> None:
            exec(f"class {self.name}(*bases, metaclass=metaclass): {body}", names)
            for name in decorators:
                getattr(metapatterns, name)(names[self.name])

        things = tuple(base.thing for base in bases)
        refused = outcome(make, things)
        if refused is None:
            self.tried = False
            return self._early_refusal(things, metaclass)
        return refused

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
        things: list[Any] = [base.thing for base in self.bases]
        if most_derived(self.parts) is None:
            for part in self.parts:
                if not issubclass(part, type):
                    return Reason(
                        IMPOSTOR,
                        f"{describe(part)} acts as a metaclass without deriving from"
                        " 'type': Python cannot combine it with any other",
                    )
            things = [*self.parts, *things]
        for thing in things:
            if isinstance(thing, type) and is_closed(thing):
                return Reason(
                    CLOSED, f"{describe(thing)} is written in C and takes no subclass"
                )
        return None

    def _put_in_order(self) -> Reason | None:
        things = tuple(base.thing for base in self.bases)
        if len(things) < 2 or linearise(things):
            return None
        # Where one base does not derive from another, any order of them will do.
        order = linearise(tuple(base.thing for base in needed(self.bases)))
        if not order:
            return self._unsolvable(Reason(ORDER, disagreement_of(things)))
        self.bases = tuple(sorted(self.bases, key=lambda it: order.index(it.thing)))
        early, late = next(
            (one, other)
            for one, other in combinations(things, 2)
            if order.index(other) < order.index(one)
        )
        return Reason(
            ORDER,
            f"{describe(early)} is listed before {describe(late)}, and has to come"
            " after it",
        )

    def _refused(self, error: MetaclassConflictError) -> Reason:
        parts = self.minimal()
        if not linearise(parts):
            return Reason(ORDER, disagreement_of(parts))
        clash = layout_clash(parts)
        return Reason(CHAIN, str(error)) if clash is None else Reason(LAYOUT, clash)

    def minimal(self) -> tuple[type, ...]:
        """The parts that no other part derives from."""
        return tuple(
            part
            for part in self.parts
            if not any(
                other is not part and issubclass(other, part) for other in self.parts
            )
        )

    @property
    def name(self) -> str:
        name = {1: "New", 2: "Both"}.get(len(self.targets), "All")
        while any(target.expression == name for target in self.targets):
            name += "_"
        return name

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


def metaclasses_of(targets: Iterable[Target]) -> tuple[type, ...]:
    """The metaclasses among some targets, and those that the others bring."""
    return tuple(
        dict.fromkeys(
            target.thing if target.is_metaclass else class_of(target.thing)
            for target in targets
        )
    )


def needed(targets: Iterable[Target]) -> Targets:
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
