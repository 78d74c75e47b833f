"""What a forked child keeps of its parent's threads: nothing that it waits for."""

from __future__ import annotations

import os
from _thread import RLock
from _weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Surviving(Protocol):
        def in_child(self) -> None:
            """Forget what other threads were about; they do not exist here."""


#: By `id`; a `WeakSet` does as much, and is slow to import.
_surviving: dict[int, ref[Surviving]] = {}


def survive(thing: Surviving, /) -> None:
    """Tell `thing` in each forked child that it is in one."""
    number = id(thing)
    _surviving[number] = ref(thing, lambda _: _surviving.pop(number, None))


def free(lock: RLock, /) -> RLock:
    """Return `lock` if this thread can have it, and else one in its place."""
    if lock.acquire(blocking=False):
        lock.release()
        return lock
    return RLock()


def tell_all() -> None:
    for held in list(_surviving.values()):
        if (thing := held()) is not None:
            thing.in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=tell_all)
