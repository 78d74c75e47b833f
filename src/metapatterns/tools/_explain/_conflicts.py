"""Explain a metaclass conflict that was raised, from its traceback."""

from __future__ import annotations

import ast
import linecache
from typing import TYPE_CHECKING, get_origin

from ..._values import is_tuple
from .._code import first_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import Any


def explanation(error: BaseException) -> str | None:
    """Explain the bases of the class statement, or the call, that raised an error."""
    traceback = error.__traceback__
    if traceback is None:
        return None
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    parts = parts_in(traceback.tb_frame, traceback.tb_lineno)
    if not parts:
        return None
    from .. import explain

    return str(explain(*parts))


def parts_in(frame: FrameType, line: int) -> list[type]:
    """The bases of the class that a frame is making, and its metaclass."""
    bases = frame.f_locals.get("bases")
    if is_tuple(bases):  # a metaclass's method, or such as `types.new_class`
        first = frame.f_locals.get(frame.f_code.co_varnames[0])
        found = [*bases, *([first] if is_metaclass(first) else [])]
    else:
        source = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
        found = [
            value for part in expressions(source, line) for value in values(part, frame)
        ]
    classes = [get_origin(part) or part for part in found]  # of `Sequence[int]`
    return [part for part in classes if isinstance(part, type) and part is not type]


def is_metaclass(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, type)


def expressions(source: str, line: int) -> Iterator[ast.expr]:
    """The bases and the metaclass in the class statement or the call at a line."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # edited since it was imported
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and first_line(node) <= line <= ends(node):
            yield from node.bases
            for keyword in node.keywords:
                if keyword.arg == "metaclass":
                    yield keyword.value
        elif isinstance(node, ast.Call) and node.lineno == line and len(node.args) == 3:
            yield node.func
            if isinstance(node.args[1], ast.Tuple):
                yield from node.args[1].elts


def ends(node: ast.ClassDef) -> int:
    """The last line of a statement's head."""
    return max(node.body[0].lineno - 1, node.lineno)


def values(part: ast.expr, frame: FrameType) -> list[Any]:
    """Look up a name, or attributes of one; nothing is called."""
    match part:
        case ast.Name(id=name):
            scopes = (frame.f_locals, frame.f_globals, frame.f_builtins)
            return [names[name] for names in scopes if name in names][:1]
        case ast.Attribute(value=owner, attr=name):
            return [
                found
                for value in values(owner, frame)
                if (found := getattr(value, name, None)) is not None
            ]
        case ast.Subscript(value=owner):
            return values(owner, frame)
        case ast.Starred(value=several):
            found = [it for it in values(several, frame) if type(it) in (list, tuple)]
            return [value for part in found for value in part]
        case _:
            return []
