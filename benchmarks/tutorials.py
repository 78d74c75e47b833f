"""The versions that people paste, and the best that one would write by hand."""

from __future__ import annotations

import logging
import threading

# -- singleton ----------------------------------------------------------------


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


class NewSingleton:
    """The ``__new__`` of the tutorials."""

    _instance = None

    def __new__(cls, *args, **kwargs):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance


class OwnLockSingletonMeta(type):
    """A lock and an attribute for each class: the double-checked lock at its best."""

    def __init__(cls, name, bases, namespace, /, **kwargs):
        super().__init__(name, bases, namespace, **kwargs)
        cls._lock = threading.RLock()
        cls._instance = None

    def __call__(cls, *args, **kwargs):
        if cls._instance is None:
            with cls._lock:
                if cls._instance is None:
                    cls._instance = super().__call__(*args, **kwargs)
        return cls._instance


# -- registry -----------------------------------------------------------------


class DictRegistryMeta(type):
    """A dict on the root, filled by ``__init__``."""

    def __init__(cls, name, bases, namespace, /, **kwargs):
        super().__init__(name, bases, namespace, **kwargs)
        if bases:
            cls.registry[name] = cls
        else:
            cls.registry = {}

    def __getitem__(cls, key):
        return cls.registry[key]


class DictRegistry:
    """The lightest form by hand: ``__init_subclass__`` and a dict."""

    registry: dict[str, type]

    def __init_subclass__(cls, /, **kwargs):
        super().__init_subclass__(**kwargs)
        if DictRegistry in cls.__bases__:
            cls.registry = {}
        else:
            cls.registry[cls.__name__] = cls


# -- final, no duplicate, logger ----------------------------------------------


class TutorialFinalMeta(type):
    def __new__(mcls, name, bases, namespace, /, **kwargs):
        for base in bases:
            if isinstance(base, TutorialFinalMeta):
                raise TypeError(f"{base.__name__} is final")
        return super().__new__(mcls, name, bases, namespace, **kwargs)


class HandWrittenFinal:
    def __init_subclass__(cls, /, **kwargs):
        super().__init_subclass__(**kwargs)
        if HandWrittenFinal not in cls.__bases__:
            raise TypeError(f"{cls.__bases__[0].__name__} is final")


class UniqueDict(dict):
    def __setitem__(self, key, value):
        if key in self:
            raise TypeError(f"{key!r} is defined twice")
        super().__setitem__(key, value)


class TutorialNoDuplicateMeta(type):
    @classmethod
    def __prepare__(mcls, name, bases, /, **kwargs):
        return UniqueDict()

    def __new__(mcls, name, bases, namespace, /, **kwargs):
        return super().__new__(mcls, name, bases, dict(namespace), **kwargs)


class TutorialLoggerMeta(type):
    def __init__(cls, name, bases, namespace, /, **kwargs):
        super().__init__(name, bases, namespace, **kwargs)
        cls.logger = logging.getLogger(f"{cls.__module__}.{cls.__qualname__}")


class HandWrittenLogger:
    def __init_subclass__(cls, /, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.logger = logging.getLogger(f"{cls.__module__}.{cls.__qualname__}")


# -- validator ----------------------------------------------------------------


class Typed:
    """The descriptor of the tutorials, which keeps values in ``__dict__``."""

    def __init__(self, type_, check=lambda value: True):
        self.type_ = type_
        self.check = check

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return instance.__dict__[self.name]

    def __set__(self, instance, value):
        if not isinstance(value, self.type_):
            raise TypeError(f"{self.name} must be {self.type_}")
        if not self.check(value):
            raise ValueError(f"{self.name}: {value!r}")
        instance.__dict__[self.name] = value
