"""
What every pattern holds beside every framework, written once.

A framework's file derives from :class:`FrameworkLaws`, says how a class of that
framework is defined, built and put to real work, and inherits the laws.  Each
law runs for each pattern, in each of the four ways of writing the metaclass.
"""

from __future__ import annotations

import abc
import copy
import functools
import inspect
import logging
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import cloudpickle
import pytest
from events import events
from uncooperative import RECORDER, RecorderMeta

from metapatterns import (
    Checked,
    DuplicateNameError,
    FieldValueError,
    FinalError,
    FinalMeta,
    FinalMixin,
    LoggerMeta,
    LoggerMixin,
    NoDuplicateMeta,
    NoDuplicateMixin,
    RegistryMeta,
    RegistryMixin,
    SingletonMeta,
    SingletonMixin,
    ValidatorMeta,
    ValidatorMixin,
    combine_metaclasses,
    registry_of,
    singleton_instance,
)

# -- the ways of writing a metaclass ------------------------------------------


def metaclass_for(form: str, patterns: tuple[type, ...], framework: type) -> type:
    """Write the metaclass for `patterns` and a base class of a framework."""
    theirs = type(framework)
    patterns = tuple(part for part in patterns if part is not theirs)
    metatype = combine_metaclasses(*map(type, (*patterns, theirs)))
    if form == "combined, pattern first":
        return combine_metaclasses(*patterns, framework)
    if form == "combined, framework first":
        return combine_metaclasses(framework, *patterns)
    if form == "by hand, pattern first":

        class M(*patterns, theirs, metaclass=metatype):  # type: ignore[misc]
            pass

    else:

        class M(theirs, *patterns, metaclass=metatype):  # type: ignore[misc,no-redef]
            pass

    return M


FORMS = [
    f"{way}, {first} first"
    for way in ("combined", "by hand")
    for first in ("pattern", "framework")
]

# -- what each pattern does ---------------------------------------------------


class Recorded:
    """A pattern that acts at every stage: each runs once, in order."""

    meta = RecorderMeta
    root_options: dict[str, Any] = {}

    def verify(self, laws: FrameworkLaws, M: type) -> None:
        with events() as seen:
            cls = laws.define(laws.base, metaclass=M, recorder_mode=1)
        stages = ["prepare", "before", "check", "created"]
        if laws.builds_twice:
            stages += ["rebuilt", "check", "created"]
        assert stages_of(cls.__name__, seen) == stages
        assert vars(cls)[RECORDER.slot].mode == 1
        with events() as seen:
            laws.build(cls)
        assert stages_of(cls.__name__, seen) == ["call"]
        laws.work(cls)


def stages_of(name: str, seen: list[tuple[str, str, str]]) -> list[str]:
    return [what for who, what, of in seen if who == "recorder" and of == name]


class Final:
    meta = FinalMeta
    root_options = {"final": False}

    def verify(self, laws: FrameworkLaws, M: type) -> None:
        closed = laws.root(laws.base, metaclass=M)
        with pytest.raises(FinalError, match=closed.__name__):
            laws.define(closed)
        with pytest.raises(FinalError, match=closed.__name__):
            type("Sneaked", (closed,), {"__module__": __name__})
        laws.work(laws.define(laws.base, metaclass=M))


class Registry:
    meta = RegistryMeta
    root_options: dict[str, Any] = {}

    def verify(self, laws: FrameworkLaws, M: type) -> None:
        root = laws.root(laws.base, metaclass=M)
        leaf = laws.define(root, key="leaf")
        branch = laws.root(root)

        members = {"leaf": leaf}
        if not inspect.isabstract(branch):
            members[branch.__name__] = branch
        assert dict(registry_of(root)) == members
        laws.work(leaf)
        assert registry_of(root)["leaf"] is leaf


class Singleton:
    meta = SingletonMeta
    root_options: dict[str, Any] = {}

    def verify(self, laws: FrameworkLaws, M: type) -> None:
        cls = laws.define(laws.base, metaclass=M)
        found = in_threads(lambda: laws.build(cls), laws.threads)

        one = laws.build(cls)
        if laws.builds_instances:
            assert all(instance is one for instance in found)
            assert singleton_instance(cls) is (None if laws.looks_up else one)
        else:  # a call that makes something else is none of the pattern's
            assert len({id(instance) for instance in (one, *found)}) == 1 + len(found)
            assert singleton_instance(cls) is None
        laws.use(one)


