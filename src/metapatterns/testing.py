"""
For test suites: empty, isolate or replace what classes hold for a process.

None of these is meant for production code, where a singleton that can be
replaced is a global variable with a longer name.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager

from .patterns.registry import registry_of
from .patterns.registry._mapping import RegistryMapping
from .patterns.registry._membership import catalogues_of
from .patterns.singleton import empty, singleton_instance, substitute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any, TypeVar

    from .patterns.registry._plugins import PluginCatalogue

    T = TypeVar("T")

__all__ = [
    "override_singleton",
    "registry_scope",
    "reset_singleton",
    "singleton_scope",
]


def reset_singleton(cls: type[T], /) -> T | None:
    """
    Drop the instance of a singleton class; the next call builds another.

    A construction that another thread has begun goes on, and its instance is
    the class's, as if it had begun afterwards.

    Returns:
        The instance that was dropped, ``None`` if there was none.

    Raises:
        TypeError: `cls` is no singleton class.

    Example:
        >>> from metapatterns import SingletonMeta
        >>> from metapatterns.testing import reset_singleton
        >>> class Config(metaclass=SingletonMeta):
        ...     pass
        >>> first = Config()
        >>> reset_singleton(Config) is first
        True
        >>> Config() is first
        False

    .. versionadded:: 0.1
    """
    dropped: T | None = empty(cls)
    return dropped


@contextmanager
def singleton_scope(*classes: type) -> Generator[None]:
    """
    Run a block in which singleton classes have no instance yet.

    Afterwards, also after an exception, the instances of before are back and
    those that the block built are dropped.  Calls that other threads began
    before the block keep to the instances of before.

    Raises:
        TypeError: One of the classes is no singleton class; none was touched.

    Example:
        >>> from metapatterns import SingletonMeta
        >>> from metapatterns.testing import singleton_scope
        >>> class Config(metaclass=SingletonMeta):
        ...     pass
        >>> outside = Config()
        >>> with singleton_scope(Config):
        ...     Config() is outside
        False
        >>> Config() is outside
        True

    .. versionadded:: 0.1
    """
    with ExitStack() as restored:
        for cls in classes:
            restored.callback(substitute(cls))
        yield


@contextmanager
def override_singleton(cls: type[T], instance_or_factory: object, /) -> Generator[Any]:
    """
    Run a block in which a singleton class has another instance.

    Arguments of calls are not compared with any while it lasts.

    Args:
        cls: The singleton class.
        instance_or_factory: The instance, of any class; or a class, a function,
            a method or a :class:`functools.partial`, which is called once, with
            no arguments, before the block.

    Returns:
        A context manager that gives the instance.

    Raises:
        TypeError: `cls` is no singleton class.

    Example:
        >>> from metapatterns import SingletonMeta
        >>> from metapatterns.testing import override_singleton
        >>> class Config(metaclass=SingletonMeta):
        ...     debug = False
        >>> class Loud:
        ...     debug = True
        >>> with override_singleton(Config, Loud):
        ...     Config().debug
        True
        >>> Config().debug
        False

    .. versionadded:: 0.1
    """
    from functools import partial
    from types import BuiltinFunctionType, FunctionType, MethodType

    factories = (type, FunctionType, BuiltinFunctionType, MethodType, partial)
    instance: Any = instance_or_factory
    singleton_instance(cls)  # refuses what is no singleton before the factory runs
    with ExitStack() as restored:
        if issubclass(type(instance), factories):
            instance = instance()
        restored.callback(substitute(cls, instance))
        yield instance


@contextmanager
def registry_scope(*roots: type | RegistryMapping[Any]) -> Generator[None]:
    """
    Run a block whose registrations are undone afterwards, also after an exception.

    Every change counts: what the block registered is gone again, what it
    removed or replaced is back, in the order of before.  Other threads see the
    changes while the block lasts.

    Args:
        roots: Classes, each for all of every registry that it belongs to; or
            registries, as :class:`~metapatterns.Registry` and :func:`~metapatterns.registry_of` give them.

    Raises:
        TypeError: One of them has no registry; none was touched.

    Example:
        >>> from metapatterns import RegistryMixin, registry_of
        >>> from metapatterns.testing import registry_scope
        >>> class Exporter(RegistryMixin):
        ...     pass
        >>> with registry_scope(Exporter):
        ...     class Fake(Exporter, key="fake"):
        ...         pass
        ...     list(registry_of(Exporter))
        ['fake']
        >>> list(registry_of(Exporter))
        []

    .. versionadded:: 0.1
    """
    catalogues: list[PluginCatalogue] = []
    for root in roots:
        if isinstance(root, RegistryMapping):
            catalogues.append(root._catalogue)
        else:
            registry_of(root)  # refuses what has none
            catalogues += catalogues_of((root,))
    with ExitStack() as restored:
        for catalogue in catalogues:
            restored.callback(catalogue.save())
        yield
