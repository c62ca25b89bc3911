# SPDX-License-Identifier: MIT
"""Gradients whose cotangents and derivatives stay in the memory of the decoder's device. Nothing here knows PyTorch."""

from __future__ import annotations

import contextlib
import ctypes as c
from typing import TYPE_CHECKING, Any, Optional

import numpy as np

from . import _cuda, _dlpack
from . import _library as lib
from . import _structs as s
from .device_slots import Place, cuda_device
from .errors import Error
from .gradients import GradientReport

if TYPE_CHECKING:
    from .decoder import Decoder

LP, HAT, K, MASK, Z, RESIDUAL = range(6)
"""the arrays: enum vordec_adjoint_array"""


class _Run:
    """Work as _cuda.Between describes it: a run of gradients."""

    def __init__(self, pointer: c.c_void_p, io: s.SharedAdjointIo) -> None:
        self._pointer, self._io = pointer, io

    def next_value(self) -> int:
        return int(lib.load().vordec_shared_adjoint_next_value(self._pointer))

    def start(self, value: int) -> int:
        ready = c.c_uint64()
        self._io.value = value
        lib.call("shared_adjoint_start", self._pointer, c.byref(self._io), c.byref(ready))
        return ready.value

    def wait(self) -> None:
        lib.call("shared_adjoint_wait", self._pointer, None)


class DeviceAdjoint:
    """The C library's shared adjoint of a decoder, for up to `count` states. Its memory is imported once, and stays
    imported.

    Called within the decoder's lock. The device orders a run by the stream that the caller names: what the stream was
    asked to do before start() is done by then, and what it is asked to do afterwards finds the derivatives. A caller
    that changes streams lets the new one wait for the old one.
    """

    def __init__(self, decoder: Decoder, count: int) -> None:
        self.count, self._device = count, cuda_device(decoder, decoder.info.device)
        self._n, self._d, self._dtype = decoder.layout.n, decoder.layout.d, decoder.dtype
        self._memory: list[_cuda.Memory] = []
        self._semaphore: Optional[_cuda.Semaphore] = None
        self._io = s.SharedAdjointIo()
        self.tensors: dict[int, Any] = {}
        """for the caller: what it has made of the places; gone before the places are"""
        self.last_stream: Any = None
        """for the caller: the stream that it named last"""
        pointer = c.c_void_p()
        lib.call("shared_adjoint_create", decoder.pointer, count, c.byref(pointer))
        self._handle: Optional[lib.Handle] = lib.Handle(pointer, "shared_adjoint", decoder.runtime.handle,
                                                        decoder.layout.handle)
        self._pointer = pointer
        self.info = s.SharedAdjointInfo()
        try:
            lib.load().vordec_shared_adjoint_get(pointer, c.byref(self.info))
            self.places = {what: self._place(what) for what in range(6) if self.info.arrays >> what & 1}
            if self._device is not None and self.info.semaphore:
                fd = c.c_int(-1)
                lib.call("shared_adjoint_semaphore_fd", pointer, c.byref(fd))
                self._semaphore = _cuda.Semaphore(self._device, fd.value)
        except BaseException:
            self.close()
            raise

    def _place(self, what: int) -> Place:
        item, n = self._dtype.itemsize, self._n
        shape: tuple[int, ...] = {K: (), Z: (self._d,)}.get(what, (n, n))
        dtype: np.dtype[Any] = np.dtype(np.int8) if what == MASK else self._dtype
        memory = s.ExportedMemory(c.sizeof(s.ExportedMemory))
        lib.call("shared_adjoint_describe", self._pointer, what, c.byref(memory))
        strides = (memory.pitch, *{0: (), 1: (item,)}.get(len(shape), (n * dtype.itemsize, dtype.itemsize)))
        if self._device is None:
            return Place(memory.pointer + memory.offset, (_dlpack.CPU, 0), dtype, (self.count, *shape), strides)
        fd = c.c_int(-1)
        lib.call("shared_adjoint_memory_fd", self._pointer, what, c.byref(fd))
        used = (self.count - 1) * memory.pitch + int(np.prod(shape)) * dtype.itemsize
        imported = _cuda.Memory(self._device, fd.value, memory.size, memory.offset, used, memory.dedicated)
        self._memory.append(imported)
        return Place(imported.pointer, (_dlpack.CUDA, self._device.ordinal), dtype, (self.count, *shape), strides)

    def start(self, count: int, omega_lp: bool, omega_hat: bool, z: bool, residual: bool, stream: int) -> None:
        """Starts a run for the first `count` states. Without semaphores the host waits for the stream and for the run.
        """
        io = self._io
        io.count, io.omega_lp, io.omega_hat, io.z, io.residual = count, omega_lp, omega_hat, z, residual
        _cuda.between(self._device, self._semaphore, stream or _cuda.LEGACY_STREAM, _Run(self._pointer, io))

    def wait(self) -> GradientReport:
        """Waits for the last run."""
        report = s.AdjointReport()
        lib.call("shared_adjoint_wait", self._pointer, c.byref(report))
        return GradientReport(report.adjoint_device.decode(), report.total_ms, report.device_ms, report.device_timestamps)

    def close(self) -> None:
        """Frees what CUDA has imported first, once nothing on a stream uses it any more."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        self.tensors.clear()
        with contextlib.suppress(Error):
            lib.call("shared_adjoint_wait", self._pointer, None)
        with contextlib.suppress(Error):
            if self._device is not None:
                self._device.settle()
        for memory in self._memory:
            with contextlib.suppress(Error):
                memory.close()
        if self._semaphore is not None:
            with contextlib.suppress(Error):
                self._semaphore.close()
        handle.release()
