# SPDX-License-Identifier: MIT
"""How fields lie in files: compressed, as other types, over time, in The Well's layout; others' readers are the judges."""

import itertools
import time
import unittest

import h5py
import numpy as np
import xarray
from cli_support import BAD_USAGE, CommandTest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline
from vtkmodules.vtkIONetCDF import vtkNetCDFCFReader

EXTENSIONS = "npz", "nc", "h5"
FIELDS = "omega_lp", "mask", "omega_hat"
SNAPSHOTS = ("snapshots", "--N", 16, "--steps", 6, "--stride", 2, "--k-cut", 3, "--resid-mid-cut", 5, "--parity-only",
             "--save-traj", "--save-decoded")


class StoredFields(CommandTest):
    def read(self, name):
        """All arrays of a file but those that are only coordinates of others."""
        path = self.folder / name
        if path.suffix == ".npz":
            with np.load(path) as data:
                return dict(data)
        with h5py.File(path) as file:
            return {key: value[()] for key, value in file.items() if not h5py.h5ds.is_scale(value.id)}

    def check_same(self, got, expected):
        self.assertEqual(got.keys(), expected.keys())
        for key, array in expected.items():
            array = array.astype("i1") if array.dtype == bool and got[key].dtype != bool else array
            self.assertEqual((got[key].dtype, got[key].shape), (array.dtype, array.shape), key)
            self.assertEqual(got[key].tobytes(), array.tobytes(), key)

    def states(self, count=3, name="states.npz", **changes):
        with np.load(self.state()) as data:
            z = data["z"] * np.linspace(0.5, 1.5, count)[:, None]
        return self.state(name=name, z=z, **changes)

    def decode_to(self, name, *options, state=None):
        self.succeed("decode", "--z0-npz", state or self.states(dt=0.25, L=3.0), "--out", self.path(name), *options)
        return self.path(name)

    def simulate(self, name, *options):
        self.succeed("simulate", "--N", 16, "--steps", 6, "--stride", 2, "--dt", 0.05, "--out", self.path(name), *options)
        return self.path(name)


class Types(StoredFields):
    def test_compressed_files_hold_the_same(self):
        plain = self.read(self.decode_to("plain.npz"))
        for extension in EXTENSIONS:
            name = self.decode_to(f"F.{extension}", "--compress", 6)
            self.check_same(self.read(name), plain)
            self.assertLess((self.folder / name).stat().st_size, 0.95 * (self.folder / "plain.npz").stat().st_size)
        with h5py.File(self.path("F.nc")) as file:
            for key in FIELDS:
                self.assertEqual((file[key].compression, file[key].compression_opts, file[key].chunks, file[key].shuffle),
                                 ("gzip", 6, (1, 64, 64), True))
        self.decode_to("G.npz", state=self.path("states.npz"))
        for extension in EXTENSIONS:  # states that are compressed come to the same fields
            self.succeed("encode", "--traj", self.simulate("T.nc", "--compress", 9), "--k-cut", 3, "--resid-mid-cut", 5,
                         "--out", self.path(f"Z.{extension}"), "--compress", 1)
            self.decode_to(f"Z_{extension}.npz", state=self.path(f"Z.{extension}"))
            self.check_same(self.read(f"Z_{extension}.npz"), self.read("Z_npz.npz"))
        with h5py.File(self.path("Z.nc")) as file:  # a state is read without the others
            self.assertEqual(file["z"].chunks, (1, file["z"].shape[1]))

    def test_types(self):
        """Rounded to nearest; what is not asked for stays as it was computed."""
        wide = {"decode": self.read(self.decode_to("plain.npz")), "simulate": self.read(self.simulate("T.npz"))}
        for extension in EXTENSIONS:
            for dtype in "float32", "float64":
                for command, make in (("decode", self.decode_to), ("simulate", self.simulate)):
                    got = self.read(make(f"F.{extension}", "--field-dtype", dtype))
                    expected = {key: array.astype(dtype) if array.ndim == 3 and array.dtype == float else array
                                for key, array in wide[command].items()}
                    self.check_same(got, expected)

    def test_round_trips(self):
        """Whatever trajectories and states are stored as and in, the next command finds the same bits."""
        encode = ("encode", "--k-cut", 3, "--resid-mid-cut", 5, "--topk-mid", 8)
        for dtype in "float64", "float32":
            found = []
            for extension, level in itertools.product(EXTENSIONS, (0, 3)):
                name = self.simulate(f"T.{extension}", "--dtype", dtype, "--compress", level)
                self.succeed(*encode, "--traj", name, "--out", self.path("Z.npz"))
                found.append(self.read("Z.npz"))
            for other in found[1:]:
                self.check_same(other, found[0])
        for store in "float64", "float32", "float16":
            found = []
            for extension in EXTENSIONS:
                self.succeed(*encode, "--traj", self.path("T.npz"), "--store", store, "--compress", 3, "--out",
                             self.path(f"Z.{extension}"))
                self.decode_to("F.npz", state=self.path(f"Z.{extension}"))
                found.append(self.read("F.npz"))
            for other in found[1:]:
                self.check_same(other, found[0])

        halves = self.read("Z.npz")
        np.savez(self.folder / "bits.npz", **{**halves, "z_low": halves["z_low"].view("u2")})
        self.refuse_decode(["bits.npz: z_low does not hold floating-point numbers"], self.path("bits.npz"))

    def test_refusals(self):
        decode = ("decode", "--z0-npz", self.states(), "--out")
        for parts, arguments in (
                (["--field-dtype 'half': expected auto, float64 or float32"], ("F.nc", "--field-dtype", "half")),
                (["--layout 'wall': expected plain or well"], ("F.h5", "--layout", "wall")),
                (["--compress", "10"], ("F.h5", "--compress", 10)),
                (["--layout well stores float32"], ("F.h5", "--layout", "well", "--field-dtype", "float64")),
                (["F.nc: The Well's layout needs an .h5 file"], ("F.nc", "--layout", "well"))):
            self.refuse(BAD_USAGE, parts, *decode, *arguments)
        for parts, arguments in ((["--format 'dat': expected npz, nc or h5"], ("--format", "dat")),
                                 (["--layout well", "needs --format h5"], ("--layout", "well"))):
            self.refuse(BAD_USAGE, parts, *SNAPSHOTS, *arguments)


