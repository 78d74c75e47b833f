"""record_class_creation: what happens while classes are made, and nothing left behind."""

from __future__ import annotations

import cProfile
import dataclasses
import enum
import json
import os
import subprocess
import sys
import threading
import time
import types
import typing
from abc import ABC, abstractmethod
from pathlib import Path

import pytest

import metapatterns
from metapatterns import (
    FinalError,
    FinalMeta,
    FinalMixin,
    NoDuplicateMeta,
    SingletonMeta,
    final,
    logged,
    singleton,
    validated,
)
from metapatterns.errors import describe
from metapatterns.tools import ClassRecording, record_class_creation
from metapatterns.tools._record import _recorder, _recording
from metapatterns.tools._record._clockwork import Dispatch, listen


@pytest.fixture(autouse=True)
def _nothing_left():
    """No test leaves a profile function behind, nor a builtin changed."""
    before = sys.getprofile(), __builtins__["__build_class__"]  # type: ignore[index]
    yield
    assert (sys.getprofile(), __builtins__["__build_class__"]) == before  # type: ignore[index]


@pytest.fixture(autouse=True)
def _seen_by_coverage(monkeypatch):
    """Let coverage trace the recorder, which runs where Python traces nothing."""
    if sys.gettrace() is None:
        return
    event = _recorder.Recorder.event
    busy = threading.local()

    def traced(*arguments):
        if not vars(busy):
            busy.inside = True
            try:
                sys.call_tracing(event, arguments)
            finally:
                del busy.inside

    monkeypatch.setattr(_recorder.Recorder, "event", traced)


class Told:
    def __set_name__(self, owner, name):
        pass


class Hooked:
    def __init__(self):
        pass

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)


class Meta(type):
    @classmethod
    def __prepare__(mcls, name, bases, **kwargs):
        return super().__prepare__(name, bases, **kwargs)

    def __new__(mcls, name, bases, namespace, **kwargs):
        return super().__new__(mcls, name, bases, namespace, **kwargs)

    def __init__(cls, name, bases, namespace, **kwargs):
        super().__init__(name, bases, namespace)

    def __call__(cls, *args, **kwargs):
        return super().__call__(*args, **kwargs)

    def mro(cls):
        return super().mro()


def passed_on(cls):
    return cls


def tree(recording: ClassRecording) -> list[str]:
    """The tree without times, and with short names."""
    text = recording.tree(times=False).replace(f"{__name__}.", "")
    return [line.partition(__file__)[0].rstrip() for line in text.splitlines()]


def whats(recording: ClassRecording) -> list[str]:
    return [step.what for step in recording]


def test_every_stage_is_there_in_order():
    """A class statement shows each hook, who defines it, nested as it happened."""
    alias = typing.Generic[typing.TypeVar("T")]
    with record_class_creation() as recording:

        @passed_on
        class Both(Hooked, alias, metaclass=Meta):
            told = Told()

            def __init__(self):
                self.ready = True

            def __new__(cls):
                return super().__new__(cls)

        Both()

    steps = [(step.what, step.owner.rpartition(".")[2]) for step in recording]
    steps = [step for step in steps if step[1] != "Generic"]
    assert [
        step for step in steps if step[0] != "__init_subclass__" or step[1] != "object"
    ] == [
        ("class", ""),
        ("__mro_entries__", "_GenericAlias"),
        ("__prepare__", "Meta"),
        ("__prepare__", "type"),
        ("body", ""),
        ("__new__", "Meta"),
        ("__new__", "type"),
        ("mro", "Meta"),
        ("mro", "type"),
        ("__set_name__", "Told"),
        ("__init_subclass__", "Hooked"),
        ("__init__", "Meta"),
        ("decorator", "passed_on"),
        ("__call__", "Meta"),
        ("__new__", "Both"),
        ("__new__", "object"),
        ("__init__", "Both"),
    ]
    (made, called) = recording.steps
    assert made.metaclass == f"{__name__}.Meta"
    assert (
        made.on
        == called.on
        == f"{__name__}.{test_every_stage_is_there_in_order.__qualname__}.<locals>.Both"
    )
    assert {step.on for step in recording} == {made.on}


