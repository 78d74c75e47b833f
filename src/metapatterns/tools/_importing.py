"""Importing what a user names; where that fails, why, in one line."""

from __future__ import annotations

import pkgutil
import sys
from difflib import get_close_matches
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def why_not_imported(name: str) -> str | None:
    """Import a module; return why that failed, if it did."""
    if is_path(name):
        parts = PurePath(name.removesuffix(".py").replace("\\", "/")).parts
        named = ".".join(filter(str.isidentifier, parts)) or "package.module"
        return f"this is a path; write the module's name, as in {named!r}"
    if not name or name.startswith("."):
        return "write the module's whole name, as in 'package.module'"
    try:
        import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a module may exit, or skip itself
        why = " ".join(f"{type(error).__name__}: {error}".split())
        if isinstance(error, ModuleNotFoundError) and error.name is not None:
            why += module_like(error.name)
        return why
    return None


def is_path(name: str) -> bool:
    return name.endswith(".py") or "/" in name or "\\" in name


def module_like(name: str) -> str:
    """Ask whether a module of a similar name was meant."""
    package, _, last = name.rpartition(".")
    path = getattr(sys.modules.get(package), "__path__", []) if package else None
    try:
        known = {found.name for found in pkgutil.iter_modules(path)}
    except Exception:  # as of a ZIP archive that is gone
        known = set[str]()
    return did_you_mean(last, known if package else known | sys.stdlib_module_names)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    known = set(known)
    if name in known:  # spelt right, as a module of another platform
        return ""
    return "".join(
        f"; did you mean {it!r}?" for it in get_close_matches(name, known, 1)
    )
