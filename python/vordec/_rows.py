# SPDX-License-Identifier: MIT
"""Arrays of files whose rows are read when they are asked for, by the rules of _files.py. A file is opened for each
reading, so that its reader can be pickled, and forks share nothing."""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Callable
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from ._files import check_types, find_dataset, find_variable, format_of, read_members
from ._netcdf import header_fits
from .errors import Error, FileError, InputError

Array = npt.NDArray[Any]
Runs = list[tuple[int, int]]
"""runs of rows: the first, and the one behind the last"""


Identity = tuple[int, int, int, int]
"""identity of a file: device, inode, size and time of the last change"""


class RowSource(Protocol):
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def identity(self) -> Identity | None:
        """None: all of it is in memory."""

    def read(self, runs: Runs) -> Array:
        """Returns the rows of all runs, one after the other, of the file's type."""


def _identity(name: str) -> Identity:
    status = os.stat(name)
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _joined(array: Any, runs: Runs) -> Array:
    return np.concatenate([np.asarray(array[start:stop]) for start, stop in runs] or [np.asarray(array[:0])])


class _InMemory:
    """An array in a format, or written in a way, that does not let rows be read alone."""

    identity: Identity | None = None

    def __init__(self, name: str, key: str) -> None:
        members = read_members(name, (key,))
        if key not in members:
            raise _Absent
        self._array = members[key]
        self.shape, self.dtype = self._array.shape, self._array.dtype

    def read(self, runs: Runs) -> Array:
        return _joined(self._array, runs)


class _Stored:
    """A member that an .npz archive holds uncompressed, in C order. Its checksum is not checked, since that would take
    reading all of it."""

    def __init__(self, name: str, at: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._name, self._at, self.shape, self.dtype = name, at, shape, dtype
        self.identity = _identity(name)

    def read(self, runs: Runs) -> Array:
        rows = np.empty((sum(stop - start for start, stop in runs), *self.shape[1:]), self.dtype)
        row = rows.itemsize * math.prod(self.shape[1:])
        filled = 0
        with open(self._name, "rb") as file:
            for start, stop in runs:
                some = rows[filled:filled + stop - start].reshape(-1).view(np.uint8).data
                file.seek(self._at + start * row)
                if file.readinto(some) != some.nbytes:
                    raise FileError(f"{self._name}: it is shorter than when it was opened")
                filled += stop - start
        return rows


class _Absent(Exception):
    """The file has no such array."""


class _Hdf5:
    def __init__(self, name: str, key: str) -> None:
        self._name, self._key = name, key
        self.identity = _identity(name)
        self.shape, self.dtype = self._open(lambda dataset: (dataset.shape, dataset.dtype))

    def _open(self, action: Callable[[Any], Any]) -> Any:
        import h5py  # type: ignore[import]

        with h5py.File(self._name, "r") as file:
            dataset = find_dataset(self._name, self._key, file)
            if dataset is None:
                raise _Absent
            return action(dataset)

    def read(self, runs: Runs) -> Array:
        return cast(Array, self._open(lambda dataset: _joined(dataset, runs)))


class _Netcdf:
    def __init__(self, name: str, key: str) -> None:
        self._name, self._key = name, key
        self.identity = _identity(name)
        self.shape, self.dtype = self._open(lambda variable: (variable.shape, variable.dtype))

    def _open(self, action: Callable[[Any], Any]) -> Any:
        import netCDF4  # type: ignore[import]

        if not header_fits(self._name):
            raise InputError(f"{self._name}: netCDF: Unknown file format")
        with netCDF4.Dataset(self._name) as file:
            variable = find_variable(self._name, self._key, file)
            if variable is None:
                raise _Absent
            return action(variable)

    def read(self, runs: Runs) -> Array:
        return cast(Array, self._open(lambda variable: _joined(variable, runs)))


def _stored(name: str, key: str) -> _Stored | None:
    """Returns None if it is deflated, in Fortran order, or otherwise not to be read in pieces."""
    headers: dict[tuple[int, int], Any] = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    with zipfile.ZipFile(name) as archive:
        if key + ".npy" not in archive.namelist():
            raise _Absent
        info = archive.getinfo(key + ".npy")
        if info.compress_type != zipfile.ZIP_STORED:
            return None
        with archive.open(info) as member:
            header = headers.get(np.lib.format.read_magic(member))  # type: ignore[no-untyped-call]
            if not header:
                return None
            shape, fortran, dtype = header(member)
            length = member.tell()
    with open(name, "rb") as file:
        file.seek(info.header_offset + 26)
        lengths = file.read(4)
    begin = info.header_offset + 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little") + length
    count = math.prod(shape)
    fits = info.file_size == length + count * dtype.itemsize and begin + count * dtype.itemsize <= os.path.getsize(name)
    return _Stored(name, begin, shape, dtype) if fits and not fortran and not dtype.hasobject else None


def _open_plainly(name: str, key: str) -> RowSource:
    kind = format_of(name)
    if kind == "hdf5":
        return _Hdf5(name, key)
    if kind == "netcdf":
        return _Netcdf(name, key)
    return (_stored(name, key) if kind == "npz" else None) or _InMemory(name, key)


def _with_the_packages_errors(name: str, action: Callable[[], Any]) -> Any:
    try:
        return action()
    except (Error, MemoryError, _Absent):
        raise
    except ImportError as problem:
        raise InputError(f"{name}: {problem.name}, which reads such a file, is not installed") from problem
    except Exception as problem:
        if isinstance(problem, OSError) and problem.strerror:  # h5py's, of what is wrong with the content, have none
            raise FileError(f"{name}: {problem.strerror}") from problem
        raise InputError(f"{name}: cannot be read: {problem}") from problem


def open_rows(path: str | os.PathLike[str], key: str) -> RowSource | None:
    """Returns None if the file has no such array. Errors as for read_members()."""
    name = os.fspath(path)
    try:
        source: RowSource = _with_the_packages_errors(name, lambda: _open_plainly(name, key))
    except _Absent:
        return None
    check_types(name, {key: source.dtype})
    return source


def read_rows(name: str, source: RowSource, runs: Runs) -> Array:
    """Does what RowSource.read() does. FileError: the file has changed since it was opened."""
    try:
        rows: Array = _with_the_packages_errors(name, lambda: source.read(runs))
    except _Absent:
        rows = np.empty(0)
    changed = source.identity not in (None, _with_the_packages_errors(name, lambda: _identity(name)))
    if changed or rows.shape != (sum(stop - start for start, stop in runs), *source.shape[1:]):
        raise FileError(f"{name}: it is not the file that was opened, or has changed since")
    return rows
