# SPDX-License-Identifier: MIT
"""DLPack: arrays that are handed on and taken without a copy (https://dmlc.github.io/dlpack/latest)."""

from __future__ import annotations

import ctypes as c
import itertools
from typing import Any, NamedTuple

import numpy as np

from .errors import InputError

CPU, CUDA, CUDA_HOST, CUDA_MANAGED = 1, 2, 3, 13

_KINDS = {"i": 0, "u": 1, "f": 2}


class _Device(c.Structure):
    _fields_ = [("type", c.c_int32), ("id", c.c_int32)]


class _Type(c.Structure):
    _fields_ = [("code", c.c_uint8), ("bits", c.c_uint8), ("lanes", c.c_uint16)]


class _Tensor(c.Structure):
    _fields_ = [("data", c.c_void_p), ("device", _Device), ("ndim", c.c_int32), ("dtype", _Type),
                ("shape", c.POINTER(c.c_int64)), ("strides", c.POINTER(c.c_int64)), ("byte_offset", c.c_uint64)]


class _Managed(c.Structure):
    pass


_Deleter = c.CFUNCTYPE(None, c.POINTER(_Managed))
_Managed._fields_ = [("tensor", _Tensor), ("context", c.c_void_p), ("deleter", _Deleter)]

_NAME, _USED = b"dltensor", b"used_dltensor"
_api = c.pythonapi
_api.PyCapsule_New.restype, _api.PyCapsule_New.argtypes = c.py_object, [c.c_void_p, c.c_char_p, c.c_void_p]
_api.PyCapsule_IsValid.restype, _api.PyCapsule_IsValid.argtypes = c.c_int, [c.py_object, c.c_char_p]
_api.PyCapsule_GetPointer.restype, _api.PyCapsule_GetPointer.argtypes = c.c_void_p, [c.py_object, c.c_char_p]
_api.PyCapsule_SetName.restype, _api.PyCapsule_SetName.argtypes = c.c_int, [c.py_object, c.c_char_p]

_alive: dict[int, tuple[_Managed, object, object]] = {}
"""by the number in a tensor's context: the tensor, its shape and strides, and what keeps the memory alive"""
_numbers = itertools.count(1)


def _forget(managed: Any) -> None:
    _alive.pop(managed.contents.context, None)


_delete = _Deleter(_forget)

_Destructor = c.CFUNCTYPE(None, c.c_void_p)
_raw_valid = c.PYFUNCTYPE(c.c_int, c.c_void_p, c.c_char_p)(("PyCapsule_IsValid", _api))
_raw_pointer = c.PYFUNCTYPE(c.c_void_p, c.c_void_p, c.c_char_p)(("PyCapsule_GetPointer", _api))


def _forget_unused(capsule: int) -> None:
    """Frees what a capsule holds that nobody took."""
    if _raw_valid(capsule, _NAME):
        _forget(c.cast(_raw_pointer(capsule, _NAME), c.POINTER(_Managed)))


_destroy = _Destructor(_forget_unused)

def give(pointer: int, device: tuple[int, int], dtype: np.dtype[Any], shape: tuple[int, ...], strides: tuple[int, ...],
         keep: object) -> object:
    """Returns a capsule of an array; strides are in bytes. `keep` lives until the consumer is done with it."""
    number = next(_numbers)
    steps = tuple(stride // dtype.itemsize for stride in strides)
    lists = ((c.c_int64 * len(shape))(*shape), (c.c_int64 * len(shape))(*steps))
    tensor = _Tensor(pointer, _Device(*device), len(shape), _Type(_KINDS[dtype.kind], 8 * dtype.itemsize, 1),
                     c.cast(lists[0], c.POINTER(c.c_int64)), c.cast(lists[1], c.POINTER(c.c_int64)), 0)
    managed = _Managed(tensor, number, _delete)
    _alive[number] = (managed, lists, keep)
    return _api.PyCapsule_New(c.addressof(managed), _NAME, c.cast(_destroy, c.c_void_p))


class Taken(NamedTuple):
    """What a capsule of another library holds. The memory exists until release() is called."""

    pointer: int
    device: tuple[int, int]
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    contiguous: bool
    managed: Any

    def release(self) -> None:
        if self.managed.contents.deleter:
            self.managed.contents.deleter(self.managed)


def take(what: str, capsule: object) -> Taken:
    if not _api.PyCapsule_IsValid(capsule, _NAME):
        raise InputError(f"{what}: its __dlpack__() gives no capsule of an array")
    managed = c.cast(_api.PyCapsule_GetPointer(capsule, _NAME), c.POINTER(_Managed))
    _api.PyCapsule_SetName(capsule, _USED)
    tensor = managed.contents.tensor
    kinds = {code: kind for kind, code in _KINDS.items()}
    shape = tuple(tensor.shape[i] for i in range(tensor.ndim))
    expected, contiguous = 1, True
    for i in reversed(range(tensor.ndim)):
        if tensor.strides and shape[i] > 1 and tensor.strides[i] != expected:
            contiguous = False
        expected *= shape[i]
    code = kinds.get(tensor.dtype.code, "V") if tensor.dtype.lanes == 1 else "V"
    dtype = np.dtype(f"{code}{tensor.dtype.bits // 8}")
    return Taken((tensor.data or 0) + tensor.byte_offset, (tensor.device.type, tensor.device.id), dtype, shape, contiguous,
                 managed)
