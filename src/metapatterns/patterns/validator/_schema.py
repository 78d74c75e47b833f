"""
What a validated class knows about its fields, and how it is made to check them.

The standard library's :mod:`dataclasses` makes the class a dataclass; before and
after it, this module declares the fields as it wants them and puts accessors
where it leaves defaults.  The table here is the one that counts: ``@dataclass``
put on top of a validated class reads an accessor as the field's default.
"""

from __future__ import annotations

import copy
import dataclasses
from dataclasses import MISSING
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

from ..._classes import set_attribute
from ..._hooks import ClassNamespace
from ...errors import ClassDefinitionError
from . import _codegen
from ._accessors import arm
from ._defaults import (
    bare_defaults,
    inherited_fields,
    overridden,
    own_keepers,
    prepare_defaults,
    refuse_bad_defaults,
    refuse_unannotated,
)
from ._descriptors import is_converted
from ._fields import DeclaredField, default_of, storage_of
from ._freezing import freeze, refuse_mixture
from ._hints import text_of
from ._names import Scope, annotations_of
from ._specs import SLOT, FieldSpec, Options, in_c, is_classvar, refuse_bad_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._stages import Namespace


class FirstUse:
    """
    Stands for the ``__init__`` of one class until the first instance is made.

    Only then is it known whether the class has a ``__setattr__``, since
    ``@dataclass(frozen=True)`` may be put on top, and what the names in
    annotations mean.
    """

    #: What took its place while another thread was on its way here.
    successor: Any = None

    def __get__(self, obj: object, owner: type | None = None) -> Any:
        from ._construct import constructor_of

        cls = type(obj) if owner is None else owner
        holder = self._holder(cls)
        # Who only looks may be `@dataclass`, about to change or copy the class.
        keep = holder is not None and obj is not None
        if holder is None and isinstance(obj, type):
            holder = self._holder(obj)  # `inspect` on 3.13 binds to the class
        if holder is not None:
            function = constructor_of(holder, replaced=self if keep else None)
        elif self.successor is not None:
            function = self.successor
        else:
            raise AttributeError("__init__")
        return function if obj is None else function.__get__(obj)

    def _holder(self, cls: type) -> type | None:
        for base in cls.__mro__:
            member = vars(base).get("__init__")
            while member is not None:
                if member is self:
                    return base
                # Another pattern may stand before it; a mock has everything.
                held = getattr(member, "__dict__", {})
                member = held.get("_metapatterns_original")
        return None


class Schema:
    """
    The state of a validated class.

    Attributes:
        options: The class keywords in force.
        idle: Nothing of the class is checked: it is a protocol, or a framework's.
        owner: The class that the rest is about; another one where the class came
            finished, as a copy or out of a pickle; ``None`` while it is being made.
        fields: The fields, init-only ones included, in dataclass order.
        accessors: The properties that this class or a base of it uses, each with
            whether it stores directly.
        init: The constructor that was made, if one was, and for which
            ``__setattr__``.
        class_values: What was assigned to a field's name on the class.
        careful: A subclass has a ``__setattr__`` that this class's ``__init__``
            meets through ``super()``.
        hooked: The class has a ``__setattr__`` of its author's; one that was put
            on top later, as by a frozen dataclass, is for others.
        quiet: Nothing is to be said of annotations that are not checked.
        at_home: The names in an instance's state that belong where Python puts them;
            ``None`` before a state was asked for.
    """

    def __init__(
        self, options: Options, *, idle: bool = False, owner: type | None = None
    ) -> None:
        self.options: Options = options
        self.idle: bool = idle
        self.owner: type | None = owner
        self.fields: dict[str, FieldSpec] = {}
        self.accessors: dict[str, tuple[property, bool]] = {}
        self.init: tuple[Any, Any] = (None, None)
        self.class_values: dict[str, Any] = {}
        self.careful = False
        self.hooked: bool | None = None
        self.quiet = False
        self.at_home: frozenset[str] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return arrived, (self.options, self.idle)

    def own(self, cls: type) -> None:
        self.owner = cls
        if self.hooked is None:
            self.hooked = cls.__setattr__ is not in_c(cls, "__setattr__")


def arrived(options: Options, idle: bool) -> Schema:
    """Return the schema of a class out of a pickle, where it was another one."""
    return Schema(options, idle=idle, owner=object)


def schema_of(cls: type) -> Schema | None:
    """Return the class's own schema, complete; ``None`` if it has none by now."""
    schema: Schema | None = vars(cls).get(SLOT)
    if schema is None or schema.idle or schema.owner is cls:
        return schema
    if schema.owner is None:
        return None
    constructed = is_generated_init(vars(cls).get("__init__"))
    schema = rebuild(schema, ClassNamespace(cls))
    set_attribute(cls, SLOT, schema)
    adopt(cls, schema)
    if constructed:
        set_attribute(cls, "__init__", FirstUse())
    return schema


def schemas_behind(cls: type) -> Iterator[tuple[type, Schema]]:
    """The schemas of the classes that `cls` derives from, in the order of the MRO."""
    for base in cls.__mro__[1:]:
        schema = schema_of(base)
        if schema is not None:
            yield base, schema


# -- declaring ----------------------------------------------------------------


