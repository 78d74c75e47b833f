"""Registry: a hierarchy's classes by key, and objects that stand alone."""

from __future__ import annotations

import _thread
import abc
import collections.abc
import contextlib
import copy
import csv
import dataclasses
import enum
import fractions
import gc
import importlib
import itertools
import json
import os
import pickle
import subprocess
import sys
import textwrap
import threading
import types
import typing
import weakref
from unittest import mock

import attrs
import cloudpickle
import hypothesis.strategies
import pytest
from interrupts import Interrupt, at_step, interrupt

from metapatterns import (
    ClassDefinitionError,
    DuplicateKeyError,
    FinalMeta,
    FinalMixin,
    KeywordClashError,
    LoggerMeta,
    LoggerMixin,
    PatternError,
    PluginLoadError,
    Registry,
    RegistryMeta,
    RegistryMixin,
    UnknownKeyError,
    class_attribute,
    combine_metaclasses,
    kebab_case,
    registry_of,
    snake_case,
)
from metapatterns.testing import registry_scope

T = typing.TypeVar("T")


def by_metaclass(name="Exporter", bases=(), /, **kwargs):
    return RegistryMeta(name, bases, {"__module__": __name__}, **kwargs)


def by_mixin(name="Exporter", bases=(), /, **kwargs):
    return types.new_class(name, (*bases, RegistryMixin), kwargs)


DOORS = [by_metaclass, by_mixin]
both_doors = pytest.mark.parametrize("root", DOORS)


def run_threads(*targets, timeout=30):
    failures = []

    def guarded(target):
        try:
            target()
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=guarded, args=(target,), daemon=True)
        for target in targets
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout)
        assert not thread.is_alive(), "a thread hangs"
    if failures:
        raise failures[0]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Write modules and distributions that are imported from a directory."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    class Project:
        path = tmp_path

        def module(self, name, source):
            file = tmp_path.joinpath(*name.split(".")).with_suffix(".py")
            file.parent.mkdir(parents=True, exist_ok=True)
            for folder in file.relative_to(tmp_path).parents[:-1]:
                (tmp_path / folder / "__init__.py").touch()
            file.write_text(textwrap.dedent(source))
            importlib.invalidate_caches()
            return file

        def install(self, distribution, group, folder=".", **points):
            info = tmp_path / folder / f"{distribution}-1.0.dist-info"
            info.mkdir(parents=True, exist_ok=True)
            (info / "METADATA").write_text(
                f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
            )
            lines = [f"{name} = {target}\n" for name, target in points.items()]
            (info / "entry_points.txt").write_text(f"[{group}]\n" + "".join(lines))
            importlib.invalidate_caches()
            return info

    yield Project()
    for name in set(sys.modules) - before:
        del sys.modules[name]


# -- members and keys ---------------------------------------------------------


@both_doors
def test_members_in_order(root):
    """Each subclass at any depth is a member, the root is not, in creation order."""
    Exporter = root()

    class Csv(Exporter, key="csv"):
        pass

    class Json(Exporter):
        pass

    class Tsv(Csv, key="tsv"):
        pass

    assert dict(registry_of(Exporter)) == {"csv": Csv, "Json": Json, "tsv": Tsv}
    assert list(registry_of(Exporter)) == ["csv", "Json", "tsv"]
    assert list(reversed(registry_of(Exporter))) == ["tsv", "Json", "csv"]


@both_doors
def test_is_a_mapping(root):
    """A registry is a read-only Mapping, with its usual methods."""
    Exporter = root()

    class Csv(Exporter, key="csv"):
        pass

    registry = registry_of(Exporter)

    assert isinstance(registry, collections.abc.Mapping)
    assert not isinstance(registry, collections.abc.MutableMapping)
    assert registry == {"csv": Csv}
    assert "csv" in registry
    assert "x" not in registry
    assert 3 not in registry
    assert [] not in registry
    assert registry.get("csv") is Csv
    assert registry.get("x") is None
    assert registry.get("x", 1) == 1
    assert registry.get([], 1) == 1
    assert list(registry.items()) == [("csv", Csv)]
    assert list(registry.values()) == [Csv]
    assert Csv in registry.values()
    assert int not in registry.values()
    assert list(registry.keys()) == ["csv"]
    assert len(registry) == 1
    assert "'csv'" in repr(registry)
    with pytest.raises(TypeError):
        registry["x"] = Csv


@both_doors
def test_create(root):
    """`create` calls the class with the other arguments, whatever their names."""
    Exporter = root()

    class Csv(Exporter, key="csv"):
        def __init__(self, /, *args, **kwargs):
            self.given = args, kwargs

    made = registry_of(Exporter).create("csv", 1, key=2, self=3)

    assert type(made) is Csv
    assert made.given == ((1,), {"key": 2, "self": 3})


@both_doors
def test_below_a_member(root):
    """The registry of a member is a live view of its descendants alone."""
    Exporter = root()

    class Text(Exporter):
        pass

    class Picture(Exporter):
        pass

    below = registry_of(Text)

    assert list(below) == []

    class Csv(Text, key="csv", aliases=["comma"]):
        pass

    assert list(below) == ["csv"]
    assert len(below) == 1
    assert below["csv"] is Csv
    assert below["comma"] is Csv
    assert "Picture" not in below
    assert "Text" not in below
    with pytest.raises(UnknownKeyError, match="known: 'csv';"):
        below["Picture"]
    with pytest.raises(UnknownKeyError):
        below.unregister("Picture")
    assert "Picture" in registry_of(Exporter)


@both_doors
def test_errors_below_a_member(root):
    """They speak of the class that was asked, and tell who has a key that is above."""
    Exporter = root()

    class Text(Exporter):
        pass

    class Picture(Exporter, aliases=["image"]):
        pass

    class Csv(Text, key="csv", aliases=["comma"]):
        pass

    below = registry_of(Text)
    text, picture = f"{__name__}.{Text.__qualname__}", Picture.__qualname__
    root_registry = f"the registry of '{Exporter.__module__}.Exporter'"
    title = f"{root_registry} below {text!r}"

    assert repr(below) == f"<{title}: 'csv'>"
    assert repr(registry_of(Exporter)).startswith(f"<{root_registry}: 'Text'")
    for ask in (below.__getitem__, below.entry, below.create, below.unregister):
        for key, holder in (
            ("Picture", picture),
            ("image", picture),
            ("Text", Text.__qualname__),
        ):
            with pytest.raises(UnknownKeyError) as caught:
                ask(key)
            assert str(caught.value) == (
                f"{title} has no key {key!r}; known: 'csv'; the key belongs to"
                f" {__name__ + '.' + holder!r}, which is no descendant of {text!r}:"
                " ask the registry of the root"
            )
            assert caught.value.key == key
            assert caught.value.known == ("csv",)
    with pytest.raises(UnknownKeyError) as caught:
        below["comna"]
    assert str(caught.value) == (
        f"{title} has no key 'comna'; did you mean 'comma'?; known: 'csv'; was the"
        " module that defines it imported?"
    )
    with pytest.raises(UnknownKeyError) as caught:
        below["imag"]
    assert "did you mean" not in str(caught.value)
    with pytest.raises(UnknownKeyError) as caught:
        below[3]
    assert str(caught.value) == f"{title}: keys are strings, and 3 is of type 'int'"
    with pytest.raises(UnknownKeyError) as caught:
        below.unregister(Picture)
    assert str(caught.value).startswith(f"{title} does not hold <class ")


def test_metaclass_errors_below_a_member():
    """`[]` on a class that is no root speaks of that class, too."""
    Exporter = by_metaclass()

    class Text(Exporter):
        pass

    class Picture(Exporter):
        pass

    with pytest.raises(UnknownKeyError, match=r"below '.*\.Text' has no key 'Picture'"):
        Text["Picture"]


@both_doors
def test_registered_below_a_member(root):
    """What does not derive from the member goes to the registry of the root alone."""
    Exporter = root()

    class Text(Exporter):
        pass

    @registry_of(Text).register("odd")
    class Odd:
        pass

    @registry_of(Text).register("more")
    class More(Text, register=False):
        pass

    assert list(registry_of(Text)) == ["more"]
    assert registry_of(Exporter)["odd"] is Odd


@both_doors
def test_root_as_member(root):
    """The root is a member if it says so, under its key."""
    assert dict(registry_of(root())) == {}
    Exporter = root(key="plain")
    assert dict(registry_of(Exporter)) == {"plain": Exporter}
    Exporter = root(register=True)
    assert dict(registry_of(Exporter)) == {"Exporter": Exporter}


@both_doors
def test_new_root(root):
    """Root options further down start a hierarchy that takes over the other options."""
    Exporter = root(registry_key=snake_case, registry_case_insensitive=True)

    class Text(Exporter, registry_case_insensitive=False):
        pass

    class CsvText(Text):
        pass

    assert list(registry_of(Exporter)) == []
    assert list(registry_of(Text)) == ["csv_text"]
    assert "CSV_TEXT" not in registry_of(Text)


@both_doors
def test_two_roots(root):
    """A class that derives from two roots stands in both registries."""
    Exporter, Importer = root("Exporter"), root("Importer", registry_key=snake_case)

    class CsvFormat(Exporter, Importer):
        pass

    assert dict(registry_of(Exporter)) == {"CsvFormat": CsvFormat}
    assert dict(registry_of(Importer)) == {"csv_format": CsvFormat}


@both_doors
def test_two_roots_refuse_together(root):
    """A clash in one of two registries leaves nothing in the other."""
    Exporter, Importer = root("Exporter"), root("Importer")

    class Csv(Importer):
        pass

    def again():
        class Csv(Exporter, Importer):
            pass

    with pytest.raises(DuplicateKeyError):
        again()
    assert dict(registry_of(Exporter)) == {}
    assert dict(registry_of(Importer)) == {"Csv": Csv}


@both_doors
def test_clash_over_an_inherited_attribute(root):
    """A class that has its key's attribute from a base is told so, and no other."""
    Exporter = root(registry_key=class_attribute("suffix"))

    class Csv(Exporter):
        suffix = ".csv"

    with pytest.raises(DuplicateKeyError) as caught:

        class Tsv(Csv):
            pass

    inherits = "(which inherits the class attribute 'suffix' from"
    csv = f"{__name__}.{Csv.__qualname__}"
    assert f"{inherits} {csv!r}; give it one of its own); choose" in str(caught.value)
    with pytest.raises(DuplicateKeyError) as caught:

        class Same(Csv):
            suffix = ".csv"

    assert "inherits" not in str(caught.value)
    registry = registry_of(Exporter)
    for member in (Exporter, Registry):
        with pytest.raises(DuplicateKeyError) as caught:
            registry.register(".csv")(member)
        assert "inherits" not in str(caught.value)
    with pytest.raises(DuplicateKeyError) as caught:
        registry.lazy(".csv", "plugin_:suffix")
    assert "inherits" not in str(caught.value)

    class Other(root("Other", registry_key=lambda cls: cls.suffix)):
        suffix = "a"

    with pytest.raises(DuplicateKeyError) as caught:

        class Third(Other):
            pass

    assert "inherits" not in str(caught.value)


@both_doors
def test_clash_names_the_option(root):
    """The error for a key that is taken names the words that allow replacement."""
    Exporter = root()
    standing = Registry()
    for registry, option in (
        (registry_of(Exporter), "registry_on_duplicate"),
        (standing, "on_duplicate"),
    ):
        registry.register("a")(Exporter)
        with pytest.raises(DuplicateKeyError) as caught:
            registry.register("a")(Registry)
        assert str(caught.value).endswith(
            "; choose another key, unregister the first, or allow replacement: with"
            f" {option}='replace', or with replace=True where it is registered by a call"
        )
    again = Registry(on_duplicate="replace")
    for registry, options in ((standing, {"replace": True}), (again, {})):
        registry.register("a")(Exporter)
        registry.register("a", **options)(Registry)
        assert registry["a"] is Registry
    below = root(registry_on_duplicate="replace")
    registry_of(below).register("a")(Exporter)
    assert registry_of(below).register("a")(Registry) is registry_of(below)["a"]


def test_no_registry():
    """Asking for the registry of what has none names the way to get one."""
    for nothing in (int, RegistryMixin, 3, None):
        with pytest.raises(TypeError, match="RegistryMixin"):
            registry_of(nothing)


@both_doors
def test_aliases(root):
    """Aliases find the class, and are not iterated over."""
    Exporter = root()

    class Csv(Exporter, key="csv", aliases=("comma", "csv", "comma")):
        pass

    registry = registry_of(Exporter)

    assert registry["comma"] is Csv
    assert "comma" in registry
    assert list(registry) == ["csv"]
    assert registry.entry("comma").aliases == ("comma",)
    assert registry.entry("comma").key == "csv"


@pytest.mark.parametrize(
    ("rule", "name", "key"),
    [
        (snake_case, "CsvExporter", "csv_exporter"),
        (snake_case(), "HTTPServer", "http_server"),
        (snake_case(), "CSVToDB", "csv_to_db"),
        (snake_case(strip="Exporter"), "CsvExporter", "csv"),
        (snake_case(strip="Exporter"), "ExporterOfCsv", "of_csv"),
        (snake_case(strip="Exporter"), "Exporter", "exporter"),
        (snake_case, "Utf8Text", "utf8_text"),
        (snake_case, "_Private_Name", "private_name"),
        (snake_case, "_", "_"),
        (snake_case, "Écran", "écran"),
        (snake_case, "x", "x"),
        (snake_case, "ABC", "abc"),
        (kebab_case, "CsvExporter", "csv-exporter"),
        (kebab_case(strip="Exporter"), "PlainTextExporter", "plain-text"),
        (lambda cls: cls.__name__[::-1], "Csv", "vsC"),
    ],
)
@both_doors
def test_key_rules(root, rule, name, key):
    """The root's rule computes the key of a class that gives none."""
    Exporter = root("Root", registry_key=rule)
    made = types.new_class(name, (Exporter,))

    assert dict(registry_of(Exporter)) == {key: made}


def test_key_rules_are_values():
    """Ready-made rules compare, hash, pickle and show how they were made."""
    for rule in (snake_case(strip="X"), kebab_case(), class_attribute("name")):
        again = pickle.loads(pickle.dumps(rule))
        assert again == rule
        assert hash(again) == hash(rule)
        assert rule != object()
    assert snake_case() != kebab_case()
    assert class_attribute("name") != class_attribute("title")
    assert repr(snake_case(strip="X")) == "snake_case(strip='X')"
    assert repr(kebab_case()) == "kebab_case(strip='')"
    assert repr(class_attribute("n")) == "class_attribute('n')"
    with pytest.raises(TypeError, match="takes a name, not 'int'"):
        class_attribute(3)


@pytest.mark.parametrize("rule", [snake_case, kebab_case])
def test_what_to_strip_is_a_string(rule):
    """A rule that is told to strip no string is refused where it is written."""
    with pytest.raises(TypeError, match="strip takes a string, not 3"):
        rule(strip=3)


@pytest.mark.parametrize("rule", [snake_case, kebab_case(), class_attribute("suffix")])
def test_a_rule_is_given_what_it_can_name(rule):
    """An object that has no key to compute is a TypeError naming the rule and it."""
    registry = Registry(key=rule)

    with pytest.raises(
        TypeError, match=r"(_case|class_attribute)\(.*\) takes .*, not 3"
    ):
        registry.register(3)
    assert not registry


