# SPDX-License-Identifier: MIT
"""Files of arrays that are written: .npz, .nc and .h5 hold the same, whole or not at all, and others' tools read them."""

import os
import resource
import signal
import subprocess
import unittest

import h5py
import netCDF4
import numpy as np
import xarray
from cli_support import BAD_USAGE, CommandTest

EXTENSIONS = "npz", "nc", "h5"


class ArrayFiles(CommandTest):
    def read(self, name):
        """All arrays of a file, scales of dimensions aside."""
        if name.endswith(".npz"):
            with np.load(self.folder / name) as data:
                return dict(data)
        with h5py.File(self.folder / name) as file:
            return {key: value[()] for key, value in file.items() if not h5py.h5ds.is_scale(value.id)}

    def written(self, *command):
        """What a command writes into a file of each format."""
        for extension in EXTENSIONS:
            self.succeed(*command, "--out", self.path(f"out.{extension}"))
        return [self.read(f"out.{extension}") for extension in EXTENSIONS]

    def check_equal(self, files):
        first = files[0]
        for other in files[1:]:
            self.assertEqual(other.keys(), first.keys())
            for key, array in first.items():
                expected = array.astype("i1") if array.dtype == bool else array  # netCDF has no booleans
                self.assertEqual((other[key].dtype, other[key].shape), (expected.dtype, expected.shape), key)
                self.assertEqual(other[key].tobytes(), expected.tobytes(), key)

    def simulate(self, name="T.nc"):
        self.succeed("simulate", "--N", 16, "--steps", 6, "--stride", 2, "--dt", 0.05, "--out", self.path(name))
        return self.path(name)

    def test_formats_hold_the_same(self):
        self.check_equal(self.written("decode", "--z0-npz", self.state()))
        self.check_equal(self.written("simulate", "--N", 16, "--steps", 6, "--stride", 2))
        self.check_equal(self.written("encode", "--traj", self.simulate(), "--k-cut", 3, "--resid-mid-cut", 5))

    def test_what_is_written_is_read(self):
        """A chain through .nc files comes to the bits of one through .npz files."""
        fields = []
        for extension in EXTENSIONS:
            names = [self.path(f"{stem}.{extension}") for stem in ("T", "Z", "A", "F")]
            self.succeed("simulate", "--N", 16, "--steps", 6, "--out", names[0])
            self.succeed("encode", "--traj", names[0], "--k-cut", 3, "--resid-mid-cut", 5, "--topk-mid", 8, "--out",
                         names[1])
            self.succeed("learn", "--states-npz", names[1], "--out", names[2])
            self.succeed("decode", "--z0-npz", names[1], "--out", names[3])
            fields.append({**self.read(f"F.{extension}"), **self.read(f"A.{extension}")})
        self.check_equal(fields)

    def test_equal_content_gives_equal_bytes(self):
        first = self.simulate()
        before = (self.folder / "T.nc").read_bytes()
        os.utime(first, (0, 0))
        self.simulate()
        self.assertEqual((self.folder / "T.nc").read_bytes(), before)

    def test_xarray(self):
        data = xarray.open_dataset(self.simulate())
        self.assertEqual(data.traj.dims, ("time", "y", "x"))
        np.testing.assert_allclose(data.time, [0.0, 0.1, 0.2, 0.3], rtol=1e-15)
        np.testing.assert_allclose(data.x, np.arange(16) * 2 * np.pi / 16, rtol=1e-15)
        self.assertEqual(data.time.axis, "T")
        self.assertEqual(data.x.attrs, {"long_name": "position along x", "units": "1"})
        self.assertEqual((data.traj.long_name, data.traj.units, data.Conventions), ("vorticity", "1", "CF-1.9"))
        data.close()
        self.succeed("decode", "--z0-npz", self.state(), "--out", self.path("F.nc"))
        with xarray.open_dataset(self.path("F.nc")) as data:
            self.assertEqual(data.mask.dims, ("y", "x"))
            self.assertEqual((data.mask.flag_values.tolist(), data.mask.flag_meanings), ([-1, 0, 1],
                                                                                        "below within above"))

    def test_side_of_the_box(self):
        """Positions are in the box of the states, or in that which is asked for."""
        for box, options in ((3.0, ()), (0.5, ("--box", 0.5))):
            self.succeed("decode", "--z0-npz", self.state(L=3.0), "--out", self.path("F.nc"), *options)
            with xarray.open_dataset(self.path("F.nc")) as data:
                np.testing.assert_allclose(data.x, np.arange(64) * box / 64, rtol=1e-15)
                self.assertEqual(data.L, box)

    def test_netcdf_library(self):
        with netCDF4.Dataset(self.simulate()) as file:
            self.assertEqual({name: len(dim) for name, dim in file.dimensions.items()}, {"time": 4, "y": 16, "x": 16})
            self.assertEqual(file.data_model, "NETCDF4")
            self.assertTrue(np.isfinite(file["traj"][:]).all())

    def test_extensions(self):
        for name in "F.dat", "F.nc4", "F.npz.bak":
            self.refuse(BAD_USAGE, [f"{name}: ", "cannot be written to a file ending in"],
                        "decode", "--z0-npz", self.state(), "--out", self.path(name))
        self.succeed("decode", "--z0-npz", self.state(), "--out", self.path("F"))
        self.assertEqual(np.load(self.folder / "F")["mask"].shape, (64, 64))

    def test_destinations_are_tried_first(self):
        self.refuse(BAD_USAGE, ["no/F.nc"], "decode", "--z0-npz", self.state(), "--out", self.path("no/F.nc"))
        (self.folder / "D.nc").mkdir()
        self.refuse(BAD_USAGE, ["D.nc"], "decode", "--z0-npz", self.state(), "--out", self.path("D.nc"))

    def test_many_states_go_piece_by_piece(self):
        """More than 256 MiB of fields: every state comes to the bits that it has alone, in order."""
        with np.load(self.state()) as data:
            members = dict(data)
        count, some = 4200, [0, 1, 3854, 3855, 3856, 4199]
        z = members["z"] * np.linspace(0.5, 1.5, count)[:, None]
        np.savez(self.folder / "few.npz", **{**members, "z": z[some]})
        np.savez(self.folder / "many.npz", **{**members, "z": z})
        few, _, _ = self.decode(self.path("few.npz"))
        out = self.path("many_fields.nc")
        done = self.succeed("decode", "--z0-npz", self.path("many.npz"), "--out", out, "--png", self.path("p.png"), "--state",
                            4199, "--metrics-json", self.path("m.json"))
        self.assertIn("(and 4192 more states)", done.stderr)
        self.assertEqual(len(self.read_metrics(self.path("m.json"))["decode_metrics"]), count)
        with h5py.File(out) as file:
            for key in few:
                self.assertEqual(file[key].shape, (count, 64, 64))
                np.testing.assert_array_equal(file[key][some], few[key])
        os.unlink(out)
        self.succeed("decode", "--z0-npz", self.path("many.npz"), "--out", self.path("many_fields.npz"), "--field-dtype",
                     "float32")
        many = self.read("many_fields.npz")
        for key in few:
            narrow = np.int8 if key == "mask" else np.float32
            self.assertEqual((many[key].shape, many[key].dtype), ((count, 64, 64), narrow))
            np.testing.assert_array_equal(many[key][some], few[key].astype(narrow))

    def limited(self, size, *command):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return subprocess.run([os.environ["VORDEC_COMMAND"], *map(str, command)], capture_output=True, text=True,
                              preexec_fn=limit, check=False)

    def test_a_full_disk_leaves_the_old_file(self):
        for extension in "nc", "h5":
            name = f"T.{extension}"
            self.simulate(name)
            before = self.tree()
            for size in 100, 4000, 20000:
                with self.subTest(extension, size=size):
                    done = self.limited(size, "simulate", "--N", 16, "--steps", 40, "--out", self.path(name))
                    self.assertEqual(done.returncode, 1, done.stderr)
                    self.assertRegex(done.stderr, f"{name}: cannot write: File too large")
                    self.assertEqual(self.tree(), before)

    def test_a_kill_leaves_nothing(self):
        run = subprocess.Popen([os.environ["VORDEC_COMMAND"], "simulate", "--N", "64", "--steps", "1000000", "--out",
                                self.path("T.nc"), "--progress-every", "10"], stderr=subprocess.PIPE, text=True)
        run.stderr.readline()
        run.send_signal(signal.SIGKILL)
        run.wait()
        run.stderr.close()
        self.assertEqual([path.name for path in self.folder.iterdir() if not path.name.startswith(".vordec-")], [])


if __name__ == "__main__":
    unittest.main()
