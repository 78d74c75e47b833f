"""NoDuplicate, against an oracle: bodies made of random statements."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
from class_bodies import FIRST_LINE, HEADS, preamble, verdict
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

NAMES = st.sampled_from(["x", "y"])
#: A statement, and what it does to its name: it binds, keeps (binds again from
#: the old value), reads or deletes it.
BINDING = (
    "{} = 1",
    "{} = Field()",
    "def {}(self): ...",
    "class {}: ...",
    "@property\ndef {}(self): ...",
)
STATEMENTS = (
    *((text, "bind") for text in BINDING),
    ("{0} = wrap({0})", "keep"),
    ("if yes:\n    {} = 2", "maybe"),
    ("for n in 'ab':\n    {} = n", "maybe"),
    ("if no: ...\nelse:\n    del {}", "delete"),
    ("len('')\ndel {}", "delete"),
    ("len([{}])", "read"),
    ("other = 1\ndel other", "nothing"),
    ("@overload\ndef {}(self): ...", "overload"),
    ("@register\ndef {}(self): ...", "register"),
    ("{} = None", "None"),
)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """
    A body that runs, and the duplicates in it.

    The oracle remembers for each name which line bound it and whether that
    binding would be missed.
    """
    lines: list[str] = []
    held: dict[str, tuple[int, bool]] = {}
    found = []
    for _ in range(draw(st.integers(1, 8))):
        name = draw(NAMES)
        text, act = draw(st.sampled_from(STATEMENTS))
        if act in ("keep", "delete", "read") and name not in held:
            continue
        statement = text.format(name).splitlines()
        # A binding has the line of its `def` or `class`, below decorators.
        line = FIRST_LINE + len(lines) + statement[0].startswith("@")
        lines += statement
        if act in ("bind", "overload", "register", "None"):
            first, missed = held.get(name, (0, False))
            if missed:
                found.append((name, first, line))
            held[name] = line, act == "bind"
        elif act == "keep":
            held[name] = line, True
        elif act == "delete":
            del held[name]
        elif act == "maybe":
            # What was there is a default; without one, only whoever watches
            # knows whether there is anything to lose.
            held.setdefault(name, (line + 1, False))
        elif act == "read":
            held[name] = line, False
    return "\n".join([*lines, "pass"]), found


def wrap(value: Any) -> Any:
    return lambda: value


@pytest.mark.parametrize("door", ["mixin", "decorator"])
@given(made=bodies())
@examples(1.6)
def test_hooks_agree_with_the_oracle(door: str, made: tuple[str, list[Any]]) -> None:
    """Mixin and decorator report just the duplicates of a random body."""
    body, found = made

    assert list(verdict(door, body, **{**preamble(), "wrap": wrap})) == found


@given(made=bodies())
@examples(5)
def test_metaclass_agrees_with_the_hooks(made: tuple[str, list[Any]]) -> None:
    """Where nothing is conditional, the metaclass refuses what the hooks report."""
    body, found = made
    seen = list(verdict("metaclass", body, **{**preamble(), "wrap": wrap}))

    # Which of a default and a conditional value is lost, only the values tell.
    if not any(text in body for text in ("if yes", "for n")):
        assert seen == found[:1]


BLOCKS = st.recursive(
    st.sampled_from(
        [
            "x = 1",
            "x = None",
            "x += 1",
            "del x",
            "def x(self): ...",
            "y = x",
            "y = 1",
            "raise KeyError",
            "break",
            "continue",
        ]
    ),
    lambda inner: st.builds(
        lambda head, parts: head.format(
            *(textwrap.indent(part, "    ") for part in parts)
        ),
        st.sampled_from(
            [
                "{}\n{}",
                "if yes:\n{}\nelse:\n{}",
                "if no:\n{}\n{}",
                "for n in 'ab':\n{}\nelse:\n{}",
                "while no:\n{}\n{}",
                "try:\n{}\nexcept KeyError as e:\n{}",
                "try:\n{}\nfinally:\n{}",
                "with contextlib.suppress(KeyError):\n{}\n{}",
                "match yes:\n  case 1:\n  {}\n  case _:\n  {}",
            ]
        ),
        st.tuples(inner, inner),
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("door", list(HEADS))
@given(block=BLOCKS)
@examples(3)
def test_any_flow_of_control_is_understood(door: str, block: str) -> None:
    """However a body branches, a door refuses it or does what Python does."""
    source = "for turn in 'a':\n" + textwrap.indent(f"x = []\n{block}", "    ")
    outcome = []
    for run in (exec, lambda body, names: verdict(door, body, **names)):
        try:
            outcome.append(run(source, preamble()) or None)
        except (SyntaxError, NameError, KeyError) as error:
            outcome.append(type(error))
        except TypeError as error:  # 1 + [], say
            outcome.append(type(error))
    plain, ours = outcome

    assert ours == plain or isinstance(ours, tuple)
