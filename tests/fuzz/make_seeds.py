#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the seeds that are arrays, archives and files of other formats: seeds/{npy,npz,state,inputs,hdf5,mat,netcdf}. The
others are texts, written by hand."""
import io
import pathlib
import zipfile

import h5py
import netCDF4
import numpy as np
import scipy.io

SEEDS = pathlib.Path(__file__).parent / "seeds"


def array_bytes(array, version=(1, 0)):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), version=version, allow_pickle=False)
    return stream.getvalue()


def write(path, data):
    path = SEEDS / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def write_archive(path, deflate=False, **arrays):
    """Like numpy.savez, but with one time stamp for all times."""
    stream = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
    with zipfile.ZipFile(stream, "w", method) as archive:
        for key, array in arrays.items():
            archive.writestr(zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0)), array_bytes(array), method)
    write(path, stream.getvalue())


def state(n, cut, anchors, batch=None):
    """One of N = n with |k| <= cut in mask_low."""
    k = np.fft.fftfreq(n, 1 / n)
    mask_low = k[:, None] ** 2 + k[None, :] ** 2 <= cut**2
    d = 2 * int(mask_low.sum()) + 4 + 2 * len(anchors)
    z = np.sin(np.arange(d, dtype=float))
    z[-1 - 2 * len(anchors)] = len(anchors)
    arrays = {"z": z if batch is None else np.tile(z, (batch, 1)), "mask_low": mask_low, "N": np.int64(n),
              "anchor_idx": np.array(anchors, dtype=np.int64)}
    return arrays


def main():
    write("npy/f8", array_bytes(np.arange(6.0).reshape(2, 3)))
    write("npy/scalar", array_bytes(np.int64(4)))
    write("npy/version2", array_bytes(np.array([1, 0, 1], dtype=bool), (2, 0)))
    write("npy/empty", array_bytes(np.zeros((0, 4), dtype="<f4")))
    write("npy/i2", array_bytes(np.array([-1, 2, 300], dtype="<i2")))
    write_archive("npz/stored.npz", a=np.arange(3.0), N=np.int64(4))
    write_archive("npz/kinds.npz", a=np.arange(3).astype("M8[25s]"), b=np.array(["v", "\u03c9"]), N=np.array([b"time", b"x"]))
    write_archive("npz/deflated.npz", True, a=np.zeros((4, 4), dtype=np.uint8), b=np.array([True, False]))
    write_archive("state/plain.npz", **state(4, 1, []))
    write_archive("state/kept.npz", True, **state(8, 1, [2, 16]), k_cut=1.0, resid_mid_cut=2.0, dashi_tau=0.35,
                  dashi_smooth_k=np.int64(3))
    write_archive("state/batch.npz", True, **state(5, 1.5, [3], batch=2), k_cut=np.float32(1.5), resid_mid_cut=3)
    not_finite = state(4, 1, [])
    not_finite["z"][3] = np.nan
    write_archive("state/not_finite.npz", **not_finite)
    write_archive("inputs/operator.npz", True, A=np.eye(6))
    write_archive("inputs/trajectory.npz", True, traj=np.ones((2, 4, 4), dtype="<f4"), N=4, dt=0.01, stride=2, seed=1)
    write_archive("inputs/phases.npz", True, phases_mid=np.ones((4, 4)), phases_high=np.zeros(0))
    write_archive("inputs/not_finite.npz", A=np.diag([1, 1, np.inf, 1, 1, 1]), traj=np.full((1, 4, 4), np.nan),
                  phases_mid=np.full((4, 4), -np.inf), phases_high=np.full((4, 4), np.nan))
    others()


def others():
    field = np.sin(np.arange(48.0)).reshape(3, 4, 4)
    for folder in "hdf5", "mat", "netcdf":
        (SEEDS / folder).mkdir(exist_ok=True)
    with h5py.File(SEEDS / "hdf5/chunks", "w") as file:
        file.create_dataset("a/traj", data=field.astype("f4"), chunks=(1, 4, 4), compression=1, shuffle=True)
        file["a/traj"].attrs["offset"] = [0.5, 1.0]
        file["x"] = np.arange(4.0)
        file["x"].make_scale("x")
        file["a/traj"].dims[2].attach_scale(file["x"])
    with h5py.File(SEEDS / "hdf5/latest", "w", libver="latest") as file:
        file["traj"], file["flag"], file["text"] = field, np.array([True, False]), "text"
        file["loop"] = file["/"]
    with netCDF4.Dataset(SEEDS / "hdf5/netcdf4", "w") as file:
        file.createDimension("time", None)
        file.createDimension("y", 4)
        file.createVariable("zeta", "f8", ("time", "y"))[:] = field[:, 0]
    for form in "NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA":
        with netCDF4.Dataset(SEEDS / "netcdf" / form.lower(), "w", format=form) as file:
            for name, size in ("time", None), ("y", 4), ("x", 4):
                file.createDimension(name, size)
            variable = file.createVariable("zeta", "f4", ("time", "y", "x"))
            variable[:] = field
            variable.offset = [0.5, 1.0]
            file.createVariable("n", "i2", ())[:] = 4
    for name, packed, arrays in (
        ("five", False, {"u": field, "n": 4.0, "flag": np.array([True]), "s": {"a": 1}}),
        ("packed", True, {"u": field.astype("i2"), "v": field[0]}),
    ):
        scipy.io.savemat(SEEDS / "mat" / name, arrays, appendmat=False, do_compression=packed)
        with open(SEEDS / "mat" / name, "r+b") as file:
            file.write(b"MATLAB 5.0 MAT-file".ljust(116))  # without the time


if __name__ == "__main__":
    main()
