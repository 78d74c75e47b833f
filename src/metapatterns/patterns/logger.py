"""Logger: one logger for each class, named after it and made on first use."""

from __future__ import annotations

from _thread import RLock

from .._classes import (
    class_of,
    delete_attribute,
    has_framework,
    inherited,
    set_attribute,
)
from .._forks import free, survive
from .._hooks import PatternMixin, decorate, on_subclass
from .._pipeline import PatternMeta
from .._stages import Pattern
from .._values import is_identifier, plain_text, shorten
from ..errors import ClassDefinitionError, PatternError, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger as StandardLogger
    from typing import Any, ClassVar, TypeAlias, TypeVar, overload

    from .._stages import Namespace, Options

    CT = TypeVar("CT", bound=type[Any])
    MT = TypeVar("MT", bound=type)
    Naming: TypeAlias = str | Callable[[type], str] | None
    Factory: TypeAlias = Callable[[str], Any] | None

__all__ = ["LoggerMeta", "LoggerMixin", "logged"]


# -- behaviour ----------------------------------------------------------------


class Choices:
    """The pattern's state on a class: its options, shared with subclasses."""

    __slots__ = ("__weakref__", "attribute", "defined", "factory", "lock", "naming")

    def __init__(
        self, naming: Naming, attribute: str, factory: Factory, defined: bool = False
    ) -> None:
        self.naming: Naming = naming
        self.attribute: str = attribute
        self.factory: Factory = factory
        #: Whether the class's body has the attribute, which a framework may take out.
        self.defined: bool = defined
        self.lock: RLock = RLock()
        if factory is not None:
            survive(self)

    def in_child(self) -> None:
        self.lock = free(self.lock)

    def __reduce__(self) -> tuple[Any, ...]:
        options = self.naming, self.attribute, self.factory, self.defined
        return type(self), options

    def but(self, *, defined: bool) -> Choices:
        """Return the same options, for a class that has the attribute, or has not."""
        if defined is self.defined:
            return self
        return Choices(self.naming, self.attribute, self.factory, defined)

    def name(self, cls: type) -> str:
        if not callable(self.naming):
            return self.naming or describe(cls)
        try:
            name = self.naming(cls)
        except AttributeError as error:
            raise hidden(cls, "the function that names its logger", error) from error
        if text := plain_text(name):
            return text
        raise ClassDefinitionError(
            f"{describe(cls)!r}: the function that names its logger must return a name"
            f" that is not empty, not {shorten(name)}"
        )

    def make(self, cls: type, factory: Callable[[str], Any]) -> Any:
        name = self.name(cls)
        try:
            return factory(name)
        except AttributeError as error:
            raise hidden(cls, "the factory of its logger", error) from error


def hidden(cls: type, culprit: str, error: AttributeError) -> PatternError:
    """Replace an error that ``hasattr`` and ``__getattr__`` would swallow."""
    return PatternError(f"{describe(cls)!r}: {culprit} failed: {error}")


DEFAULTS = Choices(None, "logger", None)


class LoggerAttribute:
    """
    What users read.

    An empty one stands on the root.  Each class that was asked has one of its
    own, which sends whoever inherits it to theirs.
    """

    __slots__ = ("choices", "logger", "owner")

    def __init__(
        self, owner: type | None = None, choices: Choices = DEFAULTS, logger: Any = None
    ) -> None:
        self.owner: type = LoggerAttribute if owner is None else owner  # asked by none
        self.choices: Choices = choices
        self.logger: Any = logger

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), ()

    def __get__(self, instance: object, owner: type | None = None, /) -> Any:
        if owner is self.owner:
            return self.logger
        return logger_of(type(instance) if owner is None else owner)


#: What a root has until it is asked.
NOT_ASKED = LoggerAttribute()


