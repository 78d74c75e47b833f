"""Read the calls that compute a metaclass, and give their result to mypy."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from mypy.nodes import (
    ARG_STAR,
    ARG_STAR2,
    AssignmentStmt,
    CallExpr,
    ClassDef,
    Expression,
    ExpressionStmt,
    NameExpr,
    PlaceholderNode,
    RefExpr,
    Statement,
    SymbolTableNode,
    TypeAlias,
    TypeInfo,
    Var,
)
from mypy.types import AnyType, Instance, get_proper_type

from ._combinations import (
    METACLASS,
    ConflictError,
    arranged,
    combination,
    derived,
    instance_of,
    metaclass_mro,
    name_of,
    notes_of,
)
from ._consequences import settle

if TYPE_CHECKING:
    from mypy.plugin import (
        ClassDefContext,
        DynamicClassDefContext,
        FunctionContext,
        SemanticAnalyzerPluginInterface,
    )

COMBINE = "metapatterns.combine.combine_metaclasses"
AUTO = "metapatterns.combine.auto_metaclass"


class UnclearError(Exception):
    """What the parts are cannot be read from the source."""


class AnyError(UnclearError):
    """A part has type ``Any``."""


def computed(context: ClassDefContext) -> None:
    """Give a class the metaclass that its ``metaclass=`` computes."""
    defn, expression, api = context
    info = defn.info
    # mypy 1.20's new parser leaves it out of the keywords, which mypy has looked at.
    expression.accept(cast("Any", api))
    notes_of(info).pop("unclear", None)
    try:
        parts = parts_of_call(expression, api)
        if refers_to(expression, AUTO):
            parts += [part for base in info.bases for part in metaclass_of(base.type)]
        metaclass = combination(parts, expression, api, metaclass_mro(*info.mro[1:]))
    except AnyError:
        withdraw(defn, api)
        info.declared_metaclass, info.meta_fallback_to_any = None, True
        return
    except UnclearError:
        if is_postponed(api):
            notes_of(info)["unclear"] = True
        return  # else the message that mypy has given stands
    except ConflictError as conflict:
        withdraw(defn, api)
        api.fail(str(conflict), expression, code=METACLASS)
        return
    withdraw(defn, api)
    info.declared_metaclass = instance_of(metaclass) if metaclass else None
    info.metaclass_type = info.calculate_metaclass_type()
    info.meta_fallback_to_any = False
    info.is_enum = info.is_enum or "enum.EnumMeta" in map(name_of, metaclass_mro(info))
    check_with_body(defn, expression)
    settle(context)


def assigned(context: DynamicClassDefContext) -> None:
    """Let the name that a combination is assigned to stand for a class."""
    call, name, api = context
    analyzer: Any = api
    lvalue = lvalue_of(analyzer.statement, name)
    if lvalue is None or not lvalue.is_new_def:
        return  # mypy reports it as another meaning of a name that has one
    present = analyzer.current_symbol_table()[name].node
    node = present
    try:
        made = combination(parts_of_call(call, api), call, api)
        node = made or api.named_type("builtins.type").type
    except UnclearError:
        if not is_postponed(api):
            node = lvalue.node
        elif isinstance(present, PlaceholderNode):
            api.defer()
        else:
            fullname = api.qualified_name(name)
            node = PlaceholderNode(fullname, call, call.line, becomes_typeinfo=True)
    except ConflictError as conflict:
        api.fail(str(conflict), call, code=METACLASS)
        node = lvalue.node
    if node is not present:  # else mypy would take it for progress, and go on for ever
        kind = analyzer.current_symbol_kind()
        symbol = SymbolTableNode(kind, node, plugin_generated=True)
        api.add_symbol_table_node(name, symbol)


def lvalue_of(statement: AssignmentStmt, name: str) -> NameExpr | None:
    names = [it for it in statement.lvalues if isinstance(it, NameExpr)]
    return next((it for it in names if it.name == name), None)


def is_postponed(api: Any) -> bool:
    """Tell whether mypy comes back, because a name here is not ready yet."""
    return bool(api.deferred) and not api.final_iteration


def withdraw(defn: ClassDef, api: Any) -> None:
    """Take back what mypy has said of a metaclass that is not a name."""
    assert defn.metaclass is not None
    said = f'Dynamic metaclass not supported for "{defn.name}"'
    # The interface for plugins has nothing for this.
    errors = api.errors.error_info_map.get(api.errors.file, [])
    errors[:] = [
        error
        for error in errors
        if error.message != said or error.line != defn.metaclass.line
    ]


def check_with_body(defn: ClassDef, expression: Expression) -> None:
    """Have the call type-checked, which mypy does not do where it stands."""
    body = defn.defs.body
    if not any(is_check(statement, expression) for statement in body):
        statement = ExpressionStmt(expression)
        statement.set_line(expression)
        body.append(statement)


def is_check(statement: Statement, expression: Expression) -> bool:
    return isinstance(statement, ExpressionStmt) and statement.expr is expression


def compare_members(context: FunctionContext) -> None:
    """Report members of two parts of which neither can stand for the other."""
    call, checker = context.context, cast("Any", context.api)
    if not isinstance(call, CallExpr):
        return
    with suppress(UnclearError, ConflictError):  # the semantic analysis has said so
        parts = parts_checked(call, checker.scope.active_class())
        if len(parts) > 1:
            made = derived(parts, "combination", "", call)
            checker.check_multiple_inheritance(made)


def parts_checked(call: CallExpr, around: TypeInfo | None) -> list[TypeInfo]:
    """Return what a call combines, which for a class is in its metaclass."""
    body = [] if around is None else around.defn.defs.body
    if around is None or not any(is_check(statement, call) for statement in body):
        return arranged(parts_of_call(call, None))
    metaclass = around.declared_metaclass
    return [base.type for base in metaclass.type.bases] if metaclass else []


# -- parts --------------------------------------------------------------------


def parts_of_call(
    expression: Expression, api: SemanticAnalyzerPluginInterface | None
) -> list[TypeInfo]:
    if not isinstance(expression, CallExpr):
        return []
    if ARG_STAR in expression.arg_kinds or ARG_STAR2 in expression.arg_kinds:
        raise UnclearError
    return [
        part
        for argument, name in zip(expression.args, expression.arg_names, strict=True)
        if name is None
        for part in part_of(argument, api)
    ]


def part_of(
    expression: Expression, api: SemanticAnalyzerPluginInterface | None
) -> list[TypeInfo]:
    """Return the metaclass that an argument stands for; nothing stands for ``type``."""
    if refers_to(expression, COMBINE):
        parts = parts_of_call(expression, api)
        made = combination(parts, expression, api)
        return [made] if made else []
    if refers_to(expression, "builtins.type") and isinstance(expression, CallExpr):
        if len(expression.args) != 1:
            raise UnclearError
        return metaclass_of(class_at(expression.args[0]))
    info = class_at(expression)
    return [info] if info.has_base("builtins.type") else metaclass_of(info)


def refers_to(expression: Expression, fullname: str) -> bool:
    if isinstance(expression, CallExpr):
        expression = expression.callee
    return isinstance(expression, RefExpr) and expression.fullname == fullname


def class_at(expression: Expression) -> TypeInfo:
    node = expression.node if isinstance(expression, RefExpr) else None
    if isinstance(node, TypeAlias):
        target = get_proper_type(node.target)
        node = target.type if isinstance(target, Instance) else node
    if isinstance(node, TypeInfo):
        return node
    if isinstance(node, Var) and isinstance(get_proper_type(node.type), AnyType):
        raise AnyError
    raise UnclearError


def metaclass_of(info: TypeInfo) -> list[TypeInfo]:
    if info.fallback_to_any or info.meta_fallback_to_any:
        raise AnyError
    return [info.metaclass_type.type] if info.metaclass_type else []
