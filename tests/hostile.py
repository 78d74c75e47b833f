"""Values that fight back: their hooks raise, lie, or have very much to say."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

__all__ = ["HOSTILE", "LONG", "Hostility", "junk"]

#: So long that whoever repeats it whole is caught.
LONG = 10**5


class Hostility(Exception):
    """What hostile values raise; nobody here may let it through."""


def refuse(*args: object, **kwargs: object) -> Any:
    raise Hostility


def hostile(*hooks: str, bases: tuple[type, ...] = (), args: Any = ()) -> Any:
    body: dict[str, Any] = dict.fromkeys(hooks, refuse)
    if "__class__" in body:
        body["__class__"] = property(refuse)
    return type("Hostile", bases, body)(*args)


COMPARING = ("__eq__", "__ne__", "__hash__", "__bool__")
SHOWING = ("__repr__", "__str__", "__format__", "__len__", "__getitem__", "__iter__")
TEXT = ("casefold", "isidentifier", "startswith", "upper", "lower", "split")


class Rude(type):
    """A class that answers nothing; its objects are as good as any."""

    __getattribute__ = __eq__ = __hash__ = __repr__ = refuse
    __instancecheck__ = __subclasscheck__ = refuse


class Verbose:
    def __repr__(self) -> str:
        return "x" * LONG


class Speechless:
    def __repr__(self) -> str:
        return 1  # type: ignore[return-value]


class Deceptive:
    """Its text is of a class that fights back in turn."""

    def __repr__(self) -> str:
        text: str = hostile(*COMPARING, *SHOWING, bases=(str,), args=("text",))
        return text


def endless() -> list[Any]:
    items: list[Any] = []
    items.append(items)
    return items


def deep() -> list[Any]:
    items: list[Any] = []
    for _ in range(10_000):
        items = [items]
    return items


#: By what they do.  pytest and Hypothesis look at values, and had better not at these.
HOSTILE: dict[str, Any] = {
    **{hook: hostile(hook) for hook in (*COMPARING, *SHOWING, "__getattr__")},
    "all": hostile(*COMPARING, *SHOWING, "__getattribute__", "__class__"),
    "__class__": hostile("__class__"),
    "string": hostile(*COMPARING, *SHOWING, *TEXT, bases=(str,), args=("methods",)),
    "tuple": hostile(*COMPARING, *SHOWING, bases=(tuple,), args=(("a",),)),
    "rude": Rude.__call__(Rude("Kind", (), {})),
    "verbose": Verbose(),
    "speechless": Speechless(),
    "deceptive": Deceptive(),
    "long name": type("N" * LONG, (), {})(),
    "long string": "y" * LONG,
    "endless": endless(),
    "deep": deep(),
    "huge": 10**5000,
    "not a number": float("nan"),
    "unhashable": [{}],
}


def junk() -> st.SearchStrategy[Any]:
    """Values of every kind, most wrong wherever given; Hypothesis survives no worse."""
    return st.one_of(
        st.text(st.characters(), max_size=5),  # surrogates and control characters, too
        st.sampled_from(["", "class", "__x", "a b", "a\0b", "\ud800", "\u202ea", "ﬁ"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.binary(max_size=3),
        st.lists(st.text(max_size=2) | st.integers(), max_size=3),
        st.dictionaries(st.text(max_size=2), st.none(), max_size=2),
        st.sampled_from([int, object, len, ..., NotImplemented, object()]),
    )
