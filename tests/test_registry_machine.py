"""Registry: any sequence of changes, held against a plain dictionary."""

from __future__ import annotations

import types

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from strategies import examples

from metapatterns import (
    DuplicateKeyError,
    PluginLoadError,
    RegistryMeta,
    RegistryMixin,
    UnknownKeyError,
    registry_of,
)
from metapatterns.testing import registry_scope

NAMES = st.sampled_from("abcdeABC")
ALIASES = st.lists(NAMES, max_size=2)
#: Each one really exists, and is a class.
ADDRESSES = st.sampled_from(
    ["collections:OrderedDict", "json:JSONDecoder", "no_such_module_:X"]
)


class Model:
    """What a registry should hold: keys in order, each with its names and object."""

    def __init__(self, fold):
        self.fold = fold
        self.held = {}  # key -> object, or the address of one
        self.aliases = {}  # alias -> key

    def names(self, key, aliases):
        return list(dict.fromkeys(map(self.fold, (key, *aliases))))

    def key_of(self, name):
        name = self.fold(name)
        return name if name in self.held else self.aliases.get(name)

    def remove(self, key):
        del self.held[key]
        self.aliases = {name: to for name, to in self.aliases.items() if to != key}

    def put(self, key, aliases, value):
        key, *others = self.names(key, aliases)
        for name in (key, *others):
            if name in self.held and name != key:
                self.remove(name)
            self.aliases.pop(name, None)
        self.aliases = {name: to for name, to in self.aliases.items() if to != key}
        self.held[key] = value
        self.aliases.update(dict.fromkeys(others, key))


