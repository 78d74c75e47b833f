"""The steps that a thread's profile events tell of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from inspect import CO_OPTIMIZED
from typing import TYPE_CHECKING, Any
from weakref import ref

from ..._classes import class_of
from ..._frames import is_ours
from ..._hooks import ClassNamespace
from ..._stages import Pattern
from ..._values import NAME_OF, is_class, plain_text
from ...errors import describe
from .._hooks import PATTERN_STAGES
from ._events import (
    HOOKS,
    ON_ITSELF,
    first_arguments,
    is_unwound,
    module_of,
    owner_in_c,
    owner_of,
    place,
    stored_after,
)
from ._recording import Step

if TYPE_CHECKING:
    from types import FrameType

#: How hooks that a call of a metaclass runs follow one another.
ORDER: tuple[str, ...] = tuple(
    "__prepare__ __call__ __new__ mro __set_name__ __init_subclass__ __init__".split()
)
GENERIC = re.compile(r"(^|\.)<generic parameters of [^>]*>\.")
MACHINERY = ("metapatterns._pipeline", "metapatterns._hooks", "metapatterns._frames")


class Statement:
    """A class statement that is over, until it is known what class it made."""

    def __init__(self, step: Step, frame: FrameType) -> None:
        self.step = step
        self.frame = frame
        self.offset: int = frame.f_lasti
        self.stored: tuple[str | None, int] = stored_after(frame.f_code, self.offset)


@dataclass(eq=False)
class Open:
    """A step that has begun, and the frame whose end, or whose C call's, ends it."""

    step: Step
    frame: FrameType
    in_c: bool
    outer: Step | None = None  # a class that the step prolongs


