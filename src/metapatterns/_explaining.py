"""What a conflict's error is going to say at length, if anybody asks."""

from __future__ import annotations

from _weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def explained(*targets: object) -> Callable[[], str]:
    """
    Return a function that explains why these classes and metaclasses cannot meet.

    Later, since the solver tries out pairs and discards their errors, and since
    explaining starts with the same solver.  The error keeps no class alive; once
    one of them is gone there is nothing to explain, and the text is empty.
    """
    references = [
        ref(target) if isinstance(target, type) else lambda it=target: it
        for target in targets
    ]

    def explain() -> str:
        from .tools import explain

        alive = [reference() for reference in references]
        return "" if None in alive else str(explain(*alive))

    return explain
