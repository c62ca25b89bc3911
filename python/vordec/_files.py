# SPDX-License-Identifier: MIT
"""Arrays of files, by the rules of the command: .npz with NumPy, and what other packages read if they are installed."""

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
Reader = Callable[[str, Collection[str]], Members]

_MOST_RATIO = 1032
"""deflate's densest code is 258 bytes in 2 bits"""
_HDF5 = b"\x89HDF\r\n\x1a\n"
_HDF5_PLACES = (0, *(512 << i for i in range(7)))
"""what precedes an HDF5 file within a file is a power of two of blocks, or nothing"""
_LZF = 32000
"""h5py's own filter"""


def read_members(path: str | os.PathLike[str], keys: Collection[str]) -> Members:
    """Returns those of the arrays that the file holds, judged by its content. InputError names the file and the array;
    FileError names a file that cannot be read."""
    name = os.fspath(path)
    kind = format_of(name)
    return _read(name, *_READERS[kind], keys) if kind in _READERS else read_npz(name, keys)


def format_of(name: str) -> str:
    """Returns hdf5, netcdf or mat; anything else is taken for an .npz archive, and reading it says what is wrong with
    it."""
    try:
        with open(name, "rb") as file:
            head = file.read(_HDF5_PLACES[-1] + len(_HDF5))
    except OSError as problem:
        raise FileError(f"{name}: {problem.strerror or problem}") from problem
    if any(head.startswith(_HDF5, place) for place in _HDF5_PLACES):
        return "hdf5"
    return next((kind for start, kind in _BEGINNINGS if head.startswith(start)), "npz")


def _read(name: str, package: str, reader: Reader, keys: Collection[str]) -> Members:
    try:
        members = reader(name, keys)
    except ImportError as problem:
        raise InputError(f"{name}: {package}, which reads such a file, is not installed") from problem
    except (InputError, FileError, MemoryError):
        raise
    except Exception as problem:
        raise InputError(f"{name}: cannot be read: {problem}") from problem
    check_types(name, {key: array.dtype for key, array in members.items()})
    return members


def check_types(name: str, types: dict[str, Any]) -> None:
    for key, dtype in types.items():
        if dtype.kind not in "biuf" or dtype.itemsize > 8:
            raise InputError(f"{name}: {key}: type '{dtype.str}' is not supported; save it as real numbers of 2 to 8 "
                             "bytes, integers of 1 to 8 bytes or booleans")


def read_npz(name: str, keys: Collection[str]) -> Members:
    """Does what read_members() does, for an .npz archive alone."""
    try:
        with np.load(name, allow_pickle=False) as data:
            members = {key: np.asarray(data[key]) for key in keys if key in data.files}
    except OSError as problem:
        raise FileError(f"{name}: {problem.strerror or problem}") from problem
    except Exception as problem:
        raise InputError(f"{name}: not an .npz archive of arrays: {problem}") from problem
    check_types(name, {key: array.dtype for key, array in members.items()})
    return members


def _read_hdf5(name: str, keys: Collection[str]) -> Members:
    import h5py  # type: ignore[import]

    members = {}
    with h5py.File(name, "r") as file:
        for key in keys:
            dataset = find_dataset(name, key, file)
            if dataset is not None:
                members[key] = np.asarray(dataset[()])
    return members


def find_dataset(name: str, key: str, file: Any) -> Any:
    """Returns None if there is none. Content in other files, filters that HDF5 would load as plugins, and false sizes
    are refused."""
    import h5py

    if key not in file or not isinstance(file.get(key, getlink=True), h5py.HardLink):
        return None  # other links lead to other files, or nowhere
    if not isinstance(file[key], h5py.Dataset):
        return None
    _check_dataset(name, key, file[key])
    return file[key]


def _check_dataset(name: str, key: str, dataset: Any) -> None:
    import h5py

    properties = dataset.id.get_create_plist()
    filters = [properties.get_filter(i)[0] for i in range(properties.get_nfilters())]
    stored = dataset.id.get_storage_size()
    why = None
    if dataset.external or dataset.is_virtual:
        why = "its data lie in other files, which is not supported"
    elif any(kind >= 256 and kind != _LZF for kind in filters):
        why = "it is compressed by a filter that HDF5 itself does not have"
    elif any(kind in (h5py.h5z.FILTER_NBIT, h5py.h5z.FILTER_SCALEOFFSET) for kind in filters):
        why = "its filter (n-bit or scale-offset) may make HDF5 read beyond a damaged chunk"
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
        for key in keys:
            variable = find_variable(name, key, file)
            if variable is not None:
                members[key] = np.asarray(variable[()])
    return members


def find_variable(name: str, key: str, file: Any) -> Any:
    """Returns None if there is none. False sizes are refused."""
    file.set_auto_maskandscale(False)
    if key not in file.variables:
        return None
    if math.prod(file[key].shape) * file[key].dtype.itemsize > os.path.getsize(name):
        raise InputError(f"{name}: {key}: it claims to be larger than the file")
    return file[key]


def _read_mat(name: str, keys: Collection[str]) -> Members:
    """Reads arrays of a MATLAB file, where scalars and vectors are matrices."""
    import scipy.io  # type: ignore[import]

    members = {}
    for key, array in scipy.io.loadmat(name, variable_names=list(keys)).items():
        if key in keys:
            flat = array.ndim == 2 and 1 in array.shape
            members[key] = array.reshape(() if array.size == 1 else -1) if flat else np.asarray(array)
    return members


_BEGINNINGS = ((b"CDF\x01", "netcdf"), (b"CDF\x02", "netcdf"), (b"CDF\x05", "netcdf"), (b"MATLAB 5.0 MAT-file", "mat"))
_READERS: dict[str, tuple[str, Reader]] = {
    "hdf5": ("h5py", _read_hdf5), "netcdf": ("netCDF4", _read_netcdf), "mat": ("scipy", _read_mat)}
"""the package that is needed, and the function that reads with it"""
