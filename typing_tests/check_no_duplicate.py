"""NoDuplicate: class bodies and constructors are seen as without it."""

from __future__ import annotations

from typing import assert_type

from metapatterns import NoDuplicateMeta, NoDuplicateMixin, no_duplicates

# -- NoDuplicateMeta: constructor ---------------------------------------------


class Job(metaclass=NoDuplicateMeta, duplicates="definitions"):
    def __init__(self, size: int) -> None:
        self._size = size

    @property
    def size(self) -> int:
        return self._size

    @size.setter
    def size(self, value: int) -> None:
        self._size = value


assert_type(Job(1), Job)
assert_type(Job(1).size, int)
Job(1).size = 2
Job(1).size = "a"  # error
Job("a")  # error

# -- NoDuplicateMeta: class keywords ------------------------------------------


class Allowed(metaclass=NoDuplicateMeta, duplicates_allow=("x", "y")):
    pass


class Wrong(
    metaclass=NoDuplicateMeta,
    duplicates="some",  # error, missed by mypy plugin ty pyrefly
):
    pass


class WrongNames(
    metaclass=NoDuplicateMeta,
    duplicates_allow=1,  # error, missed by mypy plugin ty pyrefly
):
    pass


# -- NoDuplicateMixin: constructor --------------------------------------------


class Task(NoDuplicateMixin, duplicates_allow=["x"]):
    def __init__(self, size: int) -> None: ...


assert_type(Task(1), Task)
Task("a")  # error

# -- NoDuplicateMixin: class keywords -----------------------------------------


class WrongTask(NoDuplicateMixin, duplicates="some"):  # error
    pass


# -- no_duplicates: constructor -----------------------------------------------


@no_duplicates
class Bare:
    def __init__(self, size: int) -> None: ...


@no_duplicates(duplicates="definitions", allow=("limit",))
class Called:
    def __init__(self, size: int) -> None: ...


assert_type(Bare(1), Bare)
assert_type(Called(1), Called)
Bare("a")  # error
Called("a")  # error

# -- no_duplicates: options ---------------------------------------------------


@no_duplicates(duplicates="some")  # error
class Unsure:
    pass
