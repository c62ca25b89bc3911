# SPDX-License-Identifier: MIT
"""Derivatives through a decode."""

from __future__ import annotations

import ctypes as c
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

from . import _library as lib
from . import _structs as s
from ._arrays import Reals, address, fields, plain
from .errors import InputError


@dataclass(frozen=True)
class GradientReport:
    """What made the gradients, and how long it took."""

    adjoint_device: str
    """"cpu", "gpu" or "unknown": decided by the core from the backend's evidence"""
    total_ms: float
    device_ms: float
    device_timestamps: bool
    """device_ms is measured on the device's own clock"""


@dataclass(frozen=True, eq=False, repr=False)
class Gradients:
    """The derivatives with respect to what was decoded; they have a leading axis if z had one. None: not asked for."""

    z: Reals
    """with respect to the coefficients; 0 for support, energies and K, which count as constants"""
    residual: Optional[npt.NDArray[Any]]
    report: GradientReport

    def __repr__(self) -> str:
        by = "z" if self.residual is None else "z and the residual"
        return f"<{type(self).__name__}: by {by}, z {self.z.shape}; made on the {self.report.adjoint_device}>"


class Adjoint:
    """The C library's adjoint of a decoder. The decoder calls it within its own lock."""

    def __init__(self, decoder: c.c_void_p, runtime: lib.Handle, layout: lib.Handle, n: int,
                 dtype: np.dtype[Any]) -> None:
        self._handle = lib.Handle(lib.create("adjoint", decoder), "adjoint", runtime, layout)
        self._n, self._dtype = n, dtype

    def close(self) -> None:
        self._handle.release()

    def _cotangents(self, what: str, values: npt.ArrayLike | None, count: int) -> npt.NDArray[Any] | None:
        """Returns cotangents in the decoder's precision: the same array if it has that already."""
        if values is None:
            return None
        array = plain(what, values)
        if array.dtype != self._dtype:
            array = fields(what, array, count, self._n)
        elif array.shape != (count, self._n, self._n) and not (count == 1 and array.shape == (self._n, self._n)):
            raise InputError(f"{what}: shape {array.shape}: expected ({count}, {self._n}, {self._n})")
        return np.require(array, self._dtype, ["C", "A"])

    def _mask(self, mask: npt.ArrayLike, count: int) -> npt.NDArray[np.int8]:
        array = plain("mask", mask)
        if array.dtype.kind not in "iu" or array.size != count * self._n**2:
            raise InputError(f"mask: shape {array.shape} of {array.dtype}: expected integers, "
                             f"({count}, {self._n}, {self._n})")
        if array.dtype != np.int8 and array.size and (array.min() < -1 or array.max() > 1):
            raise InputError("mask: expected -1, 0 or 1")
        return np.require(array, np.int8, ["C", "A"])

    def run(self, states: Reals, omega_lp: npt.ArrayLike | None, omega_hat: npt.ArrayLike | None,
            mask: npt.ArrayLike | None) -> Gradients:
        """Returns the gradients of states (D,) or (B, D); with respect to the residual, too, if there is a mask."""
        count = 1 if states.ndim == 1 else states.shape[0]
        lp, hat = self._cotangents("omega_lp", omega_lp, count), self._cotangents("omega_hat", omega_hat, count)
        gate = None if mask is None else self._mask(mask, count)
        z = np.empty(states.shape)
        residual = None if mask is None else np.empty((count, self._n, self._n), self._dtype)
        io = s.AdjointIo(count, address(states), address(lp), address(hat), address(gate), address(z),
                         address(residual))
        report = s.AdjointReport()
        lib.call("adjoint_run", self._handle.pointer, c.byref(io), c.byref(report))
        if residual is not None and states.ndim == 1:
            residual = residual[0]
        return Gradients(z, residual, GradientReport(report.adjoint_device.decode(), report.total_ms, report.device_ms,
                                                     report.device_timestamps))
