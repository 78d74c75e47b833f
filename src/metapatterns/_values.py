"""
What callers hand in, asked without running a line of its class if C can answer.

A class may define, or pretend, anything.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias, TypeVar

    from typing_extensions import TypeIs

    T = TypeVar("T", bound=str)
    Attributes: TypeAlias = dict[str, Any]
    #: What `object.__getstate__` returns: with a second part where there are slots.
    State: TypeAlias = Attributes | tuple[Attributes | None, Attributes] | None


def plain_text(value: Any, /) -> str | None:
    """Return the characters of a string as a plain ``str``; ``None`` for what is none."""
    return str.__str__(value) if issubclass(type(value), str) else None


def chosen(given: object, choices: tuple[T, ...], /) -> T | None:
    """Return the one of some strings that was given; ``None`` if it is another."""
    text = plain_text(given)
    return next((choice for choice in choices if choice == text), None)


def is_class(value: object, /) -> TypeIs[type[Any]]:
    return issubclass(type(value), type)


def is_tuple(value: object, /) -> TypeIs[tuple[Any, ...]]:
    return isinstance(value, tuple)


def told(value: object, name: str, /) -> Any:
    """Ask an object about itself; ``None`` where it does not say, or raises."""
    try:
        return getattr(value, name, None)
    except Exception:
        return None


def is_identifier(name: object, /) -> bool:
    """Tell whether source text may contain a name, and then means this very name."""
    if type(name) is not str or not name.isidentifier() or name == "__debug__":
        return False
    from keyword import iskeyword

    if name.isascii():
        return not iskeyword(name)
    from unicodedata import normalize

    return name == normalize("NFKC", name)  # as the interpreter reads it


def cut(text: str, /, limit: int = 80) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def shorten(value: object, /, limit: int = 80) -> str:
    """Return the ``repr`` of a value for a message: short, and never raising."""
    try:
        text = str.__str__(repr(value))
    except Exception:
        text = f"<{NAME_OF(type(value))} without a repr>"
    return cut(text, limit)


def kind_of(value: object, /) -> str:
    """Return the quoted name of a value's class, for a message."""
    return shorten(NAME_OF(type(value)))


NAME_OF: Callable[[type], str] = type.__dict__["__name__"].__get__
