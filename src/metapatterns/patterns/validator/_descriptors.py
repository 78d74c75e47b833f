"""``Checked`` and ``Converted``: checked attributes that need no pattern."""

from __future__ import annotations

from dataclasses import MISSING
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from ..._classes import class_of
from ..._values import cut
from ...errors import ClassDefinitionError
from ._culprits import refused_part
from ._fields import (
    CopyOf,
    complaint,
    field,
    missing_attribute,
    name_of,
    refusal,
    shown,
    storage_of,
)
from ._hints import UnsupportedHintError, rule_for, text_of
from ._names import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import TypeIs

    from ._fields import DeclaredField
    from ._rules import Rule


#: What a conversion gives when there is nothing more to say than no.
REFUSED = object()

S = TypeVar("S")
T = TypeVar("T")


class Converted(Generic[S, T]):
    """
    A checked attribute that converts what is assigned to it.

    Works in any class, with no pattern and under any framework; in a validated
    class it is a field where it is annotated.

    Args:
        converter: A function from what is assigned to what is kept; an exception
            refuses the value.
        default: What is converted where nothing was assigned; copied, if mutable.
        default_factory: A function that makes the default.
        check: A function of the converted value; a false result, or an
            exception, refuses it.
        secret: Never show a value, as for :func:`field`.
        options: What :func:`dataclasses.field` takes, for validated classes.

    Raises:
        FieldValueError: A value is refused; the attribute keeps its old one.
        TypeError: `converter` is no function; there is no such option, or it has a
            value of the wrong kind.

    Example:
        >>> from metapatterns import Converted
        >>> class Order:
        ...     amount = Converted(int, check=lambda n: n > 0)
        >>> order = Order()
        >>> order.amount = "12"
        >>> order.amount
        12

    .. versionadded:: 0.1
    """

    #: The attribute's name, once a class has it.
    name: str = "?"
    _expected: str

    if TYPE_CHECKING:

        def __init__(
            self,
            converter: Callable[[S], T],
            /,
            *,
            default: S = ...,
            default_factory: Callable[[], S] = ...,
            check: Callable[[T], object] | None = ...,
            secret: bool = ...,
            init: bool = ...,
            repr: bool = ...,
            hash: bool | None = ...,
            compare: bool = ...,
            metadata: Mapping[Any, Any] | None = ...,
            kw_only: bool = ...,
        ) -> None: ...

    else:

        def __init__(self, converter, /, **options):
            if not callable(converter):
                raise TypeError(
                    f"Converted takes a function, not {shown(converter, False)}"
                )
            if "strict" in options:
                raise TypeError(
                    "Converted takes no option strict: what its function returns is"
                    " kept, whatever its type; look at that with check"
                )
            self._declare(options)
            self._convert = converter
            self._expected = f"what {name_of(converter)} converts"
            self._refuse_bad_default()

    def _declare(self, options: dict[str, Any]) -> None:
        # `field` knows the options; a `Field` takes one class, this may see many.
        self.field: DeclaredField = field(**options)
        self.field.descriptor = self

    def _refuse_bad_default(self) -> None:
        default = self.field.default
        if type(self.field.default_factory) is CopyOf:
            default = self.field.default_factory()
        if default is not MISSING:
            self.admit(self, default)

    if TYPE_CHECKING:

        def _convert(self, value: Any) -> Any: ...  # each instance has its own

    def __set_name__(self, owner: type, name: str, /) -> None:
        self.name = name

    def __deepcopy__(self, memo: object, /) -> Self:
        return self  # it is part of a class; frameworks copy what they find there

    @overload
    def __get__(self, obj: None, owner: type, /) -> Self: ...
    @overload
    def __get__(self, obj: object, owner: type | None = None, /) -> T: ...
    def __get__(self, obj: object, owner: type | None = None, /) -> Any:
        if obj is None:
            return self
        value = self.held(obj)
        if value is MISSING:
            default = self._default()
            if default is MISSING:
                raise missing_attribute(obj, self.name)
            value = self.admit(obj, default)
            self.put(obj, value)
        return value

    def __set__(self, obj: object, value: S, /) -> None:
        given: Any = value
        if given is self:
            # `@dataclass` takes the descriptor for the default of its field.
            given = self._default()
            if given is MISSING:
                raise TypeError(f"{text_of(type(obj))}: missing argument {self.name!r}")
        self.put(obj, self.admit(obj, given))

    def __delete__(self, obj: object, /) -> None:
        if self.held(obj) is MISSING:
            raise missing_attribute(obj, self.name)
        self.drop(obj)

    def _default(self) -> Any:
        factory = self.field.default_factory
        return self.field.default if factory is MISSING else factory()

    def admit(self, obj: object, value: Any, /) -> Any:
        """Return what to keep for a value, or refuse it; store nothing."""
        check = self.field.check
        error = None
        try:
            converted = self._convert(value)
            if converted is not REFUSED and (check is None or check(converted)):
                return converted
        except ClassDefinitionError:
            raise
        except Exception as raised:
            error = raised
        expected = self._expected
        if check is not None:
            expected = f"{expected} and {name_of(check)} accepts"
        secret = self.field.secret
        part = "" if secret else self._part_refused(value)
        failure = complaint(self.name, expected, value, secret, error, part)
        if obj is self:  # a default: no class is known yet
            obj = type(self)
        raise refusal(obj, failure, secret, error)

    def _part_refused(self, value: object) -> str:
        return ""  # a function takes a value as a whole

    def held(self, obj: object, /) -> Any:
        values = getattr(obj, "__dict__", None)
        if values is not None:
            return values.get(self.name, MISSING)
        try:
            return object.__getattribute__(obj, storage_of(self.name))
        except AttributeError:
            return MISSING

    def put(self, obj: object, value: Any, /) -> None:
        """Store a value that was admitted."""
        values = getattr(obj, "__dict__", None)
        if values is not None:
            values[self.name] = value
            return
        storage = storage_of(self.name)
        try:
            object.__setattr__(obj, storage, value)
        except AttributeError:
            raise AttributeError(
                f"{text_of(type(obj))!r} has no room for {self.name!r}: add"
                f" {storage!r} to its __slots__, or '__dict__'"
            ) from None

    def drop(self, obj: object, /) -> None:
        """Delete the value that is held."""
        values = getattr(obj, "__dict__", None)
        if values is not None:
            del values[self.name]
        else:
            object.__delattr__(obj, storage_of(self.name))


