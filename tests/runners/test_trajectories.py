# SPDX-License-Identifier: MIT
"""Trajectories in arrays: axes, samples, frames, positions, and arrays too large to be read at once."""

import gzip
import os
import pickle
import subprocess
import unittest
import zipfile

import h5py
import numpy as np
import xarray
from cli_support import COMMAND
from flow_files import DT, FRAMES, N, frames, positions, times, velocities
from trajectory_support import Trajectories


class Arrays(Trajectories):
    def test_npy(self):
        field = frames()
        self.check_fields(self.save(field))
        self.check_fields(self.save(field.astype(">f8")))
        self.check_fields(self.save(np.asfortranarray(field)))
        self.check_fields(self.save(field.astype("<f4")), tolerance=1e-6)
        self.check_fields(self.save(field.astype("<f2")), tolerance=5e-3)
        self.check_fields(self.save(field[3]), which=[3])
        self.check_fields(self.save(field[None, :, None]))
        self.check_fields(self.save(field[..., None]))
        self.check_fields(self.save(field[:, None]), "--axes", "t,1,y,x")
        self.refuse_encode(["it holds 5 samples", "name its axes with --axes"], self.save(field[:, None]))
        self.refuse_encode(["type '<c16' (complex) is not supported; if it is a spectrum, save the field at the points"], self.save(field + 0j))
        self.refuse_encode(["axis 1 is given as 1, but has 5 entries"], self.save(field[None]), "--axes", "t,1,y,x")

    def test_one_array_of_any_name(self):
        self.check_fields(self.savez(vorticity=frames(), dt=0.1, comment=np.array("text"), times=times()), dt=DT)
        self.check_fields(self.savez(vorticity=frames(), dt=np.full(FRAMES, 0.1), N=np.arange(3), seed=np.zeros(3)))

    def test_axes(self):
        letters = "btyxc"
        field = frames()[None, :, :, :, None]
        for axes in "btyxc", "tyxbc", "xytcb", "cyxtb", "ytxbc":
            with self.subTest(axes):
                file = self.save(np.transpose(field, [letters.index(axis) for axis in axes]))
                self.check_fields(file, "--axes", ",".join(axes))

    def test_samples(self):
        field = np.stack([np.zeros((FRAMES, N, N)), frames(), np.ones((FRAMES, N, N))])
        self.check_fields(self.save(field), "--sample", 1)
        self.refuse_encode(["T.npy: array: it holds 3 samples", "--sample (0 .. 2)"], self.save(field))
        for sample in 3, -1, "x":
            self.refuse_encode([f"sample '{sample}': expected a number from 0 to 2"], self.save(field), "--sample",
                               sample)
        self.refuse_encode(["sample '': expected a number from 0 to 2"], self.save(field), "--sample", "")

    def test_frames(self):
        file = self.save(frames())
        for slice_, chosen in (("1:", [1, 2, 3, 4]), (":2", [0, 1]), ("::2", [0, 2, 4]), ("-3:-1", [2, 3]),
                              ("4:9", [4]), ("1:5:3", [1, 4]), ("1::9223372036854775807", [1])):
            with self.subTest(slice_):
                self.check_fields(file, f"--frames={slice_}", which=chosen)
        for wrong in "3:3", "5:", "x", "1", "::0", "::-1", "1:2:3:4", "-9:", "":
            with self.subTest(wrong):
                self.refuse_encode([f"frames '{wrong}': expected A:B:S"], file, f"--frames={wrong}")

    def test_dt_of_chosen_frames(self):
        file = self.savez(traj=frames(), dt=0.05, stride=2)
        self.assertEqual(self.check_fields(file)["dt"].item(), 0.1)
        self.assertEqual(self.check_fields(file, "--frames", "::2", which=[0, 2, 4])["dt"].item(), 0.2)

    def test_velocities(self):
        for axes, array in (("tcyx", velocities()), ("tyxc", np.moveaxis(velocities(), 1, -1)),
                            ("txyc", np.moveaxis(velocities("xy"), 1, -1))):
            with self.subTest(axes):
                self.check_fields(self.save(array), "--velocity", "--axes", ",".join(axes))
        self.check_fields(self.save(velocities()), "--velocity")
        self.check_fields(self.save(np.moveaxis(velocities(), 1, -1)), "--velocity")
        both = velocities()
        self.check_fields(self.savez(vx=both[:, 0], vy=both[:, 1], p=both[:, 0]), "--key", "vx, vy")
        for box, parts in ((), 1), (("--box", 3), 0):
            done = self.succeed("encode", "--traj", self.save(velocities()), "--velocity", *box, "--out", self.path("Z.npz"))
            self.assertEqual(done.stderr.count("T.npy does not say how large its box is; the curl"), parts)
        both = velocities(box=3.0)
        self.check_fields(self.savez(u=both[:, 0], v=both[:, 1], p=both[:, 0], x=positions(3.0), y=positions(3.0),
                                     time=times()), dt=DT, box=3.0)

    def test_other_arrays_of_the_axes_names(self):
        """A name alone makes no positions of values that are not equally spaced."""
        uneven = np.sin(np.arange(N))
        states = self.check_fields(self.savez(w=frames(), x=uneven, y=uneven, t=np.arange(FRAMES) ** 2.0))
        self.assertTrue({"dt", "L"}.isdisjoint(states), sorted(states))
        states = self.check_fields(self.savez(w=frames(), x=uneven, t=times()))
        self.assertEqual(states["dt"].item(), DT)

    def test_mistakes(self):
        file = self.save(frames())
        self.refuse_encode(["axes 't,y,z': one of its axes is not known"], file, "--axes", "t,y,z")
        self.refuse_encode(["axes 'y,y,x': one of its axes is named twice"], file, "--axes", "y,y,x")
        self.check_fields(file, "--axes", "T,Y,X")
        self.check_fields(file, "--axes", "time,y,x")
        self.refuse_encode(["axes 'y,x': the array has the shape (5, 16, 16)"], file, "--axes", "y,x")
        self.refuse_encode(["axes 't,b,x': it lacks x or y"], file, "--axes", "t,b,x")
        self.refuse_encode(["there is no array 'omega': it holds array (5, 16, 16) <f8"], file, "--key", "omega")
        self.refuse_encode(["the grid is 16 x 8; only square grids"], self.save(frames()[:, :, ::2]), "--axes", "t,y,x")
        self.refuse_encode(["it is not clear which array holds the frames"], self.save(np.zeros((3, 4, 5, 6, 7))))
        self.refuse_encode(["shape (5, 16, 8): its last two axes are 16 x 8, and only square grids"],
                           self.save(frames()[:, :, ::2]))
        self.refuse_encode(["it is not clear which array holds the frames", "array (5, 16, 16) <f8"], self.save(frames()), "--velocity")
        self.refuse_encode(["t: the times do not increase"], self.savez(w=frames(), t=-times()))
        self.refuse_encode(["it has 2 components per cell, but a vorticity has one (--velocity"], self.save(velocities()),
                           "--axes", "t,c,y,x")
        self.refuse_encode(["it has 1 component per cell, but a velocity has two"], self.save(frames()), "--axes", "t,y,x", "--velocity")
        for key in "vx,vx", "vx,", "vx,vy,w":
            self.refuse_encode([f"key '{key}': expected an array, or two"], self.savez(vx=frames(), vy=frames()), "--key", key)
        self.refuse_encode(["vx and vy differ in their"],
                           self.savez(vx=frames(), vy=frames()[:2]), "--key", "vx,vy")


