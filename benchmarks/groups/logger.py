"""Loggers: what they cost when an instance is made, and in each call that logs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from metapatterns import LoggerMeta, LoggerMixin, logged

from ..harness import Group, repeated
from ..tutorials import HandWrittenLogger, TutorialLoggerMeta
from ..ways import Way, by_hand, floor, ours, peer, tutorial, written
from .creation import autologging

IN_INIT = """\
def __init__(self):
    self.logger = getLogger(f"{type(self).__module__}.{type(self).__qualname__}")
"""


def using(
    expression: str, way: Callable[[], Way] = Way, init: str = ""
) -> Callable[[], Any]:
    """Make a class whose method `work` logs through an expression."""

    def make() -> Any:
        work = written(
            f"def work(self): {expression}.debug('working')",
            LOGGER=logging.getLogger(__name__),
        )
        members = {"work": work}
        if init:
            members["__init__"] = written(init, getLogger=logging.getLogger)
        return way().build(**members)

    return make


CONTENDERS = (
    tutorial("getLogger in `__init__`", using("self.logger", init=IN_INIT)),
    floor("a logger of the module", using("LOGGER")),
    by_hand(
        "`__init_subclass__`", using("self.logger", lambda: Way(HandWrittenLogger))
    ),
    tutorial(
        "tutorial's metaclass",
        using("self.logger", lambda: Way(metaclass=TutorialLoggerMeta)),
    ),
    ours("LoggerMeta", using("self.logger", lambda: Way(metaclass=LoggerMeta))),
    ours("LoggerMixin", using("self.logger", lambda: Way(LoggerMixin))),
    ours("@logged", using("self.logger", lambda: Way(decorate=logged))),
    peer("autologging", using("self._Made__log", autologging)),
)


def groups() -> Iterator[Group]:
    yield Group(
        "Logger: make an instance",
        CONTENDERS,
        lambda cls: repeated("Made()", Made=cls),
        probe=shortcomings,
    )
    yield Group(
        "Logger: a call that logs, below the level",
        CONTENDERS,
        lambda cls: repeated("instance.work()", instance=cls()),
        probe=shortcomings,
        remark="The library makes the logger on first use, which is why it survives"
        " `logging.config.dictConfig`; the others are plain attributes.",
    )


def shortcomings(cls: Any) -> Iterator[str]:
    """Ask a subclass for a logger of its own name."""
    subclass = type("Sub", (cls,), {})
    instance = subclass()
    found = getattr(instance, "logger", None) or instance._Made__log
    if not found.name.endswith("Sub"):
        yield "a subclass logs under its parent's name"
