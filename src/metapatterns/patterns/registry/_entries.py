"""What a registry knows about one key: what is there, is promised, or is asked for."""

from __future__ import annotations

import sys
from _weakref import ref

from ..._values import is_class, plain_text, shorten, told
from ...errors import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: In place of an object that is not loaded yet, or is no more.
ABSENT: Any = object()


class Entry:
    """
    What a registry knows about one key.  Reading it imports no plugin.

    Attributes:
        key: The key.
        aliases: The other names of the same object.
        origin: ``"module.qualname"`` of a class or function, the address of
            what is not loaded yet, the ``repr`` of anything else.
        module: The name of the module that defines it.
        file: The file of that module, if it is imported and has one.
        distribution: The name of the installed distribution that it comes from.
        loaded: Whether the object is there without an import.
    """

    __slots__ = ("_held", "_promise", "_spec", "aliases", "key")

    key: str
    aliases: tuple[str, ...]

    def __init__(
        self,
        key: str,
        aliases: tuple[str, ...],
        value: Any,
        promise: Promise | None = None,
    ) -> None:
        self.key = key
        self.aliases = aliases
        self._held: Any = value
        self._promise: Promise | None = promise
        self._spec = spec_of(value)

    @property
    def value(self) -> Any:
        return self._held

    @property
    def loaded(self) -> bool:
        return self.value is not ABSENT

    @property
    def is_gone(self) -> bool:
        return False

    @property
    def is_promise(self) -> bool:
        return self._held is ABSENT

    @property
    def is_installed(self) -> bool:
        return self._promise is not None and self._promise.installed

    @property
    def origin(self) -> str:
        value = self.value
        if value is not ABSENT:
            return origin_of(value)
        return "what is no more" if self._promise is None else self._promise.address

    @property
    def module(self) -> str | None:
        value = self.value
        if value is ABSENT:
            return None if self._promise is None else self._promise.module
        return plain_text(told(value, "__module__"))

    @property
    def file(self) -> str | None:
        return getattr(sys.modules.get(self.module or ""), "__file__", None)

    @property
    def distribution(self) -> str | None:
        if self._promise is not None and self._promise.distribution:
            return self._promise.distribution
        return distribution_of(self.module) if self.module else None

    def __repr__(self) -> str:
        also = f", aliases={self.aliases!r}" if self.aliases else ""
        return f"<entry {self.key!r}: {self.origin}{also}>"


class WeakEntry(Entry):
    """An entry that lets go of its object, and of itself when that is no more."""

    __slots__ = ()

    def __init__(
        self, entry: Entry, value: Any, forget: Callable[[Entry], object]
    ) -> None:
        super().__init__(entry.key, entry.aliases, value)
        self._held = ref(value, lambda _: forget(self))

    @property
    def value(self) -> Any:
        value = self._held()
        return ABSENT if value is None else value

    @property
    def is_gone(self) -> bool:
        return self._held() is None


class Promise:
    """The address of an object, ``"package.module:Outer.Inner"``."""

    __slots__ = ("address", "attribute", "distribution", "installed", "module")

    def __init__(
        self, address: str, *, installed: bool = False, distribution: str | None = None
    ) -> None:
        self.address: str = address
        self.installed: bool = installed
        self.distribution: str | None = distribution
        # An entry point may name extras behind its target: "pkg.mod:Cls [extra]".
        module, _, attribute = address.partition("[")[0].partition(":")
        self.module: str = module.strip()
        self.attribute: str = attribute.strip()

    def is_of(self, module: object, qualname: object) -> bool:
        """Tell whether a definition is the promised one, re-exports included."""
        return qualname == self.attribute and (
            module == self.module or str(module).startswith(f"{self.module}.")
        )

    def is_kept_by(self, value: object) -> bool:
        """Tell whether the address, if it is imported already, leads to `value`."""
        found: Any = sys.modules.get(self.module)
        for name in filter(None, self.attribute.split(".")):
            found = getattr(found, name, None)
        return found is value

    def load(self) -> Any:
        from importlib import import_module

        found: Any = import_module(self.module)
        for name in filter(None, self.attribute.split(".")):
            found = getattr(found, name)
        return found


class Definition:
    """
    The class or object that asks for a key; of a class, perhaps ahead of its making.

    `copied` is the class whose namespace it was copied from, `address` that of
    the promise which it is as yet.
    """

    __slots__ = ("address", "copied", "module", "name", "value")

    def __init__(
        self,
        value: Any,
        module: str | None,
        name: str | None,
        *,
        copied: object = None,
        address: str | None = None,
    ) -> None:
        self.value: Any = value
        self.module: str | None = module
        self.name: str | None = name
        self.copied: object = copied
        self.address: str | None = address

    @classmethod
    def of(cls, value: Any, copied: object = None) -> Definition:
        module, name = told(value, "__module__"), told(value, "__qualname__")
        return cls(value, plain_text(module), plain_text(name), copied=copied)

    @classmethod
    def promised_by(cls, promise: Promise) -> Definition:
        address = promise.address
        return cls(ABSENT, promise.module, promise.attribute, address=address)

    def __str__(self) -> str:
        if self.value is ABSENT:
            return self.address or f"{self.module}.{self.name}"
        return origin_of(self.value)

    def renews(self, entry: Entry) -> bool:
        """Tell whether this is what `entry` holds, defined once more."""
        held, promise = entry.value, entry._promise
        if (
            (held is self.value and held is not ABSENT)
            or (self.copied is not None and held is self.copied)
            or (promise is not None and promise.address == self.address)
        ):
            return True
        module, name = self.module, self.name
        if (
            module is None
            or name is None
            or "<locals>" in name
            or plain_text(told(held, "__module__")) != module
            or plain_text(told(held, "__qualname__")) != name
        ):
            return False
        # Both in one first import of the module: two definitions, and not a reload.
        spec = spec_named(module)
        if spec is entry._spec:
            return not getattr(spec, "_initializing", False)
        return len(self.files(entry)) < 2

    def files(self, entry: Entry) -> list[str]:
        """List the files of the modules in which this, and what an entry holds, are."""
        origins = [
            told(spec, "origin") for spec in (entry._spec, spec_named(self.module))
        ]
        return list(dict.fromkeys(filter(None, origins)))


def spec_named(module: str | None) -> object:
    return getattr(sys.modules.get(module or ""), "__spec__", None)


def spec_of(value: Any) -> object:
    """Return the spec of an object's module; a new import makes a new one."""
    try:
        return sys.modules[value.__module__].__spec__
    except Exception:  # it names no module, or one that is not imported
        return None


def origin_of(value: object) -> str:
    if is_class(value):
        return describe(value)
    name = plain_text(told(value, "__qualname__"))
    if name is None:
        return shorten(value)
    module = plain_text(told(value, "__module__"))
    return name if module is None else f"{module}.{name}"


def distribution_of(module: str) -> str | None:
    """Name the distribution that installed a module, if there is just one."""
    from importlib.metadata import packages_distributions

    names = set(packages_distributions().get(module.partition(".")[0], ()))
    return names.pop() if len(names) == 1 else None