class RegistryMachine(RuleBasedStateMachine):
    """Register, replace, promise, look up and remove, through one door."""

    door = staticmethod(lambda **kwargs: None)

    @initialize(fold=st.booleans(), replaces=st.booleans())
    def start(self, fold, replaces):
        self.root = self.door(
            registry_case_insensitive=fold,
            registry_on_duplicate="replace" if replaces else "error",
        )
        self.registry = registry_of(self.root)
        self.replaces = replaces
        self.model = Model(str.casefold if fold else str)
        self.broken = {}
        self.addresses = {}
        self.branch = types.new_class("Branch", (self.root,), {"register": False})
        self.scopes = []

    def expect(self, act, key, aliases, value, *, may=False):
        """Do it to both; a clash must leave both as they were."""
        taken = {
            holder
            for name in self.model.names(key, aliases)
            if (holder := self.model.key_of(name)) is not None
        }
        clashes = any(self.model.held[holder] is not value for holder in taken)
        if clashes and not (self.replaces or may):
            with pytest.raises(DuplicateKeyError):
                act()
            return
        made = act()
        self.model.put(key, aliases, made if value is None else value)
        for name in self.model.names(key, aliases):
            self.broken.pop(name, None)

    @rule(key=NAMES, aliases=ALIASES, below=st.booleans())
    def define(self, key, aliases, below):
        """A class statement with a key and aliases."""
        base = self.branch if below else self.root

        def act():
            class Made(base, key=key, aliases=aliases):
                pass

            return Made

        self.expect(act, key, aliases, None)

    @rule(key=NAMES, aliases=ALIASES, replace=st.booleans())
    def decorate(self, key, aliases, replace):
        """The decorator, on a class from elsewhere."""

        def act():
            class Made:
                pass

            register = self.registry.register
            return register(key, aliases=aliases, replace=replace)(Made)

        self.expect(act, key, aliases, None, may=replace)

    @rule(key=NAMES, address=ADDRESSES, replace=st.booleans())
    def promise(self, key, address, replace):
        """A class that is to be imported when it is looked up."""
        key = self.model.fold(key)

        def act():
            self.registry.lazy(key, address, replace=replace)

        holder = self.model.key_of(key)
        held = self.model.held.get(holder)
        same = address in (held, self.addresses.get((holder, held)))
        if holder is not None and not (replace or self.replaces or same):
            with pytest.raises(DuplicateKeyError):
                act()
            return
        act()
        self.model.put(key, (), address)
        self.broken.pop(key, None)

    @rule(name=NAMES)
    def look_up(self, name):
        """A lookup finds what is there, loads what is promised, or misses."""
        key = self.model.key_of(name)
        if key is None:
            error = (
                PluginLoadError if self.model.fold(name) in self.broken else KeyError
            )
            with pytest.raises(error) as caught:
                self.registry[name]
            assert isinstance(caught.value, UnknownKeyError)
            return
        value = self.model.held[key]
        if value == "no_such_module_:X":
            with pytest.raises(PluginLoadError):
                self.registry[name]
            self.model.remove(key)
            self.broken[key] = value
        elif isinstance(value, str):
            found = self.registry[name]
            assert value.endswith(f":{found.__name__}")
            self.model.held[key] = found
            self.addresses[key, found] = value
        else:
            assert self.registry[name] is value

    @rule(name=NAMES)
    def remove(self, name):
        """Removal takes the key and its aliases."""
        key = self.model.key_of(name)
        if key is None:
            with pytest.raises(UnknownKeyError):
                self.registry.unregister(name)
            return
        removed = self.registry.unregister(name)
        value = self.model.held[key]
        assert removed is (None if isinstance(value, str) else value)
        self.model.remove(key)

    @rule()
    def refresh(self):
        """A refresh brings back promises that were set aside."""
        self.registry.refresh()
        for key in self.broken:
            if self.model.key_of(key) is None:
                self.model.put(key, (), "no_such_module_:X")
        self.broken.clear()

    @precondition(lambda self: len(self.scopes) < 2)
    @rule()
    def enter_scope(self):
        """A scope opens: what follows is to be undone."""
        scope = registry_scope(self.root)
        scope.__enter__()
        model = self.model
        self.scopes.append((scope, model, dict(self.broken)))
        self.model = Model(model.fold)
        self.model.held, self.model.aliases = dict(model.held), dict(model.aliases)

    @precondition(lambda self: self.scopes)
    @rule()
    def leave_scope(self):
        """A scope closes: everything is as it was."""
        scope, self.model, self.broken = self.scopes.pop()
        scope.__exit__(None, None, None)

    @invariant()
    def agrees(self):
        """Keys, order, length, membership and what is loaded agree at all times."""
        if not hasattr(self, "model"):
            return
        registry, model = self.registry, self.model
        assert list(registry) == list(model.held)
        assert len(registry) == len(model.held)
        for name in "abcdeABCx":
            assert (name in registry) == (model.key_of(name) is not None)
        for key, value in model.held.items():
            if not isinstance(value, str):
                assert registry[key] is value
            aliases = [name for name, to in model.aliases.items() if to == key]
            assert sorted(registry.entry(key).aliases) == sorted(aliases)
        below = [
            key
            for key, value in model.held.items()
            if isinstance(value, type) and issubclass(value, self.branch)
        ]
        assert list(registry_of(self.branch)) == below
        assert registry.failures.keys() == self.broken.keys()

    def teardown(self):
        for scope, _, _ in reversed(getattr(self, "scopes", [])):
            scope.__exit__(None, None, None)


class MetaclassMachine(RegistryMachine):
    """Through the metaclass."""

    @staticmethod
    def door(**kwargs):
        return types.new_class("Root", (), {"metaclass": RegistryMeta, **kwargs})


class MixinMachine(RegistryMachine):
    """Through the mixin."""

    @staticmethod
    def door(**kwargs):
        return types.new_class("Root", (RegistryMixin,), kwargs)


@pytest.mark.parametrize("machine", [MetaclassMachine, MixinMachine])
def test_as_a_dictionary(machine):
    """Through any changes, a registry holds what a dictionary would."""
    run_state_machine_as_test(
        machine,
        settings=examples(0.8, stateful_step_count=30),
    )
