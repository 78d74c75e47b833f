"""
What the bytecode of a class body says about the names that it binds.

A binding is *lost* if another one takes its place on every way through the body
and nothing reads or deletes the name in between.  That one rule leaves alone
whatever rebinds a name in order to go on with it: accessor chains, ``x =
wrap(x)``, ``+=``, loops, exclusive branches, a default with a condition after.
"""

from __future__ import annotations

from opcode import opmap

from ..._values import is_tuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import dis
    from collections.abc import Collection, Iterator
    from types import CodeType
    from typing import Any

    #: A name, the place of the binding that is lost, and of the one that wins.
    Duplicate = tuple[str, int, int]

CO_OPTIMIZED = 1  # a function's code has it, a class body's has not
NAME_READS = (
    "LOAD_CLASSDEREF",
    "LOAD_FROM_DICT_OR_DEREF",
    "LOAD_FROM_DICT_OR_GLOBALS",
    "LOAD_NAME",
)
#: Functions that hand out, or read, the names of the body that calls them.
NAMESPACES = ("eval", "exec", "locals", "vars")
#: What stands between such a name and what becomes of the result.
CALLING = ("CALL", "PRECALL", "PUSH_NULL")
ITEM_READS = ("BINARY_OP", "BINARY_SUBSCR", "COPY", "DELETE_SUBSCR")
#: From Python 3.15 on, None is one of the constants that need no place in the code.
CONSTANTS = ("LOAD_COMMON_CONSTANT", "LOAD_CONST")
#: What begins the names of instructions that leave a value of a built-in type.
LITERALS = (
    *CONSTANTS,
    "BUILD_",
    "COMPARE_OP",
    "CONTAINS_OP",
    "DICT_",
    "FORMAT_",
    "IS_OP",
    "LIST_",
    "LOAD_SMALL_INT",
    "SET_ADD",
    "SET_UPDATE",
)


