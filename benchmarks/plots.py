"""The plots, as SVG files that come out the same for the same figures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .groups.attributes import OPERATIONS
from .harness import BY_HAND, FLOOR, OURS, PEER, PEER_IN_C, TUTORIAL, Table
from .report import Run, tables_of, titles

COLOURS = {
    FLOOR: "#b0b0b0",
    TUTORIAL: "#d9a441",
    BY_HAND: "#8c6bb1",
    OURS: "#1f77b4",
    PEER: "#7f9f7f",
    PEER_IN_C: "#4d6a4d",
}
GREY = "#808080"  # is read on white and on black
EMPTY_META = "an empty metaclass"
ACCESS = {
    f"Attributes: {operation}"
    for operation in OPERATIONS
    if operation != "make an instance"
}
SETTINGS = {
    "svg.hashsalt": "metapatterns",
    "svg.fonttype": "none",
    "font.size": 9,
    "text.color": GREY,
    "axes.labelcolor": GREY,
    "axes.edgecolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw(runs: Sequence[Run], folder: Path) -> dict[str, Path]:
    """Draw what grows, and what has peers; return the files by the tables' titles."""
    import matplotlib as mpl

    folder.mkdir(parents=True, exist_ok=True)
    drawn = {}
    with mpl.rc_context(SETTINGS):
        for title in titles(runs):
            tables = tables_of(title, runs)
            first = next(iter(tables.values()))
            if first.counting or {PEER, PEER_IN_C} & {row.kind for row in first.rows}:
                name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
                drawn[title] = folder / f"{name}.svg"
                draw_tables(tables, drawn[title])
        if access := [title for title in titles(runs) if title in ACCESS]:
            drawn[access[0]] = folder / "access.svg"
            draw_access(access, runs, drawn[access[0]])
    return drawn


def draw_access(access: Sequence[str], runs: Sequence[Run], file: Path) -> None:
    """Draw what each metaclass costs afterwards, beside an empty one."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.4 * len(runs), 2.8), layout="constrained")
    places = figure.subplots(1, len(runs), squeeze=False, sharey=True)[0]
    for run, axes in zip(runs, places, strict=True):
        for title, marker in zip(access, "os^D", strict=False):
            if (table := run.table(title)) is not None:
                empty = next(row for row in table.rows if row.name == EMPTY_META)
                rows = [row for row in reversed(table.rows) if row.kind == OURS]
                axes.plot(
                    [(row.figure or 0) / (empty.figure or 1) for row in rows],
                    [row.name for row in rows],
                    marker,
                    label=title.partition(": ")[2],
                )
        axes.axvline(1, color=GREY, linewidth=0.8)
        axes.set_xlim(0, 2)
        axes.set_title(f"Python {run.version}", fontsize=9)
        axes.set_xlabel(f"{EMPTY_META} = 1")
    handles, labels = places[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=4, fontsize=8, frameon=False
    )
    save(figure, file)


def draw_tables(tables: dict[str, Table], file: Path) -> None:
    """Draw the table of each interpreter, side by side."""
    from matplotlib.figure import Figure

    first = next(iter(tables.values()))
    height = 3 if first.counting else 0.6 + 0.2 * len(first.rows)
    figure = Figure(figsize=(4.6 * len(tables), height))
    places = figure.subplots(1, len(tables), squeeze=False)[0]
    for (version, table), axes in zip(tables.items(), places, strict=True):
        (lines if table.counting else bars)(table, axes)
        axes.set_title(f"Python {version}", fontsize=9)
    save(figure, file)


def save(figure: Any, file: Path) -> None:
    figure.savefig(
        file,
        bbox_inches="tight",
        transparent=True,
        metadata={"Date": None, "Creator": None},
    )


def bars(table: Table, axes: Any) -> None:
    """Draw a bar for each contender, the quickest at the top."""
    rows = [row for row in table.rows if row.figure is not None]
    rows.sort(key=lambda row: row.figure or 0, reverse=True)
    drawn = axes.barh(
        [f"{row.name} *" if row.faults else row.name for row in rows],
        [row.figure for row in rows],
        color=[COLOURS[row.kind] for row in rows],
    )
    axes.bar_label(drawn, fmt="%.3g", padding=3, fontsize=7, color=GREY)
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.margins(x=0.15, y=0.01)
    axes.set_xlabel(table.unit)


def lines(table: Table, axes: Any) -> None:
    """Draw a line for each contender, from size to size."""
    for name in dict.fromkeys(row.name for row in table.rows):
        rows = [row for row in table.rows if row.name == name and row.figure]
        axes.plot(
            [row.size for row in rows],
            [row.figure for row in rows],
            label=name,
            marker=".",
            linestyle="-" if any(row.kind == OURS for row in rows) else "--",
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.minorticks_off()
    axes.set_xlabel(table.counting)
    axes.set_ylabel(table.unit)
    axes.legend(fontsize=6, frameon=False)
