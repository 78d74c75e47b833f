"""Constructor calls: what they say, where they stand, whether two are the same."""

from __future__ import annotations

import sys
from _operator import is_

from ..._values import is_class, told
from ._guards import has_singletons, is_answered_by_metaclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from inspect import Signature
    from types import FrameType
    from typing import Any

PACKAGE = __name__.partition(".")[0]


class NotTakenError(TypeError):
    """The constructor does not take these arguments."""


class Call:
    """A call's arguments and the line that it came from."""

    __slots__ = ("args", "kwargs", "where")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.args: tuple[Any, ...] = args
        self.kwargs: dict[str, Any] = kwargs
        frame = caller()
        self.where: str = f"{frame.f_code.co_filename}:{frame.f_lineno}"

    def same(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        signatures: Callable[[], list[Signature]],
    ) -> bool:
        """
        Tell whether a later call says what this one said.

        Raises:
            NotTakenError: It says what one of `signatures` does not take.
        """
        if (
            len(args) == len(self.args)
            and kwargs.keys() == self.kwargs.keys()
            and all(map(is_, args, self.args))
            and all(value is self.kwargs[name] for name, value in kwargs.items())
        ):
            return True
        try:
            known = signatures()
            first = bind(known, self.args, self.kwargs)
        except Exception:
            # NotTakenError: a metaclass makes something else of each call.
            # Others: there is no signature, or one that `inspect` cannot read.
            return agree(as_given(self.args, self.kwargs), as_given(args, kwargs))
        return agree(first, bind(known, args, kwargs))


