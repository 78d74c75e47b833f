"""One ``__init__`` for all fields of a validated class: it checks, then stores."""

from __future__ import annotations

from dataclasses import MISSING
from typing import TYPE_CHECKING, Any

from ..._classes import set_attribute
from ...errors import ClassDefinitionError, FieldValueError
from . import _codegen
from ._accessors import arm
from ._descriptors import is_converted, sets_its_own_way
from ._hints import text_of
from ._names import annotate
from ._schema import restore_fields, schema_of
from ._specs import in_c

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._schema import FirstUse, Schema
    from ._specs import FieldSpec


class _StandIn:
    """What a signature shows for a default that it cannot, or must not, show."""

    def __init__(self, name: str) -> None:
        self.name: str = name

    def __repr__(self) -> str:
        return f"<{self.name.lower()}>"

    def __reduce__(self) -> str:
        return self.name


FACTORY = _StandIn("FACTORY")
SECRET = _StandIn("SECRET")


def constructor_of(cls: type, *, replaced: FirstUse | None) -> Any:
    """
    Return the constructor of a class.

    It is put in place of what is `replaced`, once all its names are known.
    """
    schema = schema_of(cls)
    assert schema is not None
    function, made_for = schema.init
    if function is not None and made_for is cls.__setattr__ and replaced is None:
        return function
    restore_fields(vars(cls).get("__dataclass_fields__"), schema)
    complete(schema)
    arm(cls, schema)
    function = constructor(cls, schema)
    schema.init = function, cls.__setattr__
    if replaced is not None and not any(
        spec.rule.pending for spec in schema.fields.values()
    ):
        for spec in schema.fields.values():
            spec.scope.frames = ()
        replaced.successor = function
        set_attribute(cls, "__init__", function)
    return function


def complete(schema: Schema) -> None:
    """Look up the names that meant nothing when the class was made."""
    for spec in schema.fields.values():
        if spec.rule.pending:
            rule = spec.make_rule()
            # Another thread may have known more, and dropped the frames since.
            if not rule.pending:
                spec.rule = rule
                schema.accessors.pop(spec.name, None)


def constructor_fields(specs: Iterable[FieldSpec]) -> list[FieldSpec]:
    """Those that are parameters, positional ones first."""
    specs = [spec for spec in specs if spec.field.init]
    return sorted(specs, key=lambda spec: spec.field.kw_only is True)


def has_default(spec: FieldSpec) -> bool:
    return given_default(spec) is not MISSING


def refuse_order(cls: type, specs: Iterable[FieldSpec]) -> None:
    """Refuse what no parameter list can be: a default, then a field without one."""
    seen = None
    for spec in constructor_fields(specs):
        if spec.field.kw_only is True:
            return
        if has_default(spec):
            seen = spec
        elif seen is not None:
            raise ClassDefinitionError(
                f"{text_of(cls)}: non-default argument {spec.name!r} follows default"
                f" argument {seen.name!r}; give it a default, or kw_only=True"
            )


