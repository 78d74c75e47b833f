"""Put accessors on a class: where its fields' defaults are, or its slots."""

from __future__ import annotations

import abc
import copy
from dataclasses import MISSING
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

from ..._classes import set_attribute
from . import _codegen
from ._descriptors import is_converted
from ._fields import is_data_descriptor
from ._specs import SLOT, found, in_c

if TYPE_CHECKING:
    from ._schema import Schema
    from ._specs import FieldSpec


def arm(cls: type, schema: Schema) -> None:
    """Put an accessor in place of each field's default, where none serves yet."""
    direct = stores_directly(cls)
    for name in schema.fields:
        spec = schema.fields[name]
        if spec.init_only:
            continue
        holder, current = found(cls, name)
        if isinstance(current, MemberDescriptorType):
            # A slot is as quick under another name.
            set_attribute(cls, spec.storage, current)
            current = MISSING
        taken = is_theirs(cls, spec, holder, current)
        if taken and spec.keeper is None:
            schema.fields[name] = spec = copy.copy(spec)
            spec.keeper = current
        if is_converted(spec.keeper):
            if current is not spec.keeper:
                set_attribute(cls, name, spec.keeper)
            continue
        if isinstance(spec.keeper, property):
            keeper = spec.keeper
            if current is keeper and keeper.fset is not None:
                schema.accessors[name] = checked_property(spec, keeper), direct
                set_attribute(cls, name, schema.accessors[name][0])
            continue
        if taken:
            continue
        if is_accessor(current):
            theirs = vars(holder).get(SLOT, schema)
            if (
                theirs.accessors.get(name) == (current, direct)
                and theirs.fields.get(name) is spec
            ):
                schema.accessors[name] = theirs.accessors[name]
                continue
        schema.accessors[name] = make_accessor(cls, spec, direct), direct
        set_attribute(cls, name, schema.accessors[name][0])
    abc.update_abstractmethods(cls)


def stores_directly(cls: type) -> bool:
    return (
        cls.__setattr__ is in_c(cls, "__setattr__")
        and cls.__getattribute__ is in_c(cls, "__getattribute__")
        and not hasattr(cls, "__getattr__")
    )


def is_accessor(value: object) -> bool:
    code = getattr(getattr(value, "fset", None), "__code__", None)
    return code is not None and code.co_filename == _codegen.FILENAME


def is_theirs(cls: type, spec: FieldSpec, holder: type | None, value: object) -> bool:
    """Tell whether a descriptor of the user's stands before a field, as in a subclass."""
    if holder is None or not is_data_descriptor(value) or is_accessor(value):
        return False
    order, declared = cls.__mro__, spec.scope.owner
    return declared not in order or order.index(declared) >= order.index(holder)


def make_accessor(cls: type, spec: FieldSpec, direct: bool) -> property:
    helpers = {"unset": spec.unset, "refuse": spec.refuse_or_default}
    if not direct:
        helpers |= {
            "store": in_c(cls, "__setattr__"),
            "load": in_c(cls, "__getattribute__"),
        }
    return _codegen.accessor(
        cls.__module__,
        f"{cls.__qualname__}.{spec.name}",
        spec.storage,
        spec.rule,
        helpers,
        spec.delete,
        direct=direct,
    )


def checked_property(spec: FieldSpec, own: property) -> property:
    """A property of the user's, the setter of which sees no refused value."""

    def fset(obj: Any, value: Any) -> None:
        set_checked(obj, spec.admit(obj, value))

    set_checked: Any = own.fset
    return property(own.fget, fset, own.fdel, own.__doc__)
