"""The manual: Sphinx reads this file.  Build it with ``nox -s docs``."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]  # for `benchmarks`

from standard_library import write_inventory  # noqa: E402

project = "metapatterns"
author = "The metapatterns authors"
release = metadata.version("metapatterns")
version = release.rpartition(".")[0]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"{project} {version}"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# A docstring has its headings in this order; Napoleon knows "Returns" and "Raises",
# which follow the class keywords, and "Example", which comes last.
napoleon_custom_sections = [
    "Stage",
    ("Class keywords", "params_style"),
    "Inheritance",
    "Composition",
    "Threads",
    "Doors",
    "You do not need this when",
    "Source",
]
napoleon_numpy_docstring = False
napoleon_use_ivar = True

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
# The parts of an explanation are read, and not made, by users.
nitpick_ignore_regex = [
    ("py:class", "Override|Reason|TargetReport"),
]

autodoc_typehints = "none"  # they name what exists for type checkers only

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# References into the standard library are checked without a network: the
# inventory is made here, from what the interpreter says of itself.
intersphinx_mapping = {
    "python": (
        "https://docs.python.org/3",
        str(write_inventory(HERE / "_build" / "python.inv")),
    ),
}


def write_doors(app: Sphinx) -> None:
    """Write the table of doors from the data that the tests use."""
    from metapatterns import _doors

    target = Path(app.srcdir, "_build", "doors.md")
    target.parent.mkdir(exist_ok=True)
    target.write_text(_doors.as_markdown(), encoding="utf-8")


def write_speed(app: Sphinx) -> None:
    """Write the tables of speed, and draw them, from the figures that are kept."""
    from benchmarks import plots, report

    runs = report.load_all()
    build = Path(app.srcdir, "_build")
    try:
        drawn = plots.draw(runs, build / "speed")
    except ImportError:
        drawn = {}  # the tables say the same
    addresses = {title: f"../_build/speed/{file.name}" for title, file in drawn.items()}
    goals, tables = report.goals_as_markdown(runs), report.as_markdown(runs, addresses)
    (build / "speed-goals.md").write_text("\n".join(goals), encoding="utf-8")
    (build / "speed-tables.md").write_text("\n".join(tables), encoding="utf-8")


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", write_doors)
    app.connect("builder-inited", write_speed)
