"""SLY: the body runs in a mapping that gives a meaning to binding a name twice."""

from __future__ import annotations

from typing import Any

import pytest

sly = pytest.importorskip("sly", reason="SLY is not installed")

from .laws import FrameworkLaws


class Collected(FrameworkLaws):
    """A lexer or a parser without a rule is refused: bases have rules as well."""

    def root(self, *bases: type, **keywords: Any) -> Any:
        return self.define(*bases, **keywords)

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        return None


class TestLexer(Collected):
    base = sly.Lexer

    def define(self, *bases: type, **keywords: Any) -> Any:
        global Words
        exec(  # the names are the mapping's, not Python's
            """class Words(*bases, **keywords):
                tokens = {NAME, NUMBER, IF}
                ignore = " "
                NAME = r"[a-z]+"
                NAME["if"] = IF

                @_(r"[0-9]+")
                def NUMBER(self, token):
                    token.value = int(token.value)
                    return token
            """,
            scope := {"bases": bases, "keywords": keywords, "__name__": __name__},
        )
        Words = scope["Words"]
        return Words

    def use(self, instance: Any) -> None:
        tokens = [(token.type, token.value) for token in instance.tokenize("if x 12")]
        assert tokens == [("IF", "if"), ("NAME", "x"), ("NUMBER", 12)]


class Tokens(sly.Lexer):
    tokens = {"NUMBER", "PLUS"}
    ignore = " "
    NUMBER = r"[0-9]+"
    PLUS = r"\+"


class TestParser(Collected):
    base = sly.Parser

    def define(self, *bases: type, **keywords: Any) -> Any:
        global Sums
        exec(
            """class Sums(*bases, **keywords):
                tokens = Tokens.tokens

                @_("expression PLUS NUMBER")
                def expression(self, parsed):
                    return parsed.expression + int(parsed.NUMBER)

                @_("NUMBER")
                def expression(self, parsed):
                    return int(parsed.NUMBER)
            """,
            scope := {
                "bases": bases,
                "keywords": keywords,
                "Tokens": Tokens,
                "__name__": __name__,
            },
        )
        Sums = scope["Sums"]
        return Sums

    def use(self, instance: Any) -> None:
        assert instance.parse(Tokens().tokenize("1 + 2 + 3")) == 6
