"""
``__setattr__`` and ``__delattr__`` of frozen classes, inherited by all below.

Those that ``dataclasses`` generates serve one class, so that each frozen class
needs its own, and ``@dataclass(frozen=True)`` refuses a class that has them.
"""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

from ..._classes import class_of, past, set_attribute
from ...errors import ClassDefinitionError
from ._hints import text_of


def refuse_mixture(cls: type, frozen: bool) -> None:
    """Refuse what `dataclasses` refuses, and does not say of which class."""
    for base in cls.__mro__[1:]:
        params = vars(base).get("__dataclass_params__")
        if params is not None and params.frozen != frozen:
            raise ClassDefinitionError(
                f"{text_of(cls)}: frozen is {frozen} here and {params.frozen} in its"
                f" base {text_of(base)}; give both the same, or leave frozen out"
                " here, where it is inherited"
            )


def freeze(cls: type) -> None:
    """Replace what ``dataclasses`` generated in a class."""
    for method in (__setattr__, __delattr__):
        delattr(cls, method.__name__)
        if getattr(cls, method.__name__) is not method:
            set_attribute(cls, method.__name__, method)


def is_frozen(obj: object, name: str) -> bool:
    # A class that merely derives may have attributes of its own.
    cls = class_of(obj)
    return "__dataclass_params__" in vars(cls) or any(
        vars(base)["__dataclass_params__"].frozen and name in fields
        for base in cls.__mro__
        if (fields := vars(base).get("__dataclass_fields__")) is not None
    )


def behind(obj: object, method: Any) -> Any:
    """What would be done without a method of ours; ``None`` if nothing."""
    name = method.__name__
    holders = [cls for cls in type(obj).__mro__ if vars(cls).get(name) is method]
    return getattr(past(holders[-1], obj), name, None)


def __setattr__(self: Any, name: str, value: Any) -> None:
    if is_frozen(self, name):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    behind(self, __setattr__)(name, value)


def __delattr__(self: Any, name: str) -> None:
    if is_frozen(self, name):
        raise FrozenInstanceError(f"cannot delete field {name!r}")
    behind(self, __delattr__)(name)
