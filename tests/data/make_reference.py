#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the reference files beside this script: make_reference.py SOURCE

SOURCE holds a folder for each case (n64, n96_even, n128) with decode*.npz and residual*.npz. What the tests need is
copied, unchanged and deflated, to CASE/NAME.npz here.
"""
import pathlib
import sys

import numpy as np

CASES = ("n64", "n96_even", "n128")
DECODE = ("N", "k_cut", "resid_mid_cut", "dashi_tau", "dashi_smooth_k", "M", "z", "mask_low", "anchor_idx", "omega_lp",
          "R_absmax", "s_initial", "s_iters", "s_final", "support_frac", "energy_lp", "enstrophy_lp")
RESIDUAL = ("omega_hat", "r_mid", "r_high", "kept_r", "kept_i", "k_keep", "target_mid_E", "target_high_E",
            "phases_mid", "phases_high", "mid_mask", "high_mask", "energy_hat", "enstrophy_hat", "mid_var", "high_var",
            "mid_gain", "high_gain", "n_mid", "n_high")


def copy(source, target, keys):
    with np.load(source) as data:
        np.savez_compressed(target, **{key: data[key] for key in keys})


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    here = pathlib.Path(__file__).resolve().parent
    for case in CASES:
        folder = pathlib.Path(sys.argv[1]) / case
        (here / case).mkdir(exist_ok=True)
        for source in sorted(folder.glob("decode*.npz")):
            copy(source, here / case / source.name, DECODE)
        for source in sorted(folder.glob("residual*.npz")):
            copy(source, here / case / source.name, RESIDUAL)


if __name__ == "__main__":
    main()
