"""
Which of the bindings that a class body loses are mistakes.

One set of rules with two readers: :func:`bind_again` while the body runs, who knows
the values, and :func:`refuse_duplicates` afterwards, who knows the last ones.
"""

from __future__ import annotations

import sys

from ...errors import DuplicateNameError
from ._body import CO_OPTIMIZED, Body, body_of
from ._finding import find_body
from ._watching import SET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any, Literal, TypeAlias

    Mode: TypeAlias = Literal["all", "definitions"]
    #: What counts, and the names that may be bound as often as they like.
    Rules: TypeAlias = tuple[Mode, frozenset[str]]

UNKNOWN = object()


def bind_again(
    namespace: Any, name: str, value: object, store: Callable[..., Any], /
) -> None:
    """Bind a name again in a namespace that is being watched, or refuse to."""
    error = refusal(sys._getframe(3), namespace, name, value)
    if error is None:
        store(namespace, name, value)
        return
    if store is not SET:
        # Such a mapping may merge the two, as those for multimethods do.
        from ._holders import hangs_on

        old = namespace[name]
        try:
            store(namespace, name, value)
        except Exception:
            raise error from None
        if hangs_on(old, namespace[name]):
            return
    raise error


def refusal(
    frame: FrameType, namespace: Any, name: str, value: object
) -> DuplicateNameError | None:
    rules = namespace.watch_options
    if rules is None or namespace[name] is None or not isinstance(name, str):
        return None
    owner = class_in(frame, namespace)
    if owner is None:
        return None
    body = body_of(frame.f_code)
    second = body.places[frame.f_lasti]
    overwritten = {
        at: lost
        for at, lost in body.overwritten(name, second).items()
        if not body.is_none(at)
    }
    if True not in overwritten.values():
        return None
    # Several ways may lead here; the old value tells which one was taken.  Where it
    # does not, it was the one that loses nothing.
    first = min(
        overwritten,
        key=lambda at: (doubts(body, at, namespace[name]), overwritten[at]),
    )
    if not overwritten[first]:
        return None
    if is_meant(body, name, first, second, namespace[name], value, rules):
        return None
    function = defined_function(body, first)
    if function is not None:
        from ._holders import is_held

        if is_held(namespace, name, function):
            return None
    duplicate = name, body.line(first), body.line(second)
    return DuplicateNameError(owner, [duplicate], frame.f_code.co_filename)


def doubts(body: Body, at: int, value: object) -> tuple[bool, bool]:
    """Rate how little a value looks like what the binding at a place bound."""
    code = body.definition(at)
    is_it = code is not None and getattr(value, "__code__", None) is code
    return not is_it, (code is not None) != declares(value)


def class_in(frame: FrameType, namespace: Any) -> str | None:
    """Name the class whose body a frame runs, if this is the body's namespace."""
    code = frame.f_code
    if not code.co_flags & CO_OPTIMIZED:
        return code.co_name if frame.f_locals is namespace else None
    from types import new_class

    caller = frame.f_back  # of an `exec_body`
    if caller is None or caller.f_code is not new_class.__code__:
        return None
    return str(caller.f_locals["name"])


def refuse_duplicates(cls: type, rules: Rules, /) -> None:
    """Refuse a class whose body has run, with all its duplicates at once."""
    code = find_body(cls, sys._getframe())
    if code is None:
        return
    duplicates = lost_names(cls, code, rules)
    if duplicates:
        raise DuplicateNameError(cls.__name__, duplicates, code.co_filename)


def lost_names(
    cls: type,
    code: CodeType,
    rules: Rules,
    is_kept: Callable[[CodeType], bool] | None = None,
) -> list[tuple[str, int | None, int | None]]:
    """
    Return the names that a class's body binds twice, with both lines.

    The body's code has run; `is_kept` tells whether a function made from a code
    object is left.
    """
    body = Body(code)
    duplicates: list[tuple[str, int | None, int | None]] = []
    for name, first, second in body.duplicates():
        is_last = body.bindings(name)[-1] in body.copies(second)
        value = vars(cls).get(name, UNKNOWN) if is_last else UNKNOWN
        if is_meant(body, name, first, second, UNKNOWN, value, rules):
            continue
        function = defined_function(body, first)
        if function is not None:
            from ._holders import is_alive

            if is_kept is None:
                kept = is_alive(function, name, code)
            else:
                kept = is_kept(function)
            if kept:
                continue
        duplicates.append((name, body.line(first), body.line(second)))
    return duplicates


# -- the rules ----------------------------------------------------------------


def is_meant(
    body: Body,
    name: str,
    first: int,
    second: int,
    old: object,
    new: object,
    rules: Rules,
) -> bool:
    """Tell whether a lost binding is no mistake; values may be ``UNKNOWN``."""
    mode, allow = rules
    if name in allow or not name.strip("_") or name in body.temporaries():
        return True
    if body.is_none(first) or body.imports_more(first, second):
        return True
    # Of a dunder name, doc or slots are what a class says of itself.
    counted = mode == "definitions" or (name[:2] == "__" == name[-2:])
    if counted and not (counts(body, first, old) and counts(body, second, new)):
        return True
    # Under another name, it is one of the decorators that keep what they are given.
    is_function = defined_function(body, first) is not None
    return is_function and body.is_decorated(first, "overload")


def declares(value: object) -> bool:
    """Tell a function, class, descriptor or declared object from a plain value."""
    kind = type(value)
    return kind.__module__ != "builtins" or callable(value) or hasattr(kind, "__get__")


def counts(body: Body, at: int, value: object) -> bool:
    if value is not UNKNOWN:
        return declares(value)
    return body.definition(at) is not None or not body.is_literal(at)


def defined_function(body: Body, at: int) -> CodeType | None:
    code = body.definition(at)
    return code if code is not None and code.co_flags & CO_OPTIMIZED else None