def test_a_plain_class():
    """A class of ``type`` shows its body, and the hooks in Python."""
    with record_class_creation() as recording:

        class Plain:
            told = Told()

            class Inner:
                pass

    assert [step.what for step in recording] == [
        "class",
        "body",
        "class",
        "body",
        "__set_name__",
    ]
    assert [step.metaclass for step in recording if step.what == "class"] == [
        "type",
        "type",
    ]
    assert str(recording).count("metaclass type") == 2


@pytest.mark.parametrize("scope", ["module", "function", "global", "cell", "nested"])
def test_the_metaclass_is_known_wherever_the_class_is_put(scope):
    """A metaclass in C is found through the name that the statement binds."""
    code = {
        "module": "class C(B): pass",
        "function": "def f():\n    class C(B): pass\n    return 1\nf()",
        "global": "def f():\n    global C\n    class C(B): pass\nf()",
        "cell": "def f():\n    class C(B): pass\n    return lambda: C\nf()",
        "nested": "class O:\n    class C(B): pass",
    }[scope]
    with record_class_creation(filter="C") as recording:
        exec(code, {"B": int, "__name__": "somewhere"})

    (step,) = [
        step for step in recording if step.what == "class" and step.on.endswith("C")
    ]
    assert step.metaclass == "type"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_generic_classes_have_a_scope_of_their_own():
    """``class C[T]`` is made inside a hidden function."""
    with record_class_creation() as recording:
        exec("class C[T]: pass\nC()", {"__name__": "somewhere"})

    assert recording.steps[0].on == "somewhere.C"
    assert recording.steps[0].metaclass == "type"


def test_classes_in_a_loop():
    """Each round's class is known, decorators in C included."""
    made = []
    with record_class_creation() as recording:
        for _ in range(3):

            @made.append
            class Looped:
                pass

        for _ in range(2):

            class Bare:
                pass

    classes = [step for step in recording.steps if step.what == "class"]
    assert len(classes) == 5
    assert [step.children[-1].what for step in classes[:3]] == ["decorator"] * 3
    assert classes[0].children[-1].owner == "list.append"
    assert [step.metaclass for step in classes[3:]] == ["type", "type"]


def test_calls_make_classes_too():
    """What is made without a class statement is shown as well."""
    with record_class_creation() as recording:
        Meta("Called", (), {})
        types.new_class("New", (Hooked,), {"metaclass": Meta})
        type("Typed", (Hooked,), {})
    prepared, *_ = recording.filter("New").steps

    assert [step.on.rpartition(".")[2] for step in recording.steps] == [
        "Called",
        "New",
        "Typed",
    ]
    assert [step.what for step in prepared.children] == [
        "__prepare__",
        "__new__",
        "__init__",
    ]


def test_calls_in_a_loop():
    """Each call makes a class of its own, whatever its name."""

    class Named:
        def __set_name__(self, owner, name):
            pass

    with record_class_creation() as recording:
        for _ in range(2):
            Meta("Called", (), {})
            types.new_class("Called", (), {"metaclass": Meta})
            type("Typed", (Hooked,), {"one": Named(), "other": Named()})
            type("Typed", (Hooked,), {})

    made = [[step.what for step in it.children] for it in recording.steps]
    assert made == 2 * [
        ["__new__", "__init__"],
        ["__prepare__", "__new__", "__init__"],
        ["__set_name__", "__set_name__", "__init_subclass__"],
        ["__init_subclass__"],
    ]
    assert {step.metaclass.rpartition(".")[2] for step in recording.steps} == {
        "Meta",
        "type",
    }


def test_a_class_that_a_call_makes_has_its_own_name():
    """It is called what it is called, not after the module of the call."""

    class MakerMeta(type):
        def __new__(mcls, name, bases, namespace):
            type.__new__(mcls, "Helper", (), {})
            return super().__new__(mcls, name, bases, namespace)

    def __init__(self):
        pass

    space = {"__init__": __init__, "__module__": "else.where", "__qualname__": "Of.It"}
    with record_class_creation(filter="else.where.Of.It") as recording:
        It = MakerMeta("It", (), space)
        It()

    assert describe(It) == "else.where.Of.It"
    assert [(step.what, step.on) for step in recording] == [
        ("class", "else.where.Of.It"),
        ("__new__", "else.where.Of.It"),
        ("__new__", "else.where.Of.It"),
        ("__new__", "else.where.Of.It"),
        ("__init__", "else.where.Of.It"),
    ]


