"""Recognise a class that an unpickler is making, to fill it afterwards."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..._stages import Namespace

#: What a class has without a line in its body.
HOUSEKEEPING = frozenset(
    ("__module__", "__slots__", "__dict__", "__weakref__", "__doc__")
)


def is_skeleton(name: str, namespace: Namespace, /) -> bool:
    """
    Tell whether the class being made is an empty one that is yet to be filled.

    Pickling a class by value cannot hand over the body with the class, because
    the body's functions refer to the class: the class comes first, from
    :func:`types.new_class` with a body that writes ``__module__`` and nothing
    of its own, not even ``__qualname__``, and that comes from another module
    than the one it writes; attributes are set one by one later.
    """
    if not HOUSEKEEPING.issuperset(namespace):
        return False
    new_class = getattr(sys.modules.get("types"), "new_class", None)
    code = getattr(new_class, "__code__", None)
    frame = sys._getframe(1)
    # Ours, and those of sibling metaclasses and hooks, stand in between.
    for _ in range(24):
        if frame.f_code is code and frame.f_locals["name"] == name:
            body = frame.f_locals["exec_body"]
            home = getattr(body, "__module__", None)
            written = frame.f_locals["ns"]
            return (
                body is not None
                and home != namespace.get("__module__")
                and "__qualname__" not in written
            )
        if frame.f_back is None:
            return False
        frame = frame.f_back
    return False
