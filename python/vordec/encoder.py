# SPDX-License-Identifier: MIT
"""From vorticity fields to states."""

from __future__ import annotations

import contextlib
import ctypes as c
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _library as lib
from . import _structs as s
from ._arrays import address, plain, reals, whole
from .config import Config, ConfigSource
from .decoder import Decoder
from .errors import InputError, UsageError
from .runtime import Device, Runtime
from .simulation import Simulation
from .state import Layout, State
from .trajectory import Trajectory

_MODES = ("full", "half")
_FRAMES_AT_ONCE = 16
"""of a trajectory, which may be larger than memory"""


@dataclass(frozen=True)
class EncoderInfo:
    """What was asked for, and what the encoder runs on."""

    backend_requested: str
    backend_used: str
    reason: str
    """why the backend used is not the one requested; empty if it is"""
    fft_used: str
    device: Device
    precision: str


@dataclass(frozen=True)
class EncodeReport:
    """What encoded the fields of the last call, and how long that took."""

    encode_device: str
    total_ms: float
    device_ms: float
    in_place: bool
    """the fields did not leave the device: those of a simulation that shares it"""


class Encoder(lib.Exclusive):
    """Turns vorticity fields into states, on the backend that [encode] asks for, in its precision ([encode] precision:
    auto is fp64 on the CPU and fp32 on a GPU). [mask] says how R and the mask are made; auto is a periodic boundary and
    what suits N.

    k_cut: low modes are those with |k| <= k_cut. resid_mid_cut: the upper limit of the mid band. topk_mid: how many
    modes of the mid band to keep, the largest of the first field that is encoded, or of choose(); both modes of a
    conjugate pair count. modes: "half" stores one mode of each pair, doubled, "full" both. batch: how many fields
    encode() is usually given. With a decoder or a simulation, it shares their runtime and, where it can, their device.
    One thread at a time (Busy), including threads that use these.
    """

    _instead = "make another one"
    _owns_runtime = False

    def __init__(self, n: int, k_cut: float = 8, resid_mid_cut: float = 12, topk_mid: int = 128, *, modes: str = "half",
                 batch: int = 1, decoder: Decoder | None = None, simulation: Simulation | None = None,
                 config: ConfigSource | Runtime = None) -> None:
        if (decoder is not None or simulation is not None) and config is not None:
            raise UsageError("an encoder takes its configuration from the decoder or the simulation")
        if modes not in _MODES:
            raise UsageError(f"modes: {modes!r}: expected full or half")
        super().__init__()
        beside = simulation if simulation is not None else decoder
        self._owns_runtime = beside is None and not isinstance(config, Runtime)
        if beside is not None:
            self._runtime = beside.runtime
        else:
            self._runtime = config if isinstance(config, Runtime) else Runtime(config)
        self._cuts, self._modes = (float(k_cut), float(resid_mid_cut)), modes
        desc = s.EncoderDesc(whole("n", n, 0), whole("batch", batch, 0), *self._cuts, whole("topk_mid", topk_mid, 0),
                             _MODES.index(modes))
        try:
            pointer = lib.create("encoder", self.runtime.pointer, decoder.pointer if decoder is not None else None,
                                 simulation.pointer if simulation is not None else None, c.byref(desc))
            self._handle = lib.Handle(pointer, "encoder", self.runtime.handle)
        finally:
            if self._owns_runtime and self._handle is None:
                self.runtime.close()
        self._report: EncodeReport | None = None
        self._layout: Layout | None = None
        info = self._struct()
        self._n = int(info.n)
        self._info = EncoderInfo(info.backend_requested.decode(), info.backend_used.decode(), info.reason.decode(),
                                 info.fft_used.decode(), Device._from(info.device),
                                 "fp64" if info.precision == s.FP64 else "fp32")
        self._settings = _settings(info)

    @property
    def info(self) -> EncoderInfo:
        return self._info

    @property
    def report(self) -> EncodeReport | None:
        """the report of the last encode(); None before the first"""
        return self._report

    @property
    def runtime(self) -> Runtime:
        return self._runtime

    @property
    def n(self) -> int:
        """side of the grid"""
        return self._n

    @property
    def anchor_idx(self) -> npt.NDArray[np.int64] | None:
        """flat indices of the kept modes; None: not chosen yet. Busy: another thread is in a call on the encoder"""
        with self._taken():
            info = self._struct()
            return _copied(info.anchor_idx, c.c_int64, info.anchors).astype(np.int64) if info.anchor_idx else None

    def _describe(self) -> str:
        return f"N = {self.n}, by {self._info.backend_used} ({self._info.precision}) on {self._info.device._named()}"

    def _struct(self) -> s.EncoderInfo:
        info = s.EncoderInfo()
        lib.load().vordec_encoder_get(self.pointer, c.byref(info))
        return info

    @contextlib.contextmanager
    def _source(self, fields: npt.ArrayLike | Simulation) -> Iterator[tuple[s.EncodeIo, tuple[int, ...]]]:
        """Returns an io without outputs, and the axes before (N, N), for one call. Busy: another thread uses the
        simulation."""
        if isinstance(fields, Simulation):
            if fields.n != self.n:
                raise InputError(f"fields: the simulation's grid is N = {fields.n}, the encoder's N = {self.n}")
            with fields._taken() as pointer:
                yield s.EncodeIo(fields.members, None, pointer), fields._shape[:-2]
            return
        omega = reals("fields", fields)
        if omega.ndim not in (2, 3) or omega.shape[-2:] != (self.n, self.n) or omega.size == 0:
            raise InputError(f"fields: shape {omega.shape}: expected ({self.n}, {self.n}) or (B, {self.n}, {self.n})")
        lead = omega.shape[:-2]
        yield s.EncodeIo(lead[0] if lead else 1, address(omega)), lead

    def _layout_of(self, info: s.EncoderInfo) -> Layout:
        """Returns the layout of the states that are made now. That of a large grid is not made anew for each call."""
        anchors = _copied(info.anchor_idx, c.c_int64, info.anchors).astype(np.int64)
        layout = self._layout
        if layout is None or layout._handle is None or not np.array_equal(layout._parts[2], anchors):
            mask = _copied(info.mask_low, c.c_uint8, self.n**2).view(np.bool_)
            layout = self._layout = Layout(self.n, mask, anchors, *self._cuts)
        return layout

    def choose(self, fields: npt.ArrayLike | Simulation | Trajectory) -> None:
        """Chooses the kept modes by the first of the fields: the largest of the mid band, and among equal ones those
        with the lower index."""
        if isinstance(fields, Trajectory):
            fields = fields[0]
        with self._taken() as pointer, self._source(fields) as (io, _):
            lib.call("encoder_choose_anchors", pointer, c.byref(io))

    def set_anchors(self, anchor_idx: npt.ArrayLike) -> None:
        """Sets the kept modes, in this order. InputError: one is not in the mid band, or is given twice."""
        anchors = plain("anchor_idx", anchor_idx)
        if anchors.ndim != 1 or (anchors.size and anchors.dtype.kind not in "iu"):
            raise InputError(f"anchor_idx: shape {anchors.shape} of {anchors.dtype}: expected one axis of integers")
        anchors = np.require(anchors, np.int64, ["C", "A"])
        with self._taken() as pointer:
            lib.call("encoder_set_anchors", pointer, address(anchors), anchors.size)

    def encode(self, fields: npt.ArrayLike | Simulation | Trajectory) -> State:
        """Returns the states of fields, (N, N) or (B, N, N), or of a trajectory's frames, which are read a few at a
        time, or of what a simulation's members are now, which are encoded where they are if the two share a device. z
        is (D,) or (B, D); the state's settings are those that a decode needs, among them the trajectory's box. States
        with the same anchors share their layout."""
        if isinstance(fields, Trajectory):
            return self._encode_trajectory(fields)
        report = s.EncodeReport()
        with self._taken() as pointer, self._source(fields) as (io, lead):
            room = np.empty(io.count * int(self._struct().d))
            io.z = address(room)
            lib.call("encode", pointer, c.byref(io), c.byref(report))
            info = self._struct()
            d = int(info.d)
            layout = self._layout_of(info)
        self._report = EncodeReport(report.encode_device.decode(), report.total_ms, report.device_ms, report.in_place)
        return State(layout, room[:io.count * d].reshape(*lead, d),
                     dict(self._settings), "an encoder", self._modes)

    def _encode_trajectory(self, frames: Trajectory) -> State:
        parts = [self.encode(frames[i:i + _FRAMES_AT_ONCE]) for i in range(0, len(frames), _FRAMES_AT_ONCE)]
        state = parts[0]
        settings = dict(state.settings)
        if frames.box is not None:
            settings["metrics", "box"] = frames.box
        return State(state.layout, np.concatenate([part.z for part in parts]), settings, frames.path, self._modes,
                     frames.dt)

    def close(self) -> None:
        """Frees the encoder. Busy: another thread is in a call on it."""
        super().close()
        if self._owns_runtime:
            self.runtime.close()