def calling(cls):
    """A decorator that makes other classes, and calls one."""
    NoDuplicateMeta("Called", (), {})
    types.new_class("New", (), {"metaclass": FinalMeta})
    Sole()
    return cls


class Sole(metaclass=SingletonMeta):
    pass


@pytest.mark.parametrize("decorator", [final, singleton, validated, logged])
def test_what_a_decorator_does_names_its_class(decorator):
    """The stages of a decorator's pattern are about the class that it is given."""
    with record_class_creation() as recording:

        @decorator
        class Decorated:
            pass

    made = recording.steps[0]
    assert made.children[-1].what == "decorator"
    assert len(list(made.walk())) > 3
    assert {step.on for step in made.walk()} == {describe(Decorated)}
    assert "  of" not in recording.tree()


def test_stages_outside_a_statement_name_their_class():
    """A class that a call makes, decorates or calls is named, inside a decorator too."""
    with record_class_creation() as recording:

        @calling
        class Decorated:
            pass

        singleton(type("Bare", (), {"__module__": __name__}))

    stages = [step for step in recording if ":" in step.what]
    assert [(step.what, step.on.rpartition(".")[2]) for step in stages] == [
        ("no_duplicate: release", "Called"),
        ("no_duplicate: before", "Called"),
        ("final: prepare", "New"),
        ("final: before", "New"),
        ("singleton: call", "Sole"),
        ("singleton: before", "Bare"),
        ("singleton: before", "Bare"),
        ("singleton: check", "Bare"),
        ("singleton: check", "Bare"),
    ]
    assert stages[0].on == f"{__name__}.Called"
    assert stages[-1].on == f"{__name__}.Bare"


def test_an_enum_that_its_decorator_makes_anew():
    """The second class, made by a call in the library, is one of the module's."""
    with record_class_creation(filter=lambda name: name.startswith("status.")) as made:
        exec(
            "import enum\n@enum._simple_enum(enum.Enum)\nclass Status:\n    OK = 1\n",
            {"__name__": "status"},
        )

    (first,) = made.steps
    (second, *_) = first.children[-1].children
    assert first.children[-1].what == "decorator"
    assert (second.what, second.on) == ("class", "status.Status")
    assert second.metaclass == "enum.EnumType"


def test_a_class_that_is_only_handed_out_is_not_made():
    """What a class's own ``__new__`` returns is no class that was made there."""
    with record_class_creation() as recording:

        class Factory:
            def __new__(cls):
                return Hooked

        class Sub(Factory()):
            other = Factory()

        Hooked()

    sub = recording.filter("Sub")
    assert sub.steps[0].metaclass == "type"
    assert not [step for step in recording if step.on == describe(Hooked)]
    assert sum(step.what == "__new__" for step in recording) == 2


def test_a_call_of_an_instance_makes_nothing():
    """Only the calls that make instances are shown."""
    with record_class_creation() as recording:

        class Callable:
            def __call__(self):
                return 1

        assert Callable()() == 1

    assert whats(recording) == ["class", "body"]


def test_a_class_made_while_another_is_made():
    """A helper class inside a hook is a class of its own."""

    class HelperMeta(type):
        def __new__(mcls, name, bases, namespace):
            if name != "Helper":
                HelperMeta("Helper", (), {})
            return super().__new__(mcls, name, bases, namespace)

    with record_class_creation() as recording:

        class Main(metaclass=HelperMeta):
            pass

    assert [
        step.on.rpartition(".")[2] for step in recording if step.what == "class"
    ] == ["Main", "Helper"]