class Recorder:
    """Turns a thread's events into steps."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps
        self._open: list[Open] = []
        self._ended: list[Statement] = []
        self._made: dict[int, ref[type]] = {}
        self._now = 0
        self.failure: Exception | None = None

    def event(self, frame: FrameType, event: str, arg: Any, now: int) -> None:
        if self._open:  # what runs between two events is the innermost step's own
            self._open[-1].step.own_nanoseconds += now - self._now
        self._now = now
        try:
            self._event(frame, event, arg)
        except Exception as error:  # it would end up in the code that is watched
            self.failure = self.failure or error

    def _event(self, frame: FrameType, event: str, arg: Any) -> None:
        if self._ended:
            self._look_at_ended(frame, event, arg)
        if event == "call":
            self._call(frame)
        elif event == "c_call":
            self._c_call(frame, arg)
        elif self._is_end(frame, event):
            self._close(event, arg)

    def close(self) -> None:
        """Let go of every frame."""
        for statement in tuple(self._ended):
            self._name(statement)
        self._open.clear()

    # -- what begins ----------------------------------------------------------

    def _c_call(self, frame: FrameType, function: Any) -> None:
        name = getattr(function, "__name__", None)
        if name == "__build_class__" and function.__module__ == "builtins":
            for before in tuple(self._ended):  # in a loop, the round before
                if before.frame is frame:
                    self._name(before)
            self._begin(Step("class"), frame, in_c=True)
            return
        inside = self._open and self._open[-1].frame is frame
        owner = owner_in_c(function, name) if inside and name in HOOKS else None
        if owner is not None:
            step = Step(str(name), describe(owner), self._open[-1].step.on)
            self._begin(step, frame, in_c=True)
        elif statement := self._decorated(frame):
            decorator = str(getattr(function, "__qualname__", name))
            step = Step("decorator", decorator, statement.step.on)
            self._begin(step, frame, in_c=True, outer=statement.step)

    def _call(self, frame: FrameType) -> None:
        code = frame.f_code
        if frame.f_globals.get("__name__") in MACHINERY:
            return
        if self._is_body(frame):
            on = GENERIC.sub(r"\1", code.co_qualname)
            on = f"{frame.f_globals.get('__name__')}.{on}"
            made = self._open[-1].step
            rename(made, made.on, on)  # which ``__prepare__`` could only guess
            self._begin(Step("body", on=on, where=place(code)), frame)
        elif code.co_name in HOOKS:
            self._hook(frame)
        elif code.co_name in PATTERN_STAGES:
            self._pattern_stage(frame)
        elif frame.f_back and (statement := self._decorated(frame.f_back)):
            owner = f"{frame.f_globals.get('__name__')}.{code.co_qualname}"
            step = Step("decorator", owner, statement.step.on, place(code))
            self._begin(step, frame, outer=statement.step)

    def _pattern_stage(self, frame: FrameType) -> None:
        arguments = first_arguments(frame, 4)
        if not arguments or not issubclass(type(arguments[0]), Pattern):
            return
        pattern, stage = arguments[0], frame.f_code.co_name
        owner = owner_of(type(pattern), frame.f_code)
        assert owner is not None
        around = self._class_step()
        if around is not None and not around.on:
            around.on = f"{module_of(self._open[0].frame)}.{arguments[1]}"
        on = given_class(frame, arguments[1:]) if around is None else around.on
        step = Step(
            f"{pattern.name}: {stage}", describe(owner), on, place(frame.f_code)
        )
        self._begin(step, frame)

    def _hook(self, frame: FrameType) -> None:
        name = frame.f_code.co_name
        arguments = first_arguments(frame)
        if not arguments:
            return
        first = arguments[0]
        holder = first if name in ON_ITSELF else class_of(first)
        owner = owner_of(holder, frame.f_code)
        if owner is None:
            return
        step = Step(name, describe(owner), where=place(frame.f_code))
        if name == "__mro_entries__":
            if self._open and self._open[-1].step.what == "class":
                self._begin(step, frame)
            return
        cls: Any = first if is_class(first) else None
        if name == "__set_name__":
            cls = arguments[1] if len(arguments) > 1 else None
        elif cls is None or (name == "__new__" and not issubclass(cls, type)):
            made = class_of(first) if cls is None else cls
            # What an instance does when it is called itself makes nothing.
            if name != "__call__" and self._knows(made):
                step.on = describe(made)
                self._begin(step, frame)
            return
        if name == "__call__" and not issubclass(cls, type):
            if self._knows(cls):
                step.on = describe(cls)
                self._begin(step, frame)
        elif name in ("__prepare__", "__new__", "__call__"):
            on = (
                f"{module_of(frame.f_back)}.{arguments[1]}"
                if len(arguments) > 1
                else ""
            )
            self._creation(step, cls, on, frame)
        elif is_class(cls):
            self._learn(cls)
            self._creation(step, type(cls), describe(cls), frame)

    def _creation(self, step: Step, metaclass: type, on: str, frame: FrameType) -> None:
        """Begin a hook of a class; where no statement makes it, a call does."""
        around = self._class_step()
        if around is not None and not around.on:
            around.on = on
        if around is not None and last_name(around.on) == last_name(on):
            step.on = around.on
            self._begin(step, frame)
        else:
            known = self._open[-1].step.children if self._open else self._steps
            if known and goes_on(known[-1], step.what, on):
                around = known[-1]
                rename(around, around.on, on)
            else:
                around = Step("class", on=on)
                known.append(around)
            step.on = on
            self._begin(step, frame, outer=around)
        around.metaclass = around.metaclass or describe(metaclass)

    def _begin(
        self,
        step: Step,
        frame: FrameType,
        *,
        in_c: bool = False,
        outer: Step | None = None,
    ) -> None:
        """Begin a step inside the innermost one, or in a class that it prolongs."""
        around = self._open[-1].step if outer is None and self._open else outer
        (self._steps if around is None else around.children).append(step)
        self._open.append(Open(step, frame, in_c, outer))

    # -- what ends ------------------------------------------------------------

    def _close(self, event: str, result: Any) -> None:
        opened = self._open.pop()
        step = opened.step
        step.raised = event == "c_exception" or is_unwound(opened.frame, event)
        if step.what == "class":
            if not step.raised:
                self._ended.append(Statement(step, opened.frame))
        elif step.what == "__new__" and is_class(result):
            around = opened.outer or self._class_step()
            if around is not None and step.on == around.on:
                self._learn(result)
                around.metaclass = describe(type(result))
                is_it = NAME_OF(result) == last_name(around.on)
                if is_it and not is_statement(around):  # its module was a guess
                    rename(around, around.on, describe(result))

    # -- what is what ---------------------------------------------------------

    def _is_end(self, frame: FrameType, event: str) -> bool:
        if not self._open:
            return False
        last = self._open[-1]
        return last.frame is frame and last.in_c is (event != "return")

    def _is_body(self, frame: FrameType) -> bool:
        if not self._open or frame.f_code.co_flags & CO_OPTIMIZED:
            return False
        last = self._open[-1]
        return last.step.what == "class" and last.in_c and frame.f_back is last.frame

    def _class_step(self) -> Step | None:
        """The class that is being made; not one that its decorator is given."""
        for opened in self._open[::-1]:
            if opened.step.what == "class":
                return opened.step
            if opened.outer is not None:
                return None if opened.step.what == "decorator" else opened.outer
        return None

    def _learn(self, cls: type) -> None:
        self._made[id(cls)] = ref(cls)

    def _knows(self, cls: type) -> bool:
        known = self._made.get(id(cls))
        return known is not None and known() is cls

    def _decorated(self, frame: FrameType) -> Statement | None:
        """Find the statement whose decorators the frame is about to call."""
        for statement in self._ended:
            if statement.frame is frame:
                last = statement.stored[1]
                return statement if statement.offset < frame.f_lasti < last else None
        return None

    def _look_at_ended(self, frame: FrameType, event: str, arg: Any) -> None:
        for statement in tuple(self._ended):
            asked = statement.frame
            if frame is asked and event == "return":
                self._name(statement, arg)
            elif frame is asked or frame.f_back is asked:
                offset = asked.f_lasti
                if not statement.offset <= offset <= statement.stored[1]:
                    self._name(statement)

    def _name(self, statement: Statement, returned: Any = None) -> None:
        """Find the class that a statement made where the statement has put it."""
        self._ended.remove(statement)
        name = statement.stored[0]
        cls = returned
        if name is not None:
            scope = statement.frame
            cls = scope.f_locals.get(name, scope.f_globals.get(name))
        if is_class(cls) and NAME_OF(cls) == last_name(statement.step.on):
            self._learn(cls)
            statement.step.metaclass = describe(type(cls))


def given_class(frame: FrameType, arguments: tuple[Any, ...]) -> str:
    """Name the class that a pattern's stage is about, where no statement is."""
    for given in arguments:
        cls = given._cls if type(given) is ClassNamespace else given
        if is_class(cls):
            return describe(cls)
    asking, name = frame, plain_text(arguments[0])
    while asking.f_back is not None and is_ours(asking):
        asking = asking.f_back
        # `release` is told no name; the pipeline, which asks for it, knows.
        name = name or plain_text(asking.f_locals.get("name"))
    return f"{module_of(asking)}.{name}"


def rename(made: Step, before: str, on: str) -> None:
    for step in made.walk():
        step.on = on if step.on in ("", before) else step.on


def goes_on(made: Step, hook: str, on: str) -> bool:
    """Tell whether a hook may belong to a class that no statement made."""
    if (
        made.what != "class"
        or last_name(made.on) != last_name(on)
        or is_statement(made)
    ):
        return False
    done = [child.what for child in made.children]
    last = max((ORDER.index(it) for it in done if it in ORDER), default=-1)
    return ORDER.index(hook) > last or hook == "__set_name__" == ORDER[last]


def is_statement(made: Step) -> bool:
    return any(child.what == "body" for child in made.children)


def last_name(name: str) -> str:
    return name.rpartition(".")[2]
