"""
The rules of an audit that read source: what the methods of a class do.

They stay silent where there is no source.
"""

from __future__ import annotations

import ast
import dis
from collections import Counter, OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING

from ._code import code_of, codes_within
from ._findings import Finding
from ._subjects import class_node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._subjects import Subject

# -- shared values ------------------------------------------------------------


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
    if (node := class_node(subject.code)) is None:
        return
    for name in shared.keys() & plain_names(node) - set_somewhere(cls):
        if is_named_on_class(name, node):
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
    found = set()
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


def set_somewhere(cls: type) -> set[str]:
    """The attributes that the methods of a class or its bases set on anything."""
    return {
        step.argval
        for owner in cls.__mro__
        for member in vars(owner).values()
        if (code := code_of(member)) is not None
        for inner in codes_within(code)
        for step in dis.get_instructions(inner)
        if step.opname == "STORE_ATTR"
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

    def is_it(part: ast.expr) -> bool:
        return (
            isinstance(part, ast.Attribute)
            and part.attr == name
            and isinstance(part.value, ast.Name)
            and part.value.id == method.args.args[0].arg
        )

    for part in ast.walk(method):
        if isinstance(part, ast.Subscript):
            if isinstance(part.ctx, (ast.Store, ast.Del)) and is_it(part.value):
                return part
        elif (
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Attribute)
            and part.func.attr in CHANGING
            and is_it(part.func.value)
        ):
            return part
    return None


# -- singletons ---------------------------------------------------------------


def racy_singletons(subject: Subject) -> Iterator[Finding]:
    """Yield the constructors that look for an instance and build one, unlocked."""
    cls = subject.cls
    hook = "__call__" if issubclass(cls, type) else "__new__"
    code = code_of(vars(cls).get(hook))
    if code is None or (node := class_node(subject.code)) is None:
        return
    for method in methods(node):
        if method.name != hook or is_locked(method):
            continue
        target = kept_in(method, subject.name)
        if target is None or is_built(cls, target):
            continue
        yield subject.finding(
            "MP501",
            f"{hook} of {subject.name!r} looks at {target.attr!r} and then sets it"
            " without a lock, so that two threads can build two instances",
            code,
        )


def is_built(cls: type, target: ast.Attribute) -> bool:
    """Tell whether the import has built the instance, before any thread looks."""
    name = target.attr
    if name.startswith("__") and not name.endswith("__"):
        name = f"_{cls.__name__.lstrip('_')}{name}"
    return isinstance(vars(cls).get(name), cls)


def is_locked(method: ast.FunctionDef) -> bool:
    return any(
        isinstance(part, ast.With)
        or (isinstance(part, ast.Attribute) and "lock" in part.attr.lower())
        or (isinstance(part, ast.Attribute) and part.attr == "acquire")
        for part in ast.walk(method)
    )


def kept_in(method: ast.FunctionDef, owner: str) -> ast.Attribute | None:
    """Find the attribute of the class that the one instance is put in, if asked for."""
    first = method.args.args[0].arg
    steps = list(ast.walk(method))
    stores = [part for part in steps if isinstance(part, ast.Assign)]
    asked = set(asked_for(steps, stores))
    made = {
        target.id
        for store in stores
        if builds(store.value)
        for target in store.targets
        if isinstance(target, ast.Name)
    }
    for store in stores:
        is_made = isinstance(store.value, ast.Name) and store.value.id in made
        if not is_made and not builds(store.value):
            continue
        for target in store.targets:
            place = target
            if isinstance(place, ast.Subscript):
                key = place.slice
                if not (isinstance(key, ast.Name) and key.id == first):
                    continue  # one instance for each of something else
                place = place.value
            if (
                isinstance(place, ast.Attribute)
                and isinstance(place.value, ast.Name)
                and place.value.id in (first, owner)
                and place.attr in asked
            ):
                return place
    return None


def asked_for(steps: list[ast.AST], stores: list[ast.Assign]) -> Iterator[str]:
    """The attributes that decide whether there is an instance already."""
    tests: list[ast.AST] = [
        part.test for part in steps if isinstance(part, (ast.If, ast.IfExp))
    ]
    tried = [step for part in steps if isinstance(part, ast.Try) for step in part.body]
    names = {
        it.id for test in tests for it in ast.walk(test) if isinstance(it, ast.Name)
    }
    read = [
        store.value
        for store in stores
        if any(isinstance(to, ast.Name) and to.id in names for to in store.targets)
    ]
    for test in (*tests, *tried, *read):
        yield from attributes(test)


def builds(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in ("__new__", "__call__")
    )


def attributes(test: ast.AST) -> Iterator[str]:
    """The attributes that a condition looks at, by a dot or by a string."""
    for part in ast.walk(test):
        if isinstance(part, ast.Attribute):
            yield part.attr
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