@both_doors
def test_class_attribute(root):
    """A class attribute is the key; without it, the class is refused by name."""
    Exporter = root(registry_key=class_attribute("suffix"))

    class Csv(Exporter):
        suffix = ".csv"

    assert dict(registry_of(Exporter)) == {".csv": Csv}
    with pytest.raises(ClassDefinitionError, match=r"Json.*'suffix'.*key="):

        class Json(Exporter):
            pass

    with pytest.raises(DuplicateKeyError):

        class Csv2(Csv):
            pass

    class Given(Exporter, key="given"):
        pass

    assert list(registry_of(Exporter)) == [".csv", "given"]


@both_doors
@pytest.mark.parametrize("word", ["key", "name"])
def test_keyword_clash_names_the_other_word(root, word):
    """A clash over the key names the option that renames it, and over others none."""

    class Taking:
        def __init_subclass__(cls, /, key=None, name=None, aliases=(), **kwargs):
            super().__init_subclass__(**kwargs)

    Exporter = root(registry_keyword=word)
    way = "parameter, choose another word with registry_keyword=, or use the"
    with pytest.raises(KeywordClashError) as caught:
        types.new_class("Csv", (Exporter, Taking), {word: "csv"})
    assert way in str(caught.value)
    assert caught.value.claimants[1].endswith("Taking.__init_subclass__")
    with pytest.raises(KeywordClashError) as caught:
        types.new_class("Csv", (Exporter, Taking), {"aliases": ("csv",)})
    assert "second one's parameter, or use the" in str(caught.value)

    Mended = root(registry_keyword="id")
    Csv = types.new_class("Csv", (Mended, Taking), {"id": "csv"})
    assert registry_of(Mended)["csv"] is Csv


@both_doors
def test_renamed_keyword_is_what_errors_speak_of(root):
    """What is wrong with a key is said in the word that the class statement has."""
    Exporter = root(registry_keyword="name")

    def leaf(**words):
        types.new_class("Leaf", (Exporter,), words)

    def own_root():
        root(registry_keyword="name", name=3)

    for bad in (lambda: leaf(name=3), own_root):
        with pytest.raises(ClassDefinitionError, match=r" name=3 is of type 'int'"):
            bad()
    with pytest.raises(ClassDefinitionError, match=r" name= or aliases= would"):
        leaf(name="leaf", register=False)
    with pytest.raises(ClassDefinitionError, match=r" key=3 is of type 'int'"):
        root(key=3)


@both_doors
@pytest.mark.parametrize("word", ["no word", "1st", "class", "a-b"])
def test_renamed_keyword_can_be_said(root, word):
    """A word that no class statement can say is refused with the root that wants it."""
    with pytest.raises(ClassDefinitionError, match=f"class '.*': .*not '{word}'"):
        root(registry_keyword=word)


@both_doors
def test_renamed_keyword(root):
    """`registry_keyword` renames `key`, which then belongs to whoever takes it."""
    Exporter = root(registry_keyword="name")
    seen = []

    class Other:
        def __init_subclass__(cls, /, key=None, **kwargs):
            seen.append(key)
            super().__init_subclass__(**kwargs)

    class Csv(Exporter, Other, name="csv", key=3):
        pass

    assert list(registry_of(Exporter)) == ["csv"]
    assert seen == [3]

    class Tsv(Csv, name="tsv"):
        pass

    assert list(registry_of(Exporter)) == ["csv", "tsv"]
    with pytest.raises(TypeError):

        class Json(Exporter, key="json"):
            pass

    class Taking:
        def __init_subclass__(cls, /, name=None, **kwargs):
            super().__init_subclass__(**kwargs)

    with pytest.raises(KeywordClashError, match="'name'"):

        class Toml(Exporter, Taking, name="toml"):
            pass

    assert dict(registry_of(root(registry_keyword="id", id="me"))).keys() == {"me"}


@both_doors
def test_unknown_keyword(root):
    """A keyword that nobody takes is a TypeError, renamed or not."""
    for Exporter in (root(), root(registry_keyword="id")):
        with pytest.raises(TypeError):

            class Csv(Exporter, colour="red"):
                pass

        assert dict(registry_of(Exporter)) == {}


@both_doors
@pytest.mark.parametrize(
    "word", ["_pattern", "cls", "self", "mcls", "name", "bases", "namespace", "kwargs"]
)
def test_any_word_can_be_the_keyword(root, word):
    """No name that our own hooks use for their parameters stands in the way."""
    Exporter = root(registry_keyword=word)
    seen = {}

    class Other:
        def __init_subclass__(cls, /, **kwargs):
            seen.update(kwargs)

    types.new_class("Csv", (Exporter,), {word: "csv"})
    types.new_class("Foreign", (root(), Other), {word: "travels"})

    assert list(registry_of(Exporter)) == ["csv"]
    assert seen == {word: "travels"}


@pytest.mark.parametrize("word", ["mcls", "name", "bases", "namespace"])
@pytest.mark.parametrize("order", [1, -1])
def test_renamed_keyword_of_the_name_of_an_argument(word, order):
    """What Python gives a metaclass is no keyword, whatever the metaclass calls it."""

    class Theirs(type):
        def __new__(mcls, name, bases, namespace):
            return super().__new__(mcls, name, bases, namespace)

    meta = combine_metaclasses(*(RegistryMeta, Theirs)[::order])
    Exporter = meta("Exporter", (), {}, registry_keyword=word)
    types.new_class("Csv", (Exporter,), {word: "csv"})

    assert list(registry_of(Exporter)) == ["csv"]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("word", ["final", "logger_name"])
@pytest.mark.parametrize("metaclass", [True, False], ids=["metaclass", "mixin"])
def test_renamed_keyword_of_another_pattern(metaclass, word, order):
    """A word that another pattern of the class takes is no word for the key."""
    if metaclass:
        parts = (RegistryMeta, FinalMeta, LoggerMeta)[::order]
        meta = type(RegistryMeta)("M", parts, {})
        Root = meta("Root", (), {}, final="methods")
        Exporter = meta("Exporter", (Root,), {}, registry_keyword=word)
    else:
        mixins = (RegistryMixin, FinalMixin, LoggerMixin)[::order]
        Root = types.new_class("Root", mixins, {"final": "methods"})
        Exporter = types.new_class("Exporter", (Root,), {"registry_keyword": word})
    registry = registry_of(Exporter)

    with pytest.raises(KeywordClashError, match="class 'Csv'") as caught:
        types.new_class("Csv", (Exporter,), {word: "csv"})

    assert caught.value.keyword == word
    other = word.partition("_")[0]
    assert caught.value.claimants == (
        f"the {other} pattern",
        "the registry pattern as its key",
    )
    assert "another word with registry_keyword=," in str(caught.value)
    assert dict(registry) == {}


def test_renamed_keyword_through_a_users_metaclass():
    """A metaclass derived from RegistryMeta hands renamed keywords on."""

    class Mine(RegistryMeta):
        @classmethod
        def __prepare__(mcls, name, bases, /, **kwargs):
            return super().__prepare__(name, bases, **kwargs)

        def __new__(mcls, name, bases, namespace, /, **kwargs):
            return super().__new__(mcls, name, bases, namespace, **kwargs)

    class Exporter(metaclass=Mine, registry_keyword="id"):
        pass

    class Csv(Exporter, id="csv"):
        pass

    class Other(Mine):
        def __new__(mcls, name, bases, namespace, /, **kwargs):
            kwargs["id"] = "other"
            return super().__new__(mcls, name, bases, namespace, **kwargs)

        @classmethod
        def __prepare__(mcls, name, bases, /, **kwargs):
            return super().__prepare__(name, bases, id="other", **kwargs)

    class Json(Exporter, metaclass=Other):
        pass

    assert dict(registry_of(Exporter)) == {"csv": Csv, "other": Json}


@both_doors
def test_aliases_that_can_be_read_once(root):
    """Aliases may come from a generator."""
    Exporter = root()

    class Csv(Exporter, key="csv", aliases=(name for name in ("comma", "sep"))):
        pass

    assert registry_of(Exporter).entry("csv").aliases == ("comma", "sep")


@pytest.mark.parametrize(
    "meta", [RegistryMeta, combine_metaclasses(RegistryMeta, LoggerMeta)]
)
@pytest.mark.parametrize("word", ["key", "register", "aliases"])
def test_aliases_that_can_be_read_once_beside_a_changed_keyword(word, meta):
    """A metaclass that names `aliases`, or changes a keyword, finds them all."""
    seen = []

    class Mine(meta):
        def __new__(
            mcls, name, bases, namespace, /, key=None, aliases=(), register=None, **more
        ):
            seen.append(list(aliases))
            given = {"key": key, "aliases": aliases, "register": register}
            changed = {"key": "new", "aliases": iter(["new"]), "register": True}
            given[word] = changed[word]
            return super().__new__(mcls, name, bases, namespace, **given, **more)

        def __init__(cls, name, bases, namespace, /, aliases=(), **more):
            seen.append(list(aliases))
            super().__init__(name, bases, namespace, **more)

    Exporter = RegistryMeta("Exporter", (), {})
    Csv = Mine("Csv", (Exporter,), {}, key="csv", aliases=iter(["comma", "sep"]))

    key, aliases = {
        "key": ("new", ("comma", "sep")),
        "register": ("csv", ("comma", "sep")),
        "aliases": ("csv", ("new",)),
    }[word]
    assert registry_of(Exporter).entry(key).aliases == aliases
    assert registry_of(Exporter)[key] is Csv
    assert seen == [["comma", "sep"]] * 2


@both_doors
def test_foreign_keyword_travels_on(root):
    """Keywords of other hooks reach them, `name` and `cls` too."""
    seen = {}

    class Base:
        def __init_subclass__(cls, /, **kwargs):
            seen.update(kwargs)

    Exporter = root("Exporter")

    class Csv(Exporter, Base, key="csv", name=1, cls=2, self=3):
        pass

    assert seen == {"name": 1, "cls": 2, "self": 3}


@pytest.mark.parametrize(
    "kwargs",
    [
        {"registry_key": "snake"},
        {"registry_skip": 3},
        {"registry_on_duplicate": "ignore"},
        {"registry_case_insensitive": "yes"},
        {"registry_entry_points": 3},
        {"registry_entry_points": ""},
        {"registry_weak": 1},
        {"registry_keyword": 3},
        {"registry_keyword": None},
        {"registry_keyword": "aliases"},
        {"key": 3},
        {"key": b"csv"},
        {"key": []},
        {"aliases": "csv"},
        {"aliases": [3]},
        {"aliases": 3},
        {"aliases": ["x"]},
        {"register": "no"},
        {"register": False, "key": "csv"},
        {"register": False, "aliases": ["csv"]},
    ],
    ids=repr,
)
@both_doors
def test_bad_options(root, kwargs):
    """A bad option is a ClassDefinitionError that names class and option."""
    with pytest.raises(ClassDefinitionError, match="Wrong") as caught:
        root("Wrong", **kwargs)
    if kwargs not in ({"aliases": [3]}, {"aliases": 3}):
        assert next(iter(kwargs)) in str(caught.value)


@both_doors
def test_computed_key_must_be_a_string(root):
    """A rule that gives no string is refused with the rule and the class named."""
    Exporter = root(registry_key=lambda cls: 3)
    with pytest.raises(ClassDefinitionError, match=r"Csv.*strings.*3.*'int'"):

        class Csv(Exporter):
            pass

    assert dict(registry_of(Exporter)) == {}


# -- skipping -----------------------------------------------------------------


@both_doors
def test_abstract_classes_are_skipped(root):
    """Abstract classes are skipped under any metaclass, unless they give a key."""
    Exporter = root()

    class Text(Exporter):
        @abc.abstractmethod
        def write(self): ...

    class Table(Text):
        pass

    class Csv(Table):
        def write(self): ...

    class Named(Text, key="named"):
        pass

    class Forced(Text, register=True):
        pass

    assert list(registry_of(Exporter)) == ["Csv", "named", "Forced"]
    with pytest.raises(UnknownKeyError, match=r"Table \(abstract: write\)") as caught:
        registry_of(Exporter)["Table"]
    assert set(caught.value.skipped.values()) == {"abstract: write"}
    assert any("Table" in name for name in caught.value.skipped)


@pytest.mark.parametrize("order", [0, 1])
def test_abstract_with_abc(order):
    """With ABCMeta in either order, abstract classes are skipped and enforced."""
    bases = [RegistryMeta, abc.ABCMeta]
    Meta = type("Meta", tuple(bases[order:] + bases[:order]), {})

    class Exporter(metaclass=Meta):
        @property
        @abc.abstractmethod
        def name(self): ...

    class Text(Exporter):
        pass

    class Csv(Text):
        name = "csv"

    class Mixed(abc.ABC):
        @abc.abstractmethod
        def close(self): ...

    class Open(Csv, Mixed):
        pass

    assert list(registry_of(Exporter)) == ["Csv"]
    with pytest.raises(TypeError):
        Text()
    Exporter.register(int)
    assert issubclass(int, Exporter)
    assert "int" not in Exporter


def test_abstract_through_a_plain_base():
    """Abstract methods of bases outside the hierarchy count, mixin door included."""

    class Exporter(RegistryMixin):
        pass

    class Closing(abc.ABC):
        @abc.abstractmethod
        def close(self): ...

    class Open(Exporter, Closing):
        pass

    class Shut(Open):
        def close(self): ...

    class Given(Exporter):
        def close(self): ...

    class Both(Given, Closing):
        pass

    assert list(registry_of(Exporter)) == ["Shut", "Given", "Both"]


@both_doors
def test_register_false(root):
    """`register=False` leaves one class out, and not its subclasses."""
    Exporter = root()

    class Text(Exporter, register=False):
        pass

    class Csv(Text):
        pass

    assert list(registry_of(Exporter)) == ["Csv"]
    with pytest.raises(UnknownKeyError, match=r"Text \(register=False\)"):
        registry_of(Exporter)["Text"]


@both_doors
def test_registry_skip(root):
    """A predicate leaves classes out; an explicit key overrules it."""
    Exporter = root(registry_skip=lambda cls: cls.__name__.startswith("_"))

    class _Base(Exporter):
        pass

    class _Given(Exporter, key="given"):
        pass

    class Csv(_Base):
        pass

    assert list(registry_of(Exporter)) == ["given", "Csv"]
    with pytest.raises(
        UnknownKeyError, match=r"_Base \(registry_skip=<function .*<lambda>"
    ):
        registry_of(Exporter)["_Base"]


@both_doors
def test_raising_rules_refuse(root):
    """An error in a rule refuses the class and leaves nothing behind."""

    def rule(cls):
        raise LookupError("no")

    for word in ("registry_key", "registry_skip"):
        Exporter = root(**{word: rule})
        with pytest.raises(LookupError):

            class Csv(Exporter):
                pass

        assert dict(registry_of(Exporter)) == {}


@both_doors
def test_skips_are_remembered_weakly(root):
    """A skipped class is collectable, and is forgotten with it."""
    Exporter = root()

    class Text(Exporter, register=False):
        pass

    gone = weakref.ref(Text)
    del Text
    gc.collect()

    assert gone() is None
    with pytest.raises(UnknownKeyError) as caught:
        registry_of(Exporter)["Text"]
    assert caught.value.skipped == {}
    assert registry_of(Exporter)._catalogue.skipped == {}


