"""The recordings that the manual shows, each with the code that is recorded."""

from __future__ import annotations

from typing import NamedTuple

from metapatterns.tools import record_class_creation


class Recorded(NamedTuple):
    """A framework, and statements that make one class with it."""

    framework: str
    kept: str
    before: str
    source: str

    def tree(self) -> str:
        """Run the statements as a module called ``library``; return what happened."""
        names = {"__name__": "library"}
        exec(self.before, names)
        code = compile(self.source, "library.py", "exec")
        with record_class_creation(filter=f"library.{self.kept}") as recording:
            exec(code, names)
        return recording.tree(times=False)


RECORDED = {
    "a Django model": Recorded(
        "django",
        "Author",
        "from django.db import models",
        """\
class Author(models.Model):
    name = models.CharField(max_length=80)

    class Meta:
        app_label = "library"
""",
    ),
    "a pydantic model": Recorded(
        "pydantic",
        "User",
        "from pydantic import BaseModel",
        """\
class User(BaseModel):
    name: str


User(name="Ada")
""",
    ),
    "an enum": Recorded(
        "enum",
        "Color",
        "from enum import Enum",
        """\
class Color(Enum):
    RED = 1
""",
    ),
}