class Positions(Trajectories):
    def test_positions_of_all_points(self):
        """As meshgrid() makes them; they say which axis comes first."""
        for indexing, order in ("xy", "yx"), ("ij", "xy"):
            x, y = np.meshgrid(positions(3.0), positions(3.0), indexing=indexing)
            self.check_fields(self.savez(w=frames(order), X=x, Y=y, t=times()), dt=DT, box=3.0)
        x, y = np.meshgrid(positions(3.0), positions(3.0))
        self.check_fields(self.savez(w=frames("xy"), x=x, y=y), "--axes", "t,x,y", box=3.0)

    def test_a_period_with_its_end(self):
        """The last point is the first one again, or the positions are not those of the points."""
        for first, last in (0, 2 * np.pi), (-np.pi, np.pi), (0, 1):
            ends = np.linspace(first, last, N)
            file = self.savez(w=frames(), x=ends, y=ends)
            self.refuse_encode(["T.npz: x: the positions go from", "leave the last row and column out", "--box L"], file)
            self.check_fields(file, "--box", 2, box=2.0)
        ends = np.linspace(0, 3.0, N)
        self.refuse_encode(["x: the positions go from 0 to 3, a whole period"], self.savez(w=frames(), x=ends, y=ends, L=3.0))
        self.check_fields(self.savez(w=frames(), x=np.pi * np.arange(N), y=np.pi * np.arange(N)), box=np.pi * N)

    def test_a_period_with_its_end_and_no_positions(self):
        """Values alone tell, unless they are the same all along, as on walls."""
        for file in self.save(np.pad(frames(), ((0, 0), (0, 1), (0, 1)), mode="wrap")), \
                self.savez(u=np.pad(frames(), ((0, 0), (0, 1), (0, 1)), mode="wrap"),
                           v=np.pad(frames(), ((0, 0), (0, 1), (0, 1)), mode="wrap"), L=3.0):
            self.refuse_encode(["frame 0: the last row and column are the first ones again", "--box L"], file)
            self.succeed("encode", "--traj", file, "--out", self.path("Z.npz"), "--box", 1)
        walls = np.pad(frames(), ((0, 0), (1, 1), (1, 1)))
        self.succeed("encode", "--traj", self.save(walls), "--out", self.path("Z.npz"))

    def test_the_same_values_at_both_ends(self):
        """Of a symmetric field at the centres of cells, which positions tell from a repetition; a frame of zeros tells nothing."""
        for box in 2 * np.pi, 3.0:
            x = ((np.arange(N) + 0.5) * box / N).astype("f4")
            row = np.cos(2 * np.pi * x.astype(float) / box).astype("f4")
            row[N // 2:] = row[:N // 2][::-1]
            field = (row[:, None] * row)[None].repeat(FRAMES, axis=0)
            np.testing.assert_allclose(self.encode(self.savez(w=field, x=x, y=x, t=times()))["L"], box, rtol=1e-6)
            self.refuse_encode(["frame 0: the last row and column are the first ones again"], self.savez(w=field))
            ends = np.linspace(0, box + 0.5, N)
            self.refuse_encode(["frame 0: the last row and column are the first ones again"], self.savez(w=field, x=ends, y=ends))
        later = np.pad(frames(), ((0, 0), (0, 1), (0, 1)), mode="wrap") * np.array([0, 0, 1, 1, 1])[:, None, None]
        self.refuse_encode(["frame 2: the last row and column are the first ones again", "--box L"], self.save(later))

    def test_cells_that_repeat(self):
        """In tiles of 2 or 8 points all over the grid nothing tells halos from the field itself."""
        tile = np.random.default_rng(1).standard_normal((8, 8))
        for field in np.tile(tile[:2, :2], (8, 8)), np.tile(tile, (8, 8)):
            self.succeed("encode", "--traj", self.savez(w=field), "--out", self.path("Z.npz"))
        self.refuse_encode(["as with halos of 3 cells"], self.savez(w=np.pad(np.tile(tile, (4, 4)), 3, mode="wrap")))

    def test_times(self):
        """By other names, and as one number; what looks like times and is taken for none is named."""
        for name in "T", "Time", "sim_time", "tt", "timestamps":
            self.check_fields(self.savez(w=frames(), **{name: times()}), dt=DT)
        for shape in (1,), (1, 1):
            self.check_fields(self.savez(w=frames(), dt=np.full(shape, DT)), dt=DT)
        months = np.datetime64("2000-01") + np.arange(FRAMES)
        for unread, why in ((months, "holds no numbers"), (times()[1:], "has a different number of entries"), (times()**2, "is not equally spaced"),
                            (months.astype("M8[D]"), "is not equally spaced")):
            for options, warned in ((), 1), (("--dt", 0.5), 0):
                file = self.savez(w=frames(), t=unread)
                stderr = self.succeed("encode", "--traj", file, *options, "--out", self.path("Z.npz")).stderr
                self.assertEqual(stderr.count(f"T.npz: t is not taken for the times of the frames, because it {why}; --dt DT says"), warned)
        self.refuse_encode(["times do not increase"], self.savez(w=frames(), t=-times()))
        self.check_fields(self.path("T.npz"), "--dt", 0.5, "--frames", "::2", which=[0, 2, 4], dt=0.5)
        self.refuse_encode(["--dt '0': expected a number above 0"], self.path("T.npz"), "--dt", 0)
        self.succeed("loss", "--traj", self.path("T.npz"), "--k-cut", 3, "--resid-mid-cut", 5)

    def test_dates(self):
        """Dates and spans of time, in seconds; of dates only how far they lie apart counts."""
        for step, seconds in ("2h", 7200), ("D", 86400), ("100ms", 0.1), ("ns", 1e-9):
            spans = np.arange(FRAMES).astype(f"m8[{step}]")
            for dates in spans, spans.astype(">m8"), np.datetime64("2000-01-01", "ns") + spans.astype("m8[ns]"):
                file = self.savez(w=frames(), t=dates)
                np.testing.assert_allclose(self.check_fields(file)["dt"], seconds, rtol=1e-15)
            self.assertIn("T.npz: its times are given in 'datetime64[ns]'; they are read in seconds",
                          self.succeed("encode", "--traj", file, "--out", self.path("Z.npz")).stderr)
        self.check_fields(self.savez(w=frames(), dt=np.timedelta64(100, "ms")), dt=DT)
        self.refuse_encode(["type '<m8[h]' (dates) is not supported"], self.save(np.zeros((3, N, N), "m8[h]")))
        self.refuse_encode(["it is not clear which array holds the frames", "it holds w (3, 16, 16) timedelta64[h]\n"],
                           self.savez(w=np.zeros((3, N, N), "m8[h]")))
        self.refuse_encode(["w holds dates or spans of time, which are no field"], self.path("T.npz"), "--key", "w")
        states = self.check_fields(self.savez(w=frames(), x=np.arange(N).astype("m8[s]")))
        self.assertNotIn("L", states)

    def test_texts(self):
        """Beside the frames: names of their axes, and of a velocity's components."""
        both = velocities()
        for labels in ["v", "u"], ["uy", "ux"], [b"v", b"u"]:
            for name in "components", "channels", "fields":
                self.check_fields(self.savez(velocity=both[:, ::-1], L=2 * np.pi, **{name: labels}))
        self.check_fields(self.savez(velocity=both, L=2 * np.pi, components=["u", "v"]))
        for axes in ["time", "x", "y"], np.array(["time", "x", "y"], ">U4"), "time, x, y", "txy", [b"t", b"x", b"y"]:
            self.check_fields(self.savez(w=frames("xy"), dims=axes))
        for other in ["time", "x"], ["time", "x", "q"], "\u03c9", "", ["a"] * 9:
            self.check_fields(self.savez(w=frames(), dims=other))

    def test_sides(self):
        self.check_fields(self.savez(w=frames(), Lx=3.0, Ly=3.0), box=3.0)
        self.refuse_encode(["the box is 2 x 3; only square ones"], self.savez(w=frames(), Lx=3.0, Ly=2.0))
        for pair in [3.0, 3.0], [[3.0]], [[3.0, 3.0]]:
            self.check_fields(self.savez(w=frames(), L=np.array(pair)), box=3.0)
        self.refuse_encode(["the box is 2 x 3; only square ones"], self.savez(w=frames(), L=np.array([3.0, 2.0])))
        self.refuse_encode(["L: nan is not the side of a box"], self.savez(w=frames(), L=np.array([3.0, np.nan])))
        self.check_fields(self.path("T.npz"), "--box", 2, box=2.0)
        for name, value in ("box", 3.0), ("domain_size", [3.0, 3.0]), ("L_x", 3.0), ("domain_extent", [-1.5, 1.5]), ("box_size", [[3.0]]):
            self.check_fields(self.savez(w=frames(), ends=np.zeros((2, 2)), **{name: np.array(value)}), box=3.0)
        self.refuse_encode(["by L the side of the box is 3, by the positions in x it is 4; say which with --box L"],
                           self.savez(w=frames(), L=3.0, x=positions(4.0), y=positions(4.0)))
        self.check_fields(self.path("T.npz"), "--box", 4, box=4.0)
        self.check_fields(self.savez(w=frames(), L=3.0, x=np.arange(N), y=np.arange(N)), box=3.0)
        stderr = self.succeed("encode", "--traj", self.savez(w=frames(), x=np.linspace(0, 3, N + 1)), "--out", self.path("Z.npz")).stderr
        self.assertIn("T.npz: x is not taken for the points' positions, because it has a different number of entries; --box L", stderr)
        data = xarray.Dataset({"w": (("time", "y", "x"), frames())}, attrs={"domain_size": [3.0, 3.0]})
        data.to_netcdf(self.path("T.nc"))
        self.check_fields(self.path("T.nc"), box=3.0)

    def test_usual_names(self):
        both = velocities()
        box = "--box", 2 * np.pi
        self.check_fields(self.savez(U=both[:, 0], V=both[:, 1], p=both[:, 0]), *box)
        self.check_fields(self.savez(vort=frames(), psi=frames() * 0))
        for names in ("uo", "vo"), ("v_x", "v_y"), ("vel_x", "vel_y"), ("x_velocity", "y_velocity"):
            self.check_fields(self.savez(**{names[0]: both[:, 0], names[1]: both[:, 1], "thetao": frames()}), *box)
        self.check_fields(self.savez(vo=frames(), d=frames() * 0))
        for name in "v", "vx", "velocity_y":
            self.refuse_encode([f"({name} is none by its name; if it is one, --key {name} takes it)"], self.savez(**{name: frames()}))
        self.check_fields(self.savez(u=frames()))
        self.check_fields(self.savez(**{"\u03c9": frames(), "\u03c8": frames() * 0}))
        with h5py.File(self.path("T.h5"), "w") as file:
            file["a/vorticity"], file["b/vorticity"], file["b/u"], file["b/v"] = 0 * frames(), frames(), both[:, 0], both[:, 1]
        self.refuse_encode(["(choose one with --key a/vorticity, --key b/u, --key b/v, ..)"], self.path("T.h5"))
        self.check_fields(self.path("T.h5"), "--key", "b/vorticity")
        self.check_fields(self.savez(Velocity=both), *box)
        self.refuse_encode(["if array is a velocity, --velocity takes its curl"], self.save(np.moveaxis(both, 1, -1)))

    def test_the_only_array_that_changes_in_time(self):
        """It is named; but what is called as a component of a velocity is taken for none."""
        still = np.ones((N, N))
        for name, other in ("w", "mask"), ("temp", "u"):
            self.check_fields(self.savez(**{name: frames(), other: still}))
            stderr = self.succeed("encode", "--traj", self.path("T.npz"), "--out", self.path("Z.npz")).stderr
            self.assertIn(f"T.npz: {name} is taken for the vorticity, since it is the only array that changes in time; --key", stderr)
        for name, other in ("u", "depth"), ("u", "v"), ("v", "u"):
            self.refuse_encode(["more than one array could hold the frames"], self.savez(**{name: frames(), other: still}))
        self.check_fields(self.savez(u=frames(), depth=still), "--key", "u")

    def test_files_of_other_kinds(self):
        with zipfile.ZipFile(self.path("T.pt"), "w") as file:
            file.writestr("model/data.pkl", "pickled")
            file.writestr("model/data/0", "numbers")
        self.refuse_encode(["it holds no array of numbers, but model/data.pkl (pickle, as PyTorch writes it; save its tensors with numpy.savez)"],
                           self.path("T.pt"))
        (self.folder / "T.pkl").write_bytes(pickle.dumps(frames()))
        (self.folder / "T.npy.gz").write_bytes(gzip.compress(b"packed"))
        (self.folder / "T.mat").write_text("# Created by Octave 7.3.0\n# name: w\n")
        for name, words in ("T.pkl", "a Python pickle cannot be read as it is; save its arrays with numpy.savez"), \
                ("T.npy.gz", "a file packed by gzip cannot be read as it is; unpack it with gunzip"), \
                ("T.mat", "a file in Octave's own format cannot be read as it is; save it with -v7 or -hdf5"):
            self.refuse_encode([f"{name}: {words}"], self.path(name))
        (self.folder / "T.txt").write_text("some text")
        self.refuse_encode(["T.txt: the format is not known; NumPy's (.npz, .npy), HDF5, netCDF and MATLAB's"],
                           self.path("T.txt"))


class Large(Trajectories):
    """Arrays beyond 64 MiB are read in pieces: of the file, of a stored member and of a deflated one."""

    def test_pieces(self):
        n = 256
        field = np.zeros((132, n, n))
        field[:, :4] = np.random.default_rng(1).standard_normal((132, 4, n))
        shown = np.asfortranarray(np.moveaxis(field, 0, -1))  # as Julia and MATLAB have it
        files = [(self.save(field), ()), (self.savez("stored.npz", traj=field), ()), (self.path("deflated.npz"), ()),
                 (self.save(np.asfortranarray(field), "F.npy"), ()), (self.path("deflated_F.npz"), ()),
                 (self.savez("F.npz", traj=np.asfortranarray(field)), ()),
                 (self.save(shown, "shown.npy"), ("--axes", "y,x,t"))]
        np.savez_compressed(self.folder / "deflated.npz", traj=field)
        np.savez_compressed(self.folder / "deflated_F.npz", traj=np.asfortranarray(field))
        states = []
        for file, options in files:
            self.succeed("encode", "--traj", file, *options, "--out", self.path("Z.npz"), "--k-cut", 2, "--resid-mid-cut", 3,
                         "--topk-mid", 4, "--frame", 7)
            with np.load(self.folder / "Z.npz") as data:
                states.append(data["z"])
        for state in states:
            np.testing.assert_array_equal(state, states[0])

    def test_memory_does_not_follow_the_file(self):
        """4 GiB that take no room on the disk, read in less than 400 MiB."""
        n, count = 256, 8192
        with h5py.File(self.folder / "T.h5", "w") as file:
            file.create_dataset("traj", (count, n, n), "f8")[0] = 1.0
        for name, fortran, shape in ("C.npy", False, (count, n, n)), ("F.npy", True, (n, n, count)):
            with open(self.folder / name, "wb") as file:
                np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": fortran, "shape": shape})
                file.truncate(file.tell() + 8 * n * n * count)
        for name, axes in ("T.h5", "t,y,x"), ("C.npy", "t,y,x"), ("F.npy", "y,x,t"):
            with self.subTest(name):
                running = subprocess.Popen([COMMAND, "encode", "--traj", self.path(name), "--axes", axes, "--frames", "::4000",
                                            "--k-cut", "2", "--resid-mid-cut", "3", "--out", self.path("Z.npz")],
                                           stderr=subprocess.DEVNULL)
                _, code, usage = os.wait4(running.pid, 0)
                running.returncode = code
                self.assertEqual(code, 0)
                self.assertLess(usage.ru_maxrss, 400 << 10)

    def test_damage_in_a_frame_that_nobody_reads(self):
        np.savez(self.folder / "T.npz", traj=np.zeros((132, 256, 256)))
        with open(self.folder / "T.npz", "r+b") as file:
            file.seek(60 << 20)
            file.write(b"\1")
        self.refuse_encode(["T.npz: traj: its checksum does not match"], self.path("T.npz"), "--frame", 0)


if __name__ == "__main__":
    unittest.main()