def as_given(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[Any, Any]:
    return {**dict(enumerate(args)), **kwargs}


def bind(
    signatures: list[Signature], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[Any, Any]:
    """Name each argument as the first signature does; all have to take them."""
    try:
        bound, *_ = [each.bind(*args, **kwargs) for each in signatures]
    except TypeError as error:
        raise NotTakenError(str(error)) from None
    bound.apply_defaults()
    signature = bound.signature
    named: dict[Any, Any] = {}
    for name, value in bound.arguments.items():
        kind = signature.parameters[name].kind
        if kind is kind.VAR_POSITIONAL:
            named |= {(name, place): each for place, each in enumerate(value)}
        elif kind is kind.VAR_KEYWORD:
            named |= {(name, key): each for key, each in value.items()}
        else:
            named[name] = value
    return named


def agree(one: dict[Any, Any], other: dict[Any, Any]) -> bool:
    return one.keys() == other.keys() and all(
        alike(value, other[key]) for key, value in one.items()
    )


def alike(one: object, other: object) -> bool:
    """Tell whether two values are one object, or say themselves that they are equal."""
    if one is other:
        return True
    try:
        return (one == other) is True
    except Exception:
        return False


def caller() -> FrameType:
    """The frame that called the class, past this package and what handed the call on."""
    frame = sys._getframe()
    while frame.f_back is not None and (is_ours(frame) or hands_on(frame)):
        frame = frame.f_back
    return frame


def is_ours(frame: FrameType) -> bool:
    return is_part_of_us(frame.f_globals.get("__name__"))


def is_part_of_us(module: str | None) -> bool:
    return module is not None and module.partition(".")[0] == PACKAGE


def hands_on(frame: FrameType) -> bool:
    """Tell whether a metaclass, or an alias such as ``Box[int]``, is being called."""
    code = frame.f_code
    if code.co_name != "__call__" or not code.co_varnames:
        return False
    called = frame.f_locals.get(code.co_varnames[0])
    return is_class(called) or is_class(told(called, "__origin__"))


# -- the signature of a class -------------------------------------------------


def constructor_signature(cls: type) -> Signature | None:
    """Read the parameters that :func:`inspect.signature` would show."""
    metaclass: type = type(cls)
    return next(signatures_of(cls, metaclass.__mro__), None)


def constructor_signatures(cls: type) -> list[Signature]:
    """
    List the signatures that take the arguments of a call, the one to name them first.

    ``__new__`` and ``__init__`` are both handed everything.  The one to name the
    arguments is the one that :func:`inspect.signature` shows, unless that takes
    others unnamed, as a ``__new__(cls, *args, **kwargs)`` does for ``__init__``.
    """
    return sorted(signatures_of(cls, asked_after_us(cls)), key=is_variadic)


def signatures_of(cls: type, metaclasses: Iterable[type]) -> Iterator[Signature]:
    """
    Yield what a call of `cls` may say, in the order of :func:`inspect.signature`.

    That is what a ``__call__`` of `metaclasses` takes if it says so, else what
    ``__new__`` and ``__init__`` take, else what a class in C says of itself.
    """
    if (signature := call_signature(metaclasses)) is not None:
        yield signature
        return
    functions = constructor_functions(cls)
    readable = [function for function in functions if function is not None]
    for function in readable:
        yield without_first(signature_of(function))
    if not readable:
        yield from text_signatures(cls, plain=not functions)


def text_signatures(cls: type, *, plain: bool) -> list[Signature]:
    import inspect

    for base in cls.__mro__[:-1]:
        if type(base) is type and base.__text_signature__:
            try:
                return [inspect.signature(base)]
            except ValueError:
                return []
    return [inspect.Signature()] if plain else []


def signature_of(function: Callable[..., Any]) -> Signature:
    """Read a signature even if its annotations name what is not defined."""
    import inspect

    if sys.version_info >= (3, 14):
        from annotationlib import Format

        return inspect.signature(function, annotation_format=Format.FORWARDREF)
    return inspect.signature(function)


def asked_after_us(cls: type) -> list[type]:
    """The metaclasses whose ``__call__`` is handed the arguments that we were."""
    if not is_answered_by_metaclass(cls):
        return []
    metaclass: type = type(cls)
    return [meta for meta in metaclass.__mro__ if not has_singletons(meta)]


def call_signature(metaclasses: Iterable[type]) -> Signature | None:
    """What the first ``__call__`` of some metaclasses that says so takes."""
    for meta in metaclasses:
        call: Any = vars(meta).get("__call__")
        if hasattr(call, "__code__"):
            signature = signature_of(call)
            if not takes_anything(signature):
                return without_first(signature)
    return None


def constructor_functions(cls: type) -> list[Any]:
    """
    List the ``__new__`` and the ``__init__`` that come first along the MRO.

    But ``object`` and this package, which hand everything on, are passed over;
    ``None`` stands for one that is not written in Python.
    """
    sought = ["__new__", "__init__"]
    found: list[Any] = []
    for base in cls.__mro__[:-1]:
        for name in tuple(sought):
            member = vars(base).get(name)
            function = getattr(member, "__func__", member)
            module = getattr(function, "__module__", None)
            if function is not None and not is_part_of_us(module):
                sought.remove(name)
                found.append(function if hasattr(function, "__code__") else None)
    return found


def constructor_function(cls: type) -> Any:
    """
    The one function that takes the arguments; ``object`` where none is taken.

    ``None`` where that is more than one, a metaclass's, or not written in Python.
    """
    if call_signature(asked_after_us(cls)) is not None:
        return None
    functions = constructor_functions(cls) or [object]
    return functions[0] if len(functions) == 1 else None


def is_variadic(signature: Signature) -> bool:
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    return any(kind in (kind.VAR_POSITIONAL, kind.VAR_KEYWORD) for kind in kinds)


def takes_anything(signature: Signature) -> bool:
    kinds = [parameter.kind for parameter in signature.parameters.values()][1:]
    return kinds != [] and all(
        kind in (kind.VAR_POSITIONAL, kind.VAR_KEYWORD) for kind in kinds
    )


def without_first(signature: Signature) -> Signature:
    parameters = list(signature.parameters.values())
    if parameters and parameters[0].kind is not parameters[0].VAR_POSITIONAL:
        del parameters[0]
    return signature.replace(parameters=parameters)
