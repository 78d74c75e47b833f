"""
The rules of an audit: what is wrong with one class, read from what is there.

A rule is a generator of findings.  The rules for duplicates and final members are
those of the patterns; those for hooks read code objects; the last two read source,
and stay silent where there is none.
"""

from __future__ import annotations

import ast
import dis
import linecache
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass
from functools import lru_cache
from itertools import dropwhile
from typing import TYPE_CHECKING

from ..errors import FinalError, describe
from ..patterns.final import is_final, refuse_final_bases, refuse_hidden_members
from ..patterns.no_duplicate import DEFAULT
from ..patterns.no_duplicate._body import binds_twice
from ..patterns.no_duplicate._duplicates import lost_names
from ._code import (
    calls_super,
    code_of,
    codes_within,
    drops_keywords,
    keywords_name,
    only_raises,
)
from ._findings import Finding
from ._hooks import own_hook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import CodeType
    from typing import Any

    Rule = Callable[["Subject"], Iterator[Finding]]


@dataclass(frozen=True, eq=False)
class Subject:
    """A class, the code of its body and the globals that the body saw."""

    cls: type
    code: CodeType
    names: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.code.co_name)

    def finding(self, code: str, message: str, at: CodeType | None = None) -> Finding:
        where = at or self.code
        return Finding(where.co_filename, statement_line(where), code, message)


def statement_line(code: CodeType) -> int:
    """Return the line of a ``class`` or ``def``, which decorators may precede."""
    line = code.co_firstlineno
    lines = linecache.getlines(code.co_filename)
    for number, text in enumerate(lines[line - 1 :], line):
        if text.lstrip().startswith(("class ", "def ", "async def ")):
            return number
    return line


# -- names --------------------------------------------------------------------


def duplicate_names(
    subject: Subject, is_kept: Callable[[CodeType], bool] | None = None
) -> Iterator[Finding]:
    """Yield what NoDuplicate would refuse, through its own rules."""
    code = subject.code
    if not binds_twice(code):
        return
    lost = lost_names(subject.cls, code, subject.names, DEFAULT, is_kept)
    for name, first, second in lost:
        yield Finding(
            code.co_filename,
            second or code.co_firstlineno,
            "MP101",
            f"class {subject.name!r} binds {name!r} again, and what line {first} bound"
            " is lost",
        )


# -- final --------------------------------------------------------------------


def final_bases(subject: Subject) -> Iterator[Finding]:
    """Yield what FinalMeta would refuse, for classes that only bear the mark."""
    for base in subject.cls.__bases__:
        try:
            refuse_final_bases(subject.name, (base,))
        except FinalError as error:
            yield subject.finding("MP201", str(error))


def final_members(subject: Subject) -> Iterator[Finding]:
    cls = subject.cls
    ancestors = cls.__mro__[1:]
    if not any(has_final_member(ancestor) for ancestor in ancestors):
        return
    body = dict(vars(cls))
    while (error := hidden_member(subject.name, body, ancestors)) is not None:
        if error.member not in body:  # two of the bases meet here
            if not any(
                hidden_member(base.__name__, vars(base), base.__mro__[1:])
                for base in cls.__bases__
            ):
                yield subject.finding("MP202", str(error))
            return
        at = code_of(body.pop(error.member))
        yield subject.finding("MP202", str(error), at)


def has_final_member(cls: type) -> bool:
    return any(is_final(member) for member in vars(cls).values())


def hidden_member(
    name: str, body: Mapping[str, Any], ancestors: tuple[type, ...]
) -> FinalError | None:
    try:
        refuse_hidden_members(name, dict(body), ancestors)
    except FinalError as error:
        return error
    return None


# -- hooks --------------------------------------------------------------------

#: The methods of a metaclass that another one along the MRO may have too.
STAGES = ("__prepare__", "__new__", "__init__", "__call__")


