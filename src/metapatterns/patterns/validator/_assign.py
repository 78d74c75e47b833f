"""Assign to checked fields: several at once, or on the class."""

from __future__ import annotations

import copy
import dataclasses
from dataclasses import MISSING
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ...errors import FieldValueError
from ._descriptors import is_converted, sets_its_own_way
from ._fields import is_data_descriptor
from ._hints import text_of
from ._schema import schema_of
from ._specs import SLOT, found

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...errors import FieldFailure
    from ._descriptors import Converted
    from ._specs import FieldSpec


def assign(obj: object, /, **values: Any) -> None:
    """
    Assign to several checked fields of an object: to all of them or to none.

    All values are looked at first, and all that are bad are reported together.

    Args:
        obj: An instance of a validated class, or of one with :class:`Checked` or
            :class:`Converted` attributes.
        values: The new values, by field.

    Raises:
        FieldValueError: A value is refused; nothing has changed.
        TypeError: There is no such field.
        dataclasses.FrozenInstanceError: The class is frozen.

    Example:
        >>> from metapatterns import ValidatorMixin, assign
        >>> class Point(ValidatorMixin):
        ...     x: int
        ...     y: int
        >>> point = Point(1, 2)
        >>> assign(point, x=5, y="six")
        Traceback (most recent call last):
          ...
        metapatterns.FieldValueError: Point.y: expected int, got 'six' (str)
        >>> point
        Point(x=1, y=2)

    .. versionadded:: 0.1
    """
    cls = type(obj)
    targets = {name: target_of(cls, name) for name in values}
    before = {name: target.held(obj) for name, target in targets.items()}
    failures: list[FieldFailure] = []
    admitted: dict[str, Any] = {}

    def attempt(step: Callable[[str], object]) -> None:
        for name in targets:
            try:
                step(name)
            except FieldValueError as error:
                failures.extend(error.failures)
        if failures:
            raise FieldValueError(text_of(cls), failures)

    def admit(name: str) -> None:
        admitted[name] = targets[name].admit(obj, values[name])

    try:
        # What a class or a descriptor has of its own may change the values.
        if isinstance(cls.__setattr__, FunctionType) or any(
            is_converted(target) and sets_its_own_way(target)
            for target in targets.values()
        ):
            attempt(lambda name: setattr(obj, name, values[name]))
        else:
            attempt(admit)
            attempt(lambda name: targets[name].put(obj, admitted[name]))
    except BaseException:
        for name, target in targets.items():
            if before[name] is not MISSING:
                target.put(obj, before[name])
            elif target.held(obj) is not MISSING:
                target.drop(obj)
        raise


def target_of(cls: type, name: str) -> FieldSpec | Converted[Any, Any]:
    _, attribute = found(cls, name)
    if is_converted(attribute):
        return attribute
    for base in cls.__mro__:
        schema = schema_of(base)
        if schema is not None and name in schema.fields:
            spec = schema.fields[name]
            if not spec.init_only:
                return spec
    raise TypeError(f"{text_of(cls)} has no checked field {name!r}")


def set_on_class(cls: type, name: str, value: Any) -> bool:
    """Keep a field checked when its name is assigned to on the class."""
    _, current = found(cls, name)
    if is_data_descriptor(value) or isinstance(value, dataclasses.Field):
        unset_on_class(cls, name)
        return False
    if is_converted(current):
        current.admit(cls, value)
        current = copy.copy(current)
        current.field = copy.copy(current.field)
        current.field.default, current.field.default_factory = value, MISSING
        type.__setattr__(cls, name, current)
        return True
    if name not in getattr(cls, "__dataclass_fields__", ()):
        return False  # and a class that is being unpickled is not looked at too soon
    schema = schema_of(cls)
    spec = schema.fields.get(name) if schema is not None else None
    if schema is None or spec is None or spec.init_only:
        return False
    schema.class_values[name] = spec.admit(cls, value)
    return True


def unset_on_class(cls: type, name: str) -> bool:
    """Take back what was assigned to a field's name on the class, if anything was."""
    schema = vars(cls).get(SLOT)
    return schema is not None and schema.class_values.pop(name, MISSING) is not MISSING
