"""A registry as its users hold it: a mapping, and ways to add to it."""

from __future__ import annotations

import sys

from ..._values import is_class, kind_of, plain_text, shorten, told
from ...errors import PluginLoadError, UnknownKeyError
from ._entries import ABSENT, Definition, Entry, Promise
from ._plugins import PluginCatalogue, import_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from collections.abc import ItemsView as Items
    from collections.abc import ValuesView as Values
    from types import ModuleType
    from typing import Any, overload

    from typing_extensions import TypeVar

    # So that `Registry()` needs no annotation.
    V = TypeVar("V", default=Any)
    D = TypeVar("D")
    F = TypeVar("F", bound=Callable[..., Any])
else:
    # The home of `collections.abc`, without the package around it.
    from _collections_abc import ItemsView as Items
    from _collections_abc import Mapping
    from _collections_abc import ValuesView as Values

    # What stands between brackets below is for type checkers.
    V = D = F = "type variable"


NOTHING: Mapping[str, Any] = {}


class RegistryValues(Values[V]):
    """The objects of a registry, but for those that cannot be loaded."""

    _mapping: Mapping[str, V]

    def __iter__(self) -> Iterator[V]:
        return (value for _, value in self._mapping.items())

    def __contains__(self, value: object) -> bool:
        return any(held is value or held == value for held in self)


class RegistryItems(Items[str, V]):
    """The keys and objects of a registry, but for those that cannot be loaded."""

    _mapping: Mapping[str, V]

    def __iter__(self) -> Iterator[tuple[str, V]]:
        for key in self._mapping:
            try:
                value = self._mapping[key]
            except KeyError:  # it is broken, or was removed meanwhile
                continue
            yield key, value


