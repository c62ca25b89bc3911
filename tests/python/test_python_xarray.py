# SPDX-License-Identifier: MIT
"""The engine "vordec" of xarray: the decoder's own fields, and no state decoded that nobody looks at."""

import os
import pickle
import shutil
import subprocess
import unittest
from unittest import mock

import h5py
import netCDF4
import numpy as np
import scipy.io
import vordec
import xarray
from python_support import BindingTest
from vordec import xarray_backend

CPU = {"decode": {"backend": "cpu"}}


def read_bytes():
    """Of files, by this process so far."""
    with open("/proc/self/io", encoding="ascii") as file:
        return int(file.readline().split()[1])


class Engine(BindingTest):
    def setUp(self):
        super().setUp()
        with np.load(self.state()) as data:
            z = data["z"]
        self.batch = self.state(z=z * np.linspace(0.5, 1.5, 7)[:, None], name="batch.npz")
        with vordec.Decoder(self.batch, CPU) as decoder:
            self.expected = decoder.decode(vordec.State.from_npz(self.batch).z)

    def open(self, path=None, **options):
        return xarray.open_dataset(path or self.batch, engine="vordec", config=CPU, **options)

    def counted(self, action):
        """What action() gives, and how many states of which field were decoded for it."""
        decoded = []
        decode = vordec.Decoder.decode

        def counting(decoder, z, **more):
            decoded.append(len(z) if z.ndim == 2 else 1)
            return decode(decoder, z, **more)

        with mock.patch.object(vordec.Decoder, "decode", counting):
            return action(), sum(decoded)

    def test_fields(self):
        data = self.open()
        self.assertEqual(dict(data.sizes), {"sample": 7, "y": 64, "x": 64})
        for name in "omega_lp", "mask", "omega_hat":
            np.testing.assert_array_equal(data[name], getattr(self.expected, name))
            self.assertEqual(data[name].dtype, getattr(self.expected, name).dtype)
        np.testing.assert_allclose(data.x, np.arange(64) * 2 * np.pi / 64)

    def test_a_single_state(self):
        data = self.open(self.state())
        self.assertEqual(data.omega_hat.dims, ("y", "x"))
        with vordec.Decoder(self.state(), CPU) as decoder:
            expected = decoder.decode(vordec.State.from_npz(self.state()).z)
        np.testing.assert_array_equal(data.omega_hat, expected.omega_hat)
        for key in np.s_[3:9:2, -1], np.s_[4], np.s_[4, 5], np.s_[:, 5]:
            np.testing.assert_array_equal(data.omega_hat[key], expected.omega_hat[key])

    def test_only_what_is_looked_at_is_decoded(self):
        data, field = self.open(), self.expected.omega_lp
        for key, count in ((3, 1), (-1, 1), (slice(2, 5), 3), (slice(None, None, 3), 3), ([5, 0, 5], 2),
                           (slice(5, 1, -2), 2), ((slice(None, None, -1), slice(None, None, -1), 3), 7),
                           ((2, slice(9, 2, -3), slice(-3, None)), 1), ((..., 0), 7), (slice(9, None), 0),
                           ((slice(1, 3), slice(0, 9), 4), 2), ((6, [1, 0], [2, 3]), 1), ((slice(0, 0),), 0)):
            with self.subTest(key=key):
                got, decoded = self.counted(lambda key=key: data.omega_lp[key].values)
                wanted = field[key] if not isinstance(key, tuple) or not isinstance(key[-1], list) else \
                    field[6][np.ix_([1, 0], [2, 3])]
                np.testing.assert_array_equal(got, wanted)
                self.assertEqual(decoded, count)
        self.assertEqual(self.counted(lambda: data.sizes)[1], 0)
        self.assertEqual(self.counted(lambda: data.mask.isel(sample=2, y=slice(4)).load())[1], 1)

    def many(self):
        """10,000 states, of which one differs from the others; and its field."""
        with np.load(self.state()) as file:
            z = np.repeat(file["z"][None], 10000, axis=0)
        z[4321] *= 2
        with vordec.Decoder(self.state(), CPU) as decoder:
            return z, decoder.decode(z[4321]).omega_lp

    def test_ten_thousand_states(self):
        """One is decoded, and little more than its row is read."""
        z, field = self.many()
        path = self.state(z=z, name="many.npz")
        for column in np.s_[:], np.s_[4]:
            before = read_bytes()
            got, decoded = self.counted(lambda column=column: self.open(path).omega_lp[4321, column].values)
            self.assertEqual(decoded, 1)
            np.testing.assert_array_equal(got, field[column])
        self.assertLess(read_bytes() - before, 200_000)
        self.assertGreater(os.path.getsize(path), 10_000_000)

    def test_chunks_that_are_not_looked_at(self):
        """They may be damaged."""
        z, field = self.many()
        for damaged in [0, 4320, 4322, 9999], [4321]:
            with np.load(self.state()) as members, h5py.File(self.folder / "many.nc", "w") as file:
                file.update({key: value for key, value in members.items() if key != "z"})
                file.create_dataset("z", data=z, chunks=(1, z.shape[1]), compression=1)
                for i in damaged:
                    file["z"].id.write_direct_chunk((i, 0), b"not deflated")
            data = self.open(self.folder / "many.nc")
            if damaged == [4321]:
                with self.assertRaisesRegex(vordec.InputError, "many.nc: cannot be read"):
                    data.omega_lp[4321].load()
            else:
                np.testing.assert_array_equal(data.omega_lp[4321], field)

    def test_kinds_of_files(self):
        """What states are read from one by one, and what as a whole: the same fields, for the same indices."""
        with np.load(self.batch) as file:
            members = dict(file)
        z, m = members["z"], int(members["mask_low"].sum())
        scale = np.stack([np.full(7, 0.5), np.full(7, 2.0)], axis=1)
        halves = {"z_low": z[:, :2 * m] * 2, "z_scalars": z[:, 2 * m:2 * m + 4], "z_kept": z[:, 2 * m + 4:] / 2, "z_scale": scale}
        rest = {key: value for key, value in members.items() if key != "z"}
        np.savez_compressed(self.folder / "deflated.npz", **members)
        np.savez(self.folder / "fortran.npz", **rest, z=np.asfortranarray(z))
        np.savez(self.folder / "swapped.npz", **rest, z=z.astype(">f8"))
        np.savez(self.folder / "halves.npz", **rest, **halves)
        scipy.io.savemat(self.folder / "five.mat", {key: value.astype("u1") if value.dtype == bool else value
                                                    for key, value in members.items()})
        with h5py.File(self.folder / "halves.h5", "w") as file:
            file.update({**rest, **halves})
        with netCDF4.Dataset(self.folder / "classic.nc", "w", format="NETCDF3_CLASSIC") as file:
            for key, value in members.items():
                value = value.astype({"b": "i1", "i": "i4", "f": "f8"}[value.dtype.kind])
                dims = tuple(f"{key}_{axis}" for axis in range(value.ndim))
                for dim, size in zip(dims, value.shape):
                    file.createDimension(dim, size)
                file.createVariable(key, value.dtype, dims)[...] = value
        for name in "deflated.npz", "fortran.npz", "swapped.npz", "halves.npz", "five.mat", "halves.h5", "classic.nc":
            data = self.open(self.folder / name)
            for key in 5, slice(1, 6, 2), [6, 0, 6], slice(7, 7):
                with self.subTest(name, key=key):
                    np.testing.assert_array_equal(data.omega_hat[key], self.expected.omega_hat[key])

    def test_lazy_states(self):
        z = vordec.State.from_file(self.batch).z
        lazy = vordec.State.from_file(self.batch, lazy=True)
        self.assertEqual((lazy.z.shape, len(lazy.z)), (z.shape, 7))
        for key in -1, np.s_[2:5], [5, 0, 5], np.s_[::-2], np.s_[3, 4:], np.s_[1:3, 7], np.arange(7) > 4, np.s_[:0], np.s_[...]:
            np.testing.assert_array_equal(lazy.z[key], z[key])
        np.testing.assert_array_equal(np.asarray(pickle.loads(pickle.dumps(lazy)).z), z)
        with self.assertRaises(IndexError):
            lazy.z[7]
        with vordec.Decoder(lazy, CPU) as decoder:
            np.testing.assert_array_equal(decoder.decode().omega_lp, self.expected.omega_lp)
        self.assertIsInstance(vordec.State.from_file(self.state(), lazy=True).z, np.ndarray)
        lazy.z[6]
        shutil.copy(self.batch, self.folder / "another")  # of the same length
        os.replace(self.folder / "another", self.batch)
        with self.assertRaisesRegex(vordec.FileError, "batch.npz: it is not the file that was opened"):
            lazy.z[6]
        lazy = vordec.State.from_file(self.batch, lazy=True)
        os.truncate(self.batch, os.path.getsize(self.batch) // 2)
        with self.assertRaisesRegex(vordec.FileError, "batch.npz: it is shorter than when"):
            lazy.z[6]
        os.remove(self.batch)
        with self.assertRaisesRegex(vordec.FileError, "batch.npz: No such file"):
            lazy.z[6]

    def test_points(self):
        """Lists along a common dimension are points, not rows and columns."""
        some = xarray.DataArray([4, 1, 4], dims="point")
        got, decoded = self.counted(lambda: self.open().omega_lp.isel(sample=some, y=some + 3, x=slice(9, 2, -3)).values)
        np.testing.assert_array_equal(got, self.expected.omega_lp[[4, 1, 4], [7, 4, 7]][:, 9:2:-3])
        self.assertEqual(decoded, 2)

    def test_mistakes_in_slices(self):
        for key in 7, (0, 64), (0, 0, 0, 0):
            with self.assertRaises(IndexError):
                self.counted(lambda key=key: self.open().omega_lp[key].values)

    def test_a_column_through_all_states_holds_no_more_than_a_piece(self):
        with mock.patch.object(xarray_backend, "_MOST_BYTES", 3 * 64 * 64 * 8):
            most = []
            decode = vordec.Decoder.decode
            with mock.patch.object(vordec.Decoder, "decode", lambda decoder, z: most.append(len(z)) or decode(decoder, z)):
                got = self.open().omega_hat[:, 5, ::-1].values
        np.testing.assert_array_equal(got, self.expected.omega_hat[:, 5, ::-1])
        self.assertEqual(most, [3, 3, 1])

    def test_one_decoder_until_fields_are_looked_at(self):
        made = []
        start = vordec.Decoder.__init__

        def counting(decoder, *shape, **more):
            made.append(more["outputs"])
            start(decoder, *shape, **more)
        with mock.patch.object(vordec.Decoder, "__init__", counting):
            data = self.open()
            self.assertEqual(len(made), 1)
            data.mask[0].load()
            self.assertEqual(made[1:], [("mask",)])

    def test_dask(self):
        """Chunks are decoded when they are computed, from several threads, each once."""
        for chunks, count in ({"sample": 2}, 4), ({}, 7), ({"sample": -1}, 1):
            with self.subTest(chunks):
                data = self.open(chunks=chunks)
                self.assertEqual(len(data.omega_lp.chunks[0]), count)
                got, decoded = self.counted(lambda: data.omega_lp.mean("sample").compute(num_workers=3))
                np.testing.assert_allclose(got, self.expected.omega_lp.mean(axis=0), atol=1e-12)
                self.assertEqual(decoded, 7)
        data = self.open(chunks={"sample": 1})
        got, decoded = self.counted(data.omega_hat[3:5].compute)
        np.testing.assert_array_equal(got, self.expected.omega_hat[3:5])
        self.assertEqual(decoded, 2)

    def test_chosen_variables(self):
        self.assertEqual(set(self.open(drop_variables="mask").data_vars), {"omega_lp", "omega_hat"})
        self.assertEqual(set(self.open(drop_variables=["mask", "omega_lp"]).data_vars), {"omega_hat"})

    def test_it_travels(self):
        data = pickle.loads(pickle.dumps(self.open()))
        np.testing.assert_array_equal(data.omega_lp[4], self.expected.omega_lp[4])

    def test_files_of_the_command(self):
        out = self.folder / "Z.nc"
        for command in (["simulate", "--N", 16, "--steps", 4, "--out", self.folder / "T.nc"],
                        ["encode", "--traj", self.folder / "T.nc", "--k-cut", 3, "--resid-mid-cut", 5, "--out", out],
                        ["encode", "--traj", self.folder / "T.nc", "--k-cut", 3, "--resid-mid-cut", 5, "--out",
                         self.folder / "Z.npz"]):
            subprocess.run([os.environ["VORDEC_COMMAND"], *map(str, command)], check=True, capture_output=True)
        np.testing.assert_array_equal(self.open(out).omega_hat, self.open(self.folder / "Z.npz").omega_hat)

    def test_times(self):
        """Named as `vordec decode` names them; to_npz() keeps them. What xarray writes opens as what the command writes."""
        path = self.state(z=vordec.State.from_file(self.batch).z, dt=0.25, name="series.npz")
        data = self.open(path)
        np.testing.assert_array_equal(data.time, np.arange(7) * 0.25)
        got, decoded = self.counted(data.omega_lp.sel(time=1.25).load)
        self.assertEqual(decoded, 1)
        np.testing.assert_array_equal(got, self.expected.omega_lp[5])
        subprocess.run([os.environ["VORDEC_COMMAND"], "decode", "--z0-npz", path, "--backend", "cpu", "--out",
                        self.folder / "F.nc"], check=True, capture_output=True)
        data.to_netcdf(self.folder / "X.nc")
        with xarray.open_dataset(self.folder / "F.nc") as written, xarray.open_dataset(self.folder / "X.nc") as lazily:
            xarray.testing.assert_equal(lazily, written.drop_vars(("L", "dt"), errors="ignore"))
            for name in lazily.variables:
                self.assertEqual(str(lazily[name].attrs), str(written[name].attrs))
        vordec.State.from_file(path).to_npz(self.folder / "again.npz")
        self.assertEqual(vordec.State.from_file(self.folder / "again.npz").dt, 0.25)
        z = vordec.State.from_file(self.batch).z[:2]
        for no_step in 0.0, -0.5, np.inf, np.nan, [0.5, 0.5], "1 s", np.array(None):
            path = self.state(z=z, dt=no_step, name="no_step.npz")
            self.assertEqual(self.open(path).omega_lp.dims[0], "sample", no_step)
            self.assertIsNone(vordec.State.from_npz(path).dt)

    def test_side_of_the_box(self):
        path = self.state(L=3.0, name="box.npz")
        np.testing.assert_allclose(self.open(path).x, np.arange(64) * 3.0 / 64, rtol=1e-15)
        asked = xarray.open_dataset(path, engine="vordec", config={**CPU, "metrics": {"box": 0.5}})
        np.testing.assert_allclose(asked.y, np.arange(64) * 0.5 / 64, rtol=1e-15)
        state = vordec.State.from_npz(path)
        with vordec.Decoder(state, CPU) as decoder:
            result = decoder.decode(state.z)
        self.assertEqual(result.box, 3.0)
        np.testing.assert_allclose(result.to_xarray().x, np.arange(64) * 3.0 / 64, rtol=1e-15)

    def test_mistakes(self):
        (self.folder / "text.npz").write_text("text")
        (self.folder / "cut.nc").write_bytes(b"\x89HDF\r\n\x1a\n")
        for path, error in (("none.npz", vordec.FileError), ("text.npz", vordec.InputError),
                            ("cut.nc", vordec.InputError)):
            with self.assertRaisesRegex(error, path):
                self.open(self.folder / path)
        with self.assertRaises(vordec.ConfigError):
            xarray.open_dataset(self.batch, engine="vordec", config={"decode": {"no": 1}})

    def test_result(self):
        data = self.expected.to_xarray()
        self.assertEqual(data.omega_lp.dims, ("sample", "y", "x"))
        np.testing.assert_array_equal(data.mask, self.expected.mask)
        self.assertEqual((data.decode_device, data.backend), ("cpu", "cpu"))
        path = self.folder / "out.nc"
        data.to_netcdf(path)
        with xarray.open_dataset(path) as read:
            np.testing.assert_array_equal(read.omega_hat, self.expected.omega_hat)


if __name__ == "__main__":
    unittest.main()
