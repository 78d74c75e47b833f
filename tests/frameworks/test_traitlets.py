"""traitlets: descriptors set up by the metaclass's ``__init__``."""

from __future__ import annotations

from typing import Any

import pytest

traitlets = pytest.importorskip("traitlets", reason="traitlets is not installed")

from .laws import FrameworkLaws


class TestHasTraits(FrameworkLaws):
    base = traitlets.HasTraits
    field = traitlets.Int

    def define(self, base: type, /, **keywords: Any) -> Any:
        global Lamp

        class Lamp(base, **keywords):
            power = traitlets.Int(40).tag(config=True)
            seen = traitlets.List()

            @traitlets.default("seen")
            def _seen(self) -> list[int]:
                return []

            @traitlets.observe("power")
            def _see(self, change: Any) -> None:
                self.seen = [*self.seen, change.new]

            @traitlets.validate("power")
            def _check(self, proposal: Any) -> int:
                return min(proposal.value, 100)

        return Lamp

    def use(self, instance: Any) -> None:
        instance.power = 60
        instance.power = 500
        assert instance.seen == [60, 100]
        with pytest.raises(traitlets.TraitError):
            instance.power = "bright"

    def work(self, cls: Any) -> None:
        super().work(cls)
        assert cls(power=3).power == 3
        assert set(cls.class_trait_names()) >= {"power", "seen"}
        assert cls.class_traits(config=True).keys() == {"power"}
