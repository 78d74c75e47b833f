"""audit: known faults, each in the spellings that people use, are all found."""

from __future__ import annotations

import importlib
import itertools
import sys
import textwrap

import pytest

from metapatterns.tools import CODES, audit

numbers = itertools.count()

NEW = """
class Config:
    _instance = None

    def __new__(cls, *args, **kwargs):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance
"""
META = """
class Single(type):
    _instances = {}

    def __call__(cls, *args, **kwargs):
        if cls not in cls._instances:
            cls._instances[cls] = super().__call__(*args, **kwargs)
        return cls._instances[cls]
"""
GET = """
class Config:
    _instance = None

    @classmethod
    def get_instance(cls):
        if cls._instance is None:
            cls._instance = cls()
        return cls._instance
"""
GLOBAL = """
_instance = None

class Config: ...

def get_config():
    global _instance
    if _instance is None:
        _instance = Config()
    return _instance
"""
CLOSURE = """
import functools

def single(cls):
    instances = {}
    @functools.wraps(cls, updated=())
    def get_instance(*args, **kwargs):
        if cls not in instances:
            instances[cls] = cls(*args, **kwargs)
        return instances[cls]
    return get_instance

@single
class Config: ...
"""
CELL = """
def single(cls):
    instance = None
    def get_instance():
        nonlocal instance
        if not instance:
            instance = cls()
        return instance
    return get_instance

@single
class Config: ...
"""
RAISING = """
class Config:
    __instance = None

    @staticmethod
    def getInstance():
        if Config.__instance == None:
            Config()
        return Config.__instance

    def __init__(self):
        if Config.__instance != None:
            raise RuntimeError("this class is a singleton")
        else:
            Config.__instance = self
"""
IF_NONE = "if cls._instance is None:"
BASE = """
from typing import final

class Base:
    @final
    def run(self): ...
    @final
    @classmethod
    def build(cls): ...
    @staticmethod
    @final
    def help(): ...
    @property
    @final
    def size(self): ...

"""

