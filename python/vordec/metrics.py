# SPDX-License-Identifier: MIT
"""What a run asked for, what did the work, and what came out: the metrics of the command, as a dict."""

from __future__ import annotations

import ctypes as c
import json
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _library as lib
from . import _structs as s
from ._arrays import address, plain, reals, whole
from .comparer import Comparer
from .decode_result import SCALARS, Result
from .decoder import Decoder
from .encoder import Encoder
from .errors import UsageError
from .rollout import Rollout
from .simulation import Simulation


class Metrics(lib.Owner):
    """Collects decodes of one decoder, or steps of one rollout, or both (docs/metrics.schema.json). simulation is what
    the run's fields come from, encoder is what made its states from them; either of these alone makes metrics, too.
    comparer is what compared the fields."""

    _instead = "pass on what read() returns"

    def __init__(self, decoder: Decoder | None = None, rollout: Rollout | None = None,
                 simulation: Simulation | None = None, encoder: Encoder | None = None,
                 comparer: Comparer | None = None) -> None:
        maker = next((item for item in (decoder, rollout, simulation, encoder) if item is not None), None)
        if maker is None:
            raise UsageError("metrics need a decoder, a rollout, a simulation or an encoder, and none is given")
        self._decoder = decoder
        self._maker = type(maker).__name__
        parents = [None if item is None else item.handle
                   for item in (maker.runtime, decoder.layout if decoder else None, decoder, rollout)]
        if maker is simulation:
            pointer = c.c_void_p()
            lib.call("metrics_create_simulation", maker.runtime.pointer, maker.pointer, c.byref(pointer))
        elif maker is encoder:
            pointer = c.c_void_p()
            lib.call("metrics_create_encoder", maker.runtime.pointer, maker.pointer, c.byref(pointer))
        else:
            pointer = lib.create("metrics", *(None if parent is None else parent.pointer for parent in parents))
        parents.extend(item.handle for item in (simulation, encoder, comparer) if item is not None)
        self._handle = lib.Handle(pointer, "metrics", *parents)
        if simulation is not None:
            lib.load().vordec_metrics_set_simulation(pointer, simulation.pointer)
        if encoder is not None:
            lib.load().vordec_metrics_set_encoder(pointer, encoder.pointer)
        if comparer is not None:
            lib.load().vordec_metrics_set_comparer(pointer, comparer.pointer)

    def _describe(self) -> str:
        return f"of a {self._maker}"

    def add(self, result: Result, z: npt.ArrayLike | None = None, t: int = 0) -> None:
        """Adds one decode, with the states if their hash is wanted. t is the step or index of its first state, or the
        step of all states if the rollout holds several."""
        decoder = self._decoder
        if decoder is None:
            raise UsageError("these metrics have no decoder")
        arrays = {"omega_lp": decoder.dtype, "mask": np.dtype(np.int8), "omega_hat": decoder.dtype, "scalars": SCALARS}
        given = {name: getattr(result, name) for name in arrays if getattr(result, name) is not None}
        counts = set()
        for name, array in given.items():
            shape = () if name == "scalars" else (decoder.layout.n, decoder.layout.n)
            lead = array.shape[:array.ndim - len(shape)]
            if array.dtype != arrays[name] or array.shape[len(lead):] != shape or len(lead) > 1:
                raise UsageError(f"{name}: {array.dtype} {array.shape} is not a result of this decoder")
            counts.add(lead[0] if lead else 1)
        if len(counts) > 1:
            raise UsageError("the result's fields are of different numbers of states")
        count = counts.pop() if counts else 1
        kept = [np.require(plain(name, array), None, ["C", "A"]) for name, array in given.items()]
        io = s.DecodeIo(count)
        for name, array in zip(given, kept):
            setattr(io, name, array.ctypes.data)
        if z is not None:
            states = reals("z", z)
            if states.size != count * decoder.layout.d:
                raise UsageError(f"z: shape {states.shape} does not belong to {count} results")
            io.z = address(states)
        report = s.DecodeReport((c.c_double * s.STAGES)(*result.report.stage_ms.values()), result.report.total_ms,
                                result.report.device_timestamps, result.report.decode_device.encode())
        lib.call("metrics_add", self.pointer, whole("t", t, 0), c.byref(io), c.byref(report))

    def add_state_hash(self, t: int, digest: str) -> None:
        """Adds the hash of a rollout's state (Rollout.hash()) at step t."""
        lib.call("metrics_add_state_hash", self.pointer, whole("t", t, 0), digest.encode())

    def set_run(self, steps: int, dt: float = math.nan, rollout_s: float = 0.0, nan_inf_hits: int = 0) -> None:
        """Sets what only the caller knows: dt of one step (NaN: unknown), time spent in steps, states that were not
        finite."""
        lib.load().vordec_metrics_set_run(self.pointer, c.byref(s.Run(steps, dt, rollout_s, nan_inf_hits)))

    def set_field_uses(self, *, pictures: int = 0, files: int = 0, hashes: int = 0, numbers: int = 0,
                       journal: int = 0) -> None:
        """Says what the fields that came from a device were used for, in bytes (hotloop.link); all the rest counts as
        other uses."""
        values = (pictures, files, hashes, numbers, journal)
        uses = s.FieldUses(*(whole("bytes", value, 0) for value in values))
        lib.load().vordec_metrics_set_field_uses(self.pointer, c.byref(uses))

    def set_training(self, last_step: int) -> None:
        """Says that the operator was learnt from steps 0 to last_step: each entry then has `train`."""
        lib.load().vordec_metrics_set_training(self.pointer, whole("last_step", last_step, 0))

    def add_comparison(self, t: int, relative_l2: float, correlation: float = math.nan, *, persistence: float = math.nan,
                       climatology: float = math.nan, encoding: float = math.nan) -> None:
        """Adds how the field decoded at step t compares with the true one, together with the errors of simple
        alternatives: the last known field kept, the mean of the training fields, and the true field encoded and decoded
        (relative L2 each; NaN: not known)."""
        values = s.Comparison(relative_l2, correlation, persistence, climatology, encoding)
        lib.call("metrics_add_comparison", self.pointer, whole("t", t, 0), c.byref(values))

    def read(self) -> dict[str, Any]:
        """Returns the metrics so far."""
        text = c.c_void_p()
        lib.call("metrics_json", self.pointer, c.byref(text))
        try:
            report: dict[str, Any] = json.loads(c.string_at(text.value or 0))
        finally:
            lib.load().vordec_free(text)
        return report
