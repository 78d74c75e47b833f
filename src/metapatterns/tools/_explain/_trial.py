"""
Whether a class can be made: tried out in a child process.

A framework refuses bases by its own rules, and only making the class shows that.
But a class that is made leaves traces: it is registered, counted, announced.  In a
forked child the traces go with the process.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from traceback import walk_tb
from typing import TYPE_CHECKING

from ..._classes import linearise
from ..._hooks import PatternMixin
from ..._stages import Pattern
from ...errors import describe
from .._code import code_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    Bases = tuple[Any, ...]

#: A child may wait for ever, for what another thread of its parent held.
SECONDS = 5
DONE = b"."


def outcome(make: Callable[[], object], bases: Bases = ()) -> str | None:
    """
    Return what :func:`refusal` says of a class that is made in a child.

    ``None`` where that cannot be told: the system does not fork, or the child died.
    """
    reading, writing = os.pipe()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # there are threads
            child = os.fork()
    except (AttributeError, OSError):
        os.close(reading)
        os.close(writing)
        return None
    if child == 0:
        answer(make, bases, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return said[:-1].decode() if said.endswith(DONE) else None


def answer(make: Callable[[], object], bases: Bases, to: int) -> NoReturn:
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(SECONDS)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in {0, 1, 2} - {to}:  # a stream that was closed has left its number
            os.dup2(nowhere, stream)
        sys.stdin = sys.stdout = sys.stderr = os.fdopen(nowhere, "w")
        os.write(to, refusal(make, bases).encode("utf-8", "backslashreplace") + DONE)
    finally:
        os._exit(0)


def refusal(make: Callable[[], object], bases: Bases = ()) -> str:
    """
    Return the words of the error that `make` raises, or ``""``.

    Where a base raised it, that one's name is on a line of its own below.
    """
    try:
        make()
    except BaseException as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())
        who = refusing_base(error, linearise(bases))
        return f"{why}\n{who}" if who else why
    return ""


def refusing_base(error: BaseException, ancestors: tuple[type, ...]) -> str:
    """Name the class whose ``__init_subclass__`` has raised an error, if one's has."""
    name, behind = "", ancestors
    mixins = {
        pattern.name: owner
        for owner in ancestors[::-1]
        if (pattern := vars(owner).get("_metapatterns_mixin")) is not None
    }
    for frame, _ in walk_tb(error.__traceback__):
        acting: Any = frame.f_locals.get("self")
        if issubclass(type(acting), Pattern) and acting.name in mixins:
            # One hook runs the patterns of all mixins.
            name = describe(mixins[acting.name])
        for position, owner in enumerate(behind, 1):
            hook = code_of(vars(owner).get("__init_subclass__"))
            if hook is frame.f_code and owner is not PatternMixin:
                # Hooks that decorators have put on several classes share their code.
                name, behind = describe(owner), behind[position:]
                break
    return name
