"""Qt, through both bindings: signals, properties and a running event loop."""

from __future__ import annotations

import os
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

QtCore = pytest.importorskip("PySide6.QtCore", reason="PySide6 is not installed")

from .laws import FrameworkLaws


@pytest.fixture(scope="module", autouse=True)
def application():
    return QtCore.QCoreApplication.instance() or QtCore.QCoreApplication([])


class TestQObject(FrameworkLaws):
    base = QtCore.QObject
    field = QtCore.Signal
    threads = 0  # an object lives in the thread that makes it
    enforces_abstract = False

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Gauge

        class Gauge(base, **keywords):
            changed = QtCore.Signal(int)

            def __init__(self, parent: Any = None) -> None:
                super().__init__(parent)
                self._reading = 0
                self.heard: list[int] = []

            def reading(self) -> int:
                return self._reading

            def set_reading(self, value: int) -> None:
                self._reading = value
                self.changed.emit(value)

            reading = QtCore.Property(int, reading, set_reading, notify=changed)

            @QtCore.Property(str)
            def unit(self) -> str:
                return self._unit

            @unit.setter
            def unit(self, value: str) -> None:
                self._unit = value

            @QtCore.Slot(int)
            def hear(self, value: int) -> None:
                self.heard.append(value)

        return Gauge

    def use(self, instance: Any) -> None:
        instance.changed.connect(instance.hear)
        assert instance.setProperty("reading", 7)
        assert instance.property("reading") == 7
        instance.unit = "bar"
        assert instance.property("unit") == "bar"
        assert instance.heard == [7]

        loop = QtCore.QEventLoop()
        QtCore.QTimer.singleShot(0, lambda: instance.set_reading_later(9))
        QtCore.QTimer.singleShot(1, loop.quit)
        instance.set_reading_later = instance.hear
        loop.exec()
        assert instance.heard == [7, 9]

    def work(self, cls: Any) -> None:
        super().work(cls)
        meta = cls.staticMetaObject
        assert meta.className() == cls.__name__
        assert meta.indexOfProperty("reading") > 0
        assert meta.indexOfSignal("changed(int)") > 0
        parent = cls()
        child = cls(parent)
        assert parent.children() == [child]
