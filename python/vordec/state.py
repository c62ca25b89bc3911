# SPDX-License-Identifier: MIT
"""States and their shape."""

from __future__ import annotations

import contextlib
import ctypes as c
import math
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

from . import _library as lib
from . import _structs as s
from ._arrays import Reals, address, exact, plain, whole
from ._files import Reader, read_members, read_npz
from ._stored_states import SCALED, StoredStates, open_stored_states, widened
from .config import Config
from .errors import FileError, InputError


class Layout(lib.Locked):
    """The shape of a state on an N x N grid.

    mask_low: booleans, (N, N) or flat, true for a low mode. anchor_idx: flat grid indices of the kept mid-band modes.
    k_cut, resid_mid_cut: band limits; NaN where they are not known. InputError names what is wrong. A layout does not
    change and may be shared between threads; it is copied and pickled by value.
    """

    _make_lock = staticmethod(threading.RLock)  # a log's function may make a decoder while another one is made

    def __init__(self, n: int, mask_low: npt.ArrayLike, anchor_idx: npt.ArrayLike = (), k_cut: float = math.nan,
                 resid_mid_cut: float = math.nan) -> None:
        n = whole("n", n, 0)
        mask = plain("mask_low", mask_low)
        if mask.shape not in ((n, n), (n * n,)) or mask.dtype.kind not in "biuf":
            raise InputError(f"mask_low: shape {mask.shape} of {mask.dtype}: expected ({n}, {n}) or ({n * n},) booleans")
        anchors = plain("anchor_idx", anchor_idx)
        if anchors.ndim != 1 or (anchors.size and anchors.dtype.kind not in "iu"):
            raise InputError(f"anchor_idx: shape {anchors.shape} of {anchors.dtype}: expected one axis of integers")
        self._open(n, np.require(mask != 0, np.uint8, ["C"]), np.require(anchors, np.int64, ["C", "A"]), k_cut,
                   resid_mid_cut)

    def _open(self, n: int, mask: npt.NDArray[np.uint8], anchors: npt.NDArray[np.int64], *cuts: float) -> None:
        self._free_lock()
        desc = s.LayoutDesc(n, address(mask), address(anchors), anchors.size, *cuts)
        self._handle = lib.Handle(lib.create("layout", c.byref(desc)), "layout")
        self._parts = n, np.flatnonzero(mask.view(np.bool_)).astype(np.uint32), anchors.copy(), cuts
        self._info = s.LayoutInfo()
        lib.load().vordec_layout_get(self.pointer, c.byref(self._info))

    @contextlib.contextmanager
    def _storing(self, half: bool) -> Iterator[c.c_void_p]:
        """Lends the pointer, for making one decoder of states that store half of the modes, or all of them. A decoder
        reads that from the layout while it is made, so other threads wait."""
        with self._lock:
            lib.load().vordec_layout_set_half(self.pointer, half)
            yield self.pointer

    def __reduce__(self) -> tuple[Any, ...]:
        """Copied and pickled by value."""
        self.handle  # not what is closed
        own = {name: value for name, value in self.__dict__.items()
               if name not in ("_handle", "_info", "_lock", "_parts")}
        return _restore, (type(self), *self._parts, own)

    def _describe(self) -> str:
        return f"N = {self.n}, {self.m} low modes, {self.anchors} anchors, D = {self.d}"

    @property
    def n(self) -> int:
        """side of the grid"""
        return int(self._info.n)

    @property
    def m(self) -> int:
        """number of low modes"""
        return int(self._info.m)

    @property
    def d(self) -> int:
        """length of a state: 2 m + 4 + 2 anchors"""
        return int(self._info.d)

    @property
    def anchors(self) -> int:
        return int(self._info.anchors)

    @property
    def mid_modes(self) -> int:
        return int(self._info.mid_modes)

    @property
    def high_modes(self) -> int:
        return int(self._info.high_modes)

    @property
    def max_kept(self) -> int:
        return int(self._info.max_kept)


def _restore(kind: type[Layout], n: int, low: npt.NDArray[np.uint32], anchors: npt.NDArray[np.int64],
             cuts: tuple[float, float], own: dict[str, Any]) -> Layout:
    """Restores the Layout that __reduce__() has taken apart."""
    mask = np.zeros(n * n, np.uint8)
    mask[low] = 1
    made = kind.__new__(kind)
    made.__dict__.update(own)
    made._open(n, mask, anchors, *cuts)
    return made


_SETTINGS = {"dashi_tau": ("mask", "tau"), "dashi_smooth_k": ("mask", "smooth_width"),
             "dashi_kernel": ("mask", "smooth_kernel"), "dashi_boundary": ("mask", "boundary"),
             "dashi_majority_iters": ("mask", "majority_iters"),
             "L": ("metrics", "box")}