def constructor(cls: type, schema: Schema) -> Any:
    """Write the ``__init__`` that takes, checks and then stores all fields."""
    specs = schema.fields
    frozen = cls.__dataclass_params__.frozen  # type: ignore[attr-defined]
    public = (schema.hooked and not frozen) or schema.careful
    direct = cls.__setattr__ is in_c(cls, "__setattr__")

    prefix = "_v"
    while any(name.startswith(prefix) for name in specs):
        prefix += "_"
    writer = _codegen.Writer(prefix)
    writer.hold_builtins()
    me = f"{prefix}self" if "self" in specs else "self"
    refused = f"{prefix}refused"

    taken = constructor_fields(specs.values())
    positional = [spec for spec in taken if spec.field.kw_only is not True]
    by_keyword = [spec for spec in taken if spec.field.kw_only is True]
    parameters = [me]
    parameters += [spec.name for spec in positional]
    parameters += ["*"] * bool(by_keyword)
    parameters += [spec.name for spec in by_keyword]
    lines = [f"def __init__({', '.join(parameters)}):", f"    {refused} = None"]

    def write_test(spec: FieldSpec) -> None:
        note, name = writer.hold(spec.note), spec.name
        if is_converted(spec.keeper):
            note = writer.hold(spec.note_refusal)
            if sets_its_own_way(spec.keeper):
                attempt = [f"        {writer.hold(spec.keeper.__set__)}({me}, {name})"]
            else:
                admit = writer.hold(spec.keeper.admit)
                attempt = [f"        {name} = {admit}({me}, {name})"]
        else:
            test = writer.expression(spec.rule, name)
            attempt = [
                f"        if not ({test}):",
                f"            {refused} = {note}({refused}, {name})",
            ]
        write_attempt(attempt, note, name)

    def write_attempt(attempt: list[str], note: str, name: str) -> None:
        error = f"{prefix}error"
        held = writer.hold(Exception)
        lines.extend(
            [
                "    try:",
                *attempt,
                f"    except {held} as {error}:",
                f"        {refused} = {note}({refused}, {name}, {error})",
            ]
        )

    def made_default(spec: FieldSpec) -> str:
        if spec.field.default_factory is MISSING:
            return writer.hold(spec.field.default)
        return f"{writer.hold(spec.field.default_factory)}()"

    stored: list[FieldSpec] = []
    for spec in specs.values():
        shown = given_default(spec)
        if not spec.field.init:
            if shown is MISSING:
                continue
            lines.append(f"    {spec.name} = {made_default(spec)}")
        elif shown is not spec.field.default:
            lines.append(f"    if {spec.name} is {writer.hold(shown)}:")
            lines.append(f"        {spec.name} = {made_default(spec)}")
        if spec.init_only or not public:
            write_test(spec)
        if not spec.init_only:
            stored.append(spec)
    if public:
        for spec in stored:
            note = writer.hold(spec.note_refusal)
            write_attempt([f"        {me}.{spec.name} = {spec.name}"], note, spec.name)
    lines.append(f"    if {refused} is not None:")
    lines.append(f"        {writer.hold(refuse_all)}({me}, {refused})")
    if not public:
        store = writer.hold(in_c(cls, "__setattr__"))
        for spec in stored:
            name = spec.name
            if is_converted(spec.keeper):
                if not sets_its_own_way(spec.keeper):  # or it has been set
                    lines.append(f"    {writer.hold(spec.keeper.put)}({me}, {name})")
            elif spec.keeper is not None:
                lines.append(f"    {me}.{name} = {name}")
            elif not direct:
                held = writer.hold(spec.storage)
                lines.append(f"    {store}({me}, {held}, {name})")
            else:
                lines.append(f"    {me}.{spec.storage} = {name}")
    if hasattr(cls, "__post_init__"):
        given = ", ".join(spec.name for spec in specs.values() if spec.init_only)
        lines.append(f"    {me}.__post_init__({given})")

    made: dict[str, Any] = {}
    source = "\n".join(lines)
    exec(
        compile(source, _codegen.FILENAME, "exec"),
        _codegen.scope_of(cls.__module__, writer),
        made,
    )
    function = made["__init__"]
    function.__qualname__ = f"{cls.__qualname__}.__init__"
    function.__defaults__ = tuple(
        given_default(s) for s in positional if has_default(s)
    )
    function.__kwdefaults__ = {
        s.name: given_default(s) for s in by_keyword if has_default(s)
    }
    annotate(function, cls, {spec.name: spec.field.type for spec in taken})
    return function


def given_default(spec: FieldSpec) -> Any:
    """The default in the signature, ``MISSING`` if there is none."""
    if spec.field.default_factory is not MISSING:
        return FACTORY
    default = spec.field.default
    return SECRET if spec.secret and default is not MISSING else default


def refuse_all(obj: object, refused: list[tuple[Any, BaseException | None]]) -> None:
    causes = [cause for _, cause in refused]
    error = FieldValueError(text_of(type(obj)), [failure for failure, _ in refused])
    raise error from (causes[0] if len(causes) == 1 else None)
