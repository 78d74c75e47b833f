"""Another process, which receives classes by value."""

from __future__ import annotations

import pickle
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import cloudpickle
import pytest

pytest.register_assert_rewrite("frameworks.laws")

CHILD = """
import sys
sys.path[:0] = {path!r}
from frameworks.conftest import serve
serve()
"""


def send(stream: BinaryIO, payload: bytes) -> None:
    stream.write(struct.pack("!I", len(payload)) + payload)
    stream.flush()


def receive(stream: BinaryIO) -> bytes:
    (size,) = struct.unpack("!I", stream.read(4))
    return stream.read(size)


def serve() -> None:
    """Do each job that arrives, and answer with the error or with nothing."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while True:
        try:
            function, arguments = pickle.loads(receive(stdin))
            function(*arguments)
            answer = None
        except struct.error:
            return  # the end of the input
        except BaseException as error:
            answer = (type(error).__name__, str(error))
        send(stdout, pickle.dumps(answer))


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[Callable[..., None]]:
    """Call a function in another process, which is given it by value."""
    tests = Path(__file__).parents[1]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD.format(path=[str(tests), *sys.path])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )

    def call(function: Callable[..., object], *arguments: Any) -> None:
        payload = cloudpickle.dumps((function, arguments))
        send(child.stdin, payload)
        answer = pickle.loads(receive(child.stdout))
        if answer is not None:
            kind, message = answer
            raise type(kind, (Exception,), {})(message)

    yield call
    child.stdin.close()
    child.wait(30)
    child.stdout.close()
