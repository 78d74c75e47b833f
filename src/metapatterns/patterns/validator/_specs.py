"""One field of a validated class: its rule, and where its values are kept."""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING
from types import CodeType
from typing import (
    TYPE_CHECKING,
    Any,
    ForwardRef,
    NamedTuple,
    NoReturn,
    get_args,
    get_origin,
)

from ..._values import is_identifier, shorten, told
from ...errors import ClassDefinitionError, FieldValueError
from ._codegen import RefusedError
from ._culprits import refused_part
from ._descriptors import Checked, Converted, is_converted
from ._fields import (
    CopyOf,
    complaint,
    is_data_descriptor,
    missing_attribute,
    name_of,
    refusal,
    storage_of,
)
from ._hints import UnsupportedHintError, brief, late, rule_for, text_of, unreadable
from ._rules import ANYTHING, Rule, called, once, passing

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...errors import FieldFailure
    from ._names import Scope


#: Where a class keeps the state of this pattern.
SLOT = "_abc_metapatterns_validator"
INITVAR = dataclasses._FIELD_INITVAR  # type: ignore[attr-defined]
CLASSVAR = dataclasses._FIELD_CLASSVAR  # type: ignore[attr-defined]


class Options(NamedTuple):
    """The class keywords, as they hold for one class."""

    frozen: bool = False
    kw_only: bool = False
    order: bool = False
    slots: bool = False
    strict: bool = False
    checker: Callable[[Any, Any], object] | None = None