class RegistryMapping(Mapping[str, V]):
    """
    What every registry can do.

    Iteration goes over a snapshot, in the order of registration, so that other
    threads may register meanwhile.  Aliases are found, and not iterated over.
    """

    __slots__ = ("_at_hand", "_catalogue")

    _catalogue: PluginCatalogue
    #: The class whose descendants alone are shown.
    _below: type | None = None
    #: Where a lookup succeeds in one step, or else takes the long way.
    _at_hand: Mapping[str, Any]

    # -- looking up -------------------------------------------------------

    def _find(self, key: object) -> Entry | None:
        return self._catalogue.find(key)

    def _entries(self) -> list[Entry]:
        return self._catalogue.snapshot()

    def _title(self) -> str:
        return self._catalogue.title(self._below)

    def __getitem__(self, key: str, /) -> V:
        try:
            return self._at_hand[key]  # type: ignore[no-any-return]
        except Exception:  # what cannot be hashed or compared is no key either
            pass
        value: V = self._catalogue.value_of(self.entry(key))
        return value

    def __contains__(self, key: object, /) -> bool:
        return self._find(key) is not None

    def __iter__(self) -> Iterator[str]:
        return iter([entry.key for entry in self._entries()])

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self))

    def __len__(self) -> int:
        return len(self._entries())

    def values(self) -> Values[V]:
        return RegistryValues(self)

    def items(self) -> Items[str, V]:
        return RegistryItems(self)

    if TYPE_CHECKING:

        @overload
        def get(self, key: str, /) -> V | None: ...
        @overload
        def get(self, key: str, /, default: V | D) -> V | D: ...

    def get(self, key: str, /, default: Any = None) -> Any:
        """Return what `key` names; `default` if there is no such key, or it is broken."""
        entry = self._find(key)
        if entry is None:
            return default  # without the pains that the error's message takes
        try:
            return self._catalogue.value_of(entry)
        except PluginLoadError:
            return default

    def create(self, key: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call what `key` names with the other arguments."""
        maker: Any = self[key]
        return maker(*args, **kwargs)

    def entry(self, key: str, /) -> Entry:
        """
        Return what is known about a key: see the attributes of the result.

        ``key``, ``aliases``, ``origin``, ``module``, ``file``, ``distribution``
        and ``loaded``; nothing is imported.
        """
        entry = self._find(key)
        if entry is None:
            from ._misses import miss

            raise miss(self._catalogue, key, self._entries(), self._below)
        return entry

    # -- adding and removing ----------------------------------------------

    if TYPE_CHECKING:

        @overload
        def register(self, member: F, /) -> F: ...
        @overload
        def register(
            self,
            key: str | None = None,
            /,
            *,
            aliases: Iterable[str] = ...,
            replace: bool = ...,
        ) -> Callable[[D], D]: ...

    def register(
        self,
        member: Any = None,
        /,
        *,
        aliases: Iterable[str] = (),
        replace: bool = False,
    ) -> Any:
        """
        Decorate a class, a function or any object: register it and return it.

        ``@registry.register`` computes the key, as the registry's ``key`` rule
        has it or from ``__name__``; ``@registry.register("key")`` gives it.

        The registry of a class that is no root adds to that of the root.  What
        does not derive from the class is found there, and not here.

        Args:
            member: What to register, or its key, or nothing.
            aliases: Other names that find the same object.
            replace: Take the key from whatever has it.

        Raises:
            DuplicateKeyError: Something else has the key or an alias.
            TypeError: The key is no string, or there is none to compute; or the
                registry is that of a class, and `member` is no class.
        """
        others = checked_names(aliases)
        if replace is not True and replace is not False:
            raise TypeError(f"replace takes True or False, not {shorten(replace)}")
        key = plain_text(member)
        if member is None or key is not None:

            def add(named: D) -> D:
                return self._add(named, key, others, replace)

            return add
        return self._add(member, None, others, replace)

    def _add(
        self, member: D, key: str | None, aliases: tuple[str, ...], replace: bool
    ) -> D:
        catalogue = self._catalogue
        if isinstance(catalogue.owner, type) and not is_class(member):
            raise TypeError(f"{catalogue} takes classes, not {shorten(member)}")
        if key is None:
            key = computed_key(catalogue, member)
        catalogue.add(key, aliases, Definition.of(member), replace=replace)
        return member

    def lazy(
        self,
        key: str,
        address: str,
        /,
        *,
        aliases: Iterable[str] = (),
        replace: bool = False,
    ) -> None:
        """
        Promise an object that is imported when it is first looked up.

        Args:
            key: Its key.
            address: Where it will be: ``"package.module:Name"``.
            aliases: Other names that find the same object.
            replace: Take the key from whatever has it.

        Raises:
            DuplicateKeyError: Something else has the key or an alias.
            TypeError: The key, an alias or the address is no string.
            ValueError: The address is a string and reads otherwise.
        """
        key = checked_key(key)
        promise = checked_promise(address)
        promised = Definition.promised_by(promise)
        self._catalogue.add(
            key, checked_names(aliases), promised, replace=replace, promise=promise
        )

    def unregister(self, key: Any, /) -> V | None:
        """
        Remove an entry, its aliases included, and return what it held.

        Args:
            key: The key, an alias, or the registered object itself, which is
                then removed from all its keys.

        Returns:
            The object; ``None`` if it had not been loaded.

        Raises:
            UnknownKeyError: There is no such entry.
        """
        if (text := plain_text(key)) is not None:
            entries = [self.entry(text)]
        else:
            entries = [entry for entry in self._entries() if entry.value is key]
        if not entries:
            raise UnknownKeyError(
                f"{self._title()} does not hold {shorten(key)}; unregister takes a"
                " key, an alias or what is registered",
                key,
                self,
            )
        for entry in entries:
            self._catalogue.drop(entry)
        value: Any = entries[0].value
        return None if value is ABSENT else value

    # -- plugins ----------------------------------------------------------

    @property
    def failures(self) -> Mapping[str, BaseException]:
        """
        What could not be loaded, and why; a snapshot.

        By key, by the name of a module, or of a distribution whose entry points
        cannot be read.
        """
        return dict(self._catalogue.failures)

    def discover(self, package: str | ModuleType, /) -> tuple[str, ...]:
        """
        Import a package and all modules below it, so that their classes register.

        A module that cannot be imported is named in :attr:`failures`; the others
        are imported all the same.  ``__main__`` modules are left alone.  So is, as
        by :func:`pkgutil.walk_packages`, a folder without ``__init__.py``: name it
        as a package of its own, ``discover("pkg.folder")``.

        Returns:
            The names of the modules that are imported now.

        Raises:
            ModuleNotFoundError: There is no such package.
        """
        if issubclass(type(package), type(sys)):
            package = told(package, "__name__")
        if (name := plain_text(package)) is None:
            raise TypeError(
                f"discover takes a package or its name, not {shorten(package)}"
            )
        return import_all(name, self._catalogue.failures)

    def refresh(self) -> None:
        """Forget the failures, and read the installed entry points again."""
        self._catalogue.refresh()

    def __repr__(self) -> str:
        keys = [entry.key for entry in self._entries()]
        more = f", and {len(keys) - 10} more" if len(keys) > 10 else ""
        return f"<{self._title()}: {', '.join(map(repr, keys[:10]))}{more}>"


class ClassRegistry(RegistryMapping[type[V]]):
    """
    The registry of a class: of a root, or of the descendants of a member.

    See :func:`registry_of`.
    """

    __slots__ = ("_below",)

    def __init__(self, catalogue: PluginCatalogue, below: type | None = None) -> None:
        self._catalogue: PluginCatalogue = catalogue
        self._at_hand: Mapping[str, Any] = (
            catalogue.at_hand if below is None else NOTHING
        )
        self._below: type | None = below

    def __reduce__(self) -> tuple[Any, ...]:
        from . import registry_of

        below = self._below
        return registry_of, (self._catalogue.owner if below is None else below,)

    def _find(self, key: object) -> Entry | None:
        catalogue = self._catalogue
        entry = catalogue.find(key)
        if entry is None or self._below is None:
            return entry
        try:
            # Whose descendant a plugin is, only its import can tell.
            value = catalogue.value_of(entry)
        except PluginLoadError:
            return None
        return entry if self._shows(value) else None

    def _entries(self) -> list[Entry]:
        entries = self._catalogue.snapshot()
        if self._below is None:
            return entries
        return [entry for entry in entries if self._shows(entry.value)]

    def _shows(self, value: Any) -> bool:
        below = self._below
        return (
            below is not value
            and isinstance(value, type)
            and any(base is below for base in value.__mro__)
        )

    if TYPE_CHECKING:

        def create(self, key: str, /, *args: Any, **kwargs: Any) -> V: ...

        # As inherited: pyrefly 1.4 makes `type[Any]` of the base's `type[V]`.
        def __getitem__(self, key: str, /) -> type[V]: ...
        @overload
        def get(self, key: str, /) -> type[V] | None: ...
        @overload
        def get(self, key: str, /, default: type[V] | D) -> type[V] | D: ...
        def get(self, key: str, /, default: Any = None) -> Any: ...
        def values(self) -> Values[type[V]]: ...
        def items(self) -> Items[str, type[V]]: ...


def checked_names(names: Iterable[str], /) -> tuple[str, ...]:
    """Refuse what cannot be aliases: a registry's keys are strings."""
    if (one := plain_text(names)) is not None:
        raise TypeError(f"aliases takes several names, as in aliases=({shorten(one)},)")
    try:
        given = list(names)
    except Exception:
        raise TypeError(f"aliases takes names, not {shorten(names)}") from None
    return tuple(checked_key(name, "aliases takes names; ") for name in given)


def checked_key(key: object, /, rule: str = "") -> str:
    if (text := plain_text(key)) is not None:
        return text
    raise TypeError(
        f"{rule}keys are strings, and {shorten(key)} is of type {kind_of(key)}"
    )


def checked_promise(address: str, /) -> Promise:
    """Refuse at once what no import can find, whatever is installed by then."""
    rule = "an address reads 'package.module:Name', and"
    if (text := plain_text(address)) is None:
        raise TypeError(f"{rule} {shorten(address)} is of type {kind_of(address)}")
    promise = Promise(text)
    steps = promise.module.split(".")
    # The name of a file need not be an identifier.
    if not all(step and [step] == step.split() for step in steps) or not all(
        name.isidentifier() for name in promise.attribute.split(".")
    ):
        raise ValueError(f"{rule} {shorten(address)} does not")
    return promise


def computed_key(catalogue: PluginCatalogue, member: Any, /) -> str:
    """Ask the registry's rule for a key, or else the name."""
    rule = catalogue.rules.key
    given = told(member, "__name__") if rule is None else rule(member)
    if (key := plain_text(given)) is not None:
        return key
    if rule is None:
        raise TypeError(
            f"{catalogue}: {shorten(member)} has no __name__ to be its key; give one:"
            ' register("key")'
        )
    raise TypeError(
        f"{catalogue}: keys are strings, and its rule {shorten(rule)} gave"
        f" {shorten(given)} for {shorten(member)}"
    )
