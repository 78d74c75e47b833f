"""How the classes of a hierarchy come to stand in its registry."""

from __future__ import annotations

import os

from ..._classes import inherited
from ..._stages import Pattern
from ..._values import NAME_OF, is_identifier, kind_of, plain_text, shorten
from ...errors import ClassDefinitionError, DuplicateKeyError
from ._catalogue import Rules
from ._entries import ABSENT, Definition
from ._mapping import NOTHING, ClassRegistry, checked_names
from ._plugins import PluginCatalogue
from ._skeleton import is_skeleton

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypeAlias

    from ..._stages import Namespace, Options

    Place: TypeAlias = tuple[PluginCatalogue, str | None, str]

MEMBER_WORDS = ("key", "aliases", "register")
ROOT_WORDS = {
    "registry_key": "key",
    "registry_skip": "skip",
    "registry_on_duplicate": "on_duplicate",
    "registry_case_insensitive": "case_insensitive",
    "registry_entry_points": "entry_points",
    "registry_weak": "weak",
    "registry_keyword": "keyword",
}


class Membership:
    """What a class has to do with registries: the state that is kept on it."""

    # Slots: no instance attribute is quicker to read or to set, and CPython caches none
    # that has a default on the class behind it.
    __slots__ = (
        "abstract",
        "aliases",
        "at_hand",
        "catalogues",
        "copied",
        "is_skeleton",
        "key",
        "own",
        "owner",
        "places",
        "register",
        "token",
        "view",
    )

    def __init__(self, catalogues: tuple[PluginCatalogue, ...]) -> None:
        self.catalogues: tuple[PluginCatalogue, ...] = catalogues
        #: The registry of which the class is the root, and how its users hold it.
        self.own: PluginCatalogue | None = None
        self.view: ClassRegistry[Any] | None = None
        #: Where ``[]`` on the class succeeds in one step.
        self.at_hand: Mapping[str, Any] = NOTHING

        # What the class statement says.
        self.key: str | None = None
        self.aliases: tuple[str, ...] = ()
        self.register: bool | None = None
        self.is_skeleton = False
        self.copied: type | None = None

        # What the finished class adds.
        self.owner: type | None = None
        self.abstract: list[str] | None = None
        #: Each catalogue with the key there, or else the reason why there is none.
        self.places: Sequence[Place] = ()
        self.token: bytes | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        if self.token is None:
            self.token = os.urandom(16)
        rules = None if self.own is None else self.own.rules.given()
        keys = [
            key if holds(catalogue, key, self.owner) else None
            for catalogue, key, _ in self.places
        ]
        said = self.key, self.aliases, self.register
        return revive, (self.owner, self.token, rules, keys, said)


class ClassRegistration(Pattern):
    name = "registry"
    keywords: tuple[str, ...] = (*MEMBER_WORDS, *ROOT_WORDS)
    renamers: Mapping[str, str] = {"key": "registry_keyword"}

    def renamed(
        self, bases: tuple[type, ...], kwargs: Mapping[str, Any], /
    ) -> Mapping[str, str]:
        given = kwargs.get("registry_keyword")
        if (word := plain_text(given)) is not None:
            words = {word}
        else:
            words = {found.rules.keyword for found in catalogues_of(bases)}
        return dict.fromkeys(words, "key") if words != {"key"} else {}

    def read(self, name: str, options: Options, /) -> Options:
        if "aliases" not in options:
            return options
        try:
            return {**options, "aliases": checked_names(options["aliases"])}
        except TypeError as error:
            raise ClassDefinitionError(f"class {name!r}: {error}") from None

    def before(
        self,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        options: Options,
        /,
    ) -> Membership:
        catalogues = catalogues_of(bases)
        state = Membership(catalogues)
        if options:
            heed(state, name, options)
        if not catalogues or (options and not ROOT_WORDS.keys().isdisjoint(options)):
            found(state, name, options)
        elif not options and is_skeleton(name, namespace):
            state.is_skeleton = True
        elif state.register is not False:
            refuse_early(state, name, bases, namespace)
        return state

    def rebuilt(
        self,
        state: Membership,
        name: str,
        bases: tuple[type, ...],
        namespace: Namespace,
        /,
    ) -> Membership:
        first, owner = state, state.owner
        state = Membership(catalogues_of(bases))
        state.key, state.aliases = first.key, first.aliases
        state.register, state.copied = first.register, owner
        if first.own is not None and owner is not None:
            if name == owner.__name__:
                state.own = first.own
            else:
                state.own = PluginCatalogue(name, first.own.rules)
            state.catalogues = (state.own,)
        elif not state.catalogues:
            found(state, name, {})
        return state

    def check(self, cls: type, state: Membership, /) -> None:
        state.owner = cls
        if state.is_skeleton:
            return
        places: list[Place] = []
        for catalogue in state.catalogues:
            key, reason = place(cls, state, catalogue.rules)
            if key is not None and not catalogue.is_free(key, state.aliases):
                new = Definition.of(cls, state.copied)
                catalogue.refuse_clash(all_names(catalogue, key, state), new)
            places.append((catalogue, key, reason))
        state.places = places

    def created(self, cls: type, state: Membership, /) -> None:
        if state.own is not None:
            settle(cls, state, state.own)
        for catalogue, key, reason in state.places:
            if key is None:
                if reason:
                    catalogue.remember_skip(cls, reason)
            elif state.aliases or not catalogue.add_free(key, cls):
                new = Definition.of(cls, state.copied)
                try:
                    catalogue.add(key, state.aliases, new)
                except DuplicateKeyError:  # somebody was quicker since `check`
                    withdraw(cls, state)
                    raise
        state.copied = None


