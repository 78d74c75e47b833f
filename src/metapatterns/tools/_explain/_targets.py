"""What a user may hand to a tool, and the class that is meant by it."""

from __future__ import annotations

import builtins
import sys
from dataclasses import dataclass, replace
from itertools import count
from types import resolve_bases
from typing import TYPE_CHECKING, Any, Generic

from ..._classes import class_of
from ..._values import NAME_OF, is_class, kind_of, plain_text, shorten, told
from ...combine import acts_as_metaclass
from .._importing import did_you_mean, is_path, why_not_imported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

QUALNAME_OF: Callable[[type], str] = type.__dict__["__qualname__"].__get__


@dataclass(frozen=True)
class Target:
    """A class, a metaclass, or what acts as one, and how code names it."""

    thing: Any
    expression: str
    imports: str | None
    #: What the expression gives, which may only stand for the class among bases.
    written: Any

    @property
    def root(self) -> str:
        """The name that is imported, of which the class may be an attribute."""
        return self.expression.partition(".")[0]

    @property
    def is_metaclass(self) -> bool:
        return is_class(self.thing) and (
            issubclass(self.thing, type) or acts_as_metaclass(self.thing)
        )


def find(target: str) -> Any:
    """
    Import what ``"module:Class"`` names.

    Raises:
        ImportError: There is no such module or no such name in it, or importing
            it failed; the message is one line and says why.
    """
    module_name, colon, path = target.partition(":")
    if not (module_name and colon and path):
        parts = target.split(".")
        is_dotted = len(parts) > 1 and not is_path(target) and all(parts)
        hint = f"{'.'.join(parts[:-1])}:{parts[-1]}" if is_dotted else "module:Class"
        hint = f"builtins:{target}" if hasattr(builtins, target) else hint
        raise ImportError(f"cannot import {shorten(target, 200)}: write {hint!r}")
    if (why := why_not_imported(module_name)) is not None:
        raise ImportError(
            f"cannot import {shorten(target, 200)}: {why}", name=module_name
        )
    thing: object = sys.modules[module_name]
    for name in path.split("."):
        try:
            thing = getattr(thing, name)
        except Exception as error:  # a module may be anything
            why = f"{module_name!r} has no {path!r}"
            if isinstance(error, AttributeError):
                why += did_you_mean(name, told(thing, "__dict__") or ())
            raise ImportError(
                f"cannot import {shorten(target, 200)}: {why}", name=module_name
            ) from error
    return thing


def targets_of(given: Iterable[Any]) -> tuple[Target, ...]:
    """Return the targets, strings imported and ``__mro_entries__`` resolved."""
    found: dict[Any, Target] = {}
    for target in given:
        text = plain_text(target)
        thing = target if text is None else find(text)
        imports = None if text is None else import_line(*text.split(":"))
        for base in resolved(thing, target):
            is_named = text is not None or public_home(thing) is not None
            named = thing if is_named and path_of(thing) is not None else base
            if id(base) not in found:
                new = target_for(base, named, imports)
                found[id(base)] = apart_from(found.values(), new)
    return tuple(found.values())


def apart_from(others: Iterable[Target], target: Target) -> Target:
    """Import a target under another name, where one beside it has the same."""
    taken = {other.root: other.imports for other in others}
    if (
        target.imports is None
        or taken.get(target.root, target.imports) == target.imports
    ):
        return target
    number = next(it for it in count(2) if f"{target.root}{it}" not in taken)
    return replace(
        target,
        expression=f"{target.root}{number}{target.expression[len(target.root) :]}",
        imports=f"{target.imports} as {target.root}{number}",
    )


def resolved(thing: Any, given: Any) -> tuple[Any, ...]:
    if is_class(thing) or acts_as_metaclass(type(thing)):
        return (thing,)
    if told(thing, "__mro_entries__") is not None:
        bases = resolve_bases((thing,))
        # What an alias as `List` adds for itself brings no metaclass, and no hook.
        return tuple(base for base in bases if base is not Generic) or bases
    raise TypeError(
        f"explain takes classes, metaclasses and 'module:Class', and {shorten(given)},"
        f" of type {kind_of(thing)}, is none of them"
    )


def target_for(base: Any, named: Any, imports: str | None) -> Target:
    written = base if told(named, "__origin__") is not None else named
    name = path_of(named) or NAME_OF(class_of(named))
    if imports is not None:
        name = imports.partition(" import ")[2] + name_below(imports, name)
    elif (home := public_home(named)) is not None:
        imports = import_line(home, name)
    else:
        name = name.rpartition("<locals>.")[2]
    return Target(base, name, imports, written)


def name_below(imports: str, name: str) -> str:
    top = imports.partition(" import ")[2]
    return name[len(top) :] if name.startswith(f"{top}.") else ""


def import_line(module: str, path: str) -> str | None:
    if module == "builtins":
        return None
    return f"from {module} import {path.partition('.')[0]}"


def path_of(thing: object) -> str | None:
    """The name of a thing inside its module, if it has one."""
    if is_class(thing):  # its metaclass may answer with anything, or raise
        return QUALNAME_OF(thing)
    names = (told(thing, name) for name in ("__qualname__", "__name__"))
    return next(filter(None, map(plain_text, names)), None)


def public_home(thing: Any) -> str | None:
    """Find the outermost package that shows a thing under its own name."""
    module, name = plain_text(told(thing, "__module__")), path_of(thing)
    if module is None or module in ("builtins", "__main__") or not name:
        return None
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        home = ".".join(parts[:length])
        found: object = sys.modules.get(home)
        for step in name.split("."):
            found = vars(found).get(step) if hasattr(found, "__dict__") else None
        if found is thing:
            return home
    return None