def silenced_hooks(subject: Subject) -> Iterator[Finding]:
    """Yield each hook of a base that another base's hook never reaches."""
    cls = subject.cls
    if len(cls.__bases__) < 2:
        return
    order = cls.__mro__
    hooks = [("__init_subclass__", order[1:])]
    if issubclass(cls, type):
        hooks += [(stage, order) for stage in STAGES]
    for hook, order in hooks:
        met = silenced(hook, order)
        if met is None or any(set(met) <= set(base.__mro__) for base in cls.__bases__):
            continue
        silent, other = map(describe, met)
        yield subject.finding(
            "MP401",
            f"in class {subject.name!r}, {hook} of {silent!r} does not call super(), so"
            f" that of {other!r} never runs",
        )


def silenced(hook: str, order: tuple[type, ...]) -> tuple[type, type] | None:
    """Find who ends the chain of a hook, and an unrelated class further along it."""
    owners = [owner for owner in order if own_hook(owner, hook) is not None]
    # The last one, that of `type` or `object`, is written in C.
    silent, *others = dropwhile(lambda owner: hands_on(owner, hook), owners)
    if code_of(own_hook(silent, hook)) is None:
        return None
    unrelated = (other for other in others if other not in silent.__mro__)
    return next(((silent, other) for other in unrelated), None)


def hands_on(owner: type, hook: str) -> bool:
    code = code_of(own_hook(owner, hook))
    return code is not None and calls_super(code, hook)


def dropped_keywords(subject: Subject) -> Iterator[Finding]:
    for hook, code in own_hooks(subject.cls):
        if hook == "__init__" or not drops_keywords(code) or only_raises(code):
            continue
        # What `type.__new__` would refuse may be meant for `__init__`.
        hears = code_of(getattr(subject.cls, "__init__", None))
        if hook == "__new__" and hears is not None and takes_keywords(hears):
            continue
        yield subject.finding(
            "MP402",
            f"{hook} of {subject.name!r} takes **{keywords_name(code)} and drops them,"
            " so that a misspelt class keyword passes in silence",
            code,
        )


def takes_keywords(code: CodeType) -> bool:
    return bool(code.co_kwonlyargcount) or keywords_name(code) is not None


def ended_chains(subject: Subject) -> Iterator[Finding]:
    for hook, code in own_hooks(subject.cls):
        if not calls_super(code, hook) and not only_raises(code):
            yield subject.finding(
                "MP403",
                f"{hook} of {subject.name!r} does not call super(), so that of a base"
                " listed after it would never run",
                code,
            )


def own_hooks(cls: type) -> Iterator[tuple[str, CodeType]]:
    hooks = ["__init_subclass__"]
    if issubclass(cls, type):
        hooks += ["__new__", "__init__"]
    for hook in hooks:
        code = code_of(own_hook(cls, hook))
        if code is not None:
            yield hook, code


# -- what methods do ----------------------------------------------------------


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
    asked = {
        name
        for part in steps
        if isinstance(part, (ast.If, ast.IfExp))
        for name in attributes(part.test)
    }
    stores = [part for part in steps if isinstance(part, ast.Assign)]
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


def builds(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in ("__new__", "__call__")
    )


def attributes(test: ast.expr) -> Iterator[str]:
    """The attributes that a condition looks at, by a dot or by a string."""
    for part in ast.walk(test):
        if isinstance(part, ast.Attribute):
            yield part.attr
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


# -- source -------------------------------------------------------------------


def class_node(code: CodeType) -> ast.ClassDef | None:
    """Find the class statement that a body was compiled from."""
    node = statements(code.co_filename).get(code.co_firstlineno)
    return node if node is not None and node.name == code.co_name else None


@lru_cache(maxsize=4)
def statements(filename: str) -> dict[int, ast.ClassDef]:
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError):
        return {}
    return {
        first_line(part): part
        for part in ast.walk(tree)
        if isinstance(part, ast.ClassDef)
    }


def first_line(node: ast.ClassDef) -> int:
    """Return the line of a statement or of the first of its decorators."""
    return min([node.lineno, *(part.lineno for part in node.decorator_list)])


RULES: dict[str, Rule] = {
    "MP201": final_bases,
    "MP202": final_members,
    "MP301": shared_mutables,
    "MP401": silenced_hooks,
    "MP402": dropped_keywords,
    "MP403": ended_chains,
    "MP501": racy_singletons,
}
