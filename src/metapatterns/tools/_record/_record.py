"""Record what really happens while classes are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._clockwork import listen
from ._recorder import Recorder
from ._recording import ClassRecording, keeper

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["record_class_creation"]


class record_class_creation:  # noqa: N801
    """
    Record what happens while classes are made, in this thread, inside a ``with``.

    Each class statement is shown with its metaclass and with what runs for it:
    ``__mro_entries__``, ``__prepare__``, the body, each ``__new__``, ``mro``,
    ``__set_name__``, ``__init_subclass__``, ``__init__`` and the decorators; for
    instances of these classes ``__call__``, ``__new__`` and ``__init__``: who
    defines it, for which class, in order, nested, with its own time.

    Args:
        filter: Which class to keep: the class itself, or its name, with or
            without its module; or a function that is given ``"module.qualname"``
            and tells whether to keep it.  Without one, all are kept.

    Returns:
        The block's target is a :class:`~metapatterns.tools.ClassRecording`.  Print
        it, iterate over its steps, or ask it for ``to_dict()``.

    Raises:
        TypeError: `filter` is none of these.

    Threads:
        The thread that enters the block is recorded and no other is slowed down.
        Blocks may be nested, and a profile function that is set already still gets
        its events.

    You do not need this when:
        You want to know what a class would run: :func:`explain` reads that off,
        without making one.

    Source:
        :func:`sys.setprofile`.  What C code calls in C leaves no event, so the
        ``type.__new__`` of a plain class is part of the class's own time.  Hooks
        are known by the names of their functions, classes by a statement that
        makes them or a hook that is told of them.

    Example:
        >>> from metapatterns.tools import record_class_creation
        >>> class Base:
        ...     def __init_subclass__(cls):
        ...         pass
        >>> with record_class_creation() as recording:
        ...     class Sub(Base):
        ...         pass
        >>> [step.what for step in recording]
        ['class', 'body', '__init_subclass__']

    .. versionadded:: 0.1
    """

    def __init__(
        self, filter: type | str | Callable[[str], bool] | None = None
    ) -> None:
        self._recording = ClassRecording(keeper(filter))
        self._end: Callable[[], None] | None = None

    def __enter__(self) -> ClassRecording:
        if self._end is not None:
            raise RuntimeError("this recording has begun already; make another")
        self._recorder = Recorder(self._recording._steps)
        self._end = listen(self._recorder.event)
        return self._recording

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._end is not None
        self._end()
        self._end = None
        self._recorder.close()
        if self._recorder.failure is not None and error is None:
            raise RuntimeError(
                "not everything was recorded"
            ) from self._recorder.failure
