"""What an explanation holds, and how it is drawn, printed and handed to programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from .._hooks import Override
    from ._meeting import Reason

    Fact: TypeAlias = (
        dict[str, Any] | list[Any] | tuple[Any, ...] | str | int | bool | None
    )

__all__ = ["BaseReport", "Explanation", "TargetReport"]

WIDTH = 100


@dataclass(frozen=True)
class BaseReport:
    """A class, its metaclass, and the ancestor that brought the metaclass."""

    name: str
    metaclass: str
    brought_by: str

    @property
    def sentence(self) -> str:
        if self.metaclass == "type":
            return "metaclass type, as any class has"
        if self.brought_by == self.name:
            return f"metaclass {self.metaclass}, its own"
        return f"metaclass {self.metaclass}, from {self.brought_by}"


@dataclass(frozen=True)
class TargetReport:
    """A target, and the metaclasses of its own bases."""

    expression: str
    is_metaclass: bool
    itself: BaseReport
    bases: tuple[BaseReport, ...]


@dataclass(frozen=True)
class Explanation:
    """
    What :func:`explain` found out.

    ``str()`` is plain text that fits 100 columns; in a notebook it shows as a
    table.  Everything is text: an explanation keeps no class alive.

    Attributes:
        targets: For each target its ``expression``, whether it ``is_metaclass``, and the
            ``name``, ``metaclass`` and ``brought_by`` of ``itself`` and of its ``bases``.
        overrides: What is overridden along each metaclass's MRO, and under
            ``"bases"`` along that of the bases: each ``stage`` with its ``owner``,
            ``file`` and ``line``, ``forwards_keywords`` and ``calls_super``.
        abstract: ``"yes"``, ``"no"`` or ``"unknown"``: whether these bases refuse
            to make instances while abstract methods are left; and why.
        compatible: Whether the targets can be the bases of one class as they are.
        reason: If not, why: its ``kind``, and a sentence as its ``text``.
        verdict: Both in one sentence.
        line: The shortest class statement that has them all, or ``None``.
        solution: The same, after the imports it needs.
        alternatives: The same with a mixin or a decorator instead of a metaclass.
        advice: Further ways out, in words.
        tried: Whether such a class was made, in a process of its own, to see whether
            a framework refuses it.
    """

    targets: tuple[TargetReport, ...]
    overrides: dict[str, tuple[Override, ...]]
    abstract: tuple[str, str]
    reason: Reason | None
    line: str | None
    solution: str | None
    alternatives: tuple[str, ...]
    advice: tuple[str, ...]
    tried: bool
    _graph: tuple[tuple[str, str, str], ...]

    @property
    def compatible(self) -> bool:
        return self.reason is None

    def to_dict(self) -> dict[str, Any]:
        """Return everything as dictionaries, lists and text, for JSON."""
        facts = asdict(self)
        del facts["_graph"]
        return plain({**facts, "compatible": self.compatible})  # type: ignore[no-any-return]

    def mermaid(self) -> str:
        """Draw which metaclass derives from which, as a Mermaid flowchart."""
        names = dict.fromkeys(name for edge in self._graph for name in edge[:2])
        keys = {name: f"n{number}" for number, name in enumerate(names)}
        lines = [f'    {keys[name]}["{escaped(name)}"]' for name in names]
        lines += [
            f"    {keys[below]} {arrow} {keys[above]}"
            for below, above, arrow in self._graph
        ]
        return "\n".join(["flowchart BT", *lines])

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from filled(self.verdict)
        for target in self.targets:
            yield ""
            kind = "metaclass" if target.is_metaclass else "class"
            yield from filled(f"{target.expression}: {kind} {target.itself.name}")
            yield from filled(target.itself.sentence, "    ")
            for base in target.bases:
                yield from filled(f"base {base.name}: {base.sentence}", "    ")
        for owner, overrides in self.overrides.items():
            yield ""
            if owner == "bases":
                yield "The bases run, in this order:"
            else:
                yield from filled(f"{owner} runs, in the order of its MRO:")
            if not overrides:
                yield "    nothing of its own"
            for override in overrides:
                yield from filled(f"{override.stage}  {override.owner}", "    ")
                yield from filled(f"{override.where}; {hands_on(override)}", "        ")
        yield ""
        answer, why = self.abstract
        yield from filled(f"Abstract methods are enforced: {answer} ({why}).")
        if self.solution is not None:
            yield from ("", "Write:", "")
            yield from indented(self.solution)
        for alternative in self.alternatives:
            yield from ("", "Or, without a metaclass to combine:", "")
            yield from indented(alternative)
        for sentence in self.advice:
            yield ""
            yield from filled(sentence)

    @property
    def verdict(self) -> str:
        names = ", ".join(target.expression for target in self.targets)
        one = len(self.targets) == 1
        question = f"{names}" if one else f"{names} in one class"
        if self.reason is None:
            return (
                f"{question}: yes, as it is."
                if one
                else f"{question}: yes, as they are."
            )
        how = "no" if self.solution is None else "not as they are"
        return f"{question}: {how}. Reason ({self.reason.kind}): {self.reason.text.rstrip('.')}."

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
            for row in (
                (
                    owner,
                    it.stage,
                    it.owner,
                    it.where,
                    it.forwards_keywords,
                    it.calls_super,
                )
                for owner, overrides in self.overrides.items()
                for it in overrides
            )
        )
        head = "".join(
            f"<th>{title}</th>"
            for title in ("of", "stage", "defined by", "where", "keywords", "super()")
        )
        targets = "".join(
            f"<li><code>{escape(it.expression)}</code>: {escape(it.itself.sentence)}</li>"
            for it in self.targets
        )
        code = "".join(
            f"<pre>{escape(it)}</pre>"
            for it in (self.solution, *self.alternatives)
            if it
        )
        advice = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.advice)
        return (
            f"<p><b>{escape(self.verdict)}</b></p><ul>{targets}</ul>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f"<p>Abstract methods are enforced: {escape(': '.join(self.abstract))}</p>"
            f"{code}{advice}"
        )


# -- text -----------------------------------------------------------------------


def hands_on(override: Override) -> str:
    called = f"super(): {override.calls_super}"
    if override.calls_by_name:
        called += f", calls {override.calls_by_name} by name"
    return f"class keywords forwarded: {override.forwards_keywords}; {called}"


def filled(text: str, indent: str = "") -> list[str]:
    return wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_on_hyphens=False,
    )


def indented(code: str) -> Iterator[str]:
    for row in code.splitlines():
        yield f"    {row}" if row else ""


def escaped(name: str) -> str:
    """Write what Mermaid gives a meaning to by its number."""
    return "".join(
        letter if letter.isalnum() or letter in " ._[](),:'" else f"#{ord(letter)};"
        for letter in name
    )


def plain(value: Fact) -> Any:
    """Turn tuples into lists, which is what JSON makes of them."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return (
        [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
    )
