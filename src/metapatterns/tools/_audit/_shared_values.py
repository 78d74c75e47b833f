"""
The rule of an audit for values that instances share, read from source.

It stays silent where there is no source.
"""

from __future__ import annotations

import ast
import dis
import linecache
import re
from collections import Counter, OrderedDict, defaultdict, deque
from types import CodeType
from typing import TYPE_CHECKING

from .._code import code_of, codes_within
from ._findings import Finding
from ._subjects import class_node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._subjects import Subject


def shared_mutables(subject: Subject) -> Iterator[Finding]:
    """Yield the values that methods change through ``self`` and never set there."""
    cls = subject.cls
    shared = {
        name: value
        for name, value in vars(cls).items()
        if type(value) in MUTABLE and not is_store(name)
    }
    if not shared or issubclass(cls, type):
        return
    # Reading source takes long, and what no method names is not changed.
    suspect = shared.keys() & names_within(subject.code)
    suspect -= set_somewhere(cls, suspect)
    if not suspect or (node := class_node(subject.code)) is None:
        return
    for name in suspect & plain_names(node):
        if is_named_on_class(name, node) or is_named_beside(name, subject):
            continue
        for method in instance_methods(node):
            at = change_through_self(name, method)
            if at is not None:
                yield Finding(
                    subject.code.co_filename,
                    at.lineno,
                    "MP301",
                    f"{method.name!r} changes {name!r} through"
                    f" {method.args.args[0].arg}, but it is one"
                    f" {type(shared[name]).__name__} that all instances of"
                    f" {subject.name!r} share",
                )
                break


MUTABLE = (list, dict, set, bytearray, deque, defaultdict, OrderedDict, Counter)
#: The methods of these that change them.
CHANGING = (
    "add append appendleft clear difference_update discard extend extendleft insert"
    " intersection_update pop popitem popleft remove reverse setdefault sort"
    " symmetric_difference_update update"
).split()


def is_store(name: str) -> bool:
    """Tell whether a name says that its value is the class's, and is filled."""
    return name.isupper() or name[:2] == "__" or "cache" in name or "registr" in name


def plain_names(node: ast.ClassDef) -> set[str]:
    """The names that a class body assigns and does not declare to be the class's."""
    found: set[str] = set()
    for step in node.body:
        if isinstance(step, ast.Assign):
            found |= {to.id for to in step.targets if isinstance(to, ast.Name)}
        elif (
            isinstance(step, ast.AnnAssign)
            and isinstance(step.target, ast.Name)
            and "ClassVar" not in ast.dump(step.annotation)
        ):
            found.add(step.target.id)
    return found


def names_within(body: CodeType) -> set[str]:
    """The attributes and globals that the functions in a class body name."""
    inner = (code for code in body.co_consts if isinstance(code, CodeType))
    return {
        name for code in inner for each in codes_within(code) for name in each.co_names
    }


def set_somewhere(cls: type, names: set[str]) -> set[str]:
    """Those of some attributes that the class or its bases set on anything."""
    return {
        step.argval
        for owner in cls.__mro__
        for member in vars(owner).values()
        if (code := code_of(member)) is not None
        for inner in codes_within(code)
        if not names.isdisjoint(inner.co_names)
        for step in dis.get_instructions(inner)
        if step.opname == "STORE_ATTR" and step.argval in names
    }


def is_named_on_class(name: str, node: ast.ClassDef) -> bool:
    """Tell whether methods use an attribute as one of the class, or of others."""
    selves = {method.args.args[0].arg for method in instance_methods(node)}
    return any(
        isinstance(part, ast.Attribute)
        and part.attr == name
        and not (isinstance(part.value, ast.Name) and part.value.id in selves)
        for part in ast.walk(node)
    )


def is_named_beside(name: str, subject: Subject) -> bool:
    """Tell whether the module uses an attribute as one of the class."""
    source = "".join(linecache.getlines(subject.code.co_filename))
    return re.search(rf"\b{subject.name}\.{name}\b", source) is not None


def methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    for step in node.body:
        if not isinstance(step, ast.FunctionDef) or not step.args.args:
            continue
        named = [part.id for part in step.decorator_list if isinstance(part, ast.Name)]
        if "classmethod" not in named and "staticmethod" not in named:
            yield step


def instance_methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    return (method for method in methods(node) if method.name not in OF_THE_CLASS)


#: These are given the class, and need no decorator for that.
OF_THE_CLASS = ("__new__", "__init_subclass__", "__class_getitem__")


def change_through_self(name: str, method: ast.FunctionDef) -> ast.expr | None:
    """Find where a method changes what it reads as ``self.name``."""

    def is_it(part: ast.AST) -> bool:
        return (
            isinstance(part, ast.Attribute)
            and part.attr == name
            and isinstance(part.value, ast.Name)
            and part.value.id == method.args.args[0].arg
        )

    items: list[ast.Subscript] = []
    calls: list[ast.Call] = []
    filled: set[ast.expr] = set()
    for part in ast.walk(method):
        if isinstance(part, ast.Subscript) and is_it(part.value):
            items.append(part)
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            if part.func.attr in CHANGING and is_it(part.func.value):
                calls.append(part)
        elif isinstance(part, ast.Assign) and not any(map(is_it, ast.walk(part.value))):
            filled.update(part.targets)
    changed = [item for item in items if not isinstance(item.ctx, ast.Load)]
    # What is looked up there too, and filled with what is new, is a memo by any name.
    if not calls and len(changed) < len(items) and filled.issuperset(changed):
        return None
    return next(iter([*changed, *calls]), None)
