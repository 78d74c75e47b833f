"""Decide which classes get what ``dataclasses`` generates, and whose ``__init__``."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ..._classes import set_attribute
from ._construct import refuse_order
from ._defaults import inherited_fields, overridden
from ._names import annotations_of
from ._schema import (
    FirstUse,
    is_generated_init,
    schema_of,
    schemas_behind,
)

if TYPE_CHECKING:
    from ._schema import Schema
    from ._specs import Options


def adds_fields(cls: type) -> bool:
    """Tell a class that declares fields, or their defaults, from one that does not."""
    return bool(
        annotations_of(cls)
        or overridden(cls, inherited_fields(cls), {})
        # `dataclasses` refuses them where they have no annotation.
        or any(isinstance(value, dataclasses.Field) for value in vars(cls).values())
    )


def needs_methods(cls: type, options: Options) -> bool:
    """Tell a class for which it will not do to inherit what dataclasses generated."""
    if any(base.options.frozen > options.frozen for _, base in schemas_behind(cls)):
        return True  # frozen=False was given
    for base in cls.__mro__[1:]:
        fields = vars(base).get("__dataclass_fields__")
        if fields is not None:
            return (
                list(fields.items()) != list(inherited_fields(cls).items())
                or options.frozen
                or (options.order and not vars(base)["__dataclass_params__"].order)
            )
    return True


def provide_init(cls: type, schema: Schema, *, adds: bool) -> None:
    """Put a constructor in place, unless the user wrote one."""
    body = vars(cls)
    own = body.get("__init__")
    if own is not None and not is_of_dataclass(own):
        return
    if not adds:
        holder, theirs = found_behind(cls, "__init__")
        if is_generated_init(theirs):
            theirs = schema_of(holder)
            same = theirs and list(theirs.fields.items()) == list(schema.fields.items())
            if same and not {"__post_init__", "__setattr__"} & body.keys():
                return
        elif holder is not object and not is_of_dataclass(theirs):
            return
    new: object = cls.__new__
    if not schema.fields and new is not object.__new__:
        return  # nothing to do for `__init__`, and arguments for `__new__`
    refuse_order(cls, schema.fields.values())
    set_attribute(cls, "__init__", FirstUse())


def is_of_dataclass(function: Any) -> bool:
    """Tell the ``__init__`` that ``@dataclass`` generated."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_qualname.startswith("__create_fn__.")


def found_behind(cls: type, name: str) -> tuple[type, Any]:
    holder = next(base for base in cls.__mro__[1:] if name in vars(base))
    return holder, vars(holder)[name]


def make_careful(cls: type) -> None:
    """Tell constructors that ``super()`` reaches of a ``__setattr__`` they meet."""
    if cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return
    for base, schema in schemas_behind(cls):
        own = vars(base).get("__init__")
        if base.__setattr__ is not cls.__setattr__ and is_generated_init(own):
            schema.careful = True
            schema.init = None, None
            set_attribute(base, "__init__", FirstUse())
