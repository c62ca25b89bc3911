# SPDX-License-Identifier: MIT
"""CUDA's driver interface, as far as importing memory needs it. libcuda is opened when it is first needed."""

from __future__ import annotations

import ctypes as c
import os
import threading
from typing import Any, Optional, Protocol

from .errors import Error, NoMemory, Unsupported

LIBRARY = "libcuda.so.1"
SOFTWARE_TOO = False
"""for tests: look for a software device among CUDA's as well"""

LEGACY_STREAM, PER_THREAD_STREAM = 1, 2
"""the handles of CUDA's default streams"""

_OPAQUE_FD, _TIMELINE_FD, _DEDICATED, _NON_BLOCKING, _NO_TIMING = 1, 9, 1, 1, 2
_DEVICE_ORDINAL = 9  # of cuPointerGetAttribute
_NO_DEVICE, _OUT_OF_MEMORY = 100, 2


class _Handle(c.Union):
    class _Win32(c.Structure):
        _fields_ = [("handle", c.c_void_p), ("name", c.c_void_p)]

    _fields_ = [("fd", c.c_int), ("win32", _Win32), ("object", c.c_void_p)]


class MemoryHandleDesc(c.Structure):
    _fields_ = [("type", c.c_int), ("handle", _Handle), ("size", c.c_ulonglong), ("flags", c.c_uint),
                ("reserved", c.c_uint * 16)]


class MemoryBufferDesc(c.Structure):
    _fields_ = [("offset", c.c_ulonglong), ("size", c.c_ulonglong), ("flags", c.c_uint), ("reserved", c.c_uint * 16)]


class SemaphoreHandleDesc(c.Structure):
    _fields_ = [("type", c.c_int), ("handle", _Handle), ("flags", c.c_uint), ("reserved", c.c_uint * 16)]


class SemaphoreParams(c.Structure):
    """parameters of a signal and of a wait: what lies behind the value is 0 in both"""
    _fields_ = [("value", c.c_ulonglong), ("others", c.c_uint * 16), ("flags", c.c_uint), ("reserved", c.c_uint * 16)]


class Uuid(c.Structure):
    _fields_ = [("bytes", c.c_ubyte * 16)]


assert (c.sizeof(MemoryHandleDesc), c.sizeof(MemoryBufferDesc), c.sizeof(SemaphoreHandleDesc),
        c.sizeof(SemaphoreParams)) == (104, 88, 96, 144)

_PROTOTYPES: dict[str, list[Any]] = {
    "cuInit": [c.c_uint],
    "cuGetErrorName": [c.c_int, c.POINTER(c.c_char_p)],
    "cuDeviceGetCount": [c.POINTER(c.c_int)],
    "cuDeviceGet": [c.POINTER(c.c_int), c.c_int],
    "cuDeviceGetUuid": [c.POINTER(Uuid), c.c_int],
    "cuDevicePrimaryCtxRetain": [c.POINTER(c.c_void_p), c.c_int],
    "cuCtxPushCurrent_v2": [c.c_void_p],
    "cuCtxPopCurrent_v2": [c.POINTER(c.c_void_p)],
    "cuCtxSynchronize": [],
    "cuImportExternalMemory": [c.POINTER(c.c_void_p), c.POINTER(MemoryHandleDesc)],
    "cuExternalMemoryGetMappedBuffer": [c.POINTER(c.c_ulonglong), c.c_void_p, c.POINTER(MemoryBufferDesc)],
    "cuDestroyExternalMemory": [c.c_void_p],
    "cuMemFree_v2": [c.c_ulonglong],
    "cuImportExternalSemaphore": [c.POINTER(c.c_void_p), c.POINTER(SemaphoreHandleDesc)],
    "cuDestroyExternalSemaphore": [c.c_void_p],
    "cuWaitExternalSemaphoresAsync": [c.POINTER(c.c_void_p), c.POINTER(SemaphoreParams), c.c_uint, c.c_void_p],
    "cuSignalExternalSemaphoresAsync": [c.POINTER(c.c_void_p), c.POINTER(SemaphoreParams), c.c_uint, c.c_void_p],
    "cuStreamCreate": [c.POINTER(c.c_void_p), c.c_uint],
    "cuStreamSynchronize": [c.c_void_p],
    "cuStreamQuery": [c.c_void_p],
    "cuStreamDestroy_v2": [c.c_void_p],
    "cuStreamWaitEvent": [c.c_void_p, c.c_void_p, c.c_uint],
    "cuEventCreate": [c.POINTER(c.c_void_p), c.c_uint],
    "cuEventRecord": [c.c_void_p, c.c_void_p],
    "cuEventDestroy_v2": [c.c_void_p],
    "cuMemcpyDtoHAsync_v2": [c.c_void_p, c.c_ulonglong, c.c_size_t, c.c_void_p],
    "cuMemcpyDtoDAsync_v2": [c.c_ulonglong, c.c_ulonglong, c.c_size_t, c.c_void_p],
    "cuPointerGetAttribute": [c.c_void_p, c.c_int, c.c_ulonglong],
}

