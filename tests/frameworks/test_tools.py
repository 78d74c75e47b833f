"""The tools on real frameworks: what explain prints works where it is run."""

from __future__ import annotations

import ctypes
import os
import sys
from abc import ABC, ABCMeta
from pathlib import Path
from typing import Any

import pytest
from pairs_explained import check_pair
from strategies import readable

from metapatterns import (
    FinalMeta,
    MetaclassConflictError,
    RegistryMeta,
    combine_metaclasses,
)
from metapatterns.tools import explain

from .recorded import RECORDED

QT = "PySide6.QtCore:QObject"
PYDANTIC = "pydantic:BaseModel"
SQLALCHEMY = "sqlalchemy.orm:DeclarativeBase"
DJANGO = "django.db.models:Model"
ZOPE = "zope.interface:Interface"


def need(*targets: Any) -> None:
    for target in targets:
        if isinstance(target, str):
            pytest.importorskip(target.partition(":")[0])
        if target == DJANGO:
            from . import django_settings  # noqa: F401


def in_app(code: str, label: str) -> str:
    """Say which application a model belongs to, as Django demands."""
    return code.replace("...", f"\n    class Meta: app_label = {label!r}")


@pytest.mark.parametrize(
    "targets",
    [
        (QT, SQLALCHEMY),
        (SQLALCHEMY, ABC),
        (PYDANTIC, ABC),
        (PYDANTIC, FinalMeta),
        (QT, RegistryMeta, ABC),
        (DJANGO, FinalMeta),
    ],
    ids=readable,
)
def test_solutions_work(targets: tuple[Any, ...]) -> None:
    """The class statement that is printed makes a class with every base."""
    need(*targets)
    explanation = explain(*targets)
    assert explanation.solution is not None
    snippets = [explanation.solution, *explanation.alternatives]
    for number, code in enumerate(snippets):
        namespace: dict[str, Any] = {"ABC": ABC, "__name__": "written"}
        exec(in_app(code, f"tools{number}") if DJANGO in targets else code, namespace)
        assert any(name in namespace for name in ("Both", "All"))
    assert max(map(len, str(explanation).splitlines())) <= 100


def test_a_model_and_a_qobject() -> None:
    """The two that people try to marry: their metaclasses are, their bases can be."""
    need(DJANGO, QT)
    explanation = explain(DJANGO, QT)
    code = explanation.solution
    assert explanation.reason is not None
    assert explanation.reason.kind == "unrelated metaclasses"
    assert code is not None

    namespace: dict[str, Any] = {"__name__": "written"}
    exec(in_app(code, "tools"), namespace)

    assert namespace["Both"]._meta.app_label == "tools"
    assert namespace["Both"].staticMetaObject.className() == "Both"


@pytest.mark.parametrize(
    ("targets", "kind"),
    [
        ((ZOPE, FinalMeta), "no metaclass"),
        ((QT, ctypes.Structure), "layout"),
        ((QT, PYDANTIC), "layout"),
        (("shiboken6.Shiboken:Object", "decimal:Decimal"), "layout"),
        (("numpy:dtype", "abc:ABC"), "closed"),
        (("numpy:dtype", FinalMeta), "closed"),
    ],
    ids=str,
)
def test_impossible_pairs_name_their_reason(
    targets: tuple[Any, ...], kind: str
) -> None:
    """Where no class can be both, no line is printed and the reason is told."""
    need(*targets)
    explanation = explain(*targets)

    assert explanation.reason is not None
    assert explanation.reason.kind == kind
    assert explanation.solution is None
    assert max(map(len, str(explanation).splitlines())) <= 100


FRAMEWORKS = """
    abc:ABC enum:Enum typing:Protocol metapatterns:RegistryMeta
    metapatterns:FinalMeta django.forms:Form sqlalchemy.orm:DeclarativeBase
    pydantic:BaseModel PySide6.QtCore:QObject traitlets:HasTraits traits.api:HasTraits
    atom.api:Atom msgspec:Struct marshmallow:Schema peewee:Model wtforms:Form
    textual.widget:Widget scrapy:Item graphene:ObjectType factory:Factory
    param:Parameterized zope.interface:Interface ExtensionClass:Base sly:Lexer
""".split()


@pytest.mark.parametrize("one", FRAMEWORKS)
def test_every_pair_of_frameworks(one: str) -> None:
    """A printed solution works; where none is printed, no order of anything does."""
    need(*FRAMEWORKS)
    for other in FRAMEWORKS[FRAMEWORKS.index(one) + 1 :]:
        check_pair(one, other)


def test_a_metaclass_that_takes_no_subclass() -> None:
    """Combining it is refused as any conflict is, whatever it is combined with."""
    numpy = pytest.importorskip("numpy")

    for other in (ABCMeta, FinalMeta):
        with pytest.raises(MetaclassConflictError, match=r"_DTypeMeta' is not an acc"):
            combine_metaclasses(type(numpy.dtype), other)


def test_two_metaclasses_in_c() -> None:
    """Metaclasses whose own layouts exclude each other are no chain, no order."""
    need(QT)
    from PySide6.QtCore import QObject

    explanation = explain(type(QObject), type(ctypes.Structure))

    assert explanation.reason is not None
    assert explanation.reason.kind in ("layout", "chain in C")


# -- what the manual shows ------------------------------------------------------

PAGE = Path(__file__).parents[2] / "docs/reference/tools.md"


@pytest.mark.parametrize("title", RECORDED)
def test_the_manual_shows_what_happens(title: str) -> None:
    """
    The trees on the page are those that a recording gives.

    Set ``REWRITE_DOCS`` to write them anew.  Their steps differ a little between
    versions of Python, and the page shows those of one.
    """
    recorded = RECORDED[title]
    need(DJANGO if recorded.framework == "django" else f"{recorded.framework}:")
    tree = recorded.tree()
    before, opening, rest = PAGE.read_text().partition(f"<!-- recorded: {title} -->\n")
    assert opening
    shown, closing, after = rest.partition("<!-- end -->")
    source = f"{recorded.before}\n\n{recorded.source}"
    block = f"```text\n{source}```\n\n```text\n{tree}\n```\n"
    if os.environ.get("REWRITE_DOCS"):
        PAGE.write_text(before + opening + block + closing + after)
    elif sys.version_info[:2] == (3, 13):
        assert shown == block
    else:
        assert tree.splitlines()[0] in shown
        assert "__new__" in tree


STANDARD = """
    builtins:object builtins:int builtins:dict builtins:Exception builtins:bool
    abc:ABC abc:ABCMeta enum:Enum enum:IntFlag enum:EnumMeta typing:Generic
    typing:Protocol typing:NamedTuple typing:TypedDict ctypes:Structure ctypes:Union
    collections.abc:Mapping io:RawIOBase threading:Thread unittest:TestCase
    metapatterns:SingletonMeta metapatterns:RegistryMeta metapatterns:FinalMeta
    metapatterns:ValidatorMeta metapatterns:FinalMixin metapatterns:RegistryMixin
""".split()


@pytest.mark.parametrize("one", STANDARD)
def test_every_pair_of_the_standard_library(one: str) -> None:
    """A printed solution works; where none is printed, no order of anything does."""
    verdicts = {check_pair(one, other) for other in STANDARD[STANDARD.index(one) + 1 :]}

    assert verdicts <= {"works", "none", "asks for a body"}
