# SPDX-License-Identifier: MIT
"""Trajectories in the layouts of other projects."""

import os
import unittest

import flow_files
import h5py
import numpy as np
import scipy.io
from flow_files import BOX, DT, FRAMES, frames, positions, times, vectors, velocities
from trajectory_support import Hdf5Files


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

    def test_fields_of_the_well(self):
        """Others than vorticity and velocity have its axes, too; what it says of its grid counts."""
        own = frames("xy")
        path = flow_files.well(self.path("T.h5"), {"t0_fields/omega": own, "t0_fields/p": 0 * own}, samples=1, dims=("x", "z"))
        self.check_fields(path, dt=DT, box=BOX, tolerance=1e-6)
        u, v = (vectors("xy")[..., i] for i in range(2))
        path = flow_files.well(self.path("T.h5"), {"t0_fields/velocity_x": u, "t0_fields/velocity_y": v}, samples=1)
        self.check_fields(path, dt=DT, box=BOX, tolerance=1e-5)
        path = flow_files.well(self.path("T.h5"), {"t1_fields/momentum": vectors("xy")}, samples=1, edges="WALL")
        self.refuse_encode(["if t1_fields/momentum is a velocity, --velocity takes its curl"], path)
        self.check_fields(path, "--velocity", dt=DT, box=BOX, tolerance=1e-5)
        stderr = self.succeed("encode", "--traj", path, "--velocity", "--out", self.path("Z.npz")).stderr
        self.assertEqual(stderr.count("boundary_conditions/x_wall is WALL, but the box is taken to be periodic"), 1)
        for attributes, words in ({"n_spatial_dims": 3}, "3 dimensions of space"), ({"grid_type": "spherical"}, "of the type 'spherical'"):
            self.refuse_encode([words], flow_files.well(self.path("T.h5"), **attributes))
        with h5py.File(flow_files.well(self.path("T.h5"), {}), "a") as file:
            file["t0_fields/vorticity"] = own
        self.check_fields(self.path("T.h5"), dt=DT, box=BOX)

    def test_dedalus(self):
        both = velocities("xy", 4.0)
        for options in {}, {"virtual": "snapshots_s1"}, {"task": "u", "field": both}, {"task": "any"}:
            with self.subTest(list(options.items())[:1]):
                if "virtual" in options:
                    os.mkdir(self.folder / options["virtual"])
                self.check_fields(flow_files.dedalus(self.path("T.h5"), box=4.0, **options), dt=DT, box=4.0)
        with h5py.File(self.path("T.h5"), "w") as file:  # labels lost, another scale first
            file["tasks/u"], file["scales/sim_time"] = both, times()
            file["scales/x/0.5"] = file["scales/y/0.5"] = positions(4.0)[::2]
            file["scales/x/1.0"] = file["scales/y/1.0"] = positions(4.0)
        self.check_fields(self.path("T.h5"), dt=DT, box=4.0)
        file = self.hdf5(tasks__u=velocities()[:, ::-1], scales__sim_time=times())
        for axis, name in (0, "t"), (2, "y"), (3, "x"):
            file["tasks/u"].dims[axis].label = name
        self.check_fields(self.closed(file), "--box", BOX, dt=DT)

    def test_pdebench(self):
        self.check_fields(flow_files.pdebench(self.path("T.h5")), tolerance=1e-5, dt=DT, box=1.0)
        self.check_fields(flow_files.pdebench(self.path("T.h5"), coordinates=False), "--box", 1, tolerance=1e-5, dt=DT)
        with h5py.File(self.path("T.h5"), "w") as file:
            for run, scale in ("0000", 0), ("0001", 1):
                file[f"{run}/data"], file[f"{run}/grid/t"] = scale * frames("xy")[..., None], times()
                file[f"{run}/grid/x"] = file[f"{run}/grid/y"] = positions(3.0, 0.5)
        self.check_fields(self.path("T.h5"), "--key", "0001/data", dt=DT, box=3.0)
        self.check_fields(flow_files.pdebench_tensor(self.path("T.h5")), tolerance=1e-6, dt=DT, box=1.0)
        self.check_fields(flow_files.pdebench_compressible(self.path("T.h5")), tolerance=1e-5, dt=DT, box=1.0)

    def test_fno(self):
        for options in {}, {"do_compression": True}, {"version": 7}:
            with self.subTest(**options):
                self.check_fields(flow_files.fno(self.path("T.mat"), **options), "--sample", 1, dt=DT, box=1.0)
        with h5py.File(flow_files.fno(self.path("T.mat"), version=7)) as file:
            turned = {key: file[key][...].T for key in file}  # as SciPy has them
        one = {"a": turned["a"][1], "u": turned["u"][1], "t": times()}
        scipy.io.savemat(self.path("T.mat"), one)
        self.check_fields(self.path("T.mat"), dt=DT, box=1.0)
        stderr = self.succeed("encode", "--traj", self.path("T.mat"), "--out", self.path("Z.npz")).stderr
        self.assertIn("u beside a is taken for one sample of a Fourier neural operator's set, with x before y in a box of side 1", stderr)
        for path in self.savez(**turned), self.closed(self.hdf5(**turned)):
            self.check_fields(path, "--sample", 1, dt=DT, box=1.0)

    def test_fourierflows(self):
        path = flow_files.fourierflows(self.path("T.jld2"))
        self.check_fields(path, dt=DT, box=1.0)
        self.check_fields(path, "--key", "snapshots/zeta", "--frames", "::2", which=[0, 2, 4], dt=2 * DT)
        both = velocities(box=1.0)
        for options in ({"fields": {"\u03b6": frames(box=1.0)}}, {"with_times": False}, {"fields": {"any": frames(box=1.0)}},
                        {"fields": {"u": both[:, 0], "v": both[:, 1]}}):
            with self.subTest(list(options)):
                self.check_fields(flow_files.fourierflows(self.path("T.jld2"), **options), dt=DT, box=1.0)
        path = flow_files.fourierflows(self.path("T.jld2"), {"psi": frames(box=1.0)})
        self.refuse_encode(["it is not clear which array holds a vorticity (--key snapshots/psi takes the arrays in it)"], path)
        path = flow_files.fourierflows(self.path("T.jld2"), {"q": np.stack([frames()] * 2, 1)})
        self.refuse_encode(["the frames in snapshots/q have the shape (2, 16, 16); of such series only"], path, "--key", "snapshots/q")
        path = flow_files.fourierflows(self.path("T.jld2"), side_y=2.0)
        self.refuse_encode(["T.jld2: the box is 2 x 1; only square ones"], path)

    def oceananigans(self, fields, cells=3, levels=0, named=True):
        """JLD2, with halos of cells around each frame, and of levels above and below."""
        arrays = {f"grid__H{axis}": size for axis, size in (("x", cells), ("y", cells), ("z", levels))} if named else {}
        for t in range(FRAMES):
            arrays[f"timeseries__t__{100 * t}"] = DT * t
            for name, field in fields.items():
                frame = np.pad(field[t], cells, mode="wrap")[None]
                arrays[f"timeseries__{name}__{100 * t}"] = np.pad(frame, ((levels, levels), (0, 0), (0, 0)), mode="edge")
        return self.closed(self.hdf5(grid__Lx=BOX, grid__Ly=BOX, **arrays))

    def test_oceananigans(self):
        """Velocities lie on the faces of cells, whose centres are the points."""
        both = velocities(at=((-0.5, 0), (0, -0.5)))
        fields = {"u": both[:, 0], "v": both[:, 1]}
        for options in {}, {"cells": 0}, {"levels": 2}:
            self.check_fields(self.oceananigans(fields, **options), dt=DT, box=BOX)
        self.check_fields(self.oceananigans({"\u03c9": frames()} | fields), dt=DT, box=BOX)
        path = self.oceananigans({"\u03b6": frames()}, named=False)
        self.refuse_encode(["its first rows and columns are the last ones again, as with halos of 3 cells"], path)

    def test_series(self):
        """Steps of any group, in the order of their numbers; shenfun's slices have x first."""
        steps = {f"vorticity__{7 * t}": frame for t, frame in enumerate(frames())}
        self.check_fields(self.closed(self.hdf5(**steps)))
        steps = {f"W__2D__{7 * t}": frame for t, frame in enumerate(frames("xy"))}
        path = self.closed(self.hdf5(W__mesh__x0=positions(), W__mesh__x1=positions(), **steps))
        self.refuse_encode(["--key W/2D takes the arrays in it", "it holds W/2D/0 (16, 16) <f8, W/mesh/x0"], path)
        self.check_fields(path, "--key", "W/2D", box=BOX)

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


if __name__ == "__main__":
    unittest.main()
