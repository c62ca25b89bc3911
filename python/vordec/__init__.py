# SPDX-License-Identifier: MIT
"""vordec: compact spectral states of 2-D turbulence into vorticity fields, on the GPU or the CPU.

    import vordec

    state = vordec.State.from_npz("state.npz")
    with vordec.Decoder(state, {"decode": {"backend": "cpu"}}) as decoder:
        result = decoder.decode(state.z)
    print(result.omega_hat.shape, result.report.decode_device)

libvordec is called through ctypes; arrays are NumPy arrays. Messages go to the logger "vordec".
"""

from __future__ import annotations

import ctypes as c

import numpy as np
import numpy.typing as npt

from . import errors
from ._arrays import plain
from ._library import __version__, load
from .comparer import Comparer, Comparison, Moments, Pair
from .config import Config
from .decode_result import SCALARS, Report, Result
from .decoder import Decoder, DecoderInfo, DeviceShare
from .device_array import DeviceArray, DeviceResult
from .encoder import Encoder, EncoderInfo, EncodeReport, encode
from .errors import (Busy, ConfigError, DeviceLost, Error, FileError, InputError, NoMemory, Refused, Timeout,
                     Unsupported, UsageError)
from .gradients import GradientReport, Gradients
from .metrics import Metrics
from .rollout import Rollout, RolloutInfo, RolloutReport
from .runtime import Candidate, Device, Runtime, devices
from .simulation import Simulation, SimulationInfo, SimulationReport
from .state import Layout, State
from .trajectory import Trajectory, open_trajectory

__all__ = [
    "SCALARS", "Busy", "Candidate", "Comparer", "Comparison", "Config", "ConfigError", "Decoder", "DecoderInfo", "Device", "DeviceArray", "DeviceLost",
    "DeviceResult", "DeviceShare",
    "EncodeReport", "Encoder", "EncoderInfo", "Error",
    "FileError", "GradientReport", "Gradients", "InputError", "Layout", "Metrics", "Moments", "NoMemory", "Pair", "Refused", "Report", "Result", "Rollout", "RolloutInfo",
    "RolloutReport", "Runtime", "Simulation", "SimulationInfo", "SimulationReport", "State", "Timeout", "Trajectory", "Unsupported", "UsageError", "devices", "encode",
    "errors", "hash", "load", "open_trajectory",
    "version",
]


def __dir__() -> list[str]:
    return sorted([*__all__, "__all__", "__doc__", "__file__", "__name__", "__path__", "__version__"])


def version() -> tuple[str, str]:
    """The version of the library that was loaded: "1.2.3", and git describe when it was built."""
    library = load()
    return library.vordec_version().decode(), library.vordec_git_describe().decode()


def hash(array: npt.ArrayLike) -> str:
    """BLAKE2b-128 of the array's bytes in C order, as the metrics give it."""
    data = np.ascontiguousarray(plain("array", array))
    if data.dtype.hasobject:
        raise InputError(f"array: dtype {data.dtype}: its bytes are addresses")
    digest = c.create_string_buffer(33)
    load().vordec_hash(c.c_void_p(data.ctypes.data), data.nbytes, digest)
    return digest.value.decode()
