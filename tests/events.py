"""What has happened to the classes of a test, in order, and a way to look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

#: Who did what to which class.
EVENTS: list[tuple[str, str, str]] = []


def note(who: str, what: str, name: str) -> None:
    EVENTS.append((who, what, name))


@contextmanager
def events() -> Iterator[list[tuple[str, str, str]]]:
    """Collect what happens inside the block, and nothing from before it."""
    EVENTS.clear()
    seen: list[tuple[str, str, str]] = []
    try:
        yield seen
    finally:
        seen.extend(EVENTS)
        EVENTS.clear()


class Named:
    """A descriptor that tells when it is named."""

    def __set_name__(self, owner: type, name: str) -> None:
        note("descriptor", "__set_name__", owner.__name__)
