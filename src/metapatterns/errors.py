"""
Every error the package raises, as one tree.

Each error also inherits the built-in that a caller would already catch, keeps
its facts as attributes, and survives :mod:`pickle` and :mod:`copy`.  Classes
are named by strings (``"module.qualname"``), so that an error never keeps a
refused class alive and always pickles.

.. code-block:: text

    PatternError
    ├─ ClassDefinitionError (TypeError)
    │  ├─ MetaclassConflictError   .parts, .explanation
    │  ├─ KeywordClashError        .keyword, .claimants
    │  ├─ FinalError               .subclass, .final, .member
    │  └─ DuplicateNameError       .owner, .duplicates, .filename
    ├─ DuplicateKeyError (ValueError)              .key, .existing, .new
    ├─ UnknownKeyError (KeyError)                  .key, .known, .skipped
    │  └─ PluginLoadError (ImportError)
    ├─ FieldValueError (ValueError, TypeError)     .owner, .failures
    ├─ SingletonCycleError (RuntimeError)          .chain
    └─ SingletonArgumentsError (TypeError)         .owner, .first_call
"""

# Annotations name types from `typing`, which is not imported at run time.
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

__all__ = [
    "ClassDefinitionError",
    "DuplicateKeyError",
    "DuplicateNameError",
    "FieldFailure",
    "FieldValueError",
    "FinalError",
    "KeywordClashError",
    "MetaclassConflictError",
    "PatternError",
    "PluginLoadError",
    "SingletonArgumentsError",
    "SingletonCycleError",
    "UnknownKeyError",
]


def describe(cls: type, /) -> str:
    """Return ``"module.qualname"``, the way errors name a class."""
    # Through `type`: a metaclass may answer both names with anything.
    namespace = type.__dict__["__dict__"].__get__(cls)
    qualname = type.__dict__["__qualname__"].__get__(cls)
    module = namespace.get("__module__")
    if not isinstance(module, str):  # a descriptor, for the instances
        module = cls.__module__
    known = isinstance(module, str) and module != "builtins"
    return f"{module}.{qualname}" if known else qualname


def _restore(
    error: type[PatternError], args: tuple[Any, ...], facts: dict[str, Any]
) -> PatternError:
    restored = error.__new__(error, *args)
    restored.__dict__.update(facts)
    return restored


class Text(str):
    """An error's message, from which the same error can be made anew."""

    __slots__ = ("facts",)

    facts: dict[str, Any]


def made_anew(initialise: Callable[..., None]) -> Callable[..., None]:
    """Let ``type(error)(str(error))``, which Enum does from 3.12 on, keep the facts."""

    def __init__(self: PatternError, /, *args: Any, **kwargs: Any) -> None:
        if len(args) == 1 and type(args[0]) is Text:
            self.args = (str.__str__(args[0]),)
            self.__dict__.update(args[0].facts)
        else:
            initialise(self, *args, **kwargs)

    __init__.__wrapped__ = initialise  # type: ignore[attr-defined]  # its signature
    return __init__


class PatternError(Exception):
    """The base of every error that this package raises."""

    def __reduce__(self) -> tuple[Any, ...]:
        # `args` is the finished message, which is not what `__init__` takes.
        return _restore, (type(self), self.args, self.__dict__)

    def __str__(self) -> str:
        # KeyError and ImportError, further along the MRO, print otherwise.
        text = Text(Exception.__str__(self))
        text.facts = self.__dict__
        return text


class ClassDefinitionError(PatternError, TypeError):
    """A class statement broke a rule of one of its patterns."""


