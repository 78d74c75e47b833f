"""What is changed: the mutants of cosmic-ray and mutmut, each a whole module."""

from __future__ import annotations

import ast
import difflib
import hashlib
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import libcst
import libcst.metadata
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from mutmut.mutation import mutators

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).parents[2] / "src/metapatterns"
TABLE: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "mutants.toml").read_text()
)


class Mutant(NamedTuple):
    where: str
    before: str
    after: str
    line: int
    text: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def is_in(self, row: dict[str, str]) -> bool:
        """Tell whether a row of the table means this; without `after`, any change."""
        return (
            row["in"] == self.where
            and row["before"] == self.before
            and row.get("after", self.after) == self.after
        )

    def __str__(self) -> str:
        return f"{self.where}, line {self.line}\n  - {self.before}\n  + {self.after}"


def mutants_of(source: str) -> Iterator[Mutant]:
    seen = {meaning(source)}
    for text in (*by_cosmic_ray(source), *by_mutmut(source)):
        try:
            compile(text, "<mutant>", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        if (dump := meaning(text)) not in seen:
            seen.add(dump)
            yield described(source, text)


def by_cosmic_ray(source: str) -> Iterator[str]:
    nodes = list(ast_nodes(get_ast(source)))
    for name in operator_names():
        operator = get_operator(name)
        if name not in TABLE["cosmic-ray"]:
            continue
        count = sum(len(list(operator().mutation_positions(node))) for node in nodes)
        for occurrence in range(count):
            yield mutate_code(source, operator(), occurrence)


def by_mutmut(source: str) -> Iterator[str]:
    tree = libcst.metadata.MetadataWrapper(libcst.parse_module(source))
    text = source.encode()
    for node, span in tree.resolve(libcst.metadata.ByteSpanPositionProvider).items():
        for kind, operator in mutators.mutation_operators:
            if isinstance(node, kind) and operator.__name__ in TABLE["mutmut"]:
                for changed in operator(node):
                    code = tree.module.code_for_node(changed).strip().encode()
                    rest = text[span.start + span.length :]
                    yield (text[: span.start] + code + rest).decode()


class Running(ast.NodeTransformer):
    """What is left of a module when it runs, here: no annotations, no docstrings."""

    def visit(self, node: Any) -> Any:
        for name in "annotation", "returns":
            if hasattr(node, name):
                setattr(node, name, None)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return ast.Pass()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return self.generic_visit(ast.Module(node.orelse, []))
        if isinstance(node, ast.If | ast.IfExp) and is_of_another_python(node.test):
            return self.generic_visit(ast.Module(node.orelse, []))
        if (
            isinstance(node, ast.Assign)
            and ast.unparse(node.targets) == "TYPE_CHECKING"
        ):
            return None
        if isinstance(node, ast.FunctionDef) and ast.unparse(node.body) == "...":
            return None
        return self.generic_visit(node)


def is_of_another_python(test: ast.expr) -> bool:
    # The whole condition: a longer one may name what only the module has.
    if ast.unparse(test) == "'free-threading' in sys.version":
        return "free-threading" not in sys.version
    since = re.fullmatch(r"sys\.version_info >=? \((\d+), (\d+)\)", ast.unparse(test))
    return since is not None and sys.version_info < tuple(map(int, since.groups()))


def meaning(source: str) -> str:
    return ast.dump(Running().visit(ast.parse(source)))


def described(source: str, text: str) -> Mutant:
    old, new = source.splitlines(), text.splitlines()
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    changes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    start, end = changes[0][1], changes[-1][2]
    before, after = old[start:end], new[changes[0][3] : changes[-1][4]]
    return Mutant(
        definition(source, start + 1), flat(before), flat(after), start + 1, text
    )


def flat(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)


def definition(source: str, line: int) -> str:
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            assert node.end_lineno
            if node.lineno <= line <= node.end_lineno:
                names.append(node.name)
    return ".".join(names) or "the module"


def innermost_statement(source: str, line: int) -> range:
    """Return the lines of a statement, up to the statements that it contains."""
    found = range(line, line + 1)
    for node in ast.walk(ast.parse(source)):  # from the outermost to the innermost
        if isinstance(node, ast.stmt | ast.excepthandler):
            first, last = node.lineno, node.end_lineno or node.lineno
            if body := getattr(node, "body", None):
                last = max(first, body[0].lineno - 1)
            if first <= line <= last:
                found = range(first, last + 1)
    return found