_lock = threading.Lock()
_opened: dict[str, c.CDLL] = {}


def _open() -> c.CDLL:
    found = _opened.get(LIBRARY)
    if found is not None:
        return found
    with _lock:
        if LIBRARY not in _opened:
            try:
                library = c.CDLL(LIBRARY)
                for name, arguments in _PROTOTYPES.items():
                    function = getattr(library, name)
                    function.restype, function.argtypes = c.c_int, arguments
            except (OSError, AttributeError) as problem:
                raise Unsupported(f"arrays on the device are shared through CUDA, whose {LIBRARY} cannot be used "
                                  f"({problem}); decode without device=True", "no-loader") from problem
            _opened[LIBRARY] = library
        return _opened[LIBRARY]


def _check(name: str, result: int) -> None:
    if result == 0:
        return
    text = c.c_char_p()
    _open().cuGetErrorName(result, c.byref(text))
    kind = NoMemory if result == _OUT_OF_MEMORY else Error
    raise kind(f"{name}() failed: {text.value.decode() if text.value else result}")


def call(name: str, *arguments: object) -> None:
    _check(name, getattr(_open(), name)(*arguments))


def _visible() -> list[str]:
    """Returns the UUIDs of CUDA's devices, in its order."""
    library = _open()
    result = library.cuInit(0)
    if result == _NO_DEVICE:
        return []
    _check("cuInit", result)
    count, found = c.c_int(), []
    call("cuDeviceGetCount", c.byref(count))
    for ordinal in range(count.value):
        device, uuid = c.c_int(), Uuid()
        call("cuDeviceGet", c.byref(device), ordinal)
        call("cuDeviceGetUuid", c.byref(uuid), device)
        found.append(bytes(uuid.bytes).hex())
    return found


def find(uuid: str, runs_on: str) -> int:
    """Returns the ordinal of the device with this UUID. `runs_on` says for the message what uses the device ("the
    decoder runs on .."). Unsupported: there is none."""
    visible = _visible()
    if uuid in visible:
        return visible.index(uuid)
    masked = os.environ.get("CUDA_VISIBLE_DEVICES")
    mask = "" if masked is None else f", since CUDA_VISIBLE_DEVICES is {masked!r}"
    sees = f"it sees {', '.join(visible)}" if visible else "it sees none"
    raise Unsupported(f"{runs_on}, UUID {uuid}, which CUDA does not see in this process ({sees}{mask}); "
                      f"[decode] device chooses the GPU by its UUID", "device-not-found")


class _Current:
    """A block in which a context is current. CUDA keeps the order of such blocks, so one object serves all."""

    def __init__(self, context: c.c_void_p) -> None:
        self._context = context
        self._push, self._pop = _open().cuCtxPushCurrent_v2, _open().cuCtxPopCurrent_v2

    def __enter__(self) -> None:
        result = self._push(self._context)
        if result:
            _check("cuCtxPushCurrent_v2", result)

    def __exit__(self, *exception: object) -> None:
        self._pop(c.byref(c.c_void_p()))


class Device:
    """A device's primary context, which PyTorch, CuPy and JAX use, too, and a stream of our own in it."""

    def __init__(self, ordinal: int) -> None:
        self.ordinal = ordinal
        device, self._context = c.c_int(), c.c_void_p()
        call("cuDeviceGet", c.byref(device), ordinal)
        call("cuDevicePrimaryCtxRetain", c.byref(self._context), device)
        self._current = _Current(self._context)
        self.stream = c.c_void_p()
        with self.current():
            call("cuStreamCreate", c.byref(self.stream), _NON_BLOCKING)

    def current(self) -> _Current:
        return self._current

    def is_idle(self, streams: list[int]) -> bool:
        """Says whether these streams are known to have done all that was asked of them so far."""
        query = _open().cuStreamQuery
        with self.current():
            return not any(query(stream) for stream in streams)

    def wait_for(self, streams: list[int]) -> None:
        """Lets our stream continue when these streams have done what was asked of them so far."""
        with self.current():
            for stream in streams:
                event = c.c_void_p()
                call("cuEventCreate", c.byref(event), _NO_TIMING)
                try:
                    call("cuEventRecord", event, c.c_void_p(stream))
                    call("cuStreamWaitEvent", self.stream, event, 0)
                finally:
                    _open().cuEventDestroy_v2(event)

    def synchronize(self, stream: Optional[int] = None) -> None:
        """Waits for our stream, or for the given one."""
        with self.current():
            call("cuStreamSynchronize", self.stream if stream is None else c.c_void_p(stream))

    def settle(self) -> None:
        """Waits for all streams."""
        with self.current():
            call("cuCtxSynchronize")

    def to_host(self, to: int, source: int, size: int) -> None:
        """Copies to the host, after what our stream does already, and waits."""
        with self.current():
            call("cuMemcpyDtoHAsync_v2", to, source, size, self.stream)
            call("cuStreamSynchronize", self.stream)

    def copy(self, to: int, source: int, size: int) -> None:
        """Copies, after what our stream does already, and does not wait."""
        with self.current():
            call("cuMemcpyDtoDAsync_v2", to, source, size, self.stream)

    def owner_of(self, pointer: int) -> int:
        ordinal = c.c_int()
        with self.current():
            call("cuPointerGetAttribute", c.byref(ordinal), _DEVICE_ORDINAL, pointer)
        return ordinal.value