class Times(StoredFields):
    def test_states_with_a_time_between_them(self):
        with xarray.open_dataset(self.decode_to("F.nc")) as data:
            self.assertEqual(data.omega_hat.dims, ("time", "y", "x"))
            np.testing.assert_array_equal(data.time, [0.0, 0.25, 0.5])
            self.assertTrue(np.isnan(data.omega_lp.encoding["_FillValue"]))
            self.assertEqual(data.mask.dtype, np.int8)
            for name in data.variables:
                self.assertIn("long_name", data[name].attrs, name)
        for changes in {}, {"dt": -1.0}:  # without one they are samples
            with xarray.open_dataset(self.decode_to("F.nc", state=self.states(**changes))) as data:
                self.assertEqual((data.omega_hat.dims, "dt" in data), (("sample", "y", "x"), False))

    def test_decoded_fields_are_a_trajectory(self):
        """Read back with their times and box."""
        for name in "F.npz", "F.nc", "F.h5":
            self.succeed("encode", "--traj", self.decode_to(name), "--key", "omega_hat", "--axes", "t,y,x", "--k-cut", 3,
                         "--resid-mid-cut", 5, "--out", self.path("Z.npz"))
            states = self.read("Z.npz")
            self.assertEqual((states["dt"], states["L"], len(states["z"])), (0.25, 3.0, 3))

    def test_snapshots(self):
        for format_name in EXTENSIONS:
            self.succeed(*SNAPSHOTS, "--dt", 0.05, "--format", format_name, "--out-dir", self.path(format_name))
            for stem in "traj", "decoded":
                self.check_same(self.read(f"{format_name}/snapshot_{stem}.{format_name}"),
                                self.read(f"npz/snapshot_{stem}.npz"))
        with xarray.open_dataset(self.path("nc/snapshot_decoded.nc")) as data:
            self.assertEqual(data.omega_hat.dims, ("time", "y", "x"))
            np.testing.assert_allclose(data.time, [0.0, 0.1, 0.2, 0.3], rtol=1e-15)
            self.assertIn("step", data.omega_hat.coords)
            np.testing.assert_array_equal(data.step, [0, 2, 4, 6])

    def test_vtk(self):
        """The reader of ParaView, as it is set when a file is opened, finds fields, positions and times in a plane."""
        name = self.decode_to("F.nc", "--compress", 1)
        reader = vtkNetCDFCFReader()
        reader.SetFileName(name)
        reader.GlobalWarningDisplayOff()  # of numbers, which are no fields
        reader.UpdateInformation()
        steps = vtkStreamingDemandDrivenPipeline.TIME_STEPS()
        self.assertEqual(list(reader.GetOutputInformation(0).Get(steps)), [0.0, 0.25, 0.5])
        reader.SetDimensions("(y, x)")
        reader.UpdateTimeStep(0.5)
        image, fields = reader.GetOutput(), self.read("F.nc")
        np.testing.assert_allclose(image.GetBounds(), [*[0, 3 * 63 / 64] * 2, 0, 0])
        for key in FIELDS:
            got = vtk_to_numpy(image.GetPointData().GetArray(key)).reshape(64, 64)  # a char of VTK has no sign
            np.testing.assert_array_equal(got.astype(fields[key].dtype), fields[key][2])


