# SPDX-License-Identifier: MIT
"""States in, fields out."""

from __future__ import annotations

import contextlib
import ctypes as c
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Literal, Optional, Tuple, overload

import numpy as np
import numpy.typing as npt

from . import _library as lib
from . import _structs as s
from ._arrays import Reals, address, fields, reals, whole
from ._pinned import Pool
from .config import ConfigSource
from .decode_result import SCALARS, Report, Result
from .device_array import DeviceResult, result_of
from .device_gradients import DeviceAdjoint
from .device_rings import DecodeRing, given, is_on_device
from .device_slots import Lender, Slot
from .errors import InputError, Unsupported, UsageError
from .gradients import Adjoint, Gradients
from .runtime import Device, Runtime
from .state import Layout, State

if TYPE_CHECKING:
    from .rollout import Rollout

Band = Tuple[npt.ArrayLike, npt.ArrayLike]
"""an ungated field, (N, N) or (B, N, N), and n E of each state"""

_AT_ONCE = 1 << 22
"""cells: decodes of up to this many are a single call"""

_OUTPUTS = {"omega_lp": s.OMEGA_LP, "mask": s.MASK, "omega_hat": s.OMEGA_HAT, "scalars": s.SCALARS}


@dataclass(frozen=True)
class DecoderInfo:
    """What was asked for, and what the decoder runs on."""

    backend_requested: str
    backend_used: str
    fft_requested: str
    fft_used: str
    device: Device
    precision: str
    """fp32: fields are float32; fp64: float64"""
    batch: int
    """states per submission"""
    depth: int
    """how many submissions of one decode() overlap"""
    host_bytes: int
    device_bytes: int
    open_ms: float
    create_ms: float
    warmup_ms: float
    residual_backend: Optional[str] = None
    """what makes the bands under [residual] synthesis = on; None: nothing is synthesised"""
    residual_reason: str = ""
    """why that is not the backend that decodes; empty if it is"""


@dataclass(frozen=True)
class DeviceShare:
    """What one of a decoder's devices did."""

    device: Device
    decode_device: Optional[str]
    """of all its decodes: cpu, gpu or unknown; None before the first"""
    states: int
    """how many it decoded"""
    lost: bool
    """it failed, and decodes nothing more"""


def _runtime_for(config: ConfigSource | Runtime, state: State | None) -> tuple[Runtime, bool]:
    """Returns a runtime, and whether it was made here."""
    if not isinstance(config, Runtime):
        return Runtime(config, state), True
    if state is not None:
        config._check_suits(state)
    return config, False


def _names_of_outputs(outputs: Sequence[str]) -> tuple[str, ...]:
    if isinstance(outputs, str):
        raise UsageError(f"outputs: {outputs!r}: expected a sequence of names, such as ({outputs!r},)")
    names = tuple(outputs)
    for name in names:
        if name not in _OUTPUTS:
            raise UsageError(f"outputs: {name!r}: expected {', '.join(_OUTPUTS)}")
    return names


