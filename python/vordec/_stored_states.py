# SPDX-License-Identifier: MIT
"""The states of a file, z or what stands for it, read when they are accessed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ._arrays import Reals, exact
from ._rows import RowSource, Runs, open_rows, read_rows
from .errors import InputError

SCALED = ("z_low", "z_scalars", "z_kept", "z_scale")
"""what stands for z if states are stored as scaled halves"""


def widened(members: Mapping[str, npt.NDArray[Any]]) -> Reals:
    """Returns z, made from halves with one scale for the low and one for the kept modes of each state."""
    for key in SCALED:
        if key not in members:
            raise InputError(f"{key}: missing, but z_low stands for z")
    low, scalars, kept, scale = (exact(key, members[key]) for key in SCALED)
    lead = low.shape[:-1]
    if low.ndim not in (1, 2) or kept.shape[:-1] != lead or scalars.shape != (*lead, 4) or scale.shape != (*lead, 2):
        raise InputError(f"z_low, z_kept, z_scalars, z_scale: shapes {low.shape}, {kept.shape}, {scalars.shape}, "
                         f"{scale.shape}: expected (B, 2 M), (B, 2 K), (B, 4), (B, 2), or the same without B")
    return np.concatenate((low * scale[..., :1], scalars, kept * scale[..., 1:]), axis=-1)


def _runs(rows: npt.NDArray[np.int64]) -> Runs:
    """Returns the runs of rows in rising order."""
    parts = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if rows.size else []
    return [(int(part[0]), int(part[-1]) + 1) for part in parts]


class StoredStates:
    """Like an array of shape (B, D) whose rows are read from the file when they are indexed: z[17], z[2:5], z[[3, 1]].
    Errors are then those of State.from_file(). NumPy can use it as an array, which reads all of it. It is pickled as
    the name of the file."""

    ndim = 2
    dtype = np.dtype(np.float64)

    def __init__(self, name: str, sources: dict[str, RowSource]) -> None:
        self._name, self._sources = name, sources
        shapes = [sources[key].shape for key in ("z", "z_low", "z_scalars", "z_kept") if key in sources]
        self.shape: tuple[int, int] = (shapes[0][0], sum(shape[1] for shape in shapes))

    def _read(self, runs: Runs) -> Reals:
        members = {key: read_rows(self._name, source, runs) for key, source in self._sources.items()}
        try:
            return exact("z", members["z"]) if "z" in members else widened(members)
        except InputError as problem:
            raise InputError(f"{self._name}: {problem}") from problem

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> Reals:
        first, rest = (key[0], key[1:]) if isinstance(key, tuple) else (key, ())
        chosen = np.arange(len(self))[first]
        rows, place = np.unique(chosen, return_inverse=True)
        got: Reals = self._read(_runs(rows))[place.reshape(np.shape(chosen))]
        return cast(Reals, got[(*[slice(None)] * np.ndim(chosen), *rest)])

    def __array__(self, dtype: npt.DTypeLike = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("the states are in a file, so that an array of them is always a copy")
        return np.asarray(self[:], dtype)


def open_stored_states(name: str) -> StoredStates | None:
    """Returns None if the file holds no batch, or not what makes states; reading it as a whole says what is wrong."""
    name = os.path.abspath(name)  # wherever the process goes
    z = open_rows(name, "z")
    found = {key: open_rows(name, key) for key in SCALED} if z is None else {"z": z}
    sources = {key: source for key, source in found.items() if source is not None}
    if len(sources) < len(found) or any(len(source.shape) != 2 for source in sources.values()):
        return None
    if len({source.shape[0] for source in sources.values()}) != 1:
        return None
    return StoredStates(name, sources)