@both_doors
def test_skipped_class_that_goes_while_its_registry_is_saved(root):
    """It is forgotten without a word."""
    Exporter = root()
    registry = registry_of(Exporter)

    class Text(Exporter, register=False):
        pass

    gone = weakref.ref(Text)
    with registry_scope(Exporter):
        registry.register("text")(Text)
        registry.unregister("text")
        del Text
        gc.collect()
        assert gone() is None

    assert "text" not in registry


@both_doors
def test_skipped_class_registered_later(root):
    """Registering a skipped class by hand takes it off the list of the skipped."""
    Exporter = root()

    class Text(Exporter, register=False):
        pass

    registry_of(Exporter).register("text")(Text)

    assert registry_of(Exporter)["text"] is Text
    with pytest.raises(UnknownKeyError) as caught:
        registry_of(Exporter)["other"]
    assert caught.value.skipped == {}


# -- clashes ------------------------------------------------------------------


@both_doors
def test_clash(root):
    """Another class under a key is refused with both named; the first one stays."""
    Exporter = root()

    class Csv(Exporter, key="csv"):
        pass

    class Json(Exporter, key="json", aliases=["js"]):
        pass

    with pytest.raises(DuplicateKeyError) as caught:

        class Other(Exporter, key="csv"):
            pass

    error = caught.value
    assert isinstance(error, ValueError)
    assert isinstance(error, PatternError)
    assert error.key == "csv"
    assert error.existing.endswith("test_clash.<locals>.Csv")
    assert error.new.endswith("test_clash.<locals>.Other")
    for text in ("Exporter", "'csv'", "Csv", "Other", __name__):
        assert text in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), vars(again)) == (str(error), vars(error))
    for kwargs in (
        {"key": "js"},
        {"key": "free", "aliases": ["json"]},
        {"key": "free", "aliases": ["free2", "js"]},
    ):
        with pytest.raises(DuplicateKeyError):
            types.new_class("Other", (Exporter,), kwargs)
    assert dict(registry_of(Exporter)) == {"csv": Csv, "json": Json}
    assert "free2" not in registry_of(Exporter)


@pytest.mark.parametrize("kwargs", [{}, {"key": "csv"}, {"register": True}])
@pytest.mark.parametrize("by_alias", [True, False], ids=["alias", "key"])
def test_clash_creates_nothing(kwargs, by_alias):
    """With the metaclass, a clash by name or keyword runs no hook of the class."""
    ran = []

    class Noted:
        def __set_name__(self, owner, name):
            ran.append(name)

    Exporter = by_metaclass()
    taken = {"key": "x", "aliases": ["Csv", "csv"]} if by_alias else kwargs
    first = types.new_class("Csv", (Exporter,), taken)
    body = {"__module__": "elsewhere", "__qualname__": "Csv", "x": Noted()}
    with pytest.raises(DuplicateKeyError):
        RegistryMeta("Csv", (Exporter,), body, **kwargs)

    assert ran == []
    assert Exporter.__subclasses__() == [first]


@both_doors
def test_clash_of_what_is_skipped_is_none(root):
    """An abstract or skipped class may have a registered one's name."""
    Exporter = root(registry_skip=lambda cls: hasattr(cls, "skip"))

    class Csv(Exporter):
        pass

    first = Csv

    def more():
        class Csv(Exporter):
            @abc.abstractmethod
            def write(self): ...

        abstract = Csv

        class Csv(abstract):
            pass

        class Csv(Exporter):
            skip = True

    more()

    assert dict(registry_of(Exporter)) == {"Csv": first}


@both_doors
def test_class_that_stays_out_may_have_a_name_that_is_taken(root):
    """With `register=False` nothing is asked for."""
    Exporter = root()

    class Csv(Exporter): ...

    first = Csv

    class Csv(Exporter, register=False): ...

    assert dict(registry_of(Exporter)) == {"Csv": first}


@both_doors
def test_options_below_two_roots(root):
    """A root takes over the options of its first base's registry, not of a second's."""
    First = root(registry_case_insensitive=True)
    Second = root(registry_weak=True)

    class Both(First, Second, registry_on_duplicate="replace"): ...

    class Csv(Both): ...

    registry = registry_of(Both)
    assert registry["CSV"] is Csv
    del Csv
    gc.collect()
    assert list(registry) == ["csv"]


def test_clash_below_a_root_that_is_being_made():
    """The error names the root, which is not there yet."""
    seen = []

    class Twice:
        def __set_name__(self, owner, name):
            RegistryMeta("Sub", (owner,), {"__qualname__": "one"})
            try:
                RegistryMeta("Sub", (owner,), {"__qualname__": "other"})
            except DuplicateKeyError as error:
                seen.append(str(error))

    RegistryMeta("TheRoot", (), {"twice": Twice()})

    assert len(seen) == 1
    assert "TheRoot" in seen[0]


@both_doors
def test_abstract_methods_that_are_shown(root):
    """A miss names five of the abstract methods for which a class is not registered."""
    Exporter = root()
    body = {f"m{n}": abc.abstractmethod(lambda self: None) for n in range(1, 7)}
    kept = types.new_class("Many", (Exporter,), {}, lambda ns: ns.update(body))

    with pytest.raises(UnknownKeyError) as caught:
        registry_of(Exporter)["Many"]
    [reason] = caught.value.skipped.values()
    assert (kept.__name__, reason) == ("Many", "abstract: m1, m2, m3, m4, m5")


def test_root_that_is_copied_while_it_is_made():
    """The copy is the root of a registry of its own."""
    copies = []

    class Copying:
        def __set_name__(self, owner, name):
            body = dict(vars(owner))
            for gone in (name, "__dict__", "__weakref__"):
                body.pop(gone, None)
            copies.append(RegistryMeta("Root", (), body))

    root = RegistryMeta("Root", (), {"copying": Copying()})
    [copy] = copies

    class Csv(copy): ...

    assert dict(registry_of(copy)) == {"Csv": Csv}
    assert dict(registry_of(root)) == {}


def test_class_below_one_that_no_pattern_saw():
    """It is registered where its ancestors are."""
    Exporter = by_metaclass()
    unseen = type.__new__(RegistryMeta, "Unseen", (Exporter,), {})

    class Csv(unseen): ...

    assert dict(registry_of(Exporter)) == {"Csv": Csv}


@both_doors
def test_clash_after_all(root):
    """A clash that is seen only when the class is made leaves no entry either."""
    Exporter = root(registry_skip=lambda cls: False, registry_key=None)

    class Csv(Exporter):
        pass

    first = Csv

    def again():
        class Csv(Exporter):
            pass

    with pytest.raises(DuplicateKeyError):
        again()
    assert dict(registry_of(Exporter)) == {"Csv": first}


@both_doors
def test_clash_after_all_in_the_second_of_two_registries(root):
    """Where the first would let the class replace another, that one stays as well."""
    First = root(registry_on_duplicate="replace", registry_key=lambda cls: "k")
    Second = root(registry_key=lambda cls: "k")

    class OfFirst(First): ...

    class OfSecond(Second): ...

    with pytest.raises(DuplicateKeyError):

        class OfBoth(First, Second): ...

    assert dict(registry_of(First)) == {"k": OfFirst}
    assert dict(registry_of(Second)) == {"k": OfSecond}


def test_two_files_of_one_module_name(tmp_path, monkeypatch):
    """They are two modules, and a class of each asks for the key; a reload is none."""
    registry = Registry("plugins")
    monkeypatch.setitem(sys.modules, "home_", types.ModuleType("home_"))
    sys.modules["home_"].registry = registry
    monkeypatch.setitem(sys.modules, "plugin_", None)  # to take away what comes there

    def load(folder, *, named=True):
        file = tmp_path / folder / "plugin_.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text("from home_ import registry\n@registry.register\nclass P: pass")
        spec = importlib.util.spec_from_file_location("plugin_", file)
        module = importlib.util.module_from_spec(spec)
        sys.modules["plugin_"] = module
        if not named:
            module.__spec__ = None
        spec.loader.exec_module(module)
        return module.P

    first = load("one")
    with pytest.raises(DuplicateKeyError) as caught:
        load("two")
    assert registry["P"] is first
    assert f"{tmp_path / 'one' / 'plugin_.py'} and " in str(caught.value)
    assert f"{tmp_path / 'two' / 'plugin_.py'})" in str(caught.value)
    assert registry["P"] is not load("one") is registry["P"]
    assert registry["P"] is not load("two", named=False) is registry["P"]
    assert registry["P"] is not load("one") is registry["P"]


@both_doors
def test_one_factory_two_classes(root):
    """Two classes from one function are two definitions."""
    Exporter = root()

    def factory():
        class Csv(Exporter):
            pass

        return Csv

    first = factory()
    with pytest.raises(DuplicateKeyError, match="two definitions"):
        factory()
    assert dict(registry_of(Exporter)) == {"Csv": first}


@both_doors
def test_replacement(root):
    """With `replace` the later class takes the names, and keeps the place."""
    Exporter = root(registry_on_duplicate="replace")

    class Csv(Exporter, key="csv", aliases=["comma", "sep"]):
        pass

    class Json(Exporter, key="json", aliases=["js"]):
        pass

    class Other(Exporter, key="csv", aliases=["js", "sep"]):
        pass

    registry = registry_of(Exporter)
    assert list(registry.items()) == [("csv", Other), ("json", Json)]
    assert registry["js"] is Other
    assert registry["sep"] is Other
    assert "comma" not in registry
    assert registry.entry("json").aliases == ()

    class Third(Exporter, key="third", aliases=["csv"]):
        pass

    assert list(registry) == ["json", "third"]
    assert registry["csv"] is Third
    assert "sep" not in registry

    class Fourth(Exporter, key="csv"):
        pass

    assert registry["csv"] is Fourth
    assert registry.entry("third").aliases == ()


@both_doors
def test_case_insensitive(root):
    """Keys are folded where they are given and where they are asked for."""
    Exporter = root(registry_case_insensitive=True)

    class Csv(Exporter, key="CSV", aliases=["Straße"]):
        pass

    registry = registry_of(Exporter)
    assert list(registry) == ["csv"]
    assert registry["cSv"] is Csv
    assert registry["STRASSE"] is Csv
    assert "CSV" in registry
    with pytest.raises(DuplicateKeyError):

        class Other(Exporter, key="csv"):
            pass

    with pytest.raises(UnknownKeyError, match="did you mean 'csv'"):
        registry["CVS"]
    registry.unregister("CSV")
    assert len(registry) == 0


# -- the same definition again ------------------------------------------------


@both_doors
@pytest.mark.parametrize("builder", ["dataclass", "attrs"])
def test_slots(root, builder):
    """The second class that slots build takes the place of the first."""
    Exporter = root(registry_key=snake_case)
    decorate = (
        dataclasses.dataclass(slots=True)
        if builder == "dataclass"
        else attrs.define(slots=True)
    )

    @decorate
    class Csv(Exporter, key="csv", aliases=["comma"]):
        size: int = 1

    @decorate
    class PlainText(Exporter):
        size: int = 1

    class Tsv(Csv):
        pass

    registry = registry_of(Exporter)
    assert dict(registry) == {"csv": Csv, "plain_text": PlainText, "tsv": Tsv}
    assert registry["comma"] is Csv
    assert "__slots__" in vars(Csv)
    assert list(registry_of(Csv)) == ["tsv"]


@both_doors
def test_slots_beside_another_that_took_the_key(root):
    """The second class that slots build takes no place but that of the first."""
    Exporter = root()

    def lose_its_key(cls):
        registry_of(Exporter).unregister("csv")
        Exporter.Other = type(Exporter)("Other", (Exporter,), {}, key="csv")
        return cls

    with pytest.raises(DuplicateKeyError, match="Other"):

        @dataclasses.dataclass(slots=True)
        @lose_its_key
        class Csv(Exporter, key="csv"):
            size: int = 1

    assert registry_of(Exporter)["csv"] is Exporter.Other


@both_doors
@pytest.mark.parametrize("builder", ["dataclass", "attrs"])
def test_slots_of_a_root(root, builder):
    """A root that is built twice has one registry."""
    decorate = (
        dataclasses.dataclass(slots=True)
        if builder == "dataclass"
        else attrs.define(slots=True)
    )
    parts = {"metaclass": RegistryMeta} if root is by_metaclass else {}
    bases = () if root is by_metaclass else (RegistryMixin,)

    @decorate
    class Exporter(*bases, registry_case_insensitive=True, **parts):
        size: int = 1

    class Csv(Exporter):
        pass

    assert dict(registry_of(Exporter)) == {"csv": Csv}
    assert "Exporter" in repr(registry_of(Exporter))


@both_doors
def test_copied_namespace_under_another_name(root):
    """A copy of a root under another name has a registry of its own."""
    Exporter = root(registry_case_insensitive=True)

    class Csv(Exporter):
        pass

    body = {
        name: value
        for name, value in vars(Exporter).items()
        if name not in ("__dict__", "__weakref__")
    }
    Copy = type(Exporter)("Copy", Exporter.__bases__, body)

    class Json(Copy):
        pass

    assert dict(registry_of(Exporter)) == {"csv": Csv}
    assert dict(registry_of(Copy)) == {"json": Json}

    body = {name: value for name, value in vars(Csv).items() if name[:6] != "__dict"}
    body.pop("__weakref__", None)
    Tsv = type(Exporter)("Tsv", (Exporter,), body)

    assert dict(registry_of(Exporter)) == {"csv": Csv, "tsv": Tsv}


def test_copied_into_a_hierarchy_of_its_own():
    """A copied member whose bases have no registry is a root."""

    class Csv(by_metaclass(), key="csv"):
        pass

    Copy = RegistryMeta(
        "Csv",
        (),
        {
            "__module__": "m",
            **{
                name: value
                for name, value in vars(Csv).items()
                if name not in ("__dict__", "__weakref__", "__module__")
            },
        },
    )

    assert dict(registry_of(Copy)) == {"csv": Copy}


@both_doors
def test_notebook(root):
    """A cell of `__main__` that runs again replaces its class."""
    Exporter = root()
    cell = "class Csv(Exporter, key='csv', aliases=['c']):\n    pass\n"
    scope = {"__name__": "__main__", "Exporter": Exporter}
    exec(cell, scope)
    first = scope["Csv"]
    exec(cell, scope)

    assert scope["Csv"] is not first
    assert dict(registry_of(Exporter)) == {"csv": scope["Csv"]}
    assert registry_of(Exporter)["c"] is scope["Csv"]


BASE = {
    by_metaclass: """
        from metapatterns import RegistryMeta

        class Exporter(metaclass=RegistryMeta):
            pass
        """,
    by_mixin: """
        from metapatterns import RegistryMixin

        class Exporter(RegistryMixin):
            pass
        """,
}


@both_doors
def test_reload(root, project):
    """`importlib.reload` replaces the classes of a module, time and again."""
    project.module("base_", BASE[root])
    file = project.module(
        "plugin_",
        """
        from base_ import Exporter

        class Csv(Exporter):
            class Inner(Exporter, key="inner", aliases=["in"]):
                pass
        """,
    )
    plugin = importlib.import_module("plugin_")
    registry = registry_of(sys.modules["base_"].Exporter)
    for _ in range(3):
        old = plugin.Csv
        importlib.reload(plugin)
        assert plugin.Csv is not old
        assert dict(registry) == {"Csv": plugin.Csv, "inner": plugin.Csv.Inner}
        assert registry["in"] is plugin.Csv.Inner
        assert registry.entry("Csv").file == str(file)
    del sys.modules["plugin_"]
    plugin = importlib.import_module("plugin_")

    assert registry["Csv"] is plugin.Csv


