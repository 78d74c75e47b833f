"""Constructors, through every door of every pattern: generics, `__new__`, Callable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, assert_type

from metapatterns import (
    FinalMeta,
    FinalMixin,
    LoggerMeta,
    LoggerMixin,
    NoDuplicateMeta,
    NoDuplicateMixin,
    Registry,
    RegistryMeta,
    RegistryMixin,
    SingletonMeta,
    SingletonMixin,
    ValidatorMeta,
    ValidatorMixin,
    final,
    logged,
    no_duplicates,
    singleton,
    validated,
)

T = TypeVar("T")

registry: Registry[Any] = Registry("every door")


def built(cls: type[T], *args: Any) -> T:
    return cls(*args)


# -- every metaclass: constructor of a generic class --------------------------


class MetaFinalBox(Generic[T], metaclass=FinalMeta):
    def __init__(self, content: T) -> None:
        self.content = content


class MetaLoggedBox(Generic[T], metaclass=LoggerMeta):
    def __init__(self, content: T) -> None:
        self.content = content


class MetaUniqueBox(Generic[T], metaclass=NoDuplicateMeta):
    def __init__(self, content: T) -> None:
        self.content = content


class MetaListedBox(Generic[T], metaclass=RegistryMeta):
    def __init__(self, content: T) -> None:
        self.content = content


class MetaSingleBox(Generic[T], metaclass=SingletonMeta):
    def __init__(self, content: T) -> None:
        self.content = content


class MetaFieldsBox(Generic[T], metaclass=ValidatorMeta):
    content: T


assert_type(MetaFinalBox(1), MetaFinalBox[int])
assert_type(MetaFinalBox("a").content, str)
MetaFinalBox[int]("a")  # error
MetaFinalBox()  # error
assert_type(MetaLoggedBox(1), MetaLoggedBox[int])
assert_type(MetaLoggedBox("a").content, str)
MetaLoggedBox[int]("a")  # error
MetaLoggedBox()  # error
assert_type(MetaUniqueBox(1), MetaUniqueBox[int])
assert_type(MetaUniqueBox("a").content, str)
MetaUniqueBox[int]("a")  # error
MetaUniqueBox()  # error
assert_type(MetaListedBox(1), MetaListedBox[int])
assert_type(MetaListedBox("a").content, str)
MetaListedBox[int]("a")  # error
MetaListedBox()  # error
assert_type(MetaSingleBox(1), MetaSingleBox[int])
assert_type(MetaSingleBox("a").content, str)
MetaSingleBox[int]("a")  # error
MetaSingleBox()  # error
assert_type(MetaFieldsBox(1), MetaFieldsBox[int])
assert_type(MetaFieldsBox("a").content, str)
MetaFieldsBox[int]("a")  # error
MetaFieldsBox()  # error

# -- every metaclass: constructor of a class with `__new__` only --------------


class MetaFinalNew(metaclass=FinalMeta):
    def __new__(cls, size: int) -> MetaFinalNew:
        return super().__new__(cls)


class MetaLoggedNew(metaclass=LoggerMeta):
    def __new__(cls, size: int) -> MetaLoggedNew:
        return super().__new__(cls)


class MetaUniqueNew(metaclass=NoDuplicateMeta):
    def __new__(cls, size: int) -> MetaUniqueNew:
        return super().__new__(cls)


class MetaListedNew(metaclass=RegistryMeta):
    def __new__(cls, size: int) -> MetaListedNew:
        return super().__new__(cls)


class MetaSingleNew(metaclass=SingletonMeta):
    def __new__(cls, size: int) -> MetaSingleNew:
        return super().__new__(cls)


assert_type(MetaFinalNew(1), MetaFinalNew)
MetaFinalNew("a")  # error
MetaFinalNew()  # error
assert_type(MetaLoggedNew(1), MetaLoggedNew)
MetaLoggedNew("a")  # error
MetaLoggedNew()  # error
assert_type(MetaUniqueNew(1), MetaUniqueNew)
MetaUniqueNew("a")  # error
MetaUniqueNew()  # error
assert_type(MetaListedNew(1), MetaListedNew)
MetaListedNew("a")  # error
MetaListedNew()  # error
assert_type(MetaSingleNew(1), MetaSingleNew)
MetaSingleNew("a")  # error
MetaSingleNew()  # error

# -- every metaclass: the class as Callable and type[T] -----------------------


class MetaFinalSize(metaclass=FinalMeta):
    def __init__(self, size: int) -> None:
        self.size = size


class MetaLoggedSize(metaclass=LoggerMeta):
    def __init__(self, size: int) -> None:
        self.size = size


class MetaUniqueSize(metaclass=NoDuplicateMeta):
    def __init__(self, size: int) -> None:
        self.size = size


class MetaListedSize(metaclass=RegistryMeta):
    def __init__(self, size: int) -> None:
        self.size = size


class MetaSingleSize(metaclass=SingletonMeta):
    def __init__(self, size: int) -> None:
        self.size = size


class MetaFieldsSize(metaclass=ValidatorMeta):
    size: int


metafinal: Callable[[int], MetaFinalSize] = MetaFinalSize
not_metafinal: Callable[[str], MetaFinalSize] = MetaFinalSize  # error
assert_type(built(MetaFinalSize, 1), MetaFinalSize)
assert_type(list(map(MetaFinalSize, [1])), list[MetaFinalSize])
metalogged: Callable[[int], MetaLoggedSize] = MetaLoggedSize
not_metalogged: Callable[[str], MetaLoggedSize] = MetaLoggedSize  # error
assert_type(built(MetaLoggedSize, 1), MetaLoggedSize)
assert_type(list(map(MetaLoggedSize, [1])), list[MetaLoggedSize])
metaunique: Callable[[int], MetaUniqueSize] = MetaUniqueSize
not_metaunique: Callable[[str], MetaUniqueSize] = MetaUniqueSize  # error
assert_type(built(MetaUniqueSize, 1), MetaUniqueSize)
assert_type(list(map(MetaUniqueSize, [1])), list[MetaUniqueSize])
metalisted: Callable[[int], MetaListedSize] = MetaListedSize
not_metalisted: Callable[[str], MetaListedSize] = MetaListedSize  # error
assert_type(built(MetaListedSize, 1), MetaListedSize)
assert_type(list(map(MetaListedSize, [1])), list[MetaListedSize])
metasingle: Callable[[int], MetaSingleSize] = MetaSingleSize
not_metasingle: Callable[[str], MetaSingleSize] = MetaSingleSize  # error
assert_type(built(MetaSingleSize, 1), MetaSingleSize)
assert_type(list(map(MetaSingleSize, [1])), list[MetaSingleSize])
metafields: Callable[[int], MetaFieldsSize] = MetaFieldsSize
not_metafields: Callable[[str], MetaFieldsSize] = MetaFieldsSize  # error
assert_type(built(MetaFieldsSize, 1), MetaFieldsSize)
assert_type(list(map(MetaFieldsSize, [1])), list[MetaFieldsSize])

# -- every mixin: constructor of a generic class ------------------------------


class MixedFinalBox(FinalMixin, Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content


class MixedLoggedBox(LoggerMixin, Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content


class MixedUniqueBox(NoDuplicateMixin, Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content


class MixedListedBox(RegistryMixin, Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content


class MixedSingleBox(SingletonMixin, Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content


class MixedFieldsBox(ValidatorMixin, Generic[T]):
    content: T


assert_type(MixedFinalBox(1), MixedFinalBox[int])
assert_type(MixedFinalBox("a").content, str)
MixedFinalBox[int]("a")  # error
MixedFinalBox()  # error
assert_type(MixedLoggedBox(1), MixedLoggedBox[int])
assert_type(MixedLoggedBox("a").content, str)
MixedLoggedBox[int]("a")  # error
MixedLoggedBox()  # error
assert_type(MixedUniqueBox(1), MixedUniqueBox[int])
assert_type(MixedUniqueBox("a").content, str)
MixedUniqueBox[int]("a")  # error
MixedUniqueBox()  # error
assert_type(MixedListedBox(1), MixedListedBox[int])
assert_type(MixedListedBox("a").content, str)
MixedListedBox[int]("a")  # error
MixedListedBox()  # error
assert_type(MixedSingleBox(1), MixedSingleBox[int])
assert_type(MixedSingleBox("a").content, str)
MixedSingleBox[int]("a")  # error
MixedSingleBox()  # error
assert_type(MixedFieldsBox(1), MixedFieldsBox[int])
assert_type(MixedFieldsBox("a").content, str)
MixedFieldsBox[int]("a")  # error
MixedFieldsBox()  # error

# -- every mixin: constructor of a class with `__new__` only ------------------


class MixedFinalNew(FinalMixin):
    def __new__(cls, size: int) -> MixedFinalNew:
        return super().__new__(cls)


class MixedLoggedNew(LoggerMixin):
    def __new__(cls, size: int) -> MixedLoggedNew:
        return super().__new__(cls)


class MixedUniqueNew(NoDuplicateMixin):
    def __new__(cls, size: int) -> MixedUniqueNew:
        return super().__new__(cls)


class MixedListedNew(RegistryMixin):
    def __new__(cls, size: int) -> MixedListedNew:
        return super().__new__(cls)


class MixedSingleNew(SingletonMixin):
    def __new__(cls, size: int) -> MixedSingleNew:
        return super().__new__(cls)


assert_type(MixedFinalNew(1), MixedFinalNew)
MixedFinalNew("a")  # error
MixedFinalNew()  # error
assert_type(MixedLoggedNew(1), MixedLoggedNew)
MixedLoggedNew("a")  # error
MixedLoggedNew()  # error
assert_type(MixedUniqueNew(1), MixedUniqueNew)
MixedUniqueNew("a")  # error
MixedUniqueNew()  # error
assert_type(MixedListedNew(1), MixedListedNew)
MixedListedNew("a")  # error
MixedListedNew()  # error
assert_type(MixedSingleNew(1), MixedSingleNew)
MixedSingleNew("a")  # error
MixedSingleNew()  # error

# -- every mixin: the class as Callable and type[T] ---------------------------


class MixedFinalSize(FinalMixin):
    def __init__(self, size: int) -> None:
        self.size = size


class MixedLoggedSize(LoggerMixin):
    def __init__(self, size: int) -> None:
        self.size = size


class MixedUniqueSize(NoDuplicateMixin):
    def __init__(self, size: int) -> None:
        self.size = size


class MixedListedSize(RegistryMixin):
    def __init__(self, size: int) -> None:
        self.size = size


class MixedSingleSize(SingletonMixin):
    def __init__(self, size: int) -> None:
        self.size = size


class MixedFieldsSize(ValidatorMixin):
    size: int


mixedfinal: Callable[[int], MixedFinalSize] = MixedFinalSize
not_mixedfinal: Callable[[str], MixedFinalSize] = MixedFinalSize  # error
assert_type(built(MixedFinalSize, 1), MixedFinalSize)
assert_type(list(map(MixedFinalSize, [1])), list[MixedFinalSize])
mixedlogged: Callable[[int], MixedLoggedSize] = MixedLoggedSize
not_mixedlogged: Callable[[str], MixedLoggedSize] = MixedLoggedSize  # error
assert_type(built(MixedLoggedSize, 1), MixedLoggedSize)
assert_type(list(map(MixedLoggedSize, [1])), list[MixedLoggedSize])
mixedunique: Callable[[int], MixedUniqueSize] = MixedUniqueSize
not_mixedunique: Callable[[str], MixedUniqueSize] = MixedUniqueSize  # error
assert_type(built(MixedUniqueSize, 1), MixedUniqueSize)
assert_type(list(map(MixedUniqueSize, [1])), list[MixedUniqueSize])
mixedlisted: Callable[[int], MixedListedSize] = MixedListedSize
not_mixedlisted: Callable[[str], MixedListedSize] = MixedListedSize  # error
assert_type(built(MixedListedSize, 1), MixedListedSize)
assert_type(list(map(MixedListedSize, [1])), list[MixedListedSize])
mixedsingle: Callable[[int], MixedSingleSize] = MixedSingleSize
not_mixedsingle: Callable[[str], MixedSingleSize] = MixedSingleSize  # error
assert_type(built(MixedSingleSize, 1), MixedSingleSize)
assert_type(list(map(MixedSingleSize, [1])), list[MixedSingleSize])
mixedfields: Callable[[int], MixedFieldsSize] = MixedFieldsSize
not_mixedfields: Callable[[str], MixedFieldsSize] = MixedFieldsSize  # error
assert_type(built(MixedFieldsSize, 1), MixedFieldsSize)
assert_type(list(map(MixedFieldsSize, [1])), list[MixedFieldsSize])

# -- every decorator: constructor of a generic class --------------------------


@final
class MadeFinalBox(Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content


@logged
class MadeLoggedBox(Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content


@no_duplicates
class MadeUniqueBox(Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content


@registry.register
class MadeListedBox(Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content


@singleton
class MadeSingleBox(Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content


@validated
class MadeFieldsBox(Generic[T]):
    content: T


assert_type(MadeFinalBox(1), MadeFinalBox[int])
assert_type(MadeFinalBox("a").content, str)
MadeFinalBox[int]("a")  # error
MadeFinalBox()  # error
assert_type(MadeLoggedBox(1), MadeLoggedBox[int])
assert_type(MadeLoggedBox("a").content, str)
MadeLoggedBox[int]("a")  # error
MadeLoggedBox()  # error
assert_type(MadeUniqueBox(1), MadeUniqueBox[int])
assert_type(MadeUniqueBox("a").content, str)
MadeUniqueBox[int]("a")  # error
MadeUniqueBox()  # error
assert_type(MadeListedBox(1), MadeListedBox[int])
assert_type(MadeListedBox("a").content, str)
MadeListedBox[int]("a")  # error
MadeListedBox()  # error
assert_type(MadeSingleBox(1), MadeSingleBox[int])
assert_type(MadeSingleBox("a").content, str)
MadeSingleBox[int]("a")  # error
MadeSingleBox()  # error
assert_type(MadeFieldsBox(1), MadeFieldsBox[int])
assert_type(MadeFieldsBox("a").content, str)
MadeFieldsBox[int]("a")  # error
MadeFieldsBox()  # error

# -- every decorator: constructor of a class with `__new__` only --------------


@final
class MadeFinalNew:
    def __new__(cls, size: int) -> MadeFinalNew:
        return super().__new__(cls)


@logged
class MadeLoggedNew:
    def __new__(cls, size: int) -> MadeLoggedNew:
        return super().__new__(cls)


@no_duplicates
class MadeUniqueNew:
    def __new__(cls, size: int) -> MadeUniqueNew:
        return super().__new__(cls)


@registry.register
class MadeListedNew:
    def __new__(cls, size: int) -> MadeListedNew:
        return super().__new__(cls)


@singleton
class MadeSingleNew:
    def __new__(cls, size: int) -> MadeSingleNew:
        return super().__new__(cls)


assert_type(MadeFinalNew(1), MadeFinalNew)
MadeFinalNew("a")  # error
MadeFinalNew()  # error
assert_type(MadeLoggedNew(1), MadeLoggedNew)
MadeLoggedNew("a")  # error
MadeLoggedNew()  # error
assert_type(MadeUniqueNew(1), MadeUniqueNew)
MadeUniqueNew("a")  # error
MadeUniqueNew()  # error
assert_type(MadeListedNew(1), MadeListedNew)
MadeListedNew("a")  # error
MadeListedNew()  # error
assert_type(MadeSingleNew(1), MadeSingleNew)
MadeSingleNew("a")  # error
MadeSingleNew()  # error

# -- every decorator: the class as Callable and type[T] -----------------------


@final
class MadeFinalSize:
    def __init__(self, size: int) -> None:
        self.size = size


@logged
class MadeLoggedSize:
    def __init__(self, size: int) -> None:
        self.size = size


@no_duplicates
class MadeUniqueSize:
    def __init__(self, size: int) -> None:
        self.size = size


@registry.register
class MadeListedSize:
    def __init__(self, size: int) -> None:
        self.size = size


@singleton
class MadeSingleSize:
    def __init__(self, size: int) -> None:
        self.size = size


@validated
class MadeFieldsSize:
    size: int


madefinal: Callable[[int], MadeFinalSize] = MadeFinalSize
not_madefinal: Callable[[str], MadeFinalSize] = MadeFinalSize  # error
assert_type(built(MadeFinalSize, 1), MadeFinalSize)
assert_type(list(map(MadeFinalSize, [1])), list[MadeFinalSize])
madelogged: Callable[[int], MadeLoggedSize] = MadeLoggedSize
not_madelogged: Callable[[str], MadeLoggedSize] = MadeLoggedSize  # error
assert_type(built(MadeLoggedSize, 1), MadeLoggedSize)
assert_type(list(map(MadeLoggedSize, [1])), list[MadeLoggedSize])
madeunique: Callable[[int], MadeUniqueSize] = MadeUniqueSize
not_madeunique: Callable[[str], MadeUniqueSize] = MadeUniqueSize  # error
assert_type(built(MadeUniqueSize, 1), MadeUniqueSize)
assert_type(list(map(MadeUniqueSize, [1])), list[MadeUniqueSize])
madelisted: Callable[[int], MadeListedSize] = MadeListedSize
not_madelisted: Callable[[str], MadeListedSize] = MadeListedSize  # error
assert_type(built(MadeListedSize, 1), MadeListedSize)
assert_type(list(map(MadeListedSize, [1])), list[MadeListedSize])
madesingle: Callable[[int], MadeSingleSize] = MadeSingleSize
not_madesingle: Callable[[str], MadeSingleSize] = MadeSingleSize  # error
assert_type(built(MadeSingleSize, 1), MadeSingleSize)
assert_type(list(map(MadeSingleSize, [1])), list[MadeSingleSize])
madefields: Callable[[int], MadeFieldsSize] = MadeFieldsSize
not_madefields: Callable[[str], MadeFieldsSize] = MadeFieldsSize  # error
assert_type(built(MadeFieldsSize, 1), MadeFieldsSize)
assert_type(list(map(MadeFieldsSize, [1])), list[MadeFieldsSize])

# -- ValidatorMeta: constructor of a class with `__new__` and no field --------


class MetaFieldsNew(metaclass=ValidatorMeta):
    def __new__(cls, size: int) -> MetaFieldsNew:
        return super().__new__(cls)


assert_type(MetaFieldsNew(1), MetaFieldsNew)  # false alarm in pyright ty pyrefly
MetaFieldsNew("a")  # error
MetaFieldsNew()  # error, missed by pyright

# -- ValidatorMixin: constructor of a class with `__new__` and no field -------


class MixedFieldsNew(ValidatorMixin):
    def __new__(cls, size: int) -> MixedFieldsNew:
        return super().__new__(cls)


assert_type(MixedFieldsNew(1), MixedFieldsNew)  # false alarm in pyright ty pyrefly
MixedFieldsNew("a")  # error
MixedFieldsNew()  # error, missed by pyright

# -- validated: constructor of a class with `__new__` and no field ------------


@validated
class MadeFieldsNew:
    def __new__(cls, size: int) -> MadeFieldsNew:
        return super().__new__(cls)


assert_type(MadeFieldsNew(1), MadeFieldsNew)  # false alarm in pyright ty pyrefly
MadeFieldsNew("a")  # error
MadeFieldsNew()  # error, missed by pyright
