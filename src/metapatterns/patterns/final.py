"""Final: classes that cannot be subclassed, methods that cannot be overridden."""

from __future__ import annotations

from .._classes import linearise, nearest, set_attribute
from .._hooks import PatternMixin, decorate, on_subclass
from .._pipeline import PatternMeta
from .._stages import Pattern
from .._values import chosen, is_class, shorten
from ..errors import ClassDefinitionError, FinalError
from ._final_marks import is_final, mark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Literal, TypeAlias, TypeVar

    from .._stages import Namespace, Options

    MT = TypeVar("MT", bound=type)
    Mode: TypeAlias = bool | Literal["methods"]

__all__ = ["FinalMeta", "FinalMixin", "final"]


# -- behaviour ----------------------------------------------------------------


class Final(Pattern):
    name = "final"
    keywords: tuple[str, ...] = ("final",)

    def prepare(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Options,
        /,
    ) -> Namespace:
        if options:
            resolve(name, (), options)
        if bases:
            refuse_final_bases(name, linearise(bases))
        return namespace

    def before(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Options,
        /,
    ) -> Mode:
        mode: Mode = True
        if bases or options:
            ancestors = linearise(bases)
            mode = resolve(name, ancestors, options)
            refuse_final_bases(name, ancestors)
            refuse_hidden_members(name, namespace, ancestors)
        for base in bases:
            if base.__dict__.get("_is_protocol"):
                return mode  # a protocol would take the mark for a member
        # So early that a subclass made by `__init_subclass__` is refused as well.
        namespace["__final__"] = mode is True
        return mode


FINAL: Pattern = Final()
SLOT = FINAL.slot


def resolve(name: str, ancestors: tuple[type, ...], options: Options) -> Mode:
    if "final" not in options:
        return "methods" if nearest(SLOT, ancestors) == "methods" else True
    mode: Mode = options["final"]
    if mode is True or mode is False:
        return mode
    if chosen(mode, ("methods",)):
        return "methods"
    raise ClassDefinitionError(
        f"class {name!r}: final takes True, False or 'methods', not {shorten(mode)}"
    )


def refuse_final_bases(name: str, ancestors: Iterable[type]) -> None:
    for ancestor in ancestors:
        if ancestor is object:
            continue
        members = ancestor.__dict__
        if members.get("__final__") is True or members.get(SLOT) is True:
            raise FinalError(name, ancestor)


def refuse_hidden_members(
    name: str, namespace: Namespace, ancestors: tuple[type, ...]
) -> None:
    """Refuse a member that hides a final one, in the body or in an ancestor."""
    base = ancestors[0] if ancestors else object
    looked_at = SLOT in base.__dict__ and base.__mro__ == ancestors
    hiding: dict[str, type] = {}
    bound = bound_by(namespace)
    for ancestor in ancestors[:-1]:  # the last is `object`
        members = ancestor.__dict__
        for member in members.keys() & bound:
            if is_final(members[member]):
                raise FinalError(name, ancestor, member)
        if looked_at:  # for what an ancestor hides, when the base was made
            continue
        for member in members.keys() & hiding:
            if is_final(members[member]):
                raise FinalError(name, ancestor, member, hiding[member])
        for member in members:
            hiding.setdefault(member, ancestor)


def bound_by(namespace: Namespace) -> set[str]:
    """The members that a class body binds, with those that CPython makes of these."""
    bound = {*namespace}
    if "__eq__" in bound:
        bound.add("__hash__")
    if "__slots__" in bound:
        slots: Any = namespace["__slots__"]
        if isinstance(slots, str):
            bound.add(slots)
        elif isinstance(slots, LISTS):
            bound.update(slots)
    return bound


#: What lists slots for everybody who asks; an iterator could be read only once.
LISTS: tuple[Any, ...] = (tuple, list, dict, set, frozenset)


# -- doors --------------------------------------------------------------------