def test_instances_of_what_only_a_metaclass_has_seen():
    """A class that its metaclass's ``__new__`` returned is known by that."""

    class NewMeta(type):
        def __new__(mcls, name, bases, namespace):
            return super().__new__(mcls, name, bases, namespace)

    def __init__(self):
        pass

    with record_class_creation() as recording:
        NewMeta("Called", (), {"__init__": __init__})()

    assert whats(recording) == ["class", "__new__", "__new__", "__init__"]


def test_a_metaclass_with_a_metaclass():
    """The call of a metaclass is the first thing that its own class may see."""

    class Metatype(type):
        def __call__(cls, *args, **kwargs):
            return super().__call__(*args, **kwargs)

    class Typed(type, metaclass=Metatype):
        pass

    with record_class_creation() as recording:

        class Made(metaclass=Typed):
            pass

    assert whats(recording) == ["class", "body", "__call__"]
    assert recording.steps[0].metaclass.endswith("Typed")


def test_a_decorator_that_makes_a_class():
    """What a decorator makes is inside the decorator."""

    def wrapped(cls):
        class Wrapper(cls):
            pass

        return Wrapper

    with record_class_creation() as recording:

        @wrapped
        class Wrapped:
            pass

    assert whats(recording) == ["class", "body", "decorator", "class", "body"]
    (outer,) = recording.steps
    assert [child.what for child in outer.children] == ["body", "decorator"]


def test_a_class_that_is_built_twice():
    """``@dataclass(slots=True)`` makes a second class inside its decorator."""
    with record_class_creation() as recording:

        @dataclasses.dataclass(slots=True)
        class Data(Hooked):
            number: int

    first, second = [step for step in recording if step.what == "class"]
    assert first.children[-1].what == "decorator"
    assert second in first.children[-1].children or second.on == first.on


def test_patterns_show_their_stages():
    """What the pipeline does is shown as the pattern's stages, its fronts are not."""
    with record_class_creation() as recording:

        class Closed(metaclass=FinalMeta):
            pass

        class Mixed(FinalMixin):
            pass

        with pytest.raises(FinalError):

            class Refused(Closed):
                pass

    assert whats(recording)[:4] == ["class", "final: prepare", "body", "final: before"]
    assert not [step for step in recording if "_pipeline" in step.owner]
    refused = recording.filter("Refused").steps[0]
    assert refused.raised
    assert refused.children[0].raised
    assert "(raised)" in str(refused)


def test_enum_and_abstract_classes():
    """The standard library's metaclasses tell their story."""
    with record_class_creation() as recording:

        class Color(enum.Enum):
            RED = 1

        class Shape(ABC):
            @abstractmethod
            def area(self): ...

    color, shape = recording.steps
    assert [child.what for child in color.children] == [
        "__prepare__",
        "body",
        "__new__",
    ]
    assert color.metaclass == "enum.EnumType"
    assert [child.owner for child in shape.children] == ["", "abc.ABCMeta"]
    assert shape.children[1].children[0].owner == "type"


# -- filter, forms --------------------------------------------------------------


@pytest.mark.parametrize(
    "chosen",
    [
        "Kept",
        f"{__name__}:make.<locals>.Dropped.Kept",
        lambda name: name.endswith("Kept"),
    ],
    ids=["name", "path", "function"],
)
def test_a_filter_keeps_one_class(chosen):
    """Other classes are left out, inside the one that is kept as well."""
    with record_class_creation(filter=chosen) as recording:
        Kept = make()
        Kept()

    assert {step.on.rpartition(".")[2] for step in recording} == {"Kept"}
    assert whats(recording) == ["class", "body", "__set_name__", "__init__"]


def make():
    class Dropped:
        class Kept:
            told = Told()

            class Inner:
                pass

            def __init__(self):
                pass

    return Dropped.Kept


def test_a_filter_can_be_the_class():
    """A class that is made again is kept by giving the first."""
    with record_class_creation(filter=make()) as recording:
        make()

    assert recording.steps[0].on.endswith("Kept")


def test_a_filter_of_another_kind_is_refused():
    """What is no class, name or function is refused before anything is recorded."""
    with pytest.raises(TypeError, match=r"^filter takes .*, not 3$"):
        record_class_creation(filter=3)