def in_threads(act: Callable[[], object], count: int) -> list[object]:
    """Do something in several threads at once; return all results."""
    results: list[object] = []
    threads = [
        threading.Thread(target=lambda: results.append(act()), daemon=True)
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(results) == count
    return results


class NoDuplicate:
    meta = NoDuplicateMeta
    root_options: dict[str, Any] = {}

    def verify(self, laws: FrameworkLaws, M: type) -> None:
        laws.work(laws.define(laws.base, metaclass=M))
        for twice in laws.bodies_that_bind_twice():
            with pytest.raises(DuplicateNameError) as caught:
                twice(laws.base, metaclass=M)
            assert [name for name, _, _ in caught.value.duplicates] == ["twice"]


class Logger:
    meta = LoggerMeta
    root_options: dict[str, Any] = {}

    def verify(self, laws: FrameworkLaws, M: type) -> None:
        root = laws.root(laws.base, metaclass=M)
        leaf = laws.define(root)
        for cls in (root, leaf):
            assert isinstance(cls.logger, logging.Logger)
            assert cls.logger.name == f"{cls.__module__}.{cls.__qualname__}"
        laws.work(leaf)
        if laws.builds_instances:
            assert laws.build(leaf).logger is leaf.logger


class Validator:
    meta = ValidatorMeta
    root_options: dict[str, Any] = {}

    def verify(self, laws: FrameworkLaws, M: type) -> None:
        laws.work(laws.define(laws.base, metaclass=M))
        cls = laws.define_checked(laws.base, metaclass=M)
        if cls is None:
            return
        instance = laws.build(cls)
        instance.level = 3
        with pytest.raises(FieldValueError):
            instance.level = "high"
        assert instance.level == 3
        laws.use(instance)


PATTERNS = [Recorded, Final, Registry, Singleton, NoDuplicate, Logger, Validator]

#: All at once; the hierarchy stays open, and the recorder counts the calls.
ALL = (
    RegistryMeta,
    FinalMeta,
    NoDuplicateMeta,
    LoggerMeta,
    ValidatorMeta,
    RecorderMeta,
)

#: The mixins, and the metaclasses that do the same.
MIXINS = {
    FinalMixin: FinalMeta,
    LoggerMixin: LoggerMeta,
    NoDuplicateMixin: NoDuplicateMeta,
    RegistryMixin: RegistryMeta,
    SingletonMixin: SingletonMeta,
    ValidatorMixin: ValidatorMeta,
}

#: The ways of making a copy of an instance.
DUPLICATES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda instance, protocol=protocol: pickle.loads(
            pickle.dumps(instance, protocol)
        )
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}

each_form = pytest.mark.parametrize("form", FORMS)
each_pattern = pytest.mark.parametrize(
    "pattern", [pattern() for pattern in PATTERNS], ids=lambda p: type(p).__name__
)

# -- the laws -----------------------------------------------------------------


def measured() -> type:
    """Make a base with an abstract method, whose metaclass is ``ABCMeta``."""

    class Measured(metaclass=abc.ABCMeta):
        @abc.abstractmethod
        def area(self) -> float: ...

    return Measured


