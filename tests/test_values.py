"""How messages show what callers hand in: whole if it is short, cut if it is not."""

from __future__ import annotations

import pytest

from metapatterns import FieldValueError, ValidatorMixin, combine_metaclasses, field
from metapatterns.tools import explain


class Shown:
    """A value with a ``repr`` of a certain length."""

    def __init__(self, length: int) -> None:
        self.text = "".join(chr(ord("a") + at % 26) for at in range(length))

    def __repr__(self) -> str:
        return self.text


class Mute:
    """A value that has no ``repr`` to show."""

    def __repr__(self) -> str:
        raise LookupError


def complaint(value: object) -> str:
    with pytest.raises(TypeError) as caught:
        combine_metaclasses(value)  # type: ignore[call-overload]
    return str(caught.value)


def test_a_value_is_shown_up_to_80_characters() -> None:
    """One more, and the last three make room for dots."""
    assert f" and {Shown(80)}, of type 'Shown', is neither" in complaint(Shown(80))
    assert f" and {Shown(77)}..., of type" in complaint(Shown(81))


def test_a_value_without_a_repr_is_named_by_its_class() -> None:
    """What it says of itself is its own; what class it is of, Python knows."""
    assert "<Mute without a repr>, of type 'Mute'" in complaint(Mute())


@pytest.mark.parametrize("name", ["n" * 80, "n" * 81])
def test_a_name_is_shown_up_to_80_characters(name: str) -> None:
    """A name in a message is cut where a value would be."""

    def check(value: object) -> bool:
        return False

    check.__name__ = check.__qualname__ = name

    class C(ValidatorMixin):
        x: int = field(check=check)

    with pytest.raises(FieldValueError) as caught:
        C(1)
    shown = name if len(name) == 80 else f"{name[:77]}..."
    assert shown in str(caught.value)
    assert name[:78] + "..." not in str(caught.value)


def test_an_address_is_shown_up_to_200_characters() -> None:
    """What is asked for by a long address can be told from its neighbours."""
    for length in (150, 250):
        address = str(Shown(length))
        with pytest.raises(ImportError) as caught:
            explain(f"{address}:C")
        assert (repr(f"{address}:C") in str(caught.value)) == (length == 150)
