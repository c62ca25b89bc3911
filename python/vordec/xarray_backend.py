# SPDX-License-Identifier: MIT
"""States as xarray datasets whose fields are decoded when they are looked at.

    import xarray

    data = xarray.open_dataset("states.npz", engine="vordec")
    data.omega_lp[17].plot()                                          # decodes one state
    data = xarray.open_dataset("states.npz", engine="vordec", config="gpu.ini", chunks={"time": 64})

The variables are omega_lp, mask and omega_hat, with dimensions time, y and x, as `vordec decode` writes them to a .nc file:
states without dt have a dimension sample instead, and a single state has neither. Equal slices give equal bytes, whatever else
is decoded. Of a batch, only the states that are decoded are read. xarray is imported here
and nowhere else in the package.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray
from xarray.backends import BackendArray, BackendEntrypoint
from xarray.core import indexing

from ._library import __version__
from .config import Config, ConfigSource
from .decode_result import Result
from .decoder import Decoder
from .state import State

_FIELDS = ("omega_lp", "mask", "omega_hat")
_ATTRIBUTES: dict[str, dict[str, Any]] = {
    "omega_lp": {"long_name": "vorticity of the low modes", "units": "1"},
    "mask": {"long_name": "where the field stands out from its smoothed self",
             "flag_values": np.array([-1, 0, 1], np.int8), "flag_meanings": "below within above"},
    "omega_hat": {"long_name": "vorticity with kept modes and residual", "units": "1"},
}
_MOST_BYTES = 64 << 20
"""bytes of fields that are decoded at once"""
_AXES = {axis: {"long_name": f"position along {axis}", "units": "1"} for axis in "xy"}  # as the command's files have them


class _Decoders:
    """One decoder for each field, made when it is needed; pickling leaves the decoders out."""

    def __init__(self, state: State, config: ConfigSource) -> None:
        self.state, self.config = state, Config(config)
        self._start()

    def _start(self) -> None:
        self._lock, self._made = threading.Lock(), dict[str, Decoder]()

    def __getstate__(self) -> dict[str, Any]:
        return {"state": self.state, "config": self.config}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        self.__dict__.update(kept)
        self._start()

    def get(self, name: str) -> Decoder:
        if name not in self._made:
            self._made[name] = Decoder(self.state, self.config, outputs=(name,), batch=1)
        return self._made[name]

    def decode(self, name: str, z: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
        """Decodes one field. A decoder serves one thread at a time, but dask asks from several."""
        with self._lock:
            field: npt.NDArray[Any] = getattr(self.get(name).decode(z), name)
            return field

    def box(self) -> float:
        """The side of the box that counts: the configuration's, or else the states', or else 2 pi."""
        configured = self.config.get("metrics", "box")
        return float(self.state.settings.get(("metrics", "box"), 2 * np.pi) if configured == "auto" else configured)

    def dtype(self, name: str) -> np.dtype[Any]:
        """The type of a field. The configuration may say `auto`, so that a decoder tells it; one for all fields."""
        if name == "mask":
            return np.dtype(np.int8)
        with self._lock:
            decoder = next(iter(self._made.values()), None) or self.get(name)
            return np.dtype(np.float64 if decoder.info.precision == "fp64" else np.float32)


def _without_backward_slices(key: indexing.ExplicitIndexer, shape: tuple[int, ...]) -> indexing.ExplicitIndexer:
    """Returns the same key with arrays of indices instead: xarray 2023.01 takes others than asked for if a step is
    below -1."""
    backward = any(isinstance(one, slice) and (one.step or 1) < 0 for one in key.tuple)
    if not backward or isinstance(key, indexing.VectorizedIndexer):  # whose slices are arrays already
        return key
    return indexing.OuterIndexer(tuple(  # type: ignore[no-untyped-call]
        np.arange(size)[one] if isinstance(one, slice) else one for one, size in zip(key.tuple, shape)))


class _Field(BackendArray):
    def __init__(self, decoders: _Decoders, name: str) -> None:
        n, z = decoders.state.layout.n, decoders.state.z
        self._decoders, self._name = decoders, name
        self.shape = (*z.shape[:-1], n, n)
        self.dtype = decoders.dtype(name)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        exact = _without_backward_slices(key, self.shape)
        return indexing.explicit_indexing_adapter(exact, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> npt.NDArray[Any]:
        z = self._decoders.state.z
        *sample, y, x = key  # one axis at a time: two lists are rows and columns, not points
        rows = np.arange(len(z))[sample[0]] if sample else None
        if rows is None or rows.ndim == 0:
            field = self._decoders.decode(self._name, z if rows is None else z[int(rows)])
            return np.asarray(field[y][..., x])
        n = self.shape[-1]
        probe = np.empty((n, 0))[y].shape[:-1] + np.empty((n, 0))[x].shape[:-1]
        fields = np.empty((len(rows), *probe), self.dtype)
        step = max(1, _MOST_BYTES // (n * n * self.dtype.itemsize))
        for first in range(0, len(rows), step):  # a column through thousands of fields does not hold them all
            some = slice(first, first + step)
            fields[some] = self._decoders.decode(self._name, z[rows[some]])[:, y][..., x]
        return fields


_EXACT = {"_FillValue": None}
"""how coordinates are written: no value stands for missing ones"""


def _coordinates(n: int, box: float) -> dict[str, Any]:
    return {axis: (axis, np.arange(n) * box / n, attributes, _EXACT) for axis, attributes in _AXES.items()}


def _times(state: State) -> dict[str, Any]:
    if state.z.ndim == 1 or state.dt is None:
        return {}
    return {"time": ("time", np.arange(len(state.z)) * state.dt, {"long_name": "time", "units": "1", "axis": "T"}, _EXACT)}


def _global_attributes() -> dict[str, Any]:
    return {"Conventions": "CF-1.9", "source": f"vordec {__version__}"}


class VordecBackend(BackendEntrypoint):
    """engine="vordec": see xarray.open_dataset()."""

    description = "Decode states of vordec as they are looked at"
    open_dataset_parameters = ("filename_or_obj", "drop_variables", "config")

    def open_dataset(self, filename_or_obj: str | os.PathLike[str] | State, *,  # type: ignore[override]
                     drop_variables: str | Iterable[str] | None = None, config: ConfigSource = None) -> xarray.Dataset:
        """filename_or_obj: a file of states, or a State. config: as for Decoder(). Errors are those of the package."""
        state = filename_or_obj if isinstance(filename_or_obj, State) else State.from_file(filename_or_obj, lazy=True)
        dropped = {drop_variables} if isinstance(drop_variables, str) else set(drop_variables or ())
        decoders, n = _Decoders(state, config), state.layout.n
        times = _times(state)
        leading = (*times,) or ("sample",) * (state.z.ndim - 1)
        variables = {}
        for name in (name for name in _FIELDS if name not in dropped):
            lazy = indexing.LazilyIndexedArray(_Field(decoders, name))  # type: ignore[no-untyped-call]
            encoding = {"preferred_chunks": {**dict.fromkeys(leading, 1), "y": n, "x": n}}
            variables[name] = xarray.Variable(  # type: ignore[no-untyped-call]
                (*leading, "y", "x"), lazy, _ATTRIBUTES[name], encoding)
        coordinates = {name: value for name, value in {**times, **_coordinates(n, decoders.box())}.items()
                       if name not in dropped}
        return xarray.Dataset(variables, coordinates, _global_attributes())

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Never says yes: an .npz file may hold anything."""
        return False


def result_dataset(result: Result) -> xarray.Dataset:
    """Returns the fields of a decode as a dataset; the attributes also say what did the work."""
    variables = {}
    n = 0
    for name in _FIELDS:
        field = getattr(result, name)
        if field is None:
            continue
        n = field.shape[-1]
        variables[name] = (("sample",) * (field.ndim - 2) + ("y", "x"), field, _ATTRIBUTES[name])
    report = result.report
    return xarray.Dataset(variables, _coordinates(n, result.box or 2 * np.pi) if n else {},
                          {**_global_attributes(), "decode_device": report.decode_device, "backend": report.backend,
                           "device": report.device})


__all__: Sequence[str] = ("VordecBackend", "result_dataset")
