"""Validator: declared fields are checked, on construction and on assignment."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform, overload

from ..._classes import inherited
from ..._frames import is_ours
from ..._hooks import PatternMixin, decorate
from ..._pipeline import PatternMeta
from ..._stages import Pattern
from ..._values import shorten
from ...errors import ClassDefinitionError
from ._assign import assign, set_on_class, unset_on_class
from ._descriptors import Checked, Converted
from ._fields import field
from ._hints import text_of
from ._inits import adds_fields, make_careful, needs_methods, provide_init
from ._names import annotations_of
from ._pickling import support_pickling
from ._schema import Schema, adopt, declare, rebuild, restore_fields, schemas_behind
from ._slots import is_field, rename_slots
from ._specs import SLOT, Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from ..._stages import Namespace
    from ..._stages import Options as Given

    MT = TypeVar("MT", bound=type)
    CT = TypeVar("CT", bound=type[Any])
    Checker = Callable[[Any, Any], object]

__all__ = [
    "Checked",
    "Converted",
    "ValidatorMeta",
    "ValidatorMixin",
    "assign",
    "field",
    "validated",
]


# -- behaviour ----------------------------------------------------------------


class Validator(Pattern):
    name = "validator"
    keywords: tuple[str, ...] = (
        "frozen",
        "kw_only",
        "order",
        "slots",
        "strict",
        "validator_checker",
    )

    def beside_framework(self) -> Pattern:
        return BYSTANDER

    def before(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Given,
        /,
    ) -> Schema:
        schema = Schema(resolve(name, bases, options))
        if schema.options.slots:
            raise ClassDefinitionError(
                f"class {name!r}: slots=True needs metaclass=ValidatorMeta, since here"
                " the class exists already; or write __slots__ with the fields' names"
            )
        return schema

    def rebuilt(
        self, state: Schema, name: str, bases: tuple[type, ...], namespace: Namespace, /
    ) -> Schema:
        return rebuild(state, namespace)

    def check(self, cls: type[Any], state: Schema, /) -> None:
        if vars(cls).get("_is_protocol"):
            state.idle = True
            return
        if hasattr(cls, "_fields") and issubclass(cls, tuple):
            raise ClassDefinitionError(
                f"{text_of(cls)} is a named tuple: its items are given to __new__ and"
                " never assigned, so nothing could be checked; write a class with"
                " frozen=True and order=True instead"
            )
        finished = "__dataclass_fields__" in vars(cls)
        if finished and any(given_beside(state, vars(cls)["__dataclass_params__"])):
            raise ClassDefinitionError(
                f"{text_of(cls)} is a dataclass already: give frozen, order and kw_only"
                " to @dataclass"
            )
        adds = finished or adds_fields(cls)
        if not finished and (adds or needs_methods(cls, state.options)):
            declare(cls, state)
        else:
            adopt(cls, state)
        provide_init(cls, state, adds=adds)
        support_pickling(cls)

    def created(self, cls: type, state: Schema, /) -> None:
        if "__setattr__" in vars(cls) and state.fields:
            make_careful(cls)


class ValidatorOfMeta(Validator):
    """The metaclass door: before there is a class, its slots can be renamed."""

    def before(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Given,
        /,
    ) -> Schema:
        schema = Schema(resolve(name, bases, options))
        if "__slots__" in namespace or schema.options.slots:
            rename_slots(bases, namespace, schema.options.slots)
        return schema

    def rebuilt(
        self, state: Schema, name: str, bases: tuple[type, ...], namespace: Namespace, /
    ) -> Schema:
        schema = super().rebuilt(state, name, bases, namespace)
        rename_slots(bases, namespace, False)
        return schema


class ValidatorByDecorator(Validator):
    """The same, where no option needs a prefix."""

    keywords: tuple[str, ...] = (*Validator.keywords[:-1], "checker")

    def beside_framework(self) -> Pattern:
        return DECORATING_BYSTANDER


class Bystander(Pattern):
    """Beside a framework's metaclass: annotations and construction are not ours."""

    name = "validator"
    keywords: tuple[str, ...] = ("validator_checker",)

    def before(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Given,
        /,
    ) -> Schema:
        schema = Schema(Options(), idle=True)
        for word, value in options.items():
            if value is not getattr(schema.options, option_of(word)):
                raise ClassDefinitionError(
                    f"class {name!r}: {word} has nothing to act on, because annotations"
                    " and construction are those of the metaclass's framework; use"
                    " Checked"
                )
        # Some frameworks put descriptors away before there is a class.
        schema.quiet = any(isinstance(v, Converted) for _, v in namespace.items())
        return schema

    def check(self, cls: type, state: Schema, /) -> None:
        if not state.quiet:
            state.quiet = any(schema.quiet for _, schema in schemas_behind(cls))
        if state.quiet or not unchecked_annotations(cls):
            return
        state.quiet = True
        warnings.warn(
            f"{text_of(cls)!r}: nothing is checked, because the metaclass"
            f" {text_of(type(cls))!r} brings a framework's, to which annotations and"
            " construction belong; declare what is to be checked with Checked(...)",
            stacklevel=frames_to(cls.__module__),
        )


