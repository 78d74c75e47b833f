"""Registry: classes, functions and objects that are found by a key."""

from __future__ import annotations

from ..._hooks import PatternMixin
from ..._pipeline import PatternMeta
from ..._values import is_class, plain_text, shorten
from ._catalogue import Rules
from ._entries import Definition, Promise
from ._keys import class_attribute, kebab_case, snake_case
from ._mapping import ClassRegistry, RegistryMapping, V
from ._membership import REGISTRY, SLOT, registry_below
from ._plugins import PluginCatalogue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, Literal, TypeVar, overload

    MT = TypeVar("MT", bound=type)
    T = TypeVar("T")

__all__ = [
    "Registry",
    "RegistryMeta",
    "RegistryMixin",
    "class_attribute",
    "kebab_case",
    "registry_of",
    "snake_case",
]


# -- the interface ------------------------------------------------------------


if TYPE_CHECKING:

    @overload
    def registry_of(root: type[T], /) -> ClassRegistry[T]: ...
    @overload  # mypy gives no abstract class to `type[T]`
    def registry_of(root: Callable[..., T], /) -> ClassRegistry[T]: ...


def registry_of(root: Any, /) -> Any:
    """
    Return the registry of a class: a read-only mapping of keys to classes.

    It is the whole interface, through every door.  Asked of the root of a
    hierarchy, it shows every registered class; asked of another class, the
    descendants of that one.  It is a live view either way, and iteration goes
    over a snapshot, in the order of registration.  Either adds to the one
    registry: what is registered below another class and does not derive from it
    is found from the root.

    ==========================  ================================================
    ``r[key]``, ``r.get(key)``  the class; a plugin is imported by then
    ``r.create(key, *args)``    an instance: ``r[key](*args)``
    ``r.register("key")``       a decorator: registers any class, returns it
    ``r.unregister(key)``       removes an entry; also by alias, or by class
    ``r.lazy(key, "pkg:Cls")``  promises a class, imported when looked up
    ``r.entry(key)``            ``aliases``, ``origin``, ``module``, ``file``,
                                ``distribution``, ``loaded``
    ``r.discover("pkg")``       imports all modules of a package
    ``r.failures``              what could not be imported, and why
    ``r.refresh()``             forgets failures, reads entry points again
    ==========================  ================================================

    What is installed or promised and not imported yet is listed by the root's
    registry; that of another class cannot know it for a descendant and leaves
    it out of iteration, but finds it.  ``values()`` and ``items()`` leave out what
    cannot be loaded; ``dict(r)`` looks up each key, and raises.

    Raises:
        TypeError: The class has no registry.

    Example:
        >>> from metapatterns import RegistryMixin, registry_of
        >>> class Exporter(RegistryMixin):
        ...     pass
        >>> class Csv(Exporter, key="csv", aliases=["tsv"]):
        ...     pass
        >>> registry_of(Exporter)["tsv"].__name__
        'Csv'
        >>> registry_of(Exporter)["cvs"]
        Traceback (most recent call last):
          ...
        metapatterns.UnknownKeyError: ... has no key 'cvs'; did you mean 'csv'? ...

    .. versionadded:: 0.1
    """
    state = vars(root).get(SLOT) if is_class(root) else None
    if state is not None and state.owner is root and state.view is not None:
        return state.view
    view = registry_below(root) if is_class(root) else None
    if view is None:
        raise TypeError(
            f"{shorten(root)} has no registry; derive it from RegistryMixin, or give it"
            " metaclass=RegistryMeta"
        )
    return view


def subscript(cls: Any, key: Any) -> Any:
    """Look a class up by its key; what is no string may parametrise a generic."""
    other = getattr(super(RegistryMeta, cls), "__getitem__", None)
    if other is not None:
        return other(key)
    if plain_text(key) is None:
        parametrise = getattr(cls, "__class_getitem__", None)
        if parametrise is not None:
            return parametrise(key)
    return registry_of(cls)[key]


