"""Which modules are meant, and the classes in those that are imported already."""

from __future__ import annotations

import gc
import pkgutil
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING

from ..._classes import is_immutable
from ...patterns.no_duplicate._body import CO_OPTIMIZED
from .._code import code_of
from .._importing import why_not_imported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def is_within(packages: Iterable[str], body: FunctionType) -> bool:
    """Tell whether a class statement is in one of the packages, or below."""
    module = str(body.__globals__.get("__name__"))
    return any(module == name or module.startswith(f"{name}.") for name in packages)


def names_below(target: str | ModuleType) -> list[str]:
    """Return the names of a module and of those below it, which are not imported."""
    name = target if isinstance(target, str) else target.__name__
    if isinstance(target, str) and (why := why_not_imported(name)) is not None:
        raise ImportError(f"cannot import {name!r}: {why}", name=name)
    module = sys.modules.get(name, target)
    # What takes a module's place may answer with anything.
    path = module.__dict__.get("__path__", ()) if isinstance(module, ModuleType) else ()
    return [name, *submodules(name, path)]


def submodules(package: str, path: Iterable[str]) -> Iterator[str]:
    """Yield the names of the modules in a package, without importing any."""
    path = list(path)
    # From Python 3.14 on, `pkgutil` fails if a zip file's list was invalidated.
    PathFinder.find_spec(package, path)
    for found in pkgutil.iter_modules(path, f"{package}."):
        if found.name.endswith(".__main__"):
            continue
        yield found.name
        if found.ispkg:
            spec = PathFinder.find_spec(found.name, path)
            if spec is not None:
                yield from submodules(found.name, spec.submodule_search_locations or ())
    for name in folders(path):
        yield f"{package}.{name}"
        inside = [f"{folder}/{name}" for folder in path]
        yield from submodules(f"{package}.{name}", inside)


def folders(path: Iterable[str]) -> list[str]:
    """Name the packages without ``__init__.py`` in one without, or in none."""
    places = [Path(folder) for folder in path]
    if any((place / "__init__.py").exists() for place in places):
        return []  # what lies in a folder there may be data, or scripts to run
    return sorted(
        {
            inner.name
            for place in places
            if place.is_dir()
            for inner in place.iterdir()
            if inner.name.isidentifier()
            and any(inner.glob("*.py"))
            and not (inner / "__init__.py").exists()
        }
    )


# -- modules that are imported already ----------------------------------------


def finished_classes(module: ModuleType) -> Iterator[tuple[type, CodeType]]:
    """Yield the classes of a module, each with the code of its body, compiled anew."""
    code = module_code(module)
    if code is None:
        return
    bodies: dict[str, list[CodeType]] = {}
    for body in class_bodies(code):
        bodies.setdefault(body.co_qualname, []).append(body)
    for qualname, rivals in bodies.items():
        cls = find_class(module, qualname)
        if cls is not None and cls.__qualname__ == qualname:
            made = [body for body in rivals if is_made_from(cls, body)]
            if not made and len(rivals) == 1 and may_be_made_in(cls, module, code):
                made = rivals
            if made:
                yield cls, made[0]


def module_code(module: ModuleType) -> CodeType | None:
    spec = getattr(module, "__spec__", None)
    try:
        code = spec.loader.get_code(spec.name)  # type: ignore[union-attr]
    except Exception:  # loaders need not know
        return None
    return code if isinstance(code, CodeType) else None


def class_bodies(code: CodeType) -> Iterator[CodeType]:
    """Yield the class bodies in a module that are in no function."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            generic = inner.co_name.startswith("<generic parameters of")
            if not inner.co_flags & CO_OPTIMIZED:
                yield inner
            elif not generic:
                continue
            yield from class_bodies(inner)


def find_class(module: ModuleType, qualname: str) -> type | None:
    found: object = module
    for name in qualname.split("."):
        try:
            found = vars(found).get(name)
        except TypeError:
            return None
    return found if isinstance(found, type) else None


def is_made_from(cls: type, body: CodeType) -> bool:
    """Tell whether a class has a function of a body, or stands where that does."""
    if (line := vars(cls).get("__firstlineno__")) is not None:
        return bool(line == body.co_firstlineno)
    return not functions_of(cls).isdisjoint(body.co_consts)


def may_be_made_in(cls: type, module: ModuleType, code: CodeType) -> bool:
    """Tell a class that shares no function with the only body of its name."""
    if functions := functions_of(cls):  # all of them are wrapped
        return any(inner.co_filename == code.co_filename for inner in functions)
    return cls.__module__ == module.__name__ and not is_immutable(cls)


def functions_of(cls: type) -> set[CodeType]:
    return {code for code in map(code_of, vars(cls).values()) if code is not None}


def is_function_left(code: CodeType) -> bool:
    """Tell whether there is a function whose code is like this one."""
    gc.collect()
    return any(
        type(held) is FunctionType and held.__code__ == code
        for held in gc.get_objects()
    )
