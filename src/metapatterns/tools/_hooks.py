"""Which hooks a class or metaclass overrides, where, and whether each hands on."""

from __future__ import annotations

import dis
import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from .._pipeline import HOOKS, Pipeline
from .._stages import Pattern
from ..errors import describe
from ._code import calls_super, code_of, codes_within, keywords_name, reads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

YES, NO, UNKNOWN, NOT_APPLICABLE = "yes", "no", "unknown", "-"

#: What a metaclass does while a class is made, and when the class is called.
METACLASS_HOOKS = ("__prepare__", "__new__", "mro", "__init__", "__call__")
TAKES_KEYWORDS = (*HOOKS, "__init_subclass__")
PATTERN_STAGES = ("prepare", "release", "before", "check", "created", "call")
#: How deep the callable lies below the top when CALL_FUNCTION_EX runs.
CALLABLE = 4 if sys.version_info >= (3, 13) else 3


@dataclass(frozen=True)
class Override:
    """One hook that a class overrides: where it is, and whether it hands on."""

    stage: str
    owner: str
    file: str | None
    line: int | None
    forwards_keywords: str
    calls_super: str
    #: What the hook calls by name where it should call ``super()``.
    calls_by_name: str | None = None

    @property
    def where(self) -> str:
        return "in C" if self.file is None else f"{shortened(self.file)}:{self.line}"


def shortened(file: str) -> str:
    """Return a path without the folder in which Python finds it."""
    folders = (
        f"{folder.rstrip('/')}/"
        for folder in sys.path
        if file.startswith(folder or "?")
    )
    return file.removeprefix(max(folders, key=len, default=""))


def metaclass_overrides(meta: type) -> Iterator[Override]:
    """What runs for a class of this metaclass, along the metaclass's MRO."""
    for owner in meta.__mro__:
        if owner in (type, object):
            continue
        pattern = vars(owner).get("_metapatterns_pattern")
        if pattern is not None:
            yield from pattern_overrides(pattern)
        for stage in METACLASS_HOOKS:
            hook = own_hook(owner, stage)
            if hook is not None and not (pattern and stage == "__call__"):
                yield override(owner, stage, hook)


def class_overrides(bases: tuple[type, ...]) -> Iterator[Override]:
    """What runs in the bases for a class below them."""
    for owner in bases:
        if (pattern := vars(owner).get("_metapatterns_mixin")) is not None:
            yield from pattern_overrides(pattern)
        hook = vars(owner).get("__init_subclass__")
        if hook is not None and owner is not object:
            yield override(owner, "__init_subclass__", hook)


def own_hook(owner: type, stage: str) -> object:
    """What a class defines itself; a front of the pipeline is none of it."""
    if isinstance(owner, Pipeline) and stage in HOOKS:
        return owner._metapatterns_plan.own.get(stage)
    hook = vars(owner).get(stage)
    front = getattr(hook, "__module__", None) == Pipeline.__module__
    return None if front else hook


def pattern_overrides(pattern: Pattern) -> Iterator[Override]:
    """The stages of a pattern; the pipeline hands on for all of them."""
    for stage in PATTERN_STAGES:
        owner = next(cls for cls in type(pattern).__mro__ if stage in vars(cls))
        if owner is not Pattern:
            code = code_of(vars(owner)[stage])
            assert code is not None
            yield Override(
                f"{pattern.name}: {stage}",
                describe(owner),
                code.co_filename,
                code.co_firstlineno,
                YES if stage != "call" else NOT_APPLICABLE,
                YES,
            )


def override(owner: type, stage: str, hook: object) -> Override:
    code = code_of(hook)
    takes = stage in TAKES_KEYWORDS
    if code is None:
        keywords = UNKNOWN if takes else NOT_APPLICABLE
        return Override(stage, describe(owner), None, None, keywords, UNKNOWN)
    hands_on = calls_super(code, stage)
    return Override(
        stage,
        describe(owner),
        code.co_filename,
        code.co_firstlineno,
        forwards_keywords(code, stage) if takes else NOT_APPLICABLE,
        YES if hands_on else NO,
        None if hands_on else called_by_name(code, stage),
    )


def forwards_keywords(code: CodeType, stage: str) -> str:
    """Tell whether a hook hands its ``**kwargs`` to the next one of its name."""
    name = keywords_name(code)
    if name is None or not reads(code, name):
        return NO
    if any(spreads(inner, name, stage) for inner in codes_within(code)):
        return YES
    called = any(stage in inner.co_names for inner in codes_within(code))
    return NO if called else UNKNOWN


def spreads(code: CodeType, name: str, stage: str) -> bool:
    """Find a call of the hook, or of a variable that holds it, with ``**name``."""
    steps = [step for step in dis.get_instructions(code) if step.opname != "CACHE"]
    held = {
        after.argval
        for step, after in pairwise(steps)
        if step.argval == stage and after.opname.startswith("STORE_")
    }
    for position, step in enumerate(steps):
        if step.opname == "CALL_FUNCTION_EX":
            start = start_of_call(steps, position)
            arguments = steps[start + 1 : position]
            merged = any(
                load.argval == name and merge.opname in ("DICT_MERGE", "DICT_UPDATE")
                for load, merge in pairwise(arguments)
            )
            if merged and steps[start].argval in {stage, *held}:
                return True
    return False


def start_of_call(steps: list[Any], position: int) -> int:
    """Where the last instruction is that had the callable on top of the stack."""
    depth = 0  # relative to the stack when the call begins
    wanted = 1 - CALLABLE - without_keywords(steps[position])
    before = position - 1
    while depth > wanted:
        step = steps[before]
        depth -= dis.stack_effect(step.opcode, step.arg, jump=False)
        before -= 1
    return before


def without_keywords(call: Any) -> int:
    # Before Python 3.14 a call without keywords has none on the stack.
    return 0 if call.arg is None or call.arg & 1 else -1


def called_by_name(code: CodeType, stage: str) -> str | None:
    """Name the class whose hook is called where ``super()`` should be."""
    for inner in codes_within(code):
        path: list[str] = []
        for step in dis.get_instructions(inner):
            if step.opname.startswith(("LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF")):
                loaded = step.argval  # one name, or two
                path = [loaded if isinstance(loaded, str) else loaded[-1]]
            elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
                if step.argval == stage and path:
                    return ".".join([*path, stage])
                path += [step.argval] if path else []
            elif step.opname not in ("CACHE", "PUSH_NULL", "EXTENDED_ARG"):
                path = []
    return None


def other_builder(meta: type) -> type | None:
    """
    Find the metaclass that would build something else than a class of `meta`.

    A ``__new__`` in Python that never reads its first argument, and does not call
    ``super()`` either, cannot make an instance of it.
    """
    owner, code = next(
        (owner, code_of(hook))
        for owner in meta.__mro__
        if (hook := own_hook(owner, "__new__")) is not None and not calls_on(hook)
    )
    if owner is meta or code is None or not code.co_argcount:
        return None
    return None if reads(code, code.co_varnames[0]) else owner


def calls_on(hook: object) -> bool:
    code = code_of(hook)
    return code is not None and any(
        "super" in inner.co_names for inner in codes_within(code)
    )
