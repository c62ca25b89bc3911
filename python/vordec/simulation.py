# SPDX-License-Identifier: MIT
"""Large-eddy simulations of two-dimensional turbulence."""

from __future__ import annotations

import ctypes as c
from dataclasses import dataclass
from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from . import _library as lib
from . import _structs as s
from ._arrays import Reals, address, reals, whole
from .config import ConfigSource
from .decoder import Decoder
from .device_array import DeviceArray
from .device_rings import CopyRing
from .device_slots import Lender
from .errors import InputError, UsageError
from .runtime import Device, Runtime

_AT_ONCE = 1 << 22
"""cells: steps over no more of them are a first piece"""
_PIECE_MS = 50.0


@dataclass(frozen=True)
class SimulationInfo:
    """What was asked for, and what the simulation runs on."""

    backend_requested: str
    backend_used: str
    reason: str
    """why the backend used is not the one requested; empty if it is"""
    fft_requested: str
    fft_used: str
    device: Device
    precision: str


@dataclass(frozen=True)
class SimulationReport:
    """What took the steps, and how long that took."""

    les_device: str
    total_ms: float
    device_ms: float
    device_timestamps: bool
    """device_ms is measured on the device's clock"""


class Simulation(Lender):
    """Vorticity that advances by the vorticity equation with Smagorinsky's eddy viscosity, on a periodic box of side 2
    pi, by Heun's method. It runs on the backend that [simulate] asks for, in its precision ([simulate] precision: auto
    is fp64 on the CPU and fp32 on a GPU).

    omega, (N, N) or (members, N, N), is the initial vorticity, at `step`; members advance together, each with the bits
    that it has alone. dt: time step; nu0: viscosity; cs: Smagorinsky's constant; dealias: the modes with 3 max(|kx|,
    |ky|) > N take no part; filter: damp the spectrum by exp(-36 (|k| / (N / 2))^8) after each step; reference_mean: let
    the mean decay as the original's simulation does. With a decoder, the two share their runtime and, where they can,
    their device. One thread at a time (Busy), including threads that use that decoder.
    """

    _instead = "make another one from what read() returns"
    _owns_runtime = False
    _copies: CopyRing | None = None

    def __init__(self, omega: npt.ArrayLike, dt: float, nu0: float = 1e-4, cs: float = 0.17, *, dealias: bool = True,
                 filter: bool = False, reference_mean: bool = False, step: int = 0, decoder: Decoder | None = None,
                 config: ConfigSource | Runtime = None) -> None:
        if decoder is not None and config is not None:
            raise UsageError("a simulation takes its configuration from the decoder")
        fields = reals("omega", omega)
        if fields.ndim not in (2, 3) or fields.shape[-1] != fields.shape[-2] or fields.size == 0:
            raise InputError(f"omega: shape {fields.shape}: expected (N, N) or (members, N, N)")
        self._shape = fields.shape
        super().__init__()
        self._owns_runtime = decoder is None and not isinstance(config, Runtime)
        if decoder is not None:
            self._runtime = decoder.runtime
        else:
            self._runtime = config if isinstance(config, Runtime) else Runtime(config)
        desc = s.SimulationDesc(self.n, self.members, dt, nu0, cs, reference_mean, filter, dealias)
        try:
            pointer = lib.create("simulation", self.runtime.pointer, decoder.pointer if decoder is not None else None,
                                 c.byref(desc))
            self._handle = lib.Handle(pointer, "simulation", self.runtime.handle)
            self.set(fields, step)
        except BaseException:
            self.close()
            raise
        finally:
            if self._owns_runtime and self._handle is None:
                self.runtime.close()
        self._info = self._read_info()

    @property
    def info(self) -> SimulationInfo:
        return self._info

    @property
    def runtime(self) -> Runtime:
        return self._runtime

    @property
    def n(self) -> int:
        """side of the grid"""
        return self._shape[-1]

    @property
    def members(self) -> int:
        return self._shape[0] if len(self._shape) == 3 else 1

    @property
    def step(self) -> int:
        """the step that it has reached; after a breakdown the last one that was finite"""
        with self._taken() as pointer:
            return int(self._struct(pointer).step)

    def _describe(self) -> str:
        several = f", {self.members} members" if self.members > 1 else ""
        return (f"N = {self.n}{several}, by {self._info.backend_used} ({self._info.precision}) on "
                f"{self._info.device._named()}")

    @staticmethod
    def _struct(pointer: c.c_void_p) -> s.SimulationInfo:
        info = s.SimulationInfo()
        lib.load().vordec_simulation_get(pointer, c.byref(info))
        return info

    def _read_info(self) -> SimulationInfo:
        info = self._struct(self.pointer)
        return SimulationInfo(info.backend_requested.decode(), info.backend_used.decode(), info.reason.decode(),
                              info.fft_requested.decode(), info.fft_used.decode(), Device._from(info.device),
                              "fp64" if info.precision == s.FP64 else "fp32")

    def set(self, omega: npt.ArrayLike, step: int = 0) -> None:
        """Starts anew from fields of the shape that it was made with, at `step`. From what read() returned, it
        continues with the same bits."""
        fields = reals("omega", omega)
        if fields.shape != self._shape:
            raise InputError(f"omega: shape {fields.shape}: expected {self._shape}")
        at = whole("step", step, 0)
        with self._taken() as pointer:
            for member, field in enumerate(fields.reshape(self.members, self.n, self.n)):
                lib.call("simulation_set", pointer, member, address(field), at)

    def advance(self, steps: int = 1) -> SimulationReport:
        """Takes the steps, at least one, and returns when they are done. Many steps are taken in pieces of about 50 ms,
        with the same bits. KeyboardInterrupt is raised between two pieces, after whole steps, and the simulation can
        still be used afterwards. Error: a value is no longer finite; the message says where, and the fields must be set
        again."""
        left, piece = whole("steps", steps, 0), max(1, _AT_ONCE // (16 * self.members * self.n**2))
        total_ms = device_ms = 0.0
        report = s.SimulationReport()
        with self._taken() as pointer:
            while True:
                now = min(left, piece)
                lib.call("simulation_advance", pointer, now, c.byref(report))
                total_ms, device_ms, left = total_ms + report.total_ms, device_ms + report.device_ms, left - now
                if left <= 0:
                    break
                piece = max(1, min(4 * piece, int(now * _PIECE_MS / max(report.total_ms, 1e-6))))
        return SimulationReport(report.les_device.decode(), total_ms, device_ms, report.device_timestamps)

    @overload
    def read(self, *, device: Literal[True]) -> DeviceArray: ...

    @overload
    def read(self, *, device: Literal[False] = False) -> Reals: ...

    def read(self, *, device: bool = False) -> Reals | DeviceArray:
        """Returns a copy of the vorticity, of the shape that it was made with, widened to float64.

        device: the copy stays on the simulation's device, in the simulation's precision (in fp32 rounded to that), for
        PyTorch, CuPy and JAX: see DeviceArray, and Decoder.decode() for what can be in the way. Nothing waits for the
        copy, but steps that are asked for next come behind it. As many copies may be alive as [export] slots says;
        beyond that, Busy.
        """
        if device:
            return self._copy()
        fields = np.empty(self._shape)
        with self._taken() as pointer:
            for member, field in enumerate(fields.reshape(self.members, self.n, self.n)):
                lib.call("simulation_read", pointer, member, address(field))
        return fields

    def _copy(self) -> DeviceArray:
        with self._taken():
            self._end_rings()
            if self._copies is None:
                self._copies = CopyRing(self, self._info.device, (self.n, 0), self._info.precision)
            return self._copies.take(self._shape)

    def close(self) -> None:
        """Frees the simulation. Busy: another thread is in a call on it."""
        self._copies = None
        super().close()
        self._end_rings()
        if self._owns_runtime:
            self.runtime.close()