def logger_of(cls: type) -> Any:
    """Find or make the logger of `cls`, whatever class's attribute was reached."""
    made = made_for(cls)
    if made is not None:
        return made.logger
    choices: Choices = inherited(SLOT, (cls,)) or DEFAULTS
    if choices.factory is None:
        from logging import getLogger

        # Without a lock: all who ask get the same.  `dictConfig` holds the lock of
        # `logging` while it builds handlers, which may ask for a logger in turn.
        return hand_out(cls, choices, choices.make(cls, getLogger))
    with choices.lock:
        made = made_for(cls)
        if made is not None:
            return made.logger
        return hand_out(cls, choices, choices.make(cls, choices.factory))


def made_for(cls: type) -> LoggerAttribute | None:
    made: LoggerAttribute | None = vars(cls).get(MADE)
    # In a copy of a class it is still the first one's.
    return made if made is not None and made.owner is cls else None


def hand_out(cls: type, choices: Choices, logger: Any) -> Any:
    """Keep the logger of `cls`, also where it is found without a detour."""
    made = LoggerAttribute(cls, choices, logger)
    set_attribute(cls, MADE, made)
    attribute = choices.attribute
    if is_ours(cls, attribute) and hides(type(cls), attribute) is None:
        set_attribute(cls, attribute, made)
    return logger


class Logger(Pattern):
    name = "logger"
    keywords: tuple[str, ...] = ("logger_name", "logger_attribute", "logger_factory")

    def __init__(self, *words: str) -> None:
        super().__init__()
        if words:  # as another door has them
            self.keywords = words

    def before(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Options,
        /,
    ) -> Choices:
        return choose(name, bases, namespace, options)

    def rebuilt(
        self, state: Any, name: str, bases: tuple[type, ...], namespace: Namespace, /
    ) -> Choices:
        for slot in (MADE, state.attribute):
            if isinstance(namespace.get(slot), LoggerAttribute):
                del namespace[slot]  # it would keep the first class alive
        choices: Choices = state
        return choices

    def beside_framework(self) -> Pattern:
        return LoggerBesideFramework(*self.keywords)

    def alone(self) -> Pattern:
        return ALONE

    def check(self, cls: type, state: Any, /) -> None:
        members = cls.__dict__
        if MADE in members:
            forget_early_use(cls, state)
        attribute, bases = state.attribute, cls.__bases__
        if attribute in members or attribute in bases[0].__dict__:
            return  # the latter is the next in the MRO, and decides
        if not state.defined and (
            bases == (object,)  # the usual cases, and the quick ones
            or (is_ours(cls, attribute) is None and not is_protocol(cls))
        ):
            refuse_hidden(cls, attribute, self.keywords[1])
            set_attribute(cls, attribute, NOT_ASKED)


class LoggerBesideFramework(Logger):
    """The same, where an annotation may declare a framework's field."""

    def check(self, cls: type, state: Any, /) -> None:
        if not is_declared(cls, state.attribute):
            super().check(cls, state)
            return
        if MADE in vars(cls):
            forget_early_use(cls, state)
        set_attribute(cls, SLOT, state.but(defined=True))


class LoggerAlone(Logger):
    """The same, where nobody minds what else the namespace of a root has."""

    def before(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Options,
        /,
    ) -> Choices:
        choices = choose(name, bases, namespace, options)
        if not bases and "__slots__" not in namespace:
            namespace.setdefault(choices.attribute, NOT_ASKED)
        return choices


LOGGER: Pattern = Logger()
BY_DECORATOR: Pattern = Logger("name", "attribute", "factory")
ALONE: Pattern = LoggerAlone()
SLOT = LOGGER.slot
#: Where a class that was asked keeps its logger.
MADE = f"{SLOT}_made"


def choose(
    name: str, bases: tuple[type, ...], namespace: Namespace, options: Options
) -> Choices:
    """Work out a class's options: its own, else those of the nearest base."""
    choices: Choices = inherited(SLOT, bases) or DEFAULTS if bases else DEFAULTS
    if options:
        naming, attribute, factory = choices.naming, choices.attribute, choices.factory
        for word, given in options.items():
            option = word.removeprefix("logger_")
            if option == "name":
                naming = checked_naming(name, word, given)
            elif option == "attribute":
                attribute = checked_attribute(name, word, given)
            else:
                factory = checked_factory(name, word, given)
        choices = Choices(naming, attribute, factory)
    defined = binds(namespace, choices.attribute)
    return choices.but(defined=defined)