def encode(fields: npt.ArrayLike | Simulation | Trajectory, k_cut: float = 8, resid_mid_cut: float = 12, topk_mid: int = 128, *,
           modes: str = "half", config: ConfigSource | Runtime = None) -> State:
    """Returns the states of fields, (N, N) or (B, N, N), of a trajectory's frames or of a simulation's members, by an
    Encoder made for this call."""
    simulation = fields if isinstance(fields, Simulation) else None
    if isinstance(fields, Simulation):
        n, count = fields.n, fields.members
    elif isinstance(fields, Trajectory):
        n, count = fields.n, min(len(fields), _FRAMES_AT_ONCE)
    else:
        shape = plain("fields", fields).shape
        if len(shape) not in (2, 3) or 0 in shape:
            raise InputError(f"fields: shape {shape}: expected (N, N) or (B, N, N)")
        n, count = shape[-1], shape[0] if len(shape) == 3 else 1
    with Encoder(n, k_cut, resid_mid_cut, topk_mid, modes=modes, batch=count, simulation=simulation,
                 config=config) as encoder:
        return encoder.encode(fields)


def _copied(where: int, kind: Any, count: int) -> npt.NDArray[Any]:
    """Returns a copy of what C has there; without elements, an empty one."""
    if not count:
        return np.empty(0)
    return np.ctypeslib.as_array(c.cast(where, c.POINTER(kind)), (count,)).copy()


def _settings(info: s.EncoderInfo) -> dict[tuple[str, str], Any]:
    """Returns what the states are made with, under the names that State uses."""
    return {("mask", "tau"): float(info.tau), ("mask", "smooth_width"): int(info.smooth_width),
            ("mask", "smooth_kernel"): Config.choices("mask", "smooth_kernel")[info.smooth_kernel],
            ("mask", "boundary"): Config.choices("mask", "boundary")[info.boundary],
            ("mask", "majority_iters"): int(info.majority_iters)}