@both_doors
def test_import_that_failed_is_tried_again(root, project):
    """What a failed import registered gives way when the import is repeated."""
    project.module("base_", BASE[root])
    project.module(
        "plugin_", "from base_ import Exporter\nclass Csv(Exporter): pass\n1 / 0"
    )
    with pytest.raises(ZeroDivisionError):
        importlib.import_module("plugin_")
    project.module(
        "plugin_", "from base_ import Exporter\nclass Csv(Exporter): pass\n# mended"
    )
    plugin = importlib.import_module("plugin_")

    assert registry_of(sys.modules["base_"].Exporter)["Csv"] is plugin.Csv


@both_doors
def test_two_definitions_in_one_module(root, project):
    """Two classes of one name in a module's first run are no reload."""
    project.module("base_", BASE[root])
    project.module(
        "plugin_",
        """
        from base_ import Exporter

        class Csv(Exporter):
            pass

        class Csv(Exporter):
            pass
        """,
    )
    with pytest.raises(DuplicateKeyError, match="two definitions of one name"):
        importlib.import_module("plugin_")


@both_doors
def test_one_file_under_two_names(root, project):
    """The same file imported under two names is a clash that says so."""
    project.module("base_", BASE[root])
    file = project.module(
        "pkg_.plugin_", "from base_ import Exporter\nclass Csv(Exporter): pass"
    )
    importlib.import_module("pkg_.plugin_")
    sys.path.insert(0, str(file.parent))
    try:
        with pytest.raises(DuplicateKeyError, match="two names") as caught:
            importlib.import_module("plugin_")
    finally:
        sys.path.remove(str(file.parent))
    assert str(file) in str(caught.value)
    assert (caught.value.existing, caught.value.new) == (
        "pkg_.plugin_.Csv",
        "plugin_.Csv",
    )


# -- other ways to make a class -----------------------------------------------


@both_doors
def test_every_route_registers(root):
    """`type(...)`, `types.new_class` and a function as metaclass register as well."""
    Exporter = root()

    def make(name, bases, namespace):
        return type(name, bases, namespace)

    One = type("One", (Exporter,), {})
    Two = types.new_class("Two", (Exporter,), {"key": "two"})
    Three = types.new_class("Three", (Exporter,), {}, lambda ns: ns.update(x=1))

    class Four(Exporter, metaclass=make):
        pass

    Five = type("Five", (Exporter,), {"__module__": __name__})
    Six = types.new_class("Six", (Exporter,))

    assert list(registry_of(Exporter).values()) == [One, Two, Three, Four, Five, Six]


@both_doors
def test_both_doors_in_one_hierarchy(root):
    """Where a class has the metaclass, the mixin only hands on."""

    class Exporter(RegistryMixin, metaclass=RegistryMeta):
        pass

    class Csv(Exporter, key="csv"):
        pass

    assert dict(registry_of(Exporter)) == {"csv": Csv}

    class Mixed(RegistryMixin):
        pass

    class Tsv(Mixed, metaclass=RegistryMeta, key="tsv"):
        pass

    assert dict(registry_of(Mixed)) == {"tsv": Tsv}


@pytest.mark.parametrize("order", [0, 1])
def test_beside_a_metaclass_that_does_not_cooperate(order):
    """A sibling metaclass that calls `type.__new__` by name changes nothing."""

    class Rude(type):
        def __new__(mcls, name, bases, namespace, /, **kwargs):
            return type.__new__(mcls, name, bases, namespace, **kwargs)

        def __init__(cls, name, bases, namespace, /, **kwargs):
            type.__init__(cls, name, bases, namespace)

    parts = [RegistryMeta, Rude]
    Meta = type(RegistryMeta)("Meta", tuple(parts[order:] + parts[:order]), {})

    class Exporter(metaclass=Meta):
        pass

    class Csv(Exporter, key="csv"):
        pass

    assert dict(registry_of(Exporter)) == {"csv": Csv}
    assert Exporter["csv"] is Csv


@both_doors
def test_refused_by_another_pattern(root):
    """A class that another pattern refuses leaves nothing in the registry."""
    if root is by_metaclass:

        class Both(RegistryMeta, FinalMeta):
            pass

        class Exporter(metaclass=Both, final=False):
            pass

        class Csv(Exporter, key="csv"):
            pass

    else:

        class Exporter(RegistryMixin, FinalMixin, final=False):
            pass

        class Csv(Exporter, key="csv"):
            pass

    with pytest.raises(TypeError, match="final"):

        class Tsv(Csv, key="tsv"):
            pass

    assert dict(registry_of(Exporter)) == {"csv": Csv}


def test_refused_by_a_sibling_hook():
    """A later `__init_subclass__` that refuses leaves no ghost in a mixin's registry."""

    class Strict:
        def __init_subclass__(cls, /, **kwargs):
            super().__init_subclass__(**kwargs)
            raise TypeError("refused")

    for Exporter in (by_metaclass(), by_mixin()):
        with pytest.raises(TypeError, match="refused"):

            class Csv(Exporter, Strict):
                pass

        assert dict(registry_of(Exporter)) == {}


# -- on the class: the metaclass door -----------------------------------------


def test_container_on_the_class():
    """The metaclass makes the class a container of keys, and it stays true."""
    Exporter = by_metaclass()

    assert bool(Exporter)
    assert len(Exporter) == 0

    class Text(Exporter, register=False):
        pass

    class Csv(Text, key="csv", aliases=["comma"]):
        pass

    class Json(Exporter, key="json"):
        pass

    assert Exporter["csv"] is Csv
    assert Exporter["comma"] is Csv
    assert Text["csv"] is Csv
    assert "csv" in Exporter
    assert "json" not in Text
    assert 3 not in Exporter
    assert Csv not in Exporter
    assert list(Exporter) == ["csv", "json"]
    assert list(Text) == ["csv"]
    assert (len(Exporter), len(Text), len(Csv)) == (2, 1, 0)
    assert bool(Csv)
    with pytest.raises(UnknownKeyError, match="did you mean 'csv'") as caught:
        Exporter["cvs"]
    assert caught.value.__context__ is None
    with pytest.raises(UnknownKeyError):
        Text["json"]
    for key in (3, [], None, slice(1)):
        with pytest.raises(UnknownKeyError, match="strings"):
            Exporter[key]


def test_generic():
    """What is no string parametrises a generic class."""

    class Exporter(typing.Generic[T], metaclass=RegistryMeta):
        pass

    class Csv(Exporter[int], key="csv"):
        pass

    assert typing.get_origin(Exporter[int]) is Exporter
    assert typing.get_args(Exporter[str]) == (str,)
    assert Exporter["csv"] is Csv
    with pytest.raises(UnknownKeyError):
        Exporter["x"]


@pytest.mark.parametrize("order", [0, 1])
def test_enum_keeps_its_own(order):
    """Enum's `[]`, `in`, `len` and iteration work in both orders of the metaclasses."""
    parts = [RegistryMeta, enum.EnumMeta]
    Meta = type(RegistryMeta)("Meta", tuple(parts[order:] + parts[:order]), {})

    class Base(enum.Enum, metaclass=Meta):
        pass

    class Color(Base, key="color"):
        RED = 1
        BLUE = 2

    made = Base("Made", "ONE TWO")

    assert Color["RED"] is Color.RED
    assert list(Color) == [Color.RED, Color.BLUE]
    assert len(Color) == 2
    assert Color.RED in Color
    assert Color(2) is Color.BLUE
    assert bool(Color)
    assert dict(registry_of(Base)) == {"color": Color, "Made": made}
    with pytest.raises(KeyError) as caught:
        Color["color"]
    assert not isinstance(caught.value, UnknownKeyError)


@pytest.mark.parametrize("order", [0, 1])
def test_another_metaclass_keeps_its_own(order):
    """What another metaclass defines is its own, even for a key of the registry."""

    class Other(type):
        def __getitem__(cls, key):
            return "other"

        def __len__(cls):
            return 7

        def __bool__(cls):
            return False

    parts = [RegistryMeta, Other]
    Meta = type(RegistryMeta)("Meta", tuple(parts[order:] + parts[:order]), {})

    class Exporter(metaclass=Meta):
        pass

    class Csv(Exporter, key="csv"):
        pass

    assert Exporter["csv"] == "other"
    assert len(Exporter) == 7
    assert not Exporter
    assert list(Exporter) == ["csv"]
    assert registry_of(Exporter)["csv"] is Csv


def test_a_users_getitem_comes_first():
    """A metaclass derived from RegistryMeta may answer `[]` itself and hand on."""

    class Mine(RegistryMeta):
        def __getitem__(cls, key, /):
            return super().__getitem__(key.lower())

    class Exporter(metaclass=Mine):
        pass

    class Csv(Exporter, key="csv"):
        pass

    assert Exporter["CSV"] is Csv


@both_doors
def test_no_public_name_is_added(root):
    """The classes get no public name and keep those that they define."""
    Exporter = root()

    class Csv(Exporter):
        keys = create = register = get = registry = 1

    assert [name for name in vars(Exporter) if not name.startswith("_")] == []
    assert Csv.keys == Csv.create == Csv.register == Csv.get == Csv.registry == 1
    for name in ("keys", "create", "register", "get", "registry", "items", "entry"):
        assert not hasattr(Exporter, name)


# -- changing a registry ------------------------------------------------------


@both_doors
def test_register_decorator(root):
    """`register` registers any class, under a name or a computed key, and returns it."""
    Exporter = root(registry_key=snake_case)
    registry = registry_of(Exporter)

    @registry.register("one", aliases=["uno"])
    class First:
        pass

    @registry.register
    class SecondClass:
        pass

    @registry.register()
    class Third:
        pass

    assert isinstance(First, type)
    assert dict(registry) == {
        "one": First,
        "second_class": SecondClass,
        "third": Third,
    }
    assert registry["uno"] is First
    with pytest.raises(DuplicateKeyError):
        registry.register("one")(Third)
    registry.register("one", replace=True)(Third)
    registry.register("one")(Third)
    assert registry["one"] is Third
    assert "uno" not in registry

    class Other:
        pass

    Other.__name__ = "Third"
    assert registry.register(Other, replace=True) is Other
    assert registry["third"] is Other
    with pytest.raises(TypeError, match="takes classes"):
        registry.register("x")(lambda: None)
    with pytest.raises(TypeError, match="several names"):
        registry.register("x", aliases="y")


@both_doors
def test_unregister(root):
    """An entry is removed by key, by alias or by class, and its names are free."""
    Exporter = root()
    registry = registry_of(Exporter)

    class Csv(Exporter, key="csv", aliases=["comma"]):
        pass

    class Json(Exporter, key="json"):
        pass

    registry.register("js")(Json)

    assert registry.unregister("comma") is Csv
    assert "csv" not in registry
    assert registry.unregister(Json) is Json
    assert len(registry) == 0
    for gone in ("csv", "comma", Json, 3):
        with pytest.raises(UnknownKeyError, match=r"has no key|does not hold"):
            registry.unregister(gone)

    class Other(Exporter, key="comma", aliases=["csv"]):
        pass

    assert registry["csv"] is Other


@both_doors
def test_weak(root):
    """A weak registry lets go of a class that nothing else refers to."""
    Exporter = root(registry_weak=True)
    registry = registry_of(Exporter)

    class Csv(Exporter, key="csv", aliases=["comma"]):
        pass

    class Json(Exporter):
        pass

    class Plain(Exporter):
        pass

    assert registry["comma"] is Csv
    assert "comma" in registry
    assert registry["Plain"] is Plain
    del Csv, Plain
    gc.collect()

    assert list(registry) == ["Json"]
    assert "csv" not in registry
    assert "comma" not in registry
    assert registry._catalogue.entries.keys() == {"Json"}
    assert registry._catalogue.key_of_alias == {}

    class Again(Exporter, key="csv"):
        pass

    assert registry["csv"] is Again


# -- what a miss says ---------------------------------------------------------


@both_doors
def test_miss(root):
    """A miss names the registry, close keys, known keys, and asks for the import."""
    Exporter = root()

    class Csv(Exporter, key="csv", aliases=["comma"]):
        pass

    with pytest.raises(UnknownKeyError) as caught:
        registry_of(Exporter)["komma"]
    error = caught.value

    assert error.__context__ is None
    assert isinstance(error, KeyError)
    assert isinstance(error, PatternError)
    assert error.key == "komma"
    assert error.known == ("csv",)
    assert error.skipped == {}
    for text in ("Exporter", "'komma'", "'comma'", "'csv'", "imported?"):
        assert text in str(error)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert str(again) == str(error)
        assert vars(again) == vars(error)


@both_doors
def test_miss_is_bounded(root):
    """A miss in a large registry, or with a huge key, makes a short message."""
    Exporter = root()
    register = registry_of(Exporter).register
    for number in range(500):
        register(f"key{number:04}")(int)
    with pytest.raises(UnknownKeyError) as caught:
        registry_of(Exporter)["x" * 100_000]

    assert len(str(caught.value)) < 1500
    assert "480 more" in str(caught.value)
    assert len(caught.value.known) == 500
    assert "490 more" in repr(registry_of(Exporter))


@both_doors
def test_lookup_runs_no_user_code(root):
    """Finding a class calls nothing on it."""
    calls = []

    class Watching(type(root())):
        def __getattribute__(cls, name):
            if not name.startswith("_"):
                calls.append(name)
            return super().__getattribute__(name)

        def __eq__(cls, other):
            calls.append("==")
            return cls is other

        def __hash__(cls):
            calls.append("hash")
            return 1

    Exporter = root("Exporter")
    registry = registry_of(Exporter)

    class Csv(Exporter, key="csv", metaclass=Watching):
        pass

    calls.clear()
    assert registry["csv"] is Csv
    assert "csv" in registry
    assert list(registry) == ["csv"]
    assert len(registry_of(Csv)) == 0
    assert calls == []


# -- plugins ------------------------------------------------------------------


@both_doors
def test_lazy(root, project):
    """A promised class is imported when it is looked up, and not before."""
    project.module(
        "plugin_",
        """
        class Outer:
            class Csv:
                pass
        """,
    )
    registry = registry_of(root())
    registry.lazy("csv", "plugin_:Outer.Csv", aliases=["comma"])

    entry = registry.entry("comma")
    assert (entry.key, entry.aliases) == ("csv", ("comma",))
    assert (entry.origin, entry.module) == ("plugin_:Outer.Csv", "plugin_")
    assert not entry.loaded
    assert entry.file is None
    assert "csv" in registry
    assert list(registry) == ["csv"]
    assert "plugin_" not in sys.modules
    found = registry["comma"]
    assert found is sys.modules["plugin_"].Outer.Csv
    assert registry["csv"] is found
    assert registry.entry("csv").loaded
    assert registry.entry("csv").origin == "plugin_.Outer.Csv"
    with pytest.raises(DuplicateKeyError):
        registry.lazy("csv", "plugin_:Outer")
    registry.lazy("csv", "plugin_:Outer.Csv")  # as a reload says once more
    assert registry["csv"] is found
    registry.lazy("csv", "plugin_:Outer", replace=True)
    assert registry["csv"] is sys.modules["plugin_"].Outer
    registry.lazy("late", "plugin_:Never")
    assert registry.unregister("late") is None


