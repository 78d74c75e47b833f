"""What ``typing_tests`` make of the manual; ``nox -s typing`` runs the checkers."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from metapatterns._doors import ROWS

ROOT = Path(__file__).parents[1]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(ROOT)
    return importlib.import_module("typing_tests.run")


def test_table_is_up_to_date(run: Any) -> None:
    """The manual says of each checker what the files expect of it."""
    assert run.page() == run.PAGE.read_text(encoding="utf-8")


def test_every_door_is_in_the_table(run: Any) -> None:
    """No door is left out: each has a section in the files, and so a row."""
    table = run.as_markdown()
    assert [row.name for row in ROWS if f"| `{row.name}` |" not in table] == []
