# SPDX-License-Identifier: MIT
"""Trajectories in files of other projects, read by the code of the command."""

from __future__ import annotations

import contextlib
import ctypes as c
import logging
import math
import operator
import os
import pathlib
from collections.abc import Iterator
from typing import Any, SupportsFloat, SupportsIndex, overload

import numpy as np
import numpy.typing as npt

from . import _library as lib
from . import _structs as s
from ._arrays import Reals, address, whole
from .errors import Unsupported, UsageError

_log = logging.getLogger("vordec")
_reader: c.CDLL | None = None


class _Request(c.Structure):
    _fields_ = [(name, c.c_char_p) for name in ("path", "key", "axes", "sample", "frames")] + [
        ("box", c.c_double), ("dt", c.c_double), ("velocity", c.c_int32)]


class _Info(c.Structure):
    _fields_ = [("n", c.c_size_t), ("frames", c.c_size_t), ("dt", c.c_double), ("box", c.c_double)]


_Tell = c.CFUNCTYPE(None, c.c_void_p, c.c_char_p)


class _Listener(c.Structure):
    _fields_ = [("tell", _Tell), ("ctx", c.c_void_p)]


class _Place(c.Structure):
    """Dl_info"""

    _fields_ = [("file", c.c_char_p), ("base", c.c_void_p), ("symbol", c.c_char_p), ("address", c.c_void_p)]


def _folder(library: c.CDLL) -> pathlib.Path:
    """Returns the folder of the plugins, beside the library."""
    place = _Place()
    function = c.cast(library.vordec_version, c.c_void_p)
    if not c.CDLL(None).dladdr(function, c.byref(place)) or not place.file:
        raise Unsupported("it is not known where libvordec lies")
    return pathlib.Path(os.fsdecode(place.file)).resolve().parent / "vordec"


def _load() -> c.CDLL:
    global _reader
    if _reader is None:
        path = _folder(lib.load()) / "trajectory_reader.so"
        if not path.exists():
            raise Unsupported(f"trajectories are read with {path.name}, which is not in {path.parent}: a wheel does "
                              "not contain it; use an installed vordec or the source tree")
        try:
            reader = c.CDLL(os.fspath(path))
        except OSError as problem:
            raise Unsupported(f"trajectories are read with {path.name}, which cannot be loaded: {problem}") from problem
        handle, error = c.c_void_p, c.POINTER(s.Error)
        reader.trajectory_reader_open.argtypes = [c.c_char_p, c.c_size_t, c.POINTER(_Request), c.POINTER(_Listener),
                                                  c.POINTER(handle), error]
        reader.trajectory_reader_get.argtypes = [handle, c.POINTER(_Info)]
        reader.trajectory_reader_get.restype = None
        reader.trajectory_reader_frame.argtypes = [handle, c.c_size_t, handle, error]
        reader.trajectory_reader_close.argtypes = [handle]
        reader.trajectory_reader_close.restype = None
        _reader = reader
    return _reader


def _tell(_: int | None, remark: bytes) -> None:
    with contextlib.suppress(Exception):  # there is nobody to catch it
        _log.warning("%s", remark.decode(errors="replace"))


_forward = _Tell(_tell)


def _close(pointer: c.c_void_p, process: int) -> None:
    if os.getpid() == process:  # a file in a library's format is read by a child of that process
        _load().trajectory_reader_close(pointer)


