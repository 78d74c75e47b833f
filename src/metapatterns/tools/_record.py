"""Record what really happens while classes are made."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from inspect import CO_OPTIMIZED
from typing import TYPE_CHECKING, Any
from weakref import ref

from .._stages import Pattern
from ..errors import describe
from ._clockwork import listen
from ._code import code_of
from ._hooks import PATTERN_STAGES, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType, TracebackType

__all__ = ["ClassRecording", "Step", "record_class_creation"]

#: Hooks found through their first argument: on itself, or on its class.
ON_ITSELF = ("__prepare__", "__new__", "__init_subclass__")
ON_ITS_CLASS = ("__mro_entries__", "mro", "__set_name__", "__init__", "__call__")
HOOKS = frozenset((*ON_ITSELF, *ON_ITS_CLASS))
GENERIC = re.compile(r"(^|\.)<generic parameters of [^>]*>\.")
MACHINERY = ("metapatterns._pipeline", "metapatterns._hooks", "metapatterns._frames")
WIDTH = 100


@dataclass(eq=False)
class Step:
    """
    One thing that happened.

    Attributes:
        what: ``"class"``, ``"body"``, ``"decorator"``, or the name of a hook.
        owner: Who defines it: a class, or for decorators a function.
        on: The class that it happened to.
        where: File and line, or ``""`` where it is written in C.
        nanoseconds: How long it took, with all that happened inside.
        own_nanoseconds: How long it took by itself.
        raised: Whether it ended in an exception.
        metaclass: Of a class: its metaclass.
        children: What happened inside, in order.
    """

    what: str
    owner: str = ""
    on: str = ""
    where: str = ""
    nanoseconds: int = 0
    own_nanoseconds: int = 0
    raised: bool = False
    metaclass: str = ""
    children: list[Step] = field(default_factory=list)

    @property
    def own_seconds(self) -> float:
        return self.own_nanoseconds / 1e9

    def walk(self) -> Iterator[Step]:
        """Yield this step and all that happened inside, in order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def __str__(self) -> str:
        if self.what == "class":
            text = f"class {self.on}"
            if self.metaclass:
                text += f", metaclass {self.metaclass}"
        elif self.what == "body":
            text = f"body  {self.where}"
        else:
            text = f"{self.what}  {self.owner}"
        return f"{text}  (raised)" if self.raised else text

    def to_dict(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "owner": self.owner,
            "on": self.on,
            "where": self.where,
            "seconds": self.nanoseconds / 1e9,
            "own_seconds": self.own_seconds,
            "raised": self.raised,
            "metaclass": self.metaclass,
            "children": [child.to_dict() for child in self.children],
        }


class ClassRecording:
    """What :func:`record_class_creation` saw; ``str()`` draws it as a tree."""

    def __init__(self, keeps: Callable[[str], bool]) -> None:
        self._keeps = keeps
        self._steps: list[Step] = []

    @property
    def steps(self) -> list[Step]:
        """The outermost steps, in order, each with what happened inside."""
        return list(self._kept(self._steps))

    def _kept(self, steps: list[Step]) -> Iterator[Step]:
        for step in steps:
            if self._keeps(step.on):
                yield replace(step, children=list(self._below(step.children)))
            else:
                yield from self._kept(step.children)

    def _below(self, steps: list[Step]) -> Iterator[Step]:
        """What happened inside, to the class that is kept."""
        for step in steps:
            inside = list(self._below(step.children))
            if self._keeps(step.on):
                yield replace(step, children=inside)
            else:
                yield from inside

    def __iter__(self) -> Iterator[Step]:
        for step in self.steps:
            yield from step.walk()

    def filter(self, name: str) -> ClassRecording:
        """Return a recording of one class, by its name with or without its module."""
        kept = ClassRecording(keeper(name))
        kept._steps = self._steps
        return kept

    def to_dict(self) -> dict[str, Any]:
        """Return everything as dictionaries, lists, text and numbers, for JSON."""
        return {"steps": [step.to_dict() for step in self.steps]}

    def tree(self, *, times: bool = True) -> str:
        """Draw the tree, with each step's own time or without."""
        lines = [line for step in self.steps for line in drawn(step, times)]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.tree() or "no class was made"


