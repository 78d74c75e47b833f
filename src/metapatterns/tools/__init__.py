"""
Tools that show what classes are made of; each loads on first use.

``explain`` reads classes and metaclasses, ``record_class_creation`` watches them
being made, ``audit`` looks for mistakes in the classes of whole packages.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .audit import audit
    from .explain import Explanation, explain
    from .record import ClassRecording, record_class_creation

__all__ = [
    "ClassRecording",
    "Explanation",
    "audit",
    "explain",
    "record_class_creation",
]

if not TYPE_CHECKING:  # a checker would take `__getattr__` for leave to misspell
    _HOME_OF = {
        "ClassRecording": "record",
        "Explanation": "explain",
        "audit": "audit",
        "explain": "explain",
        "record_class_creation": "record",
    }

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = f"{__name__}.{_HOME_OF[name]}"
        value = getattr(__import__(home, fromlist=[name]), name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})

    class Facade(type(sys)):
        """Keeps ``tools.explain`` the function when the module of its name loads."""

        def __setattr__(self, name, value):
            if name not in __all__ or not isinstance(value, type(sys)):
                super().__setattr__(name, value)

    sys.modules[__name__].__class__ = Facade
