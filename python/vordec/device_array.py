# SPDX-License-Identifier: MIT
"""Fields that stay in the memory of the decoder's device."""

from __future__ import annotations

import ctypes as c
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

import numpy as np
import numpy.typing as npt

from . import _cuda, _dlpack
from .device_slots import FIELDS, Slot

if TYPE_CHECKING:
    from .decode_result import Report


class DeviceArray:
    """A field of a decode with device=True, or what a simulation or a rollout held, in the memory of the device.

    On a GPU it is an array of CUDA, on the CPU one of the host. torch.from_dlpack(array), cupy.from_dlpack(array),
    jax.dlpack.from_dlpack(array) and numpy.from_dlpack(array) (for the host's) see the same memory, and so does
    cupy.asarray(array); numpy() copies it. A consumer's stream waits for the decode by itself; the host waits for
    neither.

    The memory belongs to the decoder: it is used again when this array and all that were made from it are gone. Before
    that, the device waits for the work that a consumer's stream was asked to do until then, provided that the consumer
    named this stream when it took the array. That stream must live as long as the array, and work on other streams must
    be over.
    """

    def __init__(self, slot: Slot, what: int, shape: tuple[int, ...]) -> None:
        self._slot, self._what = slot, what
        ring = slot.ring
        place = ring.place(slot.number, what)
        self._pointer, self.shape = place.pointer, shape
        self.dtype: np.dtype[Any] = np.dtype(np.int8) if what == FIELDS["mask"] else ring.dtype
        self.strides = ring.strides(what, place.pitch)[-len(shape):]
        """in bytes; there are gaps between masks of an odd N"""

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    @property
    def device(self) -> str:
        """"cpu", or "cuda:0" and so on, as CUDA counts"""
        return self._slot.ring.device_name

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<DeviceArray: {self.shape} {self.dtype} on {self.device}>"

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._slot.ring.dlpack_device

    def __dlpack__(self, *, stream: Optional[int] = None, max_version: Optional[tuple[int, int]] = None,
                   dl_device: Optional[tuple[int, int]] = None, copy: Optional[bool] = None) -> object:
        """Returns a capsule (DLPack before 1.0). stream: the consumer's, as a handle of CUDA; None, 0 and 1: the
        default stream; -1: the consumer takes care of the order. Refused evidence is raised here, if it is known by
        then."""
        if copy or (dl_device is not None and tuple(dl_device) != self.__dlpack_device__()):
            raise BufferError(f"this array is shared, on {self.device}, and is not copied: see numpy()")
        if self._slot.ring.device is None:
            self._slot.wait()
        elif stream != -1:
            self._slot.order(stream or _cuda.LEGACY_STREAM)
        return _dlpack.give(self._pointer, self.__dlpack_device__(), self.dtype, self.shape, self.strides, self)

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """Version 3: consumers wait for CUDA's default stream, which waits for the decode."""
        if self._slot.ring.device is None:
            raise AttributeError("this array is not on a GPU: __cuda_array_interface__")
        self._slot.order(_cuda.LEGACY_STREAM)
        return {"version": 3, "shape": self.shape, "typestr": self.dtype.str, "data": (self._pointer, False),
                "strides": self.strides, "stream": _cuda.LEGACY_STREAM}

    def numpy(self) -> npt.NDArray[Any]:
        """Returns a copy on the host. Waits for the decode, and raises what became of it."""
        self._slot.wait()
        ring = self._slot.ring
        pitch = ring.place(self._slot.number, self._what).pitch
        count = self.shape[0] if len(self.shape) == len(ring.strides(self._what, pitch)) else 1
        each = ring.state_bytes(self._what)
        raw = np.empty((count - 1) * pitch + each, np.uint8)
        if ring.device is None:
            c.memmove(raw.ctypes.data, self._pointer, raw.nbytes)
        else:
            ring.device.to_host(raw.ctypes.data, self._pointer, raw.nbytes)
        states = np.lib.stride_tricks.as_strided(raw, (count, each), (pitch, 1))
        return np.ascontiguousarray(states).view(self.dtype).reshape(self.shape)


@dataclass(frozen=True, eq=False, repr=False)
class DeviceResult:
    """The fields of one decode(device=True), in the memory of the device; they have a leading axis if z had one. None:
    not asked for."""

    omega_lp: Optional[DeviceArray]
    mask: Optional[DeviceArray]
    omega_hat: Optional[DeviceArray]
    box: Optional[float]
    _slot: Slot

    @property
    def report(self) -> Report:
        """Waits for the decode. Only then is it known what became of it: Refused with reason "evidence", or InputError
        for a z on the device, whose fields are then NaN."""
        report = self._slot.wait()
        assert report is not None
        return report

    def __repr__(self) -> str:
        fields = [f"{name} {array.shape} {array.dtype}" for name in FIELDS
                  if (array := getattr(self, name)) is not None]
        return f"<{type(self).__name__}: {', '.join(fields)}; on {self._slot.ring.device_name}>"


def result_of(slot: Slot, count: int, batched: bool, box: Optional[float]) -> DeviceResult:
    ring = slot.ring
    shape = (count, ring.n, ring.n) if batched else (ring.n, ring.n)
    made = {name: DeviceArray(slot, what, shape) if ring.info.outputs >> what & 1 else None
            for name, what in FIELDS.items()}
    return DeviceResult(made["omega_lp"], made["mask"], made["omega_hat"], box, slot)
