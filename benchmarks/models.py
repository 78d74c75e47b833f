"""
One model, declared in each of the libraries that check fields.

Each function takes the fields as names and kinds, and returns a class that takes
them as keywords.  The kinds: an int, a str, an optional int, a list of ints, and an
int that is not negative.
"""

from __future__ import annotations

import dataclasses
import linecache
import sys
import types
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from metapatterns import ValidatorMeta, ValidatorMixin, validated

from .tutorials import Typed

Fields = dict[str, str]

GOOD: dict[str, Any] = {
    "int": 1,
    "str": "a",
    "Optional": 2,
    "list[int]": [1, 2, 3],
    "int >= 0": 3,
}
BAD: dict[str, Any] = {
    "int": "1",
    "str": 1,
    "Optional": "2",
    "list[int]": [1, "2", 3],
    "int >= 0": -3,
}
HINTS: dict[str, Any] = {
    "int": int,
    "str": str,
    "Optional": int | None,
    "list[int]": list[int],
}
ONE_OF_EACH = {f"field_{number}": kind for number, kind in enumerate(GOOD)}
FIVE_SCALARS = {"a": "int", "b": "int", "c": "int", "d": "str", "e": "str"}


class Ge:
    """A bound, as ``annotated-types`` spells it."""

    def __init__(self, ge: int) -> None:
        self.ge = ge


def values(fields: Fields) -> dict[str, Any]:
    return {name: GOOD[kind] for name, kind in fields.items()}


def build(
    bases: tuple[type, ...] = (),
    members: dict[str, Any] | None = None,
    /,
    **keywords: Any,
) -> Any:
    body = {"__module__": __name__, "__qualname__": "Model"} | (members or {})
    return types.new_class("Model", bases, keywords, lambda names: names.update(body))


def annotated(fields: Fields, bound: object, *bases: type, **keywords: Any) -> Any:
    """Declare the fields as annotations, and nothing else."""
    hints = HINTS | {"int >= 0": Annotated[int, bound]}
    declared = {name: hints[kind] for name, kind in fields.items()}
    return build(bases, {"__annotations__": declared}, **keywords)