def is_converted(value: object, /) -> TypeIs[Converted[Any, Any]]:
    return isinstance(value, Converted)


def sets_its_own_way(descriptor: Converted[Any, Any]) -> bool:
    """Tell a subclass with a ``__set__``, which no assignment may go around."""
    return class_of(descriptor).__set__ is not vars(Converted)["__set__"]


class Checked(Converted[T, T]):
    """
    An attribute that accepts values of one type.

    Works in any class, with no pattern and under any framework:
    ``age = Checked(int)``.  In a validated class write
    ``age: Checked[int] = Checked(int)`` to make it a field.

    Args:
        type_: The type, or any hint that a validated class takes.
        strict: Want the exact type.
        default, default_factory, check, secret, options: As for
            :class:`Converted`.

    Raises:
        FieldValueError: A value, or the default, is refused.
        ClassDefinitionError: Values cannot be tested for such a hint.

    Example:
        >>> from metapatterns import Checked
        >>> class Person:
        ...     age = Checked(int, check=lambda age: age >= 0)
        >>> person = Person()
        >>> person.age = -1
        Traceback (most recent call last):
          ...
        metapatterns.FieldValueError: Person.age: expected int ... got -1 (int)

    .. versionadded:: 0.1
    """

    if TYPE_CHECKING:

        @overload
        def __init__(
            self,
            type_: type[T],
            /,
            *,
            default: T = ...,
            default_factory: Callable[[], T] = ...,
            check: Callable[[T], object] | None = ...,
            strict: bool | None = ...,
            secret: bool = ...,
            init: bool = ...,
            repr: bool = ...,
            hash: bool | None = ...,
            compare: bool = ...,
            metadata: Mapping[Any, Any] | None = ...,
            kw_only: bool = ...,
        ) -> None: ...
        @overload
        def __init__(
            self: Checked[Any],
            type_: Any,
            /,
            *,
            default: Any = ...,
            default_factory: Callable[[], Any] = ...,
            check: Callable[[Any], object] | None = ...,
            strict: bool | None = ...,
            secret: bool = ...,
            init: bool = ...,
            repr: bool = ...,
            hash: bool | None = ...,
            compare: bool = ...,
            metadata: Mapping[Any, Any] | None = ...,
            kw_only: bool = ...,
        ) -> None: ...
        def __init__(self, type_: Any, /, **options: Any) -> None: ...

    else:

        def __init__(self, type_, /, **options):
            self._declare(options)
            self._scope = Scope()
            self._hint = type_
            self._expected = cut(text_of(type_), 200)
            self._make_rule()
            self._refuse_bad_default()

    _rule: Rule | None
    _scope: Scope
    _hint: Any

    def _make_rule(self) -> Rule:
        try:
            rule = rule_for(self._hint, self._scope, bool(self.field.strict))
        except UnsupportedHintError as error:
            raise ClassDefinitionError(
                f"Checked({self._expected}): no test is known for {error}; use"
                " Converted with a function that returns what it accepts"
            ) from None
        self._rule = None if rule.pending else rule
        return rule

    def __set_name__(self, owner: type, name: str, /) -> None:
        super().__set_name__(owner, name)
        self._scope.owner = owner  # also a rule of now may come to a name later
        if self._rule is None:
            self._make_rule()

    def _convert(self, value: Any) -> Any:
        rule = self._rule or self._make_rule()
        if rule.pending and self._scope.owner is None:
            return value  # a default: the class is yet to come
        return value if rule.accepts(value) else REFUSED

    def _part_refused(self, value: object) -> str:
        return refused_part(self._hint, value, self._scope, bool(self.field.strict))
