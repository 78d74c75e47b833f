"""Logger: one logger for each class, made on first use."""

from __future__ import annotations

import copy
import ctypes
import dataclasses
import enum
import functools
import gc
import inspect
import io
import logging
import logging.config
import os
import pickle
import subprocess
import sys
import threading
import types
import weakref
from abc import ABC, ABCMeta, abstractmethod
from pathlib import Path
from typing import ClassVar, Generic, Protocol, TypeVar, runtime_checkable
from unittest import mock

import attrs
import cloudpickle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

import metapatterns
from metapatterns import (
    ClassDefinitionError,
    LoggerMeta,
    LoggerMixin,
    PatternError,
    combine_metaclasses,
    logged,
    singleton,
)

DOORS = ("meta", "mixin", "decorator")
WAIT = 20
SOURCE = Path(metapatterns.__file__).parent.parent


def define(door, title="Box", /, bases=(), body=None, **options):
    """Make a class through a door; options without their prefix."""
    if door == "decorator":
        return logged(**options)(plain(title, bases, body))
    keywords = {f"logger_{word}": value for word, value in options.items()}
    if door == "meta":
        if not any(isinstance(base, LoggerMeta) for base in bases):
            keywords["metaclass"] = combine_metaclasses(LoggerMeta, *bases)
    elif not any(issubclass(base, LoggerMixin) for base in bases):
        bases = (*bases, LoggerMixin)
    return plain(title, bases, body, keywords)


def plain(title, bases=(), body=None, keywords=None):
    """Make a class as a class statement at the top of this module would."""
    body = {"__module__": __name__, "__qualname__": title, **(body or {})}
    return types.new_class(title, bases, keywords, lambda space: space.update(body))


def extend(door, base, title="Sub", /, body=None, **options):
    """Make a subclass; under the decorator door it is decorated for options only."""
    if door == "decorator" and not options:
        return plain(title, (base,), body)
    return define(door, title, (base,), body, **options)


def exists(name):
    return name in logging.root.manager.loggerDict


def in_threads(count, work):
    """Run `work` in threads that start together; fail if one does not end."""
    barrier = threading.Barrier(count)
    results, errors = [], []

    def run():
        barrier.wait(WAIT)
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    assert not errors, errors
    return results


# -- the logger of a class ----------------------------------------------------


@pytest.mark.parametrize("door", DOORS)
def test_class_and_instance_share_the_logger_of_the_full_name(door):
    """`cls.logger` and `self.logger` are `getLogger(f"{module}.{qualname}")`."""
    cls = define(door, "Outer.Box")

    assert cls.logger is logging.getLogger(f"{__name__}.Outer.Box")
    assert cls().logger is cls.logger


@pytest.mark.parametrize("door", DOORS)
def test_each_class_has_its_own_whoever_asks_first(door):
    """A subclass never answers with a base's logger, used before or not."""
    base = define(door, "Base1")
    sub = extend(door, base, "Sub1")
    leaf = extend(door, sub, "Leaf1")

    found = [cls.logger.name for cls in (base, leaf, sub, base, leaf, sub)]

    short = [name.rpartition(".")[2] for name in found]
    assert short == ["Base1", "Leaf1", "Sub1", "Base1", "Leaf1", "Sub1"]
    assert sub().logger is sub.logger
    assert vars(sub)["logger"].logger is sub.logger  # the next read takes no detour
    assert super(leaf, leaf()).logger is leaf.logger


@given(data=st.data())
@examples(1.2)
def test_any_hierarchy_and_any_order_of_use(data):
    """In every hierarchy, whatever was read before, each class has its own name."""
    door = data.draw(st.sampled_from(DOORS))
    classes = [define(door, "C0")]
    for number in range(1, data.draw(st.integers(2, 6))):
        bases = data.draw(
            st.lists(st.sampled_from(classes), min_size=1, max_size=3, unique=True)
        )
        try:
            type("Trial", tuple(bases), {})
        except TypeError:
            bases = bases[:1]
        classes.append(plain(f"C{number}", tuple(bases)))
        read = data.draw(st.sampled_from(classes))
        assert read.logger.name == f"{__name__}.{read.__qualname__}"
    for cls in data.draw(st.permutations(classes)):
        assert cls.logger.name == cls().logger.name == f"{__name__}.{cls.__qualname__}"


@pytest.mark.parametrize("door", DOORS)
def test_defining_a_class_makes_no_logger(door):
    """The logger is made by the first use, and by nothing before it."""
    cls = define(door, f"Lazy_{door}")
    extend(door, cls, f"LazySub_{door}")
    name = f"{__name__}.Lazy_{door}"

    assert not exists(name)
    _ = cls.logger
    assert exists(name)
    assert not exists(f"{__name__}.LazySub_{door}")


@pytest.mark.parametrize("door", DOORS)
def test_alive_after_dict_config(door):
    """A configuration that disables existing loggers does not reach this one."""
    cls = define(door, f"Configured_{door}")
    eager = logging.getLogger(f"{__name__}.eager")
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        logging.config.dictConfig(
            {
                "version": 1,
                "handlers": {"h": {"class": "logging.StreamHandler", "stream": stream}},
                "root": {"level": "INFO", "handlers": ["h"]},
            }
        )
        cls().logger.info("alive")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        for logger in list(logging.root.manager.loggerDict.values()):
            if isinstance(logger, logging.Logger):
                logger.disabled = False

    assert stream.getvalue() == "alive\n"
    assert eager is not cls.logger


@pytest.mark.parametrize("door", DOORS)
def test_records_name_the_caller(door, caplog):
    """A record carries the class's logger and the line that logged."""
    cls = define(door, "Talker", body={"talk": lambda self: self.logger.error("hi")})

    cls().talk()

    (record,) = caplog.records
    assert record.name == f"{__name__}.Talker"
    assert record.filename == "test_logger.py"


@pytest.mark.parametrize("door", DOORS)
def test_slots_stay_slots(door):
    """A class with `__slots__` gets no dictionary and still has its logger."""
    cls = define(door, "Slotted", body={"__slots__": ("x",)})
    box = cls()

    assert box.logger is cls.logger
    assert not hasattr(box, "__dict__")
    with pytest.raises(AttributeError):
        box.logger = None


@pytest.mark.parametrize("door", DOORS)
def test_an_instance_may_have_its_own(door):
    """The attribute is no data descriptor: assignment on an instance wins there."""
    cls = define(door, "Free")
    box = cls()
    box.logger = "mine"

    assert box.logger == "mine"
    assert cls().logger is cls.logger