def forget_early_use(cls: type, choices: Choices) -> None:
    """Take back what an ``__init_subclass__`` got with the options of the base."""
    made = made_for(cls)
    if made is not None and made.choices is not choices:
        for name in (MADE, made.choices.attribute):
            if vars(cls).get(name) is made:
                delete_attribute(cls, name)


def checked_naming(owner: str, word: str, naming: object) -> Any:
    if naming is None or callable(naming):
        return naming
    if text := plain_text(naming):
        return text
    raise ClassDefinitionError(
        f"class {owner!r}: {word} takes a name that is not empty, or a function of the"
        f" class that gives one, not {shorten(naming)}"
    )


def checked_attribute(owner: str, word: str, attribute: object) -> str:
    if attribute is None:
        return DEFAULTS.attribute
    text = plain_text(attribute)
    if text is not None and is_identifier(text) and not text.startswith("__"):
        return text
    raise ClassDefinitionError(
        f"class {owner!r}: {word} takes an identifier that does not begin with two"
        f" underscores, not {shorten(attribute)}"
    )


def checked_factory(owner: str, word: str, factory: object) -> Any:
    if factory is None or callable(factory):
        return factory
    raise ClassDefinitionError(
        f"class {owner!r}: {word} takes a function from a name to a logger, such as"
        f" logging.getLogger, not {shorten(factory)}"
    )


def binds(namespace: Namespace, attribute: str) -> bool:
    """Tell whether a class body binds an attribute to what is not ours."""
    return attribute in namespace and not isinstance(
        namespace[attribute], LoggerAttribute
    )


def is_ours(cls: type, attribute: str) -> bool | None:
    """Tell whether the nearest definition is this pattern's; ``None``: there is none."""
    for base in cls.__mro__:
        members = base.__dict__
        if attribute in members:
            return isinstance(members[attribute], LoggerAttribute)
        choices = members.get(SLOT)
        if choices is None:
            if is_declared(base, attribute):
                return False
        elif choices.defined and choices.attribute == attribute:
            return False  # a framework has taken it out of the body
    return None


def hides(metaclass: type, attribute: str) -> type | None:
    """Find the metaclass with a property by which its classes get and set this."""
    for meta in metaclass.__mro__:
        if (found := vars(meta).get(attribute)) is not None:
            return meta if hasattr(class_of(found), "__set__") else None
    return None


def refuse_hidden(cls: type, attribute: str, word: str) -> None:
    if (meta := hides(type(cls), attribute)) is not None:
        raise ClassDefinitionError(
            f"class {cls.__name__!r}: its metaclass {describe(meta)!r} has a property"
            f" {attribute!r}, which would hide the logger; give that another name with"
            f" {word}"
        )


def is_declared(cls: type, attribute: str) -> bool:
    """
    Tell whether an annotation declares a framework's field.

    In a plain class it is for type checkers; a framework's metaclass, which
    owns the annotations of its classes, makes all but class variables fields.
    """
    if not has_framework(type(cls)):
        return False
    members = vars(cls)
    if (
        attribute not in members.get("__annotations__", ())
        # From Python 3.14 on, they may not have been evaluated yet.
        and {"__annotate__", "__annotate_func__"}.isdisjoint(members)
    ):
        return False
    from typing_extensions import Format, get_annotations

    hint = get_annotations(cls, format=Format.STRING).get(attribute)
    return hint is not None and "ClassVar" not in hint


def is_protocol(cls: type) -> bool:
    """Tell whether what `cls` holds becomes a requirement on other classes."""
    for base in cls.__bases__:
        if base.__name__ == "Protocol" and vars(base).get("_is_protocol"):
            return True
    return False


