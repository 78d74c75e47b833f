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

from .._frames import call_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FunctionType

    #: Told the function that ran the body, and what the statement made.
    Watcher = Callable[[FunctionType, object], None]

_lock = Lock()
_watchers: tuple[Watcher, ...] = ()
_real = _stand_in = builtins.__build_class__


def stand_in_for(real: Callable[..., Any]) -> Callable[..., Any]:
    def __build_class__(body: FunctionType, /, *args: Any, **keywords: Any) -> Any:
        made = call_from(_getframe(1), real, body, *args, **keywords)
        if __build_class__ is _stand_in:  # and not left behind under somebody else's
            for watcher in _watchers:
                watcher(body, made)
        return made

    return __build_class__


@contextmanager
def class_statements(watcher: Watcher) -> Iterator[None]:
    """Tell `watcher` of every class statement that any thread runs in this block."""
    global _watchers, _real, _stand_in
    with _lock:
        if not _watchers:
            _real = builtins.__build_class__
            _stand_in = stand_in_for(_real)
            builtins.__build_class__ = _stand_in
        _watchers += (watcher,)
    try:
        yield
    finally:
        with _lock:
            _watchers = tuple(other for other in _watchers if other is not watcher)
            # Somebody else may have put a function of theirs around this one.
            if not _watchers and builtins.__build_class__ is _stand_in:
                builtins.__build_class__ = _real
