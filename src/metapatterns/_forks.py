"""What a forked child keeps of its parent's threads: nothing that it waits for."""

from __future__ import annotations

import os
from _thread import RLock
from _weakrefset import WeakSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Surviving(Protocol):
        def in_child(self) -> None:
            """Forget what other threads were about; they do not exist here."""


_surviving: WeakSet[Surviving] = WeakSet()


def survive(thing: Surviving, /) -> None:
    """Tell `thing` in each forked child that it is in one."""
    _surviving.add(thing)


def free(lock: RLock, /) -> RLock:
    """Return `lock` if this thread can have it, and else one in its place."""
    if lock.acquire(blocking=False):
        lock.release()
        return lock
    return RLock()


def tell_all() -> None:
    for thing in list(_surviving):
        thing.in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=tell_all)
