# SPDX-License-Identifier: MIT
"""Trajectories in files of many layouts: each holds the same vorticity, known by its Fourier coefficients, so that a
swapped axis, a wrong sign of the curl or a wrong box shows."""

import os
import struct
import subprocess
import unittest
import zlib

import flow_files
import h5py
import netCDF4
import numpy as np
import scipy.io
import xarray
from cli_support import BAD_USAGE, COMMAND, CommandTest
from flow_files import BOX, DT, FRAMES, N, frames, positions, times, vectors, velocities, vorticity


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
        for sample in 3, -1, "x", "":
            self.refuse_encode([f"sample '{sample}': expected a number from 0 to 2"], self.save(field), "--sample",
                               sample)

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
        self.check_fields(self.savez(vx=both[:, 0], vy=both[:, 1], p=both[:, 0]), "--key", "vx,vy")
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

    def test_sides(self):
        self.check_fields(self.savez(w=frames(), Lx=3.0, Ly=3.0), box=3.0)
        self.refuse_encode(["the box is 2 x 3; only square ones"], self.savez(w=frames(), Lx=3.0, Ly=2.0))
        for pair in [3.0, 3.0], [[3.0]], [[3.0, 3.0]]:
            self.check_fields(self.savez(w=frames(), L=np.array(pair)), box=3.0)
        self.refuse_encode(["the box is 2 x 3; only square ones"], self.savez(w=frames(), L=np.array([3.0, 2.0])))
        self.refuse_encode(["L: nan is not the side of a box"], self.savez(w=frames(), L=np.array([3.0, np.nan])))
        data = xarray.Dataset({"w": (("time", "y", "x"), frames())}, attrs={"domain_size": [3.0, 3.0]})
        data.to_netcdf(self.path("T.nc"))
        self.check_fields(self.path("T.nc"), box=3.0)

    def test_usual_names(self):
        both = velocities()
        box = "--box", 2 * np.pi
        self.check_fields(self.savez(U=both[:, 0], V=both[:, 1], p=both[:, 0]), *box)
        self.check_fields(self.savez(vort=frames(), psi=frames() * 0))
        with h5py.File(self.path("T.h5"), "w") as file:
            file["a/vorticity"], file["b/vorticity"], file["b/u"], file["b/v"] = 0 * frames(), frames(), both[:, 0], both[:, 1]
        self.refuse_encode(["more than one array could hold the frames (choose one with --key)"], self.path("T.h5"))
        self.check_fields(self.path("T.h5"), "--key", "b/vorticity")
        self.check_fields(self.savez(Velocity=both), *box)
        self.refuse_encode(["if array is a velocity, --velocity takes its curl"], self.save(np.moveaxis(both, 1, -1)))

    def test_files_of_other_kinds(self):
        (self.folder / "T.txt").write_text("some text")
        self.refuse_encode(["T.txt: the format is not known; NumPy's (.npz, .npy), HDF5, netCDF and MATLAB's"],
                           self.path("T.txt"))


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