class Trajectory(lib.Exclusive):
    """The vorticity of the frames in a file, which are read when they are indexed or iterated over: trajectory[3],
    trajectory[-1], trajectory[::10], `for frame in trajectory`. A frame is (N, N), axis 0 = y; several are
    (T, N, N). One thread at a time (Busy); a fork's child has to open its own."""

    _instead = "open the file again"

    def __init__(self, path: str | os.PathLike[str], request: _Request) -> None:
        super().__init__()
        reader, pointer, error, info = _load(), c.c_void_p(), s.Error(), _Info()
        listener = _Listener(_forward, None)
        version = lib.load().vordec_git_describe()
        if reader.trajectory_reader_open(version, c.sizeof(request), c.byref(request), c.byref(listener),
                                         c.byref(pointer), c.byref(error)):
            raise lib.failure(error)
        self._process = process = os.getpid()
        self._handle = lib.Handle(pointer, lambda handle: _close(handle, process))
        reader.trajectory_reader_get(pointer, c.byref(info))
        self._info = info
        self._path = os.fsdecode(path)

    @property
    def path(self) -> str:
        return self._path

    @property
    def n(self) -> int:
        """side of the grid"""
        return int(self._info.n)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(frames, N, N)"""
        return len(self), self.n, self.n

    @property
    def dt(self) -> float | None:
        """time from frame to frame; None: the file does not say"""
        return None if math.isnan(self._info.dt) else float(self._info.dt)

    @property
    def box(self) -> float | None:
        """side of the box; None: the file does not say"""
        return None if math.isnan(self._info.box) else float(self._info.box)

    @property
    def times(self) -> Reals | None:
        """times of the frames, counted from the first of them; None: the file does not say"""
        return None if self.dt is None else np.arange(len(self)) * self.dt

    def __len__(self) -> int:
        return int(self._info.frames)

    def _describe(self) -> str:
        return f"{len(self)} frames, N = {self.n}, from {self._path}"

    def _read(self, i: int, omega: Reals) -> None:
        error = s.Error()
        with self._taken() as pointer:
            if os.getpid() != self._process:
                raise UsageError("this Trajectory was opened before the fork: open the file again")
            if _load().trajectory_reader_frame(pointer, i, address(omega), c.byref(error)):
                raise lib.failure(error)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Reals: ...

    @overload
    def __getitem__(self, index: slice) -> Reals: ...

    def __getitem__(self, index: SupportsIndex | slice) -> Reals:
        if isinstance(index, slice):
            chosen = range(*index.indices(len(self)))
            several: Reals = np.empty((len(chosen), self.n, self.n))
            for at, i in enumerate(chosen):
                self._read(i, several[at])
            return several
        try:
            i = operator.index(index)
        except TypeError:
            raise TypeError(f"a Trajectory is indexed by the number of a frame or a slice, not by {index!r}") from None
        if not -len(self) <= i < len(self):
            raise IndexError(f"frame {i} of {len(self)}")
        omega: Reals = np.empty((self.n, self.n))
        self._read(i % len(self), omega)
        return omega

    def __iter__(self) -> Iterator[Reals]:
        return (self[i] for i in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("the frames of a Trajectory are in a file, so that an array of them is always a copy")
        return np.asarray(self[:], dtype)


def _text(what: str, value: object) -> bytes | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise UsageError(f"{what}: {value!r}: expected a text, and not an empty one")
    if "\0" in value:
        raise UsageError(f"{what}: {value!r}: holds a NUL")
    try:
        return value.encode(errors="surrogateescape")  # names that are no UTF-8, as h5py has them
    except UnicodeEncodeError as problem:
        raise UsageError(f"{what}: {value!r}: holds what is no character") from problem


def _slice(frames: str | slice | None) -> bytes | None:
    if not isinstance(frames, slice):
        return _text("frames", frames)
    parts = frames.start, frames.stop, 1 if frames.step is None else frames.step
    try:
        return ":".join("" if part is None else str(operator.index(part)) for part in parts).encode()
    except TypeError as problem:
        raise UsageError(f"frames: {frames!r}: expected integers") from problem


def _sample(sample: SupportsIndex | None) -> bytes | None:
    if isinstance(sample, bool):
        raise UsageError(f"sample: {sample!r}: expected an integer")
    return None if sample is None else str(whole("sample", sample, 0)).encode()


def _positive(what: str, value: object) -> float:
    if value is None:
        return 0.0
    number = math.nan
    if isinstance(value, SupportsFloat) and not isinstance(value, (bool, np.bool_)):
        with contextlib.suppress(TypeError, OverflowError):
            number = float(value)
    if not 0 < number < math.inf:
        raise UsageError(f"{what}: {value!r}: expected a number above 0")
    return number


def open_trajectory(path: str | os.PathLike[str], key: str | None = None, *, axes: str | None = None,
                    sample: SupportsIndex | None = None, frames: str | slice | None = None, velocity: bool = False,
                    box: float | None = None, dt: float | None = None) -> Trajectory:
    """Opens a trajectory in any file that `vordec encode --traj` reads, by the same rules (docs/your-data.md): known
    layouts need no more than the path.

    key: the array with the frames, or those of u and v, "u,v". axes: what its axes are, such as "b,t,y,x,c". sample:
    which run. frames: slice(A, B, S) or "A:B:S". velocity: the array holds velocities, whose curl is wanted. box: side
    of the box. dt: time between the frames that are taken. What was taken for granted goes to the logger "vordec", in
    the command's words, too.

    InputError: as the command's message says; its options --key, --axes, --sample, --frames, --velocity, --box and --dt
    are these arguments. UsageError: one of them is nothing that the option takes. FileError: the file cannot be read.
    Unsupported: the library for its format is missing, or the package comes from a wheel, which cannot read
    trajectories yet."""
    request = _Request(os.fsencode(path), _text("key", key), _text("axes", axes),
                       _sample(sample), _slice(frames), _positive("box", box), _positive("dt", dt), bool(velocity))
    if b"\0" in os.fsencode(path):
        raise UsageError(f"path: {path!r}: holds a NUL")
    return Trajectory(path, request)
