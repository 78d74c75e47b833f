"""
Tell mypy what ``combine_metaclasses`` and ``auto_metaclass`` make of a class.

Switch it on in mypy's configuration::

    [mypy]
    plugins = metapatterns.mypy_plugin

mypy supports no metaclass that a call returns.  With the plugin a combination is
what it is at run time: a class that derives from all the parts.  Their attributes
are known, abstract methods are enforced, and a conflict that Python would refuse is
reported.  Beyond that, classes made by ``FinalMeta`` and ``FinalMixin`` are final,
instances of classes made by ``LoggerMeta`` and ``logged`` have their logger, and fields
that ``ValidatorMeta`` froze are not assigned to.

In a mypy that this version does not know, or after an unexpected error, the plugin
says so in one line and does nothing; mypy goes on as without it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from zlib import crc32

from mypy.plugin import Plugin

__all__ = ["plugin"]

#: mypy forgets what it knows when this changes, or this file, and looks no further.
__version__ = "{:x}".format(
    crc32(
        b"".join(
            path.read_bytes()
            for path in sorted(Path(__file__).with_name("_mypy").glob("*.py"))
        )
    )
)

#: The release lines that the plugin is tested with: from the first to the last.
KNOWN = (1, 14), (2, 4)
#: What only the workers of a parallel run have imported.
WORKER = "mypy.build_worker.worker"


def plugin(version: str) -> type[Plugin]:
    """Return the plugin for a version of mypy; mypy calls this."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    line = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    first, last = KNOWN
    if not first <= line <= last:
        known = " to ".join(".".join(map(str, bound)) for bound in KNOWN)
        return unused(f"it knows mypy {known}, and this is {version}")
    try:
        from ._mypy import MetapatternsPlugin
    except Exception as error:
        return unused(f"it does not load into mypy {version}: {error}")
    return MetapatternsPlugin


def unused(reason: str) -> type[Plugin]:
    """Say why the plugin does nothing, and return one that does nothing."""
    if WORKER not in sys.modules:  # what started a worker has said it
        sys.stderr.write(f"metapatterns.mypy_plugin is not used: {reason}\n")
    return Plugin