@pytest.mark.filterwarnings("ignore:.*nothing is checked:UserWarning")
class FrameworkLaws:
    """The laws, for one kind of base class of one framework."""

    #: The framework's class, or one made by its factory.
    base: type
    #: Whether `object.__new__`, which enforces abstract methods, makes instances.
    enforces_abstract = True
    #: Whether copies are safe to use; those of some C++ objects are not.
    copies = True
    #: What makes a field, where a class body declares some.
    field: Callable[[], Any] | None = None
    #: Patterns that this kind of class cannot have; a test of its own says why.
    unfit: tuple[type, ...] = ()
    #: Whether a call of a class looks up what there is, and makes nothing.
    looks_up = False
    #: How many threads ask for the first instance at once.
    threads = 4
    #: Whether a decorator builds the class anew.
    builds_twice = False
    #: Whether a call of a class makes an instance of it.
    builds_instances = True

    # What a framework's file says.

    def define(self, base: type, /, **keywords: Any) -> Any:
        """Define a class, at the top level of its module, that can work."""
        raise NotImplementedError

    def root(self, *bases: type, **keywords: Any) -> Any:
        """Define a base for classes to be; abstract where the framework wants it."""

        class Root(*bases, **keywords):
            pass

        return Root

    def build(self, cls: Any) -> Any:
        """Make an instance, always with the same arguments."""
        return cls()

    def use(self, instance: Any) -> None:
        """Let the framework do its real work on one instance."""

    def work(self, cls: Any) -> None:
        """Let the framework do its real work with a class."""
        self.use(self.build(cls))

    def define_checked(self, base: type, /, **keywords: Any) -> Any:
        """
        Define a class that can work and has a checked attribute ``level``.

        ``None`` where the framework decides what may be assigned to instances.
        """

        class Levelled(self.define(self.root(base, **keywords))):
            level = Checked(int, default=1)

        return Levelled

    def bodies_that_bind_twice(self) -> Iterator[Callable[..., Any]]:
        yield from BINDING_TWICE
        if self.field is not None:
            yield functools.partial(two_fields, field=type(self).field)

    # The laws.

    @pytest.fixture(autouse=True)
    def fits(self, request: pytest.FixtureRequest) -> None:
        pattern = getattr(request.node, "callspec", None)
        pattern = pattern and pattern.params.get("pattern")
        if pattern is not None and pattern.meta in self.unfit:
            pytest.skip("two owners for one thing: a test of its own says what happens")

    @property
    def all_patterns(self) -> tuple[type, ...]:
        return tuple(meta for meta in ALL if meta not in self.unfit)

    @each_form
    @each_pattern
    def test_pattern_and_framework_both_work(self, pattern: Any, form: str) -> None:
        """The pattern does its work, the framework its own, subclasses included."""
        M = metaclass_for(form, (pattern.meta,), self.base)
        root = self.root(self.base, metaclass=M, **pattern.root_options)
        cls = self.define(root)

        for made in (root, cls):
            assert isinstance(made, M)
            assert isinstance(made, pattern.meta)
            assert isinstance(made, type(self.base))
        pattern.verify(self, M)

    @each_form
    def test_all_patterns_at_once(self, form: str) -> None:
        """Every pattern but Singleton on one class, which a second one inherits."""
        M = metaclass_for(form, self.all_patterns, self.base)
        root = self.root(self.base, metaclass=M, final="methods")
        with events() as seen:
            leaf = self.define(root, key="leaf", recorder_mode=1)

        assert stages_of(leaf.__name__, seen)[-2:] == ["check", "created"]
        assert registry_of(root)["leaf"] is leaf
        assert leaf.logger.name.endswith(leaf.__qualname__)
        self.work(leaf)

    @each_form
    def test_all_patterns_and_singleton_at_once(self, form: str) -> None:
        """Every pattern there is on one class."""
        M = metaclass_for(form, (SingletonMeta, *self.all_patterns), self.base)
        cls = self.define(self.base, metaclass=M)

        instance = self.build(cls)

        assert (self.build(cls) is instance) is self.builds_instances
        self.use(instance)
        with pytest.raises(FinalError):
            type("Sneaked", (cls,), {"__module__": __name__})

    @each_form
    @each_pattern
    def test_abstract_base_classes_join_in(self, pattern: Any, form: str) -> None:
        """``ABCMeta`` is a third part; it enforces where the framework lets it."""
        M = metaclass_for(form, (pattern.meta, abc.ABCMeta), self.base)
        root = self.root(measured(), self.base, metaclass=M, **pattern.root_options)
        cls = self.define(root)

        assert isinstance(cls, abc.ABCMeta)
        assert cls.__abstractmethods__ == {"area"}
        if self.enforces_abstract:
            with pytest.raises(TypeError, match="area"):
                self.build(cls)
        else:
            self.build(cls)

    @each_form
    @each_pattern
    def test_attributes_of_a_class_are_set_as_before(
        self, pattern: Any, form: str
    ) -> None:
        """A class takes and drops attributes as it does without the pattern."""
        M = metaclass_for(form, (pattern.meta,), self.base)

        def set_and_delete(cls: Any) -> None:
            cls.extra = 1
            assert cls.extra == 1
            del cls.extra
            assert not hasattr(cls, "extra")

        without = self.outcome_of(lambda: set_and_delete(self.root(self.base)))
        root = self.root(self.base, metaclass=M)

        assert self.outcome_of(lambda: set_and_delete(root)) == without

    @pytest.mark.parametrize("mixin", MIXINS, ids=lambda mixin: mixin.__name__)
    def test_mixins_need_no_metaclass(self, mixin: Any) -> None:
        """A mixin before the framework's base leaves its metaclass as it is."""
        if mixin in self.unfit or MIXINS[mixin] in self.unfit:
            pytest.skip("two owners for one thing: a test of its own says what happens")
        root = self.root(mixin, self.base)
        assert type(root) is type(self.base)
        if mixin is FinalMixin:
            with pytest.raises(FinalError):
                self.define(root)
            return
        cls = self.define(root)

        assert type(cls) is type(self.base)
        if mixin is SingletonMixin:
            one = self.build(cls)
            assert (self.build(cls) is one) is self.builds_instances
            self.use(one)
        else:
            self.work(cls)

    @each_form
    @pytest.mark.parametrize("duplicate", DUPLICATES.values(), ids=DUPLICATES.keys())
    def test_instances_pickle_and_copy(self, duplicate: Any, form: str) -> None:
        """A copy works, as it does without the patterns, or fails only as it does there."""
        if not self.copies:
            pytest.skip("the framework's own copies crash")
        outcomes = [
            self.outcome_of(lambda cls=cls: self.use(duplicate(self.build(cls))))
            for cls in self.define_without_and_with(form)
        ]

        # Slots pickle at protocols 0 and 1 only if a class is validated.
        assert outcomes[1] in {outcomes[0], "works"}

    @pytest.mark.parametrize("form", FORMS[:1])
    def test_classes_travel_by_value(self, form: str, elsewhere: Any) -> None:
        """Another process works with a class, as far as it does without patterns."""
        module = sys.modules[type(self).__module__]
        cloudpickle.register_pickle_by_value(module)
        try:
            without, cls = self.define_without_and_with(form)
            # An enumeration arrives with the metaclass of its last base.
            metas = () if self.looks_up else self.all_patterns
            laws = type(self)
            outcomes = [
                self.outcome_of(lambda: elsewhere(arrive, laws, without, ())),
                self.outcome_of(lambda: elsewhere(arrive, laws, cls, metas)),
            ]
        finally:
            cloudpickle.unregister_pickle_by_value(module)

        assert outcomes[0] == outcomes[1]

    def define_without_and_with(self, form: str) -> Iterator[Any]:
        yield self.define(self.base)
        yield self.define(
            self.base, metaclass=metaclass_for(form, self.all_patterns, self.base)
        )

    def outcome_of(self, act: Callable[[], object]) -> str:
        try:
            act()
        except Exception as error:
            return type(error).__name__
        return "works"