SINGLETONS = {
    "new": NEW,
    "new by object": NEW.replace("super().__new__", "object.__new__"),
    "new by super with arguments": NEW.replace("super()", "super(Config, cls)"),
    "new, on the class": NEW.replace("cls._instance", "Config._instance"),
    "new, mangled": NEW.replace("_instance", "__instance"),
    "new, hasattr": NEW.replace(IF_NONE, "if not hasattr(cls, '_instance'):"),
    "new, not": NEW.replace(IF_NONE, "if not cls._instance:"),
    "new, in vars": NEW.replace(IF_NONE, "if '_instance' not in cls.__dict__:"),
    "new, isinstance": NEW.replace(IF_NONE, "if not isinstance(cls._instance, cls):"),
    "new, early return": NEW.replace(
        IF_NONE, "if cls._instance is not None: return cls._instance\n        if True:"
    ),
    "new, a local first": NEW.replace(
        "cls._instance = super().__new__(cls)",
        "self = super().__new__(cls)\n            cls._instance = self",
    ),
    "new, a static method": NEW.replace(
        "    def __new__", "    @staticmethod\n    def __new__"
    ),
    "metaclass": META,
    "metaclass, by super with arguments": META.replace("super()", "super(Single, cls)"),
    "metaclass, by type": META.replace("super().__call__(", "type.__call__(cls, "),
    "metaclass, one": META.replace(
        "cls not in cls._instances", "cls._instances is None"
    ).replace("_instances[cls]", "_instances"),
    "metaclass, try": META.replace(
        "if cls not in cls._instances:",
        "try:\n            return cls._instances[cls]\n        except KeyError:",
    ),
    "metaclass, a global": META.replace("    _instances = {}\n", "").replace(
        "cls._instances", "INSTANCES"
    )
    + "INSTANCES = {}\n",
    "class method": GET,
    "class method, with arguments": GET.replace(
        "instance(cls)", "instance(cls, *args)"
    ).replace("cls()", "cls(*args)"),
    "class method, by name": GET.replace("cls()", "Config()"),
    "class method, by new": GET.replace("cls()", "cls.__new__(cls)"),
    "class method, early return": GET.replace(
        IF_NONE, "if cls._instance: return cls._instance\n        if True:"
    ),
    "static method": GET.replace("@classmethod", "@staticmethod")
    .replace("get_instance(cls)", "get_instance()")
    .replace("cls", "Config"),
    "static method, constructor raises": RAISING,
    "constructor raises first": RAISING.replace("        else:\n    ", ""),
    "constructor, type of self": RAISING.replace(
        "Config.__instance = self", "type(self).__instance = self"
    ),
    "global": GLOBAL,
    "global, not": GLOBAL.replace("if _instance is None", "if not _instance"),
    "global, early return": GLOBAL.replace(
        "    if _instance is None:\n    ", "    if _instance: return _instance\n"
    ),
    "global, a local first": GLOBAL.replace(
        "_instance = Config()", "made = Config()\n        _instance = made"
    ),
    "closure": CLOSURE,
    "closure, plain": CLOSURE.replace("    @functools.wraps(cls, updated=())\n", ""),
    "closure, nonlocal": CELL,
}
FAULTS = [
    *(("MP501", name, source) for name, source in SINGLETONS.items()),
    *(
        ("MP101", body, "class C:\n" + textwrap.indent(body, "    "))
        for body in (
            "def test(self): ...\ndef test(self): ...",
            "def test(self): ...\nasync def test(self): ...",
            "@classmethod\ndef test(cls): ...\n@staticmethod\ndef test(): ...",
            "@property\ndef test(self): ...\ndef test(self): ...",
            "def test(self): ...\nother = 1\ntest = lambda self: 1",
            "class Meta: ...\nclass Meta: ...",
            "size = 1\nsize = 2",
            "size: int = 1\nsize: str = ''",
            "import os as size\nimport sys as size",
        )
    ),
    *(
        ("MP201", f"{head}: {bases}", f"{head}\n@final\nclass Leaf: ...\nclass Twig({bases}): ...\n")
        for head, bases in (
            ("from typing import final", "Leaf"),
            ("from typing import final", "dict, Leaf"),
            ("from typing_extensions import final", "Leaf"),
        )
    ),
    *(
        ("MP202", body, f"{BASE}class Over(Base):\n{textwrap.indent(body, '    ')}\n")
        for body in (
            "def run(self): ...",
            "async def run(self): ...",
            "run = None",
            "run = lambda self: 1",
            "build = 1",
            "@classmethod\ndef build(cls): ...",
            "@staticmethod\ndef help(): ...",
            "@property\ndef size(self): ...",
            "size = 3",
        )
    ),
    ("MP202", "mixin first", f"{BASE}class M:\n    def run(self): ...\nclass C(M, Base): ..."),
    ("MP202", "far below", f"{BASE}class M(Base): ...\nclass C(M):\n    def run(self): ..."),
    *(
        ("MP301", f"{value} {change}", f"from collections import *\nclass C:\n    items = {value}\n    def add(self, it): {change}\n")
        for value, change in (
            ("[]", "self.items.append(it)"),
            ("list()", "self.items.extend(it)"),
            ("[1]", "self.items[0] = it"),
            ("{}", "self.items[it] = 1"),
            ("{}", "self.items.setdefault(it, 1)"),
            ("dict()", "del self.items[it]"),
            ("set()", "self.items.add(it)"),
            ("defaultdict(list)", "self.items[it] = 1"),
            ("deque()", "self.items.appendleft(it)"),
            ("Counter()", "self.items.update(it)"),
            ("bytearray()", "self.items.extend(it)"),
        )
    ),
    *(
        ("MP401", first, f"class A:\n    {first}\nclass B:\n    def __init_subclass__(cls, **kwargs): super().__init_subclass__(**kwargs)\nclass C(A, B): ...\n")
        for first in (
            "def __init_subclass__(cls): ...",
            "def __init_subclass__(cls, **kwargs): cls.options = kwargs",
            "@classmethod\n    def __init_subclass__(cls): cls.made = True",
        )
    ),
    *(
        ("MP401", f"metaclass {stage}", f"class A(type):\n    {stage}\nclass B(type):\n    {other}\nclass C(A, B): ...\n")
        for stage, other in (
            ("def __new__(mcls, *args): return type.__new__(mcls, *args)", "def __new__(mcls, *args): return super().__new__(mcls, *args)"),
            ("def __init__(cls, *args): type.__init__(cls, *args)", "def __init__(cls, *args): super().__init__(*args)"),
            ("def __call__(cls, *args): return type.__call__(cls, *args)", "def __call__(cls, *args): return super().__call__(*args)"),
            ("@classmethod\n    def __prepare__(mcls, *args): return {}", "@classmethod\n    def __prepare__(mcls, *args): return super().__prepare__(*args)"),
        )
    ),
    *(
        ("MP402", hook, f"class C{base}:\n    {hook}\n")
        for base, hook in (
            ("", "def __init_subclass__(cls, **kwargs): super().__init_subclass__()"),
            ("", "def __init_subclass__(cls, **options): ..."),
            ("", "def __init_subclass__(cls, *, key=None, **kwargs): cls.key = key"),
            ("(type)", "def __new__(mcls, *args, **kwargs): return super().__new__(mcls, *args)"),
            ("(type)", "def __new__(mcls, name, bases, space, **kw): return type.__new__(mcls, name, bases, space)"),
        )
    ),
    *(
        ("MP403", hook, f"class C{base}:\n    {hook}\n")
        for base, hook in (
            ("", "def __init_subclass__(cls): ..."),
            ("(type)", "def __new__(mcls, *args): return type.__new__(mcls, *args)"),
            ("(type)", "def __init__(cls, *args): cls.made = True"),
        )
    ),
]  # fmt: skip


