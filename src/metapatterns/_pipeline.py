"""
The pipeline: drive the patterns' stages around the making of a class, once.

Making a class is a call, ``M(name, bases, namespace, **kwargs)``, and a call is
governed by the class of what is called.  Each metaclass of this package derives
from :class:`PatternMeta`, and the class of those is :class:`Pipeline`.  So the
pipeline is what gets called, and whatever else M derives from runs inside it: a
framework's metaclass may call ``type.__init__`` by name, be written in C, keep
the namespace to itself, and stand before or after ours in the list of bases.

``M(...)`` is not the only way to make an instance of M.  ``type(name, bases,
namespace)``, a function given as ``metaclass=`` and the functional API of Enum
call ``M.__new__``; so every M gets a *front* ``__new__`` and ``__prepare__``,
which act if M itself is being asked and step aside for metaclasses derived
from M.  Only ``type.__new__(M, ...)``, called by name, passes them by.
"""

from __future__ import annotations

from _abc import _abc_init  # type: ignore[import-not-found]  # absent from typeshed
from _thread import _local
from abc import ABCMeta

from ._classes import class_of, is_framework, linearise, parameters, past
from ._explaining import explained
from ._frames import asking_frame, call_from
from ._layout import arrange, refuse_unreached
from ._stages import NO_OPTIONS, Stages, keep
from .errors import MetaclassConflictError, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ._stages import Namespace, Options, Pattern

#: The hooks of a metaclass, and how many arguments each is given by position.
FILLED = {"__prepare__": 3, "__new__": 4, "__init__": 4}
HOOKS = tuple(FILLED)
#: The module of combinations.  A pickle by value tells no more than that of one, and
#: there must not be a second, or classes of the two have no common metaclass.
COMBINE = f"{__package__}.combine"


class Pipeline(type):
    """The class of every metaclass here: calling one runs the stages."""

    _metapatterns_plan: Plan
    _metapatterns_pattern: Pattern

    def __new__(
        metatype: type[Pipeline],
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        /,
        **kwargs: Any,
    ) -> Pipeline:
        if namespace.get("__module__") == COMBINE and "__doc__" not in namespace:
            from .combine import asked_again

            known: Pipeline = asked_again(name, bases)
            return known
        bases = arrange(bases, namespace)
        if "__call__" in namespace and None in call_entries(linearise(bases)).values():
            # The user's own `__call__` stays in front of the patterns' fronts.
            bases = (metatype(name, bases, {}),)
        if "__module__" not in namespace:
            namespace = {**namespace, "__module__": calling_module()}
        mcls = super().__new__(metatype, name, bases, namespace, **kwargs)
        refuse_unreached(mcls)
        mcls._metapatterns_plan = plan = Plan(mcls, vars(mcls))
        if plan.patterns:
            type.__setattr__(mcls, "__new__", staticmethod(front_new(mcls, plan)))
        if plan.preparing or plan.has_namespace:
            prepare = classmethod(front_prepare(mcls, plan))
            type.__setattr__(mcls, "__prepare__", prepare)
        own = namespace.get("_metapatterns_pattern")
        hands_on = own is not None and own.hands_on
        if mcls in plan.entries.values() and not hands_on:
            type.__setattr__(mcls, "__call__", front_call(mcls))
        return mcls

    def __call__(
        mcls,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        /,
        **kwargs: Any,
    ) -> Any:
        if bases is None:  # no class statement: older `with_metaclass`
            return type.__call__(mcls, name, bases, namespace, **kwargs)
        if bases and (winner := most_derived(mcls, bases)) is not mcls:
            return winner(name, bases, namespace, **kwargs)
        return mcls._metapatterns_plan.make(mcls, name, bases, namespace, kwargs)


def most_derived(mcls: Any, bases: tuple[type, ...]) -> Any:
    """Find the metaclass that :class:`type` is going to put in place of `mcls`."""
    for base in bases:
        meta = type(base)
        if meta is not mcls and issubclass(meta, mcls):
            mcls = meta
    return mcls


