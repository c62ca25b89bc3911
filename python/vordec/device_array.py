# SPDX-License-Identifier: MIT
"""Fields that stay where the decoder's device has them."""

from __future__ import annotations

import collections
import contextlib
import ctypes as c
import functools
import logging
import math
import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional

import numpy as np
import numpy.typing as npt

from . import _cuda, _dlpack
from . import _library as lib
from . import _structs as s
from .errors import Busy, Error, InputError, Unsupported

if TYPE_CHECKING:
    from .decoder import Decoder, Report
    from .rollout import Rollout
    from .runtime import Device
    from .simulation import Simulation

FIELDS = {"omega_lp": 0, "mask": 1, "omega_hat": 2}
Z, _OMEGA = 3, 4
_HOST, _FD = 0, 1


class Lender(lib.Exclusive):
    """What rings are made beside: they share its lock."""

    def __init__(self) -> None:
        super().__init__()
        self._ended: collections.deque[Callable[[], None]] = collections.deque()  # rings let go of during a call

    def _end_rings(self) -> None:
        while self._ended:
            self._ended.popleft()()


class Place(NamedTuple):
    """An array of several states in this process; strides are in bytes."""

    pointer: int
    device: tuple[int, int]
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Place:
    """Where an array of a slot lies in this process."""

    def __init__(self, pointer: int, pitch: int, imported: Optional[_cuda.Memory] = None) -> None:
        self.pointer, self.pitch, self.imported = pointer, pitch, imported


class _Made:
    """What a slot has once it was used: its arrays, and its semaphore, imported."""

    def __init__(self) -> None:
        self.places: dict[int, _Place] = {}
        self.semaphore: Optional[_cuda.Semaphore] = None
        self.whole = False  # nothing is missing of these
        self.promised = 0  # by its last consumers: the value that says that they are done; 0: they are
        self.tensors: dict[int, Any] = {}
        """for vordec.torch: what it has made of the places; gone before these are"""

    def close(self) -> None:
        self.tensors.clear()
        for place in self.places.values():
            if place.imported is not None:
                place.imported.close()
        if self.semaphore is not None:
            self.semaphore.close()


