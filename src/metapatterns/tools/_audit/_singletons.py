"""
The rule of an audit for singletons written by hand, read from source.

They all do the same: a function looks whether there is an instance, builds one and
keeps it, and nothing holds a second thread back in between.  They differ in what
the function is, in how it says "build", and in where it keeps the instance.
"""

from __future__ import annotations

import ast
import gc
from dataclasses import dataclass
from opcode import opmap
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

from .._code import code_of
from ._subjects import function_node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ._findings import Finding
    from ._subjects import Subject


def racy_singletons(subject: Subject) -> Iterator[Finding]:
    """Yield the functions that look for an instance and build one, unlocked."""
    for way in ways_to(subject):
        node = function_node(way.code) if way.keeps_something() else None
        if node is None or is_locked(node):
            continue
        name = way.kept_as(node)
        if name is not None and not is_built(subject, name):
            yield subject.finding(
                "MP501",
                f"{way.code.co_name} {way.place} {subject.name!r} looks at {name!r} and"
                " then sets it without a lock, so that two threads can build two"
                " instances",
                way.code,
            )


def ways_to(subject: Subject) -> Iterator[Way]:
    """Yield the functions that may hand out the one instance of a class."""
    cls, name = subject.cls, subject.name
    for key, member in vars(cls).items():
        code = code_of(member)
        if code is None:
            continue
        first = code.co_varnames[: min(code.co_argcount, 1)]
        if key == ("__call__" if issubclass(cls, type) else "__new__"):
            yield Way(code, {name, *first}, "of")
        elif issubclass(cls, type):
            continue
        elif key == "__init__":
            yield Way(code, {name}, "of", itself=first)
        elif isinstance(member, classmethod):
            yield Way(code, {name, *first}, "of", calls={name, *first})
        elif isinstance(member, staticmethod):
            yield Way(code, {name}, "of", calls={name})
    for key, function in subject.names.copy().items():
        if type(function) is not FunctionType:  # which asks no lazy object anything
            continue
        code = function.__code__
        if key == name:  # a decorator has put it there
            owners = free_variables(function, cls)
            yield Way(code, owners, "in place of", calls=owners)
        elif name in code.co_names and code.co_filename == subject.code.co_filename:
            yield Way(code, set(), "beside", calls={name})


def free_variables(function: FunctionType, value: object) -> set[str]:
    """The variables of an enclosing function that hold a value."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {
        name
        for name, cell in cells
        if any(held is value for held in gc.get_referents(cell))
    }


@dataclass(frozen=True)
class Way:
    """
    A function that may hand out the one instance of a class.

    Attributes:
        code: Its code.
        owners: What it calls the class that keeps the instance.
        place: Where it is, seen from the class.
        calls: What it calls to build an instance; if empty, the next constructor.
        itself: What the instance is called, if the function is given one.
    """

    code: CodeType
    owners: set[str]
    place: str
    calls: set[str] | None = None
    itself: tuple[str, ...] = ()

    def keeps_something(self) -> bool:
        """Tell, without reading source, whether it may keep an instance."""
        return not KEEPING.isdisjoint(self.code.co_code[::2])

    def kept_as(self, node: ast.FunctionDef) -> str | None:
        """Return under which name the one instance is kept, if it is asked for."""
        steps = list(ast.walk(node))
        stores = [part for part in steps if isinstance(part, ast.Assign)]
        asked = {name for name in asked_for(steps, stores) if "cache" not in name}
        made = {
            name_of(target)
            for store in stores
            if self.builds(store.value)
            for target in store.targets
        }
        made |= {*self.itself}
        handed = {
            *self.itself,
            *(
                named(it.value)
                for it in steps
                if isinstance(it, ast.Return) and it.value
            ),
        }
        for store in stores:
            if not self.builds(store.value) and name_of(store.value) not in made:
                continue
            names = {*map(named, store.targets), name_of(store.value)} - {""}
            if names.isdisjoint(handed) or not self.depends(store, steps):
                continue
            for target in store.targets:
                if (name := self.place_of(target, steps)) in asked:
                    return name
        return None

    def depends(self, store: ast.Assign, steps: list[ast.AST]) -> bool:
        """Tell whether an instance is kept, or another refused, on a condition."""
        ways = [
            list(ast.walk(part))
            for part in steps
            if isinstance(part, (ast.If, ast.Try))
        ]
        if self.itself:
            return any(isinstance(it, ast.Raise) for way in ways for it in way)
        return any(
            it is store or isinstance(it, ast.Return) for way in ways for it in way
        )

    def builds(self, value: ast.expr) -> bool:
        if not isinstance(value, ast.Call):
            return False
        if isinstance(value.func, ast.Name):
            return value.func.id in (self.calls or ())
        return isinstance(value.func, ast.Attribute) and value.func.attr in NEXT

    def place_of(self, target: ast.expr, steps: list[ast.AST]) -> str | None:
        """Return the name of an attribute or variable that outlives the call."""
        if isinstance(target, ast.Subscript):
            if ast.unparse(target.slice) not in self.owners:
                return None  # one instance for each of something else
            target = target.value
            if isinstance(target, ast.Name):
                return target.id
        if isinstance(target, ast.Name):
            declared = (
                it for it in steps if isinstance(it, (ast.Global, ast.Nonlocal))
            )
            return target.id if any(target.id in it.names for it in declared) else None
        if isinstance(target, ast.Attribute):
            holder = ast.unparse(target.value)
            owners = {*self.owners, "__class__"}
            owners |= {f"type({name})" for name in self.itself}
            return target.attr if holder in owners else None
        return None


#: The operations that keep a value for longer than a call.
KEEPING = frozenset(
    opmap[name]
    for name in ("STORE_ATTR", "STORE_DEREF", "STORE_GLOBAL", "STORE_SUBSCR")
)
#: The next constructor, asked for by name.
NEXT = ("__new__", "__call__")


def is_built(subject: Subject, name: str) -> bool:
    """Tell whether the import has built the instance, before any thread looks."""
    cls = subject.cls
    if name.startswith("__") and not name.endswith("__"):
        name = f"_{cls.__name__.lstrip('_')}{name}"
    held = vars(cls).get(name, subject.names.get(name))
    return any(base is cls for base in type(held).__mro__)


def is_locked(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(part, ast.With)
        or "lock" in name_of(part)
        or name_of(part) in ("acquire", "synchronized")
        for part in ast.walk(function)
    )


def asked_for(steps: Iterable[ast.AST], stores: Iterable[ast.Assign]) -> Iterator[str]:
    """The names that decide whether there is an instance already."""
    tests = [part.test for part in steps if isinstance(part, (ast.If, ast.IfExp))]
    tried = [step for part in steps if isinstance(part, ast.Try) for step in part.body]
    names = {name for test in tests for name in mentioned(test)}
    read = [
        store.value
        for store in stores
        if any(isinstance(to, ast.Name) and to.id in names for to in store.targets)
    ]
    for test in (*tests, *tried, *read):
        yield from mentioned(test)


def mentioned(part: ast.AST) -> Iterator[str]:
    """The names in a piece of source: variables, attributes, also by a string."""
    for inner in ast.walk(part):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value
        elif name := name_of(inner):
            yield name


def named(part: ast.expr) -> str:
    """Return the name of a variable or attribute, or of the table that is read."""
    return name_of(part.value if isinstance(part, ast.Subscript) else part)


def name_of(part: ast.AST) -> str:
    if isinstance(part, ast.Attribute):
        return part.attr
    return part.id if isinstance(part, ast.Name) else ""