def make(
    mcls: Pipeline,
    name: str,
    bases: tuple[type, ...],
    namespace: Namespace,
    kwargs: dict[str, Any],
    *,
    initialise: bool = True,
) -> Any:
    """Take one class through the stages, from ``release`` to ``created``."""
    plan = mcls._metapatterns_plan
    options = NO_OPTIONS
    if kwargs:
        options, kwargs = plan.split(name, bases, kwargs)
        options = plan.read(name, options)
    if not plan.plain and (outer := Making.of(mcls, name, bases)) is not None:
        options = {**outer.options, **options}  # a framework builds it anew, inside
    for _, release in plan.releasing:
        namespace = release(namespace)
    if type(namespace) is dict:
        namespace = {**namespace}  # in `type(name, bases, theirs)` it is theirs
    if "__module__" not in namespace:
        namespace["__module__"] = calling_module()
    states = plan.before(name, bases, namespace, options)
    if plan.plain:
        if plan.alone:
            namespace.update(states)  # for classes that hooks make below this one
        cls = plan.new(mcls, name, bases, namespace, **kwargs)
    else:
        making = Making(mcls, name, options, states)
        shown = plan.shown_to("__new__", kwargs, options)
        cls = making.run(plan.new, bases, namespace, **shown)
        if is_made_already(cls, plan):
            return cls
        if not isinstance(cls, mcls):
            raise built_another(mcls, name, cls)
        if plan.abstract and "_abc_impl" not in vars(cls):
            _abc_init(cls)  # a part in C kept ABCMeta from it
    if not plan.alone:
        keep(cls, states)
    if initialise and plan.init is not None:
        shown = plan.shown_to("__init__", kwargs, options)
        initialise_as: Any = type(cls).__init__
        call_from(asking_frame(), initialise_as, cls, name, bases, namespace, **shown)
    plan.finish(cls, states)
    return cls


def simple_make(plan: Plan) -> Callable[..., Any]:
    """
    Return what does as :func:`make` does, sooner, where there is nothing to allow for.

    That is one pattern and no other metaclass, as the plan knows, and then a body that
    has just run: so most classes come this way.
    """
    [pattern] = plan.patterns
    slot, release, before = pattern.slot, pattern.release, pattern.before
    new, finishing = plan.new, [act for _, act in plan.finishing]

    def make_simply(
        mcls: Pipeline,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        kwargs: dict[str, Any],
    ) -> Any:
        if slot in namespace or "__module__" not in namespace:
            return make(mcls, name, bases, namespace, kwargs)
        options = NO_OPTIONS
        if kwargs:
            options, kwargs = plan.split(name, bases, kwargs)
            options = plan.read(name, options)
        namespace = {**namespace} if type(namespace) is dict else release(namespace)
        namespace[slot] = state = before(name, bases, namespace, options)
        if kwargs:
            cls = new(mcls, name, bases, namespace, **kwargs)
        else:  # without the detour through an empty dictionary
            cls = new(mcls, name, bases, namespace)
        for act in finishing:
            act(cls, state)
        return cls

    return make_simply


def calling_module() -> str:
    """The module that asked, as ``type`` finds it where no frame of ours is between."""
    return str(asking_frame().f_globals.get("__name__", "builtins"))


def is_made_already(cls: object, plan: Plan) -> bool:
    """Tell whether an inner call, by a framework, took `cls` through the stages."""
    return isinstance(cls, type) and all(slot in vars(cls) for slot, _ in plan.slots)


def built_another(mcls: type, name: str, result: object) -> MetaclassConflictError:
    made_by = type(result)
    foreign = [meta for meta in mcls.__mro__ if is_foreign(meta)]
    chain = [meta for meta in foreign if "__new__" in vars(meta)] or [mcls]
    culprit = describe(made_by if made_by in chain else chain[0])
    patterns = [
        describe(meta) for meta in mcls.__mro__ if "_metapatterns_pattern" in vars(meta)
    ]
    return MetaclassConflictError(
        f"class {name!r}: the metaclass {describe(mcls)!r} was asked for, but"
        f" {culprit!r} built an instance of {describe(made_by)!r} instead, without"
        f" {', '.join(patterns)}; use the mixin or the decorator of the pattern, or"
        f" apply the pattern to a class that {culprit!r} does not build",
        parts=[describe(mcls), culprit],
        explain=explained(mcls),
    )


# -- the fronts ---------------------------------------------------------------


def front_new(owner: Any, plan: Plan) -> Callable[..., Any]:
    own = plan.own.get("__new__")

    def __new__(
        mcls: Pipeline,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        /,
        **kwargs: Any,
    ) -> Any:
        making = Making.of(mcls, name, bases)
        if mcls is owner:
            if making is None and bases is not None:
                if (winner := most_derived(mcls, bases)) is not mcls:
                    return winner.__new__(winner, name, bases, namespace, **kwargs)
                return make(mcls, name, bases, namespace, kwargs, initialise=False)
            return plan.new(mcls, name, bases, namespace, **kwargs)
        # Beside a framework, a pattern leaves to it words that it has elsewhere.
        claimed = mcls._metapatterns_plan.claims
        meant = plan.meanings(bases, kwargs)
        given = {
            keyword: kwargs.pop(word)
            for word, keyword in meant.items()
            if keyword in claimed
        }
        if given and making is not None:
            making.revise(bases, namespace, given)
        if own is None:
            return past(owner, mcls).__new__(mcls, name, bases, namespace, **kwargs)
        return own.__get__(None, mcls)(mcls, name, bases, namespace, **kwargs)

    return __new__