@pytest.mark.parametrize("door", DOORS)
def test_seen_from_init_subclass(door):
    """A base's `__init_subclass__` can log under the new class's name."""
    seen = []

    class Base:
        def __init_subclass__(cls, **kwargs):
            if hasattr(cls, "logger"):
                seen.append(cls.logger.name)
            super().__init_subclass__(**kwargs)

    base = define(door, "Parent", (Base,))
    seen.clear()
    sub = extend(door, base, "Child", name="child")

    # A metaclass has heard of the options by then.
    assert seen == ["child" if door == "meta" else f"{__name__}.Child"]
    assert sub.logger.name == "child"


@pytest.mark.parametrize("door", ["meta", "mixin"])
@pytest.mark.parametrize("own", [False, True])
def test_early_use_and_later_use(door, own):
    """What `__init_subclass__` was given stays, unless the class has other options."""
    seen = []

    class Base:
        def __init_subclass__(cls, **kwargs):
            if hasattr(super(cls, cls), "logger"):
                seen.append(super(cls, cls).logger)
            super().__init_subclass__(**kwargs)

    base = define(door, "Parent", (Base,), factory=lambda name: [name])
    body = {"logger": "mine"} if own else {}
    same = extend(door, base, "Same", body)
    other = extend(door, base, "Other", body, attribute="log", name="o")

    early = "o" if door == "meta" else f"{__name__}.Other"
    assert seen == [[f"{__name__}.Same"], [early]]
    assert super(same, same).logger == seen[0]
    assert same.logger == "mine" if own else same.logger is seen[0]
    assert other.log == ["o"]
    assert other.logger == "mine" if own else other.logger is other.log


def test_descriptor_moved_elsewhere():
    """Taken to a class that follows no pattern, the attribute serves it by default."""
    attribute = vars(define("meta", "Lender", name="app"))["logger"]

    assert plain("Borrower", body={"logger": attribute}).logger.name == (
        f"{__name__}.Borrower"
    )


@pytest.mark.parametrize("door", DOORS)
def test_a_sibling_that_silences_init_subclass(door):
    """A subclass that no door sees has a logger of its own all the same."""

    class Silent:
        def __init_subclass__(cls, **kwargs):
            pass

    base = define(door, "Heard")
    _ = base.logger
    sub = plain("Unheard", (Silent, base))
    again = plain("Again", (sub,))

    assert sub.logger.name == f"{__name__}.Unheard"
    assert again().logger.name == f"{__name__}.Again"
    assert sub.logger is sub().logger


def test_made_by_type_new():
    """A class made past the pipeline answers for itself, not for its base."""
    base = define("meta", "Base2")
    _ = base.logger
    namespace = {"__module__": __name__}
    sub = type.__new__(LoggerMeta, "Raw", (base,), namespace)

    assert sub.logger.name == f"{__name__}.Raw"


def test_descriptor_called_by_hand():
    """`__get__` without an owner takes the instance's class."""
    cls = define("meta", "ByHand")

    assert vars(cls)["logger"].__get__(cls()) is cls.logger
    assert isinstance(LoggerMeta.logger, object)


# -- what somebody else defines -----------------------------------------------


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("place", ["body", "base", "base of base", "slots", "later"])
def test_a_logger_of_the_class_is_left_alone(door, place):
    """A `logger` that the class or a foreign base defines is not overwritten."""
    if place == "body":
        cls = define(door, body={"logger": "mine"})
        sub = extend(door, cls)
    elif place == "base":
        cls = define(door, bases=(type("Foreign", (), {"logger": "mine"}),))
        sub = extend(door, cls)
    elif place == "base of base":
        grand = type("Grand", (), {"logger": "mine"})
        cls = define(door, bases=(type("Foreign", (grand,), {}),))
        sub = extend(door, cls)
    elif place == "slots":
        cls = define(door, body={"__slots__": ("logger",)})
        cls.__init__ = lambda self: setattr(self, "logger", "mine")
        assert isinstance(cls.logger, types.MemberDescriptorType)
        assert cls().logger == "mine"
        return
    else:
        base = define(door)
        cls = extend(door, base, body={"logger": "mine"})
        sub = extend(door, cls, "Leaf")
        assert base.logger.name == f"{__name__}.Box"

    assert cls.logger == cls().logger == "mine"
    assert sub.logger == sub().logger == "mine"


@pytest.mark.parametrize("door", DOORS)
def test_the_nearest_definition_counts(door):
    """Between a foreign base and one of ours the MRO decides, as for any name."""
    ours = define(door, "Ours")
    foreign = type("Foreign", (), {"logger": "theirs"})

    first = define(door, "First", (ours, foreign))
    second = define(door, "Second", (foreign, ours))

    assert first.logger.name == f"{__name__}.First"
    assert second.logger == "theirs"
    assert super(foreign, second()).logger.name == f"{__name__}.Second"
    assert second.logger == "theirs"


@pytest.mark.parametrize("door", DOORS)
def test_assigned_later(door):
    """A logger assigned to the class afterwards is the class's."""
    cls = define(door)
    _ = cls.logger
    cls.logger = "mine"

    assert cls().logger == "mine"


@pytest.mark.parametrize("door", DOORS)
def test_a_bare_annotation_is_no_definition(door):
    """An annotation for type checkers leaves the logger where it is."""
    plain = define(door, body={"__annotations__": {"logger": logging.Logger}})
    classvar = define(door, body={"__annotations__": {"logger": "ClassVar[Logger]"}})

    assert plain.logger is plain().logger
    assert classvar.logger is classvar().logger


@pytest.mark.parametrize("door", DOORS)
def test_a_bare_annotation_of_a_base_is_no_definition(door):
    """Nor does one in a plain base give the class anything but a hint."""
    hints = {"__annotations__": {"logger": logging.Logger}}
    cls = define(door, bases=(plain("Hinting", body=hints),))

    assert cls.logger is cls().logger


@pytest.mark.parametrize("door", DOORS)
def test_a_metaclass_has_a_logger_too(door):
    """A class that derives from ``type`` is given one, and its classes show it."""
    Meta = define(door, "Meta", (type,))

    assert Meta.logger.name == f"{__name__}.Meta"
    assert Meta("Made", (), {}).logger is Meta.logger


