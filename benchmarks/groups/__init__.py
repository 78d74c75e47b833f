"""What is measured: each group's contenders do the same work."""

from __future__ import annotations

from collections.abc import Iterator

from ..harness import Group
from . import (
    attributes,
    creation,
    footprint,
    growth,
    logger,
    registry,
    singleton,
    validator,
)


def all_groups() -> Iterator[Group]:
    for subject in (
        singleton,
        creation,
        registry,
        validator,
        logger,
        attributes,
        growth,
        footprint,
    ):
        yield from subject.groups()
