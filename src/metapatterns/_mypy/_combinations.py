"""Make the classes that derive from several metaclasses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mypy import errorcodes
from mypy.mro import MroError, calculate_mro
from mypy.nodes import (
    GDEF,
    Block,
    ClassDef,
    Context,
    Expression,
    SymbolTable,
    SymbolTableNode,
    TypeInfo,
)
from mypy.types import AnyType, Instance, TypeOfAny

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy.plugin import SemanticAnalyzerPluginInterface

#: Where the plugin keeps what it knows of a class.
NOTES = "metapatterns"
#: The error code that mypy has for metaclasses, since 1.18.
METACLASS = getattr(errorcodes, "METACLASS", errorcodes.MISC)


class ConflictError(Exception):
    """No class can derive from all the parts."""


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


def adopt_transform(info: TypeInfo) -> None:
    """mypy reads ``dataclass_transform`` from the metaclass itself, not its bases."""
    for base in info.mro[1:]:
        if info.dataclass_transform_spec is None:
            info.dataclass_transform_spec = base.dataclass_transform_spec


# -- combinations that meet ---------------------------------------------------


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


def combined(info: TypeInfo) -> list[str] | None:
    """Return the names of the parts of a combination."""
    parts: list[str] | None = note(info, "parts")
    return parts


# -- what mypy and the plugin know of a class ---------------------------------


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


def note(info: TypeInfo, name: str) -> Any:
    return info.metadata.get(NOTES, {}).get(name)


def notes_of(info: TypeInfo) -> dict[str, Any]:
    return info.metadata.setdefault(NOTES, {})