def below(Meta, door, **options):
    """Make a class through a door, with a foreign metaclass that goes first."""
    base = Meta("Base", (), {})
    if door != "meta":
        return define(door, bases=(base,), **options)
    keywords = {f"logger_{word}": value for word, value in options.items()}
    keywords["metaclass"] = combine_metaclasses(Meta, LoggerMeta)
    return plain("Box", (base,), None, keywords)


@pytest.mark.parametrize("setter", [None, setattr], ids=["read-only", "settable"])
@pytest.mark.parametrize("door", DOORS)
def test_a_property_of_a_metaclass_is_a_clash(door, setter):
    """What would hide the logger is refused by name; another attribute is the way."""
    Meta = type("Meta", (type,), {"logger": property(lambda cls: "theirs", setter)})
    word = "attribute" if door == "decorator" else "logger_attribute"

    with pytest.raises(
        ClassDefinitionError,
        match=rf"'Box': .*Meta' has a property .* another name with {word}$",
    ):
        below(Meta, door)
    cls = below(Meta, door, attribute="log")
    assert cls.logger == "theirs"
    assert cls.log is cls().log is logging.getLogger(f"{__name__}.Box")


@pytest.mark.parametrize("door", DOORS)
def test_a_property_of_a_subclass_s_metaclass(door):
    """It hides the logger from the class, and not from the instances: one for all."""
    Meta = type("Meta", (type,), {"logger": property(lambda cls: "theirs")})
    asked = []
    Box = define(door, name=lambda cls: asked.append(cls) or f"of.{cls.__name__}")
    Sub = plain("Sub", (Box,), None, {"metaclass": combine_metaclasses(Meta, Box)})

    assert Sub.logger == "theirs"
    assert Sub().logger is Sub().logger is logging.getLogger("of.Sub")
    assert asked == [Sub]


@pytest.mark.parametrize("named", [True, False], ids=["wraps", "silent"])
@pytest.mark.parametrize("slots", [True, False], ids=["slots", "dict"])
def test_a_decorator_that_wraps_the_hook_of_a_protocol(named, slots):
    """One above `@logged` changes nothing for those who derive from the protocol."""
    if slots and not named:
        pytest.skip("what became of the hook of a copied class is not to be seen")
    told = []

    class Other:
        def __init_subclass__(cls, **kwargs):
            told.append((cls.__name__, kwargs))
            super().__init_subclass__()

    def above(cls):
        hook = cls.__init_subclass__.__func__

        def __init_subclass__(cls, **kwargs):
            hook(cls, **kwargs)

        if named:
            functools.update_wrapper(__init_subclass__, hook)
        cls.__init_subclass__ = classmethod(__init_subclass__)
        return cls

    class P(Protocol):
        def f(self): ...

    P = above(logged(P))
    if slots:
        P = dataclasses.dataclass(slots=True)(P)

    class C(P, Other, word=1): ...

    assert C().logger is logging.getLogger(f"{__name__}.{C.__qualname__}")
    assert told == [("C", {"word": 1})]


def test_a_mock_in_place_of_a_hook():
    """It is passed over, however much it looks like a hook of ours."""

    @logged
    class P(Protocol):
        def f(self): ...

    class Mocked(P, Protocol):
        __init_subclass__ = mock.Mock()

    class Ahead:
        def __init_subclass__(cls):
            vars(P)["__init_subclass__"].__get__(None, cls)()

    class C(Ahead, Mocked): ...

    assert C().logger is logging.getLogger(f"{__name__}.{C.__qualname__}")
    assert not Mocked.__init_subclass__.called


def test_decorator_leaves_no_hook_on_a_class_that_is_no_protocol():
    """Heirs inherit the attribute; only a protocol has to give it to each of them."""
    assert "__init_subclass__" not in vars(define("decorator"))


def test_no_data_descriptor_on_the_metaclass():
    """Nothing on the metaclass hides what a class defines."""
    for value in vars(LoggerMeta).values():
        assert not hasattr(type(value), "__set__") or isinstance(
            value, types.GetSetDescriptorType | types.MemberDescriptorType
        )


# -- options ------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS)
def test_names(door):
    """`name` is a string, or a function of the class that asks."""
    fixed = define(door, "Fixed", name="app.fixed")
    derived = define(door, "Derived", name=lambda cls: f"app.{cls.__name__.lower()}")

    assert fixed.logger is logging.getLogger("app.fixed")
    assert extend(door, fixed).logger is fixed.logger
    assert extend(door, derived, "Deeper").logger.name == "app.deeper"


@pytest.mark.parametrize("door", DOORS)
def test_attribute(door):
    """`attribute` is the one name that the class gets."""
    cls = define(door, attribute="_log")

    assert cls._log is cls()._log is logging.getLogger(f"{__name__}.Box")
    assert not hasattr(cls, "logger")
    assert not hasattr(cls(), "logger")
    assert extend(door, cls)._log.name == f"{__name__}.Sub"


@pytest.mark.parametrize("door", DOORS)
def test_the_attribute_s_name_is_inherited_past_one_that_binds_it(door):
    """Where a class binds the attribute, its subclasses still go by that name."""
    base = define(door, attribute="log")
    mine = extend(door, base, "Mine", body={"log": "mine"})
    leaf = extend(door, mine, "Leaf", name="leaf")

    assert leaf.log == leaf().log == "mine"
    assert not hasattr(leaf, "logger")


@pytest.mark.parametrize("door", DOORS)
def test_a_subclass_with_another_attribute(door):
    """A base's methods find the subclass's logger under the base's name for it."""
    made = []

    def factory(name):
        made.append(name)
        return [name]

    base = define(door, body={"old": lambda self: self.logger}, factory=factory)
    sub = extend(door, base, attribute="log", name="sub")
    leaf = extend(door, sub, "Leaf")

    assert sub().old() is sub.log is sub.logger
    assert sub.log == leaf.log == ["sub"]
    assert leaf.log is leaf.logger is leaf().old()
    assert leaf.log is not sub.log
    assert made == ["sub", "sub"]


@pytest.mark.parametrize("door", DOORS)
def test_options_are_inherited_and_overridden_one_by_one(door):
    """Each option comes from the nearest class that gives it."""
    base = define(door, name="app", factory=lambda name: ("base", name))
    sub = extend(door, base, factory=lambda name: ("sub", name))
    leaf = extend(door, sub, "Leaf", name="leaf")

    assert base.logger == ("base", "app")
    assert sub.logger == ("sub", "app")
    assert leaf.logger == ("sub", "leaf")


