"""
One profile function per thread, for however many recorders are at work in it.

:func:`sys.setprofile` is the least intrusive way to be told of other people's
code: nothing is patched, no frame comes between a metaclass and its caller,
other threads are left alone, and :func:`sys.settrace` stays free for debuggers
and coverage.  A profile function that was set before keeps being called.
"""

from __future__ import annotations

import sys
from threading import local
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Listener = Callable[[FrameType, str, Any, int], None]


class Thread(local):
    """The listeners of this thread, and the profile function from before them."""

    def __init__(self) -> None:
        self.dispatch: Dispatch | None = None


_thread = Thread()


class Dispatch:
    """The profile function of one thread while anybody listens there."""

    def __init__(self) -> None:
        self.listeners: tuple[Listener, ...] = ()
        self.before: Any = None
        #: How long the listeners themselves have taken, in nanoseconds.
        self.lost = 0

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        if callable(self.before):
            self.before(frame, event, arg)
        if not self.listeners:  # set again by somebody who found it there
            self.stop()
            return
        now, lost = perf_counter_ns(), self.lost
        for listener in self.listeners:
            listener(frame, event, arg, now - lost)
        # Not added to `self.lost`: a listener that is traced itself, as by
        # `sys.call_tracing`, ends up here again, and its time would count twice.
        self.lost = lost + perf_counter_ns() - now

    def start(self) -> None:
        self.before = sys.getprofile()
        sys.setprofile(self)

    def stop(self) -> None:
        # Somebody else may have set a profile function of theirs meanwhile.
        if sys.getprofile() is self:
            sys.setprofile(self.before if callable(self.before) else None)
            enable = getattr(self.before, "enable", None)
            if enable is not None:  # before 3.12, that of cProfile
                enable()


def listen(listener: Listener) -> Callable[[], None]:
    """Tell a listener of what this thread calls; return the function that ends it."""
    dispatch = _thread.dispatch
    if dispatch is None or sys.getprofile() is not dispatch:
        dispatch = _thread.dispatch = Dispatch()
    dispatch.listeners += (listener,)
    if sys.getprofile() is not dispatch:
        dispatch.start()

    def end() -> None:
        dispatch.listeners = tuple(
            other for other in dispatch.listeners if other != listener
        )
        if not dispatch.listeners:
            dispatch.stop()

    return end