REGISTRY: Pattern = ClassRegistration()
SLOT = REGISTRY.slot


def catalogues_of(bases: tuple[type, ...]) -> tuple[PluginCatalogue, ...]:
    """The registries in which a class with these bases is to stand."""
    found: tuple[PluginCatalogue, ...] = ()
    for base in bases:
        # Python has yet to refuse what is no class.
        state = getattr(base, "__dict__", {}).get(SLOT) or inherited(SLOT, (base,))
        if state is not None and state.catalogues is not found:
            found = (*found, *state.catalogues) if found else state.catalogues
    return found


def all_names(catalogue: PluginCatalogue, key: str, state: Membership) -> list[str]:
    return [catalogue.fold(name) for name in (key, *state.aliases)]


# -- what the class statement says --------------------------------------------


def heed(state: Membership, name: str, options: Options) -> None:
    given, register = options.get("key"), options.get("register")
    aliases = options.get("aliases", ())
    key = plain_text(given)
    if given is not None and key is None:
        raise ClassDefinitionError(
            f"class {name!r}: keys are strings, and {word_for_key(state, options)}="
            f"{shorten(given)} is of type {kind_of(given)}"
        )
    if register is not None and register is not True and register is not False:
        raise ClassDefinitionError(
            f"class {name!r}: register takes True or False, not {shorten(register)}"
        )
    if register is False and (key is not None or aliases):
        raise ClassDefinitionError(
            f"class {name!r}: register=False keeps it out of the registry, and"
            f" {word_for_key(state, options)}= or aliases= would name it there; leave"
            " out one or the other"
        )
    state.key, state.aliases, state.register = key, aliases, register


def word_for_key(state: Membership, options: Options) -> str:
    """Return what class statements call the key here."""
    words = [catalogue.rules.keyword for catalogue in state.catalogues]
    return plain_text(options.get("registry_keyword")) or (*words, "key")[0]


def found(state: Membership, name: str, options: Options) -> None:
    """Make the class a root: of its bases' registries it takes over the options."""
    given: dict[str, Any] = {}
    for catalogue in state.catalogues[:1]:
        given = catalogue.rules.given()
        given["entry_points"] = None
    given |= {
        rule: options[word] for word, rule in ROOT_WORDS.items() if word in options
    }
    try:
        rules = Rules(**given)
    except (TypeError, ValueError) as error:
        raise ClassDefinitionError(f"class {name!r}: registry_{error}") from None
    if not is_identifier(rules.keyword):
        raise ClassDefinitionError(
            f"class {name!r}: registry_keyword takes a word that a class statement can"
            f" say, not {shorten(rules.keyword)}"
        )
    if rules.keyword != "key" and rules.keyword in (*REGISTRY.keywords, "metaclass"):
        raise ClassDefinitionError(
            f"class {name!r}: registry_keyword={rules.keyword!r} means something"
            " already; take another word"
        )
    if state.aliases and state.key is None and not state.register:
        raise ClassDefinitionError(
            f"class {name!r}: a root stands in its own registry if it says"
            f" {rules.keyword}=, and aliases= alone does not"
        )
    state.own = PluginCatalogue(name, rules)
    state.catalogues = (state.own,)


def refuse_early(
    state: Membership, name: str, bases: tuple[type, ...], namespace: Namespace
) -> None:
    """Refuse a clash before the class is made, where the key is known by then."""
    for catalogue in state.catalogues:
        key = state.key
        if key is None:
            if catalogue.rules.key is not None:
                continue
            key = name
        if not catalogue.is_free(key, state.aliases) and (
            key is state.key
            or not (catalogue.rules.skip or may_be_abstract(bases, namespace))
        ):
            module = plain_text(namespace.get("__module__"))
            qualname = plain_text(namespace.get("__qualname__", name))
            new = Definition(ABSENT, module, qualname)
            catalogue.refuse_clash(all_names(catalogue, key, state), new)


