"""contourpy: classes of pybind11, whose metaclass minds every construction."""

from __future__ import annotations

from typing import Any

import pytest

contourpy = pytest.importorskip("contourpy", reason="contourpy is not installed")
numpy = pytest.importorskip("numpy", reason="NumPy is not installed")

from .laws import FrameworkLaws

X, Y = numpy.meshgrid([0.0, 1.0], [0.0, 1.0])
Z = X + 2 * Y
MASK = numpy.zeros_like(X, dtype=bool)
OPTIONS = {
    "corner_mask": False,
    "line_type": contourpy.LineType.Separate,
    "fill_type": contourpy.FillType.OuterCode,
    "quad_as_tri": False,
    "z_interp": contourpy.ZInterp.Linear,
}


class TestContourGenerator(FrameworkLaws):
    base = contourpy.SerialContourGenerator
    enforces_abstract = False
    copies = False

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Contours

        class Contours(base, **keywords):
            def middle(self) -> Any:
                return self.lines(1.5)

        return Contours

    def build(self, cls: Any) -> Any:
        return cls(X, Y, Z, MASK, **OPTIONS)

    def use(self, instance: Any) -> None:
        (line,) = instance.middle()
        assert line.shape == (2, 2)
