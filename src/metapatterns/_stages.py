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

from ._classes import linearise, parameters, set_attribute
from .errors import KeywordClashError, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping
    from typing import Any, TypeAlias

    Namespace: TypeAlias = MutableMapping[str, Any]
    Options: TypeAlias = Mapping[str, Any]

NO_OPTIONS: Options = {}


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
    keywords: tuple[str, ...]
    #: Keywords that can go by another word, each with the keyword that gives it.
    renamers: Mapping[str, str] = {}
    #: Whether the ``__call__`` of the pattern's metaclass stays in place, since it
    #: hands on by itself where a front has answered.
    hands_on: bool = False

    def __init__(self) -> None:
        # Protocols ignore attributes that begin with `_abc_`, and no others.
        self.slot = f"_abc_metapatterns_{self.name}"

    def beside_framework(self) -> Pattern:
        """The pattern to follow in classes that also have a framework's metaclass."""
        return self

    def alone(self) -> Pattern:
        """The pattern to follow where ``type`` makes the class, from our namespace."""
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

    def __init__(
        self,
        patterns: Iterable[Pattern],
        *,
        foreign: bool,
        alone: bool = False,
    ) -> None:
        if foreign:
            patterns = [pattern.beside_framework() for pattern in patterns]
        elif alone:
            patterns = [pattern.alone() for pattern in patterns]
        self.patterns = tuple(patterns)
        self.slots = tuple((pattern.slot, pattern) for pattern in self.patterns)
        self.claims = {
            word: pattern for pattern in self.patterns for word in pattern.keywords
        }
        self.renaming = self._acting("renamed")
        self.reading = self._acting("read")
        self.preparing = self._acting("prepare")
        self.releasing = self._acting("release")
        #: Every pattern agrees to the class before any acts on it.
        self.finishing = (*self._acting("check"), *self._acting("created"))

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
        options: dict[str, Any] = {}
        others: dict[str, Any] = {}
        for word, value in kwargs.items():
            if word not in meant:
                others[word] = value
                continue
            keyword = meant[word]
            pattern = self.claims[keyword]
            option = pattern.renamers.get(keyword)
            if (other := self.claims.get(word, pattern)) is not pattern:
                claimants = claimant(other), f"{claimant(pattern)} as its {keyword}"
                raise KeywordClashError(name, word, claimants, option)
            if (rival := self.rival(word, bases)) is not None:
                claimants = claimant(pattern), rival
                raise KeywordClashError(name, word, claimants, option)
            options[keyword] = value
        return options, others

    def meanings(
        self, bases: tuple[type, ...], kwargs: Mapping[str, Any]
    ) -> dict[str, str]:
        """The words in `kwargs` that are the patterns', each with what it stands for."""
        meant = {word: word for word in kwargs if word in self.claims}
        for _, renamed in self.renaming:
            if names := renamed(bases, kwargs):
                for keyword in names.values():
                    meant.pop(keyword, None)
                meant |= {word: names[word] for word in names if word in kwargs}
        return meant

    def rival(self, word: str, bases: tuple[type, ...]) -> str | None:
        """Name the hook of a base that takes a class keyword of this name."""
        for base in linearise(bases)[:-1]:  # the last is `object`
            hook = base.__dict__.get("__init_subclass__")
            if hook is not None and word in parameters(hook):
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
        states: dict[str, object] = {}
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
        if len(self.patterns) == 1:
            return options
        claims = self.claims
        return {word: options[word] for word in options if claims[word].slot == slot}

    def finish(self, cls: type, states: dict[str, object]) -> None:
        """Run ``check`` and ``created``."""
        for slot, act in self.finishing:
            act(cls, states[slot])


def claimant(pattern: Pattern) -> str:
    return f"the {pattern.name} pattern"


def keep(cls: type, states: dict[str, object]) -> None:
    """Put each pattern's state on the class."""
    for slot, state in states.items():
        set_attribute(cls, slot, state)