@pytest.mark.parametrize("door", ["meta", "mixin"])
def test_none_undoes_a_base_s_option(door):
    """`None` as a class keyword stands for the default."""
    base = define(door, name="app", attribute="log", factory=lambda name: [name])
    sub = extend(door, base, name=None, attribute=None, factory=None)

    assert sub.logger is logging.getLogger(f"{__name__}.Sub")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "option",
    [
        {"name": 3},
        {"name": ""},
        {"name": b"app"},
        {"name": ["a"]},
        {"attribute": 3},
        {"attribute": ""},
        {"attribute": "not valid"},
        {"attribute": "class"},
        {"attribute": "__init__"},
        {"attribute": "__log"},
        {"factory": "structlog"},
        {"factory": 3},
    ],
    ids=repr,
)
def test_bad_options(door, option):
    """A bad value is refused with the class, the option and the value."""
    (word, value), *_ = option.items()

    with pytest.raises(ClassDefinitionError) as caught:
        define(door, "Bad", **option)

    text = str(caught.value)
    assert "'Bad'" in text
    assert f": {word if door == 'decorator' else f'logger_{word}'} takes" in text
    assert repr(value) in text
    assert pickle.loads(pickle.dumps(caught.value)).args == caught.value.args


@pytest.mark.parametrize("door", DOORS)
def test_a_refusal_leaves_nothing_behind(door):
    """A base refused an option for its subclass is as before."""
    base = define(door)
    with pytest.raises(ClassDefinitionError):
        extend(door, base, "Refused", name=3)
    gc.collect()

    if door != "decorator":  # there the class is somebody else's, and it exists
        assert base.__subclasses__() == []
    assert base.logger.name == f"{__name__}.Box"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("value", [None, "", 7])
def test_a_name_function_that_gives_no_name(door, value):
    """It is refused on first use, naming the class; nothing is kept."""
    answers = [value, "good"]
    cls = define(door, name=lambda cls: answers.pop(0))

    with pytest.raises(
        ClassDefinitionError, match=rf"Box': the function that names.* not {value!r}$"
    ):
        _ = cls.logger
    assert cls.logger.name == "good"


@pytest.mark.parametrize("door", DOORS)
def test_a_factory_that_raises(door):
    """Its error reaches the user, nothing is cached, and the next use tries again."""
    tries = []

    def factory(name):
        tries.append(name)
        if len(tries) < 3:
            raise OSError("no disk")
        return tries

    cls = define(door, factory=factory)

    with pytest.raises(OSError, match="no disk"):
        _ = cls.logger
    with pytest.raises(OSError, match="no disk"):
        _ = cls().logger
    assert cls.logger is cls().logger is tries
    assert len(tries) == 3


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("option", "culprit"),
    [("name", "the function that names"), ("factory", "the factory of")],
    ids=["name", "factory"],
)
def test_an_attribute_error_is_not_swallowed(door, option, culprit):
    """`__getattr__` and `hasattr` cannot hide that an option's function failed."""

    def broken(argument):
        raise AttributeError("no channel")

    cls = define(door, body={"__getattr__": lambda self, name: 1}, **{option: broken})

    with pytest.raises(PatternError, match=f"Box': {culprit}.*no channel") as caught:
        _ = cls().logger
    assert isinstance(caught.value.__cause__, AttributeError)
    with pytest.raises(PatternError):
        hasattr(cls, "logger")


@pytest.mark.parametrize("door", DOORS)
def test_a_factory_may_use_other_loggers(door):
    """A factory that reads another class's logger does not wait for itself."""
    other = define(door, "Other", factory=lambda name: [name])
    cls = extend(door, other, "Needs", factory=lambda name: [name, other.logger])

    assert cls.logger[1] is other.logger


def test_a_foreign_claim_on_a_keyword_is_a_clash():
    """A keyword that another hook names is an error, not a guess."""

    class Base:
        def __init_subclass__(cls, logger_name=None, **kwargs):
            super().__init_subclass__(**kwargs)

    with pytest.raises(ClassDefinitionError, match="logger_name"):
        define("meta", bases=(Base,), name="x")


@pytest.mark.parametrize("door", DOORS)
def test_structlog(door):
    """structlog's `get_logger` serves as a factory."""
    structlog = pytest.importorskip("structlog")
    cls = define(door, "Structured", factory=structlog.get_logger)

    with structlog.testing.capture_logs() as logs:
        cls().logger.info("started", size=3)

    assert logs == [{"event": "started", "size": 3, "log_level": "info"}]
    assert cls.logger is cls().logger


@pytest.mark.parametrize("door", DOORS)
def test_loguru(door):
    """loguru's logger serves, bound to the class's name."""
    loguru = pytest.importorskip("loguru")
    cls = define(door, "Guru", factory=lambda name: loguru.logger.bind(name=name))
    lines = []
    sink = loguru.logger.add(lines.append, format="{extra[name]} {message}")
    try:
        cls().logger.info("started")
    finally:
        loguru.logger.remove(sink)

    assert [str(line) for line in lines] == [f"{__name__}.Guru started\n"]
    assert cls.logger is cls().logger


# -- the decorator ------------------------------------------------------------


def test_decorator_forms():
    """With parentheses, without, and with options: the same class comes back."""

    class Plain: ...

    class Called: ...

    class Given: ...

    assert logged(Plain) is Plain
    assert logged()(Called) is Called
    assert logged(name="given")(Given) is Given
    assert Plain.logger.name.endswith("Plain")
    assert Given.logger.name == "given"


def test_decorated_twice():
    """A second decoration changes nothing; options it cannot heed are refused."""
    cls = logged(name="once")(type("Twice", (), {}))

    assert logged(cls) is cls
    with pytest.raises(ClassDefinitionError, match="already"):
        logged(name="twice")(cls)
    assert cls.logger.name == "once"


@pytest.mark.parametrize("value", [3, "name", print])
def test_decorating_no_class(value):
    """What is no class is refused by type."""
    with pytest.raises(TypeError, match=type(value).__name__):
        logged(value)


def test_mixin_and_metaclass_in_one_class():
    """The pattern is applied once, and its keyword is heeded."""

    class Both(LoggerMixin, metaclass=LoggerMeta, logger_name="both"): ...

    assert Both.logger.name == "both"
    assert logged(Both) is Both


# -- copies, pickles, threads, memory -----------------------------------------


class Importable(LoggerMixin):
    def __init__(self, size):
        self.size = size