def front_prepare(owner: Any, plan: Plan) -> Callable[..., Any]:
    own = plan.own.get("__prepare__")
    preparing, has_namespace = plan.preparing, plan.has_namespace
    alone = preparing[0][1] if len(preparing) == 1 and not has_namespace else None

    def __prepare__(
        mcls: Pipeline, name: str, bases: tuple[type, ...], /, **kwargs: Any
    ) -> Any:
        if mcls is owner:
            if alone is not None and not kwargs:  # most classes come this way
                return alone(name, bases, {}, NO_OPTIONS)
            options = NO_OPTIONS
            if kwargs:
                options, kwargs = plan.split(name, bases, kwargs)
            namespace: Namespace = {}
            if has_namespace:
                shown = plan.shown_to("__prepare__", kwargs, options)
                namespace = call_from(
                    asking_frame(), plan.prepare, name, bases, **shown
                )
            for slot, prepare in preparing:
                own_options = options and plan.options_of(slot, options)
                namespace = prepare(name, bases, namespace, own_options)
            return namespace
        meant = plan.meanings(bases, kwargs)
        kwargs = {word: kwargs[word] for word in kwargs if word not in meant}
        if own is None:
            return super(owner, mcls).__prepare__(name, bases, **kwargs)
        return own.__get__(None, mcls)(name, bases, **kwargs)

    return __prepare__


def front_call(owner: Any) -> Callable[..., Any]:
    def __call__(cls: type, /, *args: Any, **kwargs: Any) -> Any:
        construct = super(owner, cls).__call__
        for pattern, entry in class_of(cls)._metapatterns_plan.entries.items():
            if entry is owner:
                construct = called_through(pattern, cls, construct)
        return construct(*args, **kwargs)

    return __call__


def called_through(
    pattern: Pattern, cls: type, construct: Callable[..., Any]
) -> Callable[..., Any]:
    return lambda *args, **kwargs: pattern.call(cls, construct, args, kwargs)


