# SPDX-License-Identifier: MIT
"""What a decode returns: fields, scalars, and what did the work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import xarray

Field = npt.NDArray[Any]

SCALARS = np.dtype([("energy_lp", "f8"), ("enstrophy_lp", "f8"), ("energy_hat", "f8"), ("enstrophy_hat", "f8"),
                    ("support_frac", "f8"), ("residual_absmax", "f8"), ("band_energy", "f8", (2,)),
                    ("band_gain", "f8", (2,))])
"""one state's scalars; NaN where not computed"""


@dataclass(frozen=True)
class Report:
    """What did the work, and how long it took."""

    decode_device: str
    """"cpu", "gpu" or "unknown": decided by the core from the backend's evidence"""
    stage_ms: dict[str, float]
    total_ms: float
    device_timestamps: bool
    """stage_ms are measured on the device's own clock"""
    backend: str = ""
    device: str = ""
    """what decoded, as DecoderInfo names it"""


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """The fields of one decode; they have a leading axis if z had one. None: not asked for."""

    omega_lp: Optional[Field]
    mask: Optional[npt.NDArray[np.int8]]
    omega_hat: Optional[Field]
    scalars: Optional[npt.NDArray[np.void]]
    report: Report
    box: Optional[float] = None
    """side of the periodic box, if the configuration or the states give it; otherwise 2 pi counts"""

    def __repr__(self) -> str:
        fields = [f"{name} {array.shape} {array.dtype}" for name in ("omega_lp", "mask", "omega_hat")
                  if (array := getattr(self, name)) is not None]
        return f"<{type(self).__name__}: {', '.join(fields + ['scalars'] * (self.scalars is not None))}; decoded on " \
               f"the {self.report.decode_device}, by {self.report.backend} on {self.report.device}>"

    def to_xarray(self) -> xarray.Dataset:
        """Returns the fields as a dataset, with their grid; the attributes also say what did the work. Needs xarray."""
        from .xarray_backend import result_dataset  # not before it is asked for
        return result_dataset(self)
