"""greenlet: stacks of one thread that hand over to one another in a constructor."""

from __future__ import annotations

from typing import Any

import pytest
from doors import DOORS, Door

from metapatterns import SingletonCycleError, singleton_instance

greenlet = pytest.importorskip("greenlet", reason="greenlet is not installed")

EVERY = pytest.mark.parametrize(
    "door", [door for door in DOORS if door.pattern == "singleton"], ids=str
)


def build_slowly(door: Door) -> tuple[Any, Any]:
    """A class whose constructor hands over half-way, and a greenlet in the midst of it."""

    def __init__(self: Any) -> None:
        greenlet.getcurrent().parent.switch()
        self.ready = True

    cls: Any = door.on().define("Slow", {"__init__": __init__})
    builder = greenlet.greenlet(cls)
    builder.switch()
    return cls, builder


@EVERY
def test_greenlets_build_different_singletons(door: Door) -> None:
    """What another greenlet builds meanwhile is no cycle."""
    slow, builder = build_slowly(door)
    other: Any = door.on().define("Other")

    assert other() is greenlet.greenlet(other).switch() is other()
    assert builder.switch() is slow() is singleton_instance(slow)
    assert slow().ready


@EVERY
def test_greenlet_that_asks_for_what_another_builds(door: Door) -> None:
    """Waiting would stop the thread, so it is refused, and the builder goes on."""
    slow, builder = build_slowly(door)

    with pytest.raises(SingletonCycleError):
        slow()
    with pytest.raises(SingletonCycleError):
        greenlet.greenlet(slow).switch()
    assert singleton_instance(slow) is None
    assert builder.switch() is slow()


@EVERY
def test_greenlet_that_is_given_up(door: Door) -> None:
    """A constructor that a dying greenlet leaves counts as failed; the next one builds."""
    slow, builder = build_slowly(door)
    builder.throw()

    assert builder.dead
    assert singleton_instance(slow) is None
    again = greenlet.greenlet(slow)
    again.switch()
    assert again.switch() is slow()