def test_forms():
    """Text is a tree of 100 columns with times; the dictionary is JSON."""
    with record_class_creation() as recording:
        Long = "L" * 90
        types.new_class(
            Long, (), {"metaclass": Meta}, lambda namespace: time.sleep(0.01)
        )
        exec(
            f"class {Long}2: time.sleep(0.003)", {"time": time, "__name__": "somewhere"}
        )

    for text in (str(recording), recording.tree(times=False)):
        assert max(map(len, text.splitlines())) <= 100
    assert "\u2026" in str(recording)
    assert "µs" in str(recording)
    assert " ms" in str(recording)
    facts = recording.to_dict()
    assert json.loads(json.dumps(facts)) == facts
    assert _recording.duration(2_500_000_000).strip() == "2.5 s"
    assert str(recording.filter("Nothing")) == "no class was made"


def test_times_add_up():
    """Own time leaves out what is nested, and the recorder's own work."""

    class Slow:
        def __init_subclass__(cls):
            time.sleep(0.02)

    with record_class_creation() as recording:

        class Sub(Slow):
            time.sleep(0.01)

    made, body, hook = recording
    assert hook.own_seconds >= 0.019  # the clocks of sleep and of the recorder differ
    assert body.own_seconds >= 0.009
    assert made.own_seconds < hook.own_seconds + body.own_seconds


def story():
    """Make classes in every way in which steps are nested, prolonged or cut short."""

    class Base:
        def __init_subclass__(cls):
            Meta("Inside", (), {})

    @passed_on
    @dataclasses.dataclass(slots=True)
    class Outer(Base):
        number: int

        class Inner(metaclass=Meta):
            told = Told()

    with pytest.raises(ZeroDivisionError):

        class Broken(metaclass=FinalMeta):
            number = 1 / 0

    types.new_class("Called", (), {"metaclass": Meta})
    Outer(1)


def test_a_step_takes_its_own_time_and_that_of_what_is_inside():
    """To the nanosecond, for each step; no time is negative."""
    with record_class_creation() as recording:
        story()

    for step in recording:
        inside = sum(child.nanoseconds for child in step.children)
        assert step.nanoseconds == step.own_nanoseconds + inside
        assert step.own_nanoseconds >= 0
    outer = recording.steps[1]
    assert outer.on.endswith("Outer")
    assert outer.nanoseconds > 0


def test_what_a_filter_drops_has_taken_its_time():
    """A step is as long as ever where a part of it is not shown."""
    with record_class_creation() as recording:
        story()

    whole = recording.steps[1]
    (part,) = recording.filter("Outer").steps[:1]
    assert part.nanoseconds == whole.nanoseconds
    assert part.own_nanoseconds == whole.own_nanoseconds
    assert len(list(part.walk())) < len(list(whole.walk()))


def test_what_is_never_finished_has_taken_its_time():
    """A block that ends inside a class statement knows how long that took so far."""
    recorder = record_class_creation()
    recording = recorder.__enter__()

    class Outer:
        class Inner:
            time.sleep(0.002)

        recorder.__exit__(None, None, None)

    made, body, *_ = recording
    assert made.nanoseconds >= body.nanoseconds >= 1_000_000
    assert whats(recording) == ["class", "body", "class", "body"]


def test_a_traced_listener_does_not_turn_the_clock_back():
    """What runs for the listener's own sake counts once, however it is traced."""
    seen = []

    def busy():
        return [time.perf_counter_ns() for _ in range(20)]

    def listener(frame, event, arg, now):
        if frame.f_code.co_name == "passed_on":
            seen.append(now)
            sys.call_tracing(busy, ())

    end = listen(listener)
    for _ in range(50):
        passed_on(None)
    end()

    assert len(seen) == 100
    assert seen == sorted(seen)


def test_a_call_of_another_class_says_of_which():
    """A step inside a class statement that is another class's names that class."""
    with record_class_creation() as recording:

        class Base:
            def __init__(self):
                pass

            def __init_subclass__(cls):
                Base()

        Base.__qualname__ = Base.__name__  # lines are cut where they get too long

        class Sub(Base):
            pass

    (line,) = [line for line in str(recording).splitlines() if "__init__" in line]
    assert f"  of {__name__}.Base " in line


