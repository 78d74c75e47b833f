"""
Rules: tests of values, as the text of an expression.

The text holds nothing but what stands in this module and in ``_hints.py``; the
classes, bounds and functions of a hint are the objects that the text refers to by
number.  So rules of one shape share one compiled template (``_codegen.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..._values import told
from . import _codegen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 - a decorator, as `cached_property`
    """
    Compute an attribute when it is first read.

    :func:`functools.cached_property` does it under one lock for all objects on
    Python 3.11, and a child forked meanwhile would wait for that lock for ever.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute: Callable[[Any], T] = compute

    def __get__(self, obj: Any, owner: type) -> T:
        value = vars(obj)[self.compute.__name__] = self.compute(obj)
        return value


class Rule:
    """
    A test of values.

    Attributes:
        test: The expression; ``{v}`` is the value, ``{0}`` the first object.
        objects: What the expression refers to.
        loop: Rules for what iterating a value gives, once the test has passed:
            one for items, two for keys and values.
        classes: If the test is ``isinstance`` and no more, the classes.
        pending: A name in the hint means nothing yet.
        depth: How many loops are in one another.
    """

    def __init__(
        self,
        test: str,
        objects: Iterable[object] = (),
        *,
        loop: tuple[Rule, ...] = (),
        classes: tuple[type, ...] = (),
        pending: bool = False,
    ) -> None:
        self.test: str = test
        self.objects = tuple(objects)
        self.loop: tuple[Rule, ...] = loop
        self.classes: tuple[type, ...] = classes
        self.pending: bool = pending or any(rule.pending for rule in loop)
        self.depth: int = 1 + max(rule.depth for rule in loop) if loop else 0

    @once
    def accepts(self) -> Callable[[Any], bool]:
        """The test as a function; what it calls may raise."""
        return _codegen.predicate(self)


#: A function takes 20 blocks in one another, and its own `try` is one.
DEEPEST = 8
ANYTHING = Rule("True")
NONE = Rule("{v} is None")


# -- putting rules together ---------------------------------------------------


def called(function: Callable[[Any], object], *, pending: bool = False) -> Rule:
    return Rule("{0}({v})", (function,), pending=pending)


def flat(rule: Rule) -> Rule:
    """Return the rule as one expression."""
    if not rule.loop:
        return rule
    return called(rule.accepts, pending=rule.pending)


def looping(base: Rule, *rules: Rule) -> Rule:
    if all(rule is ANYTHING for rule in rules):
        return base
    rules = tuple(flat(rule) if rule.depth == DEEPEST else rule for rule in rules)
    return Rule(base.test, base.objects, loop=rules)


def joined(form: str, parts: list[Rule]) -> Rule:
    """Fill the expressions of rules into `form`, and number their objects anew."""
    tests: list[str] = []
    objects: list[object] = []
    for part in parts:
        numbers = [f"{{{len(objects) + n}}}" for n in range(len(part.objects))]
        tests.append(part.test.format(*numbers, v="{v}", **_codegen.UNFILLED))
        objects += part.objects
    pending = any(part.pending for part in parts)
    return Rule(form.format(*tests), objects, pending=pending)


def passing(
    rule: Rule, check: Callable[[Any], object], *, pending: bool = False
) -> Rule:
    """Add a function that has to return a true value."""
    return joined("({}) and {}", [flat(rule), called(check, pending=pending)])


def constrained(rule: Rule, metadata: Iterable[Any]) -> Rule:
    """Add what annotated-types, or objects of the same shape, say of a value."""
    parts = [part for item in metadata for part in _constraints(item)]
    if not parts:
        return rule
    return joined(" and ".join(["({})"] * (1 + len(parts))), [flat(rule), *parts])


BOUNDS = {
    "gt": "{v} > {0}",
    "ge": "{v} >= {0}",
    "lt": "{v} < {0}",
    "le": "{v} <= {0}",
    "multiple_of": "{v} % {0} == 0",
    "min_length": "{len}({v}) >= {0}",
    "max_length": "{len}({v}) <= {0}",
}


def _constraints(item: Any) -> Iterator[Rule]:
    if isinstance(item, type):
        return
    if told(item, "__is_annotated_types_grouped_metadata__") is True:
        for part in item:
            yield from _constraints(part)
        return
    for name, test in BOUNDS.items():
        bound = getattr(item, name, None)
        # `ge` is a method of some types; where it is a value, it is a constraint.
        if bound is not None and not callable(bound):
            yield Rule(test, (bound,))
    if hasattr(item, "tz"):
        yield _in_timezone(item.tz)
    func = getattr(item, "func", None)
    # What can be called itself, as a `partial` or a `Not`, is no predicate's holder.
    if callable(func) and not callable(item):
        yield called(func)


def _in_timezone(tz: object) -> Rule:
    if tz is None:
        return Rule("{v}.tzinfo is None")
    if tz is ...:
        return Rule("{v}.tzinfo is not None")
    if isinstance(tz, str):
        return called(lambda value: str(value.tzinfo) == tz)
    return Rule("{v}.tzinfo == {0}", (tz,))
