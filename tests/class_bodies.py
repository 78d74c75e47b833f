"""Class bodies as source text, put on a class through each door of NoDuplicate."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from metapatterns import (
    DuplicateNameError,
    NoDuplicateMeta,
    NoDuplicateMixin,
    no_duplicates,
)

HEADS = {
    "metaclass": "class C(metaclass=NoDuplicateMeta{}):",
    "mixin": "class C(NoDuplicateMixin{}):",
    "decorator": "@no_duplicates({})\nclass C:",
}
FIRST_LINE = 3  # of a body, whichever the head


def build(door: str, body: str, words: str = "", /, **names: Any) -> Any:
    """Run a class statement; its body begins at ``FIRST_LINE``."""
    if words and door != "decorator":
        words = ", " + words
    elif words:
        words = words.replace("duplicates_allow", "allow")
    head = HEADS[door].format(words)
    source = "\n" * (2 - head.count("\n") - 1) + head + "\n"
    source += textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n"
    module: dict[str, Any] = {
        "__name__": "bodies",
        "NoDuplicateMeta": NoDuplicateMeta,
        "NoDuplicateMixin": NoDuplicateMixin,
        "no_duplicates": no_duplicates,
        **names,
    }
    exec(compile(source, "bodies.py", "exec"), module)
    return module["C"]


def verdict(door: str, body: str, words: str = "", /, **names: Any) -> Iterable[Any]:
    """The duplicates that a door finds in a body; ``()`` if it lets it pass."""
    try:
        build(door, body, words, **names)
    except DuplicateNameError as caught:
        error = caught
    else:
        return ()
    assert (error.owner, error.filename) == ("C", "bodies.py")
    return error.duplicates


PREAMBLE = """
import contextlib, functools, sys, typing
from abc import abstractmethod
from functools import cached_property, singledispatchmethod
from typing import overload
import typing_extensions
registered = [None]
def register(function):
    registered.append(function)
    return function
def enter(function):
    entry = {"functions": [function]}
    registered.append(entry)
    return lambda *args: entry["functions"][0](*args)
class Registry(dict):
    def route(self, path):
        def keep(function):
            self[path] = function
            return function
        return keep
app = Registry()
class Dispatch:
    known = {}
    def __new__(cls, function):
        return cls.known.setdefault(function.__qualname__, object.__new__(cls))
    def __init__(self, function):
        self.__dict__.setdefault("functions", []).append(function)
class Chain:
    def __init__(self, get=None, set=None):
        self.get, self.set = get, set
    def setter(self, set):
        return type(self)(self.get, set)
class Field:
    pass
def wrap(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)
    return inner
def bare(function):
    return lambda *args: function(*args)
def number(function):
    return 5
def heavy(function):
    load = [[] for _ in range(9000)]
    return lambda *args: function(*args, load)
ring = [[[]]]
ring[0][0].append(ring[0])
def ringed(function, ring=ring):
    return lambda *args: function(*args, ring)
