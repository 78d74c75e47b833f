"""Final: what is enforced at run time is reported before."""

from __future__ import annotations

from typing import Generic, TypeVar, assert_type

from metapatterns import FinalMeta, FinalMixin, final

T = TypeVar("T")

# -- final: classes -----------------------------------------------------------


@final
class Leaf:
    def __init__(self, size: int) -> None:
        self.size = size


assert_type(Leaf(1), Leaf)
assert_type(Leaf(1).size, int)
Leaf("a")  # error


class Twig(Leaf):  # error
    pass


# -- final: methods -----------------------------------------------------------


class Tree:
    @final
    def grow(self) -> int:
        return 1

    @final
    @property
    def size(self) -> int:
        return 1

    @final
    @classmethod
    def plant(cls) -> Tree:
        return cls()


class Oak(Tree):
    def grow(self) -> int:  # error
        return 2


assert_type(Tree().grow(), int)
assert_type(Tree().size, int)
assert_type(Tree.plant(), Tree)

# -- FinalMeta: constructor ---------------------------------------------------


class Open(metaclass=FinalMeta, final=False):
    def __init__(self, size: int) -> None: ...


class Box(Generic[T], metaclass=FinalMeta, final=False):
    def __init__(self, content: T) -> None:
        self.content = content


assert_type(Open(1), Open)
assert_type(Box(1), Box[int])
assert_type(Box("a").content, str)
Open("a")  # error

# -- FinalMeta: classes are final ---------------------------------------------


class Stone(metaclass=FinalMeta):
    pass


class Closed(Open):
    pass


class Pebble(Stone):  # error, missed by mypy pyright ty pyrefly
    pass


class Shut(Closed):  # error, missed by mypy pyright ty pyrefly
    pass


# -- FinalMeta: final below `@final` ------------------------------------------


@final
class Marked(metaclass=FinalMeta):
    pass


class Unmarked(Marked):  # error
    pass


# -- FinalMeta: `final="methods"` leaves classes open -------------------------


class Methods(metaclass=FinalMeta, final="methods"):
    @final
    def run(self) -> int:
        return 1


class Below(Methods):
    pass


class FurtherBelow(Below):
    pass


class Overriding(Below):
    def run(self) -> int:  # error
        return 2


assert_type(FurtherBelow().run(), int)

# -- FinalMeta: class keywords ------------------------------------------------


# error, missed by mypy plugin ty pyrefly
class Maybe(metaclass=FinalMeta, final="perhaps"):
    pass


# -- FinalMixin: constructor --------------------------------------------------


class MixedIn(FinalMixin, final=False):
    def __init__(self, size: int) -> None: ...


assert_type(MixedIn(1), MixedIn)
MixedIn("a")  # error

# -- FinalMixin: classes are final --------------------------------------------


class Rock(FinalMixin):
    pass


class Sand(Rock):  # error, missed by mypy pyright ty pyrefly
    pass


# -- FinalMixin: class keywords -----------------------------------------------


class Sometimes(FinalMixin, final="sometimes"):  # error
    pass