# -- what the finished class adds ---------------------------------------------


def place(cls: type, state: Membership, rules: Rules) -> tuple[str | None, str]:
    """Decide on the key of a class, or why it gets none."""
    if state.key is not None:
        return state.key, ""
    if state.register is False:
        return None, "register=False"
    if state.register is None:
        if state.own is not None:
            return None, ""
        state.abstract = abstract = abstract_names(cls)
        if abstract:
            return None, f"abstract: {', '.join(abstract[:5])}"
        if rules.skip is not None and rules.skip(cls):
            return None, f"registry_skip={shorten(rules.skip)}"
    if rules.key is None:
        return NAME_OF(cls), ""
    given = rules.key(cls)
    if (key := plain_text(given)) is None:
        raise ClassDefinitionError(
            f"class {cls.__name__!r}: keys are strings, and registry_key"
            f" ({shorten(rules.key)}) gave {shorten(given)}, of type"
            f" {kind_of(given)}"
        )
    return key, ""


def abstract_names(cls: type) -> list[str]:
    """
    List the abstract methods of a class, whatever its metaclass.

    ``__abstractmethods__`` is set after ``__init_subclass__``, and by ABCMeta only.
    """
    names: list[str] = []
    for name, member in cls.__dict__.copy().items():
        if getattr(member, "__isabstractmethod__", False):
            names.append(name)
    for base in cls.__bases__:
        for name in abstract_below(base):
            member = getattr(cls, name, None)
            if name not in names and getattr(member, "__isabstractmethod__", False):
                names.append(name)
    return names


def abstract_below(base: type) -> list[str]:
    state = base.__dict__.get(SLOT)
    if state is None:
        return [] if base is object else abstract_names(base)
    if state.abstract is None:
        state.abstract = abstract_names(base)
    names: list[str] = state.abstract
    return names


def may_be_abstract(bases: tuple[type, ...], namespace: Namespace) -> bool:
    return any(
        getattr(member, "__isabstractmethod__", False)
        for _, member in list(namespace.items())
    ) or any(name not in namespace for base in bases for name in abstract_below(base))


def settle(cls: type, state: Membership, own: PluginCatalogue) -> None:
    """Tie a registry to its root."""
    own.owner = cls
    state.view = ClassRegistry(own)
    kind: type = type(cls)
    # A metaclass with a `[]` of its own, as Enum's, is always asked.
    if sum("__getitem__" in vars(meta) for meta in kind.__mro__) < 2:
        state.at_hand = own.at_hand


def withdraw(cls: type, state: Membership) -> None:
    """Take a refused class out of the catalogues in which it already stands."""
    for catalogue, key, _ in state.places:
        entry = None if key is None else catalogue.entries.get(catalogue.fold(key))
        if entry is not None and entry.value is cls:
            catalogue.drop(entry)


# -- asking -------------------------------------------------------------------


def registry_below(cls: type) -> ClassRegistry[Any] | None:
    """The part of a registry that descends from a class which is no root."""
    state = inherited(SLOT, (cls,))
    return None if state is None else ClassRegistry(state.catalogues[0], below=cls)


# -- pickling by value --------------------------------------------------------


def holds(catalogue: PluginCatalogue, key: str | None, cls: type | None) -> bool:
    entry = None if key is None else catalogue.entries.get(catalogue.fold(key))
    return entry is not None and entry.value is cls


def revive(
    cls: type,
    token: bytes,
    rules: dict[str, Any] | None,
    keys: list[str | None],
    said: tuple[str | None, tuple[str, ...], bool | None],
) -> Membership:
    """
    Give a class that was pickled by value its place in the registry of its root.

    A root's registry arrives empty; each member brings itself.  In the process
    that pickled it, the class is there already, and is left alone.  What its class
    statement `said` is asked again when slots build the class anew.
    """
    state: Membership = vars(cls)[SLOT]
    if state.token == token:
        return state
    state.token = token
    if rules is not None:
        if state.own is None:
            state.own = PluginCatalogue(cls, Rules(**rules))
            state.catalogues = (state.own,)
        state.own.rules = Rules(**rules)
        state.own.listed = state.own.rules.entry_points is None
        settle(cls, state, state.own)
    state.key, state.aliases, state.register = said
    places = zip(state.catalogues, keys, strict=False)
    state.places = [(catalogue, key, "") for catalogue, key in places]
    for catalogue, key, _ in state.places:
        if key is not None:
            try:
                catalogue.add(key, state.aliases, Definition.of(cls))
            except DuplicateKeyError:
                catalogue.remember_skip(cls, f"unpickled, and {key!r} was taken")
    return state
