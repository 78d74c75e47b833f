"""The ways to write a class statement, so that each can be put on any class."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from .harness import BY_HAND, FLOOR, OURS, PEER, PEER_IN_C, TUTORIAL, Contender


class Way:
    """Bases, class keywords and a decorator: what stands around a class body."""

    def __init__(
        self,
        *bases: type,
        decorate: Callable[[Any], Any] | None = None,
        **keywords: Any,
    ) -> None:
        self.bases = bases
        self.decorate = decorate
        self.keywords = keywords
        #: How a registry finds what was defined this way.
        self.found: Callable[[str], Any] | None = None
        #: How it forgets that again.
        self.forget: Callable[[str], object] = lambda name: None

    def build(self, name: str = "Made", /, **namespace: Any) -> Any:
        """Make a class with the given members."""
        home = {"__module__": __name__, "__qualname__": name}
        made = types.new_class(
            name, self.bases, self.keywords, lambda body: body.update(home | namespace)
        )
        return made if self.decorate is None else self.decorate(made)

    def define(self) -> Any:
        """Run a class statement such as people write."""
        if self.decorate is not None:

            @self.decorate
            class Decorated(*self.bases, **self.keywords):
                size = 1

                def area(self) -> int:
                    return self.size

            return Decorated

        class Made(*self.bases, **self.keywords):
            size = 1

            def area(self) -> int:
                return self.size

        return Made


def written(source: str, /, **names: Any) -> Any:
    """
    Return the function that a source defines, with a code object of its own.

    CPython specialises code for the classes that it meets, so a method that several
    contenders share would be slower than it is in any one of them.
    """
    exec(source, names)
    return names.popitem()[1]


def of_kind(kind: str) -> Callable[[str, Callable[..., Any]], Contender]:
    return lambda name, make: Contender(name, kind, make)


floor = of_kind(FLOOR)
tutorial = of_kind(TUTORIAL)
by_hand = of_kind(BY_HAND)
ours = of_kind(OURS)
peer = of_kind(PEER)
peer_in_c = of_kind(PEER_IN_C)
