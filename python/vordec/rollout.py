# SPDX-License-Identifier: MIT
"""States that advance by their linear operator."""

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
"""entries of A: steps over no more are a first piece"""
_PIECE_MS = 50.0


def _power(a: Reals, exponent: int) -> Reals:
    with np.errstate(over="ignore", invalid="ignore"):
        power = np.require(np.linalg.matrix_power(a, exponent), np.float64, ["C", "A"])
    if not np.isfinite(power).all() and np.isfinite(a).all():
        raise InputError(f"a: its power of {exponent}, the stride, is not finite")
    return power


@dataclass(frozen=True)
class RolloutInfo:
    """What was asked for, and what the rollout runs on."""

    backend_requested: str
    backend_used: str
    device: Device
    precision: str
    deterministic: bool


@dataclass(frozen=True)
class RolloutReport:
    """What took the steps, and how long that took."""

    op_device: str
    total_ms: float
    device_ms: float


class Rollout(Lender):
    """A state z that advances by z <- z A (a row vector times the D x D matrix), on the backend that [op] asks for; or
    several states, z0 of shape (B, D), that advance together, each with the bits that it has alone.

    stride says that steps will always be taken in multiples of this number: with [op] stride_power = true they are
    taken by A to the power of stride, which is computed once.

    With a decoder, the two share their runtime and, where they can, their device: decoder.decode(rollout=rollout) then
    takes the state from where it is. A and z0 are copied. One thread at a time (Busy), including threads that use that
    decoder.
    """

    _instead = "make another one from its operator and what read() returns"
    _owns_runtime = False
    _copies: CopyRing | None = None

    def __init__(self, a: npt.ArrayLike, z0: npt.ArrayLike, decoder: Decoder | None = None,
                 config: ConfigSource | Runtime = None, *, stride: int = 1) -> None:
        if decoder is not None and config is not None:
            raise UsageError("a rollout takes its configuration from the decoder")
        matrix, state = reals("a", a), reals("z0", z0)
        if state.ndim not in (1, 2) or state.size == 0 or matrix.shape != 2 * state.shape[-1:]:
            raise InputError(f"a: shape {matrix.shape}, z0: shape {state.shape}: expected (D, D) and (D,) or (B, D)")
        self._d, self._lead = state.shape[-1], state.shape[:-1]
        super().__init__()
        self._stride = whole("stride", stride, 1)
        self._room = 1
        self._shape: tuple[int, ...] = self._lead
        self._owns_runtime = decoder is None and not isinstance(config, Runtime)
        if decoder is not None:
            self._runtime = decoder.runtime
        else:
            self._runtime = config if isinstance(config, Runtime) else Runtime(config)
        try:
            by_power = self.runtime.config.value("op", "stride_power") is True
            self._at_once = self._stride if by_power else 1
            if self._at_once > 1:
                matrix = _power(matrix, self._at_once)
            desc = s.RolloutDesc(self._d, address(matrix), address(state))
            pointer = c.c_void_p()
            lib.call("rollout_create_batch", self.runtime.pointer, decoder.pointer if decoder is not None else None,
                     c.byref(desc), self.states, c.byref(pointer))
            self._handle = lib.Handle(pointer, "rollout", self.runtime.handle)
            lib.call("rollout_set_stride", self.pointer, self._at_once)
        finally:
            if self._owns_runtime and self._handle is None:
                self.runtime.close()
        self._info = self._read_info()

    @property
    def info(self) -> RolloutInfo:
        return self._info

    @property
    def runtime(self) -> Runtime:
        return self._runtime

    @property
    def d(self) -> int:
        """length of a state"""
        return self._d

    @property
    def states(self) -> int:
        """how many states there are: B, or 1 if z0 was (D,)"""
        return self._lead[0] if self._lead else 1

    @property
    def stride(self) -> int:
        """the number that steps are taken in multiples of"""
        return self._stride

    @property
    def batched(self) -> bool:
        """whether z0 was (B, D)"""
        return bool(self._lead)

    def _describe(self) -> str:
        several = f"{self.states} states of " if self._lead else ""
        return f"{several}D = {self._d}, by {self._info.backend_used} ({self._info.precision}) on {self._info.device._named()}"

    def _read_info(self) -> RolloutInfo:
        info = s.RolloutInfo()
        lib.load().vordec_rollout_get(self.pointer, c.byref(info))
        return RolloutInfo(info.backend_requested.decode(), info.backend_used.decode(), Device._from(info.device),
                           "fp64" if info.precision == s.FP64 else "fp32", info.deterministic)

    def advance(self, steps: int = 1) -> RolloutReport:
        """Takes the steps, at least one, and returns when they are done. Many steps are taken in pieces of about 50 ms,
        with the same bits. KeyboardInterrupt is raised between two pieces, after whole steps, and the rollout can still
        be used afterwards."""
        left = whole("steps", steps, 0)
        if left % self._stride:
            raise UsageError(f"steps: {left}: not a multiple of the rollout's stride, {self._stride}")
        left, piece = left // self._at_once, max(1, _AT_ONCE // (self.states * self._d**2))
        total_ms = device_ms = 0.0
        report = s.RolloutReport()
        with self._taken() as pointer:
            self._shape = self._lead
            while True:
                now = min(left, piece)
                lib.call("rollout_advance", pointer, now, c.byref(report))
                total_ms, device_ms, left = total_ms + report.total_ms, device_ms + report.device_ms, left - now
                if left <= 0:
                    break
                piece = max(1, min(4 * piece, int(now * _PIECE_MS / max(report.total_ms, 1e-6))))
        return RolloutReport(report.op_device.decode(), total_ms, device_ms)

    def walk(self, rows: int, steps: int = 1) -> RolloutReport:
        """Takes rows times `steps` steps and keeps the states after every `steps` of them, until the next advance() or
        walk(): decoder.decode(rollout=rollout) then decodes all of them at once, (rows, ..) or (rows, B, ..), with the
        bits that they have one by one, and read_rows() copies them. This is not interrupted: ask for as many rows as
        take a moment. Unsupported with reason "no-interface": the backend keeps no rows. Unsupported and NoMemory leave
        the rollout as it was."""
        rows, each = whole("rows", rows, 1), whole("steps", steps, 1)
        if each % self._stride:
            raise UsageError(f"steps: {each}: no multiple of the rollout's stride, {self._stride}")
        report = s.RolloutReport()
        with self._taken() as pointer:
            self._shape = self._lead
            if rows > self._room:
                lib.call("rollout_reserve", pointer, rows)
                self._room = rows
            lib.call("rollout_walk", pointer, rows, each // self._at_once, c.byref(report))
            self._shape = (rows, *self._lead)
        return RolloutReport(report.op_device.decode(), report.total_ms, report.device_ms)

    @property
    def rows(self) -> int:
        """how many rows it holds: 1, or those of the last walk()"""
        return self._shape[0] if len(self._shape) > len(self._lead) else 1

    def read_rows(self) -> Reals:
        """Returns a copy of all rows, widened to float64: (rows, D), or (rows, B, D)."""
        z = np.empty((self.rows, *self._lead, self._d))
        with self._taken() as pointer:
            lib.call("rollout_read_rows", pointer, address(z))
        return z

    @overload
    def read(self, *, device: Literal[True]) -> DeviceArray: ...

    @overload
    def read(self, *, device: Literal[False] = False) -> Reals: ...

    def read(self, *, device: bool = False) -> Reals | DeviceArray:
        """Returns a copy of the state as it is now, widened to float64: (D,), or (B, D) like z0.

        device: the copy stays on the rollout's device, in the rollout's precision, for PyTorch, CuPy and JAX: see
        DeviceArray, and Decoder.decode() for what can be in the way. Nothing waits for the copy, but steps that are
        asked for next come behind it. As many copies may be alive as [export] slots says; beyond that, Busy.
        """
        if device:
            return self._copy()
        z = np.empty((*self._lead, self._d))
        with self._taken() as pointer:
            lib.call("rollout_read", pointer, address(z))
        return z

    def hash(self) -> str:
        """Returns the hash of the state, or of all states, as float64."""
        digest = c.create_string_buffer(33)
        with self._taken() as pointer:
            lib.call("rollout_hash", pointer, digest)
        return digest.value.decode()

    def feeds(self, decoder: Decoder) -> bool:
        """Says whether the decoder can take the state from where it is."""
        return bool(lib.load().vordec_rollout_feeds(self.pointer, decoder.pointer))

    def _copy(self) -> DeviceArray:
        with self._taken():
            self._end_rings()
            if self._copies is None:
                self._copies = CopyRing(self, self._info.device, (0, self._d), self._info.precision)
            return self._copies.take((*self._lead, self._d))

    def close(self) -> None:
        """Frees the rollout. Busy: another thread is in a call on it."""
        self._copies = None
        super().close()
        self._end_rings()
        if self._owns_runtime:
            self.runtime.close()