class DecoratingBystander(Bystander):
    """The same, for the options of a decorator, which no framework is given."""

    keywords: tuple[str, ...] = ValidatorByDecorator.keywords


VALIDATOR: Pattern = Validator()
VALIDATOR_OF_META: Pattern = ValidatorOfMeta()
BY_DECORATOR: Pattern = ValidatorByDecorator()
BYSTANDER = Bystander()
DECORATING_BYSTANDER = DecoratingBystander()


def resolve(name: str, bases: tuple[type, ...], given: Given) -> Options:
    """Work out the options of a class: those given, else those of its base."""
    base: Schema | None = inherited(SLOT, bases)
    options = (base.options if base is not None else Options())._asdict()
    for word, value in given.items():
        option = option_of(word)
        if option == "checker":
            if value is not None and not callable(value):
                raise ClassDefinitionError(
                    f"class {name!r}: {word} takes a function of a value and a hint, or"
                    f" None, not {shorten(value)}"
                )
        elif value is not True and value is not False:
            raise ClassDefinitionError(
                f"class {name!r}: {word} takes True or False, not {shorten(value)}"
            )
        options[option] = value
    return Options(**options)


def option_of(word: str) -> str:
    return word.removeprefix("validator_")


def given_beside(schema: Schema, params: Any) -> Iterator[bool]:
    """The options that disagree with those of a dataclass that was there first."""
    yield schema.options.kw_only
    yield schema.options.frozen and not params.frozen
    yield schema.options.order and not params.order


def unchecked_annotations(cls: type) -> bool:
    return any(
        is_field(hint) and not name.startswith("_")
        for name, hint in annotations_of(cls).items()
    )


def frames_to(module: str) -> int:
    """The ``stacklevel`` of a module's code, or else of the nearest that is not ours."""
    level, outside = 1, 0
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") != module:
        if not outside and not is_ours(frame):
            outside = level
        level += 1
        frame = frame.f_back
    return outside if frame is None else level


# -- doors --------------------------------------------------------------------