# -- doors --------------------------------------------------------------------


class RegistryMeta(PatternMeta):
    """
    Keep a registry of the subclasses of a class, by key.

    The first class of a hierarchy is the *root* and has the registry; each class
    derived from it, at any depth, is registered when it is created.  Look it up
    through :func:`registry_of`, or on a class itself: ``Exporter["csv"]``,
    ``"csv" in Exporter``, ``len(Exporter)``, ``for key in Exporter``.

    The root is no member of its own registry, unless it says ``key=``.  Abstract
    classes are not registered, unless they do.  A class that gives an option of
    a root starts a hierarchy of its own: it takes over the other options of the
    registry above, all but the entry points, and that registry no longer sees what
    is derived from it.  A class derived from two roots stands in both registries.

    Stage:
        created.  A clash is refused in before, when no class is made yet, if the
        key is known by then: from the keyword or the name.  A key that is
        computed from the class is refused in check.

    Class keywords:
        key (str, default ``None``): The key.  ``None`` leaves it to the root's
            ``registry_key``, or else to the class's name.
        aliases (iterable of str, default none): Other names that find the class.
        register (bool, default ``None``): ``False`` leaves the class out; ``True``
            registers it even if it is abstract, to be skipped, or the root;
            ``None`` goes by what the class is.
        registry_key (function from the class to a str, default ``None``): Of a
            root, computes the key where none is given: see :func:`snake_case`,
            :func:`kebab_case`, :func:`class_attribute`.
        registry_skip (function from the class to a bool, default ``None``): Of a
            root, tells which further classes to leave out.
        registry_on_duplicate (``"error"`` or ``"replace"``, default ``"error"``):
            Of a root, what to do when a second class asks for a key.
        registry_case_insensitive (bool, default ``False``): Of a root, takes
            keys that differ in case for the same, and lists them in lower case.
        registry_entry_points (str, default ``None``): Of a root, the group of
            entry points to add.  They are listed without an import and loaded on
            lookup; the name of the entry point is the key.  A class that is
            defined already goes before an entry point of its key.
        registry_weak (bool, default ``False``): Of a root, lets go of classes that
            nothing else refers to.
        registry_keyword (str, default ``"key"``): Of a root, the word that takes
            the place of ``key`` below it.

    Raises:
        DuplicateKeyError: Another class has the key or an alias.  A class that is
            defined again (a reload, a cell that is run again, the second class
            that ``@dataclass(slots=True)`` builds) takes the place of the first.
        KeywordClashError: Another metaclass, or the ``__init_subclass__`` of a base,
            takes a class keyword of the same name.
        ClassDefinitionError: A keyword has a value that it does not take, or the
            key is no string.

    Inheritance:
        The options of the root hold for the hierarchy; a key is never inherited.

    Composition:
        ``[]``, ``in``, ``len`` and iteration belong to any other metaclass that
        defines them, as Enum's does; :func:`registry_of` works there too.  What
        is no string falls through ``[]`` to ``__class_getitem__``.  A class is
        always true.  No name is added to the classes.

    Threads:
        Classes can be created, looked up and iterated over in any number of
        threads.  If two ask for one key at the same time, one is refused.  A
        child forked meanwhile has the registry as it was, and can go on.

    Doors:
        :class:`RegistryMixin` needs no metaclass; :class:`Registry` registers
        what has no common base.  Only this door has ``Exporter["csv"]``.

    You do not need this when:
        ``Exporter.__subclasses__()`` is enough, or a dictionary in one module
        names all classes.  A class that others subclass rarely wants a metaclass:
        prefer the mixin.  For many implementations of one call, see pluggy.

    Source:
        PEP 487 has the registry as its example for ``__init_subclass__``.

    Example:
        >>> from metapatterns import RegistryMeta
        >>> class Exporter(metaclass=RegistryMeta):
        ...     pass
        >>> class Csv(Exporter, key="csv"):
        ...     pass
        >>> Exporter["csv"] is Csv
        True
        >>> list(Exporter)
        ['csv']

    .. versionadded:: 0.1
    """

    _metapatterns_pattern = REGISTRY

    def __getitem__(cls: type[T], key: str, /) -> type[T]:
        try:
            return cls._abc_metapatterns_registry.at_hand[key]  # type: ignore[attr-defined,no-any-return]
        except Exception:
            # AttributeError: another metaclass asks while it makes the class.
            # Others: of the hash, or of the comparison, of what is no plain string.
            pass
        # Elsewhere, since a method with `super()` in it is slower.
        found: type[T] = subscript(cls, key)
        return found

    def __contains__(cls: type[Any], key: object, /) -> bool:
        other = getattr(super(), "__contains__", None)
        return key in registry_of(cls) if other is None else other(key)

    def __iter__(cls: type[Any]) -> Iterator[str]:
        other = getattr(super(), "__iter__", None)
        return iter(registry_of(cls)) if other is None else other()

    def __len__(cls: type[Any]) -> int:
        other = getattr(super(), "__len__", None)
        return len(registry_of(cls)) if other is None else other()

    def __bool__(cls: type[Any]) -> Literal[True]:  # as EnumMeta has it
        other = getattr(super(), "__bool__", None)
        return True if other is None else other()

    if TYPE_CHECKING:

        def __new__(
            mcls: type[MT],
            name: str,
            bases: tuple[type, ...],
            namespace: dict[str, Any],
            /,
            *,
            key: str | None = ...,
            aliases: Iterable[str] = ...,
            register: bool | None = ...,
            registry_key: Callable[[Any], str] | None = ...,
            registry_skip: Callable[[Any], object] | None = ...,
            registry_on_duplicate: Literal["error", "replace"] = ...,
            registry_case_insensitive: bool = ...,
            registry_entry_points: str | None = ...,
            registry_weak: bool = ...,
            registry_keyword: str = ...,
            **kwargs: Any,
        ) -> MT: ...


