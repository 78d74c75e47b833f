"""luigi: a metaclass that caches instances in its own ``__call__``."""

from __future__ import annotations

from typing import Any

import pytest

luigi = pytest.importorskip("luigi", reason="luigi is not installed")

from .laws import FrameworkLaws


class TestTask(FrameworkLaws):
    base = luigi.Task

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Count
        luigi.task_register.Register.clear_instance_cache()
        luigi.task_register.Register._reg.clear()

        class Count(base, **keywords):
            size = luigi.IntParameter(default=3)
            done = 0

            def run(self) -> None:
                self.done += 1

            def complete(self) -> bool:
                return bool(self.done)

        return Count

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None

    def use(self, instance: Any) -> None:
        assert luigi.build([instance], local_scheduler=True, log_level="ERROR")
        assert instance.done == 1

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls(4) is cls(size=4)
        assert cls(4) is not cls(5)
        assert cls(4).task_family == cls.__name__
        assert cls in luigi.task_register.Register._reg