@dataclass_transform(field_specifiers=(field, Checked, Converted))
class ValidatorMeta(PatternMeta):
    """
    Check the declared fields of a class, on construction and on assignment.

    The class is made a dataclass: :func:`dataclasses.fields`, ``asdict``,
    ``replace`` and pattern matching work.  On top of that every assignment to a
    field is checked against its annotation, and so are defaults, when the class
    is made.  A refused assignment leaves the old value, and a constructor reports
    all its bad values together.

    Annotations may be classes, unions, ``Literal``, ``Any``, ``type[X]``,
    ``Callable``, containers with their items, tuples, ``NewType``, type variables
    and aliases, ``Annotated`` with annotated-types or objects like them, and
    names that are defined later.  What a type checker accepts passes: ``bool``
    for ``int``, ``int`` for ``float``, unconverted.  Items are checked when the
    container is assigned, not when it is changed.

    Stage:
        before renames slots.  check makes the class a dataclass, checks defaults
        and puts accessors in place; ``__init__`` is written at its first use.
        created lets the constructors of bases know of a ``__setattr__``.

    Class keywords:
        frozen, kw_only, order (bool, default ``False``): As for
            :func:`dataclasses.dataclass`.
        slots (bool, default ``False``): Give fields slots, without building the
            class a second time.
        strict (bool, default ``False``): Want exact types: no ``bool`` for
            ``int``, no subclasses.
        validator_checker (function or ``None``, default ``None``):
            ``checker(value, hint)`` tells whether a value fits, in place of the
            rules above.

    Raises:
        FieldValueError: A value, or a default, is refused; of a container it is said
            which item, and where.
        KeywordClashError: Another metaclass, or the ``__init_subclass__`` of a base,
            takes a class keyword of the same name.
        ClassDefinitionError: No test is known for an annotation, a keyword has
            a value that it cannot have, or a field a name that it cannot have; or
            :mod:`dataclasses` refuses the class, as a thawed one below a frozen one.
        dataclasses.FrozenInstanceError: An attribute is assigned to or deleted, and
            the class is frozen.

    Inheritance:
        Keywords are inherited, field by field where they are about fields.  An
        unannotated attribute gives an inherited field a new default.  Fields
        that a plain dataclass declares are checked in validated subclasses.  An
        ``__init__`` in the class body wins, and is checked through assignment; a
        subclass that declares no field keeps it.

    Composition:
        Beside a framework's metaclass, annotations, construction and the
        dataclass keywords belong to the framework: only :class:`Checked` and
        :class:`Converted` are checked there, and for a class that has annotations
        and none of these a :exc:`UserWarning` is given once.  ``@dataclass`` may be
        put on top.  Fields of another library, as ``attrs.field``, are no fields
        here: put :func:`validated` above that library's decorator.  A named tuple
        is refused.
        An instance that was pickled before its class was validated, frozen or given
        slots keeps its values; for that, a class without a ``__setstate__`` gets one.

    Threads:
        A constructor may be written twice at first use; the results are equal.

    Doors:
        :class:`ValidatorMixin` and :func:`validated` do without a metaclass, and
        construct faster on Python 3.13.  Only here: ``slots=True``, and
        ``C.field = value`` is checked.  ``C.field`` shows an accessor where a
        dataclass shows the default; values are kept as ``_checked_<field>``.

    You do not need this when:
        The data come from outside and have to be parsed: take pydantic, or attrs
        with cattrs.  Types that a checker sees need no check at run time.

    Source:
        PEP 557 and PEP 681; :mod:`dataclasses` does what it can do.

    Example:
        >>> from metapatterns import ValidatorMeta
        >>> class Person(metaclass=ValidatorMeta):
        ...     name: str
        ...     age: int = 0
        >>> person = Person("Ann", 41)
        >>> person.age = "old"
        Traceback (most recent call last):
          ...
        metapatterns.FieldValueError: Person.age: expected int, got 'old' (str)
        >>> person
        Person(name='Ann', age=41)

    .. versionadded:: 0.1
    """

    _metapatterns_pattern = VALIDATOR_OF_META

    if TYPE_CHECKING:

        def __new__(
            mcls: type[MT],
            name: str,
            bases: tuple[type, ...],
            namespace: dict[str, Any],
            /,
            *,
            frozen: bool = ...,
            kw_only: bool = ...,
            order: bool = ...,
            slots: bool = ...,
            strict: bool = ...,
            validator_checker: Checker | None = ...,
            **kwargs: Any,
        ) -> MT: ...

    else:

        def __setattr__(cls, name, value, /):
            if name[:2] == "__":
                super().__setattr__(name, value)
                if name == "__dataclass_fields__" and SLOT in vars(cls):
                    restore_fields(value, vars(cls)[SLOT])
            elif not set_on_class(cls, name, value):
                super().__setattr__(name, value)

        def __delattr__(cls, name, /):
            if not unset_on_class(cls, name):
                super().__delattr__(name)


