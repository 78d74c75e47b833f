"""
What answers a singleton's calls once it is built: a function of its own.

Most of a call's time goes into packing ``*args`` and ``**kwargs``.  So the
function is given the constructor's own parameters, and compares what it gets
with the first call's arguments, which are constants of its code.
"""

from __future__ import annotations

from ..._values import is_identifier
from ._arguments import agree, constructor_function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

    from ._single import Built

    Answer = Callable[[Built, tuple[Any, ...], dict[str, Any]], Any]

VARIADIC = 0x04 | 0x08  # `inspect.CO_VARARGS | inspect.CO_VARKEYWORDS`


class Missing:
    """Stands for an argument that a call does not give."""


MISSING = Missing()


def acceptor(cls: type, built: Built, answer: Answer, *, strict: bool) -> Any:
    """
    Make the function that calls of `cls` go to.

    It returns the instance for no arguments and for those of the first call,
    object by object; `answer` decides on any others.  If not `strict` they may
    be anything, and nothing is gained by naming them.
    """
    function = constructor_function(cls)
    code = getattr(function, "__code__", None)
    plain = strict and built.call is not None and not hasattr(function, "__wrapped__")
    if plain and takes_nothing(function, code):
        from functools import lru_cache

        # In C, and nothing but the call without arguments is ever kept.
        return lru_cache(maxsize=None)(
            lambda *args, **kwargs: answer(built, args, kwargs)
        )
    if (
        not plain
        or code is None
        or code.co_flags & VARIADIC
        or (first := name_arguments(function, built)) is None
    ):
        instance = built.instance

        def accept(*args: Any, **kwargs: Any) -> Any:
            if args or kwargs:
                return answer(built, args, kwargs)
            return instance

        return accept

    defaults = defaults_of(function)

    def compare(given: dict[str, Any]) -> Any:
        said = {name: given[name] for name in given if given[name] is not MISSING}
        if agree({**defaults, **said}, first):
            return built.instance
        by_position = names_of(code)[: max(code.co_posonlyargcount - 1, 0)]
        args = [said.pop(name) for name in by_position if name in said]
        return answer(built, tuple(args), said)

    return generate(cls.__name__, code, first, built.instance, compare)


def takes_nothing(function: object, code: CodeType | None) -> bool:
    if code is None:
        return function is object
    return not code.co_flags & VARIADIC and not names_of(code)


def names_of(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]


def defaults_of(function: Any) -> dict[str, Any]:
    defaults = function.__defaults__ or ()
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    places = enumerate(defaults, len(names) - len(defaults))
    positional = {names[place]: default for place, default in places}
    return {**positional, **(function.__kwdefaults__ or {})}


def name_arguments(function: Any, built: Built) -> dict[str, Any] | None:
    """Name the first call's; ``None`` where a metaclass made something else of it."""
    assert built.call is not None
    code, args, kwargs = function.__code__, built.call.args, built.call.kwargs
    names = names_of(code)
    if len(args) >= code.co_argcount:
        return None
    given = {names[place]: value for place, value in enumerate(args)}
    if given.keys() & kwargs.keys():
        return None
    if not all(map(is_identifier, names)):
        return None  # the code was made by a program, not by the compiler
    named = {**defaults_of(function), **given, **kwargs}
    if named.keys() != set(names):
        return None
    return {name: named[name] for name in names}


def generate(
    title: str,
    code: CodeType,
    first: dict[str, Any],
    instance: object,
    compare: Callable[[dict[str, Any]], Any],
) -> Any:
    names = tuple(first)
    ours = "_"
    while any(name.startswith(ours) for name in names):
        ours += "_"
    known: dict[str, Any] = {
        f"{ours}{place}": first[name] for place, name in enumerate(names)
    }
    same = " and ".join(f"{name} is {ours}{place}" for place, name in enumerate(names))
    bare = " and ".join(f"{name} is {ours}missing" for name in names)
    parameters = [f"{name}={ours}missing" for name in names]
    if code.co_kwonlyargcount:
        parameters.insert(code.co_argcount - 1, "*")
    if code.co_posonlyargcount > 1:
        parameters.insert(code.co_posonlyargcount - 1, "/")
    known |= {
        f"{ours}missing": MISSING,
        f"{ours}instance": instance,
        f"{ours}compare": compare,
    }
    given = ", ".join(f"{name!r}: {name}" for name in names)
    exec(
        f"def {ours}accept({', '.join(parameters)}):\n"
        f"    if {same} or {bare}:\n"
        f"        return {ours}instance\n"
        f"    return {ours}compare({{{given}}})\n",
        known,
    )
    accept: Any = known[f"{ours}accept"]
    accept.__name__ = title
    # For Python's own complaints, such as "takes from 0 to 2 positional arguments":
    # a place for more arguments would make every call slower.
    accept.__qualname__ = f"the built singleton {title}"
    return accept
