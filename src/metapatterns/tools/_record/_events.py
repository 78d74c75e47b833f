"""What a frame and a function in C tell about the hook that begins or ends there."""

from __future__ import annotations

import dis
import opcode
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..._classes import class_of
from ..._values import is_class, is_tuple
from .._code import code_of
from .._hooks import shortened

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

#: Hooks found through their first argument: on itself, or on its class.
ON_ITSELF = ("__prepare__", "__new__", "__init_subclass__")
ON_ITS_CLASS = ("__mro_entries__", "mro", "__set_name__", "__init__", "__call__")
HOOKS = frozenset((*ON_ITSELF, *ON_ITS_CLASS))


def first_arguments(frame: FrameType, count: int = 2) -> tuple[Any, ...]:
    """The first arguments, at most so many, of a call that begins."""
    code, values = frame.f_code, frame.f_locals
    named = [
        values[name] for name in code.co_varnames[: code.co_argcount] if name in values
    ]
    rest: tuple[Any, ...] = ()
    if len(named) < count and code.co_flags & 0x04:
        rest = values.get(
            code.co_varnames[code.co_argcount + code.co_kwonlyargcount], ()
        )
    return (*named, *rest)[:count]


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
        holder = class_of(holder)
    owners = (owner for owner in order_of(holder) if name in names_of(owner))
    return next((it for it in owners if code_of(names_of(it)[name]) is None), None)


# Through `type`: a metaclass may answer with anything, and run code to find it.
order_of: Callable[[Any], tuple[type, ...]] = vars(type)["__mro__"].__get__
names_of: Callable[[Any], dict[str, Any]] = vars(type)["__dict__"].__get__


def module_of(frame: FrameType | None) -> str:
    return "" if frame is None else str(frame.f_globals.get("__name__"))


def is_unwound(frame: FrameType, event: str) -> bool:
    """Tell whether a frame ends otherwise than by an instruction that returns."""
    if event != "return":
        return False
    return not opcode.opname[frame.f_code.co_code[frame.f_lasti]].startswith("RETURN")


def place(code: CodeType) -> str:
    return f"{shortened(code.co_filename)}:{code.co_firstlineno}"


@lru_cache(maxsize=256)
def stores_of(code: CodeType) -> tuple[tuple[int, str | None], ...]:
    return tuple(
        (step.offset, step.argval[0] if is_tuple(step.argval) else step.argval)
        for step in dis.get_instructions(code)
        if step.opname.startswith("STORE_")
    )


def stored_after(code: CodeType, offset: int) -> tuple[str | None, int]:
    """The name that the next instruction to store gives, and where that is."""
    for position, name in stores_of(code):
        if position > offset:
            return name, position
    return None, len(code.co_code)