class RegistryMixin(PatternMixin):
    """
    Keep a registry of the subclasses of a class, without a metaclass.

    As :class:`RegistryMeta`: the first class that derives from this one is the
    root.  Look classes up through :func:`registry_of`.

    Class keywords:
        key, aliases, register: As for :class:`RegistryMeta`.
        registry_key, registry_skip: As for :class:`RegistryMeta`.
        registry_on_duplicate, registry_weak: As for :class:`RegistryMeta`.
        registry_case_insensitive: As for :class:`RegistryMeta`.
        registry_entry_points, registry_keyword: As for :class:`RegistryMeta`.

    Raises:
        DuplicateKeyError: As for :class:`RegistryMeta`.
        KeywordClashError: The ``__init_subclass__`` of a base that follows takes a
            class keyword of the same name.
        ClassDefinitionError: As for :class:`RegistryMeta`.

    Doors:
        The class exists when it is refused, and nothing refers to it.  Registered
        after the hooks of the bases that follow; a hook of a base that comes
        earlier, and that refuses the class after its ``super()`` call, leaves it
        in the registry.  Silenced by a sibling base, listed first, whose
        ``__init_subclass__`` does not call ``super()``.

    You do not need this when:
        ``Exporter.__subclasses__()`` is enough, or a dictionary in one module
        names all classes.

    Example:
        >>> from metapatterns import RegistryMixin, registry_of
        >>> class Exporter(RegistryMixin):
        ...     pass
        >>> class Csv(Exporter, key="csv"):
        ...     pass
        >>> registry_of(Exporter).create("csv")
        <...Csv object at 0x...>

    .. versionadded:: 0.1
    """

    _metapatterns_mixin = REGISTRY
    __slots__ = ()

    if TYPE_CHECKING:

        def __init_subclass__(
            cls,
            /,
            *,
            key: str | None = ...,
            aliases: Iterable[str] = ...,
            register: bool | None = ...,
            registry_key: Callable[[Any], str] | None = ...,
            registry_skip: Callable[[Any], object] | None = ...,
            registry_on_duplicate: Literal["error", "replace"] = ...,
            registry_case_insensitive: bool = ...,
            registry_entry_points: str | None = ...,
            registry_weak: bool = ...,
            registry_keyword: str = ...,
            **kwargs: Any,
        ) -> None: ...


