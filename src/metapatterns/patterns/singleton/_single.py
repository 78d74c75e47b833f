"""A singleton class's state: whether it has been built, and from what."""

from __future__ import annotations

import os
from _weakref import ref

from ..._classes import set_attribute
from ._construction import LOCK, Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from ._arguments import Call

SLOT = "_abc_metapatterns_singleton"
# For a class that has no state of its own yet: its parents' `__init_subclass__`
# is running, or nothing tells of subclasses.
EARLY = "_abc_metapatterns_singleton_early"


class Built:
    """An instance, the class that it is the only one of, and its first call."""

    __slots__ = ("call", "instance", "owner")

    def __init__(self, owner: type | None, instance: Any, call: Call | None) -> None:
        self.owner: type | None = owner
        self.instance: Any = instance
        #: ``None`` if no call made it: it takes any arguments.
        self.call: Call | None = call


NOTHING = Built(None, None, None)


class Single(Place):
    """
    The state of one class.

    What is built hangs on one attribute, so that a reader sees all or nothing,
    and names its class, so that a subclass never takes it for its own.
    """

    # Defaults of the class cost a class that is made nothing.
    owner: type | None = None
    built: Built = NOTHING
    #: An object that a pickle is being loaded into.
    blank: object = NOTHING
    #: The parents' states, while the class is being made.
    parents: Sequence[Single] = ()
    #: The states of subclasses in the making; of one that is refused, nothing
    #: is left.
    coming: Sequence[ref[Single]] = ()
    #: By what a pickle of the class, by value, tells whose state this is.
    token: bytes | None = None
    #: What calls of the class go to once it is built, unless a subclass of it is
    #: being made: that has no state of its own yet and would find this one.
    answer: Callable[..., Any]

    def __init__(self, mode: str) -> None:
        self.mode: str = mode

    def __reduce__(self) -> tuple[Any, ...]:
        with LOCK:
            if self.token is None:
                self.travel_under(os.urandom(16))
        return arrive, (self.token, self.mode)

    def travel_under(self, token: bytes) -> None:
        self.token = token
        travelled[token] = ref(self, lambda _: travelled.pop(token, None))

    def settled(self) -> bool:
        return self.built is not NOTHING

    def may_be_of(self, cls: type) -> bool:
        # By identity: a metaclass may call all its classes equal.
        return self.owner is None or self.owner is cls

    def publish(self, instance: object, call: Call | None) -> None:
        with LOCK:
            self.built = Built(self.owner, instance, call)
            self.blank = NOTHING

    def empty(self) -> Built:
        """Take out what was built, and the answer with it."""
        with LOCK:
            built, self.built = self.built, NOTHING
            self.hide()
        return built

    def show(self, built: Built, answer: Callable[..., Any]) -> None:
        with LOCK:
            self.coming = [child for child in self.coming if child() is not None]
            if self.built is built and not self.coming:
                self.answer = answer

    def hide(self) -> None:
        if hasattr(self, "answer"):
            del self.answer


travelled: dict[bytes, ref[Single]] = {}


def arrive(token: bytes, mode: str) -> Single:
    """Find the state of a class that is here already; else give it an empty one."""
    with LOCK:
        held = travelled.get(token)
        single = None if held is None else held()
        if single is None:
            single = Single(mode)
            single.travel_under(token)
    return single


def built_by(cls: type) -> Built:
    """What `cls` itself has built, if it has."""
    for name in (SLOT, EARLY):
        single: Single | None = vars(cls).get(name)
        if single is not None and single.owner is cls:
            return single.built
    return NOTHING


def own(cls: type) -> Single:
    """Return the state of `cls`, which no subclass and no copy of it shares."""
    members = vars(cls)
    for name in (SLOT, EARLY):
        single: Single | None = members.get(name)
        if single is not None and single.owner is cls:
            return single
    with LOCK:
        single = members.get(SLOT)
        if single is None or not single.may_be_of(cls):
            single = members.get(EARLY)
        if single is None or not single.may_be_of(cls):
            single = Single(inherited_mode(cls))
            set_attribute(cls, EARLY, single)
        single.owner = cls
    return single


def states_of(ancestors: Iterable[type]) -> list[Single]:
    return [
        single
        for ancestor in ancestors
        if (single := ancestor.__dict__.get(SLOT)) is not None
    ]


def begin_subclass(single: Single, parents: list[Single]) -> Single:
    """Hide the parents' answers from a class that is being made."""
    if parents:
        single.parents = parents
        with LOCK:
            for parent in parents:
                parent.coming = [*parent.coming, ref(single)]
                parent.hide()
    return single


def end_subclass(cls: type, single: Single) -> None:
    """Let the parents answer again, and what a hook has used heed the options."""
    if single.parents:
        with LOCK:
            for parent in single.parents:
                parent.coming = [
                    child for child in parent.coming if child() not in (None, single)
                ]
        single.parents = ()
    early: Single | None = vars(cls).get(EARLY)
    if early is not None and early.owner is cls:
        early.mode = single.mode


def inherited_mode(cls: type) -> str:
    for base in cls.__mro__:
        single: Single | None = vars(base).get(SLOT)
        if single is not None:
            return single.mode
    return "error"


def replace(cls: type, single: Single) -> Single:
    """Put another state in place of the class's own, and return that."""
    with LOCK:
        old = own(cls)
        single.owner = cls
        set_attribute(cls, SLOT if vars(cls).get(SLOT) is old else EARLY, single)
    return old
