"""Says, at the end of a run, how much was endured and where."""

from __future__ import annotations

import sys
import sysconfig

import pytest
from crowd import FACTOR, FIGURES, THREADS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not FIGURES:
        return
    figures = [f"{FIGURES[what]:,} {what}" for what in sorted(FIGURES)]
    build = ", free-threaded" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    terminalreporter.section("endurance")
    terminalreporter.line(
        f"{', '.join(figures)}; {THREADS} threads at a time, factor {FACTOR};"
        f" {sys.implementation.name} {sys.version.split()[0]}{build}"
    )
