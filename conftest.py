"""
What every test run shares: Hypothesis profiles, and examples that are tests.

Sybil runs each ``python`` and ``pycon`` block of README.md and the manual, and
each example in a docstring.  The blocks of one page share one namespace.
"""

from __future__ import annotations

import _thread
import asyncio
import gc
import os
import subprocess
import sys
import threading
from doctest import ELLIPSIS
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from sybil import Sybil
from sybil.evaluators.doctest import DocTestEvaluator
from sybil.parsers import markdown, rest
from sybil.parsers.abstract.doctest import DocTestStringParser

if TYPE_CHECKING:
    from collections.abc import Callable

# -- Hypothesis ---------------------------------------------------------------

hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.register_profile(
    "ci", deadline=None, derandomize=True, max_examples=50, print_blob=True
)
hypothesis.settings.register_profile(
    "quick", deadline=None, derandomize=True, max_examples=20, print_blob=True
)
hypothesis.settings.register_profile(
    "mutation",
    parent=hypothesis.settings.get_profile("quick"),
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],  # which fails, do
)
hypothesis.settings.register_profile("nightly", deadline=None, max_examples=5_000)
hypothesis.settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE")
    or ("ci" if os.environ.get("CI") == "true" else "dev")
)

# -- examples -----------------------------------------------------------------


class ConsoleParser(markdown.CodeBlockParser):
    """Runs ``pycon`` blocks, statement by statement."""

    def __init__(self) -> None:
        super().__init__("pycon")
        self.doctests = DocTestStringParser(DocTestEvaluator(ELLIPSIS))

    def __call__(self, document: Any) -> Any:
        for block in super().__call__(document):
            for region in self.doctests(block.parsed, document.path):
                region.adjust(block, block.parsed)
                yield region


class Page:
    """A module that holds a page's names."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.__dict__ = names


def open_page(namespace: dict[str, Any]) -> None:
    """Let the blocks of a page be a module, so that its classes are found again."""
    namespace["__name__"] = "example"
    sys.modules["example"] = Page(namespace)  # type: ignore[assignment]


def close_page(namespace: dict[str, Any]) -> None:
    del sys.modules["example"]


pages = Sybil(
    parsers=[
        markdown.PythonCodeBlockParser(doctest_optionflags=ELLIPSIS),
        ConsoleParser(),
        markdown.SkipParser(),
    ],
    patterns=["README.md", "docs/*.md", "docs/*/*.md"],
    setup=open_page,
    teardown=close_page,
)
docstrings = Sybil(
    parsers=[rest.DocTestParser(ELLIPSIS)],
    path="src",
    patterns=["*.py"],
)
pytest_collect_file = (pages + docstrings).pytest()

# -- a Python that starts nothing ---------------------------------------------


def skip_instead(what: str) -> Callable[..., None]:
    def start(*args: object, **kwargs: object) -> None:
        for coroutine in filter(asyncio.iscoroutine, args):
            coroutine.close()
        pytest.skip(f"needs {what}, which {sys.platform} does not start")

    return start


if sys.platform == "emscripten":
    # Whichever test needs one, it runs up to there.
    threading.Thread.start = _thread.start_new_thread = skip_instead("a thread")
    subprocess.Popen.__init__ = skip_instead("a process")
    asyncio.run = skip_instead("an event loop")

# -- garbage ------------------------------------------------------------------


def pytest_collection_finish() -> None:
    """
    Let the collector look at what tests make, and at nothing older.

    They collect garbage, and ask who refers to what, all the time; the modules of
    the tests, of pytest and of Hypothesis are a hundred times what they look for.
    """
    # Hypothesis asks, at its first test, who refers to its random numbers.
    hypothesis.given(hypothesis.strategies.none())(lambda value: None)()
    gc.collect()
    # Free-threaded builds do not say what a frozen object refers to.
    if hasattr(gc, "freeze") and "t" not in getattr(sys, "abiflags", ""):
        gc.freeze()


# -- the house rules ----------------------------------------------------------

HAS_FRAMEWORKS = find_spec("django") is not None
collect_ignore = [] if HAS_FRAMEWORKS else ["tests/frameworks"]


def pytest_report_header() -> str | None:
    if HAS_FRAMEWORKS:
        return None
    return "NOT RUN here: tests/frameworks, which `nox -s frameworks` runs"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test's docstring states the rule that it holds."""
    silent = [
        item.nodeid
        for item in items
        if isinstance(item, pytest.Function) and not item.function.__doc__
    ]
    if silent:
        raise pytest.UsageError("tests without a docstring: " + ", ".join(silent))