class Layouts(Hdf5Files):
    """A small file in each layout, made by that project's conventions."""

    def test_the_well(self):
        for options in {}, {"box": 3.0}, {"dims": ("y", "x")}:
            with self.subTest(**options):
                path = flow_files.well(self.path("T.h5"), **options)
                self.check_fields(path, "--sample", 1, tolerance=1e-5, dt=DT, box=options.get("box", BOX))
        self.refuse_encode(["it holds 2 samples"], path)
        self.check_fields(path, "--sample", 1, "--key", "t1_fields/velocity", "--velocity", tolerance=1e-5)

    def test_the_well_with_vorticity(self):
        fields = {"t0_fields/vorticity": 0 * frames("xy"), "t0_fields/other": frames("xy"),
                  "t1_fields/velocity": vectors("xy")}
        path = flow_files.well(self.path("T.h5"), fields, samples=1)
        self.assertEqual(self.encode(path)["z"].max(), 0)
        self.refuse_encode(["--velocity: t0_fields/vorticity is a vorticity"], path, "--velocity")
        self.check_fields(path, "--key", "t0_fields/other", tolerance=1e-6)
        self.check_fields(path, "--key", "t1_fields/velocity", tolerance=1e-5)
        self.check_fields(path, "--key", "t1_fields/velocity", "--velocity", "--axes", "b,t,x,y,c", tolerance=1e-5,
                          dt=DT, box=BOX)

    def test_dedalus(self):
        both = velocities("xy", 4.0)
        for options in {}, {"virtual": "snapshots_s1"}, {"task": "u", "field": both}, {"task": "any"}:
            with self.subTest(list(options.items())[:1]):
                if "virtual" in options:
                    os.mkdir(self.folder / options["virtual"])
                self.check_fields(flow_files.dedalus(self.path("T.h5"), box=4.0, **options), dt=DT, box=4.0)

    def test_pdebench(self):
        self.check_fields(flow_files.pdebench(self.path("T.h5")), tolerance=1e-5, dt=DT, box=1.0)
        self.check_fields(flow_files.pdebench(self.path("T.h5"), coordinates=False), "--box", 1, tolerance=1e-5, dt=DT)
        self.check_fields(flow_files.pdebench_tensor(self.path("T.h5")), tolerance=1e-6, dt=DT, box=1.0)
        self.check_fields(flow_files.pdebench_compressible(self.path("T.h5")), tolerance=1e-5, dt=DT, box=1.0)

    def test_fno(self):
        for options in {}, {"do_compression": True}, {"version": 7}:
            with self.subTest(**options):
                self.check_fields(flow_files.fno(self.path("T.mat"), **options), "--sample", 1, dt=DT, box=1.0)
        with h5py.File(flow_files.fno(self.path("T.mat"), version=7)) as file:
            turned = {key: file[key][...].T for key in file}  # as SciPy has them
        for path in self.savez(**turned), self.closed(self.hdf5(**turned)):
            self.check_fields(path, "--sample", 1, dt=DT, box=1.0)

    def test_other_matlab_files(self):
        """Times last and rows of y, as MATLAB shows them, in both of its formats."""
        shown = np.moveaxis(frames(), 0, -1)
        x, y = np.meshgrid(positions(3.0), positions(3.0))
        warning = "does not say what the axes of w are; its rows are taken for y"
        scipy.io.savemat(self.path("T.mat"), {"w": shown}, do_compression=True)
        self.check_fields(self.path("T.mat"))
        self.assertIn(warning, self.succeed("encode", "--traj", self.path("T.mat"), "--out", self.path("Z.npz")).stderr)
        scipy.io.savemat(self.path("T.mat"), {"w": shown, "X": x, "Y": y, "t": times()})
        self.check_fields(self.path("T.mat"), dt=DT, box=3.0)
        for cells in {"w": shown.T}, {"w": shown.T, "x": x.T, "y": y.T}:
            file = self.hdf5(**cells)
            file["w"].attrs["MATLAB_class"] = np.bytes_("double")
            self.check_fields(self.closed(file))

    def test_what_is_no_array_of_numbers(self):
        cells = np.empty((1, 2), object)
        cells[0] = [frames()[0], frames()[1]]
        scipy.io.savemat(self.path("T.mat"), {"w": cells, "data": {"w": frames()}, "z": frames() * 1j, "name": "text"})
        self.refuse_encode(["no array of numbers, but w (cell array), data (struct with w), z (array of complex numbers), name (text)"],
                           self.path("T.mat"))
        self.refuse_encode(["data is a struct with w; save the array in it as a variable of its own"], self.path("T.mat"), "--key", "data")
        file = self.hdf5(words="text", pair=np.zeros((3, N, N), complex), real__w=frames())
        file["alias"], file["other"] = h5py.SoftLink("/real/w"), h5py.ExternalLink("other.h5", "/w")
        file["none"] = h5py.Empty("f4")
        path = self.closed(file)
        self.refuse_encode(["alias is a soft link to /real/w; name the array that it leads to"], path, "--key", "alias")
        self.refuse_encode(["other is a link to another file"], path, "--key", "other")
        self.refuse_encode(["none: it is empty"], path, "--key", "none")
        self.refuse_encode(["real/w (5, 16, 16) <f8", "pair (array of complex numbers)", "words (text)"], path, "--key", "any")
        self.check_fields(path, "--key", "/real/w")

    def test_what_matlab_has_in_hdf5(self):
        """Structs are groups, cells point to arrays of their own, text and booleans are integers."""
        file = self.hdf5(**{"data__w": frames(), "#refs#__a": frames(), "text": np.full((3, N, N), 97, "u2"),
                            "flags": np.ones((3, N, N), "u1"), "cells": np.zeros((1, 1))})
        del file["cells"]
        file.create_dataset("cells", (1, 1), h5py.ref_dtype)[0, 0] = file["#refs#/a"].ref
        for name, kind in ("data", "struct"), ("text", "char"), ("flags", "logical"), ("cells", "cell"):
            file[name].attrs["MATLAB_class"] = np.bytes_(kind)
        path = self.closed(file)
        self.check_fields(path, "--axes", "t,y,x")
        self.check_fields(path, "--key", "data/w")
        holds = "data/w (5, 16, 16) <f8, flags (3, 16, 16) |u1, cells (cell array), text (text)"
        self.refuse_encode([f"there is no array 'any': it holds {holds}\n"], path, "--key", "any")
        self.refuse_encode([f"data is a group, of which one array has to be named: it holds {holds}"], path, "--key", "data")
        self.refuse_encode(["cells is a cell array; save the array in it as a variable"], path, "--key", "cells")

    def test_fourierflows(self):
        path = flow_files.fourierflows(self.path("T.jld2"))
        self.check_fields(path, dt=DT, box=1.0)
        self.check_fields(path, "--key", "snapshots/zeta", "--frames", "::2", which=[0, 2, 4], dt=2 * DT)
        both = velocities(box=1.0)
        for options in ({"fields": {"\u03b6": frames(box=1.0)}}, {"with_times": False}, {"fields": {"any": frames(box=1.0)}},
                        {"fields": {"u": both[:, 0], "v": both[:, 1]}}):
            with self.subTest(list(options)):
                self.check_fields(flow_files.fourierflows(self.path("T.jld2"), **options), dt=DT, box=1.0)
        path = flow_files.fourierflows(self.path("T.jld2"), side_y=2.0)
        self.refuse_encode(["T.jld2: the box is 2 x 1; only square ones"], path)

    def test_jax_cfd(self):
        path = flow_files.jax_cfd(self.path("T.nc"))
        self.check_fields(path, dt=DT, box=BOX)
        self.check_fields(path, "--key", "u,v", dt=DT, box=BOX)
        turned = flow_files.jax_cfd_dataset().isel(x=slice(None, None, -1), y=slice(None, None, -1))
        turned.to_netcdf(self.folder / "T.nc", engine="netcdf4")
        self.check_fields(path, dt=DT, box=BOX)

    def test_jax_cfd_without_positions(self):
        data = flow_files.jax_cfd_dataset(box=3.0).drop_vars(["x", "y"])
        self.check_fields(self.save_nc(data), dt=DT, box=3.0)
        data = flow_files.jax_cfd_dataset(box=4 * np.pi).drop_vars(["x", "y"]).assign_attrs(domain_size_multiple=2)
        del data.attrs["domain_size"]
        self.check_fields(self.save_nc(data, "NETCDF3_CLASSIC"), box=4 * np.pi)
        data = flow_files.jax_cfd_dataset(box=3.0).assign_attrs(domain_size=4.0)
        self.refuse_encode(["by its attribute domain_size the side of the box is 4, by its positions 3"], self.save_nc(data))
        self.check_fields(self.path("T.nc"), "--box", 3, box=3.0)

    def staggered(self, u=(0.5, 0), v=(0, 0.5), named=True):
        """Each component with axes of its own, as ocean models have them."""
        both = velocities(at=(u, v))
        data = xarray.Dataset({"u": (("time", "yu", "xu"), both[:, 0]), "v": (("time", "yv", "xv"), both[:, 1])})
        if named:
            rows = {"xu": positions(BOX, u[0]), "yu": positions(BOX, u[1]), "xv": positions(BOX, v[0]), "yv": positions(BOX, v[1])}
            data = data.assign_coords({name: (name, row, {"axis": name[0].upper()}) for name, row in rows.items()})
        return data

    def stored(self, data):
        data.to_netcdf(self.path("T.nc"))
        return self.path("T.nc")

    def test_components_at_other_positions(self):
        faces = self.staggered()
        self.check_fields(self.stored(faces), box=BOX)
        self.check_fields(self.stored(faces.isel(yu=slice(None, None, -1), yv=slice(None, None, -1))), box=BOX)
        moved = self.staggered((0.25, 0.125), (0, 0.125))
        np.testing.assert_allclose(self.encode(self.stored(moved))["z"],
                                   self.encode(self.stored(self.staggered((0, 0.125), (0, 0.125))))["z"], atol=1e-9)
        for wrong in faces.isel(xv=slice(None, None, -1)), faces.assign_coords(xv=("xv", faces.xv.data + 1, {"axis": "X"})):
            self.refuse_encode(["T.nc: u and v: their positions along x are not those of one grid"], self.stored(wrong))
        out = "--out", self.path("Z.npz")
        for data, warnings in (self.staggered((0, 0), (0, 0), named=False), 1), (faces, 0):
            stderr = self.succeed("encode", "--traj", self.stored(data), "--box", 1, *out).stderr
            self.assertEqual(stderr.count("the axes of u and v have different names, but no positions"), warnings)
        both = velocities()
        for key, warnings in ("v,u", 1), ("u,v", 0):
            stderr = self.succeed("encode", "--traj", self.savez(u=both[:, 0], v=both[:, 1], L=1.0), "--key", key, *out).stderr
            self.assertEqual(stderr.count("v is taken for the velocity along x, since --key names it first"), warnings)

    def test_values_that_are_not_valid(self):
        for form in "NETCDF4", "NETCDF3_CLASSIC":
            for bounds in {"valid_range": np.array([-9.0, 1.0])}, {"valid_max": 1.0}, {"valid_min": 1.0}:
                data = self.dataset(vorticity=(frames("xy"), bounds))
                self.refuse_encode(["vorticity: frame 0 is", "outside of the values that the file calls valid (valid_range)"],
                                   self.save_nc(data, form, vorticity={"_FillValue": None}))
            packed = {"dtype": "i2", "scale_factor": 1e-4, "_FillValue": None}
            for largest, good in (10000, False), (30000, True):
                bounds = {"valid_range": np.array([-30000, largest], "i2")}
                file = self.save_nc(self.dataset(vorticity=(frames("xy"), bounds)), form, vorticity=packed)
                if good:
                    self.check_fields(file, tolerance=1e-3)
                else:
                    self.refuse_encode(["vorticity: frame 0 is 15000 at row 0"], file)

    def dataset(self, **fields):
        return flow_files.jax_cfd_dataset(**fields)

    def save_nc(self, data, form="NETCDF4", **encoding):
        data.to_netcdf(self.folder / "T.nc", format=form, engine="netcdf4", encoding=encoding)
        return self.path("T.nc")

    def test_positions_that_fall(self):
        """Rows from the top: the field is the same, turned round."""
        for form in "NETCDF4", "NETCDF3_CLASSIC":
            for turned in {"y"}, {"x", "y"}:
                data = self.dataset(vorticity=(frames("xy"), {})).isel({axis: slice(None, None, -1) for axis in turned})
                self.check_fields(self.save_nc(data.transpose("y", "time", "sample", "x"), form), dt=DT, box=BOX)
        self.check_fields(self.savez(vorticity=frames()[:, ::-1], x=positions(), y=positions()[::-1], t=times()), dt=DT)

    def test_missing_values(self):
        """Those that _FillValue or missing_value name, and those that nobody wrote."""
        data = self.dataset(vorticity=(frames("xy"), {}))
        data.vorticity[0, 2, 3, 4] = np.nan
        for form in "NETCDF4", "NETCDF3_CLASSIC":
            packing = {"dtype": "i2", "scale_factor": 1e-4, "_FillValue": -32768}
            for encoding in packing, {"dtype": "f4", "_FillValue": 1e20}:
                self.refuse_encode(["T.nc: vorticity: frame 2 is", "at row 4, column 3, which marks a missing value"],
                                   self.save_nc(data, form, vorticity=encoding))
            self.refuse_encode(["T.nc: vorticity: frame 2 is NaN"], self.save_nc(data, form))
            named = data.fillna(-999.0)
            named.vorticity.attrs["missing_value"] = -999.0
            self.refuse_encode(["frame 2 is -999 at row 4, column 3"], self.save_nc(named, form, vorticity={"_FillValue": None}))
            with netCDF4.Dataset(self.folder / "T.nc", "w", format=form) as file:
                for name, size in ("time", FRAMES), ("y", N), ("x", N):
                    file.createDimension(name, size)
                file.createVariable("zeta", "f4", ("time", "y", "x"))[:3] = frames()[:3]
            self.refuse_encode(["zeta: frame 3 is 9.96921e+36 at row 0"], self.path("T.nc"))

    def test_classic_netcdf(self):
        for form in "NETCDF3_CLASSIC", "NETCDF3_64BIT", "NETCDF4", "NETCDF4_CLASSIC":
            with self.subTest(form):
                data = self.dataset(vorticity=(frames("xy"), {}))
                self.check_fields(self.save_nc(data, form), dt=DT, box=BOX)

    def test_packed_values(self):
        for form in "NETCDF3_CLASSIC", "NETCDF4":
            with self.subTest(form):
                both = velocities("xy")
                data = self.dataset(u=(both[:, 0], {}), v=(both[:, 1] + 3.0, {}))
                packing = {"u": {"dtype": "i2", "scale_factor": 1e-4}, "v": {"dtype": "i2", "scale_factor": 2e-4,
                                                                            "add_offset": 3.0},
                           "time": {"dtype": "i2", "scale_factor": DT, "_FillValue": None}}
                self.check_fields(self.save_nc(data, form, **packing), tolerance=1e-3, dt=DT)
                data = self.dataset(vorticity=(frames("xy"), {}))
                packing = {"dtype": "i1", "scale_factor": 0.02, "add_offset": -2.5, "_Unsigned": "true"}
                self.check_fields(self.save_nc(data, form, vorticity=packing), tolerance=2e-2)

    def test_dimensions_without_positions(self):
        file = netCDF4.Dataset(self.folder / "T.nc", "w")
        for name, size in ("time", FRAMES), ("y", N), ("x", N):
            file.createDimension(name, size)
        file.createVariable("zeta", "f8", ("time", "y", "x"))[:] = frames()
        file.close()
        self.check_fields(self.path("T.nc"))

    def test_axes_that_mean_nothing(self):
        """Of one entry: a level, a channel."""
        for form, rows, columns in ("NETCDF4", "lat", "lon"), ("NETCDF3_CLASSIC", "j", "i"):
            with netCDF4.Dataset(self.folder / "T.nc", "w", format=form) as file:
                for name, size in ("time", None), ("level", 1), (rows, N), (columns, N):
                    file.createDimension(name, size)
                for name, axis in (rows, "Y"), (columns, "X"):
                    file.createVariable(name, "f4", name)[:] = positions(3.0)
                    file[name].axis = axis
                file.createVariable("any", "f8", ("time", "level", rows, columns))[:] = frames()[:, None]
            self.check_fields(self.path("T.nc"), "--key", "any", box=3.0)

    def test_names_against_shapes(self):
        """Three levels are no times."""
        with netCDF4.Dataset(self.folder / "T.nc", "w") as file:
            for name, size in ("time", FRAMES), ("level", 3), ("y", N), ("x", N):
                file.createDimension(name, size)
            file.createVariable("zeta", "f8", ("time", "level", "y", "x"))[:] = np.stack([frames()] * 3, 1)
        self.refuse_encode(["zeta: neither its shape (5, 3, 16, 16) nor the file's names say what its axes are"], self.path("T.nc"))
        self.check_fields(self.path("T.nc"), "--axes", "t,b,y,x", "--sample", 2)

    def test_grids_that_are_not_supported(self):
        stretched = self.dataset(vorticity=(frames("xy"), {}))
        stretched = stretched.assign_coords(x=stretched.x**1.1)
        stretched.to_netcdf(self.folder / "T.nc", engine="netcdf4")
        self.refuse_encode(["T.nc: x: the positions are not equally spaced"], self.path("T.nc"))
        oblong = self.dataset(vorticity=(frames("xy"), {}))
        oblong = oblong.assign_coords(x=2 * oblong.x)
        oblong.to_netcdf(self.folder / "T.nc", engine="netcdf4")
        self.refuse_encode(["T.nc: the box is", "only square ones"], self.path("T.nc"))

    def test_times_that_are_not_equally_spaced(self):
        data = self.dataset(vorticity=(frames("xy"), {})).assign_coords(time=[0.0, 0.1, 0.2, 0.5, 0.8])
        data.to_netcdf(self.folder / "T.nc", engine="netcdf4")
        self.refuse_encode(["T.nc: time: the times are not equally spaced", "--frames"], self.path("T.nc"))
        self.check_fields(self.path("T.nc"), "--frames", "2:", which=[2, 3, 4])

    def test_nothing_fits(self):
        file = self.hdf5(group__p=np.zeros((3, 7)), group__q=np.zeros(4, "i4"), words="text")
        self.refuse_encode(["T.h5: it is not clear which array holds the frames", "group/p (3, 7) <f8, group/q (4,) <i4"],
                           self.closed(file))


