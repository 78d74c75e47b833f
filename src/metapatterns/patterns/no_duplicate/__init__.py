"""NoDuplicate: a name that is bound twice in one class body is an error."""

from __future__ import annotations

from ..._classes import inherited
from ..._hooks import PatternMixin, decorate
from ..._pipeline import PatternMeta
from ..._stages import Pattern
from ..._values import chosen, plain_text, shorten
from ...errors import ClassDefinitionError
from ._watching import release, watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar, overload

    from ..._stages import Namespace, Options
    from ._duplicates import Mode, Rules

    CT = TypeVar("CT", bound=type[Any])
    MT = TypeVar("MT", bound=type)

__all__ = ["NoDuplicateMeta", "NoDuplicateMixin", "no_duplicates"]


# -- behaviour ----------------------------------------------------------------


class NoDuplicate(Pattern):
    """Watch the namespace while the body runs."""

    name = "no_duplicate"
    keywords: tuple[str, ...] = ("duplicates", "duplicates_allow")

    def prepare(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Options,
        /,
    ) -> Namespace:
        return watch(namespace, resolve(name, bases, options), rebind)

    def release(self, namespace: Namespace, /) -> Namespace:
        return release(namespace)

    def before(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Options,
        /,
    ) -> Rules:
        return resolve(name, bases, options)


class NoDuplicateAfterwards(Pattern):
    """Read the body's code once it has run, for a class that exists."""

    name: str = NoDuplicate.name
    keywords: tuple[str, ...] = NoDuplicate.keywords

    def before(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Any,
        options: Options,
        /,
    ) -> Rules:
        from ._duplicates import refuse_duplicates

        rules = resolve(name, bases, options)
        refuse_duplicates(namespace._cls, rules)
        return rules


class NoDuplicateByDecorator(NoDuplicateAfterwards):
    """The same, where the options need no prefix."""

    keywords: tuple[str, ...] = ("duplicates", "allow")


MODES: tuple[Mode, ...] = ("all", "definitions")
DEFAULT: Rules = ("all", frozenset())
WATCHING: Pattern = NoDuplicate()
AFTERWARDS: Pattern = NoDuplicateAfterwards()
BY_DECORATOR: Pattern = NoDuplicateByDecorator()
SLOT = WATCHING.slot


def rebind(
    namespace: Any, name: str, value: object, store: Callable[..., Any], /
) -> None:
    # Imported by the first class that binds a name twice, which most never do.
    from ._duplicates import bind_again

    bind_again(namespace, name, value, store)


def resolve(name: str, bases: tuple[type, ...], options: Options) -> Rules:
    """Work out a class's options: its own, else those of the nearest base."""
    rules: Rules = inherited(SLOT, bases) or DEFAULT if bases else DEFAULT
    if not options:
        return rules
    mode, allow = rules
    for word, given in options.items():
        if word == "duplicates":
            mode = mode_in(name, given)
        else:
            allow = names_in(name, word, given)
    return mode, allow


def mode_in(owner: str, given: object) -> Mode:
    mode: Mode | None = chosen(given, MODES)
    if mode is not None:
        return mode
    raise ClassDefinitionError(
        f"class {owner!r}: duplicates takes 'all' or 'definitions', not"
        f" {shorten(given)}"
    )


def names_in(owner: str, word: str, given: Any) -> frozenset[str]:
    if issubclass(type(given), (tuple, list, set, frozenset)):
        try:
            names = [plain_text(name) for name in given]
        except Exception:  # its class has an `__iter__` of its own
            names = [None]
        known = frozenset(name for name in names if name is not None)
        if None not in names:
            return known
    raise ClassDefinitionError(
        f"class {owner!r}: {word} takes names, as in ('setup', 'limit'), not"
        f" {shorten(given)}"
    )


# -- doors --------------------------------------------------------------------


