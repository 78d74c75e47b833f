"""
The demo: take stock of the installed distributions, and write it down three times.

A small application of the patterns, to be read from top to bottom.  Each class
takes the lightest door that serves, and says what a heavier one is for.
"""

# mypy cannot follow a metaclass that a call returns, nor the class keywords behind it,
# and wants no abstract class as an argument.
# mypy: disable-error-code="call-arg,metaclass,type-abstract"
# It prints, and it overrides a method that `logging` named.
# ruff: noqa: N802, T201

from __future__ import annotations

import csv
import json
import logging
import re
import sqlite3
import sys
from abc import ABC, abstractmethod
from contextlib import closing, contextmanager
from dataclasses import asdict, fields
from enum import Enum
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from metapatterns import (
    LoggerMeta,
    RegistryMeta,
    ValidatorMeta,
    combine_metaclasses,
    field,
    logged,
    registry_of,
    singleton,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable


# -- one object for the settings, one checked object for each row -------------


@singleton
class Settings:
    """What the user asked for: one object, and whoever needs it asks the class."""

    def __init__(self) -> None:
        self.output = Path()

    def path(self, key: str) -> Path:
        return self.output / f"inventory.{key}"


class Distribution(metaclass=ValidatorMeta, frozen=True, slots=True):
    """An installed distribution.  Only the metaclass can make slots of the fields."""

    name: str = field(check=str.strip)
    version: str = field(check=str.strip)
    summary: str
    requires: int

    @classmethod
    def read(cls, found: metadata.Distribution) -> Distribution:
        """Make a row; what the metadata lacks is ``None`` here, and refused."""
        known: Any = found.metadata.json
        return cls(
            name=known.get("name"),
            version=known.get("version"),
            summary=known.get("summary", ""),
            requires=len(found.requires or ()),
        )

    @property
    def key(self) -> str:
        """The name as installers compare it."""
        return re.sub(r"[-_.]+", "-", self.name).lower()


@logged
class Inventory:
    """The distributions that Python finds, the first of each name."""

    if TYPE_CHECKING:
        logger: logging.Logger

    def __init__(self) -> None:
        self.rows: dict[str, Distribution] = {}
        self.left_out = 0

    def add(self, found: metadata.Distribution) -> None:
        try:
            row = Distribution.read(found)
        except Exception as error:  # it is other people's metadata
            self.left_out += 1
            self.logger.warning("left out a broken distribution: %s", error)
            return
        first = self.rows.setdefault(row.key, row)
        if first is not row:
            self.left_out += 1
            self.logger.info("left out a second %s, %s", first.name, row.version)

    def sorted(self) -> list[Distribution]:
        return [self.rows[key] for key in sorted(self.rows)]


# -- a registry of exporters, each with a logger of its own -------------------


class Exporter(ABC, metaclass=combine_metaclasses(RegistryMeta, LoggerMeta, ABC)):
    """A way to write the rows.  A subclass is registered because it exists."""

    @classmethod
    def standard(cls) -> Exporter:
        """Return the exporter to use where nobody chose one."""
        return cls()

    @abstractmethod
    def export(self, rows: Iterable[Distribution], path: Path) -> None: ...


class TextExporter(Exporter):
    """The base of the exporters that write text: abstract, and so not registered."""

    def export(self, rows: Iterable[Distribution], path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            self.render(rows, file)

    @abstractmethod
    def render(self, rows: Iterable[Distribution], file: TextIO) -> None: ...


class CsvExporter(TextExporter, key="csv"):
    def render(self, rows: Iterable[Distribution], file: TextIO) -> None:
        names = [column.name for column in fields(Distribution)]
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


class JsonExporter(
    TextExporter, Enum, metaclass=combine_metaclasses(TextExporter, Enum), key="json"
):
    """Two ways to lay out JSON: the members of an Enum, each of them an exporter."""

    COMPACT = None
    INDENTED = 2

    @classmethod
    def standard(cls) -> Exporter:
        return cls.INDENTED  # type: ignore[return-value]

    def render(self, rows: Iterable[Distribution], file: TextIO) -> None:
        plain = [asdict(row) for row in rows]
        json.dump(plain, file, indent=self.value, ensure_ascii=False)


class SqliteExporter(Exporter, key="sqlite"):
    def export(self, rows: Iterable[Distribution], path: Path) -> None:
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(
                "CREATE TABLE distribution (name TEXT PRIMARY KEY, version TEXT NOT NULL,"
                " summary TEXT NOT NULL, requires INTEGER NOT NULL)"
            )
            database.executemany(
                "INSERT INTO distribution VALUES (:name, :version, :summary, :requires)",
                (asdict(row) for row in rows),
            )


# -- the application ----------------------------------------------------------


class CannotWriteError(Exception):
    """A file cannot be written, or not be read back."""


def run(output: Path) -> None:
    """Write the inventory into a folder, and print what can be read back."""
    Settings().output = output
    with class_loggers_on_stdout():
        inventory = Inventory()
        for found in metadata.distributions():
            inventory.add(found)
        for key, exporter in registry_of(Exporter).items():
            path = Settings().path(key)
            try:
                exporter.standard().export(inventory.sorted(), path)
            except (OSError, sqlite3.Error) as error:
                raise CannotWriteError(
                    f"cannot write {str(path)!r}: {error}"
                ) from error
            exporter.logger.info("wrote %s", path)

    print_findings(Settings().path("sqlite"), inventory.left_out)


class Stdout(logging.StreamHandler[TextIO]):
    """Writes to standard output, and leaves what goes wrong there to the caller."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def handleError(self, record: logging.LogRecord) -> None:
        raise  # noqa: PLE0704


@contextmanager
def class_loggers_on_stdout() -> Generator[None]:
    """Let the class loggers speak: they are the children of the module's."""
    module = logging.getLogger(__name__)
    module.setLevel(logging.INFO)
    module.addHandler(handler := Stdout())
    try:
        yield
    finally:
        module.removeHandler(handler)


def print_findings(path: Path, left_out: int) -> None:
    with closing(sqlite3.connect(path)) as database:
        (count,) = database.execute("SELECT count(*) FROM distribution").fetchone()
        most = database.execute(
            "SELECT name, version, requires FROM distribution"
            " ORDER BY requires DESC, name LIMIT 3"
        ).fetchall()
    print(f"{path} holds {count} distributions; {left_out} were left out.")
    print("These name the most requirements:")
    for name, version, requires in most:
        print(f"{requires:>6}  {name} {version}")
