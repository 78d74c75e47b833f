"""A catalogue that also knows what is installed or promised, and not imported yet."""

from __future__ import annotations

import sys
from _thread import get_ident

from ..._values import cut, plain_text, shorten, told
from ...errors import PluginLoadError
from ._catalogue import Catalogue
from ._entries import ABSENT, Definition, Promise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from importlib.metadata import EntryPoint
    from types import ModuleType
    from typing import Any

    from ._catalogue import Rules
    from ._entries import Entry

#: What third-party code may raise when it is imported, and a registry survives.
LOAD_ERRORS = (Exception, SystemExit)


class PluginCatalogue(Catalogue):
    """The entries of one registry, some of them to be imported when looked up."""

    def __init__(self, owner: type | str, rules: Rules) -> None:
        super().__init__(owner, rules)
        #: Whether the entry points were read; not before somebody looks for one.
        self.listed: bool = rules.entry_points is None

    def find(self, key: object, /) -> Entry | None:
        """Return the entry under a key or an alias, loading nothing."""
        if (text := plain_text(key)) is None:
            return None
        key = self.fold(text)
        entry = self.holder(key)
        if entry is None and not self.listed:
            self.list_entry_points()
            entry = self.holder(key)
        return entry

    def snapshot(self) -> list[Entry]:
        if not self.listed:
            self.list_entry_points()
        return [entry for entry in list(self.entries.values()) if not entry.is_gone]

    def save(self) -> Callable[[], None]:
        self.snapshot()  # entry points that are listed later would be undone
        return super().save()

    def value_of(self, entry: Entry) -> Any:
        value = entry.value
        return value if value is not ABSENT else self.load(entry)

    def load(self, entry: Entry) -> Any:
        promise = entry._promise
        if promise is None:  # held weakly, and gone since it was found
            from ._misses import miss

            raise miss(self, entry.key, self.snapshot())
        mark = entry.key, get_ident()
        if mark in self.loading:
            raise PluginLoadError(
                f"{self}: {shorten(entry.key)} ({cut(promise.address)}) is looked up by the import"
                " that is about to define it; look it up later, inside a function",
                entry.key,
            )
        try:
            self.loading.add(mark)
            value = promise.load()
            if isinstance(self.owner, type) and not isinstance(value, type):
                raise TypeError(f"{shorten(value)} is not a class")
            with self.lock:
                held = self.holder(entry.key)
                # Another thread may have failed to load it.
                if entry in (held, self.quarantined.get(entry.key)):
                    self.add(entry.key, entry.aliases, Definition.of(value))
                    return value
        except LOAD_ERRORS as error:
            self.quarantine(entry, error)
            raise self.load_failure(entry) from error
        finally:
            self.loading.discard(mark)
        if held is None:
            return value  # somebody unregistered it meanwhile, and that stays so
        # The import registered something under this very name.
        return self.value_of(held)

    def quarantine(self, entry: Entry, error: BaseException) -> None:
        """Set aside what cannot be loaded, so that it disturbs no other lookup."""
        with self.lock:
            held = self.entries.get(entry.key)
            if held is not None:
                self.drop(held)
            self.quarantined[entry.key] = entry
            self.failures[entry.key] = error

    def broken(self, name: str) -> Entry | None:
        """Return what was set aside under a name, as its key or as an alias."""
        aside = list(self.quarantined.values())
        of_alias = (entry for entry in aside if name in entry.aliases)
        return self.quarantined.get(name) or next(of_alias, None)

    def load_failure(self, entry: Entry) -> PluginLoadError:
        source = f", of {entry.distribution}" if entry.is_installed else ""
        from ._misses import complaint

        error = self.failures[entry.key]
        # An import alone would bring the module as it is, without what is mended.
        stale = (
            f", reload {shorten(entry.module)}" if entry.module in sys.modules else ""
        )
        failure = PluginLoadError(
            f"{self}: loading {shorten(entry.key)} ({cut(entry.origin)}{source}) failed:"
            f" {complaint(error)}; mend it{stale} and call refresh()",
            entry.key,
            list(self.entries),
        )
        failure.__cause__ = error
        return failure

    def list_entry_points(self) -> None:
        group = str(self.rules.entry_points)
        found: list[tuple[str, Promise]] = []
        failures: dict[str, BaseException] = {}
        try:
            found.extend(installed(group, failures))
        except Exception as error:  # of one who finds distributions
            failures[group] = error
        with self.lock:
            if not self.listed:
                self.listed = True
                self.failures.update(failures)
                for name, promise in found:
                    self.offer(self.fold(name), promise)

    def offer(self, key: str, promise: Promise) -> None:
        holder = self.holder(key)
        replace = self.rules.on_duplicate == "replace"
        if holder is None or (holder.is_promise and replace):
            new = Definition.promised_by(promise)
            self.add(key, (), new, promise=promise)
        else:
            self.compare(holder, promise)

    def refresh(self) -> None:
        """Forget what failed, and list the entry points anew."""
        from importlib import invalidate_caches

        invalidate_caches()
        with self.lock:
            broken = list(self.quarantined.values())
            self.failures.clear()
            self.quarantined.clear()
            for entry in list(self.entries.values()):
                if entry.is_promise and entry.is_installed:
                    self.drop(entry)
            for entry in broken:
                promise = entry._promise
                if promise is not None and not promise.installed:
                    new = Definition.promised_by(promise)
                    names = [name for name in entry.aliases if not self.has(name)]
                    self.add(entry.key, names, new, promise=promise)
            self.listed = self.rules.entry_points is None