class Body:
    """The instructions of one class body, and where control goes from each."""

    def __init__(self, code: CodeType) -> None:
        import dis

        listing = dis.Bytecode(code)
        self.code: CodeType = code
        self.steps = steps = list[dis.Instruction]()
        #: Where an instruction is in `steps`, by each offset that belongs to it.
        self.places: dict[int, int] = {}
        places = self.places
        starts: list[int] = []
        start: int | None = None
        for step in listing:
            start = step.offset if start is None else start
            if step.opname != "EXTENDED_ARG":  # which is part of the next
                steps.append(step)
                starts.append(start)
                start = None
        for at, end in enumerate([*starts[1:], len(code.co_code)]):
            places.update(dict.fromkeys(range(starts[at], end), at))
        self.ahead: list[list[int]] = []
        self.exits: set[int] = set()
        self._overwritten: dict[tuple[str, int], dict[int, bool]] = {}
        self._namespaces: set[int] | None = None
        for at, step in enumerate(steps):
            name = step.opname
            jumps = step.opcode in dis.hasjrel or step.opcode in dis.hasjabs
            ahead = [places[step.argval]] if jumps else []
            if name.startswith("RETURN_"):
                self.exits.add(at)
            elif not name.startswith(("RAISE", "RERAISE")) and (
                "_IF_" in name or not name.startswith("JUMP")
            ):
                ahead.append(at + 1)
            if "_JUMP_" in name and self._asks_for_checkers(at):
                ahead = ahead[:1] if name.endswith("FALSE") else ahead[1:]
            self.ahead.append(ahead)
        guarded: dict[int, int] = {}
        for entry in vars(listing)["exception_entries"]:
            begin: int = entry.start
            guarded[entry.target] = min(begin, guarded.get(entry.target, begin))
        for target, first in guarded.items():
            # A handler is another branch: it runs instead of what it guards.
            self.ahead[places[first]].append(places[target])

    def _asks_for_checkers(self, at: int) -> bool:
        """Tell whether a jump depends on ``TYPE_CHECKING``, which is false."""
        before = reversed(self.steps[:at])
        asked = next(step for step in before if step.opname != "TO_BOOL")
        return bool(asked.argval == "TYPE_CHECKING")

    # -- what an instruction does to a name -----------------------------------

    def bindings(self, name: str) -> list[int]:
        """The places that bind `name`, by a statement or through ``locals()``."""
        return [
            at
            for at, step in enumerate(self.steps)
            if (step.opname == "STORE_NAME" and step.argval == name)
            or (
                step.opname == "STORE_SUBSCR"
                and self._keyed(at, name)
                and self._own(at)
            )
        ]

    def _keyed(self, at: int, name: str) -> bool:
        before = self.steps[at - 1]
        return before.opname == "LOAD_CONST" and before.argval == name

    def _own(self, at: int) -> bool:
        return any(self._past_call(named) == at - 1 for named in self.namespaces)

    def _uses(self, name: str) -> set[int]:
        named = {at for at, step in enumerate(self.steps) if reads(step, name)}
        return named | {at for at in self.namespaces if self._asks_for(at, name)}

    @property
    def namespaces(self) -> set[int]:
        """The places that name the namespace itself, or what hands it out."""
        if self._namespaces is None:
            code = self.code  # an `exec_body` is given the namespace
            names = {*NAMESPACES, *code.co_varnames[: code.co_argcount]}
            self._namespaces = self._loads(names)
            kept = [self.steps[self._past_call(at)] for at in self._namespaces]
            names = {step.argval for step in kept if step.opname == "STORE_NAME"}
            self._namespaces |= self._loads(names)
        return self._namespaces

    def _loads(self, names: set[str]) -> set[int]:
        return {
            at
            for at, step in enumerate(self.steps)
            if step.argval == "f_locals"
            or (step.opname.startswith("LOAD_") and not names.isdisjoint(named(step)))
        }

    def _past_call(self, at: int) -> int:
        return next(
            after
            for after in range(at + 1, len(self.steps))
            if self.steps[after].opname not in CALLING
        )

    def _asks_for(self, at: int, name: str) -> bool:
        """Tell whether the namespace that is named at a place may be asked for `name`."""
        asked = self._past_call(at)
        following = self.steps[asked : asked + 2]
        key, then = following[0], following[-1]
        called = self.steps[asked - 1].opname == "CALL"
        if self.steps[at].argval == "vars" and key.opname in NAME_READS and not called:
            return False  # it is asked about something else
        if then.opname == "STORE_SUBSCR" or key.argval == "__setitem__":
            return False
        keyed = then.opname in ITEM_READS
        if key.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            key, keyed = then, True
        known = keyed and key.opname == "LOAD_CONST" and isinstance(key.argval, str)
        return not known or key.argval == name

    def _deletions(self, name: str) -> set[int]:
        return {
            at
            for at, step in enumerate(self.steps)
            if step.opname == "DELETE_NAME" and step.argval == name
        }

    def _reachable(self, start: int, stops: Collection[int]) -> set[int]:
        found: set[int] = set()
        todo = list(self.ahead[start])
        while todo:
            at = todo.pop()
            if at not in found:
                found.add(at)
                if at not in stops:
                    todo += self.ahead[at]
        return found

    # -- what becomes of a binding --------------------------------------------

    def overwritten(self, name: str, second: int) -> dict[int, bool]:
        """
        The bindings of `name` that the one at `second` may take the place of.

        True for those that are lost by it.
        """
        if (name, second) not in self._overwritten:  # a loop asks at every turn
            self._overwritten[name, second] = self._find_overwritten(name, second)
        return self._overwritten[name, second]

    def _find_overwritten(self, name: str, second: int) -> dict[int, bool]:
        deletions = self._deletions(name)
        if second + 1 in deletions and self.is_none(second):
            return {}  # the interpreter leaves `except E as name`
        bindings = self.bindings(name)
        uses = self._uses(name) | deletions
        stops = {*bindings, *deletions, second}
        copies = self.copies(second)
        found: dict[int, bool] = {}
        for first in bindings:
            between = self._reachable(first, stops)
            if second in between and first not in copies:
                kept = self._reachable(first, copies)
                found[first] = (
                    uses.isdisjoint(between)
                    and first not in kept
                    and self.exits.isdisjoint(kept)
                )
        return found

    def copies(self, at: int) -> set[int]:
        """The places of one statement, which the compiler may have repeated."""
        step = self.steps[at]
        return {at} | {
            other
            for other, twin in enumerate(self.steps)
            if twin.positions == step.positions
            and (twin.opname, twin.argval) == (step.opname, step.argval)
        }

    def duplicates(self) -> Iterator[Duplicate]:
        """Every binding that is lost whichever way control goes, with its winner."""
        seen: set[str] = set()
        told: set[int] = set()
        run = self._reachable(0, ())
        for second, step in enumerate(self.steps):
            if step.opname != "STORE_NAME" or second in told or second not in run:
                continue
            if step.argval not in seen:
                seen.add(step.argval)
                continue
            for first, lost in self.overwritten(step.argval, second).items():
                avoided = self._reachable(0, self.copies(first))
                if lost and avoided.isdisjoint(self.copies(second)):
                    told |= self.copies(second)
                    yield step.argval, first, second

    def line(self, at: int) -> int | None:
        positions = self.steps[at].positions
        return positions.lineno if positions else None

    def _statement(self, at: int) -> Iterator[dis.Instruction]:
        """The instructions of the statement that binds at a place, the last one first."""
        for step in reversed(self.steps[:at]):
            if step.opname.startswith(("STORE_", "DELETE_", "POP_TOP")):
                return
            yield step

    def definition(self, at: int) -> CodeType | None:
        """The code of the ``def`` or ``class`` statement that binds at a place."""
        name = self.steps[at].argval
        for step in self._statement(at):
            inner = step.argval.co_consts if is_generic_scope(step.argval) else ()
            for code in (step.argval, *inner):
                # A private name is stored under a longer one.
                if hasattr(code, "co_code") and str(name).endswith(code.co_name):
                    found: CodeType = code
                    return found
        return None

    def is_decorated(self, at: int, decorator: str) -> bool:
        """Tell whether the statement that binds at a place names a decorator."""
        return any(
            step.argval == decorator
            and step.opname.startswith("LOAD_")
            and step.opname not in CONSTANTS
            for step in self._statement(at)
        )

    def is_literal(self, at: int) -> bool:
        before = self.steps[at - 1]
        # `__name__` is what the interpreter begins with, for `__module__`.
        return before.opname.startswith(LITERALS) or before.argval == "__name__"

    def is_none(self, at: int) -> bool:
        before = self.steps[at - 1]
        return before.opname in CONSTANTS and before.argval is None

    def imports_more(self, first: int, second: int) -> bool:
        """Tell ``import a.b`` and then ``import a.c``, which are both for what they load."""
        before = self.steps[first - 1], self.steps[second - 1]
        modules = {step.argval for step in before if step.opname == "IMPORT_NAME"}
        package = self.steps[first].argval
        return len(modules) == 2 and all(
            module.partition(".")[0] == package for module in modules
        )

    def temporaries(self) -> set[str]:
        """The names that the body itself lists under ``_ignore_``, as Enum has it."""
        names: set[str] = set()
        for store in self.bindings("_ignore_"):
            at = store
            while self.is_literal(at):
                at -= 1
                given = self.steps[at].argval
                if isinstance(given, str):
                    names.update(given.replace(",", " ").split())
                elif is_tuple(given):
                    names.update(given)
        return names