class Ring:
    """Slots beside a lender, each with the same arrays."""

    arrays: tuple[int, ...]
    n, d = 0, 0
    dtype: np.dtype[Any]

    def __init__(self, lender: Lender, device: Device) -> None:
        self._made: list[_Made] = []
        self._handle: Optional[lib.Handle] = None
        self._returned: collections.deque[tuple[int, list[int], object, int]] = collections.deque()
        self._refusal: Optional[Error] = None
        self.device = _device_of(lender, device)
        self._lender = weakref.ref(lender)
        self._kind = type(lender).__name__
        self._own_lock = threading.Lock()
        self.report_of: Callable[[s.DecodeReport], Optional[Report]] = lambda report: None

    def _open(self, lender: Lender, name: str, *arguments: object) -> None:
        pointer = c.c_void_p()
        lib.call(name, lender.pointer, *arguments, c.byref(pointer))
        self._handle = lib.Handle(pointer, "export", lender.handle)
        self.info = s.ExportInfo()
        lib.load().vordec_export_get(pointer, c.byref(self.info))

    @property
    def pointer(self) -> c.c_void_p:
        assert self._handle is not None
        return self._handle.pointer

    @property
    def device_name(self) -> str:
        return "cpu" if self.device is None else f"cuda:{self.device.ordinal}"

    @property
    def dlpack_device(self) -> tuple[int, int]:
        return (_dlpack.CPU, 0) if self.device is None else (_dlpack.CUDA, self.device.ordinal)

    def _lock(self) -> Any:
        lender = self._lender()
        return self._own_lock if lender is None else lender._lock

    def taken(self) -> _Taken:
        """One thread at a time, as of the lender."""
        return _Taken(self)

    # ---- slots ----

    def acquire(self) -> int:
        """A free slot, its arrays imported. Busy: none is free."""
        if self._refusal is not None:
            raise self._refusal
        slot = c.c_size_t()
        lib.call("export_acquire", self.pointer, c.byref(slot))
        try:
            while len(self._made) <= slot.value:
                self._made.append(_Made())
            if not self._made[slot.value].whole:
                self._import(slot.value)
        except BaseException:
            lib.load().vordec_export_release(self.pointer, slot, 0, None)
            raise
        return slot.value

    def _import(self, slot: int) -> None:
        made = self._made[slot]
        for what in self.arrays:
            if what in made.places:
                continue
            memory = s.ExportedMemory(c.sizeof(s.ExportedMemory))
            lib.call("export_describe", self.pointer, slot, what, c.byref(memory))
            made.places[what] = self._place(slot, what, memory)
        if self.device is not None and self.info.semaphores and made.semaphore is None:
            fd = c.c_int(-1)
            lib.call("export_semaphore_fd", self.pointer, slot, c.byref(fd))
            made.semaphore = _cuda.Semaphore(self.device, fd.value)
        made.whole = True

    def _place(self, slot: int, what: int, memory: s.ExportedMemory) -> _Place:
        if self.device is None:
            return _Place(memory.pointer + memory.offset, memory.pitch)
        fd = c.c_int(-1)
        lib.call("export_memory_fd", self.pointer, slot, what, c.byref(fd))
        used = (self.info.count - 1) * memory.pitch + self._state_bytes(what)
        imported = _cuda.Memory(self.device, fd.value, memory.size, memory.offset, used, memory.dedicated)
        return _Place(imported.pointer, memory.pitch, imported)

    def _state_bytes(self, what: int) -> int:
        return self.strides(what, 0)[0]

    def strides(self, what: int, pitch: int) -> tuple[int, ...]:
        """Of an array with a leading axis; pitch 0: as if there were no gaps."""
        item = 1 if what == FIELDS["mask"] else self.dtype.itemsize
        if what == Z:
            return (pitch or self.d * item, item)
        return (pitch or self.n**2 * item, self.n * item, item)

    def place(self, slot: int, what: int) -> _Place:
        return self._made[slot].places[what]

    def semaphore(self, slot: int) -> Optional[_cuda.Semaphore]:
        return self._made[slot].semaphore

    def give_back(self, slot: int, streams: list[int], keep: object) -> None:
        """From whatever thread lets go of a slot, maybe within a call: it is released now, or at the next call."""
        self._returned.append((slot, streams, keep, 0))
        lock = self._lock()
        if not lock.acquire(blocking=False):
            return
        try:
            self._take_back()
        finally:
            lock.release()

    def _take_back(self) -> None:
        while self._returned:
            slot, streams, keep, value = self._returned.popleft()
            if self.device is not None and streams:
                value = self._promise(self.device, slot, streams)
            self._made[slot].promised = value
            error = s.Error()
            if not lib.load().vordec_export_release(self.pointer, slot, value, c.byref(error)):
                continue
            problem = lib.failure(error)
            if problem.status == "busy":  # a rollout has the device in another thread: the next call tries again
                self._returned.appendleft((slot, [], keep, value))
                return
            logging.getLogger("vordec").warning("%s", problem)
            if problem.status == "refused":
                self._refusal = problem

    def _promise(self, device: _cuda.Device, slot: int, streams: list[int]) -> int:
        """The value that the slot's semaphore gets when the streams are done with it; 0: it has none, and they are."""
        semaphore = self.semaphore(slot)
        if device.is_idle(streams):
            return 0
        stream: int | c.c_void_p = streams[0]
        if semaphore is None or len(streams) > 1:
            stream = device.stream
            device.wait_for(streams)
        if semaphore is None:
            device.synchronize()
            return 0
        value: int = lib.load().vordec_export_next_value(self.pointer, slot)
        semaphore.signal(value, stream)
        return value

    def close(self) -> None:
        """Now, or at the lender's next call where that is in one: whoever lets go of a ring may be any thread."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        end = functools.partial(_end, handle, self._made, self.device)
        lender = self._lender()
        if lender is None:
            end()
        elif lender._lock.acquire(blocking=False):
            try:
                end()
            finally:
                lender._lock.release()
        else:
            lender._ended.append(end)

    def __del__(self) -> None:
        with contextlib.suppress(Exception):  # at exit, when what it needs is gone already
            self.close()


class DecodeRing(Ring):
    """Slots for decodes of up to `count` states."""

    def __init__(self, decoder: Decoder, count: int, slots: int) -> None:
        super().__init__(decoder, decoder.info.device)
        self.report_of = decoder._reporter()
        self.n, self.d, self.dtype = decoder.layout.n, decoder.layout.d, decoder.dtype
        self._open(decoder, "export_create", c.byref(s.ExportDesc(count, slots, True)))
        self.arrays = (*(what for what in FIELDS.values() if self.info.outputs >> what & 1), Z)

    def decode(self, states: Any, count: int, rollout: Optional[c.c_void_p]) -> Slot:
        """Of z on the host, or of one on the device, or of a rollout's."""
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
        """Of states that fill() has a stream write to the slot: it returns the stream. What that is asked to do afterwards
        finds the fields there."""
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
        """Copies z to the slot, on the device; returns the value that says when it is there."""
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
    """As _cuda.Between: a decode of what is in a slot."""

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
        self.arrays = (_OMEGA if self.n else Z,)
        self._open(lender, f"export_create_{'simulation' if self.n else 'rollout'}",
                   int(lender.runtime.config.get("export", "slots")))

    def take(self, shape: tuple[int, ...]) -> DeviceArray:
        """Within a call on the lender: what it holds now."""
        self._take_back()
        slot = self.acquire()
        holder = Slot(self, slot)
        ready = c.c_uint64()
        lib.call("export_take", self.pointer, slot, c.byref(ready))
        holder.ready = ready.value
        return DeviceArray(holder, self.arrays[0], shape)