@dataclass_transform(field_specifiers=(field, Checked, Converted))
class ValidatorMixin(PatternMixin):
    """
    Check the declared fields of subclasses, without a metaclass.

    As :class:`ValidatorMeta`; instances are as quick, and on Python 3.13 quicker
    to construct.

    Class keywords:
        frozen, kw_only, order, strict, validator_checker: As for
            :class:`ValidatorMeta`.

    Raises:
        FieldValueError: As for :class:`ValidatorMeta`.
        KeywordClashError: The ``__init_subclass__`` of a base that follows takes a
            class keyword of the same name.
        ClassDefinitionError: As for :class:`ValidatorMeta`; and ``slots=True``,
            because the class exists already.  ``__slots__`` in the body works,
            for fields without defaults.
        dataclasses.FrozenInstanceError: As for :class:`ValidatorMeta`.

    Doors:
        Silenced by a sibling base, listed first, whose ``__init_subclass__``
        does not call ``super()``.  ``C.field = value`` is not checked.  With a
        ``@dataclass`` on top, :func:`dataclasses.fields` shows accessors for defaults
        until the class is called.

    You do not need this when:
        The data come from outside and have to be parsed: take pydantic, or attrs
        with cattrs.  Types that a checker sees need no check at run time.

    Example:
        >>> from metapatterns import ValidatorMixin
        >>> class Person(ValidatorMixin):
        ...     name: str
        ...     age: int = 0
        >>> Person("Ann", "old")
        Traceback (most recent call last):
          ...
        metapatterns.FieldValueError: Person.age: expected int, got 'old' (str)

    .. versionadded:: 0.1
    """

    _metapatterns_mixin = VALIDATOR
    __slots__ = ()

    if TYPE_CHECKING:

        def __init_subclass__(
            cls,
            /,
            *,
            frozen: bool = ...,
            kw_only: bool = ...,
            order: bool = ...,
            slots: bool = ...,
            strict: bool = ...,
            validator_checker: Checker | None = ...,
            **kwargs: Any,
        ) -> None: ...


@overload
def validated(cls: CT, /) -> CT: ...
@overload
def validated(
    cls: None = None,
    /,
    *,
    frozen: bool = ...,
    kw_only: bool = ...,
    order: bool = ...,
    slots: bool = ...,
    strict: bool = ...,
    checker: Checker | None = ...,
) -> Callable[[CT], CT]: ...
@dataclass_transform(field_specifiers=(field, Checked, Converted))
def validated(cls: CT | None = None, /, **options: Any) -> CT | Callable[[CT], CT]:
    """
    Check the declared fields of one class.

    As :class:`ValidatorMixin`, for this class and not for what derives from it,
    as ``@dataclass`` is.  Above ``@dataclass``, or another library's decorator, it
    checks the fields of that.  Use it for subclasses too: where a plain
    ``@dataclass`` declares one of the fields again, without a default, the field
    keeps its rule and its default, but :func:`dataclasses.fields` and the
    signature show an accessor for it.

    Args:
        cls: The class; the same object is returned.
        options: ``frozen``, ``kw_only``, ``order``, ``strict``, as for
            :class:`ValidatorMeta`, and ``checker`` for ``validator_checker``.

    Raises:
        FieldValueError: As for :class:`ValidatorMeta`.
        ClassDefinitionError: As for :class:`ValidatorMixin`; or nothing can be set
            on the class, as on ``int``.
        TypeError: There is no such option.

    You do not need this when:
        The data come from outside and have to be parsed: take pydantic, or attrs
        with cattrs.  Types that a checker sees need no check at run time.

    Example:
        >>> from metapatterns import validated
        >>> @validated
        ... class Person:
        ...     name: str
        ...     age: int = 0
        >>> Person("Ann", "old")
        Traceback (most recent call last):
          ...
        metapatterns.FieldValueError: Person.age: expected int, got 'old' (str)

    .. versionadded:: 0.1
    """
    unknown = options.keys() - set(BY_DECORATOR.keywords)
    if unknown:
        raise TypeError(f"validated takes no option {', '.join(sorted(unknown))}")
    if cls is None:
        return lambda cls: decorate(cls, BY_DECORATOR, options)
    return decorate(cls, BY_DECORATOR, options)