class Decoder(Lender):
    """Decodes states of one layout.

    shape: a Layout, a State, or the path of a file of states (State.from_file()); the settings of a state are defaults
    for the configuration. config: a path to an INI file, a dict of dicts ({"decode": {"backend": "cpu"}}), a Config,
    None for the defaults, or a Runtime. outputs: which of omega_lp, mask, omega_hat, scalars decode() will return.
    residual, bands: whether it will be given a residual field, or bands; if so, [residual] has no effect. Otherwise
    decodes synthesise the bands under [residual] synthesis = on; phases: whether they will be given phases for that.
    half: whether states store half of the modes; None: as the State says. batch: how many states it will usually be
    given; None: as many as the State has.

    A decoder belongs to the process that made it. In the child of a fork, a decoder on the CPU works, unless another
    thread was in a call on it. Other decoders raise UsageError with reason "other-process" there, and closing them does
    nothing; a GPU that was used before the fork is Refused. Start workers by spawn or forkserver. If the process that
    forked has a Vulkan device open, a child that ends by C's exit() skips exit handlers that C libraries registered
    before the fork, since those of drivers crash there. Python's atexit and os._exit(), by which multiprocessing ends
    its workers, work as ever.

    Under [decode] devices = all, or a list, several devices of one kind share the states of a decode(); shares says
    what each did. The fields are the same to the bit. The states of a rollout are decoded by the first device.

    Refused: policy forbids the downgrade that would be needed. A decoder serves one thread at a time (Busy); different
    decoders may be used at the same time, and decoding lets other Python threads run.
    """

    _instead = "make one where it is wanted, from its layout or state and its configuration, which can be"
    _owns_runtime = False
    _in_use: object = None
    _adjoint: Optional[Adjoint] = None
    _phases_were_given = False
    _rings: dict[int, DecodeRing] = {}
    _device_adjoints: dict[int, DeviceAdjoint] = {}
    _unwaited: Optional[Slot] = None
    _unchecked: Optional[Callable[[], None]] = None
    _no_device_adjoint: Optional[Unsupported] = None
    _pool: Pool | None = None

    def __init__(self, shape: Layout | State | str | os.PathLike[str], config: ConfigSource | Runtime = None, *,
                 outputs: Sequence[str] = ("omega_lp", "mask", "omega_hat"), residual: bool = False,
                 bands: bool = False, phases: bool = False, half: bool | None = None,
                 batch: int | None = None) -> None:
        super().__init__()
        if isinstance(shape, (str, os.PathLike)):
            shape = State.from_file(shape)
        state = shape if isinstance(shape, State) else None
        self._layout: Layout = shape.layout if isinstance(shape, State) else shape
        self.state = state
        self._outputs = _names_of_outputs(outputs)
        self._takes_residual = residual
        if batch is None:
            batch = len(state.z) if state is not None and state.z.ndim == 2 else 1
        desc = s.DecoderDesc(whole("batch", batch, 1), sum({_OUTPUTS[name] for name in self.outputs}),
                             (s.RESIDUAL_FIELD if residual else 0) |
                             (s.RESIDUAL_MID | s.RESIDUAL_HIGH if bands else 0) |
                             (s.RESIDUAL_PHASES if phases else 0))
        if half is None:
            half = state is not None and state.modes == "half"
        self._runtime, self._owns_runtime = _runtime_for(config, state)
        try:
            with self.layout._storing(half) as shared:
                pointer = lib.create("decoder", self.runtime.pointer, shared, c.byref(desc))
            self._handle = lib.Handle(pointer, "decoder", self.runtime.handle, self.layout.handle)
        finally:
            if self._owns_runtime and self._handle is None:
                self.runtime.close()
        self._info = self._read_info()
        self._rings, self._device_adjoints = {}, {}
        if self._info.device.type != "host":
            self._pool = Pool(self._handle)
        self._dtype = np.dtype(np.float64 if self._info.precision == "fp64" else np.float32)

    @property
    def info(self) -> DecoderInfo:
        return self._info

    @property
    def shares(self) -> tuple[DeviceShare, ...]:
        """What each of its devices has done so far: one entry, unless [decode] devices asks for several."""
        with self._taken() as pointer:
            return tuple(self._read_share(pointer, i) for i in range(lib.load().vordec_decoder_devices(pointer)))

    @staticmethod
    def _read_share(pointer: c.c_void_p, i: int) -> DeviceShare:
        share = s.DecoderShare()
        lib.load().vordec_decoder_get_share(pointer, i, c.byref(share))
        return DeviceShare(Device._from(share.device), None if share.decode_device is None else share.decode_device.decode(),
                           share.states, share.lost)

    @property
    def layout(self) -> Layout:
        return self._layout

    @property
    def runtime(self) -> Runtime:
        return self._runtime

    @property
    def outputs(self) -> tuple[str, ...]:
        return self._outputs

    @property
    def dtype(self) -> np.dtype[Any]:
        """the type of omega_lp and omega_hat"""
        return self._dtype

    def _describe(self) -> str:
        return f"N = {self._layout.n}, batches of {self._info.batch}, by {self._info.backend_used} " \
               f"({self._info.fft_used}, {self._info.precision}) on {self._info.device._named()}"

    def _read_info(self) -> DecoderInfo:
        info = s.DecoderInfo()
        lib.load().vordec_decoder_get(self.pointer, c.byref(info))
        return DecoderInfo(info.backend_requested.decode(), info.backend_used.decode(), info.fft_requested.decode(),
                           info.fft_used.decode(), Device._from(info.device),
                           "fp64" if info.precision == s.FP64 else "fp32", info.batch, info.depth,
                           info.host_bytes, info.device_bytes, info.open_ms, info.create_ms, info.warmup_ms,
                           *self._read_residual())

    def _read_residual(self) -> tuple[Optional[str], str]:
        library = lib.load()
        backend = library.vordec_decoder_residual_backend(self.pointer)
        return None if backend is None else backend.decode(), \
            library.vordec_decoder_residual_reason(self.pointer).decode()

    @overload
    def decode(self, z: Any = None, *, rollout: Rollout | None = None, device: Literal[True]) -> DeviceResult: ...

    @overload
    def decode(self, z: npt.ArrayLike | None = None, *, rollout: Rollout | None = None,
               residual: npt.ArrayLike | None = None,
               bands: tuple[Band | None, Band | None] | None = None, step: int | None = None,
               phases: tuple[npt.ArrayLike | None, npt.ArrayLike | None] | None = None,
               device: Literal[False] = False) -> Result: ...

    def decode(self, z: Any = None, *, rollout: Rollout | None = None, residual: npt.ArrayLike | None = None,
               bands: tuple[Band | None, Band | None] | None = None, step: int | None = None,
               phases: tuple[npt.ArrayLike | None, npt.ArrayLike | None] | None = None,
               device: bool = False) -> Result | DeviceResult:
        """Decodes z, (D,) or (B, D); without it, what the rollout holds now, or the state of the file.

        residual: the caller's field, (N, N) or (B, N, N), gated by the mask and never rescaled. bands: the mid and the
        high band, each None or (field, n E). For a synthesised residual, phases are drawn from seed and step. step: the
        step of the first state; the states behind it have the steps that follow (None: 0, or the number of steps that
        the rollout has taken). phases: those of the mid and of the high band, (N, N) radians each, for all states;
        None: drawn. A float64 C-contiguous array is read where it is; others are copied once. The fields are written
        directly into the arrays that are returned. On a GPU, large arrays are in memory that the device writes to
        directly; this memory is used again when the arrays and all views of them are gone. It serves up to three
        results at a time, and further ones are in ordinary memory. A long decode is done in pieces, with the same bits.
        A piece is one batch or, on the CPU, about 50 ms (or [decode] submission_ms if that is less; with several
        devices 200 ms), and at least one state. KeyboardInterrupt is raised between two pieces, and the decoder can
        still be used afterwards.

        device: the fields stay where they are made, as arrays that PyTorch, CuPy and JAX take without a copy (see
        DeviceArray): on a GPU through CUDA, on the CPU as memory of the host. z may then be an array on the same GPU,
        in the decoder's precision, and is copied on the device. Nothing waits; the report of the result says what
        became of the decode. This is not available with a residual, or for scalars. As many results may be alive as
        [export] slots says; beyond that, Busy. Unsupported: the decoder is on a software device (reason
        "software-device"), there is no libcuda ("no-loader"), or CUDA does not see the decoder's GPU
        ("device-not-found").

        InputError: a state is not finite, or shapes do not fit. Busy: another thread is decoding with this decoder.
        Refused with reason "evidence": the backend could not show what did the work.
        """
        if z is None and rollout is None and self.state is not None:
            z = self.state.z
        if device:
            if residual is not None or bands is not None or step is not None or phases is not None:
                raise UsageError("device: a residual is for decodes whose fields come to the host")
            return self._decode_there(z, rollout)
        states = None if z is None else self._states(z)
        count = 1 if states is None or states.ndim == 1 else states.shape[0]
        batched = states is not None and states.ndim == 2
        shape: tuple[int, ...] = (count,) if batched else ()
        if states is None and rollout is not None:
            shape = rollout._shape
            count = math.prod(shape)
        keep: list[Any] = [states]
        io = s.DecodeIo(count, address(states))
        self._attach_residuals(io, count, residual, bands, keep)
        report = s.DecodeReport()
        with contextlib.ExitStack() as stack:
            pointer = stack.enter_context(self._taken())
            made = self._make_outputs(io, count)
            self._aim(pointer, step, phases)
            if rollout is not None:
                io.rollout = stack.enter_context(rollout._taken())
            if count * self._layout.n**2 <= _AT_ONCE:
                lib.call("decode", pointer, c.byref(io), c.byref(report))
            else:
                self._decode_in_pieces(pointer, io, report, (keep, made, rollout))
        made = {name: array[0] if not shape else array.reshape(*shape, *array.shape[1:]) if len(shape) > 1 else array
                for name, array in made.items()}
        return Result(made.get("omega_lp"), made.get("mask"), made.get("omega_hat"), made.get("scalars"),
                      self._report(report), self._box())

    def gradients(self, z: npt.ArrayLike | None = None, *, omega_lp: npt.ArrayLike | None = None,
                  omega_hat: npt.ArrayLike | None = None, mask: npt.ArrayLike | None = None) -> Gradients:
        """Returns the derivatives of a function of decoded fields with respect to what they were decoded from. Given
        are its derivatives with respect to each cell of omega_lp and of omega_hat: (N, N) or (B, N, N), None: 0; at
        least one of the two. z: what was decoded; without it, the state of the file. mask: the mask that came of it, if
        derivatives with respect to the residual are wanted.

        The fields are linear in the coefficients, of low and of kept modes, and in the residual. The mask counts as a
        constant, and so do support, energies, K and bands of the residual. The first call makes what is needed on the
        device. Unsupported: the backend makes no gradients. Errors and threads are otherwise as for decode().
        """
        if z is None and self.state is not None:
            z = self.state.z
        states = self._states(np.empty(0) if z is None else z)
        with self._taken() as pointer:
            if self._adjoint is None:
                self._adjoint = Adjoint(pointer, self.runtime.handle, self.layout.handle, self._layout.n, self._dtype)
            return self._adjoint.run(states, omega_lp, omega_hat, mask)

    def _ring(self, count: int) -> DecodeRing:
        """Returns the ring for decodes of so many states; the two used last are kept."""
        ring = self._rings.pop(count, None)
        if ring is None:
            ring = DecodeRing(self, count, int(self.runtime.config.get("export", "slots")))
        self._rings[count] = ring
        while len(self._rings) > 2:
            del self._rings[next(iter(self._rings))]
        return ring

    def _device_adjoint(self, count: int) -> DeviceAdjoint:
        """Returns what makes gradients of so many states; called within the lock. The two used last are kept.
        Unsupported: raised again whenever it is asked for again."""
        if self._no_device_adjoint is not None:
            raise self._no_device_adjoint
        made = self._device_adjoints.pop(count, None)
        try:
            self._device_adjoints[count] = made = made or DeviceAdjoint(self, count)
        except Unsupported as problem:
            self._no_device_adjoint = problem
            raise
        while len(self._device_adjoints) > 2:
            self._device_adjoints.pop(next(iter(self._device_adjoints))).close()
        return made

    def _settle(self) -> None:
        """Raises, a call later, what became of a decode that nobody has waited for."""
        before, self._unwaited = self._unwaited, None
        check, self._unchecked = self._unchecked, None
        if before is not None:
            before.settle()
        if check is not None:
            check()

    def _decode_in_place(self, count: int, fill: Callable[[Slot], int]) -> Slot:
        """For vordec.torch: see DecodeRing. The next decode raises what became of it."""
        self._settle()
        ring = self._ring(count)
        with ring.taken():
            self._end_rings()
            self._unwaited = holder = ring.decode_in_place(fill)
        return holder

    def _decode_there(self, z: Any, rollout: Rollout | None) -> DeviceResult:
        self._settle()
        if z is None and rollout is None:
            raise UsageError("no states are given: pass z or a rollout")
        there = z is not None and is_on_device(z)
        states = z if z is None or there else self._states(z)
        count, batched = (states.shape[0], True) if states is not None and len(states.shape) == 2 else (1, False)
        if count == 0:
            raise InputError(f"z: shape {tuple(states.shape)}: expected (D,) or (B, D) with D = {self.layout.d}")
        ring = self._ring(count)
        with ring.taken():
            self._end_rings()
            if rollout is None:
                slot = ring.decode(given(states, ring) if there else states, count, None)
            else:
                with rollout._taken() as other:
                    slot = ring.decode(states, count, other)
        return result_of(slot, count, batched, self._box())

    def _aim(self, pointer: c.c_void_p, step: int | None,
             phases: tuple[npt.ArrayLike | None, npt.ArrayLike | None] | None) -> None:
        """Sets what is to be synthesised."""
        lib.load().vordec_decoder_set_step(pointer, s.STEP_AUTO if step is None else whole("step", step, 0))
        if phases is None and not self._phases_were_given:
            return
        given = phases or (None, None)
        if not isinstance(given, (list, tuple)) or len(given) != 2:
            raise InputError("phases: expected (mid, high), each None or (N, N) radians")
        arrays = [None if phase is None else fields(f"phases[{i}]", phase, 1, self.layout.n)
                  for i, phase in enumerate(given)]
        lib.call("decoder_set_phases", pointer,
                 c.byref((c.c_void_p * 2)(*[None if array is None else array.ctypes.data for array in arrays])))
        self._phases_were_given = phases is not None

    def residual_targets(self, z: npt.ArrayLike | None = None) -> npt.NDArray[np.float64]:
        """Returns n E of the mid and of the high band, (2,) or (B, 2): the mean squares that synthesised bands are to
        have once they are gated; 0 if a state asks for nothing, or if nothing is synthesised. Without z, those of the
        State's z."""
        if z is None and self.state is not None:
            z = self.state.z
        states = self._states(np.empty(0) if z is None else z)
        targets = s.ResidualTargets()
        energies = np.empty((states.size // self.layout.d, 2))
        for i in range(len(energies)):
            lib.load().vordec_decoder_get_targets(self.pointer, states.ctypes.data + 8 * i * self.layout.d,
                                                  c.byref(targets))
            energies[i] = targets.energy[:]
        return energies if states.ndim == 2 else energies.reshape(2)

    def _box(self) -> Optional[float]:
        configured = self.runtime.config.get("metrics", "box")
        return None if configured == "auto" else float(configured)

    def _decode_in_pieces(self, pointer: c.c_void_p, io: s.DecodeIo, report: s.DecodeReport, keep: object) -> None:
        """Lets Python look at its signals between two pieces, so that Ctrl-C need not wait for the whole decode."""
        left = c.c_size_t()
        lib.call("decode_end", pointer)  # of a call that was interrupted twice
        self._in_use = keep  # until nothing of the call is under way
        try:
            lib.call("decode_begin", pointer, c.byref(io))
            left.value = io.count
            while left.value:
                lib.call("decode_piece", pointer, c.byref(left), c.byref(report))
        finally:
            lib.call("decode_end", pointer)
            self._in_use = None

    def _states(self, z: npt.ArrayLike) -> Reals:
        states = reals("z", z)
        if states.ndim not in (1, 2) or states.shape[-1] != self.layout.d or states.size == 0:
            raise InputError(f"z: shape {states.shape}: expected (D,) or (B, D) with D = {self.layout.d}")
        return states

    def _attach_residuals(self, io: s.DecodeIo, count: int, residual: npt.ArrayLike | None,
                          bands: tuple[Band | None, Band | None] | None, keep: list[Any]) -> None:
        """Points io at the arrays, which `keep` holds during the call."""
        n = self.layout.n
        if residual is not None:
            keep.append(fields("residual", residual, count, n))
            io.residual = address(keep[-1])
        if not isinstance(bands, (list, tuple, type(None))) or len(bands or ()) > 2:
            raise InputError("bands: expected (mid, high), each None or (field, energy)")
        for i, band in enumerate(bands or ()):
            if band is None:
                continue
            if not isinstance(band, (list, tuple)) or len(band) != 2:
                raise InputError(f"bands[{i}]: expected None or (field, energy)")
            energy = reals(f"bands[{i}]: energy", band[1])
            if energy.size != count:
                raise InputError(f"bands[{i}]: {energy.size} energies: expected {count}")
            keep += [fields(f"bands[{i}]", band[0], count, n), energy]
            io.band[i], io.band_energy[i] = keep[-2].ctypes.data, energy.ctypes.data

    def _make_outputs(self, io: s.DecodeIo, count: int) -> dict[str, npt.NDArray[Any]]:
        n, made = self.layout.n, {}
        for name in self.outputs:
            if name == "scalars":
                made[name] = np.empty(count, SCALARS)
            else:
                dtype: np.dtype[Any] = np.dtype(np.int8) if name == "mask" else self.dtype
                made[name] = np.empty((count, n, n), dtype) if self._pool is None else self._pool.array((count, n, n), dtype)
            setattr(io, name, made[name].ctypes.data)
        return made

    def close(self) -> None:
        """Frees the decoder; a rollout that was made with it lives on. Busy: another thread is decoding with it."""
        self._rings, self._unwaited, self._unchecked = {}, None, None
        super().close()
        self._end_rings()
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
        there, self._device_adjoints = self._device_adjoints, {}
        for made in there.values():
            made.close()
        adjoint, self._adjoint = self._adjoint, None
        if adjoint is not None:
            adjoint.close()
        if self._owns_runtime:
            self.runtime.close()

    def _report(self, report: s.DecodeReport) -> Report:
        return self._reporter()(report)

    def _reporter(self) -> Callable[[s.DecodeReport], Report]:
        """Returns what makes reports, also after the decoder is closed."""
        backend, device = self._info.backend_used, self._info.device._named()

        def make(report: s.DecodeReport) -> Report:
            library = lib.load()
            stages = {library.vordec_stage_name(i).decode(): float(report.stage_ms[i]) for i in range(s.STAGES)}
            return Report(report.decode_device.decode(), stages, report.total_ms, report.device_timestamps, backend, device)

        return make