class _Taken:
    """A ring, for one call; what was let go of meanwhile is released first."""

    def __init__(self, ring: Ring) -> None:
        self._ring, self._lock = ring, ring._lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise Busy(f"another thread is using this {self._ring._kind}")
        try:
            self._ring._take_back()
        except BaseException:
            self._lock.release()
            raise

    def __exit__(self, *exception: object) -> None:
        self._lock.release()


def _end(handle: lib.Handle, slots: list[_Made], device: Optional[_cuda.Device]) -> None:
    """What CUDA has imported goes first."""
    with contextlib.suppress(Error):
        if device is not None:
            device.synchronize()
    for made in slots:
        with contextlib.suppress(Error):
            made.close()
    handle.release()


class Slot:
    """One that is held, by arrays and by whoever took them; given back when all of these are gone."""

    def __init__(self, ring: Ring, number: int) -> None:
        self.ring, self.number = ring, number
        self.ready = 0
        self.keep: object = None  # z, until the decode is over
        self.streams: list[int] = []
        self._report: Optional[Report] = None

    def wait(self) -> Optional[Report]:
        with self.ring.taken():
            report = s.DecodeReport()
            lib.call("export_wait", self.ring.pointer, self.number, c.byref(report))
            self._report = self._report or self.ring.report_of(report)
        return self._report

    def settle(self) -> None:
        """wait(), for whoever wants no report."""
        with self.ring.taken():
            lib.call("export_wait", self.ring.pointer, self.number, None)

    @property
    def tensors(self) -> dict[int, Any]:
        """for vordec.torch"""
        return self.ring._made[self.number].tensors

    def place_of(self, what: int) -> Place:
        ring = self.ring
        place, count = ring.place(self.number, what), ring.info.count
        shape = (count, ring.d) if what == Z else (count, ring.n, ring.n)
        dtype: np.dtype[Any] = np.dtype(np.int8) if what == FIELDS["mask"] else ring.dtype
        return Place(place.pointer, ring.dlpack_device, dtype, shape, ring.strides(what, place.pitch))

    def order(self, stream: int) -> None:
        """What is asked of the stream from now on finds the fields there."""
        if stream in self.streams:  # it has waited
            return
        semaphore = self.ring.semaphore(self.number)
        if semaphore is None:
            self.wait()
        else:
            semaphore.wait(self.ready, stream)
        self.streams.append(stream)

    def __del__(self) -> None:
        with contextlib.suppress(Exception):  # at exit, when what it needs is gone already
            self.ring.give_back(self.number, self.streams, self.keep)


