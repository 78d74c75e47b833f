"""
Who builds what, and who waits for whom: one construction per place at a time.

A *place* holds what is built once: a singleton's instance, or one of a
multiton's.  The thread that claims a place builds without holding any lock, so
what it builds may build more, in its own thread or in another that it waits for.
One short lock guards the graph of threads that own constructions and threads
that wait for one; a thread that would wait for itself, around any number of
corners, is told of the cycle instead.
"""

from __future__ import annotations

import os
from _thread import RLock, allocate_lock, get_ident

from ...errors import SingletonCycleError, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType


class Place:
    """Where something is built once."""

    construction: Construction | None = None

    if TYPE_CHECKING:  # each kind of place says it

        def settled(self) -> bool:
            """Tell whether there is nothing left to build."""
            raise NotImplementedError


class Construction:
    """A place's contents in the making, by the thread `owner`."""

    __slots__ = ("done", "owner", "place", "subject")

    def __init__(self, place: Place, subject: type, owner: int) -> None:
        self.place: Place = place
        self.subject: type = subject
        self.owner: int = owner
        self.done: LockType = allocate_lock()
        self.done.acquire()


# Reentrant: a finalizer that runs inside may ask for a singleton.
LOCK = RLock()
under_way: dict[int, list[Construction]] = {}
waiting: dict[int, Construction] = {}


def claim(place: Place, subject: type) -> Construction | None:
    """
    Own the construction at `place`, or wait until another thread's has ended.

    ``None``: look at the place again.  The owner calls :func:`release`.

    Raises:
        SingletonCycleError: The wait would never end.
    """
    me = get_ident()
    with LOCK:
        if place.settled():
            return None
        current = place.construction
        if current is None:
            place.construction = current = Construction(place, subject, me)
            under_way.setdefault(me, []).append(current)
            return current
        refuse_cycle(current, me)
        waiting[me] = current
    try:
        with current.done:
            return None
    finally:
        with LOCK:
            waiting.pop(me, None)


def release(construction: Construction) -> None:
    """End a construction, whatever came of it, and wake those who wait for it."""
    with LOCK:
        construction.place.construction = None
        mine = under_way[construction.owner]
        mine.remove(construction)
        if not mine:
            del under_way[construction.owner]
        # Before they wake: they wait for nobody from now on.
        for thread in [key for key in waiting if waiting[key] is construction]:
            del waiting[thread]
        construction.done.release()


def refuse_cycle(wanted: Construction, me: int) -> None:
    """Follow what `wanted` waits for; each owner waits for one thing at most."""
    chain: list[type] = []
    link: Construction | None = wanted
    while link is not None:
        owned = under_way[link.owner]
        chain += [each.subject for each in owned[owned.index(link) :]]
        if link.owner == me:
            raise SingletonCycleError(map(describe, [*chain, wanted.subject]))
        link = waiting.get(link.owner)


def forget_other_threads() -> None:
    """Drop, in a forked child, what threads were building that do not exist here."""
    me = get_ident()
    for thread in [key for key in under_way if key != me]:
        for construction in under_way.pop(thread):
            construction.place.construction = None
    waiting.clear()
    LOCK.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=LOCK.acquire,
        after_in_parent=LOCK.release,
        after_in_child=forget_other_threads,
    )