class Well(StoredFields):
    """The Well's data format, by its description."""

    def check_flags(self, thing, sample, time):
        for name, flag in (("sample_varying", sample), ("time_varying", time)):
            self.assertIsInstance(thing.attrs[name], np.bool_)
            self.assertEqual(thing.attrs[name], flag, f"{thing.name} {name}")

    def check_texts(self, texts, expected):
        self.assertTrue(all(isinstance(text, str) for text in texts))
        self.assertEqual(list(texts), expected)

    def check_layout(self, file, fields, samples, times):
        self.assertEqual((file.attrs["dataset_name"], file.attrs["grid_type"]), ("vordec", "cartesian"))
        self.assertEqual((file.attrs["n_spatial_dims"], file.attrs["n_trajectories"]), (2, samples))
        sides = [len(file["dimensions"][dim]) for dim in "xy"]
        self.check_texts(file["dimensions"].attrs["spatial_dims"], ["x", "y"])
        self.check_flags(file["dimensions/time"], False, True)
        self.assertEqual(file["dimensions/time"].shape, (times,))
        for i, dim in enumerate("xy"):
            self.check_flags(file["dimensions"][dim], False, False)
            boundary = file[f"boundary_conditions/{dim}_periodic"]
            self.check_flags(boundary, False, False)
            self.assertEqual(boundary.attrs["bc_type"], "periodic")
            self.check_texts(boundary.attrs["associated_dims"], [dim])
            self.check_texts(boundary.attrs["associated_fields"], [])
            self.assertEqual((boundary["mask"].dtype, boundary["mask"].shape), (bool, (sides[i],)))
            self.assertEqual(np.flatnonzero(boundary["mask"]).tolist(), [0, sides[i] - 1])
        self.check_texts(file["t0_fields"].attrs["field_names"], fields)
        for order in 1, 2:
            self.check_texts(file[f"t{order}_fields"].attrs["field_names"], [])
        for name in fields:
            field = file["t0_fields"][name]
            self.check_flags(field, True, True)
            self.assertEqual(field.attrs["dim_varying"].tolist(), [True, True])
            self.assertEqual((field.dtype, field.shape), (np.float32, (samples, times, *sides)))
        for name in file.attrs["simulation_parameters"]:
            self.assertIn(name, file["scalars"].attrs["field_names"])
            self.assertEqual(np.float32(file.attrs[name]), file["scalars"][name][()])
            self.check_flags(file["scalars"][name], False, False)

    def test_trajectory(self):
        name = self.simulate("W.h5", "--layout", "well", "--box", 2.0)
        expected = self.read(self.simulate("T.npz", "--box", 2.0))
        with h5py.File(name) as file:
            self.check_layout(file, ["vorticity"], 1, 4)
            np.testing.assert_array_equal(file["t0_fields/vorticity"][0].swapaxes(1, 2), expected["traj"].astype("f4"))
            np.testing.assert_allclose(file["dimensions/time"], [0, 0.1, 0.2, 0.3], rtol=1e-6)
            np.testing.assert_array_equal(file["dimensions/x"], np.arange(16) * 2.0 / 16)
            self.assertEqual(file.attrs["nu0"], expected["nu0"])
        before = (self.folder / "W.h5").read_bytes()
        time.sleep(1.1 - time.time() % 1)  # no second of the clock is in it
        self.simulate("W.h5", "--layout", "well", "--box", 2.0)
        self.assertEqual((self.folder / "W.h5").read_bytes(), before)

    def test_decoded(self):
        """Of one run, of several samples, and of one state."""
        one = self.state(name="one.npz")
        for state, samples, times in ((self.states(dt=0.25, name="run.npz"), 1, 3), (self.states(), 3, 1), (one, 1, 1)):
            fields = self.read(self.decode_to("F.npz", state=state))
            with h5py.File(self.decode_to("W.h5", "--layout", "well", "--compress", 2, state=state)) as file:
                self.check_layout(file, list(FIELDS), samples, times)
                for key in FIELDS:
                    got = file["t0_fields"][key][()].reshape(-1, 64, 64).swapaxes(1, 2)
                    np.testing.assert_array_equal(got, fields[key].reshape(-1, 64, 64).astype("f4"))

    def test_snapshots(self):
        self.succeed(*SNAPSHOTS, "--format", "h5", "--layout", "well", "--out-dir", self.path("out"))
        with h5py.File(self.path("out/snapshot_decoded.h5")) as file:
            self.check_layout(file, list(FIELDS), 1, 4)
            np.testing.assert_array_equal(file["scalars/step"], [0, 2, 4, 6])
            self.check_flags(file["scalars/step"], False, True)
        with h5py.File(self.path("out/snapshot_traj.h5")) as file:
            self.check_layout(file, ["vorticity"], 1, 7)

    def test_what_is_written_is_read(self):
        for name, options in (("W.h5", ("--layout", "well")), ("T.npz", ("--dtype", "float32"))):
            self.succeed("encode", "--traj", self.simulate(name, *options), "--k-cut", 3, "--resid-mid-cut", 5, "--out",
                         self.path(f"Z_{name}.npz"))
        well, plain = self.read("Z_W.h5.npz"), self.read("Z_T.npz.npz")
        np.testing.assert_array_equal(well["z"], plain["z"])
        np.testing.assert_allclose([well["dt"], well["L"]], [plain["dt"], plain["L"]], rtol=1e-6)


if __name__ == "__main__":
    unittest.main()
