"""States of instances: where accessors look for values, there they are put."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ..._classes import class_of, set_attribute
from ..._values import is_tuple
from ._accessors import is_accessor
from ._descriptors import is_converted
from ._fields import storage_of
from ._freezing import behind
from ._specs import SLOT, attributes_of, found, in_c

if TYPE_CHECKING:
    from ..._values import Attributes
    from ._schema import Schema


def support_pickling(cls: type) -> None:
    """Add the hooks that nobody else gives the class: a user's stay."""
    # Protocols below 2 refuse slots without one, whoever knows what to do with them.
    if getattr(cls, "__slots__", None) and found(cls, "__getstate__")[0] is object:
        set_attribute(cls, "__getstate__", __getstate__)
    if found(cls, "__setstate__")[0] is None:
        set_attribute(cls, "__setstate__", __setstate__)


def __getstate__(self: object) -> Any:
    return behind(self, __getstate__)()


def __setstate__(self: object, state: Any) -> None:
    """Put each value where its accessor looks for it, past any ``__setattr__``."""
    cls, kind = type(self), class_of(state)
    schema: Schema | None = vars(cls).get(SLOT)
    if schema is not None and schema.owner is cls and kind is dict:
        if schema.at_home is None:
            schema.at_home = names_at_home(cls, schema)
        if state.keys() <= schema.at_home:  # as most are, so that it is quick
            vars(self).update(state)
            return
    theirs = behind(self, __setstate__)
    if theirs is not None:
        theirs(state)
        return
    if kind is list:  # of a frozen dataclass with slots
        names = [field.name for field in dataclasses.fields(self)]  # type: ignore[arg-type]
        state = None, dict(zip(names, state, strict=False))
    values, slots = state if is_tuple(state) else (state, None)
    held: Attributes = {**(values or {}), **(slots or {})}
    store = in_c(cls, "__setattr__")
    for name, value in held.items():
        field = str(name).removeprefix(storage_of(""))
        storage = storage_of(field)
        keeper = found(cls, field)[1]
        if is_accessor(keeper):
            # One under the field's own name is older, and was hidden by the other.
            store(self, storage, held.get(storage, value))
        elif is_converted(keeper):
            keeper.put(self, held.get(storage, value))
        elif name in (slots or ()) or (attributes := attributes_of(self)) is None:
            store(self, name, value)
        else:
            attributes[name] = value


def names_at_home(cls: type, schema: Schema) -> frozenset[str]:
    """Under which names the values of a state belong just where Python puts them."""
    theirs = [vars(base).get("__setstate__", __setstate__) for base in cls.__mro__]
    if (
        any(hook is not __setstate__ for hook in theirs)
        or any(vars(base).get("__slots__") for base in cls.__mro__)
        or found(cls, "__getattribute__")[0] is not object
    ):
        return frozenset()
    return frozenset(
        storage_of(name)
        for name in schema.accessors
        if is_accessor(found(cls, name)[1])
    )