class FinalMeta(PatternMeta):
    """
    Make a class final: a class statement that names it as a base fails.

    The rule holds for the class that is created with this metaclass and not for
    its bases, so a final class may itself derive from anything.  The class is
    marked with ``__final__``, the attribute that :func:`typing.final` sets; write
    :func:`final` above it as well, and type checkers report what this enforces.
    Methods marked with ``@final`` are enforced too, in every class made here.

    Stage:
        prepare and before.  A class that names a final base is refused before
        its body runs, so no class object exists and no ``__set_name__`` or
        ``__init_subclass__`` hook has run; a class that hides a final method is
        refused after its body and before the class is made.

    Class keywords:
        final (bool or ``"methods"``, default ``True``): ``False`` leaves this
            one class open; its subclasses are final again.  ``"methods"`` leaves
            the whole hierarchy open, subclasses inherit it, and enforces only
            the methods marked ``@final``.

    Raises:
        FinalError: A base, or an ancestor of a base, is final; or a member of
            the body, or of an ancestor that comes earlier in the MRO, hides a
            method marked ``@final``.
        KeywordClashError: Another metaclass, or the ``__init_subclass__`` of a base,
            takes a class keyword of the same name.
        ClassDefinitionError: ``final=`` is none of the three values.

    Inheritance:
        ``final=False`` is not inherited, ``final="methods"`` is.

    Composition:
        Defines nothing on classes but ``__final__``, so it combines with any
        metaclass, by hand or through :func:`combine_metaclasses`, in any order.
        A final generic pydantic model cannot be parametrised, because
        ``Model[int]`` is a subclass: give it ``final=False``.

    Threads:
        Nothing is shared.

    Doors:
        :class:`FinalMixin` if the class has a metaclass already; :func:`final`
        for one class and for methods.  Both act when the subclass exists, and a
        sibling base whose ``__init_subclass__`` does not call ``super()``
        silences them.  No door stops ``type.__new__`` called by name, nor an
        assignment to ``__bases__``.

    You do not need this when:
        Everybody who subclasses runs a type checker: :func:`typing.final` costs
        nothing.  A class that others subclass rarely wants a metaclass.

    Source:
        PEP 591; the mark is that of CPython issue 90500.

    Example:
        >>> from metapatterns import FinalMeta
        >>> class Leaf(metaclass=FinalMeta):
        ...     pass
        >>> class Twig(Leaf):
        ...     pass
        Traceback (most recent call last):
          ...
        metapatterns.FinalError: 'Twig' cannot subclass final class ...

    .. versionadded:: 0.1
    """

    _metapatterns_pattern = FINAL

    if TYPE_CHECKING:

        def __new__(
            mcls: type[MT],
            name: str,
            bases: tuple[type, ...],
            namespace: dict[str, Any],
            /,
            *,
            final: Mode = ...,
            **kwargs: Any,
        ) -> MT: ...


class FinalMixin(PatternMixin):
    """
    Make subclasses final, without a metaclass.

    As :class:`FinalMeta`, one stage later: the subclass exists when it is
    refused, and nothing refers to it.

    Class keywords:
        final: As for :class:`FinalMeta`.

    Raises:
        FinalError: As for :class:`FinalMeta`.
        KeywordClashError: The ``__init_subclass__`` of a base that follows takes a
            class keyword of the same name.
        ClassDefinitionError: As for :class:`FinalMeta`.

    Doors:
        Silenced by a sibling base, listed first, whose ``__init_subclass__``
        does not call ``super()``.

    You do not need this when:
        Everybody who subclasses runs a type checker: :func:`typing.final` costs
        nothing.

    Example:
        >>> from metapatterns import FinalMixin
        >>> class Leaf(FinalMixin):
        ...     pass
        >>> class Twig(Leaf):
        ...     pass
        Traceback (most recent call last):
          ...
        metapatterns.FinalError: 'Twig' cannot subclass final class ...

    .. versionadded:: 0.1
    """

    _metapatterns_mixin = FINAL
    __slots__ = ()

    if TYPE_CHECKING:

        def __init_subclass__(cls, /, *, final: Mode = ..., **kwargs: Any) -> None: ...


if TYPE_CHECKING:
    # Type checkers know `typing.final` through an import, and through nothing else.
    from typing import final as final
else:

    def final(member, /):
        """
        Make one class final, or mark one method as final.

        To type checkers this is :func:`typing.final`; at run time it enforces.
        A class is returned as the same object.  A marked method (a function, a
        property, a class or static method, and whatever these and
        :mod:`functools` wrap) is enforced in the classes made through any door
        of this pattern.

        Raises:
            FinalError: The class itself hides a final method.
            ClassDefinitionError: Nothing can be set on the class, as on ``int``.
            TypeError: A property, or the like, wraps nothing that can be marked.

        Doors:
            Takes no options, as :func:`typing.final` takes none.  A class with
            an ``__init_subclass__`` of its own keeps it.  Apply it above
            ``@dataclass(slots=True)`` or below, as you like.

        You do not need this when:
            Everybody who subclasses runs a type checker: :func:`typing.final` costs
            nothing.

        Example:
            >>> from metapatterns import final
            >>> @final
            ... class Leaf:
            ...     pass
            >>> class Twig(Leaf):
            ...     pass
            Traceback (most recent call last):
              ...
            metapatterns.FinalError: 'Twig' cannot subclass final class ...

        .. versionadded:: 0.1
        """
        if not is_class(member):
            mark(member)
            return member
        hooked = SLOT in vars(member)
        decorate(member, FINAL)
        set_attribute(member, "__final__", True)
        if not hooked:
            on_subclass(member, refuse_subclass)
        return member


def refuse_subclass(subclass: type) -> None:
    refuse_final_bases(subclass.__name__, subclass.__mro__[1:])
