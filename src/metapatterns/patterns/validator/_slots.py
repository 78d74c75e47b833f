"""Slots for fields, under the names where accessors look for the values."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar, get_origin

from ..._classes import linearise
from ._fields import storage_of
from ._names import annotations_in

if TYPE_CHECKING:
    from ..._stages import Namespace


NO_FIELDS = (ClassVar, dataclasses.InitVar, dataclasses.KW_ONLY)


def rename_slots(bases: tuple[type, ...], namespace: Namespace, wanted: bool) -> None:
    """Give the fields' slots the names under which accessors look for the values."""
    given: Any = namespace.get("__slots__")
    if given is None and not wanted:
        return
    words = [given] if isinstance(given, str) else list(given or ())
    fields = [f for f, hint in annotations_in(namespace).items() if is_field(hint)]
    known = {*fields, *(f for base in bases for f in field_names(base))}
    held = {slot for base in linearise(bases) for slot in vars(base)}
    slots = {storage_of(word) if word in known else word: word for word in words}
    if wanted:
        slots |= {storage_of(f): f for f in fields}
    slots = {
        slot: slots[slot] for slot in slots if slot == slots[slot] or slot not in held
    }
    namespace["__slots__"] = as_given(given, slots)


def as_given(given: Any, slots: dict[str, str]) -> object:
    """Return slots with what a dictionary of the user's says of them, if it is one."""
    if issubclass(type(given), dict):
        return {slot: given.get(word) for slot, word in slots.items()}
    return tuple(slots)


def field_names(cls: type) -> list[str]:
    return list(getattr(cls, "__dataclass_fields__", ()))


def is_field(hint: Any) -> bool:
    """Tell an annotation that ``dataclasses`` makes a field of."""
    if isinstance(hint, str):
        # As far as names tell; a slot too many does no harm.
        word = hint.partition("[")[0].rpartition(".")[2].strip()
        return word not in ("ClassVar", "InitVar", "KW_ONLY")
    origin = get_origin(hint) or hint
    if isinstance(hint, dataclasses.InitVar):
        return False
    return not any(origin is kind for kind in NO_FIELDS)
