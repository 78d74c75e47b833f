"""Validator: fields make the constructor, and assignments are checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, assert_type

from metapatterns import (
    Checked,
    Converted,
    ValidatorMeta,
    ValidatorMixin,
    assign,
    field,
    validated,
)


def as_int(text: str | int) -> int:
    return int(text)


# -- ValidatorMeta: constructor -----------------------------------------------


class Person(metaclass=ValidatorMeta):
    name: str
    age: Annotated[int, "years"] = 0
    tags: list[str] = field(default_factory=list[str])
    pin: str = field(default="", check=str.isdigit, secret=True)


class Child(Person):
    school: str = ""


assert_type(Person("Ann", 41), Person)
assert_type(Person("Ann").tags, list[str])
assert_type(Child("Ann", 4, school="A").school, str)
Person()  # error
Person(1)  # error
Person("Ann", "old")  # error
Person("Ann", size=1)  # error
Child("Ann", school=1)  # error

# -- ValidatorMeta: assignment ------------------------------------------------

Person("Ann").age = 42
Person("Ann").age = "old"  # error
Person("Ann").missing  # error

# -- ValidatorMeta: `frozen`, `kw_only`, `order` ------------------------------


class Point(metaclass=ValidatorMeta, frozen=True, order=True):
    x: int
    y: int


class Named(metaclass=ValidatorMeta, kw_only=True):
    x: int


class FrozenBelow(Point, frozen=True):
    z: int


assert_type(Point(1, 2) < Point(2, 1), bool)
Named(x=1)
FrozenBelow(1, 2, 3).z = 4  # error
Person("Ann") < Person("Bob")  # error
Named(1)  # error

# -- ValidatorMeta: `frozen` where the metaclass is named ---------------------

Point(1, 2).x = 3  # error, missed by mypy ty

# -- ValidatorMeta: `frozen` and `kw_only`, inherited -------------------------


class ThawedBelow(Point):  # false alarm in pyright pyrefly
    z: int


class NamedBelow(Named):
    y: int


class NamedAgain(Named, kw_only=True):
    y: int


ThawedBelow(1, 2, 3).z = 4  # error, missed by mypy plugin pyright ty pyrefly
NamedBelow(x=1, y=2)
NamedBelow(2, x=1)  # error, missed by mypy plugin pyright ty
NamedAgain(2, x=1)  # error

# -- ValidatorMeta: class keywords --------------------------------------------


class Strict(metaclass=ValidatorMeta, strict=True, slots=True):
    x: int


class WrongStrict(
    metaclass=ValidatorMeta,
    strict="very",  # error, missed by mypy plugin ty pyrefly
):
    x: int


# -- ValidatorMixin: constructor ----------------------------------------------


class Account(ValidatorMixin):
    owner: str
    balance: int = 0
    pin: str = field(default="", check=str.isdigit, secret=True)


class Savings(Account):
    rate: float = 0.0


assert_type(Account("Ann", 1), Account)
assert_type(Savings("Ann", rate=1.5).rate, float)
Account()  # error
Account("Ann", "much")  # error
Savings("Ann", rate="high")  # error

# -- ValidatorMixin: assignment -----------------------------------------------

Account("Ann").balance = 1
Account("Ann").balance = "much"  # error

# -- ValidatorMixin: `frozen`, `kw_only`, `order` -----------------------------


class FrozenPoint(ValidatorMixin, frozen=True, order=True):
    x: int


class NamedPoint(ValidatorMixin, kw_only=True):
    x: int


assert_type(FrozenPoint(1) < FrozenPoint(2), bool)
NamedPoint(x=1)
FrozenPoint(1).x = 3  # error
NamedPoint(1)  # error

# -- ValidatorMixin: `frozen` and `kw_only`, inherited ------------------------


class ThawedPoint(FrozenPoint):  # false alarm in mypy plugin pyright ty pyrefly
    z: int


class FrozenAgain(FrozenPoint, frozen=True):
    z: int


class NamedPointBelow(NamedPoint):
    y: int


class NamedPointAgain(NamedPoint, kw_only=True):
    y: int


ThawedPoint(1, 2).z = 3  # error, missed by mypy plugin pyright pyrefly
FrozenAgain(1, 2).z = 3  # error
NamedPointBelow(x=1, y=2)
NamedPointBelow(2, x=1)  # error, missed by mypy plugin pyright ty pyrefly
NamedPointAgain(2, x=1)  # error

# -- ValidatorMixin: class keywords -------------------------------------------


class WrongMixin(ValidatorMixin, strict="very"):  # error
    x: int


# -- validated: constructor ---------------------------------------------------


@validated
class Row:
    key: str
    value: int = 0


@validated(strict=True)
class StrictRow:
    key: str


@validated
@dataclass
class Both:
    key: str


assert_type(Row("a", 1), Row)
assert_type(StrictRow("a").key, str)
assert_type(Both("a").key, str)
Row()  # error
Row("a", "b")  # error
StrictRow(1)  # error
Both(1)  # error

# -- validated: assignment ----------------------------------------------------

Row("a").value = 1
Row("a").value = "b"  # error

# -- validated: `frozen`, `kw_only`, `order` ----------------------------------


@validated(frozen=True, order=True)
class FrozenRow:
    x: int


@validated(kw_only=True)
class NamedRow:
    x: int


assert_type(FrozenRow(1) < FrozenRow(2), bool)
NamedRow(x=1)
FrozenRow(1).x = 2  # error
NamedRow(1)  # error

# -- validated: options -------------------------------------------------------


@validated(strict="very")  # error
class WrongRow:
    x: int


@validated(speed=1)  # error
class UnknownRow:
    x: int


# -- Checked: in a plain class ------------------------------------------------


class Plain:
    age = Checked(int, default=0)
    size: Checked[int] = Checked(int, check=bool)


assert_type(Plain().age, int)
assert_type(Plain().size, int)
assert_type(Plain.age, Checked[int])
Plain().age = 1
Plain().age = "old"  # error
Plain().size = "big"  # error
# error, missed by mypy plugin pyrefly
bad_default: Checked[int] = Checked(int, default="a")

# -- Checked: in a validated class --------------------------------------------


class WithChecked(ValidatorMixin):
    age: Checked[int] = Checked(int)
    size: Checked[int] = Checked(int, default=0)


assert_type(WithChecked(1).age, int)
assert_type(WithChecked(age=1, size=2).size, int)
WithChecked("old")  # error
WithChecked(1).age = "old"  # error

# -- Checked: a required field is demanded ------------------------------------

WithChecked()  # error, missed by ty

# -- Converted: in a plain class ----------------------------------------------


class Order:
    amount = Converted(as_int)


assert_type(Order().amount, int)
Order().amount = "12"
Order().amount = 12
Order().amount = b"12"  # error

# -- Converted: in a validated class ------------------------------------------


class Line(ValidatorMixin):
    amount: Converted[str | int, int] = Converted(as_int)


assert_type(Line("12").amount, int)
assert_type(Line(12).amount, int)
Line(b"12")  # error
Line("12").amount = b"12"  # error

# -- field: default and factory -----------------------------------------------


class Defaults(ValidatorMixin):
    good: int = field(default=1)
    bad: int = field(default="a")  # error
    bad_factory: int = field(default_factory=str)  # error


Defaults(good=2)

# -- assign: any field --------------------------------------------------------

assign(Row("a"), key="b", value=2)
assign()  # error