class NoDuplicateMeta(PatternMeta):
    """
    Refuse a class body that binds a name twice, at the second binding.

    Python keeps the later of two equal names without a word.  The place where
    that costs most is a test class: of two test methods with one name, the
    first silently never runs.  Watch those, and large classes that many edit.

    A binding is refused if it is *lost*: on every way through the body the
    other one takes its place, and nothing reads or deletes the name in between,
    be it through ``locals()``.
    So these pass: properties and any other accessor chain, ``x = wrap(x)``,
    ``+=``, loops, ``del`` and bind, the branches of an ``if``, a ``try`` or a
    ``match``, a default with a condition after it.  Beyond those pass: ``None``
    and then a value, ``overload``, functions that a decorator has registered
    elsewhere, the name ``_``, names that Enum's ``_ignore_`` lists, plain
    values of dunder names, and whatever is not written by the body itself.

    Stage:
        prepare and release.  The mapping in which the body runs, a framework's
        own included, is watched as long as the body runs; frameworks are handed
        exactly what they had prepared.  No class object exists when the error
        is raised.

    Class keywords:
        duplicates (``"all"`` or ``"definitions"``, default ``"all"``): ``"all"``
            takes plain values as well, ``x = 1`` and later ``x = 2``;
            ``"definitions"`` leaves values of built-in types alone, and
            counts functions, classes, descriptors and declared objects such
            as fields.
        duplicates_allow (tuple, list or set of names, default none): Names that may
            be bound as often as they like.

    Raises:
        DuplicateNameError: The body binds a name twice.
        KeywordClashError: Another metaclass, or the ``__init_subclass__`` of a base,
            takes a class keyword of the same name.
        ClassDefinitionError: An option is none of the above.

    Inheritance:
        Each option is inherited on its own, and a subclass may override it.  A
        body is compared with itself only: to override a base's method is fine.

    Composition:
        Works on the mapping that another metaclass's ``__prepare__`` returns
        and defines nothing on classes, so it combines with any metaclass, in any
        order.  A mapping that merges the two bindings itself is let do so.  One
        that can neither change its class nor be copied is not watched.

    Threads:
        Each body has its own namespace, and nothing else is shared.  Whether a
        decorator has registered a function elsewhere costs more to find out on
        free-threaded builds, which do not count the references to it; there, a
        registry that ``gc.freeze`` was called on holds nothing that shows.

    Doors:
        :class:`NoDuplicateMixin` and :func:`no_duplicates` need no metaclass.
        They read the body's code after it ran and report all duplicates at
        once, and they see no write through ``locals()``, no branch that
        depends on the moment, and nothing where the code is not found for certain.
        Of threads that run one body at the same moment, one may miss a function.

    You do not need this when:
        A linter reads the code: ruff's F811 and PIE794 find most of it before
        anything runs.  A class that others subclass rarely wants a metaclass.

    Source:
        PEP 3115, whose own example is a namespace that looks at each binding.

    Example:
        >>> from metapatterns import NoDuplicateMeta
        >>> class Suite(metaclass=NoDuplicateMeta):
        ...     def test_empty(self):
        ...         pass
        ...     def test_empty(self):
        ...         pass
        Traceback (most recent call last):
          ...
        metapatterns.DuplicateNameError: class 'Suite' ... binds 'test_empty' ...

    .. versionadded:: 0.1
    """

    _metapatterns_pattern = WATCHING

    if TYPE_CHECKING:

        def __new__(
            mcls: type[MT],
            name: str,
            bases: tuple[type, ...],
            namespace: dict[str, Any],
            /,
            *,
            duplicates: Mode = ...,
            duplicates_allow: Iterable[str] = ...,
            **kwargs: Any,
        ) -> MT: ...


class NoDuplicateMixin(PatternMixin):
    """
    Refuse subclasses whose body binds a name twice, without a metaclass.

    The rules are those of :class:`NoDuplicateMeta`.  The body has run when they
    are applied: its code object is found in the frames that are creating the
    class, and the error lists all of its duplicates.  Best on the base class of
    your tests.

    Class keywords:
        duplicates: As for :class:`NoDuplicateMeta`.
        duplicates_allow: As for :class:`NoDuplicateMeta`.

    Raises:
        DuplicateNameError: As for :class:`NoDuplicateMeta`.
        KeywordClashError: The ``__init_subclass__`` of a base that follows takes a
            class keyword of the same name.
        ClassDefinitionError: As for :class:`NoDuplicateMeta`.

    Doors:
        Checks nothing where the code is not found for certain: classes made by
        ``type(...)`` or :func:`types.new_class`, a body that sets
        ``__qualname__`` or ``__module__``.  Sees no write through ``locals()``.
        Silenced by a sibling base, listed first, whose ``__init_subclass__``
        does not call ``super()``.

    You do not need this when:
        A linter reads the code: ruff's F811 and PIE794.

    Example:
        >>> from unittest import TestCase
        >>> from metapatterns import NoDuplicateMixin
        >>> class Suite(NoDuplicateMixin, TestCase):
        ...     def test_empty(self):
        ...         pass
        ...     def test_empty(self):
        ...         pass
        Traceback (most recent call last):
          ...
        metapatterns.DuplicateNameError: class 'Suite' ... binds 'test_empty' ...

    .. versionadded:: 0.1
    """

    _metapatterns_mixin = AFTERWARDS
    __slots__ = ()

    if TYPE_CHECKING:

        def __init_subclass__(
            cls,
            /,
            *,
            duplicates: Mode = ...,
            duplicates_allow: Iterable[str] = ...,
            **kwargs: Any,
        ) -> None: ...


if TYPE_CHECKING:

    @overload
    def no_duplicates(cls: CT, /) -> CT: ...
    @overload
    def no_duplicates(
        cls: None = None,
        /,
        *,
        duplicates: Mode | None = ...,
        allow: Iterable[str] | None = ...,
    ) -> Callable[[CT], CT]: ...


def no_duplicates(
    cls: CT | None = None, /, *, duplicates: Any = None, allow: Any = None
) -> CT | Callable[[CT], CT]:
    """
    Refuse one class if its body binds a name twice.

    Written with or without parentheses; returns the same class object.  The
    rules are those of :class:`NoDuplicateMeta`, applied to this class and not to
    its subclasses.

    Args:
        duplicates: As for :class:`NoDuplicateMeta`.
        allow: What class statements call ``duplicates_allow``.

    Raises:
        DuplicateNameError: As for :class:`NoDuplicateMeta`.
        ClassDefinitionError: As for :class:`NoDuplicateMeta`; or nothing can be set
            on the class, as on ``int``.

    Doors:
        As for :class:`NoDuplicateMixin`, and the class exists already: whatever
        registers classes as they are made has registered it.  Put it above
        ``@dataclass(slots=True)`` or below, as you like.

    You do not need this when:
        A linter reads the code: ruff's F811 and PIE794.

    Example:
        >>> from metapatterns import no_duplicates
        >>> @no_duplicates(allow=("limit",))
        ... class Job:
        ...     limit = 1
        ...     limit = 2

    .. versionadded:: 0.1
    """
    options = {"duplicates": duplicates, "allow": allow}
    given = {word: value for word, value in options.items() if value is not None}

    def decorator(cls: CT) -> CT:
        return decorate(cls, BY_DECORATOR, given)

    return decorator if cls is None else decorator(cls)
