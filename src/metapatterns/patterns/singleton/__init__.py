"""Singleton: one instance for each class, however often the class is called."""

from __future__ import annotations

from ..._classes import class_of, inherited, linearise, past, set_attribute
from ..._hooks import PatternMixin, decorate, on_subclass
from ..._pipeline import PatternMeta
from ..._stages import NO_OPTIONS, Pattern
from ..._values import chosen, is_class, shorten
from ...errors import ClassDefinitionError, SingletonArgumentsError, describe
from ._acceptance import acceptor
from ._arguments import (
    Call,
    NotTakenError,
    caller,
    constructor_signature,
    constructor_signatures,
)
from ._construction import Construction, claim, release
from ._guards import guard, is_answered_by_metaclass, is_singleton
from ._identity import HOOKS, is_enumeration, keep_identity
from ._single import (
    NOTHING,
    SLOT,
    Built,
    Single,
    begin_subclass,
    end_subclass,
    own,
    replace,
    states_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Signature
    from typing import Any, Literal, TypeAlias, TypeVar, overload

    from ..._stages import Namespace, Options

    T = TypeVar("T")
    CT = TypeVar("CT", bound=type[Any])
    MT = TypeVar("MT", bound=type)
    Mode: TypeAlias = Literal["error", "warn", "ignore"]

__all__ = ["SingletonMeta", "SingletonMixin", "singleton", "singleton_instance"]

MODES = ("error", "warn", "ignore")


# -- behaviour ----------------------------------------------------------------


class SingletonAlone(Pattern):
    """One that has its state before there is a class, and is told of nothing else."""

    name = "singleton"
    keywords: tuple[str, ...] = ("singleton_args",)
    hands_on = True

    def before(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Options,
        /,
    ) -> Single:
        return Single(resolve(name, bases, options) if bases or options else "error")

    def rebuilt(
        self, state: Single, name: str, bases: tuple[type, ...], namespace: Namespace, /
    ) -> Single:
        return Single(state.mode)

    def call(
        self,
        cls: type,
        construct: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        /,
    ) -> object:
        if is_enumeration(cls):
            return construct(*args, **kwargs)
        single = own(cls)
        while (built := single.built) is NOTHING:
            construction = Construction(single, cls)
            try:
                if claim(construction):
                    keep_identity(cls)  # as late as there is something to copy
                    call = None if single.mode == "ignore" else Call(args, kwargs)
                    instance = construct(*args, **kwargs)
                    if cls in type(instance).__mro__:
                        single.publish(instance, call)
                    return instance
            finally:
                try:
                    release(construction)
                except BaseException:  # of a signal, which came between
                    release(construction)
                    raise
        return hand_out(single.mode, built, args, kwargs)


class Singleton(SingletonAlone):
    """The same, where a class in the making would find its parents' states."""

    def alone(self) -> Pattern:
        return ALONE

    def before(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Options,
        /,
    ) -> Single:
        single = super().before(name, bases, namespace, options)
        return begin_subclass(single, states_of(linearise(bases)))

    def rebuilt(
        self, state: Single, name: str, bases: tuple[type, ...], namespace: Namespace, /
    ) -> Single:
        return begin_subclass(Single(state.mode), states_of(linearise(bases)))

    def check(self, cls: type, state: Single, /) -> None:
        end_subclass(cls, state)


class SingletonByHooks(Singleton):
    """The same, where ``__new__`` and ``__init__`` stand in for a metaclass."""

    def check(self, cls: type, state: Single, /) -> None:
        super().check(cls, state)
        keep_identity(cls)
        guard(cls, self.call)


class SingletonByDecorator(SingletonByHooks):
    """The same, where the option needs no prefix."""

    keywords: tuple[str, ...] = ("args",)


ALONE: Pattern = SingletonAlone()
SINGLETON: Pattern = Singleton()
BY_HOOKS: Pattern = SingletonByHooks()
BY_DECORATOR: Pattern = SingletonByDecorator()


def resolve(name: str, bases: tuple[type, ...], options: Options) -> str:
    for word, given in options.items():
        mode = chosen(given, MODES)
        if mode is None:
            raise ClassDefinitionError(
                f"class {name!r}: {word} takes 'error', 'warn' or 'ignore', not"
                f" {shorten(given)}"
            )
        return mode
    above: Single | None = inherited(SLOT, bases)
    return "error" if above is None else above.mode


def hand_out(
    mode: str, built: Built, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> object:
    """Answer a later call with the instance, or refuse its arguments."""
    cls, first = built.owner, built.call
    if not (args or kwargs) or mode == "ignore" or cls is None or first is None:
        return built.instance
    try:
        if first.same(args, kwargs, lambda: constructor_signatures(cls)):
            return built.instance
    except NotTakenError as complaint:
        if mode == "error":
            raise TypeError(
                f"{describe(cls)!r}: {complaint}; it is a singleton, built at"
                f" {first.where}, and its constructor takes no such call"
            ) from None
    error = SingletonArgumentsError(describe(cls), first.where)
    if mode == "error":
        raise error
    import warnings

    frame = caller()
    warnings.warn_explicit(
        str(error),
        RuntimeWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        frame.f_globals.get("__name__"),
        frame.f_globals.setdefault("__warningregistry__", {}),
    )
    return built.instance


def state_of(cls: object) -> Single:
    if is_class(cls) and is_singleton(cls):
        return own(cls)
    raise TypeError(
        f"{shorten(cls)} is no singleton class: it needs SingletonMeta, SingletonMixin"
        " or @singleton"
    )


def singleton_instance(cls: type[T], /) -> T | None:
    """
    Return the instance of a singleton class, or ``None`` if there is none yet.

    It is never built, and an instance in the making does not show.  Type checkers
    accept it where they refuse a call without arguments, since one is required.

    Raises:
        TypeError: `cls` is no singleton class.

    Example:
        >>> from metapatterns import SingletonMeta, singleton_instance
        >>> class Config(metaclass=SingletonMeta):
        ...     pass
        >>> singleton_instance(Config) is None
        True
        >>> singleton_instance(Config) is Config()
        False
        >>> singleton_instance(Config) is Config()
        True

    .. versionadded:: 0.1
    """
    instance: T | None = state_of(cls).built.instance
    return instance


def empty(cls: type, /) -> Any:
    """Take the instance of `cls` out of its slot, and return it."""
    return state_of(cls).empty().instance


def substitute(cls: type, instance: object = NOTHING, /) -> Callable[[], object]:
    """
    Give `cls` another slot, empty or with an instance; return what gives it back.

    Calls that began before keep to the slot that they found.
    """
    single = Single(state_of(cls).mode)
    keep_identity(cls)
    old = replace(cls, single)
    if instance is not NOTHING:
        single.publish(instance, None)
    return lambda: replace(cls, old)


# -- doors --------------------------------------------------------------------


class ConstructorSignature:
    """
    Answers :func:`inspect.signature` for classes: what their constructor takes.

    No data descriptor, so a ``__signature__`` of the class's own wins; and
    silent on instances, which may be callable for themselves.
    """

    __slots__ = ()

    def __get__(self, instance: object, owner: type[Any]) -> Signature:
        # On a metaclass the class is the instance, in a class it is the owner.
        cls = owner if instance is None else instance
        if is_class(cls) and not issubclass(cls, type):
            signature = constructor_signature(cls)
            if signature is not None:
                return signature
        raise AttributeError("__signature__")


#: Not imported: `types` is slow.
MethodType: Any = type(SINGLETON.call)


class ClassCall:
    """
    ``SingletonMeta.__call__``: leads a call to the function of the class itself.

    Python asks the metaclass for it at every call.  It is no data descriptor, so
    a class keeps a ``__call__`` of its own.
    """

    __slots__ = ()

    def __get__(self, cls: Any, meta: type | None = None) -> Any:
        try:
            return cls._abc_metapatterns_singleton.answer
        except AttributeError:  # not built yet, or not to be answered from here
            return self if cls is None else MethodType(self, cls)

    def __call__(self, cls: type, /, *args: Any, **kwargs: Any) -> Any:
        construct = past(SingletonMeta, cls).__call__
        if class_of(cls)._metapatterns_plan.entries[SINGLETON] is not SingletonMeta:
            return construct(*args, **kwargs)
        instance = SINGLETON.call(cls, construct, args, kwargs)
        single: Single | None = vars(cls).get(SLOT)
        if (
            single is not None
            and (built := single.built) is not NOTHING
            and not hasattr(single, "answer")  # as for those who waited
        ):
            mode = single.mode
            single.show(
                built,
                acceptor(
                    cls,
                    built,
                    lambda built, args, kwargs: hand_out(mode, built, args, kwargs),
                    strict=mode == "error",
                ),
            )
        return instance


class SingletonMeta(PatternMeta):
    """
    Give a class one instance: calling it again returns what the first call built.

    The guarantee is for calls of the class.  However many threads call first,
    one object is made and initialised, and nobody sees it before ``__init__``
    has returned; a constructor that raises leaves nothing, and those who wait
    try again.  What goes round the call goes round the rule: ``cls.__new__(cls)``,
    a framework's way to make objects without validation.

    Stage:
        call.

    Class keywords:
        singleton_args (str, default ``"error"``): What becomes of a later call with
            other arguments than the first: ``"error"`` refuses it, ``"warn"`` gives
            the instance and a :exc:`RuntimeWarning`, ``"ignore"`` the instance.
            Arguments are the same if they are bound to the same parameters,
            defaults included, and each is the same object or says by ``==`` that
            it is equal; an ``==`` that raises, or answers with anything but
            ``True``, says no.  A call without arguments always gets the instance.
            So does any call of an instance that no call made, because it was
            unpickled or put there by a test.

    Raises:
        SingletonCycleError: The constructor needs the instance that it is
            building, by itself, through other singletons or through threads
            that build them.
        SingletonArgumentsError: A later call has other arguments.  It says
            where the first call was, and no value.
        TypeError: A call has arguments that the constructor does not take; of a
            later call this is said if ``singleton_args`` is ``"error"``.
        KeywordClashError: Another metaclass, or the ``__init_subclass__`` of a base,
            takes a class keyword of the same name.
        ClassDefinitionError: ``singleton_args=`` is none of the three values.
        pickle.UnpicklingError: The class was called while its pickle was loaded.

    Inheritance:
        A subclass has an instance of its own, and inherits ``singleton_args``.

    Composition:
        A framework's ``__call__`` runs inside; one in a metaclass of your own,
        derived from this, stays in front.  A call that returns no instance of
        the class is handed through, and what it returned is not kept.  So is
        every call of an enumeration, whose members are unique already: of a
        class that has, or inherits, ``_member_map_``.  Copies are the instance
        itself.  A pickle is the instance that there is; where there is none,
        its state is restored.  Hooks for either that the class or a plain base
        defines are used instead.  Dunder names for this are set on the class
        when it is first called.

    Threads:
        No lock is held while a constructor runs, so unrelated singletons are
        built in parallel, and a constructor may build others, in its own thread
        or in one that it waits for.  What it must not do is wait, by ``join`` or
        for a future, for a thread that asks for the instance it is building: no
        one can tell that from two threads that race, and both wait for ever.
        A finalizer, or the handler of a signal, may ask for a singleton at any
        moment; for the one that the code it interrupts is building, it is refused.
        A coroutine cannot be interrupted in a constructor; a construction in
        another thread blocks the loop that asks for the same instance.  A child
        forked during a construction builds anew.  Greenlets share a thread: one that
        asks for what another is building is refused, as a cycle.

    Doors:
        :class:`SingletonMixin` if the class has a metaclass already;
        :func:`singleton` if its bases are not yours to change.  There
        ``cls.__new__(cls)`` is a call as well.  Here ``type.__new__``, called by
        name, makes a subclass that may hand out its parent's instance.

    You do not need this when:
        A module can hold the object, or a function under
        :func:`functools.cache` can make it: both are plainer, and easier to
        replace in a test.  A class that others subclass rarely wants a
        metaclass.

    Source:
        Double-checked locking, with a wait-for graph in place of the lock.

    Example:
        >>> from metapatterns import SingletonMeta
        >>> class Config(metaclass=SingletonMeta):
        ...     def __init__(self, path="app.toml"):
        ...         self.path = path
        >>> Config("test.toml") is Config()
        True
        >>> Config("other.toml")
        Traceback (most recent call last):
          ...
        metapatterns.SingletonArgumentsError: ...Config' is a singleton, built at ...

    .. versionadded:: 0.1
    """

    _metapatterns_pattern = SINGLETON

    if TYPE_CHECKING:

        def __new__(
            mcls: type[MT],
            name: str,
            bases: tuple[type, ...],
            namespace: dict[str, Any],
            /,
            *,
            singleton_args: Mode = ...,
            **kwargs: Any,
        ) -> MT: ...

    else:
        __signature__ = ConstructorSignature()

        __call__ = ClassCall()


class SingletonMixin(PatternMixin):
    """
    Give each subclass one instance, without a metaclass.

    As :class:`SingletonMeta`, by way of ``__new__``, which does the work, and of
    ``__init__``, which Python calls each time and which then does nothing.  An
    ``__init__`` that is set later, as by ``@dataclass`` above the class, is
    treated alike.  A ``__new__`` that is set later, as by ``@deprecated`` above the
    class, runs at each call, and gives the instance that it gets from the one before.

    Class keywords:
        singleton_args: As for :class:`SingletonMeta`.

    Raises:
        SingletonCycleError: As for :class:`SingletonMeta`.
        SingletonArgumentsError: As for :class:`SingletonMeta`.
        TypeError: As for :class:`SingletonMeta`.
        KeywordClashError: The ``__init_subclass__`` of a base that follows takes a
            class keyword of the same name.
        ClassDefinitionError: As for :class:`SingletonMeta`.
        pickle.UnpicklingError: As for :class:`SingletonMeta`.

    Doors:
        ``cls.__new__(cls)`` is a call of the class, and ``__init__``, called by
        name on the instance, does nothing.  A sibling base whose
        ``__init_subclass__`` does not call ``super()`` hides a subclass with a
        ``__new__`` of its own.

    You do not need this when:
        A module can hold the object, or a function under
        :func:`functools.cache` can make it.

    Example:
        >>> from metapatterns import SingletonMixin
        >>> class Config(SingletonMixin):
        ...     pass
        >>> Config() is Config()
        True

    .. versionadded:: 0.1
    """

    _metapatterns_mixin = BY_HOOKS
    __slots__ = ()

    if TYPE_CHECKING:

        def __init_subclass__(
            cls, /, *, singleton_args: Mode = ..., **kwargs: Any
        ) -> None: ...

    else:
        __signature__ = ConstructorSignature()
        __copy__, __deepcopy__, __reduce_ex__ = HOOKS.values()


guard(SingletonMixin, BY_HOOKS.call)
# Found under this name, it is not copied with what wraps it.
SingletonMixin.__new__.__module__ = __name__
SingletonMixin.__new__.__qualname__ = "SingletonMixin.__new__"


if TYPE_CHECKING:

    @overload
    def singleton(cls: CT, /) -> CT: ...
    @overload
    def singleton(cls: None = None, /, *, args: Mode = ...) -> Callable[[CT], CT]: ...


def singleton(cls: CT | None = None, /, *, args: Any = ...) -> CT | Callable[[CT], CT]:
    """
    Give a class, and each of its later subclasses, one instance.

    As :class:`SingletonMixin`; the class is returned as the same object.

    Args:
        cls: The class; left out where options are given.
        args: As ``singleton_args`` of :class:`SingletonMeta`.

    Raises:
        ClassDefinitionError: `args` is none of the three values, or is given to
            a class that is a singleton already; or nothing can be set on the
            class, as on ``int``.

    Doors:
        Takes class keywords from nobody.  A subclass that wants another option
        is decorated again.  Works above ``@dataclass`` and attrs, and below.

    You do not need this when:
        A module can hold the object, or a function under
        :func:`functools.cache` can make it.

    Example:
        >>> from metapatterns import singleton
        >>> @singleton(args="ignore")
        ... class Config:
        ...     def __init__(self, path="app.toml"):
        ...         self.path = path
        >>> Config("test.toml") is Config("other.toml")
        True

    .. versionadded:: 0.1
    """
    options = NO_OPTIONS if args is ... else {"args": args}
    if cls is None:
        return lambda cls: enrol(cls, options)
    return enrol(cls, options)


def enrol(cls: CT, options: Options) -> CT:
    hooked = is_class(cls) and any(SLOT in vars(base) for base in cls.__mro__)
    decorate(cls, BY_DECORATOR, options)
    if not hooked:
        on_subclass(cls, follow)
        # A protocol would take it for a member of its own.
        if not (hasattr(cls, "__signature__") or vars(cls).get("_is_protocol")):
            set_attribute(cls, "__signature__", ConstructorSignature())
    return cls


def follow(subclass: type) -> None:
    """Make a subclass of a decorated class a singleton of its own."""
    if not is_answered_by_metaclass(subclass):
        keep_identity(subclass)
        guard(subclass, BY_HOOKS.call)
