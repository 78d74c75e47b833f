"""What a metaclass, a mixin or a decorator means for the classes made with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mypy.nodes import CallExpr, MemberExpr, NameExpr, RefExpr, StrExpr, TypeInfo
from mypy.plugins.common import add_attribute_to_class
from mypy.types import AnyType, TypeOfAny

from ._combinations import (
    adopt_transform,
    metaclass_mro,
    name_of,
    note,
    notes_of,
    reconcile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy.nodes import ClassDef, Expression
    from mypy.plugin import (
        AttributeContext,
        ClassDefContext,
        SemanticAnalyzerPluginInterface,
    )
    from mypy.types import Type

FINAL_META = "metapatterns.patterns.final.FinalMeta"
FINAL_MIXIN = "metapatterns.patterns.final.FinalMixin"
LOGGER_META = "metapatterns.patterns.logger.LoggerMeta"
LOGGER_MIXIN = "metapatterns.patterns.logger.LoggerMixin"
LOGGED = "metapatterns.patterns.logger.logged"
VALIDATOR_META = "metapatterns.patterns.validator.ValidatorMeta"
FINALS = "typing.final", "typing_extensions.final"


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
    if VALIDATOR_META in governors and info.declared_metaclass:
        frozen = defn.keywords.get("frozen")
        notes["frozen"] = frozen is not None and context.api.parse_bool(frozen)
    if governors & {LOGGER_META, LOGGER_MIXIN}:
        options = {
            word.removeprefix("logger_"): value for word, value in defn.keywords.items()
        }
        if LOGGER_META in governors or "attribute" in options:
            add_logger(defn, options, context.api)


# -- final --------------------------------------------------------------------


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


# -- logger -------------------------------------------------------------------


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
    options = {word: value for word, value in options.items() if not is_none(value)}
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


def is_none(expression: Expression) -> bool:
    return isinstance(expression, NameExpr) and expression.name == "None"


def inherits_logger(info: TypeInfo) -> bool:
    return any(note(base, "logger") for base in info.mro[1:])


# -- validator ----------------------------------------------------------------


def is_frozen(node: object) -> bool:
    return isinstance(node, TypeInfo) and bool(note(node, "frozen"))


def refuse_assignment(context: AttributeContext) -> None:
    """PEP 681 calls a class that names its metaclass neither frozen nor not frozen."""
    target = context.context
    if context.is_lvalue and isinstance(target, MemberExpr):
        context.api.fail(f'Field "{target.name}" is frozen', target)