def installed(
    group: str, failures: dict[str, BaseException]
) -> Iterator[tuple[str, Promise]]:
    """
    List the entry points of a group, importing none of them.

    What cannot be read goes to `failures`, under the distribution's name.
    """
    from importlib.metadata import entry_points

    points: Iterable[EntryPoint]
    try:
        points = entry_points(group=group)
    except Exception:  # as of Python 3.15, already one that names no object
        points = readable(group, failures)
    for point in points:
        distribution = told(point.dist, "name")
        promise = Promise(point.value, installed=True, distribution=distribution)
        yield point.name, promise


def readable(group: str, failures: dict[str, BaseException]) -> Iterator[EntryPoint]:
    """Ask one distribution at a time, and as Python does, the first of each name."""
    from importlib.metadata import distributions

    asked: set[object] = set()
    for distribution in distributions():
        name = told(distribution, "name")
        if name not in asked:
            asked.add(name)
            try:
                yield from distribution.entry_points.select(group=group)
            except Exception as error:
                failures[str(name)] = error


def import_all(package: str, failures: dict[str, BaseException], /) -> tuple[str, ...]:
    """
    Import a package and every module below it, but for ``__main__`` modules.

    What cannot be imported goes to `failures`, under the module's name; that
    there is no such package is the caller's mistake, and raised.
    """
    from importlib.util import find_spec

    if package not in sys.modules and find_spec(package) is None:
        raise ModuleNotFoundError(
            f"there is no package {shorten(package)}", name=package
        )
    imported: list[str] = []
    waiting = [package]
    while waiting:
        name = waiting.pop(0)
        module = attempt(name, failures)
        if module is not None:
            imported.append(name)
            waiting[:0] = modules_in(module)
    return tuple(imported)


def attempt(name: str, failures: dict[str, BaseException]) -> ModuleType | None:
    from importlib import import_module

    try:
        module = import_module(name)
    except LOAD_ERRORS as error:
        failures[name] = error
        return None
    failures.pop(name, None)
    return module


def modules_in(package: ModuleType) -> list[str]:
    from pkgutil import iter_modules

    found = iter_modules(getattr(package, "__path__", ()), f"{package.__name__}.")
    return [item.name for item in found if not item.name.endswith(".__main__")]
