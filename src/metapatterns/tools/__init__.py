"""
Tools that show what classes are made of; each loads on first use.

``explain`` reads classes and metaclasses, ``record_class_creation`` watches them
being made, ``audit`` looks for mistakes in the classes of whole packages.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._audit._audit import audit
    from ._audit._findings import CODES, AuditReport, Finding
    from ._explain._explain import explain
    from ._explain._explanation import Explanation
    from ._record._record import record_class_creation
    from ._record._recording import ClassRecording, Step

__all__ = [
    "CODES",
    "AuditReport",
    "ClassRecording",
    "Explanation",
    "Finding",
    "Step",
    "audit",
    "explain",
    "record_class_creation",
]

if not TYPE_CHECKING:  # a checker would take `__getattr__` for leave to misspell
    _HOMES = {
        "_audit._audit": "audit",
        "_audit._findings": "CODES AuditReport Finding",
        "_explain._explain": "explain",
        "_explain._explanation": "Explanation",
        "_record._record": "record_class_creation",
        "_record._recording": "ClassRecording Step",
    }
    _HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

    def __getattr__(name):
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = f"{__name__}.{_HOME_OF[name]}"
        value = getattr(__import__(home, fromlist=[name]), name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
