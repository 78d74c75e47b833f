"""
An inventory of the standard library, as far as this manual refers to it.

Sphinx resolves a reference into another project through a list of that project's
names.  Python publishes one; this makes a smaller one from the modules themselves,
so that the build checks references anywhere, and the same way everywhere.
"""

from __future__ import annotations

import inspect
import zlib
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = (
    "abc ast collections collections.abc contextlib copy ctypes dataclasses enum functools"
    " importlib importlib.metadata inspect logging logging.config pickle pkgutil string"
    " sys threading types typing unittest.mock warnings weakref"
).split()

#: The special methods of classes; the language reference documents them.
DATA_MODEL = (
    "__call__ __class_getitem__ __init__ __init_subclass__ __new__ __set_name__"
    " __setattr__ __slots__"
).split()


def entries() -> Iterator[tuple[str, str, str]]:
    """Yield each name with its kind, and its place in Python's manual."""
    builtins = import_module("builtins")
    for name, value in public_names(builtins):
        page = "exceptions" if kind_of(value) == "exception" else "functions"
        yield name, kind_of(value), f"library/{page}.html#{name}"
    for method in DATA_MODEL:
        place = f"reference/datamodel.html#object.{method}"
        yield f"object.{method}", "method", place
    for module in MODULES:
        page = f"library/{module}.html"
        yield module, "module", f"{page}#module-{module}"
        for name, value in public_names(import_module(module)):
            full_name = f"{module}.{name}"
            yield full_name, kind_of(value), f"{page}#{full_name}"
            if inspect.isclass(value):
                for member, _ in public_names(value):
                    method = f"{full_name}.{member}"
                    yield method, "method", f"{page}#{method}"


def public_names(owner: object) -> Iterator[tuple[str, object]]:
    for name, value in inspect.getmembers_static(owner):
        if not name.startswith("_"):
            yield name, value


def kind_of(value: object) -> str:
    if inspect.isclass(value):
        return "exception" if issubclass(value, BaseException) else "class"
    return "function" if callable(value) else "data"


def write_inventory(path: Path) -> Path:
    """Write the inventory in the format that Sphinx reads (version 2)."""
    header = (
        "# Sphinx inventory version 2\n"
        "# Project: Python\n"
        "# Version: 3\n"
        "# The remainder of this file is compressed using zlib.\n"
    )
    lines = (f"{name} py:{kind} 1 {place} -\n" for name, kind, place in entries())
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(header.encode() + zlib.compress("".join(lines).encode()))
    return path