class Registry(RegistryMapping[V]):
    """
    Keep functions, classes or any objects by key, in an object that stands alone.

    A read-only mapping; what goes in needs no common base.
    ``@registry.register`` is the decorator.  The registries of classes, which
    :func:`registry_of` gives, have the same methods.

    Args:
        name: What messages call the registry; ``None`` will do.
        key: A function from what is registered without a key to its key; its
            ``__name__`` is the key otherwise.
        on_duplicate: ``"error"`` (default) or ``"replace"``.
        case_insensitive: Takes keys that differ in case for the same, and lists
            them in lower case; ``False`` by default.
        entry_points: The group of entry points to add, loaded on lookup; none by
            default.
        weak: Lets go of what nothing else refers to; ``False`` by default.

    Raises:
        TypeError, ValueError: An option has a value that it does not take.

    Threads:
        As for :class:`RegistryMeta`.

    Doors:
        Each member is registered by its own decorator, and a subclass of it is
        not.  It is told of a class when that is finished, so it has to stand above
        ``@dataclass(slots=True)``, which makes a second class of it.

    You do not need this when:
        A dictionary is enough: one module, no plugins, nothing defined twice.

    Example:
        >>> from metapatterns import Registry
        >>> shapes = Registry("shapes")
        >>> @shapes.register
        ... def circle(radius):
        ...     return f"circle of {radius}"
        >>> @shapes.register("sq", aliases=["box"])
        ... class Square:
        ...     pass
        >>> shapes["circle"](2)
        'circle of 2'
        >>> list(shapes)
        ['circle', 'sq']

    .. versionadded:: 0.1
    """

    __slots__ = ("__weakref__",)

    def __init__(
        self,
        name: str | None = None,
        /,
        *,
        key: Callable[[Any], str] | None = None,
        on_duplicate: Literal["error", "replace"] = "error",
        case_insensitive: bool = False,
        entry_points: str | None = None,
        weak: bool = False,
    ) -> None:
        if name is not None and plain_text(name) is None:
            raise TypeError(f"a registry's name is a string, not {shorten(name)}")
        rules = Rules(
            key=key,
            on_duplicate=on_duplicate,
            case_insensitive=case_insensitive,
            entry_points=entry_points,
            weak=weak,
        )
        title = "the registry" if name is None else f"the registry {shorten(name)}"
        self._catalogue: PluginCatalogue = PluginCatalogue(title, rules)
        self._at_hand: Mapping[str, Any] = self._catalogue.at_hand

    def __reduce__(self) -> tuple[Any, ...]:
        members = [
            (entry.key, entry.aliases, entry.value, None)
            if entry.loaded
            else (entry.key, entry.aliases, None, entry.origin)
            for entry in self._entries()
            if entry.loaded or not entry.is_installed
        ]
        catalogue = self._catalogue
        rules = catalogue.rules.given()
        return restored, (type(self), catalogue.owner, rules, members)


def restored(
    kind: type[Registry[Any]],
    title: str,
    rules: dict[str, Any],
    members: list[tuple[str, tuple[str, ...], Any, str | None]],
) -> Registry[Any]:
    """Rebuild a registry that was copied or pickled."""
    registry = kind.__new__(kind)
    registry._catalogue = catalogue = PluginCatalogue(title, Rules(**rules))
    registry._at_hand = catalogue.at_hand
    for key, aliases, value, address in members:
        if address is None:
            catalogue.add(key, aliases, Definition.of(value))
        else:
            promise = Promise(address)
            promised = Definition.promised_by(promise)
            catalogue.add(key, aliases, promised, promise=promise)
    return registry
