"""
The doors of every pattern, as data: where each acts, and where one is weaker.

The documentation prints this table, ``python -m metapatterns`` prints it, and the
tests hold every door to every law of it, except where ``ASYMMETRIES`` says that
Python does not let the door keep one; there the tests demand that it fails.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

METACLASS, MIXIN, DECORATOR = KINDS = ("metaclass", "mixin", "decorator")


class Row:
    """One pattern through one door."""

    __slots__ = ("door", "inherited", "keywords", "limits", "name", "pattern", "stage")

    def __init__(
        self,
        pattern: str,
        door: str,
        name: str,
        *,
        stage: str,
        keywords: tuple[str, ...] = (),
        inherited: str,
        limits: str = "",
    ) -> None:
        self.pattern: str = pattern
        self.door: str = door
        self.name: str = name
        self.stage: str = stage
        self.keywords: tuple[str, ...] = keywords
        self.inherited: str = inherited
        self.limits: str = limits


FINAL = ("final",)
LOGGER = ("logger_name", "logger_attribute", "logger_factory")
NO_DUPLICATE = ("duplicates", "duplicates_allow")
REGISTRY = (
    "key",
    "aliases",
    "register",
    "registry_key",
    "registry_skip",
    "registry_on_duplicate",
    "registry_case_insensitive",
    "registry_entry_points",
    "registry_weak",
    "registry_keyword",
)
SINGLETON = ("singleton_args",)
VALIDATOR = ("frozen", "kw_only", "order", "slots", "strict", "validator_checker")

ROWS = (
    Row(
        "final",
        METACLASS,
        "FinalMeta",
        stage="prepare, before",
        keywords=FINAL,
        inherited="methods always; final=False no, final='methods' yes",
    ),
    Row(
        "final",
        MIXIN,
        "FinalMixin",
        stage="__init_subclass__",
        keywords=FINAL,
        inherited="as the metaclass",
        limits="the refused class has existed, and hooks have run",
    ),
    Row(
        "final",
        DECORATOR,
        "final",
        stage="after the class; __init_subclass__ of the refused one",
        inherited="a final class has no subclasses",
        limits="takes no options; checks methods of this class only",
    ),
    Row(
        "logger",
        METACLASS,
        "LoggerMeta",
        stage="check",
        keywords=LOGGER,
        inherited="yes, a logger for each class",
    ),
    Row(
        "logger",
        MIXIN,
        "LoggerMixin",
        stage="__init_subclass__",
        keywords=LOGGER,
        inherited="yes, a logger for each class",
    ),
    Row(
        "logger",
        DECORATOR,
        "logged",
        stage="after the class",
        inherited="yes, a logger for each class",
        limits="options are arguments and hold for the subclasses, too",
    ),
    Row(
        "no_duplicate",
        METACLASS,
        "NoDuplicateMeta",
        stage="prepare, release",
        keywords=NO_DUPLICATE,
        inherited="yes, options too",
    ),
    Row(
        "no_duplicate",
        MIXIN,
        "NoDuplicateMixin",
        stage="__init_subclass__, from the body's code",
        keywords=NO_DUPLICATE,
        inherited="yes, options too",
        limits="the body has run; writes that its code does not name are unseen",
    ),
    Row(
        "no_duplicate",
        DECORATOR,
        "no_duplicates",
        stage="after the class, from the body's code",
        inherited="no",
        limits="as the mixin; this class only",
    ),
    Row(
        "registry",
        METACLASS,
        "RegistryMeta",
        stage="before, check, created",
        keywords=REGISTRY,
        inherited="yes: subclasses are the members",
    ),
    Row(
        "registry",
        MIXIN,
        "RegistryMixin",
        stage="__init_subclass__",
        keywords=REGISTRY,
        inherited="yes: subclasses are the members",
        limits="no [], in, len() or iteration on the class: use registry_of()",
    ),
    Row(
        "registry",
        DECORATOR,
        "Registry.register",
        stage="after the class",
        inherited="no, each member is named",
        limits="options belong to the Registry object",
    ),
    Row(
        "singleton",
        METACLASS,
        "SingletonMeta",
        stage="call",
        keywords=SINGLETON,
        inherited="yes, an instance for each class",
    ),
    Row(
        "singleton",
        MIXIN,
        "SingletonMixin",
        stage="call, through __new__ and __init__",
        keywords=SINGLETON,
        inherited="yes, an instance for each class",
        limits="not on an enum; a call takes ten times as long and more",
    ),
    Row(
        "singleton",
        DECORATOR,
        "singleton",
        stage="call, through __new__ and __init__",
        inherited="yes, an instance for each class",
        limits="options are arguments and hold for the subclasses, too; as slow as the"
        " mixin",
    ),
    Row(
        "validator",
        METACLASS,
        "ValidatorMeta",
        stage="before, check, created",
        keywords=VALIDATOR,
        inherited="yes, options too",
    ),
    Row(
        "validator",
        MIXIN,
        "ValidatorMixin",
        stage="__init_subclass__",
        keywords=VALIDATOR,
        inherited="yes, options too",
        limits="no slots=True; assignment to the class is unchecked",
    ),
    Row(
        "validator",
        DECORATOR,
        "validated",
        stage="after the class",
        inherited="no, inherited fields stay checked",
        limits="as the mixin; this class only",
    ),
)

PATTERNS = tuple(dict.fromkeys(row.pattern for row in ROWS))
#: Those whose rule is about the class statement, which can break it.
REFUSING = ("final", "no_duplicate", "registry", "validator")

LAWS = {
    "identity": "Name, qualname, module, docstring, annotations, source and pickling"
    " by reference are unchanged.",
    "foreign-keywords": "Class keywords that are not the pattern's reach the next hook;"
    " one that nobody takes is a TypeError.",
    "keyword-clash": "A class keyword that the pattern and a sibling hook both take is"
    " a KeywordClashError that names both.",
    "keyword-taken": "A sibling base that takes the pattern's keyword is noticed even"
    " if it is listed first.",
    "positional-only": "Class keywords may be called name, cls, self, bases, namespace"
    " or mcls.",
    "options-inherited": "Options are inherited, and a subclass can override them.",
    "hooks-once": "Every sibling hook runs as often, and in the order, as without the"
    " pattern.",
    "same-error": "A broken rule is the same error with the same attributes through"
    " every door; it pickles and copies.",
    "bad-option": "A bad option is a ClassDefinitionError that names the class and the"
    " option.",
    "atomic": "A refused class leaves nothing behind: no registration, no instance,"
    " nothing in __subclasses__().",
    "atomic-across": "One pattern's refusal leaves nothing in another pattern.",
    "refused-early": "A refused class never exists: none of its hooks has run.",
    "unsilenced": "A sibling base whose __init_subclass__ ends the chain does not"
    " silence the pattern.",
    "inherited": "The pattern holds for subclasses.",
    "rebuild": "The pattern survives @dataclass(slots=True) and attrs, which build the"
    " class a second time.",
    "rebuild-above": "What builds the class a second time may stand above the"
    " pattern's decorator.",
    "reload": "A module with the class reloads; the later class replaces the earlier.",
    "signature": "Asked for its signature, the class shows the constructor's"
    " parameters.",
    "public-names": "No public name is added to the class (but the logger).",
    "slots": "A class with __slots__ stays one: its instances get no __dict__.",
    "abc": "Works with abc.ABC: abstract methods still count.",
    "generic": "Works with typing.Generic: the class still subscripts.",
    "protocol": "Can be put on a typing.Protocol, whose checks stay as they were.",
    "enum": "Can be put on an enum, whose members and lookups stay as they were.",
    "any-metaclass": "Can be put on a class that has another metaclass, without"
    " combining metaclasses.",
    "threads": "One class statement run in many threads makes as many sound classes.",
    "collected": "A dropped class is garbage-collected.",
}

WEAKER = {
    "any-metaclass": (
        "CPython wants one metaclass; combine_metaclasses writes it",
        [(pattern, METACLASS) for pattern in PATTERNS],
    ),
    "keyword-taken": (
        "CPython asks the base that is listed first; a mixin sees what that one left",
        [(pattern, MIXIN) for pattern in PATTERNS],
    ),
    "protocol": (
        "typing lets a protocol have protocols as bases only",
        [(pattern, MIXIN) for pattern in PATTERNS],
    ),
    "enum": (
        "Enum takes a base that defines __new__ for the data type of its members",
        [("singleton", MIXIN)],
    ),
    "unsilenced": (
        "CPython calls one __init_subclass__; what that one skips never runs",
        [
            ("final", MIXIN),
            ("final", DECORATOR),
            ("no_duplicate", MIXIN),
            ("registry", MIXIN),
            ("validator", MIXIN),
        ],
    ),
    "refused-early": (
        "CPython tells the door when the class exists and its hooks have run",
        [
            *((pattern, MIXIN) for pattern in REFUSING),
            *((pattern, DECORATOR) for pattern in REFUSING),
            ("validator", METACLASS),  # annotations may name the class itself
        ],
    ),
    "atomic-across": (
        "Python applies decorators one by one; those below have acted already",
        [(pattern, DECORATOR) for pattern in REFUSING if pattern != "final"],
    ),
    "inherited": (
        "Python hands a decorator the class below it, and no other",
        [(pattern, DECORATOR) for pattern in REFUSING if pattern != "final"],
    ),
    "rebuild-above": (
        "Python does not tell a decorator that one above made another class",
        [("registry", DECORATOR)],
    ),
}

#: (pattern, door, law) -> why Python does not let this door keep this law.
ASYMMETRIES = {
    (pattern, door, law): reason
    for law, (reason, doors) in WEAKER.items()
    for pattern, door in doors
}


def as_markdown() -> str:
    """Return the table and the asymmetries as two Markdown tables."""
    import re

    doors = table(
        ("Pattern", "Door", "Name", "Stage", "Class keywords", "Inherited", "Limits"),
        (
            (
                row.pattern,
                row.door,
                f"`{row.name}`",
                row.stage,
                ", ".join(f"`{word}`" for word in row.keywords),
                row.inherited,
                row.limits,
            )
            for row in ROWS
        ),
    )
    weaker = table(
        ("Pattern", "Door", "Law that it cannot keep", "Why"),
        (
            (pattern, door, LAWS[law], reason)
            for (pattern, door, law), reason in sorted(ASYMMETRIES.items())
        ),
    )
    # As they stand, Markdown would take the underscores for emphasis.
    return re.sub(r"__\w+__", r"`\g<0>`", f"{doors}\n\n{weaker}\n")


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (header, ("---",) * len(header), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_text(width: int = 100) -> str:
    """Return the table for a terminal: no line is longer than `width`."""
    return "\n\n".join("\n".join(describe(pattern, width)) for pattern in PATTERNS)


def describe(pattern: str, width: int) -> Iterator[str]:
    import textwrap

    yield pattern
    for row in ROWS:
        if row.pattern == pattern:
            yield f"  {row.door:<10}  {row.name}"
            facts = {
                "stage": row.stage,
                "keywords": ", ".join(row.keywords),
                "inherited": row.inherited,
                "limits": row.limits,
            }
            for heading, fact in facts.items():
                if fact:
                    yield textwrap.fill(
                        f"{heading}: {fact}",
                        width,
                        initial_indent=" " * 14,
                        subsequent_indent=" " * 16,
                    )