# -- nothing left behind --------------------------------------------------------


def test_exceptions_end_the_recording():
    """What raises inside the block raises as ever, and the profile is as before."""
    with pytest.raises(ZeroDivisionError), record_class_creation() as recording:

        class Broken:
            number = 1 / 0

    assert sys.getprofile() is None
    assert [step.raised for step in recording] == [True, True]


def test_nested_recordings():
    """Each block records what happens inside it, in whatever order they end."""
    first, second = record_class_creation(), record_class_creation()
    outer = first.__enter__()

    class One:
        pass

    inner = second.__enter__()

    class Two:
        pass

    first.__exit__(None, None, None)

    class Three:
        pass

    second.__exit__(None, None, None)

    names = [[step.on[-3:] for step in it.steps] for it in (outer, inner)]
    assert names == [["One", "Two"], ["Two", "ree"]]
    with pytest.raises(RuntimeError, match="begun already"), first:
        first.__enter__()


def test_another_profiler_goes_on():
    """A profile function from before gets its events, and is there afterwards."""
    seen = []

    def profile(frame, event, arg):
        seen.append((frame.f_code.co_name, event))

    sys.setprofile(profile)
    try:
        with record_class_creation() as recording:

            class Seen:
                pass

        assert sys.getprofile() is profile
    finally:
        sys.setprofile(None)

    assert whats(recording) == ["class", "body"]
    assert ("Seen", "call") in seen


def test_a_dispatch_without_listeners_removes_itself():
    """The function that was set before is called first; nobody left ends it."""
    told = []
    frame = sys._getframe()
    dispatch = Dispatch()
    dispatch.before = lambda *event: told.append("before")
    dispatch.listeners = (lambda *event: told.append(event[:3]),)

    dispatch(frame, "call", None)
    dispatch.before, dispatch.listeners = None, ()
    dispatch(frame, "call", None)

    assert told == ["before", (frame, "call", None)]


class OldProfiler:
    """What ``sys.getprofile()`` gives for cProfile before Python 3.12."""

    def enable(self):
        self.enabled = True


def test_a_profiler_in_c_is_enabled_again(monkeypatch):
    """A profiler that is no function cannot be set, and is started instead."""
    dispatch = Dispatch()
    dispatch.before = OldProfiler()
    monkeypatch.setattr(sys, "getprofile", lambda: dispatch)

    dispatch.stop()

    assert dispatch.before.enabled
    dispatch.before = None
    dispatch.stop()


def test_c_profile_goes_on():
    """``cProfile`` measures what follows the block, too."""
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        with record_class_creation() as recording:

            class Seen:
                pass

        passed_on(Seen)
    finally:
        profiler.disable()

    assert whats(recording) == ["class", "body"]
    assert any("passed_on" in str(entry.code) for entry in profiler.getstats())
    assert sys.getprofile() is None


@pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 669 is of Python 3.12")
def test_a_monitoring_tool_goes_on():
    """A tool of ``sys.monitoring`` gets its events throughout, and stays as it was."""
    monitoring = sys.monitoring
    started = []
    tool = 4  # none of those that Python gives a meaning to
    monitoring.use_tool_id(tool, "metapatterns tests")
    try:
        start = monitoring.events.PY_START
        monitoring.register_callback(
            tool, start, lambda code, _: started.append(code.co_name)
        )
        monitoring.set_events(tool, start)
        with record_class_creation() as recording:

            class Seen:
                pass

        passed_on(Seen)

        assert monitoring.get_events(tool) == start
        assert monitoring.get_tool(tool) == "metapatterns tests"
    finally:
        monitoring.set_events(tool, 0)
        monitoring.free_tool_id(tool)

    assert whats(recording) == ["class", "body"]
    assert {"Seen", "passed_on"} <= {*started}


