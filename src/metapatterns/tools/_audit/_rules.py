"""
The rules of an audit: what is wrong with one class, read from what is there.

A rule is a generator of findings.  The rules for duplicates and final members are
those of the patterns; those for hooks read code objects; the last two read source.
"""

from __future__ import annotations

from itertools import dropwhile
from typing import TYPE_CHECKING

from ...errors import FinalError, describe
from ...patterns._final_marks import is_final
from ...patterns.final import refuse_final_bases, refuse_hidden_members
from ...patterns.no_duplicate import DEFAULT
from ...patterns.no_duplicate._body import binds_twice
from ...patterns.no_duplicate._duplicates import lost_names
from .._code import calls_super, code_of, drops_keywords, keywords_name, only_raises
from .._hooks import own_hook
from ._findings import Finding
from ._shared_values import shared_mutables
from ._singletons import racy_singletons

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import CodeType
    from typing import Any

    from ._subjects import Subject

    Rule = Callable[[Subject], Iterator[Finding]]

# -- names --------------------------------------------------------------------


def duplicate_names(
    subject: Subject, is_kept: Callable[[CodeType], bool] | None = None
) -> Iterator[Finding]:
    """Yield what NoDuplicate would refuse, through its own rules."""
    code = subject.code
    if not binds_twice(code):
        return
    lost = lost_names(subject.cls, code, DEFAULT, is_kept)
    for name, first, second in lost:
        yield Finding(
            code.co_filename,
            second or code.co_firstlineno,
            "MP101",
            f"class {subject.name!r} binds {name!r} again, and what line {first} bound"
            " is lost",
        )


# -- final --------------------------------------------------------------------


def final_bases(subject: Subject) -> Iterator[Finding]:
    """Yield what FinalMeta would refuse, for classes that only bear the mark."""
    for base in subject.cls.__bases__:
        try:
            refuse_final_bases(subject.name, (base,))
        except FinalError as error:
            yield subject.finding("MP201", str(error))


def final_members(subject: Subject) -> Iterator[Finding]:
    cls = subject.cls
    ancestors = cls.__mro__[1:]
    # What an only base hides is told of that base.
    names = set(vars(cls)) if len(cls.__bases__) == 1 else None
    if not any(has_final_member(ancestor, names) for ancestor in ancestors):
        return
    body: dict[str, Any] = dict(vars(cls))
    while (error := hidden_member(subject.name, body, ancestors)) is not None:
        if error.member not in body:  # two of the bases meet here
            if not any(
                hidden_member(base.__name__, vars(base), base.__mro__[1:])
                for base in cls.__bases__
            ):
                yield subject.finding("MP202", str(error))
            return
        del body[error.member]
        line = subject.line_of(error.member)
        yield subject.finding("MP202", str(error), line=line)


def has_final_member(cls: type, names: set[str] | None) -> bool:
    """Tell whether a class marks one of some members as final, or one of all."""
    return any(
        is_final(member)
        for name, member in vars(cls).items()
        if names is None or name in names
    )


def hidden_member(
    name: str, body: Mapping[str, Any], ancestors: tuple[type, ...]
) -> FinalError | None:
    try:
        refuse_hidden_members(name, dict(body), ancestors)
    except FinalError as error:
        return error
    return None


# -- hooks --------------------------------------------------------------------

#: The methods of a metaclass that another one along the MRO may have too.
STAGES = ("__prepare__", "__new__", "__init__", "__call__")


def silenced_hooks(subject: Subject) -> Iterator[Finding]:
    """Yield each hook of a base that another base's hook never reaches."""
    cls = subject.cls
    if len(cls.__bases__) < 2:
        return
    order = cls.__mro__
    hooks = [("__init_subclass__", order[1:])]
    if issubclass(cls, type):
        hooks += [(stage, order) for stage in STAGES]
    for hook, order in hooks:
        met = silenced(hook, order)
        if met is None or any(set(met) <= set(base.__mro__) for base in cls.__bases__):
            continue
        silent, other = map(describe, met)
        yield subject.finding(
            "MP401",
            f"in class {subject.name!r}, {hook} of {silent!r} does not call super(), so"
            f" that of {other!r} never runs",
        )


def silenced(hook: str, order: tuple[type, ...]) -> tuple[type, type] | None:
    """Find who ends the chain of a hook, and an unrelated class further along it."""
    owners = [owner for owner in order if own_hook(owner, hook) is not None]
    # The last one, that of `type` or `object`, is written in C.
    silent, *others = dropwhile(lambda owner: hands_on(owner, hook), owners)
    if code_of(own_hook(silent, hook)) is None:
        return None
    unrelated = (other for other in others if other not in silent.__mro__)
    return next(((silent, other) for other in unrelated), None)


def hands_on(owner: type, hook: str) -> bool:
    code = code_of(own_hook(owner, hook))
    return code is not None and calls_super(code, hook)


def dropped_keywords(subject: Subject) -> Iterator[Finding]:
    for hook, code in own_hooks(subject.cls):
        if hook == "__init__" or not drops_keywords(code) or only_raises(code):
            continue
        # What `type.__new__` would refuse may be meant for `__init__`.
        hears = code_of(getattr(subject.cls, "__init__", None))
        if hook == "__new__" and hears is not None and takes_keywords(hears):
            continue
        yield subject.finding(
            "MP402",
            f"{hook} of {subject.name!r} takes **{keywords_name(code)} and drops them,"
            " so that a misspelt class keyword passes in silence",
            code,
        )


def takes_keywords(code: CodeType) -> bool:
    return bool(code.co_kwonlyargcount) or keywords_name(code) is not None


def ended_chains(subject: Subject) -> Iterator[Finding]:
    for hook, code in own_hooks(subject.cls):
        if not calls_super(code, hook) and not only_raises(code):
            yield subject.finding(
                "MP403",
                f"{hook} of {subject.name!r} does not call super(), so that of a base"
                " listed after it would never run",
                code,
            )


def own_hooks(cls: type[Any]) -> Iterator[tuple[str, CodeType]]:
    hooks = ["__init_subclass__"]
    if issubclass(cls, type):
        hooks += ["__new__", "__init__"]
    for hook in hooks:
        code = code_of(own_hook(cls, hook))
        if code is not None:
            yield hook, code


RULES: dict[str, Rule] = {
    "MP201": final_bases,
    "MP202": final_members,
    "MP301": shared_mutables,
    "MP401": silenced_hooks,
    "MP402": dropped_keywords,
    "MP403": ended_chains,
    "MP501": racy_singletons,
}