class MetaclassConflictError(ClassDefinitionError):
    """
    No class can be an instance of all these metaclasses.

    The message names each one and the class that brought it, the two that cannot
    meet, why, and the line to write.

    Attributes:
        parts: The metaclasses, as ``"module.qualname"``.
        explanation: Who brought which metaclass, which pair cannot meet and
            what to write instead.
    """

    explanation: str

    def __init__(
        self,
        message: str,
        /,
        parts: Iterable[str] = (),
        explain: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(message)
        self.parts: tuple[str, ...] = tuple(parts)
        if explain is None:
            self.explanation = message
        else:
            self.explain_with(explain)

    def explain_with(self, explain: Callable[[], str]) -> None:
        """Let `explain` make the explanation once somebody reads it."""
        self.__dict__.pop("explanation", None)
        self._explain = explain

    if not TYPE_CHECKING:  # a checker would take it for leave to misspell

        def __getattr__(self, name):
            if name != "explanation" or "_explain" not in self.__dict__:
                return super().__getattribute__(name)  # to raise what it raises
            self.explanation = self._explain() or str(self)
            self.__dict__.pop("_explain", None)
            return self.explanation

    def __reduce__(self) -> tuple[Any, ...]:
        _ = self.explanation  # what makes it does not travel
        return super().__reduce__()


class KeywordClashError(ClassDefinitionError):
    """
    A class keyword is claimed by a pattern and by another hook.

    Attributes:
        keyword: The class keyword.
        claimants: Who takes it: the pattern first, then the other hook.
    """

    def __init__(
        self,
        name: str,
        keyword: str,
        claimants: tuple[str, str],
        /,
        option: str | None = None,
    ) -> None:
        renaming = f" choose another word with {option}=," if option else ""
        super().__init__(
            f"class {name!r}: the keyword {keyword!r} is taken by {claimants[0]} and"
            f" by {claimants[1]}; rename the second one's parameter,{renaming} or use the"
            " pattern's decorator, which takes no class keywords"
        )
        self.keyword: str = keyword
        self.claimants: tuple[str, str] = claimants


class FinalError(ClassDefinitionError):
    """
    A class names a final class as a base, or overrides a final method.

    Attributes:
        subclass: The name of the class that was refused.
        final: The final class, or the class that owns the final method.
        member: The final method's name, ``None`` for a final class.
    """

    def __init__(
        self,
        subclass: str,
        final: type,
        /,
        member: str | None = None,
        overrider: type | None = None,
    ) -> None:
        owner = describe(final)
        if member is None:
            message = (
                f"{subclass!r} cannot subclass final class {owner!r}; derive from one"
                " of its bases, hold an instance of it, or open it: with final=False,"
                " or without @final"
            )
        elif overrider is None:
            message = (
                f"{subclass!r} cannot override final method {member!r} of {owner!r};"
                f" rename it, or drop @final from {member!r}"
            )
        else:
            message = (
                f"{subclass!r} cannot shadow final method {member!r} of {owner!r} with"
                f" that of {describe(overrider)!r}; list {final.__name__!r} before"
                f" {overrider.__name__!r}, or drop @final from {member!r}"
            )
        super().__init__(message)
        self.subclass: str = subclass
        self.final: str = owner
        self.member: str | None = member


class DuplicateNameError(ClassDefinitionError):
    """
    A class body binds a name twice.

    Attributes:
        owner: The name of the class that was refused.
        duplicates: One ``(name, first line, second line)`` for each duplicate,
            in the order of the second lines; a line is ``None`` where the
            interpreter keeps none.
        filename: The file that the lines are in.
    """

    def __init__(
        self,
        owner: str,
        duplicates: Iterable[tuple[str, int | None, int | None]],
        /,
        filename: str | None = None,
    ) -> None:
        self.owner: str = owner
        self.duplicates: tuple[tuple[str, int | None, int | None], ...] = tuple(
            duplicates
        )
        self.filename: str | None = filename
        where = f" in {filename}" if filename else ""
        found = "; ".join(
            f"{name!r} at line {first} and again at line {second}"
            for name, first, second in self.duplicates
        )
        super().__init__(
            f"class {owner!r}{where} binds {found}; rename one of them, delete the"
            " first with 'del', or allow the name: with duplicates_allow=, or with"
            " @no_duplicates(allow=...)"
        )


class DuplicateKeyError(PatternError, ValueError):
    """
    A registry already holds something else under a key.

    Attributes:
        key: The key.
        existing: What holds the key, as ``"module.qualname"``.
        new: What asked for it.
    """

    def __init__(
        self,
        registry: str,
        key: str,
        existing: str,
        new: str,
        /,
        hint: str = "",
        option: str = "on_duplicate",
    ) -> None:
        if existing == new:
            hint = hint or "two definitions of one name"
        shown = repr(key) if len(key) <= 80 else f"{key[:77]!r}..."
        super().__init__(
            f"{registry}: key {shown} already belongs to {existing!r} and cannot be"
            f" given to {new!r}{f' ({hint})' if hint else ''}; choose another key,"
            f" unregister the first, or allow replacement: with {option}='replace', or"
            " with replace=True where it is registered by a call"
        )
        self.key: str = key
        self.existing: str = existing
        self.new: str = new


class UnknownKeyError(PatternError, KeyError):
    """
    A registry holds nothing under a key.

    Attributes:
        key: The key that was asked for.
        known: The keys there are.
        skipped: The classes that were not registered, and why: name to reason.
    """

    def __init__(
        self,
        message: str,
        /,
        key: object = None,
        known: Iterable[Any] = (),
        skipped: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.key: object = key
        self.known: tuple[Any, ...] = tuple(known)
        self.skipped: dict[str, str] = dict(skipped or {})


class PluginLoadError(UnknownKeyError, ImportError):
    """
    What a key names could not be imported; ``__cause__`` is why.

    The attributes are those of :class:`UnknownKeyError`.
    """


class FieldFailure:
    """
    One field's complaint: ``field``, ``expected`` and ``got``, all text.

    ``got`` is the value, cut short; of a container also the first item that is
    refused, and where it is: ``"[1, 'x'] (list), in which [1] is 'x' (str)"``.
    """

    __slots__ = ("expected", "field", "got")

    field: str
    expected: str
    got: str

    def __init__(self, field: str, expected: str, got: str) -> None:
        self.field = field
        self.expected = expected
        self.got = got

    def __reduce__(self) -> tuple[Any, ...]:
        return FieldFailure, (self.field, self.expected, self.got)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FieldFailure):
            return NotImplemented
        return self.__reduce__() == other.__reduce__()

    def __hash__(self) -> int:
        return hash(self.__reduce__())

    def __repr__(self) -> str:
        return f"FieldFailure({self.field!r}, {self.expected!r}, {self.got!r})"

    def __str__(self) -> str:
        return f"{self.field}: expected {self.expected}, got {self.got}"


class FieldValueError(PatternError, ValueError, TypeError):
    """
    One or more fields refuse their values.

    Attributes:
        owner: The name of the class.
        failures: One :class:`FieldFailure` for each bad field, in the order
            of the fields.
    """

    def __init__(self, owner: str, failures: Iterable[FieldFailure], /) -> None:
        self.owner: str = owner
        self.failures: tuple[FieldFailure, ...] = tuple(failures)
        super().__init__("; ".join(f"{owner}.{failure}" for failure in self.failures))


class SingletonCycleError(PatternError, RuntimeError):
    """
    Singletons need one another's instances to build their own.

    Attributes:
        chain: The classes of the cycle, the first one repeated at the end.
    """

    def __init__(self, chain: Iterable[str], /) -> None:
        self.chain: tuple[str, ...] = tuple(chain)
        super().__init__(
            f"singletons need one another to be built: {' -> '.join(self.chain)};"
            " build one of them later, on first use, instead of in __init__"
        )


class SingletonArgumentsError(PatternError, TypeError):
    """
    A singleton was called again, with other arguments.

    Attributes:
        owner: The class.
        first_call: Where the instance was made: ``"file:line"``.
    """

    def __init__(self, owner: str, first_call: str, /) -> None:
        self.owner: str = owner
        self.first_call: str = first_call
        super().__init__(
            f"{owner!r} is a singleton, built at {first_call} with other arguments;"
            " call it without arguments, or let it ignore them: with"
            " singleton_args='ignore', or with @singleton(args='ignore')"
        )


for _name in __all__:
    _class = globals()[_name]
    # Tracebacks and pickles show the public path.
    _class.__module__ = "metapatterns"
    if issubclass(_class, PatternError) and "__init__" in vars(_class):
        _class.__init__ = made_anew(_class.__init__)
