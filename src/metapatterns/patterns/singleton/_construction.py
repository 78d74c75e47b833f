"""
Who builds what, and who waits for whom: one construction per place at a time.

A *place* holds what is built once: a singleton's instance, or one of a
multiton's.  The thread that claims a place builds without holding any lock, so
what it builds may build more, in its own thread or in another that it waits for.
One short lock guards the graph of threads that own constructions and threads
that wait for one; a thread that would wait for itself, around any number of
corners, is told of the cycle instead.

A finalizer, or the handler of a signal, may run between any two steps here, and
may ask for a singleton, or raise.  So each step leaves the graph in order, and
releasing what was released, or was never claimed, does nothing.
"""

from __future__ import annotations

import os
from _thread import RLock, allocate_lock, get_ident

from ...errors import SingletonCycleError, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType
    from typing import Any


class Place:
    """Where something is built once."""

    construction: Construction | None = None

    if TYPE_CHECKING:  # each kind of place says it

        def settled(self) -> bool:
            """Tell whether there is nothing left to build."""
            raise NotImplementedError


class Construction:
    """This thread's attempt to build what belongs in a place, or to wait for it."""

    __slots__ = ("done", "owner", "place", "subject")

    def __init__(self, place: Place, subject: type) -> None:
        self.place: Place = place
        self.subject: type = subject
        self.owner: int = get_ident()
        self.done: LockType = allocate_lock()
        self.done.acquire()


LOCK: Any = RLock()
under_way: dict[Construction, None] = {}
waiting: dict[Construction, Construction] = {}


def claim(mine: Construction) -> bool:
    """
    Own the construction at a place, or wait until another thread's has ended.

    ``False``: look at the place again.  Either way, :func:`release` it.

    Raises:
        SingletonCycleError: The wait would never end.
    """
    place = mine.place
    with LOCK:
        under_way[mine] = None
        if place.settled():
            return False
        # Nothing is called from here to the claim, so nobody else comes between.
        current = place.construction
        if current is None:
            place.construction = mine
            return True
        refuse_cycle(current, mine.owner)
        waiting[mine] = current
    # A finalizer that runs inside the lock has it; the others need it to end.
    held = LOCK._release_save() if LOCK._is_owned() else None
    try:
        with current.done:
            return False
    finally:
        if held is not None:
            LOCK._acquire_restore(held)


def release(mine: Construction) -> None:
    """End a construction, whatever came of it, and wake those who wait for it."""
    with LOCK:
        waiting.pop(mine, None)
        if mine not in under_way:
            return
        if mine.place.construction is mine:
            mine.place.construction = None
        # Before they wake: they wait for nobody from now on.
        for other, wanted in list(waiting.items()):
            if wanted is mine:
                waiting.pop(other, None)
        del under_way[mine]
        mine.done.release()


def refuse_cycle(wanted: Construction, me: int) -> None:
    if chain := chain_to(me, wanted, list(under_way)):
        raise SingletonCycleError(map(describe, [*chain, wanted.subject]))


def chain_to(
    thread: int, link: Construction, everything: list[Construction]
) -> list[type]:
    """
    List what has to end before `link` can, if `thread` is what builds the last of it.

    A thread waits for one thing, and for another if a finalizer runs meanwhile.
    """
    chain: list[type] = []
    for each in everything[everything.index(link) :]:
        if each.owner != link.owner:
            continue
        if (awaited := waiting.get(each)) is not None:
            if beyond := chain_to(thread, awaited, everything):
                return chain + beyond
        elif each.place.construction is each:
            chain.append(each.subject)
    return chain if link.owner == thread else []


def forget_other_threads() -> None:
    """Drop, in a forked child, what threads were building that do not exist here."""
    me = get_ident()
    for construction in list(under_way):
        if construction.owner != me:
            release(construction)
    LOCK.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=LOCK.acquire,
        after_in_parent=LOCK.release,
        after_in_child=forget_other_threads,
    )
