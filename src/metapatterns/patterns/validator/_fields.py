"""
One field: how it is declared, what it accepts, and what it says when refusing.

The values themselves are looked at by a rule (``_rules.py``).
"""

from __future__ import annotations

import copy
import dataclasses
import reprlib
from dataclasses import MISSING
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ..._values import cut, plain_text, shorten, told
from ...errors import (
    FieldFailure,
    FieldValueError,
)
from ._hints import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import TypeIs

    from ._descriptors import Converted

    T = TypeVar("T")


def storage_of(name: str) -> str:
    """The attribute that holds a field's value; an identifier, since slots are."""
    return f"_checked_{name}"


def is_data_descriptor(value: object) -> bool:
    return hasattr(type(value), "__set__") or hasattr(type(value), "__delete__")


# -- what is said of a refused value -----------------------------------------


def shown(value: object, secret: bool) -> str:
    """Describe a value: short whatever its size, and whatever its ``repr`` does."""
    if secret:
        return "a secret value"
    try:
        text = str.__str__(_BRIEF.repr(value))
        return f"{cut(text, 200)} ({cut(text_of(type(value)))})"
    except Exception:
        return f"an object of type {cut(text_of(type(value)))}"


_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = 60
_BRIEF.maxlevel = 3


def complaint(
    name: str,
    expected: str,
    value: object,
    secret: bool,
    error: Exception | None,
    part: str = "",
) -> FieldFailure:
    got = shown(value, secret) + part
    if error is not None:
        reason = cut(text_of(type(error)))
        if not secret:
            try:
                reason = f"{reason}: {str.__str__(str(error))[:120]}"
            except Exception:
                reason = f"{reason} without a text"
        got = f"{got}, which raised {reason}"
    return FieldFailure(name, expected, got)


def refusal(
    obj: object, failure: FieldFailure, secret: bool, error: Exception | None
) -> FieldValueError:
    owner = obj if isinstance(obj, type) else type(obj)
    refused = FieldValueError(text_of(owner), [failure])
    if not secret:  # a traceback would show what the cause says
        refused.__cause__ = error
    return refused


def missing_attribute(obj: object, name: str) -> AttributeError:
    return AttributeError(
        f"{text_of(type(obj))!r} object has no attribute {name!r}", name=name, obj=obj
    )


def name_of(check: object) -> str:
    name = plain_text(told(check, "__name__"))
    return cut(text_of(check) if name is None else name)


# -- declarations -------------------------------------------------------------


class CopyOf:
    """A default factory that copies a mutable default for each instance."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value: object = value

    def __call__(self) -> Any:
        return copy.deepcopy(self.value)


class DeclaredField(dataclasses.Field[Any]):
    """A dataclass field with what this package adds."""

    __slots__ = ("check", "descriptor", "secret", "strict")

    check: Callable[[Any], object] | None
    descriptor: Converted[Any, Any] | None
    secret: bool
    strict: bool | None

    @classmethod
    def extending(
        cls,
        plain: dataclasses.Field[Any],
        *,
        secret: bool,
        check: Callable[[Any], object] | None = None,
        descriptor: Converted[Any, Any] | None = None,
        strict: bool | None = None,
    ) -> DeclaredField:
        self = cls.__new__(cls)
        for name in dataclasses.Field.__slots__:
            setattr(self, name, getattr(plain, name))
        self.check = check
        self.descriptor = descriptor
        self.secret = secret
        self.strict = strict
        if secret:
            self.repr = False
        return self

    def __repr__(self) -> str:
        if not self.secret:
            return super().__repr__()
        return f"Field(name={self.name!r},type={self.type!r},secret=True)"


def is_plain_field(value: object, /) -> TypeIs[dataclasses.Field[Any]]:
    """Tell whether an object declares a field as ``dataclasses.field`` does."""
    return isinstance(value, dataclasses.Field)


def default_of(value: object) -> dict[str, Any]:
    """Return the options of a dataclass field for a default, copying mutable ones."""
    # dataclasses goes by the same sign.
    if type(value).__hash__ is None:
        return {"default_factory": CopyOf(value)}
    return {"default": value}


if TYPE_CHECKING:

    @overload
    def field(
        *,
        default: T,
        init: bool = ...,
        repr: bool = ...,
        hash: bool | None = ...,
        compare: bool = ...,
        metadata: Mapping[Any, Any] | None = ...,
        kw_only: bool = ...,
        check: Callable[[T], object] | None = ...,
        strict: bool | None = ...,
        secret: bool = ...,
    ) -> T: ...
    @overload
    def field(
        *,
        default_factory: Callable[[], T],
        init: bool = ...,
        repr: bool = ...,
        hash: bool | None = ...,
        compare: bool = ...,
        metadata: Mapping[Any, Any] | None = ...,
        kw_only: bool = ...,
        check: Callable[[T], object] | None = ...,
        strict: bool | None = ...,
        secret: bool = ...,
    ) -> T: ...
    @overload
    def field(
        *,
        init: bool = ...,
        repr: bool = ...,
        hash: bool | None = ...,
        compare: bool = ...,
        metadata: Mapping[Any, Any] | None = ...,
        kw_only: bool = ...,
        check: Callable[[Any], object] | None = ...,
        strict: bool | None = ...,
        secret: bool = ...,
    ) -> Any: ...


def field(
    *,
    check: Callable[[Any], object] | None = None,
    strict: bool | None = None,
    secret: bool = False,
    **options: Any,
) -> Any:
    """
    Declare a field of a validated class, beside its annotation.

    Args:
        check: A function of the value; a false result, or an exception, refuses
            it.  It runs after the annotation's own test, and alone where the
            annotation is one that cannot be tested, or names what is not defined by
            the first value.
        strict: Want the exact type, or not; ``None`` is what the class says.
        secret: Never show a value, nor the default, and nothing that is raised
            because of it: neither in errors nor in the ``repr`` or the signature.
            A subclass that declares the field again, by an annotation or with a
            plain default, keeps it secret.
        options: What :func:`dataclasses.field` takes.

    Raises:
        TypeError: There is no such option, or it has a value of the wrong kind.

    Example:
        >>> from metapatterns import ValidatorMixin, field
        >>> class Account(ValidatorMixin):
        ...     pin: str = field(check=str.isdigit, secret=True)
        >>> Account("12x4")
        Traceback (most recent call last):
          ...
        metapatterns.FieldValueError: Account.pin: expected str that isdigit accepts, ...

    .. versionadded:: 0.1
    """
    if check is not None and not callable(check):
        raise TypeError(
            f"field: check takes a function, not {shown(check, secret is not False)}"
        )
    if (
        options.get("default", MISSING) is not MISSING
        and "default_factory" not in options
    ):
        options |= {"default": MISSING} | default_of(options["default"])
    if all(strict is not known for known in (None, True, False)):
        raise TypeError(
            f"field: strict takes True, False or None, not {shorten(strict)}"
        )
    if secret is not True and secret is not False:
        raise TypeError(f"field: secret takes True or False, not {shorten(secret)}")
    plain = dataclasses.field(**options)
    return DeclaredField.extending(plain, check=check, strict=strict, secret=secret)
