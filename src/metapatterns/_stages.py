"""
What a pattern is, and the stages at which it acts while a class is made.

===========  ==============================================  ==================
stage        when                                            a pattern may
===========  ==============================================  ==================
``prepare``  before the body runs                            refuse, adopt
``release``  the body has run                                swap the namespace
``before``   there is a namespace and no class yet           refuse, edit
``check``    the class is made and initialised               refuse
``created``  every pattern has agreed                        act on the outside
``call``     the class is called                             build or hand out
===========  ==============================================  ==================

Two drivers take classes through them: ``_pipeline.py`` for metaclasses, from
outside; ``_hooks.py`` for mixins and decorators, with the class already there.
"""

from __future__ import annotations

from abc import ABCMeta

from .errors import KeywordClashError, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping
    from typing import Any, TypeAlias, TypeVar

    from typing_extensions import TypeIs

    T = TypeVar("T", bound=str)
    Namespace: TypeAlias = MutableMapping[str, Any]
    Options: TypeAlias = Mapping[str, Any]

NO_OPTIONS: Options = {}
WrapperDescriptorType = type(type.__setattr__)


class Pattern:
    """
    One behaviour, told of each stage that a class passes through.

    Subclasses define the stages they act at; the others cost nothing.  No
    stage learns which door called it.

    What a door carries is declared as a ``Pattern`` and no more, or type checkers
    would see two doors disagree in a class that has both.
    """

    #: The pattern's noun.
    name: str
    #: Where a class keeps the pattern's state.
    slot: str
    #: The class keywords the pattern takes, disjoint from every other's.
    keywords: tuple[str, ...] = ()
    #: Whether the ``__call__`` of the pattern's metaclass stays in place, since it
    #: hands on by itself where a front has answered.
    hands_on: bool = False

    def __init__(self) -> None:
        # Protocols ignore attributes that begin with `_abc_`, and no others.
        self.slot = f"_abc_metapatterns_{self.name}"

    def takes(self, foreign: bool, /) -> tuple[str, ...]:
        """The class keywords; `foreign`: beside a framework's metaclass."""
        return self.keywords

    def beside_framework(self) -> Pattern:
        """The pattern to follow in classes that also have a framework's metaclass."""
        return self

    def renamed(
        self, bases: tuple[type, ...], kwargs: Mapping[str, Any], /
    ) -> Mapping[str, str]:
        """The keywords that go by another word below these bases: word to keyword."""
        return {}

    def read(self, name: str, options: Options, /) -> Options:
        """Read what an option gives only once; ``before`` may be asked again."""
        return options

    def prepare(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Options,
        /,
    ) -> Namespace:
        """Refuse early, or adopt the mapping in which the body will run."""
        return namespace

    def release(self, namespace: Namespace, /) -> Namespace:
        """Give back a mapping of the type that ``prepare`` adopted."""
        return namespace

    def before(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Options,
        /,
    ) -> object:
        """Refuse, or edit the namespace; return the state to keep on the class."""
        return options

    def rebuilt(
        self, state: Any, name: str, bases: tuple[type, ...], namespace: Namespace, /
    ) -> object:
        """
        Do what ``before`` does for a class that is built a second time.

        ``@dataclass(slots=True)`` and attrs copy a finished class's namespace
        into a new class and lose its keywords; `state` is the first one's.
        """
        return state

    def check(self, cls: type, state: Any, /) -> None:
        """Refuse the finished class; write nothing outside it."""

    def created(self, cls: type, state: Any, /) -> None:
        """Act on the outside world; never refuse."""

    def call(
        self,
        cls: type,
        construct: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        /,
    ) -> object:
        """Answer a call of the class; `construct` makes an instance."""
        return construct(*args, **kwargs)


class Stages:
    """The stages of several patterns, looked up once and run for many classes."""

    def __init__(self, patterns: Iterable[Pattern], *, foreign: bool = False) -> None:
        self.patterns = tuple(
            pattern.beside_framework() if foreign else pattern for pattern in patterns
        )
        self.slots = tuple((pattern.slot, pattern) for pattern in self.patterns)
        self.claims = {
            word: pattern
            for pattern in self.patterns
            for word in pattern.takes(foreign)
        }
        self.renaming = self._acting("renamed")
        self.reading = self._acting("read")
        self.preparing = self._acting("prepare")
        self.releasing = self._acting("release")
        self.checking = self._acting("check")
        self.creating = self._acting("created")

    def _acting(self, stage: str) -> tuple[tuple[str, Callable[..., Any]], ...]:
        base = getattr(Pattern, stage)
        return tuple(
            (slot, getattr(pattern, stage))
            for slot, pattern in self.slots
            if getattr(type(pattern), stage) is not base
        )

    def split(
        self, name: str, bases: tuple[type, ...], kwargs: dict[str, Any]
    ) -> tuple[Options, dict[str, Any]]:
        """Part the class keywords: the patterns' own, and those that travel on."""
        meant = self.meanings(bases, kwargs)
        if not meant:
            return NO_OPTIONS, kwargs
        for word, keyword in meant.items():
            pattern = self.claims[keyword]
            claimant = f"the {pattern.name} pattern"
            if (other := self.claims.get(word, pattern)) is not pattern:
                claimants = f"the {other.name} pattern", f"{claimant} as its {keyword}"
                raise KeywordClashError(name, word, claimants)
            if (rival := self.rival(word, bases)) is not None:
                raise KeywordClashError(name, word, (claimant, rival))
        options = {keyword: kwargs[word] for word, keyword in meant.items()}
        return options, {word: kwargs[word] for word in kwargs if word not in meant}

    def meanings(
        self, bases: tuple[type, ...], kwargs: Mapping[str, Any]
    ) -> dict[str, str]:
        """The words in `kwargs` that are the patterns', each with what it stands for."""
        meant = {word: word for word in kwargs if word in self.claims}
        for _, renamed in self.renaming:
            names = renamed(bases, kwargs)
            for keyword in names.values():
                meant.pop(keyword, None)
            meant |= {word: names[word] for word in names if word in kwargs}
        return meant

    def rival(self, word: str, bases: tuple[type, ...]) -> str | None:
        """Name the hook of a base that takes a class keyword of this name."""
        for base in linearise(bases):
            if word in parameters(base.__dict__.get("__init_subclass__")):
                return f"{describe(base)}.__init_subclass__"
        return None

    def read(self, name: str, options: Options) -> Options:
        """Take from the options what can be taken once, for all the stages to see."""
        for slot, read in self.reading:
            if own := self.options_of(slot, options):
                options = {**options, **read(name, own)}
        return options

    def before(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Options,
    ) -> dict[str, object]:
        """Run ``before``, or ``rebuilt``, of each pattern: its slot and its state."""
        states = {}
        for slot, pattern in self.slots:
            if slot in namespace:
                state = namespace[slot]
                del namespace[slot]
                states[slot] = pattern.rebuilt(state, name, bases, namespace)
            else:
                own = options and self.options_of(slot, options)
                states[slot] = pattern.before(name, bases, namespace, own)
        return states

    def options_of(self, slot: str, options: Options) -> Options:
        """The options of one pattern; the others' are none of its business."""
        claims = self.claims
        return {word: options[word] for word in options if claims[word].slot == slot}

    def finish(self, cls: type, states: dict[str, object]) -> None:
        """Let every pattern agree to the class before any acts on it."""
        for slot, check in self.checking:
            check(cls, states[slot])
        for slot, created in self.creating:
            created(cls, states[slot])


