#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes state.npz, the sample state, from the files z0.npz and decode_t10.npz of a reference case.

    make.py CASE_FOLDER

Two states of one simulated flow (N = 128, decaying 2-D turbulence): the start, and the same after ten steps of its
learned operator. Needs Debian's python3-numpy.
"""
import sys
from pathlib import Path

import numpy as np

case = Path(sys.argv[1])
start = np.load(case / "z0.npz")
later = np.load(case / "decode_t10.npz")
assert np.array_equal(start["anchor_idx"], later["anchor_idx"])
np.savez_compressed(
    Path(__file__).with_name("state.npz"),
    z=np.stack([start["z"], later["z"]]),
    **{key: start[key] for key in start.files if key not in ("z", "seed")},
)