class FieldSpec:
    """One field of a validated class, as the class that declares it means it."""

    def __init__(
        self, field: dataclasses.Field[Any], scope: Scope, options: Options
    ) -> None:
        refuse_bad_name(scope.owner, field.name)
        self.field: dataclasses.Field[Any] = field
        self.name = field.name
        self.storage = storage_of(field.name)
        self.scope: Scope = scope
        self.options: Options = options
        self.check = getattr(field, "check", None)
        self.secret = told(field, "secret") is True
        #: The user's own descriptor or property, which keeps the value.
        self.keeper: Any = getattr(field, "descriptor", None)
        #: What the annotation says of values; text, while that means nothing yet.
        self.hint: Any = None
        self.rule = self.make_rule(early=True)

    @property
    def strict(self) -> bool:
        strict: bool | None = getattr(self.field, "strict", None)
        return self.options.strict if strict is None else strict

    @property
    def init_only(self) -> bool:
        return self.field._field_type is INITVAR  # type: ignore[attr-defined]

    @once
    def settled(self) -> Callable[[Any], bool]:
        return self.make_rule().accepts

    def accepts_by_now(self, value: object) -> bool:
        """Test a value by what the annotation means to the first one."""
        return self.settled(value)

    def make_rule(self, *, early: bool = False) -> Rule:
        if is_converted(self.keeper):
            return ANYTHING
        try:
            rule = self._rule_of_hint()
        except UnsupportedHintError as error:
            if self.check is None:
                raise ClassDefinitionError(
                    f"{text_of(self.scope.owner)}.{self.name}: no test is known for"
                    f" {error}; give field(check=...), or a checker for the whole"
                    " class: with validator_checker=..., or with"
                    " @validated(checker=...)"
                ) from None
            rule = ANYTHING
        if self.check is None:
            return rule
        if rule.pending and early:
            return called(self.accepts_by_now, pending=True)
        return passing(ANYTHING if rule.pending else rule, self.check)

    def _rule_of_hint(self) -> Rule:
        hint = self.hint = without_init_var(self.field.type)
        strict = self.strict
        try:
            hint = self.hint = self._meaning_of(hint)
        except (NameError, AttributeError):
            return late(hint, self.scope, strict)
        except Exception as error:
            raise unreadable(hint, error) from None
        origin = get_origin(hint)
        if isinstance(origin, type) and issubclass(origin, Converted):
            if not issubclass(origin, Checked):
                raise UnsupportedHintError(f"{text_of(hint)} without a Converted(...)")
            hint = get_args(hint)[0]
        if self.options.checker is not None:
            return Rule("{0}({v}, {1})", (self.options.checker, hint))
        return rule_for(hint, self.scope, strict)

    def _meaning_of(self, hint: Any) -> Any:
        if not isinstance(hint, (str, ForwardRef)):
            return hint
        return self._meaning_of(without_init_var(self.scope.evaluate(hint)))

    @property
    def expected(self) -> str:
        text = brief(without_init_var(self.field.type))
        return (
            text if self.check is None else f"{text} that {name_of(self.check)} accepts"
        )

    @property
    def default(self) -> Any:
        """The value where none is given, a copy of a mutable one; or ``MISSING``."""
        factory = self.field.default_factory
        return factory() if type(factory) is CopyOf else self.field.default

    def refuse(
        self, obj: object, value: object, error: Exception | None = None
    ) -> NoReturn:
        if isinstance(error, RefusedError):
            error = None
        elif isinstance(error, ClassDefinitionError):
            raise error
        raise refusal(obj, self.failure(value, error), self.secret, error)

    def refuse_or_default(self, obj: object, value: object, error: Exception) -> None:
        """Refuse a value, unless it says that there is none."""
        # A plain `@dataclass` that declares the field again, below a class of ours,
        # takes the accessor that it finds for the default.
        if found(type(obj), self.name)[1] is not value:
            self.refuse(obj, value, error)
        given = self.default
        if given is MISSING:
            raise TypeError(f"{text_of(type(obj))}: missing argument {self.name!r}")
        self.put(obj, self.admit(obj, given))

    def failure(self, value: object, error: Exception | None = None) -> FieldFailure:
        part = ""
        if self.options.checker is None and not self.secret:
            part = refused_part(self.hint, value, self.scope, self.strict)
        return complaint(self.name, self.expected, value, self.secret, error, part)

    def note(
        self,
        refused: list[tuple[FieldFailure, BaseException | None]] | None,
        value: object,
        error: Exception | None = None,
    ) -> list[tuple[FieldFailure, BaseException | None]]:
        """Add this field to those that a constructor refuses."""
        if isinstance(error, ClassDefinitionError):
            raise error
        noted = self.failure(value, error), None if self.secret else error
        return [*(refused or ()), noted]

    def note_refusal(
        self,
        refused: list[tuple[FieldFailure, BaseException | None]] | None,
        value: object,
        error: Exception,
    ) -> list[tuple[FieldFailure, BaseException | None]]:
        """As `note`, for an error that may have been raised to refuse the field."""
        if not isinstance(error, FieldValueError):
            return self.note(refused, value, error)
        noted = [(failure, error.__cause__) for failure in error.failures]
        return [*(refused or ()), *noted]

    def admit(self, obj: object, value: Any) -> Any:
        """Return what to keep for a value, or refuse it; store nothing."""
        error = None
        try:
            if self.rule.accepts(value):
                return value
        except Exception as raised:
            error = raised
        return self.refuse(obj, value, error)

    def unset(self, obj: Any) -> Any:
        """Answer for an instance that holds no value."""
        bare = self.from_before(obj)
        if bare is not MISSING:
            return bare
        for cls in type(obj).__mro__:
            schema = vars(cls).get(SLOT)
            if schema is None:
                # As in a dataclass, an attribute of a base will do.
                value = vars(cls).get(self.name, MISSING)
                if value is not MISSING and not is_data_descriptor(value):
                    return value
            elif self.name in schema.class_values:
                return schema.class_values[self.name]
            elif self.name in schema.fields:
                spec = schema.fields[self.name]
                default = spec.default
                if type(spec.field.default_factory) is CopyOf:
                    self.put(obj, default)
                if default is not MISSING:
                    return default
        raise missing_attribute(obj, self.name)

    def from_before(self, obj: object) -> Any:
        """
        Move to its place what an object's own dictionary has under the field's name.

        So does one whose state is of when its class was no validated class yet.
        """
        attributes = attributes_of(obj)
        if attributes is None:
            return MISSING
        value = attributes.get(self.name, MISSING)
        if value is not MISSING:
            self.put(obj, value)
            attributes.pop(self.name, None)  # another thread may read it, too
        return value

    def delete(self, obj: Any) -> None:
        if self.held(obj) is MISSING:
            raise missing_attribute(obj, self.name)
        self.drop(obj)

    def held(self, obj: object) -> Any:
        """The value that `obj` holds, or ``MISSING``."""
        if self.keeper is not None:
            return getattr(obj, self.name, MISSING)
        try:
            return in_c(type(obj), "__getattribute__")(obj, self.storage)
        except AttributeError:
            return self.from_before(obj)

    def put(self, obj: object, value: Any) -> None:
        """Store a value that was admitted."""
        if self.keeper is not None:
            setattr(obj, self.name, value)
        else:
            in_c(type(obj), "__setattr__")(obj, self.storage, value)

    def drop(self, obj: object) -> None:
        """Delete the value that is held, and one that it hid."""
        if self.keeper is not None:
            delattr(obj, self.name)
            return
        in_c(type(obj), "__delattr__")(obj, self.storage)
        attributes = attributes_of(obj)
        if attributes is not None:
            attributes.pop(self.name, None)


def attributes_of(obj: object) -> dict[str, Any] | None:
    """An object's own dictionary, if it has one."""
    try:
        return in_c(type(obj), "__getattribute__")(obj, "__dict__")  # type: ignore[no-any-return]
    except AttributeError:
        return None


def refuse_bad_name(cls: type, name: object) -> None:
    """Refuse a name that a class made by a program may have, and code may not."""
    if not is_identifier(name):
        raise ClassDefinitionError(
            f"{text_of(cls)}: {shorten(name)} cannot name a field; take an identifier"
            " that is no keyword, as the interpreter spells it (NFKC)"
        )


def without_init_var(hint: Any) -> Any:
    while issubclass(type(hint), dataclasses.InitVar):
        hint = hint.type
    return hint


def is_classvar(field: dataclasses.Field[Any]) -> bool:
    return field._field_type is CLASSVAR  # type: ignore[attr-defined]


def in_c(cls: type, name: str) -> Any:
    """Find the method that users' ``__setattr__`` and the like come down to."""
    return next(  # `object` has them all
        method
        for base in cls.__mro__
        if (method := vars(base).get(name)) is not None
        and not isinstance(told(method, "__code__"), CodeType)
    )


def found(cls: type, name: str) -> tuple[type | None, Any]:
    """Look an attribute up along the MRO: its class, and what is there."""
    for base in cls.__mro__:
        if name in vars(base):
            return base, vars(base)[name]
    return None, MISSING