def arrive(laws: type[FrameworkLaws], cls: Any, metas: tuple[type, ...]) -> None:
    """Work, in another process, with a class that was made in this one."""
    assert all(isinstance(cls, meta) for meta in metas)
    laws().work(cls)


# -- bodies that bind a name twice --------------------------------------------


def two_functions(base: type, /, **keywords: Any) -> None:
    class Broken(base, **keywords):
        def twice(self):
            return 1

        def twice(self):  # noqa: F811
            return 2


def attribute_and_function(base: type, /, **keywords: Any) -> None:
    class Broken(base, **keywords):
        twice = 1

        def twice(self):  # noqa: F811
            return 2


def two_properties(base: type, /, **keywords: Any) -> None:
    class Broken(base, **keywords):
        @property
        def twice(self):
            return 1

        @property
        def twice(self):  # noqa: F811
            return 2


def two_nested_classes(base: type, /, **keywords: Any) -> None:
    class Broken(base, **keywords):
        class twice:
            pass

        class twice:  # noqa: F811
            pass


def two_fields(base: type, /, field: Callable[[], Any], **keywords: Any) -> None:
    class Broken(base, **keywords):
        twice = field()
        twice = field()  # noqa: PIE794


BINDING_TWICE = (
    two_functions,
    attribute_and_function,
    two_properties,
    two_nested_classes,
)