# -- doors --------------------------------------------------------------------


class ProtocolLogger:
    """``cls.logger`` of a protocol, in whose body it would be a requirement."""

    def __get__(self, cls: type | None, metaclass: type, /) -> Any:
        if cls is None:
            return self
        attribute = DEFAULTS.attribute
        choices = vars(cls).get(SLOT)
        if (
            choices is None
            or choices.attribute != attribute
            or not is_protocol(cls)
            or is_ours(cls, attribute) is False
        ):
            raise AttributeError(
                f"type object {cls.__name__!r} has no attribute {attribute!r}"
            )
        return logger_of(cls)


class LoggerMeta(PatternMeta):
    """
    Give a class and each of its subclasses a logger of its own.

    ``cls.logger`` and ``self.logger`` are
    ``logging.getLogger(f"{module}.{qualname}")`` of the class that is asked, never
    that of a base.  The logger is made when it is first used.  So a call of
    :func:`logging.config.dictConfig` after the class statement, which disables
    the loggers that exist, leaves it alive.

    Stage:
        check.  In ``__init_subclass__``, ``cls.logger`` follows the options of the
        class; where a framework's metaclass makes it, those of its base, until
        the class is made.

    Class keywords:
        logger_name (str, or function from the class to a str, default ``None``): The
            logger's name; ``None`` is ``f"{module}.{qualname}"``.  A string names
            one logger, which subclasses then share.
        logger_attribute (str, default ``"logger"``): The name of the attribute.
            A base's methods still find the logger of a subclass under the
            base's own name for it.
        logger_factory (function, default :func:`logging.getLogger`): What makes the
            logger from its name, called once for each class.
            ``structlog.get_logger`` will do, and for loguru
            ``lambda name: loguru.logger.bind(name=name)``.

    Raises:
        KeywordClashError: Another metaclass, or the ``__init_subclass__`` of a base,
            takes a class keyword of the same name.
        ClassDefinitionError: An option has a value of the wrong kind; a metaclass
            that is listed earlier has a property of the attribute's name; or, on
            first use, `logger_name` gives something that is no name.
        PatternError: On first use, `logger_name` or `logger_factory` raised an
            ``AttributeError``, which ``hasattr`` would hide.  Every other error
            reaches the caller as it is.  Nothing is kept; the next use tries again.

    Inheritance:
        All three options are inherited, and each can be overridden: ``None``
        stands for the default, and undoes a base's option.

    Composition:
        An attribute that the class or a base defines is left alone; the nearest
        definition along the MRO counts.  A bare annotation is no definition, but
        in a class with a framework's metaclass it declares a field, unless it
        says ``ClassVar``.  The attribute can be assigned on instances that have a
        ``__dict__``.  It is no member of a protocol: the classes that implement
        the protocol hold it, and the protocol itself answers to ``logger`` only.

    Threads:
        However many threads ask first, a factory is called once and all get the
        same logger.  A child forked meanwhile makes its own.

    Doors:
        :func:`logged` for one class and what derives from it; :class:`LoggerMixin`
        where type checkers should know ``self.logger``.  With this metaclass they
        know ``cls.logger``; write ``logger: ClassVar[logging.Logger]`` in the class
        for the other.  The doors differ in nothing else that matters.

    You do not need this when:
        One logger for each module will do: ``logger = logging.getLogger(__name__)``.

    Source:
        The loggers of :mod:`logging` form a tree by the dots of their names.

    Example:
        >>> from metapatterns import LoggerMeta
        >>> class Importer(metaclass=LoggerMeta, logger_name="app.importer"):
        ...     pass
        >>> Importer.logger, Importer().logger is Importer.logger
        (<Logger app.importer (WARNING)>, True)

    .. versionadded:: 0.1
    """

    _metapatterns_pattern = LOGGER

    if TYPE_CHECKING:
        logger: StandardLogger

        def __new__(
            mcls: type[MT],
            name: str,
            bases: tuple[type, ...],
            namespace: dict[str, Any],
            /,
            *,
            logger_name: Naming = ...,
            logger_attribute: str | None = ...,
            logger_factory: Factory = ...,
            **kwargs: Any,
        ) -> MT: ...

    else:
        logger = ProtocolLogger()