class Making:
    """
    A class that a chain of ``__new__`` methods is making in this thread.

    It tells the fronts further along the chain that their call belongs to a
    statement which is being driven already.
    """

    current = _local()

    def __init__(
        self, mcls: Pipeline, name: str, options: Options, states: dict[str, object]
    ) -> None:
        self.mcls: Pipeline = mcls
        self.name: str = name
        self.options: Options = options
        self.states: dict[str, object] = states

    @classmethod
    def of(cls, mcls: type, name: str, bases: tuple[type, ...]) -> Making | None:
        making: Making | None = getattr(cls.current, "making", None)
        if making is None or making.mcls is not mcls or making.name != name:
            return None
        # A subclass of the class itself, made by `__init_subclass__`, is its own.
        plan = making.mcls._metapatterns_plan
        for base in bases or ():
            if type(base) is mcls and not is_made_already(base, plan):
                return None
        return making

    def run(self, chain: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        outer = getattr(self.current, "making", None)
        self.current.making = self
        try:
            frame = asking_frame()
            return call_from(frame, chain, self.mcls, self.name, *args, **kwargs)
        finally:
            self.current.making = outer

    def revise(
        self, bases: tuple[type, ...], namespace: Namespace, given: Options
    ) -> None:
        """Heed a keyword that a user's own ``__new__`` passes on with a new value."""
        plan = self.mcls._metapatterns_plan
        given = plan.read(self.name, given)
        changed = [word for word in given if given[word] is not self.options.get(word)]
        self.options = {**self.options, **given}
        for pattern in dict.fromkeys(plan.claims[word] for word in changed):
            own = plan.options_of(pattern.slot, self.options)
            self.states[pattern.slot] = pattern.before(self.name, bases, namespace, own)


# -- the plan -----------------------------------------------------------------


class Plan(Stages):
    """What one metaclass does to its classes, worked out when it is made."""

    def __init__(self, mcls: Pipeline, own: Mapping[str, Any]) -> None:
        foreign = [meta for meta in mcls.__mro__ if is_foreign(meta)]
        self.mcls = mcls
        #: The hooks of the metaclass's own body, which the fronts stand before.
        self.own = {hook: own[hook] for hook in HOOKS if hook in own}
        self.new = self._behind_fronts(mcls, "__new__")
        self.plain = self.new is type.__new__
        #: Whether nobody else looks at the namespace, or at the class meanwhile.
        self.alone = self.plain and not foreign
        self.prepare = self._behind_fronts(mcls, "__prepare__")
        self.has_namespace = any(
            self._hook_of(meta, "__prepare__", mcls) is not None
            for meta in mcls.__mro__
            if meta is not type
        )
        self.abstract = ABCMeta in mcls.__mro__
        init = self._behind_fronts(mcls, "__init__")
        self.init = None if init is type.__init__ else init
        super().__init__(
            [
                vars(meta)["_metapatterns_pattern"]
                for meta in mcls.__mro__
                if "_metapatterns_pattern" in vars(meta)
            ],
            foreign=any(is_framework(meta) for meta in foreign),
            alone=self.alone and self.init is None,
        )
        simple = self.alone and self.init is None and len(self.patterns) == 1
        self.make = simple_make(self) if simple else make
        self.shown = {hook: self._words_named(mcls, hook) for hook in HOOKS}
        self.rivals = {
            word: f"{describe(meta)}.{hook}"
            for meta in foreign
            for hook in HOOKS
            # The first few are filled by position, whatever they are called.
            for word in parameters(vars(meta).get(hook), FILLED[hook])
        }
        #: For each pattern with a `__call__`, the metaclass that is asked first.
        self.entries = {
            pattern: mcls if entry is None else entry
            for pattern, entry in call_entries(mcls.__mro__).items()
        }

    def __reduce__(self) -> tuple[Any, ...]:
        # By value, a metaclass has its plan worked out anew, from the patterns there.
        return Plan, (self.mcls, self.own)

    def _hook_of(self, meta: type, hook: str, mcls: Pipeline) -> Any:
        if not isinstance(meta, Pipeline):
            return vars(meta).get(hook)
        return (self if meta is mcls else meta._metapatterns_plan).own.get(hook)

    def _behind_fronts(self, mcls: Pipeline, hook: str) -> Callable[..., Any]:
        """Find what a plain metaclass in place of `mcls` would call."""
        functions = (self._hook_of(meta, hook, mcls) for meta in mcls.__mro__)
        function: Any = next(function for function in functions if function)
        # The `__new__` of a class written in C is no descriptor.
        bind = getattr(function, "__get__", None)
        bound: Callable[..., Any] = bind(None, mcls) if bind else function
        return bound

    def _words_named(self, mcls: Pipeline, hook: str) -> list[str]:
        """The claimed keywords that hooks of the user's own metaclasses name."""
        named: set[str] = set()
        for meta in mcls.__mro__:
            if isinstance(meta, Pipeline):
                named |= parameters(self._hook_of(meta, hook, mcls))
        return [word for word in self.claims if word in named]

    def shown_to(
        self, hook: str, kwargs: dict[str, Any], options: Options
    ) -> dict[str, Any]:
        """Add to the keywords that travel on those that a user's `hook` names."""
        words = [word for word in self.shown[hook] if word in options]
        return {**kwargs, **{word: options[word] for word in words}}

    def rival(self, word: str, bases: tuple[type, ...]) -> str | None:
        return self.rivals.get(word) or super().rival(word, bases)


def is_foreign(meta: type) -> bool:
    """Tell whether a metaclass is neither ours nor derived from one of ours."""
    return (
        issubclass(meta, type) and meta is not type and not isinstance(meta, Pipeline)
    )


def call_entries(mro: tuple[type, ...]) -> dict[Pattern, type | None]:
    """
    For each pattern with a ``__call__``: where a call of a class reaches it first.

    ``None`` where a framework's ``__call__`` would come first, and might never
    hand on; a user's own metaclass that derives from the pattern's may do so.
    """
    entries: dict[Pattern, type | None] = {}
    for place, carrier in enumerate(mro):
        pattern = vars(carrier).get("_metapatterns_pattern")
        if pattern is not None and "__call__" in vars(carrier):
            entries[pattern] = call_entry(pattern, carrier, mro[:place])
    return entries


def call_entry(pattern: Pattern, carrier: type, ahead: tuple[type, ...]) -> type | None:
    for meta in ahead:
        plan: Plan | None = vars(meta).get("_metapatterns_plan")
        if plan and plan.entries.get(pattern) is meta:
            return meta
        if "__call__" in vars(meta) and carrier not in meta.__mro__:
            return None
    return carrier


# -- the base of every metaclass here -----------------------------------------


class PatternMeta(type, metaclass=Pipeline):
    """
    The base of every metaclass of this package.

    Deriving from it is all that it takes: the stages are run by the class of
    the metaclass, so a pattern's metaclass defines no ``__new__``, no
    ``__init__`` and no ``__prepare__``, and one of yours may define them all.
    """