class ImportableSlots(metaclass=LoggerMeta, logger_factory=logging.Logger):
    __slots__ = ("size",)

    def __init__(self, size):
        self.size = size


@pytest.mark.parametrize("cls", [Importable, ImportableSlots])
def test_pickle_and_copy(cls):
    """An instance holds no logger, so it copies and pickles in every protocol."""
    box = cls(3)
    _ = box.logger
    copies = [copy.copy(box), copy.deepcopy(box)]
    copies += [
        pickle.loads(pickle.dumps(box, protocol))
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    ]

    for twin in copies:
        assert twin.size == 3
        assert twin.logger is box.logger
    assert copy.deepcopy(cls) is cls


@pytest.mark.parametrize("door", DOORS)
def test_cloudpickle_by_value(door):
    """A class pickled by value takes its options along, and neither logger nor lock."""

    class Lockable:
        def __init__(self, name):
            self.name = name
            self.lock = threading.Lock()

    cls = define(door, "Traveller", name=lambda _: "value", factory=Lockable)
    cls.__module__ = "__main__"
    _ = cls.logger

    code = (
        "import pickle, sys\n"
        "cls = pickle.load(sys.stdin.buffer)\n"
        "assert cls().logger is cls.logger\n"
        "print(type(cls.logger).__name__, cls.logger.name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=cloudpickle.dumps(cls),
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    fresh = copy.deepcopy(vars(cls)["logger"])

    assert (done.stdout.decode().strip(), done.stderr) == ("Lockable value", b"")
    assert fresh.owner is not cls
    assert fresh.logger is None


@pytest.mark.parametrize("door", DOORS)
def test_first_use_from_many_threads(door):
    """All get one logger, and a slow factory is called once."""
    made = []

    def factory(name):
        made.append(name)
        threading.Event().wait(0.02)
        return [name]

    for _ in range(5):
        made.clear()
        cls = define(door, "Shared", factory=factory)
        found = in_threads(32, lambda cls=cls: cls().logger)

        assert len({id(logger) for logger in found}) == 1
        assert made == [f"{__name__}.Shared"]


@pytest.mark.parametrize("door", DOORS)
def test_threads_and_subclasses(door):
    """First uses of a base and an unseen subclass at once do not mix."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(15):
            base = define(door, "Base3", factory=lambda name: [name])
            sub = plain("Sub3", (base,))
            found = in_threads(8, lambda two=(base, sub): [cls.logger for cls in two])
            assert len({id(logger) for logger, _ in found}) == 1
            assert len({id(logger) for _, logger in found}) == 1
            assert found[0][0] == [f"{__name__}.Base3"]
            assert found[0][1] == [f"{__name__}.Sub3"]
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.parametrize("door", DOORS)
def test_no_lock_is_held_while_python_makes_a_logger(door):
    """A thread that holds logging's lock may ask for a class's logger."""
    cls = define(door, f"Handler_{door}")
    asked, release = threading.Event(), threading.Event()

    def hold():
        with logging._lock:
            asked.set()
            release.wait(WAIT)
            return cls.logger

    def ask():
        asked.wait(WAIT)
        threading.Timer(0.05, release.set).start()
        return cls.logger

    works = [hold, ask]

    def take():
        return works.pop()()

    found = in_threads(2, take)

    assert found[0] is found[1]


@pytest.mark.parametrize("door", DOORS)
def test_dropped_classes_are_collected(door):
    """A class that nobody refers to goes, used loggers or not."""
    base = define(door, "Stays")
    drops = [extend(door, base, f"Goes{number}") for number in range(20)]
    for cls in drops[::2]:
        _ = cls.logger
    lone = define(door, "Alone", factory=lambda name: [name])
    _ = lone.logger
    refs = [weakref.ref(cls) for cls in (*drops, lone)]
    del drops, lone, cls
    gc.collect()

    assert not [ref for ref in refs if ref() is not None]
    assert base.__subclasses__() == []


@pytest.mark.parametrize("door", DOORS)
def test_a_reload_keeps_the_name(door):
    """The class that replaces another has the same standard logger."""
    first, second = define(door, "Again"), define(door, "Again")

    assert first.logger is second.logger


# -- classes that are built twice ---------------------------------------------


@pytest.mark.parametrize("door", ["meta", "mixin"])
@pytest.mark.parametrize("used", [False, True])
@pytest.mark.parametrize(
    "rebuild", [dataclasses.dataclass(slots=True), attrs.define], ids=["std", "attrs"]
)
def test_rebuilt_with_slots(door, used, rebuild):
    """The second class keeps the options and has its own logger; the first goes."""
    body = {"__annotations__": {"x": int}}
    first = define(
        door, "Point", body=body, factory=lambda name: [name], attribute="log"
    )
    if used:
        _ = first.log
    cls = rebuild(first)
    ref = weakref.ref(first)
    before = first.log if used else None

    assert cls is not first
    del first
    gc.collect()
    assert ref() is None
    assert cls.log == [f"{__name__}.Point"]
    assert cls(1).log is cls.log is not before


@pytest.mark.parametrize("used", [False, True])
@pytest.mark.parametrize("above", [False, True])
def test_decorator_and_slots(used, above):
    """Above or below a decorator that rebuilds, each class answers for itself."""

    class Point:
        x: int = 0

    if above:
        cls = logged(dataclasses.dataclass(slots=True)(Point))
    else:
        first = logged(Point)
        if used:
            assert first.logger.name.endswith("Point")
        cls = dataclasses.dataclass(slots=True)(first)
        first_logger = first.logger
        assert first_logger is cls.logger  # the same name, so the same logger
    assert (
        cls.logger
        is cls().logger
        is logging.getLogger(f"{__name__}.{cls.__qualname__}")
    )


def test_decorated_copy_with_a_factory():
    """The copy of a decorated class that was used does not hand out the first's."""
    first = logged(factory=lambda name: [name])(type("First", (), {}))
    before = first.logger
    body = {key: value for key, value in vars(first).items() if key != "__dict__"}
    body.pop("__weakref__", None)
    second = type("Second", (), body)

    assert second.logger == [f"{__name__}.Second"]
    assert second.logger is second().logger
    assert first.logger is before


@pytest.mark.parametrize("door", DOORS)
def test_rebuild_keeps_a_field_called_logger(door):
    """A dataclass field called `logger`, slots or not, is the class's own."""
    body = {"__annotations__": {"logger": str}, "logger": "none"}
    cls = dataclasses.dataclass(slots=True)(define(door, "Fielded", body=body))

    assert cls().logger == "none"
    assert cls("x").logger == "x"


def test_name_of_the_rebuilt_class_follows_its_qualname():
    """dataclass sets the qualname after the class is made."""

    class Outer:
        @dataclasses.dataclass(slots=True)
        class Inner(metaclass=LoggerMeta):
            x: int = 1

    assert Outer.Inner.logger.name == f"{__name__}.{Outer.Inner.__qualname__}"
    assert ".Outer.Inner" in Outer.Inner.logger.name


# -- beside other metaclasses and frameworks ----------------------------------


class Speaker(Protocol):
    def speak(self) -> str: ...


class Parrot:
    def speak(self):
        return "hello"


def orders(other):
    return [
        combine_metaclasses(LoggerMeta, other),
        combine_metaclasses(other, LoggerMeta),
        types.new_class("Hand1", (LoggerMeta, type(other))),
        types.new_class("Hand2", (type(other), LoggerMeta)),
    ]


@pytest.mark.parametrize("order", range(4))
def test_protocol(order):
    """The logger is no member of a protocol; who implements it explicitly has one."""
    meta = orders(Protocol)[order]

    @runtime_checkable
    class P(Protocol, metaclass=meta):
        def speak(self) -> str: ...

    @runtime_checkable
    class Deeper(P, Protocol):
        def sing(self) -> str: ...

    class Explicit(P):
        def speak(self):
            return "explicit"

    class Singer(Parrot):
        sing = Parrot.speak

    assert isinstance(Parrot(), P)
    assert isinstance(Singer(), Deeper)
    assert P.logger.name == f"{__name__}.{P.__qualname__}"
    assert isinstance(Parrot(), P)
    assert Explicit().logger is Explicit.logger
    assert Explicit.logger.name.endswith("Explicit")
    assert "logger" not in vars(P)


def test_protocol_with_another_attribute_has_no_logger():
    """Under another name the classes that implement the protocol have the logger."""
    meta = combine_metaclasses(LoggerMeta, Protocol)

    class P(Protocol, metaclass=meta, logger_attribute="log"): ...

    class Impl(P): ...

    assert not hasattr(P, "logger")
    assert not hasattr(Impl, "logger")
    assert Impl.log is Impl().log


@pytest.mark.parametrize("spare", [Protocol, Generic[TypeVar("T")]])
def test_decorated_protocol(spare):
    """A decorated protocol gains no member, and its explicit heirs have loggers."""

    @logged(attribute="log")
    @runtime_checkable
    class P(Protocol):
        def speak(self) -> str: ...

    @runtime_checkable
    class Deeper(P, Protocol): ...

    class Explicit(Deeper, *((spare,) if spare is not Protocol else ())):
        def speak(self):
            return ""

    logged(P)

    assert isinstance(Parrot(), P)
    assert isinstance(Parrot(), Deeper)
    assert not isinstance(3, P)
    assert Explicit().log is Explicit.log
    assert Explicit.log.name.endswith("Explicit")
    assert "log" not in vars(Deeper)


@pytest.mark.parametrize("rebuilt", [False, True])
@pytest.mark.parametrize("decorators", [(logged, singleton), (singleton, logged)])
def test_protocol_with_two_decorators(decorators, rebuilt):
    """Both of two, and a base's hook, are told of a class that derives from a protocol."""
    heard = []

    class Base(Protocol):
        def __init_subclass__(cls, **kwargs):
            heard.append(cls.__name__)
            super().__init_subclass__(**kwargs)

    class P(Base, Protocol):
        def speak(self) -> str: ...

    for decorate in decorators:
        decorate(P)
    if rebuilt:
        P = dataclasses.dataclass(slots=True)(P)
    heard.clear()

    class Explicit(P):
        def speak(self):
            return ""

    assert Explicit() is Explicit()
    assert Explicit.logger.name.endswith("Explicit")
    assert heard == ["Explicit"]


@pytest.mark.parametrize("order", range(4))
def test_enum(order):
    """Members have the enumeration's logger, and no member is added."""

    class Color(enum.Enum, metaclass=orders(enum.Enum)[order]):
        RED = 1
        BLUE = 2

    assert Color.logger.name.endswith("Color")
    assert Color.RED.logger is Color.logger
    assert list(Color) == [Color.RED, Color.BLUE]
    assert Color(2) is Color.BLUE


def test_enum_doors():
    """A mixin and the decorator work on an enumeration too."""

    class Mixed(LoggerMixin, enum.Enum):
        A = 1

    @logged
    class Decorated(enum.IntFlag):
        A = 1
        B = 2

    assert Mixed.A.logger is Mixed.logger
    assert (Decorated.A | Decorated.B).logger is Decorated.logger
    assert len(Mixed) == 1


@pytest.mark.parametrize("order", range(4))
def test_enum_member_called_logger(order):
    """A member of that name stays a member."""

    class Part(enum.Enum, metaclass=orders(enum.Enum)[order]):
        logger = "l"
        handler = "h"

    assert Part.logger.value == "l"
    assert len(Part) == 2


@pytest.mark.parametrize("order", range(4))
def test_abstract(order):
    """Abstract methods are enforced, and an abstract base has its logger."""

    class Base(ABC, metaclass=orders(ABC)[order]):
        @abstractmethod
        def run(self): ...

    class Done(Base):
        def run(self):
            return self.logger

    with pytest.raises(TypeError):
        Base()
    assert Done().run() is Done.logger
    assert Base.logger.name.endswith("Base")


def test_abstract_logger():
    """A base that asks for a `logger` of the subclass's own still gets one."""

    class Base(ABC, metaclass=combine_metaclasses(LoggerMeta, ABCMeta)):
        @property
        @abstractmethod
        def logger(self): ...

    class Done(Base):
        logger = "done"

    with pytest.raises(TypeError):
        Base()
    assert Done().logger == "done"


def model(door, title, base, body):
    """A pydantic or SQLAlchemy model through a door."""
    keywords = {}
    if door == "meta" and not isinstance(base, LoggerMeta):
        keywords["metaclass"] = combine_metaclasses(LoggerMeta, base)
    bases = (base,)
    if door == "mixin" and not issubclass(base, LoggerMixin):
        bases = (LoggerMixin, base)
    made = plain(title, bases, body, keywords)
    return logged(made) if door == "decorator" else made


@pytest.mark.parametrize("door", DOORS)
def test_pydantic(door):
    """Models validate as ever, their loggers are no fields, and none is made early."""
    pydantic = pytest.importorskip("pydantic")
    name = f"Pydantic_{door}"
    user = model(door, name, pydantic.BaseModel, {"__annotations__": {"age": int}})
    admin = model(door, f"Admin_{name}", user, {"__annotations__": {"level": int}})

    assert not exists(f"{__name__}.{name}")
    assert list(admin.model_fields) == ["age", "level"]
    assert admin(age="3", level=1).model_dump() == {"age": 3, "level": 1}
    assert admin(age=3, level=1).logger is admin.logger
    assert user(age=1).logger.name == f"{__name__}.{name}"
    assert user.model_json_schema()["required"] == ["age"]
    with pytest.raises(pydantic.ValidationError):
        user(age="x")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("default", [False, True])
def test_pydantic_field_called_logger(door, default):
    """A field called `logger`, with a default or without, stays what it is."""
    pydantic = pytest.importorskip("pydantic")
    body = {"__annotations__": {"logger": str}}
    if default:
        body["logger"] = "d"
    first = model(door, "WithField", pydantic.BaseModel, body)
    second = model(door, "Second", first, {"__annotations__": {"age": int}})

    for cls, others in ((first, {}), (second, {"age": 1})):
        assert cls(logger="x", **others).logger == "x"
        assert cls.model_fields["logger"].is_required() is not default
        if default:
            assert cls(**others).logger == "d"
        assert not hasattr(cls, "logger")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("hint", [ClassVar[logging.Logger], "ClassVar[logging.Logger]"])
def test_pydantic_class_variable(door, hint):
    """The annotation that type checkers want is no field."""
    pydantic = pytest.importorskip("pydantic")
    cls = model(
        door, "Annotated", pydantic.BaseModel, {"__annotations__": {"logger": hint}}
    )

    assert cls().logger is cls.logger
    assert cls.model_fields == {}


@pytest.mark.parametrize("door", DOORS)
def test_foreign_model_with_a_field_called_logger(door):
    """A base model that is not ours and declares the field keeps it."""
    pydantic = pytest.importorskip("pydantic")

    class Theirs(pydantic.BaseModel):
        logger: str

    cls = model(door, "OnTop", Theirs, {})

    assert cls(logger="x").logger == "x"
    assert cls.model_fields["logger"].is_required()


@pytest.mark.parametrize("door", DOORS)
def test_sqlalchemy(door):
    """Mapped classes map, and a column called `logger` stays a column."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    orm = pytest.importorskip("sqlalchemy.orm")

    class Base(orm.DeclarativeBase): ...

    number = orm.mapped_column(primary_key=True)
    hints = {"__annotations__": {"id": orm.Mapped[int]}}
    user = model(door, "User", Base, {"__tablename__": "user", "id": number, **hints})
    hints = {"__annotations__": {"id": orm.Mapped[int], "logger": orm.Mapped[str]}}
    number = orm.mapped_column(primary_key=True)
    row = model(door, "Row", Base, {"__tablename__": "row", "id": number, **hints})
    engine = sqlalchemy.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        session.add_all([user(id=1), row(id=1, logger="x")])
        session.commit()

        assert session.get(user, 1).logger is user.logger
        assert session.scalars(sqlalchemy.select(row.logger)).all() == ["x"]
    engine.dispose()
    assert user.logger.name == f"{__name__}.User"


@pytest.mark.parametrize("door", DOORS)
def test_django(door):
    """Models keep their table and their rows; a field called `logger` stays a field."""
    django = pytest.importorskip("django")
    from django.conf import settings as django_settings

    if not django_settings.configured:
        django_settings.configure(
            INSTALLED_APPS=[],
            DATABASES={
                "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
            },
        )
        django.setup()
    from django.db import connection, models

    meta = type("Meta", (), {"app_label": f"logger_{door}"})
    item = model(
        door, f"Item{door}", models.Model, {"size": models.IntegerField(), "Meta": meta}
    )
    field = models.CharField(max_length=9)
    meta = type("Meta", (), {"app_label": f"logger_{door}"})
    own = model(door, f"Own{door}", models.Model, {"logger": field, "Meta": meta})
    with connection.schema_editor() as editor:
        editor.create_model(item)
        editor.create_model(own)
    item.objects.create(size=3)
    own.objects.create(logger="x")
    found = item.objects.get(size=3), own.objects.get(logger="x")
    connection.close()

    assert found[0].logger is item.logger
    assert item.logger.name == f"{__name__}.Item{door}"
    assert found[1].logger == "x"


def test_a_field_that_a_framework_takes_out_of_the_body():
    """What the body binds is the class's, even where the framework removes it."""

    class Collecting(type):
        def __new__(mcls, name, bases, namespace):
            fields = {"logger": namespace.pop("logger", None)}
            namespace["__getattr__"] = lambda self, name: fields[name]
            return super().__new__(mcls, name, bases, namespace)

    base = types.new_class("CollectingBase", (), {"metaclass": Collecting})
    cls = model("meta", "Collected", base, {"logger": "field"})
    sub = types.new_class("SubCollected", (cls,))

    named = types.new_class("Named", (cls,), {"logger_attribute": "log"})
    root = model("meta", "LoggingRoot", base, {})
    below = types.new_class(
        "Below", (root,), {}, lambda space: space.update(logger="field")
    )

    assert cls().logger == "field"
    assert not hasattr(sub, "logger")
    assert named.log is named().log
    assert below.logger.name.endswith("Below")  # by the root's, which is in its way
    assert "logger" not in vars(below)


def fields_meta(name, base):
    """Make a metaclass that takes each annotation, but class variables, for a field."""

    class Fields(base):
        def __new__(mcls, name, bases, namespace):
            cls = super().__new__(mcls, name, bases, namespace)
            own = namespace.get("__annotations__", {})
            cls.fields = [*getattr(cls, "fields", ()), *own]
            return cls

        def __call__(cls, **given):
            made = super().__call__()
            vars(made).update(given)
            return made

    Fields.__name__ = name
    return Fields


Fields = fields_meta("Fields", type)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("heir", [False, True])
@pytest.mark.parametrize(
    "meta",
    [
        Fields,
        fields_meta("AbstractFields", ABCMeta),
        fields_meta("_ProtocolMeta", type),
    ],
    ids=lambda meta: meta.__name__,
)
def test_a_field_declared_by_annotation_alone(meta, door, heir):
    """
    Under a framework's metaclass an annotation declares a field of the class's own.

    So it does whatever that metaclass is called, and derives from.
    """
    root = types.new_class("FieldsRoot", (), {"metaclass": meta})
    cls = model(door, "WithFields", root, {"__annotations__": {"logger": "str"}})
    if heir:
        cls = plain("HeirOfFields", (cls,))

    assert cls(logger="x").logger == "x"
    assert not hasattr(cls, "logger")


def test_a_declared_field_whose_class_is_asked_early():
    """What a hook got by the base's options is taken back, and the field stays."""

    class Asking(metaclass=Fields):
        def __init_subclass__(cls):
            super().__init_subclass__()
            asked.append(getattr(cls, "logger", None))

    asked = []
    keywords = {
        "metaclass": combine_metaclasses(LoggerMeta, Fields),
        "logger_factory": lambda name: [name],
    }
    root = plain("AskedRoot", (Asking,), keywords=keywords)
    hints = {"__annotations__": {"logger": "str"}}
    cls = plain("Asked", (root,), hints, {"logger_name": "own"})
    same = plain("Same", (root,), hints)

    assert asked[1:] == [[f"{__name__}.Asked"], [f"{__name__}.Same"]]
    assert cls.logger == ["own"]
    assert cls(logger="x").logger == "x"
    assert same.logger is asked[2]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("hint", ["ClassVar[Logger]", ClassVar[logging.Logger]])
def test_a_class_variable_is_no_field(door, hint):
    """There `ClassVar` tells type checkers of the logger, and declares nothing."""
    root = types.new_class("FieldsRoot", (), {"metaclass": Fields})
    cls = model(door, "WithHint", root, {"__annotations__": {"logger": hint, "x": int}})

    assert cls.logger is cls().logger


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("base", [ABC, Generic[TypeVar("T")], Protocol], ids=str)
def test_an_annotation_is_no_field_of_what_the_standard_library_makes(door, base):
    """Abstract, generic and protocol classes declare their loggers for type checkers."""
    root = types.new_class("Root", (base,))
    cls = model(door, "Abstract", root, {"__annotations__": {"logger": "Logger"}})

    assert cls.logger is cls().logger


def test_options_come_from_the_nearest_ancestor():
    """It is the one that stands first in the MRO, also where a base comes in between."""

    @logged(attribute="far")
    class Far: ...

    class Between(Far): ...

    @logged(attribute="near")
    class Near: ...

    @logged
    class C(Between, Near, Far): ...

    assert C.__mro__ == (C, Between, Near, Far, object)
    assert C.near.name.endswith("C")


@pytest.mark.parametrize("door", DOORS)
def test_a_foreign_base_that_declares_a_field(door):
    """A framework's class that is not ours keeps the field that it declares."""
    hints = {"__annotations__": {"logger": "str"}}
    base = plain("TheirFields", body=hints, keywords={"metaclass": Fields})
    cls = model(door, "OnFields", base, {})

    assert not hasattr(cls, "logger")
    assert cls(logger="x").logger == "x"


def test_a_declared_field_before_our_attribute():
    """A class is given no attribute where a nearer base declares a field."""
    hints = {"__annotations__": {"logger": "str"}}
    theirs = plain("TheirFields", body=hints, keywords={"metaclass": Fields})
    cls = plain("Between", (theirs, define("mixin", "Ours")))

    assert cls.logger.name == f"{__name__}.Between"
    assert "logger" not in vars(cls)
    assert cls(logger="x").logger == "x"


def test_a_protocol_that_declares_a_field():
    """A framework's field takes the place of a protocol's logger too."""
    meta = combine_metaclasses(LoggerMeta, Fields, type(Protocol))
    hints = {"__annotations__": {"logger": "str"}}
    cls = plain("Fielded", (Protocol,), hints, {"metaclass": meta})
    other = plain("Other", (Protocol,), {}, {"metaclass": meta})

    assert other.logger.name == f"{__name__}.Other"
    with pytest.raises(AttributeError, match="'Fielded' has no attribute 'logger'"):
        _ = cls.logger


def test_signature_and_doc_are_untouched():
    """The class looks as it did without the pattern."""

    @logged
    class Documented:
        """Doc."""

        def __init__(self, size: int): ...

    assert list(inspect.signature(Documented).parameters) == ["size"]
    assert Documented.__doc__ == "Doc."
    assert list(inspect.signature(ImportableSlots).parameters) == ["size"]
    public = {name for name in dir(Documented) if not name.startswith("_")}
    assert public == {"logger"}


def test_own_metaclass_derived_from_ours():
    """A user's metaclass may take the keyword, change it and hand it on."""

    class Mine(LoggerMeta):
        def __new__(mcls, name, bases, namespace, *, logger_name="x", **kwargs):
            given = f"mine.{logger_name}"
            return super().__new__(
                mcls, name, bases, namespace, logger_name=given, **kwargs
            )

    class Box(metaclass=Mine, logger_name="box"): ...

    assert Box.logger.name == "mine.box"


def test_import_is_light():
    """Importing the pattern loads no logging; first use does."""
    code = (
        "import sys; from metapatterns import LoggerMeta, LoggerMixin, logged\n"
        "heavy = {'logging', 'typing', 'functools', 'inspect', 'dataclasses',"
        " 'threading', 're', 'typing_extensions'} & set(sys.modules)\n"
        "class C(LoggerMixin, logger_attribute='log'): x: int\n"
        "early = 'logging' in sys.modules\n"
        "print(sorted(heavy), early, C.log.name, 'typing_extensions' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )

    assert run.stdout.strip() == "[] False __main__.C False"


@pytest.mark.parametrize("door", ["meta", "mixin"])
def test_an_early_logger_is_replaced_beside_a_metaclass_in_c(door):
    """A logger that ``__init_subclass__`` asked for gives way to the class's own."""
    seen = []

    def ask(cls, **kwargs):
        super(base, cls).__init_subclass__(**kwargs)
        seen.append(cls.logger.name)

    body = {"__init_subclass__": classmethod(ask)}
    base = define(door, "Base", (ctypes.Structure,), body)
    late = extend(door, base, "Late", name="late")

    # The mixin's own hook is the one that `super()` has just called.
    assert seen == [f"{__name__}.Late" if door == "meta" else "late"]
    assert late.logger.name == "late"
    assert late().logger is late.logger
