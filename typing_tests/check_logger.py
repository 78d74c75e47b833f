"""Logger: `cls.logger` and `self.logger` are loggers."""

from __future__ import annotations

import logging
from typing import ClassVar, assert_type

from metapatterns import LoggerMeta, LoggerMixin, logged

# -- LoggerMeta: constructor --------------------------------------------------


class Importer(metaclass=LoggerMeta):
    def __init__(self, path: str) -> None: ...


class CsvImporter(Importer):
    pass


assert_type(Importer("a"), Importer)
assert_type(CsvImporter("a"), CsvImporter)
Importer(1)  # error

# -- LoggerMeta: `cls.logger` -------------------------------------------------

assert_type(Importer.logger, logging.Logger)
assert_type(CsvImporter.logger, logging.Logger)
Importer.logger.info("started")
Importer.logger.shout("started")  # error

# -- LoggerMeta: `self.logger` ------------------------------------------------

assert_type(Importer("a").logger, logging.Logger)  # inexact in mypy pyrefly


class Exporter(metaclass=LoggerMeta):
    def run(self) -> None:
        self.logger.info("started")  # false alarm in mypy pyrefly

    @classmethod
    def plan(cls) -> None:
        cls.logger.info("planned")


# -- LoggerMeta: `self.logger` where it is annotated --------------------------


class Annotated(metaclass=LoggerMeta):
    logger: ClassVar[logging.Logger]


assert_type(Annotated.logger, logging.Logger)
assert_type(Annotated().logger, logging.Logger)

# -- LoggerMeta: another attribute, by `logger_attribute` ---------------------


class Renamed(metaclass=LoggerMeta, logger_attribute="log"):
    def run(self) -> None:
        self.log.info("started")  # false alarm in mypy pyright ty pyrefly


assert_type(Renamed.log, logging.Logger)  # inexact in mypy pyright ty pyrefly

# -- LoggerMeta: class keywords -----------------------------------------------


class Named(metaclass=LoggerMeta, logger_name="app"):
    pass


class ByFunction(
    metaclass=LoggerMeta,
    logger_name=lambda cls: cls.__name__,  # false alarm in pyrefly
):
    pass


# error, missed by mypy plugin ty pyrefly
class Misnamed(metaclass=LoggerMeta, logger_name=1):
    pass


# -- LoggerMixin: constructor and loggers -------------------------------------


class Reader(LoggerMixin, logger_name="app.reader"):
    def __init__(self, path: str) -> None:
        self.logger.info(path)


assert_type(Reader("a"), Reader)
assert_type(Reader.logger, logging.Logger)
assert_type(Reader("a").logger, logging.Logger)
Reader(1)  # error
Reader("a").logger.shout("started")  # error

# -- LoggerMixin: class keywords ----------------------------------------------


class Misread(LoggerMixin, logger_name=1):  # error
    pass


# -- logged: constructor ------------------------------------------------------


@logged
class Bare:
    def __init__(self, path: str) -> None: ...


@logged(name="app", attribute="log")
class Called:
    def __init__(self, path: str) -> None: ...


assert_type(Bare("a"), Bare)
assert_type(Called("a"), Called)
Bare(1)  # error
Called(1)  # error

# -- logged: `cls.logger` and `self.logger` -----------------------------------

assert_type(Bare.logger, logging.Logger)  # inexact in mypy pyright ty pyrefly
assert_type(Bare("a").logger, logging.Logger)  # inexact in mypy pyright ty pyrefly
assert_type(Called("a").log, logging.Logger)  # inexact in mypy pyright ty pyrefly

# -- logged: loggers where they are annotated ---------------------------------


@logged
class AnnotatedToo:
    logger: ClassVar[logging.Logger]


assert_type(AnnotatedToo.logger, logging.Logger)
assert_type(AnnotatedToo().logger, logging.Logger)

# -- logged: options ----------------------------------------------------------


@logged(name=1)  # error
class Mistaken:
    pass