def named(step: dis.Instruction) -> tuple[Any, ...]:
    """What an instruction names; one of Python 3.13 may load two variables at once."""
    return step.argval if is_tuple(step.argval) else (step.argval,)


def reads(step: dis.Instruction, name: str) -> bool:
    """Tell whether an instruction, or the generic scope that it enters, reads a name."""
    if step.opname in NAME_READS:
        return bool(step.argval == name)
    if not is_generic_scope(step.argval):
        return False
    import dis

    return any(reads(inner, name) for inner in dis.get_instructions(step.argval))


def is_generic_scope(value: object) -> bool:
    """Tell the code in which PEP 695 makes a generic class or function, at once."""
    return str(getattr(value, "co_name", "")).startswith("<generic parameters of")


RECENT: dict[int, Body] = {}


def body_of(code: CodeType, /) -> Body:
    """Return the analysis of a body that is running, and keep it with its code."""
    body = RECENT.get(id(code))
    if body is None:
        if len(RECENT) >= 16:
            RECENT.clear()
        body = RECENT[id(code)] = Body(code)
    return body


def binds_twice(code: CodeType, /) -> bool:
    """Tell, at little cost, whether a body may bind a name twice."""
    ops, names = code.co_code[::2], code.co_code[1::2]  # of which 256 look different
    stores = [names[at] for at, op in enumerate(ops) if op == STORE_NAME]
    return len(stores) != len(set(stores))


STORE_NAME = opmap["STORE_NAME"]