class DeviceArray:
    """A field of a decode with device=True, or what a simulation or a rollout held, where the device has it.

    On a GPU it is an array of CUDA's, on the CPU one of the host's. torch.from_dlpack(array), cupy.from_dlpack(array),
    jax.dlpack.from_dlpack(array) and numpy.from_dlpack(array) (of the host's) see the same memory, and so does
    cupy.asarray(array); numpy() copies it. A consumer's stream waits for the decode by itself, and the host for neither.

    The memory is the decoder's: it is used again when this array and all that were made from it are gone. What a
    consumer's stream was asked to do until then is waited for, on the device, if it is the stream that the consumer
    named when it took the array, which has to live as long as the array; work on other streams has to be over.
    """

    def __init__(self, slot: Slot, what: int, shape: tuple[int, ...]) -> None:
        self._slot, self._what = slot, what
        ring = slot.ring
        place = ring.place(slot.number, what)
        self._pointer, self.shape = place.pointer, shape
        self.dtype: np.dtype[Any] = np.dtype(np.int8) if what == FIELDS["mask"] else ring.dtype
        self.strides = ring.strides(what, place.pitch)[-len(shape):]
        """in bytes; masks of an odd N have gaps between them"""

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
        """A capsule (DLPack before 1.0). stream: the consumer's, by CUDA's handle; None, 0 and 1: the default stream; -1:
        the consumer sees to the order by itself. Refused evidence is raised here, if it is known by then."""
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
        """A copy, on the host. Waits for the decode, and raises what became of it."""
        self._slot.wait()
        ring = self._slot.ring
        pitch = ring.place(self._slot.number, self._what).pitch
        count = self.shape[0] if len(self.shape) == len(ring.strides(self._what, pitch)) else 1
        each = ring._state_bytes(self._what)
        raw = np.empty((count - 1) * pitch + each, np.uint8)
        if ring.device is None:
            c.memmove(raw.ctypes.data, self._pointer, raw.nbytes)
        else:
            ring.device.to_host(raw.ctypes.data, self._pointer, raw.nbytes)
        states = np.lib.stride_tricks.as_strided(raw, (count, each), (pitch, 1))
        return np.ascontiguousarray(states).view(self.dtype).reshape(self.shape)


@dataclass(frozen=True, eq=False, repr=False)
class DeviceResult:
    """Fields of one decode(device=True), where the device has them; with a leading axis if z had one. None: not asked
    for."""

    omega_lp: Optional[DeviceArray]
    mask: Optional[DeviceArray]
    omega_hat: Optional[DeviceArray]
    box: Optional[float]
    _slot: Slot

    @property
    def report(self) -> Report:
        """Waits for the decode. What became of it is known only then: Refused with reason "evidence", InputError of a z
        on the device, whose fields are NaN then."""
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


# ---- what is decoded ----


class _GivenStates:
    """z on the device."""

    def __init__(self, z: Any, ring: Ring) -> None:
        self._z, self._ring = z, ring
        self._taken: Optional[_dlpack.Taken] = None

    def take(self, device: _cuda.Device) -> _dlpack.Taken:
        """Ordered behind what its own stream does; kept until the decode is over."""
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
    """Whether it is an array that no NumPy array can be made of without a copy from a GPU."""
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


def _device_of(lender: Lender, device: Device) -> Optional[_cuda.Device]:
    """CUDA's, of the lender's; None: the host."""
    if device.type == "host":
        return None
    what = f"the {type(lender).__name__.lower()} runs on"
    if device.type == "software" and not _cuda.SOFTWARE_TOO:
        raise Unsupported(f"{what} {device._named()}, whose memory no other library can use as that of a GPU: do without "
                          "device=True, or take the cpu backend", "software-device")
    return _cuda.device(_cuda.find(device.uuid, f"{what} {device.name}"))
