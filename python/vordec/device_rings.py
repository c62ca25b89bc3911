# SPDX-License-Identifier: MIT
"""What fills slots on the device: decodes, and copies of what simulations and rollouts hold."""

from __future__ import annotations

import contextlib
import ctypes as c
import math
from typing import TYPE_CHECKING, Any, Callable, Optional

import numpy as np

from . import _cuda, _dlpack
from . import _library as lib
from . import _structs as s
from .device_array import DeviceArray
from .device_slots import FIELDS, OMEGA, Ring, Slot, Z
from .errors import InputError

if TYPE_CHECKING:
    from .decoder import Decoder
    from .rollout import Rollout
    from .runtime import Device
    from .simulation import Simulation


class DecodeRing(Ring):
    """Slots for decodes of up to `count` states."""

    def __init__(self, decoder: Decoder, count: int, slots: int) -> None:
        super().__init__(decoder, decoder.info.device)
        self.report_of = decoder._reporter()
        self.n, self.d, self.dtype = decoder.layout.n, decoder.layout.d, decoder.dtype
        self._open(decoder, "export_create", c.byref(s.ExportDesc(count, slots, True)))
        self.arrays = (*(what for what in FIELDS.values() if self.info.outputs >> what & 1), Z)

    def decode(self, states: Any, count: int, rollout: Optional[c.c_void_p]) -> Slot:
        """Decodes z on the host, or one on the device, or the states of a rollout."""
        slot = self.acquire()
        holder = Slot(self, slot)
        io = s.ExportIo(count)
        if rollout is not None:
            io.rollout = rollout
        elif isinstance(states, np.ndarray):
            io.z = states.ctypes.data
        else:
            holder.keep = states
            io.takes_z, io.z_value = True, self._bring(slot, states)
        ready = c.c_uint64()
        lib.call("export_decode", self.pointer, slot, c.byref(io), c.byref(ready))
        holder.ready = ready.value
        return holder

    def decode_in_place(self, fill: Callable[[Slot], int]) -> Slot:
        """Decodes states that fill() has a stream write to the slot; fill() returns the stream. What that stream is
        asked to do afterwards finds the fields there."""
        holder = Slot(self, self.acquire())
        made = self._made[holder.number]
        stream = fill(holder) or _cuda.LEGACY_STREAM
        if made.promised and made.semaphore is not None:  # values come one after the other
            made.semaphore.wait(made.promised, stream)
        made.promised = 0
        holder.streams.append(stream)
        _cuda.between(self.device, made.semaphore, stream, _InPlace(holder, self.info.count))
        return holder

    def _bring(self, slot: int, z: _GivenStates) -> int:
        """Copies z to the slot, on the device. Returns the value that says when it is there."""
        semaphore, device = self.semaphore(slot), self.device
        assert device is not None
        taken = z.take(device)
        to, size = self.place(slot, Z).pointer, taken.dtype.itemsize * math.prod(taken.shape)
        if semaphore is None:
            device.copy(to, taken.pointer, size)
            device.synchronize()
            return 0
        made = self._made[slot]
        if made.promised:  # values come one after the other
            semaphore.wait(made.promised, device.stream)
        value: int = lib.load().vordec_export_next_value(self.pointer, slot)
        device.copy(to, taken.pointer, size)
        semaphore.signal(value, device.stream)
        made.promised = 0
        return value


class _InPlace:
    """Work as _cuda.Between describes it: a decode of what is in a slot."""

    def __init__(self, holder: Slot, count: int) -> None:
        self._holder, self._count = holder, count

    def next_value(self) -> int:
        return int(lib.load().vordec_export_next_value(self._holder.ring.pointer, self._holder.number))

    def start(self, value: int) -> int:
        ready = c.c_uint64()
        io = s.ExportIo(self._count, None, None, True, value)
        lib.call("export_decode", self._holder.ring.pointer, self._holder.number, c.byref(io), c.byref(ready))
        self._holder.ready = ready.value
        return ready.value

    def wait(self) -> None:
        lib.call("export_wait", self._holder.ring.pointer, self._holder.number, None)


class CopyRing(Ring):
    """Slots for copies of what a simulation or a rollout holds."""

    def __init__(self, lender: Simulation | Rollout, device: Device, values: tuple[int, int], precision: str) -> None:
        super().__init__(lender, device)
        self.n, self.d = values  # one of them is 0
        self.dtype = np.dtype(np.float64 if precision == "fp64" else np.float32)
        self.arrays = (OMEGA if self.n else Z,)
        self._open(lender, f"export_create_{'simulation' if self.n else 'rollout'}",
                   int(lender.runtime.config.get("export", "slots")))

    def take(self, shape: tuple[int, ...]) -> DeviceArray:
        """Copies what the lender holds now, within a call on it."""
        self._take_back()
        slot = self.acquire()
        holder = Slot(self, slot)
        ready = c.c_uint64()
        lib.call("export_take", self.pointer, slot, c.byref(ready))
        holder.ready = ready.value
        return DeviceArray(holder, self.arrays[0], shape)


class _GivenStates:
    """States z on the device."""

    def __init__(self, z: Any, ring: Ring) -> None:
        self._z, self._ring = z, ring
        self._taken: Optional[_dlpack.Taken] = None

    def take(self, device: _cuda.Device) -> _dlpack.Taken:
        """Takes them in order behind what their own stream does, and keeps them until the decode is over."""
        taken = _dlpack.take("z", self._z.__dlpack__(stream=device.stream.value))
        self._taken = taken
        if taken.device != (_dlpack.CUDA, device.ordinal):
            raise InputError(f"z: it is on device {taken.device[1]} (DLPack's type {taken.device[0]}), the decoder on "
                             f"CUDA device {device.ordinal}: copy it there first")
        if taken.dtype != self._ring.dtype or not taken.contiguous:
            raise InputError(f"z: expected a contiguous array of {self._ring.dtype}, the decoder's precision, not of "
                             f"{taken.dtype}{'' if taken.contiguous else ' with gaps'}")
        if taken.shape != tuple(self._z.shape):
            raise InputError(f"z: shape {taken.shape}: its __dlpack__() gives another than {tuple(self._z.shape)}")
        return taken

    def __del__(self) -> None:
        if self._taken is not None:
            with contextlib.suppress(Exception):
                self._taken.release()


def is_on_device(z: Any) -> bool:
    """Says whether it is an array of which no NumPy array can be made without a copy from a GPU."""
    if isinstance(z, np.ndarray) or not hasattr(z, "__dlpack_device__") or not hasattr(z, "__dlpack__"):
        return False
    return int(z.__dlpack_device__()[0]) in (_dlpack.CUDA, _dlpack.CUDA_MANAGED)


def given(z: Any, ring: Ring) -> _GivenStates:
    shape = tuple(z.shape)
    if len(shape) not in (1, 2) or shape[-1] != ring.d or 0 in shape:
        raise InputError(f"z: shape {shape}: expected (D,) or (B, D) with D = {ring.d}")
    if ring.device is None:
        raise InputError("z: it is on a GPU, and the decoder on the CPU: copy it to the host first")
    return _GivenStates(z, ring)
