"""
Threads that do one thing at once, round after round, under a watchdog.

``METAPATTERNS_ENDURANCE`` multiplies the rounds; ``nox -s endurance`` sets it.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

__all__ = [
    "FACTOR",
    "FIGURES",
    "FORKS",
    "PATIENCE",
    "THREADS",
    "rounds",
    "storm",
]

FACTOR = int(os.environ.get("METAPATTERNS_ENDURANCE", "1"))
#: Enough to meet, and few enough for every run; the endurance session has a crowd.
THREADS = 8 if FACTOR == 1 else 64
#: Seconds without a single finished round, after which a test has hung.
PATIENCE = 240  # the machine may be busy with others
#: Python in WebAssembly has a function for it that always fails.
FORKS = hasattr(os, "fork") and sys.platform != "emscripten"
#: What the tests of this process did, for the report.
FIGURES: Counter[str] = Counter()

Action = Callable[[], Any]


def rounds(few: int) -> int:
    return few * FACTOR


@contextmanager
def hasty_switching() -> Iterator[None]:
    """Let threads take turns as often as the interpreter allows."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def stacks_of(threads: Sequence[threading.Thread]) -> str:
    frames = sys._current_frames()
    return "\n".join(
        f"{thread.name}:\n{''.join(traceback.format_stack(frames[thread.ident]))}"
        for thread in threads
        if thread.ident in frames
    )


class Storm:
    """The rounds of one test: all threads act, one of them looks at the outcome."""

    def __init__(
        self,
        count: int,
        begin: Callable[[int], tuple[Sequence[Action], Callable[[list[Any]], None]]],
        threads: int,
    ) -> None:
        self.left = count
        self.begin = begin
        self.actions: Sequence[Action] = ()
        self.check: Callable[[list[Any]], None] = lambda results: None
        self.results: list[Any] = [None] * threads
        self.failure: BaseException | None = None
        self.finished = 0
        self.barrier = threading.Barrier(threads, self.turn)

    def turn(self) -> None:
        """Look at the round that is over, and begin the next."""
        try:
            if self.actions:
                self.check(self.results)
                self.finished += 1
            self.actions = ()
            if self.finished < self.left:
                self.actions, self.check = self.begin(self.finished)
        except BaseException as error:
            self.actions = ()
            self.failure = error

    def run(self, place: int) -> None:
        while True:
            self.barrier.wait()
            if not self.actions:
                return
            action = self.actions[place % len(self.actions)]
            try:
                self.results[place] = action()
            except BaseException as error:  # also what `pytest.fail` raises
                self.results[place] = error


def storm(
    few: int,
    begin: Callable[[int], tuple[Sequence[Action], Callable[[list[Any]], None]]],
    threads: int = THREADS,
) -> None:
    """
    Run many rounds of actions, all threads from one barrier.

    ``begin(number)`` gives a round's actions, dealt out among the threads, and what
    checks their results, in the order of the threads; an exception is a result.
    """
    weather = Storm(rounds(few), begin, threads)
    crowd = [
        threading.Thread(target=weather.run, args=(place,), daemon=True)
        for place in range(threads)
    ]
    with hasty_switching():
        for thread in crowd:
            thread.start()
        seen, since = -1, time.monotonic()
        while any(thread.is_alive() for thread in crowd):
            crowd[0].join(0.02)
            if weather.finished != seen:
                seen, since = weather.finished, time.monotonic()
            if time.monotonic() - since > PATIENCE:
                hung = [thread for thread in crowd if thread.is_alive()]
                raise AssertionError(
                    f"{len(hung)} threads hang in round {seen}:\n{stacks_of(hung)}"
                )
    FIGURES["rounds"] += weather.finished
    FIGURES["calls"] += weather.finished * threads
    if weather.failure is not None:
        raise weather.failure
