# SPDX-License-Identifier: MIT
"""Arrays of files, by the rules of the command: .npz with NumPy, and what other packages read where they are installed."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import numpy.typing as npt

from ._netcdf import header_fits
from .errors import FileError, InputError

Members = dict[str, npt.NDArray[Any]]
_Reader = Callable[[str, Collection[str]], Members]

_MOST_RATIO = 1032
"""deflate's densest code is 258 bytes in 2 bits"""
_HDF5 = b"\x89HDF\r\n\x1a\n"
_HDF5_PLACES = (0, *(512 << i for i in range(7)))
"""what comes before an HDF5 file in a file is a power of two of blocks, or nothing"""
_LZF = 32000
"""h5py's own filter"""


def read_members(path: str | os.PathLike[str], keys: Collection[str]) -> Members:
    """Those of the arrays that the file holds, by its content. InputError names the file and the array, FileError a file
    that cannot be read."""
    name = os.fspath(path)
    try:
        with open(path, "rb") as file:
            head = file.read(_HDF5_PLACES[-1] + len(_HDF5))
    except OSError as problem:
        raise FileError(f"{name}: {problem.strerror or problem}") from problem
    if any(head.startswith(_HDF5, place) for place in _HDF5_PLACES):
        return _read(name, "h5py", _read_hdf5, keys)
    for start, package, reader in _FORMATS:
        if head.startswith(start):
            return _read(name, package, reader, keys)
    return read_npz(name, keys)


def _read(name: str, package: str, reader: _Reader, keys: Collection[str]) -> Members:
    try:
        members = reader(name, keys)
    except ImportError as problem:
        raise InputError(f"{name}: {package}, which reads such a file, is not installed") from problem
    except (InputError, FileError, MemoryError):
        raise
    except Exception as problem:
        raise InputError(f"{name}: cannot be read: {problem}") from problem
    _check_types(name, members)
    return members


def _check_types(name: str, members: Members) -> None:
    for key, array in members.items():
        if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
            raise InputError(f"{name}: {key}: type '{array.dtype.str}' is not supported; save it as real numbers of 2 to 8 "
                             "bytes, integers of 1 to 8 bytes or booleans")


def read_npz(name: str, keys: Collection[str]) -> Members:
    """As read_members(), of an .npz archive alone."""
    try:
        with np.load(name, allow_pickle=False) as data:
            members = {key: np.asarray(data[key]) for key in keys if key in data.files}
    except OSError as problem:
        raise FileError(f"{name}: {problem.strerror or problem}") from problem
    except Exception as problem:
        raise InputError(f"{name}: not an .npz archive of arrays: {problem}") from problem
    _check_types(name, members)
    return members


def _read_hdf5(name: str, keys: Collection[str]) -> Members:
    import h5py  # type: ignore[import]

    members = {}
    with h5py.File(name, "r") as file:
        for key in keys:
            if key not in file or not isinstance(file.get(key, getlink=True), h5py.HardLink):
                continue  # other links lead to other files, or nowhere
            dataset = file[key]
            if isinstance(dataset, h5py.Dataset):
                _check_dataset(name, key, dataset)
                members[key] = np.asarray(dataset[()])
    return members


def _check_dataset(name: str, key: str, dataset: Any) -> None:
    """Content in other files, filters that HDF5 would load as plugins, and sizes that lie are refused."""
    properties = dataset.id.get_create_plist()
    filters = [properties.get_filter(i)[0] for i in range(properties.get_nfilters())]
    stored = dataset.id.get_storage_size()
    why = None
    if dataset.external or dataset.is_virtual:
        why = "its data lie in other files, which is not supported"
    elif any(kind >= 256 and kind != _LZF for kind in filters):
        why = "it is compressed by a filter that HDF5 itself does not have"
    elif dataset.size and (not stored or dataset.size * dataset.dtype.itemsize // _MOST_RATIO > stored):
        why = "it claims to be larger than its content allows"
    if why:
        raise InputError(f"{name}: {key}: {why}")


def _read_netcdf(name: str, keys: Collection[str]) -> Members:
    import netCDF4  # type: ignore[import]

    if not header_fits(name):
        raise InputError(f"{name}: netCDF: Unknown file format")
    members = {}
    with netCDF4.Dataset(name) as file:
        file.set_auto_maskandscale(False)
        for key in (key for key in keys if key in file.variables):
            if math.prod(file[key].shape) * file[key].dtype.itemsize > os.path.getsize(name):
                raise InputError(f"{name}: {key}: it claims to be larger than the file")
            members[key] = np.asarray(file[key][()])
    return members


def _read_mat(name: str, keys: Collection[str]) -> Members:
    """Scalars and vectors are matrices there."""
    import scipy.io  # type: ignore[import]

    members = {}
    for key, array in scipy.io.loadmat(name, variable_names=list(keys)).items():
        if key in keys:
            flat = array.ndim == 2 and 1 in array.shape
            members[key] = array.reshape(() if array.size == 1 else -1) if flat else np.asarray(array)
    return members


_FORMATS: tuple[tuple[bytes, str, _Reader], ...] = (
    (b"CDF\x01", "netCDF4", _read_netcdf),
    (b"CDF\x02", "netCDF4", _read_netcdf),
    (b"CDF\x05", "netCDF4", _read_netcdf),
    (b"MATLAB 5.0 MAT-file", "scipy", _read_mat),
)
"""how a file begins, and what reads it; anything else is taken for an .npz archive, which says what is wrong with it"""