def test_lazy_about_what_is_there():
    """What is registered may be promised as well, by its own address."""
    registry = Registry()
    registry.register("it")(collections.OrderedDict)
    registry.lazy("it", "collections:OrderedDict")

    assert registry["it"] is collections.OrderedDict
    registry.register("other")(collections.Counter)
    for address in ("collections:OrderedDict", "reprlib:Counter"):
        with pytest.raises(DuplicateKeyError, match=f"Counter.*{address}"):
            registry.lazy("other", address)
    assert registry["other"] is collections.Counter


@pytest.mark.parametrize(
    "address",
    [
        *("plugin_", "plugin_:", ":Csv", "", " ", ":", " : ", "a:b:c", "plugin_:Csv:"),
        *(".plugin_:Csv", "pkg..plugin_:Csv", "pkg.:Csv", "two words:Csv"),
        *("plugin_:.Csv", "plugin_:Csv.", "plugin_:Outer..Csv", "plugin_:two words"),
        *("plugin_:make.<locals>.Csv", "plugin_:Csv()", "[plugin_:Csv]"),
    ],
)
def test_lazy_address(address):
    """An address that no import could follow is refused at once."""
    registry = Registry()

    with pytest.raises(ValueError, match=r"package\.module:Name") as caught:
        registry.lazy("csv", address)

    assert repr(address) in str(caught.value)
    assert not registry


@pytest.mark.parametrize("address", [None, 3, b"plugin_:Csv", ["plugin_:Csv"], len])
def test_lazy_address_of_another_type(address):
    """An address that is no string is a TypeError that says what an address is."""
    registry = Registry()

    with pytest.raises(TypeError, match=r"package\.module:Name") as caught:
        registry.lazy("csv", address)

    assert type(address).__name__ in str(caught.value)
    with pytest.raises(TypeError, match="strings"):
        registry.lazy(3, "plugin_:Csv")
    assert not registry


@pytest.mark.parametrize(
    "address", ["os:path", " os : path ", "os.path:join", "collections:Counter.update"]
)
def test_lazy_address_that_leads_somewhere(address):
    """Dots go into packages and into classes; blanks around either part do not count."""
    registry = Registry()
    registry.lazy("it", address)

    assert registry["it"] is not None


@both_doors
def test_lazy_class_that_registers_itself(root, project):
    """A promised class that registers itself fulfils the promise."""
    project.module("base_", BASE[root])
    project.module(
        "pkg_._impl",
        """
        from base_ import Exporter

        class Csv(Exporter, key="csv"):
            pass
        """,
    )
    (project.path / "pkg_" / "__init__.py").write_text("from ._impl import Csv")
    base = importlib.import_module("base_")
    registry = registry_of(base.Exporter)
    registry.lazy("csv", "pkg_:Csv")

    assert registry["csv"].__module__ == "pkg_._impl"
    assert list(registry) == ["csv"]
    for name in ("pkg_", "pkg_._impl"):
        del sys.modules[name]
    registry.unregister("csv")
    registry.lazy("csv", "pkg_:Csv")
    importlib.import_module("pkg_._impl")
    assert registry.entry("csv").loaded
    with pytest.raises(DuplicateKeyError):
        registry.lazy("csv", "other_:Csv")
    registry.lazy("json", "other_:Json")
    with pytest.raises(DuplicateKeyError, match="other_:Json"):

        class Json(base.Exporter, key="json"):
            pass


@both_doors
def test_lazy_aliases_outlive_the_promise(root, project):
    """A class that registers itself as promised has the promised aliases too."""
    project.module("base_", BASE[root])
    project.module(
        "plugin_",
        """
        from base_ import Exporter

        class Csv(Exporter, key="csv", aliases=["tsv"]):
            pass
        """,
    )
    registry = registry_of(importlib.import_module("base_").Exporter)
    registry.lazy("csv", "plugin_:Csv", aliases=["comma", "tsv"])

    for name in ("comma", "comma", "csv", "tsv"):
        assert registry[name] is sys.modules["plugin_"].Csv
    assert registry.entry("csv").aliases == ("tsv", "comma")
    registry.unregister("comma")
    assert not {"csv", "tsv", "comma"} & set(registry)
    assert "comma" not in registry


def test_lazy_aliases_of_a_weak_registry(project):
    """There they find the class, and keep it alive no more than its key does."""
    project.module(
        "base_", "from metapatterns import Registry\nplugins = Registry(weak=True)"
    )
    project.module(
        "plugin_",
        """
        from base_ import plugins

        @plugins.register("csv")
        class Csv:
            pass
        """,
    )
    plugins = importlib.import_module("base_").plugins
    plugins.lazy("csv", "plugin_:Csv", aliases=["comma"])

    assert plugins["comma"] is plugins["comma"] is plugins["csv"]
    gone = weakref.ref(sys.modules.pop("plugin_").Csv)
    gc.collect()
    assert gone() is None


@both_doors
def test_lazy_below_a_member(root, project):
    """A promise is found from a member if it descends from it, once it is loaded."""
    project.module("base_", BASE[root])
    project.module(
        "plugin_",
        """
        from base_ import Exporter

        class Text(Exporter):
            pass

        class Csv(Text):
            pass
        """,
    )
    Exporter = importlib.import_module("base_").Exporter
    registry = registry_of(Exporter)
    registry.lazy("lazy", "plugin_:Csv")
    registry.lazy("broken", "plugin_:Nothing")

    class Other(Exporter):
        pass

    assert list(registry_of(Other)) == []
    assert "lazy" not in registry_of(Other)
    below = registry_of(sys.modules["plugin_"].Text)
    assert below["lazy"] is sys.modules["plugin_"].Csv
    assert list(below) == ["lazy", "Csv"]
    assert "broken" not in below
    with pytest.raises(PluginLoadError):
        below["broken"]


@both_doors
def test_broken_promise(root, project):
    """What cannot be loaded is set aside, named, and tried again after `refresh`."""
    project.module("plugin_", "class Good: pass\nraise ValueError('boom')")
    registry = registry_of(root())
    registry.lazy("bad", "plugin_:Good", aliases=["worse"])
    registry.lazy("good", "collections:OrderedDict")
    registry.lazy("no_class", "os:getcwd")
    registry.lazy("no_module", "no_such_module_:X")
    registry.lazy("quits", "quits_:X")
    project.module("quits_", "import sys; sys.exit(1)")

    assert [key for key, _ in registry.items()] == ["good"]
    assert list(registry) == ["good"]
    assert set(registry.failures) == {"bad", "no_class", "no_module", "quits"}
    with pytest.raises(
        PluginLoadError, match=r"'bad' \(plugin_:Good\) failed.*boom"
    ) as caught:
        registry["bad"]
    assert isinstance(caught.value, ImportError)
    assert isinstance(caught.value, UnknownKeyError)
    assert caught.value.key == "bad"
    assert list(caught.value.known) == ["good"]
    assert isinstance(caught.value.__cause__, ValueError)
    assert isinstance(registry.failures["bad"], ValueError)
    assert "<built-in function getcwd> is not a class" in str(
        registry.failures["no_class"]
    )
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert registry.get("bad", 1) == 1
    with pytest.raises(PluginLoadError, match="boom"):
        registry["worse"]
    with pytest.raises(
        UnknownKeyError, match=r"failed to load: bad \(ValueError: boom"
    ):
        registry["other"]
    assert "bad" not in registry
    project.module("plugin_", "class Good: pass  # mended by now")
    registry.refresh()
    assert registry.failures == {}
    assert registry["worse"] is sys.modules["plugin_"].Good


@both_doors
def test_get_of_a_broken_promise(root):
    """`get` gives its default for what cannot be loaded."""
    registry = registry_of(root())
    registry.lazy("bad", "no_such_module_:X")

    assert registry.get("bad", 1) == 1
    assert set(registry.failures) == {"bad"}


@both_doors
def test_a_class_with_the_key_of_a_broken_promise(root):
    """It ends the matter: there is a class, and nothing failed."""
    Exporter = root()
    registry = registry_of(Exporter)
    registry.lazy("Csv", "no_such_module_:Csv")
    assert registry.get("Csv") is None

    class Csv(Exporter):
        pass

    registry.refresh()
    assert registry["Csv"] is Csv
    assert registry.failures == {}


@both_doors
def test_broken_promise_that_registered_itself(root, project):
    """A module that fails after its class was registered is not half there."""
    project.module("base_", BASE[root])
    project.module(
        "plugin_",
        "from base_ import Exporter\nclass Csv(Exporter, key='csv'): pass\n1 / 0",
    )
    registry = registry_of(importlib.import_module("base_").Exporter)
    registry.lazy("csv", "plugin_:Csv")

    for _ in range(2):
        with pytest.raises(PluginLoadError, match="ZeroDivisionError"):
            registry["csv"]
        assert list(registry) == []


def defined():
    return type("Csv", (), {"__module__": __name__, "__qualname__": "Csv"})


@pytest.mark.parametrize(
    "begin",
    [
        lambda registry: registry.register("csv", aliases=["tsv"])(defined()),
        lambda registry: registry.lazy("csv", f"{__name__}:Csv", aliases=["tsv"]),
    ],
    ids=["defined", "promised"],
)
@pytest.mark.parametrize("aliases", [["tsv"], ["tsv", "dsv"]])
def test_names_while_a_class_is_defined_again(begin, aliases):
    """Whoever asks meanwhile finds, by every name that stays, what is there."""
    for number in itertools.count():
        registry = Registry()
        begin(registry)

        def ask(registry=registry):
            assert "csv" in registry
            assert "tsv" in registry
            assert registry.entry("tsv").aliases[0] == "tsv"

        with at_step(number, ask) as reached:
            registry.register("csv", aliases=aliases)(defined())

        assert registry.entry("csv").aliases == tuple(aliases)
        if not reached:
            break


def test_alias_of_a_promise_while_its_class_registers_itself():
    """Nor is a name gone for a moment that only the promise has given."""
    for number in itertools.count():
        registry = Registry()
        registry.lazy("csv", f"{__name__}:Csv", aliases=["tsv"])

        def ask(registry=registry):
            assert "tsv" in registry

        with at_step(number, ask) as reached:
            registry.register("csv")(defined())

        assert registry.entry("csv").aliases == ("tsv",)
        if not reached:
            break


@both_doors
@pytest.mark.parametrize("again", [False, True])
def test_broken_promise_of_a_module_that_is_imported(root, project, again):
    """The error names all that is to be done: a reload where an import is stale."""
    registry = registry_of(root())
    if again:
        project.install("plug", "tests.formats", late="late_:Cls")
        registry = Registry(entry_points="tests.formats")
    else:
        registry.lazy("late", "late_:Cls")
    project.module("late_", "raise ValueError('boom')")

    with pytest.raises(PluginLoadError, match=r"boom; mend it and call refresh\(\)$"):
        registry["late"]
    project.module("late_", "Other = 1")
    registry.refresh()
    for _ in range(2):
        with pytest.raises(
            PluginLoadError,
            match=r"'Cls'; mend it, reload 'late_' and call refresh\(\)$",
        ):
            registry["late"]
    project.module("late_", "class Cls: pass  # mended by now")
    importlib.reload(sys.modules["late_"])
    registry.refresh()
    assert registry["late"] is sys.modules["late_"].Cls


@both_doors
def test_lookup_inside_the_import(root, project):
    """A plugin that looks itself up while it is imported is told so."""
    project.module("base_", BASE[root])
    project.module(
        "plugin_",
        """
        from base_ import Exporter
        from metapatterns import registry_of
        registry_of(Exporter)["csv"]
        """,
    )
    registry = registry_of(importlib.import_module("base_").Exporter)
    registry.lazy("csv", "plugin_:Csv")

    with pytest.raises(PluginLoadError, match="later, inside a function") as caught:
        registry["csv"]
    inner = caught.value.__cause__
    assert isinstance(inner, PluginLoadError)
    assert str(inner).startswith(
        "the registry of 'base_.Exporter': 'csv' (plugin_:Csv)"
    )
    assert inner.key == "csv"


@both_doors
def test_lookup_below_a_member_inside_the_import(root, project):
    """From a member it is told the same, and not that the key is another's."""
    project.module("base_", BASE[root])
    project.module(
        "plugin_",
        """
        from base_ import Exporter
        from metapatterns import registry_of
        class Text(Exporter): pass
        registry_of(Text)["csv"]
        """,
    )
    registry = registry_of(importlib.import_module("base_").Exporter)
    registry.lazy("csv", "plugin_:Csv")

    with pytest.raises(PluginLoadError) as caught:
        registry["csv"]
    assert isinstance(caught.value.__cause__, PluginLoadError)
    assert "later, inside a function" in str(caught.value.__cause__)


def test_interrupted_import(project):
    """A plugin whose look-up was interrupted, at whatever step, is found by the next."""
    project.module("plugin_", "class Csv: pass")
    plugin = importlib.import_module("plugin_")
    for number in itertools.count():
        registry = Registry()
        registry.lazy("csv", "plugin_:Csv", aliases=["tsv"])
        with contextlib.suppress(Interrupt), at_step(number, interrupt) as reached:
            registry["csv"]

        assert registry["csv"] is registry["tsv"] is plugin.Csv
        if not reached:
            break


def test_what_the_import_puts_under_the_name(project):
    """A plugin whose import gives its key to something else is found as that."""
    project.module("base_", "from metapatterns import Registry\nshapes = Registry()")
    project.module(
        "plugin_",
        """
        from base_ import shapes
        shapes.unregister("circle")
        shapes.register("ellipse", aliases=["circle"])(len)
        def circle(): ...
        """,
    )
    shapes = importlib.import_module("base_").shapes
    shapes.lazy("circle", "plugin_:circle")

    assert shapes["circle"] is len
    assert shapes.entry("ellipse").aliases == ("circle",)
    assert shapes.failures == {}


def test_message_of_an_error_without_one():
    """An exception whose text cannot be had is named by its type."""

    class Silent(Exception):
        def __str__(self):
            raise RuntimeError

    registry = Registry()
    registry._catalogue.failures["x"] = Silent()
    with pytest.raises(UnknownKeyError, match="Silent: without a message"):
        registry["y"]


def test_message_of_an_error_with_a_long_one():
    """Of a failure's text, other messages show the beginning."""
    registry = Registry()
    registry._catalogue.failures["x"] = ValueError("A" * 1000)

    with pytest.raises(UnknownKeyError, match=r"ValueError: A{200}\)"):
        registry["y"]


@both_doors
def test_entry_points(root, project):
    """Installed entry points are listed without an import and loaded on lookup."""
    project.module(
        "base_",
        BASE[root]
        .replace(
            "RegistryMeta)", "RegistryMeta, registry_entry_points='tests.formats')"
        )
        .replace(
            "(RegistryMixin)", "(RegistryMixin, registry_entry_points='tests.formats')"
        ),
    )
    project.module(
        "plug_.formats",
        """
        from base_ import Exporter

        class Csv(Exporter, key="csv"):
            pass

        class Json(Exporter, register=False):
            pass
        """,
    )
    project.module("broken_", "import no_such_module_")
    project.install(
        "plug",
        "tests.formats",
        csv="plug_.formats:Csv [extra]",
        json="plug_.formats:Json",
        bad="broken_:Bad",
        worse="plug_.formats:Nothing",
    )
    registry = registry_of(importlib.import_module("base_").Exporter)

    assert list(registry) == ["csv", "json", "bad", "worse"]
    assert len(registry) == 4
    assert "plug_" not in sys.modules
    entry = registry.entry("json")
    assert (entry.origin, entry.distribution) == ("plug_.formats:Json", "plug")
    assert not entry.loaded
    assert registry["json"].__name__ == "Json"
    assert registry["csv"] is sys.modules["plug_.formats"].Csv
    assert registry.entry("csv").distribution == "plug"
    for key in ("bad", "worse"):
        with pytest.raises(PluginLoadError, match=f"{key}.*of plug"):
            registry[key]
    assert set(registry.failures) == {"bad", "worse"}
    assert list(registry) == ["csv", "json"]
    with pytest.raises(UnknownKeyError, match="failed to load: bad"):
        registry["other"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda registry: registry["json"],
        lambda registry: registry.get("json"),
        lambda registry: registry.entry("json") and registry["json"],
        lambda registry: "json" in registry and registry["json"],
    ],
    ids=["item", "get", "entry", "in"],
)
def test_entry_points_are_listed_by_the_first_question(project, ask):
    """Whatever is asked first finds what is installed."""
    project.install("plug", "tests.formats", json="json:JSONDecoder")

    assert ask(Registry(entry_points="tests.formats")) is json.JSONDecoder


