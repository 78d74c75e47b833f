"""Registry: what is looked up has the type of the root."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar, assert_type

from metapatterns import (
    Registry,
    RegistryMeta,
    RegistryMixin,
    class_attribute,
    kebab_case,
    registry_of,
    snake_case,
)
from metapatterns.testing import registry_scope

T = TypeVar("T")

# -- RegistryMeta: constructor ------------------------------------------------


class Exporter(metaclass=RegistryMeta, registry_key=snake_case(strip="Exporter")):
    def __init__(self, path: str) -> None:
        self.path = path


class Csv(Exporter, key="csv", aliases=["tsv"]):
    pass


class Hidden(Exporter, register=False):
    pass


class Codec(Generic[T], metaclass=RegistryMeta):
    def __init__(self, value: T) -> None:
        self.value = value


assert_type(Exporter("a"), Exporter)
assert_type(Csv("a").path, str)
assert_type(Codec(1), Codec[int])
make: Callable[[str], Exporter] = Exporter
Exporter()  # error
Csv(1)  # error

# -- RegistryMeta: the class as a registry ------------------------------------

assert_type(Exporter["csv"], type[Exporter])
assert_type(Exporter["csv"]("a"), Exporter)
assert_type("csv" in Exporter, bool)
assert_type(len(Exporter), int)
truth: bool = bool(Exporter)
assert_type(list(Exporter), list[str])
assert_type(iter(Exporter), Iterator[str])
assert_type([Exporter[key]("a") for key in Exporter], list[Exporter])
Exporter[1]  # error
Exporter["csv"].missing  # error
Exporter["csv"](1)  # error

# -- RegistryMeta: lookup on a class that is an argument -----------------------


class Shape(metaclass=RegistryMeta):
    @classmethod
    def build(cls, key: str) -> Shape:
        return cls[key]()  # false alarm in pyrefly


def build(shape: type[Shape], key: str) -> Shape:
    return shape[key]()  # false alarm in pyrefly


assert_type(build(Shape, "square"), Shape)

# -- RegistryMeta: class keywords ---------------------------------------------


class Kebab(metaclass=RegistryMeta, registry_key=kebab_case(strip="Kebab")):
    pass


class ByAttribute(metaclass=RegistryMeta, registry_key=class_attribute("name")):
    pass


class WrongKey(Exporter, key=1):  # error, missed by mypy plugin ty pyrefly
    pass


class WrongRule(
    metaclass=RegistryMeta,
    registry_on_duplicate="never",  # error, missed by mypy plugin ty pyrefly
):
    pass


# -- RegistryMixin: constructor -----------------------------------------------


class Plugin(RegistryMixin, registry_on_duplicate="replace", registry_keyword="id"):
    def __init__(self, path: str = "") -> None: ...


class Mail(Plugin, key="mail"):
    pass


assert_type(Plugin("a"), Plugin)
assert_type(Mail(), Mail)
Plugin(1)  # error
Plugin["mail"]  # error

# -- RegistryMixin: class keywords --------------------------------------------


class Numbered(Plugin, key=1):  # error
    pass


class WrongOption(RegistryMixin, registry_on_duplicate="never"):  # error
    pass


# -- registry_of: a mapping of keys to classes --------------------------------

assert_type(registry_of(Exporter)["csv"], type[Exporter])
assert_type(registry_of(Exporter).get("csv"), type[Exporter] | None)
assert_type(registry_of(Exporter).create("csv", "path"), Exporter)
assert_type(list(registry_of(Exporter)), list[str])
assert_type(list(registry_of(Exporter).values()), list[type[Exporter]])
assert_type(registry_of(Csv).create("csv"), Csv)
assert_type(registry_of(Plugin)["mail"], type[Plugin])
mapping: Mapping[str, type[Exporter]] = registry_of(Exporter)
with registry_scope(Exporter, registry_of(Plugin)):
    pass
registry_of(Exporter)["csv"]("a").missing  # error
registry_of(Exporter)["csv"] = Exporter  # error
registry_of(Exporter("a"))  # error

# -- registry_of: of an abstract class ----------------------------------------


class Letter(RegistryMixin, abc.ABC):
    @abc.abstractmethod
    def render(self) -> str: ...


class Reminder(Letter, key="reminder"):
    def render(self) -> str:
        return ""


assert_type(registry_of(Letter)["reminder"], type[Letter])
assert_type(registry_of(Letter).create("reminder").render(), str)
Letter()  # error

# -- registry_of: `register` keeps what it decorates --------------------------


@registry_of(Exporter).register("json", aliases=["jsonl"])
class Json(Exporter):
    def to_json(self) -> bytes:
        return b""


@registry_of(Exporter).register
class Xml(Exporter):
    def to_xml(self) -> bytes:
        return b""


class MoreJson(Json):
    pass


assert_type(Json("a").to_json(), bytes)
assert_type(Xml("a").to_xml(), bytes)
assert_type(MoreJson("a"), MoreJson)
annotated: Json = Json("a")
Json(1)  # error
Json("a").missing  # error
registry_of(Exporter).register(1)  # error

# -- Registry: a mapping of keys to objects -----------------------------------

shapes: Registry[Callable[[int], str]] = Registry("shapes", on_duplicate="replace")

assert_type(shapes["circle"](2), str)
assert_type(shapes.get("circle"), Callable[[int], str] | None)
assert_type(list(shapes), list[str])
shapes["circle"]("a")  # error
shapes["one"] = str  # error
Registry[int]("numbers", on_duplicate="never")  # error

# -- Registry: without an annotation ------------------------------------------

anything = Registry()

assert_type(anything, Registry[Any])
assert_type(anything["csv"], Any)
assert_type(anything.create("csv"), Any)

# -- Registry.register: keeps what it decorates -------------------------------


@shapes.register
def circle(radius: int) -> str:
    return f"{radius}"


@shapes.register("sq", replace=True)
def square(side: int) -> str:
    return f"{side}"


classes: Registry[type[Exporter]] = Registry()


@classes.register
class Bare(Exporter):
    def run(self) -> int:
        return 1


@classes.register("keyed")
class Keyed(Exporter):
    def run(self) -> int:
        return 1


@anything.register("any")
class AnyClass:
    def run(self) -> int:
        return 1


class BelowKeyed(Keyed):
    pass


assert_type(circle(1), str)
assert_type(square(1), str)
assert_type(Bare("a").run(), int)
assert_type(Keyed("a").run(), int)
assert_type(AnyClass().run(), int)
assert_type(BelowKeyed("a"), BelowKeyed)
circle("a")  # error
square("a")  # error
Bare(1)  # error
Keyed(1)  # error

# -- Registry.register: the type of what it takes -----------------------------

classes.register(int)  # error, missed by mypy plugin pyright ty pyrefly
classes.register("int")(int)  # error, missed by mypy plugin pyright ty pyrefly
shapes.register("int")(int)  # error, missed by mypy plugin pyright ty pyrefly
registry = registry_of(Exporter)
registry.register("int")(int)  # error, missed by mypy plugin pyright ty pyrefly
