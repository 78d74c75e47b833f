"""
What the mypy plugin does; :mod:`metapatterns.mypy_plugin` is the way in.

A combination becomes a class of the module that asks for it, under a name that no
program can write, ``RegistryMeta+ABCMeta``.  Being in the module's symbol table, it
goes through mypy's cache, its daemon and its parallel workers like any class.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar, cast

from mypy import errorcodes
from mypy.mro import MroError, calculate_mro
from mypy.nodes import (
    ARG_STAR,
    ARG_STAR2,
    GDEF,
    Block,
    CallExpr,
    ClassDef,
    Context,
    Expression,
    ExpressionStmt,
    PlaceholderNode,
    RefExpr,
    Statement,
    StrExpr,
    SymbolTable,
    SymbolTableNode,
    TypeAlias,
    TypeInfo,
    Var,
)
from mypy.plugin import (
    ClassDefContext,
    DynamicClassDefContext,
    FunctionContext,
    Plugin,
)
from mypy.plugins.common import add_attribute_to_class
from mypy.server.trigger import make_trigger, make_wildcard_trigger
from mypy.types import AnyType, Instance, Type, TypeOfAny, get_proper_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mypy.plugin import SemanticAnalyzerPluginInterface

HookContext = TypeVar("HookContext", ClassDefContext, DynamicClassDefContext)

COMBINE = "metapatterns.combine.combine_metaclasses"
AUTO = "metapatterns.combine.auto_metaclass"
FINAL_META = "metapatterns.patterns.final.FinalMeta"
FINAL_MIXIN = "metapatterns.patterns.final.FinalMixin"
LOGGER_META = "metapatterns.patterns.logger.LoggerMeta"
LOGGER_MIXIN = "metapatterns.patterns.logger.LoggerMixin"
LOGGED = "metapatterns.patterns.logger.logged"
FINALS = "typing.final", "typing_extensions.final"

#: Where the plugin keeps what it knows of a class.
NOTES = "metapatterns"
#: The error code that mypy has for metaclasses, since 1.18.
METACLASS = getattr(errorcodes, "METACLASS", errorcodes.MISC)


# -- the hooks ----------------------------------------------------------------


class MetapatternsPlugin(Plugin):
    """
    Hooks in where classes are made, and only for classes that concern it.

    mypy calls one plugin's hook for a name, so taking others would hide them.
    """

    broken = False

    def get_dynamic_class_hook(
        self, fullname: str
    ) -> Callable[[DynamicClassDefContext], None] | None:
        return self.careful(assigned) if fullname == COMBINE else None

    def get_metaclass_hook(
        self, fullname: str
    ) -> Callable[[ClassDefContext], None] | None:
        if fullname in (COMBINE, AUTO):
            return self.careful(computed)
        return self.careful(settle) if self.concerns(fullname) else None

    def get_base_class_hook(
        self, fullname: str
    ) -> Callable[[ClassDefContext], None] | None:
        return self.careful(settle) if self.concerns(fullname) else None

    def get_class_decorator_hook(
        self, fullname: str
    ) -> Callable[[ClassDefContext], None] | None:
        return self.careful(decorated) if fullname == LOGGED else None

    def get_function_hook(
        self, fullname: str
    ) -> Callable[[FunctionContext], Type] | None:
        if fullname not in (COMBINE, AUTO) or self.broken:
            return None

        def check(context: FunctionContext) -> Type:
            try:
                compare_members(context)
            except Exception as error:
                self.give_up(error)
            return context.default_return_type

        return check

    def concerns(self, fullname: str) -> bool:
        """Tell whether a class, or the class of it, has to do with this package."""
        symbol = self.lookup_fully_qualified(fullname)
        info = symbol.node if symbol else None
        if not isinstance(info, TypeInfo):
            return False
        classes = [*info.mro, *metaclass_mro(info)]
        return any(
            each.module_name.startswith("metapatterns.") or NOTES in each.metadata
            for each in classes
        )

    def careful(
        self, hook: Callable[[HookContext], None]
    ) -> Callable[[HookContext], None] | None:
        """Keep an error of ours from ending the user's run."""
        if self.broken:
            return None

        def guarded(context: HookContext) -> None:
            try:
                hook(context)
            except Exception as error:
                self.give_up(error)

        return guarded

    def give_up(self, error: Exception) -> None:
        self.broken = True
        sys.stderr.write(
            "metapatterns.mypy_plugin stops here, and mypy goes on without it:"
            f" {type(error).__name__}: {error}\n"
        )


# -- metaclasses that a call returns ------------------------------------------


class UnclearError(Exception):
    """What the parts are cannot be read from the source."""


class AnyError(UnclearError):
    """A part has type ``Any``."""


class ConflictError(Exception):
    """No class can derive from all the parts."""


