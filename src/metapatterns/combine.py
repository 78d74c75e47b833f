"""Combine metaclasses, so that one class can have bases of several."""

from __future__ import annotations

from _thread import RLock
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeVar, overload
from weakref import WeakValueDictionary

from ._classes import class_of
from ._conflict import listed, obstacle, quoted, refusal
from ._explaining import explained
from ._forks import free, survive
from ._layout import arrange
from ._values import is_class, kind_of, plain_text, shorten
from .errors import MetaclassConflictError, describe

__all__ = ["CombinedMeta", "auto_metaclass", "combine_metaclasses"]

T = TypeVar("T")
M = TypeVar("M", bound=type)

if TYPE_CHECKING:

    class CombinedMeta(type, Any):  # type: ignore[misc]
        def __new__(
            mcls: type[M],
            name: str,
            bases: tuple[type, ...],
            namespace: dict[str, Any],
            /,
            **kwargs: Any,
        ) -> M: ...
        def __getattr__(cls, name: str) -> Any: ...
        def __call__(cls: type[T], *args: Any, **kwargs: Any) -> T: ...

else:

    class CombinedMeta(type):
        """
        What type checkers take a combination for; nothing derives from it.

        Constructors stay checked, and attributes of every part are found.
        """


# -- behaviour ----------------------------------------------------------------


class _Made:
    """One object for one request; a combination lives as long as its classes."""

    def __init__(self) -> None:
        self._by_request: WeakValueDictionary[tuple[Any, ...], type] = (
            WeakValueDictionary()
        )
        self._lock: RLock = RLock()  # its `setdefault` is not atomic
        survive(self)

    def in_child(self) -> None:
        self._lock = free(self._lock)

    def find(self, request: tuple[Any, ...]) -> type | None:
        return self._by_request.get(request)

    def keep(self, request: tuple[Any, ...], made: type) -> type:
        """Return what answers a request: `made`, unless another thread was quicker."""
        with self._lock:
            return self._by_request.setdefault(request, made)


_made = _Made()


def combination(
    parts: tuple[type, ...], name: str | None = None, sources: tuple[type, ...] = ()
) -> type:
    """
    Return the metaclass that derives from all of `parts`, made only if need be.

    `sources` are the classes and metaclasses that the parts were taken from.
    """
    wanted = arrange(tuple(dict.fromkeys(part for part in parts if part is not type)))
    if len(wanted) < 2:
        return wanted[0] if wanted else type
    made = _made.find((wanted, name))
    if made is None:
        made = _made.keep((wanted, name), derive(wanted, name, sources))
    return made


def derive(
    parts: tuple[type, ...], name: str | None, sources: tuple[type, ...]
) -> type:
    if obstacle(parts) is not None:
        pairs = (pair for pair in combinations(parts, 2) if obstacle(pair))
        raise conflict(parts, next(pairs, parts), None, sources)
    metatype = combination(tuple(type(part) for part in parts), sources=parts)
    doc = f"Combines {listed(map(quoted, parts))}."
    namespace = {"__module__": __name__, "__doc__": doc}
    title = name or title_of(parts)
    try:
        made: type = metatype(title, parts, namespace)
    except MetaclassConflictError:
        raise
    except TypeError as error:
        pairs = (pair for pair in combinations(parts, 2) if len(parts) > 2)
        pair = next((pair for pair in pairs if not can_meet(*pair)), parts)
        raise conflict(parts, pair, error, sources) from error
    return made


def title_of(parts: tuple[type, ...]) -> str:
    return "_".join(part.__name__ for part in parts)


def asked_again(title: str, parts: tuple[type, ...]) -> Any:
    """Return the combination that was called `title`, of just these parts."""
    return combination(parts, None if title == title_of(parts) else title)


def conflict(
    parts: tuple[type, ...],
    pair: tuple[type, ...],
    error: TypeError | None,
    sources: tuple[type, ...],
) -> MetaclassConflictError:
    return MetaclassConflictError(
        refusal(parts, pair, str(error or obstacle(pair)), sources),
        parts=[describe(part) for part in parts],
    )


def can_meet(first: type, second: type) -> bool:
    try:
        combination((first, second))
    except MetaclassConflictError:
        return False
    return True


def metaclass_of(part: object, asker: str = "combine_metaclasses") -> type:
    """Return `part` if it is a metaclass, else the metaclass of the class it is."""
    if not is_class(part):
        raise TypeError(
            f"{asker} takes metaclasses and classes, and {shorten(part)}, of type"
            f" {kind_of(part)}, is neither"
        )
    if issubclass(part, type):
        return part
    if acts_as_metaclass(part):
        raise TypeError(
            f"{describe(part)!r} acts as a metaclass without deriving from 'type';"
            " Python cannot combine it with any: hold an object of it instead"
        )
    return type(part)


def acts_as_metaclass(cls: Any) -> bool:
    """Tell whether a class, not derived from ``type``, is called as metaclasses are."""
    hooks: tuple[Any, ...] = (cls.__init__, cls.__new__)
    codes = [hook.__code__ for hook in hooks if hasattr(hook, "__code__")]
    # After `self` comes a name, then the bases.
    return any(code.co_varnames[2:3] == ("bases",) for code in codes)


# -- the public names ---------------------------------------------------------