class record_class_creation:  # noqa: N801
    """
    Record what happens while classes are made, in this thread, inside a ``with``.

    Each class statement is shown with its metaclass and with what runs for it:
    ``__mro_entries__``, ``__prepare__``, the body, each ``__new__``, ``mro``,
    ``__set_name__``, ``__init_subclass__``, ``__init__`` and the decorators; for
    instances of these classes ``__call__``, ``__new__`` and ``__init__``: who
    defines it, for which class, in order, nested, with its own time.

    Args:
        filter: Keep one class: the class, its name, with or without its module; or a function
            that is given ``"module.qualname"`` and tells whether to keep it.

    Returns:
        The block's target is a :class:`~metapatterns.tools.ClassRecording`.  Print
        it, iterate over its steps, or ask it for ``to_dict()``.

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


def keeper(
    chosen: type | str | Callable[[str], bool] | None,
) -> Callable[[str], bool]:
    if chosen is None:
        return lambda name: True
    if isinstance(chosen, type):
        chosen = describe(chosen)
    if isinstance(chosen, str):
        wanted = chosen.replace(":", ".")
        return lambda name: name == wanted or name.endswith(f".{wanted}")
    return chosen


# -- listening ------------------------------------------------------------------


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
    began: int
    outer: Step | None = None  # a class that the step prolongs


class Recorder:
    """Turns a thread's events into steps."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps
        self._open: list[Open] = []
        self._ended: list[Statement] = []
        self._made: dict[int, ref[type]] = {}
        self.failure: Exception | None = None

    def event(self, frame: FrameType, event: str, arg: Any, now: int) -> None:
        try:
            self._event(frame, event, arg, now)
        except Exception as error:  # it would end up in the code that is watched
            self.failure = self.failure or error

    def _event(self, frame: FrameType, event: str, arg: Any, now: int) -> None:
        if self._ended:
            self._look_at_ended(frame, event, arg)
        if event == "call":
            self._call(frame, now)
        elif event == "c_call":
            self._c_call(frame, arg, now)
        elif self._is_end(frame, event):
            self._close(event, arg, now)

    def close(self) -> None:
        """Let go of every frame."""
        for statement in tuple(self._ended):
            self._name(statement)
        self._open.clear()

    # -- what begins ----------------------------------------------------------

    def _c_call(self, frame: FrameType, function: Any, now: int) -> None:
        name = getattr(function, "__name__", None)
        if name == "__build_class__" and function.__module__ == "builtins":
            for before in tuple(self._ended):  # in a loop, the round before
                if before.frame is frame:
                    self._name(before)
            self._begin(Step("class"), frame, now, in_c=True)
            return
        inside = self._open and self._open[-1].frame is frame
        owner = owner_in_c(function, name) if inside and name in HOOKS else None
        if owner is not None:
            step = Step(str(name), describe(owner), self._open[-1].step.on)
            self._begin(step, frame, now, in_c=True)
        elif statement := self._decorated(frame):
            step = Step("decorator", str(getattr(function, "__qualname__", name)))
            self._prolong(statement, step, frame, now, in_c=True)

    def _call(self, frame: FrameType, now: int) -> None:
        code = frame.f_code
        if frame.f_globals.get("__name__") in MACHINERY:
            return
        if self._is_body(frame):
            on = GENERIC.sub(r"\1", code.co_qualname)
            on = f"{frame.f_globals.get('__name__')}.{on}"
            made = self._open[-1].step
            before = made.on  # as far as ``__prepare__`` could tell
            for step in made.walk():
                step.on = on if step.on in ("", before) else step.on
            self._begin(Step("body", on=on, where=place(code)), frame, now)
        elif code.co_name in HOOKS:
            self._hook(frame, now)
        elif code.co_name in PATTERN_STAGES:
            self._pattern_stage(frame, now)
        elif frame.f_back and (statement := self._decorated(frame.f_back)):
            owner = f"{frame.f_globals.get('__name__')}.{code.co_qualname}"
            step = Step("decorator", owner, where=place(code))
            self._prolong(statement, step, frame, now)

    def _pattern_stage(self, frame: FrameType, now: int) -> None:
        arguments = first_arguments(frame)
        if not arguments or not issubclass(type(arguments[0]), Pattern):
            return
        pattern, stage = arguments[0], frame.f_code.co_name
        owner = owner_of(type(pattern), frame.f_code)
        assert owner is not None
        around = self._class_step()
        if around is not None and not around.on:
            around.on = f"{module_of(self._open[0].frame)}.{arguments[1]}"
        on = "" if around is None else around.on
        step = Step(
            f"{pattern.name}: {stage}", describe(owner), on, place(frame.f_code)
        )
        self._begin(step, frame, now)

    def _hook(self, frame: FrameType, now: int) -> None:
        name = frame.f_code.co_name
        arguments = first_arguments(frame)
        if not arguments:
            return
        first = arguments[0]
        holder = first if name in ON_ITSELF else type(first)
        owner = owner_of(holder, frame.f_code)
        if owner is None:
            return
        step = Step(name, describe(owner), where=place(frame.f_code))
        if name == "__mro_entries__":
            if self._open and self._open[-1].step.what == "class":
                self._begin(step, frame, now)
            return
        cls: Any = first if is_class(first) else None
        if name == "__set_name__":
            cls = arguments[1] if len(arguments) > 1 else None
        elif cls is None or (name == "__new__" and not issubclass(cls, type)):
            made = type(first) if cls is None else cls
            if self._knows(made):  # an instance of a recorded class
                step.on = describe(made)
                self._begin(step, frame, now)
            return
        if name == "__call__" and not issubclass(cls, type):
            if self._knows(cls):
                step.on = describe(cls)
                self._begin(step, frame, now)
        elif name in ("__prepare__", "__new__", "__call__"):
            on = f"{module_of(frame.f_back)}.{arguments[1]}" if arguments[1:] else ""
            self._creation(step, cls, on, frame, now)
        elif is_class(cls):
            self._learn(cls)
            self._creation(step, type(cls), describe(cls), frame, now)

    def _creation(
        self, step: Step, metaclass: type, on: str, frame: FrameType, now: int
    ) -> None:
        """Begin a hook of a class; where no statement makes it, a call does."""
        around = self._class_step()
        if around is not None and not around.on:
            around.on = on
        if around is not None and last_name(around.on) == last_name(on):
            step.on = around.on
            self._begin(step, frame, now)
        else:
            known = self._open[-1].step.children if self._open else self._steps
            if known and known[-1].what == "class" and known[-1].on == on:
                around = known[-1]
            else:
                around = Step("class", on=on)
                known.append(around)
            step.on = on
            self._begin_in(around, step, frame, now)
        around.metaclass = around.metaclass or describe(metaclass)

    def _begin(
        self, step: Step, frame: FrameType, now: int, *, in_c: bool = False
    ) -> None:
        (self._open[-1].step.children if self._open else self._steps).append(step)
        self._open.append(Open(step, frame, in_c, now))

    def _begin_in(
        self, outer: Step, step: Step, frame: FrameType, now: int, *, in_c: bool = False
    ) -> None:
        outer.children.append(step)
        self._open.append(Open(step, frame, in_c, now, outer))

    def _prolong(
        self,
        statement: Statement,
        step: Step,
        frame: FrameType,
        now: int,
        *,
        in_c: bool = False,
    ) -> None:
        step.on = statement.step.on
        self._begin_in(statement.step, step, frame, now, in_c=in_c)

    # -- what ends ------------------------------------------------------------

    def _close(self, event: str, result: Any, now: int) -> None:
        opened = self._open.pop()
        step = opened.step
        step.nanoseconds = now - opened.began
        inside = sum(child.nanoseconds for child in step.children)
        step.own_nanoseconds = max(0, step.nanoseconds - inside)
        step.raised = event == "c_exception" or is_unwound(opened.frame, event)
        if opened.outer is not None:
            opened.outer.nanoseconds += step.nanoseconds
        if step.what == "class":
            if not step.raised:
                self._ended.append(Statement(step, opened.frame))
        elif step.what == "__new__" and is_class(result):
            self._learn(result)
            if around := self._class_step():
                around.metaclass = describe(type(result))

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
        if is_class(cls) and name_of(cls) == last_name(statement.step.on):
            self._learn(cls)
            statement.step.metaclass = describe(type(cls))