def test_entry_points_of_no_group(project):
    """A registry without entry points reads none, also when it is refreshed."""
    project.install("plug", "None", a="plugin_:A")
    registry = Registry()
    registry.refresh()

    assert list(registry) == []


def test_broken_entry_point_that_is_uninstalled(project):
    """What failed and is installed no more is gone after `refresh`."""
    info = project.install("plug", "tests.formats", a="broken_:A")
    registry = Registry(entry_points="tests.formats")
    assert registry.get("a") is None
    (info / "entry_points.txt").unlink()
    importlib.invalidate_caches()
    registry.refresh()

    assert list(registry) == []
    assert registry.failures == {}


@both_doors
def test_entry_points_again(root, project):
    """`refresh` reads entry points that came, went or were mended."""
    Exporter = root(registry_entry_points="tests.formats")
    registry = registry_of(Exporter)
    project.module("plugin_", "class A: pass\nclass B: pass")

    assert list(registry) == []
    project.install(
        "plug", "tests.formats", a="plugin_:A", b="plugin_:B", c="broken_:C"
    )
    assert list(registry) == []
    registry.refresh()
    assert list(registry) == ["a", "b", "c"]
    loaded = registry["a"]
    assert registry.get("c") is None
    project.module("broken_", "class C: pass")
    project.install("plug", "tests.formats", a="plugin_:A", c="broken_:C")
    registry.refresh()
    assert sorted(registry) == ["a", "c"]
    assert registry["a"] is loaded
    assert registry["c"].__name__ == "C"


@both_doors
def test_entry_points_are_of_one_root(root, project):
    """A root further down takes over options, and not the entry points."""
    project.install("plug", "tests.formats", a="plugin_:A")
    Exporter = root(registry_entry_points="tests.formats")

    class Text(Exporter, registry_weak=True):
        pass

    assert list(registry_of(Exporter)) == ["a"]
    assert list(registry_of(Text)) == []


@both_doors
def test_entry_points_listed_inside_a_scope(root, project):
    """Entry points that are first asked for inside a scope are there after it."""
    project.install("plug", "tests.formats", a="plugin_:A")
    Exporter = root(registry_entry_points="tests.formats")
    with registry_scope(Exporter):
        assert list(registry_of(Exporter)) == ["a"]

    assert list(registry_of(Exporter)) == ["a"]


@both_doors
@pytest.mark.parametrize("listed_first", [True, False])
def test_imported_before_installed(root, project, listed_first):
    """A class of this program wins over an entry point, which is named as failed."""
    project.module("plugin_", "class Csv: pass")
    project.install("plug", "tests.formats", csv="plugin_:Csv")
    Exporter = root(registry_entry_points="tests.formats")
    registry = registry_of(Exporter)
    if listed_first:
        assert list(registry) == ["csv"]

    class Csv(Exporter, key="csv"):
        pass

    assert "other" not in registry
    assert registry["csv"] is Csv
    assert isinstance(registry.failures["csv"], DuplicateKeyError)
    assert "plugin_:Csv" in str(registry.failures["csv"])


@both_doors
def test_imported_itself_before_installed(root, project):
    """A plugin that was imported by hand is the one that is installed."""
    project.module("plugin_", "class Csv: pass\nAlso = Csv\nclass Outer: Inner = Csv")
    project.install(
        "plug",
        "tests.formats",
        csv="plugin_:Also",
        c="plugin_:Csv",
        inner="plugin_:Outer.Inner",
    )
    registry = registry_of(root(registry_entry_points="tests.formats"))
    Csv = importlib.import_module("plugin_").Csv
    registry.register("csv")(Csv)
    registry.register("c")(Csv)
    registry.register("inner")(Csv)

    assert "x" not in registry
    assert registry.failures == {}
    assert registry.entry("csv").distribution == "plug"


@pytest.mark.parametrize("policy", ["error", "replace"])
def test_two_distributions_with_one_name(project, monkeypatch, policy):
    """Two entry points of one name: the first is listed, or the last if replaced."""
    project.module("plugin_", "class A: pass\nclass B: pass")
    project.install("plug_a", "tests.formats", x="plugin_:A")
    project.install("plug_b", "tests.formats", "later", x="plugin_:B")
    monkeypatch.setattr(sys, "path", [*sys.path, str(project.path / "later")])
    registry = Registry(entry_points="tests.formats", on_duplicate=policy)

    assert list(registry) == ["x"]
    assert registry["x"].__name__ == {"error": "A", "replace": "B"}[policy]
    assert registry.entry("x").distribution == {"error": "plug_a"}.get(policy, "plug_b")
    if policy == "error":
        assert "plugin_:B" in str(registry.failures["x"])
    else:
        assert registry.failures == {}


def test_what_two_threads_do_to_one_promise(project):
    """A promise that fails in one thread may hold in another, or fail again."""
    project.install("plug", "tests.formats", json="json:JSONDecoder")
    registry = Registry(entry_points="tests.formats")
    registry.lazy("x", "collections:OrderedDict")
    entry, catalogue = registry.entry("x"), registry._catalogue
    for _ in range(2):
        catalogue.quarantine(entry, ValueError("elsewhere"))
        catalogue.drop(entry)
    catalogue.list_entry_points()
    catalogue.list_entry_points()

    assert list(registry) == ["json"]
    assert catalogue.load(entry) is collections.OrderedDict
    assert registry["x"] is collections.OrderedDict
    assert registry.failures == {}


@pytest.mark.parametrize("weak", [False, True])
def test_a_plugin_that_is_unregistered_while_it_loads(project, weak):
    """The lookup that was under way has it, and the key stays free."""
    project.module(
        "plugin_",
        "import builtins\nbuiltins.given_up.unregister('c')\nclass Csv: pass",
    )
    registry = Registry(weak=weak)
    registry.lazy("csv", "plugin_:Csv", aliases=["c"])
    with mock.patch("builtins.given_up", registry, create=True):
        loaded = registry["csv"]

    assert loaded.__name__ == "Csv"
    assert list(registry) == []
    assert registry.get("c") is None
    registry.register("csv")(len)
    assert registry["csv"] is len


def test_a_plugin_that_is_loaded_is_there(project):
    """It is no promise any more: what asks for its key is refused, and it stays."""
    project.install("plug", "tests.formats", json="json:JSONDecoder")
    registry = Registry(entry_points="tests.formats")
    loaded = registry["json"]

    with pytest.raises(DuplicateKeyError, match="JSONDecoder"):
        registry.register("json")(collections.OrderedDict)
    registry.refresh()

    assert registry.entry("json").loaded
    assert registry["json"] is loaded


def test_broken_promise_whose_key_becomes_an_alias():
    """Giving a broken promise's key to something else ends the matter."""
    registry = Registry()
    registry.lazy("bad", "no_such_module_:X")
    assert registry.get("bad") is None
    registry.register("len", aliases=["bad"])(len)
    registry.refresh()

    assert registry["bad"] is len
    assert registry.failures == {}
    assert list(registry) == ["len"]


def test_broken_promise_whose_alias_is_taken():
    """A broken promise comes back with those of its aliases that are still free."""
    registry = Registry()
    registry.lazy("bad", "no_such_module_:X", aliases=["worse", "worst"])
    assert registry.get("bad") is None
    registry.register("worse")(len)
    registry.refresh()

    assert registry["worse"] is len
    assert registry.entry("bad").aliases == ("worst",)


def test_unreadable_metadata(project, monkeypatch):
    """Metadata that cannot be read is a failure of one distribution, and of no other."""
    project.install("able", "tests.formats", json="json:JSONDecoder")
    info = project.install("plug", "tests.formats", x="plugin_:X")
    (info / "entry_points.txt").write_bytes(b"[tests.formats]\nx = \xff\xfe:a\n")
    project.install("zeal", "tests.formats", csv="csv:DictReader")
    project.install("zeal", "tests.formats", "later", csv="csv:DictWriter")
    monkeypatch.setattr(sys, "path", [*sys.path, str(project.path / "later")])
    registry = Registry(entry_points="tests.formats")

    @registry.register
    def good(): ...

    assert set(registry) == {"good", "json", "csv"}
    assert registry["csv"] is csv.DictReader
    assert registry.entry("json").distribution == "able"
    assert set(registry.failures) == {"plug"}
    assert isinstance(registry.failures["plug"], UnicodeDecodeError)
    with pytest.raises(UnknownKeyError, match=r"failed to load: plug \(.*utf-8"):
        registry["x"]


def test_finder_of_distributions_that_fails(project, monkeypatch):
    """Where distributions cannot be looked for, the group of entry points failed."""

    class Finder:
        def find_spec(*args):
            return None

        def find_distributions(*args):
            raise RuntimeError("no network")

    project.install("plug", "tests.formats", json="json:JSONDecoder")
    registry = Registry(entry_points="tests.formats")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
        assert list(registry) == []
        assert str(registry.failures["tests.formats"]) == "no network"
    registry.refresh()

    assert list(registry) == ["json"]
    assert registry.failures == {}


def test_distributions_are_looked_for_once_and_late(project, monkeypatch):
    """Where a group was named, and not before a key is asked for that nothing has."""
    asked = []

    class Finder:
        def find_spec(*args):
            return None

        def find_distributions(*args):
            asked.append(args)
            return []

    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    alone = Registry()
    registry = Registry(entry_points="tests.formats")
    registry.register("len")(len)

    assert "x" not in alone
    assert "len" in registry
    assert registry.get("len") is len
    assert asked == []
    assert "x" not in registry
    first = len(asked)
    assert first
    assert "x" not in registry
    assert len(asked) == first


def test_entry_point_that_names_nothing(project):
    """
    It is said to be of its distribution, and disturbs no other.

    Python 3.15 refuses it as soon as it lists the entry points of that distribution.
    """
    project.install("blank", "tests.formats", nothing="")
    project.install("plug", "tests.formats", json="json:JSONDecoder")
    registry = Registry(entry_points="tests.formats")

    assert registry["json"] is json.JSONDecoder
    with pytest.raises((PluginLoadError, UnknownKeyError), match="blank"):
        registry["nothing"]
    assert len(registry.failures) == 1
    assert list(registry) == ["json"]


def test_distribution_of_an_imported_class():
    """The distribution of a class is looked up by its module."""
    registry = Registry()
    registry.register("a")(attrs.define)
    registry.register("b")(int)
    registry.register("c")(3)
    registry.register("d")(type(hypothesis.strategies.nothing()))

    assert registry.entry("a").distribution == "attrs"
    assert registry.entry("b").origin == "int"
    assert registry.entry("d").module.count(".") > 1
    assert registry.entry("d").distribution == "hypothesis"
    assert registry.entry("b").distribution is None
    assert registry.entry("c").distribution is None
    assert registry.entry("c").module is None
    assert registry.entry("c").origin == "3"


@both_doors
def test_discover(root, project):
    """`discover` imports all modules of a package; failures are named."""
    project.module("base_", BASE[root])
    plugin = "from base_ import Exporter\nclass {}(Exporter): pass"
    project.module("plugs_.csv", plugin.format("Csv"))
    project.module("plugs_.deep.json", plugin.format("Json"))
    project.module("plugs_.bad", "1 / 0")
    project.module("plugs_.broken.inner", "")
    (project.path / "plugs_" / "broken" / "__init__.py").write_text("raise OSError")
    project.module("plugs_.__main__", "raise SystemExit")
    registry = registry_of(importlib.import_module("base_").Exporter)

    imported = registry.discover("plugs_")

    assert set(imported) == {
        "plugs_",
        "plugs_.csv",
        "plugs_.deep",
        "plugs_.deep.json",
    }
    assert set(registry) == {"Csv", "Json"}
    assert set(registry.failures) == {"plugs_.bad", "plugs_.broken"}
    with pytest.raises(UnknownKeyError, match=r"plugs_\.bad \(ZeroDivisionError"):
        registry["x"]
    project.module("plugs_.bad", "x = 1  # mended")
    assert "plugs_.bad" in registry.discover(sys.modules["plugs_"])
    assert set(registry.failures) == {"plugs_.broken"}
    with pytest.raises(ModuleNotFoundError, match="no_such_package_") as caught:
        registry.discover("no_such_package_")
    assert caught.value.name == "no_such_package_"


def test_discover_enters_a_folder_without_init_if_it_is_named(project):
    """A folder that is no regular package is passed over, unless it is asked for."""
    project.module("plugs_.csv", "")
    folder = project.path / "plugs_" / "folder"
    folder.mkdir()
    (folder / "inner.py").write_text("")
    registry = Registry()

    assert registry.discover("plugs_") == ("plugs_", "plugs_.csv")
    assert registry.discover("plugs_.folder") == (
        "plugs_.folder",
        "plugs_.folder.inner",
    )


# -- for test suites -----------------------------------------------------------


@both_doors
def test_registry_scope(root, project):
    """What a scope's block changes is undone, in every registry that it names."""
    project.module("plugin_", "class A: pass")
    project.install("plug", "tests.formats", a="plugin_:A")
    Exporter = root(registry_entry_points="tests.formats")
    registry = registry_of(Exporter)
    shapes = Registry()

    class Csv(Exporter, key="csv", aliases=["comma"]):
        pass

    def change():
        class Json(Exporter, key="json"):
            pass

        registry.register("csv", replace=True)(Json)
        shapes.register("len")(len)
        registry.lazy("bad", "no_such_module_:X")
        assert registry.get("bad") is None
        assert "a" in registry
        registry.refresh()
        registry.unregister("csv")
        raise LookupError

    with pytest.raises(LookupError), registry_scope(Csv, shapes, registry):
        change()

    assert list(registry) == ["csv", "a"]
    assert registry["comma"] is Csv
    assert registry.entry("csv").aliases == ("comma",)
    assert registry.failures == {}
    assert list(shapes) == []
    with pytest.raises(TypeError), registry_scope(int):
        pass


@both_doors
def test_found_and_gone(root):
    """A class that goes between its finding and its use is a miss."""
    registry = registry_of(root(registry_weak=True))

    class Csv:
        pass

    registry.register("csv")(Csv)
    entry = registry.entry("csv")
    del Csv
    gc.collect()

    assert entry.origin == "what is no more"
    assert entry.module is None
    with pytest.raises(UnknownKeyError, match="no key 'csv'"):
        registry._catalogue.value_of(entry)


# -- threads ------------------------------------------------------------------


