"""Metaclasses that are written in C, made without a compiler."""

from __future__ import annotations

import ctypes
import gc
from typing import Any

# From CPython's `typeslots.h` and `object.h`, which are part of its stable ABI.
TP_NEW, TP_SETATTRO = 65, 69
BASETYPE, DEFAULT = 1 << 10, 1 << 18


class Slot(ctypes.Structure):
    _fields_ = (("slot", ctypes.c_int), ("function", ctypes.c_void_p))


class Spec(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("basicsize", ctypes.c_int),
        ("itemsize", ctypes.c_int),
        ("flags", ctypes.c_uint),
        ("slots", ctypes.POINTER(Slot)),
    )


slot_of = ctypes.pythonapi.PyType_GetSlot
slot_of.argtypes = ctypes.py_object, ctypes.c_int
slot_of.restype = ctypes.c_void_p
from_spec = ctypes.pythonapi.PyType_FromSpecWithBases
from_spec.argtypes = ctypes.POINTER(Spec), ctypes.py_object
from_spec.restype = ctypes.py_object

Setter = ctypes.PYFUNCTYPE(
    ctypes.c_int, ctypes.py_object, ctypes.py_object, ctypes.c_void_p
)
set_on_type = Setter(slot_of(type, TP_SETATTRO))


@Setter
def set_on_class(cls: Any, name: Any, value: Any) -> int:
    """Differ from the function in the slot of ``type``, which CPython looks at."""
    return set_on_type(cls, name, value)


def written_in_c(
    name: str,
    *,
    room: int = 0,
    sets: bool = False,
    shows: bool = True,
    closed: bool = False,
) -> type[type]:
    """
    Make a metaclass as an extension module does.

    Like all of them it ends the chain of ``__new__``.  Its classes have `room`
    bytes that those of ``type`` have not.  It may set attributes of its classes
    in its own way; if that does not show, there is no ``__setattr__`` to call.
    Nothing can be derived from one that is `closed`.
    """
    slots = [Slot(TP_NEW, slot_of(type, TP_NEW))]
    if sets:
        slots.append(Slot(TP_SETATTRO, ctypes.cast(set_on_class, ctypes.c_void_p)))
    array = (Slot * (len(slots) + 1))(*slots)  # the last one says that it is the last
    size = type.__basicsize__ + room
    flags = DEFAULT if closed else DEFAULT | BASETYPE
    spec = Spec(f"extension.{name}".encode(), size, 0, flags, array)
    meta: type[type] = from_spec(ctypes.byref(spec), (type,))
    if not shows:
        (members,) = gc.get_referents(vars(meta))
        del members["__setattr__"], members["__delattr__"]
    return meta
