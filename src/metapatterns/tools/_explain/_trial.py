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
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

#: A child may wait for ever, for what another thread of its parent held.
SECONDS = 5
DONE = b"."


def outcome(make: Callable[[], object]) -> str | None:
    """
    Return the words of the error that `make` raises in a child, or ``""``.

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
        answer(make, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return said[:-1].decode() if said.endswith(DONE) else None


def answer(make: Callable[[], object], to: int) -> NoReturn:
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(SECONDS)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in {0, 1, 2} - {to}:  # a stream that was closed has left its number
            os.dup2(nowhere, stream)
        sys.stdin = sys.stdout = sys.stderr = os.fdopen(nowhere, "w")
        os.write(to, refusal(make).encode("utf-8", "backslashreplace") + DONE)
    finally:
        os._exit(0)


def refusal(make: Callable[[], object]) -> str:
    try:
        make()
    except BaseException as error:
        return " ".join(f"{type(error).__name__}: {error}".split())
    return ""
