"""The entries of one registry, and the rules for adding one."""

from __future__ import annotations

import sys
from _thread import RLock, get_ident
from _weakref import ref

from ..._forks import free, survive
from ..._values import chosen, plain_text, shorten, told
from ...errors import DuplicateKeyError, describe
from ._entries import ABSENT, Definition, Entry, Promise, WeakEntry
from ._keys import inherited_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


class Rules:
    """The options of a registry."""

    __slots__ = (
        "case_insensitive",
        "entry_points",
        "key",
        "keyword",
        "on_duplicate",
        "skip",
        "weak",
    )

    def __init__(
        self,
        *,
        key: Callable[[Any], object] | None = None,
        skip: Callable[[Any], object] | None = None,
        on_duplicate: str = "error",
        case_insensitive: bool = False,
        entry_points: str | None = None,
        weak: bool = False,
        keyword: str = "key",
    ) -> None:
        for option, rule in (("key", key), ("skip", skip)):
            if rule is not None and not callable(rule):
                raise TypeError(f"{option} takes a function, not {shorten(rule)}")
        for option, text in (("entry_points", entry_points), ("keyword", keyword)):
            is_left_out = text is None and option == "entry_points"
            if not is_left_out and not plain_text(text):
                raise TypeError(f"{option} takes a name, not {shorten(text)}")
        for option, flag in (("case_insensitive", case_insensitive), ("weak", weak)):
            if flag is not True and flag is not False:
                raise TypeError(f"{option} takes True or False, not {shorten(flag)}")
        if chosen(on_duplicate, ("error", "replace")) is None:
            raise ValueError(
                f"on_duplicate takes 'error' or 'replace', not {shorten(on_duplicate)}"
            )
        self.key: Callable[[Any], object] | None = key
        self.skip: Callable[[Any], object] | None = skip
        self.on_duplicate: str = str.__str__(on_duplicate)
        self.case_insensitive: bool = case_insensitive
        self.entry_points: str | None = plain_text(entry_points)
        self.weak: bool = weak
        self.keyword: str = str.__str__(keyword)

    def given(self) -> dict[str, Any]:
        return {option: getattr(self, option) for option in self.__slots__}


