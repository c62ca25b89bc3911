# SPDX-License-Identifier: MIT
"""Rings of slots in the device's memory, as this process sees them."""

from __future__ import annotations

import collections
import contextlib
import ctypes as c
import functools
import logging
import threading
import weakref
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional

import numpy as np

from . import _cuda, _dlpack
from . import _library as lib
from . import _structs as s
from .errors import Busy, Error, Unsupported

if TYPE_CHECKING:
    from .decode_result import Report
    from .runtime import Device

FIELDS = {"omega_lp": 0, "mask": 1, "omega_hat": 2}
Z, OMEGA = 3, 4


class Lender(lib.Exclusive):
    """What rings are made for; they share its lock."""

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


class SlotPlace:
    """Where an array of a slot is in this process."""

    def __init__(self, pointer: int, pitch: int, imported: Optional[_cuda.Memory] = None) -> None:
        self.pointer, self.pitch, self.imported = pointer, pitch, imported


class _Made:
    """What a slot has once it has been used: its arrays and its semaphore, imported."""

    def __init__(self) -> None:
        self.places: dict[int, SlotPlace] = {}
        self.semaphore: Optional[_cuda.Semaphore] = None
        self.whole = False  # nothing is missing of these
        self.promised = 0  # by its last consumers: the value that says that they are done; 0: they are
        self.tensors: dict[int, Any] = {}
        """for vordec.torch: what it has made of the places; gone before the places are"""

    def close(self) -> None:
        self.tensors.clear()
        for place in self.places.values():
            if place.imported is not None:
                place.imported.close()
        if self.semaphore is not None:
            self.semaphore.close()


class Ring:
    """Slots of a lender, each with the same arrays."""

    arrays: tuple[int, ...]
    n, d = 0, 0
    dtype: np.dtype[Any]

    def __init__(self, lender: Lender, device: Device) -> None:
        self._made: list[_Made] = []
        self._handle: Optional[lib.Handle] = None
        self._returned: collections.deque[tuple[int, list[int], object, int]] = collections.deque()
        self._refusal: Optional[Error] = None
        self.device = cuda_device(lender, device)
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
        """Takes the ring for a call: one thread at a time, as for the lender."""
        return _Taken(self)

    # ---- slots ----

    def acquire(self) -> int:
        """Returns a free slot with its arrays imported. Busy: none is free."""
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

    def _place(self, slot: int, what: int, memory: s.ExportedMemory) -> SlotPlace:
        if self.device is None:
            return SlotPlace(memory.pointer + memory.offset, memory.pitch)
        fd = c.c_int(-1)
        lib.call("export_memory_fd", self.pointer, slot, what, c.byref(fd))
        used = (self.info.count - 1) * memory.pitch + self.state_bytes(what)
        imported = _cuda.Memory(self.device, fd.value, memory.size, memory.offset, used, memory.dedicated)
        return SlotPlace(imported.pointer, memory.pitch, imported)

    def state_bytes(self, what: int) -> int:
        return self.strides(what, 0)[0]

    def strides(self, what: int, pitch: int) -> tuple[int, ...]:
        """Returns the strides of an array with a leading axis; pitch 0: as if there were no gaps."""
        item = 1 if what == FIELDS["mask"] else self.dtype.itemsize
        if what == Z:
            return (pitch or self.d * item, item)
        return (pitch or self.n**2 * item, self.n * item, item)

    def place(self, slot: int, what: int) -> SlotPlace:
        return self._made[slot].places[what]

    def semaphore(self, slot: int) -> Optional[_cuda.Semaphore]:
        return self._made[slot].semaphore

    def give_back(self, slot: int, streams: list[int], keep: object) -> None:
        """Gives a slot back, from whatever thread lets go of it, possibly within a call: it is released now, or at the
        next call."""
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
        """Returns the value that the slot's semaphore gets when the streams are done with the slot; 0: it has no
        semaphore, and they are done."""
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
        """Frees the ring now, or, if the lender is in a call, at its next call: whoever lets go of a ring may be any
        thread."""
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


class _Taken:
    """A ring, for one call; slots that were let go of meanwhile are released first."""

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
    """Frees what CUDA has imported first."""
    with contextlib.suppress(Error):
        if device is not None:
            device.synchronize()
    for made in slots:
        with contextlib.suppress(Error):
            made.close()
    handle.release()


class Slot:
    """A slot that is held by arrays and by whoever took them; it is given back when all of these are gone."""

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
        """Does what wait() does, for callers that want no report."""
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
        """Lets the stream wait for the fields: what is asked of it from now on finds them there."""
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


def cuda_device(lender: Lender, device: Device) -> Optional[_cuda.Device]:
    """Returns CUDA's device for that of the lender; None: the host."""
    if device.type == "host":
        return None
    what = f"the {type(lender).__name__.lower()} runs on"
    if device.type == "software" and not _cuda.SOFTWARE_TOO:
        raise Unsupported(f"{what} {device._named()}, whose memory no other library can use as that of a GPU: do without "
                          "device=True, or take the cpu backend", "software-device")
    return _cuda.device(_cuda.find(device.uuid, f"{what} {device.name}"))