"""what a file says about the mask and the box: section and key of each"""
_REALS = ("dashi_tau", "L")
_WORDED = ("dashi_kernel", "dashi_boundary")
"""those that a file holds as the number of a word"""
_MODES = ("full", "half")
"""which modes a state stores, as files number them"""
_REST = ("mask_low", "N", "anchor_idx", "k_cut", "resid_mid_cut", "dashi_modes", *_SETTINGS)
_PIECE = 1024
"""states that are looked at together"""
_MEMBERS = ("z", *SCALED, *_REST)


@dataclass(eq=False, repr=False)
class State:
    """States with their layout, as a STATE.npz holds them. Copied and pickled by value, the layout with it."""

    layout: Layout
    z: Reals
    """(D,) or (B, D); with from_file(.., lazy=True), an object that reads the states when they are indexed"""
    settings: dict[tuple[str, str], Any] = field(default_factory=dict)
    """what the states were made with, by section and key: defaults that a configuration overrides"""
    source: str = "the state"
    modes: str = "full"
    """half: of each pair of conjugate modes one is stored, doubled. Decodes need not know; a caller that makes bands
    for decode() counts the partners of low modes as low and those of kept modes as kept"""
    dt: Optional[float] = None
    """time between states that follow each other; None: they are samples, or a file's dt is no time step"""

    def __repr__(self) -> str:
        shape = np.shape(self.z)
        return f"<{type(self).__name__}: z of shape {shape} from {self.source}, {self.layout!r}>"

    @classmethod
    def from_npz(cls, path: str | os.PathLike[str]) -> State:
        """Reads z (or what stands for it if states are stored as float16), mask_low and N, and, if they are there,
        anchor_idx, k_cut, resid_mid_cut, dashi_modes, dt, L and the settings of the mask: dashi_tau, dashi_smooth_k,
        dashi_kernel, dashi_boundary, dashi_majority_iters. InputError names the file and the key; FileError names a
        file that cannot be read."""
        name = os.fsdecode(path)
        return cls._from_members_of(name, read_npz(name, _MEMBERS), _read_interval(name, read_npz))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], *, lazy: bool = False) -> State:
        """Reads a file of states in any format that the command reads: .npz; HDF5 and netCDF-4, which need h5py;
        classic netCDF (netCDF4) and MATLAB 5 (SciPy). What it takes, and its errors, are those of from_npz().

        lazy: z of a batch is then not an array but an object like one, which reads the states that it is indexed with
        each time: z[17], z[2:5], z[[3, 1]]. A compressed .npz, one in Fortran order, and MATLAB 5 are read as a whole
        nevertheless. Damage to a state is noticed when the state is read, if at all: the checksum of an .npz is not
        checked.
        """
        name = os.fsdecode(path)
        states = open_stored_states(name) if lazy else None
        members: dict[str, Any] = {**read_members(name, _MEMBERS if states is None else _REST)}
        if states is not None:
            members["z"] = states
        return cls._from_members_of(name, members, _read_interval(name, read_members))

    @classmethod
    def _from_members_of(cls, name: str, members: dict[str, Any], dt: Optional[float]) -> State:
        try:
            return cls._from_members(members, name, dt)
        except InputError as problem:
            raise InputError(f"{name}: {problem}") from problem

    def to_npz(self, path: str | os.PathLike[str]) -> None:
        """Writes a file that from_npz() and the command read, either whole or not at all. InputError: a setting has no
        name in files, or a file cannot hold it. FileError: the file cannot be written."""
        name, members = os.fspath(path), self._members()
        try:
            with tempfile.NamedTemporaryFile(dir=os.path.dirname(name) or ".", prefix=".vordec-", suffix=".tmp",
                                             delete=False) as file:
                try:
                    np.savez(file, **members)
                    file.flush()
                    os.fsync(file.fileno())
                    os.chmod(file.name, 0o666 & ~_umask())
                    os.replace(file.name, name)
                except BaseException:
                    os.unlink(file.name)
                    raise
        except OSError as problem:
            raise FileError(f"{name}: {problem.strerror or problem}") from problem

    def _members(self) -> dict[str, npt.NDArray[Any]]:
        n, low, anchors, (k_cut, resid_mid_cut) = self.layout._parts
        mask = np.zeros(n * n, bool)
        mask[low] = True
        members = {"z": np.asarray(self.z), "mask_low": mask, "anchor_idx": anchors, "N": np.asarray(n),
                   "dashi_modes": np.asarray(_MODES.index(self.modes))}
        members.update({key: np.asarray(float(cut)) for key, cut in
                        (("k_cut", k_cut), ("resid_mid_cut", resid_mid_cut)) if not math.isnan(cut)})
        if self.dt is not None:
            members["dt"] = np.asarray(float(self.dt))
        names = {where: key for key, where in _SETTINGS.items()}
        for (section, key), value in self.settings.items():
            if (section, key) not in names:
                raise InputError(f"[{section}] {key}: a file of states has no name for it")
            members[names[section, key]] = _member(names[section, key], value)
        return members

    @classmethod
    def _from_members(cls, members: dict[str, Any], name: str, dt: Optional[float]) -> State:
        if "z" not in members and "z_low" in members:
            members["z"] = widened(members)
        for key in "z", "mask_low", "N":
            if key not in members:
                raise InputError(f"{key}: missing")
        limits = [_scalar(members, key, math.nan) for key in ("k_cut", "resid_mid_cut")]
        n = _scalar(members, "N", 0.0)
        if not n.is_integer():
            raise InputError(f"N: {n} is not a grid size")
        layout = Layout(int(n), _flags("mask_low", members["mask_low"]),
                        _indices("anchor_idx", members.get("anchor_idx", np.empty(0, np.int64))), *limits)
        z: Any = members["z"] if isinstance(members["z"], StoredStates) else exact("z", members["z"])
        if z.ndim not in (1, 2) or z.shape[-1] != layout.d:
            raise InputError(f"z: shape {z.shape}: expected (D,) or (B, D) with D = {layout.d}")
        if "anchor_idx" not in members and _keep_modes(z, 2 * layout.m + 3):
            raise InputError("anchor_idx: missing, but the state keeps modes")
        settings = {where: _setting(members, key) for key, where in _SETTINGS.items() if key in members}
        modes = _scalar(members, "dashi_modes", 0.0)
        if modes not in (0.0, 1.0):
            raise InputError(f"dashi_modes: {modes:g}: expected 0 (full) or 1 (half)")
        made = cls(layout, z, settings, name, _MODES[int(modes)], dt)
        if made.modes == "half":
            made._check_half()
        return made

    def _check_half(self) -> None:
        """Checks that each pair of conjugate modes is there once."""
        n, low, anchors, _ = self.layout._parts
        for name, index in ("mask_low", low.astype(np.int64)), ("anchor_idx", anchors):
            partner = -(index // n) % n * n + -(index % n) % n
            both = index[np.isin(partner, index) & (partner != index)]
            if both.size:
                raise InputError(f"{name}: {both[0]} is there with its partner, but dashi_modes says half of the modes")


def _keep_modes(z: Any, at: int) -> bool:
    """Says whether a state says so, in pieces, because the states of a file are read for that."""
    pieces = [z] if z.ndim == 1 else (z[first:first + _PIECE] for first in range(0, len(z), _PIECE))
    return any(bool(np.any(np.rint(piece[..., at]) > 0)) for piece in pieces)


def _read_interval(name: str, reader: Reader) -> Optional[float]:
    """Nothing needs the times: a file that says something else than a time step says nothing, as for the command."""
    try:
        dt = _scalar(reader(name, ("dt",)), "dt", math.nan)
    except InputError:
        return None
    return dt if 0.0 < dt < math.inf else None


def _flags(key: str, array: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Returns booleans, given with whatever type."""
    wrong = (array != 0) & (array != 1)
    if np.any(wrong):
        raise InputError(f"{key}: an element is {array[wrong][0]} where 0 or 1 is needed")
    return np.asarray(array != 0)


def _indices(key: str, array: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Returns integers, given with whatever type: MATLAB has doubles."""
    if array.dtype.kind == "b":
        raise InputError(f"{key}: holds booleans where numbers are needed")
    if array.dtype.kind == "f":
        wrong = ~(np.abs(array) < 2.0**63) | (array != np.trunc(array))
        if np.any(wrong):
            raise InputError(f"{key}: an element is {array[wrong][0]} where an integer is needed")
    elif array.size and array.max() > np.iinfo(np.int64).max:
        raise InputError(f"{key}: an element is {array.max()}, which is too large")
    return array.astype(np.int64)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _member(key: str, value: Any) -> npt.NDArray[Any]:
    """Returns a setting as a file holds it."""
    words = Config.choices(*_SETTINGS[key])
    if key in _WORDED and value in words and value != "auto":
        value = words.index(value)
    try:
        return np.asarray(float(value) if key in _REALS else int(value))
    except ValueError as problem:
        raise InputError(f"{key}: {value!r} is not what a file can hold") from problem


def _setting(members: dict[str, Any], key: str) -> Any:
    """Returns a setting as the configuration takes it. A number that stands for no word stays a number: only what uses
    it objects."""
    value = _scalar(members, key, 0.0)
    if key in _WORDED:
        words = [word for word in Config.choices(*_SETTINGS[key]) if word != "auto"]
        return words[int(value)] if value.is_integer() and 0 <= value < len(words) else value
    if key == "dashi_smooth_k" and value <= 0.0:
        return 1  # in the reference: no smoothing
    return int(value) if value.is_integer() and key not in _REALS else value


def _scalar(members: dict[str, Any], key: str, default: float) -> float:
    if key not in members:
        return default
    value = exact(key, members[key])
    if value.shape not in ((), (1,)):
        raise InputError(f"{key}: shape {value.shape}: expected a single number")
    return float(value.reshape(())[()])
