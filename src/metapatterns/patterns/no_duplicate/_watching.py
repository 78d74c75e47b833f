"""
Namespaces that tell of a name which is bound again while a class body runs.

A namespace watches once it has a class derived from its own, so that whatever
the framework keeps on it stays where it is, and it gets its own class back when
the body has run.  A mapping of a type in C cannot change its class: there a
watching copy stands in, and the mapping itself is filled at the end.
"""

from __future__ import annotations

from _weakref import ref

from ..._classes import is_immutable
from ..._values import told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any

    from ..._stages import Namespace

    #: Given namespace, name, value and how to store it: store it or raise.
    Rebind = Callable[[Any, str, Any, Callable[..., Any]], None]

#: How a plain namespace binds a name, and for a new one the same, quicker to call.
SET, SET_NEW = vars(dict)["__setitem__"], vars(dict)["setdefault"]

#: By base, for types in C; by base and options, for those that a module made,
#: which nothing here keeps alive.
_stand_ins: dict[type, type[Any]] = {}
_subtypes: dict[tuple[int, Hashable], ref[type[Any]]] = {}


def watch(namespace: Namespace, options: Hashable, rebind: Rebind, /) -> Namespace:
    """
    Return a mapping with the same contents that reports each name bound again.

    `rebind` finds the options as ``namespace.watch_options``, and ``None`` there if
    the body has run.  What can neither change its class nor be copied is returned
    as it is.
    """
    base = type(namespace)
    try:
        # Objects of what a class statement made can change their class.
        if base is not dict and not is_immutable(base):
            namespace.__class__ = subtype(base, options, rebind)
            return namespace
        if (stand_in := _stand_ins.get(base)) is None:
            slots = ("watch_options", "watched")
            stand_in = watching_type(base, rebind, {"__slots__": slots})
            _stand_ins[base] = stand_in
        if base is dict:
            watching = stand_in(namespace)
        else:
            copied = namespace.__reduce_ex__(2)
            watching = stand_in(*copied[1])
            watching.update(namespace)
    except TypeError:
        return namespace
    watching.watch_options = options
    watching.watched = namespace
    return watching  # type: ignore[no-any-return]


def release(namespace: Namespace, /) -> Namespace:
    """Return the mapping that was to be watched, with what the body has bound."""
    kind = type(namespace).__dict__
    if "watched_type" not in kind:
        return namespace
    if "watched" not in kind:
        namespace.__class__ = kind["watched_type"]
        return namespace
    watched: Namespace = told(namespace, "watched")
    namespace.watch_options = None  # type: ignore[attr-defined]
    if watched:
        watched.clear()
    watched.update(namespace)
    return watched


def subtype(base: type, options: Hashable, rebind: Rebind) -> type[Any]:
    key = id(base), options
    known = _subtypes.get(key)
    found = None if known is None else known()
    if found is None:
        body = {"__slots__": (), "watch_options": options}
        found = watching_type(base, rebind, body)
        _subtypes[key] = ref(found, lambda _: _subtypes.pop(key))
    return found


def watching_type(base: Any, rebind: Rebind, body: dict[str, Any]) -> type[Any]:
    store = base.__setitem__
    add = SET_NEW if store is SET else store

    def __setitem__(self: Any, name: str, value: object) -> None:
        if name in self:
            rebind(self, name, value, store)
        else:
            add(self, name, value)

    body |= {"__setitem__": __setitem__, "watched_type": base}
    body |= {"__module__": base.__module__, "__qualname__": base.__qualname__}
    made: type[Any] = type(base)(base.__name__, (base,), body)
    return made
