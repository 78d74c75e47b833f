"""Find the code of the body that a finished class was made from."""

from __future__ import annotations

from ._body import CO_OPTIMIZED, binds_twice, is_generic_scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType


def find_body(cls: type, frame: FrameType | None, /) -> CodeType | None:
    """
    Find a body that binds a name twice and is the one `cls` was made from.

    Frames are searched outward, since an ``ABCMeta`` or a decorator stands
    between the statement and whoever asks; :func:`inspect.getsource` would
    take the wrong class where a module defines the name twice.
    """
    while frame is not None:
        if frame.f_globals.get("__name__", "builtins") == cls.__module__:
            bodies = list(bodies_within(frame.f_code, cls.__qualname__))
            if bodies:
                is_needed = any(map(binds_twice, bodies))
                return pick(cls, bodies, frame) if is_needed else None
        frame = frame.f_back
    return None


def bodies_within(code: CodeType, qualname: str) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if not hasattr(inner, "co_qualname"):
            continue
        if inner.co_qualname == qualname and not inner.co_flags & CO_OPTIMIZED:
            yield inner
        elif is_generic_scope(inner) or qualname.startswith(f"{inner.co_qualname}."):
            yield from bodies_within(inner, qualname)


def pick(cls: type, bodies: list[CodeType], frame: FrameType) -> CodeType | None:
    """Tell which body made `cls`; none where that is not certain."""
    if (line := vars(cls).get("__firstlineno__")) is not None:
        bodies = [body for body in bodies if body.co_firstlineno == line]
    elif (running := running_body(frame, bodies)) is not None:
        return running
    else:
        # A class that was made by other means may bear the same name.
        codes = {id(code) for member in vars(cls).values() for code in codes_in(member)}
        bodies = [
            body for body in bodies if any(id(code) in codes for code in body.co_consts)
        ]
    return bodies[0] if len(bodies) == 1 else None


def codes_in(member: object) -> Iterator[object]:
    for name in ("__code__", "__func__", "fget"):
        part = getattr(member, name, None)
        if part is not None:
            yield getattr(part, "__code__", part)


def running_body(frame: FrameType, bodies: list[CodeType]) -> CodeType | None:
    """The body of the class statement, decorators included, that a frame is in."""
    import dis

    past = [
        step
        for step in dis.get_instructions(frame.f_code)
        if step.offset < frame.f_lasti
    ]
    for step in reversed(past):
        # `.generic_base` (PEP 695) is stored while the statement runs.
        hidden = str(step.argval).startswith(".")
        if step.opname.startswith(("STORE_", "POP_TOP")) and not hidden:
            return None
        inside = (step.argval, *getattr(step.argval, "co_consts", ()))
        for body in bodies:
            if any(code is body for code in inside):
                return body
    return None
