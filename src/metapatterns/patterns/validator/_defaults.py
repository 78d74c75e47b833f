"""
What the fields of a class start from: their declarations, defaults and keepers.

:mod:`dataclasses` looks for defaults in the class, where it must not find an
accessor of ours, nor a mutable object; so they are put there as it wants them.
"""

from __future__ import annotations

import copy
import dataclasses
import sys
from dataclasses import MISSING
from typing import TYPE_CHECKING, Any

from ..._classes import set_attribute
from ..._values import plain_text, told
from ...errors import ClassDefinitionError, FieldValueError
from ._descriptors import is_converted
from ._fields import (
    CopyOf,
    DeclaredField,
    default_of,
    is_data_descriptor,
    is_plain_field,
)
from ._hints import text_of
from ._slots import is_field
from ._specs import SLOT, is_classvar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...errors import FieldFailure
    from ._specs import FieldSpec


#: Said of defaults that may be meant as fields.
DECLARED_ELSEWHERE = (
    " as the default; if this declares a field of another library, put @validated above"
    " the decorator of that library, or declare it with metapatterns.field"
)


def inherited_fields(cls: type) -> dict[str, dataclasses.Field[Any]]:
    fields: dict[str, dataclasses.Field[Any]] = {}
    for base in cls.__mro__[:0:-1]:
        fields |= getattr(base, "__dataclass_fields__", {})
    return fields


def own_keepers(cls: type, annotations: Iterable[str]) -> dict[str, Any]:
    """The user's own descriptors under annotated names: they keep the values."""
    keepers: dict[str, Any] = {}
    for name in annotations:
        value = vars(cls).get(name)
        if isinstance(value, property) and value.fset is None:
            raise ClassDefinitionError(
                f"{text_of(cls)}.{name}: the field's property cannot be set; give it a"
                " setter, or drop the annotation"
            )
        if is_data_descriptor(value):
            keepers[name] = value
    return keepers


def refuse_unannotated(cls: type, annotations: dict[str, Any]) -> None:
    for name, value in vars(cls).items():
        if is_plain_field(value) and name not in annotations:
            raise ClassDefinitionError(
                f"{text_of(cls)}: {name!r} is a field but has no type annotation; write"
                f" {name}: <its type> = field(...)"
            )


def prepare_defaults(
    cls: type,
    inherited: dict[str, dataclasses.Field[Any]],
    annotations: dict[str, Any],
    keepers: dict[str, Any],
) -> None:
    """Put defaults where ``dataclasses`` looks for them, as it wants them."""
    for name, hint in annotations.items():
        value: Any = vars(cls).get(name, MISSING)
        if is_converted(value):
            field: Any = copy.copy(value.field)
        elif name in keepers:
            field = dataclasses.field()
        elif value is MISSING:
            field = default_of_bases(cls, name, is_field(hint))
        elif is_plain_field(value):
            field = copy.copy(value)
        elif type(value).__hash__ is None:
            field = dataclasses.field(default=value)
        else:
            field = None
        if field is not None:
            settle_default(field, is_field(hint))
            set_attribute(cls, name, field)
        declared = is_converted(value) or is_plain_field(value)
        if not declared and told(inherited.get(name), "secret"):
            keep_secret(cls, name)


def settle_default(field: dataclasses.Field[Any], copied: bool) -> None:
    """Have a mutable default copied; what is no field of instances shares it."""
    factory: Any = field.default_factory
    default = factory.value if type(factory) is CopyOf else field.default
    if default is not MISSING:
        field.default = field.default_factory = MISSING
        options = default_of(default) if copied else {"default": default}
        for option, value in options.items():
            setattr(field, option, value)


def keep_secret(cls: type, name: str) -> None:
    value: Any = getattr(cls, name, MISSING)
    if not is_plain_field(value):
        value = dataclasses.field(default=value)
    set_attribute(cls, name, DeclaredField.extending(value, secret=True))


def default_of_bases(cls: type, name: str, of_field: bool) -> Any:
    """
    Return what a field without a default inherits, where ``dataclasses`` fails to.

    It takes the attribute that it finds, and that may be an accessor, or the
    declaration of another class's field.
    """
    accessors = False
    for base in cls.__mro__[1:]:
        value = vars(base).get(name, MISSING)
        if value is MISSING:
            continue
        schema = vars(base).get(SLOT)  # complete, since its fields were asked for
        spec = schema.fields.get(name) if schema is not None else None
        if not is_data_descriptor(value):
            if not (of_field or accessors):
                return None
            value = getattr(base, name, MISSING)
            return (
                copy.copy(value)
                if is_plain_field(value)
                else dataclasses.field(default=value)
            )
        if spec is None:
            return dataclasses.field()
        accessors = True
        if type(spec.field.default_factory) is CopyOf:
            return dataclasses.field(default_factory=spec.field.default_factory)
        if spec.field.default is not MISSING:
            return dataclasses.field(default=spec.field.default)
    return dataclasses.field() if accessors else None


def overridden(
    cls: type, inherited: dict[str, Any], annotations: dict[str, Any]
) -> dict[str, Any]:
    """The inherited fields that the class body gives a new default, and nothing else."""
    return {
        name: value
        for name, value in vars(cls).items()
        if name in inherited
        and name not in annotations
        and not is_classvar(inherited[name])
        and not is_data_descriptor(value)
    }


def bare_defaults(cls: type) -> set[str]:
    """The names in a class body that no ``field()`` was given for."""
    return {name for name, value in vars(cls).items() if not is_plain_field(value)}


def is_of_another_library(value: object, cls: type) -> bool:
    module = plain_text(told(type(value), "__module__")) or ""
    package = module.partition(".")[0]
    return module != cls.__module__ and package not in sys.stdlib_module_names


def refuse_bad_defaults(cls: type, specs: Iterable[FieldSpec], bare: set[str]) -> None:
    """Refuse what a rule does not accept; `bare` are defaults without ``field()``."""
    refused: list[tuple[FieldFailure, Exception | None]] = []
    for spec in specs:
        default = spec.default
        if default is MISSING or spec.rule.pending:
            continue
        error = None
        try:
            if spec.rule.accepts(default):
                continue
        except Exception as raised:
            error = raised
        failure = spec.failure(default, error)
        if spec.name in bare and is_of_another_library(default, cls):
            failure.got += DECLARED_ELSEWHERE
        refused.append((failure, None if spec.secret else error))
    if refused:
        failures = [failure for failure, _ in refused]
        raise FieldValueError(text_of(cls), failures) from refused[-1][1]