def keep(cls: type, states: dict[str, object]) -> None:
    """Put each pattern's state on the class."""
    for slot, state in states.items():
        set_attribute(cls, slot, state)


def set_attribute(cls: type, name: str, value: object, /) -> None:
    """Set a class attribute, past a ``__setattr__`` that a metaclass may have."""
    try:
        type.__setattr__(cls, name, value)
    except TypeError:  # a metaclass written in C insists on its own
        in_c(type(cls), "__setattr__", setattr)(cls, name, value)


def delete_attribute(cls: type, name: str, /) -> None:
    """Delete a class attribute, past a ``__delattr__`` that a metaclass may have."""
    try:
        type.__delattr__(cls, name)
    except TypeError:
        in_c(type(cls), "__delattr__", delattr)(cls, name)


def in_c(
    metaclass: type, method: str, otherwise: Callable[..., None]
) -> Callable[..., Any]:
    """Find the method that a metaclass written in C insists on."""
    for meta in metaclass.__mro__[: metaclass.__mro__.index(type)]:
        own: Any = vars(meta).get(method)
        if isinstance(own, WrapperDescriptorType):
            return own
    return otherwise  # it is there, and does not show


def is_framework(meta: type) -> bool:
    """Tell whether a metaclass that is not ours may have its own view of a class."""
    # These two leave annotations, class keywords and construction alone.
    return meta is not ABCMeta and not (
        issubclass(meta, ABCMeta) and meta.__name__ == "_ProtocolMeta"
    )


def has_framework(mcls: type) -> bool:
    """Tell whether a finished metaclass is, or derives from, a framework's."""
    return any(
        meta not in (type, object)
        and "_metapatterns_plan" not in vars(meta)
        and is_framework(meta)
        for meta in mcls.__mro__
    )


def nearest(slot: str, ancestors: tuple[type, ...], /) -> Any:
    """Return the state that the first of these keeps under `slot`, or ``None``."""
    for ancestor in ancestors:
        if (state := ancestor.__dict__.get(slot)) is not None:
            return state
    return None


def inherited(slot: str, bases: tuple[type, ...], /) -> Any:
    """Return the nearest base's state under `slot`, or ``None``."""
    return nearest(slot, linearise(bases))


def linearise(bases: tuple[type, ...], /) -> tuple[type, ...]:
    """
    Return the MRO that a class with these bases is going to have behind itself.

    This is C3, as :meth:`type.mro` does it; ``()`` where there is no such
    order, since the class statement is then about to fail by itself.
    """
    if len(bases) < 2:
        return bases and (getattr(bases[0], "__mro__", None) or ())
    rows = [list(getattr(base, "__mro__", None) or ()) for base in bases]
    rows.append(list(bases))
    order: list[type] = []
    while rows := [row for row in rows if row]:
        for head in (row[0] for row in rows):
            if not any(head in row[1:] for row in rows):
                break
        else:
            return ()
        order.append(head)
        rows = [row[1:] if row[0] is head else row for row in rows]
    return tuple(order)


def parameters(function: object, /, beyond: int = 0) -> frozenset[str]:
    """The names, `beyond` the first few, that a Python function takes as keywords."""
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None:
        return frozenset()
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return frozenset(names[max(code.co_posonlyargcount, beyond) :])


# -- what callers hand in ------------------------------------------------------
#
# Its class may define, or pretend, anything: what is asked here is answered by C.


def plain_text(value: Any, /) -> str | None:
    """Return the characters of a string as a plain ``str``; ``None`` for what is none."""
    return str.__str__(value) if issubclass(type(value), str) else None


def chosen(given: object, choices: tuple[T, ...], /) -> T | None:
    """Return the one of some strings that was given; ``None`` if it is another."""
    text = plain_text(given)
    return next((choice for choice in choices if choice == text), None)


def is_class(value: object, /) -> TypeIs[type[Any]]:
    return issubclass(type(value), type)


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
