"""Textual: a metaclass that gathers decorated handlers, in a running application."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("textual", reason="Textual is not installed")

from textual import on
from textual.app import App
from textual.reactive import reactive
from textual.widgets import Static

from .laws import FrameworkLaws


class TestWidget(FrameworkLaws):
    base = Static

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Counter

        class Counter(base, **keywords):
            DEFAULT_CSS = "Counter { height: 1; }"
            count = reactive(0)

            def watch_count(self, count: int) -> None:
                self.update(str(count))

            @on(Static.BlurEvent) if hasattr(Static, "BlurEvent") else (lambda f: f)
            def ignore(self) -> None:
                pass

            def key_x(self) -> None:
                self.count += 1

        return Counter

    def use(self, instance: Any) -> None:
        class Shown(App):
            def compose(self) -> Any:
                yield instance

        async def run() -> None:
            app = Shown()
            async with app.run_test():
                instance.count = 2
                instance.key_x()
                assert instance.count == 3
                assert app.query_one(type(instance)) is instance

        asyncio.run(run())
