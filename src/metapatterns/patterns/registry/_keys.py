"""Ready-made rules for the key of a class: its name in another case, an attribute."""

from __future__ import annotations

from ..._values import is_class, kind_of, plain_text, shorten, told
from ...errors import ClassDefinitionError, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, overload

__all__ = ["class_attribute", "kebab_case", "snake_case"]


class NameInCase:
    """Call it with a class: the words of its name, in lower case, joined."""

    def __init__(self, separator: str, strip: str) -> None:
        if (text := plain_text(strip)) is None:
            raise TypeError(f"strip takes a string, not {shorten(strip)}")
        self.separator: str = separator
        self.strip: str = text

    def __call__(self, cls: Any, /) -> str:
        name = plain_text(told(cls, "__name__"))
        if name is None:
            raise TypeError(f"{self!r} takes what has a __name__, not {shorten(cls)}")
        bare = name.removesuffix(self.strip)
        if bare == name:
            bare = name.removeprefix(self.strip)
        parts = words(bare) or words(name) or [name]
        return self.separator.join(parts).lower()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NameInCase) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.separator, self.strip))

    def __repr__(self) -> str:
        case = "snake_case" if self.separator == "_" else "kebab_case"
        return f"{case}(strip={self.strip!r})"


def words(name: str) -> list[str]:
    """Part a name in CamelCase: ``HTTPServer_v2`` is ``HTTP``, ``Server``, ``v2``."""
    found = [""]
    for place, letter in enumerate(name):
        before, after = name[:place][-1:], name[place + 1 :][:1]
        starts = letter.isupper() and (not before.isupper() or after.islower())
        if starts or letter == "_":
            found.append("")
        if letter != "_":
            found[-1] += letter
    return [word for word in found if word]


class ClassAttribute:
    """Call it with a class: the value of one of its attributes."""

    def __init__(self, name: str) -> None:
        self.name: str = name

    def __call__(self, cls: type, /) -> Any:
        try:
            return getattr(cls, self.name)
        except AttributeError:
            if not is_class(cls):
                raise TypeError(
                    f"{self!r} takes what has this attribute, not {shorten(cls)}"
                ) from None
            raise ClassDefinitionError(
                f"class {describe(cls)!r}: its registry reads the key from the class"
                f" attribute {self.name!r}, which it does not have; define it, or"
                ' name the key: with key=, or with register("key")'
            ) from None

    def home(self, cls: type) -> type | None:
        """Return the class of the MRO that has the attribute in its body."""
        return next((base for base in cls.__mro__ if self.name in vars(base)), None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClassAttribute) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"class_attribute({self.name!r})"


def inherited_key(rule: object, value: object) -> str:
    """Say, of a class whose key was taken, that its attribute is another's."""
    if not isinstance(rule, ClassAttribute) or not is_class(value):
        return ""
    home = rule.home(value)
    if home is None or home is value:
        return ""
    return (
        f"which inherits the class attribute {rule.name!r} from {describe(home)!r};"
        " give it one of its own"
    )


if TYPE_CHECKING:

    @overload
    def snake_case(cls: type, /) -> str: ...
    @overload
    def snake_case(
        cls: None = None, /, *, strip: str = ...
    ) -> Callable[[type], str]: ...


def snake_case(
    cls: type | None = None, /, *, strip: str = ""
) -> str | Callable[[type], str]:
    """
    Use a class's name in snake case as its key: ``CsvExporter`` is ``csv_exporter``.

    Give it as ``registry_key=snake_case``, or called with what to leave out.

    Args:
        cls: The class; left out where `strip` is given.
        strip: What to leave out at the end of the name or else at its start, unless
            nothing remains; ``""`` by default.

    Returns:
        The key, or without a class the rule that computes it.

    Raises:
        TypeError: `strip` is no string.

    Example:
        >>> from metapatterns import RegistryMixin, registry_of, snake_case
        >>> class Exporter(RegistryMixin, registry_key=snake_case(strip="Exporter")):
        ...     pass
        >>> class PlainTextExporter(Exporter):
        ...     pass
        >>> list(registry_of(Exporter))
        ['plain_text']

    .. versionadded:: 0.1
    """
    rule = NameInCase("_", strip)
    return rule if cls is None else rule(cls)


if TYPE_CHECKING:

    @overload
    def kebab_case(cls: type, /) -> str: ...
    @overload
    def kebab_case(
        cls: None = None, /, *, strip: str = ...
    ) -> Callable[[type], str]: ...


def kebab_case(
    cls: type | None = None, /, *, strip: str = ""
) -> str | Callable[[type], str]:
    """
    Use a class's name in kebab case as its key: ``CsvExporter`` is ``csv-exporter``.

    As :func:`snake_case` in everything else.

    Example:
        >>> from metapatterns import RegistryMixin, kebab_case, registry_of
        >>> class Exporter(RegistryMixin, registry_key=kebab_case(strip="Exporter")):
        ...     pass
        >>> class PlainTextExporter(Exporter):
        ...     pass
        >>> list(registry_of(Exporter))
        ['plain-text']

    .. versionadded:: 0.1
    """
    rule = NameInCase("-", strip)
    return rule if cls is None else rule(cls)


def class_attribute(name: str, /) -> Callable[[type], str]:
    """
    Use the value of a class attribute as the class's key.

    The attribute may be inherited; a class that would share its parent's key
    this way clashes with it, and the error says so.

    Returns:
        The rule, for ``registry_key=``.

    Raises:
        ClassDefinitionError: In the class statement of a class that has no such
            attribute.

    Example:
        >>> from metapatterns import RegistryMixin, class_attribute, registry_of
        >>> class Exporter(RegistryMixin, registry_key=class_attribute("suffix")):
        ...     pass
        >>> class Csv(Exporter):
        ...     suffix = ".csv"
        >>> list(registry_of(Exporter))
        ['.csv']

    .. versionadded:: 0.1
    """
    if (text := plain_text(name)) is None:
        raise TypeError(f"class_attribute takes a name, not {kind_of(name)}")
    return ClassAttribute(text)