@lru_cache(maxsize=256)
def stores_of(code: CodeType) -> tuple[tuple[int, str | None], ...]:
    import dis

    return tuple(
        (step.offset, step.argval[0] if isinstance(step.argval, tuple) else step.argval)
        for step in dis.get_instructions(code)
        if step.opname.startswith("STORE_")
    )


def stored_after(code: CodeType, offset: int) -> tuple[str | None, int]:
    """The name that the next instruction to store gives, and where that is."""
    for position, name in stores_of(code):
        if position > offset:
            return name, position
    return None, len(code.co_code)


def first_arguments(frame: FrameType) -> tuple[Any, ...]:
    """The first two arguments of a call that begins."""
    code, values = frame.f_code, frame.f_locals
    named = [
        values[name] for name in code.co_varnames[: code.co_argcount] if name in values
    ]
    rest: tuple[Any, ...] = ()
    if len(named) < 2 and code.co_flags & 0x04:
        rest = values.get(
            code.co_varnames[code.co_argcount + code.co_kwonlyargcount], ()
        )
    return (*named, *rest)[:2]


def owner_of(holder: Any, code: CodeType) -> type | None:
    """Find the class that defines the hook with this code."""
    if not is_class(holder):
        return None
    for owner in order_of(holder):
        if code_of(names_of(owner).get(code.co_name)) is code:
            return owner
    return None


