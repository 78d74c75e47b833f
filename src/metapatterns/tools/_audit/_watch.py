"""
Which class statements run, and with which code, while something is imported.

``builtins.__build_class__`` is what a class statement calls.  One function stands
in for it as long as anybody watches, however many do, and it calls the real one
as if from the module itself: a metaclass may look for its caller on the stack.
"""

from __future__ import annotations

import builtins
from contextlib import contextmanager
from sys import _getframe
from threading import Lock
from typing import TYPE_CHECKING, Any

from ..._frames import call_from

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FunctionType

    #: Told the function that ran the body, and what the statement made.
    Watcher = Callable[[FunctionType, object], None]


class Watch:
    """Those who watch, and the function that stands in for the real one."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.watchers: tuple[Watcher, ...] = ()
        self.real = self.stand_in = builtins.__build_class__

    def add(self, watcher: Watcher) -> None:
        with self.lock:
            if not self.watchers:
                self.real = builtins.__build_class__
                self.stand_in = builtins.__build_class__ = self.stand_in_for(self.real)
            self.watchers += (watcher,)

    def remove(self, watcher: Watcher) -> None:
        with self.lock:
            rest = tuple(other for other in self.watchers if other is not watcher)
            self.watchers = rest
            # Somebody else may have put a function of theirs around this one.
            if not rest and builtins.__build_class__ is self.stand_in:
                builtins.__build_class__ = self.real

    def stand_in_for(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def build_class(body: FunctionType, /, *args: Any, **keywords: Any) -> Any:
            made = call_from(_getframe(1), real, body, *args, **keywords)
            if self.stand_in is build_class:  # not left behind under another's
                for watcher in self.watchers:
                    watcher(body, made)
            return made

        return build_class


WATCH = Watch()


@contextmanager
def class_statements(watcher: Watcher) -> Generator[None]:
    """Tell `watcher` of every class statement that any thread runs in this block."""
    WATCH.add(watcher)
    try:
        yield
    finally:
        WATCH.remove(watcher)