_devices: dict[tuple[str, int], Device] = {}


def device(ordinal: int) -> Device:
    """Returns the device with that ordinal; it is made once, and stays."""
    with _lock:
        made = _devices.get((LIBRARY, ordinal))
    if made is None:
        made = Device(ordinal)
        with _lock:
            made = _devices.setdefault((LIBRARY, ordinal), made)
    return made


class Memory:
    """Imported memory. CUDA owns the file descriptor once the import has worked."""

    def __init__(self, owner: Device, fd: int, size: int, offset: int, used: int, dedicated: bool) -> None:
        self._device, self.pointer = owner, 0
        self._memory: Optional[c.c_void_p] = None
        desc = MemoryHandleDesc(type=_OPAQUE_FD, size=size, flags=_DEDICATED if dedicated else 0)
        desc.handle.fd = fd
        memory, pointer = c.c_void_p(), c.c_ulonglong()
        with owner.current():
            try:
                call("cuImportExternalMemory", c.byref(memory), c.byref(desc))
            except Error:
                os.close(fd)
                raise
            self._memory = memory
            try:
                call("cuExternalMemoryGetMappedBuffer", c.byref(pointer), memory,
                     c.byref(MemoryBufferDesc(offset=offset, size=used)))
            except Error:
                self.close()
                raise
        self.pointer = pointer.value

    def close(self) -> None:
        """Frees the mapping before the memory."""
        memory, self._memory = self._memory, None
        if memory is None:
            return
        with self._device.current():
            if self.pointer:
                _open().cuMemFree_v2(self.pointer)
            _open().cuDestroyExternalMemory(memory)
        self.pointer = 0


class Between(Protocol):
    """Work that another library does on the device."""

    def next_value(self) -> int:
        """Returns the next value of its semaphore."""

    def start(self, value: int) -> int:
        """Starts work that begins when the semaphore has the value (0: now). Returns the value that says that it is
        done."""

    def wait(self) -> None:
        """Waits until it is done."""


def between(owner: Optional[Device], semaphore: Optional[Semaphore], stream: int, work: Between) -> None:
    """Does the work after what the stream was asked to do until now, and before what it is asked to do from now on.
    Without a semaphore the host waits for the stream, and for the work. owner None: everything is in the host's memory.
    """
    if semaphore is None:
        if owner is not None:
            owner.synchronize(stream)
        work.start(0)
        work.wait()
        return
    value = work.next_value()
    semaphore.signal(value, stream)
    semaphore.wait(work.start(value), stream)


class Semaphore:
    """An imported timeline semaphore; the file descriptor is handled as in Memory."""

    def __init__(self, owner: Device, fd: int) -> None:
        self._device = owner
        self._semaphore: Optional[c.c_void_p] = None
        desc = SemaphoreHandleDesc(type=_TIMELINE_FD)
        desc.handle.fd = fd
        semaphore = c.c_void_p()
        with owner.current():
            try:
                call("cuImportExternalSemaphore", c.byref(semaphore), c.byref(desc))
            except Error:
                os.close(fd)
                raise
        self._semaphore = semaphore

    def _submit(self, name: str, value: int, stream: int | c.c_void_p) -> None:
        assert self._semaphore is not None
        with self._device.current():
            call(name, c.byref(self._semaphore), c.byref(SemaphoreParams(value)), 1, stream)

    def wait(self, value: int, stream: int | c.c_void_p) -> None:
        """Lets the stream continue when the semaphore has the value."""
        self._submit("cuWaitExternalSemaphoresAsync", value, stream)

    def signal(self, value: int, stream: int | c.c_void_p) -> None:
        """Gives the semaphore the value when the stream has done what was asked of it so far."""
        self._submit("cuSignalExternalSemaphoresAsync", value, stream)

    def close(self) -> None:
        """Frees it. Called when no stream waits for it, or is to signal it."""
        semaphore, self._semaphore = self._semaphore, None
        if semaphore is not None:
            with self._device.current():
                _open().cuDestroyExternalSemaphore(semaphore)