def owner_in_c(function: Any, name: str) -> type | None:
    """Find the class that defines a hook in C."""
    holder = getattr(function, "__self__", None)
    if not is_class(holder) or name not in ON_ITSELF:
        holder = type(holder)
    owners = (owner for owner in order_of(holder) if name in names_of(owner))
    return next((it for it in owners if code_of(names_of(it)[name]) is None), None)


# Through `type`: a metaclass may answer with anything, and run code to find it.
order_of: Callable[[Any], tuple[type, ...]] = vars(type)["__mro__"].__get__
names_of: Callable[[Any], dict[str, Any]] = vars(type)["__dict__"].__get__
name_of: Callable[[Any], str] = vars(type)["__name__"].__get__


def is_class(thing: Any) -> bool:
    return issubclass(type(thing), type)


def module_of(frame: FrameType | None) -> str:
    return "" if frame is None else str(frame.f_globals.get("__name__"))


def is_unwound(frame: FrameType, event: str) -> bool:
    """Tell whether a frame ends otherwise than by an instruction that returns."""
    if event != "return":
        return False
    import opcode

    return not opcode.opname[frame.f_code.co_code[frame.f_lasti]].startswith("RETURN")


def last_name(name: str) -> str:
    return name.rpartition(".")[2]


def place(code: CodeType) -> str:
    return f"{shortened(code.co_filename)}:{code.co_firstlineno}"


# -- drawing --------------------------------------------------------------------


def drawn(
    step: Step, times: bool, around: str = "", first: str = "", rest: str = ""
) -> Iterator[str]:
    time = f"  {duration(step.own_nanoseconds)}" if times else ""
    room = WIDTH - len(time)
    text = f"{first}{step}"
    if step.on != around and step.what not in ("class", "body"):
        text += f"  of {step.on}"
    if len(text) > room:
        text = f"{text[: room - 1]}\u2026"
    yield f"{text:<{room}}{time}" if times else text
    for child in step.children:
        last = child is step.children[-1]
        corner, line = (
            ("\u2514\u2500 ", "   ") if last else ("\u251c\u2500 ", "\u2502  ")
        )
        yield from drawn(child, times, step.on, rest + corner, rest + line)


def duration(nanoseconds: int) -> str:
    """Write a time in seconds, milliseconds or microseconds, in ten columns."""
    for unit, size in (("s", 10**9), ("ms", 10**6)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:7.1f} {unit:<2}"
    return f"{nanoseconds / 1000:7.1f} \u00b5s"
