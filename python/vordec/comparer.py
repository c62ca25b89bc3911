# SPDX-License-Identifier: MIT
"""How fields compare, computed where a backend holds them."""

from __future__ import annotations

import contextlib
import ctypes as c
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, SupportsIndex

import numpy as np
import numpy.typing as npt

from . import _library as lib
from . import _structs as s
from ._arrays import address, reals, whole
from .decoder import Decoder
from .errors import InputError, UsageError
from .runtime import Device
from .simulation import Simulation

_OUTPUTS = {"omega_lp": s.OMEGA_LP, "omega_hat": s.OMEGA_HAT}


@dataclass(frozen=True)
class Moments:
    """Means over the cells of a field: of the field, of its square, and of (field - mean)^2."""

    mean: float
    square: float
    variance: float


@dataclass(frozen=True)
class Pair:
    """How a field w compares with another one, f."""

    own: Moments
    """of w"""
    other: Moments
    """of f"""
    difference: float
    """mean of (w - f)^2"""
    covariance: float

    @property
    def relative_l2(self) -> float:
        """norm of w - f, divided by the norm of f"""
        return math.sqrt(self.difference / self.other.square) if self.difference else 0.0

    @property
    def correlation(self) -> float:
        """Pearson's; nan if either field is constant"""
        size = math.sqrt(self.own.variance * self.other.variance)
        return self.covariance / size if size else math.nan


@dataclass(frozen=True)
class Comparison:
    """The numbers of a field, and of its comparison with each of the others."""

    moments: Moments
    shells: npt.NDArray[np.float64]
    """kinetic energy by shells of |k|, starting at 0; in a box of side 2 pi"""
    pairs: tuple[Pair, ...]
    compare_device: str
    """what did the work: "cpu", "gpu" or "unknown" """


class Comparer(lib.Exclusive):
    """Keeps fields of one grid in double precision on the device of a simulation or a decoder, and says how others
    compare with them; only sums come to the host. A field is given as an array (N, N), as a simulation (its member), as
    a decoder (the result of its last decode, which was of one state and asked for omega_hat: omega_hat, or omega_lp
    unless it asked for that, too), or as the number of a kept field. UsageError: a simulation or decoder does not share
    the device. Unsupported: the backend cannot compare fields, or not on this grid. One thread at a time (Busy),
    including threads that use an object that shares the device.

    fields: how many it keeps, all 0 at first. pairs: the most that one comparison takes.
    """

    _instead = "make another one"

    def __init__(self, beside: Simulation | Decoder, fields: int = 1, pairs: int = 4) -> None:
        super().__init__()
        if not isinstance(beside, (Simulation, Decoder)):
            raise UsageError("a comparer needs a simulation or a decoder whose device it shares")
        desc = s.ComparerDesc(whole("fields", fields, 0), whole("pairs", pairs, 0))
        simulation = beside.pointer if isinstance(beside, Simulation) else None
        decoder = beside.pointer if isinstance(beside, Decoder) else None
        pointer = lib.create("comparer", simulation, decoder, c.byref(desc))
        self._handle = lib.Handle(pointer, "comparer", beside.runtime.handle)
        info = self._struct()
        self._n, self._shells = int(info.n), int(info.shells)
        self._device, self._backend = Device._from(info.device), info.backend_used.decode()

    @property
    def n(self) -> int:
        """side of the grid"""
        return self._n

    @property
    def device(self) -> Device:
        return self._device

    def _describe(self) -> str:
        return f"N = {self.n}, by {self._backend} on {self._device._named()}"

    def _struct(self) -> s.ComparerInfo:
        info = s.ComparerInfo()
        lib.load().vordec_comparer_get(self.pointer, c.byref(info))
        return info

    @contextlib.contextmanager
    def _source(self, field: npt.ArrayLike | Simulation | Decoder | SupportsIndex, member: int,
                output: str) -> Iterator[s.CompareIo]:
        """An io that asks for nothing yet, for one call. Busy: another thread uses the simulation or the decoder."""
        io = s.CompareIo(field=s.NO_FIELD, keep=s.NO_FIELD, add=s.NO_FIELD)
        if isinstance(field, (Simulation, Decoder)):
            with field._taken() as pointer:
                if isinstance(field, Simulation):
                    io.simulation, io.member = pointer, whole("member", member, 0)
                elif output not in _OUTPUTS:
                    raise UsageError(f"output: {output!r}: expected omega_lp or omega_hat")
                else:
                    io.decoder, io.output = pointer, _OUTPUTS[output]
                yield io
        elif isinstance(field, (int, np.integer)):
            io.field = _number("field", field)
            yield io
        else:
            omega = reals("field", field)  # type: ignore[arg-type]
            if omega.shape != (self.n, self.n):
                raise InputError(f"field: shape {omega.shape}: expected ({self.n}, {self.n})")
            io.omega = address(omega)
            yield io

    def _run(self, pointer: Any, io: s.CompareIo) -> str:
        report = s.CompareReport()
        lib.call("compare", pointer, c.byref(io), c.byref(report))
        return str(report.compare_device.decode())

    def keep(self, number: int, field: npt.ArrayLike | Simulation | Decoder, *, member: int = 0,
             output: str = "omega_hat") -> None:
        """Makes this field the kept field of that number."""
        with self._taken() as pointer, self._source(field, member, output) as io:
            io.keep = _number("number", number)
            self._run(pointer, io)

    def add(self, number: int, field: npt.ArrayLike | Simulation | Decoder | SupportsIndex, *, member: int = 0,
            output: str = "omega_hat") -> None:
        """Adds this field to the kept field of that number, which is a different one."""
        with self._taken() as pointer, self._source(field, member, output) as io:
            io.add = _number("number", number)
            self._run(pointer, io)

    def read(self, number: int) -> npt.NDArray[np.float64]:
        """Returns the kept field of that number."""
        field = np.empty((self.n, self.n))
        with self._taken() as pointer, self._source(int(number), 0, "") as io:
            io.copy = address(field)
            self._run(pointer, io)
        return field

    def compare(self, field: npt.ArrayLike | Simulation | Decoder | SupportsIndex,
                others: Sequence[int | tuple[int, float]] = (), *, member: int = 0,
                output: str = "omega_hat") -> Comparison:
        """Returns the numbers of a field, and of its comparison with kept fields, which are given as numbers, or as
        (number, factor) for that many times the kept field."""
        listed = [other if isinstance(other, tuple) else (other, 1.0) for other in others]
        pairs = (s.ComparePair * len(listed))(*(s.ComparePair(_number("others", i), float(factor)) for i, factor in listed))
        against, moments = (s.PairMoments * len(listed))(), s.FieldMoments()
        shells = np.empty(self._shells)
        with self._taken() as pointer, self._source(field, member, output) as io:
            io.pairs, io.pair, io.against = len(listed), c.addressof(pairs), c.addressof(against)
            io.moments, io.shell = c.addressof(moments), address(shells)
            device = self._run(pointer, io)
        own = _moments(moments)
        made = tuple(Pair(own, _moments(pair.f), pair.difference, pair.covariance) for pair in against)
        return Comparison(own, shells, made, device)


def _number(what: str, number: SupportsIndex) -> int:
    value = whole(what, number, 0)
    if value >= s.NO_FIELD:
        raise InputError(f"{what}: {value} is the number of no field")
    return value


def _moments(moments: s.FieldMoments) -> Moments:
    return Moments(moments.mean, moments.square, moments.variance)