class Hostile(Hdf5Files):
    def check(self, parts, file):
        self.refuse_encode(parts, self.closed(file), "--key", "traj")

    def test_links(self):
        file = self.hdf5(other__traj=frames())
        file["other/loop"] = file["other"]
        file["soft"] = h5py.SoftLink("/soft")
        file["out"] = h5py.ExternalLink("elsewhere.h5", "/traj")
        self.check_fields(self.closed(file), "--key", "other/traj")
        file = self.hdf5()
        file["traj"] = h5py.ExternalLink("T2.h5", "/traj")
        self.check(["traj is a link to another file; only arrays of numbers can be read"], file)

    def test_external_storage(self):
        frames().tofile(self.folder / "raw")
        file = self.hdf5()
        file.create_dataset("traj", (FRAMES, N, N), "f8", external=[(self.path("raw"), 0, h5py.h5f.UNLIMITED)])
        self.check(["T.h5: traj: its data lie in other files (external storage)"], file)

    def test_parts_that_were_never_written(self):
        file = self.hdf5()
        file.create_dataset("traj", (FRAMES, N, N), "f8", chunks=(1, N, N))[:3] = frames()[:3]
        path = self.closed(file)
        self.refuse_encode(["T.h5: traj: the part that begins at index (3, 0, 0) was never written"], path)
        self.check_fields(path, "--frames", ":3", which=range(3))

    def test_filters_of_others(self):
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((1, N, N))
        properties.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
        file = self.hdf5()
        h5py.h5d.create(file.id, b"traj", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((FRAMES, N, N)), properties)
        self.check(["T.h5: traj: it is compressed by a filter that HDF5 itself does not have"], file)

    def test_sizes_that_lie(self):
        file = self.hdf5()
        file.create_dataset("traj", (10**9, N, N), "f8", chunks=(1, N, N))
        self.check(["T.h5: traj: nothing has been written to it"], file)
        file = self.hdf5()
        file.create_dataset("traj", (10**9, N, N), "f8", chunks=(1, N, N))[0] = vorticity(0)
        self.check(["T.h5: traj: it claims to be larger than its content allows"], file)

    def test_virtual(self):
        for part in range(FRAMES):
            with h5py.File(self.folder / f"part{part}.h5", "w") as file:
                file["traj"] = vorticity(0.1 * part)
        for name, parts in ("part{}.h5", None), ("../part{}.h5", ["made of other files, outside of its own folder"]), \
                           ("gone{}.h5", ["one of which cannot be read"]):
            with self.subTest(name):
                file = self.hdf5()
                layout = h5py.VirtualLayout((FRAMES, N, N), "f8")
                for part in range(FRAMES):
                    layout[part] = h5py.VirtualSource(name.format(part), "traj", (N, N))
                file.create_virtual_dataset("traj", layout)
                if parts:
                    self.check(["T.h5: traj: it is made of other files", *parts], file)
                else:
                    self.check_fields(self.closed(file))

    def test_virtual_that_is_not_filled(self):
        """What no part fills would be read as zeros, and takes no room in the file."""
        self.closed(self.hdf5("plain.h5", traj=frames()))
        half = np.s_[:FRAMES - 1], np.s_[:, :N // 2], np.s_[:, ::2]
        for shape, part in ((FRAMES, N, N), half[0]), ((FRAMES, N, N), half[1]), ((FRAMES, N, N), half[2]), \
                           ((10**7, N, N), np.s_[:FRAMES]):
            with self.subTest(shape=shape, part=part):
                file = self.hdf5()
                layout = h5py.VirtualLayout(shape, "f8")
                layout[part] = h5py.VirtualSource("plain.h5", "traj", (FRAMES, N, N))[part]
                file.create_virtual_dataset("traj", layout)
                self.check(["T.h5: traj: it is made of parts that do not fill it"], file)
        file = self.hdf5()  # the sum of the parts is right
        layout = h5py.VirtualLayout((4, N, N), "f8")
        for first in 0, 1:
            layout[first:first + 2] = h5py.VirtualSource("plain.h5", "traj", (FRAMES, N, N))[first:first + 2]
        file.create_virtual_dataset("traj", layout)
        self.check(["T.h5: traj: it is made of parts that do not fill it"], file)
        file = self.hdf5()  # every second row from another part
        layout = h5py.VirtualLayout((FRAMES, N, N), "f8")
        for first in 0, 1:
            layout[:, first::2] = h5py.VirtualSource("plain.h5", "traj", (FRAMES, N, N))[:, first::2]
        file.create_virtual_dataset("traj", layout)
        self.check_fields(self.closed(file))
        self.closed(self.hdf5("plain.h5", traj=frames()[1:]))
        self.check(["one of which does not have the size that it claims"], self.virtual("plain.h5"))

    def test_matlab_sizes_that_lie(self):
        """libmatio says nothing where values are missing."""
        shown = np.moveaxis(frames(), 0, -1)
        arguments = self.path("T.mat"), "--key", "w", "--axes", "y,x,t"
        scipy.io.savemat(self.folder / "T.mat", {"before": 1.0, "w": shown, "behind": np.arange(3)})
        whole = (self.folder / "T.mat").read_bytes()
        self.check_fields(*arguments)
        for shape in (N, N, FRAMES + 1), (N, N, 500), (1 << 20, 1 << 20, 5), (0x7fffffff, 0x7fffffff, 0x7fffffff):
            other = whole.replace(struct.pack("<3I", N, N, FRAMES), struct.pack("<3I", *shape))
            self.assertNotEqual(other, whole)
            (self.folder / "T.mat").write_bytes(other)
            self.refuse_encode(["T.mat: w: the MATLAB file is damaged"], *arguments)
        scipy.io.savemat(self.folder / "T.mat", {"before": 1.0, "w": shown}, do_compression=True)
        whole = bytearray((self.folder / "T.mat").read_bytes())
        self.check_fields(*arguments)
        whole[-2] ^= 1
        for damaged in whole, whole[:-3000], whole[:-1]:
            (self.folder / "T.mat").write_bytes(damaged)
            self.refuse_encode(["T.mat"], *arguments)

    def virtual(self, name, dataset="traj"):
        """A file whose array is that dataset of another."""
        file = self.hdf5("V.h5")
        layout = h5py.VirtualLayout((FRAMES, N, N), "f8")
        layout[:] = h5py.VirtualSource(name, dataset, (FRAMES, N, N))
        file.create_virtual_dataset("traj", layout)
        return file

    def test_parts_of_virtual_arrays(self):
        """What holds for an array holds for its parts: they could lead anywhere, too."""
        frames().tofile(self.folder / "raw")
        self.closed(self.hdf5("plain.h5", traj=frames()))
        with self.hdf5("part.h5") as file:
            file["group/link"] = h5py.ExternalLink("plain.h5", "/traj")
            file["soft"] = h5py.SoftLink("/group/link")
            file.create_dataset("raw", (FRAMES, N, N), "f8", external=[(self.path("raw"), 0, h5py.h5f.UNLIMITED)])
            file.create_dataset("claim", (FRAMES, N, N), "f8", chunks=(1, N, N))
        self.check_fields(self.closed(self.virtual("plain.h5")), "--key", "traj")
        for dataset, part in (("/group/link", "or a link"), ("soft", "or a link"), ("gone", "is missing or a link"),
                              ("raw", "lies in other files"), ("claim", "is incomplete")):
            self.check(["V.h5: traj: it is made of parts, one of which", part], self.virtual("part.h5", dataset))
        self.check(["which is not supported"], self.virtual("V.h5"))
        self.check(["which is not supported"], self.virtual("."))
        os.mkfifo(self.folder / "pipe.h5")
        for name in "pipe.h5", "/etc/passwd", "a/../../plain.h5", "x" * 600:
            self.check(["V.h5: traj: it"], self.virtual(name))

    def test_lzf(self):
        """h5py's filter, which PDEBench's files are made with."""
        name = self.path("T.h5")
        with h5py.File(name, "w") as file:
            file.create_dataset("traj", data=frames(), chunks=(2, N, N), compression="lzf", shuffle=True, fletcher32=True)
        self.check_fields(name)
        with h5py.File(name, "w") as file:
            file.create_dataset("traj", data=frames(), chunks=(1, N, N), compression="lzf")
            file["traj"].id.write_direct_chunk((3, 0, 0), b"\x20\xff" * 40)
            values = file["traj"].id.get_create_plist().get_filter(0)[2]
        self.refuse_encode(["T.h5: traj: HDF5: "], name)
        whole = (self.folder / "T.h5").read_bytes()
        for size in 8, 0, 1 << 30:
            other = whole.replace(struct.pack("<3I", *values), struct.pack("<3I", *values[:2], size))
            self.assertNotEqual(other, whole)
            (self.folder / "T.h5").write_bytes(other)
            self.refuse_encode(["T.h5: traj: its filter lzf is set for another size of chunk"], name)

    def with_chunk(self, stored, left_out=0, **filters):
        """A chunk for each frame, of which the one of frame 3 is stored as said."""
        with h5py.File(self.folder / "T.h5", "w") as file:
            data = file.create_dataset("traj", data=frames(), chunks=(1, N, N), **filters)
            data.id.write_direct_chunk((3, 0, 0), stored, filter_mask=left_out)
        return self.path("T.h5")

    def test_chunks_of_another_size(self):
        """HDF5 would read on behind them."""
        raw = np.ascontiguousarray(frames()[3])
        gzip, checked = {"compression": "gzip"}, {"compression": "gzip", "fletcher32": True}
        short = self.with_chunk(zlib.compress(raw.tobytes()[:-8]), **gzip)
        self.check_fields(short, "--frames", ":3", which=range(3))
        for path in short, self.with_chunk(b"\0" * 16), self.with_chunk(b"\0" * 16, 1, **gzip), \
                self.with_chunk(zlib.compress(raw.tobytes() + b"\0"), **gzip), self.with_chunk(b"\0" * 16, 1, compression="lzf"):
            self.refuse_encode(["T.h5: traj: a chunk of it is damaged: it has another size than it should"], path)
        for path in self.with_chunk(raw.tobytes(), 1, **gzip), self.with_chunk(zlib.compress(raw.tobytes(), 9), 2, **checked):
            self.check_fields(path)
        with h5py.File(self.folder / "T.h5", "w") as file:
            file.create_dataset("traj", data=frames().astype("f4"), chunks=(2, N, N), compression="szip", shuffle=True, fletcher32=True)
        self.check_fields(self.path("T.h5"), tolerance=1e-6)

    def test_filters_that_are_not_safe(self):
        with h5py.File(self.folder / "T.h5", "w") as file:
            file.create_dataset("traj", data=frames(), chunks=(1, N, N), scaleoffset=4)
        self.refuse_encode(["T.h5: traj: its filter (n-bit or scale-offset) may make HDF5 read beyond", "h5repack -f GZIP=1"], self.path("T.h5"))

    def test_labels_that_are_none(self):
        """HDF5's own functions for scales take it for granted that these attributes are of their kind."""
        for value in np.arange(3.0), 7, "text", np.bytes_("one"), np.array([b"text"] * 9), h5py.Empty("f4"), [["a", "b"]]:
            for name in "DIMENSION_LABELS", "DIMENSION_LIST", "NAME":
                file = self.hdf5(traj=frames())
                file["traj"].attrs[name] = value
                self.check_fields(self.closed(file))

    def test_damage(self):
        path = self.closed(self.hdf5(traj=frames()))
        whole = (self.folder / "T.h5").read_bytes()
        for size in 100, 900, len(whole) // 2:
            with self.subTest(size):
                (self.folder / "T.h5").write_bytes(whole[:size])
                self.refuse_encode(["T.h5"], path)
        with open(self.folder / "T.nc", "wb") as file:
            file.write(b"CDF\x01" + b"\xff" * 60)
        self.refuse_encode(["T.nc: netCDF: "], self.path("T.nc"))
        with open(self.folder / "T.mat", "wb") as file:
            file.write(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + b"\xff" * 60)
        self.refuse_encode(["T.mat"], self.path("T.mat"))


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
