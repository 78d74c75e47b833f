"""The code that asks for a class, which a framework may look for on the stack."""

from __future__ import annotations

from _collections_abc import Mapping
from sys import _getframe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

#: ``CO_OPTIMIZED | CO_NEWLOCALS``, which the code of functions has and no other.
OF_FUNCTION = 3
#: Calls a constant with constants, which are to be put where the texts are.  It is not
#: compiled from a text, since the first that a process compiles takes longer than
#: importing all this.
CALL = (lambda: "called".__call__(*"args", **"kwargs")).__code__  # type: ignore[arg-type,operator]


def asking_frame() -> FrameType:
    """Find the frame that asked for a class: the nearest outside this package."""
    frame = _getframe()
    while frame.f_back is not None and is_ours(frame):
        frame = frame.f_back
    return frame


def is_ours(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__")
    return isinstance(name, str) and name.partition(".")[0] == __package__


def call_from(
    frame: FrameType, function: Callable[..., Any], /, *args: Any, **kwargs: Any
) -> Any:
    """
    Call a function in such a way that its caller looks like `frame`.

    A framework takes the names that a local class may refer to, the module that
    defines it, or the line to warn about, from one or two frames up, where a
    frame of ours would be.
    """
    asking = frame.f_code
    given = {"called": function, "args": args, "kwargs": kwargs}
    code = CALL.replace(
        co_consts=tuple(map(given.get, CALL.co_consts)),
        co_flags=CALL.co_flags & ~OF_FUNCTION,
        co_name=asking.co_name,
        co_qualname=asking.co_qualname,
        co_filename=asking.co_filename,
        co_firstlineno=frame.f_lineno or asking.co_firstlineno,
    )
    names = Names(frame) if asking.co_flags & OF_FUNCTION else frame.f_locals
    return eval(code, frame.f_globals, names)


class Names(Mapping):  # type: ignore[type-arg]  # `Mapping[...]` costs time here
    """
    The local names of a function that runs, read when somebody wants them.

    Before Python 3.13, to read them once is to keep them alive for good.
    """

    def __init__(self, frame: FrameType) -> None:
        self._frame: FrameType = frame

    def __getitem__(self, name: str) -> Any:
        return self._frame.f_locals[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frame.f_locals)

    def __len__(self) -> int:
        return len(self._frame.f_locals)

    def copy(self) -> dict[str, Any]:
        return dict(self)