class Catalogue:
    """
    The entries of one registry.

    Readers take no lock: each step that a writer takes leaves the dictionaries
    usable, and copying a dictionary is atomic with and without the GIL.
    """

    def __init__(self, owner: type | str, rules: Rules) -> None:
        self.owner: type | str = owner
        self.rules: Rules = rules
        self.entries: dict[str, Entry] = {}
        self.key_of_alias: dict[str, str] = {}
        #: Every object by each of its names, where one step finds it.
        self.at_hand: dict[str, Any] = {}
        self.failures: dict[str, BaseException] = {}
        self.quarantined: dict[str, Entry] = {}
        self.skipped: dict[int, tuple[ref[type], str]] = {}
        #: Keys that are being loaded, with the thread that does.
        self.loading: set[tuple[str, int]] = set()
        # A class may be created by a destructor, in the midst of a change.
        self.lock: RLock = RLock()
        survive(self)

    def in_child(self) -> None:
        self.lock = free(self.lock)
        me = get_ident()
        self.loading = {mark for mark in self.loading if mark[1] == me}

    def __str__(self) -> str:
        if isinstance(self.owner, str):
            return self.owner
        return f"the registry of {describe(self.owner)!r}"

    def title(self, below: type | None) -> str:
        """Return what messages call the part of it that descends from a class."""
        return str(self) if below is None else f"{self} below {describe(below)!r}"

    def fold(self, key: str) -> str:
        key = str.__str__(key)  # a subclass of `str` may compare as it likes
        return key.casefold() if self.rules.case_insensitive else key

    def holder(self, name: str) -> Entry | None:
        """Return the entry that has a name, as its key or as an alias."""
        entry = self.entries.get(name)
        if entry is None and (key := self.key_of_alias.get(name)) is not None:
            entry = self.entries.get(key)
        return None if entry is None or entry.is_gone else entry

    def add(
        self,
        key: str,
        aliases: Iterable[str],
        new: Definition,
        *,
        replace: bool = False,
        promise: Promise | None = None,
    ) -> None:
        """Put an object, or the promise of one, under all these names, or under none."""
        names = dict.fromkeys([self.fold(key), *map(self.fold, aliases)])
        key, *others = names
        value = new.value
        with self.lock:
            self.refuse_clash(names, new, replace=replace)
            entry = Entry(key, tuple(others), value, promise)
            if self.rules.weak and value is not ABSENT:
                entry = WeakEntry(entry, value, self.drop)
            held, old = self.holder(key), self.entries.get(key)
            self.release(names, key)
            self.key_of_alias.update(dict.fromkeys(others, key))
            self.entries[key] = entry  # where all names lead from now on
            for name in names:
                if self.quarantined.pop(name, None) is not None:
                    del self.failures[name]
            if value is ABSENT:
                for name in names:
                    self.at_hand.pop(name, None)
            else:
                self.skipped.pop(id(value), None)
                if not self.rules.weak:
                    self.at_hand.update(dict.fromkeys(names, value))
                kept = held._promise if held is not None and held.is_promise else None
                if held is not None and kept is not None and promise is None:
                    self.compare(entry, kept, refuse=not replace)
                    if entry._promise is kept:
                        self.give(entry, held.aliases)
            if old is not None:  # so late that what stays is never gone
                self.forget_aliases(set(old.aliases).difference(entry.aliases))

    def add_free(self, key: str, value: Any) -> bool:
        """Put an object under a key that nothing has; tell whether it was so."""
        rules = self.rules
        if rules.weak or rules.case_insensitive:
            return False
        with self.lock:
            if self.has(key) or key in self.quarantined:
                return False
            self.entries[key] = Entry(key, (), value)
            self.at_hand[key] = value
        return True

    def has(self, name: str) -> bool:
        return name in self.entries or name in self.key_of_alias

    def is_free(self, key: str, aliases: tuple[str, ...]) -> bool:
        if aliases or self.rules.case_insensitive:
            return not any(self.has(self.fold(name)) for name in (key, *aliases))
        return key not in self.entries and key not in self.key_of_alias

    def refuse_clash(
        self, names: Iterable[str], new: Definition, *, replace: bool = False
    ) -> None:
        """Raise :class:`DuplicateKeyError` unless `new` may have all these names."""
        for name in names:
            holder = self.holder(name)
            if holder is None or replace or self.rules.on_duplicate == "replace":
                continue
            if not (new.renews(holder) or self.may_keep(new, holder)):
                raise self.clash(name, holder, new)

    def may_keep(self, new: Definition, entry: Entry) -> bool:
        """Tell whether `new` may stand where `entry` is a mere promise."""
        promise = entry._promise
        return (
            promise is not None
            and entry.is_promise
            and (
                # What is imported comes before what is merely installed.
                promise.installed
                or promise.is_of(new.module, new.name)
                or self.is_loading(entry.key)
            )
        )

    def is_loading(self, key: str) -> bool:
        return any(key == loading for loading, _ in list(self.loading))

    def compare(self, entry: Entry, promise: Promise, *, refuse: bool = True) -> None:
        """Note a promise that `entry` forestalled: as kept by it, or as refused."""
        key, value = entry.key, entry.value
        if (
            self.is_loading(key)
            or promise.is_of(entry.module, told(value, "__qualname__"))
            or promise.is_kept_by(value)
        ):
            entry._promise = promise
        elif refuse and promise.installed and self.rules.on_duplicate == "error":
            new = Definition.promised_by(promise)
            if not new.renews(entry):
                self.failures[key] = self.clash(key, entry, new)

    def clash(self, name: str, holder: Entry, new: Definition) -> DuplicateKeyError:
        hint = inherited_key(self.rules.key, new.value)
        if holder.loaded and new.module != holder.module:
            file = getattr(sys.modules.get(str(new.module)), "__file__", None)
            if file is not None and file == holder.file:
                hint = f"both come from {file}, which is imported under two names"
        elif holder.loaded and len(files := new.files(holder)) > 1:
            hint = f"two files of one name: {' and '.join(files)}"
        prefix = "registry_" if isinstance(self.owner, type) else ""
        option = f"{prefix}on_duplicate"
        return DuplicateKeyError(str(self), name, holder.origin, str(new), hint, option)

    def release(self, names: Iterable[str], key: str) -> None:
        """Take these names from whatever else has them than what has `key`."""
        for name in names:
            if (old := self.entries.get(name)) is not None:
                if name != key:
                    self.drop(old)
                continue
            old = self.entries.get(self.key_of_alias.get(name, name))
            if old is not None and old.key != key:
                old.aliases = tuple(kept for kept in old.aliases if kept != name)
                self.forget_aliases((name,))

    def give(self, entry: Entry, aliases: Iterable[str]) -> None:
        """Let an entry have, of some aliases, those that its key had before."""
        names = dict.fromkeys(
            alias for alias in aliases if self.key_of_alias.get(alias) == entry.key
        )
        entry.aliases = tuple(dict.fromkeys([*entry.aliases, *names]))
        if not self.rules.weak:
            self.at_hand.update(dict.fromkeys(names, entry.value))

    def forget_aliases(self, aliases: Iterable[str]) -> None:
        for alias in aliases:
            self.key_of_alias.pop(alias, None)
            self.at_hand.pop(alias, None)

    def drop(self, entry: Entry) -> None:
        with self.lock:
            if self.entries.get(entry.key) is entry:
                del self.entries[entry.key]
                self.at_hand.pop(entry.key, None)
                self.forget_aliases(entry.aliases)

    def remember_skip(self, cls: type, reason: str) -> None:
        skipped, number = self.skipped, id(cls)
        skipped[number] = ref(cls, lambda _: skipped.pop(number, None)), reason

    def save(self) -> Callable[[], None]:
        """Return a function that brings back the entries of this moment."""
        with self.lock:
            parts: list[dict[Any, Any]] = [
                self.entries,
                self.key_of_alias,
                self.at_hand,
                self.failures,
                self.quarantined,
                self.skipped,
            ]
            saved = [(part, dict(part)) for part in parts]
            aliases = {entry: entry.aliases for entry in self.entries.values()}

        def restore() -> None:
            with self.lock:
                for part, kept in saved:
                    # In place: readers hold on to these very dictionaries.
                    part.clear()
                    part.update(kept)
                for entry, names in aliases.items():
                    entry.aliases = names

        return restore