class LoggerMixin(PatternMixin):
    """
    Give each subclass a logger of its own, without a metaclass.

    As :class:`LoggerMeta`, and type checkers know ``self.logger`` too.

    Class keywords:
        logger_name, logger_attribute, logger_factory: As for :class:`LoggerMeta`.

    Raises:
        KeywordClashError: The ``__init_subclass__`` of a base that follows takes a
            class keyword of the same name.
        ClassDefinitionError: As for :class:`LoggerMeta`.
        PatternError: As for :class:`LoggerMeta`.

    Doors:
        A subclass that a sibling base's ``__init_subclass__`` hides, because it
        does not call ``super()``, has its own logger all the same if a base of
        it has one; class keywords do not get that far.

    You do not need this when:
        One logger for each module will do: ``logger = logging.getLogger(__name__)``.

    Example:
        >>> from metapatterns import LoggerMixin
        >>> class Importer(LoggerMixin, logger_name=lambda cls: cls.__name__.lower()):
        ...     pass
        >>> class CsvImporter(Importer):
        ...     pass
        >>> CsvImporter().logger
        <Logger csvimporter (WARNING)>

    .. versionadded:: 0.1
    """

    _metapatterns_mixin = LOGGER
    __slots__ = ()

    if TYPE_CHECKING:
        logger: ClassVar[StandardLogger]

        def __init_subclass__(
            cls,
            /,
            *,
            logger_name: Naming = ...,
            logger_attribute: str | None = ...,
            logger_factory: Factory = ...,
            **kwargs: Any,
        ) -> None: ...


if TYPE_CHECKING:

    @overload
    def logged(cls: CT, /) -> CT: ...
    @overload
    def logged(
        cls: None = None,
        /,
        *,
        name: Naming = ...,
        attribute: str | None = ...,
        factory: Factory = ...,
    ) -> Callable[[CT], CT]: ...


def logged(
    cls: Any = None,
    /,
    *,
    name: Naming = None,
    attribute: str | None = None,
    factory: Factory = None,
) -> Any:
    """
    Give one class, and the classes that derive from it, loggers of their own.

    As :class:`LoggerMeta`, for a class that exists.  Works with parentheses and
    without, and returns the same class.

    Args:
        cls: The class.
        name: As `logger_name` of :class:`LoggerMeta`.
        attribute: As `logger_attribute`.
        factory: As `logger_factory`.

    Raises:
        ClassDefinitionError: An option has a value of the wrong kind, or the
            class has a logger already and options are given; or nothing can be
            set on the class, as on ``int``.

    Doors:
        Subclasses take no class keywords; decorate them to give them options.

    You do not need this when:
        One logger for each module will do: ``logger = logging.getLogger(__name__)``.

    Example:
        >>> from metapatterns import logged
        >>> @logged(name="app.importer", attribute="log")
        ... class Importer:
        ...     pass
        >>> Importer().log
        <Logger app.importer (WARNING)>

    .. versionadded:: 0.1
    """
    given = {"name": name, "attribute": attribute, "factory": factory}
    options = {word: value for word, value in given.items() if value is not None}

    def decorator(cls: CT) -> CT:
        decorate(cls, BY_DECORATOR, options)
        if is_protocol(cls):
            # The protocol has nothing that a class which implements it could inherit.
            on_subclass(cls, check_heir)
        return cls

    return decorator if cls is None else decorator(cls)


def check_heir(cls: type) -> None:
    """Put the attribute on a class that derives from a decorated protocol."""
    BY_DECORATOR.beside_framework().check(cls, inherited(SLOT, (cls,)))