def computed(context: ClassDefContext) -> None:
    """Give a class the metaclass that its ``metaclass=`` computes."""
    defn, expression, api = context
    info = defn.info
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
    node: TypeInfo | PlaceholderNode
    try:
        made = combination(parts_of_call(call, api), call, api)
        node = made or api.named_type("builtins.type").type
    except UnclearError:
        if not is_postponed(api):
            return
        fullname = api.qualified_name(name)
        node = PlaceholderNode(fullname, call, call.line, becomes_typeinfo=True)
    except ConflictError as conflict:
        api.fail(str(conflict), call, code=METACLASS)
        return
    kind = analyzer.current_symbol_kind()
    api.add_symbol_table_node(name, SymbolTableNode(kind, node, plugin_generated=True))


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
    cls = checker.scope.active_class()
    if cls is not None and any(is_check(part, call) for part in cls.defn.defs.body):
        metaclass = cls.declared_metaclass
        parts = metaclass.type.bases if metaclass is not None else []
        parts = [part.type for part in parts]
    else:
        try:
            parts = arranged(parts_of_call(call, None))
        except UnclearError:
            return
    if len(parts) > 1:
        checker.check_multiple_inheritance(derived(parts, "combination", "", call))


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


def metaclass_mro(*classes: TypeInfo) -> list[TypeInfo]:
    return [
        metaclass
        for info in classes
        if info.metaclass_type is not None
        for metaclass in info.metaclass_type.type.mro
    ]


def name_of(info: TypeInfo) -> str:
    return info.fullname


def instance_of(info: TypeInfo) -> Instance:
    return Instance(info, [AnyType(TypeOfAny.special_form)] * len(info.type_vars))


# -- combinations -------------------------------------------------------------


def combination(
    parts: list[TypeInfo],
    context: Expression,
    api: SemanticAnalyzerPluginInterface | None,
    near: Iterable[TypeInfo] = (),
) -> TypeInfo | None:
    """
    Return the class that derives from all the parts; ``None`` is ``type``.

    Equal parts give one class, as at run time: one that the module, or a base of
    the class (`near`), has already.
    """
    parts = arranged(parts)
    if len(parts) < 2:
        return parts[0] if parts else None
    if api is None:  # the type checker looks, and keeps nothing
        return derived(parts, "combination", "", context)
    made = known(parts, api, near)
    if made is None:
        made = publish(parts, "+".join(part.name for part in parts), context, api)
    elif made.module_name == api.cur_mod_id:
        derive(made, parts)  # they may have other bases by now
    for base in made.mro[1:-1]:
        # The daemon looks for classes in the module's tree, where this one is not.
        changed = make_wildcard_trigger(base.fullname)
        api.add_plugin_dependency(changed, make_trigger(made.fullname))
    return made


def known(
    parts: list[TypeInfo],
    api: SemanticAnalyzerPluginInterface,
    near: Iterable[TypeInfo],
) -> TypeInfo | None:
    symbols = api.modules[api.cur_mod_id].names.values()
    for info in (*near, *(symbol.node for symbol in symbols)):
        if isinstance(info, TypeInfo) and combined(info) == list(map(name_of, parts)):
            return info
    return None


def publish(
    parts: list[TypeInfo],
    name: str,
    context: Context,
    api: SemanticAnalyzerPluginInterface,
) -> TypeInfo:
    names = api.modules[api.cur_mod_id].names
    while name in names:
        name += "+"
    made = derived(parts, name, api.cur_mod_id, context)
    names[name] = SymbolTableNode(
        GDEF, made, module_public=False, module_hidden=True, plugin_generated=True
    )
    return made


def arranged(parts: list[TypeInfo]) -> list[TypeInfo]:
    """Drop ``type``, repeated parts, and parts that another part derives from."""
    parts = list(dict.fromkeys(parts))
    return [
        part
        for part in parts
        if part.fullname != "builtins.type"
        and not any(other is not part and part in other.mro for other in parts)
    ]


def derived(
    parts: list[TypeInfo], name: str, module: str, context: Context
) -> TypeInfo:
    defn = ClassDef(name, Block([]))
    defn.fullname = f"{module}.{name}"
    info = TypeInfo(SymbolTable(), defn, module)
    defn.info = info
    info.set_line(context)
    defn.set_line(context)
    info.metadata[NOTES] = {"parts": list(map(name_of, parts))}
    derive(info, parts)
    return info


def derive(info: TypeInfo, parts: list[TypeInfo]) -> None:
    info.bases = list(map(instance_of, parts))
    info.mro = []
    names = " and ".join(f'"{part.name}"' for part in parts)
    try:
        calculate_mro(info)
    except MroError:
        raise ConflictError(
            f"No metaclass can derive from {names}: their own bases come in orders"
            " that disagree"
        ) from None
    info.metaclass_type = info.calculate_metaclass_type()
    if info.metaclass_type is None and metaclass_mro(*parts):
        raise ConflictError(f"No metaclass can derive from {names}: theirs conflict")
    adopt_transform(info)


