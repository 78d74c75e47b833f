"""Constructor calls: what they say, where they stand, whether two are the same."""

from __future__ import annotations

import sys

from ..._values import is_class, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
            and all(one is other for one, other in zip(args, self.args, strict=True))
            and all(value is self.kwargs[name] for name, value in kwargs.items())
        ):
            return True
        known: list[Signature] = []
        try:
            known = signatures()
            first = bind(known, self.args, self.kwargs)
        except Exception:
            # NotTakenError: a metaclass makes something else of each call.
            # Others: there is a signature, and `inspect` cannot read it.
            known = []
            first = bind(known, self.args, self.kwargs)
        return agree(first, bind(known, args, kwargs))


def bind(
    signatures: list[Signature], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[Any, Any]:
    """Name each argument as the first signature does; all have to take them."""
    if not signatures:
        return {**dict(enumerate(args)), **kwargs}
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
    frame = sys._getframe(1)
    while frame.f_back is not None and (is_ours(frame) or hands_on(frame)):
        frame = frame.f_back
    return frame


def is_ours(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__") or ""
    return bool(name.partition(".")[0] == PACKAGE)


def hands_on(frame: FrameType) -> bool:
    """Tell whether a metaclass, or an alias such as ``Box[int]``, is being called."""
    code = frame.f_code
    if code.co_name != "__call__" or not code.co_varnames:
        return False
    called = frame.f_locals.get(code.co_varnames[0])
    return is_class(called) or is_class(told(called, "__origin__"))


# -- the signature of a class -------------------------------------------------


def constructor_signature(cls: type) -> Signature | None:
    """
    Read the parameters of the ``__call__``, ``__new__`` or ``__init__`` that counts.

    That is a metaclass's ``__call__`` if it says what it takes, and else what
    comes first along the MRO, as :func:`inspect.signature` has it.
    """
    import inspect

    if (signature := call_signature(cls)) is not None:
        return signature
    for signature in signatures_along(cls):
        return signature
    for base in cls.__mro__[:-1]:
        text = getattr(base, "__text_signature__", None)
        if type(base) is type and text:
            try:
                return inspect.signature(base)
            except ValueError:
                return None
    return inspect.Signature() if is_plain(cls) else None


def signature_of(function: Callable[..., Any]) -> Signature:
    """Read a signature even if its annotations name what is not defined."""
    import inspect

    if sys.version_info >= (3, 14):
        from annotationlib import Format

        return inspect.signature(function, annotation_format=Format.FORWARDREF)
    return inspect.signature(function)


def constructor_signatures(cls: type) -> list[Signature]:
    """
    List the signatures that take the arguments of a call, the one to name them first.

    ``__new__`` and ``__init__`` are both handed everything.  The one to name the
    arguments is the one that :func:`inspect.signature` shows, unless that takes
    others unnamed, as a ``__new__(cls, *args, **kwargs)`` does for ``__init__``.
    """
    if (signature := call_signature(cls)) is not None:
        return [signature]
    if found := list(signatures_along(cls)):
        return sorted(found, key=is_variadic)
    signature = constructor_signature(cls)
    return [] if signature is None else [signature]


def call_signature(cls: type) -> Signature | None:
    """What a metaclass's ``__call__`` takes, if it says so."""
    metaclass: type = type(cls)
    for meta in metaclass.__mro__:
        if (call := written_in_python(vars(meta).get("__call__"))) is not None:
            signature = signature_of(call)
            if not takes_anything(signature):
                return without_first(signature)
    return None


def signatures_along(cls: type) -> Iterator[Signature]:
    """What the ``__new__`` and the ``__init__`` that come first along the MRO take."""
    sought = ["__new__", "__init__"]
    for base in cls.__mro__:
        for name in tuple(sought):
            if (function := written_in_python(vars(base).get(name))) is not None:
                sought.remove(name)
                yield without_first(signature_of(function))


def constructor_function(cls: type) -> Any:
    """The one function that takes the arguments; ``object`` where none is taken.

    ``None`` where that is more than one function, or none written in Python.
    """
    found: list[Any] = []
    for name in ("__new__", "__init__"):
        # `object` has both.
        base = next(base for base in cls.__mro__ if vars(base).get(name) is not None)
        function = written_in_python(vars(base)[name])
        if function is not None or base is not object:
            found.append(function)
    if not found:
        return object
    return found[0] if len(found) == 1 else None


def written_in_python(member: Any) -> Any:
    """The user's function behind a class member; ``None`` for ours and for C's."""
    function = getattr(member, "__func__", member)
    if hasattr(function, "_metapatterns_behind"):
        function = getattr(function, "__wrapped__", None)
    elif (getattr(function, "__module__", "") or "").partition(".")[0] == PACKAGE:
        return None
    return function if hasattr(function, "__code__") else None


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


def is_plain(cls: type) -> bool:
    """Tell whether nothing but ``object`` makes and initialises instances."""
    members = [
        getattr(member, "__func__", member)
        for base in cls.__mro__[:-1]
        for name in ("__new__", "__init__")
        if (member := vars(base).get(name)) is not None
    ]
    return all(hasattr(member, "_metapatterns_behind") for member in members)
