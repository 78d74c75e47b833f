"""What the annotations of a class are, and what the names in them mean."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ForwardRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType, FunctionType

    from ..._stages import Namespace


if sys.version_info >= (3, 14):
    import annotationlib

    def annotations_of(cls: type) -> dict[str, Any]:
        """Return the annotations of the class's own body, whatever is defined."""
        return annotationlib.get_annotations(
            cls, format=annotationlib.Format.FORWARDREF
        )

    def annotations_in(namespace: Namespace) -> dict[str, Any]:
        """Return the annotations of a class body that is no class yet."""
        annotate = annotationlib.get_annotate_from_class_namespace(namespace)
        if annotate is None:
            return dict(namespace.get("__annotations__") or {})
        return annotationlib.call_annotate_function(
            annotate, annotationlib.Format.FORWARDREF
        )

    def annotate(function: FunctionType, cls: type, types: dict[str, Any]) -> None:
        """Give a function the annotations of the fields that it takes."""

        def __annotate__(format: annotationlib.Format, /) -> dict[str, Any]:
            if format == annotationlib.Format.VALUE_WITH_FAKE_GLOBALS:
                raise NotImplementedError(format)
            found = {**types, "return": None}
            for base in reversed(cls.__mro__):
                hints = annotationlib.get_annotations(base, format=format)
                found |= {name: hints[name] for name in hints.keys() & types.keys()}
            if format == annotationlib.Format.STRING:
                return annotationlib.annotations_to_string(found)
            return found

        function.__annotate__ = __annotate__

    def evaluated(hint: str | ForwardRef, owner: type, names: dict[str, Any]) -> Any:
        """Return what a name means in the module of a class, and beside `names`."""
        if isinstance(hint, ForwardRef):
            return hint.evaluate(locals=names, owner=owner)
        return eval(hint, names_of_module(owner), names)

else:

    def annotations_of(cls: type) -> dict[str, Any]:
        """Return the annotations of the class's own body, whatever is defined."""
        annotations: dict[str, Any] | None = vars(cls).get("__annotations__")
        return annotations if isinstance(annotations, dict) else {}

    def annotations_in(namespace: Namespace) -> dict[str, Any]:
        """Return the annotations of a class body that is no class yet."""
        return namespace.get("__annotations__") or {}

    def annotate(function: FunctionType, cls: type, types: dict[str, Any]) -> None:
        """Give a function the annotations of the fields that it takes."""
        function.__annotations__ = {**types, "return": None}

    def evaluated(hint: str | ForwardRef, owner: type, names: dict[str, Any]) -> Any:
        """Return what a name means in the module of a class, and beside `names`."""
        text = hint if isinstance(hint, str) else hint.__forward_arg__
        return eval(text, names_of_module(owner), names)


def names_of_module(cls: type) -> dict[str, Any]:
    module = sys.modules.get(cls.__module__)
    return {} if module is None else vars(module)


class Scope:
    """
    Where a class's annotations look names up, when it is made and afterwards.

    Functions around the class statement count as well.  Their frames are kept
    only while a name is missing that one of them may be about to define.
    """

    def __init__(self, owner: Any = None, hidden: Iterable[str] = ()) -> None:
        self.owner: Any = owner
        #: A field's own name means the type of this name, not the field.
        self.hidden = frozenset(hidden)
        self.frames: tuple[FrameType, ...] = ()
        #: The names and aliases whose rules are being made, which may refer to themselves.
        self.waiting: dict[Any, Any] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return Scope, (self.owner, self.hidden)

    def evaluate(self, hint: str | ForwardRef) -> Any:
        if self.owner is None:
            raise NameError
        frames = self.frames or tuple(self.around())
        try:
            return self._evaluate(hint, frames)
        except (NameError, AttributeError):
            self.frames = frames
            raise

    def _evaluate(self, hint: str | ForwardRef, frames: tuple[FrameType, ...]) -> Any:
        owner: type = self.owner
        names: dict[str, Any] = {}
        for frame in reversed(frames):
            names |= frame.f_locals
        for parameter in getattr(owner, "__type_params__", ()):
            names[parameter.__name__] = parameter
        names[owner.__name__] = owner
        for name, value in vars(owner).items():
            if name not in self.hidden:
                names[name] = value
        return evaluated(hint, owner, names)

    def around(self) -> Iterator[FrameType]:
        """Find the running functions that the class statement stands in."""
        qualname = self.owner.__qualname__
        frame = sys._getframe() if "<locals>" in qualname else None
        while frame is not None:
            within = f"{frame.f_code.co_qualname}.<locals>."
            same = frame.f_globals.get("__name__") == self.owner.__module__
            if same and qualname.startswith(within):
                yield frame
            frame = frame.f_back
