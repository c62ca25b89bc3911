# SPDX-License-Identifier: MIT
"""NumPy arrays as the C library wants them: copied only where the layout does not fit."""

from __future__ import annotations

import ctypes as c
import operator
from typing import Any, SupportsIndex

import numpy as np
import numpy.typing as npt

from .errors import InputError, UsageError

Reals = npt.NDArray[np.float64]


def whole(what: str, value: SupportsIndex, least: int) -> int:
    """Returns an integer that C's size_t holds; ctypes would take any integer modulo 2^64."""
    try:
        number = operator.index(value)
    except TypeError as problem:
        raise UsageError(f"{what}: {value!r}: expected an integer") from problem
    if not least <= number < 2**63:
        raise UsageError(f"{what}: {number}: expected an integer from {least}")
    return number


def _hides_entries(values: Any, axes: int = 32) -> bool:
    """Says whether a masked array, or a list that contains one, has masked entries."""
    if isinstance(values, (list, tuple)) and axes > 0:
        return any(_hides_entries(value, axes - 1) for value in values)
    return isinstance(values, np.ma.MaskedArray) and values.dtype.names is None and bool(np.any(values.mask))


def plain(what: str, values: npt.ArrayLike) -> npt.NDArray[Any]:
    """Returns a plain array of what may be a list, a matrix, a masked array .. NumPy would silently use the values
    behind a mask."""
    if _hides_entries(values):
        raise InputError(f"{what}: has masked entries: fill them first (numpy.ma.filled)")
    try:
        return np.asarray(values)
    except (TypeError, ValueError) as problem:
        raise InputError(f"{what}: not an array: {problem}") from problem


def reals(what: str, values: npt.ArrayLike) -> Reals:
    """Returns float64, C-contiguous, aligned: the same array if it is that already. Narrower reals and integers are
    widened."""
    array = plain(what, values)
    if array.dtype.kind not in "fiu":
        raise InputError(f"{what}: dtype {array.dtype}: expected real numbers")
    return np.require(array, np.float64, ["C", "A"])


def exact(what: str, values: npt.ArrayLike) -> Reals:
    """Does what reals() does, but refuses integers that a float64 cannot hold."""
    array = plain(what, values)
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8 and array.size:
        for element in int(array.min()), int(array.max()):
            if abs(element) > 2**53:
                raise InputError(f"{what}: an element is {element}, which a double cannot hold exactly")
    return reals(what, array)


def address(array: npt.NDArray[Any] | None) -> c.c_void_p | None:
    return None if array is None else c.c_void_p(array.ctypes.data)


def fields(what: str, values: npt.ArrayLike, count: int, n: int) -> Reals:
    """Returns `count` fields of N x N; a single one may come without its leading axis."""
    array = reals(what, values)
    if array.shape != (count, n, n) and not (count == 1 and array.shape == (n, n)):
        raise InputError(f"{what}: shape {array.shape}: expected ({count}, {n}, {n})")
    return array
