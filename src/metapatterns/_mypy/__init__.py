"""
What the mypy plugin does; :mod:`metapatterns.mypy_plugin` is the way in.

A combination becomes a class of the module that asks for it, under a name that no
program can write, ``RegistryMeta+ABCMeta``.  Being in the module's symbol table, it
goes through mypy's cache, its daemon and its parallel workers like any class.

``_calls`` reads the calls that ask, ``_combinations`` makes the classes, and
``_consequences`` has what a metaclass means for the classes below it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from mypy.nodes import TypeInfo
from mypy.plugin import (
    AttributeContext,
    ClassDefContext,
    DynamicClassDefContext,
    FunctionContext,
    Plugin,
)

from ._calls import AUTO, COMBINE, assigned, compare_members, computed
from ._combinations import NOTES, metaclass_mro
from ._consequences import LOGGED, decorated, is_frozen, refuse_assignment, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy.types import Type

HookContext = TypeVar("HookContext", ClassDefContext, DynamicClassDefContext)


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

    def get_attribute_hook(
        self, fullname: str
    ) -> Callable[[AttributeContext], Type] | None:
        symbol = self.lookup_fully_qualified(fullname.rpartition(".")[0])
        if symbol is None or not is_frozen(symbol.node) or self.broken:
            return None

        def check(context: AttributeContext) -> Type:
            try:
                refuse_assignment(context)
            except Exception as error:
                self.give_up(error)
            return context.default_attr_type

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