def declare(cls: type, schema: Schema) -> None:
    """Make the class a dataclass whose fields are checked."""
    schema.own(cls)
    annotations = annotations_of(cls)
    for base, base_schema in schemas_behind(cls):
        restore_fields(vars(base).get("__dataclass_fields__"), base_schema)
    inherited = inherited_fields(cls)
    scope = Scope(cls, hidden=inherited.keys() | annotations.keys())
    for name in (*annotations, *(field.name for field in inherited.values())):
        refuse_bad_name(cls, name)  # before `dataclasses` writes code with it
    refuse_unannotated(cls, annotations)
    keepers = own_keepers(cls, annotations)
    bare = bare_defaults(cls)
    prepare_defaults(cls, inherited, annotations, keepers)
    overrides = overridden(cls, inherited, annotations)
    make_dataclass(cls, schema.options)
    for name, keeper in keepers.items():
        set_attribute(cls, name, keeper)
    fields: dict[str, dataclasses.Field[Any]] = vars(cls)["__dataclass_fields__"]
    for name, value in overrides.items():
        fields[name] = override = copy.copy(inherited[name])
        override.default = override.default_factory = MISSING
        for option, default in default_of(value).items():
            setattr(override, option, default)
    specify(cls, schema, scope, annotations, bare)
    arm(cls, schema)


def make_dataclass(cls: type, options: Options) -> None:
    refuse_mixture(cls, options.frozen)
    # `dataclasses` would write a docstring, from a signature that is not there yet.
    doc = vars(cls).get("__doc__")
    set_attribute(cls, "__doc__", "-")
    try:
        dataclasses.dataclass(
            cls,
            init=False,
            frozen=options.frozen,
            kw_only=options.kw_only,
            order=options.order,
        )
    except TypeError as error:
        raise ClassDefinitionError(f"{text_of(cls)}: {error}") from error
    finally:
        set_attribute(cls, "__doc__", doc)
    vars(cls)["__dataclass_params__"].init = True
    if options.frozen:
        freeze(cls)


def adopt(cls: type[Any], schema: Schema) -> None:
    """Check the fields of a class that is a dataclass already."""
    schema.own(cls)
    for base, base_schema in schemas_behind(cls):
        restore_fields(vars(base).get("__dataclass_fields__"), base_schema)
    scope = Scope(cls, hidden=cls.__dataclass_fields__)
    specify(cls, schema, scope, annotations_of(cls), set())
    arm(cls, schema)


def specify(
    cls: type[Any],
    schema: Schema,
    scope: Scope,
    annotations: dict[str, Any],
    bare: set[str],
) -> None:
    """Fill the table: bases' specifications for bases' fields, new ones for the rest."""
    known = {
        id(spec.field): spec
        for _, base_schema in schemas_behind(cls)
        for spec in base_schema.fields.values()
    }
    fields: dict[str, dataclasses.Field[Any]] = cls.__dataclass_fields__
    specs: dict[str, FieldSpec] = {}
    new: list[FieldSpec] = []
    for name, field in fields.items():
        if is_classvar(field):
            continue
        if storage_of(name) in fields:
            raise ClassDefinitionError(
                f"{text_of(cls)}: the field {storage_of(name)!r} has the name under"
                f" which the value of {name!r} is kept; rename one of them"
            )
        spec = known.get(id(field))
        if spec is None:
            own = name in annotations
            where = scope if own else Scope(declarer(cls, name), hidden=fields)
            spec = FieldSpec(as_declared(field), where, schema.options)
            new.append(spec)
        specs[name] = spec
    if not any(spec.rule.pending for spec in specs.values()):
        scope.frames = ()
    refuse_bad_defaults(cls, new, bare)
    schema.fields = specs


def as_declared(field: dataclasses.Field[Any]) -> dataclasses.Field[Any]:
    """Undo what a plain ``@dataclass`` read from a descriptor of ours: no default."""
    keeper: Any = field.default
    if not is_converted(keeper):
        return field
    own = keeper.field
    meant = DeclaredField.extending(field, descriptor=keeper, secret=own.secret)
    meant.default, meant.default_factory = own.default, own.default_factory
    return meant


def declarer(cls: type, name: str) -> type:
    """The class whose annotation an inherited field has."""
    return next((base for base in cls.__mro__ if name in annotations_of(base)), cls)


# -- classes that are built a second time -------------------------------------


def restore_fields(fields: dict[str, Any] | None, schema: Schema) -> None:
    """Undo what ``@dataclass`` on top of a class read from its accessors."""
    if fields is None:
        return
    for name, spec in schema.fields.items():
        theirs = fields.get(name, spec.field)
        if theirs.kw_only is True:
            spec.field.kw_only = True
        accessor = schema.accessors.get(name, (spec.keeper,))[0]
        if theirs.default is accessor:
            fields[name] = spec.field


def rebuild(old: Schema, namespace: Namespace) -> Schema:
    """Start the schema of a copied class; remove what was made for the first one."""
    fields = namespace.get("__dataclass_fields__", {})
    restore_fields(fields, old)
    for field in fields.values():
        for name in ("default", "default_factory"):
            if isinstance(getattr(field, name), type(MISSING)):
                setattr(field, name, MISSING)  # a class pickled by value has another
    if is_generated_init(namespace.get("__init__")):
        del namespace["__init__"]
    for name in old.accessors:
        if isinstance(namespace.get(storage_of(name)), MemberDescriptorType):
            del namespace[storage_of(name)]
    schema = Schema(old.options)
    schema.hooked = old.hooked
    return schema


def is_generated_init(function: object) -> bool:
    """Tell a constructor that this package made, or stands ready to make."""
    code = getattr(function, "__code__", None)
    if code is None:
        return isinstance(function, FirstUse)
    return bool(code.co_filename == _codegen.FILENAME)