@pytest.fixture
def module(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    names = []

    def write(source):
        names.append(f"faulty_{next(numbers)}")
        (tmp_path / f"{names[-1]}.py").write_text(source)
        importlib.invalidate_caches()
        return names[-1]

    yield write
    for name in names:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("code", "source"),
    [pytest.param(code, text, id=f"{code} {name}") for code, name, text in FAULTS],
)
def test_each_spelling_of_a_fault_is_found(code, source, module):
    """Early, as classes are created, and late, in modules that are imported."""
    name = module(source)

    assert [found.code for found in audit(name, select=[code])] == [code]
    if "@single" not in source:  # nothing in the module leads to the class then
        assert [found.code for found in audit(name, select=[code])] == [code]


def test_every_code_has_seeded_faults():
    """No code is without known faults in this table."""
    assert {code for code, _, _ in FAULTS} == set(CODES)


LOCKED = "import threading\nguard = threading.Lock()\n"
SOUND = {
    "class method, locked": GET.replace("        if", "        with guard:\n         if"),
    "class method, under a name of a lock": GET.replace("        if", "        lock()\n        if"),
    "class method, another object": GET.replace("cls()", "dict()"),
    "class method, handed nowhere": GET.replace("return cls._instance", "return None"),
    "class method, each time": GET.replace(IF_NONE, "print(cls._instance)\n        if True:"),
    "class method, a cache": GET.replace("_instance", "_cached"),
    "class method, built at import": GET + "Config.get_instance()\n",
    "class method, for each key": GET.replace("(cls):", "(cls, key):")
    .replace("cls._instance is None", "key not in cls._instance")
    .replace("cls._instance = cls()", "cls._instance[key] = cls()"),
    "class method, on another": GET.replace("cls._instance =", "other.instance ="),
    "class method of a metaclass": GET.replace("Config:", "Config(type):"),
    "method": GET.replace("    @classmethod\n", ""),
    "async": GET.replace("def", "async def"),
    "global, for each call": GLOBAL.replace("if _instance is None", "if _instance: raise ValueError\n    if True")
    .replace("    if True:\n    ", ""),
    "global, not declared": GLOBAL.replace("    global _instance\n", "    _instance = None; x.y = 1\n"),
    "global, built at import": GLOBAL + "get_config()\n",
    "global, another class": GLOBAL.replace("_instance = Config()", "_instance = Config.other()"),
    "closure, for each key": CLOSURE.replace("(*args, **kwargs):", "(key):")
    .replace("cls not in", "key not in").replace("[cls]", "[key]"),
    "closure, a wrapper only": CLOSURE.replace("if cls not in instances:", "if True:")
    .replace("instances[cls] = ", "instances[cls].value = "),
    "global, merged into": GLOBAL.replace("_instance = Config()", "made = Config()\n        _instance = made")
    .replace("return _instance", "return dict(made)"),
    "constructor that counts": RAISING.replace("raise RuntimeError", "print"),
    "parts of one": GET.replace(
        "cls._instance = cls()", "it = cls()\n            cls._instance, x = it\n            return it"
    ),
    "pairs": GET.replace("cls._instance = cls()", "cls._instance, x = cls(), 1"),
}  # fmt: skip


@pytest.mark.parametrize("source", SOUND.values(), ids=SOUND)
def test_what_only_looks_like_a_singleton_is_let_pass(source, module):
    """A lock, an instance that the import has built, a table, a cache: no finding."""
    assert audit(module(LOCKED + source), select=["MP501"]).findings == ()


def test_objects_that_answer_for_their_class_are_not_asked(module):
    """What a lazy object stands for is not made because somebody looks at it."""
    lazy = """
class Lazy:
    @property
    def __class__(self):
        raise RuntimeError("not configured")

settings = Lazy()

class Uses:
    settings = settings
    items = []

    def add(self):
        self.items.append(1)
"""
    assert [it.code for it in audit(module(lazy), select=list(CODES))] == ["MP301"]
