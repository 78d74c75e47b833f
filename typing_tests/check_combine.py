"""Combinations: constructors, the attributes of every part, and conflicts."""

from __future__ import annotations

import abc
import enum
from typing import TYPE_CHECKING, assert_type

from metapatterns import (
    FinalMeta,
    LoggerMeta,
    NoDuplicateMeta,
    RegistryMeta,
    SingletonMeta,
    ValidatorMeta,
    auto_metaclass,
    combine_metaclasses,
)

if TYPE_CHECKING:
    import logging


class LeftMeta(type):
    @property
    def left(cls) -> int:
        return 1


class RightMeta(type):
    def right(cls) -> str:
        return ""


class Left(metaclass=LeftMeta):
    def __init__(self, size: int) -> None:
        self.size = size


class Right(metaclass=RightMeta):
    pass


# -- class M(A, B): constructor and attributes --------------------------------


class Written(LeftMeta, RightMeta):
    pass


class ByStatement(Left, Right, metaclass=Written):
    pass


assert_type(ByStatement(1), ByStatement)
assert_type(ByStatement.left, int)
assert_type(ByStatement.right(), str)
ByStatement("a")  # error
ByStatement.missing  # error

# -- class M(A, B): with abc.ABCMeta, in both orders --------------------------


class FinalABC(FinalMeta, abc.ABCMeta):
    pass


class ABCFinal(abc.ABCMeta, FinalMeta):
    pass


class LoggerABC(LoggerMeta, abc.ABCMeta):
    pass


class ABCLogger(abc.ABCMeta, LoggerMeta):
    pass


class NoDuplicateABC(NoDuplicateMeta, abc.ABCMeta):
    pass


class ABCNoDuplicate(abc.ABCMeta, NoDuplicateMeta):
    pass


class RegistryABC(RegistryMeta, abc.ABCMeta):
    pass


class ABCRegistry(abc.ABCMeta, RegistryMeta):
    pass


class SingletonABC(SingletonMeta, abc.ABCMeta):
    pass


class ABCSingleton(abc.ABCMeta, SingletonMeta):
    pass


class ValidatorABC(ValidatorMeta, abc.ABCMeta):
    pass


class ABCValidator(abc.ABCMeta, ValidatorMeta):
    pass


class EachWithABC(
    abc.ABCMeta, FinalMeta, LoggerMeta, NoDuplicateMeta, RegistryMeta, SingletonMeta
):
    pass


class AllWithABC(ValidatorMeta, LoggerMeta, RegistryMeta, SingletonMeta, abc.ABCMeta):
    pass


# -- class M(A, B): with enum.EnumMeta, in both orders ------------------------


class OursFirst(FinalMeta, LoggerMeta, SingletonMeta, NoDuplicateMeta, enum.EnumMeta):
    pass


class EnumFirst(enum.EnumMeta, FinalMeta, LoggerMeta, SingletonMeta, NoDuplicateMeta):
    pass


# -- class M(A, B): abstract methods ------------------------------------------


class Service(metaclass=RegistryABC):
    @abc.abstractmethod
    def run(self) -> int: ...


class Mail(Service, key="mail"):
    def run(self) -> int:
        return 1


assert_type(Mail().run(), int)
assert_type(Service["mail"], type[Service])
Service()  # error

# -- combine_metaclasses: no false conflict, inline ---------------------------


# false alarm in mypy
class Inline(Left, Right, metaclass=combine_metaclasses(LeftMeta, RightMeta)):
    pass


# false alarm in mypy
class OfClasses(Left, Right, metaclass=combine_metaclasses(Left, Right)):
    pass


class BelowInline(Inline):
    pass


# -- combine_metaclasses: constructor, inline ---------------------------------

assert_type(Inline(1), Inline)
assert_type(BelowInline(1).size, int)
Inline("a")  # error
Inline()  # error

# -- combine_metaclasses: attributes of the parts, inline ---------------------

assert_type(Inline.left, int)  # inexact in mypy pyright ty pyrefly
assert_type(BelowInline.right(), str)  # inexact in mypy pyright ty pyrefly
Inline.missing  # error, missed by mypy pyright ty pyrefly

# -- combine_metaclasses: assigned to a name ----------------------------------

Both = combine_metaclasses(LeftMeta, RightMeta)


class Assigned(Left, Right, metaclass=Both):  # false alarm in mypy
    pass


assert_type(Assigned(1), Assigned)
assert_type(Assigned.left, int)  # inexact in mypy pyright ty pyrefly
assert_type(Assigned.right(), str)  # inexact in mypy pyright ty pyrefly
Assigned("a")  # error
Assigned.missing  # error, missed by pyright ty pyrefly

# -- combine_metaclasses: one part is that part -------------------------------


class OnePart(Left, metaclass=combine_metaclasses(LeftMeta)):  # false alarm in mypy
    pass


assert_type(OnePart(1), OnePart)
assert_type(OnePart.left, int)  # inexact in mypy
OnePart("a")  # error

# -- combine_metaclasses: abstract methods ------------------------------------


# false alarm in mypy
class Shape(metaclass=combine_metaclasses(RegistryMeta, abc.ABCMeta)):
    @abc.abstractmethod
    def area(self) -> int: ...


class Square(Shape, key="square"):  # false alarm in mypy
    def area(self) -> int:
        return 1


