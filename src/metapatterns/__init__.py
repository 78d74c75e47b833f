"""
Class-level patterns: each as a metaclass, a mixin and a decorator.

The names load on first use (PEP 562), so ``import metapatterns`` costs nothing
that is not used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .combine import CombinedMeta, auto_metaclass, combine_metaclasses
    from .errors import (
        ClassDefinitionError,
        DuplicateKeyError,
        DuplicateNameError,
        FieldFailure,
        FieldValueError,
        FinalError,
        KeywordClashError,
        MetaclassConflictError,
        PatternError,
        PluginLoadError,
        SingletonArgumentsError,
        SingletonCycleError,
        UnknownKeyError,
    )
    from .patterns.final import FinalMeta, FinalMixin, final
    from .patterns.logger import LoggerMeta, LoggerMixin, logged
    from .patterns.no_duplicate import NoDuplicateMeta, NoDuplicateMixin, no_duplicates
    from .patterns.registry import (
        Registry,
        RegistryMeta,
        RegistryMixin,
        class_attribute,
        kebab_case,
        registry_of,
        snake_case,
    )
    from .patterns.singleton import (
        SingletonMeta,
        SingletonMixin,
        singleton,
        singleton_instance,
    )
    from .patterns.validator import (
        Checked,
        Converted,
        ValidatorMeta,
        ValidatorMixin,
        assign,
        field,
        validated,
    )
    from .tools import audit, explain, record_class_creation

__all__ = [
    "Checked",
    "ClassDefinitionError",
    "CombinedMeta",
    "Converted",
    "DuplicateKeyError",
    "DuplicateNameError",
    "FieldFailure",
    "FieldValueError",
    "FinalError",
    "FinalMeta",
    "FinalMixin",
    "KeywordClashError",
    "LoggerMeta",
    "LoggerMixin",
    "MetaclassConflictError",
    "NoDuplicateMeta",
    "NoDuplicateMixin",
    "PatternError",
    "PluginLoadError",
    "Registry",
    "RegistryMeta",
    "RegistryMixin",
    "SingletonArgumentsError",
    "SingletonCycleError",
    "SingletonMeta",
    "SingletonMixin",
    "UnknownKeyError",
    "ValidatorMeta",
    "ValidatorMixin",
    "assign",
    "audit",
    "auto_metaclass",
    "class_attribute",
    "combine_metaclasses",
    "explain",
    "field",
    "final",
    "kebab_case",
    "logged",
    "no_duplicates",
    "record_class_creation",
    "registry_of",
    "singleton",
    "singleton_instance",
    "snake_case",
    "validated",
]

if not TYPE_CHECKING:  # a checker would take `__getattr__` for leave to misspell
    _HOMES = {
        "combine": "CombinedMeta auto_metaclass combine_metaclasses",
        "patterns.final": "FinalMeta FinalMixin final",
        "patterns.logger": "LoggerMeta LoggerMixin logged",
        "patterns.no_duplicate": "NoDuplicateMeta NoDuplicateMixin no_duplicates",
        "patterns.registry": (
            "Registry RegistryMeta RegistryMixin class_attribute kebab_case"
            " registry_of snake_case"
        ),
        "patterns.singleton": (
            "SingletonMeta SingletonMixin singleton singleton_instance"
        ),
        "patterns.validator": (
            "Checked Converted ValidatorMeta ValidatorMixin assign field validated"
        ),
        "tools": "audit explain record_class_creation",
    }
    _HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = f"{__name__}.{_HOME_OF.get(name, 'errors')}"
        value = getattr(__import__(home, fromlist=[name]), name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
