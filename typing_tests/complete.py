"""
Demand that every public symbol has a type, and that types and code agree.

``python -m typing_tests.complete`` asks ``pyright --verifytypes`` and ``stubtest``,
with what they may find listed below and in ``stubtest.txt``.  The package has to be
installed, because both look at what users get.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent

#: What type checkers cannot know of a metaclass that is computed: it is ``Any``,
#: so that they report no conflict that there is not (see "Type checking").
ALLOWED = {
    "metapatterns.CombinedMeta",
    "metapatterns.auto_metaclass",
    "metapatterns.combine_metaclasses",
    "metapatterns.combine.CombinedMeta",
    "metapatterns.combine.auto_metaclass",
    "metapatterns.combine.auto_metaclass.__new__",
    "metapatterns.combine.combine_metaclasses",
}


def unknown_symbols() -> dict[str, str]:
    """Return the symbols whose type users cannot see, with pyright's reasons."""
    command = "--verifytypes", "metapatterns", "--ignoreexternal", "--outputjson"
    shown = subprocess.run(
        [BIN / "pyright", *command, f"--pythonpath={sys.executable}"],
        capture_output=True,
        text=True,
        check=False,
    )
    symbols = json.loads(shown.stdout)["typeCompleteness"]["symbols"]
    return {
        symbol["name"]: "; ".join(
            diagnostic["message"].splitlines()[0]
            for diagnostic in symbol["diagnostics"]
            if "docstring" not in diagnostic["message"]
        )
        for symbol in symbols
        if symbol["isExported"]
        and (not symbol["isTypeKnown"] or symbol["isTypeAmbiguous"])
    }


def main() -> int:
    unknown = unknown_symbols()
    problems = [
        *(f"{name}: {unknown[name]}" for name in sorted(unknown.keys() - ALLOWED)),
        *(f"{name}: known, so it needs no leave" for name in ALLOWED - unknown.keys()),
    ]
    print(*problems, sep="\n", end="\n" if problems else "")
    print(f"verifytypes: {len(problems) or 'no'} unexpected symbol(s)")
    allowlist = HERE / "stubtest.txt"
    stubtest = subprocess.run(
        [BIN / "stubtest", "metapatterns", "--concise", f"--allowlist={allowlist}"],
        check=False,
    )
    return int(bool(problems) or stubtest.returncode)


if __name__ == "__main__":
    raise SystemExit(main())