@overload
def combine_metaclasses(  # pyright: ignore[reportOverlappingOverload]
    part: type[M], /, *, name: str | None = None
) -> type[M]: ...
@overload
def combine_metaclasses(
    part: type, /, *more: type, name: str | None = None
) -> type[CombinedMeta]: ...
def combine_metaclasses(*parts: Any, name: str | None = None) -> Any:
    """
    Return a metaclass that derives from the metaclasses of all `parts`.

    A class whose bases have unrelated metaclasses is refused by Python with
    "metaclass conflict"; give it the combination as its metaclass.

    Args:
        parts: Metaclasses, or classes, whose metaclasses are taken:
            ``combine_metaclasses(RegistryMeta, Model)``.
        name: The name of the combination; made of the parts' names by default.

    Stage:
        Choosing the metaclass, before ``__prepare__``.

    Returns:
        A metaclass.  ``type``, repeated parts and parts that another part
        derives from are dropped (so CPython issue 108946 does not arise); if
        one is left, it is returned as it is.  The order given is kept, but for
        metaclasses written in C, which go where CPython needs them.  The same
        request gives the same object, which is kept while a class uses it.

    Raises:
        MetaclassConflictError: No metaclass can derive from all the parts:
            their orders disagree, or their C layouts do.  It names each metaclass
            and the class that brings it, the two that cannot meet, why, and the
            line to write.
        TypeError: A part is neither a metaclass nor a class, or acts as a
            metaclass without deriving from ``type``.

    Composition:
        Metaclasses of this package run their stages from outside, so their
        place among the parts does not matter.  Between two others the order
        does: each must call ``super()`` for the next one to run.

    Threads:
        Two threads that ask at once get the same object.

    You do not need this when:
        A mixin or a decorator does it: these have no metaclass to combine.
        Or when you write ``class M(A, B): ...`` once, by hand: type checkers
        understand that best.

    Source:
        The rule is in the Python language reference, "Determining the
        appropriate metaclass".

    Example:
        >>> from abc import ABC, abstractmethod
        >>> from metapatterns import RegistryMeta, combine_metaclasses
        >>> class Shape(ABC, metaclass=combine_metaclasses(RegistryMeta, ABC)):
        ...     @abstractmethod
        ...     def area(self): ...
        >>> class Square(Shape, key="square"):
        ...     def area(self): return 1
        >>> Shape["square"]().area()
        1

    .. versionadded:: 0.1
    """
    if not parts:
        raise TypeError("combine_metaclasses needs a metaclass or a class")
    title = plain_text(name)
    if name is not None and not title:
        raise TypeError(f"combine_metaclasses: {shorten(name)} is no name")
    metaclasses = tuple(metaclass_of(part) for part in parts)
    try:
        return combination(metaclasses, title, parts)
    except MetaclassConflictError as error:
        error.explain_with(explained(*parts))
        raise


class _AutoMetaclass:
    """
    Work out the metaclass from the bases: ``class C(A, B, metaclass=auto_metaclass)``.

    Called with metaclasses or classes, ``auto_metaclass(SingletonMeta)``, it puts
    those before the metaclasses of the bases.  The combination is that of
    :func:`combine_metaclasses`, and ``__prepare__`` runs as the combination has it.

    Raises:
        MetaclassConflictError: As for :func:`combine_metaclasses`, when the class
            is made.
        TypeError: A part or a base is no class, or acts as a metaclass without
            deriving from ``type``.

    Inheritance:
        A subclass has the combination for its metaclass.  One with a further
        metaclass among its bases must say ``metaclass=auto_metaclass`` again.

    You do not need this when:
        The bases are always the same: :func:`combine_metaclasses`, or a class
        statement, names their metaclass once.

    Example:
        >>> from abc import ABC
        >>> from metapatterns import SingletonMeta, auto_metaclass
        >>> class Settings(ABC, metaclass=auto_metaclass(SingletonMeta)):
        ...     pass
        >>> Settings() is Settings()
        True

    .. versionadded:: 0.1
    """

    def __init__(self, parts: tuple[type, ...] = ()) -> None:
        self._parts: tuple[type, ...] = parts

    def _for(self, name: str, bases: tuple[Any, ...]) -> Any:
        for base in bases:
            if not is_class(base):
                metaclass_of(class_of(base))  # names what acts as a metaclass
                raise TypeError(
                    f"class {name!r}: {shorten(base)}, of type"
                    f" {kind_of(base)}, is no class and cannot be a base"
                )
        metaclasses = (*map(metaclass_of, self._parts), *map(type, bases))
        sources = (*self._parts, *bases)
        try:
            return combination(metaclasses, sources=sources)
        except MetaclassConflictError as error:
            error.explain_with(explained(*sources))
            raise

    def __prepare__(self, name: str, bases: tuple[Any, ...], /, **kwargs: Any) -> Any:
        return self._for(name, bases).__prepare__(name, bases, **kwargs)

    @overload
    def __call__(
        self, name: str, bases: tuple[Any, ...], namespace: Any, /, **kwargs: Any
    ) -> Any: ...
    @overload
    def __call__(self, /, *parts: type) -> Any: ...
    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 3 and plain_text(args[0]) is not None:
            name, bases, namespace = args
            return self._for(name, bases)(name, bases, namespace, **kwargs)
        for part in args:
            metaclass_of(part, "auto_metaclass")  # refuses what is none
        if kwargs:
            raise TypeError(
                f"auto_metaclass takes metaclasses, and no {', '.join(map(repr, kwargs))};"
                " class keywords belong to the class statement"
            )
        return _AutoMetaclass(self._parts + args)

    def __repr__(self) -> str:
        return f"auto_metaclass({', '.join(part.__name__ for part in self._parts)})"


if TYPE_CHECKING:

    class auto_metaclass(CombinedMeta):  # noqa: N801
        def __new__(mcls, /, *parts: type) -> type[CombinedMeta]: ...

else:
    auto_metaclass = _AutoMetaclass()
