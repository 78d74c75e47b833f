"""The versions that people paste: correct enough to be timed beside ours."""

from __future__ import annotations

import threading


class LockedSingletonMeta(type):
    """The double-checked lock of the tutorials."""

    _instances: dict[type, object] = {}  # noqa: RUF012 - as the tutorials have it
    _lock = threading.Lock()

    def __call__(cls, *args, **kwargs):
        if cls not in cls._instances:
            with cls._lock:
                if cls not in cls._instances:
                    cls._instances[cls] = super().__call__(*args, **kwargs)
        return cls._instances[cls]


class DictRegistryMeta(type):
    """A dict on the metaclass, filled by ``__init__``."""

    registry: dict[str, type] = {}  # noqa: RUF012 - as the tutorials have it

    def __init__(cls, name, bases, namespace, /, **kwargs):
        super().__init__(name, bases, namespace, **kwargs)
        cls.registry[name] = cls

    def __getitem__(cls, key):
        return cls.registry[key]


class Typed:
    """The descriptor of the tutorials, which keeps values in ``__dict__``."""

    def __init__(self, type_):
        self.type_ = type_

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return instance.__dict__[self.name]

    def __set__(self, instance, value):
        if not isinstance(value, self.type_):
            raise TypeError(f"{self.name} must be {self.type_.__name__}")
        instance.__dict__[self.name] = value
