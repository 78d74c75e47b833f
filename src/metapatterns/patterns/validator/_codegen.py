"""
Templates for the accessors of checked fields, for tests and for ``__init__``.

Source text is put together from what stands in this package and from names that
were checked to be identifiers; objects reach it as globals of the function made.
A template is compiled once for each shape of a rule and then, with the name of
the storage filled in, executed for each field: so every accessor has inline
caches of its own, and CPython specialises it for the one class that it serves.
"""

from __future__ import annotations

import builtins
from functools import lru_cache
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._rules import Rule


BUILTINS = ("callable", "isinstance", "issubclass", "len", "type")
#: For formatting the test of a rule without filling these in.
UNFILLED = {name: f"{{{name}}}" for name in BUILTINS}
#: For a test where nothing else has their names.
BY_NAME = {name: name for name in BUILTINS}
#: Tells generated functions from others.
FILENAME = "<metapatterns>"
#: Stands in a template where the name of a field's storage is to be.
STORAGE = "STORAGE"


class RefusedError(Exception):
    """A value did not pass a test, and no more is to be said."""


class Writer:
    """The text of a function, and the objects that its globals are to hold."""

    def __init__(self, prefix: str = "_") -> None:
        self.prefix: str = prefix
        self.lines: list[str] = []
        self.objects: dict[str, Any] = {}
        self.builtins: dict[str, str] = BY_NAME

    def hold(self, value: object) -> str:
        """Return the name by which the text can say `value`."""
        name = f"{self.prefix}{len(self.objects)}"
        self.objects[name] = value
        return name

    def hold_builtins(self) -> None:
        """Reach builtins by held names, where parameters may have their names."""
        self.builtins = {name: self.hold(getattr(builtins, name)) for name in BUILTINS}

    def expression(self, rule: Rule, value: str) -> str:
        if rule.loop:
            return f"{self.hold(rule.accepts)}({value})"
        names = [self.hold(item) for item in rule.objects]
        return rule.test.format(*names, v=value, **self.builtins)

    def tests(self, rule: Rule, value: str, refuse: str, indent: str) -> None:
        """Write statements that execute `refuse` unless the rule accepts `value`."""
        if rule.test != "True":
            names = [self.hold(item) for item in rule.objects]
            test = rule.test.format(*names, v=value, **self.builtins)
            self.lines += [f"{indent}if not ({test}):", f"{indent}    {refuse}"]
        if not rule.loop:
            return
        items = {self.hold(None): inner for inner in rule.loop}
        source = value if len(items) == 1 else f"{value}.items()"
        self.lines.append(f"{indent}for {', '.join(items)} in {source}:")
        for item, inner in items.items():
            self.tests(inner, item, refuse, indent + "    ")


@lru_cache(maxsize=512)
def compiled(source: str) -> CodeType:
    return compile(source, FILENAME, "exec")


def predicate(rule: Rule) -> Callable[[Any], bool]:
    """Return the test of a rule as a function."""
    writer = Writer()
    writer.lines.append("def accepts(value):")
    writer.tests(rule, "value", "return False", "    ")
    writer.lines.append("    return True")
    made: dict[str, Any] = {}
    exec(compiled("\n".join(writer.lines)), scope_of(__name__, writer), made)
    function: Callable[[Any], bool] = made["accepts"]
    return function


def scope_of(module: str, writer: Writer) -> dict[str, Any]:
    return {"__name__": module, **writer.objects}


DIRECT = f"""\
def fget(self):
    try:
        return self.{STORAGE}
    except AttributeError:
        return unset(self)
def fset(self, value):
    try:
{{tests}}
    except Exception as error:
        raised = error
    else:
        self.{STORAGE} = value
        return
    try:
        refuse(self, value, raised)
    finally:
        del raised
"""
#: Past the `__setattr__` and `__getattr__` of a class that has them.
PAST_HOOKS = DIRECT.replace(
    f"self.{STORAGE} = value", "store(self, storage, value)"
).replace(f"self.{STORAGE}", "load(self, storage)")


class Template:
    """The code that makes the two functions of an accessor, for one shape of rule."""

    def __init__(self, form: str, tests: str) -> None:
        self.code = compiled(form.format(tests=tests))
        self.parts = [
            (place, const)
            for place, const in enumerate(self.code.co_consts)
            if isinstance(const, CodeType)
        ]

    def filled(self, storage: str, qualname: str) -> CodeType:
        consts = list(self.code.co_consts)
        for place, part in self.parts:
            names = [storage if name == STORAGE else name for name in part.co_names]
            consts[place] = part.replace(co_names=tuple(names), co_qualname=qualname)
        return self.code.replace(co_consts=tuple(consts))


@lru_cache(maxsize=512)
def template_for(form: str, tests: str) -> Template:
    return Template(form, tests)


@lru_cache(maxsize=512)
def template_of_test(form: str, test: str, names: tuple[str, ...]) -> Template:
    """The template for a rule without a loop, which calls its objects so."""
    test = test.format(*names, v="value", **BY_NAME)
    if test == "True":
        test = "value is not accessor"
    lines = f"        if not ({test}):\n            raise RefusedError"
    return Template(form, lines)


def accessor(
    module: str,
    qualname: str,
    storage: str,
    rule: Rule,
    helpers: dict[str, Any],
    fdel: Callable[[Any], None],
    *,
    direct: bool,
) -> property:
    """
    Return the property of a checked field.

    `helpers` are ``unset`` and ``refuse``, for what is rare, and ``store`` and
    ``load``, for when `direct` is false.  ``refuse`` is called when no exception is
    being handled any more: as a context, it would be seen in the traceback.
    """
    helpers["RefusedError"] = RefusedError
    form = DIRECT if direct else PAST_HOOKS
    scope: dict[str, Any]
    if rule.loop:
        writer = Writer()
        writer.tests(rule, "value", "raise RefusedError", "        ")
        template = template_for(form, "\n".join(writer.lines))
        scope = {**scope_of(module, writer), **helpers}
    else:
        held = {f"_{number}": item for number, item in enumerate(rule.objects)}
        template = template_of_test(form, rule.test, tuple(held))
        scope = {**held, "__name__": module, **helpers}
    scope["storage"] = storage
    made: dict[str, Any] = {}
    exec(template.filled(storage, qualname), scope, made)
    # A plain dataclass below takes it for the default, and assigns it to itself.
    scope["accessor"] = property(made["fget"], made["fset"], fdel)
    return scope["accessor"]  # type: ignore[no-any-return]