@both_doors
def test_registration_in_threads(root):
    """Classes that threads create at the same time are all registered."""
    Exporter = root()
    barrier = threading.Barrier(8)

    def work(number):
        barrier.wait(10)
        for step in range(50):
            types.new_class(f"C{number}_{step}", (Exporter,))

    run_threads(*(lambda n=n: work(n) for n in range(8)))

    assert len(registry_of(Exporter)) == 400


@both_doors
def test_one_key_in_threads(root):
    """Of classes that ask for one key at the same time, one gets it."""
    Exporter = root()
    barrier = threading.Barrier(32)
    made, refused = [], []

    def work():
        barrier.wait(20)
        try:

            class Mine(Exporter, key="k", aliases=["a", "b"]):
                pass

            made.append(Mine)
        except DuplicateKeyError:
            refused.append(1)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        run_threads(*[work] * 32)
    finally:
        sys.setswitchinterval(interval)

    assert (len(made), len(refused)) == (1, 31)
    assert dict(registry_of(Exporter)) == {"k": made[0]}


@both_doors
def test_iteration_in_threads(root):
    """Iteration is safe while another thread registers and unregisters."""
    Exporter = root()
    registry = registry_of(Exporter)
    done = threading.Event()

    def write():
        try:
            for number in range(400):
                types.new_class(f"C{number}", (Exporter,), {"aliases": [f"a{number}"]})
                if number % 3 == 0:
                    registry.unregister(f"a{number}")
        finally:
            done.set()

    def read():
        while not done.is_set():
            for key, cls in registry.items():
                assert cls.__name__ == key
            assert len(list(registry)) >= 0
            repr(registry)
            registry.get("C5")

    run_threads(write, read, read)

    assert len(registry) == 400 - 134


def test_plugin_in_threads(project):
    """A plugin that many threads look up is one object."""
    project.module("plugin_", "import time\ntime.sleep(0.05)\nclass Csv: pass")
    registry = Registry()
    registry.lazy("csv", "plugin_:Csv")
    found = []
    barrier = threading.Barrier(16)

    def work():
        barrier.wait(20)
        found.append(registry["csv"])

    run_threads(*[work] * 16)

    assert len(found) == 16
    assert len(set(found)) == 1


# -- memory, copies and processes ---------------------------------------------


@both_doors
def test_dropped_hierarchy_is_collected(root):
    """A root that is dropped goes with its registry and members."""

    def build():
        Exporter = root()

        class Csv(Exporter, key="csv", aliases=["c"]):
            pass

        class Base(Exporter, register=False):
            pass

        registry = registry_of(Exporter)
        registry.lazy("bad", "no_such_module_:X")
        registry.get("bad")
        with pytest.raises(UnknownKeyError):
            registry["x"]
        return weakref.ref(Exporter), weakref.ref(Csv), weakref.ref(Base)

    gone = build()
    gc.collect()

    assert [ref() for ref in gone] == [None] * 3


@both_doors
def test_unregistered_class_is_collected(root):
    """A class that was unregistered is collectable while the root lives."""
    Exporter = root()
    made = types.new_class("Csv", (Exporter,), {"aliases": ["c"]})
    gone = weakref.ref(made)
    registry_of(Exporter).unregister("Csv")
    del made
    gc.collect()

    assert gone() is None


@both_doors
def test_replaced_class_is_collected(root):
    """The class that slots leave behind is collectable."""
    Exporter = root()

    class Csv(Exporter, key="csv"):
        size: int = 1

    gone = weakref.ref(Csv)
    Csv = dataclasses.dataclass(slots=True)(Csv)
    gc.collect()

    assert gone() is None
    assert registry_of(Exporter)["csv"] is Csv


@both_doors
def test_refused_class_is_collected(root):
    """A class that was refused leaves nothing to find."""
    Exporter = root(registry_key=lambda cls: "same")
    types.new_class("First", (Exporter,))
    with pytest.raises(DuplicateKeyError) as caught:
        types.new_class("Second", (Exporter,))
    del caught
    gc.collect()

    assert [cls.__name__ for cls in Exporter.__subclasses__()] == ["First"]


class Shape(metaclass=RegistryMeta):
    pass


class Circle(Shape, key="circle"):
    pass


class MixedShape(RegistryMixin):
    pass


class Square(MixedShape, key="square"):
    pass


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_by_reference(protocol):
    """Classes and instances pickle by reference, as ever."""
    for cls in (Shape, Circle, MixedShape, Square):
        assert pickle.loads(pickle.dumps(cls, protocol)) is cls
    made = pickle.loads(pickle.dumps(Circle(), protocol))
    assert type(made) is Circle
    assert copy.deepcopy(Circle) is Circle


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_registry_of_a_class_pickles_by_reference(protocol):
    """The registry of a class is copied and pickled as the view that it is."""
    for cls in (Shape, Circle, MixedShape, Square):
        view = registry_of(cls)
        for again in (
            copy.copy(view),
            copy.deepcopy(view),
            pickle.loads(pickle.dumps(view, protocol)),
        ):
            assert again == view
            with registry_scope(cls):

                class Fresh(cls):
                    pass

                assert again["Fresh"] is Fresh


BY_VALUE = {
    by_metaclass: """
        class Root(metaclass=RegistryMeta, registry_key=class_attribute("name"),
                   registry_case_insensitive=True):
            pass
        """,
    by_mixin: """
        class Root(RegistryMixin, registry_key=class_attribute("name"),
                   registry_case_insensitive=True):
            pass
        """,
}
MEMBERS = """
class One(Root):
    name = "one"
    data = "x" * 100

class Two(Root, key="two", aliases=["zwei"]):
    def __init__(self):
        super().__init__()

class Skipped(Root, register=False):
    pass
"""


@both_doors
def test_cloudpickle_in_the_same_process(root):
    """A class that is pickled by value and loaded here changes no registry."""
    scope = {
        "__name__": "__main__",
        **{
            name: globals()[name]
            for name in ("RegistryMeta", "RegistryMixin", "class_attribute")
        },
    }
    exec(textwrap.dedent(BY_VALUE[root]) + MEMBERS, scope)
    registry = registry_of(scope["Root"])
    before = dict(registry)

    for name in ("Root", "One", "Two", "Skipped"):
        for _ in range(2):
            assert cloudpickle.loads(cloudpickle.dumps(scope[name])) is scope[name]

    assert dict(registry) == before == {"one": scope["One"], "two": scope["Two"]}
    assert registry_of(scope["Root"]) is registry


LOADER = """
import pickle, sys
from metapatterns import registry_of, DuplicateKeyError
stream = sys.stdin.buffer
Two = pickle.load(stream)
Root = Two.__mro__[1]
registry = registry_of(Root)
print(list(registry), registry["ZWEI"] is Two, type(Two()).__name__)
One = pickle.load(stream)
print(list(registry), registry["one"] is One, One.__mro__[1] is Root)
again = pickle.load(stream)
print(again is One, list(registry))
skipped = pickle.load(stream)
print(list(registry), skipped.__name__)
class Three(Root):
    name = "THREE"
print(list(registry), repr(registry)[:20])
try:
    class Four(Root):
        pass
except TypeError as error:
    print(type(error).__name__)
"""