@pytest.mark.parametrize("core", ["ctrace", "pytrace", "sysmon"])
def test_coverage_goes_on(core, tmp_path):
    """Coverage measures class bodies inside and outside, on each of its cores."""
    pytest.importorskip("coverage", reason="coverage is not installed")
    if core == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("PEP 669 is of Python 3.12")
    script = tmp_path / "recorded.py"
    script.write_text(
        "from metapatterns.tools import record_class_creation\n"
        "with record_class_creation() as recording:\n"
        "    class Seen:\n"
        "        x = 1\n"
        "class After:\n"
        "    y = 1\n"
        "print([step.what for step in recording])\n"
    )
    environment = {
        name: os.environ[name] for name in os.environ if not name.startswith("COVERAGE")
    }
    environment |= {"COVERAGE_CORE": core, "COVERAGE_FILE": "measured"}
    environment["PYTHONPATH"] = str(Path(metapatterns.__file__).parents[1])
    said = [
        subprocess.run(
            [sys.executable, "-m", "coverage", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
            cwd=tmp_path,
            env=environment,
        ).stdout
        for arguments in (
            ["run", "--rcfile=", "--include=recorded.py", "recorded.py"],
            ["report", "--rcfile=", "--fail-under=100"],
        )
    ]

    assert "class" in said[0]
    assert "body" in said[0]


def test_a_profiler_set_inside_stays():
    """Who sets a profile function inside the block has it afterwards."""

    def profile(frame, event, arg):
        pass

    with record_class_creation():
        ours = sys.getprofile()
        sys.setprofile(profile)
        with record_class_creation() as inner:

            class Seen:
                pass

    assert sys.getprofile() is profile
    sys.setprofile(ours)  # as one that restores what it found too late
    passed_on(None)
    assert sys.getprofile() is None
    assert whats(inner) == ["class", "body"]


def test_threads_are_recorded_apart():
    """A recording has the classes of its own thread, and of no other."""
    barrier = threading.Barrier(8)
    found: dict[int, list[str]] = {}

    def work(number: int) -> None:
        barrier.wait(10)
        with record_class_creation() as recording:
            for turn in range(20):
                exec(f"class C{number}_{turn}: pass", {"__name__": "somewhere"})
        found[number] = [step.on for step in recording.steps]
        assert sys.getprofile() is None

    threads = [
        threading.Thread(target=work, args=(it,), daemon=True) for it in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert found == {
        number: [f"somewhere.C{number}_{turn}" for turn in range(20)]
        for number in range(8)
    }


def test_a_recording_that_ends_in_a_decorator():
    """A class whose decorator ends the block is recorded as far as it got."""
    recorder = record_class_creation()
    recording = recorder.__enter__()

    def end(cls):
        recorder.__exit__(None, None, None)
        return cls

    @end
    class Made:
        pass

    assert whats(recording) == ["class", "body", "decorator"]


def test_odd_code_is_left_alone():
    """Functions that are only named like hooks, and odd objects, are no trouble."""

    class Liar(type):
        def __getattribute__(cls, name):
            raise RuntimeError("looked at")

        def __hash__(cls):
            raise RuntimeError("hashed")

    class Callable:
        def __call__(self):
            return 1

        def __mro_entries__(self, bases):
            return ()

    def __init__():
        return 1

    def prepare(*args):
        return args

    with record_class_creation() as recording:
        assert __init__() == 1
        assert prepare() == prepare()
        assert prepare(1) == (1,)
        Told.__set_name__(Told(), None, "x")
        assert Callable()() == 1
        types.resolve_bases((Callable(),))
        exec(
            "def __call__(*args): return args\n__call__(1)\ndef __new__(*args): pass\n__new__(1)",
            {},
        )

        class Lies(metaclass=Liar):
            told = Told()

            def __init__(self):
                vars(self)

        Lies()

        class After:
            pass

    assert recording.steps[-1].on.endswith("After")


def test_a_failure_of_the_recorder_is_told(monkeypatch):
    """The code inside is not disturbed; the block's end says what went wrong."""

    def fail(*args):
        raise LookupError("no such thing")

    monkeypatch.setattr(_recorder, "place", fail)
    with (
        pytest.raises(RuntimeError, match="not everything") as caught,
        record_class_creation(),
    ):
        make()
    assert isinstance(caught.value.__cause__, LookupError)
