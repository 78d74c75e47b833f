"""From a type hint to a rule (``_rules.py``), by the kind of the hint."""

from __future__ import annotations

import collections
import collections.abc
import io
import sys
import types
import typing
from collections.abc import Callable
from functools import partial
from inspect import isabstract
from typing import TYPE_CHECKING, Any, ForwardRef

import typing_extensions

from ..._classes import class_of
from ..._values import NAME_OF, cut, is_class, plain_text, told
from ...errors import ClassDefinitionError
from ._rules import (
    ANYTHING,
    NONE,
    Rule,
    called,
    constrained,
    flat,
    joined,
    looping,
    once,
    passing,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ._names import Scope


NoneType = type(None)
#: What type checkers accept where the name of a class stands (PEP 484).
PROMOTIONS: dict[type, tuple[type, ...]] = {
    float: (float, int),
    complex: (complex, float, int),
}


def forms(name: str) -> tuple[Any, Any]:
    """Return what both modules call so, which need not be one object."""
    return getattr(typing, name), getattr(typing_extensions, name)


LITERALS, SELVES, FINALS = forms("Literal"), forms("Self"), forms("Final")
STRINGS, VARIABLES = forms("LiteralString"), forms("TypeVar")
UNIONS = (typing.Union, types.UnionType)
NAMES = (str, ForwardRef)
ALIASES = tuple(
    module.TypeAliasType
    for module in (typing, typing_extensions)
    if hasattr(module, "TypeAliasType")
)
#: What stands for something else, which may be defined later.
NAMED = (*NAMES, *VARIABLES, *ALIASES)
#: Generic classes whose parameter is the type of what iterating them gives.
COLLECTIONS = {
    list,
    set,
    frozenset,
    collections.deque,
    collections.abc.Collection,
    collections.abc.KeysView,
    collections.abc.MutableSequence,
    collections.abc.MutableSet,
    collections.abc.Sequence,
    collections.abc.Set,
    collections.abc.ValuesView,
}
MAPPINGS = {
    dict,
    collections.ChainMap,
    collections.OrderedDict,
    collections.defaultdict,
    collections.abc.Mapping,
    collections.abc.MutableMapping,
}
#: These may be used up by looking at what they hold.
ITERABLES = {
    collections.abc.Container,
    collections.abc.Iterable,
    collections.abc.Reversible,
}
#: What the classes for files in `typing` stand for: no real file derives from those.
FILES: dict[type, tuple[type, ...]] = {
    typing.IO: (typing.IO, io.IOBase),
    typing.TextIO: (typing.TextIO, io.TextIOBase),
    typing.BinaryIO: (typing.BinaryIO, io.RawIOBase, io.BufferedIOBase),
}


class UnsupportedHintError(Exception):
    """No rule can be made of a hint; the argument says of which."""

    def __init__(self, text: str) -> None:
        super().__init__(cut(text, 200))


def unreadable(hint: Any, error: Exception) -> UnsupportedHintError:
    """Say why a name, or an expression, cannot be evaluated whatever is defined."""
    reason = error.msg if isinstance(error, SyntaxError) else error
    return UnsupportedHintError(f"{text_of(hint)!r} ({reason})")


UNKNOWN_SELF = Rule("False", pending=True)


class Later:
    """
    The rule for what is defined, or complete, later on.

    A name, a type variable by its bound, or a type alias, which may refer to
    itself; the last two as PEP 695 has them.
    """

    def __init__(
        self, hint: Any, scope: Scope, make_rule: Callable[[Any, Scope], Rule]
    ) -> None:
        self.hint: Any = hint
        self.scope: Scope = scope
        self.make_rule: Callable[[Any, Scope], Rule] = make_rule
        #: What it refers to, once that is made; a function's names may be gone by then.
        self.rule: Rule | None = None

    @once
    def accepts(self) -> Callable[[Any], bool]:
        try:
            return (self.rule or self.make_rule(self.meaning(), self.scope)).accepts
        except UnsupportedHintError as error:
            raise ClassDefinitionError(
                f"{text_of(self.scope.owner)}: the annotation {brief(self.hint)!r} stands"
                f" for {error}, for which no test is known; give field(check=...), or"
                " validator_checker=... for the whole class"
            ) from None

    def meaning(self) -> Any:
        try:
            return meaning_of(self.hint, self.scope)
        except (NameError, AttributeError):
            raise ClassDefinitionError(
                f"{text_of(self.scope.owner)}: the annotation {brief(self.hint)!r} names"
                " something that is not defined by now; define it, or import it,"
                " before the first value is checked, or give field(check=...)"
            ) from None

    def __call__(self, value: Any) -> bool:
        return self.accepts(value)


def later(hint: Any, scope: Scope, strict: bool) -> Later:
    return Later(hint, scope, partial(rule_for, strict=strict))


def late(hint: Any, scope: Scope, strict: bool) -> Rule:
    """Return the rule for a name that means nothing yet."""
    return called(later(hint, scope, strict), pending=True)


def is_named(hint: Any) -> bool:
    return isinstance(hint, NAMED) or isinstance(typing.get_origin(hint), ALIASES)


def label_of(hint: Any) -> Any:
    """Return what a name, a type variable or a type alias has in common with itself."""
    if isinstance(hint, NAMES):
        return text_of(hint)
    return typing.get_origin(hint) or hint


def meaning_of(hint: Any, scope: Scope) -> Any:
    """
    Look up what a name, a type variable or a type alias stands for.

    Raises:
        NameError, AttributeError: It means nothing yet.
        UnsupportedHintError: It never will.
    """
    seen: list[Any] = []
    while is_named(hint):
        if label_of(hint) in seen:
            raise UnsupportedHintError(f"{text_of(hint)!r} (it stands for itself)")
        seen.append(label_of(hint))
        hint = step_from(hint, scope)
    return hint


def step_from(hint: Any, scope: Scope) -> Any:
    try:
        if isinstance(hint, NAMES):
            return scope.evaluate(hint)
        if isinstance(hint, VARIABLES):
            return meaning_of_variable(hint)
        return meaning_of_alias(hint)
    except (NameError, AttributeError):
        raise
    except Exception as error:
        raise unreadable(hint, error) from None


def meaning_of_variable(variable: Any) -> Any:
    if variable.__constraints__:
        return typing.Union[variable.__constraints__]  # noqa: UP007
    return Any if variable.__bound__ is None else variable.__bound__


def meaning_of_alias(hint: Any) -> Any:
    args = typing.get_args(hint)
    value, parameters = hint.__value__, hint.__type_params__
    named = told(value, "__parameters__") or ()
    if len(args) == len(parameters):  # else one has a default, or stands for several
        given = {name: args[place] for place, name in enumerate(parameters)}
        if isinstance(value, VARIABLES):
            return given.get(value, value)
        # The value may name them in another order, and leave some out.
        args = tuple(given[name] for name in named if name in given)
    return value[args] if named and args else value


def rule_for(hint: Any, scope: Scope, strict: bool) -> Rule:
    """
    Return the rule that a hint stands for.

    Raises:
        UnsupportedHintError: Nothing can be said about values of such a type.
    """
    if hint is Any:  # a class since 3.11
        return ANYTHING
    if isinstance(hint, type):
        return _EVERYDAY.get((hint, strict)) or _of_class(hint, strict)
    origin = typing.get_origin(hint)
    if is_named(hint):
        return _of_name(hint, scope, strict)
    if origin is None:
        return _of_special_form(hint, scope, strict)
    args = typing.get_args(hint)
    if origin in UNIONS:
        return _of_union([rule_for(arg, scope, strict) for arg in args])
    if origin in LITERALS:
        return called(_Literal(args))
    if origin is typing.Annotated:
        return constrained(rule_for(args[0], scope, strict), args[1:])
    if origin in FINALS:
        return rule_for(args[0], scope, strict)
    if origin is Callable:
        return Rule("{callable}({v})")
    if isinstance(origin, type) and told(hint, "__args__") is None:
        return _of_class(origin, strict)  # `typing.Tuple`, not `typing.Tuple[()]`
    if origin is type:
        return _of_type(args[0], scope)
    if isinstance(origin, type):
        return _of_generic(origin, args, scope, strict)
    raise UnsupportedHintError(text_of(hint))


def brief(hint: Any) -> str:
    return cut(text_of(hint), 200)


def text_of(hint: Any) -> str:
    """Return a hint as its author would write it."""
    if is_class(hint):
        return "None" if hint is NoneType else NAME_OF(hint)
    if (text := plain_text(hint)) is not None:
        return text
    try:
        if isinstance(hint, ForwardRef):
            return _text_of_reference(hint)
        text = str.__str__(repr(hint))
        for reference in references_in(hint):
            text = text.replace(repr(reference), _text_of_reference(reference))
    except Exception:
        return f"a {NAME_OF(class_of(hint))}"
    for prefix in ("typing_extensions.", "typing."):
        text = text.replace(prefix, "")
    return text


def _text_of_reference(reference: ForwardRef) -> str:
    text = reference.__forward_arg__
    if sys.version_info >= (3, 14):
        # What is defined already stands there under made-up names.
        names: dict[str, Any] = told(reference, "__extra_names__") or {}
        for name, value in names.items():
            text = text.replace(name, text_of(value))
    return text


def references_in(hint: Any) -> Iterator[ForwardRef]:
    """Find the names in a hint that meant nothing when it was read."""
    if isinstance(hint, ForwardRef):
        yield hint
        return
    for part in hint if issubclass(type(hint), list) else typing.get_args(hint):
        yield from references_in(part)


def is_one_of(hint: object, forms: tuple[object, ...]) -> bool:
    return any(hint is form for form in forms)  # `in` would ask them to compare


# -- kinds of hints -----------------------------------------------------------


def _of_class(cls: type, strict: bool) -> Rule:
    if cls is object:
        return ANYTHING
    if cls is NoneType:
        return NONE
    if cls in FILES:
        return called(_File(cls))
    try:
        isinstance(None, cls)
    except TypeError as error:  # a TypedDict, a Protocol that is not runtime_checkable
        raise UnsupportedHintError(f"{text_of(cls)} ({error})") from None
    # Some in `collections.abc` can be instantiated, and stand for others all the same.
    open_ = isabstract(cls) or told(cls, "__module__") == "collections.abc"
    if strict and not open_ and not told(cls, "_is_protocol"):
        return Rule("{type}({v}) is {0}", (cls,))
    classes = PROMOTIONS.get(cls, (cls,))
    return Rule(
        "{type}({v}) is {0} or {isinstance}({v}, {1})", (cls, classes), classes=classes
    )


_EVERYDAY: dict[tuple[type, bool], Rule] = {
    (cls, strict): _of_class(cls, strict)
    for cls in (int, str, float, bool, bytes, complex, dict, list, set, tuple)
    for strict in (False, True)
}


def _of_name(hint: Any, scope: Scope, strict: bool) -> Rule:
    """A name, a type variable by its bound, or a type alias: it may refer to itself."""
    key = label_of(hint), strict
    if (waiting := scope.waiting.get(key)) is not None:
        # With other parameters each time, an alias would never end.
        same = text_of(waiting.hint) == text_of(hint)
        return called(waiting if same else later(hint, scope, strict))
    try:
        target = meaning_of(hint, scope)
    except (NameError, AttributeError):
        return late(hint, scope, strict)
    waiting = scope.waiting[key] = later(hint, scope, strict)
    try:
        rule = waiting.rule = rule_for(target, scope, strict)
        return rule
    finally:
        scope.waiting.pop(key, None)  # another thread may have been here, too


def _of_special_form(hint: Any, scope: Scope, strict: bool) -> Rule:
    if hint is None:
        return NONE
    if is_one_of(hint, FINALS):
        return ANYTHING
    if is_one_of(hint, SELVES):
        if scope.owner is None:
            return UNKNOWN_SELF
        return _of_class(scope.owner, strict)
    if is_one_of(hint, STRINGS):
        return _of_class(str, strict)
    if (supertype := told(hint, "__supertype__")) is not None:  # NewType
        return rule_for(supertype, scope, strict)
    raise UnsupportedHintError(text_of(hint))


def _of_union(rules: list[Rule]) -> Rule:
    if any(rule is ANYTHING for rule in rules):
        return ANYTHING
    # The exact types first: they are what values mostly are, and quick to tell.
    quick = [
        Rule("{type}({v}) is {0}", (rule.classes[0],)) if rule.classes else rule
        for rule in rules
        if rule.classes or rule is NONE
    ]
    classes = tuple(cls for rule in rules for cls in rule.classes)
    by_class = [Rule("{isinstance}({v}, {0})", (classes,))] if classes else []
    others = [flat(rule) for rule in rules if not rule.classes and rule is not NONE]
    parts = [*quick, *by_class, *others]
    return joined(" or ".join(["({})"] * len(parts)), parts)


def _of_type(hint: Any, scope: Scope) -> Rule:
    """``type[X]``: the classes below those of which ``X`` accepts instances."""
    if is_named(hint):
        try:
            hint = meaning_of(hint, scope)
        except (NameError, AttributeError):
            return called(Later(hint, scope, _of_type), pending=True)
    if typing.get_origin(hint) in UNIONS:
        kinds = [_of_type(arg, scope) for arg in typing.get_args(hint)]
        return _of_union(kinds)
    if is_one_of(hint, SELVES):
        if scope.owner is None:
            return UNKNOWN_SELF
        hint = scope.owner
    if hint is Any:
        hint = object
    if hint is None:
        hint = NoneType
    hint = typing.get_origin(hint) or hint
    if not isinstance(hint, type):
        raise UnsupportedHintError(f"type[{text_of(hint)}]")
    classes = FILES[hint] if is_one_of(hint, (*FILES,)) else hint
    return Rule("{isinstance}({v}, {type}) and {issubclass}({v}, {0})", (classes,))


def _of_generic(
    origin: type, args: tuple[Any, ...], scope: Scope, strict: bool
) -> Rule:
    if origin is typing.IO and args[0] is str:
        origin = typing.TextIO
    elif origin is typing.IO and args[0] is bytes:
        origin = typing.BinaryIO
    base = _of_class(origin, strict)
    if hints := iterated(origin, args):
        return looping(base, *(rule_for(inner, scope, strict) for inner in hints))
    if origin is tuple:
        return _of_tuple(base, args, scope, strict)
    if origin in ITERABLES and len(args) == 1:
        item = rule_for(args[0], scope, strict)
        if item is not ANYTHING:
            return passing(base, _ItemsIfKept(item), pending=item.pending)
    # What the parameters of other generic classes say cannot be seen on a value.
    return base


def iterated(origin: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the hints of what a container gives: of items, or of keys and values."""
    match args:
        case [item, last] if origin is tuple and last is Ellipsis:
            return (item,)
        case [_] if origin in COLLECTIONS:
            return args
        case [_, _] if origin in MAPPINGS:
            return args
        case [_, _] if origin is collections.abc.ItemsView:
            return (tuple[args],)  # type: ignore[valid-type]
        case [item] if origin is collections.Counter:
            return item, int
        case _:
            return ()


def _of_tuple(base: Rule, args: tuple[Any, ...], scope: Scope, strict: bool) -> Rule:
    for arg in args:
        if told(arg, "__unpacked__") is True:
            raise UnsupportedHintError(text_of(arg))
    places = [flat(rule_for(arg, scope, strict)) for arg in args]
    parts = [base, Rule("{len}({v}) == {0}", (len(args),))]
    for number, rule in enumerate(places):
        if rule is not ANYTHING:
            test = rule.test.replace("{v}", f"{{v}}[{number}]")
            parts.append(Rule(test, rule.objects, pending=rule.pending))
    return joined(" and ".join(["({})"] * len(parts)), parts)


class _Literal:
    """Tell values of a ``Literal``, which says ``1`` and means neither 1.0 nor True."""

    def __init__(self, values: tuple[Any, ...]) -> None:
        self.values: tuple[Any, ...] = values

    def __call__(self, value: Any) -> bool:
        return any(
            value is literal or (type(value) is type(literal) and value == literal)
            for literal in self.values
        )


class _File:
    """Tell files, and what wraps one and has its methods."""

    def __init__(self, kind: type) -> None:
        self.classes: tuple[type, ...] = FILES[kind]
        others: dict[type, tuple[type, ...]] = {
            typing.TextIO: FILES[typing.BinaryIO],
            typing.BinaryIO: FILES[typing.TextIO],
        }
        #: What has the methods and is no file of this kind, as a class of files.
        self.others: tuple[type, ...] = (type, *others.get(kind, ()))

    def __call__(self, value: object) -> bool:
        if isinstance(value, self.classes):
            return True
        methods = ("readline", "write", "close")  # an archive has no lines
        return not isinstance(value, self.others) and all(
            hasattr(value, name) for name in methods
        )


class _ItemsIfKept:
    """Look at items only where looking does not take them away."""

    def __init__(self, item: Rule) -> None:
        self.item: Rule = item

    def __call__(self, value: Iterable[Any]) -> bool:
        if not isinstance(value, collections.abc.Collection):
            return True
        accepts = self.item.accepts
        return all(accepts(item) for item in value)
