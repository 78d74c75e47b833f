"""A class that is audited, and the source that it was made from."""

from __future__ import annotations

import ast
import linecache
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ...patterns.no_duplicate._body import Body
from .._code import first_line
from ._findings import Finding

if TYPE_CHECKING:
    from types import CodeType
    from typing import Any


@dataclass(frozen=True, eq=False)
class Subject:
    """A class, the code of its body and the globals that the body saw."""

    cls: type[Any]
    code: CodeType
    names: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.code.co_name)

    def finding(
        self,
        code: str,
        message: str,
        at: CodeType | None = None,
        line: int | None = None,
    ) -> Finding:
        where = at or self.code
        line = line or statement_line(where)
        return Finding(where.co_filename, line, code, message)

    def line_of(self, member: str) -> int | None:
        """Find the line that binds a name in the body, if one does."""
        body = Body(self.code)
        return next(map(body.line, reversed(body.bindings(member))), None)


def statement_line(code: CodeType) -> int:
    """Return the line of a ``class`` or ``def``, which decorators may precede."""
    line = code.co_firstlineno
    lines = linecache.getlines(code.co_filename)
    for number, text in enumerate(lines[line - 1 :], line):
        if text.lstrip().startswith(("class ", "def ", "async def ")):
            return number
    return line


def class_node(code: CodeType) -> ast.ClassDef | None:
    """Find the class statement that a body was compiled from."""
    node = definition(code)
    return node if isinstance(node, ast.ClassDef) else None


def function_node(code: CodeType) -> ast.FunctionDef | None:
    """Find the ``def`` statement that a function was compiled from."""
    node = definition(code)
    return node if isinstance(node, ast.FunctionDef) else None


def definition(code: CodeType) -> ast.ClassDef | ast.FunctionDef | None:
    node = statements(code.co_filename).get(code.co_firstlineno)
    return node if node is not None and node.name == code.co_name else None


@lru_cache(maxsize=4)
def statements(filename: str) -> dict[int, ast.ClassDef | ast.FunctionDef]:
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError):
        return {}
    blocks: list[ast.AST] = [tree]
    for block in blocks:  # expressions, most of a tree, hold no statement
        for inner in ("body", "orelse", "finalbody", "handlers", "cases"):
            blocks += getattr(block, inner, ())
    return {
        first_line(part): part
        for part in blocks
        if isinstance(part, (ast.ClassDef, ast.FunctionDef))
    }
