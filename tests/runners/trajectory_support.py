# SPDX-License-Identifier: MIT
"""What tests of trajectories share. Each file holds the same vorticity, known by its Fourier coefficients, so that a
swapped axis, a wrong sign of the curl or a wrong box shows."""

import h5py
import numpy as np
from cli_support import BAD_USAGE, CommandTest
from flow_files import DT, FRAMES, N, vorticity


class Trajectories(CommandTest):
    def encode(self, file, *arguments):
        out = self.path("Z.npz")
        self.succeed("encode", "--traj", file, "--out", out, "--k-cut", 4, "--resid-mid-cut", 5, "--topk-mid", 0,
                     "--smooth-k", 3, *arguments)
        with np.load(out) as data:
            return dict(data)

    def check_fields(self, file, *arguments, which=range(FRAMES), tolerance=1e-12, dt=None, box=None):
        """The low modes of every frame, whether all of them are stored or one of each pair, doubled."""
        got = self.encode(file, *arguments)
        mask = got["mask_low"].reshape(N, N)
        m = int(mask.sum())
        self.assertEqual(len(got["z"]), len(which))
        for z, t in zip(got["z"], which):
            spectrum = np.zeros((N, N), complex)
            spectrum[mask] = z[:m] + 1j * z[m:2 * m]
            field = np.real(np.fft.ifft2(spectrum)) * N * N
            self.assert_close(field, vorticity(DT * t), tolerance)
        for key, value in ("dt", dt), ("L", box):
            if value is not None:
                np.testing.assert_allclose(got[key], value, rtol=1e-5)
        return got

    def save(self, array, name="T.npy"):
        np.save(self.folder / name, array)
        return self.path(name)

    def savez(self, name="T.npz", **arrays):
        np.savez(self.folder / name, **arrays)
        return self.path(name)

    def refuse_encode(self, parts, file, *arguments):
        self.refuse(BAD_USAGE, parts, "encode", "--traj", file, "--out", self.path("Z.npz"), *arguments)


class Hdf5Files(Trajectories):
    def hdf5(self, name="T.h5", **arrays):
        """Arrays by their paths, a__b for a/b."""
        file = h5py.File(self.folder / name, "w")
        self.addCleanup(file.close)
        for key, array in arrays.items():
            file[key.replace("__", "/")] = array
        return file

    def closed(self, file):
        name = file.filename
        file.close()
        return name

    def save_nc(self, data, form="NETCDF4", **encoding):
        data.to_netcdf(self.folder / "T.nc", format=form, engine="netcdf4", encoding=encoding)
        return self.path("T.nc")
