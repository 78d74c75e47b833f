"""What may come between any two steps of a program, as a signal does."""

from __future__ import annotations

import gc
import inspect
import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Interrupt", "at_step", "interrupt"]


class Interrupt(BaseException):
    pass


def interrupt() -> None:
    raise Interrupt


@contextmanager
def at_step(number: int, act: Callable[[], Any]) -> Iterator[list[bool]]:
    """
    Act in the midst of the block, as a finalizer or the handler of a signal does.

    CPython runs these when a function begins, and when one written in C ends.  What
    is given says whether the block has that many steps.
    """
    steps = itertools.count()
    reached: list[bool] = []

    def watch(frame: Any, event: str, function: Any) -> None:
        # Entering a `with` block is one step with what it enters.
        if event == "c_return" and function.__name__ == "__enter__":
            return
        if frame.f_code.co_flags & inspect.CO_GENERATOR:
            return  # one that is closed swallows what is raised
        if event in ("call", "c_return") and next(steps) == number:
            reached.append(True)
            act()

    collects = gc.isenabled()
    gc.disable()  # a real one would be a step of its own
    sys.setprofile(watch)
    try:
        yield reached
    finally:
        sys.setprofile(None)
        if collects:
            gc.enable()
