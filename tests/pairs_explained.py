"""Whether what `explain` says of two classes is true, found out by brute force."""

from __future__ import annotations

import itertools
import types
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from metapatterns._layout import refuse_unreached
from metapatterns.tools import explain

NUMBERS = itertools.count()

#: One part's code would never run: that is no class of both.
LOST = ("builder", "chain in C")


def named(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


def is_both(made: object, things: tuple[Any, ...]) -> bool:
    # By the MRO alone: protocols before Python 3.12 refuse to be asked.
    return isinstance(made, type) and all(
        thing in (*type.mro(made), *type.mro(type(made)))
        for thing in things
        if isinstance(thing, type)
    )


def check_pair(*targets: str) -> str:
    """Run what is printed, or try every order of bases and metaclasses."""
    things = tuple(map(named, targets))
    explanation = explain(*targets)
    assert max(map(len, str(explanation).splitlines())) <= 100
    if explanation.solution is None:
        assert explanation.reason is not None
        if explanation.reason.kind not in LOST:
            assert not list(classes_of(things)), explanation.verdict
        assert not explanation.compatible
        return "none"
    for code in (explanation.solution, *explanation.alternatives):
        label = f"pair{next(NUMBERS)}"
        names: dict[str, Any] = {"__name__": label}
        try:
            exec(code, names)
        except Exception as error:
            # What one of them asks of any body is told.
            told = " ".join(" ".join(explanation.advice).split())
            if " ".join(str(error).split()) in told:
                return "asks for a body"
            raise
        made = [value for name, value in names.items() if name.startswith("Both")]
        if code == explanation.solution:
            assert is_both(made[-1], things), code
    return "works"


def classes_of(things: tuple[Any, ...]) -> Iterator[type]:
    """Make the classes of both that there are, metaclasses combined by hand."""
    metas = [it for it in things if isinstance(it, type) and issubclass(it, type)]
    bases = [it for it in things if it not in metas]
    parts = tuple(dict.fromkeys([*metas, *map(type, bases)]))
    for order in itertools.permutations(bases):
        for metaclass in metaclasses(parts):
            label = f"pair{next(NUMBERS)}"
            names = {"__name__": label, "bases": order, "metaclass": metaclass}
            try:
                exec("class Both(*bases, metaclass=metaclass): ...", names)
            except Exception:
                continue
            made: Any = names["Both"]
            if is_both(made, things):
                yield made


def metaclasses(parts: tuple[type, ...]) -> Iterator[type]:
    yield from parts
    for order in itertools.permutations(parts):
        try:
            made = types.new_class("Meta", order)
            refuse_unreached(made)
        except TypeError:  # which a conflict is, too
            continue
        yield made
