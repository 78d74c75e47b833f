"""States of instances: where accessors look for values, there they are put."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ..._classes import set_attribute
from ._accessors import is_accessor
from ._descriptors import is_converted
from ._fields import storage_of
from ._freezing import behind
from ._specs import attributes_of, found, in_c

if TYPE_CHECKING:
    from ..._values import Attributes, State


def support_pickling(cls: type) -> None:
    """Add the hooks that nobody else gives the class: a user's stay."""
    # Protocols below 2 refuse slots without one, whoever knows what to do with them.
    if getattr(cls, "__slots__", None) and found(cls, "__getstate__")[0] is object:
        set_attribute(cls, "__getstate__", __getstate__)
    if found(cls, "__setstate__")[0] is None:
        set_attribute(cls, "__setstate__", __setstate__)


def __getstate__(self: object) -> Any:
    return behind(self, __getstate__)()


def __setstate__(self: object, state: State | list[Any]) -> None:
    """Put each value where its accessor looks for it, past any ``__setattr__``."""
    theirs = behind(self, __setstate__)
    if theirs is not None:
        theirs(state)
        return
    if isinstance(state, list):  # of a frozen dataclass with slots
        names = [field.name for field in dataclasses.fields(self)]  # type: ignore[arg-type]
        state = None, dict(zip(names, state, strict=False))
    values, slots = state if isinstance(state, tuple) else (state, None)
    held: Attributes = {**(values or {}), **(slots or {})}
    cls = type(self)
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