def combined(info: TypeInfo) -> list[str] | None:
    """Return the names of the parts of a combination."""
    parts: list[str] | None = note(info, "parts")
    return parts


def adopt_transform(info: TypeInfo) -> None:
    """mypy reads ``dataclass_transform`` from the metaclass itself, not its bases."""
    for base in info.mro[1:]:
        if info.dataclass_transform_spec is None:
            info.dataclass_transform_spec = base.dataclass_transform_spec


# -- what follows from a metaclass --------------------------------------------


def settle(context: ClassDefContext) -> None:
    """Give a class what its metaclass, or a mixin, means for type checkers."""
    defn = context.cls
    info = defn.info
    if info.has_base("builtins.type"):
        adopt_transform(info)
        return
    notes = notes_of(info)
    notes["waits"] = not context.api.final_iteration and any(
        note(base, "waits") or note(base, "unclear") for base in info.mro[1:]
    )
    if notes["waits"]:
        context.api.defer()
    if notes["waits"] or "unclear" in notes:
        return
    reconcile(info, context.api)
    governors = set(map(name_of, (*info.mro[1:], *metaclass_mro(info))))
    if governors & {FINAL_META, FINAL_MIXIN}:
        make_final(defn, context.api)
    if governors & {LOGGER_META, LOGGER_MIXIN}:
        options = {
            word.removeprefix("logger_"): value for word, value in defn.keywords.items()
        }
        if LOGGER_META in governors or "attribute" in options:
            add_logger(defn, options, context.api)


def reconcile(info: TypeInfo, api: SemanticAnalyzerPluginInterface) -> None:
    """Let equal combinations, made in two modules, be one, as at run time."""
    declared = [base.declared_metaclass for base in info.mro]
    parts = arranged([metaclass.type for metaclass in declared if metaclass])
    winner = next(
        (part for part in parts if all(covers(part, other) for other in parts)), None
    )
    if info.metaclass_type is not None or winner is None:
        return
    names = api.modules[api.cur_mod_id].names
    joins = list(map(name_of, parts))
    for symbol in names.values():
        if isinstance(symbol.node, TypeInfo) and note(symbol.node, "joins") == joins:
            joined = symbol.node
            break
    else:
        joined = publish(parts, winner.name, info, api)
        notes_of(joined).update(parts=combined(winner), joins=joins)
    info.declared_metaclass = instance_of(joined)
    info.metaclass_type = info.calculate_metaclass_type()


def covers(info: TypeInfo, other: TypeInfo) -> bool:
    parts = combined(other)
    return info.has_base(other.fullname) or (
        parts is not None and parts in map(combined, info.mro)
    )


def make_final(defn: ClassDef, api: SemanticAnalyzerPluginInterface) -> None:
    info = defn.info
    if "final" in defn.keywords:
        value = defn.keywords["final"]
        mode = value.value if isinstance(value, StrExpr) else api.parse_bool(value)
    else:
        inherited = (note(base, "final") for base in info.mro[1:])
        known = next((mode for mode in inherited if mode is not None), None)
        mode = "methods" if known == "methods" else True
    notes_of(info)["final"] = mode
    marked = any(
        isinstance(decorator, RefExpr) and decorator.fullname in FINALS
        for decorator in defn.decorators
    )
    info.is_final = marked or mode is True


def decorated(context: ClassDefContext) -> None:
    defn, decorator, api = context
    options = {}
    if isinstance(decorator, CallExpr):
        options = dict(zip(decorator.arg_names, decorator.args, strict=True))
    add_logger(defn, options, api)


def add_logger(
    defn: ClassDef,
    options: Mapping[Any, Expression],
    api: SemanticAnalyzerPluginInterface,
) -> None:
    """Add the attribute with the logger, unless the class or a base has it."""
    given = options.get("attribute", StrExpr("logger"))
    logger: Type | None = api.named_type_or_none("logging.Logger")
    if "factory" in options or logger is None:
        logger = AnyType(TypeOfAny.special_form)
    if not isinstance(given, StrExpr) or (
        "attribute" not in options and inherits_logger(defn.info)
    ):
        return
    name = given.value
    if all(name not in base.names for base in defn.info.mro):
        add_attribute_to_class(api, defn, name, logger, is_classvar=True)
        notes_of(defn.info)["logger"] = name


def inherits_logger(info: TypeInfo) -> bool:
    return any(note(base, "logger") for base in info.mro[1:])


def note(info: TypeInfo, name: str) -> Any:
    return info.metadata.get(NOTES, {}).get(name)


def notes_of(info: TypeInfo) -> dict[str, Any]:
    return info.metadata.setdefault(NOTES, {})