assert_type(Square().area(), int)
assert_type(Shape["square"], type[Shape])  # inexact in mypy pyright ty pyrefly
Shape()  # error, missed by pyright pyrefly

# -- combine_metaclasses: with the metaclass of a class -----------------------


class Plain(abc.ABC):
    @abc.abstractmethod
    def area(self) -> int: ...


# false alarm in mypy
class Derived(Plain, metaclass=combine_metaclasses(RegistryMeta, Plain)):
    pass


class Colour(enum.Enum):
    RED = 1


# false alarm in mypy
class Tinted(enum.Enum, metaclass=combine_metaclasses(LoggerMeta, Colour)):
    BLUE = 1


assert_type(len(Derived), int)  # inexact in pyrefly
Derived()  # error
value: int = Tinted.BLUE.value

# -- combine_metaclasses: other patterns' promises ----------------------------


# false alarm in mypy
class Sealed(metaclass=combine_metaclasses(FinalMeta, LoggerMeta)):
    def run(self) -> None:
        self.logger.info("started")  # false alarm in mypy pyright ty pyrefly


class Opened(Sealed):  # error, missed by mypy pyright ty pyrefly
    pass


def logger_of_sealed() -> logging.Logger:
    return Sealed.logger  # false alarm in mypy


# -- combine_metaclasses: fields of ValidatorMeta -----------------------------


# false alarm in mypy
class Fields(metaclass=combine_metaclasses(ValidatorMeta, RegistryMeta)):
    x: int


assert_type(Fields(1).x, int)  # inexact in mypy pyright ty pyrefly
Fields("a")  # error
Fields()  # error, missed by mypy pyright ty pyrefly

# -- combine_metaclasses: too few parts ---------------------------------------


class OtherMeta(type):
    pass


class Other(metaclass=OtherMeta):
    pass


# error, missed by pyright ty pyrefly
class TooFew(Left, Right, Other, metaclass=combine_metaclasses(Left, Right)):
    pass


# -- combine_metaclasses: a third metaclass later -----------------------------


class Later(Inline, Other):  # error, missed by pyright ty pyrefly
    pass


# -- combine_metaclasses: a part that is no class -----------------------------


class NoClass(metaclass=combine_metaclasses(LeftMeta, 3)):  # error
    pass


combine_metaclasses()  # error

# -- combine_metaclasses: members that disagree -------------------------------


class WordMeta(type):
    def left(cls, word: str) -> str:
        return word


# error, missed by pyright ty pyrefly
class Disagreeing(metaclass=combine_metaclasses(LeftMeta, WordMeta)):
    pass


# -- auto_metaclass: no false conflict ----------------------------------------


class Auto(Left, Right, metaclass=auto_metaclass):  # false alarm in mypy
    pass


class AutoWith(Left, metaclass=auto_metaclass(RightMeta)):  # false alarm in mypy
    pass


# -- auto_metaclass: constructor ----------------------------------------------

assert_type(Auto(1), Auto)
assert_type(AutoWith(1), AutoWith)
Auto("a")  # error
AutoWith("a")  # error

# -- auto_metaclass: attributes of the parts ----------------------------------

assert_type(Auto.left, int)  # inexact in mypy pyright ty pyrefly
assert_type(Auto.right(), str)  # inexact in mypy pyright ty pyrefly
assert_type(AutoWith.left, int)  # inexact in mypy pyright ty pyrefly
assert_type(AutoWith.right(), str)  # inexact in mypy pyright ty pyrefly
Auto.missing  # error, missed by pyright ty pyrefly

# -- auto_metaclass: arguments ------------------------------------------------


class AutoWrong(Left, metaclass=auto_metaclass(3)):  # error
    pass


# -- auto_metaclass: abstract methods -----------------------------------------


# false alarm in mypy
class Figure(abc.ABC, metaclass=auto_metaclass(RegistryMeta)):
    @abc.abstractmethod
    def area(self) -> int: ...


class Circle(Figure, key="circle"):  # false alarm in mypy
    def area(self) -> int:
        return 1


assert_type(Circle().area(), int)
assert_type(Figure["circle"], type[Figure])  # inexact in mypy pyright ty pyrefly
Figure()  # error

# -- auto_metaclass: other patterns' promises ---------------------------------


# false alarm in mypy
class AutoSealed(Left, metaclass=auto_metaclass(FinalMeta, LoggerMeta)):
    def run(self) -> None:
        self.logger.info("started")  # false alarm in mypy pyright ty pyrefly


class AutoOpened(AutoSealed):  # error, missed by mypy pyright ty pyrefly
    pass


# false alarm in mypy
class AutoFields(Right, metaclass=auto_metaclass(ValidatorMeta)):
    x: int


assert_type(AutoFields(1).x, int)  # inexact in mypy pyright ty pyrefly
AutoFields("a")  # error
AutoFields()  # error, missed by mypy pyright ty pyrefly

# -- auto_metaclass: a third metaclass later ----------------------------------


class AutoLater(Auto, Other):  # error, missed by pyright ty pyrefly
    pass


# -- auto_metaclass: members that disagree ------------------------------------


# error, missed by pyright ty pyrefly
class AutoDisagreeing(Left, metaclass=auto_metaclass(WordMeta)):
    pass
