"""What code says of a hook, whether it hands on what it was given, and where it is."""

from __future__ import annotations

import dis
from inspect import CO_VARARGS, CO_VARKEYWORDS, unwrap
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from .._values import told

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator


def function_of(member: object) -> FunctionType | None:
    """Return the Python function behind a member, if there is one."""
    # A lazy object answers for its class, and `isinstance` would ask it.
    if issubclass(type(member), (staticmethod, classmethod)):
        member = told(member, "__func__")
    if type(member) is FunctionType:
        try:
            member = unwrap(member)
        except ValueError:  # wrapped in a circle
            return None
    return member if type(member) is FunctionType else None


def code_of(member: object) -> CodeType | None:
    """Return the code of a member; ``None`` where it is written in C."""
    function = function_of(member)
    return None if function is None else function.__code__


def codes_within(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and those of the functions and bodies inside it."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from codes_within(inner)


def calls_super(code: CodeType, method: str) -> bool:
    """Tell whether a method calls the next one of its name along the MRO."""
    return any(
        "super" in inner.co_names and method in inner.co_names
        for inner in codes_within(code)
    )


def keywords_name(code: CodeType) -> str | None:
    """Return what a function calls its ``**kwargs``."""
    if not code.co_flags & CO_VARKEYWORDS:
        return None
    variadic = bool(code.co_flags & CO_VARARGS)
    return code.co_varnames[code.co_argcount + code.co_kwonlyargcount + variadic]


def reads(code: CodeType, name: str) -> bool:
    """Tell whether a function, or one inside it, reads a local variable."""
    return any(
        step.opname.startswith("LOAD_") and names_of(step.argval, name)
        for inner in codes_within(code)
        for step in dis.get_instructions(inner)
    )


def names_of(argument: Any, name: str) -> bool:
    # Python 3.13 loads two variables with one instruction.
    return argument == name or (isinstance(argument, tuple) and name in argument)


def drops_keywords(code: CodeType) -> bool:
    """Tell whether a function takes ``**kwargs`` and never looks at them."""
    name = keywords_name(code)
    return name is not None and not reads(code, name)


def only_raises(code: CodeType) -> bool:
    """Tell whether a function never returns, as one that forbids subclasses."""
    return not any(
        step.opname.startswith("RETURN_") for step in dis.get_instructions(code)
    )


def first_line(node: ast.ClassDef | ast.FunctionDef) -> int:
    """Return the line of a statement or of the first of its decorators."""
    return min([node.lineno, *(part.lineno for part in node.decorator_list)])
