#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the reference files of the simulation, the encoder and the rollout beside this script: make_science.py SOURCE

SOURCE holds a folder for each case with les.npz (n64, n128), encode.npz, rollout.npz and A.npz. What the tests need is
copied, unchanged and deflated, to CASE/NAME.npz here. To keep the repository small, A is kept for n64 alone, with the
rollout that needs it, and the larger cases of the encoder lose their two middle frames.
"""
import pathlib
import sys

import numpy as np

LES_CASES = ("n64", "n128")
LES_SCALARS = ("N", "seed", "dt", "nu0", "Cs", "noise")
LES_STEPS = (10, 50)
ENCODE_FRAMES = {"n64": (0, 1, 2, 3), "n96_even": (0, 3), "n128": (0, 3)}
ENCODE = ("N", "k_cut", "resid_mid_cut", "dashi_tau", "dashi_smooth_k", "topk_mid", "z_frame0_sorted", "mask_low",
          "anchor_idx", "anchor_idx_sorted", "anchor_mag_min", "nonanchor_mag_max")
ROLLOUT = ("z0", "steps", "z_f64", "z_f32")


def copy_les(source, target):
    with np.load(source) as data:
        rows = [list(data["steps"]).index(step) for step in LES_STEPS]
        kept = {key: data[key] for key in LES_SCALARS}
        kept.update({key: data[key][rows] for key in ("steps", "omega", "energy", "enstrophy")})
        np.savez_compressed(target, **kept)


def copy_encode(source, target, frames):
    with np.load(source) as data:
        kept = {key: data[key] for key in ENCODE}
        kept.update({key: data[key][list(frames)] for key in ("frame_steps", "omega", "z")})
        np.savez_compressed(target, **kept)


def digest_bytes(digests):
    """Digests as rows of 16 bytes; the tests' reader knows no strings."""
    return np.array([list(bytes.fromhex(digest.decode())) for digest in digests], dtype=np.uint8)


def copy_rollout(source, target):
    with np.load(source) as data:
        kept = {key: data[key] for key in ROLLOUT}
        kept.update({key: digest_bytes(data[key]) for key in ("hash_inorder_f64", "hash_inorder_f32")})
        kept["hash_steps"] = data["hash_steps"]
        np.savez_compressed(target, **kept)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    here, source = pathlib.Path(__file__).resolve().parent, pathlib.Path(sys.argv[1])
    for case in LES_CASES:
        copy_les(source / case / "les.npz", here / case / "les.npz")
    for case, frames in ENCODE_FRAMES.items():
        copy_encode(source / case / "encode.npz", here / case / "encode.npz", frames)
    copy_rollout(source / "n64" / "rollout.npz", here / "n64" / "rollout.npz")
    with np.load(source / "n64" / "A.npz") as data:
        np.savez_compressed(here / "n64" / "A.npz", A=data["A"])


if __name__ == "__main__":
    main()