yes, no = True, False
settings = {"x": 1}
"""


def preamble() -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "bodies"}
    exec(PREAMBLE, names)
    return names


#: Bodies that bind a name twice and mean it.
LEGITIMATE = {
    "for checkers": "if typing.TYPE_CHECKING:\n    x = 1\nx = 2",
    "for checkers after": "x = 1\nif typing.TYPE_CHECKING:\n    x = 2",
    "not for checkers": "if not typing.TYPE_CHECKING:\n    y = 1\nelse:\n    x = 1\nx = 2",
    "property": """
        @property
        def x(self): ...
        @x.setter
        def x(self, value): ...
        @x.deleter
        def x(self): ...
        """,
    "abstract property": """
        @property
        @abstractmethod
        def x(self): ...
        @x.setter
        @abstractmethod
        def x(self, value): ...
        """,
    "a framework's accessor": """
        @Chain
        def x(self): ...
        @x.setter
        def x(self, value): ...
        """,
    "property called": "def x(self): ...\nx = property(x)",
    "classmethod called": "def x(cls): ...\nx = classmethod(x)",
    "wrapped": "def x(self): ...\nx = wrap(x)",
    "saved": "def x(self): ...\n_x = x\ndef x(self): ...",
    "overload": """
        @overload
        def x(self, a: int) -> int: ...
        @typing.overload
        def x(self, a: str) -> str: ...
        @typing_extensions.overload
        def x(self, a: bytes) -> bytes: ...
        def x(self, a): ...
        """,
    "overload by a stand-in": """
        overload = lambda function: function
        @overload
        def x(self, a: int) -> int: ...
        @overload
        def x(self, a: str) -> str: ...
        def x(self, a): ...
        """,
    "overload by another name": """
        known = overload
        @known
        def x(self, a: int) -> int: return super().x(a)
        @known
        def x(self, a: str) -> str: return super().x(a)
        def x(self, a): return super().x(a)
        """,
    "overload of a static method": """
        @overload
        @staticmethod
        def x(a: int) -> int: ...
        @staticmethod
        @overload
        def x(a: str) -> str: ...
        @staticmethod
        def x(a): ...
        """,
    "overload that uses __class__": """
        @overload
        def x(self, a: int) -> int: return super().x(a)
        @overload
        def x(self, a: str) -> str: return super().x(a)
        def x(self, a): return super().x(a)
        """,
    "overload of a private name": """
        @overload
        def __x(self, a: int) -> int: ...
        @overload
        def __x(self, a: str) -> str: ...
        def __x(self, a): ...
        """,
    "overload of a property": """
        @property
        @overload
        def x(self) -> int: ...
        @property
        def x(self): ...
        """,
    "singledispatchmethod": """
        @singledispatchmethod
        def x(self, a): ...
        @x.register
        def _(self, a: int): ...
        @x.register
        def _(self, a: str): ...
        """,
    "registered under one name": """
        @singledispatchmethod
        def x(self, a): ...
        @x.register(int)
        def y(self, a): ...
        @x.register(str)
        def y(self, a): ...
        """,
    "register": "@register\ndef x(self): ...\n@register\ndef x(self): ...",
    "register with a doc": """
        @register
        def x(self): "doc"
        @register
        def x(self): "doc"
        """,
    "registered in an entry": "@enter\ndef x(self): ...\n@enter\ndef x(self): ...",
    "routes": """
        @app.route("/a")
        def x(self): ...
        @app.route("/b")
        def x(self): ...
        """,
    "registered and wrapped": """
        @wrap
        @register
        def x(self): ...
        @wrap
        @register
        def x(self): ...
        """,
    "one object dispatches": "@Dispatch\ndef x(self): ...\n@Dispatch\ndef x(self): ...",
    "underscore": "def _(self): ...\ndef _(self): ...\n_ = 3",
    "augmented": "x = 1\nx += 1\nx += 1",
    "rebuilt from itself": "x = [1]\nx = [*x, 2]",
    "loop": "for x in range(3):\n    y = x\n    y = y + 1",
    "two loops": "for x in 'ab': pass\nfor x in 'cd': pass",
    "after a loop": "for x in 'ab': pass\nx = 1",
    "loop that dispatches": "for x in 'ab':\n    if x == 'a': y = 1\n    else: y = 2",
    "while": "n = 0\nwhile n < 3:\n    n = n + 1\n    last = n",
    "deleted": "def x(self): ...\ndel x\ndef x(self): ...",
    "if and else": "if yes:\n    def x(self): ...\nelse:\n    def x(self): ...",
    "else and if": "if no:\n    x = 1\nelif yes:\n    x = 2\nelse:\n    x = 3",
    "try and except": "try:\n    x = 1\n    y = undefined\nexcept NameError:\n    x = 2",
    "try and else": "try:\n    1\nexcept NameError:\n    x = 1\nelse:\n    x = 2",
    "match": """
        match yes:
            case 1: x = 1
            case 2: x = 2
            case _: x = 3
        """,
    "loop that dispatches and raises": """
        for x in "ab":
            try:
                if x == "a": y = 1
                else: y = 2
                raise KeyError(1, 2, 3)
            except KeyError: pass
        """,
    "read in the branch that ran": """
        if no:
            x = len("a")
        else:
            x = len("b")
            y = x
        x = 3
        """,
    "try that raises after a try": """
        try:
            x = 1
            try: undefined
            except NameError: pass
            raise KeyError
        except KeyError:
            x = 2
        """,
    "read on one side": "x = 1\ny = yes and x\nx = 2",
    "exception variable": """
        try: undefined
        except NameError as e: pass
        try: undefined
        except NameError as e: pass
        """,
    "default and condition": "x = 1\nif yes:\n    x = 2",
    "default method": "def x(self): ...\nif yes:\n    def x(self): ...",
    "default and try": "x = 1\ntry:\n    x = 2\nexcept ValueError: pass",
    "default and suppress": "x = 1\nwith contextlib.suppress(KeyError):\n    x = 2",
    "None and value": "x = None\nx = 3",
    "None and method": "x = None\ndef x(self): ...",
    "doc": "'doc'\n__doc__ = 'other'",
    "doc property": "'doc'\n__doc__ = property(lambda self: 'x')",
    "module": "__module__ = __name__\n__module__ = 'bodies'",
    "module property": "__module__ = property(lambda self: 'x')",
    "slots": "__slots__ = ()\n__slots__ = ('a',)",
    "annotated later": "x: int = 1\nx: int",
    "modules of a package": "import os.path\nimport os",
    "_ignore_": "_ignore_ = ['x', 'y']\nx = 1\nx = 2\ny = 1\ny = 2",
    "_ignore_ as text": "_ignore_ = 'x y'\nx = 1\nx = 2",
    "_ignore_ as tuple": "_ignore_ = ('x', 'y')\nx = 1\nx = 2",
    "_ignore_ as a longer list": "_ignore_ = ['a', 'b', 'x']\nx = 1\nx = 2",
    "comprehension": "x = [y for y in 'ab']\nz = [y for y in 'ab']",
    "with": """
        with contextlib.nullcontext(1) as x: y = x
        with contextlib.nullcontext(1) as x: z = x
        """,
}

LEGITIMATE |= {
    f"read by {read}": f"x = 1\n{read}\nx = 2"
    for read in (
        'y = locals().get("x")',
        'y = vars()["x"]',
        'y = vars()[yes and "x"]',
        'y = vars().get("x", 0)',
        "y = dict(locals())",
        'y = eval("x")',
        'exec("y = x")',
        'y = "x" in locals()',
        'y = locals().pop("x")',
        "for y in list(locals().values()): ...",
        'y = locals().__getitem__("x")',
        'y = locals()["".join("x")]',
        'del locals()["x"]',
        'y = sys._getframe().f_locals["x"]',
    )
}
LEGITIMATE |= {
    f"read through {kept}": f"d = {kept}\nx = 1\ny = {read}\nx = 2"
    for kept, read in [
        ("locals()", 'd["x"]'),
        ("vars()", 'd.get("x")'),
        ("locals", 'd()["x"]'),
    ]
}

#: Bodies with a mistake: the body, then the line in it of the first binding and
#: of the second, for each duplicate.
REFUSED = {
    "methods": ("def x(self): ...\ndef x(self): ...", ("x", 1, 2)),
    "tests": (
        "def test_x(self):\n    assert 1\n\ndef test_x(self):\n    assert 2",
        ("test_x", 1, 4),
    ),
    "attribute, method": ("x = 1\ndef x(self): ...", ("x", 1, 2)),
    "method, attribute": ("def x(self): ...\nx = 1", ("x", 1, 2)),
    "values": ("x = 1\nx = 2", ("x", 1, 2)),
    "one value": ("x = True\ny = 1\nx = True", ("x", 1, 3)),
    "annotated": ("x: int = 1\nx: str = 2", ("x", 1, 2)),
    "properties": (
        "@property\ndef x(self): ...\n@property\ndef x(self): ...",
        ("x", 2, 4),
    ),
    "property after its chain": (
        "@property\ndef x(self): ...\n@x.setter\ndef x(self, v): ...\n@property\ndef x(self): ...",
        ("x", 4, 6),
    ),
    "called properties": ("x = property(int)\nx = property(int)", ("x", 1, 2)),
    "cached properties": (
        "@cached_property\ndef x(self): ...\n@cached_property\ndef x(self): ...",
        ("x", 2, 4),
    ),
    "static and class": (
        "@staticmethod\ndef x(): ...\n@classmethod\ndef x(cls): ...",
        ("x", 2, 4),
    ),
    "wrapped": ("@wrap\ndef x(self): ...\n@wrap\ndef x(self): ...", ("x", 2, 4)),
    "bare wrapper": ("@bare\ndef x(self): ...\n@bare\ndef x(self): ...", ("x", 2, 4)),
    "number": ("@number\ndef x(self): ...\n@number\ndef x(self): ...", ("x", 2, 4)),
    "heavy": ("@heavy\ndef x(self): ...\n@heavy\ndef x(self): ...", ("x", 2, 4)),
    "beside a cycle": (
        "@ringed\ndef x(self): ...\n@ringed\ndef x(self): ...",
        ("x", 2, 4),
    ),
    "dispatchers": (
        "@singledispatchmethod\ndef x(self, a): ...\n@singledispatchmethod\ndef x(self, a): ...",
        ("x", 2, 4),
    ),
    "implementation after overloads": (
        "@overload\ndef x(self, a: int): ...\ndef x(self, a): ...\ndef x(self, a, b): ...",
        ("x", 3, 4),
    ),
    "classes": ("class x: ...\nclass x: ...", ("x", 1, 2)),
    "registered classes": (
        "@register\nclass x: ...\n@register\nclass x: ...",
        ("x", 2, 4),
    ),
    "Meta": ("class Meta:\n    a = 1\nclass Meta:\n    a = 2", ("Meta", 1, 3)),
    "fields": ("x = Field()\nx = Field()", ("x", 1, 2)),
    "dunder methods": (
        "def __eq__(s, o): ...\ndef __eq__(s, o): ...",
        ("__eq__", 1, 2),
    ),
    "dunder alias": (
        "def __str__(s): ...\n__str__ = object.__str__",
        ("__str__", 1, 2),
    ),
    "private": ("def __x(self): ...\ndef __x(self): ...", ("_C__x", 1, 2)),
    "in one branch": ("if yes:\n    x = 1\n    x = 2", ("x", 2, 3)),
    "after a branch": ("x = 1\nif no: ...\nelse:\n    y = 1\nx = 2", ("x", 1, 5)),
    "in finally": ("x = 1\ntry: ...\nfinally:\n    x = 2", ("x", 1, 4)),
    "in finally, left twice": (
        """
        x = 1
        while True:
            try:
                if no: break
            finally:
                x = 2
            break
        """,
        ("x", 1, 6),
    ),
    "in one turn": (
        "for i in 'ab':\n    def x(self): ...\n    def x(self): ...",
        ("x", 2, 3),
    ),
    "in try": ("try:\n    x = 1\n    x = 2\nexcept ValueError: pass", ("x", 2, 3)),
    "before raise": ("x = 1\nif no:\n    raise ValueError\nx = 2", ("x", 1, 4)),
    "in with": (
        "with contextlib.nullcontext():\n    x = 1\n    x = 2",
        ("x", 2, 3),
    ),
    "several lines": ("x = (\n    1,\n)\nx = (\n    2,\n)", ("x", 1, 4)),
    "imports": ("import sys as x\nimport os as x", ("x", 1, 2)),
    "one import": ("import os.path\nimport os.path", ("os", 1, 2)),
    "imports of two packages": ("import os\nimport sys as os", ("os", 1, 2)),
    "namesake items": ('x = settings["x"]\nx = settings["x"]', ("x", 1, 2)),
    "other names asked for": (
        """
        x = 1
        locals().get("y")
        vars(int)["real"]
        locals()["y"] = 1
        z = locals()["y"]
        x = 2
        """,
        ("x", 1, 6),
    ),
    "item of another mapping": ('x = 1\nd = {}\nd["x"] = 2\nx = 3', ("x", 1, 4)),
    "named and called": ("x = len\nx = len('')", ("x", 1, 2)),
    "beside a comprehension": ("x = 1\ny = [z for z in 'ab']\nx = 2", ("x", 1, 3)),
    "used by others only": ("x = 1\ny = 2\ny += 1\nx = 3", ("x", 1, 4)),
}