@both_doors
def test_cloudpickle_in_another_process(root):
    """By value, a class brings an empty registry of the same options, and itself."""
    scope = {
        "__name__": "__main__",
        **{
            name: globals()[name]
            for name in ("RegistryMeta", "RegistryMixin", "class_attribute")
        },
    }
    exec(textwrap.dedent(BY_VALUE[root]) + MEMBERS, scope)
    streams = [
        cloudpickle.dumps(scope[name]) for name in ("Two", "One", "One", "Skipped")
    ]
    assert b"x" * 100 not in streams[0]

    done = subprocess.run(
        [sys.executable, "-c", LOADER],
        input=b"".join(streams),
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert done.stdout.decode().splitlines() == [
        "['two'] True Two",
        "['two', 'one'] True True",
        "True ['two', 'one']",
        "['two', 'one'] Skipped",
        "['two', 'one', 'three'] <the registry of '__",
        "ClassDefinitionError",
    ], done.stderr.decode()


@both_doors
def test_cloudpickle_after_the_class_is_gone(root):
    """Where the class is no more, loading brings it back, with its own registry."""

    def build():
        scope = {
            "__name__": "__main__",
            "RegistryMeta": RegistryMeta,
            "RegistryMixin": RegistryMixin,
            "class_attribute": class_attribute,
        }
        exec(textwrap.dedent(BY_VALUE[root]) + MEMBERS, scope)
        exec("class Below(One, registry_weak=True): pass", scope)
        exec("class Leaf(Below, key='leaf'): pass", scope)
        names = ("Two", "Leaf", "Skipped")
        return weakref.ref(scope["Root"]), cloudpickle.dumps([scope[n] for n in names])

    gone, stream = build()
    gc.collect()
    assert gone() is None

    two, leaf, _ = cloudpickle.loads(stream)

    assert dict(registry_of(two.__mro__[1])) == {"two": two, "one": leaf.__mro__[2]}
    assert registry_of(two.__mro__[1])["ZWEI"] is two
    below = leaf.__mro__[1]
    assert dict(registry_of(below)) == {"leaf": leaf}
    assert "Below" in repr(registry_of(below))
    again = cloudpickle.loads(cloudpickle.dumps(two))
    assert again is two


def test_an_empty_class_made_by_a_thread_registers():
    """What a short stack asks for without a body is no unpickler's skeleton."""
    Exporter = by_metaclass()
    done = threading.Event()

    def start():
        RegistryMeta("Made", (Exporter,), {"__module__": __name__})
        done.set()

    _thread.start_new_thread(start, ())

    assert done.wait(10)
    assert list(registry_of(Exporter)) == ["Made"]


def test_cloudpickle_where_the_key_is_taken_here():
    """A class whose key was taken meanwhile loads, and stays out of the registry."""
    Exporter = by_metaclass()
    scope = {"__name__": "__main__", "Exporter": Exporter}
    exec("class Csv(Exporter, key='csv'): pass", scope)
    stream = cloudpickle.dumps(scope.pop("Csv"))
    registry_of(Exporter).unregister("csv")
    gc.collect()

    class Other(Exporter, key="csv"):
        pass

    loaded = cloudpickle.loads(stream)

    assert loaded.__name__ == "Csv"
    assert dict(registry_of(Exporter)) == {"csv": Other}
    with pytest.raises(UnknownKeyError, match="unpickled, and 'csv' was taken"):
        registry_of(Exporter)["x"]


def test_cloudpickle_where_the_key_is_taken(project):
    """A class that arrives by value where its key is taken loads and is left out."""
    project.module("base_", BASE[by_metaclass])
    base = importlib.import_module("base_")
    scope = {"__name__": "__main__", "Exporter": base.Exporter}
    exec("class Csv(Exporter, key='csv'): pass", scope)
    stream = cloudpickle.dumps(scope["Csv"])
    program = (
        "import sys, pickle, base_\n"
        "class Other(base_.Exporter, key='csv'): pass\n"
        "Csv = pickle.load(sys.stdin.buffer)\n"
        "print(base_.Exporter['csv'] is Other)\n"
        "try: base_.Exporter['x']\n"
        "except KeyError as error: print(error.skipped)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=stream,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert done.stdout.decode().splitlines() == [
        "True",
        "{'__main__.Csv': \"unpickled, and 'csv' was taken\"}",
    ], done.stderr.decode()


# -- Registry, the object -----------------------------------------------------


def test_registry_object():
    """A Registry holds functions, classes and objects, by name or key."""
    shapes = Registry[object]("shapes")

    @shapes.register
    def circle(radius):
        return radius * 2

    @shapes.register("sq", aliases=["box"])
    class Square:
        pass

    shapes.register("pi")(3.14)
    shapes.register("none")(None)

    assert circle(2) == 4
    assert list(shapes) == ["circle", "sq", "pi", "none"]
    assert shapes["circle"] is circle
    assert shapes["box"] is Square
    assert shapes["pi"] == 3.14
    assert shapes["none"] is None
    assert shapes.create("circle", 4) == 8
    assert shapes.entry("circle").origin == f"{__name__}.{circle.__qualname__}"
    assert repr(shapes.entry("circle")).endswith(".circle>")
    assert repr(shapes).startswith("<the registry 'shapes': 'circle'")
    assert repr(shapes.entry("sq")).endswith("aliases=('box',)>")
    assert shapes.unregister("pi") == 3.14
    with pytest.raises(DuplicateKeyError, match="shapes"):
        shapes.register("sq")(circle)
    shapes.register("sq", replace=True)(circle)
    assert shapes["sq"] is circle
    with pytest.raises(UnknownKeyError, match="the registry 'shapes' has no key 'ci'"):
        shapes["ci"]
    with pytest.raises(TypeError, match="no __name__"):
        shapes.register(3)
    with pytest.raises(TypeError, match="positional"):
        Registry("a", "b")


def test_values_of_a_registry_object():
    """A value is found among the others as in a list: the same, or an equal one."""
    nan = float("nan")
    registry = Registry()
    registry.register("list")([1])
    registry.register("nan")(nan)

    assert [1] in registry.values()
    assert nan in registry.values()
    assert 1 not in registry.values()


@pytest.mark.parametrize(("size", "more"), [(10, ""), (11, ", and 1 more")])
def test_repr_is_bounded(size, more):
    """The repr shows ten keys, and counts the others."""
    registry = Registry()
    for key in range(size):
        registry.register(str(key))(key)

    shown = ", ".join(repr(str(key)) for key in range(10))
    assert repr(registry) == f"<the registry: {shown}{more}>"


@pytest.mark.parametrize(("size", "more"), [(20, ""), (21, " and 1 more")])
def test_miss_counts_what_it_does_not_show(size, more):
    """A miss shows twenty keys, and counts the others."""
    registry = Registry()
    for key in range(size):
        registry.register(f"key{key:02}")(key)

    with pytest.raises(UnknownKeyError) as caught:
        registry["x"]
    assert "known: 'key00', 'key01', " in str(caught.value)
    assert f"'key19'{more}; was" in str(caught.value)


def test_registry_objects_option():
    """The options of a Registry are those of a root, without the prefix."""
    registry = Registry(
        key=lambda member: member.__name__.upper(),
        case_insensitive=True,
        on_duplicate="replace",
    )

    @registry.register
    def one(): ...

    @registry.register("ONE")
    def two(): ...

    assert dict(registry) == {"one": two}
    assert repr(Registry()) == "<the registry: >"
    for kwargs in ({"key": 3}, {"weak": 1}, {"entry_points": 3}):
        with pytest.raises(TypeError, match=next(iter(kwargs))):
            Registry(**kwargs)
    with pytest.raises(ValueError, match="on_duplicate"):
        Registry(on_duplicate="no")
    with pytest.raises(TypeError, match="name"):
        Registry(3)
    with pytest.raises(TypeError, match="rule"):
        Registry(key=lambda member: 3).register(one)


def test_registry_object_weak():
    """A weak Registry lets go of its functions; what cannot be held so is refused."""
    registry = Registry(weak=True)

    @registry.register
    def one(): ...

    assert registry["one"] is one
    del one
    gc.collect()
    assert dict(registry) == {}
    with pytest.raises(TypeError):
        registry.register("x")(3)
    assert list(registry) == []


def test_registry_object_weak_while_an_object_goes():
    """Who is told first that an object is no more does not find it either."""
    registry, seen = Registry(weak=True), []

    def look(_):
        seen.append((registry.get("one"), registry.get("uno"), "one" in registry))
        seen.append([registry.entry(key) for key in ("one", "uno") if key in registry])

    def one(): ...

    before = weakref.ref(one, look)
    registry.register("one", aliases=["uno"])(one)
    after = weakref.ref(one, look)
    del one

    assert before() is after() is None
    assert seen == [(None, None, False), []] * 2


def test_registry_object_of_instances():
    """What has no name of its own is never taken for a second definition."""
    registry = Registry()
    registry.register("x")(fractions.Fraction(1, 3))

    with pytest.raises(DuplicateKeyError, match=r"1, 3.*1, 4"):
        registry.register("x")(fractions.Fraction(1, 4))
    assert registry["x"] == fractions.Fraction(1, 3)


def test_registry_object_of_a_module_that_is_nowhere():
    """A definition whose module was never imported can be made once more."""
    registry = Registry()
    source = "class One: pass"
    made = []
    for _ in range(2):
        names = {"__name__": "never_imported_"}
        exec(source, names)
        made.append(registry.register(names["One"]))

    assert registry["One"] is made[1] is not made[0]


@pytest.mark.parametrize("weak", [False, True])
def test_registry_object_two_in_one_module(project, weak):
    """Two definitions of one name in one import clash, held weakly or not."""
    project.module(
        "shapes_",
        f"""
        from metapatterns import Registry
        shapes = Registry(weak={weak})

        @shapes.register
        class Circle: ...
        kept = Circle

        @shapes.register
        class Circle: ...
        """,
    )

    with pytest.raises(DuplicateKeyError, match="two definitions of one name"):
        importlib.import_module("shapes_")


def test_registry_object_reload(project):
    """A module that registers functions can be reloaded; local ones clash."""
    project.module(
        "shapes_",
        """
        from metapatterns import Registry
        try:
            shapes
        except NameError:
            shapes = Registry()

        @shapes.register
        def circle(): ...
        """,
    )
    module = importlib.import_module("shapes_")
    old = module.circle
    importlib.reload(module)

    assert module.shapes["circle"] is module.circle is not old

    def factory():
        @module.shapes.register
        def local(): ...

    factory()
    with pytest.raises(DuplicateKeyError):
        factory()


def test_registry_object_copies_and_pickles():
    """A Registry is copied and pickled with what it holds."""
    shapes = Registry("shapes", case_insensitive=True)
    shapes.register("len", aliases=["size"])(len)
    shapes.lazy("lazy", "collections:OrderedDict")

    for again in (
        copy.copy(shapes),
        copy.deepcopy(shapes),
        pickle.loads(pickle.dumps(shapes)),
    ):
        assert again == shapes
        assert again["SIZE"] is len
        again.register("max")(max)
        assert repr(again).startswith("<the registry 'shapes': 'len'")
    assert "max" not in shapes


# -- size ---------------------------------------------------------------------


def test_registration_does_not_touch_the_root():
    """Registering rebinds nothing on the root, so that its attributes stay cached."""
    changes = []

    class Watching(RegistryMeta):
        def __setattr__(cls, name, value):
            changes.append(name)
            super().__setattr__(name, value)

    class Exporter(metaclass=Watching):
        pass

    before = dict(vars(Exporter))
    for number in range(50):
        types.new_class(f"C{number}", (Exporter,))

    assert dict(vars(Exporter)) == before
    assert changes == []


@both_doors
def test_signature_and_identity(root):
    """Name, module, doc and signature of members are untouched."""
    import inspect

    Exporter = root()

    class Csv(Exporter, key="csv"):
        """Doc."""

        def __init__(self, one, *, two=2):
            pass

    assert (Csv.__name__, Csv.__module__, Csv.__doc__) == ("Csv", __name__, "Doc.")
    assert str(inspect.signature(Csv)) == "(one, *, two=2)"
    assert (
        set(itertools.chain(vars(Csv)))
        - {
            "__module__",
            "__doc__",
            "__init__",
            "__firstlineno__",
            "__static_attributes__",
            "_abc_metapatterns_registry",
        }
        == set()
    )


# -- what is not made, or not kept --------------------------------------------


@pytest.mark.parametrize(
    ("name", "keywords"),
    [("taken", {}), ("new", {"key": "new", "aliases": ["taken"]})],
    ids=["name", "alias"],
)
def test_clash_in_a_second_registry_creates_nothing(name, keywords):
    """No class is made if one of its registries is known to refuse a name."""
    First = by_metaclass("First", registry_key=lambda cls: f"first {cls.__name__}")
    Second = by_metaclass("Second")
    registry_of(Second).register("taken")(int)
    made = []

    class Base(First, Second):
        def __init_subclass__(cls, **kwargs):
            made.append(cls)

    with pytest.raises(DuplicateKeyError, match="Second"):
        types.new_class(name, (Base,), keywords)
    assert made == []


@both_doors
def test_clash_in_the_last_moment(root):
    """A class that one registry refuses after all is taken out of the others."""
    Skipping = root("Skipping", registry_skip=lambda cls: True)
    First, Second = root("First"), root("Second")

    def take(cls):
        registry_of(Second).register("Csv")(int)

    Third = root("Third", registry_skip=take)
    with pytest.raises(DuplicateKeyError, match="Second"):
        types.new_class("Csv", (Skipping, First, Second, Third))

    assert dict(registry_of(First)) == dict(registry_of(Third)) == {}
    assert dict(registry_of(Second)) == {"Csv": int}


@both_doors
def test_abstract_classes_clash_with_nothing(root):
    """A class that is skipped may have a registered name, whatever makes it abstract."""
    Exporter = root()

    class Base(Exporter):
        @abc.abstractmethod
        def write(self): ...

    class Csv(Exporter):
        pass

    def abstract_itself():
        class Csv(Exporter):
            @abc.abstractmethod
            def write(self): ...

    def abstract_below():
        class Csv(Base):
            pass

    abstract_itself()
    abstract_below()

    assert dict(registry_of(Exporter)) == {"Csv": Csv}


@both_doors
def test_abstract_method_that_was_deleted(root):
    """A method that is no more makes no class abstract."""
    Exporter = root()

    class Base(Exporter):
        @abc.abstractmethod
        def write(self): ...

    del Base.write
    made = types.new_class("made", (Base,))

    assert registry_of(Exporter)["made"] is made


def test_class_that_is_called_into_being_again():
    """A class made by a call, with no qualified name, renews that of its name."""
    Exporter = by_metaclass()
    by_metaclass("Csv", (Exporter,))
    again = by_metaclass("Csv", (Exporter,))

    assert registry_of(Exporter)["Csv"] is again


def test_import_that_registers_under_another_name(project):
    """An import may keep the promise that is looked up, under any name, and no other."""
    project.module("base_", "from metapatterns import Registry\nshapes = Registry()")
    project.module(
        "plugin_",
        """
        from base_ import shapes
        @shapes.register("x", aliases=["y"])
        def real(): ...
        Alias = real
        """,
    )
    project.module("rude_", "from base_ import shapes\nshapes.register('w')(len)")
    shapes = importlib.import_module("base_").shapes
    shapes.lazy("x", "plugin_:Alias", aliases=["y", "z"])
    shapes.lazy("w", "elsewhere_:W")
    shapes.lazy("rude", "rude_:shapes")

    assert shapes["x"] is shapes["y"] is shapes["z"] is sys.modules["plugin_"].real
    assert shapes.entry("x").aliases == ("y", "z")
    with pytest.raises(PluginLoadError, match="DuplicateKeyError"):
        shapes["rude"]
    assert shapes.entry("w").origin == "elsewhere_:W"


def test_replaced_entry_point(project):
    """What is told to take an entry point's key does, and nothing has failed."""
    project.install("plug", "tests.formats", x="plugin_:X")
    registry = Registry(entry_points="tests.formats")
    assert list(registry) == ["x"]
    registry.register("x", replace=True)(len)

    assert registry["x"] is len
    assert registry.failures == {}


def test_clash_of_two_modules_gives_no_wrong_hint():
    """Two classes of two files are not taken for one that is imported twice."""
    registry = Registry()
    registry.register("x")(json.JSONDecoder)

    with pytest.raises(DuplicateKeyError) as caught:
        registry.register("x")(textwrap.TextWrapper)
    assert "two names" not in str(caught.value)


def test_cloudpickle_of_a_class_that_was_unregistered():
    """A class that was taken out of its registry arrives outside of it."""
    Exporter = by_metaclass()
    scope = {"__name__": "__main__", "Exporter": Exporter}
    exec("class Csv(Exporter, key='csv'): pass", scope)
    registry_of(Exporter).unregister("csv")
    stream = cloudpickle.dumps(scope.pop("Csv"))
    gc.collect()

    assert cloudpickle.loads(stream).__name__ == "Csv"
    assert dict(registry_of(Exporter)) == {}


# -- what a refusal says ------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda r: registry_of(int), "<class 'int'> has no registry"),
        (lambda r: Registry(5), "is a string, not 5"),
        (lambda r: Registry(key=5), "key takes a function, not 5"),
        (lambda r: Registry(entry_points=5), "entry_points takes a name, not 5"),
        (lambda r: Registry(weak=5), "weak takes True or False, not 5"),
        (lambda r: r.register("x", replace=5), "replace takes True or False, not 5"),
        (lambda r: r.register("x", aliases="y"), "as in aliases=('y',)"),
        (lambda r: r.register("x", aliases=5), "aliases takes names, not 5"),
        (lambda r: r.register("x", aliases=[5]), "strings, and 5 is of type 'int'"),
        (lambda r: r.register("x")(5), "Shape' takes classes, not 5"),
        (lambda r: r.lazy(5, "os:path"), "strings, and 5 is of type 'int'"),
        (lambda r: r.lazy("x", 5), "5 is of type 'int'"),
        (lambda r: r.discover(5), "a package or its name, not 5"),
        (lambda r: Registry("r").register(5), "the registry 'r': 5 has no __name__"),
        (
            lambda r: Registry(key=bool).register(len),
            "its rule <class 'bool'> gave True for <built-in function len>",
        ),
    ],
    ids=[
        *"stranger name key entry_points weak replace text aliases alias".split(),
        *"member lazy_key address discover nameless rule".split(),
    ],
)
def test_refusals_show_what_was_given(wrong, said):
    """A refusal quotes what it does not take."""
    with pytest.raises(TypeError) as caught:
        wrong(registry_of(by_metaclass("Shape")))

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"key": 5}, "key=5 is of type 'int'"),
        ({"register": 5}, "register takes True or False, not 5"),
        (
            {"registry_key": bool, "register": True},
            "(<class 'bool'>) gave True, of type 'bool'",
        ),
    ],
    ids=["key", "register", "rule"],
)
@both_doors
def test_refused_classes_are_told_what_was_given(root, options, said):
    """The refusal of a class quotes what its statement or its root's rule gave."""
    with pytest.raises(ClassDefinitionError) as caught:
        root("Csv", **options)

    assert said in str(caught.value)


@pytest.mark.parametrize("ask", ["__getitem__", "entry", "unregister"])
def test_a_miss_of_what_is_no_string(ask):
    """The error for a key that is no string has it, and the keys that there are."""
    registry = Registry()
    registry.register(len)

    with pytest.raises(UnknownKeyError) as caught:
        getattr(registry, ask)(5)

    assert caught.value.key == 5
    assert list(caught.value.known) == ["len"]
    assert "5" in str(caught.value)
    if ask != "unregister":
        assert "5 is of type 'int'" in str(caught.value)


# -- what an outsider tries ---------------------------------------------------


class Hostile:
    """Answers nothing that is asked of it, and equals everything."""

    __hash__ = None

    def __eq__(self, other):
        return True

    def __bool__(self):
        raise LookupError

    def __repr__(self):
        raise LookupError


class Closed(Hostile):
    """Does not even say that it lacks an attribute."""

    def __getattr__(self, name):
        raise LookupError


@both_doors
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("registry_on_duplicate", Hostile()),
        ("registry_on_duplicate", []),
        ("registry_keyword", "metaclass"),
        ("aliases", 5),
        ("aliases", 0),
        ("aliases", False),
        ("aliases", ""),
        ("aliases", [1]),
    ],
    ids=[*"hostile list metaclass int zero false text numbers".split()],
)
def test_bad_options_are_named(root, option, value):
    """An option of the wrong kind is refused by name, also if it is false."""
    Exporter = root()

    with pytest.raises(ClassDefinitionError, match=rf"'Bad'.*{option}"):
        types.new_class("Bad", (Exporter,), {option: value})

    gc.collect()
    assert list(registry_of(Exporter)) == []
    assert Exporter.__subclasses__() == []


@pytest.mark.parametrize(
    "value", [5, 0.0, "", [1], Hostile()], ids=lambda it: type(it).__name__
)
def test_bad_aliases_are_named(value):
    """Aliases that are no strings are refused wherever they are given."""
    registry = Registry()

    for register in (registry.register, registry.lazy):
        args = ("key",) if register == registry.register else ("key", "os:path")
        with pytest.raises(TypeError, match="aliases"):
            register(*args, aliases=value)

    assert not registry


def test_registry_of_a_stranger():
    """What has no registry is told so, whatever it answers."""
    for stranger in (Closed(), 5, int, type, RegistryMixin):
        with pytest.raises(TypeError, match="has no registry"):
            registry_of(stranger)


def test_registry_of_a_class_whose_metaclass_answers_everything():
    """A metaclass that makes up attributes makes up no registry."""

    class Inventive(type):
        def __getattr__(cls, name):
            return cls

    with pytest.raises(TypeError, match="has no registry"):
        registry_of(Inventive("Invented", (), {}))


def test_objects_that_name_no_module():
    """An object without a ``__module__`` is registered, described and found."""
    registry = Registry()
    registry.register("upper")(str.upper)

    assert registry["upper"]("a") == "A"
    assert registry.entry("upper").origin == "str.upper"
    assert registry.entry("upper").module is None
    with pytest.raises(DuplicateKeyError, match=r"str\.upper"):
        registry.register("upper")(str.lower)


def test_discover_takes_a_package():
    """What is neither a module nor its name is refused as that."""
    for package in (5, None, Closed()):
        with pytest.raises(TypeError, match="discover takes"):
            Registry().discover(package)


@both_doors
def test_registry_scope_of_a_class_with_two_roots(root):
    """A class stands for every registry that it belongs to."""
    First, Second = root("First"), root("Second")
    Both = types.new_class("Both", (First, Second))

    with registry_scope(Both):
        types.new_class("Passing", (Both,))
        assert list(registry_of(Second)) == ["Both", "Passing"]

    assert list(registry_of(First)) == ["Both"]
    assert list(registry_of(Second)) == ["Both"]


@both_doors
@pytest.mark.parametrize(
    ("keywords", "body"),
    [
        ({"key": "made"}, {"__module__": "elsewhere"}),
        ({}, {"__module__": "elsewhere", "__qualname__": "made"}),
    ],
    ids=["keyword", "qualname"],
)
def test_new_class_may_name_another_module(root, keywords, body):
    """A class that says a key or its qualified name is no unpickler's skeleton."""
    Exporter = root()
    made = types.new_class(
        "made", (Exporter,), keywords, lambda space: space.update(body)
    )

    assert registry_of(Exporter)["made"] is made


@both_doors
def test_new_class_beside_its_body(root):
    """An empty class of the module that makes it is no unpickler's skeleton."""
    Exporter = root()

    def body(space):
        space["__module__"] = __name__

    made = types.new_class("made", (Exporter,), {}, body)

    assert registry_of(Exporter)["made"] is made