def assigned(fields: Fields, declare: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """Declare the fields as class attributes."""
    return {name: declare[kind]() for name, kind in fields.items()}


def init_of(fields: Fields, hints: bool = False) -> Any:
    """Write an ``__init__`` as one would by hand, with its source to be found."""
    names = [f"{name}: {kind}" if hints else name for name, kind in fields.items()]
    lines = [f"def __init__(self, {', '.join(names)}):\n"]
    lines += [f"    self.{name} = {name}\n" for name in fields]
    return written(lines)["__init__"]


def written(lines: list[str]) -> dict[str, Any]:
    """Run the lines as a module whose source can be found."""
    module = types.ModuleType(f"written_{len(linecache.cache)}")
    module.__file__ = f"<{module.__name__}>"
    linecache.cache[module.__file__] = 0, None, lines, module.__file__
    sys.modules[module.__name__] = module
    exec(compile("".join(lines), module.__file__, "exec"), vars(module))
    return vars(module)


# -- floors -------------------------------------------------------------------


def plain(fields: Fields) -> Any:
    return build((), {"__init__": init_of(fields)})


def plain_slots(fields: Fields) -> Any:
    return build((), {"__init__": init_of(fields), "__slots__": tuple(fields)})


def dataclass(fields: Fields) -> Any:
    return dataclasses.dataclass(annotated(fields, None))


# -- by hand ------------------------------------------------------------------


def tutorial(fields: Fields) -> Any:
    def are_ints(value: list[Any]) -> bool:
        return all(isinstance(item, int) for item in value)

    declare = {
        "int": lambda: Typed(int),
        "str": lambda: Typed(str),
        "Optional": lambda: Typed((int, type(None))),
        "list[int]": lambda: Typed(list, are_ints),
        "int >= 0": lambda: Typed(int, lambda value: value >= 0),
    }
    return build((), assigned(fields, declare) | {"__init__": init_of(fields)})


WRONG = {
    "int": "type(value) is not int and not isinstance(value, int)",
    "str": "type(value) is not str and not isinstance(value, str)",
    "Optional": "type(value) is not int and value is not None"
    " and not isinstance(value, int)",
    "list[int]": "not isinstance(value, list) or not all_ints(value)",
    "int >= 0": "type(value) is not int and not isinstance(value, int) or value < 0",
}
PROPERTY = """\
@property
def {name}(self):
    return self._{name}

@{name}.setter
def {name}(self, value):
    if {wrong}:
        raise TypeError(f"{name}: {{value!r}}")
    self._{name} = value

def all_ints(items):
    for item in items:
        if type(item) is not int and not isinstance(item, int):
            return False
    return True
"""


def properties(fields: Fields) -> Any:
    """Slots and a property for each field: as fast as one writes it by hand."""
    members = {
        name: written(
            PROPERTY.format(name=name, wrong=WRONG[kind]).splitlines(keepends=True)
        )[name]
        for name, kind in fields.items()
    }
    slots = tuple(f"_{name}" for name in fields)
    return build((), members | {"__slots__": slots, "__init__": init_of(fields)})


# -- the library --------------------------------------------------------------


def with_metaclass(fields: Fields) -> Any:
    return annotated(fields, Ge(0), metaclass=ValidatorMeta)


def with_metaclass_and_slots(fields: Fields) -> Any:
    return annotated(fields, Ge(0), metaclass=ValidatorMeta, slots=True)


def with_mixin(fields: Fields) -> Any:
    return annotated(fields, Ge(0), ValidatorMixin)


def with_decorator(fields: Fields) -> Any:
    return validated(annotated(fields, Ge(0)))


# -- peers in Python ----------------------------------------------------------


def with_attrs(fields: Fields) -> Any:
    from attrs import define, field
    from attrs.validators import deep_iterable, ge, instance_of, optional

    is_int = instance_of(int)
    declare = {
        "int": lambda: field(validator=is_int),
        "str": lambda: field(validator=instance_of(str)),
        "Optional": lambda: field(validator=optional(is_int)),
        "list[int]": lambda: field(validator=deep_iterable(is_int, instance_of(list))),
        "int >= 0": lambda: field(validator=[is_int, ge(0)]),
    }
    return define(build((), assigned(fields, declare)))


def with_traitlets(fields: Fields) -> Any:
    from traitlets import HasTraits, Int, List, Unicode

    declare = {
        "int": Int,
        "str": Unicode,
        "Optional": lambda: Int(allow_none=True),
        "list[int]": lambda: List(Int()),
        "int >= 0": lambda: Int(min=0),
    }
    return build((HasTraits,), assigned(fields, declare))


def with_param(fields: Fields) -> Any:
    from param import Integer, List, Parameterized, String

    declare = {
        "int": Integer,
        "str": String,
        "Optional": lambda: Integer(allow_None=True),
        "list[int]": lambda: List(item_type=int),
        "int >= 0": lambda: Integer(bounds=(0, None)),
    }
    return build((Parameterized,), assigned(fields, declare))


def with_beartype(fields: Fields) -> Any:
    from beartype import BeartypeConf, beartype
    from beartype.vale import Is

    checked = beartype(conf=BeartypeConf(is_pep557_fields=True))
    bound = Is[lambda value: value >= 0]
    return checked(dataclasses.dataclass(annotated(fields, bound)))


def with_typeguard(fields: Fields) -> Any:
    from typeguard import typechecked

    hints = {"Optional": "int | None", "int >= 0": "int"}
    declared = {name: hints.get(kind, kind) for name, kind in fields.items()}
    return build((), {"__init__": typechecked(init_of(declared, hints=True))})


# -- peers in C and Rust ------------------------------------------------------


def with_pydantic(fields: Fields) -> Any:
    from pydantic import BaseModel, ConfigDict, Field

    class Base(BaseModel):
        model_config = ConfigDict(validate_assignment=True, strict=True)

    return annotated(fields, Field(ge=0), Base)


def with_traits(fields: Fields) -> Any:
    from traits.api import HasTraits, Int, List, Range, Str, Union

    declare = {
        "int": Int,
        "str": Str,
        "Optional": lambda: Union(None, Int()),
        "list[int]": lambda: List(Int()),
        "int >= 0": lambda: Range(low=0),
    }
    return build((HasTraits,), assigned(fields, declare))


def with_atom(fields: Fields) -> Any:
    from atom.api import Atom, Int, List, Range, Str, Typed

    declare = {
        "int": Int,
        "str": Str,
        "Optional": lambda: Typed(int),
        "list[int]": lambda: List(Int()),
        "int >= 0": lambda: Range(low=0),
    }
    return build((Atom,), assigned(fields, declare))


def with_msgspec(fields: Fields) -> Any:
    from msgspec import Meta, Struct

    return annotated(fields, Meta(ge=0), Struct)


# -- what they do not check ---------------------------------------------------


def refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except Exception:
        return True
    return False


def unchecked_when_set(model: Any, fields: Fields) -> Iterator[str]:
    instance = model(**values(fields))
    for name, kind in fields.items():
        if not refused(lambda: setattr(instance, name, BAD[kind])):  # noqa: B023
            yield kind


def unchecked_when_made(model: Any, fields: Fields) -> Iterator[str]:
    good = values(fields)
    for name, kind in fields.items():
        if not refused(lambda: model(**good | {name: BAD[kind]})):  # noqa: B023
            yield kind
